//! One row after the other out of an authority and into another: what is sealed in it is opened with the old key and
//! sealed under the new one at its new place. Belongs here: what becomes of a row of each table. Not here: the order of
//! the whole and what the installation knows (`merge.rs`).

use std::collections::{BTreeMap, HashMap};

use domain::{Came, Case, TenantId};
use jiff::Timestamp;
use serde_json::{Value as Json, json};
use zeroize::Zeroizing;

use crate::carry::tables::Table;
use crate::consultations::link_moves;
use crate::engine::{Value, values};
use crate::seal::{Key, Place, hex};
use crate::search::words_of;
use crate::sql::statements;
use crate::tenant::{Context, TenantTx};
use crate::{Error, Result};

statements! { Tenant "reseal";
    OPTED = "select 1 from opt_in where tenant = $1 and place = $2 and service = $3 limit 1";
    SET = "select 1 from setting where tenant = $1 and place = $2 and service = $3 limit 1";
}

/// Planned anew each day for each authority: the other one has its own.
const DAILY: [&str; 3] = ["morning", "audit_head", "keeping"];
/// Two rows of one name are no accident there but the same matter: the one that is here stays.
const MAY_MEET: [&str; 5] = ["delivery_in", "feedback", "idempotency", "job", "outbox_mail"];

/// What held at the first one and does not hold here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Left {
    Office,
    Whole,
    OptIn,
    Setting,
}

/// A case's keys, before and after.
struct CaseKeys {
    old: Key,
    new: Key,
}

/// What is on its way.
pub(super) struct Reseal<'a> {
    from: &'a Context,
    /// The authority itself first, then those that were merged into it: who sent links, and with which key.
    pub(super) sent_by: Vec<(TenantId, Key)>,
    now: Timestamp,
    cases: HashMap<String, CaseKeys>,
    /// Whose case a paper or letter is.
    owner: HashMap<String, String>,
    /// Rooms whose name was taken.
    pub(super) rooms: BTreeMap<String, String>,
    /// Cases, and of them id and reference of those that run.
    pub(super) count: i64,
    pub(super) open: Vec<(String, String)>,
    pub(super) clerks: Vec<String>,
    /// How often each does.
    pub(super) left: BTreeMap<Left, i64>,
    /// Does what was set for this place and service come? By table.
    comes: HashMap<(&'static str, String, String), bool>,
    pub(super) rows: i64,
}

/// A row with its table, read by column.
struct Line<'r> {
    table: &'static str,
    columns: &'static str,
    row: &'r mut Vec<Value>,
}

impl Line<'_> {
    fn at(&self, column: &str) -> Result<usize> {
        let found = self.columns.split(", ").position(|c| c == column);
        found.ok_or_else(|| Error::Database(format!("{}.{column}", self.table)))
    }

    fn get(&self, column: &str) -> Result<&Value> {
        let at = self.at(column)?;
        self.row.get(at).ok_or_else(|| Error::Database(self.table.into()))
    }

    fn text(&self, column: &str) -> Result<String> {
        match self.get(column)? {
            Value::Text(text) => Ok(text.clone()),
            _ => Err(Error::Database(format!("{}.{column}", self.table))),
        }
    }

    fn int(&self, column: &str) -> Result<i64> {
        match self.get(column)? {
            Value::Int(n) => Ok(*n),
            _ => Err(Error::Database(format!("{}.{column}", self.table))),
        }
    }

    /// `None`: null, or nothing in it.
    fn bytes(&self, column: &str) -> Result<Option<Vec<u8>>> {
        match self.get(column)? {
            Value::Bytes(bytes) if !bytes.is_empty() => Ok(Some(bytes.clone())),
            Value::Bytes(_) | Value::Null => Ok(None),
            _ => Err(Error::Database(format!("{}.{column}", self.table))),
        }
    }

    fn set(&mut self, column: &str, value: impl Into<Value>) -> Result<()> {
        let at = self.at(column)?;
        self.row[at] = value.into();
        Ok(())
    }
}

impl<'a> Reseal<'a> {
    pub(super) fn new(from: &'a Context, sent_by: Vec<(TenantId, Key)>, now: Timestamp) -> Reseal<'a> {
        Reseal {
            from,
            sent_by,
            now,
            cases: HashMap::new(),
            owner: HashMap::new(),
            rooms: BTreeMap::new(),
            count: 0,
            open: Vec::new(),
            clerks: Vec::new(),
            left: BTreeMap::new(),
            comes: HashMap::new(),
            rows: 0,
        }
    }

    fn place<'p>(&'p self, t: Option<&'p TenantTx<'_>>, at: (&'static str, &'p str, &'static str, i64)) -> Place<'p> {
        let tenant = t.map_or(self.from.authority.id.as_str(), |t| t.tenant().as_str());
        let (table, row, column, version) = at;
        Place {
            tenant,
            table,
            row,
            column,
            version,
        }
    }

    fn open(
        &self,
        key: &Key,
        at: (&'static str, &str, &'static str, i64),
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>> {
        key.open(self.place(None, at), sealed).map(Zeroizing::new)
    }

    /// A column that is sealed under the authority's own key; `row`: the name of its row, before and after.
    fn own(&self, t: &TenantTx<'_>, line: &mut Line<'_>, column: &'static str, row: (&str, &str)) -> Result<()> {
        if let Some(sealed) = line.bytes(column)? {
            let plain = self.open(&self.from.keys.seal, (line.table, row.0, column, 1), &sealed)?;
            let place = self.place(Some(t), (line.table, row.1, column, 1));
            line.set(column, t.keys().seal.seal(place, &plain, t.entropy())?)?;
        }
        Ok(())
    }

    /// A column that is sealed under a case's key.
    fn of_case(
        &self,
        t: &TenantTx<'_>,
        line: &mut Line<'_>,
        case: &str,
        at: (&str, &'static str, i64),
        change: impl FnOnce(&[u8]) -> Result<Option<Vec<u8>>>,
    ) -> Result<()> {
        let keys = self.cases.get(case).ok_or(Error::Missing("case"))?;
        let (row, column, version) = at;
        let sealed = line.bytes(column)?.ok_or_else(|| Error::Sealed(line.table.into()))?;
        let plain = self.open(&keys.old, (line.table, row, column, version), &sealed)?;
        let changed = change(&plain)?.map(Zeroizing::new);
        let place = self.place(Some(t), (line.table, row, column, version));
        let sealed = keys.new.seal(place, changed.as_ref().unwrap_or(&plain), t.entropy())?;
        line.set(column, sealed)
    }

    /// Takes a row over.
    pub(super) fn take(&mut self, t: &mut TenantTx<'_>, table: &'static Table, mut row: Vec<Value>) -> Result<()> {
        let mut line = Line {
            table: table.name,
            columns: table.columns,
            row: &mut row,
        };
        if !self.change(t, &mut line)? {
            return Ok(());
        }
        let added = t.execute(table.merge, &row)?;
        if added == 0 && !MAY_MEET.contains(&table.name) {
            return Err(Error::Conflict(table.name.into()));
        }
        self.rows += i64::try_from(added).unwrap_or(0);
        Ok(())
    }

    /// Makes the row what it is at the new authority; false: it is not written as it stands.
    fn change(&mut self, t: &mut TenantTx<'_>, line: &mut Line<'_>) -> Result<bool> {
        match line.table {
            "audit" | "audit_day" | "audit_head" | "search_token" => return self.aside(t, line),
            "case_file" => self.case_file(t, line)?,
            "case_event" => {
                let (case, n) = (line.text("case_id")?, line.int("n")?);
                self.of_case(t, line, &case, (&case, "body", n), |_| Ok(None))?;
            }
            "paper" | "letter" => {
                let (id, case) = (line.text("id")?, line.text("case_id")?);
                self.of_case(t, line, &case, (&id, "meta", 1), |_| Ok(None))?;
                self.owner.insert(format!("{}/{id}", line.table), case);
            }
            "paper_chunk" | "letter_chunk" => {
                let kind = if line.table == "paper_chunk" { "paper" } else { "letter" };
                let (id, n) = (line.text(kind)?, line.int("n")?);
                let case = self.owner.get(&format!("{kind}/{id}")).cloned();
                let case = case.ok_or(Error::Missing("case"))?;
                self.of_case(t, line, &case, (&id, "body", n), |_| Ok(None))?;
            }
            "clerk" => self.clerk(t, line)?,
            "second_factor" => self.second_factor(t, line)?,
            "consultation" => {
                let id = line.text("id")?;
                self.own(t, line, "body", (&id, &id))?;
                self.own(t, line, "answer", (&id, &id))?;
                if let Some(kept) = line.bytes("token_hash")?
                    && let Some(hash) = link_moves(&self.sent_by, &t.keys().access, &id, &kept)
                {
                    line.set("token_hash", hash.to_vec())?;
                }
            }
            "idempotency" => {
                let key = hex(&line.bytes("idem_key")?.unwrap_or_default());
                self.own(t, line, "answer", (&key, &key))?;
            }
            "job" => {
                if DAILY.contains(&line.text("kind")?.as_str()) {
                    return Ok(false);
                }
                let id = line.text("id")?;
                self.own(t, line, "payload", (&id, &id))?;
            }
            "delivery_out" => {
                let id = line.text("id")?;
                self.own(t, line, "payload", (&id, &id))?;
            }
            "booking" => {
                let id = line.text("id")?;
                self.own(t, line, "label", (&id, &id))?;
                self.renamed(line, "room")?;
            }
            "change_log" | "feedback" | "outbox_mail" | "merged_authority" => {
                let id = line.text("id")?;
                self.own(t, line, "body", (&id, &id))?;
            }
            "room" => {
                self.renamed(line, "id")?;
                self.renamed(line, "parent")?;
                if let Some(new) = self.rooms.get(&self.before(line, "id")?) {
                    let mut body: Json = serde_json::from_str(&line.text("body")?)?;
                    body["id"] = json!(new);
                    line.set("body", body.to_string())?;
                }
            }
            // Where the authority sits, its bank and what held everywhere in it: the new one has its own.
            "office" => {
                *self.left.entry(Left::Office).or_default() += 1;
                return Ok(false);
            }
            "opt_in" | "setting" => return self.comes(t, line),
            "count_day" => {
                let day = line
                    .text("day")?
                    .parse()
                    .map_err(|_| Error::Database("count_day".into()))?;
                let (place, n) = (domain::Ags(line.text("place")?), line.int("n")?);
                t.add_count(&place, &line.text("service")?, day, &line.text("kind")?, n)?;
                return Ok(false);
            }
            "member" | "account_item" | "sign_up" => return Err(Error::Database(format!("merge: {}", line.table))),
            "calendar_feed" | "delivery_in" | "erased_case" | "merged_audit" | "merged_audit_day" | "text_block" => {}
            // A table that nobody has thought of may hold what is sealed.
            other => return Err(Error::Database(format!("merge: {other}"))),
        }
        Ok(true)
    }

    /// The newest row of a place and a service counts. So either all states of it come, or, where the second one has set
    /// anything of its own, none.
    fn comes(&mut self, t: &TenantTx<'_>, line: &Line<'_>) -> Result<bool> {
        let (place, service) = (line.text("place")?, line.text("service")?);
        let key = (line.table, place.clone(), service.clone());
        if let Some(comes) = self.comes.get(&key) {
            return Ok(*comes);
        }
        let (has, left) = match line.table {
            "opt_in" => (&OPTED, Left::OptIn),
            _ => (&SET, Left::Setting),
        };
        let left = if place.is_empty() { Left::Whole } else { left };
        let comes = left != Left::Whole && t.row(has, values![place, service])?.is_none();
        if !comes {
            *self.left.entry(left).or_default() += 1;
        }
        self.comes.insert(key, comes);
        Ok(comes)
    }

    /// The log goes on as a chain of its own; search is made anew from the cases.
    fn aside(&mut self, t: &mut TenantTx<'_>, line: &Line<'_>) -> Result<bool> {
        let mut row = vec![Value::from(self.from.authority.id.as_str())];
        row.extend(line.row.iter().cloned());
        match line.table {
            "audit" => t.execute(&super::chain::ADD_ROW, &row)?,
            "audit_day" => t.execute(&super::chain::ADD_DAY, &row)?,
            _ => return Ok(false),
        };
        self.rows += 1;
        Ok(false)
    }

    fn case_file(&mut self, t: &mut TenantTx<'_>, line: &mut Line<'_>) -> Result<()> {
        let (id, seq) = (line.text("id")?, line.int("seq")?);
        let wrapped = line.bytes("case_key")?.ok_or(Error::Missing("case_key"))?;
        let at = self.place(None, ("case_file", &id, "case_key", 1));
        let old = Key::unwrap(&self.from.keys.seal, at, &wrapped)?;
        let new = Key::random(t.entropy());
        let at = self.place(Some(t), ("case_file", &id, "case_key", 1));
        line.set("case_key", new.wrap(&t.keys().seal, at, t.entropy())?)?;
        self.cases.insert(id.clone(), CaseKeys { old, new });
        let (tenant, came) = (t.tenant().clone(), self.came());
        let mut read = None;
        self.of_case(t, line, &id, (&id, "body", seq), |plain| {
            let mut case: Case = serde_json::from_slice(plain)?;
            case.tenant = tenant;
            case.came = Some(came);
            self.rename_in(&mut case);
            let body = serde_json::to_vec(&case)?;
            read = Some(case);
            Ok(Some(body))
        })?;
        self.of_case(t, line, &id, (&id, "summary", seq), |_| Ok(None))?;
        let case = read.ok_or(Error::Missing("case"))?;
        t.add_tokens(line.int("no")?, &words_of(&case))?;
        self.count += 1;
        if case.state.is_open() {
            self.open.push((id, case.reference));
        }
        Ok(())
    }

    fn came(&self) -> Came {
        Came {
            from: self.from.authority.name.clone(),
            since: self.now,
        }
    }

    /// Where the case names a room that is called otherwise here.
    fn rename_in(&self, case: &mut Case) {
        let Some(room) = case.room.as_mut() else { return };
        let Some(new) = self.rooms.get(&room.id) else { return };
        let old = std::mem::replace(&mut room.id, new.clone());
        replace(&mut case.answers, &old, new);
    }

    /// Nobody works at a desk that has not let him in: the account waits for its new lead.
    fn clerk(&mut self, t: &TenantTx<'_>, line: &mut Line<'_>) -> Result<()> {
        let id = line.text("id")?;
        let sealed = line.bytes("body")?.unwrap_or_default();
        let body = self.open(&self.from.keys.seal, ("clerk", &id, "body", 1), &sealed)?;
        let body: Json = serde_json::from_slice(&body)?;
        self.clerks.push(body["name"].as_str().unwrap_or_default().to_owned());
        self.own(t, line, "body", (&id, &id))?;
        line.set("active", 0)
    }

    fn second_factor(&self, t: &TenantTx<'_>, line: &mut Line<'_>) -> Result<()> {
        let (clerk, kind) = (line.text("clerk")?, line.text("kind")?);
        let before = format!("{clerk}/{kind}");
        let sealed = line.bytes("body")?.unwrap_or_default();
        let body = self.open(&self.from.keys.seal, ("second_factor", &before, "body", 1), &sealed)?;
        let kind = t.key_row_here(&kind, &body)?.unwrap_or(kind);
        self.own(t, line, "body", (&before, &format!("{clerk}/{kind}")))?;
        line.set("kind", kind)
    }

    fn renamed(&self, line: &mut Line<'_>, column: &str) -> Result<()> {
        if let Value::Text(old) = line.get(column)?
            && let Some(new) = self.rooms.get(old)
        {
            line.set(column, new.as_str())?;
        }
        Ok(())
    }

    /// The old name of a room that was renamed; else the one that stands there.
    fn before(&self, line: &Line<'_>, column: &str) -> Result<String> {
        let here = line.text(column)?;
        let old = self.rooms.iter().find(|(_, new)| **new == here);
        Ok(old.map_or(here, |(old, _)| old.clone()))
    }
}

/// Each answer that names the room.
fn replace(value: &mut Json, old: &str, new: &str) {
    match value {
        Json::Object(map) => {
            for (key, value) in map {
                if key == "room" && value.as_str() == Some(old) {
                    *value = json!(new);
                } else {
                    replace(value, old, new);
                }
            }
        }
        Json::Array(list) => list.iter_mut().for_each(|v| replace(v, old, new)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_names_the_room_as_it_is_called_now() {
        let mut answers = json!({"event": {"room": "saal", "name": "saal"}, "list": [{"room": "saal"}, {"room": "x"}]});
        replace(&mut answers, "saal", "neu");
        let want = json!({"event": {"room": "neu", "name": "saal"}, "list": [{"room": "neu"}, {"room": "x"}]});
        assert_eq!(answers, want);
    }
}
