//! Counts by day, written as things happen: statistics never scan cases.

use domain::Ags;
use jiff::civil::Date;

use crate::engine::{Row, values};
use crate::sql::statements;
use crate::tenant::TenantTx;
use crate::{CountRow, Result};

statements! { Tenant "counts";
    ADD = "insert into count_day (tenant, place, service, day, kind, n) values ($1, $2, $3, $4, $5, $6) \
        on conflict (tenant, place, service, day, kind) do update set n = count_day.n + excluded.n";
    LIST = "select place, service, day, kind, n from count_day \
        where tenant = $1 and day >= $2 and day <= $3 order by day, place, service, kind";
}

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
    /// Adds to a day's count.
    pub fn count(&mut self, place: &Ags, service: &str, day: Date, kind: &str, n: i64) -> Result<()> {
        self.execute(&ADD, values![place.as_str(), service, day, kind, n])?;
        Ok(())
    }

    /// Counts from one day to another, both included.
    pub fn counts(&self, from: Date, to: Date) -> Result<Vec<CountRow>> {
        self.rows(&LIST, values![from, to])?.iter().map(count_row).collect()
    }
}
