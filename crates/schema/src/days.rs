//! Days of the calendar: `DayRule` → date of a year. Which days hold is data in `regions/`.

use jiff::civil::{Date, Weekday};

use crate::{DayAt, DayRule};

/// Easter Sunday of a year of the Gregorian calendar (Meeus, Jones, Butcher).
pub fn easter(year: i16) -> Date {
    let y = i32::from(year);
    let a = y % 19;
    let (b, c) = (y / 100, y % 100);
    let (d, e) = (b / 4, b % 4);
    let f = (b + 8) / 25;
    let g = (b - f + 1) / 3;
    let h = (19 * a + b - d - g + 15) % 30;
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let n = h + l - 7 * m + 114;
    Date::constant(year, (n / 31) as i8, (n % 31 + 1) as i8)
}

/// First Sunday of Advent: the fourth Sunday before Christmas Day.
pub fn advent(year: i16) -> Date {
    let christmas = Date::constant(year, 12, 25);
    let back = match christmas.weekday() {
        Weekday::Sunday => 7,
        other => i32::from(other.to_sunday_zero_offset()),
    };
    add(christmas, -back - 21)
}

/// `date` moved by `days`; the calendar's end stays where it is.
pub fn add(date: Date, days: i32) -> Date {
    date.saturating_add(jiff::Span::new().days(days))
}

/// The day of `rule` in `year`; none before the rule began, or where a fixed day does not exist (29 February).
pub fn in_year(rule: &DayRule, year: i16) -> Option<Date> {
    if rule.since.is_some_and(|since| year < since) {
        return None;
    }
    match rule.at {
        DayAt::Fixed { month, day } => Date::new(year, month, day).ok(),
        DayAt::Easter { offset } => Some(add(easter(year), offset)),
        DayAt::Advent { offset } => Some(add(advent(year), offset)),
    }
}

/// Whether `rule` holds in the place `ags` (its list has the AGS or a prefix of it, or is empty).
pub fn holds_in(rule: &DayRule, ags: &str) -> bool {
    rule.only.is_empty() || rule.only.iter().any(|prefix| ags.starts_with(prefix.as_str()))
}

/// The rule that makes `date` special in the place `ags`, first of the list.
pub fn on<'a>(rules: &'a [DayRule], date: Date, ags: &str) -> Option<&'a DayRule> {
    rules
        .iter()
        .find(|rule| holds_in(rule, ags) && in_year(rule, date.year()) == Some(date))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(at: DayAt) -> DayRule {
        DayRule {
            id: "day".into(),
            name: "Tag".into(),
            at,
            since: None,
            only: Vec::new(),
            hours: None,
            legal_basis: String::new(),
        }
    }

    /// Dates of the published calendars.
    #[test]
    fn easter_and_advent_of_known_years() {
        for (year, easter_day, advent_day) in [
            (2024, (3, 31), (12, 1)),
            (2025, (4, 20), (11, 30)),
            (2026, (4, 5), (11, 29)),
            (2027, (3, 28), (11, 28)),
            (2028, (4, 16), (12, 3)),
            (2029, (4, 1), (12, 2)),
            (2030, (4, 21), (12, 1)),
        ] {
            assert_eq!(
                easter(year),
                Date::constant(year, easter_day.0, easter_day.1),
                "Easter {year}"
            );
            assert_eq!(
                advent(year),
                Date::constant(year, advent_day.0, advent_day.1),
                "Advent {year}"
            );
        }
        // The earliest and latest that the Gregorian calendar allows.
        assert_eq!(easter(1818), Date::constant(1818, 3, 22));
        assert_eq!(easter(2038), Date::constant(2038, 4, 25));
        // Christmas Day on a Sunday: the fourth Sunday before it is 27 November.
        assert_eq!(advent(2022), Date::constant(2022, 11, 27));
    }

    #[test]
    fn rules_give_days() {
        let mut ascension = rule(DayAt::Easter { offset: 39 });
        assert_eq!(in_year(&ascension, 2027), Some(Date::constant(2027, 5, 6)));
        assert_eq!(
            in_year(&rule(DayAt::Advent { offset: -14 }), 2026),
            Some(Date::constant(2026, 11, 15))
        );
        assert_eq!(in_year(&rule(DayAt::Fixed { month: 2, day: 29 }), 2027), None);
        ascension.since = Some(2028);
        assert_eq!(in_year(&ascension, 2027), None);
        assert!(in_year(&ascension, 2028).is_some());
    }

    #[test]
    fn a_rule_holds_only_where_it_is_listed() {
        let mut corpus_christi = rule(DayAt::Easter { offset: 60 });
        corpus_christi.only = vec!["16061".into()];
        let rules = [corpus_christi];
        let day = Date::constant(2027, 5, 27);
        assert!(on(&rules, day, "16061115").is_some());
        assert!(on(&rules, day, "16077036").is_none());
        assert!(on(&rules, Date::constant(2027, 5, 28), "16061115").is_none());
    }
}
