//! Reads what comes: who, the tables, what the other installation knew, and the end, each checked against its digest. Not
//! here: where it goes (`import.rs`).

use std::io::BufRead;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use domain::{AuditHead, CaseId};
use jiff::Timestamp;
use serde_json::Value as Json;

use super::lines::{In, Out, damaged};
use super::{FORMAT, Waiting, Who, mark, tables};
use crate::engine::{Tx, Value};
use crate::migrate::TENANT;
use crate::seal::{Key, hex, sha256};
use crate::shared::authorities;
use crate::tenant::{Context, Keys, TenantTx};
use crate::{Error, Result, Store};

/// The authority's tables as they came in.
pub(super) struct Tables {
    pub(super) head: AuditHead,
    pub(super) rows: i64,
    pub(super) cases: i64,
    pub(super) waiting: Waiting,
    /// Addresses and ids of its clerks.
    pub(super) clerks: Vec<(String, String)>,
    /// What logs the members of an account in, and their ids.
    pub(super) members: Vec<(crate::Proof, String)>,
    pub(super) made_under: Vec<String>,
    /// Authorities that were merged into it, and when.
    pub(super) merged: Vec<(String, i64)>,
    pub(super) due: Option<Timestamp>,
}

/// What the other installation knew of it.
pub(super) struct Known {
    pub(super) references: Vec<(String, CaseId)>,
    /// Service, hash, bytes.
    pub(super) packages: Vec<(String, String, Vec<u8>)>,
    pub(super) digest: String,
}

fn field<'a>(line: &'a Json, name: &str) -> Result<&'a str> {
    line[name].as_str().ok_or_else(damaged)
}

fn decoded(text: &str) -> Result<Vec<u8>> {
    STANDARD_NO_PAD.decode(text).map_err(|_| damaged())
}

/// Who comes, with its key.
pub(super) fn begin<R: BufRead>(from: &mut In<R>, store: &Store) -> Result<(Context, Key)> {
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
pub(crate) fn in_order(mut rows: Vec<Vec<Value>>) -> Vec<Vec<Value>> {
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
pub(super) fn take_tables<R: BufRead>(from: &mut In<R>, tx: &Tx<'_>, context: &Context) -> Result<Tables> {
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
    let members = crate::people::proofs_of(t.members()?);
    Ok(Tables {
        head: t.whole_log()?,
        rows,
        cases,
        waiting: t.waiting()?,
        clerks,
        members,
        made_under: t.made_under()?,
        merged: t
            .merged()?
            .into_iter()
            .map(|m| (m.id.0, m.at.as_millisecond()))
            .collect(),
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
pub(super) fn take_known<R: BufRead>(from: &mut In<R>) -> Result<Known> {
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
    if from.line()? != mark("package", "service, hash, sha256") {
        return Err(damaged());
    }
    while let Some(row) = from.row()? {
        let bytes = decoded(field(&from.aside()?, "b")?)?;
        let files = schema::package::unpack(&bytes).map_err(|_| damaged())?;
        let (service, hash) = (text(&row, 0)?, text(&row, 1)?);
        if text(&row, 2)? != hex(&sha256(&[&bytes])) {
            return Err(damaged());
        }
        // The table is everybody's: under this name another authority may read it, too.
        if !schema::package::is_named(&files, &service, &hash) {
            return Err(Error::Setup(format!(
                "Die Regeln von „{service}“ in der Datei sind nicht die, die ihr Name nennt. Geben Sie das Amt mit dieser Fassung von kommunal noch einmal aus; hier wurde nichts geändert."
            )));
        }
        known.packages.push((service, hash, bytes));
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
