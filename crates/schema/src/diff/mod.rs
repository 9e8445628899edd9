//! What a new version of a service changes, in plain German: whoever approves it is no programmer. Every part of a
//! service is an [`Item`] with facets (`items`, `form`, `rest`, `words`); here two versions' items are compared.

mod form;
mod items;
mod rest;
mod words;

use serde::{Deserialize, Serialize};

use crate::Service;
use items::items;
pub use words::said;

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    New,
    Changed,
    Gone,
}

impl Deed {
    pub fn word(self) -> &'static str {
        match self {
            Deed::New => "neu",
            Deed::Changed => "geändert",
            Deed::Gone => "entfällt",
        }
    }
}

/// What it is about, in the order in which it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// Questions, pages, exits: what an applicant meets.
    Form,
    /// Rules and checks.
    Rules,
    /// Figures and bases of law.
    Law,
    /// What a municipality sets.
    Local,
    Fees,
    Deadlines,
    Letters,
    /// All other words.
    Words,
    Rest,
}

/// One thing that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    pub deed: Deed,
    pub topic: Topic,
    /// `Frage „Abstand zum Wald“: Hinweis`
    pub what: String,
    /// `Seite 3, Ort`; empty where that says nothing.
    pub at: String,
    pub before: Vec<String>,
    pub after: Vec<String>,
    /// Id of the question, if it is about one.
    pub question: Option<String>,
}

/// Everything that differs between two versions of one service. Empty: they are the same.
pub fn diff(old: &Service, new: &Service) -> Vec<Change> {
    let (before, after) = (items(old), items(new));
    let mut out = Vec::new();
    for item in &after {
        match before.iter().find(|other| other.is(item)) {
            Some(other) => item.against(other, &mut out),
            None => out.push(item.alone(Deed::New)),
        }
    }
    let gone = before.iter().filter(|item| !after.iter().any(|other| other.is(item)));
    out.extend(gone.map(|item| item.alone(Deed::Gone)));
    out.extend(items::reordered(&before, &after));
    out.sort_by_key(|change| change.topic);
    for change in &mut out {
        readable(change, old, new);
    }
    if out.is_empty() && old.hash != new.hash {
        out.push(Change {
            deed: Deed::Changed,
            topic: Topic::Rest,
            what: "Dateien, die diese Leistung nicht benutzt".into(),
            at: "Antragsteller, Amt und Briefe merken nichts davon".into(),
            before: Vec::new(),
            after: Vec::new(),
            question: None,
        });
    }
    out
}

/// Placeholders in words: `{params.fee}` becomes `[Gebühr der Erlaubnis]`. Not where that would hide what differs.
fn readable(change: &mut Change, old: &Service, new: &Service) {
    let say = |service: &Service, lines: &[String]| lines.iter().map(|line| words::said(service, line)).collect();
    let (before, after): (Vec<String>, Vec<String>) = (say(old, &change.before), say(new, &change.after));
    if before != after {
        (change.before, change.after) = (before, after);
    }
}

/// The changes as lines for a terminal.
pub fn lines(changes: &[Change]) -> String {
    let mut out = String::new();
    for change in changes {
        let at = if change.at.is_empty() {
            String::new()
        } else {
            format!(" ({})", change.at)
        };
        out.push_str(&format!("{:<9} {}{at}\n", change.deed.word(), change.what));
        let mut side = |name: &str, lines: &[String]| {
            for line in lines {
                out.push_str(&format!("{:<9} {name:<7} {line}\n", ""));
            }
        };
        side("bisher:", &change.before);
        side("neu:", &change.after);
    }
    out
}

#[cfg(test)]
mod tests;
