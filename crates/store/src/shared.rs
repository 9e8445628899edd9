//! What belongs to no tenant: authorities, references, log-ins, sessions, packages, misses, demand. No application
//! contents. Each method is a transaction of its own.

pub(crate) mod account_log_ins;
pub(crate) mod account_passkeys;
pub(crate) mod account_sessions;
pub(crate) mod authorities;
pub(crate) mod demand;
pub(crate) mod figures;
pub(crate) mod misses;
pub(crate) mod offered;
pub(crate) mod packages;
pub(crate) mod sessions;
pub(crate) mod versions;

use std::sync::Arc;

use domain::{CaseId, TenantId};
use jiff::Timestamp;

use crate::engine::{Db, values};
use crate::seal::Key;
use crate::sql::statements;
use crate::{Entropy, Result};

statements! { Shared "shared";
    RESERVE = "insert into reference_index (reference, tenant, case_id) values ($1, $2, $3) \
        on conflict (reference) do nothing";
    FIND = "select tenant, case_id from reference_index where reference = $1";
}

/// What belongs to no tenant. Cheap to clone.
#[derive(Clone)]
pub struct SharedStore {
    pub(crate) db: Db,
    /// Keyed hashes of addresses and miss keys.
    pub(crate) lookup: Arc<Key>,
    pub(crate) entropy: Entropy,
}

impl std::fmt::Debug for SharedStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SharedStore")
    }
}

impl SharedStore {
    /// Reserves a reference for a case; false: it is taken, draw another. Before the case is written, so
    /// that an acknowledged case is always found by its reference; one that points to no case is harmless.
    pub async fn reserve_reference(&self, reference: &str, tenant: &TenantId, case: &CaseId) -> Result<bool> {
        let params = values![reference, tenant.as_str(), case.as_str()].to_vec();
        Ok(self.db.write(move |tx| tx.execute(&RESERVE, &params)).await? > 0)
    }

    pub async fn find_reference(&self, reference: &str) -> Result<Option<(TenantId, CaseId)>> {
        let params = values![reference].to_vec();
        let row = self.db.read(move |tx| tx.row(&FIND, &params)).await?;
        row.map(|r| Ok((TenantId::from(r.text(0)?), CaseId::from(r.text(1)?))))
            .transpose()
    }

    /// Deletes what is past its time: sessions and counted misses.
    pub async fn tidy(&self, now: Timestamp) -> Result<()> {
        self.db
            .write(move |tx| {
                tx.execute(&sessions::TIDY, values![now])?;
                tx.execute(&crate::log_in_keys::TIDY, values![now])?;
                tx.execute(&account_log_ins::TIDY, values![now])?;
                tx.execute(&account_log_ins::LINKS_TIDY, values![now])?;
                tx.execute(&account_passkeys::TIDY, values![now - account_passkeys::ORPHANED])?;
                tx.execute(&misses::TIDY, values![now - misses::window()])
            })
            .await?;
        Ok(())
    }
}
