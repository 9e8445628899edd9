//! The worker backs up at night and restores the copy to a scratch place; who watches asks `/health/backup`.

use crate::town::Town;

async fn asked(town: &Town) -> (u16, String) {
    let answer = town.browser().get("/health/backup").await;
    (answer.status, answer.text())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn health_is_red_until_a_backup_was_restored_and_whenever_one_is_spoilt() {
    let town = Town::backed_up().await;
    let (status, body) = asked(&town).await;
    assert!(status == 503 && body.contains("\"never\""), "{status} {body}");
    town.worker.housekeeping(town.now()).await;
    let (status, body) = asked(&town).await;
    assert!(status == 200 && body.contains("\"ok\""), "{status} {body}");
    assert!(!body.contains("nobitz"), "no names: {body}");
    let backups = || -> Vec<_> {
        let mut all: Vec<_> = std::fs::read_dir(town.folder().join("backups"))
            .expect("backups")
            .flatten()
            .map(|e| e.path())
            .collect();
        all.sort();
        all
    };
    assert_eq!(backups().len(), 1, "one a day: {:?}", backups());
    town.worker.housekeeping(town.now()).await;
    assert_eq!(backups().len(), 1);

    // Nobody backs up for a day and more: there is no evidence, so it is red.
    town.at("2026-11-26T02:00:00Z");
    let (status, body) = asked(&town).await;
    assert!(status == 503 && body.contains("\"old\""), "{status} {body}");
    town.worker.housekeeping(town.now()).await;
    assert_eq!(asked(&town).await.0, 200);

    // Spoilt at night, found at once by its size, and by the next drill at the latest.
    let file = backups().pop().expect("the newest").join("tenants/nobitz.db");
    let bytes = std::fs::read(&file).expect("a file");
    std::fs::write(&file, &bytes[1..]).expect("spoilt");
    let (status, body) = asked(&town).await;
    assert!(status == 503 && body.contains("\"changed\""), "{status} {body}");
    town.at("2026-11-27T02:00:00Z");
    town.worker.housekeeping(town.now()).await;
    assert_eq!(asked(&town).await.0, 200, "the next night mends it");
    assert_eq!(backups().len(), 2, "the oldest is gone");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_folder_it_says_so() {
    let (status, body) = asked(&Town::sqlite().await).await;
    assert!(status == 503 && body.contains("\"not_set_up\""), "{status} {body}");
}
