//! The audit log: who did what to which case, without contents. Rows form a chain of hashes from the first
//! one; the head row is locked last in each transaction, so that the chain has no forks and no deadlocks.

pub(crate) mod acts;
mod heads;
mod restored;
mod verify;

use domain::CaseId;
use jiff::{SignedDuration, Timestamp};

use crate::engine::values;
use crate::seal::sha256;
use crate::sql::statements;
use crate::tenant::TenantTx;
use crate::{AuditRow, Error, Result};

pub use restored::AuditRestore;
pub(crate) use restored::{RESTORED, restores_in};
pub use verify::AuditBreak;
pub(crate) use verify::follows;

statements! { Tenant "audit";
    /// Moves the head by $2 rows; returns the new number and the old hash.
    ADVANCE = "insert into audit_head (tenant, n, hash) values ($1, $2, $3) \
        on conflict (tenant) do update set n = audit_head.n + excluded.n returning n, hash";
    SET_HEAD = "update audit_head set hash = $2 where tenant = $1";
    HEAD = "select n, hash from audit_head where tenant = $1";
    INSERT = "insert into audit (tenant, n, at, actor, event, case_id, prev_hash, hash) \
        values ($1, $2, $3, $4, $5, $6, $7, $8)";
    AFTER = "select n, at, actor, event, case_id, prev_hash, hash from audit \
        where tenant = $1 and n > $2 order by n limit $3";
    COUNT = "select count(*) from audit where tenant = $1";
    /// One for each day; what is kept is never written anew.
    KEEP_HEAD = "insert into audit_day (tenant, day, n, hash, signature) values ($1, $2, $3, $4, $5) on conflict do nothing";
    KEPT_HEADS = "select day, n, hash, signature from audit_day where tenant = $1 order by day desc limit $2";
    SINCE = "select 1 from audit where tenant = $1 and case_id = $2 and actor = $3 and event = $4 and at > $5 limit 1";
    RESTORES = "select n, at, actor from audit where tenant = $1 and event = $2 order by n";
    OF_CASE = "select n, at, actor, event, case_id, prev_hash, hash from audit \
        where tenant = $1 and case_id = $2 order by n";
}

/// Stands before the id of another authority that acts in this log: `office:lk-altenburger-land`.
pub const OFFICE: &str = "office:";

/// A row that will be written with the transaction.
pub(crate) struct Entry {
    at: Timestamp,
    actor: String,
    event: String,
    case: Option<CaseId>,
}

/// What stands before the first row.
pub(crate) fn genesis(tenant: &str) -> [u8; 32] {
    sha256(&[b"kommunal-cloud audit log of ", tenant.as_bytes()])
}

fn link(prev: &[u8], tenant: &str, n: i64, at: i64, actor: &str, event: &str, case: Option<&str>) -> [u8; 32] {
    let text = |s: &str| {
        let mut out = (s.len() as u32).to_be_bytes().to_vec();
        out.extend(s.as_bytes());
        out
    };
    let case = match case {
        Some(id) => text(id),
        None => vec![0xff; 4],
    };
    sha256(&[
        prev,
        &text(tenant),
        &n.to_be_bytes(),
        &at.to_be_bytes(),
        &text(actor),
        &text(event),
        &case,
    ])
}

impl TenantTx<'_> {
    /// A row of the log, e.g. for a read. `insert_case` and `act` write theirs themselves. `actor`: a
    /// clerk's id, [`OFFICE`] and an authority's, `applicant` or `system`, never a name.
    pub fn audit(&mut self, actor: &str, event: &str, case: Option<&CaseId>, now: Timestamp) {
        self.audit.push(Entry {
            at: now,
            actor: actor.into(),
            event: event.into(),
            case: case.cloned(),
        });
    }

    /// The same for what comes in quick succession: not again within so long.
    pub fn audit_once(
        &mut self,
        actor: &str,
        event: &str,
        case: &CaseId,
        within: SignedDuration,
        now: Timestamp,
    ) -> Result<()> {
        let known = self.row(&SINCE, values![case.as_str(), actor, event, now - within])?;
        if known.is_none() {
            self.audit(actor, event, Some(case), now);
        }
        Ok(())
    }

    /// Last act of a transaction.
    pub(crate) fn write_audit(&mut self) -> Result<()> {
        let entries = std::mem::take(&mut self.audit);
        if entries.is_empty() {
            return Ok(());
        }
        let tenant = self.tenant().as_str().to_owned();
        let first = genesis(&tenant);
        let head = self.returning(&ADVANCE, values![entries.len() as i64, first.as_slice()])?;
        let head = head.first().ok_or(Error::Missing("audit_head"))?;
        let mut n = head.int(0)? - entries.len() as i64;
        let mut prev = head.bytes(1)?.to_vec();
        for e in entries {
            n += 1;
            let case = e.case.as_ref().map(CaseId::as_str);
            let hash = link(&prev, &tenant, n, e.at.as_millisecond(), &e.actor, &e.event, case).to_vec();
            self.execute(&INSERT, values![n, e.at, e.actor, e.event, case, prev, hash.clone()])?;
            prev = hash;
        }
        self.execute(&SET_HEAD, values![prev])?;
        Ok(())
    }

    pub(crate) fn audit_row(row: &crate::engine::Row) -> Result<AuditRow> {
        Ok(AuditRow {
            n: row.int(0)?,
            at: row.time(1)?,
            actor: row.text(2)?.to_owned(),
            event: row.text(3)?.to_owned(),
            case: row.opt_text(4)?.map(CaseId::from),
            hash: row
                .bytes(6)?
                .try_into()
                .map_err(|_| Error::Database("audit.hash".into()))?,
        })
    }

    /// Rows after number `after`, oldest first.
    pub fn audit_rows(&self, after: i64, limit: u32) -> Result<Vec<AuditRow>> {
        self.rows(&AFTER, values![after, i64::from(limit)])?
            .iter()
            .map(Self::audit_row)
            .collect()
    }

    /// Who did what to this case, at an authority that was merged into this one, too.
    pub fn case_audit(&self, case: &CaseId) -> Result<Vec<AuditRow>> {
        let mut rows = self.merged_case_audit(case)?;
        for row in self.rows(&OF_CASE, values![case.as_str()])? {
            rows.push(Self::audit_row(&row)?);
        }
        Ok(rows)
    }
}
