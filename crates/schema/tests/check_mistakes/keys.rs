//! Syntax, unknown keys, wrong types, missing keys, unknown words.

use crate::common::{all, fixture, one, only, plant, spot};
use schema::load;

const SERVICE: &str = "services/lagerfeuer/service.toml";
const FORM: &str = "services/lagerfeuer/form.toml";
const FIELDS: &str = "fields/event.toml";

#[test]
fn syntax() {
    let says = "Schreibfehler in TOML";
    one(
        SERVICE,
        "icon = \"fire\"",
        "icon = fire",
        "fire\ngroup",
        None,
        "Anführungszeichen",
    );
    one(SERVICE, "icon = \"fire\"", "icon \"fire\"", "\"fire\"", None, says);
    one(
        FORM,
        "options = [\"open\", \"basket\"]",
        "options = [\"open\" \"basket\"]",
        "\"basket\"]",
        None,
        "Komma",
    );
    one(
        SERVICE,
        "icon = \"fire\"",
        "icon = \"fire",
        "\ngroup",
        None,
        "endet nicht",
    );
    one(
        SERVICE,
        "icon = \"fire\"",
        "icon = \"fire\"\nicon = \"tent\"",
        "icon = \"tent\"",
        None,
        "schon weiter oben",
    );
    one(SERVICE, "icon = \"fire\"", "icon = ", "\ngroup", None, says);
}

#[test]
fn a_file_that_does_not_parse_hides_no_mistake_of_others_and_invents_none() {
    let mut files = fixture();
    plant(&mut files, FORM, "id = \"fire.where\"", "id = fire.where");
    plant(&mut files, FORM, "id = \"fire.place\"", "id \"fire.place\"");
    plant(&mut files, SERVICE, "unit = \"days\"", "unitt = \"days\"");
    plant(
        &mut files,
        "services/saal/form.toml",
        "optional = true",
        "optinal = true",
    );
    let found = load(&files).diagnostics;
    let places: Vec<_> = found.iter().map(|d| (d.file.as_str(), d.line)).collect();
    let line = |path: &str, needle: &str| spot(&files, path, needle).0;
    assert_eq!(
        places,
        [
            (FORM, line(FORM, "id = fire.where")),
            (FORM, line(FORM, "id \"fire.place\"")),
            (SERVICE, line(SERVICE, "unitt")),
            ("services/saal/form.toml", line("services/saal/form.toml", "optinal")),
        ],
        "{}",
        all(&found)
    );
}

#[test]
fn a_broken_field_file_is_reported_once_and_takes_only_its_users_out() {
    let mut files = fixture();
    plant(&mut files, "fields/club.toml", "type = \"one_of\"", "type \"one_of\"");
    let loaded = load(&files);
    assert_eq!(loaded.diagnostics.len(), 1, "{}", all(&loaded.diagnostics));
    assert!(loaded.catalog.services.is_empty(), "both use club.name");

    let mut files = fixture();
    plant(
        &mut files,
        "fields/club.toml",
        "options = [\"club\", \"private\"]",
        "options = [\"club\", 5]",
    );
    let loaded = load(&files);
    let whole: Vec<_> = loaded.catalog.services.keys().collect();
    assert_eq!(
        whole,
        ["lagerfeuer"],
        "only saal uses club.kind: {}",
        all(&loaded.diagnostics)
    );
}

#[test]
fn not_utf8() {
    let mut files = fixture();
    files.get_mut("services/saal/texts.en.toml").unwrap()[3] = 0xff;
    let found = load(&files).diagnostics;
    assert_eq!(found.len(), 1, "{}", all(&found));
    assert_eq!((found[0].line, found[0].column), (1, 4));
}

#[test]
fn unknown_keys() {
    one(
        SERVICE,
        "icon = \"fire\"",
        "icn = \"fire\"",
        "icn",
        Some("icon"),
        "Unbekannter Schlüssel „icn“",
    );
    one(
        SERVICE,
        "icon = \"fire\"",
        "icon = \"fire\"\ncolour = \"red\"",
        "colour",
        None,
        "eine Leistung",
    );
    one(
        FORM,
        "reveal = true",
        "reveel = true",
        "reveel",
        Some("reveal"),
        "vom Typ number",
    );
    one(
        FORM,
        "unit = \"cm\"",
        "pattern = \"[0-9]+\"",
        "pattern",
        None,
        "vom Typ number",
    );
    one(FORM, "[[rule]]", "[[rulle]]", "rulle", Some("rule"), "ein Formular");
    one(
        FORM,
        "field = \"event.end\"\noptional",
        "field = \"event.end\"\noptionel",
        "optionel",
        Some("optional"),
        "field",
    );
    one(
        FORM,
        "field = \"event.start\"",
        "feld = \"event.start\"",
        "feld",
        Some("field"),
        "eine Frage",
    );
    one(
        FORM,
        "type = \"phone\"",
        "typ = \"phone\"",
        "typ =",
        Some("type"),
        "ein Teil einer Gruppe",
    );
    one(
        FIELDS,
        "sample = [\"17:00\"]",
        "samples = [\"17:00\"]",
        "samples",
        Some("sample"),
        "ein Feld",
    );
}

#[test]
fn wrong_types() {
    one(
        SERVICE,
        "min = 0\nmax = 60",
        "min = \"0\"\nmax = 60",
        "\"0\"",
        None,
        "„min“ muss eine ganze Zahl sein, nicht „0“",
    );
    one(
        SERVICE,
        "default = true",
        "default = \"ja\"",
        "\"ja\"",
        None,
        "true oder false",
    );
    one(
        SERVICE,
        "retention = \"5y\"",
        "retention = \"5 Jahre\"",
        "\"5 Jahre\"",
        None,
        "eine Dauer",
    );
    one(
        SERVICE,
        "period = \"2w\"",
        "period = \"2 weeks\"",
        "\"2 weeks\"",
        None,
        "eine Frist",
    );
    one(
        SERVICE,
        "url = \"https://law.example/27\"",
        "url = \"law.example\"",
        "\"law.example\"",
        None,
        "https://",
    );
    one(
        SERVICE,
        "code = \"FEUER\"",
        "code = \"Feuer\"",
        "\"Feuer\"",
        None,
        "Großbuchstaben A–Z",
    );
    one(FORM, "min = 20", "min = \"viel\"", "\"viel\"", None, "„law.…“");
    one(
        FORM,
        "options = [\"open\", \"basket\"]",
        "options = \"open\"",
        "\"open\"",
        None,
        "eine Liste von Namen",
    );
    one(FORM, "max = 500\n", "max = 5.5\n", "5.5", None, "Kommazahl");
    one(
        FIELDS,
        "min = \"today\"",
        "min = \"heute\"",
        "\"heute\"",
        None,
        "ein Datum",
    );
    one(
        FIELDS,
        "min = \"06:00\"",
        "min = \"6 Uhr\"",
        "\"6 Uhr\"",
        None,
        "eine Uhrzeit",
    );
}

#[test]
fn missing_keys_are_reported_at_their_table() {
    one(
        SERVICE,
        "code = \"FEUER\"\n",
        "",
        "id = \"lagerfeuer\"",
        None,
        "„code“ fehlt",
    );
    one(
        FORM,
        "type = \"yes_no\"\n",
        "",
        "[[page.question]]\nid = \"fire.public\"",
        None,
        "„type“ fehlt",
    );
    one(
        FORM,
        "kind = \"nothing_needed\"\n",
        "",
        "[[exit]]",
        None,
        "„kind“ fehlt",
    );
    one(
        FORM,
        "must = \"minutes(answers.event.end) > minutes(answers.event.start)\"\n",
        "",
        "[[rule]]",
        None,
        "„must“",
    );
    one(
        "services/saal/form.toml",
        "result = \"money\"\n",
        "",
        "[[page.question]]\nid = \"hire.total\"",
        None,
        "„result“",
    );
    one(
        "services/saal/form.toml",
        "options = [\"stage\", \"kitchen\"]",
        "min_items = 0",
        "[[page.question]]\nid = \"hire.extras\"",
        None,
        "„options“ fehlt",
    );
}

#[test]
fn unknown_words() {
    one(
        SERVICE,
        "icon = \"fire\"",
        "icon = \"fier\"",
        "\"fier\"",
        Some("fire"),
        "gibt es bei „icon“ nicht",
    );
    one(
        SERVICE,
        "act = \"notice\"",
        "act = \"notiz\"",
        "\"notiz\"",
        Some("notice"),
        "bekannt sind",
    );
    one(SERVICE, "unit = \"d\"", "unit = \"x\"", "\"x\"", Some("d"), "„unit“");
    one(
        FORM,
        "type = \"yes_no\"",
        "type = \"yesno\"",
        "\"yesno\"",
        Some("yes_no"),
        "„type“",
    );
    one(
        FORM,
        "accept = [\"pdf\"]",
        "accept = [\"pfd\"]",
        "\"pfd\"",
        Some("pdf"),
        "„accept“",
    );
    one(
        FORM,
        "kind = \"nothing_needed\"",
        "kind = \"nothing_neded\"",
        "\"nothing_neded\"",
        Some("nothing_needed"),
        "„kind“",
    );
}

#[test]
fn a_tab_and_an_umlaut_count_as_one_character_each() {
    let mut files = fixture();
    plant(
        &mut files,
        FORM,
        "must = \"minutes(",
        "must = \"'ä\t' == '' || minuten(",
    );
    only(&files, FORM, "minuten", Some("minutes"), "Die Funktion „minuten“");
}

#[test]
fn a_text_that_does_not_end_is_one_mistake() {
    let rule = "must = \"minutes(answers.event.end) > minutes(answers.event.start)\"";
    let lines = "must = \"\"\"minutes(answers.event.end)\n  > minutes(answers.event.start)\n  && true\"\"\"";
    let mut files = fixture();
    plant(&mut files, FORM, rule, lines);
    assert_eq!(load(&files).diagnostics, []);
    plant(&mut files, FORM, "must = \"\"\"minutes", "must = minutes");
    let found = load(&files).diagnostics;
    let line = spot(&files, FORM, "must = minutes").0;
    assert_eq!(found[0].line, line, "{}", all(&found));
    assert_eq!(found.len(), 1, "what follows would be a guess: {}", all(&found));
}

#[test]
fn a_header_that_is_missing_is_one_mistake_though_its_keys_stand_twice() {
    let header = "[[parameter]]\nid = \"fee\"";
    one(
        SERVICE,
        header,
        "id = \"fee\"",
        "id = \"fee\"",
        None,
        "schon weiter oben",
    );
}

#[test]
fn without_a_type_only_the_type_is_wrong() {
    one(
        "fields/event.toml",
        "type = \"date\"\n",
        "",
        "[date]",
        None,
        "„type“ fehlt",
    );
    one(
        "fields/event.toml",
        "type = \"date\"",
        "type = 5",
        "5\nmin",
        None,
        "„type“",
    );
    one(
        "fields/event.toml",
        "type = \"date\"",
        "type = \"zebra\"",
        "\"zebra\"",
        None,
        "gibt es bei „type“ nicht",
    );
}

#[test]
fn a_broken_field_file_is_not_read_as_another() {
    let mut files = fixture();
    plant(
        &mut files,
        "fields/event.toml",
        "max = \"today+730d\"",
        "max \"today+730d\"",
    );
    assert_eq!(load(&files).diagnostics.len(), 1, "{}", all(&load(&files).diagnostics));
}
