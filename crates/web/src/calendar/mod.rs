//! The calendar of the rooms: the desk's week with closed times (`desk`, `block`), the public's free and busy
//! without names (`public`), both as feeds for calendar programs (`feeds`). What books a room is `submission`.

pub mod block;
pub mod clashes;
pub mod desk;
pub mod feeds;
pub mod public;
pub mod week;

use crate::routes::{Table, Who};

pub fn routes(table: Table) -> Table {
    const ROOM: &[&str] = &["room"];
    const BOOKING: &[&str] = &["booking"];
    table
        .get("/amt/kalender", Who::Clerk, desk::page)
        .get("/amt/kalender/sperren", Who::Clerk, block::form)
        .post("/amt/kalender/sperren", Who::Clerk, block::close)
        .body_ids(&[("raum", "room")])
        .audit("settings.calendar")
        .get("/amt/kalender/sperre/{booking}", Who::Clerk, block::page)
        .ids(BOOKING)
        .post("/amt/kalender/sperre/{booking}/aufheben", Who::Clerk, block::open)
        .ids(BOOKING)
        .audit("settings.calendar")
        .get("/amt/kalender/abo", Who::Clerk, feeds::page)
        .post("/amt/kalender/abo", Who::Clerk, feeds::create)
        .audit("settings.calendar_feed")
        .post("/amt/kalender/abo/widerrufen", Who::Clerk, feeds::revoke)
        .audit("settings.calendar_feed")
        .get("/kalender/{tenant}/{feed}/raeume.ics", Who::Link, feeds::desk)
        .ids(&["feed"])
        .get("/{place}/raeume", Who::Public, public::place)
        .get("/{place}/raeume/{room}", Who::Public, public::room)
        .ids(ROOM)
        .get("/{place}/raeume/{room}/belegung.ics", Who::Public, feeds::room)
        .ids(ROOM)
        // Below the service: only there the browser sends the cookie of what was begun.
        .post("/{place}/{service}/beginnen", Who::Draft, public::ask)
}
