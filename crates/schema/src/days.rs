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
