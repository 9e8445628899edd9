//! What a finding says to whom it concerns, and why: the borderline day, what to mind, the number of the law.

use serde_json::Value;

use crate::both;
use crate::decide::{basis_of, case_of};
use crate::town::Town;

const KRELL: &str = "s.krell@nobitz.example";

/// Which number of the law asks for a permit is said with the figures that the rule reads.
#[test]
fn the_ground_of_a_permit_names_the_laws_own_figures() {
    let loaded = &crate::town::SHIPPED.loaded.catalog;
    let service = loaded.services.get("veranstaltungsanzeige").expect("the service");
    let say = |lang, large: i64| {
        let mut region = (*loaded.region).clone();
        region.law.get_mut("large_event").expect("a figure").value = large.into();
        let cx = schema::Context {
            lang,
            region: region.into(),
            ..schema::Context::default()
        };
        let answers = serde_json::json!({ "entertainment": { "permit_ground": "late_large" } });
        schema::fill("{answers.entertainment.permit_ground}", &answers, service, &cx, &[]).replace('\u{a0}', " ")
    };
    let said = say(schema::Lang::De, 1000);
    assert!(
        said.contains("mehr als 1.000 Gäste") && said.contains("später als 7 Tage vorher") && !said.contains('{'),
        "{said}"
    );
    assert!(say(schema::Lang::De, 1500).contains("mehr als 1.500 Gäste"));
    assert!(say(schema::Lang::En, 1500).contains("More than 1,500 guests"));
}

/// The check page of an application, as a person reads it.
async fn check_page(town: &Town, service: &str, answers: &Value) -> String {
    let mut club = town.club();
    let end = club.fill("nobitz", service, answers).await;
    assert!(end.ends_with("/pruefen"), "{end}");
    club.browser.get(&end).await.text().replace('\u{a0}', " ")
}

both! {
    /// The day on which it is a matter of dispute is neither in time nor late: told apart, with the day that was safe.
    async fn the_borderline_day_has_its_own_words(town: Town) {
        let example = town.club().example("brauchtumsfeuer", "");
        let definition = town.app.services.latest("brauchtumsfeuer").expect("the service");
        let day = domain::assess::event_day(&definition, &example.answers).expect("a day");
        let before = |days: i64| day.checked_sub(jiff::Span::new().days(days)).expect("a day");
        let safe = format!("bis {}", schema::show::format::long_date(before(11), schema::Lang::De));
        // Nobitz asks for 10 days.
        for (days, borderline, late) in [(11, false, false), (10, true, false), (9, false, true)] {
            town.on(before(days));
            let page = check_page(&town, "brauchtumsfeuer", &example.answers).await;
            assert_eq!(page.contains("Grenzfall: Heute ist der letzte mögliche Tag"), borderline, "{days}: {page}");
            assert_eq!(page.contains("Die Frist war am"), late, "{days}: {page}");
            assert_eq!(page.contains(&format!("Sicher rechtzeitig war es {safe}")), borderline, "{days}: {page}");
        }
        // Sent on that day, nobody is told any more to send.
        town.on(before(10));
        let mut club = town.club();
        let receipt = club.applies("nobitz", "brauchtumsfeuer", &example.answers).await;
        town.on(before(8));
        for page in ["/eingang", ""] {
            let page = club.browser.get(&format!("/v/{}{page}", receipt.reference)).await.text().replace('\u{a0}', " ");
            assert!(page.contains("Grenzfall: am letzten möglichen Tag eingegangen") && page.contains(&safe), "{page}");
            assert!(!page.contains("Senden Sie gleich"), "{page}");
        }
    }
}

both! {
    /// Who is too close to straw, a road or something else that burns learns it before sending, with what to do.
    async fn what_lies_near_is_to_be_minded(town: Town) {
        let mut example = town.club().example("brauchtumsfeuer", "");
        let fire = &mut example.answers["fire"];
        fire["near"] = serde_json::json!(["road", "straw", "combustibles"]);
        for distance in ["road_distance", "straw_distance", "combustible_distance"] {
            fire[distance] = 6.into();
        }
        town.on(example.today);
        let page = check_page(&town, "brauchtumsfeuer", &example.answers).await;
        for said in ["Der Abstand zur Straße ist kleiner als", "Stroh und Heu müssen mindestens", "Der Abstand zu brennbaren Stoffen ist kleiner"] {
            assert!(page.contains(said), "{said}: {page}");
        }
    }
}

both! {
    /// On a quiet day the warning comes first, and what follows does not say that a notice is all it takes.
    async fn a_quiet_day_is_not_contradicted(town: Town) {
        let example = town.club().example("veranstaltungsanzeige", "Markt am Totensonntag");
        town.on(example.today);
        let page = check_page(&town, "veranstaltungsanzeige", &example.answers).await;
        let at = |text: &str| page.find(text).unwrap_or_else(|| panic!("{text} is missing: {page}"));
        assert!(at("Anzeigen allein genügt dann nicht") < at("Eine Erlaubnis nach § 42 OBG ist nicht nötig"));
        assert!(!page.contains("Eine Anzeige genügt"), "{page}");
    }
}

both! {
    /// Which number of the law makes the notice an application stands before sending, at the desk and in the letter.
    async fn a_permit_names_its_number(town: Town) {
        for (title, number, why) in [
            ("am 15.06. gesendet", "§ 42 Abs. 3 Nr. 1 OBG", "später als 7 Tage vorher"),
            ("Motorsport: immer", "§ 42 Abs. 3 Nr. 2 OBG", "Es geht um Motorsport"),
            ("1.001 Gäste", "§ 42 Abs. 3 Nr. 3 OBG", "mehr als 1.000 Gäste gleichzeitig"),
        ] {
            let example = town.club().example("veranstaltungsanzeige", title);
            town.on(example.today);
            let page = check_page(&town, "veranstaltungsanzeige", &example.answers).await;
            assert!(page.contains(number) && page.contains(why), "{title}: {page}");
            let receipt = town.club().applies("nobitz", "veranstaltungsanzeige", &example.answers).await;
            let case = case_of(&town, "nobitz", &receipt).await;
            let mut desk = town.clerk(KRELL).await;
            let page = desk.get(&format!("/amt/v/{}", case.id)).await.text().replace('\u{a0}', " ");
            assert!(page.contains(number) && page.contains(why), "{title}: {page}");
            let page = desk.get(&format!("/amt/v/{}/genehmigen", case.id)).await.text().replace('\u{a0}', " ");
            let reason = page.split("Ihre Veranstaltung braucht eine Erlaubnis.").nth(1).expect("the letter's reason");
            assert!(reason.contains(number) && reason.contains(why), "{title}: {reason}");
        }
    }
}

both! {
    /// A confirmation with conditions is an act and names the remedy; it is called what it is.
    async fn a_confirmation_is_no_bescheid(town: Town) {
        let example = town.club().example("veranstaltungsanzeige", "");
        town.on(example.today);
        let receipt = town.club().applies("nobitz", "veranstaltungsanzeige", &example.answers).await;
        let case = case_of(&town, "nobitz", &receipt).await;
        let mut desk = town.clerk(KRELL).await;
        let sheet = format!("/amt/v/{}/vorschau", case.id);
        let page = desk.post(&sheet, &[("_form", basis_of(&town, &case).await.as_str()), ("auflage", "cleaning")]).await.text();
        assert!(page.contains("Gegen diese Bestätigung können Sie"), "{page}");
        assert!(!page.contains("diesen Bescheid"), "{page}");
        let page = desk.get(&format!("/amt/v/{}/ablehnen", case.id)).await.text();
        assert!(page.contains("Gegen diesen Bescheid können Sie"), "{page}");
    }
}

both! {
    /// Motor sport, sent a month ahead; the answer to a question comes three days before. The letter does not say that the
    /// notice was late.
    async fn an_answer_makes_no_notice_late(town: Town) {
        let example = town.club().example("veranstaltungsanzeige", "Motorsport: immer");
        let definition = town.app.services.latest("veranstaltungsanzeige").expect("the service");
        let day = domain::assess::event_day(&definition, &example.answers).expect("a day");
        let before = |days: i64| day.checked_sub(jiff::Span::new().days(days)).expect("a day");
        town.on(before(30));
        let mut club = town.club();
        let receipt = club.applies("nobitz", "veranstaltungsanzeige", &example.answers).await;
        let case = case_of(&town, "nobitz", &receipt).await;
        let ground = |case: &domain::Case| schema::at(&case.answers, "entertainment.permit_ground").cloned();
        assert_eq!(ground(&case), Some("motor_sport".into()));
        let ask = [("feld", "contact.phone"), ("grund.contact.phone", "Die Nummer stimmt nicht."), ("bis", "4")];
        let asked = town.clerk(KRELL).await.post(&format!("/amt/v/{}/rueckfrage", case.id), &ask).await;
        assert_eq!(asked.status, 303, "{}", crate::actors::errors(&asked.text()));
        town.on(before(3));
        let opened = [("aktenzeichen", receipt.reference.as_str()), ("zugang", receipt.code.as_str())];
        let opened = club.browser.post("/stand", &opened).await;
        assert_eq!(opened.status, 303, "{}", opened.text());
        let typed = [("contact.phone".to_owned(), "03447 555123".to_owned())];
        let sent = club.browser.post_form(&format!("/v/{}/ergaenzen", receipt.reference), &typed, &[]).await;
        assert_eq!(sent.status, 303, "{}", crate::actors::errors(&sent.text()));
        let case = case_of(&town, "nobitz", &receipt).await;
        assert_eq!(schema::at(&case.answers, "contact.phone").and_then(Value::as_str), Some("03447 555123"));
        assert_eq!(ground(&case), Some("motor_sport".into()));
        let page = town.clerk(KRELL).await.get(&format!("/amt/v/{}/genehmigen", case.id)).await.text().replace('\u{a0}', " ");
        assert!(!page.contains("kam später als"), "{page}");
    }
}
