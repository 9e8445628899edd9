//! What visitors reported about barriers: read here by the lead. Answering happens by the contact given.

use axum::extract::State;
use axum::response::Response;
use serde_json::{Value, json};

use crate::desk::session::Lead;
use crate::failure::Result;
use crate::format;
use crate::office::frame;
use crate::req::Req;
use crate::state::App;

/// Reports shown; older ones stay in the store.
const SHOWN: u32 = 200;

pub async fn page(State(app): State<App>, lead: Lead, req: Req) -> Result<Response> {
    let reports = lead.0.tenant.read(|t| t.feedback(SHOWN)).await?;
    let rows: Vec<Value> = reports
        .iter()
        .map(|f| {
            json!({
                "at": format::moment(f.at), "iso": format::iso(f.at), "text": f.text, "contact": f.contact, "page": f.page,
            })
        })
        .collect();
    frame::ok(
        &app,
        "office/feedback.html",
        &req,
        &lead,
        "meldungen",
        json!({ "rows": rows }),
    )
}
