//! What comes with the clock: one digest a day for each clerk who wants it, reminders of open questions,
//! tidying up what has expired.

use anyhow::Result;
use domain::TenantId;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};
use store::{AccountUse, Authority, CaseFilter, Periods, Sort, Tab, TenantStore};

use crate::condition::Part;
use crate::demand;
use crate::mails::{day, mail, short_day};
use crate::{Worker, case_id};

/// The hour (local time) of the morning mails.
const MORNING: i8 = 7;

/// From this hour on no morning mail goes: who was without a server until noon has seen the desk by then.
const DIGEST_UNTIL: i8 = 12;
/// Cases read at a time.
const PAGE: u32 = 200;

/// The next seven o'clock after `now`, and its day. By the clock on the wall, also when it is changed.
pub(crate) fn next_morning(now: Timestamp) -> (Date, Timestamp) {
    let today = domain::date_of(now);
    let at = |day: Date| {
        let morning = day.at(MORNING, 0, 0, 0).in_tz("Europe/Berlin");
        morning.map_or(Timestamp::MAX, |z| z.timestamp())
    };
    let tomorrow = today.saturating_add(1.day());
    if at(today) > now {
        (today, at(today))
    } else {
        (tomorrow, at(tomorrow))
    }
}

impl Worker {
    /// Plans the next morning of every tenant, finds jobs and mail that wait, and deletes what has expired. Any
    /// number of times a day. One tenant that is broken does not stop the others.
    pub async fn housekeeping(&self, now: Timestamp) {
        let shared = TenantId::from("");
        self.back_up(now).await;
        match self.keep_shared(now).await {
            Ok(tenants) => {
                self.condition.works(Part::Daily, &shared);
                let paused = self.condition.paused(Part::Daily, now);
                for tenant in tenants.into_iter().filter(|t| !paused.contains(&t.id)) {
                    match self.look_after(&tenant, now).await {
                        Ok(()) => self.condition.works(Part::Daily, &tenant.id),
                        Err(error) => self
                            .condition
                            .failed(Part::Daily, &tenant.id, &format!("{error:#}"), now),
                    }
                }
            }
            Err(error) => self.condition.failed(Part::Daily, &shared, &format!("{error:#}"), now),
        }
    }

    async fn keep_shared(&self, now: Timestamp) -> Result<Vec<Authority>> {
        self.store.drafts().tidy(now).await?;
        self.store.shared().tidy(now).await?;
        self.mend_figures(now).await?;
        self.store.tidy_offered().await?;
        if let Some(days) = self.periods().set_aside {
            let gone = self.store.drop_set_aside(days, now).await?;
            if gone > 0 {
                tracing::warn!(
                    event = "restore.aside_removed",
                    gone,
                    "states that a restore set aside were removed"
                );
            }
        }
        Ok(self.store.shared().tenants().await?)
    }

    async fn look_after(&self, who: &Authority, now: Timestamp) -> Result<()> {
        let (id, tenant) = (&who.id, self.store.tenant(&who.id).await?);
        let periods = self.periods();
        if who.level == store::ACCOUNT && !self.look_after_account(&tenant, &periods, now).await? {
            return Ok(());
        }
        let (day, at) = next_morning(now);
        // Nobody works at an account: it has no digest to read and no lead to send the log's head to.
        let planned: &[&str] = if who.level == store::ACCOUNT {
            &[]
        } else {
            &["morning", "audit_head", "keeping", "figures"]
        };
        let (gone, next_mail) = tenant
            .write(move |t| {
                t.tidy(now)?;
                let gone = t.tidy_up(&periods, now)?;
                // Planned ahead, for a day and hour: once it is done, the next one is tomorrow's.
                for kind in planned {
                    t.add_job(kind, &json!({}), at, Some(&format!("{kind}:{day}")))?;
                }
                t.announce_next_job()?;
                Ok::<_, store::Error>((gone, t.next_mail_due()?))
            })
            .await?;
        if gone {
            tenant.wipe_log().await?;
        }
        if let Some(due) = next_mail {
            self.condition.bell.ring(id, due);
        }
        if who.level != store::ACCOUNT {
            self.store.list_offered(&tenant, now).await?;
        }
        self.count_lost(&tenant).await
    }

    fn periods(&self) -> Periods {
        Periods::of(|name| domain::deadline::kept_days(&self.region, name))
    }

    /// Who left is forgotten; an account that nobody uses is told, and later deleted (false).
    async fn look_after_account(&self, account: &TenantStore, periods: &Periods, now: Timestamp) -> Result<bool> {
        match self.store.tidy_account(account, periods, now).await? {
            AccountUse::Kept => Ok(true),
            AccountUse::Warn { name, to, on } => {
                self.warn_account(account, &name, &to, on, now).await?;
                Ok(true)
            }
            AccountUse::Over => {
                self.store.drop_account(account.id()).await?;
                tracing::info!(event = "account.dropped", "an account that nobody used was deleted");
                Ok(false)
            }
        }
    }

    /// Seven o'clock: reminders to applicants and offices on every day, the digest on working days. A worker
    /// that comes late, even by days, does today's; each mail has its day in its id and goes once.
    pub(crate) async fn morning(&self, tenant: &TenantStore) -> Result<()> {
        let local = domain::berlin((self.clock)());
        let today = local.date();
        if local.hour() < MORNING {
            // Left over from yesterday; today's is planned.
            return Ok(());
        }
        self.remind_open_questions(tenant, today, local.timestamp()).await?;
        self.remind_offices(tenant, today, local.timestamp()).await?;
        self.tell_of_versions(tenant, local.timestamp()).await?;
        let weekend = today.weekday().to_monday_zero_offset() > 4;
        let holiday = schema::days::on(&self.region.holidays, today, "").is_some();
        if local.hour() < DIGEST_UNTIL && !weekend && !holiday {
            self.digest(tenant).await?;
        }
        if today.day() <= demand::UNTIL {
            self.tell_demand(tenant, today).await?;
        }
        Ok(())
    }

    /// The day before an answer is due.
    async fn remind_open_questions(&self, tenant: &TenantStore, today: Date, now: Timestamp) -> Result<()> {
        let tomorrow = today.saturating_add(1.day());
        for page in 0.. {
            let filter = CaseFilter {
                tab: Tab::Waiting,
                sort: Sort::Received,
                today,
                page,
                size: PAGE,
                ..CaseFilter::default()
            };
            let rows = tenant.read(move |t| t.cases(&filter)).await?.rows;
            let last = rows.len() < PAGE as usize;
            let due: Vec<String> = rows
                .into_iter()
                .filter(|r| r.answer_by == Some(tomorrow))
                .map(|r| r.id.0)
                .collect();
            tenant
                .write(move |t| {
                    due.iter().try_for_each(|id| {
                        let key = format!("remind_question:{id}:{tomorrow}");
                        t.add_job("remind_question", &json!({ "case": id }), now, Some(&key))
                            .map(drop)
                    })
                })
                .await?;
            if last {
                break;
            }
        }
        Ok(())
    }

    pub(crate) async fn remind_question(&self, tenant: &TenantStore, payload: &Value) -> Result<()> {
        let id = case_id(payload)?;
        let Some(data) = self.load(tenant, &id).await? else {
            return Ok(());
        };
        let (Some(question), Some(to)) = (&data.case.question, data.case.email.clone()) else {
            return Ok(());
        };
        let mail = self.about(&data, "remind_question", &to)?;
        self.queue(tenant, format!("remind_question:{id}:{}", question.answer_by), mail)
            .await
    }

    /// The morning mail: what is due, new and waiting. Only when something is.
    pub(crate) async fn digest(&self, tenant: &TenantStore) -> Result<()> {
        let now = (self.clock)();
        let today = domain::date_of(now);
        let clerks = tenant.read(|t| t.clerks()).await?;
        for clerk in clerks
            .into_iter()
            .filter(|c| c.active && !store::only_audits(c) && c.prefs["digest"] != Value::Bool(false))
        {
            let id = format!("digest:{}:{today}", clerk.id);
            let filter = CaseFilter {
                me: Some(clerk.id.clone()),
                today,
                sort: Sort::Due,
                size: 12,
                ..CaseFilter::default()
            };
            let due = CaseFilter {
                tab: Tab::Due,
                ..filter.clone()
            };
            let (page, counts, refunds) = tenant
                .read(move |t| {
                    let refunds = t.payment_counts(today)?.refunds;
                    Ok::<_, store::Error>((t.cases(&due)?, t.tab_counts(&filter)?, refunds))
                })
                .await?;
            if counts.open == 0 && refunds == 0 {
                continue;
            }
            let soon = |r: &store::CaseRow| r.due.is_some_and(|d| d <= today);
            let line = |r: &store::CaseRow| {
                let who = if r.assignee.as_ref() == Some(&clerk.id) {
                    "bei Ihnen"
                } else if r.assignee.is_none() {
                    "noch frei"
                } else {
                    "vergeben"
                };
                // The reference, not the title: a title may name persons.
                format!("  {}  {}  {who}", r.due.map(short_day).unwrap_or_default(), r.reference)
            };
            let part = |title: &str, lines: Vec<String>| {
                if lines.is_empty() {
                    String::new()
                } else {
                    format!("{title}\n{}\n\n", lines.join("\n"))
                }
            };
            let list = part("HEUTE", page.rows.iter().filter(|r| soon(r)).map(line).collect())
                + &part(
                    "IN DEN NÄCHSTEN 7 TAGEN",
                    page.rows.iter().filter(|r| !soon(r)).map(line).collect(),
                );
            let today_due = page.rows.iter().filter(|r| soon(r)).count();
            let mail = mail(
                "digest",
                &clerk.email,
                &[
                    ("day", &day(today)),
                    ("due", &today_due.to_string()),
                    ("new", &counts.new.to_string()),
                    ("open", &counts.open.to_string()),
                    ("waiting", &counts.waiting.to_string()),
                    ("refunds", &refunds.to_string()),
                    ("list", &list),
                    ("desk", &format!("{}/amt/eingang", self.base_url)),
                ],
            )?;
            self.queue(tenant, id, mail).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_morning_comes_at_seven_by_the_clock_on_the_wall() {
        let at = |text: &str| text.parse::<Timestamp>().expect("a moment");
        let next = |text: &str| next_morning(at(text)).1;
        assert_eq!(next("2026-11-24T21:39:05Z"), at("2026-11-25T06:00:00Z"));
        assert_eq!(next("2026-11-25T05:59:59Z"), at("2026-11-25T06:00:00Z"));
        assert_eq!(next("2026-11-25T06:00:00Z"), at("2026-11-26T06:00:00Z"), "not twice");
        // The clocks go forward on 28.03.2027: seven is an hour earlier.
        assert_eq!(next("2027-03-27T12:00:00Z"), at("2027-03-28T05:00:00Z"));
    }
}
