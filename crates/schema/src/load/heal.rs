//! A slip in the id of a definition. All texts still carry the right id, so the odd one out is the definition: it is
//! reported once and read as the id of the texts, instead of calling every text, rule and example wrong.

use std::collections::{BTreeMap, BTreeSet};

use super::Draft;
use super::node::{Step, steps};
use super::source::{Report, Source};
use super::texts::TextFile;
use crate::Lang;
use crate::diagnostic::nearest;

/// Tables of a file whose `id` has texts, with the group of texts.
const FORM: &[&str] = &["page", "rule", "exit", "check"];
const SERVICE: &[&str] = &["parameter", "fee", "condition", "shown_rule"];

/// Mends the ids of service.toml and form.toml in their trees.
pub(crate) fn heal(draft: &mut Draft, report: &mut Report) {
    let Some(keys) = text_keys(&draft.texts) else {
        return;
    };
    let form = &draft.service.form;
    let one_part = |table: &str, ids: Vec<&str>| -> Vec<Definition> {
        let ways = ids
            .iter()
            .enumerate()
            .map(|(i, id)| ((*id).to_owned(), steps![table, i, "id"].to_vec()));
        ways.map(|(id, way)| Definition {
            group: table.to_owned(),
            id,
            way,
        })
        .collect()
    };
    let mut of_form: Vec<Definition> = Vec::new();
    for table in FORM {
        let ids = match *table {
            "page" => form.pages.iter().map(|x| x.id.as_str()).collect(),
            "rule" => form.rules.iter().map(|x| x.id.as_str()).collect(),
            "exit" => form.exits.iter().map(|x| x.id.as_str()).collect(),
            _ => form.checks.iter().map(|x| x.id.as_str()).collect(),
        };
        of_form.extend(one_part(table, ids));
    }
    for (i, page) in form.pages.iter().enumerate() {
        for (j, question) in page.questions.iter().enumerate() {
            let way = steps!["page", i, "question", j, "id"].to_vec();
            of_form.push(Definition {
                group: "question".to_owned(),
                id: question.id.clone(),
                way,
            });
        }
    }
    let service = &draft.service;
    let mut of_service: Vec<Definition> = Vec::new();
    for table in SERVICE {
        let ids = match *table {
            "parameter" => service.parameters.iter().map(|x| x.id.as_str()).collect(),
            "fee" => service.fees.iter().map(|x| x.id.as_str()).collect(),
            "condition" => service.conditions.iter().map(|x| x.id.as_str()).collect(),
            _ => service.shown_rules.iter().map(|x| x.id.as_str()).collect(),
        };
        of_service.extend(one_part(table, ids));
    }
    mend(
        &of_form,
        &keys,
        &mut draft.form_file.source,
        &draft.service_file.source.text,
        report,
    );
    mend(
        &of_service,
        &keys,
        &mut draft.service_file.source,
        &draft.form_file.source.text,
        report,
    );
}

struct Definition {
    group: String,
    id: String,
    way: Vec<Step>,
}

/// Keys of the texts of each language.
pub(crate) type TextKeys = Vec<BTreeSet<String>>;

/// The keys of the text files that have to be whole, if they all parse.
pub(crate) fn text_keys(files: &BTreeMap<Lang, TextFile>) -> Option<TextKeys> {
    let keys: Option<TextKeys> = files
        .iter()
        .filter(|(lang, _)| !lang.may_lack())
        .map(|(_, file)| file)
        .map(|t| t.parsed().then(|| t.entries.keys().cloned().collect()))
        .collect();
    keys.filter(|keys| !keys.is_empty())
}

/// The id whose texts stand there in every language while nothing of that name is declared, if `id` has no texts
/// and is a slip of it.
pub(crate) fn meant(group: &str, id: &str, declared: impl Fn(&str) -> bool, texts: &TextKeys) -> Option<String> {
    let is_of = |key: &str, id: &str| {
        let rest = key
            .strip_prefix(group)
            .and_then(|k| k.strip_prefix('.')?.strip_prefix(id));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    if texts.iter().flatten().any(|key| is_of(key, id)) {
        return None;
    }
    let depth = id.split('.').count();
    let named = texts
        .iter()
        .flatten()
        .filter_map(|key| key.strip_prefix(group)?.strip_prefix('.'));
    let named: BTreeSet<String> = named
        .map(|rest| rest.split('.').take(depth).collect::<Vec<_>>().join("."))
        .collect();
    let whole = |id: &str| texts.iter().all(|keys| keys.iter().any(|key| is_of(key, id)));
    nearest(
        id,
        named.iter().map(String::as_str).filter(|n| !declared(n) && whole(n)),
    )
}

fn mend(definitions: &[Definition], texts: &TextKeys, source: &mut Source, other: &str, report: &mut Report) {
    for Definition { group, id, way } in definitions {
        // Without an id it was reported; a reused field is not defined here; what rules know is no slip.
        let used = || occurrences(&source.text, id) + occurrences(other, id) > 1;
        if id.is_empty() || !source.has(way) || used() {
            continue;
        }
        let declared = |id: &str| definitions.iter().any(|d| d.group == *group && d.id == id);
        let Some(meant) = meant(group, id, declared, texts) else {
            continue;
        };
        report
            .at(source, source.at(way), slip(id, &meant))
            .near(Some(meant.clone()));
        source.set_text(way, meant);
    }
}

/// What is said about a slip in a definition.
pub(crate) fn slip(id: &str, meant: &str) -> String {
    format!("Zu „{id}“ gibt es keine Texte, aber zu „{meant}“")
}

/// How often `word` stands in `text` as a whole name.
pub(crate) fn occurrences(text: &str, word: &str) -> usize {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let found = text.match_indices(word).filter(|(at, _)| {
        let before = text[..*at].chars().next_back().is_some_and(part);
        let after = text[at + word.len()..].chars().next().is_some_and(part);
        !before && !after
    });
    found.count()
}
