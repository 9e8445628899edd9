//! Leichte Sprache through the whole product: easy words where there are some, German ones where not, lines and bold
//! words on pages and nowhere else, and German in whatever an office reads.

use crate::both;
use crate::decide::case_of;
use crate::town::Town;

const EASY: &str = "?sprache=de-leicht";

/// The marks of the texts, which no page shows.
fn has_marks(text: &str) -> bool {
    text.contains(['\u{2028}', '\u{2063}'])
}

both! {
    async fn an_applicant_reads_easy_words_and_the_office_german_ones(town: Town) {
        let mut club = town.club();
        let example = club.example("brauchtumsfeuer", "");
        town.on(example.today);
        let page = club.browser.get(&format!("/nobitz/brauchtumsfeuer{EASY}")).await.text();
        assert!(page.contains("<html lang=\"de-simple\"") && page.contains("class=\"kc-ls\""), "{page}");
        assert!(page.contains("Sie machen ein großes Feuer?<span class=\"kc-ls__line\"><br /></span>"), "a line each: {page}");
        assert!(page.contains("Es ist <b>kein</b> Brauchtums-Feuer."), "{page}");
        assert!(!has_marks(&page), "{page}");
        for (other, name) in [("de", "Deutsch"), ("en", "English")] {
            let link = format!("?sprache={other}\"");
            assert!(page.matches(&link).count() >= 2 && page.contains(name), "in head and foot: {page}");
        }
        // The cookie keeps the language through the form to the status.
        let receipt = club.applies("nobitz", "brauchtumsfeuer", &example.answers).await;
        let status = club.browser.get(&format!("/v/{}", receipt.reference)).await.text();
        assert!(status.contains("lang=\"de-simple\"") && status.contains("Brauchtums-Feuer am ") && !has_marks(&status), "{status}");
        let answers = club.browser.get(&format!("/v/{}/angaben", receipt.reference)).await.text();
        assert!(answers.contains("180\u{a0}m"), "numbers as in German: {answers}");

        let case = case_of(&town, "nobitz", &receipt).await;
        assert_eq!(case.lang, "de-leicht");
        assert!(case.title.starts_with("Brauchtumsfeuer am"), "{}", case.title);
        let mut desk = town.clerk("s.krell@nobitz.example").await;
        let page = desk.get(&format!("/amt/v/{}", case.id)).await.text();
        assert!(page.contains("lang=\"de\"") && !page.contains("Brauchtums-Feuer") && !has_marks(&page), "{page}");
        town.work().await;
        let mails: Vec<_> = town.mails("nobitz").await.iter().map(|m| format!("{m:?}")).collect();
        assert!(!mails.is_empty() && mails.iter().all(|m| !m.contains("Brauchtums-Feuer") && !has_marks(m)), "{mails:?}");
    }
}

both! {
    /// What is no page has no marks; what somebody typed has no bold words.
    async fn only_the_words_of_the_texts_stand_out(town: Town) {
        let mut browser = town.browser();
        let name = "Kein Stress, nicht nur Feuer";
        let found = browser.get(&format!("/suche{EASY}&q=Kein+nicht+hier")).await.text();
        assert!(found.contains("Kein nicht hier") && !found.contains("<b>Kein</b>"), "{name}: {found}");
        assert!(found.contains("<b>nicht</b>"), "the sentence that says so: {found}");
        for path in ["/api/v1/services", "/api/v1/services/brauchtumsfeuer", "/api/v1/services/brauchtumsfeuer/schema.json"] {
            let answer = browser.get(&format!("{path}{EASY}")).await;
            assert_eq!(answer.status, 200, "{path}");
            assert!(!has_marks(&answer.text()), "{path}");
        }
        let service = browser.get(&format!("/api/v1/services/brauchtumsfeuer{EASY}")).await.text();
        assert!(service.contains("Sie machen ein großes Feuer?"), "{service}");
        let suggested = browser.get(&format!("/suche/vorschlaege{EASY}&q=Xyzzy")).await.text();
        assert!(!has_marks(&suggested), "{suggested}");
    }
}

both! {
    /// Every page that knows languages knows this one, errors too.
    async fn pages_without_a_place_speak_it_too(town: Town) {
        let mut browser = town.browser();
        for path in ["/", "/karte", "/weiter", "/stand", "/hilfe", "/barrierefreiheit", "/datenschutz", "/impressum", "/konto/anmelden", "/nobitz", "/nobitz/raeume", "/nirgendwo"] {
            let page = browser.get(&format!("{path}{EASY}")).await.text();
            assert!(page.contains("lang=\"de-simple\"") && !has_marks(&page), "{path}: {page}");
            assert!(page.contains("Prüf-Gruppe"), "{path} says that nobody has read it: {page}");
        }
    }
}
