//! Once a night: a backup, and the drill that it is believed by. On PostgreSQL only the canary, by which a restored
//! server shows its age. A failure is said in the log; what turns `/health/backup` red is that the evidence is missing.

use anyhow::Result;
use domain::TenantId;
use jiff::Timestamp;
use store::backup::{ahead, prune};

use crate::Worker;
use crate::condition::Part;

/// The hour (local time) from which on it is night.
const NIGHT: i8 = 2;

impl Worker {
    /// Any number of times a day.
    pub(crate) async fn back_up(&self, now: Timestamp) {
        let place = TenantId::from("backup");
        if self.condition.paused(Part::Daily, now).contains(&place) {
            return;
        }
        match self.tonights_backup(now).await {
            Ok(()) => self.condition.works(Part::Daily, &place),
            Err(error) => self.condition.failed(Part::Daily, &place, &format!("{error:#}"), now),
        }
    }

    async fn tonights_backup(&self, now: Timestamp) -> Result<()> {
        let Some(plan) = &self.backup else {
            return Ok(());
        };
        let today = domain::berlin(now);
        if !self.store.on_files() {
            return Ok(self.store.plant_canary(now).await?);
        }
        let Some(folder) = &plan.folder else {
            return Ok(());
        };
        let state = self.store.backup_state(Some(plan), now).await?;
        let last = state.last_backup.map(domain::date_of);
        if last.is_some_and(|day| day >= today.date()) || (last.is_some() && today.hour() < NIGHT) {
            return Ok(());
        }
        let made = self.store.backup(folder, now).await?;
        let drilled = self.store.drill(folder, now).await?;
        for finding in &drilled.findings {
            tracing::error!(event = "backup.drill", finding, "a backup does not restore");
        }
        // A lasting finding is not to fill the disk; the last good one stays whatever is found.
        let good = self.store.last_good_backup(now).await?;
        let gone = prune(folder, plan.keep, good.as_deref(), now)?;
        let ahead = ahead(folder, now)?;
        if ahead > 0 {
            tracing::warn!(
                event = "backup.ahead",
                ahead,
                "backups are named for a time to come; nothing takes or removes them"
            );
        }
        if drilled.findings.is_empty() {
            let authorities = made.manifest.authorities.len();
            tracing::info!(
                event = "backup.made",
                authorities,
                gone,
                "backup made, restored to a scratch place and checked"
            );
        }
        Ok(())
    }
}
