//! `kommunal migrate`: brings the tables up to date, apart from serving. On PostgreSQL as the role that owns them, so
//! that the program serves as one that owns nothing.

use anyhow::{Result, bail};
use kommunal::config::Config;

use super::data::{Data, open};

#[derive(clap::Args)]
pub struct Migrate {
    #[command(flatten)]
    data: Data,
}

impl Migrate {
    pub fn run(self) -> Result<()> {
        let config = self.data.config()?;
        super::serve::runtime()?.block_on(migrate(&config))
    }
}

async fn migrate(config: &Config) -> Result<()> {
    match (&config.database, &config.database_migrate) {
        (Some(database), Some(owner)) => {
            store::migrate_server(&database.0, &owner.0).await?;
            super::print_bytes("Die Tabellen in PostgreSQL sind auf dem Stand.\n".as_bytes())
        }
        (Some(_), None) => bail!(
            "Es fehlt database_migrate, die Adresse der Rolle, der die Tabellen gehören. Beispiel: postgres://kommunal_owner@db/kommunal"
        ),
        (None, Some(_)) => bail!("Zu database_migrate fehlt database, die Adresse der Rolle, die den Dienst betreibt."),
        (None, None) => {
            let store = open(config).await?;
            for tenant in store.shared().tenants().await? {
                store.tenant(&tenant.id).await?;
            }
            let authorities = store.shared().authorities().await?;
            let done = format!("Die Tabellen von {} Ämtern sind auf dem Stand.\n", authorities.len());
            super::print_bytes(done.as_bytes())
        }
    }
}
