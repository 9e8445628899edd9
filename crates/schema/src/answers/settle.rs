//! Raw answers → what holds of them: read values, which questions are shown, computed values.

use serde_json::{Map, Value};

use super::fault::Fault;
use super::value::Reader;
use crate::rules::{self, RuleFailure, Scope};
use crate::{Computed, Context, Expr, Kind, Question, RawAnswers, Service, at};

/// Times that the form is gone through until nothing changes: a `when` may read an answer further down.
const PASSES: usize = 4;

/// One question with its answer.
pub(crate) struct Read<'a> {
    /// Index of its page.
    pub page: usize,
    pub question: &'a Question,
    pub value: Option<Value>,
    pub faults: Vec<Fault>,
    pub shown: bool,
}

impl Read<'_> {
    /// Asked, not optional, and without an answer, right or wrong.
    pub fn is_missing(&self) -> bool {
        let asked = self.shown && !self.question.optional && !matches!(self.question.kind, Kind::Computed { .. });
        asked && self.value.is_none() && self.faults.is_empty()
    }
}

/// The state of a form.
pub(crate) struct Settled<'a> {
    pub service: &'a Service,
    pub cx: &'a Context,
    pub reads: Vec<Read<'a>>,
    /// Whether each page applies.
    pub pages: Vec<bool>,
    /// Canonical answers: shown questions only, computed values in, what is wrong left out.
    pub answers: Value,
    /// Failed rules with the index of their page.
    pub failures: Vec<(usize, RuleFailure)>,
}

impl<'a> Settled<'a> {
    pub fn new(service: &'a Service, raw: &RawAnswers, cx: &'a Context) -> Self {
        let reader = Reader { service, cx };
        let mut reads = Vec::new();
        for (page, p) in service.form.pages.iter().enumerate() {
            for question in &p.questions {
                let raw = at(&raw.0, &question.id).unwrap_or(&Value::Null);
                let (value, faults) = match reader.read(question, &question.id, raw) {
                    Ok(value) => (value, Vec::new()),
                    Err(faults) => (None, faults),
                };
                reads.push(Read {
                    page,
                    question,
                    value,
                    faults,
                    shown: false,
                });
            }
        }
        let answers = Value::Object(Map::new());
        let pages = vec![false; service.form.pages.len()];
        let mut settled = Settled {
            service,
            cx,
            reads,
            pages,
            answers,
            failures: Vec::new(),
        };
        let passes = if settled.looks_ahead() { PASSES } else { 1 };
        for _ in 0..passes {
            if !settled.pass() {
                break;
            }
        }
        settled
    }

    /// Whether a `when` or a computed value reads an answer that comes only later in the form.
    fn looks_ahead(&self) -> bool {
        let later = |expr: &Expr, from: usize| {
            let names = rules::references(expr);
            // The regime's rule may read anything.
            if self.service.regime_expr.is_some() && names.roots.iter().any(|root| root.name == "regime") {
                return true;
            }
            let names = &names.answers;
            let reads = |read: &Read<'a>| names.iter().any(|name| reads_question(&name.name, &read.question.id));
            !names.is_empty() && self.reads[from..].iter().any(reads)
        };
        let mut page = None;
        self.reads.iter().enumerate().any(|(index, read)| {
            let first = page.replace(read.page) != Some(read.page);
            let computed = match &read.question.kind {
                Kind::Computed { value, .. } => Some(value),
                _ => None,
            };
            let page_when = self.service.form.pages[read.page].when.as_ref().filter(|_| first);
            [page_when, read.question.when.as_ref(), computed]
                .into_iter()
                .flatten()
                .any(|expr| later(expr, index))
        })
    }

    /// Goes through the form once; says whether anything changed.
    fn pass(&mut self) -> bool {
        let mut changed = false;
        self.failures.clear();
        let mut index = 0;
        for page in 0..self.pages.len() {
            self.pages[page] = self.holds(self.service.form.pages[page].when.as_ref(), page);
            while self.reads.get(index).is_some_and(|read| read.page == page) {
                changed |= self.question(index);
                index += 1;
            }
        }
        changed
    }

    /// One question: shown or not, its value into the answers or out of them.
    fn question(&mut self, index: usize) -> bool {
        let Read { page, question, .. } = self.reads[index];
        let shown = self.pages[page] && self.holds(question.when.as_ref(), page);
        if let Kind::Computed { value, result, .. } = &question.kind {
            self.reads[index].value = if shown {
                self.compute(value, *result, page)
            } else {
                None
            };
        }
        let read = &mut self.reads[index];
        let was_shown = std::mem::replace(&mut read.shown, shown);
        let value = read.value.as_ref().filter(|_| shown);
        if at(&self.answers, &question.id) == value {
            return was_shown != shown;
        }
        match value.cloned() {
            Some(value) => put(&mut self.answers, &question.id, value),
            None => remove(&mut self.answers, &question.id),
        }
        true
    }

    /// A rule that fails counts as "ask".
    fn holds(&mut self, when: Option<&Expr>, page: usize) -> bool {
        let Some(expr) = when else { return true };
        match self.scope().bool(expr) {
            Ok(yes) => yes,
            Err(failure) => {
                self.note(expr, page, failure);
                true
            }
        }
    }

    fn compute(&mut self, expr: &Expr, result: Computed, page: usize) -> Option<Value> {
        match self.scope().value(expr) {
            Ok(Value::Null) => None,
            Ok(value) => {
                let fits = match result {
                    Computed::Number | Computed::Money => value.is_i64(),
                    Computed::Text => value.is_string(),
                    Computed::YesNo => value.is_boolean(),
                    Computed::Date => value
                        .as_str()
                        .is_some_and(|day| day.parse::<jiff::civil::Date>().is_ok()),
                };
                if !fits {
                    let message = "das Ergebnis hat eine andere Art als angegeben".to_owned();
                    self.note(
                        expr,
                        page,
                        RuleFailure {
                            rule: expr.source.clone(),
                            message,
                        },
                    );
                }
                fits.then_some(value)
            }
            Err(failure) => {
                self.note(expr, page, failure);
                None
            }
        }
    }

    /// Keeps a failure for the alarm, unless an answer that the rule reads is only not given yet.
    fn note(&mut self, expr: &Expr, page: usize, failure: RuleFailure) {
        if !self.waits(expr) {
            self.failures.push((page, failure));
        }
    }

    /// Whether `expr` reads an answer that is still to come, or that is wrong.
    pub fn waits(&self, expr: &Expr) -> bool {
        self.waits_within(expr, 0)
    }

    /// A computed value waits for the answers that it is made of: followed some levels down, never in a circle.
    fn waits_within(&self, expr: &Expr, level: usize) -> bool {
        let computed = |read: &Read<'a>| match &read.question.kind {
            Kind::Computed { value, .. } if level < 8 && read.shown && read.value.is_none() => Some(value),
            _ => None,
        };
        let lacks = |read: &Read<'a>| read.is_missing() || (read.shown && !read.faults.is_empty());
        let lacking: Vec<_> = self
            .reads
            .iter()
            .filter(|read| lacks(read) || computed(read).is_some())
            .collect();
        if lacking.is_empty() {
            return false;
        }
        let names = rules::references(expr);
        lacking.into_iter().any(|read| {
            names
                .answers
                .iter()
                .any(|name| reads_question(&name.name, &read.question.id))
                && (lacks(read) || computed(read).is_some_and(|value| self.waits_within(value, level + 1)))
        })
    }

    pub fn scope(&self) -> Scope<'_> {
        Scope::new(&self.answers, self.service, self.cx)
    }

    pub fn read(&self, path: &str) -> Option<&Read<'a>> {
        self.reads.iter().find(|read| read.question.id == path)
    }

    /// Index of a page.
    pub fn page(&self, id: &str) -> Option<usize> {
        self.service.form.pages.iter().position(|page| page.id == id)
    }
}

/// `event.days.from` reads the question `event.days`.
pub(crate) fn reads_question(name: &str, question: &str) -> bool {
    name.strip_prefix(question)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Sets the value at a dotted path of names, making the objects on the way.
pub(crate) fn put(answers: &mut Value, path: &str, value: Value) {
    let mut at = answers;
    for key in path.split('.') {
        if !at.is_object() {
            *at = Value::Object(Map::new());
        }
        let Value::Object(fields) = at else { return };
        at = fields.entry(key).or_insert(Value::Null);
    }
    *at = value;
}

/// Removes the value at a dotted path, and objects that it leaves empty.
pub(crate) fn remove(answers: &mut Value, path: &str) {
    let Value::Object(fields) = answers else { return };
    match path.split_once('.') {
        None => {
            fields.shift_remove(path);
        }
        Some((key, rest)) => {
            if let Some(inner) = fields.get_mut(key) {
                remove(inner, rest);
                if inner.as_object().is_some_and(Map::is_empty) {
                    fields.shift_remove(key);
                }
            }
        }
    }
}
