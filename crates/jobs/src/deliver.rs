//! Between authorities: nothing reaches into another tenant's data; declared fields travel as messages
//! with an id, delivered at least once and taken once. Consultation, its answer, handing over a case.

use anyhow::{Context as _, Result};

use domain::{Action, Actor, TenantId};
use jiff::ToSpan;
use serde_json::{Map, Value, json};
use store::{Consultation, Dispatch, TenantStore};

use crate::case_data::CaseData;
use crate::mails::{day, mail};
use crate::{Worker, case_id};

/// Days that an office has for its answer when the case leaves more.
const CONSULT_DAYS: i64 = 7;

impl Worker {
    /// Opens the consultations that the service declares towards offices that have a desk here.
    pub(crate) async fn consult_open(&self, tenant: &TenantStore, payload: &Value) -> Result<()> {
        let id = case_id(payload)?;
        let Some(data) = self.load(tenant, &id).await? else {
            return Ok(());
        };
        let wanted = schema::consults(&data.service, &data.case.answers, &data.cx);
        let place = self.register.by_ags(data.case.place.as_str()).context("place")?;
        let local = &place.association.authority;
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
        let answer_by = today.saturating_add(CONSULT_DAYS.days());
        let answer_by = data.case.due().map_or(answer_by, |due| answer_by.min(due));
        let id = format!("{}-{who}", data.case.id);
        let content = content(data, fields);
        let consultation = Consultation {
            id: id.clone(),
            incoming: false,
            case: Some(data.case.id.clone()),
            who: who.to_owned(),
            who_name: name.to_owned(),
            peer: Some(peer.clone()),
            peer_id: Some(id.clone()),
            content: content.clone(),
            asked_at: now,
            answer_by,
            expires_at: now + jiff::SignedDuration::from_hours(24 * 30),
            reminded_at: None,
            answer: None,
            revoked_at: None,
        };
        let dispatch = Dispatch {
            id: id.clone(),
            to: peer.clone(),
            kind: "consult".into(),
            payload: serde_json::to_value(Wire::of(&consultation))?,
            created_at: now,
        };
        let (case, name) = (data.case.id.clone(), name.to_owned());
        tenant
            .write(move |t| -> Result<(), store::ActError> {
                if t.consultation(&id)?.is_some() {
                    return Ok(());
                }
                t.create_consultation(&consultation)?;
                t.send(&dispatch)?;
                t.add_job("deliver", &json!({}), now, Some("deliver"))?;
                t.act(&case, Action::Consulted { who: name }, &Actor::System, now)?;
                Ok(())
            })
            .await?;
        Ok(())
    }

    /// Takes every message of this tenant to where it belongs.
    pub(crate) async fn deliver(&self, tenant: &TenantStore) -> Result<()> {
        let open = tenant.read(|t| t.deliveries_open(100)).await?;
        for dispatch in open {
            let target = self.store.tenant(&dispatch.to).await?;
            match dispatch.kind.as_str() {
                "consult" => self.take_consult(tenant.id(), &target, &dispatch).await?,
                "consult_answer" => self.take_answer(tenant.id(), &target, &dispatch).await?,
                "consult_revoke" => self.take_revoke(tenant.id(), &target, &dispatch).await?,
                other => anyhow::bail!("unknown kind of message: {other}"),
            }
            let (id, now) = (dispatch.id.clone(), (self.clock)());
            tenant.write(move |t| t.delivered(&id, now)).await?;
        }
        Ok(())
    }

    async fn take_consult(&self, from: &TenantId, target: &TenantStore, d: &Dispatch) -> Result<()> {
        let wire: Wire = serde_json::from_value(d.payload.clone())?;
        let incoming = wire.incoming(from)?;
        let (id, from, now) = (d.id.clone(), from.clone(), (self.clock)());
        target
            .write(move |t| -> Result<(), store::Error> {
                if t.receive(&id, &from, "consult", now)? {
                    t.create_consultation(&incoming)?;
                }
                Ok(())
            })
            .await?;
        Ok(())
    }

    async fn take_answer(&self, from: &TenantId, target: &TenantStore, d: &Dispatch) -> Result<()> {
        let id = d.payload["consultation"].as_str().context("consultation")?.to_owned();
        let answer: store::ConsultAnswer = serde_json::from_value(d.payload["answer"].clone())?;
        let (message, from, now) = (d.id.clone(), from.clone(), (self.clock)());
        target
            .write(move |t| -> Result<(), store::ActError> {
                if !t.receive(&message, &from, "consult_answer", now)? || !t.answer_consultation(&id, &answer)? {
                    return Ok(());
                }
                if let Some(c) = t.consultation(&id)?
                    && let Some(case) = c.case
                {
                    // The answer's first line is its result in words.
                    let action = Action::ConsultAnswered {
                        who: c.who_name,
                        verdict: answer.text.clone(),
                    };
                    t.act(&case, action, &Actor::System, now)?;
                }
                Ok(())
            })
            .await?;
        Ok(())
    }

    async fn take_revoke(&self, from: &TenantId, target: &TenantStore, d: &Dispatch) -> Result<()> {
        let id = d.payload["consultation"].as_str().context("consultation")?.to_owned();
        let (message, from, now) = (d.id.clone(), from.clone(), (self.clock)());
        target
            .write(move |t| -> Result<(), store::Error> {
                if t.receive(&message, &from, "consult_revoke", now)? {
                    t.revoke_consultation(&id, now)?;
                }
                Ok(())
            })
            .await?;
        Ok(())
    }

    /// Mail with the link of a consultation. The payload holds address and token, sealed in the job.
    pub(crate) async fn mail_consult(&self, tenant: &TenantStore, payload: &Value) -> Result<()> {
        let id = case_id(payload)?;
        let Some(data) = self.load(tenant, &id).await? else {
            return Ok(());
        };
        let text = |key: &str| payload[key].as_str().unwrap_or_default().to_owned();
        let until: jiff::civil::Date = text("answer_by").parse().context("answer_by")?;
        let link = format!("{}/stellungnahme/{}", self.base_url, text("token"));
        let mail = mail(
            "consult",
            &text("to"),
            &[
                ("day", &day(until)),
                ("reference", &data.case.reference),
                ("authority", &data.authority),
                ("phone", &data.office.phone),
                ("link", &link),
            ],
        )?;
        self.queue(tenant, format!("consult:{}:{}", text("consultation"), text("n")), mail)
            .await
    }

    /// Marks an open consultation as reminded; the desk sees it, the link's mail was sent anew by the clerk.
    pub(crate) async fn remind_consult(&self, tenant: &TenantStore, payload: &Value) -> Result<()> {
        let (id, now) = (
            payload["consultation"].as_str().context("consultation")?.to_owned(),
            (self.clock)(),
        );
        tenant.write(move |t| t.consultation_reminded(&id, now)).await?;
        if payload["to"].is_string() {
            self.mail_consult(tenant, payload).await
        } else {
            Ok(())
        }
    }
}

/// The declared fields with their labels, in words; nothing else leaves.
pub(crate) fn content(data: &CaseData, fields: &[String]) -> Value {
    let mut rows: Vec<Value> = Vec::new();
    for path in fields {
        if let (Some(question), Some(value)) = (
            schema::question(&data.service, path),
            schema::at(&data.case.answers, path).filter(|v| !v.is_null()),
        ) {
            rows.push(json!({ "label": schema::short_label(&data.service, path, &data.cx), "value": schema::show(question, value, &data.service, &data.cx) }));
        }
    }
    let mut out = Map::new();
    out.insert("title".into(), data.case.title.clone().into());
    out.insert("reference".into(), data.case.reference.clone().into());
    out.insert("authority".into(), data.authority.clone().into());
    out.insert("phone".into(), data.office.phone.clone().into());
    out.insert("place".into(), data.case.place_name.clone().into());
    out.insert("question".into(), "Bestehen aus Ihrer Sicht Bedenken?".into());
    out.insert("facts".into(), rows.into());
    Value::Object(out)
}

/// What travels of a consultation.
#[derive(serde::Serialize, serde::Deserialize)]
struct Wire {
    id: String,
    who: String,
    asker: String,
    content: Value,
    asked_at: jiff::Timestamp,
    answer_by: jiff::civil::Date,
    expires_at: jiff::Timestamp,
}

impl Wire {
    fn of(c: &Consultation) -> Wire {
        let asker = c.content["authority"].as_str().unwrap_or_default().to_owned();
        Wire {
            id: c.id.clone(),
            who: c.who.clone(),
            asker,
            content: c.content.clone(),
            asked_at: c.asked_at,
            answer_by: c.answer_by,
            expires_at: c.expires_at,
        }
    }

    fn incoming(self, from: &TenantId) -> Result<Consultation> {
        Ok(Consultation {
            id: format!("in-{}", self.id),
            incoming: true,
            case: None,
            who: self.who,
            who_name: self.asker,
            peer: Some(from.clone()),
            peer_id: Some(self.id),
            content: self.content,
            asked_at: self.asked_at,
            answer_by: self.answer_by,
            expires_at: self.expires_at,
            reminded_at: None,
            answer: None,
            revoked_at: None,
        })
    }
}
