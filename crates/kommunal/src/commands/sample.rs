//! `kommunal sample`: sets of answers made from form, rules and a municipality's settings, one JSON a line.
//! How they are made is `schema`'s; this finds the place and what it has set.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use domain::routing::{Municipality, route};
use exchange::Register;
use kommunal::config::Config;
use kommunal::{demo, shipped};
use schema::{Context, Lang, Room, Sampler, Service};
use serde_json::{Value, json};

/// Erzeugt Beispielantworten für einen Dienst an einem Ort, je Zeile ein JSON
#[derive(clap::Args)]
pub struct Sample {
    /// Name des Dienstes, zum Beispiel raumnutzung
    #[arg(value_name = "DIENST")]
    service: String,
    /// Gemeindeschlüssel des Ortes, acht Ziffern
    #[arg(long, value_name = "AGS")]
    place: String,
    /// Anzahl der Zeilen
    #[arg(long, value_name = "ANZAHL", default_value_t = 1)]
    n: usize,
    /// Dieselbe Zahl ergibt am selben Tag dieselben Zeilen
    #[arg(long, value_name = "ZAHL", default_value_t = 1)]
    seed: u64,
    /// Jede Zeile hat genau eine falsche Angabe; „broken“ nennt sie
    #[arg(long = "break")]
    broken: bool,
    /// Ordner mit den Daten; ohne ihn gelten Räume und Werte der Vorführung
    #[arg(long, value_name = "ORDNER")]
    data: Option<PathBuf>,
}

impl Sample {
    pub fn run(self) -> Result<()> {
        let files = shipped::files();
        let loaded = schema::load(&files);
        let Some(service) = loaded.catalog.services.get(&self.service) else {
            let known: Vec<&str> = loaded.catalog.services.keys().map(String::as_str).collect();
            bail!(
                "Den Dienst „{}“ gibt es nicht. Vorhanden: {}.",
                self.service,
                known.join(", ")
            );
        };
        let register = Register::open(self.data.as_deref(), &files)?;
        let place = register
            .by_ags(&self.place)
            .with_context(|| super::register::unknown(&register, &self.place))?;
        let now = domain::berlin(super::now());
        let region = loaded.catalog.region.clone();
        let authority = route(&service.responsibility, place, &region, now.date())?.authority;
        let (params, rooms) = match &self.data {
            Some(data) => super::serve::runtime()?.block_on(set(data, &authority, service, place))?,
            None => (demo::params(place, &service.id)?, demo::rooms(place)?),
        };
        if service.booking.is_some() && rooms.is_empty() {
            bail!("{} hat keine Räume, die sich buchen lassen.", authority.name);
        }
        let cx = Context {
            local_unknown: false,
            today: now.date(),
            now: format!("{:02}:{:02}", now.hour(), now.minute()),
            lang: Lang::De,
            params: web::offer::params_with(service, Some(params)),
            place: register.place_info(place, &authority.name),
            rooms,
            region,
        };
        self.print(service, &cx)
    }

    fn print(&self, service: &Service, cx: &Context) -> Result<()> {
        let mut sampler = Sampler::new(service, cx, self.seed);
        let mut out = std::io::BufWriter::new(std::io::stdout().lock());
        for made in 0..self.n {
            let line = if self.broken {
                sampler
                    .broken()
                    .map(|(answers, field, _)| json!({ "answers": answers, "broken": field }))
            } else {
                sampler.next().map(|answers| json!({ "answers": answers }))
            };
            let Some(line) = line else {
                out.flush()?;
                bail!(
                    "Nach {made} Zeilen lassen die Regeln von „{}“ keine weitere zu.",
                    service.id
                );
            };
            if let Err(e) = writeln!(out, "{line}") {
                return closed(e);
            }
        }
        out.flush().or_else(closed)
    }
}

/// A reader that closes early (`| head`) is no failure.
fn closed(error: std::io::Error) -> Result<()> {
    match error.kind() {
        std::io::ErrorKind::BrokenPipe => Ok(()),
        _ => Err(error).context("Die Ausgabe ließ sich nicht schreiben."),
    }
}

/// What the authority has set for the service at the place.
async fn set(
    data: &Path,
    authority: &domain::routing::AuthorityRef,
    service: &Service,
    place: &Municipality,
) -> Result<(BTreeMap<String, Value>, Vec<Room>)> {
    let mut config = Config::load(None, &Config::environment())?;
    config.data = data.to_owned();
    if config.database.is_none() && !data.join("shared.db").exists() {
        bail!("Im Ordner {} liegen keine Daten.", data.display());
    }
    let store = super::data::open(&config).await?;
    let tenant = match store.tenant(&authority.id).await {
        Err(store::Error::Missing(_)) => bail!("{} macht nicht mit.", authority.name),
        other => other?,
    };
    let (ags, id, now) = (place.ags.clone(), service.id.clone(), super::now());
    let (params, rooms) = tenant
        .read(move |t| Ok::<_, store::Error>((t.params(&ags, &id, now)?, t.rooms(Some(&ags))?)))
        .await?;
    let rooms = rooms.into_iter().filter(|r| r.active).map(|r| r.room).collect();
    Ok((params.map(|set| set.params).unwrap_or_default(), rooms))
}
