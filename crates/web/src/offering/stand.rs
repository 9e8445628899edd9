//! Pausing and leaving: asked once more, with what happens then.

use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::Ags;
use serde_json::{Value, json};

use crate::desk::session::Lead;
use crate::failure::{Failure, Result};
use crate::offer::Place;
use crate::offering::item::{self, Item};
use crate::offering::steps::{self, Known};
use crate::offering::{publish::changed, show};
use crate::office::fields::Typed;
use crate::reply::redirect;
use crate::req::Req;
use crate::state::App;

/// Where something can be paused: where it is online. Where something can be left: where it is online or paused.
fn places<'a>(item: &Item, known: &Known, all: &'a [Place], leaving: bool) -> Vec<&'a Place> {
    let holds = |p: &Place, s: &str| known.is_online(p.ags(), s) || (leaving && known.is_paused(p.ags(), s));
    all.iter()
        .filter(|p| {
            item.services
                .iter()
                .any(|d| d.place(p.ags().as_str()).is_some() && holds(p, &d.service.id))
        })
        .collect()
}

async fn asked(app: &App, lead: &Lead, id: &str, req: &Req, leaving: bool) -> Result<Response> {
    let tenant = lead.0.tenant.id();
    let item = item::one(app, tenant, id)?;
    let known = steps::known(app, lead, &item).await?;
    let all = item.places(tenant);
    let here = places(&item, &known, &all, leaving);
    let names: Vec<String> = here.iter().map(|p| p.name.clone()).collect();
    let choices: Vec<Value> = here
        .iter()
        .map(|p| json!({ "value": p.ags(), "label": p.name, "checked": true }))
        .collect();
    let ctx = json!({
        "item": item.ctx(), "where": schema::show::format::join(&names, schema::Lang::De), "nothing": here.is_empty(),
        "places": if here.len() > 1 { choices } else { Vec::new() },
        "only": here.first().filter(|_| here.len() == 1).map(|p| p.ags().clone()),
    });
    let template = if leaving {
        "store/leave.html"
    } else {
        "store/pause.html"
    };
    show(app, StatusCode::OK, template, req, lead, ctx)
}

pub async fn pause_page(State(app): State<App>, lead: Lead, Path(id): Path<String>, req: Req) -> Result<Response> {
    asked(&app, &lead, &id, &req, false).await
}

pub async fn leave_page(State(app): State<App>, lead: Lead, Path(id): Path<String>, req: Req) -> Result<Response> {
    asked(&app, &lead, &id, &req, true).await
}

pub async fn pause(
    State(app): State<App>,
    lead: Lead,
    Path(id): Path<String>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response> {
    ends(&app, &lead, &id, &Typed(pairs), false).await
}

pub async fn leave(
    State(app): State<App>,
    lead: Lead,
    Path(id): Path<String>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response> {
    ends(&app, &lead, &id, &Typed(pairs), true).await
}

/// A state that holds already is not written again: the history shows changes only.
async fn ends(app: &App, lead: &Lead, id: &str, typed: &Typed, leaving: bool) -> Result<Response> {
    let item = item::one(app, lead.0.tenant.id(), id)?;
    let what: Vec<(Ags, String)> = item
        .all()
        .filter(|(p, _)| typed.all("ort").any(|ort| ort == p.ags().as_str()))
        .map(|(p, s)| (p.ags().clone(), s.id.clone()))
        .collect();
    if what.is_empty() {
        return Err(Failure::Bad(
            "Wählen Sie zuerst, für welchen Ort das gelten soll.".into(),
        ));
    }
    let (actor, at, key) = (lead.0.clerk.id.0.clone(), app.now(), item.id.clone());
    lead.0
        .tenant
        .write(move |t| {
            t.lock_settings()?;
            for (place, service) in &what {
                let Some(holds) = t.opted_in(place, service)?.filter(|o| !o.left) else {
                    continue;
                };
                if leaving {
                    t.leave(place, service, &actor, at)?;
                } else if holds.active {
                    t.opt_in(place, service, false, &actor, at)?;
                }
            }
            // Who leaves plans nothing any more.
            if leaving && t.set_up(&key)?.planned.is_some() {
                t.change_set_up(&key, &actor, at, |s| s.planned = None)?;
            }
            Ok::<_, store::Error>(())
        })
        .await?;
    changed(app, lead).await?;
    let state = if leaving { "verlassen" } else { "pausiert" };
    Ok(redirect(&format!("{}?stand={state}", item.href())))
}
