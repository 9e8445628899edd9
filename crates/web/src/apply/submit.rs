//! "Absenden": the whole form once more, then one durable transaction, then the receipt.

use axum::extract::{Path, State};
use axum::response::Response;
use domain::{Actor, Channel, PaperRef};
use serde_json::Value;

use crate::apply::check;
use crate::apply::draft::{self, Begun, redirect};
use crate::case::access;
use crate::desk::entry;
use crate::failure::{Failure, Result};
use crate::limits::Limit;
use crate::offer::Offer;
use crate::req::Req;
use crate::state::App;
use crate::submission::{Incoming, Sent, send_received, taken_error};

pub async fn submit(
    State(app): State<App>,
    Path((slug, service)): Path<(String, String)>,
    req: Req,
) -> Result<Response> {
    let (offer, Some(begun)) = draft::load_with_offer(&app, &req, &slug, &service).await? else {
        return Ok(redirect(&format!("/{slug}/{service}/antrag")));
    };
    let cx = offer.context(&app, req.lang);
    let Ok(checked) = schema::check(&offer.service, &begun.answers(), &cx) else {
        return check::render(&app, &req, &offer, &begun, Vec::new());
    };
    if schema::exit(&offer.service, checked.value(), &cx, None).is_some() {
        return check::render(&app, &req, &offer, &begun, Vec::new());
    }
    let entry = entry::entering(&app, &req, &offer).await?;
    if !offer.local.open && entry.is_none() {
        return Ok(redirect(&format!("{}/antrag/drucken", offer.path())));
    }
    app.limits
        .take(req.address, Limit::Submit, app.now())
        .map_err(Failure::TooMany)?;
    let papers = papers(&app, &begun, checked.value()).await?;
    let incoming = Incoming {
        answers: checked,
        papers,
        key: format!("entwurf:{}", begun.kept.key),
        channel: entry.as_ref().map_or(Channel::Online, |e| e.channel),
        actor: entry.as_ref().map_or(Actor::Applicant, |e| e.desk.actor()),
        lang: req.lang,
    };
    let received_at = entry.as_ref().map_or_else(|| app.now(), |e| e.received_at);
    match send_received(&app, &offer, incoming, received_at).await? {
        Sent::Done(body) if entry.is_some() => entered(&app, &offer, &begun, &body).await,
        Sent::Done(body) => done(&app, &offer, &begun, &body).await,
        Sent::KeyReused => {
            // The same draft was sent before and changed since: that is a new application.
            let mut again = begun;
            again.kept.key = app.store.entropy().id();
            again.save(&app).await?;
            check::render(&app, &req, &offer, &again, Vec::new())
        }
        Sent::Taken(taken) => {
            let error = taken_error(&app, req.lang, &offer.service, &taken);
            check::render(&app, &req, &offer, &begun, vec![error])
        }
    }
}

/// The clerk goes on at the desk; the access code stays with the letter for the applicant.
async fn entered(app: &App, offer: &Offer, begun: &Begun, body: &Value) -> Result<Response> {
    app.store.drafts().delete(&begun.draft.id).await?;
    let reference = body["reference"].as_str().unwrap_or_default();
    let mut response = redirect(&format!("/amt/v/{reference}?ok=erfasst"));
    draft::forget(&mut response, app, offer);
    entry::done(&mut response, app, offer);
    Ok(response)
}

async fn done(app: &App, offer: &Offer, begun: &Begun, body: &Value) -> Result<Response> {
    let text = |key: &str| body[key].as_str().unwrap_or_default().to_owned();
    let (reference, code) = (text("reference"), text("access_code"));
    app.store.drafts().delete(&begun.draft.id).await?;
    let mut response = redirect(&format!("/v/{reference}/eingang"));
    draft::forget(&mut response, app, offer);
    access::grant(&mut response, app, &reference, &code);
    Ok(response)
}

/// The draft's files that are still named in the answers, with their bytes.
pub async fn papers(app: &App, begun: &Begun, answers: &Value) -> Result<Vec<(PaperRef, Vec<u8>)>> {
    let mut ids = Vec::new();
    collect(answers, &mut ids);
    let mut out = Vec::new();
    for id in ids {
        let id = domain::PaperId(id);
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

fn collect(value: &Value, ids: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            if let (Some(id), true) = (map.get("paper").and_then(Value::as_str), map.contains_key("sha256")) {
                ids.push(id.to_owned());
            }
            map.values().for_each(|v| collect(v, ids));
        }
        Value::Array(list) => list.iter().for_each(|v| collect(v, ids)),
        _ => {}
    }
}
