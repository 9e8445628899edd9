//! Out of an installation: one consistent view of the authority's tables, then what the installation knows of it.

use std::io::Write;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use domain::TenantId;
use jiff::Timestamp;
use serde_json::json;

use super::envelope::{SealFor, Sealing};
use super::lines::{Out, row};
use super::{Carried, FORMAT, Who, mark, shared};
use crate::engine::{Tx, Value, values};
use crate::seal::Key;
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
    out.line(&mark("package", "service, hash"))?;
    for hash in made_under {
        // Cases from before packages were kept name none.
        let Some(package) = tx.row(&shared::PACKAGE, values![hash.as_str()])? else {
            continue;
        };
        out.line(&row(&[package.0[0].clone(), Value::from(hash.as_str())]))?;
        if bytes {
            out.aside(&json!({"b": STANDARD_NO_PAD.encode(package.bytes(1)?)}))?;
        }
    }
    out.line(&mark("", ""))
}

impl Store {
    async fn tenant_key(&self, id: &TenantId) -> Result<Key> {
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
        self.tenant(id).await.map_err(|e| match e {
            Error::Missing("tenant") => unknown(id),
            other => other,
        })
    }

    async fn write_out<W: Write + Send + 'static>(
        &self,
        tenant: &TenantStore,
        mut out: Out<W>,
        bytes: bool,
    ) -> Result<(Carried, Out<W>)> {
        let who = Who::of(&tenant.parts.context)?;
        out.line(&serde_json::to_value(&who)?)?;
        out.parts.end();
        let view = tenant.read(move |t| {
            let head = t.whole_log()?;
            let (rows, cases) = t.carry_tables(&mut out)?;
            out.parts.end();
            Ok::<_, Error>((out, head, rows, cases, t.waiting()?, t.made_under()?))
        });
        let (mut out, head, rows, cases, waiting, made_under) = view.await?;
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
            public_key: who.public_key,
            waiting,
        };
        Ok((carried, out))
    }
}

pub(super) fn unknown(id: &TenantId) -> Error {
    Error::Setup(format!(
        "Ein Amt „{id}“ gibt es hier nicht. Prüfen Sie die Kennung und den Ordner der Daten."
    ))
}
