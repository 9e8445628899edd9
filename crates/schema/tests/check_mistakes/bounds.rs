//! Bounds, defaults, options, samples.

use crate::common::{fixture, one, plant};

const SERVICE: &str = "services/lagerfeuer/service.toml";
const FORM: &str = "services/lagerfeuer/form.toml";

#[test]
fn parameters() {
    one(
        SERVICE,
        "min = 0\nmax = 60",
        "min = 70\nmax = 60",
        "70",
        None,
        "größer als „max“",
    );
    one(SERVICE, "default = 14", "default = 90", "90", None, "außerhalb");
    one(
        SERVICE,
        "default = 14",
        "default = \"14\"",
        "\"14\"",
        None,
        "eine ganze Zahl sein",
    );
    one(
        SERVICE,
        "default = \"notice\"",
        "default = \"notize\"",
        "\"notize\"",
        Some("notice"),
        "in „options“ stehen",
    );
    one(
        SERVICE,
        "type = \"money\"\ndefault = 2500",
        "type = \"money\"\ndefault = 25000",
        "25000",
        None,
        "außerhalb",
    );
    one(
        SERVICE,
        "options = [\"permit\", \"notice\", \"none\"]\n",
        "",
        "[[parameter]]\nid = \"regime\"",
        None,
        "hat keine Möglichkeit",
    );
    one(
        SERVICE,
        "unit = \"days\"\n",
        "options = [\"a\"]\n",
        "[\"a\"]",
        None,
        "nur bei type",
    );
}

#[test]
fn questions() {
    one(FORM, "min = 20", "min = 600", "600", None, "„min“ ist größer als „max“");
    one(
        FORM,
        "max = 5000",
        "max = 50",
        "\"law.forest_distance\"",
        None,
        "„min“ ist größer als „max“",
    );
    one(FORM, "min_length = 10", "min_length = 1000", "1000", None, "min_length");
    one(FORM, "min_items = 1", "min_items = 9", "9", None, "min_items");
    one(
        FORM,
        "options = [\"open\", \"basket\"]",
        "options = [\"open\", \"basket\", \"open\"]",
        "\"open\"]",
        None,
        "zweimal",
    );
    one(
        "fields/event.toml",
        "max = \"today+730d\"",
        "max = \"today-1d\"",
        "\"today\"",
        None,
        "größer",
    );
    one(
        "fields/event.toml",
        "min = \"06:00\"",
        "min = \"06:00\"\nmax = \"05:00\"",
        "\"06:00\"",
        None,
        "größer",
    );
    one(
        "services/saal/form.toml",
        "optional = true",
        "max_items = 3",
        "3",
        None,
        "mehr als die Zahl",
    );
}

#[test]
fn samples() {
    one(
        FORM,
        "sample = [120, 250]",
        "sample = [120, 2500]",
        "2500",
        None,
        "außerhalb",
    );
    one(
        FORM,
        "sample = [\"Festwiese am Sportplatz\"]",
        "sample = [\"Wiese\"]",
        "\"Wiese\"",
        None,
        "zu kurz",
    );
    one(
        "fields/event.toml",
        "\"2027-05-01\"",
        "\"01.05.2027\"",
        "\"01.05.2027\"",
        None,
        "kein Tag",
    );
    one(
        "fields/event.toml",
        "[\"17:00\"]",
        "[\"05:00\"]",
        "\"05:00\"",
        None,
        "außerhalb",
    );
}

#[test]
fn a_choice_names_the_nearest_option() {
    one(
        SERVICE,
        "default = \"notice\"\noptions = [\"permit\", \"notice\", \"none\"]",
        "default = \"erm\"\noptions = [\"permit\", \"notice\", \"none\"]",
        "\"erm\"",
        Some("permit"),
        "in „options“ stehen",
    );
}

#[test]
fn units_have_words_or_are_signs() {
    for (wrong, near) in [("day", Some("days")), ("weks", Some("weeks")), ("parsecs", None)] {
        one(
            SERVICE,
            "unit = \"days\"",
            &format!("unit = \"{wrong}\""),
            &format!("\"{wrong}\"\ndefault"),
            near,
            "„unit“",
        );
    }
    one(
        "regions/probe/law.toml",
        "unit = \"m\"",
        "unit = \"meter\"",
        "\"meter\"",
        None,
        "„unit“",
    );
    let mut files = fixture();
    plant(&mut files, SERVICE, "unit = \"days\"", "unit = \"m²\"");
    assert!(schema::load(&files).diagnostics.is_empty());
}
