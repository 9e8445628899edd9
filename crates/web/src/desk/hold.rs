//! A hold on a case: nothing of it is erased, whatever time is over, until the lead lifts it. And the file for the
//! archive.

use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::{Action, CaseId, Stage};
use exchange::zip::Zip;
use serde::Deserialize;
use serde_json::json;

use crate::case::data::zip;
use crate::case::dossier::{For, Source};
use crate::desk::session::Lead;
use crate::desk::steps::{TEXT, plain, too_long};
use crate::desk::{case, file};
use crate::failure::Result;
use crate::format;
use crate::req::Req;
use crate::state::App;

pub async fn page(State(app): State<App>, Path(id): Path<String>, lead: Lead, req: Req) -> Result<Response> {
    form(&app, &lead, &req, &id, "", "").await
}

async fn form(app: &App, lead: &Lead, req: &Req, id: &str, text: &str, error: &str) -> Result<Response> {
    let desk = &lead.0;
    let file = file::load(app, desk, id).await?;
    file::seen(app, desk, &file.case.id, "case.read").await?;
    let mut errors = vec![json!({ "href": "grund", "text": error })];
    errors.retain(|e| e["text"] != "");
    let status = match errors.is_empty() {
        true => StatusCode::OK,
        false => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let hold = file.case.keeping.hold.as_ref();
    let hold = hold.map(|h| json!({ "since": format::moment(h.since), "by": h.by, "reason": h.reason }));
    let ctx = json!({
        "c": case::head(app, &file), "kept": file::kept(req), "errors": errors, "errors_title": "Bitte ändern Sie eine Angabe",
        "error": error, "text": text, "hold": hold,
    });
    app.desk_page(status, "desk/hold.html", req, desk, "eingang", ctx)
}

#[derive(Debug, Deserialize)]
pub struct Reason {
    #[serde(default)]
    grund: String,
    /// `sperren` or `aufheben`.
    #[serde(default)]
    was: String,
}

pub async fn send(
    State(app): State<App>,
    Path(id): Path<String>,
    lead: Lead,
    req: Req,
    Form(input): Form<Reason>,
) -> Result<Response> {
    let reason = plain(&input.grund);
    let wrong = match reason.as_str() {
        "" => Some("Schreiben Sie den Grund in einem Satz.".to_owned()),
        text => too_long(text, TEXT),
    };
    if let Some(error) = wrong {
        return form(&app, &lead, &req, &id, &reason, &error).await;
    }
    let id = CaseId(id);
    let (action, done) = match input.was.as_str() {
        "aufheben" => (Action::LiftHold { reason }, "entsperrt"),
        _ => (Action::Hold { reason }, "gesperrt"),
    };
    let acted = file::act(&app, &lead.0, &id, vec![action]).await?;
    file::after(&app, &lead.0, &req, &id, acted, done).await
}

/// Everything about a case that is offered to the archive, in one file.
pub async fn archive(State(app): State<App>, Path(id): Path<String>, lead: Lead, req: Req) -> Result<Response> {
    let desk = &lead.0;
    let file = file::load(&app, desk, &id).await?;
    if !matches!(file.case.keeping.stage, Stage::Offered { .. }) {
        let why = "Eine Datei für das Archiv gibt es, sobald der Vorgang angeboten ist.";
        return file::refused(&app, desk, &req, &file.case.id, why).await;
    }
    let _turn = app.work.file().await?;
    let cx = file.context(&app);
    let source = Source {
        tenant: &desk.tenant,
        case: &file.case,
        service: &file.service,
        cx: &cx,
        authority: file.offer.authority(),
        whom: For::Desk,
    };
    let mut out = Zip::new(domain::berlin(app.now()).datetime());
    source.put(&app, app.ui(&req), &mut out, "").await?;
    // First the file, then the word that it was taken along: what failed counts as nothing.
    match file::act(&app, desk, &file.case.id, vec![Action::Exported]).await? {
        file::Acted::Done(_) => Ok(zip(out.finish(), &format!("{}-archiv.zip", file.case.reference))),
        file::Acted::Refused(why) => file::refused(&app, desk, &req, &file.case.id, &why).await,
    }
}
