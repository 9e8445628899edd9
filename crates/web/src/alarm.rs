//! Alarms: what lets an application through although something is wrong with its service, and what holds all of them
//! back at one place. One file, so that the log says it in one way. A failure names its rule, never an answer.

use std::fmt::Display;

use store::Hourly;

use crate::failure::Failure;
use crate::state::App;

/// Rules that failed at run time: nothing was blocked or hidden by them, and somebody has to look.
pub fn failed<F: Display>(service: &str, failures: &[F]) {
    for failure in failures {
        tracing::error!(service, failure = %failure, "a rule failed at run time");
    }
}

/// So much comes in at one authority or place that no more is taken for now: what the person is told. The operator reads
/// it in the log, once an hour for each, and at `/health`.
pub fn crowded(app: &App, at: &str, what: Hourly) -> Failure {
    if app.limits.crowded(at, what, app.now()) {
        tracing::error!(
            event = "intake.full",
            at,
            what = what.as_str(),
            "no more is taken in within this hour"
        );
    }
    Failure::Crowded
}
