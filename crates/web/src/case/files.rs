//! Letters that can be downloaded from a case: receipt, question, decision (its retrieval is recorded).

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use domain::Action;

use crate::case::access::{self, Seen};
use crate::case::status;
use crate::failure::{Failure, Result};
use crate::req::Req;
use crate::state::App;
use crate::submission::letter_when_ready;

/// A PDF that the browser saves or shows, never inside our page.
pub fn pdf(bytes: Vec<u8>, name: &str) -> Response {
    let disposition = format!("inline; filename=\"{name}\"");
    (
        [
            (header::CONTENT_TYPE, "application/pdf".to_owned()),
            (header::CONTENT_DISPOSITION, disposition),
            (header::CACHE_CONTROL, "no-store".to_owned()),
        ],
        bytes,
    )
        .into_response()
}

async fn letter(seen: &Seen, kind: &'static str) -> Result<Response> {
    match letter_when_ready(&seen.tenant, &seen.case.id, kind).await? {
        Some(bytes) => Ok(pdf(bytes, &format!("{}-{kind}.pdf", seen.case.reference))),
        None => Err(Failure::Busy),
    }
}

pub async fn receipt(State(app): State<App>, Path(reference): Path<String>, req: Req) -> Result<Response> {
    match access::see_or_ask(&app, &req, &reference).await {
        Ok(seen) => letter(&seen, "receipt").await,
        Err(response) => Ok(response),
    }
}

pub async fn question(State(app): State<App>, Path(reference): Path<String>, req: Req) -> Result<Response> {
    match access::see_or_ask(&app, &req, &reference).await {
        Ok(seen) => letter(&seen, "question").await,
        Err(response) => Ok(response),
    }
}

/// The decision letter. That it was fetched counts (§ 41 Abs. 2a VwVfG).
pub async fn decision(State(app): State<App>, Path(reference): Path<String>, req: Req) -> Result<Response> {
    let seen = match access::see_or_ask(&app, &req, &reference).await {
        Ok(seen) => seen,
        Err(response) => return Ok(response),
    };
    let Some(id) = seen.case.delivery.letter.clone() else {
        return Err(Failure::Page);
    };
    let case = seen.case.id.clone();
    let found = seen.tenant.read(move |t| t.letter(&case, &id)).await?;
    let Some((_, bytes)) = found else {
        return Err(Failure::Busy);
    };
    if seen.case.delivery.retrieved_at.is_none() {
        status::act(&app, &seen, Action::Retrieved, req.lang).await?;
    }
    Ok(pdf(bytes, &format!("{}-bescheid.pdf", seen.case.reference)))
}
