//! The worker's life: three parts that run beside each other (jobs, mails, daily things), each started again
//! when it breaks off; and how one job is done, so that neither a panic in it nor a broken authority ends more
//! than itself.

use std::future::Future;
use std::time::Duration;

use anyhow::{Result, bail};
use domain::{Action, Actor, CaseId, TenantId};
use jiff::Timestamp;
use store::{ActError, Job, TenantStore};
use tokio::task::JoinSet;

use crate::condition::Part;
use crate::{Worker, case_id};

/// Jobs done for one tenant before the next has its turn.
const TURN: usize = 20;
/// Tenants looked at in one round.
const TENANTS: u32 = 50;
/// Longest sleep without news: jobs of other processes are found by then.
pub(crate) const NAP: Duration = Duration::from_secs(5);
/// Shortest sleep.
pub(crate) const BLINK: Duration = Duration::from_millis(5);
/// Pause before a part that broke off is started again.
const RESTART: Duration = Duration::from_secs(1);
/// A job that takes longer has failed. Shorter than the claim on it (five minutes), which begins with the job.
const JOB_TIME: Duration = Duration::from_secs(4 * 60);
/// Between two rounds of daily things.
const ROUND: Duration = Duration::from_secs(10 * 60);
/// Between two signs of life meanwhile.
const BEAT: Duration = Duration::from_secs(60);

impl Worker {
    /// Works until the task is aborted.
    pub async fn run(self) {
        self.condition.begin();
        tokio::join!(
            self.alive(Part::Jobs, Worker::do_jobs),
            self.alive(Part::Mails, Worker::send_mails_on),
            self.alive(Part::Daily, Worker::keep_house),
        );
    }

    /// Runs a part in a task of its own; whenever it breaks off, once more.
    async fn alive<F: Future<Output = ()> + Send + 'static>(&self, part: Part, begin: impl Fn(Worker) -> F) {
        loop {
            self.condition.beat(part);
            // Dropped with this future: then the part ends, too.
            let mut task = JoinSet::new();
            task.spawn(begin(self.clone()));
            drop(task.join_next().await);
            self.condition.fell(part);
            tokio::time::sleep(RESTART).await;
        }
    }

    async fn do_jobs(self) {
        let shared = TenantId::from("");
        match self.store.sweep_hints().await {
            Ok(broken) => {
                for (tenant, error) in broken {
                    self.condition
                        .failed(Part::Jobs, &tenant, &error.to_string(), (self.clock)());
                }
            }
            Err(error) => tracing::error!(%error, "job hints could not be rebuilt"),
        }
        loop {
            self.condition.beat(Part::Jobs);
            let done = self.run_due().await;
            let now = (self.clock)();
            match done {
                Ok(_) => self.condition.works(Part::Jobs, &shared),
                Err(error) => self.condition.failed(Part::Jobs, &shared, &format!("{error:#}"), now),
            }
            let paused = self.condition.paused(Part::Jobs, now);
            let due = self.store.next_due(&paused).await.ok().flatten();
            let next = due.into_iter().chain(self.condition.next_try(Part::Jobs)).min();
            self.store.wait_for_job(sleep_until(next, now)).await;
        }
    }

    async fn keep_house(self) {
        loop {
            let mut work = std::pin::pin!(self.housekeeping((self.clock)()));
            // A backup may take long.
            while tokio::time::timeout(BEAT, &mut work).await.is_err() {
                self.condition.beat(Part::Daily);
            }
            for _ in 0..ROUND.as_secs() / BEAT.as_secs() {
                self.condition.beat(Part::Daily);
                tokio::time::sleep(BEAT).await;
            }
        }
    }

    /// Does every job that is due now; returns how many. An authority that cannot be worked for is left alone
    /// for a while and holds up no other. For tests and `run`.
    ///
    /// # Errors
    /// The hints on due jobs cannot be read.
    pub async fn run_due(&self) -> Result<usize> {
        let mut done = 0;
        loop {
            let now = (self.clock)();
            let paused = self.condition.paused(Part::Jobs, now);
            let mut tenants = self.condition.to_try(Part::Jobs, now);
            tenants.retain(|t| !t.as_str().is_empty());
            let limit = TENANTS.saturating_add(u32::try_from(paused.len()).unwrap_or(u32::MAX));
            for tenant in self.store.due_tenants(now, limit).await? {
                if !paused.contains(&tenant) && !tenants.contains(&tenant) {
                    tenants.push(tenant);
                }
            }
            if tenants.is_empty() {
                return Ok(done);
            }
            for id in tenants {
                match self.work_for(&id).await {
                    Ok(n) => {
                        done += n;
                        self.condition.works(Part::Jobs, &id);
                    }
                    Err(error) => self
                        .condition
                        .failed(Part::Jobs, &id, &format!("{error:#}"), (self.clock)()),
                }
            }
        }
    }

    /// An authority's turn. Each job is claimed when it is begun: a claim lapses on no job that still waits for
    /// its turn, and one that ends the process counts as a try of no other.
    async fn work_for(&self, id: &TenantId) -> Result<usize> {
        let tenant = self.store.tenant(id).await?;
        let (mut done, mut first_error) = (0, None);
        for _ in 0..TURN {
            let Some(job) = tenant.claim_jobs((self.clock)(), 1).await?.pop() else {
                break;
            };
            // The others are tried, even if the result of one job cannot be written.
            match self.run_one(&tenant, job).await {
                Ok(()) => done += 1,
                Err(error) => first_error = first_error.or(Some(error)),
            }
        }
        first_error.map_or(Ok(done), Err)
    }

    async fn run_one(&self, tenant: &TenantStore, job: Job) -> Result<()> {
        self.condition.beat(Part::Jobs);
        let work = {
            let (worker, tenant, job) = (self.clone(), tenant.clone(), job.clone());
            async move {
                if job.is_worn_out() {
                    bail!("Bei jedem Versuch endete das Programm.");
                }
                worker.perform(&tenant, &job).await
            }
        };
        let Err(error) = in_own_task(JOB_TIME, work).await else {
            return Ok(tenant.write(move |t| t.job_done(&job.id)).await?);
        };
        let why = causes(&error);
        tracing::warn!(tenant = %tenant.id(), kind = %job.kind, attempts = job.attempts, error = %why, "job failed");
        let now = (self.clock)();
        let dead = match fail(tenant, &job, &why, now).await {
            // A twin was added at this very moment: now it is seen.
            Err(ActError::Store(store::Error::Conflict(_))) => fail(tenant, &job, &why, now).await?,
            other => other?,
        };
        if dead {
            tracing::error!(tenant = %tenant.id(), kind = %job.kind, "job given up");
            self.count_lost(tenant).await?;
        }
        Ok(())
    }

    /// Reads anew how much was given up here.
    pub(crate) async fn count_lost(&self, tenant: &TenantStore) -> Result<()> {
        let (jobs, mails) = tenant
            .read(|t| Ok::<_, store::Error>((t.dead_job_count()?, t.lost_mail_count()?)))
            .await?;
        self.condition.count(tenant.id(), jobs, mails);
        Ok(())
    }
}

/// Notes the failure. When a decision's job is given up, the decision is undone: nobody waits for a letter
/// that never comes.
async fn fail(tenant: &TenantStore, job: &Job, why: &str, now: Timestamp) -> Result<bool, ActError> {
    let (failed, why) = (job.clone(), why.to_owned());
    let decided: Option<CaseId> = (job.kind == "take_effect")
        .then(|| case_id(&job.payload).ok())
        .flatten();
    tenant
        .write(move |t| {
            let dead = t.job_failed(&failed, &why, now)?;
            if let (true, Some(case)) = (dead, decided) {
                let why = "Der Brief ließ sich auch nach zehn Versuchen nicht erstellen. Es ging kein Brief hinaus.";
                match t.act(&case, Action::Undo { why: why.into() }, &Actor::System, now) {
                    Ok(_) | Err(ActError::Refused(_) | ActError::NotFound) => {}
                    Err(other) => return Err(other),
                }
            }
            Ok(dead)
        })
        .await
}

/// Causes in one line. They name no persons: they come from our own code and the engine. But what does not fit a shape
/// is quoted by serde, and that may be what somebody wrote.
fn causes(error: &anyhow::Error) -> String {
    let said = error
        .chain()
        .map(|cause| match cause.downcast_ref::<serde_json::Error>() {
            Some(json) => format!("JSON, Zeile {}, Spalte {}", json.line(), json.column()),
            None => cause.to_string(),
        });
    said.collect::<Vec<_>>().join(": ")
}

/// How long to sleep until a moment: at least a blink, at most a nap.
pub(crate) fn sleep_until(next: Option<Timestamp>, now: Timestamp) -> Duration {
    let wait = next.map_or(NAP, |due| {
        Duration::from_millis(u64::try_from(due.as_millisecond() - now.as_millisecond()).unwrap_or(0))
    });
    wait.clamp(BLINK, NAP)
}

/// Runs work in a task of its own, for a limited time: a panic in it is an error like any other. The panic's
/// words stay out of the error, for they may quote an answer.
pub(crate) async fn in_own_task<T: Send + 'static>(
    limit: Duration,
    work: impl Future<Output = Result<T>> + Send + 'static,
) -> Result<T> {
    let mut task = JoinSet::new();
    task.spawn(work);
    match tokio::time::timeout(limit, task.join_next()).await {
        Ok(Some(Ok(result))) => result,
        Ok(_) => bail!("Abbruch durch einen Fehler im Programm"),
        Err(_) => bail!("Abbruch nach {} Sekunden", limit.as_secs()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_and_an_endless_job_are_errors() {
        let limit = Duration::from_millis(50);
        let panics = in_own_task(limit, async move {
            if limit.is_zero() {
                Ok(())
            } else {
                panic!("Kanarienvogel")
            }
        });
        let error = panics.await.expect_err("a panic").to_string();
        assert!(!error.contains("Kanarienvogel"));
        assert!(in_own_task(limit, std::future::pending::<Result<()>>()).await.is_err());
        assert_eq!(in_own_task(limit, async { Ok(7) }).await.expect("done"), 7);
    }
}
