//! Where the place has not opted in: the same form ends in a printable application, and the wish counts.

use crate::both;
use crate::town::Town;

both! {
    async fn the_form_ends_in_a_finished_paper_application(town: Town) {
        let mut club = town.club();
        let example = club.example("brauchtumsfeuer", "");
        town.on(example.today);
        let end = club.fill("treben", "brauchtumsfeuer", &example.answers).await;
        assert!(end.ends_with("/pruefen"), "{end}");
        let sent = club.send("treben", "brauchtumsfeuer").await;
        assert_eq!((sent.status, sent.location.as_str()), (303, "/treben/brauchtumsfeuer/antrag/drucken"));
        let page = club.browser.get(&sent.location).await;
        assert_eq!(page.status, 200);
        assert!(page.text().contains("Noch nicht gesendet") && page.text().contains("Pleißenaue"), "the right address");
        // What the register holds is said as such; what nobody told us is called unknown, with a way to find it.
        assert!(page.text().contains("<b>Verwaltungsgemeinschaft Pleißenaue</b><br />04617 Treben<"), "{}", page.text());
        assert!(page.text().contains("eine Zeile dafür frei"));
        for path in ["/treben/brauchtumsfeuer/antrag/drucken", "/treben", "/treben/brauchtumsfeuer", "/treben/sperrzeit"] {
            let text = club.browser.get(path).await.text();
            let known = path.ends_with("sperrzeit");
            assert_eq!(text.contains("stehen im Gemeindeverzeichnis, Straße und Telefon nicht"), !known, "{path}: {text}");
            assert!(known || text.contains("04617 Treben"), "{path}");
        }
        let pdf = club.browser.get("/treben/brauchtumsfeuer/antrag/antrag.pdf").await;
        assert_eq!((pdf.status, pdf.kind.as_str()), (200, "application/pdf"));
        // Counted once, however often it is printed.
        club.browser.get(&sent.location).await;
        let today = town.app.today();
        let place = domain::Ags("16077048".into());
        let rows = town.app.store.shared().demand(Some(&place), today, today).await.expect("demand");
        let printed: i64 = rows.iter().filter(|r| r.kind == "printed").map(|r| r.n).sum();
        assert_eq!(printed, 1);
    }
}
