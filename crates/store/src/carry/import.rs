//! Into an installation: all or nothing. On PostgreSQL one transaction. On files the authority's own file is made beside
//! its place, checked, and put there before the shared tables name it: without a name nobody reads it.

use std::io::{BufRead, Read};
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use domain::{AuditHead, CaseId, TenantId};
use jiff::Timestamp;
use serde_json::Value as Json;

use super::envelope::{self, OpenWith};
use super::export::shared_part;
use super::lines::{In, Out, damaged};
use super::{Carried, FORMAT, Waiting, Who, mark, tables};
use crate::engine::postgres::NAME_TENANT;
use crate::engine::{Db, Tx, Value, sqlite, values};
use crate::migrate::{self, TENANT};
use crate::seal::Key;
use crate::shared::{SharedStore, authorities, packages, sessions};
use crate::store::{Backend, sync_folder};
use crate::tenant::{Context, Keys, TenantTx};
use crate::{Error, Result, Store, hints, roots, shared};

/// The authority's tables as they came in.
struct Tables {
    head: AuditHead,
    rows: i64,
    cases: i64,
    waiting: Waiting,
    /// Addresses and ids of its clerks.
    clerks: Vec<(String, String)>,
    made_under: Vec<String>,
    due: Option<Timestamp>,
}

/// What the other installation knew of it.
struct Known {
    references: Vec<(String, CaseId)>,
    /// Service, hash, bytes.
    packages: Vec<(String, String, Vec<u8>)>,
    digest: String,
}

fn field<'a>(line: &'a Json, name: &str) -> Result<&'a str> {
    line[name].as_str().ok_or_else(damaged)
}

fn decoded(text: &str) -> Result<Vec<u8>> {
    STANDARD_NO_PAD.decode(text).map_err(|_| damaged())
}

/// Who comes, with its key.
fn begin<R: BufRead>(from: &mut In<R>, store: &Store) -> Result<(Context, Key)> {
    let first = from.aside()?;
    if field(&first, "kommunal")? != "export" || first["format"] != FORMAT {
        return Err(Error::Setup(
            "Diese Datei hat ein Format, das dieses Programm nicht kennt. Nehmen Sie die neuere Fassung von kommunal."
                .into(),
        ));
    }
    let key: [u8; 32] = decoded(field(&first, "key")?)?.try_into().map_err(|_| damaged())?;
    let key = Key::from_bytes(key);
    let who: Who = serde_json::from_value(from.line()?).map_err(|_| damaged())?;
    from.parts.end();
    let known = TENANT.files.len() as i64;
    if who.tables != known {
        return Err(Error::Setup(format!(
            "Die Datei hat Tabellen vom Stand {}, dieses Programm vom Stand {known}. Bringen Sie beide Einrichtungen auf dieselbe Fassung von kommunal und geben Sie das Amt noch einmal aus.",
            who.tables
        )));
    }
    if !authorities::is_slug(&who.id) {
        return Err(damaged());
    }
    let context = Context {
        authority: who.authority()?,
        keys: Keys::new(&key)?,
        entropy: store.entropy().clone(),
    };
    if Who::of(&context)?.public_key != who.public_key {
        return Err(damaged());
    }
    Ok((context, key))
}

/// Rows of one table, those first that others refer to: rooms are parts of rooms.
fn in_order(mut rows: Vec<Vec<Value>>) -> Vec<Vec<Value>> {
    let parent = tables::ROOM_PARENT;
    let mut done: Vec<Vec<Value>> = Vec::with_capacity(rows.len());
    while !rows.is_empty() {
        let (now, later): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| {
            row.get(parent)
                .is_none_or(|p| *p == Value::Null || done.iter().any(|d| d.first() == Some(p)))
        });
        if now.is_empty() {
            // The foreign key says what is wrong.
            done.extend(later);
            break;
        }
        done.extend(now);
        rows = later;
    }
    done
}

/// The authority's tables, in the transaction that `tx` is; checks that what lies there now is what was sent.
fn take_tables<R: BufRead>(from: &mut In<R>, tx: &Tx<'_>, context: &Context) -> Result<Tables> {
    let mut t = TenantTx::over(tx, context);
    for table in tables::TABLES {
        if from.line()? != mark(table.name, table.columns) {
            return Err(damaged());
        }
        let add = |t: &mut TenantTx<'_>, row: &[Value]| {
            if row.len() != table.columns.split(", ").count() {
                return Err(damaged());
            }
            t.execute(table.add, row).map(drop)
        };
        if table.name == "room" {
            let mut rows = Vec::new();
            while let Some(row) = from.row()? {
                rows.push(row);
            }
            in_order(rows).iter().try_for_each(|row| add(&mut t, row))?;
            continue;
        }
        while let Some(row) = from.row()? {
            add(&mut t, &row)?;
        }
    }
    if from.line()? != mark("", "") {
        return Err(damaged());
    }
    let sent = from.parts.end();
    let mut again = Out::new(std::io::sink());
    let (rows, cases) = t.carry_tables(&mut again)?;
    if again.parts.end() != sent {
        return Err(Error::Database("carry: the rows are not those that came".into()));
    }
    let mut clerks = Vec::new();
    for clerk in t.clerks()? {
        clerks.push((clerk.email, clerk.id.0));
    }
    Ok(Tables {
        head: t.whole_log()?,
        rows,
        cases,
        waiting: t.waiting()?,
        clerks,
        made_under: t.made_under()?,
        due: t.next_job_due()?,
    })
}

fn text(row: &[Value], i: usize) -> Result<String> {
    match row.get(i) {
        Some(Value::Text(text)) => Ok(text.clone()),
        _ => Err(damaged()),
    }
}

/// References and versions of services, and the end of the file.
fn take_known<R: BufRead>(from: &mut In<R>) -> Result<Known> {
    let mut known = Known {
        references: Vec::new(),
        packages: Vec::new(),
        digest: String::new(),
    };
    if from.line()? != mark("reference_index", "reference, case_id") {
        return Err(damaged());
    }
    while let Some(row) = from.row()? {
        known.references.push((text(&row, 0)?, CaseId(text(&row, 1)?)));
    }
    if from.line()? != mark("package", "service, hash") {
        return Err(damaged());
    }
    while let Some(row) = from.row()? {
        let bytes = decoded(field(&from.aside()?, "b")?)?;
        schema::package::unpack(&bytes).map_err(|_| damaged())?;
        known.packages.push((text(&row, 0)?, text(&row, 1)?, bytes));
    }
    if from.line()? != mark("", "") {
        return Err(damaged());
    }
    known.digest = from.parts.end();
    let last = from.aside()?;
    if field(&last, "end")? != from.parts.whole() {
        return Err(damaged());
    }
    from.end()?;
    Ok(known)
}

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
                self.into_files(place, from, naming).await?
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

    async fn into_files<R: BufRead + Send + 'static>(
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_room_comes_after_the_room() {
        let room = |id: &str, parent: Option<&str>| vec![Value::from(id), Value::from("p"), Value::from(parent)];
        let sorted = in_order(vec![room("a", Some("b")), room("b", Some("c")), room("c", None)]);
        let ids: Vec<_> = sorted.iter().map(|r| r[0].clone()).collect();
        assert_eq!(ids, ["c", "b", "a"].map(Value::from));
        assert_eq!(in_order(vec![room("a", Some("gone"))]).len(), 1);
    }
}
