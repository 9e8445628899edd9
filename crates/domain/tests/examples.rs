//! All examples that ship with the services, run; and proof that the runner notices every kind of difference.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::examples::{context, run};
use schema::{Example, FileMap, Loaded, PlaceInfo, Service};

fn files() -> FileMap {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = FileMap::new();
    let mut open: Vec<PathBuf> = ["fields", "services", "regions"].iter().map(|f| root.join(f)).collect();
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).expect("folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "toml" || e == "typ") {
                let name = path
                    .strip_prefix(&root)
                    .expect("below the root")
                    .to_string_lossy()
                    .into_owned();
                files.insert(name, std::fs::read(&path).expect("file"));
            }
        }
    }
    files
}

fn loaded() -> Loaded {
    let loaded = schema::load(&files());
    assert!(loaded.diagnostics.is_empty(), "{}", loaded.diagnostics[0]);
    loaded
}

/// The place by its line in the register. The outlines belong to another crate, whose binary runs the
/// examples with them (`kommunal check`).
fn place(example: &Example) -> PlaceInfo {
    let table = include_str!("../../../regions/thueringen/municipalities.csv");
    let line = table
        .lines()
        .find(|l| l.starts_with(&example.place))
        .expect("a known place");
    // The name stands third, in quotes if it has a comma: `"Gera, Stadt"`.
    let rest = line.splitn(3, ',').nth(2).expect("a name").trim_start_matches('"');
    let name = rest.split(',').next().expect("a name").to_owned();
    PlaceInfo {
        on_paper: false,
        ags: example.place.clone(),
        authority: name.clone(),
        name,
        kind: String::new(),
        outline: Vec::new(),
    }
}

fn differences(loaded: &Loaded, service: &Service, example: &Example) -> Vec<String> {
    let cx = context(service, example, place(example), loaded.catalog.region.clone());
    let found = run(service, example, &cx);
    found.into_iter().map(|d| format!("{}: {}", d.at, d.what)).collect()
}

#[test]
fn every_example_of_every_service_comes_out_as_it_says() {
    let loaded = loaded();
    let mut wrong = Vec::new();
    for service in loaded.catalog.services.values() {
        assert!(service.examples.len() >= 12, "{} has too few examples", service.id);
        for outcome in ["accepted", "errors", "exit"] {
            let some = service.examples.iter().any(|e| e.expect.outcome == outcome);
            assert!(some, "{} has no example that ends with {outcome}", service.id);
        }
        for example in &service.examples {
            let found = differences(&loaded, service, example);
            wrong.extend(found.iter().map(|d| format!("{}/{}: {d}", service.id, example.file)));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn a_changed_expectation_is_noticed_at_its_key() {
    let loaded = loaded();
    let service: &Arc<Service> = &loaded.catalog.services["raumnutzung"];
    let accepted = |e: &&Example| {
        e.expect.outcome == "accepted" && e.expect.deadlines.len() > 1 && e.expect.fee_cents.is_some_and(|c| c > 0)
    };
    let right = service.examples.iter().find(accepted).expect("an accepted example");
    let changed = |change: &dyn Fn(&mut Example)| {
        let mut example = right.clone();
        change(&mut example);
        let found = differences(&loaded, service, &example);
        found
            .iter()
            .map(|d| d.split(':').next().unwrap_or_default().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(changed(&|_| ()), Vec::<String>::new());
    assert_eq!(changed(&|e| e.expect.outcome = "exit".into()), ["expect.outcome"]);
    assert_eq!(changed(&|e| e.expect.fee_cents = Some(1)), ["expect.fee_cents"]);
    assert_eq!(changed(&|e| e.expect.regime = Some("permit".into())), ["expect.regime"]);
    let check = right.expect.checks.keys().next().expect("a check").clone();
    let turned = |e: &mut Example| {
        let word = e.expect.checks.get_mut(&check).expect("the check");
        *word = if word == "ok" { "look".into() } else { "ok".into() };
    };
    assert_eq!(changed(&turned), [format!("expect.checks.{check}")]);
    assert_eq!(
        changed(&|e| e.expect.deadlines[0].late_by += 1),
        ["expect.deadline.0.late_by"]
    );
    assert_eq!(
        changed(&|e| e.expect.deadlines[1].last_day = jiff::civil::date(2020, 1, 1)),
        ["expect.deadline.1.last_day"]
    );
    assert_eq!(
        changed(&|e| e.answers["contact"]["phone"] = "?".into()),
        ["expect.outcome"]
    );

    let refused = service
        .examples
        .iter()
        .find(|e| e.expect.outcome == "errors")
        .expect("a refused example");
    let mut other = refused.clone();
    other.expect.errors.push("contact.phone".into());
    assert_eq!(differences(&loaded, service, &other).len(), 1);
    let ended = service
        .examples
        .iter()
        .find(|e| e.expect.outcome == "exit")
        .expect("an exit");
    let mut other = ended.clone();
    other.expect.exit = Some("elsewhere".into());
    assert!(differences(&loaded, service, &other)[0].starts_with("expect.exit"));
}

/// A rule of the form that fails lets the application through: it comes back for the alarm, with the case.
#[test]
fn a_failing_rule_of_the_form_comes_back_with_the_case() {
    let loaded = loaded();
    let mut service = Service::clone(&loaded.catalog.services["brauchtumsfeuer"]);
    let examples = service.examples.clone();
    let example = examples
        .iter()
        .find(|e| e.expect.outcome == "accepted")
        .expect("an accepted example");
    let cx = context(&service, example, place(example), loaded.catalog.region.clone());
    let alarms = |service: &Service| {
        let answers =
            schema::check(service, &schema::RawAnswers(example.answers.clone()), &cx).expect("nothing is wrong");
        let submission = domain::submit::Submission {
            id: "1".into(),
            tenant: "nobitz".into(),
            reference: "NOB-FEUER-26-0147-K".into(),
            channel: domain::Channel::Online,
            identity: None,
            now: jiff::Timestamp::UNIX_EPOCH,
            papers: Vec::new(),
            digest: String::new(),
            access_code: String::new(),
        };
        domain::submit::submit(service, &answers, &cx, submission).2
    };
    assert_eq!(alarms(&service), Vec::<String>::new());
    service.form.rules.push(schema::Rule {
        id: "fails".into(),
        field: "fire.occasion".into(),
        when: None,
        must: schema::rules::compile("answers.fire.occasion > 3").expect("a rule"),
    });
    assert_eq!(alarms(&service).len(), 1, "{:?}", alarms(&service));
}
