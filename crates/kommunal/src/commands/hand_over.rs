//! `kommunal authority hand-over`: running cases of a municipality that has another authority now go there, one after the
//! other, as if a clerk had handed them over. Closed ones stay with whoever decided (docs/decisions/0031).

use anyhow::{Context as _, Result, bail};
use domain::TenantId;
use exchange::Register;
use kommunal::moved::{self, Elsewhere};
use kommunal::shipped;

use super::carry::ask;
use super::data::{Data, open_existing};

/// Gibt laufende Vorgänge einer Gemeinde an das Amt ab, das jetzt zuständig ist
#[derive(clap::Args)]
pub struct HandOver {
    /// Gemeindeschlüssel, acht Ziffern
    #[arg(value_name = "GEMEINDE")]
    member: String,
    /// Kennung des Amts, bei dem die Vorgänge liegen
    #[arg(value_name = "VON")]
    from: String,
    /// Kennung des Amts, das jetzt zuständig ist
    #[arg(value_name = "AN")]
    to: String,
    #[command(flatten)]
    data: Data,
    /// Nur zeigen, was abgegeben würde
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
    /// Gemeindeschlüssel noch einmal, statt der Nachfrage
    #[arg(long, value_name = "GEMEINDE")]
    yes: Option<String>,
}

impl HandOver {
    pub async fn run(self) -> Result<()> {
        let config = self.data.config()?;
        let files = shipped::files();
        let register = Register::open(Some(&config.data), &files)?;
        let place = register
            .today(&self.member)
            .with_context(|| super::register::unknown(&register, &self.member))?;
        let store = open_existing(&config).await?;
        for id in [&self.from, &self.to] {
            if store.shared().authority(&TenantId(id.clone())).await?.is_none() {
                bail!("Ein Amt „{id}“ gibt es hier nicht. Prüfen Sie die Kennung und den Ordner der Daten.");
            }
        }
        let found = moved::look(&store, &register, &schema::load(&files).catalog, super::today()).await?;
        let theirs = |e: &&Elsewhere| e.place.ags == place.ags && e.from.id.as_str() == self.from;
        let (mine, others): (Vec<_>, Vec<_>) = found
            .elsewhere
            .iter()
            .filter(theirs)
            .partition(|e| e.to.id.as_str() == self.to);
        let Some(what) = mine.first() else {
            let why = others.first().map_or_else(
                || {
                    format!(
                        "Bei „{}“ liegt kein laufender Vorgang aus {}, für den ein anderes Amt zuständig wäre",
                        self.from,
                        place.title()
                    )
                },
                |o| {
                    format!(
                        "Zuständig für {} ist {} ({}), nicht „{}“",
                        place.title(),
                        o.to.name,
                        o.to.id,
                        self.to
                    )
                },
            );
            bail!("{why}. Nichts wurde geändert.");
        };
        let n = what.cases.len();
        let shown = format!(
            "{}: {n} von {} ({}) an {} ({}).\nAntragstellende bekommen ein neues Aktenzeichen und eine Mail; der alte Stand führt dorthin.\nEntschiedenes bleibt, wo entschieden wurde. Räume und Einstellungen der Gemeinde legt das neue Amt selbst an.\n",
            place.title(),
            what.from.name,
            what.from.id,
            what.to.name,
            what.to.id
        );
        super::print_bytes(shown.as_bytes())?;
        if self.dry_run {
            return super::print_bytes("Nichts wurde geändert.\n".as_bytes());
        }
        let typed = match &self.yes {
            Some(typed) => typed.clone(),
            None => ask("Zur Bestätigung der Gemeindeschlüssel: ")?,
        };
        if typed != self.member {
            bail!(
                "„{typed}“ ist nicht der Gemeindeschlüssel „{}“. Nichts wurde geändert.",
                self.member
            );
        }
        let handed = moved::hand_over(&store, what, super::now()).await?;
        let stay = match handed.stay {
            0 => String::new(),
            1 => " Einer wurde inzwischen entschieden und bleibt.".to_owned(),
            n => format!(" {n} wurden inzwischen entschieden und bleiben."),
        };
        super::print_bytes(
            format!(
                "Abgegeben: {}.{stay} Der laufende Dienst bringt sie hinüber.\n",
                handed.on_their_way
            )
            .as_bytes(),
        )
    }
}
