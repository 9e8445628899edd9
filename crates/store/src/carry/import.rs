//! Into an installation: all or nothing. On PostgreSQL one transaction. On files the authority's own file is made beside
//! its place, checked, and put there before the shared tables name it: without a name nobody reads it.

use std::io::{BufRead, Read};
use std::path::PathBuf;

use domain::TenantId;
use jiff::Timestamp;

use super::envelope::{self, OpenWith};
use super::export::shared_part;
use super::lines::{In, Out, damaged};
use super::take::{Known, Tables, begin, take_known, take_tables};
use super::{Carried, Who};
use crate::engine::postgres::NAME_TENANT;
use crate::engine::{Db, Tx, sqlite, values};
use crate::migrate::{self, TENANT};
use crate::seal::Key;
use crate::shared::{SharedStore, account_log_ins, authorities, packages, sessions};
use crate::store::{Backend, sync_folder};
use crate::tenant::Context;
use crate::{Error, Result, Store, hints, merge, roots, shared};

fn exists(id: &TenantId) -> Error {
    Error::Setup(format!(
        "Das Amt „{id}“ gibt es hier schon; es wird nicht überschrieben. Soll die Datei gelten, löschen Sie es zuerst: kommunal authority erase {id}"
    ))
}

/// The shared tables name the authority. Its key is wrapped by `wrap`, of the root key `under`.
struct Naming {
    context: std::sync::Arc<Context>,
    key: Key,
    wrap: Key,
    under: String,
    shared: SharedStore,
    now: Timestamp,
}

impl Naming {
    /// Refuses before any work is done.
    fn is_new(&self, tx: &Tx<'_>) -> Result<()> {
        if roots::current(tx)? != self.under {
            return Err(Error::Setup(
                "Der Hauptschlüssel wird gerade gewechselt. Führen Sie den Befehl noch einmal aus.".into(),
            ));
        }
        if let merge::Whereabouts::Into(other) = merge::whereabouts(tx, self.context.authority.id.as_str())? {
            return Err(Error::Setup(format!(
                "Das Amt „{}“ ist hier in „{other}“ aufgegangen; es kommt nicht als eigenes wieder.",
                self.context.authority.id
            )));
        }
        match authorities::load_row(tx, self.context.authority.id.as_str())? {
            true => Err(exists(&self.context.authority.id)),
            false => Ok(()),
        }
    }

    fn write(&self, tx: &Tx<'_>, tables: &Tables, known: &Known) -> Result<()> {
        self.is_new(tx)?;
        let a = &self.context.authority;
        let id = a.id.as_str();
        authorities::create_with(tx, a, &self.key, &self.wrap, &self.under, &self.context.entropy)?;
        let mut taken = 0;
        for (reference, case) in &known.references {
            taken += 1 - tx.execute(&shared::RESERVE, values![reference.as_str(), id, case.as_str()])?;
        }
        if taken > 0 {
            return Err(Error::Setup(format!(
                "{taken} Aktenzeichen dieses Amts gehören hier schon zu einem anderen. Das kommt vor, wenn Vorgänge übergeben wurden und ein älterer Stand zurückkommt."
            )));
        }
        for (email, clerk) in &tables.clerks {
            let hash = self.shared.email_hash(email);
            taken += 1 - tx.execute(&sessions::LOGIN_ADD, values![hash, id, clerk.as_str()])?;
        }
        if taken > 0 {
            return Err(Error::Setup(format!(
                "{taken} E-Mail-Adressen dieses Amts haben hier schon ein Konto bei einem anderen Amt. Ändern Sie sie in einem der beiden."
            )));
        }
        for (proof, member) in &tables.members {
            tx.execute(&account_log_ins::NAME, &self.shared.naming_of(proof, id, member))?;
        }
        merge::name_again(tx, &tables.merged, id)?;
        for (service, hash, bytes) in &known.packages {
            packages::keep(tx, service, hash, bytes, self.now)?;
        }
        let mut again = Out::new(std::io::sink());
        shared_part(tx, id, &tables.made_under, &mut again, false)?;
        if again.parts.end() != known.digest {
            return Err(Error::Database("carry: the references are not those that came".into()));
        }
        match tables.due {
            Some(due) => tx.execute(&hints::PUT, values![id, due]).map(drop),
            None => Ok(()),
        }
    }
}

impl Store {
    /// Takes an authority in from a file of `export`: its rows as they are, its key wrapped by this installation's root
    /// key. All or nothing; one that exists is not touched.
    ///
    /// # Errors
    /// `Setup` with a sentence: wrong code, a damaged file, an authority or an account that exists here.
    pub async fn import<R: Read + Send + 'static>(&self, from: R, with: &OpenWith, now: Timestamp) -> Result<Carried> {
        let under = self.shared().db.read(roots::named).await?;
        let wrap = self.0.roots.wrapper(under.clone()).await?;
        let (store, with) = (self.clone(), with.clone());
        let opened = tokio::task::spawn_blocking(move || {
            let mut from = In::new(envelope::open(from, &with)?);
            let (context, key) = begin(&mut from, &store)?;
            Ok::<_, Error>((from, context, key))
        });
        let (mut from, context, key) = opened.await.map_err(|_| damaged())??;
        let naming = std::sync::Arc::new(Naming {
            context: std::sync::Arc::new(context),
            key,
            wrap,
            under,
            shared: self.shared(),
            now,
        });
        let context = naming.context.clone();
        let (digest, tables) = match &self.0.backend {
            Backend::Server(pool) => {
                let work = move |tx: &Tx<'_>| {
                    naming.is_new(tx)?;
                    tx.rows(&NAME_TENANT, values![naming.context.authority.id.as_str()])?;
                    let tables = take_tables(&mut from, tx, &naming.context)?;
                    let known = take_known(&mut from)?;
                    naming.write(tx, &tables, &known)?;
                    Ok::<_, Error>((from.parts.whole(), tables))
                };
                Db::postgres(pool.clone(), None).write(work).await?
            }
            Backend::Files(data) => {
                let place = data.join("tenants").join(format!("{}.db", context.authority.id));
                self.make_file(place, from, naming).await?
            }
        };
        let who = Who::of(&context)?;
        Ok(Carried {
            id: context.authority.id.clone(),
            name: context.authority.name.clone(),
            digest,
            cases: tables.cases,
            rows: tables.rows,
            head: tables.head,
            public_key: who.public_key,
            waiting: tables.waiting,
        })
    }

    async fn make_file<R: BufRead + Send + 'static>(
        &self,
        place: PathBuf,
        mut from: In<R>,
        naming: std::sync::Arc<Naming>,
    ) -> Result<(String, Tables)> {
        let check = naming.clone();
        self.shared().db.write(move |tx| check.is_new(tx)).await?;
        if place.exists() {
            return Err(Error::Setup(format!(
                "Die Datei {} liegt schon da und gehört zu keinem Amt. Nehmen Sie sie fort und führen Sie den Befehl noch einmal aus.",
                place.display()
            )));
        }
        let (beside, context) = (place.with_extension("db.neu"), naming.context.clone());
        let work = move || {
            sqlite::discard(&beside);
            let made = sqlite::create(&beside, |tx| {
                migrate::run(tx, &TENANT)?;
                let tables = take_tables(&mut from, tx, &context)?;
                let known = take_known(&mut from)?;
                Ok((tables, known))
            });
            let kept = made.and_then(|made| {
                std::fs::rename(&beside, &place).map_err(|e| super::lines::broken(&e))?;
                sync_folder(&place)?;
                Ok((from.parts.whole(), made, place))
            });
            if kept.is_err() {
                sqlite::discard(&beside);
            }
            kept
        };
        let done = tokio::task::spawn_blocking(work).await;
        let (digest, (tables, known), place) = done.unwrap_or_else(|_| Err(damaged()))?;
        let db = self.shared().db;
        let named = db.write(move |tx| {
            naming.write(tx, &tables, &known)?;
            Ok::<_, Error>(tables)
        });
        match named.await {
            Ok(tables) => Ok((digest, tables)),
            Err(error) => {
                sqlite::discard(&place);
                Err(error)
            }
        }
    }
}
