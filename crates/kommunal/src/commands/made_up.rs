//! `kommunal made-up`: made-up counters, for the bench and for looking at the cockpit. Not for data that anybody needs.

use anyhow::{Result, bail};
use exchange::Register;
use kommunal::{made_up, shipped};

use super::data::{Data, open};

/// Zählt ausgedachte Vorgänge, damit das Cockpit etwas zeigt: nur für Messungen und Vorführungen
#[derive(clap::Args)]
pub struct MadeUp {
    /// So viele neue Ämter; ohne: die, die mitmachen
    #[arg(long, value_name = "ANZAHL")]
    authorities: Option<usize>,
    /// Vorgänge in zwölf Monaten, über alle Ämter
    #[arg(long, value_name = "ANZAHL", default_value_t = 5_000)]
    cases: i64,
    #[command(flatten)]
    data: Data,
}

impl MadeUp {
    pub fn run(self) -> Result<()> {
        super::serve::runtime()?.block_on(async {
            if self.cases < 0 {
                bail!("Nennen Sie mit --cases eine Anzahl ab 0.");
            }
            let config = self.data.config()?;
            let files = shipped::files();
            let register = Register::open(Some(&config.data), &files)?;
            let services: Vec<String> = schema::load(&files).catalog.services.keys().cloned().collect();
            let store = open(&config).await?;
            let now = super::now();
            let made = made_up::fill(&store, &register, &services, self.authorities, self.cases, now).await?;
            super::print_json(&serde_json::to_value(made)?)
        })
    }
}
