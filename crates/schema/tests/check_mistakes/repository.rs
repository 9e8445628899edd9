//! The fields, services and regions that ship with the product are without a mistake.

use std::path::Path;

use crate::common::{all, read};
use schema::{FileMap, load};

#[test]
fn the_shipped_services_are_whole() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = FileMap::new();
    for folder in ["fields", "services", "regions"] {
        read(&root, &root.join(folder), &mut files);
    }
    let loaded = load(&files);
    assert!(loaded.diagnostics.is_empty(), "\n{}", all(&loaded.diagnostics));
}
