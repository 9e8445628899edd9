//! What other authorities ask us: the list at the desk and the answer, which goes back as a message between
//! authorities. Nothing here opens another tenant.

pub mod incoming;

use crate::routes::{Table, Who};

pub fn routes(table: Table) -> Table {
    const IDS: &[&str] = &["consultation"];
    table
        .get("/amt/stellungnahmen", Who::Clerk, incoming::list)
        .get("/amt/stellungnahmen/{consultation}", Who::Clerk, incoming::page)
        .ids(IDS)
        .audit("consultation.read")
        .post("/amt/stellungnahmen/{consultation}", Who::Clerk, incoming::answer)
        .ids(IDS)
        .audit("consultation.answered")
}
