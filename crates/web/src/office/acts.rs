//! The log of acts, for the lead and the auditor: who did or read what and when, newest first, without contents. A case
//! is named by its reference; nothing here opens one.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::response::Response;
use serde_json::{Value, json};
use store::{AuditRow, OFFICE};

use crate::desk::session::Auditor;
use crate::failure::Result;
use crate::format;
use crate::office::{frame, history};
use crate::req::Req;
use crate::state::App;

/// Rows on a page; read at a time; looked through for one page at most.
const SHOWN: usize = 100;
const PAGE: u32 = 500;
const LOOKED: usize = 5_000;

/// Acts that show somebody something.
const READS: [&str; 11] = [
    "case.read",
    "case.disclosed",
    "case.archive_exported",
    "paper.read",
    "letter.read",
    "letter.previewed",
    "consultation.read",
    "list.exported",
    "list.searched",
    "log.read",
    "authority.exported",
];

/// What an act is called; one that is not here shows the word of the log.
const WORDS: &[(&str, &str)] = &[
    ("case.received", "Vorgang eingegangen"),
    ("case.read", "Vorgang gelesen"),
    ("case.assign", "Vorgang zugewiesen"),
    ("case.note", "Notiz geschrieben"),
    ("case.ask", "Rückfrage gestellt"),
    ("case.answer", "Rückfrage beantwortet"),
    ("case.message", "Nachricht geschrieben"),
    ("case.decide", "Entschieden"),
    ("case.take_back", "Entscheidung zurückgeholt"),
    ("case.take_effect", "Entscheidung wirksam"),
    ("case.undo", "Entscheidung aufgehoben"),
    ("case.retrieved", "Bescheid abgerufen"),
    ("case.print", "Zum Druck gegeben"),
    ("case.printed", "Brief gedruckt"),
    ("case.withdraw", "Antrag zurückgezogen"),
    ("case.call_off", "Veranstaltung abgesagt"),
    ("case.transfer", "Vorgang abgegeben"),
    ("case.paid", "Zahlung gebucht"),
    ("case.remind", "Zahlung angemahnt"),
    ("case.return_deposit", "Kaution zurückgegeben"),
    ("case.refund", "Erstattung gebucht"),
    ("case.undo_payment", "Zahlung zurückgenommen"),
    ("case.drop_fee", "Gebühr erlassen"),
    ("case.consulted", "Andere Stelle beteiligt"),
    ("case.consult_answered", "Stellungnahme eingegangen"),
    ("case.consult_revoked", "Beteiligung zurückgenommen"),
    ("case.released", "Zum Löschen freigegeben"),
    ("case.recalled", "Freigabe zurückgenommen"),
    ("case.erased", "Vorgang gelöscht"),
    ("case.disclosed", "Auskunft über eine Person erstellt"),
    ("case.archive_exported", "Datei für das Archiv geladen"),
    ("case.begin", "Prüfung begonnen"),
    ("case.hold", "Löschen gesperrt oder freigegeben"),
    ("case.hold_lifted", "Sperre gegen das Löschen aufgehoben"),
    ("case.answers_erased", "Einzelne Angaben gelöscht"),
    ("case.opened", "Vorgang geöffnet"),
    ("case.consult_reminded", "An eine Stellungnahme erinnert"),
    ("case.goes_on", "Vorgang geht anderswo weiter"),
    ("case.handed_over", "Vorgang übernommen"),
    ("case.time_over", "Aufbewahrung abgelaufen"),
    ("case.offered", "Dem Archiv angeboten"),
    ("case.archive_answered", "Antwort des Archivs eingetragen"),
    ("case.archive_silent", "Archiv hat nicht geantwortet"),
    ("paper.read", "Datei gelesen"),
    ("letter.read", "Brief gelesen"),
    ("letter.previewed", "Vorschau eines Briefs gelesen"),
    ("consultation.read", "Frage eines anderen Amts gelesen"),
    ("consultation.answered", "Stellungnahme abgegeben"),
    ("consultation.erased", "Frage eines anderen Amts gelöscht"),
    ("list.exported", "Liste geladen"),
    ("list.searched", "Nach Personen gesucht"),
    ("log.read", "Protokoll gelesen"),
    ("authority.exported", "Alle Daten mitgenommen"),
    ("authority.restored", "Aus einer Sicherung zurückgespielt"),
    ("authority.merged", "Anderes Amt übernommen"),
    ("clerk.log_in", "Angemeldet"),
    ("clerk.log_in_refused", "Anmelden abgewiesen"),
    ("clerk.code_refused", "Code beim Anmelden abgewiesen"),
    ("clerk.account", "Konto verbunden"),
    ("clerk.added", "Konto angelegt"),
    ("clerk.password", "Passwort gesetzt"),
    ("clerk.second_factor", "Zweiten Faktor eingerichtet"),
    ("clerk.second_factor_removed", "Zweiten Faktor abgeschaltet"),
    ("clerk.emergency_codes", "Notfallcodes erzeugt"),
    ("clerk.emergency_code_used", "Notfallcode benutzt"),
    ("clerk.passkey", "Passkey angelegt"),
    ("clerk.passkey_removed", "Passkey entfernt"),
    ("clerk.account_removed", "Verbundenes Konto getrennt"),
    ("clerk.session_ended", "Sitzung beendet"),
    ("settings.params", "Regeln geändert"),
    ("settings.opt_in", "Leistung freigeschaltet, pausiert oder beendet"),
    ("settings.planned", "Tag zum Freischalten geändert"),
    ("settings.set_up", "Vorschau angesehen"),
    ("settings.room", "Raum geändert"),
    ("settings.office", "Kontakt, Bank oder Wappen geändert"),
    ("settings.text_block", "Textbaustein geändert"),
    ("settings.clerk", "Konto geändert"),
    ("settings.second_factor", "Pflicht zum Code geändert"),
    ("settings.calendar", "Kalender geändert"),
    ("settings.calendar_feed", "Kalender-Abo geändert"),
    ("settings.reads", "Liste für Antragstellende geändert"),
    ("settings.archive", "Archiv geändert"),
    ("version.proposed", "Version einer Leistung eingereicht"),
    ("version.approved", "Version einer Leistung freigegeben"),
    ("version.refused", "Version einer Leistung zurückgegeben"),
    ("version.withdrawn", "Version einer Leistung zurückgezogen"),
    ("trouble.retried", "Gestörtes noch einmal versucht"),
];

fn word(event: &str) -> &str {
    WORDS.iter().find(|(e, _)| *e == event).map_or(event, |(_, word)| word)
}

fn who(names: &[store::Clerk], actor: &str) -> String {
    match actor {
        "applicant" => "antragstellende Seite".to_owned(),
        "link" => "beteiligte Stelle, über ihren Link".to_owned(),
        _ => match actor.strip_prefix(OFFICE) {
            Some(office) => format!("anderes Amt: {office}"),
            None => history::actor(names, actor),
        },
    }
}

pub async fn page(State(app): State<App>, auditor: Auditor, req: Req) -> Result<Response> {
    let only_reads = req.param("nur").as_deref() == Some("gelesen");
    let before = req.param("vor").and_then(|n| n.parse().ok()).unwrap_or(i64::MAX);
    let (me, now) = (auditor.0.clerk.id.clone(), app.now());
    let read = move |t: &mut store::TenantTx<'_>| {
        let (mut rows, mut at, mut looked): (Vec<AuditRow>, i64, usize) = (Vec::new(), before, 0);
        let mut more = true;
        while rows.len() < SHOWN && looked < LOOKED && more {
            let some = t.acts(at, PAGE)?;
            (more, looked) = (some.len() == PAGE as usize, looked + some.len());
            at = some.last().map_or(at, |r| r.n);
            rows.extend(
                some.into_iter()
                    .filter(|r| !only_reads || READS.contains(&r.event.as_str())),
            );
        }
        if rows.len() > SHOWN {
            rows.truncate(SHOWN);
            (more, at) = (true, rows.last().map_or(at, |r| r.n));
        }
        let mut references: BTreeMap<String, Option<String>> = BTreeMap::new();
        for id in rows.iter().filter_map(|r| r.case.as_ref()) {
            if !references.contains_key(id.as_str()) {
                references.insert(id.0.clone(), t.reference_of(id)?);
            }
        }
        // Whoever looks over the others is in it, too.
        if before == i64::MAX {
            t.audit(me.as_str(), "log.read", None, now);
        }
        Ok::<_, store::Error>((rows, references, more.then_some(at), t.clerks()?))
    };
    let (rows, references, next, clerks) = auditor.0.tenant.write(read).await?;
    let rows: Vec<Value> = rows
        .iter()
        .map(|r| {
            let case = r.case.as_ref().map(|id| references.get(id.as_str()).cloned().flatten().unwrap_or_else(|| "Vorgang".to_owned()));
            json!({ "at": format::moment(r.at), "iso": format::iso(r.at), "who": who(&clerks, &r.actor), "what": word(&r.event), "case": case })
        })
        .collect();
    let view = |label: &str, query: &str, here: bool| json!({ "label": label, "href": format!("/amt/protokoll{query}"), "here": here });
    let next = next.map(|n| format!("/amt/protokoll?vor={n}{}", if only_reads { "&nur=gelesen" } else { "" }));
    let views = [
        view("Alles", "", !only_reads),
        view("Nur gelesen", "?nur=gelesen", only_reads),
    ];
    let ctx = json!({ "rows": rows, "views": views, "next": next });
    frame::ok(&app, "office/acts.html", &req, &auditor, "handlungen", ctx)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever a route of the desk declares to write is told in words.
    #[test]
    fn every_declared_act_has_a_word() {
        for route in crate::route_infos()
            .iter()
            .filter(|r| r.path.starts_with("/amt") && !r.audit.is_empty())
        {
            assert_ne!(word(route.audit), route.audit, "{} {}", route.method, route.path);
        }
        for read in READS {
            assert_ne!(word(read), read);
        }
    }
}
