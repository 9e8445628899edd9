//! Handing over a misdirected case (Abgabe): it is born anew at the right authority, with the day of its
//! first receipt. Where it goes on is written down at the old authority first, so that a run that broke off
//! ends with the same reference and code. Consultation is in `deliver`.

use anyhow::{Context as _, Result};
use domain::reference::{Reference, draw_code};
use domain::{Action, Actor, Case, CaseId, Effect, Onward, PaperRef, State, TenantId};
use serde_json::{Value, json};
use store::{ActError, BookingKind, NewBooking, OnRequest, TenantStore};

use crate::case_data::CaseData;
use crate::{Worker, case_id};

impl Worker {
    pub(crate) async fn transfer(&self, tenant: &TenantStore, payload: &Value) -> Result<()> {
        let id = case_id(payload)?;
        let Some(data) = self.load(tenant, &id).await? else {
            return Ok(());
        };
        let to = TenantId(payload["to"].as_str().context("payload without target")?.to_owned());
        let target = self.store.tenant(&to).await?;
        // It may have been merged into another one meanwhile.
        let to = target.id().clone();
        let now = (self.clock)();
        let onward = match data.case.onward.clone() {
            Some(known) => known,
            None => self.open_onward(tenant, &data, &to).await?,
        };
        let papers = papers(tenant, &data.case).await?;
        let (mut case, effects) = reborn(&data, &to, &onward, now);
        let span = domain::booking::span(&data.service, &case.answers);
        let (message, from, code) = (format!("{id}-transfer"), tenant.id().clone(), onward.code.clone());
        target
            .write(move |t| -> Result<(), store::Error> {
                if !t.receive(&message, &from, "transfer", now)? {
                    return Ok(());
                }
                let booking = match &span {
                    Some(span) => room_here(t, &case, span, now)?,
                    None => Ok(None),
                };
                case.obstacle = booking.as_ref().err().cloned();
                t.insert_case(&case, &code, &effects, &Actor::System, now)?;
                if let Ok(Some(booking)) = booking {
                    // Somebody was faster: once more, and it is seen.
                    t.book(&booking, now).map_err(|_| store::Error::Busy)?;
                }
                papers
                    .iter()
                    .try_for_each(|(paper, bytes)| t.put_paper(&case.id, paper, bytes, now))
            })
            .await?;
        let to_name = target.authority().name.clone();
        match tenant
            .write(move |t| t.act(&id, Action::HandedOver { to_name }, &Actor::System, now))
            .await
        {
            // A run before this one has said so.
            Ok(_) | Err(ActError::Refused(_) | ActError::NotFound) => Ok(()),
            Err(other) => Err(other.into()),
        }
    }

    /// Draws reference and code of the new case and keeps them at the old one. What was kept before, by a run
    /// beside this one, holds.
    async fn open_onward(&self, tenant: &TenantStore, data: &CaseData, to: &TenantId) -> Result<Onward> {
        let now = (self.clock)();
        let entropy = self.store.entropy();
        let case = CaseId(entropy.id());
        let year = domain::date_of(now).year();
        let reference = Reference::draw(entropy.bytes(), &data.case.place_name, &data.service.code, year);
        let free = self
            .store
            .shared()
            .reserve_reference(reference.as_str(), to, &case)
            .await?;
        if !free {
            anyhow::bail!("the drawn reference is taken");
        }
        let onward = Onward {
            case,
            reference: reference.to_string(),
            code: draw_code(entropy.bytes()),
            arrived: false,
        };
        let id = data.case.id.clone();
        let old = tenant
            .write(move |t| t.act(&id, Action::GoesOn { onward }, &Actor::System, now))
            .await?;
        old.onward.context("a case that was handed over and goes on nowhere")
    }
}

/// The room and time of the case at the authority that it goes to, or why there is none: the desk has to know before it
/// grants anything.
fn room_here(
    t: &store::TenantTx<'_>,
    case: &Case,
    span: &domain::booking::Span,
    now: jiff::Timestamp,
) -> Result<Result<Option<NewBooking>, String>, store::Error> {
    let Some(room) = t.room(&span.room)?.filter(|r| r.active) else {
        return Ok(Err(
            "Den gewünschten Raum gibt es hier nicht. Legen Sie ihn an oder geben Sie den Vorgang ab.".into(),
        ));
    };
    let wish = room.on_request == OnRequest::Wish;
    if !wish && t.taken(&span.room, span.from, span.to, now)?.is_some() {
        return Ok(Err("Der gewünschte Raum ist hier in dieser Zeit schon vergeben.".into()));
    }
    Ok(Ok(Some(NewBooking {
        room: span.room.clone(),
        case: Some(case.id.clone()),
        from: span.from,
        to: span.to,
        kind: if wish { BookingKind::Wish } else { BookingKind::Hold },
        label: domain::booking::label(&case.answers, &case.title),
    })))
}

async fn papers(tenant: &TenantStore, case: &Case) -> Result<Vec<(PaperRef, Vec<u8>)>> {
    let mut out = Vec::new();
    for paper in &case.papers {
        let (id, paper_id) = (case.id.clone(), paper.id.clone());
        if let Some((_, bytes)) = tenant.read(move |t| t.paper(&id, &paper_id)).await? {
            out.push((paper.clone(), bytes));
        }
    }
    Ok(out)
}

/// The case as it begins at the new authority, and what its beginning sets off.
fn reborn(data: &CaseData, to: &TenantId, onward: &Onward, now: jiff::Timestamp) -> (Case, Vec<Effect>) {
    // What rested at the old desk does not count against the new one.
    let rested = data.case.rested_until(now);
    let received = domain::date_of(data.case.received_at);
    let mut deadlines = data.case.deadlines.clone();
    if rested > data.case.rested_days
        && let Some(new) = domain::assess::decide_by(&data.service, &data.case.answers, &data.cx, received, rested)
        && let Some(old) = deadlines.iter_mut().find(|d| d.kind == new.kind)
    {
        *old = new;
    }
    let case = Case {
        id: onward.case.clone(),
        tenant: to.clone(),
        reference: onward.reference.clone(),
        state: State::Received,
        assignee: None,
        assignee_name: None,
        question: None,
        resting_since: None,
        rested_days: rested,
        deadlines,
        obstacle: None,
        decision: None,
        delivery: domain::Delivery::default(),
        called_off: None,
        transferred_to: None,
        onward: None,
        came: None,
        closed_at: None,
        // Who was asked stays behind with the old case.
        consults: domain::Consults::default(),
        keeping: domain::Keeping::default(),
        ..data.case.clone()
    };
    let id = onward.case.0.as_str();
    let job = |kind, payload| Effect::Job {
        kind,
        payload,
        due: now,
    };
    let effects = vec![
        Effect::History {
            kind: "received",
            public: true,
            text: format!("Übernommen von: {}", data.authority),
        },
        Effect::Count {
            kind: domain::counted::TAKEN_OVER,
        },
        job("letter_receipt", json!({ "case": id, "access_code": onward.code })),
        job("mail_received", json!({ "case": id })),
        job("consult_open", json!({ "case": id })),
    ];
    (case, effects)
}
