//! A posted page → a patch of answers, and laying a patch over answers. Values stay as typed: reading is elsewhere.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::settle::{put, remove};
use super::value::{ADDRESS, is_empty};
use crate::{Kind, Question, RawAnswers, Service};

/// Highest index of a group's item in a form: what no page offers is not read.
const MOST_ITEMS: usize = 200;

/// A posted page as a patch: every question of the page is in it, `null` where nothing was entered. Files are left out
/// (they come apart from the fields), unless `<path>.remove` asks to drop one. `<path>.open` stands for "I do not know
/// yet" and wins over a value, for it was ticked on purpose.
pub fn from_html(service: &Service, page: &str, pairs: &[(String, String)]) -> Value {
    let mut patch = Value::Object(Map::new());
    let page = service.form.pages.iter().find(|p| p.id == page);
    for question in page.into_iter().flat_map(|p| &p.questions) {
        match &question.kind {
            Kind::Computed { .. } => {}
            Kind::File { .. } => {
                if open(question, pairs, &question.id) {
                    put(&mut patch, &question.id, "?".into());
                } else if last(pairs, &format!("{}.remove", question.id)).is_some() {
                    put(&mut patch, &question.id, Value::Null);
                }
            }
            _ => put(&mut patch, &question.id, answer(question, pairs, &question.id)),
        }
    }
    patch
}

/// `a.b` and a value → `{"a":{"b":value}}`.
pub fn nested(path: &str, value: Value) -> Value {
    path.rsplit('.')
        .fold(value, |inner, key| serde_json::json!({ key: inner }))
}

/// Lays `patch` over the answers; `null` removes. A question's value is replaced as a whole.
pub fn merge(raw: &mut RawAnswers, patch: &Value) {
    let Some(fields) = patch.as_object() else { return };
    for (key, value) in fields {
        match value.as_object() {
            // A file question has one name only; every other object at this level holds the questions of one head.
            Some(inner) if !inner.contains_key("media_type") => {
                for (name, value) in inner {
                    lay(&mut raw.0, &format!("{key}.{name}"), value);
                }
            }
            _ => lay(&mut raw.0, key, value),
        }
    }
}

fn lay(answers: &mut Value, path: &str, value: &Value) {
    if value.is_null() {
        remove(answers, path)
    } else {
        put(answers, path, value.clone())
    }
}

fn answer(question: &Question, pairs: &[(String, String)], path: &str) -> Value {
    if open(question, pairs, path) {
        return "?".into();
    }
    let object = |keys: &[&str]| {
        let parts = keys
            .iter()
            .filter_map(|key| Some(((*key).to_owned(), text(pairs, &format!("{path}.{key}"))?)));
        let parts: Map<String, Value> = parts.collect();
        if parts.is_empty() {
            Value::Null
        } else {
            Value::Object(parts)
        }
    };
    match &question.kind {
        Kind::ManyOf { .. } => {
            let chosen = pairs
                .iter()
                .filter(|(name, value)| name == path && !value.trim().is_empty());
            let chosen: Vec<Value> = chosen.map(|(_, value)| value.as_str().into()).collect();
            if chosen.is_empty() { Value::Null } else { chosen.into() }
        }
        Kind::DateRange { .. } => object(&["from", "to"]),
        Kind::Address => object(&ADDRESS),
        Kind::MapPoint => object(&["lat", "lon"]),
        Kind::Group { parts, .. } => {
            let items: Vec<Value> = indexes(pairs, path)
                .into_iter()
                .filter_map(|index| {
                    let fields = parts
                        .iter()
                        .filter(|part| !matches!(part.kind, Kind::Computed { .. } | Kind::File { .. }));
                    let fields = fields.map(|part| {
                        (
                            part.id.clone(),
                            answer(part, pairs, &format!("{path}.{index}.{}", part.id)),
                        )
                    });
                    let item: Map<String, Value> = fields.filter(|(_, value)| !value.is_null()).collect();
                    (!item.is_empty()).then_some(Value::Object(item))
                })
                .collect();
            if items.is_empty() { Value::Null } else { items.into() }
        }
        _ => text(pairs, path).unwrap_or(Value::Null),
    }
}

/// "Weiß ich noch nicht" was ticked: by its own field, or as a value of the question.
fn open(question: &Question, pairs: &[(String, String)], path: &str) -> bool {
    let ticked = || last(pairs, &format!("{path}.open")).is_some_and(|value| !value.trim().is_empty());
    question.may_stay_open && (ticked() || pairs.iter().any(|(name, value)| name == path && value.trim() == "?"))
}

/// The items of a group that have fields.
fn indexes(pairs: &[(String, String)], path: &str) -> BTreeSet<usize> {
    let index = |name: &str| {
        name.strip_prefix(path)?
            .strip_prefix('.')?
            .split('.')
            .next()?
            .parse::<usize>()
            .ok()
    };
    pairs
        .iter()
        .filter_map(|(name, _)| index(name))
        .filter(|index| *index < MOST_ITEMS)
        .collect()
}

/// The last value of a name that is not blank, as typed.
fn text(pairs: &[(String, String)], name: &str) -> Option<Value> {
    let values = pairs.iter().rev().filter(|(n, _)| n == name);
    let mut values = values
        .map(|(_, value)| Value::from(value.as_str()))
        .filter(|value| !is_empty(value));
    values.next()
}

fn last<'p>(pairs: &'p [(String, String)], name: &str) -> Option<&'p str> {
    pairs
        .iter()
        .rev()
        .find(|(n, _)| n == name)
        .map(|(_, value)| value.as_str())
}
