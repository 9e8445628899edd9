//! What was granted does not take place: told to the side that did not call it off.

use anyhow::Result;
use serde_json::Value;
use store::TenantStore;

use crate::{Worker, case_id};

impl Worker {
    pub(crate) async fn mail_called_off(&self, tenant: &TenantStore, payload: &Value) -> Result<()> {
        let id = case_id(payload)?;
        let Some(data) = self.load(tenant, &id).await? else {
            return Ok(());
        };
        let (text, to) = if payload["to"] == "desk" {
            ("called_off_desk", self.clerk_to_tell(tenant, &data).await?)
        } else {
            ("called_off", data.case.email.clone())
        };
        let Some(to) = to else {
            return Ok(());
        };
        let mail = self.about(&data, text, &to)?;
        // It happens once: a job that runs twice queues one mail.
        self.queue(tenant, format!("called_off:{id}"), mail).await
    }
}
