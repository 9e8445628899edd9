//! The product's own words: both languages have the same keys and placeholders, nothing was left
//! untranslated, and every key that a template or a handler names is there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The same in both languages: names, and texts that are only placeholders.
const SAME: [&str; 8] = [
    "search.plain",
    "form.item",
    "form.law_hint",
    "later.code",
    "resume.code",
    "frame.unofficial_place",
    "demo_page.name",
    "letter.iban",
];

type Texts = BTreeMap<String, String>;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Dotted key → text; lists and arrays of tables count by their place.
fn texts(name: &str) -> Texts {
    let table: toml::Table = toml::from_str(&read(&root().join("texts").join(name))).expect("valid TOML");
    let mut out = Texts::new();
    flatten("", &toml::Value::Table(table), &mut out);
    out
}

fn flatten(path: &str, value: &toml::Value, out: &mut Texts) {
    let below = |key: &str| {
        if path.is_empty() {
            key.to_owned()
        } else {
            format!("{path}.{key}")
        }
    };
    match value {
        toml::Value::Table(table) => table.iter().for_each(|(key, v)| flatten(&below(key), v, out)),
        toml::Value::Array(list) => list
            .iter()
            .enumerate()
            .for_each(|(i, v)| flatten(&below(&i.to_string()), v, out)),
        other => {
            out.insert(path.to_owned(), other.as_str().unwrap_or_default().to_owned());
        }
    }
}

fn placeholders(text: &str) -> BTreeSet<String> {
    schema::show::placeholders(text).into_iter().map(|p| p.0).collect()
}

fn files(folder: &Path, ending: &str, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("folder") {
        let path = entry.expect("entry").path();
        if path.is_dir() {
            files(&path, ending, out);
        } else if path.extension().is_some_and(|e| e == ending) {
            out.push(path);
        }
    }
}

fn same_shape(file: &str) -> (Texts, Texts) {
    let (de, en) = (texts(&format!("{file}.de.toml")), texts(&format!("{file}.en.toml")));
    let keys = |t: &Texts| t.keys().cloned().collect::<BTreeSet<_>>();
    let differ: Vec<String> = keys(&de).symmetric_difference(&keys(&en)).cloned().collect();
    assert_eq!(differ, Vec::<String>::new(), "{file}: keys in one language only");
    for (key, text) in &de {
        assert_eq!(
            placeholders(text),
            placeholders(&en[key]),
            "{file}: placeholders of {key}"
        );
        assert_eq!(
            text.is_empty(),
            en[key].is_empty(),
            "{file}: {key} is empty in one language"
        );
    }
    (de, en)
}

#[test]
fn both_languages_say_the_same_things_in_their_own_words() {
    let (de, en) = same_shape("ui");
    for (key, text) in &de {
        assert_eq!(
            text == &en[key],
            SAME.contains(&key.as_str()),
            "{key} is “{text}” in German and “{}” in English: translate it, or keep the list of equal words true",
            en[key]
        );
    }
}

#[test]
fn the_pages_about_the_offer_are_the_same_in_both_languages() {
    let (de, en) = same_shape("info");
    for (key, text) in de.iter().filter(|(key, _)| !key.ends_with(".link")) {
        // Names alone: "{authority}", "{phone} {email}".
        let mut rest = text.clone();
        for name in placeholders(text) {
            rest = rest.replace(&format!("{{{name}}}"), "");
        }
        // A word that English has too.
        if !rest.trim().is_empty() && text != "Cookies" {
            assert_ne!(text, &en[key], "{key} is not translated");
        }
    }
}

/// Literals in `source` that look like a key of a table of the texts.
fn keys_named(source: &str, tables: &BTreeSet<&str>) -> Vec<String> {
    source
        .split('"')
        .skip(1)
        .step_by(2)
        .filter(|l| {
            l.chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '.')
        })
        .filter(|l| {
            l.split_once('.')
                .is_some_and(|(table, rest)| tables.contains(table) && !rest.is_empty())
        })
        .map(str::to_owned)
        .collect()
}

/// The arguments of every call whose text ends in `call(`, up to its closing bracket.
fn arguments<'a>(source: &'a str, call: &str) -> Vec<&'a str> {
    let mut out = Vec::new();
    for (at, _) in source.match_indices(call) {
        // Not the tail of a longer name: `t(` is not `format(`.
        if source[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_') {
            continue;
        }
        let rest = &source[at + call.len()..];
        let mut depth = 1;
        let end = rest.find(|c| {
            match c {
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
            depth == 0
        });
        out.push(&rest[..end.unwrap_or(rest.len())]);
    }
    out
}

#[test]
fn every_key_that_is_named_exists() {
    let de = texts("ui.de.toml");
    let tables: BTreeSet<&str> = de.keys().filter_map(|k| Some(k.split_once('.')?.0)).collect();
    let mut missing = Vec::new();
    let mut named = 0;

    let mut templates = Vec::new();
    files(&root().join("templates"), "html", &mut templates);
    for path in &templates {
        let source = read(path).replace('\'', "\"");
        for key in arguments(&source, "t(").into_iter().filter_map(|a| a.split('"').nth(1)) {
            named += 1;
            if !de.contains_key(key) {
                missing.push(format!("{}: {key}", path.display()));
            }
        }
    }
    assert!(
        named > 200,
        "only {named} keys found in templates: the search is broken"
    );

    let mut handlers = Vec::new();
    files(&root().join("crates/web/src"), "rs", &mut handlers);
    named = 0;
    for path in &handlers {
        let source = read(path);
        for call in ["t(", "text(", "fill("] {
            for key in arguments(&source, call)
                .into_iter()
                .flat_map(|a| keys_named(a, &tables))
            {
                named += 1;
                if !de.contains_key(&key) {
                    missing.push(format!("{}: {key}", path.display()));
                }
            }
        }
    }
    assert!(named > 100, "only {named} keys found in handlers: the search is broken");
    assert_eq!(missing, Vec::<String>::new(), "texts/ui.*.toml lack these keys");
}

/// Law and the state's name come from the region's data, so that another state is a folder and not a fork. What only
/// sets type or shows an example of the service language may name a paragraph.
#[test]
fn no_law_and_no_state_stand_in_the_code() {
    const MAY: [&str; 4] = [
        "letters/src/text.rs",
        "schema/src/load/keys_data.rs",
        "schema/src/load/keys_service.rs",
        "schema/src/fixture.rs",
    ];
    let crates = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut folders: Vec<_> = std::fs::read_dir(&crates)
        .expect("crates")
        .map(|e| e.expect("a crate").path().join("src"))
        .collect();
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten() {
            let path = entry.expect("a file").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.display().to_string();
            let is_test = name.ends_with("tests.rs") || name.contains("/tests/");
            if !name.ends_with(".rs") || is_test || MAY.iter().any(|may| name.ends_with(may)) {
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("a source");
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            for (n, line) in code.lines().enumerate() {
                let literal = line.split_once('"').filter(|(before, _)| !before.contains("//"));
                if literal.is_some_and(|(_, rest)| rest.contains('§') || rest.contains("Thüring")) {
                    found.push(format!("{name}:{}", n + 1));
                }
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

/// The help calls a button what stands on it.
#[test]
fn the_help_names_buttons_as_they_are() {
    for lang in ["de", "en", "de-leicht"] {
        let later = texts(&format!("ui.{lang}.toml"))["form.later"].clone();
        let help = texts(&format!("info.{lang}.toml"));
        assert!(
            help.values().any(|text| text.contains(&later)),
            "{lang}: no help on „{later}“"
        );
    }
}
