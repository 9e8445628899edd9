//! Asking another office about a case: what leaves the case, and by when the answer is due. How the question
//! travels is the store's and the jobs' business; who may ask, `Case::apply` decides.

use jiff::Span;
use jiff::civil::Date;
use schema::{Context, Kind, Question, Service};
use serde_json::{Value, json};

use crate::answer_day;
use crate::calendar::Holiday;
use crate::case::Case;

/// Days that an office has for its answer when the case leaves more.
const DAYS: i64 = 7;
/// The furthest day for an answer when the case has no deadline of its own.
const DAYS_AT_MOST: i64 = 92;
/// What is asked when nobody writes a question of their own.
pub const QUESTION: &str = "Bestehen aus Ihrer Sicht Bedenken?";

fn plus(day: Date, days: i64) -> Date {
    day.saturating_add(Span::new().days(days))
}

/// The day that is proposed: a working day about a week from now, before the event and not after the day by which the
/// case is to be decided. A case that is overdue already leaves the whole week.
pub fn answer_by(case: &Case, today: Date, holiday: &Holiday<'_>) -> Date {
    let due = case.due().filter(|due| *due >= today).map(|due| plus(due, 1));
    let before = [due, case.event_day.filter(|day| *day > today)]
        .into_iter()
        .flatten()
        .min();
    answer_day::proposed(today, DAYS, before, holiday).min(latest(case, today))
}

/// The last day that may be set.
pub fn latest(case: &Case, today: Date) -> Date {
    case.due()
        .filter(|due| *due >= today)
        .unwrap_or(plus(today, DAYS_AT_MOST))
}

/// An answer that may be sent along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    pub path: String,
    pub label: String,
    pub value: String,
    /// About a person: left out unless the clerk wants it.
    pub personal: bool,
}

/// Is the answer about a person, or a part of it?
fn personal(question: &Question) -> bool {
    let parts = match &question.kind {
        Kind::Group { parts, .. } => parts.iter().any(personal),
        Kind::Address | Kind::Email | Kind::Phone | Kind::Iban => true,
        _ => false,
    };
    question.personal || parts
}

/// Every answer of the case that an office could be told, in the order of the form. Files stay here.
pub fn facts(case: &Case, service: &Service, cx: &Context) -> Vec<Fact> {
    schema::visible_pages(service, &case.answers, cx)
        .iter()
        .flat_map(|p| p.questions.iter().filter(|q| q.shown || q.question.reveal))
        .map(|q| q.question)
        .filter(|q| !matches!(q.kind, Kind::File { .. } | Kind::Computed { .. }))
        .filter_map(|q| {
            let value = schema::at(&case.answers, &q.id).filter(|v| !v.is_null())?;
            let value = schema::show(q, value, service, cx);
            (!value.is_empty()).then(|| Fact {
                path: q.id.clone(),
                label: schema::short_label(service, &q.id, cx),
                value,
                personal: personal(q),
            })
        })
        .collect()
}

/// What leaves the case: the declared or ticked fields with their labels, in words; nothing else.
pub fn content(
    case: &Case,
    service: &Service,
    cx: &Context,
    fields: &[String],
    question: &str,
    authority: &str,
    phone: &str,
) -> Value {
    let rows: Vec<Value> = fields
        .iter()
        .filter_map(|path| {
            let question = schema::question(service, path)?;
            let value = schema::at(&case.answers, path).filter(|v| !v.is_null())?;
            let mut row = json!({ "label": schema::short_label(service, path, cx), "value": schema::show(question, value, service, cx) });
            if matches!(question.kind, Kind::MapPoint) {
                // For the map at the other office, too.
                row["point"] = value.clone();
            }
            Some(row)
        })
        .collect();
    json!({
        "title": case.title, "reference": case.reference, "authority": authority, "phone": phone,
        "place": case.place_name, "ags": case.place.as_str(), "question": question, "facts": rows,
    })
}
