//! The list of what all authorities have made public: which service is online where, with which rules. Written down
//! from each authority's own tables whenever it changes them, and once more by the daily run, so that a list that fell
//! behind catches up. Says nothing that the public pages do not say.

use std::collections::BTreeMap;

use domain::{Ags, TenantId};
use jiff::Timestamp;
use serde_json::Value as Json;

use crate::engine::{Row, values};
use crate::sql::statements;
use crate::tenant::TenantTx;
use crate::{Offered, Result, Store, TenantStore};

statements! { Shared "offered";
    PUT = "insert into offered (place, service, tenant, online, since_at, params) values ($1, $2, $3, $4, $5, $6) \
        on conflict (place, service, tenant) do update set online = excluded.online, since_at = excluded.since_at, \
        params = excluded.params";
    DROP = "delete from offered where place = $1 and service = $2 and tenant = $3";
    OF_TENANT = "select place, service, tenant, online, since_at, params from offered where tenant = $1 \
        order by place, service";
    EVERY = "select place, service, tenant, online, since_at, params from offered order by place, service, tenant";
    /// Authorities that are no more.
    GONE = "delete from offered where tenant not in (select id from authority)";
}

fn offered(row: &Row) -> Result<Offered> {
    Ok(Offered {
        place: Ags::from(row.text(0)?),
        service: row.text(1)?.to_owned(),
        tenant: TenantId::from(row.text(2)?),
        online: row.flag(3)?,
        since: row.time(4)?,
        params: serde_json::from_str(row.text(5)?)?,
    })
}

/// What this authority's own tables say.
fn made_public(t: &TenantTx<'_>, tenant: &TenantId, now: Timestamp) -> Result<Vec<Offered>> {
    let opt_ins = t.opt_ins(None)?.into_iter().filter(|o| !o.left);
    opt_ins
        .map(|o| {
            let params: BTreeMap<String, Json> = t
                .params(&o.place, &o.service, now)?
                .map_or_else(BTreeMap::new, |s| s.params);
            Ok(Offered {
                place: o.place,
                service: o.service,
                tenant: tenant.clone(),
                online: o.active,
                since: o.from,
                params,
            })
        })
        .collect()
}

impl Store {
    /// Writes down what this authority has made public by now. Nothing is written where the list says it already.
    pub async fn list_offered(&self, tenant: &TenantStore, now: Timestamp) -> Result<()> {
        let id = tenant.id().clone();
        let of = id.clone();
        let holds = tenant.read(move |t| made_public(t, &of, now)).await?;
        let db = self.shared().db;
        let key = id.clone();
        let listed = db.read(move |tx| tx.rows(&OF_TENANT, values![key.as_str()])).await?;
        let listed: Vec<Offered> = listed.iter().map(offered).collect::<Result<_>>()?;
        if listed == holds {
            return Ok(());
        }
        let same = |a: &Offered, b: &Offered| a.place == b.place && a.service == b.service;
        let gone: Vec<Offered> = listed
            .iter()
            .filter(|l| !holds.iter().any(|h| same(h, l)))
            .cloned()
            .collect();
        let new: Vec<Offered> = holds.into_iter().filter(|h| !listed.contains(h)).collect();
        db.write(move |tx| {
            for o in &gone {
                tx.execute(&DROP, values![o.place.as_str(), o.service.as_str(), id.as_str()])?;
            }
            for o in &new {
                let params = serde_json::to_string(&o.params)?;
                tx.execute(
                    &PUT,
                    values![
                        o.place.as_str(),
                        o.service.as_str(),
                        id.as_str(),
                        o.online,
                        o.since,
                        params
                    ],
                )?;
            }
            Ok(())
        })
        .await
    }

    /// What all authorities have made public, by place and service.
    pub async fn offered(&self) -> Result<Vec<Offered>> {
        let rows = self.shared().db.read(|tx| tx.rows(&EVERY, &[])).await?;
        rows.iter().map(offered).collect()
    }

    /// Authorities that are no more leave the list.
    pub async fn tidy_offered(&self) -> Result<()> {
        self.shared().db.write(|tx| tx.execute(&GONE, &[])).await?;
        Ok(())
    }
}
