//! What a service or bundle would bring an authority: who asked for it, who uses it, what it saves. In figures, each
//! with its words. Numbers below five are not shown.

use std::collections::BTreeMap;

use domain::Ags;
use jiff::ToSpan;
use schema::Lang;
use schema::show::format::join;
use serde_json::{Value, json};
use store::DemandRow;

use crate::cockpit::savings::{self, Assumption, InForce};
use crate::failure::Result;
use crate::format;
use crate::offer::Place;
use crate::offering::item::Item;
use crate::offering::uses::{User, Uses};
use crate::state::App;

/// A number below this could point to somebody.
pub const FEW: i64 = 5;
/// Neighbours that are named.
const NAMED: usize = 4;

/// Applications prepared on paper at these places within the last twelve months.
pub async fn demand(app: &App, places: &[Place]) -> Result<Vec<DemandRow>> {
    let today = app.today();
    let ags: Vec<Ags> = places.iter().map(|p| p.ags().clone()).collect();
    if ags.is_empty() {
        return Ok(Vec::new());
    }
    Ok(app.store.demand(&ags, today.saturating_sub(12.months()), today).await?)
}

pub fn sum(rows: &[DemandRow], item: &Item) -> i64 {
    rows.iter()
        .filter(|r| item.decides(&r.place, &r.service))
        .map(|r| r.n)
        .sum()
}

/// `11`, `unter 5`, `0`
pub fn count(n: i64) -> String {
    match n {
        0 => "0".to_owned(),
        n if n < FEW => format!("unter {FEW}"),
        n => format::thousands(n.unsigned_abs()),
    }
}

/// Of the neighbours of a bundle's services those count that use any of them.
pub fn neighbours(app: &App, uses: &Uses, item: &Item) -> Vec<User> {
    let mut out: Vec<User> = Vec::new();
    for d in &item.services {
        merge(&mut out, uses.neighbours(app, &d.places, &d.service));
    }
    out.sort_by_key(|u| (!u.uses, u.name.to_lowercase()));
    out
}

fn similar(app: &App, uses: &Uses, item: &Item) -> Vec<User> {
    match item.services.first() {
        Some(d) => uses.similar(app, &d.places, &d.service),
        None => Vec::new(),
    }
}

fn merge(out: &mut Vec<User>, more: Vec<User>) {
    for user in more {
        match out.iter_mut().find(|u| u.id == user.id) {
            Some(known) => known.uses |= user.uses,
            None => out.push(user),
        }
    }
}

/// `4 von 5`; empty: there are none.
pub fn of(users: &[User]) -> String {
    match users.len() {
        0 => String::new(),
        n => format!("{} von {n}", users.iter().filter(|u| u.uses).count()),
    }
}

/// `Nobitz, Altenburg und 2 weitere`
fn named(users: &[User]) -> String {
    let using: Vec<&str> = users.iter().filter(|u| u.uses).map(|u| short(&u.name)).collect();
    let mut shown: Vec<String> = using.iter().take(NAMED).map(|n| (*n).to_owned()).collect();
    match using.len().saturating_sub(NAMED) {
        0 => {}
        1 => shown.push("ein weiterer".to_owned()),
        n => shown.push(format!("{n} weitere")),
    }
    join(&shown, Lang::De)
}

/// `Gemeinde Nobitz` → `Nobitz`
fn short(name: &str) -> &str {
    ["Gemeinde ", "Stadt ", "Landratsamt "]
        .iter()
        .find_map(|kind| name.strip_prefix(kind))
        .unwrap_or(name)
}

/// The four figures above a page of the store.
pub async fn figures(app: &App, uses: &Uses, item: &Item, places: &[Place]) -> Result<Vec<Value>> {
    let wanted = sum(&demand(app, places).await?, item);
    let near = neighbours(app, uses, item);
    let alike = similar(app, uses, item);
    let mut out = vec![json!({
        "value": count(wanted), "what": if wanted == 1 { "Antrag auf Papier" } else { "Anträge auf Papier" },
        "more": "aus Ihren Orten in 12 Monaten, ohne Namen gezählt",
    })];
    if !near.is_empty() {
        let names = named(&near);
        let more = if names.is_empty() {
            "Sie wären die ersten hier".to_owned()
        } else {
            names
        };
        out.push(json!({ "value": of(&near), "what": "Nachbarn nutzen es", "more": more }));
    }
    if !alike.is_empty() {
        let places = places.iter().map(|p| p.municipality.population).sum::<u64>();
        let more = format!("Ämter mit etwa {} Einwohnern", format::thousands(places));
        out.push(json!({ "value": of(&alike), "what": "ähnlich großen nutzen es", "more": more }));
    }
    if let Some(minutes) = in_force(app).await?.get("minutes_office").filter(|n| **n > 0) {
        out.push(json!({
            "value": format!("{minutes}\u{a0}Min."), "what": "spart Ihr Amt je Antrag", "more": "Das ist eine Annahme.",
            "link": "#annahmen",
        }));
    }
    Ok(out)
}

/// The assumptions that hold now: as the competence centre has set them.
async fn in_force(app: &App) -> Result<InForce> {
    let centre = match app.register.centre() {
        Some(authority) => app.tenant(&authority.id).await?,
        None => None,
    };
    match centre {
        Some(tenant) => savings::in_force(app, &tenant).await,
        None => Ok(app.savings.with(&BTreeMap::new())),
    }
}

/// What the saved minutes are reckoned with, each with its source.
pub async fn assumptions(app: &App) -> Result<Vec<Value>> {
    let by = in_force(app).await?;
    let one = |a: &Assumption| {
        let status = match a.status.as_str() {
            "assumption" => format!("Annahme, nicht gemessen. {}", a.source),
            _ => a.source.clone(),
        };
        json!({ "label": a.label, "value": by.get(&a.id).copied().unwrap_or(a.value), "hint": a.hint, "status": status })
    };
    Ok(app.savings.all.iter().map(one).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_are_never_counted_out() {
        assert_eq!([0, 1, 4, 5, 1200].map(count), ["0", "unter 5", "unter 5", "5", "1.200"]);
    }

    #[test]
    fn only_who_uses_it_is_named() {
        let user = |name: &str, uses| User {
            id: name.into(),
            name: name.into(),
            uses,
        };
        let users = [
            user("Gemeinde Nobitz", true),
            user("Stadt Altenburg", true),
            user("Stadt Lucka", false),
        ];
        assert_eq!(
            (of(&users), named(&users)),
            ("2 von 3".into(), "Nobitz und Altenburg".into())
        );
        assert_eq!(of(&[]), "");
    }
}
