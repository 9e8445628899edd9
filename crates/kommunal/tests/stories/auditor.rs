//! Who reads what was done at an authority: the log of acts, its heads, the history of the settings, the register. No case,
//! no settings, nothing to change. And that looking people up stands in that log.

use web::routes::Who;

use crate::actors::Browser;
use crate::both;
use crate::isolation::{ask, desk_routes, district, municipality, stranger};
use crate::town::Town;

const LEAD: &str = "leitung@nobitz.example";
const KRELL: &str = "s.krell@nobitz.example";
const HOME: &str = "/amt/protokoll";

async fn auditor(town: &Town) -> Browser {
    stranger(town, &"nobitz".into(), "pruefung@nobitz.example", &["auditor"]).await
}

/// How often this event stands in the log.
async fn noted(town: &Town, event: &str) -> usize {
    let log = town
        .authority("nobitz")
        .await
        .read(|t| t.audit_rows(0, 10_000))
        .await
        .expect("the log");
    log.iter().filter(|r| r.event == event).count()
}

both! {
    /// Every route of the desk with the authority's own ids: four pages open, and what is everybody's own; no other.
    async fn an_auditor_reads_the_log_and_no_case(town: Town) {
        district(&town).await;
        let world = municipality(&town).await;
        let mut auditor = auditor(&town).await;
        let own = ["/amt/konto", "/amt/zweiter-faktor", "/amt/angemeldet"];
        let (mut opened, mut refused) = (Vec::new(), 0);
        for route in desk_routes() {
            let Some(path) = world.path(&route) else { continue };
            // Whatever belongs to the account itself is looked at elsewhere.
            if own.iter().any(|o| path == *o || path.starts_with(&format!("{o}/"))) {
                continue;
            }
            let answer = ask(&mut auditor, route.method, &path).await;
            if route.who == Who::Auditor {
                assert_eq!(answer.status, 200, "{} {path}", route.method);
                opened.push(path);
            } else if ["/amt", "/amt/eingang"].contains(&path.as_str()) && route.method == "GET" {
                assert_eq!((answer.status, answer.location.as_str()), (303, HOME), "{path}");
            } else {
                assert_eq!(answer.status, 403, "{} {path} answers {} {}", route.method, answer.status, answer.location);
                refused += 1;
            }
        }
        opened.sort();
        assert_eq!(opened, ["/amt/einstellungen/protokoll", "/amt/einstellungen/verlauf", HOME, "/amt/verzeichnis"]);
        assert!(refused > 100, "{refused}");
        let account = auditor.get("/amt/konto").await;
        assert_eq!(account.status, 200, "{}", account.text());
        // No page that opens leads to one that does not.
        let mut asked = opened.clone();
        while let Some(path) = asked.pop() {
            let page = auditor.get(&path).await.text().replace("&#x2f;", "/");
            for link in page.split("href=\"/amt").skip(1).filter_map(|l| l.split('"').next()) {
                let link = format!("/amt{link}");
                let answer = auditor.get(&link).await;
                assert!(answer.status == 200 || answer.location == HOME, "{path} leads to {link}: {}", answer.status);
            }
            assert!(!page.contains("Liste abschalten"), "{path}");
        }
        // Nobody assigns a case to who opens none, and no digest tells of them.
        let id = town.authority("nobitz").await.read(|t| t.clerks()).await.expect("clerks");
        let id = id.iter().find(|c| c.email == "pruefung@nobitz.example").expect("the auditor").id.0.clone();
        let mut clerk = town.clerk(KRELL).await;
        let case = format!("/amt/v/{}", world.ids["case"]);
        assert!(!clerk.get(&case).await.text().contains(&id), "not in the list of people");
        let assigned = clerk.post(&format!("{case}/zuweisen"), &[("was", "person"), ("an", &id)]).await;
        assert!(assigned.status != 303 || !clerk.get(&case).await.text().contains("F. Fremd"), "{}", assigned.status);
        town.pass(24 * 3600).await;
        town.worker.housekeeping(town.now()).await;
        town.pass(24 * 3600).await;
        let mails = town.mails("nobitz").await;
        assert!(!mails.iter().any(|m| m.mail.to == "pruefung@nobitz.example"), "{mails:?}");
    }
}

both! {
    /// The lead gives the role, and takes it back: from that moment on the other pages open, and the sessions are over.
    async fn the_lead_gives_and_takes_the_role(town: Town) {
        let mut lead = town.clerk(LEAD).await;
        let new = [("name", "P. Prüfer"), ("email", "p.pruefer@nobitz.example"), ("rolle", "auditor")];
        let made = lead.post("/amt/einstellungen/konten/neu", &new).await;
        assert_eq!(made.status, 200, "{}", made.text());
        let list = lead.get("/amt/einstellungen/konten").await.text();
        assert!(list.contains("P. Prüfer") && list.contains("Prüfung"), "{list}");
        let nobitz = town.authority("nobitz").await;
        let all = nobitz.read(|t| t.clerks()).await.expect("clerks");
        let find = |mail: &str| all.iter().find(|c| c.email == mail).expect("an account").id.0.clone();
        let (pruefer, krell) = (find("p.pruefer@nobitz.example"), find(KRELL));
        // A clerk becomes an auditor: what was open is over.
        let mut clerk = town.clerk(KRELL).await;
        assert_eq!(clerk.get("/amt/eingang").await.status, 200);
        let base = format!("/amt/einstellungen/konten/{krell}");
        assert_eq!(lead.post(&base, &[("name", "S. Krell"), ("rolle", "auditor")]).await.status, 303);
        assert!(clerk.get("/amt/eingang").await.location.starts_with("/amt/anmelden"));
        let mut clerk = town.clerk(KRELL).await;
        assert_eq!(clerk.get("/amt/kalender").await.status, 403);
        // What such an account enters for somebody is nobody's either.
        assert_eq!(clerk.get(HOME).await.status, 200);
        assert_eq!(lead.post(&base, &[("name", "S. Krell"), ("rolle", "clerk")]).await.status, 303);
        assert!(clerk.get(HOME).await.location.starts_with("/amt/anmelden"));
        let mut clerk = town.clerk(KRELL).await;
        assert_eq!((clerk.get("/amt/kalender").await.status, clerk.get(HOME).await.status), (200, 403));
        let history = lead.get("/amt/einstellungen/verlauf").await.text();
        for said in ["Konto angelegt, liest nur das Protokoll", "Liest jetzt nur noch das Protokoll", "Bearbeitet jetzt Vorgänge"] {
            assert!(history.contains(said), "{said}: {history}");
        }
        // The only lead stays one.
        let me = find(LEAD);
        let gone = lead.post(&format!("/amt/einstellungen/konten/{me}"), &[("name", "L. Leitung"), ("rolle", "auditor")]).await;
        assert!(gone.status == 422 && gone.text().contains("einzige Konto mit Leitung"), "{}", gone.text());
        assert_ne!(pruefer, krell);
    }
}

both! {
    /// Acts in words, by whom, in which case; reads alone; and who reads the log is in it, too. Looking people up is one
    /// row for each search, without a word of it.
    async fn the_log_says_who_read_and_who_searched(town: Town) {
        district(&town).await;
        let world = municipality(&town).await;
        let mut clerk = town.clerk(KRELL).await;
        let case = &world.ids["case"];
        assert_eq!(clerk.get(&format!("/amt/v/{case}")).await.status, 200);
        assert_eq!(clerk.get("/amt/eingang").await.status, 200);
        assert_eq!(noted(&town, "list.searched").await, 0, "the list itself is no search");
        let sought = clerk.post("/amt/eingang", &[("q", "Kanarienvogel")]).await;
        assert_eq!(clerk.get(&sought.location).await.status, 200);
        assert_eq!(noted(&town, "list.searched").await, 1);
        let mut lead = town.clerk(LEAD).await;
        assert_eq!(lead.post("/amt/auskunft", &[("wer", "")]).await.status, 422);
        assert_eq!(noted(&town, "list.searched").await, 1, "nobody was looked up");
        assert_eq!(lead.post("/amt/auskunft", &[("wer", "Kanarienvogel")]).await.status, 200);
        assert_eq!(noted(&town, "list.searched").await, 2);
        let log = town.authority("nobitz").await.read(|t| t.audit_rows(0, 10_000)).await.expect("the log");
        assert!(!format!("{log:?}").contains("anarienvogel"));

        let mut auditor = auditor(&town).await;
        let id = domain::CaseId(case.clone());
        let known = town.authority("nobitz").await.read(move |t| t.case(&id)).await.expect("read").expect("a case");
        let all = auditor.get(HOME).await.text();
        for said in ["Vorgang eingegangen", "Vorgang gelesen", "Nach Personen gesucht", "S. Krell", known.reference.as_str()] {
            assert!(all.contains(said), "{said}: {all}");
        }
        assert!(!all.contains(&known.applicant) && !all.contains(case.as_str()), "no contents and no way into a case");
        let reads = auditor.get("/amt/protokoll?nur=gelesen").await.text();
        assert!(reads.contains("Protokoll gelesen") && reads.contains("F. Fremd") && !reads.contains("Vorgang eingegangen"), "{reads}");
        assert_eq!(noted(&town, "log.read").await, 2);
        // Older ones on further pages: each row once.
        let nobitz = town.authority("nobitz").await;
        let now = town.now();
        let many = nobitz.write(move |t| {
            (0..150).for_each(|_| t.audit("system", "case.remind", None, now));
            Ok::<_, store::Error>(())
        });
        many.await.expect("written");
        let first = auditor.get(HOME).await.text();
        let next = first.split("protokoll?vor=").nth(1).expect("a next page");
        let next = next.split(['"', '&']).next().expect("a number").to_owned();
        let second = auditor.get(&format!("/amt/protokoll?vor={next}")).await.text();
        let count = |page: &str| page.matches("Zahlung angemahnt").count();
        assert_eq!(count(&first) + count(&second), 150, "{next}");
    }
}
