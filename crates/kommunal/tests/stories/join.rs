//! An office that has never used the product starts itself: named by its code, proven by its mail, confirmed by the
//! competence centre. Whoever is not it gets nowhere.

use crate::actors::{Browser, Page};
use crate::both;
use crate::centre::{BERGER, HARTUNG};
use crate::decide::unescaped;
use crate::events::Log;
use crate::isolation::Ids;
use crate::town::Town;

/// Weimarer Land, alone; nobody of the demo.
const KEY: &str = "16071003";
const MAYOR: &str = "m.muster@bad-berka.example";
const PASSWORD: &str = "Kirsche Amboss Fjord Telegramm";

fn centre(town: &Town) -> String {
    town.app.register.centre().expect("a centre").id.0.clone()
}

async fn asks(town: &Town, place: &str, mail: &str) -> Page {
    let typed = [("gemeinde", place), ("name", "Maria Muster"), ("email", mail)];
    town.browser().post("/mitmachen", &typed).await
}

/// The path of the newest link that this address was sent.
async fn link(town: &Town, to: &str) -> String {
    town.work().await;
    let mails = town.mails(&centre(town)).await;
    let mail = mails
        .iter()
        .find(|m| m.mail.to == to && m.mail.text.contains("/mitmachen/link/"));
    let text = mail.expect("a mail with a link").mail.text.clone();
    let at = text.find("/mitmachen/link/").expect("a link");
    text[at..].split_whitespace().next().expect("a link").to_owned()
}

/// Asked and proven; the browser and the path of the link.
pub async fn proven(town: &Town, place: &str, mail: &str) -> (Browser, String) {
    let sent = asks(town, place, mail).await;
    assert_eq!(sent.status, 200, "{}", sent.text());
    let path = link(town, mail).await;
    let mut browser = town.browser();
    let page = browser.get(&path).await;
    assert!(
        page.status == 200 && page.text().contains("Passwort wählen"),
        "{}",
        page.text()
    );
    let chosen = browser.post(&path, &[("neu", PASSWORD)]).await;
    assert_eq!(
        (chosen.status, chosen.location.as_str()),
        (303, path.as_str()),
        "{}",
        chosen.text()
    );
    (browser, path)
}

/// Ids of the sign-ups that wait.
pub async fn waiting(town: &Town) -> Vec<String> {
    let all = town
        .authority(&centre(town))
        .await
        .read(|t| t.sign_ups())
        .await
        .expect("sign-ups");
    let open = all.into_iter().filter(|s| s.state == store::SignUpState::Proven);
    open.map(|s| s.id).collect()
}

/// Both decisions leave their event in the log of the centre.
pub async fn decides(town: &Town, log: &mut Log<'_>) {
    let centre = centre(town);
    let mut lead = town.clerk(HARTUNG).await;
    for (place, step) in [("16071003", "bestaetigen"), ("16063003", "ablehnen")] {
        proven(town, place, &format!("amt@{place}.example")).await;
        let ids = Ids::from([("sign_up", waiting(town).await.remove(0))]);
        let route = format!("/cockpit/beitritte/{{sign_up}}/{step}");
        log.calls(
            &centre,
            &mut lead,
            ("POST", &route),
            &ids,
            &[("grund", "Bitte rufen Sie uns an.")],
        )
        .await;
    }
}

both! {
    async fn an_office_starts_itself(town: Town) {
        let (mut browser, path) = proven(&town, KEY, MAYOR).await;
        let page = browser.get(&path).await.text();
        assert!(page.contains("Ihre Anmeldung ist da"), "{page}");
        // Nobody is let in before the centre has said so.
        let log_in = [("mail", MAYOR), ("pass", PASSWORD)];
        assert_ne!(town.browser().post("/amt/anmelden", &log_in).await.status, 303);

        town.work().await;
        let mut lead = town.clerk(HARTUNG).await;
        let id = waiting(&town).await.remove(0);
        let told = town.mails(&centre(&town)).await;
        assert!(told.iter().any(|m| m.mail.to == HARTUNG && m.mail.text.contains(&format!("/cockpit/beitritte/{id}"))), "{told:?}");
        let list = unescaped(&lead.get("/cockpit/beitritte").await.text());
        assert!(list.contains("Stadt Bad Berka") && list.contains(MAYOR), "{list}");
        let page = unescaped(&lead.get(&format!("/cockpit/beitritte/{id}")).await.text());
        assert!(page.contains("„bad-berka.example“ enthält den Namen des Ortes."), "{page}");
        let done = lead.post(&format!("/cockpit/beitritte/{id}/bestaetigen"), &[]).await;
        assert_eq!(done.location, "/cockpit/beitritte?stand=bestaetigt", "{}", done.text());
        let again = lead.post(&format!("/cockpit/beitritte/{id}/bestaetigen"), &[]).await;
        assert_eq!(again.location, "/cockpit/beitritte?stand=vorbei");

        // Its first account is in, with the starter pack: office, ready sentences, nothing online yet.
        town.work().await;
        let told = town.mails(&centre(&town)).await;
        assert!(told.iter().any(|m| m.mail.to == MAYOR && m.mail.text.contains("/amt/anmelden") && !m.mail.text.contains(PASSWORD)), "{told:?}");
        let mut mayor = town.browser();
        assert_eq!(mayor.post("/amt/anmelden", &log_in).await.status, 303);
        let contact = unescaped(&mayor.get("/amt/einstellungen/kontakt").await.text());
        assert!(contact.contains("value=\"Stadt Bad Berka\"") && contact.contains("value=\"99438\""), "{contact}");
        let blocks = mayor.get("/amt/einstellungen/textbausteine").await.text();
        assert!(blocks.contains("Wege frei halten"), "{blocks}");
        assert_eq!(mayor.get("/cockpit/beitritte").await.status, 403);
        // Whoever asks for the same authority now is told to turn to it.
        let known = unescaped(&asks(&town, "Bad Berka", "wer@anders.example").await.text());
        assert!(known.contains("Stadt Bad Berka macht schon mit"), "{known}");
        let page = browser.get(&path).await.text();
        assert!(page.contains("macht mit") && page.contains("/amt/anmelden"), "{page}");
    }
}

both! {
    async fn a_member_of_an_association_brings_all_of_it(town: Town) {
        // Breitenworbis is the seat of an office for several villages.
        let sent = unescaped(&asks(&town, "16061017", "amt@breitenworbis.example").await.text());
        assert!(sent.contains("wird von Verwaltungsgemeinschaft"), "{sent}");
    }
}

both! {
    async fn who_is_not_the_office_gets_nowhere(town: Town) {
        let page = unescaped(&asks(&town, "Neverland", MAYOR).await.text());
        assert!(page.contains("„Neverland“ gibt es in Thüringen nicht") && page.contains("value=\"Maria Muster\""), "{page}");
        let known = unescaped(&asks(&town, "16077036", "boese@nobitz.example").await.text());
        assert!(known.contains("Gemeinde Nobitz macht schon mit"), "{known}");
        assert!(town.mails(&centre(&town)).await.is_empty());

        // A link that was never sent, a password that is easily guessed, a link that was used.
        assert_eq!(town.browser().get("/mitmachen/link/AAAAAAAAAAAAAAAAAAAAAA").await.status, 404);
        assert_eq!(asks(&town, KEY, MAYOR).await.status, 200);
        let path = link(&town, MAYOR).await;
        let mut browser = town.browser();
        for weak in ["kurz", "Passwort-2026", "Maria Muster Maria"] {
            assert_eq!(browser.post(&path, &[("neu", weak)]).await.status, 422, "{weak}");
        }
        browser.post(&path, &[("neu", PASSWORD)]).await;
        town.browser().post(&path, &[("neu", "Etwas ganz anderes steht hier")]).await;
        let id = waiting(&town).await.remove(0);

        // Who works at the centre reads; only its lead decides, and says why not.
        let mut clerk = town.clerk(BERGER).await;
        assert_eq!(clerk.get(&format!("/cockpit/beitritte/{id}")).await.status, 200);
        for step in ["bestaetigen", "ablehnen"] {
            let tried = clerk.post(&format!("/cockpit/beitritte/{id}/{step}"), &[("grund", "x")]).await;
            assert_eq!(tried.status, 403, "{step}");
        }
        let mut lead = town.clerk(HARTUNG).await;
        let at = format!("/cockpit/beitritte/{id}/ablehnen");
        assert_eq!(lead.post(&at, &[("grund", " ")]).await.status, 422);
        assert_eq!(lead.post(&at, &[("grund", "Bitte rufen Sie uns an.")]).await.status, 303);
        town.work().await;
        let told = town.mails(&centre(&town)).await;
        assert!(told.iter().any(|m| m.mail.to == MAYOR && m.mail.text.contains("Bitte rufen Sie uns an.")), "{told:?}");
        let page = browser.get(&path).await.text();
        assert!(page.contains("Bitte rufen Sie uns an."), "{page}");
        assert_ne!(town.browser().post("/amt/anmelden", &[("mail", MAYOR), ("pass", PASSWORD)]).await.status, 303);

        // After three days a link opens nothing, and the row is gone with the next housekeeping.
        assert_eq!(asks(&town, "16071003", "zweite@bad-berka.example").await.status, 200);
        let path = link(&town, "zweite@bad-berka.example").await;
        town.pass(3 * 24 * 3600 + 1).await;
        assert_eq!(town.browser().get(&path).await.status, 404);
    }
}

both! { limited:
    async fn one_address_gets_three_links_an_hour(town: Town) {
        for n in 1..=4 {
            let page = asks(&town, KEY, MAYOR).await;
            assert_eq!(page.status, if n < 4 { 200 } else { 422 }, "{n}: {}", page.text());
        }
    }
}
