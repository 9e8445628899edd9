//! What the answer to a question comes to: the whole form once more, with what was typed over what was known.

use std::collections::BTreeSet;

use domain::Question;
use schema::{Context, FieldError, Kind, RawAnswers, Service};
use serde_json::Value;

use crate::apply::tools::as_pairs;
use crate::apply::upload::Posted;
use crate::case::access::Seen;

/// What the posted answers come to.
pub struct Looked {
    pub raw: RawAnswers,
    pub answers: Value,
    pub errors: Vec<FieldError>,
    /// Questions beside those asked that have to be answered now.
    pub more: Vec<String>,
    /// Rules that failed and so let the answers through.
    pub failures: Vec<schema::RuleFailure>,
}

/// The whole form once more, as on submission. Only what was asked may change, and what follows from it: a question
/// that the new answers open, or whose rule they break. What was wrong before came with time (a date now past) and is
/// not this person's to mend.
pub fn look(seen: &Seen, cx: &Context, question: &Question, posted: &Posted, base: &RawAnswers) -> Looked {
    let service = &seen.service;
    let was = RawAnswers(seen.case.answers.clone());
    let before = schema::check(service, &was, cx).err().unwrap_or_default();
    let asked: Vec<String> = question.fields.iter().map(|(path, _)| path.clone()).collect();
    let mut more: Vec<String> = Vec::new();
    let posted = as_pairs(posted);
    loop {
        let open: Vec<&String> = asked.iter().chain(&more).collect();
        let raw = laid(service, &posted, &open, base);
        let examined = schema::examine(service, &raw, cx);
        let found = examined.errors;
        let inside = |e: &FieldError| open.iter().any(|path| is_at(&e.field, path));
        let known = |e: &FieldError| before.iter().any(|b| b.field == e.field && b.kind == e.kind);
        let errors: Vec<FieldError> = found.into_iter().filter(|e| inside(e) || !known(e)).collect();
        let new: Vec<String> = errors
            .iter()
            .filter(|e| !inside(e))
            .filter_map(|e| asked_by(service, &e.field))
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        if new.is_empty() {
            return Looked {
                raw,
                answers: examined.answers,
                errors,
                more,
                failures: examined.failures,
            };
        }
        // What has been posted for them is read in the next round; each question comes up once.
        more.extend(new);
    }
}

/// Whether a field is the question at `path` or inside of it.
fn is_at(field: &str, path: &str) -> bool {
    field
        .strip_prefix(path)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// The question that a person can answer at this field.
fn asked_by(service: &Service, field: &str) -> Option<String> {
    let mut questions = service.form.pages.iter().flat_map(|page| &page.questions);
    let question = questions.find(|q| is_at(field, &q.id))?;
    (!matches!(question.kind, Kind::Computed { .. } | Kind::File { .. })).then(|| question.id.clone())
}

/// The posted answers of these questions over the kept ones. A question that was not posted keeps its answer.
fn laid(service: &Service, posted: &[(String, String)], open: &[&String], base: &RawAnswers) -> RawAnswers {
    let mut raw = base.clone();
    for page in &service.form.pages {
        for path in open {
            let own: Vec<(String, String)> = posted.iter().filter(|(n, _)| is_at(n, path)).cloned().collect();
            if own.is_empty() {
                continue;
            }
            if let Some(value) = schema::at(&schema::from_html(service, &page.id, &own), path) {
                schema::merge(&mut raw, &schema::nested(path, value.clone()));
            }
        }
    }
    raw
}
