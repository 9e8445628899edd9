//! All statements of this crate, for the tests that lint them and prepare each on both engines.

use crate::sql::{Scope, Sql};
use crate::{Error, Result, Store, TenantStore};

/// Every statement.
pub fn statements() -> Vec<&'static Sql> {
    let modules: &[&[&'static Sql]] = &[
        crate::account_items::ALL,
        crate::audit::ALL,
        crate::audit::acts::ALL,
        crate::backup::ALL,
        crate::backup::INSPECT,
        crate::backup::LOST,
        crate::backup::ONWARD,
        crate::backup::RESTORE,
        crate::backup::SERVER,
        crate::bookings::ALL,
        crate::calendar::ALL,
        crate::cases::ALL,
        crate::clerks::ALL,
        crate::consultations::ALL,
        crate::counts::ALL,
        crate::dispatches::ALL,
        crate::doctor::files::ALL,
        crate::doctor::server::ALL,
        crate::drafts::ALL,
        crate::hints::ALL,
        crate::history::ALL,
        crate::idempotency::ALL,
        crate::jobs::ALL,
        crate::keeping::ALL,
        crate::lists::ALL,
        crate::log_in_keys::ALL,
        crate::members::ALL,
        crate::migrate::ALL,
        crate::office::ALL,
        crate::outbox::ALL,
        crate::papers::ALL,
        crate::payments::ALL,
        crate::sign_up::ALL,
        crate::rivals::ALL,
        crate::rooms::ALL,
        crate::roots::ALL,
        crate::search::ALL,
        crate::second_factor::ALL,
        crate::set_up::ALL,
        crate::settings::ALL,
        crate::shared::ALL,
        crate::shared::account_log_ins::ALL,
        crate::shared::account_passkeys::ALL,
        crate::shared::account_sessions::ALL,
        crate::shared::authorities::ALL,
        crate::shared::demand::ALL,
        crate::shared::figures::ALL,
        crate::shared::misses::ALL,
        crate::shared::offered::ALL,
        crate::shared::packages::ALL,
        crate::shared::sessions::ALL,
        crate::shared::versions::ALL,
        crate::tidy::ALL,
        crate::unused::ALL,
        crate::wall::ALL,
    ];
    [
        modules,
        crate::carry::ALL,
        crate::intake::LISTS,
        crate::carry::tables::ALL,
        crate::carry::erase::LISTS,
        crate::merge::LISTS,
    ]
    .concat()
    .concat()
}

/// Prepares every statement against the tables that it may touch; the first that fails is the error.
///
/// # Errors
/// `Database` with the statement's name.
pub async fn check_statements(store: &Store, tenant: &TenantStore) -> Result<usize> {
    let mut n = 0;
    for (scope, db) in [
        (Scope::Tenant, &tenant.parts.db),
        (Scope::Shared, &store.shared().db),
        (Scope::Drafts, &store.drafts().db),
    ] {
        n += db
            .read(move |tx| {
                let mine: Vec<_> = statements().into_iter().filter(|s| s.scope == scope).collect();
                mine.iter().try_for_each(|s| tx.prepare(s))?;
                Ok::<_, Error>(mine.len())
            })
            .await?;
    }
    Ok(n)
}
