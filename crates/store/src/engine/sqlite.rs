//! SQLite: per open file one thread that writes, readers on demand. Group commit: the thread takes what
//! waits (at most 256), runs each closure in a savepoint, commits once and only then answers.

use std::os::unix::fs::MetadataExt as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rusqlite::types::{ToSqlOutput, Value as Owned, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags};
use tokio::sync::{Semaphore, oneshot};

use super::{Engine, Row, Tx, Value};
use crate::sql::Sql;
use crate::{Error, Result};

mod whole;

pub(crate) use whole::{change, checkpoint, copy, create, discard, empty, is_empty, set_aside};

/// Closures in one commit. Measured: 256 gives 9 times the rate of single commits; more gives latency.
const BATCH: usize = 256;
/// Closures that may wait; beyond it the caller is told to come back.
pub(super) const QUEUE: usize = 2048;
/// Idle reading connections kept per file.
const READERS: usize = 2;
/// Readers at work at the same time, over all files: each has a thread and three descriptors.
static READING: Semaphore = Semaphore::const_new(64);
/// KiB of page cache per connection: hundreds of files may be open.
const CACHE: i64 = 256;
/// KiB that a transaction may change before pages go to the log early, to be read again: with many writes in one
/// commit the cache alone is far too small. Memory is taken for the transaction only.
const SPILL: i64 = 8 * 1024;
/// Below it, two connections that write at once could corrupt a WAL file (fixed 13 March 2026).
const OLDEST: i32 = 3_051_003;

/// Refuses a linked SQLite that is too old.
pub(crate) fn assert_version() -> Result<()> {
    if rusqlite::version_number() < OLDEST {
        return Err(Error::Setup(format!(
            "SQLite {} ist zu alt. Bauen Sie mit SQLite 3.51.3 oder neuer.",
            rusqlite::version()
        )));
    }
    Ok(())
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Value::Null => ToSqlOutput::Owned(Owned::Null),
            Value::Int(v) => ToSqlOutput::Owned(Owned::Integer(*v)),
            Value::Text(v) => ToSqlOutput::Borrowed(ValueRef::Text(v.as_bytes())),
            Value::Bytes(v) => ToSqlOutput::Borrowed(ValueRef::Blob(v)),
        })
    }
}

fn map(e: rusqlite::Error) -> Error {
    let Some(code) = e.sqlite_error_code() else {
        // No values in these: names, counts, types.
        return Error::Database(e.to_string());
    };
    match code {
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Error::Busy,
        ErrorCode::DiskFull => Error::Full,
        ErrorCode::SystemIoFailure | ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Error::Stopped,
        ErrorCode::ConstraintViolation => Error::Conflict(e.to_string()),
        _ => Error::Database(e.to_string()),
    }
}

fn named(sql: &Sql, e: rusqlite::Error) -> Error {
    match map(e) {
        Error::Database(text) => Error::Database(format!("{}: {text}", sql.name)),
        other => other,
    }
}

fn run(c: &Connection, sql: &Sql, params: &[Value]) -> rusqlite::Result<(u64, Vec<Row>)> {
    let mut statement = c.prepare_cached(sql.sqlite)?;
    if statement.parameter_count() != params.len() {
        return Err(rusqlite::Error::InvalidParameterCount(
            params.len(),
            statement.parameter_count(),
        ));
    }
    for (i, v) in params.iter().enumerate() {
        statement.raw_bind_parameter(i + 1, v)?;
    }
    let columns = statement.column_count();
    if columns == 0 {
        return Ok((statement.raw_execute()? as u64, Vec::new()));
    }
    let mut rows = statement.raw_query();
    let mut out = Vec::new();
    while let Some(row) = rows.next()? {
        let mut values = Vec::with_capacity(columns);
        for i in 0..columns {
            values.push(match row.get_ref(i)? {
                ValueRef::Null => Value::Null,
                ValueRef::Integer(v) => Value::Int(v),
                ValueRef::Text(v) => Value::Text(String::from_utf8_lossy(v).into_owned()),
                ValueRef::Blob(v) => Value::Bytes(v.to_vec()),
                // No statement makes one: PostgreSQL would not know it as a number either.
                ValueRef::Real(_) => return Err(rusqlite::Error::InvalidQuery),
            });
        }
        out.push(Row(values));
    }
    Ok((out.len() as u64, out))
}

pub(super) fn execute(c: &Connection, sql: &Sql, params: &[Value]) -> Result<u64> {
    run(c, sql, params).map(|r| r.0).map_err(|e| named(sql, e))
}

pub(super) fn rows(c: &Connection, sql: &Sql, params: &[Value]) -> Result<Vec<Row>> {
    run(c, sql, params).map(|r| r.1).map_err(|e| named(sql, e))
}

pub(super) fn prepare(c: &Connection, sql: &Sql) -> Result<()> {
    c.prepare(sql.sqlite).map(drop).map_err(|e| named(sql, e))
}

pub(super) fn script(c: &Connection, text: &str) -> Result<()> {
    c.execute_batch(text).map_err(map)
}

fn connect(path: &Path, flags: OpenFlags) -> Result<Connection> {
    let c = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(|e| match map(e) {
        Error::Database(text) => Error::Setup(format!("{} lässt sich nicht öffnen: {text}.", path.display())),
        other => other,
    })?;
    c.set_prepared_statement_cache_capacity(128);
    c.busy_timeout(Duration::from_secs(5)).map_err(map)?;
    // Sealed rows must not come back from free pages or temporary files; a small cache, for there are
    // hundreds of files.
    c.execute_batch(&format!(
        "pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on; \
         pragma secure_delete = on; pragma temp_store = memory; pragma cache_size = -{CACHE}; \
         pragma cache_spill = -{SPILL}; pragma trusted_schema = off;"
    ))
    .map_err(map)?;
    Ok(c)
}

/// Looks into a file, beside whoever works on it; changes nothing.
pub(crate) fn look<R>(path: &Path, f: impl FnOnce(&Tx<'_>) -> Result<R>) -> Result<R> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let c = Connection::open_with_flags(path, flags).map_err(map)?;
    c.busy_timeout(Duration::from_secs(5)).map_err(map)?;
    c.execute_batch("begin").map_err(map)?;
    f(&Tx::new(Engine::Sqlite(&c)))
}

/// The linked SQLite.
pub(crate) fn version() -> &'static str {
    rusqlite::version()
}

/// What becomes of a closure's writes.
enum Verdict {
    Keep,
    Undo,
    /// An I/O error: nobody's writes count.
    Fatal,
}

/// Work for the writing thread.
trait Task: Send {
    /// Runs the closure.
    fn run(&mut self, tx: &Tx<'_>) -> Verdict;
    /// Tells the caller. An error of the commit replaces what the closure said.
    fn answer(self: Box<Self>, committed: Result<()>);
}

struct Closure<F, R, E> {
    work: Option<F>,
    result: Option<Result<R, E>>,
    answer: oneshot::Sender<Result<R, E>>,
}

impl<F, R, E> Task for Closure<F, R, E>
where
    F: FnOnce(&Tx<'_>) -> Result<R, E> + Send,
    R: Send,
    E: From<Error> + Send,
{
    fn run(&mut self, tx: &Tx<'_>) -> Verdict {
        let Some(work) = self.work.take() else {
            return Verdict::Undo;
        };
        let result = match catch_unwind(AssertUnwindSafe(|| work(tx))) {
            Ok(result) => result,
            Err(_) => Err(E::from(Error::Database("Abbruch in einer Transaktion".into()))),
        };
        // A failed statement dooms the closure on PostgreSQL; so it does here.
        let failure = tx.failure();
        let fatal = matches!(failure, Some(Error::Stopped));
        let result = match (result, failure) {
            (Ok(_), Some(e)) => Err(E::from(e)),
            (result, _) => result,
        };
        let verdict = match &result {
            _ if fatal => Verdict::Fatal,
            Ok(_) => Verdict::Keep,
            Err(_) => Verdict::Undo,
        };
        self.result = Some(result);
        verdict
    }

    fn answer(self: Box<Self>, committed: Result<()>) {
        let result = match (self.result, committed) {
            (Some(Err(e)), _) => Err(e),
            (_, Err(e)) => Err(E::from(e)),
            (Some(ok), Ok(())) => ok,
            (None, Ok(())) => Err(E::from(Error::Busy)),
        };
        // The caller may have gone away; what is committed stays committed.
        drop(self.answer.send(result));
    }
}

fn place_of(path: &Path) -> Option<(u64, u64)> {
    let file = std::fs::metadata(path).ok()?;
    Some((file.dev(), file.ino()))
}

/// One open file.
pub(crate) struct File {
    path: PathBuf,
    /// Device and inode.
    place: Option<(u64, u64)>,
    queue: SyncSender<Box<dyn Task>>,
    readers: Mutex<Vec<Connection>>,
    state: Arc<State>,
}

/// What the writing thread tells.
#[derive(Default)]
struct State {
    /// After an I/O error: nothing more is written.
    stopped: AtomicBool,
    commits: AtomicU64,
}

impl File {
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Opens or creates the file, brings its tables up to date with `migrate` and starts its thread.
    pub(crate) fn open(path: &Path, migrate: impl FnOnce(&Tx<'_>) -> Result<()>) -> Result<File> {
        let fresh = !path.exists();
        let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
        connection.execute_batch("begin immediate").map_err(map)?;
        {
            let tx = Tx::new(Engine::Sqlite(&connection));
            // The connection is dropped on an error, and the transaction with it.
            migrate(&tx)?;
        }
        connection.execute_batch("commit").map_err(map)?;
        if fresh {
            crate::store::sync_folder(path)?;
        }
        let (queue, waiting) = sync_channel(QUEUE);
        let state = Arc::new(State::default());
        let told = state.clone();
        std::thread::Builder::new()
            .name("sqlite-writer".into())
            .spawn(move || writer(&connection, &waiting, &told))
            .map_err(|e| Error::Setup(format!("Kein weiterer Faden zum Schreiben: {e}.")))?;
        Ok(File {
            path: path.to_owned(),
            place: place_of(path),
            queue,
            readers: Mutex::new(Vec::new()),
            state,
        })
    }

    /// Is another file at its place now, or none?
    pub(crate) fn is_gone(&self) -> bool {
        place_of(&self.path) != self.place
    }

    pub(crate) async fn write<R, E, F>(&self, f: F) -> Result<R, E>
    where
        F: FnOnce(&Tx<'_>) -> Result<R, E> + Send + 'static,
        R: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        if self.state.stopped.load(Ordering::Acquire) {
            return Err(Error::Stopped.into());
        }
        let (answer, answered) = oneshot::channel();
        let task = Box::new(Closure {
            work: Some(f),
            result: None,
            answer,
        });
        self.queue.try_send(task).map_err(|e| match e {
            TrySendError::Full(_) => Error::Busy,
            TrySendError::Disconnected(_) => Error::Stopped,
        })?;
        answered.await.unwrap_or_else(|_| Err(Error::Stopped.into()))
    }

    pub(crate) async fn read<R, E, F>(self: &Arc<Self>, f: F) -> Result<R, E>
    where
        F: FnOnce(&Tx<'_>) -> Result<R, E> + Send + 'static,
        R: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let _permit = READING.acquire().await.map_err(|_| Error::Stopped)?;
        let file = self.clone();
        let done = tokio::task::spawn_blocking(move || {
            let connection = file.reader()?;
            quick(&connection, "begin")?;
            let tx = Tx::new(Engine::Sqlite(&connection));
            let result = f(&tx);
            let failure = tx.failure();
            drop(tx);
            quick(&connection, "commit")?;
            // Only a connection that went through all this is used again.
            let mut idle = file.readers.lock().unwrap_or_else(|e| e.into_inner());
            if idle.len() < READERS {
                idle.push(connection);
            }
            match (result, failure) {
                (Ok(_), Some(e)) => Err(e.into()),
                (result, _) => result,
            }
        });
        done.await
            .unwrap_or_else(|_| Err(Error::Database("Abbruch beim Lesen".into()).into()))
    }

    /// Commits since the file was opened: fewer than closures when many write at once.
    #[cfg(test)]
    pub(crate) fn commits(&self) -> u64 {
        self.state.commits.load(Ordering::Relaxed)
    }

    fn reader(&self) -> Result<Connection> {
        if let Some(c) = self.readers.lock().unwrap_or_else(|e| e.into_inner()).pop() {
            return Ok(c);
        }
        let c = connect(&self.path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        c.execute_batch("pragma query_only = on").map_err(map)?;
        Ok(c)
    }
}

/// Ends when the last handle of the file is gone.
fn writer(c: &Connection, waiting: &Receiver<Box<dyn Task>>, state: &State) {
    while let Ok(first) = waiting.recv() {
        let mut batch = vec![first];
        while batch.len() < BATCH {
            match waiting.try_recv() {
                Ok(task) => batch.push(task),
                Err(_) => break,
            }
        }
        commit(c, batch, state);
    }
}

fn quick(c: &Connection, text: &str) -> Result<()> {
    c.prepare_cached(text)
        .and_then(|mut s| s.raw_execute())
        .map(drop)
        .map_err(map)
}

/// One commit for all; answers after it.
fn commit(c: &Connection, mut batch: Vec<Box<dyn Task>>, state: &State) {
    let outcome = if state.stopped.load(Ordering::Acquire) {
        Err(Error::Stopped)
    } else {
        run_batch(c, &mut batch)
    };
    #[cfg(feature = "sabotage")]
    if outcome.is_ok() && crate::sabotage::is("ack-before-commit") {
        batch.into_iter().for_each(|task| task.answer(Ok(())));
        std::thread::sleep(Duration::from_millis(60));
        drop(quick(c, "commit"));
        return;
    }
    let outcome = outcome.and_then(|()| quick(c, "commit"));
    if let Err(e) = &outcome {
        if !c.is_autocommit() {
            drop(quick(c, "rollback"));
        }
        if matches!(e, Error::Stopped) {
            // What is on the disk is unknown. Never try the sync again: the kernel may have dropped the
            // pages and would say yes. A new start recovers from the log.
            state.stopped.store(true, Ordering::Release);
            tracing::error!(
                event = "store.stopped",
                "I/O error of the database file: nothing more is written"
            );
        }
    }
    if outcome.is_ok() {
        state.commits.fetch_add(1, Ordering::Relaxed);
    }
    for task in batch {
        task.answer(outcome.clone());
    }
}

/// Everything up to the commit. An error undoes the whole batch.
fn run_batch(c: &Connection, batch: &mut [Box<dyn Task>]) -> Result<()> {
    quick(c, "begin immediate")?;
    for task in batch {
        quick(c, "savepoint work")?;
        let verdict = task.run(&Tx::new(Engine::Sqlite(c)));
        if matches!(verdict, Verdict::Fatal) {
            return Err(Error::Stopped);
        }
        if c.is_autocommit() {
            // A full disk made SQLite roll back everything: nobody's work is kept.
            return Err(Error::Full);
        }
        if matches!(verdict, Verdict::Undo) {
            quick(c, "rollback to work")?;
        }
        quick(c, "release work")?;
    }
    Ok(())
}
