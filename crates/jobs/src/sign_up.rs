//! Mails about an authority that wants to take part: the link for who asks, word to the competence centre's leads, and
//! what was decided.

use anyhow::{Context as _, Result};
use store::{Job, SIGN_UP_FOR, SignUp, SignUpState, TenantStore};

use crate::Worker;
use crate::mails::mail;

async fn of(tenant: &TenantStore, job: &Job) -> Result<Option<SignUp>> {
    let id = job.payload["id"].as_str().context("no sign-up is named")?.to_owned();
    Ok(tenant.read(move |t| t.sign_up(&id)).await?)
}

impl Worker {
    /// The link. Not after its time: it would open nothing.
    pub(crate) async fn mail_sign_up(&self, tenant: &TenantStore, job: &Job) -> Result<()> {
        let open = |s: &SignUp| s.state == SignUpState::Mailed && (self.clock)() <= s.created_at + SIGN_UP_FOR;
        let Some(s) = of(tenant, job).await?.filter(open) else {
            return Ok(());
        };
        let token = job.payload["token"].as_str().context("a sign-up without its link")?;
        let link = format!("{}/mitmachen/link/{token}", self.base_url);
        let days = (SIGN_UP_FOR.as_hours() / 24).to_string();
        let with = [
            ("name", s.asks.authority_name.as_str()),
            ("link", &link),
            ("day", &days),
        ];
        let mail = mail("sign_up", &s.asks.mail, &with)?;
        self.queue(tenant, format!("sign_up:{}", s.id), mail).await
    }

    /// The centre's leads: somebody waits.
    pub(crate) async fn mail_sign_up_waits(&self, tenant: &TenantStore, job: &Job) -> Result<()> {
        let Some(s) = of(tenant, job).await?.filter(|s| s.state == SignUpState::Proven) else {
            return Ok(());
        };
        let link = format!("{}/cockpit/beitritte/{}", self.base_url, s.id);
        for lead in tenant.read(|t| t.clerks()).await?.iter().filter(|c| store::leads(c)) {
            let with = [("name", s.asks.authority_name.as_str()), ("link", &link)];
            let mail = mail("sign_up_waits", &lead.email, &with)?;
            self.queue(tenant, format!("sign_up_waits:{}:{}", s.id, lead.id), mail)
                .await?;
        }
        Ok(())
    }

    /// Who asked: the authority takes part, or why not.
    pub(crate) async fn mail_sign_up_decided(&self, tenant: &TenantStore, job: &Job) -> Result<()> {
        let Some(s) = of(tenant, job).await? else {
            return Ok(());
        };
        let kind = match s.state {
            SignUpState::Confirmed => "sign_up_confirmed",
            SignUpState::Refused => "sign_up_refused",
            SignUpState::Mailed | SignUpState::Proven => return Ok(()),
        };
        let link = match s.state {
            SignUpState::Confirmed => format!("{}/amt/anmelden", self.base_url),
            _ => format!("{}/mitmachen", self.base_url),
        };
        let with = [
            ("name", s.asks.authority_name.as_str()),
            ("list", &s.why),
            ("link", &link),
        ];
        let mail = mail(kind, &s.asks.mail, &with)?;
        self.queue(tenant, format!("{kind}:{}", s.id), mail).await
    }
}
