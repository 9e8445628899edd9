//! Handing the chair over: to whom and from which day. It is an offer until the successor takes it over; then the old
//! term ends the day before, so that there is a chair on every day.

use axum::extract::{Form, State};
use axum::response::Response;
use domain::account::{Member, Relieved, Role, Term};
use serde_json::json;

use crate::account::home::of_club;
use crate::account::people::{ask_in, person_fields, read_person};
use crate::account::session::Chair;
use crate::apply::form::errors_title;
use crate::failure::Result;
use crate::office::fields::{Choice, Faults, Field, Typed, choice};
use crate::reply::redirect;
use crate::req::Req;
use crate::state::App;

/// Choice of somebody who is not in the list.
const SOMEBODY_ELSE: &str = "andere";

async fn candidates(chair: &Chair) -> Result<Vec<Member>> {
    let acting = &chair.0.acting;
    let me = acting.member.id.clone();
    let all = acting.tenant.read(|t| t.members()).await?;
    Ok(all.into_iter().filter(|m| m.id != me).collect())
}

fn form(app: &App, req: &Req, known: &[Member], t: &Typed, f: &Faults) -> Result<Response> {
    let w = |key: &str| app.texts.text(req.lang, key);
    let chosen = t.get("wer");
    let mut people: Vec<Choice> = known
        .iter()
        .map(|m| choice(m.id.as_str(), m.name.as_str(), chosen == m.id.as_str()).text(m.email.as_str()))
        .collect();
    let else_chosen = chosen == SOMEBODY_ELSE || known.is_empty();
    people.push(choice(SOMEBODY_ELSE, w("account.somebody_else"), else_chosen).text(w("account.somebody_else_text")));
    let (errors, _) = f.summary(app, &["wer", "name", "mail", "ab"]);
    let (name, mail) = person_fields(app, req, t, f);
    let ctx = json!({
        "errors_title": errors_title(app, req, errors.len().max(1)), "errors": errors,
        "f": {
            "wer": Field::choose("radio", "wer", &w("account.successor"), people, t, f), "name": name, "mail": mail,
            "ab": Field::text("ab", &w("account.office_from"), t, f).hint(w("account.office_from_hint")).mode("numeric"),
        },
    });
    app.page(f.status(), "account/office.html", app.ui(req), ctx)
}

pub async fn page(State(app): State<App>, chair: Chair, req: Req) -> Result<Response> {
    of_club(&chair.0)?;
    form(
        &app,
        &req,
        &candidates(&chair).await?,
        &Typed::default(),
        &Faults::default(),
    )
}

pub async fn offer(
    State(app): State<App>,
    chair: Chair,
    req: Req,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response> {
    of_club(&chair.0)?;
    let (t, known) = (Typed(pairs), candidates(&chair).await?);
    let (mut f, today) = (Faults::default(), app.today());
    let person = match t.get("wer") {
        SOMEBODY_ELSE => read_person(&app, &req, &t, &mut f),
        id => {
            let found = known.iter().find(|m| m.id.as_str() == id);
            if found.is_none() {
                f.add("wer", app.texts.text(req.lang, "account.successor_missing"));
            }
            found.map(|m| (m.name.clone(), m.email.clone()))
        }
    };
    let from = schema::typed::date(t.get("ab"));
    match from {
        None => f.add("ab", app.texts.text(req.lang, "account.day_invalid")),
        Some(from) if from < today => f.add("ab", app.texts.text(req.lang, "account.day_past")),
        Some(_) => {}
    }
    let me = &chair.0.acting.member;
    let mine = me
        .terms
        .iter()
        .find(|term| term.role == Role::Chair && term.counts_on(today));
    let (Some((name, mail)), Some(from), Some(mine), true) = (person, from, mine, f.is_empty()) else {
        return form(&app, &req, &known, &t, &f);
    };
    let term = Term {
        id: app.store.entropy().id(),
        role: Role::Chair,
        from,
        to: None,
        relieves: Some(Relieved {
            member: me.id.clone(),
            term: mine.id.clone(),
        }),
    };
    ask_in(&app, &chair.0, &req, (&name, &mail), term).await?;
    Ok(redirect("/konto?ok=amt"))
}
