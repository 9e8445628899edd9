//! The single values of a TOML file with their places, for files that are not of the service language: the
//! operator's settings, the product's own words. What keys there may be is decided by whoever asks.

use serde_json::Value;

use super::node::{Entry, Val};
use super::source::{Report, Source};
use crate::Diagnostic;

/// A value that is no table, or an empty table. Lines and columns count from 1. In a list of tables the position is part
/// of the way: `expect.deadline.0.late_by`.
#[derive(Debug, Clone, PartialEq)]
pub struct Leaf {
    /// Dotted keys: `smtp.host`.
    pub path: String,
    pub value: Value,
    /// Line and column of its own key.
    pub key_at: (usize, usize),
    pub value_at: (usize, usize),
    /// What people call this kind of value: `ein Text`.
    pub noun: &'static str,
}

/// All values of a file in their order, or every syntax error in German.
///
/// # Errors
/// The file is not TOML: the first mistake of each line.
pub fn leaves(path: &str, bytes: &[u8]) -> Result<Vec<Leaf>, Vec<Diagnostic>> {
    let mut report = Report::default();
    let source = Source::parse(path, bytes, &mut report);
    if !report.items.is_empty() {
        return Err(report.items);
    }
    let mut out = Vec::new();
    if let Some(root) = &source.root {
        put(&source, "", root.entries(), &mut out);
    }
    Ok(out)
}

fn put(source: &Source, before: &str, entries: &[Entry], out: &mut Vec<Leaf>) {
    for entry in entries {
        let path = format!("{before}{}", entry.key);
        match &entry.node.value {
            Val::Table(inner) if !inner.is_empty() => put(source, &format!("{path}."), inner, out),
            Val::List(items) if !items.is_empty() && items.iter().all(|i| !i.entries().is_empty()) => {
                for (index, item) in items.iter().enumerate() {
                    put(source, &format!("{path}.{index}."), item.entries(), out);
                }
            }
            _ => out.push(Leaf {
                path,
                value: entry.node.json(),
                key_at: source.position(entry.at),
                value_at: source.position(entry.node.span.start),
                noun: entry.node.noun(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_knows_its_place_and_a_broken_file_only_its_mistakes() {
        let found = leaves("a.toml", b"x = 1\n[mail]\n host = \"h\"\n[empty]\n[[row]]\ny = 2\n").expect("parses");
        let seen: Vec<_> = found
            .iter()
            .map(|l| (l.path.as_str(), l.key_at, l.value_at, l.noun))
            .collect();
        assert_eq!(
            seen,
            [
                ("x", (1, 1), (1, 5), "eine ganze Zahl"),
                ("mail.host", (3, 2), (3, 9), "ein Text"),
                ("empty", (4, 2), (4, 1), "eine Tabelle"),
                ("row.0.y", (6, 1), (6, 5), "eine ganze Zahl"),
            ]
        );
        let broken = leaves("a.toml", b"x = \ny = 2\n").expect_err("does not parse");
        assert_eq!((broken.len(), broken[0].line), (1, 1));
    }
}
