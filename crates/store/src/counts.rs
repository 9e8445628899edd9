//! Counts by day, written as things happen: statistics never scan cases.

use domain::{Ags, date_of};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::engine::{Row, values};
use crate::sql::statements;
use crate::tenant::TenantTx;
use crate::{CountRow, MonthCount, Result};

statements! { Tenant "counts";
    ADD = "insert into count_day (tenant, place, service, day, kind, n) values ($1, $2, $3, $4, $5, $6) \
        on conflict (tenant, place, service, day, kind) do update set n = count_day.n + excluded.n";
    LIST = "select place, service, day, kind, n from count_day \
        where tenant = $1 and day >= $2 and day <= $3 order by day, place, service, kind";
    MONTHS = "select place, service, substr(day, 1, 7), kind, cast(sum(n) as bigint) from count_day \
        where tenant = $1 and day >= $2 and day <= $3 group by place, service, substr(day, 1, 7), kind \
        order by place, service, substr(day, 1, 7), kind";
}

/// Name of the job that carries a month's counts to the figures of all.
pub(crate) const CARRY: &str = "figures";
/// How long it waits: what is counted meanwhile goes along.
const CARRY_AFTER: SignedDuration = SignedDuration::from_mins(1);

/// Columns place, service, day, kind, n.
pub(crate) fn count_row(row: &Row) -> Result<CountRow> {
    Ok(CountRow {
        place: row.text(0)?.to_owned(),
        service: row.text(1)?.to_owned(),
        day: row.text(2)?.to_owned(),
        kind: row.text(3)?.to_owned(),
        n: row.int(4)?,
    })
}

impl TenantTx<'_> {
    /// Counts what happens now; a job carries it to the figures of all.
    pub fn count(&mut self, place: &Ags, service: &str, now: Timestamp, kind: &str, n: i64) -> Result<()> {
        let day = date_of(now);
        self.add_count(place, service, day, kind, n)?;
        let month = day.strftime("%Y-%m").to_string();
        let key = format!("{CARRY}:{month}");
        self.add_job(CARRY, &json!({ "month": month }), now + CARRY_AFTER, Some(&key))?;
        Ok(())
    }

    /// Counts for a day that has passed. No job is added: whoever does this plans one for all of it.
    pub fn count_past(&mut self, place: &Ags, service: &str, day: Date, kind: &str, n: i64) -> Result<()> {
        self.add_count(place, service, day, kind, n)
    }

    /// Adds to a day's count, where numbers come from elsewhere.
    pub(crate) fn add_count(&mut self, place: &Ags, service: &str, day: Date, kind: &str, n: i64) -> Result<()> {
        self.execute(&ADD, values![place.as_str(), service, day, kind, n])?;
        Ok(())
    }

    /// Counts of a month (`2026-11`), of a year (`2026`) or, with `""`, of all time, by place, service, month and kind.
    pub fn month_counts(&self, period: &str) -> Result<Vec<MonthCount>> {
        let part = |i: usize, other: &'static str| period.split('-').nth(i).filter(|p| !p.is_empty()).unwrap_or(other);
        let first = format!("{}-{}-01", part(0, "0000"), part(1, "01"));
        let last = format!("{}-{}-31", part(0, "9999"), part(1, "12"));
        self.rows(&MONTHS, values![first, last])?
            .iter()
            .map(crate::shared::figures::month_count)
            .collect()
    }

    /// Counts from one day to another, both included.
    pub fn counts(&self, from: Date, to: Date) -> Result<Vec<CountRow>> {
        self.rows(&LIST, values![from, to])?.iter().map(count_row).collect()
    }
}
