//! A state as data: figures of law, days, who decides what.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A state: its law, its calendar, who decides what.
#[derive(Debug, Clone, Default)]
pub struct Region {
    pub id: String,
    /// Numbers of state law: `law.forest_distance`.
    pub law: BTreeMap<String, LawFigure>,
    /// How long what is no case is kept; by the names that `load::keys_data` knows.
    pub periods: BTreeMap<String, LawFigure>,
    pub holidays: Vec<DayRule>,
    pub quiet_days: Vec<DayRule>,
    pub responsibilities: BTreeMap<String, Responsibility>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct LawFigure {
    pub value: Value,
    pub unit: Option<String>,
    pub legal_basis: String,
    pub confirmed: bool,
}

/// A day of the year: fixed, relative to Easter, or relative to the 1st Sunday of Advent.
#[derive(Debug, Clone)]
pub struct DayRule {
    pub id: String,
    pub name: String,
    pub at: DayAt,
    pub since: Option<i16>,
    /// AGS (or prefix of it) where it holds; empty: everywhere.
    pub only: Vec<String>,
    /// Quiet days: from and to hour.
    pub hours: Option<(u8, u8)>,
    pub legal_basis: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DayAt {
    Fixed { month: i8, day: i8 },
    Easter { offset: i32 },
    Advent { offset: i32 },
}

/// Which level decides a group of services, with dated exceptions per AGS.
#[derive(Debug, Clone)]
pub struct Responsibility {
    pub id: String,
    /// municipality | district
    pub level: Level,
    /// Towns that have an office of their own although the district decides.
    pub own_office: Vec<OwnOffice>,
    /// The place's own authority is consulted.
    pub consult_local: bool,
    pub legal_basis: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    Municipality,
    District,
}

#[derive(Debug, Clone)]
pub struct OwnOffice {
    pub ags: String,
    pub name: String,
    pub since: Option<Date>,
    pub source: String,
    pub confirmed: bool,
}
