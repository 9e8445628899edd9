//! What a case is made of: deadlines, costs, findings, an open question, the decision and its delivery.

use jiff::Timestamp;
use jiff::civil::Date;
use schema::{Assurance, DeadlineKind, FeeKind};
use serde::{Deserialize, Serialize};

use super::State;
use crate::ids::{ClerkId, LetterId};

/// A deadline worked out for this case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deadline {
    pub kind: DeadlineKind,
    /// Notice: safe last day of receipt. Decision: day by which the desk decides.
    pub last_day: Date,
    /// Notice only: received on this day is borderline, not late.
    pub borderline: Option<Date>,
    /// Whole days after the borderline day (notice) or `last_day` (decision); 0 = in time.
    pub late_by: i64,
    /// One German sentence.
    pub reason: String,
}

/// One line of a fee, price or deposit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeeLine {
    pub id: String,
    pub label: String,
    pub basis: String,
    pub cents: i64,
    pub kind: FeeKind,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fee {
    pub lines: Vec<FeeLine>,
    /// Without deposits.
    pub total_cents: i64,
    pub deposit_cents: i64,
    pub due: Option<Date>,
    pub paid_at: Option<Timestamp>,
    pub reminded_at: Option<Timestamp>,
    pub deposit_returned_at: Option<Timestamp>,
    /// What was paid came back, because the costs fell away.
    #[serde(default)]
    pub refunded_at: Option<Timestamp>,
}

impl Fee {
    /// With deposits.
    pub fn to_pay(&self) -> i64 {
        self.total_cents + self.deposit_cents
    }

    /// What is still to pay.
    pub fn is_open(&self) -> bool {
        self.paid_at.is_none() && self.to_pay() > 0
    }

    /// What was paid, less a deposit that was returned.
    pub fn kept(&self) -> i64 {
        match (self.paid_at, self.deposit_returned_at) {
            (None, _) => 0,
            (Some(_), None) => self.to_pay(),
            (Some(_), Some(_)) => self.total_cents,
        }
    }

    /// The deposit lies at the desk.
    pub fn holds_deposit(&self) -> bool {
        self.deposit_cents > 0 && self.paid_at.is_some() && self.deposit_returned_at.is_none()
    }

    /// A deposit for what does not take place is not asked for.
    pub(super) fn without_deposit(self) -> Fee {
        if self.total_cents == 0 {
            return Fee::default();
        }
        let mut lines = self.lines;
        lines.retain(|l| l.kind != FeeKind::Deposit);
        Fee {
            lines,
            deposit_cents: 0,
            ..self
        }
    }
}

/// Who vouched for whoever sent it, and how surely; never who that is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// As people call it: `BundID`.
    pub by: String,
    pub level: Assurance,
    /// Paths of answers that are as it says. What is changed later is not among them any more.
    #[serde(default)]
    pub confirmed: Vec<String>,
}

impl Identity {
    /// Answers at these paths, above or below them, are not confirmed any more.
    pub(super) fn no_longer(&mut self, paths: &[String]) {
        let below = |one: &str, other: &str| {
            one.strip_prefix(other)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        self.confirmed
            .retain(|own| paths.iter().all(|p| !below(own, p) && !below(p, own)));
    }
}

/// What an automatic check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    pub id: String,
    pub ok: bool,
    /// Sentence in German.
    pub text: String,
    pub field: Option<String>,
}

/// An open question back to the applicant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    pub asked_at: Timestamp,
    pub by: String,
    pub answer_by: Date,
    /// (question path, reason)
    pub fields: Vec<(String, String)>,
    /// Papers asked for, in words.
    pub papers: Vec<String>,
    /// All that is asked, a line each, then the clerk's own words.
    pub text: String,
    /// Only the clerk's own words.
    #[serde(default)]
    pub own: String,
    pub reminded: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Permit or contract granted.
    Approved,
    /// Notice confirmed.
    Confirmed,
    Refused,
}

impl Outcome {
    /// The state that it leads to.
    pub fn state(self) -> State {
        match self {
            Outcome::Approved => State::Approved,
            Outcome::Confirmed => State::Confirmed,
            Outcome::Refused => State::Refused,
        }
    }
}

/// A decision: pending for ten seconds, then in effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    pub outcome: Outcome,
    pub at: Timestamp,
    pub effective_at: Timestamp,
    pub by: ClerkId,
    pub by_name: String,
    /// Ready sentences, in order.
    pub conditions: Vec<String>,
    pub reason: String,
    /// The service's own reasons, where the clerk has changed them.
    #[serde(default)]
    pub grounds: Option<String>,
    /// What it costs; the case's own when the decision takes effect.
    #[serde(default)]
    pub fee: Fee,
    pub in_effect: bool,
    /// State before, for taking back.
    pub before: State,
}

/// How the letter reaches the applicant (§ 41 VwVfG).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    pub letter: Option<LetterId>,
    /// On the status page since.
    pub provided_at: Option<Timestamp>,
    /// Last day to fetch it there; on the next one it is printed.
    #[serde(default)]
    pub fetch_until: Option<Date>,
    pub retrieved_at: Option<Timestamp>,
    /// To be printed and posted, and since when.
    pub print_since: Option<Timestamp>,
    pub printed_at: Option<Timestamp>,
}

/// The event of a granted case does not take place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalledOff {
    pub at: Timestamp,
    pub by_applicant: bool,
    /// What it cost is to be paid all the same, as far as nobody says otherwise.
    pub fee_stays: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_changed_or_gone_is_confirmed_no_longer() {
        let all = ["contact.name", "contact.address", "club.name"]
            .map(str::to_owned)
            .to_vec();
        let left = |paths: &[&str]| {
            let mut identity = Identity {
                by: "BundID".into(),
                level: Assurance::Substantial,
                confirmed: all.clone(),
            };
            identity.no_longer(&paths.iter().map(|p| (*p).to_owned()).collect::<Vec<_>>());
            identity.confirmed
        };
        assert_eq!(left(&["contact.phone", "contact.names"]), all);
        assert_eq!(left(&["contact.name"]), ["contact.address", "club.name"]);
        assert_eq!(left(&["contact.address.town"]), ["contact.name", "club.name"]);
        assert_eq!(left(&["contact"]), ["club.name"]);
    }
}
