//! The frame of the settings' pages: the chips that lead from one to the next.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use crate::desk::session::Lead;
use crate::failure::Result;
use crate::office::scope;
use crate::req::Req;
use crate::state::App;

/// Key, label, address.
const CHIPS: [(&str, &str, &str); 15] = [
    ("leistungen", "Leistungen", "/amt/einstellungen"),
    ("raeume", "Räume und Tarife", "/amt/einstellungen/raeume"),
    ("kontakt", "Kontakt", "/amt/einstellungen/kontakt"),
    ("bank", "Bank", "/amt/einstellungen/bank"),
    ("wappen", "Wappen", "/amt/einstellungen/wappen"),
    ("textbausteine", "Textbausteine", "/amt/einstellungen/textbausteine"),
    ("konten", "Konten und Rechte", "/amt/einstellungen/konten"),
    ("meldungen", "Meldungen", "/amt/einstellungen/meldungen"),
    ("stoerungen", "Störungen", "/amt/einstellungen/stoerungen"),
    ("verlauf", "Verlauf", "/amt/einstellungen/verlauf"),
    ("protokoll", "Protokoll", "/amt/einstellungen/protokoll"),
    ("auskunft", "Auskunft", "/amt/auskunft"),
    ("loeschen", "Löschen", "/amt/loeschen"),
    ("verzeichnis", "Verzeichnis", "/amt/verzeichnis"),
    ("mitnehmen", "Daten mitnehmen", "/amt/mitnehmen"),
];

/// A page of the settings. `here`: which chip is current.
pub fn page(
    app: &App,
    status: StatusCode,
    template: &str,
    req: &Req,
    lead: &Lead,
    here: &str,
    mut ctx: Value,
) -> Result<Response> {
    let with_rooms = scope::decided(app, lead.0.tenant.id())
        .iter()
        .any(|d| d.service.booking.is_some());
    let chips: Vec<Value> = CHIPS
        .iter()
        .filter(|(key, _, path)| crate::desk::frame::exists(path) && (*key != "raeume" || with_rooms))
        .map(|(key, label, path)| json!({ "label": label, "href": path, "here": *key == here }))
        .collect();
    ctx["chips"] = chips.into();
    for (key, none) in [("errors", json!([])), ("errors_title", json!(""))] {
        if ctx[key].is_null() {
            ctx[key] = none;
        }
    }
    let mut response = app.desk_page(status, template, req, &lead.0, "einstellungen", ctx)?;
    scope::remember(app, req, &mut response);
    Ok(response)
}

pub fn ok(app: &App, template: &str, req: &Req, lead: &Lead, here: &str, ctx: Value) -> Result<Response> {
    page(app, StatusCode::OK, template, req, lead, here, ctx)
}
