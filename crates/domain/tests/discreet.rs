//! Whoever sees a table tries every table that it could be: no number of one to four, and none hidden, is the same in all.

use domain::discreet::{Shown, Table, Withheld, can_part, part, parts};
use proptest::prelude::*;

fn table(numbers: &[Vec<i64>]) -> Table {
    domain::discreet::table(numbers, &Withheld::default())
}

/// Could this number stand there?
fn fits(shown: Shown, n: i64) -> bool {
    match shown {
        Shown::Count(m) => n == m,
        Shown::Few => (0..5).contains(&n),
        Shown::Hidden => n >= 5,
    }
}

/// Numbers that somebody who knows the rules would try: all fewer than five, and more up to a bound that is far away.
fn tries(shown: Shown, most: i64) -> Vec<i64> {
    match shown {
        Shown::Count(n) => vec![n],
        Shown::Few => (0..5).collect(),
        Shown::Hidden => (5..=most).collect(),
    }
}

/// Every table of two rows and columns that looks like this one.
fn possible(shown: &Table, most: i64) -> Vec<[i64; 9]> {
    let mut out = Vec::new();
    let of = |r: usize, c: usize| tries(shown.cells[r][c], most);
    for a in of(0, 0) {
        for b in of(0, 1) {
            if !fits(shown.rows[0], a + b) {
                continue;
            }
            for c in of(1, 0) {
                if !fits(shown.columns[0], a + c) {
                    continue;
                }
                for d in of(1, 1) {
                    let all =
                        fits(shown.rows[1], c + d) && fits(shown.columns[1], b + d) && fits(shown.total, a + b + c + d);
                    if all {
                        out.push([a, b, c, d, a + b, c + d, a + c, b + d, a + b + c + d]);
                    }
                }
            }
        }
    }
    out
}

fn in_order(t: &Table) -> [Shown; 9] {
    let (c, r, k) = (&t.cells, &t.rows, &t.columns);
    [c[0][0], c[0][1], c[1][0], c[1][1], r[0], r[1], k[0], k[1], t.total]
}

fn number() -> impl Strategy<Value = i64> {
    prop_oneof![3 => 0..5_i64, 2 => 5..8_i64, 1 => 8..14_i64]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, ..ProptestConfig::default() })]

    /// By trying out: what is not shown can be at least two numbers, and what is shown is right.
    #[test]
    fn what_is_not_shown_cannot_be_worked_out(a in number(), b in number(), c in number(), d in number()) {
        let truth = [a, b, c, d, a + b, c + d, a + c, b + d, a + b + c + d];
        let shown = table(&[vec![a, b], vec![c, d]]);
        let all = possible(&shown, 40);
        for (i, what) in in_order(&shown).into_iter().enumerate() {
            match what {
                Shown::Count(n) => {
                    prop_assert_eq!(n, truth[i]);
                    prop_assert!(n >= 5, "{:?} shows {}", shown, n);
                }
                _ if truth[i] == 0 => prop_assert_eq!(what, Shown::Few),
                _ => {
                    let first = all[0][i];
                    prop_assert!(all.iter().any(|other| other[i] != first), "{:?}: number {} is {}", shown, i, first);
                }
            }
        }
    }

    /// The same for parts of a sum that is shown elsewhere.
    #[test]
    fn parts_of_a_shown_sum_cannot_be_worked_out(numbers in prop::collection::vec(number(), 1..5)) {
        let sum: i64 = numbers.iter().sum();
        let shown = parts(&numbers, Shown::alone(sum));
        if sum < 5 || !can_part(&numbers) {
            prop_assert!(shown.iter().all(|s| *s == Shown::Hidden));
            prop_assert!(sum < 5 || numbers.iter().all(|n| [0, 4].contains(n)), "{:?}", numbers);
            return Ok(());
        }
        let mut all: Vec<Vec<i64>> = vec![Vec::new()];
        for what in &shown {
            let longer = |before: &Vec<i64>| {
                let next = tries(*what, sum).into_iter().filter(|n| before.iter().sum::<i64>() + n <= sum);
                next.map(|n| [before.as_slice(), &[n]].concat()).collect::<Vec<_>>()
            };
            all = all.iter().flat_map(longer).collect();
        }
        all.retain(|way| way.iter().sum::<i64>() == sum);
        for (i, what) in shown.iter().enumerate() {
            match what {
                Shown::Count(n) => prop_assert!(*n >= 5 && *n == numbers[i]),
                _ if numbers[i] == 0 => {}
                _ => prop_assert!(all.iter().any(|way| way[i] != all[0][i]), "{:?} of {}: number {}", shown, sum, i),
            }
        }
    }

    /// A large table: nothing small is shown, sums that are shown are right, and it does not hide more than half of it.
    #[test]
    fn a_state_stays_readable(numbers in prop::collection::vec(prop::collection::vec(0..400_i64, 4), 22)) {
        let shown = table(&numbers);
        prop_assert_eq!(shown.total.count(), Some(numbers.iter().flatten().sum::<i64>()));
        let hidden = shown.cells.iter().flatten().filter(|c| **c == Shown::Hidden).count();
        let few = numbers.iter().flatten().filter(|n| **n < 5).count();
        prop_assert!(hidden <= 12 * few, "{} hidden for {}", hidden, few);
    }
}

#[test]
fn a_single_small_number_takes_company() {
    let shown = table(&[vec![3, 40], vec![50, 60]]);
    assert_eq!(
        shown.cells,
        [[Shown::Few, Shown::Hidden], [Shown::Hidden, Shown::Hidden]]
    );
    assert_eq!(shown.total, Shown::Count(153));
    let shown = table(&[vec![30, 40], vec![50, 60]]);
    assert!(shown.cells.iter().flatten().all(|c| c.count().is_some()));
}

/// A state that has just begun: what is large stays readable beside what is empty.
#[test]
fn a_nought_takes_no_company() {
    assert_eq!(
        parts(&[0, 0, 120], Shown::Count(120)),
        [Shown::Few, Shown::Few, Shown::Count(120)]
    );
    let shown = table(&[vec![0, 0], vec![50, 0]]);
    assert_eq!(shown.cells, [[Shown::Few, Shown::Few], [Shown::Count(50), Shown::Few]]);
}

/// Two places with four each: their sum is not shown either, nor given away by the table around it.
#[test]
fn what_cannot_be_kept_from_a_sum_withholds_it() {
    assert!(!can_part(&[4, 4]) && can_part(&[4, 3]) && can_part(&[4, 4, 9]));
    let withheld = Withheld {
        rows: vec![0],
        total: false,
    };
    let shown = domain::discreet::table(&[vec![8, 0], vec![40, 50], vec![60, 70]], &withheld);
    assert_eq!(shown.rows[0], Shown::Hidden);
    assert!(shown.rows[1..].contains(&Shown::Hidden) || shown.total == Shown::Hidden);
    assert!(shown.cells[0].iter().all(|c| c.count().is_none()), "{shown:?}");
}

#[test]
fn an_empty_land_has_nothing_to_show() {
    let shown = table(&vec![vec![0; 4]; 22]);
    assert!(shown.cells.iter().flatten().all(|c| c.count().is_none()) && shown.total.count().is_none());
    assert!(table(&[]).cells.is_empty());
    assert_eq!(parts(&[7, 9], Shown::Few), [Shown::Hidden; 2]);
}

#[test]
fn a_part_is_shown_only_with_a_rest_of_some_size() {
    assert_eq!(part(100, 120), Shown::Count(100));
    assert_eq!(part(117, 120), Shown::Count(120), "three came otherwise");
    assert_eq!(part(120, 120), Shown::Count(120));
    assert_eq!(part(4, 120), Shown::Few);
}
