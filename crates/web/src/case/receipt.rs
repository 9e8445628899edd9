//! The receipt: reference, code, what happens next, and what else the same event needs.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use domain::reference::parse_code;
use schema::DeadlineKind;
use serde_json::{Value, json};
use store::BookingKind;

use crate::account::list;
use crate::apply::carry;
use crate::apply::late::late;
use crate::case::access::{self, Seen};
use crate::case::dates;
use crate::failure::Result;
use crate::format;
use crate::offer::service_text;
use crate::reach::office_ctx;
use crate::req::Req;
use crate::state::App;

pub async fn page(State(app): State<App>, Path(reference): Path<String>, req: Req) -> Result<Response> {
    let seen = match access::see_or_ask(&app, &req, &reference).await {
        Ok(seen) => seen,
        Err(response) => return Ok(response.into_response()),
    };
    let lang = req.lang;
    let cx = seen.context(&app, lang);
    let case = &seen.case;
    let t = |key: &str, with: &[(&str, &str)]| app.texts.fill(lang, key, with);
    let text = |key: &str| service_text(&seen.service, &cx, &case.answers, key);
    let authority = seen.offer.authority();
    let when = domain::berlin(case.received_at);
    let (day, time) = (format::long_date(when.date(), lang), format::clock(case.received_at));
    let when = match case.channel.by_hand() {
        true => day,
        false => t("receipt.when", &[("day", &day), ("time", &time)]),
    };
    let mut steps = steps(&app, &seen, &cx);
    // What the request does to the room, in the same words as before it was sent.
    let id = case.id.clone();
    let booked = seen.tenant.read(move |t| t.bookings_of(&id)).await?;
    let mode = booked.first().and_then(|b| match b.kind {
        BookingKind::Hold => Some("receipt.hold"),
        BookingKind::Wish => Some("receipt.wish"),
        BookingKind::Firm | BookingKind::Blocked => None,
    });
    if let (Some(mode), Some(first)) = (mode, steps.first_mut()) {
        let text = [t(mode, &[]).as_str(), first["text"].as_str().unwrap_or_default()].join(lang.gap());
        first["text"] = text.into();
    }
    let remember = list::to_remember(&app, &req, &seen).await?;
    let notice = case.deadlines.iter().find(|d| d.kind == DeadlineKind::Notice);
    let name = text("name");
    let ctx = json!({
        "place": seen.offer.place.ctx(),
        "office": office_ctx(&app, lang, &seen.offer), "late": notice.map(|d| late(&app, &seen.offer, &cx, &case.answers, d, true)),
        "c": {
            "title": seen.title(&cx), "authority": seen.offer.route.authority.name, "received": text("received"), "reference": case.reference,
            "received_text": t("receipt.received_text", &[("when", &when), ("authority", &authority)]), "email": case.email,
            "steps": steps, "has_dates": !dates::of(&app, &seen, &cx).is_empty(), "code": parse_code(&seen.code), "digest": case.digest,
            "offers": carry::offers(&app, &seen, &cx), "remember": remember,
        },
    });
    app.ok("case/receipt.html", app.ui_form(&req, &seen.offer, &name), ctx)
}

/// "So geht es weiter": we check, we answer, the day itself; each with its date where there is one.
fn steps(app: &App, seen: &Seen, cx: &schema::Context) -> Vec<Value> {
    let (case, lang) = (&seen.case, cx.lang);
    let t = |key: &str, with: &[(&str, &str)]| app.texts.fill(lang, key, with);
    let text = |key: &str| service_text(&seen.service, cx, &case.answers, key);
    let answer = match case.promised(app.today()) {
        Some(day) => t("receipt.step_answer_by", &[("day", &format::long_date(day, lang))]),
        None => t("receipt.step_answer", &[]),
    };
    let mut steps = vec![
        json!({ "title": t("receipt.step_check", &[]), "text": t("receipt.step_check_text", &[]) }),
        json!({ "title": answer, "text": text("next_answer") }),
    ];
    if let Some(day) = case.event_day {
        let title = t("receipt.step_day", &[("day", &format::long_date(day, lang))]);
        steps.push(json!({ "title": title, "text": text("next_day") }));
    }
    steps
}
