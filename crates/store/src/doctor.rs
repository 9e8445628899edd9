//! Is an installation as it should be? Looks and changes nothing. Belongs here: what is checked, and the sentence with
//! the mend for whoever runs it. Not here: what raises the wall between tenants (`wall.rs`).

pub(crate) mod files;
pub(crate) mod server;

use std::path::Path;

pub use files::files;
pub use server::server;

use crate::RootKey;

/// What was looked at.
#[derive(Debug, Default)]
pub struct Report {
    /// One line for each check without findings.
    pub passed: Vec<String>,
    /// One German sentence each, with the mend.
    pub findings: Vec<String>,
}

impl Report {
    fn check(&mut self, what: impl Into<String>, findings: Vec<String>) {
        if findings.is_empty() {
            self.passed.push(what.into());
        }
        self.findings.extend(findings);
    }

    pub fn add(&mut self, other: Report) {
        self.passed.extend(other.passed);
        self.findings.extend(other.findings);
    }
}

/// Authorities whose merging broke off: nobody reaches them until it is at its end.
fn mergings(report: &mut Report, underway: Vec<(String, String)>) {
    let sentence = |(from, into): (String, String)| {
        format!(
            "Das Zusammenlegen von „{from}“ mit „{into}“ ist nicht zu Ende. Führen Sie es noch einmal aus: kommunal authority merge {from} {into}"
        )
    };
    report.check(
        "Zusammengelegte Ämter: keines auf halbem Weg",
        underway.into_iter().map(sentence).collect(),
    );
}

/// The root key's file: there, whole, read by its owner only, and not where the data are. With the keys in it.
pub fn key(path: &Path, data: &Path) -> (Report, Vec<RootKey>) {
    let mut report = Report::default();
    let shown = path.display();
    let keys = match RootKey::load(path) {
        Ok(keys) => keys,
        Err(error) => {
            report.findings.push(error.to_string());
            return (report, Vec::new());
        }
    };
    let mut findings = Vec::new();
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    if real(path).starts_with(real(data)) {
        findings.push(format!(
            "Der Hauptschlüssel {shown} liegt im Ordner der Daten und gerät mit ihnen in jede Sicherung. \
             Legen Sie ihn anderswohin und nennen Sie den Ort in root_key_file."
        ));
    }
    if keys.len() > 1 {
        findings.push(UNFINISHED.to_owned());
    }
    report.check(
        "Hauptschlüssel: nur für seinen Besitzer lesbar, nicht bei den Daten",
        findings,
    );
    (report, keys)
}

/// Two root keys at once.
pub const UNFINISHED: &str =
    "Der Wechsel des Hauptschlüssels ist nicht zu Ende. Führen Sie „kommunal keys rotate“ noch einmal aus.";
