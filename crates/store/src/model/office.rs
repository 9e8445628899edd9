//! The authority, what it sets, and its accounts.

use domain::{Ags, ClerkId, TenantId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Stage;

/// An authority that owns data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authority {
    /// A slug: `nobitz`, `vg-pleissenaue`.
    pub id: TenantId,
    pub name: String,
    /// `municipality`, `association`, `district`, `state`, `account`.
    pub level: String,
    /// Keys by which it is found: (`ags`, `16077036`), (`district`, `16077`), (`association`, `5007`).
    pub codes: Vec<(String, String)>,
    pub created_at: Timestamp,
}

/// The archive to which an authority offers cases before it erases them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Archive {
    pub name: String,
    /// Days that it has for its answer.
    pub days: i64,
}

/// Whether a place takes part in a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OptIn {
    pub place: Ags,
    pub service: String,
    /// false: paused or left.
    pub active: bool,
    /// The place left the service: its rules are only kept, and no longer said to anybody.
    pub left: bool,
    pub from: Timestamp,
    /// Clerk's id.
    pub actor: String,
}

/// What an authority has made public of a service at a place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Offered {
    pub place: Ags,
    pub service: String,
    pub tenant: TenantId,
    /// false: paused.
    pub online: bool,
    pub since: Timestamp,
    /// As set; what is missing is as the service proposes.
    pub params: std::collections::BTreeMap<String, Value>,
}

/// A parameter set of a place and service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Setting {
    pub place: Ags,
    pub service: String,
    pub n: i64,
    pub params: std::collections::BTreeMap<String, Value>,
    pub from: Timestamp,
    pub actor: String,
}

/// A line of the settings' history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub id: String,
    pub at: Timestamp,
    pub place: String,
    /// `opt_in`, `params`, `room`, `office`, `text_block`, `clerk`, `calendar`, `calendar_feed`, `planned`.
    pub area: String,
    /// Service, room … that changed.
    pub item: String,
    pub actor: String,
    /// JSON before and after.
    pub before: Value,
    pub after: Value,
}

/// A picture, e.g. a coat of arms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    pub media_type: String,
    pub bytes: Vec<u8>,
}

/// A ready sentence of the desk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextBlock {
    pub id: String,
    /// Empty: for every service.
    pub service: String,
    /// `condition`, `refusal`, `question`, `note`.
    pub kind: String,
    pub title: String,
    pub text: String,
    pub position: i64,
}

/// Somebody who works at the desk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clerk {
    pub id: ClerkId,
    pub email: String,
    pub name: String,
    /// `clerk`, `lead`, …
    pub roles: Vec<String>,
    /// Digest mail, shortcuts …: free JSON.
    pub prefs: Value,
    pub active: bool,
    pub created_at: Timestamp,
}

/// Result of a log-in.
#[expect(
    clippy::large_enum_variant,
    reason = "made once for each log-in and taken apart at once"
)]
#[derive(Debug, Clone)]
pub enum LogIn {
    /// `token` goes into the cookie; the store keeps its hash only.
    In {
        token: String,
        tenant: TenantId,
        clerk: Clerk,
    },
    /// The password was right; the second factor, or its setting up, goes by this token for a quarter of an hour.
    Waits { token: String, stage: Stage },
    /// Unknown address or wrong password: the same answer and the same time.
    Wrong,
    /// Too many misses; open again at `until`.
    Locked { until: Timestamp },
}

/// A running session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    pub tenant: TenantId,
    pub clerk: ClerkId,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}
