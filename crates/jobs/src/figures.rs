//! Counters go to the figures of all authorities: what was counted in a month, soon after it was; and all of it once a
//! night, so that a number that was missed comes along. Any number of times with the same result.

use anyhow::Result;
use serde_json::Value;
use store::TenantStore;

use crate::Worker;

/// The hour (local time) in which sums are compared with what was carried.
const NIGHT: i8 = 3;

impl Worker {
    pub(crate) async fn figures(&self, tenant: &TenantStore, payload: &Value) -> Result<()> {
        let month = payload["month"].as_str().unwrap_or_default();
        self.store.carry_figures(tenant, month).await?;
        Ok(())
    }

    /// At night: sums that are not what was carried are made anew.
    pub(crate) async fn mend_figures(&self, now: jiff::Timestamp) -> Result<()> {
        if domain::berlin(now).hour() == NIGHT && self.store.shared().mend_figures().await? {
            tracing::warn!(
                event = "figures.mended",
                "figures were not what was counted, and are now"
            );
        }
        Ok(())
    }
}
