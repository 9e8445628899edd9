//! A lint of every statement, parsed: each table of a tenant is held to `$1`, at the place where it is named. So no
//! statement can reach into another authority, and on a server sharded by tenant each runs on one shard. The lint is
//! itself tested with statements that are wrong in each way we could think of.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use sqlparser::ast::*;
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;
use store::sql::Scope;
use store::statements;
use store::tables::scope_of;

/// What is wrong with a statement of this scope.
fn lint(scope: Scope, text: &str) -> Vec<String> {
    let parsed = match Parser::parse_sql(&PostgreSqlDialect {}, text) {
        Ok(parsed) if parsed.len() == 1 => parsed,
        Ok(_) => return vec!["more than one statement".into()],
        // What belongs to one engine alone and to no table.
        Err(_) if scope == Scope::None => return Vec::new(),
        Err(e) => return vec![format!("not understood: {e}")],
    };
    let mut lint = Lint {
        scope,
        ..Lint::default()
    };
    let _ = parsed.visit(&mut Names(&mut lint));
    let _ = parsed.visit(&mut lint);
    // Nothing was named at a place where this lint does not look.
    if lint.named != lint.held + lint.loose {
        let (named, seen) = (lint.named, lint.held + lint.loose);
        lint.say(format!("{named} tables of a tenant are named, {seen} were looked at"));
    }
    lint.findings
}

struct Lint {
    scope: Scope,
    /// Names of `with` queries: linted where they stand.
    with: BTreeSet<String>,
    /// Mentions of tenant tables, and how many of them are held to the tenant or not.
    named: usize,
    held: usize,
    loose: usize,
    findings: Vec<String>,
}

impl Default for Lint {
    fn default() -> Self {
        Lint {
            scope: Scope::None,
            with: BTreeSet::new(),
            named: 0,
            held: 0,
            loose: 0,
            findings: Vec::new(),
        }
    }
}

/// First round: which names there are.
struct Names<'a>(&'a mut Lint);

impl Visitor for Names<'_> {
    type Break = ();
    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        for cte in query.with.iter().flat_map(|with| &with.cte_tables) {
            let name = cte.alias.name.value.clone();
            if scope_of(&name).is_some() {
                self.0.say(format!("a query has the name of the table {name}"));
            }
            self.0.with.insert(name);
        }
        ControlFlow::Continue(())
    }
}

/// A table of a tenant under the name that it has in its query.
struct Named {
    table: String,
    alias: String,
}

/// `a.tenant` or `tenant`: of which alias.
enum Side {
    Of(String),
    Bare,
    Parameter,
}

fn name(object: &ObjectName) -> String {
    object.to_string()
}

fn parameter(expr: &Expr) -> bool {
    match expr {
        Expr::Nested(inner) => parameter(inner),
        Expr::Value(v) => matches!(&v.value, Value::Placeholder(p) if p == "$1"),
        _ => false,
    }
}

fn side(expr: &Expr) -> Option<Side> {
    match expr {
        e if parameter(e) => Some(Side::Parameter),
        Expr::Nested(inner) => side(inner),
        Expr::Identifier(column) if column.value == "tenant" => Some(Side::Bare),
        Expr::CompoundIdentifier(parts) => match parts.as_slice() {
            [alias, column] if column.value == "tenant" => Some(Side::Of(alias.value.clone())),
            _ => None,
        },
        _ => None,
    }
}

/// Equalities that hold for every row: only what is joined by `and` at the top.
fn equal(expr: &Expr, out: &mut Vec<(Side, Side)>) {
    match expr {
        Expr::Nested(inner) => equal(inner, out),
        Expr::BinaryOp {
            left,
            op: BinaryOperator::And,
            right,
        } => {
            equal(left, out);
            equal(right, out);
        }
        Expr::BinaryOp {
            left,
            op: BinaryOperator::Eq,
            right,
        } => {
            if let (Some(one), Some(other)) = (side(left), side(right)) {
                out.push((one, other));
            }
        }
        _ => {}
    }
}

impl Lint {
    fn say(&mut self, finding: impl Into<String>) {
        self.findings.push(finding.into());
    }

    fn is_tenant(&self, table: &str) -> bool {
        !self.with.contains(table) && scope_of(table) == Some(Scope::Tenant)
    }

    /// The tenant tables of a list of sources, how many other sources there are, and what their joins say.
    fn sources(
        &mut self,
        from: &[TableWithJoins],
        tables: &mut Vec<Named>,
        others: &mut usize,
        equals: &mut Vec<(Side, Side)>,
    ) {
        for source in from {
            self.factor(&source.relation, tables, others, equals);
            for join in &source.joins {
                let first = tables.len();
                self.factor(&join.relation, tables, others, equals);
                let (constraint, outer) = match &join.join_operator {
                    JoinOperator::Join(c) | JoinOperator::Inner(c) | JoinOperator::CrossJoin(c) => (c, false),
                    JoinOperator::Left(c) | JoinOperator::LeftOuter(c) => (c, true),
                    _ => {
                        self.say("a join of a kind that this lint does not know");
                        continue;
                    }
                };
                let mut said = Vec::new();
                match constraint {
                    JoinConstraint::On(on) => equal(on, &mut said),
                    JoinConstraint::None => {}
                    _ => self.say("a join without `on`"),
                }
                if outer {
                    // Says something only of what it joins: the other side keeps all its rows.
                    let joined: Vec<String> = tables[first..].iter().map(|t| t.alias.clone()).collect();
                    let of_joined = |side: &Side| matches!(side, Side::Of(alias) if joined.contains(alias));
                    said.retain(|(one, other)| of_joined(one) || of_joined(other));
                    said.retain(|pair| matches!(pair, (Side::Parameter, _) | (_, Side::Parameter)));
                }
                equals.extend(said);
            }
        }
    }

    fn factor(
        &mut self,
        factor: &TableFactor,
        tables: &mut Vec<Named>,
        others: &mut usize,
        equals: &mut Vec<(Side, Side)>,
    ) {
        match factor {
            TableFactor::Table {
                name: object,
                alias,
                args: None,
                ..
            } => {
                let table = name(object);
                if self.is_tenant(&table) {
                    let alias = alias.as_ref().map_or_else(|| table.clone(), |a| a.name.value.clone());
                    tables.push(Named { table, alias });
                } else {
                    *others += 1;
                }
            }
            // A function, or a query that is linted for itself.
            TableFactor::Table { .. } | TableFactor::Derived { .. } | TableFactor::Function { .. } => *others += 1,
            TableFactor::NestedJoin {
                table_with_joins,
                alias: None,
            } => {
                self.sources(std::slice::from_ref(table_with_joins), tables, others, equals);
            }
            _ => self.say("a source of a kind that this lint does not know"),
        }
    }

    /// Is each of these tables held to `$1`, directly or by the tenant of one that is?
    fn held(&mut self, from: &[TableWithJoins], selection: Option<&Expr>) {
        let (mut tables, mut others, mut equals) = (Vec::new(), 0, Vec::new());
        self.sources(from, &mut tables, &mut others, &mut equals);
        if let Some(selection) = selection {
            equal(selection, &mut equals);
        }
        let single = (tables.len() == 1 && others == 0).then(|| tables[0].alias.clone());
        let resolve = |side: &Side| match side {
            Side::Of(alias) => Some(alias.clone()),
            Side::Bare => single.clone(),
            Side::Parameter => None,
        };
        let mut bound: BTreeSet<String> = BTreeSet::new();
        loop {
            let before = bound.len();
            for pair in &equals {
                match pair {
                    (Side::Parameter, side) | (side, Side::Parameter) => bound.extend(resolve(side)),
                    (one, other) => {
                        if let (Some(one), Some(other)) = (resolve(one), resolve(other))
                            && (bound.contains(&one) || bound.contains(&other))
                        {
                            bound.extend([one, other]);
                        }
                    }
                }
            }
            if bound.len() == before {
                break;
            }
        }
        let aliases: BTreeSet<&str> = tables.iter().map(|t| t.alias.as_str()).collect();
        if aliases.len() < tables.len() {
            self.say("two tables under one name");
        }
        for table in &tables {
            if bound.contains(&table.alias) {
                self.held += 1;
            } else {
                self.loose += 1;
                self.say(format!("{} without tenant = $1", table.table));
            }
        }
    }

    fn insert(&mut self, insert: &Insert) {
        let TableObject::TableName(object) = &insert.table else {
            return self.say("an insert into no table");
        };
        if !self.is_tenant(&name(object)) {
            return;
        }
        self.held += 1;
        if insert.columns.first().map(name).as_deref() != Some("tenant") {
            return self.say("an insert whose first column is not the tenant");
        }
        match &insert.source {
            Some(query) => self.rows(&query.body),
            None => self.say("an insert without rows"),
        }
        if let Some(OnInsert::OnConflict(conflict)) = &insert.on {
            match &conflict.conflict_target {
                Some(ConflictTarget::Columns { columns, .. }) if columns[0].value != "tenant" => {
                    self.say("a conflict that does not begin with the tenant");
                }
                Some(ConflictTarget::OnConstraint(_)) => self.say("a conflict by the name of its constraint"),
                _ => {}
            }
            if let OnConflictAction::DoUpdate(update) = &conflict.action {
                self.assignments(&update.assignments);
            }
        }
    }

    /// The first value of each row is `$1`.
    fn rows(&mut self, body: &SetExpr) {
        let first = match body {
            SetExpr::Values(values) => {
                let right = values.rows.iter().all(|row| row.content.first().is_some_and(parameter));
                return if !right {
                    self.say("a row whose tenant is not $1")
                };
            }
            SetExpr::SetOperation { left, right, .. } => {
                self.rows(left);
                return self.rows(right);
            }
            SetExpr::Query(query) => return self.rows(&query.body),
            SetExpr::Select(select) => select.projection.first(),
            _ => None,
        };
        if !matches!(first, Some(SelectItem::UnnamedExpr(e) | SelectItem::ExprWithAlias { expr: e, .. }) if parameter(e))
        {
            self.say("a row whose tenant is not $1");
        }
    }

    fn assignments(&mut self, assignments: &[Assignment]) {
        let moves = assignments.iter().any(|a| match &a.target {
            AssignmentTarget::ColumnName(column) => name(column).ends_with("tenant"),
            AssignmentTarget::Tuple(columns) => columns.iter().any(|c| name(c).ends_with("tenant")),
        });
        if moves && self.scope == Scope::Tenant {
            self.say("a row is moved to another tenant");
        }
    }
}

impl Visitor for Lint {
    type Break = ();

    /// Each mention of a table, wherever it stands.
    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<()> {
        let table = name(relation);
        if self.with.contains(&table) {
            return ControlFlow::Continue(());
        }
        match scope_of(&table) {
            Some(scope) => {
                self.named += usize::from(scope == Scope::Tenant);
                if scope != self.scope {
                    self.say(format!("{table} is a table of {scope:?}"));
                }
            }
            // Functions and, for the engine's own statements, the catalogue.
            None if self.scope == Scope::None || table.contains("json_") || table.starts_with("pg_") => {}
            None => self.say(format!("{table} is on no list")),
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        self.held(&select.from, select.selection.as_ref());
        ControlFlow::Continue(())
    }

    fn pre_visit_statement(&mut self, statement: &Statement) -> ControlFlow<()> {
        match statement {
            Statement::Query(_) => {}
            Statement::Insert(insert) => self.insert(insert),
            Statement::Update(update) => {
                let mut from = vec![update.table.clone()];
                match &update.from {
                    Some(UpdateTableFromKind::AfterSet(more) | UpdateTableFromKind::BeforeSet(more)) => {
                        from.extend(more.iter().cloned());
                    }
                    None => {}
                }
                self.assignments(&update.assignments);
                self.held(&from, update.selection.as_ref());
            }
            Statement::Delete(delete) => {
                let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
                let mut from = from.clone();
                from.extend(delete.using.iter().flatten().cloned());
                self.held(&from, delete.selection.as_ref());
            }
            // A pragma, say.
            _ if self.scope == Scope::None => {}
            _ => self.say("a statement of a kind that this lint does not know"),
        }
        ControlFlow::Continue(())
    }
}

#[test]
fn every_statement_stays_within_one_tenant_and_its_scope() {
    let mut findings = Vec::new();
    let mut tenants = 0;
    for s in statements() {
        tenants += usize::from(s.scope == Scope::Tenant);
        findings.extend(
            lint(s.scope, s.postgres)
                .into_iter()
                .map(|f| format!("{}: {f}", s.name)),
        );
    }
    assert!(tenants > 120, "{tenants}");
    assert_eq!(findings, [] as [&str; 0]);
}

#[test]
fn the_lint_finds_every_planted_fault() {
    for (scope, text, finding) in [
        // The filter is missing, or holds only for some rows.
        (
            Scope::Tenant,
            "select id from case_file where id = $2 and seq > $1",
            "case_file without",
        ),
        (
            Scope::Tenant,
            "select id from case_file where tenant = $2 and id = $1",
            "case_file without",
        ),
        (
            Scope::Tenant,
            "select id from case_file where tenant = $1 or id = $2",
            "case_file without",
        ),
        (
            Scope::Tenant,
            "select id from case_file where not (tenant = $1)",
            "case_file without",
        ),
        (
            Scope::Tenant,
            "select id from case_file where (tenant = $1 and id = $2) or is_open = 1",
            "case_file without",
        ),
        (
            Scope::Tenant,
            "select id from case_file where tenant >= $1",
            "case_file without",
        ),
        (
            Scope::Tenant,
            "select id from case_file where tenant = tenant",
            "case_file without",
        ),
        (Scope::Tenant, "select count(*), $1 from job", "job without"),
        // In one arm, one subquery, one level only.
        (
            Scope::Tenant,
            "select id from case_file where tenant = $1 union all select id from paper where id = $2",
            "paper without",
        ),
        (
            Scope::Tenant,
            "select id from case_file where tenant = $1 and id in (select case_id from paper where size > $2)",
            "paper without",
        ),
        (
            Scope::Tenant,
            "select id from case_file where id in (select case_id from paper where tenant = $1)",
            "case_file without",
        ),
        (
            Scope::Tenant,
            "select (select count(*) from job) from case_file where tenant = $1",
            "job without",
        ),
        (
            Scope::Tenant,
            "select id from case_file where tenant = $1 order by (select max(due) from job)",
            "job without",
        ),
        (
            Scope::Tenant,
            "select s.id from (select id, tenant from case_file) as s where s.tenant = $1",
            "case_file without",
        ),
        (
            Scope::Tenant,
            "with c as (select id from case_file) select id from c where $1 = $1",
            "case_file without",
        ),
        (
            Scope::Tenant,
            "with c as (select id from job where tenant = $1) delete from job where id in (select id from c)",
            "job without",
        ),
        (
            Scope::Tenant,
            "select id from case_file as f where f.tenant = $1 and exists (select 1 from paper as p where f.tenant = $1 and p.case_id = f.id)",
            "paper without",
        ),
        (
            Scope::Tenant,
            "with job as (select $1) select * from job",
            "the name of the table job",
        ),
        // Joins without the tenant.
        (
            Scope::Tenant,
            "select f.id from case_file as f join paper as p on p.case_id = f.id where f.tenant = $1",
            "paper without",
        ),
        (
            Scope::Tenant,
            "select f.id from case_file as f, paper as p where f.tenant = $1 and p.case_id = f.id",
            "paper without",
        ),
        (
            Scope::Tenant,
            "select f.id from case_file as f left join paper as p on f.tenant = $1 and p.tenant = $1",
            "case_file without",
        ),
        (
            Scope::Tenant,
            "select f.id from case_file as f left join paper as p on p.case_id = f.id and p.tenant = f.tenant where f.tenant = $1 or p.tenant = $1",
            "case_file without",
        ),
        (
            Scope::Tenant,
            "select f.id from case_file as f join paper as p using (tenant) where f.tenant = $1",
            "a join without `on`",
        ),
        (
            Scope::Tenant,
            "select f.id from case_file as f join paper as p on p.id = f.id where tenant = $1",
            "paper without",
        ),
        // Changes.
        (
            Scope::Tenant,
            "update case_file set state = $2 where id = $1",
            "case_file without",
        ),
        (
            Scope::Tenant,
            "update case_file set tenant = $2 where tenant = $1",
            "moved to another tenant",
        ),
        (
            Scope::Tenant,
            "update case_file set state = p.id from paper as p where case_file.tenant = $1 and p.case_id = case_file.id",
            "paper without",
        ),
        (
            Scope::Tenant,
            "delete from job where id = $2 and $1 = $1",
            "job without",
        ),
        (
            Scope::Tenant,
            "delete from paper using case_file where paper.tenant = $1 and paper.case_id = case_file.id",
            "case_file without",
        ),
        // New rows.
        (
            Scope::Tenant,
            "insert into feedback (id, at, kind, page, body) values ($1, $2, $3, $4, $5)",
            "first column",
        ),
        (
            Scope::Tenant,
            "insert into feedback values ($1, $2, $3, $4, $5)",
            "first column",
        ),
        (
            Scope::Tenant,
            "insert into feedback (tenant, id) values ($2, $1)",
            "whose tenant is not $1",
        ),
        (
            Scope::Tenant,
            "insert into feedback (tenant, id) values ($1, $2), ($3, $2)",
            "whose tenant is not $1",
        ),
        (
            Scope::Tenant,
            "insert into feedback (tenant, id) select tenant, id from job where tenant = $1",
            "whose tenant is not $1",
        ),
        (
            Scope::Tenant,
            "insert into feedback (tenant, id) select $1, id from job",
            "job without",
        ),
        (
            Scope::Tenant,
            "insert into room (tenant, id) values ($1, $2) on conflict (id) do nothing",
            "conflict",
        ),
        (
            Scope::Tenant,
            "insert into room (tenant, id) values ($1, $2) on conflict (tenant, id) do update set tenant = $3",
            "moved",
        ),
        // Another scope's table, or nobody's.
        (
            Scope::Tenant,
            "select tenant from session where tenant = $1",
            "session is a table of Shared",
        ),
        (
            Scope::Tenant,
            "select id from case_file where tenant = $1 and id in (select case_id from reference_index where tenant = $1)",
            "reference_index is a table of Shared",
        ),
        (
            Scope::Shared,
            "select id from case_file where tenant = $1",
            "case_file is a table of Tenant",
        ),
        (
            Scope::Shared,
            "delete from session where clerk in (select id from clerk where tenant = $1)",
            "clerk is a table of Tenant",
        ),
        (
            Scope::Drafts,
            "select id from paper where tenant = $1",
            "paper is a table of Tenant",
        ),
        (
            Scope::None,
            "select count(*) from case_file",
            "case_file is a table of Tenant",
        ),
        (
            Scope::Tenant,
            "select id from case_copy where tenant = $1",
            "case_copy is on no list",
        ),
        (
            Scope::Tenant,
            "truncate case_file",
            "a kind that this lint does not know",
        ),
        (
            Scope::Tenant,
            "select id from job where tenant = $1; delete from job",
            "more than one",
        ),
    ] {
        let findings = lint(scope, text);
        assert!(
            findings.iter().any(|f| f.contains(finding)),
            "{text}\n  wanted: {finding}\n  found: {findings:?}"
        );
    }
}

#[test]
fn the_lint_lets_pass_what_is_right() {
    for text in [
        "select id from case_file where tenant = $1 and (id = $2 or seq > $3)",
        "select id from case_file where ($1 = tenant)",
        "select f.id from case_file as f join paper as p on p.tenant = f.tenant and p.case_id = f.id where f.tenant = $1",
        "select f.id from case_file as f left join paper as p on p.tenant = $1 and p.case_id = f.id where f.tenant = $1",
        "select id from case_file where tenant = $1 union select id from paper where tenant = $1",
        "with c as materialized (select id from job where tenant = $1 for update skip locked) update job set due = $2 where tenant = $1 and id in (select id from c)",
        "insert into feedback (tenant, id) select $1, id from job where tenant = $1 on conflict (tenant, id) do update set at = excluded.at",
    ] {
        assert_eq!(lint(Scope::Tenant, text), [] as [&str; 0], "{text}");
    }
}
