//! Deciding: the page with the letter, its PDF before it goes, sending it, taking it back. Between the
//! decision and the letter lie ten seconds; `domain` counts them.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::{Action, CaseId, Outcome, Refusal};
use schema::{Act, Context};
use serde_json::json;
use store::{ActError, BookError};

use crate::case::files::pdf;
use crate::desk::decision::{Draft, Ready};
use crate::desk::file::{self, Acted, File};
use crate::desk::query::ListQuery;
use crate::desk::session::Desk;
use crate::desk::{case, consult_steps, frame, letter};
use crate::failure::{Failure, Result};
use crate::reply::redirect;
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

/// A form that was made from other answers, papers or opinions than are there now.
const CHANGED: &str = "Der Vorgang hat sich geändert, seit Sie die Seite geöffnet haben. Prüfen Sie den Brief noch einmal. Häkchen, Kosten und die Begründung aus dem Antrag sind neu vorgeschlagen, Ihre eigenen Worte stehen noch da.";

/// The proposal, changed by what the address or a post says.
fn draft(app: &App, file: &File, cx: &Context, pairs: &[(String, String)]) -> Draft {
    let proposed = Draft::proposed(file, cx, app.today());
    // A first visit ticks the defaults; whatever came from a form counts as it is, if the form showed this case.
    match shown(pairs) {
        None => proposed,
        Some(basis) if basis == file.basis() => proposed.posted(pairs),
        Some(_) => proposed.with_words(pairs),
    }
}

/// What the form was made from (`File::basis`); none: nothing came from a form.
fn shown(pairs: &[(String, String)]) -> Option<&str> {
    pairs.iter().find(|(key, _)| key == "_form").map(|(_, v)| v.as_str())
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
    let sheet = letter::sheet(app, &letter::job(app, desk, file, &cx, way.refusing(), &ready).await?);
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
    let verb = file.word(app, if way.refusing() { "no" } else { "yes" });
    let letter = letter_word(app, way, file);
    let ctx = json!({
        "opinions": consult_steps::opinions(&file.asked, &file.case, app.now()),
        "c": case::head(app, file), "kept": file::kept(req), "way": way.path(), "refusing": way.refusing(), "verb": verb,
        "letter": letter, "draft": draft.ctx(), "sheet": sheet, "errors": errors, "errors_title": title, "why": why,
        "electronic": file.case.electronic, "contract": file.act == "contract",
    });
    app.desk_page(status, "desk/decide.html", req, desk, "eingang", ctx)
}

/// Name of the letter: `Bestätigung`.
pub fn letter_word(app: &App, way: Way, file: &File) -> String {
    file.word(app, if way.refusing() { "letter_no" } else { "letter_yes" })
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
    let pairs = form_pairs(req.query.as_bytes());
    let draft = draft(&app, &file, &cx, &pairs);
    let stale = shown(&pairs).is_some_and(|basis| basis != file.basis());
    render(&app, &desk, &req, &file, way, &draft, if stale { CHANGED } else { "" }).await
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
    let mut draft = draft(&app, &file, &cx, &pairs);
    let basis = file.basis();
    if shown(&pairs).is_some_and(|shown| shown != basis) {
        return render(&app, &desk, &req, &file, way, &draft, CHANGED).await;
    }
    if pairs.iter().any(|(key, _)| key == "_vorschau") {
        return render(&app, &desk, &req, &file, way, &draft, "").await;
    }
    let Some(ready) = draft.check(way.refusing(), app.today()) else {
        return render(&app, &desk, &req, &file, way, &draft, "").await;
    };
    let Ready {
        conditions,
        reason,
        grounds,
        fee,
    } = ready;
    // Before the decision: afterwards the case may no longer be in this list.
    let list = ListQuery::parse(&req.query);
    let next = file::neighbours(&app, &desk, &list, &file.case.id).await?;
    let action = Action::Decide {
        outcome: way.outcome(file.case.act),
        conditions,
        reason,
        grounds,
        fee,
    };
    match decide(&app, &desk, &file, way, action, basis).await? {
        Acted::Refused(why) if why == CHANGED => {
            let file = file::load(&app, &desk, &id).await?;
            let cx = file.context(&app);
            let draft = self::draft(&app, &file, &cx, &pairs);
            render(&app, &desk, &req, &file, way, &draft, CHANGED).await
        }
        Acted::Refused(why) => render(&app, &desk, &req, &file, way, &draft, &why).await,
        Acted::Done(_) => {
            let next = next.after.or(next.before).filter(|n| *n != file.case.id);
            let to = match next {
                Some(next) => list.at(&format!("/amt/v/{next}")),
                None => list.at("/amt/eingang"),
            };
            Ok(redirect(&crate::reply::with(
                &to,
                &format!("entschieden={}", file.case.id),
            )))
        }
    }
}

/// The decision on what was shown, in one transaction. A case that came from another authority may have no room yet.
async fn decide(app: &App, desk: &Desk, file: &File, way: Way, action: Action, basis: String) -> Result<Acted> {
    let (case, actor, now) = (file.case.id.clone(), desk.actor(), app.now());
    let booking = crate::submission::booking(&file.offer, &file.case.answers, &case, &file.case.title);
    let booking = booking.filter(|_| way == Way::Yes);
    let done = desk.tenant.write(move |t| -> Result<_, ActError> {
        let decided = t.case(&case)?.ok_or(ActError::NotFound)?;
        if let Some(booking) = booking
            && decided.state.is_open()
            && t.bookings_of(&case)?.is_empty()
        {
            t.book(&booking, now).map_err(no_room)?;
        }
        let decided = t.act(&case, action, &actor, now)?;
        // As it was when its row was locked.
        let (asked, blocks) = (t.consultations_of(&case)?, t.text_blocks(&decided.service)?);
        if file::basis(&decided, &asked, &blocks) != basis {
            return Err(ActError::Refused(Refusal(CHANGED.to_owned())));
        }
        Ok(decided)
    });
    file::acted(done.await)
}

fn no_room(error: BookError) -> ActError {
    match error {
        BookError::Taken(taken) => ActError::Taken(taken),
        BookError::Store(error) => ActError::Store(error),
        _ => ActError::Refused(Refusal(
            "Diesen Raum gibt es bei Ihnen nicht. Legen Sie ihn in den Einstellungen an oder geben Sie den Vorgang ab."
                .to_owned(),
        )),
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
    let draft = draft(&app, &file, &cx, &pairs);
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
    let draft = draft(&app, &file, &cx, &pairs);
    let ready = draft.shown(no, app.today());
    let sheet = letter::sheet(&app, &letter::job(&app, &desk, &file, &cx, no, &ready).await?);
    let (id, me, now) = (file.case.id.clone(), desk.clerk.id.clone(), app.now());
    // It comes anew with every word that is typed: noted once a minute.
    desk.tenant
        .write(move |t| t.audit_once(me.as_str(), "letter.previewed", &id, MINUTE, now))
        .await?;
    app.page(
        StatusCode::OK,
        "desk/sheet.html",
        app.ui_desk(&req),
        json!({ "l": sheet }),
    )
}

/// Within ten seconds.
pub async fn take_back(State(app): State<App>, Path(id): Path<String>, desk: Desk, req: Req) -> Result<Response> {
    let id = CaseId(id);
    let acted = file::act(&app, &desk, &id, vec![Action::TakeBack]).await?;
    file::after(&app, &desk, &req, &id, acted, "zurueckgeholt").await
}
