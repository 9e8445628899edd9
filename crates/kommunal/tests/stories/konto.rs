//! Accounts of people and clubs: the link by mail, roles with their days, an office that changes hands, and that a right
//! which has ended opens nothing.

use store::MailRow;
use web::routes::{RouteInfo, Who};

use crate::actors::{Browser, Page};
use crate::both;
use crate::isolation::{Ids, ask, fill, form, nobodys, send, told};
use crate::konto_antrag::applies;
use crate::konto_passkey::{named, sets_up};
use crate::shield::guarded;
use crate::soft_key::Device;
use crate::town::Town;

pub const SOMMER: &str = "k.sommer@lindenhof.example";
const ALBRECHT: &str = "j.albrecht@lindenhof.example";
const OUT: &str = "/konto/anmelden";

/// What the installation has written to this address, the newest first.
pub async fn letters(town: &Town, to: &str) -> Vec<MailRow> {
    town.work().await;
    let mut all = Vec::new();
    for tenant in town.app.store.shared().tenants().await.expect("tenants") {
        if tenant.level == store::ACCOUNT {
            let store = town.app.store.tenant(&tenant.id).await.expect("an account");
            all.extend(store.read(|t| t.mails(100)).await.expect("mails"));
        }
    }
    all.retain(|m| m.mail.to == to);
    all.sort_by_key(|m| std::cmp::Reverse(m.created_at));
    all
}

/// The path of the newest link that this address was sent.
pub async fn link(town: &Town, to: &str) -> String {
    for _ in 0..50 {
        let all = letters(town, to).await;
        let mail = all.iter().find(|m| m.mail.subject == "Ihr Link zum Anmelden");
        let text = mail.map(|m| m.mail.text.clone()).unwrap_or_default();
        let at = text.find("/konto/anmelden/").unwrap_or(text.len());
        let path = text[at..].split_whitespace().next().unwrap_or_default();
        // One that was used already: the newest is still on its way.
        let token = path.trim_start_matches("/konto/anmelden/");
        let shared = town.app.store.shared();
        if shared
            .look_at_account_link(token, town.now())
            .await
            .expect("links")
            .is_some()
        {
            return path.to_owned();
        }
    }
    panic!("no link to {to}");
}

/// A browser that has come in by a link; where it was sent on to.
pub async fn comes_in(town: &Town, mail: &str) -> (Browser, String) {
    town.pass(1).await;
    let mut browser = town.browser();
    let asked = browser.post("/konto/anmelden", &[("mail", mail)]).await;
    assert_eq!(asked.status, 200, "{}", asked.text());
    let path = link(town, mail).await;
    let done = browser.post(&path, &[]).await;
    assert_eq!(done.status, 303, "{}", done.text());
    (browser, done.location)
}

/// A club's account with its first chair, logged in.
pub async fn club(town: &Town, name: &str, chair: &str) -> Browser {
    let (mut browser, to) = comes_in(town, chair).await;
    assert!(to.starts_with("/konto/neu"), "{to}");
    let made = browser
        .post(
            "/konto/neu",
            &[("art", "verein"), ("verein", name), ("name", "Katrin Sommer")],
        )
        .await;
    assert_eq!(
        (made.status, made.location.as_str()),
        (303, "/konto"),
        "{}",
        made.text()
    );
    browser
}

/// Somebody is asked in and says yes; the browser is in the account if the role counts already.
pub async fn joins(town: &Town, chair: &mut Browser, mail: &str, role: &[(&str, &str)]) -> Browser {
    let pairs = [&[("name", "Jens Albrecht"), ("mail", mail)], role].concat();
    let asked = chair.post("/konto/personen/neu", &pairs).await;
    assert_eq!(asked.status, 303, "{}", asked.text());
    let (mut browser, to) = comes_in(town, mail).await;
    assert!(to.starts_with("/konto/auswahl"), "{to}");
    let page = browser.get("/konto/auswahl").await.text();
    let id = account_in(&page);
    let answered = browser
        .post(&format!("/konto/antwort/{id}"), &[("antwort", "ja")])
        .await;
    assert_eq!(answered.status, 303, "{}", answered.text());
    browser.post("/konto/auswahl", &[("konto", &id)]).await;
    browser
}

/// The account that a page of the choice names.
pub fn account_in(page: &str) -> String {
    let at = page.find("konto-").unwrap_or_else(|| panic!("no account in {page}"));
    page[at..].split('"').next().expect("an id").to_owned()
}

/// Ids of the club: its account, a member and that one's only term.
pub async fn ids(town: &Town, chair: &mut Browser, name: &str) -> Ids {
    // Slashes are written as entities in attributes.
    let plain = |page: Page| page.text().replace("&#x2f;", "/");
    let people = plain(chair.get("/konto/personen").await);
    let row = people
        .split("/konto/personen/")
        .find(|p| p.contains(name))
        .expect("the person");
    let member = row.split('"').next().expect("an id").to_owned();
    let page = plain(chair.get(&format!("/konto/personen/{member}")).await);
    let term = page
        .split("/ende/")
        .nth(1)
        .and_then(|t| t.split('"').next())
        .expect("a term")
        .to_owned();
    let mut accounts = town.app.store.shared().tenants().await.expect("tenants");
    accounts.retain(|a| a.level == store::ACCOUNT && a.id.as_str() != "konto-post");
    Ids::from([
        ("member", member),
        ("term", term),
        ("account", accounts[0].id.0.clone()),
    ])
}

pub fn is_out(page: &Page) -> bool {
    page.status == 303 && page.location.starts_with(OUT)
}

both! {
    /// Nobody learns which addresses are known; a mail server that opens the link uses nothing up; each counts once.
    async fn a_link_by_mail_logs_in(town: Town) {
        let mut browser = town.browser();
        assert!(is_out(&browser.get("/konto").await));
        club(&town, "Festverein Lindenhof e. V.", SOMMER).await;
        let known = browser.post("/konto/anmelden", &[("mail", SOMMER)]).await;
        let unknown = browser.post("/konto/anmelden", &[("mail", "x.sommer@lindenhof.example")]).await;
        assert_eq!((known.status, unknown.status), (200, 200));
        assert_eq!(known.text().replace(SOMMER, ""), unknown.text().replace("x.sommer@lindenhof.example", ""));
        for (typed, wrong) in [("", "Nennen Sie eine E-Mail"), ("sommer", "keine E-Mail-Adresse")] {
            let page = browser.post("/konto/anmelden", &[("mail", typed)]).await;
            assert!(page.status == 422 && page.text().contains(wrong), "{}", page.text());
        }

        town.work().await;
        town.pass(1).await;
        browser.post("/konto/anmelden", &[("mail", SOMMER), ("ziel", "/konto/personen")]).await;
        let path = link(&town, SOMMER).await;
        for _ in 0..3 {
            let page = browser.get(&path).await;
            assert!(page.status == 200 && page.text().contains("Jetzt anmelden"), "{}", page.text());
            assert!(page.head.contains("referrer-policy: no-referrer"), "{}", page.head);
        }
        assert!(is_out(&browser.get("/konto").await), "opening the link is not logging in");
        let done = browser.post(&path, &[]).await;
        assert_eq!((done.status, done.location.as_str()), (303, "/konto/personen"));
        assert_eq!(browser.get("/konto").await.status, 200);
        let again = town.browser().post(&path, &[]).await;
        assert!(again.status == 404 && again.text().contains("gilt nicht mehr"), "{}", again.text());

        // Out: the cookie opens nothing, on a second device neither after „überall“.
        let mut thief = browser.clone();
        assert_eq!(browser.post("/konto/abmelden", &[]).await.status, 303);
        assert!(is_out(&thief.get("/konto").await));
        let (mut one, _) = comes_in(&town, SOMMER).await;
        let (mut two, _) = comes_in(&town, SOMMER).await;
        assert_eq!((one.get("/konto").await.status, two.get("/konto").await.status), (200, 200));
        assert_eq!(one.post("/konto/ueberall-abmelden", &[]).await.status, 303);
        assert!(is_out(&two.get("/konto").await) && is_out(&one.get("/konto").await));
    }
}

both! {
    /// Twenty minutes, and never for another address; a session ends after twelve hours.
    async fn a_link_and_a_log_in_end(town: Town) {
        let mut browser = town.browser();
        browser.post("/konto/anmelden", &[("mail", SOMMER)]).await;
        let path = link(&town, SOMMER).await;
        town.pass(20 * 60 + 1).await;
        assert_eq!(browser.get(&path).await.status, 404);
        assert_eq!(browser.post(&path, &[]).await.status, 404);
        assert_eq!(browser.post("/konto/anmelden/AAAAAAAAAAAAAAAAAAAAAA", &[]).await.status, 404);
        let mut chair = club(&town, "Festverein Lindenhof e. V.", SOMMER).await;
        town.pass(12 * 3600 + 1).await;
        assert!(is_out(&chair.get("/konto").await));
    }
}

both! {
    /// Five links an hour for one address, whoever asks; then the page says from when on.
    async fn links_are_limited(town: Town) {
        for _ in 0..5 {
            let sent = town.browser().post("/konto/anmelden", &[("mail", SOMMER)]).await;
            assert_eq!(sent.status, 200);
        }
        let more = town.browser().post("/konto/anmelden", &[("mail", "K.Sommer@Lindenhof.example")]).await;
        assert!(more.status == 422 && more.text().contains("mehrere Links"), "{}", more.text());
        assert_eq!(letters(&town, SOMMER).await.len(), 5);
        assert_eq!(town.browser().post("/konto/anmelden", &[("mail", ALBRECHT)]).await.status, 200);
        town.pass(3601).await;
        assert_eq!(town.browser().post("/konto/anmelden", &[("mail", SOMMER)]).await.status, 200);
    }
}

both! {
    /// Roles give what they say, from the first second of their first day to the last of their last, in Berlin.
    async fn a_role_counts_on_its_days(town: Town) {
        let mut chair = club(&town, "Festverein Lindenhof e. V.", SOMMER).await;
        let days = [("rolle", "treasurer"), ("ab", "01.12.2026"), ("bis", "31.12.2026")];
        let mut kasse = joins(&town, &mut chair, ALBRECHT, &days).await;
        assert!(is_out(&kasse.get("/konto").await), "not before its day");
        let page = kasse.get("/konto/auswahl").await.text();
        assert!(page.contains("Kasse, beginnt am") && page.contains("01.12.2026"), "{page}");
        let id = account_in(&chair_account(&town).await);
        town.at("2026-11-30T22:59:50Z");
        let (mut kasse, _) = comes_in(&town, ALBRECHT).await;
        assert!(is_out(&kasse.get("/konto").await), "before midnight in Berlin");
        town.at("2026-11-30T23:00:00Z");
        assert_eq!(kasse.post("/konto/auswahl", &[("konto", &id)]).await.location, "/konto");
        assert_eq!(kasse.get("/konto").await.status, 200);
        // The treasurer sees who is in, and changes nobody.
        assert_eq!(kasse.get("/konto/personen").await.status, 200);
        for path in ["/konto/personen/neu", "/konto/amt", "/konto/name"] {
            assert_eq!(kasse.get(path).await.status, 403, "{path}");
            assert_eq!(kasse.post(path, &[]).await.status, 403, "{path}");
        }
        town.at("2026-12-31T22:59:50Z");
        let (mut kasse, to) = comes_in(&town, ALBRECHT).await;
        assert_eq!((to.as_str(), kasse.get("/konto").await.status), ("/konto", 200));
        town.at("2026-12-31T23:00:00Z");
        assert!(is_out(&kasse.get("/konto").await), "its last day is over in Berlin");
    }
}

/// The id of the one account of people.
pub async fn chair_account(town: &Town) -> String {
    let mut all = town.app.store.shared().tenants().await.expect("tenants");
    all.retain(|a| a.level == store::ACCOUNT && a.id.as_str() != "konto-post");
    format!("{}\"", all[0].id)
}

both! {
    /// The successor says yes; the old chair's last day is the day before; nobody can leave the club without a chair.
    async fn an_office_changes_hands(town: Town) {
        let mut chair = club(&town, "Festverein Lindenhof e. V.", SOMMER).await;
        let mine = ids(&town, &mut chair, "Katrin Sommer").await;
        let end = format!("/konto/personen/{}/ende/{}", mine["member"], mine["term"]);
        assert!(chair.get(&end).await.text().contains("Das ist Ihre eigene Aufgabe"));
        let refused = chair.post(&end, &[]).await;
        assert!(refused.status == 422 && refused.text().contains("keinen Vorsitz mehr"), "{}", refused.text());

        let wrong = chair.post("/konto/amt", &[("wer", "andere"), ("ab", "01.01.2020")]).await;
        assert!(wrong.status == 422 && wrong.text().contains("Dieser Tag ist vorbei"), "{}", wrong.text());
        let offer = [("wer", "andere"), ("name", "Jens Albrecht"), ("mail", ALBRECHT), ("ab", "01.01.2027")];
        assert_eq!(chair.post("/konto/amt", &offer).await.location, "/konto?ok=amt");
        assert!(letters(&town, ALBRECHT).await[0].mail.text.contains("Vorsitz ab Freitag, 01.01.2027 (zur Übernahme)"));

        let (mut next, to) = comes_in(&town, ALBRECHT).await;
        assert!(to.starts_with("/konto/auswahl"), "{to}");
        let id = account_in(&next.get("/konto/auswahl").await.text());
        let page = next.get(&format!("/konto/antwort/{id}")).await.text();
        assert!(page.contains("Freitag, 01.01.2027") && page.contains("am Tag davor"), "{page}");
        assert_eq!(next.post(&format!("/konto/antwort/{id}"), &[("antwort", "ja")]).await.location, "/konto/auswahl?ok=angenommen");
        assert_eq!(next.get(&format!("/konto/antwort/{id}")).await.status, 404, "answered once");

        assert_eq!(chair.get("/konto/amt").await.status, 200, "until then the chair is the chair");
        town.at("2026-12-31T22:59:00Z");
        let (mut chair, _) = comes_in(&town, SOMMER).await;
        assert_eq!(chair.get("/konto/amt").await.status, 200);
        town.at("2026-12-31T23:00:00Z");
        assert!(is_out(&chair.get("/konto/amt").await) && is_out(&chair.post("/konto/amt", &offer).await));
        let (mut next, to) = comes_in(&town, ALBRECHT).await;
        assert_eq!((to.as_str(), next.get("/konto/amt").await.status), ("/konto", 200));
        let (_, to) = comes_in(&town, SOMMER).await;
        assert!(to.starts_with("/konto/neu"), "nothing is left of the old right: {to}");
        sound(&town, &id).await;
    }
}

/// The account's log holds and names every step by a member's id.
async fn sound(town: &Town, id: &str) {
    let account = town.app.store.tenant(&id.into()).await.expect("the account");
    let (sound, rows, members) = account
        .read(|t| Ok::<_, store::Error>((t.check_audit(&[])?, t.audit_rows(0, 1000)?, t.members()?)))
        .await
        .expect("the log");
    assert!(sound.is_ok(), "{sound:?}");
    for event in [
        "account.created",
        "account.log_in",
        "account.office_offered",
        "account.joined",
        "account.office_taken_over",
    ] {
        let row = rows.iter().find(|r| r.event == event);
        let row = row.unwrap_or_else(|| panic!("{event} is not in the log"));
        assert!(
            members.iter().any(|m| m.id.as_str() == row.actor),
            "{event} by {}",
            row.actor
        );
    }
}

both! {
    /// One address in two accounts: the choice after the log-in; an invitation that is turned down leaves nothing.
    async fn one_address_may_have_several_accounts(town: Town) {
        let mut chair = club(&town, "Festverein Lindenhof e. V.", SOMMER).await;
        let mut other = club(&town, "Heimatverein Sonnental e. V.", ALBRECHT).await;
        let asked = [("name", "Katrin Sommer"), ("mail", SOMMER), ("rolle", "member")];
        assert_eq!(other.post("/konto/personen/neu", &asked).await.status, 303);
        let (mut sommer, to) = comes_in(&town, SOMMER).await;
        assert!(to.starts_with("/konto/auswahl"), "{to}");
        let page = sommer.get("/konto/auswahl").await.text();
        assert!(page.contains("Lindenhof") && page.contains("Sonnental") && page.contains("Sie sind eingeladen"), "{page}");
        let answer = page.split("/konto/antwort/").nth(1).and_then(|p| p.split('"').next()).expect("an invitation").to_owned();
        assert_eq!(sommer.post(&format!("/konto/antwort/{answer}"), &[("antwort", "nein")]).await.status, 303);
        assert!(!sommer.get("/konto/auswahl").await.text().contains("Sonnental"));
        assert!(!other.get("/konto/personen").await.text().contains(SOMMER), "forgotten");
        // Asked once more, and yes: both are open to her, one at a time.
        assert_eq!(other.post("/konto/personen/neu", &asked).await.status, 303);
        assert_eq!(sommer.post(&format!("/konto/antwort/{answer}"), &[("antwort", "ja")]).await.status, 303);
        assert_eq!(sommer.post("/konto/auswahl", &[("konto", &answer)]).await.location, "/konto");
        assert!(sommer.get("/konto").await.text().contains("Heimatverein Sonnental"));
        assert!(chair.get("/konto").await.text().contains("Festverein Lindenhof"));
        // A third one of her own has nobody to invite.
        let mine = sommer.post("/konto/neu", &[("art", "person"), ("name", "Katrin Sommer")]).await;
        assert_eq!(mine.location, "/konto");
        assert_eq!(sommer.get("/konto/personen").await.status, 404);
    }
}

/// A club that has sent an application and begun another: its chair, and what paths call the two. The clock stands on the
/// application's day.
async fn busy_club(town: &Town, name: &str, mail: &str) -> (Browser, Ids) {
    let example = town.club().example("brauchtumsfeuer", "");
    town.on(example.today);
    let chair = club(town, name, mail).await;
    let (club, reference) = applies(town, chair, &example.answers).await;
    let mut chair = club.browser;
    town.work().await;
    let again = chair.post(&format!("/konto/wieder/{reference}"), &[]).await;
    assert_eq!(again.status, 303, "{}", again.text());
    let home = chair.get("/konto").await.text().replace("&#x2f;", "/");
    let draft = home.split("/konto/entwurf/").nth(1).and_then(|d| d.split('"').next());
    let draft = draft.expect("a draft").to_owned();
    (chair, Ids::from([("draft", draft), ("reference", reference)]))
}

/// Every route of accounts that needs a right in one.
fn routes() -> Vec<RouteInfo> {
    let mine = |r: &RouteInfo| matches!(r.who, Who::Proven | Who::Member | Who::Chair);
    web::route_infos().into_iter().filter(mine).collect()
}

both! {
    /// Another club's people, drafts and applications are not there, for its chair, its treasurer and its members, for a
    /// clerk as for anybody; the twin with the own id gets in.
    async fn a_foreign_account_is_not_there(town: Town) {
        let (mut chair, kept) = busy_club(&town, "Festverein Lindenhof e. V.", SOMMER).await;
        sets_up(&mut chair, &mut Device::new(), "Handy").await;
        comes_in(&town, SOMMER).await;
        let asked = [("name", "Miriam Wolf"), ("mail", "m.wolf@lindenhof.example"), ("rolle", "member")];
        assert_eq!(chair.post("/konto/personen/neu", &asked).await.status, 303);
        let mut own = ids(&town, &mut chair, "Miriam Wolf").await;
        own.extend(kept);
        for (kind, form) in [("passkey", "/konto/passkey/entfernen"), ("session", "/konto/geraet-abmelden")] {
            own.insert(kind, named(&mut chair, form).await.swap_remove(0));
        }
        let mut boss = club(&town, "Heimatverein Sonnental e. V.", ALBRECHT).await;
        let kasse = joins(&town, &mut boss, "kasse@sonnental.example", &[("rolle", "treasurer")]).await;
        let member = joins(&town, &mut boss, "chor@sonnental.example", &[("rolle", "member")]).await;
        let clerk = town.clerk("leitung@nobitz.example").await;
        let mut nobodys = nobodys(&own);
        nobodys.insert("reference", domain::reference::Reference::draw([9; 8], "Nobitz", "FEUER", 2026).to_string());
        let (mut probes, mut twins) = (0, 0);
        for (n, mut stranger) in [boss, kasse, member].into_iter().enumerate() {
            let chairs = n == 0;
            for route in routes().iter().filter(|r| !r.ids.is_empty()) {
                let (path, nothing) = (fill(route.path, &own).expect("a path"), fill(route.path, &nobodys).expect("a path"));
                let foreign = ask(&mut stranger, route.method, &path).await;
                let nowhere = ask(&mut stranger, route.method, &nothing).await;
                let wanted = if route.who == Who::Chair && !chairs { 403 } else { 404 };
                assert_eq!(foreign.status, wanted, "{} {path}", route.method);
                assert_eq!(told(&foreign, &own), told(&nowhere, &nobodys), "{} {path}", route.method);
                probes += 2;
            }
            for route in routes().iter().filter(|r| !r.body_ids.is_empty()) {
                let (theirs, nothing) = (form(route, &own).expect("its ids"), form(route, &nobodys).expect("its ids"));
                let foreign = send(&mut stranger, route.path, &theirs).await;
                let nowhere = send(&mut stranger, route.path, &nothing).await;
                assert!(foreign.status < 500, "{}: {}", route.path, foreign.text());
                assert_eq!(told(&foreign, &own), told(&nowhere, &nobodys), "{}", route.path);
                probes += 2;
            }
            // The pages of an application that was sent: this log-in is worth nothing there.
            for route in web::route_infos().iter().filter(|r| r.who == Who::Applicant && r.ids == ["reference"]) {
                let (path, nothing) = (fill(route.path, &own).expect("a path"), fill(route.path, &nobodys).expect("a path"));
                let foreign = ask(&mut stranger, route.method, &path).await;
                let nowhere = ask(&mut stranger, route.method, &nothing).await;
                assert!([303, 400, 401, 404].contains(&foreign.status), "{} {path}: {}", route.method, foreign.status);
                assert_eq!(told(&foreign, &own), told(&nowhere, &nobodys), "{} {path}", route.method);
                probes += 2;
            }
            assert!(stranger.get("/konto").await.text().contains("Heimatverein Sonnental"), "still in the own one");
        }
        for route in routes() {
            let path = fill(route.path, &own).expect("a path");
            for browser in [&mut town.browser(), &mut clerk.clone()] {
                let outside = ask(browser, route.method, &path).await;
                assert!(is_out(&outside), "{} {path}: {}", route.method, outside.status);
                probes += 1;
            }
        }
        // Nothing happened: what is there opens, pages before acts.
        assert_eq!(chair.get(&format!("/v/{}", own["reference"])).await.status, 200);
        assert_eq!(named(&mut chair, "/konto/passkey/entfernen").await, [own["passkey"].clone()]);
        assert_eq!(named(&mut chair, "/konto/geraet-abmelden").await, [own["session"].clone()]);
        for method in ["GET", "POST"] {
            for route in routes().iter().filter(|r| r.method == method) {
                // Nobody's invitation to the chair, and what would end the session or the account.
                let ends = route.path.contains("abmelden") || (method, route.path) == ("POST", "/konto/loeschen");
                if ends || route.path.contains("antwort") || route.path == "/konto/auswahl" {
                    continue;
                }
                let path = fill(route.path, &own).expect("a path");
                let twin = ask(&mut chair.clone(), route.method, &path).await;
                assert!(!is_out(&twin) && ![403, 404, 405].contains(&twin.status) && twin.status < 500, "{method} {path}: {} {}", twin.status, twin.text());
                guarded(&twin, route, &path);
                twins += 1;
            }
        }
        assert_eq!(chair.clone().post("/konto/auswahl", &[("konto", &own["account"])]).await.location, "/konto");
        assert!(probes > 200 && twins > 15, "{probes} probes, {twins} twins");
        // Neither session is any good at a desk, nor a clerk's here.
        assert!(chair.get("/amt/eingang").await.location.starts_with("/amt/anmelden"));
    }
}

both! {
    /// However the right ends, no route of the account answers any more, on none of the devices.
    async fn nothing_answers_to_an_ended_role(town: Town) {
        let (mut chair, kept) = busy_club(&town, "Festverein Lindenhof e. V.", SOMMER).await;
        let mut asked = 0;
        for how in ["ended by the chair", "its last day", "everywhere out", "logged out"] {
            let mail = format!("{}@lindenhof.example", how.replace(' ', "."));
            let today = town.app.today();
            let until = if how == "its last day" { web::format::date(today) } else { String::new() };
            let role = [("rolle", "chair"), ("bis", until.as_str())];
            let one = joins(&town, &mut chair, &mail, &role).await;
            let (two, _) = comes_in(&town, &mail).await;
            let mut devices = [one, two];
            for device in &mut devices {
                assert_eq!(device.get("/konto/amt").await.status, 200, "{how}: before, the right is there");
            }
            let mut own = ids(&town, &mut chair, &mail).await;
            own.extend(kept.clone());
            for device in &mut devices {
                assert_eq!(device.get(&format!("/v/{}", own["reference"])).await.status, 200, "{how}: the application, too");
            }
            match how {
                "ended by the chair" => {
                    let end = format!("/konto/personen/{}/ende/{}", own["member"], own["term"]);
                    assert_eq!(chair.post(&end, &[]).await.status, 303);
                }
                "its last day" => {
                    let midnight = today.tomorrow().expect("a day").in_tz("Europe/Berlin").expect("a moment").timestamp();
                    // In use until then: what ends is the role, not a log-in that nobody used for an hour.
                    let half_an_hour = jiff::SignedDuration::from_mins(30);
                    while town.now() + half_an_hour < midnight {
                        town.at(&(town.now() + half_an_hour).to_string());
                        for device in &mut devices {
                            assert_eq!(device.get("/konto/amt").await.status, 200, "{how}: until midnight");
                        }
                    }
                    town.at(&midnight.to_string());
                    (chair, _) = comes_in(&town, SOMMER).await;
                }
                "everywhere out" => assert_eq!(devices[0].clone().post("/konto/ueberall-abmelden", &[]).await.status, 303),
                _ => {
                    for device in &devices {
                        assert_eq!(device.clone().post("/konto/abmelden", &[]).await.status, 303);
                    }
                }
            }
            for route in routes() {
                // Whoever still proves the address may choose and leave; there is nothing to choose.
                if route.who == Who::Proven && how == "its last day" {
                    continue;
                }
                let path = fill(route.path, &own).expect("a path");
                for device in &mut devices {
                    let answer = ask(device, route.method, &path).await;
                    assert!(is_out(&answer), "{how}: {} {path} answers {} {}", route.method, answer.status, answer.location);
                    asked += 1;
                }
            }
        }
        assert!(asked > 100, "{asked}");
    }
}

both! {
    /// An account is in no list of authorities, moves like one, and its log-in goes along.
    async fn an_account_is_no_authority(town: Town) {
        let authorities = town.app.store.shared().authorities().await.expect("authorities").len();
        let mut chair = club(&town, "Festverein Lindenhof e. V.", SOMMER).await;
        let store = &town.app.store;
        assert_eq!(store.shared().authorities().await.expect("authorities").len(), authorities);
        let id = chair_account(&town).await.trim_end_matches('"').to_owned();
        let mut desk = town.clerk("r.neumann@altenburgerland.example").await;
        let inbox = desk.get("/amt/eingang").await.text();
        assert!(!inbox.contains("konto-"), "{inbox}");
        town.pass(24 * 3600).await;
        let account = store.tenant(&id.as_str().into()).await.expect("the account");
        let (heads, mails) = account.read(|t| Ok::<_, store::Error>((t.signed_heads(5)?, t.mails(50)?))).await.expect("rows");
        assert!(heads.is_empty() && mails.is_empty(), "no morning mail to an account");

        // Erasing on a server is the owner of its tables' work, and told elsewhere.
        if !store.on_files() {
            return;
        }
        let (seal, code) = store::SealFor::code(store.entropy());
        let (carried, file) = store.export(&id.as_str().into(), Vec::new(), &seal, town.now()).await.expect("an export");
        store.erase(&id.as_str().into(), None, None).await.expect("erased");
        assert!(is_out(&chair.get("/konto").await));
        let (_, to) = comes_in(&town, SOMMER).await;
        assert!(to.starts_with("/konto/neu"), "{to}");
        let open = store::OpenWith::words(&code);
        let again = store.import(std::io::Cursor::new(file), &open, town.now()).await.expect("an import");
        assert_eq!(again.digest, carried.digest);
        let (mut back, to) = comes_in(&town, SOMMER).await;
        assert_eq!((to.as_str(), back.get("/konto").await.status), ("/konto", 200));
    }
}
