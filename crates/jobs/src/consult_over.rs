//! The case was withdrawn while offices were asked about it: whoever has not answered is told that it need not.

use anyhow::Result;
use serde_json::Value;
use store::TenantStore;

use crate::mails::mail;
use crate::{Worker, case_id};

impl Worker {
    pub(crate) async fn consult_over(&self, tenant: &TenantStore, payload: &Value) -> Result<()> {
        let id = case_id(payload)?;
        let Some(data) = self.load(tenant, &id).await? else {
            return Ok(());
        };
        let now = (self.clock)();
        let open = tenant
            .write(move |t| -> Result<_, store::Error> {
                let mut open = t.consultations_of(&id)?;
                open.retain(|c| !c.incoming && c.answer.is_none() && c.revoked_at.is_none() && c.expires_at > now);
                for c in open.iter().filter(|c| c.peer.is_some()) {
                    t.tell_desk_over(c, now)?;
                }
                Ok(open)
            })
            .await?;
        for c in open.iter().filter(|c| !c.address.is_empty()) {
            let with = [
                ("who", c.who_name.as_str()),
                ("reference", &data.case.reference),
                ("authority", &data.authority),
                ("phone", &data.office.phone),
            ];
            let mail = mail("consult_over", &c.address, &with)?;
            // It happens once: a job that runs twice queues one mail.
            self.queue(tenant, format!("consult_over:{}", c.id), mail).await?;
        }
        Ok(())
    }
}
