//! Accounts in bulk have an end, an account's owner takes everything along and deletes it, and invitations of others take
//! nobody an account of their own.

use domain::account::{Role, Term};

use crate::actors::Browser;
use crate::both;
use crate::konto::{SOMMER, club, comes_in, joins};
use crate::privacy::unpacked;
use crate::town::Town;

const ALBRECHT: &str = "j.albrecht@lindenhof.example";
const NEW: [(&str, &str); 2] = [("art", "person"), ("name", "Katrin Sommer")];

async fn accounts(town: &Town) -> Vec<domain::TenantId> {
    let mut all = town.app.store.shared().tenants().await.expect("tenants");
    all.retain(|a| a.level == store::ACCOUNT && a.id.as_str() != "konto-post");
    all.into_iter().map(|a| a.id).collect()
}

/// A club whose chair has sent a bonfire; her browser, the reference and the code that the account keeps.
async fn member_applies(town: &Town) -> (Browser, String, String) {
    let example = town.club().example("brauchtumsfeuer", "");
    town.on(example.today);
    let chair = club(town, "Festverein Lindenhof e. V.", SOMMER).await;
    let (one, reference) = crate::konto_antrag::applies(town, chair, &example.answers).await;
    town.work().await;
    let id = accounts(town).await.remove(0);
    let kept = town.authority(id.as_str()).await.read(|t| t.account_cases(10)).await;
    let code = kept.expect("what was sent").remove(0).code;
    (one.browser, reference, code)
}

both! {
    /// By network and at all, over all hosts; an hour later it goes on.
    async fn accounts_are_made_so_many_an_hour(town: Town) {
        let store = &town.app.store;
        let mut made = 0;
        while store.may_create_account("V4(192.0.2.7)", town.now()).await.expect("counted").is_none() {
            made += 1;
        }
        assert_eq!(made, 20, "one network");
        assert!(store.may_create_account("V4(192.0.2.8)", town.now()).await.expect("counted").is_none(), "another one");
        while store.may_create_account("", town.now()).await.expect("counted").is_none() {
            made += 1;
        }
        assert_eq!(made, 20 + 479, "the installation: 500 with the other network's one");
        let (mut person, _) = comes_in(&town, SOMMER).await;
        let refused = person.post("/konto/neu", &NEW).await;
        assert_eq!(refused.status, 429, "{}", refused.text());
        assert!(accounts(&town).await.is_empty());
        town.pass(3601).await;
        let (mut person, _) = comes_in(&town, SOMMER).await;
        assert_eq!(person.post("/konto/neu", &NEW).await.location, "/konto");
    }
}

both! {
    /// Twenty strangers ask her in: she still makes an account of her own.
    async fn open_invitations_do_not_count(town: Town) {
        let store = &town.app.store;
        for n in 0..20 {
            let mail = format!("v{n}@fremd.example");
            drop(club(&town, &format!("Verein Nummer {n}"), &mail).await);
            let proof = store::Proof::mail(&mail);
            let by = store.accounts_of(&proof, town.now()).await.expect("accounts").remove(0);
            let term = Term { id: store.entropy().id(), role: Role::Member, from: town.app.today(), to: None, relieves: None };
            store.invite(&by, SOMMER, "Katrin Sommer", term, town.now()).await.expect("invited");
        }
        let (mut sommer, to) = comes_in(&town, SOMMER).await;
        assert!(to.starts_with("/konto/auswahl"), "{to}");
        assert_eq!(sommer.post("/konto/neu", &NEW).await.location, "/konto");
        // Those that she is in count.
        for n in 1..20 {
            let made = sommer.post("/konto/neu", &NEW).await;
            assert_eq!(made.location, "/konto", "{n}: {}", made.text());
        }
        let more = sommer.post("/konto/neu", &NEW).await;
        assert!(more.status == 400 && more.text().contains("schon viele Konten"), "{} {}", more.status, more.text());
    }
}

both! {
    /// One file with people, details, what was begun and everything of what was sent; no code that opens it, and for a
    /// plain member no bank account.
    async fn everything_can_be_taken_along(town: Town) {
        let (mut chair, reference, code) = member_applies(&town).await;
        let mut member = joins(&town, &mut chair, ALBRECHT, &[("rolle", "member")]).await;
        let bank = [("club.name", "Festverein Lindenhof e. V."), ("bank.holder", "Festverein Lindenhof"), ("bank.iban", "DE02120300000000202051")];
        assert_eq!(chair.post("/konto/angaben", &bank).await.status, 303);
        let page = chair.get("/konto/mitnehmen").await;
        assert!(page.status == 200 && page.text().contains("Die Bankverbindung ist darin"), "{}", page.text());
        let mut texts = Vec::new();
        for browser in [&mut chair, &mut member] {
            let file = browser.post("/konto/mitnehmen", &[]).await;
            assert_eq!(file.status, 200, "{}", file.text());
            assert!(file.head.contains("attachment") && file.head.contains("application/zip"), "{}", file.head);
            let files = unpacked(&file.body);
            assert!(files.contains_key(&format!("{reference}/lesen.html")), "{:?}", files.keys());
            let text = String::from_utf8(files["konto.json"].clone()).expect("JSON");
            for said in [SOMMER, ALBRECHT, "Festverein Lindenhof", reference.as_str(), "account.log_in"] {
                assert!(text.contains(said), "{said}: {text}");
            }
            assert!(!text.contains(&code), "no code that opens it");
            texts.push(text);
        }
        assert!(texts[0].contains("DE02120300000000202051") && !texts[1].contains("DE02120300000000202051"));
        let id = accounts(&town).await.remove(0);
        let log = town.authority(id.as_str()).await.read(|t| t.audit_rows(0, 1000)).await.expect("the log");
        assert_eq!(log.iter().filter(|r| r.event == "account.exported").count(), 2);
    }
}

both! {
    /// A person's own account, and a club's once nobody else acts for it: key, log-ins and drafts are gone; what was sent
    /// stays at the office.
    async fn an_owner_deletes_the_account(town: Town) {
        let (mut chair, reference, code) = member_applies(&town).await;
        let mut member = joins(&town, &mut chair, ALBRECHT, &[("rolle", "member")]).await;
        assert_eq!(member.get("/konto/loeschen").await.status, 403, "the chair's");
        let page = chair.get("/konto/loeschen").await.text();
        assert!(page.contains("Vorsitz übergeben") && !page.contains("endgültig"), "{page}");
        assert_eq!(chair.post("/konto/loeschen", &[]).await.status, 409);
        assert_eq!(accounts(&town).await.len(), 1);
        let own = crate::konto::ids(&town, &mut chair, "Jens Albrecht").await;
        let ended = chair.post(&format!("/konto/personen/{}/ende/{}", own["member"], own["term"]), &[]).await;
        assert_eq!(ended.status, 303);
        // Her last day is today: from tomorrow on nobody else acts.
        town.pass(24 * 3600).await;
        let (mut chair, _) = comes_in(&town, SOMMER).await;
        let mut other = chair.clone();
        let page = chair.get("/konto/loeschen").await.text();
        assert!(page.contains("endgültig löschen"), "{page}");
        let gone = chair.post("/konto/loeschen", &[]).await;
        assert_eq!(gone.location, "/konto/anmelden?geloescht=1", "{}", gone.text());
        assert!(chair.get(&gone.location).await.text().contains("Ihr Konto ist gelöscht"));
        assert!(other.get("/konto").await.location.starts_with("/konto/anmelden"), "no session is left");
        assert!(accounts(&town).await.is_empty());
        for mail in [SOMMER, ALBRECHT] {
            let (_, to) = comes_in(&town, mail).await;
            assert!(to.starts_with("/konto/neu"), "{mail}: {to}");
        }
        let mut applicant = town.browser();
        let opened = applicant.post("/stand", &[("aktenzeichen", reference.as_str()), ("zugang", code.as_str())]).await;
        assert_eq!(opened.status, 303, "what was sent stays: {}", opened.text());
    }
}
