//! What protects a browser: headers on every answer, whoever asks and whatever comes of it; nothing is done that another
//! site sends; what people write is text and never markup.

use axum::body::Body;
use axum::http::header;
use web::routes::RouteInfo;

use crate::actors::{Browser, Page};
use crate::both;
use crate::decide::case_of;
use crate::town::Town;

/// Names of the headers with what their value has to contain (OWASP Secure Headers; ASVS 5.0, 3.4).
const EVERYWHERE: [(&str, &[&str]); 6] = [
    (
        "content-security-policy",
        &[
            "default-src 'none'",
            "script-src 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'self'",
        ],
    ),
    ("x-content-type-options", &["nosniff"]),
    ("referrer-policy", &[]),
    ("cross-origin-opener-policy", &["same-origin"]),
    ("x-frame-options", &["DENY"]),
    ("cache-control", &[]),
];

/// A path of every route, with ids that nobody has.
fn paths() -> Vec<(RouteInfo, String)> {
    let place = |path: &str| {
        let filled = path
            .replace("{place}", "nobitz")
            .replace("{ags}", "16077036")
            .replace("{*path}", "main.css");
        let words = filled.split('/').map(|part| match part {
            "{service}" => "brauchtumsfeuer",
            part if part.starts_with('{') => "nichts",
            part => part,
        });
        words.collect::<Vec<_>>().join("/")
    };
    web::route_infos().into_iter().map(|r| (r, place(r.path))).collect()
}

/// Kinds that a browser shows, or that are read by programs and not kept as files.
const SHOWN: [&str; 7] = [
    "text/html",
    "text/plain",
    "application/json",
    "application/pdf",
    "image/svg+xml",
    "image/png",
    "text/calendar",
];

/// An answer of this route, whoever it is for and whatever came of it: its headers, that nobody keeps it who is not told
/// to, and that a file is a file and no page.
pub fn guarded(page: &Page, route: &RouteInfo, path: &str) {
    let what = format!("{} {path} ({})", route.method, page.status);
    looks_after(page, &what);
    let line = |name: &str| page.head.lines().find_map(|l| l.strip_prefix(name));
    if !route.cache {
        let kept_back = line("cache-control: ").is_some_and(|how| how.starts_with("no-store"));
        assert!(kept_back, "{what} may be kept:\n{}", page.head);
    }
    let shown = page.kind.is_empty() || page.kind.contains("+json") || SHOWN.iter().any(|k| page.kind.starts_with(k));
    let saved = line("content-disposition: ").is_some_and(|how| how.starts_with("attachment"));
    assert!(
        shown || saved || route.cache,
        "{what}: {} opens in the browser",
        page.kind
    );
}

fn looks_after(page: &Page, what: &str) {
    for (name, parts) in EVERYWHERE {
        let line = page.head.lines().find_map(|l| l.strip_prefix(&format!("{name}: ")));
        let value = line.unwrap_or_else(|| panic!("{what} has no {name}:\n{}", page.head));
        for part in parts {
            assert!(value.contains(part), "{what}: {name} is {value}");
        }
        if name == "content-security-policy" {
            assert!(!value.contains("unsafe") && !value.contains('*'), "{what}: {value}");
        }
    }
}

async fn from_elsewhere(browser: &mut Browser, path: &str) -> Page {
    let request = browser
        .request("POST", path)
        .header("sec-fetch-site", "cross-site")
        .header(header::ORIGIN, "https://evil.example")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::empty())
        .expect("a request");
    browser.send(request).await
}

both! {
    /// Every route, its unknown neighbour and a method nobody declared, as anybody and as the lead.
    async fn every_answer_is_guarded(town: Town) {
        let mut lead = town.clerk("leitung@nobitz.example").await;
        let mut looked = 0;
        for (route, path) in paths() {
            for browser in [&mut lead.clone(), &mut town.browser()] {
                let request = browser.request(route.method, &path).body(Body::empty()).expect("a request");
                let page = browser.send(request).await;
                assert!(page.status < 500 || [502, 503].contains(&page.status), "{} {path}: {}", route.method, page.status);
                guarded(&page, &route, &path);
                looked += 1;
            }
        }
        for path in ["/gibt/es/nicht/hier", "/api/v1/nichts", "/%00", "/assets/../Cargo.toml"] {
            looks_after(&lead.get(path).await, path);
        }
        let request = lead.request("PATCH", "/amt/eingang").body(Body::empty()).expect("a request");
        looks_after(&lead.send(request).await, "PATCH");
        assert!(looked > 300, "{looked}");
    }
}

both! {
    /// A form on another site, sent by the lead's own browser with its cookie, does nothing on any route.
    async fn what_another_site_sends_does_nothing(town: Town) {
        let mut lead = town.clerk("leitung@nobitz.example").await;
        let mut asked = 0;
        for (route, path) in paths().into_iter().filter(|(r, _)| r.method == "POST") {
            let answer = from_elsewhere(&mut lead, &path).await;
            assert_eq!(answer.status, 403, "{} {path}", route.method);
            asked += 1;
        }
        assert!(asked > 60, "{asked}");
        // The twin: the log-out that was asked for from elsewhere did not happen, the own one does.
        assert_eq!(lead.get("/amt/eingang").await.status, 200);
        assert_eq!(lead.clone().post("/amt/abmelden", &[]).await.status, 303);
        assert_eq!(lead.get("/amt/eingang").await.status, 303);
    }
}

both! {
    /// Markup in every text answer, in a file's name and in a clerk's words: shown as it was typed, on both sides.
    async fn what_people_write_is_no_markup(town: Town) {
        const MARKUP: &str = "<script>alert(1)</script>\"><img src=x onerror=alert(2)>";
        let mut club = town.club();
        let mut example = club.example("brauchtumsfeuer", "");
        town.on(example.today);
        example.answers["club"]["name"] = MARKUP.into();
        club.paper.0 = "<img src=x onerror=alert(3)>.pdf".to_owned();
        let receipt = club.applies("nobitz", "brauchtumsfeuer", &example.answers).await;
        town.work().await;
        let case = case_of(&town, "nobitz", &receipt).await.id;
        let mut clerk = town.clerk("s.krell@nobitz.example").await;
        assert_eq!(clerk.post(&format!("/amt/v/{case}/notiz"), &[("text", MARKUP)]).await.status, 303);
        let ask = [("feld", "club.name"), ("grund.club.name", MARKUP), ("text", MARKUP), ("bis", "1")];
        let asked = clerk.post(&format!("/amt/v/{case}/rueckfrage"), &ask).await;
        assert_eq!(asked.status, 303, "{}", asked.text());
        town.work().await;
        let searched = clerk.post("/amt/eingang", &[("q", MARKUP)]).await;
        let mut shown = 0;
        let own = format!("/v/{}", receipt.reference);
        let pages = [
            club.browser.get(&own).await,
            club.browser.get(&format!("{own}/rueckfrage")).await,
            clerk.get("/amt/eingang").await,
            clerk.get(&format!("/amt/v/{case}")).await,
            clerk.get(&format!("/amt/v/{case}/genehmigen")).await,
            clerk.get(&format!("/amt/v/{case}/rueckfrage")).await,
            clerk.get(&searched.location).await,
        ];
        for page in &pages {
            let text = page.text();
            assert!(!text.contains("<script>alert") && !text.contains("<img src=x"), "{}", text);
            shown += usize::from(text.contains("&lt;script&gt;alert(1)"));
        }
        assert!(shown >= 4, "shown as text on {shown} pages of {}", pages.len());
    }
}
