//! `kommunal keys`: the root key is made, looked at, changed. The keys themselves are shown by no command.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use kommunal::config::Config;
use store::{Entropy, RootKey};

use super::data::{Data, database, open};
use super::key_source::KeySource;

/// Schlüssel
#[derive(clap::Subcommand)]
pub enum Command {
    /// Legt den Hauptschlüssel an, wo es noch keinen und noch keine Daten gibt
    Init {
        #[command(flatten)]
        data: Data,
    },
    /// Wechselt den Hauptschlüssel; der Dienst kann weiterlaufen
    Rotate(Rotate),
    /// Zeigt Quelle, Kennung und Alter des Hauptschlüssels, nicht ihn selbst
    Status {
        #[command(flatten)]
        data: Data,
    },
}

/// Wechselt den Hauptschlüssel; der Dienst kann weiterlaufen
#[derive(clap::Args)]
pub struct Rotate {
    #[command(flatten)]
    data: Data,
    /// Schreibt nur den neuen Schlüssel neben den alten in die Datei; so gelangt er auf alle Rechner, bevor er gilt
    #[arg(long)]
    prepare: bool,
}

impl Command {
    pub fn run(self) -> Result<()> {
        let runtime = super::serve::runtime()?;
        match self {
            Command::Init { data } => runtime.block_on(init(&data.config()?)),
            Command::Rotate(rotate) => runtime.block_on(rotate.run()),
            Command::Status { data } => runtime.block_on(status(&data.config()?)),
        }
    }
}

async fn init(config: &Config) -> Result<()> {
    let source = KeySource::of(config);
    let KeySource::File(path) = &source else {
        bail!(
            "Der Hauptschlüssel kommt aus: {}. Dort legt ihn dieser Befehl nicht an.",
            source.name()
        );
    };
    if path.exists() {
        bail!("Den Hauptschlüssel {} gibt es schon.", path.display());
    }
    if store::data_exist(&config.data, database(config)).await? {
        bail!(
            "Es gibt schon Daten, und ein neuer Hauptschlüssel öffnet sie nicht. Spielen Sie {} aus seiner Sicherung zurück.",
            path.display()
        );
    }
    let key = RootKey::create(path, &Entropy::System)?;
    let text = format!(
        "Der Hauptschlüssel ist angelegt: {}\nKennung: {}\nSichern Sie ihn jetzt an einem zweiten Ort, getrennt von den Daten. Ohne ihn sind sie nicht zu öffnen.\n",
        path.display(),
        key.fingerprint()?
    );
    super::print_bytes(text.as_bytes())
}

/// Nothing is made where nothing is.
async fn there(config: &Config) -> Result<()> {
    if !store::data_exist(&config.data, database(config)).await? {
        bail!("Es gibt noch keine Daten. Nennen Sie mit --data den richtigen Ordner, für PostgreSQL auch database.");
    }
    Ok(())
}

async fn status(config: &Config) -> Result<()> {
    there(config).await?;
    let source = KeySource::of(config);
    let keys = source.read()?;
    let status = open(config).await?.key_status().await?;
    let since = status.since.map_or_else(
        || "unbekannt, seit der Einrichtung oder länger".to_owned(),
        |at| domain::berlin(at).strftime("%d.%m.%Y, %H:%M Uhr").to_string(),
    );
    let mut lines = vec![
        format!("Quelle:   {}", source.name()),
        format!("Kennung:  {}", status.root),
        format!("Seit:     {since}"),
    ];
    for (root, n) in &status.tenants {
        let which = if *root == status.root {
            "diesem"
        } else {
            "einem anderen"
        };
        lines.push(format!("Ämter:    {n} unter {which} Hauptschlüssel ({root})"));
    }
    if status.tenants.is_empty() {
        lines.push("Ämter:    noch keines".to_owned());
    }
    if keys.len() > 1 {
        lines.push(format!("Achtung:  {}", store::doctor::UNFINISHED));
    }
    super::print_bytes((lines.join("\n") + "\n").as_bytes())
}

impl Rotate {
    async fn run(self) -> Result<()> {
        let config = self.data.config()?;
        there(&config).await?;
        let source = KeySource::of(&config);
        let _only_one = match &source {
            KeySource::File(path) => Some(lock(path)?),
            _ => None,
        };
        let keys = source.read()?;
        let (new, pending) = match (&source, keys.as_slice()) {
            (_, [new, _]) => (new.clone(), true),
            (KeySource::File(path), [old]) => {
                // Is it the right one at all? Else the new one would only hide that.
                open(&config).await?;
                let new = RootKey::random(&Entropy::System);
                RootKey::replace(path, &[new.clone(), old.clone()])?;
                (new, false)
            }
            _ => bail!(
                "Der Hauptschlüssel kommt aus: {}. Lassen Sie dort den neuen und den alten ausgeben, den neuen zuerst, mit einem Leerzeichen dazwischen. \
                 Starten Sie den Dienst neu, und rufen Sie diesen Befehl dann noch einmal auf. Einen neuen ergibt: openssl rand -hex 32",
                source.name()
            ),
        };
        if self.prepare {
            let text = format!(
                "Der neue Hauptschlüssel ({}) steht neben dem alten. Noch gilt der alte.\nBringen Sie die Datei auf alle Rechner und in die Sicherung. Dann: kommunal keys rotate\n",
                new.fingerprint()?
            );
            return super::print_bytes(text.as_bytes());
        }
        let n = open(&config).await?.rewrap(&new).await?;
        let mut aside = None;
        if let KeySource::File(path) = &source {
            aside = keep_old(path, &source.read()?, &new)?;
            RootKey::replace(path, std::slice::from_ref(&new))?;
        }
        let how = if pending { "ist zu Ende" } else { "ist fertig" };
        let then = match &source {
            KeySource::File(path) => format!(
                "Sichern Sie {} jetzt an seinem zweiten Ort.{}",
                path.display(),
                aside.map_or_else(String::new, |old| format!(
                    "\nDer alte liegt in {}. Ohne ihn öffnet niemand die Sicherungen aus seiner Zeit: Bringen Sie ihn dorthin, wo Sie Schlüssel verwahren, und löschen Sie ihn hier.",
                    old.display()
                ))
            ),
            _ => "Nehmen Sie dort nun den alten fort. Heben Sie ihn auf, solange es Sicherungen aus seiner Zeit gibt."
                .to_owned(),
        };
        let text = format!(
            "Der Wechsel des Hauptschlüssels {how}: {} neu verpackt.\nKennung: {}\n{then}\n",
            authorities(n),
            new.fingerprint()?
        );
        super::print_bytes(text.as_bytes())
    }
}

/// The key that is given up, beside the new one: nobody may have a copy of it. `keys`: those of the file, as they are now.
fn keep_old(path: &Path, keys: &[RootKey], new: &RootKey) -> Result<Option<PathBuf>> {
    let new = new.fingerprint()?;
    let mut kept = None;
    for old in keys {
        if old.fingerprint()? != new {
            kept = Some(old.put_beside(path)?);
        }
    }
    Ok(kept)
}

fn authorities(n: u64) -> String {
    if n == 1 { "1 Amt".into() } else { format!("{n} Ämter") }
}

/// Two at once would each make a key, and the one that the data end under might be overwritten.
fn lock(key: &Path) -> Result<File> {
    let folder = key
        .parent()
        .filter(|f| !f.as_os_str().is_empty())
        .map_or_else(|| PathBuf::from("."), Path::to_owned);
    let file =
        File::open(&folder).with_context(|| format!("Der Ordner {} lässt sich nicht öffnen.", folder.display()))?;
    if file.try_lock().is_err() {
        bail!("Der Hauptschlüssel wird gerade von einem anderen Befehl gewechselt.");
    }
    Ok(file)
}
