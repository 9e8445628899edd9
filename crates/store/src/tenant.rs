//! The handle on one authority's data. Tenant data is reachable only through it; each statement binds the
//! tenant itself, so that none can be forgotten or mixed up.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::TenantId;
use jiff::Timestamp;

use crate::audit::Entry;
use crate::engine::{Db, Row, Tx, Value};
use crate::hints::Hints;
use crate::seal::{Key, Place};
use crate::sql::{Scope, Sql};
use crate::{Authority, Entropy, Error, Job, Result};

/// Keys of one tenant, each for one purpose.
pub(crate) struct Keys {
    /// Wraps case keys and seals what belongs to no case.
    pub(crate) seal: Key,
    /// Search tokens.
    pub(crate) search: Key,
    /// Access codes, link tokens, idempotency keys.
    pub(crate) access: Key,
    /// Seed of the signing key.
    pub(crate) sign: Key,
}

impl Keys {
    pub(crate) fn new(tenant: &Key) -> Result<Keys> {
        Ok(Keys {
            seal: tenant.sub("seal")?,
            search: tenant.sub("search")?,
            access: tenant.sub("access")?,
            sign: tenant.sub("sign")?,
        })
    }
}

/// What a transaction needs to know of its tenant.
pub(crate) struct Context {
    pub(crate) authority: Authority,
    pub(crate) keys: Keys,
    pub(crate) entropy: Entropy,
}

/// An open tenant. Its file stays open, and known as open, while somebody holds this.
pub(crate) struct Parts {
    pub(crate) db: Db,
    pub(crate) context: Context,
}

/// The data of one authority. Cheap to clone.
#[derive(Clone)]
pub struct TenantStore {
    pub(crate) parts: Arc<Parts>,
    pub(crate) hints: Arc<Hints>,
}

impl std::fmt::Debug for TenantStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TenantStore({})", self.id())
    }
}

impl TenantStore {
    pub fn id(&self) -> &TenantId {
        &self.parts.context.authority.id
    }

    pub fn authority(&self) -> &Authority {
        &self.parts.context.authority
    }

    /// One transaction. Ok = committed and durable when this returns; Err or panic = nothing written.
    /// Runs to its end even if the caller goes away.
    ///
    /// # Errors
    /// Those of the closure; those of the commit.
    pub async fn write<R, E, F>(&self, f: F) -> Result<R, E>
    where
        F: FnOnce(&mut TenantTx<'_>) -> Result<R, E> + Send + 'static,
        R: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (store, parts) = (self.clone(), self.parts.clone());
        let work = async move {
            let (result, due) = store
                .parts
                .db
                .write(move |tx| {
                    let mut t = TenantTx::over(tx, &parts.context);
                    let result = f(&mut t)?;
                    t.write_audit()?;
                    Ok::<_, E>((result, t.soonest))
                })
                .await?;
            if let Some(due) = due {
                store.hints.announce(store.id(), due);
            }
            Ok(result)
        };
        tokio::spawn(work)
            .await
            .unwrap_or_else(|_| Err(Error::Database("Abbruch in einer Transaktion".into()).into()))
    }

    /// One consistent view; cannot write.
    ///
    /// # Errors
    /// Those of the closure and of the engine.
    pub async fn read<R, E, F>(&self, f: F) -> Result<R, E>
    where
        F: FnOnce(&TenantTx<'_>) -> Result<R, E> + Send + 'static,
        R: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let parts = self.parts.clone();
        self.parts
            .db
            .read(move |tx| f(&TenantTx::over(tx, &parts.context)))
            .await
    }

    /// Words that may stand in an address: nobody reads them there or in a log, and only this authority opens them.
    ///
    /// # Errors
    /// Those of sealing.
    pub fn seal_words(&self, words: &str) -> Result<String> {
        let context = &self.parts.context;
        let sealed = context
            .keys
            .seal
            .seal(self.in_address(), words.as_bytes(), &context.entropy)?;
        Ok(URL_SAFE_NO_PAD.encode(sealed))
    }

    /// `None`: not sealed by [`TenantStore::seal_words`] of this authority.
    pub fn open_words(&self, mark: &str) -> Option<String> {
        let sealed = URL_SAFE_NO_PAD.decode(mark).ok()?;
        let plain = self.parts.context.keys.seal.open(self.in_address(), &sealed).ok()?;
        String::from_utf8(plain).ok()
    }

    fn in_address(&self) -> Place<'_> {
        Place {
            tenant: self.id().as_str(),
            table: "address",
            row: "",
            column: "words",
            version: 1,
        }
    }

    /// Takes up to `limit` due jobs, for five minutes: a crashed worker's come back after that. Each is
    /// given to one worker only. When no more are due, also settles the hint of this tenant.
    ///
    /// # Errors
    /// Those of the engine.
    pub async fn claim_jobs(&self, now: Timestamp, limit: u32) -> Result<Vec<Job>> {
        let mut jobs = self.write(move |t| t.take_jobs(now, limit)).await?;
        let left = limit.saturating_sub(u32::try_from(jobs.len()).unwrap_or(u32::MAX));
        if left == 0 {
            // More may be due: the hint still holds.
            return Ok(jobs);
        }
        // The hint goes first: a job written after this announces itself, one written before is seen.
        self.hints.forget(self.id()).await?;
        let (more, next) = self
            .write(move |t| Ok::<_, Error>((t.take_jobs(now, left)?, t.next_job_due()?)))
            .await?;
        jobs.extend(more);
        if let Some(next) = next {
            self.hints.announce(self.id(), next.as_millisecond());
        }
        Ok(jobs)
    }
}

/// A transaction in one tenant. Methods with `&self` read, those with `&mut self` write.
pub struct TenantTx<'a> {
    tx: &'a Tx<'a>,
    context: &'a Context,
    pub(crate) audit: Vec<Entry>,
    /// Due time of the earliest job written.
    pub(crate) soonest: Option<i64>,
}

impl<'a> TenantTx<'a> {
    /// On a transaction that is running, where an authority moves in.
    pub(crate) fn over(tx: &'a Tx<'a>, context: &'a Context) -> TenantTx<'a> {
        TenantTx {
            tx,
            context,
            audit: Vec::new(),
            soonest: None,
        }
    }

    /// The transaction under it, where an authority moves into this one.
    pub(crate) fn tx(&self) -> &'a Tx<'a> {
        self.tx
    }

    pub(crate) fn context(&self) -> &'a Context {
        self.context
    }
}

impl TenantTx<'_> {
    pub fn tenant(&self) -> &TenantId {
        &self.context.authority.id
    }

    pub fn authority(&self) -> &Authority {
        &self.context.authority
    }

    pub fn entropy(&self) -> &Entropy {
        &self.context.entropy
    }

    pub(crate) fn keys(&self) -> &Keys {
        &self.context.keys
    }

    fn bind(&self, sql: &Sql, params: &[Value]) -> Vec<Value> {
        debug_assert!(
            sql.scope == Scope::Tenant,
            "{} is not a statement of a tenant",
            sql.name
        );
        let mut all = Vec::with_capacity(params.len() + 1);
        all.push(Value::from(self.tenant().as_str()));
        all.extend_from_slice(params);
        all
    }

    /// `$1` is the tenant; `params` are `$2` and on.
    pub(crate) fn execute(&mut self, sql: &Sql, params: &[Value]) -> Result<u64> {
        self.tx.execute(sql, &self.bind(sql, params))
    }

    /// A change with `returning`.
    pub(crate) fn returning(&mut self, sql: &Sql, params: &[Value]) -> Result<Vec<Row>> {
        self.tx.returning(sql, &self.bind(sql, params))
    }

    pub(crate) fn rows(&self, sql: &Sql, params: &[Value]) -> Result<Vec<Row>> {
        self.tx.rows(sql, &self.bind(sql, params))
    }

    pub(crate) fn row(&self, sql: &Sql, params: &[Value]) -> Result<Option<Row>> {
        self.tx.row(sql, &self.bind(sql, params))
    }

    /// A place in this tenant's tables, for sealing.
    pub(crate) fn place<'b>(&'b self, table: &'static str, row: &'b str, column: &'static str) -> Place<'b> {
        Place {
            tenant: self.tenant().as_str(),
            table,
            row,
            column,
            version: 1,
        }
    }

    /// Seals JSON under the tenant's key.
    pub(crate) fn seal<T: serde::Serialize>(
        &self,
        table: &'static str,
        row: &str,
        column: &'static str,
        value: &T,
    ) -> Result<Vec<u8>> {
        let plain = zeroize::Zeroizing::new(serde_json::to_vec(value)?);
        self.keys()
            .seal
            .seal(self.place(table, row, column), &plain, self.entropy())
    }

    /// Opens JSON sealed under the tenant's key.
    pub(crate) fn open<T: serde::de::DeserializeOwned>(
        &self,
        table: &'static str,
        row: &str,
        column: &'static str,
        sealed: &[u8],
    ) -> Result<T> {
        let plain = self.keys().seal.open(self.place(table, row, column), sealed)?;
        Ok(serde_json::from_slice(&plain)?)
    }
}
