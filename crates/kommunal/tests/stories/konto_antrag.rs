//! What an account is good for: it fills forms in, keeps what is begun and what was sent, and lets nobody in whose role
//! has ended. Without an account everything is as before (`apply`).

use serde_json::Value;

use crate::actors::{Club, Page, errors};
use crate::both;
use crate::isolation::{Ids, ask, fill};
use crate::konto::{SOMMER, club, ids, joins};
use crate::town::Town;

const ALBRECHT: &str = "j.albrecht@lindenhof.example";
const SERVICE: &str = "brauchtumsfeuer";

fn plain(page: &Page) -> String {
    page.text().replace("&#x2f;", "/")
}

/// The club fills the bonfire's form in with the account's browser and sends it; the reference.
pub async fn applies(town: &Town, browser: crate::actors::Browser, answers: &Value) -> (Club, String) {
    let mut club = Club::new(browser, town.app.clone());
    let end = club.fill("nobitz", SERVICE, answers).await;
    assert!(end.ends_with("/pruefen"), "{end}");
    let sent = club.send("nobitz", SERVICE).await;
    assert_eq!(sent.status, 303, "{}", errors(&sent.text()));
    let page = club.browser.get(&sent.location).await;
    assert_eq!(page.status, 200, "{}", sent.location);
    let reference = page.after("data-reference>");
    (club, reference)
}

both! {
    /// Known answers stand in the form with their source; the application is found again without its code, by all who
    /// act for the club; what it says is remembered by choice.
    async fn a_club_applies_with_what_its_account_knows(town: Town) {
        let example = town.club().example(SERVICE, "");
        town.on(example.today);
        let chair = club(&town, "Festverein Lindenhof e. V.", SOMMER).await;
        let (mut one, reference) = applies(&town, chair, &example.answers).await;
        town.work().await;
        // No code is left in the browser; the account opens it.
        assert_eq!(one.browser.cookie("vorgang"), None);
        let status = format!("/v/{reference}");
        assert_eq!(one.browser.get(&status).await.status, 200);
        let home = plain(&one.browser.get("/konto").await);
        assert!(home.contains(&status) && home.contains("Gemeinde Nobitz"), "{home}");
        let receipt = plain(&one.browser.get(&format!("{status}/eingang")).await);
        assert!(receipt.contains("Für das nächste Mal merken?"), "{receipt}");
        let kept = one.browser.post(&format!("/konto/merken/{reference}"), &[]).await;
        assert_eq!(kept.location, "/konto/angaben?ok=gemerkt");
        let details = one.browser.get("/konto/angaben").await.text();
        let phone = example.answers["contact"]["phone"].as_str().expect("a phone");
        assert!(details.contains(phone) || details.contains(&phone.replace(' ', "")), "{details}");

        // Another member: the club's answers are there before anything is asked, the person's own are her own.
        let mut other = joins(&town, &mut one.browser, ALBRECHT, &[("rolle", "member")]).await;
        assert_eq!(other.get(&status).await.status, 200, "who acts for the club sees its applications");
        let mut page = other.get(&format!("/nobitz/{SERVICE}/antrag")).await;
        page = other.get(&page.location).await;
        let mut seen = plain(&page);
        let definition = town.app.services.latest(SERVICE).expect("the service");
        for id in definition.form.pages.iter().map(|p| &p.id) {
            if seen.contains("name=\"club.name\"") {
                break;
            }
            seen = plain(&other.get(&format!("/nobitz/{SERVICE}/antrag/{id}")).await);
        }
        if seen.contains("name=\"club.name\"") {
            assert!(seen.contains("aus dem Vereinskonto"), "{seen}");
        }
        assert!(!details.contains("aus dem Vereinskonto"));

        // The same once more: a draft with everything but the day, listed for both.
        town.pass(400 * 24 * 3600).await;
        let (mut chair, _) = crate::konto::comes_in(&town, SOMMER).await;
        let again = chair.post(&format!("/konto/wieder/{reference}"), &[]).await;
        assert_eq!((again.status, again.location), (303, format!("/nobitz/{SERVICE}/antrag")));
        let home = plain(&chair.get("/konto").await);
        assert!(home.contains("/konto/entwurf/") && home.contains("Noch einmal"), "{home}");
    }
}

both! {
    /// A begun application belongs to the account: who has only its cookie, link or code does not get in.
    async fn a_draft_of_an_account_opens_for_its_members_only(town: Town) {
        let example = town.club().example(SERVICE, "");
        town.on(example.today);
        let chair = club(&town, "Festverein Lindenhof e. V.", SOMMER).await;
        let mut one = Club::new(chair, town.app.clone());
        let end = one.fill("nobitz", SERVICE, &example.answers).await;
        let later = plain(&one.browser.get(&end.replace("pruefen", "spaeter")).await);
        let link = later.split("/weiter/").nth(1).and_then(|l| l.split(['"', '<']).next()).expect("a link").to_owned();
        let mut other = joins(&town, &mut one.browser, ALBRECHT, &[("rolle", "member")]).await;
        let home = plain(&other.get("/konto").await);
        let draft = home.split("/konto/entwurf/").nth(1).and_then(|d| d.split('"').next()).expect("the draft").to_owned();
        assert_eq!(other.get(&format!("/konto/entwurf/{draft}")).await.location, format!("/nobitz/{SERVICE}/antrag"));
        assert_eq!(other.get(&end).await.status, 200, "the other member goes on with it");

        let mut anybody = town.browser();
        let to = anybody.get(&format!("/weiter/{link}")).await.location;
        let asked = anybody.get(&to).await;
        assert!(asked.status == 303 && asked.location.starts_with("/konto/anmelden"), "{}", asked.location);
        assert!(anybody.get(&end).await.location.starts_with("/konto/anmelden"));
        assert!(anybody.post(&end, &[]).await.location.starts_with("/konto/anmelden"));
        // Whoever comes to the form of this browser begins anew, and the page about the service is there for all.
        assert_eq!(anybody.get(&format!("/nobitz/{SERVICE}")).await.status, 200);
        assert_eq!(anybody.get(&format!("/nobitz/{SERVICE}/antrag")).await.status, 303);
        assert_eq!(anybody.cookie("entwurf"), None);
        // Another club's member: there is nothing.
        let mut stranger = club(&town, "Heimatverein Sonnental e. V.", "m.wolf@sonnental.example").await;
        assert_eq!(stranger.get(&format!("/konto/entwurf/{draft}")).await.status, 404);
        assert!(stranger.get(&to).await.location.starts_with("/konto/anmelden"));
        let page = stranger.get(&end).await;
        assert_eq!((page.status, page.location), (303, format!("/nobitz/{SERVICE}/antrag")), "begins anew");
    }
}

both! {
    /// However far somebody was in: after the role ends neither the application nor its draft nor the details open.
    async fn an_ended_role_opens_nothing_that_was_sent(town: Town) {
        let example = town.club().example(SERVICE, "");
        town.on(example.today);
        let mut chair = club(&town, "Festverein Lindenhof e. V.", SOMMER).await;
        let other = joins(&town, &mut chair, ALBRECHT, &[("rolle", "treasurer")]).await;
        let (mut other, reference) = applies(&town, other, &example.answers).await;
        town.work().await;
        let mine = Ids::from([("reference", reference.clone())]);
        assert_eq!(other.browser.get(&format!("/v/{reference}")).await.status, 200);
        let own = ids(&town, &mut chair, "Jens Albrecht").await;
        let end = format!("/konto/personen/{}/ende/{}", own["member"], own["term"]);
        assert_eq!(chair.post(&end, &[]).await.status, 303);
        let mut asked = 0;
        for route in web::route_infos().iter().filter(|r| r.ids == ["reference"]) {
            let path = fill(route.path, &mine).expect("a path");
            let answer = ask(&mut other.browser, route.method, &path).await;
            let out = [303, 400, 404].contains(&answer.status)
                && (answer.status != 303 || ["/stand", "/konto/anmelden"].iter().any(|p| answer.location.starts_with(p)));
            assert!(out, "{} {path}: {} {}", route.method, answer.status, answer.location);
            asked += 1;
        }
        assert!(asked > 15, "{asked}");
        assert!(other.browser.get("/konto/angaben").await.location.starts_with("/konto/anmelden"));
        assert_eq!(chair.get(&format!("/v/{reference}")).await.status, 200, "the club still sees it");
    }
}

both! {
    /// Who may keep what: the bank account is the treasurer's and the chair's; what is wrong is said at its field.
    async fn details_are_changed_by_who_may(town: Town) {
        let mut chair = club(&town, "Festverein Lindenhof e. V.", SOMMER).await;
        let wrong = [("contact.phone", "keine"), ("bank.iban", "DE00 1"), ("contact.email", "x")];
        let page = chair.post("/konto/angaben", &wrong).await;
        assert!(page.status == 422 && page.text().contains("Diese IBAN stimmt nicht"), "{}", page.text());
        let right = [("club.name", "Festverein Lindenhof e. V."), ("bank.holder", "Festverein"), ("bank.iban", "DE02 1203 0000 0000 2020 51"),
            ("contact.name", "Katrin Sommer"), ("contact.address.street", "Am Lindenhof"), ("contact.address.house_number", "1"),
            ("contact.address.postcode", "04603"), ("contact.address.town", "Nobitz")];
        assert_eq!(chair.post("/konto/angaben", &right).await.location, "/konto/angaben?ok=gespeichert");
        assert!(chair.get("/konto/angaben").await.text().contains("Am Lindenhof"));
        let mut member = joins(&town, &mut chair, ALBRECHT, &[("rolle", "member")]).await;
        let page = member.get("/konto/angaben").await.text();
        assert!(!page.contains("bank.iban") && !page.contains("2020 51") && !page.contains("Am Lindenhof"), "{page}");
        assert_eq!(member.post("/konto/angaben", &[("bank.iban", ""), ("club.name", "Anders"), ("contact.phone", "0151 23456789")]).await.status, 303);
        let page = chair.get("/konto/angaben").await.text();
        assert!(page.contains("DE0212030000000020205") || page.contains("DE02 1203"), "{page}");
        assert!(!page.contains("Anders") && !page.contains("23456789"), "{page}");
    }
}
