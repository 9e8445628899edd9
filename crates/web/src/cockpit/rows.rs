//! Lines of the cockpit's tables: districts, places, services. Pages, report and file show the same ones.

use std::collections::{BTreeMap, BTreeSet};

use domain::discreet::Shown;
use domain::routing::Municipality;
use serde_json::{Value, json};

use crate::cockpit::figures::{Online, Places, Year};
use crate::cockpit::words;
use crate::desk::inbox::noun;
use crate::offer::district_title;
use crate::state::App;

/// One line.
pub struct Row {
    pub key: String,
    pub name: String,
    pub href: String,
    /// Places with something online, or services that are.
    pub online: usize,
    pub of: usize,
    pub submitted: Shown,
    pub days: String,
    pub wishes: Shown,
}

impl Row {
    pub fn ctx(&self) -> Value {
        let share = if self.of == 0 { 0 } else { 120 * self.online / self.of };
        json!({
            "key": self.key, "name": self.name, "href": self.href, "online": self.online, "of": self.of, "share": share,
            "submitted": words::shown(self.submitted), "days": self.days, "wishes": words::shown(self.wishes),
        })
    }
}

/// Places that take part: their own authority has something online. With a service: it is online there, whoever decides.
pub fn places_online(online: &[Online], service: Option<&str>) -> BTreeSet<String> {
    let here = online.iter().filter(|o| service.map_or(o.own, |s| o.service == s));
    here.map(|o| o.place.clone()).collect()
}

/// How many services are online at each place.
pub fn services_online(online: &[Online]) -> BTreeMap<String, usize> {
    let mut at: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for o in online {
        at.entry(o.place.clone()).or_default().insert(&o.service);
    }
    at.into_iter()
        .map(|(place, services)| (place, services.len()))
        .collect()
}

/// `Altenburger Land`, `Ilm-Kreis`, `Jena`: as a list names it.
pub fn district_name(m: &Municipality) -> String {
    if m.is_district_free() {
        format!("{} (kreisfrei)", m.name)
    } else {
        district_title(m).replace("Landkreis ", "")
    }
}

/// Each district of the state, those with most places first.
pub fn districts(app: &App, year: &Year, service: Option<&str>) -> Vec<Row> {
    let online = places_online(&year.online, service);
    let mut by_key: BTreeMap<&str, Vec<&Municipality>> = BTreeMap::new();
    for place in app.register.places() {
        by_key.entry(&place.district.key).or_default().push(place);
    }
    let mut rows: Vec<Row> = by_key
        .into_iter()
        .map(|(key, places)| Row {
            key: key.to_owned(),
            name: places.first().map(|p| district_name(p)).unwrap_or_default(),
            href: format!("/cockpit/kreis/{key}"),
            online: places.iter().filter(|p| online.contains(p.ags.as_str())).count(),
            of: places.len(),
            submitted: year.submitted.district(key, service),
            days: words::days(year.districts.get(key).and_then(|c| c.days(service))),
            wishes: year.wishes.district(key, service),
        })
        .collect();
    rows.sort_by(|a, b| {
        (b.online * a.of)
            .cmp(&(a.online * b.of))
            .then_with(|| a.name.cmp(&b.name))
    });
    rows
}

/// Each place of a district, by name.
pub fn places(app: &App, year: &Year, places: &Places, district: &str) -> Vec<Row> {
    let online = services_online(&year.online);
    let all = app.register.places().iter().filter(|p| p.district.key == district);
    let mut rows: Vec<Row> = all
        .map(|p| {
            let key = p.ags.0.clone();
            let shown = |of: &BTreeMap<String, Shown>| of.get(&key).copied().unwrap_or(Shown::Few);
            Row {
                name: p.name.clone(),
                href: format!("/cockpit/ort/{key}"),
                online: online.get(&key).copied().unwrap_or(0),
                of: app.services.all().len(),
                submitted: shown(&places.submitted),
                days: words::days(places.counts.get(&key).and_then(|c| c.days(None))),
                wishes: shown(&places.wishes),
                key,
            }
        })
        .collect();
    rows.sort_by(|a, b| a.name.cmp(&b.name));
    rows
}

/// Each service in a district.
pub fn services(app: &App, year: &Year, district: &str) -> Vec<Row> {
    let here = |o: &&Online| o.place.starts_with(district);
    let of = app
        .register
        .places()
        .iter()
        .filter(|p| p.district.key == district)
        .count();
    let line = |s: &String| Row {
        key: s.clone(),
        name: noun(app, s),
        href: String::new(),
        online: year
            .online
            .iter()
            .filter(here)
            .filter(|o| o.service == *s)
            .map(|o| &o.place)
            .collect::<BTreeSet<_>>()
            .len(),
        of,
        submitted: year.submitted.district(district, Some(s)),
        days: words::days(year.districts.get(district).and_then(|c| c.days(Some(s)))),
        wishes: year.wishes.district(district, Some(s)),
    };
    year.services.iter().map(line).collect()
}
