//! Jobs: rows written in the transaction of what caused them, done at least once.

use domain::CaseId;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value as Json;

use crate::engine::{Row, values};
use crate::sql::statements;
use crate::tenant::TenantTx;
use crate::{DeadJob, Job, Result};

statements! { Tenant "jobs";
    INSERT = "insert into job (tenant, id, kind, state, planned_at, due, attempts, dedup, payload) \
        values ($1, $2, $3, 'waiting', $4, $4, 0, $5, $6) on conflict do nothing";
    /// $2 now, $3 when the claim lapses, $4 how many. A running job whose claim lapsed is taken again. The try
    /// counts from here on: a job that ends its process would never be counted afterwards.
    /// `materialized`: PostgreSQL may run a plain subquery once for each row, and then takes more than $4.
    CLAIM = "with picked as materialized (\
        select id from job where tenant = $1 and state in ('waiting', 'running') and due <= $2 \
        order by due, id limit $4 /*postgres:for update skip locked*/) \
        update job set state = 'running', due = $3, attempts = attempts + 1 \
        where tenant = $1 and id in (select id from picked) and state in ('waiting', 'running') and due <= $2 returning id, kind, payload, planned_at, attempts";
    DONE = "delete from job where tenant = $1 and id = $2";
    /// $3: the try that failed. When another worker has taken the job since, it is that one's.
    MINE = "select count(*) from job where tenant = $1 and id = $2 and attempts = $3 and state = 'running'";
    /// A job that waits under the same key does the work of this one.
    TWIN = "select count(*) from job where tenant = $1 and state = 'waiting' and id <> $2 \
        and dedup = (select dedup from job where tenant = $1 and id = $2)";
    FAILED = "update job set state = $3, due = $4, error = $5 where tenant = $1 and id = $2";
    DEAD = "select id, kind, attempts, coalesce(error, ''), due, payload from job \
        where tenant = $1 and state = 'dead' order by due desc, id";
    DEAD_COUNT = "select count(*) from job where tenant = $1 and state = 'dead'";
    IS_DEAD = "select count(*) from job where tenant = $1 and id = $2 and state = 'dead'";
    REVIVE = "update job set state = 'waiting', attempts = 0, due = $3 \
        where tenant = $1 and id = $2 and state = 'dead'";
    NEXT = "select min(due) from job where tenant = $1 and state in ('waiting', 'running')";
}

/// A worker that has not finished by then is taken for dead.
const CLAIM_MINUTES: i64 = 5;
/// Tries before a job is given up.
const TRIES: i64 = 10;
/// Longest pause between two tries.
const PAUSE_AT_MOST: i64 = 6 * 60;

impl Job {
    /// Was tried as often as a job is tried, and each time its worker ended with it: not to be tried once more.
    pub fn is_worn_out(&self) -> bool {
        self.attempts > TRIES
    }
}

impl TenantTx<'_> {
    /// Adds a job. `dedup`: while a job with this key waits, no second one is added (false).
    pub fn add_job(&mut self, kind: &str, payload: &Json, due: Timestamp, dedup: Option<&str>) -> Result<bool> {
        let id = self.entropy().id();
        let sealed = self.seal("job", &id, "payload", payload)?;
        let added = self.execute(&INSERT, values![id.as_str(), kind, due, dedup, sealed])? > 0;
        if added {
            self.note_due(due);
        }
        Ok(added)
    }

    fn note_due(&mut self, due: Timestamp) {
        let due = due.as_millisecond();
        self.soonest = Some(self.soonest.map_or(due, |s| s.min(due)));
    }

    pub(crate) fn take_jobs(&mut self, now: Timestamp, limit: u32) -> Result<Vec<Job>> {
        let lapses = now + SignedDuration::from_mins(CLAIM_MINUTES);
        let rows = self.returning(&CLAIM, values![now, lapses, i64::from(limit)])?;
        let mut jobs = Vec::with_capacity(rows.len());
        for row in &rows {
            match self.job(row) {
                Ok(job) => jobs.push(job),
                // One row that cannot be read must not hold up the others: it is given up at once.
                Err(error) => {
                    self.execute(&FAILED, values![row.text(0)?, "dead", now, error.to_string()])?;
                }
            }
        }
        jobs.sort_by(|a, b| (a.due, &a.id).cmp(&(b.due, &b.id)));
        Ok(jobs)
    }

    fn job(&self, row: &Row) -> Result<Job> {
        let id = row.text(0)?;
        Ok(Job {
            id: id.to_owned(),
            kind: row.text(1)?.to_owned(),
            payload: self.open("job", id, "payload", row.bytes(2)?)?,
            due: row.time(3)?,
            attempts: row.int(4)?,
        })
    }

    /// The job is done and gone. Best in the transaction that writes its result.
    pub fn job_done(&mut self, id: &str) -> Result<()> {
        self.execute(&DONE, values![id])?;
        Ok(())
    }

    /// This try failed. Tries again later (1, 2, 4 … minutes, at most six hours); given up after ten tries
    /// (true). A job whose twin waits under the same key goes instead: the twin does its work. One that was
    /// taken again since stays as it is. `error` without personal data: operators read it.
    ///
    /// # Errors
    /// `Conflict` if a twin came in at this very moment (PostgreSQL): once more, and it is seen.
    pub fn job_failed(&mut self, job: &Job, error: &str, now: Timestamp) -> Result<bool> {
        let id = job.id.as_str();
        if self
            .row(&MINE, values![id, job.attempts])?
            .map_or(Ok(0), |r| r.int(0))?
            == 0
        {
            return Ok(false);
        }
        let dead = job.attempts >= TRIES;
        if !dead && self.has_twin(id)? {
            self.execute(&DONE, values![id])?;
            return Ok(false);
        }
        let pause = (1i64 << (job.attempts - 1).clamp(0, 10)).min(PAUSE_AT_MOST);
        let due = if dead {
            now
        } else {
            now + SignedDuration::from_mins(pause)
        };
        let state = if dead { "dead" } else { "waiting" };
        self.execute(&FAILED, values![id, state, due, error])?;
        if !dead {
            self.note_due(due);
        }
        Ok(dead)
    }

    /// Jobs that were given up, latest first.
    pub fn dead_jobs(&self) -> Result<Vec<DeadJob>> {
        let dead = |row: &Row| {
            Ok(DeadJob {
                id: row.text(0)?.to_owned(),
                kind: row.text(1)?.to_owned(),
                attempts: row.int(2)?,
                error: row.text(3)?.to_owned(),
                since: row.time(4)?,
                case: self.case_of_job(row.text(0)?, row.bytes(5)?),
            })
        };
        self.rows(&DEAD, &[])?.iter().map(dead).collect()
    }

    /// How many jobs were given up.
    pub fn dead_job_count(&self) -> Result<i64> {
        self.row(&DEAD_COUNT, &[])?.map_or(Ok(0), |r| r.int(0))
    }

    /// Which case the job is about, if its payload can be read and names one.
    fn case_of_job(&self, id: &str, sealed: &[u8]) -> Option<CaseId> {
        let payload: Json = self.open("job", id, "payload", sealed).ok()?;
        Some(CaseId::from(payload["case"].as_str()?))
    }

    fn has_twin(&self, id: &str) -> Result<bool> {
        Ok(self.row(&TWIN, values![id])?.map_or(Ok(0), |r| r.int(0))? > 0)
    }

    /// Starts a job again that was given up (or leaves it to its waiting twin); false if there is none.
    pub fn revive_job(&mut self, id: &str, now: Timestamp) -> Result<bool> {
        if self.row(&IS_DEAD, values![id])?.map_or(Ok(0), |r| r.int(0))? > 0 && self.has_twin(id)? {
            self.execute(&DONE, values![id])?;
            return Ok(true);
        }
        let revived = self.execute(&REVIVE, values![id, now])? > 0;
        if revived {
            self.note_due(now);
        }
        Ok(revived)
    }

    /// Says anew when the next job falls due: whoever wrote it may have died before its hint was written.
    pub fn announce_next_job(&mut self) -> Result<()> {
        if let Some(due) = self.next_job_due()? {
            self.note_due(due);
        }
        Ok(())
    }

    /// When the next job falls due, or the next claim lapses.
    pub fn next_job_due(&self) -> Result<Option<Timestamp>> {
        self.row(&NEXT, &[])?.map_or(Ok(None), |r| r.opt_time(0))
    }
}
