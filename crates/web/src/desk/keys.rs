//! One's own passkeys and connected accounts, as „Mein Konto“ lists them and takes them away. How each is set up and
//! proves somebody: `passkey.rs`, `provider.rs`.

use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};
use store::KeyKind;

use crate::desk::session::{self, Desk};
use crate::failure::Result;
use crate::reply::redirect;
use crate::state::App;

/// A lead or the clerk changed the password between the question and the answer.
pub(super) const LATE: &str =
    "Ihr Passwort wurde inzwischen geändert oder Ihr Zugang gesperrt. Melden Sie sich neu an.";

/// Those of one kind, the oldest first.
pub(super) async fn rows(desk: &Desk, kind: KeyKind) -> Result<Vec<Value>> {
    let id = desk.clerk.id.clone();
    let keys = desk.tenant.read(move |t| t.log_in_keys(&id)).await?;
    let day = |at| crate::format::date(domain::date_of(at));
    let own = keys.iter().filter(|k| k.kind == kind);
    Ok(own
        .map(|k| json!({ "id": k.id, "name": k.name, "since": day(k.since), "used": k.used.map(day) }))
        .collect())
}

/// Which one a form is about.
#[derive(Debug, Deserialize)]
pub struct Which {
    #[serde(default)]
    pub id: String,
}

/// Every session ends with it; this device goes on with a new one.
pub(super) async fn take_away(app: &App, desk: &Desk, which: &Which, done: &str) -> Result<Response> {
    let gone = app
        .store
        .remove_log_in_key(&desk.tenant, &desk.clerk.id, &which.id, app.now())
        .await?;
    let mut response = redirect(&format!("/amt/konto?ok={done}"));
    if let Some(token) = gone {
        session::remember(&mut response, app, &token);
    }
    Ok(response)
}
