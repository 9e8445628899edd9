//! `kommunal doctor`: looks whether an installation is as it should be, and changes nothing.

use anyhow::{Result, bail};
use store::RootKey;
use store::doctor::Report;

use super::data::Data;
use super::key_source::KeySource;

#[derive(clap::Args)]
pub struct Doctor {
    #[command(flatten)]
    data: Data,
}

impl Doctor {
    /// What is right goes to stdout; what is not, one sentence each, to stderr, with exit code 1.
    pub fn run(self) -> Result<()> {
        let config = self.data.config()?;
        let (mut report, keys) = match KeySource::of(&config) {
            KeySource::File(path) => store::doctor::key(&path, &config.data),
            other => key(&other),
        };
        report.add(match &config.database {
            Some(database) => super::serve::runtime()?.block_on(store::doctor::server(&database.0, &keys))?,
            None => store::doctor::files(&config.data, &keys),
        });
        if report.findings.is_empty() {
            // Only where all is as it should be: then opening changes nothing.
            let found = super::serve::runtime()?.block_on(super::register::moved(&config))?;
            if found.is_empty() {
                report
                    .passed
                    .push("Laufende Vorgänge: liegen bei Ämtern, die für den Ort zuständig sind".into());
            }
            report.findings.extend(found);
        }
        let passed: String = report.passed.iter().map(|p| format!("in Ordnung   {p}\n")).collect();
        super::print_bytes(passed.as_bytes())?;
        if !report.findings.is_empty() {
            bail!(report.findings.join("\n"));
        }
        Ok(())
    }
}

/// A root key that lies in no file.
fn key(source: &KeySource) -> (Report, Vec<RootKey>) {
    let mut report = Report::default();
    match source.read() {
        Ok(keys) if keys.len() > 1 => {
            report.findings.push(store::doctor::UNFINISHED.to_owned());
            (report, keys)
        }
        Ok(keys) => {
            report.passed.push(format!("Hauptschlüssel aus: {}", source.name()));
            (report, keys)
        }
        Err(error) => {
            report.findings.push(error.to_string());
            (report, Vec::new())
        }
    }
}
