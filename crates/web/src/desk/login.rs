//! Log-in with e-mail and password, and log-out. The answer never says which part was wrong.

use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use store::{LogIn, Stage};

use crate::desk::{account, session};
use crate::failure::{Failure, Result};
use crate::limits::Limit;
use crate::reply::redirect;
use crate::req::Req;
use crate::state::App;

/// From so few tries left on, the page says how many.
const WARN_AT: i64 = 3;

#[derive(Debug, Deserialize, Default)]
pub struct Entered {
    #[serde(default)]
    mail: String,
    #[serde(default)]
    pass: String,
    #[serde(default)]
    ziel: String,
}

/// What is wrong, at which field.
#[derive(Default)]
struct Wrong {
    mail: &'static str,
    pass: String,
    tries: String,
}

pub async fn page(State(app): State<App>, req: Req) -> Result<Response> {
    let target = req.param("ziel").unwrap_or_default();
    if session::current(&app, &req).await?.is_some() {
        return Ok(redirect(session::inside(&target)));
    }
    let input = Entered {
        ziel: target,
        ..Entered::default()
    };
    render(&app, &req, &input, &Wrong::default())
}

fn render(app: &App, req: &Req, input: &Entered, wrong: &Wrong) -> Result<Response> {
    let mut errors = Vec::new();
    if !wrong.mail.is_empty() {
        errors.push(json!({ "href": "mail", "text": wrong.mail }));
    }
    if !wrong.pass.is_empty() {
        errors.push(json!({ "href": "pass", "text": wrong.pass }));
    }
    let title = match errors.len() {
        1 => "Bitte ändern Sie eine Angabe",
        _ => "Bitte ändern Sie zwei Angaben",
    };
    let status = if errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    // Only a page of the desk counts as "where you were".
    let returning = !input.ziel.is_empty() && session::inside(&input.ziel) == input.ziel && errors.is_empty();
    let ctx = json!({
        "errors": errors, "errors_title": title, "error_mail": wrong.mail, "error_pass": wrong.pass, "tries": wrong.tries,
        "mail": input.mail, "target": input.ziel, "returning": returning, "demo": app.config.demo, "passkeys": app.passkeys.is_some(), "provider": app.provider.as_ref().map(crate::identity::Provider::name),
    });
    let mut ui = app.ui_desk(req);
    ui.brand_href = "/amt/anmelden".into();
    app.page(status, "desk/login.html", ui, ctx)
}

pub async fn enter(State(app): State<App>, req: Req, Form(input): Form<Entered>) -> Result<Response> {
    let mut wrong = Wrong::default();
    if input.mail.trim().is_empty() {
        wrong.mail = "Nennen Sie Ihre dienstliche E-Mail.";
    }
    if input.pass.is_empty() {
        wrong.pass = "Geben Sie Ihr Passwort ein.".into();
    }
    if !wrong.mail.is_empty() || !wrong.pass.is_empty() {
        return render(&app, &req, &input, &wrong);
    }
    let now = app.now();
    app.limits
        .take(req.address, Limit::LogIn, now)
        .map_err(Failure::TooMany)?;
    let required = app.config.second_factor;
    match app.store.log_in(&input.mail, &input.pass, required, now).await? {
        LogIn::Waits { token, stage } => {
            let page = if stage == Stage::Code {
                "/amt/anmelden/code"
            } else {
                "/amt/zweiter-faktor"
            };
            let target = crate::frame::urlencode(session::inside(&input.ziel));
            let mut response = redirect(&format!("{page}?ziel={target}"));
            session::wait(&mut response, &app, &token);
            Ok(response)
        }
        LogIn::In { token, .. } => {
            let mut response = redirect(session::inside(&input.ziel));
            session::remember(&mut response, &app, &token);
            Ok(response)
        }
        LogIn::Wrong => {
            wrong.pass = "E-Mail und Passwort passen nicht zusammen. Prüfen Sie beides.".into();
            let left = app.store.log_ins_left(&input.mail, now).await?;
            wrong.tries = tries(left);
            render(&app, &req, &input, &wrong)
        }
        LogIn::Locked { until } => {
            wrong.pass = account::paused(until);
            render(&app, &req, &input, &wrong)
        }
    }
}

/// "Noch 3 Versuche …"; empty while there are plenty.
fn tries(left: i64) -> String {
    match left {
        1 => "Noch 1 Versuch. Danach machen wir bis zu eine Stunde Pause.".into(),
        n if n <= WARN_AT => format!("Noch {n} Versuche. Danach machen wir bis zu eine Stunde Pause."),
        _ => String::new(),
    }
}

pub async fn leave(State(app): State<App>, req: Req) -> Result<Response> {
    if let Some(token) = req.cookie(session::COOKIE) {
        app.store.shared().end_session(token).await?;
    }
    let mut response = redirect("/amt/anmelden");
    session::forget(&mut response, &app);
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::tries;

    #[test]
    fn tries_are_named_only_when_few_are_left() {
        assert_eq!(tries(9), "");
        assert_eq!(tries(3), "Noch 3 Versuche. Danach machen wir bis zu eine Stunde Pause.");
        assert_eq!(tries(1), "Noch 1 Versuch. Danach machen wir bis zu eine Stunde Pause.");
    }
}
