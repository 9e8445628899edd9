//! What hangs on the root key: the proof that it is the right one, the authorities' keys and the installation's own
//! (`lookup`, `drafts`), all wrapped by it; and changing it. Each row names the root key it is wrapped under, by its
//! fingerprint, so a running process notices that it needs another one and asks its source again.

use std::path::Path;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;

use crate::engine::postgres::{Pool, Purpose};
use crate::engine::{Db, Tx, values};
use crate::seal::{Key, Place};
use crate::shared::authorities::{self, key_place};
use crate::sql::statements;
use crate::{Entropy, Error, Result, RootKey, Store};

statements! { Shared "roots";
    CHECK = "select body, root, since_at from key_check where id = 1";
    SET_CHECK = "insert into key_check (id, body, root, since_at) values (1, $1, $2, $3) on conflict (id) do nothing";
    NAME_CHECK = "update key_check set root = $1 where id = 1 and root = ''";
    MOVE_CHECK = "update key_check set body = $1, root = $2, since_at = $3 where id = 1";
    /// Under which root key everything is. Who wraps a key holds this row until the commit.
    LOCK = "select root from key_check where id = 1 /*postgres:for update*/";
    NAME_KEYS = "update tenant_key set root = $1 where root = ''";
    KEYS = "select tenant, body, root from tenant_key order by tenant";
    MOVE_KEY = "update tenant_key set body = $2, root = $3 where tenant = $1";
    BY_ROOT = "select root, count(*) from tenant_key group by root order by root";
    INNER = "select name, body, root from installation_key order by name";
    ADD_INNER = "insert into installation_key (name, root, body) values ($1, $2, $3) on conflict (name) do nothing";
    MOVE_INNER = "update installation_key set body = $2, root = $3 where name = $1";
    COUNT_CHECKS = "select count(*) from key_check";
    NOW = "select /*sqlite:cast(unixepoch('subsec') * 1000 as integer)*//*postgres:(extract(epoch from clock_timestamp()) * 1000)::bigint*/";
    /// Has a PostgreSQL database our tables?
    MADE = "select count(*) from /*sqlite:sqlite_schema where name = 'key_check'*//*postgres:pg_class where oid = to_regclass('key_check')*/";
}

/// How the refusal of a wrong root key begins.
pub const WRONG_ROOT: &str = "Der Hauptschlüssel passt nicht zu diesen Daten.";

/// The installation's own keys.
const LOOKUP: &str = "lookup";
const DRAFTS: &str = "drafts";

type Source = Arc<dyn Fn() -> Result<Vec<RootKey>> + Send + Sync>;

/// The root keys at hand: one, or while they are changed the new one and the old one; and where they come from.
#[derive(Clone)]
pub struct Roots {
    keys: Arc<Mutex<Vec<RootKey>>>,
    source: Option<Source>,
}

impl std::fmt::Debug for Roots {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Roots(…)")
    }
}

impl From<RootKey> for Roots {
    fn from(key: RootKey) -> Roots {
        Roots {
            keys: Arc::new(Mutex::new(vec![key])),
            source: None,
        }
    }
}

impl Roots {
    /// Reads the source now, and again whenever the data name a root key that is not at hand.
    ///
    /// # Errors
    /// Those of the source.
    pub fn read(source: impl Fn() -> Result<Vec<RootKey>> + Send + Sync + 'static) -> Result<Roots> {
        Ok(Roots {
            keys: Arc::new(Mutex::new(source()?)),
            source: Some(Arc::new(source)),
        })
    }

    /// Those at hand, the newest first.
    pub fn keys(&self) -> Vec<RootKey> {
        self.keys.lock().unwrap_or_else(|e| e.into_inner()).clone()
    }

    fn known(&self, fingerprint: &str) -> Result<Option<RootKey>> {
        for key in self.keys() {
            if key.fingerprint()? == fingerprint {
                return Ok(Some(key));
            }
        }
        Ok(None)
    }

    /// The root key with this fingerprint. May ask the source, which may take seconds.
    fn find(&self, fingerprint: &str) -> Result<RootKey> {
        if let Some(key) = self.known(fingerprint)? {
            return Ok(key);
        }
        if let Some(source) = &self.source {
            let new = source()?;
            *self.keys.lock().unwrap_or_else(|e| e.into_inner()) = new;
            tracing::info!(fingerprint, "the root key was read again");
        }
        self.known(fingerprint)?.ok_or_else(|| wrong(fingerprint))
    }

    /// What wraps keys under this root key.
    pub(crate) fn wrapper_now(&self, fingerprint: &str) -> Result<Key> {
        wrapper(&self.find(fingerprint)?)
    }

    /// The same, off the threads that serve.
    pub(crate) async fn wrapper(&self, fingerprint: String) -> Result<Key> {
        let roots = self.clone();
        let found = tokio::task::spawn_blocking(move || wrapper(&roots.find(&fingerprint)?)).await;
        found.unwrap_or_else(|_| Err(Error::Database("Abbruch beim Lesen des Hauptschlüssels".into())))
    }
}

fn wrong(fingerprint: &str) -> Error {
    let which = match fingerprint {
        "" => String::new(),
        print => format!(" Er hat die Kennung {print}."),
    };
    Error::Setup(format!(
        "{WRONG_ROOT} Setzen Sie den ein, unter dem sie stehen.{which} Ohne ihn sind sie nicht zu öffnen."
    ))
}

/// What wraps keys.
fn wrapper(root: &RootKey) -> Result<Key> {
    root.0.sub("wrap")
}

const PROOF: Place<'static> = Place {
    tenant: "",
    table: "key_check",
    row: "1",
    column: "body",
    version: 1,
};

fn proof(root: &RootKey, entropy: &Entropy) -> Result<Vec<u8>> {
    root.0.sub("check")?.seal(PROOF, b"kommunal-cloud", entropy)
}

fn inner_place(name: &str) -> Place<'_> {
    Place {
        tenant: "",
        table: "installation_key",
        row: name,
        column: "body",
        version: 1,
    }
}

/// Which of the root keys the data stand under.
enum Fit {
    /// There are no data yet.
    Empty,
    Key(RootKey),
    /// None of them; the fingerprint of the one that is wanted, if it is known.
    Other(String),
}

fn fit(tx: &Tx<'_>, keys: &[RootKey]) -> Result<Fit> {
    let Some(row) = tx.row(&CHECK, &[])? else {
        // Data without the proof: somebody took it away.
        let n = tx.row(&authorities::KEYS, &[])?.map_or(Ok(0), |r| r.int(0))?;
        return Ok(if n > 0 { Fit::Other(String::new()) } else { Fit::Empty });
    };
    let sealed = row.bytes(0)?;
    for key in keys {
        if key.0.sub("check")?.open(PROOF, sealed).is_ok() {
            return Ok(Fit::Key(key.clone()));
        }
    }
    Ok(Fit::Other(row.text(1)?.to_owned()))
}

/// Is one of these the root key that the data stand under? `None`: there are no data yet.
pub(crate) fn fits(tx: &Tx<'_>, keys: &[RootKey]) -> Result<Option<bool>> {
    Ok(match fit(tx, keys)? {
        Fit::Empty => None,
        Fit::Key(_) => Some(true),
        Fit::Other(_) => Some(false),
    })
}

fn clock(tx: &Tx<'_>) -> Result<i64> {
    tx.row(&NOW, &[])?.map_or(Ok(0), |r| r.int(0))
}

/// What opening the store yields.
#[derive(Clone)]
pub(crate) struct Inner {
    /// Keyed hashes of addresses and miss keys.
    pub(crate) lookup: Key,
    /// Without it a stolen file of drafts cannot be tried with codes.
    pub(crate) drafts: Key,
}

/// Refuses a wrong root key; a first start leaves the proof. Then the installation's own keys. Data from before these
/// were kept go on with the values that were derived from their root key.
pub(crate) fn open(tx: &Tx<'_>, keys: &[RootKey], entropy: &Entropy) -> Result<Inner> {
    let new = matches!(fit(tx, keys)?, Fit::Empty);
    if let (true, Some(root)) = (new, keys.first()) {
        let params = values![proof(root, entropy)?, root.fingerprint()?, clock(tx)?].to_vec();
        tx.execute(&SET_CHECK, &params)?;
    }
    // Looked at again: another host may have been first, with another key.
    let root = match fit(tx, keys)? {
        Fit::Key(root) => root,
        Fit::Other(print) => return Err(wrong(&print)),
        Fit::Empty => return Err(wrong("")),
    };
    let (print, wrap) = (root.fingerprint()?, wrapper(&root)?);
    tx.execute(&NAME_CHECK, values![print.as_str()])?;
    tx.execute(&NAME_KEYS, values![print.as_str()])?;
    let take = |name: &'static str| -> Result<Key> {
        let kept = || -> Result<Option<Key>> {
            let rows = tx.rows(&INNER, &[])?;
            let row = rows.iter().find(|r| r.text(0).is_ok_and(|n| n == name));
            row.map(|r| Key::unwrap(&wrap, inner_place(name), r.bytes(1)?))
                .transpose()
        };
        if let Some(key) = kept()? {
            return Ok(key);
        }
        let key = if new { Key::random(entropy) } else { root.0.sub(name)? };
        let sealed = key.wrap(&wrap, inner_place(name), entropy)?;
        tx.execute(&ADD_INNER, values![name, print.as_str(), sealed])?;
        kept()?.ok_or(Error::Missing("installation_key"))
    };
    Ok(Inner {
        lookup: take(LOOKUP)?,
        drafts: take(DRAFTS)?,
    })
}

/// The key of look-ups of a copy, if a root key is at hand that opens it. Changes nothing.
pub(crate) fn lookup_of(tx: &Tx<'_>, roots: &Roots) -> Result<Key> {
    let print = named(tx)?;
    let wrap = roots.wrapper_now(&print)?;
    let rows = tx.rows(&INNER, &[])?;
    let row = rows.iter().find(|r| r.text(0).is_ok_and(|n| n == LOOKUP));
    let row = row.ok_or(Error::Missing("installation_key"))?;
    Key::unwrap(&wrap, inner_place(LOOKUP), row.bytes(1)?)
}

/// The fingerprint of the root key that everything is under, and that it stays until the commit.
pub(crate) fn current(tx: &Tx<'_>) -> Result<String> {
    let row = tx.row(&LOCK, &[])?.ok_or(Error::Missing("key_check"))?;
    Ok(row.text(0)?.to_owned())
}

/// The same, read only; it may be another one a moment later.
pub(crate) fn named(tx: &Tx<'_>) -> Result<String> {
    let row = tx.row(&CHECK, &[])?.ok_or(Error::Missing("key_check"))?;
    Ok(row.text(1)?.to_owned())
}

/// How an installation's keys stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyStatus {
    /// Fingerprint of the root key that the data stand under.
    pub root: String,
    /// Since when; `None`: since before that was noted.
    pub since: Option<Timestamp>,
    /// Fingerprints of root keys, and how many authorities' keys are wrapped under each.
    pub tenants: Vec<(String, i64)>,
}

impl Store {
    /// # Errors
    /// Those of the engine.
    pub async fn key_status(&self) -> Result<KeyStatus> {
        let read = |tx: &Tx<'_>| {
            let row = tx.row(&CHECK, &[])?.ok_or(Error::Missing("key_check"))?;
            let counts = tx.rows(&BY_ROOT, &[])?;
            Ok(KeyStatus {
                root: row.text(1)?.to_owned(),
                since: Some(row.time(2)?).filter(|t| *t > Timestamp::UNIX_EPOCH),
                tenants: counts
                    .iter()
                    .map(|r| Ok((r.text(0)?.to_owned(), r.int(1)?)))
                    .collect::<Result<_>>()?,
            })
        };
        self.shared().db.read(read).await
    }

    /// Wraps everything under another root key, in one transaction: before it all is under the old one, after it all
    /// is under the new one. What the keys seal stays as it is. How many authorities' keys there are; 0 when it was
    /// done before.
    ///
    /// # Errors
    /// `Setup` if the root key that the data stand under is not at hand.
    pub async fn rewrap(&self, to: &RootKey) -> Result<u64> {
        let (roots, to, entropy) = (self.0.roots.clone(), to.clone(), self.entropy().clone());
        let work = move |tx: &Tx<'_>| {
            let (print, wrap) = (to.fingerprint()?, wrapper(&to)?);
            let from = current(tx)?;
            if from == print {
                return Ok(0);
            }
            let old = roots.known(&from)?.ok_or_else(|| wrong(&from))?;
            let old = wrapper(&old)?;
            let keys = tx.rows(&KEYS, &[])?;
            for row in &keys {
                let tenant = row.text(0)?;
                let key = Key::unwrap(&old, key_place(tenant), row.bytes(1)?)?;
                let sealed = key.wrap(&wrap, key_place(tenant), &entropy)?;
                tx.execute(&MOVE_KEY, values![tenant, sealed, print.as_str()])?;
            }
            for row in tx.rows(&INNER, &[])? {
                let name = row.text(0)?;
                let key = Key::unwrap(&old, inner_place(name), row.bytes(1)?)?;
                let sealed = key.wrap(&wrap, inner_place(name), &entropy)?;
                tx.execute(&MOVE_INNER, values![name, sealed, print.as_str()])?;
            }
            tx.execute(&MOVE_CHECK, values![proof(&to, &entropy)?, print.as_str(), clock(tx)?])?;
            Ok(keys.len() as u64)
        };
        self.shared().db.write(work).await
    }
}

/// Is there an installation already, made under some root key? Then a new key must not be made in the place of a lost
/// one.
///
/// # Errors
/// `Setup` when the server does not answer; those of the engine.
pub async fn data_exist(data: &Path, database: Option<&str>) -> Result<bool> {
    let Some(dsn) = database else {
        let files = std::fs::read_dir(data.join("tenants")).is_ok_and(|mut f| f.next().is_some());
        return Ok(files || ["shared.db", "drafts.db"].iter().any(|name| data.join(name).exists()));
    };
    let db = Db::postgres(Pool::connect(dsn, Purpose::Serve).await?, None);
    db.read(|tx| {
        let count = |sql| tx.row(sql, &[])?.map_or(Ok(0), |r| r.int(0));
        Ok(count(&MADE)? > 0 && count(&COUNT_CHECKS)? + count(&authorities::KEYS)? > 0)
    })
    .await
}
