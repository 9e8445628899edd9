//! The desk's list of payments: from the letter to the deposit that goes back.

use crate::both;
use crate::decide::case_of;
use crate::town::Town;

const KRELL: &str = "s.krell@nobitz.example";

both! {
    async fn a_payment_and_its_deposit(town: Town) {
        let mut club = town.club();
        let example = club.example("raumnutzung", "");
        town.on(example.today);
        let receipt = club.applies("nobitz", "raumnutzung", &example.answers).await;
        let case = case_of(&town, "nobitz", &receipt).await;
        let mut desk = town.clerk(KRELL).await;
        assert!(desk.get("/amt/zahlungen").await.text().contains("Alles bezahlt."));
        assert_eq!(desk.post(&format!("/amt/v/{}/genehmigen", case.id), &[]).await.status, 303);
        town.pass(11).await;

        let page = desk.get("/amt/zahlungen").await.text();
        assert!(page.contains(&receipt.reference) && page.contains("Offen <b>1</b>"), "{page}");
        let sum = format!("{},{:02}", (case.fee.total_cents + case.fee.deposit_cents) / 100, case.fee.total_cents % 100);
        assert!(page.contains(&format!("{sum}\u{a0}€ offen")), "{sum}: {page}");
        let pay = format!("/amt/v/{}/zahlung", case.id);
        let paid = desk.post(&pay, &[("was", "bezahlt"), ("zurueck", "/amt/zahlungen?ansicht=ueberfaellig")]).await;
        assert_eq!((paid.status, paid.location.as_str()), (303, "/amt/zahlungen?ansicht=ueberfaellig&ok=bezahlt"));
        // Of the wrong club: taken back where it is seen, and once only.
        assert!(desk.get("/amt/zahlungen?ansicht=bezahlt").await.text().contains("Doch nicht bezahlt"));
        assert!(desk.get(&format!("/amt/v/{}", case.id)).await.text().contains("Doch nicht bezahlt"));
        let undo = [("was", "doch-nicht"), ("zurueck", "/amt/zahlungen")];
        assert_eq!(desk.post(&pay, &undo).await.location, "/amt/zahlungen?ok=doch-nicht");
        assert!(desk.get("/amt/zahlungen").await.text().contains("Offen <b>1</b>"));
        assert_eq!(desk.post(&pay, &undo).await.status, 422);
        assert_eq!(desk.post(&pay, &[("was", "bezahlt"), ("zurueck", "/amt/zahlungen")]).await.status, 303);
        let page = desk.get(&format!("/amt/v/{}", case.id)).await.text();
        assert!(!page.contains("Kaution ist zurückgezahlt"), "not before the event: {page}");

        let deposits = "/amt/zahlungen?ansicht=kautionen";
        let held = desk.get(deposits).await.text();
        assert!(held.contains(&receipt.reference) && held.contains("nach dem Termin") && !held.contains("Ist zurückgezahlt"));
        town.on(case.event_day.expect("a day").tomorrow().expect("the day after"));
        let mut desk = town.clerk(KRELL).await;
        assert!(desk.get(deposits).await.text().contains("Ist zurückgezahlt"));
        assert_eq!(desk.post(&pay, &[("was", "kaution"), ("zurueck", deposits)]).await.status, 303);
        assert!(desk.get(deposits).await.text().contains("Kautionen <b>0</b>"));
        assert!(desk.get("/amt/zahlungen?ansicht=bezahlt").await.text().contains(&receipt.reference));
        // A page that is not there (any more): the last one that is.
        let beyond = desk.get("/amt/zahlungen?ansicht=bezahlt&seite=7").await;
        assert_eq!((beyond.status, beyond.location.as_str()), (303, "/amt/zahlungen?ansicht=bezahlt"));
    }
}
