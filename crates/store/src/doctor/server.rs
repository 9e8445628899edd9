//! PostgreSQL as the role that serves sees it: the catalogue against the one list of tables, the wall between tenants,
//! and the role itself.

use std::collections::{BTreeMap, BTreeSet};

use super::Report;
use crate::engine::postgres::{Pool, Purpose, safer_than};
use crate::engine::{Db, Tx};
use crate::migrate::{DRAFTS, SHARED, TENANT, is_up_to_date};
use crate::sql::{Scope, statements};
use crate::tables::{rights, scope_of, tables};
use crate::wall::{Guarded, RULE_KEPT, guarded};
use crate::{Error, Result, RootKey};
use crate::{merge, roots};

statements! { None "doctor_server";
    VERSION = "select current_setting('server_version_num')::bigint, current_setting('server_version')";
    /// Tables that lie elsewhere.
    STRANGE = "select c.relname from pg_class as c where c.relnamespace = to_regnamespace(current_schema()) and c.relkind = 'f' order by 1";
    POLICIES = "select c.relname, p.polname, coalesce(pg_get_expr(p.polqual, p.polrelid), ''), coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '') \
        from pg_policy as p join pg_class as c on c.oid = p.polrelid \
        where c.relnamespace = to_regnamespace(current_schema()) order by 1, 2";
    /// Unique indexes (of primary keys, too) and the first column of each.
    UNIQUE = "select c.relname, i.relname, x.indisprimary::int, coalesce(a.attname, '') from pg_index as x \
        join pg_class as c on c.oid = x.indrelid join pg_class as i on i.oid = x.indexrelid \
        left join pg_attribute as a on a.attrelid = c.oid and a.attnum = x.indkey[0] and a.attnum > 0 \
        where c.relnamespace = to_regnamespace(current_schema()) and x.indisunique and c.relkind in ('r', 'p') order by 1, 2";
    /// Foreign keys and the first column on both sides.
    FOREIGN = "select c.relname, k.conname, r.relname, coalesce(a.attname, ''), coalesce(b.attname, '') from pg_constraint as k \
        join pg_class as c on c.oid = k.conrelid join pg_class as r on r.oid = k.confrelid \
        left join pg_attribute as a on a.attrelid = c.oid and a.attnum = k.conkey[1] \
        left join pg_attribute as b on b.attrelid = r.oid and b.attnum = k.confkey[1] \
        where c.relnamespace = to_regnamespace(current_schema()) and k.contype = 'f' order by 1, 2";
    ROLE = "select current_user, r.rolsuper::int, r.rolbypassrls::int, (r.rolcreaterole or r.rolcreatedb or r.rolreplication)::int, \
        (select count(*) from pg_roles as o where (o.rolsuper or o.rolbypassrls) and o.oid <> r.oid and pg_has_role(r.oid, o.oid, 'member')), \
        (select count(*) from pg_class as c where c.relnamespace = to_regnamespace(current_schema()) and c.relowner <> r.oid \
            and c.relkind in ('r', 'p') and pg_has_role(r.oid, c.relowner, 'member')) \
        from pg_roles as r where r.rolname = current_user";
    OWNED = "select pg_describe_object(d.classid, d.objid, d.objsubid) from pg_shdepend as d \
        where d.deptype = 'o' and d.refclassid = 'pg_authid'::regclass and d.refobjid = (select oid from pg_roles where rolname = current_user) \
        and d.dbid in (0, (select oid from pg_database where datname = current_database())) order by 1";
    MAY_MAKE = "select coalesce(has_schema_privilege(current_schema(), 'create'), false)::int, \
        has_database_privilege(current_database(), 'create')::int, has_database_privilege(current_database(), 'temporary')::int";
    /// Each table, what the role may do in it, and whether everybody may do something.
    RIGHTS = "select c.relname, (select string_agg(p, ', ' order by n) from (values (1, 'select'), (2, 'insert'), (3, 'update'), (4, 'delete'), \
            (5, 'truncate'), (6, 'references'), (7, 'trigger')) as v (n, p) where has_table_privilege(c.oid, p)), \
        (select count(*) from aclexplode(c.relacl) as a where a.grantee = 0) \
        from pg_class as c where c.relnamespace = to_regnamespace(current_schema()) and c.relkind in ('r', 'p') order by 1";
    /// Functions that run with another's rights and that the role may call; views that read with another's rights.
    DEFINERS = "select 'Funktion', p.proname from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace \
        where p.prosecdef and n.nspname not in ('pg_catalog', 'information_schema') and has_function_privilege(p.oid, 'execute') \
        and not exists (select 1 from pg_depend as d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e') \
        union all select 'Sicht', c.relname from pg_class as c join pg_namespace as n on n.oid = c.relnamespace \
        where c.relkind in ('v', 'm') and n.nspname not in ('pg_catalog', 'information_schema') \
        and (c.relkind = 'm' or not coalesce((select o.option_value::boolean from pg_options_to_table(c.reloptions) as o where o.option_name = 'security_invoker'), false)) \
        and not exists (select 1 from pg_depend as d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e') order by 1, 2";
    READABLE = "select c.relname from pg_class as c where c.relnamespace = to_regnamespace(current_schema()) \
        and c.relkind in ('r', 'p') and has_table_privilege(c.oid, 'select') order by 1";
    PRESET = "select coalesce(current_setting('kommunal.tenant', true), '')";
}

const MIGRATE: &str = "Führen Sie „kommunal migrate“ aus.";

/// Looks at a database as the role that serves.
///
/// # Errors
/// `Setup` if it cannot be reached; those of the engine.
pub async fn server(database: &str, root: &[RootKey]) -> Result<Report> {
    let db = Db::postgres(Pool::connect(database, Purpose::Serve).await?, None);
    let root = root.to_vec();
    db.read(move |tx| {
        let mut report = Report::default();
        version(tx, &mut report)?;
        if !is_up_to_date(tx, &[&SHARED, &DRAFTS, &TENANT])? {
            report.findings.push(format!(
                "Die Tabellen sind nicht auf dem Stand dieses Programms. {MIGRATE}"
            ));
            return Ok(report);
        }
        report.passed.push("Tabellen: auf dem Stand des Programms".into());
        let all = guarded(tx)?;
        classes(tx, &all, &mut report)?;
        wall(tx, &all, &mut report)?;
        keys(tx, &all, &mut report)?;
        role(tx, &mut report)?;
        definers(tx, &mut report)?;
        probe(tx, &mut report)?;
        let fits = roots::fits(tx, &root)?;
        proof(&mut report, &root, fits);
        super::mergings(&mut report, merge::unfinished(tx)?);
        Ok(report)
    })
    .await
}

/// Whether the root key is the one that the data was made with.
pub(super) fn proof(report: &mut Report, keys: &[RootKey], fits: Option<bool>) {
    if keys.is_empty() {
        return;
    }
    let wrong = (fits == Some(false)).then(|| {
        "Der Hauptschlüssel passt nicht zu diesen Daten. Setzen Sie den ein, mit dem sie angelegt wurden.".to_owned()
    });
    report.check("Hauptschlüssel: passt zu den Daten", wrong.into_iter().collect());
}

fn version(tx: &Tx<'_>, report: &mut Report) -> Result<()> {
    let row = tx.row(&VERSION, &[])?.ok_or(Error::Missing("version"))?;
    let shown = row.text(1)?;
    let old = safer_than(row.int(0)?).map(|(major, minor)| {
        format!("PostgreSQL {shown} hat bekannte Sicherheitslücken. Spielen Sie {major}.{minor} oder neuer ein.")
    });
    report.check(format!("PostgreSQL {shown}"), old.into_iter().collect());
    Ok(())
}

/// Every table is on the list, and every one of the list is there.
fn classes(tx: &Tx<'_>, all: &[Guarded], report: &mut Report) -> Result<()> {
    let there: BTreeSet<&str> = all.iter().map(|t| t.table.as_str()).collect();
    let mut findings = Vec::new();
    for table in there.iter().filter(|t| scope_of(t).is_none()) {
        findings.push(format!(
            "Die Tabelle „{table}“ kennt das Programm nicht; niemand sagt, wessen Daten sie hält. \
             Löschen Sie sie oder tragen Sie sie in crates/store/src/tables.rs ein."
        ));
    }
    for row in tx.rows(&STRANGE, &[])? {
        findings.push(format!(
            "Die Tabelle „{}“ liegt auf einem anderen Server. Löschen Sie sie.",
            row.text(0)?
        ));
    }
    for (_, table) in tables().filter(|(_, table)| !there.contains(table)) {
        findings.push(format!(
            "Die Tabelle „{table}“ fehlt. Spielen Sie die Sicherung zurück."
        ));
    }
    report.check(format!("{} Tabellen: alle zugeordnet", there.len()), findings);
    Ok(())
}

fn tenants(all: &[Guarded]) -> impl Iterator<Item = &Guarded> {
    all.iter().filter(|t| scope_of(&t.table) == Some(Scope::Tenant))
}

/// Row level security, and the rule itself.
fn wall(tx: &Tx<'_>, all: &[Guarded], report: &mut Report) -> Result<()> {
    let (mut off, mut ruled) = (Vec::new(), Vec::new());
    for t in tenants(all) {
        let table = &t.table;
        if !t.enabled {
            off.push(format!("In der Tabelle „{table}“ ist der Zeilenschutz aus. {MIGRATE}"));
        } else if !t.forced {
            off.push(format!(
                "In der Tabelle „{table}“ gilt der Zeilenschutz nicht für ihre Besitzerin. {MIGRATE}"
            ));
        }
    }
    let mut rules: BTreeMap<String, Vec<Option<&'static str>>> = BTreeMap::new();
    for row in tx.rows(&POLICIES, &[])? {
        let wrong = match (row.text(2)?, row.text(3)?) {
            (RULE_KEPT, RULE_KEPT) => None,
            (RULE_KEPT, "") => Some("prüft nicht, was geschrieben wird (WITH CHECK fehlt)"),
            (RULE_KEPT, _) => Some("prüft anders, was geschrieben wird (WITH CHECK)"),
            _ => Some("zeigt andere Zeilen als die des Amtes (USING)"),
        };
        rules.entry(row.text(0)?.to_owned()).or_default().push(wrong);
    }
    for t in tenants(all).filter(|t| !t.ruled) {
        let why = match rules.get(&t.table).map(Vec::as_slice) {
            None => "fehlt",
            Some([Some(why)]) => why,
            Some([None]) => "gilt nicht für alle Rollen und Befehle",
            Some(_) => "ist nicht die einzige; eine zweite öffnet, was die erste schließt",
        };
        ruled.push(format!("Die Regel der Tabelle „{}“ {why}. {MIGRATE}", t.table));
    }
    let n = tenants(all).count();
    report.check(format!("{n} Tabellen eines Amtes: Zeilenschutz an und erzwungen"), off);
    report.check(format!("{n} Regeln: lesen und schreiben nur im eigenen Amt"), ruled);
    Ok(())
}

/// Keys are checked around row level security: the tenant comes first in each.
fn keys(tx: &Tx<'_>, all: &[Guarded], report: &mut Report) -> Result<()> {
    const MEND: &str = "Eine Migration muss das ändern; melden Sie es dem Hersteller.";
    let mut findings = Vec::new();
    let is_tenant = |table: &str| scope_of(table) == Some(Scope::Tenant);
    let mut keyed = BTreeSet::new();
    let (mut unique, mut foreign) = (0, 0);
    for row in tx.rows(&UNIQUE, &[])? {
        let (table, index) = (row.text(0)?, row.text(1)?);
        if !is_tenant(table) {
            continue;
        }
        unique += 1;
        if row.flag(2)? {
            keyed.insert(table.to_owned());
        }
        if row.text(3)? != "tenant" {
            findings.push(format!(
                "Der Schlüssel „{index}“ der Tabelle „{table}“ beginnt nicht mit dem Amt. {MEND}"
            ));
        }
    }
    for row in tx.rows(&FOREIGN, &[])? {
        let (table, key, other) = (row.text(0)?, row.text(1)?, row.text(2)?);
        let (mine, theirs) = (is_tenant(table), is_tenant(other));
        foreign += i32::from(mine);
        if mine != theirs || (mine && (row.text(3)?, row.text(4)?) != ("tenant", "tenant")) {
            findings.push(format!(
                "Der Fremdschlüssel „{key}“ der Tabelle „{table}“ verweist auf „{other}“, ohne beim selben Amt zu bleiben. {MEND}"
            ));
        }
    }
    for t in tenants(all).filter(|t| !keyed.contains(&t.table)) {
        findings.push(format!("Die Tabelle „{}“ hat keinen Primärschlüssel. {MEND}", t.table));
    }
    report.check(
        format!("{unique} Schlüssel und {foreign} Fremdschlüssel: das Amt zuerst"),
        findings,
    );
    Ok(())
}

/// The role that serves: ordinary, without belongings, with the rights it needs and no more.
fn role(tx: &Tx<'_>, report: &mut Report) -> Result<()> {
    const TWO: &str = "Legen Sie eine zweite Rolle an, wie docs/configuration.md unter „Two roles“ zeigt, und nennen Sie sie in „database“.";
    let row = tx.row(&ROLE, &[])?.ok_or(Error::Missing("role"))?;
    let name = row.text(0)?.to_owned();
    if row.flag(1)? || row.flag(2)? {
        let what = if row.flag(1)? {
            "ist Superuser"
        } else {
            "darf den Zeilenschutz umgehen (BYPASSRLS)"
        };
        report.findings.push(format!(
            "Die Rolle „{name}“, als die der Dienst arbeitet, {what}: Der Zeilenschutz gilt für sie nicht. {TWO}"
        ));
        return Ok(());
    }
    let mut findings = Vec::new();
    if row.flag(3)? {
        findings.push(format!(
            "Die Rolle „{name}“ darf Rollen oder Datenbanken anlegen oder kopieren. Nehmen Sie ihr das: \
             alter role {name} nocreaterole nocreatedb noreplication;"
        ));
    }
    if row.int(4)? + row.int(5)? > 0 {
        findings.push(format!(
            "Die Rolle „{name}“ ist Mitglied einer Rolle, der die Tabellen gehören oder für die der Zeilenschutz nicht gilt. \
             Nehmen Sie ihr das: revoke ANDERE from {name};"
        ));
    }
    let owned = tx.rows(&OWNED, &[])?;
    if let Some(first) = owned.first() {
        report.findings.extend(findings);
        report.findings.push(format!(
            "Die Rolle „{name}“, als die der Dienst arbeitet, besitzt {} Dinge der Datenbank ({} …) und kann den Zeilenschutz abschalten. {TWO}",
            owned.len(),
            first.text(0)?
        ));
        return Ok(());
    }
    let may = tx.row(&MAY_MAKE, &[])?.ok_or(Error::Missing("rights"))?;
    for (i, what) in ["Tabellen", "Schemata", "vorübergehende Tabellen"].iter().enumerate() {
        if may.flag(i)? {
            findings.push(format!("Die Rolle „{name}“ darf {what} anlegen. {MIGRATE}"));
        }
    }
    for row in tx.rows(&RIGHTS, &[])? {
        let (table, has) = (row.text(0)?, row.opt_text(1)?.unwrap_or("nichts"));
        if scope_of(table).is_some() && has != rights(table) {
            findings.push(format!(
                "Die Rolle „{name}“ darf in der Tabelle „{table}“: {has}; gebraucht wird: {}. {MIGRATE}",
                rights(table)
            ));
        }
        if row.int(2)? > 0 {
            findings.push(format!("In der Tabelle „{table}“ hat jede Rolle Rechte. Nehmen Sie sie ihnen: revoke all on {table} from public;"));
        }
    }
    report.check(
        format!("Rolle „{name}“: besitzt nichts, legt nichts an, darf nur lesen und schreiben"),
        findings,
    );
    Ok(())
}

fn definers(tx: &Tx<'_>, report: &mut Report) -> Result<()> {
    let mut findings = Vec::new();
    for row in tx.rows(&DEFINERS, &[])? {
        findings.push(match row.text(0)? {
            "Sicht" => format!(
                "Die Sicht „{}“ liest mit den Rechten ihrer Besitzerin, am Zeilenschutz vorbei. Löschen Sie sie oder setzen Sie security_invoker.",
                row.text(1)?
            ),
            _ => format!(
                "Die Funktion „{}“ läuft mit den Rechten ihrer Besitzerin, am Zeilenschutz vorbei (SECURITY DEFINER). Löschen Sie sie.",
                row.text(1)?
            ),
        });
    }
    report.check("Funktionen und Sichten: keine mit fremden Rechten", findings);
    Ok(())
}

/// What all this is for: whoever names no tenant sees no row.
fn probe(tx: &Tx<'_>, report: &mut Report) -> Result<()> {
    let mut findings = Vec::new();
    let preset = tx.row(&PRESET, &[])?.ok_or(Error::Missing("setting"))?;
    if !preset.text(0)?.is_empty() {
        findings.push(format!(
            "Die Datenbank oder die Rolle setzt „kommunal.tenant“ voraus auf „{}“. Nehmen Sie das zurück: alter role … reset kommunal.tenant;",
            preset.text(0)?
        ));
    }
    for row in tx.rows(&READABLE, &[])? {
        let table = row.text(0)?;
        if scope_of(table) == Some(Scope::Tenant) && tx.sees_a_row(table)? {
            findings.push(format!(
                "Ohne genanntes Amt sind Zeilen der Tabelle „{table}“ zu sehen. {MIGRATE}"
            ));
        }
    }
    report.check("Probe: ohne genanntes Amt ist keine Zeile zu sehen", findings);
    Ok(())
}
