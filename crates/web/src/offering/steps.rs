//! How far an authority is with setting something up: each step done or open, in the order in which one goes.

use std::collections::BTreeSet;

use domain::Ags;
use domain::office::Office;
use serde_json::{Value, json};
use store::{OptIn, RoomRow, SetUp};

use crate::desk::session::Lead;
use crate::failure::Result;
use crate::format;
use crate::offer::Place;
use crate::offering::item::Item;
use crate::office::overview::{contact_missing, grouped};
use crate::office::rooms::has_tariff;
use crate::state::App;

/// What the authority's own tables say.
pub struct Known {
    pub opt_ins: Vec<OptIn>,
    /// Where rules have been set.
    pub set: BTreeSet<(Ags, String)>,
    pub rooms: Vec<RoomRow>,
    pub office: Office,
    pub crest: bool,
    pub set_up: SetUp,
    /// Test cases of the item.
    pub trials: usize,
}

pub async fn known(app: &App, lead: &Lead, item: &Item) -> Result<Known> {
    let (id, now) = (item.id.clone(), app.now());
    let pairs: Vec<(Ags, String)> = item.all().map(|(p, s)| (p.ags().clone(), s.id.clone())).collect();
    let read = lead.0.tenant.read(move |t| {
        let mut set = BTreeSet::new();
        for (place, service) in &pairs {
            if t.params(place, service, now)?.is_some() {
                set.insert((place.clone(), service.clone()));
            }
        }
        let mut trials = 0;
        for case in t.trials()? {
            let of = t
                .case(&case)?
                .is_some_and(|c| pairs.iter().any(|(p, s)| *p == c.place && *s == c.service));
            trials += usize::from(of);
        }
        Ok::<_, store::Error>(Known {
            opt_ins: t.opt_ins(None)?,
            set,
            rooms: t.rooms(None)?,
            office: t
                .office("")?
                .and_then(|o| serde_json::from_value(o).ok())
                .unwrap_or_default(),
            crest: t.crest("")?.is_some(),
            set_up: t.set_up(&id)?,
            trials,
        })
    });
    Ok(read.await?)
}

impl Known {
    fn opt_in(&self, place: &Ags, service: &str) -> Option<&OptIn> {
        self.opt_ins.iter().find(|o| o.place == *place && o.service == service)
    }

    pub fn is_online(&self, place: &Ags, service: &str) -> bool {
        self.opt_in(place, service).is_some_and(|o| o.active)
    }

    pub fn is_paused(&self, place: &Ags, service: &str) -> bool {
        self.opt_in(place, service).is_some_and(|o| !o.active && !o.left)
    }

    /// Somebody can hire something there.
    pub fn has_room(&self, place: &Ags) -> bool {
        let hired = |r: &RoomRow| r.place == *place && r.active && has_tariff(&r.room);
        self.rooms.iter().any(hired)
    }

    /// How many of an item's places and services are online, paused, and there at all.
    pub fn counted(&self, item: &Item) -> (usize, usize, usize) {
        let mut out = (0, 0, 0);
        for (place, service) in item.all() {
            out.0 += usize::from(self.is_online(place.ags(), &service.id));
            out.1 += usize::from(self.is_paused(place.ags(), &service.id));
            out.2 += 1;
        }
        out
    }

    /// Whether somebody has begun.
    pub fn begun(&self, item: &Item) -> bool {
        self.set_up.begun.is_some()
            || item
                .all()
                .any(|(p, s)| self.set.contains(&(p.ags().clone(), s.id.clone())))
    }

    /// What can go online: where no room can be hired, everything but the rooms.
    pub fn ready<'a>(&'a self, item: &'a Item) -> impl Iterator<Item = (&'a Place, &'a schema::Service)> {
        item.all()
            .filter(|(p, s)| s.booking.is_none() || self.has_room(p.ags()))
    }
}

/// State of an item in words.
pub fn standing(known: &Known, item: &Item) -> Value {
    let (online, paused, all) = known.counted(item);
    let badge = |kind: &str, text: String| json!({ "kind": kind, "text": text, "online": online, "all": all });
    if let Some(plan) = &known.set_up.planned {
        return badge("info", format!("ab {}", format::date(plan.on)));
    }
    match (online, paused) {
        (n, _) if n == all && n > 0 => badge("success", "freigeschaltet".into()),
        (n, _) if n > 0 => badge("success", format!("{n} von {all} frei")),
        (0, n) if n > 0 => badge("warning", "pausiert".into()),
        _ if known.begun(item) => badge("info", "in Probe".into()),
        _ => badge("neutral", "noch nicht".into()),
    }
}

/// One row of the list of steps.
#[derive(Debug, Clone)]
pub struct Step {
    pub key: &'static str,
    pub name: &'static str,
    pub text: String,
    pub done: bool,
    /// Nothing goes online without it.
    pub needed: bool,
    pub href: String,
}

/// Every step but the last.
pub fn steps(known: &Known, item: &Item) -> Vec<Step> {
    let mut out = vec![rules(known, item)];
    if let Some(booking) = item.booking() {
        out.push(rooms(known, item, &booking.places));
    }
    out.push(contact(known, item));
    if item.services.iter().any(|d| !d.service.fees.is_empty()) {
        out.push(bank(known, item));
    }
    out.push(preview(known, item));
    out
}

/// Whether it can go online.
pub fn can_publish(steps: &[Step]) -> bool {
    steps.iter().all(|s| s.done || !s.needed)
}

fn rules(known: &Known, item: &Item) -> Step {
    // What was online once had its rules, be they as proposed.
    let decided =
        |p: &Place, s: &str| known.set.contains(&(p.ags().clone(), s.to_owned())) || known.opt_in(p.ags(), s).is_some();
    let done = item
        .services
        .iter()
        .all(|d| d.places.iter().any(|p| decided(p, &d.service.id)));
    let each: Vec<String> = item
        .services
        .iter()
        .map(|d| format!("{} {}", d.service.noun(), d.service.parameters.len()))
        .collect();
    let n: usize = item.services.iter().map(|d| d.service.parameters.len()).sum();
    let text = match (item.bundle, n) {
        (true, _) => format!("{} Einstellungen, alle vorbelegt.", each.join(", ")),
        (false, 1) => "Eine Einstellung, vorbelegt.".to_owned(),
        (false, n) => format!("{n} Einstellungen, alle vorbelegt."),
    };
    Step {
        key: "regeln",
        name: "Ihre Regeln",
        text,
        done,
        needed: true,
        href: format!("{}/regeln", item.href()),
    }
}

fn rooms(known: &Known, item: &Item, places: &[Place]) -> Step {
    let here = |r: &&RoomRow| r.active && places.iter().any(|p| *p.ags() == r.place);
    let active: Vec<&RoomRow> = known.rooms.iter().filter(here).collect();
    let open = active.iter().find(|r| !has_tariff(&r.room));
    let bookable = active.iter().filter(|r| has_tariff(&r.room)).count();
    let text = match (active.len(), open) {
        (0, _) => "Noch kein Raum. Ohne Raum kann niemand mieten.".to_owned(),
        (_, Some(room)) => format!(
            "{bookable} von {} Räumen. Es fehlt ein Tarif: {}.",
            active.len(),
            room.room.name
        ),
        (1, None) => format!("Ein Raum: {}", active[0].room.name),
        (n, None) => format!("{n} Räume, alle mit Tarif"),
    };
    let href = match (active.len(), open) {
        (0, _) => "/amt/einstellungen/raeume/neu".to_owned(),
        (_, Some(room)) if bookable == 0 => format!("/amt/einstellungen/raeume/{}", room.room.id),
        _ => "/amt/einstellungen/raeume".to_owned(),
    };
    Step {
        key: "raeume",
        name: "Räume und Tarife",
        text,
        done: bookable > 0,
        needed: true,
        href: with(&href, item),
    }
}

fn contact(known: &Known, item: &Item) -> Step {
    let missing = contact_missing(&known.office);
    let crest = if known.crest { "mit Wappen" } else { "ohne Wappen" };
    let who = match known.office.department.is_empty() {
        true => &known.office.name,
        false => &known.office.department,
    };
    Step {
        key: "kontakt",
        name: "Kontakt und Wappen",
        text: match missing.is_empty() {
            true => format!("{who}, {}, {crest}", known.office.phone),
            false => format!(
                "Es fehlt: {}. Steht auf jeder Seite und in jedem Brief.",
                missing.join(", ")
            ),
        },
        done: missing.is_empty(),
        needed: true,
        href: with("/amt/einstellungen/kontakt", item),
    }
}

fn bank(known: &Known, item: &Item) -> Step {
    let done = !known.office.iban.is_empty();
    Step {
        key: "bank",
        name: "Bankverbindung",
        text: match done {
            true => format!("{}, {}", known.office.bank_holder, grouped(&known.office.iban)),
            false => "Für Gebühren, Entgelte und Kautionen. Ohne sie steht keine IBAN im Bescheid.".to_owned(),
        },
        done,
        // Where rooms are hired, somebody pays.
        needed: item.booking().is_some(),
        href: with("/amt/einstellungen/bank", item),
    }
}

fn preview(known: &Known, item: &Item) -> Step {
    let text = match known.trials {
        0 => "So sehen es alle. Auf Wunsch mit einem Antrag zur Probe.".to_owned(),
        1 => "Ein Antrag zur Probe. Er wird beim Freischalten gelöscht.".to_owned(),
        n => format!("{n} Anträge zur Probe. Sie werden beim Freischalten gelöscht."),
    };
    Step {
        key: "vorschau",
        name: "Vorschau am Handy",
        text,
        done: known.set_up.previewed.is_some(),
        needed: false,
        href: format!("{}/vorschau", item.href()),
    }
}

fn with(path: &str, item: &Item) -> String {
    format!("{path}?paket={}", item.id)
}
