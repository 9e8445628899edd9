//! PostgreSQL: a pool; a closure runs on a blocking thread and waits for each statement.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use deadpool_postgres::{Client, Manager, ManagerConfig, PoolError, RecyclingMethod, Runtime};
use tokio::runtime::Handle;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

use super::{Engine, Row, Tx, Value, address};
use crate::sql::Sql;
use crate::{Error, Result};

/// Connections at most; a tenant's audit head serialises its writers anyway.
pub(crate) const CONNECTIONS: usize = 16;
/// Oldest server that this is tested with.
const OLDEST: i64 = 150_000;
/// Major and minor versions with every known hole closed: the security release of 14 May 2026
/// (postgresql.org/about/news/postgresql-184-1710-1614-1518-and-1423-released-3297/, CVE-2026-6473 and ten more). It
/// holds the earlier ones about row level security, too (CVE-2025-8713, CVE-2024-10976). For `kommunal doctor`.
const SAFE: [(i64, i64); 4] = [(15, 18), (16, 14), (17, 10), (18, 4)];

/// The minor version that this server should have at least, if its own is older.
pub(crate) fn safer_than(version: i64) -> Option<(i64, i64)> {
    let (major, minor) = (version / 10_000, version % 10_000);
    SAFE.into_iter().find(|safe| safe.0 == major && minor < safe.1)
}

impl ToSql for Value {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match (self, ty) {
            (Value::Null, _) => Ok(IsNull::Yes),
            (Value::Int(v), &Type::INT8) => v.to_sql(ty, out),
            (Value::Int(v), &Type::INT4) => i32::try_from(*v)?.to_sql(ty, out),
            (Value::Text(v), &Type::TEXT | &Type::VARCHAR) => v.to_sql(ty, out),
            (Value::Bytes(v), &Type::BYTEA) => v.to_sql(ty, out),
            _ => Err(format!("the statement wants {ty}").into()),
        }
    }
    fn accepts(_: &Type) -> bool {
        true
    }
    to_sql_checked!();
}

fn map(e: &tokio_postgres::Error) -> Error {
    let Some(db) = e.as_db_error() else {
        return if e.is_closed() {
            Error::Busy
        } else {
            Error::Database(e.to_string())
        };
    };
    // Message and constraint only: the detail quotes values.
    let code = db.code();
    if code == &SqlState::T_R_DEADLOCK_DETECTED
        || code == &SqlState::T_R_SERIALIZATION_FAILURE
        || code == &SqlState::LOCK_NOT_AVAILABLE
        || code == &SqlState::QUERY_CANCELED
        || code == &SqlState::ADMIN_SHUTDOWN
        || code == &SqlState::TOO_MANY_CONNECTIONS
    {
        Error::Busy
    } else if code == &SqlState::DISK_FULL {
        Error::Full
    } else if code.code().starts_with("23") {
        Error::Conflict(db.constraint().unwrap_or("Schlüssel").to_owned())
    } else {
        Error::Database(format!("{} {}", code.code(), db.message()))
    }
}

fn named(sql: &Sql, e: &tokio_postgres::Error) -> Error {
    match map(e) {
        Error::Database(text) => Error::Database(format!("{}: {text}", sql.name)),
        other => other,
    }
}

/// A connection in use, on a blocking thread.
pub(crate) struct Connection {
    client: Client,
    runtime: Handle,
}

impl Connection {
    fn params(params: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
        params.iter().map(|v| v as &(dyn ToSql + Sync)).collect()
    }

    pub(super) fn execute(&self, sql: &Sql, params: &[Value]) -> Result<u64> {
        let work = async {
            let statement = self.client.prepare_cached(sql.postgres).await?;
            self.client.execute(&statement, &Self::params(params)).await
        };
        self.runtime.block_on(work).map_err(|e| named(sql, &e))
    }

    pub(super) fn rows(&self, sql: &Sql, params: &[Value]) -> Result<Vec<Row>> {
        let work = async {
            let statement = self.client.prepare_cached(sql.postgres).await?;
            self.client.query(&statement, &Self::params(params)).await
        };
        self.runtime
            .block_on(work)
            .map_err(|e| named(sql, &e))?
            .iter()
            .map(|r| row(sql, r))
            .collect()
    }

    pub(super) fn prepare(&self, sql: &Sql) -> Result<()> {
        self.runtime
            .block_on(self.client.prepare(sql.postgres))
            .map(drop)
            .map_err(|e| named(sql, &e))
    }

    pub(super) fn sees_a_row(&self, table: &str) -> Result<bool> {
        let text = format!("select 1 from \"{}\" limit 1", table.replace('"', "\"\""));
        let rows = self.runtime.block_on(self.client.query(&text, &[]));
        rows.map(|rows| !rows.is_empty()).map_err(|e| map(&e))
    }

    pub(super) fn script(&self, text: &str) -> Result<()> {
        self.runtime
            .block_on(self.client.batch_execute(text))
            .map_err(|e| map(&e))
    }

    /// Begins a transaction and says whose rows count in it. The one place where a tenant is named. Both go to the
    /// server without waiting in between; if the first fails, the second ends with its own statement.
    fn begin(&self, begin: &str, whose: Option<&Whose>) -> Result<()> {
        let Some(whose) = whose else {
            return self.script(begin);
        };
        // Who erases an authority waits for those that write for it, and they for them (`ALONE`). A statement of its own:
        // the next one has to see what was done while this one waited.
        let shared = format!(
            "begin; select pg_advisory_xact_lock_shared({CLASS}, hashtext('{}'))",
            whose.id.replace('\'', "''")
        );
        let begin = if begin == WRITE { &shared } else { begin };
        let work = async {
            let set = self.client.prepare_cached(SET_TENANT.postgres).await?;
            let named: &[&(dyn ToSql + Sync)] = &[&whose.id, &whose.since];
            let (begun, set) = tokio::join!(
                biased;
                self.client.batch_execute(begin),
                self.client.query_one(&set, named),
            );
            begun.and(set)?.try_get::<_, i64>(1)
        };
        match self.runtime.block_on(work).map_err(|e| named(&SET_TENANT, &e))? {
            0 => {
                whose.gone.store(true, Ordering::Release);
                Err(Error::Missing("tenant"))
            }
            _ => Ok(()),
        }
    }

    /// Ends the transaction; a connection that cannot even do that is thrown away.
    fn roll_back(self) {
        if self.script("rollback").is_err() {
            drop(Client::take(self.client));
        }
    }
}

fn row(sql: &Sql, row: &tokio_postgres::Row) -> Result<Row> {
    let value = |i: usize| -> Result<Value, tokio_postgres::Error> {
        Ok(match *row.columns()[i].type_() {
            Type::INT8 => row.try_get::<_, Option<i64>>(i)?.into(),
            Type::INT4 => row.try_get::<_, Option<i32>>(i)?.map(i64::from).into(),
            Type::BYTEA => row.try_get::<_, Option<Vec<u8>>>(i)?.into(),
            _ => row.try_get::<_, Option<String>>(i)?.into(),
        })
    };
    let values = (0..row.len()).map(value).collect::<Result<Vec<_>, _>>();
    values.map(Row).map_err(|e| named(sql, &e))
}

/// Whose transactions these are, as long as this authority has its key: one that was erased, or made anew under its old
/// id, is another one. Otherwise a process that still knows the old key would acknowledge what nobody can open.
pub(crate) struct Whose {
    pub(crate) id: String,
    /// When it was made, in ms.
    pub(crate) since: i64,
    pub(crate) gone: AtomicBool,
}

/// `true`: for this transaction only. A plain `set` would stay with the connection in the pool. Asked with it, so that
/// it costs no round trip: is the authority still there?
static SET_TENANT: Sql = Sql {
    name: "engine.SET_TENANT",
    scope: crate::sql::Scope::None,
    text: "",
    sqlite: "",
    postgres: "select set_config('kommunal.tenant', $1, true), (select count(*) from authority as a \
        join tenant_key as k on k.tenant = a.id where a.id = $1 and a.created_at = $2)",
};

/// Begins a transaction that writes.
const WRITE: &str = "begin";
/// Of our advisory locks: those that name an authority.
const CLASS: i32 = 75;

/// Waits until nobody writes for this authority; nobody does until the transaction ends.
pub(crate) static ALONE: Sql = Sql {
    name: "engine.ALONE",
    scope: crate::sql::Scope::None,
    text: "select pg_advisory_xact_lock(75, hashtext($1))::text",
    sqlite: "select ?1",
    postgres: "select pg_advisory_xact_lock(75, hashtext($1))::text",
};

/// The same for one that is just moving in or out.
pub(crate) static NAME_TENANT: Sql = Sql {
    name: "engine.NAME_TENANT",
    scope: crate::sql::Scope::None,
    text: "select set_config('kommunal.tenant', $1, true)",
    sqlite: "select ?1",
    postgres: "select set_config('kommunal.tenant', $1, true)",
};

/// The role that an address logs in as.
pub(crate) fn role(dsn: &str) -> Option<String> {
    let config = address::read(dsn).ok()?.config;
    config.get_user().map(str::to_owned)
}

/// Statements of a test, each alone, outside the pool.
#[cfg(test)]
pub(crate) async fn simple(dsn: &str, statements: &[&str]) -> Result<(), tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(dsn, tokio_postgres::NoTls).await?;
    tokio::spawn(connection);
    for statement in statements {
        client.batch_execute(statement).await?;
    }
    Ok(())
}

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The daily work: no statement takes long.
    Serve,
    /// Tables and rights: once, alone, and as long as it takes.
    Migrate,
}

/// All connections to one server as one role.
#[derive(Clone)]
pub(crate) struct Pool(deadpool_postgres::Pool);

impl Pool {
    /// Connects once, to fail with a plain sentence and not at the first request.
    pub(crate) async fn connect(dsn: &str, purpose: Purpose) -> Result<Pool> {
        let (key, connections) = match purpose {
            Purpose::Serve => ("database", CONNECTIONS),
            Purpose::Migrate => ("database_migrate", 1),
        };
        let setup = |why: String| Error::Setup(format!("Keine Verbindung zu PostgreSQL: {why}. Prüfen Sie „{key}“."));
        // The DSN holds a password: never in a message.
        let address::Address { mut config, tls } = address::read(dsn).map_err(setup)?;
        if config.get_application_name().is_none() {
            config.application_name("kommunal");
        }
        if config.get_options().is_none() {
            config.options(match purpose {
                // A stuck neighbour costs one request, not the pool.
                Purpose::Serve => {
                    "-c lock_timeout=10000 -c statement_timeout=60000 -c idle_in_transaction_session_timeout=60000"
                }
                // Whoever waits for a table is not to wait longer for the migration that waits for it.
                Purpose::Migrate => "-c lock_timeout=10000",
            });
        }
        let manager = ManagerConfig {
            recycling_method: RecyclingMethod::Fast,
        };
        let pool = deadpool_postgres::Pool::builder(Manager::from_config(config, tls, manager))
            .max_size(connections)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(Duration::from_secs(10)))
            .create_timeout(Some(Duration::from_secs(10)))
            .build()
            .map_err(|e| setup(e.to_string()))?;
        let client = pool.get().await.map_err(|e| match e {
            PoolError::Backend(e) => setup(match e.as_db_error() {
                Some(said) => said.message().to_owned(),
                None => address::why_not(&e).unwrap_or_else(|| e.to_string()),
            }),
            _ => setup("keine Antwort in zehn Sekunden".into()),
        })?;
        let version = client
            .query_one("select current_setting('server_version_num')", &[])
            .await;
        let version = version.and_then(|r| r.try_get::<_, String>(0)).map_err(|e| map(&e))?;
        if version.parse().unwrap_or(0) < OLDEST {
            return Err(Error::Setup("PostgreSQL 15 oder neuer wird gebraucht.".into()));
        }
        Ok(Pool(pool))
    }

    /// Writes tables anew, without what older versions of their rows left on the disk. As their owner.
    pub(crate) async fn rewrite(&self, tables: &[&str]) -> Result<()> {
        let connection = self.get().await?;
        for table in tables {
            let text = format!("vacuum full {table}");
            connection.client.batch_execute(&text).await.map_err(|e| map(&e))?;
        }
        Ok(())
    }

    async fn get(&self) -> Result<Connection> {
        let client = self.0.get().await.map_err(|e| match e {
            PoolError::Timeout(_) => Error::Busy,
            PoolError::Backend(e) => map(&e),
            _ => Error::Stopped,
        })?;
        Ok(Connection {
            client,
            runtime: Handle::current(),
        })
    }

    pub(crate) async fn write<R, E, F>(&self, tenant: Option<Arc<Whose>>, f: F) -> Result<R, E>
    where
        F: FnOnce(&Tx<'_>) -> Result<R, E> + Send + 'static,
        R: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.run(tenant, WRITE, f).await
    }

    pub(crate) async fn read<R, E, F>(&self, tenant: Option<Arc<Whose>>, f: F) -> Result<R, E>
    where
        F: FnOnce(&Tx<'_>) -> Result<R, E> + Send + 'static,
        R: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.run(tenant, "begin isolation level repeatable read read only", f)
            .await
    }

    /// Runs to its end on its own thread even if the caller goes away, so no connection returns to the
    /// pool with a transaction or a tenant left in it.
    async fn run<R, E, F>(&self, tenant: Option<Arc<Whose>>, begin: &'static str, f: F) -> Result<R, E>
    where
        F: FnOnce(&Tx<'_>) -> Result<R, E> + Send + 'static,
        R: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let connection = self.get().await?;
        let work = move || {
            if let Err(e) = connection.begin(begin, tenant.as_deref()) {
                connection.roll_back();
                return Err(e.into());
            }
            let tx = Tx::new(Engine::Postgres(&connection));
            let result = catch_unwind(AssertUnwindSafe(|| f(&tx)));
            let failure = tx.failure();
            drop(tx);
            let result = match (result, failure) {
                (Err(_), _) => Err(E::from(Error::Database("Abbruch in einer Transaktion".into()))),
                // PostgreSQL answers COMMIT of a failed transaction with a silent ROLLBACK.
                (Ok(Ok(_)), Some(e)) => Err(E::from(e)),
                (Ok(result), _) => result,
            };
            if result.is_err() {
                connection.roll_back();
                return result;
            }
            #[cfg(feature = "sabotage")]
            if crate::sabotage::is("ack-before-commit") {
                std::thread::spawn(move || {
                    std::thread::sleep(Duration::from_millis(60));
                    drop(connection.script("commit"));
                });
                return result;
            }
            match connection.script("commit") {
                Ok(()) => result,
                Err(e) => {
                    // Committed or not is unknown: the caller's key finds out.
                    drop(Client::take(connection.client));
                    Err(e.into())
                }
            }
        };
        let done = tokio::task::spawn_blocking(work).await;
        done.unwrap_or_else(|_| Err(Error::Database("Abbruch in einer Transaktion".into()).into()))
    }
}
