//! Accounts of people and clubs: log-in by a link that comes by mail or by a provider, who acts for an account in which role, handing an
//! office over. An account is a tenant of its own; what it is good for in a form stands with the form (`apply`).

pub mod access;
pub mod all;
pub mod answer;
pub mod choose;
pub mod details;
pub mod home;
pub mod keep;
pub mod leave;
pub mod list;
pub mod log_in;
pub mod office;
pub mod passkey;
pub mod people;
pub mod provider;
pub mod session;
pub mod terms;
pub mod vouch;

use crate::routes::{Table, Who};

pub fn routes(table: Table) -> Table {
    table
        .get("/konto", Who::Member, home::page)
        .get("/konto/anmelden", Who::Public, log_in::page)
        .post("/konto/anmelden", Who::Public, log_in::send)
        .post("/konto/anmelden/passkey/frage", Who::Public, passkey::log_in_question)
        .post("/konto/anmelden/passkey", Who::Public, passkey::log_in)
        .audit("account.log_in")
        .get("/konto/anmelden/{token}", Who::Public, log_in::link)
        .post("/konto/anmelden/{token}", Who::Public, log_in::enter)
        .audit("account.log_in")
        .get("/konto/anmelden/dienst/{provider}", Who::Public, provider::go)
        .get(
            "/konto/anmelden/dienst/{provider}/zurueck",
            Who::Public,
            provider::come_back,
        )
        .audit("account.log_in")
        .post("/konto/verbinden", Who::Member, provider::connect_question)
        .post("/konto/trennen", Who::Member, provider::disconnect)
        .audit("account.identity_disconnected")
        .get("/konto/auswahl", Who::Proven, choose::page)
        .post("/konto/auswahl", Who::Proven, choose::enter)
        .body_ids(&[("konto", "account")])
        .audit("account.log_in")
        .get("/konto/neu", Who::Proven, choose::new)
        .post("/konto/neu", Who::Proven, choose::create)
        .audit("account.created")
        .get("/konto/antwort/{account}", Who::Proven, answer::page)
        .ids(&["account"])
        .post("/konto/antwort/{account}", Who::Proven, answer::send)
        .ids(&["account"])
        .audit("account.joined")
        .post("/konto/abmelden", Who::Proven, log_in::leave)
        .audit("account.log_out")
        .get(access::PATH, Who::Member, access::page)
        .post("/konto/geraet-abmelden", Who::Member, access::end)
        .body_ids(&[("id", "session")])
        .audit("account.session_ended")
        .post("/konto/andere-abmelden", Who::Member, access::end_others)
        .audit("account.session_ended")
        .post("/konto/passkey/frage", Who::Member, passkey::add_question)
        .post("/konto/passkey", Who::Member, passkey::add)
        .audit("account.passkey")
        .post("/konto/passkey/entfernen", Who::Member, passkey::remove)
        .body_ids(&[("id", "passkey")])
        .audit("account.passkey_removed")
        .get("/konto/ueberall-abmelden", Who::Member, log_in::everywhere_question)
        .post("/konto/ueberall-abmelden", Who::Member, log_in::leave_everywhere)
        .audit("account.log_out_everywhere")
        .get("/konto/entwurf/{draft}", Who::Member, list::go_on)
        .ids(&["draft"])
        .post("/konto/wieder/{reference}", Who::Member, list::again)
        .ids(&["reference"])
        .audit("account.draft_kept")
        .post("/konto/merken/{reference}", Who::Member, list::remember)
        .ids(&["reference"])
        .audit("account.details")
        .get("/konto/angaben", Who::Member, details::page)
        .post("/konto/angaben", Who::Member, details::save)
        .audit("account.details")
        .get("/konto/mitnehmen", Who::Member, all::page)
        .post("/konto/mitnehmen", Who::Member, all::file)
        .audit("account.exported")
        .get("/konto/loeschen", Who::Chair, leave::page)
        .post("/konto/loeschen", Who::Chair, leave::delete)
        .audit("account.deleted")
        .get("/konto/name", Who::Chair, home::name)
        .post("/konto/name", Who::Chair, home::rename)
        .audit("account.renamed")
        .get("/konto/personen", Who::Member, people::page)
        .get("/konto/personen/neu", Who::Chair, people::new)
        .post("/konto/personen/neu", Who::Chair, people::invite)
        .audit("account.invited")
        .get("/konto/personen/{member}", Who::Chair, terms::page)
        .ids(&["member"])
        .post("/konto/personen/{member}", Who::Chair, terms::give)
        .ids(&["member"])
        .audit("account.role_given")
        .get("/konto/personen/{member}/ende/{term}", Who::Chair, terms::end_question)
        .ids(&["member", "term"])
        .post("/konto/personen/{member}/ende/{term}", Who::Chair, terms::end)
        .ids(&["member", "term"])
        .audit("account.role_ended")
        .get("/konto/amt", Who::Chair, office::page)
        .post("/konto/amt", Who::Chair, office::offer)
        .body_ids(&[("wer", "member")])
        .audit("account.office_offered")
}
