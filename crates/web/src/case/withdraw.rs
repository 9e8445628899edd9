//! Withdrawing: asked once more, then final.

use axum::extract::{Form, Path, State};
use axum::response::Response;
use domain::Action;
use schema::Lang;
use serde::Deserialize;
use serde_json::json;

use crate::case::access::Seen;
use crate::case::{access, status};
use crate::failure::{Failure, Result};
use crate::reply::redirect;
use crate::req::Req;
use crate::state::App;

pub async fn page(State(app): State<App>, Path(reference): Path<String>, req: Req) -> Result<Response> {
    let seen = match access::see_or_ask(&app, &req, &reference).await {
        Ok(seen) => seen,
        Err(response) => return Ok(response),
    };
    if !seen.case.state.is_open() {
        return Ok(redirect(&format!("/v/{}", seen.case.reference)));
    }
    form(&app, &req, &seen, "")
}

fn form(app: &App, req: &Req, seen: &Seen, reason: &str) -> Result<Response> {
    let name = seen.title(&seen.context(app, req.lang));
    let ctx = json!({ "c": { "title": name, "reference": seen.case.reference, "authority": seen.offer.authority() }, "reason": reason });
    app.ok("case/withdraw.html", app.ui_form(req, &seen.offer, &name), ctx)
}

/// Characters of a reason at most.
const REASON: usize = 1000;

#[derive(Debug, Deserialize)]
pub struct Reason {
    #[serde(default)]
    grund: String,
    /// `daten`: from the page about one's data, where a tick says that it is meant.
    #[serde(default)]
    von: String,
    #[serde(default)]
    ja: String,
}

impl Reason {
    /// The reason, unless it is too long to be kept.
    pub fn checked(&self, app: &App, lang: Lang) -> Result<String> {
        let reason = self.grund.trim().to_owned();
        match status::too_long(app, lang, &reason, REASON) {
            Some(why) => Err(Failure::Bad(why)),
            None => Ok(reason),
        }
    }
}

pub async fn send(
    State(app): State<App>,
    Path(reference): Path<String>,
    req: Req,
    Form(input): Form<Reason>,
) -> Result<Response> {
    let seen = access::see(&app, &req, &reference).await?;
    let reason = input.checked(&app, req.lang)?;
    if input.von == "daten" && input.ja.is_empty() && seen.case.state.is_open() {
        // Not ticked: asked once more, with what was written.
        return form(&app, &req, &seen, &reason);
    }
    status::act(&app, &seen, Action::Withdraw { reason }, req.lang).await?;
    Ok(redirect(&format!("/v/{}?gesendet=zurueckgezogen", seen.case.reference)))
}
