//! The desk: log-in, inbox, case, decisions, letters, costs, one's own account. German only. Handlers take
//! [`session::Desk`] or [`session::Lead`]; what may happen to a case is `domain`'s, what follows from
//! answers is `schema`'s. What others ask us is in `consult`, the calendar in `calendar`, settings in `office`.

pub mod account;
pub mod acts;
pub mod ask;
mod asked;
pub mod badges;
pub mod call_off;
pub mod case;
pub mod consult;
pub mod consult_steps;
pub mod costs;
pub mod decide;
pub mod decision;
pub(crate) mod device;
pub mod entry;
pub mod export;
pub mod file;
pub mod frame;
pub mod hold;
pub mod inbox;
mod keys;
pub mod letter;
pub mod lists;
pub mod login;
pub mod numbers;
pub mod papers;
pub mod passkey;
pub mod payments;
pub mod point;
pub mod provider;
pub mod query;
mod rivals;
pub mod second;
pub mod session;
mod sessions;
pub mod steps;
pub mod transfer;
pub mod typed;
pub mod unsent;

use crate::routes::{Table, Who};

const CASE: &[&str] = &["case"];
const CONSULTATION: &[&str] = &["case", "consultation"];

pub fn routes(table: Table) -> Table {
    table
        .get("/amt", Who::Clerk, inbox::home)
        .get("/amt/anmelden", Who::Public, login::page)
        .post("/amt/anmelden", Who::Public, login::enter)
        .audit("clerk.log_in")
        .get("/amt/anmelden/code", Who::Public, second::code_page)
        .post("/amt/anmelden/code", Who::Public, second::code)
        .audit("clerk.log_in")
        .post("/amt/anmelden/passkey/frage", Who::Public, passkey::log_in_question)
        .post("/amt/anmelden/passkey", Who::Public, passkey::log_in)
        .audit("clerk.log_in")
        .post("/amt/konto/passkey/frage", Who::Clerk, passkey::add_question)
        .post("/amt/konto/passkey", Who::Clerk, passkey::add)
        .audit("clerk.passkey")
        .post("/amt/konto/passkey/entfernen", Who::Clerk, passkey::remove)
        .body_ids(&[("id", "passkey")])
        .audit("clerk.passkey_removed")
        .get("/amt/anmelden/konto", Who::Public, provider::go)
        .get("/amt/anmelden/konto/zurueck", Who::Public, provider::come_back)
        .audit("clerk.log_in")
        .post("/amt/konto/verbinden", Who::Clerk, provider::connect_question)
        .post("/amt/konto/trennen", Who::Clerk, provider::disconnect)
        .body_ids(&[("id", "connected")])
        .audit("clerk.account_removed")
        .get("/amt/zweiter-faktor", Who::Clerk, second::page)
        .post("/amt/zweiter-faktor", Who::Clerk, second::confirm)
        .audit("clerk.second_factor")
        .post("/amt/zweiter-faktor/notfallcodes", Who::Clerk, second::codes)
        .audit("clerk.emergency_codes")
        .post("/amt/zweiter-faktor/abschalten", Who::Clerk, second::remove)
        .audit("clerk.second_factor_removed")
        .post("/amt/abmelden", Who::Public, login::leave)
        .get("/amt/angemeldet", Who::Clerk, unsent::back)
        .get("/amt/eingang", Who::Clerk, inbox::page)
        .post("/amt/eingang", Who::Clerk, inbox::search)
        .get("/amt/eingang.csv", Who::Clerk, export::csv)
        .audit("list.exported")
        .post("/amt/eingang/zuweisen", Who::Clerk, inbox::take_selected)
        .body_ids(&[("v", "case")])
        .audit("case.assign")
        .get("/amt/v/{case}", Who::Clerk, case::page)
        .ids(CASE)
        .audit("case.read")
        .get("/amt/v/{case}/genehmigen", Who::Clerk, decide::yes_page)
        .ids(CASE)
        .audit("case.read")
        .post("/amt/v/{case}/genehmigen", Who::Clerk, decide::yes_send)
        .ids(CASE)
        .audit("case.decide")
        .get("/amt/v/{case}/ablehnen", Who::Clerk, decide::no_page)
        .ids(CASE)
        .audit("case.read")
        .post("/amt/v/{case}/ablehnen", Who::Clerk, decide::no_send)
        .ids(CASE)
        .audit("case.decide")
        .post("/amt/v/{case}/vorschau", Who::Clerk, decide::preview_sheet)
        .ids(CASE)
        .audit("letter.previewed")
        .post("/amt/v/{case}/vorschau.pdf", Who::Clerk, decide::preview)
        .ids(CASE)
        .audit("letter.previewed")
        .post("/amt/v/{case}/zurueckholen", Who::Clerk, decide::take_back)
        .ids(CASE)
        .audit("case.take_back")
        .get("/amt/v/{case}/rueckfrage", Who::Clerk, ask::page)
        .ids(CASE)
        .audit("case.read")
        .post("/amt/v/{case}/rueckfrage", Who::Clerk, ask::send)
        .ids(CASE)
        .audit("case.ask")
        .get("/amt/v/{case}/beteiligen", Who::Clerk, consult::page)
        .ids(CASE)
        .audit("case.read")
        .post("/amt/v/{case}/beteiligen", Who::Clerk, consult::send)
        .ids(CASE)
        .audit("case.consulted")
        .get(
            "/amt/v/{case}/beteiligung/{consultation}/erinnern",
            Who::Clerk,
            consult_steps::remind_page,
        )
        .ids(CONSULTATION)
        .audit("case.read")
        .post(
            "/amt/v/{case}/beteiligung/{consultation}/erinnern",
            Who::Clerk,
            consult_steps::remind,
        )
        .ids(CONSULTATION)
        .audit("case.consult_reminded")
        .get(
            "/amt/v/{case}/beteiligung/{consultation}/zurueckziehen",
            Who::Clerk,
            consult_steps::revoke_page,
        )
        .ids(CONSULTATION)
        .audit("case.read")
        .post(
            "/amt/v/{case}/beteiligung/{consultation}/zurueckziehen",
            Who::Clerk,
            consult_steps::revoke,
        )
        .ids(CONSULTATION)
        .audit("case.consult_revoked")
        .post("/amt/v/{case}/zuweisen", Who::Clerk, steps::assign)
        .ids(CASE)
        .body_ids(&[("an", "clerk")])
        .audit("case.assign")
        .post("/amt/v/{case}/beginnen", Who::Clerk, steps::begin)
        .ids(CASE)
        .audit("case.begin")
        .post("/amt/v/{case}/notiz", Who::Clerk, steps::note)
        .ids(CASE)
        .audit("case.note")
        .post("/amt/v/{case}/zahlung", Who::Clerk, steps::payment)
        .ids(CASE)
        .audit("case.paid")
        .post("/amt/v/{case}/gedruckt", Who::Clerk, steps::printed)
        .ids(CASE)
        .audit("case.printed")
        .get("/amt/v/{case}/zurueckziehen", Who::Clerk, steps::withdraw_page)
        .ids(CASE)
        .audit("case.read")
        .post("/amt/v/{case}/zurueckziehen", Who::Clerk, steps::withdraw)
        .ids(CASE)
        .audit("case.withdraw")
        .get("/amt/v/{case}/absagen", Who::Clerk, call_off::page)
        .ids(CASE)
        .audit("case.read")
        .post("/amt/v/{case}/absagen", Who::Clerk, call_off::send)
        .ids(CASE)
        .audit("case.call_off")
        .get("/amt/v/{case}/abgeben", Who::Clerk, transfer::page)
        .ids(CASE)
        .audit("case.read")
        .post("/amt/v/{case}/abgeben", Who::Clerk, transfer::send)
        .ids(CASE)
        .audit("case.transfer")
        .get("/amt/v/{case}/sperre", Who::Lead, hold::page)
        .ids(CASE)
        .audit("case.read")
        .post("/amt/v/{case}/sperre", Who::Lead, hold::send)
        .ids(CASE)
        .audit("case.hold")
        .get("/amt/v/{case}/archiv.zip", Who::Lead, hold::archive)
        .ids(CASE)
        .audit("case.archive_exported")
        .get("/amt/v/{case}/unterlagen/{paper}", Who::Clerk, papers::paper)
        .ids(&["case", "paper"])
        .audit("paper.read")
        .get("/amt/v/{case}/briefe/{letter}", Who::Clerk, papers::letter)
        .ids(&["case", "letter"])
        .audit("letter.read")
        .get("/amt/v/{case}/karte", Who::Clerk, point::page)
        .ids(CASE)
        .audit("case.read")
        .get("/amt/briefe", Who::Clerk, lists::letters)
        .get("/amt/zahlungen", Who::Clerk, payments::page)
        .get("/amt/zahlen", Who::Clerk, numbers::page)
        .get("/amt/zahlen.csv", Who::Clerk, numbers::csv)
        .get("/amt/neu", Who::Clerk, entry::page)
        .post("/amt/neu", Who::Clerk, entry::start)
        .get("/amt/neu/weiter", Who::Clerk, entry::resume)
        .get("/amt/konto", Who::Clerk, account::page)
        .post("/amt/konto", Who::Clerk, account::save)
        .audit("settings.clerk")
        .post("/amt/konto/passwort", Who::Clerk, account::password)
        .audit("clerk.password")
        .post("/amt/konto/abmelden", Who::Clerk, sessions::end)
        .body_ids(&[("id", "session")])
        .audit("clerk.session_ended")
        .post("/amt/konto/andere-abmelden", Who::Clerk, sessions::end_others)
        .audit("clerk.session_ended")
        .get("/amt/kuerzel", Who::Clerk, account::shortcuts)
}
