//! The pages before an application: names of places and districts, a service without a place, the law that is shown.

use crate::both;
use crate::town::Town;

/// The page without the no-break spaces and escapes that only the browser needs.
async fn page(town: &Town, path: &str) -> String {
    let text = town.browser().get(path).await.text();
    text.replace('\u{a0}', " ").replace("&#x2f;", "/")
}

both! {
    /// No name says a thing twice: not the district, not the authority, not the line that tells places apart.
    async fn names_say_things_once(town: Town) {
        let found = page(&town, "/suche?q=ilmenau").await;
        assert!(found.contains("Stadt, 98693, Ilm-Kreis<"), "{found}");
        let found = page(&town, "/suche?q=nobitz").await;
        assert!(found.contains("Gemeinde, 04603, Landkreis Altenburger Land<"), "{found}");
        let found = page(&town, "/suche?q=jena").await;
        assert!(found.contains("kreisfreie Stadt, 07743<") && !found.contains("Jena, Stadt"), "{found}");
        // A name of its own needs no line below it; one that two places share does.
        let gotha = page(&town, "/gotha").await;
        assert!(!gotha.contains("Landkreis Gotha"), "{gotha}");
        assert!(gotha.contains("In Gotha entscheidet: Stadt Gotha.") && !gotha.contains("Manches entscheidet:"), "{gotha}");
        let elxleben = page(&town, "/elxleben-ilm-kreis").await;
        assert!(elxleben.contains("Gemeinde, 99334, Ilm-Kreis"), "{elxleben}");
        assert!(page(&town, "/nobitz").await.contains("Manches entscheidet: Landratsamt Altenburger Land"));
    }
}

both! {
    /// A service without a place says what it is and asks for the place; the place leads to the service there.
    async fn a_service_asks_for_its_place(town: Town) {
        for service in ["brauchtumsfeuer", "raumnutzung", "sperrzeit", "veranstaltungsanzeige"] {
            let text = page(&town, &format!("/leistung/{service}")).await;
            assert!(text.contains("In welchem Ort?") && text.contains("etwa ") && text.contains("Das sollten Sie wissen"), "{text}");
            assert!(!text.contains('{') && !text.contains("Anträge an Ihre Gemeinde"), "{service}: {text}");
        }
        let found = page(&town, "/leistung/brauchtumsfeuer?q=nobitz").await;
        assert!(found.contains("Brauchtumsfeuer anzeigen</h1>") && found.contains("href=\"/nobitz/brauchtumsfeuer\""), "{found}");
    }
}

both! {
    /// Law that nobody has confirmed is not told to the public; the settings show it, marked.
    async fn only_confirmed_law_is_public(town: Town) {
        let text = page(&town, "/nobitz/sperrzeit").await;
        assert!(text.contains("ThürGastG") && text.contains("Rechtsgrundlage"), "{text}");
        for open in ["TA Lärm", "Praxis der Gewerbebehörden", "bestätigt)"] {
            assert!(!text.contains(open), "„{open}“ is public");
        }
        let mut lead = town.clerk("leitung@nobitz.example").await;
        let settings = lead.get("/amt/store/brauchtumsfeuer/regeln").await.text();
        assert!(settings.contains("Vorschlag aus Verordnungen anderer") && settings.contains("(unbestätigt"), "{settings}");
    }
}

both! {
    /// What is free depends on the place: where it has set that, the page says it as it is.
    async fn what_is_free_is_said_as_the_place_set_it(town: Town) {
        let known = page(&town, "/nobitz/brauchtumsfeuer").await;
        assert!(known.contains("für eine Feuerschale bis 100 cm Durchmesser") && !known.contains("wenn Ihre Gemeinde"), "{known}");
        for path in ["/goersbach/brauchtumsfeuer", "/leistung/brauchtumsfeuer"] {
            let unknown = page(&town, path).await;
            assert!(unknown.contains("für eine Feuerschale, wenn Ihre Gemeinde sie freigibt"), "{path}: {unknown}");
        }
    }
}

both! {
    /// Where nobody told us the local rules, the page claims none of them, and nothing that only holds online.
    async fn an_unknown_place_promises_nothing(town: Town) {
        let text = page(&town, "/goersbach/brauchtumsfeuer").await;
        assert!(text.contains("<h1 class=\"kern-heading-large\">Brauchtumsfeuer</h1>"), "{text}");
        for wanted in ["Was Görsbach dazu selbst festlegt, wissen wir nicht.", "nennt das Amt", "Erst dann weiß das Amt davon.", "Antrag ausfüllen", "Ein privates Feuer im Garten"] {
            assert!(text.contains(wanted), "„{wanted}“ is missing: {text}");
        }
        for claim in ["brauchen Sie eine Erlaubnis", "genügt eine Anzeige", "Eingangsbestätigung", "Lieber auf Papier?"] {
            assert!(!text.contains(claim), "„{claim}“ is said: {text}");
        }
        let known = page(&town, "/nobitz/brauchtumsfeuer").await;
        assert!(known.contains("genügt eine Anzeige") && known.contains("Eingangsbestätigung") && !known.contains("wissen wir nicht"), "{known}");
    }
}

both! {
    /// Whoever types a village or an unknown postcode is told where it stands, and has ways on.
    async fn a_search_never_ends_in_nothing(town: Town) {
        for q in ["noebdenitz", "xyzxyzxyz"] {
            let found = page(&town, &format!("/suche?q={q}")).await;
            for word in ["frühere Gemeinden stehen unter dem Namen der heutigen Gemeinde", "auf der Karte", "href=\"/karte\""] {
                assert!(found.contains(word), "{q}: {word}: {found}");
            }
        }
        let missing = page(&town, "/noebdenitz").await;
        assert!(missing.contains("frühere Gemeinden stehen unter dem Namen") && missing.contains("href=\"/karte\""), "{missing}");
        let found = page(&town, "/suche?q=99099").await;
        assert!(found.find("<b>Erfurt<").is_some_and(|erfurt| found.find("<b>Dachwig<").is_none_or(|other| erfurt < other)), "{found}");
        assert!(found.contains("nennt je Ort nur die Postleitzahl des Rathauses"), "{found}");
    }
}

both! {
    /// A point in another place is told of beside the map as soon as it is set, with the way to the same service there.
    async fn a_point_elsewhere_names_its_place(town: Town) {
        let mut club = town.club();
        let example = club.example("brauchtumsfeuer", "");
        town.on(example.today);
        let end = club.fill("nobitz", "brauchtumsfeuer", &example.answers).await;
        assert!(end.ends_with("/pruefen"), "{end}");
        let definition = town.app.services.latest("brauchtumsfeuer").expect("the service");
        let asks = |p: &&schema::Page| p.questions.iter().any(|q| q.id == "place.point");
        let form = definition.form.pages.iter().find(asks).expect("a page with the map");
        let path = format!("/nobitz/brauchtumsfeuer/antrag/{}", form.id);
        let pin = |lat: &str, lon: &str, more: &[(&str, &str)]| {
            let mut pairs = vec![("place.point.lat".to_owned(), lat.to_owned()), ("place.point.lon".to_owned(), lon.to_owned())];
            pairs.extend(more.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())));
            pairs
        };
        // The same finger on a phone and on a wide screen: the same point, kept to the metre that the page posts again.
        let mut kept = Vec::new();
        for (width, x, y) in [(340, "170", "126"), (500, "250", "185")] {
            let name = |axis: &str| format!("place.point.karte{width}.{axis}");
            let tapped = club.browser.post_form(&path, &[(name("x"), x.to_owned()), (name("y"), y.to_owned())], &[]).await;
            assert_eq!(tapped.status, 200);
            let text = tapped.text();
            let value = |part: &str| text.split(&format!("name=\"place.point.{part}\" value=\"")).nth(1).and_then(|v| v.split('"').next()).and_then(|v| v.parse::<f64>().ok()).expect("a point");
            kept.push((value("lat"), value("lon")));
            let draft = club.browser.get(&path).await.text();
            let mark = |page: &str| page.split("name=\"_stand\" value=\"").nth(1).and_then(|v| v.split('"').next()).map(str::to_owned);
            assert!(mark(&text).is_some());
            assert_eq!(mark(&draft), mark(&text), "what was kept is what the page shows");
        }
        assert!((kept[0].0 - kept[1].0).abs() < 2e-3 && (kept[0].1 - kept[1].1).abs() < 2e-3, "{kept:?}");
        // Names stand in the page, in its own letters: a picture has none.
        assert!(club.browser.get(&path).await.text().contains(">Nobitz</text>"));
        assert!(!club.browser.get("/kartenbild/16077036/0-0-0.svg").await.text().contains("<text"));
        // In the middle of Altenburg; only the zoom was pressed.
        let set = club.browser.post_form(&path, &pin("50.985", "12.435", &[("_karte", "place.point:weiter")]), &[]).await;
        let text = set.text().replace("&#x2f;", "/");
        assert!(set.status == 200 && text.contains("Der Punkt liegt in Altenburg, nicht in Nobitz."), "{text}");
        assert!(text.contains("name=\"_anderswo\"") && !text.contains("Punkt gesetzt in"), "{text}");
        let mut wrong = example.answers.clone();
        wrong["place"]["point"] = serde_json::json!({ "lat": "50.985", "lon": "12.435" });
        let error = club.answers_page(&path, form, &wrong).await;
        let text = error.text().replace("&#x2f;", "/");
        assert!(error.status == 422 && text.matches("Der Punkt liegt in Altenburg, nicht in Nobitz.").count() == 2, "{text}");
        assert!(text.contains("name=\"_anderswo\"") && text.contains("In Altenburg weitermachen"));
        let check = club.browser.get("/nobitz/brauchtumsfeuer/antrag/pruefen").await.text();
        assert!(check.contains("Der Punkt liegt in Altenburg, nicht in Nobitz."), "{check}");
        // On in the other place, with every answer that holds there.
        let mut moving = town.club();
        moving.fill("nobitz", "brauchtumsfeuer", &example.answers).await;
        let went = moving.browser.post_form(&path, &pin("50.985", "12.435", &[("_anderswo", "1"), ("place.description", "Wiese am Großen Teich")]), &[]).await;
        assert_eq!((went.status, went.location.as_str()), (303, "/altenburg/brauchtumsfeuer/antrag"), "{}", crate::actors::errors(&went.text()));
        assert_eq!(moving.browser.get(&went.location).await.location, "/altenburg/brauchtumsfeuer/antrag", "the draft is taken in there");
        let place = moving.browser.get(&format!("/altenburg/brauchtumsfeuer/antrag/{}", form.id)).await.text();
        assert!(place.contains("Wiese am Großen Teich") && place.contains("value=\"50.98500\""), "{place}");
        let date = moving.browser.get("/altenburg/brauchtumsfeuer/antrag/date").await.text();
        let day = domain::assess::event_day(&definition, &example.answers).expect("a day");
        assert!(date.contains(&schema::show::format::date(day, schema::Lang::De)), "{date}");
        // Back and there once more: what is begun there goes on, with the new point.
        let there = format!("/altenburg/brauchtumsfeuer/antrag/{}", form.id);
        moving.browser.post_form(&there, &pin("50.985", "12.435", &[("place.description", "Am Bootshaus")]), &[]).await;
        let again = moving.browser.post_form(&path, &pin("50.99", "12.44", &[("_anderswo", "1"), ("place.description", "Wiese am Großen Teich")]), &[]).await;
        assert_eq!((again.status, again.location.as_str()), (303, went.location.as_str()));
        moving.browser.get(&again.location).await;
        let place = moving.browser.get(&there).await.text();
        assert!(place.contains("Am Bootshaus") && place.contains("value=\"50.99000\""), "{place}");
        // Outside the state there is no other place to name.
        let far = club.browser.post_form(&path, &pin("52.5", "13.4", &[("_karte", "place.point:weiter")]), &[]).await.text();
        assert!(far.contains("in keinem anderen Ort Thüringens"), "{far}");
    }
}

both! {
    /// What a room costs stands at the room once it is known who hires, and the sum once the times are known.
    async fn a_price_is_said_as_soon_as_it_is_known(town: Town) {
        let mut club = town.club();
        let example = club.example("raumnutzung", "");
        town.on(example.today);
        let start = page(&town, "/nobitz/raumnutzung").await;
        assert!(start.contains("je nach Raum, ab 20,00 € am Tag"), "{start}");
        let definition = town.app.services.latest("raumnutzung").expect("the service");
        let form = |id: &str| definition.form.pages.iter().find(|p| p.id == id).expect("a page");
        let base = "/nobitz/raumnutzung/antrag";
        let first = club.browser.get(&format!("{base}/who")).await.text();
        assert!(!first.contains("am Tag"), "{first}");
        club.answers_page(&format!("{base}/who"), form("who"), &example.answers).await;
        let words = |text: String| text.replace('\u{a0}', " ");
        let rooms = words(club.browser.get(&format!("{base}/room")).await.text());
        assert!(rooms.contains("60,00 € am Tag oder 12,00 € je Stunde"), "{rooms}");
        assert!(!rooms.contains("120,00 €"), "only the own class: {rooms}");
        // Scripts get it before anything is saved.
        let pairs = [("hire.room".to_owned(), "saal-ehrenhain".to_owned()), ("_zeigen".to_owned(), "1".to_owned())];
        let live = words(club.browser.post_form(&format!("{base}/room"), &pairs, &[]).await.text());
        assert!(live.contains("Saal Ehrenhain: 60,00 € am Tag") && live.contains("Kaution von 150,00 €"), "{live}");
        club.answers_page(&format!("{base}/room"), form("room"), &example.answers).await;
        let date = words(club.browser.get(&format!("{base}/date")).await.text());
        assert!(date.contains("Saal Ehrenhain: 60,00 € am Tag") && date.contains("sobald Ihre Zeiten feststehen"), "{date}");
        club.fill("nobitz", "raumnutzung", &example.answers).await;
        let usage = words(club.browser.get(&format!("{base}/use")).await.text());
        let check = words(club.browser.get(&format!("{base}/pruefen")).await.text());
        let sum = usage.split("Voraussichtliche Kosten: ").nth(1).and_then(|t| t.split(" €").next()).expect("a sum");
        assert!(check.contains(&format!("Voraussichtliche Kosten: {sum} €")) && check.contains("Kosten zusammen"), "{sum}: {check}");
        // On paper the office names the price.
        let paper = page(&town, "/treben/raumnutzung/antrag/who").await;
        assert!(!paper.contains("data-price"), "{paper}");
    }
}

both! {
    /// What an authority has not entered is said on the pages about privacy and imprint; what it has, stands there.
    async fn privacy_says_what_is_not_set(town: Town) {
        for (path, said) in [
            ("/nobitz/datenschutz", "bewahrt das Amt Ihren Vorgang auf: noch nicht eingetragen"),
            ("/datenschutz", "bewahrt das Amt Ihren Vorgang auf: noch nicht eingetragen"),
            // The operator's own, by the configuration.
            ("/datenschutz", "Herr Muster, 0361 1234-9"),
            ("/datenschutz", "Zweckverband Rechenzentrum"),
            ("/impressum", "Zweckverband Rechenzentrum"),
            ("/impressum", "Beispielweg 1, 99084 Erfurt"),
            ("/impressum", "0361 1234-0"),
        ] {
            let text = page(&town, path).await;
            assert!(text.contains(said), "{path}: {text}");
        }
        assert!(!page(&town, "/nobitz/impressum").await.contains("noch nicht eingetragen"));
        let mut lead = town.clerk("leitung@nobitz.example").await;
        let fields = [
            ("name", "Gemeinde Nobitz"), ("strasse", "Bachstraße 1"), ("plz", "04603"), ("ort", "Nobitz"), ("telefon", "03447 1234-20"),
            ("email", "amt@nobitz.example"), ("datenschutz", "Frau Beispiel, datenschutz@nobitz.example"), ("aufheben", "bis zum Ende des Jahres danach"),
        ];
        let saved = lead.post("/amt/einstellungen/kontakt", &fields).await;
        assert_eq!(saved.status, 303, "{}", saved.text());
        let text = page(&town, "/nobitz/datenschutz").await;
        assert!(text.contains("datenschutz@nobitz.example") && text.contains("bis zum Ende des Jahres danach"), "{text}");

        // An authority of the state that has a desk here answers for the pages without a place.
        let state = store::Authority {
            id: "freistaat".into(), name: "Landesrechenzentrum".into(), level: "state".into(), codes: Vec::new(), created_at: town.now(),
        };
        let desk = town.app.store.create_tenant(state).await.expect("an authority");
        assert!(page(&town, "/impressum").await.contains("Zweckverband"), "it has not said anything yet");
        let office = domain::office::Office { street: "Landweg 7".into(), phone: "0361 9999".into(), ..Default::default() };
        let (office, now) = (serde_json::to_value(office).expect("json"), town.now());
        desk.write(move |t| t.set_office("", &office, "lead", now)).await.expect("saved");
        let text = page(&town, "/impressum").await;
        assert!(text.contains("Landesrechenzentrum") && text.contains("Landweg 7") && !text.contains("Zweckverband"), "{text}");
    }
}
