//! `kommunal backup`, `restore` and `drill`: what is written away, put back, and believed only after it was put back.
//! How: `crates/store/src/backup.rs`; set-up: docs/operation.md.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use jiff::Timestamp;
use kommunal::config::Config;
use store::Roots;
use store::backup::{Drilled, newest, restore_all};

use super::data::{Data, open_existing};
use super::key_source::KeySource;

/// Sichert alles, während der Dienst läuft (Dateien; PostgreSQL siehe docs/operation.md)
#[derive(clap::Args)]
pub struct Backup {
    /// Ordner für Sicherungen; ohne Angabe backup_dir aus den Einstellungen
    #[arg(value_name = "ORDNER")]
    folder: Option<PathBuf>,
    #[command(flatten)]
    data: Data,
}

/// Spielt eine Sicherung zurück: alles in einen leeren Ordner, oder ein Amt, während die anderen arbeiten
#[derive(clap::Args)]
pub struct Restore {
    /// Eine Sicherung, oder der Ordner, in dem die neueste liegt
    #[arg(value_name = "SICHERUNG")]
    from: PathBuf,
    #[command(flatten)]
    data: Data,
    /// Nur dieses Amt
    #[arg(long, value_name = "AMT")]
    authority: Option<String>,
    /// Kennung noch einmal: Das Amt gibt es hier, sein jetziger Stand wird beiseite gelegt
    #[arg(long, value_name = "AMT", requires = "authority")]
    yes: Option<String>,
}

/// Spielt die neueste Sicherung zur Probe zurück und prüft sie
#[derive(clap::Args)]
pub struct Drill {
    /// Ordner der Sicherungen; ohne Angabe backup_dir aus den Einstellungen
    #[arg(value_name = "ORDNER", conflicts_with = "restored")]
    folder: Option<PathBuf>,
    #[command(flatten)]
    data: Data,
    /// PostgreSQL: der aus der Sicherung zurückgespielte Server, postgres://…
    #[arg(long, value_name = "ADRESSE")]
    restored: Option<String>,
}

fn folder_of(named: Option<PathBuf>, config: &Config) -> Result<PathBuf> {
    named
        .or_else(|| config.backup_dir.clone())
        .context("Nennen Sie den Ordner für Sicherungen, oder setzen Sie backup_dir.")
}

fn moment(at: Timestamp) -> String {
    domain::berlin(at).strftime("%d.%m.%Y, %H:%M Uhr").to_string()
}

impl Backup {
    pub async fn run(self) -> Result<()> {
        let config = self.data.config()?;
        let folder = folder_of(self.folder, &config)?;
        let store = open_existing(&config).await?;
        let made = store.backup(&folder, super::now()).await?;
        let mut text = format!("Gesichert und einmal geöffnet: {}\n", made.folder.display());
        for a in &made.manifest.authorities {
            text += &format!(
                "  {} ({}): {} Vorgänge, Protokoll bis {}\n",
                a.name, a.id, a.cases, a.head
            );
        }
        text += &format!(
            "Nicht dabei ist der Hauptschlüssel (Kennung {}); ohne ihn öffnet niemand die Sicherung. Bewahren Sie ihn getrennt auf.\n",
            made.manifest.root
        );
        super::print_bytes(text.as_bytes())
    }
}

impl Restore {
    pub async fn run(self) -> Result<()> {
        let config = self.data.config()?;
        let from = newest(&self.from, super::now())?;
        let Some(id) = self.authority else {
            if config.database.is_some() {
                bail!(
                    "Mit PostgreSQL spielen Sie mit dessen Werkzeugen zurück, siehe docs/operation.md. Für Dateien lassen Sie database weg."
                );
            }
            let source = KeySource::of(&config);
            let roots = Roots::read(move || source.read())?;
            let manifest = restore_all(&from, &config.data, &roots, super::now())?;
            let text = format!(
                "Zurückgespielt nach {}: {} Ämter, Stand {}\nJede Datei ist die gesicherte, jedes Protokoll ist nachgerechnet und nennt das Zurückspielen. Was damals wartete, geht mit dem Start noch einmal hinaus.\nNiemand ist angemeldet. Konten, Passwörter und Rechte sind die von damals: Wer seither gesperrt wurde, ist es nicht mehr. Sehen Sie die Konten durch.\n",
                config.data.display(),
                manifest.authorities.len(),
                moment(manifest.at)
            );
            return super::print_bytes(text.as_bytes());
        };
        let store = open_existing(&config).await?;
        let tenant = id.as_str().into();
        let known = store.shared().authority(&tenant).await?.is_some();
        if known && self.yes.as_deref() != Some(&id) {
            bail!(
                "Das Amt „{id}“ gibt es hier; sein jetziger Stand würde beiseite gelegt. Bestätigen Sie das mit --yes {id}"
            );
        }
        let restored = store.restore_one(&from, &tenant, super::now()).await?;
        let mut text = format!("{id} ist zurückgespielt, Stand {}\n", moment(restored.manifest.at));
        if let Some(aside) = restored.aside {
            text += &format!(
                "Der Stand davor liegt in {}; löschen Sie ihn, wenn ihn niemand mehr braucht.\nKonten, Passwörter und Rechte sind die von eben; was seit der Sicherung gelöscht oder zurückgenommen wurde, bleibt es.\n",
                aside.display()
            );
        }
        for (_, waiting) in &restored.waiting {
            let jobs: i64 = waiting.jobs.iter().map(|(_, n)| n).sum();
            text += &format!(
                "Damals warteten {jobs} Aufträge und {} Mails; sie gehen noch einmal hinaus.\n",
                waiting.mails
            );
        }
        for other in &restored.silent {
            text += &format!(
                "{other} ließ sich nicht öffnen: Was es seit der Sicherung hierher geschickt hat, fehlt. Führen Sie den Befehl noch einmal aus, wenn es sich öffnen lässt.\n"
            );
        }
        text += "Alle Anmeldungen dieses Amts sind beendet.\n";
        super::print_bytes(text.as_bytes())
    }
}

impl Drill {
    pub async fn run(self) -> Result<()> {
        let config = self.data.config()?;
        let now = super::now();
        let store = open_existing(&config).await?;
        let drilled = match &self.restored {
            Some(server) => store.drill_server(server, now).await?,
            None => store.drill(&folder_of(self.folder, &config)?, now).await?,
        };
        let Drilled {
            name,
            at,
            authorities,
            cases,
            indexes,
            findings,
        } = drilled;
        if !findings.is_empty() {
            bail!("Die Sicherung {name} taugt nicht: {}", findings.join(" "));
        }
        let at = moment(at);
        let mut text = format!(
            "Probe bestanden: {name}, Stand {at}, {authorities} Ämter, {cases} Vorgänge, jedes Protokoll nachgerechnet.\n"
        );
        if self.restored.is_some() {
            let state = store.backup_state(config.backup().as_ref(), now).await?;
            if !state.is_well() {
                bail!(
                    "Die Probe fand nichts, aber der Stand {at} gilt nicht als Sicherung von heute: {}.",
                    state.status
                );
            }
            text += &match indexes {
                Some(n) => format!("{n} Indexe passen zu ihren Tabellen (amcheck).\n"),
                None => "Die Indexe sind nicht geprüft: Dort fehlt „amcheck“, oder die Rolle darf „bt_index_check“ nicht ausführen.\n".to_owned(),
            };
        }
        super::print_bytes(text.as_bytes())
    }
}
