//! Making answers right: what is wrong with a set, and which answers to change so that a rule comes out as wanted.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::booking::Taken;
use super::index::Index;
use super::pool::{self, Pool};
use super::rng::Rng;
use crate::answers::settle::{Settled, put, remove};
use crate::rules::Scope;
use crate::{ErrorKind, Exit, Expr, Kind, RawAnswers, Rule};

/// Changes of several answers at once that are tried before giving up.
const TRIES: usize = 60;
/// Full readings of the form for one wish: each is dear.
const READINGS: usize = 16;
/// Problems that are mended one after the other in a set.
const ROUNDS: usize = 16;
/// How often the same rule is mended in a set.
const PATIENCE: usize = 3;

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

/// How a booking is to lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Booked {
    /// Anywhere.
    Anyhow,
    /// Apart from those before.
    Apart,
    /// Apart, and no longer than it takes: then many fit into the calendar.
    Short,
}

/// Where a search for a change stands.
struct Search {
    /// Problems that may be left.
    allowed: usize,
    /// Rules that may be broken at sight: hidden answers count there too, so it is measured against the start.
    harmless: usize,
    /// Full readings that may still be made.
    readings: usize,
    /// The change with the fewest problems so far.
    best: Option<(usize, Value)>,
    /// The same among those that a quick look already found harmful: for want of better.
    harmful: Option<(usize, Value)>,
}

impl Search {
    fn found(self) -> Option<Value> {
        self.best.map(|(_, answers)| answers)
    }
}

/// What is wished of answers.
type Test<'t, 'a> = dyn Fn(&Solver<'a>, &Scope<'_>) -> bool + 't;

pub(super) struct Solver<'a> {
    pub index: Index<'a>,
    pub pools: Vec<Pool>,
    pub rng: Rng,
    /// Bookings of samples so far.
    pub taken: Vec<Taken>,
    /// There is no time left at which no room is booked.
    pub full: bool,
    /// Parts of a whole: half → hall.
    pub part_of: BTreeMap<String, String>,
    /// Days, counted from today, on which a right sample stays right; unknown until there is one.
    pub good_days: Option<Vec<i64>>,
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
            full: false,
            part_of: BTreeMap::new(),
            good_days: None,
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

    /// Changes answers, but none of `pinned`, until nothing is wrong. `but` is a rule that is meant to stay broken; what
    /// else is wrong at its field does not matter, for a field has one error.
    pub fn mend(
        &mut self,
        mut answers: Value,
        pinned: &BTreeSet<usize>,
        booked: Booked,
        but: Option<&Rule>,
    ) -> Option<Value> {
        let mut long = booked == Booked::Short;
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        for _ in 0..ROUNDS {
            let settled = self.settle(&answers);
            let meant =
                |problem: &Problem<'_>| matches!((problem, but), (Problem::Rule(r), Some(b)) if r.field == b.field);
            let mut problems: Vec<_> = self.problems(&settled).into_iter().filter(|p| !meant(p)).collect();
            if problems.is_empty() && long && self.is_long(&settled.answers) {
                // Once: some ways need a long booking.
                long = false;
                let short = |solver: &Self, s: &Scope<'_>| !solver.is_long(s.answers);
                let deciders = self.booking_deciders();
                if let Some(shorter) = self.change(&answers, &deciders, pinned, (0, false), &short) {
                    answers = shorter;
                    continue;
                }
            }
            if problems.is_empty() && booked != Booked::Anyhow && self.clashes(&settled.answers) {
                problems.push(Problem::Clash);
            }
            let left = problems.len().saturating_sub(1);
            answers = match problems.first() {
                None => return Some(answers),
                Some(Problem::Exit(exit)) => {
                    let avoided = |_: &Self, s: &Scope<'_>| s.bool(&exit.when) != Ok(true);
                    self.change(
                        &answers,
                        &self.index.deciders(&[&exit.when]),
                        pinned,
                        (left, true),
                        &avoided,
                    )?
                }
                Some(Problem::Rule(rule)) => {
                    // What comes back again and again has no way out with these answers.
                    let again = seen.entry(&rule.id).or_insert(0);
                    *again += 1;
                    if *again > PATIENCE {
                        return None;
                    }
                    let exprs: Vec<&Expr> = std::iter::once(&rule.must).chain(&rule.when).collect();
                    let kept = |_: &Self, s: &Scope<'_>| {
                        s.holds(rule.when.as_ref()) != Ok(true) || s.bool(&rule.must) != Ok(false)
                    };
                    self.change(&answers, &self.index.deciders(&exprs), pinned, (left, true), &kept)?
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
                Some(Problem::Clash) => self.free_day(&answers, pinned)?,
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
        let settled = self.settle(answers);
        if test(&settled.scope()) {
            return Some(answers.clone());
        }
        let problems = self.problems(&settled).len();
        self.change(
            answers,
            &self.index.deciders(exprs),
            pinned,
            (problems, false),
            &|_, scope| test(scope),
        )
    }

    /// The same where the test is known to fail with the answers as they are. Prefers changes after which no more than
    /// `allowed` problems are left. `solves`: the wish is to be rid of one of them.
    fn change(
        &mut self,
        answers: &Value,
        deciders: &[usize],
        pinned: &BTreeSet<usize>,
        (allowed, solves): (usize, bool),
        test: &Test<'_, 'a>,
    ) -> Option<Value> {
        let computed = self.index.computed_below(deciders);
        let mut free = deciders.to_vec();
        free.retain(|number| !pinned.contains(number) && !self.index.is_computed(*number));
        free.truncate(12);
        let harmless = self.harm(answers).saturating_sub(usize::from(solves));
        let mut search = Search {
            allowed,
            harmless,
            readings: READINGS,
            best: None,
            harmful: None,
        };
        // One answer, nearest first; by a quick look before the form is read in full.
        for number in &free {
            for value in self.values(*number, answers) {
                let mut changed = answers.clone();
                self.set(&mut changed, *number, value);
                if self.quickly(&changed, &computed, test) && self.weighed(changed, test, &mut search) {
                    return search.found();
                }
            }
        }
        // Several at once.
        for _ in 0..TRIES {
            let changed = self.several(answers, &free);
            if self.quickly(&changed, &computed, test) && self.weighed(changed, test, &mut search) {
                return search.found();
            }
        }
        if let (None, Some((_, harmful))) = (&search.best, search.harmful.take()) {
            self.confirmed(harmful, test, &mut search);
        }
        // The quick look does not hide anything: what depends on that needs full readings.
        if search.best.is_none() {
            search.readings = READINGS;
            while search.readings > 0 && !free.is_empty() {
                let changed = self.several(answers, &free);
                if self.confirmed(changed, test, &mut search) {
                    return search.found();
                }
            }
        }
        search.found()
    }

    fn several(&mut self, answers: &Value, free: &[usize]) -> Value {
        let mut changed = answers.clone();
        let count = 1 + self.rng.below(free.len().min(5));
        for _ in 0..count {
            // The nearer an answer, the more often.
            let reach = 1 + self.rng.below(free.len());
            let Some(number) = free.get(self.rng.below(reach)).copied() else {
                continue;
            };
            let value = self.likely(number, &changed);
            self.set(&mut changed, number, value);
        }
        changed
    }

    /// A value for one of several changes: left out, near another answer, a sample, or any.
    fn likely(&mut self, number: usize, answers: &Value) -> Option<Value> {
        if self.index.questions[number].optional && self.rng.chance(1, 3) {
            return None;
        }
        let near = pool::relative(&self.index, self.index.questions[number], answers);
        if !near.is_empty() && self.rng.chance(1, 2) {
            return self.rng.pick(&near).cloned();
        }
        self.draw(number)
    }

    /// All values for one answer, what is near another answer at the front half of the time.
    fn values(&mut self, number: usize, answers: &Value) -> Vec<Option<Value>> {
        let near = pool::relative(&self.index, self.index.questions[number], answers);
        let mut values: Vec<Option<Value>> = near.into_iter().map(Some).collect();
        let first = if self.rng.chance(1, 2) { values.len() } else { 0 };
        values.extend(self.pools[number].all.iter().cloned());
        self.rng.shuffle(&mut values[first..]);
        values
    }

    /// A change that passed the quick look: read in full, unless it breaks other rules at sight.
    fn weighed(&self, answers: Value, test: &Test<'_, 'a>, search: &mut Search) -> bool {
        let harm = self.harm(&answers);
        if harm <= search.harmless {
            return self.confirmed(answers, test, search);
        }
        if search.harmful.as_ref().is_none_or(|(least, _)| harm < *least) {
            search.harmful = Some((harm, answers));
        }
        false
    }

    /// Rules broken and exits that hold, at sight.
    fn harm(&self, answers: &Value) -> usize {
        let answers = self.with_computed(answers);
        let scope = Scope::new(&answers, self.index.service, self.index.cx);
        let form = &self.index.service.form;
        let broken = |r: &&Rule| scope.bool(&r.must) == Ok(false) && scope.holds(r.when.as_ref()) == Ok(true);
        let exits = form
            .exits
            .iter()
            .filter(|exit| scope.bool(&exit.when) == Ok(true))
            .count();
        form.rules.iter().filter(broken).count() + exits
    }

    /// The test on the answers as they are, with computed values but without hiding anything.
    fn quickly(&self, answers: &Value, computed: &[usize], test: &Test<'_, 'a>) -> bool {
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
        test(self, &Scope::new(&answers, service, cx))
    }

    /// Reads the form in full; true if the search is over. A change that does harm elsewhere is kept for want of better.
    fn confirmed(&self, answers: Value, test: &Test<'_, 'a>, search: &mut Search) -> bool {
        if search.readings == 0 {
            return search.best.is_some();
        }
        search.readings -= 1;
        let settled = self.settle(&answers);
        if !test(self, &settled.scope()) {
            return false;
        }
        let problems = self.problems(&settled).len();
        if search.best.as_ref().is_none_or(|(least, _)| problems < *least) {
            search.best = Some((problems, answers));
        }
        problems <= search.allowed
    }
}
