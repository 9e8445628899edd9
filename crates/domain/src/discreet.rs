//! Nothing below five cases is shown, nor can it be worked out from what is. A number below five is [`Shown::Few`]; where
//! a sum and the other numbers would give it away, further ones are [`Shown::Hidden`].
//!
//! A table with its sums is a net: each row and each column (that of the sums, too) is a knot whose numbers balance, each
//! number a thread between two knots. What is not shown can be another number exactly if a round of one up, one down leads
//! through its thread over others that are not shown, and each stays what it is said to be: fewer than five, or five and
//! more. Such nets are totally unimodular: where there is no such round, the number is determined; where there is one, it is
//! not. Behind none there is nobody: a nought is not shown either, but it need not be kept from being worked out.
//! Decision 33 says more.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// From so many on a number is shown.
pub const SHOWN_FROM: i64 = 5;

/// A number as it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    Count(i64),
    /// Fewer than five, none included.
    Few,
    /// Not shown, so that nothing else can be worked out.
    Hidden,
}

impl Shown {
    /// A number that stands in no sum.
    pub fn alone(n: i64) -> Shown {
        if n < SHOWN_FROM { Shown::Few } else { Shown::Count(n) }
    }

    pub fn count(self) -> Option<i64> {
        match self {
            Shown::Count(n) => Some(n),
            Shown::Few | Shown::Hidden => None,
        }
    }
}

/// A part that is shown beside its whole: if the rest is fewer than five, the whole stands for the part.
pub fn part(part: i64, whole: i64) -> Shown {
    let rest = whole - part;
    Shown::alone(if (1..SHOWN_FROM).contains(&rest) { whole } else { part })
}

/// A table and its sums.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Rows of columns.
    pub cells: Vec<Vec<Shown>>,
    /// The sum of each row and of each column.
    pub rows: Vec<Shown>,
    pub columns: Vec<Shown>,
    pub total: Shown,
}

/// A number between two knots. `flow` is what leads from the first to the second: the number, or its opposite for a sum.
struct Thread {
    ends: [usize; 2],
    value: i64,
    opposite: bool,
    /// Fewer than five, or hidden beside it.
    covered: bool,
}

impl Thread {
    /// Could the number be one more, or one less, as far as what is said of it goes?
    fn can(&self, up: bool) -> bool {
        let few = self.value < SHOWN_FROM;
        match (up, few) {
            (true, true) => self.value < SHOWN_FROM - 1,
            (true, false) => true,
            (false, true) => self.value > 0,
            (false, false) => self.value > SHOWN_FROM,
        }
    }

    /// Knots that it leads to from this one, if it may change that way.
    fn leads(&self, from: usize) -> Option<usize> {
        let [a, b] = self.ends;
        let along = (from == a && self.can(!self.opposite)).then_some(b);
        along.or_else(|| (from == b && self.can(self.opposite)).then_some(a))
    }
}

struct Net {
    knots: usize,
    threads: Vec<Thread>,
}

impl Net {
    /// The cheapest way from one knot to another that does not use `but`; its threads. What is covered costs nothing.
    fn way(&self, from: usize, to: usize, but: usize, only_covered: bool) -> Option<(u64, Vec<usize>)> {
        let mut best: Vec<Option<(u64, Option<usize>)>> = vec![None; self.knots];
        let mut heap = BinaryHeap::from([Reverse((0_u64, from, None::<usize>, from))]);
        let mut came: Vec<Option<usize>> = vec![None; self.knots];
        while let Some(Reverse((cost, knot, by, before))) = heap.pop() {
            if best[knot].is_some() {
                continue;
            }
            best[knot] = Some((cost, by));
            came[knot] = by.map(|_| before);
            if knot == to {
                break;
            }
            for (i, thread) in self.threads.iter().enumerate() {
                if i == but || (only_covered && !thread.covered) {
                    continue;
                }
                if let Some(next) = thread.leads(knot) {
                    let more = if thread.covered {
                        0
                    } else {
                        1 + thread.value.unsigned_abs()
                    };
                    heap.push(Reverse((cost + more, next, Some(i), knot)));
                }
            }
        }
        let (cost, _) = best[to]?;
        let (mut threads, mut at) = (Vec::new(), to);
        while at != from {
            let (_, by) = best[at]?;
            threads.push(by?);
            at = came[at]?;
        }
        Some((cost, threads))
    }

    /// The cheapest round through this thread, one way or the other.
    fn round(&self, i: usize, only_covered: bool) -> Option<Vec<usize>> {
        let [a, b] = self.threads[i].ends;
        let thread = &self.threads[i];
        let there = thread
            .can(!thread.opposite)
            .then(|| self.way(b, a, i, only_covered))
            .flatten();
        let back = thread
            .can(thread.opposite)
            .then(|| self.way(a, b, i, only_covered))
            .flatten();
        there
            .into_iter()
            .chain(back)
            .min_by_key(|(cost, _)| *cost)
            .map(|(_, threads)| threads)
    }

    /// Covers what is needed; false: no cover is enough.
    fn cover(&mut self) -> bool {
        loop {
            let open = (0..self.threads.len()).find(|i| {
                let thread = &self.threads[*i];
                thread.covered && thread.value != 0 && self.round(*i, true).is_none()
            });
            let Some(open) = open else {
                return true;
            };
            let Some(more) = self.round(open, false) else {
                return false;
            };
            for i in more {
                self.threads[i].covered = true;
            }
        }
    }

    fn shown(&self, i: usize) -> Shown {
        let thread = &self.threads[i];
        match (thread.covered, thread.value < SHOWN_FROM) {
            (false, _) => Shown::Count(thread.value),
            (true, true) => Shown::Few,
            (true, false) => Shown::Hidden,
        }
    }
}

fn thread(ends: [usize; 2], value: i64, opposite: bool) -> Thread {
    Thread {
        ends,
        value,
        opposite,
        covered: value < SHOWN_FROM,
    }
}

/// What may not be shown of a table's sums, whatever they are, because their parts could not be kept (see [`can_part`]).
#[derive(Debug, Clone, Default)]
pub struct Withheld {
    pub rows: Vec<usize>,
    pub total: bool,
}

/// A table as it may be shown with the sums of its rows and columns. Rows have the same length; numbers are not negative.
pub fn table(numbers: &[Vec<i64>], withheld: &Withheld) -> Table {
    let (rows, columns) = (numbers.len(), numbers.first().map_or(0, Vec::len));
    let at = |r: usize, c: usize| numbers[r].get(c).copied().unwrap_or(0);
    let row_sum = |r: usize| (0..columns).map(|c| at(r, c)).sum::<i64>();
    let column_sum = |c: usize| (0..rows).map(|r| at(r, c)).sum::<i64>();
    let mut threads = Vec::with_capacity((rows + 1) * (columns + 1));
    for r in 0..=rows {
        for c in 0..=columns {
            let value = match (r == rows, c == columns) {
                (false, false) => at(r, c),
                (false, true) => row_sum(r),
                (true, false) => column_sum(c),
                (true, true) => (0..rows).map(row_sum).sum(),
            };
            let mut thread = thread([r, rows + 1 + c], value, (r == rows) != (c == columns));
            thread.covered |= c == columns && (withheld.rows.contains(&r) || (r == rows && withheld.total));
            threads.push(thread);
        }
    }
    let mut net = Net {
        knots: rows + columns + 2,
        threads,
    };
    let sound = net.cover();
    let get = |r: usize, c: usize| {
        if sound {
            net.shown(r * (columns + 1) + c)
        } else {
            Shown::Hidden
        }
    };
    Table {
        cells: (0..rows).map(|r| (0..columns).map(|c| get(r, c)).collect()).collect(),
        rows: (0..rows).map(|r| get(r, columns)).collect(),
        columns: (0..columns).map(|c| get(rows, c)).collect(),
        total: get(rows, columns),
    }
}

fn line(numbers: &[i64]) -> Option<Net> {
    let mut net = Net {
        knots: 2,
        threads: numbers.iter().map(|n| thread([0, 1], *n, false)).collect(),
    };
    net.cover().then_some(net)
}

/// Could these parts stand beside their sum? Not if each of them is four: then no cover helps, and the sum is withheld.
pub fn can_part(numbers: &[i64]) -> bool {
    line(numbers).is_some()
}

/// The parts of a sum that is shown elsewhere. `whole`: how; where it is not shown, no part is.
pub fn parts(numbers: &[i64], whole: Shown) -> Vec<Shown> {
    match line(numbers) {
        Some(net) if whole.count().is_some() => (0..numbers.len()).map(|i| net.shown(i)).collect(),
        // One of them could give the sum away. What is fewer than five is not told apart.
        _ => vec![Shown::Hidden; numbers.len()],
    }
}
