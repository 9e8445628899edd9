//! What the tests of samples share: files from the repository, contexts, and the count of what samples take.

// Every test file uses its own part of these.
#![allow(dead_code)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use schema::sample::Coverage;
use schema::{
    Context, ErrorKind, FileMap, PlaceInfo, RawAnswers, Region, Room, RoomTariff, Sampler, Service, check, exit,
};
use serde_json::Value;

pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// All files below these folders of `root`.
pub fn files(root: &Path, folders: &[&str]) -> FileMap {
    let mut files = FileMap::new();
    let mut open: Vec<PathBuf> = folders.iter().map(|folder| root.join(folder)).collect();
    while let Some(folder) = open.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
                files.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    files
}

/// A place with an outline and rooms that differ in everything that a rule can ask.
pub fn context(region: Arc<Region>, params: BTreeMap<String, Value>) -> Context {
    let tariff = |classes: &[&str], day, hour, deposit| {
        let prices = RoomTariff { day, hour, deposit };
        classes
            .iter()
            .map(|class| ((*class).to_owned(), prices.clone()))
            .collect::<BTreeMap<_, _>>()
    };
    let mut hall = tariff(&["resident", "outsider", "commercial"], 7500, 1500, 20_000);
    hall.extend(tariff(&["local_club"], 5000, 0, 10_000));
    hall.extend(tariff(&["own"], 0, 0, 0));
    let club_room = tariff(&["own", "local_club"], 0, 800, 0);
    let hall = Room {
        id: "saal".into(),
        name: "Saal".into(),
        persons: 120,
        seats: 80,
        kitchen: true,
        statute: true,
        tariff: hall,
        heating_day: 2500,
        heating_months: vec![10, 11, 12, 1, 2, 3, 4],
        cleaning: 4000,
        ..Room::default()
    };
    let club_room = Room {
        id: "vereinsraum".into(),
        name: "Vereinsraum".into(),
        tariff: club_room,
        heating_day: 1000,
        heating_months: vec![12, 1, 2],
        cleaning: 1500,
        ..Room::default()
    };
    // Nothing but a place to be, free for everyone.
    let green = Room {
        id: "festplatz".into(),
        name: "Festplatz".into(),
        persons: 2000,
        tariff: tariff(&["own", "local_club", "resident", "outsider", "commercial"], 0, 0, 0),
        ..Room::default()
    };
    let green_fee = Room {
        id: "anger".into(),
        name: "Anger".into(),
        statute: true,
        ..green.clone()
    };
    Context {
        today: jiff::civil::date(2026, 11, 24),
        now: "22:31".into(),
        params,
        local_unknown: false,
        place: PlaceInfo {
            on_paper: false,
            ags: "16077036".into(),
            name: "Nobitz".into(),
            kind: "Gemeinde".into(),
            authority: "Gemeinde Nobitz".into(),
            outline: vec![vec![(12.4, 50.9), (12.7, 50.9), (12.7, 51.0), (12.4, 51.0)]],
        },
        rooms: vec![hall, club_room, green, green_fee],
        region,
        ..Context::default()
    }
}

/// Makes right and broken samples, proves each of them, and returns the count of what they took.
pub fn prove<'a>(service: &'a Service, cx: &'a Context, right: usize, broken: usize, seed: u64) -> Coverage<'a> {
    let mut sampler = Sampler::new(service, cx, seed);
    let mut coverage = Coverage::new(service, cx);
    for number in 0..right {
        let answers = sampler
            .next()
            .unwrap_or_else(|| panic!("{}: no sample {number}", service.id));
        accepted(service, cx, &answers, &mut coverage);
    }
    for number in 0..broken {
        assert!(
            refused(service, cx, &mut sampler, &mut coverage),
            "{}: no broken sample {number}",
            service.id
        );
    }
    coverage
}

/// Makes a few samples, right and broken, that aim at `goals`. Settings that leave no way through take nothing.
pub fn aim<'a>(service: &'a Service, cx: &'a Context, goals: &[String]) -> Coverage<'a> {
    let mut sampler = Sampler::new(service, cx, 2);
    sampler.aim_at(goals);
    let mut coverage = Coverage::new(service, cx);
    for _ in 0..goals.len() + 3 {
        let Some(answers) = sampler.next() else { return coverage };
        accepted(service, cx, &answers, &mut coverage);
    }
    for _ in 0..goals.len() {
        if !refused(service, cx, &mut sampler, &mut coverage) {
            break;
        }
    }
    coverage
}

/// Breaks one answer and proves that it alone is refused; false if there is nothing to break.
fn refused(service: &Service, cx: &Context, sampler: &mut Sampler<'_>, coverage: &mut Coverage<'_>) -> bool {
    let Some((answers, field, kind)) = sampler.broken() else {
        return false;
    };
    let errors = check(service, &RawAnswers(answers.clone()), cx)
        .err()
        .unwrap_or_default();
    let found: Vec<(&str, &ErrorKind)> = errors.iter().map(|e| (e.field.as_str(), &e.kind)).collect();
    assert_eq!(found, [(field.as_str(), &kind)], "{}: {answers}", service.id);
    assert!(
        !errors[0].message.is_empty() && !errors[0].message.contains('{'),
        "{}",
        errors[0].message
    );
    coverage.take_broken(&answers, &field, &kind);
    true
}

fn accepted(service: &Service, cx: &Context, answers: &Value, coverage: &mut Coverage<'_>) {
    assert_eq!(
        exit(service, answers, cx, None).map(|e| &e.id),
        None,
        "{}: {answers}",
        service.id
    );
    let checked = check(service, &RawAnswers(answers.clone()), cx);
    let checked = checked.unwrap_or_else(|e| panic!("{}: {e:?}\n{answers}", service.id));
    coverage.take(checked.value());
}
