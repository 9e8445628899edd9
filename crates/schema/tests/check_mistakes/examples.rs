//! Examples that answer what is not asked, or expect what cannot be.

use crate::common::{fixture, one, plant};

const PLAIN: &str = "services/lagerfeuer/examples/plain.toml";
const BROKEN: &str = "services/lagerfeuer/examples/broken.toml";
const ROOM: &str = "services/saal/examples/room.toml";

#[test]
fn answers() {
    one(
        PLAIN,
        "height = 120",
        "heigth = 120",
        "heigth",
        Some("height"),
        "„fire.heigth“ ist keine Frage",
    );
    one(
        PLAIN,
        "[answers.club]",
        "[answers.clubs]",
        "clubs",
        Some("club"),
        "„clubs“ ist keine Frage",
    );
    one(
        PLAIN,
        "name = \"Katrin Sommer\"",
        "nam = \"Katrin Sommer\"",
        "nam =",
        Some("name"),
        "kein Teil der Gruppe",
    );
    one(
        PLAIN,
        "where = \"open\"",
        "where = \"opn\"",
        "\"opn\"",
        Some("open"),
        "keine Möglichkeit von „fire.where“",
    );
    one(
        ROOM,
        "extras = [\"stage\"]",
        "extras = [\"stage\", \"kitchn\"]",
        "\"kitchn\"",
        Some("kitchen"),
        "keine Möglichkeit",
    );
    one(
        PLAIN,
        "date = \"2027-01-09\"",
        "date = \"2027-02-30\"",
        "\"2027-02-30\"",
        None,
        "ein Tag",
    );
    one(
        PLAIN,
        "start = \"17:00\"",
        "start = \"17 Uhr\"",
        "\"17 Uhr\"",
        None,
        "eine Uhrzeit",
    );
    one(
        PLAIN,
        "public = true",
        "public = \"ja\"",
        "\"ja\"",
        None,
        "true oder false",
    );
    one(
        PLAIN,
        "height = 120",
        "height = \"hoch\"",
        "\"hoch\"",
        None,
        "eine ganze Zahl",
    );
    one(
        ROOM,
        "until = \"23:00\"",
        "until = \"23:00\"\ntotal = 5",
        "5\n",
        None,
        "wird ausgerechnet",
    );
}

#[test]
fn an_expected_error_may_be_wrong_on_purpose() {
    one(
        BROKEN,
        "errors = [\"fire.where\", \"event.date\"]",
        "errors = [\"event.date\"]",
        "\"balcony\"",
        None,
        "keine Möglichkeit",
    );
    let mut files = fixture();
    plant(
        &mut files,
        BROKEN,
        "where = \"balcony\"",
        "where = \"balcony\"\nsmoke = true",
    );
    plant(&mut files, BROKEN, "\"event.date\"]", "\"event.date\", \"fire.smoke\"]");
    assert_eq!(schema::load(&files).diagnostics, []);
}

#[test]
fn open_answers_where_they_may_stay_open() {
    let mut files = fixture();
    plant(&mut files, PLAIN, "height = 120", "height = \"?\"");
    assert_eq!(schema::load(&files).diagnostics, []);
    one(
        PLAIN,
        "forest_distance = 150",
        "forest_distance = \"?\"",
        "\"?\"",
        None,
        "eine ganze Zahl",
    );
}

#[test]
fn days_places_and_parameters() {
    one(
        PLAIN,
        "today = \"2026-11-24\"",
        "today = \"24.11.2026\"",
        "\"24.11.2026\"",
        None,
        "ein Datum",
    );
    one(
        PLAIN,
        "today = \"2026-11-24\"",
        "today = 2026-11-24",
        "2026-11-24",
        None,
        "ohne Anführungszeichen",
    );
    one(
        PLAIN,
        "place = \"16077036\"",
        "place = \"Nobitz\"",
        "\"Nobitz\"",
        None,
        "AGS",
    );
    one(
        PLAIN,
        "notice_days = 10",
        "notice_day = 10",
        "notice_day",
        Some("notice_days"),
        "kein Parameter",
    );
    one(PLAIN, "notice_days = 10", "notice_days = 100", "100", None, "außerhalb");
    one(
        PLAIN,
        "notice_days = 10",
        "regime = \"permitt\"",
        "\"permitt\"",
        Some("permit"),
        "passt nicht",
    );
    one(
        ROOM,
        "cleaning = 4000",
        "cleening = 4000",
        "cleening",
        Some("cleaning"),
        "ein Raum",
    );
}

#[test]
fn expectations() {
    one(
        PLAIN,
        "outcome = \"accepted\"",
        "outcome = \"acepted\"",
        "\"acepted\"",
        Some("accepted"),
        "„outcome“",
    );
    one(
        PLAIN,
        "checks = { forest = \"ok\" }",
        "checks = { forst = \"ok\" }",
        "forst",
        Some("forest"),
        "Die Prüfung „forst“",
    );
    one(
        PLAIN,
        "checks = { forest = \"ok\" }",
        "checks = { forest = \"good\" }",
        "\"good\"",
        None,
        "bekannt sind",
    );
    one(
        PLAIN,
        "outcome = \"accepted\"",
        "outcome = \"exit\"\nexit = \"baskt\"",
        "\"baskt\"",
        Some("basket"),
        "Den Ausgang",
    );
    one(
        PLAIN,
        "outcome = \"accepted\"",
        "outcome = \"exit\"",
        "\"exit\"",
        None,
        "„exit“ fehlt",
    );
    one(
        BROKEN,
        "errors = [\"fire.where\", \"event.date\"]",
        "errors = [\"fire.where\", \"event.date\", \"fire.hight\"]",
        "\"fire.hight\"",
        Some("fire.height"),
        "keine Frage",
    );
    one(
        ROOM,
        "fee_cents = 4000",
        "fee_cents = 4000\n[[expect.deadline]]\nkind = \"notice\"\nlast_day = \"2027-01-01\"",
        "\"notice\"",
        None,
        "Eine Frist dieser Art",
    );
    one(
        PLAIN,
        "last_day = \"2026-12-29\"",
        "last_day = \"29.12.2026\"",
        "\"29.12.2026\"",
        None,
        "ein Datum",
    );
}

#[test]
fn answers_of_the_wrong_type() {
    one(
        PLAIN,
        "name = \"Katrin Sommer\"",
        "name = 5",
        "5\n\n[expect]",
        None,
        "ein Text",
    );
    one(
        PLAIN,
        "place = \"Festwiese am Sportplatz\"",
        "place = 5",
        "5\npublic",
        None,
        "ein Text",
    );
    one(
        ROOM,
        "[rooms.tariff.local_club]",
        "[rooms.tariff.local_culb]",
        "local_culb",
        Some("local_club"),
        "[rooms.tariff]",
    );
}
