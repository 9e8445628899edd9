//! The worker: takes due jobs of every tenant and does them, at least once each. A job is idempotent: its
//! result has a key of its own (a letter's kind, a mail's id, a delivery's id). One file per group of kinds;
//! `run` is how they are done, `post` how mails go out, `condition` what is known of failures.

mod accounts;
mod audit_head;
mod backups;
mod called_off;
mod case_data;
mod condition;
mod consult_over;
mod daily;
mod deliver;
mod demand;
mod figures;
mod keeping;
mod letters;
mod mails;
mod post;
mod publish;
mod run;
mod send;
mod sign_up;
mod transfer;
mod versions;

use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use domain::CaseId;
use exchange::Register;
use jiff::Timestamp;
use schema::Region;
use serde_json::Value;
use store::{Job, Services, Store, TenantStore};

pub use condition::{Condition, Report};
pub use demand::{DemandLetter, LetterSources};
pub use send::{Mailer, SMTP_TIME, SmtpConfig};

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
    /// Where backups go; `None`: none are made.
    pub backup: Option<store::backup::BackupPlan>,
    /// How it fares; shared with who reports on it.
    pub condition: Condition,
}

impl Worker {
    async fn perform(&self, tenant: &TenantStore, job: &Job) -> Result<()> {
        match job.kind.as_str() {
            "letter_receipt" => self.letter_receipt(tenant, &job.payload).await,
            "letter_question" => self.letter_question(tenant, &job.payload).await,
            "take_effect" => self.take_effect(tenant, &job.payload).await,
            "print_unfetched" => self.print_unfetched(tenant, &job.payload).await,
            "mail_received" | "mail_question" | "mail_decision" | "mail_withdrawn" | "mail_reminder"
            | "mail_merged" => self.mail_applicant(tenant, &job.kind, &job.payload).await,
            "mail_answered" => self.mail_clerk(tenant, "answered", &job.payload, job.due).await,
            "mail_message" => self.mail_clerk(tenant, "message", &job.payload, job.due).await,
            "mail_called_off" => self.mail_called_off(tenant, &job.payload).await,
            "remind_question" => self.remind_question(tenant, &job.payload).await,
            "mail_consult" | "remind_consult" => self.mail_consult(tenant, &job.kind, &job.payload).await,
            "mail_consult_answered" => self.mail_heard(tenant, &job.payload).await,
            "consult_over" => self.consult_over(tenant, &job.payload).await,
            "consult_open" => self.consult_open(tenant, &job.payload).await,
            "deliver" => self.deliver(tenant, &job.payload).await,
            "transfer" => self.transfer(tenant, &job.payload).await,
            // The mails themselves go in a part of their own: a slow server delays no letter.
            "send_mails" => {
                self.condition.bell.ring(tenant.id(), (self.clock)());
                Ok(())
            }
            "mail_account_link" => self.mail_account_link(tenant, job).await,
            "mail_account_invited" => self.mail_account_invited(tenant, job).await,
            "mail_account_passkey" => self.mail_account_passkey(tenant, job).await,
            "mail_account_identity" => self.mail_account_identity(tenant, job).await,
            "mail_sign_up" => self.mail_sign_up(tenant, job).await,
            "mail_sign_up_waits" => self.mail_sign_up_waits(tenant, job).await,
            "mail_sign_up_confirmed" | "mail_sign_up_refused" => self.mail_sign_up_decided(tenant, job).await,
            "morning" => self.morning(tenant).await,
            "audit_head" => self.audit_head(tenant).await,
            "mail_merged_head" => self.mail_merged_head(tenant, &job.payload).await,
            "keeping" => self.keeping(tenant).await,
            "figures" => self.figures(tenant, &job.payload).await,
            "publish" => self.publish(tenant, &job.payload).await,
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
