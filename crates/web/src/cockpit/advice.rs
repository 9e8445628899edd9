//! Where advice helps most, in sentences: wishes where nothing is offered, and decisions that take long. Only from numbers
//! that are shown anyway.

use std::collections::BTreeMap;

use domain::counted::Middle;
use domain::discreet::Shown;
use serde_json::{Value, json};

use crate::cockpit::figures::Year;
use crate::cockpit::{rows, words};
use crate::desk::inbox::noun;
use crate::state::App;

/// Sentences of a kind at most.
const EACH: usize = 2;

fn sentence(who: &str, href: String, text: String) -> Value {
    json!({ "who": who, "href": href, "text": text })
}

/// The services wished for most often in districts, and what is offered there.
fn districts(app: &App, year: &Year) -> Vec<Value> {
    let mut found: Vec<(i64, Value)> = Vec::new();
    for service in &year.services {
        for row in rows::districts(app, year, Some(service)) {
            let Some(n) = row.wishes.count() else { continue };
            let offered = match row.online {
                0 => "keine Gemeinde bietet".to_owned(),
                1 => "eine Gemeinde bietet".to_owned(),
                n => format!("{n} Gemeinden bieten"),
            };
            let text = format!(
                "{} Wünsche zu „{}“, {offered} es an.",
                words::number(n),
                noun(app, service)
            );
            found.push((n, sentence(&row.name, row.href, text)));
        }
    }
    found.sort_by_key(|(n, _)| std::cmp::Reverse(*n));
    found.into_iter().take(EACH).map(|(_, s)| s).collect()
}

/// Places with most wishes and nothing online.
fn places(app: &App, year: &Year, wishes: &BTreeMap<String, Shown>) -> Vec<Value> {
    let online = rows::services_online(&year.online);
    let mut found: Vec<(i64, &String)> = wishes
        .iter()
        .filter(|(place, _)| !online.contains_key(*place))
        .filter_map(|(place, n)| Some((n.count()?, place)))
        .collect();
    found.sort_by_key(|(n, place)| (std::cmp::Reverse(*n), *place));
    let named = found.into_iter().take(EACH).filter_map(|(n, place)| {
        let m = app.register.by_ags(place)?;
        let text = format!("{} Wünsche, noch nichts online.", words::number(n));
        Some(sentence(&m.name, format!("/cockpit/ort/{place}"), text))
    });
    named.collect()
}

/// Where decisions take longest.
fn slow(app: &App, year: &Year) -> Vec<Value> {
    let whole = year.state.days(None).map_or(0, |m| m.from);
    let mut found: Vec<(i64, Value)> = Vec::new();
    for row in rows::districts(app, year, None) {
        for service in &year.services {
            let middle: Option<Middle> = year.districts.get(&row.key).and_then(|c| c.days(Some(service)));
            let Some(middle) = middle.filter(|m| m.from > whole) else {
                continue;
            };
            let text = format!(
                "„{}“ dauert im Median {}.",
                noun(app, service),
                words::days_long(Some(middle))
            );
            found.push((middle.from, sentence(&row.name, row.href.clone(), text)));
        }
    }
    found.sort_by_key(|(n, _)| std::cmp::Reverse(*n));
    found.into_iter().take(1).map(|(_, s)| s).collect()
}

pub fn sentences(app: &App, year: &Year, wishes: &BTreeMap<String, Shown>) -> Vec<Value> {
    [districts(app, year), places(app, year, wishes), slow(app, year)].concat()
}
