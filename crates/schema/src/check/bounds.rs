//! Bounds that contradict each other, defaults outside of them, options twice or none.

use std::collections::BTreeSet;

use super::compared::fixed_options;
use super::names::Names;
use super::samples;
use crate::diagnostic::nearest_option;
use crate::load::form::is_of_unknown_type;
use crate::load::node::{Step, steps};
use crate::load::scalar;
use crate::load::source::Report;
use crate::load::view::File;
use crate::{Bound, DateBound, Kind, Options, ParamType, Parameter, Question};

/// Checks parameters and questions of a service. Reused fields are checked where they are defined.
pub(crate) fn check(names: &Names<'_>, report: &mut Report) {
    let Some(draft) = names.draft else { return };
    for (i, param) in draft.service.parameters.iter().enumerate() {
        parameter(param, &draft.service_file, i, report);
    }
    let file = &draft.form_file;
    for (i, page) in draft.service.form.pages.iter().enumerate() {
        for (j, asked) in page.questions.iter().enumerate() {
            if file.source.has(steps!["page", i, "question", j, "field"]) {
                continue;
            }
            question(asked, file, steps!["page", i, "question", j], names, report);
            if let Kind::Group { parts, .. } = &asked.kind {
                for (k, part) in parts.iter().enumerate() {
                    question(part, file, steps!["page", i, "question", j, "part", k], names, report);
                }
            }
        }
    }
}

fn parameter(param: &Parameter, file: &File, i: usize, report: &mut Report) {
    let has = |key: &str| file.source.has(steps!["parameter", i, key]);
    if let (Some(min), Some(max)) = (param.min, param.max)
        && min > max
    {
        let what = format!("„min“ {min} ist größer als „max“ {max}");
        let like = format!("min = {max}, max = {min}");
        file.report(report, steps!["parameter", i, "min"], what).like(like);
    } else if has("type") && has("default") {
        default_value(param, file, i, report);
    }
    if !has("type") {
        return;
    }
    if param.kind == ParamType::OneOf {
        if param.options.is_empty() {
            let what = format!("Der Parameter „{}“ hat keine Möglichkeit: „options“ fehlt", param.id);
            file.report(report, steps!["parameter", i], what)
                .like("options = [\"permit\", \"notice\"]");
        }
        options_twice(&param.options, file, steps!["parameter", i, "options"], report);
    } else if !param.options.is_empty() {
        let what = "„options“ gibt es nur bei type = \"one_of\"";
        file.report(report, steps!["parameter", i, "options"], what);
    }
}

fn default_value(param: &Parameter, file: &File, i: usize, report: &mut Report) {
    let default = &param.default;
    let shown = default.as_str().map_or_else(|| default.to_string(), str::to_owned);
    let (right, must) = match param.kind {
        ParamType::Number | ParamType::Money => (default.is_i64(), "eine ganze Zahl sein"),
        ParamType::YesNo => (default.is_boolean(), "true oder false sein"),
        ParamType::Time => (
            default.as_str().is_some_and(scalar::is_time),
            "eine Uhrzeit wie \"22:00\" sein",
        ),
        ParamType::Text => (default.is_string(), "ein Text sein"),
        ParamType::OneOf => {
            let known = param.options.iter().any(|o| Some(o.as_str()) == default.as_str());
            (known || param.options.is_empty(), "in „options“ stehen")
        }
    };
    let outside = default
        .as_i64()
        .is_some_and(|n| param.min.is_some_and(|m| n < m) || param.max.is_some_and(|m| n > m));
    let what = match (right, outside) {
        (false, _) => format!("„default“ muss {must}, nicht „{shown}“"),
        (true, true) => format!("„default“ {shown} liegt außerhalb von „min“ und „max“"),
        (true, false) => return,
    };
    let near = nearest_option(&shown, param.options.iter().map(String::as_str));
    let reported = file.report(report, steps!["parameter", i, "default"], what);
    reported.near(near);
    if let (true, true, Some(n)) = (right, outside, default.as_i64()) {
        // The nearest value that the bounds allow.
        let within = param.max.map_or(n, |max| n.min(max));
        let within = param.min.map_or(within, |min| within.max(min));
        reported.like(format!("default = {within}"));
    }
}

fn options_twice(options: &[String], file: &File, way: &[Step], report: &mut Report) {
    let mut seen = BTreeSet::new();
    for (i, option) in options.iter().enumerate() {
        if !seen.insert(option) {
            let what = format!("Die Möglichkeit „{option}“ steht zweimal da");
            file.report(report, &[way, steps![i]].concat(), what);
        }
    }
}

/// Checks the bounds, options and samples of one question.
pub(crate) fn question(asked: &Question, file: &File, way: &[Step], names: &Names<'_>, report: &mut Report) {
    if is_of_unknown_type(asked) {
        return;
    }
    let at = |key: &str| [way, steps![key]].concat();
    let (wrong, low, high) = match &asked.kind {
        Kind::Text {
            min_length, max_length, ..
        }
        | Kind::LongText { min_length, max_length } => (
            min_length.is_some_and(|min| min > *max_length),
            "min_length",
            "max_length",
        ),
        Kind::Number { min, max, .. } | Kind::Money { min, max } => {
            (crossed(number(min, names), number(max, names)), "min", "max")
        }
        Kind::Date { min, max } | Kind::DateRange { min, max } => (days_crossed(min, max), "min", "max"),
        Kind::Time { min, max } => (crossed(min.as_ref(), max.as_ref()), "min", "max"),
        Kind::ManyOf {
            min_items, max_items, ..
        }
        | Kind::Group {
            min_items, max_items, ..
        } => (min_items > max_items, "min_items", "max_items"),
        _ => (false, "", ""),
    };
    if wrong {
        let key = if file.source.has(&at(low)) { low } else { high };
        file.report(report, &at(key), format!("„{low}“ ist größer als „{high}“"));
    }
    if let Kind::OneOf { options } | Kind::ManyOf { options, .. } = &asked.kind {
        choice(asked, options, file, way, report);
    }
    // A sample outside of crossed bounds says nothing new.
    for (i, sample) in asked.sample.iter().enumerate().filter(|_| !wrong) {
        if let Some(what) = samples::fault(asked, sample, names) {
            let near = fixed_options(asked).and_then(|o| nearest_option(sample.as_str().unwrap_or(""), o));
            file.report(report, &[way, steps!["sample", i]].concat(), what)
                .near(near);
        }
    }
}

fn choice(asked: &Question, options: &Options, file: &File, way: &[Step], report: &mut Report) {
    let at = |key: &str| [way, steps![key]].concat();
    let (fixed, from) = (file.source.has(&at("options")), file.source.has(&at("options_from")));
    if fixed && from {
        file.report(
            report,
            &at("options_from"),
            "Eine Auswahl hat options oder options_from, nicht beides",
        );
    } else if !fixed && !from {
        let what = format!("„options“ fehlt: Die Auswahl „{}“ braucht Möglichkeiten", asked.id);
        file.report(report, way, what)
            .like("options = [\"indoors\", \"outdoors\"]");
    }
    let Options::Fixed(list) = options else { return };
    if list.is_empty() {
        return;
    }
    options_twice(list, file, &at("options"), report);
    if let Kind::ManyOf { max_items, .. } = &asked.kind
        && *max_items > list.len()
        && file.source.has(&at("max_items"))
    {
        let what = format!(
            "„max_items“ {max_items} ist mehr als die Zahl der Möglichkeiten ({})",
            list.len()
        );
        file.report(report, &at("max_items"), what);
    }
}

fn crossed<T: PartialOrd>(min: Option<T>, max: Option<T>) -> bool {
    matches!((min, max), (Some(min), Some(max)) if min > max)
}

/// The number behind a bound: state law as it stands, a parameter by its default.
pub(crate) fn number(bound: &Option<Bound>, names: &Names<'_>) -> Option<i64> {
    match bound.as_ref()? {
        Bound::Number(n) => Some(*n),
        Bound::Law(id) => names.region().law.get(id)?.value.as_i64(),
        Bound::Param(id) => names.param(id)?.default.as_i64(),
    }
}

fn days_crossed(min: &Option<DateBound>, max: &Option<DateBound>) -> bool {
    match (min, max) {
        (Some(DateBound::Fixed(min)), Some(DateBound::Fixed(max))) => min > max,
        (Some(DateBound::Today(min)), Some(DateBound::Today(max))) => min > max,
        _ => false,
    }
}
