//! Answers as people read them, and texts with their placeholders filled.

use serde_json::Value;

use crate::{Context, Question, Service};

/// An answer as text for check pages and letters.
pub fn show(_question: &Question, value: &Value, _: &Service, _: &Context) -> String {
    value.to_string()
}

/// `template` with `{answers.x}`, `{params.x}`, `{law.x}`, `{place.name}`, `{authority.name}` and the `extra` names filled.
pub fn fill(template: &str, _answers: &Value, _: &Service, _: &Context, _extra: &[(&str, String)]) -> String {
    template.to_owned()
}

/// The question at `path`; `helpers.0.name` and `helpers.name` find the part of a group.
pub fn question<'a>(service: &'a Service, path: &str) -> Option<&'a Question> {
    service
        .form
        .pages
        .iter()
        .flat_map(|p| &p.questions)
        .find(|q| q.id == path)
}

/// Label of a question on the form.
pub fn label(_: &Service, path: &str, _: &Context) -> String {
    path.to_owned()
}

/// Label on the check page and the desk.
pub fn short_label(service: &Service, path: &str, cx: &Context) -> String {
    label(service, path, cx)
}
