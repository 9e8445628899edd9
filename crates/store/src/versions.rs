//! What the competence centre does with versions of services: the act in what belongs to no tenant, its entry in the
//! centre's own log.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::{Clerk, Error, Proposal, Result, Store, TenantStore, Unapproved, Version};

/// Who works at the competence centre.
#[derive(Debug, Clone, Copy)]
pub struct ByCentre<'a> {
    pub tenant: &'a TenantStore,
    /// `None`: the operator, by a command.
    pub clerk: Option<&'a Clerk>,
}

impl ByCentre<'_> {
    fn id(&self) -> &str {
        self.clerk.map_or("system", |c| c.id.as_str())
    }

    async fn note(&self, event: &'static str, now: Timestamp) -> Result<()> {
        let who = self.id().to_owned();
        self.tenant
            .write(move |t| {
                t.audit(&who, event, None, now);
                Ok::<_, Error>(())
            })
            .await
    }
}

/// Each with its entry in the competence centre's log. The version itself keeps who did what and when, so that an act
/// whose entry is lost in a crash can still be seen.
impl Store {
    /// Hands a version in, to be approved by somebody else.
    ///
    /// # Errors
    /// One sentence why not.
    pub async fn propose_version(
        &self,
        by: ByCentre<'_>,
        proposal: Proposal,
        now: Timestamp,
    ) -> Result<Version, Unapproved> {
        let proposal = Proposal {
            by: by.id().to_owned(),
            ..proposal
        };
        let version = self.shared().propose_version(proposal, now).await?;
        by.note("version.proposed", now).await?;
        Ok(version)
    }

    /// Approves a version from a day on.
    ///
    /// # Errors
    /// One sentence why not.
    pub async fn approve_version(
        &self,
        by: ByCentre<'_>,
        id: &str,
        from: Date,
        now: Timestamp,
    ) -> Result<Version, Unapproved> {
        let version = self.shared().approve_version(id, by.id(), from, now).await?;
        by.note("version.approved", now).await?;
        Ok(version)
    }

    /// Gives a version back, with the reason.
    ///
    /// # Errors
    /// One sentence why not.
    pub async fn refuse_version(
        &self,
        by: ByCentre<'_>,
        id: &str,
        why: &str,
        now: Timestamp,
    ) -> Result<Version, Unapproved> {
        let version = self.shared().refuse_version(id, by.id(), why, now).await?;
        by.note("version.refused", now).await?;
        Ok(version)
    }

    /// Withdraws a version: new applications use the one before.
    ///
    /// # Errors
    /// One sentence why not.
    pub async fn withdraw_version(
        &self,
        by: ByCentre<'_>,
        id: &str,
        why: &str,
        now: Timestamp,
    ) -> Result<Version, Unapproved> {
        let version = self.shared().withdraw_version(id, by.id(), why, now).await?;
        by.note("version.withdrawn", now).await?;
        Ok(version)
    }
}
