//! iCalendar (RFC 5545): deadlines and events as all-day entries. DTSTAMP and UID are handed in, so
//! that the same case gives the same file.

use icalendar::{Calendar, Component, Event};
use jiff::Timestamp;
use jiff::civil::Date;

/// A calendar file of whole days. `key` makes the UIDs stable.
pub fn all_day(key: &str, entries: &[(String, Date)], now: Timestamp) -> String {
    let stamp = stamp(now);
    let mut calendar = Calendar::new();
    for (i, (title, day)) in entries.iter().enumerate() {
        let mut event = Event::new();
        event.uid(&format!("{key}-{i}@kommunal-cloud"));
        event.summary(title);
        event.add_property("DTSTAMP", &stamp);
        event.add_multi_property("DTSTART;VALUE=DATE", &day.strftime("%Y%m%d").to_string());
        calendar.push(event.done());
    }
    calendar.to_string()
}

fn stamp(now: Timestamp) -> String {
    now.strftime("%Y%m%dT%H%M%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_a_whole_day_with_stable_marks() {
        let now: Timestamp = "2026-11-24T21:39:05Z".parse().expect("time");
        let text = all_day(
            "NOB-FEUER-26-7K3M-Q",
            &[("Frist: Feuer, Saal".into(), jiff::civil::date(2026, 12, 29))],
            now,
        );
        assert!(text.contains("DTSTART;VALUE=DATE:20261229\r\n"), "{text}");
        assert!(text.contains("DTSTAMP:20261124T213905Z\r\n"), "{text}");
        assert!(text.contains("SUMMARY:Frist: Feuer\\, Saal\r\n"), "{text}");
        assert!(text.contains("UID:NOB-FEUER-26-7K3M-Q-0@kommunal-cloud\r\n"), "{text}");
        assert_eq!(
            text,
            all_day(
                "NOB-FEUER-26-7K3M-Q",
                &[("Frist: Feuer, Saal".into(), jiff::civil::date(2026, 12, 29))],
                now
            )
        );
    }
}
