//! Backups beside a merging, and what is put back after one: nothing is in neither copy, and who was called otherwise
//! before is known by that name too.

use domain::TenantId;
use jiff::SignedDuration;
use store::backup::restore_all;
use store::*;

use crate::merge::merge;
use crate::world::*;

const FIRST: &str = "nobitz";
const SECOND: &str = "altenburg";

async fn two(w: &World) -> TenantStore {
    let second = w
        .store
        .create_tenant(authority(SECOND, "Stadt Altenburg"))
        .await
        .unwrap();
    let own = domain::Case {
        tenant: SECOND.into(),
        ..case(9)
    };
    submit(&second, own).await.unwrap();
    for n in 1..=3 {
        submit(&w.town, case(n)).await.unwrap();
    }
    second
}

async fn run(w: &World, store: &Store, stop: Option<MergeStep>) -> Result<Merged> {
    merge(w, store, (&FIRST.into(), &SECOND.into()), stop).await
}

/// The backup in a folder of its own.
async fn put_back(w: &World, backup: &std::path::Path, name: &str) -> Store {
    let data = w.folder.join(name);
    restore_all(backup, &data, &w.root.clone().into(), now()).unwrap();
    let config = StoreConfig {
        data,
        database: None,
        database_migrate: None,
        root: w.root.clone().into(),
        entropy: Entropy::System,
    };
    Store::open(config).await.unwrap()
}

/// Every case opens at the second one, once.
async fn each_once(store: &Store) {
    let second = store.tenant(&FIRST.into()).await.unwrap();
    assert_eq!(second.id().as_str(), SECOND);
    let read = second.read(|t| {
        let all = CaseFilter {
            tab: Tab::All,
            size: 20,
            ..CaseFilter::default()
        };
        for n in [1, 2, 3, 9] {
            assert!(t.case(&case(n).id)?.is_some(), "{n}");
        }
        t.check_audit(&[])?.expect("a whole log");
        t.check_former(&[FIRST.into()])?.expect("whole logs");
        Ok::<_, Error>(t.cases(&all)?.total)
    });
    assert_eq!(read.await.unwrap(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_beside_a_merging_has_every_case() {
    let w = World::sqlite().await;
    two(&w).await;
    let (store, runtime, mut first) = (w.store.clone(), tokio::runtime::Handle::current(), true);
    let between = move || {
        if std::mem::take(&mut first) {
            let (from, into) = (FIRST.into(), SECOND.into());
            let merging = store.merge_authority(&from, &into, None, now(), None);
            runtime.block_on(merging).unwrap();
        }
    };
    let made = w
        .store
        .backup_between(&w.folder.join("backups"), now(), between)
        .await
        .unwrap();
    let there: Vec<_> = made
        .manifest
        .authorities
        .iter()
        .map(|a| (a.id.as_str(), a.cases))
        .collect();
    assert_eq!(there, [(SECOND, 4)]);
    each_once(&put_back(&w, &made.folder, "again").await).await;
    let drilled = w.store.drill(&w.folder.join("backups"), now()).await.unwrap();
    assert!(drilled.findings.is_empty(), "{drilled:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_backup_is_made_between_two_steps() {
    let w = World::sqlite().await;
    two(&w).await;
    let backups = w.folder.join("backups");
    for step in [MergeStep::Begun, MergeStep::SetAside, MergeStep::TakenIn] {
        run(&w, &w.again(w.root.clone()).await.unwrap(), Some(step))
            .await
            .unwrap_err();
        let error = w.store.backup(&backups, now()).await.unwrap_err().to_string();
        assert!(error.contains("solange wird nicht gesichert"), "{step:?}: {error}");
        let error = w
            .store
            .restore_one(&backups, &FIRST.into(), now())
            .await
            .unwrap_err()
            .to_string();
        assert!(error.contains("zuerst zu Ende"), "{step:?}: {error}");
    }
    // A copy of the files from then, made by hand, lacks what was set aside; the second one has it.
    std::fs::remove_file(w.folder.join("data/tenants/nobitz.db.zusammen")).unwrap();
    run(&w, &w.again(w.root.clone()).await.unwrap(), Some(MergeStep::Named))
        .await
        .unwrap_err();
    let made = w.store.backup(&backups, now()).await.unwrap();
    let there = put_back(&w, &made.folder, "again").await;
    run(&w, &there, None).await.unwrap();
    each_once(&there).await;
    run(&w, &w.again(w.root.clone()).await.unwrap(), None).await.unwrap();
}

/// The file is lost before the second one has anything: it comes back from a backup, and the merging can begin anew.
#[tokio::test(flavor = "multi_thread")]
async fn one_that_was_lost_underway_comes_back() {
    let w = World::sqlite().await;
    two(&w).await;
    let made = crate::backup::made(&w, now()).await;
    run(&w, &w.store, Some(MergeStep::SetAside)).await.unwrap_err();
    std::fs::remove_file(w.folder.join("data/tenants/nobitz.db.zusammen")).unwrap();
    for _ in 0..2 {
        let store = w.again(w.root.clone()).await.unwrap();
        let error = run(&w, &store, None).await.unwrap_err().to_string();
        assert!(
            error.contains("Spielen Sie dieses Amt aus der Sicherung zurück"),
            "{error}"
        );
        assert!(store.tenant(&FIRST.into()).await.is_err(), "no empty one in its place");
    }
    let store = w.again(w.root.clone()).await.unwrap();
    store.restore_one(&made, &FIRST.into(), now()).await.unwrap();
    let town = store.tenant(&FIRST.into()).await.unwrap();
    assert!(town.read(|t| t.case(&case(2).id)).await.unwrap().is_some());
    run(&w, &store, None).await.unwrap();
    each_once(&store).await;
}

/// A question from or to `peer`, about the case `of`.
fn question(id: &str, peer: &str, of: Option<domain::CaseId>) -> Consultation {
    Consultation {
        id: id.into(),
        incoming: of.is_none(),
        case: of,
        who: "police".into(),
        who_name: "Gemeinde Nobitz".into(),
        peer: Some(peer.into()),
        peer_id: Some(id.trim_start_matches("in-").into()),
        address: String::new(),
        content: serde_json::json!({}),
        asked_at: now(),
        answer_by: "2026-12-01".parse().unwrap(),
        expires_at: at("2026-12-08T00:00:00Z"),
        reminded_at: None,
        answer: None,
        revoked_at: None,
        over: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_merged_is_known_by_the_old_name_after_a_restore() {
    let w = World::sqlite().await;
    let second = two(&w).await;
    let third = w
        .store
        .create_tenant(authority("schmoelln", "Stadt Schmölln"))
        .await
        .unwrap();
    let asking = domain::Case {
        tenant: "schmoelln".into(),
        ..case(11)
    };
    submit(&third, asking).await.unwrap();
    let ask = question("frage", FIRST, Some(case(11).id));
    third
        .write(move |t| -> std::result::Result<(), ActError> {
            t.create_consultation(&question("in-one", FIRST, None))?;
            t.ask_office(&ask, &clerk(), now())?;
            Ok(t.delivered("frage", now())?)
        })
        .await
        .unwrap();
    let before = crate::backup::made(&w, now()).await;
    // The first one hands a case over, and goes up in the second.
    let given = domain::Case {
        transferred_to: Some("schmoelln".into()),
        ..case(4)
    };
    submit(&w.town, given).await.unwrap();
    w.town
        .write(|t| {
            t.audit("clerk-1", "case.handed_over", Some(&case(4).id), now());
            Ok::<_, Error>(())
        })
        .await
        .unwrap();
    run(&w, &w.store, None).await.unwrap();
    let later = now() + SignedDuration::from_secs(60);
    let after = crate::backup::made(&w, later).await;

    // The third takes its question back, still under the old name, and erases what the second lets it erase.
    third
        .write(move |t| -> std::result::Result<(), ActError> {
            let ask = t.consultation("frage")?.unwrap();
            assert!(t.revoke_office(&ask, &clerk(), later)?);
            t.delivered("frage-revoke", later)?;
            let from: TenantId = SECOND.into();
            assert!(t.receive("one-erased", &from, "consult_erased", later)?);
            Ok(t.erase_question("in-one", &FIRST.into(), later)?)
        })
        .await
        .unwrap();
    w.store.restore_one(&after, &SECOND.into(), later).await.unwrap();
    let again = third.read(|t| t.open_dispatch("frage-revoke")).await.unwrap();
    assert!(again.is_some(), "what was said to the old name goes once more");

    w.store.restore_one(&before, &"schmoelln".into(), later).await.unwrap();
    let third = w.store.tenant(&"schmoelln".into()).await.unwrap();
    assert!(
        third.read(|t| t.consultation("in-one")).await.unwrap().is_none(),
        "erased is erased"
    );
    let second = w.store.tenant(second.id()).await.unwrap();
    let jobs = second.read(|t| t.waiting()).await.unwrap().jobs;
    assert!(
        jobs.contains(&("transfer".into(), 1)),
        "handed over by the first one: {jobs:?}"
    );
}
