//! Samples of a service that has every kind of question, rule and way out.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::*;
use crate::fixture::{context, expr, number, question, service, text};
use crate::{Bound, Check, DateBound, Exit, ExitKind, Options, PlaceInfo, Question, RawAnswers, Rule, check, exit};

/// The small fixture service with every kind of question and with rules that are hard to meet by chance.
fn wide() -> Service {
    let mut s = service();
    let opts = |ids: &[&str]| Options::Fixed(ids.iter().map(|id| (*id).to_owned()).collect());
    let optional = |mut q: Question| {
        q.optional = true;
        q
    };
    let mut plate = question(
        "probe.plate",
        Kind::Text {
            min_length: Some(4),
            max_length: 12,
            pattern: Some("[A-Z]{2,3}-[A-Z] [0-9]{1,4}".into()),
        },
    );
    plate.sample = vec![json!("not a plate")];
    let soon = || (Some(DateBound::Today(0)), Some(DateBound::Today(730)));
    let bounded = |min, max, unit: Option<&str>| Kind::Number {
        min: Some(Bound::Number(min)),
        max: Some(max),
        unit: unit.map(str::to_owned),
    };
    s.form.pages[0].questions.extend([
        plate,
        question(
            "probe.kind",
            Kind::OneOf {
                options: opts(&["a", "b", "never"]),
            },
        ),
        question(
            "probe.many",
            Kind::ManyOf {
                options: opts(&["w", "x", "y", "none"]),
                min_items: 2,
                max_items: 3,
            },
        ),
        question(
            "probe.euros",
            Kind::Money {
                min: Some(Bound::Number(100)),
                max: Some(Bound::Number(500_000)),
            },
        ),
        question("probe.guests", bounded(1, Bound::Number(100_000), Some("persons"))),
        question("probe.high", bounded(0, Bound::Param("max_height".into()), Some("m"))),
        question(
            "probe.note",
            Kind::LongText {
                min_length: Some(3),
                max_length: 400,
            },
        ),
        question("probe.address", Kind::Address),
        question("probe.point", Kind::MapPoint),
        optional(question("probe.iban", Kind::Iban)),
        question("probe.email", Kind::Email),
        optional(question(
            "plan",
            Kind::File {
                accept: vec!["pdf".into(), "png".into(), "jpg".into()],
                max_mb: 1,
            },
        )),
    ]);
    s.form.pages[1].questions[0].kind = Kind::Date {
        min: soon().0,
        max: soon().1,
    };
    s.form.pages[1].questions[2].kind = Kind::Time {
        min: Some("08:00".into()),
        max: Some("23:00".into()),
    };
    s.form.pages[1].questions[3].kind = Kind::DateRange {
        min: soon().0,
        max: soon().1,
    };
    let rule = |id: &str, field: &str, when: &str, must: &str| Rule {
        id: id.into(),
        field: field.into(),
        when: (!when.is_empty()).then(|| expr(when)),
        must: expr(must),
    };
    s.form.rules = vec![
        rule(
            "end_after_start",
            "event.end",
            "",
            "minutes(answers.event.end) > minutes(answers.event.start)",
        ),
        rule(
            "none_alone",
            "probe.many",
            "",
            "!('none' in answers.probe.many && 'w' in answers.probe.many)",
        ),
        rule(
            "days_fit",
            "event.days",
            "answers.event.days != null",
            "answers.event.days.from == answers.event.date && days_between(answers.event.days.from, answers.event.days.to) <= 3",
        ),
        rule(
            "supervisors",
            "helpers",
            "answers.helpers != null",
            "size(answers.helpers) >= params.supervisors",
        ),
        rule(
            "first_has_phone",
            "helpers.0.phone",
            "answers.helpers != null",
            "answers.helpers[0].phone != null",
        ),
    ];
    let mut supervisors = s.parameters[1].clone();
    supervisors.id = "supervisors".into();
    supervisors.default = json!(2);
    s.parameters.push(supervisors);
    s.form.exits = vec![
        Exit {
            id: "never".into(),
            after: "club".into(),
            when: expr("answers.probe.kind == 'never'"),
            kind: ExitKind::NotEntitled,
            legal_basis: Vec::new(),
            to: None,
        },
        Exit {
            id: "b_large".into(),
            after: "club".into(),
            when: expr("answers.probe.kind == 'b' && answers.probe.guests > 1000"),
            kind: ExitKind::Elsewhere,
            legal_basis: Vec::new(),
            to: None,
        },
    ];
    let look = |id: &str, must: &str| Check {
        id: id.into(),
        field: None,
        when: None,
        must: expr(must),
        legal_basis: Vec::new(),
    };
    s.form.checks = vec![
        look("quiet", "quiet_day(answers.event.date) == ''"),
        look("exactly", "answers.probe.guests != 999"),
        look("soon", "days_between(today, answers.event.date) >= 14"),
        look("word", "!answers.probe.note.matches('(?i)(stroh|heu)')"),
        look("late", "minutes(answers.event.end) <= minutes('22:00')"),
        look(
            "weekend",
            "weekday(answers.event.date) in ['sat', 'sun'] || answers.probe.kind == 'a' && answers.fire.wood",
        ),
    ];
    s
}

fn around() -> Context {
    let square = vec![(12.0, 50.0), (13.0, 50.0), (13.0, 51.0), (12.0, 51.0)];
    Context {
        place: PlaceInfo {
            outline: vec![square],
            ..context().place
        },
        ..context()
    }
}

#[test]
fn right_samples_take_every_way_and_are_accepted() {
    let (s, cx) = (wide(), around());
    let mut sampler = Sampler::new(&s, &cx, 7);
    let mut coverage = Coverage::new(&s, &cx);
    let mut seen = BTreeSet::new();
    for number in 0..300 {
        let answers = sampler.next().unwrap_or_else(|| panic!("no sample {number}"));
        assert!(exit(&s, &answers, &cx, None).is_none(), "{answers}");
        let checked = check(&s, &RawAnswers(answers.clone()), &cx).unwrap_or_else(|e| panic!("{e:?}\n{answers}"));
        coverage.take(checked.value());
        seen.insert(answers.to_string());
    }
    for _ in 0..200 {
        let (answers, field, kind) = sampler.broken().expect("a broken sample");
        coverage.take_broken(&answers, &field, &kind);
    }
    assert_eq!(coverage.missed(), ["probe.kind = never"], "only what an exit stops");
    assert!(seen.len() > 295, "{} of 300 are different", seen.len());
}

#[test]
fn broken_samples_are_refused_at_exactly_their_field() {
    let (s, cx) = (wide(), around());
    let mut sampler = Sampler::new(&s, &cx, 7);
    let mut coverage = Coverage::new(&s, &cx);
    for number in 0..300 {
        let (answers, field, kind) = sampler.broken().unwrap_or_else(|| panic!("no broken sample {number}"));
        let found = check(&s, &RawAnswers(answers.clone()), &cx).err().unwrap_or_default();
        let found: Vec<_> = found.iter().map(|e| (e.field.as_str(), &e.kind)).collect();
        assert_eq!(found, [(field.as_str(), &kind)], "{answers}");
        coverage.take_broken(&answers, &field, &kind);
    }
    assert_eq!(coverage.unbroken(), Vec::<String>::new());
}

#[test]
fn the_same_seed_makes_the_same_samples() {
    let (s, cx) = (wide(), around());
    let samples = |seed| {
        let mut sampler = Sampler::new(&s, &cx, seed);
        let right: Vec<Value> = (0..5).filter_map(|_| sampler.next()).collect();
        let broken: Vec<_> = (0..5).filter_map(|_| sampler.broken()).collect();
        format!("{right:?} {broken:?}")
    };
    assert_eq!(samples(1), samples(1));
    assert_ne!(samples(1), samples(2));
}

/// A few show different fields, and another seed others.
#[test]
fn few_broken_samples_do_not_stay_at_one_field() {
    let (s, cx) = (wide(), around());
    let fields = |seed| {
        let mut sampler = Sampler::new(&s, &cx, seed);
        (0..3)
            .filter_map(|_| Some(sampler.broken()?.1))
            .collect::<Vec<String>>()
    };
    let sets: BTreeSet<Vec<String>> = (1..=5).map(fields).collect();
    assert_eq!(sets.len(), 5, "{sets:?}");
    let apart = |fields: &Vec<String>| fields.iter().collect::<BTreeSet<_>>().len() > 1;
    assert!(sets.iter().all(apart), "{sets:?}");
}

#[test]
fn bookings_stay_apart() {
    let mut s = wide();
    s.form.pages[4].questions[0].optional = false;
    let cx = around();
    let mut sampler = Sampler::new(&s, &cx, 3);
    let mut times: Vec<(String, String)> = Vec::new();
    for _ in 0..800 {
        let answers = sampler.next().expect("a sample");
        let day = answers["event"]["date"].as_str().expect("a day");
        let time = |key: &str| format!("{day} {}", answers["event"][key].as_str().expect("a time"));
        let new = (time("start"), time("end"));
        assert!(times.iter().all(|old| new.0 >= old.1 || old.0 >= new.1), "{new:?}");
        times.push(new);
    }
}

#[test]
fn where_no_way_leads_through_there_is_no_sample() {
    let mut s = service();
    let (cx, impossible) = (
        context(),
        expr("answers.fire.wood == true && answers.fire.wood == false"),
    );
    s.form.rules.push(Rule {
        id: "no".into(),
        field: "fire.wood".into(),
        when: None,
        must: impossible,
    });
    assert_eq!(Sampler::new(&s, &cx, 1).next(), None);
    assert_eq!(Sampler::new(&s, &cx, 1).broken(), None);
    let empty = Service::default();
    assert_eq!(Sampler::new(&empty, &cx, 1).next(), Some(json!({})));
    assert_eq!(Sampler::new(&empty, &cx, 1).broken(), None);
}

#[test]
fn the_count_notices_what_is_missing() {
    let (s, cx) = (wide(), around());
    let coverage = Coverage::new(&s, &cx);
    assert_eq!(coverage.missed().len(), coverage.size().0);
    assert_eq!(coverage.unbroken().len(), coverage.size().1);
    assert!(
        coverage
            .unbroken()
            .contains(&"event.end: Rule(\"end_after_start\")".to_owned())
    );
    // Unused helpers of the fixture are part of what other tests build on.
    let _ = (number(), text(3));
}
