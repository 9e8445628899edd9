//! Bookings of samples: each at a time of its own, spread over the days that the rules allow.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde_json::{Value, json};

use super::solve::Solver;
use crate::answers::settle::put;
use crate::answers::time::minutes;
use crate::answers::value::Reader;
use crate::rules::Scope;
use crate::{Kind, at, days};

/// A booking longer than this, in minutes, takes days that others could have.
const LONG: i64 = 14 * 60;
/// Days of the calendar that are looked at for one booking, each with a full reading of the form.
const LOOKED_AT: usize = 40;

/// A booked time, in minutes of an endless calendar. Which room does not matter: halves of a hall block the whole.
#[derive(Debug, Clone)]
pub(super) struct Taken {
    pub from: i64,
    pub to: i64,
}

impl Solver<'_> {
    /// The booking of answers that hold their computed values.
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

    pub fn clashes(&self, answers: &Value) -> bool {
        let overlaps = |new: &Taken| self.taken.iter().any(|old| new.from < old.to && old.from < new.to);
        self.booking(answers).is_some_and(|new| overlaps(&new))
    }

    pub fn is_long(&self, answers: &Value) -> bool {
        self.booking(answers)
            .is_some_and(|booking| booking.to - booking.from > LONG)
    }

    /// Questions that decide when a booking begins and ends.
    pub fn booking_deciders(&self) -> Vec<usize> {
        let Some(booking) = &self.index.service.booking else {
            return Vec::new();
        };
        let paths = [&booking.from.1, &booking.to.1, &booking.from.0, &booking.to.0];
        self.index
            .closure(paths.into_iter().filter_map(|path| self.index.number(path)).collect())
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

    /// Learns from a right sample on which days it would be right too.
    pub fn learn_days(&mut self, answers: &Value) {
        let Some(number) = self.day_question().filter(|_| self.good_days.is_none()) else {
            return;
        };
        let (from, to) = self.span(number);
        let good = |day: &i64| {
            let moved = self.on_day(answers, self.day(*day));
            self.problems(&self.settle(&moved)).is_empty()
        };
        self.good_days = Some((from..=to).filter(good).collect());
    }

    /// The day for the sample of this number: one after the other.
    pub fn day_for(&self, made: usize) -> Option<Date> {
        let number = self.day_question()?;
        match &self.good_days {
            Some(days) if !days.is_empty() => Some(self.day(days[made % days.len()])),
            _ => {
                let (from, to) = self.span(number);
                Some(self.day(from + i64::try_from(made).unwrap_or(0) % (to - from + 1)))
            }
        }
    }

    fn day(&self, ahead: i64) -> Date {
        days::add(self.index.cx.today, i32::try_from(ahead).unwrap_or(0))
    }

    /// The answers on another day, when the house is free; the other days of the event move along.
    pub fn free_day(&mut self, answers: &Value, pinned: &BTreeSet<usize>) -> Option<Value> {
        let number = self.day_question()?;
        if pinned.contains(&number) {
            return None;
        }
        let (from, to) = self.span(number);
        let days = self.good_days.clone().unwrap_or_else(|| (from..=to).collect());
        let start = self.rng.below(days.len());
        let around = (0..days.len()).map(|step| days[(start + step) % days.len()]);
        let moved = around.map(|ahead| self.on_day(answers, self.day(ahead)));
        let free = moved.filter(|moved| {
            let answers = self.with_computed(moved);
            self.booking(&answers).is_some() && !self.clashes(&answers)
        });
        free.take(LOOKED_AT)
            .find(|moved| self.problems(&self.settle(moved)).is_empty())
    }

    /// First and last day of the day question, in days from today.
    fn span(&self, number: usize) -> (i64, i64) {
        let reader = Reader {
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
        (from, to.clamp(from, from + 3_000))
    }

    /// Moves the day question to `day`, and every other date and range by as much.
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
                        .map(|(from, to)| json!({ "from": from, "to": to }))
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
    pub fn with_computed(&self, answers: &Value) -> Value {
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
