//! Rights that end, and codes that are guessed.

use std::time::Duration;

use axum::body::Body;
use axum::http::header;
use tokio::io::AsyncWriteExt as _;
use tokio_util::io::ReaderStream;

use crate::both;
use crate::town::Town;

both! {
    /// Who was locked while the body of a request was still under way does not act with yesterday's rights.
    async fn a_body_held_back_keeps_no_right(town: Town) {
        let mut lead = town.clerk("leitung@nobitz.example").await;
        let mut vogel = town.clerk("m.vogel@nobitz.example").await;
        let clerks = town.authority("nobitz").await.read(|t| t.clerks()).await.expect("clerks");
        let id = clerks.iter().find(|c| c.email == "m.vogel@nobitz.example").expect("the clerk").id.clone();
        let (mut send, held) = tokio::io::duplex(64);
        let request = vogel
            .request("POST", "/amt/konto")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from_stream(ReaderStream::new(held)))
            .expect("a request");
        let mut slow = vogel.clone();
        let answer = tokio::spawn(async move { slow.send(request).await });
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert_eq!(lead.post(&format!("/amt/einstellungen/konten/{id}/sperren"), &[]).await.status, 303);
        send.write_all(b"digest=1").await.expect("the rest of the body");
        drop(send);
        let answer = answer.await.expect("an answer");
        assert!(answer.status == 403 && answer.text().contains("Ihre Anmeldung ist beendet"), "{} {}", answer.status, answer.text());
        let again = vogel.post("/amt/anmelden", &[("mail", "m.vogel@nobitz.example"), ("pass", "Vorfuehrung-2026")]).await;
        assert_eq!(again.status, 422, "still locked");
    }
}

both! {
    /// The notebook at home is still logged in: seen and ended from the desk, and the desk goes on.
    async fn a_device_left_somewhere_is_logged_out_from_here(town: Town) {
        let (mut home, mut desk) = (town.clerk("m.vogel@nobitz.example").await, town.clerk("m.vogel@nobitz.example").await);
        assert_eq!(home.get("/amt/eingang").await.status, 200);
        let shown = desk.get("/amt/konto").await.text();
        assert!(shown.contains("Wo Sie angemeldet sind") && shown.contains(", dieses Gerät"), "{shown}");
        let (_, rest) = shown.split_once("action=\"/amt/konto/abmelden\"").expect("one that can be ended");
        let id = rest.split("value=\"").nth(1).and_then(|r| r.split('"').next()).expect("its name");
        let done = desk.post("/amt/konto/abmelden", &[("id", id)]).await;
        assert_eq!((done.status, done.location.as_str()), (303, "/amt/konto?ok=abgemeldet"));
        assert_eq!(home.get("/amt/eingang").await.status, 303, "logged out");
        assert_eq!(desk.get("/amt/eingang").await.status, 200);

        // All others at once; somebody else's stay.
        let (mut one, mut two) = (town.clerk("m.vogel@nobitz.example").await, town.clerk("m.vogel@nobitz.example").await);
        let mut lead = town.clerk("leitung@nobitz.example").await;
        assert_eq!(desk.post("/amt/konto/andere-abmelden", &[]).await.status, 303);
        for gone in [&mut one, &mut two] {
            assert_eq!(gone.get("/amt/eingang").await.status, 303);
        }
        assert_eq!(desk.get("/amt/eingang").await.status, 200);
        assert_eq!(lead.get("/amt/eingang").await.status, 200);
    }
}

/// Limits as in earnest: who holds the right code is no guesser, however often they come and whoever guesses.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_right_code_always_opens() {
    let town = Town::limited().await;
    let mut club = town.club();
    let example = club.example("brauchtumsfeuer", "");
    town.on(example.today);
    let receipt = club.applies("nobitz", "brauchtumsfeuer", &example.answers).await;
    let path = format!("/api/v1/applications/{}", receipt.reference);
    let ask = async |code: &str| {
        let mut program = town.browser();
        let request = program
            .request("GET", &path)
            .header(header::AUTHORIZATION, format!("Bearer {code}"));
        program
            .send(request.body(Body::empty()).expect("a request"))
            .await
            .status
    };
    for n in 0..100 {
        assert_eq!(ask(&receipt.code).await, 200, "{n}");
    }
    for n in 0..10 {
        assert_eq!(ask("7K3M-Q2XA-9FTR").await, 404, "{n}");
    }
    assert_eq!(ask("7K3M-Q2XA-9FTR").await, 429, "the guesser waits");
    assert_eq!(ask(&receipt.code).await, 200, "not who holds the code");
    // Guesses of codes leave the desk's log-in alone.
    for _ in 0..40 {
        ask("7K3M-Q2XA-9FTR").await;
    }
    town.clerk("leitung@nobitz.example").await;
}
