//! Handing over a misdirected case (Abgabe): it is born anew at the right authority, with the day of its
//! first receipt. Where it goes on is written down at the old authority first, so that a run that broke off
//! ends with the same reference and code. Consultation is in `deliver`.

use anyhow::{Context as _, Result};
use domain::reference::{Reference, draw_code};
use domain::{Action, Actor, Case, CaseId, Effect, Onward, PaperRef, State, TenantId};
use serde_json::{Value, json};
use store::{ActError, TenantStore};

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
        let now = (self.clock)();
        let onward = match data.case.onward.clone() {
            Some(known) => known,
            None => self.open_onward(tenant, &data, &to).await?,
        };
        let papers = papers(tenant, &data.case).await?;
        let (case, effects) = reborn(&data, &to, &onward, now);
        let (message, from, code) = (format!("{id}-transfer"), tenant.id().clone(), onward.code.clone());
        target
            .write(move |t| -> Result<(), store::Error> {
                if !t.receive(&message, &from, "transfer", now)? {
                    return Ok(());
                }
                t.insert_case(&case, &code, &effects, &Actor::System, now)?;
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
    let case = Case {
        id: onward.case.clone(),
        tenant: to.clone(),
        reference: onward.reference.clone(),
        state: State::Received,
        assignee: None,
        assignee_name: None,
        question: None,
        resting_since: None,
        obstacle: None,
        decision: None,
        delivery: domain::Delivery::default(),
        called_off: None,
        transferred_to: None,
        onward: None,
        // Who was asked stays behind with the old case.
        consults: domain::Consults::default(),
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
        Effect::Count { kind: "submitted" },
        job("letter_receipt", json!({ "case": id, "access_code": onward.code })),
        job("mail_received", json!({ "case": id })),
    ];
    (case, effects)
}
