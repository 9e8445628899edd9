//! How far an authority is with setting up a service or a bundle, what it has planned, and the step that ends it:
//! going online. Test cases are gone from that moment.

use domain::{Actor, Ags, CaseId};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::Result;
use crate::engine::values;
use crate::settings::{NEXT_SET, SET};
use crate::sql::statements;
use crate::tenant::TenantTx;

statements! { Tenant "set_up";
    TRIALS = "select id from case_file where tenant = $1 and channel = 'trial' order by received_at, id";
}

/// How far somebody is. Kept like a set of rules, under the name of the bundle or service and no place.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SetUp {
    pub begun: Option<Timestamp>,
    /// The place whose rules were taken over.
    pub like: Option<Ags>,
    /// The pages were looked at as the public will see them.
    pub previewed: Option<Timestamp>,
    /// Goes online on a day.
    pub planned: Option<Planned>,
}

/// What goes online on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    pub on: Date,
    pub what: Vec<(Ags, String)>,
    /// Clerk's id.
    pub by: String,
}

impl TenantTx<'_> {
    pub fn set_up(&self, item: &str) -> Result<SetUp> {
        match self.params(&Ags::from(""), item, Timestamp::MAX)? {
            Some(kept) => Ok(serde_json::from_value(serde_json::to_value(kept.params)?)?),
            None => Ok(SetUp::default()),
        }
    }

    /// Changes it as it is now. What stays the same is not written.
    pub fn change_set_up(
        &mut self,
        item: &str,
        actor: &str,
        now: Timestamp,
        change: impl FnOnce(&mut SetUp),
    ) -> Result<()> {
        self.lock_settings()?;
        let before = self.set_up(item)?;
        let mut after = before.clone();
        change(&mut after);
        after.begun = after.begun.or(Some(now));
        if before == after {
            return Ok(());
        }
        let n = self.row(&NEXT_SET, values!["", item])?.map_or(Ok(1), |r| r.int(0))?;
        self.execute(&SET, values!["", item, n, now, actor, serde_json::to_string(&after)?])?;
        if before.planned != after.planned {
            let day = |s: &SetUp| json!(s.planned.as_ref().map(|p| p.on));
            self.note_change("", "planned", item, actor, &day(&before), &day(&after), now)?;
        }
        Ok(())
    }

    /// Plans what goes online on a day, at its first minute; the day's job does it unless the plan is another by then.
    pub fn plan(&mut self, item: &str, planned: Planned, due: Timestamp, now: Timestamp) -> Result<()> {
        let by = planned.by.clone();
        let key = format!("publish:{item}:{}", planned.on);
        self.change_set_up(item, &by, now, |s| s.planned = Some(planned))?;
        self.add_job("publish", &json!({ "item": item }), due, Some(&key))?;
        Ok(())
    }

    /// Takes services online at places, and everything that was only a test off the desk. A state that holds already is
    /// not written again: the history shows changes only. How many came online.
    pub fn publish(&mut self, what: &[(Ags, String)], actor: &str, now: Timestamp) -> Result<usize> {
        self.lock_settings()?;
        let mut n = 0;
        for (place, service) in what {
            if !self.opted_in(place, service)?.is_some_and(|o| o.active) {
                self.opt_in(place, service, true, actor, now)?;
                n += 1;
            }
        }
        for id in self.trials()? {
            let tried = self.case(&id)?;
            let over = tried.is_some_and(|c| what.iter().any(|(p, s)| *p == c.place && *s == c.service));
            if over {
                self.erase_trial(&id, now)?;
            }
        }
        Ok(n)
    }

    /// Cases that somebody made to try a service out.
    pub fn trials(&self) -> Result<Vec<CaseId>> {
        let rows = self.rows(&TRIALS, &[])?;
        rows.iter().map(|r| Ok(CaseId::from(r.text(0)?))).collect()
    }

    /// Does what is planned for today, if it still is. How many services came online.
    pub fn publish_planned(&mut self, item: &str, today: Date, now: Timestamp) -> Result<usize> {
        self.lock_settings()?;
        let Some(plan) = self.set_up(item)?.planned.filter(|p| p.on <= today) else {
            return Ok(0);
        };
        let n = self.publish(&plan.what, &plan.by, now)?;
        self.change_set_up(item, &plan.by, now, |s| s.planned = None)?;
        Ok(n)
    }

    fn erase_trial(&mut self, id: &CaseId, now: Timestamp) -> Result<()> {
        for job in self.dead_jobs()?.iter().filter(|j| j.case.as_ref() == Some(id)) {
            self.job_done(&job.id)?;
        }
        self.forget_mail(id.as_str())?;
        self.delete_case(id, &Actor::System, now)?;
        Ok(())
    }
}
