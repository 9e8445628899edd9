//! Hints on which tenant has a job due when. The jobs themselves are in the tenants' tables; a lost hint is
//! found again by the sweep after start.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use domain::TenantId;
use jiff::Timestamp;
use tokio::sync::Notify;

use crate::Result;
use crate::engine::{Db, values};
use crate::sql::statements;

statements! { Shared "hints";
    PUT = "insert into job_hint (tenant, due) values ($1, $2) on conflict (tenant) do update \
        set due = case when excluded.due < job_hint.due then excluded.due else job_hint.due end";
    DELETE = "delete from job_hint where tenant = $1";
    DUE = "select tenant, due from job_hint where due <= $1 order by due, tenant limit $2";
    NEXT = "select tenant, due from job_hint order by due, tenant limit $1";
}

#[derive(Default)]
struct Known {
    /// Earliest due time that this process knows of, in ms.
    due: HashMap<String, i64>,
    /// What is still to be written down.
    unwritten: BTreeMap<String, i64>,
}

pub(crate) struct Hints {
    shared: Db,
    known: Mutex<Known>,
    /// Held while rows are written or deleted: a late write must not bring a used-up hint back.
    writing: tokio::sync::Mutex<()>,
    /// A worker runs in this process: what is known here will be done here. Without one, another process
    /// may have used up the row at any time, so each job writes it anew.
    works: AtomicBool,
    news: Notify,
}

impl Hints {
    pub(crate) fn new(shared: Db) -> Arc<Hints> {
        Arc::new(Hints {
            shared,
            known: Mutex::default(),
            writing: tokio::sync::Mutex::default(),
            works: AtomicBool::new(false),
            news: Notify::new(),
        })
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// Says that a tenant has a job due. Wakes this process's worker at once; the row for other processes
    /// follows behind, nobody waits for it.
    pub(crate) fn announce(self: &Arc<Self>, tenant: &TenantId, due: i64) {
        {
            let mut known = self.known();
            match known.due.get_mut(tenant.as_str()) {
                Some(earlier) if *earlier <= due && self.works.load(Ordering::Relaxed) => return,
                Some(earlier) => *earlier = due.min(*earlier),
                None => drop(known.due.insert(tenant.0.clone(), due)),
            }
            let row = known.unwritten.entry(tenant.0.clone()).or_insert(due);
            *row = due.min(*row);
        }
        self.news.notify_one();
        let hints = self.clone();
        tokio::spawn(async move { hints.write_down().await });
    }

    /// Writes all that waits in one transaction; whoever comes next finds nothing left to do.
    async fn write_down(&self) {
        let _one_at_a_time = self.writing.lock().await;
        let rows = std::mem::take(&mut self.known().unwritten);
        if rows.is_empty() {
            return;
        }
        let written = self
            .shared
            .write(move |tx| {
                rows.iter()
                    .try_for_each(|(tenant, due)| tx.execute(&PUT, values![tenant.as_str(), *due]).map(drop))
            })
            .await;
        if written.is_err() {
            tracing::warn!(
                event = "job_hint.lost",
                "job hints were not written; the sweep will find the jobs"
            );
        }
    }

    /// Takes the hint away: what is due is about to be looked up in the tenant's own table.
    pub(crate) async fn forget(&self, tenant: &TenantId) -> Result<()> {
        self.works.store(true, Ordering::Relaxed);
        {
            let mut known = self.known();
            known.due.remove(tenant.as_str());
            known.unwritten.remove(tenant.as_str());
        }
        let tenant = tenant.0.clone();
        let _one_at_a_time = self.writing.lock().await;
        self.shared
            .write(move |tx| tx.execute(&DELETE, values![tenant]))
            .await?;
        Ok(())
    }

    pub(crate) async fn due(&self, now: Timestamp, limit: u32) -> Result<Vec<TenantId>> {
        let rows = self
            .shared
            .read(move |tx| tx.rows(&DUE, values![now, i64::from(limit)]))
            .await?;
        let mut out = Vec::new();
        for row in rows {
            out.push(TenantId::from(row.text(0)?));
        }
        let known = self.known();
        let mut more: Vec<(i64, &String)> = known
            .due
            .iter()
            .filter(|(_, due)| **due <= now.as_millisecond())
            .map(|(t, d)| (*d, t))
            .collect();
        more.sort_unstable();
        for (_, tenant) in more {
            let tenant = TenantId(tenant.clone());
            if out.len() < limit as usize && !out.contains(&tenant) {
                out.push(tenant);
            }
        }
        Ok(out)
    }

    /// When the next hint falls due, but for these tenants.
    pub(crate) async fn next(&self, but: &[TenantId]) -> Result<Option<Timestamp>> {
        let limit = but.len() as i64 + 1;
        let rows = self.shared.read(move |tx| tx.rows(&NEXT, values![limit])).await?;
        let other = |tenant: &str| but.iter().all(|b| b.as_str() != tenant);
        let mut next: Option<i64> = None;
        for row in rows {
            if other(row.text(0)?) {
                next = Some(row.int(1)?);
                break;
            }
        }
        let known = self.known();
        let known = known.due.iter().filter(|(t, _)| other(t)).map(|(_, due)| *due).min();
        let next = next.into_iter().chain(known).min();
        Ok(next.and_then(|ms| Timestamp::from_millisecond(ms).ok()))
    }

    pub(crate) async fn news(&self) {
        self.news.notified().await;
    }
}
