//! The one list of all tables and whose data they hold. Isolation on PostgreSQL, `kommunal doctor` and the lint of
//! all statements go by it; a table that is not here is a finding.

use crate::sql::Scope;

/// Whose data a table holds, by the statements that may touch it.
pub const TABLES: &[(Scope, &[&str])] = &[
    (
        Scope::Tenant,
        &[
            "account_item",
            "audit",
            "audit_day",
            "audit_head",
            "booking",
            "calendar_feed",
            "case_event",
            "case_file",
            "change_log",
            "clerk",
            "consultation",
            "count_day",
            "delivery_in",
            "delivery_out",
            "erased_case",
            "feedback",
            "idempotency",
            "job",
            "letter",
            "letter_chunk",
            "member",
            "merged_audit",
            "merged_audit_day",
            "merged_authority",
            "office",
            "opt_in",
            "outbox_mail",
            "paper",
            "paper_chunk",
            "room",
            "search_token",
            "second_factor",
            "setting",
            "sign_up",
            "text_block",
        ],
    ),
    (
        Scope::Shared,
        &[
            "account_link",
            "account_login",
            "account_passkey",
            "account_session",
            "authority",
            "authority_code",
            "backup_canary",
            "backup_run",
            "ceremony",
            "demand_day",
            "figure",
            "figure_month",
            "installation_key",
            "job_hint",
            "key_check",
            "login",
            "merged",
            "miss",
            "offered",
            "package",
            "reference_index",
            "schema_version",
            "service_version",
            "session",
            "tenant_key",
        ],
    ),
    (Scope::Drafts, &["draft", "draft_chunk", "draft_miss", "draft_paper"]),
];

/// Whose data this table holds; `None`: nobody has said.
pub fn scope_of(table: &str) -> Option<Scope> {
    TABLES
        .iter()
        .find(|(_, tables)| tables.contains(&table))
        .map(|(scope, _)| *scope)
}

/// Every table with its scope.
pub fn tables() -> impl Iterator<Item = (Scope, &'static str)> {
    TABLES
        .iter()
        .flat_map(|(scope, tables)| tables.iter().map(move |table| (*scope, *table)))
}

/// May the program itself delete from this table?
pub(crate) fn may_delete(table: &str) -> bool {
    rights(table).contains("delete")
}

/// What the program itself may do in a table on PostgreSQL. It never truncates (that passes by row level security)
/// and never rewrites the log of who did what, nor its signed heads, nor where the log of a merged authority ended, nor
/// that a case was erased.
pub(crate) fn rights(table: &str) -> &'static str {
    match table {
        "schema_version" => "select",
        "audit" | "audit_day" | "erased_case" | "merged_audit" | "merged_audit_day" | "merged_authority" => {
            "select, insert"
        }
        _ => "select, insert, update, delete",
    }
}
