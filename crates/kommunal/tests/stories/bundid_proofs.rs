//! How long what an applicant has proven counts, for whom, and what ends it: every way in that a member has, the level of
//! assurance, who vouches besides, and what a new way in asks for.

use axum::body::Body;
use schema::Assurance;

use crate::actors::Browser;
use crate::both;
use crate::bundid::{
    LINK, SERVICE, SURE, account, browser, connects, fills, in_town, makes_an_account, person, plain, sommer, town_with,
};
use crate::idp::{IDP, proves};
use crate::konto::{SOMMER, comes_in, letters};
use crate::town::Town;

const ORGANISATION: &str = "/konto/anmelden/dienst/organisation";

/// In the town with providers, by a link and with an account of her own.
async fn by_mail(town: &Town, app: &web::state::App) -> Browser {
    let (mail, _) = comes_in(town, SOMMER).await;
    let mut mail = in_town(app, &mail);
    mail.post("/konto/neu", &[("art", "person"), ("name", "Katrin Sommer")])
        .await;
    mail
}

async fn level(app: &web::state::App, browser: &Browser) -> Option<Assurance> {
    person(app, browser).await.map(|p| p.session.proof.level())
}

fn besides(target: &str, needed: &str) -> String {
    format!("{LINK}?ziel={}&niveau={needed}", web::frame::urlencode(target))
}

both! {
    /// "Log out everywhere" and "all other devices" know every way in of the member, whichever one asks.
    async fn out_everywhere_is_out_by_every_way_in(town: Town) {
        let app = town_with(&town, None).await;
        let mut mail = by_mail(&town, &app).await;
        assert_eq!(connects(&mut mail, "a-1").await.location, "/konto?ok=verbunden");
        for asks in ["mail", "provider", "others"] {
            let (again, _) = comes_in(&town, SOMMER).await;
            let mut mail = in_town(&app, &again);
            let mut tablet = browser(&app);
            proves(&mut tablet, LINK, ("a-1", SURE), &sommer()).await;
            assert!(account(&app, &mail).await.is_some() && account(&app, &tablet).await.is_some(), "{asks}");
            let (one, path) = match asks {
                "mail" => (&mut mail, "/konto/ueberall-abmelden"),
                "provider" => (&mut tablet, "/konto/ueberall-abmelden"),
                _ => (&mut mail, "/konto/andere-abmelden"),
            };
            assert_eq!(one.post(path, &[]).await.status, 303);
            assert_eq!(account(&app, &tablet).await, None, "{asks}: the tablet");
            assert_eq!(account(&app, &mail).await.is_some(), asks == "others", "{asks}: the link's");
            town.pass(1).await;
        }
    }
}

both! {
    /// Twelve hours after the log-in both are over, however often an account is chosen or somebody vouches again.
    async fn a_level_ends_with_its_log_in(town: Town) {
        let app = town_with(&town, None).await;
        let mut mail = by_mail(&town, &app).await;
        let own = account(&app, &mail).await.expect("an account");
        let link = besides("/konto", "substantial");
        proves(&mut mail, &link, ("a-1", SURE), &sommer()).await;
        for n in 1..=13 {
            town.pass(54 * 60).await;
            assert_eq!(mail.post("/konto/auswahl", &[("konto", &own)]).await.location, "/konto");
            assert_eq!(level(&app, &mail).await, Some(Assurance::Substantial), "{n}");
        }
        proves(&mut mail, &link, ("a-1", SURE), &sommer()).await;
        town.pass(17 * 60).await;
        assert_eq!(level(&app, &mail).await, Some(Assurance::Substantial), "a minute is left");
        town.pass(2 * 60).await;
        assert_eq!(level(&app, &mail).await, None, "twelve hours are over");
        assert!(mail.get("/konto").await.location.starts_with("/konto/anmelden"));
    }
}

both! {
    /// Between reading a log-in and writing it again it was ended: nothing opens.
    async fn an_ended_log_in_does_not_come_back(town: Town) {
        let app = town_with(&town, None).await;
        let mut mail = by_mail(&town, &app).await;
        let token = mail.cookie("kontositzung").expect("a log-in");
        let known = person(&app, &mail).await.expect("somebody");
        let (tenant, _) = known.session.at.clone().expect("an account");
        let by = makes_an_account(&app, "a-1").await;
        let vouched = person(&app, &by).await.and_then(|p| p.session.proof.vouched).expect("who vouched");
        mail.post("/konto/ueberall-abmelden", &[]).await;
        let entered = app.store.enter_account(&token, &known.session, &tenant, town.now()).await;
        assert_eq!(entered.expect("no error"), None);
        let again = app.store.vouch(&token, &known.session, vouched, town.now()).await;
        assert_eq!(again.expect("no error"), None);
    }
}

both! {
    /// Who vouches has to be the one whom the account has connected, and whom the log-in is of.
    async fn who_vouches_is_nobody_else(town: Town) {
        town.on(town.club().example(SERVICE, "").today);
        let app = town_with(&town, Some(Assurance::Substantial)).await;
        let mut mail = by_mail(&town, &app).await;
        let first = account(&app, &mail).await.expect("an account");
        // In the first account nobody is connected: a neighbour may vouch, and is not written into a new account.
        let back = proves(&mut mail, &besides("/konto", "substantial"), ("b-2", SURE), &sommer()).await;
        assert_eq!((back.status, back.location.as_str()), (303, "/konto"), "{}", back.text());
        let form = plain(&mail.get("/konto/neu").await);
        assert!(!form.contains("value=\"Festverein Lindenhof e. V.\"") && !form.contains("value=\"Katrin Sommer\""), "{form}");
        mail.post("/konto/neu", &[("art", "person"), ("name", "Katrin Sommer")]).await;
        let second = account(&app, &mail).await.expect("an account");
        assert_ne!(first, second);
        let details = plain(&mail.get("/konto/angaben").await);
        assert!(!details.contains("value=\"Lindenhof\""), "what the neighbour is called by: {details}");
        assert_eq!(level(&app, &mail).await, Some(Assurance::Substantial));

        // Connecting another takes the neighbour's word away; so does coming from the first account.
        assert_eq!(connects(&mut mail, "a-1").await.location, "/konto?ok=verbunden");
        assert_eq!(level(&app, &mail).await, Some(Assurance::Basis));
        let mut club = fills(&app, &town, mail).await;
        club.browser.post("/konto/auswahl", &[("konto", &first)]).await;
        proves(&mut club.browser, &besides("/konto", "substantial"), ("b-2", SURE), &sommer()).await;
        assert_eq!(level(&app, &club.browser).await, Some(Assurance::Substantial));
        club.browser.post("/konto/auswahl", &[("konto", &second)]).await;
        assert_eq!(account(&app, &club.browser).await, Some(second));
        let sent = club.send("nobitz", SERVICE).await;
        assert!(sent.location.starts_with("/konto/anmelden?niveau="), "{}", sent.location);
        let check = format!("/nobitz/{SERVICE}/antrag/pruefen");
        proves(&mut club.browser, &besides(&check, "substantial"), ("a-1", SURE), &sommer()).await;
        let sent = club.send("nobitz", SERVICE).await;
        assert!(sent.location.starts_with("/v/"), "{}", sent.location);

        // An organisation's log-in, a person besides, and then another organisation.
        let mut org = browser(&app);
        proves(&mut org, ORGANISATION, ("o-1", "loa-1"), &sommer()).await;
        proves(&mut org, &besides("/konto/neu", "substantial"), ("p-1", SURE), &sommer()).await;
        assert_eq!(level(&app, &org).await, Some(Assurance::Substantial));
        let again = besides("/konto/neu", "substantial").replace("/person", "/organisation");
        let other = proves(&mut org, &again, ("o-2", SURE), &sommer()).await;
        assert!(other.status == 422 && other.text().contains("jemand anderes angemeldet"), "{}", other.text());
        let same = proves(&mut org, &again, ("o-1", SURE), &sommer()).await;
        assert_eq!(same.status, 303, "{}", same.text());
    }
}

both! {
    /// Whoever finds a browser open leaves no way in: the mail has been read just now, its reader is told, others are out.
    async fn a_new_way_in_asks_for_a_fresh_log_in(town: Town) {
        let app = town_with(&town, None).await;
        let mut mail = by_mail(&town, &app).await;
        town.pass(31 * 60).await;
        let ask = [("dienst", "person")];
        let first = mail.post("/konto/verbinden", &ask).await;
        assert!(first.status == 422 && first.text().contains("Link an mich senden"), "{}", first.text());
        assert!(!first.text().contains(&IDP.url.replace('/', "&#x2f;")), "no way on");
        let (fresh, _) = comes_in(&town, SOMMER).await;
        let mut fresh = in_town(&app, &fresh);
        assert!(account(&app, &mail).await.is_some());
        assert_eq!(connects(&mut fresh, "a-1").await.location, "/konto?ok=verbunden");
        assert!(account(&app, &mail).await.is_none(), "the other device is out");
        assert!(account(&app, &fresh).await.is_some(), "this one stays");
        let told = letters(&town, SOMMER).await;
        let about = told.iter().find(|m| m.mail.subject == "Eine Anmeldung ist verbunden").expect("a mail");
        assert!(about.mail.text.contains("mit BundID") && about.mail.text.contains("Waren Sie das nicht?"), "{}", about.mail.text);
        // Taken away: told, and out elsewhere, too.
        let (other, _) = comes_in(&town, SOMMER).await;
        let other = in_town(&app, &other);
        assert_eq!(fresh.post("/konto/trennen", &ask).await.location, "/konto?ok=getrennt");
        assert!(account(&app, &other).await.is_none() && account(&app, &fresh).await.is_some());
        assert!(letters(&town, SOMMER).await.iter().any(|m| m.mail.subject == "Eine Anmeldung ist getrennt"));

        // Without an address it is the identity that is proven anew.
        let mut only = makes_an_account(&app, "b-2").await;
        town.pass(31 * 60).await;
        let first = only.post("/konto/verbinden", &[("dienst", "organisation")]).await;
        assert!(first.status == 422 && plain(&first).contains("Mit BundID anmelden"), "{}", first.text());
        proves(&mut only, LINK, ("b-2", SURE), &sommer()).await;
        assert_eq!(only.post("/konto/verbinden", &[("dienst", "organisation")]).await.status, 200);
    }
}

both! {
    /// A link or a frame of another website does not set a log-in in motion: there is a button first.
    async fn another_site_begins_no_log_in(town: Town) {
        let app = town_with(&town, None).await;
        let mut mail = by_mail(&town, &app).await;
        for (site, begins) in [("cross-site", false), ("same-site", false), ("same-origin", true), ("none", true)] {
            let request = mail.request("GET", &besides("/konto/angaben", "substantial")).header("sec-fetch-site", site);
            let page = mail.send(request.body(Body::empty()).expect("a request")).await;
            let (there, here) = (page.location.starts_with(&IDP.url), page.location.starts_with("/konto/anmelden?niveau=substantial"));
            assert_eq!((page.status, there, here), (303, begins, !begins), "{site}: {}", page.location);
            assert_eq!(mail.cookie("kontoweg").is_some(), begins, "{site}");
        }
        let page = plain(&mail.get("/konto/anmelden?niveau=substantial&ziel=/konto/angaben").await);
        assert!(page.contains("Mit BundID anmelden"), "{page}");
    }
}

both! {
    /// Whatever a municipality is called, its pages are where somebody goes on after the log-in.
    async fn every_place_is_gone_on_to(town: Town) {
        let app = town_with(&town, None).await;
        let mut tricky = 0;
        for place in app.register.places() {
            let check = format!("/{}/{SERVICE}/antrag/pruefen", place.slug);
            assert_eq!(web::account::session::inside(&check), check);
            tricky += usize::from(check.starts_with("/amt"));
        }
        assert!(tricky >= 2, "{tricky}");
        let link = besides(&format!("/amt-wachsenburg/{SERVICE}/antrag/pruefen"), "substantial");
        let back = proves(&mut browser(&app), &link, ("a-1", SURE), &sommer()).await;
        assert_eq!(back.location, format!("/amt-wachsenburg/{SERVICE}/antrag/pruefen"));
    }
}
