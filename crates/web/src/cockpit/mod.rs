//! The competence centre's pages: how far the municipalities have come along. German only. Figures come from counters
//! that jobs carry together; no page here reads a case. Handlers take [`session::Centre`] or [`session::CentreLead`].

pub mod overview;
pub mod session;

use crate::routes::{Table, Who};

pub fn routes(table: Table) -> Table {
    table.get("/cockpit", Who::Centre, overview::page)
}
