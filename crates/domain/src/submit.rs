//! An application becomes a case. Pure: the moment, ids and reference are handed in; the store writes
//! the case and its effects in one transaction.

use jiff::Timestamp;
use schema::{CheckedAnswers, Context, Service};
use serde_json::{Value, json};

use crate::case::{Case, Channel, Delivery, Effect, Identity, PaperRef, State};
use crate::counted;
use crate::derive::derive;
use crate::ids::{Ags, CaseId, TenantId};

/// What is known about a submission beside its answers.
#[derive(Debug, Clone)]
pub struct Submission {
    pub id: CaseId,
    pub tenant: TenantId,
    pub reference: String,
    pub channel: Channel,
    pub identity: Option<Identity>,
    pub now: Timestamp,
    pub papers: Vec<PaperRef>,
    /// SHA-256 (hex) over the canonical answers and the papers' digests.
    pub digest: String,
    /// What the receipt letter needs beyond the case; goes into the sealed job only.
    pub access_code: String,
}

/// Text at a path, empty if there is none.
pub fn text_at(answers: &Value, path: Option<&str>) -> String {
    path.and_then(|p| schema::at(answers, p))
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

/// Makes the case and what has to be written with it. Rules that failed, of the form too, come back for the alarm.
pub fn submit(
    service: &Service,
    answers: &CheckedAnswers,
    cx: &Context,
    s: Submission,
) -> (Case, Vec<Effect>, Vec<String>) {
    let value = answers.value();
    let received = crate::case::date_of(s.now);
    let d = derive(service, value, cx, received);
    let case = Case {
        id: s.id.clone(),
        tenant: s.tenant,
        reference: s.reference,
        service: service.id.clone(),
        service_hash: service.hash.clone(),
        place: Ags(cx.place.ags.clone()),
        place_name: cx.place.name.clone(),
        act: d.act,
        regime: d.regime,
        channel: s.channel,
        identity: s.identity,
        lang: cx.lang.code().to_owned(),
        state: State::Received,
        title: d.title,
        applicant: d.applicant,
        received_at: s.now,
        event_day: d.event_day,
        cancel_until: d.cancel_until,
        room: d.room,
        params: cx.params.clone(),
        answers: value.clone(),
        unread: 0,
        changed: Vec::new(),
        before: Default::default(),
        papers: s.papers,
        deadlines: d.deadlines,
        fee: d.fee,
        findings: d.findings,
        assignee: None,
        assignee_name: None,
        question: None,
        resting_since: None,
        rested_days: 0,
        obstacle: None,
        electronic: d.electronic,
        decision: None,
        delivery: Delivery::default(),
        called_off: None,
        digest: s.digest,
        email: d.email,
        transferred_to: None,
        onward: None,
        came: None,
        closed_at: None,
        consults: Default::default(),
        keeping: Default::default(),
    };
    let id = json!({ "case": s.id.0 });
    let mut effects = vec![
        Effect::History {
            kind: "received",
            public: true,
            text: String::new(),
        },
        Effect::Count {
            kind: counted::SUBMITTED,
        },
        Effect::Count {
            kind: counted::way(s.channel),
        },
        Effect::Job {
            kind: "letter_receipt",
            payload: json!({ "case": s.id.0, "access_code": s.access_code }),
            due: s.now,
        },
        Effect::Job {
            kind: "mail_received",
            payload: id.clone(),
            due: s.now,
        },
        Effect::Job {
            kind: "consult_open",
            payload: id,
            due: s.now,
        },
    ];
    if s.channel == Channel::Trial {
        effects.retain(Effect::in_trial);
    }
    let mut failures: Vec<String> = answers.failures().iter().map(ToString::to_string).collect();
    failures.extend(d.failures);
    (case, effects, failures)
}
