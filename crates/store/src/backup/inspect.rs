//! Looks into a folder of files as it lies there and changes nothing: is each file whole, does it open with a root key at
//! hand, is each log the one it should be?

use std::collections::BTreeMap;
use std::path::Path;

use domain::{AuditHead, TenantId};
use jiff::Timestamp;

use super::{BackedAuthority, read_canary};
use crate::engine::{Tx, sqlite, values};
use crate::migrate::{DRAFTS, SHARED, Set, TENANT, is_up_to_date};
use crate::shared::authorities::{self, WrappedKey};
use crate::sql::statements;
use crate::tenant::{Context, Keys, TenantTx};
use crate::{Authority, Entropy, Error, Result, Roots, merge, roots};

statements! { None "inspect";
    WHOLE = "pragma integrity_check(1)";
    /// An older version has fewer.
    HAS = "select count(*) from sqlite_master where type = 'table' and name = $1";
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

fn has(tx: &Tx<'_>, table: &str) -> Result<bool> {
    Ok(tx.row(&HAS, values![table])?.map_or(Ok(0), |r| r.int(0))? > 0)
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

/// Who was merged into whom, as the copy's shared tables say.
pub(super) fn merged(tx: &Tx<'_>) -> Result<Vec<(TenantId, TenantId)>> {
    if !has(tx, "merged")? {
        return Ok(Vec::new());
    }
    let done = merge::mergings(tx)?.into_iter().filter(|(.., done)| *done);
    Ok(done.map(|(from, into, _)| (from, into)).collect())
}

/// Who is here, each with its key. One that was merged and whose name is not gone yet has none: what was its is another's.
pub(super) fn living(tx: &Tx<'_>) -> Result<Vec<(Authority, WrappedKey)>> {
    let (mut all, merged) = (Vec::new(), merged(tx)?);
    for row in tx.rows(&authorities::LIST, &[])? {
        let id = row.text(0)?;
        if !merged.iter().any(|(from, _)| from.as_str() == id) {
            all.extend(authorities::load(tx, id)?);
        }
    }
    Ok(all)
}

/// An authority's file: counts and head. `merged`: who was merged into whom; what is here of those that were merged into
/// this one has to be whole.
pub(super) fn tenant(
    path: &Path,
    context: &Context,
    known: &[AuditHead],
    merged: &[(TenantId, TenantId)],
) -> Result<BackedAuthority> {
    sqlite::look(path, |tx| {
        whole(tx, &TENANT)?;
        let t = TenantTx::over(tx, context);
        let head = t.check_audit(known)?.map_err(|fault| {
            Error::Setup(format!(
                "{}: Das Protokoll ist nicht das, was es war ({fault:?}).",
                path.display()
            ))
        })?;
        let into_this = merged.iter().filter(|(_, into)| *into == context.authority.id);
        let named: Vec<TenantId> = into_this.map(|(from, _)| from.clone()).collect();
        if (!named.is_empty() || has(tx, "merged_authority")?)
            && let Err(fault) = t.check_former(&named)?
        {
            return Err(Error::Setup(format!(
                "{}: Von einem Amt, das hier aufging, ist nicht alles da ({fault:?}).",
                path.display()
            )));
        }
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
        Ok((canary, living(tx)?, merged(tx)?))
    });
    let (canary, all, merged) = match read {
        Ok(read) => read,
        Err(error) => {
            found.findings.push(broken(&shared, error));
            return Ok(found);
        }
    };
    found.canary = canary;
    for (authority, sealed) in all {
        let path = folder.join("tenants").join(format!("{}.db", authority.id));
        let into_this = merged.iter().any(|(_, into)| *into == authority.id);
        let needed = |path: &Path| path.exists() || into_this;
        let heads = known.get(&authority.id).map_or(&[][..], Vec::as_slice);
        let looked =
            context_of(authority, &sealed, roots).and_then(|context| match needed(&path) || !heads.is_empty() {
                true => tenant(&path, &context, heads, &merged).map(Some),
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
