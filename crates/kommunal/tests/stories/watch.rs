//! What the audit log holds: every page of a case that a clerk sees, and every change of an account.

use store::AuditRow;

use crate::both;
use crate::decide::{basis_of, case_of};
use crate::town::Town;

const NEUMANN: &str = "r.neumann@altenburgerland.example";
const LANDKREIS: &str = "lk-altenburger-land";

/// Rows of the case's log with this event.
async fn count(town: &Town, case: &domain::CaseId, event: &str, by: &domain::ClerkId) -> usize {
    let id = case.clone();
    let rows = town.authority(LANDKREIS).await.read(move |t| t.case_audit(&id)).await;
    let rows: Vec<AuditRow> = rows.expect("the log");
    rows.iter()
        .filter(|r| r.event == event && r.actor == by.as_str())
        .count()
}

both! {
    /// Every page below a case, taken from the table of routes: none of them is read unseen.
    async fn no_page_of_a_case_is_read_unseen(town: Town) {
        let mut club = town.club();
        let example = club.example("sperrzeit", "");
        town.on(example.today);
        let receipt = club.applies("nobitz", "sperrzeit", &example.answers).await;
        town.work().await;
        let case = case_of(&town, LANDKREIS, &receipt).await;
        let mut desk = town.clerk(NEUMANN).await;
        let id = case.id.clone();
        let (clerks, letters, asked) = town
            .authority(LANDKREIS)
            .await
            .read(move |t| Ok::<_, store::Error>((t.clerks()?, t.letters(&id)?, t.consultations_of(&id)?)))
            .await
            .expect("what belongs to the case");
        let me = clerks[0].id.clone();

        let routes: Vec<_> = web::route_infos()
            .into_iter()
            .filter(|r| r.ids.contains(&"case") && r.path.starts_with("/amt/"))
            .filter(|r| r.method == "GET" || r.path.contains("/vorschau"))
            .collect();
        assert!(routes.len() > 10, "{}", routes.len());
        for route in routes {
            assert!(!route.audit.is_empty(), "{} {} writes nothing to the log", route.method, route.path);
            let path = route
                .path
                .replace("{case}", case.id.as_str())
                .replace("{paper}", case.papers.first().expect("a paper").id.as_str())
                .replace("{letter}", letters.iter().find(|l| l.kind != "receipt").expect("a letter").id.as_str())
                .replace("{consultation}", &asked.first().expect("another office").id);
            assert!(!path.contains('{'), "{path}");
            town.pass(61).await;
            // Nothing is granted yet, nor offered to an archive: the case with the reason, which is read too.
            let (wanted, event) = match route.path {
                path if path.ends_with("/absagen") => (422, route.audit),
                path if path.ends_with("/archiv.zip") => (422, "case.read"),
                _ => (200, route.audit),
            };
            let before = count(&town, &case.id, event, &me).await;
            let page = if route.method == "GET" { desk.get(&path).await } else { desk.post(&path, &[]).await };
            assert_eq!(page.status, wanted, "{path}");
            assert_eq!(count(&town, &case.id, event, &me).await, before + 1, "{} {path}", route.method);
        }

        // A form that comes back with its mistakes shows the case too.
        for path in ["rueckfrage", "beteiligen", "abgeben", "zurueckziehen", "notiz", "ablehnen"] {
            let before = count(&town, &case.id, "case.read", &me).await;
            let page = desk.post(&format!("/amt/v/{}/{path}", case.id), &[("_form", &basis_of(&town, &case).await)]).await;
            assert_eq!(page.status, 422, "{path}");
            assert_eq!(count(&town, &case.id, "case.read", &me).await, before + 1, "{path}");
        }
        // The small sheet comes with every word: it counts once a minute.
        let sheet = format!("/amt/v/{}/vorschau", case.id);
        town.pass(61).await;
        let before = count(&town, &case.id, "letter.previewed", &me).await;
        for _ in 0..3 {
            assert_eq!(desk.post(&sheet, &[]).await.status, 200);
        }
        assert_eq!(count(&town, &case.id, "letter.previewed", &me).await, before + 1);
        let sound = town.authority(LANDKREIS).await.read(|t| t.check_audit(&[])).await.expect("the log");
        assert!(sound.is_ok());
    }
}

both! {
    /// Who changed which account, and every new password, whoever set it.
    async fn accounts_and_passwords_are_in_the_log(town: Town) {
        let nobitz = town.authority("nobitz").await;
        let mut lead = town.clerk("leitung@nobitz.example").await;
        let log = || async { nobitz.read(|t| t.audit_rows(0, 1000)).await.expect("the log") };
        let clerks = nobitz.read(|t| t.clerks()).await.expect("clerks");
        let id = |mail: &str| clerks.iter().find(|c| c.email == mail).expect("a clerk").id.0.clone();
        let (boss, krell) = (id("leitung@nobitz.example"), id("s.krell@nobitz.example"));
        let mut seen = log().await.len();
        let accounts = "/amt/einstellungen/konten";
        type Fields = Vec<(&'static str, &'static str)>;
        let steps: [(String, Fields, &str); 4] = [
            (format!("{accounts}/neu"), vec![("name", "N. Neu"), ("email", "n.neu@nobitz.example"), ("rolle", "clerk")], "clerk.added"),
            (format!("{accounts}/{krell}"), vec![("name", "S. Krell-Roth"), ("rolle", "clerk")], "settings.clerk"),
            (format!("{accounts}/{krell}/passwort"), vec![], "clerk.password"),
            ("/amt/konto".to_owned(), vec![("digest", "1")], "settings.clerk"),
        ];
        for (path, pairs, event) in steps {
            let done = lead.post(&path, &pairs).await;
            assert!(done.status == 303 || done.status == 200, "{path}: {}", done.status);
            let rows = log().await;
            let new = &rows[seen..];
            assert!(new.iter().any(|r| r.event == event && r.actor == boss), "{path}: {:?}", new.iter().map(|r| &r.event).collect::<Vec<_>>());
            seen = rows.len();
        }
        let mut vogel = town.clerk("m.vogel@nobitz.example").await;
        let own = vogel.post("/amt/konto/passwort", &[("alt", "Vorfuehrung-2026"), ("neu", "grüne Wiese am Bach")]).await;
        assert_eq!(own.status, 303, "{}", own.text());
        let rows = log().await;
        assert!(rows[seen..].iter().any(|r| r.event == "clerk.password" && r.actor == id("m.vogel@nobitz.example")));
    }
}
