//! Applications that are begun, and keys under which something was sent.

use domain::Ags;
use jiff::Timestamp;
use serde_json::Value;

/// Scope of an idempotency key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdemKey {
    pub place: Ags,
    pub service: String,
    pub key: String,
}

/// What a key stands for.
#[derive(Debug, Clone, PartialEq)]
pub enum Claim {
    /// Ours: do the work and call `idempotency_answer` in the same transaction.
    New,
    /// Done before with the same answers: give this again.
    Replay(Value),
    /// Used before with other answers (409 `key-reused`).
    OtherAnswers,
}

/// A new draft: the only time that link and code are known here.
#[derive(Debug, Clone)]
pub struct NewDraft {
    pub draft: Draft,
    /// 128 bits for the link, base64url.
    pub link: String,
    /// 12 symbols in threes of four: `7K3M-Q2XA-9FTR`.
    pub code: String,
}

/// An opened draft. Holds its key: never store or log it.
#[derive(Clone)]
pub struct Draft {
    pub id: String,
    pub place: Ags,
    pub service: String,
    pub data: Value,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub expires_at: Timestamp,
    /// Counts the writes; a save from an older state is refused.
    pub(crate) seq: i64,
    pub(crate) key: crate::seal::Key,
}

impl std::fmt::Debug for Draft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Draft")
            .field("id", &self.id)
            .field("service", &self.service)
            .finish_non_exhaustive()
    }
}

/// Result of coming back to a draft.
#[derive(Debug, Clone)]
pub enum Resume {
    Found(Box<Draft>),
    /// No such draft, or expired.
    NotFound,
    /// More than ten misses in an hour; open again at `until`.
    Locked {
        until: Timestamp,
    },
}
