//! The product's own words: what is there in German is there in English, with the same placeholders. Leichte Sprache may
//! lack words, and has none of its own. The texts of services are checked where they are loaded.

use std::collections::{BTreeMap, BTreeSet};

use schema::load::{Leaf, leaves};
use schema::{Diagnostic, FileMap, Lang, diagnostic::nearest};
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
        compare(&english, &german, &en, &de, true, found);
        let easy = format!("texts/{name}.{}.toml", Lang::Leicht.code());
        if let Some(easy_texts) = files.get(&easy).and_then(|_| read(&easy, files, found)) {
            missing(&easy_texts, &german, &easy, &de, found);
            compare(&easy_texts, &german, &easy, &de, false, found);
        }
    }
}

/// How many texts of the product and its services Leichte Sprache takes from the German ones; nothing where all are there.
pub(super) fn german_in_easy(files: &FileMap) -> Option<String> {
    let easy = |path: &str| {
        let stem = path.strip_suffix(".de.toml")?;
        Some(format!("{stem}.{}.toml", Lang::Leicht.code())).filter(|easy| files.contains_key(easy))
    };
    let keys = |path: &str| -> BTreeSet<String> {
        let all = files.get(path).and_then(|bytes| leaves(path, bytes).ok());
        all.unwrap_or_default().into_iter().map(|leaf| leaf.path).collect()
    };
    let lacking = files.keys().filter_map(|german| Some((german, easy(german)?)));
    let n: usize = lacking
        .map(|(german, easy)| keys(german).difference(&keys(&easy)).count())
        .sum();
    (n > 0).then(|| format!("Leichte Sprache: {n} Texte gibt es nur auf Deutsch, die der Briefe, des Amtes und der Einstellungen eingeschlossen."))
}

/// The same kind of value and the same placeholders; `all`: none may lack.
fn compare(
    here: &BTreeMap<String, Leaf>,
    german: &BTreeMap<String, Leaf>,
    path: &str,
    de: &str,
    all: bool,
    found: &mut Vec<Diagnostic>,
) {
    for (key, leaf) in here {
        let Some(other) = german.get(key) else { continue };
        if leaf.noun != other.noun {
            let what = format!("„{key}“ ist hier {}, in {de} {}", leaf.noun, other.noun);
            found.push(mistake(path, leaf.value_at, what));
            continue;
        }
        let (own, theirs) = (placeholders(&leaf.value), placeholders(&other.value));
        let lacking = theirs
            .difference(&own)
            .filter(|_| all)
            .map(|p| format!("{{{p}}} fehlt"));
        let extra = own
            .difference(&theirs)
            .map(|p| format!("{{{p}}} gibt es im Deutschen nicht"));
        let wrong: Vec<String> = lacking.chain(extra).collect();
        if !wrong.is_empty() {
            let what = format!("Platzhalter von „{key}“: {}", wrong.join(", "));
            found.push(mistake(path, leaf.value_at, what));
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
