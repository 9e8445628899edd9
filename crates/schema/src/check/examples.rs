//! Examples: answers for questions that exist, in values that can be, and expectations about things that exist.
//! Whether the outcome is as expected is told by running them, not here.

use serde_json::Value;

use super::compared::{REGIMES, fixed_options};
use super::names::{Answer, Names};
use crate::diagnostic::nearest;
use crate::load::scalar;
use crate::load::source::{Report, Step, steps};
use crate::load::view::File;
use crate::{Example, Kind, ParamType, Parameter, Question};

/// Checks all examples of a service.
pub(crate) fn check(names: &Names<'_>, report: &mut Report) {
    let Some(draft) = names.draft else { return };
    for (example, file) in draft.examples.iter().filter(|(_, f)| f.parsed()) {
        if names.service_known() {
            params(names, file, report);
        }
        if names.form_known() {
            answers(names, example, file, report);
            expected_names(names, example, file, report);
        }
        expected_values(names, example, file, report);
    }
}

fn params(names: &Names<'_>, file: &File, report: &mut Report) {
    let params = file.root().get("params");
    for entry in params.entries() {
        let Some(param) = names.param(&entry.key) else {
            let near = nearest(&entry.key, names.params().iter().map(|p| p.id.as_str()));
            let what = format!("„{}“ ist kein Parameter aus service.toml", entry.key);
            report.at(&file.source, entry.at, what).near(near);
            continue;
        };
        if let Some((what, near)) = param_fault(param, &entry.node.json()) {
            report.at(&file.source, entry.node.span.start, what).near(near);
        }
    }
}

fn param_fault(param: &Parameter, value: &Value) -> Option<(String, Option<String>)> {
    let id = &param.id;
    let text = value.as_str();
    let right = match param.kind {
        ParamType::Number | ParamType::Money => value.is_i64(),
        ParamType::YesNo => value.is_boolean(),
        ParamType::Time => text.is_some_and(scalar::is_time),
        ParamType::Text => text.is_some(),
        ParamType::OneOf => param.options.is_empty() || param.options.iter().any(|o| Some(o.as_str()) == text),
    };
    let outside = value
        .as_i64()
        .is_some_and(|n| param.min.is_some_and(|m| n < m) || param.max.is_some_and(|m| n > m));
    let crossed = param.min.is_some_and(|min| param.max.is_some_and(|max| min > max));
    if right && (crossed || !outside) {
        return None;
    }
    let near = text.and_then(|t| nearest(t, param.options.iter().map(String::as_str)));
    let why = if outside {
        "liegt außerhalb von „min“ und „max“"
    } else {
        "passt nicht zum Typ des Parameters"
    };
    Some((format!("Der Wert von „{id}“ {why}"), near))
}

fn answers(names: &Names<'_>, example: &Example, file: &File, report: &mut Report) {
    let root = file.root().get("answers");
    for entry in root.entries() {
        let group = format!("{}.", entry.key);
        if names.world.fields.is_unreadable(&group) {
            continue;
        }
        if names.questions().any(|(_, q)| q.id == entry.key) {
            answer(
                names,
                example,
                file,
                &entry.key,
                entry.at,
                steps!["answers", entry.key.as_str()],
                report,
            );
            continue;
        }
        let known_group = names.questions().any(|(_, q)| q.id.starts_with(&group));
        let inner = root.of(entry).entries();
        if inner.is_empty() || (!known_group && !example.expect.errors.iter().any(|e| e.starts_with(&group))) {
            let first = names.questions().map(|(_, q)| q.id.split('.').next().unwrap_or(""));
            let near = nearest(&entry.key, first);
            report
                .at(
                    &file.source,
                    entry.at,
                    format!("„{}“ ist keine Frage des Formulars", entry.key),
                )
                .near(near);
            continue;
        }
        for part in inner {
            let path = format!("{group}{}", part.key);
            let way = steps!["answers", entry.key.as_str(), part.key.as_str()];
            answer(names, example, file, &path, part.at, way, report);
        }
    }
}

/// One answer under the path of its question.
fn answer(names: &Names<'_>, example: &Example, file: &File, path: &str, at: usize, way: &[Step], report: &mut Report) {
    let expected_wrong = |path: &str| {
        example
            .expect
            .errors
            .iter()
            .any(|e| e == path || e.strip_prefix(path).is_some_and(|r| r.starts_with('.')))
    };
    let question = match names.answer(path) {
        Answer::Question(question, false) => question,
        Answer::Unreadable => return,
        Answer::Question(_, true) | Answer::Unknown(_) if expected_wrong(path) => return,
        Answer::Question(_, true) => return,
        Answer::Unknown(near) => {
            // The key stands in its table, so the last part of the path is what to write.
            let near = near.map(|n| n.rsplit('.').next().unwrap_or(&n).to_owned());
            report
                .at(&file.source, at, format!("„{path}“ ist keine Frage des Formulars"))
                .near(near);
            return;
        }
    };
    let Some(value) = file.source.json(way) else { return };
    if expected_wrong(path) {
        return;
    }
    if let Kind::Group { parts, .. } = &question.kind {
        for (i, item) in value.as_array().into_iter().flatten().enumerate() {
            for (key, value) in item.as_object().into_iter().flatten() {
                let way = [way, steps![i, key.as_str()]].concat();
                match parts.iter().find(|p| p.id == *key) {
                    Some(part) => fault(file, part, value, &way, report),
                    None => {
                        let near = nearest(key, parts.iter().map(|p| p.id.as_str()));
                        let what = format!("„{key}“ ist kein Teil der Gruppe „{path}“");
                        report.at(&file.source, file.source.key_at(&way), what).near(near);
                    }
                }
            }
        }
    }
    fault(file, question, &value, way, report);
}

/// Reports an option that does not exist and a day or time that is none.
fn fault(file: &File, question: &Question, value: &Value, way: &[Step], report: &mut Report) {
    if value.as_str() == Some("?") && question.may_stay_open {
        return;
    }
    let id = &question.id;
    let options = fixed_options(question);
    let (texts, list): (Vec<&Value>, bool) = match value {
        Value::Array(list) => (list.iter().collect(), true),
        one => (vec![one], false),
    };
    let what = match (&question.kind, value) {
        (Kind::Computed { .. }, _) => Some(format!("„{id}“ wird ausgerechnet und nie beantwortet")),
        (Kind::Date { .. }, v) if v.as_str().and_then(scalar::date).is_none() => {
            Some(format!("Die Antwort zu „{id}“ ist kein Tag"))
        }
        (Kind::Time { .. }, v) if !v.as_str().is_some_and(scalar::is_time) => {
            Some(format!("Die Antwort zu „{id}“ ist keine Uhrzeit"))
        }
        (Kind::YesNo, v) if !v.is_boolean() => Some(format!("Die Antwort zu „{id}“ muss true oder false sein")),
        (Kind::ManyOf { .. } | Kind::Group { .. }, v) if !v.is_array() => {
            Some(format!("Die Antwort zu „{id}“ muss eine Liste sein"))
        }
        (Kind::Number { .. } | Kind::Money { .. }, v) if !v.is_i64() => {
            Some(format!("Die Antwort zu „{id}“ muss eine ganze Zahl sein"))
        }
        _ => None,
    };
    if let Some(what) = what {
        let example = match question.kind {
            Kind::Date { .. } => "\"2027-01-09\"",
            Kind::Time { .. } => "\"17:00\"",
            _ => "",
        };
        let diagnostic = file.report(report, way, what);
        diagnostic.example = (!example.is_empty()).then(|| example.to_owned());
        return;
    }
    let Some(options) = options else { return };
    for (i, text) in texts.into_iter().enumerate() {
        if !options.iter().any(|o| Some(*o) == text.as_str()) {
            let way = if list { [way, steps![i]].concat() } else { way.to_vec() };
            let shown = text.as_str().map_or_else(|| text.to_string(), str::to_owned);
            let near = nearest(&shown, options.iter().copied());
            file.report(report, &way, format!("„{shown}“ ist keine Möglichkeit von „{id}“"))
                .near(near);
        }
    }
}

/// Names in `[expect]`.
fn expected_names(names: &Names<'_>, example: &Example, file: &File, report: &mut Report) {
    let Some(form) = names.draft.map(|d| &d.service.form) else {
        return;
    };
    let expect = &example.expect;
    for (i, path) in expect.errors.iter().enumerate() {
        // An answer that nobody asked for is an error under its own path.
        if crate::at(&example.answers, path).is_some() {
            continue;
        }
        if let Answer::Unknown(near) = names.answer(path) {
            let what = format!("„{path}“ ist keine Frage des Formulars");
            file.report(report, steps!["expect", "errors", i], what).near(near);
        }
    }
    if let Some(exit) = &expect.exit
        && !form.exits.iter().any(|e| e.id == *exit)
    {
        let near = nearest(exit, form.exits.iter().map(|e| e.id.as_str()));
        file.report(
            report,
            steps!["expect", "exit"],
            format!("Den Ausgang „{exit}“ gibt es nicht"),
        )
        .near(near);
    }
    for entry in file.root().get("expect").get("checks").entries() {
        if !form.checks.iter().any(|c| c.id == entry.key) {
            let near = nearest(&entry.key, form.checks.iter().map(|c| c.id.as_str()));
            report
                .at(
                    &file.source,
                    entry.at,
                    format!("Die Prüfung „{}“ gibt es nicht", entry.key),
                )
                .near(near);
        }
    }
}

/// What `[expect]` says about outcome, regime and deadlines.
fn expected_values(names: &Names<'_>, example: &Example, file: &File, report: &mut Report) {
    let Some(service) = names.draft.map(|d| &d.service) else {
        return;
    };
    let expect = &example.expect;
    let has = |key: &str| file.source.has(steps!["expect", key]);
    if expect.outcome == "errors" && !has("errors") {
        let what = "„errors“ fehlt: Welche Fragen haben Fehler?";
        file.report(report, steps!["expect", "outcome"], what)
            .like("errors = [\"fire.height\"]");
    }
    if expect.outcome == "exit" && !has("exit") {
        let what = "„exit“ fehlt: Welcher Ausgang ist es?";
        file.report(report, steps!["expect", "outcome"], what)
            .like("exit = \"indoors\"");
    }
    if !names.service_known() {
        return;
    }
    let regimes = super::wanted::regimes(names);
    if let Some(regime) = &expect.regime
        && REGIMES.contains(&regime.as_str())
        && !regimes.contains(&regime.as_str())
    {
        let what = format!("Das Verfahren „{regime}“ gibt es in dieser Leistung nicht");
        file.report(report, steps!["expect", "regime"], what)
            .near(nearest(regime, regimes));
    }
    for (i, deadline) in expect.deadlines.iter().enumerate() {
        if !service.deadlines.iter().any(|d| d.kind == deadline.kind) {
            let what = "Eine Frist dieser Art hat die Leistung nicht";
            file.report(report, steps!["expect", "deadline", i, "kind"], what);
        }
    }
}
