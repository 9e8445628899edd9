//! Once a day: what has had its time goes one step on. Each step is a transaction of its own and says nothing of the
//! next, so that a run which breaks off is ended by the one after it, and one that runs twice does nothing.

use anyhow::{Context as _, Result};
use domain::{Action, Actor, Case, CaseId, Next, Release, Stage};
use jiff::{Timestamp, ToSpan as _};
use schema::Service;
use store::{ActError, Dispatch, TenantStore};

use crate::Worker;
use crate::deliver::Sender;

/// Cases looked at in one go.
const PAGE: u32 = 200;
/// How often a run goes for more: what is left over is the next day's.
const ROUNDS: usize = 50;
/// Steps of one case in one run.
const STEPS: usize = 6;

impl Worker {
    pub(crate) async fn keeping(&self, tenant: &TenantStore) -> Result<()> {
        let now = (self.clock)();
        let today = domain::date_of(now);
        let mut wiped = false;
        for _ in 0..ROUNDS {
            let ids = tenant.read(move |t| t.cases_to_look_at(today, PAGE)).await?;
            if ids.is_empty() {
                break;
            }
            for id in ids {
                match self.keep(tenant, &id, now).await {
                    Ok(gone) => wiped |= gone,
                    // One case that cannot be read holds up no other.
                    Err(error) => {
                        tracing::error!(tenant = %tenant.id(), case = %id, %error, "a case could not be looked at");
                        let tomorrow = today.saturating_add(1.day());
                        tenant.write(move |t| t.look_again(&id, Some(tomorrow))).await?;
                    }
                }
            }
        }
        if wiped {
            tenant.wipe_log().await?;
        }
        Ok(())
    }

    /// Everything that is due of one case; true: something was erased.
    async fn keep(&self, tenant: &TenantStore, id: &CaseId, now: Timestamp) -> Result<bool> {
        let wanted = id.clone();
        let Some(case) = tenant.read(move |t| t.case(&wanted)).await? else {
            return Ok(false);
        };
        let service = self.services.version(&case.service_hash).await?;
        let service = service.context("the service's version is missing")?;
        let mut wiped = false;
        for _ in 0..STEPS {
            let (id, service) = (id.clone(), service.clone());
            match tenant.write(move |t| step(t, &id, &service, now)).await? {
                Step::Done => break,
                Step::More => {}
                Step::Wiped => wiped = true,
            }
        }
        Ok(wiped)
    }

    /// An office that asked us has erased its case: what it told us goes, too.
    pub(crate) async fn take_erasure(&self, from: &Sender, target: &TenantStore, d: &Dispatch) -> Result<()> {
        let id = d.payload["consultation"].as_str().context("consultation")?.to_owned();
        let (message, from, now) = (d.id.clone(), from.clone(), (self.clock)());
        let write = target.write(move |t| -> Result<(), store::Error> {
            if t.receive(&message, &from.id, "consult_erased", now)? {
                from.names
                    .iter()
                    .try_for_each(|name| t.erase_question(&id, name, now))?;
            }
            Ok(())
        });
        write.await?;
        target.wipe_log().await?;
        Ok(())
    }
}

enum Step {
    Done,
    More,
    /// Something is gone, and there may be more.
    Wiped,
}

/// Released because there was no archive to ask.
fn unasked(case: &Case) -> bool {
    matches!(
        case.keeping.stage,
        Stage::Released {
            why: Release::NoArchive,
            ..
        }
    )
}

fn step(t: &mut store::TenantTx<'_>, id: &CaseId, service: &Service, now: Timestamp) -> Result<Step, ActError> {
    let today = domain::date_of(now);
    let Some(case) = t.case(id)? else {
        return Ok(Step::Done);
    };
    match case.next_of_keeping(service, today) {
        Next::Look(day) => {
            t.look_again(id, day)?;
            return Ok(Step::Done);
        }
        Next::Answers(paths) => {
            t.act(id, Action::EraseAnswers { paths }, &Actor::System, now)?;
            t.renew_receipts(id, now)?;
            return Ok(Step::Wiped);
        }
        Next::Over => t.act(id, Action::TimeOver, &Actor::System, now)?,
        Next::Silent => t.act(id, Action::ArchiveSilent, &Actor::System, now)?,
        // An archive was named in the meantime: it is asked first.
        Next::Erase if unasked(&case) && t.archive()?.is_some() => t.act(id, Action::Recall, &Actor::System, now)?,
        Next::Erase => {
            let ended = case
                .ended_on(service)
                .unwrap_or_else(|| domain::date_of(case.received_at));
            t.erase_case(id, ended, now)?;
            return Ok(Step::Wiped);
        }
    };
    Ok(Step::More)
}
