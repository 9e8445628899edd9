//! The drill of a PostgreSQL server that was restored elsewhere. It has to be another one than the server at work, of a
//! moment that its canary tells, with everybody who was here by then, their logs and their rows.

use jiff::{SignedDuration, Timestamp};

use super::drill::Drilled;
use super::{MARK, Place, SET_MARK, folder_name, read_canary};
use crate::engine::postgres::{Pool, Purpose};
use crate::engine::{Db, values};
use crate::seal::sha256;
use crate::sql::statements;
use crate::store::{Store, StoreConfig};
use crate::{Error, Result};

statements! { None "backup_server";
    MAY_CHECK = "select coalesce(has_function_privilege(to_regprocedure('bt_index_check(regclass, boolean)'), 'execute'), false)::int";
    /// The index of a large table takes its time.
    NO_HURRY = "select set_config('statement_timeout', '0', true)";
    INDEXES = "select c.relname, c.oid::bigint from pg_index as x join pg_class as c on c.oid = x.indexrelid \
        join pg_class as t on t.oid = x.indrelid join pg_am as a on a.oid = c.relam \
        where t.relnamespace = to_regnamespace(current_schema()) and a.amname = 'btree' and x.indisvalid order by 1";
    /// Also that each row of the table is in it.
    CHECK = "select bt_index_check($1::bigint::oid::regclass, true)::text";
}

/// Every list of statements of this module.
pub(crate) static STATEMENTS: &[&crate::sql::Sql] = ALL;

const MARK_PLACE: Place<'static> = Place {
    tenant: "",
    table: "backup_canary",
    row: "2",
    column: "body",
    version: 1,
};

/// What a row says of its time may have been written down that much later: by clocks that differ, in long transactions.
const QUIET: SignedDuration = SignedDuration::from_hours(1);

impl Store {
    /// Looks through a PostgreSQL server that was restored elsewhere, by the address of a role that may read it, and
    /// notes what was found.
    ///
    /// # Errors
    /// The finding cannot be noted; what is wrong with that server is a finding, also that it does not open.
    pub async fn drill_server(&self, restored: &str, now: Timestamp) -> Result<Drilled> {
        let mark = self.mark_as_live(now).await?;
        let mut drilled = Drilled {
            name: format!("server {}", folder_name(now)),
            at: now,
            authorities: 0,
            cases: 0,
            indexes: None,
            findings: Vec::new(),
        };
        let evidence = match self.look_through_server(restored, &mark, &mut drilled).await {
            Ok(word) => sha256(&[word.as_bytes()]).to_vec(),
            Err(error) => {
                drilled.findings.push(error.to_string());
                Vec::new()
            }
        };
        self.note_drill(&drilled, evidence, now).await?;
        Ok(drilled)
    }

    /// A new word into the server at work: one that holds it is no copy.
    async fn mark_as_live(&self, now: Timestamp) -> Result<Vec<u8>> {
        let shared = self.shared();
        let word: [u8; 32] = shared.entropy.bytes();
        let mark = shared.lookup.sub("canary")?.seal(MARK_PLACE, &word, &shared.entropy)?;
        let params = values![now, mark.clone()].to_vec();
        shared.db.write(move |tx| tx.execute(&SET_MARK, &params)).await?;
        Ok(mark)
    }

    /// Its canary.
    async fn look_through_server(&self, restored: &str, mark: &[u8], drilled: &mut Drilled) -> Result<String> {
        let there = Store::open(StoreConfig {
            data: std::env::temp_dir(),
            database: Some(restored.to_owned()),
            database_migrate: None,
            root: self.0.roots.clone(),
            entropy: self.entropy().clone(),
        });
        let there = there
            .await
            .map_err(|e| Error::Setup(format!("Der zurückgespielte Server öffnet sich nicht: {e}")))?;
        let lookup = there.shared().lookup.clone();
        let shared = there.shared().db;
        let read = shared.read(move |tx| Ok::<_, Error>((read_canary(tx, &lookup)?, tx.row(&MARK, &[])?)));
        let (canary, marked) = read.await?;
        let (at, word) = canary.ok_or_else(|| {
            Error::Setup("Dort gibt es keine Probezeile. Läuft der Arbeiter mit dieser Fassung des Programms?".into())
        })?;
        if marked.is_some_and(|row| row.bytes(0).is_ok_and(|there| there == mark)) {
            return Err(Error::Setup(
                "Das ist der laufende Server, keine Sicherung. Prüfen Sie die Adresse.".into(),
            ));
        }
        (drilled.name, drilled.at) = (format!("server {}", folder_name(at)), at);
        let (known, here) = self.known_before(at).await?;
        for id in here {
            let (heads, moment) = (known.get(&id).cloned().unwrap_or_default(), at - QUIET);
            let looked = async {
                let original = self.tenant(&id).await?.read(move |t| t.held_until(moment)).await?;
                let look = move |t: &crate::TenantTx<'_>| {
                    // Who was merged into it, says its log, which the heads hold.
                    Ok::<_, Error>((
                        t.check_audit(&heads)?,
                        t.check_former(&[])?,
                        t.what_is_lost(&original, moment)?,
                    ))
                };
                there.tenant(&id).await?.read(look).await
            };
            match looked.await {
                Ok((log, former, (lost, cases))) => {
                    drilled.authorities += 1;
                    drilled.cases += cases;
                    if let Err(fault) = log {
                        let finding = format!("{id}: Das Protokoll ist nicht das, was es war ({fault:?}).");
                        drilled.findings.push(finding);
                    }
                    if let Err(fault) = former {
                        let finding = format!("{id}: Von einem Amt, das hier aufging, ist nicht alles da ({fault:?}).");
                        drilled.findings.push(finding);
                    }
                    drilled.findings.extend(lost.iter().map(|l| format!("{id}: {l}")));
                }
                Err(Error::Missing("tenant" | "tenant_key")) => {
                    drilled.findings.push(format!("Das Amt {id} fehlt in der Sicherung."));
                }
                Err(error) => drilled.findings.push(format!("{id}: {error}")),
            }
        }
        check_indexes(restored, drilled).await?;
        Ok(word)
    }
}

/// With `amcheck`, where it is there and this role may call it: whether each index fits its table.
async fn check_indexes(restored: &str, drilled: &mut Drilled) -> Result<()> {
    let db = Db::postgres(Pool::connect(restored, Purpose::Serve).await?, None);
    let indexes = db.read(|tx| {
        if tx.row(&MAY_CHECK, &[])?.map_or(Ok(0), |r| r.int(0))? == 0 {
            return Ok::<_, Error>(None);
        }
        let rows = tx.rows(&INDEXES, &[])?;
        let named = rows.iter().map(|r| Ok((r.text(0)?.to_owned(), r.int(1)?)));
        named.collect::<Result<Vec<_>>>().map(Some)
    });
    let Some(indexes) = indexes.await? else {
        return Ok(());
    };
    drilled.indexes = Some(indexes.len());
    for (name, index) in indexes {
        let check = db.read(move |tx| {
            tx.rows(&NO_HURRY, &[])?;
            tx.rows(&CHECK, values![index])
        });
        if check.await.is_err() {
            drilled
                .findings
                .push(format!("Der Index „{name}“ passt nicht zu seiner Tabelle."));
        }
    }
    Ok(())
}
