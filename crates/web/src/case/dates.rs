//! The dates of a case for the applicant's own calendar: the event with its hours, and what is still to come. A notice
//! period is none of them: whoever has a case has sent it.

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use exchange::calendar::{Appointment, When, appointments};
use jiff::civil::Date;
use schema::{Context, DeadlineKind};
use serde_json::Value;

use crate::case::access::{self, Seen};
use crate::failure::Result;
use crate::req::Req;
use crate::state::App;

/// Dates that are still to come, and the event whenever it is.
pub fn of(app: &App, seen: &Seen, cx: &Context) -> Vec<Appointment> {
    let (case, today) = (&seen.case, app.today());
    let title = seen.title(cx);
    let mut out = Vec::new();
    let night = domain::booking::night(&cx.region);
    let span = domain::booking::event_span(&seen.service, &case.answers, night).filter(|(from, to)| from < to);
    if let Some(when) = span
        .map(|(from, to)| When::Span(from, to))
        .or(case.event_day.map(When::Day))
        .filter(|_| takes_place(case))
    {
        out.push(Appointment {
            mark: "event",
            title: title.clone(),
            when,
            place: place(seen, cx),
        });
    }
    let mut day = |mark: &'static str, key: &str, day: Option<Date>| {
        if let Some(day) = day.filter(|d| *d >= today) {
            out.push(Appointment {
                mark,
                title: app.texts.fill(cx.lang, key, &[("title", &title)]),
                when: When::Day(day),
                place: String::new(),
            });
        }
    };
    let decision = case.deadlines.iter().find(|d| d.kind == DeadlineKind::Decision);
    let question = case.question.as_ref().map(|q| q.answer_by);
    // The office's period rests while a question is open.
    let answer = decision
        .map(|d| d.last_day)
        .filter(|_| case.state.is_open() && question.is_none());
    day("decision", "calendar.decision", answer);
    day("question", "calendar.question", question);
    let unpaid = case.fee.is_open();
    day("payment", "calendar.payment", case.fee.due.filter(|_| unpaid));
    out
}

/// As far as this case says: nobody takes it back, forbids it or sees to it elsewhere.
fn takes_place(case: &domain::Case) -> bool {
    let over = matches!(
        case.state,
        domain::State::Withdrawn | domain::State::Refused | domain::State::Transferred
    );
    case.called_off.is_none() && !over
}

fn place(seen: &Seen, cx: &Context) -> String {
    let Some(path) = &seen.service.event.place else {
        return String::new();
    };
    let (Some(question), Some(value)) = (
        schema::question(&seen.service, path),
        schema::at(&seen.case.answers, path),
    ) else {
        return String::new();
    };
    if value == &Value::Null {
        return String::new();
    }
    format!(
        "{}, {}",
        schema::show(question, value, &seen.service, cx),
        cx.place.name
    )
}

/// The same as a file; with nothing to note, back to the case.
pub async fn file(State(app): State<App>, Path(reference): Path<String>, req: Req) -> Result<Response> {
    let seen = match access::see_or_ask(&app, &req, &reference).await {
        Ok(seen) => seen,
        Err(response) => return Ok(response),
    };
    let entries = of(&app, &seen, &seen.context(&app, req.lang));
    if entries.is_empty() {
        return Ok(crate::reply::redirect(&format!("/v/{}", seen.case.reference)));
    }
    let text = appointments(&seen.case.reference, &entries, app.now());
    let disposition = format!("attachment; filename=\"{}.ics\"", seen.case.reference);
    Ok((
        [
            (header::CONTENT_TYPE, "text/calendar; charset=utf-8".to_owned()),
            (header::CONTENT_DISPOSITION, disposition),
        ],
        text,
    )
        .into_response())
}
