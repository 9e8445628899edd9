//! The span for which an application takes a room, read from its answers by the service's `[booking]`.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use schema::{Region, Service};
use serde_json::Value;

use crate::assess::day_at;

/// Room id, start and end. Times are Europe/Berlin; an end not later than the start is the next day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    pub room: String,
    pub from: Timestamp,
    pub to: Timestamp,
}

/// The span, if the service books rooms and every answer it needs is there.
pub fn span(service: &Service, answers: &Value) -> Option<Span> {
    let booking = service.booking.as_ref()?;
    let room = schema::at(answers, &booking.room)?.as_str()?.to_owned();
    let time = |path: &str| -> Option<Time> { parse_time(schema::at(answers, path)?.as_str()?) };
    let from_time = time(&booking.from.1)?;
    let to_time = time(&booking.to.1)?;
    let from_day = day_at(answers, &booking.from.0)?;
    let mut to_day = day_at(answers, &booking.to.0)?;
    if to_day == from_day && to_time <= from_time {
        to_day = to_day.tomorrow().ok()?;
    }
    Some(Span {
        room,
        from: moment(from_day, from_time)?,
        to: moment(to_day, to_time)?,
    })
}

/// Words of a booking for the desk's calendar: what takes place, as the applicant calls it.
pub fn label(answers: &Value, title: &str) -> String {
    let name = schema::at(answers, "event.name")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if name.trim().is_empty() { title } else { name }.to_owned()
}

/// From when to when the event itself lasts: within what it takes of a room, without setting up and clearing. An end
/// not later than the start is the next day; after several days, one up to `night` belongs to the day before.
pub fn event_span(service: &Service, answers: &Value, night: Option<Time>) -> Option<(Timestamp, Timestamp)> {
    let event = &service.event;
    let time = |path: Option<&str>| parse_time(schema::at(answers, path?)?.as_str()?);
    let (start, end) = (time(event.start.as_deref())?, time(event.end.as_deref())?);
    let first = day_at(answers, event.date.as_deref()?)?;
    let last = event.last_day.as_deref().and_then(|p| day_at(answers, p));
    let last = last.filter(|last| *last > first).unwrap_or(first);
    let over_night = if last == first {
        end <= start
    } else {
        night.is_some_and(|n| end <= n)
    };
    let end_day = if over_night { last.tomorrow().ok()? } else { last };
    Some((moment(first, start)?, moment(end_day, end)?))
}

/// Up to when a night belongs to the day before, by the region's law.
pub fn night(region: &Region) -> Option<Time> {
    let end = region.law.get("closing_end").and_then(|f| f.value.as_str());
    end.and_then(parse_time)
}

/// A time of day as answers hold it: `17:30`.
pub fn parse_time(text: &str) -> Option<Time> {
    let (h, m) = text.split_once(':')?;
    // 24:00 is midnight at the end of the day; as a start of a span it does not occur.
    let h: i8 = h.parse().ok().map(|h: i8| if h == 24 { 0 } else { h })?;
    Time::new(h, m.parse().ok()?, 0, 0).ok()
}

/// A local moment in Germany; in the hour that a clock change skips, the later one.
pub fn moment(day: Date, time: Time) -> Option<Timestamp> {
    day.to_datetime(time).in_tz("Europe/Berlin").ok().map(|z| z.timestamp())
}
