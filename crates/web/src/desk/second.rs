//! The second factor: the step of the log-in that asks for a code, and one's own page for setting an app up, for new
//! emergency codes and for switching it off. What counts as a right code: the store's `second_factor.rs`.

use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};
use store::{AppSetUp, Clerk, LogIn, Stage, TenantStore};

use crate::desk::session::{self, Desk};
use crate::desk::{account, session::WAITING};
use crate::failure::{Failure, Result};
use crate::format;
use crate::limits::Limit;
use crate::reply::redirect;
use crate::req::Req;
use crate::state::App;

/// What the app on the telephone shows above the code.
const ISSUER: &str = "Kommunal-Cloud";

#[derive(Debug, Deserialize, Default)]
pub struct Entered {
    #[serde(default)]
    code: String,
    #[serde(default)]
    pass: String,
    #[serde(default)]
    ziel: String,
}

/// A field's id and what is wrong with it.
type Wrong = Option<(&'static str, String)>;

fn summary(wrong: &Wrong) -> (StatusCode, Value) {
    match wrong {
        Some((id, text)) => (
            StatusCode::UNPROCESSABLE_ENTITY,
            json!({ "errors": [{ "href": id, "text": text }], "at": id, "error": text }),
        ),
        None => (StatusCode::OK, json!({ "errors": [], "at": "", "error": "" })),
    }
}

/// A page of the log-in: without the desk's bar, which leads nowhere yet.
fn gate(app: &App, req: &Req, template: &str, wrong: &Wrong, more: Value) -> Result<Response> {
    let (status, mut ctx) = summary(wrong);
    if let (Some(all), Some(more)) = (ctx.as_object_mut(), more.as_object()) {
        all.extend(more.clone());
    }
    ctx["errors_title"] = json!("Bitte ändern Sie eine Angabe");
    app.page(status, template, app.ui_desk(req), ctx)
}

// ---- the step of the log-in ----

pub async fn code_page(State(app): State<App>, req: Req) -> Result<Response> {
    let target = req.param("ziel").unwrap_or_default();
    match waiting(&app, &req).await? {
        Some((_, Stage::Code, ..)) => code_gate(&app, &req, &target, &None),
        _ => Ok(redirect("/amt/anmelden")),
    }
}

fn code_gate(app: &App, req: &Req, target: &str, wrong: &Wrong) -> Result<Response> {
    let more = json!({ "target": target, "issuer": ISSUER });
    gate(app, req, "desk/code.html", wrong, more)
}

pub async fn code(State(app): State<App>, req: Req, Form(input): Form<Entered>) -> Result<Response> {
    let now = app.now();
    app.limits
        .take(req.address, Limit::LogIn, now)
        .map_err(Failure::TooMany)?;
    let Some((token, Stage::Code, ..)) = waiting(&app, &req).await? else {
        return Ok(redirect("/amt/anmelden"));
    };
    let wrong = if input.code.trim().is_empty() {
        "Geben Sie den Code aus der App ein.".to_owned()
    } else {
        match app.store.log_in_second(&token, &input.code, now).await? {
            LogIn::In { token, .. } => return Ok(arrive(&app, &token, &input.ziel)),
            LogIn::Locked { until } => account::paused(until),
            _ => "Der Code passt nicht. Nehmen Sie den, den die App gerade zeigt. Jeder gilt einmal.".to_owned(),
        }
    };
    code_gate(&app, &req, &input.ziel, &Some(("code", wrong)))
}

fn arrive(app: &App, token: &str, target: &str) -> Response {
    let mut response = redirect(session::inside(target));
    session::arrive(&mut response, app, token);
    response
}

async fn waiting(app: &App, req: &Req) -> Result<Option<(String, Stage, TenantStore, Clerk)>> {
    let Some(token) = req.cookie(WAITING) else {
        return Ok(None);
    };
    let found = app.store.waiting(token, app.now()).await?;
    Ok(found.map(|(stage, tenant, clerk)| (token.to_owned(), stage, tenant, clerk)))
}

// ---- one's own page ----

/// Who sets a second factor up: somebody at the desk, or somebody whose log-in waits for just that.
struct Setter {
    desk: Desk,
    /// Of the session, or of the log-in that waits.
    token: String,
    waits: bool,
}

impl Setter {
    fn inside(desk: Desk, req: &Req) -> Setter {
        let token = session::token(req).to_owned();
        let waits = false;
        Setter { desk, token, waits }
    }
}

async fn setter(app: &App, req: &Req) -> Result<Setter> {
    if let Some(desk) = session::current(app, req).await? {
        return Ok(Setter::inside(desk, req));
    }
    match waiting(app, req).await? {
        Some((token, Stage::SetUp, tenant, clerk)) => {
            let desk = Desk { tenant, clerk };
            let waits = true;
            Ok(Setter { desk, token, waits })
        }
        _ => Err(Failure::Login("/amt/zweiter-faktor".into())),
    }
}

pub async fn page(State(app): State<App>, req: Req) -> Result<Response> {
    let who = setter(&app, &req).await?;
    let target = req.param("ziel").unwrap_or_default();
    show(&app, &req, &who, &target, &None).await
}

/// What is set up, or the way to set an app up; `?neu`: another telephone.
async fn show(app: &App, req: &Req, who: &Setter, target: &str, wrong: &Wrong) -> Result<Response> {
    let Setter { desk, token, waits } = who;
    let id = desk.clerk.id.clone();
    let read =
        move |t: &store::TenantTx<'_>| Ok::<_, store::Error>((t.second_factor(&id)?, t.second_factor_required()?));
    let (have, here) = desk.tenant.read(read).await?;
    let required = here || app.config.second_factor;
    if let (Some(have), None) = (&have, req.param("neu")) {
        let more = json!({ "since": format::date(domain::date_of(have.since)), "left": have.codes_left, "required": required });
        return gate(app, req, "desk/second_factor.html", wrong, more);
    }
    let (clerk, by) = (desk.clerk.clone(), token.clone());
    let (entropy, now) = (app.store.entropy().clone(), app.now());
    let secret = desk
        .tenant
        .write(move |t| t.app_secret(&clerk, &by, ISSUER, &entropy, now))
        .await?;
    let in_fours: Vec<String> = secret
        .text
        .as_bytes()
        .chunks(4)
        .map(|c| String::from_utf8_lossy(c).into_owned())
        .collect();
    let more = json!({
        "picture": app.press.picture(&secret.url), "secret": in_fours.join(" "), "mail": desk.clerk.email, "issuer": ISSUER,
        "waits": waits, "again": have.is_some(), "target": target,
    });
    gate(app, req, "desk/second_factor_new.html", wrong, more)
}

/// The first right code of an app.
pub async fn confirm(State(app): State<App>, req: Req, Form(input): Form<Entered>) -> Result<Response> {
    let now = app.now();
    app.limits
        .take(req.address, Limit::LogIn, now)
        .map_err(Failure::TooMany)?;
    let who = setter(&app, &req).await?;
    // At a desk that somebody left open, nobody else may lock its clerk out.
    if !who.waits
        && let Some(wrong) = account::password_error(&app, &who.desk, &input.pass).await?
    {
        return show(&app, &req, &who, &input.ziel, &Some(("pass", wrong))).await;
    }
    let (done, fresh) = app.store.set_up_app(&who.token, &input.code, now).await?;
    let codes = match done {
        AppSetUp::Done(codes) => codes,
        AppSetUp::Wrong => {
            let text = "Der Code passt nicht. Nehmen Sie den, den die App gerade zeigt.";
            return show(&app, &req, &who, &input.ziel, &Some(("code", text.into()))).await;
        }
        AppSetUp::Exists => return Err(Failure::Login("/amt/zweiter-faktor".into())),
    };
    let mut response = hand_out(&app, &req, &codes, session::inside(&input.ziel), true)?;
    if let Some(token) = fresh {
        session::arrive(&mut response, &app, &token);
    }
    Ok(response)
}

fn hand_out(app: &App, req: &Req, codes: &[String], target: &str, new: bool) -> Result<Response> {
    let more = json!({ "codes": codes, "target": target, "new": new });
    gate(app, req, "desk/emergency_codes.html", &None, more)
}

/// New emergency codes, against the password.
pub async fn codes(State(app): State<App>, desk: Desk, req: Req, Form(input): Form<Entered>) -> Result<Response> {
    let who = Setter::inside(desk, &req);
    if let Some(refused) = refused(&app, &who, &req, &input).await? {
        return Ok(refused);
    }
    let desk = who.desk;
    let (id, entropy, now) = (desk.clerk.id.clone(), app.store.entropy().clone(), app.now());
    let make = move |t: &mut store::TenantTx<'_>| {
        if t.second_factor(&id)?.is_none() {
            return Ok(Vec::new());
        }
        t.emergency_codes(&id, &entropy, now)
    };
    let made: Vec<String> = desk.tenant.write(make).await?;
    if made.is_empty() {
        return Ok(redirect("/amt/zweiter-faktor"));
    }
    hand_out(&app, &req, &made, "/amt/konto", false)
}

/// Switches the second factor off, against the password, where nobody requires it.
pub async fn remove(State(app): State<App>, desk: Desk, req: Req, Form(input): Form<Entered>) -> Result<Response> {
    if app.config.second_factor || desk.tenant.read(|t| t.second_factor_required()).await? {
        return Err(Failure::Bad(
            "Ihr Amt verlangt den Code von allen. Sie können nur das Handy wechseln.".into(),
        ));
    }
    let who = Setter::inside(desk, &req);
    if let Some(refused) = refused(&app, &who, &req, &input).await? {
        return Ok(refused);
    }
    let Setter { desk, token, .. } = who;
    app.store
        .remove_app(&desk.tenant, &desk.clerk.id, &token, app.now())
        .await?;
    Ok(redirect("/amt/konto?ok=ohne-code"))
}

/// The page with the error where the password is wrong.
async fn refused(app: &App, who: &Setter, req: &Req, input: &Entered) -> Result<Option<Response>> {
    app.limits
        .take(req.address, Limit::LogIn, app.now())
        .map_err(Failure::TooMany)?;
    let Some(wrong) = account::password_error(app, &who.desk, &input.pass).await? else {
        return Ok(None);
    };
    show(app, req, who, "", &Some(("pass", wrong))).await.map(Some)
}
