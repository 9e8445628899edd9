//! Putting a backup back: the whole into an empty folder, or one authority while others are served. Nothing is taken
//! from a copy that is not what its list says.

use std::fs;
use std::path::{Path, PathBuf};

use domain::TenantId;
use jiff::Timestamp;

use super::inspect::{self, Found};
use super::place::{self, Claim};
use super::{MANIFEST, Manifest, digest, io, private_folder};
use crate::carry::Waiting;
use crate::engine::{sqlite, values};
use crate::shared::{account_log_ins, authorities, sessions};
use crate::sql::statements;
use crate::store::{Backend, blocking, sync_folder};
use crate::tenant::TenantTx;
use crate::{Error, Result, Roots, Store, carry, hints, roots, shared, sign};

statements! { Shared "restore";
    END_SESSIONS = "delete from session where tenant = $1";
}

/// Every list of statements of this module.
pub(crate) static STATEMENTS: &[&crate::sql::Sql] = ALL;

/// What was put back.
#[derive(Debug, Clone)]
pub struct Restored {
    pub manifest: Manifest,
    /// Authorities, with what waits to be done: it goes out once more.
    pub waiting: Vec<(TenantId, Waiting)>,
    /// Where the state before lies now.
    pub aside: Option<PathBuf>,
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

/// Puts a backup back into an empty folder: checked file by file, opened, logs recomputed. All or nothing.
///
/// # Errors
/// `Setup` with a sentence: the folder is not empty, the backup is not whole, the root key is another one.
pub fn restore_all(backup: &Path, data: &Path, roots: &Roots) -> Result<Manifest> {
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
        drop(fs::remove_dir(data));
        fs::rename(&beside, data).map_err(io(data))?;
        sync_folder(data)
    };
    restored().inspect_err(|_| drop(fs::remove_dir_all(&beside)))?;
    Ok(manifest)
}

impl Store {
    /// Puts one authority back as it was in a backup, while others are served; on files. What it was until now is set
    /// aside. Who still has it open gets an error and no acknowledgement, and sees the restored one at the next request.
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
        let here = self.shared().authority(id).await?;
        let here = match here {
            Some(_) => {
                let tenant = self.tenant(id).await?;
                Some((tenant.public_key()?, tenant.read(|t| t.merged()).await?))
            }
            None => None,
        };
        // What was erased since stays so.
        let gone = match &here {
            Some(_) => self.tenant(id).await?.read(|t| t.erased_cases(u32::MAX)).await?,
            None => Vec::new(),
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
            let done = done.and_then(|taken| Ok((taken, Claim::of(&place)?.put(&new, now)?)));
            drop(fs::remove_dir_all(&scratch));
            done
        };
        let (taken, aside) = blocking(work).await?;
        self.let_go(&id);
        let (shared_store, name) = (self.shared(), id.0.clone());
        let waiting = taken.waiting.clone();
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
                    authorities::create_with(tx, &taken.authority, &key, &wrap, &under, &entropy)?;
                }
                // Log-ins from then; who has the address elsewhere by now keeps it.
                for (email, clerk) in &taken.clerks {
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
                for (proof, member) in &taken.members {
                    tx.execute(&account_log_ins::NAME, &shared_store.naming_of(proof, &name, member))?;
                }
                tx.execute(&END_SESSIONS, values![name.as_str()])?;
                tx.execute(&account_log_ins::END_OF_TENANT, values![name.as_str()])?;
                match taken.due {
                    Some(due) => tx.execute(&hints::PUT, values![name.as_str(), due]).map(drop),
                    None => Ok(()),
                }
            })
            .await?;
        if !gone.is_empty() {
            let again = self.tenant(&id).await?;
            again.write(move |t| t.erase_again(&gone, now)).await?;
            again.wipe_log().await?;
        }
        Ok(Restored {
            manifest,
            waiting: vec![(id, waiting)],
            aside,
        })
    }
}

/// An authority out of a backup.
struct Taken {
    manifest: Manifest,
    authority: crate::Authority,
    key: authorities::WrappedKey,
    wrapper: crate::seal::Key,
    clerks: Vec<(String, String)>,
    members: Vec<(crate::Proof, String)>,
    references: Vec<(String, String)>,
    waiting: Waiting,
    due: Option<Timestamp>,
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
        Ok((found, carry::references(tx, id)?))
    });
    let (found, references) = known?;
    let (authority, key) = found.ok_or(Error::Missing("tenant"))?;
    let wrapper = roots.wrapper_now(&key.root)?;
    let context = inspect::context_of(authority.clone(), &key, roots)?;
    let (signs, merged) = here.unzip();
    if signs.is_some_and(|here| sign::public_key_of(&context.keys.sign).is_ok_and(|k| k != here)) {
        return Err(Error::Setup(format!(
            "Das Amt „{id}“ hat hier einen anderen Schlüssel als in der Sicherung: Es wurde seither neu aufgenommen. Löschen Sie es zuerst, wenn der alte Stand gelten soll."
        )));
    }
    let path = scratch.join(&file);
    if inspect::tenant(&path, &context, &[])? != listed {
        return Err(Error::Setup(format!(
            "{id}: Zahlen oder Protokoll sind andere als beim Sichern. Nehmen Sie eine andere Sicherung."
        )));
    }
    let read = sqlite::look(&path, |tx| {
        let t = TenantTx::over(tx, &context);
        let clerks = t.clerks()?.into_iter().map(|c| (c.email, c.id.0)).collect();
        let members = crate::people::proofs_of(t.members()?);
        Ok((clerks, members, t.waiting()?, t.next_job_due()?, t.merged()?))
    });
    let (clerks, members, waiting, due, then) = read?;
    if let Some(lost) = merged.unwrap_or_default().iter().find(|m| !then.contains(m)) {
        return Err(Error::Setup(format!(
            "Die Sicherung ist von der Zeit, bevor „{}“ in „{id}“ aufging; was von dort kam, wäre verloren. Nehmen Sie eine neuere.",
            lost.id
        )));
    }
    Ok(Taken {
        manifest,
        authority,
        key,
        wrapper,
        clerks,
        members,
        references,
        waiting,
        due,
    })
}
