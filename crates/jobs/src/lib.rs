//! The worker: takes due jobs of every tenant and does them, at least once each. A job is idempotent: its
//! result has a key of its own (a letter's kind, a mail's id, a delivery's id). One file per group of kinds.

mod case_data;
mod daily;
mod deliver;
mod letters;
mod mails;
mod send;
mod transfer;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use domain::CaseId;
use exchange::Register;
use jiff::Timestamp;
use schema::Region;
use serde_json::Value;
use store::{Job, Services, Store, TenantStore};

pub use send::{Mailer, SmtpConfig};

/// Where the worker's time comes from.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// What jobs work with.
#[derive(Clone)]
pub struct Worker {
    pub store: Store,
    pub services: Services,
    pub register: Arc<Register>,
    pub region: Arc<Region>,
    pub press: ::letters::Press,
    pub mailer: Mailer,
    pub clock: Clock,
    /// `https://kommunal.example`, for links in mails.
    pub base_url: String,
}

/// Jobs taken from one tenant at a time.
const BATCH: u32 = 20;
/// Longest sleep without news: jobs of other processes are found by then.
const NAP: Duration = Duration::from_secs(5);

impl Worker {
    /// Works until the task is aborted.
    pub async fn run(self) {
        if let Err(error) = self.store.sweep_hints().await {
            tracing::error!(%error, "job hints could not be rebuilt");
        }
        let mut swept = (self.clock)();
        loop {
            match self.run_due().await {
                Ok(_) => {}
                Err(error) => tracing::error!(%error, "worker"),
            }
            let now = (self.clock)();
            if now.as_second() - swept.as_second() >= 60 {
                swept = now;
                if let Err(error) = self.housekeeping(now).await {
                    tracing::error!(%error, "housekeeping");
                }
            }
            let next = self.store.next_due().await.ok().flatten();
            let wait = next.map_or(NAP, |due| {
                Duration::from_millis(u64::try_from(due.as_millisecond() - now.as_millisecond()).unwrap_or(0))
            });
            self.store.wait_for_job(wait.clamp(Duration::from_millis(5), NAP)).await;
        }
    }

    /// Does every job that is due now; returns how many. For tests and `run`.
    pub async fn run_due(&self) -> Result<usize> {
        let mut done = 0;
        loop {
            let tenants = self.store.due_tenants((self.clock)(), 50).await?;
            if tenants.is_empty() {
                return Ok(done);
            }
            for id in tenants {
                let tenant = self.store.tenant(&id).await?;
                let jobs = tenant.claim_jobs((self.clock)(), BATCH).await?;
                for job in jobs {
                    self.run_one(&tenant, job).await?;
                    done += 1;
                }
            }
        }
    }

    async fn run_one(&self, tenant: &TenantStore, job: Job) -> Result<()> {
        let (id, kind) = (job.id.clone(), job.kind.clone());
        match self.perform(tenant, &job).await {
            Ok(()) => tenant.write(move |t| t.job_done(&id)).await?,
            Err(error) => {
                // Causes name no persons: they come from our own code and the engine.
                let why = format!("{error:#}");
                tracing::warn!(tenant = %tenant.id(), kind = %kind, attempts = job.attempts, error = %why, "job failed");
                let now = (self.clock)();
                let dead = tenant.write(move |t| t.job_failed(&id, &why, now)).await?;
                if dead {
                    tracing::error!(tenant = %tenant.id(), kind = %kind, "job given up");
                }
            }
        }
        Ok(())
    }

    async fn perform(&self, tenant: &TenantStore, job: &Job) -> Result<()> {
        match job.kind.as_str() {
            "letter_receipt" => self.letter_receipt(tenant, &job.payload).await,
            "letter_question" => self.letter_question(tenant, &job.payload).await,
            "take_effect" => self.take_effect(tenant, &job.payload).await,
            "print_unfetched" => self.print_unfetched(tenant, &job.payload).await,
            "mail_received" | "mail_question" | "mail_decision" | "mail_withdrawn" | "mail_reminder" => {
                self.mail_applicant(tenant, &job.kind, &job.payload).await
            }
            "mail_answered" => self.mail_clerk(tenant, &job.payload).await,
            "remind_question" => self.remind_question(tenant, &job.payload).await,
            "mail_consult" | "remind_consult" => self.mail_consult(tenant, &job.kind, &job.payload).await,
            "mail_consult_answered" => self.mail_heard(tenant, &job.payload).await,
            "consult_open" => self.consult_open(tenant, &job.payload).await,
            "deliver" => self.deliver(tenant).await,
            "transfer" => self.transfer(tenant, &job.payload).await,
            "send_mails" => self.send_mails(tenant).await,
            "digest" => self.digest(tenant).await,
            other => bail!("unknown kind of job: {other}"),
        }
    }
}

/// The case a payload is about.
fn case_id(payload: &Value) -> Result<CaseId> {
    Ok(CaseId(
        payload["case"].as_str().context("payload without case")?.to_owned(),
    ))
}
