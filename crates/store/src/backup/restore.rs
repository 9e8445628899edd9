//! Putting a backup back: the whole into an empty folder, or one authority while others are served. Nothing is taken
//! from a copy that is not what its list says.

use std::fs;
use std::path::{Path, PathBuf};

use domain::TenantId;
use jiff::{SignedDuration, Timestamp};

use super::inspect::{self, Found};
use super::onward::{Settled, settle, settle_alone};
use super::place::{self, Claim};
use super::{MANIFEST, Manifest, digest, io, private_folder};
use crate::carry::Waiting;
use crate::engine::{sqlite, values};
use crate::migrate::{self, SHARED};
use crate::shared::{account_log_ins, authorities, sessions};
use crate::sql::statements;
use crate::store::{Backend, blocking, sync_folder};
use crate::tenant::{Context, TenantTx};
use crate::{Error, Result, Roots, Store, carry, hints, merge, roots, shared, sign};

statements! { Shared "restore";
    END_SESSIONS = "delete from session where tenant = $1";
    END_ALL = "delete from session";
    END_ALL_OF_ACCOUNTS = "delete from account_session";
}

/// Every list of statements of this module.
pub(crate) static STATEMENTS: &[&crate::sql::Sql] = ALL;

/// How long before a backup began others may have been told what it does not hold: for clocks that differ.
const BEFORE: SignedDuration = SignedDuration::from_hours(1);

/// What was put back.
#[derive(Debug, Clone)]
pub struct Restored {
    pub manifest: Manifest,
    /// Authorities, with what waits to be done: it goes out once more.
    pub waiting: Vec<(TenantId, Waiting)>,
    /// Where the state before lies now.
    pub aside: Option<PathBuf>,
    /// Authorities that could not be asked to send again what they had sent since the backup.
    pub silent: Vec<TenantId>,
}

pub(super) fn read_manifest(backup: &Path) -> Result<Manifest> {
    let list = backup.join(MANIFEST);
    let text = fs::read(&list).map_err(io(&list))?;
    let manifest: Manifest = serde_json::from_slice(&text).map_err(|_| {
        Error::Setup(format!(
            "{} ist keine Liste einer Sicherung oder beschädigt.",
            list.display()
        ))
    })?;
    if manifest.kommunal != "backup" || manifest.format != 1 {
        return Err(Error::Setup(format!(
            "{} hat ein Format, das dieses Programm nicht kennt. Nehmen Sie die neuere Fassung von kommunal.",
            list.display()
        )));
    }
    let plain = |path: &str| !path.starts_with('/') && path.split('/').all(|p| !p.is_empty() && !p.starts_with('.'));
    match manifest.files.iter().find(|f| !plain(&f.path)) {
        Some(file) => Err(Error::Setup(format!(
            "In der Liste steht ein verbotener Name: {}",
            file.path
        ))),
        None => Ok(manifest),
    }
}

/// Copies the files of the list that are `wanted`, and checks each copy against it.
pub(super) fn copy_checked(backup: &Path, manifest: &Manifest, to: &Path, wanted: impl Fn(&str) -> bool) -> Result<()> {
    private_folder(&to.join("tenants"))?;
    for file in manifest.files.iter().filter(|f| wanted(&f.path)) {
        let (from, to) = (backup.join(&file.path), to.join(&file.path));
        if !from.exists() {
            return Err(Error::Setup(format!("{} fehlt in der Sicherung.", from.display())));
        }
        fs::copy(&from, &to).map_err(io(&from))?;
        if digest(&to)? != (file.bytes, file.sha256.clone()) {
            return Err(Error::Setup(format!(
                "{} ist nicht mehr, was gesichert wurde. Nehmen Sie eine andere Sicherung.",
                from.display()
            )));
        }
        fs::File::open(&to).and_then(|f| f.sync_all()).map_err(io(&to))?;
    }
    Ok(())
}

/// What differs from the list.
pub(super) fn compare(manifest: &Manifest, found: &Found) -> Vec<String> {
    let mut findings = found.findings.clone();
    for authority in &manifest.authorities {
        match found.authorities.iter().find(|a| a.id == authority.id) {
            Some(there) if there == authority => {}
            Some(_) => findings.push(format!(
                "{}: Zahlen oder Protokoll sind andere als beim Sichern.",
                authority.id
            )),
            None if findings.is_empty() => findings.push(format!("{} fehlt in der Sicherung.", authority.id)),
            None => {}
        }
    }
    if found.canary.as_ref().map(|(_, word)| word) != Some(&manifest.canary) {
        findings.push("Die Probezeile ist nicht die dieser Sicherung.".into());
    }
    findings
}

/// What was checked is settled: each log says that it goes on from here, what went from one to another while files were
/// copied goes once more, and nobody is logged in.
fn settle_all(folder: &Path, roots: &Roots, since: Timestamp, now: Timestamp) -> Result<()> {
    let shared = folder.join("shared.db");
    for (authority, sealed) in sqlite::look(&shared, inspect::living)? {
        let path = folder.join("tenants").join(format!("{}.db", authority.id));
        if path.exists() {
            settle_alone(&path, &inspect::context_of(authority, &sealed, roots)?, since, now)?;
        }
    }
    sqlite::change(&shared, |tx| {
        migrate::run(tx, &SHARED)?;
        tx.execute(&END_ALL, &[])?;
        tx.execute(&END_ALL_OF_ACCOUNTS, &[]).map(drop)
    })
}

/// Puts a backup back into an empty folder: checked file by file, opened, logs recomputed. All or nothing.
///
/// # Errors
/// `Setup` with a sentence: the folder is not empty, the backup is not whole, the root key is another one.
pub fn restore_all(backup: &Path, data: &Path, roots: &Roots, now: Timestamp) -> Result<Manifest> {
    if fs::read_dir(data).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(Error::Setup(format!(
            "Der Ordner {} ist nicht leer. Nennen Sie einen leeren; einzelne Ämter stellt --authority zurück.",
            data.display()
        )));
    }
    let manifest = read_manifest(backup)?;
    let parent = data
        .parent()
        .filter(|p| !p.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let name = data.file_name().unwrap_or_default().display().to_string();
    let beside = parent.join(format!(".{name}.zurueck"));
    drop(fs::remove_dir_all(&beside));
    private_folder(&beside)?;
    let restored = || -> Result<()> {
        copy_checked(backup, &manifest, &beside, |_| true)?;
        let found = inspect::inspect(&beside, roots, &Default::default())?;
        if let Some(finding) = compare(&manifest, &found).first() {
            return Err(Error::Setup(format!(
                "Die Sicherung lässt sich nicht zurückspielen: {finding}"
            )));
        }
        settle_all(&beside, roots, manifest.at - BEFORE, now)?;
        drop(fs::remove_dir(data));
        fs::rename(&beside, data).map_err(io(data))?;
        sync_folder(data)
    };
    restored().inspect_err(|_| drop(fs::remove_dir_all(&beside)))?;
    Ok(manifest)
}

impl Store {
    /// Puts one authority back as it was in a backup, while others are served; on files. What it was until now is set
    /// aside; who may do what, and what is erased or taken back, stays as it is now. Who still has it open gets an error
    /// and no acknowledgement, and sees the restored one at the next request.
    ///
    /// # Errors
    /// `Setup` with a sentence: not in the backup, not whole, another key.
    pub async fn restore_one(&self, backup: &Path, id: &TenantId, now: Timestamp) -> Result<Restored> {
        let Backend::Files(data) = &self.0.backend else {
            return Err(Error::Setup(
                "Auf PostgreSQL stellt pgBackRest auf einem zweiten Server zurück; von dort geht ein Amt mit „authority export“ und „import“ um.".into(),
            ));
        };
        if let Some((into, _)) = self.successor(id) {
            return Err(Error::Setup(format!(
                "Das Amt „{id}“ ist in „{into}“ aufgegangen; seine Vorgänge liegen dort. Es kommt nicht als eigenes zurück."
            )));
        }
        let underway = self.lost_underway(id).await?;
        let here = self.shared().authority(id).await?;
        let here = match (here, underway) {
            (Some(_), Some(key)) => Some((key, Vec::new())),
            (Some(_), None) => {
                let tenant = self.tenant(id).await?;
                Some((tenant.public_key()?, tenant.read(|t| t.merged()).await?))
            }
            (None, _) => None,
        };
        let under = self.shared().db.read(roots::named).await?;
        let wrap = self.0.roots.wrapper(under.clone()).await?;
        let (backup, id, roots) = (backup.to_owned(), id.clone(), self.0.roots.clone());
        let place = data.join("tenants").join(format!("{id}.db"));
        let (name, scratch) = (id.0.clone(), place::scratch(&place));
        let work = move || -> Result<_> {
            drop(fs::remove_dir_all(&scratch));
            let done = take(&backup, &name, &scratch, &roots, here);
            let new = scratch.join("tenants").join(format!("{name}.db"));
            let done = done.and_then(|taken| {
                let settle = |before: Option<&Path>| settle(&new, before, &taken.context, now);
                let put = Claim::of(&place)?.put(&new, now, settle)?;
                Ok((taken, put))
            });
            drop(fs::remove_dir_all(&scratch));
            done
        };
        let (taken, (aside, settled)) = blocking(work).await?;
        self.let_go(&id);
        let (shared_store, name) = (self.shared(), id.0.clone());
        let Settled {
            clerks,
            members,
            waiting,
            due,
        } = settled;
        let entropy = self.entropy().clone();
        let named = self.shared().db.clone();
        let manifest = taken.manifest.clone();
        named
            .write(move |tx| {
                if roots::current(tx)? != under {
                    return Err(Error::Setup(
                        "Der Hauptschlüssel wird gerade gewechselt. Führen Sie den Befehl noch einmal aus.".into(),
                    ));
                }
                if !authorities::load_row(tx, &name)? {
                    let key = taken.key.open(&taken.wrapper)?;
                    authorities::create_with(tx, &taken.context.authority, &key, &wrap, &under, &entropy)?;
                }
                merge::give_up(tx, &name)?;
                // Log-ins from then; who has the address elsewhere by now keeps it.
                for (email, clerk) in &clerks {
                    tx.execute(
                        &sessions::LOGIN_ADD,
                        values![shared_store.email_hash(email), name.as_str(), clerk.as_str()],
                    )?;
                }
                for (reference, case) in &taken.references {
                    tx.execute(
                        &shared::RESERVE,
                        values![reference.as_str(), name.as_str(), case.as_str()],
                    )?;
                }
                for (proof, member) in &members {
                    tx.execute(&account_log_ins::NAME, &shared_store.naming_of(proof, &name, member))?;
                }
                tx.execute(&END_SESSIONS, values![name.as_str()])?;
                tx.execute(&account_log_ins::END_OF_TENANT, values![name.as_str()])?;
                match due {
                    Some(due) => tx.execute(&hints::PUT, values![name.as_str(), due]).map(drop),
                    None => Ok(()),
                }
            })
            .await?;
        let silent = self.ask_again(&id, manifest.at - BEFORE, now).await?;
        Ok(Restored {
            manifest,
            waiting: vec![(id, waiting)],
            aside,
            silent,
        })
    }

    /// Everybody else sends once more what this authority was sent since then; who could not.
    async fn ask_again(&self, id: &TenantId, since: Timestamp, now: Timestamp) -> Result<Vec<TenantId>> {
        let mut silent = Vec::new();
        let mut names = self.predecessors(id);
        names.push(id.clone());
        for other in self.shared().authorities().await?.into_iter().map(|a| a.id) {
            if other == *id {
                continue;
            }
            let to = names.clone();
            let sent = async {
                self.tenant(&other)
                    .await?
                    .write(move |t| t.send_again(&to, since, now))
                    .await
            };
            if sent.await.is_err() {
                silent.push(other);
            }
        }
        Ok(silent)
    }
}

/// An authority out of a backup.
struct Taken {
    manifest: Manifest,
    context: Context,
    key: authorities::WrappedKey,
    wrapper: crate::seal::Key,
    references: Vec<(String, String)>,
}

/// What an authority has to have in a backup: this public key, and those that were merged into it since they were.
type Here = ([u8; 32], Vec<crate::MergedAuthority>);

/// Copies and checks what belongs to one authority.
fn take(backup: &Path, id: &str, scratch: &Path, roots: &Roots, here: Option<Here>) -> Result<Taken> {
    let manifest = read_manifest(backup)?;
    let file = format!("tenants/{id}.db");
    let Some(listed) = manifest.authorities.iter().find(|a| a.id == id).cloned() else {
        return Err(Error::Setup(format!(
            "Das Amt „{id}“ ist in dieser Sicherung nicht. Nehmen Sie eine andere."
        )));
    };
    copy_checked(backup, &manifest, scratch, |path| path == file || path == "shared.db")?;
    let known = sqlite::look(&scratch.join("shared.db"), |tx| {
        let found = authorities::load(tx, id)?;
        Ok((found, carry::references(tx, id)?, inspect::merged(tx)?))
    });
    let (found, references, then_merged) = known?;
    let (authority, key) = found.ok_or(Error::Missing("tenant"))?;
    let wrapper = roots.wrapper_now(&key.root)?;
    let context = inspect::context_of(authority, &key, roots)?;
    let (signs, merged) = here.unzip();
    if signs.is_some_and(|here| sign::public_key_of(&context.keys.sign).is_ok_and(|k| k != here)) {
        return Err(Error::Setup(format!(
            "Das Amt „{id}“ hat hier einen anderen Schlüssel als in der Sicherung: Es wurde seither neu aufgenommen. Löschen Sie es zuerst, wenn der alte Stand gelten soll."
        )));
    }
    let path = scratch.join(&file);
    if inspect::tenant(&path, &context, &[], &then_merged)? != listed {
        return Err(Error::Setup(format!(
            "{id}: Zahlen oder Protokoll sind andere als beim Sichern. Nehmen Sie eine andere Sicherung."
        )));
    }
    let merged: Vec<crate::MergedAuthority> = merged.unwrap_or_default();
    if !merged.is_empty() {
        let then = sqlite::look(&path, |tx| TenantTx::over(tx, &context).merged())?;
        if let Some(lost) = merged.iter().find(|m| !then.contains(m)) {
            return Err(Error::Setup(format!(
                "Die Sicherung ist von der Zeit, bevor „{}“ in „{id}“ aufging; was von dort kam, wäre verloren. Nehmen Sie eine neuere.",
                lost.id
            )));
        }
    }
    Ok(Taken {
        manifest,
        context,
        key,
        wrapper,
        references,
    })
}
