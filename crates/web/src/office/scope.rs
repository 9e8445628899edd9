//! What an authority decides: its services, each with the places for which. A Verwaltungsgemeinschaft or
//! erfüllende Gemeinde has several, a Landkreis many.

use std::sync::Arc;

use axum::response::Response;
use domain::{Ags, TenantId};
use schema::Service;
use serde_json::{Value, json};

use crate::failure::{Failure, Result};
use crate::offer::Place;
use crate::req::{Req, set_cookie};
use crate::state::App;

/// A service that the authority decides, and for which places.
#[derive(Clone)]
pub struct Decided {
    pub service: Arc<Service>,
    pub places: Vec<Place>,
}

impl Decided {
    pub fn place(&self, ags: &str) -> Option<&Place> {
        self.places.iter().find(|p| p.ags().as_str() == ags)
    }

    /// German text of the service.
    pub fn text(&self, key: &str) -> String {
        let texts = self.service.texts.get(&schema::Lang::De);
        texts.and_then(|t| t.get(key, None)).unwrap_or_default().to_owned()
    }
}

/// Every service that the authority decides for at least one place.
pub fn decided(app: &App, tenant: &TenantId) -> Vec<Decided> {
    let candidates = app.places_of(tenant);
    let mut out = Vec::new();
    for service in app.services.all() {
        let mut places: Vec<Place> = candidates
            .iter()
            .map(|m| app.place_of(m))
            .filter(|p| app.route(&service, p).is_ok_and(|r| r.authority.id == *tenant))
            .collect();
        sort(&mut places, tenant);
        if !places.is_empty() {
            out.push(Decided { service, places });
        }
    }
    out
}

/// Whether the authority itself sits there: in its own municipality, in the seat of the association or district.
fn is_seat(place: &Place, tenant: &TenantId) -> bool {
    let (association, district) = (&place.municipality.association, &place.municipality.district);
    let own = association.authority.id == *tenant
        && (place.slug == tenant.as_str() || association.seat.as_deref() == Some(&place.name));
    own || (district.authority.id == *tenant && district.seat == place.name)
}

/// The authority's own seat first, then by name.
fn sort(places: &mut [Place], tenant: &TenantId) {
    places.sort_by_key(|p| (!is_seat(p, tenant), p.name.to_lowercase()));
}

/// One of them.
pub fn one(app: &App, tenant: &TenantId, service: &str) -> Result<Decided> {
    decided(app, tenant)
        .into_iter()
        .find(|d| d.service.id == service)
        .ok_or(Failure::Page)
}

/// All their places, each once: the authority's own seat first, then by name.
pub fn places<'a>(decided: impl Iterator<Item = &'a Decided>, tenant: &TenantId) -> Vec<Place> {
    let mut out: Vec<Place> = Vec::new();
    for place in decided.flat_map(|d| &d.places) {
        if !out.iter().any(|p| p.ags() == place.ags()) {
            out.push(place.clone());
        }
    }
    sort(&mut out, tenant);
    out
}

/// Places with rooms to hire: those of services that book rooms.
pub fn room_places(app: &App, tenant: &TenantId) -> Vec<Place> {
    places(
        decided(app, tenant).iter().filter(|d| d.service.booking.is_some()),
        tenant,
    )
}

/// Where somebody last was in the settings: the browser keeps it for the session.
const LAST: &str = "einstellort";
const LAST_SECONDS: i64 = 12 * 3600;

/// The place that `?ort=` names, else the one looked at last, else the first.
pub fn chosen<'a>(places: &'a [Place], req: &Req) -> Option<&'a Place> {
    let asked = req.param("ort");
    let of = |ags: Option<&str>| places.iter().find(|p| Some(p.ags().as_str()) == ags);
    of(asked.as_deref())
        .or_else(|| of(req.cookie(LAST)))
        .or_else(|| places.first())
}

/// Notes the place that the address names.
pub fn remember(app: &App, req: &Req, response: &mut Response) {
    let ags = req.param("ort").filter(|ags| app.register.today(ags).is_some());
    if let Some(ags) = ags {
        let secure = app.config.secure_cookies;
        set_cookie(response, LAST, &ags, "/amt", LAST_SECONDS, secure);
    }
}

/// The places as a switch: links, or nothing where there is only one.
pub fn switch(places: &[Place], here: &Ags, path: &str) -> Vec<Value> {
    if places.len() < 2 {
        return Vec::new();
    }
    places
        .iter()
        .map(|p| json!({ "name": p.name, "href": format!("{path}?ort={}", p.ags()), "here": p.ags() == here }))
        .collect()
}
