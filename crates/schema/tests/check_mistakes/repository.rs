//! The fields, services and regions that ship with the product are without a mistake.

use std::path::Path;

use crate::common::{all, read};
use schema::{Context, FileMap, Loaded, load};

fn shipped() -> Loaded {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = FileMap::new();
    for folder in ["fields", "services", "regions"] {
        read(&root, &root.join(folder), &mut files);
    }
    load(&files)
}

#[test]
fn the_shipped_services_are_whole() {
    let loaded = shipped();
    assert!(loaded.diagnostics.is_empty(), "\n{}", all(&loaded.diagnostics));
}

#[test]
fn what_is_free_depends_on_the_place_and_is_called_unknown_where_it_is() {
    let loaded = shipped();
    let bonfire = &loaded.catalog.services["brauchtumsfeuer"];
    let free = |cx: &Context| schema::free(bonfire, cx);
    let mut cx = Context::default();
    assert_eq!(free(&cx), ["für eine Feuerschale bis 100\u{a0}cm Durchmesser"]);
    cx.params.insert("bowls_free".to_owned(), false.into());
    assert!(free(&cx).is_empty());
    cx.local_unknown = true;
    assert_eq!(free(&cx), ["für eine Feuerschale, wenn Ihre Gemeinde sie freigibt"]);
    // None of it stands among the rules.
    assert!(
        schema::shown_rules(bonfire, &cx)
            .iter()
            .all(|(label, ..)| !label.contains("Feuerschale"))
    );
}
