//! The rules of `Tx`, the same on both engines. PostgreSQL runs when `KOMMUNAL_TEST_PG` names a server.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::sql::{Scope, statements};

statements! { Shared "engine_tests";
    SWAP = "select $2, $1";
    TABLE = "create table if not exists engine_test (k text not null primary key, v bigint not null, b bytea)";
    PUT = "insert into engine_test (k, v, b) values ($1, $2, $3)";
    GET = "select v, b from engine_test where k = $1";
    COUNT = "select count(*) from engine_test where k like $1";
    ONE = "select 1/*sqlite: + 1*//*postgres: + 2*/";
}

struct Folder(std::path::PathBuf);
impl Folder {
    fn new() -> Folder {
        static N: AtomicUsize = AtomicUsize::new(0);
        let name = format!(
            "kommunal-engine-{}-{}",
            std::process::id(),
            N.fetch_add(1, Ordering::Relaxed)
        );
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }
}
impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

fn file(folder: &Folder) -> Arc<sqlite::File> {
    Arc::new(sqlite::File::open(&folder.0.join("t.db"), |tx| tx.execute(&TABLE, &[]).map(drop)).unwrap())
}

/// Both engines; `tag` keeps the tests' rows apart on the shared server.
async fn engines(folder: &Folder) -> Vec<Db> {
    let mut out = vec![Db::sqlite(file(folder))];
    if let Ok(dsn) = std::env::var("KOMMUNAL_TEST_PG") {
        let pool = postgres::Pool::connect(&dsn, postgres::Purpose::Serve).await.unwrap();
        // One at a time: `create table if not exists` of two at once collides.
        static ONCE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
        let _once = ONCE.lock().await;
        let db = Db::postgres(pool, None);
        db.write(|tx| tx.execute(&TABLE, &[])).await.unwrap();
        out.push(db);
    }
    out
}

fn panics() {
    panic!("in the middle of a transaction");
}

fn fresh(tag: &str) -> String {
    static N: AtomicUsize = AtomicUsize::new(0);
    format!("{tag}-{}-{}-", std::process::id(), N.fetch_add(1, Ordering::Relaxed))
}

async fn count(db: &Db, tag: &str) -> i64 {
    let pattern = format!("{tag}%");
    db.read(move |tx| tx.row(&COUNT, values![pattern])?.unwrap().int(0))
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn parameters_keep_their_numbers() {
    let folder = Folder::new();
    for db in engines(&folder).await {
        let row = db.read(|tx| tx.row(&SWAP, values!["a", "b"])).await.unwrap().unwrap();
        assert_eq!(row, Row(vec!["b".into(), "a".into()]));
    }
}

#[test]
fn each_engine_sees_its_own_marks() {
    assert_eq!(SWAP.sqlite, "select ?2, ?1");
    assert_eq!(SWAP.postgres, "select $2, $1");
    assert_eq!(ONE.sqlite, "select 1          + 1  /*postgres: + 2*/");
    assert_eq!(ONE.postgres, "select 1/*sqlite: + 1*/            + 2  ");
    assert_eq!(ONE.scope, Scope::Shared);
}

#[tokio::test(flavor = "multi_thread")]
async fn values_come_back_as_they_went() {
    let folder = Folder::new();
    for db in engines(&folder).await {
        let key = fresh("values");
        let k = key.clone();
        db.write(move |tx| tx.execute(&PUT, values![k, i64::MIN, vec![0u8, 255]]))
            .await
            .unwrap();
        let row = db.read(move |tx| tx.row(&GET, values![key])).await.unwrap().unwrap();
        assert_eq!(row, Row(vec![i64::MIN.into(), vec![0u8, 255].into()]));
        let key = fresh("values");
        let k = key.clone();
        db.write(move |tx| tx.execute(&PUT, values![k, 1i64, Value::Null]))
            .await
            .unwrap();
        let row = db.read(move |tx| tx.row(&GET, values![key])).await.unwrap().unwrap();
        assert_eq!(row.opt_bytes(1).unwrap(), None);
        assert!(row.text(0).is_err());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_a_panic_and_a_failed_statement_undo_everything() {
    let folder = Folder::new();
    for db in engines(&folder).await {
        let tag = fresh("undo");
        let k = format!("{tag}1");
        let result = db
            .write(move |tx| {
                tx.execute(&PUT, values![k, 1i64, Value::Null])?;
                Err::<(), _>(Error::Missing("on purpose"))
            })
            .await;
        assert!(matches!(result, Err(Error::Missing(_))));

        let k = format!("{tag}2");
        let result = db
            .write(move |tx| {
                tx.execute(&PUT, values![k, 1i64, Value::Null])?;
                panics();
                Ok::<_, Error>(())
            })
            .await;
        assert!(matches!(result, Err(Error::Database(_))));

        let k = format!("{tag}3");
        let result = db
            .write(move |tx| {
                tx.execute(&PUT, values![k.as_str(), 1i64, Value::Null])?;
                // Swallowed, but it counts.
                drop(tx.execute(&PUT, values![k, 1i64, Value::Null]));
                Ok::<_, Error>(())
            })
            .await;
        assert!(matches!(result, Err(Error::Conflict(_))), "{result:?}");
        assert_eq!(count(&db, &tag).await, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_bad_closure_leaves_its_neighbours_alone() {
    let folder = Folder::new();
    for db in engines(&folder).await {
        let tag = fresh("neighbours");
        let mut tasks = Vec::new();
        for i in 0..100 {
            let (db, k) = (db.clone(), format!("{tag}{i}"));
            tasks.push(tokio::spawn(async move {
                db.write(move |tx| {
                    tx.execute(&PUT, values![k, 1i64, Value::Null])?;
                    if i % 2 == 0 {
                        Ok(())
                    } else {
                        Err(Error::Missing("on purpose"))
                    }
                })
                .await
                .is_ok()
            }));
        }
        let mut ok = 0;
        for task in tasks {
            ok += i64::from(task.await.unwrap());
        }
        assert_eq!(ok, 50);
        assert_eq!(count(&db, &tag).await, 50);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_cannot_write() {
    let folder = Folder::new();
    for db in engines(&folder).await {
        let tag = fresh("reader");
        let k = format!("{tag}1");
        let result = db.read(move |tx| tx.execute(&PUT, values![k, 1i64, Value::Null])).await;
        assert!(result.is_err());
        assert_eq!(count(&db, &tag).await, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_number_of_parameters_is_an_error() {
    let folder = Folder::new();
    for db in engines(&folder).await {
        assert!(db.read(|tx| tx.row(&GET, &[])).await.is_err());
        assert!(db.read(|tx| tx.row(&GET, values!["a", "b"])).await.is_err());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_writers_share_a_commit() {
    let folder = Folder::new();
    let file = file(&folder);
    let db = Db::sqlite(file.clone());
    // Hold the writer, so that the others gather behind it.
    let (go, wait) = std::sync::mpsc::channel::<()>();
    let holder = db.clone();
    let held = tokio::spawn(async move {
        holder
            .write(move |_| {
                wait.recv().unwrap();
                Ok::<_, Error>(())
            })
            .await
    });
    let mut tasks = Vec::new();
    for i in 0..200i64 {
        let db = db.clone();
        tasks.push(tokio::spawn(async move {
            db.write(move |tx| tx.execute(&PUT, values![format!("g{i}"), i, Value::Null]))
                .await
        }));
    }
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    let before = file.commits();
    go.send(()).unwrap();
    held.await.unwrap().unwrap();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    assert_eq!(count(&db, "g").await, 200);
    let commits = file.commits() - before;
    assert!(commits <= 4, "200 writers took {commits} commits");
}

/// The heart of it: when `write` says Ok, the row is in the file for everybody.
#[tokio::test(flavor = "multi_thread")]
async fn the_answer_comes_after_the_commit() {
    let folder = Folder::new();
    for db in engines(&folder).await {
        let tag = fresh("order");
        for i in 0..20 {
            let k = format!("{tag}{i}");
            db.write(move |tx| tx.execute(&PUT, values![k, 1i64, Value::Null]))
                .await
                .unwrap();
            assert_eq!(count(&db, &tag).await, i + 1, "acknowledged, but not there");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_told_and_survived() {
    statements_for_full::run().await;
}

mod statements_for_full {
    use super::*;
    statements! { None "engine_tests_full";
        LIMIT = "pragma max_page_count = 20";
        UNLIMIT = "pragma max_page_count = 100000";
    }
    pub(super) async fn run() {
        let folder = Folder::new();
        let db = Db::sqlite(file(&folder));
        db.write(|tx| tx.rows(&LIMIT, &[])).await.unwrap();
        let big = |k: &'static str| move |tx: &Tx<'_>| tx.execute(&PUT, values![k, 1i64, vec![7u8; 200_000]]);
        assert!(matches!(db.write(big("a")).await, Err(Error::Full)));
        // Small things still fit, and after more room the big one does.
        db.write(|tx| tx.execute(&PUT, values!["small", 1i64, Value::Null]))
            .await
            .unwrap();
        db.write(|tx| tx.rows(&UNLIMIT, &[])).await.unwrap();
        db.write(big("b")).await.unwrap();
        assert_eq!(count(&db, "%").await, 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_file_stops_the_writer_for_good() {
    let folder = Folder::new();
    let db = Db::sqlite(file(&folder));
    for i in 0..300i64 {
        db.write(move |tx| tx.execute(&PUT, values![format!("x{i}"), i, vec![1u8; 9000]]))
            .await
            .unwrap();
    }
    // Garbage over the database and its log, as a broken disk would leave it.
    for name in ["t.db", "t.db-wal"] {
        let path = folder.0.join(name);
        let len = std::fs::metadata(&path).unwrap().len() as usize;
        std::fs::write(&path, vec![0x5a; len]).unwrap();
    }
    let mut stopped = false;
    for i in 0..300i64 {
        let all = db.write(move |tx| {
            tx.row(&GET, values![format!("x{i}")])?;
            tx.execute(&PUT, values![format!("y{i}"), i, vec![1u8; 4000]])
        });
        stopped |= matches!(all.await, Err(Error::Stopped));
    }
    assert!(stopped, "a damaged file went unnoticed");
    assert!(matches!(db.write(|_| Ok::<_, Error>(())).await, Err(Error::Stopped)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_goes_away_leaves_nothing_half() {
    let folder = Folder::new();
    for db in engines(&folder).await {
        let tag = fresh("gone");
        for i in 0..50 {
            let k = format!("{tag}{i}");
            let work = db.write(move |tx| {
                tx.execute(&PUT, values![format!("{k}a"), 1i64, Value::Null])?;
                tx.execute(&PUT, values![format!("{k}b"), 1i64, Value::Null])
            });
            drop(tokio::time::timeout(std::time::Duration::from_micros(i * 20), work).await);
        }
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        assert_eq!(count(&db, &tag).await % 2, 0);
        // And the connections are clean: no transaction left open.
        db.write(|_| Ok::<_, Error>(())).await.unwrap();
    }
}

/// What every connection to a file is promised (decisions 2 and 13), the writer's and the readers'.
#[tokio::test]
async fn every_connection_is_durable_and_tidy() {
    let folder = Folder::new();
    let db = Db::sqlite(file(&folder));
    // synchronous: 2 is FULL; temp_store: 2 is MEMORY.
    let expected = |query_only| ("wal".to_owned(), vec![2, 1, 1, 2, 0, query_only]);
    assert_eq!(db.write(pragmas::told).await.unwrap(), expected(0));
    assert_eq!(db.read(pragmas::told).await.unwrap(), expected(1));
}

mod pragmas {
    use super::*;
    statements! { None "engine_tests_pragmas";
        JOURNAL = "pragma journal_mode";
        SYNCHRONOUS = "pragma synchronous";
        FOREIGN_KEYS = "pragma foreign_keys";
        SECURE_DELETE = "pragma secure_delete";
        TEMP_STORE = "pragma temp_store";
        TRUSTED_SCHEMA = "pragma trusted_schema";
        QUERY_ONLY = "pragma query_only";
    }
    pub(super) fn told(tx: &Tx<'_>) -> Result<(String, Vec<i64>)> {
        let numbers = [
            &SYNCHRONOUS,
            &FOREIGN_KEYS,
            &SECURE_DELETE,
            &TEMP_STORE,
            &TRUSTED_SCHEMA,
            &QUERY_ONLY,
        ];
        let numbers = numbers.into_iter().map(|sql| tx.rows(sql, &[])?[0].int(0));
        Ok((
            tx.rows(&JOURNAL, &[])?[0].text(0)?.to_owned(),
            numbers.collect::<Result<_>>()?,
        ))
    }
}

/// Whoever finds too many waiting is turned away at once, instead of filling the memory.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_turns_away() {
    const TOO_MANY: usize = 50;
    let folder = Folder::new();
    let db = Db::sqlite(file(&folder));
    let (go, wait) = std::sync::mpsc::channel::<()>();
    let (begin, begun) = tokio::sync::oneshot::channel::<()>();
    let slow = db.clone();
    let slow = tokio::spawn(async move {
        let work = move |_: &Tx<'_>| {
            begin.send(()).expect("somebody waits");
            let _go = wait.recv();
            Ok::<_, Error>(())
        };
        slow.write(work).await
    });
    begun.await.unwrap();
    let mut waiting = tokio::task::JoinSet::new();
    for _ in 0..sqlite::QUEUE + TOO_MANY {
        let db = db.clone();
        waiting.spawn(async move { db.write(|_| Ok::<_, Error>(())).await });
    }
    for _ in 0..TOO_MANY {
        let answer = tokio::time::timeout(std::time::Duration::from_secs(30), waiting.join_next()).await;
        let answer = answer.expect("told while the others wait").unwrap().unwrap();
        assert!(matches!(answer, Err(Error::Busy)), "{answer:?}");
    }
    go.send(()).unwrap();
    slow.await.unwrap().unwrap();
    while let Some(answer) = waiting.join_next().await {
        answer.unwrap().unwrap();
    }
}

/// Writes until an error comes; says how many were acknowledged. Run by the test below, under strace.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "started under strace by the next test"]
async fn write_until_the_disk_fails() {
    let path = std::path::PathBuf::from(std::env::var("KOMMUNAL_EIO_FILE").expect("a file"));
    let file = Arc::new(sqlite::File::open(&path, |tx| tx.execute(&TABLE, &[]).map(drop)).expect("opened"));
    let db = Db::sqlite(file);
    let mut acknowledged = 0;
    let error = loop {
        let k = format!("row-{acknowledged}");
        match db
            .write(move |tx| tx.execute(&PUT, values![k, 1i64, vec![1u8; 3000]]))
            .await
        {
            Ok(_) => acknowledged += 1,
            Err(e) => break e,
        }
    };
    assert!(matches!(error, Error::Stopped), "{error:?}");
    // The disk may work again: this process does not trust it any more.
    assert!(matches!(db.write(|_| Ok::<_, Error>(())).await, Err(Error::Stopped)));
    println!("acknowledged={acknowledged}");
}

/// A failed sync is never acknowledged and never tried again (the kernel may have dropped the pages).
#[test]
fn an_io_error_of_the_sync_is_never_acknowledged() {
    let strace = std::process::Command::new("strace").arg("-V").output();
    if !strace.is_ok_and(|o| o.status.success()) {
        assert!(
            std::env::var_os("KOMMUNAL_TEST_ALL").is_none(),
            "strace is not installed"
        );
        eprintln!("strace is not installed: not tested");
        return;
    }
    for when in [6, 7, 9, 14, 23] {
        let folder = Folder::new();
        let path = folder.0.join("t.db");
        // Made before, so that only syncs of commits are counted.
        drop(sqlite::File::open(&path, |tx| tx.execute(&TABLE, &[]).map(drop)).unwrap());
        let out = std::process::Command::new("strace")
            .args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync,fsync", "-e"])
            .arg(format!("inject=fdatasync,fsync:error=EIO:when={when}"))
            .arg(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "engine::tests::write_until_the_disk_fails",
                "--ignored",
                "--nocapture",
            ])
            .env("KOMMUNAL_EIO_FILE", &path)
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr);
        if text.contains("ptrace") && text.contains("not permitted") {
            eprintln!("strace may not trace here: not tested");
            return;
        }
        let acknowledged = text.split_once("acknowledged=").unwrap_or_else(|| panic!("{text}")).1;
        let acknowledged: i64 = acknowledged.split_whitespace().next().unwrap().parse().unwrap();
        assert!(acknowledged > 0 && acknowledged < 100, "{acknowledged}");
        let c = rusqlite::Connection::open(&path).unwrap();
        let rows: i64 = c
            .query_row("select count(*) from engine_test", [], |r| r.get(0))
            .unwrap();
        assert!(rows >= acknowledged, "{acknowledged} acknowledged, {rows} there");
        let ok: String = c.query_row("pragma integrity_check", [], |r| r.get(0)).unwrap();
        assert_eq!(ok, "ok");
    }
}
