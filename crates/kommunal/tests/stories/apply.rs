//! From the search for a place to the receipt, and everything a club may do with its case.

use crate::actors::errors;
use crate::both;
use crate::town::Town;

both! {
    /// A draft begun in one browser is finished in another, by code and by link.
    async fn a_draft_goes_on_elsewhere(town: Town) {
        let mut club = town.club();
        let example = club.example("brauchtumsfeuer", "");
        town.on(example.today);
        let first = club.browser.get("/nobitz/brauchtumsfeuer/antrag").await.location;
        let page = club.browser.post_form(&first, &[("fire.occasion".into(), "easter".into()), ("event.public".into(), "ja".into()), ("_spaeter".into(), "1".into())], &[]).await;
        assert_eq!(page.location, "/nobitz/brauchtumsfeuer/antrag/spaeter");
        let later = club.browser.get(&page.location).await;
        let code = later.after("data-resume-code>");
        let link = later.text().replace("&#x2f;", "/").split("/weiter/").nth(1).expect("a link").split('"').next().expect("a link").to_owned();

        let mut other = town.browser();
        let found = other.post("/weiter", &[("code", &code.to_lowercase().replace('-', " "))]).await;
        assert_eq!(found.status, 303, "{}", errors(&found.text()));
        let page = other.get(&first).await;
        assert!(page.text().contains("value=\"easter\" checked"), "the answer is there");

        let mut third = town.browser();
        let to = third.get(&format!("/weiter/{link}")).await.location;
        assert_eq!(third.get(&to).await.location, "/nobitz/brauchtumsfeuer/antrag");
        assert!(third.get(&first).await.text().contains("value=\"easter\" checked"));
        assert_eq!(third.get(&to).await.status, 303, "one's own is not asked for");

        // Who fills in something else is asked before the link takes its place.
        let mut busy = town.browser();
        let other = [("fire.occasion", "other"), ("fire.occasion_name", "Kirmes"), ("event.public", "ja"), ("club.kind", "club")];
        let other: Vec<(String, String)> = other.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let begun = busy.post_form(&first, &other, &[]).await;
        assert_eq!(begun.status, 303, "{}", errors(&begun.text()));
        let asked = busy.get(&to).await;
        assert_eq!(asked.status, 200);
        assert!(asked.text().contains("Anderen Entwurf öffnen?"), "{}", asked.text());
        assert!(busy.get(&first).await.text().contains("value=\"other\" checked"), "looking takes nothing away");
        let own = asked.after("data-resume-code>");
        assert_eq!(busy.post(&to, &[]).await.location, "/nobitz/brauchtumsfeuer/antrag");
        assert!(busy.get(&first).await.text().contains("value=\"easter\" checked"), "after the click");
        assert_eq!(busy.post("/weiter", &[("code", &own)]).await.status, 303);
        assert!(busy.get(&first).await.text().contains("value=\"other\" checked"), "and one's own is still there");
        assert_eq!(busy.get(&to.replace(&link, "AAAAAAAAAAAAAAAAAAAAAA")).await.status, 410);

        // A wrong code tells nothing and keeps what was typed.
        let wrong = town.browser().post("/weiter", &[("code", "7K3M-Q2XA-9FTR")]).await;
        assert_eq!(wrong.status, 422);
        assert!(wrong.text().contains("7K3M-Q2XA-9FTR"));
    }
}

both! {
    /// A page with a mistake comes back with what was typed and the error first.
    async fn a_mistake_keeps_what_was_typed(town: Town) {
        let mut club = town.club();
        let first = club.browser.get("/nobitz/brauchtumsfeuer/antrag").await.location;
        let page = club.browser.post_form(&first, &[("fire.occasion".into(), "other".into()), ("fire.occasion_name".into(), "x".into())], &[]).await;
        assert_eq!(page.status, 422);
        let text = page.text();
        assert!(text.contains("<title>Fehler: "));
        assert!(text.contains("value=\"x\""), "typed text comes back");
        assert!(text.contains("kc-errors"));
        // And it is kept for later, too.
        assert!(club.browser.get(&first).await.text().contains("value=\"x\""));
    }
}

both! {
    /// Who needs nothing leaves with the reason, and nothing is sent.
    async fn nothing_needed_is_an_exit_with_a_way_on(town: Town) {
        let mut club = town.club();
        let first = club.browser.get("/nobitz/brauchtumsfeuer/antrag").await.location;
        let page = club.browser.post_form(&first, &[("fire.occasion".into(), "garden_waste".into())], &[]).await;
        assert_eq!(page.status, 303);
        assert!(page.location.contains("/ende/garden_waste"), "{}", page.location);
        let exit = club.browser.get(&page.location).await;
        assert_eq!(exit.status, 200);
        assert!(exit.text().contains("Es wurde nichts abgesendet."));
    }
}

both! {
    /// A merged municipality's address and key lead to the place that it belongs to today.
    async fn a_merged_place_is_still_found(town: Town) {
        let browser = &mut town.browser();
        for (old, today) in [("/birkenfelde", "/uder"), ("/birkenfelde/brauchtumsfeuer", "/uder/brauchtumsfeuer")] {
            let page = browser.get(old).await;
            assert_eq!((page.status, page.location.as_str()), (308, today));
            assert_eq!(browser.get(today).await.status, 200);
        }
        let schema = browser.get("/api/v1/authorities/16061007/services/brauchtumsfeuer/schema.json").await;
        assert_eq!(schema.status, 200);
        assert_eq!(browser.get("/nirgendwo").await.status, 404);
    }
}

both! {
    /// A wrong code, a foreign case and an unknown reference look the same.
    async fn a_case_opens_with_its_code_only(town: Town) {
        let mut club = town.club();
        let example = club.example("brauchtumsfeuer", "");
        town.on(example.today);
        let receipt = club.applies("nobitz", "brauchtumsfeuer", &example.answers).await;
        let try_code = async |reference: &str, code: &str| {
            let page = town.browser().post("/stand", &[("aktenzeichen", reference), ("zugang", code)]).await;
            (page.status, page.text().replace(reference, "…"))
        };
        let wrong = try_code(&receipt.reference, "7K3M-Q2XA-9FTR").await;
        assert_eq!(wrong.0, 422);
        let unknown = domain::reference::Reference::draw([9; 8], "Nobitz", "FEUER", 2026).to_string();
        assert_eq!(wrong, try_code(&unknown, "7K3M-Q2XA-9FTR").await);
        // Without the code there is only the question for it.
        let stranger = town.browser().get(&format!("/v/{}", receipt.reference)).await;
        assert_eq!(stranger.status, 303);
        assert!(stranger.location.starts_with("/stand?"));
        let right = town.browser().post("/stand", &[("aktenzeichen", &receipt.reference), ("zugang", &receipt.code)]).await;
        assert_eq!((right.status, right.location), (303, format!("/v/{}", receipt.reference)));
    }
}

both! {
    /// Withdrawing is asked once more and then final.
    async fn a_club_withdraws(town: Town) {
        let mut club = town.club();
        let example = club.example("brauchtumsfeuer", "");
        town.on(example.today);
        let receipt = club.applies("nobitz", "brauchtumsfeuer", &example.answers).await;
        let path = format!("/v/{}/zurueckziehen", receipt.reference);
        assert!(club.browser.get(&path).await.text().contains("Wirklich zurückziehen?"));
        assert_eq!(club.browser.post(&path, &[("grund", "Regen")]).await.status, 303);
        let status = club.browser.get(&format!("/v/{}", receipt.reference)).await.text();
        assert!(status.contains("Zurückgezogen"));
        assert_eq!(club.browser.post(&path, &[("grund", "Regen")]).await.status, 400, "twice is refused");
    }
}

both! {
    /// A reported barrier reaches the office: its lead reads it, a clerk does not.
    async fn a_barrier_is_reported_and_read(town: Town) {
        let mut visitor = town.browser();
        let empty = visitor.post("/nobitz/barriere-melden", &[("text", ""), ("kontakt", "")]).await;
        assert_eq!(empty.status, 422);
        let sent = visitor.post("/nobitz/barriere-melden", &[("text", "Der Kontrast ist zu schwach."), ("kontakt", "a@b.example")]).await;
        assert_eq!(sent.status, 303, "{}", sent.text());
        // A machine fills the field that people do not see: nothing is kept.
        visitor.post("/nobitz/barriere-melden", &[("text", "Kaufen"), ("webseite", "x")]).await;
        let read = town.clerk("leitung@nobitz.example").await.get("/amt/einstellungen/meldungen").await;
        assert_eq!(read.status, 200);
        let text = read.text();
        assert!(text.contains("Der Kontrast ist zu schwach.") && text.contains("a@b.example"));
        assert!(!text.contains("Kaufen"));
        let clerk = town.clerk("s.krell@nobitz.example").await.get("/amt/einstellungen/meldungen").await;
        assert_eq!(clerk.status, 403);
    }
}

both! {
    /// Whether, when and where come before who: a private person learns on the first page that it cannot be.
    async fn whether_it_can_be_at_all_comes_first(town: Town) {
        let form = &town.app.services.latest("brauchtumsfeuer").expect("the service").form;
        let pages: Vec<&str> = form.pages.iter().map(|p| p.id.as_str()).collect();
        assert_eq!(pages, ["kind", "date", "place", "ground", "fire", "safety", "club", "contact"]);
        let mut club = town.club();
        let first = club.browser.get("/nobitz/brauchtumsfeuer/antrag").await.location;
        let pairs = [("fire.occasion", "easter"), ("event.public", "ja"), ("club.kind", "private")].map(|(k, v)| (k.to_owned(), v.to_owned()));
        let page = club.browser.post_form(&first, &pairs, &[]).await;
        assert!(page.location.ends_with("/ende/organisations_only"), "{} {}", page.location, errors(&page.text()));
    }
}

both! {
    /// One person is asked for, another with a button; one too few brings the next empty entry. Never a row of them.
    async fn entries_come_one_by_one(town: Town) {
        let mut club = town.club();
        let example = club.example("brauchtumsfeuer", "");
        town.on(example.today);
        club.fill("nobitz", "brauchtumsfeuer", &example.answers).await;
        let path = "/nobitz/brauchtumsfeuer/antrag/safety";
        let pair = |k: &str, v: &str| (k.to_owned(), v.to_owned());
        let person = [pair("helpers.0.name", "Jens Albrecht"), pair("helpers.0.phone", "0151 23456701"), pair("fire.extinguishing", "water")];
        let entries = |text: &str| text.matches("<fieldset class=\"kern-fieldset kc-groupitem\">").count();
        let empty = club.browser.post_form(path, &[pair("_spaeter", "1")], &[]).await;
        assert_eq!(empty.status, 303);
        let blank = club.browser.get(path).await.text();
        assert_eq!(entries(&blank), 1, "{blank}");
        assert!(blank.contains("Noch eine Person"));
        // Pressed again and again: one empty entry after the filled one.
        for _ in 0..2 {
            let mut pressed = person.to_vec();
            pressed.extend([pair("helpers.1.name", ""), pair("helpers.2.name", ""), pair("_hinzufuegen", "helpers")]);
            let more = club.browser.post_form(path, &pressed, &[]).await;
            assert_eq!((more.status, entries(&more.text())), (200, 2));
        }
        // Two are needed in Nobitz.
        let few = club.browser.post_form(path, &person, &[]).await;
        assert_eq!((few.status, entries(&few.text())), (422, 2), "{}", errors(&few.text()));
        let mut both = person.to_vec();
        both.extend([pair("helpers.1.name", "Miriam Wolf"), pair("helpers.1.phone", "0151 23456702")]);
        assert_eq!(club.browser.post_form(path, &both, &[]).await.status, 303);
    }
}

both! {
    /// What it costs is a sum before the button that sends; what comes next are three steps with their days.
    async fn costs_before_sending_and_days_after_it(town: Town) {
        let mut club = town.club();
        let example = club.example("raumnutzung", "drei Tage");
        town.on(example.today);
        let service = club.browser.get("/nobitz/raumnutzung").await.text();
        assert!(service.contains("Für Samstag, "), "the weekday of the deadline's example: {service}");
        let check = club.fill("nobitz", "raumnutzung", &example.answers).await;
        let text = club.browser.get(&check).await.text();
        let at = |what: &str| text.find(what).unwrap_or_else(|| panic!("„{what}“ is missing in {text}"));
        assert!(at("Kosten zusammen") < at("Mit Kaution zu zahlen") && at("Mit Kaution zu zahlen") < at("Anfrage absenden"));
        let table = text.split("<table class=\"kc-table kc-sum\"").nth(1).and_then(|t| t.split("</table>").next()).expect("the table");
        let cents = |row: &str| row.chars().filter(char::is_ascii_digit).collect::<String>().parse::<i64>().expect("an amount");
        let amounts: Vec<(bool, i64)> = table
            .split("<tr").skip(2)
            .map(|row| (row.starts_with(" class=\"is-sum\""), cents(row.rsplit("kc-r\">").next().and_then(|c| c.split('<').next()).expect("a cell"))))
            .collect();
        let mut sum = 0;
        for (is_sum, cents) in amounts {
            match is_sum {
                true => assert_eq!(sum, cents, "the rows add up: {table}"),
                false => sum += cents,
            }
        }
        assert!(sum > 0);

        let sent = club.send("nobitz", "raumnutzung").await;
        let receipt = club.browser.get(&sent.location).await.text();
        let steps = receipt.split("<ol class=\"kc-steps\">").nth(1).and_then(|t| t.split("</ol>").next()).expect("the steps");
        assert_eq!(steps.matches("<li>").count(), 3, "{steps}");
        assert!(steps.contains("Am Samstag, 12.12.2026") && steps.contains("möchten wir antworten"), "{steps}");
        let (before, _) = receipt.split_once("data-digest").expect("the digest");
        assert!(before.rfind("<details").expect("folded") > before.rfind("</details>").unwrap_or(0), "the digest is folded away");
    }
}

both! {
    /// Nobody has to declare that a distance is kept which they have just left open.
    async fn what_is_open_is_not_declared(town: Town) {
        let mut club = town.club();
        let mut example = club.example("brauchtumsfeuer", "");
        town.on(example.today);
        example.answers["fire"]["forest_distance"] = "?".into();
        let end = club.fill("nobitz", "brauchtumsfeuer", &example.answers).await;
        let check = club.browser.get(&end).await;
        let text = check.text().replace('\u{a0}', " ");
        assert_eq!(check.status, 200, "{}", crate::actors::errors(&text));
        assert!(text.contains("Das Feuer brennt nur, wenn es mindestens 100 m vom Wald entfernt ist"), "{text}");
        assert!(text.contains("Der Abstand zum Wald ist offen") && !text.contains("Sie halten 100 m Abstand"), "{text}");
    }
}

both! {
    /// Who is late learns it where the day is asked, with whom to call, and goes on all the same.
    async fn a_late_day_is_told_at_the_day(town: Town) {
        let mut club = town.club();
        let example = club.example("brauchtumsfeuer", "");
        let definition = town.app.services.latest("brauchtumsfeuer").expect("the service");
        let form = |id: &str| definition.form.pages.iter().find(|p| p.id == id).expect("a page");
        let day = domain::assess::event_day(&definition, &example.answers).expect("a day");
        let base = "/nobitz/brauchtumsfeuer/antrag";
        town.on(example.today);
        club.answers_page(&format!("{base}/kind"), form("kind"), &example.answers).await;
        let live = |club: crate::actors::Club, day: String| async move {
            let pairs = [("event.date".to_owned(), day), ("_zeigen".to_owned(), "1".to_owned())];
            let mut club = club;
            club.browser.post_form("/nobitz/brauchtumsfeuer/antrag/date", &pairs, &[]).await.text()
        };
        let told = |page: &str| page.contains("Die Frist war am") && page.contains("tel:") && page.contains("trotzdem senden");
        assert!(!told(&club.answers_page(&format!("{base}/date"), form("date"), &example.answers).await.text()));
        assert!(!told(&club.browser.get(&format!("{base}/date")).await.text()), "in time");
        assert!(!told(&club.browser.get(&format!("{base}/place")).await.text()), "in time");
        town.on(day.checked_sub(jiff::Span::new().days(3)).expect("three days before"));
        assert!(told(&club.browser.get(&format!("{base}/date")).await.text()), "at the day");
        let went = club.answers_page(&format!("{base}/date"), form("date"), &example.answers).await;
        assert_eq!((went.status, went.location.as_str()), (303, "/nobitz/brauchtumsfeuer/antrag/place"), "nobody is stopped");
        assert!(told(&club.browser.get(&went.location).await.text()), "without scripts on the page after it");
        assert!(told(&live(club, schema::show::format::date(day, schema::Lang::De)).await.replace("\\\"", "\"")), "scripts show it at once");
        let far = day.saturating_add(jiff::Span::new().days(90));
        assert!(!told(&live(town.club(), schema::show::format::date(far, schema::Lang::De)).await));
    }
}

both! {
    /// Who is late is told so on the receipt too, with whom to call; the answer is promised for before the event.
    async fn a_late_receipt_says_so(town: Town) {
        let mut club = town.club();
        let example = club.example("brauchtumsfeuer", "");
        let day = domain::assess::event_day(&town.app.services.latest("brauchtumsfeuer").expect("the service"), &example.answers).expect("a day");
        let on_time = |page: &str| !page.contains("Die Frist war am");
        town.on(example.today);
        let receipt = club.applies("nobitz", "brauchtumsfeuer", &example.answers).await;
        assert!(on_time(&club.browser.get(&format!("/v/{}/eingang", receipt.reference)).await.text()));
        // Looked at after the last safe day, it was in time still.
        town.on(day.yesterday().expect("the day before"));
        for page in ["/eingang", ""] {
            assert!(on_time(&club.browser.get(&format!("/v/{}{page}", receipt.reference)).await.text()));
        }
        town.on(day.checked_sub(jiff::Span::new().days(3)).expect("three days before"));
        let mut late = town.club();
        let receipt = late.applies("nobitz", "brauchtumsfeuer", &example.answers).await;
        let page = late.browser.get(&format!("/v/{}/eingang", receipt.reference)).await.text();
        assert!(!on_time(&page) && page.contains("tel:"), "{page}");
        let status = late.browser.get(&format!("/v/{}", receipt.reference)).await.text();
        assert!(!on_time(&status), "{status}");
        for sent in [&page, &status] {
            assert!(!sent.contains("trotzdem senden") && sent.contains("Das Amt entscheidet"), "it is sent: {sent}");
        }
        let case = crate::decide::case_of(&town, "nobitz", &receipt).await;
        let decide = case.deadlines.iter().find(|d| d.kind == schema::DeadlineKind::Decision).expect("a period");
        assert!(decide.last_day < day, "{} is not before {day}", decide.last_day);
        assert!(page.contains(&schema::show::format::long_date(decide.last_day, schema::Lang::De)), "{page}");
    }
}
