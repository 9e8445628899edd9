//! What the competence centre does with versions of services: the act in what belongs to no tenant, its entry in the
//! centre's own log.

use jiff::Timestamp;

use crate::{Clerk, Error, Proposal, Result, Store, TenantStore, Unapproved, Version, VersionDeed};

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

    /// Approves, gives back or withdraws a version.
    ///
    /// # Errors
    /// One sentence why not.
    pub async fn decide_version(
        &self,
        by: ByCentre<'_>,
        id: &str,
        deed: VersionDeed,
        now: Timestamp,
    ) -> Result<Version, Unapproved> {
        let event = deed.event();
        let version = self.shared().decide_version(id, by.id(), deed, now).await?;
        by.note(event, now).await?;
        Ok(version)
    }
}
