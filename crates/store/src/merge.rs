//! Two authorities become one: everything of the first goes to the second, sealed anew under its key, and the first is
//! erased. On PostgreSQL one transaction moves it. On files the first one's is set aside, so that nobody writes there any
//! more; one transaction of the second takes it in; then the shared tables name the second; then the first one's file
//! goes. A run that broke off is done to its end by the next one; one that was refused puts the file back.
//!
//! Belongs here: the order, what the installation knows, and what is refused. Not here: what becomes of a row
//! (`merge/reseal.rs`), what is kept of the first authority (`merge/chain.rs`).

mod chain;
mod reseal;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::{CaseId, TenantId};
use jiff::Timestamp;
use serde_json::json;

pub use chain::{Came, FormerBreak, MergedAuthority};

use crate::backup::Claim;
use crate::carry::{erase, tables};
use crate::engine::postgres::{ALONE, NAME_TENANT};
use crate::engine::{Tx, Value, sqlite, values};
use crate::migrate::{self, TENANT};
use crate::people::ACCOUNT;
use crate::shared::authorities;
use crate::sql::statements;
use crate::store::{Backend, blocking, sync_folder};
use crate::tenant::{Context, Keys, TenantTx};
use crate::{Authority, Error, Result, Store, TenantStore, hints, sign};
use reseal::{Left, Reseal};

statements! { Shared "merge";
    AT = "select into_tenant, at, done from merged where id = $1";
    ALL_DONE = "select m.id, m.into_tenant, a.name from merged as m join authority as a on a.id = m.into_tenant \
        where m.done = 1 order by m.id";
    UNFINISHED = "select id, into_tenant from merged where done = 0 or (id in (select id from authority) \
        and id not in (select tenant from tenant_key)) order by id";
    ALL_OF_THEM = "select id, into_tenant, done from merged order by id";
    KEY = "select 1 from tenant_key where tenant = $1";
    BEGIN = "insert into merged (id, into_tenant, at, done) values ($1, $2, $3, 0) on conflict (id) do nothing";
    NAME = "insert into merged (id, into_tenant, at, done) values ($1, $2, $3, 1) \
        on conflict (id) do update set into_tenant = excluded.into_tenant, done = 1";
    GIVE_UP = "delete from merged where id = $1 and done = 0";
    /// Those that were merged into the first one before.
    ONWARD = "update merged set into_tenant = $2 where into_tenant = $1";
    /// They go with the one that had what was theirs.
    FORGET = "delete from merged where into_tenant = $1";
    REFERENCES = "update reference_index set tenant = $2 where tenant = $1";
    LOGINS = "update login set tenant = $2 where tenant = $1";
}

/// Every list of statements of this module.
pub(crate) static LISTS: &[&[&crate::sql::Sql]] = &[ALL, chain::ALL, reseal::ALL];

/// Steps after which a run may break off; named for the tests that break it off there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MergeStep {
    /// It is written down that it begins; on files only.
    Begun,
    /// The first one's file is set aside; on files only.
    SetAside,
    /// Everything is at the second one, and committed; on files only.
    TakenIn,
    /// References, accounts and the name lead to the second one; the first one's key is gone.
    Named,
}

/// What would come.
#[derive(Debug, Clone)]
pub struct MergePreview {
    pub from: Authority,
    pub into: Authority,
    pub cases: i64,
    pub open: i64,
    pub clerks: Vec<String>,
    pub rooms: i64,
    pub waiting: crate::Waiting,
    /// Rooms of the same id in both.
    pub alike: Vec<String>,
    /// It was begun before and is brought to its end.
    pub begun: bool,
}

/// What came.
#[derive(Debug, Clone)]
pub struct Merged {
    pub name: String,
    pub into: String,
    pub came: Came,
    /// How it was seen that nothing is left of the first one.
    pub proofs: Vec<String>,
}

/// Where the data of an authority are now that is no more.
pub(crate) enum Whereabouts {
    /// It is what it was.
    Here,
    /// It is just being merged.
    Underway,
    Into(TenantId),
}

/// Looked up before an authority is opened.
pub(crate) fn whereabouts(tx: &Tx<'_>, id: &str) -> Result<Whereabouts> {
    let Some(row) = tx.row(&AT, values![id])? else {
        return Ok(Whereabouts::Here);
    };
    Ok(match row.flag(2)? {
        true => Whereabouts::Into(TenantId::from(row.text(0)?)),
        false => Whereabouts::Underway,
    })
}

/// Names what was merged into an authority that comes from elsewhere. A name that is somebody's here is not taken from
/// him: he would not be found any more.
pub(crate) fn name_again(tx: &Tx<'_>, merged: &[(String, i64)], into: &str) -> Result<()> {
    for (id, at) in merged {
        let elsewhere = match whereabouts(tx, id)? {
            Whereabouts::Here => None,
            Whereabouts::Underway => Some("es geht hier gerade in einem anderen auf: kommunal doctor".to_owned()),
            Whereabouts::Into(other) if other.as_str() == into => None,
            Whereabouts::Into(other) => Some(format!("hier ging es in „{other}“ auf.")),
        };
        let lives = authorities::load_row(tx, id)?.then(|| {
            format!(
                "hier lebt es und wäre nicht mehr zu erreichen. Wird es hier nicht mehr gebraucht, löschen Sie es \
                 zuerst: kommunal authority erase {id}"
            )
        });
        if let Some(why) = elsewhere.or(lives) {
            return setup(format!(
                "Das Amt „{into}“ wird nicht aufgenommen. In ihm ist das Amt „{id}“ aufgegangen, aber {why}"
            ));
        }
        tx.execute(&NAME, values![id.as_str(), into, *at])?;
    }
    Ok(())
}

/// One that was being merged was put back from a backup, and is what it was.
pub(crate) fn give_up(tx: &Tx<'_>, id: &str) -> Result<()> {
    tx.execute(&GIVE_UP, values![id]).map(drop)
}

/// Every merging that is known here, and whether it is at its end.
pub(crate) fn mergings(tx: &Tx<'_>) -> Result<Vec<(TenantId, TenantId, bool)>> {
    let rows = tx.rows(&ALL_OF_THEM, &[])?;
    let read = |r: &crate::engine::Row| Ok((r.text(0)?.into(), r.text(1)?.into(), r.flag(2)?));
    rows.iter().map(read).collect()
}

/// Authorities that are no more: their ids, and the id and name of the one that has what was theirs.
pub(crate) fn successors(tx: &Tx<'_>) -> Result<Vec<(TenantId, TenantId, String)>> {
    let rows = tx.rows(&ALL_DONE, &[])?;
    let read = |r: &crate::engine::Row| Ok((r.text(0)?.into(), r.text(1)?.into(), r.text(2)?.to_owned()));
    rows.iter().map(read).collect()
}

/// Mergings that are not at their end.
pub(crate) fn unfinished(tx: &Tx<'_>) -> Result<Vec<(String, String)>> {
    let rows = tx.rows(&UNFINISHED, &[])?;
    rows.iter()
        .map(|r| Ok((r.text(0)?.to_owned(), r.text(1)?.to_owned())))
        .collect()
}

fn aside_of(place: &Path) -> PathBuf {
    place.with_extension("db.zusammen")
}

/// Rows of the first one, read through `from` while the transaction is named after the second again afterwards.
fn page(t: &TenantTx<'_>, from: &TenantTx<'_>, table: &tables::Table, key: &[Value]) -> Result<Vec<Vec<Value>>> {
    let mut params = key.to_vec();
    params.push(table.page.into());
    named(t, from, |from| {
        Ok(from.rows(table.out, &params)?.into_iter().map(|r| r.0).collect())
    })
}

/// Looks at the first one's rows; on PostgreSQL row level security goes by the name.
fn named<R>(t: &TenantTx<'_>, from: &TenantTx<'_>, look: impl FnOnce(&TenantTx<'_>) -> Result<R>) -> Result<R> {
    t.tx().rows(&NAME_TENANT, values![from.tenant().as_str()])?;
    let seen = look(from)?;
    t.tx().rows(&NAME_TENANT, values![t.tenant().as_str()])?;
    Ok(seen)
}

/// Takes every table over, in one transaction of the second authority.
fn take_in(t: &mut TenantTx<'_>, from: &TenantTx<'_>, now: Timestamp) -> Result<Came> {
    let (head, former, rooms) = named(t, from, |f| Ok((f.whole_log()?, f.former_access()?, f.rooms(None)?)))?;
    let context = from.context();
    let own = (from.tenant().clone(), context.keys.access.clone());
    let mut reseal = Reseal::new(context, [vec![own], former].concat(), now);
    let mut notes = Vec::new();
    for room in rooms {
        if t.room(&room.room.id)?.is_some() {
            notes.push(format!(
                "Der Raum „{}“ hat eine neue Kennung: Die alte gab es schon.",
                room.room.name
            ));
            reseal.rooms.insert(room.room.id, t.entropy().id());
        }
    }
    for table in tables::TABLES {
        let (mut key, mut last) = (table.first(), None);
        let mut together = Vec::new();
        loop {
            let rows = page(t, from, table, &key)?;
            let read = rows.len() as i64;
            for row in rows {
                let at = table.key(&row);
                if last.as_ref() == Some(&at) && !at.is_empty() {
                    continue;
                }
                last = Some(at);
                match table.name {
                    "room" => together.push(row),
                    _ => reseal.take(t, table, row)?,
                }
            }
            if read < table.page || table.keys.is_empty() {
                break;
            }
            key = last.clone().unwrap_or_default();
        }
        for row in crate::carry::in_order(together) {
            reseal.take(t, table, row)?;
        }
    }
    notes.extend(left(&reseal));
    let came = Came {
        cases: reseal.count,
        open: reseal.open.iter().map(|(_, reference)| reference.clone()).collect(),
        clerks: reseal.clerks.clone(),
        notes,
    };
    let merged = MergedAuthority {
        id: from.tenant().clone(),
        name: context.authority.name.clone(),
        at: now,
        public_key: sign::public_key_of(&context.keys.sign)?,
        head,
        came: came.clone(),
    };
    t.add_merged(&merged, &context.keys.access)?;
    t.note_merged(&merged, now);
    let last = sign::head(&context.keys.sign, &merged.id, domain::date_of(now), head)?;
    t.keep_last_head(&last)?;
    let payload = json!({ "name": merged.name, "head": last.to_text(), "authority": merged.id.as_str() });
    t.add_job("mail_merged_head", &payload, now, None)?;
    for (id, _) in &reseal.open {
        tell(t, &CaseId(id.clone()), &merged.name, now)?;
    }
    Ok(came)
}

/// What held at the first one and does not hold here.
fn left(reseal: &Reseal<'_>) -> Vec<String> {
    let say = |(what, n): (&Left, &i64)| match (what, n) {
        (Left::Office, 1) => "Anschrift, Bankverbindung und Wappen: Es gelten die des neuen Amts.".to_owned(),
        (Left::Office, n) => {
            format!("Anschrift, Bankverbindung und Wappen für {n} Orte: Es gelten die des neuen Amts.")
        }
        (Left::Whole, 1) => "Eine Einstellung für das ganze Amt: Es gilt die des neuen Amts.".to_owned(),
        (Left::Whole, n) => format!("{n} Einstellungen für das ganze Amt: Es gelten die des neuen Amts."),
        (Left::OptIn, 1) => "Ob eine Leistung offen ist: Es gilt, was das neue Amt eingestellt hat.".to_owned(),
        (Left::OptIn, n) => {
            format!("Ob Leistungen offen sind, {n} Angaben: Es gilt, was das neue Amt eingestellt hat.")
        }
        (Left::Setting, 1) => "Werte einer Leistung, zum Beispiel Gebühren: Es gelten die des neuen Amts.".to_owned(),
        (Left::Setting, n) => {
            format!("Werte von {n} Leistungen, zum Beispiel Gebühren: Es gelten die des neuen Amts.")
        }
    };
    reseal.left.iter().map(say).collect()
}

/// A running case says in its history who decides now, and its applicant gets one mail.
fn tell(t: &mut TenantTx<'_>, case: &CaseId, from: &str, now: Timestamp) -> Result<()> {
    let key = t.case_key(case)?.ok_or(Error::Missing("case"))?;
    let text = format!("{}\n{from}", t.authority().name);
    t.add_event(case, &key, "merged", true, &text, &domain::Actor::System, now)?;
    t.add_job("mail_merged", &json!({ "case": case.as_str() }), now, None)?;
    Ok(())
}

/// The shared tables name the second one; the first one's key is gone. The wrapped key as it was.
fn name_second(tx: &Tx<'_>, from: &str, into: &str, now: Timestamp) -> Result<Vec<u8>> {
    tx.execute(&REFERENCES, values![from, into])?;
    tx.execute(&LOGINS, values![from, into])?;
    tx.execute(&ONWARD, values![from, into])?;
    tx.execute(&NAME, values![from, into, now])?;
    tx.execute(&hints::PUT, values![into, now])?;
    erase::shut(tx, from)
}

/// What somebody who still had the first one open wrote for it meanwhile: its references lead to the second, nobody is
/// logged in there.
fn tidy(tx: &Tx<'_>, from: &str, into: &str) -> Result<()> {
    tx.execute(&REFERENCES, values![from, into])?;
    erase::shut(tx, from).map(drop)
}

fn setup<T>(sentence: impl Into<String>) -> Result<T> {
    Err(Error::Setup(sentence.into()))
}

/// A run ends here as if it was killed: for tests.
fn killed(stop: Option<MergeStep>, step: MergeStep) -> Result<()> {
    match stop == Some(step) {
        true => Err(Error::Stopped),
        false => Ok(()),
    }
}

impl Store {
    /// The id and name of the authority that has what was this one's, if it was merged into another.
    pub fn successor(&self, id: &TenantId) -> Option<(TenantId, String)> {
        let known = self.0.successors.read().unwrap_or_else(|e| e.into_inner());
        known.get(id).cloned()
    }

    /// The one that has by now what was this one's: itself, unless it was merged into another.
    pub fn today(&self, id: &TenantId) -> TenantId {
        self.successor(id).map_or_else(|| id.clone(), |(into, _)| into)
    }

    /// Authorities that were merged into this one, as far as this process knows.
    pub fn predecessors(&self, of: &TenantId) -> Vec<TenantId> {
        let known = self.0.successors.read().unwrap_or_else(|e| e.into_inner());
        let theirs = known.iter().filter(|(_, (into, _))| into == of);
        theirs.map(|(id, _)| id.clone()).collect()
    }

    /// Reads anew which authorities were merged, e.g. by another process.
    ///
    /// # Errors
    /// Those of the engine.
    pub async fn learn_successors(&self) -> Result<()> {
        let found = self.shared().db.read(successors).await?;
        found.iter().for_each(|(id, ..)| self.let_go(id));
        let mut known = self.0.successors.write().unwrap_or_else(|e| e.into_inner());
        *known = found.into_iter().map(|(id, into, name)| (id, (into, name))).collect();
        Ok(())
    }

    /// One whose file was lost while it was being merged: its public key. `None`: it is not being merged.
    ///
    /// # Errors
    /// `Setup` when the merging can still be brought to its end.
    pub(crate) async fn lost_underway(&self, id: &TenantId) -> Result<Option<[u8; sign::PUBLIC_KEY_LEN]>> {
        let name = id.0.clone();
        let row = self.shared().db.read(move |tx| tx.row(&AT, values![name])).await?;
        let (Some(row), Backend::Files(data)) = (row, &self.0.backend) else {
            return Ok(None);
        };
        if row.flag(2)? {
            return Ok(None);
        }
        let into = TenantId::from(row.text(0)?);
        let key = sign::public_key_of(&Keys::new(&self.tenant_key(id).await?)?.sign)?;
        let place = data.join("tenants").join(format!("{id}.db"));
        let lies = aside_of(&place).exists() || (place.exists() && !sqlite::is_empty(&place)?);
        if lies || self.has_all(id, &self.tenant(&into).await?, Some(key)).await? {
            return setup(format!(
                "Das Amt „{id}“ geht gerade in „{into}“ auf. Bringen Sie das zuerst zu Ende: kommunal authority merge {id} {into}"
            ));
        }
        Ok(Some(key))
    }

    /// Who the two are; refuses what cannot be. `bool`: it was begun before.
    async fn merging(&self, from: &TenantId, into: &TenantId) -> Result<(Option<Authority>, TenantStore, bool)> {
        if from == into {
            return setup(
                "Das sind zweimal dasselbe Amt. Nennen Sie zuerst das, das aufgeht, dann das, in dem es aufgeht.",
            );
        }
        let name = from.0.clone();
        let known = self.shared().db.read(move |tx| tx.row(&AT, values![name])).await?;
        let first = self.shared().authority(from).await?;
        let (mut begun, mut named) = (false, false);
        if let Some(row) = known {
            let other = row.text(0)?;
            if other != into.as_str() {
                return setup(match row.flag(2)? {
                    true => format!("Das Amt „{from}“ ist schon in „{other}“ aufgegangen."),
                    false => format!(
                        "„{from}“ geht gerade in „{other}“ auf. Bringen Sie das zuerst zu Ende: kommunal authority merge {from} {other}"
                    ),
                });
            }
            if row.flag(2)? && first.is_none() {
                return setup(format!(
                    "Das Amt „{from}“ ist schon in „{other}“ aufgegangen; es ist nichts zu tun."
                ));
            }
            (begun, named) = (true, row.flag(2)?);
        }
        let Some(second) = self.shared().authority(into).await? else {
            return Err(crate::carry::unknown(into));
        };
        let Some(authority) = first else {
            return Err(crate::carry::unknown(from));
        };
        for who in [&authority, &second] {
            if who.level == ACCOUNT {
                return setup(format!(
                    "„{}“ ist kein Amt, sondern das Konto eines Vereins oder einer Person.",
                    who.id
                ));
            }
        }
        if self.successor(into).is_some() {
            return setup(format!("„{into}“ ist selbst schon aufgegangen."));
        }
        let second = self.tenant(into).await?;
        if named {
            self.took_in(from, &second).await?;
        }
        Ok((Some(authority), second, begun))
    }

    /// Refuses unless what is left of the first one may go: its key is gone, and the second has what was its.
    async fn took_in(&self, from: &TenantId, second: &TenantStore) -> Result<()> {
        let name = from.0.clone();
        let key = self.shared().db.read(move |tx| tx.row(&KEY, values![name])).await?;
        match key.is_none() && self.has_all(from, second, None).await? {
            true => Ok(()),
            false => setup(format!(
                "Hier ist vermerkt, dass „{from}“ in „{into}“ aufgegangen ist. Aber „{into}“ hat nicht, was „{from}“ \
                 gehört; es wird nichts gelöscht. Sichern Sie den Stand und prüfen Sie, woher der Vermerk kommt.",
                into = second.id()
            )),
        }
    }

    /// Has the second one taken in everything of this authority, with this public key?
    async fn has_all(&self, from: &TenantId, second: &TenantStore, key: Option<[u8; 32]>) -> Result<bool> {
        let id = from.clone();
        let is_it = move |m: &MergedAuthority| m.id == id && key.is_none_or(|key| m.public_key == key);
        second
            .read(move |t| Ok::<_, Error>(t.merged()?.iter().any(is_it)))
            .await
    }

    /// What would come, without changing anything.
    ///
    /// # Errors
    /// `Setup` with a sentence: what `merge_authority` would refuse, too.
    pub async fn merge_preview(&self, from: &TenantId, into: &TenantId) -> Result<MergePreview> {
        let (first, second, begun) = self.merging(from, into).await?;
        let mut preview = MergePreview {
            from: first.ok_or(Error::Missing("tenant"))?,
            into: second.authority().clone(),
            cases: 0,
            open: 0,
            clerks: Vec::new(),
            rooms: 0,
            waiting: crate::Waiting::default(),
            alike: Vec::new(),
            begun,
        };
        if begun {
            return Ok(preview);
        }
        let theirs = self.tenant(from).await?;
        let look = theirs.read(|t| {
            t.whole_log()?;
            let filter = crate::CaseFilter {
                tab: crate::Tab::Open,
                ..crate::CaseFilter::default()
            };
            let open = t.cases(&filter)?.total;
            Ok::<_, Error>((t.count_rows()?.1, open, t.clerks()?, t.rooms(None)?, t.waiting()?))
        });
        let (cases, open, clerks, rooms, waiting) = look.await?;
        let here = second.read(|t| t.rooms(None)).await?;
        let known: Vec<String> = here.into_iter().map(|r| r.room.id).collect();
        (preview.cases, preview.open, preview.waiting) = (cases, open, waiting);
        preview.clerks = clerks.into_iter().map(|c| c.name).collect();
        preview.rooms = rooms.len() as i64;
        let alike = rooms.into_iter().filter(|r| known.contains(&r.room.id));
        preview.alike = alike.map(|r| r.room.name).collect();
        Ok(preview)
    }

    /// Merges an authority into another one. `owner`: on PostgreSQL the address of the role that owns the tables, as for
    /// `erase`. `stop`: for tests.
    ///
    /// # Errors
    /// `Setup` with a sentence: no such authority, a broken log, a missing right. Before everything is at the second one
    /// nothing is changed by a refusal; after that the next run brings it to its end.
    pub async fn merge_authority(
        &self,
        from: &TenantId,
        into: &TenantId,
        owner: Option<&str>,
        now: Timestamp,
        stop: Option<MergeStep>,
    ) -> Result<Merged> {
        let (first, second, _) = self.merging(from, into).await?;
        let authority = first.ok_or(Error::Missing("tenant"))?;
        let name = from.0.clone();
        let at = self.shared().db.read(move |tx| whereabouts(tx, &name)).await?;
        let wrapped = match at {
            // Broken off after that.
            Whereabouts::Into(_) => {
                self.took_in(from, &second).await?;
                Vec::new()
            }
            _ => self.move_all(&authority, &second, now, stop).await?,
        };
        self.let_go(from);
        self.learn_successors().await?;
        killed(stop, MergeStep::Named)?;
        let (a, b) = (from.0.clone(), into.0.clone());
        self.shared().db.write(move |tx| tidy(tx, &a, &b)).await?;
        let proofs = match &self.0.backend {
            Backend::Server(pool) => self.erase_rows(pool, from, owner).await?.proofs,
            Backend::Files(data) => {
                let place = data.join("tenants").join(format!("{from}.db"));
                let name = from.0.clone();
                let aside = aside_of(&place);
                let cleared = move || {
                    if aside.exists() {
                        sqlite::empty(&aside, |tx| erase::rows_out(tx, &name))?;
                    }
                    Ok(())
                };
                blocking(cleared).await?;
                self.erase_file(data, from, move |_| Ok(Vec::new()), wrapped)
                    .await?
                    .proofs
            }
        };
        let id = from.clone();
        let merged = second.read(|t| t.merged()).await?;
        let came = merged
            .into_iter()
            .find(|m| m.id == id)
            .ok_or(Error::Missing("merged_authority"))?;
        Ok(Merged {
            name: came.name,
            into: second.authority().name.clone(),
            came: came.came,
            proofs,
        })
    }

    /// Everything to the second one, and the shared tables name it.
    async fn move_all(
        &self,
        authority: &Authority,
        second: &TenantStore,
        now: Timestamp,
        stop: Option<MergeStep>,
    ) -> Result<Vec<u8>> {
        let (from, into) = (authority.id.0.clone(), second.id().0.clone());
        let context = Arc::new(Context {
            authority: authority.clone(),
            keys: Keys::new(&self.tenant_key(&authority.id).await?)?,
            entropy: self.entropy().clone(),
        });
        let Backend::Files(data) = &self.0.backend else {
            let work = move |t: &mut TenantTx<'_>| {
                t.tx().rows(&ALONE, values![from.as_str()])?;
                if !matches!(whereabouts(t.tx(), &from)?, Whereabouts::Here) {
                    return Err(Error::Busy);
                }
                let theirs = TenantTx::over(t.tx(), &context);
                take_in(t, &theirs, now)?;
                name_second(t.tx(), &from, &into, now)
            };
            return second.write(work).await;
        };
        let place = data.join("tenants").join(format!("{}.db", authority.id));
        // Whatever an earlier version of this program wrote there is brought up to date while it still serves.
        let name = from.clone();
        if matches!(
            self.shared().db.read(move |tx| whereabouts(tx, &name)).await?,
            Whereabouts::Here
        ) {
            self.tenant(&authority.id).await?.read(|t| t.whole_log()).await?;
        }
        let (a, b) = (from.clone(), into.clone());
        self.shared()
            .db
            .write(move |tx| tx.execute(&BEGIN, values![a, b, now]))
            .await?;
        self.let_go(&authority.id);
        killed(stop, MergeStep::Begun)?;
        let moved = self.move_file(&place, context, second, now, stop).await;
        if let Err(error) = moved {
            if stop.is_none() {
                self.put_back(&place, &from, second).await?;
            }
            return Err(error);
        }
        let named = move |tx: &Tx<'_>| name_second(tx, &from, &into, now);
        self.shared().db.write(named).await
    }

    async fn move_file(
        &self,
        place: &Path,
        context: Arc<Context>,
        second: &TenantStore,
        now: Timestamp,
        stop: Option<MergeStep>,
    ) -> Result<()> {
        // A run that broke off after that, or a backup from then: what lies at the place is not needed.
        let key = sign::public_key_of(&context.keys.sign)?;
        if self.has_all(&context.authority.id, second, Some(key)).await? {
            return Ok(());
        }
        let (file, aside) = (place.to_owned(), aside_of(place));
        let set = move || {
            let _claim = Claim::of(&file)?;
            if file.exists() && !sqlite::is_empty(&file)? {
                // One that was copied before and never counted.
                sqlite::discard(&aside);
                sqlite::set_aside(&file, &aside, |_| sync_folder(&aside))?;
            }
            if !aside.exists() {
                return setup(format!(
                    "Die Datei {} fehlt. Spielen Sie dieses Amt aus der Sicherung zurück.",
                    file.display()
                ));
            }
            // Who still has it open sees that it is gone, and asks where it is now.
            sqlite::discard(&file);
            sqlite::create(&aside, |tx| migrate::run(tx, &TENANT))?;
            Ok(aside)
        };
        let aside = blocking(set).await?;
        killed(stop, MergeStep::SetAside)?;
        let work = move |t: &mut TenantTx<'_>| {
            // A run that broke off after this.
            if t.merged()?.iter().any(|m| m.id == context.authority.id) {
                return Ok(());
            }
            sqlite::look(&aside, |tx| take_in(t, &TenantTx::over(tx, &context), now))?;
            Ok::<_, Error>(())
        };
        second.write(work).await?;
        killed(stop, MergeStep::TakenIn)
    }

    /// It was refused: the first one's file goes back to its place, unless the second one has everything.
    async fn put_back(&self, place: &Path, from: &str, second: &TenantStore) -> Result<()> {
        if self.has_all(&TenantId(from.to_owned()), second, None).await? {
            return Ok(());
        }
        let place = place.to_owned();
        let back = move || {
            let _claim = Claim::of(&place)?;
            let aside = aside_of(&place);
            if aside.exists() && (!place.exists() || sqlite::is_empty(&place)?) {
                sqlite::discard(&place);
                std::fs::rename(&aside, &place).map_err(|e| Error::Setup(format!("{}: {e}.", place.display())))?;
                sync_folder(&place)?;
            }
            Ok(place.exists() && !sqlite::is_empty(&place)?)
        };
        // Without its file it stays closed: an empty one would take its place.
        if !blocking(back).await? {
            return Ok(());
        }
        let from = from.to_owned();
        self.shared().db.write(move |tx| give_up(tx, &from)).await
    }
}
