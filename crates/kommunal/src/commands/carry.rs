//! `kommunal authority export`, `import`, `erase`: an authority moves from one installation to another, whichever
//! engine either runs on, or goes for good. What moves and how: `crates/store/src/carry.rs`.

use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, BufWriter};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use store::{Carried, OpenWith, SealFor, Store, Waiting};

use super::data::{Data, open, open_existing};

/// Gibt ein Amt mit allem, was ihm gehört, in eine verschlüsselte Datei aus
#[derive(clap::Args)]
pub struct Export {
    /// Kennung des Amts
    #[arg(value_name = "AMT")]
    id: String,
    /// Wohin; die Datei darf es noch nicht geben
    #[arg(value_name = "DATEI")]
    file: PathBuf,
    #[command(flatten)]
    data: Data,
    /// Für diesen öffentlichen Schlüssel von age verschlüsseln (age1…) statt mit einem erzeugten Code
    #[arg(long, value_name = "SCHLÜSSEL", conflicts_with = "passphrase_file")]
    recipient: Option<String>,
    /// Datei mit einem eigenen Kennwort statt des erzeugten Codes
    #[arg(long, value_name = "DATEI")]
    passphrase_file: Option<PathBuf>,
}

/// Nimmt ein Amt aus einer Datei von „export“ auf, ganz oder gar nicht
#[derive(clap::Args)]
pub struct Import {
    #[arg(value_name = "DATEI")]
    file: PathBuf,
    #[command(flatten)]
    data: Data,
    /// Datei mit Code oder Kennwort; ohne Angabe wird danach gefragt
    #[arg(long, value_name = "DATEI", conflicts_with = "identity")]
    passphrase_file: Option<PathBuf>,
    /// Schlüsseldatei von age, wenn für einen öffentlichen Schlüssel verschlüsselt wurde
    #[arg(long, value_name = "DATEI")]
    identity: Option<PathBuf>,
}

/// Löscht ein Amt mit allem, was ihm gehört, und zeigt, dass nichts bleibt
#[derive(clap::Args)]
pub struct Erase {
    /// Kennung des Amts
    #[arg(value_name = "AMT")]
    id: String,
    #[command(flatten)]
    data: Data,
    /// Kennung noch einmal, statt der Nachfrage
    #[arg(long, value_name = "AMT")]
    yes: Option<String>,
    /// Nur löschen, wenn das Amt noch genau diesen Prüfwert hat: Seit dem Ausgeben kam nichts hinzu
    #[arg(long, value_name = "PRÜFWERT")]
    exported: Option<String>,
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("Die Datei {} lässt sich nicht lesen.", path.display()))
}

/// One line that somebody types.
pub(super) fn ask(question: &str) -> Result<String> {
    super::print_bytes(question.as_bytes())?;
    let mut line = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut line)
        .context("Die Eingabe ließ sich nicht lesen.")?;
    Ok(line.trim().to_owned())
}

fn summary(carried: &Carried) -> String {
    let Carried {
        name,
        id,
        cases,
        rows,
        head,
        digest,
        public_key,
        ..
    } = carried;
    format!(
        "{name} ({id}): {cases} Vorgänge, {rows} Zeilen, Protokoll bis Zeile {}\nPrüfwert:               {digest}\nSchlüssel der Quittungen: {public_key}\n",
        head.n
    )
}

/// What is still to be done, and who is meant by it.
fn waiting(waiting: &Waiting) -> String {
    let mut text = String::new();
    let jobs: i64 = waiting.jobs.iter().map(|(_, n)| n).sum();
    if jobs > 0 {
        let kinds: Vec<_> = waiting.jobs.iter().map(|(kind, n)| format!("{n} {kind}")).collect();
        text += &format!("Aufträge, die mitgehen:  {jobs} ({})\n", kinds.join(", "));
    }
    if waiting.mails > 0 {
        text += &format!("Mails, die mitgehen:     {}\n", waiting.mails);
    }
    text
}

impl Export {
    pub async fn run(self) -> Result<()> {
        let store = open_existing(&self.data.config()?).await?;
        let (seal, code) = match (&self.recipient, &self.passphrase_file) {
            (Some(key), _) => (SealFor::recipient(key)?, None),
            (None, Some(path)) => (SealFor::passphrase(&read(path)?)?, None),
            (None, None) => {
                let (seal, code) = SealFor::code(store.entropy());
                (seal, Some(code))
            }
        };
        let shown = self.file.display();
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&self.file);
        let file = file.with_context(|| {
            format!("Die Datei {shown} lässt sich nicht anlegen. Gibt es sie schon, nehmen Sie einen anderen Namen.")
        })?;
        let written = self.write(&store, file, &seal).await;
        let carried = match written {
            Ok(carried) => carried,
            Err(error) => {
                drop(std::fs::remove_file(&self.file));
                return Err(error);
            }
        };
        let mut text = format!(
            "Ausgegeben in {shown}\n{}{}",
            summary(&carried),
            waiting(&carried.waiting)
        );
        if let Some(code) = code {
            text += &format!(
                "Code der Datei:          {code}\nDer Code steht nur hier; ohne ihn öffnet niemand die Datei. Bewahren Sie ihn getrennt von ihr auf.\n"
            );
        }
        text += &format!(
            "Das Amt arbeitet hier weiter. Nach der Aufnahme anderswo löschen Sie es, bevor dort Mails hinausgehen:\n  kommunal authority erase {} --exported {}\nNicht dabei: laufende Anmeldungen und begonnene Anträge; diese gehören denen, die sie schreiben.\n",
            carried.id, carried.digest
        );
        super::print_bytes(text.as_bytes())
    }

    async fn write(&self, store: &Store, file: File, seal: &SealFor) -> Result<Carried> {
        let id = self.id.as_str().into();
        let (carried, to) = store.export(&id, BufWriter::new(file), seal, super::now()).await?;
        let file = to
            .into_inner()
            .context("Die Datei ließ sich nicht zu Ende schreiben.")?;
        file.sync_all()
            .context("Die Datei ließ sich nicht sicher auf den Datenträger schreiben.")?;
        Ok(carried)
    }
}

impl Import {
    pub async fn run(self) -> Result<()> {
        let store = open(&self.data.config()?).await?;
        let shown = self.file.display();
        let file = File::open(&self.file).with_context(|| format!("Die Datei {shown} lässt sich nicht öffnen."))?;
        let with = match (&self.identity, &self.passphrase_file) {
            (Some(path), _) => OpenWith::identity(&read(path)?)?,
            (None, Some(path)) => OpenWith::words(&read(path)?),
            (None, None) => OpenWith::words(&ask("Code oder Kennwort der Datei: ")?),
        };
        let carried = store.import(BufReader::new(file), &with, super::now()).await?;
        let mut text = format!(
            "Aufgenommen aus {shown}, geprüft: Zeilen, Protokoll und Aktenzeichen\n{}{}",
            summary(&carried),
            waiting(&carried.waiting)
        );
        for (to, n) in &carried.waiting.deliveries {
            let here = store.shared().authority(to).await?.is_some();
            text += &match here {
                true => format!("Unterwegs an {to}: {n}, geht von hier hinaus\n"),
                false => {
                    format!("Unterwegs an {to}: {n}. Dieses Amt gibt es hier nicht; klären Sie es dort von Hand.\n")
                }
            };
        }
        text += "Vergleichen Sie den Prüfwert mit dem beim Ausgeben. Die Leitung meldet sich mit ihrem bisherigen Konto an.\n";
        super::print_bytes(text.as_bytes())
    }
}

impl Erase {
    pub async fn run(self) -> Result<()> {
        let config = self.data.config()?;
        let store = open_existing(&config).await?;
        let id = self.id.as_str().into();
        let known = store.shared().authority(&id).await?;
        let Some(authority) = known else {
            bail!("Ein Amt „{id}“ gibt es hier nicht. Prüfen Sie die Kennung und den Ordner der Daten.");
        };
        let typed = match &self.yes {
            Some(typed) => typed.clone(),
            None => ask(&format!(
                "{} ({id}) wird mit allen Vorgängen, Briefen und Konten gelöscht; niemand stellt es wieder her.\nZur Bestätigung die Kennung: ",
                authority.name
            ))?,
        };
        if typed != self.id {
            bail!("„{typed}“ ist nicht die Kennung „{id}“. Nichts wurde gelöscht.");
        }
        let owner = config.database_migrate.as_ref().map(|d| d.0.as_str());
        let erased = store.erase(&id, owner, self.exported.as_deref()).await?;
        let mut text = format!(
            "{} ({id}) ist gelöscht: {} Zeilen.\nNachgesehen:\n",
            authority.name, erased.rows
        );
        for proof in &erased.proofs {
            text += &format!("  {proof}\n");
        }
        text += "Sicherungen und ausgegebene Dateien enthalten das Amt, bis sie selbst gelöscht sind.\n";
        super::print_bytes(text.as_bytes())?;
        if erased.proofs.iter().any(|p| p.starts_with("OFFEN")) {
            bail!("Nicht alles ist fort; siehe OFFEN. Die Daten sind ohne ihren Schlüssel nicht zu lesen.");
        }
        Ok(())
    }
}
