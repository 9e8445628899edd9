//! Leads are told what the competence centre has approved or withdrawn for a service that they offer, and which of their
//! own values the new bounds no longer allow. Each mail goes once to each lead.

use anyhow::{Context as _, Result};
use jiff::{Timestamp, ToSpan};
use schema::Service;
use store::{Origin, TenantStore, Version, VersionState};

use crate::Worker;
use crate::mails::{mail, short_day};

/// Hours after which nobody is told any more: who was away that long sees it in the settings.
const TOLD_HOURS: i64 = 14 * 24;
/// Changes named in a mail.
const MOST: usize = 12;

/// A heading with lines, and an empty line after it; nothing where there are none.
fn part(title: &str, lines: &[String]) -> String {
    if lines.is_empty() {
        return String::new();
    }
    format!("{title}\n{}\n\n", lines.join("\n"))
}

impl Worker {
    pub(crate) async fn tell_of_versions(&self, tenant: &TenantStore, now: Timestamp) -> Result<()> {
        self.services.look(now).await;
        let since = now - TOLD_HOURS.hours();
        for version in self.services.versions("") {
            let at = match version.state {
                VersionState::Approved => version.decided_at,
                VersionState::Withdrawn => version.withdrawn_at,
                VersionState::Proposed | VersionState::Refused => None,
            };
            if let Some(at) = at.filter(|at| *at >= since) {
                self.tell_of_version(tenant, &version, at).await?;
            }
        }
        Ok(())
    }

    async fn tell_of_version(&self, tenant: &TenantStore, version: &Version, at: Timestamp) -> Result<()> {
        let id = version.service.clone();
        let (leads, offered) = tenant
            .read(move |t| {
                let mut leads = t.clerks()?;
                leads.retain(store::leads);
                let mut offered = Vec::new();
                for opt_in in t
                    .opt_ins(None)?
                    .into_iter()
                    .filter(|o| o.active && o.service == id && o.from < at)
                {
                    let set = t.params(&opt_in.place, &id, at)?.map(|s| s.params).unwrap_or_default();
                    offered.push((opt_in.place, set));
                }
                Ok::<_, store::Error>((leads, offered))
            })
            .await?;
        if offered.is_empty() {
            return Ok(());
        }
        let Some(service) = self.services.version(&version.hash).await? else {
            return Ok(());
        };
        let mut misfits = Vec::new();
        for (place, set) in &offered {
            let name = self.register.today(place.as_str()).map_or("", |m| m.name.as_str());
            misfits.extend(
                schema::parameter::misfits(&service, set)
                    .into_iter()
                    .map(|m| format!("- {name}: {m}")),
            );
        }
        // What came with the program is told only where it touches what was set here.
        if version.origin == Origin::Shipped && (misfits.is_empty() || version.state == VersionState::Withdrawn) {
            return Ok(());
        }
        let before = self.services.before(version);
        for lead in &leads {
            let mail = match version.state {
                VersionState::Withdrawn => self.withdrawn(version, before.as_ref(), &service, &lead.email)?,
                _ => {
                    self.coming(version, before.as_ref(), &service, &misfits, &lead.email)
                        .await?
                }
            };
            let key = format!("version:{}:{}:{}", version.id, version.state.as_str(), lead.id);
            self.queue(tenant, key, mail).await?;
        }
        Ok(())
    }

    async fn coming(
        &self,
        version: &Version,
        before: Option<&Version>,
        service: &Service,
        misfits: &[String],
        to: &str,
    ) -> Result<store::Mail> {
        let old = match before {
            Some(before) => self.services.version(&before.hash).await?,
            None => None,
        };
        let changes = old.map(|old| schema::diff::diff(&old, service)).unwrap_or_default();
        let line = |c: &schema::diff::Change| format!("- {}: {}", c.deed.word(), c.what);
        let mut lines: Vec<String> = changes.iter().take(MOST).map(line).collect();
        if changes.len() > MOST {
            lines.push(format!("- und {} weitere", changes.len() - MOST));
        }
        let link = format!("{}/amt/store/{}/regeln", self.base_url, service.id);
        mail(
            "version_coming",
            to,
            &[
                ("service", service.noun()),
                ("version", &version.version.to_string()),
                ("from", &short_day(version.valid_from)),
                ("list", &part("WAS SICH ÄNDERT", &lines)),
                ("misfits", &part("IHRE WERTE, DIE NICHT MEHR ERLAUBT SIND", misfits)),
                ("link", &link),
            ],
        )
    }

    fn withdrawn(
        &self,
        version: &Version,
        before: Option<&Version>,
        service: &Service,
        to: &str,
    ) -> Result<store::Mail> {
        let before = before.context("a withdrawn version has one before it")?;
        mail(
            "version_withdrawn",
            to,
            &[
                ("service", service.noun()),
                ("version", &version.version.to_string()),
                ("before", &before.version.to_string()),
                ("why", &version.why),
                ("link", &format!("{}/amt/eingang", self.base_url)),
            ],
        )
    }
}
