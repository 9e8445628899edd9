//! Every statement is written as the rules say and is understood by both engines.

use store::sql::Scope;
use store::{check_statements, statements};

use crate::world::*;

both! {
    async fn each_is_prepared_on_its_tables(w: World) {
        let n = check_statements(&w.store, &w.town).await.unwrap();
        let all = statements();
        assert!(n > 100, "{n}");
        assert_eq!(n, all.iter().filter(|s| s.scope != Scope::None).count());
    }
}

#[test]
fn names_are_unique_and_every_module_is_in_the_registry() {
    let all = statements();
    let names: std::collections::BTreeSet<_> = all.iter().map(|s| s.name).collect();
    assert_eq!(names.len(), all.len());
    let modules: std::collections::BTreeSet<_> = all.iter().filter_map(|s| s.name.split('.').next()).collect();
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for folder in [root.clone(), root.join("shared")] {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let Ok(text) = std::fs::read_to_string(&path) else {
                continue;
            };
            if let Some((_, after)) = text.split_once("\nstatements! { ") {
                let module = after.split('"').nth(1).unwrap();
                assert!(modules.contains(module), "{} is not in registry.rs", path.display());
            }
        }
    }
}

#[test]
fn parameters_are_numbers_and_nothing_is_searched_by_pattern() {
    for s in statements() {
        let text = s.text.to_lowercase();
        for (i, _) in text.match_indices('$') {
            assert!(
                text[i + 1..].starts_with(|c: char| c.is_ascii_digit()),
                "{}: $ without a number",
                s.name
            );
        }
        assert!(
            !text.contains(" ilike ") && !text.contains(" like "),
            "{}: no search by pattern",
            s.name
        );
    }
}

/// The migrations keep the rule that the isolation rests on: tenant first in every key.
#[test]
fn tenant_comes_first_in_every_key() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations/tenant");
    let text: String = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap())
        .collect();
    let tables = text.matches("create table ").count();
    assert_eq!(
        text.matches("\n  tenant text not null").count(),
        tables,
        "each table begins with tenant"
    );
    for word in ["primary key (", "unique (", "foreign key (", "references "] {
        for (i, _) in text.match_indices(word) {
            let after = text[i..].split_once('(').unwrap().1;
            assert!(after.starts_with("tenant"), "{}", &text[i..i + 60]);
        }
    }
    for line in text.lines().filter(|l| l.contains(" index ")) {
        assert!(line.contains("(tenant, "), "{line}");
    }
    let files = std::fs::read_dir(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations")).unwrap();
    let runner = include_str!("../../src/migrate.rs");
    for folder in files {
        let folder = folder.unwrap();
        for file in std::fs::read_dir(folder.path()).unwrap() {
            let name = format!(
                "{}/{}",
                folder.file_name().display(),
                file.unwrap().file_name().display()
            );
            assert!(runner.contains(&name), "{name} is not run");
        }
    }
}
