//! A service before the place is known: what it is and what to have at hand, and the search for the place, on which
//! everything else depends.

use axum::extract::{Path, State};
use axum::response::Response;
use schema::{Context, Lang, PlaceInfo, Service};
use serde_json::json;

use crate::apply::service::minutes;
use crate::apply::start::{name_anywhere, search_ctx};
use crate::failure::{Failure, Result};
use crate::offer::{params_with, service_text};
use crate::req::Req;
use crate::state::App;

pub async fn page(State(app): State<App>, Path(service): Path<String>, req: Req) -> Result<Response> {
    let service = app.services.latest(&service).ok_or(Failure::Page)?;
    let cx = context(&app, &service, req.lang);
    let not_needed = [schema::free(&service, &cx), lines_anywhere(&service, &cx, "not_needed")].concat();
    let mut ctx = search_ctx(&app, &req, Some(&service.id));
    ctx["s"] = json!({
        "name": name_anywhere(&service, req.lang), "lead": service_text(&service, &cx, &json!({}), "lead"),
        "who": service_text(&service, &cx, &json!({}), "who"), "minutes": minutes(&service),
        "at_hand": lines_anywhere(&service, &cx, "at_hand"), "not_needed": not_needed,
    });
    app.ok("service_anywhere.html", app.ui(&req), ctx)
}

/// Nothing local is known.
fn context(app: &App, service: &Service, lang: Lang) -> Context {
    let now = domain::berlin(app.now());
    Context {
        today: now.date(),
        now: crate::format::hour(now.time()),
        lang,
        params: params_with(service, None),
        local_unknown: true,
        place: PlaceInfo::default(),
        rooms: Vec::new(),
        region: service.region.clone(),
    }
}

/// Lines of a list that hold everywhere.
pub fn lines_anywhere(service: &Service, cx: &Context, key: &str) -> Vec<String> {
    let Some(texts) = service.texts.get(&cx.lang) else {
        return Vec::new();
    };
    let local = |line: &&String| ["{place.", "{params.", "{authority."].iter().any(|p| line.contains(p));
    let lines = texts.list(key, schema::regime(service, &json!({}), cx)).iter();
    lines
        .filter(|line| !local(line))
        .map(|line| schema::fill(line, &json!({}), service, cx, &[]))
        .collect()
}
