//! Between authorities: nothing reaches into another tenant's data; declared fields travel as messages
//! with an id, delivered at least once and taken once. Consultation, its answer, handing over a case.

use anyhow::{Context as _, Result};
use domain::{Actor, TenantId};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use serde_json::Value;
use store::{ConsultWire, Consultation, Dispatch, TenantStore, TenantTx};

use crate::case_data::CaseData;
use crate::mails::{day, mail};
use crate::{Worker, case_id};

/// Who sends a message. Whoever was asked by an authority, or asked one, knows it by the name that it had then.
#[derive(Clone)]
pub(crate) struct Sender {
    pub(crate) id: TenantId,
    /// This one, and those of authorities that were merged into it.
    pub(crate) names: Vec<TenantId>,
}

impl Worker {
    /// Opens the consultations that the service declares towards offices that have a desk here.
    pub(crate) async fn consult_open(&self, tenant: &TenantStore, payload: &Value) -> Result<()> {
        let id = case_id(payload)?;
        let Some(data) = self.load(tenant, &id).await? else {
            return Ok(());
        };
        if !data.case.state.is_open() {
            return Ok(());
        }
        let wanted = schema::consults(&data.service, &data.case.answers, &data.cx);
        let place = self.register.today(data.case.place.as_str()).context("place")?;
        let mut local = place.association.authority.clone();
        if let Some((id, name)) = self.store.successor(&local.id) {
            (local.id, local.name) = (id, name);
        }
        for consult in wanted {
            if consult.who != "local_authority" || local.id == *tenant.id() {
                continue;
            }
            // An office without a desk here is asked by the clerk, with a link.
            if matches!(self.store.tenant(&local.id).await, Err(store::Error::Missing(_))) {
                continue;
            }
            self.ask(tenant, &data, &consult.who, &local.id, &local.name, &consult.fields)
                .await?;
        }
        Ok(())
    }

    async fn ask(
        &self,
        tenant: &TenantStore,
        data: &CaseData,
        who: &str,
        peer: &TenantId,
        name: &str,
        fields: &[String],
    ) -> Result<()> {
        let now = (self.clock)();
        let today = domain::date_of(now);
        let holiday = domain::calendar::holidays(&data.cx.region, &data.cx.place.ags);
        let answer_by = domain::consult::answer_by(&data.case, today, &holiday);
        let content = domain::consult::content(
            &data.case,
            &data.service,
            &data.cx,
            fields,
            domain::consult::QUESTION,
            &data.authority,
            &data.office.phone,
        );
        let id = format!("{}-{who}", data.case.id);
        let consultation = Consultation {
            id: id.clone(),
            incoming: false,
            case: Some(data.case.id.clone()),
            who: who.to_owned(),
            who_name: name.to_owned(),
            peer: Some(peer.clone()),
            peer_id: Some(id.clone()),
            address: String::new(),
            content,
            asked_at: now,
            answer_by,
            expires_at: store::consult_expiry(answer_by),
            reminded_at: None,
            answer: None,
            revoked_at: None,
            over: None,
        };
        tenant
            .write(move |t| -> Result<(), store::ActError> {
                if t.consultation(&id)?.is_some() {
                    return Ok(());
                }
                t.ask_office(&consultation, &Actor::System, now)
            })
            .await?;
        Ok(())
    }

    /// Takes one message to where it belongs.
    pub(crate) async fn deliver(&self, tenant: &TenantStore, payload: &Value) -> Result<()> {
        let id = payload["message"]
            .as_str()
            .context("payload without message")?
            .to_owned();
        let wanted = id.clone();
        let Some(dispatch) = tenant.read(move |t| t.open_dispatch(&wanted)).await? else {
            return Ok(());
        };
        let target = self.store.tenant(&dispatch.to).await?;
        let former = tenant.read(|t| t.merged()).await?;
        let names = std::iter::once(tenant.id().clone()).chain(former.into_iter().map(|m| m.id));
        let from = Sender {
            id: tenant.id().clone(),
            names: names.collect(),
        };
        match dispatch.kind.as_str() {
            "consult" => self.take_consult(&from, &target, &dispatch).await?,
            "consult_read" => self.take_reading(&from, &target, &dispatch).await?,
            "consult_answer" => self.take_answer(&from, &target, &dispatch).await?,
            "consult_remind" | "consult_revoke" | "consult_over" => self.take_word(&from, &target, &dispatch).await?,
            "consult_erased" => self.take_erasure(&from, &target, &dispatch).await?,
            other => anyhow::bail!("unknown kind of message: {other}"),
        }
        let now = (self.clock)();
        tenant.write(move |t| t.delivered(&id, now)).await?;
        Ok(())
    }

    async fn take_consult(&self, from: &Sender, target: &TenantStore, d: &Dispatch) -> Result<()> {
        let wire: ConsultWire = serde_json::from_value(d.payload.clone())?;
        let incoming = wire.incoming(&from.id);
        let (id, from, now) = (d.id.clone(), from.clone(), (self.clock)());
        target
            .write(move |t| -> Result<(), store::Error> {
                if t.receive(&id, &from.id, "consult", now)? {
                    t.create_consultation(&incoming)?;
                }
                Ok(())
            })
            .await?;
        Ok(())
    }

    /// The office that we asked has looked at what we sent: its applicant may see that.
    async fn take_reading(&self, from: &Sender, target: &TenantStore, d: &Dispatch) -> Result<()> {
        let id = d.payload["consultation"].as_str().context("consultation")?.to_owned();
        let at: Timestamp = serde_json::from_value(d.payload["at"].clone())?;
        let (message, from, now) = (d.id.clone(), from.clone(), (self.clock)());
        target
            .write(move |t| -> Result<(), store::Error> {
                if t.receive(&message, &from.id, "consult_read", now)?
                    && let Some(c) = from_peer(t, &id, &from.names, false)?
                {
                    let reader = format!("{}{}", store::OFFICE, from.id);
                    t.audit(&reader, "consultation.read", c.case.as_ref(), at.min(now));
                }
                Ok(())
            })
            .await?;
        Ok(())
    }

    async fn take_answer(&self, from: &Sender, target: &TenantStore, d: &Dispatch) -> Result<()> {
        let id = d.payload["consultation"].as_str().context("consultation")?.to_owned();
        let answer: store::ConsultAnswer = serde_json::from_value(d.payload["answer"].clone())?;
        let (message, from, now) = (d.id.clone(), from.clone(), (self.clock)());
        target
            .write(move |t| -> Result<(), store::ActError> {
                if t.receive(&message, &from.id, "consult_answer", now)?
                    && let Some(c) = from_peer(t, &id, &from.names, false)?
                {
                    t.answer_arrived(&c, &answer, now)?;
                }
                Ok(())
            })
            .await?;
        Ok(())
    }

    /// The asker reminds us, takes its question back, or says that it has settled itself.
    async fn take_word(&self, from: &Sender, target: &TenantStore, d: &Dispatch) -> Result<()> {
        let id = d.payload["consultation"].as_str().context("consultation")?.to_owned();
        let why = d.payload["why"].as_str().unwrap_or_default().to_owned();
        let (message, kind, from, now) = (d.id.clone(), d.kind.clone(), from.clone(), (self.clock)());
        target
            .write(move |t| -> Result<(), store::Error> {
                if !t.receive(&message, &from.id, &kind, now)? {
                    return Ok(());
                }
                // The question itself is still on its way: its word waits for it, and nothing is written.
                let c = from_peer(t, &id, &from.names, true)?.ok_or(store::Error::Missing("consultation"))?;
                match kind.as_str() {
                    "consult_revoke" => t.revoke_consultation(&id, now)?,
                    "consult_over" => t.consultation_over(&c, &why, now)?,
                    _ => t.consultation_reminded(&id, now)?,
                };
                Ok(())
            })
            .await?;
        Ok(())
    }

    /// Mail with the link of a consultation: the question, or a reminder of it. An answer that came meanwhile, or the
    /// end of the case, makes it needless.
    pub(crate) async fn mail_consult(&self, tenant: &TenantStore, kind: &str, payload: &Value) -> Result<()> {
        let case = case_id(payload)?;
        let Some(data) = self.load(tenant, &case).await?.filter(|d| d.case.state.is_open()) else {
            return Ok(());
        };
        let id = payload["consultation"].as_str().context("consultation")?.to_owned();
        let (asked, now) = (id.clone(), (self.clock)());
        let found = tenant
            .read(move |t| {
                let found = t.consultation(&asked)?;
                found
                    .map(|c| Ok::<_, store::Error>((t.sent_token(&c.id)?, c)))
                    .transpose()
            })
            .await?;
        let open = |c: &Consultation| c.answer.is_none() && c.revoked_at.is_none() && c.expires_at > now;
        let Some((token, c)) = found.filter(|(_, c)| open(c) && !c.address.is_empty()) else {
            return Ok(());
        };
        // Expiry is the midnight after the last day.
        let ends = domain::date_of(c.expires_at).saturating_sub(1.day());
        let text = if kind == "mail_consult" {
            "consult"
        } else {
            "remind_consult"
        };
        let mail = mail(
            text,
            &c.address,
            &[
                ("day", &day(c.answer_by)),
                ("until", &day(ends)),
                ("who", &c.who_name),
                ("reference", &data.case.reference),
                ("authority", &data.authority),
                ("phone", &data.office.phone),
                ("link", &format!("{}/stellungnahme/{token}", self.base_url)),
            ],
        )?;
        // The moment of the deed: a job that runs twice queues one mail.
        self.queue(tenant, format!("{text}:{id}:{}", payload["at"]), mail).await
    }

    /// On the day on which an answer is due, the office is reminded once, unless a clerk did before.
    pub(crate) async fn remind_offices(&self, tenant: &TenantStore, today: Date, now: Timestamp) -> Result<()> {
        let due = tenant.read(move |t| t.consultations_to_remind(today, now)).await?;
        // Asked today for today: that is no reason to remind today.
        for one in due.into_iter().filter(|c| domain::date_of(c.asked_at) < today) {
            tenant
                .write(move |t| -> Result<(), store::ActError> {
                    // Another process may have been faster.
                    if let Some(c) = t.consultation(&one.id)?.filter(|c| c.reminded_at.is_none()) {
                        t.remind_office(&c, &Actor::System, now)?;
                    }
                    Ok(())
                })
                .await?;
        }
        Ok(())
    }
}

/// A consultation by its id, if it lies between us and the one that has these names: incoming (they ask) or not (we do).
fn from_peer(t: &TenantTx<'_>, id: &str, peer: &[TenantId], incoming: bool) -> store::Result<Option<Consultation>> {
    let found = t.consultation(id)?;
    Ok(found.filter(|c| c.incoming == incoming && c.peer.as_ref().is_some_and(|p| peer.contains(p))))
}
