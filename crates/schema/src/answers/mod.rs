//! Answers: reading them, checking a page or a whole form, what is shown, where the form ends.

pub(crate) mod time;

use serde_json::Value;

use crate::rules::RuleFailure;
use crate::{CheckedAnswers, Context, Exit, FieldError, Page, Question, RawAnswers, Service};

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
    /// Canonical answers: visible questions only, computed values filled in, what was wrong left out.
    pub answers: Value,
    pub errors: Vec<FieldError>,
    /// Rules that failed at run time: they never block, the caller alarms.
    pub failures: Vec<RuleFailure>,
}

/// Checks the whole form.
pub fn examine(_: &Service, raw: &RawAnswers, _: &Context) -> Examined {
    Examined {
        answers: raw.0.clone(),
        ..Examined::default()
    }
}

/// The whole form: canonical answers, or every error in the order of the questions.
pub fn check(service: &Service, raw: &RawAnswers, cx: &Context) -> Result<CheckedAnswers, Vec<FieldError>> {
    let seen = examine(service, raw, cx);
    if seen.errors.is_empty() {
        Ok(CheckedAnswers(seen.answers))
    } else {
        Err(seen.errors)
    }
}

/// One page: all answers so far in canonical form, or the errors of this page.
pub fn check_page(_: &Service, _page: &str, raw: &RawAnswers, _: &Context) -> Result<Value, Vec<FieldError>> {
    Ok(raw.0.clone())
}

/// Canonical answers as far as they are right: for rules, exits and display of drafts.
pub fn settle(service: &Service, raw: &RawAnswers, cx: &Context) -> Value {
    examine(service, raw, cx).answers
}

/// The first exit that holds: after the page `after_page`, or after any page.
pub fn exit<'a>(_: &'a Service, _answers: &Value, _: &Context, _after_page: Option<&str>) -> Option<&'a Exit> {
    None
}

/// The pages that apply with these answers, each with all its questions.
pub fn visible_pages<'a>(service: &'a Service, _answers: &Value, _: &Context) -> Vec<VisiblePage<'a>> {
    service
        .form
        .pages
        .iter()
        .map(|page| VisiblePage {
            page,
            questions: page
                .questions
                .iter()
                .map(|question| VisibleQuestion { question, shown: true })
                .collect(),
            failures: Vec::new(),
        })
        .collect()
}

/// A posted page as a patch of answers: every question of the page is in it, `null` where nothing was entered.
pub fn from_html(_: &Service, _page: &str, _pairs: &[(String, String)]) -> Value {
    Value::Object(serde_json::Map::new())
}

/// Lays `patch` over the answers; `null` removes.
pub fn merge(_raw: &mut RawAnswers, _patch: &Value) {}
