//! Messages between tenants. No handle opens two tenants: a row here, a job of its own that carries it over, and
//! a row there, so that the same message counts once however often it comes.

use domain::{CaseId, TenantId};
use jiff::Timestamp;
use serde_json::json;

use crate::engine::{Row, values};
use crate::sql::statements;
use crate::tenant::TenantTx;
use crate::{Dispatch, Result};

statements! { Tenant "dispatches";
    SEND = "insert into delivery_out (tenant, id, to_tenant, kind, created_at, payload) \
        values ($1, $2, $3, $4, $5, $6) on conflict (tenant, id) do nothing";
    OPEN = "select id, to_tenant, kind, created_at, payload from delivery_out \
        where tenant = $1 and id = $2 and delivered_at is null";
    /// What was delivered needs its contents no more.
    DELIVERED = "update delivery_out set delivered_at = $3, payload = $4 where tenant = $1 and id = $2";
    SINCE = "select id, kind, created_at, to_tenant from delivery_out where tenant = $1 and delivered_at >= $2 \
        order by created_at, id";
    AGAIN = "update delivery_out set delivered_at = null, payload = $3 where tenant = $1 and id = $2";
    /// Also by one that was merged into this one.
    HANDED_OVER = "select case_id from audit where tenant = $1 and event = 'case.handed_over' and at >= $2 \
        union select case_id from merged_audit where tenant = $1 and event = 'case.handed_over' and at >= $2";
    DROP = "delete from delivery_out where tenant = $1 and id = $2";
    RECEIVE = "insert into delivery_in (tenant, id, from_tenant, kind, received_at) \
        values ($1, $2, $3, $4, $5) on conflict (tenant, id) do nothing";
}

/// A message that was delivered: its contents are gone.
pub(crate) struct Sent {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) created_at: Timestamp,
}

impl TenantTx<'_> {
    /// Puts a message into the tray, with the job that carries it: one that cannot be delivered is tried, and
    /// given up, without the others. The same id again changes nothing.
    pub fn send(&mut self, d: &Dispatch) -> Result<()> {
        let sealed = self.seal("delivery_out", &d.id, "payload", &d.payload)?;
        let new = self.execute(
            &SEND,
            values![d.id.as_str(), d.to.as_str(), d.kind.as_str(), d.created_at, sealed],
        )? > 0;
        if new {
            self.add_job("deliver", &json!({ "message": d.id }), d.created_at, None)?;
        }
        Ok(())
    }

    fn dispatch_row(&self, row: &Row) -> Result<Dispatch> {
        let id = row.text(0)?;
        Ok(Dispatch {
            id: id.to_owned(),
            to: TenantId::from(row.text(1)?),
            kind: row.text(2)?.to_owned(),
            payload: self.open("delivery_out", id, "payload", row.bytes(4)?)?,
            created_at: row.time(3)?,
        })
    }

    /// A message that is not delivered yet.
    pub fn open_dispatch(&self, id: &str) -> Result<Option<Dispatch>> {
        self.row(&OPEN, values![id])?.map(|r| self.dispatch_row(&r)).transpose()
    }

    /// After the other tenant has committed it.
    pub fn delivered(&mut self, id: &str, now: Timestamp) -> Result<()> {
        self.execute(&DELIVERED, values![id, now, Vec::new()])?;
        Ok(())
    }

    /// An older state was put back at the one with these names (none: here and everywhere): what was delivered or handed over since then is
    /// lost there, and goes once more, as far as it can still be said. Who has it takes it for the same message. How many go.
    pub(crate) fn send_again(&mut self, to: &[TenantId], since: Timestamp, now: Timestamp) -> Result<usize> {
        let is_there = |id: &str| to.is_empty() || to.iter().any(|to| to.as_str() == id);
        let rows = self.rows(&SINCE, values![since])?;
        let mut n = 0;
        for row in &rows {
            if !is_there(row.text(3)?) {
                continue;
            }
            let sent = Sent {
                id: row.text(0)?.to_owned(),
                kind: row.text(1)?.to_owned(),
                created_at: row.time(2)?,
            };
            let id = sent.id.as_str();
            if let Some(case) = self.case_that_is_over(&sent)? {
                self.execute(&DROP, values![id])?;
                self.add_job("consult_over", &json!({ "case": case.0 }), now, None)?;
            } else if let Some(payload) = self.said_again(&sent)? {
                let sealed = self.seal("delivery_out", id, "payload", &payload)?;
                self.execute(&AGAIN, values![id, sealed])?;
                self.add_job("deliver", &json!({ "message": id }), now, None)?;
            } else {
                continue;
            }
            n += 1;
        }
        for row in self.rows(&HANDED_OVER, values![since])? {
            let id = CaseId::from(row.text(0)?);
            let there = self.case(&id)?.and_then(|case| case.transferred_to);
            if let Some(there) = there.filter(|there| is_there(there.as_str())) {
                self.add_job("transfer", &json!({ "case": id.0, "to": there.0 }), now, None)?;
                n += 1;
            }
        }
        Ok(n)
    }

    /// true the first time this id comes: do the work in the same transaction.
    pub fn receive(&mut self, id: &str, from: &TenantId, kind: &str, now: Timestamp) -> Result<bool> {
        Ok(self.execute(&RECEIVE, values![id, from.as_str(), kind, now])? > 0)
    }
}
