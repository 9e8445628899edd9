//! One TOML file with its place marks: parsed tree, lines, syntax errors in German.
//! What the tree may hold is decided in `walk`; this module knows TOML only.

use std::ops::Range;

use serde_json::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::node::{Entry, Node, Step, Val};
use crate::diagnostic::Diagnostic;

/// All mistakes found so far.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub items: Vec<Diagnostic>,
}

impl Report {
    /// Adds a mistake at a byte offset of a file; the answer takes the nearest word and an example.
    pub fn at(&mut self, source: &Source, offset: usize, what: impl Into<String>) -> &mut Diagnostic {
        let (line, column) = source.position(offset);
        self.push(&source.path, line, column, what.into())
    }

    /// Adds a mistake about a file as a whole, such as one that is not there.
    pub fn file(&mut self, path: &str, what: impl Into<String>) -> &mut Diagnostic {
        self.push(path, 1, 1, what.into())
    }

    fn push(&mut self, file: &str, line: usize, column: usize, what: String) -> &mut Diagnostic {
        let index = self.items.len();
        self.items.push(Diagnostic {
            file: file.to_owned(),
            line,
            column,
            what,
            nearest: None,
            example: None,
        });
        &mut self.items[index]
    }
}

/// A file of the service language.
#[derive(Debug)]
pub(crate) struct Source {
    pub path: String,
    pub text: String,
    lines: Vec<usize>,
    /// The root table; `None` if the file does not parse.
    pub root: Option<Node>,
}

impl Source {
    /// A file that is not there: it declares nothing, and nothing is known about it.
    pub fn absent(path: &str) -> Source {
        Source {
            path: path.to_owned(),
            text: String::new(),
            lines: vec![0],
            root: None,
        }
    }

    /// Parses a file. Every syntax error is reported, the first of each line.
    pub fn parse(path: &str, bytes: &[u8], report: &mut Report) -> Source {
        let (text, broken_at) = match std::str::from_utf8(bytes) {
            Ok(text) => (text.to_owned(), None),
            Err(e) => (String::from_utf8_lossy(bytes).into_owned(), Some(e.valid_up_to())),
        };
        let lines = std::iter::once(0)
            .chain(text.match_indices('\n').map(|(i, _)| i + 1))
            .collect();
        let mut source = Source {
            path: path.to_owned(),
            text,
            lines,
            root: None,
        };
        if let Some(offset) = broken_at {
            report.at(&source, offset, "Die Datei ist nicht in UTF-8 gespeichert");
            return source;
        }
        let (root, mut errors) = DeTable::parse_recoverable(&source.text);
        if errors.is_empty() {
            let span = 0..0;
            let root = Node {
                span,
                value: Val::Table(entries(root.get_ref())),
            };
            source.root = Some(root);
            return source;
        }
        let mut last: Option<(usize, Option<usize>)> = None;
        // The parser finds what is wrong with values later than what is wrong with lines.
        let place = |e: &toml::de::Error| e.span().map_or(source.text.len(), |s| s.start);
        errors.sort_by_key(place);
        // Where three quotes open or close nothing, all that follows reads inside out.
        if source.text.matches("\"\"\"").count() % 2 == 1 {
            errors.truncate(1);
        }
        for error in &errors {
            let offset = place(error);
            let (line, _) = source.position(offset);
            // A header that is missing makes every key below it a second one, and a text that does not end makes
            // nonsense of the lines after it: said once.
            let twice = error.message().starts_with("duplicate key");
            let section = twice.then(|| source.section(offset));
            let goes_on = last.is_some_and(|(before, of)| line <= before + 1 || (twice && of == section));
            if !goes_on {
                let what = format!("Schreibfehler in TOML: {}", german(error.message()));
                report.at(&source, offset, what);
            }
            last = Some((line, section));
        }
        source
    }

    /// Byte offset of the table header above `offset`.
    fn section(&self, offset: usize) -> usize {
        let lines = self.text[..offset.min(self.text.len())].split_inclusive('\n');
        let mut at = 0;
        let mut header = 0;
        for line in lines {
            if line.starts_with('[') {
                header = at;
            }
            at += line.len();
        }
        header
    }

    /// Line and column (in characters) of a byte offset, both from 1.
    pub fn position(&self, offset: usize) -> (usize, usize) {
        let offset = offset.min(self.text.len());
        let line = self.lines.partition_point(|&start| start <= offset).max(1);
        let start = self.lines[line - 1];
        let column = self.text.get(start..offset).map_or(0, |s| s.chars().count());
        (line, column + 1)
    }

    /// Byte offset of the value on the way `steps`, or of the last step that is there.
    pub fn at(&self, steps: &[Step]) -> usize {
        let found = (0..=steps.len()).rev().find_map(|length| self.find(&steps[..length]));
        found.map_or(0, |node| node.span.start)
    }

    /// Whether there is a value on the way `steps`.
    pub fn has(&self, steps: &[Step]) -> bool {
        self.find(steps).is_some()
    }

    /// The text on the way `steps`.
    pub fn word(&self, steps: &[Step]) -> Option<&str> {
        match self.find(steps).map(|n| &n.value) {
            Some(Val::Text(s)) => Some(s),
            _ => None,
        }
    }

    /// Reads the text on the way `steps` as another one: a slip that was reported.
    pub fn set_text(&mut self, steps: &[Step], text: String) {
        let Some(root) = self.root.as_mut() else { return };
        let found = steps.iter().try_fold(root, |node, step| match (step, &mut node.value) {
            (Step::Key(key), Val::Table(entries)) => entries.iter_mut().find(|e| e.key == *key).map(|e| &mut e.node),
            (Step::Index(i), Val::List(list)) => list.get_mut(*i),
            _ => None,
        });
        if let Some(node) = found {
            node.value = Val::Text(text);
        }
    }

    /// Reads a key of the root table as another one.
    pub fn rename(&mut self, key: &str, new: String) {
        if let Some(Val::Table(entries)) = self.root.as_mut().map(|root| &mut root.value)
            && let Some(entry) = entries.iter_mut().find(|e| e.key == key)
        {
            entry.key = new;
        }
    }

    /// Byte offset of the last key on the way `steps`.
    pub fn key_at(&self, steps: &[Step]) -> usize {
        let parent = steps.split_last().and_then(|(last, way)| Some((self.find(way)?, last)));
        let entry = parent.and_then(|(table, last)| table.entries().iter().find(|e| Step::Key(e.key.clone()) == *last));
        entry.map_or_else(|| self.at(steps), |e| e.at)
    }

    /// The value on the way `steps`.
    pub fn json(&self, steps: &[Step]) -> Option<Value> {
        self.find(steps).map(Node::json)
    }

    fn find(&self, steps: &[Step]) -> Option<&Node> {
        steps
            .iter()
            .try_fold(self.root.as_ref()?, |node, step| match (step, &node.value) {
                (Step::Key(key), _) => node.get(key),
                (Step::Index(i), Val::List(list)) => list.get(*i),
                _ => None,
            })
    }

    /// Byte offset of the `chars`-th character of the text written at `span`, quotes and escapes counted in.
    pub fn inside(&self, span: &Range<usize>, chars: usize) -> usize {
        let raw = &self.text[span.clone()];
        let (quote, basic) = ["\"\"\"", "'''", "\"", "'"]
            .into_iter()
            .find(|q| raw.starts_with(q))
            .map_or(("", false), |q| (q, q.starts_with('"')));
        let mut rest = &raw[quote.len()..];
        if quote.len() == 3 {
            rest = rest
                .strip_prefix("\r\n")
                .or_else(|| rest.strip_prefix('\n'))
                .unwrap_or(rest);
        }
        for _ in 0..chars {
            let width = if basic {
                escape_width(rest)
            } else {
                rest.chars().next().map_or(0, char::len_utf8)
            };
            rest = &rest[width..];
        }
        span.start + (raw.len() - rest.len())
    }
}

/// Bytes that one character of a basic string takes in the file.
fn escape_width(rest: &str) -> usize {
    let mut chars = rest.chars();
    match (chars.next(), chars.next()) {
        (Some('\\'), Some(c)) => {
            let width = match c {
                'x' => 4,
                'u' => 6,
                'U' => 10,
                // A line ending in a backslash: it, the line break and the blanks count to the next character.
                c if c.is_whitespace() => {
                    let skipped = 1 + rest[1..].len() - rest[1..].trim_start().len();
                    skipped + escape_width(&rest[skipped..])
                }
                c => 1 + c.len_utf8(),
            };
            width.min(rest.len())
        }
        (Some(c), _) => c.len_utf8(),
        (None, _) => 0,
    }
}

fn entries(table: &DeTable<'_>) -> Vec<Entry> {
    table
        .iter()
        .map(|(key, value)| Entry {
            key: key.get_ref().to_string(),
            at: key.span().start,
            node: node(value),
        })
        .collect()
}

fn node(value: &Spanned<DeValue<'_>>) -> Node {
    let val = match value.get_ref() {
        DeValue::String(s) => Val::Text(s.to_string()),
        DeValue::Integer(n) => match i64::from_str_radix(n.as_str(), n.radix()) {
            Ok(n) => Val::Int(n),
            Err(_) => Val::Float(f64::MAX),
        },
        DeValue::Float(n) => Val::Float(n.as_str().parse().unwrap_or(f64::MAX)),
        DeValue::Boolean(b) => Val::Bool(*b),
        DeValue::Datetime(d) => Val::Date(d.to_string()),
        DeValue::Array(list) => Val::List(list.iter().map(node).collect()),
        DeValue::Table(table) => Val::Table(entries(table)),
    };
    Node {
        span: value.span(),
        value: val,
    }
}

/// The parser's message in German. What is not in the list stays as it is: better English than nothing.
fn german(message: &str) -> String {
    const WORDS: &[(&str, &str)] = &[
        ("duplicate key", "Dieser Schlüssel steht schon weiter oben"),
        ("invalid boolean", "Ein Text steht in Anführungszeichen"),
        ("invalid value", "Ein Text steht in Anführungszeichen"),
        (
            "cannot extend value",
            "Dieser Name hat weiter oben schon einen einzelnen Wert",
        ),
        (
            "invalid escape",
            "Nach \\ sind nur wenige Zeichen erlaubt; in einfachen Anführungszeichen jedes",
        ),
        ("invalid key-value pair", "Eine Zeile besteht aus Schlüssel, = und Wert"),
        ("string values must be quoted", "Ein Text steht in Anführungszeichen"),
        (
            "missing assignment between key-value pairs",
            "Zwischen Schlüssel und Wert fehlt das Zeichen =",
        ),
        ("key with no value", "Nach dem Schlüssel fehlen = und ein Wert"),
        ("missing value", "Nach dem Zeichen = fehlt der Wert"),
        ("extra `=`", "Ein Zeichen = ist zu viel"),
        ("extra assignment", "Ein Zeichen = ist zu viel"),
        ("missing comma", "Zwischen zwei Werten fehlt ein Komma"),
        ("extra comma", "Ein Komma ist zu viel"),
        ("unclosed array table", "Die Klammern ]] fehlen"),
        ("unclosed array", "Die Liste endet nicht mit ]"),
        ("unclosed inline table", "Die Tabelle endet nicht mit }"),
        ("unclosed table", "Die Klammer ] fehlt"),
        (
            "invalid basic string",
            "Der Text endet nicht mit einem Anführungszeichen",
        ),
        (
            "invalid multi-line basic string",
            "Der Text endet nicht mit drei Anführungszeichen",
        ),
        (
            "invalid literal string",
            "Der Text endet nicht mit einem Anführungszeichen",
        ),
        ("missing opening quote", "Vor dem Text fehlt das Anführungszeichen"),
        (
            "invalid unquoted key",
            "Ein Schlüssel besteht aus a bis z, Ziffern und _",
        ),
        ("unquoted keys cannot be empty", "Vor dem Zeichen = fehlt der Schlüssel"),
        ("unexpected leading zero", "Eine Zahl beginnt nicht mit 0"),
        (
            "unexpected key or value",
            "Hier steht etwas zu viel; jede Angabe braucht eine eigene Zeile",
        ),
    ];
    let found = WORDS.iter().find(|(english, _)| message.starts_with(english));
    found.map_or_else(|| message.to_owned(), |(_, german)| (*german).to_owned())
}
