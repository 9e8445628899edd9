//! The table of the ASVS: what it names exists, and its sums are right.

use std::collections::{BTreeMap, BTreeSet};

use crate::{read, root};

const TABLE: &str = "docs/security/asvs.md";

struct Row {
    number: String,
    level: String,
    by: String,
    /// What follows the first colon.
    rest: String,
}

fn rows(text: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    for line in text.lines().filter(|l| l.starts_with("| ")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let number = cells[0];
        if !number.starts_with(|c: char| c.is_ascii_digit()) {
            continue;
        }
        assert_eq!(cells.len(), 4, "{line}");
        assert!(cells.iter().all(|c| !c.is_empty()), "an empty cell: {line}");
        let (by, rest) = cells[3].split_once(": ").unwrap_or_else(|| panic!("{line}"));
        rows.push(Row {
            number: number.to_owned(),
            level: cells[1].to_owned(),
            by: by.to_owned(),
            rest: rest.trim().to_owned(),
        });
    }
    rows
}

/// What stands between backticks.
fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// Where a test of this name may stand; the last is its function.
fn places(name: &str) -> (Vec<String>, &str) {
    let parts: Vec<&str> = name.split("::").collect();
    let (binary, function) = (parts[0], parts[parts.len() - 1]);
    let inner = &parts[1..parts.len() - 1];
    let below = |folder: &str| {
        let module = inner.first().copied().unwrap_or("main");
        vec![format!("{folder}/{module}.rs")]
    };
    let files = match binary {
        "stories" | "operator_commands" | "documents" => below(&format!("crates/kommunal/tests/{binary}")),
        "store" => below("crates/store/tests/store"),
        "corpus" => below("crates/papers/tests/corpus"),
        "check_mistakes" => below("crates/schema/tests/check_mistakes"),
        "check_commands" | "place_commands" => vec![format!("crates/kommunal/tests/{binary}.rs")],
        "actions" | "deadline" | "reference" => vec![format!("crates/domain/tests/{binary}.rs")],
        "render" | "press" => vec![format!("tests/letters/{binary}.rs")],
        "browser" => vec![format!("tests/browser/{function}.story.mjs")],
        "crash" => vec![format!("tests/crash/{function}.test.mjs")],
        _ => {
            // Tests of a crate stand at the end of their module, or in a file of their own.
            let crate_name = binary
                .strip_suffix("-unit")
                .unwrap_or_else(|| panic!("no such binary: {name}"));
            let modules = inner.strip_suffix(&["tests"]).unwrap_or(inner).join("/");
            let module = format!("crates/{crate_name}/src/{modules}");
            vec![
                format!("{module}.rs"),
                format!("{module}/mod.rs"),
                format!("{module}/tests.rs"),
            ]
        }
    };
    (files, function)
}

/// Whether a file of the browser or the crash tests has a test in it.
fn tells(script: &str) -> bool {
    let calls = |line: &str| ["story(", "test("].iter().any(|call| line.contains(call));
    script.lines().any(|l| calls(l) && !l.trim_start().starts_with("//"))
}

/// Why there is no such test; `None`: it is there and runs.
fn missing(name: &str) -> Option<String> {
    let (files, function) = places(name);
    let texts: Vec<String> = files
        .iter()
        .filter_map(|f| std::fs::read_to_string(root().join(f)).ok())
        .collect();
    if texts.is_empty() {
        return Some(format!("none of {files:?} is there"));
    }
    if files[0].ends_with(".mjs") {
        return (!tells(&texts[0])).then(|| format!("{} tests nothing", files[0]));
    }
    for text in &texts {
        let lines: Vec<&str> = text.lines().collect();
        let start = format!("fn {function}(");
        let Some(at) = lines
            .iter()
            .position(|l| l.trim_start().trim_start_matches("async ").starts_with(&start))
        else {
            continue;
        };
        // What stands above it without a gap: attributes, comments, or the macro around it.
        let above: Vec<&str> = lines[..at]
            .iter()
            .rev()
            .take_while(|l| !l.is_empty())
            .copied()
            .collect();
        if above.iter().any(|l| l.trim_start().starts_with("#[ignore")) {
            return Some("it is ignored".into());
        }
        let story = ["(town: Town)", "(w: World)"].iter().any(|p| lines[at].contains(p));
        let marked = above.iter().any(|l| {
            let l = l.trim_start();
            l.starts_with("#[test]") || l.starts_with("#[tokio::test")
        });
        // The tests of the press are listed in its own `main`.
        let listed = name.starts_with("press::") && text.contains(&format!("\"{function}\""));
        return (!story && !marked && !listed).then(|| format!("{function} is no test"));
    }
    Some(format!("no function of that name in {files:?}"))
}

/// The anchor of a heading, as GitHub makes it.
fn anchor(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    text.chars()
        .filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

/// `[name](path#heading)`, seen from the table's folder.
fn heading_is_there(link: &str) -> bool {
    let target = link.split_once("](").and_then(|(_, rest)| rest.split_once(')'));
    let Some((path, heading)) = target.and_then(|(target, _)| target.split_once('#')) else {
        return false;
    };
    let file = root().join(TABLE).with_file_name(path);
    let text = std::fs::read_to_string(file).unwrap_or_default();
    text.lines().any(|l| l.starts_with('#') && anchor(l) == heading)
}

#[test]
fn every_row_names_what_is_there() {
    let mut wrong = Vec::new();
    let mut numbers = BTreeSet::new();
    for row in rows(&read(TABLE)) {
        let mut says = |what: String| wrong.push(format!("{}: {what}", row.number));
        if !numbers.insert(row.number.clone()) {
            says("stands twice".into());
        }
        match row.by.as_str() {
            "test" => {
                let names = quoted(&row.rest);
                if names.is_empty() {
                    says("names no test".into());
                }
                for name in names {
                    if let Some(why) = missing(name) {
                        says(format!("{name}: {why}"));
                    }
                }
            }
            "document" if !heading_is_there(&row.rest) => says(format!("no such heading: {}", row.rest)),
            "document" => {}
            "not applicable" | "open" if row.rest.len() < 5 => says("without a reason".into()),
            "not applicable" | "open" => {}
            other => says(format!("decided by {other}?")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_sums_are_right_and_eighty_rows_are_tested() {
    let text = read(TABLE);
    let rows = rows(&text);
    let mut sums: BTreeMap<&str, usize> = BTreeMap::new();
    let mut levels: BTreeMap<&str, usize> = BTreeMap::new();
    for row in &rows {
        *sums.entry(&row.by).or_default() += 1;
        *levels.entry(&row.level).or_default() += 1;
    }
    for (by, n) in sums.iter().chain([(&"all", &rows.len())]) {
        assert!(text.contains(&format!("\n| {by} | {n} |\n")), "{by}: there are {n}");
    }
    let count = |level: &str| levels.get(level).copied().unwrap_or_default();
    // As many as the standard has (5.0.0).
    assert_eq!((count("1"), count("2")), (70, 183), "rows of levels 1 and 2");
    let said = format!("Of these 70 are of level 1, 183 of level 2, {} of level 3.", count("3"));
    assert!(text.contains(&said), "{said}");
    let tested = sums.get("test").copied().unwrap_or_default();
    println!("{tested} von {} Zeilen entscheidet ein Test", rows.len());
    assert!(tested >= 80, "{tested}");
}

#[test]
fn what_is_not_there_is_found_missing() {
    for name in [
        "stories::shield::no_such_story",
        "stories::nowhere::x",
        "store-unit::seal::tests::nothing",
        "store-unit::seal::tests::seal",
        "store::rates::rates",
        "browser::gibt-es-nicht",
        "render::text",
    ] {
        assert!(missing(name).is_some(), "{name}");
    }
    assert!(tells("story(\n  'amt',") && !tells("import { story } from './lib/story.mjs';\n// story('amt')"));
    assert!(!heading_is_there("[x](rules.md#no-such-heading)") && !heading_is_there("[x](rules.md)"));
    assert!(heading_is_there("[x](rules.md#what-costs-and-what-bounds-it)"));
}
