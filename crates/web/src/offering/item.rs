//! What can be set up at once: a bundle or a single service, as far as the authority decides it.

use std::sync::Arc;

use domain::{Ags, TenantId};
use schema::{Lang, Service};
use serde_json::{Value, json};

use crate::failure::{Failure, Result};
use crate::offer::Place;
use crate::office::fields::{Choice, Typed, choice};
use crate::office::scope::{self, Decided};
use crate::state::App;

/// A bundle or a service at an authority.
#[derive(Clone)]
pub struct Item {
    pub id: String,
    pub name: String,
    pub short: String,
    pub icon: String,
    pub bundle: bool,
    /// What the authority decides, each with its places.
    pub services: Vec<Decided>,
    /// What another authority decides.
    pub others: Vec<Arc<Service>>,
}

impl Item {
    pub fn href(&self) -> String {
        format!("/amt/store/{}", self.id)
    }

    pub fn ctx(&self) -> Value {
        json!({
            "id": self.id, "name": self.name, "short": self.short, "icon": self.icon, "href": self.href(), "bundle": self.bundle,
        })
    }

    /// The places of all its services, each once: the authority's own seat first.
    pub fn places(&self, tenant: &TenantId) -> Vec<Place> {
        scope::places(self.services.iter(), tenant)
    }

    /// Every place and service that the authority decides.
    pub fn all(&self) -> impl Iterator<Item = (&Place, &Service)> {
        self.services
            .iter()
            .flat_map(|d| d.places.iter().map(move |p| (p, d.service.as_ref())))
    }

    /// A service with its places.
    pub fn service(&self, id: &str) -> Option<&Decided> {
        self.services.iter().find(|d| d.service.id == id)
    }

    /// Books rooms.
    pub fn booking(&self) -> Option<&Decided> {
        self.services.iter().find(|d| d.service.booking.is_some())
    }

    /// Name of a field: of a single service its own, in a bundle after the service's.
    pub fn field(&self, service: &Service, id: &str) -> String {
        match self.bundle {
            true => format!("{}_{id}", service.id),
            false => id.to_owned(),
        }
    }

    pub fn decides(&self, place: &Ags, service: &str) -> bool {
        self.service(service).is_some_and(|d| d.place(place.as_str()).is_some())
    }
}

/// The places as ticks of the field `name`, as they were typed.
pub fn ticks(places: &[Place], typed: &Typed, name: &str) -> Vec<Choice> {
    let on = |p: &Place| typed.all(name).any(|ags| ags == p.ags().as_str());
    let tick = |p: &Place| choice(p.ags().as_str(), &p.name, on(p));
    places.iter().map(tick).collect()
}

/// Everything that the authority can set up: bundles with more than one service of its own, then each service.
pub fn all(app: &App, tenant: &TenantId) -> Vec<Item> {
    let decided = scope::decided(app, tenant);
    let bundles = app.bundles.iter().filter_map(|b| {
        let of = |id: &String| decided.iter().find(|d| d.service.id == *id).cloned();
        let services: Vec<Decided> = b.services.iter().filter_map(of).collect();
        let known = |id: &&String| !services.iter().any(|d| d.service.id == **id);
        let others: Vec<_> = b
            .services
            .iter()
            .filter(known)
            .filter_map(|id| app.services.latest(id))
            .collect();
        (services.len() > 1).then(|| Item {
            id: b.id.clone(),
            name: b.name(Lang::De).to_owned(),
            short: b.short(Lang::De).to_owned(),
            icon: b.icon.clone(),
            bundle: true,
            others,
            services,
        })
    });
    let single = decided.iter().map(|d| Item {
        id: d.service.id.clone(),
        name: d.text("noun"),
        short: d.text("short"),
        icon: d.service.icon.clone(),
        bundle: false,
        services: vec![d.clone()],
        others: Vec::new(),
    });
    bundles.chain(single).collect()
}

/// One of them.
pub fn one(app: &App, tenant: &TenantId, id: &str) -> Result<Item> {
    all(app, tenant).into_iter().find(|i| i.id == id).ok_or(Failure::Page)
}
