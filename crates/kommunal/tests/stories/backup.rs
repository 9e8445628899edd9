//! The worker backs up at night and restores the copy to a scratch place; who watches asks `/health/backup`.

use domain::{PaperId, PaperRef};
use jiff::SignedDuration;
use store::{Entropy, RootKey, Store, StoreConfig};

use crate::decide::case_of;
use crate::town::{Town, as_role, sql};

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

/// For one night the clock was ten years ahead. What it left is no evidence, and the nights after it have their backups.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_was_ahead_stops_no_backup() {
    let town = Town::backed_up().await;
    let made = || {
        std::fs::read_dir(town.folder().join("backups"))
            .expect("backups")
            .count()
    };
    town.at("2036-01-01T02:00:00Z");
    town.worker.housekeeping(town.now()).await;
    assert_eq!((asked(&town).await.0, made()), (200, 1));
    for (day, made_by_then) in [("2026-11-26", 2), ("2026-11-27", 3)] {
        town.at(&format!("{day}T02:00:00Z"));
        let (status, body) = asked(&town).await;
        let word = if made_by_then == 2 { "\"clock\"" } else { "\"ok\"" };
        assert!(body.contains(word), "{day}: {status} {body}");
        town.worker.housekeeping(town.now()).await;
        assert_eq!((asked(&town).await.0, made()), (200, made_by_then), "{day}");
    }
    town.at("2026-11-28T08:00:00Z");
    let (status, body) = asked(&town).await;
    assert!(
        status == 503 && body.contains("\"clock\""),
        "no evidence of today: {status} {body}"
    );
}

/// Takes something away from a restored server: as the superuser, for the address of whom may do that.
async fn spoil(server: &str, text: &str) {
    let (server, text) = (server.to_owned(), text.to_owned());
    tokio::task::spawn_blocking(move || sql(&server, &text))
        .await
        .expect("spoilt");
}

/// On PostgreSQL the drill of a restored server is the evidence: whatever is wrong with it turns the state red.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_way_of_spoiling_a_restored_server_turns_it_red() {
    let Some(town) = Town::drilled().await else { return };
    let mut club = town.club();
    let example = club.example("brauchtumsfeuer", "");
    town.on(example.today);
    let receipt = club.applies("nobitz", "brauchtumsfeuer", &example.answers).await;
    town.work().await;
    let case = case_of(&town, "nobitz", &receipt).await.id;
    let (paper, now): (&[u8], _) = (b"ein Lageplan", town.now());
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, paper);
    let named = PaperRef {
        id: PaperId::from("lageplan"),
        question: "plan".into(),
        name: "plan.pdf".into(),
        media_type: "application/pdf".into(),
        size: paper.len() as i64,
        sha256: digest.as_ref().iter().map(|b| format!("{b:02x}")).collect(),
        scanned: false,
    };
    let nobitz = town.authority("nobitz").await;
    nobitz
        .write(move |t| t.put_paper(&case, &named, paper, now))
        .await
        .expect("a paper");
    let (store, owner) = town.operators().await;
    let (from, into) = ("altenburg".into(), "nobitz".into());
    let merged = store.merge_authority(&from, &into, owner.as_deref(), now, None).await;
    merged.expect("merged");
    let (status, body) = asked(&town).await;
    assert!(status == 503 && body.contains("\"never\""), "{status} {body}");
    town.pass(5 * 3600).await;
    town.worker.housekeeping(town.now()).await;

    // What each drill finds, and what is said of it then.
    let drill = async |server: &str| {
        town.pass(1).await;
        let server = as_role(server, "kommunal_app");
        let drilled = town.app.store.drill_server(&server, town.now()).await.expect("noted");
        (drilled, asked(&town).await)
    };
    let copy = town.restored_elsewhere().await;
    let with_amcheck =
        "create extension amcheck; grant execute on function bt_index_check(regclass, boolean) to kommunal_app";
    spoil(&copy, with_amcheck).await;
    let (drilled, (status, body)) = drill(&copy).await;
    assert!(
        drilled.findings.is_empty() && drilled.cases >= 1 && drilled.authorities > 2,
        "{drilled:?}"
    );
    assert!(drilled.indexes.is_some_and(|n| n > 40), "{drilled:?}");
    assert!(status == 200 && body.contains("\"ok\""), "{status} {body}");

    let (live, (status, body)) = drill(&town.at_work()).await;
    assert!(live.findings.join(" ").contains("der laufende Server"), "{live:?}");
    assert!(status == 503 && body.contains("\"drill_failed\""), "{status} {body}");

    let nobitz = |table: &str| format!("delete from {table} where tenant = 'nobitz'");
    let twisted = "create function public.twist(t text) returns text language sql immutable as 'select t'; \
        create index strange on case_file (public.twist(id)); \
        create or replace function public.twist(t text) returns text language sql immutable as 'select pg_catalog.reverse(t)'";
    let ways = [
        ("an authority is missing", nobitz("tenant_key"), "Das Amt nobitz fehlt"),
        (
            "cases are missing",
            nobitz("case_file"),
            "Vorgänge fehlen, die das Protokoll kennt: 1",
        ),
        (
            "pieces of papers are missing",
            nobitz("paper_chunk"),
            "Unterlagen sind nicht vollständig: 1",
        ),
        (
            "pieces of letters are missing",
            nobitz("letter_chunk"),
            "Briefe sind nicht vollständig",
        ),
        ("papers are missing", nobitz("paper"), "Zeilen in „paper“ fehlen: 1"),
        (
            "a case's history is cut",
            nobitz("case_event"),
            "Zeilen in „case_event“ fehlen",
        ),
        (
            "nobody works here any more",
            format!(
                "{}; {}; {}",
                nobitz("second_factor"),
                nobitz("calendar_feed"),
                nobitz("clerk")
            ),
            "Zeilen in „clerk“ fehlen",
        ),
        (
            "a case does not open",
            "update case_file set body = '\\x00' where tenant = 'nobitz'".into(),
            "lassen sich nicht öffnen: 1",
        ),
        (
            "the log is cut",
            format!("{} and n > 3", nobitz("audit")),
            "Das Protokoll ist nicht",
        ),
        (
            "the log of an authority that came is cut",
            format!("{} and n = 1", nobitz("merged_audit")),
            "Von einem Amt, das hier aufging, ist nicht alles da",
        ),
        (
            "nobody knows of when it is",
            "delete from backup_canary".into(),
            "Probezeile",
        ),
        (
            "an index does not fit",
            format!("{with_amcheck}; {twisted}"),
            "„strange“ passt nicht",
        ),
    ];
    let mut passed_over = Vec::new();
    for (what, way, found) in ways {
        let server = town.restored_elsewhere().await;
        spoil(&server, &way).await;
        let (drilled, (status, body)) = drill(&server).await;
        if !drilled.findings.join(" ").contains(found) || status != 503 || !body.contains("\"drill_failed\"") {
            passed_over.push(format!("{what}: {:?} {status} {body}", drilled.findings));
        }
    }
    assert!(passed_over.is_empty(), "{passed_over:#?}");

    // The root key was changed there, and the new one is not at hand.
    let server = town.restored_elsewhere().await;
    let there = Store::open(StoreConfig {
        data: town.folder().join("elsewhere"),
        database: Some(as_role(&server, "kommunal_app")),
        database_migrate: None,
        root: RootKey::parse(&"4b".repeat(32)).expect("a key").into(),
        entropy: Entropy::System,
    });
    let new = RootKey::parse(&"5c".repeat(32)).expect("a key");
    there.await.expect("opens").rewrap(&new).await.expect("changed");
    let (drilled, (status, body)) = drill(&server).await;
    assert!(drilled.findings.join(" ").contains("öffnet sich nicht"), "{drilled:?}");
    assert!(status == 503 && body.contains("\"drill_failed\""), "{status} {body}");

    // Nothing is wrong with it, but it is of yesterday and earlier.
    assert_eq!(drill(&copy).await.1.0, 200);
    town.pass(SignedDuration::from_hours(30).as_secs()).await;
    town.worker.housekeeping(town.now()).await;
    let (drilled, (status, body)) = drill(&copy).await;
    assert!(drilled.findings.is_empty(), "{drilled:?}");
    assert!(status == 503 && body.contains("\"old\""), "{status} {body}");
}
