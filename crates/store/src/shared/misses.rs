//! Wrong codes and passwords: ten within an hour lock for the rest of it.

use jiff::{SignedDuration, Timestamp};

use crate::engine::{Row, values};
use crate::shared::SharedStore;
use crate::sql::statements;
use crate::{Error, Result};

statements! { Shared "misses";
    GET = "select since_at, n from miss where key_hash = $1";
    /// $2 now, $3 an hour ago: an older hour begins anew.
    WITHIN = "insert into miss (key_hash, since_at, n) values ($1, $2, 1) on conflict (key_hash) do update set \
        n = case when miss.since_at <= $3 then 1 else miss.n + 1 end, \
        since_at = case when miss.since_at <= $3 then excluded.since_at else miss.since_at end \
        returning since_at, n";
    CLEAR = "delete from miss where key_hash = $1";
    TIDY = "delete from miss where since_at <= $1";
}

/// Misses until the lock.
pub(crate) const MISSES: i64 = 10;

/// How long misses count and locks hold.
pub(crate) fn window() -> SignedDuration {
    SignedDuration::from_hours(1)
}

/// When a row (since, n) opens again, if it locks now.
pub(crate) fn locked_until(row: &Row, now: Timestamp) -> Result<Option<Timestamp>> {
    let until = row.time(0)? + window();
    Ok((row.int(1)? >= MISSES && until > now).then_some(until))
}

/// Whether a counted try may be made.
pub(crate) enum Attempt {
    Open,
    /// The last one: if it is wrong, the key is locked until then.
    Last(Timestamp),
    /// One too many.
    Locked(Timestamp),
}

impl SharedStore {
    fn miss_hash(&self, key: &str) -> Vec<u8> {
        self.lookup.mac(&[b"miss", key.as_bytes()]).to_vec()
    }

    /// Is this key locked, and until when? `key`: `login:<address>`, `code:<reference>`; kept as a hash.
    pub async fn locked(&self, key: &str, now: Timestamp) -> Result<Option<Timestamp>> {
        let hash = self.miss_hash(key);
        let row = self.db.read(move |tx| tx.row(&GET, values![hash])).await?;
        row.map_or(Ok(None), |r| locked_until(&r, now))
    }

    /// Counts a miss; says whether the key is locked now.
    pub async fn miss(&self, key: &str, now: Timestamp) -> Result<Option<Timestamp>> {
        let hash = self.miss_hash(key);
        let rows = self
            .db
            .write(move |tx| tx.returning(&WITHIN, values![hash, now, now - window()]))
            .await?;
        rows.first().map_or(Ok(None), |r| locked_until(r, now))
    }

    /// Counts a try before it is known whether it is right, for tries that take long: of many at once, no more
    /// than ten are made. A right one clears the count. See [`Attempt`].
    pub(crate) async fn attempt(&self, key: &str, now: Timestamp) -> Result<Attempt> {
        let hash = self.miss_hash(key);
        let rows = self
            .db
            .write(move |tx| tx.returning(&WITHIN, values![hash, now, now - window()]))
            .await?;
        let row = rows.first().ok_or(Error::Missing("miss"))?;
        let (n, until) = (row.int(1)?, row.time(0)? + window());
        Ok(match n {
            n if n > MISSES => Attempt::Locked(until),
            MISSES => Attempt::Last(until),
            _ => Attempt::Open,
        })
    }

    /// Misses that may still happen before the lock.
    pub(crate) async fn misses_left(&self, key: &str, now: Timestamp) -> Result<i64> {
        let hash = self.miss_hash(key);
        let row = self.db.read(move |tx| tx.row(&GET, values![hash])).await?;
        let Some(row) = row else { return Ok(MISSES) };
        let counts = row.time(0)? + window() > now;
        Ok(if counts { (MISSES - row.int(1)?).max(0) } else { MISSES })
    }

    /// After a success.
    pub async fn clear_misses(&self, key: &str) -> Result<()> {
        let hash = self.miss_hash(key);
        self.db.write(move |tx| tx.execute(&CLEAR, values![hash])).await?;
        Ok(())
    }
}
