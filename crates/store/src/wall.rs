//! PostgreSQL: the second wall between authorities. A tenant's row is seen and written only in a transaction that has
//! named this tenant, whatever a statement says (the first wall is `TenantTx`, the third the tenant's own key).
//! Raised by the migration, as the role that owns the tables; the program serves as another role that owns nothing.

use std::fmt::Write as _;

use crate::engine::{Row, Tx, values};
use crate::sql::{Scope, statements};
use crate::tables::{self, scope_of};
use crate::{Error, Result};

statements! { None "wall";
    /// Each table, its policies in one text, and whether it is as `raise` leaves it.
    TABLES = "select c.relname, c.relrowsecurity::int, c.relforcerowsecurity::int, \
        coalesce((select string_agg(quote_ident(p.polname), ',' order by p.polname) from pg_policy as p where p.polrelid = c.oid), ''), \
        (select count(*) from pg_policy as p where p.polrelid = c.oid and p.polpermissive and p.polcmd = '*' \
            and p.polroles = array[0]::oid[] and pg_get_expr(p.polqual, p.polrelid) = $1 \
            and pg_get_expr(p.polwithcheck, p.polrelid) = $1), \
        (select count(*) from pg_policy as p where p.polrelid = c.oid) \
        from pg_class as c where c.relnamespace = to_regnamespace(current_schema()) and c.relkind in ('r', 'p') order by c.relname";
    ROLE = "select count(*) from pg_roles where rolname = $1::text";
    NAMES = "select quote_ident(current_user), quote_ident($1), quote_ident(current_database()), quote_ident(current_schema())";
    MAY_CREATE = "select coalesce(has_schema_privilege(current_schema(), 'create'), false)::int";
}

/// The rule, as written and as PostgreSQL writes it down. `nullif`: after a transaction the setting is empty, not null.
const RULE: &str = "tenant = nullif(current_setting('kommunal.tenant', true), '')";
pub(crate) const RULE_KEPT: &str = "(tenant = NULLIF(current_setting('kommunal.tenant'::text, true), ''::text))";

/// A table as the catalogue knows it.
pub(crate) struct Guarded {
    pub(crate) table: String,
    pub(crate) enabled: bool,
    pub(crate) forced: bool,
    /// Quoted names.
    pub(crate) policies: String,
    /// It has one policy, and that is ours.
    pub(crate) ruled: bool,
}

impl Guarded {
    fn read(row: &Row) -> Result<Guarded> {
        Ok(Guarded {
            table: row.text(0)?.to_owned(),
            enabled: row.flag(1)?,
            forced: row.flag(2)?,
            policies: row.text(3)?.to_owned(),
            ruled: row.int(4)? == 1 && row.int(5)? == 1,
        })
    }
}

/// All tables of the schema.
pub(crate) fn guarded(tx: &Tx<'_>) -> Result<Vec<Guarded>> {
    tx.rows(&TABLES, values![RULE_KEPT])?
        .iter()
        .map(Guarded::read)
        .collect()
}

fn tenants(tx: &Tx<'_>) -> Result<Vec<Guarded>> {
    let mut all = guarded(tx)?;
    all.retain(|t| scope_of(&t.table) == Some(Scope::Tenant));
    Ok(all)
}

/// May this role make tables?
pub(crate) fn may_create(tx: &Tx<'_>) -> Result<bool> {
    tx.row(&MAY_CREATE, &[])?.map_or(Ok(false), |r| r.flag(0))
}

/// Lets the owner see all rows until the end of this transaction: otherwise a migration that changes rows would
/// silently change none. `raise` in the same transaction takes it back.
pub(crate) fn lower(tx: &Tx<'_>) -> Result<()> {
    let mut text = String::new();
    for t in tenants(tx)?.iter().filter(|t| t.forced) {
        let _ = write!(text, "alter table {} no force row level security; ", t.table);
    }
    tx.script(&text)
}

/// Row level security on every tenant table, and the program's rights if it has a role of its own. Touches only what
/// is not so yet, so that a start locks no table.
pub(crate) fn raise(tx: &Tx<'_>, program: Option<&str>) -> Result<()> {
    let mut text = String::new();
    for t in tenants(tx)? {
        let table = &t.table;
        if !t.ruled {
            for policy in t.policies.split(',').filter(|p| !p.is_empty()) {
                let _ = write!(text, "drop policy {policy} on {table}; ");
            }
            let _ = write!(
                text,
                "create policy one_tenant on {table} using ({RULE}) with check ({RULE}); "
            );
        }
        if !t.enabled {
            let _ = write!(text, "alter table {table} enable row level security; ");
        }
        if !t.forced {
            let _ = write!(text, "alter table {table} force row level security; ");
        }
    }
    if let Some(program) = program {
        text += &grants(tx, program)?;
    }
    tx.script(&text)
}

/// Exactly the rights that the program needs.
fn grants(tx: &Tx<'_>, program: &str) -> Result<String> {
    if tx.row(&ROLE, values![program])?.map_or(Ok(0), |r| r.int(0))? == 0 {
        return Err(Error::Setup(format!(
            "Die Rolle „{program}“ aus „database“ gibt es in PostgreSQL nicht. Legen Sie sie an: \
             create role {program} login nosuperuser nobypassrls password '…';"
        )));
    }
    let names = tx.row(&NAMES, values![program])?.ok_or(Error::Missing("role"))?;
    let (owner, program) = (names.text(0)?, names.text(1)?);
    let (database, schema) = (names.text(2)?, names.text(3)?);
    if owner == program {
        return Ok(String::new());
    }
    let mut text = format!(
        "revoke create on schema {schema} from public; revoke temporary on database {database} from public; \
         grant usage on schema {schema} to {program}; "
    );
    for (_, table) in tables::tables() {
        let rights = tables::rights(table);
        let _ = write!(
            text,
            "revoke all on {table} from public, {program}; grant {rights} on {table} to {program}; "
        );
    }
    Ok(text)
}

#[cfg(test)]
mod tests;
