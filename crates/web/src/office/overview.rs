//! The settings' first page: what is set for all services, and what is still open.

use axum::extract::State;
use axum::response::Response;
use domain::office::Office;
use serde_json::{Value, json};
use store::{Clerk, RoomRow};

use crate::desk::session::Lead;
use crate::failure::Result;
use crate::office::scope::{self, Decided};
use crate::office::{frame, rooms};
use crate::req::Req;
use crate::state::App;

/// What the store says about an authority as a whole.
pub struct Known {
    pub rooms: Vec<RoomRow>,
    pub office: Office,
    /// Media type of the coat of arms.
    pub crest: Option<String>,
    pub clerks: Vec<Clerk>,
    pub blocks: usize,
}

pub async fn known(lead: &Lead) -> Result<Known> {
    Ok(lead
        .0
        .tenant
        .read(|t| {
            Ok::<_, store::Error>(Known {
                rooms: t.rooms(None)?,
                office: t
                    .office("")?
                    .and_then(|o| serde_json::from_value(o).ok())
                    .unwrap_or_default(),
                crest: t.crest("")?.map(|c| c.media_type),
                clerks: t.clerks()?,
                blocks: t.text_blocks("")?.len(),
            })
        })
        .await?)
}

pub async fn page(State(app): State<App>, lead: Lead, req: Req) -> Result<Response> {
    let decided = scope::decided(&app, lead.0.tenant.id());
    let known = known(&lead).await?;
    let ctx = json!({ "sample": known.office.sample, "tasks": tasks(&decided, &known) });
    frame::ok(&app, "office/overview.html", &req, &lead, "grundlagen", ctx)
}

fn task(name: &str, href: &str, text: String, state: (&str, &str)) -> Value {
    json!({ "name": name, "href": href, "text": text, "kind": state.0, "state": state.1 })
}

/// What is set and what is still open, in the order in which one would do it.
fn tasks(decided: &[Decided], known: &Known) -> Vec<Value> {
    const DONE: (&str, &str) = ("success", "fertig");
    const OPEN: (&str, &str) = ("warning", "offen");
    let o = &known.office;
    let mut out = Vec::new();
    let missing = contact_missing(o);
    let text = if missing.is_empty() {
        let hours = o.hours.iter().filter(|h| !h.is_empty()).count();
        let hours = if hours == 0 {
            "ohne Öffnungszeiten".to_owned()
        } else {
            format!("geöffnet an {hours} Tagen")
        };
        let who = if o.department.is_empty() {
            &o.name
        } else {
            &o.department
        };
        format!("{who}, {}, {hours}", o.phone)
    } else {
        format!("Es fehlt: {}.", missing.join(", "))
    };
    let state = if missing.is_empty() { DONE } else { OPEN };
    out.push(task(
        "Kontakt und Öffnungszeiten",
        "/amt/einstellungen/kontakt",
        text,
        state,
    ));
    if decided.iter().any(|d| d.service.booking.is_some()) {
        out.push(rooms_task(&known.rooms, DONE, OPEN));
    }
    let (text, state) = if o.iban.is_empty() {
        ("Ohne IBAN stehen keine Zahlungsangaben im Bescheid.".to_owned(), OPEN)
    } else {
        (format!("{}, {}", o.bank_holder, grouped(&o.iban)), DONE)
    };
    out.push(task("Bankverbindung", "/amt/einstellungen/bank", text, state));
    let (text, state) = match known.crest.as_deref() {
        Some("image/svg+xml") => ("Steht auf den Seiten und im Briefkopf.", DONE),
        Some(_) => (
            "Steht auf den Seiten. Für den Briefkopf fehlt eine SVG.",
            ("info", "nur im Netz"),
        ),
        None => (
            "Ohne Wappen zeigen wir ein neutrales Schild.",
            ("neutral", "freiwillig"),
        ),
    };
    out.push(task("Wappen", "/amt/einstellungen/wappen", text.to_owned(), state));
    let text = match known.blocks {
        0 => "Noch keine eigenen Sätze für Auflagen, Ablehnungen und Rückfragen.".to_owned(),
        1 => "Ein eigener Satz".to_owned(),
        n => format!("{n} eigene Sätze für Auflagen, Ablehnungen und Rückfragen"),
    };
    let state = if known.blocks == 0 {
        ("neutral", "freiwillig")
    } else {
        DONE
    };
    out.push(task("Textbausteine", "/amt/einstellungen/textbausteine", text, state));
    let active: Vec<&Clerk> = known.clerks.iter().filter(|c| c.active).collect();
    let leads = active.iter().filter(|c| c.roles.iter().any(|r| r == "lead")).count();
    let people = if active.len() == 1 {
        "1 Konto".to_owned()
    } else {
        format!("{} Konten", active.len())
    };
    let text = format!("{people}, davon {leads} mit Leitung");
    let state = if active.len() < 2 {
        ("info", "ohne Vertretung")
    } else {
        DONE
    };
    out.push(task("Konten und Rechte", "/amt/einstellungen/konten", text, state));
    out.retain(|t| t["href"].as_str().is_some_and(crate::desk::frame::exists));
    out
}

fn rooms_task(all: &[RoomRow], done: (&str, &str), open: (&str, &str)) -> Value {
    let active: Vec<&RoomRow> = all.iter().filter(|r| r.active).collect();
    let without = active.iter().filter(|r| !rooms::has_tariff(&r.room)).count();
    let (text, state) = match (active.len(), without) {
        (0, _) => ("Noch kein Raum. Ohne Raum kann niemand mieten.".to_owned(), open),
        (1, 0) => ("Ein Raum, buchbar".to_owned(), done),
        (n, 0) => (format!("{n} Räume, alle buchbar"), done),
        (_, 1) => (
            format!(
                "{}: Es fehlt ein Tarif.",
                active
                    .iter()
                    .find(|r| !rooms::has_tariff(&r.room))
                    .map_or("", |r| &r.room.name)
            ),
            open,
        ),
        (_, n) => (format!("Bei {n} Räumen fehlt ein Tarif."), open),
    };
    task("Räume und Tarife", "/amt/einstellungen/raeume", text, state)
}

/// What an office has to say of itself before a service may go online.
pub fn contact_missing(office: &Office) -> Vec<&'static str> {
    [
        (office.street.is_empty() || office.postcode.is_empty(), "Anschrift"),
        (office.phone.is_empty(), "Telefon"),
        (office.email.is_empty(), "E-Mail"),
    ]
    .into_iter()
    .filter_map(|(missing, name)| missing.then_some(name))
    .collect()
}

/// `DE02 1203 0000 …`: as people read an IBAN.
pub fn grouped(iban: &str) -> String {
    schema::show::format::iban(iban)
}
