//! Texts that are missing, and texts for something that does not exist.
//!
//! A missing text is reported where it has to be written: at the header of its table in the text file, else at the
//! end of that file. A slip in a key is both missing and too much, but is reported once, with the key meant.

use std::collections::BTreeSet;

use super::names::Names;
use super::placeholders;
use super::wanted::{self, Wanted};
use crate::diagnostic::distance;
use crate::load::source::Report;
use crate::load::texts::{TextEntry, TextFile};
use crate::load::{LETTERS, World};
use crate::{Kind, Lang, Options, Question};

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
    let mut wrong = Vec::new();
    let mut present: BTreeSet<String> = file.entries.keys().cloned().collect();
    let strange = strange_tables(names, file, wanted, regimes, &mut present, report);
    for (key, entry) in file
        .entries
        .iter()
        .filter(|(key, _)| !strange.iter().any(|table| inside(key, table)))
    {
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
    wrong
}

/// Whether `key` stands in the table `table`.
fn inside(key: &str, table: &str) -> bool {
    key.strip_prefix(table).is_some_and(|rest| rest.starts_with('.'))
}

/// Reports tables of which nothing is wanted: once each, not once for every text in them. What such a table holds
/// counts as present under the table that was meant.
fn strange_tables(
    names: &Names<'_>,
    file: &TextFile,
    wanted: &[Wanted],
    regimes: &[&str],
    present: &mut BTreeSet<String>,
    report: &mut Report,
) -> Vec<String> {
    let mut strange: Vec<String> = Vec::new();
    for (table, at) in &file.tables {
        let parts = table.split('.').count();
        let letter = |l: &&str| table == "letter" || inside(&format!("letter.{l}."), table);
        let nothing_wanted = !wanted.iter().any(|w| inside(&w.key, table)) && !LETTERS.iter().any(|l| letter(&l));
        let all_unknown = file
            .entries
            .keys()
            .filter(|key| inside(key, table))
            .all(|key| known(key, wanted, regimes).is_none() && !may_be_declared_elsewhere(names, key));
        if !(nothing_wanted && all_unknown) || strange.iter().any(|t| inside(table, t)) {
            continue;
        }
        if let Some(single) = wanted.iter().find(|w| w.key == *table) {
            if !regimes.is_empty() {
                continue; // A slip in the name of a regime, reported at its key.
            }
            let what = format!("„{table}“ hat Fassungen je Verfahren, aber die Leistung kennt kein Verfahren");
            report.at(&file.source, *at, what).like(format!("{table} = \"…\""));
            present.insert(single.key.clone());
        } else {
            // The wanted tables of the same depth, those without any text yet first.
            let head = |key: &str| key.split('.').take(parts).collect::<Vec<_>>().join(".");
            let tables = wanted
                .iter()
                .map(|w| &w.key)
                .filter(|k| k.split('.').count() > parts)
                .map(|k| head(k));
            let letters = LETTERS.iter().map(|l| format!("letter.{l}"));
            let near = nearest_slip(table, tables.chain(letters), |t| {
                !present.iter().any(|key| inside(key, t))
            });
            let what = format!("Texte unter „{table}“ braucht niemand");
            report.at(&file.source, *at, what).near(near.clone());
            if let Some(near) = near {
                let held: Vec<String> = present
                    .iter()
                    .filter_map(|k| k.strip_prefix(table.as_str()))
                    .map(str::to_owned)
                    .collect();
                present.extend(
                    held.into_iter()
                        .filter(|rest| rest.starts_with('.'))
                        .map(|rest| format!("{near}{rest}")),
                );
            }
        }
        strange.push(table.clone());
    }
    strange
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
    if let Some((base, _)) = key.rsplit_once('.')
        && let Some(found) = find(&format!("{base}.{}", wanted::ANY))
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
        // The options are missing or wrong, which was reported.
        "option" if asked(names).any(|q| inside(rest, &q.id) && no_options(q)) => true,
        "parameter_option"
            if names
                .params()
                .iter()
                .any(|p| inside(rest, &p.id) && p.options.is_empty()) =>
        {
            true
        }
        "page" | "question" | "option" | "rule" | "exit" | "check" => names.draft.is_some() && !names.form_known(),
        "condition" | "fee" | "parameter" | "parameter_option" | "shown_rule" | "paper" => {
            names.draft.is_some() && !names.service_known()
        }
        _ => false,
    }
}

/// The questions whose texts stand in the file: those of the form, or the reusable fields.
fn asked<'a>(names: &Names<'a>) -> impl Iterator<Item = &'a Question> {
    let fields = names.world.fields.all().filter(|_| names.draft.is_none());
    names.questions().map(|(_, q)| q).chain(fields)
}

fn no_options(question: &Question) -> bool {
    let (Kind::OneOf { options } | Kind::ManyOf { options, .. }) = &question.kind else {
        return false;
    };
    matches!(options, Options::Fixed(list) if list.is_empty())
}

/// The wanted key that differs in one part only, and there by a slip; missing ones first.
fn near_key(key: &str, wanted: &[Wanted], regimes: &[&str], present: &BTreeSet<String>) -> Option<String> {
    let variants = wanted
        .iter()
        .flat_map(|w| regimes.iter().map(move |r| format!("{}.{r}", w.key)));
    nearest_slip(key, wanted.iter().map(|w| w.key.clone()).chain(variants), |k| {
        !present.contains(k)
    })
}

/// The candidate that differs from `key` in one part only, and there by a slip; the preferred ones first.
fn nearest_slip(
    key: &str,
    candidates: impl Iterator<Item = String>,
    preferred: impl Fn(&str) -> bool,
) -> Option<String> {
    let slips = candidates.filter_map(|k| slip(key, &k).map(|(own, other)| (k, own, other)));
    let (first, second): (Vec<_>, Vec<_>) = slips.partition(|(k, ..)| preferred(k));
    [first, second].iter().find_map(|found| {
        // All candidates left of `key` differ in any one part: the slip counts part by part.
        found
            .iter()
            .filter_map(|(k, own, other)| Some((distance(own, other)?, k)))
            .min_by_key(|(distance, _)| *distance)
            .map(|(_, k)| k.clone())
    })
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
