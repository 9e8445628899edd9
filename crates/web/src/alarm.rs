//! Alarms: what lets an application through although something is wrong with its service. One place, so that the log
//! says it in one way. A failure names its rule, never an answer.

use std::fmt::Display;

/// Rules that failed at run time: nothing was blocked or hidden by them, and somebody has to look.
pub fn failed<F: Display>(service: &str, failures: &[F]) {
    for failure in failures {
        tracing::error!(service, failure = %failure, "a rule failed at run time");
    }
}
