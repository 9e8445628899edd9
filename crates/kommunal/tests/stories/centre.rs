//! The competence centre's pages are its own: whoever works elsewhere is told so, whoever is logged out logs in first.

use web::routes::{RouteInfo, Who};

use crate::actors::Browser;
use crate::both;
use crate::decide::unescaped;
use crate::isolation::{Ids, ask, fill};
use crate::town::Town;

/// Its lead, and somebody who works there.
pub const HARTUNG: &str = "l.hartung@kompetenz.example";
pub const BERGER: &str = "t.berger@kompetenz.example";

/// Every route of the competence centre.
pub fn centre_routes() -> Vec<RouteInfo> {
    let all = web::route_infos().into_iter();
    all.filter(|r| matches!(r.who, Who::Centre | Who::CentreLead)).collect()
}

/// What a path of the competence centre can name, as nobody has it.
fn nothing() -> Ids {
    let names = centre_routes().into_iter().flat_map(|r| r.path.split('/'));
    let names = names.filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    names.map(|name| (name, "00000000".to_owned())).collect()
}

both! {
    async fn only_the_competence_centre_opens_its_pages(town: Town) {
        let (mut lead, mut own) = (town.clerk(HARTUNG).await, town.clerk(BERGER).await);
        let mut others: Vec<Browser> = Vec::new();
        for mail in ["leitung@nobitz.example", "s.krell@nobitz.example", "r.neumann@altenburgerland.example"] {
            others.push(town.clerk(mail).await);
        }
        let (routes, ids) = (centre_routes(), nothing());
        assert!(!routes.is_empty());
        for route in routes {
            let path = fill(route.path, &ids).expect("a path");
            let anybody = ask(&mut town.browser(), route.method, &path).await;
            let out = anybody.status == 303 && anybody.location.starts_with("/amt/anmelden");
            assert!(out, "{} {path}: {}", route.method, anybody.status);
            for other in &mut others {
                assert_eq!(ask(other, route.method, &path).await.status, 403, "{} {path}", route.method);
            }
            let inside = ask(&mut own, route.method, &path).await.status;
            assert_eq!(inside == 403, route.who == Who::CentreLead, "{} {path}: {inside}", route.method);
            if route.method == "GET" {
                let inside = ask(&mut lead, route.method, &path).await.status;
                assert!(![401, 403, 500].contains(&inside), "{} {path}: {inside}", route.method);
            }
        }
        // The log-in leads back to the page that was asked for, and on its own to the cockpit.
        let mut browser = town.browser();
        let asked = browser.get("/cockpit").await;
        assert_eq!(asked.location, "/amt/anmelden?ziel=/cockpit");
        let account = [("mail", BERGER), ("pass", "Vorfuehrung-2026"), ("ziel", "/cockpit")];
        assert_eq!(browser.post("/amt/anmelden", &account).await.location, "/cockpit");
        for start in ["/amt", "/amt/eingang"] {
            assert_eq!(own.get(start).await.location, "/cockpit");
        }
        let page = unescaped(&own.get("/cockpit").await.text());
        assert!(page.contains("Kompetenzzentrum Thüringen") && !page.contains("/amt/eingang"), "{page}");
        assert!(!page.contains("/amt/einstellungen") && unescaped(&lead.get("/cockpit").await.text()).contains("/amt/einstellungen"));
    }
}
