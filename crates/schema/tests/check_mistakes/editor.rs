//! The editor schemas in docs/ are those of the checker, accept what it accepts and refuse what it refuses.

use std::path::{Path, PathBuf};

use schema::editor_schema::editor_schemas;
use serde_json::Value;

use crate::common::{fixture, plant};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/editor-schema")
}

#[test]
fn editor_schemas_in_docs_are_fresh() {
    for (name, schema) in editor_schemas() {
        let path = folder().join(name);
        let fresh = format!("{}\n", serde_json::to_string_pretty(&schema).unwrap());
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, &fresh).unwrap();
        }
        let stored = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(stored == fresh, "{name} is stale: UPDATE=1 cargo test -p schema editor");
    }
}

/// Whether the editor finds nothing in the file.
fn accepts(name: &str, path: &str, files: &schema::FileMap) -> bool {
    let (_, schema) = editor_schemas().into_iter().find(|(n, _)| *n == name).unwrap();
    let table: toml::Table = std::str::from_utf8(&files[path]).unwrap().parse().unwrap();
    let value: Value = serde_json::to_value(table).unwrap();
    jsonschema::draft202012::new(&schema).unwrap().is_valid(&value)
}

#[test]
fn editor_schemas_agree_with_the_checker() {
    let files = fixture();
    let cases = [
        (
            "service.schema.json",
            "services/lagerfeuer/service.toml",
            "icon = \"fire\"",
            "icn = \"fire\"",
        ),
        (
            "service.schema.json",
            "services/lagerfeuer/service.toml",
            "period = \"2w\"",
            "period = \"2 weeks\"",
        ),
        (
            "service.schema.json",
            "services/lagerfeuer/service.toml",
            "unit = \"d\" }",
            "unti = \"d\" }",
        ),
        (
            "service.schema.json",
            "services/saal/service.toml",
            "\"hire.from\"]",
            "\"hire.from\", \"x\"]",
        ),
        (
            "form.schema.json",
            "services/lagerfeuer/form.toml",
            "reveal = true",
            "reveel = true",
        ),
        (
            "form.schema.json",
            "services/lagerfeuer/form.toml",
            "type = \"phone\"",
            "type = \"fone\"",
        ),
        (
            "form.schema.json",
            "services/lagerfeuer/form.toml",
            "min = 20",
            "pattern = \"x\"",
        ),
        (
            "form.schema.json",
            "services/saal/form.toml",
            "result = \"money\"\n",
            "",
        ),
        (
            "fields.schema.json",
            "fields/event.toml",
            "min = \"today\"",
            "min = \"heute\"",
        ),
        ("fields.schema.json", "fields/club.toml", "options =", "option ="),
        (
            "example.schema.json",
            "services/lagerfeuer/examples/plain.toml",
            "\"16077036\"",
            "\"Nobitz\"",
        ),
        (
            "example.schema.json",
            "services/saal/examples/room.toml",
            "cleaning",
            "cleening",
        ),
    ];
    for (schema, path, old, new) in cases {
        assert!(accepts(schema, path, &files), "{path}");
        let mut wrong = files.clone();
        plant(&mut wrong, path, old, new);
        assert!(!accepts(schema, path, &wrong), "{path}: {new}");
        assert!(!schema::load(&wrong).diagnostics.is_empty(), "{path}: {new}");
    }
}
