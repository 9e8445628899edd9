//! How people will see it: each service as a phone shows it, and an application to try out.

use std::collections::BTreeMap;

use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::Ags;
use schema::{Lang, Service};
use serde_json::{Value, json};

use crate::apply::service::period_text;
use crate::desk::entry;
use crate::desk::session::Lead;
use crate::failure::{Failure, Result};
use crate::offer::{Place, params_with, service_text};
use crate::offering::item;
use crate::offering::show;
use crate::office::fields::Typed;
use crate::office::scope;
use crate::reply::redirect;
use crate::req::Req;
use crate::state::App;

pub async fn page(State(app): State<App>, lead: Lead, Path(id): Path<String>, req: Req) -> Result<Response> {
    let tenant = &lead.0.tenant;
    let item = item::one(&app, tenant.id(), &id)?;
    let places = item.places(tenant.id());
    let place = scope::chosen(&places, &req).cloned().ok_or(Failure::Page)?;
    let here: Vec<_> = item
        .services
        .iter()
        .filter(|d| d.place(place.ags().as_str()).is_some())
        .collect();
    let (ags, ids, now) = (
        place.ags().clone(),
        here.iter().map(|d| d.service.id.clone()).collect::<Vec<_>>(),
        app.now(),
    );
    let read = tenant.read(move |t| {
        ids.iter()
            .map(|id| {
                let online = t.opted_in(&ags, id)?.is_some_and(|o| o.active);
                Ok((t.params(&ags, id, now)?.map(|s| s.params), online))
            })
            .collect::<Result<Vec<_>, store::Error>>()
    });
    let set = read.await?;
    let phones: Vec<Value> = here
        .iter()
        .zip(set)
        .map(|(d, (params, online))| {
            let mut ctx = phone(&app, &d.service, &place, params_with(&d.service, params));
            ctx["id"] = d.service.id.clone().into();
            ctx["noun"] = d.service.noun().into();
            ctx["online"] = online.into();
            ctx["public"] = format!("/{}/{}", place.slug, d.service.id).into();
            ctx
        })
        .collect();
    let ctx = json!({
        "item": item.ctx(), "place": place.ctx(), "phones": phones,
        "switch": scope::switch(&places, place.ags(), &format!("{}/vorschau", item.href())),
    });
    show(&app, StatusCode::OK, "store/preview.html", &req, &lead, ctx)
}

/// What clubs see with these rules.
pub fn phone(app: &App, s: &Service, place: &Place, params: BTreeMap<String, Value>) -> Value {
    let authority = app.route(s, place).map(|r| r.authority.name).unwrap_or_default();
    let cx = schema::Context {
        today: app.today(),
        lang: Lang::De,
        params,
        place: schema::PlaceInfo {
            on_paper: false,
            ags: place.ags().0.clone(),
            name: place.name.clone(),
            kind: place.municipality.kind.title().to_owned(),
            authority: authority.clone(),
            outline: Vec::new(),
        },
        region: s.region.clone(),
        ..schema::Context::default()
    };
    let none = json!({});
    let text = |key: &str| service_text(s, &cx, &none, key);
    let mut facts: Vec<Value> = schema::deadline_rules(s, &none, &cx)
        .iter()
        .filter(|(rule, _)| rule.kind == schema::DeadlineKind::Notice)
        .map(|(_, period)| json!({ "label": "Frist", "text": format!("{} vorher", period_text(app, Lang::De, *period)) }))
        .collect();
    facts.extend(
        schema::shown_rules(s, &cx)
            .into_iter()
            .map(|(label, text, law)| json!({ "label": label, "text": text, "law": law })),
    );
    json!({ "authority": authority, "name": text("name"), "lead": text("lead"), "start": text("start"), "facts": facts })
}

/// Looked at: the step is done.
pub async fn seen(State(app): State<App>, lead: Lead, Path(id): Path<String>) -> Result<Response> {
    let item = item::one(&app, lead.0.tenant.id(), &id)?;
    let (actor, now, key) = (lead.0.clerk.id.0.clone(), app.now(), item.id.clone());
    let write = lead.0.tenant.write(move |t| {
        t.audit(&actor, "settings.set_up", None, now);
        t.change_set_up(&key, &actor, now, |s| s.previewed = Some(now))
    });
    write.await?;
    Ok(redirect(&item.href()))
}

/// Begins an application to try the service out; only where it is not online yet.
pub async fn try_out(
    State(app): State<App>,
    lead: Lead,
    Path(id): Path<String>,
    req: Req,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response> {
    let typed = Typed(pairs);
    let item = item::one(&app, lead.0.tenant.id(), &id)?;
    let (place, service) = (Ags::from(typed.get("ort")), typed.get("leistung"));
    if !item.decides(&place, service) {
        return Err(Failure::Page);
    }
    let service = app.services.latest(service).ok_or(Failure::Page)?;
    let offer = app.offer_of(app.place_by_ags(&place)?, service).await?;
    if offer.local.open {
        return Err(Failure::Bad(
            "Diese Leistung ist schon online. Eine Probe gibt es nur davor.".into(),
        ));
    }
    entry::begin_trial(&app, &req, &offer).await
}
