//! A service as a list of parts, each with facets that can be compared one by one.

use super::words::Words;
use super::{Change, Deed, Topic};
use super::{form, rest};
use crate::{Lang, Service};

/// One property of a part: `Hinweis` → what it says.
#[derive(Debug, Clone)]
pub(super) struct Facet {
    pub name: String,
    pub value: String,
    /// Told when the part itself is new or gone.
    pub main: bool,
}

/// A question, a fee, a letter …
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub kind: &'static str,
    pub id: String,
    pub topic: Topic,
    /// `Frage „Abstand zum Wald“`
    pub what: String,
    pub at: String,
    pub facets: Vec<Facet>,
    /// Keys of texts that belong to it: `question.fire.height`.
    pub texts: Vec<String>,
}

impl Item {
    pub fn new(kind: &'static str, id: impl Into<String>, topic: Topic, what: impl Into<String>) -> Item {
        Item {
            kind,
            id: id.into(),
            topic,
            what: what.into(),
            at: String::new(),
            facets: Vec::new(),
            texts: Vec::new(),
        }
    }

    pub fn at(mut self, at: impl Into<String>) -> Item {
        self.at = at.into();
        self
    }

    pub fn texts(mut self, keys: impl IntoIterator<Item = String>) -> Item {
        self.texts.extend(keys);
        self
    }

    /// A facet; an empty value is none.
    pub fn facet(mut self, name: impl Into<String>, value: impl Into<String>) -> Item {
        self.add(name.into(), value.into(), true);
        self
    }

    pub fn add(&mut self, name: String, value: String, main: bool) {
        if !value.is_empty() {
            self.facets.push(Facet { name, value, main });
        }
    }

    pub fn is(&self, other: &Item) -> bool {
        self.kind == other.kind && self.id == other.id
    }

    fn change(&self, deed: Deed, what: String, before: Vec<String>, after: Vec<String>) -> Change {
        Change {
            deed,
            topic: self.topic,
            what,
            at: self.at.clone(),
            before,
            after,
            question: (self.kind == "question").then(|| self.id.clone()),
        }
    }

    /// The part as a whole: there is nothing to compare it with.
    pub fn alone(&self, deed: Deed) -> Change {
        let told = self.facets.iter().filter(|f| f.main);
        let told: Vec<String> = told.map(|f| format!("{}: {}", f.name, f.value)).collect();
        let (before, after) = match deed {
            Deed::Gone => (told, Vec::new()),
            _ => (Vec::new(), told),
        };
        self.change(deed, self.what.clone(), before, after)
    }

    /// Each facet that is not as it was.
    pub fn against(&self, old: &Item, out: &mut Vec<Change>) {
        let of = |item: &Item, name: &str| {
            let found = item.facets.iter().find(|f| f.name == name);
            found
                .map(|f| f.value.lines().map(str::to_owned).collect())
                .unwrap_or_default()
        };
        let mut names: Vec<&str> = self.facets.iter().map(|f| f.name.as_str()).collect();
        let gone = old.facets.iter().map(|f| f.name.as_str());
        names.extend(gone.filter(|name| !self.facets.iter().any(|f| f.name == *name)));
        for name in names {
            let (before, after): (Vec<String>, Vec<String>) = (of(old, name), of(self, name));
            if before == after {
                continue;
            }
            let deed = match (before.is_empty(), after.is_empty()) {
                (true, _) => Deed::New,
                (_, true) => Deed::Gone,
                _ => Deed::Changed,
            };
            out.push(self.change(deed, format!("{}: {name}", self.what), before, after));
        }
    }
}

/// Every part of the service, words included.
pub(super) fn items(service: &Service) -> Vec<Item> {
    let mut out = form::items(service);
    out.extend(rest::items(service));
    Words::of(service).hand_out(&mut out);
    out
}

/// Kinds whose order people or rules go by, with their name.
const ORDERED: &[(&str, Topic, &str)] = &[
    ("page", Topic::Form, "Reihenfolge der Seiten"),
    ("question", Topic::Form, "Reihenfolge der Fragen"),
    ("exit", Topic::Form, "Reihenfolge der Ausgänge"),
    ("rule", Topic::Rules, "Reihenfolge der Regeln"),
    ("check", Topic::Rules, "Reihenfolge der Prüfungen"),
    ("shown_rule", Topic::Words, "Reihenfolge der Regeln auf der Startseite"),
    ("parameter", Topic::Local, "Reihenfolge der Einstellungen"),
    ("fee", Topic::Fees, "Reihenfolge der Gebühren"),
    ("condition", Topic::Letters, "Reihenfolge der Auflagen"),
    ("paper", Topic::Form, "Reihenfolge der Unterlagen"),
    ("consult", Topic::Rest, "Reihenfolge der beteiligten Stellen"),
    ("legal_basis", Topic::Law, "Reihenfolge der Rechtsgrundlagen"),
];

/// Parts that both have, in another order.
pub(super) fn reordered(old: &[Item], new: &[Item]) -> Vec<Change> {
    let common = |from: &[Item], other: &[Item], kind: &str| -> Vec<(String, String)> {
        let of_kind = from.iter().filter(|i| i.kind == kind && other.iter().any(|o| o.is(i)));
        of_kind.map(|i| (i.id.clone(), i.what.clone())).collect()
    };
    let mut out = Vec::new();
    for (kind, topic, what) in ORDERED {
        let (before, after) = (common(old, new, kind), common(new, old, kind));
        if before.iter().map(|(id, _)| id).eq(after.iter().map(|(id, _)| id)) {
            continue;
        }
        let list =
            |of: Vec<(String, String)>| vec![of.into_iter().map(|(_, what)| what).collect::<Vec<_>>().join(", ")];
        out.push(Change {
            deed: Deed::Changed,
            topic: *topic,
            what: (*what).to_owned(),
            at: String::new(),
            before: list(before),
            after: list(after),
            question: None,
        });
    }
    out
}

/// A German text of the service, whatever the regime.
pub(super) fn german<'a>(service: &'a Service, key: &str) -> Option<&'a str> {
    let texts = service.texts.get(&Lang::De)?;
    let plain = texts.get(key, None);
    plain.or_else(|| {
        ["permit", "notice", "none"]
            .iter()
            .find_map(|r| texts.strings.get(&format!("{key}.{r}")).map(String::as_str))
    })
}

/// Titles of legal bases.
pub(super) fn bases(service: &Service, ids: &[String]) -> String {
    let title = |id: &String| {
        let found = service.legal_basis.iter().find(|b| b.id == *id);
        found.map_or_else(|| id.clone(), |b| b.title.clone())
    };
    ids.iter().map(title).collect::<Vec<_>>().join("\n")
}

/// When something applies; without a condition: always.
pub(super) fn when(expr: Option<&crate::Expr>) -> String {
    expr.map_or_else(|| "immer".to_owned(), |e| format!("wenn {}", e.source))
}

pub(super) fn yes_no(yes: bool) -> &'static str {
    if yes { "ja" } else { "nein" }
}
