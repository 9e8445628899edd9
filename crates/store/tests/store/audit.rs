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
            Ok::<_, Error>((t.audit_rows(0, 1000)?, t.check_audit(&[])?, t.case_audit(&case(7).id)?))
        }).await.unwrap();
        assert_eq!(rows.len(), 60);
        assert_eq!(verdict, Ok(AuditHead { n: 60, hash: rows[59].hash }));
        let events: Vec<_> = of_case.iter().map(|r| (r.event.as_str(), r.actor.as_str())).collect();
        assert_eq!(events, [("case.received", "applicant"), ("case.read", "clerk-1"), ("case.opened", "clerk-1")]);
    }

    async fn the_first_bad_row_is_named(w: World) {
        for n in 1..=5u32 {
            submit(&w.town, case(n)).await.unwrap();
        }
        raw(&w, "create table copy_audit as select * from audit");
        raw(&w, "create table copy_head as select * from audit_head");
        for (text, bad) in [
            ("update audit set actor = 'somebody' where n = 2", AuditBreak::Row(2)),
            ("update audit set event = 'case.nothing' where n = 4", AuditBreak::Row(4)),
            ("update audit set case_id = null where n = 3", AuditBreak::Row(3)),
            ("update audit set at = at + 1 where n = 1", AuditBreak::Row(1)),
            ("delete from audit where n = 3", AuditBreak::Row(3)),
            ("delete from audit where n = 5", AuditBreak::Cut { from: 5, until: 5 }),
            ("delete from audit", AuditBreak::Cut { from: 1, until: 5 }),
            ("update audit_head set n = 4", AuditBreak::Row(5)),
            ("update audit_head set n = 9", AuditBreak::Cut { from: 6, until: 9 }),
            ("delete from audit_head", AuditBreak::Row(1)),
            ("update audit set n = -9223372036854775808 where n = 5; update audit_head set n = 4, hash = (select prev_hash from audit where n < 0)", AuditBreak::Row(4)),
        ] {
            raw(&w, text);
            assert_eq!(w.town.read(|t| t.check_audit(&[])).await.unwrap(), Err(bad), "{text}");
            for step in ["delete from audit", "insert into audit select * from copy_audit", "delete from audit_head", "insert into audit_head select * from copy_head"] {
                raw(&w, step);
            }
            assert!(w.town.read(|t| t.check_audit(&[])).await.unwrap().is_ok());
        }
    }

    async fn each_day_has_one_signed_head_and_rewriting_is_found_against_it(w: World) {
        submit(&w.town, case(1)).await.unwrap();
        let keep = async |day: &str| {
            let day = day.parse().unwrap();
            w.town.write(move |t| t.keep_head(day)).await.unwrap().unwrap()
        };
        let (one, news) = keep("2026-11-24").await;
        assert!(news && one.head.n == 1);
        submit(&w.town, case(2)).await.unwrap();
        assert_eq!(keep("2026-11-24").await.0, one, "once a day");
        let (two, news) = keep("2026-11-25").await;
        assert!(news && two.head.n == 2);
        assert!(!keep("2026-11-26").await.1, "nothing came in");
        let key = w.town.public_key().unwrap();
        assert!(sign::verify(&key, two.statement().as_bytes(), &two.signature));
        assert_eq!(w.town.read(|t| t.signed_heads(2)).await.unwrap().len(), 2);
        assert_eq!(w.town.read(|t| t.check_audit(&[])).await.unwrap(), Ok(two.head));

        // The whole log, written anew: sound in itself, but not what was signed.
        let first = hex(&w.town.read(|t| t.audit_rows(0, 1)).await.unwrap()[0].hash);
        raw(&w, "create table copy_days as select * from audit_day");
        raw(&w, "delete from audit_day");
        rewrite(&w).await;
        assert!(w.town.read(|t| t.check_audit(&[])).await.unwrap().is_ok(), "alone it cannot be seen");
        let seen = w.town.read(move |t| t.check_audit(&[one.head, two.head])).await.unwrap();
        assert_eq!(seen, Err(AuditBreak::Rewritten { after: 0, known: 1 }), "{first}");
        raw(&w, "insert into audit_day select * from copy_days");
        let seen = w.town.read(|t| t.check_audit(&[])).await.unwrap();
        assert_eq!(seen, Err(AuditBreak::Rewritten { after: 0, known: 1 }));
        raw(&w, "update audit_day set n = 2 where day = '2026-11-24'");
        let seen = w.town.read(|t| t.check_audit(&[])).await.unwrap();
        assert_eq!(seen, Err(AuditBreak::Signature("2026-11-24".parse().unwrap())));
    }
}

/// Throws the log away and has the store write another of the same length.
async fn rewrite(w: &World) {
    raw(w, "delete from audit");
    raw(w, "delete from audit_head");
    let write = |t: &mut TenantTx<'_>| {
        for n in 0..2 {
            t.audit("somebody", "case.other", Some(&case(n).id), now());
        }
        Ok::<_, Error>(())
    };
    w.town.write(write).await.unwrap();
}

fn hex(bytes: &[u8]) -> String {
    domain::receipt::hex(bytes)
}

/// Statements outside the store: on the tenant's file or the test database.
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
