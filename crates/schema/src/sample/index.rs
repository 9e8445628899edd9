//! A service's expressions and which questions they read, also through computed values, regime and room.

use std::collections::BTreeSet;

use crate::rules::{self, Literals};
use crate::{Context, Expr, Kind, Question, Service};

/// The questions of a form by number, in their order (as in a settled form).
pub(super) struct Index<'a> {
    pub service: &'a Service,
    pub cx: &'a Context,
    pub questions: Vec<&'a Question>,
    /// Page of each question.
    pub pages: Vec<usize>,
}

impl<'a> Index<'a> {
    pub fn new(service: &'a Service, cx: &'a Context) -> Self {
        let (mut questions, mut pages) = (Vec::new(), Vec::new());
        for (number, page) in service.form.pages.iter().enumerate() {
            for question in &page.questions {
                questions.push(question);
                pages.push(number);
            }
        }
        Index {
            service,
            cx,
            questions,
            pages,
        }
    }

    pub fn number(&self, path: &str) -> Option<usize> {
        self.questions.iter().position(|q| q.id == path)
    }

    pub fn is_computed(&self, number: usize) -> bool {
        matches!(self.questions[number].kind, Kind::Computed { .. })
    }

    /// Questions that the expression reads itself, the regime's and the room's included.
    pub fn reads(&self, expr: &Expr) -> BTreeSet<usize> {
        let names = rules::references(expr);
        let read = |name: &str| {
            self.questions
                .iter()
                .position(|q| crate::answers::settle::reads_question(name, &q.id))
        };
        let mut found: BTreeSet<usize> = names.answers.iter().filter_map(|name| read(&name.name)).collect();
        for root in &names.roots {
            match root.name.as_str() {
                "regime" => {
                    let rule = self
                        .service
                        .regime_expr
                        .as_ref()
                        .filter(|rule| rule.source != expr.source);
                    found.extend(rule.map(|rule| self.reads(rule)).unwrap_or_default());
                }
                "room" => {
                    found.extend(rules::room_path(self.service).and_then(|path| self.number(path)));
                    let day = self.service.booking.as_ref().map(|b| b.from.0.as_str());
                    found.extend(
                        day.or(self.service.event.date.as_deref())
                            .and_then(|path| self.number(path)),
                    );
                }
                _ => {}
            }
        }
        found
    }

    /// Questions that decide what the expression yields, nearest first: what it reads, what computed values and
    /// visibility of these read, and so on.
    pub fn deciders(&self, exprs: &[&Expr]) -> Vec<usize> {
        let mut seed: Vec<usize> = Vec::new();
        for number in exprs.iter().flat_map(|expr| self.reads(expr)) {
            if !seed.contains(&number) {
                seed.push(number);
            }
        }
        self.closure(seed)
    }

    /// These questions and what decides their values and visibility.
    pub fn closure(&self, seed: Vec<usize>) -> Vec<usize> {
        let mut order = seed;
        let add = |order: &mut Vec<usize>, more: BTreeSet<usize>| {
            more.into_iter().for_each(|number| {
                if !order.contains(&number) {
                    order.push(number)
                }
            });
        };
        let mut next = 0;
        while let Some(number) = order.get(next).copied() {
            let question = self.questions[number];
            if let Kind::Computed { value, .. } = &question.kind {
                add(&mut order, self.reads(value));
            }
            for when in [&question.when, &self.service.form.pages[self.pages[number]].when]
                .into_iter()
                .flatten()
            {
                add(&mut order, self.reads(when));
            }
            next += 1;
        }
        order
    }

    /// Computed questions that the first of these read, in the form's order.
    pub fn computed_below(&self, seed: &[usize]) -> Vec<usize> {
        let mut found: BTreeSet<usize> = seed
            .iter()
            .copied()
            .filter(|number| self.is_computed(*number))
            .collect();
        let mut open: Vec<usize> = found.iter().copied().collect();
        while let Some(number) = open.pop() {
            let Kind::Computed { value, .. } = &self.questions[number].kind else {
                continue;
            };
            open.extend(
                self.reads(value)
                    .into_iter()
                    .filter(|read| self.is_computed(*read) && found.insert(*read)),
            );
        }
        found.into_iter().collect()
    }

    /// All expressions of the service that answers decide.
    pub fn expressions(&self) -> Vec<&'a Expr> {
        let s = self.service;
        let mut all: Vec<Option<&Expr>> = vec![s.regime_expr.as_ref()];
        for page in &s.form.pages {
            all.push(page.when.as_ref());
            for question in &page.questions {
                all.push(question.when.as_ref());
                if let Kind::Computed { value, .. } = &question.kind {
                    all.push(Some(value));
                }
            }
        }
        s.form
            .rules
            .iter()
            .for_each(|r| all.extend([r.when.as_ref(), Some(&r.must)]));
        s.form
            .checks
            .iter()
            .for_each(|c| all.extend([c.when.as_ref(), Some(&c.must)]));
        s.form.exits.iter().for_each(|e| all.push(Some(&e.when)));
        s.fees
            .iter()
            .for_each(|f| all.extend([f.when.as_ref(), Some(&f.cents)]));
        s.conditions.iter().for_each(|c| all.push(c.when.as_ref()));
        s.papers.iter().for_each(|p| all.push(p.when.as_ref()));
        s.consults.iter().for_each(|c| all.push(c.when.as_ref()));
        s.deadlines.iter().for_each(|d| all.push(d.when.as_ref()));
        all.into_iter().flatten().collect()
    }

    /// For each question the values that some rule compares with when it reads it.
    pub fn literals(&self) -> Vec<Literals> {
        let mut out: Vec<Literals> = self.questions.iter().map(|_| Literals::default()).collect();
        for expr in self.expressions() {
            let mut found = rules::literals(expr);
            let names = rules::references(expr);
            for parameter in self
                .service
                .parameters
                .iter()
                .filter(|p| names.params.iter().any(|name| name.name == p.id))
            {
                found.add(self.cx.params.get(&parameter.id).unwrap_or(&parameter.default));
            }
            for name in &names.law {
                self.cx
                    .region
                    .law
                    .get(&name.name)
                    .into_iter()
                    .for_each(|figure| found.add(&figure.value));
            }
            if names.roots.iter().any(|root| root.name == "room") {
                self.cx
                    .rooms
                    .iter()
                    .for_each(|room| found.numbers.extend([room.persons, room.seats]));
            }
            // What a computed value is compared with matters to what it is made of.
            let mut read: BTreeSet<usize> = self.reads(expr);
            for _ in 0..3 {
                let computed = read.iter().filter_map(|number| match &self.questions[*number].kind {
                    Kind::Computed { value, .. } => Some(self.reads(value)),
                    _ => None,
                });
                let more: Vec<usize> = computed.flatten().collect();
                read.extend(more);
            }
            for number in read {
                let to = &mut out[number];
                to.numbers.extend(&found.numbers);
                to.texts.extend(found.texts.iter().cloned());
                to.patterns.extend(found.patterns.iter().cloned());
            }
        }
        for literals in &mut out {
            literals.numbers.sort_unstable();
            literals.numbers.dedup();
            literals.texts.sort();
            literals.texts.dedup();
            literals.patterns.sort();
            literals.patterns.dedup();
        }
        out
    }
}
