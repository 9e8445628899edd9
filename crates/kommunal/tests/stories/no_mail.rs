//! Whoever has no e-mail gets to the end too: on paper, and online with an answer by post.

use serde_json::Value;

use crate::actors::errors;
use crate::both;
use crate::decide::case_of;
use crate::town::Town;

const WITHOUT: &str = "Ohne E-Mail-Adresse";
const SERVICES: [&str; 4] = ["brauchtumsfeuer", "veranstaltungsanzeige", "raumnutzung", "sperrzeit"];

both! {
    /// By post nothing is promised by mail, nobody is mailed, and every job is done.
    async fn the_answer_comes_by_post(town: Town) {
        let mut club = town.club();
        let example = club.example("brauchtumsfeuer", WITHOUT);
        town.on(example.today);
        let end = club.fill("nobitz", "brauchtumsfeuer", &example.answers).await;
        let sent = club.send("nobitz", "brauchtumsfeuer").await;
        assert_eq!(sent.status, 303, "{end}: {}", errors(&sent.text()));
        let page = club.browser.get(&sent.location).await;
        let (text, reference) = (page.text(), page.after("data-reference>"));
        assert!(text.contains("Eingegangen bei der Gemeinde Nobitz") && !text.contains("Eine Bestätigung geht an"), "{text}");
        town.work().await;
        let status = club.browser.get(&format!("/v/{reference}")).await;
        assert_eq!(status.status, 200);
        assert!(!status.text().contains("E-Mail") && !status.text().contains("@lindenhof"), "{}", status.text());

        let receipt = crate::actors::Receipt { reference: reference.clone(), code: String::new() };
        let case = case_of(&town, "nobitz", &receipt).await;
        assert!(case.email.is_none() && !case.electronic, "{case:?}");
        assert!(town.mails("nobitz").await.iter().all(|m| !m.mail.subject.contains(&reference)));
        let tenant = town.authority("nobitz").await;
        let dead = tenant.read(|t| t.dead_job_count()).await.expect("a look");
        assert_eq!(dead, 0);

        // Asked back, the desk prints.
        let mut desk = town.clerk("s.krell@nobitz.example").await;
        let asked = desk.post(&format!("/amt/v/{}/rueckfrage", case.id), &[("text", "Wie hoch wird es?"), ("bis", "2")]).await;
        assert_eq!(asked.status, 303, "{}", asked.text());
        let text = desk.get(&asked.location).await.text();
        assert!(text.contains("Es gibt keine E-Mail-Adresse: Drucken Sie die Rückfrage"), "{text}");
    }
}

both! {
    /// Online it is asked for, at its field and with its own sentence; by post the same page goes on.
    async fn an_answer_online_needs_an_email(town: Town) {
        for service in SERVICES {
            let mut club = town.club();
            let mut example = club.example(service, WITHOUT);
            town.on(example.today);
            let end = club.fill("nobitz", service, &example.answers).await;
            // Sperrzeit belongs to the district, which is open online too.
            assert!(end.ends_with("/pruefen"), "{service}: {end}");
            example.answers["delivery"]["electronic"] = true.into();
            let definition = town.app.services.latest(service).expect("the service");
            let page = definition.form.pages.iter().find(|p| p.id == "contact").expect("the page");
            let path = format!("/nobitz/{service}/antrag/contact");
            let refused = club.answers_page(&path, page, &example.answers).await;
            assert_eq!(refused.status, 422, "{service}");
            let text = refused.text();
            assert!(errors(&text).contains("brauchen wir eine E-Mail-Adresse") && text.contains("href=\"#contact-email\""), "{service}: {text}");
            example.answers["contact"]["email"] = "vorstand@lindenhof.example".into();
            let taken = club.answers_page(&path, page, &example.answers).await;
            assert_eq!(taken.status, 303, "{service}: {}", errors(&taken.text()));
        }
    }
}

both! {
    /// What is printed, signed and posted is answered by post.
    async fn on_paper_it_is_nobodys_business(town: Town) {
        for (place, service) in [
            ("treben", "brauchtumsfeuer"),
            ("treben", "veranstaltungsanzeige"),
            ("treben", "raumnutzung"),
            ("hildburghausen", "sperrzeit"),
        ] {
            let mut club = town.club();
            let mut example = club.example(service, WITHOUT);
            town.on(example.today);
            // No pin: it would lie in another place.
            for group in ["fire", "place"] {
                if let Some(answers) = example.answers.get_mut(group).and_then(Value::as_object_mut) {
                    answers.remove("point");
                }
            }
            if service == "raumnutzung" {
                example.answers["hire"]["room_name"] = "Dorfgemeinschaftshaus".into();
            }
            let end = club.fill(place, service, &example.answers).await;
            assert!(end.ends_with("/pruefen"), "{service}: {end}");
            let sent = club.send(place, service).await;
            assert_eq!((sent.status, sent.location.as_str()), (303, &*format!("/{place}/{service}/antrag/drucken")), "{service}");
            let pdf = club.browser.get(&format!("/{place}/{service}/antrag/antrag.pdf")).await;
            assert_eq!((pdf.status, pdf.kind.as_str()), (200, "application/pdf"), "{service}");
        }
    }
}
