//! What a lead planned goes online on its day.

use anyhow::{Context as _, Result};
use serde_json::Value;
use store::TenantStore;

use crate::Worker;

impl Worker {
    pub(crate) async fn publish(&self, tenant: &TenantStore, payload: &Value) -> Result<()> {
        let item = payload["item"].as_str().context("payload without item")?.to_owned();
        let now = (self.clock)();
        let today = domain::date_of(now);
        tenant.write(move |t| t.publish_planned(&item, today, now)).await?;
        Ok(self.store.list_offered(tenant, now).await?)
    }
}
