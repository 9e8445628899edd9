//! A connection carries no tenant from one transaction into the next, however the first one ends. PostgreSQL only, when
//! `KOMMUNAL_TEST_PG` names a server.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Barrier};

use crate::engine::postgres::{CONNECTIONS, Pool, Purpose, Whose};
use crate::engine::{Db, values};
use crate::sql::statements;
use crate::{Error, Result, migrate_server};

statements! { None "wall_tests";
    MAKE = "create database wall_pool owner kommunal_owner";
    DROP = "drop database if exists wall_pool with (force)";
    WHOSE = "select coalesce(nullif(current_setting('kommunal.tenant', true), ''), 'nobody'), (select count(*) from count_day)";
    ADD = "insert into count_day (tenant, place, service, day, kind, n) values ($1, 'p', 's', '2026-11-24', $2, 1)";
    FOR_THE_SESSION = "select set_config('kommunal.tenant', $1, false)";
    WRONG = "select 1 / 0";
}

/// Every connection of the pool that still knows a tenant or sees a row.
async fn left_over(pool: &Pool) -> Vec<(String, i64)> {
    let together = Arc::new(Barrier::new(CONNECTIONS));
    let looks = (0..CONNECTIONS).map(|_| {
        let (db, together) = (Db::postgres(pool.clone(), None), together.clone());
        tokio::spawn(async move {
            let look = db.read(move |tx| {
                let row = tx.row(&WHOSE, &[])?.ok_or(Error::Missing("row"))?;
                // All at once, so that each has a connection of its own.
                together.wait();
                Ok::<_, Error>((row.text(0)?.to_owned(), row.int(1)?))
            });
            look.await.unwrap()
        })
    });
    let mut found = Vec::new();
    for look in looks.collect::<Vec<_>>() {
        found.push(look.await.unwrap());
    }
    found.retain(|(whose, rows)| whose != "nobody" || *rows != 0);
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_forgets_the_tenant_however_its_transaction_ends() {
    let Ok(server) = std::env::var("KOMMUNAL_TEST_PG") else {
        eprintln!("KOMMUNAL_TEST_PG is not set: PostgreSQL is not tested");
        return;
    };
    crate::engine::postgres::simple(&server, &[DROP.text, MAKE.text])
        .await
        .unwrap();
    let dsn = |role: &str| {
        let dsn = server.replace("dbname=postgres", "dbname=wall_pool");
        dsn.replace("user=kommunal ", &format!("user={role} "))
    };
    migrate_server(&dsn("kommunal_app"), &dsn("kommunal_owner"))
        .await
        .unwrap();
    let pool = Pool::connect(&dsn("kommunal_app"), Purpose::Serve).await.unwrap();
    let there = "insert into authority values ('nobitz', '', '', 7), ('altenburg', '', '', 7); \
        insert into tenant_key values ('nobitz', '', ''), ('altenburg', '', '')";
    crate::engine::postgres::simple(&dsn("kommunal_app"), &[there])
        .await
        .unwrap();
    let town = |name: &str| {
        let whose = Whose {
            id: name.to_owned(),
            since: 7,
            gone: AtomicBool::new(false),
        };
        Db::postgres(pool.clone(), Some(whose))
    };

    // Committed, rolled back, failed, panicked, and given up at any moment.
    let mut begun = Vec::new();
    for i in 0..400i64 {
        let name = if i % 2 == 0 { "nobitz" } else { "altenburg" };
        let (db, kind) = (town(name), format!("k{i}"));
        begun.push(tokio::spawn(async move {
            db.write(move |tx| {
                tx.execute(&ADD, values![name, kind])?;
                match i % 5 {
                    0 => Err(Error::Missing("on purpose")),
                    1 => tx.rows(&WRONG, &[]).map(drop),
                    2 => panic!("on purpose"),
                    _ => Ok(()),
                }
            })
            .await
        }));
        if i % 7 == 0 {
            tokio::time::sleep(std::time::Duration::from_micros(300)).await;
            begun[i as usize / 2].abort();
        }
    }
    let mut committed = 0;
    for task in begun {
        committed += i64::from(matches!(task.await, Ok(Ok(()))));
    }
    assert!(committed > 20, "{committed}");
    assert_eq!(left_over(&pool).await, []);
    let sees = async |db: Db| db.read(|tx| tx.row(&WHOSE, &[])?.unwrap().int(1)).await.unwrap();
    let (one, other) = (sees(town("nobitz")).await, sees(town("altenburg")).await);
    assert!(
        one + other >= committed && one > 0 && other > 0,
        "{one} {other} {committed}"
    );

    // Planted: `set` for the session instead of the transaction. This test sees it.
    let nobitz = town("nobitz");
    let planted = nobitz.write(|tx| tx.rows(&FOR_THE_SESSION, values!["nobitz"]).map(drop));
    planted.await.unwrap();
    assert_eq!(left_over(&pool).await, [("nobitz".to_owned(), one)]);
    drop(pool);
    crate::engine::postgres::simple(&server, &[DROP.text]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_address_is_told_in_a_sentence_without_the_password() -> Result<()> {
    let dsn = "host=/nowhere user=kommunal_app password=geheim dbname=x";
    for (database, owner) in [(dsn, dsn), ("host=/nowhere", dsn), (dsn, "geheim")] {
        let Err(Error::Setup(sentence)) = migrate_server(database, owner).await else {
            panic!("connected to nowhere");
        };
        assert!(
            sentence.contains("database") && !sentence.contains("geheim"),
            "{sentence}"
        );
    }
    Ok(())
}
