//! The types of the service language (docs/service-language.md). Data only: loading is in `load`,
//! rules in `rules`, answers in `answers`.

mod context;
mod lang;
mod region;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use context::*;
pub use lang::*;
pub use region::*;

/// Path from the repository root (`services/x/form.toml`) → bytes. What a package is made of.
pub type FileMap = BTreeMap<String, Vec<u8>>;

/// All services of one package set, with the reusable fields and the regions they rest on.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    pub services: BTreeMap<String, Arc<Service>>,
    pub region: Arc<Region>,
}

/// One Verwaltungsleistung in one version.
#[derive(Debug, Clone, Default)]
pub struct Service {
    pub id: String,
    /// Middle part of the reference: `FEUER`.
    pub code: String,
    pub icon: String,
    pub group: String,
    pub act: Act,
    /// Key of the region's responsibilities: `municipal`, `trade`.
    pub responsibility: String,
    /// Parameter that holds the regime, if the service knows regimes.
    pub regime: Option<String>,
    /// Instead of `regime`: the rule that yields `permit`, `notice` or `none`.
    pub regime_expr: Option<Expr>,
    pub retention: crate::Retention,
    /// How surely it has to be known who sends it online; `None`: not at all.
    pub assurance: Option<crate::AssuranceRule>,
    pub event: EventPaths,
    pub booking: Option<Booking>,
    pub legal_basis: Vec<LegalBasis>,
    pub parameters: Vec<Parameter>,
    pub fees: Vec<FeeItem>,
    pub deadlines: Vec<DeadlineRule>,
    pub conditions: Vec<Condition>,
    pub papers: Vec<Paper>,
    pub consults: Vec<Consult>,
    pub shown_rules: Vec<ShownRule>,
    pub form: Form,
    pub texts: BTreeMap<Lang, Texts>,
    /// `receipt` → Typst source of `letters/receipt.typ`.
    pub letters: BTreeMap<String, String>,
    pub examples: Vec<Example>,
    /// The figures of law that this version goes by, with the calendar and the responsibilities of now.
    pub region: Arc<Region>,
    /// SHA-256 (hex) over the canonical list of the files used: the version's identity.
    pub hash: String,
}

/// Antrag asks for a decision, Anzeige tells, a contract is private law.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    Notice,
    #[default]
    Application,
    Contract,
}

/// What the municipality's law asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Regime {
    Permit,
    Notice,
    None,
}

impl Regime {
    pub fn as_str(self) -> &'static str {
        match self {
            Regime::Permit => "permit",
            Regime::Notice => "notice",
            Regime::None => "none",
        }
    }
}

/// Which answers fill the clear columns and the sealed summary of a case.
#[derive(Debug, Clone, Default)]
pub struct EventPaths {
    pub date: Option<String>,
    /// Where it may last several days.
    pub last_day: Option<String>,
    pub start: Option<String>,
    pub end: Option<String>,
    pub place: Option<String>,
    /// The last day on which calling off costs nothing.
    pub cancel_until: Option<String>,
    pub applicant: Option<String>,
}

#[derive(Debug, Clone)]
pub struct Booking {
    pub room: String,
    /// (date path, time path)
    pub from: (String, String),
    pub to: (String, String),
    /// Path of the tariff class (`own`, `local_club`, …): ranks wishes for the same room.
    pub tariff: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
pub struct LegalBasis {
    pub id: String,
    pub title: String,
    pub url: Option<String>,
    pub confirmed: bool,
    pub note: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ParamType {
    Number,
    Money,
    OneOf,
    YesNo,
    Time,
    Text,
}

/// What a municipality may set, with its lawful bounds.
#[derive(Debug, Clone, Serialize)]
pub struct Parameter {
    pub id: String,
    #[serde(rename = "type")]
    pub kind: ParamType,
    pub unit: Option<String>,
    pub default: Value,
    pub min: Option<i64>,
    pub max: Option<i64>,
    pub options: Vec<String>,
    pub legal_basis: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeeKind {
    Fee,
    Price,
    Deposit,
}

#[derive(Debug, Clone)]
pub struct FeeItem {
    pub id: String,
    pub when: Option<Expr>,
    pub cents: Expr,
    pub kind: FeeKind,
    pub legal_basis: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeadlineKind {
    /// Backward from the event, binds the applicant, never pauses.
    Notice,
    /// Forward from receipt, binds the desk, pauses while a question is open.
    Decision,
}

#[derive(Debug, Clone)]
pub struct DeadlineRule {
    pub kind: DeadlineKind,
    pub period: PeriodRef,
    /// Question path of the event's date (notice only).
    pub before: Option<String>,
    pub when: Option<Expr>,
    pub legal_basis: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PeriodUnit {
    #[serde(rename = "d")]
    Days,
    #[serde(rename = "wd")]
    WorkingDays,
    #[serde(rename = "w")]
    Weeks,
    #[serde(rename = "m")]
    Months,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    pub n: u32,
    pub unit: PeriodUnit,
}

impl std::str::FromStr for Period {
    type Err = String;
    /// `10d`, `3wd`, `2w`, `1m`.
    fn from_str(s: &str) -> Result<Self, String> {
        let split = s.find(|c: char| !c.is_ascii_digit()).unwrap_or(s.len());
        let (n, unit) = s.split_at(split);
        let n = n
            .parse()
            .map_err(|_| format!("„{s}“ ist keine Frist. Beispiel: 10d, 3wd, 2w oder 1m."))?;
        let unit = match unit {
            "d" => PeriodUnit::Days,
            "wd" => PeriodUnit::WorkingDays,
            "w" => PeriodUnit::Weeks,
            "m" => PeriodUnit::Months,
            _ => return Err(format!("„{s}“ ist keine Frist. Beispiel: 10d, 3wd, 2w oder 1m.")),
        };
        Ok(Period { n, unit })
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PeriodRef {
    Fixed(Period),
    /// Parameter id and unit.
    Param(String, PeriodUnit),
}

#[derive(Debug, Clone)]
pub struct Condition {
    pub id: String,
    pub when: Option<Expr>,
    pub default: bool,
}

#[derive(Debug, Clone)]
pub struct Paper {
    pub question: String,
    pub when: Option<Expr>,
}

#[derive(Debug, Clone)]
pub struct Consult {
    pub who: String,
    pub when: Option<Expr>,
    pub fields: Vec<String>,
}

#[derive(Debug, Clone)]
pub struct ShownRule {
    pub id: String,
    pub origin: Origin,
    pub when: Option<Expr>,
}

/// Whose rule it is, or that it sets something free.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// State law.
    Law,
    /// The municipality's own.
    Place,
    /// What nobody has to hand in here.
    Free,
}

#[derive(Debug, Clone, Default)]
pub struct Form {
    pub pages: Vec<Page>,
    pub rules: Vec<Rule>,
    pub exits: Vec<Exit>,
    pub checks: Vec<Check>,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub id: String,
    pub when: Option<Expr>,
    pub questions: Vec<Question>,
}

#[derive(Debug, Clone)]
pub struct Question {
    /// Dotted path of the answer: `fire.height`; inside a group the part's own id.
    pub id: String,
    pub kind: Kind,
    pub optional: bool,
    pub may_stay_open: bool,
    pub personal: bool,
    /// Goes before the case does.
    pub retention: Option<crate::Retention>,
    pub when: Option<Expr>,
    pub reveal: bool,
    pub legal_basis: Vec<String>,
    pub sample: Vec<Value>,
}

/// A bound that may come from a number, the law or a parameter.
#[derive(Debug, Clone, PartialEq)]
pub enum Bound {
    Number(i64),
    Law(String),
    Param(String),
}

/// `"today"`, `"today+30d"`, `"2027-01-01"`.
#[derive(Debug, Clone, PartialEq)]
pub enum DateBound {
    Today(i64),
    Fixed(Date),
}

#[derive(Debug, Clone)]
pub enum Kind {
    Text {
        min_length: Option<usize>,
        max_length: usize,
        pattern: Option<String>,
    },
    LongText {
        min_length: Option<usize>,
        max_length: usize,
    },
    Number {
        min: Option<Bound>,
        max: Option<Bound>,
        unit: Option<String>,
    },
    Money {
        min: Option<Bound>,
        max: Option<Bound>,
    },
    Date {
        min: Option<DateBound>,
        max: Option<DateBound>,
    },
    Time {
        min: Option<String>,
        max: Option<String>,
    },
    DateRange {
        min: Option<DateBound>,
        max: Option<DateBound>,
    },
    YesNo,
    OneOf {
        options: Options,
    },
    ManyOf {
        options: Options,
        min_items: usize,
        max_items: usize,
    },
    Address,
    MapPoint,
    Iban,
    Email,
    Phone,
    File {
        accept: Vec<String>,
        max_mb: u32,
    },
    Group {
        parts: Vec<Question>,
        min_items: usize,
        max_items: usize,
    },
    Computed {
        value: Expr,
        result: Computed,
        /// Of a number: `days`, `persons`.
        unit: Option<String>,
        /// Only for rules and sentences: never listed among the answers.
        hidden: bool,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Computed {
    Number,
    Money,
    Text,
    YesNo,
    Date,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Options {
    Fixed(Vec<String>),
    /// The place's own rooms.
    Rooms,
}

#[derive(Debug, Clone)]
pub struct Rule {
    pub id: String,
    pub field: String,
    pub when: Option<Expr>,
    pub must: Expr,
}

#[derive(Debug, Clone)]
pub struct Exit {
    pub id: String,
    pub after: String,
    pub when: Expr,
    pub kind: ExitKind,
    pub legal_basis: Vec<String>,
    pub to: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExitKind {
    NothingNeeded,
    NotEntitled,
    Elsewhere,
}

#[derive(Debug, Clone)]
pub struct Check {
    pub id: String,
    pub field: Option<String>,
    pub when: Option<Expr>,
    pub must: Expr,
    pub legal_basis: Vec<String>,
}

/// A CEL expression: its source, and the tree parsed once per version by `rules::compile`, the only maker.
#[derive(Clone)]
pub struct Expr {
    pub source: String,
    pub(crate) tree: Arc<crate::rules::Tree>,
}

impl std::fmt::Debug for Expr {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Expr({:?})", self.source)
    }
}

/// Words of one language; nested tables flattened to dotted keys.
#[derive(Debug, Clone, Default)]
pub struct Texts {
    pub strings: BTreeMap<String, String>,
    pub lists: BTreeMap<String, Vec<String>>,
}

impl Texts {
    /// The text for `key`, in the regime's variant if there is one.
    pub fn get(&self, key: &str, regime: Option<Regime>) -> Option<&str> {
        regime
            .and_then(|r| self.strings.get(&format!("{key}.{}", r.as_str())))
            .or_else(|| self.strings.get(key))
            .map(String::as_str)
    }
    pub fn list(&self, key: &str, regime: Option<Regime>) -> &[String] {
        regime
            .and_then(|r| self.lists.get(&format!("{key}.{}", r.as_str())))
            .or_else(|| self.lists.get(key))
            .map_or(&[], Vec::as_slice)
    }
}

#[derive(Debug, Clone)]
pub struct Example {
    pub file: String,
    pub title: String,
    pub today: Date,
    pub place: String,
    pub params: BTreeMap<String, Value>,
    /// The place's rooms in this example.
    pub rooms: Vec<Room>,
    pub answers: Value,
    pub expect: Expect,
}

#[derive(Debug, Clone, Default)]
pub struct Expect {
    /// accepted | errors | exit
    pub outcome: String,
    pub errors: Vec<String>,
    pub exit: Option<String>,
    pub regime: Option<String>,
    pub fee_cents: Option<i64>,
    pub checks: BTreeMap<String, String>,
    pub deadlines: Vec<ExpectDeadline>,
}

#[derive(Debug, Clone)]
pub struct ExpectDeadline {
    pub kind: DeadlineKind,
    pub last_day: Date,
    pub late_by: i64,
}
