//! `kommunal privacy register`: the register of processing activities (Art. 30), made from services, fields and region.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;
use exchange::Register;
use schema::processing::{Kept, Processing, besides, general_basis, measures, processing};
use schema::{Lang, Region};
use serde_json::{Value, json};

use kommunal::shipped;

/// Datenschutz
#[derive(clap::Subcommand)]
pub enum Command {
    /// Gibt das Verzeichnis der Verarbeitungstätigkeiten aus (Art. 30 DSGVO)
    Register(Activities),
}

impl Command {
    pub fn run(self) -> anyhow::Result<()> {
        match self {
            Command::Register(activities) => activities.run(),
        }
    }
}

/// Gibt das Verzeichnis der Verarbeitungstätigkeiten aus (Art. 30 DSGVO)
#[derive(clap::Args)]
pub struct Activities {
    /// Gemeindeschlüssel des Ortes: nennt dazu, welches Amt verantwortlich ist
    #[arg(long, value_name = "AGS")]
    place: Option<String>,
    /// json oder html
    #[arg(long, value_name = "FORM", default_value = "json", value_parser = ["json", "html"])]
    format: String,
    /// Ordner mit den Daten; ohne ihn gilt das mitgelieferte Verzeichnis der Gemeinden
    #[arg(long, value_name = "ORDNER")]
    data: Option<PathBuf>,
}

/// A service with the authority that decides, where a place is named.
struct Activity {
    controller: String,
    said: Processing,
}

impl Activities {
    fn run(self) -> anyhow::Result<()> {
        let files = shipped::files();
        let catalog = schema::load(&files).catalog;
        let mut out = Vec::new();
        let place = match &self.place {
            Some(ags) => {
                let register = Register::open(self.data.as_deref(), &files)?;
                let found = register
                    .by_ags(ags)
                    .with_context(|| super::register::unknown(&register, ags))?;
                Some(found.clone())
            }
            None => None,
        };
        for service in catalog.services.values() {
            let controller = match &place {
                Some(place) => {
                    let today = super::today();
                    domain::routing::route(&service.responsibility, place, &catalog.region, today)?
                        .authority
                        .name
                }
                None => String::new(),
            };
            let said = processing(service, Lang::De);
            out.push(Activity { controller, said });
        }
        match self.format.as_str() {
            "html" => super::print_bytes(html(&out, &catalog.region)?.as_bytes()),
            _ => super::print_json(&value(&out, &catalog.region)),
        }
    }
}

/// Where the rest of the controller's entry comes from.
const OFFICER: &str =
    "Anschrift und Datenschutz trägt das Amt in seinen Einstellungen ein; vollständig steht es unter /amt/verzeichnis.";

fn value(activities: &[Activity], region: &Region) -> Value {
    let rows: Vec<Value> = activities
        .iter()
        .map(|a| {
            let mut row = json!(a.said);
            row["controller"] = a.controller.clone().into();
            row
        })
        .collect();
    json!({ "general_basis": general_basis(Lang::De), "controller_note": OFFICER, "activities": rows, "besides": besides(region, Lang::De), "measures": measures(Lang::De) })
}

fn safe(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

fn open(confirmed: bool) -> &'static str {
    if confirmed { "" } else { " (unbestätigt)" }
}

fn kept(k: &Kept) -> String {
    format!("{}: {}{}. {}", k.what, k.how_long, open(k.confirmed), k.why)
}

fn html(activities: &[Activity], region: &Region) -> Result<String, std::fmt::Error> {
    let mut out = String::from(
        "<!doctype html>\n<html lang=\"de\"><head><meta charset=\"utf-8\"><title>Verzeichnis der Verarbeitungstätigkeiten</title>\
         <style>body{font-family:sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem;line-height:1.5}dt{font-weight:bold;margin-top:.6rem}dd{margin:0}</style></head><body>\n\
         <h1>Verzeichnis der Verarbeitungstätigkeiten (Art. 30 DSGVO)</h1>\n",
    );
    writeln!(
        out,
        "<p>{}</p><p>Grundlage: {}</p>",
        safe(OFFICER),
        safe(general_basis(Lang::De))
    )?;
    for Activity { controller, said } in activities {
        writeln!(out, "<h2>{}</h2><dl>", safe(&said.name))?;
        let persons: Vec<String> = said
            .persons
            .iter()
            .map(|p| format!("{}: {}", p.who, p.data.join(", ")))
            .collect();
        let bases: Vec<String> = said
            .legal_basis
            .iter()
            .map(|b| format!("{}{}", b.title, open(b.confirmed)))
            .collect();
        let mut times = vec![kept(&said.retention)];
        times.extend(said.shorter.iter().map(kept));
        let rows = [
            ("Verantwortlich", vec![controller.clone()]),
            ("Zweck", vec![said.purpose.clone()]),
            ("Rechtsgrundlagen", bases),
            ("Personen und Angaben", persons),
            ("Empfänger", said.recipients.clone()),
            ("Löschen", times),
            ("Fassung", vec![said.hash.clone()]),
        ];
        for (title, lines) in rows.iter().filter(|(_, lines)| lines.iter().any(|l| !l.is_empty())) {
            let lines: Vec<String> = lines.iter().map(|l| safe(l)).collect();
            writeln!(out, "<dt>{title}</dt><dd>{}</dd>", lines.join("<br>"))?;
        }
        out.push_str("</dl>\n");
    }
    out.push_str("<h2>Was neben den Vorgängen liegt</h2><ul>\n");
    for k in besides(region, Lang::De) {
        writeln!(out, "<li>{}</li>", safe(&kept(&k)))?;
    }
    out.push_str("</ul>\n<h2>Schutz der Daten (Art. 32 DSGVO)</h2><ul>\n");
    for measure in measures(Lang::De) {
        writeln!(out, "<li>{}</li>", safe(measure))?;
    }
    out.push_str("</ul></body></html>\n");
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every personal question of every service stands in it, and what nobody has confirmed is called so.
    #[test]
    fn it_names_what_the_services_ask() {
        let catalog = schema::load(&shipped::files()).catalog;
        let all: Vec<Activity> = catalog
            .services
            .values()
            .map(|s| Activity {
                controller: String::new(),
                said: processing(s, Lang::De),
            })
            .collect();
        let cx = schema::Context::default();
        for (service, activity) in catalog.services.values().zip(&all) {
            let said: Vec<&String> = activity.said.persons.iter().flat_map(|p| &p.data).collect();
            for question in service
                .form
                .pages
                .iter()
                .flat_map(|p| &p.questions)
                .filter(|q| q.personal)
            {
                let label = schema::short_label(service, &question.id, &cx);
                assert!(
                    said.contains(&&label),
                    "{}: {} is not in {said:?}",
                    service.id,
                    question.id
                );
            }
            assert!(
                !activity.said.retention.confirmed && !activity.said.retention.why.is_empty(),
                "{}",
                service.id
            );
        }
        let fire = value(&all, &catalog.region)["activities"][0].to_string();
        assert!(
            fire.contains("Telefon am Abend") && fire.contains("Ansprechpersonen") && fire.contains("Aufsicht"),
            "{fire}"
        );
        let page = html(&all, &catalog.region).expect("a page");
        for (id, figure) in &catalog.region.periods {
            let word = figure.value.to_string() + "\u{a0}Tage";
            assert!(page.contains(&word), "{id}: {word} is not in {page}");
        }
        assert_eq!(besides(&catalog.region, Lang::De).len(), catalog.region.periods.len());
        assert_eq!(besides(&catalog.region, Lang::En).len(), catalog.region.periods.len());

        assert!(
            page.contains("(unbestätigt)") && page.contains("Örtliches Amt"),
            "{page}"
        );
    }
}
