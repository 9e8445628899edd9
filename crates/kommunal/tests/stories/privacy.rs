//! What is kept, how long, and that it is gone afterwards: the applicant's page and file, the way out past archive,
//! lead and hold, and nothing of an erased case for whoever has every key that is left.

use std::collections::BTreeMap;

use domain::{Case, CaseId, Stage};
use jiff::ToSpan as _;
use jiff::civil::Date;

use crate::actors::{Browser, Club, Page, Receipt};
use crate::both;
use crate::canaries::{self, Aviary};
use crate::decide::case_of;
use crate::town::Town;

const LEAD: &str = "leitung@nobitz.example";
const KRELL: &str = "s.krell@nobitz.example";
const DISTRICT: &str = "lk-altenburger-land";

/// Files of an archive without compression, by name.
pub fn unpacked(zip: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut out = BTreeMap::new();
    let (mut at, word) = (0, |at: usize, n: usize| {
        zip[at..at + n]
            .iter()
            .rev()
            .fold(0usize, |v, b| v << 8 | usize::from(*b))
    });
    while zip[at..].starts_with(b"PK\x03\x04") {
        let (size, name) = (word(at + 18, 4), word(at + 26, 2));
        let from = at + 30 + name;
        let text = String::from_utf8(zip[at + 30..from].to_vec()).expect("a name");
        out.insert(text, zip[from..from + size].to_vec());
        at = from + size;
    }
    out
}

/// Seven o'clock of that day, with the house kept the evening before.
pub async fn morning(town: &Town, day: Date) {
    town.on(day.yesterday().expect("a day"));
    town.worker.housekeeping(town.now()).await;
    let seven = day.at(7, 0, 10, 0).in_tz("Europe/Berlin").expect("a moment");
    town.at(&seven.timestamp().to_string());
    town.work().await;
}

async fn case(town: &Town, id: &CaseId) -> Option<Case> {
    let id = id.clone();
    town.authority("nobitz")
        .await
        .read(move |t| t.case(&id))
        .await
        .expect("read")
}

/// The same person at another time: a browser keeps a case open for twelve hours.
async fn back(town: &Town, receipt: &Receipt, path: &str) -> Page {
    let mut browser = town.browser();
    let open = [
        ("aktenzeichen", receipt.reference.as_str()),
        ("zugang", receipt.code.as_str()),
    ];
    let opened = browser.post("/stand", &open).await;
    match opened.status {
        303 => browser.get(path).await,
        _ => opened,
    }
}

async fn withdraw(club: &mut Browser, receipt: &Receipt) {
    let gone = club
        .post(
            &format!("/v/{}/zurueckziehen", receipt.reference),
            &[("grund", "Regen"), ("von", "daten"), ("ja", "ja")],
        )
        .await;
    assert_eq!(gone.status, 303, "{}", gone.text());
}

/// A withdrawn bonfire.
async fn withdrawn(town: &Town) -> (Club, Receipt, Case) {
    let mut club = town.club();
    let example = club.example("brauchtumsfeuer", "");
    town.on(example.today);
    let receipt = club.applies("nobitz", "brauchtumsfeuer", &example.answers).await;
    town.work().await;
    withdraw(&mut club.browser, &receipt).await;
    town.work().await;
    let case = case_of(town, "nobitz", &receipt).await;
    (club, receipt, case)
}

/// The day on which its time is over.
pub fn over(case: &Case) -> Date {
    let ended = domain::date_of(case.keeping.ended.expect("it has ended"));
    ended
        .checked_add(5.years())
        .and_then(|d| d.checked_add(1.day()))
        .expect("a day")
}

both! {
    /// What the page says, the file that goes with it, and an answer that goes before its case.
    async fn applicants_see_how_long_and_take_everything_along(town: Town) {
        let mut club = town.club();
        let example = club.example("brauchtumsfeuer", "");
        town.on(example.today);
        let receipt = club.applies("nobitz", "brauchtumsfeuer", &example.answers).await;
        town.work().await;
        let at = format!("/v/{}", receipt.reference);
        assert!(club.browser.get(&at).await.text().contains("/daten"));
        let page = club.browser.get(&format!("{at}/daten")).await.text();
        for said in ["Jahre nach dem Ende des Vorgangs", "noch nicht zu Ende", "noch nicht bestätigt", "Telefon am Abend", "dann gelöscht", "90\u{a0}Tage", "Daten laden (ZIP"] {
            assert!(page.contains(said), "{said}: {page}");
        }
        let mut desk = town.clerk(KRELL).await;
        let case = case_of(&town, "nobitz", &receipt).await;
        assert_eq!(desk.get(&format!("/amt/v/{}", case.id)).await.status, 200);
        let noted = desk.post(&format!("/amt/v/{}/notiz", case.id), &[("text", "Der Nachbar hat angerufen.")]).await;
        assert_eq!(noted.status, 303);
        let file = club.browser.get(&format!("{at}/daten.zip")).await;
        assert_eq!((file.status, file.kind.as_str()), (200, "application/zip"));
        let files = unpacked(&file.body);
        let data: serde_json::Value = serde_json::from_slice(&files["daten.json"]).expect("JSON");
        assert_eq!(data["answers"]["contact"]["phone"], case.answers["contact"]["phone"]);
        assert_eq!(data["read"][0]["rows"][0]["saw"], "alle Angaben");
        assert!(files["briefe/1-eingang.pdf"].starts_with(b"%PDF"), "{:?}", files.keys());
        let text = String::from_utf8(files["lesen.html"].clone()).expect("text");
        assert!(text.contains(&receipt.reference) && text.contains("Vermerke des Amts"), "{text}");
        for (name, bytes) in &files {
            let all = String::from_utf8_lossy(bytes);
            assert!(!all.contains("Der Nachbar") && !all.contains("Krell"), "{name}: a note or a clerk's name");
        }
        let stranger = town.browser().get(&format!("{at}/daten.zip")).await;
        assert_eq!(stranger.status, 303, "only who has the code");

        // From here it is withdrawn with a tick; without one it is asked once more.
        let without = club.browser.post(&format!("{at}/zurueckziehen"), &[("von", "daten"), ("grund", "Sturm")]).await;
        assert!(without.status == 200 && without.text().contains("Sturm"), "{}", without.text());
        assert!(self::case(&town, &case.id).await.expect("there").state.is_open());

        // The number is needed on the evening only.
        withdraw(&mut club.browser, &receipt).await;
        let event = case.event_day.expect("a day");
        let phone = |case: &Case| schema::at(&case.answers, "contact.phone").cloned();
        morning(&town, event.checked_add(1.day()).expect("a day")).await;
        assert!(phone(&self::case(&town, &case.id).await.expect("there")).is_some(), "a day after it is still there");
        morning(&town, event.checked_add(2.days()).expect("a day")).await;
        let later = self::case(&town, &case.id).await.expect("there");
        assert_eq!(phone(&later), None);
        let page = back(&town, &receipt, &format!("{at}/daten")).await.text();
        assert!(page.contains("gelöscht am"), "{page}");
        let letters = town.authority("nobitz").await.read(move |t| t.letters(&case.id)).await.expect("letters");
        let day = |l: &store::LetterInfo| domain::date_of(l.created_at);
        let receipts: Vec<_> = letters.iter().filter(|l| l.kind.starts_with("receipt")).collect();
        assert!(receipts.len() == 2 && receipts.iter().all(|l| day(l) > event), "made anew without it");
        town.at("2030-01-01T06:00:10Z");
        let desk = town.clerk(KRELL).await.get(&format!("/amt/v/{}", later.id)).await;
        assert_eq!(desk.status, 200, "{}", desk.text());
    }
}

/// The wrapped key and the sealed case as they lie in the file.
fn raw(town: &Town, id: &CaseId) -> Vec<Vec<u8>> {
    let file = town.folder().join("data/tenants/nobitz.db");
    if !file.exists() {
        return Vec::new();
    }
    let db = rusqlite::Connection::open(file).expect("the file");
    let read = |row: &rusqlite::Row<'_>| Ok(vec![row.get(0)?, row.get::<_, Vec<u8>>(1)?[..64].to_vec()]);
    db.query_row(
        "select case_key, body from case_file where id = ?1",
        [id.as_str()],
        read,
    )
    .expect("the case")
}

async fn opened(town: &Town) -> String {
    let mut text = String::new();
    for id in ["nobitz", DISTRICT] {
        text += &town
            .authority(id)
            .await
            .read(canaries::everything)
            .await
            .expect("opened");
        let asked = town
            .authority(id)
            .await
            .read(|t| t.incoming_consultations())
            .await
            .expect("questions");
        text += &format!("{asked:?}");
    }
    text
}

both! {
    /// Where no archive is named the lead confirms. Afterwards nothing is left of what was written, nowhere.
    async fn an_erased_case_is_gone(town: Town) {
        let mut aviary = Aviary::default();
        town.on(town.club().example("brauchtumsfeuer", "").today);
        let receipt = canaries::apply(&town, &mut aviary, "brauchtumsfeuer").await;
        canaries::talk(&town, &mut aviary, &receipt).await;
        let case = case_of(&town, "nobitz", &receipt).await;
        let mut desk = town.clerk(KRELL).await;
        let until = web::format::date(town.app.today().saturating_add(3.days()));
        let (question, id) = (aviary.word(), case.id.clone());
        // The district is asked, too, and has looked at it.
        let answered = format!("/v/{}/ergaenzen", receipt.reference);
        assert!(back(&town, &receipt, &answered).await.status < 400);
        let pairs = [("an", DISTRICT), ("frage", question.as_str()), ("bis", until.as_str()), ("feld", "event.date"), ("feld", "club.name")];
        let asked = desk.post(&format!("/amt/v/{id}/beteiligen"), &pairs).await;
        assert_eq!(asked.status, 303, "{}", asked.text());
        town.work().await;
        let mut club = town.browser();
        club.post("/stand", &[("aktenzeichen", receipt.reference.as_str()), ("zugang", receipt.code.as_str())]).await;
        withdraw(&mut club, &receipt).await;
        town.work().await;
        let raw = raw(&town, &id);
        let before = opened(&town).await;
        let there = aviary.words().filter(|w| before.contains(w.as_str())).count();
        assert!(there >= 20, "{there} canaries are there while it is kept");

        let case = self::case(&town, &id).await.expect("kept");
        let day = over(&case);
        morning(&town, day.yesterday().expect("a day")).await;
        assert_eq!(self::case(&town, &id).await.expect("kept").keeping.stage, Stage::Kept, "not a day early");
        morning(&town, day).await;
        assert_eq!(self::case(&town, &id).await.expect("kept").keeping.stage, Stage::Due);
        assert_eq!(town.clerk(KRELL).await.get("/amt/loeschen").await.status, 403, "the lead's");
        let mut lead = town.clerk(LEAD).await;
        let page = lead.get("/amt/loeschen").await.text();
        assert!(page.contains(&receipt.reference) && page.contains("Zum Löschen freigegeben") || page.contains("Zum Löschen freigeben"), "{page}");
        let chosen = [("was", "freigeben"), ("v", id.as_str())];
        let sure = lead.post("/amt/loeschen", &chosen).await;
        assert!(sure.status == 200 && sure.text().contains("Ja, löschen lassen"), "asked once more: {}", sure.text());
        assert_eq!(self::case(&town, &id).await.expect("kept").keeping.stage, Stage::Due);
        let said = lead.post("/amt/loeschen", &[chosen[0], chosen[1], ("sicher", "ja")]).await;
        assert_eq!(said.location, "/amt/loeschen?stand=freigegeben");
        assert!(self::case(&town, &id).await.is_some(), "until the next morning it can be called back");
        assert_eq!(lead.post("/amt/loeschen", &[("was", "zurueck"), ("v", id.as_str())]).await.status, 303);
        let next = day.tomorrow().expect("a day");
        morning(&town, next).await;
        assert!(self::case(&town, &id).await.is_some(), "called back");
        let mut lead = town.clerk(LEAD).await;
        lead.post("/amt/loeschen", &[chosen[0], chosen[1], ("sicher", "ja")]).await;
        morning(&town, next.tomorrow().expect("a day")).await;
        town.work().await;
        assert!(self::case(&town, &id).await.is_none(), "erased");

        let after = opened(&town).await;
        let left: Vec<_> = aviary.words().filter(|w| after.contains(w.as_str())).collect();
        assert!(left.is_empty(), "readable with every key that is left: {left:?}");
        if town.app.store.on_files() {
            town.app.store.backup(&town.folder().join("backups"), town.now()).await.expect("a backup");
        }
        for (name, bytes) in canaries::at_rest(&town).await {
            assert!(canaries::readable(&bytes).is_empty(), "{name}");
            for (what, part) in ["the key", "the case"].into_iter().zip(&raw) {
                assert!(!bytes.windows(part.len()).any(|w| w == part.as_slice()), "{what} is still in {name}");
            }
        }
        let found = store::CaseFilter { tab: store::Tab::All, q: case.applicant.clone(), size: 10, ..Default::default() };
        let nobitz = town.authority("nobitz").await;
        assert_eq!(nobitz.read(move |t| t.cases(&found)).await.expect("a list").total, 0, "no search finds it");
        // What remains: that it was, when, and how it ended; the log without a word of it.
        let gone = back(&town, &receipt, "/").await;
        let text = gone.text();
        assert!(gone.status == 410 && text.contains(&receipt.reference) && text.contains("Gelöscht am"), "{} {text}", gone.status);
        let wrong = town.browser().post("/stand", &[("aktenzeichen", receipt.reference.as_str()), ("zugang", "2345-6789-ABCD")]).await;
        assert!(!wrong.text().contains("Gelöscht am"), "only who has the code is told");
        let page = town.clerk(LEAD).await.get("/amt/loeschen").await.text();
        assert!(page.contains("Zuletzt gelöscht") && page.contains(&receipt.reference), "{page}");
        let log = nobitz.read(move |t| t.case_audit(&id)).await.expect("the log");
        assert!(log.iter().any(|r| r.event == "case.erased") && log.iter().any(|r| r.event == "case.received"));
        let peer = town.authority(DISTRICT).await.read(|t| t.audit_rows(0, 1000)).await.expect("the log");
        assert!(peer.iter().any(|r| r.event == "consultation.erased"));
        assert!(nobitz.read(|t| t.check_audit(&[])).await.expect("read").is_ok(), "the chain is whole");
    }
}

both! {
    /// The archive is asked first, a hold stops everything, and what it takes it has to have.
    async fn nothing_goes_past_the_archive_or_a_hold(town: Town) {
        let (_, receipt, kept) = withdrawn(&town).await;
        let id = kept.id.clone();
        let day = over(&kept);
        let far = |days: i64| day.checked_add(days.days()).expect("a day");
        let mut lead = town.clerk(LEAD).await;
        let wrong = lead.post("/amt/loeschen/archiv", &[("archiv", "Kreisarchiv"), ("tage", "3")]).await;
        assert!(wrong.status == 422 && wrong.text().contains("30"), "{}", wrong.text());
        let named = lead.post("/amt/loeschen/archiv", &[("archiv", "Kreisarchiv Altenburger Land"), ("tage", "180")]).await;
        assert_eq!(named.status, 303);
        let history = lead.get("/amt/einstellungen/verlauf").await.text();
        assert!(history.contains("Kreisarchiv Altenburger Land"), "{history}");
        assert_eq!(lead.post(&format!("/amt/v/{id}/sperre"), &[("was", "sperren"), ("grund", " ")]).await.status, 422);
        let hold = lead.post(&format!("/amt/v/{id}/sperre"), &[("was", "sperren"), ("grund", "Klage 3 K 12/31")]).await;
        assert_eq!(hold.status, 303);
        assert_eq!(town.clerk(KRELL).await.get(&format!("/amt/v/{id}/sperre")).await.status, 403, "the lead's");
        let page = town.clerk(KRELL).await.get(&format!("/amt/v/{id}")).await.text();
        assert!(page.contains("Klage 3 K 12"), "whoever works on it sees it");
        let told = back(&town, &receipt, &format!("/v/{}/daten", receipt.reference)).await.text();
        assert!(told.contains("Löschen ausgesetzt") && !told.contains("Klage"), "{told}");
        morning(&town, day).await;
        let now = case(&town, &id).await.expect("kept");
        assert_eq!(now.keeping.stage, Stage::Kept, "held");
        assert!(schema::at(&now.answers, "contact.phone").is_some(), "its answers, too");
        let mut lead = town.clerk(LEAD).await;
        assert!(lead.get("/amt/loeschen").await.text().contains("gesperrt am"));
        let lifted = lead.post(&format!("/amt/v/{id}/sperre"), &[("was", "aufheben"), ("grund", "Urteil rechtskräftig")]).await;
        assert_eq!(lifted.status, 303);

        morning(&town, far(1)).await;
        let due = case(&town, &id).await.expect("kept");
        assert!(due.keeping.stage == Stage::Due && schema::at(&due.answers, "contact.phone").is_none());
        let mut lead = town.clerk(LEAD).await;
        let past = lead.post("/amt/loeschen", &[("was", "freigeben"), ("v", id.as_str()), ("sicher", "ja")]).await;
        assert!(past.status == 409 && past.text().contains("Bieten Sie ihm"), "{}", past.text());
        let early = lead.get(&format!("/amt/v/{id}/archiv.zip")).await;
        assert_ne!(early.kind, "application/zip", "not before it is offered");
        let list = lead.get("/amt/loeschen.csv").await;
        assert!(list.status == 200 && list.text().contains(&receipt.reference), "{}", list.text());
        assert_eq!(lead.post("/amt/loeschen", &[("was", "anbieten"), ("v", id.as_str())]).await.location, "/amt/loeschen?stand=angeboten");
        let taken = [("was", "uebernommen"), ("v", id.as_str()), ("sicher", "ja")];
        let without = lead.post("/amt/loeschen", &taken).await;
        assert!(without.status == 409 && without.text().contains("Laden Sie zuerst"), "{}", without.text());
        let file = lead.get(&format!("/amt/v/{id}/archiv.zip")).await;
        let files = unpacked(&file.body);
        assert!(file.kind == "application/zip" && files.contains_key("daten.json"), "{}", file.status);
        let (nobitz, seen) = (town.authority("nobitz").await, id.clone());
        let log = nobitz.read(move |t| t.case_audit(&seen)).await.expect("the log");
        assert!(log.iter().any(|r| r.event == "case.archive_exported"));
        let coded = files.values().any(|bytes| String::from_utf8_lossy(bytes).contains(&receipt.code));
        assert!(!coded, "the way in stays the applicant's");
        morning(&town, far(100)).await;
        assert!(case(&town, &id).await.is_some(), "the archive has 180 days");
        let mut lead = town.clerk(LEAD).await;
        assert_eq!(lead.post("/amt/loeschen", &taken).await.status, 303);
        morning(&town, far(101)).await;
        assert!(case(&town, &id).await.is_none());
        let gone = back(&town, &receipt, "/").await.text();
        assert!(gone.contains("Archiv ihn übernommen"), "{gone}");
    }
}

both! {
    /// Who does not answer in time lets it go; a run that is done twice, or breaks off, changes nothing.
    async fn a_silent_archive_lets_go_and_a_second_run_does_nothing(town: Town) {
        let (_, _, kept) = withdrawn(&town).await;
        let (id, day) = (kept.id.clone(), over(&kept));
        let far = |days: i64| day.checked_add(days.days()).expect("a day");
        let mut lead = town.clerk(LEAD).await;
        lead.post("/amt/loeschen/archiv", &[("archiv", "Kreisarchiv"), ("tage", "30")]).await;
        for _ in 0..2 {
            morning(&town, day).await;
        }
        let events = |case: &CaseId| {
            let case = case.clone();
            move |t: &store::TenantTx<'_>| t.history(&case)
        };
        let nobitz = town.authority("nobitz").await;
        let lines = nobitz.read(events(&id)).await.expect("history");
        assert_eq!(lines.iter().filter(|e| e.kind == "keeping_over").count(), 1);
        let mut lead = town.clerk(LEAD).await;
        lead.post("/amt/loeschen", &[("was", "anbieten"), ("v", id.as_str())]).await;
        // A run that broke off after its first step is ended by the next one.
        morning(&town, far(30)).await;
        assert!(case(&town, &id).await.is_some());
        morning(&town, far(31)).await;
        assert!(case(&town, &id).await.is_none());
        morning(&town, far(32)).await;
        let erased = nobitz.read(|t| t.erased_cases(10)).await.expect("what is left");
        assert_eq!((erased.len(), erased[0].why.as_str(), erased[0].outcome.as_str()), (1, "no_answer", "withdrawn"));
        let log = nobitz.read(move |t| t.case_audit(&id)).await.expect("the log");
        assert_eq!(log.iter().filter(|r| r.event == "case.erased").count(), 1);
    }
}

both! {
    /// The lead looks a person up, gets one file, and the applicant sees that; what was erased is said.
    async fn a_request_is_answered_in_one_file(town: Town) {
        let (mut club, receipt, kept) = withdrawn(&town).await;
        let id = kept.id.clone();
        let mut desk = town.clerk(KRELL).await;
        desk.post(&format!("/amt/v/{id}/notiz"), &[("text", "Der Nachbar hat angerufen.")]).await;
        assert_eq!(desk.get("/amt/auskunft").await.status, 403, "the lead's");
        let mut lead = town.clerk(LEAD).await;
        assert!(lead.get("/amt/auskunft").await.text().contains("Wer fragt?"));
        assert_eq!(lead.post("/amt/auskunft", &[("wer", " ")]).await.status, 422);
        let name = kept.applicant.as_str();
        let found = lead.post("/amt/auskunft", &[("wer", name)]).await;
        assert!(found.status == 200 && found.text().contains(&receipt.reference), "{}", found.text());
        let none = lead.post("/amt/auskunft/datei", &[("wer", name)]).await;
        assert!(none.status == 409 && none.text().contains("Wählen Sie aus"), "{}", none.text());
        let foreign = lead.post("/amt/auskunft/datei", &[("v", "0123456789abcdef0123456789abcdef")]).await;
        assert_eq!(foreign.status, 404);
        let file = lead.post("/amt/auskunft/datei", &[("wer", name), ("v", id.as_str())]).await;
        assert_eq!((file.status, file.kind.as_str()), (200, "application/zip"));
        let files = unpacked(&file.body);
        let read = |name: &str| String::from_utf8(files[name].clone()).expect("text");
        assert!(read("uebersicht.html").contains(&receipt.reference) && read("uebersicht.html").contains("gelöscht"));
        let data = read(&format!("{}/daten.json", receipt.reference));
        assert!(data.contains("Der Nachbar hat angerufen.") && data.contains(name), "the desk's own notes, too");
        let coded = files.values().any(|bytes| String::from_utf8_lossy(bytes).contains(&receipt.code));
        assert!(!coded, "the way in stays the applicant's");
        let page = club.browser.get(&format!("/v/{}/gelesen", receipt.reference)).await.text();
        assert!(page.contains("Leitung") || page.contains("Sachbearbeitung"), "{page}");
        let log = town.authority("nobitz").await.read(move |t| t.case_audit(&id)).await.expect("the log");
        assert_eq!(log.iter().filter(|r| r.event == "case.disclosed").count(), 1);

        // Erased: the reference is known, and nothing else.
        let day = over(&kept);
        morning(&town, day).await;
        let mut lead = town.clerk(LEAD).await;
        lead.post("/amt/loeschen", &[("was", "freigeben"), ("v", kept.id.as_str()), ("sicher", "ja")]).await;
        morning(&town, day.tomorrow().expect("a day")).await;
        let mut lead = town.clerk(LEAD).await;
        let gone = lead.post("/amt/auskunft", &[("wer", receipt.reference.as_str())]).await.text();
        assert!(gone.contains("gelöscht. Dazu gibt es keine Angaben mehr"), "{gone}");
        let nobody = lead.post("/amt/auskunft", &[("wer", name)]).await.text();
        assert!(nobody.contains("Nichts gefunden"), "{nobody}");
    }
}

both! {
    /// Made from what the services ask, with the controller that the authority names.
    async fn the_register_of_processing_is_made_from_the_services(town: Town) {
        let mut lead = town.clerk(LEAD).await;
        let page = lead.get("/amt/verzeichnis").await.text();
        for said in ["Verantwortlich", "Gemeinde Nobitz", "Brauchtumsfeuer", "Ansprechpersonen", "Telefon am Abend", "(unbestätigt)", "Art. 32 DSGVO", "keines genannt"] {
            assert!(page.contains(said), "{said}: {page}");
        }
        // The district decides other things.
        let page = town.clerk("r.neumann@altenburgerland.example").await.get("/amt/verzeichnis").await.text();
        assert!(page.contains("Sperrzeit") && page.contains("Örtliches Amt") && !page.contains("Brauchtumsfeuer"), "{page}");
    }
}

/// An older state of the authority that is put back does not bring back what was erased since.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restored_authority_erases_again() {
    let town = Town::sqlite().await;
    let (_, receipt, kept) = withdrawn(&town).await;
    let store = &town.app.store;
    let backup = store
        .backup(&town.folder().join("backups"), town.now())
        .await
        .expect("a backup");
    let day = over(&kept);
    morning(&town, day).await;
    let notice = town.clerk(LEAD).await.get("/amt/eingang").await.text();
    assert!(
        notice.contains("Bei einem Vorgang ist die Zeit"),
        "the lead is told: {notice}"
    );
    let mut lead = town.clerk(LEAD).await;
    lead.post(
        "/amt/loeschen",
        &[("was", "freigeben"), ("v", kept.id.as_str()), ("sicher", "ja")],
    )
    .await;
    morning(&town, day.tomorrow().expect("a day")).await;
    assert!(case(&town, &kept.id).await.is_none());
    store
        .restore_one(&backup.folder, &"nobitz".into(), town.now())
        .await
        .expect("put back");
    assert!(case(&town, &kept.id).await.is_none(), "it is gone again");
    let left = town
        .authority("nobitz")
        .await
        .read(|t| t.erased_cases(10))
        .await
        .expect("what is left");
    assert_eq!(
        (left.len(), left[0].reference.as_str()),
        (1, receipt.reference.as_str())
    );
    assert_eq!(back(&town, &receipt, "/").await.status, 410);
}

both! {
    /// A run that breaks off in the middle of erasing leaves the case whole; the next one ends it.
    async fn a_run_that_breaks_off_leaves_nothing_half(town: Town) {
        let (_, _, kept) = withdrawn(&town).await;
        let (id, day) = (kept.id.clone(), over(&kept));
        morning(&town, day).await;
        let mut lead = town.clerk(LEAD).await;
        lead.post("/amt/loeschen", &[("was", "freigeben"), ("v", id.as_str()), ("sicher", "ja")]).await;
        // Deleting the row is the last thing but the log.
        let lite = "create trigger broken_erase before delete on case_file begin select raise(abort, 'broken'); end;";
        let function = "create or replace function broken() returns trigger language plpgsql as $$ begin raise exception 'broken'; end $$;";
        let pg = format!("{function} create trigger broken_erase before delete on case_file for each row execute function broken();");
        town.tamper("nobitz", lite, &pg).await;
        let next = day.tomorrow().expect("a day");
        morning(&town, next).await;
        let asked = id.clone();
        let nobitz = town.authority("nobitz").await;
        let whole = nobitz.read(move |t| Ok::<_, store::Error>((t.letters(&asked)?.len(), t.erased_cases(10)?.len(), t.history(&asked)?.len())));
        let (letters, left, lines) = whole.await.expect("read");
        assert!(case(&town, &id).await.is_some() && letters > 0 && left == 0 && lines > 3, "{letters} {left} {lines}");
        town.tamper("nobitz", "drop trigger broken_erase;", "drop trigger broken_erase on case_file;").await;
        morning(&town, next.tomorrow().expect("a day")).await;
        assert!(case(&town, &id).await.is_none());
        assert_eq!(nobitz.read(|t| t.erased_cases(10)).await.expect("what is left").len(), 1);
    }
}
