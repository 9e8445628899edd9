//! form.toml and fields/*.toml → pages, questions, rules, exits, checks.

use super::fields::Fields;
use super::scalar;
use super::view::{File, View, parse};
use crate::{Bound, Check, Computed, DateBound, Exit, ExitKind, Form, Kind, Options, Page, Question, Retention, Rule};

/// Technical bounds where the author gives none: what a letter and a list can show.
const TEXT_LENGTH: usize = 200;
const LONG_TEXT_LENGTH: usize = 2000;
const GROUP_ITEMS: usize = 10;
const FILE_MB: u32 = 10;

/// Reads form.toml; reused fields are put in.
pub(crate) fn read(file: &File, fields: &Fields) -> Form {
    let root = file.root();
    Form {
        pages: root.list("page").into_iter().map(|v| page(v, fields)).collect(),
        rules: root.list("rule").into_iter().map(rule).collect(),
        exits: root.list("exit").into_iter().map(exit).collect(),
        checks: root.list("check").into_iter().map(check).collect(),
    }
}

fn page(v: View<'_>, fields: &Fields) -> Page {
    let questions = v
        .list("question")
        .into_iter()
        .map(|q| form_question(q, fields))
        .collect();
    Page {
        id: v.id(),
        when: v.rule("when"),
        questions,
    }
}

/// A question of the form: one of its own, or a field with what the form adds.
fn form_question(v: View<'_>, fields: &Fields) -> Question {
    let Some(word) = v.text("field") else {
        return question(v, v.id());
    };
    let found = if fields.is_unreadable(&word) {
        None
    } else {
        fields.find(&word)
    };
    let mut question = found.cloned().unwrap_or_else(|| question(v, word));
    let set = |key: &str, value: bool| if v.get(key).exists() { v.flag(key) } else { value };
    question.optional = set("optional", question.optional);
    question.may_stay_open = set("may_stay_open", question.may_stay_open);
    if v.get("retention").exists() {
        question.retention = Some(retention(v.get("retention")));
    }
    question.when = v.rule("when");
    question.reveal = v.flag("reveal");
    question.legal_basis = v.texts("legal_basis");
    question
}

/// A question, a part or a field under the given id.
pub(crate) fn question(v: View<'_>, id: String) -> Question {
    Question {
        id,
        kind: kind(v),
        optional: v.flag("optional"),
        may_stay_open: v.flag("may_stay_open"),
        personal: v.flag("personal"),
        retention: v.get("retention").exists().then(|| retention(v.get("retention"))),
        when: v.rule("when"),
        reveal: v.flag("reveal"),
        legal_basis: v.texts("legal_basis"),
        sample: v.list("sample").into_iter().map(View::json).collect(),
    }
}

/// A period alone is unconfirmed.
pub(crate) fn retention(v: View<'_>) -> Retention {
    let text = v.as_text().unwrap_or_else(|| v.word("period"));
    Retention {
        period: scalar::retention(&text).unwrap_or_default(),
        after: parse(&v.word("after")).unwrap_or_default(),
        legal_basis: v.texts("legal_basis"),
        note: v.text("note"),
    }
}

fn kind(v: View<'_>) -> Kind {
    let (min_length, max_length) = (v.count("min_length"), v.count("max_length"));
    match v.word("type").as_str() {
        "long_text" => Kind::LongText {
            min_length,
            max_length: max_length.unwrap_or(LONG_TEXT_LENGTH),
        },
        "number" => Kind::Number {
            min: bound(v.get("min")),
            max: bound(v.get("max")),
            unit: v.text("unit"),
        },
        "money" => Kind::Money {
            min: bound(v.get("min")),
            max: bound(v.get("max")),
        },
        "date" => Kind::Date {
            min: day(v, "min"),
            max: day(v, "max"),
        },
        "time" => Kind::Time {
            min: v.text("min").filter(|s| scalar::is_time(s)),
            max: v.text("max").filter(|s| scalar::is_time(s)),
        },
        "date_range" => Kind::DateRange {
            min: day(v, "min"),
            max: day(v, "max"),
        },
        "yes_no" => Kind::YesNo,
        "one_of" => Kind::OneOf { options: options(v) },
        "many_of" => {
            let options = options(v);
            let all = if let Options::Fixed(list) = &options {
                list.len()
            } else {
                usize::MAX
            };
            let min_items = v.count("min_items").unwrap_or(if v.flag("optional") { 0 } else { 1 });
            Kind::ManyOf {
                options,
                min_items,
                max_items: v.count("max_items").unwrap_or(all),
            }
        }
        "address" => Kind::Address,
        "map_point" => Kind::MapPoint,
        "iban" => Kind::Iban,
        "email" => Kind::Email,
        "phone" => Kind::Phone,
        "file" => Kind::File {
            accept: accept(v),
            max_mb: max_mb(v),
        },
        "group" => Kind::Group {
            parts: v.list("part").into_iter().map(|p| question(p, p.id())).collect(),
            min_items: v.count("min_items").unwrap_or(if v.flag("optional") { 0 } else { 1 }),
            max_items: v.count("max_items").unwrap_or(GROUP_ITEMS),
        },
        "computed" => Kind::Computed {
            value: v.must("value"),
            result: result(v),
            unit: v.text("unit"),
            hidden: v.flag("hidden"),
        },
        "text" => Kind::Text {
            min_length,
            max_length: max_length.unwrap_or(TEXT_LENGTH),
            pattern: v.text("pattern"),
        },
        _ => UNKNOWN,
    }
}

/// Stands in for a type that is missing or wrong, which was reported: a text that may hold nothing. No author can
/// write it, and no service that has it loads.
const UNKNOWN: Kind = Kind::Text {
    min_length: None,
    max_length: 0,
    pattern: None,
};

/// Whether nothing is known about the answers to this question.
pub(crate) fn is_of_unknown_type(question: &Question) -> bool {
    matches!(&question.kind, Kind::Text { max_length: 0, .. })
}

fn bound(v: View<'_>) -> Option<Bound> {
    v.as_int()
        .map(Bound::Number)
        .or_else(|| scalar::named_bound(&v.as_text()?))
}

fn day(v: View<'_>, key: &str) -> Option<DateBound> {
    scalar::date_bound(&v.text(key)?)
}

fn options(v: View<'_>) -> Options {
    if v.get("options_from").exists() {
        Options::Rooms
    } else {
        // With a wrong one among them none is known, or its texts and rules would be called wrong too.
        let words = v.texts("options");
        let whole = words.len() == v.list("options").len() && words.iter().all(|w| scalar::is_id(w));
        Options::Fixed(if whole { words } else { Vec::new() })
    }
}

fn accept(v: View<'_>) -> Vec<String> {
    let words = v.texts("accept");
    if words.is_empty() {
        ["pdf", "jpg", "png"].map(str::to_owned).to_vec()
    } else {
        words
    }
}

fn max_mb(v: View<'_>) -> u32 {
    v.count("max_mb").and_then(|n| u32::try_from(n).ok()).unwrap_or(FILE_MB)
}

fn result(v: View<'_>) -> Computed {
    match v.word("result").as_str() {
        "money" => Computed::Money,
        "text" => Computed::Text,
        "yes_no" => Computed::YesNo,
        "date" => Computed::Date,
        _ => Computed::Number,
    }
}

fn rule(v: View<'_>) -> Rule {
    Rule {
        id: v.id(),
        field: v.word("field"),
        when: v.rule("when"),
        must: v.must("must"),
    }
}

fn exit(v: View<'_>) -> Exit {
    Exit {
        id: v.id(),
        after: v.word("after"),
        when: v.must("when"),
        kind: parse(&v.word("kind")).unwrap_or(ExitKind::NothingNeeded),
        legal_basis: v.texts("legal_basis"),
        to: v.text("to"),
    }
}

fn check(v: View<'_>) -> Check {
    Check {
        id: v.id(),
        field: v.text("field"),
        when: v.rule("when"),
        must: v.must("must"),
        legal_basis: v.texts("legal_basis"),
    }
}
