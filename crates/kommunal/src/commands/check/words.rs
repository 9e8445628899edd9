//! The product's own words: what is there in German is there in English, with the same placeholders.
//! The texts of services are checked where they are loaded.

use std::collections::{BTreeMap, BTreeSet};

use schema::load::{Leaf, leaves};
use schema::{Diagnostic, FileMap, diagnostic::nearest};
use serde_json::Value;

use super::mistake;

/// Files that exist in both languages. Letters and mails of an office are German.
const BOTH: &[&str] = &["ui", "info", "schema"];

pub(super) fn check(files: &FileMap, found: &mut Vec<Diagnostic>) {
    for name in BOTH {
        let [de, en] = ["de", "en"].map(|lang| format!("texts/{name}.{lang}.toml"));
        let (Some(german), Some(english)) = (read(&de, files, found), read(&en, files, found)) else {
            continue;
        };
        missing(&german, &english, &de, &en, found);
        missing(&english, &german, &en, &de, found);
        for (key, leaf) in &english {
            let Some(other) = german.get(key) else { continue };
            if leaf.noun != other.noun {
                let what = format!("„{key}“ ist hier {}, in {de} {}", leaf.noun, other.noun);
                found.push(mistake(&en, leaf.value_at, what));
                continue;
            }
            let (here, there) = (placeholders(&leaf.value), placeholders(&other.value));
            let lacking: Vec<String> = there.difference(&here).map(|p| format!("{{{p}}} fehlt")).collect();
            let extra = here
                .difference(&there)
                .map(|p| format!("{{{p}}} gibt es im Deutschen nicht"));
            let wrong: Vec<String> = lacking.into_iter().chain(extra).collect();
            if !wrong.is_empty() {
                found.push(mistake(
                    &en,
                    leaf.value_at,
                    format!("Platzhalter von „{key}“: {}", wrong.join(", ")),
                ));
            }
        }
    }
}

fn read(path: &str, files: &FileMap, found: &mut Vec<Diagnostic>) -> Option<BTreeMap<String, Leaf>> {
    let Some(bytes) = files.get(path) else {
        found.push(mistake(path, (1, 1), "Die Datei fehlt".to_owned()));
        return None;
    };
    match leaves(path, bytes) {
        Ok(all) => Some(all.into_iter().map(|leaf| (leaf.path.clone(), leaf)).collect()),
        Err(mistakes) => {
            found.extend(mistakes);
            None
        }
    }
}

/// Keys that one file has and the other lacks.
fn missing(
    here: &BTreeMap<String, Leaf>,
    there: &BTreeMap<String, Leaf>,
    path: &str,
    other: &str,
    found: &mut Vec<Diagnostic>,
) {
    for (key, leaf) in here.iter().filter(|(key, _)| !there.contains_key(*key)) {
        let strangers = there.keys().filter(|k| !here.contains_key(*k)).map(String::as_str);
        found.push(Diagnostic {
            nearest: nearest(key, strangers),
            ..mistake(path, leaf.key_at, format!("Der Schlüssel „{key}“ fehlt in {other}"))
        });
    }
}

/// Names in braces.
fn placeholders(value: &Value) -> BTreeSet<String> {
    let texts: Vec<&str> = match value {
        Value::String(text) => vec![text],
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let mut names = BTreeSet::new();
    for text in texts {
        for rest in text.split('{').skip(1) {
            if let Some((name, _)) = rest.split_once('}')
                && !name.is_empty()
                && name
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'))
            {
                names.insert(name.to_owned());
            }
        }
    }
    names
}
