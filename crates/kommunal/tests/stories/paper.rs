//! Where the place has not opted in: the same form ends in a printable application, and the wish counts.

use serde_json::Value;

use crate::both;
use crate::town::Town;

both! {
    async fn the_form_ends_in_a_finished_paper_application(town: Town) {
        let mut club = town.club();
        let example = club.example("brauchtumsfeuer", "");
        town.on(example.today);
        let end = club.fill("treben", "brauchtumsfeuer", &example.answers).await;
        assert!(end.ends_with("/pruefen"), "{end}");
        let sent = club.send("treben", "brauchtumsfeuer").await;
        assert_eq!((sent.status, sent.location.as_str()), (303, "/treben/brauchtumsfeuer/antrag/drucken"));
        let page = club.browser.get(&sent.location).await;
        assert_eq!(page.status, 200);
        assert!(page.text().contains("Noch nicht gesendet") && page.text().contains("Pleißenaue"), "the right address");
        // What the register holds is said as such; what nobody told us is called unknown, with a way to find it.
        assert!(page.text().contains("<b>Verwaltungsgemeinschaft Pleißenaue</b><br />04617 Treben<"), "{}", page.text());
        assert!(page.text().contains("eine Zeile dafür frei"));
        for path in ["/treben/brauchtumsfeuer/antrag/drucken", "/treben", "/treben/brauchtumsfeuer", "/treben/sperrzeit"] {
            let text = club.browser.get(path).await.text();
            let known = path.ends_with("sperrzeit");
            assert_eq!(text.contains("stehen im Gemeindeverzeichnis, Straße und Telefon nicht"), !known, "{path}: {text}");
            assert!(known || text.contains("04617 Treben"), "{path}");
        }
        let pdf = club.browser.get("/treben/brauchtumsfeuer/antrag/antrag.pdf").await;
        assert_eq!((pdf.status, pdf.kind.as_str()), (200, "application/pdf"));
        // Counted once, however often it is printed.
        club.browser.get(&sent.location).await;
        let today = town.app.today();
        let place = domain::Ags("16077048".into());
        let rows = town.app.store.demand(&[place], today, today).await.expect("demand");
        assert_eq!(rows.iter().map(|r| r.n).sum::<i64>(), 1);
    }
}

both! {
    /// Nobody is asked for, or told of, what only exists online.
    async fn paper_is_spoken_of_on_paper_only(town: Town) {
        for (place, service) in [
            ("treben", "brauchtumsfeuer"),
            ("treben", "veranstaltungsanzeige"),
            ("treben", "raumnutzung"),
            ("hildburghausen", "sperrzeit"),
        ] {
            let mut club = town.club();
            let mut example = club.example(service, "");
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
            assert!(end.ends_with("/pruefen"), "{end}");
            for id in &club.pages.clone() {
                let page = club.browser.get(&format!("/{place}/{service}/antrag/{id}")).await.text();
                for word in ["delivery.electronic", "unsere Antwort", "Eingangsbestätigung", "Nach dem Absenden"] {
                    assert!(!page.contains(word), "{service}, {id}: {word}");
                }
            }
            let check = club.browser.get(&end).await.text();
            for word in ["Mit dem Absenden", "Später absenden", "Absenden<", "trotzdem senden", "Senden Sie"] {
                assert!(!check.contains(word), "{service}: {word}");
            }
            // Nobody knows here whether a permit is needed: nobody signs that one has to come first.
            assert!(!check.contains("erst, wenn die Erlaubnis da ist"), "{service}");
            assert!(check.contains("Drucken und unterschreiben") && check.contains("Auf dem Antrag unterschreiben Sie: „Wir erklären"), "{service}");
            // Late is said in words for paper, too.
            let day: jiff::civil::Date = example.answers["event"]["date"].as_str().expect("a day").parse().expect("a day");
            town.on(day.yesterday().expect("a day"));
            let check = club.browser.get(&end).await.text();
            assert!(!check.contains("trotzdem senden") && !check.contains("Senden Sie gleich"), "{service}");
            let start = town.browser().get(&format!("/{place}/{service}")).await.text();
            assert!(start.contains("So geht es weiter") && !start.contains("nach dem Absenden"), "{service}");
        }
    }
}
