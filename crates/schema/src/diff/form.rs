//! Pages, questions, exits, rules and checks as parts that can be compared.

use super::Topic;
use super::items::{Item, bases, german, when, yes_no};
use crate::show::format;
use crate::{Bound, Computed, DateBound, ExitKind, Kind, Lang, Options, Question, Service};

pub(super) fn items(service: &Service) -> Vec<Item> {
    let mut out = Vec::new();
    for (n, page) in service.form.pages.iter().enumerate() {
        let title = german(service, &format!("page.{}.step", page.id)).unwrap_or(&page.id);
        let at = format!("Seite {}, {title}", n + 1);
        out.push(
            Item::new("page", &page.id, Topic::Form, format!("Seite „{title}“"))
                .facet("erscheint", when(page.when.as_ref()))
                .texts([format!("page.{}", page.id)]),
        );
        for question in &page.questions {
            let mut item = Item::new(
                "question",
                &question.id,
                Topic::Form,
                format!("Frage „{}“", label(service, &question.id)),
            )
            .at(&at)
            .texts([format!("question.{}", question.id), format!("option.{}", question.id)]);
            describe(service, question, "", &mut item);
            item.add("Seite".into(), title.to_owned(), false);
            out.push(item);
        }
    }
    out.extend(service.form.exits.iter().map(|exit| {
        let title = german(service, &format!("exit.{}.title", exit.id)).unwrap_or(&exit.id);
        let kind = match exit.kind {
            ExitKind::NothingNeeded => "nichts ist nötig",
            ExitKind::NotEntitled => "geht nicht",
            ExitKind::Elsewhere => "jemand anderes ist zuständig",
        };
        Item::new("exit", &exit.id, Topic::Form, format!("Ausgang „{title}“"))
            .facet("Bedingung", when(Some(&exit.when)))
            .facet("Ergebnis", kind)
            .facet("nach der Seite", exit.after.clone())
            .facet("führt zur Leistung", exit.to.clone().unwrap_or_default())
            .facet("Rechtsgrundlage", bases(service, &exit.legal_basis))
            .texts([format!("exit.{}", exit.id)])
    }));
    out.extend(service.form.rules.iter().map(|rule| {
        let field = label(service, &rule.field);
        Item::new(
            "rule",
            &rule.id,
            Topic::Rules,
            format!("Regel zu „{field}“ ({})", rule.id),
        )
        .facet("Frage", field.to_owned())
        .facet("gilt", when(rule.when.as_ref()))
        .facet("verlangt", rule.must.source.clone())
        .texts([format!("rule.{}", rule.id)])
    }));
    out.extend(service.form.checks.iter().map(|check| {
        let field = check.field.as_deref().map_or("alle Angaben", |f| label(service, f));
        Item::new(
            "check",
            &check.id,
            Topic::Rules,
            format!("Prüfung zu „{field}“ ({})", check.id),
        )
        .facet("Frage", field.to_owned())
        .facet("gilt", when(check.when.as_ref()))
        .facet("verlangt", check.must.source.clone())
        .facet("Rechtsgrundlage", bases(service, &check.legal_basis))
        .texts([format!("check.{}", check.id)])
    }));
    out.extend(service.papers.iter().map(|paper| {
        let what = german(service, &format!("paper.{}", paper.question)).unwrap_or(&paper.question);
        Item::new("paper", &paper.question, Topic::Form, format!("Unterlage „{what}“"))
            .facet("wird verlangt", when(paper.when.as_ref()))
            .texts([format!("paper.{}", paper.question)])
    }));
    out
}

/// What a question is called.
pub(super) fn label<'a>(service: &'a Service, path: &'a str) -> &'a str {
    let short = german(service, &format!("question.{path}.short"));
    short
        .or_else(|| german(service, &format!("question.{path}.label")))
        .unwrap_or(path)
}

/// The facets of a question; `part` stands before those of a group's part.
fn describe(service: &Service, question: &Question, part: &str, item: &mut Item) {
    let mut add = |name: &str, value: String| item.add(format!("{part}{name}"), value, part.is_empty());
    add("Art", kind(service, &question.kind));
    let answer = match (question.optional, question.may_stay_open) {
        (true, _) => "freiwillig",
        (_, true) => "Pflicht, darf nachgereicht werden",
        _ => "Pflicht",
    };
    add("Antwort", answer.to_owned());
    add("wird gefragt", when(question.when.as_ref()));
    add("Rechtsgrundlage", bases(service, &question.legal_basis));
    let kept = question
        .retention
        .as_ref()
        .map(|r| kept(service, r))
        .unwrap_or_default();
    add("Aufbewahrung", kept);
    let mut aside = |name: &str, value: String| item.add(format!("{part}{name}"), value, false);
    aside("personenbezogen", yes_no(question.personal).to_owned());
    aside("klappt auf derselben Seite auf", yes_no(question.reveal).to_owned());
    if let Kind::Group { parts, .. } = &question.kind {
        for one in parts {
            describe(service, one, &format!("{part}Teil „{}“, ", one.id), item);
        }
    }
}

/// How long something is kept, and why.
pub(super) fn kept(service: &Service, kept: &crate::Retention) -> String {
    let mut lines = vec![kept.words(Lang::De), bases(service, &kept.legal_basis)];
    lines.extend(kept.note.clone());
    lines.retain(|line| !line.is_empty());
    lines.join("\n")
}

fn bound(service: &Service, bound: &Bound, unit: Option<&str>, money: bool) -> String {
    let amount = |n: i64| match money {
        true => format::money(n, Lang::De),
        false => format::with_unit(n, unit, Lang::De),
    };
    match bound {
        Bound::Number(n) => amount(*n),
        Bound::Law(id) => match service.region.law.get(id) {
            Some(figure) => format!("{} nach {}", super::rest::figure(figure), figure.legal_basis),
            None => format!("law.{id}"),
        },
        Bound::Param(id) => format!("der Wert der Gemeinde „{}“", crate::parameter::label(service, id)),
    }
}

fn day(bound: &DateBound) -> String {
    match bound {
        DateBound::Today(0) => "heute".into(),
        DateBound::Today(n) => format!("heute und {n} Tage"),
        DateBound::Fixed(day) => format::date(*day, Lang::De),
    }
}

/// The parts that there are, joined: `Zahl, mindestens 3 m`.
fn joined(first: &str, more: &[(&str, Option<String>)]) -> String {
    let mut out = first.to_owned();
    for (name, value) in more {
        if let Some(value) = value {
            out.push_str(&format!(", {name} {value}"));
        }
    }
    out
}

fn kind(service: &Service, kind: &Kind) -> String {
    let chars = |n: &usize| format!("{n} Zeichen");
    let edge = |b: &Option<Bound>, unit: Option<&str>, money| b.as_ref().map(|b| bound(service, b, unit, money));
    match kind {
        Kind::Text {
            min_length,
            max_length,
            pattern,
        } => joined(
            "kurzer Text",
            &[
                ("mindestens", min_length.as_ref().map(chars)),
                ("höchstens", Some(chars(max_length))),
                ("nach dem Muster", pattern.clone()),
            ],
        ),
        Kind::LongText { min_length, max_length } => joined(
            "langer Text",
            &[
                ("mindestens", min_length.as_ref().map(chars)),
                ("höchstens", Some(chars(max_length))),
            ],
        ),
        Kind::Number { min, max, unit } => {
            let unit = unit.as_deref();
            let first = unit.map_or("ganze Zahl".to_owned(), |u| format!("ganze Zahl in {u}"));
            joined(
                &first,
                &[
                    ("mindestens", edge(min, unit, false)),
                    ("höchstens", edge(max, unit, false)),
                ],
            )
        }
        Kind::Money { min, max } => joined(
            "Betrag",
            &[
                ("mindestens", edge(min, None, true)),
                ("höchstens", edge(max, None, true)),
            ],
        ),
        Kind::Date { min, max } => joined(
            "Datum",
            &[("ab", min.as_ref().map(day)), ("bis", max.as_ref().map(day))],
        ),
        Kind::DateRange { min, max } => joined(
            "Zeitraum",
            &[("ab", min.as_ref().map(day)), ("bis", max.as_ref().map(day))],
        ),
        Kind::Time { min, max } => joined("Uhrzeit", &[("ab", min.clone()), ("bis", max.clone())]),
        Kind::YesNo => "Ja oder Nein".into(),
        Kind::OneOf { options: list } => format!("eine von: {}", options(list)),
        Kind::ManyOf {
            options: list,
            min_items,
            max_items,
        } => format!("{min_items} bis {max_items} von: {}", options(list)),
        Kind::Address => "Anschrift".into(),
        Kind::MapPoint => "Punkt auf der Karte".into(),
        Kind::Iban => "IBAN".into(),
        Kind::Email => "E-Mail-Adresse".into(),
        Kind::Phone => "Telefonnummer".into(),
        Kind::File { accept, max_mb } => format!("Datei ({}), höchstens {max_mb} MB", accept.join(", ")),
        Kind::Group {
            parts,
            min_items,
            max_items,
        } => {
            let parts: Vec<&str> = parts.iter().map(|p| p.id.as_str()).collect();
            format!("Gruppe mit {min_items} bis {max_items} Einträgen: {}", parts.join(", "))
        }
        Kind::Computed {
            value,
            result,
            unit,
            hidden,
        } => {
            let result = match result {
                Computed::Number => "Zahl",
                Computed::Money => "Betrag",
                Computed::Text => "Text",
                Computed::YesNo => "Ja oder Nein",
                Computed::Date => "Datum",
            };
            let unit = unit.as_deref().map(|u| format!(" in {u}")).unwrap_or_default();
            let hidden = if *hidden { ", wird nicht gezeigt" } else { "" };
            format!("wird ausgerechnet: {result}{unit}{hidden}, {}", value.source)
        }
    }
}

/// Options by their ids: their words are facets of their own.
fn options(options: &Options) -> String {
    match options {
        Options::Fixed(ids) => ids.join(", "),
        Options::Rooms => "Räume der Gemeinde".into(),
    }
}
