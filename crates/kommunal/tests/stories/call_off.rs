//! What was granted does not take place: the club or the desk calls it off, the hall is free again, the costs stay or
//! fall away, and the other side hears of it.

use serde_json::json;

use crate::actors::{Club, Receipt};
use crate::both;
use crate::decide::case_of;
use crate::town::Town;

const KRELL: &str = "s.krell@nobitz.example";

/// A hall with costs and a deposit, granted and in effect.
async fn granted(town: &Town) -> (Club, Receipt, domain::Case) {
    let mut club = town.club();
    let example = club.example("raumnutzung", "");
    town.on(example.today);
    let receipt = club.applies("nobitz", "raumnutzung", &example.answers).await;
    let case = case_of(town, "nobitz", &receipt).await;
    let mut desk = town.clerk(KRELL).await;
    // Whoever has the case and wants mails at once is told.
    assert_eq!(desk.post("/amt/konto", &[("immediate", "1")]).await.status, 303);
    assert_eq!(
        desk.post(&format!("/amt/v/{}/zuweisen", case.id), &[("was", "ich")])
            .await
            .status,
        303
    );
    assert_eq!(
        desk.post(&format!("/amt/v/{}/genehmigen", case.id), &[]).await.status,
        303
    );
    town.pass(11).await;
    let case = case_of(town, "nobitz", &receipt).await;
    assert!(case.granted() && case.fee.total_cents > 0 && case.fee.deposit_cents > 0);
    (club, receipt, case)
}

/// To whom a mail about it went.
async fn told(town: &Town) -> Vec<String> {
    let about = town
        .mails("nobitz")
        .await
        .into_iter()
        .filter(|m| m.mail.subject.starts_with("Fällt aus: "));
    about.map(|m| m.mail.to).collect()
}

async fn bookings(town: &Town, case: &domain::Case) -> usize {
    let id = case.id.clone();
    let nobitz = town.authority("nobitz").await;
    nobitz.read(move |t| t.bookings_of(&id)).await.expect("bookings").len()
}

async fn audited(town: &Town, case: &domain::Case, event: &str) -> usize {
    let id = case.id.clone();
    let nobitz = town.authority("nobitz").await;
    let rows = nobitz.read(move |t| t.case_audit(&id)).await.expect("the log");
    rows.iter().filter(|r| r.event == event).count()
}

both! {
    async fn a_club_gives_the_hall_back(town: Town) {
        let (mut club, receipt, case) = granted(&town).await;
        assert_eq!(bookings(&town, &case).await, 1);
        // Later than the letter allows for nothing.
        let last = case.cancel_until.expect("a last day");
        town.on(last.tomorrow().expect("the day after"));
        let status = format!("/v/{}", receipt.reference);
        let path = format!("{status}/absagen");
        assert!(club.browser.get(&status).await.text().contains("Termin absagen"));
        // A stranger gets to the question for the code, and nothing happens.
        assert_eq!(town.browser().get(&path).await.status, 303);
        assert_eq!(town.browser().post(&path, &[]).await.status, 404);
        assert_eq!(bookings(&town, &case).await, 1);

        let page = club.browser.get(&path).await.text();
        assert!(page.contains("Termin wirklich absagen?") && page.contains("Die Kosten bleiben vorerst."), "{page}");
        let done = club.browser.post(&path, &[("grund", "Die Kapelle ist krank.")]).await;
        assert_eq!((done.status, done.location), (303, format!("{status}?gesendet=abgesagt")));
        let page = club.browser.get(&status).await.text();
        assert!(page.contains("Fällt aus") && page.contains("Die Kapelle ist krank.") && page.contains("Brief lesen") && page.contains(" von vorher<") && !page.contains("liegt bereit"), "{page}");
        assert!(page.contains("Ihre Zusage") && !page.contains("Termin absagen"), "{page}");
        // The letter's sum holds no longer: nobody is told to pay it.
        assert!(page.contains("Fragen Sie nach, bevor Sie zahlen.") && !page.contains("Zu zahlen:"), "{page}");
        assert_eq!(club.browser.post(&path, &[]).await.status, 400, "twice is refused");
        assert_eq!(club.browser.get(&path).await.status, 303);
        let english = club.browser.get(&format!("{status}?sprache=en")).await.text();
        assert!(english.contains("Called off"), "{english}");

        // Free for the next one; the outside reads a name of the contract.
        assert_eq!((bookings(&town, &case).await, audited(&town, &case, "case.call_off").await), (0, 1));
        let request = club
            .browser
            .request("GET", &format!("/api/v1/applications/{}", receipt.reference))
            .header("authorization", format!("Bearer {}", receipt.code))
            .body(axum::body::Body::empty())
            .expect("a request");
        let api: serde_json::Value = serde_json::from_slice(&club.browser.send(request).await.body).expect("JSON");
        assert_eq!(api["status"], json!("withdrawn"), "{api}");
        let answers = case.answers.clone();
        town.club().applies("nobitz", "raumnutzung", &answers).await;

        // The desk is told and sees it; the price stays, the deposit is not asked for.
        town.work().await;
        assert_eq!(told(&town).await, [KRELL]);
        let mut desk = town.clerk(KRELL).await;
        assert!(desk.get("/amt/eingang?ansicht=entschieden").await.text().contains("fällt aus"));
        let page = desk.get(&format!("/amt/v/{}", case.id)).await.text();
        assert!(page.contains("fällt aus") && page.contains("Kosten entfallen") && page.contains("Die Kapelle ist krank."), "{page}");
        let now = case_of(&town, "nobitz", &receipt).await;
        assert_eq!((now.fee.total_cents, now.fee.deposit_cents), (case.fee.total_cents, 0));
        let payments = desk.get("/amt/zahlungen").await.text();
        assert!(payments.contains(&receipt.reference) && payments.contains("Offen <b>1</b>"), "{payments}");
        // Until the desk lets the costs fall away.
        let pay = format!("/amt/v/{}/zahlung", case.id);
        assert_eq!(desk.post(&pay, &[("was", "erinnern")]).await.status, 422, "not due yet");
        town.on(case.fee.due.expect("a day").tomorrow().expect("the day after"));
        let mut desk = town.clerk(KRELL).await;
        assert_eq!(desk.post(&pay, &[("was", "erinnern")]).await.status, 303);
        assert_eq!(desk.post(&pay, &[("was", "entfallen")]).await.status, 303);
        assert!(desk.get("/amt/zahlungen").await.text().contains("Alles bezahlt."));
        assert_eq!(desk.post(&pay, &[("was", "erinnern")]).await.status, 422, "nothing is left to dun");
        assert_eq!(audited(&town, &case, "case.drop_fee").await, 1);
        assert!(club.browser.get(&format!("{status}?sprache=de")).await.text().contains("Kosten entfallen"));
    }
}

both! {
    async fn the_desk_calls_off_and_says_what_of_the_costs(town: Town) {
        let (mut club, receipt, case) = granted(&town).await;
        let mut desk = town.clerk(KRELL).await;
        let path = format!("/amt/v/{}/absagen", case.id);
        let page = desk.get(&path).await;
        assert!(page.status == 200 && page.text().contains("Was ist mit den Kosten?"), "{}", page.text());
        let open = desk.post(&path, &[("grund", "Anruf am Vormittag.")]).await;
        assert_eq!(open.status, 422);
        assert!(open.text().contains("Wählen Sie, ob die Kosten bleiben.") && open.text().contains("Anruf am Vormittag."));
        assert_eq!(bookings(&town, &case).await, 1);
        // Another authority's desk does not find it.
        let mut foreign = town.clerk("r.neumann@altenburgerland.example").await;
        assert_eq!(foreign.post(&path, &[("kosten", "bleiben")]).await.status, 404);

        let done = desk.post(&path, &[("kosten", "entfallen"), ("grund", "Anruf am Vormittag.")]).await;
        assert_eq!(done.status, 303, "{}", done.text());
        assert_eq!((bookings(&town, &case).await, audited(&town, &case, "case.call_off").await), (0, 1));
        let page = desk.get(&done.location).await.text();
        assert!(page.contains("Der Termin ist abgesagt.") && !page.contains("Termin absagen"), "{page}");
        assert!(desk.get("/amt/zahlungen").await.text().contains("Alles bezahlt."));
        let refused = desk.post(&path, &[("kosten", "bleiben")]).await;
        assert!(refused.status == 422 && refused.text().contains("schon abgesagt"), "{}", refused.text());
        town.work().await;
        assert_eq!(told(&town).await, [case.email.expect("an address")]);
        let page = club.browser.get(&format!("/v/{}", receipt.reference)).await.text();
        assert!(page.contains("Fällt aus") && page.contains("Anruf am Vormittag.") && page.contains("Kosten entfallen"), "{page}");
    }
}

both! {
    /// Within the days that the letter names nothing is owed, and nobody has to let anything fall.
    async fn in_time_it_costs_nothing(town: Town) {
        let (mut club, receipt, case) = granted(&town).await;
        let path = format!("/v/{}/absagen", receipt.reference);
        let page = club.browser.get(&path).await.text();
        assert!(page.contains("Sie sagen rechtzeitig ab.") && !page.contains("Die Kosten bleiben"), "{page}");
        assert_eq!(club.browser.post(&path, &[]).await.status, 303);
        let now = case_of(&town, "nobitz", &receipt).await;
        assert_eq!(now.fee.to_pay(), 0);
        let mut desk = town.clerk(KRELL).await;
        assert!(desk.get("/amt/zahlungen").await.text().contains("Alles bezahlt."));
        assert!(desk.get(&format!("/amt/v/{}", case.id)).await.text().contains("Kosten entfallen"));
    }
}

both! {
    async fn a_past_event_cannot_be_called_off(town: Town) {
        let (mut club, receipt, case) = granted(&town).await;
        town.on(case.event_day.expect("a day").tomorrow().expect("the day after"));
        let status = format!("/v/{}", receipt.reference);
        assert!(!club.browser.get(&status).await.text().contains("Termin absagen"));
        assert_eq!(club.browser.post(&format!("{status}/absagen"), &[]).await.status, 400);
        let mut desk = town.clerk(KRELL).await;
        let path = format!("/amt/v/{}/absagen", case.id);
        for sent in [desk.get(&path).await, desk.post(&path, &[("kosten", "bleiben")]).await] {
            assert_eq!(sent.status, 422, "{}", sent.text());
        }
        assert_eq!(bookings(&town, &case).await, 1);
    }
}

/// Paid, and what the desk shows of it.
async fn pays(town: &Town, case: &domain::Case, what: &str) {
    let mut desk = town.clerk(KRELL).await;
    let path = format!("/amt/v/{}/zahlung", case.id);
    let sent = desk.post(&path, &[("was", what)]).await;
    assert_eq!(sent.status, 303, "{what}: {}", sent.text());
}

fn euro(cents: i64) -> String {
    format!("{},{:02}\u{a0}€", cents / 100, cents % 100)
}

both! {
    /// The deposit went back, then the costs fall: only what is left is paid back, once, and the club reads it.
    async fn what_is_left_is_paid_back_once(town: Town) {
        let (mut club, receipt, case) = granted(&town).await;
        pays(&town, &case, "bezahlt").await;
        let mut desk = town.clerk(KRELL).await;
        let (at, refunds) = (format!("/amt/v/{}", case.id), "/amt/zahlungen?ansicht=zurueckzahlen");
        assert_eq!(desk.post(&format!("{at}/absagen"), &[("kosten", "bleiben")]).await.status, 303);
        let status = format!("/v/{}", receipt.reference);
        let back = format!("Die Kaution von {} bekommen Sie zurück.", euro(case.fee.deposit_cents));
        assert!(club.browser.get(&status).await.text().contains(&back));
        pays(&town, &case, "kaution").await;
        assert!(desk.get(refunds).await.text().contains("Nichts ist zurückzuzahlen."));
        pays(&town, &case, "entfallen").await;

        let (left, all) = (euro(case.fee.total_cents), euro(case.fee.to_pay()));
        let page = desk.get(&at).await.text();
        assert!(page.contains(&format!("Zahlen Sie {left} zurück.")) && !page.contains(&format!("Zahlen Sie {all}")), "{page}");
        let list = desk.get(refunds).await.text();
        assert!(list.contains(&receipt.reference) && list.contains(&format!("{left} zurückzuzahlen")), "{list}");
        assert!(!list.contains("davon Kaution") && list.contains("Zurückzahlen <b>1</b>"), "{list}");
        let inbox = desk.get("/amt/eingang?ansicht=zahlung").await.text();
        assert!(inbox.contains(&receipt.reference) && inbox.contains("zurückzahlen"), "{inbox}");
        assert!(club.browser.get(&status).await.text().contains(&format!("Sie bekommen {left} zurück.")));

        let sent = desk.post(&format!("{at}/zahlung"), &[("was", "erstattet"), ("zurueck", refunds)]).await;
        assert_eq!(sent.location, format!("{refunds}&ok=erstattet"));
        assert!(desk.get(&sent.location).await.text().contains("Die Rückzahlung ist eingetragen."));
        let page = desk.get(&at).await.text();
        assert!(page.contains(&format!("{left} zurückgezahlt am")) && !page.contains("Zahlen Sie"), "{page}");
        assert_eq!(audited(&town, &case, "case.refund").await, 1);
        let again = desk.post(&format!("{at}/zahlung"), &[("was", "erstattet")]).await;
        assert_eq!(again.status, 422, "twice is refused");
        let told = club.browser.get(&status).await.text();
        assert!(told.contains(&format!("Wir haben Ihnen {left} am")) && told.contains("Zurückgezahlt"), "{told}");
    }
}

both! {
    /// A club that paid early gives the hall back in time: the page says what comes back, the desk's lists show it.
    async fn who_paid_early_gets_all_of_it_back(town: Town) {
        let (mut club, receipt, case) = granted(&town).await;
        pays(&town, &case, "bezahlt").await;
        let path = format!("/v/{}/absagen", receipt.reference);
        let all = euro(case.fee.to_pay());
        let page = club.browser.get(&path).await.text();
        assert!(page.contains(&format!("Sie bekommen {all} zurück.")), "{page}");
        assert_eq!(club.browser.post(&path, &[("kosten", "frei")]).await.status, 303);
        let mut desk = town.clerk(KRELL).await;
        let list = desk.get("/amt/zahlungen?ansicht=zurueckzahlen").await.text();
        assert!(list.contains(&receipt.reference) && list.contains(&format!("{all} zurückzuzahlen")), "{list}");
        let deposits = desk.get("/amt/zahlungen?ansicht=kautionen").await.text();
        assert!(deposits.contains("Kautionen <b>0</b>") && !deposits.contains(&receipt.reference), "{deposits}");
        let page = desk.get(&format!("/amt/v/{}", case.id)).await.text();
        assert!(page.contains(&format!("Zahlen Sie {all} zurück.")) && !page.contains("Kaution ist zurückgezahlt"), "{page}");
    }
}

both! {
    /// The page said in the evening that it is free; sent after midnight it says what it costs now, and nothing happens.
    async fn midnight_between_page_and_button(town: Town) {
        let (mut club, receipt, case) = granted(&town).await;
        let last = case.cancel_until.expect("a last day");
        town.on(last);
        let path = format!("/v/{}/absagen", receipt.reference);
        assert!(club.browser.get(&path).await.text().contains(r#"name="kosten" value="frei""#));
        town.on(last.tomorrow().expect("the day after"));
        let sent = club.browser.post(&path, &[("kosten", "frei"), ("grund", "Die Kapelle ist krank.")]).await;
        let page = sent.text();
        assert_eq!(sent.status, 422, "{page}");
        assert!(page.contains("Inzwischen kostet die Absage etwas.") && page.contains("Die Kosten bleiben vorerst."), "{page}");
        assert!(page.contains("Die Kapelle ist krank.") && !page.contains(r#"value="frei""#), "{page}");
        assert_eq!(bookings(&town, &case).await, 1);
        assert_eq!(club.browser.post(&path, &[]).await.status, 303);
        assert_eq!(bookings(&town, &case).await, 0);
    }
}
