//! Who acts for a club: the list, and inviting somebody.

use axum::extract::{Form, State};
use axum::response::Response;
use domain::account::{Member, Role, Term};
use jiff::civil::Date;
use serde_json::{Value, json};

use crate::account::answer::term_text;
use crate::account::choose::read_name;
use crate::account::home::of_club;
use crate::account::session::{Account, Chair, role_word};
use crate::apply::form::errors_title;
use crate::failure::{Failure, Result};
use crate::format;
use crate::limits::Limit;
use crate::office::fields::{Choice, Faults, Field, Typed, choice};
use crate::reply::redirect;
use crate::req::Req;
use crate::state::App;

fn row(app: &App, req: &Req, account: &Account, m: &Member, today: Date) -> Value {
    let now: Vec<String> = m
        .roles_on(today)
        .into_iter()
        .map(|r| role_word(app, req.lang, r))
        .collect();
    let later: Vec<String> = m
        .terms
        .iter()
        .filter(|t| t.relieves.is_none() && t.counts_from(today) && (t.from > today || m.joined_at.is_none()))
        .map(|t| term_text(app, req, t))
        .collect();
    let state = match () {
        () if m.joined_at.is_none() => "invited",
        () if m.offered().is_some() => "offered",
        () if now.is_empty() && later.is_empty() => "over",
        () => "in",
    };
    json!({
        "href": format!("/konto/personen/{}", m.id), "name": m.name, "mail": m.email, "state": state,
        "roles": now.into_iter().chain(later).collect::<Vec<_>>().join(", "), "you": m.id == account.acting.member.id,
    })
}

pub async fn page(State(app): State<App>, account: Account, req: Req) -> Result<Response> {
    of_club(&account)?;
    let (members, today) = (account.acting.tenant.read(|t| t.members()).await?, app.today());
    let mut rows: Vec<Value> = members.iter().map(|m| row(&app, &req, &account, m, today)).collect();
    rows.sort_by_key(|r| r["state"] == "over");
    let done = match req.param("ok").as_deref() {
        Some("eingeladen") => app.texts.text(req.lang, "account.invited_done"),
        Some("gegeben") => app.texts.text(req.lang, "account.role_given"),
        Some("beendet") => app.texts.text(req.lang, "account.role_ended"),
        _ => String::new(),
    };
    let ctx = json!({ "rows": rows, "name": account.acting.name.name, "chair": account.is(Role::Chair), "done": done });
    app.ok("account/people.html", app.ui(&req), ctx)
}

/// Role and days, as both forms ask for them.
pub fn term_fields(app: &App, req: &Req, t: &Typed, f: &Faults) -> (Field, Field, Field) {
    let w = |key: &str| app.texts.text(req.lang, key);
    let text = |role: Role| match role {
        Role::Chair => w("account.chair_text"),
        Role::Treasurer => w("account.treasurer_text"),
        Role::Member => w("account.member_text"),
    };
    let roles: Vec<Choice> = Role::ALL
        .into_iter()
        .map(|r| choice(r.as_str(), role_word(app, req.lang, r), t.get("rolle") == r.as_str()).text(text(r)))
        .collect();
    (
        Field::choose("radio", "rolle", &w("account.role"), roles, t, f),
        Field::text("ab", &w("account.from"), t, f)
            .hint(w("account.from_hint"))
            .mode("numeric"),
        Field::text("bis", &w("account.to"), t, f)
            .hint(w("account.to_hint"))
            .mode("numeric"),
    )
}

/// What was typed as a role with its days; what is wrong with it is noted.
pub fn read_term(app: &App, req: &Req, t: &Typed, f: &mut Faults) -> Option<Term> {
    let w = |key: &str| app.texts.text(req.lang, key);
    let today = app.today();
    let role = Role::read(t.get("rolle"));
    if role.is_none() {
        f.add("rolle", w("account.role_missing"));
    }
    let day = |typed: &str| schema::typed::date(typed);
    let from = match t.get("ab") {
        "" => Some(today),
        typed => day(typed),
    };
    match from {
        None => f.add("ab", w("account.day_invalid")),
        Some(from) if from < today => f.add("ab", w("account.day_past")),
        Some(_) => {}
    }
    let to = match t.get("bis") {
        "" => None,
        typed => match day(typed) {
            Some(to) if from.is_some_and(|from| to < from) => {
                f.add("bis", w("account.day_order"));
                None
            }
            Some(to) => Some(to),
            None => {
                f.add("bis", w("account.day_invalid"));
                None
            }
        },
    };
    let (Some(role), Some(from), true) = (role, from, f.is_empty()) else {
        return None;
    };
    let id = app.store.entropy().id();
    Some(Term {
        id,
        role,
        from,
        to,
        relieves: None,
    })
}

/// Address and name of somebody who is asked in.
pub fn person_fields(app: &App, req: &Req, t: &Typed, f: &Faults) -> (Field, Field) {
    let w = |key: &str| app.texts.text(req.lang, key);
    (
        Field::text("name", &w("account.their_name"), t, f),
        Field::text("mail", &w("account.their_mail"), t, f)
            .input("email")
            .mode("email"),
    )
}

pub fn read_person(app: &App, req: &Req, t: &Typed, f: &mut Faults) -> Option<(String, String)> {
    let name = f.take("name", read_name(app, req, t.get("name"), "account.their_name_missing"));
    let mail = match schema::typed::email(t.get("mail")) {
        Some(mail) => Some(mail),
        None if t.get("mail").is_empty() => {
            f.add("mail", app.texts.text(req.lang, "account.mail_missing"));
            None
        }
        None => {
            let with = [("value", t.get("mail"))];
            f.add("mail", app.texts.fill(req.lang, "account.mail_invalid", &with));
            None
        }
    };
    name.zip(mail)
}

fn form(app: &App, req: &Req, t: &Typed, f: &Faults) -> Result<Response> {
    let (errors, _) = f.summary(app, &["name", "mail", "rolle", "ab", "bis"]);
    let (name, mail) = person_fields(app, req, t, f);
    let (role, from, to) = term_fields(app, req, t, f);
    let ctx = json!({
        "errors_title": errors_title(app, req, errors.len().max(1)), "errors": errors,
        "f": { "name": name, "mail": mail, "rolle": role, "ab": from, "bis": to },
    });
    app.page(f.status(), "account/invite.html", app.ui(req), ctx)
}

pub async fn new(State(app): State<App>, chair: Chair, req: Req) -> Result<Response> {
    of_club(&chair.0)?;
    let mut t = Typed::default();
    t.put("rolle", Role::Member.as_str());
    t.put("ab", format::date(app.today()));
    form(&app, &req, &t, &Faults::default())
}

pub async fn invite(
    State(app): State<App>,
    chair: Chair,
    req: Req,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response> {
    of_club(&chair.0)?;
    let t = Typed(pairs);
    let mut f = Faults::default();
    let person = read_person(&app, &req, &t, &mut f);
    let term = read_term(&app, &req, &t, &mut f);
    let (Some((name, mail)), Some(term)) = (person, term) else {
        return form(&app, &req, &t, &f);
    };
    ask_in(&app, &chair.0, &req, (&name, &mail), term).await?;
    Ok(redirect("/konto/personen?ok=eingeladen"))
}

/// Invites, within the limits.
pub async fn ask_in(app: &App, by: &Account, req: &Req, who: (&str, &str), term: Term) -> Result<()> {
    app.limits
        .take(req.address, Limit::Message, app.now())
        .map_err(Failure::TooMany)?;
    match app.store.invite(&by.acting, who.1, who.0, term, app.now()).await {
        Ok(_) => Ok(()),
        Err(store::Error::Busy) => Err(Failure::TooMany(3600)),
        Err(store::Error::Conflict(_)) => Err(Failure::Bad(app.texts.text(req.lang, "account.too_many_people"))),
        Err(other) => Err(other.into()),
    }
}
