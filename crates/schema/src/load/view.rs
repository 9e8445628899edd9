//! Reading a walked file into the model. The walker has already reported what is wrong, so readers never fail:
//! a missing or wrong value reads as nothing, and the service is left out because of the report.

use serde_json::Value;

use super::keys::Keys;
use super::node::{Entry, Node, Step, Val};
use super::scalar;
use super::source::{Report, Source};
use super::walk::{Walked, walk};
use crate::{Expr, rules};

/// A file that was parsed and walked.
#[derive(Debug)]
pub(crate) struct File {
    pub source: Source,
    pub walked: Walked,
}

impl File {
    pub fn read(path: &str, bytes: &[u8], keys: &'static Keys, report: &mut Report) -> File {
        let mut source = Source::parse(path, bytes, report);
        let walked = walk(&mut source, keys, report);
        File { source, walked }
    }

    /// Stands in for a file that is not there.
    pub fn absent(path: &str) -> File {
        File {
            source: Source::absent(path),
            walked: Walked::default(),
        }
    }

    /// False if the file is not there or has syntax errors: then nothing is known about what it declares.
    pub fn parsed(&self) -> bool {
        self.source.root.is_some()
    }

    pub fn root(&self) -> View<'_> {
        View {
            node: self.source.root.as_ref(),
            file: self,
        }
    }

    /// Reports a mistake at the value on the way `steps`, or at the nearest table around it.
    pub fn report<'r>(
        &self,
        report: &'r mut Report,
        steps: &[Step],
        what: impl Into<String>,
    ) -> &'r mut crate::Diagnostic {
        report.at(&self.source, self.source.at(steps), what)
    }
}

/// A value of a walked file, or nothing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View<'a> {
    node: Option<&'a Node>,
    file: &'a File,
}

impl<'a> View<'a> {
    pub fn get(self, key: &str) -> View<'a> {
        View {
            node: self.node.and_then(|n| n.get(key)),
            ..self
        }
    }

    pub fn exists(self) -> bool {
        self.node.is_some()
    }

    pub fn entries(self) -> &'a [Entry] {
        self.node.map_or(&[], Node::entries)
    }

    /// The value of an entry of this table.
    pub fn of(self, entry: &'a Entry) -> View<'a> {
        View {
            node: Some(&entry.node),
            ..self
        }
    }

    /// The tables of `[[key]]`, in order and one for one.
    pub fn list(self, key: &str) -> Vec<View<'a>> {
        match self.get(key).node.map(|n| &n.value) {
            Some(Val::List(list)) => list.iter().map(|n| View { node: Some(n), ..self }).collect(),
            _ => Vec::new(),
        }
    }

    pub fn as_text(self) -> Option<String> {
        match self.node.map(|n| &n.value) {
            Some(Val::Text(s)) => Some(s.clone()),
            _ => None,
        }
    }

    pub fn as_int(self) -> Option<i64> {
        match self.node.map(|n| &n.value) {
            Some(Val::Int(n)) => Some(*n),
            _ => None,
        }
    }

    pub fn text(self, key: &str) -> Option<String> {
        self.get(key).as_text()
    }

    /// The text, or an empty one where a required key was missing.
    pub fn word(self, key: &str) -> String {
        self.text(key).unwrap_or_default()
    }

    /// The `id` of a table; empty where it is missing or no name, which was reported.
    pub fn id(self) -> String {
        self.text("id").filter(|id| scalar::is_path(id)).unwrap_or_default()
    }

    pub fn int(self, key: &str) -> Option<i64> {
        self.get(key).as_int()
    }

    /// A length or count; what is below zero was reported.
    pub fn count(self, key: &str) -> Option<usize> {
        self.int(key).and_then(|n| usize::try_from(n).ok())
    }

    pub fn flag(self, key: &str) -> bool {
        matches!(self.get(key).node.map(|n| &n.value), Some(Val::Bool(true)))
    }

    pub fn texts(self, key: &str) -> Vec<String> {
        self.list(key).into_iter().filter_map(View::as_text).collect()
    }

    pub fn json(self) -> Value {
        self.node.map_or(Value::Null, Node::json)
    }

    pub fn rule(self, key: &str) -> Option<Expr> {
        self.get(key).node.and_then(|n| self.file.walked.expr(n))
    }

    /// The rule, or `null` where the required one was missing or wrong.
    pub fn must(self, key: &str) -> Expr {
        self.rule(key).unwrap_or_else(null_rule)
    }
}

fn null_rule() -> Expr {
    // The constant is a valid rule; a test holds it.
    rules::compile("null").unwrap_or_else(|e| unreachable!("null is a rule: {e}"))
}

/// Reads one word of an enum of the model.
pub(crate) fn parse<T: serde::de::DeserializeOwned>(word: &str) -> Option<T> {
    serde_json::from_value(Value::String(word.to_owned())).ok()
}
