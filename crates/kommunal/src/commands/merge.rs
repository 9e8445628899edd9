//! `kommunal authority merge`: two authorities of this installation become one. Says first what would come, asks, and
//! then moves everything. How: `crates/store/src/merge.rs`; why so: docs/decisions/0031.

use anyhow::{Result, bail};
use store::{MergePreview, Merged};

use super::carry::ask;
use super::data::{Data, open_existing};

/// Legt ein Amt mit einem anderen zusammen: Alles geht über, nichts bleibt
#[derive(clap::Args)]
pub struct Merge {
    /// Kennung des Amts, das aufgeht
    #[arg(value_name = "AMT")]
    from: String,
    /// Kennung des Amts, in dem es aufgeht
    #[arg(value_name = "ZIEL")]
    into: String,
    #[command(flatten)]
    data: Data,
    /// Nur zeigen, was käme
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
    /// Kennung des Amts, das aufgeht, noch einmal, statt der Nachfrage
    #[arg(long, value_name = "AMT")]
    yes: Option<String>,
}

fn count(n: i64, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

fn shown(p: &MergePreview) -> String {
    let mut text = format!(
        "{} ({}) geht auf in: {} ({})\n",
        p.from.name, p.from.id, p.into.name, p.into.id
    );
    if p.begun {
        return text + "Das wurde schon begonnen und wird jetzt zu Ende gebracht.\n";
    }
    text += &format!(
        "Es kommen: {}, davon {} laufend; {}.\n",
        count(p.cases, "Vorgang", "Vorgänge"),
        p.open,
        count(p.rooms, "Raum", "Räume")
    );
    if !p.clerks.is_empty() {
        text += &format!(
            "Konten, die gesperrt mitkommen, bis die Leitung sie entsperrt: {}\n",
            p.clerks.join(", ")
        );
    }
    if !p.alike.is_empty() {
        text += &format!(
            "Räume mit gleicher Kennung bekommen eine neue: {}\n",
            p.alike.join(", ")
        );
    }
    let jobs: i64 = p.waiting.jobs.iter().map(|(_, n)| n).sum();
    text += &format!(
        "Unterwegs: {}, {}\n",
        count(jobs, "Auftrag", "Aufträge"),
        count(p.waiting.mails, "Mail", "Mails")
    );
    text + "Aktenzeichen, Zugangscodes und verschickte Links gelten weiter. Anschrift, Bank, Wappen und Einstellungen\n\
            für das ganze Amt gelten nicht weiter: Es gelten die des Ziels. Antragstellende laufender Vorgänge bekommen\n\
            je eine Mail. Solange es läuft, ist das Amt nicht zu erreichen, und das Ziel nimmt nichts an.\n\
            Machen Sie vorher eine Sicherung: kommunal backup\n"
}

fn done(merged: &Merged) -> String {
    let mut text = format!(
        "{} ist in {} aufgegangen: {}, davon {} laufend.\n",
        merged.name,
        merged.into,
        count(merged.came.cases, "Vorgang", "Vorgänge"),
        merged.came.open.len()
    );
    for note in &merged.came.notes {
        text += &format!("  {note}\n");
    }
    if !merged.came.clerks.is_empty() {
        text += &format!(
            "Gesperrt, bis die Leitung sie entsperrt: {}\n",
            merged.came.clerks.join(", ")
        );
    }
    text += "Nachgesehen:\n";
    for proof in &merged.proofs {
        text += &format!("  {proof}\n");
    }
    text + "Die Leitung sieht unter „Daten mitnehmen“, was kam. Frühere Sicherungen enthalten das alte Amt, bis sie selbst\n\
            gelöscht sind; machen Sie jetzt eine neue.\n"
}

impl Merge {
    pub async fn run(self) -> Result<()> {
        let config = self.data.config()?;
        let store = open_existing(&config).await?;
        let (from, into) = (self.from.as_str().into(), self.into.as_str().into());
        let preview = store.merge_preview(&from, &into).await?;
        // A district's office decides other things than a town hall, and for other places.
        let towns = |a: &store::Authority| matches!(a.level.as_str(), "municipality" | "association");
        if towns(&preview.from) != towns(&preview.into) || preview.from.level == "state" {
            bail!(
                "{} und {} entscheiden über Verschiedenes: Nur Ämter der gleichen Ebene gehen ineinander auf.",
                preview.from.name,
                preview.into.name
            );
        }
        super::print_bytes(shown(&preview).as_bytes())?;
        if self.dry_run {
            return super::print_bytes("Nichts wurde geändert.\n".as_bytes());
        }
        let typed = match &self.yes {
            Some(typed) => typed.clone(),
            None => ask("Das lässt sich nicht zurücknehmen. Zur Bestätigung die Kennung des Amts, das aufgeht: ")?,
        };
        if typed != self.from {
            bail!(
                "„{typed}“ ist nicht die Kennung „{}“. Nichts wurde geändert.",
                self.from
            );
        }
        let owner = config.database_migrate.as_ref().map(|d| d.0.as_str());
        let merged = store.merge_authority(&from, &into, owner, super::now(), None).await?;
        super::print_bytes(done(&merged).as_bytes())?;
        if merged.proofs.iter().any(|p| p.starts_with("OFFEN")) {
            bail!("Nicht alles ist fort; siehe OFFEN. Was noch da ist, ist ohne seinen Schlüssel nicht zu lesen.");
        }
        Ok(())
    }
}
