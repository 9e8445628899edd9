//! What there is: places, services, and the schema of their answers.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use domain::Ags;
use schema::{Context, Lang, PlaceInfo, Service};
use serde_json::{Value, json};

use crate::failure::{Failure, Result};
use crate::offer::{Offer, district_title, params_with, service_text};
use crate::req::Req;
use crate::state::App;

/// Hits at most.
const PLACES: usize = 20;

pub async fn places(State(app): State<App>, req: Req) -> Json<Value> {
    let q = req.param("q").unwrap_or_default();
    let q = q.trim();
    let found: Vec<Value> = if q.is_empty() {
        Vec::new()
    } else {
        app.register
            .search(q, PLACES)
            .iter()
            .map(|h| json!({ "ags": h.place.ags.0, "name": h.place.name, "plz": h.place.postcode, "district": district_title(h.place) }))
            .collect()
    };
    Json(json!({ "places": found }))
}

fn title(service: &Service, lang: Lang) -> String {
    let texts = service.texts.get(&lang).or_else(|| service.texts.get(&Lang::De));
    texts
        .and_then(|t| {
            t.get("name", Some(schema::Regime::Notice))
                .or_else(|| t.get("name", None))
        })
        .unwrap_or(&service.id)
        .to_owned()
}

pub async fn services(State(app): State<App>, req: Req) -> Json<Value> {
    let list: Vec<Value> = app
        .services
        .all()
        .iter()
        .map(|s| json!({ "id": s.id, "title": title(s, req.lang) }))
        .collect();
    Json(json!({ "services": list }))
}

pub async fn service(State(app): State<App>, Path(id): Path<String>, req: Req) -> Result<Json<Value>> {
    let s = app.services.latest(&id).ok_or(Failure::Page)?;
    let cx = anywhere(&app, &s, req.lang);
    let parameters: Vec<Value> = s
        .parameters
        .iter()
        .map(|p| {
            let mut out = serde_json::to_value(p).unwrap_or_default();
            out["label"] = service_text(&s, &cx, &json!({}), &format!("parameter.{}.label", p.id)).into();
            out
        })
        .collect();
    Ok(Json(json!({
        "id": s.id, "title": title(&s, req.lang), "version": s.hash, "responsibility": s.responsibility,
        "lead": service_text(&s, &cx, &json!({}), "lead"), "legal_basis": s.legal_basis, "parameters": parameters,
        "schema": format!("/api/v1/services/{}/schema.json", s.id),
    })))
}

/// Context without a place: defaults of the parameters, no rooms, no outline.
fn anywhere(app: &App, service: &Service, lang: Lang) -> Context {
    let now = domain::berlin(app.now());
    Context {
        local_unknown: false,
        today: now.date(),
        now: format!("{:02}:{:02}", now.hour(), now.minute()),
        lang,
        params: params_with(service, None),
        place: PlaceInfo::default(),
        rooms: Vec::new(),
        region: app.region.clone(),
    }
}

fn schema_response(schema: Value) -> Response {
    ([(header::CONTENT_TYPE, "application/schema+json")], schema.to_string()).into_response()
}

pub async fn schema(State(app): State<App>, Path(id): Path<String>, req: Req) -> Result<Response> {
    let s = app.services.latest(&id).ok_or(Failure::Page)?;
    Ok(schema_response(schema::json_schema(
        &s,
        &anywhere(&app, &s, req.lang),
        false,
    )))
}

/// With the place's rooms and bounds; where a room is booked, the examples' room is free.
pub async fn schema_at(State(app): State<App>, Path((ags, id)): Path<(String, String)>, req: Req) -> Result<Response> {
    let service = app.services.latest(&id).ok_or(Failure::Page)?;
    let offer = app.offer_of(app.place_by_ags(&Ags(ags))?, service).await?;
    let cx = offer.context(&app, req.lang);
    let mut schema = schema::json_schema(&offer.service, &cx, true);
    if offer.service.booking.is_some()
        && let Some(example) = free_example(&app, &offer, &cx).await?
    {
        schema["examples"] = json!([example]);
    }
    Ok(schema_response(schema))
}

/// A valid set of answers whose room is free at its time: samples are drawn until one fits.
async fn free_example(app: &App, offer: &Offer, cx: &Context) -> Result<Option<Value>> {
    let Some(tenant) = &offer.tenant else { return Ok(None) };
    let mut sampler = schema::Sampler::new(&offer.service, cx, app.now().as_second().unsigned_abs());
    // Drawing costs more than looking: one at a time, until its room is free.
    for _ in 0..12 {
        let Some(answers) = sampler.next() else { break };
        let settled = schema::settle(&offer.service, &schema::RawAnswers(answers.clone()), cx);
        let Some(span) = domain::booking::span(&offer.service, &settled) else {
            continue;
        };
        let taken = tenant
            .read(move |t| t.free_busy(&span.room, span.from, span.to))
            .await?;
        if taken.iter().all(|b| !b.kind.excludes()) {
            return Ok(Some(answers));
        }
    }
    Ok(None)
}
