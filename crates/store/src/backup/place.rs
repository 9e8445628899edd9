//! An authority's file at its place, and who may open, replace or remove it there: one at a time, over all processes.

use std::fs::{self, TryLockError};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;

use super::io;
use crate::engine::sqlite;
use crate::store::{Backend, blocking, sync_folder};
use crate::{Error, Result, Store};

/// Steps of 50 ms that somebody waits for a claim: as long as for a lock of SQLite.
const PATIENCE: u32 = 100;

/// Where a restore works beside the place.
pub(crate) fn scratch(place: &Path) -> PathBuf {
    let id = place.file_stem().unwrap_or_default().display();
    place.with_file_name(format!(".{id}.zurueck"))
}

/// Removes states that a restore set aside before then; how many. What else lies there is nobody's business.
fn drop_aside(folder: &Path, before: Timestamp) -> Result<usize> {
    let (last, mut gone) = (super::folder_name(before), 0);
    for entry in fs::read_dir(folder).map_err(io(folder))?.flatten() {
        let name = entry.file_name();
        let moment = name
            .to_str()
            .and_then(|n| n.split_once(".db.vorher-")?.1.get(..last.len()));
        // Moments of one length sort by time; behind them may stand what SQLite keeps beside a file.
        if moment.is_some_and(|moment| moment < last.as_str()) {
            fs::remove_file(entry.path()).map_err(io(&entry.path()))?;
            gone += 1;
        }
    }
    Ok(gone)
}

impl Store {
    /// States of authorities that a restore set aside longer ago than so many days; how many files went.
    pub async fn drop_set_aside(&self, days: i64, now: Timestamp) -> Result<usize> {
        let Backend::Files(data) = &self.0.backend else {
            return Ok(0);
        };
        let (folder, before) = (data.join("tenants"), crate::tidy::before(now, days));
        blocking(move || drop_aside(&folder, before)).await
    }
}

/// The right to open, replace or remove a file, until it is dropped or the process ends. Without it one process could
/// open what another is just putting there, and acknowledge into a file that has no name any more.
pub(crate) struct Claim {
    place: PathBuf,
    _lock: fs::File,
}

impl Claim {
    /// # Errors
    /// `Busy` when another has it for too long.
    pub(crate) fn of(place: &Path) -> Result<Claim> {
        let name = place.with_extension("db.sperre");
        for _ in 0..PATIENCE {
            let mut open = fs::OpenOptions::new();
            let lock = open.write(true).create(true).truncate(false).mode(0o600).open(&name);
            let lock = lock.map_err(io(&name))?;
            match lock.try_lock() {
                // Erasing removes it with the rest.
                Ok(()) if is_at(&lock, &name) => {
                    return Ok(Claim {
                        place: place.to_owned(),
                        _lock: lock,
                    });
                }
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(50)),
                Err(TryLockError::Error(e)) => return Err(io(&name)(e)),
            }
        }
        Err(Error::Busy)
    }

    /// The new file into its place; where the state before lies now, and what `settle` says, which makes the new file
    /// ready: from the copy of the state before while nobody can write to that. That one is emptied under its own lock
    /// and removed; the new file is ready before that counts, so that a run which broke off after it is brought to its
    /// end by whoever opens the authority next, and one that broke off before it has changed nothing.
    pub(super) fn put<R>(
        &self,
        new: &Path,
        now: Timestamp,
        settle: impl FnOnce(Option<&Path>) -> Result<R>,
    ) -> Result<(Option<PathBuf>, R)> {
        if !self.place.exists() {
            let settled = settle(None)?;
            sqlite::discard(&self.place);
            fs::rename(new, &self.place).map_err(io(&self.place))?;
            return sync_folder(&self.place).map(|()| (None, settled));
        }
        let (ready, mut settled) = (self.ready(), None);
        let aside = self.replace(now, |_, aside| {
            settled = Some(settle(Some(aside))?);
            fs::rename(new, &ready).map_err(io(&ready))?;
            sync_folder(&ready)
        })?;
        Ok((Some(aside), settled.ok_or(Error::Missing("state"))?))
    }

    fn replace(
        &self,
        now: Timestamp,
        last: impl FnOnce(&mut rusqlite::Connection, &Path) -> Result<()>,
    ) -> Result<PathBuf> {
        let aside = self
            .place
            .with_extension(format!("db.vorher-{}", super::folder_name(now)));
        sqlite::discard(&aside);
        let emptied = sqlite::set_aside(&self.place, &aside, |c| last(c, &aside));
        // What counts is whether it was emptied, not what was said: an error may come after the commit.
        if self.settle()? {
            return Ok(aside);
        }
        sqlite::discard(&aside);
        Err(emptied.err().unwrap_or(Error::Busy))
    }

    fn ready(&self) -> PathBuf {
        self.place.with_extension("db.zurueck")
    }

    /// Brings a restore to its end that broke off: forward if the old file was emptied, else back, for then it is the
    /// one that was written to since. Was a file put in its place?
    pub(crate) fn settle(&self) -> Result<bool> {
        let (place, ready) = (&self.place, self.ready());
        if !ready.exists() {
            return Ok(false);
        }
        if place.exists() && !sqlite::is_empty(place)? {
            fs::remove_file(&ready).map_err(io(&ready))?;
            return sync_folder(place).map(|()| false);
        }
        sqlite::discard(place);
        fs::rename(&ready, place).map_err(io(place))?;
        sync_folder(place).map(|()| true)
    }
}

fn is_at(file: &fs::File, name: &Path) -> bool {
    let place = |m: fs::Metadata| (m.dev(), m.ino());
    match (file.metadata(), name.metadata()) {
        (Ok(a), Ok(b)) => place(a) == place(b),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
