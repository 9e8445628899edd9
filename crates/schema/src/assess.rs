//! What follows from canonical answers: regime, findings, fees, conditions, papers, consultations, deadlines, shown rules.
//!
//! A rule that fails at run time counts as "look": the line is there, marked with the failure, and nothing is blocked.

use serde_json::Value;

use crate::rules::{self, RuleFailure, Scope};
use crate::{Consult, Context, DeadlineRule, FeeKind, Origin, Period, PeriodRef, Regime, Service, show};

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

/// Automatic checks that apply, in the service's order.
pub fn findings(service: &Service, answers: &Value, cx: &Context) -> Vec<FindingOut> {
    let scope = Scope::new(answers, service, cx);
    let finding = |check: &crate::Check| {
        let result = match scope.holds(check.when.as_ref()) {
            Ok(false) => return None,
            Ok(true) => scope.bool(&check.must),
            Err(failure) => Err(failure),
        };
        let ok = result == Ok(true);
        let key = format!("check.{}.{}", check.id, if ok { "ok" } else { "look" });
        Some(FindingOut {
            id: check.id.clone(),
            ok,
            text: filled(&scope, &key),
            field: check.field.clone(),
            failure: result.err(),
        })
    };
    let known = |c: &&crate::Check| rules::known(&[c.when.as_ref(), Some(&c.must)], cx);
    service.form.checks.iter().filter(known).filter_map(finding).collect()
}

/// Costs that apply, lines of 0 cents included.
pub fn fee_lines(service: &Service, answers: &Value, cx: &Context) -> Vec<FeeOut> {
    let scope = Scope::new(answers, service, cx);
    let line = |fee: &crate::FeeItem| {
        let result = match scope.holds(fee.when.as_ref()) {
            Ok(false) => return None,
            Ok(true) => scope.int(&fee.cents),
            Err(failure) => Err(failure),
        };
        Some(FeeOut {
            id: fee.id.clone(),
            label: filled(&scope, &format!("fee.{}", fee.id)),
            basis: basis(service, &fee.legal_basis),
            cents: *result.as_ref().unwrap_or(&0),
            kind: fee.kind,
            failure: result.err(),
        })
    };
    let known = |f: &&crate::FeeItem| rules::known(&[f.when.as_ref(), Some(&f.cents)], cx);
    service.fees.iter().filter(known).filter_map(line).collect()
}

/// Whether the costs are known before anything is answered: nothing of them rests on an answer or a room.
pub fn fees_are_fixed(service: &Service) -> bool {
    let fixed = |expr: &crate::Expr| {
        let names = rules::references(expr);
        names.answers.is_empty() && names.room.is_empty()
    };
    let fees = service.fees.iter().flat_map(|fee| fee.when.iter().chain([&fee.cents]));
    service.regime_expr.iter().chain(fees).all(fixed)
}

/// Conditions that apply. One whose rule fails is offered, but not ticked.
pub fn conditions(service: &Service, answers: &Value, cx: &Context) -> Vec<ConditionOut> {
    let scope = Scope::new(answers, service, cx);
    let condition = |condition: &crate::Condition| {
        let applies = scope.holds(condition.when.as_ref());
        (applies != Ok(false)).then(|| ConditionOut {
            id: condition.id.clone(),
            text: filled(&scope, &format!("condition.{}", condition.id)),
            default: condition.default && applies.is_ok(),
        })
    };
    service.conditions.iter().filter_map(condition).collect()
}

/// Paths of the file questions that are required papers now, answered or not.
pub fn required_papers(service: &Service, answers: &Value, cx: &Context) -> Vec<String> {
    let scope = Scope::new(answers, service, cx);
    let required = service
        .papers
        .iter()
        .filter(|paper| scope.holds(paper.when.as_ref()) != Ok(false));
    required.map(|paper| paper.question.clone()).collect()
}

/// Who is consulted.
pub fn consults<'a>(service: &'a Service, answers: &Value, cx: &Context) -> Vec<&'a Consult> {
    let scope = Scope::new(answers, service, cx);
    service
        .consults
        .iter()
        .filter(|consult| scope.holds(consult.when.as_ref()) != Ok(false))
        .collect()
}

/// "Diese Regeln gelten in …": label, text, true if state law.
pub fn shown_rules(service: &Service, cx: &Context) -> Vec<(String, String, bool)> {
    let scope = Scope::new(&Value::Null, service, cx);
    let shown = service
        .shown_rules
        .iter()
        .filter(|rule| rule.origin != Origin::Free)
        .filter(|rule| rule.origin == Origin::Law || !cx.local_unknown)
        .filter(|rule| scope.holds(rule.when.as_ref()) != Ok(false));
    shown
        .map(|rule| {
            let text = |part: &str| filled(&scope, &format!("shown_rule.{}.{part}", rule.id));
            (text("label"), text("text"), rule.origin == Origin::Law)
        })
        .collect()
}

/// What is free at the place; where it has told nothing, the sentence that says on what it depends.
pub fn free(service: &Service, cx: &Context) -> Vec<String> {
    let scope = Scope::new(&Value::Null, service, cx);
    let rules = service.shown_rules.iter().filter(|rule| rule.origin == Origin::Free);
    let said = rules.filter_map(|rule| {
        let part = match (cx.local_unknown, scope.holds(rule.when.as_ref())) {
            (true, _) => "unknown",
            (false, Ok(true)) => "text",
            _ => return None,
        };
        let key = format!("shown_rule.{}.{part}", rule.id);
        let template = show::text_in(service, scope.answers, &key, cx)?;
        Some(show::fill(template, scope.answers, service, cx, &[]))
    });
    said.collect()
}

/// Deadlines that apply, with their periods from the parameters.
pub fn deadline_rules<'a>(service: &'a Service, answers: &Value, cx: &Context) -> Vec<(&'a DeadlineRule, Period)> {
    let scope = Scope::new(answers, service, cx);
    let period = |rule: &DeadlineRule| match &rule.period {
        PeriodRef::Fixed(period) => Some(*period),
        PeriodRef::Param(..) if cx.local_unknown => None,
        PeriodRef::Param(id, unit) => {
            let parameter = service.parameters.iter().find(|p| p.id == *id)?;
            let n = cx.params.get(id).unwrap_or(&parameter.default).as_u64()?;
            Some(Period {
                n: u32::try_from(n).ok()?,
                unit: *unit,
            })
        }
    };
    let applies = service
        .deadlines
        .iter()
        .filter(|rule| scope.holds(rule.when.as_ref()) != Ok(false));
    applies.filter_map(|rule| Some((rule, period(rule)?))).collect()
}

/// A text of the service with its placeholders filled; its key if it is missing, so that someone notices.
fn filled(scope: &Scope<'_>, key: &str) -> String {
    let template = show::text_in(scope.service, scope.answers, key, scope.cx).unwrap_or(key);
    show::fill(template, scope.answers, scope.service, scope.cx, &[])
}

fn basis(service: &Service, ids: &[String]) -> String {
    let titles = ids
        .iter()
        .filter_map(|id| service.legal_basis.iter().find(|basis| basis.id == *id));
    titles.map(|basis| basis.title.as_str()).collect::<Vec<_>>().join(", ")
}
