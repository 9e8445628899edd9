//! What comes in and goes out: questions to other offices, messages, mails, feedback, packages, counts.

use domain::{Ags, CaseId, TenantId};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Another office is asked about a case, or asks us.
#[derive(Debug, Clone, PartialEq)]
pub struct Consultation {
    pub id: String,
    /// We asked (`false`) or were asked by `peer` (`true`).
    pub incoming: bool,
    /// Our case; `None` for an incoming one.
    pub case: Option<CaseId>,
    /// `local_authority`, `police`, …
    pub who: String,
    pub who_name: String,
    /// The other tenant, when it has a desk here.
    pub peer: Option<TenantId>,
    /// The id at the peer, to which an answer is delivered.
    pub peer_id: Option<String>,
    /// Where its link goes when we ask an office without a desk here; else empty. Kept for reminders.
    pub address: String,
    /// What was sent out, by field, nothing else.
    pub content: Value,
    pub asked_at: Timestamp,
    pub answer_by: Date,
    pub expires_at: Timestamp,
    pub reminded_at: Option<Timestamp>,
    pub answer: Option<ConsultAnswer>,
    pub revoked_at: Option<Timestamp>,
    /// What we were asked has settled itself: why, in a sentence.
    pub over: Option<String>,
}

/// What the other office said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsultAnswer {
    pub at: Timestamp,
    /// No objection.
    pub agrees: bool,
    pub text: String,
    pub by: String,
    /// It says that others are to be asked: it was not heard on the matter.
    #[serde(default)]
    pub not_ours: bool,
}

impl Consultation {
    /// Whether a letter may name it as heard: it has said something on the matter, and before the decision.
    pub fn heard(&self, decided: Option<Timestamp>) -> bool {
        let said = |a: &ConsultAnswer| !a.not_ours && decided.is_none_or(|at| a.at <= at);
        !self.incoming && self.revoked_at.is_none() && self.answer.as_ref().is_some_and(said)
    }
}

/// A message from one tenant to another.
#[derive(Debug, Clone, PartialEq)]
pub struct Dispatch {
    pub id: String,
    pub to: TenantId,
    /// `consult`, `consult_answer`, `transfer`, `copy`.
    pub kind: String,
    pub payload: Value,
    pub created_at: Timestamp,
}

/// A mail in the outbox. Sealed as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    pub to: String,
    pub subject: String,
    pub text: String,
}

/// A mail with its fate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailRow {
    pub id: String,
    pub created_at: Timestamp,
    pub sent_at: Option<Timestamp>,
    pub attempts: i64,
    pub mail: Mail,
}

/// A mail that could not be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LostMail {
    pub id: String,
    pub to: String,
    pub subject: String,
    pub attempts: i64,
    /// One German sentence without an address.
    pub cause: String,
    /// Given up at.
    pub since: Timestamp,
}

/// A word from a visitor, e.g. on accessibility.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feedback {
    pub id: String,
    pub at: Timestamp,
    /// `accessibility`, `general`.
    pub kind: String,
    /// Page that it is about.
    pub page: String,
    pub text: String,
    /// Empty: none given.
    pub contact: String,
}

/// A published version of a service: original bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    pub service: String,
    /// From 1.
    pub version: i64,
    /// SHA-256, hex.
    pub hash: String,
    pub bytes: Vec<u8>,
    pub published_at: Timestamp,
}

/// How many wished for a service online at a place within a month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DemandRow {
    pub place: Ags,
    pub service: String,
    /// `2026-11`
    pub month: String,
    pub n: i64,
}

/// What an authority counted within a month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MonthCount {
    pub place: Ags,
    pub service: String,
    /// `2026-11`
    pub month: String,
    /// `begun`, `submitted`, `decided` …; all of them: `domain::counted`.
    pub kind: String,
    pub n: i64,
}

/// What all authorities counted in an area within a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Figure {
    /// Key of the state, of a district or of a place.
    pub area: String,
    pub service: String,
    pub kind: String,
    pub n: i64,
}

/// A sum of counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CountRow {
    pub place: String,
    pub service: String,
    pub day: String,
    /// `begun`, `submitted`, `decided`, `withdrawn`, `printed` …
    pub kind: String,
    pub n: i64,
}
