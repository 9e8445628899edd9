//! Legal bases, and the files of the region.

use crate::common::{all, fixture, one, plant};

const SERVICE: &str = "services/lagerfeuer/service.toml";
const FORM: &str = "services/lagerfeuer/form.toml";
const LAW: &str = "regions/probe/law.toml";
const DAYS: &str = "regions/probe/holidays.toml";
const QUIET: &str = "regions/probe/quiet_days.toml";
const OFFICES: &str = "regions/probe/responsibilities.toml";

#[test]
fn every_decision_has_a_legal_basis() {
    let fee = "kind = \"fee\"\nlegal_basis = [\"obg27\"]";
    one(
        SERVICE,
        fee,
        "kind = \"fee\"",
        "[[fee]]",
        None,
        "„legal_basis“ fehlt: eine Gebühr",
    );
    one(
        SERVICE,
        "max = 60\nlegal_basis = [\"obg27\"]",
        "max = 60",
        "[[parameter]]\nid = \"notice_days\"",
        None,
        "ein Parameter",
    );
    one(
        SERVICE,
        "when = \"params.notice_days > 0\"\nlegal_basis = [\"obg27\"]",
        "",
        "[[deadline]]\nkind = \"notice\"",
        None,
        "Anzeigefrist",
    );
    one(
        FORM,
        "kind = \"nothing_needed\"\nlegal_basis = [\"obg27\"]",
        "kind = \"nothing_needed\"",
        "[[exit]]",
        None,
        "ein Ausgang",
    );
    one(
        FORM,
        "legal_basis = [\"wald12\"]",
        "",
        "[[check]]",
        None,
        "eine Prüfung",
    );
    one(
        SERVICE,
        fee,
        "kind = \"fee\"\nlegal_basis = []",
        "[]",
        None,
        "mindestens einer",
    );
    one(
        SERVICE,
        fee,
        "kind = \"fee\"\nlegal_basis = [\"obg72\"]",
        "\"obg72\"",
        Some("obg27"),
        "keine Rechtsgrundlage",
    );
    one(
        FORM,
        "legal_basis = [\"wald12\"]",
        "legal_basis = [\"wald21\"]",
        "\"wald21\"",
        Some("wald12"),
        "keine Rechtsgrundlage",
    );
}

#[test]
fn what_is_unconfirmed_says_what_is_open() {
    one(
        SERVICE,
        "note = \"neue Fassung nicht gelesen\"\n",
        "",
        "[[legal_basis]]\nid = \"wald12\"",
        None,
        "„note“",
    );
}

#[test]
fn the_region() {
    one(
        LAW,
        "value = 100",
        "value = \"hundert\"",
        "\"hundert\"",
        None,
        "eine ganze Zahl",
    );
    one(
        LAW,
        "unit = \"m\"",
        "untit = \"m\"",
        "untit",
        Some("unit"),
        "eine Zahl des Rechts",
    );
    one(
        LAW,
        "legal_basis = \"§ 1 Probegesetz\"\n",
        "",
        "[forest_distance]",
        None,
        "„legal_basis“ fehlt",
    );
    one(
        LAW,
        "status = \"unconfirmed\"",
        "status = \"unconfirmd\"",
        "\"unconfirmd\"",
        Some("unconfirmed"),
        "„status“",
    );
    one(
        DAYS,
        "easter = -2",
        "easter = -2\nfixed = \"04-03\"",
        "[[day]]\nid = \"good_friday\"",
        None,
        "genau eine",
    );
    one(
        DAYS,
        "fixed = \"10-03\"",
        "fixed = \"3. Oktober\"",
        "\"3. Oktober\"",
        None,
        "Monat und Tag",
    );
    one(
        DAYS,
        "id = \"unity_day\"",
        "id = \"good_friday\"",
        "\"good_friday\"\nname = \"Tag",
        None,
        "gibt es schon",
    );
    one(
        DAYS,
        "easter = -2\nlegal_basis = \"§ 3 Probegesetz\"",
        "easter = -2",
        "[[day]]\nid = \"good_friday\"",
        None,
        "„legal_basis“",
    );
    one(
        QUIET,
        "hours = [3, 24]",
        "hours = [24, 3]",
        "[24, 3]",
        None,
        "zwei Stunden",
    );
    one(
        OFFICES,
        "level = \"district\"",
        "level = \"distrikt\"",
        "\"distrikt\"",
        Some("district"),
        "„level“",
    );
    one(
        OFFICES,
        "source = \"Probe\"\n",
        "",
        "[[trade.own_office]]",
        None,
        "„source“ fehlt",
    );
    one(
        OFFICES,
        "ags = \"16077001\"",
        "ags = \"1607700\"",
        "\"1607700\"",
        None,
        "acht Ziffern",
    );
}

#[test]
fn law_that_does_not_parse_takes_out_those_who_read_it() {
    let mut files = fixture();
    plant(&mut files, LAW, "value = 100", "value 100");
    let loaded = schema::load(&files);
    assert_eq!(loaded.diagnostics.len(), 1, "{}", all(&loaded.diagnostics));
    let whole: Vec<_> = loaded.catalog.services.keys().collect();
    assert_eq!(whole, ["saal"]);
}
