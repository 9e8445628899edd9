//! From the receipt into the next application for the same feast: one click, and nothing known is asked again.

use serde_json::Value;

use crate::actors::{Club, errors};
use crate::both;
use crate::town::Town;

/// Services that a page offers, as its buttons post them.
fn offered(page: &str) -> Vec<String> {
    let page = page.replace("&#x2f;", "/");
    let actions = page.split("action=\"/nobitz/").skip(1);
    actions
        .filter_map(|rest| rest.split('"').next()?.strip_suffix("/uebernehmen").map(str::to_owned))
        .collect()
}

/// Sends the first application; its receipt's reference and the services offered.
async fn first(town: &Town, club: &mut Club, service: &str, title: &str) -> (String, Vec<String>, Value) {
    let example = club.example(service, title);
    town.on(example.today);
    let mut answers = example.answers.clone();
    answers["event"]["public"] = true.into();
    let receipt = club.applies("nobitz", service, &answers).await;
    let page = club
        .browser
        .get(&format!("/v/{}/eingang", receipt.reference))
        .await
        .text();
    let status = club.browser.get(&format!("/v/{}", receipt.reference)).await.text();
    assert_eq!(
        offered(&page),
        offered(&status),
        "{service}: the status page offers the same"
    );
    (receipt.reference, offered(&page), answers)
}

both! {
    /// Each receipt leads on with one click; what both forms ask is answered there.
    async fn what_is_known_goes_along(town: Town) {
        let mut walked = Vec::new();
        for (service, title) in [("raumnutzung", "drei Tage"), ("brauchtumsfeuer", ""), ("veranstaltungsanzeige", ""), ("sperrzeit", "")] {
            let mut club = town.club();
            let (reference, offers, answers) = first(&town, &mut club, service, title).await;
            for to in offers {
                let begun = club.browser.post(&format!("/nobitz/{to}/uebernehmen"), &[("von", &reference)]).await;
                assert_eq!((begun.status, begun.location), (303, format!("/nobitz/{to}/antrag")), "{service} → {to}");
                let form = &town.app.services.latest(&to).expect("the service").form;
                let asked = form.pages.iter().flat_map(|p| &p.questions);
                let known: Vec<&str> = asked.filter(|q| schema::at(&answers, &q.id).is_some()).map(|q| q.id.as_str()).collect();
                assert!(known.len() > 10, "{service} → {to}: {known:?}");
                let check = club.browser.get(&format!("/nobitz/{to}/antrag/pruefen")).await.text();
                let missing = errors(&check);
                for path in known {
                    assert!(!missing.contains(&format!("#{}\"", path.replace('.', "-"))), "{service} → {to}: {path} is asked again: {missing}");
                }
                assert!(check.matches("aus Ihrem ersten Antrag").count() > 10, "{service} → {to}");
                walked.push(format!("{service} → {to}"));
            }
        }
        assert!(walked.len() >= 4, "{walked:?}");
    }
}

both! {
    /// From the hall to the notice of the feast: the hall's name is the place, pages with nothing new are skipped, and
    /// what is changed on the way is no longer marked as taken over.
    async fn only_what_is_new_is_asked(town: Town) {
        let mut club = town.club();
        let (reference, offers, _) = first(&town, &mut club, "raumnutzung", "drei Tage").await;
        assert!(offers.contains(&"veranstaltungsanzeige".to_owned()), "{offers:?}");
        let base = "/nobitz/veranstaltungsanzeige";
        // Begun before, by hand: what is there stays, the rest comes along.
        let start = club.browser.get(&format!("{base}/antrag")).await.location;
        let own = [("event.name", "Eigener Name"), ("_spaeter", "1")].map(|(k, v)| (k.to_owned(), v.to_owned()));
        assert_eq!(club.browser.post_form(&start, &own, &[]).await.status, 303);
        club.browser.post(&format!("{base}/uebernehmen"), &[("von", &reference)]).await;
        let kind = club.browser.get(&format!("{base}/antrag/kind")).await.text();
        assert!(kind.contains("value=\"Eigener Name\""), "{kind}");
        let place = club.browser.get(&format!("{base}/antrag/place")).await.text();
        assert!(place.contains("Saal Ehrenhain, Nobitz"), "{place}");
        let contact = club.browser.get(&format!("{base}/antrag/contact")).await.text();
        assert!(contact.matches("aus Ihrem ersten Antrag").count() > 4, "the form says where it is from: {contact}");

        let example = club.example("veranstaltungsanzeige", "");
        let mut all = example.answers.clone();
        all["event"]["date"] = "2026-12-12".into();
        let end = club.fill("nobitz", "veranstaltungsanzeige", &all).await;
        assert!(end.ends_with("/pruefen"), "{end}");
        assert!(club.pages.contains(&"kind".to_owned()) && !club.pages.contains(&"contact".to_owned()), "{:?}", club.pages);
        let check = club.browser.get(&end).await;
        assert_eq!(check.status, 200, "{}", errors(&check.text()));
        assert_eq!(club.send("nobitz", "veranstaltungsanzeige").await.status, 303);
    }
}

both! {
    /// A granted hall still leads to the notice of the feast, until the feast is over; its price is no guess any more.
    async fn a_decision_does_not_end_the_offers(town: Town) {
        let mut club = town.club();
        let (reference, offers, _) = first(&town, &mut club, "raumnutzung", "drei Tage").await;
        let status = format!("/v/{reference}");
        let before = club.browser.get(&status).await.text();
        assert!(before.contains("<dd>voraussichtlich "), "{before}");
        let mut desk = town.clerk("s.krell@nobitz.example").await;
        let receipt = crate::actors::Receipt { reference: reference.clone(), code: String::new() };
        let id = crate::decide::case_of(&town, "nobitz", &receipt).await.id;
        let granted = desk.post(&format!("/amt/v/{id}/genehmigen"), &[]).await;
        assert_eq!(granted.status, 303, "{}", granted.text());
        town.pass(11).await;
        let after = club.browser.get(&status).await.text();
        assert_eq!(offered(&after), offers);
        assert!(!after.contains("<dd>voraussichtlich "), "{after}");
        let file = desk.get(&format!("/amt/v/{id}")).await.text();
        assert!(file.contains("Die Zahlung steht noch aus.") && !file.contains("abgeschlossen"), "{file}");
        town.on("2026-12-14".parse().expect("a day"));
        assert!(offered(&club.browser.get(&status).await.text()).is_empty());
    }
}
