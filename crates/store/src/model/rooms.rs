//! Rooms as they are kept, and the times that are taken in them.

use domain::{Ags, CaseId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How a room is taken by an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnRequest {
    /// First come blocks.
    #[default]
    Hold,
    /// Overlap allowed, the clerk decides.
    Wish,
}

/// A room, or a part of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomRow {
    pub place: Ags,
    /// The room that it is a part of: the hall of a half.
    pub parent: Option<String>,
    pub on_request: OnRequest,
    pub active: bool,
    pub position: i64,
    /// Name, persons, tariff …; `room.id` is the key.
    pub room: schema::Room,
}

/// Kind of a booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BookingKind {
    /// Requested, blocks.
    Hold,
    /// Requested, blocks nobody.
    Wish,
    /// Granted.
    Firm,
    /// Closed by the municipality.
    Blocked,
}

impl BookingKind {
    pub fn as_str(self) -> &'static str {
        match self {
            BookingKind::Hold => "hold",
            BookingKind::Wish => "wish",
            BookingKind::Firm => "firm",
            BookingKind::Blocked => "blocked",
        }
    }
    pub fn parse(s: &str) -> Option<BookingKind> {
        [
            BookingKind::Hold,
            BookingKind::Wish,
            BookingKind::Firm,
            BookingKind::Blocked,
        ]
        .into_iter()
        .find(|k| k.as_str() == s)
    }
    /// Shuts others out.
    pub fn excludes(self) -> bool {
        self != BookingKind::Wish
    }
}

/// Wish for a room from `from` (inclusive) to `to` (exclusive).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewBooking {
    pub room: String,
    pub case: Option<CaseId>,
    pub from: Timestamp,
    pub to: Timestamp,
    pub kind: BookingKind,
    /// For the desk's calendar; sealed.
    pub label: String,
}

/// A booking as the desk sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booking {
    pub id: String,
    pub room: String,
    pub case: Option<CaseId>,
    pub from: Timestamp,
    pub to: Timestamp,
    pub kind: BookingKind,
    pub label: String,
}

/// A span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Slot {
    pub from: Timestamp,
    pub to: Timestamp,
}

/// A span in which a room (or what contains it, or a part of it) is taken. No names: public.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Busy {
    pub from: Timestamp,
    pub to: Timestamp,
    pub kind: BookingKind,
}

/// The room is taken: when in the span asked for, and up to three free spans of the same length nearby. No names.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Der Raum ist in dieser Zeit schon vergeben.")]
pub struct Taken {
    pub room: String,
    /// In the order of time, apart from each other.
    pub busy: Vec<Slot>,
    pub free: Vec<Slot>,
}

/// Why a booking did not come about.
#[derive(Debug, thiserror::Error)]
pub enum BookError {
    #[error(transparent)]
    Taken(#[from] Taken),
    #[error("Diesen Raum gibt es nicht.")]
    NoRoom,
    #[error("Das Ende muss nach dem Anfang liegen.")]
    EmptySpan,
    #[error(transparent)]
    Store(#[from] crate::Error),
}
