//! form.toml as a whole: ids used once, pages and questions that nobody can reach.

use std::collections::BTreeSet;

use super::compared::constant;
use super::names::Names;
use super::service::twice;
use crate::load::form::is_of_unknown_type;
use crate::load::node::{Step, steps};
use crate::load::source::Report;
use crate::{Kind, Options, Question};

/// Checks ids, emptiness and reachability.
pub(crate) fn check(names: &Names<'_>, report: &mut Report) {
    let Some(draft) = names.draft else { return };
    let (form, file) = (&draft.service.form, &draft.form_file);
    twice(
        file,
        "page",
        "Die Seite",
        form.pages.iter().map(|p| p.id.as_str()),
        report,
    );
    twice(
        file,
        "rule",
        "Die Regel",
        form.rules.iter().map(|r| r.id.as_str()),
        report,
    );
    twice(
        file,
        "exit",
        "Den Ausgang",
        form.exits.iter().map(|e| e.id.as_str()),
        report,
    );
    twice(
        file,
        "check",
        "Die Prüfung",
        form.checks.iter().map(|c| c.id.as_str()),
        report,
    );
    let mut seen = BTreeSet::new();
    for (i, page) in form.pages.iter().enumerate() {
        if page.when.as_ref().and_then(|w| constant(names, w)) == Some(false) {
            let what = format!("Die Seite „{}“ ist nie zu erreichen: Ihre Regel trifft nie zu", page.id);
            file.report(report, steps!["page", i, "when"], what);
        }
        for (j, question) in page.questions.iter().enumerate().filter(|(_, q)| !q.id.is_empty()) {
            let way: Vec<Step> = steps!["page", i, "question", j].to_vec();
            unique(names, question, &way, &mut seen, report);
            sensible(names, question, &way, report);
        }
    }
    for (i, exit) in form.exits.iter().enumerate() {
        if constant(names, &exit.when) == Some(true) {
            let what = format!(
                "Der Ausgang „{}“ gilt immer: Was nach „{}“ kommt, ist nie zu erreichen",
                exit.id, exit.after
            );
            file.report(report, steps!["exit", i, "when"], what);
        }
    }
}

fn unique<'a>(
    names: &Names<'_>,
    question: &'a Question,
    way: &[Step],
    seen: &mut BTreeSet<&'a str>,
    report: &mut Report,
) {
    let Some(file) = names.draft.map(|d| &d.form_file) else {
        return;
    };
    let id = question.id.as_str();
    let reused = file.source.has(&[way, steps!["field"]].concat());
    let way = [way, steps![if reused { "field" } else { "id" }]].concat();
    let inside = |inner: &str, outer: &str| inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('.'));
    if seen.contains(id) {
        file.report(report, &way, format!("Die Frage „{id}“ gibt es schon weiter oben"));
    } else if let Some(other) = seen.iter().find(|o| inside(o, id) || inside(id, o)) {
        let what = format!("„{id}“ und „{other}“ passen nicht zusammen: Ein Name ist der Anfang des anderen");
        file.report(report, &way, what);
    } else if !id.contains('.')
        && !is_of_unknown_type(question)
        && !matches!(question.kind, Kind::Group { .. } | Kind::File { .. })
    {
        let what = format!("„{id}“ braucht zwei Teile: Einen Teil haben nur Gruppen und Dateien");
        file.report(report, &way, what).like("id = \"fire.height\"");
    }
    seen.insert(id);
}

fn sensible(names: &Names<'_>, question: &Question, way: &[Step], report: &mut Report) {
    let Some(draft) = names.draft else { return };
    let file = &draft.form_file;
    let at = |key: &str| [way, steps![key]].concat();
    let id = &question.id;
    if question.when.as_ref().and_then(|w| constant(names, w)) == Some(false) {
        file.report(
            report,
            &at("when"),
            format!("Die Frage „{id}“ erscheint nie: Ihre Regel trifft nie zu"),
        );
    }
    if question.reveal && !file.source.has(&at("when")) {
        let example = "when = \"answers.fire.public == true\"";
        file.report(report, &at("reveal"), "„reveal“ braucht eine Regel in „when“")
            .like(example);
    }
    let rooms = matches!(
        &question.kind,
        Kind::OneOf {
            options: Options::Rooms
        } | Kind::ManyOf {
            options: Options::Rooms,
            ..
        }
    );
    if rooms && names.service_known() && draft.service.booking.is_none() {
        file.report(
            report,
            &at("options_from"),
            "Räume gibt es nur, wenn service.toml [booking] hat",
        );
    }
    let Kind::Group { parts, .. } = &question.kind else {
        return;
    };
    for (k, part) in parts.iter().enumerate().filter(|(_, p)| !p.id.is_empty()) {
        if parts[..k].iter().any(|p| p.id == part.id) {
            let way = [way, steps!["part", k, "id"]].concat();
            file.report(
                report,
                &way,
                format!("Den Teil „{}“ gibt es schon weiter oben", part.id),
            );
        }
    }
}
