//! Once a day the head of the log is signed, kept, and mailed to the authority's lead: what has left the house shows
//! every later change of what it stands for. On days without a new row there is no mail; the head is kept all the same.

use anyhow::{Context as _, Result};
use serde_json::Value;
use store::TenantStore;

use crate::Worker;
use crate::mails::{day, mail};

impl Worker {
    /// Any number of times a day: the head that was kept first is the day's, and each lead's mail has the day in its id.
    pub(crate) async fn audit_head(&self, tenant: &TenantStore) -> Result<()> {
        let today = domain::date_of((self.clock)());
        let kept = tenant.write(move |t| t.keep_head(today)).await?;
        let Some((signed, true)) = kept else {
            return Ok(());
        };
        for lead in tenant.read(|t| t.clerks()).await?.iter().filter(|c| store::leads(c)) {
            let mail = mail(
                "audit_head",
                &lead.email,
                &[
                    ("day", &day(signed.day)),
                    ("n", &signed.head.n.to_string()),
                    ("head", &signed.to_text()),
                    ("desk", &format!("{}/amt/einstellungen/protokoll", self.base_url)),
                ],
            )?;
            self.queue(tenant, format!("audit_head:{}:{}", lead.id, signed.day), mail)
                .await?;
        }
        Ok(())
    }

    /// The last head of an authority that was merged into this one: its log is kept here, and its own leads are gone.
    pub(crate) async fn mail_merged_head(&self, tenant: &TenantStore, payload: &Value) -> Result<()> {
        let of = |key: &str| payload[key].as_str().context("payload of a last head");
        let (authority, name, head) = (of("authority")?, of("name")?, of("head")?);
        let mut leads = tenant.read(|t| t.clerks()).await?;
        leads.retain(store::leads);
        for lead in &leads {
            let values = [("name", name), ("head", head)];
            let mail = mail("merged_head", &lead.email, &values)?;
            self.queue(tenant, format!("merged_head:{}:{authority}", lead.id), mail)
                .await?;
        }
        Ok(())
    }
}
