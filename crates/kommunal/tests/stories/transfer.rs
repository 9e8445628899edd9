//! A misdirected case goes to the right authority, and its applicant with it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use jobs::{Condition, Worker};
use serde_json::json;

use crate::both;
use crate::decide::case_of;
use crate::town::Town;

const DISTRICT: &str = "lk-altenburger-land";

both! {
    /// The club opens the new case from the old one; the old authority never reads the new code. A job that
    /// runs twice makes one case.
    async fn a_case_goes_to_the_right_authority(town: Town) {
        let mut club = town.club();
        let example = club.example("brauchtumsfeuer", "");
        town.on(example.today);
        let receipt = club.applies("nobitz", "brauchtumsfeuer", &example.answers).await;
        town.work().await;
        let old = case_of(&town, "nobitz", &receipt).await;
        let mut desk = town.clerk("s.krell@nobitz.example").await;
        let path = format!("/amt/v/{}/abgeben", old.id);
        assert_eq!(desk.get(&path).await.status, 200);
        assert_eq!(desk.post(&path, &[]).await.status, 422, "a target and a reason are needed");
        let sent = desk.post(&path, &[("an", "lk-altenburger-land"), ("grund", "Der Platz liegt im Wald.")]).await;
        assert_eq!(sent.status, 303, "{}", sent.text());
        town.work().await;

        let status = club.browser.get(&format!("/v/{}", receipt.reference)).await.text();
        assert!(status.contains("Ihr Vorgang geht woanders weiter"), "{status}");
        let onward = case_of(&town, "nobitz", &receipt).await.onward.expect("where it goes on");
        let go = club.browser.get(&format!("/v/{}/weiter", receipt.reference)).await;
        assert_eq!((go.status, go.location.as_str()), (303, format!("/v/{}", onward.reference).as_str()));
        let new = club.browser.get(&go.location).await;
        assert!(new.status == 200 && new.text().contains("Landratsamt Altenburger Land"), "{}", new.text());
        let pdf = club.browser.get(&format!("/v/{}/eingang.pdf", onward.reference)).await;
        assert_eq!((pdf.status, pdf.kind.as_str()), (200, "application/pdf"));
        let stranger = town.browser().get(&format!("/v/{}/weiter", receipt.reference)).await;
        assert!(stranger.location.starts_with("/stand?"), "{}", stranger.location);

        let seen_by_clerk = desk.get(&format!("/amt/v/{}", old.id)).await.text();
        assert!(seen_by_clerk.contains(&onward.reference), "the clerk knows where it went");
        assert!(!seen_by_clerk.contains(&onward.code), "but not the way in");

        let (tenant, again) = (town.authority("nobitz").await, json!({ "case": old.id.0, "to": "lk-altenburger-land" }));
        let now = town.now();
        tenant.write(move |t| t.add_job("transfer", &again, now, None).map(|_| ())).await.expect("a job");
        town.work().await;
        let all = store::CaseFilter { tab: store::Tab::All, size: 50, ..store::CaseFilter::default() };
        let there = town.authority("lk-altenburger-land").await.read(move |t| t.cases(&all)).await.expect("a list");
        assert_eq!(there.rows.iter().filter(|r| r.title == old.title).count(), 1);
        assert_eq!(case_of(&town, "nobitz", &receipt).await.onward, Some(onward));
    }
}

both! {
    /// A question was open when the case was handed over: here nobody waits for it any more. Whoever answers it all the same
    /// gets the words back.
    async fn a_question_does_not_outlive_the_handing_over(town: Town) {
        let mut club = town.club();
        let example = club.example("brauchtumsfeuer", "");
        town.on(example.today);
        let receipt = club.applies("nobitz", "brauchtumsfeuer", &example.answers).await;
        town.work().await;
        let old = case_of(&town, "nobitz", &receipt).await;
        let mut desk = town.clerk("s.krell@nobitz.example").await;
        let ask = [("feld", "contact.phone"), ("grund.contact.phone", "Die Nummer stimmt nicht."), ("bis", "3")];
        assert_eq!(desk.post(&format!("/amt/v/{}/rueckfrage", old.id), &ask).await.status, 303);
        town.pass(2 * 24 * 3600).await;
        let answer = format!("/v/{}/ergaenzen", receipt.reference);
        let opened = [("aktenzeichen", receipt.reference.as_str()), ("zugang", receipt.code.as_str())];
        assert_eq!(club.browser.post("/stand", &opened).await.status, 303);
        assert_eq!(club.browser.get(&answer).await.status, 200);
        let mut desk = town.clerk("s.krell@nobitz.example").await;
        let to = [("an", DISTRICT), ("grund", "Der Platz liegt im Wald.")];
        assert_eq!(desk.post(&format!("/amt/v/{}/abgeben", old.id), &to).await.status, 303);
        let case = case_of(&town, "nobitz", &receipt).await;
        assert_eq!((case.question, case.resting_since, case.rested_days), (None, None, 2));

        let status = club.browser.get(&format!("/v/{}", receipt.reference)).await.text();
        assert!(!status.contains("ergaenzen"), "{status}");
        let typed = [("contact.phone".to_owned(), "03447 555123".to_owned()), ("_text".to_owned(), "Rufen Sie abends an.".to_owned())];
        let late = club.browser.post_form(&answer, &typed, &[]).await;
        let page = late.text();
        assert_eq!(late.status, 409, "{page}");
        assert!(page.contains("Ihre Antwort ist nicht gesendet") && page.contains("03447 555123") && page.contains("Rufen Sie abends an."), "{page}");
    }
}

both! {
    /// Between a worker's look at the case and its word on where it goes on, another worker says so and breaks
    /// off before it has carried the case there: what was said first holds.
    async fn two_workers_hand_over_one_case(town: Town) {
        let mut club = town.club();
        let example = club.example("brauchtumsfeuer", "");
        town.on(example.today);
        let receipt = club.applies("nobitz", "brauchtumsfeuer", &example.answers).await;
        town.work().await;
        let old = case_of(&town, "nobitz", &receipt).await.id;
        let mut desk = town.clerk("s.krell@nobitz.example").await;
        let pairs = [("an", DISTRICT), ("grund", "Der Platz liegt im Wald.")];
        assert_eq!(desk.post(&format!("/amt/v/{old}/abgeben"), &pairs).await.status, 303);
        let (again, now, nobitz) = (json!({ "case": old.0, "to": DISTRICT }), town.now(), town.authority("nobitz").await);
        nobitz.write(move |t| t.add_job("transfer", &again, now, None)).await.expect("a job");
        town.tamper(
            DISTRICT,
            "create trigger shut before insert on delivery_in begin select raise(abort, 'shut'); end;",
            "create function shut() returns trigger language plpgsql as $$ begin raise exception 'shut'; end $$; \
             create trigger shut before insert on delivery_in for each row execute function shut();",
        )
        .await;

        let town = Arc::new(town);
        let (calls, clock, meanwhile) = (AtomicUsize::new(0), town.worker.clock.clone(), Arc::downgrade(&town));
        let worker = Worker {
            // It is asked in the round, at the claim, and when the job has read the case.
            clock: Arc::new(move || {
                if calls.fetch_add(1, Ordering::SeqCst) == 2 {
                    let town = meanwhile.upgrade().expect("the town");
                    tokio::task::block_in_place(|| {
                        tokio::runtime::Handle::current().block_on(async {
                            town.work().await;
                            town.tamper(DISTRICT, "drop trigger shut", "drop trigger shut on delivery_in").await;
                        });
                    });
                }
                clock()
            }),
            condition: Condition::default(),
            ..town.worker.clone()
        };
        worker.run_due().await.expect("the worker works");
        town.pass(120).await;
        let onward = case_of(&town, "nobitz", &receipt).await.onward.expect("where it goes on");
        assert!(onward.arrived);
        let (there, id) = (town.authority(DISTRICT).await, onward.case.clone());
        let case = there.read(move |t| t.case(&id)).await.expect("a look").expect("the case that was announced");
        assert_eq!(case.reference, onward.reference);
    }
}
