//! Where input comes in: sent once, however often it is sent; nothing typed is lost without a word; nobody stops the
//! server with little.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, Response};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;
use web::guard::Bounds;

use crate::actors::{Browser, PDF, Page, errors};
use crate::both;
use crate::decide::case_of;
use crate::town::Town;

const FIRE: &str = "/nobitz/brauchtumsfeuer/antrag";
const CHECK: &str = "/nobitz/brauchtumsfeuer/antrag/pruefen";

fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect()
}

/// The mark with which a page says what it showed.
pub fn seen(page: &Page) -> String {
    let text = page.text();
    let rest = text.split("name=\"_stand\" value=\"").nth(1).expect("a mark");
    rest.split('"').next().expect("a mark").to_owned()
}

async fn cases(town: &Town, authority: &str) -> u64 {
    let filter = store::CaseFilter {
        tab: store::Tab::All,
        size: 50,
        ..store::CaseFilter::default()
    };
    let tenant = town.authority(authority).await;
    let list = tenant.read(move |t| t.cases(&filter)).await.expect("a list");
    u64::try_from(list.total).expect("a number")
}

/// The token of the draft that this browser holds.
fn link(browser: &Browser) -> String {
    let cookie = browser.cookie("entwurf").expect("a draft");
    cookie.split('.').next().unwrap_or_default().to_owned()
}

async fn draft(town: &Town, browser: &Browser) -> store::Draft {
    let link = link(browser);
    match town
        .app
        .store
        .drafts()
        .by_link(&link, town.now())
        .await
        .expect("a look")
    {
        store::Resume::Found(draft) => *draft,
        other => panic!("{other:?}"),
    }
}

both! {
    /// Double click, reload, back, and once more after midnight: one case, and always the receipt.
    async fn what_is_sent_twice_is_one_case(town: Town) {
        let mut club = town.club();
        let example = club.example("brauchtumsfeuer", "");
        town.on(example.today);
        assert_eq!(club.fill("nobitz", "brauchtumsfeuer", &example.answers).await, CHECK);
        let mark = club.browser.get(CHECK).await.mark();
        let clicks: Vec<_> = (0..6).map(|_| {
            let (mut browser, mark) = (club.browser.clone(), mark.clone());
            tokio::spawn(async move {
                let page = browser.post(CHECK, &[("_stand", mark.as_str())]).await;
                let receipt = browser.get(&page.location).await;
                (page.status, page.location, receipt.after("data-access-code>"))
            })
        }).collect();
        let mut first = None;
        for click in clicks {
            let click = click.await.expect("an answer");
            assert_eq!(&click, first.get_or_insert_with(|| click.clone()));
        }
        let (status, to, code) = first.expect("an answer");
        assert!(status == 303 && to.starts_with("/v/NOB-FEUER-") && code.len() > 8, "{status} {to} {code}");
        assert_eq!(cases(&town, "nobitz").await, 1);

        // Past midnight: still this one, although nothing is left of the answers.
        town.pass(10 * 3600).await;
        assert_eq!(club.browser.post(CHECK, &[]).await.location, to);
        for path in [FIRE.to_owned(), CHECK.to_owned(), format!("{FIRE}/spaeter"), format!("{FIRE}/occasion")] {
            let page = club.browser.get(&path).await;
            let text = page.text().replace("&#x2f;", "/");
            assert!(page.status == 200 && text.contains("Sie haben das schon gesendet"), "{path}: {}", page.status);
            assert!(text.contains(&format!("href=\"{to}\"")), "{path}");
        }
        // Even where the browser has forgotten the right to see the case, the page gives it back.
        let mut forgetful = club.browser.clone();
        forgetful.forget("vorgang");
        forgetful.forget(&format!("von-{}", to.split('/').nth(2).expect("a reference").to_lowercase()));
        assert_eq!(forgetful.get(&to).await.status, 303, "asked for the code");
        assert_eq!(forgetful.get(FIRE).await.status, 200);
        assert_eq!(forgetful.get(&to).await.after("data-access-code>"), code);
        // Whoever has the link reads that it was sent, and gets neither the code nor the case.
        let mut other = town.browser();
        let taken = other.get(&format!("/weiter/{}", link(&club.browser))).await;
        assert_eq!(other.get(&taken.location).await.location, FIRE);
        let reference = to.split('/').nth(2).expect("a reference");
        for answer in [other.get(FIRE).await, other.post(CHECK, &[]).await] {
            let text = answer.text().replace("&#x2f;", "/");
            assert!(answer.status == 200 && text.contains("Das ist schon gesendet") && text.contains(reference), "{}", answer.status);
            assert!(!text.contains(&code) && !text.contains(&to), "{text}");
        }
        assert_eq!(other.get(&to).await.status, 303, "asked for the code");
        // A page saved late changes nothing.
        let id = town.app.services.latest("brauchtumsfeuer").expect("the service").form.pages[0].id.clone();
        let late = club.browser.post_form(&format!("{FIRE}/{id}"), &pairs(&[("fire.occasion", "easter")]), &[]).await;
        assert_eq!((late.status, late.location.as_str()), (303, FIRE));
        assert_eq!(cases(&town, "nobitz").await, 1);

        // Another application is begun on purpose.
        assert_eq!(club.browser.post("/nobitz/brauchtumsfeuer/neu", &[]).await.location, FIRE);
        assert_eq!(club.browser.get(FIRE).await.status, 303);
        // Closing the case closes what is left of the draft.
        assert_eq!(forgetful.post(&to.replace("/eingang", "/abmelden"), &[]).await.status, 303);
        assert!(forgetful.cookie("entwurf").is_none());
        assert_eq!(forgetful.get(&to).await.status, 303);
    }
}

both! {
    /// Two people fill in one draft: what the other one changed meanwhile is not sent under this one's declaration. The same
    /// where the lead raises the price.
    async fn only_what_was_shown_is_sent(town: Town) {
        let mut anna = town.club();
        let example = anna.example("brauchtumsfeuer", "");
        town.on(example.today);
        anna.fill("nobitz", "brauchtumsfeuer", &example.answers).await;
        let shown = anna.browser.get(CHECK).await.mark();
        let mut bernd = anna.browser.clone();
        let service = town.app.services.latest("brauchtumsfeuer").expect("the service");
        let page = service.form.pages.iter().find(|p| p.questions.iter().any(|q| q.id == "contact.phone")).expect("a page");
        let mut answers = example.answers.clone();
        answers["contact"]["phone"] = "0151 22334455".into();
        let mut other = town.club();
        other.browser = bernd.clone();
        let saved = other.answers_page(&format!("{FIRE}/{}", page.id), page, &answers).await;
        assert_eq!(saved.status, 303, "{}", errors(&saved.text()));

        let sent = anna.browser.post(CHECK, &[("_stand", shown.as_str())]).await;
        assert_eq!(sent.status, 409);
        let told = sent.text().replace('\u{a0}', " ");
        assert!(told.contains("Seit Sie diese Seite geöffnet haben, hat sich etwas geändert") && told.contains("22334455"), "{told}");
        assert_eq!(cases(&town, "nobitz").await, 0);
        assert_eq!(anna.browser.post(CHECK, &[]).await.status, 409, "nor without saying what was shown");
        let again = anna.browser.post(CHECK, &[("_stand", sent.mark().as_str())]).await;
        assert_eq!(again.status, 303, "{}", errors(&again.text()));
        assert_eq!(bernd.post(CHECK, &[("_stand", shown.as_str())]).await.location, again.location, "sent is sent");
        assert_eq!(cases(&town, "nobitz").await, 1);
    }
}

both! {
    /// The server stops between writing the case and keeping the result; the club sends again the next day.
    async fn an_answer_that_got_lost_is_found_again(town: Town) {
        let mut club = town.club();
        let example = club.example("brauchtumsfeuer", "");
        town.on(example.today);
        club.fill("nobitz", "brauchtumsfeuer", &example.answers).await;
        let before = draft(&town, &club.browser).await;
        let to = club.send("nobitz", "brauchtumsfeuer").await.location;
        let later = town.now() + jiff::SignedDuration::from_hours(24 * 90);
        town.app.store.drafts().finish(&before, town.now(), later).await.expect("as before");
        town.pass(10 * 3600).await;
        assert_eq!(club.browser.post(CHECK, &[]).await.location, to);
        assert_eq!(cases(&town, "nobitz").await, 1);

        // And after the key has been forgotten there is still no second case.
        town.app.store.drafts().finish(&before, town.now(), later).await.expect("as before");
        town.pass(30 * 3600).await;
        let again = club.send("nobitz", "brauchtumsfeuer").await;
        assert!(again.status != 303 || !again.location.starts_with("/v/"), "{}", again.location);
        assert_eq!(cases(&town, "nobitz").await, 1);
    }
}

async fn api(town: &Town, key: &str, body: &str) -> (u16, Value) {
    let request = town
        .browser()
        .request(
            "POST",
            "/api/v1/authorities/16077036/services/brauchtumsfeuer/applications",
        )
        .header("idempotency-key", key)
        .header("content-type", "application/json")
        .body(Body::from(body.to_owned()))
        .expect("a request");
    let response = town.router.clone().oneshot(request).await.expect("an answer");
    let status = response.status().as_u16();
    let bytes = response.into_body().collect().await.expect("a body").to_bytes();
    (status, serde_json::from_slice(&bytes).expect("JSON"))
}

both! {
    /// What a key stood for it stands for the next day, too, when the same answers would be refused.
    async fn a_repeated_key_is_answered_before_anything_is_checked(town: Town) {
        let mut answers = town.club().example("brauchtumsfeuer", "").answers;
        let day: jiff::civil::Date = answers["event"]["date"].as_str().and_then(|d| d.parse().ok()).expect("a day");
        town.on(day);
        let body = json!({ "answers": answers }).to_string();
        let (status, first) = api(&town, "k", &body).await;
        assert_eq!(status, 201, "{first}");
        town.pass(10 * 3600).await;
        assert_eq!(api(&town, "new", &body).await.0, 422, "the day is past");
        assert_eq!(api(&town, "k", &body).await, (201, first.clone()));
        // Another order and spacing is the same request.
        let mut heads: Vec<_> = answers.as_object().expect("answers").clone().into_iter().collect();
        heads.reverse();
        let turned = format!(" {:#} ", json!({ "answers": heads.into_iter().collect::<serde_json::Map<_, _>>() }));
        assert_eq!(api(&town, "k", &turned).await, (201, first));
        // Other answers are refused, right or wrong.
        answers["fire"] = json!("nonsense");
        let (status, other) = api(&town, "k", &json!({ "answers": answers }).to_string()).await;
        assert_eq!((status, other["title"].as_str()), (409, Some("key-reused")));
        town.pass(15 * 3600).await;
        assert_eq!(api(&town, "k", &body).await.0, 422, "a day later it stands for nothing");
    }
}

both! {
    /// Many entries, many names: named shortly, and other pages do not wait.
    async fn a_hostile_request_is_answered_shortly(town: Town) {
        let items = vec![json!({}); 12_000];
        let names: serde_json::Map<_, _> = (0..20_000).map(|i| (format!("x{i}"), json!(1))).collect();
        let (status, body) = api(&town, "h1", &json!({ "answers": { "event": { "dates": items }, "helpers": items, "club": names } }).to_string()).await;
        assert_eq!(status, 422);
        let told = body["errors"].as_array().expect("errors").len();
        assert!((1..=100).contains(&told), "{told}");
        // No more than the form's files can weigh.
        let service = town.app.services.latest("brauchtumsfeuer").expect("the service");
        let megabytes: u32 = service.form.pages.iter().flat_map(|p| &p.questions).map(|q| match q.kind {
            schema::Kind::File { max_mb, .. } => max_mb,
            _ => 0,
        }).sum();
        let much = "x".repeat((megabytes as usize * 4 / 3 + 2) * 1024 * 1024);
        let (status, body) = api(&town, "h2", &json!({ "answers": { "club": { "name": much } } }).to_string()).await;
        assert_eq!((status, body["title"].as_str()), (413, Some("too-large")));
    }
}

async fn at(router: axum::Router, request: Request<Body>) -> Response<Body> {
    router.oneshot(request).await.expect("an answer")
}

async fn text(response: Response<Body>) -> String {
    let bytes = response.into_body().collect().await.expect("a body").to_bytes();
    String::from_utf8_lossy(&bytes).into_owned()
}

both! {
    /// Too much at a time, too slow, too large: each is told what it is, and when to come back.
    async fn too_much_is_refused_at_once(town: Town) {
        let get = |path: &str| town.browser().request("GET", path).body(Body::empty()).expect("a request");
        let none = web::bounded(town.app.clone(), Bounds { at_once: 0, ..Bounds::default() });
        let page = at(none.clone(), get("/nobitz")).await;
        assert_eq!((page.status().as_u16(), page.headers()["retry-after"].to_str().ok()), (503, Some("30")));
        assert!(text(page).await.contains("Gerade ist viel los"));
        let problem = at(none, get("/api/v1/services")).await;
        assert_eq!((problem.status().as_u16(), problem.headers()["retry-after"].to_str().ok()), (503, Some("30")));
        assert_eq!(problem.headers()["content-type"], "application/problem+json");

        // Only what takes files takes megabytes.
        let large = "x".repeat(2 * 1024 * 1024);
        assert_eq!(town.browser().post("/stand", &[("aktenzeichen", &large)]).await.status, 413);
        // With no turn for large ones the small ones still get through.
        let few = web::bounded(town.app.clone(), Bounds { large_at_once: 0, wait: Duration::from_millis(10), ..Bounds::default() });
        let mut browser = Browser::new(few);
        let first = browser.get(FIRE).await.location;
        let small = browser.post_form(&first, &pairs(&[("fire.occasion", "easter"), ("event.public", "ja"), ("club.kind", "club")]), &[]).await;
        assert_eq!(small.status, 303, "{}", errors(&small.text()));
        let file = ("plan".to_owned(), "plan.pdf".to_owned(), large.into_bytes());
        assert_eq!(browser.post_form(&first, &[], &[file]).await.status, 503);
    }
}

both! {
    /// A browser filled in the field that nobody sees: the page comes back with what was typed, and the reason.
    async fn a_trap_says_so_and_keeps_what_was_typed(town: Town) {
        let mut browser = town.browser();
        let first = browser.get(FIRE).await.location;
        let typed = [("fire.occasion", "other"), ("fire.occasion_name", "Kirmes am Teich"), ("event.public", "ja"), ("club.kind", "club")];
        let mut trapped = pairs(&typed);
        trapped.push(("webseite".into(), "https://example.org".into()));
        let page = browser.post_form(&first, &trapped, &[]).await;
        assert_eq!(page.status, 422);
        assert!(page.text().contains("Ein unsichtbares Feld war ausgefüllt") && page.text().contains("Kirmes am Teich"));
        assert!(browser.cookie("entwurf").is_none(), "nothing is kept");
        let page = browser.post_form(&first, &pairs(&typed), &[]).await;
        assert_eq!(page.status, 303, "{}", errors(&page.text()));

        let page = browser.post("/nobitz/barriere-melden", &[("text", "Der Kontrast"), ("webseite", "x")]).await;
        assert!(page.status == 422 && page.text().contains("Der Kontrast"), "{}", page.status);
        let page = browser.post("/nobitz/barriere-melden", &[("text", &"ä".repeat(4001))]).await;
        assert!(page.status == 422 && page.text().contains("4001"), "{}", page.status);
    }
}

both! {
    /// Two devices fill in one page: the second is told what the first has saved, and decides.
    async fn nobody_writes_over_what_another_device_saved(town: Town) {
        let mut here = town.browser();
        let first = here.get(FIRE).await.location;
        here.post_form(&first, &pairs(&[("fire.occasion", "other"), ("fire.occasion_name", "Kirmes"), ("event.public", "ja"), ("club.kind", "club")]), &[]).await;
        let mut there = here.clone();
        let mark = seen(&here.get(&first).await);
        let post = |mark: &str, name: &str| pairs(&[("_stand", mark), ("fire.occasion", "other"), ("fire.occasion_name", name), ("event.public", "ja"), ("club.kind", "club")]);
        assert_eq!(there.post_form(&first, &post(&mark, "Maifeuer"), &[]).await.status, 303);
        let told = here.post_form(&first, &post(&mark, "Hexenfeuer"), &[]).await;
        assert_eq!(told.status, 422);
        let text = told.text();
        assert!(text.contains("Inzwischen ist hier gespeichert: Maifeuer"), "{}", errors(&text));
        assert!(text.contains("value=\"Hexenfeuer\""), "what was typed stays");
        assert!(there.get(&first).await.text().contains("value=\"Maifeuer\""), "and is not saved yet");
        // The same as is kept is no quarrel; once more on purpose counts.
        assert_eq!(here.post_form(&first, &post(&mark, "Maifeuer"), &[]).await.status, 303);
        assert_eq!(here.post_form(&first, &post(&seen(&told), "Hexenfeuer"), &[]).await.status, 303);
        assert!(there.get(&first).await.text().contains("value=\"Hexenfeuer\""));
    }
}

both! {
    /// Two pages saved in the same instant are both kept.
    async fn pages_saved_at_the_same_time_are_both_kept(town: Town) {
        let mut club = town.club();
        let example = club.example("brauchtumsfeuer", "");
        town.on(example.today);
        club.fill("nobitz", "brauchtumsfeuer", &example.answers).await;
        let service = town.app.services.latest("brauchtumsfeuer").expect("the service");
        let page_of = |id: &str| service.form.pages.iter().find(|p| p.questions.iter().any(|q| q.id == id)).map(|p| format!("{FIRE}/{}", p.id)).expect("a page");
        let (phone, height) = (page_of("contact.phone"), page_of("fire.height"));
        assert_ne!(phone, height);
        for round in 0..8 {
            let (mut a, mut b) = (club.browser.clone(), club.browser.clone());
            let number = format!("0361 99887{round}");
            let metres = format!("1,{round}");
            let (one, two) = (pairs(&[("contact.phone", &number), ("_spaeter", "1")]), pairs(&[("fire.height", &metres), ("_spaeter", "1")]));
            let (one, two) = tokio::join!(a.post_form(&phone, &one, &[]), b.post_form(&height, &two, &[]));
            assert_eq!((one.status, two.status), (303, 303), "round {round}");
            let data = draft(&town, &club.browser).await.data;
            assert_eq!(schema::at(&data["answers"], "contact.phone"), Some(&json!(number)), "round {round}");
            assert_eq!(schema::at(&data["answers"], "fire.height"), Some(&json!(metres)), "round {round}");
        }
    }
}

both! {
    /// A file that is replaced or taken out is gone, and all files of an application have a limit together.
    async fn files_of_a_draft_are_counted_and_go_when_they_are_taken_out(town: Town) {
        let mut club = town.club();
        let example = club.example("sperrzeit", "");
        town.on(example.today);
        club.fill("nobitz", "sperrzeit", &example.answers).await;
        let service = town.app.services.latest("sperrzeit").expect("the service");
        let (page, question) = service.form.pages.iter().find_map(|p| {
            let q = p.questions.iter().find(|q| matches!(q.kind, schema::Kind::File { .. }) && schema::at(&example.answers, &q.id).is_some())?;
            Some((format!("/nobitz/sperrzeit/antrag/{}", p.id), q.id.clone()))
        }).expect("a file question");
        let paper = async |browser: &Browser| {
            let draft = draft(&town, browser).await;
            let id = schema::at(&draft.data["answers"], &question).and_then(|f| f["paper"].as_str()).map(|id| domain::PaperId(id.to_owned()));
            (draft, id)
        };
        let drafts = town.app.store.drafts();
        let (_, first) = paper(&club.browser).await;
        let first = first.expect("a file");
        let mut other = PDF.to_vec();
        other.extend(b"\n% other\n");
        club.browser.post_form(&page, &[], &[(question.clone(), "neu.pdf".into(), other)]).await;
        let (draft_now, second) = paper(&club.browser).await;
        let second = second.expect("a file");
        assert_ne!(first, second);
        assert!(drafts.paper(&draft_now, &first).await.expect("a look").is_none(), "replaced");
        assert!(drafts.paper(&draft_now, &second).await.expect("a look").is_some());
        club.browser.post_form(&page, &pairs(&[("_datei_entfernen", &question)]), &[]).await;
        let (draft_now, none) = paper(&club.browser).await;
        assert_eq!(none, None);
        assert!(drafts.paper(&draft_now, &second).await.expect("a look").is_none(), "taken out");
    }
}

/// With limits on, as visitors meet them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_count_what_costs_and_nothing_else() {
    let town = Town::limited().await;
    let mut browser = town.browser();
    let first = browser.get(FIRE).await.location;
    let easter = pairs(&[
        ("fire.occasion", "easter"),
        ("event.public", "ja"),
        ("club.kind", "club"),
    ]);
    let mut asking = easter.clone();
    asking.push(("_zeigen".into(), "1".into()));
    for _ in 0..70 {
        assert_eq!(
            browser.post_form(&first, &asking, &[]).await.status,
            200,
            "asking costs nothing"
        );
        assert_eq!(
            browser.post_form(&first, &easter, &[]).await.status,
            303,
            "nor does a page"
        );
    }
    let file = || [("plan".to_owned(), "plan.pdf".to_owned(), PDF.to_vec())];
    for n in 0..61 {
        let page = browser.post_form(&first, &easter, &file()).await;
        assert_eq!(page.status, if n < 60 { 303 } else { 429 }, "file {n}");
    }
    for n in 0..60 {
        let page = town.browser().post_form(&first, &easter, &[]).await;
        assert_eq!(page.status, if n < 59 { 303 } else { 429 }, "draft {n}");
    }
}

both! {
    /// An answer is checked like the whole form: what follows from it is asked at once, and nothing is cut.
    async fn an_answer_to_a_question_is_checked_as_a_whole(town: Town) {
        let mut club = town.club();
        let mut example = club.example("brauchtumsfeuer", "");
        town.on(example.today);
        example.answers["fire"]["occasion"] = "easter".into();
        if let Some(fire) = example.answers["fire"].as_object_mut() {
            fire.remove("occasion_name");
        }
        let receipt = club.applies("nobitz", "brauchtumsfeuer", &example.answers).await;
        let case = case_of(&town, "nobitz", &receipt).await;
        let mut desk = town.clerk("s.krell@nobitz.example").await;
        let ask = [("feld", "fire.occasion"), ("grund.fire.occasion", "Welcher Anlass ist es?"), ("bis", "2")];
        let asked = desk.post(&format!("/amt/v/{}/rueckfrage", case.id), &ask).await;
        assert_eq!(asked.status, 303, "{}", asked.text());
        let path = format!("/v/{}/ergaenzen", receipt.reference);
        assert_eq!(club.browser.get(&path).await.status, 200);

        // A text that is too long is not cut.
        let long = pairs(&[("fire.occasion", "easter"), ("_text", &"ä".repeat(2001))]);
        let page = club.browser.post_form(&path, &long, &[]).await;
        assert!(page.status == 422 && page.text().contains("2001"), "{}", page.status);
        assert!(page.text().contains(&"ä".repeat(2001)), "what was written stays");
        let page = club.browser.post(&format!("/v/{}/nachricht", receipt.reference), &[("text", &"ä".repeat(2001))]).await;
        assert!(page.text().contains("2001") && page.text().contains(&"ä".repeat(2001)));

        // Another occasion needs its name: asked here, and taken here.
        let page = club.browser.post_form(&path, &pairs(&[("fire.occasion", "other")]), &[]).await;
        assert_eq!(page.status, 422, "{}", page.location);
        assert!(page.text().contains("name=\"fire.occasion_name\""), "{}", errors(&page.text()));
        let both = [("fire.occasion", "other"), ("fire.occasion_name", "Kirmes"), ("fire.height", "9")];
        let page = club.browser.post_form(&path, &pairs(&both), &[]).await;
        assert_eq!(page.status, 303, "{}", errors(&page.text()));
        let now = case_of(&town, "nobitz", &receipt).await;
        assert_eq!((now.answers["fire"]["occasion"].as_str(), now.answers["fire"]["occasion_name"].as_str()), (Some("other"), Some("Kirmes")));
        assert_eq!(now.answers["fire"]["height"], case.answers["fire"]["height"], "not asked, not changed");
    }
}

both! {
    /// Who changes nothing is told so, and finds as many entries as before: no empty person beside them.
    async fn an_error_adds_nobody(town: Town) {
        let mut club = town.club();
        let example = club.example("brauchtumsfeuer", "");
        town.on(example.today);
        let receipt = club.applies("nobitz", "brauchtumsfeuer", &example.answers).await;
        let case = case_of(&town, "nobitz", &receipt).await;
        let mut desk = town.clerk("s.krell@nobitz.example").await;
        let ask = [("feld", "helpers"), ("grund.helpers", "Wer kommt noch?"), ("bis", "2")];
        assert_eq!(desk.post(&format!("/amt/v/{}/rueckfrage", case.id), &ask).await.status, 303);
        let path = format!("/v/{}/ergaenzen", receipt.reference);
        let entries = |page: &str| (0..9).filter(|n| page.contains(&format!("name=\"helpers.{n}.name\""))).count();
        let shown = entries(&club.browser.get(&path).await.text());
        assert!(shown > 1, "{shown}");
        let page = club.browser.post_form(&path, &[], &[]).await;
        assert!(page.status == 422 && page.text().contains("Ändern Sie mindestens eine Angabe"), "{}", page.text());
        assert_eq!(entries(&page.text()), shown);
    }
}

both! {
    /// The schema of a place is made once a day; its example's room is free each time.
    async fn a_schema_is_made_once(town: Town) {
        let path = "/api/v1/authorities/16077036/services/raumnutzung/schema.json";
        let mut browser = town.browser();
        let one = browser.get(path).await;
        let made = town.app.schemas.made();
        for _ in 0..3 {
            assert_eq!(browser.get(path).await.body, one.body);
        }
        assert_eq!(town.app.schemas.made(), made);
        town.pass(24 * 3600).await;
        browser.get(path).await;
        assert!(town.app.schemas.made() > made, "another day, other bounds");
    }
}

both! {
    /// Another device took a file away: nothing is sent without it, and the page says which.
    async fn a_file_that_is_gone_stops_the_submission(town: Town) {
        let mut club = town.club();
        let example = club.example("sperrzeit", "");
        town.on(example.today);
        assert!(club.fill("nobitz", "sperrzeit", &example.answers).await.ends_with("/pruefen"));
        // The answers name the file still, the draft has it no more.
        let mut kept = draft(&town, &club.browser).await;
        assert!(town.app.store.drafts().save(&mut kept, &[], town.now()).await.expect("a save"));
        let before = cases(&town, "lk-altenburger-land").await;
        let sent = club.send("nobitz", "sperrzeit").await;
        assert_eq!(sent.status, 409, "{}", errors(&sent.text()));
        assert!(sent.text().contains("Die Datei „plan.pdf“ ist nicht mehr da."), "{}", errors(&sent.text()));
        assert_eq!(cases(&town, "lk-altenburger-land").await, before, "nothing was left out silently");
        // Uploaded again, it goes.
        let service = town.app.services.latest("sperrzeit").expect("the service");
        let page = service.form.pages.iter().find(|p| p.id == "sound").expect("the page of the file");
        let again = club.answers_page("/nobitz/sperrzeit/antrag/sound?aendern=1", page, &example.answers).await;
        assert_eq!((again.status, again.location.as_str()), (303, "/nobitz/sperrzeit/antrag/pruefen"), "{}", errors(&again.text()));
        let sent = club.send("nobitz", "sperrzeit").await;
        assert_eq!(sent.status, 303, "{}", errors(&sent.text()));
        assert_eq!(cases(&town, "lk-altenburger-land").await, before + 1);
    }
}

both! {
    /// A NUL names nothing on either engine, in an address or in a form.
    async fn a_nul_is_nobody(town: Town) {
        let mut browser = town.browser();
        for path in ["/api/v1/keys/%00", "/wappen/%00", "/kalender/%00/x/y.ics", "/stand?aktenzeichen=%00", "/suche?q=%00"] {
            assert_eq!(browser.get(path).await.status, 404, "{path}");
        }
        let page = browser.post("/stand", &[("aktenzeichen", "NOB\0"), ("zugang", "\0")]).await;
        assert_eq!(page.status, 422, "{}", page.text());
        let page = browser.post("/amt/anmelden", &[("email", "s.krell\0@nobitz.example"), ("passwort", "\0")]).await;
        assert!(page.status < 500, "{}", page.text());
    }
}
