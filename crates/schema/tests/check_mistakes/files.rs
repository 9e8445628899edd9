//! Files that are missing or that nobody reads.

use crate::common::{all, fixture};
use schema::{FileMap, load};

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
fn notes_for_people_and_easy_language_may_lie_beside() {
    let mut files = fixture();
    files.insert("services/saal/README.md".into(), b"# Saal".to_vec());
    files.insert("services/saal/texts.de-leicht.toml".into(), b"name = \"Saal\"".to_vec());
    assert_eq!(load(&files).diagnostics, []);
}
