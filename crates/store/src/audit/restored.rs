//! The row that says that an older state was put back. It explains heads that were kept of the log that lay here before:
//! without it they look as if rows had been cut. It carries a mark of the authority's key, so that nobody without the key
//! explains a cut away.

use domain::AuditHead;
use jiff::Timestamp;
use jiff::civil::Date;
use subtle::ConstantTimeEq as _;

use super::RESTORES;
use crate::Result;
use crate::engine::{Row, values};
use crate::seal::{Key, hex};
use crate::tenant::TenantTx;

/// What its row says was done.
pub(crate) const RESTORED: &str = "authority.restored";
/// Stands before the head of the log that lay here before, in the place of who did it.
const BY: &str = "restore:";
/// Nobody knows what lay here before.
const UNKNOWN: &str = "-";

/// That this log goes on from an older state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRestore {
    pub row: i64,
    pub at: Timestamp,
    /// The head of the log that lay here; `None`: an installation was put back as a whole, into an empty place.
    pub before: Option<AuditHead>,
}

impl AuditRestore {
    /// Is this a head of the log that lay here before? `day`: of which it was kept, if that is known. One of a later day
    /// is this log's.
    pub fn explains(&self, head: &AuditHead, day: Option<Date>) -> bool {
        let until_then = self.before.is_none_or(|last| head.n < last.n || *head == last);
        head.n >= self.row && until_then && day.is_none_or(|day| day <= domain::date_of(self.at))
    }
}

fn mark(access: &Key, row: i64, before: &str) -> String {
    let mac = access.mac(&[b"audit restore", &row.to_be_bytes(), before.as_bytes()]);
    hex(&mac[..16])
}

/// The restores that these rows (n, at, actor) name, as the key says whose log it is.
pub(crate) fn restores_in(rows: &[Row], access: &Key) -> Vec<AuditRestore> {
    let read = |row: &Row| {
        // A value of a wrong kind is a wrong row: `check_audit` names it.
        let (n, at, by) = (row.int(0).ok()?, row.time(1).ok()?, row.text(2).ok()?);
        let (before, said) = by.strip_prefix(BY)?.rsplit_once(':')?;
        let same = bool::from(mark(access, n, before).as_bytes().ct_eq(said.as_bytes()));
        same.then(|| AuditRestore {
            row: n,
            at,
            before: AuditHead::parse(before),
        })
    };
    rows.iter().filter_map(read).collect()
}

impl TenantTx<'_> {
    /// The first row after an older state was put back.
    pub(crate) fn note_restore(&mut self, before: Option<AuditHead>, now: Timestamp) -> Result<()> {
        let row = self.audit_head()?.n + self.audit.len() as i64 + 1;
        let before = before.map_or_else(|| UNKNOWN.to_owned(), |head| head.to_string());
        let by = format!("{BY}{before}:{}", mark(&self.keys().access, row, &before));
        self.audit(&by, RESTORED, None, now);
        Ok(())
    }

    /// Every time that an older state was put back, as this authority's key says.
    pub fn restores(&self) -> Result<Vec<AuditRestore>> {
        let rows = self.rows(&RESTORES, values![RESTORED])?;
        Ok(restores_in(&rows, &self.keys().access))
    }
}
