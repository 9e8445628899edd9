//! Mail that goes out, and words that come in from visitors. Both sealed as a whole.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::engine::{Row, values};
use crate::sql::statements;
use crate::tenant::TenantTx;
use crate::{Feedback, Mail, MailRow, Result};

statements! { Tenant "outbox";
    QUEUE = "insert into outbox_mail (tenant, id, created_at, attempts, body) values ($1, $2, $3, 0, $4) \
        on conflict (tenant, id) do nothing";
    TO_SEND = "select id, created_at, sent_at, attempts, body from outbox_mail \
        where tenant = $1 and sent_at is null order by created_at, id limit $2";
    NEWEST = "select id, created_at, sent_at, attempts, body from outbox_mail \
        where tenant = $1 order by created_at desc, id limit $2";
    SENT = "update outbox_mail set sent_at = $3, attempts = attempts + 1 where tenant = $1 and id = $2";
    FAILED = "update outbox_mail set attempts = attempts + 1 where tenant = $1 and id = $2";
    PUT_FEEDBACK = "insert into feedback (tenant, id, at, kind, page, body) values ($1, $2, $3, $4, $5, $6)";
    FEEDBACK = "select id, at, kind, page, body from feedback where tenant = $1 order by at desc, id limit $2";
}

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

    /// Not sent yet, oldest first.
    pub fn mails_to_send(&self, limit: u32) -> Result<Vec<MailRow>> {
        self.rows(&TO_SEND, values![i64::from(limit)])?
            .iter()
            .map(|r| self.mail_row(r))
            .collect()
    }

    pub fn mail_sent(&mut self, id: &str, now: Timestamp) -> Result<()> {
        self.execute(&SENT, values![id, now])?;
        Ok(())
    }

    pub fn mail_failed(&mut self, id: &str) -> Result<()> {
        self.execute(&FAILED, values![id])?;
        Ok(())
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
