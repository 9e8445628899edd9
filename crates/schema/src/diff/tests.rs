//! The shipped services, changed in one place: the place is told, and nothing else is.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::*;
use crate::{FileMap, Lang, Loaded, load};

/// One shipped service with all that it rests on.
fn files(id: &str) -> FileMap {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = FileMap::new();
    let mut open = vec![
        "fields".to_owned(),
        format!("services/{id}"),
        "regions/thueringen".to_owned(),
    ];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(root.join(&folder)).expect(&folder).flatten() {
            let name = format!("{folder}/{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                open.push(name);
            } else if name.ends_with(".toml") || name.ends_with(".typ") {
                files.insert(name, std::fs::read(entry.path()).expect("a file"));
            }
        }
    }
    files
}

fn service(files: &FileMap, id: &str) -> Option<Arc<Service>> {
    let loaded: Loaded = load(files);
    loaded.published(id).cloned()
}

fn with(files: &FileMap, name: &str, from: &str, to: &str) -> FileMap {
    let mut out = files.clone();
    let bytes = out.get_mut(name).expect("the file");
    let text = String::from_utf8(bytes.clone()).expect("text");
    assert!(text.contains(from), "{name} has no „{from}“");
    *bytes = text.replacen(from, to, 1).into_bytes();
    out
}

const FIRE: &str = "brauchtumsfeuer";

#[test]
fn nothing_is_told_where_nothing_differs() {
    let fire = service(&files(FIRE), FIRE).expect("the service");
    assert_eq!(diff(&fire, &fire), Vec::new());
}

#[test]
fn a_change_is_told_with_its_place_before_and_after() {
    let shipped = files(FIRE);
    let old = service(&shipped, FIRE).expect("the service");
    let told = |files: &FileMap| {
        let new = service(files, FIRE).expect("the service");
        lines(&diff(&old, &new)).replace('\u{a0}', " ")
    };
    let texts = "services/brauchtumsfeuer/texts.de.toml";
    let one = told(&with(
        &shipped,
        texts,
        "Mindestens {params.building_distance} m, gemessen von der Dachkante",
        "Mindestens {params.building_distance} m",
    ));
    assert_eq!(
        one,
        "geändert  Frage „Bis zum Gebäude“: Hinweis (Seite 3, Ort)\n          bisher: Mindestens [Abstand zu Gebäuden] m, gemessen von der Dachkante\n          neu:    Mindestens [Abstand zu Gebäuden] m\n"
    );
    let law = told(&with(
        &shipped,
        "regions/thueringen/law.toml",
        "value = 100",
        "value = 150",
    ));
    assert!(
        law.contains("Zahl des Rechts „forest_distance“: Wert (damit rechnet diese Leistung)"),
        "{law}"
    );
    assert!(
        law.contains("neu:    150 m nach § 12 Abs. 2 ThürWaldG") || law.contains("neu:    150 m\n"),
        "{law}"
    );
    let bounds = told(&with(
        &shipped,
        "services/brauchtumsfeuer/service.toml",
        "max = 28",
        "max = 14",
    ));
    assert!(
        bounds.contains("Einstellung „Frist vor dem Feuer“: Grenzen"),
        "{bounds}"
    );
    let letter = told(&with(
        &shipped,
        texts,
        "wir erlauben Ihnen das Brauchtumsfeuer.",
        "wir erlauben das Feuer.",
    ));
    assert!(
        letter.contains("Brief „Bescheid“: erster Satz, bei Erlaubnis"),
        "{letter}"
    );
    let form = "services/brauchtumsfeuer/form.toml";
    let gone = told(&with(
        &shipped,
        form,
        "[[page.question]]\nfield = \"place.plan\"\noptional = true\n",
        "",
    ));
    assert!(gone.contains("entfällt  Frage „"), "{gone}");
    let moved = told(&with(
        &shipped,
        form,
        "[[page.question]]\nfield = \"event.start\"\n\n[[page.question]]\nfield = \"event.end\"\n",
        "[[page.question]]\nfield = \"event.end\"\n\n[[page.question]]\nfield = \"event.start\"\n",
    ));
    assert!(moved.contains("Reihenfolge der Fragen"), "{moved}");
    let fee = told(&with(
        &shipped,
        "services/brauchtumsfeuer/service.toml",
        "cents = \"params.fee\"",
        "cents = \"2000\"",
    ));
    assert!(fee.contains("neu:    20,00 €"), "{fee}");
}

#[test]
fn a_new_question_is_told_with_its_words() {
    let shipped = files(FIRE);
    let old = service(&shipped, FIRE).expect("the service");
    let form = "services/brauchtumsfeuer/form.toml";
    let asks =
        "[[page.question]]\nid = \"fire.marshal\"\ntype = \"yes_no\"\n\n[[page.question]]\nfield = \"place.plan\"";
    let mut files = with(&shipped, form, "[[page.question]]\nfield = \"place.plan\"", asks);
    for (lang, words) in [
        ("de", "Ist ein Brandmeister dabei?"),
        ("en", "Is a fire marshal there?"),
    ] {
        let name = format!("services/brauchtumsfeuer/texts.{lang}.toml");
        let more = format!("\n[question.fire.marshal]\nlabel = \"{words}\"\n");
        files.get_mut(&name).expect("texts").extend(more.bytes());
    }
    let new = service(&files, FIRE).expect("the service");
    let changes = diff(&old, &new);
    assert_eq!(changes.len(), 1, "{}", lines(&changes));
    assert_eq!(changes[0].deed, Deed::New);
    assert_eq!(changes[0].question.as_deref(), Some("fire.marshal"));
    assert!(
        changes[0]
            .after
            .contains(&"Wortlaut: Ist ein Brandmeister dabei?".to_owned()),
        "{:?}",
        changes[0]
    );
}

/// Every value of every file, changed on its own, is told: nobody approves what was not shown.
#[test]
fn no_value_changes_without_being_told() {
    let mut seen = BTreeMap::new();
    for id in [FIRE, "raumnutzung"] {
        let shipped = files(id);
        let old = service(&shipped, id).expect("the service");
        let mut silent = Vec::new();
        for (name, bytes) in shipped.iter().filter(|(name, _)| {
            name.starts_with("services/") && name.ends_with(".toml") && !name.contains("/examples/")
        }) {
            let text = std::str::from_utf8(bytes).expect("text");
            for (at, line) in text.lines().enumerate() {
                // Every ninth: all of them take minutes.
                let Some(changed) = altered(line).filter(|_| at % 9 == 0) else {
                    continue;
                };
                let lines: Vec<&str> = text
                    .lines()
                    .enumerate()
                    .map(|(n, l)| if n == at { changed.as_str() } else { l })
                    .collect();
                let mut files = shipped.clone();
                files.insert(name.clone(), (lines.join("\n") + "\n").into_bytes());
                let Some(new) = service(&files, id) else { continue };
                *seen.entry(name.clone()).or_insert(0) += 1;
                let changes = diff(&old, &new);
                let told = changes.iter().any(|c| !c.what.starts_with("Dateien, die"));
                // A word that only the loader refuses leaves the service as it was.
                let same = format!("{:?}", bare(&old)) == format!("{:?}", bare(&new));
                if !told && !same {
                    silent.push(format!("{name}: {line}"));
                }
            }
        }
        assert!(silent.is_empty(), "{}", silent.join("\n"));
    }
    assert!(seen.len() >= 8 && seen.values().sum::<usize>() > 100, "{seen:?}");
}

/// Without what makes no difference to anybody who approves.
fn bare(service: &Service) -> Service {
    let mut out = Service {
        hash: String::new(),
        ..service.clone()
    };
    out.texts.retain(|lang, _| Lang::ALL.contains(lang));
    for question in out.form.pages.iter_mut().flat_map(|p| &mut p.questions) {
        no_samples(question);
    }
    out
}

fn no_samples(question: &mut crate::Question) {
    question.sample.clear();
    if let crate::Kind::Group { parts, .. } = &mut question.kind {
        parts.iter_mut().for_each(no_samples);
    }
}

/// The line with another value, where it has one that can be changed alone.
fn altered(line: &str) -> Option<String> {
    let (key, value) = line.split_once(" = ")?;
    let key_name = key.trim();
    if ["id", "field", "type", "sample"].contains(&key_name) {
        return None;
    }
    let value = value.split(" #").next()?.trim_end();
    let other = match value {
        "true" => "false".to_owned(),
        "false" => "true".to_owned(),
        v if v.parse::<i64>().is_ok() => (v.parse::<i64>().ok()? + 1).to_string(),
        v if v.starts_with('"') && v.ends_with('"') && v.len() > 2 => match key_name {
            "when" | "must" => format!("\"({}) && true\"", &v[1..v.len() - 1]),
            _ => format!("{} anders\"", &v[..v.len() - 1]),
        },
        _ => return None,
    };
    Some(format!("{key} = {other}"))
}
