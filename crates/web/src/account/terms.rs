//! One person of a club: roles with their days, another role, the end of one.

use axum::extract::{Form, Path, State};
use axum::response::Response;
use domain::MemberId;
use domain::account::{Member, Term};
use jiff::ToSpan as _;
use serde_json::{Value, json};

use crate::account::answer::term_text;
use crate::account::home::of_club;
use crate::account::people::{ask_in, read_term, term_fields};
use crate::account::session::Chair;
use crate::apply::form::errors_title;
use crate::failure::{Failure, Result};
use crate::format;
use crate::office::fields::{Faults, Typed};
use crate::reply::redirect;
use crate::req::Req;
use crate::state::App;

async fn find(chair: &Chair, id: &str) -> Result<Member> {
    of_club(&chair.0)?;
    let id = MemberId(id.to_owned());
    let found = chair.0.acting.tenant.read(move |t| t.member(&id)).await?;
    found.ok_or(Failure::Page)
}

fn term_of<'a>(member: &'a Member, id: &str) -> Result<&'a Term> {
    member.terms.iter().find(|t| t.id == id).ok_or(Failure::Page)
}

fn render(app: &App, req: &Req, member: &Member, t: &Typed, f: &Faults) -> Result<Response> {
    let today = app.today();
    let rows: Vec<Value> = member
        .terms
        .iter()
        .rev()
        .map(|term| {
            let over = term.to.is_some_and(|to| to < today);
            json!({
                "text": term_text(app, req, term), "over": over, "offered": term.relieves.is_some(),
                "href": format!("/konto/personen/{}/ende/{}", member.id, term.id),
            })
        })
        .collect();
    let (errors, _) = f.summary(app, &["rolle", "ab", "bis"]);
    let (role, from, to) = term_fields(app, req, t, f);
    let ctx = json!({
        "errors_title": errors_title(app, req, errors.len().max(1)), "errors": errors, "id": member.id.0,
        "name": member.name, "mail": member.email, "rows": rows, "invited": member.joined_at.is_none(),
        "f": { "rolle": role, "ab": from, "bis": to },
    });
    app.page(f.status(), "account/person.html", app.ui(req), ctx)
}

pub async fn page(State(app): State<App>, Path(id): Path<String>, chair: Chair, req: Req) -> Result<Response> {
    let member = find(&chair, &id).await?;
    let mut t = Typed::default();
    t.put("ab", format::date(app.today()));
    render(&app, &req, &member, &t, &Faults::default())
}

pub async fn give(
    State(app): State<App>,
    Path(id): Path<String>,
    chair: Chair,
    req: Req,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response> {
    let member = find(&chair, &id).await?;
    let t = Typed(pairs);
    let mut f = Faults::default();
    let Some(term) = read_term(&app, &req, &t, &mut f) else {
        return render(&app, &req, &member, &t, &f);
    };
    ask_in(&app, &chair.0, &req, (&member.name, &member.email), term).await?;
    Ok(redirect("/konto/personen?ok=gegeben"))
}

/// Before a role ends: what it means.
pub async fn end_question(
    State(app): State<App>,
    Path((id, term)): Path<(String, String)>,
    chair: Chair,
    req: Req,
) -> Result<Response> {
    let member = find(&chair, &id).await?;
    question(
        &app,
        &req,
        &chair,
        &member,
        term_of(&member, &term)?,
        &Faults::default(),
    )
}

fn question(app: &App, req: &Req, chair: &Chair, member: &Member, term: &Term, f: &Faults) -> Result<Response> {
    let (errors, _) = f.summary(app, &["inhalt"]);
    let ctx = json!({
        "errors_title": errors_title(app, req, errors.len().max(1)), "errors": errors,
        "id": member.id.0, "term": term.id, "name": member.name, "text": term_text(app, req, term),
        "begun": term.relieves.is_none() && term.from <= app.today(), "you": member.id == chair.0.acting.member.id,
        "last": member.joined_at.is_none() && member.terms.len() == 1,
    });
    app.page(f.status(), "account/end.html", app.ui(req), ctx)
}

/// Ends at once: the last day was yesterday.
pub async fn end(
    State(app): State<App>,
    Path((id, term)): Path<(String, String)>,
    chair: Chair,
    req: Req,
) -> Result<Response> {
    let member = find(&chair, &id).await?;
    let term = term_of(&member, &term)?;
    let yesterday = app.today().saturating_sub(1.day());
    let ended = app
        .store
        .end_role(&chair.0.acting, &member.id, &term.id, yesterday, app.now())
        .await;
    match ended {
        Ok(()) => Ok(redirect("/konto/personen?ok=beendet")),
        Err(store::Error::Conflict(_)) => {
            let mut f = Faults::default();
            f.add("inhalt", app.texts.text(req.lang, "account.no_chair"));
            question(&app, &req, &chair, &member, term, &f)
        }
        Err(store::Error::Missing(_)) => Err(Failure::Page),
        Err(other) => Err(other.into()),
    }
}
