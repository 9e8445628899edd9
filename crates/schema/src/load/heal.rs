//! A slip in the id of a definition. All texts still carry the right id, so the odd one out is the definition: it is
//! reported once and read as the id of the texts, instead of calling every text, rule and example wrong.

use std::collections::BTreeSet;

use super::Draft;
use super::node::{Step, steps};
use super::source::Report;
use crate::diagnostic::nearest;

/// Tables of a file whose `id` has texts, with the group of texts.
const FORM: &[&str] = &["page", "rule", "exit", "check"];
const SERVICE: &[&str] = &["parameter", "fee", "condition", "shown_rule"];

/// Mends the ids of service.toml and form.toml in their trees.
pub(crate) fn heal(draft: &mut Draft, report: &mut Report) {
    if draft.texts.is_empty() || draft.texts.values().any(|t| !t.parsed()) {
        return;
    }
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
    let keys: Vec<BTreeSet<String>> = draft
        .texts
        .values()
        .map(|t| t.entries.keys().cloned().collect())
        .collect();
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

fn mend(
    definitions: &[Definition],
    texts: &[BTreeSet<String>],
    source: &mut super::source::Source,
    other: &str,
    report: &mut Report,
) {
    for Definition { group, id, way } in definitions {
        if id.is_empty() || !source.has(way) {
            continue; // Missing, which was reported, or a reused field.
        }
        let is_of = |key: &str, id: &str| {
            let rest = key
                .strip_prefix(group.as_str())
                .and_then(|k| k.strip_prefix('.')?.strip_prefix(id));
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let has_texts = |id: &str| texts.iter().all(|keys| keys.iter().any(|k| is_of(k, id)));
        let has_any = texts.iter().flatten().any(|k| is_of(k, id));
        // A name that rules and examples know is no slip: then the texts are missing.
        let used = [source.text.as_str(), other]
            .iter()
            .map(|t| occurrences(t, id))
            .sum::<usize>();
        if has_any || used > 1 {
            continue;
        }
        let declared = |id: &str| definitions.iter().any(|d| d.group == *group && d.id == id);
        let depth = id.split('.').count();
        let orphans: BTreeSet<String> = texts
            .iter()
            .flatten()
            .filter_map(|k| k.strip_prefix(group.as_str())?.strip_prefix('.'))
            .map(|rest| rest.split('.').take(depth).collect::<Vec<_>>().join("."))
            .filter(|orphan| !declared(orphan) && has_texts(orphan))
            .collect();
        let Some(meant) = nearest(id, orphans.iter().map(String::as_str)) else {
            continue;
        };
        let what = format!("Zu „{id}“ gibt es keine Texte, aber zu „{meant}“");
        report.at(source, source.at(way), what).near(Some(meant.clone()));
        source.set_text(way, meant);
    }
}

/// How often `word` stands in `text` as a whole name.
fn occurrences(text: &str, word: &str) -> usize {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let found = text.match_indices(word).filter(|(at, _)| {
        let before = text[..*at].chars().next_back().is_some_and(part);
        let after = text[at + word.len()..].chars().next().is_some_and(part);
        !before && !after
    });
    found.count()
}
