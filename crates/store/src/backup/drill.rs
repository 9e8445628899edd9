//! The drill: the newest backup is restored to a scratch place, opened, recomputed and compared with what is known here.
//! Only that makes a backup one. Red is what has no evidence, not what reported a failure.

use std::collections::BTreeSet;
use std::path::Path;

use domain::{AuditHead, TenantId};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::inspect::{self, Known};
use super::restore::{compare, copy_checked, read_manifest};
use super::{BackupPlan, DRILLED, LAST_DRILL, MANIFEST, NEWEST, OF_NAME, RUN, newest, private_folder, read_canary};
use crate::engine::values;
use crate::seal::sha256;
use crate::store::{Store, StoreConfig, blocking};
use crate::{Error, Result};

/// What a drill found.
#[derive(Debug, Clone)]
pub struct Drilled {
    /// Of the backup.
    pub name: String,
    pub at: Timestamp,
    pub authorities: usize,
    pub cases: i64,
    /// One German sentence each; none: all is well.
    pub findings: Vec<String>,
}

/// How backups stand, for `/health/backup`. No names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BackupState {
    /// `ok`, or the first thing that is wrong: `not_set_up`, `never`, `old`, `missing`, `changed`, `not_drilled`,
    /// `drill_failed`.
    pub status: &'static str,
    pub last_backup: Option<Timestamp>,
    pub last_drill: Option<Timestamp>,
}

impl BackupState {
    pub fn is_well(&self) -> bool {
        self.status == "ok"
    }
}

/// Time for clocks that differ, and for a head that was kept while the backup ran.
const SLACK: SignedDuration = SignedDuration::from_hours(24);

impl Store {
    /// Heads that were signed and kept here so long before a moment that a copy of that moment has to hold them, and
    /// who was here by then.
    async fn known_before(&self, at: Timestamp) -> Result<(Known, BTreeSet<TenantId>)> {
        let day = domain::date_of(at - SLACK);
        let (mut known, mut here) = (Known::new(), BTreeSet::new());
        for authority in self.shared().tenants().await? {
            if authority.created_at <= at {
                here.insert(authority.id.clone());
            }
            let heads = self.tenant(&authority.id).await?.read(|t| t.signed_heads(400)).await?;
            let heads: Vec<AuditHead> = heads.into_iter().filter(|h| h.day <= day).map(|h| h.head).collect();
            known.insert(authority.id, heads);
        }
        Ok((known, here))
    }

    /// Restores the newest backup below `folder` to a scratch place beside it, looks through it, takes the scratch place
    /// away and notes what was found.
    ///
    /// # Errors
    /// There is no backup, or the finding cannot be noted; what is wrong with a backup is a finding.
    pub async fn drill(&self, folder: &Path, now: Timestamp) -> Result<Drilled> {
        let backup = newest(folder)?;
        let name = backup.file_name().unwrap_or_default().display().to_string();
        let (db, of) = (self.shared().db, name.clone());
        let noted = db.read(move |tx| tx.row(&OF_NAME, values![of])).await?;
        let mut drilled = Drilled {
            name: name.clone(),
            at: now,
            authorities: 0,
            cases: 0,
            findings: Vec::new(),
        };
        let list = std::fs::read(backup.join(MANIFEST)).unwrap_or_default();
        match &noted {
            Some(row) if row.bytes(2)? == sha256(&[&list]) => {}
            Some(_) => drilled
                .findings
                .push("Die Liste der Sicherung ist nicht die, die beim Sichern entstand.".into()),
            None => drilled
                .findings
                .push("Von dieser Sicherung weiß diese Einrichtung nichts.".into()),
        }
        let scratch = folder.join(format!(".probe-{}", std::process::id()));
        drop(std::fs::remove_dir_all(&scratch));
        let looked = self.look_through(&backup, &scratch, &mut drilled).await;
        drop(std::fs::remove_dir_all(&scratch));
        if let Err(error) = looked {
            drilled.findings.push(error.to_string());
        }
        self.note_drill(&drilled, noted.is_some(), &list, now).await?;
        Ok(drilled)
    }

    async fn look_through(&self, backup: &Path, scratch: &Path, drilled: &mut Drilled) -> Result<()> {
        let manifest = read_manifest(backup)?;
        drilled.at = manifest.at;
        let (known, here) = self.known_before(manifest.at).await?;
        let (backup, place, roots) = (backup.to_owned(), scratch.to_owned(), self.0.roots.clone());
        let work = move || -> Result<_> {
            private_folder(&place)?;
            copy_checked(&backup, &manifest, &place, |_| true)?;
            let found = inspect::inspect(&place, &roots, &known)?;
            Ok((compare(&manifest, &found), found.authorities))
        };
        let (findings, authorities) = blocking(work).await?;
        drilled.findings.extend(findings);
        drilled.authorities = authorities.len();
        drilled.cases = authorities.iter().map(|a| a.cases).sum();
        if !drilled.findings.is_empty() {
            return Ok(());
        }
        // And as a start would: with migrations, the proof of the key, each authority's handle.
        let there = Store::open(StoreConfig {
            data: scratch.to_owned(),
            database: None,
            database_migrate: None,
            root: self.0.roots.clone(),
            entropy: self.entropy().clone(),
        });
        let there = there.await?;
        let ids: BTreeSet<TenantId> = there.shared().tenants().await?.into_iter().map(|a| a.id).collect();
        for id in here.difference(&ids) {
            drilled.findings.push(format!("Das Amt {id} fehlt in der Sicherung."));
        }
        Ok(())
    }

    /// The same for a PostgreSQL server that was restored elsewhere, by the address of a role that may read it: its
    /// canary, who is in it, every log against the heads kept here.
    ///
    /// # Errors
    /// `Setup` when it cannot be opened; what is wrong in it is a finding.
    pub async fn drill_server(&self, restored: &str, now: Timestamp) -> Result<Drilled> {
        let there = Store::open(StoreConfig {
            data: std::env::temp_dir(),
            database: Some(restored.to_owned()),
            database_migrate: None,
            root: self.0.roots.clone(),
            entropy: self.entropy().clone(),
        });
        let there = there.await?;
        let lookup = there.shared().lookup.clone();
        let shared = there.shared().db;
        let (at, word) = shared.read(move |tx| read_canary(tx, &lookup)).await?.ok_or_else(|| {
            Error::Setup("Dort gibt es keine Probezeile. Läuft der Arbeiter mit dieser Fassung des Programms?".into())
        })?;
        let (known, here) = self.known_before(at).await?;
        let mut drilled = Drilled {
            name: format!("server {}", super::folder_name(at)),
            at,
            authorities: 0,
            cases: 0,
            findings: Vec::new(),
        };
        for id in here {
            let heads = known.get(&id).cloned().unwrap_or_default();
            let looked = async {
                there
                    .tenant(&id)
                    .await?
                    .read(move |t| Ok::<_, Error>((t.check_audit(&heads)?, t.count_rows()?)))
                    .await
            };
            match looked.await {
                Ok((Ok(_), (_, cases))) => {
                    drilled.authorities += 1;
                    drilled.cases += cases;
                }
                Ok((Err(fault), _)) => drilled
                    .findings
                    .push(format!("{id}: Das Protokoll ist nicht das, was es war ({fault:?}).")),
                Err(error) => drilled.findings.push(format!("{id}: {error}")),
            }
        }
        self.note_drill(&drilled, false, word.as_bytes(), now).await?;
        Ok(drilled)
    }

    async fn note_drill(&self, drilled: &Drilled, known: bool, list: &[u8], now: Timestamp) -> Result<()> {
        let (name, at, text) = (drilled.name.clone(), drilled.at, drilled.findings.join(" "));
        let list = sha256(&[list]).to_vec();
        let db = self.shared().db;
        db.write(move |tx| {
            if !known && tx.row(&OF_NAME, values![name.as_str()])?.is_none() {
                tx.execute(&RUN, values![name.as_str(), at, list])?;
            }
            tx.execute(&DRILLED, values![name.as_str(), now, text])
        })
        .await
        .map(drop)
    }

    /// How backups stand. Cheap: sizes, digests of lists and the last drill; what only bytes tell, the drill finds.
    ///
    /// # Errors
    /// Those of the engine.
    pub async fn backup_state(&self, plan: Option<&BackupPlan>, now: Timestamp) -> Result<BackupState> {
        let mut state = BackupState {
            status: "not_set_up",
            last_backup: None,
            last_drill: None,
        };
        let db = self.shared().db;
        let (run, drill) = db
            .read(|tx| Ok::<_, Error>((tx.row(&NEWEST, &[])?, tx.row(&LAST_DRILL, &[])?)))
            .await?;
        let plan = match plan {
            Some(plan) if plan.folder.is_some() || !self.on_files() => plan,
            _ => return Ok(state),
        };
        state.status = "never";
        let Some(run) = run else {
            return Ok(state);
        };
        let at = run.time(1)?;
        state.last_backup = Some(at);
        if let Some(drill) = &drill {
            state.last_drill = Some(drill.time(0)?);
        }
        let lies = match (&plan.folder, self.on_files()) {
            (Some(folder), true) => {
                let (place, list) = (folder.join(run.text(0)?), run.bytes(2)?.to_vec());
                blocking(move || Ok(lies(&place, &list))).await?
            }
            _ => None,
        };
        let fresh = |then: Timestamp| now.duration_since(then) <= plan.max_age;
        state.status = match (lies, drill) {
            (Some(wrong), _) => wrong,
            (None, _) if !fresh(at) => "old",
            (None, None) => "not_drilled",
            (None, Some(drill)) if !drill.text(1)?.is_empty() => "drill_failed",
            (None, Some(drill)) if !fresh(drill.time(0)?) => "not_drilled",
            (None, Some(_)) => "ok",
        };
        Ok(state)
    }
}

/// What is wrong with a backup at first sight.
fn lies(place: &Path, list: &[u8]) -> Option<&'static str> {
    let Ok(text) = std::fs::read(place.join(MANIFEST)) else {
        return Some("missing");
    };
    if sha256(&[&text]) != list {
        return Some("changed");
    }
    let Ok(manifest) = read_manifest(place) else {
        return Some("changed");
    };
    manifest
        .files
        .iter()
        .find_map(|file| match place.join(&file.path).metadata() {
            Err(_) => Some("missing"),
            Ok(there) if there.len() != file.bytes => Some("changed"),
            Ok(_) => None,
        })
}
