//! What is wrong with one answer, and the sentence that says so. The words are the service's or the crate's general ones.

use serde_json::Value;

use crate::words::word;
use crate::{Context, ErrorKind, FieldError, Service, show};

/// One thing wrong; its sentence is made only when it is shown.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    /// Path of the answer: `helpers.2.phone`.
    pub at: String,
    pub kind: ErrorKind,
    /// Key of the service's own sentence: `missing`, `min`, `max`, `invalid`; empty: there is none.
    own: &'static str,
    /// Key of the general sentence in `texts/schema.<lang>.toml`.
    general: &'static str,
    /// Names and what they stand for, bare and with the unit.
    fill: Vec<(&'static str, String, String)>,
}

impl Fault {
    pub fn new(at: &str, kind: ErrorKind, own: &'static str, general: &'static str) -> Self {
        Fault {
            at: at.to_owned(),
            kind,
            own,
            general,
            fill: Vec::new(),
        }
    }

    /// Adds what a name in braces stands for.
    pub fn with(self, name: &'static str, value: impl Into<String>) -> Self {
        let value = value.into();
        self.with_unit(name, value.clone(), value)
    }

    /// A value that reads with its unit in general sentences and without it in the service's own.
    pub fn with_unit(mut self, name: &'static str, bare: impl Into<String>, unit: impl Into<String>) -> Self {
        self.fill.push((name, bare.into(), unit.into()));
        self
    }

    /// The error with its sentence. `answers` are the canonical ones around it.
    pub fn error(self, service: &Service, answers: &Value, cx: &Context) -> FieldError {
        let path = show::without_numbers(&self.at);
        let own = match &self.kind {
            ErrorKind::Rule(id) => show::text_in(service, answers, &format!("rule.{id}"), cx),
            _ if self.own.is_empty() => None,
            _ => show::text_in(service, answers, &format!("question.{path}.{}", self.own), cx),
        };
        let with_unit = own.is_none();
        let template = own.unwrap_or_else(|| word(cx.lang, self.general));
        let label = show::short_label(service, &path, cx);
        let mut extra: Vec<(&str, String)> = vec![("label", label), ("place", cx.place.name.clone())];
        extra.extend(
            self.fill
                .into_iter()
                .map(|(name, bare, unit)| (name, if with_unit { unit } else { bare })),
        );
        // A label that asks keeps its question mark as the end of the sentence.
        let message = show::fill(template, answers, service, cx, &extra).replace("?.", "?");
        FieldError {
            field: self.at,
            kind: self.kind,
            message,
        }
    }
}

/// What was typed, for a sentence: one line, not too long.
pub(crate) fn quoted(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(40) {
        Some((cut, _)) => format!("{}…", line[..cut].trim_end()),
        None => line,
    }
}
