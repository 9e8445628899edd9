//! The files of the embedded engine.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::Report;
use crate::engine::{Tx, sqlite};
use crate::migrate::{DRAFTS, SHARED, Set, TENANT, is_up_to_date};
use crate::shared::authorities;
use crate::sql::statements;
use crate::{Error, Result, RootKey};
use crate::{merge, roots};

statements! { None "doctor_files";
    WHOLE = "pragma integrity_check(3)";
    REFERENCES = "pragma foreign_key_check";
}

/// What is wrong with one file; `more` looks at what only this kind holds.
fn file(path: &Path, set: &Set, more: impl FnOnce(&Tx<'_>) -> Result<()>) -> Vec<String> {
    let shown = path.display();
    let mut findings = Vec::new();
    let looked = sqlite::look(path, |tx| {
        let whole = tx.rows(&WHOLE, &[])?;
        if whole.len() != 1 || whole[0].text(0)? != "ok" {
            findings.push(format!(
                "Die Datei {shown} ist beschädigt. Spielen Sie sie aus der Sicherung zurück."
            ));
            return Ok(());
        }
        if !tx.rows(&REFERENCES, &[])?.is_empty() {
            findings.push(format!(
                "In der Datei {shown} fehlt, worauf andere Zeilen verweisen. Spielen Sie sie aus der Sicherung zurück."
            ));
        }
        if !is_up_to_date(tx, &[set])? {
            findings.push(format!(
                "Die Tabellen in {shown} sind nicht auf dem Stand dieses Programms. Führen Sie „kommunal migrate“ aus."
            ));
        }
        more(tx)
    });
    match looked {
        Ok(()) => {}
        Err(Error::Setup(sentence)) => findings.push(format!("{shown}: {sentence}")),
        Err(_) if findings.is_empty() => findings.push(format!(
            "Die Datei {shown} lässt sich nicht als Datenbank lesen. Spielen Sie sie aus der Sicherung zurück."
        )),
        Err(_) => {}
    }
    findings
}

/// Looks through the folder of the data. With the root key also whether it is the right one.
pub fn files(data: &Path, keys: &[RootKey]) -> Report {
    let mut report = Report::default();
    let version = sqlite::assert_version().err().map(|e| e.to_string());
    report.check(format!("SQLite {}", sqlite::version()), version.into_iter().collect());
    let shared = data.join("shared.db");
    if !shared.exists() {
        report.findings.push(format!(
            "Im Ordner {} liegen keine Daten. Nennen Sie mit --data den richtigen.",
            data.display()
        ));
        return report;
    }
    let mut open = Vec::new();
    if data.metadata().is_ok_and(|m| m.permissions().mode() & 0o077 != 0) {
        open.push(format!(
            "Den Ordner {0} können andere Benutzer dieses Rechners betreten. Ändern Sie das: chmod 700 {0}",
            data.display()
        ));
    }
    report.check("Ordner der Daten: nur für seinen Besitzer", open);

    let (mut known, mut fits, mut underway) = (BTreeSet::new(), None, Vec::new());
    let found = file(&shared, &SHARED, |tx| {
        for row in tx.rows(&authorities::LIST, &[])? {
            known.insert(format!("{}.db", row.text(0)?));
        }
        fits = roots::fits(tx, keys)?;
        if is_up_to_date(tx, &[&SHARED])? {
            underway = merge::unfinished(tx)?;
        }
        Ok(())
    });
    let readable = found.is_empty();
    let mut damaged = found;
    damaged.extend(file(&data.join("drafts.db"), &DRAFTS, |_| Ok(())));
    let folder = data.join("tenants");
    let names = std::fs::read_dir(&folder).into_iter().flatten().flatten();
    let names: BTreeSet<String> = names.map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    let tenants: Vec<_> = names.iter().filter(|n| n.ends_with(".db")).collect();
    for name in &tenants {
        damaged.extend(file(&folder.join(name), &TENANT, |_| Ok(())));
    }
    report.check(
        format!(
            "{} Dateien: unversehrt und auf dem Stand des Programms",
            tenants.len() + 2
        ),
        damaged,
    );
    if readable {
        // An authority's file is made when it is opened first; one without a key is nobody's.
        let strange = tenants.iter().filter(|name| !known.contains(**name)).map(|name| {
            format!(
                "Die Datei {} gehört zu keinem Amt. Nehmen Sie sie fort oder spielen Sie shared.db aus derselben Sicherung zurück.",
                folder.join(name).display()
            )
        });
        report.check(format!("{} Ämter", known.len()), strange.collect());
        super::server::proof(&mut report, keys, fits);
        super::mergings(&mut report, underway);
    }
    report
}
