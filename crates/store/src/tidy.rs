//! What the daily run takes away besides cases: mails, messages about the pages, questions of other offices. How long
//! each is kept is data (`regions/<id>/periods.toml`).

use domain::TenantId;
use jiff::{SignedDuration, Timestamp};

use crate::engine::values;
use crate::sql::statements;
use crate::tenant::TenantTx;
use crate::{ACCOUNT, LINK_FOR, Result};

statements! { Tenant "tidy";
    MAILS_SENT = "delete from outbox_mail where tenant = $1 and sent_at <= $2";
    /// Given up, or there was never a server.
    MAILS_LOST = "delete from outbox_mail where tenant = $1 and sent_at is null and created_at <= $2";
    LINKS = "delete from outbox_mail where tenant = $1 and substr(id, 1, 13) = 'account_link:' and created_at <= $2";
    LINK_JOBS = "delete from job where tenant = $1 and kind = 'mail_account_link' and state <> 'running' \
        and planned_at <= $2";
    DEAD_JOBS = "delete from job where tenant = $1 and state = 'dead' and planned_at <= $2";
    FEEDBACK = "delete from feedback where tenant = $1 and at <= $2";
    QUESTIONS = "select id, peer from consultation where tenant = $1 and incoming = 1 and peer is not null \
        and expires_at <= $2 order by expires_at, id limit $3";
}

/// Questions erased in one go: the rest is the next run's.
const PAGE: i64 = 200;

/// How long what is no case is kept, in days; `None`: nobody has said, and nothing goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Periods {
    pub mail_sent: Option<i64>,
    pub mail_lost: Option<i64>,
    pub feedback: Option<i64>,
    pub question_of_others: Option<i64>,
    pub invitation: Option<i64>,
    pub member_left: Option<i64>,
    pub account_unused: Option<i64>,
    pub account_warning: Option<i64>,
    pub set_aside: Option<i64>,
    pub sign_up: Option<i64>,
}

impl Periods {
    /// `days`: by the names that the region's file has.
    pub fn of(days: impl Fn(&str) -> Option<i64>) -> Periods {
        Periods {
            mail_sent: days("mail_sent"),
            mail_lost: days("mail_lost"),
            feedback: days("feedback"),
            question_of_others: days("question_of_others"),
            invitation: days("invitation"),
            member_left: days("member_left"),
            account_unused: days("account_unused"),
            account_warning: days("account_warning"),
            set_aside: days("set_aside"),
            sign_up: days("sign_up"),
        }
    }
}

/// So many days before now.
pub(crate) fn before(now: Timestamp, days: i64) -> Timestamp {
    now - SignedDuration::from_hours(24 * days)
}

impl TenantTx<'_> {
    /// Deletes what has had its time; true: something went, and its bytes are to be wiped.
    pub fn tidy_up(&mut self, periods: &Periods, now: Timestamp) -> Result<bool> {
        let mut gone = 0;
        for (sql, days) in [
            (&MAILS_SENT, periods.mail_sent),
            (&MAILS_LOST, periods.mail_lost),
            (&FEEDBACK, periods.feedback),
        ] {
            if let Some(days) = days {
                gone += self.execute(sql, values![before(now, days)])?;
            }
        }
        if let Some(days) = periods.question_of_others {
            for row in self.rows(&QUESTIONS, values![before(now, days), PAGE])? {
                self.erase_question(row.text(0)?, &TenantId::from(row.text(1)?), now)?;
                gone += 1;
            }
        }
        if let Some(days) = periods.sign_up {
            gone += self.execute(&crate::sign_up::TIDY, values![now, before(now, days)])?;
        }
        // Nobody works at an account: what was given up there is seen by none. And a link that opens nothing any more
        // leaves the address that somebody typed, which may be anybody's.
        if self.authority().level == ACCOUNT {
            gone += self.execute(&LINKS, values![now - LINK_FOR])?;
            gone += self.execute(&LINK_JOBS, values![now - LINK_FOR])?;
            if let Some(days) = periods.mail_lost {
                gone += self.execute(&DEAD_JOBS, values![before(now, days)])?;
            }
        }
        Ok(gone > 0)
    }
}
