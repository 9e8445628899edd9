//! Where a clerk is logged in, as „Mein Konto“ shows it and ends it. What a session is: `session.rs`.

use axum::extract::{Form, State};
use axum::response::Response;
use serde_json::{Value, json};
use store::SharedStore;

use crate::desk::keys::Which;
use crate::desk::session::{self, Desk};
use crate::failure::Result;
use crate::format;
use crate::reply::redirect;
use crate::req::Req;
use crate::state::App;

/// The last used first; `here`: the one that asks.
pub(super) async fn list(app: &App, desk: &Desk, req: &Req) -> Result<Vec<Value>> {
    let here = req.cookie(session::COOKIE).map(SharedStore::session_name);
    let open = app
        .store
        .shared()
        .sessions_of(desk.tenant.id(), &desk.clerk.id, app.now())
        .await?;
    Ok(open
        .into_iter()
        .map(|s| {
            let device = if s.device.is_empty() {
                "Noch nicht benutzt"
            } else {
                &s.device
            };
            json!({
                "id": s.id, "device": device, "since": format::moment(s.since), "seen": format::moment(s.seen),
                "here": here.as_deref() == Some(&s.id),
            })
        })
        .collect())
}

/// One of the other devices.
pub async fn end(State(app): State<App>, desk: Desk, Form(which): Form<Which>) -> Result<Response> {
    let (tenant, clerk) = (desk.tenant.id().clone(), desk.clerk.id.clone());
    app.store
        .shared()
        .end_one_of(&tenant, &clerk, &which.id, app.now())
        .await?;
    note(&app, &desk).await?;
    Ok(redirect("/amt/konto?ok=abgemeldet"))
}

/// All but this one.
pub async fn end_others(State(app): State<App>, desk: Desk, req: Req) -> Result<Response> {
    app.store
        .shared()
        .end_other_sessions(desk.tenant.id(), &desk.clerk.id, session::token(&req))
        .await?;
    note(&app, &desk).await?;
    Ok(redirect("/amt/konto?ok=abgemeldet"))
}

async fn note(app: &App, desk: &Desk) -> Result<()> {
    let (id, now) = (desk.clerk.id.clone(), app.now());
    desk.tenant
        .write(move |t| {
            t.audit(id.as_str(), "clerk.session_ended", None, now);
            Ok::<_, store::Error>(())
        })
        .await?;
    Ok(())
}
