//! The published services: the latest version of each, and older ones by hash for running cases.
//! `publish` is called once at start with the shipped folders; everything else reads packages only.

use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};

use jiff::Timestamp;
use schema::{FileMap, Loaded, Service};

use crate::{Result, SharedStore};

/// Handle on the published services. Cheap to clone.
#[derive(Clone)]
pub struct Services {
    shared: SharedStore,
    latest: Arc<RwLock<BTreeMap<String, Arc<Service>>>>,
    by_hash: Arc<RwLock<BTreeMap<String, Arc<Service>>>>,
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
    /// Publishes every service of `files`, as `loaded` from them, whose hash is new.
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
        let services = Services {
            shared,
            latest: Arc::default(),
            by_hash: Arc::default(),
        };
        for (id, service) in &loaded.catalog.services {
            let bytes = schema::package::pack(&schema::package::files_of(files, id)).map_err(PublishError::Service)?;
            services.shared.publish_package(id, &service.hash, bytes, now).await?;
            services.keep(service, true);
        }
        Ok(services)
    }

    fn keep(&self, service: &Arc<Service>, latest: bool) {
        if let Ok(mut map) = self.by_hash.write() {
            map.insert(service.hash.clone(), service.clone());
        }
        if latest && let Ok(mut map) = self.latest.write() {
            map.insert(service.id.clone(), service.clone());
        }
    }

    /// The version that new applications use.
    pub fn latest(&self, id: &str) -> Option<Arc<Service>> {
        self.latest.read().ok()?.get(id).cloned()
    }

    /// All services in their latest version, by id.
    pub fn all(&self) -> Vec<Arc<Service>> {
        self.latest
            .read()
            .map(|m| m.values().cloned().collect())
            .unwrap_or_default()
    }

    /// The version with this hash: from memory, else from its package.
    pub async fn version(&self, hash: &str) -> Result<Option<Arc<Service>>> {
        if let Some(found) = self.by_hash.read().ok().and_then(|m| m.get(hash).cloned()) {
            return Ok(Some(found));
        }
        let Some(package) = self.shared.package(hash).await? else {
            return Ok(None);
        };
        let Ok(files) = schema::package::unpack(&package.bytes) else {
            return Ok(None);
        };
        let loaded = schema::load(&files);
        let Some(service) = loaded.published(&package.service) else {
            return Ok(None);
        };
        // The hash is the package's name, whatever a newer loader would compute.
        let service = Arc::new(Service {
            hash: hash.to_owned(),
            ..(**service).clone()
        });
        self.keep(&service, false);
        Ok(Some(service))
    }
}
