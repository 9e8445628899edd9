//! Work on a whole file: making one, copying one while others write, taking its contents away, removing it. For moving,
//! erasing and backup.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::{Engine, Tx, connect, map};
use crate::{Error, Result};

/// Makes a file in one transaction and closes it: whole, without a log beside it.
pub(crate) fn create<R>(path: &Path, f: impl FnOnce(&Tx<'_>) -> Result<R>) -> Result<R> {
    alone(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
        f,
    )
}

/// Changes a file that nobody else has open, likewise.
pub(crate) fn change<R>(path: &Path, f: impl FnOnce(&Tx<'_>) -> Result<R>) -> Result<R> {
    alone(path, OpenFlags::SQLITE_OPEN_READ_WRITE, f)
}

fn alone<R>(path: &Path, flags: OpenFlags, f: impl FnOnce(&Tx<'_>) -> Result<R>) -> Result<R> {
    let c = connect(path, flags)?;
    c.execute_batch("begin immediate").map_err(map)?;
    let tx = Tx::new(Engine::Sqlite(&c));
    let made = f(&tx)?;
    if let Some(error) = tx.failure() {
        return Err(error);
    }
    drop(tx);
    c.execute_batch("commit; pragma wal_checkpoint(truncate)")
        .map_err(map)?;
    c.close().map_err(|(_, e)| map(e))?;
    Ok(made)
}

/// Copies a file as of one moment, while others write into it; the copy is one file, without a log beside it.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<()> {
    let source = Connection::open_with_flags(from, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(map)?;
    source.busy_timeout(Duration::from_secs(5)).map_err(map)?;
    let mut target = Connection::open(to).map_err(map)?;
    {
        // All pages in one step: a writer's commit in between would begin the copy anew, and readers hold up no writer.
        let backup = rusqlite::backup::Backup::new(&source, &mut target).map_err(map)?;
        let mut tries = 0;
        while backup.step(-1).map_err(map)? != rusqlite::backup::StepResult::Done {
            tries += 1;
            if tries > 100 {
                return Err(Error::Busy);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
    target.execute_batch("pragma journal_mode = delete").map_err(map)?;
    target.close().map_err(|(_, e)| map(e))?;
    std::fs::set_permissions(to, std::fs::Permissions::from_mode(0o600))
        .map_err(|e| Error::Setup(format!("{}: {e}.", to.display())))
}

/// Empties a file and takes its tables away, so that who still has it open gets an error and no acknowledgement. What
/// was deleted is overwritten (`secure_delete`), in the log beside it, too.
pub(crate) fn empty<R>(path: &Path, f: impl FnOnce(&Tx<'_>) -> Result<R>) -> Result<R> {
    let c = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    c.execute_batch("pragma foreign_keys = off; begin immediate")
        .map_err(map)?;
    let tx = Tx::new(Engine::Sqlite(&c));
    let done = f(&tx)?;
    if let Some(error) = tx.failure() {
        return Err(error);
    }
    drop(tx);
    drop_tables(&c)?;
    c.execute_batch("commit").map_err(map)?;
    // With readers on it the log stays until it is removed with the file.
    truncate_log(&c)?;
    Ok(done)
}

/// Copies a file elsewhere and empties it as `empty` does, so that no write falls in between; `last` comes before that
/// counts.
pub(crate) fn set_aside(path: &Path, to: &Path, last: impl FnOnce(&mut Connection) -> Result<()>) -> Result<()> {
    let mut c = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    c.execute_batch("pragma foreign_keys = off; begin immediate")
        .map_err(map)?;
    copy(path, to)?;
    drop_tables(&c)?;
    last(&mut c)?;
    c.execute_batch("commit").map_err(map)?;
    truncate_log(&c).map(drop)
}

/// Is nothing in this file? That of an authority has tables from its first transaction on.
pub(crate) fn is_empty(path: &Path) -> Result<bool> {
    let c = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let tables = c.query_row("select count(*) from sqlite_schema", [], |row| row.get::<_, i64>(0));
    Ok(tables.map_err(map)? == 0)
}

fn drop_tables(c: &Connection) -> Result<()> {
    let tables = {
        let mut names = c
            .prepare("select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'")
            .map_err(map)?;
        let names = names.query_map([], |row| row.get::<_, String>(0)).map_err(map)?;
        names.collect::<Result<Vec<_>, _>>().map_err(map)?
    };
    for table in tables {
        c.execute_batch(&format!("drop table \"{table}\"")).map_err(map)?;
    }
    Ok(())
}

fn truncate_log(c: &Connection) -> Result<bool> {
    let busy: i64 = c
        .query_row("pragma wal_checkpoint(truncate)", [], |row| row.get(0))
        .map_err(map)?;
    Ok(busy == 0)
}

/// Brings the log into the file and empties it; false: somebody reads an older state.
pub(crate) fn checkpoint(path: &Path) -> Result<bool> {
    truncate_log(&connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?)
}

/// Removes a database file and what SQLite keeps beside it.
pub(crate) fn discard(path: &Path) {
    for suffix in ["", "-wal", "-shm", "-journal"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        drop(std::fs::remove_file(name));
    }
}
