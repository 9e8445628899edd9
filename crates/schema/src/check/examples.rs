//! Examples: answers for questions that exist, in values that can be, and expectations about things that exist.
//! Whether the outcome is as expected is told by running them, not here.

use super::compared::REGIMES;
use super::example_values::{answer_fault, param_fault};
use super::names::{Answer, Names};
use crate::diagnostic::nearest;
use crate::load::node::{Step, steps};
use crate::load::source::Report;
use crate::load::view::File;
use crate::{Example, Kind};

/// Checks all examples of a service.
pub(crate) fn check(names: &Names<'_>, report: &mut Report) {
    let Some(draft) = names.draft else { return };
    for (example, file) in draft.examples.iter().filter(|(_, f)| f.parsed()) {
        if !names.has_nameless("parameter") {
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

fn answers(names: &Names<'_>, example: &Example, file: &File, report: &mut Report) {
    let root = file.root().get("answers");
    for entry in root.entries() {
        let group = format!("{}.", entry.key);
        if names.world.fields.is_unreadable(&group) {
            continue;
        }
        let of = |prefix: &str| names.questions().any(|(_, q)| q.id.starts_with(prefix));
        let inner = root.of(entry).entries();
        let one_part = names.questions().any(|(_, q)| q.id == entry.key) || (inner.is_empty() && !of(&group));
        if one_part {
            let way = steps!["answers", entry.key.as_str()];
            answer(names, example, file, &entry.key, entry.at, way, report);
        } else if of(&group)
            || names.has_nameless("question")
            || example.expect.errors.iter().any(|e| e.starts_with(&group))
        {
            for part in inner {
                let path = format!("{group}{}", part.key);
                let way = steps!["answers", entry.key.as_str(), part.key.as_str()];
                answer(names, example, file, &path, part.at, way, report);
            }
        } else {
            let near = nearest(
                &entry.key,
                names.questions().map(|(_, q)| q.id.split('.').next().unwrap_or("")),
            );
            let what = format!("„{}“ ist keine Frage des Formulars", entry.key);
            report.at(&file.source, entry.at, what).near(near);
        }
    }
}

/// One answer under the path of its question.
fn answer(names: &Names<'_>, example: &Example, file: &File, path: &str, at: usize, way: &[Step], report: &mut Report) {
    let covers = |error: &String| error == path || error.strip_prefix(path).is_some_and(|r| r.starts_with('.'));
    if example.expect.errors.iter().any(covers) {
        return; // Wrong on purpose.
    }
    let question = match names.answer(path) {
        Answer::Question(question, false) => question,
        Answer::Question(_, true) | Answer::Unreadable => return,
        Answer::Unknown(near) => {
            // Within its own table the last part is what to write.
            let group = path.split_once('.').map_or("", |(group, _)| group);
            let own = |n: &String| {
                n.strip_prefix(group)
                    .and_then(|n| n.strip_prefix('.'))
                    .map(str::to_owned)
            };
            let near = near.map(|n| own(&n).unwrap_or(n));
            report
                .at(&file.source, at, format!("„{path}“ ist keine Frage des Formulars"))
                .near(near);
            return;
        }
    };
    let Some(value) = file.source.json(way) else { return };
    answer_fault(file, question, &value, way, report);
    let Kind::Group { parts, .. } = &question.kind else {
        return;
    };
    for (i, item) in value.as_array().into_iter().flatten().enumerate() {
        for (key, value) in item.as_object().into_iter().flatten() {
            let way = [way, steps![i, key.as_str()]].concat();
            match parts.iter().find(|p| p.id == *key) {
                Some(part) => answer_fault(file, part, value, &way, report),
                None if parts.iter().any(|p| p.id.is_empty()) => {}
                None => {
                    let near = nearest(key, parts.iter().map(|p| p.id.as_str()));
                    let what = format!("„{key}“ ist kein Teil der Gruppe „{path}“");
                    report.at(&file.source, file.source.key_at(&way), what).near(near);
                }
            }
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
    let exits = || form.exits.iter().map(|e| e.id.as_str());
    if let Some(exit) = &expect.exit
        && !names.has_nameless("exit")
        && !exits().any(|e| e == exit)
    {
        let what = format!("Den Ausgang „{exit}“ gibt es nicht");
        file.report(report, steps!["expect", "exit"], what)
            .near(nearest(exit, exits()));
    }
    let checks = || form.checks.iter().map(|c| c.id.as_str());
    for entry in file.root().get("expect").get("checks").entries() {
        if !names.has_nameless("check") && !checks().any(|c| c == entry.key) {
            let what = format!("Die Prüfung „{}“ gibt es nicht", entry.key);
            report
                .at(&file.source, entry.at, what)
                .near(nearest(&entry.key, checks()));
        }
    }
}

/// What `[expect]` says about outcome, regime and deadlines.
fn expected_values(names: &Names<'_>, example: &Example, file: &File, report: &mut Report) {
    let Some(service) = names.draft.map(|d| &d.service) else {
        return;
    };
    let expect = &example.expect;
    for (outcome, key, like) in [
        ("errors", "errors", "errors = [\"fire.height\"]"),
        ("exit", "exit", "exit = \"indoors\""),
    ] {
        if expect.outcome == outcome && !file.source.has(steps!["expect", key]) {
            let what = format!("„{key}“ fehlt: outcome = \"{outcome}\" braucht diese Angabe");
            file.report(report, steps!["expect", "outcome"], what).like(like);
        }
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
