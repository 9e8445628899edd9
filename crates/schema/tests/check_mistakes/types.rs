//! Types in rules: what does not fit is one mistake at the rule, and what may be right is let through.

use crate::common::{all, fixture, one, plant};
use schema::load;

const SERVICE: &str = "services/lagerfeuer/service.toml";
const FORM: &str = "services/lagerfeuer/form.toml";
const HALL: &str = "services/saal/service.toml";
const HALL_FORM: &str = "services/saal/form.toml";
/// Asked at the end, so that every answer may be read.
const END: &str = "when = \"answers.fire.height != null\"";

/// Puts `rule` where every answer may be read, and expects one mistake at `needle`.
fn wrong(rule: &str, needle: &str, says: &str) {
    one(SERVICE, END, &format!("when = \"{rule}\""), needle, None, says);
}

fn right(rules: &[&str]) {
    for rule in rules {
        let mut files = fixture();
        plant(&mut files, SERVICE, END, &format!("when = \"{rule}\""));
        let found = load(&files).diagnostics;
        assert!(found.is_empty(), "{rule}\n{}", all(&found));
    }
}

#[test]
fn values_of_two_kinds_are_not_compared() {
    wrong(
        "answers.fire.height >= 'abc'",
        "'abc'",
        "„answers.fire.height“ ist eine Zahl",
    );
    wrong(
        "answers.fire.height == 'other'",
        "'other'",
        "nicht mit einem Text vergleichen",
    );
    wrong(
        "'other' != answers.fire.height",
        "'other'",
        "„answers.fire.height“ ist eine Zahl",
    );
    wrong("answers.fire.public == 1", "1\"", "ist ja oder nein");
    wrong(
        "params.fee > law.night_rest",
        "law.night_rest",
        "„params.fee“ ist eine Zahl",
    );
    wrong(
        "answers.event.date == answers.event.end",
        "answers.event.end",
        "ist ein Tag",
    );
    wrong(
        "answers.event.date == 'morgen'",
        "'morgen'",
        "ist ein Tag, „morgen“ aber nicht",
    );
    wrong(
        "answers.event.end > '25:00'",
        "'25:00'",
        "ist eine Uhrzeit, „25:00“ aber nicht",
    );
    wrong("answers.fire.height > null", "null\"", "nicht mit null vergleichen");
    wrong("answers.helpers == 'abc'", "'abc'", "ist eine Liste");
    wrong(
        "answers.fire.height in ['a', 'b']",
        "answers.fire.height in",
        "In der Liste steht ein Text",
    );
    wrong(
        "'open' in answers.fire.where",
        "answers.fire.where",
        "Rechts von „in“ steht eine Liste",
    );
    wrong("answers.helpers.all(h, h.name > 3)", "3)", "„h.name“ ist ein Text");
    wrong(
        "answers.helpers.exists(h, h.name)",
        "h.name",
        "hier muss ja oder nein stehen",
    );
    wrong(
        "answers.fire.height.all(h, h > 3)",
        "answers.fire.height.all",
        "Eine Schleife läuft über eine Liste",
    );
}

#[test]
fn a_list_is_asked_for_its_entries() {
    let mut files = fixture();
    plant(
        &mut files,
        HALL,
        "when = \"room != null\"",
        "when = \"answers.hire.extras == 'stage'\"",
    );
    let found = load(&files).diagnostics;
    assert_eq!(found.len(), 1, "{}", all(&found));
    assert_eq!(found[0].example.as_deref(), Some("'stage' in answers.hire.extras"));
    // The word is looked for among the options only where the comparison makes sense.
    one(
        HALL,
        "when = \"room != null\"",
        "when = \"answers.hire.extras != null && 'stag' in answers.hire.extras\"",
        "'stag'",
        Some("stage"),
        "keine Möglichkeit",
    );
}

#[test]
fn a_rule_comes_to_what_its_key_asks_for() {
    wrong(
        "answers.fire.height + 1",
        "answers.fire.height + 1",
        "„when“ muss ja oder nein ergeben, nicht eine Zahl",
    );
    wrong(
        "answers.fire.public ? 1 : true",
        "1 :",
        "„when“ muss ja oder nein ergeben",
    );
    wrong("null", "null\"", "„when“ muss ja oder nein ergeben, nicht null");
    one(
        SERVICE,
        "cents = \"params.fee\"",
        "cents = \"params.fee > 100 ? 'viel' : 0\"",
        "'viel'",
        None,
        "„cents“ muss eine Zahl ergeben, nicht einen Text",
    );
    one(
        FORM,
        ">= law.forest_distance\"",
        "- law.forest_distance\"",
        "answers.fire.forest_distance - ",
        None,
        "„must“ muss ja oder nein ergeben",
    );
    one(
        HALL_FORM,
        "value = \"room == null ? 0 : room.cleaning\"",
        "value = \"room == null ? 0 : room.kitchen\"",
        "room.kitchen",
        None,
        "„value“ muss eine Zahl ergeben",
    );
    one(
        SERVICE,
        "regime = \"regime\"",
        "regime_expr = \"params.fee > 0 ? 'permitt' : 'notice'\"",
        "'permitt'",
        Some("permit"),
        "kein Verfahren",
    );
}

#[test]
fn functions_and_sums_take_their_own_kinds() {
    wrong(
        "minutes(answers.event.date) > 5",
        "answers.event.date)",
        "„minutes“ braucht eine Uhrzeit, nicht einen Tag",
    );
    wrong(
        "weekday(answers.fire.height) == 'sat'",
        "answers.fire.height)",
        "„weekday“ braucht einen Tag",
    );
    wrong("days_between(today) > 5", "days_between", "braucht 2 Angaben");
    wrong("add_days(today, 'x') == today", "'x'", "„add_days“ braucht eine Zahl");
    wrong(
        "answers.fire.height.matches('x')",
        "answers.fire.height.",
        "„matches“ braucht einen Text",
    );
    wrong(
        "answers.fire.height + 'x' == 'y'",
        "answers.fire.height +",
        "„+“ passt nicht zu einer Zahl und einem Text",
    );
    wrong(
        "answers.event.date - today > 5",
        "answers.event.date -",
        "„-“ passt nicht zu einem Tag und einem Tag",
    );
    wrong(
        "answers.fire.height && true",
        "answers.fire.height &&",
        "hier muss ja oder nein stehen",
    );
    wrong(
        "!answers.fire.height",
        "answers.fire.height",
        "hier muss ja oder nein stehen",
    );
    wrong("size(answers.fire.height) > 1", "answers.fire.height)", "„size“ zählt");
    one(
        SERVICE,
        END,
        "when = \"weekday(answers.event.date) == 'sa'\"",
        "'sa'",
        Some("sat"),
        "keine Möglichkeit von weekday",
    );
    one(
        SERVICE,
        END,
        "when = \"quiet_day(answers.event.date) == 'good_fryday'\"",
        "'good_fryday'",
        None,
        "keine Möglichkeit von quiet_day",
    );
}

#[test]
fn what_may_be_right_is_let_through() {
    right(&[
        "answers.fire.height == null || answers.fire.height > params.fee - 20 * 3",
        "answers.event.date >= '2027-01-09' && answers.event.end <= law.night_rest",
        "minutes(law.night_rest) >= minutes('22:00') && minutes(now) > 0",
        "answers.helpers.filter(h, h.phone != null).map(h, h.name).exists(n, n.startsWith('A'))",
        "answers.helpers.exists_one(h, h.name == 'Anna') && size(answers.helpers) + size(answers.club.name) > 3",
        "answers.plan != null && answers.plan.size > 1000 && answers.plan['name'] != ''",
        "[1, 2].all(i, quiet_day(add_days(answers.event.date, i)) in ['sunday_of_the_dead', ''])",
        "days_between(today, add_months(answers.event.date, 1)) > 3 ? place.on_paper : answers.fire.public",
        "answers.fire.where in ['open', 'basket'] && (answers.club.name + 'x').contains('y')",
        "(answers.fire.height == null ? null : answers.fire.height) != 3",
        "regime != null && place.name == 'Nobitz' && answers.helpers[0].name != ''",
    ]);
}

#[test]
fn names_that_are_not_known_say_nothing_of_types() {
    // An unknown name, a question of unknown type, a parameter without one: told once.
    let mut files = fixture();
    plant(
        &mut files,
        SERVICE,
        END,
        "when = \"answers.fire.hight > 'abc' && params.fe == true\"",
    );
    assert_eq!(load(&files).diagnostics.len(), 2, "{}", all(&load(&files).diagnostics));
    let mut files = fixture();
    plant(
        &mut files,
        FORM,
        "type = \"number\"\nunit = \"cm\"",
        "type = \"nummer_x\"\nunit = \"cm\"",
    );
    plant(&mut files, SERVICE, END, "when = \"answers.fire.height > 'abc'\"");
    let found = load(&files).diagnostics;
    assert!(found.iter().all(|d| d.file == FORM), "{}", all(&found));
}

#[test]
fn other_mistakes_hide_none_of_these() {
    let mut files = fixture();
    plant(&mut files, SERVICE, END, "when = \"answers.fire.height >= 'abc'\"");
    plant(&mut files, SERVICE, "min = 0\nmax = 60", "min = 99\nmax = 60");
    plant(&mut files, FORM, "field = \"event.start\"", "field = \"event.strat\"");
    let found = load(&files).diagnostics;
    assert!(
        found.iter().any(|d| d.what.contains("ist eine Zahl und lässt sich")),
        "{}",
        all(&found)
    );
    assert!(
        found.iter().any(|d| d.what.contains("größer als „max“")),
        "{}",
        all(&found)
    );
    assert!(
        found.iter().any(|d| d.nearest.as_deref() == Some("event.start")),
        "{}",
        all(&found)
    );
    // What can be read of it is there for a further look.
    let loaded = load(&files);
    assert_eq!(
        loaded.broken.iter().map(|s| s.id.as_str()).collect::<Vec<_>>(),
        ["lagerfeuer"]
    );
    assert_eq!(loaded.broken[0].letters.len(), 4);
}

#[test]
fn a_stricter_checker_takes_no_published_version_away() {
    let mut files = fixture();
    plant(&mut files, SERVICE, "unit = \"days\"", "unit = \"Werktage\"");
    let loaded = load(&files);
    assert!(!loaded.diagnostics.is_empty() && !loaded.catalog.services.contains_key("lagerfeuer"));
    let published = loaded.published("lagerfeuer").expect("the version of running cases");
    assert_eq!(published.parameters[1].unit.as_deref(), Some("Werktage"));
    // What cannot be read at all is no version.
    files.insert(FORM.to_owned(), b"[[page".to_vec());
    assert!(load(&files).published("lagerfeuer").is_none());
}
