//! Messages between authorities, when one of them, or all, are put back to an older state: nothing that was asked,
//! answered or erased since is lost with it.

use std::fs;

use domain::TenantId;
use jiff::{Span, Timestamp};
use serde_json::json;
use store::backup::{MANIFEST, Manifest, restore_all};
use store::{Consultation, Dispatch, Store};
use web::limits::Limits;

use crate::consult::{ANSWER, KRELL, NEUMANN, bonfire, german};
use crate::town::{Town, host};

const DISTRICT: &str = "lk-altenburger-land";

async fn questions(store: &Store) -> Vec<Consultation> {
    let district = store.tenant(&DISTRICT.into()).await.expect("the district");
    district.read(|t| t.incoming_consultations()).await.expect("questions")
}

/// A clerk of Nobitz asks the district.
async fn ask(town: &Town, case: &domain::Case) {
    let until = german(town.app.today().saturating_add(Span::new().days(3)));
    let pairs = [
        ("an", DISTRICT),
        ("frage", "Brennt es dort oft?"),
        ("bis", until.as_str()),
        ("feld", "event.date"),
    ];
    let mut desk = town.clerk(KRELL).await;
    let sent = desk.post(&format!("/amt/v/{}/beteiligen", case.id), &pairs).await;
    assert_eq!(sent.status, 303, "{}", sent.text());
    town.work().await;
}

async fn backup(town: &Town, name: &str, now: Timestamp) -> std::path::PathBuf {
    let made = town.app.store.backup(&town.folder().join(name), now).await;
    made.expect("a backup").folder
}

async fn put_back(town: &Town, backup: &std::path::Path, id: &str) {
    let restored = town
        .app
        .store
        .restore_one(backup, &TenantId::from(id), town.now())
        .await;
    let restored = restored.expect("restored");
    assert!(restored.silent.is_empty(), "{:?}", restored.silent);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_said_since_the_backup_is_said_again() {
    let town = Town::sqlite().await;
    let (_, case) = bonfire(&town).await;
    let before = backup(&town, "one", town.now()).await;
    ask(&town, &case).await;
    let id = questions(&town.app.store).await.remove(0).id;
    let ours = id.strip_prefix("in-").expect("named after ours").to_owned();
    let mut desk = town.clerk(KRELL).await;
    let remind = format!("/amt/v/{}/beteiligung/{ours}/erinnern", case.id);
    assert_eq!(desk.post(&remind, &[]).await.status, 303);
    town.work().await;

    put_back(&town, &before, DISTRICT).await;
    assert!(questions(&town.app.store).await.is_empty(), "from before the question");
    town.work().await;
    town.pass(600).await;
    let there = questions(&town.app.store).await;
    assert!(there.len() == 1 && there[0].reminded_at.is_some(), "{there:?}");

    // The answer reaches the asker, whose state is from before it.
    let asked = backup(&town, "two", town.now()).await;
    let mut peer = town.clerk(NEUMANN).await;
    let sent = peer.post(&format!("/amt/stellungnahmen/{id}"), &ANSWER).await;
    assert_eq!(sent.status, 303, "{}", sent.text());
    town.work().await;
    let answer = async || {
        let (nobitz, ours) = (town.authority("nobitz").await, ours.clone());
        let found = nobitz.read(move |t| t.consultation(&ours)).await.expect("read");
        found.expect("our question").answer
    };
    assert!(answer().await.is_some());
    put_back(&town, &asked, "nobitz").await;
    assert!(answer().await.is_none(), "from before the answer");
    town.work().await;
    let again = answer().await.expect("it came once more");
    assert!(again.text.contains("Ein Ordner steht"), "{again:?}");
    let nobitz = town.authority("nobitz").await;
    let history = nobitz.read(move |t| t.history(&case.id)).await.expect("a history");
    let answered = history.iter().filter(|e| e.kind == "consult_answered").count();
    assert_eq!(answered, 1, "once");
    assert_eq!(
        questions(&town.app.store).await.len(),
        1,
        "and the question is not doubled"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_asker_had_erased_does_not_come_back() {
    let town = Town::sqlite().await;
    let (_, case) = bonfire(&town).await;
    ask(&town, &case).await;
    let id = questions(&town.app.store).await.remove(0).id;
    let before = backup(&town, "one", town.now()).await;
    let ours = id.strip_prefix("in-").expect("named after ours");
    let erased = Dispatch {
        id: format!("{ours}-erased"),
        to: DISTRICT.into(),
        kind: "consult_erased".into(),
        payload: json!({ "consultation": id }),
        created_at: town.now(),
    };
    let nobitz = town.authority("nobitz").await;
    nobitz.write(move |t| t.send(&erased)).await.expect("sent");
    town.work().await;
    assert!(questions(&town.app.store).await.is_empty());
    put_back(&town, &before, DISTRICT).await;
    assert!(
        questions(&town.app.store).await.is_empty(),
        "before anything else is done"
    );
    town.work().await;
    assert!(questions(&town.app.store).await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_that_was_handed_over_is_handed_over_again() {
    let town = Town::sqlite().await;
    let (_, case) = bonfire(&town).await;
    let before = backup(&town, "one", town.now()).await;
    let mut desk = town.clerk(KRELL).await;
    let to = [("an", DISTRICT), ("grund", "Der Platz liegt im Wald.")];
    let sent = desk.post(&format!("/amt/v/{}/abgeben", case.id), &to).await;
    assert_eq!(sent.status, 303, "{}", sent.text());
    town.work().await;
    let there = async || {
        let all = store::CaseFilter {
            tab: store::Tab::All,
            size: 50,
            ..store::CaseFilter::default()
        };
        let list = town.authority(DISTRICT).await.read(move |t| t.cases(&all)).await;
        let rows = list.expect("a list").rows;
        rows.iter().filter(|r| r.title == case.title).count()
    };
    assert_eq!(there().await, 1);
    put_back(&town, &before, DISTRICT).await;
    assert_eq!(there().await, 0, "from before it came");
    town.work().await;
    assert_eq!(there().await, 1);
}

/// The files of a backup are copied one after the other: the district's before, Nobitz' after a question went from one to
/// the other. In a restore of all it is not lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_between_two_copies_is_not_lost() {
    let town = Town::sqlite().await;
    let (_, case) = bonfire(&town).await;
    let early = backup(&town, "early", town.now()).await;
    ask(&town, &case).await;
    town.pass(1).await;
    let late = backup(&town, "late", town.now()).await;
    let list = |of: &std::path::Path| -> Manifest {
        serde_json::from_slice(&fs::read(of.join(MANIFEST)).expect("a list")).expect("a list")
    };
    let (first, mut mixed) = (list(&early), list(&late));
    let file = format!("tenants/{DISTRICT}.db");
    fs::copy(early.join(&file), late.join(&file)).expect("copied");
    mixed.files.retain(|f| f.path != file);
    mixed.files.extend(first.files.into_iter().filter(|f| f.path == file));
    mixed.authorities.retain(|a| a.id != DISTRICT);
    mixed
        .authorities
        .extend(first.authorities.into_iter().filter(|a| a.id == DISTRICT));
    fs::write(late.join(MANIFEST), serde_json::to_vec(&mixed).expect("JSON")).expect("a list");

    let data = town.folder().join("again");
    let root = store::RootKey::parse(&"4b".repeat(32)).expect("a key");
    restore_all(&late, &data, &root.into(), town.now()).expect("restored");
    let there = host(data, None, None, town.same_clock(), Limits::off(), None).await;
    assert!(questions(&there.app.store).await.is_empty(), "from before the question");
    assert!(there.app.store.sweep_hints().await.expect("swept").is_empty());
    there.worker.run_due().await.expect("the worker works");
    assert_eq!(questions(&there.app.store).await.len(), 1);
}
