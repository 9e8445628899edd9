//! What an authority decides: its services, each with the places for which. A Verwaltungsgemeinschaft or
//! erfüllende Gemeinde has several, a Landkreis many.

use std::sync::Arc;

use domain::{Ags, TenantId};
use schema::Service;
use serde_json::{Value, json};

use crate::failure::{Failure, Result};
use crate::offer::Place;
use crate::req::Req;
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
    let candidates = app.register.places_of(tenant.as_str());
    let mut out = Vec::new();
    for service in app.services.all() {
        let places: Vec<Place> = candidates
            .iter()
            .map(|m| app.place_of(m))
            .filter(|p| app.route(&service, p).is_ok_and(|r| r.authority.id == *tenant))
            .collect();
        if !places.is_empty() {
            out.push(Decided { service, places });
        }
    }
    out
}

/// One of them.
pub fn one(app: &App, tenant: &TenantId, service: &str) -> Result<Decided> {
    decided(app, tenant)
        .into_iter()
        .find(|d| d.service.id == service)
        .ok_or(Failure::Page)
}

/// All their places, by name, each once.
pub fn places<'a>(decided: impl Iterator<Item = &'a Decided>) -> Vec<Place> {
    let mut out: Vec<Place> = Vec::new();
    for place in decided.flat_map(|d| &d.places) {
        if !out.iter().any(|p| p.ags() == place.ags()) {
            out.push(place.clone());
        }
    }
    out.sort_by(|a, b| a.name.cmp(&b.name));
    out
}

/// Places with rooms to hire: those of services that book rooms.
pub fn room_places(app: &App, tenant: &TenantId) -> Vec<Place> {
    places(decided(app, tenant).iter().filter(|d| d.service.booking.is_some()))
}

/// The place that `?ort=` names, else the first.
pub fn chosen<'a>(places: &'a [Place], req: &Req) -> Option<&'a Place> {
    let asked = req.param("ort").unwrap_or_default();
    places
        .iter()
        .find(|p| p.ags().as_str() == asked)
        .or_else(|| places.first())
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
