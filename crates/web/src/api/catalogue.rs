//! What there is: places and services. The schema of their answers is in `schemas`.

use axum::Json;
use axum::extract::{Path, State};
use schema::{Context, Lang, PlaceInfo, Service};
use serde_json::{Value, json};

use crate::failure::{Failure, Result};
use crate::offer::{district_title, params_with, service_text};
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
        "lead": service_text(&s, &cx, &json!({}), "lead"), "legal_basis": s.legal_basis, "assurance": s.assurance, "parameters": parameters,
        "schema": format!("/api/v1/services/{}/schema.json", s.id),
    })))
}

/// Context without a place: defaults of the parameters, no rooms, no outline.
pub(super) fn anywhere(app: &App, service: &Service, lang: Lang) -> Context {
    let now = domain::berlin(app.now());
    Context {
        local_unknown: false,
        today: now.date(),
        now: format!("{:02}:{:02}", now.hour(), now.minute()),
        lang,
        params: params_with(service, None),
        // In sentences that name the place.
        place: PlaceInfo {
            name: app.texts.text(lang, "anywhere.place"),
            ..PlaceInfo::default()
        },
        rooms: Vec::new(),
        region: service.region.clone(),
    }
}
