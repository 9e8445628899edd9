//! "Absenden": the whole form once more, then one durable transaction, then the receipt.

use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::{Actor, CaseId, Channel, PaperId, PaperRef};
use schema::{ErrorKind, FieldError};
use serde::Deserialize;
use serde_json::Value;

use crate::account::{keep, provider};
use crate::apply::draft::{self, Begun};
use crate::apply::{check, sent, upload};
use crate::desk::entry;
use crate::failure::{Failure, Result};
use crate::limits::Limit;
use crate::offer::Offer;
use crate::reply::redirect;
use crate::req::Req;
use crate::state::App;
use crate::submission::{Incoming, Sent, send_received};
use crate::taken;

/// What the check page was made from (`check::mark`).
#[derive(Debug, Deserialize)]
pub struct Shown {
    #[serde(default, rename = "_stand")]
    mark: String,
}

pub async fn submit(
    State(app): State<App>,
    Path((slug, service)): Path<(String, String)>,
    req: Req,
    Form(shown): Form<Shown>,
) -> Result<Response> {
    let (offer, Some(begun)) = draft::load_with_offer(&app, &req, &slug, &service).await? else {
        return Ok(redirect(&format!("/{slug}/{service}/antrag")));
    };
    if let Some(done) = &begun.kept.sent {
        return sent::again(&app, &req, &offer, done);
    }
    let entry = entry::entering(&app, &req, &offer).await?;
    // Sent already, and the answer did not arrive: not checked again, for the day may have passed.
    if let Some(body) = sent::earlier(&app, &offer, &begun).await? {
        return done(&app, &req, &offer, begun, &body, entry.is_some()).await;
    }
    let cx = offer.context(&app, req.lang);
    let Ok(checked) = schema::check(&offer.service, &begun.answers(), &cx) else {
        return check::render(&app, &req, &offer, &begun, Vec::new(), &[]);
    };
    if schema::exit(&offer.service, checked.value(), &cx, None).is_some() {
        return check::render(&app, &req, &offer, &begun, Vec::new(), &[]);
    }
    if !offer.local.open && entry.is_none() {
        return Ok(redirect(&format!("{}/antrag/drucken", offer.path())));
    }
    // Whoever sends declares what the page showed, nothing else.
    if shown.mark != check::mark_now(&offer, checked.value(), &cx) {
        let changed = error("", app.texts.text(req.lang, "check.changed"));
        let mut page = check::render(&app, &req, &offer, &begun, vec![changed], &[])?;
        *page.status_mut() = StatusCode::CONFLICT;
        return Ok(page);
    }
    app.limits
        .take(req.address, Limit::Submit, app.now())
        .map_err(Failure::TooMany)?;
    let papers = match papers(&app, &begun, checked.value()).await? {
        Ok(papers) => papers,
        Err(gone) => return look_again(&app, &req, &offer, &gone).await,
    };
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
        identity: begun.identity(&offer.service, &answers).filter(|_| entry.is_none()),
        lang: req.lang,
    };
    let received_at = entry.as_ref().map_or_else(|| app.now(), |e| e.received_at);
    match send_received(&app, &offer, incoming, received_at).await? {
        Sent::Done(body) => done(&app, &req, &offer, begun, &body, entry.is_some()).await,
        // The key is the draft's own: nothing else can have been sent under it.
        Sent::KeyReused => Err(Failure::internal("a draft's key stands for something else")),
        // To the log-in that reaches it, and back to this page: nothing is lost.
        Sent::Unsure(needed) => {
            let check = format!("{}/antrag/pruefen", offer.path());
            Ok(redirect(&provider::needed_href(&check, needed)))
        }
        Sent::Taken(found) => {
            let met = taken::meanwhile(&app, req.lang, &offer, &answers, &found);
            let mut page = check::render(&app, &req, &offer, &begun, vec![met.error], &met.days)?;
            *page.status_mut() = StatusCode::CONFLICT;
            Ok(page)
        }
    }
}

/// The result stays with the draft, then on: the applicant to the receipt; the clerk goes on at the desk, the access
/// code stays with the letter for the applicant.
async fn done(app: &App, req: &Req, offer: &Offer, begun: Begun, body: &Value, by_clerk: bool) -> Result<Response> {
    if !by_clerk {
        keep::sent(app, req, &begun, body).await?;
    }
    let done = sent::keep(app, req, begun, body, by_clerk).await?;
    if !by_clerk {
        return Ok(sent::receipt(app, &done));
    }
    let mut response = redirect(&format!("/amt/v/{}?ok=erfasst", done.reference));
    entry::done(&mut response, app, offer);
    Ok(response)
}

type Papers = Vec<(PaperRef, Vec<u8>)>;

/// The files that the answers name, with their bytes; or those that the draft does not have any more.
async fn papers(app: &App, begun: &Begun, answers: &Value) -> Result<std::result::Result<Papers, Vec<PaperId>>> {
    let (mut found, mut gone) = (Vec::new(), Vec::new());
    for file in upload::stored(answers) {
        match app.store.drafts().paper(&begun.draft, &file.id).await? {
            Some((info, bytes)) => found.push((info.named(), bytes)),
            None => gone.push(file.id),
        }
    }
    Ok(if gone.is_empty() { Ok(found) } else { Err(gone) })
}

/// A file is gone: nothing is sent without it. The draft as it is now, with what happened: another device replaced the
/// file, or it has to be uploaded again.
async fn look_again(app: &App, req: &Req, offer: &Offer, gone: &[PaperId]) -> Result<Response> {
    let Some(begun) = draft::load(app, req, offer).await? else {
        return Ok(redirect(&format!("{}/antrag", offer.path())));
    };
    if let Some(done) = &begun.kept.sent {
        return sent::again(app, req, offer, done);
    }
    let answers = begun.answers();
    let questions = offer.service.form.pages.iter().flat_map(|page| &page.questions);
    let mut errors: Vec<FieldError> = questions
        .filter_map(|q| Some((&q.id, schema::at(&answers.0, &q.id)?)))
        .filter(|(_, file)| gone.iter().any(|id| file["paper"] == id.as_str()))
        .map(|(field, file)| {
            let name = [("name", file["name"].as_str().unwrap_or_default())];
            error(field, app.texts.fill(req.lang, "check.paper_gone", &name))
        })
        .collect();
    if errors.is_empty() {
        errors.push(error("", app.texts.text(req.lang, "check.paper_changed")));
    }
    let mut page = check::render(app, req, offer, &begun, errors, &[])?;
    *page.status_mut() = StatusCode::CONFLICT;
    Ok(page)
}

fn error(field: &str, message: String) -> FieldError {
    FieldError {
        field: field.to_owned(),
        kind: ErrorKind::Paper,
        message,
    }
}
