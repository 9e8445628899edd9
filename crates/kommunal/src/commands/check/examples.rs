//! Examples, run: what comes out otherwise than expected, at its place in the example; a rule that fails, at the rule.

use std::collections::BTreeMap;

use exchange::Register;
use schema::load::leaves;
use schema::{Catalog, Diagnostic, FileMap, RuleFailure, Service};
use serde_json::Value;

use super::{count, mistake, place_of};

/// Runs every example of every whole service; says how many ran.
pub(super) fn check(catalog: &Catalog, files: &FileMap, register: &Register, found: &mut Vec<Diagnostic>) -> usize {
    let mut ran = 0;
    for service in catalog.services.values() {
        let mut failed: BTreeMap<(String, String), Vec<&str>> = BTreeMap::new();
        for example in &service.examples {
            ran += 1;
            let path = format!("services/{}/examples/{}.toml", service.id, example.file);
            let at = positions(&path, files);
            let Some(place) = place_of(catalog, service, example, register) else {
                let what = format!("Einen Ort mit dem Gemeindeschlüssel „{}“ gibt es nicht", example.place);
                found.push(mistake(&path, position(&at, "place"), what));
                continue;
            };
            let cx = domain::examples::context(service, example, place, catalog.region.clone());
            let differences = domain::examples::run(service, example, &cx);
            let failures = differences.iter().filter_map(|d| d.rule.as_ref());
            let failures: Vec<&RuleFailure> = failures.collect();
            for failure in &failures {
                let by = failed
                    .entry((failure.rule.clone(), failure.message.clone()))
                    .or_default();
                if !by.contains(&example.file.as_str()) {
                    by.push(&example.file);
                }
            }
            // What comes out of a failed rule says nothing of its own.
            for difference in differences.iter().filter(|_| failures.is_empty()) {
                found.push(mistake(&path, position(&at, &difference.at), difference.what.clone()));
            }
        }
        found.extend(
            failed
                .iter()
                .map(|((rule, why), by)| failure(service, files, rule, why, by)),
        );
    }
    ran
}

/// A rule that fails, where it is written; some are written in more than one place: the first.
fn failure(service: &Service, files: &FileMap, rule: &str, why: &str, examples: &[&str]) -> Diagnostic {
    let of = match examples {
        [one] => format!("im Beispiel {one}"),
        [first, rest @ ..] => format!(
            "im Beispiel {first} und in {}",
            count(rest.len(), "weiteren", "weiteren")
        ),
        [] => String::new(),
    };
    let what = format!("Die Regel scheitert {of}: {why}");
    let written = ["form.toml", "service.toml"].into_iter().find_map(|name| {
        let path = format!("services/{}/{name}", service.id);
        let found = leaves(&path, files.get(&path)?).ok()?;
        let leaf = found.into_iter().find(|leaf| holds(&leaf.value, rule))?;
        Some((path, leaf.value_at))
    });
    let (path, at) = written.unwrap_or_else(|| (format!("services/{}/form.toml", service.id), (1, 1)));
    mistake(&path, at, what)
}

fn holds(value: &Value, rule: &str) -> bool {
    value.as_str() == Some(rule)
}

type Positions = BTreeMap<String, (usize, usize)>;

/// Where each value of a file stands.
fn positions(path: &str, files: &FileMap) -> Positions {
    let found = files
        .get(path)
        .and_then(|bytes| leaves(path, bytes).ok())
        .unwrap_or_default();
    found.into_iter().map(|leaf| (leaf.path, leaf.value_at)).collect()
}

/// Where a value stands, or the nearest one of its table, or the file's begin.
fn position(positions: &Positions, key: &str) -> (usize, usize) {
    let mut way = key;
    loop {
        let inside = |k: &&String| k.as_str() == way || k.strip_prefix(way).is_some_and(|rest| rest.starts_with('.'));
        if let Some(found) = positions.keys().find(inside) {
            return positions[found];
        }
        match way.rsplit_once('.') {
            Some((parent, _)) => way = parent,
            None => return (1, 1),
        }
    }
}
