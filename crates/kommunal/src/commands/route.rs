//! `kommunal route`: which authority decides for a service in a place, and which is consulted.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use domain::routing::AuthorityRef;
use exchange::Register;
use serde_json::{Value, json};

use kommunal::shipped;

/// Zeigt, welches Amt für einen Dienst an einem Ort entscheidet und wer beteiligt wird
#[derive(clap::Args)]
pub struct Route {
    /// Name des Dienstes, zum Beispiel sperrzeit
    #[arg(value_name = "DIENST")]
    service: String,
    /// Gemeindeschlüssel des Ortes, acht Ziffern
    #[arg(value_name = "AGS")]
    ags: String,
    /// Antworten (JSON), wenn die Beteiligung von ihnen abhängt
    #[arg(long, value_name = "DATEI")]
    answers: Option<PathBuf>,
    /// Ordner mit den Daten; ohne ihn gilt das mitgelieferte Verzeichnis
    #[arg(long, value_name = "ORDNER")]
    data: Option<PathBuf>,
}

impl Route {
    pub fn run(self) -> anyhow::Result<()> {
        let files = shipped::files();
        let loaded = schema::load(&files);
        let Some(service) = loaded.catalog.services.get(&self.service) else {
            let folder = format!("services/{}/", self.service);
            if let Some(mistake) = loaded.diagnostics.iter().find(|d| d.to_string().starts_with(&folder)) {
                bail!("Der Dienst „{}“ hat einen Fehler: {mistake}", self.service);
            }
            let known: Vec<&str> = loaded.catalog.services.keys().map(String::as_str).collect();
            bail!(
                "Den Dienst „{}“ gibt es nicht. Vorhanden: {}.",
                self.service,
                known.join(", ")
            );
        };
        let register = Register::open(self.data.as_deref(), &files)?;
        let place = register
            .by_ags(&self.ags)
            .with_context(|| super::register::unknown(&register, &self.ags))?;
        let region = loaded.catalog.region.clone();
        let today = super::today();
        let mut route = domain::routing::route(&service.responsibility, place, &region, today)?;
        if let Some(path) = &self.answers {
            let answers = read_answers(path)?;
            let cx = schema::Context {
                local_unknown: false,
                today,
                now: "12:00".to_owned(),
                lang: schema::Lang::De,
                params: service
                    .parameters
                    .iter()
                    .map(|p| (p.id.clone(), p.default.clone()))
                    .collect(),
                place: register.place_info(place, &route.authority.name),
                rooms: Vec::new(),
                region,
            };
            let local = |who: &str| who == "local_authority";
            let asked = schema::consults(service, &answers, &cx);
            if service.consults.iter().any(|c| local(&c.who)) && !asked.iter().any(|c| local(&c.who)) {
                route.consulted.clear();
            }
        }
        let authority = |a: &AuthorityRef| json!({ "id": a.id, "name": a.name, "level": a.level, "key": a.key });
        super::print_json(&json!({
            "service": service.id,
            "place": { "ags": place.ags, "name": place.name },
            "authority": authority(&route.authority),
            "consulted": route.consulted.iter().map(authority).collect::<Vec<_>>(),
            "legal_basis": route.legal_basis,
        }))
    }
}

/// Answers as JSON, bare or as the interface takes them (`{"answers":{…}}`).
fn read_answers(path: &PathBuf) -> anyhow::Result<Value> {
    let bytes = std::fs::read(path).with_context(|| format!("Die Datei {} ist nicht lesbar.", path.display()))?;
    let value: Value = serde_json::from_slice(&bytes)
        .map_err(|e| anyhow::anyhow!("{}, Zeile {}: Die Antworten sind kein JSON.", path.display(), e.line()))?;
    let answers = value.get("answers").cloned().unwrap_or(value);
    if !answers.is_object() {
        bail!("{}: Die Antworten müssen ein JSON-Objekt sein.", path.display());
    }
    Ok(answers)
}
