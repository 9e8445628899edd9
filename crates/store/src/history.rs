//! A case's history: lines that people read, sealed under the case's key.

use domain::{Actor, CaseId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::engine::values;
use crate::seal::{Key, Place};
use crate::sql::statements;
use crate::tenant::TenantTx;
use crate::{Event, Result};

statements! { Tenant "history";
    /// The case's row is locked by whoever adds a line.
    NEXT = "select coalesce(max(n), 0) + 1 from case_event where tenant = $1 and case_id = $2";
    INSERT = "insert into case_event (tenant, case_id, n, at, kind, actor, public, body) \
        values ($1, $2, $3, $4, $5, $6, $7, $8)";
    LIST = "select n, at, kind, public, body from case_event where tenant = $1 and case_id = $2 order by n";
}

#[derive(Serialize, Deserialize)]
struct Body {
    actor: String,
    text: String,
}

fn place<'a>(tenant: &'a str, case: &'a CaseId, n: i64) -> Place<'a> {
    Place {
        tenant,
        table: "case_event",
        row: case.as_str(),
        column: "body",
        version: n,
    }
}

impl TenantTx<'_> {
    #[expect(
        clippy::too_many_arguments,
        reason = "a line of history has that many parts; one caller"
    )]
    pub(crate) fn add_event(
        &mut self,
        case: &CaseId,
        key: &Key,
        kind: &str,
        public: bool,
        text: &str,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<()> {
        let n = self.row(&NEXT, values![case.as_str()])?.map_or(Ok(1), |r| r.int(0))?;
        let body = serde_json::to_vec(&Body {
            actor: actor.label().to_owned(),
            text: text.to_owned(),
        })?;
        let sealed = key.seal(place(self.tenant().as_str(), case, n), &body, self.entropy())?;
        let actor = crate::cases::actor_id(actor);
        self.execute(&INSERT, values![case.as_str(), n, now, kind, actor, public, sealed])?;
        Ok(())
    }

    /// Oldest first; empty when there is no such case. Show applicants the public lines only.
    pub fn history(&self, case: &CaseId) -> Result<Vec<Event>> {
        let Some(key) = self.case_key(case)? else {
            return Ok(Vec::new());
        };
        let rows = self.rows(&LIST, values![case.as_str()])?;
        rows.iter()
            .map(|row| {
                let n = row.int(0)?;
                let body = key.open(place(self.tenant().as_str(), case, n), row.bytes(4)?)?;
                let body: Body = serde_json::from_slice(&body)?;
                Ok(Event {
                    n,
                    at: row.time(1)?,
                    kind: row.text(2)?.to_owned(),
                    actor: body.actor,
                    public: row.flag(3)?,
                    text: body.text,
                })
            })
            .collect()
    }
}
