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
            t.count(
                &"16077036".into(),
                "brauchtumsfeuer",
                "2026-11-24".parse().unwrap(),
                "submitted",
                2,
            )
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
}
