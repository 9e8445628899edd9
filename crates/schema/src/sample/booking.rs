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
const LONG: i64 = 6 * 60;
/// Days of the calendar that are looked at for one booking, each with a full reading of the form.
const LOOKED_AT: usize = 4;
/// A booked time, in minutes of an endless calendar.
#[derive(Debug, Clone)]
pub(super) struct Taken {
    pub room: String,
    pub from: i64,
    pub to: i64,
}

impl Solver<'_> {
    /// The booking of answers that hold their computed values.
    pub fn booking(&self, answers: &Value) -> Option<Taken> {
        let booking = self.index.service.booking.as_ref()?;
        let room = at(answers, &booking.room)?.as_str()?.to_owned();
        let day = |path: &str, key: &str| {
            let value = at(answers, path)?;
            let day: Date = value.as_str().or_else(|| value.get(key)?.as_str())?.parse().ok()?;
            Some(i64::from((day - Date::constant(2000, 1, 1)).get_days()) * 24 * 60)
        };
        let time = |path: &str| minutes(at(answers, path)?.as_str()?);
        let from = day(&booking.from.0, "from")? + time(&booking.from.1)?;
        let to = day(&booking.to.0, "to")? + time(&booking.to.1)?;
        Some(Taken {
            room,
            from,
            to: if to <= from { to + 24 * 60 } else { to },
        })
    }

    /// Whether the answers book what an earlier sample has: any room at that time, or, once the calendar is full, the
    /// same house (a hall and its halves).
    pub fn clashes(&self, answers: &Value) -> bool {
        self.booking(answers).is_some_and(|new| self.overlaps(&new))
    }

    fn overlaps(&self, new: &Taken) -> bool {
        let same = |old: &Taken| !self.full || self.house(&new.room) == self.house(&old.room);
        self.taken
            .iter()
            .any(|old| new.from < old.to && old.from < new.to && same(old))
    }

    /// The whole that a room is a part of, or the room.
    fn house<'s>(&'s self, room: &'s str) -> &'s str {
        let mut at = room;
        // A hall of halves of halves: never deeper, and never in a circle.
        for _ in 0..8 {
            match self.part_of.get(at) {
                Some(whole) => at = whole,
                None => break,
            }
        }
        at
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

    /// The same and what rules tie to it: together they make a booking possible.
    pub fn booking_block(&self) -> Vec<usize> {
        let deciders = self.booking_deciders();
        let mut block: BTreeSet<usize> = deciders.iter().copied().collect();
        for rule in &self.index.service.form.rules {
            let exprs: Vec<_> = std::iter::once(&rule.must).chain(&rule.when).collect();
            let read = self.index.deciders(&exprs);
            if read.iter().any(|number| deciders.contains(number)) {
                block.extend(read);
            }
        }
        block
            .into_iter()
            .filter(|number| !self.index.is_computed(*number))
            .collect()
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

    /// The answers at a time when the house is free: on another day, at other hours, once the calendar is full in another
    /// room. The other days and times of the event move along.
    pub fn free_day(&mut self, answers: &Value, pinned: &BTreeSet<usize>) -> Option<Value> {
        let number = self.day_question().filter(|number| !pinned.contains(number))?;
        // Unmoved first.
        let mut hours: Vec<i64> = (0..24).collect();
        self.rng.shuffle(&mut hours[1..]);
        for full in [false, true] {
            // From now on other houses may be booked at the same time.
            self.full |= full;
            for answers in self.in_rooms(answers, pinned) {
                let found = hours.iter().find_map(|hours| {
                    let later = self.at_hours(&answers, *hours, pinned)?;
                    self.free_in(&later, number)
                });
                if found.is_some() {
                    return found;
                }
            }
        }
        None
    }

    /// The answers, and once the calendar is full the same in each other room.
    fn in_rooms(&self, answers: &Value, pinned: &BTreeSet<usize>) -> Vec<Value> {
        let mut all = vec![answers.clone()];
        let room = self.room_question().filter(|room| self.full && !pinned.contains(room));
        for (room, other) in room
            .into_iter()
            .flat_map(|room| self.pools[room].all.iter().flatten().map(move |o| (room, o)))
        {
            let mut elsewhere = answers.clone();
            self.set(&mut elsewhere, room, Some(other.clone()));
            all.push(elsewhere);
        }
        all
    }

    /// All times of the booking so many hours later, around the clock.
    fn at_hours(&self, answers: &Value, hours: i64, pinned: &BTreeSet<usize>) -> Option<Value> {
        if hours == 0 {
            return Some(answers.clone());
        }
        let mut later = answers.clone();
        for number in self.booking_block() {
            let question = self.index.questions[number];
            if !matches!(question.kind, Kind::Time { .. }) {
                continue;
            }
            let Some(time) = at(answers, &question.id).and_then(Value::as_str).and_then(minutes) else {
                continue;
            };
            if pinned.contains(&number) {
                return None;
            }
            let time = (time + hours * 60).rem_euclid(24 * 60);
            self.set(
                &mut later,
                number,
                Some(format!("{:02}:{:02}", time / 60, time % 60).into()),
            );
        }
        Some(later)
    }

    fn room_question(&self) -> Option<usize> {
        self.index.number(&self.index.service.booking.as_ref()?.room)
    }

    /// The answers on a day when their room is free.
    fn free_in(&self, answers: &Value, number: usize) -> Option<Value> {
        let booking = self.booking(&self.with_computed(answers))?;
        let path = &self.index.questions[number].id;
        let today = self.index.cx.today;
        let old = i64::from((first_day(at(answers, path)?)? - today).get_days());
        let (from, to) = self.span(number);
        let days = self.good_days.clone().unwrap_or_else(|| (from..=to).collect());
        // Beginning anywhere, but the same for the same answers: no random numbers are needed here.
        let start = self.taken.len().wrapping_mul(7919) % days.len().max(1);
        let around = (0..days.len()).map(|step| days[(start + step) % days.len()]);
        let free = around.filter(|day| {
            let by = (day - old) * 24 * 60;
            let moved = Taken {
                room: booking.room.clone(),
                from: booking.from + by,
                to: booking.to + by,
            };
            !self.overlaps(&moved)
        });
        let moved = free.take(LOOKED_AT).map(|day| self.on_day(answers, self.day(day)));
        let mut right = moved.filter(|moved| {
            let settled = self.settle(moved);
            self.problems(&settled).is_empty() && !self.clashes(&settled.answers)
        });
        right.next()
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
        let path = &self.index.questions[number].id;
        let Some(old) = at(answers, path).and_then(first_day) else {
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

fn first_day(value: &Value) -> Option<Date> {
    value.as_str().or_else(|| value.get("from")?.as_str())?.parse().ok()
}
