//! What moves with an authority: every table of a tenant with its columns, in an order in which each row finds what it
//! refers to. A table or a column that is missing here is found by a test. Rows are written out by their key, the same
//! on both engines: byte by byte (`collate "C"`), but for the large tables, whose keys are numbers or hex digits and
//! sort alike everywhere.

use crate::engine::Value;
use crate::sql::{Sql, statements};

/// Rows read at a time.
const ROWS: i64 = 500;
/// The same, where a row holds up to 256 KiB.
const PIECES: i64 = 16;

/// Where a room names the room that it is a part of.
pub(crate) const ROOM_PARENT: usize = 2;

/// A table and its five statements.
pub(crate) struct Table {
    pub(crate) name: &'static str,
    /// Without `tenant`, in the order of `out` and `add`.
    pub(crate) columns: &'static str,
    /// Columns of the key.
    pub(crate) keys: &'static [&'static str],
    pub(crate) page: i64,
    /// A page, from a key on (`$2` …), this key included; the last parameter is the limit.
    pub(crate) out: &'static Sql,
    pub(crate) add: &'static Sql,
    /// The same, where a row of this key may be there.
    pub(crate) merge: &'static Sql,
    pub(crate) erase: &'static Sql,
    pub(crate) count: &'static Sql,
}

impl Table {
    /// Before every key.
    pub(crate) fn first(&self) -> Vec<Value> {
        let value = |key: &&str| match *key {
            "n" | "token" | "case_no" => Value::Int(i64::MIN),
            "idem_key" => Value::Bytes(Vec::new()),
            _ => Value::Text(String::new()),
        };
        self.keys.iter().map(value).collect()
    }

    /// A row's key.
    pub(crate) fn key(&self, row: &[Value]) -> Vec<Value> {
        let columns = self.columns.split(", ").zip(row);
        let named: Vec<_> = columns.filter(|(name, _)| self.keys.contains(name)).collect();
        let of = |key: &&str| named.iter().find(|(name, _)| name == key).map(|(_, v)| (*v).clone());
        self.keys.iter().filter_map(of).collect()
    }
}

macro_rules! tables {
    ($($module:ident $name:literal [$($key:ident),*] $page:ident $columns:literal $from:literal $values:literal;)+) => {
        $(mod $module {
            use super::statements;
            statements! { Tenant $name;
                CARRY_OUT = concat!("select ", $columns, " from ", $name, " where tenant = $1 and ", $from);
                CARRY_ADD = concat!("insert into ", $name, " (tenant, ", $columns, ") values ($1, ", $values, ")");
                CARRY_MERGE = concat!("insert into ", $name, " (tenant, ", $columns, ") values ($1, ", $values, ") on conflict do nothing");
                CARRY_ERASE = concat!("delete from ", $name, " where tenant = $1");
                CARRY_COUNT = concat!("select count(*) from ", $name, " where tenant = $1");
            }
        })+
        pub(crate) static TABLES: &[Table] = &[$(Table {
            name: $name,
            columns: $columns,
            keys: &[$(stringify!($key)),*],
            page: $page,
            out: &$module::CARRY_OUT,
            add: &$module::CARRY_ADD,
            merge: &$module::CARRY_MERGE,
            erase: &$module::CARRY_ERASE,
            count: &$module::CARRY_COUNT,
        }),+];
        /// Every statement of this module.
        pub(crate) static ALL: &[&[&Sql]] = &[$($module::ALL),+];
    };
}

tables! {
    audit "audit" [n] ROWS
        "n, at, actor, event, case_id, prev_hash, hash"
        "n >= $2 order by n limit $3"
        "$2, $3, $4, $5, $6, $7, $8";
    audit_day "audit_day" [day] ROWS
        "day, n, hash, signature"
        r#"day /*postgres:collate "C"*/ >= $2 order by day /*postgres:collate "C"*/ limit $3"#
        "$2, $3, $4, $5";
    audit_head "audit_head" [] ROWS
        "n, hash"
        "1 = 1 order by n limit $2"
        "$2, $3";
    case_file "case_file" [id] ROWS
        "id, no, reference, place, service, service_hash, state, is_open, channel, received_at, updated_at, event_day, due, late_by, assignee, fee_open, to_print, seq, access_hash, case_key, summary, body, pay_state, pay_due, keep_stage, held, keep_day"
        "id >= $2 order by id limit $3"
        "$2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28";
    case_event "case_event" [case_id, n] ROWS
        "case_id, n, at, kind, actor, public, body"
        "(case_id, n) >= ($2, $3) order by case_id, n limit $4"
        "$2, $3, $4, $5, $6, $7, $8";
    change_log "change_log" [id] ROWS
        "id, at, place, area, item, actor, body"
        r#"id /*postgres:collate "C"*/ >= $2 order by id /*postgres:collate "C"*/ limit $3"#
        "$2, $3, $4, $5, $6, $7, $8";
    clerk "clerk" [id] ROWS
        "id, created_at, active, roles, prefs, password, body"
        r#"id /*postgres:collate "C"*/ >= $2 order by id /*postgres:collate "C"*/ limit $3"#
        "$2, $3, $4, $5, $6, $7, $8";
    second_factor "second_factor" [clerk, kind] ROWS
        "clerk, kind, since_at, body"
        r#"(clerk /*postgres:collate "C"*/, kind /*postgres:collate "C"*/) >= ($2, $3) order by clerk /*postgres:collate "C"*/, kind /*postgres:collate "C"*/ limit $4"#
        "$2, $3, $4, $5";
    calendar_feed "calendar_feed" [clerk] ROWS
        "clerk, created_at, token_hash"
        r#"clerk /*postgres:collate "C"*/ >= $2 order by clerk /*postgres:collate "C"*/ limit $3"#
        "$2, $3, $4";
    consultation "consultation" [id] ROWS
        "id, incoming, case_id, peer, peer_id, token_hash, asked_at, answer_by, expires_at, reminded_at, answered_at, revoked_at, body, answer"
        r#"id /*postgres:collate "C"*/ >= $2 order by id /*postgres:collate "C"*/ limit $3"#
        "$2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15";
    count_day "count_day" [place, service, day, kind] ROWS
        "place, service, day, kind, n"
        r#"(place /*postgres:collate "C"*/, service /*postgres:collate "C"*/, day /*postgres:collate "C"*/, kind /*postgres:collate "C"*/) >= ($2, $3, $4, $5) order by place /*postgres:collate "C"*/, service /*postgres:collate "C"*/, day /*postgres:collate "C"*/, kind /*postgres:collate "C"*/ limit $6"#
        "$2, $3, $4, $5, $6";
    delivery_in "delivery_in" [id] ROWS
        "id, from_tenant, kind, received_at"
        r#"id /*postgres:collate "C"*/ >= $2 order by id /*postgres:collate "C"*/ limit $3"#
        "$2, $3, $4, $5";
    delivery_out "delivery_out" [id] ROWS
        "id, to_tenant, kind, created_at, delivered_at, payload"
        r#"id /*postgres:collate "C"*/ >= $2 order by id /*postgres:collate "C"*/ limit $3"#
        "$2, $3, $4, $5, $6, $7";
    erased_case "erased_case" [id] ROWS
        "id, reference, place, service, received_at, ended, outcome, why, erased_at, access_hash"
        "id >= $2 order by id limit $3"
        "$2, $3, $4, $5, $6, $7, $8, $9, $10, $11";
    feedback "feedback" [id] ROWS
        "id, at, kind, page, body"
        r#"id /*postgres:collate "C"*/ >= $2 order by id /*postgres:collate "C"*/ limit $3"#
        "$2, $3, $4, $5, $6";
    idempotency "idempotency" [place, service, idem_key] ROWS
        "place, service, idem_key, at, answers_hash, answer"
        r#"(place /*postgres:collate "C"*/, service /*postgres:collate "C"*/, idem_key) >= ($2, $3, $4) order by place /*postgres:collate "C"*/, service /*postgres:collate "C"*/, idem_key limit $5"#
        "$2, $3, $4, $5, $6, $7";
    job "job" [id] ROWS
        "id, kind, state, planned_at, due, attempts, dedup, error, payload"
        r#"id /*postgres:collate "C"*/ >= $2 order by id /*postgres:collate "C"*/ limit $3"#
        "$2, $3, $4, $5, $6, $7, $8, $9, $10";
    letter "letter" [id] ROWS
        "id, case_id, kind, created_at, size, chunks, meta"
        "id >= $2 order by id limit $3"
        "$2, $3, $4, $5, $6, $7, $8";
    letter_chunk "letter_chunk" [letter, n] PIECES
        "letter, n, body"
        "(letter, n) >= ($2, $3) order by letter, n limit $4"
        "$2, $3, $4";
    office "office" [place] ROWS
        "place, body, crest_type, crest"
        r#"place /*postgres:collate "C"*/ >= $2 order by place /*postgres:collate "C"*/ limit $3"#
        "$2, $3, $4, $5";
    opt_in "opt_in" [place, service, n] ROWS
        "place, service, n, active, from_at, actor"
        r#"(place /*postgres:collate "C"*/, service /*postgres:collate "C"*/, n) >= ($2, $3, $4) order by place /*postgres:collate "C"*/, service /*postgres:collate "C"*/, n limit $5"#
        "$2, $3, $4, $5, $6, $7";
    outbox_mail "outbox_mail" [id] ROWS
        "id, created_at, sent_at, attempts, body, due, given_up_at, error"
        r#"id /*postgres:collate "C"*/ >= $2 order by id /*postgres:collate "C"*/ limit $3"#
        "$2, $3, $4, $5, $6, $7, $8, $9";
    paper "paper" [id] ROWS
        "id, case_id, created_at, size, chunks, meta"
        "id >= $2 order by id limit $3"
        "$2, $3, $4, $5, $6, $7";
    paper_chunk "paper_chunk" [paper, n] PIECES
        "paper, n, body"
        "(paper, n) >= ($2, $3) order by paper, n limit $4"
        "$2, $3, $4";
    room "room" [id] ROWS
        "id, place, parent, on_request, active, position, touched, body"
        r#"id /*postgres:collate "C"*/ >= $2 order by id /*postgres:collate "C"*/ limit $3"#
        "$2, $3, $4, $5, $6, $7, $8, $9";
    booking "booking" [id] ROWS
        "id, room, case_id, from_at, to_at, kind, created_at, label"
        r#"id /*postgres:collate "C"*/ >= $2 order by id /*postgres:collate "C"*/ limit $3"#
        "$2, $3, $4, $5, $6, $7, $8, $9";
    member "member" [id] ROWS
        "id, created_at, body"
        r#"id /*postgres:collate "C"*/ >= $2 order by id /*postgres:collate "C"*/ limit $3"#
        "$2, $3, $4";
    account_item "account_item" [kind, id] ROWS
        "kind, id, at, body"
        r#"(kind /*postgres:collate "C"*/, id /*postgres:collate "C"*/) >= ($2, $3) order by kind /*postgres:collate "C"*/, id /*postgres:collate "C"*/ limit $4"#
        "$2, $3, $4, $5";
    merged_audit "merged_audit" [authority, n] ROWS
        "authority, n, at, actor, event, case_id, prev_hash, hash"
        r#"(authority /*postgres:collate "C"*/, n) >= ($2, $3) order by authority /*postgres:collate "C"*/, n limit $4"#
        "$2, $3, $4, $5, $6, $7, $8, $9";
    merged_audit_day "merged_audit_day" [authority, day] ROWS
        "authority, day, n, hash, signature"
        r#"(authority /*postgres:collate "C"*/, day /*postgres:collate "C"*/) >= ($2, $3) order by authority /*postgres:collate "C"*/, day /*postgres:collate "C"*/ limit $4"#
        "$2, $3, $4, $5, $6";
    merged_authority "merged_authority" [id] ROWS
        "id, name, merged_at, public_key, n, hash, body"
        r#"id /*postgres:collate "C"*/ >= $2 order by id /*postgres:collate "C"*/ limit $3"#
        "$2, $3, $4, $5, $6, $7, $8";
    search_token "search_token" [token, case_no] ROWS
        "token, case_no"
        "(token, case_no) >= ($2, $3) order by token, case_no limit $4"
        "$2, $3";
    setting "setting" [place, service, n] ROWS
        "place, service, n, from_at, actor, params"
        r#"(place /*postgres:collate "C"*/, service /*postgres:collate "C"*/, n) >= ($2, $3, $4) order by place /*postgres:collate "C"*/, service /*postgres:collate "C"*/, n limit $5"#
        "$2, $3, $4, $5, $6, $7";
    sign_up "sign_up" [id] ROWS
        "id, state, created_at, changed_at, expires_at, token_hash, body"
        r#"id /*postgres:collate "C"*/ >= $2 order by id /*postgres:collate "C"*/ limit $3"#
        "$2, $3, $4, $5, $6, $7, $8";
    text_block "text_block" [id] ROWS
        "id, service, kind, title, body, position"
        r#"id /*postgres:collate "C"*/ >= $2 order by id /*postgres:collate "C"*/ limit $3"#
        "$2, $3, $4, $5, $6, $7";
}

#[cfg(test)]
mod tests {
    use super::TABLES;
    use crate::engine::sqlite;
    use crate::migrate::{self, TENANT};
    use crate::sql::Scope;
    use crate::tables;

    /// What is added to the tables later moves too, or this fails.
    #[test]
    fn every_table_and_column_of_a_tenant_moves() {
        let path = std::env::temp_dir().join(format!("kommunal-carry-{}.db", std::process::id()));
        sqlite::discard(&path);
        sqlite::create(&path, |tx| migrate::run(tx, &TENANT)).unwrap();
        let file = rusqlite::Connection::open(&path).unwrap();
        let columns = |table: &str| -> (Vec<String>, Vec<String>) {
            let mut all = file.prepare("select name, pk from pragma_table_info(?1)").unwrap();
            let all = all.query_map([table], |r| Ok((r.get::<_, String>(0)?, r.get::<_, i64>(1)?)));
            let mut all: Vec<_> = all
                .unwrap()
                .map(Result::unwrap)
                .filter(|(name, _)| name != "tenant")
                .collect();
            let names = all.iter().map(|(name, _)| name.clone()).collect();
            all.retain(|(_, pk)| *pk > 0);
            all.sort_by_key(|(_, pk)| *pk);
            (names, all.into_iter().map(|(name, _)| name).collect())
        };
        for (scope, table) in tables::tables().filter(|(scope, _)| *scope == Scope::Tenant) {
            let moved = TABLES
                .iter()
                .find(|t| t.name == table)
                .unwrap_or_else(|| panic!("{table} ({scope:?}) stays behind"));
            let (names, keys) = columns(table);
            let (mut here, mut there) = (
                names.clone(),
                moved.columns.split(", ").map(str::to_owned).collect::<Vec<_>>(),
            );
            here.sort();
            there.sort();
            assert_eq!(here, there, "{table}");
            assert_eq!(keys, moved.keys, "{table}");
        }
        assert_eq!(
            TABLES
                .iter()
                .find(|t| t.name == "room")
                .unwrap()
                .columns
                .split(", ")
                .nth(super::ROOM_PARENT),
            Some("parent")
        );
        sqlite::discard(&path);
    }
}
