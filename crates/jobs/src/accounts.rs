//! Mails about accounts of people and clubs: the link that logs in, and what somebody is asked to be.

use anyhow::{Context as _, Result};
use domain::MemberId;
use domain::account::Role;
use jiff::Timestamp;
use jiff::civil::Date;
use store::{Job, LINK_FOR, TenantStore};

use crate::Worker;
use crate::mails::{day, mail};

impl Worker {
    /// The link. Not after its time: it would open nothing.
    pub(crate) async fn mail_account_link(&self, tenant: &TenantStore, job: &Job) -> Result<()> {
        if (self.clock)() > job.due + LINK_FOR {
            return Ok(());
        }
        let text = |key: &str| job.payload[key].as_str().context("a link without address");
        let link = format!("{}/konto/anmelden/{}", self.base_url, text("token")?);
        let minutes = LINK_FOR.as_mins().to_string();
        let mail = mail("account_link", text("to")?, &[("link", &link), ("minutes", &minutes)])?;
        self.queue(tenant, format!("account_link:{}", job.id), mail).await
    }

    /// The chairs of an account that nobody uses: until when it is kept, and how it stays.
    pub(crate) async fn warn_account(
        &self,
        account: &TenantStore,
        name: &str,
        to: &[String],
        on: Date,
        now: Timestamp,
    ) -> Result<()> {
        let link = format!("{}/konto/anmelden", self.base_url);
        let with = [("club", name), ("day", &day(on)), ("link", &link)];
        let mails: Vec<_> = to
            .iter()
            .map(|to| mail("account_unused", to, &with))
            .collect::<Result<_>>()?;
        let told = account.write(move |t| {
            for (n, mail) in mails.iter().enumerate() {
                t.queue_mail(&format!("account_unused:{n}:{on}"), mail, now)?;
            }
            t.account_warned(now)
        });
        Ok(told.await?)
    }

    /// Who was asked in, got a role or is offered the chair: which, from when, and where to answer.
    pub(crate) async fn mail_account_invited(&self, tenant: &TenantStore, job: &Job) -> Result<()> {
        let id = MemberId::from(job.payload["member"].as_str().context("nobody is named")?);
        let (name, member) = tenant
            .read(move |t| Ok::<_, store::Error>((t.account_name()?, t.member(&id)?)))
            .await?;
        // Taken back before the mail went.
        let (Some(name), Some(member)) = (name, member.filter(|m| !m.email.is_empty())) else {
            return Ok(());
        };
        let today = domain::date_of((self.clock)());
        let line = |t: &domain::account::Term| {
            let word = match t.role {
                Role::Chair => "Vorsitz",
                Role::Treasurer => "Kasse",
                Role::Member => "Mitglied",
            };
            let to = t.to.map(|to| format!(" bis {}", day(to))).unwrap_or_default();
            let offered = if t.relieves.is_some() { " (zur Übernahme)" } else { "" };
            format!("- {word} ab {}{to}{offered}\n", day(t.from))
        };
        let list: String = member
            .terms
            .iter()
            .filter(|t| t.to.is_none_or(|to| today <= to))
            .map(line)
            .collect();
        if list.is_empty() {
            return Ok(());
        }
        let link = format!("{}/konto/anmelden", self.base_url);
        let with = [("club", name.name.as_str()), ("list", &list), ("link", &link)];
        let mail = mail("account_invited", &member.email, &with)?;
        self.queue(tenant, format!("account_invited:{}", job.id), mail).await
    }

    /// A passkey was set up or taken away: whoever did not do it has to hear of it.
    pub(crate) async fn mail_account_passkey(&self, tenant: &TenantStore, job: &Job) -> Result<()> {
        let text = |key: &str| job.payload[key].as_str().context("a passkey of nobody");
        let template = match text("event")? {
            "account.passkey" => "account_passkey",
            _ => "account_passkey_removed",
        };
        let when = moment(text("at")?)?;
        let link = format!("{}/konto/zugang", self.base_url);
        let mail = mail(template, text("to")?, &[("when", &when), ("link", &link)])?;
        self.queue(tenant, format!("{template}:{}", job.id), mail).await
    }

    /// An identity at a provider was connected or taken away: the same.
    pub(crate) async fn mail_account_identity(&self, tenant: &TenantStore, job: &Job) -> Result<()> {
        let text = |key: &str| job.payload[key].as_str().context("an identity of nobody");
        let template = match text("event")? {
            "account.identity_connected" => "account_identity",
            _ => "account_identity_removed",
        };
        let (when, link) = (moment(text("at")?)?, format!("{}/konto", self.base_url));
        let with = [("when", when.as_str()), ("name", text("name")?), ("link", &link)];
        let mail = mail(template, text("to")?, &with)?;
        self.queue(tenant, format!("{template}:{}", job.id), mail).await
    }
}

/// `24.11.2026 um 09:15 Uhr`
fn moment(at: &str) -> Result<String> {
    let at = domain::berlin(at.parse()?);
    Ok(format!("{} um {:02}:{:02} Uhr", day(at.date()), at.hour(), at.minute()))
}
