//! What a municipality sets: opt-in and parameters, each with every earlier state, and the history of all
//! settings for people.

use std::collections::BTreeMap;

use domain::Ags;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::engine::{Row, values};
use crate::sql::statements;
use crate::tenant::TenantTx;
use crate::{Archive, Change, OptIn, Result, Setting};

statements! { Tenant "settings";
    /// An advisory lock: what is locked may have no row yet.
    LOCK = "/*sqlite:select $1*//*postgres:select pg_advisory_xact_lock(76, hashtext($1))::text*/";
    OPT_IN = "insert into opt_in (tenant, place, service, n, active, from_at, actor) \
        select $1, $2, $3, coalesce(max(n), 0) + 1, $4, $5, $6 from opt_in \
        where tenant = $1 and place = $2 and service = $3";
    OPTED_IN = "select place, service, active, from_at, actor from opt_in \
        where tenant = $1 and place = $2 and service = $3 order by n desc limit 1";
    OPT_INS = "select place, service, active, from_at, actor from opt_in as o where tenant = $1 \
        and ($2 = '' or place = $2) and n = (select max(n) from opt_in as l where l.tenant = $1 \
        and l.place = o.place and l.service = o.service) order by place, service";
    NEXT_SET = "select coalesce(max(n), 0) + 1 from setting where tenant = $1 and place = $2 and service = $3";
    SET = "insert into setting (tenant, place, service, n, from_at, actor, params) \
        values ($1, $2, $3, $4, $5, $6, $7)";
    PARAMS = "select n, params, from_at, actor from setting \
        where tenant = $1 and place = $2 and service = $3 and from_at <= $4 order by n desc limit 1";
    NOTE = "insert into change_log (tenant, id, at, place, area, item, actor, body) \
        values ($1, $2, $3, $4, $5, $6, $7, $8)";
    LAST_NOTE = "select max(id) from change_log where tenant = $1 and at = $2";
    CHANGE = "select id, at, place, area, item, actor, body from change_log where tenant = $1 and id = $2";
    CHANGES = "select id, at, place, area, item, actor, body from change_log \
        where tenant = $1 and ($2 = '*' or place = $2) order by at desc, id desc limit $3";
}

#[derive(Serialize, Deserialize)]
struct Body {
    before: Json,
    after: Json,
}

/// What an authority sets for itself: the setting of no place and no service.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Own {
    reads_hidden: Option<String>,
    reads_hidden_since: Option<Timestamp>,
    second_factor: bool,
    archive: Option<Archive>,
}

/// What `active` holds: paused, online, left.
const PAUSED: i64 = 0;
const ONLINE: i64 = 1;
const LEFT: i64 = 2;

fn opt_in_row(row: &Row) -> Result<OptIn> {
    Ok(OptIn {
        place: Ags::from(row.text(0)?),
        service: row.text(1)?.to_owned(),
        active: row.int(2)? == ONLINE,
        left: row.int(2)? == LEFT,
        from: row.time(3)?,
        actor: row.text(4)?.to_owned(),
    })
}

/// Digits of a change's id that number what is changed within one moment, so that it keeps its order.
const TURN: usize = 8;

/// The number after that of the moment's last change.
fn turn(last: Option<&str>) -> String {
    let last = last.and_then(|id| u32::from_str_radix(id.get(..TURN)?, 16).ok());
    format!("{:08x}", last.map_or(0, |n| n.saturating_add(1)))
}

impl TenantTx<'_> {
    /// Whoever changes settings does it after everybody who began before: numbers are drawn once, and a state that was
    /// read stays so until it is written. Before any other lock of the transaction.
    pub fn lock_settings(&mut self) -> Result<()> {
        self.rows(&LOCK, &[]).map(drop)
    }

    /// Opts in (`active`) or pauses. `actor`: a clerk's id or `system`.
    pub fn opt_in(&mut self, place: &Ags, service: &str, active: bool, actor: &str, now: Timestamp) -> Result<()> {
        let state = if active { ONLINE } else { PAUSED };
        self.stand(place, service, state, &active.into(), actor, now)
    }

    /// The place takes no part any more. Its rules stay where they are, for the day on which it comes back.
    pub fn leave(&mut self, place: &Ags, service: &str, actor: &str, now: Timestamp) -> Result<()> {
        self.stand(place, service, LEFT, &"left".into(), actor, now)
    }

    fn stand(
        &mut self,
        place: &Ags,
        service: &str,
        state: i64,
        after: &Json,
        actor: &str,
        now: Timestamp,
    ) -> Result<()> {
        self.lock_settings()?;
        let before = self.opted_in(place, service)?.is_some_and(|o| o.active);
        self.execute(&OPT_IN, values![place.as_str(), service, state, now, actor])?;
        self.note_change(place.as_str(), "opt_in", service, actor, &before.into(), after, now)
    }

    /// The state now; `None`: never opted in.
    pub fn opted_in(&self, place: &Ags, service: &str) -> Result<Option<OptIn>> {
        self.row(&OPTED_IN, values![place.as_str(), service])?
            .as_ref()
            .map(opt_in_row)
            .transpose()
    }

    /// The state of all services of a place (`None`: of all places).
    pub fn opt_ins(&self, place: Option<&Ags>) -> Result<Vec<OptIn>> {
        self.rows(&OPT_INS, values![place.map_or("", Ags::as_str)])?
            .iter()
            .map(opt_in_row)
            .collect()
    }

    /// A new parameter set, in force from now. Bounds are checked by `schema` before.
    pub fn set_params(
        &mut self,
        place: &Ags,
        service: &str,
        params: BTreeMap<String, Json>,
        actor: &str,
        now: Timestamp,
    ) -> Result<Setting> {
        self.lock_settings()?;
        let before = self.params(place, service, now)?.map(|s| s.params);
        let n = self
            .row(&NEXT_SET, values![place.as_str(), service])?
            .map_or(Ok(1), |r| r.int(0))?;
        let text = serde_json::to_string(&params)?;
        self.execute(&SET, values![place.as_str(), service, n, now, actor, text])?;
        let (old, new) = (serde_json::to_value(before)?, serde_json::to_value(&params)?);
        self.note_change(place.as_str(), "params", service, actor, &old, &new, now)?;
        Ok(Setting {
            place: place.clone(),
            service: service.into(),
            n,
            params,
            from: now,
            actor: actor.into(),
        })
    }

    /// The set in force at `at`; `None`: the service's defaults.
    pub fn params(&self, place: &Ags, service: &str, at: Timestamp) -> Result<Option<Setting>> {
        let Some(row) = self.row(&PARAMS, values![place.as_str(), service, at])? else {
            return Ok(None);
        };
        Ok(Some(Setting {
            place: place.clone(),
            service: service.to_owned(),
            n: row.int(0)?,
            params: serde_json::from_str(row.text(1)?)?,
            from: row.time(2)?,
            actor: row.text(3)?.to_owned(),
        }))
    }

    /// From now on applicants are not told who read their case, for this reason; `None`: they are again. The reason is
    /// shown to them.
    pub fn hide_reads(&mut self, reason: Option<&str>, actor: &str, now: Timestamp) -> Result<()> {
        self.lock_settings()?;
        let before = self.reads_hidden()?.map(|(reason, _)| reason);
        let (hidden, since) = (reason.map(str::to_owned), reason.map(|_| now));
        self.change_own(actor, now, |own| {
            (own.reads_hidden, own.reads_hidden_since) = (hidden, since)
        })?;
        let (old, new) = (serde_json::to_value(before)?, serde_json::to_value(reason)?);
        self.note_change("", "reads", "", actor, &old, &new, now)
    }

    /// Why and since when applicants are not told who read their case; `None`: they are.
    pub fn reads_hidden(&self) -> Result<Option<(String, Timestamp)>> {
        let own = self.own()?;
        Ok(own.reads_hidden.zip(own.reads_hidden_since))
    }

    /// From now on every account needs a second factor, or none does more than it wants.
    pub fn require_second_factor(&mut self, required: bool, actor: &str, now: Timestamp) -> Result<()> {
        self.lock_settings()?;
        let before = self.second_factor_required()?;
        self.change_own(actor, now, |own| own.second_factor = required)?;
        let (old, new) = (serde_json::to_value(before)?, serde_json::to_value(required)?);
        self.note_change("", "second_factor", "", actor, &old, &new, now)
    }

    /// Whether this authority wants a second factor of every account.
    pub fn second_factor_required(&self) -> Result<bool> {
        Ok(self.own()?.second_factor)
    }

    /// Names the archive to which cases are offered before they are erased; `None`: there is none.
    pub fn set_archive(&mut self, archive: Option<Archive>, actor: &str, now: Timestamp) -> Result<()> {
        let before = self.archive()?;
        if before == archive {
            return Ok(());
        }
        let (old, new) = (serde_json::to_value(&before)?, serde_json::to_value(&archive)?);
        self.change_own(actor, now, |own| own.archive = archive)?;
        self.note_change("", "archive", "", actor, &old, &new, now)
    }

    pub fn archive(&self) -> Result<Option<Archive>> {
        Ok(self.own()?.archive)
    }

    fn own(&self) -> Result<Own> {
        match self.row(&PARAMS, values!["", "", i64::MAX])? {
            Some(row) => Ok(serde_json::from_str(row.text(1)?)?),
            None => Ok(Own::default()),
        }
    }

    fn change_own(&mut self, actor: &str, now: Timestamp, change: impl FnOnce(&mut Own)) -> Result<()> {
        let mut own = self.own()?;
        change(&mut own);
        let n = self.row(&NEXT_SET, values!["", ""])?.map_or(Ok(1), |r| r.int(0))?;
        self.execute(&SET, values!["", "", n, now, actor, serde_json::to_string(&own)?])?;
        Ok(())
    }

    /// A line of the settings' history and an audit row.
    #[expect(
        clippy::too_many_arguments,
        reason = "a change has that many parts; only this crate calls it"
    )]
    pub(crate) fn note_change(
        &mut self,
        place: &str,
        area: &str,
        item: &str,
        actor: &str,
        before: &Json,
        after: &Json,
        now: Timestamp,
    ) -> Result<()> {
        let last = self.row(&LAST_NOTE, values![now])?;
        let last = last.as_ref().map(|row| row.opt_text(0)).transpose()?.flatten();
        let id = format!("{}{}", turn(last), &self.entropy().id()[TURN..]);
        let body = Body {
            before: before.clone(),
            after: after.clone(),
        };
        let sealed = self.seal("change_log", &id, "body", &body)?;
        self.execute(&NOTE, values![id, now, place, area, item, actor, sealed])?;
        self.audit(actor, &format!("settings.{area}"), None, now);
        Ok(())
    }

    /// History of the settings, newest first; `None`: of all places.
    pub fn changes(&self, place: Option<&str>, limit: u32) -> Result<Vec<Change>> {
        let rows = self.rows(&CHANGES, values![place.unwrap_or("*"), i64::from(limit)])?;
        rows.iter().map(|row| self.change_row(row)).collect()
    }

    /// One line of the history.
    pub fn change(&self, id: &str) -> Result<Option<Change>> {
        self.row(&CHANGE, values![id])?
            .as_ref()
            .map(|row| self.change_row(row))
            .transpose()
    }

    fn change_row(&self, row: &Row) -> Result<Change> {
        let body: Body = self.open("change_log", row.text(0)?, "body", row.bytes(6)?)?;
        Ok(Change {
            id: row.text(0)?.to_owned(),
            at: row.time(1)?,
            place: row.text(2)?.to_owned(),
            area: row.text(3)?.to_owned(),
            item: row.text(4)?.to_owned(),
            actor: row.text(5)?.to_owned(),
            before: body.before,
            after: body.after,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::turn;

    /// Whoever wrote the one before, and whenever this process began.
    #[test]
    fn a_change_is_numbered_after_the_last_of_its_moment() {
        assert_eq!(turn(None), "00000000");
        assert_eq!(turn(Some("0000002aaaaaaaaaaaaaaaaaaaaaaaaa")), "0000002b");
        assert_eq!(turn(Some("ffffffff0000")), "ffffffff");
    }
}
