//! Every trap of the CEL crate has its guard proven here.

use serde_json::{Value, json};

use super::*;
use crate::fixture::{context, expr, service};

fn value(source: &str, answers: Value) -> Result<Value, RuleFailure> {
    eval_value(&expr(source), &answers, &service(), &context())
}

fn found(source: &str) -> References {
    references(&expr(source)).clone()
}

fn yes(source: &str, answers: Value) {
    assert_eq!(value(source, answers), Ok(json!(true)), "{source}");
}

fn fails(source: &str, answers: Value) -> String {
    value(source, answers).expect_err(source).message
}

fn refused(source: &str) -> CompileError {
    compile(source).err().unwrap_or_else(|| panic!("compiled: {source}"))
}

#[test]
fn names_of_the_language_are_there() {
    yes("answers.club.name == 'Verein'", json!({"club": {"name": "Verein"}}));
    yes("params.max_height == 3 && law.forest_distance == 100", json!({}));
    yes(
        "today == '2026-11-24' && now == '22:31' && regime == 'notice'",
        json!({}),
    );
    yes(
        "place.ags == '16077036' && place.name == 'Nobitz' && place.kind == 'Gemeinde'",
        json!({}),
    );
    yes("room == null", json!({}));
    let booked = json!({"hire": {"room": "hall"}, "event": {"date": "2027-01-09"}});
    yes("room.persons == 120 && room.kitchen && room != null", booked.clone());
    yes(
        "room.tariff.own.day == 7500 && room.tariff['own'].deposit == 20000",
        booked.clone(),
    );
    yes("room.heating * room.heating_day == 2500", booked);
    yes(
        "room.heating == 0",
        json!({"hire": {"room": "hall"}, "event": {"date": "2027-07-09"}}),
    );
    fails("room.persons > 3", json!({}));
    fails("room.tariff['business'].day", json!({"hire": {"room": "hall"}}));
}

#[test]
fn functions_work() {
    yes(
        "days_between(today, answers.event.date) == 46",
        json!({"event": {"date": "2027-01-09"}}),
    );
    yes("days_between('2027-01-09', '2027-01-01') == -8", json!({}));
    yes(
        "weekday('2027-01-09') == 'sat' && weekday('2026-11-23') == 'mon'",
        json!({}),
    );
    yes("minutes('17:30') == 1050 && minutes('24:00') == 1440", json!({}));
    yes(
        "quiet_day('2027-03-26') == 'good_friday' && quiet_day('2027-03-27') == ''",
        json!({}),
    );
    yes(
        "holiday('2027-10-03') == 'unity_day' && holiday('2027-10-04') == ''",
        json!({}),
    );
    yes(
        "add_days('2026-12-31', 1) == '2027-01-01' && add_days(today, -24) == '2026-10-31'",
        json!({}),
    );
    yes(
        "add_months('2027-01-31', 1) == '2027-02-28' && add_months('2027-01-31', 2) == '2027-03-31'",
        json!({}),
    );
    yes("size('Straße') == 6 && size([1, 2]) == 2", json!({}));
    yes(
        "'VR 200147'.matches('^VR [0-9]+$') && 'Lindenhof'.contains('hof')",
        json!({}),
    );
    for bad in [
        "days_between(today, null)",
        "weekday('2027-02-30')",
        "minutes('abends')",
        "quiet_day('')",
        "holiday(null)",
        "add_days(today, 9000000)",
        "add_months(today, 9223372036854775807)",
    ] {
        fails(bad, json!({}));
    }
}

#[test]
fn the_regime_may_be_worked_out() {
    let mut s = service();
    s.regime_expr = Some(expr(
        "answers.fire.height != null && answers.fire.height > 3 ? 'permit' : 'notice'",
    ));
    let cx = context();
    let regime = |answers| Scope::new(&answers, &s, &cx).regime();
    assert_eq!(regime(json!({})), Some(crate::Regime::Notice));
    assert_eq!(regime(json!({"fire": {"height": 4}})), Some(crate::Regime::Permit));
    let rule = expr("regime == 'permit'");
    assert_eq!(eval_bool(&rule, &json!({"fire": {"height": 4}}), &s, &cx), Ok(true));
    // A rule that asks for itself finds nothing, instead of running for ever.
    s.regime_expr = Some(expr("regime"));
    assert_eq!(Scope::new(&json!({}), &s, &cx).regime(), None);
}

#[test]
fn functions_of_ours_hide_none_of_the_library() {
    for ours in [
        "days_between",
        "weekday",
        "minutes",
        "add_days",
        "add_months",
        "quiet_day",
        "holiday",
    ] {
        let mut context = cel::Context::with_env(compile::ENV.clone());
        assert!(context.add_function(ours, |x: i64| x).is_ok(), "{ours}");
    }
}

#[test]
fn a_missing_answer_is_null_and_comparing_it_fails() {
    yes("answers.fire.height == null", json!({}));
    yes("answers.fire.height == null", json!({"fire": {"height": "?"}}));
    yes("!(answers.fire.height != null && answers.fire.height > 3)", json!({}));
    for source in [
        "answers.fire.height > 3",
        "answers.fire.height + 1",
        "size(answers.helpers) > 0",
        "!answers.fire.wood",
    ] {
        fails(source, json!({}));
    }
    // "?" is an open answer only where it may stay open; elsewhere it is text.
    yes("answers.club.name == '?'", json!({"club": {"name": "?"}}));
}

#[test]
fn an_undeclared_name_fails_and_is_found_statically() {
    fails("answers.fire.hight > 3", json!({"fire": {"hight": 4}}));
    fails("answers.fire", json!({"fire": {"height": 4}}));
    // The trap: a wrong name hides behind `true ||`.
    yes("true || answers.fire.hight > 3", json!({}));
    let names = found("true || answers.fire.hight > params.maximum || lw.x == 1");
    assert_eq!(
        names.answers,
        [Reference {
            name: "fire.hight".into(),
            offset: 8
        }]
    );
    assert_eq!(
        names.params,
        [Reference {
            name: "maximum".into(),
            offset: 29
        }]
    );
    assert_eq!(
        names.roots.iter().map(|r| r.name.as_str()).collect::<Vec<_>>(),
        ["answers", "params", "lw"]
    );
}

#[test]
fn offsets_count_characters() {
    let names = found("'Größe – äöü' == answers.club.name && weekday(answers.event.date) == 'sat'");
    assert_eq!(names.answers[0].offset, 17);
    assert_eq!(names.answers[1].name, "event.date");
    assert_eq!(
        names.functions,
        [Reference {
            name: "weekday".into(),
            offset: 38
        }]
    );
    assert_eq!(references(&expr("'ä'.startsWith('ä')")).functions[0].offset, 4);
    let error = refused("'Größe' ==\n  answers.fire.height >");
    assert_eq!(
        (error.offset, error.message.as_str()),
        (34, "Der Ausdruck ist nicht zu Ende.")
    );
    let error = refused("'Größe' == 'ä') && true");
    assert_eq!((error.offset, error.message.as_str()), (14, "„)“ passt hier nicht."));
    let error = refused("answers.straße == 'x'");
    assert_eq!((error.offset, error.message.as_str()), (12, "„ß“ passt hier nicht."));
    let error = refused("1 = 2");
    assert_eq!((error.offset, error.message.as_str()), (2, "„=“ passt hier nicht."));
}

#[test]
fn loop_variables_are_no_unknown_names_and_their_fields_are_known() {
    let source = "answers.helpers.filter(h, h.name != '').all(p, p.phone != null && p.name != today)";
    let names = found(source);
    assert_eq!(
        names.roots.iter().map(|r| r.name.as_str()).collect::<Vec<_>>(),
        ["answers", "today"]
    );
    let items: Vec<_> = names.items.iter().map(|i| (i.list.as_str(), i.name.as_str())).collect();
    assert_eq!(items, [("helpers", "name"), ("helpers", "phone"), ("helpers", "name")]);
    assert!(names.functions.is_empty(), "{:?}", names.functions);
    // Every part of an item is there, null if empty.
    let answers = json!({"helpers": [{"name": "Anna"}, {"name": "Uwe", "phone": "0151 23456789"}]});
    yes("answers.helpers.exists(h, h.phone == null)", answers.clone());
    yes("answers.helpers.map(h, h.name) == ['Anna', 'Uwe']", answers);
}

#[test]
fn whole_numbers_are_signed() {
    // The trap: JSON numbers become unsigned, and `uint * int` is an error.
    yes(
        "answers.fire.height * -2 == -6 && answers.fire.height * params.max_height == 9",
        json!({"fire": {"height": 3}}),
    );
    fails("answers.fire.height / 0", json!({"fire": {"height": 3}}));
    fails("9223372036854775807 + params.max_height", json!({}));
    assert!(refused("3u * 2u").message.contains("ohne u"));
}

#[test]
fn has_and_optional_syntax_are_refused() {
    // The trap: has(…) is always true, for every answer exists.
    let error = refused("true && has(answers.fire.height)");
    assert!(error.message.contains("!= null"), "{error}");
    for source in ["answers.?fire", "answers.fire[?'height']", "[?answers.fire.height]"] {
        refused(source);
    }
}

#[test]
fn a_bare_root_hides_its_names_and_is_refused() {
    for source in [
        "answers['fire']",
        "size(params) > 1",
        "law == null",
        "[answers].all(a, true)",
    ] {
        assert!(refused(source).message.contains("fehlt ein Name"), "{source}");
    }
}

#[test]
fn limits_hold() {
    assert!(refused("").message.contains("fehlt"));
    let long = format!("'{}' == ''", "ä".repeat(1_999));
    assert_eq!(refused(&long).offset, MAX_CHARS);
    assert!(compile(&format!("'{}' == ''", "ä".repeat(1_980))).is_ok());
    assert!(
        refused(&format!("{}1{}", "(".repeat(30), ")".repeat(30)))
            .message
            .contains("geschachtelt")
    );
    assert!(compile(&format!("{}1{}", "(".repeat(20), ")".repeat(20))).is_ok());
    // A long sum is a deep tree; a wide list has many nodes.
    assert!(refused(&["1"; 900].join("+")).message.contains("tiefer als 64"));
    assert!(
        refused(&format!("[{}]", ["1"; 600].join(",")))
            .message
            .contains("mehr als 500")
    );
    assert!(
        refused(&format!("x{}", ".a".repeat(900)))
            .message
            .contains("tiefer als 64")
    );
    assert!(compile(&["answers.club.name == 'a'"; 60].join(" || ")).is_ok());
}

#[test]
fn loops_are_held() {
    assert!(compile("[1, 2].filter(x, x > 1).map(x, x + 1).all(x, x > 2)").is_ok());
    assert!(refused("[1].map(x, [2].map(y, x + y))").message.contains("zweite"));
    assert!(
        refused("[1].map(a, a).map(b, b).map(c, c).map(d, d)")
            .message
            .contains("höchstens 3")
    );
    assert!(refused("[1].all(a, a > 0) && [1].all(a, a > 0) && [1].all(a, a > 0) && [1].all(a, a > 0)").offset > 50);
    // The trap: a text doubled in each loop grows without bound.
    assert!(compile("['a'].map(a, a + a).map(a, a + a)").is_ok());
    let grow = format!(".map(a, {})", ["a"; 9].join("+"));
    assert!(refused(&format!("['a']{grow}{grow}")).message.contains("vervielfachen"));
    assert!(refused("[1].all(today, today > 0)").message.contains("vergeben"));
}

#[test]
fn a_pattern_is_fixed_text() {
    // The regular expressions are linear, but a foreign one could still be huge.
    assert!(
        refused("answers.club.name.matches(answers.fire.why)")
            .message
            .contains("festes Muster")
    );
}

#[test]
fn results_have_their_type() {
    let (s, cx) = (service(), context());
    assert!(eval_bool(&expr("1"), &json!({}), &s, &cx).is_err());
    assert!(eval_int(&expr("'x'"), &json!({}), &s, &cx).is_err());
    assert!(eval_int(&expr("1.5"), &json!({}), &s, &cx).is_err());
    assert_eq!(
        eval_int(&expr("params.max_height * 2500"), &json!({}), &s, &cx),
        Ok(7500)
    );
    assert_eq!(
        value("answers.fire.height == 2 ? 'a' : 'b'", json!({"fire": {"height": 3}})),
        Ok(json!("b"))
    );
}

#[test]
fn failures_tell_no_answers() {
    let answers = json!({"club": {"name": "Geheimer Verein"}});
    for source in [
        "answers.club.name > 3",
        "minutes(answers.club.name)",
        "answers.club.name + 1",
        "-answers.club.name",
    ] {
        let failure = value(source, answers.clone()).expect_err(source);
        assert!(!failure.to_string().contains("Geheim"), "{failure}");
    }
}

#[test]
fn services_cross_threads() {
    fn crosses<T: Send + Sync>() {}
    crosses::<Service>();
    crosses::<Context>();
}

/// Deep sources abort a process whose stack is too small, and an abort cannot be caught: so in a child.
#[test]
fn deep_sources_abort_no_process() {
    const CHILD: &str = "SCHEMA_RULES_CHILD";
    if std::env::var_os(CHILD).is_some() {
        let sources = [
            format!("{}1{}", "(".repeat(990), ")".repeat(990)),
            "!".repeat(1_999) + "true",
            ["1"; 1_000].join("+"),
            format!("x{}", ".a".repeat(999)),
            format!("x{}", "[0]".repeat(650)),
            "-".repeat(1_990) + "1",
            "[".repeat(1_990),
            "a?b:".repeat(499) + "c",
            format!("{}1{}", "[1].map(x, ".repeat(23), ")".repeat(23)),
            ["true"; 330].join("&&"),
            "f(".repeat(900),
        ];
        for source in sources {
            let source: String = source.chars().take(MAX_CHARS).collect();
            if let Ok(expr) = compile(&source) {
                let _ = references(&expr);
                let _ = eval_value(&expr, &json!({}), &service(), &context());
            }
        }
        return;
    }
    let me = std::env::current_exe().expect("own path");
    let child = std::process::Command::new(me)
        .args(["--exact", "rules::tests::deep_sources_abort_no_process", "--nocapture"])
        .env(CHILD, "1")
        .output()
        .expect("child runs");
    assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stderr));
    assert!(String::from_utf8_lossy(&child.stdout).contains("1 passed"));
}
