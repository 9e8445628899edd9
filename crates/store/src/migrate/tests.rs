//! A set of tables comes whole or not at all. PostgreSQL runs when `KOMMUNAL_TEST_PG` names a server.

use std::sync::Arc;

use super::*;
use crate::engine::{Db, postgres, sqlite};

const FIRST: (&str, &str) = ("1.sql", "create table whole_or_not (id text not null primary key);");
const SECOND: (&str, &str) = ("2.sql", "alter table whole_or_not add column more text;");

static OLD: Set = Set {
    name: "whole_or_not",
    files: &[FIRST],
};
static BROKEN: Set = Set {
    name: "whole_or_not",
    files: &[FIRST, SECOND, ("3.sql", "alter table nobody_knows add column x text;")],
};
static NEW: Set = Set {
    name: "whole_or_not",
    files: &[FIRST, SECOND, ("3.sql", "alter table whole_or_not add column x text;")],
};

statements! { None "migrate_tests";
    MORE = "select more from whole_or_not";
    ALL_OF_IT = "select more, x from whole_or_not";
}

async fn whole_or_not(db: Db) {
    db.write(|tx| run(tx, &OLD)).await.unwrap();
    assert!(db.write(|tx| run(tx, &BROKEN)).await.is_err());
    // The second file ran, and is undone with the third.
    assert_eq!(db.write(|tx| version(tx, &BROKEN)).await.unwrap(), 1);
    assert!(db.write(|tx| tx.rows(&MORE, &[])).await.is_err());
    db.write(|tx| run(tx, &NEW)).await.unwrap();
    db.write(|tx| tx.rows(&ALL_OF_IT, &[])).await.unwrap();
    // A program from before does not touch it.
    assert!(matches!(db.write(|tx| run(tx, &OLD)).await, Err(Error::Setup(_))));
}

#[tokio::test]
async fn a_broken_migration_leaves_everything_as_it_was() {
    let folder = std::env::temp_dir().join(format!("kommunal-migrate-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = sqlite::File::open(&folder.join("t.db"), |_| Ok(())).unwrap();
    whole_or_not(Db::sqlite(Arc::new(file))).await;
    std::fs::remove_dir_all(&folder).unwrap();
    if let Ok(dsn) = std::env::var("KOMMUNAL_TEST_PG") {
        let pool = postgres::Pool::connect(&dsn, postgres::Purpose::Serve).await.unwrap();
        whole_or_not(Db::postgres(pool, None)).await;
    }
}
