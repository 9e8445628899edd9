//! The published services: of each the version in force, and older ones by hash for running cases. At start `publish`
//! hands in what came with the program; everything else reads packages only. What the competence centre approves or
//! withdraws is seen by every process within seconds (`look`), and a day that comes by itself.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, RwLock};

use jiff::Timestamp;
use jiff::civil::Date;
use schema::{FileMap, Loaded, Region, Service};

use crate::shared::versions::in_force;
use crate::{Result, SharedStore, Version, VersionState};

/// Seconds after which a process looks again what others have published or withdrawn.
const LOOK: i64 = 5;

/// Handle on the published services. Cheap to clone.
#[derive(Clone)]
pub struct Services {
    shared: SharedStore,
    /// Calendar and responsibilities of now; the figures of law are each version's own.
    region: Arc<Region>,
    now: Arc<RwLock<Now>>,
    by_hash: Arc<RwLock<BTreeMap<String, Arc<Service>>>>,
    /// What came with the program, by hash: read once at start, with the packed examples that it was read with.
    shipped: Arc<BTreeMap<String, (Vec<u8>, Arc<Service>)>>,
    /// When this process looked last, in epoch seconds.
    looked: Arc<AtomicI64>,
}

/// What is in force.
#[derive(Default)]
struct Now {
    services: BTreeMap<String, Arc<Service>>,
    versions: Vec<Version>,
    day: Date,
}

/// Why shipped services cannot be published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    #[error("{0}")]
    Service(String),
    #[error(transparent)]
    Store(#[from] crate::Error),
}

impl Services {
    /// Publishes every service of `files`, as `loaded` from them, whose hash is new, and reads what is in force.
    pub async fn publish(
        shared: SharedStore,
        files: &FileMap,
        loaded: &Loaded,
        now: Timestamp,
    ) -> Result<Services, PublishError> {
        if let Some(first) = loaded.diagnostics.first() {
            return Err(PublishError::Service(format!(
                "{first} (und {} weitere)",
                loaded.diagnostics.len() - 1
            )));
        }
        let mut shipped = BTreeMap::new();
        for (id, service) in &loaded.catalog.services {
            let pack = |files: &FileMap| schema::package::pack(files).map_err(PublishError::Service);
            let bytes = pack(&schema::package::files_of(files, id))?;
            let examples = pack(&schema::package::examples_of(files, id))?;
            shared
                .ship_version(id, &service.hash, bytes, examples.clone(), now)
                .await?;
            shipped.insert(service.hash.clone(), (examples, service.clone()));
        }
        let services = Services::over(shared, loaded.catalog.region.clone(), shipped);
        for (_, service) in services.shipped.values() {
            services.keep(service);
        }
        services.look_now(now).await?;
        Ok(services)
    }

    /// Only reads what is published: for commands.
    pub async fn open(shared: SharedStore, region: Arc<Region>, now: Timestamp) -> Result<Services> {
        let services = Services::over(shared, region, BTreeMap::new());
        services.look_now(now).await?;
        Ok(services)
    }

    fn over(shared: SharedStore, region: Arc<Region>, shipped: BTreeMap<String, (Vec<u8>, Arc<Service>)>) -> Services {
        Services {
            shared,
            region,
            now: Arc::default(),
            by_hash: Arc::default(),
            shipped: Arc::new(shipped),
            looked: Arc::default(),
        }
    }

    fn keep(&self, service: &Arc<Service>) {
        if let Ok(mut map) = self.by_hash.write() {
            map.insert(service.hash.clone(), service.clone());
        }
    }

    /// Sees what was published or withdrawn since, and which day it is; at most every few seconds. What cannot be read
    /// now changes nothing: what was in force stays so until the next look.
    pub async fn look(&self, now: Timestamp) {
        let (at, last) = (now.as_second(), self.looked.load(Ordering::Relaxed));
        let fresh = (last..last + LOOK).contains(&at);
        // One looks, the others go on.
        if fresh
            || self
                .looked
                .compare_exchange(last, at, Ordering::Relaxed, Ordering::Relaxed)
                .is_err()
        {
            return;
        }
        if let Err(error) = self.look_now(now).await {
            tracing::error!(event = "services.look_failed", %error, "what is published could not be read");
        }
    }

    /// The same at once: after something was approved or withdrawn here.
    pub async fn look_now(&self, now: Timestamp) -> Result<()> {
        self.looked.store(now.as_second(), Ordering::Relaxed);
        let versions = self.shared.versions("").await?;
        let day = domain::date_of(now);
        let known = self.now.read().is_ok_and(|n| n.day == day && n.versions == versions);
        if !known {
            let services = self.in_force(&versions, day).await?;
            if let Ok(mut now) = self.now.write() {
                *now = Now {
                    services,
                    versions,
                    day,
                };
            }
        }
        Ok(())
    }

    /// Of each service the version of a day. One that this program cannot read is passed over, for the one before.
    async fn in_force(&self, versions: &[Version], day: Date) -> Result<BTreeMap<String, Arc<Service>>> {
        let mut out: BTreeMap<String, Arc<Service>> = BTreeMap::new();
        for version in in_force(versions, day) {
            if out.contains_key(&version.service) {
                continue;
            }
            match self.with_examples(version).await? {
                Some(service) => {
                    self.keep(&service);
                    out.insert(version.service.clone(), service);
                }
                None => tracing::error!(
                    event = "services.unreadable",
                    service = version.service,
                    version = version.version,
                    "a published version cannot be read by this program"
                ),
            }
        }
        Ok(out)
    }

    /// The version that new applications use.
    pub fn latest(&self, id: &str) -> Option<Arc<Service>> {
        self.now.read().ok()?.services.get(id).cloned()
    }

    /// All services in the version that new applications use, by id.
    pub fn all(&self) -> Vec<Arc<Service>> {
        self.now
            .read()
            .map(|now| now.services.values().cloned().collect())
            .unwrap_or_default()
    }

    /// What became of the versions of a service (empty: of all), the newest first; as of the last look.
    pub fn versions(&self, service: &str) -> Vec<Version> {
        let of = |v: &&Version| service.is_empty() || v.service == service;
        self.now
            .read()
            .map(|now| now.versions.iter().filter(of).cloned().collect())
            .unwrap_or_default()
    }

    /// The approved version that one takes or would take the place of.
    pub fn before(&self, version: &Version) -> Option<Version> {
        let order = |v: &Version| (v.valid_from, v.n);
        let mut known = self.versions(&version.service);
        known.retain(|v| v.id != version.id && v.hash != version.hash && v.state == VersionState::Approved);
        known.retain(|v| order(v) < order(version));
        known.into_iter().max_by_key(order)
    }

    /// What became of the version with this hash at last.
    pub fn record(&self, service: &str, hash: &str) -> Option<Version> {
        self.versions(service).into_iter().find(|v| v.hash == hash)
    }

    /// The version with this hash if it was withdrawn: then no new application is made with it.
    pub fn withdrawn(&self, service: &str, hash: &str) -> Option<Version> {
        self.record(service, hash)
            .filter(|v| v.state == VersionState::Withdrawn)
    }

    /// The version with this hash: from memory, else from its package.
    pub async fn version(&self, hash: &str) -> Result<Option<Arc<Service>>> {
        if let Some(found) = self.by_hash.read().ok().and_then(|m| m.get(hash).cloned()) {
            return Ok(Some(found));
        }
        let service = self.read(hash, None).await?;
        if let Some(service) = &service {
            self.keep(service);
        }
        Ok(service)
    }

    /// The same with its examples, as they were handed in with it: another version may have the same bytes and other
    /// examples, so from memory only what came with both.
    pub async fn with_examples(&self, version: &Version) -> Result<Option<Arc<Service>>> {
        let examples = self.shared.version_examples(&version.id).await?;
        if let Some((shipped, service)) = self.shipped.get(&version.hash)
            && *shipped == examples
        {
            return Ok(Some(service.clone()));
        }
        self.read(&version.hash, Some(&examples)).await
    }

    async fn read(&self, hash: &str, examples: Option<&[u8]>) -> Result<Option<Arc<Service>>> {
        let Some(package) = self.shared.package(hash).await? else {
            return Ok(None);
        };
        let Ok(mut files) = schema::package::unpack(&package.bytes) else {
            return Ok(None);
        };
        if let Some(more) = examples.and_then(|bytes| schema::package::unpack(bytes).ok()) {
            files.extend(more);
        }
        let loaded = schema::load(&files);
        let Some(service) = loaded.published(&package.service) else {
            return Ok(None);
        };
        // A case is decided by the figures that its version names; days and offices are those of now.
        let region = if service.region.law == self.region.law {
            self.region.clone()
        } else {
            Arc::new(Region {
                law: service.region.law.clone(),
                ..(*self.region).clone()
            })
        };
        // The hash is the package's name, whatever a newer loader would compute.
        Ok(Some(Arc::new(Service {
            hash: hash.to_owned(),
            region,
            ..(**service).clone()
        })))
    }
}
