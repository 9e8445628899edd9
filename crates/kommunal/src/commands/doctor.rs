//! `kommunal doctor`: looks whether an installation is as it should be, and changes nothing.

use anyhow::{Result, bail};

use super::data::{Data, key_file};

#[derive(clap::Args)]
pub struct Doctor {
    #[command(flatten)]
    data: Data,
}

impl Doctor {
    /// What is right goes to stdout; what is not, one sentence each, to stderr, with exit code 1.
    pub fn run(self) -> Result<()> {
        let config = self.data.config()?;
        let (mut report, root) = store::doctor::key(&key_file(&config), &config.data);
        report.add(match &config.database {
            Some(database) => super::serve::runtime()?.block_on(store::doctor::server(&database.0, root.as_ref()))?,
            None => store::doctor::files(&config.data, root.as_ref()),
        });
        let passed: String = report.passed.iter().map(|p| format!("in Ordnung   {p}\n")).collect();
        super::print_bytes(passed.as_bytes())?;
        if !report.findings.is_empty() {
            bail!(report.findings.join("\n"));
        }
        Ok(())
    }
}
