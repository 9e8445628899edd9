//! Working days and holidays of a place.
//! Which days are holidays is data (`regions/<region>/holidays.toml`); how a rule becomes a date is
//! in `schema::days`. Counting of periods is in [`crate::deadline`].

use jiff::civil::{Date, Weekday};
use schema::Region;

/// Names the holiday on a date, or none. What [`crate::deadline`] asks for.
pub type Holiday<'a> = dyn Fn(Date) -> Option<String> + 'a;

/// The holidays of the place `ags`. An empty AGS knows only those that hold in the whole region.
pub fn holidays<'a>(region: &'a Region, ags: &'a str) -> impl Fn(Date) -> Option<String> + 'a {
    move |date| schema::days::on(&region.holidays, date, ags).map(|rule| rule.name.clone())
}

/// Saturday, Sunday or holiday: why no period ends on this date (§ 31 Abs. 3 VwVfG, § 193 BGB).
pub fn day_off(date: Date, holiday: &Holiday<'_>) -> Option<DayOff> {
    match (holiday(date), date.weekday()) {
        (Some(name), _) => Some(DayOff::Holiday(name)),
        (None, Weekday::Saturday) => Some(DayOff::Saturday),
        (None, Weekday::Sunday) => Some(DayOff::Sunday),
        (None, _) => None,
    }
}

/// What keeps a day from being a working day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DayOff {
    Saturday,
    Sunday,
    /// Its name.
    Holiday(String),
}

impl std::fmt::Display for DayOff {
    /// As a predicate: `ein Samstag`, `ein Feiertag (Ostermontag)`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            DayOff::Saturday => f.write_str("ein Samstag"),
            DayOff::Sunday => f.write_str("ein Sonntag"),
            DayOff::Holiday(name) => write!(f, "ein Feiertag ({name})"),
        }
    }
}
