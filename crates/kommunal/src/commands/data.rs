//! What every command on an installation's data shares: where the data are, their key, and opening them.

use std::path::PathBuf;

use anyhow::{Result, bail};
use kommunal::config::{Config, Secret};
use store::{Entropy, RootKey, Roots, Store, StoreConfig};

use super::key_source::KeySource;

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
            (config.root_key, config.root_key_command) = (None, None);
        }
        if let Some(url) = &self.base_url {
            config.base_url = Some(url.trim_end_matches('/').to_owned());
        }
        Ok(config)
    }
}

/// The settings' address of the database.
pub fn database(config: &Config) -> Option<&str> {
    config.database.as_ref().map(|d| d.0.as_str())
}

/// A first start makes the key file. Where data exist a new key would lock them away, and would mislead whoever looks
/// for the lost one.
async fn first_key(config: &Config, source: &KeySource) -> Result<Option<PathBuf>> {
    let KeySource::File(path) = source else {
        return Ok(None);
    };
    if path.exists() || store::data_exist(&config.data, database(config)).await? {
        return Ok(None);
    }
    RootKey::create(path, &Entropy::System)?;
    Ok(Some(path.clone()))
}

/// An installation that is there already. A mistyped folder is told, not made: a command that found an empty place would
/// say that all is well.
///
/// # Errors
/// Nothing lies there, or it does not open.
pub async fn open_existing(config: &Config) -> Result<Store> {
    if !store::data_exist(&config.data, database(config)).await? {
        match config.database {
            Some(_) => bail!(
                "In dieser Datenbank liegt keine Einrichtung. Prüfen Sie die Adresse (--database); eine neue beginnt mit kommunal serve."
            ),
            None => bail!(
                "In {} liegt keine Einrichtung. Prüfen Sie den Ordner (--data); eine neue beginnt mit kommunal serve.",
                config.data.display()
            ),
        }
    }
    open(config).await
}

/// What is there, or a new installation.
pub async fn open(config: &Config) -> Result<Store> {
    let source = KeySource::of(config);
    let made = first_key(config, &source).await?;
    let roots = Roots::read(move || source.read())?;
    let secret = |dsn: &Option<Secret>| dsn.as_ref().map(|d| d.0.clone());
    let opened = Store::open(StoreConfig {
        data: config.data.clone(),
        database: secret(&config.database),
        database_migrate: secret(&config.database_migrate),
        root: roots,
        entropy: Entropy::System,
    });
    let opened = opened.await;
    // Another host was first, with its own key: the one made here opens nothing.
    if let (Err(store::Error::Setup(why)), Some(path)) = (&opened, made)
        && why.starts_with(store::WRONG_ROOT)
    {
        std::fs::remove_file(path)?;
    }
    Ok(opened?)
}
