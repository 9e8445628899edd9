//! The types of what a service declares, and the rules that do not fit them.

use super::compared::REGIMES;
use super::names::{Answer, Names};
use crate::diagnostic::nearest_option;
use crate::load::form::is_of_unknown_type;
use crate::load::node::{Step, steps};
use crate::load::source::Report;
use crate::load::view::File;
use crate::load::walk::RuleAt;
use crate::rules::{self, PLACE_FIELDS, PRICES, ROOM_FIELDS, TARIFF_CLASSES, Type, Wanted};
use crate::{Computed, Kind, ParamType, Question};

/// Reports what does not fit in a rule, and a rule that comes to something else than its key asks for.
pub(crate) fn check(names: &Names<'_>, file: &File, rule: &RuleAt, report: &mut Report) {
    let wanted = wanted(file, &rule.steps);
    for mismatch in rules::mismatches(&rule.expr, wanted.as_ref(), &|name| of_name(names, name)) {
        let at = file.source.inside(&rule.span, mismatch.offset);
        report.at(&file.source, at, mismatch.what).example = mismatch.example;
    }
    let regime = steps!["regime_expr"];
    if rule.steps == regime {
        for (word, offset) in rules::results(&rule.expr) {
            if !REGIMES.contains(&word.as_str()) {
                let at = file.source.inside(&rule.span, offset);
                let what = format!("„{word}“ ist kein Verfahren; bekannt sind {}", REGIMES.join(", "));
                let near = nearest_option(&word, REGIMES.iter().copied());
                report.at(&file.source, at, what).near(near);
            }
        }
    }
}

/// What the key asks for under which the rule stands.
fn wanted<'a>(file: &File, steps: &'a [Step]) -> Option<Wanted<'a>> {
    let (Step::Key(key), way) = steps.split_last()? else {
        return None;
    };
    let (ty, null, example) = match key.as_str() {
        "when" => (Type::Bool, false, "when = \"answers.event.public == true\""),
        "must" => (Type::Bool, false, "must = \"answers.event.guests <= 200\""),
        "cents" => (Type::Number, false, "cents = \"params.fee\""),
        "regime_expr" => (Type::Text, true, "regime_expr = \"params.large ? 'permit' : 'notice'\""),
        // What is worked out may also come to nothing.
        "value" => match file.source.word(&[way, steps!["result"]].concat())? {
            "number" | "money" => (Type::Number, true, "value = \"answers.event.guests * 2\""),
            "yes_no" => (Type::Bool, true, "value = \"answers.event.guests > 200\""),
            "date" => (Type::Day, true, "value = \"add_days(answers.event.date, 1)\""),
            "text" => (
                Type::Text,
                true,
                "value = \"answers.event.guests > 200 ? 'large' : 'small'\"",
            ),
            _ => return None,
        },
        _ => return None,
    };
    Some(Wanted { key, ty, null, example })
}

/// The type of `answers.event.guests`, `params.fee`, `today`; open where a name is unknown, which is told elsewhere.
fn of_name(names: &Names<'_>, name: &str) -> Type {
    let (root, path) = name.split_once('.').unwrap_or((name, ""));
    match (root, path) {
        ("answers", path) => match names.answer(path) {
            Answer::Question(question, false) => of_question(question),
            Answer::Question(question, true) => {
                let rest = path.strip_prefix(question.id.as_str()).unwrap_or_default();
                let parts = rest.split('.').filter(|part| !part.is_empty());
                parts.fold(of_question(question), |ty, part| ty.part(part))
            }
            _ => Type::Open,
        },
        ("params", id) => names.param(id).map_or(Type::Open, |p| match p.kind {
            ParamType::Number | ParamType::Money => Type::Number,
            ParamType::YesNo => Type::Bool,
            ParamType::Time => Type::Time,
            ParamType::OneOf | ParamType::Text => Type::Text,
        }),
        ("law", id) => names
            .region()
            .law
            .get(id)
            .map_or(Type::Open, |figure| match &figure.value {
                // One that is no number was reported where it stands.
                _ if figure.unit.is_some() => Type::Number,
                serde_json::Value::Number(n) if n.is_i64() => Type::Number,
                serde_json::Value::String(text) => Type::of_text(text),
                serde_json::Value::Bool(_) => Type::Bool,
                _ => Type::Open,
            }),
        ("today", "") => Type::Day,
        ("now", "") => Type::Time,
        ("regime", "") => Type::Text,
        ("place", "") => Type::Record(PLACE_FIELDS.iter().map(|f| ((*f).to_owned(), of_place(f))).collect()),
        ("place", field) => of_place(field),
        ("room", "") => room(),
        ("room", path) => path.split('.').fold(room(), |ty, part| ty.part(part)),
        _ => Type::Open,
    }
}

fn of_place(field: &str) -> Type {
    match field {
        "has_rooms" | "on_paper" => Type::Bool,
        field if PLACE_FIELDS.contains(&field) => Type::Text,
        _ => Type::Open,
    }
}

fn room() -> Type {
    let numbers = |names: &[&str]| Type::Record(names.iter().map(|n| ((*n).to_owned(), Type::Number)).collect());
    let of_field = |field: &str| match field {
        "id" | "name" => Type::Text,
        "kitchen" | "statute" => Type::Bool,
        "tariff" => Type::Record(
            TARIFF_CLASSES
                .iter()
                .map(|c| ((*c).to_owned(), numbers(PRICES)))
                .collect(),
        ),
        _ => Type::Number,
    };
    Type::Record(ROOM_FIELDS.iter().map(|f| ((*f).to_owned(), of_field(f))).collect())
}

fn of_question(question: &Question) -> Type {
    if is_of_unknown_type(question) {
        return Type::Open;
    }
    match &question.kind {
        Kind::Text { .. } | Kind::LongText { .. } | Kind::OneOf { .. } | Kind::Iban | Kind::Email | Kind::Phone => {
            Type::Text
        }
        Kind::Number { .. } | Kind::Money { .. } => Type::Number,
        Kind::Date { .. } => Type::Day,
        Kind::Time { .. } => Type::Time,
        Kind::DateRange { .. } => Type::record([("from", Type::Day), ("to", Type::Day)]),
        Kind::YesNo => Type::Bool,
        Kind::ManyOf { .. } => Type::list(Type::Text),
        Kind::Address => Type::record(["street", "house_number", "postcode", "town"].map(|part| (part, Type::Text))),
        Kind::MapPoint => Type::record([("lat", Type::Decimal), ("lon", Type::Decimal)]),
        Kind::File { .. } => Type::record([
            ("name", Type::Text),
            ("media_type", Type::Text),
            ("size", Type::Number),
            ("sha256", Type::Text),
            ("paper", Type::Open),
        ]),
        Kind::Group { parts, .. } => {
            let named = parts.iter().filter(|part| !part.id.is_empty());
            Type::list(Type::Record(
                named.map(|part| (part.id.clone(), of_question(part))).collect(),
            ))
        }
        Kind::Computed { result, .. } => match result {
            Computed::Number | Computed::Money => Type::Number,
            Computed::Text => Type::Text,
            Computed::YesNo => Type::Bool,
            Computed::Date => Type::Day,
        },
    }
}
