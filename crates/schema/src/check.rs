//! What must fit together across the files of a service: names, order, texts, bounds, law, examples.

use std::collections::BTreeSet;

use crate::load::source::Report;
use crate::load::{Draft, World};

/// Checks the reusable fields; the answer holds the ids of those that cannot be used.
pub(crate) fn fields(world: &World, report: &mut Report) -> BTreeSet<String> {
    world.fields.broken(report)
}

/// Checks every service.
pub(crate) fn services(_drafts: &[Draft], _world: &World, _report: &mut Report) {}
