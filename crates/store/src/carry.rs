//! An authority moves: everything it owns into one sealed file, and out of it into another installation, whichever
//! engine either runs on. Rows move as they lie in the tables; what is sealed in them stays sealed under the authority's
//! own key, which goes along and is wrapped anew by the other root key. Nothing of it is opened on the way but the
//! addresses of its clerks, for their log-ins.
//!
//! What stays: sessions, counted wrong tries, and begun applications, which belong to no authority (ADR 15).

mod envelope;
pub(crate) mod erase;
mod export;
mod import;
mod lines;
pub(crate) mod tables;
mod take;

use domain::{AuditHead, TenantId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::engine::{Tx, values};
use crate::migrate::TENANT;
use crate::seal::hex;
use crate::sql::statements;
use crate::tenant::{Context, TenantTx};
use crate::{AuditBreak, Authority, Error, Result, sign};

pub use envelope::{OpenWith, SealFor};
pub use erase::Erased;
pub(crate) use export::unknown;
pub(crate) use take::in_order;

mod waiting {
    use super::statements;
    statements! { Tenant "carry";
        /// What carries counters reaches nobody.
        JOBS = "select kind, count(*) from job where tenant = $1 and state <> 'dead' and kind <> 'figures' \
            group by kind order by kind";
        MAILS = "select count(*) from outbox_mail where tenant = $1 and sent_at is null and given_up_at is null";
        /// Deliveries on their way to others.
        DELIVERIES = "select to_tenant, count(*) from delivery_out where tenant = $1 and delivered_at is null \
            group by to_tenant order by to_tenant";
        /// Versions of services that its cases were made under.
        MADE_UNDER = "select distinct service_hash from case_file where tenant = $1";
    }
}

mod shared {
    use super::statements;
    statements! { Shared "carry_shared";
        REFERENCES = "select reference, case_id from reference_index where tenant = $1 order by reference /*postgres:collate \"C\"*/";
        PACKAGE = "select service, body from package where hash = $1 order by service limit 1";
    }
}

/// Every list of statements of this module.
pub(crate) static ALL: &[&[&crate::sql::Sql]] = &[waiting::ALL, shared::ALL];

/// Of the file's form, not of the tables.
const FORMAT: i64 = 2;

/// What is still to be done for an authority, and moves with it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Kinds of jobs, and how many.
    pub jobs: Vec<(String, i64)>,
    pub mails: i64,
    /// Authorities that something is on its way to, and how much.
    pub deliveries: Vec<(TenantId, i64)>,
}

/// What was moved.
#[derive(Debug, Clone)]
pub struct Carried {
    pub id: TenantId,
    pub name: String,
    /// SHA-256 over everything that moves: the same before and after.
    pub digest: String,
    pub cases: i64,
    pub rows: i64,
    pub head: AuditHead,
    /// With which its receipts are checked; the same before and after.
    pub public_key: String,
    pub waiting: Waiting,
}

/// Who moves: the first part of the digest.
#[derive(Serialize, Deserialize)]
struct Who {
    id: String,
    name: String,
    level: String,
    codes: Vec<(String, String)>,
    created_at: i64,
    public_key: String,
    /// Number of the newest migration of its tables.
    tables: i64,
}

impl Who {
    fn of(context: &Context) -> Result<Who> {
        let a = &context.authority;
        let mut codes = a.codes.clone();
        codes.sort();
        Ok(Who {
            id: a.id.0.clone(),
            name: a.name.clone(),
            level: a.level.clone(),
            codes,
            created_at: a.created_at.as_millisecond(),
            public_key: hex(&sign::public_key_of(&context.keys.sign)?),
            tables: TENANT.files.len() as i64,
        })
    }

    fn authority(&self) -> Result<Authority> {
        Ok(Authority {
            id: TenantId(self.id.clone()),
            name: self.name.clone(),
            level: self.level.clone(),
            codes: self.codes.clone(),
            created_at: Timestamp::from_millisecond(self.created_at).map_err(|_| lines::damaged())?,
        })
    }
}

/// References that lead to this authority's cases.
pub(crate) fn references(tx: &Tx<'_>, tenant: &str) -> Result<Vec<(String, String)>> {
    let rows = tx.rows(&shared::REFERENCES, values![tenant])?;
    rows.iter()
        .map(|r| Ok((r.text(0)?.to_owned(), r.text(1)?.to_owned())))
        .collect()
}

/// Begins the rows of a table; without a name it ends a part.
fn mark(table: &str, columns: &str) -> Json {
    json!({"table": table, "columns": columns})
}

impl TenantTx<'_> {
    /// What waits to be done here.
    ///
    /// # Errors
    /// Those of the engine.
    pub fn waiting(&self) -> Result<Waiting> {
        let counted = |sql| -> Result<Vec<(String, i64)>> {
            let rows = self.rows(sql, &[])?;
            rows.iter().map(|r| Ok((r.text(0)?.to_owned(), r.int(1)?))).collect()
        };
        let deliveries = counted(&waiting::DELIVERIES)?;
        Ok(Waiting {
            jobs: counted(&waiting::JOBS)?,
            mails: self.row(&waiting::MAILS, &[])?.map_or(Ok(0), |r| r.int(0))?,
            deliveries: deliveries.into_iter().map(|(to, n)| (TenantId(to), n)).collect(),
        })
    }

    /// Writes every table; how many rows, and of them cases.
    fn carry_tables<W: std::io::Write>(&self, out: &mut lines::Out<W>) -> Result<(i64, i64)> {
        let (mut all, mut cases) = (0, 0);
        for table in tables::TABLES {
            out.line(&mark(table.name, table.columns))?;
            let mut from = table.first();
            let mut last = None;
            loop {
                let mut params = from.clone();
                params.push(table.page.into());
                let rows = self.rows(table.out, &params)?;
                let read = rows.len() as i64;
                for row in rows {
                    let key = table.key(&row.0);
                    // A page begins with the last row of the one before.
                    if last.as_ref() == Some(&key) && !key.is_empty() {
                        continue;
                    }
                    out.line(&lines::row(&row.0))?;
                    all += 1;
                    cases += i64::from(table.name == "case_file");
                    last = Some(key);
                }
                if read < table.page || table.keys.is_empty() {
                    break;
                }
                from = last.clone().unwrap_or_default();
            }
        }
        out.line(&mark("", ""))?;
        Ok((all, cases))
    }

    /// How many rows there are, and of them cases.
    pub(crate) fn count_rows(&self) -> Result<(i64, i64)> {
        let (mut all, mut cases) = (0, 0);
        for table in tables::TABLES {
            let n = self.row(table.count, &[])?.map_or(Ok(0), |r| r.int(0))?;
            all += n;
            cases += if table.name == "case_file" { n } else { 0 };
        }
        Ok((all, cases))
    }

    /// The head of the log, if it is whole.
    pub(crate) fn whole_log(&self) -> Result<AuditHead> {
        self.check_audit(&[])?.map_err(|fault| {
            let at = match fault {
                AuditBreak::Row(n) => format!("ab Zeile {n}"),
                AuditBreak::Cut { from, .. } => format!("ab Zeile {from}: Zeilen fehlen"),
                AuditBreak::Rewritten { after, .. } => format!("nach Zeile {after}"),
                AuditBreak::Signature(day) => format!("beim Tageswert vom {}", day.strftime("%d.%m.%Y")),
            };
            Error::Setup(format!(
                "Das Protokoll dieses Amts stimmt nicht ({at}). Es zieht erst um, wenn es geklärt ist: kommunal audit verify"
            ))
        })
    }

    fn made_under(&self) -> Result<Vec<String>> {
        let rows = self.rows(&waiting::MADE_UNDER, values![])?;
        let mut hashes: Vec<String> = rows.iter().map(|r| Ok(r.text(0)?.to_owned())).collect::<Result<_>>()?;
        hashes.sort_unstable();
        Ok(hashes)
    }
}
