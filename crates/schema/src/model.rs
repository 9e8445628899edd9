//! The types of the service language (docs/service-language.md). Data only: loading is in `load`,
//! rules in `rules`, answers in `answers`.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Path from the repository root (`services/x/form.toml`) → bytes. What a package is made of.
pub type FileMap = BTreeMap<String, Vec<u8>>;

/// A language of the texts. Leichte Sprache is German: a text that it lacks is the German one, and numbers, days and
/// amounts are written in the same way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
pub enum Lang {
    #[default]
    #[serde(rename = "de")]
    De,
    #[serde(rename = "en")]
    En,
    #[serde(rename = "de-leicht")]
    Leicht,
}

impl Lang {
    pub const ALL: [Lang; 3] = [Lang::De, Lang::Leicht, Lang::En];
    /// Name in addresses, cookies and files.
    pub fn code(self) -> &'static str {
        match self {
            Lang::De => "de",
            Lang::En => "en",
            Lang::Leicht => "de-leicht",
        }
    }
    pub fn of(code: &str) -> Option<Lang> {
        Lang::ALL.into_iter().find(|l| l.code() == code)
    }
    /// Name for browsers and readers (BCP 47).
    pub fn tag(self) -> &'static str {
        match self {
            Lang::Leicht => "de-simple",
            other => other.code(),
        }
    }
    /// What the language calls itself.
    pub fn name(self) -> &'static str {
        match self {
            Lang::De => "Deutsch",
            Lang::En => "English",
            Lang::Leicht => "Leichte Sprache",
        }
    }
    pub fn is_german(self) -> bool {
        self != Lang::En
    }
    /// Whether its files may lack texts.
    pub fn may_lack(self) -> bool {
        self == Lang::Leicht
    }
    /// What stands between two sentences.
    pub fn gap(self) -> &'static str {
        match self {
            Lang::Leicht => crate::leicht::GAP,
            _ => " ",
        }
    }
}

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
