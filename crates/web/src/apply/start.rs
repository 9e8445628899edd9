//! Finding the place: by name with typing errors, by PLZ, with and without scripts.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use exchange::By;
use schema::Lang;
use serde_json::{Value, json};

use crate::failure::Result;
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
                _ => (m.name.clone(), crate::offer::whereabouts(app, lang, m)),
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
        .map(|s| json!({ "id": s.id, "name": name_anywhere(s, lang) }))
        .collect()
}

/// Name of a service where no place is known, and so no regime.
pub fn name_anywhere(service: &schema::Service, lang: Lang) -> String {
    let named = service.texts.get(&lang).and_then(|t| {
        t.get("name", Some(schema::Regime::Notice))
            .or_else(|| t.get("name", None))
    });
    named.unwrap_or(&service.id).to_owned()
}

/// What `parts/search.html` shows, for the place's page or for a service there.
pub fn search_ctx(app: &App, req: &Req, service: Option<&str>) -> Value {
    let q = req.param("q").unwrap_or_default();
    let (found, mut note) = search_rows(app, req.lang, &q, 8, service);
    if req.param("q").is_some_and(|q| q.trim().is_empty()) {
        note = app.texts.text(req.lang, "search.empty");
    }
    json!({
        "q": q, "found": found, "note": note,
        "action": service.map_or_else(|| "/suche".to_owned(), |s| format!("/leistung/{s}")),
        "map_href": service.map_or_else(|| "/karte".to_owned(), |s| format!("/karte?leistung={s}")),
    })
}

/// The start page; with `?q=` what was found.
pub async fn start(State(app): State<App>, req: Req) -> Result<Response> {
    let mut ctx = search_ctx(&app, &req, None);
    ctx["services"] = services_ctx(&app, req.lang).into();
    app.ok("start.html", app.ui(&req), ctx)
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
