//! The cockpit's first page.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use crate::cockpit::session::Centre;
use crate::failure::Result;
use crate::req::Req;
use crate::state::App;

pub async fn page(State(app): State<App>, centre: Centre, req: Req) -> Result<Response> {
    app.desk_page(
        StatusCode::OK,
        "cockpit/overview.html",
        &req,
        centre.as_ref(),
        "cockpit",
        json!({}),
    )
}
