//! What must fit together across the files of a service. Each module below finds one family of mistakes; all of
//! them report and go on, so that one run shows everything.

use std::collections::{BTreeMap, BTreeSet};

use crate::load::node::steps;
use crate::load::source::Report;
use crate::load::{Draft, World};

mod bounds;
mod compared;
mod example_values;
mod examples;
mod form;
mod keeping;
mod names;
mod placeholders;
mod reads;
mod samples;
mod service;
mod text_keys;
mod texts;
mod types;
mod wanted;

use names::Names;

/// Checks the reusable fields; the answer holds the ids of those that cannot be used.
pub(crate) fn fields(world: &World, report: &mut Report) -> BTreeSet<String> {
    let names = Names::fields(world);
    for question in world.fields.all() {
        if let Some((file, table)) = world.fields.place(&question.id) {
            bounds::question(question, file, steps![table], &names, report);
        }
    }
    keeping::fields(world, report);
    let mut broken = world.fields.broken(report);
    broken.extend(texts::of_fields(world, report));
    broken
}

/// Checks every service.
pub(crate) fn services(drafts: &[Draft], world: &World, report: &mut Report) {
    let mut codes: BTreeMap<&str, &str> = BTreeMap::new();
    for draft in drafts {
        let names = Names::of(draft, world);
        names::resolve(&names, report);
        service::check(&names, report);
        form::check(&names, report);
        bounds::check(&names, report);
        keeping::check(&names, report);
        reads::check(&names, report);
        texts::of_service(&names, report);
        examples::check(&names, report);
        let code = draft.service.code.as_str();
        if let Some(other) = codes.insert(code, &draft.service.id).filter(|_| !code.is_empty()) {
            let what = format!("Das Kürzel „{code}“ hat schon die Leistung {other}");
            draft.service_file.report(report, steps!["code"], what);
        }
    }
}
