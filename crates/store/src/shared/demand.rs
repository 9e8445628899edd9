//! How many wished to do something online where their place has not opted in: numbers by place, service and day.
//! No names, no addresses, nothing that leads to an application.

use domain::Ags;
use jiff::civil::Date;

use crate::engine::{Row, values};
use crate::shared::{SharedStore, figures};
use crate::sql::statements;
use crate::{DemandRow, Result, Store};

statements! { Shared "demand";
    ADD = "insert into demand_day (place, service, day, kind, n) values ($1, $2, $3, $4, 1) \
        on conflict (place, service, day, kind) do update set n = demand_day.n + 1";
    OF_PLACE = "select place, service, substr(day, 1, 7), cast(sum(n) as bigint) from demand_day \
        where place = $1 and day >= $2 and day <= $3 and kind = $4 \
        group by place, service, substr(day, 1, 7) order by 1, 2, 3";
    OF_ALL = "select place, service, substr(day, 1, 7), cast(sum(n) as bigint) from demand_day \
        where day >= $1 and day <= $2 and kind = $3 \
        group by place, service, substr(day, 1, 7) order by 1, 2, 3";
}

/// Somebody prepared the application on paper: the form was filled in to its end.
const PRINTED: &str = "printed";

fn demand_row(row: &Row) -> Result<DemandRow> {
    Ok(DemandRow {
        place: Ags::from(row.text(0)?),
        service: row.text(1)?.to_owned(),
        month: row.text(2)?.to_owned(),
        n: row.int(3)?,
    })
}

impl Store {
    /// Somebody prepared an application on paper at a place that has not opted in.
    pub async fn add_demand(&self, place: &Ags, service: &str, day: Date) -> Result<()> {
        self.shared().count_demand(place, service, day, PRINTED).await
    }

    /// Applications prepared on paper at these places (none named: at all) from one day to another, both included, by
    /// place, service and month.
    pub async fn demand(&self, places: &[Ags], from: Date, to: Date) -> Result<Vec<DemandRow>> {
        let (db, places) = (self.shared().db, places.to_vec());
        let rows = db.read(move |tx| {
            if places.is_empty() {
                return tx.rows(&OF_ALL, values![from, to, PRINTED]);
            }
            let mut out = Vec::new();
            for place in &places {
                out.extend(tx.rows(&OF_PLACE, values![place.as_str(), from, to, PRINTED])?);
            }
            Ok(out)
        });
        rows.await?.iter().map(demand_row).collect()
    }
}

impl SharedStore {
    /// Demand at a place that has not opted in: `begun`, `printed`.
    pub async fn count_demand(&self, place: &Ags, service: &str, day: Date, kind: &str) -> Result<()> {
        let (place, service, kind) = (place.0.clone(), service.to_owned(), kind.to_owned());
        let month = day.strftime("%Y-%m").to_string();
        self.db
            .write(move |tx| {
                tx.execute(&ADD, values![place.as_str(), service.as_str(), day, kind.as_str()])?;
                figures::one_more(tx, &place, &service, &month, &kind)
            })
            .await
    }
}
