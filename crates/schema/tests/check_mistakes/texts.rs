//! Texts that are missing, that nobody needs, with wrong placeholders.

use crate::common::{all, fixture, one, only, plant};
use schema::load;

const DE: &str = "services/lagerfeuer/texts.de.toml";
const EN: &str = "services/lagerfeuer/texts.en.toml";

#[test]
fn missing_texts_are_reported_where_they_have_to_be_written() {
    one(
        DE,
        "label = \"Wo brennt es?\"\n",
        "",
        "[question.fire.where]",
        None,
        "Der Text „question.fire.where.label“ fehlt",
    );
    one(EN, "noun = \"Lagerfeuer\"\n", "", "name =", None, "„noun“");
    one(
        EN,
        "[page.people]\ntitle = \"Wer?\"\nstep = \"Personen\"\n",
        "[page.people]\ntitle = \"Wer?\"\n",
        "[page.people]",
        None,
        "die Seite „people“",
    );
    one(
        DE,
        "phone.label = \"Telefon\"\n",
        "",
        "[question.helpers]",
        None,
        "question.helpers.phone.label",
    );
    one(
        DE,
        "basket = \"im Feuerkorb\"\n",
        "",
        "[option.fire.where]",
        None,
        "option.fire.where.basket",
    );
    one(
        DE,
        "end_after_start = \"Das Ende liegt vor dem Beginn.\"\n",
        "",
        "[rule]",
        None,
        "rule.end_after_start",
    );
    one(
        DE,
        "look = \"Abstand prüfen.\"\n",
        "",
        "[check.forest]",
        None,
        "check.forest.look",
    );
    one(
        DE,
        "notice = \"Anzeige senden\"\n",
        "",
        "[submit]",
        None,
        "submit.notice",
    );
    one(
        DE,
        "none = \"nichts\"\n",
        "",
        "[parameter_option.regime]",
        None,
        "parameter_option.regime.none",
    );
    one(
        "fields/texts.en.toml",
        "label = \"Start\"\n",
        "",
        "[question.event.start]",
        None,
        "question.event.start.label",
    );
}

#[test]
fn a_missing_table_is_reported_at_the_end_of_the_file() {
    let mut files = fixture();
    plant(&mut files, DE, "[paper]\nplan = \"Lageplan\"\n\n", "");
    let found = load(&files).diagnostics;
    assert_eq!(found.len(), 1, "{}", all(&found));
    let lines = String::from_utf8(files[DE].clone()).unwrap().trim_end().lines().count();
    assert_eq!((found[0].file.as_str(), found[0].line), (DE, lines));
    assert!(found[0].what.contains("paper.plan"), "{}", found[0]);
}

#[test]
fn texts_nobody_needs() {
    one(
        DE,
        "[submit]",
        "[submti]",
        "submti",
        Some("submit"),
        "Texte unter „submti“",
    );
    one(
        DE,
        "short = \"Feuer\"\n",
        "short = \"Feuer\"\ncolour = \"rot\"\n",
        "colour",
        None,
        "braucht niemand",
    );
    one(
        DE,
        "[question.plan]\nlabel",
        "[question.plan]\nlable",
        "lable",
        Some("question.plan.label"),
        "braucht niemand",
    );
    one(
        EN,
        "[check.forest]\nok",
        "[check.forst]\nok",
        "forst]",
        Some("check.forest"),
        "Texte unter „check.forst“",
    );
    one(
        DE,
        "[question.fire.public]",
        "[question.fire.publik]",
        "publik]",
        Some("question.fire.public"),
        "publik",
    );
    one(
        DE,
        "permit = \"Antrag senden\"",
        "permitt = \"Antrag senden\"",
        "permitt",
        Some("submit.permit"),
        "submit.permitt",
    );
    one(
        DE,
        "[letter.receipt]",
        "[letter.reciept]",
        "reciept]",
        Some("letter.receipt"),
        "letter.reciept",
    );
    one(
        DE,
        "[paper]",
        "[zebra]\nstripes = \"schwarz\"\ncolour = \"weiß\"\n\n[paper]",
        "zebra",
        None,
        "Texte unter „zebra“",
    );
}

#[test]
fn variants_only_by_regimes_the_service_knows() {
    let mut files = fixture();
    let path = "services/saal/texts.de.toml";
    plant(
        &mut files,
        path,
        "[page.hire]",
        "[late]\nnotice = \"Zu spät.\"\n\n[page.hire]",
    );
    only(&files, path, "late", None, "kennt kein Verfahren");
    let mut files = fixture();
    plant(
        &mut files,
        DE,
        "permit = \"Antrag senden\"",
        "permit = \"Antrag senden\"\nnone = \"Nichts senden\"",
    );
    assert_eq!(load(&files).diagnostics, []);
}

#[test]
fn shapes() {
    one(
        DE,
        "at_hand = [\"Lageplan\", \"Telefonnummer\"]",
        "at_hand = \"Lageplan\"",
        "\"Lageplan\"\nwhat_next",
        None,
        "eine Liste",
    );
    one(
        DE,
        "start = \"Los\"",
        "start = [\"Los\"]",
        "[\"Los\"]",
        None,
        "ein Text sein",
    );
    one(DE, "start = \"Los\"", "start = \" \"", "\" \"", None, "ist leer");
    one(DE, "start = \"Los\"", "start = 5", "5", None, "nicht eine ganze Zahl");
}

#[test]
fn placeholders() {
    one(
        DE,
        "{place.name}",
        "{place.nam}",
        "{place.nam}",
        Some("{place.name}"),
        "Den Platzhalter {place.nam} gibt es nicht",
    );
    one(
        DE,
        "{answers.event.date}",
        "{answers.event.dat}",
        "{answers.event.dat}",
        Some("{answers.event.date}"),
        "keine Frage",
    );
    one(
        EN,
        "Mindestens {law.forest_distance}",
        "Mindestens {law.forest_distanc}",
        "{law.forest_distanc}",
        Some("{law.forest_distance}"),
        "keine Zahl",
    );
    one(
        DE,
        "help = \"In Cent\"",
        "help = \"In Cent, sonst {params.notice_day}\"",
        "{params.notice_day}",
        Some("{params.notice_days}"),
        "kein Parameter",
    );
    one(
        DE,
        "label = \"Höhe\"",
        "label = \"Höhe {value}\"",
        "{value}\"",
        None,
        "nur in Fehlertexten",
    );
    one(
        DE,
        "start = \"Los\"",
        "start = \"Los {place.name\"",
        "{place.name\"",
        None,
        "schließt nicht",
    );
    one(
        "fields/texts.de.toml",
        "label = \"Ende\"",
        "label = \"Ende {params.fee}\"",
        "{params.fee}",
        None,
        "kennt nicht jede Leistung",
    );
    one(
        DE,
        "\"Wir prüfen Ihre Angaben.\"",
        "\"Wir prüfen Ihre Angaben für {place.name} und {anwers.club.name}.\"",
        "{anwers.club.name}",
        Some("{answers.club.name}"),
        "gibt es nicht",
    );
}

#[test]
fn sentences_of_letters() {
    one(
        DE,
        "first = \"Vielen Dank.\"",
        "frist = \"Vielen Dank.\"",
        "frist",
        Some("letter.receipt.first"),
        "letter.receipt.frist",
    );
    one(
        DE,
        "first = \"Vielen Dank.\"",
        "first.permitt = \"Vielen Dank.\"",
        "permitt",
        Some("letter.receipt.first.permit"),
        "permitt",
    );
}
