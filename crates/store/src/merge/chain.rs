//! What an authority keeps of those that were merged into it: who they were, their logs, and the keys that their access
//! codes, links and receipts are checked with. None of these keys opens anything sealed.

use domain::{AuditHead, CaseId, SignedHead, TenantId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::audit::{RESTORED, follows, genesis, restores_in};
use crate::engine::{Row, values};
use crate::seal::Key;
use crate::sql::statements;
use crate::tenant::TenantTx;
use crate::{AuditBreak, AuditRestore, AuditRow, Error, Result, sign};

statements! { Tenant "merged";
    LIST = "select id, name, merged_at, public_key, n, hash, body from merged_authority where tenant = $1 \
        order by merged_at, id";
    ADD = "insert into merged_authority (tenant, id, name, merged_at, public_key, n, hash, body) \
        values ($1, $2, $3, $4, $5, $6, $7, $8)";
    AFTER = "select n, at, actor, event, case_id, prev_hash, hash from merged_audit \
        where tenant = $1 and authority = $2 and n > $3 order by n limit $4";
    ADD_ROW = "insert into merged_audit (tenant, authority, n, at, actor, event, case_id, prev_hash, hash) \
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    /// The day's own head stays.
    ADD_LAST = "insert into merged_audit_day (tenant, authority, day, n, hash, signature) \
        values ($1, $2, $3, $4, $5, $6) on conflict do nothing";
    DAYS = "select day, n, hash, signature from merged_audit_day where tenant = $1 and authority = $2 order by n";
    ADD_DAY = "insert into merged_audit_day (tenant, authority, day, n, hash, signature) values ($1, $2, $3, $4, $5, $6)";
    OF_CASE = "select n, at, actor, event, case_id, prev_hash, hash from merged_audit \
        where tenant = $1 and case_id = $2 order by at, authority, n";
    /// Also of those that came with one that came.
    SAID = "select actor from audit where tenant = $1 and event = $2 \
        union all select actor from merged_audit where tenant = $1 and event = $2";
    RESTORES = "select n, at, actor from merged_audit where tenant = $1 and authority = $2 and event = $3 order by n";
}

/// What came with an authority, and what did not: for its new lead, and for whoever runs the installation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Came {
    pub cases: i64,
    /// References of those that were running.
    pub open: Vec<String>,
    /// Names of its clerks, whose accounts are locked until a lead unlocks them.
    pub clerks: Vec<String>,
    /// What was named alike here, and what became of it; what does not hold any more.
    pub notes: Vec<String>,
}

/// An authority that was merged into this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergedAuthority {
    pub id: TenantId,
    pub name: String,
    pub at: Timestamp,
    /// With which its receipts are checked.
    pub public_key: [u8; sign::PUBLIC_KEY_LEN],
    /// Where its log ended.
    pub head: AuditHead,
    pub came: Came,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Body {
    /// 32 bytes, for comparing only.
    pub(super) access: Vec<u8>,
    pub(super) came: Came,
}

fn fixed<const N: usize>(row: &Row, column: usize) -> Result<[u8; N]> {
    let bytes = row.bytes(column)?.try_into();
    bytes.map_err(|_| Error::Database("merged_authority".into()))
}

/// What is wrong with what is kept of those that were merged into this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FormerBreak {
    /// It came, and nothing is kept of it.
    Gone(TenantId),
    /// What is kept of it ends elsewhere than the log says.
    Unsaid(TenantId),
    Log(TenantId, AuditBreak),
}

/// What the log says was done.
const MERGED: &str = "authority.merged";
/// Stands before the id and the last head of the one that came, in the place of who did it: the signed heads of this log
/// cover them.
const BY: &str = "merged:";

/// Rows of a log read at a time.
const PAGE: i64 = 1000;

impl TenantTx<'_> {
    fn merged_rows(&self) -> Result<Vec<(MergedAuthority, Body)>> {
        let read = |row: &Row| {
            let id = row.text(0)?;
            let body: Body = self.open("merged_authority", id, "body", row.bytes(6)?)?;
            let merged = MergedAuthority {
                id: TenantId::from(id),
                name: row.text(1)?.to_owned(),
                at: row.time(2)?,
                public_key: fixed(row, 3)?,
                head: AuditHead {
                    n: row.int(4)?,
                    hash: fixed(row, 5)?,
                },
                came: body.came.clone(),
            };
            Ok((merged, body))
        };
        self.rows(&LIST, &[])?.iter().map(read).collect()
    }

    /// Those that were merged into this one, in the order in which they came.
    pub fn merged(&self) -> Result<Vec<MergedAuthority>> {
        Ok(self.merged_rows()?.into_iter().map(|(merged, _)| merged).collect())
    }

    /// With their names, the keys that codes and links of theirs are checked with.
    pub(crate) fn former_access(&self) -> Result<Vec<(TenantId, Key)>> {
        let key = |(merged, body): (MergedAuthority, Body)| {
            let bytes: [u8; 32] = body
                .access
                .try_into()
                .map_err(|_| Error::Sealed("merged_authority".into()))?;
            Ok((merged.id, Key::from_bytes(bytes)))
        };
        self.merged_rows()?.into_iter().map(key).collect()
    }

    pub(super) fn add_merged(&mut self, merged: &MergedAuthority, access: &Key) -> Result<()> {
        let body = Body {
            access: access.bytes().to_vec(),
            came: merged.came.clone(),
        };
        let sealed = self.seal("merged_authority", merged.id.as_str(), "body", &body)?;
        self.execute(
            &ADD,
            values![
                merged.id.as_str(),
                merged.name.as_str(),
                merged.at,
                merged.public_key.as_slice(),
                merged.head.n,
                merged.head.hash.as_slice(),
                sealed
            ],
        )?;
        Ok(())
    }

    pub(super) fn note_merged(&mut self, merged: &MergedAuthority, now: Timestamp) {
        self.audit(&format!("{BY}{}:{}", merged.id, merged.head), MERGED, None, now);
    }

    pub(super) fn keep_last_head(&mut self, last: &SignedHead) -> Result<()> {
        let (hash, signature) = (last.head.hash.as_slice(), last.signature.as_slice());
        let row = values![last.authority.as_str(), last.day, last.head.n, hash, signature];
        self.execute(&ADD_LAST, row).map(drop)
    }

    /// Who came, and where each one's log ended, as the logs say.
    fn said(&self) -> Result<Vec<(TenantId, AuditHead)>> {
        let rows = self.rows(&SAID, values![MERGED])?;
        let read = |row: &Row| {
            let (id, head) = row.text(0).ok()?.strip_prefix(BY)?.split_once(':')?;
            Some((TenantId::from(id), AuditHead::parse(head)?))
        };
        Ok(rows.iter().filter_map(read).collect())
    }

    /// Is everything kept of those that came, as it came? `named`: those of whom the installation knows. This one's own
    /// log is to be checked with it: it says where theirs ended.
    ///
    /// # Errors
    /// The logs cannot be read.
    pub fn check_former(&self, named: &[TenantId]) -> Result<std::result::Result<Vec<MergedAuthority>, FormerBreak>> {
        let (said, kept) = (self.said()?, self.merged()?);
        let mut came = said.iter().map(|(id, _)| id).chain(named);
        if let Some(gone) = came.find(|id| !kept.iter().any(|m| m.id == **id)) {
            return Ok(Err(FormerBreak::Gone(gone.clone())));
        }
        for m in &kept {
            if !said.iter().any(|(id, head)| *id == m.id && *head == m.head) {
                return Ok(Err(FormerBreak::Unsaid(m.id.clone())));
            }
            if let Err(fault) = self.check_merged(m, &[])? {
                return Ok(Err(FormerBreak::Log(m.id.clone(), fault)));
            }
        }
        Ok(Ok(kept))
    }

    /// Every time that an older state of one that came was put back, as its key says.
    fn restores_of(&self, id: &TenantId) -> Result<Vec<AuditRestore>> {
        let former = self.former_access()?;
        let Some((_, access)) = former.iter().find(|(of, _)| of == id) else {
            return Ok(Vec::new());
        };
        let rows = self.rows(&RESTORES, values![id.as_str(), RESTORED])?;
        Ok(restores_in(&rows, access))
    }

    /// What a case's former authority logged of it.
    pub(crate) fn merged_case_audit(&self, case: &CaseId) -> Result<Vec<AuditRow>> {
        let rows = self.rows(&OF_CASE, values![case.as_str()])?;
        rows.iter().map(Self::audit_row).collect()
    }

    /// Is the log of one that was merged what it was? Its chain from the first row to the head with which it came, and
    /// its signed heads. `known`: heads of it that somebody kept.
    ///
    /// # Errors
    /// The log cannot be read.
    pub fn check_merged(
        &self,
        of: &MergedAuthority,
        known: &[AuditHead],
    ) -> Result<std::result::Result<(), AuditBreak>> {
        let id = of.id.as_str();
        let (mut known, restores) = (known.to_vec(), self.restores_of(&of.id)?);
        for row in self.rows(&DAYS, values![id])? {
            let day = row.date(0)?;
            let signed = SignedHead {
                authority: id.to_owned(),
                day,
                head: AuditHead {
                    n: row.int(1)?,
                    hash: fixed(&row, 2)?,
                },
                signature: fixed(&row, 3)?,
            };
            if !sign::verify(&of.public_key, signed.statement().as_bytes(), &signed.signature) {
                return Ok(Err(AuditBreak::Signature(day)));
            }
            // Of the log that lay there before an older state was put back.
            if !restores.iter().any(|r| r.explains(&signed.head, Some(day))) {
                known.push(signed.head);
            }
        }
        known.push(of.head);
        let (mut n, mut hash, mut fits, mut ended) = (0, genesis(id), 0, false);
        while !ended {
            let rows = self.rows(&AFTER, values![id, n, PAGE])?;
            ended = rows.len() < PAGE as usize;
            for row in &rows {
                let next = n + 1;
                let Some(found) = follows(id, row, next, &hash) else {
                    return Ok(Err(AuditBreak::Row(next)));
                };
                (n, hash) = (next, found);
                if known.iter().any(|h| h.n == n && h.hash != hash) {
                    return Ok(Err(AuditBreak::Rewritten { after: fits, known: n }));
                }
                if known.iter().any(|h| h.n == n) {
                    fits = n;
                }
            }
        }
        let until = known.iter().map(|h| h.n).max().unwrap_or(0);
        Ok(match until > n {
            true => Err(AuditBreak::Cut { from: n + 1, until }),
            false if n > of.head.n => Err(AuditBreak::Row(of.head.n + 1)),
            false => Ok(()),
        })
    }
}
