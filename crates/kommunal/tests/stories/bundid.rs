//! Applicants prove who they are through a provider: what opens an account and what never does, and services that need a
//! level of assurance.

use schema::Assurance;
use serde_json::{Value, json};
use store::{Person, Services};
use web::state::App;

use crate::actors::{Browser, Club, Page, errors};
use crate::both;
use crate::decide::case_of;
use crate::idp::{IDP, Way, goes, proves, way};
use crate::konto::{SOMMER, comes_in};
use crate::town::Town;

pub const SERVICE: &str = "brauchtumsfeuer";
pub const LINK: &str = "/konto/anmelden/dienst/person";
pub const SURE: &str = "loa-2";

pub fn plain(page: &Page) -> String {
    page.text().replace("&#x2f;", "/").replace('\u{a0}', " ")
}

/// The town with both providers; its bonfire needs a level if there is one.
pub async fn town_with(town: &Town, level: Option<Assurance>) -> App {
    let mut app = App {
        vouchers: vec![IDP.voucher(false), IDP.voucher(true)].into(),
        ..town.app.clone()
    };
    if let Some(level) = level {
        let mut files = kommunal::shipped::files();
        let file = files
            .get_mut("services/brauchtumsfeuer/service.toml")
            .expect("the service");
        let rule = format!(
            "\n[assurance]\nlevel = \"{}\"\nlegal_basis = [\"obg27\"]\n",
            level.as_str()
        );
        file.extend(rule.into_bytes());
        let loaded = schema::load(&files);
        let services = Services::publish(town.app.store.shared(), &files, &loaded, town.now());
        app.services = services.await.expect("services");
    }
    app
}

pub fn browser(app: &App) -> Browser {
    Browser::new(web::router(app.clone()))
}

/// The same cookies in the town with providers.
pub fn in_town(app: &App, other: &Browser) -> Browser {
    other.in_front_of(web::router(app.clone()))
}

pub fn sommer() -> Value {
    json!({
        "name": "Katrin Sommer", "email": SOMMER, "email_verified": true, "organization": "Festverein Lindenhof e. V.",
        "address": { "street_address": "Lindenhof 3", "postal_code": "04603", "locality": "Nobitz" },
    })
}

pub async fn person(app: &App, browser: &Browser) -> Option<Person> {
    let token = browser.cookie("kontositzung")?;
    app.store.who_acts(&token, "", app.now()).await.expect("a log-in")
}

/// The account that this browser acts for.
pub async fn account(app: &App, browser: &Browser) -> Option<String> {
    let acting = person(app, browser).await?.acting?;
    Some(acting.tenant.id().0.clone())
}

/// Somebody new comes in by the provider and makes her account.
pub async fn makes_an_account(app: &App, who: &str) -> Browser {
    let mut browser = browser(app);
    let back = proves(&mut browser, LINK, (who, SURE), &sommer()).await;
    assert!(
        back.location.starts_with("/konto/neu"),
        "{} {}",
        back.location,
        back.text()
    );
    let form = plain(&browser.get(&back.location).await);
    assert!(
        form.contains("value=\"Katrin Sommer\""),
        "what the provider said stands there: {form}"
    );
    let made = browser
        .post("/konto/neu", &[("art", "person"), ("name", "Katrin M. Sommer")])
        .await;
    assert_eq!(
        (made.status, made.location.as_str()),
        (303, "/konto"),
        "{}",
        made.text()
    );
    browser
}

both! {
    /// Whom the provider knows is found again, however the address for mail has changed; an address opens nothing.
    async fn a_person_comes_in_by_a_provider(town: Town) {
        let app = town_with(&town, None).await;
        // Somebody else has an account under the address that the provider says.
        let (mut mail, _) = comes_in(&town, SOMMER).await;
        mail.post("/konto/neu", &[("art", "person"), ("name", "Katrin Sommer")]).await;
        let by_mail = account(&app, &mail).await.expect("an account");

        let page = plain(&browser(&app).get("/konto/anmelden?ziel=/konto/angaben").await);
        assert!(page.contains("Mit BundID anmelden") && page.contains("Mit Mein Unternehmenskonto anmelden"), "{page}");
        assert!(page.contains(&format!("{LINK}?ziel=/konto/angaben")), "the target goes along: {page}");

        let mut first = makes_an_account(&app, "a-1").await;
        let own = account(&app, &first).await.expect("an account");
        assert_ne!(own, by_mail, "an address that a provider says opens nobody's account");
        let details = plain(&first.get("/konto/angaben").await);
        assert!(details.contains("value=\"Katrin M. Sommer\"") && details.contains("value=\"Lindenhof\"") && details.contains("value=\"04603\""), "{details}");
        let home = plain(&first.get("/konto").await);
        assert!(home.contains("Sie sind angemeldet mit BundID.") && home.contains("Mit BundID verbunden seit"), "{home}");

        let mut again = browser(&app);
        let mut other = sommer();
        other["email"] = "neu@post.example".into();
        let back = proves(&mut again, &format!("{LINK}?ziel=/konto/angaben"), ("a-1", SURE), &other).await;
        assert_eq!((back.status, back.location.as_str()), (303, "/konto/angaben"), "{}", back.text());
        assert_eq!(account(&app, &again).await.as_deref(), Some(own.as_str()));
        // Large and small letters are two people.
        let mut twin = browser(&app);
        let back = proves(&mut twin, LINK, ("A-1", SURE), &sommer()).await;
        assert!(back.location.starts_with("/konto/neu"), "{}", back.location);

        // By mail one is still where one was.
        let (mail, _) = comes_in(&town, SOMMER).await;
        assert_eq!(account(&app, &mail).await.as_deref(), Some(by_mail.as_str()));

        // An organisation's account is its own.
        let mut club = browser(&app);
        let back = proves(&mut club, "/konto/anmelden/dienst/organisation", ("o-1", SURE), &sommer()).await;
        let form = plain(&club.get(&back.location).await);
        assert!(form.contains("value=\"Festverein Lindenhof e. V.\""), "{form}");
        // Out everywhere: on no device, in neither account of this identity.
        assert_eq!(again.post("/konto/ueberall-abmelden", &[]).await.status, 303);
        assert_eq!((account(&app, &first).await, account(&app, &again).await), (None, None));
    }
}

both! {
    /// What does not fit opens nothing: for each way there is one answer, in the browser that began.
    async fn what_proves_nothing_opens_nothing(town: Town) {
        let app = town_with(&town, None).await;
        let no = "genügt zum Anmelden nicht";
        let late = "zweimal geöffnet";
        type Change = fn(&mut Value);
        let lies: [(&str, Change); 5] = [
            ("nonce", |words| words["nonce"] = "eine-andere".into()),
            ("no nonce", |words| drop(words.as_object_mut().map(|w| w.remove("nonce")))),
            ("aud", |words| words["aud"] = "ein-anderer-dienst".into()),
            ("iss", |words| words["iss"] = "https://anderer.example".into()),
            ("exp", |words| words["exp"] = 1_700_000_100.into()),
        ];
        for (what, lie) in lies {
            let mut visitor = browser(&app);
            let way = goes(&mut visitor, LINK).await;
            let mut words = IDP.words(&way, "a-1", SURE);
            lie(&mut words);
            let code = IDP.code(&way, words, sommer(), true);
            let page = visitor.get(&way.back(&code)).await;
            assert!(page.status == 422 && page.text().contains(no), "{what}: {} {}", page.status, page.text());
            assert!(person(&app, &visitor).await.is_none(), "{what}");
        }
        let mut visitor = browser(&app);
        let way = goes(&mut visitor, LINK).await;
        let unsigned = IDP.code(&way, IDP.words(&way, "a-1", SURE), sommer(), false);
        assert!(visitor.get(&way.back(&unsigned)).await.text().contains(no), "nobody signed it");
        // Somebody else's words when asked.
        let way = goes(&mut visitor, LINK).await;
        let code = IDP.code(&way, IDP.words(&way, "a-1", SURE), json!({ "sub": "b-2", "name": "Jens Albrecht" }), true);
        assert_eq!(visitor.get(&way.back(&code)).await.status, 422, "it is said of somebody else");
        // Another state, and after that the right one: once is once.
        let way = goes(&mut visitor, LINK).await;
        let code = IDP.code(&way, IDP.words(&way, "a-1", SURE), sommer(), true);
        let mut wrong = way.clone();
        wrong.state = "ein-anderer".into();
        assert!(visitor.get(&wrong.back(&code)).await.text().contains(no));
        assert!(visitor.get(&way.back(&code)).await.text().contains(late));
        // In a stranger's browser, and with the stranger's own way begun.
        let way = goes(&mut visitor, LINK).await;
        let code = IDP.code(&way, IDP.words(&way, "a-1", SURE), sommer(), true);
        let mut stranger = browser(&app);
        assert!(stranger.get(&way.back(&code)).await.text().contains(late));
        goes(&mut stranger, LINK).await;
        assert!(stranger.get(&way.back(&code)).await.text().contains(no));
        // A code that was given for another way.
        let other = goes(&mut stranger, LINK).await;
        assert!(stranger.get(&other.back(&code)).await.text().contains(no));
        // The other provider's way back.
        let crossed = way.back(&code).replace("/person/", "/organisation/");
        assert!(visitor.get(&crossed).await.text().contains(late));
        for path in ["/konto/anmelden/dienst/niemand", "/konto/anmelden/dienst/niemand/zurueck?code=x&state=y"] {
            assert_eq!(visitor.get(path).await.status, 404, "{path}");
        }
        // Too late, stopped there, and the right way at last.
        let way = goes(&mut visitor, LINK).await;
        let code = IDP.code(&way, IDP.words(&way, "a-1", SURE), sommer(), true);
        town.pass(5 * 60 + 1).await;
        assert!(visitor.get(&way.back(&code)).await.text().contains(late));
        let way = goes(&mut visitor, LINK).await;
        let stopped = format!("{}&error=access_denied", way.back(""));
        let page = visitor.get(&stopped).await;
        assert!(page.status == 422 && page.text().contains("wurde abgebrochen"), "{}", page.text());
        assert!(page.head.contains("referrer-policy: no-referrer"), "{}", page.head);
        assert!(person(&app, &visitor).await.is_none() && person(&app, &stranger).await.is_none());
        let back = proves(&mut visitor, LINK, ("a-1", SURE), &sommer()).await;
        assert_eq!(back.status, 303, "{}", back.text());
        let target = proves(&mut browser(&app), &format!("{LINK}?ziel=//boese.example"), ("a-1", SURE), &sommer()).await;
        assert!(target.location.starts_with("/konto/neu") && !target.location.contains("boese"), "{}", target.location);
    }
}

/// Goes to connect an identity with the account of this browser; the way to the provider.
async fn begins(browser: &mut Browser) -> Way {
    let page = browser.post("/konto/verbinden", &[("dienst", "person")]).await;
    assert_eq!(page.status, 200, "{}", page.text());
    let text = page.text().replace("&#x2f;", "/").replace("&amp;", "&");
    let link = text.split(&format!("href=\"{}", IDP.url)).nth(1).expect("the way on");
    let link = link.split('"').next().expect("an address");
    let way = way(link);
    assert!(
        link.contains("prompt=login"),
        "nobody connects what a neighbour is logged in with: {link}"
    );
    way
}

/// Connects the identity with the account of this browser; the answer to the way back.
pub async fn connects(browser: &mut Browser, who: &str) -> Page {
    let way = begins(browser).await;
    let code = IDP.code(&way, IDP.words(&way, who, SURE), sommer(), true);
    browser.get(&way.back(&code)).await
}

both! {
    /// Who came by mail connects an identity and takes it away again; another person's is never taken over.
    async fn an_identity_is_connected_and_disconnected(town: Town) {
        let app = town_with(&town, None).await;
        let (mail, _) = comes_in(&town, SOMMER).await;
        let mut mail = in_town(&app, &mail);
        mail.post("/konto/neu", &[("art", "verein"), ("verein", "Festverein Lindenhof e. V."), ("name", "Katrin Sommer")]).await;
        let own = account(&app, &mail).await.expect("an account");
        let done = connects(&mut mail, "a-1").await;
        assert_eq!(done.location, "/konto?ok=verbunden", "{}", done.text());
        let again = connects(&mut mail, "a-1").await;
        assert_eq!(again.location, "/konto?ok=verbunden", "the same once more changes nothing");
        let second = connects(&mut mail, "b-2").await;
        assert!(second.status == 422 && second.text().contains("schon mit einer anderen Anmeldung"), "{}", second.text());
        // By it into the club.
        let mut by_provider = browser(&app);
        proves(&mut by_provider, LINK, ("a-1", SURE), &sommer()).await;
        assert_eq!(account(&app, &by_provider).await.as_deref(), Some(own.as_str()));

        // Another member of the club cannot have it.
        let asked = [("name", "Jens Albrecht"), ("mail", "j.albrecht@lindenhof.example"), ("rolle", "member")];
        assert_eq!(mail.post("/konto/personen/neu", &asked).await.status, 303);
        let (jens, _) = comes_in(&town, "j.albrecht@lindenhof.example").await;
        let mut jens = in_town(&app, &jens);
        jens.post(&format!("/konto/antwort/{own}"), &[("antwort", "ja")]).await;
        jens.post("/konto/auswahl", &[("konto", &own)]).await;
        let taken = connects(&mut jens, "a-1").await;
        assert!(taken.status == 422 && taken.text().contains("gehört in diesem Konto schon zu einer anderen Person"), "{}", taken.text());
        let mut by_provider = browser(&app);
        proves(&mut by_provider, LINK, ("a-1", SURE), &sommer()).await;
        assert_eq!(person(&app, &by_provider).await.and_then(|p| p.acting).map(|a| a.member.name), Some("Katrin Sommer".into()));
        // Begun by one, brought back while another is logged in in the same browser.
        let mut lent = mail.clone();
        let way = begins(&mut lent).await;
        let code = IDP.code(&way, IDP.words(&way, "c-3", SURE), sommer(), true);
        lent.keep("/", "kontositzung", jens.cookie("kontositzung").expect("a log-in"));
        let out = lent.get(&way.back(&code)).await;
        assert!(out.location.starts_with("/konto/anmelden"), "nobody else's: {} {}", out.location, out.text());
        let his = person(&app, &jens).await.and_then(|p| p.acting).expect("Jens");
        assert_eq!(his.member.connections.len(), 0, "nothing is connected with who happens to be there");

        // One who has an account of his own by it joins the club with it, too, and is told so.
        makes_an_account(&app, "b-2").await;
        let too = connects(&mut jens, "b-2").await;
        assert_eq!(too.location, "/konto?ok=verbunden-auch", "{}", too.text());
        let mut both = browser(&app);
        let back = proves(&mut both, LINK, ("b-2", SURE), &sommer()).await;
        assert!(back.location.starts_with("/konto/auswahl"), "{}", back.location);

        // Begun by one, brought back when nobody is logged in.
        let way = begins(&mut mail).await;
        let code = IDP.code(&way, IDP.words(&way, "c-3", SURE), sommer(), true);
        assert_eq!(mail.clone().post("/konto/abmelden", &[]).await.status, 303);
        let out = mail.get(&way.back(&code)).await;
        assert!(out.location.starts_with("/konto/anmelden"), "nobody is logged in any more: {} {}", out.location, out.text());
        let (again, _) = comes_in(&town, SOMMER).await;
        let mut mail = in_town(&app, &again);

        // Taken away: what it opened is closed at once, on every device.
        assert!(account(&app, &by_provider).await.is_some());
        let gone = mail.post("/konto/trennen", &[("dienst", "person")]).await;
        assert_eq!(gone.location, "/konto?ok=getrennt", "{}", gone.text());
        assert!(account(&app, &by_provider).await.is_none(), "the log-in by it has ended");
        let mut by_provider = browser(&app);
        let back = proves(&mut by_provider, LINK, ("a-1", SURE), &sommer()).await;
        assert!(back.location.starts_with("/konto/neu"), "{}", back.location);
        // The last way in stays.
        let mut only = makes_an_account(&app, "d-4").await;
        let last = only.post("/konto/trennen", &[("dienst", "person")]).await;
        assert!(last.status == 400 && last.text().contains("kämen Sie nicht mehr in Ihr Konto"), "{}", last.text());
    }
}

/// Fills the bonfire's form in with the provider's own name for the person; before it is sent.
pub async fn fills(app: &App, town: &Town, browser: Browser) -> Club {
    let mut answers = town.club().example(SERVICE, "").answers;
    answers["contact"]["name"] = "Katrin Sommer".into();
    let mut club = Club::new(browser, app.clone());
    let end = club.fill("nobitz", SERVICE, &answers).await;
    assert!(end.ends_with("/pruefen"), "{end}");
    club
}

both! {
    /// Filled in by anybody, sent by whoever is known well enough; after the log-in the draft is as it was.
    async fn a_service_asks_for_a_level(town: Town) {
        town.on(town.club().example(SERVICE, "").today);
        let app = town_with(&town, Some(Assurance::Substantial)).await;
        let start = plain(&browser(&app).get(&format!("/nobitz/{SERVICE}")).await);
        assert!(start.contains("Zum Absenden melden Sie sich mit BundID oder Mein Unternehmenskonto an") && start.contains("„substanziell“"), "{start}");
        let mut club = fills(&app, &town, browser(&app)).await;
        let check = format!("/nobitz/{SERVICE}/antrag/pruefen");
        let shown = plain(&club.browser.get(&check).await);
        assert!(shown.contains("Vor dem Absenden melden Sie sich mit"), "{shown}");
        let sent = club.send("nobitz", SERVICE).await;
        let page = format!("/konto/anmelden?niveau=substantial&ziel={}", web::frame::urlencode(&check));
        assert_eq!((sent.status, &sent.location), (303, &page), "{}", errors(&sent.text()));
        let asked = plain(&club.browser.get(&page).await);
        assert!(asked.contains("Mit BundID anmelden") && !asked.contains("Link senden"), "{asked}");

        let link = format!("{LINK}?ziel={}&niveau=substantial", web::frame::urlencode(&check));
        assert_eq!(goes(&mut club.browser, &link).await.acr, "loa-2 loa-3", "only what reaches it is asked for");
        for low in ["loa-1", "loa-9", ""] {
            let back = proves(&mut club.browser, &link, ("a-1", low), &sommer()).await;
            assert!(back.status == 422 && plain(&back).contains("Hier brauchen Sie mindestens „substanziell“"), "{low}: {}", back.text());
        }
        let sent = club.send("nobitz", SERVICE).await;
        assert!(sent.location.starts_with("/konto/anmelden?niveau="), "{}", sent.location);
        let back = proves(&mut club.browser, &link, ("a-1", SURE), &sommer()).await;
        assert_eq!((back.status, &back.location), (303, &check), "{}", back.text());
        let shown = plain(&club.browser.get(&check).await);
        assert!(shown.contains("BundID hat bestätigt, wer Sie sind.") && shown.contains("von BundID bestätigt"), "{shown}");
        assert!(!shown.contains("Vor dem Absenden melden"), "{shown}");
        let sent = club.send("nobitz", SERVICE).await;
        assert!(sent.location.starts_with("/v/"), "{} {}", sent.location, errors(&sent.text()));
        let receipt = crate::actors::Receipt {
            reference: club.browser.get(&sent.location).await.after("data-reference>"),
            code: String::new(),
        };
        let case = case_of(&town, "nobitz", &receipt).await;
        let identity = case.identity.as_ref().expect("who vouched");
        assert_eq!((identity.by.as_str(), identity.level), ("BundID", Assurance::Substantial));
        assert_eq!(identity.confirmed, ["contact.name", "contact.address"], "only what is as the provider says");
        assert!(!serde_json::to_string(&case).expect("JSON").contains("a-1"), "the subject stands in no case");
        let mut desk = town.clerk("s.krell@nobitz.example").await;
        let seen = plain(&desk.get(&format!("/amt/v/{}", case.id)).await);
        assert!(seen.contains("Identität: BundID, substanziell") && seen.contains("von BundID bestätigt"), "{seen}");
    }
}

both! {
    /// The level is asked for where applications are taken: of the API's, too; never of what a clerk enters.
    async fn no_way_around_the_level(town: Town) {
        let example = town.club().example(SERVICE, "");
        town.on(example.today);
        let app = town_with(&town, Some(Assurance::High)).await;
        let place = town.app.place("nobitz").expect("a place").municipality.ags.clone();
        let mut program = browser(&app);
        let request = program
            .request("POST", &format!("/api/v1/authorities/{place}/services/{SERVICE}/applications"))
            .header("content-type", "application/json")
            .header("idempotency-key", "eins")
            .body(axum::body::Body::from(json!({ "answers": example.answers }).to_string()))
            .expect("a request");
        let refused = program.send(request).await;
        let body: Value = serde_json::from_slice(&refused.body).expect("JSON");
        assert_eq!((refused.status, body["type"].as_str()), (403, Some("urn:kommunal:problem:assurance-needed")), "{body}");
        assert_eq!((body["needed"].as_str(), body["form"].as_str()), (Some("high"), Some("/nobitz/brauchtumsfeuer")));
        let said = program.get(&format!("/api/v1/services/{SERVICE}")).await;
        let said: Value = serde_json::from_slice(&said.body).expect("JSON");
        assert_eq!(said["assurance"], json!({ "level": "high", "legal_basis": ["obg27"] }));

        // A log-in by mail, and one that is surer but not sure enough.
        let (mail, _) = comes_in(&town, SOMMER).await;
        let mut mail = in_town(&app, &mail);
        mail.post("/konto/neu", &[("art", "person"), ("name", "Katrin Sommer")]).await;
        let own = account(&app, &mail).await;
        let mut club = fills(&app, &town, mail).await;
        assert!(club.send("nobitz", SERVICE).await.location.starts_with("/konto/anmelden?niveau=high"));
        let link = format!("{LINK}?ziel=/nobitz/{SERVICE}/antrag/pruefen&niveau=substantial");
        proves(&mut club.browser, &link, ("a-1", SURE), &sommer()).await;
        assert!(club.send("nobitz", SERVICE).await.location.starts_with("/konto/anmelden?niveau=high"));
        // Who the account knows is another than who comes back.
        let high = link.replace("substantial", "high");
        assert_eq!(connects(&mut club.browser, "a-1").await.location, "/konto?ok=verbunden");
        let other = proves(&mut club.browser, &high, ("b-2", "loa-3"), &sommer()).await;
        assert!(other.status == 422 && other.text().contains("jemand anderes angemeldet"), "{}", other.text());
        let back = proves(&mut club.browser, &high, ("a-1", "loa-3"), &sommer()).await;
        assert_eq!(back.status, 303, "{}", back.text());
        assert_eq!(account(&app, &club.browser).await, own, "the log-in is the one that it was");
        let sent = club.send("nobitz", SERVICE).await;
        assert!(sent.location.starts_with("/v/"), "{} {}", sent.location, errors(&sent.text()));

        // What came on paper was signed.
        let desk = town.clerk("s.krell@nobitz.example").await;
        let mut desk = in_town(&app, &desk);
        let day = web::format::date(example.today);
        let paper = [("ort", place.as_str()), ("leistung", SERVICE), ("weg", "paper"), ("eingang", day.as_str())];
        assert_eq!(desk.post("/amt/neu", &paper).await.status, 303);
        let mut clerk = fills(&app, &town, desk).await;
        let entered = clerk.send("nobitz", SERVICE).await;
        assert!(entered.location.starts_with("/amt/v/"), "{} {}", entered.location, errors(&entered.text()));
    }
}

both! {
    /// What the provider vouches for stands in the form before anything is asked; changed, it is nobody's word any more.
    async fn what_is_vouched_for_fills_the_form(town: Town) {
        town.on(town.club().example(SERVICE, "").today);
        let app = town_with(&town, None).await;
        let browser = makes_an_account(&app, "a-1").await;
        // One page is answered; on the one about the person everything stands there already.
        let service = app.services.latest(SERVICE).expect("the service");
        let mut answers = town.club().example(SERVICE, "").answers;
        let mut club = Club::new(browser, app.clone());
        let (first, at) = (&service.form.pages[0], format!("/nobitz/{SERVICE}/antrag"));
        club.answers_page(&format!("{at}/{}", first.id), first, &answers).await;
        let asks = |p: &&schema::Page| p.questions.iter().any(|q| q.id == "contact.address");
        let page = service.form.pages.iter().find(asks).expect("a page");
        let shown = plain(&club.browser.get(&format!("{at}/{}", page.id)).await);
        assert!(shown.contains("value=\"Lindenhof\"") && shown.contains("value=\"Katrin M. Sommer\""), "{shown}");
        assert!(shown.matches("von BundID bestätigt").count() >= 2, "{shown}");
        // She has moved.
        (answers["contact"]["name"], answers["contact"]["address"]["street"]) = ("Katrin Sommer".into(), "Neue Straße".into());
        let end = club.fill("nobitz", SERVICE, &answers).await;
        assert!(end.ends_with("/pruefen"), "{end}");
        let shown = plain(&club.browser.get(&format!("{at}/pruefen")).await);
        assert_eq!(shown.matches("von BundID bestätigt").count(), 1, "{shown}");
        let sent = club.send("nobitz", SERVICE).await;
        let reference = club.browser.get(&sent.location).await.after("data-reference>");
        let receipt = crate::actors::Receipt { reference, code: String::new() };
        let case = case_of(&town, "nobitz", &receipt).await;
        assert_eq!(case.identity.as_ref().map(|i| i.level), Some(Assurance::Substantial));
        assert_eq!(case.identity.expect("who vouched").confirmed, ["contact.name"]);
    }
}
