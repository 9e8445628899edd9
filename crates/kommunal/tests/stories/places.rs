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
        assert!(gotha.contains("Zuständig für Gotha ist diese Stelle: Stadt Gotha.") && !gotha.contains("Für manches"), "{gotha}");
        let elxleben = page(&town, "/elxleben-ilm-kreis").await;
        assert!(elxleben.contains("Gemeinde, 99334, Ilm-Kreis"), "{elxleben}");
        assert!(page(&town, "/nobitz").await.contains("Für manches ist es diese: Landratsamt Altenburger Land"));
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
        let settings = lead.get("/amt/einstellungen/leistungen/brauchtumsfeuer").await.text();
        assert!(settings.contains("Vorschlag aus Verordnungen anderer") && settings.contains("(unbestätigt"), "{settings}");
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
