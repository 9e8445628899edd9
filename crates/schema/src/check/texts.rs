//! Texts that are missing, and texts for something that does not exist.
//!
//! A missing text is reported where it has to be written: at the header of its table in the text file, else at the
//! end of that file. A slip in a key is both missing and too much, but is reported once, with the key meant.

use std::collections::BTreeSet;

use super::names::Names;
use super::placeholders;
use super::wanted::{self, Wanted};
use crate::Lang;
use crate::diagnostic::nearest;
use crate::load::source::Report;
use crate::load::texts::{TextEntry, TextFile};
use crate::load::{LETTERS, World};

/// Checks fields/texts.<lang>.toml; the answer holds the ids of fields whose texts lack or are wrong.
pub(crate) fn of_fields(world: &World, report: &mut Report) -> BTreeSet<String> {
    let wanted = wanted::of_fields(world.fields.all());
    let names = Names::fields(world);
    let mut wrong = BTreeSet::new();
    for lang in Lang::ALL {
        match world.fields.texts.get(&lang) {
            Some(file) if file.parsed() => wrong.extend(compare(&names, file, &wanted, &[], report)),
            Some(_) => return all(world),
            None if wanted.is_empty() => {}
            None => {
                report.file(&format!("fields/texts.{}.toml", lang.code()), "Die Datei fehlt");
                return all(world);
            }
        }
    }
    let of_key = |id: &str, key: &str| {
        let rest = key.strip_prefix("question.").or_else(|| key.strip_prefix("option."));
        rest.and_then(|r| r.strip_prefix(id))
            .is_some_and(|r| r.starts_with('.'))
    };
    all(world)
        .into_iter()
        .filter(|id| wrong.iter().any(|key| of_key(id, key)))
        .collect()
}

fn all(world: &World) -> BTreeSet<String> {
    world.fields.all().map(|q| q.id.clone()).collect()
}

/// Checks the text files of a service.
pub(crate) fn of_service(names: &Names<'_>, report: &mut Report) {
    let Some(draft) = names.draft else { return };
    let wanted = wanted::of_service(names);
    let regimes = wanted::regimes(names);
    for file in draft.texts.values().filter(|f| f.parsed()) {
        compare(names, file, &wanted, &regimes, report);
    }
}

/// Compares one file with what is wanted; the answer holds the keys about which something was reported.
fn compare(
    names: &Names<'_>,
    file: &TextFile,
    wanted: &[Wanted],
    regimes: &[&str],
    report: &mut Report,
) -> Vec<String> {
    let before = report.items.len();
    let mut wrong = Vec::new();
    let mut present: BTreeSet<String> = file.entries.keys().cloned().collect();
    for (key, entry) in &file.entries {
        let count = report.items.len();
        if let Some(wanted) = known(key, wanted, regimes) {
            shape(file, key, entry, wanted.map(|w| w.list), report);
            let error = wanted.is_some_and(|w| w.error);
            placeholders::check(names, file, entry, error, report);
        } else if !may_be_declared_elsewhere(names, key) {
            let near = near_key(key, wanted, regimes, &present);
            let what = format!("Den Text „{key}“ braucht niemand");
            report.at(&file.source, entry.at, what).near(near.clone());
            present.extend(near);
        }
        if report.items.len() > count {
            wrong.push(key.clone());
        }
    }
    for wanted in wanted.iter().filter(|w| w.required && !present.contains(&w.key)) {
        let lacking: Vec<String> = regimes
            .iter()
            .filter(|regime| !(wanted.submitted && **regime == "none"))
            .map(|regime| format!("{}.{regime}", wanted.key))
            .filter(|key| !present.contains(key))
            .collect();
        let some_variant = regimes
            .iter()
            .any(|regime| present.contains(&format!("{}.{regime}", wanted.key)));
        let lacking = if some_variant {
            lacking
        } else {
            vec![wanted.key.clone()]
        };
        for key in lacking {
            let example = format!("{} = \"…\"", key.rsplit('.').next().unwrap_or(&key));
            let what = format!("Der Text „{key}“ fehlt: {} braucht ihn", wanted.by);
            report.at(&file.source, place(file, &key), what).like(if wanted.list {
                "at_hand = [\"…\"]"
            } else {
                &example
            });
            wrong.push(key);
        }
    }
    debug_assert!(report.items.len() >= before);
    wrong
}

/// What is wanted under `key`, `Some(None)` for the free sentences of letters; nothing if the key is unknown.
fn known<'w>(key: &str, wanted: &'w [Wanted], regimes: &[&str]) -> Option<Option<&'w Wanted>> {
    let find = |key: &str| wanted.iter().find(|w| w.key == key);
    if let Some(found) = find(key) {
        return Some(Some(found));
    }
    if let Some((base, regime)) = key.rsplit_once('.')
        && regimes.contains(&regime)
        && let Some(found) = find(base)
    {
        return Some(Some(found));
    }
    let letter = key.strip_prefix("letter.").and_then(|rest| rest.split_once('.'));
    letter.filter(|(kind, _)| LETTERS.contains(kind)).map(|_| None)
}

fn shape(file: &TextFile, key: &str, entry: &TextEntry, list: Option<bool>, report: &mut Report) {
    let what = match list {
        Some(true) if !entry.is_list => format!("„{key}“ muss eine Liste von Texten sein"),
        Some(false) if entry.is_list => format!("„{key}“ muss ein Text sein, keine Liste"),
        _ if entry.wrong => return,
        _ if entry.parts.is_empty() || entry.parts.iter().any(|(text, _)| text.trim().is_empty()) => {
            format!("Der Text „{key}“ ist leer")
        }
        _ => return,
    };
    report.at(&file.source, entry.value_at, what);
}

/// Whether what the text belongs to may stand in a file that does not parse.
fn may_be_declared_elsewhere(names: &Names<'_>, key: &str) -> bool {
    let (group, rest) = key.split_once('.').unwrap_or((key, ""));
    match group {
        "question" | "option" if names.world.fields.is_unreadable(rest) => true,
        "page" | "question" | "option" | "rule" | "exit" | "check" => names.draft.is_some() && !names.form_known(),
        "condition" | "fee" | "parameter" | "parameter_option" | "shown_rule" | "paper" => {
            names.draft.is_some() && !names.service_known()
        }
        _ => false,
    }
}

/// The wanted key that differs in one part only, and there by a slip; missing ones first.
fn near_key(key: &str, wanted: &[Wanted], regimes: &[&str], present: &BTreeSet<String>) -> Option<String> {
    let variants = wanted
        .iter()
        .flat_map(|w| regimes.iter().map(move |r| format!("{}.{r}", w.key)));
    let letters = key
        .split('.')
        .nth(2)
        .map(|last| LETTERS.iter().map(move |l| format!("letter.{l}.{last}")));
    let keys = wanted
        .iter()
        .map(|w| w.key.clone())
        .chain(variants)
        .chain(letters.into_iter().flatten());
    let slips: Vec<(String, String, String)> = keys.filter_map(|k| slip(key, &k).map(|(a, b)| (k, a, b))).collect();
    let absent = slips.iter().filter(|(k, ..)| !present.contains(k));
    let pick = |found: Vec<&(String, String, String)>| {
        let (_, own, _) = found.first()?;
        let best = nearest(own, found.iter().map(|(_, _, part)| part.as_str()))?;
        found.iter().find(|(_, _, part)| *part == best).map(|(k, ..)| k.clone())
    };
    pick(absent.collect()).or_else(|| pick(slips.iter().collect()))
}

/// The two parts in which keys differ, if it is one part.
fn slip(key: &str, known: &str) -> Option<(String, String)> {
    let (own, other): (Vec<&str>, Vec<&str>) = (key.split('.').collect(), known.split('.').collect());
    if own.len() != other.len() {
        return None;
    }
    let mut differing = own.iter().zip(&other).filter(|(a, b)| a != b);
    let (a, b) = differing.next()?;
    differing.next().is_none().then(|| ((*a).to_owned(), (*b).to_owned()))
}

/// Where a missing text has to be written: its table's header, or the end of the file.
fn place(file: &TextFile, key: &str) -> usize {
    let text = &file.source.text;
    let mut prefix = key;
    while let Some((parent, _)) = prefix.rsplit_once('.') {
        let header = format!("[{parent}]");
        let line = text.split_inclusive('\n').scan(0, |at, line| {
            let start = *at;
            *at += line.len();
            Some((start, line))
        });
        if let Some((start, _)) = line
            .into_iter()
            .find(|(_, line)| line.trim_start().starts_with(&header))
        {
            return start;
        }
        if let (Some(at), true) = (file.tables.get(parent), prefix == key) {
            return *at;
        }
        prefix = parent;
    }
    if key.contains('.') { text.trim_end().len() } else { 0 }
}
