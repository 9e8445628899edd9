//! Out of an installation: one consistent view of the authority's tables, then what the installation knows of it.

use std::io::Write;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use domain::{AuditHead, TenantId};
use jiff::Timestamp;
use serde_json::json;

use super::envelope::{SealFor, Sealing};
use super::lines::{Out, row};
use super::{Carried, FORMAT, Waiting, Who, mark, shared};
use crate::engine::{Tx, Value, values};
use crate::seal::{Key, hex, sha256};
use crate::tenant::TenantTx;
use crate::{Error, Result, Store, TenantStore};

/// Lines of what the installation knows of an authority. A version of a service counts by its hash: its number is
/// another one elsewhere. The bytes follow where they are wanted.
pub(super) fn shared_part<W: Write>(
    tx: &Tx<'_>,
    tenant: &str,
    made_under: &[String],
    out: &mut Out<W>,
    bytes: bool,
) -> Result<()> {
    out.line(&mark("reference_index", "reference, case_id"))?;
    for reference in tx.rows(&shared::REFERENCES, values![tenant])? {
        out.line(&row(&reference.0))?;
    }
    out.line(&mark("package", "service, hash, sha256"))?;
    for hash in made_under {
        // Cases from before packages were kept name none.
        let Some(package) = tx.row(&shared::PACKAGE, values![hash.as_str()])? else {
            continue;
        };
        let sha256 = hex(&sha256(&[package.bytes(1)?]));
        out.line(&row(&[
            package.0[0].clone(),
            Value::from(hash.as_str()),
            Value::from(sha256),
        ]))?;
        if bytes {
            out.aside(&json!({"b": STANDARD_NO_PAD.encode(package.bytes(1)?)}))?;
        }
    }
    out.line(&mark("", ""))
}

/// The part that the authority owns, of one view.
struct Own<W> {
    out: Out<W>,
    head: AuditHead,
    rows: i64,
    cases: i64,
    waiting: Waiting,
    made_under: Vec<String>,
}

fn own_part<W: Write>(t: &TenantTx<'_>, mut out: Out<W>) -> Result<Own<W>> {
    out.line(&serde_json::to_value(Who::of(t.context())?)?)?;
    out.parts.end();
    let head = t.whole_log()?;
    let (rows, cases) = t.carry_tables(&mut out)?;
    out.parts.end();
    Ok(Own {
        out,
        head,
        rows,
        cases,
        waiting: t.waiting()?,
        made_under: t.made_under()?,
    })
}

/// Refuses unless the authority still has this digest. `t` is of a transaction beside which nobody writes for it;
/// `shared` looks into the shared tables.
pub(super) fn is_still<S>(t: &TenantTx<'_>, digest: &str, shared: S) -> Result<()>
where
    S: FnOnce(Box<dyn FnOnce(&Tx<'_>) -> Result<String> + Send>) -> Result<String>,
{
    let name = t.context().authority.id.0.clone();
    let Own {
        mut out, made_under, ..
    } = own_part(t, Out::new(std::io::sink()))?;
    let now = shared(Box::new(move |tx| {
        shared_part(tx, &name, &made_under, &mut out, false)?;
        out.parts.end();
        Ok(out.parts.whole())
    }))?;
    if now == digest {
        return Ok(());
    }
    Err(Error::Setup(
        "Das Amt hat nicht mehr diesen Prüfwert: Seit dem Ausgeben kam etwas hinzu. Geben Sie es noch einmal aus; nichts wurde gelöscht.".into(),
    ))
}

impl Store {
    pub(crate) async fn tenant_key(&self, id: &TenantId) -> Result<Key> {
        let name = id.0.clone();
        let load = move |tx: &Tx<'_>| crate::shared::authorities::load(tx, &name);
        let (_, sealed) = self.shared().db.read(load).await?.ok_or_else(|| unknown(id))?;
        sealed.open(&self.0.roots.wrapper(sealed.root.clone()).await?)
    }

    /// Writes everything that an authority owns into one sealed file. It is a copy: the authority goes on working here
    /// until it is erased. Refused when its log is not whole.
    ///
    /// # Errors
    /// `Setup` with a sentence: no such authority, no room, a broken log.
    pub async fn export<W: Write + Send + 'static>(
        &self,
        id: &TenantId,
        to: W,
        seal: &SealFor,
        now: Timestamp,
    ) -> Result<(Carried, W)> {
        let tenant = self.known(id).await?;
        let key = self.tenant_key(id).await?;
        let mut out = Out::new(Sealing::begin(to, seal)?);
        out.aside(&json!({"kommunal": "export", "format": FORMAT, "at": now.to_string(), "key": STANDARD_NO_PAD.encode(key.bytes())}))?;
        drop(key);
        let (carried, mut out) = self.write_out(&tenant, out, true).await?;
        out.aside(&json!({"end": carried.digest, "rows": carried.rows}))?;
        Ok((carried, out.to.finish()?))
    }

    /// The digest that an export would have now.
    ///
    /// # Errors
    /// Those of `export`.
    pub async fn carry_digest(&self, id: &TenantId) -> Result<Carried> {
        let tenant = self.known(id).await?;
        Ok(self.write_out(&tenant, Out::new(std::io::sink()), false).await?.0)
    }

    pub(super) async fn known(&self, id: &TenantId) -> Result<TenantStore> {
        match self.tenant(id).await {
            // What was merged into another is no authority of its own.
            Ok(tenant) if tenant.id() != id => Err(unknown(id)),
            Err(Error::Missing("tenant")) => Err(unknown(id)),
            other => other,
        }
    }

    async fn write_out<W: Write + Send + 'static>(
        &self,
        tenant: &TenantStore,
        out: Out<W>,
        bytes: bool,
    ) -> Result<(Carried, Out<W>)> {
        let public_key = Who::of(&tenant.parts.context)?.public_key;
        let Own {
            mut out,
            head,
            rows,
            cases,
            waiting,
            made_under,
        } = tenant.read(move |t| own_part(t, out)).await?;
        let id = tenant.id().clone();
        let name = id.0.clone();
        let db = self.shared().db;
        let shared = db.read(move |tx| {
            shared_part(tx, &name, &made_under, &mut out, bytes)?;
            out.parts.end();
            Ok::<_, Error>(out)
        });
        let out = shared.await?;
        let carried = Carried {
            name: tenant.authority().name.clone(),
            id,
            digest: out.parts.whole(),
            cases,
            rows,
            head,
            public_key,
            waiting,
        };
        Ok((carried, out))
    }
}

pub(crate) fn unknown(id: &TenantId) -> Error {
    Error::Setup(format!(
        "Ein Amt „{id}“ gibt es hier nicht. Prüfen Sie die Kennung und den Ordner der Daten."
    ))
}
