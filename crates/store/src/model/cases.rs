//! What belongs to a case beside the case itself: history, log, letters, papers, jobs, and why an act was not done.

use domain::{Ags, CaseId, LetterId, PaperId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Taken;

/// A line of a case's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub n: i64,
    pub at: Timestamp,
    /// Key of texts/ui `event.<kind>`.
    pub kind: String,
    /// `applicant`, `system` or a clerk's name.
    pub actor: String,
    /// The applicant sees it.
    pub public: bool,
    pub text: String,
}

/// A line of the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    pub n: i64,
    pub at: Timestamp,
    /// `applicant`, `system`, a clerk's id.
    pub actor: String,
    pub event: String,
    pub case: Option<CaseId>,
    pub hash: [u8; 32],
}

/// A letter that was made for a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LetterInfo {
    pub id: LetterId,
    pub case: CaseId,
    /// `receipt`, `approval`, `refusal`, `question`.
    pub kind: String,
    pub created_at: Timestamp,
    pub size: i64,
    pub sha256: String,
}

/// What a paper is; also the shape of a draft's paper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaperInfo {
    pub id: PaperId,
    pub question: String,
    pub name: String,
    pub media_type: String,
    pub size: i64,
    /// Hex.
    pub sha256: String,
    /// A scanner for known malware found nothing in it when it came.
    #[serde(default)]
    pub scanned: bool,
}

impl From<&domain::PaperRef> for PaperInfo {
    fn from(p: &domain::PaperRef) -> Self {
        PaperInfo {
            id: p.id.clone(),
            question: p.question.clone(),
            name: p.name.clone(),
            media_type: p.media_type.clone(),
            size: p.size,
            sha256: p.sha256.clone(),
            scanned: p.scanned,
        }
    }
}

impl PaperInfo {
    /// As a case names it.
    pub fn named(self) -> domain::PaperRef {
        domain::PaperRef {
            id: self.id,
            question: self.question,
            name: self.name,
            media_type: self.media_type,
            size: self.size,
            sha256: self.sha256,
            scanned: self.scanned,
        }
    }

    /// As it stands among the answers.
    pub fn answer(&self) -> serde_json::Value {
        serde_json::json!({
            "name": self.name, "media_type": self.media_type, "size": self.size, "sha256": self.sha256, "paper": self.id.0,
        })
    }
}

/// A job to be done. `payload` was sealed in the row.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    pub id: String,
    pub kind: String,
    pub payload: Value,
    /// When it was planned for; stays the same at each try. Of a deed's job: the moment of the deed.
    pub due: Timestamp,
    /// Which try this is, from one on.
    pub attempts: i64,
}

/// A job that was given up.
#[derive(Debug, Clone, PartialEq)]
pub struct DeadJob {
    pub id: String,
    pub kind: String,
    pub attempts: i64,
    pub error: String,
    pub since: Timestamp,
    /// What it was about.
    pub case: Option<CaseId>,
}

/// What is left of a case that was erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErasedCase {
    pub id: CaseId,
    pub reference: String,
    pub place: Ags,
    pub service: String,
    pub received_at: Timestamp,
    /// The day on which it ended.
    pub ended: String,
    /// The decision's outcome, or the state without one.
    pub outcome: String,
    /// `no_archive`, `declined`, `no_answer` or `taken`.
    pub why: String,
    pub erased_at: Timestamp,
}

/// Why an action on a case did not come about.
#[derive(Debug, thiserror::Error)]
pub enum ActError {
    #[error("Diesen Vorgang gibt es nicht.")]
    NotFound,
    #[error(transparent)]
    Refused(#[from] domain::Refusal),
    /// A wish became firm and the room is taken.
    #[error(transparent)]
    Taken(#[from] Taken),
    #[error(transparent)]
    Store(#[from] crate::Error),
}
