//! Out of the world: first the key, then the rows, then the name, so that a process which still serves acknowledges
//! nothing that is lost, and a run that broke off is done to its end by the next. At the end it is looked for what was
//! to be gone. Backups and exports keep what they hold until they are deleted themselves.

use std::path::{Path, PathBuf};
use std::time::Duration;

use domain::TenantId;

use super::export::is_still;
use super::tables;
use crate::backup::{Claim, scratch};
use crate::engine::postgres::{ALONE, NAME_TENANT, Pool, Purpose};
use crate::engine::{Db, Tx, sqlite, values};
use crate::shared::{account_log_ins, authorities, figures};
use crate::sql::statements;
use crate::store::{Backend, blocking};
use crate::tenant::TenantTx;
use crate::{Error, Result, Store, hints, merge};

statements! { Shared "erase";
    KEY = "delete from tenant_key where tenant = $1";
    SESSIONS = "delete from session where tenant = $1";
    LOGINS = "delete from login where tenant = $1";
    REFERENCES = "delete from reference_index where tenant = $1";
    CODES = "delete from authority_code where tenant = $1";
    NAME = "delete from authority where id = $1";
    LEFT = "select (select count(*) from tenant_key where tenant = $1) + (select count(*) from session where tenant = $1) \
        + (select count(*) from login where tenant = $1) + (select count(*) from reference_index where tenant = $1) \
        + (select count(*) from account_login where tenant = $1) + (select count(*) from account_session where tenant = $1) \
        + (select count(*) from authority_code where tenant = $1) + (select count(*) from job_hint where tenant = $1) \
        + (select count(*) from figure_month where tenant = $1) \
        + (select count(*) from authority where id = $1)";
    BODY = "select body from tenant_key where tenant = $1";
}

mod server {
    use super::statements;
    statements! { None "erase_server";
        NOW = "select /*postgres:(extract(epoch from clock_timestamp()) * 1000)::bigint*//*sqlite:0*/";
        /// Transactions of the role that serves that began before then.
        OLDER = "select count(*) from pg_stat_activity where usename = current_user and pid <> pg_backend_pid() \
            and extract(epoch from xact_start) * 1000 < $1::bigint";
    }
}

/// Every list of statements of this module.
pub(crate) static LISTS: &[&[&crate::sql::Sql]] = &[ALL, server::ALL];

/// How long others may take to end what they began. A statement ends after 60 seconds.
const PATIENCE: Duration = Duration::from_secs(65);

/// What was done and looked at, a sentence each.
#[derive(Debug)]
pub struct Erased {
    pub rows: i64,
    pub proofs: Vec<String>,
}

/// The key, the accounts and the way to its cases: from here on nothing of it opens.
fn lock_out(tx: &Tx<'_>, id: &str) -> Result<()> {
    let own = [&account_log_ins::END_OF_TENANT, &account_log_ins::FORGET_TENANT];
    for sql in [&KEY, &SESSIONS, &LOGINS, &REFERENCES, &hints::DELETE]
        .into_iter()
        .chain(own)
    {
        tx.execute(sql, values![id])?;
    }
    Ok(())
}

/// Refuses what is not there, else `lock_out`; the wrapped key as it was.
pub(crate) fn shut(tx: &Tx<'_>, id: &str) -> Result<Vec<u8>> {
    if !authorities::load_row(tx, id)? {
        return Err(super::export::unknown(&TenantId(id.to_owned())));
    }
    let body = tx.row(&BODY, values![id])?;
    let body = body.map_or(Ok(Vec::new()), |r| Ok::<_, Error>(r.bytes(0)?.to_vec()))?;
    lock_out(tx, id)?;
    Ok(body)
}

fn forget(tx: &Tx<'_>, id: &str) -> Result<()> {
    // A worker may have written the hint anew meanwhile.
    for sql in [&hints::DELETE, &CODES, &merge::FORGET, &NAME] {
        tx.execute(sql, values![id])?;
    }
    figures::forget(tx, id)?;
    match tx.row(&LEFT, values![id])?.map_or(Ok(0), |r| r.int(0))? {
        0 => Ok(()),
        n => Err(Error::Database(format!("erase: {n} rows are left in shared tables"))),
    }
}

/// Rows of every table from which the role that serves may delete. The log of acts it may only add to: an account's
/// stays, with no contents and no names.
fn rows_but_the_log(tx: &Tx<'_>, id: &str) -> Result<()> {
    for table in tables::TABLES
        .iter()
        .rev()
        .filter(|t| crate::tables::may_delete(t.name))
    {
        tx.execute(table.erase, values![id])?;
    }
    Ok(())
}

/// Rows of every table, deleted; those first that refer to others.
pub(crate) fn rows_out(tx: &Tx<'_>, id: &str) -> Result<i64> {
    let mut gone = 0;
    for table in tables::TABLES.iter().rev() {
        gone += i64::try_from(tx.execute(table.erase, values![id])?).unwrap_or(i64::MAX);
    }
    for table in tables::TABLES {
        if tx.row(table.count, values![id])?.map_or(Ok(0), |r| r.int(0))? > 0 {
            return Err(Error::Database(format!("erase: rows are left in {}", table.name)));
        }
    }
    Ok(gone)
}

/// Is this readable in the file?
fn holds(path: &Path, bytes: &[u8]) -> bool {
    let Ok(content) = std::fs::read(path) else {
        return false;
    };
    !bytes.is_empty() && content.windows(bytes.len()).any(|w| w == bytes)
}

/// An authority's file, what SQLite keeps beside it, states that a restore set aside, and the scratch folder of one
/// that was killed.
fn files_of(path: &Path) -> Vec<PathBuf> {
    let name = path.file_name().unwrap_or_default().as_encoded_bytes().to_owned();
    let folder = path.parent().and_then(|f| std::fs::read_dir(f).ok());
    let all = folder.into_iter().flatten().flatten().map(|e| e.path());
    all.filter(|p| p.file_name().is_some_and(|n| n.as_encoded_bytes().starts_with(&name)))
        .chain(Some(scratch(path)).filter(|p| p.exists()))
        .collect()
}

fn remove(path: &PathBuf) {
    drop(match path.is_dir() {
        true => std::fs::remove_dir_all(path),
        false => std::fs::remove_file(path),
    });
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

impl Store {
    /// Erases an authority: its key, its rows, its accounts, its name. `owner`: on PostgreSQL the address of the role
    /// that owns the tables, for the one that serves may not delete from the log. `exported`: only if it still has this
    /// digest, looked at while nobody can write for it.
    ///
    /// # Errors
    /// `Setup` with a sentence: no such authority, another digest, a missing right, somebody who does not end.
    pub async fn erase(&self, id: &TenantId, owner: Option<&str>, exported: Option<&str>) -> Result<Erased> {
        let exported = match exported {
            Some(digest) => Some((self.known(id).await?.parts, digest.to_owned())),
            None => None,
        };
        let name = id.0.clone();
        match &self.0.backend {
            Backend::Server(pool) => {
                let shut = move |tx: &Tx<'_>| {
                    if let Some((parts, digest)) = &exported {
                        tx.rows(&ALONE, values![name.as_str()])?;
                        tx.rows(&NAME_TENANT, values![name.as_str()])?;
                        is_still(&TenantTx::over(tx, &parts.context), digest, |look| look(tx))?;
                    }
                    shut(tx, &name)
                };
                self.shared().db.write(shut).await?;
                self.let_go(id);
                self.erase_rows(pool, id, owner).await
            }
            Backend::Files(data) => {
                if exported.is_none() {
                    let wrapped = self.shared().db.write(move |tx| shut(tx, &name)).await?;
                    self.let_go(id);
                    return self.erase_file(data, id, move |_| Ok(wrapped), Vec::new()).await;
                }
                let (db, runtime) = (self.shared().db, tokio::runtime::Handle::current());
                let first = move |tx: &Tx<'_>| {
                    if let Some((parts, digest)) = &exported {
                        let look = |look| runtime.block_on(db.read::<String, Error, _>(look));
                        is_still(&TenantTx::over(tx, &parts.context), digest, look)?;
                    }
                    runtime.block_on(db.write(move |tx| shut(tx, &name)))
                };
                let erased = self.erase_file(data, id, first, Vec::new()).await;
                self.let_go(id);
                erased
            }
        }
    }

    /// The same for an account of people, by the program itself while it serves.
    pub(crate) async fn erase_account(&self, id: &TenantId) -> Result<()> {
        let name = id.0.clone();
        let wrapped = self.shared().db.write(move |tx| shut(tx, &name)).await?;
        self.let_go(id);
        match &self.0.backend {
            Backend::Files(data) => self
                .erase_file(data, id, move |_| Ok(wrapped), Vec::new())
                .await
                .map(drop),
            Backend::Server(pool) => {
                let name = id.0.clone();
                let work = move |tx: &Tx<'_>| {
                    tx.rows(&NAME_TENANT, values![name.as_str()])?;
                    rows_but_the_log(tx, &name)?;
                    forget(tx, &name)
                };
                Db::postgres(pool.clone(), None).write(work).await
            }
        }
    }

    pub(crate) async fn erase_rows(&self, pool: &Pool, id: &TenantId, owner: Option<&str>) -> Result<Erased> {
        let app = Db::postgres(pool.clone(), None);
        let after = app
            .read(|tx| tx.row(&server::NOW, &[])?.ok_or(Error::Missing("time"))?.int(0))
            .await?;
        let mut waited = Duration::ZERO;
        loop {
            let older = app.read(move |tx| tx.row(&server::OLDER, values![after])?.map_or(Ok(0), |r| r.int(0)));
            if older.await? == 0 {
                break;
            }
            if waited > PATIENCE {
                return Err(Error::Setup(
                    "Der Schlüssel ist gelöscht, aber ein älterer Vorgang in PostgreSQL endet nicht. Führen Sie den Befehl noch einmal aus.".into(),
                ));
            }
            waited += Duration::from_millis(100);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let pool = match owner {
            Some(owner) => Pool::connect(owner, Purpose::Migrate).await?,
            None => pool.clone(),
        };
        let name = id.0.clone();
        let work = move |tx: &Tx<'_>| {
            tx.rows(&NAME_TENANT, values![name.as_str()])?;
            let rows = rows_out(tx, &name)?;
            forget(tx, &name)?;
            Ok(rows)
        };
        let rows = Db::postgres(pool.clone(), None).write(work).await.map_err(|e| match e {
            Error::Database(text) if text.contains("42501") => Error::Setup(
                "Der Schlüssel ist gelöscht, die Zeilen noch nicht: Diese Rolle darf aus dem Protokoll nicht löschen. \
                 Führen Sie den Befehl noch einmal aus und nennen Sie mit „database_migrate“ die Rolle, der die Tabellen gehören."
                    .into(),
            ),
            other => other,
        })?;
        let mut proofs = vec![
            "Schlüssel: gelöscht, bevor die erste Zeile fiel; was noch lief, war vorher zu Ende".to_owned(),
            format!("{} Tabellen: keine Zeile dieses Amts mehr", tables::TABLES.len()),
            "Gemeinsame Tabellen: kein Konto, keine Sitzung, kein Aktenzeichen, kein Name".to_owned(),
        ];
        proofs.push(match pool.rewrite(&["tenant_key", "login", "session", "account_login", "account_session", "authority"]).await {
            Ok(()) => "tenant_key, Anmeldungen und authority: neu geschrieben, auch alte Fassungen der Zeilen sind fort".to_owned(),
            Err(_) => "OFFEN: tenant_key ließ sich nicht neu schreiben; führen Sie als Besitzer der Tabellen „vacuum full tenant_key“ aus".to_owned(),
        });
        Ok(Erased { rows, proofs })
    }

    /// `first` comes before the first row falls, while nobody can write; it gives the wrapped key as it was. `known`: the
    /// same, where the rows are gone already.
    pub(crate) async fn erase_file(
        &self,
        data: &Path,
        id: &TenantId,
        first: impl FnOnce(&Tx<'_>) -> Result<Vec<u8>> + Send + 'static,
        known: Vec<u8>,
    ) -> Result<Erased> {
        let file = data.join("tenants").join(format!("{id}.db"));
        let (path, name) = (file.clone(), id.0.clone());
        let rows = blocking(move || {
            let _claim = Claim::of(&path)?;
            if !path.exists() {
                files_of(&path).iter().for_each(remove);
                return Ok((0, known));
            }
            let done = sqlite::empty(&path, |tx| {
                let wrapped = first(tx)?;
                Ok((rows_out(tx, &name)?, wrapped))
            })?;
            files_of(&path).iter().for_each(remove);
            crate::store::sync_folder(&path)?;
            Ok(done)
        });
        let (rows, wrapped) = rows.await?;
        let name = id.0.clone();
        self.shared().db.write(move |tx| forget(tx, &name)).await?;
        let shared = data.join("shared.db");
        let looked = blocking(move || {
            let emptied = sqlite::checkpoint(&shared)?;
            let left: Vec<_> = ["", "-wal"]
                .into_iter()
                .filter(|s| holds(&beside(&shared, s), &wrapped))
                .map(|s| format!("shared.db{s}"))
                .collect();
            Ok((emptied, left, files_of(&file).len(), file))
        });
        let (emptied, left, files, file) = looked.await?;
        let mut proofs = Vec::new();
        proofs.push(match (left.is_empty(), emptied) {
            (true, true) => "Schlüssel: gelöscht, seine Bytes stehen weder in shared.db noch in shared.db-wal".to_owned(),
            _ => format!(
                "OFFEN: Der umhüllte Schlüssel steht noch in {}, weil jemand liest. Starten Sie den Dienst neu; dann wird es geleert.",
                if left.is_empty() { "shared.db-wal".to_owned() } else { left.join(" und ") }
            ),
        });
        proofs.push(match files {
            0 => format!(
                "{}: geleert, überschrieben, entfernt, auch -wal, -shm und beiseite gelegte Stände",
                file.display()
            ),
            n => format!(
                "OFFEN: {n} Dateien von {} liegen noch da; jemand hat sie wieder angelegt",
                file.display()
            ),
        });
        proofs.push("Gemeinsame Tabellen: kein Konto, keine Sitzung, kein Aktenzeichen, kein Name".to_owned());
        Ok(Erased { rows, proofs })
    }
}
