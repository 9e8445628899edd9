//! Calling off what was granted, for its applicant: asked once more, with the choice whether the costs stay.

use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::{Action, CaseId};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::desk::case;
use crate::desk::file::{self, File};
use crate::desk::session::Desk;
use crate::desk::steps::{TEXT, plain, too_long};
use crate::failure::Result;
use crate::format;
use crate::req::Req;
use crate::state::App;

pub async fn page(State(app): State<App>, Path(id): Path<String>, desk: Desk, req: Req) -> Result<Response> {
    form(&app, &desk, &req, &id, &Choice::default(), false).await
}

#[derive(Debug, Default, Deserialize)]
pub struct Choice {
    #[serde(default)]
    grund: String,
    /// `bleiben` or `entfallen`; nothing where nothing is to pay.
    #[serde(default)]
    kosten: String,
}

impl Choice {
    fn missing(&self, file: &File) -> bool {
        file.case.costs() && !matches!(self.kosten.as_str(), "bleiben" | "entfallen")
    }
}

async fn form(app: &App, desk: &Desk, req: &Req, id: &str, choice: &Choice, sent: bool) -> Result<Response> {
    let file = file::load(app, desk, id).await?;
    if !file.case.can_call_off(app.today()) {
        let why = "Absagen geht nur, was genehmigt, bestätigt oder zugesagt ist, und nur bis zum Tag des Termins.";
        return file::refused(app, desk, req, &file.case.id, why).await;
    }
    file::seen(app, desk, &file.case.id, "case.read").await?;
    let error = if sent && choice.missing(&file) {
        "Wählen Sie, ob die Kosten bleiben."
    } else {
        ""
    };
    let long = too_long(&plain(&choice.grund), TEXT).unwrap_or_default();
    let mut errors = vec![
        json!({ "href": "kosten-bleiben", "text": error }),
        json!({ "href": "grund", "text": long }),
    ];
    errors.retain(|e| e["text"] != "");
    let status = match errors.is_empty() {
        true => StatusCode::OK,
        false => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let ctx = json!({
        "c": case::head(app, &file), "kept": file::kept(req), "errors": errors, "errors_title": "Bitte ändern Sie eine Angabe",
        "error": error, "error_reason": long, "text": choice.grund, "chosen": choice.kosten, "fee": costs(&file), "free": file.case.cancel_until.filter(|_| file.case.free_to_cancel(app.today())).map(format::date), "day": file.case.event_day.map(format::date),
    });
    app.desk_page(status, "desk/call_off.html", req, desk, "eingang", ctx)
}

/// What is at stake; nothing where nothing is to pay.
fn costs(file: &File) -> Value {
    let fee = &file.case.fee;
    if !file.case.costs() {
        return Value::Null;
    }
    json!({ "paid": fee.paid_at.is_some(), "total": fee.total_cents, "deposit": if fee.deposit_returned_at.is_none() { fee.deposit_cents } else { 0 }, "kept": fee.kept() })
}

pub async fn send(
    State(app): State<App>,
    Path(id): Path<String>,
    desk: Desk,
    req: Req,
    Form(input): Form<Choice>,
) -> Result<Response> {
    let file = file::load(&app, &desk, &id).await?;
    let reason = plain(&input.grund);
    if input.missing(&file) || too_long(&reason, TEXT).is_some() {
        return form(&app, &desk, &req, &id, &input, true).await;
    }
    let action = Action::CallOff {
        reason,
        fee_stays: input.kosten != "entfallen",
    };
    let id = CaseId(id);
    let acted = file::act(&app, &desk, &id, vec![action]).await?;
    file::after(&app, &desk, &req, &id, acted, "abgesagt").await
}
