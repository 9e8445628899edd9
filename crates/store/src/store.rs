//! Opening the store and its handles. SQLite: `shared.db`, `drafts.db` and `tenants/<id>.db` below the data
//! folder, about 200 tenants' files open at a time. PostgreSQL: one database for all.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, RwLock, Weak};
use std::time::{Duration, Instant};

use domain::TenantId;
use jiff::Timestamp;
use lru::LruCache;

use crate::backup::Claim;
use crate::engine::postgres::{Purpose, Whose};
use crate::engine::{Db, Tx, postgres, sqlite};
use crate::hints::Hints;
use crate::merge::{self, Whereabouts};
use crate::passwords::Passwords;
use crate::roots::{self, Roots};
use crate::shared::{SharedStore, authorities};
use crate::tenant::{Context, Keys, Parts, TenantStore};
use crate::{Authority, DraftStore, Entropy, Error, Result, migrate, wall};

/// A merging by another process is noticed within so long, where no transaction notices it first.
const LEARN_EACH: Duration = Duration::from_secs(2);
/// Files of tenants kept open. Each takes up to seven descriptors and about 180 KiB.
const OPEN_FILES: NonZeroUsize = NonZeroUsize::new(200).unwrap();
/// Descriptors needed for them, the two other files and 500 connections.
const DESCRIPTORS: u64 = 2_000;
/// Descriptors asked for.
const DESCRIPTORS_WANTED: u64 = 65_536;

/// How to open the store.
#[derive(Debug, Clone)]
pub struct StoreConfig {
    /// Folder of the data; made if it is not there.
    pub data: PathBuf,
    /// PostgreSQL DSN of the role that serves; `None`: SQLite files below `data`.
    pub database: Option<String>,
    /// PostgreSQL DSN of the role that owns the tables, to bring them up to date first. `None`: they have to be, or
    /// the role that serves owns them.
    pub database_migrate: Option<String>,
    pub root: Roots,
    pub entropy: Entropy,
}

pub(crate) enum Backend {
    Files(PathBuf),
    Server(postgres::Pool),
}

/// Open tenants: the recent ones are kept, the others as long as somebody uses them. A file is never open
/// twice, so that there is one writing thread for it.
struct Tenants {
    recent: LruCache<TenantId, Arc<Parts>>,
    open: HashMap<TenantId, Weak<Parts>>,
}

/// Where an authority's data were found.
enum Found {
    Here(Arc<Parts>),
    /// It was merged into this one.
    Moved(TenantId),
}

pub(crate) struct Inner {
    pub(crate) backend: Backend,
    shared: SharedStore,
    drafts: DraftStore,
    /// Wrap the tenants' keys.
    pub(crate) roots: Roots,
    tenants: Mutex<Tenants>,
    /// Authorities that were merged into others, as far as this process knows.
    pub(crate) successors: RwLock<HashMap<TenantId, (TenantId, String)>>,
    /// When that was last read.
    learned: Mutex<Instant>,
    opening: tokio::sync::Mutex<()>,
    pub(crate) hints: Arc<Hints>,
    pub(crate) passwords: Passwords,
}

/// The store. Cheap to clone.
#[derive(Clone)]
pub struct Store(pub(crate) Arc<Inner>);

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Store")
    }
}

fn folder(path: &Path) -> Result<()> {
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(|e| Error::Setup(format!("Der Ordner {} lässt sich nicht anlegen: {e}.", path.display())))
}

/// The name of a file made in this folder outlives a loss of power.
pub(crate) fn sync_folder(of: &Path) -> Result<()> {
    let folder = of.parent().unwrap_or(of);
    std::fs::File::open(folder)
        .and_then(|d| d.sync_all())
        .map_err(|e| Error::Setup(format!("{} lässt sich nicht sichern: {e}.", folder.display())))
}

/// Raises the limit of open files as far as it may be.
fn descriptors() -> Result<()> {
    let limit = rlimit::increase_nofile_limit(DESCRIPTORS_WANTED).unwrap_or(0);
    if limit < DESCRIPTORS {
        return Err(Error::Setup(format!(
            "Es dürfen nur {limit} Dateien zugleich offen sein, gebraucht werden {DESCRIPTORS}. \
             Erhöhen Sie die Grenze: LimitNOFILE=65536 in der Unit, sonst ulimit -n 65536."
        )));
    }
    Ok(())
}

/// A role that may make no tables finds them as they have to be, or says who is to bring them there. One that may (a
/// small installation with one role for everything) does it itself.
fn up_to_date(tx: &Tx<'_>, migrated: bool) -> Result<()> {
    if !migrated && wall::may_create(tx)? {
        return migrate::server(tx, None);
    }
    if migrate::is_up_to_date(tx, &[&migrate::SHARED, &migrate::DRAFTS, &migrate::TENANT])? {
        return Ok(());
    }
    Err(Error::Setup(
        "Die Tabellen in PostgreSQL sind nicht auf dem Stand dieses Programms, und diese Rolle darf sie nicht ändern. \
         Führen Sie „kommunal migrate“ aus, mit „database_migrate“ für die Rolle, der sie gehören."
            .into(),
    ))
}

/// Brings the tables of a PostgreSQL database up to date as the role that owns them (`owner`), raises the wall
/// between tenants and gives the role that serves (`database`) its rights.
///
/// # Errors
/// `Setup` with a German sentence: no such role, no right, newer data.
pub async fn migrate_server(database: &str, owner: &str) -> Result<()> {
    let program = postgres::role(database).ok_or_else(|| {
        Error::Setup("In „database“ fehlt der Name der Rolle. Beispiel: postgres://kommunal@db/kommunal".into())
    })?;
    let db = Db::postgres(postgres::Pool::connect(owner, Purpose::Migrate).await?, None);
    let done = db.write(move |tx| migrate::server(tx, Some(&program))).await;
    done.map_err(|e| match e {
        Error::Database(text) if text.contains("42501") => Error::Setup(format!(
            "Der Rolle in „database_migrate“ fehlt ein Recht: {text}. Ihr müssen Schema und Tabellen gehören; \
             die einer früheren Rolle gibt ihr: reassign owned by FRÜHERE to NEUE;"
        )),
        other => other,
    })
}

impl Store {
    /// Opens or makes the store and brings its tables up to date.
    ///
    /// # Errors
    /// `Setup` with a German sentence: wrong root key, too few descriptors, no server, newer data.
    pub async fn open(config: StoreConfig) -> Result<Store> {
        let StoreConfig {
            data,
            database,
            database_migrate,
            root,
            entropy,
        } = config;
        sqlite::assert_version()?;
        folder(&data)?;
        let prove = {
            let (keys, entropy) = (root.keys(), entropy.clone());
            move |tx: &Tx<'_>| roots::open(tx, &keys, &entropy)
        };
        let (backend, shared, drafts, own) = match database {
            Some(dsn) => {
                if let Some(owner) = &database_migrate {
                    migrate_server(&dsn, owner).await?;
                }
                let pool = postgres::Pool::connect(&dsn, Purpose::Serve).await?;
                let db = Db::postgres(pool.clone(), None);
                let migrated = database_migrate.is_some();
                let opened = db.write(move |tx| {
                    up_to_date(tx, migrated)?;
                    prove(tx)
                });
                let own = opened.await?;
                (Backend::Server(pool), db.clone(), db, own)
            }
            None => {
                descriptors()?;
                folder(&data.join("tenants"))?;
                let files = data.clone();
                let open = move || -> Result<_> {
                    let mut own = None;
                    let shared = sqlite::File::open(&files.join("shared.db"), |tx| {
                        migrate::run(tx, &migrate::SHARED)?;
                        own = Some(prove(tx)?);
                        Ok(())
                    })?;
                    let drafts = sqlite::File::open(&files.join("drafts.db"), |tx| migrate::run(tx, &migrate::DRAFTS))?;
                    let own = own.ok_or(Error::Missing("key_check"))?;
                    Ok((Db::sqlite(Arc::new(shared)), Db::sqlite(Arc::new(drafts)), own))
                };
                let (shared, drafts, own) = blocking(open).await?;
                (Backend::Files(data), shared, drafts, own)
            }
        };
        let inner = Inner {
            backend,
            hints: Hints::new(shared.clone()),
            shared: SharedStore {
                db: shared,
                lookup: Arc::new(own.lookup),
                entropy: entropy.clone(),
            },
            drafts: DraftStore {
                db: drafts,
                pepper: Arc::new(own.drafts),
                entropy,
            },
            roots: root,
            tenants: Mutex::new(Tenants {
                recent: LruCache::new(OPEN_FILES),
                open: HashMap::new(),
            }),
            successors: RwLock::default(),
            learned: Mutex::new(Instant::now()),
            opening: tokio::sync::Mutex::new(()),
            passwords: Passwords::new(),
        };
        let store = Store(Arc::new(inner));
        store.learn_successors().await?;
        Ok(store)
    }

    pub fn entropy(&self) -> &Entropy {
        &self.0.shared.entropy
    }

    /// What belongs to no tenant.
    pub fn shared(&self) -> SharedStore {
        self.0.shared.clone()
    }

    /// Begun applications.
    pub fn drafts(&self) -> DraftStore {
        self.0.drafts.clone()
    }

    /// Makes key, file and tables of an authority. One that exists is left as it is and opened.
    ///
    /// # Errors
    /// `Setup` if the id is not a slug.
    pub async fn create_tenant(&self, authority: Authority) -> Result<TenantStore> {
        let id = authority.id.clone();
        let mut root = self.0.shared.db.read(roots::named).await?;
        loop {
            let wrap = self.0.roots.wrapper(root.clone()).await?;
            let (authority, store, under) = (authority.clone(), self.clone(), root.clone());
            let changed = self.0.shared.db.write(move |tx| {
                // Another process may have changed the root key since: then once more, under the new one.
                let now_under = roots::current(tx)?;
                if now_under != under {
                    return Ok(Some(now_under));
                }
                authorities::create(tx, &authority, &wrap, &under, store.entropy())?;
                Ok::<_, Error>(None)
            });
            match changed.await? {
                Some(other) => root = other,
                None => break,
            }
        }
        self.tenant(&id).await
    }

    fn open_tenant(&self, id: &TenantId) -> Option<Arc<Parts>> {
        let mut tenants = self.0.tenants.lock().unwrap_or_else(|e| e.into_inner());
        let recent = tenants.recent.get(id).cloned();
        let known = recent.is_some();
        let parts = recent.or_else(|| tenants.open.get(id)?.upgrade())?;
        if parts.db.is_gone() {
            drop(tenants);
            self.let_go(id);
            return None;
        }
        if !known {
            tenants.recent.put(id.clone(), parts.clone());
        }
        Some(parts)
    }

    /// Keeps no handle on an authority that is no longer what it was.
    pub(crate) fn let_go(&self, id: &TenantId) {
        let mut tenants = self.0.tenants.lock().unwrap_or_else(|e| e.into_inner());
        tenants.recent.pop(id);
        tenants.open.remove(id);
    }

    /// The handle on one authority's data; of one that was merged into another, the other's.
    ///
    /// # Errors
    /// `Missing("tenant")` if there is none; `Busy` while it is being merged.
    pub async fn tenant(&self, id: &TenantId) -> Result<TenantStore> {
        if self.learned_long_ago() {
            self.learn_successors().await?;
        }
        let mut id = id.clone();
        let parts = loop {
            match self.open_tenant(&id) {
                Some(parts) => break parts,
                None => match self.load_tenant(&id).await? {
                    Found::Here(parts) => break parts,
                    Found::Moved(into) => id = into,
                },
            }
        };
        Ok(TenantStore {
            parts,
            hints: self.0.hints.clone(),
        })
    }

    /// Now and then it is asked whether another process has merged an authority. On files a handle sees that its file is
    /// gone; but neighbours who only name it have to know, too.
    fn learned_long_ago(&self) -> bool {
        let mut learned = self.0.learned.lock().unwrap_or_else(|e| e.into_inner());
        let long = learned.elapsed() > LEARN_EACH;
        if long {
            *learned = Instant::now();
        }
        long
    }

    async fn load_tenant(&self, id: &TenantId) -> Result<Found> {
        let _one_at_a_time = self.0.opening.lock().await;
        if let Some(parts) = self.open_tenant(id) {
            return Ok(Found::Here(parts));
        }
        let name = id.0.clone();
        match self.0.shared.db.read(move |tx| merge::whereabouts(tx, &name)).await? {
            Whereabouts::Here => {}
            Whereabouts::Underway => return Err(Error::Busy),
            Whereabouts::Into(other) => {
                self.learn_successors().await?;
                return Ok(Found::Moved(other));
            }
        }
        let name = id.0.clone();
        let found = self.0.shared.db.read(move |tx| authorities::load(tx, &name)).await?;
        let (authority, sealed) = found.ok_or(Error::Missing("tenant"))?;
        let key = sealed.open(&self.0.roots.wrapper(sealed.root.clone()).await?)?;
        let db = match &self.0.backend {
            Backend::Server(pool) => {
                let whose = Whose {
                    id: id.0.clone(),
                    since: authority.created_at.as_millisecond(),
                    gone: AtomicBool::new(false),
                };
                Db::postgres(pool.clone(), Some(whose))
            }
            Backend::Files(data) => {
                let (path, shared) = (data.join("tenants").join(format!("{id}.db")), data.join("shared.db"));
                let name = id.0.clone();
                let open = move || {
                    let claim = Claim::of(&path)?;
                    // Since it was looked up somebody may have begun to merge it, and an empty file is none of its.
                    if !matches!(
                        sqlite::look(&shared, |tx| merge::whereabouts(tx, &name))?,
                        Whereabouts::Here
                    ) {
                        return Err(Error::Busy);
                    }
                    claim.settle()?;
                    sqlite::File::open(&path, |tx| migrate::run(tx, &migrate::TENANT))
                };
                let file = blocking(open).await?;
                Db::sqlite(Arc::new(file))
            }
        };
        let context = Context {
            authority,
            keys: Keys::new(&key)?,
            entropy: self.entropy().clone(),
        };
        let parts = Arc::new(Parts { db, context });
        let mut tenants = self.0.tenants.lock().unwrap_or_else(|e| e.into_inner());
        tenants.open.retain(|_, weak| weak.strong_count() > 0);
        tenants.open.insert(id.clone(), Arc::downgrade(&parts));
        tenants.recent.put(id.clone(), parts.clone());
        Ok(Found::Here(parts))
    }

    /// Does the store take writes? For `/health`.
    ///
    /// # Errors
    /// `Stopped` after an I/O error, `Busy` when the server does not answer.
    pub async fn health(&self) -> Result<()> {
        self.0.shared.db.write(|_| Ok::<_, Error>(())).await?;
        self.0.drafts.db.write(|_| Ok::<_, Error>(())).await
    }

    /// Tenants with a job due, soonest first. Then `TenantStore::claim_jobs` until it gives none.
    pub async fn due_tenants(&self, now: Timestamp, limit: u32) -> Result<Vec<TenantId>> {
        let mut due = Vec::new();
        for id in self.0.hints.due(now, limit).await? {
            // A hint that was written late names an authority that was merged into another since.
            let id = match self.successor(&id) {
                Some((into, _)) => {
                    self.0.hints.forget(&id).await?;
                    into
                }
                None => id,
            };
            if !due.contains(&id) {
                due.push(id);
            }
        }
        Ok(due)
    }

    /// Rebuilds the hints from the tenants' own tables. Once after start. Returns the tenants whose data
    /// could not be read, with why: one that is broken does not stop the others.
    ///
    /// # Errors
    /// The list of authorities cannot be read.
    pub async fn sweep_hints(&self) -> Result<Vec<(TenantId, Error)>> {
        let mut broken = Vec::new();
        for id in self.0.shared.tenants().await?.into_iter().map(|a| a.id) {
            let due = async { self.tenant(&id).await?.read(|t| t.next_job_due()).await };
            match due.await {
                Ok(Some(due)) => self.0.hints.announce(&id, due.as_millisecond()),
                Ok(None) => {}
                Err(error) => broken.push((id, error)),
            }
        }
        Ok(broken)
    }

    /// When the next job falls due, as far as hints know, but for these tenants.
    pub async fn next_due(&self, but: &[TenantId]) -> Result<Option<Timestamp>> {
        self.0.hints.next(but).await
    }

    /// Returns when this process wrote a job or the time is over.
    pub async fn wait_for_job(&self, at_most: Duration) {
        drop(tokio::time::timeout(at_most, self.0.hints.news()).await);
    }
}

pub(crate) async fn blocking<T: Send + 'static>(f: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(f)
        .await
        .unwrap_or_else(|_| Err(Error::Database("Abbruch beim Öffnen".into())))
}
