//! What clerks do to the calendar of the rooms by hand: closing a room for a time, opening it again, and the
//! secret link by which their calendar program reads along. What applications book is in `bookings`.

use domain::ClerkId;
use jiff::Timestamp;
use serde_json::{Value as Json, json};

use crate::engine::values;
use crate::sql::statements;
use crate::tenant::TenantTx;
use crate::{BookError, Booking, BookingKind, Error, NewBooking, Result};

statements! { Tenant "calendar";
    PUT_FEED = "insert into calendar_feed (tenant, clerk, created_at, token_hash) values ($1, $2, $3, $4) \
        on conflict (tenant, clerk) do update set created_at = excluded.created_at, token_hash = excluded.token_hash";
    FEED = "select created_at from calendar_feed where tenant = $1 and clerk = $2";
    DROP_FEED = "delete from calendar_feed where tenant = $1 and clerk = $2";
    BY_TOKEN = "select clerk from calendar_feed where tenant = $1 and token_hash = $2";
}

impl TenantTx<'_> {
    /// Closes a room, what contains it and its parts from `from` to `to`; `reason` is for the desk only. With a
    /// line in the settings' history and an audit row `settings.calendar`.
    ///
    /// # Errors
    /// As `book`: `Taken` where somebody has the room, `NoRoom`, `EmptySpan`.
    pub fn block_room(
        &mut self,
        room: &str,
        (from, to): (Timestamp, Timestamp),
        reason: &str,
        actor: &str,
        now: Timestamp,
    ) -> Result<Booking, BookError> {
        let new = NewBooking {
            room: room.to_owned(),
            case: None,
            from,
            to,
            kind: BookingKind::Blocked,
            label: reason.to_owned(),
        };
        let booking = self.book(&new, now)?;
        self.note_block(&booking, actor, true, now)?;
        Ok(booking)
    }

    /// Takes a closed time away; `None`: there is none with this id. What a case booked goes with the case only.
    pub fn unblock_room(&mut self, id: &str, actor: &str, now: Timestamp) -> Result<Option<Booking>> {
        let found = self.find_booking(id)?.filter(|b| b.kind == BookingKind::Blocked);
        if let Some(booking) = &found
            && self.cancel_booking(id)?
        {
            self.note_block(booking, actor, false, now)?;
            return Ok(found);
        }
        Ok(None)
    }

    fn note_block(&mut self, b: &Booking, actor: &str, closed: bool, now: Timestamp) -> Result<()> {
        let room = self.room(&b.room)?.ok_or(Error::Missing("room"))?;
        let what = json!({ "room": room.room.name, "from": b.from, "to": b.to, "reason": b.label });
        let (before, after) = if closed { (Json::Null, what) } else { (what, Json::Null) };
        self.note_change(room.place.as_str(), "calendar", &b.id, actor, &before, &after, now)
    }

    fn feed_hash(&self, token: &str) -> [u8; 32] {
        self.keys().access.mac(&[b"calendar_feed", token.as_bytes()])
    }

    /// A new secret link for this clerk's calendar program; an earlier one is dead at once. Returns the token:
    /// it is shown once, only its hash is kept.
    pub fn open_feed(&mut self, clerk: &ClerkId, now: Timestamp) -> Result<String> {
        let before = self.feed(clerk)?.is_some();
        let token = crate::codes::link_token(self.entropy());
        let hash = self.feed_hash(&token);
        self.execute(&PUT_FEED, values![clerk.as_str(), now, hash.as_slice()])?;
        self.note_change(
            "",
            "calendar_feed",
            clerk.as_str(),
            clerk.as_str(),
            &before.into(),
            &true.into(),
            now,
        )?;
        Ok(token)
    }

    /// Since when this clerk has a link.
    pub fn feed(&self, clerk: &ClerkId) -> Result<Option<Timestamp>> {
        self.row(&FEED, values![clerk.as_str()])?.map(|r| r.time(0)).transpose()
    }

    /// Takes the clerk's link back; false: there was none.
    pub fn close_feed(&mut self, clerk: &ClerkId, now: Timestamp) -> Result<bool> {
        let gone = self.execute(&DROP_FEED, values![clerk.as_str()])? > 0;
        if gone {
            let id = clerk.as_str();
            self.note_change("", "calendar_feed", id, id, &true.into(), &false.into(), now)?;
        }
        Ok(gone)
    }

    /// Whose link this is; `None`: unknown, taken back, or the clerk no longer works here.
    pub fn clerk_of_feed(&self, token: &str) -> Result<Option<ClerkId>> {
        let mut row = self.row(&BY_TOKEN, values![self.feed_hash(token).as_slice()])?;
        if row.is_none() {
            // Links of an authority that was merged into this one hold.
            for (_, key) in self.former_access()? {
                let hash = key.mac(&[b"calendar_feed", token.as_bytes()]);
                row = row.or(self.row(&BY_TOKEN, values![hash.as_slice()])?);
            }
        }
        let Some(row) = row else { return Ok(None) };
        let clerk = self.clerk(&ClerkId(row.text(0)?.to_owned()))?;
        Ok(clerk.filter(|c| c.active && !crate::only_audits(c)).map(|c| c.id))
    }
}
