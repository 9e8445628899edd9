//! The way of a case out of the store: which ones the daily run looks at, which ones a person has to, erasing, and what
//! is left. Erasing takes the case's key and everything that hangs on it; mails and messages that name it; nothing of
//! its contents stays readable for anybody who has all keys that are left.

use domain::{Actor, Ags, Case, CaseId, Refusal, Stage};
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::json;

use crate::consulting::asked_in;
use crate::engine::{Row, values};
use crate::sql::statements;
use crate::tenant::{TenantStore, TenantTx};
use crate::{ActError, ErasedCase, Result};

statements! { Tenant "keeping";
    /// Closed, and today is the day, or nobody has worked it out since the last change.
    TO_LOOK_AT = "select id from case_file where tenant = $1 and is_open = 0 and (keep_day is null or keep_day <= $2) \
        order by id limit $3";
    LOOK_AGAIN = "update case_file set keep_day = $3 where tenant = $1 and id = $2";
    LEAVING = "select id from case_file where tenant = $1 and (keep_stage <> 'kept' or held = 1) \
        and ($2 = '' or keep_stage = $2) order by keep_stage, received_at, id limit $3";
    LEAVING_COUNT = "select count(*) from case_file where tenant = $1 and keep_stage = 'due' and held = 0";
    KEEP = "insert into erased_case (tenant, id, reference, place, service, received_at, ended, outcome, why, erased_at, \
        access_hash) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict (tenant, id) do nothing";
    ERASED = "select id, reference, place, service, received_at, ended, outcome, why, erased_at, access_hash \
        from erased_case where tenant = $1 and id = $2";
    ERASED_LATEST = "select id, reference, place, service, received_at, ended, outcome, why, erased_at, access_hash \
        from erased_case where tenant = $1 order by erased_at desc, id limit $2";
    /// Each mail has what it is about in its id.
    MAILS = "delete from outbox_mail where tenant = $1 \
        and /*sqlite:instr(id, $2)*//*postgres:strpos(id, cast($2 as text))*/ > 0";
    MESSAGES = "delete from delivery_out where tenant = $1 \
        and /*sqlite:instr(id, $2)*//*postgres:strpos(id, cast($2 as text))*/ > 0";
    DROP_QUESTION = "delete from consultation where tenant = $1 and id = $2 and incoming = 1 and peer = $3";
    DROP_LETTERS = "delete from letter where tenant = $1 and case_id = $2 and kind in ($3, $4)";
}

/// Names the columns `keep_stage` and `held`.
pub(crate) fn columns(case: &Case) -> (&'static str, bool) {
    (case.keeping.stage.as_str(), case.keeping.hold.is_some())
}

fn erased(row: &Row) -> Result<ErasedCase> {
    Ok(ErasedCase {
        id: CaseId::from(row.text(0)?),
        reference: row.text(1)?.to_owned(),
        place: Ags::from(row.text(2)?),
        service: row.text(3)?.to_owned(),
        received_at: row.time(4)?,
        ended: row.text(5)?.to_owned(),
        outcome: row.text(6)?.to_owned(),
        why: row.text(7)?.to_owned(),
        erased_at: row.time(8)?,
    })
}

impl TenantTx<'_> {
    /// Closed cases whose day has come.
    pub fn cases_to_look_at(&self, today: Date, limit: u32) -> Result<Vec<CaseId>> {
        let rows = self.rows(&TO_LOOK_AT, values![today, i64::from(limit)])?;
        rows.iter().map(|r| Ok(CaseId::from(r.text(0)?))).collect()
    }

    /// Not before this day; `None`: only after the next change.
    pub fn look_again(&mut self, id: &CaseId, day: Option<Date>) -> Result<()> {
        self.execute(&LOOK_AGAIN, values![id.as_str(), day.unwrap_or(Date::MAX)])?;
        Ok(())
    }

    /// Cases that are on their way out or held; `stage`: only those, empty: all.
    pub fn cases_leaving(&self, stage: &str, limit: u32) -> Result<Vec<Case>> {
        let mut out = Vec::new();
        for row in self.rows(&LEAVING, values![stage, i64::from(limit)])? {
            out.extend(self.case(&CaseId::from(row.text(0)?))?);
        }
        Ok(out)
    }

    /// How many cases wait for the lead.
    pub fn due_case_count(&self) -> Result<i64> {
        self.row(&LEAVING_COUNT, &[])?.map_or(Ok(0), |r| r.int(0))
    }

    /// Erases a case that is released: its key, its rows, its words in the search, mails and messages about it, what
    /// other offices were told. Left are an entry of the log and a line that says that it was. `ended`: its last day.
    ///
    /// # Errors
    /// `Refused` if it is not released, or held.
    pub fn erase_case(&mut self, id: &CaseId, ended: Date, now: Timestamp) -> Result<(), ActError> {
        let Some((case, access)) = self.case_with_access(id)? else {
            return Ok(());
        };
        let Stage::Released { why, .. } = &case.keeping.stage else {
            return Err(Refusal("Dieser Vorgang ist nicht zum Löschen freigegeben.".to_owned()).into());
        };
        if case.keeping.hold.is_some() {
            return Err(Refusal("Dieser Vorgang ist gesperrt.".to_owned()).into());
        }
        let left = ErasedCase {
            id: id.clone(),
            reference: case.reference.clone(),
            place: case.place.clone(),
            service: case.service.clone(),
            received_at: case.received_at,
            ended: ended.to_string(),
            outcome: case.end_word().to_owned(),
            why: why.as_str().to_owned(),
            erased_at: now,
        };
        self.wipe(&left, access, now)?;
        Ok(())
    }

    /// An older state was put back: what was erased since goes once more. How many did.
    pub(crate) fn erase_again(&mut self, gone: &[ErasedCase], now: Timestamp) -> Result<usize> {
        let mut n = 0;
        for left in gone {
            if let Some((_, access)) = self.case_with_access(&left.id)? {
                self.wipe(left, access, now)?;
                n += 1;
            }
        }
        Ok(n)
    }

    /// Everything of the case goes; what is left of it is written down.
    fn wipe(&mut self, left: &ErasedCase, access: Vec<u8>, now: Timestamp) -> Result<()> {
        let id = &left.id;
        self.execute(
            &KEEP,
            values![
                id.as_str(),
                left.reference.as_str(),
                left.place.as_str(),
                left.service.as_str(),
                left.received_at,
                left.ended.as_str(),
                left.outcome.as_str(),
                left.why.as_str(),
                left.erased_at,
                access
            ],
        )?;
        let asked = self.consultations_of(id)?;
        for name in asked.iter().map(|c| c.id.as_str()).chain([id.as_str()]) {
            self.forget_mail(name)?;
        }
        for c in &asked {
            if let (false, Some(peer)) = (c.incoming, &c.peer) {
                self.tell_erased(c, peer, now)?;
            }
        }
        for job in self.dead_jobs()?.iter().filter(|j| j.case.as_ref() == Some(id)) {
            self.job_done(&job.id)?;
        }
        self.delete_case(id, &Actor::System, now)?;
        Ok(())
    }

    /// Mails and messages that are about this.
    pub(crate) fn forget_mail(&mut self, about: &str) -> Result<()> {
        self.execute(&MAILS, values![about])?;
        self.execute(&MESSAGES, values![about])?;
        Ok(())
    }

    /// At the office that was asked: its copy of the question goes, with its answer and its mails.
    pub fn erase_question(&mut self, id: &str, peer: &domain::TenantId, now: Timestamp) -> Result<()> {
        if self.execute(&DROP_QUESTION, values![id, peer.as_str()])? > 0 {
            self.execute(&MAILS, values![id])?;
            self.execute(&MESSAGES, values![id])?;
            self.audit("system", "consultation.erased", None, now);
        }
        Ok(())
    }

    /// The same by a message that was taken here once: whoever asked may be called otherwise by now.
    pub(crate) fn erase_told(&mut self, message: &str, now: Timestamp) -> Result<()> {
        let Some(id) = asked_in(message) else { return Ok(()) };
        match self.consultation(&id)?.and_then(|c| c.peer) {
            Some(peer) => self.erase_question(&id, &peer, now),
            None => Ok(()),
        }
    }

    /// The receipts say every answer: after some of them went, they are made anew without.
    pub fn renew_receipts(&mut self, id: &CaseId, now: Timestamp) -> Result<()> {
        let kinds = values![id.as_str(), domain::letter::RECEIPT, domain::letter::RECEIPT_COPY];
        if self.execute(&DROP_LETTERS, kinds)? > 0 {
            self.add_job("letter_receipt", &json!({ "case": id.0 }), now, None)?;
        }
        Ok(())
    }

    /// What is left of an erased case, for who has its code.
    pub fn erased_by_code(&self, id: &CaseId, access_code: &str) -> Result<Option<ErasedCase>> {
        let Some(row) = self.row(&ERASED, values![id.as_str()])? else {
            return Ok(None);
        };
        self.access_fits(id, access_code, row.bytes(9)?)?
            .then(|| erased(&row))
            .transpose()
    }

    /// The latest first.
    pub fn erased_cases(&self, limit: u32) -> Result<Vec<ErasedCase>> {
        self.rows(&ERASED_LATEST, values![i64::from(limit)])?
            .iter()
            .map(erased)
            .collect()
    }
}

impl TenantStore {
    /// Empties SQLite's log into the file: pages that were wiped there are still whole in it. false: somebody reads an
    /// older state; the next run does it. On PostgreSQL that is vacuum's.
    pub async fn wipe_log(&self) -> Result<bool> {
        match self.parts.db.path() {
            Some(path) => crate::store::blocking(move || crate::engine::sqlite::checkpoint(&path)).await,
            None => Ok(true),
        }
    }
}
