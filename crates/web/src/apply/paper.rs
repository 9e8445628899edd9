//! Where the place has not opted in: the same form ends in a finished application to print, with the
//! right address. The wish is counted, without names.

use axum::extract::{Path, State};
use axum::response::Response;
use domain::letter::application_job;
use schema::DeadlineKind;
use serde_json::{Value, json};

use crate::apply::draft::{self, Begun};
use crate::apply::sent;
use crate::case::files::pdf as pdf_response;
use crate::case::status::left;
use crate::failure::{Failure, Result};
use crate::format;
use crate::limits::Limit;
use crate::offer::Offer;
use crate::reach::{address, missing};
use crate::reply::redirect;
use crate::req::Req;
use crate::state::App;

async fn complete(app: &App, req: &Req, slug: &str, service: &str) -> Result<Result<(Offer, Begun, Value), Response>> {
    let (offer, Some(begun)) = draft::load_with_offer(app, req, slug, service).await? else {
        return Ok(Err(redirect(&format!("/{slug}/{service}/antrag"))));
    };
    if let Some(page) = sent::instead(app, req, &offer, Some(&begun)) {
        return page.map(Err);
    }
    let cx = offer.context(app, req.lang);
    match schema::check(&offer.service, &begun.answers(), &cx) {
        Ok(checked) if !offer.local.open => {
            let value = checked.value().clone();
            Ok(Ok((offer, begun, value)))
        }
        _ => Ok(Err(redirect(&format!("{}/antrag/pruefen", offer.path())))),
    }
}

pub async fn page(State(app): State<App>, Path((slug, service)): Path<(String, String)>, req: Req) -> Result<Response> {
    let (offer, mut begun, answers) = match complete(&app, &req, &slug, &service).await? {
        Ok(found) => found,
        Err(response) => return Ok(response),
    };
    if !begun.kept.printed {
        let (ags, day) = (offer.place.ags().clone(), app.today());
        app.store.add_demand(&ags, &offer.service.id, day).await?;
        begun.kept.printed = true;
        // Lost if a page was saved at the same time: then it counts once more.
        let _ = begun.save(&app).await?;
    }
    let lang = req.lang;
    let cx = offer.context(&app, lang);
    let t = |key: &str, with: &[(&str, &str)]| app.texts.fill(lang, key, with);
    let to = address(&app, &offer);
    let mut note = missing(&app, &offer, lang);
    if !to.own {
        note = [note, t("office.address_line", &[])].join(lang.gap());
    }
    let until = domain::assess::deadlines(&offer.service, &answers, &cx, cx.today)
        .into_iter()
        .find(|d| d.kind == DeadlineKind::Notice);
    let papers: Vec<String> = schema::required_papers(&offer.service, &answers, &cx)
        .into_iter()
        .map(|path| schema::short_label(&offer.service, &path, &cx))
        .collect();
    let mut facts = Vec::new();
    if let Some(day) = domain::assess::event_day(&offer.service, &answers) {
        facts.push(json!({ "label": t("status.day", &[]), "value": format::long_date(day, lang) }));
    }
    let applicant = domain::submit::text_at(&answers, offer.service.event.applicant.as_deref());
    if !applicant.is_empty() {
        facts.push(json!({ "label": t("status.applicant", &[]), "value": applicant }));
    }
    facts.push(json!({ "label": t("status.cost", &[]), "value": t("paper.cost", &[]) }));
    let name = offer.text(&cx, &answers, "name");
    let authority = offer.authority();
    let who = [("authority", authority.as_str())];
    // Where the law of the state says by when, there is nothing to ask.
    let deadline = if until.is_some() {
        String::new()
    } else {
        t("paper.deadline_text", &who)
    };
    let ctx = json!({
        "service_name": name, "place": offer.place.ctx(),
        "p": {
            "back": format!("{}/antrag/pruefen", offer.path()), "until": until.as_ref().map(|d| format::long_date(d.last_day, lang)),
            "left": until.as_ref().map(|d| left(&app, lang, d.last_day)), "pdf": format!("{}/antrag/antrag.pdf", offer.path()),
            "papers": papers, "address": to.lines, "address_note": note,
            "facts": facts, "lead": t("paper.lead", &who), "deadline": deadline, "demand": t("paper.demand_first", &[]),
        },
    });
    let ui = app.ui_for(&req, &offer.place, &offer.route.authority.name, None, false);
    app.ok("paper.html", ui, ctx)
}

/// The application as PDF.
pub async fn pdf(State(app): State<App>, Path((slug, service)): Path<(String, String)>, req: Req) -> Result<Response> {
    let (offer, _, answers) = match complete(&app, &req, &slug, &service).await? {
        Ok(found) => found,
        Err(response) => return Ok(response),
    };
    app.limits
        .take(req.address, Limit::Print, app.now())
        .map_err(Failure::TooMany)?;
    let cx = offer.context(&app, schema::Lang::De);
    let to = address(&app, &offer);
    let job = application_job(
        &app.config.application_template,
        &offer.service,
        &answers,
        &cx,
        &to.lines,
        app.now(),
    );
    let bytes = app.press.print(job).await.map_err(Failure::internal)?;
    Ok(pdf_response(bytes, &format!("antrag-{}.pdf", offer.service.id)))
}
