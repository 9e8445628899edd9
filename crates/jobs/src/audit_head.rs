//! Once a day the head of the log is signed, kept, and mailed to the authority's lead: what has left the house shows
//! every later change of what it stands for. On days without a new row there is no mail; the head is kept all the same.

use anyhow::Result;
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
}
