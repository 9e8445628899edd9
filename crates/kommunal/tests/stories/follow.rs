//! What follows from a case's answers: it stays as it was on the day of receipt, and it changes when an
//! answer to a question changes them.

use crate::both;
use crate::decide::case_of;
use crate::town::Town;

both! {
    /// A notice that came in time is no permit because it waited on a desk.
    async fn a_notice_in_time_stays_a_notice(town: Town) {
        let mut club = town.club();
        let example = club.example("veranstaltungsanzeige", "Am letzten möglichen Tag");
        town.on(example.today);
        let receipt = club.applies("nobitz", "veranstaltungsanzeige", &example.answers).await;
        let case = case_of(&town, "nobitz", &receipt).await;
        assert_eq!(case.act, schema::Act::Notice);
        town.pass(5 * 86_400).await;
        let mut desk = town.clerk("s.krell@nobitz.example").await;
        let page = desk.get(&format!("/amt/v/{}/genehmigen", case.id)).await.text();
        assert!(page.to_lowercase().contains("bestätigen"), "{page}");
        assert!(!page.contains("ist während der Veranstaltung unter"), "conditions of a permit");
        assert!(!page.contains("betrag.permit"), "costs of a permit");
    }
}

both! {
    /// Another day in an answer: booking, event day and notice period move along; a day that is taken is
    /// refused, and everything stays as it was.
    async fn an_answer_moves_what_hangs_on_it(town: Town) {
        let mut club = town.club();
        let example = club.example("raumnutzung", "");
        town.on(example.today);
        let receipt = club.applies("nobitz", "raumnutzung", &example.answers).await;
        let mut other = town.club();
        let mut later = example.answers.clone();
        later["event"]["date"] = "2026-12-19".into();
        other.applies("nobitz", "raumnutzung", &later).await;
        town.work().await;

        let before = case_of(&town, "nobitz", &receipt).await;
        let mut desk = town.clerk("s.krell@nobitz.example").await;
        let ask = format!("/amt/v/{}/rueckfrage", before.id);
        let asked = desk.post(&ask, &[("feld", "event.date"), ("grund.event.date", "An dem Tag wird der Saal gestrichen."), ("bis", "1")]).await;
        assert_eq!(asked.status, 303, "{}", asked.text());
        let path = format!("/v/{}/ergaenzen", receipt.reference);
        let day = |day: &str| vec![("event.date".to_owned(), day.to_owned())];

        let taken = club.browser.post_form(&path, &day("2026-12-19"), &[]).await;
        assert_eq!(taken.status, 422, "{}", taken.text());
        assert!(taken.text().contains("vergeben"), "{}", taken.text());
        let same = case_of(&town, "nobitz", &receipt).await;
        assert_eq!((same.event_day, same.state, &same.answers), (before.event_day, domain::State::Question, &before.answers));

        let moved = club.browser.post_form(&path, &day("2026-12-16"), &[]).await;
        assert_eq!(moved.status, 303, "{}", moved.text());
        let after = case_of(&town, "nobitz", &receipt).await;
        assert_eq!(after.event_day, Some(jiff::civil::date(2026, 12, 16)));
        let notice = |c: &domain::Case| c.deadlines.iter().find(|d| d.kind == schema::DeadlineKind::Notice).map(|d| d.last_day);
        assert_ne!(notice(&after), notice(&before), "the notice period counts from the new day");
        let (id, tenant) = (after.id.clone(), town.authority("nobitz").await);
        let booked = tenant.read(move |t| t.bookings_of(&id)).await.expect("bookings");
        assert_eq!(booked.len(), 1);
        assert_eq!(domain::date_of(booked[0].from), jiff::civil::date(2026, 12, 15), "set up the day before");
        let busy = |day: jiff::civil::Date| (day.at(12, 0, 0, 0).in_tz("Europe/Berlin").expect("noon").timestamp(), day.at(13, 0, 0, 0).in_tz("Europe/Berlin").expect("noon").timestamp());
        let (from, to) = busy(jiff::civil::date(2026, 12, 12));
        let old = tenant.read(move |t| t.free_busy("saal-ehrenhain", from, to)).await.expect("free or busy");
        assert!(old.is_empty(), "the old day is free again");
    }
}

both! {
    /// A room's price stays what it was when the club asked for it, even if the room is changed or gone.
    async fn a_price_does_not_change_under_a_case(town: Town) {
        let mut club = town.club();
        let example = club.example("raumnutzung", "");
        town.on(example.today);
        let receipt = club.applies("nobitz", "raumnutzung", &example.answers).await;
        let case = case_of(&town, "nobitz", &receipt).await;
        assert!(case.fee.total_cents > 0);
        let tenant = town.authority("nobitz").await;
        let (place, now) = (case.place.clone(), town.now());
        tenant
            .write(move |t| {
                let mut row = t.rooms(Some(&place))?.into_iter().find(|r| r.room.id == "saal-ehrenhain").expect("the hall");
                row.room.tariff.values_mut().for_each(|t| t.day *= 3);
                t.put_room(&row, "test", now)
            })
            .await
            .expect("dearer");
        let mut desk = town.clerk("s.krell@nobitz.example").await;
        let decide = format!("/amt/v/{}/genehmigen", case.id);
        assert_eq!(desk.post(&decide, &[]).await.status, 303);
        town.pass(11).await;
        assert_eq!(case_of(&town, "nobitz", &receipt).await.fee.total_cents, case.fee.total_cents);
    }
}

both! {
    /// The file for one's own calendar has the event with its hours and place, and nothing that is over.
    async fn the_calendar_file_looks_ahead(town: Town) {
        let mut club = town.club();
        let example = club.example("raumnutzung", "drei Tage");
        town.on(example.today);
        let receipt = club.applies("nobitz", "raumnutzung", &example.answers).await;
        town.work().await;
        let file = format!("/v/{}/termine.ics", receipt.reference);
        // 12.12.2026, 15:00 to midnight in Germany.
        let ics = club.browser.get(&file).await.text();
        for line in ["DTSTART:20261212T140000Z", "DTEND:20261212T230000Z", "LOCATION:Saal Ehrenhain\\, Nobitz"] {
            assert!(ics.contains(&format!("{line}\r\n")), "{line} is missing in {ics}");
        }
        assert_eq!(ics.matches("BEGIN:VEVENT").count(), 2, "the event and the answer: {ics}");
        assert!(!ics.contains("Frist:"), "the notice period is no date of a case: {ics}");
        town.pass(30 * 86_400).await;
        let later = club.browser.get(&file).await.text();
        assert_eq!(later.matches("BEGIN:VEVENT").count(), 1, "only the event: {later}");
        // Withdrawn, there is nothing to note.
        assert_eq!(club.browser.post(&format!("/v/{}/zurueckziehen", receipt.reference), &[]).await.status, 303);
        assert_eq!(club.browser.get(&file).await.status, 303);
        assert!(!club.browser.get(&format!("/v/{}", receipt.reference)).await.text().contains("termine.ics"));
    }
}

both! {
    /// A paper that is asked back has its field, beside the answers asked.
    async fn a_paper_is_asked_back(town: Town) {
        let mut club = town.club();
        let example = club.example("brauchtumsfeuer", "");
        town.on(example.today);
        let receipt = club.applies("nobitz", "brauchtumsfeuer", &example.answers).await;
        town.work().await;
        let case = case_of(&town, "nobitz", &receipt).await;
        let mut desk = town.clerk("s.krell@nobitz.example").await;
        // The letter's sentence in the preview has the day in full, as the letter will.
        let ask = desk.get(&format!("/amt/v/{}/rueckfrage", case.id)).await.text();
        assert!(ask.split("data-ask-day=\"").skip(1).all(|day| day.split('"').next().is_some_and(|day| day.contains("tag, ")) || day.starts_with("Mittwoch, ")), "{ask}");
        let asked = desk.post(&format!("/amt/v/{}/rueckfrage", case.id), &[("feld", "event.date"), ("grund.event.date", "Bitte prüfen."), ("andere", "Lageplan"), ("andere_an", "1"), ("bis", "1")]).await;
        assert_eq!(asked.status, 303, "{}", asked.text());
        let page = club.browser.get(&format!("/v/{}/ergaenzen", receipt.reference)).await;
        assert_eq!(page.status, 200, "{}", page.text());
        assert!(page.text().contains("type=\"file\"") && page.text().contains("Lageplan"), "{}", page.text());
    }
}
