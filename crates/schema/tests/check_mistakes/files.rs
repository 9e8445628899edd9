//! Files that are missing or that nobody reads.

use crate::common::{all, fixture, only, plant};
use schema::{FileMap, Lang, load};

fn only_file(files: &FileMap, path: &str, nearest: Option<&str>) {
    let found = load(files).diagnostics;
    assert_eq!(found.len(), 1, "{}", all(&found));
    let d = &found[0];
    assert_eq!(
        (d.file.as_str(), d.line, d.column, d.nearest.as_deref()),
        (path, 1, 1, nearest),
        "{d}"
    );
}

#[test]
fn missing_files() {
    for path in ["letters/approval.typ", "texts.en.toml", "form.toml", "service.toml"] {
        let path = format!("services/lagerfeuer/{path}");
        let mut files = fixture();
        files.remove(&path);
        only_file(&files, &path, None);
        assert!(!load(&files).catalog.services.contains_key("lagerfeuer"), "{path}");
    }
    let mut files = fixture();
    files.remove("fields/texts.de.toml");
    only_file(&files, "fields/texts.de.toml", None);
}

#[test]
fn a_slip_in_a_files_name() {
    let mut files = fixture();
    let letter = files.remove("services/saal/letters/refusal.typ").unwrap();
    files.insert("services/saal/letters/refusel.typ".into(), letter);
    only_file(&files, "services/saal/letters/refusel.typ", Some("refusal.typ"));
}

#[test]
fn notes_for_people_may_lie_beside() {
    let mut files = fixture();
    files.insert("services/saal/README.md".into(), b"# Saal".to_vec());
    assert_eq!(load(&files).diagnostics, []);
}

const EASY: &str = "services/lagerfeuer/texts.de-leicht.toml";

/// The bonfire with these texts in Leichte Sprache.
fn easy(text: &str) -> FileMap {
    let mut files = fixture();
    files.insert(EASY.into(), text.as_bytes().to_vec());
    files
}

#[test]
fn texts_in_easy_language_may_lack_and_then_are_the_german_ones() {
    let loaded = load(&easy("lead = \"Sie machen Feuer.\\nDas geht nicht immer.\"\n"));
    assert_eq!(loaded.diagnostics, []);
    let texts = &loaded.catalog.services["lagerfeuer"].texts;
    let (german, easy) = (&texts[&Lang::De], &texts[&Lang::Leicht]);
    assert_eq!(
        easy.strings["lead"],
        "Sie machen Feuer.\u{2028}Das geht \u{2063}nicht immer."
    );
    for (key, text) in german.strings.iter().filter(|(key, _)| *key != "lead") {
        assert_eq!(&easy.strings[key], text, "{key}");
    }
    assert_eq!(easy.lists, german.lists);
    // A service without any is German throughout.
    let saal = &loaded.catalog.services["saal"].texts;
    assert_eq!(saal[&Lang::Leicht].strings, saal[&Lang::De].strings);
}

#[test]
fn a_field_is_easy_too_unless_the_service_says_something_else_of_it() {
    let mut files = easy("noun = \"Feuer\"\n");
    files.insert(
        "fields/texts.de-leicht.toml".into(),
        b"[question.event.date]\nlabel = \"Wann ist das?\"\n".to_vec(),
    );
    let loaded = load(&files);
    assert_eq!(loaded.diagnostics, []);
    let label = |service: &str| {
        loaded.catalog.services[service].texts[&Lang::Leicht].strings["question.event.date.label"].clone()
    };
    assert_eq!(label("lagerfeuer"), "Wann ist das?");
    let own = "[question.event.date]\nlabel = \"Wann brennt es?\"\n\n[page.kind]\n";
    plant(&mut files, "services/lagerfeuer/texts.de.toml", "[page.kind]\n", own);
    let loaded = load(&files);
    let texts = &loaded.catalog.services["lagerfeuer"].texts;
    assert_eq!(
        texts[&Lang::Leicht].strings["question.event.date.label"],
        "Wann brennt es?"
    );
}

#[test]
fn texts_in_easy_language_are_checked_for_what_they_say() {
    only(
        &easy("nuon = \"Feuer\"\n"),
        EASY,
        "nuon",
        Some("noun"),
        "braucht niemand",
    );
    only(
        &easy("noun = \"Feuer in {place.nam}\"\n"),
        EASY,
        "{place.nam}",
        Some("{place.name}"),
        "Platzhalter",
    );
    only(&easy("at_hand = \"Holz\"\n"), EASY, "\"Holz\"", None, "Liste");
    let mut files = fixture();
    files.insert("services/saal/texts.de-leich.toml".into(), b"noun = \"Saal\"".to_vec());
    only_file(
        &files,
        "services/saal/texts.de-leich.toml",
        Some("texts.de-leicht.toml"),
    );
}
