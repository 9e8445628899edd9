//! The state of an application, for whoever holds its access code.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use serde_json::{Value, json};

use crate::case::access::{self, Opened};
use crate::case::files::pdf;
use crate::failure::{Failure, Result};
use crate::format;
use crate::req::Req;
use crate::state::App;
use crate::submission::letter_when_ready;

async fn open(app: &App, req: &Req, headers: &HeaderMap, reference: &str) -> Result<Opened> {
    let code = headers
        .get(header::AUTHORIZATION)
        .and_then(|v| v.to_str().ok())
        .and_then(|v| v.strip_prefix("Bearer "));
    access::by_code(app, req, reference, code.unwrap_or_default()).await
}

pub async fn status(
    State(app): State<App>,
    Path(reference): Path<String>,
    req: Req,
    headers: HeaderMap,
) -> Result<Json<Value>> {
    let Opened { case, tenant, code } = open(&app, &req, &headers, &reference).await?;
    let id = case.id.clone();
    let history = tenant.read(move |t| t.history(&id)).await?;
    let seen = access::see_case(&app, case, tenant, code).await?;
    let cx = seen.context(&app, req.lang);
    let case = &seen.case;
    // The words of the status page: a notice is prohibited, not refused.
    let act = domain::letter::act_word(case, &seen.service, &cx);
    let text = |kind: &str| match kind {
        "approved" | "confirmed" | "refused" => app.texts.of_act(req.lang, "state", act, kind),
        _ => app.texts.text(req.lang, &format!("event.{kind}")),
    };
    let events: Vec<Value> = history
        .iter()
        .filter(|e| e.public)
        .map(|e| json!({ "at": format::iso(e.at), "event": e.kind, "text": text(&e.kind) }))
        .collect();
    let mut out = json!({ "reference": case.reference, "status": case.state.as_str(), "history": events });
    // Where a case that was handed over goes on: whoever holds this code gets the new one.
    if let Some(onward) = &case.onward {
        out["transferred_to"] = json!({ "reference": onward.reference, "access_code": onward.code });
    }
    Ok(Json(out))
}

pub async fn receipt(
    State(app): State<App>,
    Path(reference): Path<String>,
    req: Req,
    headers: HeaderMap,
) -> Result<Response> {
    let Opened { case, tenant, .. } = open(&app, &req, &headers, &reference).await?;
    match letter_when_ready(&tenant, &case.id, "receipt").await? {
        Some(bytes) => Ok(pdf(bytes, &format!("{}-receipt.pdf", case.reference))),
        None => Err(Failure::Busy),
    }
}
