//! What the desk sees and reads: never the applicant's way in, and each act by its own words.

use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::both;
use crate::decide::{basis_of, case_of};
use crate::town::Town;

const KRELL: &str = "s.krell@nobitz.example";

/// The words of a PDF, without its line breaks.
fn words(pdf: &[u8]) -> String {
    let mut run = Command::new("pdftotext")
        .args(["-", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("pdftotext (poppler-utils)");
    run.stdin.take().expect("a pipe").write_all(pdf).expect("written");
    let out = run.wait_with_output().expect("an end");
    String::from_utf8_lossy(&out.stdout)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

both! {
    /// The applicant's receipt holds the access code; the desk has one of its own, without it.
    async fn the_desk_never_sees_the_access_code(town: Town) {
        let mut club = town.club();
        let example = club.example("brauchtumsfeuer", "");
        town.on(example.today);
        let receipt = club.applies("nobitz", "brauchtumsfeuer", &example.answers).await;
        town.work().await;
        let pdf = club.browser.get(&format!("/v/{}/eingang.pdf", receipt.reference)).await;
        assert_eq!(pdf.status, 200);
        assert!(words(&pdf.body).contains(&receipt.code), "the applicant's has it");

        let case = case_of(&town, "nobitz", &receipt).await;
        let id = case.id.clone();
        let letters = town.authority("nobitz").await.read(move |t| t.letters(&id)).await.expect("letters");
        assert_eq!(letters.len(), 2);
        let mut desk = town.clerk(KRELL).await;
        let page = desk.get(&format!("/amt/v/{}", case.id)).await.text();
        assert!(!page.contains(&receipt.code));
        let mut opened = 0;
        for letter in &letters {
            let found = desk.get(&format!("/amt/v/{}/briefe/{}", case.id, letter.id)).await;
            if found.status == 404 {
                assert!(!page.contains(letter.id.as_str()), "no link to what cannot be opened");
                continue;
            }
            opened += 1;
            let text = words(&found.body);
            assert!(text.contains(&receipt.reference) && !text.contains(&receipt.code), "{text}");
            assert!(!text.contains("Zugangscode") && !text.contains("Statusseite"), "{text}");
        }
        assert_eq!(opened, 1);
    }
}

both! {
    /// A hall is promised or declined, a fire by notice is confirmed: in badges, history, undo line and file.
    async fn each_act_has_its_own_words_at_the_desk(town: Town) {
        for (service, way, word, not) in [
            ("raumnutzung", "ablehnen", "Abgesagt", "Abgelehnt"),
            ("raumnutzung", "genehmigen", "Zugesagt", "Genehmigt"),
            ("veranstaltungsanzeige", "genehmigen", "Bestätigt", "Genehmigt"),
            ("veranstaltungsanzeige", "ablehnen", "Untersagt", "Abgelehnt"),
        ] {
            let mut club = town.club();
            let example = club.example(service, "");
            town.on(example.today);
            let receipt = club.applies("nobitz", service, &example.answers).await;
            let case = case_of(&town, "nobitz", &receipt).await;
            // The clock has moved: a session of then is over.
            let mut desk = town.clerk(KRELL).await;
            let path = format!("/amt/v/{}", case.id);
            let basis = basis_of(&town, &case).await;
            let pairs: &[_] = if way == "ablehnen" { &[("_form", basis.as_str()), ("grund", "Es geht nicht.")] } else { &[] };
            let sent = desk.post(&format!("{path}/{way}"), pairs).await;
            assert_eq!(sent.status, 303, "{service} {way}: {}", sent.text());
            let undo = desk.get(&sent.location).await.text();
            assert!(undo.contains(word), "{service} {way}: the undo line");
            town.pass(11).await;
            let page = desk.get(&path).await.text();
            assert!(page.contains(&format!("<b>{word}</b>")), "{service} {way}: the history");
            assert!(page.contains(&word.to_lowercase()), "{service} {way}: the badge");
            assert!(!page.contains(not) && !page.contains(&not.to_lowercase()), "{service} {way}: {page}");
            let found = desk.post("/amt/eingang", &[("ansicht", "entschieden"), ("q", &receipt.reference)]).await;
            let list = desk.get(&found.location).await.text();
            assert!(list.contains(&word.to_lowercase()) && !list.contains(&not.to_lowercase()), "{service} {way}: the list");
            let csv = desk.get(&format!("/amt/eingang.csv?ansicht=entschieden&q={}", receipt.reference)).await.text();
            assert!(csv.contains(word) && !csv.contains(not), "{service} {way}: {csv}");
        }
    }
}

both! {
    /// Files are read apart from the writing: whoever sends something in does not wait for a large one.
    async fn files_are_read_without_the_writers_turn(town: Town) {
        let mut club = town.club();
        let example = club.example("brauchtumsfeuer", "");
        town.on(example.today);
        let receipt = club.applies("nobitz", "brauchtumsfeuer", &example.answers).await;
        let case = case_of(&town, "nobitz", &receipt).await;
        let mut desk = town.clerk(KRELL).await;
        let tenant = town.authority("nobitz").await;
        let (open, gate) = std::sync::mpsc::channel::<()>();
        let (begun, started) = tokio::sync::oneshot::channel();
        let writer = tokio::spawn(async move {
            let work = move |_: &mut store::TenantTx<'_>| {
                let _told = begun.send(());
                let _opened = gate.recv_timeout(std::time::Duration::from_secs(20));
                Ok::<_, store::Error>(())
            };
            tenant.write(work).await
        });
        started.await.expect("the writer has begun");
        for kind in ["unterlagen", "briefe"] {
            let path = format!("/amt/v/{}/{kind}/{}", case.id, "0".repeat(32));
            let asked = tokio::time::timeout(std::time::Duration::from_secs(10), desk.get(&path)).await;
            assert_eq!(asked.expect("read while somebody writes").status, 404, "{kind}");
        }
        open.send(()).expect("the writer waits");
        writer.await.expect("the writer").expect("written");
    }
}

both! {
    /// A refusal shortly before the event does not lie unread: the mail, the status page and the desk say that it
    /// is urgent. The interface for programs calls it as the status page does.
    async fn an_urgent_refusal_is_said_at_once(town: Town) {
        let mut club = town.club();
        let example = club.example("veranstaltungsanzeige", "");
        let mut answers = example.answers.clone();
        answers["delivery"] = serde_json::json!({ "electronic": true });
        let day: jiff::civil::Date = answers["event"]["date"].as_str().expect("a day").parse().expect("a day");
        town.on(day.saturating_add(jiff::Span::new().days(-9)));
        let receipt = club.applies("nobitz", "veranstaltungsanzeige", &answers).await;
        let case = case_of(&town, "nobitz", &receipt).await;
        let mut desk = town.clerk(KRELL).await;
        let at = format!("/amt/v/{}", case.id);
        let basis = basis_of(&town, &case).await;
        let pairs = [("_form", basis.as_str()), ("grund", "Der Platz ist gesperrt.")];
        assert_eq!(desk.post(&format!("{at}/ablehnen"), &pairs).await.status, 303);
        town.pass(11).await;
        town.work().await;
        let mails = town.mails("nobitz").await;
        let told = mails.iter().find(|m| m.mail.subject.starts_with("Es eilt: ")).expect("an urgent mail");
        let when = schema::show::format::long_date(day, schema::Lang::De);
        assert!(told.mail.text.replace('\n', " ").contains(&format!("Ihr Termin ist am {when}")), "{}", told.mail.text);
        let status = club.browser.get(&format!("/v/{}", receipt.reference)).await.text();
        assert!(status.contains("Es eilt: Ihr Termin ist am") && !status.contains("Öffnen Sie den Brief bis"), "{status}");
        let page = desk.get(&at).await.text();
        let phone = answers["contact"]["phone"].as_str().expect("a phone");
        assert!(page.contains("Rufen Sie an, damit die Entscheidung rechtzeitig ankommt") && page.contains(phone), "{page}");
        let bearer = format!("Bearer {}", receipt.code);
        let request = town.browser().request("GET", &format!("/api/v1/applications/{}", receipt.reference));
        let request = request.header("authorization", bearer).body(axum::body::Body::empty()).expect("a request");
        let seen = town.browser().send(request).await.text();
        assert!(seen.contains("\"text\":\"Untersagt\"") && !seen.contains("Abgelehnt"), "{seen}");
    }
}
