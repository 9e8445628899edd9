//! What samples should take: every way that a rule can go, every answer that can be chosen, every mistake that can be
//! made. The sampler aims at it, tests count with it.

use serde_json::Value;

use super::broken::{Breach, breaches};
use super::index::Index;
use crate::answers::settle::Settled;
use crate::{Context, ErrorKind, Expr, Kind, Options, RawAnswers, Service, rules};

/// Begins the labels of what a rule demands.
const RULE: &str = "rule must";

/// One way that an expression can go.
#[derive(Debug, Clone)]
pub(super) struct Branch {
    pub expr: Expr,
    pub want: bool,
}

/// An answer of a kind that someone can give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Choice {
    Given,
    Absent,
    Open,
    Option(String),
    Yes(bool),
}

/// What to take.
#[derive(Debug, Clone)]
pub(super) enum Goal {
    Branch(Branch),
    /// Number of the question, and its answer.
    Choice(usize, Choice),
}

/// What samples took and what they missed.
pub struct Coverage<'a> {
    pub(super) index: Index<'a>,
    pub(super) goals: Vec<(String, Goal)>,
    pub(super) taken: Vec<bool>,
    breaches: Vec<Breach>,
    broken: Vec<bool>,
}

impl<'a> Coverage<'a> {
    pub fn new(service: &'a Service, cx: &'a Context) -> Self {
        let index = Index::new(service, cx);
        let mut goals = Vec::new();
        branches(&index, &mut goals);
        choices(&index, &mut goals);
        let breaches = breaches(service, cx);
        Coverage {
            taken: vec![false; goals.len()],
            broken: vec![false; breaches.len()],
            index,
            goals,
            breaches,
        }
    }

    /// Counts a set of answers that was accepted. Says whether it took anything new.
    pub fn take(&mut self, answers: &Value) -> bool {
        let settled = Settled::new(self.index.service, &RawAnswers(answers.clone()), self.index.cx);
        self.take_settled(&settled)
    }

    pub(super) fn take_settled(&mut self, settled: &Settled<'_>) -> bool {
        let mut new = false;
        for ((_, goal), taken) in self.goals.iter().zip(&mut self.taken) {
            if !*taken && holds(goal, settled) {
                *taken = true;
                new = true;
            }
        }
        new
    }

    /// Counts a set that was refused with one error. A condition inside a rule may be false only here.
    pub fn take_broken(&mut self, answers: &Value, field: &str, kind: &ErrorKind) {
        let field = crate::show::without_numbers(field);
        for (breach, broken) in self.breaches.iter().zip(&mut self.broken) {
            *broken |= crate::show::without_numbers(&breach.at) == field && breach.kind() == *kind;
        }
        if matches!(kind, ErrorKind::Rule(_)) {
            let settled = Settled::new(self.index.service, &RawAnswers(answers.clone()), self.index.cx);
            for ((label, goal), taken) in self.goals.iter().zip(&mut self.taken) {
                *taken |= label.starts_with(RULE) && holds(goal, &settled);
            }
        }
    }

    /// Ways and answers that no accepted set took.
    pub fn missed(&self) -> Vec<&str> {
        let missed = self.goals.iter().zip(&self.taken).filter(|(_, taken)| !**taken);
        missed.map(|((label, _), _)| label.as_str()).collect()
    }

    /// Fields and kinds of mistakes that no refused set had.
    pub fn unbroken(&self) -> Vec<String> {
        let unbroken = self.breaches.iter().zip(&self.broken).filter(|(_, broken)| !**broken);
        unbroken.map(|(breach, _)| breach.label()).collect()
    }

    /// How many ways and answers there are, and how many mistakes.
    pub fn size(&self) -> (usize, usize) {
        (self.goals.len(), self.breaches.len())
    }
}

/// Whether a form took the goal.
pub(super) fn holds(goal: &Goal, settled: &Settled<'_>) -> bool {
    match goal {
        Goal::Branch(branch) => settled.scope().bool(&branch.expr) == Ok(branch.want),
        Goal::Choice(number, choice) => {
            let read = &settled.reads[*number];
            read.shown && chosen(choice, read.value.as_ref(), read.question.may_stay_open)
        }
    }
}

pub(super) fn chosen(choice: &Choice, value: Option<&Value>, may_stay_open: bool) -> bool {
    let open = may_stay_open && value.and_then(Value::as_str) == Some("?");
    match (choice, value) {
        (Choice::Absent, value) => value.is_none(),
        (Choice::Open, _) => open,
        (_, None) => false,
        (Choice::Given, _) => !open,
        (Choice::Option(id), Some(Value::Array(items))) => items.iter().any(|item| item.as_str() == Some(id)),
        (Choice::Option(id), Some(value)) => value.as_str() == Some(id),
        (Choice::Yes(yes), Some(value)) => value.as_bool() == Some(*yes),
    }
}

/// Both ways of every condition that answers decide. What a rule must be is wanted true only: false is a mistake.
fn branches(index: &Index<'_>, goals: &mut Vec<(String, Goal)>) {
    let s = index.service;
    let mut add = |label: String, expr: &Expr, ways: &[bool]| {
        if index.reads(expr).is_empty() {
            return;
        }
        // Whether required answers are there is no way to go: a guard before a comparison asks it.
        let guard = rules::only_asks_for_null(expr) && index.reads(expr).iter().all(|number| always(index, *number));
        for want in ways.iter().filter(|_| !guard) {
            let label = format!("{label} = {want}");
            goals.push((
                label,
                Goal::Branch(Branch {
                    expr: expr.clone(),
                    want: *want,
                }),
            ));
        }
    };
    const BOTH: [bool; 2] = [true, false];
    let mut condition = |label: String, expr: Option<&Expr>, ways: &[bool]| {
        let Some(expr) = expr else { return };
        add(label.clone(), expr, ways);
        let atoms = rules::atoms(expr);
        for atom in atoms
            .iter()
            .filter(|atom| atom.source != expr.source && !rules::only_asks_for_null(atom))
        {
            add(format!("{label}: {}", atom.source), atom, &BOTH);
        }
    };
    for page in &s.form.pages {
        condition(format!("page {}", page.id), page.when.as_ref(), &BOTH);
        for question in &page.questions {
            condition(format!("question {}", question.id), question.when.as_ref(), &BOTH);
            if let Kind::Computed { value, .. } = &question.kind {
                // As a whole it is a value: only its conditions are ways.
                condition(format!("computed {}", question.id), Some(value), &[]);
            }
        }
    }
    condition("regime".into(), s.regime_expr.as_ref(), &[]);
    for rule in &s.form.rules {
        condition(format!("rule {} when", rule.id), rule.when.as_ref(), &BOTH);
        condition(format!("{RULE} {}", rule.id), Some(&rule.must), &[true]);
    }
    for check in &s.form.checks {
        condition(format!("check {} when", check.id), check.when.as_ref(), &BOTH);
        condition(format!("check {} must", check.id), Some(&check.must), &BOTH);
    }
    for exit in &s.form.exits {
        condition(format!("exit {}", exit.id), Some(&exit.when), &[false]);
    }
    for fee in &s.fees {
        condition(format!("fee {} when", fee.id), fee.when.as_ref(), &BOTH);
        condition(format!("fee {}", fee.id), Some(&fee.cents), &[]);
    }
    s.conditions
        .iter()
        .for_each(|c| condition(format!("condition {}", c.id), c.when.as_ref(), &BOTH));
    s.papers
        .iter()
        .for_each(|p| condition(format!("paper {}", p.question), p.when.as_ref(), &BOTH));
    s.consults
        .iter()
        .for_each(|c| condition(format!("consult {}", c.who), c.when.as_ref(), &BOTH));
    s.deadlines
        .iter()
        .for_each(|d| condition(format!("deadline {:?}", d.kind), d.when.as_ref(), &BOTH));
}

/// Asked of everyone, and answered by everyone.
fn always(index: &Index<'_>, number: usize) -> bool {
    let question = index.questions[number];
    let page = &index.service.form.pages[index.pages[number]];
    let computed = match &question.kind {
        Kind::Computed { value, .. } => index.reads(value).iter().all(|read| always(index, *read)),
        _ => true,
    };
    let asked = |when: Option<&Expr>| {
        when.is_none_or(|when| {
            rules::only_asks_for_null(when) && index.reads(when).iter().all(|read| always(index, *read))
        })
    };
    !question.optional
        && !question.may_stay_open
        && asked(question.when.as_ref())
        && asked(page.when.as_ref())
        && computed
}

/// Every answer of a kind that a question can have.
fn choices(index: &Index<'_>, goals: &mut Vec<(String, Goal)>) {
    for (number, question) in index.questions.iter().enumerate() {
        if index.is_computed(number) {
            continue;
        }
        let mut add = |label: &str, choice: Choice| {
            goals.push((format!("{} {label}", question.id), Goal::Choice(number, choice)));
        };
        match &question.kind {
            Kind::YesNo => [true, false]
                .into_iter()
                .for_each(|yes| add(&format!("= {yes}"), Choice::Yes(yes))),
            Kind::OneOf { options } | Kind::ManyOf { options, .. } => {
                let ids: Vec<&str> = match options {
                    Options::Fixed(ids) => ids.iter().map(String::as_str).collect(),
                    Options::Rooms => index.cx.rooms.iter().map(|room| room.id.as_str()).collect(),
                };
                ids.into_iter()
                    .for_each(|id| add(&format!("= {id}"), Choice::Option(id.to_owned())));
            }
            _ => add("given", Choice::Given),
        }
        if question.optional {
            add("left out", Choice::Absent);
        }
        if question.may_stay_open {
            add("open", Choice::Open);
        }
    }
}
