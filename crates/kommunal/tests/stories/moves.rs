//! The lead takes everything along from the desk, and another house takes it in: the receipt still proves itself, the
//! clerks log in, the cases are there.

use std::io::Cursor;

use store::{Entropy, LogIn, OpenWith, RootKey, Store, StoreConfig};

use crate::both;
use crate::decide::case_of;
use crate::town::Town;

const LEAD: &str = "leitung@nobitz.example";
const PAGE: &str = "/amt/mitnehmen";

both! {
    async fn the_lead_carries_everything_home(town: Town) {
        let mut club = town.club();
        let example = club.example("brauchtumsfeuer", "");
        town.on(example.today);
        let receipt = club.applies("nobitz", "brauchtumsfeuer", &example.answers).await;
        town.work().await;
        let case = case_of(&town, "nobitz", &receipt).await;
        let here = town.authority("nobitz").await;

        let mut lead = town.clerk(LEAD).await;
        assert!(lead.get("/amt/einstellungen").await.text().replace("&#x2f;", "/").contains("href=\"/amt/mitnehmen\""));
        let code = lead.get(PAGE).await.after("<b class=\"kc-num kc-break\">");
        assert_eq!(code.len(), 34, "{code}");
        let password = "Vorfuehrung-2026";
        let wrong = lead.post(PAGE, &[("code", &code), ("passwort", "falsch")]).await;
        assert!(wrong.status == 422 && wrong.text().contains(&code) && !wrong.text().contains("falsch\""), "{}", wrong.text());
        // A code of one's own is none: a new one is offered.
        let weak = lead.post(PAGE, &[("code", "aaaa"), ("passwort", password)]).await;
        assert!(weak.status == 200 && weak.kind.starts_with("text/html"), "{}", weak.kind);
        // One house at a time: the other engine's story may be at it just now.
        let mut file = lead.post(PAGE, &[("code", &code), ("passwort", password)]).await;
        for _ in 0..100 {
            if file.status != 503 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
            file = lead.post(PAGE, &[("code", &code), ("passwort", password)]).await;
        }
        assert!(file.status == 200 && file.head.contains("attachment; filename=\"nobitz-") && file.head.contains("no-store"), "{}", file.head);
        assert!(file.body.starts_with(b"age-encryption.org/v1"));
        let log = here.read(|t| t.audit_rows(0, 1000)).await.expect("the log");
        assert_eq!(log.iter().filter(|r| r.event == "authority.exported").count(), 1, "what went out is in the log");
        let mut clerk = town.clerk("s.krell@nobitz.example").await;
        assert_eq!(clerk.get(PAGE).await.status, 403);

        let there = Store::open(StoreConfig {
            data: town.folder().join("elsewhere"),
            database: None,
            database_migrate: None,
            root: RootKey::parse(&"5c".repeat(32)).expect("a key").into(),
            entropy: Entropy::System,
        });
        let there = there.await.expect("another house");
        let came = there.import(Cursor::new(file.body.clone()), &OpenWith::words(&code), town.now()).await.expect("taken in");
        assert!(file.head.contains(&came.digest[..16]), "the file's name begins its digest: {}", file.head);
        let home = there.tenant(&"nobitz".into()).await.expect("the authority");
        assert_eq!(home.public_key().expect("a key"), here.public_key().expect("a key"), "receipts still prove themselves");
        let id = case.id.clone();
        let found = home.read(move |t| t.case(&id)).await.expect("read").expect("the case");
        assert_eq!((&found.reference, &found.answers), (&case.reference, &case.answers));
        assert!(there.shared().package(&case.service_hash).await.expect("read").is_some(), "the version it was made under");
        let log_in = there.log_in(LEAD, password, false, town.now()).await.expect("asked");
        assert!(matches!(log_in, LogIn::In { .. }), "{log_in:?}");
    }
}
