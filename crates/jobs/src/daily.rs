//! What comes with the clock: one digest a day for each clerk who wants it, reminders of open questions,
//! tidying up what has expired.

use anyhow::Result;
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};
use store::{CaseFilter, Sort, Tab, TenantStore};

use crate::mails::{day, mail, short_day};
use crate::{Worker, case_id};

/// The hour (local time) of the morning mail.
const DIGEST_HOUR: i8 = 7;

impl Worker {
    /// Once a minute: starts the daily jobs of every tenant and deletes what has expired. For `run` and tests.
    pub async fn housekeeping(&self, now: Timestamp) -> Result<()> {
        self.store.drafts().tidy(now).await?;
        self.store.shared().tidy(now).await?;
        let local = domain::berlin(now);
        let today = local.date();
        for authority in self.store.shared().authorities().await? {
            let tenant = self.store.tenant(&authority.id).await?;
            let weekend = today.weekday().to_monday_zero_offset() > 4;
            let holiday = schema::days::on(&self.region.holidays, today, "").is_some();
            let digest = local.hour() >= DIGEST_HOUR && !weekend && !holiday;
            tenant
                .write(move |t| -> Result<(), store::Error> {
                    t.tidy(now)?;
                    if digest {
                        t.add_job("digest", &json!({}), now, Some(&format!("digest:{today}")))?;
                    }
                    Ok(())
                })
                .await?;
            self.remind_open_questions(&tenant, today, now).await?;
            if local.hour() >= DIGEST_HOUR {
                self.remind_offices(&tenant, today, now).await?;
            }
        }
        Ok(())
    }

    /// The day before an answer is due.
    async fn remind_open_questions(
        &self,
        tenant: &TenantStore,
        today: jiff::civil::Date,
        now: Timestamp,
    ) -> Result<()> {
        let filter = CaseFilter {
            tab: Tab::Waiting,
            today,
            size: 500,
            ..CaseFilter::default()
        };
        let page = tenant.read(move |t| t.cases(&filter)).await?;
        let tomorrow = today.saturating_add(1.day());
        for row in page.rows.into_iter().filter(|r| r.answer_by == Some(tomorrow)) {
            let key = format!("remind_question:{}:{tomorrow}", row.id);
            tenant
                .write(move |t| {
                    t.add_job("remind_question", &json!({ "case": row.id.0 }), now, Some(&key))
                        .map(|_| ())
                })
                .await?;
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
            .filter(|c| c.active && c.prefs["digest"] != Value::Bool(false))
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
            let (page, counts) = tenant
                .read(move |t| Ok::<_, store::Error>((t.cases(&due)?, t.tab_counts(&filter)?)))
                .await?;
            if counts.open == 0 {
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
                    ("list", &list),
                    ("desk", &format!("{}/amt/eingang", self.base_url)),
                ],
            )?;
            self.queue(tenant, id, mail).await?;
        }
        Ok(())
    }
}
