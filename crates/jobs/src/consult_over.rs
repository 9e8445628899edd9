//! The case was withdrawn or handed over while offices were asked about it: whoever has not answered is told that it
//! need not. The authority that a case goes to asks anew.

use anyhow::Result;
use domain::Case;
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
        let (now, why) = ((self.clock)(), self.why_over(&data.case).await?);
        let told = why.clone();
        let open = tenant
            .write(move |t| -> Result<_, store::Error> {
                let mut open = t.consultations_of(&id)?;
                open.retain(|c| !c.incoming && c.answer.is_none() && c.revoked_at.is_none() && c.expires_at > now);
                for c in open.iter().filter(|c| c.peer.is_some()) {
                    t.tell_desk_over(c, &told, now)?;
                }
                Ok(open)
            })
            .await?;
        for c in open.iter().filter(|c| !c.address.is_empty()) {
            let with = [
                ("who", c.who_name.as_str()),
                ("why", &why),
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

    async fn why_over(&self, case: &Case) -> Result<String> {
        let Some(to) = &case.transferred_to else {
            return Ok("Der Antrag wurde zurückgezogen.".into());
        };
        let to = self.store.tenant(to).await?;
        Ok(format!("Der Antrag wurde abgegeben an: {}.", to.authority().name))
    }
}
