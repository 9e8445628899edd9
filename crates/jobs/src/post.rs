//! The outbox on its way: a part of the worker of its own, so that a slow or absent mail server delays nothing
//! else. Each mail is claimed, tried and marked for itself; after a crash between sending and marking it goes
//! once more with the same Message-ID. How one mail is sent is `send`'s.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use anyhow::Result;
use domain::TenantId;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;

use crate::Worker;
use crate::condition::Part;
use crate::run::sleep_until;

/// Mails claimed at a time: with 20 seconds for each, done well before the claim lapses (ten minutes).
const CLAIM: u32 = 10;
/// As many went as may within an hour: the others are looked at again after so long.
const SLOWED: SignedDuration = SignedDuration::from_mins(5);
/// First pause while the server is away; it doubles up to five minutes.
const REST_SECONDS: i64 = 30;
const REST_AT_MOST: i64 = 300;

#[derive(Default)]
struct Known {
    /// When an authority's next mail may be sent.
    due: HashMap<TenantId, Timestamp>,
    /// The server is away: nothing is tried until then.
    rest_until: Option<Timestamp>,
    rests: u32,
}

/// Who has mail to send, and when.
#[derive(Clone, Default)]
pub(crate) struct Bell(Arc<(Mutex<Known>, Notify)>);

impl Bell {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.0.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// This authority has mail that may go from `at` on.
    pub(crate) fn ring(&self, tenant: &TenantId, at: Timestamp) {
        {
            let mut known = self.known();
            let due = known.due.entry(tenant.clone()).or_insert(at);
            *due = at.min(*due);
        }
        self.0.1.notify_one();
    }

    fn take_due(&self, now: Timestamp) -> Vec<TenantId> {
        let mut known = self.known();
        if known.rest_until.is_some_and(|until| until > now) {
            return Vec::new();
        }
        let mut due: Vec<(Timestamp, TenantId)> = known
            .due
            .iter()
            .filter(|(_, at)| **at <= now)
            .map(|(tenant, at)| (*at, tenant.clone()))
            .collect();
        due.sort_by(|a, b| (a.0, a.1.as_str()).cmp(&(b.0, b.1.as_str())));
        known.due.retain(|_, at| *at > now);
        due.into_iter().map(|(_, tenant)| tenant).collect()
    }

    fn next(&self) -> Option<Timestamp> {
        let known = self.known();
        let due = known.due.values().min().copied()?;
        Some(known.rest_until.map_or(due, |until| due.max(until)))
    }

    /// The server is away: everything rests for a while, longer each time. Said once.
    fn rest(&self, cause: &str, now: Timestamp) -> Timestamp {
        let mut known = self.known();
        let pause = (REST_SECONDS << known.rests.min(10)).min(REST_AT_MOST);
        let until = now + SignedDuration::from_secs(pause);
        if known.rests == 0 {
            tracing::error!(error = %cause, "no mail can be sent");
        }
        known.rests = known.rests.saturating_add(1);
        known.rest_until = Some(until);
        until
    }

    fn sent(&self) {
        let mut known = self.known();
        if known.rests > 0 {
            tracing::warn!("mail can be sent again");
        }
        known.rests = 0;
        known.rest_until = None;
    }

    async fn news(&self, at_most: Duration) {
        drop(tokio::time::timeout(at_most, self.0.1.notified()).await);
    }
}

impl Worker {
    pub(crate) async fn send_mails_on(self) {
        loop {
            self.condition.beat(Part::Mails);
            self.send_due().await;
            let wait = sleep_until(self.condition.bell.next(), (self.clock)());
            self.condition.bell.news(wait).await;
        }
    }

    /// Sends every mail that is due now; returns how many went. For tests and `run`.
    pub async fn send_due(&self) -> usize {
        let now = (self.clock)();
        let mut sent = 0;
        // Without a server mails stay where they are: there is nothing to wait for.
        for id in self.condition.bell.take_due(now) {
            if !self.mailer.sends() {
                continue;
            }
            match self.send_of(&id).await {
                Ok(n) => {
                    sent += n;
                    self.condition.works(Part::Mails, &id);
                }
                Err(error) => {
                    self.condition
                        .failed(Part::Mails, &id, &format!("{error:#}"), (self.clock)());
                    let again = self.condition.until(Part::Mails, &id);
                    self.condition.bell.ring(&id, again.unwrap_or(now));
                }
            }
        }
        sent
    }

    /// The due mails of one authority. One that fails does not hold up the others.
    async fn send_of(&self, id: &TenantId) -> Result<usize> {
        let tenant = self.store.tenant(id).await?;
        let office = tenant.read(|t| t.office("")).await?;
        let reply_to = office.and_then(|o| o["email"].as_str().map(str::to_owned));
        let (mut sent, mut away) = (0, None);
        while away.is_none() {
            self.condition.beat(Part::Mails);
            let now = (self.clock)();
            let left = tenant.read(move |t| t.mails_left(now)).await?;
            if left == 0 {
                self.condition.slowed(id, now);
                self.condition.bell.ring(id, now + SLOWED);
                return Ok(sent);
            }
            let most = u32::try_from(left).unwrap_or(CLAIM).min(CLAIM);
            let rows = tenant.write(move |t| t.claim_mails(now, most)).await?;
            if rows.is_empty() {
                break;
            }
            for row in rows {
                let mail = row.id.clone();
                if let Some(until) = away {
                    tenant.write(move |t| t.mail_later(&mail, until)).await?;
                    continue;
                }
                let result = self.mailer.send(&row, id.as_str(), reply_to.as_deref()).await;
                let now = (self.clock)();
                let Err(not) = result else {
                    tenant.write(move |t| t.mail_sent(&mail, now)).await?;
                    self.condition.bell.sent();
                    sent += 1;
                    continue;
                };
                tracing::warn!(tenant = %id, attempts = row.attempts, error = %not.cause, "mail not sent");
                if not.outage {
                    let until = self.condition.bell.rest(&not.cause, now);
                    away = Some(until);
                    // No try of this mail's: nobody can be reached. Next time it goes after the others, in case
                    // the server chokes on this very one.
                    let last = until + SignedDuration::from_secs(1);
                    tenant.write(move |t| t.mail_later(&mail, last)).await?;
                    continue;
                }
                let lost = tenant
                    .write(move |t| t.mail_failed(&mail, &not.cause, not.hopeless, now))
                    .await?;
                if lost {
                    tracing::error!(tenant = %id, "mail given up");
                    self.count_lost(&tenant).await?;
                }
            }
        }
        if let Some(due) = tenant.read(|t| t.next_mail_due()).await? {
            self.condition.bell.ring(id, due);
        }
        Ok(sent)
    }
}
