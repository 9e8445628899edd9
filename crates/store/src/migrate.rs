//! Tables from `migrations/`, one text for both engines. Each file runs once, in order, in one
//! transaction; a database that is newer than this program is refused. On PostgreSQL the migration also raises the
//! wall between tenants (`wall.rs`) and runs as the role that owns the tables.

use crate::engine::{Tx, values};
use crate::sql::statements;
use crate::{Error, Result, wall};

/// A folder of `migrations/`.
pub(crate) struct Set {
    pub(crate) name: &'static str,
    /// (file name, text), in order; the number of the first is 1.
    pub(crate) files: &'static [(&'static str, &'static str)],
}

macro_rules! files {
    ($($path:literal),+) => {
        &[$(($path, include_str!(concat!("../../../migrations/", $path)))),+]
    };
}

pub(crate) static SHARED: Set = Set {
    name: "shared",
    files: files![
        "shared/0001_init.sql",
        "shared/0002_root_keys.sql",
        "shared/0003_backup.sql",
        "shared/0004_second_factor.sql",
        "shared/0005_ceremony.sql",
        "shared/0006_accounts.sql",
        "shared/0007_session_seen.sql",
        "shared/0008_merged.sql",
        "shared/0009_account_passkeys.sql",
        "shared/0010_offered.sql",
        "shared/0011_figures.sql",
        "shared/0012_versions.sql"
    ],
};
pub(crate) static DRAFTS: Set = Set {
    name: "drafts",
    files: files!["drafts/0001_init.sql", "drafts/0002_intake.sql"],
};
pub(crate) static TENANT: Set = Set {
    name: "tenant",
    files: files![
        "tenant/0001_init.sql",
        "tenant/0002_calendar_feed.sql",
        "tenant/0003_mail_tries.sql",
        "tenant/0004_payments.sql",
        "tenant/0005_audit_day.sql",
        "tenant/0006_booking_end.sql",
        "tenant/0007_second_factor.sql",
        "tenant/0008_accounts.sql",
        "tenant/0009_keeping.sql",
        "tenant/0010_merged.sql",
        "tenant/0011_intake.sql",
        "tenant/0012_sign_up.sql"
    ],
};

statements! { Shared "migrate";
    NEWEST = "select coalesce(max(version), 0) from schema_version where set_name = $1";
    RECORD = "insert into schema_version (set_name, version, file) values ($1, $2, $3)";
    /// Two processes that start at once: the second waits.
    LOCK = "select 1/*postgres: from pg_advisory_xact_lock(7046029254386353131)*/";
    /// Is there a table of versions at all?
    EXISTS = "select count(*) from /*sqlite:sqlite_schema where name = 'schema_version'*/\
        /*postgres:pg_class where oid = to_regclass('schema_version')*/";
}

const VERSIONS: &str = "create table if not exists schema_version (\
    set_name text not null, version bigint not null, file text not null, primary key (set_name, version))";

/// The text as SQLite wants it.
fn text_for(tx: &Tx<'_>, text: &str) -> String {
    if !tx.is_sqlite() {
        return text.to_owned();
    }
    // STRICT tables would refuse bigint; bytea would get numeric affinity.
    let text = text.replace(" bytea", " blob");
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once("/*sqlite:") {
        let (inside, after) = after.split_once("*/").unwrap_or((after, ""));
        out.push_str(before);
        out.push_str(inside);
        rest = after;
    }
    out + rest
}

/// How many files of a set have run. An error if this program knows fewer.
fn version(tx: &Tx<'_>, set: &Set) -> Result<i64> {
    let newest = tx.row(&NEWEST, values![set.name])?.map_or(Ok(0), |r| r.int(0))?;
    let known = set.files.len() as i64;
    if newest > known {
        return Err(Error::Setup(format!(
            "Diese Daten sind neuer als das Programm (Stand {newest}, bekannt {known}). Nehmen Sie die neuere Fassung von kommunal."
        )));
    }
    Ok(newest)
}

/// Are these sets as this program knows them? Reads only.
pub(crate) fn is_up_to_date(tx: &Tx<'_>, sets: &[&Set]) -> Result<bool> {
    if tx.row(&EXISTS, &[])?.map_or(Ok(0), |r| r.int(0))? == 0 {
        return Ok(false);
    }
    for set in sets {
        if version(tx, set)? < set.files.len() as i64 {
            return Ok(false);
        }
    }
    Ok(true)
}

/// All tables of a PostgreSQL database, the wall between tenants and the rights of `program`, the role that serves;
/// `None`: it is the one that migrates.
pub(crate) fn server(tx: &Tx<'_>, program: Option<&str>) -> Result<()> {
    run(tx, &SHARED)?;
    run(tx, &DRAFTS)?;
    if !is_up_to_date(tx, &[&TENANT])? {
        wall::lower(tx)?;
    }
    run(tx, &TENANT)?;
    wall::raise(tx, program)
}

/// Brings the tables of one set up to date, within the caller's transaction.
pub(crate) fn run(tx: &Tx<'_>, set: &Set) -> Result<()> {
    tx.rows(&LOCK, &[])?;
    tx.script(VERSIONS)?;
    let newest = version(tx, set)?;
    for (i, (file, text)) in set.files.iter().enumerate().skip(newest as usize) {
        tx.script(&text_for(tx, text))?;
        tx.execute(&RECORD, values![set.name, i as i64 + 1, *file])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
