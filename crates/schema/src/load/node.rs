//! Values of a TOML file with their places, owned, so that a slip can be mended in them.

use std::ops::Range;

use serde_json::Value;

/// A value with its place in the file.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    /// Byte range of the value; for `[table]` and `[[table]]` that of the header.
    pub span: Range<usize>,
    pub value: Val,
}

#[derive(Debug, Clone)]
pub(crate) enum Val {
    Text(String),
    Int(i64),
    Float(f64),
    Bool(bool),
    /// An unquoted date or time, which the language does not use.
    Date(String),
    List(Vec<Node>),
    Table(Vec<Entry>),
}

#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub key: String,
    /// Byte offset of the key.
    pub at: usize,
    pub node: Node,
}

/// A step on the way to a value: a key, or a position in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    Key(String),
    Index(usize),
}

impl From<&str> for Step {
    fn from(key: &str) -> Self {
        Step::Key(key.to_owned())
    }
}

impl From<usize> for Step {
    fn from(index: usize) -> Self {
        Step::Index(index)
    }
}

/// The way to a value: `steps!["page", 0, "when"]`.
macro_rules! steps {
    ($($step:expr),* $(,)?) => { &[$($crate::load::node::Step::from($step)),*] };
}
pub(crate) use steps;

impl Node {
    pub fn get(&self, key: &str) -> Option<&Node> {
        match &self.value {
            Val::Table(entries) => entries.iter().find(|e| e.key == key).map(|e| &e.node),
            _ => None,
        }
    }

    pub fn entries(&self) -> &[Entry] {
        match &self.value {
            Val::Table(entries) => entries,
            _ => &[],
        }
    }

    /// What people call this kind of value.
    pub fn noun(&self) -> &'static str {
        match &self.value {
            Val::Text(_) => "ein Text",
            Val::Int(_) => "eine ganze Zahl",
            Val::Float(_) => "eine Kommazahl",
            Val::Bool(_) => "ja oder nein (true, false)",
            Val::Date(_) => "ein Datum ohne Anführungszeichen",
            Val::List(_) => "eine Liste",
            Val::Table(_) => "eine Tabelle",
        }
    }

    pub fn json(&self) -> Value {
        match &self.value {
            Val::Text(s) | Val::Date(s) => Value::String(s.clone()),
            Val::Int(n) => Value::from(*n),
            Val::Float(n) => Value::from(*n),
            Val::Bool(b) => Value::Bool(*b),
            Val::List(list) => Value::Array(list.iter().map(Node::json).collect()),
            Val::Table(entries) => Value::Object(entries.iter().map(|e| (e.key.clone(), e.node.json())).collect()),
        }
    }
}
