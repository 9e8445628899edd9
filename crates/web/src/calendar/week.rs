//! Weeks and days of the calendar: which part of a booking lies on a day, and how hours are written.
//! Days are German local days: one has 23 hours, one 25.

use jiff::civil::{Date, Time};
use jiff::{Timestamp, ToSpan as _};
use schema::Lang;

use crate::format;
use crate::req::Req;

/// Monday to Sunday.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Week {
    pub monday: Date,
}

impl Week {
    pub fn of(day: Date) -> Week {
        let back = i64::from(day.weekday().to_monday_zero_offset());
        Week {
            monday: day.checked_sub(back.days()).unwrap_or(day),
        }
    }

    /// The week that `?woche=` names by one of its days, else this one. Years far away are no weeks of a calendar.
    pub fn asked(req: &Req, today: Date) -> Week {
        let asked = req.param("woche").and_then(|d| schema::typed::date(d.trim()));
        let near = |d: &Date| (d.year() - today.year()).abs() <= 10;
        Week::of(asked.filter(near).unwrap_or(today))
    }

    pub fn moved(self, weeks: i64) -> Week {
        Week {
            monday: self.monday.checked_add(weeks.weeks()).unwrap_or(self.monday),
        }
    }

    pub fn days(self) -> Vec<Date> {
        (0..7).filter_map(|n| self.monday.checked_add(n.days()).ok()).collect()
    }

    pub fn sunday(self) -> Date {
        self.monday.checked_add(6.days()).unwrap_or(self.monday)
    }

    /// First moment, and first moment after it.
    pub fn span(self) -> (Timestamp, Timestamp) {
        (midnight(self.monday), midnight(self.moved(1).monday))
    }
}

/// The day's first moment in Germany.
pub fn midnight(day: Date) -> Timestamp {
    domain::booking::moment(day, Time::midnight()).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// The part of a span that lies on a day, in minutes of its clock: 0 to 1440.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part {
    pub from: i32,
    pub to: i32,
    /// The span begins, or ends, on this day.
    pub begins: bool,
    pub ends: bool,
}

pub const DAY: i32 = 24 * 60;

/// What of the span lies on the day; `None`: nothing.
pub fn part(day: Date, from: Timestamp, to: Timestamp) -> Option<Part> {
    let (start, end) = (midnight(day), midnight(day.tomorrow().ok()?));
    if from >= end || to <= start {
        return None;
    }
    let minute = |t: Timestamp| {
        let z = domain::berlin(t);
        i32::from(z.hour()) * 60 + i32::from(z.minute())
    };
    let (begins, ends) = (from >= start, to <= end);
    Some(Part {
        from: if begins { minute(from) } else { 0 },
        to: if ends && to < end { minute(to) } else { DAY },
        begins,
        ends,
    })
}

fn clock(minute: i32) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

impl Part {
    pub fn whole_day(&self) -> bool {
        self.from == 0 && self.to == DAY
    }

    /// `19:00–20:30`, `ab 08:00`, `bis 16:00`, `ganztägig`: for the desk.
    pub fn words(&self) -> String {
        match (self.begins, self.ends) {
            _ if self.whole_day() => "ganztägig".to_owned(),
            (_, false) => format!("ab {}", clock(self.from)),
            (false, true) => format!("bis {}", clock(self.to)),
            (true, true) => format!("{}–{}", clock(self.from), clock(self.to)),
        }
    }
}

/// Parts that touch or overlap become one, in the order of time.
pub fn merged(parts: impl Iterator<Item = (i32, i32)>) -> Vec<(i32, i32)> {
    let mut all: Vec<(i32, i32)> = parts.collect();
    all.sort_unstable();
    let mut out: Vec<(i32, i32)> = Vec::new();
    for (from, to) in all {
        match out.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => out.push((from, to)),
        }
    }
    out
}

/// `19–20:30`, English `19:00–20:30`.
pub fn hours(from: i32, to: i32, lang: Lang) -> String {
    let one = |m: i32| match lang {
        Lang::De | Lang::Leicht if m % 60 == 0 => (m / 60).to_string(),
        _ => clock(m),
    };
    format!("{}–{}", one(from), one(to))
}

/// `07. bis 13.12.2026`, with month and year at the first where they differ.
pub fn numbers(from: Date, to: Date) -> String {
    let first = match (from.year() == to.year(), from.month() == to.month()) {
        (true, true) => format!("{:02}.", from.day()),
        (true, false) => schema::show::format::day_month(from, Lang::De),
        _ => format::date(from),
    };
    format!("{first} bis {}", format::date(to))
}

/// Day, month and year in words of the language.
fn words(day: Date, lang: Lang) -> (String, String, String) {
    let month = schema::show::format::month(day.month(), lang).to_owned();
    let dot = if lang.is_german() { "." } else { "" };
    (format!("{}{dot}", day.day()), month, day.year().to_string())
}

/// `7. bis 13. Dezember 2026`, English `7 to 13 December 2026`. No line may break within a date.
pub fn in_words(from: Date, to: Date, lang: Lang) -> String {
    let until = if lang.is_german() { "bis" } else { "to" };
    let ((d1, m1, y1), (d2, m2, y2)) = (words(from, lang), words(to, lang));
    let first = match (y1 == y2, m1 == m2) {
        (true, true) => d1,
        (true, false) => format!("{d1} {m1}"),
        _ => format!("{d1} {m1} {y1}"),
    };
    format!("{first} {until} {d2} {m2} {y2}")
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("time")
    }

    #[test]
    fn a_week_begins_on_monday() {
        let week = Week::of(date(2026, 12, 13));
        assert_eq!(week.monday, date(2026, 12, 7));
        assert_eq!((week.days().len(), week.sunday()), (7, date(2026, 12, 13)));
        assert_eq!(week.moved(-1).monday, date(2026, 11, 30));
        assert_eq!(week.span().0, at("2026-12-06T23:00:00Z"));
        // The week in which the clock changes is an hour shorter.
        let (from, to) = Week::of(date(2027, 3, 28)).span();
        assert_eq!(to.duration_since(from).as_hours(), 7 * 24 - 1);
    }

    #[test]
    fn a_span_over_days_has_a_part_on_each() {
        let (from, to) = (at("2026-12-11T07:00:00Z"), at("2026-12-13T15:00:00Z"));
        let words = |day| part(date(2026, 12, day), from, to).map(|p| p.words());
        assert_eq!(words(10), None);
        assert_eq!(words(11).as_deref(), Some("ab 08:00"));
        assert_eq!(words(12).as_deref(), Some("ganztägig"));
        assert_eq!(words(13).as_deref(), Some("bis 16:00"));
        assert_eq!(words(14), None);
        // Until midnight is no part of the next day.
        let late = part(
            date(2026, 12, 12),
            at("2026-12-12T14:00:00Z"),
            at("2026-12-12T23:00:00Z"),
        )
        .expect("a part");
        assert_eq!((late.words().as_str(), late.ends), ("15:00–24:00", true));
        assert_eq!(
            part(
                date(2026, 12, 13),
                at("2026-12-12T14:00:00Z"),
                at("2026-12-12T23:00:00Z")
            ),
            None
        );
        let night = (at("2026-12-12T18:00:00Z"), at("2026-12-13T01:00:00Z"));
        let of = |day| part(date(2026, 12, day), night.0, night.1).expect("a part").words();
        assert_eq!((of(12).as_str(), of(13).as_str()), ("ab 19:00", "bis 02:00"));
    }

    #[test]
    fn what_touches_is_one() {
        let all = [(600, 720), (720, 800), (0, 60), (650, 700)];
        assert_eq!(merged(all.into_iter()), [(0, 60), (600, 800)]);
        assert_eq!(hours(1140, 1230, Lang::De), "19–20:30");
        assert_eq!(hours(840, DAY, Lang::De), "14–24");
        assert_eq!(hours(840, 1020, Lang::En), "14:00–17:00");
    }

    #[test]
    fn spans_of_days_are_written_shortly() {
        let (a, b) = (date(2026, 12, 7), date(2026, 12, 13));
        assert_eq!(numbers(a, b), "07. bis 13.12.2026");
        assert_eq!(in_words(a, b, Lang::De), "7. bis 13. Dezember 2026");
        assert_eq!(in_words(a, b, Lang::En), "7 to 13 December 2026");
        let (a, b) = (date(2026, 12, 28), date(2027, 1, 3));
        assert_eq!(numbers(a, b), "28.12.2026 bis 03.01.2027");
        assert_eq!(in_words(a, b, Lang::De), "28. Dezember 2026 bis 3. Januar 2027");
        assert_eq!(
            in_words(date(2026, 11, 30), date(2026, 12, 6), Lang::En),
            "30 November to 6 December 2026"
        );
        assert_eq!(numbers(date(2026, 11, 30), date(2026, 12, 6)), "30.11. bis 06.12.2026");
    }
}
