//! Samples of every service that ships: right ones are accepted, broken ones refused at exactly the named field, every
//! way of every rule taken and every field broken in every kind.
//!
//! 40 + 40 of each; `SAMPLES=1000` makes more and demands that everything is taken. What cannot be taken stands with its reason in sample_unreachable.txt.

mod sample_common;

use std::collections::BTreeMap;
use std::sync::Arc;

use sample_common::{aim, context, files, prove, repository};
use schema::{Context, ParamType, Region, Service, load};
use serde_json::{Value, json};

/// Settings of a municipality: the defaults, then one parameter at a time as far from it as it may be.
fn settings(service: &Service) -> Vec<BTreeMap<String, Value>> {
    let mut all = vec![BTreeMap::new()];
    for p in &service.parameters {
        let values: Vec<Value> = match p.kind {
            ParamType::Number | ParamType::Money => [p.min, p.max].into_iter().flatten().map(Value::from).collect(),
            ParamType::YesNo => vec![true.into(), false.into()],
            ParamType::OneOf => p.options.iter().map(|option| json!(option)).collect(),
            ParamType::Time | ParamType::Text => Vec::new(),
        };
        let others = values.into_iter().filter(|value| *value != p.default);
        all.extend(others.map(|value| BTreeMap::from([(p.id.clone(), value)])));
    }
    all
}

/// Whether a line of sample_unreachable.txt (`service: label with * # reason`) names this.
fn explained(service: &str, label: &str) -> bool {
    let list = include_str!("sample_unreachable.txt");
    let lines = list
        .lines()
        .filter_map(|line| line.split_once(" # ")?.0.split_once(": "));
    lines
        .filter(|(id, _)| *id == service)
        .any(|(_, pattern)| match pattern.split_once('*') {
            Some((before, after)) => label.starts_with(before) && label.ends_with(after),
            None => label == pattern,
        })
}

fn prove_service(id: &str) {
    let files = files(&repository(), &["fields", "services", "regions"]);
    let loaded = load(&files);
    let Some(service) = loaded.catalog.services.get(id) else {
        // A service that does not ship needs no samples; one that does not load is the checker's to report.
        assert!(
            !files.contains_key(&format!("services/{id}/service.toml")),
            "{id}: {:?}",
            loaded.diagnostics.first()
        );
        return;
    };
    // The long form (`make samples`) also demands that every way of every rule is taken.
    let long: Option<usize> = std::env::var("SAMPLES").ok().and_then(|n| n.parse().ok());
    let n = long.unwrap_or(40);
    let region: Arc<Region> = loaded.catalog.region.clone();
    let mut contexts: Vec<Context> = settings(service)
        .into_iter()
        .map(|params| context(region.clone(), params))
        .collect();
    // A place that lets nothing here is asked for a room's name instead.
    let mut roomless = context(region, BTreeMap::new());
    roomless.rooms.clear();
    contexts.push(roomless);
    if long.is_none() {
        prove(service, &contexts[0], n, n, 1);
        return;
    }
    let coverage = prove(service, &contexts[0], n, n, 1);
    let mut unbroken = coverage.unbroken();
    let mut missed: Vec<String> = coverage.missed().into_iter().map(str::to_owned).collect();
    missed.retain(|label| !explained(id, label));
    unbroken.retain(|label| !explained(id, label));
    // What the defaults do not let happen, other settings may.
    for cx in &contexts[1..] {
        let goals = [missed.clone(), unbroken.clone()].concat();
        if !goals.is_empty() {
            let coverage = aim(service, cx, &goals);
            let (still, unbroken_still) = (coverage.missed(), coverage.unbroken());
            missed.retain(|label| still.contains(&label.as_str()));
            unbroken.retain(|label| unbroken_still.contains(label));
        }
    }
    assert!(
        missed.is_empty() && unbroken.is_empty(),
        "{id}: no sample took\n{}",
        [missed, unbroken].concat().join("\n")
    );
}

#[test]
fn raumnutzung() {
    prove_service("raumnutzung");
}

#[test]
fn sperrzeit() {
    prove_service("sperrzeit");
}

#[test]
fn brauchtumsfeuer() {
    prove_service("brauchtumsfeuer");
}

#[test]
fn veranstaltungsanzeige() {
    prove_service("veranstaltungsanzeige");
}
