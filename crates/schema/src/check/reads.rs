//! What rules read: unknown names, and answers that are not there yet when the rule is asked.

use super::compared;
use super::names::{Answer, Names};
use super::types;
use crate::diagnostic::nearest;
use crate::load::node::Step;
use crate::load::source::Report;
use crate::load::view::File;
use crate::load::walk::RuleAt;
use crate::rules::{self, PRICES, Reference, References, TARIFF_CLASSES};
use crate::{Kind, Question};

/// When a rule is asked, as far as the order of the form matters to it.
enum Asked {
    /// On the start page, before any answer.
    AtStart,
    /// `when` of a page.
    BeforePage(usize),
    /// `when` of a question: its page, its position there, and whether it may appear on its own page.
    AtQuestion { page: usize, index: usize, reveal: bool },
    /// `value` or `when` of a computed question.
    Computed { page: usize, index: usize },
    /// A rule or exit asked after this page.
    AfterPage(usize),
    /// When the form is done.
    AtEnd,
}

/// Checks every rule of service.toml and form.toml.
pub(crate) fn check(names: &Names<'_>, report: &mut Report) {
    let Some(draft) = names.draft else { return };
    for rule in &draft.service_file.walked.rules {
        let start = rule.steps.first() == Some(&Step::from("shown_rule"));
        one(
            names,
            &draft.service_file,
            rule,
            &if start { Asked::AtStart } else { Asked::AtEnd },
            report,
        );
    }
    for rule in &draft.form_file.walked.rules {
        one(names, &draft.form_file, rule, &asked(names, &rule.steps), report);
    }
}

fn asked(names: &Names<'_>, steps: &[Step]) -> Asked {
    let Some(form) = names.draft.map(|d| &d.service.form) else {
        return Asked::AtEnd;
    };
    let after = |page: Option<usize>| page.map_or(Asked::AtEnd, Asked::AfterPage);
    let (Some(Step::Key(table)), Some(Step::Index(i))) = (steps.first(), steps.get(1)) else {
        return Asked::AtEnd;
    };
    match (table.as_str(), &steps[2..]) {
        ("page", [Step::Key(_)]) => Asked::BeforePage(*i),
        ("page", [_, Step::Index(j), Step::Key(key)]) if key == "when" => {
            let question = form.pages.get(*i).and_then(|p| p.questions.get(*j));
            // What is worked out appears nowhere on the page, so nothing has to be revealed.
            if question.is_some_and(|q| matches!(q.kind, Kind::Computed { .. })) {
                return Asked::Computed { page: *i, index: *j };
            }
            Asked::AtQuestion {
                page: *i,
                index: *j,
                reveal: question.is_some_and(|q| q.reveal),
            }
        }
        ("page", [_, Step::Index(j), ..]) => Asked::Computed { page: *i, index: *j },
        ("rule", _) => after(
            form.rules
                .get(*i)
                .and_then(|r| position(names, &r.field))
                .map(|(page, _)| page),
        ),
        ("exit", _) => after(
            form.exits
                .get(*i)
                .and_then(|e| form.pages.iter().position(|p| p.id == e.after)),
        ),
        _ => Asked::AtEnd,
    }
}

/// Page and position on it of the question `id`.
fn position(names: &Names<'_>, id: &str) -> Option<(usize, usize)> {
    let pages = &names.draft?.service.form.pages;
    pages
        .iter()
        .enumerate()
        .find_map(|(i, page)| Some((i, page.questions.iter().position(|q| q.id == id)?)))
}

fn one(names: &Names<'_>, file: &File, rule: &RuleAt, asked: &Asked, report: &mut Report) {
    let found = rules::references(&rule.expr);
    let at = |offset: usize| file.source.inside(&rule.span, offset);
    roots(names, file, rule, found, report);
    settings(names, file, rule, found, report);
    for reference in &found.functions {
        if !rules::FUNCTIONS.contains(&reference.name.as_str()) {
            let what = format!("Die Funktion „{}“ gibt es in Regeln nicht", reference.name);
            let near = nearest(&reference.name, rules::FUNCTIONS.iter().copied());
            report.at(&file.source, at(reference.offset), what).near(near);
        }
    }
    for reference in &found.answers {
        match names.answer(&reference.name) {
            Answer::Unreadable => {}
            Answer::Unknown(near) => {
                let what = format!("„answers.{}“ ist keine Frage des Formulars", reference.name);
                report
                    .at(&file.source, at(reference.offset), what)
                    .near(near.map(|n| format!("answers.{n}")));
            }
            Answer::Question(question, _) => {
                if let Some(what) = too_early(names, question, asked) {
                    report.at(&file.source, at(reference.offset), what);
                }
            }
        }
    }
    for item in &found.items {
        if let (Answer::Question(..), Answer::Unknown(near)) = (
            names.answer(&item.list),
            names.answer(&format!("{}.{}", item.list, item.name)),
        ) {
            let near = near.and_then(|n| Some(n.strip_prefix(&item.list)?.strip_prefix('.')?.to_owned()));
            let what = format!("„{}“ ist kein Teil der Gruppe „{}“", item.name, item.list);
            report.at(&file.source, at(item.offset), what).near(near);
        }
    }
    compared::check(names, file, rule, report);
    types::check(names, file, rule, report);
}

/// First parts of names, and the fields of `place` and `room`.
fn roots(names: &Names<'_>, file: &File, rule: &RuleAt, found: &References, report: &mut Report) {
    let mut wrong = |reference: &Reference, what: String, near: Option<String>| {
        report
            .at(&file.source, file.source.inside(&rule.span, reference.offset), what)
            .near(near);
    };
    let service = names.draft.filter(|_| names.service_known()).map(|d| &d.service);
    for reference in &found.roots {
        let word = reference.name.as_str();
        if !rules::ROOTS.contains(&word) {
            let what = format!("„{word}“ ist in Regeln kein bekannter Name");
            wrong(reference, what, nearest(word, rules::ROOTS.iter().copied()));
        } else if word == "regime" && service.is_some_and(|s| s.regime.is_none() && s.regime_expr.is_none()) {
            wrong(
                reference,
                "„regime“ gibt es nur, wenn service.toml regime oder regime_expr hat".into(),
                None,
            );
        } else if word == "room" && service.is_some_and(|s| s.booking.is_none()) {
            wrong(
                reference,
                "„room“ gibt es nur, wenn service.toml [booking] hat".into(),
                None,
            );
        }
    }
    for reference in found
        .place
        .iter()
        .filter(|r| !rules::PLACE_FIELDS.contains(&r.name.as_str()))
    {
        let near = nearest(&reference.name, rules::PLACE_FIELDS.iter().copied());
        wrong(
            reference,
            format!("„place.{}“ gibt es nicht", reference.name),
            near.map(|n| format!("place.{n}")),
        );
    }
    for reference in &found.room {
        if let Err(near) = room_field(&reference.name) {
            wrong(
                reference,
                format!("„room.{}“ gibt es nicht", reference.name),
                near.map(|n| format!("room.{n}")),
            );
        }
    }
}

/// Whether `room.<path>` exists; else the nearest that does.
fn room_field(path: &str) -> Result<(), Option<String>> {
    let mut parts = path.split('.');
    let (field, class, price, rest) = (parts.next().unwrap_or(""), parts.next(), parts.next(), parts.next());
    if field != "tariff" {
        let right = rules::ROOM_FIELDS.contains(&field) && class.is_none();
        return if right {
            Ok(())
        } else {
            Err(nearest(field, rules::ROOM_FIELDS.iter().copied()))
        };
    }
    match (class, price) {
        (Some(class), _) if !TARIFF_CLASSES.contains(&class) => {
            Err(nearest(class, TARIFF_CLASSES.iter().copied()).map(|n| format!("tariff.{n}")))
        }
        (Some(class), Some(price)) if !PRICES.contains(&price) => {
            Err(nearest(price, PRICES.iter().copied()).map(|n| format!("tariff.{class}.{n}")))
        }
        _ if rest.is_some() => Err(None),
        _ => Ok(()),
    }
}

/// `params.x` and `law.x`.
fn settings(names: &Names<'_>, file: &File, rule: &RuleAt, found: &References, report: &mut Report) {
    let mut wrong = |reference: &Reference, what: String, near: Option<String>| {
        report
            .at(&file.source, file.source.inside(&rule.span, reference.offset), what)
            .near(near);
    };
    for reference in found
        .params
        .iter()
        .filter(|r| !names.has_nameless("parameter") && names.param(&r.name).is_none())
    {
        let near = nearest(&reference.name, names.params().iter().map(|p| p.id.as_str()));
        let what = format!("„params.{}“ ist kein Parameter aus service.toml", reference.name);
        wrong(reference, what, near.map(|n| format!("params.{n}")));
    }
    let law = &names.region().law;
    for reference in found
        .law
        .iter()
        .filter(|r| names.world.region.law_known && !law.contains_key(&r.name))
    {
        let near = nearest(&reference.name, law.keys().map(String::as_str));
        let what = format!("„law.{}“ ist keine Zahl aus law.toml", reference.name);
        wrong(reference, what, near.map(|n| format!("law.{n}")));
    }
}

/// Why the answer to `question` cannot be read here, if so.
fn too_early(names: &Names<'_>, question: &Question, asked: &Asked) -> Option<String> {
    let id = &question.id;
    let read = position(names, id)?;
    let later = || Some(format!("Die Antwort „{id}“ kommt erst später im Formular"));
    match *asked {
        Asked::AtEnd => None,
        Asked::AtStart => Some(format!("Auf der Startseite gibt es die Antwort „{id}“ noch nicht")),
        Asked::BeforePage(page) if read.0 == page => Some(format!("Die Frage „{id}“ steht auf dieser Seite selbst")),
        Asked::BeforePage(page) | Asked::AfterPage(page) if read.0 > page => later(),
        Asked::Computed { page, index } | Asked::AtQuestion { page, index, .. } if read == (page, index) => {
            Some(format!("Die Frage „{id}“ liest ihre eigene Antwort"))
        }
        Asked::Computed { page, index } | Asked::AtQuestion { page, index, .. } if read > (page, index) => later(),
        Asked::AtQuestion {
            page, reveal: false, ..
        } if read.0 == page => Some(format!(
            "Die Antwort „{id}“ steht auf derselben Seite: Dafür braucht die Frage „reveal = true“"
        )),
        _ => None,
    }
}
