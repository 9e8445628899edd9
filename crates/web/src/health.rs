//! What whoever watches over the server asks: does it serve, does the worker live, is there a backup that restores?
//! Numbers and words of ours only, no names.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};

use crate::routes::{Table, Who};
use crate::state::App;

pub(crate) fn routes(table: Table) -> Table {
    table
        .get("/health", Who::Public, health)
        .get("/health/backup", Who::Public, backup)
}

fn status(well: bool) -> StatusCode {
    match well {
        true => StatusCode::OK,
        false => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// Ready: the store takes writes and the worker, if this process has one, is alive. Says how much was given up
/// and how many authorities are broken.
async fn health(State(app): State<App>) -> Response {
    let store = app.store.health().await.is_ok();
    let (worker, mut report) = (app.condition.0)();
    let well = store && worker;
    report["status"] = if well { "ok" } else { "failed" }.into();
    report["full"] = app.limits.full(app.now()).into();
    report["store"] = if store { "ok" } else { "failed" }.into();
    (status(well), Json(report)).into_response()
}

/// Red when the evidence of a backup that restores is missing, old or wrong.
async fn backup(State(app): State<App>) -> Response {
    match app.store.backup_state(app.config.backup.as_ref(), app.now()).await {
        Ok(state) => (status(state.is_well()), Json(state)).into_response(),
        Err(error) => {
            tracing::error!(%error, "the state of backups cannot be read");
            (status(false), Json(serde_json::json!({"status": "failed"}))).into_response()
        }
    }
}
