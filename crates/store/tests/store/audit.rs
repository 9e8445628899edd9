//! The audit log's chain.

use domain::*;
use store::*;

use crate::world::*;

both! {
    async fn every_change_leaves_a_row_in_one_chain(w: World) {
        let mut tasks = Vec::new();
        for n in 1..=20u32 {
            let town = w.town.clone();
            tasks.push(tokio::spawn(async move {
                submit(&town, case(n)).await.unwrap();
                town.write(move |t| {
                    t.audit("clerk-1", "case.read", Some(&case(n).id), now());
                    t.act(&case(n).id, Action::Opened, &clerk(), now())
                }).await.unwrap();
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }
        let (rows, verdict, of_case) = w.town.read(|t| {
            Ok::<_, Error>((t.audit_rows(0, 1000)?, t.verify_audit()?, t.case_audit(&case(7).id)?))
        }).await.unwrap();
        assert_eq!(rows.len(), 60);
        let (n, head) = verdict.unwrap();
        assert_eq!((n, head), (60, rows[59].hash));
        let events: Vec<_> = of_case.iter().map(|r| (r.event.as_str(), r.actor.as_str())).collect();
        assert_eq!(events, [("case.received", "applicant"), ("case.read", "clerk-1"), ("case.opened", "clerk-1")]);
    }

    async fn each_tampering_is_found(w: World) {
        for n in 1..=5u32 {
            submit(&w.town, case(n)).await.unwrap();
        }
        for (text, bad) in [
            ("update audit set actor = 'somebody' where n = 2", 2),
            ("update audit set event = 'case.nothing' where n = 4", 4),
            ("update audit set case_id = null where n = 3", 3),
            ("update audit set at = at + 1 where n = 1", 1),
            ("delete from audit where n = 3", 3),
            ("delete from audit where n = 5", 5),
            ("update audit_head set n = 4", 6),
        ] {
            let (before, undo) = tamper(&w, text);
            assert_eq!(w.town.read(|t| t.verify_audit()).await.unwrap(), Err(bad), "{text}");
            restore(&w, before, undo);
            assert!(w.town.read(|t| t.verify_audit()).await.unwrap().is_ok());
        }
    }
}

/// Changes the tables behind the store's back; keeps a copy of both.
fn tamper(w: &World, text: &str) -> (Vec<&'static str>, bool) {
    let steps = [
        "create table copy_audit as select * from audit",
        "create table copy_head as select * from audit_head",
    ];
    for step in steps.iter().copied().chain([text]) {
        raw(w, step);
    }
    (
        vec![
            "delete from audit",
            "insert into audit select * from copy_audit",
            "delete from audit_head",
            "insert into audit_head select * from copy_head",
            "drop table copy_audit",
            "drop table copy_head",
        ],
        true,
    )
}

fn restore(w: &World, steps: Vec<&'static str>, _: bool) {
    for step in steps {
        raw(w, step);
    }
}

/// A statement outside the store: on the tenant's file or the test database.
pub fn raw(w: &World, text: &str) {
    match &w.database {
        Some(dsn) => {
            let (dsn, text) = (dsn.clone(), text.to_owned());
            std::thread::spawn(move || sql(&dsn, &text)).join().unwrap();
        }
        None => {
            let file = rusqlite::Connection::open(w.folder.join("data/tenants/nobitz.db")).unwrap();
            file.busy_timeout(std::time::Duration::from_secs(5)).unwrap();
            file.execute_batch(text).unwrap();
        }
    }
}
