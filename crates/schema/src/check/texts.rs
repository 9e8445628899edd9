//! Texts that are missing, and texts for something that does not exist.
//!
//! A missing text is reported where it has to be written: at the header of its table in the text file, else at the
//! end of that file. A slip in a key is both missing and too much, but is reported once, with the key meant.

use std::collections::BTreeSet;

use super::names::Names;
use super::placeholders;
use super::text_keys::{Keys, inside};
use super::wanted::{self, Wanted};
use crate::load::World;
use crate::load::form::is_of_unknown_type;
use crate::load::source::Report;
use crate::load::texts::{TextEntry, TextFile};
use crate::{Kind, Lang, Options, Question};

/// Checks fields/texts.<lang>.toml; the answer holds the ids of fields whose texts lack or are wrong.
pub(crate) fn of_fields(world: &World, report: &mut Report) -> BTreeSet<String> {
    let keys = Keys {
        wanted: wanted::of_fields(world.fields.all()),
        regimes: Vec::new(),
    };
    let names = Names::fields(world);
    let all = || world.fields.all().map(|q| q.id.clone());
    let mut broken = BTreeSet::new();
    for lang in Lang::ALL {
        match world.fields.texts.get(&lang) {
            Some(file) if file.parsed() => {
                let wrong = compare(&names, (lang, file), &keys, report);
                let groups = ["question", "option"];
                let touches = |id: &str, key: &str| groups.iter().any(|g| inside(key, &format!("{g}.{id}")));
                broken.extend(all().filter(|id| wrong.iter().any(|key| touches(id, key))));
            }
            Some(_) => broken.extend(all()),
            None if keys.wanted.is_empty() || lang.may_lack() => {}
            None => {
                report.file(&format!("fields/texts.{}.toml", lang.code()), "Die Datei fehlt");
                broken.extend(all());
            }
        }
    }
    broken
}

/// Checks the text files of a service.
pub(crate) fn of_service(names: &Names<'_>, report: &mut Report) {
    let Some(draft) = names.draft else { return };
    let keys = Keys {
        wanted: wanted::of_service(names),
        regimes: wanted::regimes(names),
    };
    for (lang, file) in draft.texts.iter().filter(|(_, f)| f.parsed()) {
        compare(names, (*lang, file), &keys, report);
    }
}

/// Compares one file with what is wanted; the answer holds the keys about which something was reported.
fn compare(names: &Names<'_>, (lang, file): (Lang, &TextFile), keys: &Keys<'_>, report: &mut Report) -> Vec<String> {
    let mut present: BTreeSet<String> = file.entries.keys().cloned().collect();
    let strange = strange_tables(names, file, keys, &mut present, report);
    let in_strange = |key: &str| strange.iter().any(|table| inside(key, table));
    let mut wrong = Vec::new();
    for (key, entry) in file.entries.iter().filter(|(key, _)| !in_strange(key)) {
        let count = report.items.len();
        if let Some(wanted) = keys.known(key) {
            shape(file, key, entry, wanted.map(|w| w.list), report);
            placeholders::check(names, file, (key, entry), wanted.is_some_and(|w| w.error), report);
        } else if !may_be_declared(names, key) {
            let near = keys.near(key, &present);
            let what = format!("Den Text „{key}“ braucht niemand");
            report.at(&file.source, entry.at, what).near(near.clone());
            present.extend(near);
        }
        if report.items.len() > count {
            wrong.push(key.clone());
        }
    }
    let required = |w: &&Wanted| w.required && !lang.may_lack();
    for wanted in keys
        .wanted
        .iter()
        .filter(required)
        .filter(|w| !present.contains(&w.key))
    {
        for key in lacking(wanted, keys, &present) {
            let last = key.rsplit('.').next().unwrap_or(&key);
            let example = if wanted.list {
                format!("{last} = [\"…\"]")
            } else {
                format!("{last} = \"…\"")
            };
            let what = format!("Der Text „{key}“ fehlt: {} braucht ihn", wanted.by);
            report.at(&file.source, place(file, &key), what).like(example);
            wrong.push(key);
        }
    }
    wrong
}

/// The keys to write for a wanted text that is not there under its own key: if it varies by regime, the regimes
/// that lack, else itself.
fn lacking(wanted: &Wanted, keys: &Keys<'_>, present: &BTreeSet<String>) -> Vec<String> {
    let variants = keys
        .regimes
        .iter()
        .map(|regime| (*regime, format!("{}.{regime}", wanted.key)));
    let (there, not): (Vec<_>, Vec<_>) = variants.partition(|(_, key)| present.contains(key));
    if there.is_empty() {
        return vec![wanted.key.clone()];
    }
    let needed = not
        .into_iter()
        .filter(|(regime, _)| !(wanted.submitted && *regime == "none"));
    needed.map(|(_, key)| key).collect()
}

/// Reports tables of which nothing is wanted: once each, not once for every text in them. What such a table holds
/// counts as present under the table that was meant.
fn strange_tables(
    names: &Names<'_>,
    file: &TextFile,
    keys: &Keys<'_>,
    present: &mut BTreeSet<String>,
    report: &mut Report,
) -> Vec<String> {
    let mut strange: Vec<String> = Vec::new();
    for (table, at) in &file.tables {
        let mut held = file.entries.keys().filter(|key| inside(key, table));
        let unknown = held.all(|key| keys.known(key).is_none() && !may_be_declared(names, key));
        if keys.wants_in(table) || !unknown || strange.iter().any(|t| inside(table, t)) {
            continue;
        }
        let single = keys.wanted.iter().any(|w| w.key == *table);
        if single && !keys.regimes.is_empty() {
            continue; // A slip in the name of a regime, reported at its key.
        }
        if single {
            let what = format!("„{table}“ hat Fassungen je Verfahren, aber die Leistung kennt kein Verfahren");
            report.at(&file.source, *at, what).like(format!("{table} = \"…\""));
            present.insert(table.clone());
        } else {
            let near = keys.near_table(table, present);
            let what = format!("Texte unter „{table}“ braucht niemand");
            report.at(&file.source, *at, what).near(near.clone());
            let held: Vec<String> = present.iter().filter(|key| inside(key, table)).cloned().collect();
            if let Some(near) = near {
                present.extend(held.iter().map(|key| format!("{near}{}", &key[table.len()..])));
            }
        }
        strange.push(table.clone());
    }
    strange
}

fn shape(file: &TextFile, key: &str, entry: &TextEntry, list: Option<bool>, report: &mut Report) {
    let empty = || entry.parts.is_empty() || entry.parts.iter().any(|(text, _)| text.trim().is_empty());
    let what = match list {
        _ if entry.wrong => return,
        Some(true) if !entry.is_list => format!("„{key}“ muss eine Liste von Texten sein"),
        Some(false) if entry.is_list => format!("„{key}“ muss ein Text sein, keine Liste"),
        _ if empty() => format!("Der Text „{key}“ ist leer"),
        _ => return,
    };
    report.at(&file.source, entry.value_at, what);
}

/// Whether what the text belongs to may be declared, though it is not known: in a file that does not parse, under a
/// name that is missing or wrong, in options that are.
fn may_be_declared(names: &Names<'_>, key: &str) -> bool {
    let (group, rest) = key.split_once('.').unwrap_or((key, ""));
    let no_options = match group {
        "question" => asked(names).any(|q| inside(rest, &q.id) && is_of_unknown_type(q)),
        "option" => asked(names).any(|q| inside(rest, &q.id) && no_options(q)),
        "parameter_option" => names
            .params()
            .iter()
            .any(|p| inside(rest, &p.id) && p.options.is_empty()),
        _ => false,
    };
    let field = matches!(group, "question" | "option") && names.world.fields.is_unreadable(rest);
    no_options || field || (names.draft.is_some() && names.has_nameless(group))
}

/// The questions whose texts stand in the file: those of the form, or the reusable fields.
fn asked<'a>(names: &Names<'a>) -> impl Iterator<Item = &'a Question> {
    let fields = names.world.fields.all().filter(|_| names.draft.is_none());
    names.questions().map(|(_, q)| q).chain(fields)
}

fn no_options(question: &Question) -> bool {
    let (Kind::OneOf { options } | Kind::ManyOf { options, .. }) = &question.kind else {
        return is_of_unknown_type(question);
    };
    matches!(options, Options::Fixed(list) if list.is_empty())
}

/// Where a missing text has to be written: its table's header, or the end of the file.
fn place(file: &TextFile, key: &str) -> usize {
    let text = &file.source.text;
    let mut prefix = key;
    while let Some((parent, _)) = prefix.rsplit_once('.') {
        let header = format!("[{parent}]");
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            if line.trim_start().starts_with(&header) {
                return start;
            }
            start += line.len();
        }
        if let (Some(at), true) = (file.tables.get(parent), prefix == key) {
            return *at;
        }
        prefix = parent;
    }
    if key.contains('.') { text.trim_end().len() } else { 0 }
}
