//! Letters: receipt, question, decision. A letter is made once: its occasion is its id.

use ::letters::LetterError;
use anyhow::Result;
use domain::letter::{Extra, LetterKind, kind_of, letter_job};
use domain::letter::{RECEIPT, RECEIPT_COPY};
use domain::receipt::{SignedReceipt, Statement, fingerprint, hex};
use domain::{Action, Actor, CaseId, LetterId};
use serde_json::Value;
use store::{ActError, TenantStore};

use crate::case_data::CaseData;
use crate::{Worker, case_id};

impl Worker {
    /// The PDF, and the data that it says.
    async fn press_letter(&self, data: &CaseData, kind: LetterKind, extra: Extra) -> Result<(Vec<u8>, Value)> {
        let now = (self.clock)();
        let extra = Extra {
            link: format!("{}/v/{}", self.base_url, data.case.reference),
            crest_svg: data.crest_svg.clone(),
            heard: data.heard.clone(),
            ..extra
        };
        let job = letter_job(
            kind,
            &data.case,
            &data.service,
            &data.cx,
            &data.office,
            &data.authority,
            &extra,
            now,
        );
        let said = job["data"].clone();
        let job: ::letters::LetterJob =
            serde_json::from_value(job).map_err(|_| LetterError::Data("Die Daten passen nicht zur Vorlage.".into()))?;
        Ok((self.press.print(job, now.as_second()).await?, said))
    }

    async fn has_letter(&self, tenant: &TenantStore, case: &CaseId, kind: &str) -> Result<bool> {
        let (id, kind) = (case.clone(), kind.to_owned());
        Ok(tenant
            .read(move |t| Ok::<_, store::Error>(t.letters(&id)?.iter().any(|l| l.kind == kind)))
            .await?)
    }

    pub(crate) async fn letter_receipt(&self, tenant: &TenantStore, payload: &Value) -> Result<()> {
        let id = case_id(payload)?;
        if self.has_letter(tenant, &id, RECEIPT).await? {
            return Ok(());
        }
        let Some(data) = self.load(tenant, &id).await? else {
            return Ok(());
        };
        let access_code = payload["access_code"].as_str().map(str::to_owned);
        let copy = Extra {
            signed: signed_receipt(tenant, &data)?,
            ..Extra::default()
        };
        let own = Extra {
            access_code,
            ..copy.clone()
        };
        // The applicant's has the way in; the desk's, in all else the same, has not.
        let (own, _) = self.press_letter(&data, LetterKind::Receipt, own).await?;
        let (copy, _) = self.press_letter(&data, LetterKind::Receipt, copy).await?;
        let now = (self.clock)();
        let ids = [RECEIPT, RECEIPT_COPY].map(|kind| LetterId(format!("{kind}-{id}")));
        let put = tenant.write(move |t| {
            t.put_letter(&id, &ids[0], RECEIPT, &own, now)?;
            t.put_letter(&id, &ids[1], RECEIPT_COPY, &copy, now)
        });
        once(put.await)
    }

    /// Each question has its letter; the newest counts.
    pub(crate) async fn letter_question(&self, tenant: &TenantStore, payload: &Value) -> Result<()> {
        let id = case_id(payload)?;
        let Some(data) = self.load(tenant, &id).await? else {
            return Ok(());
        };
        let Some(question) = &data.case.question else {
            return Ok(());
        };
        let (clerk, now) = (question.by.clone(), (self.clock)());
        let letter = LetterId(format!("question-{id}-{}", question.asked_at.as_millisecond()));
        let (pdf, _) = self
            .press_letter(
                &data,
                LetterKind::Question,
                Extra {
                    clerk,
                    ..Extra::default()
                },
            )
            .await?;
        let put = tenant.write(move |t| t.put_letter(&id, &letter, "question", &pdf, now));
        once(put.await)
    }

    /// The ten seconds are over: the letter is made and the decision takes effect, in one transaction.
    pub(crate) async fn take_effect(&self, tenant: &TenantStore, payload: &Value) -> Result<()> {
        let id = case_id(payload)?;
        let Some(data) = self.load(tenant, &id).await? else {
            return Ok(());
        };
        let now = (self.clock)();
        // Taken back, or decided anew with a later moment: that decision has a job of its own.
        let Some(decision) = data
            .case
            .decision
            .clone()
            .filter(|d| !d.in_effect && d.effective_at <= now)
        else {
            return Ok(());
        };
        let kind = kind_of(decision.outcome);
        let pressed = self
            .press_letter(
                &data,
                kind,
                Extra {
                    clerk: decision.by_name.clone(),
                    ..Extra::default()
                },
            )
            .await;
        let (pdf, said) = match pressed {
            Ok(made) => made,
            Err(error) => {
                return match error.downcast_ref::<LetterError>() {
                    // No other try makes it fit: the clerk has to change something.
                    Some(LetterError::Data(_) | LetterError::Template(_)) => {
                        let why = format!("Der Brief lässt sich nicht erstellen. {error} Es ging kein Brief hinaus.");
                        self.undo(tenant, &id, why).await
                    }
                    _ => Err(error),
                };
            }
        };
        let provided = domain::date_of(now);
        let fetch_until = domain::deadline::law_days(&self.region, "portal_fetch_days")
            .map(|days| provided.saturating_add(jiff::Span::new().days(days)));
        let said = serde_json::to_vec(&said)?;
        let case = id.clone();
        let letter = LetterId(self.store.entropy().id());
        let outcome = tenant
            .write(move |t| -> Result<(), ActError> {
                t.put_letter(&id, &letter, kind.template(), &pdf, now)?;
                t.put_letter_text(&id, &letter, &said, now)?;
                t.act(&id, Action::TakeEffect { letter, fetch_until }, &Actor::System, now)
                    .map(|_| ())
            })
            .await;
        match outcome {
            // Meanwhile taken back.
            Ok(()) | Err(ActError::Refused(_) | ActError::NotFound) => Ok(()),
            // Another wish for the same time took effect first, or the office closed the room.
            Err(ActError::Taken(taken)) => {
                self.undo(tenant, &case, format!("{taken} Es ging kein Brief hinaus."))
                    .await
            }
            Err(other) => Err(other.into()),
        }
    }

    /// The decision cannot take effect: the case is open again, and says why.
    async fn undo(&self, tenant: &TenantStore, case: &CaseId, why: String) -> Result<()> {
        let (case, now) = (case.clone(), (self.clock)());
        match tenant
            .write(move |t| t.act(&case, Action::Undo { why }, &Actor::System, now))
            .await
        {
            Ok(_) | Err(ActError::Refused(_) | ActError::NotFound) => Ok(()),
            Err(other) => Err(other.into()),
        }
    }

    /// Not fetched from the status page in the time of the law: print and post (§ 41 Abs. 2a VwVfG).
    pub(crate) async fn print_unfetched(&self, tenant: &TenantStore, payload: &Value) -> Result<()> {
        let (id, now) = (case_id(payload)?, (self.clock)());
        match tenant
            .write(move |t| t.act(&id, Action::Print, &Actor::System, now))
            .await
        {
            Ok(_) | Err(ActError::Refused(_) | ActError::NotFound) => Ok(()),
            Err(other) => Err(other.into()),
        }
    }
}

/// A letter of this occasion that is there already is as good as one that was put there now.
fn once(put: store::Result<()>) -> Result<()> {
    match put {
        Ok(()) | Err(store::Error::Conflict(_)) => Ok(()),
        Err(other) => Err(other.into()),
    }
}

/// What came in, signed by the authority, and the fingerprint of its key. None when an answer to a question
/// came before the receipt was made: then the answers are no longer those that were sent.
fn signed_receipt(tenant: &TenantStore, data: &CaseData) -> Result<Option<(SignedReceipt, String)>> {
    let Some(statement) = Statement::of(&data.case, &data.authority) else {
        return Ok(None);
    };
    let statement = serde_json::to_string(&statement)?;
    let key = tenant.public_key()?;
    let receipt = SignedReceipt {
        algorithm: "Ed25519".to_owned(),
        public_key: hex(&key),
        signature: hex(&tenant.sign(statement.as_bytes())?),
        statement,
    };
    Ok(Some((receipt, fingerprint(&key))))
}
