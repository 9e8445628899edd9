//! Log-in through an identity provider, and the connection of one's own account with it. What the provider's answer
//! proves: `identity.rs`. An account is connected once, by somebody who is logged in and types the password; after that
//! it opens the desk. A provider that vouches for a level of assurance replaces the second factor, another does not.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Form, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::ClerkId;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{Added, KeyKind, NewKey, Proven, Stage};

use crate::desk::account;
use crate::desk::keys::{self, Which};
use crate::desk::session::{self, Desk};
use crate::failure::{Failure, Result};
use crate::identity;
use crate::identity::{Answer, NoProof, Provider, Started};
use crate::limits::Limit;
use crate::reply::redirect;
use crate::req::{Req, set_cookie};
use crate::state::App;

/// Cookie of the way to the provider and back.
const COOKIE: &str = "konto";
const SECONDS: i64 = 5 * 60;
const BACK: &str = "/amt/anmelden/konto/zurueck";

/// What is kept for the way back.
#[derive(Serialize, Deserialize)]
struct Way {
    started: Started,
    /// Where to go on.
    target: String,
    /// Who connects an account, and with which password; `None`: somebody logs in.
    connects: Option<(ClerkId, Proven)>,
}

fn provider(app: &App) -> Result<&Provider> {
    app.provider.as_ref().ok_or(Failure::Page)
}

fn back(app: &App) -> String {
    format!("{}{BACK}", app.config.base_url)
}

/// Begins; the provider's address and the token for the cookie.
async fn begin(
    app: &App,
    target: &str,
    connects: Option<(ClerkId, Proven)>,
) -> Result<std::result::Result<(String, String), NoProof>> {
    let provider = provider(app)?;
    let (url, started) = match provider.begin(&back(app), connects.is_some(), provider.acr()).await {
        Ok(begun) => begun,
        Err(no) => return Ok(Err(no)),
    };
    let way = Way {
        started,
        target: target.to_owned(),
        connects,
    };
    let state = serde_json::to_value(&way).map_err(|_| Failure::Internal)?;
    let token = app.store.shared().begin_ceremony(&state, app.now()).await?;
    Ok(Ok((url, token)))
}

fn carry(response: &mut Response, app: &App, token: &str, seconds: i64) {
    set_cookie(response, COOKIE, token, "/amt", seconds, app.config.secure_cookies);
}

/// A page that says what went wrong and where to go on.
fn trouble(app: &App, req: &Req, status: StatusCode, text: &str, back: &str) -> Result<Response> {
    let ctx = json!({ "url": null, "text": text, "back": back, "name": app.provider.as_ref().map(Provider::name) });
    app.page(status, "desk/provider.html", app.ui_desk(req), ctx)
}

fn why(app: &App, no: NoProof) -> String {
    let name = app.provider.as_ref().map_or("", Provider::name);
    match no {
        NoProof::Unreachable => {
            format!("{name} antwortet gerade nicht. Versuchen Sie es in einigen Minuten noch einmal.")
        }
        NoProof::Stopped => format!("Das Anmelden bei {name} wurde abgebrochen. Es ist nichts geändert."),
        NoProof::Invalid => format!(
            "Was {name} uns geschickt hat, genügt zum Anmelden nicht. Versuchen Sie es noch einmal. Bleibt es dabei, sagen Sie es Ihrer Leitung."
        ),
    }
}

/// To the provider.
pub async fn go(State(app): State<App>, req: Req) -> Result<Response> {
    app.limits
        .take(req.address, Limit::Provider, app.now())
        .map_err(Failure::TooMany)?;
    let target = req.param("ziel").unwrap_or_default();
    match begin(&app, session::inside(&target), None).await? {
        Ok((url, token)) => {
            let mut response = redirect(&url);
            carry(&mut response, &app, &token, SECONDS);
            Ok(response)
        }
        Err(no) => trouble(&app, &req, StatusCode::BAD_GATEWAY, &why(&app, no), "/amt/anmelden"),
    }
}

/// Back from the provider.
pub async fn come_back(
    State(app): State<App>,
    req: Req,
    answer: std::result::Result<Query<Answer>, QueryRejection>,
) -> Result<Response> {
    let provider = provider(&app)?;
    let late = "Das hat zu lange gedauert, oder die Seite wurde zweimal geöffnet. Versuchen Sie es bitte noch einmal.";
    let way = match req.cookie(COOKIE) {
        Some(token) => app.store.shared().take_ceremony(token, app.now()).await?,
        None => None,
    };
    let (Some(way), Ok(Query(answer))) = (way.and_then(|w| serde_json::from_value::<Way>(w).ok()), answer) else {
        return trouble(&app, &req, StatusCode::UNPROCESSABLE_ENTITY, late, "/amt/anmelden");
    };
    let start = if way.connects.is_some() {
        "/amt/konto"
    } else {
        "/amt/anmelden"
    };
    let mut response = match provider.finish(&back(&app), way.started, answer).await {
        Err(no) => trouble(&app, &req, StatusCode::UNPROCESSABLE_ENTITY, &why(&app, no), start)?,
        Ok(proven) => match way.connects {
            Some((clerk, password)) => connect(&app, &req, &clerk, password, &proven).await?,
            None => log_in(&app, &req, &way.target, &proven).await?,
        },
    };
    carry(&mut response, &app, "", 0);
    Ok(response)
}

async fn log_in(app: &App, req: &Req, target: &str, proven: &identity::Proven) -> Result<Response> {
    let unknown = "Dieses Konto ist hier mit keinem Zugang verbunden. Melden Sie sich mit Passwort an, und verbinden Sie es dann unter „Mein Konto“.";
    let Some((tenant, clerk, key)) = app.store.key_owner(KeyKind::Account, proven.who.as_bytes()).await? else {
        return trouble(app, req, StatusCode::UNPROCESSABLE_ENTITY, unknown, "/amt/anmelden");
    };
    let stage = if proven.assured {
        Stage::In
    } else {
        app.store
            .stage_after_first(&tenant, &clerk.id, app.config.second_factor)
            .await?
    };
    let Some(token) = app
        .store
        .log_in_by_key(&tenant, &clerk.id, &key, stage, app.now())
        .await?
    else {
        return trouble(app, req, StatusCode::UNPROCESSABLE_ENTITY, unknown, "/amt/anmelden");
    };
    let page = match stage {
        Stage::In => {
            let mut response = redirect(target);
            session::arrive(&mut response, app, &token);
            return Ok(response);
        }
        Stage::Code => "/amt/anmelden/code",
        Stage::SetUp => "/amt/zweiter-faktor",
    };
    let mut response = redirect(&format!("{page}?ziel={}", crate::frame::urlencode(target)));
    session::wait(&mut response, app, &token);
    Ok(response)
}

/// Only for whoever is still logged in as the one who began.
async fn connect(
    app: &App,
    req: &Req,
    clerk: &ClerkId,
    password: Proven,
    proven: &identity::Proven,
) -> Result<Response> {
    let desk = session::current(app, req).await?.filter(|d| d.clerk.id == *clerk);
    let Some(desk) = desk else {
        return Err(Failure::Login("/amt/konto".into()));
    };
    let name = app.provider.as_ref().map_or("", Provider::name);
    let added = app
        .store
        .add_log_in_key(
            &desk.tenant,
            &desk.clerk.id,
            NewKey {
                kind: KeyKind::Account,
                what: proven.who.as_bytes(),
                name,
                credential: Value::Null,
                proven: password,
                here: session::token(req),
            },
            app.now(),
        )
        .await?;
    let text = match added {
        Added::Yes => return Ok(redirect("/amt/konto?ok=konto")),
        Added::Taken => format!("Dieses Konto bei {name} ist schon mit einem Zugang verbunden."),
        Added::Full => "Mehr als zehn Konten gehen nicht. Trennen Sie zuerst eines.".to_owned(),
        Added::Late => keys::LATE.to_owned(),
    };
    trouble(app, req, StatusCode::UNPROCESSABLE_ENTITY, &text, "/amt/konto")
}

// ---- one's own account ----

/// What „Mein Konto“ shows; nothing where there is no provider and nothing connected.
pub(super) async fn list(app: &App, desk: &Desk) -> Result<Value> {
    let rows = keys::rows(desk, KeyKind::Account).await?;
    Ok(json!({ "name": app.provider.as_ref().map(Provider::name), "rows": rows }))
}

#[derive(Debug, Deserialize)]
pub struct Sent {
    #[serde(default)]
    pass: String,
}

/// Against the password. Shows a page with the way on: a form may not lead to another site, a link may.
pub async fn connect_question(
    State(app): State<App>,
    desk: Desk,
    req: Req,
    Form(sent): Form<Sent>,
) -> Result<Response> {
    app.limits
        .take(req.address, Limit::LogIn, app.now())
        .map_err(Failure::TooMany)?;
    let name = provider(&app)?.name().to_owned();
    let password = match account::proven(&app, &desk, &sent.pass).await? {
        Ok(password) => password,
        Err(wrong) => return account::render(&app, &desk, &req, &[("konto-pass", wrong)]).await,
    };
    match begin(&app, "/amt/konto", Some((desk.clerk.id.clone(), password))).await? {
        Ok((url, token)) => {
            let ctx = json!({ "url": url, "name": name, "back": "/amt/konto" });
            let mut response = app.page(StatusCode::OK, "desk/provider.html", app.ui_desk(&req), ctx)?;
            carry(&mut response, &app, &token, SECONDS);
            Ok(response)
        }
        Err(no) => trouble(&app, &req, StatusCode::BAD_GATEWAY, &why(&app, no), "/amt/konto"),
    }
}

pub async fn disconnect(State(app): State<App>, desk: Desk, Form(which): Form<Which>) -> Result<Response> {
    keys::take_away(&app, &desk, &which, "ohne-konto").await
}
