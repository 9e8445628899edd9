//! Versions of services and what became of them.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

/// Where a version comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// It came with the program.
    Shipped,
    /// The competence centre proposed it.
    Centre,
}

impl Origin {
    pub fn as_str(self) -> &'static str {
        match self {
            Origin::Shipped => "shipped",
            Origin::Centre => "centre",
        }
    }

    pub fn read(word: &str) -> Option<Origin> {
        [Origin::Shipped, Origin::Centre]
            .into_iter()
            .find(|o| o.as_str() == word)
    }
}

/// How far a version has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum VersionState {
    Proposed,
    /// In force from its day on.
    Approved,
    Refused,
    /// It was approved, and new applications use the one before again.
    Withdrawn,
}

impl VersionState {
    const ALL: [VersionState; 4] = [
        VersionState::Proposed,
        VersionState::Approved,
        VersionState::Refused,
        VersionState::Withdrawn,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            VersionState::Proposed => "proposed",
            VersionState::Approved => "approved",
            VersionState::Refused => "refused",
            VersionState::Withdrawn => "withdrawn",
        }
    }

    pub fn read(word: &str) -> Option<VersionState> {
        VersionState::ALL.into_iter().find(|s| s.as_str() == word)
    }
}

/// One version of a service. Accounts by their number: names stand in the competence centre's own data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Version {
    pub id: String,
    pub service: String,
    /// Order of coming.
    pub n: i64,
    /// Number of the package, as people say it: version 4.
    pub version: i64,
    pub hash: String,
    pub origin: Origin,
    pub state: VersionState,
    /// The day wished for, then the day approved.
    pub valid_from: Date,
    /// Empty: the program.
    pub proposed_by: String,
    pub proposed_at: Timestamp,
    pub note: String,
    pub decided_by: Option<String>,
    pub decided_at: Option<Timestamp>,
    pub withdrawn_by: Option<String>,
    pub withdrawn_at: Option<Timestamp>,
    /// Of a refusal or a withdrawal.
    pub why: String,
}

/// A version to be approved.
#[derive(Debug, Clone)]
pub struct Proposal {
    pub service: String,
    pub hash: String,
    pub bytes: Vec<u8>,
    pub examples: Vec<u8>,
    pub valid_from: Date,
    /// The account of the competence centre that proposes it.
    pub by: String,
    pub note: String,
}

/// What the competence centre does with a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VersionDeed {
    /// As the second person, from a day on.
    Approve(Date),
    /// Gives it back, with what has to change. Whoever proposed it may do so, too.
    Refuse(String),
    /// New applications use the one before again, with the reason; cases keep the one they have.
    Withdraw(String),
}

impl VersionDeed {
    /// Its event in the log of acts.
    pub fn event(&self) -> &'static str {
        match self {
            VersionDeed::Approve(_) => "version.approved",
            VersionDeed::Refuse(_) => "version.refused",
            VersionDeed::Withdraw(_) => "version.withdrawn",
        }
    }

    /// Where a version has to stand for it.
    pub(crate) fn of(&self) -> VersionState {
        match self {
            VersionDeed::Approve(_) | VersionDeed::Refuse(_) => VersionState::Proposed,
            VersionDeed::Withdraw(_) => VersionState::Approved,
        }
    }
}

/// Why a version was not proposed, approved, refused or withdrawn.
#[derive(Debug, thiserror::Error)]
pub enum Unapproved {
    #[error("Diese Version gibt es nicht.")]
    Unknown,
    #[error("Das ist die Version, die schon gilt. Es gibt nichts zu veröffentlichen.")]
    Same,
    #[error("Genau diese Version wartet schon auf die Freigabe.")]
    Waiting,
    #[error("Über diese Version ist schon entschieden.")]
    Decided,
    #[error("Wer eine Version einreicht, kann sie nicht selbst freigeben.")]
    Own,
    #[error("Der Tag ist schon vorbei. Nehmen Sie heute oder einen späteren Tag.")]
    Past,
    #[error("Vor dieser Version gibt es keine, zu der die Ämter zurückkehren können.")]
    Only,
    #[error(transparent)]
    Store(#[from] crate::Error),
}
