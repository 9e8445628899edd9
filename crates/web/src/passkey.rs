//! What log-ins with a passkey have in common, at the desk (`desk/passkey.rs`) and in accounts of people and clubs
//! (`account/passkey.rs`): the ceremony of two requests, a question (a challenge that counts once, for five minutes, in
//! this browser) and an answer. The browser's part is `assets/passkey.js`; signatures are checked by webauthn-rs.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use webauthn_rs::prelude::*;

use crate::failure::{Failure, Result};
use crate::req::{Req, set_cookie};
use crate::state::App;

/// Cookie of the ceremony that the browser is in.
const COOKIE: &str = "passkey";
const SECONDS: i64 = 5 * 60;
/// Letters of a device's name at most.
const NAME: usize = 60;

/// Why a passkey does not log in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// The pages have an address of numbers alone.
    NotHere,
    /// No ceremony in this browser, or too old, or answered already.
    TooLate,
    /// The answer is none, or not signed as it has to be.
    Odd,
}

pub type Outcome<T> = Result<std::result::Result<T, Wrong>>;

/// One of the two places where somebody logs in: a ceremony of the one is none of the other.
#[derive(Debug, Clone, Copy)]
pub struct Side {
    /// Below it the ceremony's cookie is sent.
    pub path: &'static str,
    /// What a log-in's ceremony is kept as.
    pub log_in: &'static str,
}

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
pub fn no(text: &str) -> Response {
    (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({ "text": text }))).into_response()
}

/// An answer to the script: go on there.
pub fn go_on(target: &str) -> Response {
    Json(json!({ "ziel": target })).into_response()
}

/// The question, with the cookie that binds its answer to this browser.
async fn ask(app: &App, side: Side, kind: &str, question: &Value, state: &impl Serialize) -> Result<Response> {
    let state = serde_json::to_value(state).map_err(|e| inside(&e))?;
    let kept = json!({ kind: state });
    let token = app.store.shared().begin_ceremony(&kept, app.now()).await?;
    let mut response = Json(question.clone()).into_response();
    set_cookie(
        &mut response,
        COOKIE,
        &token,
        side.path,
        SECONDS,
        app.config.secure_cookies,
    );
    Ok(response)
}

/// The half of the ceremony that was kept, once.
async fn kept<T: DeserializeOwned>(app: &App, req: &Req, kind: &str) -> Result<Option<T>> {
    let Some(token) = req.cookie(COOKIE) else {
        return Ok(None);
    };
    let state = app.store.shared().take_ceremony(token, app.now()).await?;
    Ok(state
        .and_then(|mut s| s.get_mut(kind).map(Value::take))
        .and_then(|s| serde_json::from_value(s).ok()))
}

// ---- log-in ----

pub async fn log_in_question(app: &App, side: Side) -> Outcome<Response> {
    let Some(checker) = &app.passkeys else {
        return Ok(Err(Wrong::NotHere));
    };
    let (question, state) = checker.start_discoverable_authentication().map_err(|e| inside(&e))?;
    Ok(Ok(ask(app, side, side.log_in, &json!(question), &state).await?))
}

/// What a browser sent back: whose key it says it is, and a signature that has still to be checked.
pub struct Answer {
    pub owner: Uuid,
    pub credential: Vec<u8>,
    answer: PublicKeyCredential,
    state: DiscoverableAuthentication,
}

pub async fn answer(app: &App, req: &Req, side: Side, body: &[u8]) -> Outcome<Answer> {
    let Some(checker) = &app.passkeys else {
        return Ok(Err(Wrong::NotHere));
    };
    let Some(state) = kept::<DiscoverableAuthentication>(app, req, side.log_in).await? else {
        return Ok(Err(Wrong::TooLate));
    };
    let Ok(answer) = serde_json::from_slice::<PublicKeyCredential>(body) else {
        return Ok(Err(Wrong::Odd));
    };
    let Ok((owner, credential)) = checker.identify_discoverable_authentication(&answer) else {
        return Ok(Err(Wrong::Odd));
    };
    let credential = credential.to_vec();
    Ok(Ok(Answer {
        owner,
        credential,
        answer,
        state,
    }))
}

impl Answer {
    /// The passkey with its counter moved on, if it signed this challenge for this address, its owner was verified and
    /// it is who it says.
    pub fn proves(self, app: &App, stored: &Value, owner: Uuid) -> Result<Option<Value>> {
        let (Some(checker), Ok(mut passkey)) = (&app.passkeys, serde_json::from_value::<Passkey>(stored.clone()))
        else {
            return Ok(None);
        };
        let proven = checker.finish_discoverable_authentication_v2(&self.answer, self.state, &passkey);
        let Some(proof) = proven.ok().filter(AuthenticationResult::user_verified) else {
            return Ok(None);
        };
        if self.owner != owner {
            return Ok(None);
        }
        passkey.update_credential(&proof);
        Ok(Some(serde_json::to_value(&passkey).map_err(|e| inside(&e))?))
    }
}

// ---- setting one up ----

/// Whose passkey it will be.
pub struct Owner<'a> {
    /// What the ceremony is kept as: nobody's passkey gets into another's account.
    pub kind: String,
    pub handle: Uuid,
    pub address: &'a str,
    pub name: &'a str,
}

#[derive(Serialize, Deserialize)]
struct Asked<T> {
    state: PasskeyRegistration,
    with: T,
}

/// `known`: passkeys that the owner has, so that no device gets a second one. `with` comes back with the answer.
pub async fn make_question(
    app: &App,
    side: Side,
    owner: Owner<'_>,
    known: Vec<Value>,
    with: impl Serialize,
) -> Outcome<Response> {
    let Some(checker) = &app.passkeys else {
        return Ok(Err(Wrong::NotHere));
    };
    let known = known
        .into_iter()
        .filter_map(|k| serde_json::from_value::<Passkey>(k).ok())
        .map(|k| k.cred_id().clone())
        .collect();
    let (question, state) = checker
        .start_passkey_registration(owner.handle, owner.address, owner.name, Some(known))
        .map_err(|e| inside(&e))?;
    let mut question = json!(question);
    // The log-in asks for no address: the device has to keep the key with its owner.
    let selection = &mut question["publicKey"]["authenticatorSelection"];
    selection["residentKey"] = "required".into();
    selection["requireResidentKey"] = true.into();
    Ok(Ok(ask(app, side, &owner.kind, &question, &Asked { state, with }).await?))
}

#[derive(Debug, Deserialize)]
struct Posted {
    #[serde(default)]
    name: String,
    credential: RegisterPublicKeyCredential,
}

/// A passkey that a device has made.
pub struct Made<T> {
    pub what: Vec<u8>,
    pub name: String,
    pub credential: Value,
    pub with: T,
}

pub async fn made<T: DeserializeOwned>(app: &App, req: &Req, kind: &str, body: &[u8]) -> Outcome<Made<T>> {
    let Some(checker) = &app.passkeys else {
        return Ok(Err(Wrong::NotHere));
    };
    let Some(asked) = kept::<Asked<T>>(app, req, kind).await? else {
        return Ok(Err(Wrong::TooLate));
    };
    let Ok(posted) = serde_json::from_slice::<Posted>(body) else {
        return Ok(Err(Wrong::Odd));
    };
    let Ok(passkey) = checker.finish_passkey_registration(&posted.credential, &asked.state) else {
        return Ok(Err(Wrong::Odd));
    };
    let name: String = posted.name.chars().filter(|c| !c.is_control()).take(NAME).collect();
    let name = if name.trim().is_empty() { "Passkey" } else { name.trim() };
    Ok(Ok(Made {
        what: passkey.cred_id().to_vec(),
        name: name.to_owned(),
        credential: serde_json::to_value(&passkey).map_err(|e| inside(&e))?,
        with: asked.with,
    }))
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
