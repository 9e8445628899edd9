//! Words that rules compare with: `answers.fire.where == 'baskt'` can never hold. Also rules that are always so.

use super::names::{Answer, Names};
use super::wanted;
use crate::diagnostic::nearest_option;
use crate::load::source::Report;
use crate::load::view::File;
use crate::load::walk::RuleAt;
use crate::rules::{self, Comparison};
use crate::{Context, DayRule, Expr, Kind, Lang, Options, ParamType, Parameter, PlaceInfo, Question};

/// What a regime can be.
pub(crate) const REGIMES: &[&str] = &["permit", "notice", "none"];

/// What `weekday` yields.
const WEEKDAYS: &[&str] = &["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Reports words that are no option of what they are compared with.
pub(crate) fn check(names: &Names<'_>, file: &File, rule: &RuleAt, report: &mut Report) {
    for Comparison {
        name,
        word,
        entry,
        offset,
    } in rules::comparisons(&rule.expr)
    {
        let Some(options) = options(names, &name, entry) else {
            continue;
        };
        if !options.contains(&word.as_str()) {
            let at = file.source.inside(&rule.span, offset);
            let what = format!(
                "„{word}“ ist keine Möglichkeit von {name}; bekannt sind {}",
                options.join(", ")
            );
            report.at(&file.source, at, what).near(nearest_option(&word, options));
        }
    }
}

/// The words that `path` can be, or that can be among its entries; none if any text will do.
fn options<'a>(names: &Names<'a>, path: &str, entry: bool) -> Option<Vec<&'a str>> {
    if path == "weekday(…)" {
        return Some(WEEKDAYS.to_vec());
    }
    let days: &'a [DayRule] = match path {
        "quiet_day(…)" => &names.region().quiet_days,
        "holiday(…)" => &names.region().holidays,
        _ => &[],
    };
    // Where there is no calendar nothing is known.
    if !days.is_empty() {
        return Some(days.iter().map(|day| day.id.as_str()).chain([""]).collect());
    }
    if path == "regime" {
        return Some(wanted::regimes(names)).filter(|regimes| !regimes.is_empty());
    }
    if let Some(id) = path.strip_prefix("params.") {
        let choice = |p: &&Parameter| p.kind == ParamType::OneOf && !p.options.is_empty();
        let param = names.param(id).filter(choice)?;
        return Some(param.options.iter().map(String::as_str).collect());
    }
    match names.answer(path.strip_prefix("answers.")?) {
        // A list beside one word is no choice but a mistake of types.
        Answer::Question(question, false) if entry == matches!(question.kind, Kind::ManyOf { .. }) => {
            fixed_options(question)
        }
        _ => None,
    }
}

/// The options of a choice that the author fixed; none where they are missing or wrong, which was reported.
pub(crate) fn fixed_options(question: &Question) -> Option<Vec<&str>> {
    let (Kind::OneOf { options } | Kind::ManyOf { options, .. }) = &question.kind else {
        return None;
    };
    match options {
        Options::Fixed(list) if !list.is_empty() => Some(list.iter().map(String::as_str).collect()),
        _ => None,
    }
}

/// The value of a rule that reads nothing, such as `false` or `1 > 2`.
pub(crate) fn constant(names: &Names<'_>, expr: &Expr) -> Option<bool> {
    if !rules::references(expr).roots.is_empty() {
        return None;
    }
    let context = Context {
        local_unknown: false,
        today: jiff::civil::Date::constant(2000, 1, 1),
        now: "12:00".to_owned(),
        lang: Lang::De,
        params: Default::default(),
        place: PlaceInfo::default(),
        rooms: Vec::new(),
        region: Default::default(),
    };
    rules::eval_bool(expr, &serde_json::json!({}), &names.draft?.service, &context).ok()
}
