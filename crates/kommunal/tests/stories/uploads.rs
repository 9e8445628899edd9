//! Files that people hand in, at each door: looked through, refused at their field with what to do, and given to the desk
//! to save, never to show. What is looked for in a file: the corpus of `papers`.

use axum::body::Body;
use axum::http::header;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::actors::PDF;
use crate::both;
use crate::decide::case_of;
use crate::town::Town;

/// A file that runs something when it is opened.
fn evil() -> Vec<u8> {
    let text = String::from_utf8_lossy(PDF).replace(
        "/Pages 2 0 R",
        "/Pages 2 0 R/OpenAction<</S/JavaScript/JS(app.alert(1))>>",
    );
    text.into_bytes()
}

both! {
    async fn a_file_that_runs_something_is_refused_at_every_door(town: Town) {
        const WHY: &str = "In diesem PDF stecken Programme";
        let mut club = town.club();
        let example = club.example("sperrzeit", "");
        town.on(example.today);
        let end = club.fill("nobitz", "sperrzeit", &example.answers).await;
        let service = town.app.services.latest("sperrzeit").expect("the service");
        let with_file = |p: &&schema::Page| club.pages.contains(&p.id) && p.questions.iter().any(|q| matches!(q.kind, schema::Kind::File { .. }));
        let page = service.form.pages.iter().find(with_file).expect("a page with a file").clone();
        // The form: the file that was there stays, and so does the rest of the page.
        club.paper.1 = evil();
        let path = end.replace("pruefen", &page.id);
        let answer = club.answers_page(&path, &page, &example.answers).await;
        assert_eq!(answer.status, 422);
        assert!(answer.text().contains(WHY) && answer.text().contains("plan.pdf"), "{}", crate::actors::errors(&answer.text()));
        // A photo of an iPhone: which file it is, and how to send a JPEG.
        club.paper.1 = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic".to_vec();
        let told = club.answers_page(&path, &page, &example.answers).await.text();
        assert!(told.contains("„plan.pdf“: Das ist ein Foto im Format HEIC") && told.contains("Maximale Kompatibilität"), "{}", crate::actors::errors(&told));
        let sent = club.send("nobitz", "sperrzeit").await;
        assert_eq!(sent.status, 303, "the first file still stands");

        // The interface.
        let question = page.questions.iter().find(|q| matches!(q.kind, schema::Kind::File { .. })).expect("a file").id.clone();
        let mut answers = schema::RawAnswers(example.answers.clone());
        let file = json!({ "name": "plan.pdf", "media_type": "application/pdf", "content_base64": STANDARD.encode(evil()) });
        schema::merge(&mut answers, &schema::nested(&question, file));
        let mut program = town.browser();
        let request = program
            .request("POST", "/api/v1/authorities/16077036/services/sperrzeit/applications")
            .header(header::CONTENT_TYPE, "application/json")
            .header("idempotency-key", "evil")
            .body(Body::from(json!({ "answers": answers.0 }).to_string()))
            .expect("a request");
        let answer = program.send(request).await;
        let told: serde_json::Value = serde_json::from_slice(&answer.body).expect("problem+json");
        assert_eq!(answer.status, 422, "{told}");
        let refused = told["errors"].as_array().expect("errors").iter().find(|e| e["field"] == json!(question));
        assert!(refused.is_some_and(|e| e["message"].as_str().is_some_and(|m| m.contains(WHY))), "{told}");

        // At the desk an honest one is saved under its name and never shown.
        club.browser = town.browser();
        club.paper.1 = PDF.to_vec();
        let receipt = club.applies("nobitz", "sperrzeit", &example.answers).await;
        let case = case_of(&town, "lk-altenburger-land", &receipt).await;
        let paper = case.papers.first().expect("a paper");
        let mut clerk = town.clerk("r.neumann@altenburgerland.example").await;
        let saved = clerk.get(&format!("/amt/v/{}/unterlagen/{}", case.id, paper.id)).await;
        assert_eq!((saved.status, saved.kind.as_str()), (200, "application/octet-stream"));
        assert!(saved.head.contains("content-disposition: attachment") && saved.head.contains("nosniff"), "{}", saved.head);
        assert_eq!(saved.body, PDF);
        let shown = clerk.get(&format!("/amt/v/{}", case.id)).await.text();
        assert!(shown.contains("kein Virenscanner"), "the desk says that nothing looked for known malware");
    }
}
