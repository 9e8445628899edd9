//! Is the log whole? Recomputes the chain from its first row and compares it with heads that are known: the one in the
//! tables, the signed ones of each day, and what somebody kept outside.

use domain::AuditHead;

use super::{AFTER, COUNT, HEAD, genesis, link};
use crate::engine::{Row, values};
use crate::tenant::TenantTx;
use crate::{Error, Result};

/// Where the log stops being what it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditBreak {
    /// This row is not the one that was written here: changed, added, moved, or the one before it is gone.
    Row(i64),
    /// Rows are gone from the first number to the last.
    Cut { from: i64, until: i64 },
    /// Whole in itself, but not what it was at row `known`. Up to `after` it is.
    Rewritten { after: i64, known: i64 },
    /// A day's kept head has no valid signature.
    Signature(jiff::civil::Date),
}

/// Rows read at a time.
const PAGE: i64 = 1000;

/// The hash of a row, if it is the one that follows. A value of a wrong kind is a wrong row.
pub(crate) fn follows(tenant: &str, row: &Row, n: i64, prev: &[u8; 32]) -> Option<[u8; 32]> {
    let case = row.opt_text(4).ok()?;
    let (at, actor, event) = (row.int(1).ok()?, row.text(2).ok()?, row.text(3).ok()?);
    let hash = link(prev, tenant, n, at, actor, event, case);
    let same = row.int(0).ok()? == n && row.bytes(5).ok()? == prev && row.bytes(6).ok()? == hash;
    same.then_some(hash)
}

impl TenantTx<'_> {
    /// Checks every row, the head, the signed heads of each day and the heads in `known`. The first thing that is
    /// wrong, or the head. Without a head that was kept elsewhere, whoever holds the root key could write all anew.
    ///
    /// # Errors
    /// The log cannot be read.
    pub fn check_audit(&self, known: &[AuditHead]) -> Result<Result<AuditHead, AuditBreak>> {
        let tenant = self.tenant().as_str();
        let (mut known, restores) = (known.to_vec(), self.restores()?);
        for kept in self.kept_heads(i32::MAX as u32)? {
            let Some(kept) = kept.valid else {
                return Ok(Err(AuditBreak::Signature(kept.day)));
            };
            // Of the log that lay here before an older state was put back.
            if !restores.iter().any(|r| r.explains(&kept.head, Some(kept.day))) {
                known.push(kept.head);
            }
        }
        known.sort_by_key(|head| head.n);
        let mut known = known.into_iter().peekable();
        let mut here = AuditHead {
            n: 0,
            hash: genesis(tenant),
        };
        let mut fits = 0;
        let mut after = i64::MIN;
        loop {
            let rows = self.rows(&AFTER, values![after, PAGE])?;
            let last = rows.len() < PAGE as usize;
            for row in std::iter::once(None).chain(rows.iter().map(Some)) {
                if let Some(row) = row {
                    let n = here.n + 1;
                    let Some(hash) = follows(tenant, row, n, &here.hash) else {
                        return Ok(Err(AuditBreak::Row(n)));
                    };
                    here = AuditHead { n, hash };
                }
                while let Some(head) = known.next_if(|head| head.n == here.n) {
                    if head.hash != here.hash {
                        let (after, known) = (fits, head.n);
                        return Ok(Err(AuditBreak::Rewritten { after, known }));
                    }
                    fits = head.n;
                }
            }
            after = here.n;
            if last {
                break;
            }
        }
        self.check_end(here, known.last())
    }

    /// After the last row: nothing is missing behind it, and nothing hides elsewhere.
    fn check_end(&self, here: AuditHead, more: Option<AuditHead>) -> Result<Result<AuditHead, AuditBreak>> {
        let head = match self.row(&HEAD, &[])? {
            Some(row) => Some((row.int(0)?, row.bytes(1)?.to_vec())),
            None => None,
        };
        let until = more.map(|m| m.n).max(head.as_ref().map(|h| h.0)).unwrap_or(0);
        if until > here.n {
            let from = here.n + 1;
            return Ok(Err(AuditBreak::Cut { from, until }));
        }
        let count = self.row(&COUNT, &[])?.map_or(Ok(0), |r| r.int(0))?;
        let whole = match head {
            Some((n, hash)) => n == here.n && hash == here.hash,
            None => here.n == 0,
        };
        // Rows before the first number, or behind a head that knows fewer.
        Ok(if whole && count == here.n {
            Ok(here)
        } else {
            Err(AuditBreak::Row(here.n.min(until + 1)))
        })
    }

    /// The head as it stands.
    pub(crate) fn audit_head(&self) -> Result<AuditHead> {
        let Some(row) = self.row(&HEAD, &[])? else {
            let hash = genesis(self.tenant().as_str());
            return Ok(AuditHead { n: 0, hash });
        };
        let hash = row.bytes(1)?.try_into();
        Ok(AuditHead {
            n: row.int(0)?,
            hash: hash.map_err(|_| Error::Database("audit_head.hash".into()))?,
        })
    }
}
