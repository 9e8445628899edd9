//! What follows from checked answers: regime, findings, fees, conditions, papers, consultations, shown rules.

use serde_json::Value;

use crate::rules::{RuleFailure, Scope};
use crate::{Consult, Context, DeadlineRule, FeeKind, Period, Regime, Service};

/// An automatic check as the desk sees it.
#[derive(Debug, Clone)]
pub struct FindingOut {
    pub id: String,
    /// false: look here.
    pub ok: bool,
    pub text: String,
    pub field: Option<String>,
    /// The check failed at run time (then `ok` is false): for the alarm.
    pub failure: Option<RuleFailure>,
}

/// One line of the costs.
#[derive(Debug, Clone)]
pub struct FeeOut {
    pub id: String,
    pub label: String,
    /// Titles of the legal bases.
    pub basis: String,
    pub cents: i64,
    pub kind: FeeKind,
    /// The amount could not be worked out (then `cents` is 0): the desk sets it.
    pub failure: Option<RuleFailure>,
}

/// An Auflage to tick.
#[derive(Debug, Clone)]
pub struct ConditionOut {
    pub id: String,
    pub text: String,
    pub default: bool,
}

/// What the municipality's law asks for; none if the service knows no regimes.
pub fn regime(service: &Service, answers: &Value, cx: &Context) -> Option<Regime> {
    Scope::new(answers, service, cx).regime()
}
/// Automatic checks that apply.
pub fn findings(_: &Service, _: &Value, _: &Context) -> Vec<FindingOut> {
    Vec::new()
}
/// Costs that apply, lines of 0 cents included.
pub fn fee_lines(_: &Service, _: &Value, _: &Context) -> Vec<FeeOut> {
    Vec::new()
}
/// Conditions that apply.
pub fn conditions(_: &Service, _: &Value, _: &Context) -> Vec<ConditionOut> {
    Vec::new()
}
/// Paths of the file questions that are required papers now.
pub fn required_papers(_: &Service, _: &Value, _: &Context) -> Vec<String> {
    Vec::new()
}
/// Who is consulted.
pub fn consults<'a>(_: &'a Service, _: &Value, _: &Context) -> Vec<&'a Consult> {
    Vec::new()
}
/// "Diese Regeln gelten in …": label, text, true if state law.
pub fn shown_rules(_: &Service, _: &Context) -> Vec<(String, String, bool)> {
    Vec::new()
}
/// Deadlines that apply, with their periods from the parameters.
pub fn deadline_rules<'a>(_: &'a Service, _: &Value, _: &Context) -> Vec<(&'a DeadlineRule, Period)> {
    Vec::new()
}
