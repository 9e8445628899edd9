//! "Alles wie in Nobitz": the rules of a place where a service is online, taken over in one step. They are public. What
//! is that place's alone, as the address of its ordinance, stays there.

use axum::extract::{Form, Path, State};
use axum::response::Response;
use domain::Ags;
use schema::{Service, parameter};

use crate::desk::session::Lead;
use crate::failure::{Failure, Result};
use crate::offering::item;
use crate::offering::publish::changed;
use crate::offering::rules_form::{ORDINANCE, Params};
use crate::offering::uses::Uses;
use crate::office::fields::Typed;
use crate::reply::redirect;
use crate::state::App;

/// Another place's rules as they may hold here: a value that is not lawful today gives way to the proposal.
fn lawful(s: &Service, theirs: &Params) -> Params {
    let one = |p: &schema::Parameter| {
        if p.id == ORDINANCE {
            return (p.id.clone(), p.default.clone());
        }
        let value = theirs.get(&p.id).unwrap_or(&p.default);
        let read = parameter::read(p, &parameter::typed(p, value));
        (p.id.clone(), read.unwrap_or_else(|_| p.default.clone()))
    };
    s.parameters.iter().map(one).collect()
}

pub async fn copy(
    State(app): State<App>,
    lead: Lead,
    Path(id): Path<String>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response> {
    let item = item::one(&app, lead.0.tenant.id(), &id)?;
    let from = Ags::from(Typed(pairs).get("wie"));
    let uses = Uses::read(&app).await?;
    let mut new: Vec<(Ags, String, Params)> = Vec::new();
    for d in &item.services {
        let Some(theirs) = uses.params(&from, &d.service) else {
            continue;
        };
        let params = lawful(&d.service, &theirs);
        new.extend(
            d.places
                .iter()
                .map(|p| (p.ags().clone(), d.service.id.clone(), params.clone())),
        );
    }
    if new.is_empty() {
        return Err(Failure::Bad(
            "Dort ist keine dieser Leistungen mehr online. Wählen Sie einen anderen Ort.".into(),
        ));
    }
    let (actor, at, key) = (lead.0.clerk.id.0.clone(), app.now(), item.id.clone());
    let write = lead.0.tenant.write(move |t| {
        t.lock_settings()?;
        for (ags, service, mut params) in new {
            let before = t.params(&ags, &service, at)?.map(|s| s.params);
            let own = before.as_ref().and_then(|b| b.get(ORDINANCE).cloned());
            params.extend(own.map(|o| (ORDINANCE.to_owned(), o)));
            if before.as_ref() != Some(&params) {
                t.set_params(&ags, &service, params, &actor, at)?;
            }
        }
        t.change_set_up(&key, &actor, at, |s| s.like = Some(from))
    });
    write.await?;
    changed(&app, &lead).await?;
    Ok(redirect(&format!("{}?stand=wie", item.href())))
}
