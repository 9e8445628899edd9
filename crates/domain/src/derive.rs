//! What follows from a case's answers, and the context in which its rules run. Used when a case is made
//! and again when an answer to a question changes it, so that nothing is left behind.

use jiff::civil::Date;
use schema::{Act, Context, Lang, Regime, Room, Service};
use serde_json::Value;

use crate::assess::{assess, event_day};
use crate::case::{Case, Deadline, Fee, Finding, berlin};
use crate::submit::text_at;

/// Everything of a case that is worked out from its answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Derived {
    pub regime: Option<Regime>,
    pub act: Act,
    pub title: String,
    pub applicant: String,
    pub event_day: Option<Date>,
    /// The last day on which calling off costs nothing, where the service knows one.
    pub cancel_until: Option<Date>,
    /// The room asked for, as it is offered now.
    pub room: Option<Room>,
    pub electronic: bool,
    pub email: Option<String>,
    pub deadlines: Vec<Deadline>,
    pub fee: Fee,
    pub findings: Vec<Finding>,
    /// Rules that failed at run time, for the alarm: never personal data.
    pub failures: Vec<String>,
}

/// Works everything out for answers that came in on `received`. Titles, findings and fee lines are read at
/// the desk and in letters: German whatever the form's language.
pub fn derive(service: &Service, answers: &Value, cx: &Context, received: Date) -> Derived {
    let german = Context {
        lang: Lang::De,
        ..cx.clone()
    };
    let found = assess(service, answers, &german, received);
    let title = service
        .texts
        .get(&Lang::De)
        .and_then(|t| t.get("case_title", found.regime))
        .map(|t| schema::fill(t, answers, service, &german, &[]))
        .unwrap_or_else(|| service.id.clone());
    let room = service
        .booking
        .as_ref()
        .map(|b| text_at(answers, Some(b.room.as_str())))
        .and_then(|id| cx.rooms.iter().find(|r| r.id == id).cloned());
    let email = Some(text_at(answers, Some("contact.email"))).filter(|e| !e.is_empty());
    Derived {
        act: match found.regime {
            Some(Regime::Permit) => Act::Application,
            Some(Regime::Notice) => Act::Notice,
            _ => service.act,
        },
        regime: found.regime,
        title,
        applicant: text_at(answers, service.event.applicant.as_deref()),
        event_day: event_day(service, answers),
        cancel_until: service
            .event
            .cancel_until
            .as_deref()
            .and_then(|p| crate::assess::day_at(answers, p)),
        room,
        // Without an e-mail nobody learns that a letter is there to be fetched: it goes by post.
        electronic: email.is_some()
            && schema::at(answers, "delivery.electronic")
                .and_then(Value::as_bool)
                .unwrap_or(false),
        email,
        deadlines: found.deadlines,
        fee: found.fee,
        findings: found.findings,
        failures: found.failures,
    }
}

/// The present context as a case's rules see it: the day of its receipt, its own parameters, its room at the
/// price that was offered. A notice that came in time does not become late by lying on a desk.
pub fn context_of(case: &Case, mut cx: Context) -> Context {
    let received = berlin(case.received_at);
    cx.today = received.date();
    cx.now = format!("{:02}:{:02}", received.hour(), received.minute());
    context_today(case, cx)
}

/// The same on the present day: for answers that are typed now.
pub fn context_today(case: &Case, mut cx: Context) -> Context {
    cx.params = case.params.clone();
    cx.local_unknown = false;
    // A case is there, whatever the place has closed since.
    cx.place.on_paper = false;
    if let Some(kept) = &case.room {
        match cx.rooms.iter_mut().find(|room| room.id == kept.id) {
            Some(room) => room.clone_from(kept),
            None => cx.rooms.push(kept.clone()),
        }
    }
    cx
}
