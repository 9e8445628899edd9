//! Back to an earlier state of the rules: what held before a change holds again, from now on and as a change of its own.
//! Running cases keep theirs.

use std::collections::BTreeMap;

use axum::extract::{Form, State};
use axum::response::Response;
use domain::Ags;
use serde_json::Value;
use store::Change;

use crate::desk::session::Lead;
use crate::failure::{Failure, Result};
use crate::offering::publish::changed;
use crate::office::fields::Typed;
use crate::reply::redirect;
use crate::state::App;

/// What can be put back.
pub fn is_reversible(change: &Change) -> bool {
    change.area == "params" && !change.place.is_empty()
}

/// The rules before a change; none were set: as the service proposes.
fn before(change: &Change) -> BTreeMap<String, Value> {
    serde_json::from_value(change.before.clone()).unwrap_or_default()
}

pub async fn back(State(app): State<App>, lead: Lead, Form(pairs): Form<Vec<(String, String)>>) -> Result<Response> {
    let id = Typed(pairs).get("stand").to_owned();
    let (actor, now) = (lead.0.clerk.id.0.clone(), app.now());
    let done = lead.0.tenant.write(move |t| {
        t.lock_settings()?;
        let Some(change) = t.change(&id)?.filter(is_reversible) else {
            return Ok(false);
        };
        let place = Ags::from(change.place.as_str());
        t.set_params(&place, &change.item, before(&change), &actor, now)?;
        Ok::<_, store::Error>(true)
    });
    if !done.await? {
        return Err(Failure::Page);
    }
    changed(&app, &lead).await?;
    Ok(redirect("/amt/einstellungen/verlauf?bereich=params&stand=zurueck"))
}
