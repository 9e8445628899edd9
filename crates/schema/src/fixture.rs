//! A small service for unit tests, built without files: questions of every kind, a group, a regime, a room.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::*;

pub(crate) fn expr(source: &str) -> Expr {
    rules::compile(source).unwrap_or_else(|e| panic!("{source}: {e}"))
}

pub(crate) fn question(id: &str, kind: Kind) -> Question {
    Question {
        id: id.into(),
        kind,
        optional: false,
        may_stay_open: false,
        personal: false,
        retention: None,
        when: None,
        reveal: false,
        legal_basis: Vec::new(),
        sample: Vec::new(),
    }
}

pub(crate) fn text(max_length: usize) -> Kind {
    Kind::Text {
        min_length: None,
        max_length,
        pattern: None,
    }
}

pub(crate) fn number() -> Kind {
    Kind::Number {
        min: None,
        max: None,
        unit: None,
    }
}

pub(crate) fn date() -> Kind {
    Kind::Date { min: None, max: None }
}

pub(crate) fn time() -> Kind {
    Kind::Time { min: None, max: None }
}

fn parameter(id: &str, kind: ParamType, default: Value) -> Parameter {
    Parameter {
        id: id.into(),
        kind,
        unit: None,
        default,
        min: None,
        max: None,
        options: Vec::new(),
        legal_basis: Vec::new(),
    }
}

pub(crate) fn service() -> Service {
    let open = |mut q: Question| {
        q.may_stay_open = true;
        q
    };
    let optional = |mut q: Question| {
        q.optional = true;
        q
    };
    let when = |mut q: Question, source: &str| {
        q.when = Some(expr(source));
        q
    };
    let page = |id: &str, questions: Vec<Question>| Page {
        id: id.into(),
        when: None,
        questions,
    };
    let parts = vec![question("name", text(80)), optional(question("phone", Kind::Phone))];
    let mut texts = BTreeMap::new();
    for lang in Lang::ALL {
        let mut t = Texts::default();
        t.strings.insert("question.club.name.label".into(), "Verein".into());
        texts.insert(lang, t);
    }
    Service {
        id: "fixture".into(),
        regime: Some("regime".into()),
        event: EventPaths {
            date: Some("event.date".into()),
            ..EventPaths::default()
        },
        booking: Some(Booking {
            room: "hire.room".into(),
            from: ("event.date".into(), "event.start".into()),
            to: ("event.date".into(), "event.end".into()),
            tariff: None,
        }),
        parameters: vec![
            parameter("regime", ParamType::OneOf, json!("notice")),
            parameter("max_height", ParamType::Number, json!(3)),
        ],
        form: Form {
            pages: vec![
                page("club", vec![question("club.name", text(120))]),
                page(
                    "event",
                    vec![
                        question("event.date", date()),
                        question("event.start", time()),
                        question("event.end", time()),
                        optional(question("event.days", Kind::DateRange { min: None, max: None })),
                    ],
                ),
                page(
                    "fire",
                    vec![
                        open(question("fire.height", number())),
                        optional(when(
                            question("fire.why", text(200)),
                            "answers.fire.height > params.max_height",
                        )),
                        question("fire.wood", Kind::YesNo),
                        question(
                            "fire.double",
                            Kind::Computed {
                                value: expr("answers.fire.height * 2"),
                                result: Computed::Number,
                                unit: None,
                                hidden: false,
                            },
                        ),
                    ],
                ),
                page(
                    "helpers",
                    vec![optional(question(
                        "helpers",
                        Kind::Group {
                            parts,
                            min_items: 1,
                            max_items: 3,
                        },
                    ))],
                ),
                page(
                    "hire",
                    vec![optional(question(
                        "hire.room",
                        Kind::OneOf {
                            options: Options::Rooms,
                        },
                    ))],
                ),
            ],
            ..Form::default()
        },
        texts,
        ..Service::default()
    }
}

pub(crate) fn context() -> Context {
    let mut region = Region {
        id: "test".into(),
        ..Region::default()
    };
    region.law.insert(
        "forest_distance".into(),
        LawFigure {
            value: json!(100),
            unit: Some("m".into()),
            legal_basis: "§ 12".into(),
            confirmed: true,
        },
    );
    let day = |id: &str, at: DayAt| DayRule {
        id: id.into(),
        name: id.into(),
        at,
        since: None,
        only: Vec::new(),
        hours: None,
        legal_basis: String::new(),
    };
    region
        .holidays
        .push(day("unity_day", DayAt::Fixed { month: 10, day: 3 }));
    region.quiet_days.push(day("good_friday", DayAt::Easter { offset: -2 }));
    let tariff = BTreeMap::from([(
        "own".to_owned(),
        RoomTariff {
            day: 7500,
            hour: 1000,
            deposit: 20000,
        },
    )]);
    Context {
        today: jiff::civil::date(2026, 11, 24),
        now: "22:31".into(),
        lang: Lang::De,
        params: BTreeMap::new(),
        local_unknown: false,
        place: PlaceInfo {
            on_paper: false,
            ags: "16077036".into(),
            name: "Nobitz".into(),
            kind: "Gemeinde".into(),
            authority: "Gemeinde Nobitz".into(),
            outline: Vec::new(),
        },
        rooms: vec![Room {
            id: "hall".into(),
            name: "Dorfgemeinschaftshaus".into(),
            persons: 120,
            seats: 80,
            kitchen: true,
            tariff,
            heating_day: 2500,
            heating_months: vec![10, 11, 12, 1, 2, 3, 4],
            ..Room::default()
        }],
        region: Arc::new(region),
    }
}
