//! The drill: the newest backup is restored to a scratch place, opened, recomputed and compared with what is known here.
//! Only that makes a backup one. Red is what has no evidence, not what reported a failure.

use std::collections::BTreeSet;
use std::path::Path;

use domain::{AuditHead, SignedHead, TenantId};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::inspect::{self, Known};
use super::restore::{compare, copy_checked, read_manifest};
use super::{
    AHEAD, BackupPlan, COME_TOO_SOON, DRILLED, LAST_DRILL, MANIFEST, NEWEST, OF_NAME, RUN, newest, private_folder,
};
use crate::engine::values;
use crate::seal::sha256;
use crate::store::{Store, StoreConfig, blocking};
use crate::tenant::TenantTx;
use crate::{Error, Result};

/// What a drill found.
#[derive(Debug, Clone)]
pub struct Drilled {
    /// Of the backup.
    pub name: String,
    pub at: Timestamp,
    pub authorities: usize,
    pub cases: i64,
    /// Of a server: indexes that were compared with their tables; `None`: it has no `amcheck` that this role may use.
    pub indexes: Option<usize>,
    /// One German sentence each; none: all is well.
    pub findings: Vec<String>,
}

/// How backups stand, for `/health/backup`. No names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BackupState {
    /// `ok`, or the first thing that is wrong: `not_set_up`, `never`, `old`, `missing`, `changed`, `not_drilled`,
    /// `drill_failed`; `clock`: there would be evidence, but from a time that is still to come.
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
    pub(super) async fn known_before(&self, at: Timestamp) -> Result<(Known, BTreeSet<TenantId>)> {
        let day = domain::date_of(at - SLACK);
        let (mut known, mut here) = (Known::new(), BTreeSet::new());
        for authority in self.shared().tenants().await? {
            if authority.created_at <= at {
                here.insert(authority.id.clone());
            }
            let read = |t: &TenantTx<'_>| Ok::<_, Error>((t.signed_heads(400)?, t.restores()?));
            let (heads, restores) = self.tenant(&authority.id).await?.read(read).await?;
            // Not those of a log that an older state took the place of.
            let holds = |h: &SignedHead| h.day <= day && !restores.iter().any(|r| r.explains(&h.head, Some(h.day)));
            let heads: Vec<AuditHead> = heads.into_iter().filter(holds).map(|h| h.head).collect();
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
        let backup = newest(folder, now)?;
        let name = backup.file_name().unwrap_or_default().display().to_string();
        let (db, of) = (self.shared().db, name.clone());
        let noted = db.read(move |tx| tx.row(&OF_NAME, values![of])).await?;
        let mut drilled = Drilled {
            name: name.clone(),
            at: now,
            authorities: 0,
            cases: 0,
            indexes: None,
            findings: Vec::new(),
        };
        let list = std::fs::read(backup.join(MANIFEST)).unwrap_or_default();
        match &noted {
            Some(row) if row.bytes(2)? == sha256(&[&list]) => {}
            // Noted by an earlier drill only: nobody here made it.
            Some(row) if !row.bytes(2)?.is_empty() => drilled
                .findings
                .push("Die Liste der Sicherung ist nicht die, die beim Sichern entstand.".into()),
            _ => drilled
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
        self.note_drill(&drilled, Vec::new(), now).await?;
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

    /// `evidence`: by what a backup shows that it is one of ours, where it was not noted when it was made; empty: it does
    /// not.
    pub(super) async fn note_drill(&self, drilled: &Drilled, evidence: Vec<u8>, now: Timestamp) -> Result<()> {
        let (name, at, text) = (drilled.name.clone(), drilled.at, drilled.findings.join(" "));
        let db = self.shared().db;
        db.write(move |tx| {
            if tx.row(&OF_NAME, values![name.as_str()])?.is_none() {
                tx.execute(&RUN, values![name.as_str(), at, evidence])?;
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
        let (db, by) = (self.shared().db, now + AHEAD);
        let (run, drill, too_soon) = db
            .read(move |tx| {
                let of = |sql| tx.row(sql, values![by]);
                Ok::<_, Error>((of(&NEWEST)?, of(&LAST_DRILL)?, of(&COME_TOO_SOON)?.is_some()))
            })
            .await?;
        let plan = match plan {
            Some(plan) if plan.folder.is_some() || !self.on_files() => plan,
            _ => return Ok(state),
        };
        // A clock that was ahead has left evidence that counts for nothing; new one, from now, ends that.
        let nothing = |word| if too_soon { "clock" } else { word };
        state.status = nothing("never");
        if let Some(drill) = &drill {
            state.last_drill = Some(drill.time(0)?);
        }
        let Some(run) = run else {
            return Ok(state);
        };
        let mut at = run.time(1)?;
        state.last_backup = Some(at);
        let lies = match (&plan.folder, self.on_files()) {
            (Some(folder), true) => {
                let (place, list) = (folder.join(run.text(0)?), run.bytes(2)?.to_vec());
                blocking(move || Ok(lies(&place, &list))).await?
            }
            _ => None,
        };
        // A server's backups are known by their drills only: what the last one looked into has to be young itself.
        if let (Some(drill), false) = (&drill, self.on_files()) {
            at = drill.time(2)?;
        }
        let fresh = |then: Timestamp| then <= by && now.duration_since(then) <= plan.max_age;
        state.status = match (lies, drill) {
            (Some(wrong), _) => wrong,
            (None, _) if !fresh(at) => nothing("old"),
            (None, None) => nothing("not_drilled"),
            (None, Some(drill)) if !drill.text(1)?.is_empty() => "drill_failed",
            (None, Some(drill)) if !fresh(drill.time(0)?) => nothing("not_drilled"),
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
