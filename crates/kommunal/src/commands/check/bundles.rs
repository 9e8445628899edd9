//! Bundles: every service that they name exists, every rule in them can be read.

use std::collections::BTreeSet;

use schema::load::{Leaf, leaves};
use schema::{Diagnostic, FileMap, diagnostic::nearest};
use serde_json::Value;

use super::mistake;

/// What an offer in `bundles/event.toml` says.
const OFFER: &[&str] = &["after", "service", "when", "de", "en", "de-leicht"];
const EVENT: &str = "bundles/event.toml";

pub(super) fn check(files: &FileMap, found: &mut Vec<Diagnostic>) {
    let services: BTreeSet<&str> = files
        .keys()
        .filter_map(|p| p.strip_prefix("services/")?.split_once('/'))
        .map(|(id, _)| id)
        .collect();
    let before = found.len();
    for (path, bytes) in files
        .iter()
        .filter(|(p, _)| p.starts_with("bundles/") && p.ends_with(".toml"))
    {
        match leaves(path, bytes) {
            Ok(all) => all.iter().for_each(|leaf| entry(path, leaf, &services, found)),
            Err(mistakes) => found.extend(mistakes),
        }
    }
    if found.len() == before
        && let Err(why) = schema::bundle::Bundle::load(files)
    {
        let (path, what) = why.split_once(": ").unwrap_or((EVENT, &why));
        let what = what.lines().next().unwrap_or_default();
        found.push(mistake(path, (1, 1), what.trim_end_matches('.').to_owned()));
    }
    if found.len() == before
        && let Err(why) = schema::bundle::Offers::load(files)
    {
        let what = why.lines().next().unwrap_or_default().trim_start_matches(EVENT);
        found.push(mistake(
            EVENT,
            (1, 1),
            what.trim_start_matches(": ").trim_end_matches('.').to_owned(),
        ));
    }
}

fn entry(path: &str, leaf: &Leaf, services: &BTreeSet<&str>, found: &mut Vec<Diagnostic>) {
    let key = leaf.path.rsplit('.').next().unwrap_or_default();
    let mut named = |id: &str, place| {
        if !services.contains(id) {
            found.push(Diagnostic {
                nearest: nearest(id, services.iter().copied()),
                ..mistake(path, place, format!("Die Leistung „{id}“ gibt es nicht"))
            });
        }
    };
    match (&leaf.value, key) {
        (Value::String(id), "after" | "service") => named(id, leaf.value_at),
        (Value::Array(ids), "services") => ids
            .iter()
            .filter_map(Value::as_str)
            .for_each(|id| named(id, leaf.value_at)),
        (Value::String(rule), "when") => {
            if let Err(why) = schema::rules::compile(rule) {
                found.push(mistake(path, leaf.value_at, why.message));
            }
        }
        _ if path == EVENT && leaf.path.starts_with("offer.") && !OFFER.contains(&key) => found.push(Diagnostic {
            nearest: nearest(key, OFFER.iter().copied()),
            ..mistake(path, leaf.key_at, format!("Der Schlüssel „{key}“ ist unbekannt"))
        }),
        _ => {}
    }
}
