//! CEL: compiling within limits, finding names, evaluating. The only module that knows the `cel` crate.

use std::sync::Arc;

use cel::Env;
use serde_json::Value;

use crate::{Context, Expr, Service};

/// The parsed form of an expression.
pub struct Tree {
    pub(crate) expression: cel::IdedExpr,
    pub(crate) source_info: cel::common::ast::SourceInfo,
}

/// Why a text is no rule. `offset` counts characters from the start of the expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct CompileError {
    pub message: String,
    pub offset: usize,
}

/// A name in an expression, and the character at which it starts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    pub name: String,
    pub offset: usize,
}

/// A field read from a loop variable that runs over the answer `list`: `answers.helpers.all(h, h.phone != "")`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ItemReference {
    pub list: String,
    pub name: String,
    pub offset: usize,
}

/// All names of an expression, in the order of the text. Loop variables are not among them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct References {
    /// `answers.fire.height` → `fire.height`; may go on into a value: `event.days.from`.
    pub answers: Vec<Reference>,
    pub params: Vec<Reference>,
    pub law: Vec<Reference>,
    /// `place.ags` → `ags`.
    pub place: Vec<Reference>,
    /// `room.tariff.own.day` → `tariff.own.day`.
    pub room: Vec<Reference>,
    /// First part of every name: `answers`, `today`, and what is not known.
    pub roots: Vec<Reference>,
    pub items: Vec<ItemReference>,
    /// Functions and methods, operators left out.
    pub functions: Vec<Reference>,
}

/// Names that an expression may start with.
pub const ROOTS: &[&str] = &["answers", "params", "law", "today", "now", "regime", "place", "room"];
/// Functions that an expression may call.
pub const FUNCTIONS: &[&str] = &[
    "size",
    "days_between",
    "weekday",
    "minutes",
    "quiet_day",
    "holiday",
    "matches",
    "contains",
    "startsWith",
    "endsWith",
];
/// Fields of `place`.
pub const PLACE_FIELDS: &[&str] = &["ags", "name", "kind"];
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

/// A rule that could not be worked out with these answers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Die Regel „{rule}“ ist gescheitert: {message}")]
pub struct RuleFailure {
    /// Source of the expression.
    pub rule: String,
    pub message: String,
}

/// Parses `source`.
pub fn compile(source: &str) -> Result<Expr, CompileError> {
    let (expression, source_info) =
        Env::stdlib()
            .parser()
            .parse_with_source_info(source)
            .map_err(|e| CompileError {
                message: e.to_string(),
                offset: 0,
            })?;
    Ok(Expr {
        source: source.to_owned(),
        tree: Arc::new(Tree {
            expression,
            source_info,
        }),
    })
}

/// All names that `expr` uses.
pub fn references(_expr: &Expr) -> References {
    References::default()
}

/// A rule as yes or no.
pub fn eval_bool(expr: &Expr, answers: &Value, service: &Service, cx: &Context) -> Result<bool, RuleFailure> {
    match eval_value(expr, answers, service, cx)? {
        Value::Bool(b) => Ok(b),
        other => Err(RuleFailure {
            rule: expr.source.clone(),
            message: format!("{other} ist weder wahr noch falsch."),
        }),
    }
}

/// A rule as a whole number (cents, days).
pub fn eval_int(expr: &Expr, answers: &Value, service: &Service, cx: &Context) -> Result<i64, RuleFailure> {
    let value = eval_value(expr, answers, service, cx)?;
    value.as_i64().ok_or_else(|| RuleFailure {
        rule: expr.source.clone(),
        message: format!("{value} ist keine ganze Zahl."),
    })
}

/// A rule as any value.
pub fn eval_value(expr: &Expr, _: &Value, _: &Service, _: &Context) -> Result<Value, RuleFailure> {
    Err(RuleFailure {
        rule: expr.source.clone(),
        message: "noch nicht".into(),
    })
}
