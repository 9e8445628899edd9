//! Calling off what was granted: asked once more, then final. In time it costs nothing; later the costs stay until the
//! desk says otherwise.

use axum::extract::{Form, Path, State};
use axum::response::Response;
use domain::Action;
use serde_json::json;

use crate::case::withdraw::Reason;
use crate::case::{access, status};
use crate::failure::Result;
use crate::format;
use crate::reply::redirect;
use crate::req::Req;
use crate::state::App;

pub async fn page(State(app): State<App>, Path(reference): Path<String>, req: Req) -> Result<Response> {
    let seen = match access::see_or_ask(&app, &req, &reference).await {
        Ok(seen) => seen,
        Err(response) => return Ok(response),
    };
    if !seen.case.can_call_off(app.today()) {
        return Ok(redirect(&format!("/v/{}", seen.case.reference)));
    }
    let name = seen.title(&seen.context(&app, req.lang));
    let lead = match seen.case.event_day {
        // Most titles name the day themselves.
        Some(day) if !name.contains(&format::date(day)) => {
            let day = format::long_date(day, req.lang);
            app.texts
                .fill(req.lang, "call_off.lead_day", &[("title", &name), ("day", &day)])
        }
        _ => app.texts.fill(req.lang, "call_off.lead", &[("title", &name)]),
    };
    let ctx = json!({ "c": {
        "free": seen.case.free_to_cancel(app.today()), "room": seen.service.booking.is_some(), "lead": lead, "reference": seen.case.reference, "authority": seen.offer.authority(), "costs": seen.case.fee.is_open(),
    } });
    app.ok("case/call_off.html", app.ui_form(&req, &seen.offer, &name), ctx)
}

pub async fn send(
    State(app): State<App>,
    Path(reference): Path<String>,
    req: Req,
    Form(input): Form<Reason>,
) -> Result<Response> {
    let seen = access::see(&app, &req, &reference).await?;
    let reason = input.checked(&app, req.lang)?;
    let action = Action::CallOff {
        reason,
        fee_stays: true,
    };
    status::act(&app, &seen, action, req.lang).await?;
    Ok(redirect(&format!("/v/{}?gesendet=abgesagt", seen.case.reference)))
}
