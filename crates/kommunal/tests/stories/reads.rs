//! The log of acts as people see it: applicants learn who read their case, the lead gets a signed head each morning.

use domain::{AuditHead, SignedHead};

use crate::both;
use crate::decide::case_of;
use crate::town::Town;

const LEAD: &str = "leitung@nobitz.example";
const PAGE: &str = "/amt/einstellungen/protokoll";

both! {
    /// Office and task and no name; off only with a reason that stands there instead.
    async fn applicants_see_which_office_read_and_when(town: Town) {
        let mut club = town.club();
        let example = club.example("brauchtumsfeuer", "");
        town.on(example.today);
        let receipt = club.applies("nobitz", "brauchtumsfeuer", &example.answers).await;
        let path = format!("/v/{}/gelesen", receipt.reference);
        assert!(club.browser.get(&format!("/v/{}", receipt.reference)).await.text().contains("/gelesen"));
        assert!(club.browser.get(&path).await.text().contains("Bisher hat niemand"));
        let case = case_of(&town, "nobitz", &receipt).await;
        let mut desk = town.clerk("s.krell@nobitz.example").await;
        assert_eq!(desk.get(&format!("/amt/v/{}", case.id)).await.status, 200);
        let page = club.browser.get(&path).await.text();
        assert!(page.contains("Sachbearbeitung") && page.contains("alle Angaben") && page.contains(" Uhr"), "{page}");
        assert!(!page.contains("Krell"), "no name");
        let english = club.browser.clone().get(&format!("{path}?sprache=en")).await.text();
        assert!(english.contains("case worker"), "{english}");
        let stranger = town.browser().get(&path).await;
        assert!(!stranger.text().contains("Sachbearbeitung"), "only who has the code");

        let mut lead = town.clerk(LEAD).await;
        assert_eq!(town.clerk("s.krell@nobitz.example").await.get(PAGE).await.status, 403, "the lead's");
        let without = lead.post(PAGE, &[("zeigen", "nein"), ("grund", " ")]).await;
        assert!(without.status == 422 && without.text().contains("in einem Satz"), "{}", without.text());
        let reason = "Im Amt arbeitet nur eine Person; die Liste nennt sie damit beim Namen.";
        assert_eq!(lead.post(PAGE, &[("zeigen", "nein"), ("grund", reason)]).await.status, 303);
        let page = club.browser.get(&path).await.text();
        assert!(page.contains(reason) && !page.contains("Sachbearbeitung"), "{page}");
        let history = lead.get("/amt/einstellungen/verlauf?bereich=reads").await.text();
        assert!(history.contains("abgeschaltet: Im Amt arbeitet"), "{history}");
        assert_eq!(lead.post(PAGE, &[("zeigen", "ja")]).await.status, 303);
        assert!(club.browser.get(&path).await.text().contains("Sachbearbeitung"));
    }
}

both! {
    /// Another office that looks at its own desk stands in the list, and so does a list taken along as a file.
    async fn an_asked_office_and_a_file_are_readers_too(town: Town) {
        let mut club = town.club();
        let example = club.example("brauchtumsfeuer", "");
        town.on(example.today);
        let receipt = club.applies("nobitz", "brauchtumsfeuer", &example.answers).await;
        let path = format!("/v/{}/gelesen", receipt.reference);
        let case = case_of(&town, "nobitz", &receipt).await;
        let mut desk = town.clerk("s.krell@nobitz.example").await;
        let until = web::format::date(town.app.today().saturating_add(jiff::Span::new().days(3)));
        let pairs = [("an", "lk-altenburger-land"), ("frage", "Bedenken?"), ("bis", until.as_str()), ("feld", "event.date")];
        assert_eq!(desk.post(&format!("/amt/v/{}/beteiligen", case.id), &pairs).await.status, 303);
        town.work().await;
        assert!(!club.browser.get(&path).await.text().contains("Landratsamt Altenburger Land"), "nobody has looked yet");
        let mut peer = town.clerk("r.neumann@altenburgerland.example").await;
        let incoming = town.authority("lk-altenburger-land").await.read(|t| t.incoming_consultations()).await.expect("rows");
        for _ in 0..2 {
            assert_eq!(peer.get(&format!("/amt/stellungnahmen/{}", incoming[0].id)).await.status, 200);
        }
        town.work().await;
        let page = club.browser.get(&path).await.text();
        assert_eq!(page.matches("Landratsamt Altenburger Land").count(), 1, "{page}");
        assert!(page.contains("nur die weitergegebenen Angaben") && !page.contains("Zeile in einer Liste"), "{page}");
        let file = desk.get("/amt/eingang.csv").await.text();
        assert!(file.contains(&receipt.reference), "{file}");
        let page = club.browser.get(&path).await.text();
        assert!(page.contains("die Zeile in einer Liste"), "{page}");
    }
}

async fn heads(town: &Town) -> Vec<SignedHead> {
    let mails = town
        .mails("nobitz")
        .await
        .into_iter()
        .filter(|m| m.mail.to == LEAD && m.mail.subject.contains("Prüfwert"));
    mails
        .map(|m| SignedHead::parse(&m.mail.text).unwrap_or_else(|| panic!("no head in {}", m.mail.text)))
        .collect()
}

both! {
    /// Kept, mailed once, printed; and whoever rewrites the log later is found by the mail.
    async fn each_morning_the_lead_gets_a_signed_head(town: Town) {
        town.at("2026-11-24T20:00:00Z");
        let mut club = town.club();
        let example = club.example("brauchtumsfeuer", "");
        club.applies("nobitz", "brauchtumsfeuer", &example.answers).await;
        town.worker.housekeeping(town.now()).await;
        town.at("2026-11-25T06:00:10Z");
        town.work().await;
        // A job is done at least once: the second time changes nothing.
        let (again, now) = (town.authority("nobitz").await, town.now());
        again.write(move |t| t.add_job("audit_head", &serde_json::json!({}), now, None)).await.expect("a job");
        town.work().await;
        let sent = heads(&town).await;
        assert_eq!(sent.len(), 1, "one mail");
        let (head, nobitz) = (sent[0].clone(), town.authority("nobitz").await);
        let key = nobitz.public_key().expect("a key");
        assert!(store::sign::verify(&key, head.statement().as_bytes(), &head.signature));
        let known: AuditHead = head.head;
        assert!(nobitz.read(move |t| t.check_audit(&[known])).await.expect("read").is_ok());
        let page = town.clerk(LEAD).await.get(PAGE).await.text();
        assert!(page.contains(&domain::audit_head::groups(&head.head.hash)), "{page}");

        // A day without a new row but the lead's own log-in: again; then nothing at all: no mail.
        for (evening, morning, mails) in [("2026-11-25T20:00:00Z", "2026-11-26T06:00:10Z", 2), ("2026-11-26T20:00:00Z", "2026-11-27T06:00:10Z", 2)] {
            town.at(evening);
            town.worker.housekeeping(town.now()).await;
            town.at(morning);
            town.work().await;
            assert_eq!(heads(&town).await.len(), mails, "{morning}");
        }
        let change = "update audit set actor = 'niemand' where tenant = 'nobitz' and n = 1";
        town.tamper("nobitz", change, change).await;
        let found = nobitz.read(move |t| t.check_audit(&[known])).await.expect("read");
        assert_eq!(found, Err(store::AuditBreak::Row(1)));
    }
}
