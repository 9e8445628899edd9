//! Tables from `migrations/`, one text for both engines. Each file runs once, in order, in one
//! transaction; a database that is newer than this program is refused.

use crate::engine::{Tx, values};
use crate::sql::statements;
use crate::{Error, Result};

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
    files: files!["shared/0001_init.sql"],
};
pub(crate) static DRAFTS: Set = Set {
    name: "drafts",
    files: files!["drafts/0001_init.sql"],
};
pub(crate) static TENANT: Set = Set {
    name: "tenant",
    files: files![
        "tenant/0001_init.sql",
        "tenant/0002_calendar_feed.sql",
        "tenant/0003_mail_tries.sql",
        "tenant/0004_payments.sql"
    ],
};

statements! { Shared "migrate";
    NEWEST = "select coalesce(max(version), 0) from schema_version where set_name = $1";
    RECORD = "insert into schema_version (set_name, version, file) values ($1, $2, $3)";
    /// Two processes that start at once: the second waits.
    LOCK = "select 1/*postgres: from pg_advisory_xact_lock(7046029254386353131)*/";
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

/// Brings the tables of one set up to date, within the caller's transaction.
pub(crate) fn run(tx: &Tx<'_>, set: &Set) -> Result<()> {
    tx.rows(&LOCK, &[])?;
    tx.script(VERSIONS)?;
    let newest = tx.row(&NEWEST, values![set.name])?.map_or(Ok(0), |r| r.int(0))?;
    let known = set.files.len() as i64;
    if newest > known {
        return Err(Error::Setup(format!(
            "Diese Daten sind neuer als das Programm (Stand {newest}, bekannt {known}). Nehmen Sie die neuere Fassung von kommunal."
        )));
    }
    for (i, (file, text)) in set.files.iter().enumerate().skip(newest as usize) {
        tx.script(&text_for(tx, text))?;
        tx.execute(&RECORD, values![set.name, i as i64 + 1, *file])?;
    }
    Ok(())
}
