//! Names in forms and services that point elsewhere, ids used twice, groups and choices.

use crate::common::{fixture, one, only, plant};

const SERVICE: &str = "services/lagerfeuer/service.toml";
const FORM: &str = "services/lagerfeuer/form.toml";
const HALL: &str = "services/saal/service.toml";

#[test]
fn unknown_field_is_read_as_the_one_meant() {
    one(
        FORM,
        "field = \"event.start\"",
        "field = \"event.strat\"",
        "\"event.strat\"",
        Some("event.start"),
        "kein Feld",
    );
}

#[test]
fn names_in_service_toml() {
    one(
        SERVICE,
        "place = \"fire.place\"",
        "place = \"fire.plase\"",
        "\"fire.plase\"",
        Some("fire.place"),
        "keine Frage",
    );
    one(
        SERVICE,
        "date = \"event.date\"",
        "date = \"event.start\"",
        "\"event.start\"",
        None,
        "fragt nicht nach einem Tag",
    );
    one(
        SERVICE,
        "fields = [\"event.date\", \"fire.place\"]",
        "fields = [\"event.date\", \"fire.plce\"]",
        "\"fire.plce\"",
        Some("fire.place"),
        "keine Frage",
    );
    one(
        SERVICE,
        "value = \"params.notice_days\"",
        "value = \"params.notice_day\"",
        "\"params.notice_day\"",
        Some("params.notice_days"),
        "kein Parameter",
    );
    one(
        SERVICE,
        "value = \"params.notice_days\"",
        "value = \"params.regime\"",
        "\"params.regime\"",
        None,
        "number oder money",
    );
    one(
        SERVICE,
        "regime = \"regime\"",
        "regime = \"regim\"",
        "\"regim\"",
        Some("regime"),
        "kein Parameter",
    );
    one(
        SERVICE,
        "responsibility = \"municipal\"",
        "responsibility = \"munizipal\"",
        "\"munizipal\"",
        Some("municipal"),
        "keine Zuständigkeit",
    );
    one(
        HALL,
        "room = \"hire.room\"",
        "room = \"hire.extras\"",
        "\"hire.extras\"",
        None,
        "fragt nicht nach einem Raum",
    );
    one(
        HALL,
        "to = [\"event.date\", \"hire.until\"]",
        "to = [\"event.date\", \"hire.untill\"]",
        "\"hire.untill\"",
        Some("hire.until"),
        "keine Frage",
    );
    one(
        HALL,
        "to = [\"event.date\", \"hire.until\"]",
        "to = [\"event.date\"]",
        "[\"event.date\"]",
        None,
        "Datumsfrage und Zeitfrage",
    );
    one(
        FORM,
        "to = \"saal\"",
        "to = \"sahl\"",
        "\"sahl\"",
        Some("saal"),
        "keine Leistung",
    );
    one(
        FORM,
        "field = \"fire.forest_distance\"\nwhen",
        "field = \"fire.forrest_distance\"\nwhen",
        "\"fire.forrest_distance\"",
        Some("fire.forest_distance"),
        "keine Frage",
    );
    one(
        SERVICE,
        "id = \"lagerfeuer\"",
        "id = \"lagerfeur\"",
        "\"lagerfeur\"",
        Some("lagerfeuer"),
        "ihr Ordner",
    );
}

#[test]
fn a_paper_is_a_file() {
    let mut files = fixture();
    plant(&mut files, SERVICE, "question = \"plan\"", "question = \"helpers\"");
    for lang in ["de", "en"] {
        plant(
            &mut files,
            &format!("services/lagerfeuer/texts.{lang}.toml"),
            "plan = \"Lageplan\"",
            "helpers = \"Helfer\"",
        );
    }
    only(&files, SERVICE, "\"helpers\"", None, "fragt nicht nach einer Datei");
}

#[test]
fn a_package_of_one_service_does_not_know_its_neighbours() {
    let mut files = fixture();
    files.retain(|path, _| !path.starts_with("services/saal/") && !path.contains("responsibilities"));
    let loaded = schema::load(&files);
    assert_eq!(loaded.diagnostics, []);
    assert!(loaded.catalog.services.contains_key("lagerfeuer"));
}

#[test]
fn ids_used_twice() {
    one(
        FORM,
        "[[page]]\nid = \"people\"",
        "[[page]]\nid = \"kind\"\n[[page.question]]\nfield = \"club.kind\"\n[[page]]\nid = \"people\"",
        "\"kind\"\n[[page.question]]",
        None,
        "Die Seite „kind“ gibt es schon",
    );
    one(
        FORM,
        "field = \"club.name\"",
        "field = \"club.name\"\n[[page.question]]\nfield = \"club.name\"\n",
        "\"club.name\"\n\n\n[[page",
        None,
        "schon weiter oben",
    );
    one(
        FORM,
        "id = \"phone\"\ntype = \"phone\"",
        "id = \"phone\"\ntype = \"phone\"\noptional = true\n[[page.question.part]]\nid = \"phone\"\ntype = \"email\"",
        "\"phone\"\ntype = \"email\"",
        None,
        "Den Teil „phone“",
    );
    one(
        SERVICE,
        "[[fee]]",
        "[[parameter]]\nid = \"fee\"\ntype = \"money\"\ndefault = 0\nlegal_basis = [\"obg27\"]\n[[fee]]",
        "\"fee\"\ntype = \"money\"\ndefault = 0",
        None,
        "Den Parameter „fee“",
    );
    one(
        HALL,
        "code = \"SAAL\"",
        "code = \"FEUER\"",
        "\"FEUER\"",
        None,
        "hat schon die Leistung lagerfeuer",
    );
    let mut files = fixture();
    plant(
        &mut files,
        FORM,
        "id = \"plan\"\ntype = \"file\"",
        "id = \"event\"\ntype = \"file\"",
    );
    plant(&mut files, SERVICE, "question = \"plan\"", "question = \"event\"");
    for lang in ["de", "en"] {
        let path = format!("services/lagerfeuer/texts.{lang}.toml");
        plant(&mut files, &path, "[question.plan]", "[question.event]");
        plant(&mut files, &path, "plan = \"Lageplan\"", "event = \"Lageplan\"");
    }
    only(&files, FORM, "\"event\"", None, "passen nicht zusammen");
}

#[test]
fn one_part_is_for_groups_and_files() {
    let mut files = fixture();
    plant(
        &mut files,
        FORM,
        "type = \"file\"\naccept = [\"pdf\"]",
        "type = \"iban\"",
    );
    plant(
        &mut files,
        SERVICE,
        "[[paper]]\nquestion = \"plan\"\nwhen = \"answers.fire.public == true\"\n",
        "",
    );
    for lang in ["de", "en"] {
        plant(
            &mut files,
            &format!("services/lagerfeuer/texts.{lang}.toml"),
            "[paper]\nplan = \"Lageplan\"\n",
            "",
        );
    }
    only(&files, FORM, "\"plan\"", None, "braucht zwei Teile");
}

#[test]
fn reveal_needs_a_rule_and_rooms_need_a_booking() {
    one(
        FORM,
        "when = \"answers.fire.public == true\"\n",
        "",
        "true\nsample",
        None,
        "„reveal“ braucht",
    );
    let mut files = fixture();
    plant(
        &mut files,
        FORM,
        "options = [\"open\", \"basket\"]",
        "options_from = \"rooms\"",
    );
    for lang in ["de", "en"] {
        let options = "[option.fire.where]\nopen = \"am Boden\"\nbasket = \"im Feuerkorb\"\n";
        plant(
            &mut files,
            &format!("services/lagerfeuer/texts.{lang}.toml"),
            options,
            "",
        );
    }
    only(&files, FORM, "\"rooms\"", None, "[booking]");
}

#[test]
fn a_slip_in_a_definition_is_one_mistake() {
    let says = "gibt es keine Texte";
    one(
        FORM,
        "id = \"fire.public\"",
        "id = \"fire.pubilc\"",
        "\"fire.pubilc\"",
        Some("fire.public"),
        says,
    );
    one(
        FORM,
        "id = \"helpers\"",
        "id = \"hepers\"",
        "\"hepers\"",
        Some("helpers"),
        says,
    );
    one(
        FORM,
        "[[page]]\nid = \"kind\"",
        "[[page]]\nid = \"knid\"",
        "\"knid\"",
        Some("kind"),
        says,
    );
    one(
        FORM,
        "id = \"end_after_start\"",
        "id = \"end_afer_start\"",
        "\"end_afer_start\"",
        Some("end_after_start"),
        says,
    );
    one(
        FORM,
        "[[check]]\nid = \"forest\"",
        "[[check]]\nid = \"forst\"",
        "\"forst\"",
        Some("forest"),
        says,
    );
    one(
        SERVICE,
        "id = \"notice_days\"",
        "id = \"notice_day\"",
        "\"notice_day\"",
        Some("notice_days"),
        says,
    );
    one(
        SERVICE,
        "id = \"supervision\"",
        "id = \"supervison\"",
        "\"supervison\"",
        Some("supervision"),
        says,
    );
}

#[test]
fn a_definition_without_a_name_is_one_mistake() {
    one(
        FORM,
        "id = \"fire.public\"\n",
        "",
        "[[page.question]]\ntype = \"yes_no\"",
        None,
        "„id“ fehlt",
    );
    one(
        FORM,
        "id = \"fire.public\"",
        "id = \"Fire.Public\"",
        "\"Fire.Public\"",
        None,
        "„id“ muss",
    );
    one(
        FORM,
        "[[page]]\nid = \"kind\"",
        "[[page]]\nid = 5",
        "5",
        None,
        "„id“ muss",
    );
    one(
        SERVICE,
        "id = \"notice_days\"\n",
        "",
        "[[parameter]]\ntype = \"number\"",
        None,
        "„id“ fehlt",
    );
    one(
        SERVICE,
        "id = \"wald12\"\n",
        "",
        "[[legal_basis]]\ntitle = \"§ 12",
        None,
        "„id“ fehlt",
    );
    one(
        FORM,
        "[[check]]\nid = \"forest\"\n",
        "[[check]]\n",
        "[[check]]",
        None,
        "„id“ fehlt",
    );
}

#[test]
fn a_slip_in_a_header_is_one_mistake() {
    let question = "[[page.question]]\nid = \"fire.public\"";
    one(
        FORM,
        question,
        "[[page.qestion]]\nid = \"fire.public\"",
        "qestion",
        Some("question"),
        "eine Seite",
    );
    let exit = "[[exit]]\nid = \"basket\"";
    one(
        FORM,
        exit,
        "[[exti]]\nid = \"basket\"",
        "exti",
        Some("exit"),
        "ein Formular",
    );
    let basis = "[[legal_basis]]\nid = \"wald12\"";
    one(
        SERVICE,
        basis,
        "[[legal_bassi]]\nid = \"wald12\"",
        "legal_bassi",
        Some("legal_basis"),
        "eine Leistung",
    );
    let says = "gibt es keine Texte";
    one("fields/event.toml", "[start]", "[strat]", "strat", Some("start"), says);
    one(
        SERVICE,
        "type = \"number\"\nunit",
        "type = 5\nunit",
        "5\nunit",
        None,
        "„type“",
    );
}
