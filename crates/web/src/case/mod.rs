//! The applicant's side of a case that exists: receipt, status, answers, question back, withdrawal,
//! calling off, letters. Opened with reference and access code; nothing here needs an account.

pub mod access;
pub mod asks;
pub mod call_off;
pub mod complete;
pub mod data;
pub mod dates;
pub mod dossier;
pub mod files;
pub mod held;
pub mod letter;
pub mod look;
pub mod reads;
pub mod receipt;
pub mod status;
pub mod withdraw;

use crate::routes::{Table, Who};

pub fn routes(table: Table) -> Table {
    const IDS: &[&str] = &["reference"];
    table
        .get("/stand", Who::Public, access::page)
        .post("/stand", Who::Public, access::enter)
        .get("/v/{reference}", Who::Applicant, status::page)
        .ids(IDS)
        .post("/v/{reference}/abmelden", Who::Applicant, access::close)
        .ids(IDS)
        .get("/v/{reference}/weiter", Who::Applicant, access::onward)
        .ids(IDS)
        .get("/v/{reference}/eingang", Who::Applicant, receipt::page)
        .ids(IDS)
        .get("/v/{reference}/eingang.pdf", Who::Applicant, files::receipt)
        .ids(IDS)
        .get("/v/{reference}/bescheid", Who::Applicant, letter::page)
        .ids(IDS)
        .audit("case.retrieved")
        .get("/v/{reference}/bescheid.pdf", Who::Applicant, files::decision)
        .ids(IDS)
        .audit("case.retrieved")
        .get("/v/{reference}/rueckfrage.pdf", Who::Applicant, files::question)
        .ids(IDS)
        .get("/v/{reference}/termine.ics", Who::Applicant, dates::file)
        .ids(IDS)
        .get("/v/{reference}/gelesen", Who::Applicant, reads::page)
        .ids(IDS)
        .get("/v/{reference}/daten", Who::Applicant, data::page)
        .ids(IDS)
        .get("/v/{reference}/daten.zip", Who::Applicant, data::file)
        .ids(IDS)
        .get("/v/{reference}/angaben", Who::Applicant, status::answers)
        .ids(IDS)
        .post("/v/{reference}/nachricht", Who::Applicant, status::message)
        .ids(IDS)
        .audit("case.message")
        .get("/v/{reference}/ergaenzen", Who::Applicant, complete::page)
        .ids(IDS)
        .post("/v/{reference}/ergaenzen", Who::Applicant, complete::send)
        .ids(IDS)
        .files()
        .audit("case.answer")
        .get("/v/{reference}/zurueckziehen", Who::Applicant, withdraw::page)
        .ids(IDS)
        .post("/v/{reference}/zurueckziehen", Who::Applicant, withdraw::send)
        .ids(IDS)
        .audit("case.withdraw")
        .get("/v/{reference}/absagen", Who::Applicant, call_off::page)
        .ids(IDS)
        .post("/v/{reference}/absagen", Who::Applicant, call_off::send)
        .ids(IDS)
        .audit("case.call_off")
}
