//! Versions of services: what a start of the program brings, what the competence centre says over it, what is in force.

use jiff::civil::{Date, date};
use store::*;

use crate::world::*;

/// A service as small as can be: one folder of the tests of `schema`, and a version of it by its word.
fn files(word: &str) -> schema::FileMap {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = schema::FileMap::new();
    let mut open = vec![
        "fields".to_owned(),
        "services/brauchtumsfeuer".to_owned(),
        "regions/thueringen".to_owned(),
    ];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(root.join(&folder)).expect(&folder).flatten() {
            let name = format!("{folder}/{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                open.push(name);
            } else if name.ends_with(".toml") || name.ends_with(".typ") {
                files.insert(name, std::fs::read(entry.path()).expect("a file"));
            }
        }
    }
    let texts = files.get_mut("services/brauchtumsfeuer/texts.de.toml").expect("texts");
    let text = String::from_utf8(std::mem::take(texts)).expect("text");
    *texts = text
        .replace("Vereine, Feuerwehren, Kirchgemeinden und Ortsgemeinschaften", word)
        .into_bytes();
    // The shops of events are not here.
    let form = files.get_mut("services/brauchtumsfeuer/form.toml").expect("the form");
    let text = String::from_utf8(std::mem::take(form)).expect("text");
    *form = text.replace("to = \"veranstaltungsanzeige\"\n", "").into_bytes();
    files
}

const FIRE: &str = "brauchtumsfeuer";

fn loaded(files: &schema::FileMap) -> schema::Loaded {
    let loaded = schema::load(files);
    assert_eq!(loaded.diagnostics, Vec::new());
    loaded
}

/// The program starts with these files on a day.
async fn starts(w: &World, word: &str, at: jiff::Timestamp) -> Services {
    let files = files(word);
    Services::publish(w.store.shared(), &files, &loaded(&files), at)
        .await
        .expect("services")
}

fn who(services: &Services) -> String {
    let service = services.latest(FIRE).expect("the service");
    service.texts[&schema::Lang::De]
        .get("who", None)
        .unwrap_or_default()
        .to_owned()
}

async fn proposes(w: &World, by: ByCentre<'_>, word: &str, from: Date) -> Result<Version, Unapproved> {
    let files = files(word);
    let proposal = Proposal {
        service: FIRE.into(),
        hash: loaded(&files).catalog.services[FIRE].hash.clone(),
        bytes: schema::package::pack(&schema::package::files_of(&files, FIRE)).expect("a package"),
        examples: schema::package::pack(&schema::package::examples_of(&files, FIRE)).expect("examples"),
        valid_from: from,
        by: String::new(),
        note: "erster Entwurf".into(),
    };
    w.store.propose_version(by, proposal, now()).await
}

async fn people(w: &World) -> (Clerk, Clerk) {
    let add = |mail: &'static str| async move {
        let roles = ["clerk".to_owned()];
        w.store
            .add_clerk(w.town.id(), mail, "N. N.", "Vorfuehrung-2026", &roles, "system", now())
            .await
            .expect("an account")
    };
    (add("eins@centre.example").await, add("zwei@centre.example").await)
}

both! {
    async fn what_the_program_brings_holds_until_the_centre_says_otherwise(w: World) {
        let first = starts(&w, "A", now()).await;
        assert_eq!(who(&first), "A");
        assert!(!first.latest(FIRE).unwrap().examples.is_empty(), "with its examples");
        // A new release, and an older one again: each holds as soon as it starts, on every host that looks.
        let newer = starts(&w, "B", now()).await;
        assert_eq!((who(&newer), who(&first)), ("B".into(), "A".into()));
        first.look(now() + jiff::SignedDuration::from_secs(1)).await;
        assert_eq!(who(&first), "A", "not every request asks the database");
        first.look(now() + jiff::SignedDuration::from_secs(6)).await;
        assert_eq!(who(&first), "B");
        assert_eq!(who(&starts(&w, "A", now()).await), "A");
        let again = starts(&w, "A", now()).await;
        assert_eq!(again.versions(FIRE).len(), 3, "a start that brings nothing new writes nothing");

        let (one, two) = people(&w).await;
        let by = |clerk| ByCentre { tenant: &w.town, clerk: Some(clerk) };
        let today = domain::date_of(now());
        let version = proposes(&w, by(&one), "C", today).await.expect("handed in");
        assert_eq!((version.version, version.note.as_str()), (3, "erster Entwurf"));
        again.look_now(now()).await.unwrap();
        assert_eq!(who(&again), "A", "it waits");
        w.store.decide_version(by(&two), &version.id, VersionDeed::Approve(today), now()).await.expect("approved");
        again.look_now(now()).await.unwrap();
        assert_eq!(who(&again), "C");
        // From now on a release is a proposal, and a start changes nothing.
        let started = starts(&w, "D", now()).await;
        assert_eq!(who(&started), "C");
        let waits = &started.versions(FIRE)[0];
        assert_eq!((waits.origin, waits.state), (Origin::Shipped, VersionState::Proposed));
        w.store.decide_version(by(&one), &waits.id, VersionDeed::Approve(today), now()).await.expect("anybody there approves what the program brought");
        assert_eq!(who(&starts(&w, "D", now()).await), "D");

        // What was withdrawn does not come back by a start.
        w.store.decide_version(by(&one), &waits.id, VersionDeed::Withdraw("ein Fehler".into()), now()).await.expect("withdrawn");
        assert_eq!(who(&starts(&w, "D", now()).await), "C");
        let kept = started.version(&waits.hash).await.unwrap().expect("for the cases that have it");
        assert_eq!(kept.texts[&schema::Lang::De].get("who", None), Some("D"));
    }

    async fn a_version_holds_from_its_day_on_and_nobody_decides_twice(w: World) {
        let services = starts(&w, "A", now()).await;
        let (one, two) = people(&w).await;
        let by = |clerk| ByCentre { tenant: &w.town, clerk: Some(clerk) };
        let day = date(2027, 1, 4);
        let version = proposes(&w, by(&one), "B", day).await.expect("handed in");
        assert!(matches!(proposes(&w, by(&two), "B", day).await, Err(Unapproved::Waiting)));
        assert!(matches!(proposes(&w, by(&two), "A", day).await, Err(Unapproved::Same)));
        let approve = async |clerk, id: &str, day| w.store.decide_version(by(clerk), id, VersionDeed::Approve(day), now()).await;
        assert!(matches!(approve(&one, &version.id, day).await, Err(Unapproved::Own)));
        assert!(matches!(approve(&two, &version.id, date(2026, 1, 1)).await, Err(Unapproved::Past)));
        assert!(matches!(approve(&two, "nothing", day).await, Err(Unapproved::Unknown)));
        approve(&two, &version.id, day).await.expect("approved");
        assert!(matches!(approve(&two, &version.id, day).await, Err(Unapproved::Decided)));

        let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap();
        services.look_now(at("2027-01-03T22:59:59Z")).await.unwrap();
        assert_eq!(who(&services), "A");
        services.look_now(at("2027-01-03T23:00:00Z")).await.unwrap();
        assert_eq!(who(&services), "B", "midnight in Germany");
        // Another one for an earlier day does not take its place.
        let earlier = proposes(&w, by(&one), "C", day).await.expect("handed in");
        approve(&two, &earlier.id, date(2026, 12, 1)).await.expect("approved");
        services.look_now(at("2026-12-02T12:00:00Z")).await.unwrap();
        assert_eq!(who(&services), "C");
        services.look_now(at("2027-01-04T12:00:00Z")).await.unwrap();
        assert_eq!(who(&services), "B");
        assert_eq!(services.before(&services.record(FIRE, &version.hash).unwrap()).map(|v| v.id), Some(earlier.id));

        let refused = proposes(&w, by(&one), "D", day).await.expect("handed in");
        w.store.decide_version(by(&two), &refused.id, VersionDeed::Refuse("noch nicht".into()), now()).await.expect("given back");
        assert!(matches!(approve(&two, &refused.id, day).await, Err(Unapproved::Decided)));
        let first = services.versions(FIRE).into_iter().find(|v| v.version == 1).unwrap();
        w.store.decide_version(by(&two), &first.id, VersionDeed::Withdraw("weg".into()), at("2027-01-05T12:00:00Z")).await.expect("others are there");
        w.store.decide_version(by(&two), &version.id, VersionDeed::Withdraw("weg".into()), at("2027-01-05T12:00:00Z")).await.expect("one is there");
        let only = services.before(&version).unwrap();
        let last = w.store.decide_version(by(&two), &only.id, VersionDeed::Withdraw("weg".into()), at("2027-01-05T12:00:00Z")).await;
        assert!(matches!(last, Err(Unapproved::Only)));
        let events = w.town.read(|t| t.audit_rows(0, 1000)).await.unwrap();
        let said = |event: &str| events.iter().filter(|r| r.event == event).count();
        assert_eq!((said("version.proposed"), said("version.approved"), said("version.refused"), said("version.withdrawn")), (3, 2, 1, 2));
    }

    async fn a_version_keeps_the_figures_of_law_that_it_was_published_with(w: World) {
        let old = starts(&w, "A", now()).await;
        let hash = old.latest(FIRE).unwrap().hash.clone();
        let mut files = files("A");
        let law = files.get_mut("regions/thueringen/law.toml").unwrap();
        *law = String::from_utf8(law.clone()).unwrap().replacen("value = 100", "value = 110", 1).into_bytes();
        let new = Services::publish(w.store.shared(), &files, &loaded(&files), now()).await.unwrap();
        let meters = |s: &schema::Service| s.region.law["forest_distance"].value.clone();
        assert_eq!(meters(&new.latest(FIRE).unwrap()), 110);
        let kept = new.version(&hash).await.unwrap().unwrap();
        assert_eq!(meters(&kept), 100);
        assert_eq!(kept.region.holidays.len(), new.latest(FIRE).unwrap().region.holidays.len());
    }
}
