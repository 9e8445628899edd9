//! Log-in with a passkey instead of password and code, and one's own passkeys. The browser's part is
//! `assets/passkey.js`; signatures are checked by webauthn-rs; where passkeys are kept: the store's `log_in_keys.rs`.
//! Each ceremony has two requests: the question (a challenge that counts once, for five minutes) and the answer.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{Added, Clerk, KeyKind, LOG_IN_KEYS_AT_MOST, NewKey, Stage, TenantStore};
use webauthn_rs::prelude::*;

use crate::desk::account;
use crate::desk::keys::{self, Which};
use crate::desk::session::{self, Desk};
use crate::failure::{Failure, Result};
use crate::limits::Limit;
use crate::req::{Req, set_cookie};
use crate::state::App;

/// Cookie of the ceremony that the browser is in.
const COOKIE: &str = "passkey";
const SECONDS: i64 = 5 * 60;
/// Letters of a device's name at most.
const NAME: usize = 60;

const NOT_HERE: &str = "Passkeys gehen unter dieser Adresse nicht. Nehmen Sie Passwort und Code.";
const TOO_LATE: &str = "Das hat zu lange gedauert. Versuchen Sie es bitte noch einmal.";
const FULL: &str = "Mehr als zehn Passkeys gehen nicht. Entfernen Sie zuerst einen.";
const UNKNOWN: &str = "Diesen Passkey kennen wir nicht, oder er gilt nicht mehr. Melden Sie sich mit Passwort an.";

/// What checks passkeys for the pages at this address; `None`: it has no name, only numbers, and passkeys are bound to
/// a name.
pub fn checker(base_url: &str) -> Option<Webauthn> {
    let url = Url::parse(base_url).ok()?;
    let host = url.domain()?;
    WebauthnBuilder::new(host, &url)
        .ok()?
        .rp_name("Kommunal-Cloud")
        .build()
        .ok()
}

/// An answer to the script: one sentence for the person.
fn no(text: &str) -> Response {
    (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({ "text": text }))).into_response()
}

fn ask(app: &App, options: &Value, token: &str) -> Response {
    let mut response = Json(options.clone()).into_response();
    set_cookie(&mut response, COOKIE, token, "/amt", SECONDS, app.config.secure_cookies);
    response
}

/// The half of the ceremony that was kept, once.
async fn kept<T: serde::de::DeserializeOwned>(app: &App, req: &Req, kind: &str) -> Result<Option<T>> {
    let Some(token) = req.cookie(COOKIE) else {
        return Ok(None);
    };
    let state = app.store.shared().take_ceremony(token, app.now()).await?;
    Ok(state
        .and_then(|mut s| s.get_mut(kind).map(Value::take))
        .and_then(|s| serde_json::from_value(s).ok()))
}

async fn keep(app: &App, kind: &str, state: &impl serde::Serialize) -> Result<String> {
    let state = serde_json::to_value(state).map_err(|e| inside(&e))?;
    Ok(app
        .store
        .shared()
        .begin_ceremony(&json!({ kind: state }), app.now())
        .await?)
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
    let Some(checker) = &app.passkeys else {
        return Ok(no(NOT_HERE));
    };
    let (question, state) = checker.start_discoverable_authentication().map_err(|e| inside(&e))?;
    let token = keep(&app, "log_in", &state).await?;
    Ok(ask(&app, &json!(question), &token))
}

pub async fn log_in(State(app): State<App>, req: Req, body: Bytes) -> Result<Response> {
    let Some(checker) = &app.passkeys else {
        return Ok(no(NOT_HERE));
    };
    let Some(state) = kept::<DiscoverableAuthentication>(&app, &req, "log_in").await? else {
        return Ok(no(TOO_LATE));
    };
    let Ok(answer) = serde_json::from_slice::<PublicKeyCredential>(&body) else {
        return Ok(no(UNKNOWN));
    };
    let Ok((owner, credential)) = checker.identify_discoverable_authentication(&answer) else {
        return Ok(no(UNKNOWN));
    };
    let Some((tenant, clerk, mut key)) = app.store.key_owner(KeyKind::Passkey, credential).await? else {
        return Ok(no(UNKNOWN));
    };
    let Ok(mut passkey) = serde_json::from_value::<Passkey>(key.credential.clone()) else {
        return Ok(no(UNKNOWN));
    };
    let proven = checker.finish_discoverable_authentication_v2(&answer, state, &passkey);
    let Some(proof) = proven.ok().filter(AuthenticationResult::user_verified) else {
        return Ok(no(UNKNOWN));
    };
    if owner != handle(&tenant, &clerk) {
        return Ok(no(UNKNOWN));
    }
    passkey.update_credential(&proof);
    key.credential = serde_json::to_value(&passkey).map_err(|e| inside(&e))?;
    let Some(token) = app
        .store
        .log_in_by_key(&tenant, &clerk.id, &key, Stage::In, app.now())
        .await?
    else {
        return Ok(no(UNKNOWN));
    };
    let target = req.param("ziel").unwrap_or_default();
    let mut response = Json(json!({ "ziel": session::inside(&target) })).into_response();
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
    let Some(checker) = &app.passkeys else {
        return Ok(no(NOT_HERE));
    };
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
    let known = keys
        .into_iter()
        .filter_map(|k| serde_json::from_value::<Passkey>(k.credential).ok())
        .map(|k| k.cred_id().clone())
        .collect();
    let handle = handle(&desk.tenant, &desk.clerk);
    let (question, state) = checker
        .start_passkey_registration(handle, &desk.clerk.email, &desk.clerk.name, Some(known))
        .map_err(|e| inside(&e))?;
    let mut question = json!(question);
    // The log-in asks for no address: the device has to keep the key with its owner.
    let selection = &mut question["publicKey"]["authenticatorSelection"];
    selection["residentKey"] = "required".into();
    selection["requireResidentKey"] = true.into();
    let token = keep(&app, desk.clerk.id.as_str(), &Asked { state, proven }).await?;
    Ok(ask(&app, &question, &token))
}

/// What is kept of the question.
#[derive(Serialize, Deserialize)]
struct Asked {
    state: PasskeyRegistration,
    proven: store::Proven,
}

#[derive(Debug, Deserialize)]
struct Made {
    #[serde(default)]
    name: String,
    credential: RegisterPublicKeyCredential,
}

pub async fn add(State(app): State<App>, desk: Desk, req: Req, body: Bytes) -> Result<Response> {
    let Some(checker) = &app.passkeys else {
        return Ok(no(NOT_HERE));
    };
    // Kept under the clerk: nobody's passkey gets into another's account.
    let Some(asked) = kept::<Asked>(&app, &req, desk.clerk.id.as_str()).await? else {
        return Ok(no(TOO_LATE));
    };
    const ODD: &str = "Dieses Gerät hat keinen brauchbaren Passkey gemacht. Versuchen Sie es mit einem anderen.";
    let Ok(made) = serde_json::from_slice::<Made>(&body) else {
        return Ok(no(ODD));
    };
    let Ok(passkey) = checker.finish_passkey_registration(&made.credential, &asked.state) else {
        return Ok(no(ODD));
    };
    let name: String = made.name.chars().filter(|c| !c.is_control()).take(NAME).collect();
    let name = if name.trim().is_empty() { "Passkey" } else { name.trim() };
    let credential = serde_json::to_value(&passkey).map_err(|e| inside(&e))?;
    let added = app
        .store
        .add_log_in_key(
            &desk.tenant,
            &desk.clerk.id,
            NewKey {
                kind: KeyKind::Passkey,
                what: passkey.cred_id(),
                name,
                credential,
                proven: asked.proven,
                here: session::token(&req),
            },
            app.now(),
        )
        .await?;
    Ok(match added {
        Added::Yes => Json(json!({ "ziel": "/amt/konto?ok=passkey" })).into_response(),
        Added::Taken => no("Dieses Gerät ist schon eingerichtet."),
        Added::Full => no(FULL),
        Added::Late => no(keys::LATE),
    })
}

pub async fn remove(State(app): State<App>, desk: Desk, Form(which): Form<Which>) -> Result<Response> {
    keys::take_away(&app, &desk, &which, "ohne-passkey").await
}

fn inside(error: &dyn std::fmt::Display) -> Failure {
    tracing::error!("passkey: {error}");
    Failure::Internal
}

#[cfg(test)]
mod tests {
    use super::checker;

    #[test]
    fn passkeys_need_an_address_with_a_name() {
        assert!(checker("https://antrag.example.de").is_some());
        assert!(checker("http://localhost:8080").is_some());
        for without in ["http://127.0.0.1:8080", "https://[::1]", "antrag.example.de", ""] {
            assert!(checker(without).is_none(), "{without}");
        }
    }
}
