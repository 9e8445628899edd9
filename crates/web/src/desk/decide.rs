//! Deciding: the page with the letter, its PDF before it goes, sending it, taking it back. Between the
//! decision and the letter lie ten seconds; `domain` counts them.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::{Action, CaseId, Outcome};
use schema::{Act, Context};
use serde_json::json;
use store::TextBlock;

use crate::apply::draft::redirect;
use crate::case::files::pdf;
use crate::desk::decision::{Draft, Ready};
use crate::desk::file::{self, Acted, File};
use crate::desk::query::ListQuery;
use crate::desk::session::Desk;
use crate::desk::{case, frame, letter};
use crate::failure::{Failure, Result};
use crate::req::{Req, form_pairs};
use crate::state::App;

const MINUTE: jiff::SignedDuration = jiff::SignedDuration::from_mins(1);

/// Yes or no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    Yes,
    No,
}

impl Way {
    fn refusing(self) -> bool {
        self == Way::No
    }
    fn path(self) -> &'static str {
        match self {
            Way::Yes => "genehmigen",
            Way::No => "ablehnen",
        }
    }
    fn outcome(self, act: Act) -> Outcome {
        match (self, act) {
            (Way::No, _) => Outcome::Refused,
            (Way::Yes, Act::Notice) => Outcome::Confirmed,
            (Way::Yes, _) => Outcome::Approved,
        }
    }
}

/// Ready sentences of the authority for this service.
pub async fn blocks(desk: &Desk, file: &File) -> Result<Vec<TextBlock>> {
    let service = file.service.id.clone();
    Ok(desk.tenant.read(move |t| t.text_blocks(&service)).await?)
}

/// The proposal, changed by what the address or a post says.
async fn draft(app: &App, desk: &Desk, file: &File, cx: &Context, pairs: &[(String, String)]) -> Result<Draft> {
    let proposed = Draft::proposed(file, cx, &blocks(desk, file).await?, app.today());
    // A first visit ticks the defaults; whatever came from a form counts as it is.
    let from_form = pairs.iter().any(|(key, _)| key == "_form");
    Ok(if from_form { proposed.posted(pairs) } else { proposed })
}

async fn render(
    app: &App,
    desk: &Desk,
    req: &Req,
    file: &File,
    way: Way,
    draft: &Draft,
    why: &str,
) -> Result<Response> {
    file::seen(app, desk, &file.case.id, "case.read").await?;
    let cx = file.context(app);
    let ready = draft.shown(way.refusing(), app.today());
    let sheet = letter::sheet(&letter::job(app, desk, file, &cx, way.refusing(), &ready).await?);
    let errors: Vec<_> = draft
        .errors()
        .into_iter()
        .map(|(id, text)| json!({ "href": id, "text": text }))
        .collect();
    let title = frame::errors_title(app, req, errors.len());
    let status = if errors.is_empty() && why.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let verb = if way.refusing() {
        file.no_word()
    } else {
        file.yes_word()
    };
    let letter = letter_word(way, file.act);
    let ctx = json!({
        "c": case::head(app, file, &cx), "kept": file::kept(req), "way": way.path(), "refusing": way.refusing(), "verb": verb,
        "letter": letter, "draft": draft.ctx(), "sheet": sheet, "errors": errors, "errors_title": title, "why": why,
        "electronic": file.case.electronic, "contract": file.act == "contract",
    });
    app.desk_page(status, "desk/decide.html", req, desk, "eingang", ctx)
}

/// Name of the letter: `Bestätigung`.
pub fn letter_word(way: Way, act: &str) -> &'static str {
    match (way, act) {
        (Way::Yes, "notice") => "Bestätigung",
        (Way::Yes, "contract") => "Zusage",
        (Way::Yes, _) => "Genehmigung",
        (Way::No, "notice") => "Untersagung",
        (Way::No, "contract") => "Absage",
        (Way::No, _) => "Ablehnung",
    }
}

async fn page(app: App, id: String, desk: Desk, req: Req, way: Way) -> Result<Response> {
    let file = file::load(&app, &desk, &id).await?;
    if !file.is_open() {
        return file::refused(
            &app,
            &desk,
            &req,
            &file.case.id,
            "Über diesen Vorgang ist schon entschieden.",
        )
        .await;
    }
    let cx = file.context(&app);
    let draft = draft(&app, &desk, &file, &cx, &form_pairs(req.query.as_bytes())).await?;
    render(&app, &desk, &req, &file, way, &draft, "").await
}

pub async fn yes_page(State(app): State<App>, Path(id): Path<String>, desk: Desk, req: Req) -> Result<Response> {
    page(app, id, desk, req, Way::Yes).await
}

pub async fn no_page(State(app): State<App>, Path(id): Path<String>, desk: Desk, req: Req) -> Result<Response> {
    page(app, id, desk, req, Way::No).await
}

async fn send(app: App, id: String, desk: Desk, req: Req, body: Bytes, way: Way) -> Result<Response> {
    let file = file::load(&app, &desk, &id).await?;
    if !file.is_open() {
        return file::refused(
            &app,
            &desk,
            &req,
            &file.case.id,
            "Über diesen Vorgang ist schon entschieden.",
        )
        .await;
    }
    let pairs = form_pairs(&body);
    let cx = file.context(&app);
    let mut draft = draft(&app, &desk, &file, &cx, &pairs).await?;
    if pairs.iter().any(|(key, _)| key == "_vorschau") {
        return render(&app, &desk, &req, &file, way, &draft, "").await;
    }
    let Some(ready) = draft.check(way.refusing(), app.today()) else {
        return render(&app, &desk, &req, &file, way, &draft, "").await;
    };
    let Ready {
        conditions,
        reason,
        fee,
    } = ready;
    // Before the decision: afterwards the case may no longer be in this list.
    let list = ListQuery::parse(&req.query);
    let next = file::neighbours(&app, &desk, &list, &file.case.id).await?;
    let action = Action::Decide {
        outcome: way.outcome(file.case.act),
        conditions,
        reason,
        fee,
    };
    match file::act(&app, &desk, &file.case.id, vec![action]).await? {
        Acted::Refused(why) => render(&app, &desk, &req, &file, way, &draft, &why).await,
        Acted::Done(_) => {
            let next = next.after.or(next.before).filter(|n| *n != file.case.id);
            let to = match next {
                Some(next) => list.at(&format!("/amt/v/{next}")),
                None => list.at("/amt/eingang"),
            };
            let sep = if to.contains('?') { '&' } else { '?' };
            Ok(redirect(&format!("{to}{sep}entschieden={}", file.case.id)))
        }
    }
}

pub async fn yes_send(
    State(app): State<App>,
    Path(id): Path<String>,
    desk: Desk,
    req: Req,
    body: Bytes,
) -> Result<Response> {
    send(app, id, desk, req, body, Way::Yes).await
}

pub async fn no_send(
    State(app): State<App>,
    Path(id): Path<String>,
    desk: Desk,
    req: Req,
    body: Bytes,
) -> Result<Response> {
    send(app, id, desk, req, body, Way::No).await
}

/// The real letter as PDF, with what stands in the form now.
pub async fn preview(State(app): State<App>, Path(id): Path<String>, desk: Desk, body: Bytes) -> Result<Response> {
    let file = file::load(&app, &desk, &id).await?;
    let pairs = form_pairs(&body);
    let way = if pairs.iter().any(|(k, v)| k == "_weg" && v == Way::No.path()) {
        Way::No
    } else {
        Way::Yes
    };
    let cx = file.context(&app);
    let draft = draft(&app, &desk, &file, &cx, &pairs).await?;
    let ready = draft.shown(way.refusing(), app.today());
    let job = letter::job(&app, &desk, &file, &cx, way.refusing(), &ready).await?;
    file::seen(&app, &desk, &file.case.id, "letter.previewed").await?;
    let bytes = app.press.print(job).await.map_err(Failure::internal)?;
    Ok(pdf(bytes, &format!("{}-entwurf.pdf", file.case.reference)))
}

/// The small sheet alone, for the script that keeps it fresh while typing.
pub async fn preview_sheet(
    State(app): State<App>,
    Path(id): Path<String>,
    desk: Desk,
    req: Req,
    body: Bytes,
) -> Result<Response> {
    let file = file::load(&app, &desk, &id).await?;
    let pairs = form_pairs(&body);
    let no = pairs.iter().any(|(k, v)| k == "_weg" && v == Way::No.path());
    let cx = file.context(&app);
    let draft = draft(&app, &desk, &file, &cx, &pairs).await?;
    let ready = draft.shown(no, app.today());
    let sheet = letter::sheet(&letter::job(&app, &desk, &file, &cx, no, &ready).await?);
    let (id, me, now) = (file.case.id.clone(), desk.clerk.id.clone(), app.now());
    // It comes anew with every word that is typed: noted once a minute.
    desk.tenant
        .write(move |t| t.audit_once(me.as_str(), "letter.previewed", &id, MINUTE, now))
        .await?;
    app.page(
        StatusCode::OK,
        "desk/sheet.html",
        app.ui_desk(&req),
        json!({ "sheet": sheet }),
    )
}

/// Within ten seconds.
pub async fn take_back(State(app): State<App>, Path(id): Path<String>, desk: Desk, req: Req) -> Result<Response> {
    let id = CaseId(id);
    let acted = file::act(&app, &desk, &id, vec![Action::TakeBack]).await?;
    file::after(&app, &desk, &req, &id, acted, "zurueckgeholt").await
}
