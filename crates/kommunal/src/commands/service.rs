//! `kommunal service`: versions of services, handed in, compared, withdrawn. Approving is done on the competence centre's
//! pages, by somebody else than who handed in.

mod publish;

use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use exchange::Register;
use jiff::civil::Date;
use kommunal::shipped::Shipped;
use schema::diff::{self, Change};
use schema::{Lang, Service};
use store::{ByCentre, Clerk, Services, Store, TenantStore, Version, VersionDeed, VersionState};

use super::check::count;
use super::data::{Data, open_existing};

#[derive(clap::Subcommand)]
pub enum Command {
    /// Reicht eine neue Version ein; eine zweite Person gibt sie im Cockpit frei
    Publish(publish::Publish),
    /// Zeigt in Worten, worin sich zwei Versionen unterscheiden
    Diff(Diff),
    /// Zieht eine Version zurück; neue Anträge nutzen wieder die davor, laufende behalten ihre
    Withdraw(Withdraw),
}

impl Command {
    pub async fn run(self) -> Result<()> {
        match self {
            Command::Publish(command) => command.run().await,
            Command::Diff(command) => command.run().await,
            Command::Withdraw(command) => command.run().await,
        }
    }
}

/// What the commands work on.
struct Published {
    store: Store,
    services: Services,
    shipped: Shipped,
}

async fn published(data: &Data) -> Result<Published> {
    let config = data.config()?;
    let store = open_existing(&config).await?;
    let shipped = Shipped::read();
    let region = shipped.loaded.catalog.region.clone();
    let services = Services::open(store.shared(), region, super::now()).await?;
    Ok(Published {
        store,
        services,
        shipped,
    })
}

impl Published {
    /// The version with this number.
    async fn numbered(&self, id: &str, version: i64) -> Result<Arc<Service>> {
        let package = self.store.shared().package_numbered(id, version).await?;
        let package = package.with_context(|| format!("Eine Version {version} von „{id}“ gibt es nicht."))?;
        self.service(&package.hash).await
    }

    async fn service(&self, hash: &str) -> Result<Arc<Service>> {
        let found = self.services.version(hash).await?;
        found.context(
            "Die Version lässt sich mit diesem Programm nicht lesen. Nehmen Sie die neuere Version von kommunal.",
        )
    }

    /// The account of the competence centre with this address.
    async fn account(&self, mail: &str) -> Result<(TenantStore, Clerk)> {
        let (tenant, clerk) = self
            .store
            .account_of(mail.trim())
            .await?
            .with_context(|| format!("Für „{mail}“ gibt es kein Konto. Ist die Adresse richtig geschrieben?"))?;
        if self.register()?.centre().is_none_or(|c| c.id != *tenant.id()) {
            bail!("„{mail}“ ist kein Konto des Kompetenzzentrums.");
        }
        Ok((tenant, clerk))
    }

    fn register(&self) -> Result<Register> {
        Ok(Register::shipped(&self.shipped.files)?)
    }

    /// The competence centre's own data.
    async fn centre(&self) -> Result<TenantStore> {
        let register = self.register()?;
        let centre = register.centre().context("Dieses Verzeichnis nennt kein Land.")?;
        self.store.tenant(&centre.id).await.with_context(|| {
            format!(
                "Das Kompetenzzentrum ist noch nicht aufgenommen: kommunal authority add {} --lead E-MAIL --name NAME",
                centre.key
            )
        })
    }
}

/// `3 Änderungen`, then each.
fn told(changes: &[Change]) -> String {
    format!(
        "{}\n\n{}",
        count(changes.len(), "Änderung", "Änderungen"),
        diff::lines(changes)
    )
}

/// Zeigt in Worten, worin sich zwei Versionen unterscheiden
#[derive(clap::Args)]
pub struct Diff {
    /// Kennung der Leistung, zum Beispiel brauchtumsfeuer
    #[arg(value_name = "LEISTUNG")]
    id: String,
    /// Nummer der früheren Version; ohne Angabe die geltende
    #[arg(value_name = "A")]
    from: Option<i64>,
    /// Nummer der späteren Version; ohne Angabe die neueste
    #[arg(value_name = "B")]
    to: Option<i64>,
    #[command(flatten)]
    data: Data,
}

impl Diff {
    async fn run(self) -> Result<()> {
        let all = published(&self.data).await?;
        let versions = all.services.versions(&self.id);
        let newest = versions.iter().map(|v| v.version).max();
        let newest = newest.with_context(|| unknown(&all, &self.id))?;
        let live = all.services.latest(&self.id);
        let live = live
            .and_then(|s| all.services.record(&self.id, &s.hash))
            .map(|v| v.version);
        let from = self.from.or(live).unwrap_or(newest);
        let to = self.to.unwrap_or(newest);
        if from == to {
            bail!("Es gibt nur eine Version {from}. Nennen Sie zwei: kommunal service diff LEISTUNG 1 2");
        }
        let (old, new) = (all.numbered(&self.id, from).await?, all.numbered(&self.id, to).await?);
        let changes = diff::diff(&old, &new);
        super::print_bytes(format!("{}, Version {from} → {to}: {}", new.noun(), told(&changes)).as_bytes())
    }
}

fn unknown(all: &Published, id: &str) -> String {
    let known: Vec<String> = all.services.all().iter().map(|s| s.id.clone()).collect();
    match known.is_empty() {
        true => "Hier ist noch keine Leistung veröffentlicht. Starten Sie den Dienst einmal: kommunal serve".into(),
        false => format!("Eine Leistung „{id}“ gibt es hier nicht. Es gibt: {}", known.join(", ")),
    }
}

/// Zieht eine Version zurück; neue Anträge nutzen wieder die davor, laufende behalten ihre
#[derive(clap::Args)]
pub struct Withdraw {
    /// Kennung der Leistung, zum Beispiel brauchtumsfeuer
    #[arg(value_name = "LEISTUNG")]
    id: String,
    /// Nummer der Version
    #[arg(value_name = "FASSUNG")]
    version: i64,
    /// Der Grund; er steht überall dort, wo jemand auf die Version trifft
    #[arg(long, value_name = "GRUND")]
    why: String,
    /// E-Mail des Kontos im Kompetenzzentrum, das zurückzieht; ohne Angabe der Betreiber
    #[arg(long, value_name = "E-MAIL")]
    by: Option<String>,
    #[command(flatten)]
    data: Data,
}

impl Withdraw {
    async fn run(self) -> Result<()> {
        if self.why.trim().is_empty() {
            bail!("Nennen Sie mit --why den Grund. Er steht überall dort, wo jemand auf die Version trifft.");
        }
        let (all, now) = (published(&self.data).await?, super::now());
        let of = |v: &&Version| v.version == self.version && v.state == VersionState::Approved;
        let versions = all.services.versions(&self.id);
        let version = versions.iter().find(of).with_context(|| match versions.is_empty() {
            true => unknown(&all, &self.id),
            false => format!(
                "Die Version {} von „{}“ ist nicht freigegeben; es gibt nichts zurückzuziehen.",
                self.version, self.id
            ),
        })?;
        let (tenant, clerk) = match &self.by {
            Some(mail) => {
                let (tenant, clerk) = all.account(mail).await?;
                (tenant, Some(clerk))
            }
            None => (all.centre().await?, None),
        };
        let by = ByCentre {
            tenant: &tenant,
            clerk: clerk.as_ref(),
        };
        all.store
            .decide_version(by, &version.id, VersionDeed::Withdraw(self.why.trim().to_owned()), now)
            .await?;
        all.services.look_now(now).await?;
        let withdrawn = all.service(&version.hash).await?;
        let name = withdrawn.noun();
        let live = all
            .services
            .latest(&self.id)
            .and_then(|s| all.services.record(&self.id, &s.hash));
        let after = live
            .map(|v| format!(" Für neue Anträge gilt Version {}.", v.version))
            .unwrap_or_default();
        super::print_bytes(
            format!(
                "Version {} von „{name}“ ist zurückgezogen.{after} Laufende Vorgänge behalten ihre Version.\nDie Ämter sehen es in wenigen Sekunden, die Leitungen bekommen am Morgen eine Mail mit dem Grund.\n",
                self.version
            )
            .as_bytes(),
        )
    }
}

/// A day as people read it.
fn shown(day: Date) -> String {
    schema::show::format::date(day, Lang::De)
}
