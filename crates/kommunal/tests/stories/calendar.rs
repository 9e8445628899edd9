//! The calendar of the rooms: what a club books shows at the desk with its name and outside without, closed times
//! hold, halves go with the whole, and a feed's secret link can be taken back.

use serde_json::Value;

use crate::actors::{Browser, errors};
use crate::both;
use crate::decide::case_of;
use crate::town::Town;

const KRELL: &str = "s.krell@nobitz.example";
/// Stands in every name of these stories: it must not be seen outside.
const CANARY: &str = "Kanarien";
/// The week of the example's day, 12.12.2026.
const WEEK: &str = "/amt/kalender?woche=2026-12-12";

/// The hall for 11. to 13.12.2026, for a club with a telling name.
fn hall(town: &Town) -> Value {
    let example = town.club().example("raumnutzung", "drei Tage");
    town.on(example.today);
    let mut answers = example.answers;
    answers["club"]["name"] = format!("{CANARY}verein e. V.").into();
    answers["event"]["name"] = format!("{CANARY}fest").into();
    answers
}

async fn block(desk: &mut Browser, room: &str, day: &str) -> u16 {
    let reason = format!("{CANARY}grund");
    let sent = desk
        .post(
            "/amt/kalender/sperren",
            &[("raum", room), ("tag", day), ("grund", &reason)],
        )
        .await;
    sent.status
}

/// Text of a page from the heading of a room to the next room.
fn section(page: &str, room: &str) -> String {
    let rest = page
        .split_once(&format!("id=\"r-{room}\""))
        .map_or("", |(_, rest)| rest);
    rest.split("</section>").next().unwrap_or_default().to_owned()
}

/// Cells of a room's week that are taken or free, from Monday: `x` and `.`.
fn week(page: &str, room: &str) -> String {
    let section = section(page, room);
    let days = section.split("<li").skip(1);
    days.map(|d| if d.starts_with(" class=\"is-free\"") { '.' } else { 'x' })
        .collect()
}

both! {
    async fn the_week_shows_what_a_club_books(town: Town) {
        let answers = hall(&town);
        let mut club = town.club();
        let receipt = club.applies("nobitz", "raumnutzung", &answers).await;
        let mut desk = town.clerk(KRELL).await;
        let page = desk.get(WEEK).await;
        assert_eq!(page.status, 200, "{}", page.text());
        let text = page.text();
        assert!(text.contains("Räume, 07. bis 13.12.2026"), "{text}");
        assert_eq!(week(&text, "saal-ehrenhain"), "....xxx");
        let whole = section(&text, "saal-ehrenhain");
        assert!(whole.contains("ab 14:30") && whole.contains("ganztägig") && whole.contains("bis 12:00"), "{whole}");
        assert!(whole.contains(CANARY) && whole.contains("(vorgemerkt)"), "{whole}");
        // The half is shut by the whole, and says so.
        let half = section(&text, "saal-ehrenhain-nord");
        assert_eq!(week(&text, "saal-ehrenhain-nord"), "....xxx");
        assert!(half.contains("(belegt: Saal Ehrenhain)"), "{half}");
        assert_eq!(week(&text, "vereinsraum-ehrenhain"), ".......");
        // The link leads to the case.
        let href = whole.split("href=\"").nth(1).and_then(|r| r.split('"').next()).expect("a link").replace("&#x2f;", "/");
        let case = desk.get(&href).await;
        assert!(case.status == 200 && case.text().contains(&receipt.reference), "{href}");
        // Another week, a filter, a date as people write it.
        assert_eq!(week(&desk.get("/amt/kalender?woche=14.12.2026").await.text(), "saal-ehrenhain"), ".......");
        let one = desk.get(&format!("{WEEK}&raum=vereinsraum-ehrenhain")).await.text();
        assert!(section(&one, "saal-ehrenhain").is_empty() && !section(&one, "vereinsraum-ehrenhain").is_empty());
        // Granted, it is firm.
        let id = href.rsplit('/').next().expect("an id").to_owned();
        assert_eq!(desk.post(&format!("/amt/v/{id}/genehmigen"), &[]).await.status, 303);
        town.pass(11).await;
        let firm = section(&desk.get(WEEK).await.text(), "saal-ehrenhain");
        assert!(firm.contains(CANARY) && !firm.contains("(vorgemerkt)"), "{firm}");
    }
}

both! {
    async fn a_closed_time_holds_and_can_be_opened(town: Town) {
        let answers = hall(&town);
        let mut desk = town.clerk(KRELL).await;
        let mut club = town.club();
        let end = club.fill("nobitz", "raumnutzung", &answers).await;
        assert!(end.ends_with("/pruefen"));
        // A part shuts the whole.
        assert_eq!(block(&mut desk, "saal-ehrenhain-nord", "12.12.2026").await, 303);
        let text = desk.get(WEEK).await.text();
        assert_eq!(week(&text, "saal-ehrenhain"), ".....x.");
        let half = section(&text, "saal-ehrenhain-nord");
        assert!(half.contains("ganztägig") && half.contains("(gesperrt)"), "{half}");
        let sent = club.send("nobitz", "raumnutzung").await;
        assert_eq!(sent.status, 409, "{}", errors(&sent.text()));
        assert!(sent.text().contains("an jemand anderen vergeben"), "{}", errors(&sent.text()));
        assert!(!sent.text().contains("grund"), "the reason stays inside");
        let body = serde_json::json!({ "answers": answers }).to_string();
        let request = club
            .browser
            .request("POST", "/api/v1/authorities/16077036/services/raumnutzung/applications")
            .header("content-type", "application/json")
            .header("idempotency-key", "gesperrt")
            .body(axum::body::Body::from(body))
            .expect("a request");
        let refused = club.browser.send(request).await;
        assert_eq!(refused.status, 409, "{}", refused.text());
        assert!(refused.text().contains("room-taken") && !refused.text().contains(CANARY), "{}", refused.text());

        let link = half.split("href=\"").nth(1).and_then(|r| r.split('"').next()).expect("a link").replace("&#x2f;", "/");
        let page = desk.get(&link).await;
        assert!(page.status == 200 && page.text().contains("Sperre aufheben?"), "{link}");
        let open = format!("{link}/aufheben");
        // Another authority neither sees nor opens it.
        let mut foreign = town.clerk("r.neumann@altenburgerland.example").await;
        assert_eq!(foreign.get(&link).await.status, 404);
        assert_eq!(foreign.post(&open, &[]).await.status, 404);
        assert!(!foreign.get(WEEK).await.text().contains(CANARY));
        assert_eq!(foreign.post("/amt/kalender/sperren", &[("raum", "saal-ehrenhain"), ("tag", "20.12.2026"), ("grund", "x")]).await.status, 422);
        // Nor does anybody without a log-in.
        assert_eq!(town.browser().get(&link).await.status, 303);

        assert_eq!(desk.post(&open, &[]).await.status, 303);
        assert_eq!(desk.post(&open, &[]).await.status, 404, "twice is refused");
        assert_eq!(week(&desk.get(WEEK).await.text(), "saal-ehrenhain"), ".......");
        let sent = club.send("nobitz", "raumnutzung").await;
        assert_eq!(sent.status, 303, "{}", errors(&sent.text()));

        // Who has the room keeps it: the page says who, and nothing is closed.
        let taken = desk.post("/amt/kalender/sperren", &[("raum", "saal-ehrenhain-nord"), ("tag", "12.12.2026"), ("von", "8"), ("bis", "12:00"), ("grund", "Reinigung")]).await;
        assert_eq!(taken.status, 409);
        let text = taken.text();
        assert!(text.contains("ist dann belegt") && text.contains(CANARY) && text.contains("vorgemerkt"), "{text}");
        assert!(text.contains("value=\"Reinigung\""), "what was typed comes back");
        assert!(!section(&desk.get(WEEK).await.text(), "saal-ehrenhain-nord").contains("Reinigung"));

        // What was closed and opened stands in the history, and in the log.
        let history = town.clerk("leitung@nobitz.example").await.get("/amt/einstellungen/verlauf?bereich=calendar").await.text();
        assert!(history.contains("Gesperrt: 12.12.2026") && history.contains("Sperre aufgehoben: 12.12.2026"), "{history}");
        let wrong = desk.post("/amt/kalender/sperren", &[("raum", ""), ("tag", "irgendwann"), ("grund", "")]).await;
        assert_eq!(wrong.status, 422);
    }
}

both! {
    /// A taken hall is told where the day is asked, with what is free, and what was typed stays.
    async fn a_taken_day_is_told_at_its_field(town: Town) {
        let answers = hall(&town);
        town.club().applies("nobitz", "raumnutzung", &answers).await;
        let mut club = town.club();
        club.browser.post("/nobitz/raumnutzung/beginnen", &[("wahl", "saal-ehrenhain 2026-12-12")]).await;
        let path = "/nobitz/raumnutzung/antrag/date";
        let pairs = |day: &str| [("event.date", day), ("event.start", "15:00"), ("event.end", "20:00")].map(|(k, v)| (k.to_owned(), v.to_owned()));
        let page = club.browser.post_form(path, &pairs("2026-12-12"), &[]).await;
        assert_eq!(page.status, 422);
        let text = page.text();
        let field = text.split("id=\"event-date-err\"").nth(1).expect("the error beside the field").split("</p>").next().expect("its end").to_owned();
        // Taken from 11.12., 14:30, to 13.12., 12:00; the nearest Saturdays are free.
        for part in ["Freitag, 11.12.2026, 14:30", "Sonntag, 13.12.2026, 12:00", "Saal Ehrenhain"] {
            assert!(field.contains(part), "{part} is missing in {field}");
        }
        assert!(!field.contains("19.12.2026"), "the free days stand once, on their buttons: {field}");
        assert_eq!(text.matches("Samstag, ").count(), 3, "three days of the same weekday: {text}");
        assert!(text.contains("Ein Klick übernimmt den Tag"), "what the buttons do: {text}");
        assert!(!text.contains(CANARY), "no names");
        // Each is a button: one click takes it and goes on.
        assert!(text.contains("name=\"_tag\" value=\"2026-12-19\"") && text.matches("name=\"_tag\"").count() == 3, "{text}");
        assert!(text.contains("value=\"15:00\"") && text.contains("value=\"12.12.2026\""), "what was typed stays: {text}");
        assert!(club.browser.get(path).await.text().contains("value=\"12.12.2026\""), "and is kept");
        let mut taken = pairs("2026-12-12").to_vec();
        taken.push(("_tag".into(), "2026-12-19".into()));
        let free = club.browser.post_form(path, &taken, &[]).await;
        assert!(club.browser.get(path).await.text().contains("value=\"19.12.2026\""), "the day is taken");
        assert_eq!((free.status, free.location.as_str()), (303, "/nobitz/raumnutzung/antrag/keys"), "{}", errors(&free.text()));
        // The party is free, its clearing is not: said there.
        let mut desk = town.clerk(KRELL).await;
        assert_eq!(block(&mut desk, "saal-ehrenhain", "20.12.2026").await, 303);
        let keys = [("hire.setup_day", "same_day"), ("hire.setup_from", "12:00"), ("hire.clear_day", "next_day"), ("hire.clear_until", "12:00")];
        let keys = keys.map(|(k, v)| (k.to_owned(), v.to_owned()));
        let page = club.browser.post_form(&free.location, &keys, &[]).await;
        assert_eq!(page.status, 422);
        let text = page.text();
        let field = text.split("id=\"hire-clear_until-err\"").nth(1).expect("the error at the clearing").split("</p>").next().expect("its end").to_owned();
        assert!(field.contains("Am Sonntag, 20.12.2026, ist Saal Ehrenhain den ganzen Tag belegt."), "{field}");
        // A room that is only wished for is asked for as before.
        let other = club.browser.post("/nobitz/raumnutzung/beginnen", &[("wahl", "vereinsraum-ehrenhain 2026-12-12")]).await;
        assert_eq!(other.status, 303);
        assert_eq!(club.browser.post_form(path, &pairs("2026-12-12"), &[]).await.status, 303);
    }
}

both! {
    /// Two check the same day at the same time: who is second is told, keeps the draft, and sends it for another day.
    async fn who_is_second_keeps_the_draft(town: Town) {
        let answers = hall(&town);
        let (mut first, mut second) = (town.club(), town.club());
        for club in [&mut first, &mut second] {
            assert!(club.fill("nobitz", "raumnutzung", &answers).await.ends_with("/pruefen"));
        }
        assert_eq!(first.send("nobitz", "raumnutzung").await.status, 303);
        let late = second.send("nobitz", "raumnutzung").await;
        assert_eq!(late.status, 409, "{}", late.text());
        let text = late.text();
        assert!(text.contains("an jemand anderen vergeben") && text.contains("Ihre Angaben sind gespeichert"), "{}", errors(&text));
        assert!(text.contains("antrag&#x2f;date?aendern=1#event-date"), "the error leads to the day: {}", errors(&text));
        // Everything is there still, and says before sending what is wrong.
        let check = second.browser.get("/nobitz/raumnutzung/antrag/pruefen").await;
        assert_eq!(check.status, 422);
        let text = check.text();
        for kept in [format!("{CANARY}fest"), format!("{CANARY}verein e. V."), "12.12.2026".to_owned()] {
            assert!(text.contains(&kept), "{kept} is gone: {text}");
        }
        assert!(text.contains("ist Saal Ehrenhain belegt"), "{}", errors(&text));
        let button = "name=\"_tag\" value=\"2026-12-19\" formaction=\"&#x2f;nobitz&#x2f;raumnutzung&#x2f;antrag&#x2f;date?aendern=1\"";
        assert!(text.contains(button), "a free day is one click away: {text}");
        assert!(text.contains("Ein Klick übernimmt den Tag"), "and said what the click does: {text}");
        let day = [("_tag".to_owned(), "2026-12-19".to_owned())];
        let moved = second.browser.post_form("/nobitz/raumnutzung/antrag/date?aendern=1", &day, &[]).await;
        assert_eq!((moved.status, moved.location.as_str()), (303, "/nobitz/raumnutzung/antrag/pruefen"), "{}", errors(&moved.text()));
        assert_eq!(second.browser.get(&moved.location).await.status, 200);
        let sent = second.send("nobitz", "raumnutzung").await;
        assert_eq!(sent.status, 303, "{}", errors(&sent.text()));
    }
}

both! {
    async fn two_wishes_are_said_with_what_to_do(town: Town) {
        let mut answers = hall(&town);
        answers["hire"]["room"] = "vereinsraum-ehrenhain".into();
        answers["event"]["guests"] = 25.into();
        let mut cases = Vec::new();
        for name in ["Skatturnier", "Familienfeier"] {
            answers["event"]["name"] = name.into();
            let receipt = town.club().applies("nobitz", "raumnutzung", &answers).await;
            cases.push(case_of(&town, "nobitz", &receipt).await.id);
        }
        let text = town.clerk(KRELL).await.get(WEEK).await.text();
        assert!(text.contains("Zwei Anfragen für Vereinsraum Ehrenhain am 11.12."), "{text}");
        assert!(text.contains("Es gilt: erst die Gemeinde"), "{text}");
        // The list says so, each case names the other, and who goes first.
        let list = town.clerk(KRELL).await.get("/amt/eingang").await.text();
        assert_eq!(list.matches("gleiche Zeit").count(), 2, "{list}");
        assert!(list.contains("noch 1\u{a0}Anfrage") && !list.contains("in Ordnung"), "{list}");
        let mut desk = town.clerk(KRELL).await;
        let page = desk.get(&format!("/amt/v/{}", cases[0])).await.text();
        assert!(page.contains("Noch eine Anfrage für diesen Raum und diese Zeit."), "{page}");
        assert!(page.replace("&#x2f;", "/").contains(&format!("href=\"/amt/v/{}", cases[1])), "{page}");
        assert!(page.contains("Es gilt: erst die Gemeinde"), "{page}");
        // Outside it is asked for, not taken, and may be asked for still.
        let page = town.browser().get("/nobitz/raeume?woche=2026-12-12").await.text();
        let room = section(&page, "vereinsraum-ehrenhain");
        assert!(room.contains("gewünscht") && !room.contains("belegt"), "{room}");
    }
}

both! {
    async fn the_public_sees_times_and_no_names(town: Town) {
        let answers = hall(&town);
        town.club().applies("nobitz", "raumnutzung", &answers).await;
        let mut desk = town.clerk(KRELL).await;
        assert_eq!(block(&mut desk, "vereinsraum-ehrenhain", "09.12.2026").await, 303);

        let mut visitor = town.browser();
        assert!(visitor.get("/nobitz").await.text().replace("&#x2f;", "/").contains("href=\"/nobitz/raeume\""));
        assert!(visitor.get("/nobitz/raumnutzung").await.text().replace("&#x2f;", "/").contains("href=\"/nobitz/raeume\""));
        let page = visitor.get("/nobitz/raeume?woche=2026-12-12").await;
        assert_eq!(page.status, 200, "{}", page.text());
        let text = page.text();
        assert_eq!(week(&text, "saal-ehrenhain"), "....xxx");
        assert_eq!(week(&text, "saal-ehrenhain-nord"), "....xxx", "a half goes with the whole");
        assert_eq!(week(&text, "vereinsraum-ehrenhain"), "..x....");
        assert!(section(&text, "saal-ehrenhain").contains("14:30–24"), "{}", section(&text, "saal-ehrenhain"));
        // A day that is taken in part can still be asked for, one that is taken as a whole cannot.
        let whole = section(&text, "saal-ehrenhain");
        let cell = |date: &str| whole.split("<li").find(|c| c.contains(date)).map(str::to_owned).unwrap_or_default();
        for day in ["2026-12-11", "2026-12-13"] {
            assert!(whole.contains(&format!("value=\"saal-ehrenhain {day}\"")), "{day}: {whole}");
        }
        assert!(!whole.contains("value=\"saal-ehrenhain 2026-12-12\""), "{whole}");
        // Taken from 14:30: the bar of 160 stands for the whole day, so it begins at 96.
        assert!(cell("14:30–24").contains("<rect x=\"96\" width=\"64\""), "{whole}");
        assert!(cell("14:30–24").contains("sonst frei"), "{whole}");
        let english = visitor.get("/nobitz/raeume?woche=2026-12-12&sprache=en").await.text();
        assert!(english.contains("What is free?") && english.contains("7 to 13 December 2026"), "{english}");
        visitor.get("/nobitz/raeume?sprache=de").await;
        let room = visitor.get("/nobitz/raeume/saal-ehrenhain-nord?woche=2026-12-12").await;
        assert_eq!(room.status, 200, "{}", room.text());
        assert_eq!(week(&room.text(), "w0"), "....xxx");
        let feed = visitor.get("/nobitz/raeume/saal-ehrenhain-nord/belegung.ics").await;
        assert_eq!((feed.status, feed.kind.as_str()), (200, "text/calendar; charset=utf-8"));
        let ics = feed.text();
        assert_eq!(ics.matches("BEGIN:VEVENT").count(), 1, "{ics}");
        assert!(ics.contains("DTSTART:20261211T133000Z\r\n") && ics.contains("DTEND:20261213T110000Z\r\n"), "{ics}");
        assert!(ics.contains("BUSYSTATUS:BUSY\r\n") && ics.contains("SUMMARY:belegt\r\n"), "{ics}");
        let again = visitor.get("/nobitz/raeume/saal-ehrenhain-nord/belegung.ics").await.text();
        let uid = |ics: &str| ics.lines().find(|l| l.starts_with("UID:")).map(str::to_owned);
        assert!(uid(&ics).is_some() && uid(&ics) == uid(&again), "the mark stays");
        let closed = visitor.get("/nobitz/raeume/vereinsraum-ehrenhain/belegung.ics").await.text();
        assert_eq!(closed.matches("BEGIN:VEVENT").count(), 1, "{closed}");
        for (what, text) in [("week", &text), ("English", &english), ("room", &room.text()), ("feed", &ics), ("closed", &closed)] {
            assert!(!text.contains(CANARY), "{what} tells a name or a reason: {text}");
        }
        // Rooms of others, and places that let none, have no such page.
        assert_eq!(visitor.get("/nobitz/raeume/gibt-es-nicht").await.status, 404);
        assert_eq!(visitor.get("/nobitz/raeume/gibt-es-nicht/belegung.ics").await.status, 404);
        assert_eq!(visitor.get("/dobitschen/raeume").await.status, 404);
    }
}

both! {
    /// From a free day into the questions: the room and the day are answered already.
    async fn a_free_day_begins_the_application(town: Town) {
        let answers = hall(&town);
        let mut club = town.club();
        let begun = club.browser.post("/nobitz/raumnutzung/beginnen", &[("wahl", "vereinsraum-ehrenhain 2026-12-19")]).await;
        assert_eq!((begun.status, begun.location.as_str()), (303, "/nobitz/raumnutzung/antrag"));
        let first = club.browser.get(&begun.location).await.location;
        assert!(first.ends_with("/antrag/who"), "{first}");
        let pairs = [("club.kind", "club"), ("club.name", "Verein"), ("hire.seat_here", "ja"), ("hire.profit", "nein")];
        let pairs: Vec<(String, String)> = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        club.browser.post_form(&first, &pairs, &[]).await;
        let room = club.browser.get("/nobitz/raumnutzung/antrag/room").await.text();
        assert!(room.contains("value=\"vereinsraum-ehrenhain\" checked"), "{room}");
        assert!(room.replace("&#x2f;", "/").contains("href=\"/nobitz/raeume\""), "the form leads to free and busy");
        let date = club.browser.get("/nobitz/raumnutzung/antrag/date").await.text();
        assert!(date.contains("2026-12-19") || date.contains("19.12.2026"), "{date}");
        // Another day goes into the same application.
        let again = club.browser.post("/nobitz/raumnutzung/beginnen", &[("wahl", "saal-ehrenhain")]).await;
        assert_eq!(again.status, 303);
        let room = club.browser.get("/nobitz/raumnutzung/antrag/room").await.text();
        assert!(room.contains("value=\"saal-ehrenhain\" checked"), "{room}");
        assert_eq!(club.browser.post("/nobitz/raumnutzung/beginnen", &[("wahl", "gibt-es-nicht")]).await.status, 404);
        assert_eq!(club.browser.post("/nobitz/brauchtumsfeuer/beginnen", &[("wahl", "saal-ehrenhain")]).await.status, 404);
        // What was sent stays as it was sent: the next free day begins anew.
        let sent = club.applies("nobitz", "raumnutzung", &answers).await;
        let link = club.browser.get("/nobitz/raumnutzung/antrag").await.location;
        let anew = club.browser.post("/nobitz/raumnutzung/beginnen", &[("wahl", "vereinsraum-ehrenhain 2026-12-20")]).await;
        assert_eq!(anew.status, 303);
        let first = club.browser.get(&anew.location).await;
        assert!(first.location.ends_with("/antrag/who"), "{} after {link}, {}", first.location, sent.reference);
    }
}

both! {
    async fn a_feed_shows_names_until_its_link_is_taken_back(town: Town) {
        let answers = hall(&town);
        town.club().applies("nobitz", "raumnutzung", &answers).await;
        let mut desk = town.clerk(KRELL).await;
        assert!(desk.get("/amt/kalender/abo").await.text().contains("noch keinen Link"));
        let made = desk.post("/amt/kalender/abo", &[]).await;
        assert_eq!(made.status, 200, "{}", made.text());
        let link = made.after("data-feed>").replace("&#x2f;", "/");
        let path = link.strip_prefix("http://localhost").expect("an address of ours").to_owned();
        // Shown once.
        assert!(!desk.get("/amt/kalender/abo").await.text().replace("&#x2f;", "/").contains(&path));
        // A calendar program: no log-in, no cookies.
        let feed = town.browser().get(&path).await;
        assert_eq!((feed.status, feed.kind.as_str()), (200, "text/calendar; charset=utf-8"), "{path}");
        let ics = feed.text().replace("\r\n ", "");
        assert!(ics.contains("SUMMARY:Saal Ehrenhain: ") && ics.contains(CANARY) && ics.contains("(vorgemerkt)"), "{ics}");
        assert!(ics.contains("URL:http://localhost/amt/v/"), "{ics}");

        // A new link ends the old one; at another authority it says nothing.
        let second = desk.post("/amt/kalender/abo", &[]).await.after("data-feed>").replace("&#x2f;", "/");
        let second = second.strip_prefix("http://localhost").expect("an address").to_owned();
        assert_eq!(town.browser().get(&path).await.status, 404);
        assert_eq!(town.browser().get(&second).await.status, 200);
        assert_eq!(town.browser().get(&second.replace("/nobitz/", "/lk-altenburger-land/")).await.status, 404);
        assert_eq!(town.browser().get(&second.replace("/nobitz/", "/gibt-es-nicht/")).await.status, 404);

        // A clerk who may no longer work here reads no calendar either.
        let krell = {
            let tenant = town.authority("nobitz").await;
            let clerks = tenant.read(|t| t.clerks()).await.expect("clerks");
            clerks.into_iter().find(|c| c.email == KRELL).expect("the clerk").id
        };
        let mut lead = town.clerk("leitung@nobitz.example").await;
        assert_eq!(lead.post(&format!("/amt/einstellungen/konten/{krell}/sperren"), &[]).await.status, 303);
        assert_eq!(town.browser().get(&second).await.status, 404);
        assert_eq!(lead.post(&format!("/amt/einstellungen/konten/{krell}/freigeben"), &[]).await.status, 303);
        assert_eq!(town.browser().get(&second).await.status, 200);

        let mut desk = town.clerk(KRELL).await;
        assert_eq!(desk.post("/amt/kalender/abo/widerrufen", &[]).await.status, 303);
        assert_eq!(town.browser().get(&second).await.status, 404);
        let history = lead.get("/amt/einstellungen/verlauf?bereich=calendar").await.text();
        assert!(history.contains("widerrufen") && history.contains("Ein Link zum Abonnieren gilt jetzt."), "{history}");
    }
}

both! {
    /// "Vormerkung" and "Wunsch" mean one thing each: on the service's page, on the receipt and in the calendar.
    async fn each_way_to_a_room_has_one_word(town: Town) {
        let mut answers = hall(&town);
        let start = town.browser().get("/nobitz/raumnutzung").await.text();
        let rule = |label: &str| {
            let rest = start.split(&format!("<dt>{label}</dt>")).nth(1).unwrap_or_else(|| panic!("no rule {label}"));
            rest.split("</dd>").next().expect("a rule").to_owned()
        };
        // Rooms differ here: each rule names its own.
        let (held, wished) = (rule("Vormerkung"), rule("Wunsch"));
        assert!(held.contains("Saal Ehrenhain") && !held.contains("Vereinsraum"), "{held}");
        assert!(wished.contains("Gilt für: Vereinsraum Ehrenhain.") && wished.contains("erst die Gemeinde"), "{wished}");
        for (room, word, other) in [("saal-ehrenhain", "für Sie vorgemerkt", "Wunsch"), ("vereinsraum-ehrenhain", "ist ein Wunsch", "vorgemerkt")] {
            answers["hire"]["room"] = room.into();
            answers["event"]["guests"] = 25.into();
            let mut club = town.club();
            let receipt = club.applies("nobitz", "raumnutzung", &answers).await;
            let page = club.browser.get(&format!("/v/{}/eingang", receipt.reference)).await.text();
            assert!(page.contains(word) && !page.contains(other), "{room}: {page}");
            assert!(page.contains("Mit der Zusage steht Ihnen der Raum von"), "nothing is promised yet: {page}");
        }
    }
}

both! {
    /// A day that is over is quiet: neither free nor taken.
    async fn days_that_are_over_are_quiet(town: Town) {
        town.on(jiff::civil::date(2026, 12, 9));
        let page = town.browser().get("/nobitz/raeume?woche=2026-12-09").await.text();
        let room = section(&page, "saal-ehrenhain");
        let days: Vec<&str> = room.split("<li").skip(1).collect();
        assert_eq!(days.len(), 7);
        for (i, day) in days.iter().enumerate() {
            let past = i < 2;
            assert_eq!(day.contains("is-past"), past, "{day}");
            assert_eq!(day.contains("success-background"), !past, "{day}");
            assert_eq!(day.contains("vorbei"), past, "{day}");
        }
    }
}
