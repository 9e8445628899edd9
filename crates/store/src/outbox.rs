//! Mail that goes out, and words that come in from visitors. Both sealed as a whole.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::engine::{Row, values};
use crate::sql::statements;
use crate::tenant::TenantTx;
use crate::{Feedback, LostMail, Mail, MailRow, Result};

statements! { Tenant "outbox";
    QUEUE = "insert into outbox_mail (tenant, id, created_at, due, attempts, body) values ($1, $2, $3, $3, 0, $4) \
        on conflict (tenant, id) do nothing";
    /// $2 now, $3 when the claim lapses, $4 how many. A mail whose sender died is due again then.
    /// `materialized`: as in `jobs`.
    CLAIM = "with picked as materialized (\
        select id from outbox_mail where tenant = $1 and sent_at is null and given_up_at is null and due <= $2 \
        order by due, created_at, id limit $4 /*postgres:for update skip locked*/) \
        update outbox_mail set due = $3 where tenant = $1 and id in (select id from picked) and sent_at is null and given_up_at is null and due <= $2 \
        returning id, created_at, sent_at, attempts, body";
    NEXT = "select min(due) from outbox_mail where tenant = $1 and sent_at is null and given_up_at is null";
    NEWEST = "select id, created_at, sent_at, attempts, body from outbox_mail \
        where tenant = $1 order by created_at desc, id limit $2";
    SENT = "update outbox_mail set sent_at = $3, attempts = attempts + 1 where tenant = $1 and id = $2";
    ATTEMPTS = "select attempts from outbox_mail where tenant = $1 and id = $2 and sent_at is null";
    FAILED = "update outbox_mail set attempts = $3, due = $4, given_up_at = $5, error = $6 \
        where tenant = $1 and id = $2";
    LATER = "update outbox_mail set due = $3 where tenant = $1 and id = $2 and sent_at is null";
    LOST = "select id, body, attempts, coalesce(error, ''), given_up_at from outbox_mail \
        where tenant = $1 and given_up_at is not null and sent_at is null order by given_up_at desc, id limit $2";
    LOST_COUNT = "select count(*) from outbox_mail \
        where tenant = $1 and given_up_at is not null and sent_at is null";
    REVIVE = "update outbox_mail set attempts = 0, due = $3, given_up_at = null \
        where tenant = $1 and id = $2 and given_up_at is not null and sent_at is null";
    PUT_FEEDBACK = "insert into feedback (tenant, id, at, kind, page, body) values ($1, $2, $3, $4, $5, $6)";
    FEEDBACK = "select id, at, kind, page, body from feedback where tenant = $1 order by at desc, id limit $2";
}

/// A sender that has not finished by then is taken for dead: its mails go once more, with the same id.
const CLAIM_MINUTES: i64 = 10;
/// Minutes between one try and the next: nine tries in about a day.
const PAUSES: [i64; 8] = [1, 5, 15, 60, 120, 240, 480, 480];

#[derive(Serialize, Deserialize)]
struct Words {
    text: String,
    contact: String,
}

impl TenantTx<'_> {
    /// Queues a mail. `id` names the occasion (`decision-<case>`): the same occasion is mailed once (false).
    pub fn queue_mail(&mut self, id: &str, mail: &Mail, now: Timestamp) -> Result<bool> {
        let sealed = self.seal("outbox_mail", id, "body", mail)?;
        Ok(self.execute(&QUEUE, values![id, now, sealed])? > 0)
    }

    fn mail_row(&self, row: &Row) -> Result<MailRow> {
        let id = row.text(0)?;
        Ok(MailRow {
            id: id.to_owned(),
            created_at: row.time(1)?,
            sent_at: row.opt_time(2)?,
            attempts: row.int(3)?,
            mail: self.open("outbox_mail", id, "body", row.bytes(4)?)?,
        })
    }

    /// Takes up to `limit` due mails, for ten minutes; each is given to one sender only. One that cannot be
    /// read is given up and holds up no other.
    pub fn claim_mails(&mut self, now: Timestamp, limit: u32) -> Result<Vec<MailRow>> {
        let lapses = now + SignedDuration::from_mins(CLAIM_MINUTES);
        let rows = self.returning(&CLAIM, values![now, lapses, i64::from(limit)])?;
        let mut mails = Vec::with_capacity(rows.len());
        for row in &rows {
            match self.mail_row(row) {
                Ok(mail) => mails.push(mail),
                Err(error) => {
                    let why = error.to_string();
                    self.execute(&FAILED, values![row.text(0)?, row.int(3)?, now, Some(now), why])?;
                }
            }
        }
        mails.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
        Ok(mails)
    }

    /// When the next mail may be sent, or the next claim lapses.
    pub fn next_mail_due(&self) -> Result<Option<Timestamp>> {
        self.row(&NEXT, &[])?.map_or(Ok(None), |r| r.opt_time(0))
    }

    pub fn mail_sent(&mut self, id: &str, now: Timestamp) -> Result<()> {
        self.execute(&SENT, values![id, now])?;
        Ok(())
    }

    /// A try failed. Tried again after 1, 5, 15 … minutes, for about a day; then, or at once if `hopeless`,
    /// given up (true). `cause`: a German sentence without an address.
    pub fn mail_failed(&mut self, id: &str, cause: &str, hopeless: bool, now: Timestamp) -> Result<bool> {
        let Some(row) = self.row(&ATTEMPTS, values![id])? else {
            return Ok(false);
        };
        let attempts = row.int(0)? + 1;
        let pause = usize::try_from(attempts - 1).ok().and_then(|n| PAUSES.get(n).copied());
        let pause = pause.filter(|_| !hopeless);
        let due = now + SignedDuration::from_mins(pause.unwrap_or(0));
        let given_up = pause.is_none().then_some(now);
        self.execute(&FAILED, values![id, attempts, due, given_up, cause])?;
        Ok(given_up.is_some())
    }

    /// Not tried: the server is away. Does not count as a try.
    pub fn mail_later(&mut self, id: &str, due: Timestamp) -> Result<()> {
        self.execute(&LATER, values![id, due])?;
        Ok(())
    }

    /// Mails that were given up, latest first.
    pub fn lost_mails(&self, limit: u32) -> Result<Vec<LostMail>> {
        let rows = self.rows(&LOST, values![i64::from(limit)])?;
        rows.iter()
            .map(|row| {
                let id = row.text(0)?;
                // A mail that cannot be opened is lost for this very reason.
                let mail: Option<Mail> = self.open("outbox_mail", id, "body", row.bytes(1)?).ok();
                let (to, subject) = mail.map(|m| (m.to, m.subject)).unwrap_or_default();
                Ok(LostMail {
                    id: id.to_owned(),
                    to,
                    subject,
                    attempts: row.int(2)?,
                    cause: row.text(3)?.to_owned(),
                    since: row.time(4)?,
                })
            })
            .collect()
    }

    /// How many mails were given up.
    pub fn lost_mail_count(&self) -> Result<i64> {
        self.row(&LOST_COUNT, &[])?.map_or(Ok(0), |r| r.int(0))
    }

    /// Tries a mail again that was given up; false if there is none. Wake the sender with a `send_mails` job.
    pub fn revive_mail(&mut self, id: &str, now: Timestamp) -> Result<bool> {
        Ok(self.execute(&REVIVE, values![id, now])? > 0)
    }

    /// Newest first, sent or not: the demo's outbox page.
    pub fn mails(&self, limit: u32) -> Result<Vec<MailRow>> {
        self.rows(&NEWEST, values![i64::from(limit)])?
            .iter()
            .map(|r| self.mail_row(r))
            .collect()
    }

    pub fn put_feedback(&mut self, f: &Feedback) -> Result<()> {
        let words = Words {
            text: f.text.clone(),
            contact: f.contact.clone(),
        };
        let sealed = self.seal("feedback", &f.id, "body", &words)?;
        self.execute(
            &PUT_FEEDBACK,
            values![f.id.as_str(), f.at, f.kind.as_str(), f.page.as_str(), sealed],
        )?;
        Ok(())
    }

    /// Newest first.
    pub fn feedback(&self, limit: u32) -> Result<Vec<Feedback>> {
        let rows = self.rows(&FEEDBACK, values![i64::from(limit)])?;
        rows.iter()
            .map(|row| {
                let id = row.text(0)?;
                let words: Words = self.open("feedback", id, "body", row.bytes(4)?)?;
                Ok(Feedback {
                    id: id.to_owned(),
                    at: row.time(1)?,
                    kind: row.text(2)?.to_owned(),
                    page: row.text(3)?.to_owned(),
                    text: words.text,
                    contact: words.contact,
                })
            })
            .collect()
    }
}
