//! Periods by hand-made tables, at clock changes, leap years and year ends, and as laws that hold for all dates.

use domain::date_of;
use domain::deadline::{backward, forward, forward_after_rest, late_by};
use jiff::civil::{Date, Weekday, date};
use jiff::{Span, Timestamp};
use proptest::prelude::*;
use schema::Period;

/// Thuringia's holidays that the tables below meet, written down by hand.
fn holiday(d: Date) -> Option<String> {
    let name = match (d.year(), d.month(), d.day()) {
        (_, 1, 1) => "Neujahr",
        (_, 5, 1) => "1. Mai",
        (2019.., 9, 20) => "Weltkindertag",
        (_, 10, 3) => "Tag der Deutschen Einheit",
        (_, 10, 31) => "Reformationstag",
        (_, 12, 25) => "1. Weihnachtsfeiertag",
        (_, 12, 26) => "2. Weihnachtsfeiertag",
        (2026, 4, 3) | (2027, 3, 26) => "Karfreitag",
        (2026, 4, 6) | (2027, 3, 29) => "Ostermontag",
        (2026, 5, 14) | (2027, 5, 6) => "Christi Himmelfahrt",
        (2026, 5, 25) | (2027, 5, 17) => "Pfingstmontag",
        _ => return None,
    };
    Some(name.to_owned())
}

fn day(s: &str) -> Date {
    s.parse().expect("date")
}

fn period(s: &str) -> Period {
    s.parse().expect("period")
}

#[test]
fn forward_periods_end_as_the_civil_code_says() {
    // from, period, last day, shifted
    let table = [
        ("2026-11-24", "10d", "2026-12-04", false), // Tuesday + 10 = Friday
        ("2026-11-24", "1d", "2026-11-25", false),
        ("2026-11-24", "2w", "2026-12-08", false), // a week ends on the same weekday
        ("2026-11-24", "1m", "2026-12-24", false),
        ("2026-11-25", "1m", "2026-12-28", true), // Christmas, St Stephen, Sunday
        ("2026-11-27", "1w", "2026-12-04", false),
        ("2026-11-28", "1w", "2026-12-07", true), // Saturday to Monday
        ("2026-11-29", "1w", "2026-12-07", true), // Sunday to Monday
        ("2026-11-24", "3wd", "2026-11-27", false),
        ("2026-11-26", "3wd", "2026-12-01", false), // Fri, Mon, Tue
        ("2026-04-02", "1wd", "2026-04-07", false), // over Good Friday and Easter Monday
        ("2026-04-01", "5d", "2026-04-07", true),   // Easter Monday
        ("2026-05-04", "10d", "2026-05-15", true),  // Ascension Day to Friday
        ("2026-09-18", "3d", "2026-09-21", false),  // the Sunday of 20 September does not count twice
        ("2026-10-01", "2d", "2026-10-05", true),   // 3 October is a Saturday
        ("2027-01-29", "1m", "2027-03-01", true),   // 28 February 2027 is a Sunday
        ("2026-01-31", "1m", "2026-03-02", true),   // 28 February 2026 is a Saturday
        ("2028-01-31", "1m", "2028-02-29", false),  // leap year, Tuesday
        ("2028-02-29", "12m", "2029-02-28", false),
        ("2026-08-31", "1m", "2026-09-30", false),
        ("2026-09-30", "1m", "2026-10-30", false), // not the month's end: the number counts
        ("2026-12-31", "1d", "2027-01-04", true),  // New Year is a Friday
        ("2026-12-18", "2w", "2027-01-04", true),
        ("2028-02-28", "1d", "2028-02-29", false),
        ("2027-02-26", "1d", "2027-03-01", true),
    ];
    for (from, p, last, shifted) in table {
        let got = forward(day(from), period(p), &holiday);
        assert_eq!((got.last_day, got.shifted), (day(last), shifted), "{from} + {p}");
    }
}

#[test]
fn backward_periods_leave_the_whole_period_between() {
    // event, period, safe last day, borderline
    let table = [
        // the events of the competence centre's test list
        ("2027-06-19", "1w", "2027-06-11", "2027-06-12"),
        ("2027-06-19", "2w", "2027-06-04", "2027-06-05"),
        ("2027-02-06", "1w", "2027-01-29", "2027-01-30"),
        ("2027-04-30", "14d", "2027-04-15", "2027-04-16"),
        ("2027-04-30", "1w", "2027-04-22", "2027-04-23"),
        ("2027-09-03", "2w", "2027-08-19", "2027-08-20"),
        ("2027-09-01", "1w", "2027-08-24", "2027-08-25"),
        ("2027-09-05", "6w", "2027-07-24", "2027-07-25"),
        ("2027-11-27", "1w", "2027-11-19", "2027-11-20"),
        ("2027-11-27", "6w", "2027-10-15", "2027-10-16"),
        ("2027-08-21", "2w", "2027-08-06", "2027-08-07"),
        ("2027-01-09", "10d", "2026-12-29", "2026-12-30"),
        // months: the day number, clamped, then one day less
        ("2027-03-31", "1m", "2027-02-27", "2027-02-28"),
        ("2028-03-31", "1m", "2028-02-28", "2028-02-29"),
        ("2028-03-30", "1m", "2028-02-28", "2028-02-29"),
        ("2027-01-15", "1m", "2026-12-14", "2026-12-15"),
        ("2027-05-31", "3m", "2027-02-27", "2027-02-28"),
        ("2027-03-01", "1m", "2027-01-31", "2027-02-01"),
        // working days
        ("2026-11-27", "3wd", "2026-11-23", "2026-11-24"),
        ("2026-11-26", "3wd", "2026-11-22", "2026-11-23"), // a Sunday: electronic receipt counts
        ("2026-11-23", "3wd", "2026-11-17", "2026-11-18"),
        ("2026-04-04", "1wd", "2026-04-01", "2026-04-02"), // Easter Saturday, over Good Friday
        ("2026-04-07", "2wd", "2026-03-31", "2026-04-01"),
        // ends on Sunday or a holiday are not moved
        ("2027-01-02", "1d", "2026-12-31", "2027-01-01"),
        ("2026-12-27", "1d", "2026-12-25", "2026-12-26"),
        ("2028-03-01", "1d", "2028-02-28", "2028-02-29"),
        ("2027-01-09", "0d", "2027-01-08", "2027-01-09"),
    ];
    for (event, p, safe, borderline) in table {
        let got = backward(day(event), period(p), &holiday);
        assert_eq!(
            (got.last_day, got.borderline),
            (day(safe), day(borderline)),
            "{p} before {event}"
        );
    }
}

#[test]
fn lateness_begins_after_the_borderline_day() {
    let d = backward(date(2027, 1, 9), period("10d"), &holiday);
    let table = [
        ("2026-11-24", 0),
        ("2026-12-29", 0),
        ("2026-12-30", 0),
        ("2026-12-31", 1),
        ("2027-01-02", 3),
        ("2027-01-10", 11),
    ];
    for (received, late) in table {
        assert_eq!(late_by(day(received), &d), late, "{received}");
    }
}

#[test]
fn reasons_are_one_german_sentence() {
    let none = |_| None;
    let said = [
        (
            forward(date(2026, 11, 24), period("10d"), &holiday).reason,
            "Der 24.11.2026 zählt nicht mit, die Frist von 10 Tagen endet am Freitag, 04.12.2026.",
        ),
        (
            forward(date(2026, 11, 24), period("1m"), &holiday).reason,
            "Der 24.11.2026 zählt nicht mit, die Frist von einem Monat endet am Donnerstag, 24.12.2026.",
        ),
        (
            forward(date(2026, 11, 28), period("1w"), &none).reason,
            "Der 05.12.2026 ist ein Samstag, deshalb endet die Frist am Montag, 07.12.2026.",
        ),
        (
            forward(date(2026, 4, 1), period("5d"), &holiday).reason,
            "Der 06.04.2026 ist ein Feiertag (Ostermontag), deshalb endet die Frist am Dienstag, 07.04.2026.",
        ),
        (
            backward(date(2027, 1, 9), period("10d"), &holiday).reason,
            "Zwischen dem Eingang und dem 09.01.2027 müssen 10 volle Tage liegen.",
        ),
        (
            backward(date(2027, 1, 9), period("1w"), &holiday).reason,
            "Zwischen dem Eingang und dem 09.01.2027 muss eine volle Woche liegen.",
        ),
        (
            backward(date(2027, 1, 9), period("0d"), &holiday).reason,
            "Der Eingang muss vor dem 09.01.2027 liegen.",
        ),
    ];
    for (got, want) in said {
        assert_eq!(got, want);
    }
}

/// The day of a receipt is the day in Germany, also in the nights when the clock changes.
#[test]
fn receipt_around_midnight_at_both_clock_changes() {
    let event = backward(date(2026, 4, 5), period("1w"), &holiday); // borderline 29 March: the clock goes forward
    assert_eq!(event.borderline, date(2026, 3, 29));
    let table = [
        // UTC, day in Germany, late by
        ("2026-03-28T22:59:59Z", "2026-03-28", 0), // 23:59:59 in winter time
        ("2026-03-28T23:00:00Z", "2026-03-29", 0),
        ("2026-03-29T00:59:59Z", "2026-03-29", 0), // 01:59:59, then 03:00:00
        ("2026-03-29T01:00:00Z", "2026-03-29", 0),
        ("2026-03-29T21:59:59Z", "2026-03-29", 0), // 23:59:59 in summer time
        ("2026-03-29T22:00:00Z", "2026-03-30", 1),
    ];
    for (at, want, late) in table {
        let received = date_of(at.parse::<Timestamp>().expect("timestamp"));
        assert_eq!(received, day(want), "{at}");
        assert_eq!(late_by(received, &event), late, "{at}");
    }
    let event = backward(date(2026, 11, 1), period("1w"), &holiday); // borderline 25 October: the clock goes back
    assert_eq!(event.borderline, date(2026, 10, 25));
    let table = [
        ("2026-10-24T21:59:59Z", "2026-10-24", 0), // summer time
        ("2026-10-24T22:00:00Z", "2026-10-25", 0),
        ("2026-10-25T00:30:00Z", "2026-10-25", 0), // 02:30 for the first time
        ("2026-10-25T01:30:00Z", "2026-10-25", 0), // 02:30 for the second time
        ("2026-10-25T22:59:59Z", "2026-10-25", 0), // winter time
        ("2026-10-25T23:00:00Z", "2026-10-26", 1),
    ];
    for (at, want, late) in table {
        let received = date_of(at.parse::<Timestamp>().expect("timestamp"));
        assert_eq!(received, day(want), "{at}");
        assert_eq!(late_by(received, &event), late, "{at}");
    }
    // The length of these days (23 and 25 hours) never changes a count of days.
    assert_eq!(
        forward(date(2026, 3, 27), period("3d"), &holiday).last_day,
        date(2026, 3, 30)
    );
    assert_eq!(
        forward(date(2026, 10, 23), period("3d"), &holiday).last_day,
        date(2026, 10, 26)
    );
}

#[test]
fn periods_beyond_the_calendar_stop_at_its_end() {
    for unit in ["d", "w", "m", "wd"] {
        let endless = period(&format!("4000000000{unit}"));
        let none = |_| None;
        assert!(forward(date(9990, 1, 1), endless, &none).last_day <= Date::MAX);
        assert!(backward(date(-9990, 1, 1), endless, &none).last_day >= Date::MIN);
    }
}

fn dates() -> impl Strategy<Value = Date> {
    (0i32..36_000).prop_map(|n| date(1990, 1, 1).saturating_add(Span::new().days(n)))
}

fn periods() -> impl Strategy<Value = Period> {
    (0u32..60, prop_oneof![Just("d"), Just("wd"), Just("w"), Just("m")]).prop_map(|(n, u)| period(&format!("{n}{u}")))
}

fn free(d: Date) -> bool {
    matches!(d.weekday(), Weekday::Saturday | Weekday::Sunday) || holiday(d).is_some()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn a_forward_period_ends_on_the_first_working_day_from_its_end(from in dates(), p in periods()) {
        let got = forward(from, p, &holiday);
        prop_assert!(!free(got.last_day));
        let unmoved = forward(from, p, &|_| None);
        prop_assert!(got.last_day >= from && (p.unit == schema::PeriodUnit::WorkingDays || got.last_day >= unmoved.last_day));
        prop_assert!(got.shifted || !free(got.last_day));
        let plain = got.reason.replace("Abs. ", "").replace("1. ", "").replace("2. ", "");
        prop_assert!(plain.ends_with('.') && !plain.contains(". "), "not one sentence: {}", got.reason);
    }

    #[test]
    fn days_and_weeks_are_exact(from in dates(), n in 0u32..300) {
        let none = |_: Date| None;
        let by_days = backward(from, period(&format!("{}d", 7 * n)), &none);
        let by_weeks = backward(from, period(&format!("{n}w")), &none);
        prop_assert_eq!(by_days.last_day, by_weeks.last_day);
        prop_assert_eq!((from - by_weeks.last_day).get_days(), 7 * n as i32 + 1);
        prop_assert_eq!(by_weeks.borderline.weekday(), from.weekday());
    }

    #[test]
    fn a_later_event_never_has_an_earlier_last_day(event in dates(), p in periods()) {
        let first = backward(event, p, &holiday);
        let next = backward(event.saturating_add(Span::new().days(1)), p, &holiday);
        prop_assert!(next.last_day >= first.last_day);
        prop_assert_eq!((first.borderline - first.last_day).get_days(), 1);
        prop_assert!(first.borderline <= event);
    }

    #[test]
    fn a_month_back_keeps_the_day_number_or_the_months_end(event in dates(), n in 1u32..48) {
        let b = backward(event, period(&format!("{n}m")), &holiday).borderline;
        prop_assert!(b.day() == event.day() || (b.day() < event.day() && b.day() == b.days_in_month()));
        let months = |d: Date| i32::from(d.year()) * 12 + i32::from(d.month());
        prop_assert_eq!(months(event) - months(b), n as i32);
    }

    #[test]
    fn so_many_working_days_lie_between(event in dates(), n in 1u32..30) {
        let got = backward(event, period(&format!("{n}wd")), &holiday);
        let mut between = 0;
        let mut at = got.last_day.saturating_add(Span::new().days(1));
        while at < event {
            between += u32::from(!free(at));
            at = at.saturating_add(Span::new().days(1));
        }
        prop_assert_eq!(between, n);
        prop_assert!(!free(got.borderline));
    }

    #[test]
    fn lateness_counts_days_one_by_one(event in dates(), p in periods(), after in 0i32..40) {
        let d = backward(event, p, &holiday);
        let received = d.borderline.saturating_add(Span::new().days(after));
        prop_assert_eq!(late_by(received, &d), i64::from(after));
        prop_assert_eq!(late_by(d.last_day, &d), 0);
    }
}

#[test]
fn a_period_that_rested_ends_later_and_never_on_a_day_off() {
    // from, period, rested days, last day
    let table = [
        ("2026-11-24", "2w", 0, "2026-12-08"),
        ("2026-11-24", "2w", 3, "2026-12-11"), // Friday
        ("2026-11-24", "2w", 4, "2026-12-14"), // Saturday to Monday
        ("2026-11-24", "2w", 5, "2026-12-14"), // Sunday to Monday
        ("2026-11-24", "1m", 1, "2026-12-28"), // 25.12. and the days after
        ("2026-11-28", "1w", 1, "2026-12-07"), // counted from the Saturday, not from the Monday it moved to
    ];
    for (from, p, rested, last) in table {
        let got = forward_after_rest(day(from), period(p), rested, &holiday);
        assert_eq!(got.last_day, day(last), "{from} + {p}, {rested} days of rest");
        assert!(
            got.reason
                .contains(&schema::show::format::date(got.last_day, schema::Lang::De)),
            "{}",
            got.reason
        );
        if rested > 0 {
            assert!(got.reason.contains("ruhte"), "{}", got.reason);
        }
    }
}

#[test]
fn a_day_is_over_at_midnight_in_germany() {
    let table = [
        ("2026-12-04", "2026-12-04T23:00:00Z"),
        ("2026-07-04", "2026-07-04T22:00:00Z"),
        ("2027-03-27", "2027-03-27T23:00:00Z"), // the clocks go forward in the night after
        ("2027-03-28", "2027-03-28T22:00:00Z"),
        ("2026-10-25", "2026-10-25T23:00:00Z"), // a day of 25 hours
    ];
    for (last, over) in table {
        assert_eq!(
            domain::deadline::begin_after(day(last)),
            over.parse::<Timestamp>().expect("moment"),
            "{last}"
        );
    }
}

#[test]
fn a_figure_of_law_is_read_from_the_region() {
    let mut region = schema::Region::default();
    assert_eq!(domain::deadline::law_days(&region, "portal_fetch_days"), None);
    let figure = schema::LawFigure {
        value: 10.into(),
        unit: Some("days".into()),
        legal_basis: "§ 41 Abs. 2a VwVfG".into(),
        confirmed: true,
    };
    region.law.insert("portal_fetch_days".into(), figure);
    assert_eq!(domain::deadline::law_days(&region, "portal_fetch_days"), Some(10));
}
