//! How the worker fares: which authorities cannot be worked for just now and until when they are left alone,
//! which parts of the worker are alive, and how much was given up. In memory: a new start asks anew.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use domain::TenantId;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::post::Bell;

/// First pause of an authority that failed; it doubles.
const PAUSE_SECONDS: i64 = 5;
/// Longest pause.
const PAUSE_AT_MOST: i64 = 300;
/// A part of the worker that gave no sign for so long has stopped. Longer than any single job.
const SILENCE: Duration = Duration::from_secs(6 * 60);

/// A part of the worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Part {
    Jobs,
    Mails,
    Daily,
}

impl Part {
    pub(crate) const ALL: [Part; 3] = [Part::Jobs, Part::Mails, Part::Daily];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Part::Jobs => "jobs",
            Part::Mails => "mails",
            Part::Daily => "daily",
        }
    }
}

struct Broken {
    times: u32,
    until: Timestamp,
    cause: String,
}

#[derive(Default)]
struct State {
    broken: HashMap<(Part, TenantId), Broken>,
    /// Last sign of life; a part that fell is not in here.
    alive: HashMap<Part, Instant>,
    started: bool,
    /// Jobs and mails that were given up.
    given_up: HashMap<TenantId, (i64, i64)>,
    /// Whose mails wait because as many went as may within an hour, and since when that is known.
    slowed: HashMap<TenantId, Timestamp>,
}

/// Shared by the worker's parts and by whoever reports on it. Cheap to clone.
#[derive(Clone, Default)]
pub struct Condition {
    state: Arc<Mutex<State>>,
    pub(crate) bell: Bell,
}

/// What `/health` says of the worker. No names, no personal data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// `running`, `stopped`, or `elsewhere` when this process has no worker.
    pub worker: &'static str,
    /// Authorities whose data cannot be worked with just now.
    pub broken_authorities: usize,
    /// Jobs given up, as last counted.
    pub dead_jobs: i64,
    /// Mails given up, as last counted.
    pub lost_mails: i64,
}

impl Condition {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// The authority cannot be worked for: it is left alone for a while, longer each time. Said once for
    /// each cause. `cause` comes from our own code and the engine: it names no persons.
    pub(crate) fn failed(&self, part: Part, tenant: &TenantId, cause: &str, now: Timestamp) {
        let mut state = self.state();
        let known = state.broken.entry((part, tenant.clone())).or_insert(Broken {
            times: 0,
            until: now,
            cause: String::new(),
        });
        let pause = (PAUSE_SECONDS << known.times.min(10)).min(PAUSE_AT_MOST);
        known.times = known.times.saturating_add(1);
        known.until = now + SignedDuration::from_secs(pause);
        if known.cause != cause {
            cause.clone_into(&mut known.cause);
            tracing::error!(part = part.name(), tenant = %tenant, error = %cause, "an authority cannot be worked for");
        }
    }

    pub(crate) fn works(&self, part: Part, tenant: &TenantId) {
        if self.state().broken.remove(&(part, tenant.clone())).is_some() {
            tracing::warn!(part = part.name(), tenant = %tenant, "an authority can be worked for again");
        }
    }

    fn of(&self, part: Part, wanted: impl Fn(&Broken) -> bool) -> Vec<TenantId> {
        let state = self.state();
        let of_part = state.broken.iter().filter(|((p, _), b)| *p == part && wanted(b));
        of_part.map(|((_, tenant), _)| tenant.clone()).collect()
    }

    /// Left alone just now.
    pub(crate) fn paused(&self, part: Part, now: Timestamp) -> Vec<TenantId> {
        self.of(part, |b| b.until > now)
    }

    /// Their pause is over: to be tried again, whatever the hints say.
    pub(crate) fn to_try(&self, part: Part, now: Timestamp) -> Vec<TenantId> {
        self.of(part, |b| b.until <= now)
    }

    /// When the next pause is over.
    pub(crate) fn next_try(&self, part: Part) -> Option<Timestamp> {
        let state = self.state();
        state
            .broken
            .iter()
            .filter(|((p, _), _)| *p == part)
            .map(|(_, b)| b.until)
            .min()
    }

    /// Until when this one is left alone.
    pub(crate) fn until(&self, part: Part, tenant: &TenantId) -> Option<Timestamp> {
        self.state().broken.get(&(part, tenant.clone())).map(|b| b.until)
    }

    /// More mail is to go out than may within an hour. Said once an hour.
    pub(crate) fn slowed(&self, tenant: &TenantId, now: Timestamp) {
        let mut state = self.state();
        state
            .slowed
            .retain(|_, since| *since + SignedDuration::from_hours(1) > now);
        if !state.slowed.contains_key(tenant) {
            state.slowed.insert(tenant.clone(), now);
            tracing::error!(event = "intake.full", at = %tenant, what = "mails", "mails wait: as many went as may within an hour");
        }
    }

    pub(crate) fn begin(&self) {
        self.state().started = true;
    }

    pub(crate) fn beat(&self, part: Part) {
        self.state().alive.insert(part, Instant::now());
    }

    /// The part panicked; it is started again.
    pub(crate) fn fell(&self, part: Part) {
        self.state().alive.remove(&part);
        tracing::error!(
            part = part.name(),
            "a part of the worker broke off and is started again"
        );
    }

    pub(crate) fn count(&self, tenant: &TenantId, dead_jobs: i64, lost_mails: i64) {
        let mut state = self.state();
        if (dead_jobs, lost_mails) == (0, 0) {
            state.given_up.remove(tenant);
        } else {
            state.given_up.insert(tenant.clone(), (dead_jobs, lost_mails));
        }
    }

    pub fn report(&self) -> Report {
        let state = self.state();
        let alive = |part: &Part| state.alive.get(part).is_some_and(|at| at.elapsed() < SILENCE);
        let worker = match (state.started, Part::ALL.iter().all(alive)) {
            (false, _) => "elsewhere",
            (true, true) => "running",
            (true, false) => "stopped",
        };
        let mut broken: Vec<&TenantId> = state.broken.keys().map(|(_, t)| t).collect();
        broken.sort_unstable_by_key(|t| t.as_str());
        broken.dedup();
        Report {
            worker,
            broken_authorities: broken.len(),
            dead_jobs: state.given_up.values().map(|(jobs, _)| jobs).sum(),
            lost_mails: state.given_up.values().map(|(_, mails)| mails).sum(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_authority_that_fails_is_left_alone_longer_each_time() {
        let (condition, id) = (Condition::default(), TenantId::from("x"));
        let mut now: Timestamp = "2026-11-24T21:39:05Z".parse().expect("a moment");
        let mut pauses = Vec::new();
        for _ in 0..9 {
            condition.failed(Part::Jobs, &id, "broken", now);
            assert_eq!(condition.paused(Part::Jobs, now), std::slice::from_ref(&id));
            let until = condition.until(Part::Jobs, &id).expect("a pause");
            pauses.push(until.as_second() - now.as_second());
            now = until;
            assert_eq!(condition.to_try(Part::Jobs, now), std::slice::from_ref(&id));
        }
        assert_eq!(pauses, [5, 10, 20, 40, 80, 160, 300, 300, 300]);
        assert!(condition.paused(Part::Mails, now).is_empty(), "each part for itself");
        condition.works(Part::Jobs, &id);
        assert!(condition.next_try(Part::Jobs).is_none());
        condition.failed(Part::Jobs, &id, "broken", now);
        assert_eq!(
            condition.until(Part::Jobs, &id),
            Some(now + SignedDuration::from_secs(5))
        );
    }

    #[test]
    fn the_report_says_when_a_part_has_stopped() {
        let condition = Condition::default();
        assert_eq!(condition.report().worker, "elsewhere");
        condition.begin();
        for part in Part::ALL {
            condition.beat(part);
        }
        assert_eq!(condition.report().worker, "running");
        condition.fell(Part::Mails);
        assert_eq!(condition.report().worker, "stopped");
    }
}
