//! What an application is answered in (place, rooms, settings, day), and the answers themselves.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::*;

/// A room as rules and fees see it. Money in cents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Room {
    pub id: String,
    pub name: String,
    pub persons: i64,
    pub seats: i64,
    pub kitchen: bool,
    /// true: public-law fee statute (§ 12 ThürKAG); false: private price.
    pub statute: bool,
    /// class (own, local_club, resident, outsider, commercial) → prices
    pub tariff: BTreeMap<String, RoomTariff>,
    pub heating_day: i64,
    /// Months (1–12) of the heating season; empty: none.
    pub heating_months: Vec<i64>,
    pub cleaning: i64,
    pub description: String,
    pub equipment: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct RoomTariff {
    pub day: i64,
    pub hour: i64,
    pub deposit: i64,
}

/// The place applied for, as rules and texts see it.
#[derive(Debug, Clone, Serialize, Deserialize, Default)]
pub struct PlaceInfo {
    pub ags: String,
    pub name: String,
    /// `Gemeinde`, `Stadt`, …
    pub kind: String,
    /// Name of the authority that decides, for texts.
    pub authority: String,
    /// Nothing is sent from here: the answers end in an application to print.
    pub on_paper: bool,
    /// Outline of the place, lon/lat rings; empty: map points are not checked.
    pub outline: Vec<Vec<(f64, f64)>>,
}

/// Everything that answers are checked against. Built once per request or case.
#[derive(Debug, Clone, Default)]
pub struct Context {
    pub today: Date,
    /// Local time `HH:MM`.
    pub now: String,
    pub lang: Lang,
    pub params: BTreeMap<String, Value>,
    /// The place has set nothing here: `params` are only proposals. Rules, fees and sentences that rest on them
    /// say nothing then, since an unknown local rule is called unknown.
    pub local_unknown: bool,
    pub place: PlaceInfo,
    pub rooms: Vec<Room>,
    pub region: Arc<Region>,
}

/// One thing wrong with one answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// Path: `fire.height`, `helpers.2.phone` (index from 0).
    pub field: String,
    #[serde(skip)]
    pub kind: ErrorKind,
    pub message: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ErrorKind {
    Unknown,
    Missing,
    Form,
    Min,
    Max,
    Length,
    Option,
    Items,
    Elsewhere,
    Paper,
    /// Id of the rule that was broken.
    Rule(String),
}

/// Answers as they came: typed text or JSON, nested by field file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RawAnswers(pub Value);

impl Default for RawAnswers {
    fn default() -> Self {
        RawAnswers(Value::Object(serde_json::Map::new()))
    }
}

/// Answers in canonical form that passed every rule. Made only by `answers::check`.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckedAnswers {
    pub(crate) answers: Value,
    pub(crate) failures: Vec<crate::RuleFailure>,
}

impl CheckedAnswers {
    pub fn value(&self) -> &Value {
        &self.answers
    }
    /// Rules that failed and so let the answers through: whoever takes these alarms.
    pub fn failures(&self) -> &[crate::RuleFailure] {
        &self.failures
    }
}

/// Value at a dotted path.
pub fn at<'a>(answers: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(answers, |v, key| match v {
        Value::Array(list) => list.get(key.parse::<usize>().ok()?),
        _ => v.get(key),
    })
}
