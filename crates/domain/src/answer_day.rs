//! Days that are proposed for somebody's answer: the applicant's to a question, an office's that is consulted.
//! A proposal is a working day before the event; what a clerk may set by hand is wider and checked elsewhere.

use jiff::civil::Date;

use crate::calendar::{Holiday, day_off};

/// About `days` from `today`: the working day on or after it; where that is not before `event`, the last working day
/// before the event; where none is left, the last day before it, and at the latest tomorrow. An event that is over or
/// today bounds nothing.
pub fn proposed(today: Date, days: i64, event: Option<Date>, holiday: &Holiday<'_>) -> Date {
    let tomorrow = plus(today, 1);
    let mut day = plus(today, days.max(1));
    while day_off(day, holiday).is_some() && day < Date::MAX {
        day = plus(day, 1);
    }
    let Some(eve) = event.filter(|e| *e > today).map(|e| plus(e, -1)) else {
        return day;
    };
    if day <= eve {
        return day;
    }
    let mut last = eve;
    while last > today && day_off(last, holiday).is_some() {
        last = plus(last, -1);
    }
    if last > today { last } else { eve.max(tomorrow) }
}

fn plus(day: Date, days: i64) -> Date {
    day.saturating_add(jiff::Span::new().days(days))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn at(today: Date, days: i64, event: Option<Date>) -> Date {
        let christmas =
            |d: Date| (d.month() == 12 && (d.day() == 25 || d.day() == 26)).then(|| "Weihnachten".to_owned());
        proposed(today, days, event, &christmas)
    }

    #[test]
    fn it_is_a_working_day() {
        // 29.11.2026 is a Sunday.
        assert_eq!(at(date(2026, 11, 29), 7, None), date(2026, 12, 7));
        assert_eq!(at(date(2026, 11, 25), 7, None), date(2026, 12, 2));
        // Friday and Saturday of Christmas, then Sunday.
        assert_eq!(at(date(2026, 12, 18), 7, None), date(2026, 12, 28));
    }

    #[test]
    fn it_lies_before_the_event() {
        let today = date(2026, 11, 25);
        assert_eq!(at(today, 14, Some(date(2026, 12, 9))), date(2026, 12, 8));
        assert_eq!(at(today, 14, Some(date(2026, 12, 10))), date(2026, 12, 9));
        // The event is on Monday: Friday.
        assert_eq!(at(today, 14, Some(date(2026, 11, 30))), date(2026, 11, 27));
        // On Saturday, asked on Friday: no working day is left, tomorrow is all there is.
        assert_eq!(at(date(2026, 11, 27), 7, Some(date(2026, 11, 28))), date(2026, 11, 28));
        // On Monday, asked on Friday evening: the Sunday before it.
        assert_eq!(at(date(2026, 11, 27), 7, Some(date(2026, 11, 30))), date(2026, 11, 29));
    }

    #[test]
    fn an_event_that_is_over_bounds_nothing() {
        let today = date(2026, 11, 25);
        assert_eq!(at(today, 7, Some(today)), date(2026, 12, 2));
        assert_eq!(at(today, 7, Some(date(2026, 11, 1))), date(2026, 12, 2));
    }
}
