//! What an older state has to know before it is put back: who may do what by now, what was erased and taken back since,
//! what was signed of the log. Belongs here: reading that from the state that lies here, and writing it into the older
//! one, in one transaction, before anybody can open it. Not here: files and their places (`restore.rs`, `place.rs`).

use std::path::Path;

use domain::{AuditHead, TenantId};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::carry::Waiting;
use crate::carry::tables::{TABLES, Table};
use crate::engine::{Row, Value, sqlite};
use crate::migrate::{self, TENANT};
use crate::sql::{Sql, statements};
use crate::tenant::{Context, TenantTx};
use crate::{ErasedCase, Error, Proof, Result};

statements! { Tenant "backup_onward";
    ERASURES = "select id, from_tenant, received_at from delivery_in where tenant = $1 and kind = 'consult_erased' order by id";
    TAKEN_BACK = "select id, revoked_at from consultation where tenant = $1 and incoming = 0 and revoked_at is not null order by id";
}

/// Every list of statements of this module.
pub(crate) static STATEMENTS: &[&Sql] = ALL;

/// Who works here and who acts for an account: the first names them, and without a row in it the older state's stay.
const RIGHTS: [&[&str]; 2] = [&["clerk", "second_factor", "calendar_feed"], &["member"]];

/// What lies here now and has to hold on.
struct Since {
    rights: Vec<(&'static Table, Vec<Row>)>,
    erased: Vec<ErasedCase>,
    /// Messages by which others had their questions erased: id, whose, when.
    erasures: Vec<(String, TenantId, Timestamp)>,
    taken_back: Vec<(String, Timestamp)>,
    /// Day, n, hash, signature.
    heads: Vec<Row>,
    head: AuditHead,
}

/// What the shared tables have to know of an authority that was put back.
pub(super) struct Settled {
    /// Addresses and ids.
    pub(super) clerks: Vec<(String, String)>,
    /// What logs members of an account in, and their ids.
    pub(super) members: Vec<(Proof, String)>,
    pub(super) waiting: Waiting,
    pub(super) due: Option<Timestamp>,
}

fn table(name: &str) -> Result<&'static Table> {
    TABLES.iter().find(|t| t.name == name).ok_or(Error::Missing("table"))
}

impl TenantTx<'_> {
    fn all_of(&self, table: &Table) -> Result<Vec<Row>> {
        let mut params = table.first();
        params.push(Value::Int(i64::MAX));
        self.rows(table.out, &params)
    }

    fn since(&self) -> Result<Since> {
        let mut rights = Vec::new();
        for group in RIGHTS {
            let tables = group.iter().map(|name| table(name)).collect::<Result<Vec<_>>>()?;
            let rows = tables.iter().map(|t| self.all_of(t)).collect::<Result<Vec<_>>>()?;
            if rows.first().is_some_and(|named| !named.is_empty()) {
                rights.extend(tables.into_iter().zip(rows));
            }
        }
        let erasures = self.rows(&ERASURES, &[])?;
        let taken_back = self.rows(&TAKEN_BACK, &[])?;
        Ok(Since {
            rights,
            erased: self.erased_cases(u32::MAX)?,
            erasures: erasures
                .iter()
                .map(|r| Ok((r.text(0)?.to_owned(), TenantId::from(r.text(1)?), r.time(2)?)))
                .collect::<Result<_>>()?,
            taken_back: taken_back
                .iter()
                .map(|r| Ok((r.text(0)?.to_owned(), r.time(1)?)))
                .collect::<Result<_>>()?,
            heads: self.all_of(table("audit_day")?)?,
            head: self.audit_head()?,
        })
    }

    fn take_over(&mut self, since: &Since, now: Timestamp) -> Result<()> {
        for (table, _) in since.rights.iter().rev() {
            self.execute(table.erase, &[])?;
        }
        for (table, rows) in &since.rights {
            for row in rows {
                self.execute(table.add, &row.0)?;
            }
        }
        for row in &since.heads {
            let day: Date = row.date(0)?;
            self.put_head(day, row.int(1)?, row.bytes(2)?, row.bytes(3)?)?;
        }
        self.erase_again(&since.erased, now)?;
        for (message, from, at) in &since.erasures {
            if self.receive(message, from, "consult_erased", *at)? {
                self.erase_told(message, now)?;
            }
        }
        for (id, at) in &since.taken_back {
            self.revoke_consultation(id, *at)?;
        }
        Ok(())
    }
}

/// Settles an older state before it is put in the place of the one in `now_here`.
pub(super) fn settle(older: &Path, now_here: Option<&Path>, context: &Context, now: Timestamp) -> Result<Settled> {
    let since = now_here
        .map(|path| sqlite::look(path, |tx| TenantTx::over(tx, context).since()))
        .transpose()?;
    sqlite::change(older, |tx| {
        migrate::run(tx, &TENANT)?;
        let mut t = TenantTx::over(tx, context);
        t.note_restore(since.as_ref().map(|s| s.head), now)?;
        if let Some(since) = &since {
            t.take_over(since, now)?;
        }
        t.write_audit()?;
        Ok(Settled {
            clerks: t.clerks()?.into_iter().map(|c| (c.email, c.id.0)).collect(),
            members: crate::people::proofs_of(t.members()?),
            waiting: t.waiting()?,
            due: t.next_job_due()?,
        })
    })
}

/// Settles one of a whole installation: nobody knows what lay here. What went to others since the backup began goes once
/// more, for their copies may be from before.
pub(super) fn settle_alone(file: &Path, context: &Context, since: Timestamp, now: Timestamp) -> Result<()> {
    sqlite::change(file, |tx| {
        migrate::run(tx, &TENANT)?;
        let mut t = TenantTx::over(tx, context);
        t.note_restore(None, now)?;
        t.send_again(&[], since, now)?;
        t.write_audit()
    })
}
