//! `kommunal authority add`: takes an authority of the register in, with a first account for its lead. What it offers,
//! the lead sets at the desk. Moving and erasing: `carry.rs`.

use anyhow::{Context as _, Result, bail};
use domain::routing::AuthorityRef;
use exchange::Register;
use kommunal::shipped;
use store::{Authority, Error};

use super::data::{Data, open, open_existing};
use super::{carry, hand_over, merge};

/// Ämter
#[derive(clap::Subcommand)]
pub enum Command {
    /// Nimmt ein Amt auf und legt das erste Konto mit Leitung an
    Add(Add),
    /// Gibt einem Konto ein neues erstes Passwort und schaltet seinen Code ab, wenn niemand sonst es kann
    Reset(Reset),
    /// Gibt ein Amt mit allem, was ihm gehört, in eine verschlüsselte Datei aus
    Export(carry::Export),
    /// Nimmt ein Amt aus einer Datei von „export“ auf, ganz oder gar nicht
    Import(carry::Import),
    /// Legt ein Amt mit einem anderen zusammen: Alles geht über, nichts bleibt
    Merge(merge::Merge),
    /// Gibt laufende Vorgänge einer Gemeinde an das Amt ab, das jetzt zuständig ist
    HandOver(hand_over::HandOver),
    /// Löscht ein Amt mit allem, was ihm gehört, und zeigt, dass nichts bleibt
    Erase(carry::Erase),
}

impl Command {
    pub fn run(self) -> Result<()> {
        match self {
            Command::Add(add) => super::serve::runtime()?.block_on(add.run()),
            Command::Reset(reset) => super::serve::runtime()?.block_on(reset.run()),
            Command::Export(export) => super::serve::runtime()?.block_on(export.run()),
            Command::Import(import) => super::serve::runtime()?.block_on(import.run()),
            Command::Merge(merge) => super::serve::runtime()?.block_on(merge.run()),
            Command::HandOver(hand_over) => super::serve::runtime()?.block_on(hand_over.run()),
            Command::Erase(erase) => super::serve::runtime()?.block_on(erase.run()),
        }
    }
}

/// Nimmt ein Amt auf und legt das erste Konto mit Leitung an
#[derive(clap::Args)]
pub struct Add {
    /// Gemeindeschlüssel (acht Ziffern) für das Amt, das die Gemeinde verwaltet, Kreisschlüssel (fünf Ziffern) oder
    /// Schlüssel des Landes (zwei Ziffern) für das Kompetenzzentrum
    #[arg(value_name = "SCHLÜSSEL")]
    key: String,
    /// E-Mail der Leitung; damit meldet sie sich an
    #[arg(long, value_name = "E-MAIL")]
    lead: String,
    /// Vorname und Name der Leitung
    #[arg(long, value_name = "NAME")]
    name: String,
    #[command(flatten)]
    data: Data,
}

impl Add {
    async fn run(self) -> Result<()> {
        let mail = self.lead.trim();
        if !mail
            .split_once('@')
            .is_some_and(|(who, host)| !who.is_empty() && host.contains('.'))
        {
            bail!("„{mail}“ ist keine E-Mail-Adresse. Beispiel: leitung@gemeinde.de");
        }
        if self.name.trim().is_empty() {
            bail!("Nennen Sie mit --name Vorname und Name der Leitung.");
        }
        let config = self.data.config()?;
        let register = Register::open(Some(&config.data), &shipped::files())?;
        let authority = find(&register, &self.key)?;
        let store = open(&config).await?;
        let now = super::now();
        let known = match store.tenant(&authority.id).await {
            Ok(now) if *now.id() != authority.id => bail!(
                "{} ist in {} ({}) aufgegangen; es wird nicht noch einmal aufgenommen.",
                authority.name,
                now.authority().name,
                now.id()
            ),
            Ok(_) => true,
            Err(Error::Missing(_)) => false,
            Err(other) => return Err(other.into()),
        };
        if !known {
            let level = serde_json::to_value(authority.level)?;
            let made = store.create_tenant(Authority {
                id: authority.id.clone(),
                name: authority.name.clone(),
                level: level.as_str().unwrap_or_default().to_owned(),
                codes: vec![("key".into(), authority.key.clone())],
                created_at: now,
            });
            made.await?;
        }
        let password = store::first_password(store.entropy());
        let roles = ["lead", "clerk"].map(str::to_owned);
        let account = store.add_clerk(&authority.id, mail, self.name.trim(), &password, &roles, "system", now);
        match account.await {
            Ok(_) => {}
            Err(Error::Conflict(_)) => bail!("Für „{mail}“ gibt es schon ein Konto. Nehmen Sie eine andere Adresse."),
            Err(other) => return Err(other.into()),
        }
        let state = if known { "macht schon mit" } else { "ist aufgenommen" };
        super::print_bytes(
            format!(
                "{} {state}.\nAnmelden: /amt/anmelden\nE-Mail:   {mail}\nPasswort: {password}\nDas Passwort steht nur hier. Die Leitung ändert es unter „Mein Konto“.\n",
                authority.name
            )
            .as_bytes(),
        )
    }
}

/// Gibt einem Konto ein neues erstes Passwort und schaltet seinen Code ab, wenn niemand sonst es kann
#[derive(clap::Args)]
pub struct Reset {
    /// E-Mail, mit der sich das Konto anmeldet
    #[arg(value_name = "E-MAIL")]
    mail: String,
    #[command(flatten)]
    data: Data,
}

impl Reset {
    async fn run(self) -> Result<()> {
        let store = open_existing(&self.data.config()?).await?;
        let mail = self.mail.trim();
        let password = store::first_password(store.entropy());
        if !store.reset_account(mail, &password, super::now()).await? {
            bail!("Für „{mail}“ gibt es kein Konto. Ist die Adresse richtig geschrieben?");
        }
        super::print_bytes(
            format!("E-Mail:   {mail}\nPasswort: {password}\nDas Passwort steht nur hier. Der Code ist abgeschaltet, alle Sitzungen sind beendet.\n").as_bytes(),
        )
    }
}

/// The authority that administers a municipality, or a district's, or the competence centre of the state.
fn find<'a>(register: &'a Register, key: &str) -> Result<&'a AuthorityRef> {
    if key.len() == 2 {
        let centre = register.centre().filter(|c| c.key == key);
        return centre.with_context(|| format!("Ein Land {key} gibt es in diesem Verzeichnis nicht."));
    }
    if key.len() == 5 {
        let district = register.places().iter().find(|p| p.district.key == key);
        return Ok(&district
            .with_context(|| format!("Einen Kreis {key} gibt es im Verzeichnis nicht."))?
            .district
            .authority);
    }
    let place = register
        .by_ags(key)
        .with_context(|| super::register::unknown(register, key))?;
    Ok(&place.association.authority)
}
