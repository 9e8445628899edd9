//! Rules: errors of syntax, limits, names, order of the form, words compared with.

use crate::common::{fixture, one, only, plant};

const SERVICE: &str = "services/lagerfeuer/service.toml";
const FORM: &str = "services/lagerfeuer/form.toml";
const HALL: &str = "services/saal/form.toml";
const WHEN: &str = "when = \"answers.fire.public == true\"\nreveal";

#[test]
fn syntax_points_into_the_rule() {
    one(
        FORM,
        "when = \"answers.event.end != null\"",
        "when = \"answers.event.end != )\"",
        ")\"\nmust",
        None,
        "Die Regel ist falsch",
    );
    one(
        SERVICE,
        "cents = \"params.fee\"",
        "cents = \"params.fee +\"",
        "\"\nkind = \"fee\"",
        None,
        "nicht zu Ende",
    );
    one(
        FORM,
        WHEN,
        "when = \"\"\nreveal",
        "\"\nreveal",
        None,
        "Hier fehlt ein Ausdruck",
    );
    one(
        FORM,
        WHEN,
        "when = '''\nanswers.fire.public ==\n = true'''\nreveal",
        "= true'''",
        None,
        "Die Regel ist falsch",
    );
    one(
        FORM,
        WHEN,
        "when = \"'\\u00e4\\\\n' == )\"\nreveal",
        ")\"\nreveal",
        None,
        "Die Regel ist falsch",
    );
}

#[test]
fn limits() {
    let long = format!(
        "when = \"answers.fire.public == true && '{}' != ''\"\nreveal",
        "x".repeat(2000)
    );
    let mut files = fixture();
    plant(&mut files, FORM, WHEN, &long);
    let found = schema::load(&files).diagnostics;
    assert_eq!(found.len(), 1);
    assert!(found[0].what.contains("2000"), "{}", found[0]);
    let deep = format!("when = \"{}true{}\"\nreveal", "(".repeat(60), ")".repeat(60));
    plant(&mut files, FORM, &long, &deep);
    let found = schema::load(&files).diagnostics;
    assert_eq!(found.len(), 1);
    assert!(found[0].what.contains("geschachtelt"), "{}", found[0]);
}

#[test]
fn unknown_names() {
    one(
        FORM,
        "when = \"answers.event.end != null\"",
        "when = \"answers.event.ende != null\"",
        "answers.event.ende",
        Some("answers.event.end"),
        "keine Frage",
    );
    one(
        SERVICE,
        "cents = \"params.fee\"",
        "cents = \"params.feee\"",
        "params.feee",
        Some("params.fee"),
        "kein Parameter",
    );
    one(
        FORM,
        ">= law.forest_distance",
        ">= law.forest_distanz",
        "law.forest_distanz",
        Some("law.forest_distance"),
        "keine Zahl",
    );
    one(
        FORM,
        "must = \"minutes(answers.event.end)",
        "must = \"minute(answers.event.end)",
        "minute(",
        Some("minutes"),
        "Die Funktion „minute“",
    );
    one(
        FORM,
        WHEN,
        "when = \"answer.fire.public == true\"\nreveal",
        "answer.fire",
        Some("answers"),
        "kein bekannter Name",
    );
    one(
        FORM,
        WHEN,
        "when = \"answers.fire.public == true && place.agz != ''\"\nreveal",
        "place.agz",
        Some("place.ags"),
        "place.agz",
    );
    one(
        HALL,
        "room.cleaning",
        "room.cleaningg",
        "room.cleaningg",
        Some("room.cleaning"),
        "room.cleaningg",
    );
    one(
        HALL,
        "room.cleaning",
        "room.tariff.residents.day",
        "room.tariff.residents",
        Some("room.tariff.resident"),
        "gibt es nicht",
    );
    one(
        SERVICE,
        "when = \"answers.fire.height != null\"",
        "when = \"answers.helpers.all(h, h.fone != null)\"",
        "h.fone",
        Some("phone"),
        "kein Teil der Gruppe",
    );
    one(
        SERVICE,
        "when = \"answers.fire.height != null\"",
        "when = \"answers.fire.height.x != null\"",
        "answers.fire.height.x",
        None,
        "keine Frage",
    );
    one(
        SERVICE,
        "when = \"answers.fire.height != null\"",
        "when = \"room == null\"",
        "room ==",
        None,
        "[booking]",
    );
    one(
        HALL,
        "answers.club.kind == 'club'",
        "regime == 'permit'",
        "regime",
        None,
        "regime_expr",
    );
}

#[test]
fn parts_of_values_are_known() {
    let mut files = fixture();
    plant(
        &mut files,
        SERVICE,
        "when = \"answers.fire.height != null\"",
        "when = \"answers.helpers[0].name != null && answers.plan.name != ''\"",
    );
    assert_eq!(schema::load(&files).diagnostics, []);
}

#[test]
fn order_of_the_form() {
    one(
        FORM,
        "reveal = true",
        "reveal = false",
        "answers.fire.public ==",
        None,
        "reveal = true",
    );
    one(
        FORM,
        WHEN,
        "when = \"answers.fire.forest_distance > 3\"\nreveal",
        "answers.fire.forest_distance > 3",
        None,
        "erst später",
    );
    one(
        FORM,
        WHEN,
        "when = \"answers.club.name != ''\"\nreveal",
        "answers.club.name",
        None,
        "erst später",
    );
    one(
        FORM,
        WHEN,
        "when = \"answers.fire.height == null\"\nreveal",
        "answers.fire.height == null",
        None,
        "ihre eigene",
    );
    one(
        FORM,
        "when = \"regime != 'none'\"",
        "when = \"answers.fire.public == true\"",
        "answers.fire.public",
        None,
        "auf dieser Seite selbst",
    );
    one(
        FORM,
        "when = \"regime != 'none'\"",
        "when = \"answers.club.name != null\"",
        "answers.club.name",
        None,
        "erst später",
    );
    one(
        FORM,
        "when = \"answers.fire.where == 'basket'\"",
        "when = \"answers.fire.public == true\"",
        "answers.fire.public == true\"\nkind",
        None,
        "erst später",
    );
    one(
        FORM,
        "when = \"answers.event.end != null\"",
        "when = \"answers.club.name != null\"",
        "answers.club.name",
        None,
        "erst später",
    );
    one(
        SERVICE,
        "when = \"law.forest_distance > 0\"",
        "when = \"answers.fire.where == 'open'\"",
        "answers.fire.where",
        None,
        "Startseite",
    );
    one(
        HALL,
        "room == null ? 0",
        "answers.club.kind == 'club' ? 0",
        "answers.club.kind",
        None,
        "erst später",
    );
}

#[test]
fn words_that_are_no_option() {
    one(
        FORM,
        "answers.fire.where == 'basket'",
        "answers.fire.where == 'baskt'",
        "'baskt'",
        Some("basket"),
        "keine Möglichkeit",
    );
    one(
        SERVICE,
        "when = \"regime == 'permit'\"",
        "when = \"regime in ['permit', 'notise']\"",
        "'notise'",
        Some("notice"),
        "keine Möglichkeit von regime",
    );
    one(
        HALL,
        "answers.club.kind == 'club'",
        "'clubb' == answers.club.kind",
        "'clubb'",
        Some("club"),
        "keine Möglichkeit",
    );
}

#[test]
fn pages_and_questions_nobody_reaches() {
    one(
        FORM,
        "when = \"regime != 'none'\"",
        "when = \"false\"",
        "\"false\"",
        None,
        "nie zu erreichen",
    );
    one(
        FORM,
        "when = \"regime != 'none'\"",
        "when = \"1 > 2\"",
        "\"1 > 2\"",
        None,
        "nie zu erreichen",
    );
    one(
        FORM,
        WHEN,
        "when = \"false\"\nreveal",
        "\"false\"",
        None,
        "erscheint nie",
    );
    one(
        FORM,
        "when = \"answers.fire.where == 'basket'\"",
        "when = \"true\"",
        "\"true\"",
        None,
        "gilt immer",
    );
    one(
        FORM,
        "after = \"kind\"",
        "after = \"kinds\"",
        "\"kinds\"",
        Some("kind"),
        "keine Seite",
    );
    let mut files = fixture();
    plant(
        &mut files,
        FORM,
        "[[page]]\nid = \"people\"",
        "[[page]]\nid = \"empty\"\nquestion = []\n\n[[page]]\nid = \"people\"",
    );
    for lang in ["de", "en"] {
        let texts = "[page.empty]\ntitle = \"Leer\"\nstep = \"Leer\"\n\n[page.people]";
        plant(
            &mut files,
            &format!("services/lagerfeuer/texts.{lang}.toml"),
            "[page.people]",
            texts,
        );
    }
    only(&files, FORM, "[]", None, "ist leer");
}

#[test]
fn rules_in_escaped_strings_are_counted_by_the_file() {
    let mut files = fixture();
    plant(
        &mut files,
        FORM,
        WHEN,
        "when = \"'\\\"\\u00fc' == '' || answers.fire.publik == true\"\nreveal",
    );
    only(
        &files,
        FORM,
        "answers.fire.publik",
        Some("answers.fire.public"),
        "keine Frage",
    );
}
