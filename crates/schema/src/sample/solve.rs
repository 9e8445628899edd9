//! Making answers right: what is wrong with a set, and which answers to change so that a rule comes out as wanted.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde_json::Value;

use super::index::Index;
use super::pool::{self, Pool};
use super::rng::Rng;
use crate::answers::settle::{Settled, put, remove};
use crate::answers::time::minutes;
use crate::rules::Scope;
use crate::{ErrorKind, Exit, Expr, Kind, RawAnswers, Rule, at, days};

/// Changes of several answers at once that are tried before giving up.
const TRIES: usize = 150;
/// Full readings of the form for one wish: each is dear.
const READINGS: usize = 40;
/// Problems that are mended one after the other in a set.
const ROUNDS: usize = 16;

/// One thing that keeps a set from being accepted.
#[derive(Debug, Clone)]
pub(super) enum Problem<'a> {
    /// A wrong or missing answer: path and kind.
    Fault(String, ErrorKind),
    Rule(&'a Rule),
    Exit(&'a Exit),
    /// Its booking overlaps one made before.
    Clash,
}

/// A booked time, in minutes of an endless calendar. Which room does not matter: halves of a hall block the whole.
#[derive(Debug, Clone)]
pub(super) struct Taken {
    pub from: i64,
    pub to: i64,
}

pub(super) struct Solver<'a> {
    pub index: Index<'a>,
    pub pools: Vec<Pool>,
    pub rng: Rng,
    /// Bookings of samples so far.
    pub taken: Vec<Taken>,
    /// How often each rule was broken: each time by another of its conditions.
    pub turns: Vec<usize>,
}

impl<'a> Solver<'a> {
    pub fn new(index: Index<'a>, seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let pools = pool::pools(&index, &mut rng);
        let turns = vec![0; index.service.form.rules.len()];
        Solver {
            index,
            pools,
            rng,
            taken: Vec::new(),
            turns,
        }
    }

    pub fn settle(&self, answers: &Value) -> Settled<'a> {
        Settled::new(self.index.service, &RawAnswers(answers.clone()), self.index.cx)
    }

    /// Everything that is wrong with a set, exits first: what comes after an exit does not matter.
    pub fn problems(&self, settled: &Settled<'a>) -> Vec<Problem<'a>> {
        let form = &self.index.service.form;
        let scope = settled.scope();
        let applies = |exit: &&Exit| settled.page(&exit.after).is_none_or(|page| settled.pages[page]);
        let exits = form
            .exits
            .iter()
            .filter(applies)
            .filter(|exit| scope.bool(&exit.when) == Ok(true));
        let mut found: Vec<Problem<'a>> = exits.map(Problem::Exit).collect();
        for read in settled.reads.iter().filter(|read| read.shown) {
            found.extend(
                read.faults
                    .iter()
                    .map(|fault| Problem::Fault(fault.at.clone(), fault.kind.clone())),
            );
            if read.is_missing() {
                found.push(Problem::Fault(read.question.id.clone(), ErrorKind::Missing));
            }
        }
        let rules = form.rules.iter().filter(|rule| !settled.waits(&rule.must));
        found.extend(
            rules
                .filter(|rule| crate::answers::breaks(settled, rule))
                .map(Problem::Rule),
        );
        found
    }

    /// A set with every question answered somehow, each answer right in itself.
    pub fn fresh(&mut self) -> Value {
        let mut answers = Value::Object(serde_json::Map::new());
        for number in 0..self.index.questions.len() {
            let value = self.draw(number);
            self.set(&mut answers, number, value);
        }
        answers
    }

    /// Some answer: mostly what people would write, sometimes what a rule turns at.
    pub fn draw(&mut self, number: usize) -> Option<Value> {
        let pool = &self.pools[number];
        let optional = self.index.questions[number].optional && self.rng.chance(1, 3);
        if optional {
            return None;
        }
        if !pool.samples.is_empty() && self.rng.chance(3, 4) {
            return self.rng.pick(&pool.samples).cloned();
        }
        self.rng.pick(&pool.all).cloned().flatten()
    }

    pub fn set(&self, answers: &mut Value, number: usize, value: Option<Value>) {
        let path = &self.index.questions[number].id;
        match value {
            Some(value) => put(answers, path, value),
            None => remove(answers, path),
        }
    }

    /// Changes answers, but none of `pinned`, until nothing is wrong. `booked`: bookings must not overlap earlier ones.
    /// `but` is a rule that is meant to stay broken.
    pub fn mend(
        &mut self,
        mut answers: Value,
        pinned: &BTreeSet<usize>,
        booked: bool,
        but: Option<&Rule>,
    ) -> Option<Value> {
        for _ in 0..ROUNDS {
            let settled = self.settle(&answers);
            let meant = |problem: &Problem<'_>| matches!((problem, but), (Problem::Rule(r), Some(b)) if r.id == b.id);
            let mut problems: Vec<_> = self.problems(&settled).into_iter().filter(|p| !meant(p)).collect();
            if problems.is_empty() && booked && self.clashes(&settled.answers) {
                problems.push(Problem::Clash);
            }
            answers = match problems.first() {
                None => return Some(answers),
                Some(Problem::Exit(exit)) => {
                    self.change(&answers, &[&exit.when], pinned, &|s| s.bool(&exit.when) != Ok(true))?
                }
                Some(Problem::Rule(rule)) => {
                    let exprs: Vec<&Expr> = std::iter::once(&rule.must).chain(&rule.when).collect();
                    let kept =
                        |s: &Scope<'_>| s.holds(rule.when.as_ref()) != Ok(true) || s.bool(&rule.must) != Ok(false);
                    self.change(&answers, &exprs, pinned, &kept)?
                }
                Some(Problem::Fault(path, _)) => {
                    let head = path.split('.').next().unwrap_or_default();
                    let number = self.index.number(path).or_else(|| self.index.number(head))?;
                    if pinned.contains(&number) {
                        return None;
                    }
                    let given: Vec<Value> = self.pools[number].all.iter().flatten().cloned().collect();
                    let value = self.rng.pick(&given)?.clone();
                    self.set(&mut answers, number, Some(value));
                    answers
                }
                Some(Problem::Clash) => self.free_day(answers, pinned)?,
            };
        }
        None
    }

    /// Changes as few answers as possible so that `test` holds. The expressions say which answers may matter.
    pub fn wish(
        &mut self,
        answers: &Value,
        exprs: &[&Expr],
        pinned: &BTreeSet<usize>,
        test: &dyn Fn(&Scope<'_>) -> bool,
    ) -> Option<Value> {
        if test(&self.settle(answers).scope()) {
            return Some(answers.clone());
        }
        self.change(answers, exprs, pinned, test)
    }

    /// Like [`Self::wish`], where the test is known to fail with the answers as they are.
    fn change(
        &mut self,
        answers: &Value,
        exprs: &[&Expr],
        pinned: &BTreeSet<usize>,
        test: &dyn Fn(&Scope<'_>) -> bool,
    ) -> Option<Value> {
        let deciders = self.index.deciders(exprs);
        let computed: Vec<usize> = deciders
            .iter()
            .copied()
            .filter(|n| self.index.is_computed(*n))
            .collect();
        let mut free: Vec<usize> = deciders
            .into_iter()
            .filter(|n| !pinned.contains(n) && !self.index.is_computed(*n))
            .collect();
        free.truncate(12);
        let mut readings = READINGS;
        // One answer, nearest first; by a quick look before the form is read in full.
        for number in &free {
            let mut values = self.values(*number, answers);
            self.rng.shuffle(&mut values);
            for value in values {
                let mut changed = answers.clone();
                self.set(&mut changed, *number, value);
                if self.quickly(&changed, &computed, test) && self.confirmed(&changed, test, &mut readings) {
                    return Some(changed);
                }
            }
        }
        // Several at once.
        for _ in 0..TRIES {
            let changed = self.several(answers, &free);
            if self.quickly(&changed, &computed, test) && self.confirmed(&changed, test, &mut readings) {
                return Some(changed);
            }
        }
        // The quick look does not hide anything: what depends on that needs full readings.
        readings = READINGS;
        while readings > 0 && !free.is_empty() {
            let changed = self.several(answers, &free);
            if self.confirmed(&changed, test, &mut readings) {
                return Some(changed);
            }
        }
        None
    }

    fn several(&mut self, answers: &Value, free: &[usize]) -> Value {
        let mut changed = answers.clone();
        let count = 1 + self.rng.below(free.len().min(4));
        for _ in 0..count {
            // The nearer an answer, the more often.
            let reach = 1 + self.rng.below(free.len());
            let Some(number) = free.get(self.rng.below(reach)).copied() else {
                continue;
            };
            let values = self.values(number, &changed);
            if let Some(value) = self.rng.pick(&values).cloned() {
                self.set(&mut changed, number, value);
            }
        }
        changed
    }

    fn values(&self, number: usize, answers: &Value) -> Vec<Option<Value>> {
        let mut values = self.pools[number].all.clone();
        values.extend(
            pool::relative(&self.index, self.index.questions[number], answers)
                .into_iter()
                .map(Some),
        );
        values
    }

    /// The test on the answers as they are, with computed values but without hiding anything.
    fn quickly(&self, answers: &Value, computed: &[usize], test: &dyn Fn(&Scope<'_>) -> bool) -> bool {
        let (service, cx) = (self.index.service, self.index.cx);
        let mut answers = answers.clone();
        let mut computed = computed.to_vec();
        computed.sort_unstable();
        for number in computed {
            let question = self.index.questions[number];
            let Kind::Computed { value, .. } = &question.kind else {
                continue;
            };
            let scope = Scope::new(&answers, service, cx);
            let shown = scope.holds(question.when.as_ref()) == Ok(true);
            let value = if shown {
                scope.value(value).ok().filter(|value| !value.is_null())
            } else {
                None
            };
            self.set(&mut answers, number, value);
        }
        test(&Scope::new(&answers, service, cx))
    }

    fn confirmed(&self, answers: &Value, test: &dyn Fn(&Scope<'_>) -> bool, readings: &mut usize) -> bool {
        if *readings == 0 {
            return false;
        }
        *readings -= 1;
        test(&self.settle(answers).scope())
    }

    /// The booking of settled answers.
    pub fn booking(&self, answers: &Value) -> Option<Taken> {
        let booking = self.index.service.booking.as_ref()?;
        at(answers, &booking.room)?;
        let day = |path: &str, key: &str| {
            let value = at(answers, path)?;
            let day: Date = value.as_str().or_else(|| value.get(key)?.as_str())?.parse().ok()?;
            Some(i64::from((day - Date::constant(2000, 1, 1)).get_days()) * 24 * 60)
        };
        let time = |path: &str| minutes(at(answers, path)?.as_str()?);
        let from = day(&booking.from.0, "from")? + time(&booking.from.1)?;
        let to = day(&booking.to.0, "to")? + time(&booking.to.1)?;
        Some(Taken {
            from,
            to: if to <= from { to + 24 * 60 } else { to },
        })
    }

    pub fn clashes(&self, settled: &Value) -> bool {
        self.booking(settled)
            .is_some_and(|new| self.taken.iter().any(|old| new.from < old.to && old.from < new.to))
    }

    /// The question that sets the day of a booking, itself or through a computed value.
    pub fn day_question(&self) -> Option<usize> {
        let booking = self.index.service.booking.as_ref()?;
        let number = self.index.number(&booking.from.0)?;
        let is_day = |n: &usize| {
            matches!(
                self.index.questions[*n].kind,
                Kind::Date { .. } | Kind::DateRange { .. }
            )
        };
        match &self.index.questions[number].kind {
            Kind::Computed { value, .. } => self.index.deciders(&[value]).into_iter().find(|n| is_day(n)),
            _ => Some(number),
        }
    }

    /// The answers on another day, when the house is free; the other days of the event move along.
    fn free_day(&mut self, answers: Value, pinned: &BTreeSet<usize>) -> Option<Value> {
        let number = self.day_question()?;
        if pinned.contains(&number) {
            return None;
        }
        let (from, to) = self.span(number);
        let start = self.rng.between(0, to - from);
        for step in 0..=(to - from) {
            let day = days::add(
                self.index.cx.today,
                i32::try_from(from + (start + step) % (to - from + 1)).ok()?,
            );
            let moved = self.on_day(&answers, day);
            let settled = self.settle_quickly(&moved);
            if self.booking(&settled).is_some() && !self.clashes(&settled) {
                return Some(moved);
            }
        }
        None
    }

    /// First and last day of the day question, in days from today.
    pub fn span(&self, number: usize) -> (i64, i64) {
        let reader = crate::answers::value::Reader {
            service: self.index.service,
            cx: self.index.cx,
        };
        let (min, max) = match &self.index.questions[number].kind {
            Kind::Date { min, max } | Kind::DateRange { min, max } => (min.as_ref(), max.as_ref()),
            _ => (None, None),
        };
        let today = self.index.cx.today;
        let from = reader.day(min).map_or(0, |day| i64::from((day - today).get_days()));
        let to = reader
            .day(max)
            .map_or(from + 730, |day| i64::from((day - today).get_days()));
        (from, to.max(from))
    }

    /// Moves the day question to `day`, and every other date and range that hangs on it by as much.
    pub fn on_day(&self, answers: &Value, day: Date) -> Value {
        let Some(number) = self.day_question() else {
            return answers.clone();
        };
        let first = |value: &Value| {
            value
                .as_str()
                .or_else(|| value.get("from")?.as_str())?
                .parse::<Date>()
                .ok()
        };
        let path = &self.index.questions[number].id;
        let Some(old) = at(answers, path).and_then(first) else {
            return answers.clone();
        };
        let by = (day - old).get_days();
        let later = |text: &Value| {
            text.as_str()
                .and_then(|t| t.parse::<Date>().ok())
                .map(|d| days::add(d, by).to_string())
        };
        let mut moved = answers.clone();
        for question in &self.index.questions {
            let value = at(answers, &question.id);
            let new = match (&question.kind, value) {
                (Kind::Date { .. }, Some(text)) => later(text).map(Value::from),
                (Kind::DateRange { .. }, Some(range)) => {
                    let end = |key| range.get(key).and_then(later);
                    end("from")
                        .zip(end("to"))
                        .map(|(from, to)| serde_json::json!({ "from": from, "to": to }))
                }
                _ => None,
            };
            if let Some(new) = new {
                put(&mut moved, &question.id, new);
            }
        }
        moved
    }

    /// Answers with computed values, without hiding anything: enough to know the booking.
    fn settle_quickly(&self, answers: &Value) -> Value {
        let mut answers = answers.clone();
        for number in (0..self.index.questions.len()).filter(|n| self.index.is_computed(*n)) {
            let Kind::Computed { value, .. } = &self.index.questions[number].kind else {
                continue;
            };
            let value = Scope::new(&answers, self.index.service, self.index.cx)
                .value(value)
                .ok();
            self.set(&mut answers, number, value.filter(|value| !value.is_null()));
        }
        answers
    }
}
