//! Calling off what was granted: asked once more, then final. In time it costs nothing; later the costs stay until the
//! desk says otherwise. What the page said of the costs is sent along: it may be midnight in between.

use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::Action;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::case::access::{self, Seen};
use crate::case::{status, withdraw};
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
    form(&app, &req, &seen, "", false)
}

fn form(app: &App, req: &Req, seen: &Seen, reason: &str, late: bool) -> Result<Response> {
    let name = seen.title(&seen.context(app, req.lang));
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
        "free": seen.case.free_to_cancel(app.today()), "late": late, "reason": reason, "room": seen.service.booking.is_some(), "lead": lead,
        "reference": seen.case.reference, "authority": seen.offer.authority(), "costs": costs(app, req, seen),
    } });
    let status = if late {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    app.page(status, "case/call_off.html", app.ui_form(req, &seen.offer, &name), ctx)
}

/// What of the costs: nothing is said where nothing is to pay and nothing was.
fn costs(app: &App, req: &Req, seen: &Seen) -> Value {
    let (case, fee) = (&seen.case, &seen.case.fee);
    if !case.costs() {
        return Value::Null;
    }
    let fill = |key: &str, with: &[(&str, &str)]| app.texts.fill(req.lang, key, with);
    let euro = |cents: i64| format::euro_in(cents, req.lang);
    let who = seen.offer.authority();
    let text = match (case.free_to_cancel(app.today()), fee.paid_at.is_some()) {
        (true, true) => fill("call_off.free_paid", &[("amount", &euro(fee.kept()))]),
        (true, false) => fill("call_off.free", &[]),
        (false, true) if fee.holds_deposit() => {
            let amount = euro(fee.deposit_cents);
            let deposit = fill("call_off.deposit_back", &[("amount", &amount)]);
            [fill("call_off.costs_paid", &[("authority", &who)]), deposit].join(req.lang.gap())
        }
        (false, true) => fill("call_off.costs_paid", &[("authority", &who)]),
        (false, false) => fill("call_off.costs", &[("authority", &who)]),
    };
    Value::String(text)
}

#[derive(Debug, Deserialize)]
pub struct Sent {
    #[serde(flatten)]
    reason: withdraw::Reason,
    /// `frei`: the page said that it costs nothing.
    #[serde(default)]
    kosten: String,
}

pub async fn send(
    State(app): State<App>,
    Path(reference): Path<String>,
    req: Req,
    Form(input): Form<Sent>,
) -> Result<Response> {
    let seen = access::see(&app, &req, &reference).await?;
    let reason = input.reason.checked(&app, req.lang)?;
    let shown_free = input.kosten == "frei";
    let today = app.today();
    if shown_free && seen.case.can_call_off(today) && seen.case.costs() && !seen.case.free_to_cancel(today) {
        return form(&app, &req, &seen, &reason, true);
    }
    let action = Action::CallOff {
        reason,
        fee_stays: !shown_free,
    };
    status::act(&app, &seen, action, req.lang).await?;
    Ok(redirect(&format!("/v/{}?gesendet=abgesagt", seen.case.reference)))
}
