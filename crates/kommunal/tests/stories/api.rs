//! The HTTP contract, walked through the real router: what a program may rely on.

use axum::body::Body;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::actors::PDF;
use crate::both;
use crate::town::{SHIPPED, Town};

/// An answer of the API.
#[derive(Debug, PartialEq)]
struct Answer {
    status: u16,
    kind: String,
    bytes: Vec<u8>,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes)
            .unwrap_or_else(|_| panic!("no JSON: {}", String::from_utf8_lossy(&self.bytes)))
    }

    /// Asserts an RFC 9457 problem of this name and gives its body.
    fn problem(&self, status: u16, name: &str) -> Value {
        let body = self.json();
        assert_eq!(
            (self.status, self.kind.as_str()),
            (status, "application/problem+json"),
            "{body}"
        );
        assert_eq!(body["status"], status, "{body}");
        let kind = body["type"].as_str().expect("a type");
        assert_eq!(kind.rsplit(':').next(), Some(name), "{body}");
        body
    }
}

async fn call(town: &Town, method: &str, path: &str, head: &[(&str, &str)], body: impl Into<Body>) -> Answer {
    let mut request = town.browser().request(method, path);
    for (name, value) in head {
        request = request.header(*name, *value);
    }
    let response = town
        .router
        .clone()
        .oneshot(request.body(body.into()).expect("a request"))
        .await
        .expect("an answer");
    let kind = response
        .headers()
        .get("content-type")
        .and_then(|v| v.to_str().ok())
        .unwrap_or_default()
        .to_owned();
    Answer {
        status: response.status().as_u16(),
        kind,
        bytes: response
            .into_body()
            .collect()
            .await
            .expect("a body")
            .to_bytes()
            .to_vec(),
    }
}

async fn get(town: &Town, path: &str) -> Answer {
    call(town, "GET", path, &[], Body::empty()).await
}

const NOBITZ: &str = "16077036";

fn path(ags: &str, service: &str) -> String {
    format!("/api/v1/authorities/{ags}/services/{service}/applications")
}

async fn post(town: &Town, ags: &str, service: &str, key: &str, answers: &Value) -> Answer {
    let body = json!({ "answers": answers }).to_string();
    let head = [("idempotency-key", key), ("content-type", "application/json")];
    call(town, "POST", &path(ags, service), &head, body).await
}

/// Sends an application to Nobitz; the status of the answer.
pub async fn sends(town: &Town, service: &str, answers: &Value) -> u16 {
    post(town, NOBITZ, service, "a-key-of-its-own-0001", answers)
        .await
        .status
}

/// The answers of an accepted example, on its own day.
fn example(town: &Town, service: &str) -> Value {
    let example = town.club().example(service, "");
    town.on(example.today);
    example.answers
}

async fn state(town: &Town, reference: &str, code: &str) -> Answer {
    let bearer = format!("Bearer {code}");
    let path = format!("/api/v1/applications/{reference}");
    call(town, "GET", &path, &[("authorization", &bearer)], Body::empty()).await
}

both! {
    async fn what_there_is_can_be_read(town: Town) {
        let places = get(&town, "/api/v1/places?q=Nob").await.json();
        let first = &places["places"][0];
        assert_eq!((first["ags"].as_str(), first["name"].as_str(), first["plz"].as_str()), (Some(NOBITZ), Some("Nobitz"), Some("04603")));
        assert!(first["district"].as_str().is_some_and(|d| d.contains("Altenburger Land")));
        let services = get(&town, "/api/v1/services").await.json();
        let ids: Vec<&str> = services["services"].as_array().expect("a list").iter().filter_map(|s| s["id"].as_str()).collect();
        assert_eq!(ids, ["brauchtumsfeuer", "raumnutzung", "sperrzeit", "veranstaltungsanzeige"]);
        assert_eq!(get(&town, "/api/v1/services/sperrzeit").await.json()["id"], "sperrzeit");
        for path in ["/api/v1/services/sperrzeit/schema.json".to_owned(), format!("/api/v1/authorities/{NOBITZ}/services/raumnutzung/schema.json")] {
            let schema = get(&town, &path).await.json();
            assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema", "{path}");
        }
        get(&town, "/api/v1/services/hundesteuer").await.problem(404, "not-found");
        get(&town, "/api/v1/nothing").await.problem(404, "not-found");
    }
}

both! {
    /// What a schema gives as an example can be sent as it stands, and nothing of it is late.
    async fn an_example_of_a_schema_is_right_and_in_time(town: Town) {
        for day in ["2026-11-25", "2026-12-04", "2026-12-29"] {
            town.on(day.parse().expect("a day"));
            for service in ["brauchtumsfeuer", "raumnutzung", "sperrzeit", "veranstaltungsanzeige"] {
                let schema = get(&town, &format!("/api/v1/authorities/{NOBITZ}/services/{service}/schema.json")).await.json();
                let sent = post(&town, NOBITZ, service, &format!("{service} {day}"), &schema["examples"][0]).await;
                let body = sent.json();
                assert_eq!(sent.status, 201, "{service}, {day}: {body}");
                for deadline in body["deadlines"].as_array().expect("deadlines") {
                    assert_eq!(deadline["late_by"], 0, "{service}, {day}: {body}");
                }
            }
        }
    }
}

both! {
    async fn an_application_is_answered_after_it_is_kept(town: Town) {
        let answers = example(&town, "brauchtumsfeuer");
        let sent = post(&town, NOBITZ, "brauchtumsfeuer", "k1", &answers).await;
        let body = sent.json();
        assert_eq!(sent.status, 201, "{body}");
        let reference = body["reference"].as_str().expect("a reference").to_owned();
        let code = body["access_code"].as_str().expect("a code").to_owned();
        assert!(reference.starts_with("NOB-FEUER-26-"), "{reference}");
        assert_eq!(body["status"], "received");
        assert_eq!(body["authority"], json!({ "id": "nobitz", "name": "Gemeinde Nobitz" }));
        assert!(body["received_at"].as_str().is_some_and(|t| t.ends_with("+01:00")), "{body}");
        assert_eq!(body["receipt"], format!("/api/v1/applications/{reference}/receipt.pdf"));
        let notice = body["deadlines"].as_array().expect("deadlines").iter().find(|d| d["kind"] == "notice").expect("a notice period");
        assert!(notice["last_day"].is_string() && notice["late_by"].is_i64(), "{notice}");
        assert_eq!(body["fee"], json!({ "cents": 0, "text": "kostenfrei" }));

        // The same again is the same answer, byte for byte; other answers under the key are refused.
        assert_eq!(post(&town, NOBITZ, "brauchtumsfeuer", "k1", &answers).await, sent);
        let mut other = answers.clone();
        other["contact"]["phone"] = "0361 998877".into();
        post(&town, NOBITZ, "brauchtumsfeuer", "k1", &other).await.problem(409, "key-reused");

        let seen = state(&town, &reference, &code).await.json();
        assert_eq!((seen["reference"].as_str(), seen["status"].as_str()), (Some(reference.as_str()), Some("received")));
        let event = &seen["history"][0];
        assert_eq!(event["event"], "received");
        assert!(event["at"].is_string() && event["text"].as_str().is_some_and(|t| !t.is_empty()), "{event}");

        town.work().await;
        let bearer = format!("Bearer {code}");
        let receipt = call(&town, "GET", body["receipt"].as_str().expect("a path"), &[("authorization", &bearer)], Body::empty()).await;
        assert_eq!((receipt.status, receipt.kind.as_str()), (200, "application/pdf"));
        assert!(receipt.bytes.starts_with(b"%PDF-"));

        // Anyone can check it: with the key that the authority publishes, by a program without our data.
        let key = call(&town, "GET", "/api/v1/keys/nobitz", &[], Body::empty()).await.json();
        let print = key["fingerprint"].as_str().expect("a fingerprint");
        let imprint = town.browser().get("/nobitz/impressum").await.text();
        assert!(imprint.contains(print), "{imprint}");
        let file = std::env::temp_dir().join(format!("{reference}.pdf"));
        let check = |bytes: &[u8], key: &str| {
            std::fs::write(&file, bytes).expect("a file");
            let run = std::process::Command::new(env!("CARGO_BIN_EXE_kommunal")).args(["receipt", "verify"]).arg(&file).args(["--key", key]).output();
            let run = run.expect("a run");
            (run.status.code(), String::from_utf8_lossy(&run.stdout).into_owned(), String::from_utf8_lossy(&run.stderr).into_owned())
        };
        let (code_of_exit, said, _) = check(&receipt.bytes, print);
        assert!(code_of_exit == Some(0) && said.contains(&reference), "{said}");
        let foreign = call(&town, "GET", "/api/v1/keys/lk-altenburger-land", &[], Body::empty()).await.json();
        assert_ne!(foreign["fingerprint"], key["fingerprint"]);
        let (code_of_exit, _, why) = check(&receipt.bytes, foreign["fingerprint"].as_str().expect("a fingerprint"));
        assert!(code_of_exit == Some(1) && why.contains("anderen Schlüssel"), "{why}");
        let (code_of_exit, _, why) = check(b"%PDF-1.7 nothing", print);
        assert!(code_of_exit == Some(1) && why.contains("kein lesbares PDF"), "{why}");
        std::fs::remove_file(&file).expect("removed");

        // A wrong code looks like an unknown reference.
        let wrong = state(&town, &reference, "7K3M-Q2XA-9FTR").await;
        let unknown = domain::reference::Reference::draw([9; 8], "Nobitz", "FEUER", 2026).to_string();
        wrong.problem(404, "not-found");
        assert_eq!(wrong, state(&town, &unknown, "7K3M-Q2XA-9FTR").await);
        assert_eq!(wrong, state(&town, "no-reference", &code).await);
        assert_eq!(wrong, call(&town, "GET", &format!("/api/v1/applications/{reference}"), &[], Body::empty()).await);
    }
}

both! {
    async fn what_is_wrong_is_named(town: Town) {
        let answers = example(&town, "brauchtumsfeuer");
        let mut wrong = answers.clone();
        wrong["contact"]["phone"] = "7".into();
        wrong["contact"]["shoe_size"] = "43".into();
        let body = post(&town, NOBITZ, "brauchtumsfeuer", "e1", &wrong).await.problem(422, "invalid-answers");
        let errors = body["errors"].as_array().expect("errors");
        let fields: Vec<&str> = errors.iter().filter_map(|e| e["field"].as_str()).collect();
        assert_eq!(fields, ["contact.phone", "contact.shoe_size"]);
        assert!(errors.iter().all(|e| e["message"].as_str().is_some_and(|m| !m.is_empty())));

        let exit = json!({ "fire": { "occasion": "garden_waste" } });
        let body = post(&town, NOBITZ, "brauchtumsfeuer", "e2", &exit).await.problem(422, "not-applicable");
        assert_eq!(body["exit"], "garden_waste");
        assert!(body["detail"].as_str().is_some_and(|d| d.len() > 20), "{body}");

        let text = json!({ "answers": answers }).to_string();
        let to = path(NOBITZ, "brauchtumsfeuer");
        let kind = ("content-type", "application/json");
        let key = ("idempotency-key", "e3");
        call(&town, "POST", &to, &[kind], text.clone()).await.problem(400, "bad-request");
        call(&town, "POST", &to, &[key, ("content-type", "text/plain")], text.clone()).await.problem(415, "unsupported-media-type");
        call(&town, "POST", &to, &[key, kind], "{\"answers\":").await.problem(400, "bad-request");
        call(&town, "POST", &to, &[key, kind], json!({ "answers": answers, "extra": 1 }).to_string()).await.problem(400, "bad-request");
        call(&town, "GET", &to, &[], Body::empty()).await.problem(405, "method-not-allowed");
        call(&town, "POST", &to, &[key, kind], vec![b' '; 33 * 1024 * 1024]).await.problem(413, "too-large");
        call(&town, "POST", &path("99999999", "brauchtumsfeuer"), &[key, kind], text.clone()).await.problem(404, "unknown-place");
        call(&town, "POST", &path(NOBITZ, "hundesteuer"), &[key, kind], text.clone()).await.problem(404, "not-found");
        // A place that takes no part: where to go instead.
        let body = call(&town, "POST", &path("16077048", "brauchtumsfeuer"), &[key, kind], text).await.problem(409, "not-online");
        assert!(body["authority"]["name"].as_str().is_some_and(|n| !n.is_empty()), "{body}");
        assert!(body["detail"].as_str().is_some_and(|d| d.starts_with("Die Verwaltungsgemeinschaft Pleißenaue nimmt")), "{body}");
        // Half a guest is a number, but no whole one.
        let mut half = answers.clone();
        half["event"]["guests"] = "3,5".into();
        let body = post(&town, NOBITZ, "brauchtumsfeuer", "e4", &half).await.problem(422, "invalid-answers");
        assert!(body["errors"][0]["message"].as_str().is_some_and(|m| m.contains("„3,5“ ist keine ganze Zahl")), "{body}");
        // The schema without a place says what depends on it, and where the schema of the place is.
        let general = get(&town, "/api/v1/services/raumnutzung/schema.json").await.json();
        let told = general["description"].as_str().expect("a description");
        let fire = get(&town, "/api/v1/services/brauchtumsfeuer/schema.json").await.json().to_string();
        assert!(fire.contains("in Ihrer Gemeinde mindestens") && !fire.contains(" in  "), "{fire}");
        assert!(told.contains("hire.room") && told.contains("/api/v1/authorities/{ags}/services/raumnutzung/schema.json"), "{told}");
        // Its example is for a place without rooms, and says so: here it is refused.
        assert!(told.contains("Ein Ort mit Räumen weist es zurück."), "{told}");
        let sent = post(&town, NOBITZ, "raumnutzung", "general", &general["examples"][0]).await;
        assert_eq!(sent.status, 422, "{}", sent.json());
    }
}

/// Files weigh through the API what they weigh through the pages: one limit for both.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_are_limited_here_as_on_the_pages() {
    use base64::Engine as _;
    let town = Town::limited().await;
    let mut answers = example(&town, "sperrzeit");
    let mut plain = answers.clone();
    let service = &SHIPPED.loaded.catalog.services["sperrzeit"];
    let questions = service.form.pages.iter().flat_map(|p| &p.questions);
    let file = questions
        .filter(|q| matches!(q.kind, schema::Kind::File { .. }))
        .find(|q| schema::at(&answers, &q.id).is_some())
        .expect("a file question that is answered");
    let (group, name) = file.id.split_once('.').expect("two parts");
    plain[group][name] = Value::Null;
    let content = base64::engine::general_purpose::STANDARD.encode(PDF);
    answers[group][name] = json!({ "name": "plan.pdf", "media_type": "application/pdf", "content_base64": content });
    let address = std::net::IpAddr::from([192, 0, 2, 1]);
    for _ in 0..50 {
        let taken = town.app.limits.upload(address, 10 << 20, town.now());
        assert!(taken.is_ok(), "through the pages");
    }
    let refused = post(&town, NOBITZ, "sperrzeit", "l1", &answers).await;
    assert_eq!(refused.status, 429, "{}", refused.json());
    let without = post(&town, NOBITZ, "sperrzeit", "l2", &plain).await;
    assert_ne!(without.status, 429, "{}", without.json());
}

both! {
    async fn a_file_travels_as_base64_and_is_checked_by_its_content(town: Town) {
        use base64::Engine as _;
        let mut answers = example(&town, "sperrzeit");
        let service = &SHIPPED.loaded.catalog.services["sperrzeit"];
        let file = service.form.pages.iter().flat_map(|p| &p.questions).find(|q| {
            matches!(q.kind, schema::Kind::File { .. }) && schema::at(&answers, &q.id).is_some()
        });
        let file = file.expect("a file question that is answered");
        let put = |answers: &mut Value, content: &[u8]| {
            let (group, name) = file.id.split_once('.').map_or((file.id.as_str(), None), |(g, n)| (g, Some(n)));
            let paper = json!({ "name": "plan.pdf", "media_type": "application/pdf", "content_base64": base64::engine::general_purpose::STANDARD.encode(content) });
            match name {
                Some(name) => answers[group][name] = paper,
                None => answers[group] = paper,
            }
        };
        put(&mut answers, b"MZ\x90\x00 no plan at all");
        let body = post(&town, NOBITZ, "sperrzeit", "f1", &answers).await.problem(422, "invalid-answers");
        assert_eq!(body["errors"][0]["field"], file.id.as_str(), "{body}");
        put(&mut answers, PDF);
        let sent = post(&town, NOBITZ, "sperrzeit", "f2", &answers).await;
        assert_eq!(sent.status, 201, "{}", sent.json());
        assert_eq!(sent.json()["authority"]["id"], "lk-altenburger-land");
    }
}

both! {
    /// Sent fifty times at once with one key: one case, one answer.
    async fn one_key_is_one_case(town: Town) {
        let answers = example(&town, "brauchtumsfeuer");
        let town = std::sync::Arc::new(town);
        let all: Vec<_> = (0..50).map(|_| {
            let (town, answers) = (town.clone(), answers.clone());
            tokio::spawn(async move { post(&town, NOBITZ, "brauchtumsfeuer", "same", &answers).await })
        }).collect();
        let mut first: Option<Answer> = None;
        for one in all {
            let answer = one.await.expect("an answer");
            assert_eq!(answer.status, 201, "{}", answer.json());
            assert_eq!(&answer, first.get_or_insert_with(|| Answer { status: answer.status, kind: answer.kind.clone(), bytes: answer.bytes.clone() }));
        }
        let tenant = town.authority("nobitz").await;
        let filter = store::CaseFilter { tab: store::Tab::All, size: 50, ..store::CaseFilter::default() };
        assert_eq!(tenant.read(move |t| t.cases(&filter)).await.expect("a list").total, 1);
    }
}

both! {
    /// Two clubs want the same hall at the same instant, 200 times: one gets it, the other three free times.
    async fn a_hall_is_given_once(town: Town) {
        let answers = example(&town, "raumnutzung");
        let town = std::sync::Arc::new(town);
        let tenant = town.authority("nobitz").await;
        for round in 0..200 {
            let both = ["a", "b"].map(|club| {
                let (town, answers) = (town.clone(), answers.clone());
                let key = format!("{club}{round}");
                tokio::spawn(async move { post(&town, NOBITZ, "raumnutzung", &key, &answers).await })
            });
            let mut won = 0;
            for one in both {
                let answer = one.await.expect("an answer");
                if answer.status == 201 {
                    won += 1;
                    continue;
                }
                let body = answer.problem(409, "room-taken");
                let free = body["free"].as_array().expect("free times");
                assert_eq!(free.len(), 3, "{body}");
                for slot in free {
                    let end = |key: &str| slot[key].as_str().and_then(|t| t.parse::<jiff::Timestamp>().ok());
                    assert!(end("from") < end("to") && end("from").is_some(), "{slot}");
                }
            }
            assert_eq!(won, 1, "round {round}");
            // The hall is free again for the next round.
            let cleared = tenant.write(|t| -> Result<usize, store::Error> {
                let long = jiff::SignedDuration::from_hours(24 * 400);
                let start: jiff::Timestamp = crate::town::EVENING.parse().expect("a moment");
                let all = t.bookings(None, start - long, start + long)?;
                for booking in &all {
                    t.cancel_booking(&booking.id)?;
                }
                Ok(all.len())
            }).await.expect("cleared");
            assert_eq!(cleared, 1, "round {round}");
        }
    }
}
