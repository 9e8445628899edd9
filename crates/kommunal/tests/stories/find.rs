//! Finding a case at the desk, and its place on the map.

use crate::both;
use crate::decide::case_of;
use crate::town::Town;

const KRELL: &str = "s.krell@nobitz.example";

/// Number beside a view's name.
fn count(page: &str, view: &str) -> String {
    let rest = page
        .split_once(&format!("{view} <b>"))
        .unwrap_or_else(|| panic!("no view {view}"))
        .1;
    rest.split('<').next().unwrap_or_default().to_owned()
}

both! {
    /// Who searches finds decided cases too, with their state, from whatever view; the views' numbers stay.
    async fn a_search_looks_in_open_and_decided_cases(town: Town) {
        let mut club = town.club();
        let example = club.example("brauchtumsfeuer", "");
        town.on(example.today);
        let receipt = club.applies("nobitz", "brauchtumsfeuer", &example.answers).await;
        let other = town.club().applies("nobitz", "brauchtumsfeuer", &example.answers).await;
        let case = case_of(&town, "nobitz", &receipt).await;
        let mut desk = town.clerk(KRELL).await;
        assert_eq!(desk.post(&format!("/amt/v/{}/genehmigen", case.id), &[]).await.status, 303);
        town.pass(11).await;

        let plain = desk.get("/amt/eingang").await.text();
        assert!(!plain.contains(&receipt.reference) && plain.contains(&other.reference), "{plain}");
        for from in ["offen", "meine"] {
            let to = desk.post("/amt/eingang", &[("von", from), ("q", &receipt.reference)]).await.location;
            let found = desk.get(&to).await.text();
            assert!(found.contains(&receipt.reference), "{found}");
            assert!(found.contains("<b>bestätigt</b>") || found.contains("<b>genehmigt</b>"), "its state: {found}");
            assert!(found.contains("gesucht in offenen und abgeschlossenen"), "{found}");
            assert_eq!(count(&found, "Gefunden"), "1");
            for view in ["Alle offenen", "Neu", "Abgeschlossen"] {
                assert_eq!(count(&found, view), count(&plain, view), "{view}");
            }
        }
    }
}

both! {
    /// Who is searched for stands in no address: not in the list's, not in a case's that was opened from it, and what
    /// one authority sealed says nothing to another.
    async fn a_name_that_is_searched_for_stands_in_no_address(town: Town) {
        let mut club = town.club();
        let mut example = club.example("brauchtumsfeuer", "");
        town.on(example.today);
        example.answers["club"]["name"] = "Zwiebelfreunde".into();
        let receipt = club.applies("nobitz", "brauchtumsfeuer", &example.answers).await;
        let case = case_of(&town, "nobitz", &receipt).await;
        let mut desk = town.clerk(KRELL).await;
        let to = desk.post("/amt/eingang", &[("q", "Zwiebelfreunde")]).await.location;
        assert!(to.contains("gesucht=") && !to.to_lowercase().contains("zwiebel"), "{to}");
        let list = desk.get(&to).await.text();
        assert!(list.contains(&receipt.reference) && list.contains("value=\"Zwiebelfreunde\""), "{list}");
        let addresses = |page: &str| page.split("href=\"").skip(1).map(|a| a.split('"').next().unwrap_or_default().to_lowercase()).collect::<Vec<_>>();
        assert!(addresses(&list).iter().all(|a| !a.contains("zwiebel")));
        let opened = desk.get(&to.replace("/eingang", &format!("/v/{}", case.id))).await.text();
        assert!(opened.contains(&receipt.reference) && addresses(&opened).iter().all(|a| !a.contains("zwiebel")));
        // A link that somebody wrote themselves is sealed at once.
        let own = desk.get("/amt/eingang?q=Zwiebelfreunde").await;
        assert!(own.status == 303 && own.location.contains("gesucht=") && !own.location.contains("Zwiebel"), "{}", own.location);
        let mut peer = town.clerk("r.neumann@altenburgerland.example").await;
        let there = peer.get(&to).await;
        assert!(there.status == 200 && !there.text().contains("Zwiebel"), "{}", there.status);
    }
}

both! {
    /// The point stands on the product's own map: at the desk, and at the office that is asked.
    async fn a_point_is_shown_on_the_map(town: Town) {
        let mut club = town.club();
        let mut example = club.example("brauchtumsfeuer", "");
        town.on(example.today);
        example.answers["place"]["point"] = serde_json::json!({ "lat": 50.93, "lon": 12.5 });
        let receipt = club.applies("nobitz", "brauchtumsfeuer", &example.answers).await;
        town.work().await;
        let case = case_of(&town, "nobitz", &receipt).await;
        assert!(case.answers["place"]["point"].is_object(), "{}", case.answers);
        let mut desk = town.clerk(KRELL).await;
        let path = format!("/amt/v/{}", case.id);
        let page = desk.get(&path).await.text().replace("&#x2f;", "/");
        assert!(page.contains(&format!("{path}/karte")), "{page}");
        let map = desk.get(&format!("{path}/karte")).await;
        let text = map.text().replace("&#x2f;", "/");
        assert_eq!(map.status, 200, "{text}");
        assert_eq!(text.matches("/kartenbild/16077036/").count(), 2, "{text}");
        assert!(text.contains("kc-map__pin") && text.contains("50,93; 12,5"), "{text}");
        assert!(!text.contains("//tile") && !text.contains("http://") , "nothing from elsewhere");

        let until = web::format::date(town.app.today().saturating_add(jiff::Span::new().days(3)));
        let ask = [("an", "lk-altenburger-land"), ("frage", "Brennt es dort oft?"), ("bis", until.as_str()), ("feld", "place.point")];
        assert_eq!(desk.post(&format!("{path}/beteiligen"), &ask).await.status, 303);
        town.work().await;
        let incoming = town.authority("lk-altenburger-land").await.read(|t| t.incoming_consultations()).await.expect("rows");
        let mut peer = town.clerk("r.neumann@altenburgerland.example").await;
        let there = peer.get(&format!("/amt/stellungnahmen/{}", incoming[0].id)).await.text().replace("&#x2f;", "/");
        assert!(there.contains("/kartenbild/16077036/") && there.contains("kc-map__pin"), "{there}");
    }
}
