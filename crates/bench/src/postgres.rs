//! A private PostgreSQL cluster by `tests/pg.sh`, here with everything synced, on the server's core; and its raw limit.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use tokio_postgres::{Client, NoTls};

use crate::machine::Cores;
use crate::raw::ROW;

/// A running cluster; stopped and deleted with its handle.
pub struct Cluster {
    script: PathBuf,
    folder: PathBuf,
    client: Client,
}

impl Cluster {
    /// Starts it; `None` where PostgreSQL is not installed.
    pub async fn start(root: &Path, folder: &Path, cores: Cores) -> Result<Option<Cluster>> {
        let script = root.join("tests/pg.sh");
        let out = cores
            .command(&script)
            .arg("start")
            .arg(folder)
            .env("PG_DURABLE", "1")
            .output()
            .context("tests/pg.sh")?;
        match out.status.code() {
            Some(0) => {}
            Some(3) => return Ok(None),
            _ => bail!("tests/pg.sh: {}", String::from_utf8_lossy(&out.stderr)),
        }
        let dsn = format!("host={} user=kommunal dbname=postgres", folder.display());
        let (client, connection) = tokio_postgres::connect(&dsn, NoTls).await?;
        tokio::spawn(async move { drop(connection.await) });
        let cluster = Cluster {
            script,
            folder: folder.to_owned(),
            client,
        };
        cluster
            .client
            .batch_execute("create database bench owner kommunal_owner")
            .await?;
        cluster
            .client
            .batch_execute("create table raw (id bigint primary key generated always as identity, body bytea not null)")
            .await?;
        Ok(Some(cluster))
    }

    /// The product's arguments.
    pub fn arguments(&self) -> Vec<String> {
        let dsn = |user: &str| format!("host={} user={user} dbname=bench", self.folder.display());
        vec![
            "--database".to_owned(),
            dsn("kommunal_app"),
            "--database-migrate".to_owned(),
            dsn("kommunal_owner"),
        ]
    }

    /// Durable one-row commits a second, on one connection.
    pub async fn commits(&self, time: Duration) -> Result<f64> {
        let insert = self.client.prepare("insert into raw (body) values ($1)").await?;
        let row = vec![7_u8; ROW];
        let (began, mut n) = (Instant::now(), 0_u32);
        while began.elapsed() < time {
            self.client.execute(&insert, &[&row]).await?;
            n += 1;
        }
        Ok(f64::from(n) / began.elapsed().as_secs_f64())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(Command::new(&self.script).arg("stop").arg(&self.folder).status());
    }
}
