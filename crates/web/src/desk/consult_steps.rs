//! After another office was asked: reminding it and taking the question back, each asked once more before; and
//! how the case shows whom it waits for.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::Case;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use store::{ActError, Consultation};

use crate::desk::badges::{between, days};
use crate::desk::case;
use crate::desk::file::{self, File};
use crate::desk::query::ListQuery;
use crate::desk::session::Desk;
use crate::failure::{Failure, Result};
use crate::format;
use crate::req::Req;
use crate::state::App;

/// What can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Remind,
    Revoke,
}

/// Pressing the button twice reminds once.
const PAUSE: SignedDuration = SignedDuration::from_mins(1);

fn on(t: Timestamp) -> String {
    format::date(domain::date_of(t))
}

/// Asked by us, and still waited for.
fn open(c: &Consultation, now: Timestamp) -> bool {
    !c.incoming && c.answer.is_none() && c.revoked_at.is_none() && c.expires_at > now
}

/// What whoever decides must know of other offices: who still owes an opinion and by when, and what was said.
pub fn opinions(all: &[Consultation], case: &Case, now: Timestamp) -> Value {
    let waits: Vec<String> = all
        .iter()
        .filter(|c| open(c, now))
        .map(|c| {
            let over = match between(domain::date_of(now), c.answer_by) {
                n if n < 0 => format!(", {} überfällig", days(-n)),
                _ => String::new(),
            };
            format!("{}, erbeten bis {}{over}", c.who_name, format::date(c.answer_by))
        })
        .collect();
    let given = all.iter().filter(|c| !c.incoming && c.answer.is_some());
    let given: Vec<Value> = given.map(|c| shown(c, case, now)).collect();
    json!({ "open": waits, "given": given })
}

/// Who objects: among what is to be looked at before the decision.
pub fn objections(all: &[Consultation], case: &Case) -> Vec<Value> {
    let open = case.state.is_open() && case.decision.is_none();
    let objects = |c: &&Consultation| open && !c.incoming && c.answer.as_ref().is_some_and(|a| !a.agrees);
    all.iter()
        .filter(objects)
        .map(|c| {
            let said = c.answer.as_ref().map(|a| words(&a.text).1).unwrap_or_default();
            case::check(false, &format!("Einwand: {}", c.who_name), said)
        })
        .collect()
}

/// An answer's result in words, then its reasons or conditions.
pub fn words(text: &str) -> (&str, &str) {
    text.split_once('\n').unwrap_or((text, ""))
}

/// A consultation of a case as the case page shows it: a badge, and lines under it.
pub fn shown(c: &Consultation, case: &Case, now: Timestamp) -> Value {
    let case_open = case.state.is_open();
    let today = domain::date_of(now);
    let mut lines = vec![match c.address.as_str() {
        "" => format!("Gefragt am {}.", on(c.asked_at)),
        address => format!("Gefragt am {}, Link an {address}.", on(c.asked_at)),
    }];
    if let Some(at) = c.reminded_at {
        lines.push(format!("Erinnert am {}.", on(at)));
    }
    let (mut result, mut said) = (String::new(), String::new());
    let (kind, state) = if let Some(a) = &c.answer {
        let (first, more) = words(&a.text);
        (result, said) = (first.to_owned(), more.to_owned());
        lines.push(format!("Beantwortet am {}: {}.", format::moment(a.at), a.by));
        let late = case.decision.as_ref().is_some_and(|d| d.at < a.at);
        let word = match (late, a.agrees) {
            (true, _) => "nach der Entscheidung",
            (false, true) => "beantwortet",
            (false, false) => "Einwand",
        };
        let fine = a.agrees && !late;
        (if fine { "success" } else { "warning" }, word.to_owned())
    } else if let Some(at) = c.revoked_at {
        ("neutral", format!("zurückgezogen am {}", on(at)))
    } else if c.expires_at <= now || !case_open {
        ("neutral", "ohne Antwort".to_owned())
    } else {
        match between(today, c.answer_by) {
            n if n < 0 => ("warning", format!("{} überfällig", days(-n))),
            0 => ("info", "offen bis heute".to_owned()),
            _ => ("info", format!("offen bis {}", format::date(c.answer_by))),
        }
    };
    json!({ "id": c.id, "who": c.who_name, "kind": kind, "state": state, "lines": lines, "result": result, "said": said, "can": case_open && open(c, now) })
}

async fn find(app: &App, desk: &Desk, case: &str, id: &str) -> Result<(File, Consultation)> {
    let file = file::load(app, desk, case).await?;
    let wanted = id.to_owned();
    let found = desk.tenant.read(move |t| t.consultation(&wanted)).await?;
    let found = found.filter(|c| !c.incoming && c.case.as_ref() == Some(&file.case.id));
    Ok((file, found.ok_or(Failure::Case)?))
}

/// The case with the reason why nothing is left to do.
async fn too_late(app: &App, desk: &Desk, req: &Req, file: &File) -> Result<Response> {
    let why = "Diese Anfrage ist schon beantwortet, zurückgezogen oder abgelaufen.";
    file::refused(app, desk, req, &file.case.id, why).await
}

async fn ask(app: &App, desk: &Desk, req: &Req, ids: &(String, String), step: Step) -> Result<Response> {
    let (file, c) = find(app, desk, &ids.0, &ids.1).await?;
    let now = app.now();
    if !file.is_open() || !open(&c, now) {
        return too_late(app, desk, req, &file).await;
    }
    let (title, button, path, what) = match step {
        Step::Remind if c.peer.is_some() => (
            "Andere Stelle erinnern",
            "Erinnern",
            "erinnern",
            "Die Erinnerung steht dann dort unter „Stellungnahmen“.".to_owned(),
        ),
        Step::Remind => (
            "Andere Stelle erinnern",
            "Erinnern",
            "erinnern",
            format!("Wir senden noch einmal den Link, an {}.", c.address),
        ),
        Step::Revoke => (
            "Anfrage zurückziehen",
            "Anfrage zurückziehen",
            "zurueckziehen",
            if c.peer.is_some() {
                "Die Stelle kann dann nicht mehr antworten. Sie sieht, dass die Anfrage zurückgezogen ist."
            } else {
                "Der Link gilt dann sofort nicht mehr. Eine Mail geht nicht hinaus."
            }
            .to_owned(),
        ),
    };
    file::seen(app, desk, &file.case.id, "case.read").await?;
    let ctx = json!({
        "c": case::head(app, &file), "kept": file::kept(req), "title": title, "button": button, "path": path, "what": what,
        "k": shown(&c, &file.case, now), "question": c.content["question"],
    });
    app.desk_page(StatusCode::OK, "desk/consult_step.html", req, desk, "eingang", ctx)
}

async fn act(app: &App, desk: &Desk, req: &Req, ids: &(String, String), step: Step) -> Result<Response> {
    let (file, c) = find(app, desk, &ids.0, &ids.1).await?;
    let (now, actor) = (app.now(), desk.actor());
    if !file.is_open() {
        return too_late(app, desk, req, &file).await;
    }
    let done = desk
        .tenant
        .write(move |t| -> Result<bool, ActError> {
            // As it stands now, not as the page showed it.
            let Some(c) = t.consultation(&c.id)? else {
                return Ok(false);
            };
            match step {
                Step::Remind if c.reminded_at.is_some_and(|at| now.duration_since(at) < PAUSE) => Ok(true),
                Step::Remind => t.remind_office(&c, &actor, now),
                Step::Revoke => t.revoke_office(&c, &actor, now),
            }
        })
        .await?;
    if !done {
        return too_late(app, desk, req, &file).await;
    }
    let word = match step {
        Step::Remind => "stelle_erinnert",
        Step::Revoke => "anfrage_zurueck",
    };
    let to = ListQuery::parse(&req.query).at(&format!("/amt/v/{}", file.case.id));
    Ok(crate::reply::redirect(&crate::reply::with(&to, &format!("ok={word}"))))
}

type Ids = Path<(String, String)>;

pub async fn remind_page(State(app): State<App>, Path(ids): Ids, desk: Desk, req: Req) -> Result<Response> {
    ask(&app, &desk, &req, &ids, Step::Remind).await
}

pub async fn remind(State(app): State<App>, Path(ids): Ids, desk: Desk, req: Req) -> Result<Response> {
    act(&app, &desk, &req, &ids, Step::Remind).await
}

pub async fn revoke_page(State(app): State<App>, Path(ids): Ids, desk: Desk, req: Req) -> Result<Response> {
    ask(&app, &desk, &req, &ids, Step::Revoke).await
}

pub async fn revoke(State(app): State<App>, Path(ids): Ids, desk: Desk, req: Req) -> Result<Response> {
    act(&app, &desk, &req, &ids, Step::Revoke).await
}
