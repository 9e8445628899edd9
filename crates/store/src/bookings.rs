//! Bookings. A booking first updates the row of the tree's root, so that two that want the same hall come one
//! after the other on both engines; only then it looks for overlaps. Holds, firm bookings and blocked times
//! exclude each other; a wish excludes nobody and is excluded by nobody.

use std::collections::BTreeSet;

use domain::{CaseId, berlin};
use jiff::{Timestamp, ToSpan as _};

use crate::engine::{Row, values};
use crate::rooms::Family;
use crate::sql::statements;
use crate::tenant::TenantTx;
use crate::{ActError, BookError, Booking, BookingKind, Busy, Error, NewBooking, Result, Slot, Taken};

statements! { Tenant "bookings";
    LOCK = "update room set touched = touched + 1 where tenant = $1 and id = $2";
    ACTIVE = "select active from room where tenant = $1 and id = $2";
    OVERLAPS = "select id, room, case_id, from_at, to_at, kind, label from booking \
        where tenant = $1 and from_at < $3 and to_at > $2 order by from_at, id";
    AHEAD = "select id, room, case_id, from_at, to_at, kind, label from booking where tenant = $1 and room in (\
        /*sqlite: select value from json_each($2) */\
        /*postgres: select found from json_array_elements_text(cast(cast($2 as text) as json)) as found */) \
        and to_at > $3 order by from_at, id";
    INSERT = "insert into booking (tenant, id, room, case_id, from_at, to_at, kind, created_at, label) \
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    OF_CASE = "select id, room, case_id, from_at, to_at, kind, label from booking \
        where tenant = $1 and case_id = $2 order by from_at, id";
    GET = "select id, room, case_id, from_at, to_at, kind, label from booking where tenant = $1 and id = $2";
    MAKE_FIRM = "update booking set kind = 'firm' where tenant = $1 and id = $2";
    DELETE = "delete from booking where tenant = $1 and id = $2";
    DELETE_OF_CASE = "delete from booking where tenant = $1 and case_id = $2";
}

/// Days before and after in which free spans are looked for.
const SEARCH_DAYS: i64 = 60;
/// Free spans offered when a room is taken.
const OFFERED: usize = 3;

/// The times of bookings, which come in the order of their start, without overlaps.
fn apart(bookings: &[Booking]) -> Vec<Slot> {
    let mut out: Vec<Slot> = Vec::new();
    for b in bookings {
        match out.last_mut() {
            Some(last) if b.from <= last.to => last.to = last.to.max(b.to),
            _ => out.push(Slot { from: b.from, to: b.to }),
        }
    }
    out
}

impl TenantTx<'_> {
    fn booking(&self, row: &Row) -> Result<Booking> {
        let id = row.text(0)?;
        Ok(Booking {
            id: id.to_owned(),
            room: row.text(1)?.to_owned(),
            case: row.opt_text(2)?.map(CaseId::from),
            from: row.time(3)?,
            to: row.time(4)?,
            kind: BookingKind::parse(row.text(5)?).ok_or(Error::Missing("kind"))?,
            label: self.open("booking", id, "label", row.bytes(6)?)?,
        })
    }

    /// Bookings of these rooms that overlap the span (which may be empty: then none).
    fn overlapping(&self, family: &Family, from: Timestamp, to: Timestamp) -> Result<Vec<Booking>> {
        let rows = self.rows(&OVERLAPS, values![from, to])?;
        let of_family = |r: &&Row| r.text(1).is_ok_and(|room| family.members.contains(room));
        rows.iter().filter(of_family).map(|r| self.booking(r)).collect()
    }

    /// What is not over yet in these rooms, in the order of time.
    pub(crate) fn ahead(&self, rooms: &BTreeSet<String>, now: Timestamp) -> Result<Vec<Booking>> {
        let rows = self.rows(&AHEAD, values![serde_json::to_string(rooms)?, now])?;
        rows.iter().map(|r| self.booking(r)).collect()
    }

    /// Locks the root of a room's family. While this waits for the lock, the office may put the room elsewhere:
    /// then the new root is locked, too.
    pub(crate) fn lock_family(&mut self, room: &str) -> Result<Option<Family>> {
        let mut locked = String::new();
        loop {
            let Some(family) = self.family(room)? else {
                return Ok(None);
            };
            if family.root == locked {
                return Ok(Some(family));
            }
            self.execute(&LOCK, values![family.root.as_str()])?;
            locked = family.root;
        }
    }

    /// Books a room. A wish never meets `Taken`: see `free_busy` for what else is there.
    ///
    /// # Errors
    /// `Taken` with free spans nearby, `NoRoom` if unknown or not active, `EmptySpan`.
    pub fn book(&mut self, new: &NewBooking, now: Timestamp) -> Result<Booking, BookError> {
        if new.from >= new.to {
            return Err(BookError::EmptySpan);
        }
        let family = self.lock_family(&new.room)?.ok_or(BookError::NoRoom)?;
        let active = self.row(&ACTIVE, values![new.room.as_str()])?;
        if !active.map_or(Ok(false), |r| r.flag(0))? {
            return Err(BookError::NoRoom);
        }
        if new.kind.excludes() {
            self.check_free(&family, &new.room, new.from, new.to, None, now)??;
        }
        let id = self.entropy().id();
        let label = self.seal("booking", &id, "label", &new.label)?;
        let case = new.case.as_ref().map(|c| c.0.clone());
        self.execute(
            &INSERT,
            values![
                id.as_str(),
                new.room.as_str(),
                case,
                new.from,
                new.to,
                new.kind.as_str(),
                now,
                label
            ],
        )?;
        Ok(Booking {
            id,
            room: new.room.clone(),
            case: new.case.clone(),
            from: new.from,
            to: new.to,
            kind: new.kind,
            label: new.label.clone(),
        })
    }

    /// Books anew for a case: what it had goes, whatever comes of the new one. Roll back on errors.
    ///
    /// # Errors
    /// As `book`.
    pub fn rebook(&mut self, new: &NewBooking, now: Timestamp) -> Result<Booking, BookError> {
        if let Some(case) = &new.case {
            self.release_bookings(case)?;
        }
        self.book(new, now)
    }

    /// Is nobody else (but `own`) there who excludes others? The root's row has to be locked.
    fn check_free(
        &self,
        family: &Family,
        room: &str,
        from: Timestamp,
        to: Timestamp,
        own: Option<&str>,
        now: Timestamp,
    ) -> Result<Result<(), Taken>> {
        let mut others = self.overlapping(family, from, to)?;
        others.retain(|b| b.kind.excludes() && Some(b.id.as_str()) != own);
        if others.is_empty() {
            return Ok(Ok(()));
        }
        let free = self.free_slots(room, from, to, OFFERED, now)?;
        Ok(Err(Taken {
            room: room.to_owned(),
            busy: apart(&others),
            free,
        }))
    }

    /// Would `book` meet `Taken` now? Asked before sending: nothing is kept, and a room that cannot be booked at all
    /// is not answered here.
    pub fn taken(&self, room: &str, from: Timestamp, to: Timestamp, now: Timestamp) -> Result<Option<Taken>> {
        let Some(family) = self.family(room)? else {
            return Ok(None);
        };
        Ok(self.check_free(&family, room, from, to, None, now)?.err())
    }

    /// The decision is in effect: holds and wishes of the case become firm.
    pub(crate) fn make_firm(&mut self, case: &CaseId, now: Timestamp) -> Result<(), ActError> {
        for booking in self.check_wishes(case, now)? {
            self.execute(&MAKE_FIRM, values![booking.id.as_str()])?;
        }
        Ok(())
    }

    /// Can the wishes of the case become firm? Returns all bookings of the case.
    pub(crate) fn check_wishes(&mut self, case: &CaseId, now: Timestamp) -> Result<Vec<Booking>, ActError> {
        let bookings = self.bookings_of(case)?;
        for booking in bookings.iter().filter(|b| b.kind == BookingKind::Wish) {
            let family = self.lock_family(&booking.room)?.ok_or(Error::Missing("room"))?;
            self.check_free(&family, &booking.room, booking.from, booking.to, Some(&booking.id), now)??;
        }
        Ok(bookings)
    }

    pub(crate) fn release_bookings(&mut self, case: &CaseId) -> Result<()> {
        self.execute(&DELETE_OF_CASE, values![case.as_str()])?;
        Ok(())
    }

    /// Takes one booking away; false if there is none.
    pub fn cancel_booking(&mut self, id: &str) -> Result<bool> {
        Ok(self.execute(&DELETE, values![id])? > 0)
    }

    /// What overlaps the span: of one room (without its relatives) or of all. With labels: for the desk.
    pub fn bookings(&self, room: Option<&str>, from: Timestamp, to: Timestamp) -> Result<Vec<Booking>> {
        let rows = self.rows(&OVERLAPS, values![from, to])?;
        let wanted = |r: &&Row| room.is_none_or(|room| r.text(1).is_ok_and(|x| x == room));
        rows.iter().filter(wanted).map(|r| self.booking(r)).collect()
    }

    /// One booking.
    pub fn find_booking(&self, id: &str) -> Result<Option<Booking>> {
        self.row(&GET, values![id])?.map(|r| self.booking(&r)).transpose()
    }

    /// What overlaps the span in the room, in what contains it and in its parts. With labels: for the desk.
    pub fn bookings_around(&self, room: &str, from: Timestamp, to: Timestamp) -> Result<Vec<Booking>> {
        match self.family(room)? {
            Some(family) => self.overlapping(&family, from, to),
            None => Ok(Vec::new()),
        }
    }

    /// Bookings of a case.
    pub fn bookings_of(&self, case: &CaseId) -> Result<Vec<Booking>> {
        self.rows(&OF_CASE, values![case.as_str()])?
            .iter()
            .map(|r| self.booking(r))
            .collect()
    }

    /// When the room, what contains it or a part of it is taken. No names: fit for the public.
    pub fn free_busy(&self, room: &str, from: Timestamp, to: Timestamp) -> Result<Vec<Busy>> {
        let Some(family) = self.family(room)? else {
            return Ok(Vec::new());
        };
        let taken = self.overlapping(&family, from, to)?;
        Ok(taken
            .into_iter()
            .map(|b| Busy {
                from: b.from,
                to: b.to,
                kind: b.kind,
            })
            .collect())
    }

    /// Up to `n` free spans as long as the given one, at the same local time, on the nearest days of the same weekday,
    /// then on others; none that began before `now`; in the order of time.
    pub fn free_slots(
        &self,
        room: &str,
        from: Timestamp,
        to: Timestamp,
        n: usize,
        now: Timestamp,
    ) -> Result<Vec<Slot>> {
        let Some(family) = self.family(room)? else {
            return Ok(Vec::new());
        };
        let moved = |t: Timestamp, days: i64| berlin(t).checked_add(days.days()).map(|z| z.timestamp());
        let (Ok(first), Ok(last)) = (moved(from, -SEARCH_DAYS), moved(to, SEARCH_DAYS)) else {
            return Ok(Vec::new());
        };
        let taken = self.overlapping(&family, first, last)?;
        let mut out = Vec::new();
        // The same weekday first: a party on a Saturday is no party on a Monday.
        let same_weekday = (1..=SEARCH_DAYS).filter(|d| d % 7 == 0);
        let others = (1..=SEARCH_DAYS).filter(|d| d % 7 != 0);
        for days in same_weekday.chain(others).flat_map(|d| [d, -d]) {
            // Both ends move by whole days of local time: the hours on the clock stay.
            let (Ok(from), Ok(to)) = (moved(from, days), moved(to, days)) else {
                continue;
            };
            let clash = taken.iter().any(|b| b.kind.excludes() && b.from < to && b.to > from);
            if from >= now && !clash {
                out.push(Slot { from, to });
            }
            if out.len() == n {
                break;
            }
        }
        out.sort_by_key(|s| s.from);
        Ok(out)
    }
}
