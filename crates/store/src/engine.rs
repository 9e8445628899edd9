//! The only place that knows a database engine. Everything above speaks `Db`, `Tx`, `Value`, `Row`.
//!
//! The rules are the same on both engines: a closure is a transaction; one failed statement undoes it,
//! even if the closure goes on; Ok comes back only after the commit is durable; a panic undoes it too.

mod address;
pub(crate) mod postgres;
pub(crate) mod sqlite;
pub mod trace;

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::sql::Sql;
use crate::{Error, Result};

/// What goes into and comes out of a column. Nothing else exists: a day is text, a time is a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    Null,
    Int(i64),
    Text(String),
    Bytes(Vec<u8>),
}

impl From<i64> for Value {
    fn from(v: i64) -> Self {
        Value::Int(v)
    }
}
impl From<bool> for Value {
    fn from(v: bool) -> Self {
        Value::Int(i64::from(v))
    }
}
impl From<&str> for Value {
    fn from(v: &str) -> Self {
        Value::Text(v.to_owned())
    }
}
impl From<String> for Value {
    fn from(v: String) -> Self {
        Value::Text(v)
    }
}
impl From<Vec<u8>> for Value {
    fn from(v: Vec<u8>) -> Self {
        Value::Bytes(v)
    }
}
impl From<&[u8]> for Value {
    fn from(v: &[u8]) -> Self {
        Value::Bytes(v.to_vec())
    }
}
impl From<jiff::Timestamp> for Value {
    fn from(v: jiff::Timestamp) -> Self {
        Value::Int(v.as_millisecond())
    }
}
impl From<jiff::civil::Date> for Value {
    fn from(v: jiff::civil::Date) -> Self {
        Value::Text(v.to_string())
    }
}
impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(v: Option<T>) -> Self {
        v.map_or(Value::Null, Into::into)
    }
}

/// `values![a, b]`: parameters from anything that is `Into<Value>`.
macro_rules! values {
    ($($v:expr),* $(,)?) => { &[$($crate::engine::Value::from($v)),*] };
}
pub(crate) use values;

/// One row; columns by position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row(pub Vec<Value>);

impl Row {
    fn bad<T>(&self, i: usize, want: &str) -> Result<T> {
        Err(Error::Database(format!("Spalte {i} ist kein Wert der Art {want}")))
    }
    pub fn int(&self, i: usize) -> Result<i64> {
        match self.0.get(i) {
            Some(Value::Int(v)) => Ok(*v),
            _ => self.bad(i, "Zahl"),
        }
    }
    pub fn flag(&self, i: usize) -> Result<bool> {
        Ok(self.int(i)? != 0)
    }
    pub fn text(&self, i: usize) -> Result<&str> {
        match self.0.get(i) {
            Some(Value::Text(v)) => Ok(v),
            _ => self.bad(i, "Text"),
        }
    }
    pub fn bytes(&self, i: usize) -> Result<&[u8]> {
        match self.0.get(i) {
            Some(Value::Bytes(v)) => Ok(v),
            _ => self.bad(i, "Bytes"),
        }
    }
    pub fn is_null(&self, i: usize) -> bool {
        matches!(self.0.get(i), Some(Value::Null))
    }
    pub fn opt_text(&self, i: usize) -> Result<Option<&str>> {
        if self.is_null(i) {
            Ok(None)
        } else {
            self.text(i).map(Some)
        }
    }
    pub fn opt_bytes(&self, i: usize) -> Result<Option<&[u8]>> {
        if self.is_null(i) {
            Ok(None)
        } else {
            self.bytes(i).map(Some)
        }
    }
    pub fn time(&self, i: usize) -> Result<jiff::Timestamp> {
        let ms = self.int(i)?;
        jiff::Timestamp::from_millisecond(ms).map_err(|_| Error::Database(format!("Spalte {i} ist keine Zeit")))
    }
    pub fn opt_time(&self, i: usize) -> Result<Option<jiff::Timestamp>> {
        if self.is_null(i) {
            Ok(None)
        } else {
            self.time(i).map(Some)
        }
    }
    pub fn date(&self, i: usize) -> Result<jiff::civil::Date> {
        self.text(i)?
            .parse()
            .map_err(|_| Error::Database(format!("Spalte {i} ist kein Tag")))
    }
    pub fn opt_date(&self, i: usize) -> Result<Option<jiff::civil::Date>> {
        if self.is_null(i) {
            Ok(None)
        } else {
            self.date(i).map(Some)
        }
    }
}

enum Engine<'a> {
    Sqlite(&'a rusqlite::Connection),
    Postgres(&'a postgres::Connection),
}

/// A running transaction. Who may write is settled above: `TenantTx` writes only through `&mut self`, and a
/// reading connection refuses to.
pub struct Tx<'a> {
    engine: Engine<'a>,
    /// The first error of a statement: dooms the transaction.
    failed: Cell<Option<Error>>,
}

impl<'a> Tx<'a> {
    fn new(engine: Engine<'a>) -> Self {
        Tx {
            engine,
            failed: Cell::new(None),
        }
    }

    fn note<T>(&self, r: Result<T>) -> Result<T> {
        if let Err(e) = &r {
            // An I/O error must not be hidden by what came before it.
            let first = self.failed.take();
            self.failed.set(Some(match first {
                Some(first) if !matches!(e, Error::Stopped) => first,
                _ => e.clone(),
            }));
        }
        r
    }

    fn failure(&self) -> Option<Error> {
        self.failed.take()
    }

    /// Rows changed.
    pub fn execute(&self, sql: &Sql, params: &[Value]) -> Result<u64> {
        trace::ran(sql.name);
        self.note(match &self.engine {
            Engine::Sqlite(c) => sqlite::execute(c, sql, params),
            Engine::Postgres(c) => c.execute(sql, params),
        })
    }

    /// Rows of a query.
    pub fn rows(&self, sql: &Sql, params: &[Value]) -> Result<Vec<Row>> {
        trace::ran(sql.name);
        self.note(match &self.engine {
            Engine::Sqlite(c) => sqlite::rows(c, sql, params),
            Engine::Postgres(c) => c.rows(sql, params),
        })
    }

    /// First row of a query.
    pub fn row(&self, sql: &Sql, params: &[Value]) -> Result<Option<Row>> {
        Ok(self.rows(sql, params)?.into_iter().next())
    }

    /// Rows of a change with `returning`.
    pub fn returning(&self, sql: &Sql, params: &[Value]) -> Result<Vec<Row>> {
        self.rows(sql, params)
    }

    /// Prepares without running: for the test of all statements.
    pub fn prepare(&self, sql: &Sql) -> Result<()> {
        self.note(match &self.engine {
            Engine::Sqlite(c) => sqlite::prepare(c, sql),
            Engine::Postgres(c) => c.prepare(sql),
        })
    }

    /// Several statements in one text, for migrations only.
    pub(crate) fn script(&self, text: &str) -> Result<()> {
        self.note(match &self.engine {
            Engine::Sqlite(c) => sqlite::script(c, text),
            Engine::Postgres(c) => c.script(text),
        })
    }

    /// Is there a row in this table that this transaction may see? Any table of the catalogue, so no statement of the
    /// registry. PostgreSQL only, for `doctor`.
    pub(crate) fn sees_a_row(&self, table: &str) -> Result<bool> {
        self.note(match &self.engine {
            Engine::Sqlite(_) => Ok(false),
            Engine::Postgres(c) => c.sees_a_row(table),
        })
    }

    pub(crate) fn is_sqlite(&self) -> bool {
        matches!(self.engine, Engine::Sqlite(_))
    }
}

#[derive(Clone)]
enum Backend {
    Sqlite(Arc<sqlite::File>),
    Postgres(postgres::Pool),
}

/// A database: one SQLite file, or PostgreSQL (for one tenant, if named).
#[derive(Clone)]
pub struct Db {
    backend: Backend,
    tenant: Option<Arc<postgres::Whose>>,
}

impl Db {
    pub(crate) fn sqlite(file: Arc<sqlite::File>) -> Db {
        Db {
            backend: Backend::Sqlite(file),
            tenant: None,
        }
    }
    pub(crate) fn postgres(pool: postgres::Pool, tenant: Option<postgres::Whose>) -> Db {
        Db {
            backend: Backend::Postgres(pool),
            tenant: tenant.map(Arc::new),
        }
    }

    /// Is this no longer where the authority's data are? It was erased, or put back from a backup.
    pub(crate) fn is_gone(&self) -> bool {
        match (&self.backend, &self.tenant) {
            (Backend::Sqlite(file), _) => file.is_gone(),
            (Backend::Postgres(_), Some(whose)) => whose.gone.load(Ordering::Acquire),
            (Backend::Postgres(_), None) => false,
        }
    }

    /// The file, where there is one.
    pub(crate) fn path(&self) -> Option<std::path::PathBuf> {
        match &self.backend {
            Backend::Sqlite(file) => Some(file.path().to_owned()),
            Backend::Postgres(_) => None,
        }
    }

    /// One transaction. Ok = committed and durable; Err = nothing written.
    pub async fn write<R, E, F>(&self, f: F) -> Result<R, E>
    where
        F: FnOnce(&Tx<'_>) -> Result<R, E> + Send + 'static,
        R: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let f = trace::carried(f);
        match &self.backend {
            Backend::Sqlite(file) => file.write(f).await,
            Backend::Postgres(pool) => pool.write(self.tenant.clone(), f).await,
        }
    }

    /// One consistent view.
    pub async fn read<R, E, F>(&self, f: F) -> Result<R, E>
    where
        F: FnOnce(&Tx<'_>) -> Result<R, E> + Send + 'static,
        R: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let f = trace::carried(f);
        match &self.backend {
            Backend::Sqlite(file) => file.read(f).await,
            Backend::Postgres(pool) => pool.read(self.tenant.clone(), f).await,
        }
    }
}

#[cfg(test)]
mod tests;
