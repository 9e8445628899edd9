//! Twenty mistakes of sixteen kinds at once, over ten files: exactly these come out, each at its line with the word
//! that was meant.

use crate::common::{all, fixture, plant, spot};
use schema::load;

/// A mistake: file, what stands there, what is planted, where it is reported, the nearest word.
type Mistake = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    Option<&'static str>,
);

const SERVICE: &str = "services/lagerfeuer/service.toml";
const FORM: &str = "services/lagerfeuer/form.toml";
const DE: &str = "services/lagerfeuer/texts.de.toml";
const EN: &str = "services/lagerfeuer/texts.en.toml";
const PLAIN: &str = "services/lagerfeuer/examples/plain.toml";
const HALL: &str = "services/saal/service.toml";
const HALL_FORM: &str = "services/saal/form.toml";
const HALL_EN: &str = "services/saal/texts.en.toml";

const MISTAKES: [Mistake; 20] = [
    // unknown key
    (
        SERVICE,
        "retention = \"5y\"",
        "retension = \"5y\"",
        "retension",
        Some("retention"),
    ),
    (FORM, "unit = \"cm\"", "unti = \"cm\"", "unti", Some("unit")),
    // wrong type
    (
        SERVICE,
        "min = 0\nmax = 60",
        "min = \"null\"\nmax = 60",
        "\"null\"",
        None,
    ),
    (FORM, "max_length = 400", "max_length = \"400\"", "\"400\"", None),
    // missing key
    (SERVICE, "kind = \"fee\"\n", "", "[[fee]]", None),
    // missing legal basis
    (FORM, "legal_basis = [\"wald12\"]", "", "[[check]]", None),
    // unknown legal basis
    (
        SERVICE,
        "max = 10000\nlegal_basis = [\"obg27\"]",
        "max = 10000\nlegal_basis = [\"obg72\"]",
        "\"obg72\"",
        Some("obg27"),
    ),
    // name in a rule
    (
        FORM,
        "when = \"answers.event.end != null\"",
        "when = \"answers.event.edn != null\"",
        "answers.event.edn",
        Some("answers.event.end"),
    ),
    (
        FORM,
        ">= law.forest_distance",
        ">= law.forest_distnce",
        "law.forest_distnce",
        Some("law.forest_distance"),
    ),
    // syntax of a rule
    (
        SERVICE,
        "when = \"regime == 'permit'\"",
        "when = \"regime = 'permit'\"",
        "= 'permit'",
        None,
    ),
    // order of the form
    (
        FORM,
        "reveal = true",
        "reveal = false",
        "answers.fire.public == true",
        None,
    ),
    // unreachable page
    (
        FORM,
        "when = \"regime != 'none'\"",
        "when = \"2 < 1\"",
        "\"2 < 1\"",
        None,
    ),
    // missing text
    (DE, "label = \"Öffentlich?\"", "", "[question.fire.public]", None),
    // text that nobody needs
    (
        EN,
        "[exit.basket]\ntitle",
        "[exit.basket]\ntitel",
        "titel",
        Some("exit.basket.title"),
    ),
    // placeholder
    (
        DE,
        "{answers.event.date}",
        "{answers.event.dte}",
        "{answers.event.dte}",
        Some("{answers.event.date}"),
    ),
    // unknown answer and option in an example
    (PLAIN, "where = \"open\"", "where = \"opne\"", "\"opne\"", Some("open")),
    (PLAIN, "height = 120", "hieght = 120", "hieght", Some("height")),
    // unknown field
    (
        HALL_FORM,
        "field = \"event.date\"",
        "field = \"event.dte\"",
        "\"event.dte\"",
        Some("event.date"),
    ),
    // unknown word
    (HALL, "icon = \"hall\"", "icon = \"hal\"", "\"hal\"", Some("hall")),
    // syntax of TOML
    (HALL_EN, "short = \"Saal\"", "short = Saal", "Saal\nlead", None),
];

/// Mistakes of further kinds, beside the twenty in the same files.
const MORE: [Mistake; 5] = [
    // type in a rule
    (FORM, "> minutes(answers.event.start)", "> 'early'", "'early'", None),
    // what a rule comes to
    (
        SERVICE,
        "when = \"params.notice_days > 0\"",
        "when = \"params.notice_days + 1\"",
        "params.notice_days + 1",
        None,
    ),
    (HALL_FORM, "room == null ? 0", "room == null ? 'none'", "'none'", None),
    // unit
    (SERVICE, "unit = \"days\"", "unit = \"day\"", "\"day\"", Some("days")),
    // choice of a parameter
    (
        SERVICE,
        "default = \"notice\"",
        "default = \"erm\"",
        "\"erm\"",
        Some("permit"),
    ),
];

#[test]
fn twenty_mistakes_are_twenty_lines() {
    come_out(&MISTAKES);
}

#[test]
fn further_kinds_hide_none_and_are_hidden_by_none() {
    come_out(&MISTAKES.iter().chain(&MORE).copied().collect::<Vec<_>>());
}

/// Plants the mistakes, and asserts that exactly these come out.
fn come_out(mistakes: &[Mistake]) {
    let mut files = fixture();
    for (path, old, new, _, _) in mistakes {
        plant(&mut files, path, old, new);
    }
    let mut wanted: Vec<_> = mistakes
        .iter()
        .map(|(path, _, _, needle, nearest)| {
            let (line, column) = spot(&files, path, needle);
            (path.to_string(), line, column, nearest.map(str::to_owned))
        })
        .collect();
    wanted.sort();
    let loaded = load(&files);
    let found: Vec<_> = loaded
        .diagnostics
        .iter()
        .map(|d| (d.file.clone(), d.line, d.column, d.nearest.clone()))
        .collect();
    assert_eq!(found, wanted, "\n{}", all(&loaded.diagnostics));
    assert!(loaded.catalog.services.is_empty());
}

#[test]
fn what_a_person_reads() {
    let mut files = fixture();
    plant(&mut files, FORM, "unit = \"cm\"", "unti = \"cm\"");
    let line = spot(&files, FORM, "unti").0;
    assert_eq!(
        all(&load(&files).diagnostics),
        format!(
            "{FORM}:{line}:1: Unbekannter Schlüssel „unti“: eine Frage vom Typ number kennt ihn nicht; \
             gemeint ist vielleicht: „unit“; Beispiel: unit = \"m\"\n"
        )
    );
}
