//! The small steps of a case: assigning, standing in, notes, payments, posting a letter, withdrawing on
//! request. What is possible when is decided by `domain`.

use axum::body::Bytes;
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::{Action, CaseId, ClerkId};
use serde::Deserialize;
use serde_json::json;

use crate::desk::file::{self, Acted};
use crate::desk::session::Desk;
use crate::desk::{case, session};
use crate::failure::Result;
use crate::reply::redirect;
use crate::req::{Req, form_pairs, plain_lines};
use crate::state::App;

/// Letters of a note or reason at most.
pub const TEXT: usize = 2000;

/// As it is kept: lines as they count in the field.
pub fn plain(text: &str) -> String {
    plain_lines(text.trim())
}

/// Why a text is not taken: nothing a clerk wrote is ever cut.
pub fn too_long(text: &str, most: usize) -> Option<String> {
    let n = text.chars().count();
    (n > most).then(|| format!("Der Text ist zu lang: {n} Zeichen, höchstens {most}. Kürzen Sie ihn."))
}

/// "Prüfung beginnen": the applicant sees it.
pub async fn begin(State(app): State<App>, Path(id): Path<String>, desk: Desk, req: Req) -> Result<Response> {
    let id = CaseId(id);
    let acted = file::act(&app, &desk, &id, vec![Action::Begin]).await?;
    file::after(&app, &desk, &req, &id, acted, "begonnen").await
}

#[derive(Debug, Deserialize)]
pub struct Assign {
    #[serde(default)]
    was: String,
    /// A clerk's id, for `was=person`.
    #[serde(default)]
    an: String,
}

/// To me, to somebody, to nobody, or in somebody's place.
pub async fn assign(
    State(app): State<App>,
    Path(id): Path<String>,
    desk: Desk,
    req: Req,
    Form(input): Form<Assign>,
) -> Result<Response> {
    let file = file::load(&app, &desk, &id).await?;
    let me = (desk.clerk.id.clone(), desk.clerk.name.clone());
    let (actions, done) = match input.was.as_str() {
        "frei" => (vec![Action::Assign { to: None }], "frei"),
        "person" => {
            let wanted = ClerkId(input.an);
            let clerk = desk.tenant.read(move |t| t.clerk(&wanted)).await?;
            let clerk = clerk.filter(|c| c.active && !store::only_audits(c));
            let Some(clerk) = clerk else {
                let why = "Wählen Sie eine Person aus der Liste.";
                return file::refused(&app, &desk, &req, &file.case.id, why).await;
            };
            (
                vec![Action::Assign {
                    to: Some((clerk.id, clerk.name)),
                }],
                "zugewiesen",
            )
        }
        "vertretung" => {
            let mut actions = vec![Action::Assign { to: Some(me) }];
            if let Some(absent) = &file.case.assignee_name {
                let text = format!("Vertretung für {absent}");
                actions.push(Action::Note { text });
            }
            (actions, "vertretung")
        }
        _ => (vec![Action::Assign { to: Some(me) }], "zugewiesen"),
    };
    let acted = file::act(&app, &desk, &file.case.id, actions).await?;
    file::after(&app, &desk, &req, &file.case.id, acted, done).await
}

pub async fn note(
    State(app): State<App>,
    Path(id): Path<String>,
    desk: Desk,
    req: Req,
    body: Bytes,
) -> Result<Response> {
    let file = file::load(&app, &desk, &id).await?;
    let id = file.case.id.clone();
    let pairs = form_pairs(&body);
    let chosen = |id: &str| pairs.iter().any(|(key, v)| key == "baustein" && v == id);
    // Ready sentences, then the clerk's own words.
    let notes = file.blocks.iter().filter(|b| b.kind == "note" && chosen(&b.id));
    let mut parts: Vec<String> = notes.map(|b| b.text.clone()).collect();
    let own = pairs.iter().find(|(key, _)| key == "text");
    let own = own.map(|(_, v)| plain(v)).unwrap_or_default();
    if let Some(error) = too_long(&own, TEXT) {
        return case::with_note(&app, &desk, &req, &file, &own, &error).await;
    }
    parts.push(own);
    parts.retain(|t| !t.is_empty());
    let text = parts.join("\n");
    if text.is_empty() {
        return file::refused(&app, &desk, &req, &id, "Schreiben Sie zuerst etwas in die Notiz.").await;
    }
    let acted = file::act(&app, &desk, &id, vec![Action::Note { text }]).await?;
    file::after(&app, &desk, &req, &id, acted, "notiz").await
}

#[derive(Debug, Deserialize)]
pub struct Payment {
    #[serde(default)]
    was: String,
    /// Where to go back to: the list of payments, else the case.
    #[serde(default)]
    zurueck: String,
}

/// Paid, reminded, deposit returned, costs that fall away, and what was paid returned.
pub async fn payment(
    State(app): State<App>,
    Path(id): Path<String>,
    desk: Desk,
    req: Req,
    Form(input): Form<Payment>,
) -> Result<Response> {
    let id = CaseId(id);
    let (action, done) = match input.was.as_str() {
        "erinnern" => (Action::Remind, "erinnert"),
        "kaution" => (Action::ReturnDeposit, "kaution"),
        "erstattet" => (Action::Refund, "erstattet"),
        "entfallen" => (Action::DropFee, "entfallen"),
        "doch-nicht" => (Action::UndoPayment, "doch-nicht"),
        _ => (Action::Paid, "bezahlt"),
    };
    let acted = file::act(&app, &desk, &id, vec![action]).await?;
    back(&app, &desk, &req, &id, acted, done, &input.zurueck).await
}

#[derive(Debug, Deserialize)]
pub struct Back {
    #[serde(default)]
    zurueck: String,
}

/// The letter was printed and posted.
pub async fn printed(
    State(app): State<App>,
    Path(id): Path<String>,
    desk: Desk,
    req: Req,
    Form(input): Form<Back>,
) -> Result<Response> {
    let id = CaseId(id);
    let acted = file::act(&app, &desk, &id, vec![Action::Printed]).await?;
    back(&app, &desk, &req, &id, acted, "gedruckt", &input.zurueck).await
}

/// To the list that the button stood in, or to the case.
async fn back(app: &App, desk: &Desk, req: &Req, id: &CaseId, acted: Acted, done: &str, to: &str) -> Result<Response> {
    if matches!(acted, Acted::Done(_)) && !to.is_empty() {
        let to = session::inside(to);
        return Ok(redirect(&crate::reply::with(to, &format!("ok={done}"))));
    }
    file::after(app, desk, req, id, acted, done).await
}

/// Asks once more before a case is withdrawn for its applicant.
pub async fn withdraw_page(State(app): State<App>, Path(id): Path<String>, desk: Desk, req: Req) -> Result<Response> {
    withdraw_form(&app, &desk, &req, &id, "", "").await
}

async fn withdraw_form(app: &App, desk: &Desk, req: &Req, id: &str, text: &str, error: &str) -> Result<Response> {
    let file = file::load(app, desk, id).await?;
    if !file.is_open() {
        let why = "Zurückziehen geht nur, solange noch nicht entschieden ist.";
        return file::refused(app, desk, req, &file.case.id, why).await;
    }
    file::seen(app, desk, &file.case.id, "case.read").await?;
    let errors = if error.is_empty() {
        Vec::new()
    } else {
        vec![json!({ "href": "grund", "text": error })]
    };
    let status = if error.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let ctx = json!({
        "c": case::head(app, &file), "kept": file::kept(req), "errors": errors, "errors_title": "Bitte ändern Sie eine Angabe",
        "error": error, "text": text,
    });
    app.desk_page(status, "desk/withdraw.html", req, desk, "eingang", ctx)
}

#[derive(Debug, Deserialize)]
pub struct Reason {
    #[serde(default)]
    grund: String,
}

pub async fn withdraw(
    State(app): State<App>,
    Path(id): Path<String>,
    desk: Desk,
    req: Req,
    Form(input): Form<Reason>,
) -> Result<Response> {
    let reason = plain(&input.grund);
    let wrong = match reason.as_str() {
        "" => Some("Schreiben Sie, wer wann darum gebeten hat.".to_owned()),
        text => too_long(text, TEXT),
    };
    if let Some(error) = wrong {
        return withdraw_form(&app, &desk, &req, &id, &reason, &error).await;
    }
    let id = CaseId(id);
    let acted = file::act(&app, &desk, &id, vec![Action::Withdraw { reason }]).await?;
    file::after(&app, &desk, &req, &id, acted, "zurueckgezogen").await
}
