//! Values in examples: whether an answer or a parameter can be what it says, as far as the language fixes it.

use serde_json::Value;

use super::compared::fixed_options;
use crate::diagnostic::nearest_option;
use crate::load::form::is_of_unknown_type;
use crate::load::node::{Step, steps};
use crate::load::scalar;
use crate::load::source::Report;
use crate::load::view::File;
use crate::{Kind, ParamType, Parameter, Question};

/// What is wrong with a parameter's value, and the option meant.
pub(crate) fn param_fault(param: &Parameter, value: &Value) -> Option<(String, Option<String>)> {
    let text = value.as_str();
    let right = match param.kind {
        ParamType::Number | ParamType::Money => value.is_i64(),
        ParamType::YesNo => value.is_boolean(),
        ParamType::Time => text.is_some_and(scalar::is_time),
        ParamType::Text => text.is_some(),
        ParamType::OneOf => param.options.is_empty() || param.options.iter().any(|o| Some(o.as_str()) == text),
    };
    let crossed = param.min.is_some_and(|min| param.max.is_some_and(|max| min > max));
    let beyond = |n: i64| param.min.is_some_and(|m| n < m) || param.max.is_some_and(|m| n > m);
    let outside = !crossed && value.as_i64().is_some_and(beyond);
    let why = match (right, outside) {
        (true, false) => return None,
        (true, true) => "liegt außerhalb von „min“ und „max“",
        (false, _) => "passt nicht zum Typ des Parameters",
    };
    let near = text.and_then(|t| nearest_option(t, param.options.iter().map(String::as_str)));
    Some((format!("Der Wert von „{}“ {why}", param.id), near))
}

/// Reports an answer of the wrong type, a day or time that is none, an option that does not exist.
pub(crate) fn answer_fault(file: &File, question: &Question, value: &Value, way: &[Step], report: &mut Report) {
    if is_of_unknown_type(question) || (value.as_str() == Some("?") && question.may_stay_open) {
        return;
    }
    let id = &question.id;
    let (right, must, example) = match &question.kind {
        Kind::Computed { .. } => (false, "", ""),
        Kind::Date { .. } => (
            value.as_str().and_then(scalar::date).is_some(),
            "ein Tag",
            "\"2027-01-09\"",
        ),
        Kind::Time { .. } => (value.as_str().is_some_and(scalar::is_time), "eine Uhrzeit", "\"17:00\""),
        Kind::YesNo => (value.is_boolean(), "true oder false", ""),
        Kind::ManyOf { .. } | Kind::Group { .. } => (value.is_array(), "eine Liste", ""),
        Kind::Number { .. } | Kind::Money { .. } => (value.is_i64(), "eine ganze Zahl", ""),
        Kind::DateRange { .. } | Kind::Address | Kind::MapPoint | Kind::File { .. } => {
            (value.is_object(), "eine Tabelle", "")
        }
        _ => (value.is_string(), "ein Text", ""),
    };
    if !right {
        let what = if must.is_empty() {
            format!("„{id}“ wird ausgerechnet und nie beantwortet")
        } else {
            format!("Die Antwort zu „{id}“ muss {must} sein")
        };
        let diagnostic = file.report(report, way, what);
        diagnostic.example = (!example.is_empty()).then(|| example.to_owned());
        return;
    }
    let Some(options) = fixed_options(question) else { return };
    let (chosen, list): (&[Value], bool) = match value {
        Value::Array(list) => (list, true),
        one => (std::slice::from_ref(one), false),
    };
    for (i, one) in chosen.iter().enumerate() {
        if !options.iter().any(|o| Some(*o) == one.as_str()) {
            let way = if list { [way, steps![i]].concat() } else { way.to_vec() };
            let shown = one.as_str().map_or_else(|| one.to_string(), str::to_owned);
            let near = nearest_option(&shown, options.iter().copied());
            file.report(report, &way, format!("„{shown}“ ist keine Möglichkeit von „{id}“"))
                .near(near);
        }
    }
}
