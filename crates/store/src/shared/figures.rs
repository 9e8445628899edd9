//! What the counters of all authorities come to: by place, service and month as each authority's job carried it here,
//! and the sums of places, districts and the state, kept with it in the same transaction. Numbers only.

use std::collections::BTreeMap;

use domain::{Ags, TenantId};

use crate::engine::{Row, Tx, values};
use crate::shared::SharedStore;
use crate::sql::statements;
use crate::{Figure, MonthCount, Result, Store};

statements! { Shared "figures";
    /// One after the other: what was read stays so until it is written.
    LOCK = "/*sqlite:select $1*//*postgres:select pg_advisory_xact_lock(77, hashtext($1))::text*/";
    OF_TENANT = "select place, service, month, kind, n from figure_month where tenant = $1 and ($2 = '' or month = $2)";
    PUT = "insert into figure_month (tenant, place, service, month, kind, n) values ($1, $2, $3, $4, $5, $6) \
        on conflict (tenant, place, service, month, kind) do update set n = excluded.n";
    DROP = "delete from figure_month where tenant = $1 and place = $2 and service = $3 and month = $4 and kind = $5";
    MORE = "insert into figure_month (tenant, place, service, month, kind, n) values ($1, $2, $3, $4, $5, 1) \
        on conflict (tenant, place, service, month, kind) do update set n = figure_month.n + 1";
    ADD = "insert into figure (period, level, area, service, kind, n) values ($1, $2, $3, $4, $5, $6) \
        on conflict (period, level, area, service, kind) do update set n = figure.n + excluded.n";
    OF_AREAS = "select area, service, kind, n from figure where period = $1 and level = $2 and area >= $3 and area <= $4 \
        order by area, service, kind";
    OF_KIND = "select area, service, kind, n from figure where period = $1 and kind = $2 and level = $3 \
        order by area, service";
    DEMAND = "select place, service, substr(day, 1, 7), kind, cast(sum(n) as bigint) from demand_day \
        group by place, service, substr(day, 1, 7), kind";
    /// What each level comes to beside what was carried: the same, unless a row was changed by hand.
    SUMS = "select (select coalesce(cast(sum(n) as bigint), 0) from figure_month), \
        (select coalesce(cast(sum(n) as bigint), 0) from figure where level = 2 and length(period) = 7), \
        (select coalesce(cast(sum(n) as bigint), 0) from figure where level = 5 and length(period) = 4), \
        (select coalesce(cast(sum(n) as bigint), 0) from figure where level = 8 and length(period) = 7)";
    EMPTY = "delete from figure";
    CARRIED = "select place, service, month, kind, cast(sum(n) as bigint) from figure_month group by place, service, month, kind";
}

/// Whose figures demand is: nobody's.
const NOBODY: &str = "";

/// Place, service, month, kind.
type Key = (String, String, String, String);

fn key(c: &MonthCount) -> Key {
    (c.place.0.clone(), c.service.clone(), c.month.clone(), c.kind.clone())
}

/// Columns place, service, month, kind, n.
pub(crate) fn month_count(row: &Row) -> Result<MonthCount> {
    Ok(MonthCount {
        place: Ags::from(row.text(0)?),
        service: row.text(1)?.to_owned(),
        month: row.text(2)?.to_owned(),
        kind: row.text(3)?.to_owned(),
        n: row.int(4)?,
    })
}

fn figure(row: &Row) -> Result<Figure> {
    Ok(Figure {
        area: row.text(0)?.to_owned(),
        service: row.text(1)?.to_owned(),
        kind: row.text(2)?.to_owned(),
        n: row.int(3)?,
    })
}

/// The first and the last key that begins so. Digits only: they compare the same in every collation.
fn between(within: &str, level: u8) -> [String; 2] {
    let digits = usize::from(level);
    [format!("{within:0<digits$}"), format!("{within:9<digits$}")]
}

/// Changes of the sums, each written once and always in the same order.
#[derive(Default)]
struct Sums(BTreeMap<(String, i64, String, String, String), i64>);

impl Sums {
    fn add(&mut self, (place, service, month, kind): &Key, n: i64) {
        for level in [2, 5, 8] {
            let Some(area) = place.get(..level) else { continue };
            for period in [month.as_str(), month.get(..4).unwrap_or_default()] {
                let of = (
                    period.to_owned(),
                    level as i64,
                    area.to_owned(),
                    service.clone(),
                    kind.clone(),
                );
                *self.0.entry(of).or_default() += n;
            }
        }
    }

    fn write(&self, tx: &Tx<'_>) -> Result<()> {
        for ((period, level, area, service, kind), n) in self.0.iter().filter(|(_, n)| **n != 0) {
            let (period, area) = (period.as_str(), area.as_str());
            tx.execute(&ADD, values![period, *level, area, service.as_str(), kind.as_str(), *n])?;
        }
        Ok(())
    }
}

/// What an authority has counted in a month (`""`: in all) takes the place of what was carried before. Writes only what
/// has changed; the same once more changes nothing.
fn replace(tx: &Tx<'_>, tenant: &str, month: &str, counted: &[MonthCount]) -> Result<usize> {
    let mut before: BTreeMap<Key, i64> = BTreeMap::new();
    for row in tx.rows(&OF_TENANT, values![tenant, month])? {
        let c = month_count(&row)?;
        before.insert(key(&c), c.n);
    }
    let now: BTreeMap<Key, i64> = counted.iter().map(|c| (key(c), c.n)).collect();
    let (mut sums, mut changed) = (Sums::default(), 0);
    for (key, n) in &now {
        let was = before.remove(key);
        if was == Some(*n) {
            continue;
        }
        let (place, service, month, kind) = key;
        let params = values![
            tenant,
            place.as_str(),
            service.as_str(),
            month.as_str(),
            kind.as_str(),
            *n
        ]
        .to_vec();
        tx.execute(&PUT, &params)?;
        sums.add(key, n - was.unwrap_or(0));
        changed += 1;
    }
    for (key, was) in before {
        let (place, service, month, kind) = &key;
        tx.execute(
            &DROP,
            values![tenant, place.as_str(), service.as_str(), month.as_str(), kind.as_str()],
        )?;
        sums.add(&key, -was);
        changed += 1;
    }
    sums.write(tx)?;
    Ok(changed)
}

/// An authority is no more: its figures neither.
pub(crate) fn forget(tx: &Tx<'_>, tenant: &str) -> Result<()> {
    tx.rows(&LOCK, values![tenant])?;
    replace(tx, tenant, "", &[]).map(drop)
}

/// One more, where nobody has opted in.
pub(crate) fn one_more(tx: &Tx<'_>, place: &str, service: &str, month: &str, kind: &str) -> Result<()> {
    tx.rows(&LOCK, values![NOBODY])?;
    tx.execute(&MORE, values![NOBODY, place, service, month, kind])?;
    let mut sums = Sums::default();
    let key = (place.to_owned(), service.to_owned(), month.to_owned(), kind.to_owned());
    sums.add(&key, 1);
    sums.write(tx)
}

impl SharedStore {
    /// Takes over what an authority has counted in a month; `""`: in all months. Returns how many numbers have changed.
    pub async fn carry_figures(&self, tenant: &TenantId, month: &str, counted: Vec<MonthCount>) -> Result<usize> {
        let (tenant, month) = (tenant.0.clone(), month.to_owned());
        self.db
            .write(move |tx| {
                tx.rows(&LOCK, values![tenant.as_str()])?;
                replace(tx, &tenant, &month, &counted)
            })
            .await
    }

    /// The figures of a period (`2026-11`, `2026`) of all areas of one level whose key begins so: `16077` with level 8 are
    /// the places of a district.
    pub async fn figures(&self, period: &str, level: u8, within: &str) -> Result<Vec<Figure>> {
        let [first, last] = between(within, level);
        let params = values![period, i64::from(level), first, last].to_vec();
        let rows = self.db.read(move |tx| tx.rows(&OF_AREAS, &params)).await?;
        rows.iter().map(figure).collect()
    }

    /// The same for several periods, in one view.
    pub async fn figures_over(&self, periods: &[String], level: u8, within: &str) -> Result<Vec<Vec<Figure>>> {
        let (periods, [first, last]) = (periods.to_vec(), between(within, level));
        let read = move |tx: &Tx<'_>| {
            let of = |p: &String| {
                tx.rows(
                    &OF_AREAS,
                    values![p.as_str(), i64::from(level), first.as_str(), last.as_str()],
                )
            };
            periods.iter().map(of).collect::<Result<Vec<_>>>()
        };
        let all: Vec<Vec<Row>> = self.db.read(read).await?;
        all.iter().map(|rows| rows.iter().map(figure).collect()).collect()
    }

    /// One kind of figure in a period, of every area of a level.
    pub async fn figures_of(&self, period: &str, kind: &str, level: u8) -> Result<Vec<Figure>> {
        let params = values![period, kind, i64::from(level)].to_vec();
        let rows = self.db.read(move |tx| tx.rows(&OF_KIND, &params)).await?;
        rows.iter().map(figure).collect()
    }

    /// Each night: demand is counted anew from its days, and sums that are not what was carried are made anew. Says
    /// whether something was wrong.
    pub async fn mend_figures(&self) -> Result<bool> {
        self.db
            .write(|tx| {
                tx.rows(&LOCK, values![NOBODY])?;
                let counted = tx.rows(&DEMAND, &[])?;
                let counted = counted.iter().map(month_count).collect::<Result<Vec<_>>>()?;
                let changed = replace(tx, NOBODY, "", &counted)? > 0;
                let row = tx.row(&SUMS, &[])?.ok_or(crate::Error::Missing("figure"))?;
                let carried = row.int(0)?;
                if [row.int(1)?, row.int(2)?, row.int(3)?].iter().all(|n| *n == carried) {
                    return Ok(changed);
                }
                tx.execute(&EMPTY, &[])?;
                let mut sums = Sums::default();
                for row in tx.rows(&CARRIED, &[])? {
                    let c = month_count(&row)?;
                    sums.add(&key(&c), c.n);
                }
                sums.write(tx)?;
                Ok(true)
            })
            .await
    }
}

impl Store {
    /// Carries what an authority has counted in a month (`""`: in all) to the figures of all. Any number of times.
    pub async fn carry_figures(&self, tenant: &crate::TenantStore, month: &str) -> Result<usize> {
        let count = async || {
            let month = month.to_owned();
            tenant.read(move |t| t.month_counts(&month)).await
        };
        let (mut counted, mut changed) = (count().await?, 0);
        // Somebody may have carried later numbers meanwhile: what is written last has to be what is there.
        for _ in 0..5 {
            changed += self.shared().carry_figures(tenant.id(), month, counted.clone()).await?;
            let now = count().await?;
            if now == counted {
                break;
            }
            counted = now;
        }
        Ok(changed)
    }
}
