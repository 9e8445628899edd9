//! Answers: reading them, checking a page or a whole form, what is shown, where the form ends.
//!
//! Every function takes answers as they come (typed text, JSON, canonical values) and reads them again: reading what is
//! canonical changes nothing. Rules that fail at run time never block; they are handed back for the alarm.

mod fault;
mod file;
mod html;
pub(crate) mod place;
pub(crate) mod scalar;
pub(crate) mod settle;
#[cfg(test)]
mod tests;
pub(crate) mod time;
mod unknown;
pub(crate) mod value;

use std::collections::HashSet;

use serde_json::Value;

use crate::rules::{self, RuleFailure};
use crate::{CheckedAnswers, Context, ErrorKind, Exit, FieldError, Kind, Page, Question, RawAnswers, Rule, Service};
use fault::Fault;
use settle::{Read, Settled, put, reads_question};
use value::{MOST_FAULTS, Reader};

pub use html::{from_html, merge, nested};

/// A page that applies now, with its questions.
#[derive(Debug, Clone)]
pub struct VisiblePage<'a> {
    pub page: &'a Page,
    pub questions: Vec<VisibleQuestion<'a>>,
    /// Rules that failed at run time (page and questions are shown then): for the alarm.
    pub failures: Vec<RuleFailure>,
}

/// A question of a page; not shown when its `when` does not hold.
#[derive(Debug, Clone)]
pub struct VisibleQuestion<'a> {
    pub question: &'a Question,
    pub shown: bool,
}

/// Everything that an examination of answers yields, failures of rules included.
#[derive(Debug, Clone, Default)]
pub struct Examined {
    /// Canonical answers: shown questions only, computed values filled in, what was wrong left out.
    pub answers: Value,
    /// In the order of the questions; what the form does not know comes last.
    pub errors: Vec<FieldError>,
    /// Rules that failed at run time: they never block, the caller alarms.
    pub failures: Vec<RuleFailure>,
}

/// Examines the whole form. Exits are not looked at: ask [`exit`] first.
pub fn examine(service: &Service, raw: &RawAnswers, cx: &Context) -> Examined {
    let settled = Settled::new(service, raw, cx);
    let mut failures: Vec<RuleFailure> = settled.failures.iter().map(|(_, failure)| failure.clone()).collect();
    let mut faults = faults(&settled, |_| true);
    let broken: Vec<Fault> = service
        .form
        .rules
        .iter()
        .filter(|rule| !settled.waits(&rule.must))
        .filter_map(|rule| broken(&settled, rule, &mut failures))
        .collect();
    faults.extend(broken);
    let errors = sentences(&settled, faults, unknown::find(service, &raw.0));
    Examined {
        answers: settled.answers,
        errors,
        failures,
    }
}

/// The whole form: canonical answers with the rules that failed, or every error in the order of the questions, one for each field.
pub fn check(service: &Service, raw: &RawAnswers, cx: &Context) -> Result<CheckedAnswers, Vec<FieldError>> {
    let seen = examine(service, raw, cx);
    if seen.errors.is_empty() {
        Ok(CheckedAnswers {
            answers: seen.answers,
            failures: seen.failures,
        })
    } else {
        Err(seen.errors)
    }
}

/// One page: the answers as they came with those of this page in canonical form, or the errors of this page. Answers of
/// other pages and of hidden questions stay as they are, so that nothing typed is lost; [`check`] sorts them out.
pub fn check_page(service: &Service, page: &str, raw: &RawAnswers, cx: &Context) -> Result<Value, Vec<FieldError>> {
    let settled = Settled::new(service, raw, cx);
    let Some(here) = settled.page(page) else {
        return Ok(raw.0.clone());
    };
    let mut faults = faults(&settled, |read| read.page == here);
    let on_page = |rule: &&Rule| {
        settled
            .read(question_of(&rule.field))
            .is_some_and(|read| read.page == here)
    };
    // What a later page still asks for cannot be wrong yet.
    let later = |rule: &&Rule| {
        let exprs = [Some(&rule.must), rule.when.as_ref()];
        let names: Vec<&str> = exprs
            .into_iter()
            .flatten()
            .flat_map(|e| &rules::references(e).answers)
            .map(|n| n.name.as_str())
            .collect();
        settled.reads.iter().any(|read| {
            read.page > here && read.value.is_none() && names.iter().any(|name| reads_question(name, &read.question.id))
        })
    };
    let rules = service
        .form
        .rules
        .iter()
        .filter(on_page)
        .filter(|rule| !later(rule) && !settled.waits(&rule.must));
    faults.extend(
        rules
            .filter_map(|rule| broken(&settled, rule, &mut Vec::new()))
            .collect::<Vec<_>>(),
    );
    if !faults.is_empty() {
        return Err(sentences(&settled, faults, Vec::new()));
    }
    let mut answers = if raw.0.is_object() {
        raw.0.clone()
    } else {
        Value::Object(serde_json::Map::new())
    };
    let asked = settled.reads.iter().filter(|read| read.page == here && read.shown);
    for read in asked.filter(|read| !matches!(read.question.kind, Kind::Computed { .. })) {
        match &read.value {
            Some(value) => put(&mut answers, &read.question.id, value.clone()),
            None => settle::remove(&mut answers, &read.question.id),
        }
    }
    Ok(answers)
}

/// Canonical answers as far as they are right: for rules, exits and display of drafts.
pub fn settle(service: &Service, raw: &RawAnswers, cx: &Context) -> Value {
    Settled::new(service, raw, cx).answers
}

/// The first exit that holds: after the page `after_page`, or after any page that applies. An exit whose rule fails at
/// run time does not hold.
pub fn exit<'a>(service: &'a Service, answers: &Value, cx: &Context, after_page: Option<&str>) -> Option<&'a Exit> {
    let settled = Settled::new(service, &RawAnswers(answers.clone()), cx);
    let scope = settled.scope();
    service
        .form
        .exits
        .iter()
        .filter(|exit| after_page.is_none_or(|page| exit.after == page))
        .filter(|exit| settled.page(&exit.after).is_none_or(|page| settled.pages[page]))
        .filter(|exit| rules::known(&[Some(&exit.when)], cx))
        .find(|exit| scope.bool(&exit.when).unwrap_or(false))
}

/// The pages that apply with these answers, each with all its questions but
/// hidden computed ones. A page on which nothing is asked is left out.
pub fn visible_pages<'a>(service: &'a Service, answers: &Value, cx: &Context) -> Vec<VisiblePage<'a>> {
    let settled = Settled::new(service, &RawAnswers(answers.clone()), cx);
    let asks = |q: &VisibleQuestion<'_>| q.shown && !matches!(q.question.kind, Kind::Computed { .. });
    let mut out = Vec::new();
    for (index, page) in service
        .form
        .pages
        .iter()
        .enumerate()
        .filter(|(index, _)| settled.pages[*index])
    {
        let reads = settled.reads.iter().filter(|read| read.page == index);
        let shown: Vec<bool> = reads.map(|read| read.shown).collect();
        let questions: Vec<_> = page
            .questions
            .iter()
            .zip(shown)
            .filter(|(question, _)| !matches!(question.kind, Kind::Computed { hidden: true, .. }))
            .map(|(question, shown)| VisibleQuestion { question, shown })
            .collect();
        if questions.is_empty() || questions.iter().any(asks) {
            let failures = settled
                .failures
                .iter()
                .filter(|(page, _)| *page == index)
                .map(|(_, f)| f.clone())
                .collect();
            out.push(VisiblePage {
                page,
                questions,
                failures,
            });
        }
    }
    out
}

/// Wrong and missing answers of shown questions.
fn faults(settled: &Settled<'_>, which: impl Fn(&Read<'_>) -> bool) -> Vec<Fault> {
    let shown = settled.reads.iter().filter(|read| read.shown && which(read));
    shown
        .flat_map(|read| {
            let missing = read
                .is_missing()
                .then(|| Reader::missing(read.question, &read.question.id));
            read.faults.iter().cloned().chain(missing)
        })
        .collect()
}

/// The fault of a rule that is broken. A rule of a hidden question, or one that fails, breaks nothing.
fn broken(settled: &Settled<'_>, rule: &Rule, failures: &mut Vec<RuleFailure>) -> Option<Fault> {
    let read = settled.read(question_of(&rule.field))?;
    match kept(settled, rule) {
        Ok(true) => None,
        Ok(false) => {
            let value = read.value.as_ref().map_or_else(String::new, |value| {
                crate::show::plain(read.question, value, settled.service, settled.cx)
            });
            let kind = ErrorKind::Rule(rule.id.clone());
            Some(Fault::new(&rule.field, kind, "", "other.rule").with("value", fault::quoted(&value)))
        }
        Err(failure) => {
            failures.push(failure);
            None
        }
    }
}

/// Whether a rule is broken.
pub(crate) fn breaks(settled: &Settled<'_>, rule: &Rule) -> bool {
    kept(settled, rule) == Ok(false)
}

fn kept(settled: &Settled<'_>, rule: &Rule) -> Result<bool, RuleFailure> {
    if !settled.read(question_of(&rule.field)).is_some_and(|read| read.shown) {
        return Ok(true);
    }
    if !rules::known(&[rule.when.as_ref(), Some(&rule.must)], settled.cx) {
        return Ok(true);
    }
    let scope = settled.scope();
    if scope.holds(rule.when.as_ref())? {
        scope.bool(&rule.must)
    } else {
        Ok(true)
    }
}

/// The question that a rule's `field` belongs to: `helpers.0.name` → `helpers`.
fn question_of(field: &str) -> &str {
    field
        .char_indices()
        .find(|(at, c)| *c == '.' && field[at + 1..].starts_with(|c: char| c.is_ascii_digit()))
        .map_or(field, |(at, _)| &field[..at])
}

/// Errors in the order of the questions, one for each field, [`MOST_FAULTS`] at most.
fn sentences(settled: &Settled<'_>, mut faults: Vec<Fault>, unknown: Vec<Fault>) -> Vec<FieldError> {
    let place = |fault: &Fault| {
        settled
            .reads
            .iter()
            .position(|read| reads_question(&fault.at, &read.question.id))
            .unwrap_or(usize::MAX)
    };
    faults.sort_by_cached_key(place);
    let mut named = HashSet::new();
    faults
        .into_iter()
        .chain(unknown)
        .filter(|fault| named.insert(fault.at.clone()))
        .take(MOST_FAULTS)
        .map(|fault| fault.error(settled.service, &settled.answers, settled.cx))
        .collect()
}
