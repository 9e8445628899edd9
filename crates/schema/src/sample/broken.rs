//! Mistakes: which can be made in a form, and how one answer is broken and nothing else.

use serde_json::{Value, json};

use super::solve::{Booked, Problem, Solver};
use crate::answers::settle::{put, remove};
use crate::answers::value::Reader;
use crate::{Context, ErrorKind, Expr, Kind, Question, Service, at, days};

/// A way to break an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    Missing,
    Form,
    Below,
    Above,
    Short,
    Long,
    Stranger,
    TooFew,
    TooMany,
    Elsewhere,
    Paper,
    /// Number of the rule.
    Rule(usize),
}

/// One mistake: where and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Breach {
    /// Path of the error, in a group of its first item.
    pub at: String,
    pub how: How,
    rule: String,
}

impl Breach {
    /// Names it in [`super::Coverage::unbroken`].
    pub fn label(&self) -> String {
        format!("{}: {:?}", self.at, self.kind())
    }

    pub fn kind(&self) -> ErrorKind {
        match self.how {
            How::Missing => ErrorKind::Missing,
            How::Form => ErrorKind::Form,
            How::Below => ErrorKind::Min,
            How::Above => ErrorKind::Max,
            How::Short | How::Long => ErrorKind::Length,
            How::Stranger => ErrorKind::Option,
            How::TooFew | How::TooMany => ErrorKind::Items,
            How::Elsewhere => ErrorKind::Elsewhere,
            How::Paper => ErrorKind::Paper,
            How::Rule(_) => ErrorKind::Rule(self.rule.clone()),
        }
    }
}

/// Every mistake that the form's questions and rules know.
pub(super) fn breaches(service: &Service, cx: &Context) -> Vec<Breach> {
    let reader = Reader { service, cx };
    let mut all = Vec::new();
    for question in service.form.pages.iter().flat_map(|page| &page.questions) {
        of_question(&reader, question, &question.id, &mut all);
        if let Kind::Group { parts, .. } = &question.kind {
            parts
                .iter()
                .for_each(|part| of_question(&reader, part, &format!("{}.0.{}", question.id, part.id), &mut all));
        }
    }
    for (number, rule) in service.form.rules.iter().enumerate() {
        all.push(Breach {
            at: rule.field.clone(),
            how: How::Rule(number),
            rule: rule.id.clone(),
        });
    }
    all
}

fn of_question(reader: &Reader<'_>, question: &Question, at: &str, all: &mut Vec<Breach>) {
    if matches!(question.kind, Kind::Computed { .. }) {
        return;
    }
    let mut add = |how| {
        all.push(Breach {
            at: at.to_owned(),
            how,
            rule: String::new(),
        })
    };
    if !question.optional {
        add(How::Missing);
    }
    add(How::Form);
    match &question.kind {
        Kind::Text { min_length, .. } | Kind::LongText { min_length, .. } => {
            if min_length.is_some_and(|min| min > 1) {
                add(How::Short);
            }
            add(How::Long);
        }
        Kind::Number { min, max, .. } | Kind::Money { min, max } => {
            if reader.limit(min.as_ref()).is_some() {
                add(How::Below);
            }
            if reader.limit(max.as_ref()).is_some() {
                add(How::Above);
            }
        }
        Kind::Date { min, max } | Kind::DateRange { min, max } => {
            if min.is_some() {
                add(How::Below);
            }
            if max.is_some() {
                add(How::Above);
            }
        }
        Kind::Time { min, max } => {
            if min.as_deref().is_some_and(|min| min > "00:00") {
                add(How::Below);
            }
            if max.as_deref().is_some_and(|max| max < "23:59") {
                add(How::Above);
            }
        }
        Kind::OneOf { .. } => add(How::Stranger),
        Kind::ManyOf {
            options,
            min_items,
            max_items,
        } => {
            add(How::Stranger);
            if *min_items > 1 {
                add(How::TooFew);
            }
            if *max_items < reader.options(options).len() {
                add(How::TooMany);
            }
        }
        Kind::Group { min_items, .. } => {
            if *min_items > 1 {
                add(How::TooFew);
            }
            add(How::TooMany);
        }
        Kind::MapPoint => {
            if !reader.cx.place.outline.iter().all(Vec::is_empty) {
                add(How::Elsewhere);
            }
        }
        Kind::File { .. } => add(How::Paper),
        Kind::YesNo | Kind::Address | Kind::Iban | Kind::Email | Kind::Phone | Kind::Computed { .. } => {}
    }
}

/// The value that breaks `question` in this way; `None` inside removes it. Outer `None`: there is no such way.
fn spoiled(reader: &Reader<'_>, question: &Question, how: How, old: Option<&Value>) -> Option<Option<Value>> {
    let day = |bound: Option<&crate::DateBound>, by: i32| Some(days::add(reader.day(bound)?, by).to_string());
    let value: Value = match (how, &question.kind) {
        (How::Missing, _) => return Some(None),
        (How::Form, kind) => wrong_form(kind),
        (How::Below, Kind::Number { min, .. } | Kind::Money { min, .. }) => {
            reader.limit(min.as_ref())?.n.checked_sub(1)?.into()
        }
        (How::Above, Kind::Number { max, .. } | Kind::Money { max, .. }) => {
            reader.limit(max.as_ref())?.n.checked_add(1)?.into()
        }
        (How::Below, Kind::Date { min, .. }) => day(min.as_ref(), -1)?.into(),
        (How::Above, Kind::Date { max, .. }) => day(max.as_ref(), 1)?.into(),
        (How::Below, Kind::DateRange { min, .. }) => {
            json!({ "from": day(min.as_ref(), -1)?, "to": day(min.as_ref(), 0)? })
        }
        (How::Above, Kind::DateRange { max, .. }) => {
            json!({ "from": day(max.as_ref(), 0)?, "to": day(max.as_ref(), 1)? })
        }
        (How::Below, Kind::Time { .. }) => "00:00".into(),
        (How::Above, Kind::Time { .. }) => "23:59".into(),
        (How::Short, Kind::Text { .. } | Kind::LongText { .. }) => "x".into(),
        (How::Long, Kind::Text { max_length, .. } | Kind::LongText { max_length, .. }) => {
            "x".repeat(max_length + 1).into()
        }
        (How::Stranger, Kind::OneOf { .. }) => "nothing_of_all_this".into(),
        (How::Stranger, Kind::ManyOf { .. }) => json!(["nothing_of_all_this"]),
        (How::TooFew, Kind::ManyOf { options, .. }) => json!([reader.options(options).first()?]),
        (How::TooMany, Kind::ManyOf { options, max_items, .. }) => {
            reader.options(options).into_iter().take(max_items + 1).collect()
        }
        (How::TooFew, Kind::Group { min_items, .. }) => old?.as_array()?.iter().take(min_items - 1).cloned().collect(),
        (How::TooMany, Kind::Group { max_items, .. }) => {
            old?.as_array()?.iter().cycle().take(max_items + 1).cloned().collect()
        }
        // Somewhere in the Atlantic.
        (How::Elsewhere, _) => json!({ "lat": 0.0, "lon": -30.0 }),
        (How::Paper, _) => {
            json!({ "name": "tabelle.xls", "media_type": "application/vnd.ms-excel", "content_base64": "0M8R4A==" })
        }
        _ => return None,
    };
    Some(Some(value))
}

fn wrong_form(kind: &Kind) -> Value {
    match kind {
        Kind::Text { .. } | Kind::LongText { .. } => json!(12),
        Kind::Number { .. } => "viele".into(),
        Kind::Money { .. } => "umsonst".into(),
        Kind::Date { .. } => "31.02.2027".into(),
        Kind::Time { .. } => "25:00".into(),
        Kind::DateRange { .. } => json!({ "from": "31.02.2027", "to": "01.03.2027" }),
        Kind::YesNo => "vielleicht".into(),
        Kind::OneOf { .. } | Kind::ManyOf { .. } => json!(7),
        Kind::Address => json!({ "street": "Lindenhof", "house_number": "3", "postcode": "4603", "town": "Nobitz" }),
        Kind::MapPoint => json!({ "lat": "Nord", "lon": "Ost" }),
        // One digit off.
        Kind::Iban => "DE02120300000000202052".into(),
        Kind::Email => "verein@lindenhof".into(),
        Kind::Phone => "110".into(),
        Kind::File { .. } => "lageplan.pdf".into(),
        Kind::Group { .. } => "Jens Albrecht".into(),
        Kind::Computed { .. } => Value::Null,
    }
}

impl Solver<'_> {
    /// `answers` with the one mistake; none if another error comes along or the mistake cannot be made with them.
    pub fn spoil(&mut self, answers: &Value, breach: &Breach) -> Option<Value> {
        let spoiled = match breach.how {
            How::Rule(number) => self.break_rule(answers, number)?,
            how => {
                let question = crate::show::question(self.index.service, &breach.at)?;
                let reader = Reader {
                    service: self.index.service,
                    cx: self.index.cx,
                };
                let mut changed = answers.clone();
                match spoiled(&reader, question, how, at(answers, &breach.at))? {
                    Some(value) => place(&mut changed, &breach.at, value)?,
                    None => take_out(&mut changed, &breach.at)?,
                }
                changed
            }
        };
        let settled = self.settle(&spoiled);
        let problems = self.problems(&settled);
        // Several rules may be broken at the field: a field has one error, the first.
        let right = |first: &Problem<'_>| match first {
            Problem::Fault(at, kind) => problems.len() == 1 && *at == breach.at && *kind == breach.kind(),
            Problem::Rule(rule) => {
                let here = |problem: &Problem<'_>| matches!(problem, Problem::Rule(other) if other.field == rule.field);
                ErrorKind::Rule(rule.id.clone()) == breach.kind() && problems.iter().all(here)
            }
            Problem::Exit(_) | Problem::Clash => false,
        };
        problems.first().is_some_and(right).then_some(spoiled)
    }

    fn break_rule(&mut self, answers: &Value, number: usize) -> Option<Value> {
        let rule = &self.index.service.form.rules[number];
        let field = self
            .index
            .number(&rule.field)
            .or_else(|| self.index.number(rule.field.split('.').next()?))?;
        let question = self.index.questions[field];
        let page = &self.index.service.form.pages[self.index.pages[field]];
        let exprs: Vec<&Expr> = [
            Some(&rule.must),
            rule.when.as_ref(),
            question.when.as_ref(),
            page.when.as_ref(),
        ]
        .into_iter()
        .flatten()
        .collect();
        let broken = |s: &crate::rules::Scope<'_>| {
            s.holds(page.when.as_ref()) == Ok(true)
                && s.holds(question.when.as_ref()) == Ok(true)
                && s.holds(rule.when.as_ref()) == Ok(true)
                && s.bool(&rule.must) == Ok(false)
        };
        let none = std::collections::BTreeSet::new();
        // A rule of several conditions is broken now by one, now by another.
        let atoms = crate::rules::atoms(&rule.must);
        let atom = atoms.get(self.turns[number] % atoms.len().max(1))?.clone();
        self.turns[number] += 1;
        let by_atom = |s: &crate::rules::Scope<'_>| broken(s) && s.bool(&atom) == Ok(false);
        let changed = match self.wish(answers, &exprs, &none, if atoms.len() > 1 { &by_atom } else { &broken }) {
            Some(changed) => changed,
            None if atoms.len() > 1 => self.wish(answers, &exprs, &none, &broken)?,
            None => return None,
        };
        let pinned = self.index.deciders(&[&rule.must]).into_iter().collect();
        self.mend(changed, &pinned, Booked::Anyhow, Some(rule))
    }
}

/// Puts a value at a path that may go into a group.
fn place(answers: &mut Value, path: &str, value: Value) -> Option<()> {
    match item(answers, path) {
        Some((item, part)) => {
            item.as_object_mut()?.insert(part.to_owned(), value);
        }
        None => put(answers, path, value),
    }
    Some(())
}

fn take_out(answers: &mut Value, path: &str) -> Option<()> {
    match item(answers, path) {
        Some((item, part)) => {
            item.as_object_mut()?.shift_remove(part);
        }
        None => remove(answers, path),
    }
    Some(())
}

/// The group's item that a path goes into, and the part: `helpers.0.name`.
fn item<'v, 'p>(answers: &'v mut Value, path: &'p str) -> Option<(&'v mut Value, &'p str)> {
    let (before, part) = path.rsplit_once('.')?;
    let (group, index) = before.rsplit_once('.')?;
    let index: usize = index.parse().ok()?;
    let mut at = answers;
    for key in group.split('.') {
        at = at.get_mut(key)?;
    }
    Some((at.get_mut(index)?, part))
}
