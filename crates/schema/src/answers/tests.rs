//! Reading, checking, hiding and showing answers of the small fixture service.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::fixture::{context, date, expr, number, question, service, text, time};
use crate::{Bound, DateBound, Lang, Options, PlaceInfo, Rule, at};

fn full() -> Value {
    json!({
        "club": {"name": "Festverein"},
        "event": {"date": "24.12.2026", "start": "17", "end": "22.00 Uhr"},
        "fire": {"height": "2", "wood": "ja"},
    })
}

fn errors(service: &Service, raw: Value) -> Vec<(String, ErrorKind)> {
    let found = check(service, &RawAnswers(raw), &context()).err().unwrap_or_default();
    found.into_iter().map(|e| (e.field, e.kind)).collect()
}

/// The sentence for one question's raw answer, everything else right.
fn sentence(kind: Kind, raw: Value, lang: Lang) -> String {
    let mut s = service();
    let mut q = question("probe.x", kind);
    q.optional = raw != Value::Null;
    s.form.pages[0].questions.push(q);
    let mut answers = full();
    answers["probe"] = json!({ "x": raw });
    let cx = Context { lang, ..context() };
    let found = check(&s, &RawAnswers(answers), &cx).err().unwrap_or_default();
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].field, "probe.x");
    found[0].message.clone()
}

#[test]
fn forgiving_input_becomes_canonical() {
    let checked = check(&service(), &RawAnswers(full()), &context()).expect("accepted");
    assert_eq!(
        *checked.value(),
        json!({
            "club": {"name": "Festverein"},
            "event": {"date": "2026-12-24", "start": "17:00", "end": "22:00"},
            "fire": {"height": 2, "wood": true, "double": 4},
        })
    );
}

#[test]
fn missing_answers_are_named_in_order() {
    let missing: Vec<_> = errors(&service(), json!({}))
        .into_iter()
        .map(|(field, kind)| {
            assert_eq!(kind, ErrorKind::Missing);
            field
        })
        .collect();
    assert_eq!(
        missing,
        [
            "club.name",
            "event.date",
            "event.start",
            "event.end",
            "fire.height",
            "fire.wood"
        ]
    );
}

#[test]
fn hidden_answers_are_dropped_and_computed_ones_are_worked_out() {
    let mut raw = full();
    raw["fire"]["why"] = "Weil es schön ist".into();
    raw["fire"]["double"] = 99.into();
    let checked = check(&service(), &RawAnswers(raw.clone()), &context()).expect("accepted");
    assert_eq!(at(checked.value(), "fire.why"), None);
    assert_eq!(at(checked.value(), "fire.double"), Some(&json!(4)));
    // Even what is wrong does not matter while it is hidden.
    raw["fire"]["why"] = json!({"nonsense": 1});
    assert!(check(&service(), &RawAnswers(raw.clone()), &context()).is_ok());
    raw["fire"]["height"] = 4.into();
    assert_eq!(errors(&service(), raw), [("fire.why".to_owned(), ErrorKind::Form)]);
}

#[test]
fn an_open_answer_stays_open_where_it_may() {
    let mut raw = full();
    raw["fire"]["height"] = "?".into();
    let seen = examine(&service(), &RawAnswers(raw.clone()), &context());
    assert_eq!(
        (seen.errors.len(), at(&seen.answers, "fire.height")),
        (0, Some(&json!("?")))
    );
    // The rule reads null and fails: its question is shown, the failures are handed back.
    assert_eq!(seen.failures.len(), 2, "{:?}", seen.failures);
    raw["event"]["start"] = "?".into();
    assert_eq!(errors(&service(), raw), [("event.start".to_owned(), ErrorKind::Form)]);
}

#[test]
fn what_the_form_does_not_ask_for_is_named() {
    let mut raw = full();
    raw["fire"]["hight"] = 3.into();
    raw["nonsense"] = 1.into();
    raw["fire"]["empty"] = Value::Null;
    raw["helpers"] = json!([{"name": "Anna", "fone": "0151 23456789"}]);
    let found = check(&service(), &RawAnswers(raw), &context()).expect_err("refused");
    let found: Vec<_> = found
        .iter()
        .map(|e| (e.field.as_str(), e.kind.clone(), e.message.as_str()))
        .collect();
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found.iter().all(|(_, kind, _)| *kind == ErrorKind::Unknown));
    assert_eq!(found[0].0, "fire.hight");
    assert!(found[0].2.contains("Meinten Sie „fire.height“?"), "{}", found[0].2);
    assert_eq!(found[2].0, "helpers.0.fone");
    assert_eq!(
        errors(&service(), json!([1])).last(),
        Some(&(String::new(), ErrorKind::Unknown))
    );
}

#[test]
fn errors_in_groups_name_item_and_part() {
    let mut raw = full();
    raw["helpers"] = json!([{"name": "Anna", "phone": "0151 23456789"}, {"phone": "abends"}, "Uwe"]);
    assert_eq!(
        errors(&service(), raw.clone()),
        [
            ("helpers.1.name".to_owned(), ErrorKind::Missing),
            ("helpers.1.phone".to_owned(), ErrorKind::Form),
            ("helpers.2".to_owned(), ErrorKind::Form)
        ]
    );
    raw["helpers"] = json!([{"name": "A"}, {"name": "B"}, {"name": "C"}, {"name": "D"}]);
    assert_eq!(errors(&service(), raw), [("helpers".to_owned(), ErrorKind::Items)]);
}

#[test]
fn rules_block_at_their_field_only_when_they_are_false() {
    let mut s = service();
    let rule = |id: &str, field: &str, must: &str| Rule {
        id: id.into(),
        field: field.into(),
        when: None,
        must: expr(must),
    };
    s.form.rules.push(rule(
        "later",
        "event.end",
        "minutes(answers.event.end) > minutes(answers.event.start)",
    ));
    assert_eq!(errors(&s, full()), []);
    let mut raw = full();
    raw["event"]["end"] = "16:00".into();
    assert_eq!(
        errors(&s, raw.clone()),
        [("event.end".to_owned(), ErrorKind::Rule("later".into()))]
    );
    // Not on top of another error that it reads.
    raw["event"]["start"] = "abends".into();
    assert_eq!(errors(&s, raw), [("event.start".to_owned(), ErrorKind::Form)]);
    // A rule that fails does not block, and is handed back.
    s.form
        .rules
        .push(rule("fails", "fire.height", "answers.fire.why.matches('x')"));
    let seen = examine(&s, &RawAnswers(full()), &context());
    assert_eq!((seen.errors.len(), seen.failures.len()), (0, 1), "{:?}", seen.errors);
    // With the answers that it let through.
    let checked = check(&s, &RawAnswers(full()), &context()).expect("nothing is wrong");
    assert_eq!(checked.failures(), seen.failures);
}

#[test]
fn a_page_is_checked_alone_and_loses_nothing() {
    let raw = json!({"event": {"date": "24.12.2026", "start": "17", "end": "x"}, "fire": {"height": "viel"}});
    let cx = context();
    let found = check_page(&service(), "event", &RawAnswers(raw.clone()), &cx).expect_err("refused");
    assert_eq!(
        found.iter().map(|e| e.field.as_str()).collect::<Vec<_>>(),
        ["event.end"]
    );
    let mut raw = raw;
    raw["event"]["end"] = "22".into();
    assert_eq!(
        check_page(&service(), "event", &RawAnswers(raw), &cx),
        Ok(json!({"event": {"date": "2026-12-24", "start": "17:00", "end": "22:00"}, "fire": {"height": "viel"}}))
    );
}

#[test]
fn a_page_does_not_ask_for_what_comes_later() {
    let mut s = service();
    s.form.rules.push(Rule {
        id: "both".into(),
        field: "event.end".into(),
        when: None,
        must: expr("answers.fire.wood == true"),
    });
    let raw = RawAnswers(json!({"event": {"date": "24.12.2026", "start": "17", "end": "22"}}));
    assert!(check_page(&s, "event", &raw, &context()).is_ok());
    let raw = RawAnswers(json!({"event": {"date": "24.12.2026", "start": "17", "end": "22"}, "fire": {"wood": false}}));
    assert_eq!(
        check_page(&s, "event", &raw, &context()).expect_err("refused")[0].field,
        "event.end"
    );
}

#[test]
fn exits_hold_after_their_page() {
    let mut s = service();
    let exit_after = |id: &str, after: &str, when: &str| Exit {
        id: id.into(),
        after: after.into(),
        when: expr(when),
        kind: crate::ExitKind::NothingNeeded,
        legal_basis: Vec::new(),
        to: None,
    };
    s.form.exits = vec![
        exit_after("fails", "club", "answers.fire.height > 1"),
        exit_after(
            "small",
            "fire",
            "answers.fire.height != null && answers.fire.height < 1",
        ),
    ];
    let cx = context();
    let found = |answers: Value, page| exit(&s, &answers, &cx, page).map(|e| e.id.as_str());
    assert_eq!(found(json!({"fire": {"height": "0"}}), Some("fire")), Some("small"));
    assert_eq!(found(json!({"fire": {"height": "0"}}), Some("club")), None);
    assert_eq!(found(json!({"fire": {"height": "0"}}), None), Some("small"));
    assert_eq!(found(json!({}), None), None);
}

#[test]
fn pages_and_questions_are_shown_by_rule() {
    let mut s = service();
    s.form.pages[3].when = Some(expr("answers.fire.wood != null && answers.fire.wood"));
    let cx = context();
    let shown = |answers: Value| -> Vec<String> {
        let pages = visible_pages(&s, &answers, &cx);
        let questions = pages.iter().flat_map(|p| &p.questions).filter(|q| q.shown);
        questions.map(|q| q.question.id.clone()).collect()
    };
    let few = shown(json!({"fire": {"height": 2, "wood": "nein"}}));
    assert!(
        !few.contains(&"fire.why".to_owned()) && !few.contains(&"helpers".to_owned()),
        "{few:?}"
    );
    let many = shown(json!({"fire": {"height": 4, "wood": "ja"}}));
    assert!(
        many.contains(&"fire.why".to_owned()) && many.contains(&"helpers".to_owned()),
        "{many:?}"
    );
    // Before the height is given, the rule fails: shown, and no alarm, for the answer is only not there yet.
    let pages = visible_pages(&s, &json!({}), &cx);
    let fire = pages.iter().find(|p| p.page.id == "fire").expect("the page");
    assert!(fire.questions.iter().any(|q| q.question.id == "fire.why" && q.shown));
    assert_eq!(fire.failures, []);
    // Open for good: now it is one.
    let pages = visible_pages(&s, &json!({"fire": {"height": "?"}}), &cx);
    assert!(
        !pages
            .iter()
            .find(|p| p.page.id == "fire")
            .expect("the page")
            .failures
            .is_empty()
    );
}

#[test]
fn a_rule_may_look_ahead() {
    let mut s = service();
    s.form.pages[0].questions[0].when = Some(expr("answers.fire.wood == true"));
    let mut raw = full();
    raw["fire"]["wood"] = false.into();
    let checked = check(&s, &RawAnswers(raw), &context()).expect("accepted");
    assert_eq!(at(checked.value(), "club"), None);
}

#[test]
fn posted_pages_become_patches() {
    let mut s = service();
    let options = Options::Fixed(vec!["a".into(), "b".into()]);
    s.form.pages[0].questions.extend([
        question(
            "probe.many",
            Kind::ManyOf {
                options,
                min_items: 1,
                max_items: 2,
            },
        ),
        question("probe.address", Kind::Address),
        question("probe.point", Kind::MapPoint),
        question(
            "plan",
            Kind::File {
                accept: vec!["pdf".into()],
                max_mb: 1,
            },
        ),
    ]);
    let pairs = |list: &[(&str, &str)]| {
        list.iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect::<Vec<_>>()
    };
    let posted = pairs(&[
        ("club.name", "  Festverein "),
        ("probe.many", "b"),
        ("probe.many", "a"),
        ("probe.address.street", "Lindenhof"),
        ("probe.address.town", ""),
        ("probe.point.lat", "50,93"),
        ("probe.point.lon", "12.4"),
        ("stranger", "x"),
    ]);
    assert_eq!(
        from_html(&s, "club", &posted),
        json!({
            "club": {"name": "  Festverein "},
            "probe": {"many": ["b", "a"], "address": {"street": "Lindenhof"}, "point": {"lat": "50,93", "lon": "12.4"}},
        })
    );
    assert_eq!(
        from_html(&s, "club", &pairs(&[("club.name", " ")])),
        json!({"club": {"name": null}, "probe": {"many": null, "address": null, "point": null}})
    );
    assert_eq!(
        from_html(&s, "club", &pairs(&[("plan.remove", "on")]))["plan"],
        Value::Null
    );
    assert_eq!(from_html(&s, "nowhere", &posted), json!({}));
    let event = pairs(&[
        ("event.date", "24.12.2026"),
        ("event.days.from", "24.12.2026"),
        ("event.days.to", ""),
    ]);
    assert_eq!(
        from_html(&s, "event", &event)["event"]["days"],
        json!({"from": "24.12.2026"})
    );
    for open in [[("fire.height", "?")], [("fire.height.open", "on")]] {
        assert_eq!(from_html(&s, "fire", &pairs(&open))["fire"]["height"], json!("?"));
    }
    let both = pairs(&[
        ("fire.height", "3"),
        ("fire.height.open", "on"),
        ("fire.wood.open", "on"),
        ("fire.wood", "ja"),
    ]);
    assert_eq!(
        from_html(&s, "fire", &both)["fire"],
        json!({"height": "?", "why": null, "wood": "ja"})
    );
    let group = pairs(&[
        ("helpers.2.name", "Uwe"),
        ("helpers.0.name", "Anna"),
        ("helpers.0.phone", ""),
        ("helpers.1.name", ""),
        ("helpers.x.name", "?"),
        ("helpers.99999999999.name", "?"),
    ]);
    assert_eq!(
        from_html(&s, "helpers", &group),
        json!({"helpers": [{"name": "Anna"}, {"name": "Uwe"}]})
    );
    assert_eq!(from_html(&s, "helpers", &[]), json!({"helpers": null}));
}

#[test]
fn patches_are_laid_over_answers() {
    let mut raw = RawAnswers(json!({"a": {"x": 1, "y": {"street": "S", "town": "T"}}, "list": [1, 2]}));
    merge(
        &mut raw,
        &json!({"a": {"x": null, "y": {"street": "N"}}, "list": [3], "b": {"z": "neu"}}),
    );
    assert_eq!(
        raw.0,
        json!({"a": {"y": {"street": "N"}}, "list": [3], "b": {"z": "neu"}})
    );
    merge(
        &mut raw,
        &json!({"a": {"y": null}, "list": null, "plan": {"name": "p", "media_type": "m", "sha256": "1"}}),
    );
    assert_eq!(
        raw.0,
        json!({"b": {"z": "neu"}, "plan": {"name": "p", "media_type": "m", "sha256": "1"}})
    );
    merge(
        &mut raw,
        &json!({"plan": {"name": "q", "media_type": "m", "content_base64": ""}}),
    );
    assert_eq!(
        raw.0["plan"],
        json!({"name": "q", "media_type": "m", "content_base64": ""}),
        "nothing of the old file"
    );
    merge(&mut raw, &json!("nonsense"));
    let mut none = RawAnswers(Value::Null);
    merge(&mut none, &json!({"a": {"x": 1}}));
    assert_eq!(none.0, json!({"a": {"x": 1}}));
}

#[test]
fn sentences_name_the_value_what_is_right_and_the_way_on() {
    let metres = |min, max| Kind::Number {
        min,
        max,
        unit: Some("m".into()),
    };
    let law = || metres(Some(Bound::Law("forest_distance".into())), None);
    let param = || metres(None, Some(Bound::Param("max_height".into())));
    let soon = || Kind::Date {
        min: Some(DateBound::Today(0)),
        max: Some(DateBound::Today(30)),
    };
    for (kind, raw, want) in [
        (
            law(),
            json!("60"),
            "Zu wenig: 60 m. Das Gesetz verlangt mindestens 100 m (§ 12).",
        ),
        (
            param(),
            json!(1500),
            "Zu viel: 1.500 m. In Nobitz gelten höchstens 3 m. Prüfen Sie die Angabe.",
        ),
        (
            number(),
            json!("2,5"),
            "„2,5“ ist keine ganze Zahl. Schreiben Sie nur Ziffern, zum Beispiel 120.",
        ),
        (
            number(),
            json!({"a": 1}),
            "Schreiben Sie nur Ziffern, zum Beispiel 120.",
        ),
        (number(), Value::Null, "Ergänzen Sie: probe.x."),
        (
            Kind::YesNo,
            json!("vielleicht"),
            "„vielleicht“ steht nicht zur Wahl. Wählen Sie Ja oder Nein.",
        ),
        (
            date(),
            json!("31.02.2027"),
            "„31.02.2027“ ist kein Datum. Schreiben Sie das Datum so: 24.11.2026.",
        ),
        (
            soon(),
            json!("23.11.2026"),
            "Der 23.11.2026 ist schon vorbei. Nennen Sie einen Tag ab heute, 24.11.2026.",
        ),
        (
            soon(),
            json!("2027-01-09"),
            "Der 09.01.2027 ist zu spät. Nennen Sie einen Tag bis zum 24.12.2026.",
        ),
        (
            time(),
            json!("abends"),
            "„abends“ ist keine Uhrzeit. Schreiben Sie die Zeit so: 17:00.",
        ),
        (
            Kind::Time {
                min: Some("06:00".into()),
                max: None,
            },
            json!("5"),
            "05:00 Uhr ist zu früh. Möglich ist es ab 06:00 Uhr.",
        ),
        (
            Kind::Text {
                min_length: Some(5),
                max_length: 9,
                pattern: None,
            },
            json!("abc"),
            "„abc“ ist zu kurz. Schreiben Sie mindestens 5 Zeichen.",
        ),
        (
            text(9),
            json!("abcdefghij"),
            "Der Text hat 10 Zeichen. Kürzen Sie ihn auf höchstens 9.",
        ),
        (
            Kind::Phone,
            json!("110"),
            "„110“ ist keine Telefonnummer mit Vorwahl. Schreiben Sie sie so: 0151 23456789.",
        ),
        (
            Kind::Address,
            json!({"street": "Lindenhof"}),
            "Nennen Sie Straße, Hausnummer, Postleitzahl und Ort.",
        ),
        (
            Kind::Address,
            json!({"street": "Lindenhof", "house_number": "3", "postcode": "4603", "town": "Nobitz"}),
            "„4603“ ist keine Postleitzahl. Sie hat fünf Ziffern, zum Beispiel 04603.",
        ),
        (
            Kind::OneOf {
                options: Options::Rooms,
            },
            json!("attic"),
            "Diesen Raum gibt es in Nobitz nicht. Wählen Sie einen der Räume.",
        ),
        (
            Kind::DateRange { min: None, max: None },
            json!({"from": "3.1.2027", "to": "1.1.2027"}),
            "Der 01.01.2027 liegt vor dem 03.01.2027. Nennen Sie den ersten Tag zuerst.",
        ),
    ] {
        assert_eq!(sentence(kind, raw, Lang::De).replace('\u{a0}', " "), want);
    }
    assert_eq!(
        sentence(law(), json!("60"), Lang::En).replace('\u{a0}', " "),
        "Too little: 60 m. The law asks for at least 100 m (§ 12)."
    );
}

#[test]
fn the_words_of_a_service_come_first_and_without_units() {
    let mut s = service();
    let kind = Kind::Number {
        min: Some(Bound::Law("forest_distance".into())),
        max: Some(Bound::Number(5000)),
        unit: Some("m".into()),
    };
    s.form.pages[0].questions.push(question("fire.forest", kind));
    for (key, text) in [
        (
            "question.fire.forest.min",
            "{value} m sind zu wenig. Hier gelten {min} bis {max} m. In {place.name} und überall.",
        ),
        ("question.fire.forest.missing", "Schätzen Sie den Abstand."),
        ("question.helpers.phone.invalid", "„{value}“ geht nicht."),
        ("question.club.name.label", "Wie heißt der Verein?"),
    ] {
        s.texts
            .get_mut(&Lang::De)
            .expect("texts")
            .strings
            .insert(key.into(), text.into());
    }
    let message = |change: &dyn Fn(&mut Value)| {
        let mut raw = full();
        raw["fire"]["forest"] = 1200.into();
        change(&mut raw);
        check(&s, &RawAnswers(raw), &context()).expect_err("refused")[0]
            .message
            .clone()
    };
    assert_eq!(
        message(&|raw| raw["fire"]["forest"] = 60.into()),
        "60 m sind zu wenig. Hier gelten 100 bis 5.000 m. In Nobitz und überall."
    );
    assert_eq!(
        message(&|raw| raw["fire"]["forest"] = Value::Null),
        "Schätzen Sie den Abstand."
    );
    assert_eq!(
        message(&|raw| raw["helpers"] = json!([{"name": "A", "phone": "x"}])),
        "„x“ geht nicht."
    );
    assert_eq!(
        message(&|raw| raw["club"]["name"] = Value::Null),
        "Ergänzen Sie: Wie heißt der Verein?"
    );
}

#[test]
fn a_point_lies_in_the_place_or_elsewhere() {
    let square = vec![(12.0, 50.0), (13.0, 50.0), (13.0, 51.0), (12.0, 51.0)];
    let cx = Context {
        place: PlaceInfo {
            outline: vec![square],
            ..context().place
        },
        ..context()
    };
    let mut s = service();
    s.form.pages[0].questions.push(question("place.point", Kind::MapPoint));
    let found = |lat: &str, lon: &str| {
        let mut raw = full();
        raw["place"] = json!({"point": {"lat": lat, "lon": lon}});
        check(&s, &RawAnswers(raw), &cx)
            .map_err(|e| e[0].kind.clone())
            .map(|c| c.value()["place"]["point"].clone())
    };
    assert_eq!(found("50,1234567", "12.5"), Ok(json!({"lat": 50.123457, "lon": 12.5})));
    assert_eq!(found("52", "12.5"), Err(ErrorKind::Elsewhere));
    assert_eq!(found("Nord", "12.5"), Err(ErrorKind::Form));
    assert_eq!(found("95", "12.5"), Err(ErrorKind::Form));
}

#[test]
fn long_and_foreign_texts_are_tamed_in_sentences() {
    let found = sentence(number(), json!("Viele\nMenschen ".repeat(20)), Lang::De);
    assert!(
        found.starts_with("„Viele Menschen Viele Menschen Viele Mens…“"),
        "{found}"
    );
    // Braces in an answer are no placeholders.
    assert!(sentence(number(), json!("{answers.club.name}"), Lang::De).contains("„{answers.club.name}“"));
}

/// Any JSON, built from the form's own names too, so that it gets deep into the reading.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|n| serde_json::Number::from_f64(n).map_or(Value::Null, Value::Number)),
        ".{0,12}".prop_map(Value::from),
        prop::sample::select(vec!["?", "hall", "24.12.2026", "17:00", "ja", "1.000", "3"]).prop_map(Value::from),
    ];
    let names = prop::sample::select(vec![
        "club", "name", "event", "date", "start", "end", "days", "from", "to", "fire", "height", "why", "wood",
        "double", "helpers", "phone", "hire", "room", "x", "0", "",
    ]);
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((names.clone(), inner), 0..8)
                .prop_map(|fields| Value::Object(fields.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics_and_canonical_answers_stay_as_they_are(raw in any_json()) {
        let (s, cx) = (service(), context());
        let seen = examine(&s, &RawAnswers(raw.clone()), &cx);
        let again = examine(&s, &RawAnswers(seen.answers.clone()), &cx);
        prop_assert_eq!(&again.answers, &seen.answers);
        // What is canonical has no fault but what is missing.
        prop_assert!(again.errors.iter().all(|e| e.kind == ErrorKind::Missing), "{:?}", again.errors);
        for page in &s.form.pages {
            let _ = check_page(&s, &page.id, &RawAnswers(raw.clone()), &cx);
            let _ = exit(&s, &raw, &cx, Some(&page.id));
        }
        for page in visible_pages(&s, &raw, &cx) {
            for q in page.questions {
                if let Some(value) = at(&raw, &q.question.id) {
                    let _ = crate::show(q.question, value, &s, &cx);
                }
            }
        }
        let mut merged = RawAnswers(raw.clone());
        merge(&mut merged, &raw);
    }
}

#[test]
fn a_flood_of_items_is_one_fault_and_a_flood_of_faults_has_an_end() {
    let mut s = service();
    let parts = vec![question("name", text(50)), question("phone", Kind::Phone)];
    let kind = Kind::Group {
        parts,
        min_items: 0,
        max_items: 500,
    };
    s.form.pages[0].questions.push(question("helpers", kind));
    let with = |items: usize| {
        let mut answers = full();
        answers["helpers"] = vec![json!({ "name": "" }); items].into();
        errors(&s, answers)
    };
    assert_eq!(with(8_000), vec![("helpers".to_owned(), ErrorKind::Items)]);
    let cut = with(500);
    assert_eq!(cut.len(), value::MOST_FAULTS);
    assert_eq!(cut[0], ("helpers.0.name".to_owned(), ErrorKind::Missing));
    // A handful is told in full.
    assert_eq!(with(3).len(), 6);
}
