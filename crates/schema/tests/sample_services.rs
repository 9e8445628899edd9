//! Samples of every service that ships: right ones are accepted, broken ones refused at exactly the named field, every
//! way of every rule taken and every field broken in every kind.
//!
//! 40 + 40 of each; `SAMPLES=1000` makes more and demands that everything is taken. What cannot be taken stands with its reason in sample_unreachable.txt.

mod sample_common;

use std::collections::BTreeMap;
use std::sync::Arc;

use sample_common::{context, files, prove, repository};
use schema::sample::Coverage;
use schema::{Context, ParamType, Region, Service, load};
use serde_json::{Value, json};

/// Settings of a municipality that differ as much as they may: the lowest and highest numbers, other switches, and every
/// other choice of a list.
fn settings(service: &Service) -> Vec<BTreeMap<String, Value>> {
    let mut all = vec![BTreeMap::new(), BTreeMap::new(), BTreeMap::new()];
    for p in &service.parameters {
        match p.kind {
            ParamType::Number | ParamType::Money => {
                all[1].extend(p.min.map(|n| (p.id.clone(), n.into())));
                // A very high demand on everyone leaves no way through: the default and a little more.
                let more = p.default.as_i64().map(|n| p.max.map_or(n + 1, |max| max.min(n + 1)));
                all[2].extend(more.map(|n| (p.id.clone(), n.into())));
            }
            ParamType::YesNo => {
                all[1].insert(p.id.clone(), true.into());
                all[2].insert(p.id.clone(), false.into());
            }
            ParamType::OneOf => {
                for option in p.options.iter().filter(|option| json!(option) != p.default) {
                    all.push(BTreeMap::from([(p.id.clone(), json!(option))]));
                }
            }
            ParamType::Time | ParamType::Text => {}
        }
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
    let contexts: Vec<Context> = settings(service)
        .into_iter()
        .map(|params| context(region.clone(), params))
        .collect();
    if long.is_none() {
        prove(service, &contexts[0], n, n, 1);
        return;
    }
    let (mut missed, mut unbroken) = (Vec::new(), Vec::new());
    for (number, cx) in contexts.iter().enumerate() {
        let coverage: Coverage<'_> = if number == 0 {
            prove(service, cx, n, n, 1)
        } else {
            prove(service, cx, 60, 20, 2)
        };
        let here: Vec<String> = coverage.missed().into_iter().map(str::to_owned).collect();
        if number == 0 {
            unbroken = coverage.unbroken();
            missed = here;
        } else {
            missed.retain(|label| here.contains(label));
        }
    }
    missed.retain(|label| !explained(id, label));
    unbroken.retain(|label| !explained(id, label));
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
