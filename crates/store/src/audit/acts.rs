//! The log of acts as people read it: the newest first, and what a case is called.

use domain::CaseId;

use crate::engine::values;
use crate::sql::statements;
use crate::tenant::TenantTx;
use crate::{AuditRow, Result};

statements! { Tenant "acts";
    BEFORE = "select n, at, actor, event, case_id, prev_hash, hash from audit \
        where tenant = $1 and n < $2 order by n desc limit $3";
    REFERENCE = "select reference from case_file where tenant = $1 and id = $2";
    ERASED = "select reference from erased_case where tenant = $1 and id = $2";
}

impl TenantTx<'_> {
    /// Rows before number `before`, newest first.
    pub fn acts(&self, before: i64, limit: u32) -> Result<Vec<AuditRow>> {
        self.rows(&BEFORE, values![before, i64::from(limit)])?
            .iter()
            .map(Self::audit_row)
            .collect()
    }

    /// What a case is called, without opening it; also of one that was erased.
    pub fn reference_of(&self, case: &CaseId) -> Result<Option<String>> {
        for sql in [&REFERENCE, &ERASED] {
            if let Some(row) = self.row(sql, values![case.as_str()])? {
                return Ok(Some(row.text(0)?.to_owned()));
            }
        }
        Ok(None)
    }
}
