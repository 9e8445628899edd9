//! Finding the place: by name with typing errors, by PLZ, with and without scripts.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::Response;
use exchange::By;
use schema::Lang;
use serde_json::{Value, json};

use crate::failure::{Failure, Result};
use crate::offer::service_text;
use crate::req::Req;
use crate::state::App;

/// Rows of the result list for `q`.
pub fn hits(app: &App, lang: Lang, q: &str, limit: usize) -> Vec<Value> {
    search_rows(app, lang, q, limit, None).0
}

/// Rows and a note that explains them. `service`: go on to that service instead of the place's page.
fn search_rows(app: &App, lang: Lang, q: &str, limit: usize, service: Option<&str>) -> (Vec<Value>, String) {
    let t = |key: &str, with: &[(&str, &str)]| app.texts.fill(lang, key, with);
    let q = q.trim();
    if q.is_empty() {
        return (Vec::new(), String::new());
    }
    let found = app.register.search(q, limit);
    let rows: Vec<Value> = found
        .iter()
        .map(|hit| {
            let m = hit.place;
            let slug = &m.slug;
            let href = match service {
                Some(s) => format!("/{slug}/{s}"),
                None => format!("/{slug}"),
            };
            let district = crate::offer::district_title(m);
            let kind = crate::offer::kind_word(app, lang, m);
            let by = &m.association.authority;
            let (name, sub) = match hit.by {
                By::Former(former) => (former.to_owned(), t("search.today", &[("name", &m.title())])),
                _ if by.id.as_str() != m.slug => (
                    m.name.clone(),
                    t(
                        "search.run_by",
                        &[
                            ("kind", &kind),
                            ("plz", &m.postcode),
                            ("authority", &by.name),
                            ("district", &district),
                        ],
                    ),
                ),
                _ => (
                    m.name.clone(),
                    t(
                        "search.plain",
                        &[("kind", &kind), ("plz", &m.postcode), ("district", &district)],
                    ),
                ),
            };
            json!({ "href": href, "name": name, "sub": sub, "ags": m.ags.0 })
        })
        .collect();
    let note = if rows.is_empty() {
        t("search.none", &[("q", q)])
    } else if found.iter().all(|h| h.by == By::NearPostcode) {
        t("search.plz_near", &[("q", q)])
    } else if found.iter().all(|h| h.by == By::Similar) {
        t("search.similar", &[])
    } else {
        String::new()
    };
    (rows, note)
}

fn services_ctx(app: &App, lang: Lang) -> Vec<Value> {
    app.services
        .all()
        .iter()
        .map(|s| {
            let name = s
                .texts
                .get(&lang)
                .and_then(|t| {
                    t.get("name", Some(schema::Regime::Notice))
                        .or_else(|| t.get("name", None))
                })
                .unwrap_or(&s.id);
            json!({ "id": s.id, "name": name })
        })
        .collect()
}

fn start_page(app: &App, req: &Req, q: &str, service: Option<&str>, action: &str) -> Result<Response> {
    let (found, mut note) = search_rows(app, req.lang, q, 8, service);
    if req.param("q").is_some_and(|q| q.trim().is_empty()) {
        note = app.texts.text(req.lang, "search.empty");
    }
    let ctx = json!({
        "q": q, "found": found, "note": note, "action": action,
        "map_href": service.map_or_else(|| "/karte".to_owned(), |s| format!("/karte?leistung={s}")),
        "services": services_ctx(app, req.lang),
    });
    app.ok("start.html", app.ui(req), ctx)
}

pub async fn start(State(app): State<App>, req: Req) -> Result<Response> {
    start_page(&app, &req, "", None, "/suche")
}

pub async fn search(State(app): State<App>, req: Req) -> Result<Response> {
    let q = req.param("q").unwrap_or_default();
    start_page(&app, &req, &q, None, "/suche")
}

/// A service without a place: ask for the place first.
pub async fn by_service(State(app): State<App>, Path(service): Path<String>, req: Req) -> Result<Response> {
    let service = app.services.latest(&service).ok_or(Failure::Page)?;
    let q = req.param("q").unwrap_or_default();
    let action = format!("/leistung/{}", service.id);
    start_page(&app, &req, &q, Some(&service.id), &action)
}

/// Suggestions while typing. Only an improvement: without scripts the search page shows the same rows.
pub async fn suggest(State(app): State<App>, req: Req) -> Json<Value> {
    let q = req.param("q").unwrap_or_default();
    let service = req.param("leistung").filter(|s| app.services.latest(s).is_some());
    let (rows, note) = search_rows(&app, req.lang, &q, 6, service.as_deref());
    Json(json!({ "places": rows, "note": note }))
}

/// Name of a service for people, without answers.
pub fn service_name(service: &schema::Service, cx: &schema::Context) -> String {
    service_text(service, cx, &json!({}), "name")
}
