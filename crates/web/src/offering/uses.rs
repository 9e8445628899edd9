//! Who uses what, and with which rules: from the list of what all authorities have made public. Only what is online and
//! decided by that authority today counts.

use std::collections::{BTreeMap, BTreeSet};

use domain::{Ags, TenantId};
use schema::Service;
use serde_json::Value;
use store::Offered;

use crate::failure::Result;
use crate::offer::{Place, params_with};
use crate::offering::item::Item;
use crate::state::App;

/// Authorities of similar size that are looked at.
const SIMILAR: usize = 10;

/// What is online where.
pub struct Uses {
    rows: Vec<Offered>,
    online: BTreeSet<(Ags, String)>,
}

/// An authority that decides a service for places of which some use it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    pub id: TenantId,
    pub name: String,
    pub uses: bool,
}

/// A place whose rules can be taken over.
#[derive(Debug, Clone)]
pub struct Model {
    pub place: Place,
    /// How many of the services are online there.
    pub services: usize,
    /// Shares a border.
    pub near: bool,
}

impl Uses {
    pub async fn read(app: &App) -> Result<Uses> {
        let rows = app.store.offered().await?;
        let mut online = BTreeSet::new();
        for row in rows.iter().filter(|r| r.online) {
            let (Some(service), Ok(place)) = (app.services.latest(&row.service), app.place_by_ags(&row.place)) else {
                continue;
            };
            if app.route(&service, &place).is_ok_and(|r| r.authority.id == row.tenant) {
                online.insert((row.place.clone(), row.service.clone()));
            }
        }
        Ok(Uses { rows, online })
    }

    pub fn is_online(&self, place: &Ags, service: &str) -> bool {
        self.online.contains(&(place.clone(), service.to_owned()))
    }

    /// The rules of a service where it is online, over the service's proposals.
    pub fn params(&self, place: &Ags, service: &Service) -> Option<BTreeMap<String, Value>> {
        let here = |r: &&Offered| r.online && r.place == *place && r.service == service.id;
        let row = self
            .rows
            .iter()
            .find(here)
            .filter(|_| self.is_online(place, &service.id))?;
        Some(params_with(service, Some(row.params.clone())))
    }

    /// The authorities around that decide this service, by name.
    pub fn neighbours(&self, app: &App, own: &[Place], service: &Service) -> Vec<User> {
        let mine: BTreeSet<&Ags> = own.iter().map(Place::ags).collect();
        let around: BTreeMap<&str, Place> = own
            .iter()
            .flat_map(|p| app.register.neighbours(p.ags().as_str()))
            .filter(|m| !mine.contains(&m.ags))
            .map(|m| (m.ags.as_str(), app.place_of(m)))
            .collect();
        self.users(app, around.values(), service, own)
    }

    /// The authorities nearest in size that decide this service, by name.
    pub fn similar(&self, app: &App, own: &[Place], service: &Service) -> Vec<User> {
        let mut sizes: BTreeMap<TenantId, (u64, Vec<Place>)> = BTreeMap::new();
        for place in app.register.places().iter().map(|m| app.place_of(m)) {
            if let Ok(route) = app.route(service, &place) {
                let entry = sizes.entry(route.authority.id).or_default();
                entry.0 += place.municipality.population;
                entry.1.push(place);
            }
        }
        let mine: u64 = own.iter().map(|p| p.municipality.population).sum();
        sizes.retain(|_, (_, places)| !places.iter().any(|p| own.iter().any(|o| o.ags() == p.ags())));
        let mut all: Vec<_> = sizes.into_values().collect();
        all.sort_by_key(|(size, _)| size.abs_diff(mine));
        all.truncate(SIMILAR);
        self.users(app, all.iter().flat_map(|(_, places)| places), service, own)
    }

    fn users<'a>(
        &self,
        app: &App,
        places: impl Iterator<Item = &'a Place>,
        service: &Service,
        own: &[Place],
    ) -> Vec<User> {
        let me: BTreeSet<TenantId> = own
            .iter()
            .filter_map(|p| app.route(service, p).ok())
            .map(|r| r.authority.id)
            .collect();
        let mut out: Vec<User> = Vec::new();
        for place in places {
            let Ok(route) = app.route(service, place) else { continue };
            if me.contains(&route.authority.id) {
                continue;
            }
            let uses = self.is_online(place.ags(), &service.id);
            match out.iter_mut().find(|u| u.id == route.authority.id) {
                Some(known) => known.uses |= uses,
                None => out.push(User {
                    id: route.authority.id,
                    name: route.authority.name,
                    uses,
                }),
            }
        }
        out.sort_by_key(|u| (!u.uses, u.name.to_lowercase()));
        out
    }

    /// The places whose rules can be taken over: those around first, each by how much of the item it has online.
    pub fn models(&self, app: &App, item: &Item, own: &[Place]) -> Vec<Model> {
        let near: BTreeSet<&str> = own
            .iter()
            .flat_map(|p| app.register.neighbours(p.ags().as_str()))
            .map(|m| m.ags.as_str())
            .collect();
        let mine: BTreeSet<&Ags> = own.iter().map(Place::ags).collect();
        let mut count: BTreeMap<&Ags, usize> = BTreeMap::new();
        for (place, service) in self.online.iter().filter(|(p, _)| !mine.contains(p)) {
            if item.service(service).is_some() {
                *count.entry(place).or_default() += 1;
            }
        }
        let mut out: Vec<Model> = count
            .into_iter()
            .filter_map(|(ags, services)| {
                Some(Model {
                    place: app.place_by_ags(ags).ok()?,
                    services,
                    near: near.contains(ags.as_str()),
                })
            })
            .collect();
        out.sort_by_key(|m| {
            // Where somebody has thought about the rules there is more to take over than from proposals.
            let set = self
                .rows
                .iter()
                .filter(|r| r.place == *m.place.ags() && !r.params.is_empty())
                .count();
            (
                !m.near,
                usize::MAX - m.services,
                usize::MAX - set,
                m.place.name.to_lowercase(),
            )
        });
        out
    }

    /// What most of the others have chosen for a parameter, and how many of how many.
    pub fn most(&self, service: &Service, parameter: &str) -> Option<(Value, usize, usize)> {
        let default = &service.parameters.iter().find(|p| p.id == parameter)?.default;
        let mut chosen: Vec<(&Value, usize)> = Vec::new();
        let mut all = 0;
        let live = |r: &&Offered| r.service == service.id && self.is_online(&r.place, &r.service) && r.online;
        for row in self.rows.iter().filter(live) {
            let value = row.params.get(parameter).unwrap_or(default);
            all += 1;
            match chosen.iter_mut().find(|(v, _)| *v == value) {
                Some((_, n)) => *n += 1,
                None => chosen.push((value, 1)),
            }
        }
        let (value, n) = chosen.into_iter().max_by_key(|(_, n)| *n)?;
        Some((value.clone(), n, all))
    }
}
