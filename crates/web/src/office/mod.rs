//! What the lead of an authority sets for all its services: rooms and tariffs, contact, bank, coat of
//! arms, text blocks, accounts, and takes along when it leaves. German only. The calendar of the rooms is in `calendar`.

pub mod acts;
pub mod archive;
pub mod blocks;
pub mod carry;
pub mod clerks;
pub mod contact;
pub mod crest;
pub mod disclosure;
pub mod example;
pub mod feedback;
pub mod fields;
pub mod frame;
pub mod history;
pub mod leaving;
pub mod overview;
pub mod processing;
pub mod protocol;
pub mod revert;
pub mod room;
pub mod room_form;
pub mod rooms;
pub mod scope;
pub mod svg;
pub mod troubles;
pub mod versions;

use crate::routes::{Table, Who};

pub fn routes(table: Table) -> Table {
    const ROOM: &[&str] = &["room"];
    const BLOCK: &[&str] = &["block"];
    const CLERK: &[&str] = &["clerk"];
    table
        .get("/amt/einstellungen", Who::Lead, overview::page)
        .get("/amt/einstellungen/raeume", Who::Lead, rooms::page)
        .get("/amt/einstellungen/raeume/neu", Who::Lead, room::new)
        .post("/amt/einstellungen/raeume/neu", Who::Lead, room::create)
        .audit("settings.room")
        .get("/amt/einstellungen/raeume/{room}", Who::Lead, room::page)
        .ids(ROOM)
        .post("/amt/einstellungen/raeume/{room}", Who::Lead, room::save)
        .ids(ROOM)
        .audit("settings.room")
        .get("/amt/einstellungen/raeume/{room}/abschalten", Who::Lead, room::off_page)
        .ids(ROOM)
        .post("/amt/einstellungen/raeume/{room}/abschalten", Who::Lead, room::off)
        .ids(ROOM)
        .audit("settings.room")
        .post("/amt/einstellungen/raeume/{room}/anschalten", Who::Lead, room::on)
        .ids(ROOM)
        .audit("settings.room")
        .get("/amt/einstellungen/kontakt", Who::Lead, contact::page)
        .post("/amt/einstellungen/kontakt", Who::Lead, contact::save)
        .audit("settings.office")
        .get("/amt/einstellungen/bank", Who::Lead, contact::bank_page)
        .post("/amt/einstellungen/bank", Who::Lead, contact::save_bank)
        .audit("settings.office")
        .get("/amt/einstellungen/wappen", Who::Lead, crest::page)
        .post("/amt/einstellungen/wappen", Who::Lead, crest::save)
        .files()
        .audit("settings.office")
        .post("/amt/einstellungen/wappen/entfernen", Who::Lead, crest::remove)
        .audit("settings.office")
        .get("/amt/einstellungen/textbausteine", Who::Lead, blocks::page)
        .get("/amt/einstellungen/textbausteine/neu", Who::Lead, blocks::new)
        .post("/amt/einstellungen/textbausteine/neu", Who::Lead, blocks::create)
        .audit("settings.text_block")
        .get("/amt/einstellungen/textbausteine/{block}", Who::Lead, blocks::edit)
        .ids(BLOCK)
        .post("/amt/einstellungen/textbausteine/{block}", Who::Lead, blocks::save)
        .ids(BLOCK)
        .audit("settings.text_block")
        .get(
            "/amt/einstellungen/textbausteine/{block}/loeschen",
            Who::Lead,
            blocks::delete_page,
        )
        .ids(BLOCK)
        .post(
            "/amt/einstellungen/textbausteine/{block}/loeschen",
            Who::Lead,
            blocks::delete,
        )
        .ids(BLOCK)
        .audit("settings.text_block")
        .get("/amt/einstellungen/konten", Who::Lead, clerks::page)
        .get("/amt/einstellungen/konten/neu", Who::Lead, clerks::new)
        .post("/amt/einstellungen/konten/neu", Who::Lead, clerks::create)
        .audit("clerk.added")
        .get("/amt/einstellungen/konten/{clerk}", Who::Lead, clerks::edit)
        .ids(CLERK)
        .post("/amt/einstellungen/konten/{clerk}", Who::Lead, clerks::save)
        .ids(CLERK)
        .audit("settings.clerk")
        .get(
            "/amt/einstellungen/konten/{clerk}/sperren",
            Who::Lead,
            clerks::lock_page,
        )
        .ids(CLERK)
        .post("/amt/einstellungen/konten/{clerk}/sperren", Who::Lead, clerks::lock)
        .ids(CLERK)
        .audit("settings.clerk")
        .post("/amt/einstellungen/konten/{clerk}/freigeben", Who::Lead, clerks::unlock)
        .ids(CLERK)
        .audit("settings.clerk")
        .get(
            "/amt/einstellungen/konten/{clerk}/passwort",
            Who::Lead,
            clerks::password_page,
        )
        .ids(CLERK)
        .post(
            "/amt/einstellungen/konten/{clerk}/passwort",
            Who::Lead,
            clerks::password,
        )
        .ids(CLERK)
        .audit("clerk.password")
        .post("/amt/einstellungen/konten/code", Who::Lead, clerks::require)
        .audit("settings.second_factor")
        .get("/amt/einstellungen/konten/{clerk}/code", Who::Lead, clerks::second_page)
        .ids(CLERK)
        .post("/amt/einstellungen/konten/{clerk}/code", Who::Lead, clerks::second)
        .ids(CLERK)
        .audit("clerk.second_factor_removed")
        .get("/amt/einstellungen/meldungen", Who::Lead, feedback::page)
        .get("/amt/einstellungen/stoerungen", Who::Lead, troubles::page)
        .post("/amt/einstellungen/stoerungen", Who::Lead, troubles::again)
        .body_ids(&[("auftrag", "job")])
        .audit("trouble.retried")
        .get("/amt/einstellungen/verlauf", Who::Auditor, history::page)
        .post("/amt/einstellungen/verlauf", Who::Lead, revert::back)
        .body_ids(&[("stand", "change")])
        .audit("settings.params")
        .get("/amt/einstellungen/protokoll", Who::Auditor, protocol::page)
        .post("/amt/einstellungen/protokoll", Who::Lead, protocol::save)
        .audit("settings.reads")
        .get("/amt/auskunft", Who::Lead, disclosure::page)
        .post("/amt/auskunft", Who::Lead, disclosure::search)
        .audit("list.searched")
        .post("/amt/auskunft/datei", Who::Lead, disclosure::file)
        .body_ids(&[("v", "case")])
        .audit("case.disclosed")
        .get("/amt/protokoll", Who::Auditor, acts::page)
        .audit("log.read")
        .get("/amt/verzeichnis", Who::Auditor, processing::page)
        .get("/amt/loeschen", Who::Lead, leaving::page)
        .post("/amt/loeschen", Who::Lead, leaving::act)
        .body_ids(&[("v", "case")])
        .audit("case.released")
        .get("/amt/loeschen.csv", Who::Lead, leaving::list)
        .audit("list.exported")
        .post("/amt/loeschen/archiv", Who::Lead, leaving::save)
        .audit("settings.archive")
        .get("/amt/mitnehmen", Who::Lead, carry::page)
        .post("/amt/mitnehmen", Who::Lead, carry::download)
        .audit("authority.exported")
}
