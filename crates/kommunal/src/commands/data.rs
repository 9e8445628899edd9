//! What every command on an installation's data shares: where the data are, their key, and opening them.

use std::path::{Path, PathBuf};

use anyhow::Result;
use kommunal::config::{Config, Secret};
use store::{Entropy, RootKey, Store, StoreConfig};

/// What the command line may say over file and environment.
#[derive(Debug, Clone, clap::Args)]
pub struct Data {
    /// Datei mit den Einstellungen; ohne Angabe kommunal.toml, wenn es sie gibt
    #[arg(long, value_name = "DATEI")]
    config: Option<PathBuf>,
    /// Ordner der Daten
    #[arg(long, value_name = "ORDNER")]
    data: Option<PathBuf>,
    /// PostgreSQL statt Dateien: postgres://…
    #[arg(long, value_name = "ADRESSE")]
    database: Option<String>,
    /// PostgreSQL als Rolle, der die Tabellen gehören; bringt sie vor dem Start auf den Stand
    #[arg(long, value_name = "ADRESSE")]
    database_migrate: Option<String>,
    /// Datei mit dem Hauptschlüssel; ohne Angabe neben dem Ordner der Daten: ORDNER.schluessel
    #[arg(long, value_name = "DATEI")]
    root_key_file: Option<PathBuf>,
    /// Adresse für Links in Mails und Briefen; ohne Angabe http://LISTEN
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
}

impl Data {
    /// File, environment, then the command line.
    pub fn config(&self) -> Result<Config> {
        let mut config = Config::load(self.config.as_deref(), &Config::environment())?;
        if let Some(data) = &self.data {
            config.data.clone_from(data);
        }
        if let Some(database) = &self.database {
            config.database = Some(Secret(database.clone()));
        }
        if let Some(owner) = &self.database_migrate {
            config.database_migrate = Some(Secret(owner.clone()));
        }
        if let Some(file) = &self.root_key_file {
            config.root_key_file = Some(file.clone());
        }
        if let Some(url) = &self.base_url {
            config.base_url = Some(url.trim_end_matches('/').to_owned());
        }
        Ok(config)
    }
}

/// The root key: beside the data, never in it. A new one only where there are no data yet: a new key for
/// old data would lock everything away.
fn root_key(config: &Config, entropy: &Entropy) -> Result<RootKey> {
    let path = key_file(config);
    if config.data.join("shared.db").exists() {
        Ok(RootKey::load(&path)?)
    } else {
        Ok(RootKey::load_or_create(&path, entropy)?)
    }
}

/// Where the root key lies.
pub fn key_file(config: &Config) -> PathBuf {
    config.root_key_file.clone().unwrap_or_else(|| beside(&config.data))
}

fn beside(data: &Path) -> PathBuf {
    let mut name = data.file_name().unwrap_or_default().to_os_string();
    name.push(".schluessel");
    data.with_file_name(name)
}

pub async fn open(config: &Config) -> Result<Store> {
    let entropy = Entropy::System;
    let root = root_key(config, &entropy)?;
    let secret = |dsn: &Option<Secret>| dsn.as_ref().map(|d| d.0.clone());
    Ok(Store::open(StoreConfig {
        data: config.data.clone(),
        database: secret(&config.database),
        database_migrate: secret(&config.database_migrate),
        root,
        entropy,
    })
    .await?)
}
