//! The account's log of acts: every route of accounts that changes something leaves an entry there, by whoever did it.

use std::collections::BTreeSet;

use schema::Assurance;
use store::{AuditRow, TenantStore, Vouched};

use crate::actors::{Browser, Page};
use crate::both;
use crate::konto::{SOMMER, chair_account, comes_in, ids, joins, link};
use crate::konto_antrag::applies;
use crate::konto_passkey::{ALBRECHT, logs_in, named, sets_up};
use crate::soft_key::Device;
use crate::town::Town;

const SERVICE: &str = "brauchtumsfeuer";
/// They ask, or send a mail: no account changes by them.
const CHANGE_NOTHING: [&str; 4] = [
    "/konto/anmelden",
    "/konto/anmelden/passkey/frage",
    "/konto/passkey/frage",
    "/konto/verbinden",
];

/// Takes the log along where an authority is a file; looked at in `konto_ende`.
const ENDS_IT: &str = "/konto/loeschen";

/// Routes of accounts that change something: path and the event that each says it writes.
fn changes() -> Vec<(&'static str, &'static str)> {
    let all = web::route_infos().into_iter();
    let mine = all.filter(|r| r.method != "GET" && r.path.starts_with("/konto"));
    let changing = mine.filter(|r| !CHANGE_NOTHING.contains(&r.path) && r.path != ENDS_IT);
    changing.map(|r| (r.path, r.audit)).collect()
}

struct Log {
    account: TenantStore,
    seen: usize,
    walked: BTreeSet<&'static str>,
}

impl Log {
    async fn new_rows(&mut self) -> Vec<AuditRow> {
        let rows = self.account.read(|t| t.audit_rows(0, 1000)).await.expect("the log");
        let new = rows[self.seen..].to_vec();
        self.seen = rows.len();
        new
    }

    /// After this route: its event, by a member of the account.
    async fn has(&mut self, path: &'static str, answer: u16) {
        assert!(answer == 303 || answer == 200, "{path}: {answer}");
        let routes = changes();
        let (_, event) = routes
            .iter()
            .find(|(p, _)| *p == path)
            .expect("a route that changes something");
        let members = self.account.read(|t| t.members()).await.expect("members");
        let new = self.new_rows().await;
        let by = new.iter().find(|r| r.event == *event).map(|r| r.actor.clone());
        let by = by.unwrap_or_else(|| {
            panic!(
                "{path} leaves no {event}: {:?}",
                new.iter().map(|r| &r.event).collect::<Vec<_>>()
            )
        });
        assert!(members.iter().any(|m| m.id.as_str() == by), "{path}: {event} by {by}");
        self.walked.insert(path);
    }

    async fn post(&mut self, browser: &mut Browser, path: &'static str, to: &str, pairs: &[(&str, &str)]) -> Page {
        let page = browser.post(to, pairs).await;
        self.has(path, page.status).await;
        page
    }
}

both! {
    async fn every_change_is_in_the_accounts_log(town: Town) {
        for (path, event) in changes() {
            assert!(event.starts_with("account."), "{path} says nothing of the log: {event:?}");
        }
        let example = town.club().example(SERVICE, "");
        town.on(example.today);
        let (mut chair, _) = comes_in(&town, SOMMER).await;
        let new = [("art", "verein"), ("verein", "Festverein Lindenhof e. V."), ("name", "Katrin Sommer")];
        let made = chair.post("/konto/neu", &new).await;
        let id = chair_account(&town).await.trim_end_matches('"').to_owned();
        let account = town.app.store.tenant(&id.as_str().into()).await.expect("the account");
        let mut log = Log { account, seen: 0, walked: BTreeSet::new() };
        log.has("/konto/neu", made.status).await;

        // In by each of the ways, and into the account.
        let mut phone = Device::new();
        sets_up(&mut chair, &mut phone, "Handy").await;
        log.has("/konto/passkey", 200).await;
        let mut two = town.browser();
        let done = logs_in(&mut two, &mut phone, "/konto/anmelden/passkey").await;
        log.has("/konto/anmelden/passkey", done.status).await;
        let mut three = town.browser();
        three.post("/konto/anmelden", &[("mail", SOMMER)]).await;
        town.pass(1).await;
        let path = link(&town, SOMMER).await;
        log.post(&mut three, "/konto/anmelden/{token}", &path, &[]).await;
        log.post(&mut three, "/konto/auswahl", "/konto/auswahl", &[("konto", &id)]).await;

        // Devices and passkeys.
        let others = named(&mut chair, "/konto/geraet-abmelden").await;
        log.post(&mut chair, "/konto/geraet-abmelden", "/konto/geraet-abmelden", &[("id", &others[0])]).await;
        log.post(&mut chair, "/konto/andere-abmelden", "/konto/andere-abmelden", &[]).await;
        let keys = named(&mut chair, "/konto/passkey/entfernen").await;
        log.post(&mut chair, "/konto/passkey/entfernen", "/konto/passkey/entfernen", &[("id", &keys[0])]).await;

        // An identity at a provider, however it came there.
        let token = chair.cookie("kontositzung").expect("a log-in");
        let person = town.app.store.who_acts(&token, "", town.now()).await.expect("a log-in").expect("somebody");
        let vouched = Vouched {
            by: "person".into(), name: "BundID".into(), who: "https://id.example sommer".into(),
            level: Assurance::default(), said: serde_json::Map::new(),
        };
        let acting = person.acting.expect("the account");
        town.app.store.connect_identity(&acting, &vouched, &token, town.now()).await.expect("connected");
        log.post(&mut chair, "/konto/trennen", "/konto/trennen", &[("dienst", "person")]).await;

        // Who belongs to it.
        let asked = [("name", "Miriam Wolf"), ("mail", "m.wolf@lindenhof.example"), ("rolle", "member")];
        log.post(&mut chair, "/konto/personen/neu", "/konto/personen/neu", &asked).await;
        drop(joins(&town, &mut chair, ALBRECHT, &[("rolle", "member")]).await);
        log.has("/konto/antwort/{account}", 303).await;
        let own = ids(&town, &mut chair, "Jens Albrecht").await;
        let member = format!("/konto/personen/{}", own["member"]);
        log.post(&mut chair, "/konto/personen/{member}", &member, &[("rolle", "treasurer")]).await;
        let end = format!("{member}/ende/{}", own["term"]);
        log.post(&mut chair, "/konto/personen/{member}/ende/{term}", &end, &[]).await;
        let offer = [("wer", "andere"), ("name", "Jens Albrecht"), ("mail", ALBRECHT), ("ab", "01.01.2028")];
        log.post(&mut chair, "/konto/amt", "/konto/amt", &offer).await;
        log.post(&mut chair, "/konto/name", "/konto/name", &[("name", "Festverein Nobitz e. V.")]).await;
        log.post(&mut chair, "/konto/angaben", "/konto/angaben", &[("contact.phone", "0151 23456789")]).await;

        log.post(&mut chair, "/konto/mitnehmen", "/konto/mitnehmen", &[]).await;

        // What it applies for.
        let (mut one, reference) = applies(&town, chair, &example.answers).await;
        town.work().await;
        log.new_rows().await;
        log.post(&mut one.browser, "/konto/merken/{reference}", &format!("/konto/merken/{reference}"), &[]).await;
        log.post(&mut one.browser, "/konto/wieder/{reference}", &format!("/konto/wieder/{reference}"), &[]).await;

        // Out.
        let (mut four, _) = comes_in(&town, SOMMER).await;
        log.new_rows().await;
        log.post(&mut four, "/konto/abmelden", "/konto/abmelden", &[]).await;
        log.post(&mut one.browser, "/konto/ueberall-abmelden", "/konto/ueberall-abmelden", &[]).await;

        let left: Vec<_> = changes().into_iter().filter(|(p, _)| !log.walked.contains(p)).collect();
        assert!(left.is_empty(), "nobody has looked at {left:?}");
        assert!(log.account.read(|t| t.check_audit(&[])).await.expect("the log").is_ok());
    }
}
