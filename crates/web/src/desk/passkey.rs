//! Log-in of a clerk with a passkey instead of password and code, and one's own passkeys. The ceremony: `passkey.rs` of
//! this crate; where passkeys are kept: the store's `log_in_keys.rs`.

use axum::body::Bytes;
use axum::extract::{Form, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};
use store::{Added, Clerk, KeyKind, LOG_IN_KEYS_AT_MOST, NewKey, Stage, TenantStore};
use webauthn_rs::prelude::Uuid;

use crate::desk::account;
use crate::desk::keys::{self, Which};
use crate::desk::session::{self, Desk};
use crate::failure::{Failure, Result};
use crate::limits::Limit;
use crate::passkey::{self, Owner, Side, Wrong, go_on, no};
use crate::req::Req;
use crate::state::App;

const SIDE: Side = Side {
    path: "/amt",
    log_in: "log_in",
};

const NOT_HERE: &str = "Passkeys gehen unter dieser Adresse nicht. Nehmen Sie Passwort und Code.";
const TOO_LATE: &str = "Das hat zu lange gedauert. Versuchen Sie es bitte noch einmal.";
const FULL: &str = "Mehr als zehn Passkeys gehen nicht. Entfernen Sie zuerst einen.";
const UNKNOWN: &str = "Diesen Passkey kennen wir nicht, oder er gilt nicht mehr. Melden Sie sich mit Passwort an.";
const ODD: &str = "Dieses Gerät hat keinen brauchbaren Passkey gemacht. Versuchen Sie es mit einem anderen.";

/// `odd`: what to say to an answer that is none.
fn refuse(wrong: Wrong, odd: &str) -> Response {
    no(match wrong {
        Wrong::NotHere => NOT_HERE,
        Wrong::TooLate => TOO_LATE,
        Wrong::Odd => odd,
    })
}

/// The same for all passkeys of a clerk, and nothing that names one.
fn handle(tenant: &TenantStore, clerk: &Clerk) -> Uuid {
    let text = format!("{}/{}", tenant.id(), clerk.id);
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.as_ref()[..16]);
    Uuid::from_bytes(bytes)
}

// ---- log-in ----

pub async fn log_in_question(State(app): State<App>, req: Req) -> Result<Response> {
    app.limits
        .take(req.address, Limit::LogIn, app.now())
        .map_err(Failure::TooMany)?;
    let question = passkey::log_in_question(&app, SIDE).await?;
    Ok(question.unwrap_or_else(|wrong| refuse(wrong, UNKNOWN)))
}

pub async fn log_in(State(app): State<App>, req: Req, body: Bytes) -> Result<Response> {
    let answer = match passkey::answer(&app, &req, SIDE, &body).await? {
        Ok(answer) => answer,
        Err(wrong) => return Ok(refuse(wrong, UNKNOWN)),
    };
    let Some((tenant, clerk, mut key)) = app.store.key_owner(KeyKind::Passkey, &answer.credential).await? else {
        return Ok(no(UNKNOWN));
    };
    let Some(credential) = answer.proves(&app, &key.credential, handle(&tenant, &clerk))? else {
        return Ok(no(UNKNOWN));
    };
    key.credential = credential;
    let Some(token) = app
        .store
        .log_in_by_key(&tenant, &clerk.id, &key, Stage::In, app.now())
        .await?
    else {
        return Ok(no(UNKNOWN));
    };
    let target = req.param("ziel").unwrap_or_default();
    let mut response = go_on(session::inside(&target));
    session::arrive(&mut response, &app, &token);
    Ok(response)
}

// ---- one's own passkeys ----

/// What „Mein Konto“ shows.
pub(super) async fn list(app: &App, desk: &Desk) -> Result<Value> {
    let rows = keys::rows(desk, KeyKind::Passkey).await?;
    Ok(json!({ "here": app.passkeys.is_some(), "rows": rows, "full": rows.len() >= LOG_IN_KEYS_AT_MOST }))
}

#[derive(Debug, Deserialize)]
pub struct Wanted {
    #[serde(default)]
    pass: String,
}

/// Against the password: whoever finds a desk unlocked is not to leave a key of his own there.
pub async fn add_question(State(app): State<App>, desk: Desk, req: Req, Form(input): Form<Wanted>) -> Result<Response> {
    app.limits
        .take(req.address, Limit::LogIn, app.now())
        .map_err(Failure::TooMany)?;
    if app.passkeys.is_none() {
        return Ok(no(NOT_HERE));
    }
    let proven = match account::proven(&app, &desk, &input.pass).await? {
        Ok(proven) => proven,
        Err(wrong) => return Ok(no(&wrong)),
    };
    let id = desk.clerk.id.clone();
    let keys = desk.tenant.read(move |t| t.log_in_keys(&id)).await?;
    let keys: Vec<_> = keys.into_iter().filter(|k| k.kind == KeyKind::Passkey).collect();
    if keys.len() >= LOG_IN_KEYS_AT_MOST {
        return Ok(no(FULL));
    }
    let known = keys.into_iter().map(|k| k.credential).collect();
    let owner = Owner {
        kind: desk.clerk.id.0.clone(),
        handle: handle(&desk.tenant, &desk.clerk),
        address: &desk.clerk.email,
        name: &desk.clerk.name,
    };
    let question = passkey::make_question(&app, SIDE, owner, known, &proven).await?;
    Ok(question.unwrap_or_else(|wrong| refuse(wrong, ODD)))
}

pub async fn add(State(app): State<App>, desk: Desk, req: Req, body: Bytes) -> Result<Response> {
    let made = passkey::made::<store::Proven>(&app, &req, desk.clerk.id.as_str(), &body).await?;
    let made = match made {
        Ok(made) => made,
        Err(wrong) => return Ok(refuse(wrong, ODD)),
    };
    let new = NewKey {
        kind: KeyKind::Passkey,
        what: &made.what,
        name: &made.name,
        credential: made.credential,
        proven: made.with,
        here: session::token(&req),
    };
    let added = app
        .store
        .add_log_in_key(&desk.tenant, &desk.clerk.id, new, app.now())
        .await?;
    Ok(match added {
        Added::Yes => go_on("/amt/konto?ok=passkey"),
        Added::Taken => no("Dieses Gerät ist schon eingerichtet."),
        Added::Full => no(FULL),
        Added::Late => no(keys::LATE),
    })
}

pub async fn remove(State(app): State<App>, desk: Desk, Form(which): Form<Which>) -> Result<Response> {
    keys::take_away(&app, &desk, &which, "ohne-passkey").await
}
