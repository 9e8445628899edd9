//! Two authorities become one: everything opens at the second under the old references and codes, nothing is left of the
//! first, and a run that breaks off anywhere is done to its end by the next.

use domain::{Case, TenantId};
use serde_json::json;

use crate::sealing::busy_town;
use crate::world::*;
use store::*;

const CODE: &str = "7K3M-Q2XA";

async fn second(w: &World) -> TenantStore {
    let second = w
        .store
        .create_tenant(authority("altenburg", "Stadt Altenburg"))
        .await
        .unwrap();
    let mut own = case(9);
    own.tenant = "altenburg".into();
    submit(&second, own).await.unwrap();
    second
        .write(|t| {
            t.put_room(&room("hall", None), "system", now())?;
            t.count(&"16077036".into(), "brauchtumsfeuer", now(), "submitted", 2)
        })
        .await
        .unwrap();
    second
}

async fn lived_in(w: &World) -> TenantStore {
    let second = second(w).await;
    busy_town(w, &w.town, "girlitz@nobitz.example").await;
    submit(&w.town, case(4)).await.unwrap();
    let (closed, parts) = (case(4).id, [room("part", Some("hall"))]);
    w.town
        .write(move |t| {
            t.act(
                &closed,
                domain::Action::Withdraw {
                    reason: "Girlitz".into(),
                },
                &domain::Actor::Applicant,
                now(),
            )
            .unwrap();
            parts.iter().try_for_each(|r| t.put_room(r, "system", now()))?;
            t.set_office("", &json!({"street": "Alte Straße 1"}), "system", now())?;
            t.keep_head("2026-11-24".parse().unwrap())
        })
        .await
        .unwrap();
    let (shared, one) = (w.store.shared(), case(1));
    assert!(
        shared
            .reserve_reference(&one.reference, w.town.id(), &one.id)
            .await
            .unwrap()
    );
    second
}

/// As the second authority has it all.
async fn arrived(w: &World, store: &Store, second: &TenantStore) {
    let (from, id) = ("nobitz".into(), case(1).id);
    assert_eq!(
        store.tenant(&from).await.unwrap().id().as_str(),
        "altenburg",
        "the old name leads here"
    );
    assert_eq!(
        store.successor(&from),
        Some(("altenburg".into(), "Stadt Altenburg".into()))
    );
    let found = store.shared().find_reference(&case(1).reference).await.unwrap();
    assert_eq!(found, Some(("altenburg".into(), id.clone())));
    let read = second.read(move |t| {
        let case = t.case_by_code(&id, CODE)?.expect("the old code opens it");
        assert_eq!(case.answers["contact"]["name"], "Anna Rotkehlchen");
        assert_eq!(
            (case.tenant.as_str(), case.came.as_ref().map(|c| c.from.as_str())),
            ("altenburg", Some("Gemeinde Nobitz"))
        );
        assert!(t.case_by_code(&id, "7K3M-Q2XB")?.is_none());
        let (_, bytes) = t.paper(&id, &"paper-1".into())?.expect("the paper");
        assert_eq!(bytes.len(), 29 * 20_000);
        assert!(t.letter(&id, &"letter-1".into())?.is_some());
        let history = t.history(&id)?;
        assert!(history.iter().any(|e| e.text == "Kanarienvogel war da"));
        let last = history.last().expect("a line");
        assert_eq!(
            (last.kind.as_str(), last.public, last.text.as_str()),
            ("merged", true, "Stadt Altenburg\nGemeinde Nobitz")
        );
        let hits = t.cases(&CaseFilter {
            tab: Tab::All,
            q: "Kanarienvogel".into(),
            size: 20,
            ..Default::default()
        })?;
        assert_eq!(hits.rows.len(), 5, "search finds them, and its own");
        let booked = t.bookings_of(&id)?;
        let hall = booked[0].room.clone();
        assert!(booked.len() == 1 && hall != "hall", "its hall was renamed");
        let rooms = t.rooms(None)?;
        assert_eq!(rooms.len(), 3);
        assert!(
            rooms
                .iter()
                .any(|r| r.room.id == "part" && r.parent.as_ref() == Some(&hall)),
            "{rooms:?}"
        );
        let consult = t.consultation("consult-1")?.expect("the question");
        assert_eq!(consult.answer.map(|a| a.text), Some("Goldammer".into()));
        let sent = t.sent_token("consult-1")?;
        assert!(
            sent.starts_with("nobitz."),
            "the link that was sent is named again: {sent}"
        );
        assert!(t.consultation_by_token(&sent, now())?.is_some(), "and opens");
        let key = |key: &str| IdemKey {
            place: "16077036".into(),
            service: "x".into(),
            key: key.into(),
        };
        let again = t.idempotency_find(&key("Kanarienvogel"), &[1; 32], now())?;
        assert_eq!(again, Some(Claim::Replay(json!({"code": "Goldammer"}))));
        assert!(t.idempotency_find(&key("other"), &[1; 32], now())?.is_none());
        let clerks = t.clerks()?;
        assert!(clerks.len() == 1 && !clerks[0].active, "{clerks:?}");
        let merged = t.merged()?;
        assert_eq!(merged.len(), 1);
        assert_eq!((merged[0].came.cases, merged[0].came.open.len()), (4, 3));
        assert!(
            merged[0].came.notes.iter().any(|n| n.contains("Raum"))
                && merged[0].came.notes.iter().any(|n| n.contains("Anschrift"))
        );
        t.check_merged(&merged[0], &[])?.expect("its log is whole");
        assert!(
            t.case_audit(&id)?.iter().any(|r| r.event == "case.note"),
            "who read and wrote is still seen"
        );
        assert!(t.office("")?.is_none(), "no old address on new letters");
        let jobs = t.waiting()?.jobs;
        assert!(
            jobs.contains(&("mail_merged".into(), 3)) && jobs.contains(&("mail_receipt".into(), 5)),
            "{jobs:?}"
        );
        let day = "2026-11-24".parse().unwrap();
        let counts = t.counts(day, day)?;
        assert!(
            counts.iter().any(|c| c.kind == "submitted" && c.n == 1 + 2 + 4),
            "{counts:?}"
        );
        Ok::<_, Error>(())
    });
    read.await.unwrap();
    second.read(|t| t.check_audit(&[])).await.unwrap().expect("a whole log");
    // The clerk's address is here, and locked until the lead unlocks it.
    let log_in = store
        .log_in("girlitz@nobitz.example", "Goldammer-Passwort", false, now())
        .await
        .unwrap();
    assert!(matches!(log_in, LogIn::Wrong), "{log_in:?}");
    // A case goes on, and a claimed key holds in a submission.
    let id = case(2).id;
    second
        .write(move |t| {
            let key = IdemKey {
                place: "16077036".into(),
                service: "x".into(),
                key: "Kanarienvogel".into(),
            };
            for _ in 0..2 {
                assert!(matches!(t.idempotency_claim(&key, &[1; 32], now())?, Claim::Replay(_)));
            }
            t.act(&id, domain::Action::Note { text: "weiter".into() }, &clerk(), now())
                .map(drop)
        })
        .await
        .unwrap();
    assert!(store.shared().authority(&"nobitz".into()).await.unwrap().is_none());
    assert_eq!(store.sweep_hints().await.unwrap().len(), 0);
    nothing_left(w).await;
}

async fn nothing_left(w: &World) {
    let Some(dsn) = &w.database else {
        let left: Vec<_> = std::fs::read_dir(w.folder.join("data/tenants"))
            .unwrap()
            .flatten()
            .map(|e| e.file_name())
            .collect();
        assert!(
            left.iter().all(|n| !n.to_string_lossy().starts_with("nobitz")),
            "{left:?}"
        );
        return;
    };
    for (scope, table) in store::tables::tables().filter(|(scope, _)| *scope == store::sql::Scope::Tenant) {
        let rows = ask(dsn, &format!("select count(*) from {table} where tenant = 'nobitz'"))
            .await
            .unwrap();
        assert_eq!(rows, [["0"]], "{table} ({scope:?})");
    }
    let key = ask(dsn, "select count(*) from tenant_key where tenant = 'nobitz'")
        .await
        .unwrap();
    assert_eq!(key, [["0"]]);
}

fn owner(w: &World) -> Option<String> {
    w.database.as_deref().map(|dsn| as_role(dsn, "kommunal_owner"))
}

pub async fn merge(
    w: &World,
    store: &Store,
    (from, into): (&TenantId, &TenantId),
    stop: Option<MergeStep>,
) -> Result<Merged> {
    store
        .merge_authority(from, into, owner(w).as_deref(), now(), stop)
        .await
}

async fn nobitz(w: &World, store: &Store, stop: Option<MergeStep>) -> Result<Merged> {
    merge(w, store, (&"nobitz".into(), &"altenburg".into()), stop).await
}

/// Statements behind the store's back: in the file of this name, or on the server.
async fn behind(w: &World, file: &str, text: &str) {
    match &w.database {
        Some(dsn) => drop(ask(dsn, text).await.expect(text)),
        None => {
            let file = rusqlite::Connection::open(w.folder.join("data").join(file)).unwrap();
            file.busy_timeout(std::time::Duration::from_secs(5)).unwrap();
            file.execute_batch(text).expect(text);
        }
    }
}

const SECOND: &str = "tenants/altenburg.db";

async fn elsewhere(w: &World) -> World {
    match &w.database {
        None => World::sqlite().await,
        Some(_) => World::postgres().await.expect("a server"),
    }
}

/// A session and a reference of the first one.
const LATE: &str = "insert into session (token_hash, tenant, clerk, created_at, expires_at) values (TOKEN, 'nobitz', 'late', 0, 0); \
    insert into login (email_hash, tenant, clerk) values (HASH, 'nobitz', 'late'); \
    insert into reference_index (reference, tenant, case_id) values ('NOB-LATE-26-0009-K', 'nobitz', '00000000000000000000000000000003')";

/// The second one, its own log checked first, as `kommunal audit verify` does.
async fn former(second: &TenantStore, named: &[&str]) -> std::result::Result<(), FormerBreak> {
    let named: Vec<TenantId> = named.iter().map(|id| (*id).into()).collect();
    let read = second.read(move |t| {
        t.check_audit(&[])?.expect("its own log is whole");
        t.check_former(&named)
    });
    read.await.unwrap().map(drop)
}

/// A backup from before would lose what came.
#[tokio::test(flavor = "multi_thread")]
async fn no_older_state_takes_what_came_away() {
    let w = World::sqlite().await;
    lived_in(&w).await;
    let made = crate::backup::made(&w, now()).await;
    nobitz(&w, &w.store, None).await.unwrap();
    for (id, what) in [
        ("altenburg", "wäre verloren"),
        ("nobitz", "ist in „altenburg“ aufgegangen"),
    ] {
        let error = w
            .store
            .restore_one(&made, &id.into(), now())
            .await
            .unwrap_err()
            .to_string();
        assert!(error.contains(what), "{id}: {error}");
    }
}

both! {
    async fn everything_goes_to_the_second_authority(w: World) {
        let second = lived_in(&w).await;
        let key = w.town.public_key().unwrap();
        let preview = w.store.merge_preview(&"nobitz".into(), &"altenburg".into()).await.unwrap();
        assert_eq!((preview.cases, preview.open, preview.rooms, preview.clerks.len()), (4, 3, 2, 1));
        assert_eq!((preview.alike.len(), preview.begun), (1, false));
        let merged = nobitz(&w, &w.store, None).await.unwrap();
        assert!(merged.proofs.iter().all(|p| !p.starts_with("OFFEN")), "{:?}", merged.proofs);
        arrived(&w, &w.store, &second).await;
        let kept = second.read(|t| t.merged()).await.unwrap();
        assert_eq!(kept[0].public_key, key, "its receipts are checked as before");
        // What this process knew to be due there is due here, and named once.
        assert_eq!(w.store.due_tenants(now(), 9).await.unwrap(), ["altenburg".into()]);
        // Who still had it open acknowledges nothing.
        assert!(submit(&w.town, case(7)).await.is_err());
        for (from, into, what) in [
            ("nobitz", "altenburg", "schon in „altenburg“ aufgegangen"),
            ("nobitz", "schmoelln", "schon in „altenburg“ aufgegangen"),
            ("altenburg", "altenburg", "zweimal dasselbe"),
            ("altenburg", "gibts-nicht", "gibt es hier nicht"),
            ("gibts-nicht", "altenburg", "gibt es hier nicht"),
        ] {
            let error = w.store.merge_preview(&from.into(), &into.into()).await.unwrap_err().to_string();
            assert!(error.contains(what), "{from} {into}: {error}");
        }
        let again = w.store.create_tenant(authority("nobitz", "Gemeinde Nobitz")).await.map(|_| ()).unwrap_err();
        assert!(again.to_string().contains("aufgegangen"), "{again}");
    }

    // The second goes up in a third: the first one's codes and log still hold there.
    async fn one_after_the_other(w: World) {
        lived_in(&w).await;
        nobitz(&w, &w.store, None).await.unwrap();
        let third = w.store.create_tenant(authority("schmoelln", "Stadt Schmölln")).await.unwrap();
        w.store.merge_authority(&"altenburg".into(), &"schmoelln".into(), owner(&w).as_deref(), now(), None).await.unwrap();
        assert_eq!(w.store.tenant(&"nobitz".into()).await.unwrap().id().as_str(), "schmoelln");
        let id = case(1).id;
        third.read(move |t| {
            assert!(t.case_by_code(&id, CODE)?.is_some(), "the first one's code opens it");
            let sent = t.sent_token("consult-1")?;
            assert!(sent.starts_with("nobitz.") && t.consultation_by_token(&sent, now())?.is_some(), "{sent}");
            let merged = t.merged()?;
            assert_eq!(merged.len(), 2);
            merged.iter().try_for_each(|m| t.check_merged(m, &[]).map(|whole| whole.expect("whole")))
        }).await.unwrap();
    }

    // Broken off after each step, and done to its end by the next run, in a process of its own.
    async fn a_run_that_breaks_off_is_done_to_its_end(w: World) {
        lived_in(&w).await;
        let steps = match w.database {
            None => vec![MergeStep::Begun, MergeStep::SetAside, MergeStep::TakenIn, MergeStep::Named],
            Some(_) => vec![MergeStep::Named],
        };
        for (n, step) in steps.into_iter().enumerate() {
            let store = w.again(w.root.clone()).await.unwrap();
            let error = nobitz(&w, &store, Some(step)).await.unwrap_err();
            assert!(matches!(error, Error::Stopped), "{step:?}: {error}");
            // Nobody writes where it would be lost.
            let written = match w.again(w.root.clone()).await.unwrap().tenant(&"nobitz".into()).await {
                Ok(t) => submit(&t, Case { tenant: t.id().clone(), ..case(20 + n as u32) }).await.map(|()| t.id().0.clone()),
                Err(error) => Err(error),
            };
            assert!(written.as_ref().map_or(true, |to| to == "altenburg"), "{step:?}: {written:?}");
            let other = store.merge_preview(&"nobitz".into(), &"schmoelln".into()).await.unwrap_err().to_string();
            assert!(other.contains("altenburg"), "{step:?}: {other}");
        }
        let store = w.again(w.root.clone()).await.unwrap();
        nobitz(&w, &store, None).await.unwrap();
        let second = store.tenant(&"altenburg".into()).await.unwrap();
        let id = case(3).id;
        assert!(second.read(move |t| t.case_by_code(&id, CODE)).await.unwrap().is_some());
        let cases = second.read(|t| Ok::<_, Error>(t.merged()?.remove(0).came.cases)).await.unwrap();
        assert_eq!(cases, 4, "each once");
        nothing_left(&w).await;
    }

    // Something in it does not open: nothing is changed, and it goes on.
    async fn what_does_not_open_stays_where_it_was(w: World) {
        let second = lived_in(&w).await;
        let spoil = "update paper set meta = 'x' where id = 'paper-1'";
        match &w.database {
            Some(dsn) => { ask(dsn, &spoil.replace("'x'", "'\\x78'")).await.unwrap(); }
            None => {
                let file = rusqlite::Connection::open(w.folder.join("data/tenants/nobitz.db")).unwrap();
                file.execute(&spoil.replace("'x'", "x'78'"), []).unwrap();
            }
        }
        let error = nobitz(&w, &w.store, None).await.unwrap_err();
        assert!(matches!(error, Error::Sealed(_)), "{error}");
        let town = w.store.tenant(&"nobitz".into()).await.unwrap();
        assert_eq!(town.id().as_str(), "nobitz");
        submit(&town, case(7)).await.unwrap();
        assert!(second.read(|t| t.merged()).await.unwrap().is_empty());
        let id = case(1).id;
        assert!(second.read(move |t| t.case(&id)).await.unwrap().is_none());
    }

    // What comes from elsewhere had swallowed one of the same id that lives here: it is refused, and nothing is lost.
    async fn an_import_takes_no_living_authoritys_name(w: World) {
        lived_in(&w).await;
        let there = elsewhere(&w).await;
        submit(&there.town, case(1)).await.unwrap();
        second(&there).await;
        nobitz(&w, &w.store, None).await.unwrap();
        let (seal, code) = SealFor::code(&Entropy::System);
        let (_, file) = w.store.export(&"altenburg".into(), Vec::new(), &seal, now()).await.unwrap();
        let import = async || there.store.import(std::io::Cursor::new(file.clone()), &OpenWith::words(&code), now()).await;
        there.store.erase(&"altenburg".into(), owner(&there).as_deref(), None).await.unwrap();
        let error = import().await.unwrap_err().to_string();
        assert!(error.contains("hier lebt es") && error.contains("authority erase nobitz"), "{error}");
        assert!(there.store.shared().authority(&"altenburg".into()).await.unwrap().is_none());
        let town = there.store.tenant(&"nobitz".into()).await.unwrap();
        assert_eq!(town.id().as_str(), "nobitz");
        // Merged into another one here: not its name either.
        there.store.create_tenant(authority("schmoelln", "Stadt Schmölln")).await.unwrap();
        let into_other = (&"nobitz".into(), &"schmoelln".into());
        merge(&there, &there.store, into_other, Some(MergeStep::Named)).await.unwrap_err();
        let error = import().await.unwrap_err().to_string();
        assert!(error.contains("ging es in „schmoelln“ auf"), "{error}");
        merge(&there, &there.store, into_other, None).await.unwrap();
        assert!(import().await.is_err());
        let cases = there.store.tenant(&"schmoelln".into()).await.unwrap().read(|t| t.case(&case(1).id)).await.unwrap();
        assert!(cases.is_some());
    }

    // The note that it is merged is wrong: nothing is erased that was not taken in.
    async fn nothing_is_erased_that_was_not_taken_in(w: World) {
        second(&w).await;
        submit(&w.town, case(1)).await.unwrap();
        let wrong = "insert into merged (id, into_tenant, at, done) values ('nobitz', 'altenburg', 0, 1)";
        behind(&w, "shared.db", wrong).await;
        let store = w.again(w.root.clone()).await.unwrap();
        for _ in 0..2 {
            let error = nobitz(&w, &store, None).await.unwrap_err().to_string();
            assert!(error.contains("es wird nichts gelöscht"), "{error}");
        }
        assert!(store.merge_preview(&"nobitz".into(), &"altenburg".into()).await.is_err());
        behind(&w, "shared.db", "delete from merged").await;
        let store = w.again(w.root.clone()).await.unwrap();
        let town = store.tenant(&"nobitz".into()).await.unwrap();
        assert_eq!(town.id().as_str(), "nobitz");
        assert!(town.read(|t| t.case(&case(1).id)).await.unwrap().is_some());
        nobitz(&w, &store, None).await.unwrap();
    }

    // The second one's log says where the first one's ended.
    async fn the_end_of_a_merged_log_is_anchored(w: World) {
        let second = lived_in(&w).await;
        for n in 5..8 {
            submit(&w.town, case(n)).await.unwrap();
        }
        nobitz(&w, &w.store, None).await.unwrap();
        let merged = second.read(|t| t.merged()).await.unwrap().remove(0);
        let rows = second.read(|t| t.audit_rows(0, 99)).await.unwrap();
        let by = rows.iter().find(|r| r.event == "authority.merged").map(|r| r.actor.clone());
        assert_eq!(by, Some(format!("merged:nobitz:{}", merged.head)));
        former(&second, &["nobitz"]).await.unwrap();
        let jobs = second.read(|t| t.waiting()).await.unwrap().jobs;
        assert!(jobs.contains(&("mail_merged_head".into(), 1)), "{jobs:?}");
        let kept = "create table kept_rows as select * from merged_audit; create table kept_who as select * from merged_authority; \
            create table kept_days as select * from merged_audit_day;";
        behind(&w, SECOND, kept).await;
        let last = merged.head.n;
        let end = |n: i64| format!(
            "update merged_authority set n = {n}, hash = (select hash from merged_audit where authority = 'nobitz' and n = {n});"
        );
        let days = "delete from merged_audit_day where n > 7;";
        for (what, text) in [
            ("cut tail", format!("delete from merged_audit where n > {};", last - 2)),
            ("cut tail, end and days mended", format!("delete from merged_audit where n > 7; {days} {}", end(7))),
            ("last row gone, end mended", format!("delete from merged_audit where n = {last}; delete from merged_audit_day where n = {last}; {}", end(last - 1))),
            ("a row changed", "update merged_audit set actor = 'clerk-9' where n = 3;".to_owned()),
            ("it never came", "delete from merged_authority;".to_owned()),
            ("nothing of it", format!("delete from merged_authority; delete from merged_audit; {days}")),
            ("called otherwise", "update merged_authority set id = 'nobitz-2';".to_owned()),
        ] {
            behind(&w, SECOND, &text).await;
            let read = async |named: Vec<TenantId>| second.read(move |t| t.check_former(&named)).await;
            let (found, unnamed) = (read(vec!["nobitz".into()]).await, read(Vec::new()).await);
            for found in [found, unnamed] {
                // What is sealed under another name does not open.
                assert!(!matches!(found, Ok(Ok(_))), "{what} was not found: {found:?}");
            }
            behind(&w, SECOND, "delete from merged_audit; delete from merged_authority; delete from merged_audit_day; \
                insert into merged_audit select * from kept_rows; insert into merged_authority select * from kept_who; \
                insert into merged_audit_day select * from kept_days;").await;
            former(&second, &["nobitz"]).await.unwrap();
        }
        if w.database.is_some() {
            let app = as_role(w.database.as_deref().unwrap(), "kommunal_app");
            for text in ["update merged_authority set n = 1", "delete from merged_authority"] {
                let refused = ask(&app, text).await.unwrap_err();
                assert!(refused.contains("permission denied"), "{text}: {refused}");
            }
        }
    }

    // What the second one has set for a service at a place holds, however often the first one had set it.
    async fn what_the_second_has_set_for_a_place_holds(w: World) {
        let second = lived_in(&w).await;
        let place: domain::Ags = "16077036".into();
        let fee = |n: i64| std::collections::BTreeMap::from([("fee".to_owned(), json!(n))]);
        for n in 1..=3 {
            let place = place.clone();
            w.town.write(move |t| {
                t.set_params(&place, "raumnutzung", fee(n), "clerk-1", now())?;
                t.set_params(&place, "brauchtumsfeuer", fee(n), "clerk-1", now())?;
                t.opt_in(&place, "raumnutzung", true, "clerk-1", now())
            }).await.unwrap();
        }
        let of = place.clone();
        second.write(move |t| {
            t.set_params(&of, "raumnutzung", fee(9), "clerk-2", now())?;
            t.opt_in(&of, "raumnutzung", false, "clerk-2", now())
        }).await.unwrap();
        let merged = nobitz(&w, &w.store, None).await.unwrap();
        let read = second.read(move |t| Ok::<_, Error>((
            t.params(&place, "raumnutzung", now())?, t.params(&place, "brauchtumsfeuer", now())?, t.opted_in(&place, "raumnutzung")?,
        )));
        let (own, came, opted) = read.await.unwrap();
        assert_eq!(own.expect("its own").params["fee"], 9);
        assert_eq!(came.expect("the first one's").params["fee"], 3);
        assert!(!opted.expect("its own").active);
        let notes = merged.came.notes.join("\n");
        assert!(notes.contains("Ob eine Leistung offen ist") && notes.contains("Werte einer Leistung"), "{notes}");
        assert!(!notes.contains("1 ") && notes.contains("Anschrift"), "{notes}");
    }

    // Somebody who still had the first one open wrote for it after it was named as gone.
    async fn what_was_written_late_keeps_no_merging_from_its_end(w: World) {
        lived_in(&w).await;
        nobitz(&w, &w.store, Some(MergeStep::Named)).await.unwrap_err();
        let bytes = |text: &str| if w.database.is_some() { format!("'\\x{text}'") } else { format!("x'{text}'") };
        behind(&w, "shared.db", &LATE.replace("TOKEN", &bytes("0a")).replace("HASH", &bytes("0b"))).await;
        let store = w.again(w.root.clone()).await.unwrap();
        nobitz(&w, &store, None).await.unwrap();
        let found = store.shared().find_reference("NOB-LATE-26-0009-K").await.unwrap();
        assert_eq!(found, Some(("altenburg".into(), case(3).id)));
        nothing_left(&w).await;
    }

    // Its log goes on from an older state: what was signed of the one before is none of it.
    async fn a_log_that_was_put_back_once_is_whole_after_a_merging(w: World) {
        // Putting back one authority is for files.
        if w.database.is_some() {
            return;
        }
        let second = second(&w).await;
        submit(&w.town, case(1)).await.unwrap();
        let day = |text: &str| text.parse::<jiff::civil::Date>().unwrap();
        let made = crate::backup::made(&w, now()).await;
        for n in 2..5 {
            submit(&w.town, case(n)).await.unwrap();
        }
        w.town.write(move |t| t.keep_head(day("2026-11-24"))).await.unwrap();
        w.store.restore_one(&made, &"nobitz".into(), now()).await.unwrap();
        let town = w.store.tenant(&"nobitz".into()).await.unwrap();
        for n in 5..9 {
            submit(&town, case(n)).await.unwrap();
        }
        nobitz(&w, &w.store, None).await.unwrap();
        former(&second, &["nobitz"]).await.unwrap();
        behind(&w, SECOND, "update merged_audit set actor = 'clerk-9' where n = 4").await;
        assert!(former(&second, &["nobitz"]).await.is_err());
    }
}
