//! "Absenden": the whole form once more, then one durable transaction, then the receipt.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::{Actor, CaseId, Channel, PaperRef};
use serde_json::Value;

use crate::apply::draft::{self, Begun, redirect};
use crate::apply::{check, sent, upload};
use crate::desk::entry;
use crate::failure::{Failure, Result};
use crate::limits::Limit;
use crate::offer::Offer;
use crate::req::Req;
use crate::state::App;
use crate::submission::{Incoming, Sent, send_received};
use crate::taken;

pub async fn submit(
    State(app): State<App>,
    Path((slug, service)): Path<(String, String)>,
    req: Req,
) -> Result<Response> {
    let (offer, Some(begun)) = draft::load_with_offer(&app, &req, &slug, &service).await? else {
        return Ok(redirect(&format!("/{slug}/{service}/antrag")));
    };
    if let Some(done) = &begun.kept.sent {
        return Ok(sent::receipt(&app, done));
    }
    let entry = entry::entering(&app, &req, &offer).await?;
    // Sent already, and the answer did not arrive: not checked again, for the day may have passed.
    if let Some(body) = sent::earlier(&app, &offer, &begun).await? {
        return done(&app, &offer, begun, &body, entry.is_some()).await;
    }
    let cx = offer.context(&app, req.lang);
    let Ok(checked) = schema::check(&offer.service, &begun.answers(), &cx) else {
        return check::render(&app, &req, &offer, &begun, Vec::new());
    };
    if schema::exit(&offer.service, checked.value(), &cx, None).is_some() {
        return check::render(&app, &req, &offer, &begun, Vec::new());
    }
    if !offer.local.open && entry.is_none() {
        return Ok(redirect(&format!("{}/antrag/drucken", offer.path())));
    }
    app.limits
        .take(req.address, Limit::Submit, app.now())
        .map_err(Failure::TooMany)?;
    let papers = papers(&app, &begun, checked.value()).await?;
    let answers = checked.value().clone();
    let (key, request) = sent::key(&begun);
    let incoming = Incoming {
        answers: checked,
        papers,
        key,
        request,
        id: Some(CaseId(begun.kept.key.clone())),
        channel: entry.as_ref().map_or(Channel::Online, |e| e.channel),
        actor: entry.as_ref().map_or(Actor::Applicant, |e| e.desk.actor()),
        lang: req.lang,
    };
    let received_at = entry.as_ref().map_or_else(|| app.now(), |e| e.received_at);
    match send_received(&app, &offer, incoming, received_at).await? {
        Sent::Done(body) => done(&app, &offer, begun, &body, entry.is_some()).await,
        // The key is the draft's own: nothing else can have been sent under it.
        Sent::KeyReused => Err(Failure::internal("a draft's key stands for something else")),
        Sent::Taken(found) => {
            let error = taken::meanwhile(&app, req.lang, &offer, &answers, &found);
            let mut page = check::render(&app, &req, &offer, &begun, vec![error])?;
            *page.status_mut() = StatusCode::CONFLICT;
            Ok(page)
        }
    }
}

/// The result stays with the draft, then on: the applicant to the receipt; the clerk goes on at the desk, the access
/// code stays with the letter for the applicant.
async fn done(app: &App, offer: &Offer, begun: Begun, body: &Value, by_clerk: bool) -> Result<Response> {
    let done = sent::keep(app, begun, body, by_clerk).await?;
    if !by_clerk {
        return Ok(sent::receipt(app, &done));
    }
    let mut response = redirect(&format!("/amt/v/{}?ok=erfasst", done.reference));
    entry::done(&mut response, app, offer);
    Ok(response)
}

/// The draft's files that are still named in the answers, with their bytes.
pub async fn papers(app: &App, begun: &Begun, answers: &Value) -> Result<Vec<(PaperRef, Vec<u8>)>> {
    let mut out = Vec::new();
    for file in upload::stored(answers) {
        let id = file.id;
        if let Some((info, bytes)) = app.store.drafts().paper(&begun.draft, &id).await? {
            out.push((
                PaperRef {
                    id: info.id,
                    question: info.question,
                    name: info.name,
                    media_type: info.media_type,
                    size: info.size,
                    sha256: info.sha256,
                },
                bytes,
            ));
        }
    }
    Ok(out)
}
