//! What an office that is asked sees: the list at its desk, or one question behind a link, and the answer,
//! which goes back as a message between authorities or straight into the case. Nothing here opens another
//! tenant, except the one that the link names. Asking is the desk's (`desk::consult`).

pub mod answer;
pub mod incoming;
pub mod link;

use crate::routes::{Table, Who};

pub fn routes(table: Table) -> Table {
    const IDS: &[&str] = &["consultation"];
    const LINK: &[&str] = &["token"];
    table
        .get("/amt/stellungnahmen", Who::Clerk, incoming::list)
        .get("/amt/stellungnahmen/{consultation}", Who::Clerk, incoming::page)
        .ids(IDS)
        .audit("consultation.read")
        .post("/amt/stellungnahmen/{consultation}", Who::Clerk, incoming::send)
        .ids(IDS)
        .audit("consultation.answered")
        .get("/stellungnahme/{token}", Who::Link, link::page)
        .ids(LINK)
        .audit("consultation.read")
        .post("/stellungnahme/{token}", Who::Link, link::send)
        .ids(LINK)
        .audit("case.consult_answered")
}
