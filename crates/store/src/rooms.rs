//! Rooms: a tree of parts (the halves of a hall).

use std::collections::BTreeSet;

use domain::Ags;
use jiff::Timestamp;

use crate::engine::{Row, values};
use crate::sql::statements;
use crate::tenant::TenantTx;
use crate::{Booking, Error, OnRequest, Result, RoomRow};

statements! { Tenant "rooms";
    PUT = "insert into room (tenant, id, place, parent, on_request, active, position, touched, body) \
        values ($1, $2, $3, $4, $5, $6, $7, 0, $8) on conflict (tenant, id) do update set place = excluded.place, \
        parent = excluded.parent, on_request = excluded.on_request, active = excluded.active, \
        position = excluded.position, body = excluded.body";
    GET = "select place, parent, on_request, active, position, body from room where tenant = $1 and id = $2";
    LIST = "select place, parent, on_request, active, position, body from room \
        where tenant = $1 and ($2 = '' or place = $2) order by place, position, id";
    TREE = "select id, coalesce(parent, '') from room where tenant = $1";
}

fn room_row(row: &Row) -> Result<RoomRow> {
    Ok(RoomRow {
        place: Ags::from(row.text(0)?),
        parent: row.opt_text(1)?.map(str::to_owned),
        on_request: if row.text(2)? == "wish" {
            OnRequest::Wish
        } else {
            OnRequest::Hold
        },
        active: row.flag(3)?,
        position: row.int(4)?,
        room: serde_json::from_str(row.text(5)?)?,
    })
}

/// A room's relatives: what has to be free together with it.
pub(crate) struct Family {
    /// Top of the tree: the row that is locked.
    pub(crate) root: String,
    /// The room, what contains it, and its parts.
    pub(crate) members: BTreeSet<String>,
}

impl TenantTx<'_> {
    /// Makes or changes a room; history line and audit row with it.
    ///
    /// # Errors
    /// `Setup` if the part would contain itself, the whole lies in another place, or bookings would stand in each
    /// other's way (`part_clashes` names them).
    pub fn put_room(&mut self, room: &RoomRow, actor: &str, now: Timestamp) -> Result<()> {
        self.lock_settings()?;
        let id = room.room.id.as_str();
        let before = self.room(id)?;
        if !self.part_clashes(room, now)?.is_empty() {
            return Err(Error::Setup(format!(
                "Der Raum „{}“ kann nicht Teil eines anderen werden: Termine stünden sich im Weg.",
                room.room.name
            )));
        }
        if let Some(parent) = &room.parent {
            let whole = self.room(parent)?.ok_or(Error::Missing("room"))?;
            let circle = parent == id || self.is_above(id, parent)?;
            if circle || whole.place != room.place {
                return Err(Error::Setup(format!(
                    "Der Raum „{}“ kann nicht Teil von „{}“ sein.",
                    room.room.name, whole.room.name
                )));
            }
        }
        let on_request = if room.on_request == OnRequest::Wish {
            "wish"
        } else {
            "hold"
        };
        self.execute(
            &PUT,
            values![
                id,
                room.place.as_str(),
                room.parent.clone(),
                on_request,
                room.active,
                room.position,
                serde_json::to_string(&room.room)?,
            ],
        )?;
        let (before, after) = (serde_json::to_value(before)?, serde_json::to_value(room)?);
        self.note_change(room.place.as_str(), "room", id, actor, &before, &after, now)
    }

    /// Bookings from now on that would exclude each other, were the room put where `room` says: one of the room or of a
    /// part of it, one of what would contain it. Both trees are locked, so that none comes in between.
    pub fn part_clashes(&mut self, room: &RoomRow, now: Timestamp) -> Result<Vec<(Booking, Booking)>> {
        let id = room.room.id.as_str();
        let before = self.room(id)?;
        let Some(whole) = room.parent.as_deref().filter(|_| before.is_some()) else {
            return Ok(Vec::new());
        };
        if before.is_some_and(|b| b.parent.as_deref() == Some(whole)) {
            return Ok(Vec::new());
        }
        self.lock_family(id)?;
        self.lock_family(whole)?;
        let tree = self.tree()?;
        let under: BTreeSet<String> = tree
            .keys()
            .filter(|r| *r == id || chain(&tree, r).contains(&id))
            .cloned()
            .collect();
        let over: BTreeSet<String> = chain(&tree, whole)
            .into_iter()
            .chain([whole])
            .map(str::to_owned)
            .collect();
        let of = |rooms: BTreeSet<String>| {
            let found = self.ahead(&rooms, now);
            found.map(|list| list.into_iter().filter(|b| b.kind.excludes()).collect::<Vec<_>>())
        };
        let (under, over) = (of(under)?, of(over)?);
        let pairs = under.iter().flat_map(|a| over.iter().map(move |b| (a, b)));
        let clash = pairs.filter(|(a, b)| a.from < b.to && b.from < a.to);
        Ok(clash.map(|(a, b)| (a.clone(), b.clone())).collect())
    }

    /// A room, also one that is not active.
    pub fn room(&self, id: &str) -> Result<Option<RoomRow>> {
        self.row(&GET, values![id])?.as_ref().map(room_row).transpose()
    }

    /// Rooms of a place (`None`: of all), in their order.
    pub fn rooms(&self, place: Option<&Ags>) -> Result<Vec<RoomRow>> {
        self.rows(&LIST, values![place.map_or("", Ags::as_str)])?
            .iter()
            .map(room_row)
            .collect()
    }

    fn tree(&self) -> Result<std::collections::BTreeMap<String, String>> {
        self.rows(&TREE, &[])?
            .iter()
            .map(|r| Ok((r.text(0)?.to_owned(), r.text(1)?.to_owned())))
            .collect()
    }

    /// Does `upper` contain `lower`, over any number of steps?
    fn is_above(&self, upper: &str, lower: &str) -> Result<bool> {
        let tree = self.tree()?;
        Ok(chain(&tree, lower).contains(&upper))
    }

    pub(crate) fn family(&self, id: &str) -> Result<Option<Family>> {
        let tree = self.tree()?;
        if !tree.contains_key(id) {
            return Ok(None);
        }
        let above = chain(&tree, id);
        let root = above.last().map_or(id, |r| *r).to_owned();
        let mut members: BTreeSet<String> = above.iter().map(|r| (*r).to_owned()).collect();
        members.insert(id.to_owned());
        members.extend(tree.keys().filter(|r| chain(&tree, r).contains(&id)).cloned());
        Ok(Some(Family { root, members }))
    }
}

/// What contains the room, from the inside out.
fn chain<'a>(tree: &'a std::collections::BTreeMap<String, String>, id: &str) -> Vec<&'a str> {
    let mut out: Vec<&str> = Vec::new();
    let mut at = tree.get(id);
    while let Some(parent) = at.filter(|p| !p.is_empty() && !out.contains(&p.as_str())) {
        out.push(parent);
        at = tree.get(parent);
    }
    out
}
