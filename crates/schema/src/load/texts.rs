//! texts.<lang>.toml: nested tables flattened to dotted keys, each with its place.

use std::collections::BTreeMap;
use std::ops::Range;

use super::node::{Node, Val};
use super::source::{Report, Source};
use crate::Texts;

/// One text or list of texts.
#[derive(Debug, Clone)]
pub(crate) struct TextEntry {
    /// Byte offset of the key.
    pub at: usize,
    /// The texts with their places: one, or those of a list.
    pub parts: Vec<(String, Range<usize>)>,
    pub is_list: bool,
    /// Byte offset of the value.
    pub value_at: usize,
    /// The value is neither a text nor a list of texts, which was reported.
    pub wrong: bool,
}

/// A file of texts in one language.
#[derive(Debug)]
pub(crate) struct TextFile {
    pub source: Source,
    pub entries: BTreeMap<String, TextEntry>,
    /// Byte offset of each table's header, by its dotted key.
    pub tables: BTreeMap<String, usize>,
}

impl TextFile {
    pub fn read(path: &str, bytes: &[u8], report: &mut Report) -> TextFile {
        let mut source = Source::parse(path, bytes, report);
        let root = source.root.take();
        let mut file = TextFile {
            source,
            entries: BTreeMap::new(),
            tables: BTreeMap::new(),
        };
        if let Some(root) = &root {
            file.flatten("", root, report);
        }
        file.source.root = root;
        file
    }

    pub fn parsed(&self) -> bool {
        self.source.root.is_some()
    }

    fn flatten(&mut self, prefix: &str, table: &Node, report: &mut Report) {
        for entry in table.entries() {
            let key = if prefix.is_empty() {
                entry.key.clone()
            } else {
                format!("{prefix}.{}", entry.key)
            };
            let span = entry.node.span.clone();
            let parts = match &entry.node.value {
                Val::Table(_) => {
                    self.tables.insert(key.clone(), entry.at);
                    self.flatten(&key, &entry.node, report);
                    continue;
                }
                Val::Text(s) => Some(vec![(s.clone(), span.clone())]),
                Val::List(list) => list
                    .iter()
                    .map(|n| {
                        if let Val::Text(s) = &n.value {
                            Some((s.clone(), n.span.clone()))
                        } else {
                            None
                        }
                    })
                    .collect(),
                _ => None,
            };
            let is_list = matches!(entry.node.value, Val::List(_));
            if parts.is_none() {
                let what = format!(
                    "„{key}“ muss ein Text oder eine Liste von Texten sein, nicht {}",
                    entry.node.noun()
                );
                report
                    .at(&self.source, span.start, what)
                    .like(format!("{} = \"…\"", entry.key));
            }
            let wrong = parts.is_none();
            // Known all the same, so that it does not count as missing too.
            let parts = parts.unwrap_or_default();
            self.entries.insert(
                key,
                TextEntry {
                    at: entry.at,
                    parts,
                    is_list,
                    value_at: span.start,
                    wrong,
                },
            );
        }
    }

    /// The texts as the model holds them.
    pub fn texts(&self) -> Texts {
        let mut texts = Texts::default();
        for (key, entry) in &self.entries {
            let mut words = entry.parts.iter().map(|(text, _)| crate::typography::no_break(text));
            if entry.is_list {
                texts.lists.insert(key.clone(), words.collect());
            } else if let Some(text) = words.next_back() {
                texts.strings.insert(key.clone(), text);
            }
        }
        texts
    }
}
