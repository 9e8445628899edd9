//! Consultations that came to our desk: list, question with the facts that were sent, answer.

use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use serde_json::{Value, json};
use store::{Consultation, Dispatch};

use crate::consult::answer::{self, text};
use crate::desk::session::Desk;
use crate::failure::{Failure, Result};
use crate::format;
use crate::office::fields::{Faults, Typed};
use crate::reply::redirect;
use crate::req::Req;
use crate::state::App;

/// Seconds.
const QUARTER: i64 = 15 * 60;
const ENDED: &str =
    "Diese Anfrage ist schon beantwortet, zurückgezogen oder abgelaufen. Ihre Stellungnahme ist nicht gesendet.";

pub async fn list(State(app): State<App>, desk: Desk, req: Req) -> Result<Response> {
    let all = desk.tenant.read(|t| t.incoming_consultations()).await?;
    let rows: Vec<Value> = all
        .iter()
        .map(|c| {
            json!({
                "href": format!("/amt/stellungnahmen/{}", c.id), "title": text(c, "title"), "from": c.who_name,
                "reference": text(c, "reference"), "state": answer::state(c, &app),
                "reminded": c.reminded_at.filter(|_| answer::open(c, &app)).map(|t| format::date(domain::date_of(t))),
            })
        })
        .collect();
    let notice = if req.param("gesendet").is_some() {
        "Ihre Stellungnahme ist unterwegs."
    } else {
        ""
    };
    let ctx = json!({ "rows": rows, "notice": notice });
    app.desk_page(StatusCode::OK, "consult/list.html", &req, &desk, "beteiligung", ctx)
}

async fn find(desk: &Desk, id: &str) -> Result<Consultation> {
    let id = id.to_owned();
    let found = desk.tenant.read(move |t| t.consultation(&id)).await?;
    found.filter(|c| c.incoming).ok_or(Failure::Case)
}

pub async fn page(State(app): State<App>, desk: Desk, Path(id): Path<String>, req: Req) -> Result<Response> {
    let found = find(&desk, &id).await?;
    let (actor, now) = (desk.clerk.id.0.clone(), app.now());
    let told = told_of_reading(&found, now);
    desk.tenant
        .write(move |t| {
            t.audit(&actor, "consultation.read", None, now);
            told.iter().try_for_each(|d| t.send(d))
        })
        .await?;
    let mut t = Typed::default();
    t.put("name", &desk.clerk.name);
    render(&app, &desk, &req, &found, &t, &Faults::default())
}

/// The office that asks is told that we have looked, for the list that its applicant sees: once in a quarter of an hour.
fn told_of_reading(c: &Consultation, now: Timestamp) -> Option<Dispatch> {
    let (peer, original) = (c.peer.clone()?, c.peer_id.clone()?);
    Some(Dispatch {
        id: format!("{}-read-{}", c.id, now.as_second() / QUARTER),
        to: peer,
        kind: "consult_read".into(),
        payload: json!({ "consultation": original, "at": now }),
        created_at: now,
    })
}

fn render(app: &App, desk: &Desk, req: &Req, c: &Consultation, t: &Typed, f: &Faults) -> Result<Response> {
    let (errors, errors_title) = f.summary(app, &answer::ORDER);
    let action = format!("/amt/stellungnahmen/{}", c.id);
    let ctx = json!({
        "errors": errors, "errors_title": errors_title, "c": answer::ctx(c, &c.who_name, &action, app), "f": answer::fields(t, f),
    });
    app.desk_page(f.status(), "consult/answer.html", req, desk, "beteiligung", ctx)
}

pub async fn send(
    State(app): State<App>,
    desk: Desk,
    Path(id): Path<String>,
    req: Req,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response> {
    let t = Typed(pairs);
    let found = find(&desk, &id).await?;
    let now = app.now();
    let answer = match answer::read(&t, now) {
        Ok(answer) => answer,
        Err(faults) => return render(&app, &desk, &req, &found, &t, &faults),
    };
    let (Some(peer), Some(original)) = (found.peer.clone(), found.peer_id.clone()) else {
        return Err(Failure::internal("an incoming consultation without its asker"));
    };
    let dispatch = Dispatch {
        id: format!("{}-answer", found.id),
        to: peer,
        kind: "consult_answer".into(),
        payload: json!({ "consultation": original, "answer": answer }),
        created_at: now,
    };
    let actor = desk.clerk.id.0.clone();
    let written = desk
        .tenant
        .write(move |t| {
            if !t.answer_consultation(&id, &answer)? {
                return Ok(false);
            }
            t.send(&dispatch)?;
            t.audit(&actor, "consultation.answered", None, now);
            Ok::<_, store::Error>(true)
        })
        .await?;
    if !written {
        // Ended or answered while this was typed: the words stay on the page.
        let mut faults = Faults::default();
        faults.add("text", ENDED);
        let now = find(&desk, &found.id).await?;
        return render(&app, &desk, &req, &now, &t, &faults);
    }
    Ok(redirect("/amt/stellungnahmen?gesendet=1"))
}
