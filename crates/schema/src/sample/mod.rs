//! Sets of answers made from form, rules and parameters: right ones, and ones with one broken answer.
//!
//! Each question is given a value that is right in itself; then whatever is still wrong (a rule, an exit, a booking) is
//! mended by changing the answers that decide it. While there are ways of a rule or answers that no sample took yet, each
//! sample is bent towards one of them. What cannot be reached is given up after some tries.

mod booking;
mod broken;
mod coverage;
mod index;
mod pattern;
mod pool;
mod rng;
mod solve;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::answers::settle::{Settled, remove};
use crate::rules::Scope;
use crate::{Context, ErrorKind, Expr, Kind, Service};
use broken::{Breach, breaches};
pub use coverage::Coverage;
use coverage::{Choice, Goal};
use index::Index;
use rng::Rng;
use solve::{Booked, Solver};

/// Tries for one wish before it is given up.
const GIVE_UP: u8 = 2;
/// The same for a mistake: sooner or later a set comes that it can be made in.
const UNBREAKABLE: u8 = 10;
/// Tries for a plain sample before there is none.
const PLAIN: usize = 40;
/// Tries for the first sample of all.
const FIRST: usize = 12;
/// Right samples kept to break.
const KEPT: usize = 24;

/// Makes samples; the same seed makes the same samples.
pub struct Sampler<'a> {
    solver: Solver<'a>,
    coverage: Coverage<'a>,
    /// How often each goal was tried in vain.
    failed: Vec<u8>,
    next_goal: usize,
    /// Samples so far: their number spreads the bookings over the days.
    made: usize,
    breaches: Vec<(Breach, u8)>,
    next_breach: usize,
    /// Right samples to break.
    kept: Vec<Value>,
    /// Questions that make up a booking, and right samples with a short one.
    block: Vec<usize>,
    short: Vec<Value>,
}

impl<'a> Sampler<'a> {
    pub fn new(service: &'a Service, cx: &'a Context, seed: u64) -> Self {
        let coverage = Coverage::new(service, cx);
        let solver = Solver::new(Index::new(service, cx), seed);
        // In another order for each seed: a few samples show mistakes at different fields.
        let mut breaches: Vec<(Breach, u8)> = breaches(service, cx).into_iter().map(|breach| (breach, 0)).collect();
        Rng::new(seed).shuffle(&mut breaches);
        Sampler {
            block: solver.booking_block(),
            short: Vec::new(),
            solver,
            failed: vec![0; coverage.goals.len()],
            coverage,
            next_goal: 0,
            made: 0,
            breaches,
            next_breach: 0,
            kept: Vec::new(),
        }
    }

    /// What the samples so far took.
    pub fn coverage(&self) -> &Coverage<'a> {
        &self.coverage
    }

    /// Says which rooms are parts of another (half → hall): they block each other.
    pub fn parts(&mut self, part_of: BTreeMap<String, String>) {
        self.solver.part_of = part_of;
    }

    /// Aims at these goals of [`Coverage::missed`] and these mistakes of [`Coverage::unbroken`] only.
    pub fn aim_at(&mut self, labels: &[String]) {
        for (breach, tries) in &mut self.breaches {
            if !labels.contains(&breach.label()) {
                *tries = UNBREAKABLE;
            }
        }
        for ((label, _), failed) in self.coverage.goals.iter().zip(&mut self.failed) {
            if !labels.contains(label) {
                *failed = GIVE_UP;
            }
        }
    }

    /// The next valid set of answers, canonical; none if the rules leave no way or the rooms are full.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Option<Value> {
        // Where nothing was found so far, there may be no way at all: then a few tries tell.
        let tries = if self.made == 0 { FIRST } else { PLAIN };
        let aimed = if self.made == 0 { None } else { self.aimed() };
        let found = aimed.or_else(|| (0..tries).find_map(|_| self.plain()))?;
        let settled = self.solver.settle(&found);
        self.coverage.take_settled(&settled);
        self.solver.taken.extend(self.solver.booking(&settled.answers));
        if self.made == KEPT {
            self.solver.learn_days(&found);
        }
        let long = self.solver.is_long(&settled.answers);
        if !long && self.short.len() < KEPT && !self.block.is_empty() {
            self.short.push(found.clone());
        }
        self.made += 1;
        let answers = sendable(&settled);
        if self.kept.len() < KEPT {
            self.kept.push(found);
        } else if !long {
            let place = self.solver.rng.below(KEPT);
            self.kept[place] = found;
        }
        Some(answers)
    }

    /// A set with exactly one broken answer: answers, path of the error, kind. Goes around all fields and kinds; none if
    /// nothing can be broken.
    pub fn broken(&mut self) -> Option<(Value, String, ErrorKind)> {
        while self.kept.len() < 4 {
            self.next()?;
        }
        for _ in 0..self.breaches.len() * 2 {
            let number = self.next_breach % self.breaches.len();
            self.next_breach += 1;
            let (breach, tries) = self.breaches[number].clone();
            if tries >= UNBREAKABLE {
                continue;
            }
            match self.spoiled(&breach) {
                Some(answers) => {
                    let at = breach.at.clone();
                    self.coverage.take_broken(&answers, &at, &breach.kind());
                    self.breaches[number].1 = 0;
                    return Some((answers, at, breach.kind()));
                }
                None => self.breaches[number].1 += 1,
            }
        }
        None
    }

    /// A plain sample: mended until nothing is wrong.
    fn plain(&mut self) -> Option<Value> {
        let fresh = self.fresh();
        self.solver.mend(fresh, &BTreeSet::new(), Booked::Short, None)
    }

    /// A set with every question answered, on a day of its own.
    fn fresh(&mut self) -> Value {
        let fresh = self.drawn();
        let mut fresh = fresh;
        // A short booking that is known to be possible, mostly: then many fit into the calendar.
        if !self.short.is_empty() && self.solver.rng.chance(7, 8) {
            let place = self.solver.rng.below(self.short.len());
            for number in self.block.clone() {
                let value = crate::at(&self.short[place], &self.solver.index.questions[number].id).cloned();
                self.solver.set(&mut fresh, number, value);
            }
        }
        match self.solver.day_for(self.made) {
            Some(day) => self.solver.on_day(&fresh, day),
            None => fresh,
        }
    }

    /// New answers throughout, or a right sample with some of its answers drawn anew: that needs less mending.
    fn drawn(&mut self) -> Value {
        if self.kept.len() < KEPT || self.solver.rng.chance(1, 8) {
            return self.solver.fresh();
        }
        let place = self.solver.rng.below(self.kept.len());
        let mut answers = self.kept[place].clone();
        for number in 0..self.solver.index.questions.len() {
            if self.solver.rng.chance(1, 5) {
                let value = self.solver.draw(number);
                self.solver.set(&mut answers, number, value);
            }
        }
        answers
    }

    /// A sample that takes the next goal that none took.
    fn aimed(&mut self) -> Option<Value> {
        let goals = self.coverage.goals.len();
        for step in 0..goals {
            let number = (self.next_goal + step) % goals;
            if self.coverage.taken[number] || self.failed[number] >= GIVE_UP {
                continue;
            }
            self.next_goal = number + 1;
            let goal = self.coverage.goals[number].1.clone();
            // A goal is met only if the sample as a whole meets it: mending may undo it.
            let found = self
                .towards(&goal)
                .filter(|answers| coverage::holds(&goal, &self.solver.settle(answers)));
            if found.is_none() {
                self.failed[number] += 1;
            }
            return found;
        }
        None
    }

    fn towards(&mut self, goal: &Goal) -> Option<Value> {
        let fresh = match self.kept.is_empty() {
            true => self.fresh(),
            // From a right sample less is to mend; its day is taken.
            false => {
                let kept = self.solver.rng.pick(&self.kept).cloned()?;
                if self.solver.rng.chance(1, 2) {
                    kept
                } else {
                    self.fresh()
                }
            }
        };
        let none = BTreeSet::new();
        let (changed, pinned) = match goal {
            Goal::Branch(branch) => {
                let shown = self.show(fresh, &[&branch.expr])?;
                let wanted = |s: &Scope<'_>| s.bool(&branch.expr) == Ok(branch.want);
                let changed = self.solver.wish(&shown, &[&branch.expr], &none, &wanted)?;
                (changed, self.solver.index.reads(&branch.expr))
            }
            Goal::Choice(number, choice) => {
                let mut changed = self.visible(fresh, *number)?;
                let question = self.solver.index.questions[*number];
                let fits = |value: &Option<Value>| coverage::chosen(choice, value.as_ref(), question.may_stay_open);
                let values: Vec<Option<Value>> = self.solver.pools[*number]
                    .all
                    .iter()
                    .filter(|v| fits(v))
                    .cloned()
                    .collect();
                let value = match choice {
                    Choice::Absent => None,
                    _ => Some(self.solver.rng.pick(&values).cloned().flatten()?),
                };
                self.solver.set(&mut changed, *number, value);
                (changed, BTreeSet::from([*number]))
            }
        };
        // First with the goal's answers held fast, then with their neighbours free to move.
        let computed = |number: &usize| self.solver.index.is_computed(*number);
        let pinned: BTreeSet<usize> = pinned.into_iter().filter(|number| !computed(number)).collect();
        let first = self.solver.mend(changed.clone(), &pinned, Booked::Short, None);
        let met = first.filter(|answers| coverage::holds(goal, &self.solver.settle(answers)));
        met.or_else(|| self.solver.mend(changed, &none, Booked::Apart, None))
    }

    /// Changes answers so that the questions that an expression reads are shown, as far as that works.
    fn show(&mut self, mut answers: Value, exprs: &[&Expr]) -> Option<Value> {
        for expr in exprs {
            for number in self.solver.index.reads(expr) {
                if let Some(shown) = self.visible(answers.clone(), number) {
                    answers = shown;
                }
            }
        }
        Some(answers)
    }

    /// Changes answers so that one question is shown.
    fn visible(&mut self, answers: Value, number: usize) -> Option<Value> {
        let question = self.solver.index.questions[number];
        let page = &self.solver.index.service.form.pages[self.solver.index.pages[number]];
        let exprs: Vec<&Expr> = [page.when.as_ref(), question.when.as_ref()]
            .into_iter()
            .flatten()
            .collect();
        if exprs.is_empty() {
            return Some(answers);
        }
        let shown = |s: &Scope<'_>| exprs.iter().all(|expr| s.bool(expr) == Ok(true));
        self.solver.wish(&answers, &exprs, &BTreeSet::from([number]), &shown)
    }

    /// The answers that show a question.
    fn shown_by(&self, number: usize) -> BTreeSet<usize> {
        let index = &self.solver.index;
        let page = &index.service.form.pages[index.pages[number]];
        let whens = [page.when.as_ref(), index.questions[number].when.as_ref()]
            .into_iter()
            .flatten();
        let mut shown: BTreeSet<usize> = whens.flat_map(|when| index.reads(when)).collect();
        shown.retain(|read| !index.is_computed(*read));
        shown
    }

    fn spoiled(&mut self, breach: &Breach) -> Option<Value> {
        let head = breach.at.split('.').next().unwrap_or_default();
        let index = &self.solver.index;
        let number = index.number(&breach.at).or_else(|| index.number(head))?;
        for _ in 0..6 {
            let kept = self.solver.rng.pick(&self.kept).cloned()?;
            let shown = self.visible(kept, number)?;
            let mut ready = shown;
            // Something there that can be broken: an item of a group, above all.
            if let Kind::Group { .. } = self.solver.index.questions[number].kind {
                let given: Vec<Value> = self.solver.pools[number]
                    .all
                    .iter()
                    .flatten()
                    .filter(|v| v.is_array())
                    .cloned()
                    .collect();
                let value = self.solver.rng.pick(&given).cloned();
                self.solver.set(&mut ready, number, value);
            }
            // What shows it is held fast, its own value may move, but for a group that was put there on purpose.
            let mut held = self.shown_by(number);
            if matches!(self.solver.index.questions[number].kind, Kind::Group { .. }) {
                held.insert(number);
            }
            let held = self.solver.mend(ready, &held, Booked::Anyhow, None);
            let Some(ready) = held else { continue };
            if let Some(spoiled) = self.solver.spoil(&ready, breach) {
                return Some(trimmed(&self.solver.settle(&spoiled), spoiled));
            }
        }
        None
    }
}

/// The answers that a client sends: shown questions, without what is worked out.
fn sendable(settled: &Settled<'_>) -> Value {
    let mut answers = settled.answers.clone();
    for read in settled
        .reads
        .iter()
        .filter(|read| matches!(read.question.kind, Kind::Computed { .. }))
    {
        remove(&mut answers, &read.question.id);
    }
    answers
}

/// Broken answers without those of hidden questions.
fn trimmed(settled: &Settled<'_>, mut answers: Value) -> Value {
    for read in settled
        .reads
        .iter()
        .filter(|read| !read.shown || matches!(read.question.kind, Kind::Computed { .. }))
    {
        remove(&mut answers, &read.question.id);
    }
    answers
}
