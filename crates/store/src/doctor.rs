//! Is an installation as it should be? Looks and changes nothing. Belongs here: what is checked, and the sentence with
//! the mend for whoever runs it. Not here: what raises the wall between tenants (`wall.rs`).

pub(crate) mod files;
pub(crate) mod server;

use std::os::unix::fs::PermissionsExt as _;
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

/// The root key's file: there, whole, read by its owner only, and not where the data are.
pub fn key(path: &Path, data: &Path) -> (Report, Option<RootKey>) {
    let mut report = Report::default();
    let shown = path.display();
    let root = match RootKey::load(path) {
        Ok(root) => root,
        Err(error) => {
            report.findings.push(error.to_string());
            return (report, None);
        }
    };
    let mut findings = Vec::new();
    if path.metadata().is_ok_and(|m| m.permissions().mode() & 0o077 != 0) {
        findings.push(format!(
            "Den Hauptschlüssel {shown} können andere Benutzer dieses Rechners lesen. Ändern Sie das: chmod 600 {shown}"
        ));
    }
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    if real(path).starts_with(real(data)) {
        findings.push(format!(
            "Der Hauptschlüssel {shown} liegt im Ordner der Daten und gerät mit ihnen in jede Sicherung. \
             Legen Sie ihn anderswohin und nennen Sie den Ort in root_key_file."
        ));
    }
    report.check(
        "Hauptschlüssel: nur für seinen Besitzer lesbar, nicht bei den Daten",
        findings,
    );
    (report, Some(root))
}
