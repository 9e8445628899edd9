//! "Anmelden und Geräte": one's own passkeys, and where one is logged in, in all accounts of an address.

use axum::extract::{Form, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};
use store::{LOG_IN_KEYS_AT_MOST, SharedStore};

use crate::account::passkey::is_fresh;
use crate::account::session::{self, Account};
use crate::desk::device;
use crate::failure::Result;
use crate::format;
use crate::reply::redirect;
use crate::req::Req;
use crate::state::App;

pub const PATH: &str = "/konto/zugang";

pub async fn page(State(app): State<App>, account: Account, req: Req) -> Result<Response> {
    let t = |key: &str| app.texts.text(req.lang, key);
    let done = match req.param("ok").as_deref() {
        Some("passkey") => t("account.pk_added"),
        Some("ohne-passkey") => t("account.pk_removed"),
        Some("abgemeldet") => t("account.se_done"),
        _ => String::new(),
    };
    let proof = &account.person.session.proof;
    let keys = app.store.shared().account_passkeys(proof).await?;
    let day = |at| format::date_in(domain::date_of(at), req.lang);
    let rows: Vec<Value> = keys
        .iter()
        .map(|k| json!({ "id": k.id, "name": k.name, "since": day(k.since), "used": k.used.map(day) }))
        .collect();
    let ctx = json!({
        "done": done, "mail": proof.address(), "here": app.passkeys.is_some(), "full": rows.len() >= LOG_IN_KEYS_AT_MOST,
        "rows": rows, "fresh": is_fresh(&app, &account), "path": PATH, "sessions": sessions(&app, &account, &req).await?,
    });
    app.ok("account/access.html", app.ui(&req), ctx)
}

/// The last used first; `here`: the one that asks.
async fn sessions(app: &App, account: &Account, req: &Req) -> Result<Vec<Value>> {
    let here = req.cookie(session::COOKIE).map(SharedStore::session_name);
    let proof = &account.person.session.proof;
    let open = app.store.shared().account_sessions_of(proof, app.now()).await?;
    let row = |s: store::OpenSession| {
        let device = match s.device.as_str() {
            "" => app.texts.text(req.lang, "account.se_unused"),
            device => device::in_language(device, req.lang),
        };
        let with = [
            ("since", format::moment_in(s.since, req.lang)),
            ("seen", format::moment_in(s.seen, req.lang)),
        ];
        let with = with.each_ref().map(|(key, value)| (*key, value.as_str()));
        json!({
            "id": s.id, "device": device, "here": here.as_deref() == Some(&s.id),
            "text": app.texts.fill(req.lang, "account.se_line", &with),
        })
    };
    Ok(open.into_iter().map(row).collect())
}

#[derive(Debug, Deserialize, Default)]
pub struct Which {
    #[serde(default)]
    id: String,
}

/// One of the other devices.
pub async fn end(State(app): State<App>, account: Account, req: Req, Form(which): Form<Which>) -> Result<Response> {
    end_devices(&app, &account, &req, Some(&which.id)).await
}

/// All but this one.
pub async fn end_others(State(app): State<App>, account: Account, req: Req) -> Result<Response> {
    end_devices(&app, &account, &req, None).await
}

async fn end_devices(app: &App, account: &Account, req: &Req, id: Option<&str>) -> Result<Response> {
    let here = req.cookie(session::COOKIE).unwrap_or_default();
    app.store
        .end_other_devices(&account.person, here, id, app.now())
        .await?;
    Ok(redirect(&format!("{PATH}?ok=abgemeldet")))
}
