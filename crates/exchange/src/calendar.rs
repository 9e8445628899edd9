//! iCalendar (RFC 5545): the dates of a case as a file, bookings of rooms as a calendar to subscribe to.
//! DTSTAMP and UID are handed in, so that the same case gives the same file.

use icalendar::{Calendar, Component, Event, EventLike as _};
use jiff::Timestamp;
use jiff::civil::Date;

/// When something is: on a whole day, or from a moment to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    Day(Date),
    Span(Timestamp, Timestamp),
}

/// A date of one's own, for a calendar file that is loaded once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appointment {
    /// What it is, unchanging: a file loaded again moves the entry instead of adding one.
    pub mark: &'static str,
    pub title: String,
    pub when: When,
    /// Where; empty: not said.
    pub place: String,
}

/// A calendar file of appointments. `key` and the marks make the UIDs stable.
pub fn appointments(key: &str, entries: &[Appointment], now: Timestamp) -> String {
    let now = stamp(now);
    let mut calendar = ours();
    for entry in entries {
        let mut event = Event::new();
        event.uid(&format!("{key}-{}@kommunal-cloud", entry.mark));
        event.summary(&entry.title);
        event.add_property("DTSTAMP", &now);
        match entry.when {
            When::Day(day) => {
                event.add_multi_property("DTSTART;VALUE=DATE", &day.strftime("%Y%m%d").to_string());
            }
            When::Span(from, to) => {
                event.add_property("DTSTART", stamp(from));
                event.add_property("DTEND", stamp(to));
            }
        }
        if !entry.place.is_empty() {
            event.location(&entry.place);
        }
        calendar.push(event.done());
    }
    calendar.to_string()
}

/// An entry with a beginning and an end, for a calendar that programs subscribe to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The same for the same thing at every fetch; `@kommunal-cloud` is added.
    pub uid: String,
    pub from: Timestamp,
    pub to: Timestamp,
    pub title: String,
    /// Where; empty: not said.
    pub place: String,
    /// Address of a page about it; empty: none.
    pub link: String,
    /// false: asked for only, so the time is shown as tentative.
    pub firm: bool,
}

/// A calendar to subscribe to, fetched again every hour: each entry takes its time (`TRANSP:OPAQUE`). Outlook reads
/// how from `X-MICROSOFT-CDO-BUSYSTATUS`, others from `STATUS`.
pub fn subscribed(name: &str, entries: &[Entry], now: Timestamp) -> String {
    let mut calendar = ours();
    calendar.name(name);
    calendar.append_property(("METHOD", "PUBLISH"));
    calendar.append_property(("X-PUBLISHED-TTL", "PT1H"));
    let now = stamp(now);
    for entry in entries {
        let mut event = Event::new();
        event.uid(&format!("{}@kommunal-cloud", entry.uid));
        event.summary(&entry.title);
        event.add_property("DTSTAMP", &now);
        event.add_property("DTSTART", stamp(entry.from));
        event.add_property("DTEND", stamp(entry.to));
        event.add_property("TRANSP", "OPAQUE");
        event.add_property("STATUS", if entry.firm { "CONFIRMED" } else { "TENTATIVE" });
        let busy = if entry.firm { "BUSY" } else { "TENTATIVE" };
        event.add_property("X-MICROSOFT-CDO-BUSYSTATUS", busy);
        if !entry.place.is_empty() {
            event.location(&entry.place);
        }
        if !entry.link.is_empty() {
            event.url(&entry.link);
        }
        calendar.push(event.done());
    }
    calendar.to_string()
}

/// An empty calendar that says what made it.
fn ours() -> Calendar {
    let mut calendar = Calendar::new();
    calendar.properties.retain(|property| property.key() != "PRODID");
    calendar.append_property(("PRODID", "-//Kommunal-Cloud//Kalender//DE"));
    calendar
}

fn stamp(now: Timestamp) -> String {
    now.strftime("%Y%m%dT%H%M%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subscribed_entry_takes_its_time_and_keeps_its_mark() {
        let at = |t: &str| t.parse::<Timestamp>().expect("time");
        let entry = |firm| Entry {
            uid: "saal-1".into(),
            from: at("2026-12-12T14:00:00Z"),
            to: at("2026-12-12T22:00:00Z"),
            title: "Saal: Feier, groß".into(),
            place: "Saal".into(),
            link: "https://kommunal.example/amt/v/a;b".into(),
            firm,
        };
        let text = subscribed("Räume", &[entry(true)], at("2026-11-24T21:39:05Z"));
        assert_eq!(text.matches("PRODID:").count(), 1, "{text}");
        for line in [
            "PRODID:-//Kommunal-Cloud//Kalender//DE",
            "X-WR-CALNAME:Räume",
            "UID:saal-1@kommunal-cloud",
            "DTSTAMP:20261124T213905Z",
            "DTSTART:20261212T140000Z",
            "DTEND:20261212T220000Z",
            "SUMMARY:Saal: Feier\\, groß",
            "TRANSP:OPAQUE",
            "STATUS:CONFIRMED",
            "X-MICROSOFT-CDO-BUSYSTATUS:BUSY",
            "URL:https://kommunal.example/amt/v/a;b",
        ] {
            assert!(text.contains(&format!("{line}\r\n")), "{line} is missing in {text}");
        }
        let asked = subscribed("Räume", &[entry(false)], at("2026-11-24T21:39:05Z"));
        assert!(asked.contains("STATUS:TENTATIVE\r\n") && asked.contains("BUSYSTATUS:TENTATIVE\r\n"));
    }

    #[test]
    fn an_appointment_is_a_whole_day_or_has_its_hours_with_stable_marks() {
        let at = |t: &str| t.parse::<Timestamp>().expect("time");
        let entries = [
            Appointment {
                mark: "event",
                title: "Feuer".into(),
                when: When::Span(at("2027-01-09T16:00:00Z"), at("2027-01-09T21:00:00Z")),
                place: "Festwiese, Ehrenhain".into(),
            },
            Appointment {
                mark: "decision",
                title: "Antwort: Feuer, Saal".into(),
                when: When::Day(jiff::civil::date(2026, 12, 29)),
                place: String::new(),
            },
        ];
        let now = at("2026-11-24T21:39:05Z");
        let text = appointments("NOB-FEUER-26-7K3M-Q", &entries, now);
        for line in [
            "UID:NOB-FEUER-26-7K3M-Q-event@kommunal-cloud",
            "DTSTART:20270109T160000Z",
            "DTEND:20270109T210000Z",
            "LOCATION:Festwiese\\, Ehrenhain",
            "UID:NOB-FEUER-26-7K3M-Q-decision@kommunal-cloud",
            "DTSTART;VALUE=DATE:20261229",
            "DTSTAMP:20261124T213905Z",
            "SUMMARY:Antwort: Feuer\\, Saal",
        ] {
            assert!(text.contains(&format!("{line}\r\n")), "{line} is missing in {text}");
        }
        assert_eq!(text, appointments("NOB-FEUER-26-7K3M-Q", &entries, now));
    }
}
