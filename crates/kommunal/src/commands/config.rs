//! `kommunal config check`: are the settings right, and what holds.

use std::path::PathBuf;

use kommunal::config::Config;

#[derive(clap::Subcommand)]
pub enum Command {
    /// Prüft Datei und Umgebung und zeigt, was gilt; Geheimes bleibt verborgen
    Check {
        /// Datei mit den Einstellungen; ohne Angabe kommunal.toml im aktuellen Ordner
        #[arg(long, value_name = "DATEI", env = "KOMMUNAL_CONFIG")]
        config: Option<PathBuf>,
    },
}

impl Command {
    pub fn run(self) -> anyhow::Result<()> {
        let Command::Check { config } = self;
        let config = Config::load(config.as_deref(), &Config::environment())?;
        super::print_bytes((config.lines().join("\n") + "\n").as_bytes())
    }
}
