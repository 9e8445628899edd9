//! Opting in to a service and pausing it: asked once more, with what happens then.

use axum::extract::{Path, State};
use axum::response::Response;
use domain::Ags;
use serde_json::{Value, json};

use crate::desk::session::Lead;
use crate::failure::{Failure, Result};
use crate::offer::Place;
use crate::office::frame;
use crate::office::overview::{Known, contact_missing, known};
use crate::office::rooms::has_tariff;
use crate::office::scope::{self, Decided};
use crate::reply::redirect;
use crate::req::{Req, form_pairs};
use crate::state::App;

/// The places that the address names (`?ort=…&ort=…`); one is enough, none is an error.
fn asked<'a>(d: &'a Decided, req: &Req) -> Result<Vec<&'a Place>> {
    let asked: Vec<String> = form_pairs(req.query.as_bytes())
        .into_iter()
        .filter_map(|(name, value)| (name == "ort").then_some(value))
        .collect();
    let places: Vec<&Place> = match d.places.as_slice() {
        [only] => vec![only],
        all => all
            .iter()
            .filter(|p| asked.iter().any(|a| a == p.ags().as_str()))
            .collect(),
    };
    if places.is_empty() {
        return Err(Failure::Bad(
            "Wählen Sie zuerst, für welchen Ort das gelten soll.".into(),
        ));
    }
    Ok(places)
}

fn names(places: &[&Place]) -> String {
    let names: Vec<String> = places.iter().map(|p| p.name.clone()).collect();
    schema::show::format::join(&names, schema::Lang::De)
}

/// What has to be there first: sentence and where to mend it. The last part: whether it blocks.
fn missing(d: &Decided, places: &[&Place], known: &Known) -> Vec<(String, &'static str, bool)> {
    let mut out = Vec::new();
    let contact = contact_missing(&known.office);
    if !contact.is_empty() {
        let text = format!(
            "Kontakt: Es fehlt noch {}. Vereine sehen ihn auf jeder Seite.",
            contact.join(", ")
        );
        out.push((text, "/amt/einstellungen/kontakt", true));
    }
    if d.service.booking.is_some() {
        for place in places {
            let bookable = |r: &&store::RoomRow| r.place == *place.ags() && r.active && has_tariff(&r.room);
            if !known.rooms.iter().any(|r| bookable(&r)) {
                let text = format!("Räume: In {} gibt es noch keinen Raum mit Tarif.", place.name);
                out.push((text, "/amt/einstellungen/raeume", true));
            }
        }
    }
    if known.office.iban.is_empty() && !d.service.fees.is_empty() {
        let text = "Bank: Ohne IBAN stehen im Bescheid keine Zahlungsangaben.".to_owned();
        out.push((text, "/amt/einstellungen/bank", false));
    }
    out
}

fn ctx(d: &Decided, places: &[&Place], verb: &str) -> Value {
    let query: Vec<String> = places.iter().map(|p| format!("ort={}", p.ags())).collect();
    let base = format!("/amt/einstellungen/leistungen/{}", d.service.id);
    json!({
        "name": d.text("noun"), "where": names(places), "many": places.len() > 1,
        "action": format!("{base}/{verb}?{}", query.join("&")),
        "back": format!("{base}?ort={}", places[0].ags()),
    })
}

pub async fn open_page(State(app): State<App>, lead: Lead, Path(service): Path<String>, req: Req) -> Result<Response> {
    let d = scope::one(&app, lead.0.tenant.id(), &service)?;
    let places = asked(&d, &req)?;
    let known = known(&lead).await?;
    let missing: Vec<Value> = missing(&d, &places, &known)
        .into_iter()
        .map(|(text, href, blocks)| json!({ "text": text, "href": href, "blocks": blocks }))
        .collect();
    let mut ctx = ctx(&d, &places, "freischalten");
    ctx["blocked"] = missing.iter().any(|m| m["blocks"] == true).into();
    ctx["missing"] = missing.into();
    ctx["sample"] = known.office.sample.into();
    frame::ok(&app, "office/opt_in.html", &req, &lead, "leistungen", ctx)
}

pub async fn open(State(app): State<App>, lead: Lead, Path(service): Path<String>, req: Req) -> Result<Response> {
    let d = scope::one(&app, lead.0.tenant.id(), &service)?;
    let places = asked(&d, &req)?;
    let known = known(&lead).await?;
    if let Some((text, _, _)) = missing(&d, &places, &known).into_iter().find(|m| m.2) {
        return Err(Failure::Bad(text));
    }
    set(&app, &lead, &d, &places, true).await
}

pub async fn pause_page(State(app): State<App>, lead: Lead, Path(service): Path<String>, req: Req) -> Result<Response> {
    let d = scope::one(&app, lead.0.tenant.id(), &service)?;
    let places = asked(&d, &req)?;
    frame::ok(
        &app,
        "office/pause.html",
        &req,
        &lead,
        "leistungen",
        ctx(&d, &places, "pausieren"),
    )
}

pub async fn pause(State(app): State<App>, lead: Lead, Path(service): Path<String>, req: Req) -> Result<Response> {
    let d = scope::one(&app, lead.0.tenant.id(), &service)?;
    let places = asked(&d, &req)?;
    set(&app, &lead, &d, &places, false).await
}

/// A state that holds already is not written again: the history shows changes only.
async fn set(app: &App, lead: &Lead, d: &Decided, places: &[&Place], active: bool) -> Result<Response> {
    let (id, actor, at) = (d.service.id.clone(), lead.0.clerk.id.0.clone(), app.now());
    let to: Vec<Ags> = places.iter().map(|p| p.ags().clone()).collect();
    lead.0
        .tenant
        .write(move |t| {
            t.lock_settings()?;
            for ags in &to {
                if t.opted_in(ags, &id)?.is_some_and(|o| o.active) != active {
                    t.opt_in(ags, &id, active, &actor, at)?;
                }
            }
            Ok::<_, store::Error>(())
        })
        .await?;
    let state = if active { "online" } else { "pausiert" };
    let base = format!("/amt/einstellungen/leistungen/{}", d.service.id);
    Ok(redirect(&format!("{base}?ort={}&stand={state}", places[0].ags())))
}
