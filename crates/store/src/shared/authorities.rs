//! Which authorities and accounts there are, and their keys, wrapped by the root key.

use std::collections::BTreeMap;

use domain::TenantId;

use crate::engine::{Row, Tx, values};
use crate::seal::{Key, Place};
use crate::shared::SharedStore;
use crate::sql::statements;
use crate::{Authority, Entropy, Error, Result, merge};

statements! { Shared "authorities";
    INSERT = "insert into authority (id, name, level, created_at) values ($1, $2, $3, $4) on conflict (id) do nothing";
    INSERT_CODE = "insert into authority_code (kind, code, tenant) values ($1, $2, $3)";
    INSERT_KEY = "insert into tenant_key (tenant, body, root) values ($1, $2, $3)";
    /// Accounts of people and clubs, too.
    LIST = "select id, name, level, created_at from authority order by id";
    AUTHORITIES = "select id, name, level, created_at from authority where level <> 'account' order by id";
    GET = "select id, name, level, created_at from authority where id = $1";
    CODES = "select tenant, kind, code from authority_code where $1 = '' or tenant = $1 order by tenant, kind, code";
    KEY = "select body, root from tenant_key where tenant = $1";
    KEYS = "select count(*) from tenant_key";
}

pub(crate) fn key_place(tenant: &str) -> Place<'_> {
    Place {
        tenant,
        table: "tenant_key",
        row: tenant,
        column: "body",
        version: 1,
    }
}

fn authority(row: &Row, codes: &mut BTreeMap<String, Vec<(String, String)>>) -> Result<Authority> {
    Ok(Authority {
        id: TenantId::from(row.text(0)?),
        name: row.text(1)?.to_owned(),
        level: row.text(2)?.to_owned(),
        codes: codes.remove(row.text(0)?).unwrap_or_default(),
        created_at: row.time(3)?,
    })
}

fn codes(tx: &Tx<'_>, tenant: &str) -> Result<BTreeMap<String, Vec<(String, String)>>> {
    let mut out: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for row in tx.rows(&CODES, values![tenant])? {
        let code = (row.text(1)?.to_owned(), row.text(2)?.to_owned());
        out.entry(row.text(0)?.to_owned()).or_default().push(code);
    }
    Ok(out)
}

/// A slug: it becomes a file name and part of addresses.
pub(crate) fn is_slug(id: &str) -> bool {
    (1..=64).contains(&id.len())
        && id
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !id.starts_with('-')
}

/// Makes authority and key, if it does not exist yet. `root`: fingerprint of the root key that `wrapper` is of.
pub(crate) fn create(tx: &Tx<'_>, a: &Authority, wrapper: &Key, root: &str, entropy: &Entropy) -> Result<()> {
    let id = a.id.as_str();
    if !is_slug(id) {
        return Err(Error::Setup(format!(
            "„{id}“ ist keine Kennung. Erlaubt sind a–z, 0–9 und Bindestrich."
        )));
    }
    if load_row(tx, id)? {
        return Ok(());
    }
    if let merge::Whereabouts::Into(other) = merge::whereabouts(tx, id)? {
        return Err(Error::Setup(format!(
            "Das Amt „{id}“ ist in „{other}“ aufgegangen; es wird nicht noch einmal angelegt."
        )));
    }
    create_with(tx, a, &Key::random(entropy), wrapper, root, entropy)
}

/// Is there an authority of this id?
pub(crate) fn load_row(tx: &Tx<'_>, id: &str) -> Result<bool> {
    Ok(tx.row(&GET, values![id])?.is_some())
}

/// Makes an authority with a key that exists: it comes from elsewhere.
pub(crate) fn create_with(
    tx: &Tx<'_>,
    a: &Authority,
    key: &Key,
    wrapper: &Key,
    root: &str,
    entropy: &Entropy,
) -> Result<()> {
    let id = a.id.as_str();
    if tx.execute(&INSERT, values![id, a.name.as_str(), a.level.as_str(), a.created_at])? == 0 {
        return Ok(());
    }
    for (kind, code) in &a.codes {
        tx.execute(&INSERT_CODE, values![kind.as_str(), code.as_str(), id])?;
    }
    let key = key.wrap(wrapper, key_place(id), entropy)?;
    tx.execute(&INSERT_KEY, values![id, key, root])?;
    Ok(())
}

/// An authority's key as it lies in the table.
pub(crate) struct WrappedKey {
    tenant: String,
    body: Vec<u8>,
    /// Fingerprint of the root key that wraps it.
    pub(crate) root: String,
}

impl WrappedKey {
    pub(crate) fn open(&self, wrapper: &Key) -> Result<Key> {
        Key::unwrap(wrapper, key_place(&self.tenant), &self.body)
    }
}

/// The authority and its key.
pub(crate) fn load(tx: &Tx<'_>, id: &str) -> Result<Option<(Authority, WrappedKey)>> {
    let Some(row) = tx.row(&GET, values![id])? else {
        return Ok(None);
    };
    let found = authority(&row, &mut codes(tx, id)?)?;
    let row = tx.row(&KEY, values![id])?.ok_or(Error::Missing("tenant_key"))?;
    let key = WrappedKey {
        tenant: id.to_owned(),
        body: row.bytes(0)?.to_vec(),
        root: row.text(1)?.to_owned(),
    };
    Ok(Some((found, key)))
}

impl SharedStore {
    /// Everybody who owns data, authorities and accounts, by id: for what is done for each.
    pub async fn tenants(&self) -> Result<Vec<Authority>> {
        self.listed(&LIST).await
    }

    /// All authorities, by id; not the accounts of people and clubs.
    pub async fn authorities(&self) -> Result<Vec<Authority>> {
        self.listed(&AUTHORITIES).await
    }

    async fn listed(&self, sql: &'static crate::sql::Sql) -> Result<Vec<Authority>> {
        self.db
            .read(move |tx| {
                let mut codes = codes(tx, "")?;
                tx.rows(sql, &[])?.iter().map(|r| authority(r, &mut codes)).collect()
            })
            .await
    }

    pub async fn authority(&self, id: &TenantId) -> Result<Option<Authority>> {
        let id = id.0.clone();
        self.db
            .read(move |tx| {
                let Some(row) = tx.row(&GET, values![id.as_str()])? else {
                    return Ok(None);
                };
                authority(&row, &mut codes(tx, &id)?).map(Some)
            })
            .await
    }
}
