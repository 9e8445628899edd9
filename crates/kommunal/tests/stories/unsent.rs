//! A form of the desk that is sent after its log-in has ended: nothing that was typed is lost, nobody else sees it.

use axum::body::Body;
use axum::http::header;

use crate::actors::Page;
use crate::both;
use crate::decide::{case_of, unescaped};
use crate::town::Town;

const NOTE: &str = "Rückruf \"heute\" & <morgen>\nMit Herrn Köhler gesprochen.";

/// The hidden fields of a page, as a browser sends them.
fn carried(page: &Page) -> Vec<(String, String)> {
    let text = page.text();
    let fields = text.split("<input type=\"hidden\" name=\"").skip(1);
    fields
        .filter_map(|field| {
            let (name, rest) = field.split_once("\" value=\"")?;
            let (value, _) = rest.split_once("\" />")?;
            Some((unescaped(name), unescaped(value)))
        })
        .collect()
}

both! {
    /// A note, after the log-in has run out: shown, carried, sent once more by who has the right to.
    async fn what_was_typed_at_the_desk_outlives_the_log_in(town: Town) {
        let mut club = town.club();
        let example = club.example("brauchtumsfeuer", "");
        town.on(example.today);
        let receipt = club.applies("nobitz", "brauchtumsfeuer", &example.answers).await;
        town.work().await;
        let case = case_of(&town, "nobitz", &receipt).await;
        let path = format!("/amt/v/{}/notiz?ansicht=neu", case.id);
        let mut krell = town.clerk("s.krell@nobitz.example").await;
        town.pass(13 * 3600).await;

        let shown = krell.post(&path, &[("baustein", "b1"), ("text", NOTE)]).await;
        assert_eq!(shown.status, 403);
        let text = unescaped(&shown.text());
        for words in ["Es ist noch nichts gespeichert und nichts verschickt.", NOTE, "Noch einmal senden", &format!("action=\"{path}\"")] {
            assert!(text.contains(words), "{words}: {text}");
        }
        assert!(shown.head.contains("cache-control: no-store"), "{}", shown.head);
        let fields = carried(&shown);
        assert_eq!(fields, [("baustein".to_owned(), "b1".to_owned()), ("text".to_owned(), NOTE.to_owned())]);
        let pairs: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();

        // Before the log-in it stays where it is; a page of another website never gets it shown.
        assert_eq!(carried(&krell.post(&path, &pairs).await), fields);
        let foreign = krell.request("POST", &path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "cross-site")
            .body(Body::from("text=Untergeschoben"))
            .expect("a request");
        assert!(!krell.send(foreign).await.text().contains("Untergeschoben"));

        // Somebody else's log-in has somebody else's rights.
        let mut stranger = town.clerk("r.neumann@altenburgerland.example").await;
        assert_eq!(stranger.post(&path, &pairs).await.status, 404);
        let again = krell.post("/amt/anmelden", &[("mail", "s.krell@nobitz.example"), ("pass", "Vorfuehrung-2026"), ("ziel", "/amt/angemeldet")]).await;
        assert_eq!(again.location, "/amt/angemeldet");
        assert!(krell.get("/amt/angemeldet").await.text().contains("warten im anderen Fenster"));
        assert_eq!(krell.post(&path, &pairs).await.status, 303);
        let page = krell.get(&format!("/amt/v/{}", case.id)).await;
        assert_eq!(unescaped(&page.text()).matches(NOTE).count(), 1, "noted once");

        // Passwords and codes come back to nobody, and without input the log-in is all there is.
        let mut out = town.clerk("s.krell@nobitz.example").await;
        town.pass(13 * 3600).await;
        for (path, name) in [("/amt/konto/passwort", "alt"), ("/amt/zweiter-faktor", "code"), ("/amt/mitnehmen", "passwort")] {
            let page = out.post(path, &[(name, "Geheim-123456"), ("neu", "Geheim-123456")]).await;
            assert!(page.status == 303 && page.location.starts_with("/amt/anmelden"), "{path}: {}", page.status);
        }
        assert_eq!(out.post(&path, &[]).await.status, 303);
        // A file is chosen again: its bytes go nowhere.
        let file = ("datei".to_owned(), "wappen.png".to_owned(), b"BYTES".to_vec());
        let crest = out.post_form("/amt/einstellungen/wappen", &[], &[file]).await;
        assert!(crest.status == 403 && crest.text().contains("wappen.png") && !crest.text().contains("BYTES"), "{}", crest.text());
    }
}

both! {
    /// Whoever never was at the desk, sends too much or too often is told where the text still stands, and not more.
    async fn only_a_browser_of_the_desk_gets_its_form_back_and_within_bounds(town: Town) {
        const PATH: &str = "/amt/v/gibt-es-nicht/notiz";
        const GONE: &str = "Wir können Ihre Eingaben hier nicht zeigen.";
        let note = [("text", "Ein Satz vom Schreibtisch.")];
        let stranger = town.browser().post(PATH, &note).await;
        assert_eq!(stranger.status, 403);
        assert!(stranger.text().contains(GONE) && !stranger.text().contains("Ein Satz"), "{}", stranger.text());

        let mut krell = town.clerk("s.krell@nobitz.example").await;
        town.pass(13 * 3600).await;
        let shown = krell.post(PATH, &note).await;
        assert!(shown.text().contains("Ein Satz") && !shown.text().contains(GONE), "{}", shown.text());
        let long = "<".repeat(64 * 1024);
        let heavy = krell.post(PATH, &[("text", &long)]).await;
        assert!(heavy.status == 403 && heavy.text().contains(GONE) && heavy.body.len() < 20_000, "{}", heavy.body.len());
        let many = vec![("was", "A"); 1001];
        assert!(krell.post(PATH, &many).await.text().contains(GONE), "said, not dropped");
    }
}

/// With limits as in earnest.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_network_gets_so_many_forms_back() {
    let town = Town::limited().await;
    let mut krell = town.clerk("s.krell@nobitz.example").await;
    town.pass(13 * 3600).await;
    let from: std::net::SocketAddr = ([192, 0, 2, 7], 1).into();
    let mut again = 0;
    for _ in 0..31 {
        let request = krell
            .request("POST", "/amt/v/gibt-es-nicht/notiz")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .extension(axum::extract::ConnectInfo(from))
            .body(Body::from("text=Ein+Satz"))
            .expect("a request");
        again += usize::from(krell.send(request).await.text().contains("Ein Satz"));
    }
    assert_eq!(again, 30);
}
