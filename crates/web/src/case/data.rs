//! "Ihre Daten": what is kept of a case, how long, who read it, and what its applicant may ask for.

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use exchange::zip::Zip;
use schema::{Lang, Retention, kept_shorter};
use serde_json::{Value, json};

use crate::case::access::{self, Seen};
use crate::case::dossier::{For, Source};
use crate::failure::{Failure, Result};
use crate::format;
use crate::limits::Limit;
use crate::reach::office_ctx;
use crate::req::Req;
use crate::state::App;

pub fn source<'a>(seen: &'a Seen, cx: &'a schema::Context) -> Source<'a> {
    Source {
        tenant: &seen.tenant,
        case: &seen.case,
        service: &seen.service,
        cx,
        authority: seen.offer.authority(),
        whom: For::Applicant,
    }
}

/// A file that is saved, never shown.
pub fn zip(bytes: Vec<u8>, name: &str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/zip".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    (headers, bytes).into_response()
}

/// Everything about the case.
pub async fn file(State(app): State<App>, Path(reference): Path<String>, req: Req) -> Result<Response> {
    let seen = match access::see_or_ask(&app, &req, &reference).await {
        Ok(seen) => seen,
        Err(response) => return Ok(response),
    };
    app.limits
        .take(req.address, Limit::Data, app.now())
        .map_err(Failure::TooMany)?;
    let _turn = app.work.file().await?;
    let cx = seen.context(&app, req.lang);
    let mut out = Zip::new(domain::berlin(app.now()).datetime());
    source(&seen, &cx).put(&app, app.ui(&req), &mut out, "").await?;
    Ok(zip(out.finish(), &format!("{}-daten.zip", seen.case.reference)))
}

pub async fn page(State(app): State<App>, Path(reference): Path<String>, req: Req) -> Result<Response> {
    let seen = match access::see_or_ask(&app, &req, &reference).await {
        Ok(seen) => seen,
        Err(response) => return Ok(response),
    };
    let lang = req.lang;
    let cx = seen.context(&app, lang);
    let act = domain::letter::act_word(&seen.case, &seen.service, &cx);
    let officer = officer(&app, &seen, lang).await?;
    let size = source(&seen, &cx).size().await?;
    let size = u64::try_from(size).unwrap_or_default();
    // Without papers, and before the receipt is typeset, there is next to nothing.
    let load = match size {
        0 => app.texts.text(lang, "data.load_plain"),
        n => app
            .texts
            .fill(lang, "data.load", &[("size", &format::size_in(n, lang))]),
    };
    let ctx = json!({
        "place": seen.offer.place.ctx(), "office": office_ctx(&app, lang, &seen.offer), "officer": officer,
        "load": load, "rows": kept(&app, &seen, &cx),
        "c": {
            "title": seen.title(&cx), "reference": seen.case.reference, "authority": seen.offer.authority(),
            "open": seen.case.state.is_open(), "withdraw": app.texts.of_act(lang, "status", act, "withdraw"),
        },
    });
    let ui = app.ui_for(
        &req,
        &seen.offer.place,
        &seen.offer.route.authority.name,
        seen.offer.tenant.as_ref(),
        seen.offer.local.crest,
    );
    app.ok("case/data.html", ui, ctx)
}

/// Who answers for data protection, as the authority says it; empty: it has not.
async fn officer(app: &App, seen: &Seen, lang: Lang) -> Result<String> {
    let place = seen.case.place.clone();
    let kept = seen.tenant.read(move |t| match t.office(place.as_str())? {
        Some(own) => Ok(Some(own)),
        None => t.office(""),
    });
    let office: Option<domain::office::Office> = kept.await?.and_then(|o| serde_json::from_value(o).ok());
    let said = office.map(|o| o.data_officer).unwrap_or_default();
    Ok(match said.as_str() {
        "" => app.texts.text(lang, "data.officer_missing"),
        _ => said,
    })
}

/// How long each thing is kept: the case, what goes before it, what is gone, drafts.
fn kept(app: &App, seen: &Seen, cx: &schema::Context) -> Vec<Value> {
    let (case, service, lang) = (&seen.case, &seen.service, cx.lang);
    let t = |key: &str, with: &[(&str, &str)]| app.texts.fill(lang, key, with);
    let reason = |kept: &Retention| {
        let titles: Vec<&str> = kept
            .legal_basis
            .iter()
            .filter_map(|id| service.legal_basis.iter().find(|b| b.id == *id))
            .map(|b| b.title.as_str())
            .collect();
        match titles.is_empty() {
            true => t("data.unconfirmed", &[]),
            false => titles.join("; "),
        }
    };
    let own = &service.retention;
    let mut value = own.words(lang);
    value = match case.kept_until(own, service) {
        Some(day) => t(
            "data.until",
            &[("period", &value), ("day", &format::date_in(day, lang))],
        ),
        None => t("data.open_end", &[("period", &value)]),
    };
    if case.keeping.hold.is_some() {
        value = t("data.held", &[]);
    }
    let mut rows = vec![json!({ "label": t("data.case", &[]), "value": value, "why": reason(own) })];
    for (question, kept) in kept_shorter(service) {
        let label = schema::short_label(service, &question.id, cx);
        let gone = case.keeping.erased.iter().find(|(path, _)| *path == question.id);
        let there = schema::at(&case.answers, &question.id).is_some_and(|v| !v.is_null());
        let value = match (gone, case.kept_until(kept, service)) {
            (Some((_, day)), _) => t("data.gone", &[("day", &format::date_in(*day, lang))]),
            (None, _) if !there => continue,
            (None, Some(day)) => t("data.then_gone", &[("day", &format::date_in(day, lang))]),
            (None, None) => t("data.then_gone_after", &[("period", &kept.words(lang))]),
        };
        rows.push(json!({ "label": label, "value": value, "why": "" }));
    }
    let days = store::DRAFT_DAYS.to_string();
    rows.push(json!({ "label": t("data.drafts", &[]), "value": t("data.days", &[("n", &days)]), "why": "" }));
    rows
}
