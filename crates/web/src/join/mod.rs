//! An office that does not take part yet starts itself: names its municipality and its official address, chooses a
//! password behind the mailed link, and waits for the competence centre (`cockpit::sign_ups`). German only, like the desk.

pub mod ask;
pub mod link;

use crate::routes::{Table, Who};

/// Where the mailed links lead; what lies below is never told to anybody as a referrer.
pub const PATH: &str = "/mitmachen/link/";

pub fn routes(table: Table) -> Table {
    table
        .get("/mitmachen", Who::Public, ask::page)
        .post("/mitmachen", Who::Public, ask::send)
        .get("/mitmachen/link/{token}", Who::Public, link::page)
        .post("/mitmachen/link/{token}", Who::Public, link::choose)
}
