//! Passkeys of people and clubs, and where they are logged in: what a passkey opens, that its ceremony counts once and in
//! its browser, what ends with it; idle time, and one's own sessions.

use serde_json::json;

use crate::actors::{Browser, Page};
use crate::both;
use crate::konto::{SOMMER, account_in, club, comes_in, ids, is_out, joins, letters};
use crate::soft_key::{Device, json_of, post_json, question};
use crate::town::Town;

pub const ALBRECHT: &str = "j.albrecht@lindenhof.example";
const LOG_IN: &str = "/konto/anmelden/passkey";
const LOG_IN_ASKS: &str = "/konto/anmelden/passkey/frage";
const ADD: &str = "/konto/passkey";
const ADD_ASKS: &str = "/konto/passkey/frage";
const PAGE: &str = "/konto/zugang";

/// Sets one up in this browser.
pub async fn sets_up(browser: &mut Browser, device: &mut Device, name: &str) {
    let asked = question(browser, ADD_ASKS).await;
    let credential = device.makes(&asked).expect("a new one");
    let done = post_json(browser, ADD, &json!({ "name": name, "credential": credential })).await;
    assert_eq!((done.status, told(&done)), (200, format!("{PAGE}?ok=passkey")));
}

/// Where the script is to go on, or what it is to say.
fn told(page: &Page) -> String {
    let json = json_of(page);
    let text = json["ziel"].as_str().or_else(|| json["text"].as_str());
    text.unwrap_or_default().to_owned()
}

pub async fn logs_in(browser: &mut Browser, device: &mut Device, path: &str) -> Page {
    let asked = question(browser, LOG_IN_ASKS).await;
    post_json(browser, path, &device.signs(&asked)).await
}

/// Names of the passkeys or devices to take away, as the page's forms name them.
pub async fn named(browser: &mut Browser, form: &str) -> Vec<String> {
    let page = browser.get(PAGE).await.text().replace("&#x2f;", "/");
    let forms = page.split(form).skip(1);
    forms
        .filter_map(|f| f.split("name=\"id\" value=\"").nth(1)?.split('"').next())
        .map(str::to_owned)
        .collect()
}

fn refused(page: &Page, why: &str) {
    assert!(
        page.status == 422 && told(page).contains(why),
        "{} {}",
        page.status,
        page.text()
    );
}

both! {
    /// It is the person's: it opens the choice of her accounts, and none where her role has ended.
    async fn a_passkey_opens_what_the_link_opens(town: Town) {
        let mut chair = club(&town, "Festverein Lindenhof e. V.", SOMMER).await;
        let mut phone = Device::new();
        sets_up(&mut chair, &mut phone, "Mein Handy").await;
        let mail = letters(&town, SOMMER).await;
        assert!(mail.iter().any(|m| m.mail.subject == "Ein Passkey ist eingerichtet" && m.mail.text.contains(PAGE)));
        assert!(!mail.iter().any(|m| m.mail.text.contains("Mein Handy")), "whoever set it up writes nothing to her");

        let mut new = town.browser();
        assert!(new.get("/konto/anmelden").await.text().contains("Mit Passkey anmelden"));
        let done = logs_in(&mut new, &mut phone, &format!("{LOG_IN}?ziel=/konto/personen")).await;
        assert_eq!((done.status, told(&done).as_str()), (200, "/konto/personen"));
        assert_eq!(new.get("/konto/amt").await.status, 200, "with her role");
        assert!(new.get(PAGE).await.text().contains("zuletzt benutzt am"));
        for elsewhere in ["//evil.example", "/amt/eingang", "https://evil.example"] {
            let done = logs_in(&mut town.browser(), &mut phone, &format!("{LOG_IN}?ziel={elsewhere}")).await;
            assert_eq!(told(&done), "/konto");
        }

        // A second account knows the address: she chooses.
        let mut other = club(&town, "Heimatverein Sonnental e. V.", "m.wolf@sonnental.example").await;
        let asked = [("name", "Jens Albrecht"), ("mail", SOMMER), ("rolle", "treasurer")];
        assert_eq!(other.post("/konto/personen/neu", &asked).await.status, 303);
        let mut both = town.browser();
        assert!(told(&logs_in(&mut both, &mut phone, LOG_IN).await).starts_with("/konto/auswahl"));
        let page = both.get("/konto/auswahl").await.text();
        assert!(page.contains("Lindenhof") && page.contains("Sonnental"), "{page}");
        let theirs = page.split("Heimatverein").nth(1).map(account_in).expect("the account");
        assert_eq!(both.post(&format!("/konto/antwort/{theirs}"), &[("antwort", "ja")]).await.status, 303);
        assert_eq!(both.post("/konto/auswahl", &[("konto", &theirs)]).await.location, "/konto");
        assert!(both.get("/konto").await.text().contains("Sonnental"));

        // Her role there ends: at once out, and the passkey opens the other account only.
        let people = other.get("/konto/personen").await.text().replace("&#x2f;", "/");
        let member = people.split("/konto/personen/").find(|p| p.contains("Jens Albrecht")).and_then(|p| p.split('"').next()).expect("her");
        let page = other.get(&format!("/konto/personen/{member}")).await.text().replace("&#x2f;", "/");
        let term = page.split("/ende/").nth(1).and_then(|t| t.split('"').next()).expect("a term");
        assert_eq!(other.post(&format!("/konto/personen/{member}/ende/{term}"), &[]).await.status, 303);
        assert!(is_out(&both.get("/konto").await));
        let mut again = town.browser();
        assert_eq!(told(&logs_in(&mut again, &mut phone, LOG_IN).await), "/konto");
        assert!(again.get("/konto").await.text().contains("Lindenhof"));
        assert_ne!(again.post("/konto/auswahl", &[("konto", &theirs)]).await.location, "/konto");
    }
}

both! {
    /// One answer, once, within five minutes, from the browser that asked, for this page, with the owner's finger.
    async fn a_ceremony_counts_once_and_in_its_browser(town: Town) {
        let mut chair = club(&town, "Festverein Lindenhof e. V.", SOMMER).await;
        let mut phone = Device::new();
        sets_up(&mut chair, &mut phone, "").await;
        const LATE: &str = "Das hat zu lange gedauert";
        const UNKNOWN: &str = "Diesen Passkey kennen wir nicht";

        // Another browser sends the answer: without a ceremony, and with one of its own.
        let (mut one, mut two) = (town.browser(), town.browser());
        let asked = question(&mut one, LOG_IN_ASKS).await;
        let answer = phone.signs(&asked);
        refused(&post_json(&mut town.browser(), LOG_IN, &answer).await, LATE);
        question(&mut two, LOG_IN_ASKS).await;
        refused(&post_json(&mut two, LOG_IN, &answer).await, UNKNOWN);
        assert_eq!(post_json(&mut one, LOG_IN, &answer).await.status, 200);
        refused(&post_json(&mut one, LOG_IN, &answer).await, LATE);

        let asked = question(&mut two, LOG_IN_ASKS).await;
        town.pass(5 * 60 + 1).await;
        refused(&post_json(&mut two, LOG_IN, &phone.signs(&asked)).await, LATE);
        // The desk's question is none of an account's, nor the other way round.
        for (asks, to, answers) in [("/amt/anmelden/passkey/frage", "/konto", LOG_IN), (LOG_IN_ASKS, "/amt", "/amt/anmelden/passkey")] {
            let mut three = town.browser();
            let asked = question(&mut three, asks).await;
            let ceremony = three.cookie("passkey").expect("a ceremony");
            three.keep(to, "passkey", ceremony);
            refused(&post_json(&mut three, answers, &phone.signs(&asked)).await, LATE);
        }

        // Another finger, another page, another name, an older count: each with a ceremony of its own.
        phone.verified = false;
        refused(&logs_in(&mut two, &mut phone, LOG_IN).await, UNKNOWN);
        phone.verified = true;
        phone.origin = "http://localhost.evil.example";
        refused(&logs_in(&mut two, &mut phone, LOG_IN).await, UNKNOWN);
        phone.origin = "http://localhost";
        phone.host = "evil.example";
        refused(&logs_in(&mut two, &mut phone, LOG_IN).await, UNKNOWN);
        phone.host = "localhost";
        let now = phone.counter;
        phone.counter = 1;
        refused(&logs_in(&mut two, &mut phone, LOG_IN).await, UNKNOWN);
        phone.counter = now;
        // Somebody else's handle, no signature, no answer at all.
        let asked = question(&mut two, LOG_IN_ASKS).await;
        let mut answer = phone.signs(&asked);
        answer["response"]["userHandle"] = "AAAAAAAAAAAAAAAAAAAAAA".into();
        refused(&post_json(&mut two, LOG_IN, &answer).await, UNKNOWN);
        let asked = question(&mut two, LOG_IN_ASKS).await;
        let mut answer = phone.signs(&asked);
        answer["response"]["signature"] = "MAYCAQECAQE".into();
        refused(&post_json(&mut two, LOG_IN, &answer).await, UNKNOWN);
        question(&mut two, LOG_IN_ASKS).await;
        refused(&post_json(&mut two, LOG_IN, &json!({})).await, UNKNOWN);
        assert!(is_out(&two.get("/konto").await));
        assert_eq!(logs_in(&mut two, &mut phone, LOG_IN).await.status, 200, "the twin of all of these");

        // A new one is made by whoever asked for it, and by nobody else.
        let mut other = joins(&town, &mut chair, ALBRECHT, &[("rolle", "member")]).await;
        let (mut chair, _) = comes_in(&town, SOMMER).await;
        let mut tablet = Device::new();
        let asked = question(&mut chair, ADD_ASKS).await;
        let made = json!({ "name": "", "credential": tablet.makes(&asked).expect("a new one") });
        other.keep("/konto", "passkey", chair.cookie("passkey").expect("a ceremony"));
        refused(&post_json(&mut other, ADD, &made).await, LATE);
        refused(&post_json(&mut chair, ADD, &made).await, LATE);
        tablet.verified = false;
        let asked = question(&mut chair, ADD_ASKS).await;
        let made = json!({ "name": "", "credential": tablet.makes(&asked).expect("a new one") });
        refused(&post_json(&mut chair, ADD, &made).await, "keinen brauchbaren Passkey");
        assert_eq!(named(&mut chair, "/konto/passkey/entfernen").await.len(), 1);
    }
}

both! {
    /// With a passkey goes what it opened; what a link opened stays. Its owner hears of it.
    async fn taking_a_passkey_away_ends_what_it_opened(town: Town) {
        let mut chair = club(&town, "Festverein Lindenhof e. V.", SOMMER).await;
        let (mut phone, mut tablet) = (Device::new(), Device::new());
        sets_up(&mut chair, &mut phone, "Handy").await;
        town.pass(1).await;
        sets_up(&mut chair, &mut tablet, "Tablet").await;
        let (mut by_phone, mut by_tablet) = (town.browser(), town.browser());
        logs_in(&mut by_phone, &mut phone, LOG_IN).await;
        logs_in(&mut by_tablet, &mut tablet, LOG_IN).await;
        let keys = named(&mut chair, "/konto/passkey/entfernen").await;
        assert_eq!(keys.len(), 2);

        // Nobody takes another's away.
        let mut other = joins(&town, &mut chair, ALBRECHT, &[("rolle", "chair")]).await;
        other.post("/konto/passkey/entfernen", &[("id", &keys[0])]).await;
        assert_eq!(by_phone.get("/konto").await.status, 200);
        let gone = chair.post("/konto/passkey/entfernen", &[("id", &keys[0])]).await;
        assert_eq!(gone.location, format!("{PAGE}?ok=ohne-passkey"));
        assert!(is_out(&by_phone.get("/konto").await));
        assert_eq!((chair.get("/konto").await.status, by_tablet.get("/konto").await.status), (200, 200));
        refused(&logs_in(&mut by_phone, &mut phone, LOG_IN).await, "Diesen Passkey kennen wir nicht");
        assert!(letters(&town, SOMMER).await.iter().any(|m| m.mail.subject == "Ein Passkey ist entfernt"));
        // By the device that it belongs to: out here, too, and the page says so.
        let gone = by_tablet.post("/konto/passkey/entfernen", &[("id", &keys[1])]).await;
        assert_eq!(gone.location, "/konto/anmelden?ab=1");
        assert!(is_out(&by_tablet.get("/konto").await));
    }
}

both! {
    /// Whoever was in before with something else is out: the owner knows now who holds what.
    async fn a_new_passkey_ends_the_other_log_ins(town: Town) {
        let mut chair = club(&town, "Festverein Lindenhof e. V.", SOMMER).await;
        let mut other = joins(&town, &mut chair, ALBRECHT, &[("rolle", "chair")]).await;
        let (mut elsewhere, _) = comes_in(&town, SOMMER).await;
        assert_eq!(elsewhere.get("/konto").await.status, 200);
        sets_up(&mut chair, &mut Device::new(), "Handy").await;
        assert!(is_out(&elsewhere.get("/konto").await));
        assert_eq!((chair.get("/konto").await.status, other.get("/konto").await.status), (200, 200), "this one, and others' stay");
    }
}

both! {
    /// Against the mail just read, one for each device, ten at most.
    async fn who_has_just_read_the_mail_sets_a_passkey_up(town: Town) {
        let mut chair = club(&town, "Festverein Lindenhof e. V.", SOMMER).await;
        let mut phone = Device::new();
        sets_up(&mut chair, &mut phone, "Handy").await;
        town.pass(1).await;
        let asked = question(&mut chair, ADD_ASKS).await;
        assert!(phone.makes(&asked).is_none(), "twice on one device");
        for n in 2..=10 {
            sets_up(&mut chair, &mut Device::new(), &format!("Gerät {n}")).await;
        }
        refused(&chair.post(ADD_ASKS, &[]).await, "Mehr als zehn");
        assert!(chair.get(PAGE).await.text().contains("Mehr als zehn"));
        let keys = named(&mut chair, "/konto/passkey/entfernen").await;
        chair.post("/konto/passkey/entfernen", &[("id", &keys[9])]).await;
        question(&mut chair, ADD_ASKS).await;

        // Half an hour after the link, however often an account was chosen, and by a passkey never.
        town.pass(20 * 60).await;
        let page = chair.get("/konto/auswahl").await.text();
        chair.post("/konto/auswahl", &[("konto", &account_in(&page))]).await;
        town.pass(10 * 60 + 1).await;
        refused(&chair.post(ADD_ASKS, &[]).await, "in der ersten halben Stunde");
        assert!(chair.get(PAGE).await.text().contains("Link an mich senden"));
        let mut by_phone = town.browser();
        assert_eq!(logs_in(&mut by_phone, &mut phone, LOG_IN).await.status, 200);
        refused(&by_phone.post(ADD_ASKS, &[]).await, "in der ersten halben Stunde");
    }
}

both! {
    /// An hour without a request, and twelve hours in any case, however often an account was chosen.
    async fn a_log_in_that_rests_ends(town: Town) {
        let mut chair = club(&town, "Festverein Lindenhof e. V.", SOMMER).await;
        for _ in 0..3 {
            town.pass(55 * 60).await;
            assert_eq!(chair.get("/konto").await.status, 200);
        }
        town.pass(3600 + 1).await;
        assert!(is_out(&chair.get("/konto").await));

        let (mut chair, _) = comes_in(&town, SOMMER).await;
        let id = account_in(&chair.get("/konto/auswahl").await.text());
        for _ in 0..13 {
            town.pass(54 * 60).await;
            assert_eq!(chair.post("/konto/auswahl", &[("konto", &id)]).await.location, "/konto");
        }
        town.pass(20 * 60).await;
        assert!(is_out(&chair.get("/konto").await), "twelve hours are over");
    }
}

both! {
    /// Where one is logged in, in all accounts of the address: seen, ended one by one or all at once.
    async fn ones_own_log_ins_are_seen_and_ended(town: Town) {
        let mut chair = club(&town, "Festverein Lindenhof e. V.", SOMMER).await;
        let (mut two, _) = comes_in(&town, SOMMER).await;
        let (mut three, _) = comes_in(&town, SOMMER).await;
        let mut other = joins(&town, &mut chair, ALBRECHT, &[("rolle", "chair")]).await;
        for browser in [&mut two, &mut three] {
            assert_eq!(browser.get("/konto").await.status, 200);
        }
        let page = chair.get(PAGE).await.text();
        assert_eq!(page.matches("dieses Gerät").count(), 1, "{page}");
        let others = named(&mut chair, "/konto/geraet-abmelden").await;
        assert_eq!(others.len(), 2);
        assert_eq!(named(&mut other, "/konto/geraet-abmelden").await.len(), 0, "nobody else's");
        other.post("/konto/geraet-abmelden", &[("id", &others[0])]).await;
        other.post("/konto/andere-abmelden", &[]).await;
        assert_eq!(named(&mut chair, "/konto/geraet-abmelden").await, others, "nobody ends another's");

        // The last used first: the third.
        let done = chair.post("/konto/geraet-abmelden", &[("id", &others[0])]).await;
        assert_eq!(done.location, format!("{PAGE}?ok=abgemeldet"));
        let (a, b) = (two.get("/konto").await, three.get("/konto").await);
        assert!(is_out(&a) != is_out(&b), "one of them, and one only");
        chair.post("/konto/andere-abmelden", &[]).await;
        assert!(is_out(&two.get("/konto").await) && is_out(&three.get("/konto").await));
        assert_eq!((chair.get("/konto").await.status, other.get("/konto").await.status), (200, 200));
        assert!(chair.get(&format!("{PAGE}?sprache=en")).await.text().contains("Unknown device"));
        // A name that is nobody's ends nothing, nor this one.
        assert_eq!(ids(&town, &mut chair, "Katrin Sommer").await.len(), 3);
        chair.post("/konto/geraet-abmelden", &[]).await;
        assert_eq!(chair.get("/konto").await.status, 200);
    }
}
