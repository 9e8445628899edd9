//! The raw limits of the machine, each in a process of its own on the server's core: what no server over the same
//! engine, HTTP library and typesetter could pass.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow};
use axum::Router;
use axum::body::Bytes;
use axum::routing::get;
use letters::{LetterData, LetterJob};
use rusqlite::Connection;

/// Bytes of a row: as the peers were measured.
pub const ROW: usize = 4096;
/// Seconds since 1970 of every letter's date.
const NOW: i64 = 1_796_112_000;

/// An axum handler that does nothing but answer with so many bytes.
pub fn empty(size: usize, port: u16) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async move {
        let body = Bytes::from(vec![b'x'; size]);
        let router = Router::new().route("/", get(move || async move { body.clone() }));
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
        axum::serve(listener, router).await?;
        Ok(())
    })
}

/// Durable one-row commits a second, with the pragmas of `crates/store/src/engine/sqlite.rs`.
pub fn commits(file: &Path, time: Duration) -> Result<f64> {
    let c = Connection::open(file)?;
    c.execute_batch(
        "pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on; pragma secure_delete = on; \
         pragma temp_store = memory; pragma cache_size = -256; pragma trusted_schema = off; \
         create table if not exists raw (id integer primary key, body blob not null)",
    )?;
    let mut insert = c.prepare("insert into raw (body) values (?1)")?;
    let row = vec![7_u8; ROW];
    let (began, mut n) = (Instant::now(), 0_u32);
    while began.elapsed() < time {
        insert.execute([&row])?;
        n += 1;
    }
    Ok(f64::from(n) / began.elapsed().as_secs_f64())
}

/// Letters a second, warm: the receipt of the fire service as the tests' sample has it, another number each time.
pub fn letters(root: &Path, time: Duration) -> Result<f64> {
    let mut job = receipt(root)?;
    let mut set = |n: u32| {
        job.data.reference = format!("NOB-FEUER-26-{n:06}");
        letters::compile(&job, NOW).map_err(|e| anyhow!("der Brief: {e}"))
    };
    set(0)?;
    let (began, mut n) = (Instant::now(), 0_u32);
    while began.elapsed() < time {
        n += 1;
        set(n)?;
    }
    Ok(f64::from(n) / began.elapsed().as_secs_f64())
}

fn receipt(root: &Path) -> Result<LetterJob> {
    let read = |path: &str| std::fs::read_to_string(root.join(path)).with_context(|| path.to_owned());
    let sample: serde_json::Value = serde_json::from_str(&read("tests/letters/samples/brauchtumsfeuer.json")?)?;
    let mut letter = sample["base"].clone();
    for (key, value) in sample["receipt"].as_object().into_iter().flatten() {
        letter[key] = value.clone();
    }
    letter["kind"] = "receipt".into();
    let data: LetterData = serde_json::from_value(letter)?;
    Ok(LetterJob {
        template: read("services/brauchtumsfeuer/letters/receipt.typ")?,
        data,
    })
}
