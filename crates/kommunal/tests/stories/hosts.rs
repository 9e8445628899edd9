//! Two hosts on one PostgreSQL behind a balancer that sends each request to the other one: nothing that a page or a
//! job needs is kept in a process.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use tower::ServiceExt as _;

use crate::actors::{Browser, Club};
use crate::town::Town;

const CLERK: &str = "s.krell@nobitz.example";

/// Each request goes to the next host.
fn balancer(hosts: [Router; 2]) -> (Router, Arc<AtomicUsize>) {
    let turn = Arc::new(AtomicUsize::new(0));
    let counted = turn.clone();
    let router = Router::new().fallback(move |request: Request<Body>| {
        let host = hosts[counted.fetch_add(1, Ordering::SeqCst) % 2].clone();
        async move { host.oneshot(request).await }
    });
    (router, turn)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_other_request_goes_to_another_host() {
    let Some(town) = Town::postgres().await else { return };
    let second = town.second_host().await;
    let (router, turn) = balancer([town.router.clone(), web::router(second.app.clone())]);

    // A form of several pages with a draft, sent and kept; then the desk decides.
    let mut club = Club::new(Browser::new(router.clone()), town.app.clone());
    let example = club.example("brauchtumsfeuer", "");
    town.on(example.today);
    let receipt = club.applies("nobitz", "brauchtumsfeuer", &example.answers).await;
    assert!(turn.load(Ordering::SeqCst) > 6, "the form has more pages");
    let id = crate::decide::case_of(&town, "nobitz", &receipt).await.id;
    let mut desk = Browser::new(router);
    let page = desk
        .post("/amt/anmelden", &[("mail", CLERK), ("pass", "Vorfuehrung-2026")])
        .await;
    assert_eq!(page.status, 303);
    for _ in 0..4 {
        let inbox = desk.get("/amt/eingang").await;
        assert!(
            inbox.status == 200 && inbox.text().contains(id.as_str()),
            "{}",
            inbox.status
        );
    }
    assert_eq!(desk.post(&format!("/amt/v/{id}/genehmigen"), &[]).await.status, 303);

    // Both workers at once: the decision takes effect, each letter is made once, nothing is left.
    let later = town.now() + jiff::SignedDuration::from_secs(11);
    town.at(&later.to_string());
    let (one, other) = tokio::join!(town.worker.run_due(), second.worker.run_due());
    assert!(one.expect("a worker works") + other.expect("the other works") > 0);
    let nobitz = town.authority("nobitz").await;
    let (of, dead) = (id.clone(), nobitz.read(|t| t.dead_jobs()).await.expect("jobs"));
    assert!(dead.is_empty(), "{dead:?}");
    let letters = nobitz.read(move |t| t.letters(&of)).await.expect("letters");
    let mut kinds: Vec<_> = letters.iter().map(|l| l.kind.as_str()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["approval", "receipt", "receipt_copy"]);
    for _ in 0..2 {
        let page = desk.get(&format!("/amt/v/{id}")).await;
        assert!(
            page.status == 200 && page.text().to_lowercase().contains("genehmigt"),
            "{}",
            page.status
        );
    }

    // Logged out on one, logged out on both.
    assert_eq!(desk.post("/amt/abmelden", &[]).await.status, 303);
    for _ in 0..2 {
        assert_eq!(desk.get("/amt/eingang").await.status, 303);
    }
}
