//! The valid files load without a word, and what they say stands in the catalog.

use crate::common::{all, fixture, plant};
use schema::{
    Act, Bound, Computed, DateBound, DayAt, DeadlineKind, Kind, Lang, Level, Options, Period, PeriodRef, PeriodUnit,
    load,
};

#[test]
fn nothing_is_reported_and_everything_is_read() {
    let loaded = load(&fixture());
    assert!(loaded.diagnostics.is_empty(), "{}", all(&loaded.diagnostics));
    let fire = &loaded.catalog.services["lagerfeuer"];
    assert_eq!(
        (fire.code.as_str(), fire.icon.as_str(), fire.act),
        ("FEUER", "fire", Act::Notice)
    );
    assert_eq!(fire.event.place.as_deref(), Some("fire.place"));
    assert_eq!(fire.parameters[1].default, 14);
    assert_eq!((fire.parameters[1].min, fire.parameters[1].max), (Some(0), Some(60)));
    assert_eq!(fire.fees[0].cents.source, "params.fee");
    assert_eq!(
        fire.deadlines[0].period,
        PeriodRef::Param("notice_days".into(), PeriodUnit::Days)
    );
    assert_eq!(
        fire.deadlines[1].period,
        PeriodRef::Fixed(Period {
            n: 2,
            unit: PeriodUnit::Weeks
        })
    );
    assert_eq!(fire.deadlines[1].kind, DeadlineKind::Decision);
    assert!(fire.conditions[0].default && fire.shown_rules[0].origin == schema::Origin::Law);
    assert!(!fire.legal_basis[1].confirmed);
    let page = &fire.form.pages[1];
    assert_eq!(page.when.as_ref().unwrap().source, "regime != 'none'");
    let date = &page.questions[0];
    assert_eq!(date.id, "event.date");
    assert_eq!(date.legal_basis, ["obg27"]);
    assert!(matches!(
        &date.kind,
        Kind::Date {
            min: Some(DateBound::Today(0)),
            max: Some(DateBound::Today(730))
        }
    ));
    assert!(
        page.questions[2].optional,
        "the form's `optional` overrides the field's"
    );
    let height = &page.questions[5];
    assert!(height.reveal && height.may_stay_open && height.when.is_some());
    assert_eq!(height.sample, [120, 250]);
    let Kind::Number { min, .. } = &page.questions[6].kind else {
        panic!()
    };
    assert_eq!(*min, Some(Bound::Law("forest_distance".into())));
    let Kind::Group {
        parts,
        min_items: 1,
        max_items: 5,
    } = &fire.form.pages[2].questions[1].kind
    else {
        panic!()
    };
    assert_eq!(parts[1].id, "phone");
    assert!(fire.form.pages[2].questions[0].personal, "comes from the field");
    assert_eq!(fire.form.exits[0].to.as_deref(), Some("saal"));
    assert_eq!(fire.letters.len(), 4);
    let texts = &fire.texts[&Lang::De];
    assert_eq!(texts.get("submit", Some(schema::Regime::Permit)), Some("Antrag senden"));
    assert_eq!(
        texts.get("question.event.date.label", None),
        Some("Datum"),
        "the field's own label"
    );
    assert_eq!(texts.get("question.helpers.phone.label", None), Some("Telefon"));
    assert_eq!(texts.list("at_hand", None).len(), 2);
    let example = fire.examples.iter().find(|e| e.file == "plain").unwrap();
    assert_eq!(example.answers["helpers"][0]["name"], "Katrin Sommer");
    assert_eq!(example.expect.deadlines[0].last_day.to_string(), "2026-12-29");
    assert_eq!(example.params["notice_days"], 10);

    let hall = &loaded.catalog.services["saal"];
    assert_eq!(
        hall.booking.as_ref().unwrap().to,
        ("event.date".into(), "hire.until".into())
    );
    let questions = &hall.form.pages[0].questions;
    assert!(matches!(
        &questions[0].kind,
        Kind::OneOf {
            options: Options::Rooms
        }
    ));
    assert!(matches!(
        &questions[4].kind,
        Kind::ManyOf {
            min_items: 0,
            max_items: 2,
            ..
        }
    ));
    assert!(matches!(
        &questions[5].kind,
        Kind::Computed {
            result: Computed::Money,
            ..
        }
    ));
    let room = &hall.examples[0].rooms[0];
    assert_eq!(
        (
            room.tariff["local_club"].day,
            room.tariff["local_club"].hour,
            room.cleaning
        ),
        (6000, 0, 4000)
    );

    let region = &loaded.catalog.region;
    assert_eq!(region.id, "probe");
    assert_eq!(region.law["forest_distance"].value, 100);
    assert_eq!(region.holidays[0].at, DayAt::Easter { offset: -2 });
    assert_eq!(region.holidays[1].at, DayAt::Fixed { month: 10, day: 3 });
    assert_eq!(region.quiet_days[0].hours, Some((3, 24)));
    assert_eq!(region.responsibilities["trade"].level, Level::District);
    assert_eq!(
        region.responsibilities["trade"].own_office[0]
            .since
            .unwrap()
            .to_string(),
        "1990-05-17"
    );
}

#[test]
fn the_hash_follows_the_files_a_service_rests_on_and_no_others() {
    let before = load(&fixture());
    let hash = |loaded: &schema::Loaded, id: &str| loaded.catalog.services[id].hash.clone();
    assert_eq!(hash(&before, "saal").len(), 64);
    let mut files = fixture();
    plant(
        &mut files,
        "services/saal/letters/receipt.typ",
        "= receipt",
        "= Receipt",
    );
    let after = load(&files);
    assert_ne!(hash(&before, "saal"), hash(&after, "saal"));
    assert_eq!(hash(&before, "lagerfeuer"), hash(&after, "lagerfeuer"));
    let other_law = {
        plant(&mut files, "regions/probe/law.toml", "value = 100", "value = 90");
        load(&files)
    };
    assert_ne!(hash(&after, "lagerfeuer"), hash(&other_law, "lagerfeuer"));
    plant(
        &mut files,
        "regions/probe/holidays.toml",
        "since = 1990",
        "since = 1991",
    );
    assert_eq!(
        hash(&other_law, "lagerfeuer"),
        hash(&load(&files), "lagerfeuer"),
        "the calendar is no part of it"
    );
}
