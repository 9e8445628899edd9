//! Walks a parsed file along its table of known keys: unknown keys, missing keys, wrong types, wrong words.
//!
//! On the way it compiles the rules and notes every name that points elsewhere; `check` resolves these later.
//! A slip whose meaning is plain (`optinal`) is reported and mended in the tree, so that one mistake stays one.

use std::collections::BTreeMap;
use std::ops::Range;

use super::keys::{Key, Keys, Kinds, Ref, Ty};
use super::keys_service::{PERIOD, RETENTION};
use super::node::{Entry, Node, Step, Val};
use super::plain;
use super::scalar;
use super::source::{Report, Source};
use crate::Expr;
use crate::diagnostic::nearest;

/// What the walk leaves behind besides the (mended) tree.
#[derive(Debug, Default)]
pub(crate) struct Walked {
    pub names: Vec<Name>,
    pub rules: Vec<RuleAt>,
    exprs: BTreeMap<usize, Expr>,
}

/// A name that points to something declared elsewhere.
#[derive(Debug)]
pub(crate) struct Name {
    pub to: Ref,
    pub word: String,
    /// Byte offset of the text that holds it.
    pub at: usize,
}

/// A rule that compiles.
#[derive(Debug)]
pub(crate) struct RuleAt {
    pub expr: Expr,
    pub span: Range<usize>,
    pub steps: Vec<Step>,
}

impl Walked {
    /// The rule written at this value.
    pub fn expr(&self, node: &Node) -> Option<Expr> {
        self.exprs.get(&node.span.start).cloned()
    }
}

/// Walks the root table of `source`; a file that did not parse is left alone.
pub(crate) fn walk(source: &mut Source, keys: &'static Keys, report: &mut Report) -> Walked {
    let Some(mut root) = source.root.take() else {
        return Walked::default();
    };
    let mut walker = Walker {
        source,
        report,
        walked: Walked::default(),
        steps: Vec::new(),
    };
    walker.table(&mut root, keys);
    let walked = walker.walked;
    source.root = Some(root);
    walked
}

struct Walker<'a> {
    source: &'a Source,
    report: &'a mut Report,
    walked: Walked,
    steps: Vec<Step>,
}

impl Walker<'_> {
    fn table(&mut self, node: &mut Node, keys: &Keys) {
        let at = node.span.start;
        let Val::Table(entries) = &mut node.value else { return };
        let known: Vec<&Key> = keys.keys.iter().collect();
        if let Some(rest) = keys.rest {
            for entry in entries.iter_mut() {
                if scalar::is_id(&entry.key) {
                    self.entry(entry, rest, &entry_example(keys, &known));
                } else {
                    let what = format!("„{}“ ist kein Name aus kleinen Buchstaben, Ziffern und _", entry.key);
                    self.report.at(self.source, entry.at, what);
                }
            }
            return;
        }
        self.keys(entries, at, &known, keys.noun);
    }

    /// A table whose keys depend on its type.
    fn typed(&mut self, node: &mut Node, kinds: &Kinds) {
        let at = node.span.start;
        let Val::Table(entries) = &mut node.value else { return };
        let reuse = !kinds.reuse.is_empty();
        if !entries.iter().any(|e| e.key == "type" || (reuse && e.key == "field")) {
            self.mend_selector(entries, kinds);
        }
        if reuse && entries.iter().any(|e| e.key == "field") {
            let known: Vec<&Key> = kinds.reuse.iter().collect();
            return self.keys(entries, at, &known, "eine Frage mit field");
        }
        let Some(entry) = entries.iter_mut().find(|e| e.key == "type") else {
            let what = format!(
                "„type“ fehlt: {}{}",
                kinds.noun,
                if reuse { " hat type oder field" } else { "" }
            );
            self.report.at(self.source, at, what).like("type = \"text\"");
            return self.of_unknown_kind(entries, kinds);
        };
        let names: Vec<&str> = kinds.all().map(|k| k.name).collect();
        self.word(&mut entry.node, &names, "type", "type = \"text\"");
        let name = if let Val::Text(s) = &entry.node.value {
            s.clone()
        } else {
            String::new()
        };
        match kinds.all().find(|k| k.name == name) {
            Some(kind) => {
                let known: Vec<&Key> = kinds.common.iter().chain(kind.keys).collect();
                self.keys(entries, at, &known, &format!("{} vom Typ {}", kinds.noun, kind.name));
            }
            None => self.of_unknown_kind(entries, kinds),
        }
    }

    /// A table whose type is missing or wrong: what its keys may hold is unknown, but not the keys themselves.
    fn of_unknown_kind(&mut self, entries: &mut [Entry], kinds: &Kinds) {
        let common: Vec<&Key> = kinds.common.iter().collect();
        let others: Vec<&str> = kinds.all().flat_map(|k| k.keys).map(|k| k.name).collect();
        for entry in entries.iter_mut().filter(|e| !others.contains(&e.key.as_str())) {
            self.entries(std::slice::from_mut(entry), &common, kinds.noun);
        }
    }

    /// Mends a mistyped `type` or `field`, on which everything else in the table depends.
    fn mend_selector(&mut self, entries: &mut [Entry], kinds: &Kinds) {
        let selectors: &[&str] = if kinds.reuse.is_empty() {
            &["type"]
        } else {
            &["type", "field"]
        };
        let known = |key: &str| {
            let own = kinds.all().flat_map(|k| k.keys).chain(kinds.common);
            own.chain(kinds.reuse).any(|k| k.name == key)
        };
        for entry in entries.iter_mut().filter(|e| !known(&e.key)) {
            if let Some(word) = nearest(&entry.key, selectors.iter().copied()) {
                self.unknown_key(entry, kinds.noun, Some(&word), None);
                entry.key = word;
                return;
            }
        }
    }

    fn keys(&mut self, entries: &mut Vec<Entry>, at: usize, known: &[&Key], noun: &str) {
        self.mend_headers(entries, known, noun);
        self.entries(entries, known, noun);
        for key in known
            .iter()
            .filter(|k| k.required && !entries.iter().any(|e| e.key == k.name))
        {
            self.report
                .at(
                    self.source,
                    at,
                    format!("„{}“ fehlt: {noun} braucht diese Angabe", key.name),
                )
                .like(key.example);
        }
    }

    /// Puts the tables under a mistyped `[[header]]` among those of the right one.
    fn mend_headers(&mut self, entries: &mut Vec<Entry>, known: &[&Key], noun: &str) {
        let is_list = |k: &&&Key| matches!(k.ty, Ty::Tables(_) | Ty::TypedList(_));
        let lists: Vec<&str> = known.iter().filter(is_list).map(|k| k.name).collect();
        let mut i = 0;
        while i < entries.len() {
            let strange =
                !known.iter().any(|k| k.name == entries[i].key) && matches!(entries[i].node.value, Val::List(_));
            let near = if strange {
                nearest(&entries[i].key, lists.iter().copied())
            } else {
                None
            };
            let right = near
                .as_ref()
                .and_then(|near| entries.iter().position(|e| e.key == *near));
            let (Some(near), Some(right)) = (near, right) else {
                i += 1;
                continue;
            };
            let example = known.iter().find(|k| k.name == near).map(|k| k.example);
            self.unknown_key(&entries[i], noun, Some(&near), example);
            let moved = std::mem::replace(&mut entries[i].node.value, Val::List(Vec::new()));
            if let (Val::List(moved), Val::List(list)) = (moved, &mut entries[right].node.value) {
                list.extend(moved);
                list.sort_by_key(|node| node.span.start);
            }
            entries.remove(i);
        }
    }

    fn entries(&mut self, entries: &mut [Entry], known: &[&Key], noun: &str) {
        let present: Vec<String> = entries.iter().map(|e| e.key.clone()).collect();
        for entry in entries.iter_mut() {
            if entry.key == "type" && !known.iter().any(|k| k.name == "type") {
                continue;
            }
            let mut key = known.iter().find(|k| k.name == entry.key);
            if key.is_none() {
                let absent = known.iter().map(|k| k.name).filter(|k| !present.iter().any(|p| p == k));
                let word = nearest(&entry.key, absent).or_else(|| nearest(&entry.key, known.iter().map(|k| k.name)));
                key = known.iter().find(|k| Some(k.name) == word.as_deref());
                self.unknown_key(entry, noun, word.as_deref(), key.map(|k| k.example));
                match key {
                    Some(key) if !present.iter().any(|p| p == key.name) => entry.key = key.name.to_owned(),
                    _ => continue,
                }
            }
            if let Some(key) = key {
                self.entry(entry, &key.ty, key.example);
            }
        }
    }

    fn unknown_key(&mut self, entry: &Entry, noun: &str, word: Option<&str>, example: Option<&str>) {
        let what = format!("Unbekannter Schlüssel „{}“: {noun} kennt ihn nicht", entry.key);
        let diagnostic = self
            .report
            .at(self.source, entry.at, what)
            .near(word.map(str::to_owned));
        diagnostic.example = example.map(str::to_owned);
    }

    fn entry(&mut self, entry: &mut Entry, ty: &Ty, example: &str) {
        self.steps.push(Step::Key(entry.key.clone()));
        let label = entry.key.clone();
        self.value(&mut entry.node, ty, &label, example);
        self.steps.pop();
    }

    /// Checks one value. `label` is the key as the author wrote it.
    fn value(&mut self, node: &mut Node, ty: &Ty, label: &str, example: &str) {
        let at = node.span.start;
        let right = match (ty, &mut node.value) {
            (Ty::Table(keys), Val::Table(_)) => {
                self.table(node, keys);
                true
            }
            (Ty::Typed(kinds), Val::Table(_)) => {
                self.typed(node, kinds);
                true
            }
            (Ty::Tables(_) | Ty::TypedList(_), Val::List(list)) if !list.is_empty() => {
                for (index, item) in list.iter_mut().enumerate() {
                    self.steps.push(Step::Index(index));
                    match (ty, &item.value) {
                        (Ty::Tables(keys), Val::Table(_)) => self.table(item, keys),
                        (Ty::TypedList(kinds), Val::Table(_)) => self.typed(item, kinds),
                        _ => self.wrong(item, ty, label, example),
                    }
                    self.steps.pop();
                }
                true
            }
            (Ty::Free, Val::Table(_)) => true,
            (Ty::Word(words), _) => return self.word(node, words, label, example),
            (Ty::Unit, _) => return self.word(node, &crate::words::units(), label, example),
            (Ty::Words(words), Val::List(list)) => {
                for item in list {
                    self.word(item, words, label, example);
                }
                true
            }
            (Ty::Rule, Val::Text(text)) => {
                let text = text.clone();
                self.rule(node, &text);
                true
            }
            (Ty::Ref(to), Val::Text(word)) => {
                let word = word.clone();
                self.name(*to, &word, at);
                true
            }
            (Ty::Refs(to), Val::List(list)) if !list.is_empty() => {
                let words: Vec<_> = list.iter().map(|n| (n.span.start, n.value.clone())).collect();
                for (at, word) in &words {
                    if let Val::Text(word) = word {
                        self.name(*to, word, *at);
                    }
                }
                words.iter().all(|(_, w)| matches!(w, Val::Text(_)))
            }
            (Ty::DateAndTime, Val::List(list)) => match list.as_slice() {
                [
                    Node {
                        value: Val::Text(date),
                        span: d,
                    },
                    Node {
                        value: Val::Text(time),
                        span: t,
                    },
                ] => {
                    let (date, time, d, t) = (date.clone(), time.clone(), d.start, t.start);
                    self.name(Ref::DateAnswer, &date, d);
                    self.name(Ref::TimeAnswer, &time, t);
                    true
                }
                _ => false,
            },
            (Ty::Retention, Val::Table(_)) => {
                self.table(node, &RETENTION);
                true
            }
            (Ty::Period, Val::Table(_)) => {
                self.table(node, &PERIOD);
                true
            }
            (Ty::Bound, Val::Text(text)) => match (text.strip_prefix("law."), text.strip_prefix("params.")) {
                (Some(id), _) => {
                    let id = id.to_owned();
                    self.name(Ref::Law, &id, at);
                    true
                }
                (_, Some(id)) => {
                    let id = id.to_owned();
                    self.name(Ref::NumberParam, &format!("params.{id}"), at);
                    true
                }
                _ => false,
            },
            (ty, value) => plain::is_right(ty, value),
        };
        if !right {
            self.wrong(node, ty, label, example);
        }
    }

    fn wrong(&mut self, node: &Node, ty: &Ty, label: &str, example: &str) {
        let what = match &node.value {
            Val::Text(s) if s.trim().is_empty() => format!("„{label}“ ist leer und muss {} sein", ty.expected()),
            Val::List(l) if l.is_empty() => format!("„{label}“ ist leer und muss {} sein", ty.expected()),
            Val::Text(s) => format!("„{label}“ muss {} sein, nicht „{s}“", ty.expected()),
            _ => format!("„{label}“ muss {} sein, nicht {}", ty.expected(), node.noun()),
        };
        self.report.at(self.source, node.span.start, what).like(example);
    }

    /// One word of a fixed list; a slip is mended.
    fn word(&mut self, node: &mut Node, words: &[&str], label: &str, example: &str) {
        let Val::Text(word) = &node.value else {
            let what = format!(
                "„{label}“ muss eines der Wörter {} sein, nicht {}",
                words.join(", "),
                node.noun()
            );
            self.report.at(self.source, node.span.start, what).like(example);
            return;
        };
        if words.contains(&word.as_str()) {
            return;
        }
        let near = nearest(word, words.iter().copied());
        let what = format!(
            "„{word}“ gibt es bei „{label}“ nicht; bekannt sind {}",
            words.join(", ")
        );
        self.report
            .at(self.source, node.span.start, what)
            .near(near.clone())
            .like(example);
        if let Some(near) = near {
            node.value = Val::Text(near);
        }
    }

    fn rule(&mut self, node: &Node, text: &str) {
        match crate::rules::compile(text) {
            Ok(expr) => {
                self.walked.exprs.insert(node.span.start, expr.clone());
                self.walked.rules.push(RuleAt {
                    expr,
                    span: node.span.clone(),
                    steps: self.steps.clone(),
                });
            }
            Err(error) => {
                let at = self.source.inside(&node.span, error.offset);
                self.report.at(
                    self.source,
                    at,
                    format!("Die Regel ist falsch: {}", error.message.trim_end_matches('.')),
                );
            }
        }
    }

    fn name(&mut self, to: Ref, word: &str, at: usize) {
        self.walked.names.push(Name {
            to,
            word: word.to_owned(),
            at,
        });
    }
}

fn entry_example(keys: &Keys, _: &[&Key]) -> String {
    match keys.rest {
        Some(Ty::Table(inner)) => inner.keys.first().map_or(String::new(), |k| k.example.to_owned()),
        Some(Ty::Typed(_)) => "type = \"text\"".to_owned(),
        Some(Ty::Word(words)) => format!("forest = \"{}\"", words.first().unwrap_or(&"")),
        _ => String::new(),
    }
}
