//! Backups of the embedded engine, while others write: each file as of one moment, sealed as it is, with a list of digests.
//! The root key is never in them. Belongs here: making one, and what is known of them. Not here: looking into one
//! (`inspect.rs`), putting back (`restore.rs`, `onward.rs`, `place.rs`), the drill that a backup is believed by (`drill.rs`; of a server:
//! `server.rs`, `lost.rs`).
//!
//! PostgreSQL is backed up with its own means (docs/operation.md); here only the canary is written, and the drill looks
//! into the server that was restored.

mod drill;
mod inspect;
mod lost;
mod onward;
mod place;
mod restore;
mod server;

use std::fs;
use std::io::Read as _;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::engine::{Tx, sqlite, values};
use crate::seal::{Key, Place, hex, sha256};
use crate::shared::authorities;
use crate::sql::statements;
use crate::store::{Backend, blocking};
use crate::{Entropy, Error, Result, Store, merge, roots};

pub use drill::{BackupState, Drilled};
pub(crate) use inspect::STATEMENTS as INSPECT;
pub(crate) use lost::STATEMENTS as LOST;
pub(crate) use onward::STATEMENTS as ONWARD;
pub(crate) use place::{Claim, scratch};
pub(crate) use restore::STATEMENTS as RESTORE;
pub use restore::{Restored, restore_all};
pub(crate) use server::STATEMENTS as SERVER;

statements! { Shared "backup";
    SET_CANARY = "insert into backup_canary (id, at, body) values (1, $1, $2) \
        on conflict (id) do update set at = excluded.at, body = excluded.body";
    CANARY = "select at, body from backup_canary where id = 1";
    /// A word that only the server at work has: new with each drill of another one.
    SET_MARK = "insert into backup_canary (id, at, body) values (2, $1, $2) \
        on conflict (id) do update set at = excluded.at, body = excluded.body";
    MARK = "select body from backup_canary where id = 2";
    /// Without a digest ($3 empty): a drill of what nobody here made.
    RUN = "insert into backup_run (name, at, manifest) values ($1, $2, $3)";
    NEWEST = "select name, at, manifest from backup_run where at <= $1 and length(manifest) > 0 \
        order by at desc, name desc limit 1";
    OF_NAME = "select name, at, manifest from backup_run where name = $1";
    DRILLED = "update backup_run set drilled_at = $2, drill = $3 where name = $1";
    LAST_DRILL = "select drilled_at, drill, at from backup_run where drilled_at <= $1 \
        order by drilled_at desc, name desc limit 1";
    /// Evidence from a time that is still to come.
    COME_TOO_SOON = "select 1 from backup_run where at > $1 or drilled_at > $1 limit 1";
    LAST_GOOD = "select name from backup_run where drilled_at is not null and drill = '' and at <= $1 \
        order by at desc, name desc limit 1";
    OLD = "delete from backup_run where at < $1";
}

/// The list of a backup.
pub const MANIFEST: &str = "manifest.json";
/// Evidence older than this is of no use.
const KEPT_DAYS: i64 = 400;
/// So far two clocks may differ. What is later than that was made by a clock that was wrong, and proves nothing.
const AHEAD: SignedDuration = SignedDuration::from_mins(5);

/// Where backups go, and when they are too old.
#[derive(Debug, Clone)]
pub struct BackupPlan {
    /// `None`: none are made here (PostgreSQL).
    pub folder: Option<PathBuf>,
    pub max_age: SignedDuration,
    /// The newest that the worker leaves.
    pub keep: usize,
}

/// A file of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackedFile {
    pub path: String,
    pub bytes: u64,
    pub sha256: String,
}

/// An authority as a backup holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackedAuthority {
    pub id: String,
    pub name: String,
    pub cases: i64,
    pub rows: i64,
    /// Head of its log: `hash:n`.
    pub head: String,
}

/// What a backup is to hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub kommunal: String,
    pub format: i64,
    pub at: Timestamp,
    /// Fingerprint of the root key that it opens with.
    pub root: String,
    /// SHA-256 of the canary.
    pub canary: String,
    pub files: Vec<BackedFile>,
    pub authorities: Vec<BackedAuthority>,
}

/// A backup that was made and looked into.
#[derive(Debug, Clone)]
pub struct Made {
    pub folder: PathBuf,
    pub manifest: Manifest,
}

fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Error {
    let shown = path.display().to_string();
    move |e| match e.kind() {
        std::io::ErrorKind::StorageFull => Error::Full,
        _ => Error::Setup(format!("{shown} lässt sich nicht lesen oder schreiben: {e}.")),
    }
}

fn private_folder(path: &Path) -> Result<()> {
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(io(path))
}

/// Size and digest.
fn digest(path: &Path) -> Result<(u64, String)> {
    let mut file = fs::File::open(path).map_err(io(path))?;
    let mut context = aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256);
    let (mut bytes, mut part) = (0, vec![0; 1 << 16]);
    loop {
        match file.read(&mut part).map_err(io(path))? {
            0 => return Ok((bytes, hex(context.finish().as_ref()))),
            n => {
                context.update(&part[..n]);
                bytes += n as u64;
            }
        }
    }
}

const CANARY_PLACE: Place<'static> = Place {
    tenant: "",
    table: "backup_canary",
    row: "1",
    column: "body",
    version: 1,
};

/// A new word for the moment, sealed; its digest.
fn canary(tx: &Tx<'_>, lookup: &Key, now: Timestamp, entropy: &Entropy) -> Result<[u8; 32]> {
    let word: [u8; 32] = entropy.bytes();
    let sealed = lookup.sub("canary")?.seal(CANARY_PLACE, &word, entropy)?;
    tx.execute(&SET_CANARY, values![now, sealed])?;
    Ok(sha256(&[&word]))
}

/// When a copy was made, and the digest of its canary; the key proves that it opens.
fn read_canary(tx: &Tx<'_>, lookup: &Key) -> Result<Option<(Timestamp, String)>> {
    let Some(row) = tx.row(&CANARY, &[])? else {
        return Ok(None);
    };
    let word = lookup.sub("canary")?.open(CANARY_PLACE, row.bytes(1)?)?;
    Ok(Some((row.time(0)?, hex(&sha256(&[&word])))))
}

/// `2026-11-29T23-30-05Z`.
fn folder_name(now: Timestamp) -> String {
    let second = Timestamp::from_second(now.as_second()).unwrap_or(now);
    second.to_string().replace(':', "-")
}

/// How often copying begins anew because authorities were merged meanwhile.
const TRIES: u32 = 3;

/// Files are copied one after the other. What a merging takes out of one and into another meanwhile might be in neither
/// copy: so none may be underway, and if one was done, copying begins anew.
fn copy_whole(data: &Path, to: &Path, between: &mut dyn FnMut()) -> Result<()> {
    let mergings = || sqlite::look(&data.join("shared.db"), merge::mergings);
    for _ in 0..TRIES {
        let before = mergings()?;
        if let Some((from, into, _)) = before.iter().find(|(.., done)| !done) {
            return Err(Error::Setup(format!(
                "Das Amt „{from}“ geht gerade in „{into}“ auf; solange wird nicht gesichert. Ist das abgebrochen, bringen Sie es zu Ende: kommunal authority merge {from} {into}"
            )));
        }
        copy_files(data, to, between)?;
        if mergings()? == before {
            return Ok(());
        }
        fs::remove_dir_all(to).map_err(io(to))?;
    }
    Err(Error::Busy)
}

/// The files of a data folder, the shared one last: what the others point to is in it.
fn copy_files(data: &Path, to: &Path, between: &mut dyn FnMut()) -> Result<()> {
    private_folder(&to.join("tenants"))?;
    sqlite::copy(&data.join("drafts.db"), &to.join("drafts.db"))?;
    let tenants = || -> Result<Vec<String>> {
        let ids = sqlite::look(&data.join("shared.db"), |tx| tx.rows(&authorities::LIST, &[]))?;
        ids.iter()
            .map(|row| Ok(format!("tenants/{}.db", row.text(0)?)))
            .collect()
    };
    let copy = |names: Vec<String>| -> Result<()> {
        for name in names {
            // One that was never opened has no file yet.
            if data.join(&name).exists() && !to.join(&name).exists() {
                sqlite::copy(&data.join(&name), &to.join(&name))?;
            }
        }
        Ok(())
    };
    copy(tenants()?)?;
    between();
    sqlite::copy(&data.join("shared.db"), &to.join("shared.db"))?;
    // Taken in meanwhile: named in the shared copy, so its file belongs here.
    copy(tenants()?)
}

/// Every file below, by its name.
fn list_files(folder: &Path) -> Result<Vec<BackedFile>> {
    let mut names = vec!["drafts.db".to_owned(), "shared.db".to_owned()];
    let tenants = folder.join("tenants");
    for entry in fs::read_dir(&tenants).map_err(io(&tenants))? {
        names.push(format!(
            "tenants/{}",
            entry.map_err(io(&tenants))?.file_name().display()
        ));
    }
    names.sort();
    let file = |path: String| {
        let (bytes, sha256) = digest(&folder.join(&path))?;
        Ok(BackedFile { path, bytes, sha256 })
    };
    names.into_iter().map(file).collect()
}

impl Store {
    /// Copies everything into a new folder below `into` while others write, and opens the copy once. What is there is
    /// whole, or not there.
    ///
    /// # Errors
    /// `Setup` with a sentence: PostgreSQL, no room, no right.
    pub async fn backup(&self, into: &Path, now: Timestamp) -> Result<Made> {
        self.backup_between(into, now, || ()).await
    }

    /// The same. `between` comes when the authorities' files are copied and the shared one is not: for tests.
    ///
    /// # Errors
    /// Those of `backup`.
    pub async fn backup_between(
        &self,
        into: &Path,
        now: Timestamp,
        mut between: impl FnMut() + Send + 'static,
    ) -> Result<Made> {
        let Backend::Files(data) = &self.0.backend else {
            return Err(Error::Setup(
                "PostgreSQL wird mit eigenen Mitteln gesichert; docs/operation.md zeigt es mit pgBackRest.".into(),
            ));
        };
        let root = self.shared().db.read(roots::named).await?;
        let (lookup, entropy) = (self.shared().lookup.clone(), self.entropy().clone());
        let db = self.shared().db;
        let canary = db.write(move |tx| canary(tx, &lookup, now, &entropy)).await?;
        let (data, into, keys) = (data.clone(), into.to_owned(), self.0.roots.clone());
        let made = blocking(move || {
            let name = folder_name(now);
            let (place, beside) = (into.join(&name), into.join(format!(".{name}.neu")));
            if place.exists() {
                return Err(Error::Setup(format!("{} gibt es schon.", place.display())));
            }
            private_folder(&into)?;
            let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
            if real(&into).starts_with(real(&data)) {
                return Err(Error::Setup(format!(
                    "{} liegt im Ordner der Daten und ginge mit ihnen verloren. Nennen Sie einen Ordner anderswo.",
                    into.display()
                )));
            }
            drop(fs::remove_dir_all(&beside));
            let made = || -> Result<Manifest> {
                copy_whole(&data, &beside, &mut between)?;
                let found = inspect::inspect(&beside, &keys, &Default::default())?;
                if let Some(finding) = found.findings.first() {
                    return Err(Error::Setup(format!("Die Sicherung ist nicht brauchbar: {finding}")));
                }
                let manifest = Manifest {
                    kommunal: "backup".into(),
                    format: 1,
                    at: now,
                    root,
                    canary: hex(&canary),
                    files: list_files(&beside)?,
                    authorities: found.authorities,
                };
                let text = format!("{:#}\n", serde_json::to_value(&manifest)?);
                let list = beside.join(MANIFEST);
                fs::write(&list, text).map_err(io(&list))?;
                for name in manifest
                    .files
                    .iter()
                    .map(|f| f.path.as_str())
                    .chain([MANIFEST, "tenants", "."])
                {
                    let path = beside.join(name);
                    fs::File::open(&path).and_then(|f| f.sync_all()).map_err(io(&path))?;
                }
                fs::rename(&beside, &place).map_err(io(&place))?;
                crate::store::sync_folder(&place)?;
                Ok(manifest)
            };
            let manifest = made().inspect_err(|_| drop(fs::remove_dir_all(&beside)))?;
            Ok(Made {
                folder: place,
                manifest,
            })
        });
        let made = made.await?;
        let (name, bytes) = (
            folder_name(now),
            fs::read(made.folder.join(MANIFEST)).map_err(io(&made.folder))?,
        );
        let noted = db.write(move |tx| {
            tx.execute(&OLD, values![now - SignedDuration::from_hours(24 * KEPT_DAYS)])?;
            tx.execute(&RUN, values![name, now, sha256(&[&bytes]).to_vec()])
        });
        noted.await?;
        Ok(made)
    }

    /// On PostgreSQL: a new canary, by which a restored server shows its age.
    ///
    /// # Errors
    /// Those of the engine.
    pub async fn plant_canary(&self, now: Timestamp) -> Result<()> {
        let shared = self.shared();
        let (lookup, entropy) = (shared.lookup.clone(), shared.entropy.clone());
        shared
            .db
            .write(move |tx| canary(tx, &lookup, now, &entropy))
            .await
            .map(drop)
    }

    /// The newest backup in which a drill found nothing wrong, by its name.
    ///
    /// # Errors
    /// Those of the engine.
    pub async fn last_good_backup(&self, now: Timestamp) -> Result<Option<String>> {
        let db = self.shared().db;
        let row = db.read(move |tx| tx.row(&LAST_GOOD, values![now + AHEAD])).await?;
        row.map(|row| row.text(0).map(str::to_owned)).transpose()
    }

    /// Are these data files, or a server's?
    pub fn on_files(&self) -> bool {
        matches!(self.0.backend, Backend::Files(_))
    }
}

/// The newest backup below a folder; the folder itself if it is one. One that is named for a time to come is none: a clock
/// was wrong, or somebody put it there.
///
/// # Errors
/// `Setup` when there is none.
pub fn newest(folder: &Path, now: Timestamp) -> Result<PathBuf> {
    if folder.join(MANIFEST).exists() {
        return Ok(folder.to_owned());
    }
    let (mut made, ahead) = complete(folder, now)?;
    made.pop().ok_or_else(|| {
        let (shown, first) = (folder.display(), ahead.first());
        Error::Setup(match first {
            Some(first) => format!(
                "In {shown} liegen nur Sicherungen aus einer Zeit, die noch kommt. Stellen Sie die Uhr, oder nennen Sie eine: {}",
                first.display()
            ),
            None => format!(
                "In {shown} liegt keine Sicherung. Nennen Sie den Ordner, in den gesichert wird, oder eine Sicherung darin."
            ),
        })
    })
}

/// Backups below a folder, the oldest first; apart those that are named for a time to come.
fn complete(folder: &Path, now: Timestamp) -> Result<(Vec<PathBuf>, Vec<PathBuf>)> {
    let mut all: Vec<PathBuf> = match fs::read_dir(folder) {
        Ok(entries) => entries
            .flatten()
            .map(|e| e.path())
            .filter(|p| p.join(MANIFEST).exists())
            .collect(),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(e) => return Err(io(folder)(e)),
    };
    all.retain(|p| p.file_name().is_some_and(|n| !n.as_encoded_bytes().starts_with(b".")));
    all.sort();
    let last = folder_name(now + AHEAD);
    Ok(all
        .into_iter()
        .partition(|p| p.file_name().is_some_and(|n| n.as_encoded_bytes() <= last.as_bytes())))
}

/// How many backups are named for a time to come: somebody has to look at them, for nothing here takes them.
///
/// # Errors
/// The folder cannot be read.
pub fn ahead(folder: &Path, now: Timestamp) -> Result<usize> {
    Ok(complete(folder, now)?.1.len())
}

/// Removes all but the newest, of which `good` takes one's place if it is older: the last that was restored in a drill.
/// How many.
///
/// # Errors
/// `Setup` when one cannot be removed.
pub fn prune(folder: &Path, keep: usize, good: Option<&str>, now: Timestamp) -> Result<usize> {
    let (all, _) = complete(folder, now)?;
    let keep = keep.max(1);
    let is_good = |path: &PathBuf| good.is_some_and(|good| path.ends_with(good));
    let (newest, older) = (all.iter().rev().take(keep), all.len().saturating_sub(keep));
    let keeps_good = all[..older].iter().any(is_good);
    let kept: Vec<_> = match keeps_good && !newest.clone().any(is_good) {
        true => newest.take((keep - 1).max(1)).collect(),
        false => newest.collect(),
    };
    let old: Vec<_> = all.iter().filter(|p| !kept.contains(p) && !is_good(p)).collect();
    for path in &old {
        fs::remove_dir_all(path).map_err(io(path))?;
    }
    Ok(old.len())
}
