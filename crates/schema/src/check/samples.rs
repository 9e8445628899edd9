//! Whether the samples of a question are right answers, as far as that can be said without a place and a day.

use serde_json::Value;

use super::bounds::number;
use super::names::Names;
use crate::load::scalar;
use crate::{Kind, Options, Question};

/// Why `sample` is no right answer to `asked`, if so.
pub(crate) fn fault(asked: &Question, sample: &Value, names: &Names<'_>) -> Option<String> {
    let why = match &asked.kind {
        Kind::Text {
            min_length, max_length, ..
        }
        | Kind::LongText { min_length, max_length } => text(sample, *min_length, *max_length),
        Kind::Number { min, max, .. } | Kind::Money { min, max } => {
            whole(sample, number(min, names), number(max, names))
        }
        Kind::Date { .. } => is(
            sample.as_str().is_some_and(|s| scalar::date_bound(s).is_some()),
            "ist kein Tag",
        ),
        Kind::Time { min, max } => time(sample, min.as_deref(), max.as_deref()),
        Kind::YesNo => is(sample.is_boolean(), "muss true oder false sein"),
        Kind::OneOf {
            options: Options::Fixed(list),
        } => is(
            list.iter().any(|o| Some(o.as_str()) == sample.as_str()),
            "steht nicht in „options“",
        ),
        Kind::Email | Kind::Phone | Kind::Iban => is(sample.is_string(), "muss ein Text sein"),
        _ => None,
    };
    let shown = sample.as_str().map_or_else(|| sample.to_string(), str::to_owned);
    why.map(|why| format!("Der Beispielwert „{shown}“ {why}"))
}

fn is(right: bool, why: &'static str) -> Option<&'static str> {
    (!right).then_some(why)
}

fn text(sample: &Value, min: Option<usize>, max: usize) -> Option<&'static str> {
    let Some(text) = sample.as_str() else {
        return Some("muss ein Text sein");
    };
    let length = text.chars().count();
    is(
        length <= max && min.is_none_or(|min| length >= min),
        "ist zu kurz oder zu lang",
    )
}

fn whole(sample: &Value, min: Option<i64>, max: Option<i64>) -> Option<&'static str> {
    let Some(n) = sample.as_i64() else {
        return Some("muss eine ganze Zahl sein");
    };
    is(
        min.is_none_or(|m| n >= m) && max.is_none_or(|m| n <= m),
        "liegt außerhalb von „min“ und „max“",
    )
}

fn time(sample: &Value, min: Option<&str>, max: Option<&str>) -> Option<&'static str> {
    let Some(time) = sample.as_str().filter(|s| scalar::is_time(s)) else {
        return Some("ist keine Uhrzeit");
    };
    is(
        min.is_none_or(|m| time >= m) && max.is_none_or(|m| time <= m),
        "liegt außerhalb von „min“ und „max“",
    )
}
