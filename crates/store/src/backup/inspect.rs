//! Looks into a folder of files as it lies there and changes nothing: is each file whole, does it open with a root key at
//! hand, is each log the one it should be?

use std::collections::BTreeMap;
use std::path::Path;

use domain::{AuditHead, TenantId};
use jiff::Timestamp;

use super::{BackedAuthority, read_canary};
use crate::engine::{Tx, sqlite};
use crate::migrate::{DRAFTS, SHARED, Set, TENANT, is_up_to_date};
use crate::shared::authorities::{self, WrappedKey};
use crate::sql::statements;
use crate::tenant::{Context, Keys, TenantTx};
use crate::{Authority, Entropy, Error, Result, Roots, roots};

statements! { None "inspect";
    WHOLE = "pragma integrity_check(1)";
}

/// Every list of statements of this module.
pub(crate) static STATEMENTS: &[&crate::sql::Sql] = ALL;

/// Heads of logs that a copy has to hold.
pub(super) type Known = BTreeMap<TenantId, Vec<AuditHead>>;

/// What was found.
pub(super) struct Found {
    pub(super) authorities: Vec<BackedAuthority>,
    /// When it was made, and its canary.
    pub(super) canary: Option<(Timestamp, String)>,
    /// One German sentence each.
    pub(super) findings: Vec<String>,
}

fn whole(tx: &Tx<'_>, set: &Set) -> Result<()> {
    let rows = tx.rows(&WHOLE, &[])?;
    if rows.len() != 1 || rows[0].text(0)? != "ok" {
        return Err(Error::Stopped);
    }
    // An older version is brought up to date where it is put back; a newer one is refused here.
    is_up_to_date(tx, &[set]).map(drop)
}

fn broken(path: &Path, error: Error) -> String {
    match error {
        Error::Setup(sentence) => sentence,
        Error::Sealed(_) => format!("{} lässt sich mit dem Hauptschlüssel nicht öffnen.", path.display()),
        _ if !path.exists() => format!("{} fehlt.", path.display()),
        _ => format!("{} ist beschädigt.", path.display()),
    }
}

/// An authority's key, as the copy's shared tables hold it.
pub(super) fn context_of(authority: Authority, sealed: &WrappedKey, roots: &Roots) -> Result<Context> {
    let key = sealed.open(&roots.wrapper_now(&sealed.root)?)?;
    Ok(Context {
        authority,
        keys: Keys::new(&key)?,
        entropy: Entropy::System,
    })
}

/// An authority's file: counts and head.
pub(super) fn tenant(path: &Path, context: &Context, known: &[AuditHead]) -> Result<BackedAuthority> {
    sqlite::look(path, |tx| {
        whole(tx, &TENANT)?;
        let t = TenantTx::over(tx, context);
        let head = t.check_audit(known)?.map_err(|fault| {
            Error::Setup(format!(
                "{}: Das Protokoll ist nicht das, was es war ({fault:?}).",
                path.display()
            ))
        })?;
        let (rows, cases) = t.count_rows()?;
        Ok(BackedAuthority {
            id: context.authority.id.0.clone(),
            name: context.authority.name.clone(),
            cases,
            rows,
            head: head.to_string(),
        })
    })
}

/// # Errors
/// Never for what is wrong in the folder: that is a finding.
pub(super) fn inspect(folder: &Path, roots: &Roots, known: &Known) -> Result<Found> {
    let mut found = Found {
        authorities: Vec::new(),
        canary: None,
        findings: Vec::new(),
    };
    let drafts = folder.join("drafts.db");
    if let Err(error) = sqlite::look(&drafts, |tx| whole(tx, &DRAFTS)) {
        found.findings.push(broken(&drafts, error));
    }
    let shared = folder.join("shared.db");
    let read = sqlite::look(&shared, |tx| {
        whole(tx, &SHARED)?;
        let lookup = roots::lookup_of(tx, roots)?;
        let canary = read_canary(tx, &lookup)?;
        let mut all = Vec::new();
        for row in tx.rows(&authorities::LIST, &[])? {
            all.extend(authorities::load(tx, row.text(0)?)?);
        }
        Ok((canary, all))
    });
    let (canary, all) = match read {
        Ok(read) => read,
        Err(error) => {
            found.findings.push(broken(&shared, error));
            return Ok(found);
        }
    };
    found.canary = canary;
    for (authority, sealed) in all {
        let path = folder.join("tenants").join(format!("{}.db", authority.id));
        let heads = known.get(&authority.id).map_or(&[][..], Vec::as_slice);
        let looked =
            context_of(authority, &sealed, roots).and_then(|context| match path.exists() || !heads.is_empty() {
                true => tenant(&path, &context, heads).map(Some),
                // Taken in, but never opened.
                false => Ok(None),
            });
        match looked {
            Ok(authority) => found.authorities.extend(authority),
            Err(error) => found.findings.push(broken(&path, error)),
        }
    }
    Ok(found)
}
