//! An application that came on paper or by phone: a clerk types it in for somebody else.

use crate::actors::{Browser, Club};
use crate::both;
use crate::town::Town;

const KRELL: &str = "s.krell@nobitz.example";
const FORM: &str = "/nobitz/brauchtumsfeuer";

/// Opens the form for what came on paper on `day`.
async fn open(desk: &mut Browser, town: &Town, day: &str) {
    let place = &town.app.place("nobitz").expect("a place").municipality.ags;
    let pairs = [
        ("ort", place.as_str()),
        ("leistung", "brauchtumsfeuer"),
        ("weg", "paper"),
        ("eingang", day),
    ];
    let opened = desk.post("/amt/neu", &pairs).await;
    assert_eq!(
        (opened.status, opened.location.as_str()),
        (303, &*format!("{FORM}/antrag")),
        "{}",
        opened.text()
    );
}

/// As people read it.
fn plain(text: &str) -> String {
    text.replace("&#x2f;", "/").replace('\u{a0}', " ")
}

both! {
    /// Who has no e-mail is answered by post; the receipt names the day that was typed, no hour and no day that is over.
    async fn a_paper_application_needs_no_email(town: Town) {
        let mut example = town.club().example("brauchtumsfeuer", "");
        example.answers["contact"].as_object_mut().expect("a contact").remove("email");
        example.answers["delivery"]["electronic"] = true.into();
        let received = example.today;
        town.on(received.saturating_add(jiff::Span::new().days(60)));
        let mut desk = town.clerk(KRELL).await;
        let day = web::format::date(received);
        open(&mut desk, &town, &day).await;

        let mut club = Club::new(desk, town.app.clone());
        let end = club.fill("nobitz", "brauchtumsfeuer", &example.answers).await;
        assert!(end.ends_with("/pruefen"), "{end}");
        let whose = example.answers["club"]["name"].as_str().expect("a name").to_owned();
        for page in [club.pages[0].clone(), club.pages[3].clone(), "pruefen".into()] {
            let text = plain(&club.browser.get(&format!("{FORM}/antrag/{page}")).await.text());
            assert!(text.contains("Sie geben einen Antrag ein, der auf Papier kam."), "{page}: {text}");
            assert!(text.contains(&format!("Er ist von: {whose}. Eingang am {day}.")), "{page}: {text}");
        }
        let check = plain(&club.browser.get(&format!("{FORM}/antrag/pruefen")).await.text());
        for words in ["Vorgang anlegen", "So steht es im Antrag auf Papier.", "bei Ihnen im Eingang"] {
            assert!(check.contains(words), "{words}: {check}");
        }
        for words in ["erklären Sie", "absenden", "Ihre Daten verwenden"] {
            assert!(!check.contains(words), "{words}: {check}");
        }
        let sent = club.send("nobitz", "brauchtumsfeuer").await;
        assert!(sent.location.starts_with("/amt/v/NOB-FEUER-"), "{} {}", sent.status, sent.location);
        // The receipt is being printed: the page names no place where it is not yet.
        let landed = club.browser.get(&sent.location).await.location;
        let page = plain(&club.browser.get(&landed).await.text());
        assert!(page.contains("wird gerade erstellt") && !page.contains("Briefe und Zustellung"), "{page}");
        town.work().await;
        let page = plain(&club.browser.get(&landed).await.text());
        assert!(page.contains("steht unter „Briefe und Zustellung“") && page.contains("id=\"zu\""), "{page}");
        let to = club.browser.get(&sent.location).await.location;
        let id = domain::CaseId(to.split(['/', '?']).nth(3).expect("an id").to_owned());

        let tenant = town.authority("nobitz").await;
        let case = tenant.read(move |t| t.case(&id)).await.expect("a look").expect("the case");
        assert!(case.email.is_none() && !case.electronic, "by post: {case:?}");
        let text = plain(&club.browser.get(&to).await.text());
        assert!(text.contains(&format!("eingegangen {day}, Papier")), "{text}");
        assert!(text.contains(&format!("Auf Papier am {day}, hier eingegeben")), "{text}");
        let letter = domain::letter::letter_job(
            domain::letter::LetterKind::Receipt, &case, &town.app.services.latest("brauchtumsfeuer").expect("a service"),
            &town.app.offer("nobitz", "brauchtumsfeuer").await.expect("an offer").context(&town.app, schema::Lang::De),
            &domain::office::Office::default(), "Gemeinde Nobitz", &domain::letter::Extra::default(), town.now(),
        )["data"].to_string();
        assert!(letter.contains(&web::format::long_date(received, schema::Lang::De)) && !letter.contains("12:00"), "{letter}");
        assert!(letter.contains("so bald wie möglich") && !letter.contains("möchten bis"), "{letter}");

        // Asked back, nobody is mailed: the desk says what to do.
        assert!(town.mails("nobitz").await.iter().all(|m| !m.mail.subject.contains(&case.reference)));
        let asked = club.browser.post(&format!("/amt/v/{}/rueckfrage", case.id), &[("text", "Wie hoch wird es?"), ("bis", "2")]).await;
        assert_eq!(asked.status, 303, "{}", asked.text());
        let text = club.browser.get(&asked.location).await.text();
        assert!(text.contains("Es gibt keine E-Mail-Adresse: Drucken Sie die Rückfrage, die gleich"), "{text}");
    }
}

both! {
    /// The cookie is no right: without a clerk's session nothing is sent, and online an e-mail is asked for as ever.
    async fn nobody_else_does_without_an_email(town: Town) {
        let mut example = town.club().example("brauchtumsfeuer", "");
        town.on(example.today);
        let mut desk = town.clerk(KRELL).await;
        open(&mut desk, &town, &web::format::date(example.today)).await;
        example.answers["contact"].as_object_mut().expect("a contact").remove("email");
        let mut club = Club::new(desk, town.app.clone());
        club.fill("nobitz", "brauchtumsfeuer", &example.answers).await;
        club.browser.forget("sitzung");
        let sent = club.send("nobitz", "brauchtumsfeuer").await;
        assert!(!sent.location.starts_with("/amt/v/") && !sent.location.starts_with("/v/"), "{}", sent.location);

        club.browser.forget("erfassung");
        let page = club.browser.get(&format!("{FORM}/antrag/pruefen")).await;
        assert!(!page.text().contains("auf Papier kam"));
        assert_eq!(club.send("nobitz", "brauchtumsfeuer").await.status, 422);
    }
}
