//! What became of each published version: proposed, approved by a second person from a day on, refused, withdrawn. Who
//! did it is the number of an account of the competence centre; its name stands in the centre's own data.

use jiff::Timestamp;
use jiff::civil::Date;

use super::packages;
use crate::engine::{Row, Tx, Value, values};
use crate::shared::SharedStore;
use crate::sql::statements;
use crate::{Error, Origin, Proposal, Result, Unapproved, Version, VersionDeed, VersionState};

statements! { Shared "versions";
    /// Two hosts that start at once, two people who decide at once: the second waits.
    LOCK = "select 1/*postgres: from pg_advisory_xact_lock(7046029254386353132)*/";
    ALL_OF = "select id, service, n, version, hash, origin, state, valid_from, proposed_by, proposed_at, note, \
        decided_by, decided_at, withdrawn_by, withdrawn_at, why from service_version \
        where ($1 = '' or service = $1) order by service, n desc";
    ONE = "select id, service, n, version, hash, origin, state, valid_from, proposed_by, proposed_at, note, \
        decided_by, decided_at, withdrawn_by, withdrawn_at, why from service_version where id = $1";
    EXAMPLES = "select examples from service_version where id = $1";
    NEXT = "select coalesce(max(n), 0) + 1 from service_version where service = $1";
    ADD = "insert into service_version (service, n, id, version, hash, origin, state, valid_from, proposed_by, \
        proposed_at, note, decided_at, why, examples) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, '', $13)";
    DECIDE = "update service_version set state = $2, valid_from = $3, decided_by = $4, decided_at = $5, why = $6 \
        where id = $1 and state = 'proposed'";
    WITHDRAW = "update service_version set state = 'withdrawn', withdrawn_by = $2, withdrawn_at = $3, why = $4 \
        where id = $1 and state = 'approved'";
}

fn version(row: &Row) -> Result<Version> {
    let odd = |what: &str| Error::Database(format!("service_version.{what}"));
    Ok(Version {
        id: row.text(0)?.to_owned(),
        service: row.text(1)?.to_owned(),
        n: row.int(2)?,
        version: row.int(3)?,
        hash: row.text(4)?.to_owned(),
        origin: Origin::read(row.text(5)?).ok_or_else(|| odd("origin"))?,
        state: VersionState::read(row.text(6)?).ok_or_else(|| odd("state"))?,
        valid_from: row.date(7)?,
        proposed_by: row.text(8)?.to_owned(),
        proposed_at: row.time(9)?,
        note: row.text(10)?.to_owned(),
        decided_by: row.opt_text(11)?.map(str::to_owned),
        decided_at: row.opt_time(12)?,
        withdrawn_by: row.opt_text(13)?.map(str::to_owned),
        withdrawn_at: row.opt_time(14)?,
        why: row.text(15)?.to_owned(),
    })
}

fn all(tx: &Tx<'_>, service: &str) -> Result<Vec<Version>> {
    tx.rows(&ALL_OF, values![service])?.iter().map(version).collect()
}

fn one(tx: &Tx<'_>, id: &str) -> Result<Option<Version>> {
    tx.row(&ONE, values![id])?.as_ref().map(version).transpose()
}

/// Those that new applications could use on a day, the one they do use first.
pub(crate) fn in_force(versions: &[Version], today: Date) -> Vec<&Version> {
    let fits = |v: &&Version| v.state == VersionState::Approved && v.valid_from <= today;
    let mut found: Vec<&Version> = versions.iter().filter(fits).collect();
    found.sort_by_key(|v| std::cmp::Reverse((v.valid_from, v.n)));
    found
}

struct New<'a> {
    service: &'a str,
    hash: &'a str,
    origin: Origin,
    state: VersionState,
    valid_from: Date,
    by: &'a str,
    note: &'a str,
    examples: &'a [u8],
}

impl SharedStore {
    fn put_version(&self, tx: &Tx<'_>, new: &New<'_>, bytes: &[u8], now: Timestamp) -> Result<Version> {
        let number = packages::put(tx, new.service, new.hash, bytes, now)?;
        let n = tx.row(&NEXT, values![new.service])?.map_or(Ok(1), |r| r.int(0))?;
        let id = self.entropy.id();
        let decided = (new.state == VersionState::Approved).then_some(now);
        let params: Vec<Value> = values![
            new.service,
            n,
            id.as_str(),
            number,
            new.hash,
            new.origin.as_str(),
            new.state.as_str(),
            new.valid_from,
            new.by,
            now,
            new.note,
            decided,
            new.examples,
        ]
        .to_vec();
        tx.execute(&ADD, &params)?;
        one(tx, &id)?.ok_or(Error::Missing("the version"))
    }

    /// What came with the program: used at once, as long as the competence centre has not published this service
    /// itself; afterwards it is a proposal like any other. What was withdrawn does not come back by a start.
    pub(crate) async fn ship_version(
        &self,
        service: &str,
        hash: &str,
        bytes: Vec<u8>,
        examples: Vec<u8>,
        now: Timestamp,
    ) -> Result<()> {
        let (this, service, hash) = (self.clone(), service.to_owned(), hash.to_owned());
        self.db
            .write(move |tx| {
                tx.rows(&LOCK, &[])?;
                let today = domain::date_of(now);
                let known = all(tx, &service)?;
                let live = in_force(&known, today).first().copied();
                // The last word on these very bytes.
                let said = known.iter().find(|v| v.hash == hash);
                let state = match (live, said) {
                    (Some(live), _) if live.hash == hash => return Ok(()),
                    (_, Some(said)) if said.state != VersionState::Approved => return Ok(()),
                    (Some(live), Some(_)) if live.origin == Origin::Centre => return Ok(()),
                    (Some(live), None) if live.origin == Origin::Centre => VersionState::Proposed,
                    _ => VersionState::Approved,
                };
                let new = New {
                    service: &service,
                    hash: &hash,
                    origin: Origin::Shipped,
                    state,
                    valid_from: today,
                    by: "",
                    note: "",
                    examples: &examples,
                };
                this.put_version(tx, &new, &bytes, now).map(drop)
            })
            .await
    }

    /// A version of the competence centre, to be approved by somebody else there.
    ///
    /// # Errors
    /// `Unapproved::Same` if it is what is used anyway, `Waiting` if these very bytes are proposed already.
    pub(crate) async fn propose_version(&self, proposal: Proposal, now: Timestamp) -> Result<Version, Unapproved> {
        let this = self.clone();
        self.db
            .write(move |tx| -> Result<_, Unapproved> {
                tx.rows(&LOCK, &[])?;
                let known = all(tx, &proposal.service)?;
                if in_force(&known, domain::date_of(now))
                    .first()
                    .is_some_and(|v| v.hash == proposal.hash)
                {
                    return Err(Unapproved::Same);
                }
                if known
                    .iter()
                    .any(|v| v.hash == proposal.hash && v.state == VersionState::Proposed)
                {
                    return Err(Unapproved::Waiting);
                }
                let new = New {
                    service: &proposal.service,
                    hash: &proposal.hash,
                    origin: Origin::Centre,
                    state: VersionState::Proposed,
                    valid_from: proposal.valid_from,
                    by: &proposal.by,
                    note: &proposal.note,
                    examples: &proposal.examples,
                };
                Ok(this.put_version(tx, &new, &proposal.bytes, now)?)
            })
            .await
    }

    /// A second person approves it from a day on; it is given back; it is withdrawn.
    ///
    /// # Errors
    /// Whoever proposed it does not approve it; nobody decides twice; no day that has passed; `Unapproved::Only` if there
    /// is none before the one that would be withdrawn.
    pub(crate) async fn decide_version(
        &self,
        id: &str,
        by: &str,
        deed: VersionDeed,
        now: Timestamp,
    ) -> Result<Version, Unapproved> {
        let (id, by) = (id.to_owned(), by.to_owned());
        self.db
            .write(move |tx| -> Result<_, Unapproved> {
                tx.rows(&LOCK, &[])?;
                let found = one(tx, &id)?.ok_or(Unapproved::Unknown)?;
                if found.state != deed.of() {
                    return Err(Unapproved::Decided);
                }
                let today = domain::date_of(now);
                let decide = |state: VersionState, day: Date, why: &str| {
                    let row = values![id.as_str(), state.as_str(), day, by.as_str(), now, why];
                    tx.execute(&DECIDE, row)
                };
                match &deed {
                    VersionDeed::Approve(from) => {
                        if found.proposed_by == by {
                            return Err(Unapproved::Own);
                        }
                        if *from < today {
                            return Err(Unapproved::Past);
                        }
                        decide(VersionState::Approved, *from, "")?;
                    }
                    VersionDeed::Refuse(why) => {
                        decide(VersionState::Refused, found.valid_from, why)?;
                    }
                    VersionDeed::Withdraw(why) => {
                        let known = all(tx, &found.service)?;
                        let others = in_force(&known, today).into_iter().filter(|v| v.id != id);
                        if found.valid_from <= today && others.count() == 0 {
                            return Err(Unapproved::Only);
                        }
                        tx.execute(&WITHDRAW, values![id.as_str(), by.as_str(), now, why.as_str()])?;
                    }
                }
                one(tx, &id)?.ok_or(Unapproved::Unknown)
            })
            .await
    }

    /// All versions of a service (empty: of all services), the newest first.
    pub async fn versions(&self, service: &str) -> Result<Vec<Version>> {
        let service = service.to_owned();
        self.db.read(move |tx| all(tx, &service)).await
    }

    pub async fn version(&self, id: &str) -> Result<Option<Version>> {
        let id = id.to_owned();
        self.db.read(move |tx| one(tx, &id)).await
    }

    /// Its examples, as they were packed.
    pub async fn version_examples(&self, id: &str) -> Result<Vec<u8>> {
        let params = values![id].to_vec();
        let row = self.db.read(move |tx| tx.row(&EXAMPLES, &params)).await?;
        row.map_or(Ok(Vec::new()), |r| Ok(r.bytes(0)?.to_vec()))
    }
}
