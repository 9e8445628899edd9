//! How long things are kept: a reason for each period, nothing longer than the case, nothing counted from a day that
//! the service does not know.

use super::names::Names;
use crate::load::World;
use crate::load::node::{Step, steps};
use crate::load::source::Report;
use crate::load::view::File;
use crate::{KeepFrom, Kind, Lang, Question, Retention};

/// What the service says of the case, and its form of single answers.
pub(crate) fn check(names: &Names<'_>, report: &mut Report) {
    let Some(draft) = names.draft else { return };
    let (service, file) = (&draft.service, &draft.service_file);
    let own = &service.retention;
    // A period alone is one of the first versions: unconfirmed.
    if file.source.has(steps!["retention", "period"]) {
        reason(own, file, steps!["retention"], report);
    }
    if own.after != KeepFrom::Closed {
        let what = "Ein Vorgang wird ab seinem Ende aufgehoben: „after“ gibt es nur an einer Frage";
        file.report(report, steps!["retention", "after"], what);
    }
    for (i, page) in service.form.pages.iter().enumerate() {
        for (j, question) in page.questions.iter().enumerate() {
            let way = steps!["page", i, "question", j];
            if let Some(kept) = &question.retention {
                answer(names, question, kept, way, report);
            }
        }
    }
}

/// Reusable fields: what does not depend on the service that uses them.
pub(crate) fn fields(world: &World, report: &mut Report) {
    for question in world.fields.all() {
        let Some(kept) = &question.retention else { continue };
        if let Some((file, table)) = world.fields.place(&question.id) {
            reason(kept, file, steps![table, "retention"], report);
        }
    }
}

fn reason(kept: &Retention, file: &File, way: &[Step], report: &mut Report) {
    if kept.legal_basis.is_empty() && kept.note.is_none() {
        let what = "Warum so lange? „legal_basis“ oder „note“ fehlt";
        file.report(report, way, what)
            .like("note = \"keine Vorschrift gefunden\"");
    }
}

fn answer(names: &Names<'_>, question: &Question, kept: &Retention, way: &[Step], report: &mut Report) {
    let Some(draft) = names.draft else { return };
    let (service, file) = (&draft.service, &draft.form_file);
    let at = |key: &str| [way, steps![key]].concat();
    let here = file.source.has(&at("retention"));
    // Of a reused field the line that uses it.
    let at = at(if here { "retention" } else { "field" });
    if here {
        reason(kept, file, &at, report);
    }
    let event = &service.event;
    let shown = [&event.date, &event.last_day, &event.place, &event.applicant];
    let why = match &question.kind {
        Kind::Computed { .. } => Some("wird ausgerechnet: Eine Dauer hat, woraus"),
        Kind::File { .. } => Some("ist eine Datei: Sie geht mit dem Vorgang"),
        _ if shown.contains(&&Some(question.id.clone())) => Some("steht in der Übersicht: Sie geht mit dem Vorgang"),
        _ => None,
    };
    if let Some(why) = why {
        file.report(report, &at, format!("„{}“ {why}", question.id));
    }
    if names.service_known() && kept.period.is_longer_than(service.retention.period) {
        let what = format!(
            "„{}“ würde länger aufgehoben ({}) als der Vorgang ({})",
            question.id,
            kept.period.words(Lang::De),
            service.retention.period.words(Lang::De)
        );
        file.report(report, &at, what);
    }
    if kept.after == KeepFrom::Event && names.service_known() && service.event.date.is_none() {
        let what = "„after“ zählt ab dem Termin, aber service.toml nennt unter [event] kein „date“";
        file.report(report, &at, what);
    }
    let unknown = |id: &&String| !service.legal_basis.iter().any(|b| b.id == **id);
    // Those written here were looked up with all other names.
    if let Some(id) = kept.legal_basis.iter().find(unknown).filter(|_| !here) {
        let what = format!(
            "Das Feld „{}“ beruht auf „{id}“: service.toml kennt das nicht",
            question.id
        );
        file.report(report, &at, what);
    }
}
