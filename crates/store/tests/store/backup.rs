//! A backup is made while others write, restored whole or for one authority, and every way of spoiling it that we could
//! think of turns its state red.

use std::fs;
use std::path::{Path, PathBuf};

use crate::world::*;
use jiff::{SignedDuration, Timestamp};
use store::backup::{BackupPlan, MANIFEST, Manifest, newest, prune, restore_all};
use store::*;

const DAY: SignedDuration = SignedDuration::from_hours(24);

fn plan(w: &World) -> BackupPlan {
    BackupPlan {
        folder: Some(w.folder.join("backups")),
        max_age: SignedDuration::from_hours(26),
        keep: 2,
    }
}

async fn state(w: &World, now: Timestamp) -> &'static str {
    w.store.backup_state(Some(&plan(w)), now).await.unwrap().status
}

/// A town with cases and kept heads, and a neighbour.
async fn lived_in(w: &World) -> TenantStore {
    for n in 1..=3 {
        submit(&w.town, case(n)).await.unwrap();
    }
    for day in ["2026-11-20", "2026-11-21"] {
        w.town.write(move |t| t.keep_head(day.parse().unwrap())).await.unwrap();
        submit(&w.town, case(if day.ends_with('0') { 4 } else { 5 }))
            .await
            .unwrap();
    }
    let other = w
        .store
        .create_tenant(authority("altenburg", "Stadt Altenburg"))
        .await
        .unwrap();
    submit(
        &other,
        domain::Case {
            tenant: "altenburg".into(),
            ..case(9)
        },
    )
    .await
    .unwrap();
    other
}

pub async fn made(w: &World, now: Timestamp) -> PathBuf {
    w.store.backup(&w.folder.join("backups"), now).await.unwrap().folder
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(files_below(&path));
        } else {
            all.push(path);
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_before_it_is_in_it_and_restores_into_an_empty_folder() {
    let w = World::sqlite().await;
    lived_in(&w).await;
    // Somebody writes all the time.
    let town = w.town.clone();
    let writer = tokio::spawn(async move {
        for n in 100..400 {
            submit(&town, case(n)).await.unwrap();
        }
    });
    let within = w.store.backup(&w.folder.join("data/sicherung"), now()).await;
    assert!(
        within.unwrap_err().to_string().contains("anderswo"),
        "not among the data"
    );
    let backup = made(&w, now()).await;
    writer.await.unwrap();
    for file in files_below(&backup) {
        let bytes = fs::read(&file).unwrap();
        for word in CANARIES.into_iter().chain(["4b4b4b4b4b4b4b4b"]) {
            assert!(
                !bytes.windows(word.len()).any(|b| b == word.as_bytes()),
                "{word} in {}",
                file.display()
            );
        }
        assert!(
            !bytes.windows(32).any(|b| b == [0x4b; 32]),
            "the root key is in {}",
            file.display()
        );
    }
    let drilled = w.store.drill(&w.folder.join("backups"), now()).await.unwrap();
    assert!(
        drilled.findings.is_empty() && drilled.authorities == 2 && drilled.cases >= 6,
        "{drilled:?}"
    );
    assert_eq!(state(&w, now() + DAY).await, "ok");
    assert_eq!(
        files_below(&w.folder.join("backups")).len(),
        5,
        "the scratch place is gone"
    );

    let data = w.folder.join("again");
    let wrong: Roots = RootKey::parse(&"5c".repeat(32)).unwrap().into();
    let error = restore_all(&backup, &data, &wrong, now()).unwrap_err().to_string();
    assert!(error.contains("Hauptschlüssel") && !data.exists(), "{error}");
    let error = restore_all(&backup, &w.folder.join("data"), &w.root.clone().into(), now())
        .unwrap_err()
        .to_string();
    assert!(error.contains("nicht leer"), "{error}");
    let manifest = restore_all(&backup, &data, &w.root.clone().into(), now()).unwrap();
    assert_eq!(manifest.authorities.len(), 2);
    let there = Store::open(StoreConfig {
        data,
        database: None,
        database_migrate: None,
        root: w.root.clone().into(),
        entropy: Entropy::System,
    });
    let town = there.await.unwrap().tenant(w.town.id()).await.unwrap();
    assert!(town.read(|t| t.case(&case(5).id)).await.unwrap().is_some());
    submit(&town, case(900)).await.unwrap();
    town.read(|t| t.check_audit(&[])).await.unwrap().expect("a whole log");
}

/// As a restore empties it.
fn emptied(file: &Path) {
    let c = rusqlite::Connection::open(file).unwrap();
    c.execute_batch("pragma foreign_keys = off; begin").unwrap();
    let names: Vec<String> = {
        let mut tables = c
            .prepare("select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'")
            .unwrap();
        tables
            .query_map([], |r| r.get(0))
            .unwrap()
            .map(Result::unwrap)
            .collect()
    };
    for name in names {
        c.execute_batch(&format!("drop table \"{name}\"")).unwrap();
    }
    c.execute_batch("commit").unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn one_authority_is_put_back_while_others_are_served() {
    let w = World::sqlite().await;
    let other = lived_in(&w).await;
    let backup = made(&w, now()).await;
    let served = w.again(w.root.clone()).await.unwrap();
    let stale = served.tenant(w.town.id()).await.unwrap();
    submit(&stale, case(7)).await.unwrap();
    let restored = w.store.restore_one(&backup, w.town.id(), now()).await.unwrap();
    assert_eq!(restored.waiting[0].1.jobs, [("mail_receipt".to_owned(), 5)]);
    assert!(
        submit(&stale, case(8)).await.is_err(),
        "nothing is acknowledged that is lost"
    );
    for store in [&w.store, &served] {
        let town = store.tenant(w.town.id()).await.unwrap();
        assert!(town.read(|t| t.case(&case(5).id)).await.unwrap().is_some());
        assert!(
            town.read(|t| t.case(&case(7).id)).await.unwrap().is_none(),
            "from after the backup"
        );
    }
    submit(&served.tenant(w.town.id()).await.unwrap(), case(8))
        .await
        .unwrap();
    assert!(
        restored.aside.is_some_and(|p| p.exists()),
        "the state before lies aside"
    );
    submit(
        &other,
        domain::Case {
            tenant: "altenburg".into(),
            ..case(10)
        },
    )
    .await
    .unwrap();

    // A restore that broke off before the old file was emptied has changed nothing; one that broke off after it is
    // finished by whoever opens it next.
    let place = w.folder.join("data/tenants/nobitz.db");
    let ready = || fs::copy(backup.join("tenants/nobitz.db"), place.with_extension("db.zurueck")).unwrap();
    ready();
    let next = w.again(w.root.clone()).await.unwrap();
    let next = next.tenant(w.town.id()).await.unwrap();
    assert!(
        next.read(|t| t.case(&case(8).id)).await.unwrap().is_some(),
        "acknowledged since"
    );
    drop(next);
    emptied(&place);
    ready();
    let next = w
        .again(w.root.clone())
        .await
        .unwrap()
        .tenant(w.town.id())
        .await
        .unwrap();
    assert!(next.read(|t| t.case(&case(8).id)).await.unwrap().is_none());
    assert!(!place.with_extension("db.zurueck").exists());

    // Erased by mistake: it comes back with its key, its clerks and its references.
    let key = w.town.public_key().unwrap();
    let scratch = w.folder.join("data/tenants/.nobitz.zurueck/tenants");
    fs::create_dir_all(&scratch).unwrap();
    fs::copy(backup.join("tenants/nobitz.db"), scratch.join("nobitz.db")).unwrap();
    w.store.erase(w.town.id(), None, None).await.unwrap();
    assert!(
        files_below(&w.folder.join("data/tenants"))
            .iter()
            .all(|f| !f.display().to_string().contains("nobitz"))
    );
    w.store.restore_one(&backup, w.town.id(), now()).await.unwrap();
    let town = w.store.tenant(w.town.id()).await.unwrap();
    assert_eq!(town.public_key().unwrap(), key);
    assert!(town.read(|t| t.case(&case(1).id)).await.unwrap().is_some());

    // Made anew under its id it is somebody else.
    w.store.erase(w.town.id(), None, None).await.unwrap();
    w.store
        .create_tenant(authority("nobitz", "Gemeinde Nobitz"))
        .await
        .unwrap();
    let error = w
        .store
        .restore_one(&backup, w.town.id(), now())
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("anderen Schlüssel"), "{error}");
    let error = w
        .store
        .restore_one(&backup, &"gera".into(), now())
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("nicht"), "{error}");
}

fn manifest(backup: &Path) -> Manifest {
    serde_json::from_slice(&fs::read(backup.join(MANIFEST)).unwrap()).unwrap()
}

fn write_manifest(backup: &Path, manifest: &Manifest) {
    fs::write(backup.join(MANIFEST), serde_json::to_vec(manifest).unwrap()).unwrap();
}

/// What a drill says now, and the state after it.
async fn red(w: &World, what: &str, sentence: &str) {
    let drilled = w.store.drill(&w.folder.join("backups"), now()).await.unwrap();
    let found = drilled.findings.join(" ");
    assert!(found.contains(sentence), "{what}: {found}");
    assert_ne!(state(w, now()).await, "ok", "{what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_way_of_spoiling_a_backup_turns_it_red() {
    let w = World::sqlite().await;
    assert_eq!(w.store.backup_state(None, now()).await.unwrap().status, "not_set_up");
    assert_eq!(state(&w, now()).await, "never");
    lived_in(&w).await;
    let before = made(&w, at("2026-11-23T01:00:00Z")).await;
    submit(&w.town, case(6)).await.unwrap();
    w.town
        .write(|t| t.keep_head("2026-11-22".parse().unwrap()))
        .await
        .unwrap();
    let backup = made(&w, now()).await;
    assert_eq!(newest(&w.folder.join("backups"), now()).unwrap(), backup);
    assert_eq!(state(&w, now()).await, "not_drilled");
    let well = async |what: &str| {
        let drilled = w.store.drill(&w.folder.join("backups"), now()).await.unwrap();
        assert!(drilled.findings.is_empty(), "{what}: {drilled:?}");
        assert_eq!(state(&w, now()).await, "ok", "{what}");
    };
    well("at first").await;
    let file = backup.join("tenants/nobitz.db");
    let (bytes, list) = (fs::read(&file).unwrap(), fs::read(backup.join(MANIFEST)).unwrap());

    // Old: of the backup, and of the drill.
    assert_eq!(state(&w, now() + SignedDuration::from_hours(27)).await, "old");
    // A file is missing, cut, or has one other bit.
    fs::remove_file(&file).unwrap();
    assert_eq!(state(&w, now()).await, "missing");
    red(&w, "missing", "fehlt").await;
    fs::write(&file, &bytes[..bytes.len() - 4096]).unwrap();
    assert_eq!(state(&w, now()).await, "changed");
    red(&w, "cut", "nicht mehr, was gesichert wurde").await;
    let mut flipped = bytes.clone();
    flipped[bytes.len() / 2] ^= 1;
    fs::write(&file, &flipped).unwrap();
    red(&w, "a flipped bit", "nicht mehr, was gesichert wurde").await;
    fs::write(&file, &bytes).unwrap();
    well("mended").await;

    // Whoever changes the list with it is found by its digest, and by what the log has to hold.
    let earlier = fs::read(before.join("tenants/nobitz.db")).unwrap();
    fs::write(&file, &earlier).unwrap();
    let mut forged = manifest(&backup);
    let of_before = manifest(&before);
    let from = |m: &Manifest, path: &str| m.files.iter().find(|f| f.path == path).unwrap().clone();
    forged.files.retain(|f| f.path != "tenants/nobitz.db");
    forged.files.push(from(&of_before, "tenants/nobitz.db"));
    forged.authorities.retain(|a| a.id != "nobitz");
    forged
        .authorities
        .push(of_before.authorities.iter().find(|a| a.id == "nobitz").unwrap().clone());
    write_manifest(&backup, &forged);
    assert_eq!(state(&w, now()).await, "changed");
    red(&w, "rolled back", "Das Protokoll ist nicht das, was es war").await;

    // An authority is missing, from the list as well.
    fs::write(&file, &bytes).unwrap();
    fs::remove_file(backup.join("tenants/altenburg.db")).unwrap();
    let mut forged: Manifest = serde_json::from_slice(&list).unwrap();
    forged.files.retain(|f| f.path != "tenants/altenburg.db");
    forged.authorities.retain(|a| a.id != "altenburg");
    write_manifest(&backup, &forged);
    red(&w, "an authority is missing", "Liste der Sicherung").await;

    // Everything is gone.
    fs::remove_dir_all(&backup).unwrap();
    assert_eq!(state(&w, now()).await, "missing");

    // The shared file of an older backup: its canary tells.
    let third = made(&w, now() + SignedDuration::from_secs(60)).await;
    fs::copy(before.join("shared.db"), third.join("shared.db")).unwrap();
    let mut forged = manifest(&third);
    forged.files.retain(|f| f.path != "shared.db");
    forged.files.push(from(&of_before, "shared.db"));
    write_manifest(&third, &forged);
    red(&w, "another canary", "Probezeile").await;

    // The root key was changed and the old one thrown away.
    let fourth = made(&w, now() + SignedDuration::from_secs(120)).await;
    let new = RootKey::parse(&"5c".repeat(32)).unwrap();
    w.store.rewrap(&new).await.unwrap();
    let later = w.again(new).await.unwrap();
    let drilled = later.drill(&fourth, now()).await.unwrap();
    assert!(drilled.findings.join(" ").contains("Hauptschlüssel"), "{drilled:?}");
    assert_eq!(state(&w, now()).await, "drill_failed");
    // However long it lasts, no more are kept, and the last good one is among them.
    let good = before.file_name().unwrap().to_str();
    assert_eq!(prune(&w.folder.join("backups"), 2, good, now()).unwrap(), 1);
    assert!(before.exists() && !third.exists() && fourth.exists());
    assert_eq!(prune(&w.folder.join("backups"), 1, None, now()).unwrap(), 1);
    assert!(!before.exists() && fourth.exists());
}

/// A clock that is ahead for a moment leaves a backup, and a row, from a time to come. Neither is evidence, neither is
/// taken for the newest, and neither takes a place among those that are kept.
#[tokio::test(flavor = "multi_thread")]
async fn a_backup_from_a_time_to_come_proves_nothing() {
    let w = World::sqlite().await;
    lived_in(&w).await;
    let folder = w.folder.join("backups");
    let later = at("2036-01-01T02:00:00Z");
    let ahead = made(&w, later).await;
    let drilled = w.store.drill(&folder, later).await.unwrap();
    assert!(drilled.findings.is_empty(), "{drilled:?}");
    assert_eq!(state(&w, later).await, "ok");
    assert_eq!(state(&w, now()).await, "clock");
    let error = newest(&folder, now()).unwrap_err().to_string();
    assert!(error.contains("die noch kommt") && error.contains("2036"), "{error}");
    assert_eq!(newest(&ahead, now()).unwrap(), ahead, "by its name");

    let today = made(&w, now()).await;
    assert_eq!(state(&w, now()).await, "clock", "not drilled yet");
    assert_eq!(newest(&folder, now()).unwrap(), today);
    let drilled = w.store.drill(&folder, now()).await.unwrap();
    assert!(
        drilled.findings.is_empty() && today.ends_with(&drilled.name),
        "{drilled:?}"
    );
    assert_eq!(state(&w, now()).await, "ok");
    assert_eq!(w.store.last_good_backup(now()).await.unwrap(), Some(drilled.name));
    assert_eq!(prune(&folder, 1, None, now()).unwrap(), 0);
    assert!(today.exists() && ahead.exists());
    assert_eq!(state(&w, now() + DAY + DAY).await, "clock", "and old");
}

/// A backup that nobody here made stays one: the first drill that finds it does not make it known.
#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_backup_stays_a_finding() {
    let w = World::sqlite().await;
    lived_in(&w).await;
    let folder = w.folder.join("backups");
    made(&w, now() - DAY).await;
    w.store.drill(&folder, now() - DAY).await.unwrap();
    let known = made(&w, now()).await;
    w.store.drill(&folder, now()).await.unwrap();
    assert_eq!(state(&w, now()).await, "ok");
    let forged = folder.join("2026-11-24T21-40-00Z");
    fs::rename(&known, &forged).unwrap();
    for minute in 1..4 {
        let then = now() + SignedDuration::from_mins(minute);
        let drilled = w.store.drill(&folder, then).await.unwrap();
        assert!(
            drilled.findings.join(" ").contains("weiß diese Einrichtung nichts"),
            "{drilled:?}"
        );
        assert_ne!(state(&w, then).await, "ok");
    }
    assert_eq!(
        state(&w, now() + SignedDuration::from_mins(9)).await,
        "missing",
        "the one that was made"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_drilled_as_another_one_than_the_one_at_work() {
    let Some(w) = World::postgres().await else {
        return;
    };
    lived_in(&w).await;
    let error = w
        .store
        .backup(&w.folder.join("backups"), now())
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("pgBackRest"), "{error}");
    let plan = BackupPlan {
        folder: None,
        ..plan(&w)
    };
    let state = async || w.store.backup_state(Some(&plan), now() + DAY).await.unwrap().status;
    assert_eq!(state().await, "never");
    let at_work = as_role(w.database.as_deref().unwrap(), "kommunal_app");
    let drill = async |server: &str| w.store.drill_server(server, now()).await.unwrap().findings.join(" ");
    assert!(drill(&at_work).await.contains("Probezeile"));
    assert_eq!(state().await, "never");
    w.store.plant_canary(now()).await.unwrap();
    assert!(drill(&at_work).await.contains("der laufende Server"));
    assert_ne!(state().await, "ok");
    let nowhere = at_work.replace("dbname=", "dbname=not_");
    assert!(drill(&nowhere).await.contains("öffnet sich nicht"));
    assert_ne!(state().await, "ok");
}
