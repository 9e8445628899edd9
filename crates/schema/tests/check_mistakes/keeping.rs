//! Periods of keeping: a reason for each, none longer than the case's, none from a day that nobody knows.

use schema::load;

use crate::common::*;

const SERVICE: &str = "services/lagerfeuer/service.toml";
const FORM: &str = "services/lagerfeuer/form.toml";

/// What is found once this stands instead of that.
fn diagnostics(path: &str, old: &str, new: &str) -> String {
    let mut files = fixture();
    plant(&mut files, path, old, new);
    all(&load(&files).diagnostics)
}

#[test]
fn a_period_has_a_reason() {
    for good in [
        "retention = { period = \"5y\", note = \"nicht gefunden\" }",
        "retention = { period = \"5y\", legal_basis = [\"obg27\"] }",
    ] {
        let found = diagnostics(SERVICE, "retention = \"5y\"", good);
        assert!(found.is_empty(), "{good}: {found:?}");
    }
    one(
        SERVICE,
        "retention = \"5y\"",
        "retention = { period = \"5y\" }",
        "{ period",
        None,
        "„legal_basis“ oder „note“ fehlt",
    );
    one(
        SERVICE,
        "retention = \"5y\"",
        "retention = { period = \"5y\", after = \"event\", note = \"x\" }",
        "\"event\"",
        None,
        "ab seinem Ende",
    );
    one(
        SERVICE,
        "retention = \"5y\"",
        "retention = { period = \"500y\", note = \"x\" }",
        "\"500y\"",
        None,
        "eine Dauer",
    );
}

#[test]
fn an_answer_goes_no_later_than_its_case() {
    let field = "id = \"fire.forest_distance\"";
    let with = |kept: &str| format!("{field}\nretention = {kept}");
    let found = diagnostics(
        FORM,
        field,
        &with("{ period = \"2m\", after = \"event\", note = \"x\" }"),
    );
    assert!(found.is_empty(), "{found:?}");
    one(
        FORM,
        field,
        &with("{ period = \"6y\", after = \"event\", note = \"x\" }"),
        "{ period",
        None,
        "länger aufgehoben (6\u{a0}Jahre) als der Vorgang (5\u{a0}Jahre)",
    );
    one(
        FORM,
        field,
        &with("\"2m\""),
        "\"2m\"",
        None,
        "„legal_basis“ oder „note“ fehlt",
    );
    one(
        FORM,
        field,
        &with("{ period = \"2m\", after = \"never\", note = \"x\" }"),
        "\"never\"",
        None,
        "bekannt sind closed, event, money",
    );
}

#[test]
fn a_level_of_assurance_has_a_law_and_a_known_name() {
    let said = |table: &str| diagnostics(SERVICE, "[event]", &format!("{table}\n\n[event]"));
    let good = said("[assurance]\nlevel = \"substantial\"\nlegal_basis = [\"obg27\"]");
    assert_eq!(good, "");
    for (table, says) in [
        ("[assurance]\nlevel = \"medium\"\nlegal_basis = [\"obg27\"]", "„medium“"),
        ("[assurance]\nlevel = \"high\"", "„legal_basis“ fehlt"),
        ("[assurance]\nlevel = \"high\"\nlegal_basis = [\"ozg\"]", "„ozg“"),
        ("[assurance]\nlegal_basis = [\"obg27\"]", "„level“ fehlt"),
    ] {
        let found = said(table);
        assert!(found.contains(says), "{table}: {found}");
    }
}
