//! service.toml → the parts of the model that it declares.

use serde_json::Value;

use super::view::{File, View, parse};
use super::{form, scalar};
use crate::{
    Act, Assurance, AssuranceRule, Booking, Condition, Consult, DeadlineKind, DeadlineRule, EventPaths, FeeItem,
    FeeKind, LegalBasis, Origin, Paper, ParamType, Parameter, Period, PeriodRef, PeriodUnit, Service, ShownRule,
};

/// Reads the file into a service that has no form, texts, letters and examples yet.
pub(crate) fn read(id: &str, file: &File) -> Service {
    let root = file.root();
    Service {
        id: id.to_owned(),
        code: root.word("code"),
        icon: root.word("icon"),
        group: root.word("group"),
        act: parse(&root.word("act")).unwrap_or(Act::Application),
        responsibility: root.word("responsibility"),
        regime: root.text("regime"),
        regime_expr: root.rule("regime_expr"),
        retention: form::retention(root.get("retention")),
        assurance: root.get("assurance").exists().then(|| assurance(root.get("assurance"))),
        event: event(root.get("event")),
        booking: root.get("booking").exists().then(|| booking(root.get("booking"))),
        legal_basis: root.list("legal_basis").into_iter().map(legal_basis).collect(),
        parameters: root.list("parameter").into_iter().map(parameter).collect(),
        fees: root.list("fee").into_iter().map(fee).collect(),
        deadlines: root.list("deadline").into_iter().map(deadline).collect(),
        conditions: root.list("condition").into_iter().map(condition).collect(),
        papers: root.list("paper").into_iter().map(paper).collect(),
        consults: root.list("consult").into_iter().map(consult).collect(),
        shown_rules: root.list("shown_rule").into_iter().map(shown_rule).collect(),
        form: Default::default(),
        texts: Default::default(),
        letters: Default::default(),
        examples: Vec::new(),
        region: std::sync::Arc::default(),
        hash: String::new(),
    }
}

/// Where the level is wrong, which was reported: nobody gets in too easily.
fn assurance(v: View<'_>) -> AssuranceRule {
    AssuranceRule {
        level: parse(&v.word("level")).unwrap_or(Assurance::High),
        legal_basis: v.texts("legal_basis"),
    }
}

fn event(v: View<'_>) -> EventPaths {
    EventPaths {
        date: v.text("date"),
        last_day: v.text("last_day"),
        start: v.text("start"),
        end: v.text("end"),
        place: v.text("place"),
        cancel_until: v.text("cancel_until"),
        applicant: v.text("applicant"),
    }
}

fn booking(v: View<'_>) -> Booking {
    let pair = |key: &str| {
        let mut words = v.texts(key).into_iter();
        (words.next().unwrap_or_default(), words.next().unwrap_or_default())
    };
    Booking {
        room: v.word("room"),
        from: pair("from"),
        to: pair("to"),
        tariff: v.text("tariff"),
    }
}

fn legal_basis(v: View<'_>) -> LegalBasis {
    LegalBasis {
        id: v.id(),
        title: v.word("title"),
        url: v.text("url"),
        confirmed: v.word("status") == "confirmed",
        note: v.text("note"),
    }
}

fn parameter(v: View<'_>) -> Parameter {
    let kind = match v.word("type").as_str() {
        "money" => ParamType::Money,
        "one_of" => ParamType::OneOf,
        "yes_no" => ParamType::YesNo,
        "time" => ParamType::Time,
        "text" => ParamType::Text,
        "number" => ParamType::Number,
        // Missing or wrong, which was reported: what the default is like.
        _ if v.get("options").exists() => ParamType::OneOf,
        _ => match v.get("default").json() {
            Value::Bool(_) => ParamType::YesNo,
            Value::Number(_) => ParamType::Number,
            _ => ParamType::Text,
        },
    };
    Parameter {
        id: v.id(),
        kind,
        unit: v.text("unit"),
        default: v.get("default").json(),
        min: v.int("min"),
        max: v.int("max"),
        options: v.texts("options"),
        legal_basis: v.texts("legal_basis"),
    }
}

fn fee(v: View<'_>) -> FeeItem {
    FeeItem {
        id: v.id(),
        when: v.rule("when"),
        cents: v.must("cents"),
        kind: parse(&v.word("kind")).unwrap_or(FeeKind::Fee),
        legal_basis: v.texts("legal_basis"),
    }
}

fn deadline(v: View<'_>) -> DeadlineRule {
    DeadlineRule {
        kind: parse(&v.word("kind")).unwrap_or(DeadlineKind::Notice),
        period: period(v.get("period")),
        before: v.text("before"),
        when: v.rule("when"),
        legal_basis: v.texts("legal_basis"),
    }
}

fn period(v: View<'_>) -> PeriodRef {
    if let Some(text) = v.as_text() {
        return PeriodRef::Fixed(scalar::period(&text).unwrap_or(Period {
            n: 0,
            unit: PeriodUnit::Days,
        }));
    }
    let value = v.word("value");
    let param = value.strip_prefix("params.").unwrap_or(&value).to_owned();
    PeriodRef::Param(param, parse(&v.word("unit")).unwrap_or(PeriodUnit::Days))
}

fn condition(v: View<'_>) -> Condition {
    Condition {
        id: v.id(),
        when: v.rule("when"),
        default: v.flag("default"),
    }
}

fn paper(v: View<'_>) -> Paper {
    Paper {
        question: v.word("question"),
        when: v.rule("when"),
    }
}

fn consult(v: View<'_>) -> Consult {
    Consult {
        who: v.word("who"),
        when: v.rule("when"),
        fields: v.texts("fields"),
    }
}

fn shown_rule(v: View<'_>) -> ShownRule {
    ShownRule {
        id: v.id(),
        origin: parse(&v.word("origin")).unwrap_or(Origin::Place),
        when: v.rule("when"),
    }
}
