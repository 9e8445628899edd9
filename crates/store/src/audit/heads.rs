//! The signed head of each day.

use domain::{AuditHead, SignedHead};
use jiff::civil::Date;

use super::{KEEP_HEAD, KEPT_HEADS};
use crate::engine::{Row, values};
use crate::tenant::TenantTx;
use crate::{Result, sign};

/// Days in which the head before today's is looked for.
const LOOKED_BACK: u32 = 60;

/// A day's head as it is kept; `None`: not what this authority signed.
pub(super) struct Kept {
    pub(super) day: Date,
    pub(super) valid: Option<SignedHead>,
}

impl TenantTx<'_> {
    fn kept(&self, row: &Row, key: &[u8; sign::PUBLIC_KEY_LEN]) -> Result<Kept> {
        let day = row.date(0)?;
        let signed = |row: &Row| {
            Some(SignedHead {
                authority: self.tenant().0.clone(),
                day,
                head: AuditHead {
                    n: row.int(1).ok()?,
                    hash: row.bytes(2).ok()?.try_into().ok()?,
                },
                signature: row.bytes(3).ok()?.try_into().ok()?,
            })
        };
        let valid = signed(row).filter(|s| sign::verify(key, s.statement().as_bytes(), &s.signature));
        Ok(Kept { day, valid })
    }

    pub(super) fn kept_heads(&self, limit: u32) -> Result<Vec<Kept>> {
        let rows = self.rows(&KEPT_HEADS, values![i64::from(limit)])?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let key = sign::public_key_of(&self.keys().sign)?;
        rows.iter().map(|row| self.kept(row, &key)).collect()
    }

    /// The signed heads of the last days, latest first. One whose signature is wrong is left out: `check_audit` names
    /// it.
    pub fn signed_heads(&self, limit: u32) -> Result<Vec<SignedHead>> {
        Ok(self.kept_heads(limit)?.into_iter().filter_map(|k| k.valid).collect())
    }

    /// Signs and keeps the head of this day, once: later on the same day it is the one that was kept. With it, whether
    /// rows came in since the head before.
    ///
    /// # Errors
    /// `Sealed` when the key can't be made.
    pub fn keep_head(&mut self, day: Date) -> Result<Option<(SignedHead, bool)>> {
        let head = self.audit_head()?;
        let signed = sign::head(&self.keys().sign, self.tenant(), day, head)?;
        self.put_head(day, head.n, &head.hash, &signed.signature)?;
        let latest = self.signed_heads(LOOKED_BACK)?;
        let Some(kept) = latest.iter().find(|s| s.day == day).cloned() else {
            return Ok(None);
        };
        // Heads of a log that an older state took the place of are further on: they are not the ones before this.
        let earlier = |s: &&SignedHead| s.day < day && s.head.n <= kept.head.n;
        let before = latest.iter().find(earlier).map_or(0, |s| s.head.n);
        let news = kept.head.n > before;
        Ok(Some((kept, news)))
    }

    pub(crate) fn put_head(&mut self, day: Date, n: i64, hash: &[u8], signature: &[u8]) -> Result<()> {
        self.execute(&KEEP_HEAD, values![day, n, hash, signature])?;
        Ok(())
    }
}
