//! The store: which services there are, who uses them, what they save, and the way on which an authority sets one up
//! and takes it online. German only. What all services share (contact, bank, rooms) is set in `office`.

pub mod gain;
pub mod item;
pub mod list;
pub mod page;
pub mod preview;
pub mod publish;
pub mod rules;
pub mod rules_form;
pub mod rules_like;
pub mod stand;
pub mod steps;
pub mod uses;

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use crate::desk::session::Lead;
use crate::failure::Result;
use crate::office::scope;
use crate::req::Req;
use crate::routes::{Table, Who};
use crate::state::App;

pub fn routes(table: Table) -> Table {
    table
        .get("/amt/store", Who::Lead, list::page)
        .get("/amt/store/{item}", Who::Lead, page::page)
        .get("/amt/store/{item}/regeln", Who::Lead, rules::page)
        .post("/amt/store/{item}/regeln", Who::Lead, rules::save)
        .audit("settings.params")
        .post("/amt/store/{item}/wie", Who::Lead, rules_like::copy)
        .audit("settings.params")
        .get("/amt/store/{item}/vorschau", Who::Lead, preview::page)
        .post("/amt/store/{item}/vorschau", Who::Lead, preview::seen)
        .audit("settings.set_up")
        .post("/amt/store/{item}/probe", Who::Lead, preview::try_out)
        .get("/amt/store/{item}/freischalten", Who::Lead, publish::page)
        .post("/amt/store/{item}/freischalten", Who::Lead, publish::publish)
        .audit("settings.opt_in")
        .post("/amt/store/{item}/plan", Who::Lead, publish::cancel)
        .audit("settings.planned")
        .get("/amt/store/{item}/pausieren", Who::Lead, stand::pause_page)
        .post("/amt/store/{item}/pausieren", Who::Lead, stand::pause)
        .audit("settings.opt_in")
        .get("/amt/store/{item}/verlassen", Who::Lead, stand::leave_page)
        .post("/amt/store/{item}/verlassen", Who::Lead, stand::leave)
        .audit("settings.opt_in")
}

/// A page of the store.
fn show(app: &App, status: StatusCode, template: &str, req: &Req, lead: &Lead, mut ctx: Value) -> Result<Response> {
    for (key, none) in [
        ("errors", json!([])),
        ("errors_title", json!("")),
        ("notice", json!("")),
    ] {
        if ctx[key].is_null() {
            ctx[key] = none;
        }
    }
    let mut response = app.desk_page(status, template, req, &lead.0, "store", ctx)?;
    scope::remember(app, req, &mut response);
    Ok(response)
}

/// Whoever came from the list of steps goes back to it after saving; `other`: everybody else.
pub fn back(app: &App, req: &Req, other: &str) -> String {
    match from(app, req) {
        Some(item) => format!("/amt/store/{item}?stand=gespeichert"),
        None => other.to_owned(),
    }
}

/// What is being set up, by the address of a page of the settings: `?paket=vereinspaket`.
pub fn from(app: &App, req: &Req) -> Option<String> {
    let known = |id: &String| app.bundles.iter().any(|b| b.id == *id) || app.services.latest(id).is_some();
    req.param("paket").filter(known)
}
