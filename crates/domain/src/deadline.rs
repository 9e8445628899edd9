//! Periods: forward from an event, backward before an event. Pure; holidays come in as a function.
//!
//! Forward (§ 31 VwVfG with §§ 187, 188, 193 BGB): the day of the event does not count; a week ends
//! on the weekday of the same name, a month on the day of the same number, clamped to the month's
//! end; an end on Saturday, Sunday or a holiday of the place moves to the next working day.
//!
//! Backward (§ 42 Abs. 1 OBG and municipal rules): mirrored, so that the whole period lies between
//! receipt and event. Received one day earlier than counted is safe; on the counted day itself it
//! is a matter of dispute ("borderline"), after it late. Weekends and holidays do not shift it:
//! § 193 BGB does not lengthen periods that protect the other side.

use jiff::Span;
use jiff::civil::Date;
use schema::Lang::De;
use schema::show::format::{date, long_date};
use schema::{Period, PeriodUnit};

use crate::calendar::{Holiday, day_off};

/// A period that runs from an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forward {
    /// Last day, already moved to a working day.
    pub last_day: Date,
    /// Whether it had to be moved.
    pub shifted: bool,
    /// One German sentence.
    pub reason: String,
}

/// The region's figure whose law moves an end on a day off.
const MOVES: &str = "period_end_moves";

impl Forward {
    /// Names the region's law where a day off has moved the end.
    pub fn citing(mut self, region: &schema::Region) -> Forward {
        if let Some(law) = region.law.get(MOVES).filter(|_| self.shifted) {
            let sentence = self.reason.trim_end_matches('.');
            self.reason = format!("{sentence} ({}).", law.legal_basis);
        }
        self
    }
}

/// A period that must have passed before an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backward {
    /// Last day on which receipt is surely in time.
    pub last_day: Date,
    /// Received on this day: borderline, neither in time nor late for certain.
    pub borderline: Date,
    /// One German sentence.
    pub reason: String,
}

/// Days beyond which no period of law reaches; keeps counting within the calendar.
const FAR: i64 = 400_000;

/// When a period ends that begins with what happened on `from`.
pub fn forward(from: Date, period: Period, holiday: &Holiday<'_>) -> Forward {
    let end = period_end(from, period, holiday);
    let last_day = working_day(end, holiday);
    let reason = match day_off(end, holiday) {
        Some(off) => format!(
            "Der {} ist {off}, deshalb endet die Frist am {}.",
            date(end, De),
            long_date(last_day, De)
        ),
        None => format!(
            "Der {} zählt nicht mit, die Frist von {} endet am {}.",
            date(from, De),
            dative(period),
            long_date(end, De)
        ),
    };
    Forward {
        last_day,
        shifted: last_day != end,
        reason,
    }
}

/// The same after the period rested for `rested` whole days (a question was open): it ends so many days
/// later, and again never on a day off.
pub fn forward_after_rest(from: Date, period: Period, rested: i64, holiday: &Holiday<'_>) -> Forward {
    if rested <= 0 {
        return forward(from, period, holiday);
    }
    let end = plus(period_end(from, period, holiday), rested);
    let last_day = working_day(end, holiday);
    let days = if rested == 1 {
        "einen Tag".to_owned()
    } else {
        format!("{rested} Tage")
    };
    let ends = match day_off(end, holiday) {
        Some(off) => format!(
            "Der {} ist {off}, deshalb endet sie am {}.",
            date(end, De),
            long_date(last_day, De)
        ),
        None => format!("Sie endet am {}.", long_date(end, De)),
    };
    Forward {
        last_day,
        shifted: last_day != end,
        reason: format!("Die Frist ruhte {days}, solange eine Rückfrage offen war. {ends}"),
    }
}

/// The moment at which a day has wholly passed: midnight in Germany, also when the clocks change.
pub fn begin_after(last_day: Date) -> jiff::Timestamp {
    let next = plus(last_day, 1);
    next.in_tz("Europe/Berlin")
        .map_or_else(|_| jiff::Timestamp::MAX, |midnight| midnight.timestamp())
}

/// A figure of the region's law in whole days, e.g. `portal_fetch_days`. None if the region does not have it.
pub fn law_days(region: &schema::Region, name: &str) -> Option<i64> {
    let figure = region.law.get(name)?;
    figure.value.as_i64().filter(|_| figure.unit.as_deref() == Some("days"))
}

/// The same for how long something is kept that is no case.
pub fn kept_days(region: &schema::Region, name: &str) -> Option<i64> {
    let figure = region.periods.get(name)?;
    let days = figure
        .value
        .as_i64()
        .filter(|_| figure.unit.as_deref() == Some("days"))?;
    (days > 0).then_some(days)
}

/// By when something must be received so that a whole period lies before `event`.
pub fn backward(event: Date, period: Period, holiday: &Holiday<'_>) -> Backward {
    let borderline = match period.unit {
        PeriodUnit::Days => plus(event, -i64::from(period.n)),
        PeriodUnit::Weeks => plus(event, -7 * i64::from(period.n)),
        PeriodUnit::Months => plus_months(event, -i64::from(period.n)),
        PeriodUnit::WorkingDays => working_days(event, period.n, -1, holiday),
    };
    let reason = match period.n {
        0 => format!("Der Eingang muss vor dem {} liegen.", date(event, De)),
        _ => format!(
            "Zwischen dem Eingang und dem {} {} liegen.",
            date(event, De),
            full(period)
        ),
    };
    Backward {
        last_day: plus(borderline, -1),
        borderline,
        reason,
    }
}

/// Whole days after the borderline day; 0 = not late.
pub fn late_by(received: Date, deadline: &Backward) -> i64 {
    i64::from((received - deadline.borderline).get_days()).max(0)
}

/// The last day as counted, before it moves to a working day.
fn period_end(from: Date, period: Period, holiday: &Holiday<'_>) -> Date {
    match period.unit {
        PeriodUnit::Days => plus(from, i64::from(period.n)),
        PeriodUnit::Weeks => plus(from, 7 * i64::from(period.n)),
        PeriodUnit::Months => plus_months(from, i64::from(period.n)),
        PeriodUnit::WorkingDays => working_days(from, period.n, 1, holiday),
    }
}

/// This day, or the next that is not off.
fn working_day(mut date: Date, holiday: &Holiday<'_>) -> Date {
    while day_off(date, holiday).is_some() && date < Date::MAX {
        date = plus(date, 1);
    }
    date
}

/// `date` moved by whole days; stays at the calendar's ends.
fn plus(date: Date, days: i64) -> Date {
    date.saturating_add(Span::new().days(days.clamp(-FAR, FAR)))
}

/// `date` moved by months: the same day number, clamped to the month's end (§ 188 Abs. 3 BGB).
fn plus_months(date: Date, months: i64) -> Date {
    date.saturating_add(Span::new().months(months.clamp(-FAR / 31, FAR / 31)))
}

/// The `n`-th working day after (`step` 1) or before (−1) `date`, which does not count itself.
fn working_days(date: Date, n: u32, step: i64, holiday: &Holiday<'_>) -> Date {
    let mut at = date;
    let mut left = n;
    while left > 0 && at > Date::MIN && at < Date::MAX {
        at = plus(at, step);
        if day_off(at, holiday).is_none() {
            left -= 1;
        }
    }
    at
}

/// `10 Tagen`, `einem Monat`.
fn dative(period: Period) -> String {
    let (one, many) = match period.unit {
        PeriodUnit::Days => ("einem Tag", "Tagen"),
        PeriodUnit::WorkingDays => ("einem Arbeitstag", "Arbeitstagen"),
        PeriodUnit::Weeks => ("einer Woche", "Wochen"),
        PeriodUnit::Months => ("einem Monat", "Monaten"),
    };
    if period.n == 1 {
        one.to_owned()
    } else {
        format!("{} {many}", period.n)
    }
}

/// `müssen 10 volle Tage`, `muss eine volle Woche`.
fn full(period: Period) -> String {
    let (one, many) = match period.unit {
        PeriodUnit::Days => ("ein voller Tag", "volle Tage"),
        PeriodUnit::WorkingDays => ("ein voller Arbeitstag", "volle Arbeitstage"),
        PeriodUnit::Weeks => ("eine volle Woche", "volle Wochen"),
        PeriodUnit::Months => ("ein voller Monat", "volle Monate"),
    };
    if period.n == 1 {
        format!("muss {one}")
    } else {
        format!("müssen {} {many}", period.n)
    }
}
