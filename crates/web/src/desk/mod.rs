//! The desk: log-in, inbox, case, decisions, letters, costs, one's own account. German only. Handlers take
//! [`session::Desk`] or [`session::Lead`]; what may happen to a case is `domain`'s, what follows from
//! answers is `schema`'s. Consultations, calendar and settings are in `office`.

pub mod badges;
pub mod case;
pub mod decide;
pub mod decision;
pub mod export;
pub mod file;
pub mod frame;
pub mod inbox;
pub mod letter;
pub mod login;
pub mod query;
pub mod session;

use crate::routes::{Table, Who};

const CASE: &[&str] = &["case"];

pub fn routes(table: Table) -> Table {
    table
        .get("/amt/anmelden", Who::Public, login::page)
        .post("/amt/anmelden", Who::Public, login::enter)
        .audit("clerk.log_in")
        .post("/amt/abmelden", Who::Public, login::leave)
        .get("/amt/eingang", Who::Clerk, inbox::page)
        .get("/amt/eingang.csv", Who::Clerk, export::csv)
        .audit("list.exported")
        .post("/amt/eingang/zuweisen", Who::Clerk, inbox::take_selected)
        .audit("case.assign")
        .get("/amt/v/{case}", Who::Clerk, case::page)
        .ids(CASE)
        .audit("case.read")
        .get("/amt/v/{case}/genehmigen", Who::Clerk, decide::yes_page)
        .ids(CASE)
        .post("/amt/v/{case}/genehmigen", Who::Clerk, decide::yes_send)
        .ids(CASE)
        .audit("case.decide")
        .get("/amt/v/{case}/ablehnen", Who::Clerk, decide::no_page)
        .ids(CASE)
        .post("/amt/v/{case}/ablehnen", Who::Clerk, decide::no_send)
        .ids(CASE)
        .audit("case.decide")
        .post("/amt/v/{case}/vorschau", Who::Clerk, decide::preview_sheet)
        .ids(CASE)
        .post("/amt/v/{case}/vorschau.pdf", Who::Clerk, decide::preview)
        .ids(CASE)
        .post("/amt/v/{case}/zurueckholen", Who::Clerk, decide::take_back)
        .ids(CASE)
        .audit("case.take_back")
}
