//! What is written together when another office is asked, reminded, no longer asked, or answers: its row, the
//! case's history and the message or job that tells the office. One transaction each; who may do it, and what
//! is asked, is decided before.

use domain::{Action, Actor, TenantId};
use jiff::civil::{Date, Time};
use jiff::{Span, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::dispatches::Sent;
use crate::tenant::TenantTx;
use crate::{ActError, ConsultAnswer, Consultation, Dispatch, Result};

/// Days after the day of the answer in which a late one is still taken.
const GRACE_DAYS: i64 = 7;

/// When a question to another office ends: at the end of the seventh day after its answer was due.
pub fn consult_expiry(answer_by: Date) -> Timestamp {
    let after = answer_by.saturating_add(Span::new().days(GRACE_DAYS + 1));
    domain::booking::moment(after, Time::midnight()).unwrap_or(Timestamp::MAX)
}

/// What travels of a consultation to another desk. Its row there is named after ours.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ConsultWire {
    id: String,
    who: String,
    asker: String,
    content: Json,
    asked_at: Timestamp,
    answer_by: Date,
    expires_at: Timestamp,
}

/// The id of our question in the other office's tables.
fn there(id: &str) -> String {
    format!("in-{id}")
}

/// Which question an `-erased` message lets an office erase, by its id there.
pub(crate) fn asked_in(message: &str) -> Option<String> {
    message.strip_suffix(ERASED).map(there)
}

/// Ends the id of a message, after the question's.
const REVOKED: &str = "-revoke";
const OVER: &str = "-over";
const ERASED: &str = "-erased";
const ANSWERED: &str = "-answer";
/// The same, before a number.
const REMINDED: &str = "-remind-";
const READ: &str = "-read-";

impl ConsultWire {
    fn of(c: &Consultation, asker: &str) -> ConsultWire {
        ConsultWire {
            id: c.id.clone(),
            who: c.who.clone(),
            asker: asker.to_owned(),
            content: c.content.clone(),
            asked_at: c.asked_at,
            answer_by: c.answer_by,
            expires_at: c.expires_at,
        }
    }

    /// The row at the office that is asked.
    pub fn incoming(self, from: &TenantId) -> Consultation {
        Consultation {
            id: there(&self.id),
            incoming: true,
            case: None,
            who: self.who,
            who_name: self.asker,
            peer: Some(from.clone()),
            peer_id: Some(self.id),
            address: String::new(),
            content: self.content,
            asked_at: self.asked_at,
            answer_by: self.answer_by,
            expires_at: self.expires_at,
            reminded_at: None,
            answer: None,
            revoked_at: None,
            over: None,
        }
    }
}

impl TenantTx<'_> {
    /// Asks an office about a case: a message to its desk, or a mail with a link.
    ///
    /// # Errors
    /// `Refused` when the case is decided.
    pub fn ask_office(&mut self, c: &Consultation, actor: &Actor, now: Timestamp) -> Result<(), ActError> {
        let Some(case) = &c.case else {
            return Err(ActError::NotFound);
        };
        self.act(
            case,
            Action::Consulted {
                who: c.who_name.clone(),
            },
            actor,
            now,
        )?;
        self.create_consultation(c)?;
        match &c.peer {
            Some(peer) => {
                let wire = ConsultWire::of(c, &self.authority().name.clone());
                let payload = serde_json::to_value(wire).map_err(crate::Error::from)?;
                self.carry(&c.id, peer, "consult", payload, now)?;
            }
            None => self.mail_office("mail_consult", c, now)?,
        }
        Ok(())
    }

    /// Reminds the office; false: there is nothing to remind it of any more.
    pub fn remind_office(&mut self, c: &Consultation, actor: &Actor, now: Timestamp) -> Result<bool, ActError> {
        let Some(case) = &c.case else {
            return Err(ActError::NotFound);
        };
        if !self.consultation_reminded(&c.id, now)? {
            return Ok(false);
        }
        self.act(
            case,
            Action::ConsultReminded {
                who: c.who_name.clone(),
            },
            actor,
            now,
        )?;
        match &c.peer {
            Some(peer) => {
                let id = format!("{}{REMINDED}{}", c.id, now.as_millisecond());
                let payload = json!({ "consultation": there(&c.id), "at": now });
                self.carry(&id, peer, "consult_remind", payload, now)?;
            }
            None => self.mail_office("remind_consult", c, now)?,
        }
        Ok(true)
    }

    /// Takes the question back: its link is dead at once, a desk is told. false: answered or revoked before.
    pub fn revoke_office(&mut self, c: &Consultation, actor: &Actor, now: Timestamp) -> Result<bool, ActError> {
        let Some(case) = &c.case else {
            return Err(ActError::NotFound);
        };
        if !self.revoke_consultation(&c.id, now)? {
            return Ok(false);
        }
        self.act(
            case,
            Action::ConsultRevoked {
                who: c.who_name.clone(),
            },
            actor,
            now,
        )?;
        if let Some(peer) = &c.peer {
            let payload = json!({ "consultation": there(&c.id) });
            self.carry(&format!("{}{REVOKED}", c.id), peer, "consult_revoke", payload, now)?;
        }
        Ok(true)
    }

    /// Tells a desk that its answer is not needed any more, and why. Twice tells it once.
    pub fn tell_desk_over(&mut self, c: &Consultation, why: &str, now: Timestamp) -> Result<()> {
        let Some(peer) = &c.peer else { return Ok(()) };
        let payload = json!({ "consultation": there(&c.id), "why": why });
        self.carry(&format!("{}{OVER}", c.id), peer, "consult_over", payload, now)
    }

    /// The office has answered, by its link or from its desk. false: answered, revoked or expired before.
    pub fn office_answered(
        &mut self,
        c: &Consultation,
        answer: &ConsultAnswer,
        now: Timestamp,
    ) -> Result<bool, ActError> {
        let Some(case) = &c.case else {
            return Err(ActError::NotFound);
        };
        if !self.answer_consultation(&c.id, answer)? {
            return Ok(false);
        }
        // The answer's first line is its result in words.
        let action = Action::ConsultAnswered {
            who: c.who_name.clone(),
            verdict: answer.text.clone(),
            agrees: answer.agrees,
            asked: true,
        };
        self.act(case, action, &Actor::System, now)?;
        Ok(true)
    }

    /// An answer from a desk has arrived. The office may have sent it while we took the question back, and its page says
    /// that it has answered: then it stands in the history, so that nobody misses what it says.
    pub fn answer_arrived(&mut self, c: &Consultation, answer: &ConsultAnswer, now: Timestamp) -> Result<(), ActError> {
        let Some(case) = &c.case else {
            return Err(ActError::NotFound);
        };
        if self.office_answered(c, answer, now)? || self.consultation(&c.id)?.is_some_and(|c| c.answer.is_some()) {
            return Ok(());
        }
        let action = Action::ConsultAnswered {
            who: c.who_name.clone(),
            verdict: answer.text.clone(),
            agrees: answer.agrees,
            asked: false,
        };
        self.act(case, action, &Actor::System, now)?;
        Ok(())
    }

    /// The case is erased here; the office that was asked erases what it was told.
    pub(crate) fn tell_erased(&mut self, c: &Consultation, peer: &TenantId, now: Timestamp) -> Result<()> {
        let payload = json!({ "consultation": there(&c.id) });
        self.carry(&format!("{}{ERASED}", c.id), peer, "consult_erased", payload, now)
    }

    /// What a message said that was delivered, as far as it can still be said; `None`: nothing is left of it.
    pub(crate) fn said_again(&self, d: &Sent) -> Result<Option<Json>> {
        let id = d.id.as_str();
        let cut = |end: &str| id.rsplit_once(end).map_or(id, |(question, _)| question);
        let ours = |id: &str| json!({ "consultation": there(id) });
        Ok(match d.kind.as_str() {
            "consult" => match self.consultation(id)? {
                Some(c) => Some(serde_json::to_value(ConsultWire::of(&c, &self.authority().name))?),
                None => None,
            },
            "consult_remind" => Some(json!({ "consultation": there(cut(REMINDED)), "at": d.created_at })),
            "consult_revoke" => Some(ours(cut(REVOKED))),
            "consult_erased" => Some(ours(cut(ERASED))),
            "consult_read" => {
                let asked = self.consultation(cut(READ))?.and_then(|c| c.peer_id);
                asked.map(|original| json!({ "consultation": original, "at": d.created_at }))
            }
            "consult_answer" => {
                let asked = self.consultation(cut(ANSWERED))?;
                let answered = asked.and_then(|c| Some((c.peer_id?, c.answer?)));
                answered.map(|(original, answer)| json!({ "consultation": original, "answer": answer }))
            }
            _ => None,
        })
    }

    /// The case of a question that has settled itself, if that is what a message said: why, its job says.
    pub(crate) fn case_that_is_over(&self, d: &Sent) -> Result<Option<domain::CaseId>> {
        match (d.kind.as_str(), d.id.strip_suffix(OVER)) {
            ("consult_over", Some(id)) => Ok(self.consultation(id)?.and_then(|c| c.case)),
            _ => Ok(None),
        }
    }

    fn carry(&mut self, id: &str, to: &TenantId, kind: &str, payload: Json, now: Timestamp) -> Result<()> {
        self.send(&Dispatch {
            id: id.to_owned(),
            to: to.clone(),
            kind: kind.to_owned(),
            payload,
            created_at: now,
        })
    }

    fn mail_office(&mut self, kind: &str, c: &Consultation, now: Timestamp) -> Result<()> {
        let case = c.case.as_ref().map(|id| id.as_str());
        let payload = json!({ "case": case, "consultation": c.id, "at": now.as_millisecond() });
        self.add_job(kind, &payload, now, None)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_ends_a_week_after_its_day_at_german_midnight() {
        assert_eq!(
            consult_expiry(jiff::civil::date(2026, 11, 27)).to_string(),
            "2026-12-04T23:00:00Z"
        );
    }
}
