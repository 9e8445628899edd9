//! The demo town in a folder (or database) of its own, with a clock that stands until it is moved.

use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};

use axum::Router;
use exchange::Register;
use jiff::Timestamp;
use jobs::{Mailer, Worker};
use kommunal::shipped::Shipped;
use kommunal::wiring::{Plan, wire};
use letters::Press;
use store::backup::BackupPlan;
use store::{Entropy, RootKey, Store, StoreConfig, TenantStore};
use web::limits::Limits;
use web::state::{App, Clock};

use crate::actors::{Browser, Club};
use crate::first_start;

pub struct Town {
    pub app: App,
    pub router: Router,
    pub worker: Worker,
    clock: Arc<AtomicI64>,
    folder: PathBuf,
    /// As the superuser, who sees every row.
    database: Option<String>,
    drop_database: Option<(String, String)>,
}

impl Drop for Town {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.folder));
        if let Some((server, name)) = self.drop_database.take() {
            let gone = std::thread::spawn(move || sql(&server, &format!("drop database {name} with (force)")));
            drop(gone.join());
        }
    }
}

/// Runs one statement on the server, outside the store.
pub fn sql(dsn: &str, text: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(dsn, tokio_postgres::NoTls)
            .await
            .expect("a server");
        let connection = tokio::spawn(connection);
        client.batch_execute(text).await.expect("a statement");
        drop(client);
        drop(connection.await);
    });
}

/// The same database as another role.
pub fn as_role(dsn: &str, role: &str) -> String {
    dsn.replace("user=kommunal ", &format!("user={role} "))
}

/// Read once for all stories of a run.
pub static SHIPPED: LazyLock<Shipped> = LazyLock::new(Shipped::read);

/// As the operator's configuration names it.
fn operator() -> domain::office::Office {
    domain::office::Office {
        name: "Zweckverband Rechenzentrum".into(),
        street: "Beispielweg 1, 99084 Erfurt".into(),
        phone: "0361 1234-0".into(),
        data_officer: "Herr Muster, 0361 1234-9".into(),
        ..Default::default()
    }
}

/// A host of the product on these data.
pub async fn host(
    data: PathBuf,
    database: Option<&str>,
    owner: Option<String>,
    clock: Arc<AtomicI64>,
    limits: Limits,
    backup: Option<BackupPlan>,
) -> kommunal::wiring::Town {
    let store = Store::open(StoreConfig {
        data,
        database: database.map(|dsn| as_role(dsn, "kommunal_app")),
        database_migrate: owner,
        root: RootKey::parse(&"4b".repeat(32)).expect("a key").into(),
        entropy: Entropy::System,
    })
    .await
    .expect("the store opens");
    let plan = Plan {
        store,
        register: Register::shipped(&SHIPPED.files).expect("the register"),
        press: Press::in_process(),
        inspector: papers::Inspector::in_process(),
        mailer: Mailer::outbox_only(),
        clock: Clock::Fixed(clock),
        demo: true,
        base_url: "http://localhost".into(),
        secure_cookies: false,
        trusted_proxies: Vec::new(),
        operator: operator(),
        limits,
        backup,
        provider: None,
        vouchers: Vec::new(),
    };
    wire(plan, &SHIPPED).await.expect("the parts fit")
}

/// The evening on which every story starts, unless it moves the clock.
pub const EVENING: &str = "2026-11-24T21:39:05Z";

/// A clock that stands at that evening until it is moved.
pub fn standing_clock() -> Arc<AtomicI64> {
    let start: Timestamp = EVENING.parse().expect("a moment");
    Arc::new(AtomicI64::new(start.as_second()))
}

/// What the product has logged in the stories of this run.
pub static LOG: std::sync::Mutex<Vec<u8>> = std::sync::Mutex::new(Vec::new());

/// Shows with a failing story, and is kept.
struct Log;

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        print!("{}", String::from_utf8_lossy(bytes));
        LOG.lock().expect("the log").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Town {
    async fn open(limits: Limits) -> Town {
        Town::with(None, None, limits, false).await
    }

    /// On files, with a backup each night.
    pub async fn backed_up() -> Town {
        Town::with(None, None, Limits::off(), true).await
    }

    async fn with(
        database: Option<String>,
        drop_database: Option<(String, String)>,
        limits: Limits,
        backed_up: bool,
    ) -> Town {
        static N: AtomicUsize = AtomicUsize::new(0);
        // What the product logs shows with a failing story.
        drop(
            tracing_subscriber::fmt()
                .with_writer(|| Log)
                .with_max_level(tracing::Level::WARN)
                .try_init(),
        );
        let name = format!(
            "kommunal-story-{}-{}",
            std::process::id(),
            N.fetch_add(1, Ordering::Relaxed)
        );
        let folder = std::env::temp_dir().join(name);
        let clock = standing_clock();
        let owner = database.as_deref().map(|dsn| as_role(dsn, "kommunal_owner"));
        if database.is_none() {
            first_start::on_files(&folder.join("data"));
        }
        let backup = backed_up.then(|| BackupPlan {
            folder: database.is_none().then(|| folder.join("backups")),
            max_age: jiff::SignedDuration::from_hours(26),
            keep: 2,
        });
        let parts = host(
            folder.join("data"),
            database.as_deref(),
            owner,
            clock.clone(),
            limits,
            backup,
        )
        .await;
        let router = web::router(parts.app.clone());
        Town {
            app: parts.app,
            router,
            worker: parts.worker,
            clock,
            folder,
            database,
            drop_database,
        }
    }

    pub async fn sqlite() -> Town {
        Town::open(Limits::off()).await
    }

    /// With limits per visitor, as in production.
    pub async fn limited() -> Town {
        Town::open(Limits::default()).await
    }

    /// The same on the test server, if there is one.
    pub async fn postgres_limited() -> Option<Town> {
        Town::on_server(Limits::default(), false).await
    }

    /// A database of its own on the test server, if there is one.
    pub async fn postgres() -> Option<Town> {
        Town::on_server(Limits::off(), false).await
    }

    async fn on_server(limits: Limits, backed_up: bool) -> Option<Town> {
        let Ok(server) = std::env::var("KOMMUNAL_TEST_PG") else {
            eprintln!("KOMMUNAL_TEST_PG is not set: only SQLite is tested");
            return None;
        };
        static N: AtomicUsize = AtomicUsize::new(0);
        let name = format!("s{}_{}", std::process::id(), N.fetch_add(1, Ordering::Relaxed));
        let (at, new) = (server.clone(), name.clone());
        let dsn = tokio::task::spawn_blocking(move || first_start::on_server(&at, &new))
            .await
            .expect("a database");
        Some(Town::with(Some(dsn), Some((server, name)), limits, backed_up).await)
    }

    /// On the test server, where drills of restored servers are the evidence.
    pub async fn drilled() -> Option<Town> {
        Town::on_server(Limits::off(), true).await
    }

    /// The address of the role that serves.
    pub fn at_work(&self) -> String {
        as_role(self.database.as_deref().expect("a database"), "kommunal_app")
    }

    /// The database as it is now under another name, for the superuser: as one that was restored elsewhere.
    pub async fn restored_elsewhere(&self) -> String {
        static N: AtomicUsize = AtomicUsize::new(0);
        let (server, name) = self.drop_database.clone().expect("a database");
        let copy = format!("{name}_r{}", N.fetch_add(1, Ordering::Relaxed));
        let (client, connection) = tokio_postgres::connect(&server, tokio_postgres::NoTls)
            .await
            .expect("a server");
        tokio::spawn(connection);
        let end = format!("select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'");
        let make = format!("create database {copy} template {name} owner kommunal_owner");
        for _ in 0..50 {
            client.batch_execute(&end).await.expect("ended");
            if client.batch_execute(&make).await.is_ok() {
                return server.replace("dbname=postgres", &format!("dbname={copy}"));
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("{name} is never without connections");
    }

    /// Another host on the same database, as the role that serves.
    pub async fn second_host(&self) -> kommunal::wiring::Town {
        let data = self.folder.join("second");
        host(
            data,
            self.database.as_deref(),
            None,
            self.clock.clone(),
            Limits::off(),
            None,
        )
        .await
    }

    /// The operator's process beside this one, and the role that owns the tables.
    pub async fn operators(&self) -> (Store, Option<String>) {
        let owner = self.database.as_deref().map(|dsn| as_role(dsn, "kommunal_owner"));
        let store = Store::open(StoreConfig {
            data: self.folder.join("data"),
            database: self.database.as_deref().map(|dsn| as_role(dsn, "kommunal_app")),
            database_migrate: owner.clone(),
            root: RootKey::parse(&"4b".repeat(32)).expect("a key").into(),
            entropy: Entropy::System,
        });
        (store.await.expect("the store opens"), owner)
    }

    /// For another host that goes by the same time.
    pub fn same_clock(&self) -> Arc<AtomicI64> {
        self.clock.clone()
    }

    /// Where this town's files are.
    pub fn folder(&self) -> &std::path::Path {
        &self.folder
    }

    /// What `pg_dump` writes of the database, as the superuser; `None` on files.
    pub async fn dump(&self) -> Option<Vec<u8>> {
        let dsn = self.database.clone()?;
        let part = |key: &str| {
            dsn.split_whitespace()
                .find_map(|p| p.strip_prefix(key))
                .unwrap_or_default()
                .to_owned()
        };
        let mut dump = std::process::Command::new("pg_dump");
        dump.args(["--host", &part("host="), "--username", &part("user="), &part("dbname=")]);
        let work = move || dump.output().expect("pg_dump runs");
        let done = tokio::task::spawn_blocking(work).await.expect("a dump");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        Some(done.stdout)
    }

    /// Moves the clock and does what has fallen due.
    pub async fn pass(&self, seconds: i64) {
        self.clock.fetch_add(seconds, Ordering::SeqCst);
        self.work().await;
    }

    /// Sets the clock to the evening of a day.
    pub fn on(&self, day: jiff::civil::Date) {
        let evening = day.at(20, 0, 0, 0).in_tz("Europe/Berlin").expect("a moment");
        self.clock.store(evening.timestamp().as_second(), Ordering::SeqCst);
    }

    pub fn now(&self) -> jiff::Timestamp {
        self.app.now()
    }

    /// Sets the clock to a moment.
    pub fn at(&self, moment: &str) {
        let moment: Timestamp = moment.parse().expect("a moment");
        self.clock.store(moment.as_second(), Ordering::SeqCst);
    }

    /// Runs statements on an authority's data behind the store's back.
    pub async fn tamper(&self, authority: &str, sqlite: &str, postgres: &str) {
        let file = self.folder.join("data/tenants").join(format!("{authority}.db"));
        let (database, sqlite, postgres) = (self.database.clone(), sqlite.to_owned(), postgres.to_owned());
        let work = move || match database {
            Some(dsn) => sql(&dsn, &postgres),
            None => rusqlite::Connection::open(file)
                .and_then(|c| c.execute_batch(&sqlite))
                .expect("statements"),
        };
        tokio::task::spawn_blocking(work).await.expect("statements");
    }

    /// From now on nothing can be written to this authority's jobs.
    pub async fn break_jobs(&self, authority: &str) {
        let lite = |on: &str, row: &str| {
            format!(
                "create trigger broken_{on} before {on} on job when {row}.tenant = '{authority}' begin select raise(abort, 'broken'); end;"
            )
        };
        let pg = |on: &str, row: &str| {
            format!(
                "create trigger broken_{on} before {on} on job for each row when ({row}.tenant = '{authority}') execute function broken();"
            )
        };
        let function = "create or replace function broken() returns trigger language plpgsql as $$ begin raise exception 'broken'; end $$;";
        self.tamper(
            authority,
            &(lite("update", "old") + &lite("insert", "new")),
            &format!("{function} {} {}", pg("update", "old"), pg("insert", "new")),
        )
        .await;
    }

    pub async fn mend_jobs(&self, authority: &str) {
        self.tamper(
            authority,
            "drop trigger broken_update; drop trigger broken_insert;",
            "drop trigger broken_update on job; drop trigger broken_insert on job;",
        )
        .await;
    }

    /// Does every job that is due.
    pub async fn work(&self) {
        // A job's hint travels behind its row: a short wait finds it on both engines.
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        self.worker.run_due().await.expect("the worker works");
    }

    pub fn browser(&self) -> Browser {
        Browser::new(self.router.clone())
    }

    pub fn club(&self) -> Club {
        Club::new(self.browser(), self.app.clone())
    }

    /// A clerk who is logged in.
    pub async fn clerk(&self, email: &str) -> Browser {
        let mut browser = self.browser();
        let page = browser
            .post("/amt/anmelden", &[("mail", email), ("pass", "Vorfuehrung-2026")])
            .await;
        assert_eq!(page.status, 303, "log-in of {email}: {}", page.text());
        browser
    }

    /// What an authority has written, the newest first.
    pub async fn mails(&self, authority: &str) -> Vec<store::MailRow> {
        let tenant = self.authority(authority).await;
        tenant.read(|t| t.mails(500)).await.expect("mails")
    }

    pub async fn authority(&self, id: &str) -> TenantStore {
        self.app
            .store
            .tenant(&id.into())
            .await
            .expect("the authority takes part")
    }
}
