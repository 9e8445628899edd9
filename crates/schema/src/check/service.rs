//! service.toml as a whole: its id, ids used once, legal bases, regime, deadlines.

use std::collections::BTreeSet;

use super::compared::REGIMES;
use super::names::Names;
use crate::diagnostic::nearest;
use crate::load::node::steps;
use crate::load::source::Report;
use crate::load::view::File;
use crate::{DeadlineKind, ParamType};

/// Checks what the file says of itself.
pub(crate) fn check(names: &Names<'_>, report: &mut Report) {
    let Some(draft) = names.draft else { return };
    let (service, file) = (&draft.service, &draft.service_file);
    if let Some(id) = file.root().text("id").filter(|id| *id != service.id) {
        let what = format!("Die Leistung heißt „{id}“, ihr Ordner aber „{}“", service.id);
        file.report(report, steps!["id"], what).near(Some(service.id.clone()));
    }
    twice(
        file,
        "legal_basis",
        "Die Rechtsgrundlage",
        service.legal_basis.iter().map(|x| x.id.as_str()),
        report,
    );
    twice(
        file,
        "parameter",
        "Den Parameter",
        service.parameters.iter().map(|x| x.id.as_str()),
        report,
    );
    twice(
        file,
        "fee",
        "Die Gebühr",
        service.fees.iter().map(|x| x.id.as_str()),
        report,
    );
    twice(
        file,
        "condition",
        "Die Auflage",
        service.conditions.iter().map(|x| x.id.as_str()),
        report,
    );
    twice(
        file,
        "shown_rule",
        "Die gezeigte Regel",
        service.shown_rules.iter().map(|x| x.id.as_str()),
        report,
    );
    for (i, basis) in service.legal_basis.iter().enumerate() {
        let open = file.source.word(steps!["legal_basis", i, "status"]) == Some("unconfirmed");
        if open && basis.note.is_none() {
            let what = format!("„{}“ ist unbestätigt: „note“ fehlt und sagt, was offen ist", basis.id);
            file.report(report, steps!["legal_basis", i], what)
                .like("note = \"neue Fassung nicht gelesen\"");
        }
    }
    for (i, deadline) in service.deadlines.iter().enumerate() {
        let has = |key: &str| file.source.has(steps!["deadline", i, key]);
        if deadline.kind != DeadlineKind::Notice || !has("kind") {
            continue;
        }
        if !has("before") {
            let what = "„before“ fehlt: Eine Anzeigefrist zählt vor einem Tag";
            file.report(report, steps!["deadline", i], what)
                .like("before = \"event.date\"");
        }
        if !has("legal_basis") {
            let what = "„legal_basis“ fehlt: Eine Anzeigefrist braucht diese Angabe";
            file.report(report, steps!["deadline", i], what)
                .like("legal_basis = [\"obg27\"]");
        }
    }
    regime(names, report);
}

fn regime(names: &Names<'_>, report: &mut Report) {
    let Some(draft) = names.draft else { return };
    let (service, file) = (&draft.service, &draft.service_file);
    if service.regime.is_some() && file.source.has(steps!["regime_expr"]) {
        file.report(
            report,
            steps!["regime_expr"],
            "Eine Leistung hat regime oder regime_expr, nicht beides",
        );
    }
    let Some(id) = service.regime.as_deref() else { return };
    let Some(index) = names
        .params()
        .iter()
        .position(|p| p.id == id && p.kind == ParamType::OneOf)
    else {
        return;
    };
    for (i, option) in names.params()[index].options.iter().enumerate() {
        if !REGIMES.contains(&option.as_str()) {
            let what = format!("„{option}“ ist kein Verfahren; bekannt sind {}", REGIMES.join(", "));
            let near = nearest(option, REGIMES.iter().copied());
            file.report(report, steps!["parameter", index, "options", i], what)
                .near(near);
        }
    }
}

/// Reports ids that stand twice in the tables `[[kind]]`; ids that are missing were reported before.
pub(crate) fn twice<'a>(file: &File, kind: &str, noun: &str, ids: impl Iterator<Item = &'a str>, report: &mut Report) {
    let mut seen = BTreeSet::new();
    for (i, id) in ids.enumerate() {
        if !id.is_empty() && !seen.insert(id) {
            file.report(
                report,
                steps![kind, i, "id"],
                format!("{noun} „{id}“ gibt es schon weiter oben"),
            );
        }
    }
}
