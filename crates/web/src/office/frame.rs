//! The frame of the settings' pages: the chips that lead from one to the next.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use crate::desk::session::Desk;
use crate::failure::Result;
use crate::office::scope;
use crate::req::Req;
use crate::state::App;

/// Key, label, address.
const CHIPS: [(&str, &str, &str); 16] = [
    ("grundlagen", "Grundlagen", "/amt/einstellungen"),
    ("raeume", "Räume und Tarife", "/amt/einstellungen/raeume"),
    ("kontakt", "Kontakt", "/amt/einstellungen/kontakt"),
    ("bank", "Bank", "/amt/einstellungen/bank"),
    ("wappen", "Wappen", "/amt/einstellungen/wappen"),
    ("textbausteine", "Textbausteine", "/amt/einstellungen/textbausteine"),
    ("konten", "Konten und Rechte", "/amt/einstellungen/konten"),
    ("meldungen", "Meldungen", "/amt/einstellungen/meldungen"),
    ("stoerungen", "Störungen", "/amt/einstellungen/stoerungen"),
    ("verlauf", "Verlauf", "/amt/einstellungen/verlauf"),
    ("handlungen", "Handlungen", "/amt/protokoll"),
    ("protokoll", "Prüfwerte", "/amt/einstellungen/protokoll"),
    ("auskunft", "Auskunft", "/amt/auskunft"),
    ("loeschen", "Löschen", "/amt/loeschen"),
    ("verzeichnis", "Verzeichnis", "/amt/verzeichnis"),
    ("mitnehmen", "Daten mitnehmen", "/amt/mitnehmen"),
];

/// What an auditor reads.
const AUDITED: [&str; 4] = ["handlungen", "protokoll", "verlauf", "verzeichnis"];

/// A page of the settings. `here`: which chip is current.
pub fn page(
    app: &App,
    status: StatusCode,
    template: &str,
    req: &Req,
    who: &impl AsRef<Desk>,
    here: &str,
    mut ctx: Value,
) -> Result<Response> {
    let desk = who.as_ref();
    let with_rooms = scope::decided(app, desk.tenant.id())
        .iter()
        .any(|d| d.service.booking.is_some());
    let chips: Vec<Value> = CHIPS
        .iter()
        .filter(|(key, ..)| !desk.only_audits() || AUDITED.contains(key))
        .filter(|(key, _, path)| crate::desk::frame::exists(path) && (*key != "raeume" || with_rooms))
        .map(|(key, label, path)| json!({ "label": label, "href": path, "here": *key == here }))
        .collect();
    // Whoever came from the store's list of steps goes back there.
    let from = crate::offering::from(app, req);
    ctx["chips"] = if from.is_some() { json!([]) } else { chips.into() };
    ctx["paket"] = from
        .as_deref()
        .map_or_else(String::new, |id| format!("paket={id}"))
        .into();
    ctx["paket_href"] = from.map_or_else(String::new, |id| format!("/amt/store/{id}")).into();
    for (key, none) in [("errors", json!([])), ("errors_title", json!(""))] {
        if ctx[key].is_null() {
            ctx[key] = none;
        }
    }
    let mut response = app.desk_page(status, template, req, desk, "einstellungen", ctx)?;
    scope::remember(app, req, &mut response);
    Ok(response)
}

pub fn ok(app: &App, template: &str, req: &Req, who: &impl AsRef<Desk>, here: &str, ctx: Value) -> Result<Response> {
    page(app, StatusCode::OK, template, req, who, here, ctx)
}
