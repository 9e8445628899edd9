//! Published versions of services: the original bytes of all files used, numbered and hashed. `serve` reads
//! nothing else, and a case names the hash that it was made under.

use jiff::Timestamp;

use crate::engine::{Row, Tx, values};
use crate::shared::SharedStore;
use crate::sql::statements;
use crate::{Error, Package, Result};

statements! { Shared "packages";
    LATEST = "select service, version, hash, published_at, body from package \
        where service = $1 order by version desc limit 1";
    BY_HASH = "select service, version, hash, published_at, body from package where hash = $1 \
        order by service limit 1";
    NUMBERED = "select service, version, hash, published_at, body from package where service = $1 and version = $2";
    OF_SERVICE = "select version from package where hash = $1 and service = $2";
    INSERT = "insert into package (service, version, hash, published_at, body) values ($1, $2, $3, $4, $5) \
        on conflict do nothing";
}

fn package(row: &Row) -> Result<Package> {
    Ok(Package {
        service: row.text(0)?.to_owned(),
        version: row.int(1)?,
        hash: row.text(2)?.to_owned(),
        published_at: row.time(3)?,
        bytes: row.bytes(4)?.to_vec(),
    })
}

/// Keeps a version that cases of an authority which moved in were made under. New applications use what this program
/// ships or the competence centre publishes (`versions`), so its number is only the next one.
pub(crate) fn keep(tx: &Tx<'_>, service: &str, hash: &str, bytes: &[u8], now: Timestamp) -> Result<()> {
    if tx.row(&OF_SERVICE, values![hash, service])?.is_some() {
        return Ok(());
    }
    let version = tx.row(&LATEST, values![service])?.map_or(Ok(0), |r| r.int(1))? + 1;
    tx.execute(&INSERT, values![service, version, hash, now, bytes])
        .map(drop)
}

/// Stores the bytes as the next version; its number. Bytes that were a version keep the number they had.
///
/// # Errors
/// `Busy` if another process published something else at the same moment.
pub(crate) fn put(tx: &Tx<'_>, service: &str, hash: &str, bytes: &[u8], now: Timestamp) -> Result<i64> {
    let number = || tx.row(&OF_SERVICE, values![hash, service]);
    if let Some(row) = number()? {
        return row.int(0);
    }
    let version = tx.row(&LATEST, values![service])?.map_or(Ok(0), |r| r.int(1))? + 1;
    match tx.execute(&INSERT, values![service, version, hash, now, bytes])? {
        // Hosts of one version start together and publish the same.
        0 => number()?.map_or(Err(Error::Busy), |row| row.int(0)),
        _ => Ok(version),
    }
}

impl SharedStore {
    /// The same in a transaction of its own.
    ///
    /// # Errors
    /// `Busy` if another process published something else at the same moment.
    pub async fn publish_package(&self, service: &str, hash: &str, bytes: Vec<u8>, now: Timestamp) -> Result<i64> {
        let (service, hash) = (service.to_owned(), hash.to_owned());
        self.db.write(move |tx| put(tx, &service, &hash, &bytes, now)).await
    }

    /// The version that a case names.
    pub async fn package(&self, hash: &str) -> Result<Option<Package>> {
        let params = values![hash].to_vec();
        self.db
            .read(move |tx| tx.row(&BY_HASH, &params)?.as_ref().map(package).transpose())
            .await
    }

    /// The version with this number.
    pub async fn package_numbered(&self, service: &str, version: i64) -> Result<Option<Package>> {
        let params = values![service, version].to_vec();
        self.db
            .read(move |tx| tx.row(&NUMBERED, &params)?.as_ref().map(package).transpose())
            .await
    }
}
