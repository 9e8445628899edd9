//! Rules of services in CEL: compiling within limits, finding names, evaluating with answers.
//!
//! The only module that knows the `cel` crate. That crate has no type checker and no cost limit, and its parser can
//! overflow a stack; the guards against both are in `compile`. Values are handed over as `i64`, never as JSON numbers
//! (those would become unsigned), in `eval`. Which names exist is checked by whoever loads a service, with `names`.

mod compile;
mod eval;
mod misfit;
mod names;
mod parts;
#[cfg(test)]
mod tests;
mod types;
mod typing;
mod words;

use serde_json::Value;

use crate::{Context, Expr, Service};

pub use compile::{CompileError, MAX_CHARS, compile};
pub(crate) use names::known;
pub use names::{ItemReference, Reference, References, references};
pub(crate) use words::results;
pub use words::{Comparison, comparisons};

pub(crate) use eval::{Scope, room_path};
pub(crate) use parts::{Literals, atoms, literals, only_asks_for_null};
pub(crate) use types::Type;
pub(crate) use typing::{Wanted, mismatches};

/// The parsed form of an expression.
pub struct Tree {
    expression: cel::IdedExpr,
    source_info: std::sync::Arc<cel::common::ast::SourceInfo>,
    names: References,
    /// Calls a function of ours: then they are put into the scope of an evaluation.
    calls_ours: bool,
}

/// Names that an expression may start with.
pub const ROOTS: &[&str] = &["answers", "params", "law", "today", "now", "regime", "place", "room"];

/// Functions and methods that an expression may call.
pub const FUNCTIONS: &[&str] = &[
    "size",
    "days_between",
    "weekday",
    "minutes",
    "add_days",
    "add_months",
    "quiet_day",
    "holiday",
    "matches",
    "contains",
    "startsWith",
    "endsWith",
];

/// Fields of `place`. `has_rooms`: the place lets rooms here; `on_paper`: the answers are printed, not sent.
pub const PLACE_FIELDS: &[&str] = &["ags", "name", "kind", "has_rooms", "on_paper"];

/// Fields of `room`; `tariff.<class>.{day,hour,deposit}` goes deeper.
pub const ROOM_FIELDS: &[&str] = &[
    "id",
    "name",
    "persons",
    "seats",
    "kitchen",
    "statute",
    "tariff",
    "heating_day",
    "heating",
    "cleaning",
];

/// Classes of a room's tariff.
pub(crate) const TARIFF_CLASSES: &[&str] = &["own", "local_club", "resident", "outsider", "commercial"];
/// Prices of each class.
pub(crate) const PRICES: &[&str] = &["day", "hour", "deposit"];

/// A rule that could not be worked out with these answers. It never blocks: the caller asks, looks and alarms.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Die Regel „{rule}“ ist gescheitert: {message}")]
pub struct RuleFailure {
    /// Source of the expression.
    pub rule: String,
    pub message: String,
}

/// A rule as yes or no. `answers` are canonical (see `answers::settle`).
pub fn eval_bool(expr: &Expr, answers: &Value, service: &Service, cx: &Context) -> Result<bool, RuleFailure> {
    Scope::new(answers, service, cx).bool(expr)
}

/// A rule as a whole number: cents, days.
pub fn eval_int(expr: &Expr, answers: &Value, service: &Service, cx: &Context) -> Result<i64, RuleFailure> {
    Scope::new(answers, service, cx).int(expr)
}

/// A rule as any value.
pub fn eval_value(expr: &Expr, answers: &Value, service: &Service, cx: &Context) -> Result<Value, RuleFailure> {
    Scope::new(answers, service, cx).value(expr)
}
