//! The account's first page, and its name.

use axum::extract::{Form, State};
use axum::response::Response;
use domain::account::{Member, Role};
use jiff::civil::Date;
use serde_json::{Value, json};
use store::AccountName;

use crate::account::choose::read_name;
use crate::account::session::{Account, Chair, logged_in_as, role_word};
use crate::account::{list, provider};
use crate::apply::form::errors_title;
use crate::failure::{Failure, Result};
use crate::office::fields::{Faults, Field, Typed};
use crate::reply::redirect;
use crate::req::Req;
use crate::state::App;

/// Who holds which office, chairs first; of those who only take part, how many.
fn officers(app: &App, req: &Req, members: &[Member], today: Date) -> (Vec<Value>, usize) {
    let mut rows = Vec::new();
    for role in [Role::Chair, Role::Treasurer] {
        for m in members {
            let open = m.joined_at.is_none() && m.terms.iter().any(|t| t.role == role && t.counts_from(today));
            if m.is_on(role, today) || open {
                rows.push(json!({ "role": role_word(app, req.lang, role), "name": m.name, "open": open }));
            }
        }
    }
    let others = members.iter().filter(|m| m.roles_on(today) == [Role::Member]).count();
    (rows, others)
}

pub async fn page(State(app): State<App>, account: Account, req: Req) -> Result<Response> {
    let acting = &account.acting;
    let members = acting.tenant.read(|t| t.members()).await?;
    let (officers, others) = officers(&app, &req, &members, app.today());
    let proof = &account.person.session.proof;
    let mine = app.store.accounts_of(proof, app.now()).await?;
    let words: Vec<String> = acting.roles.iter().map(|r| role_word(&app, req.lang, *r)).collect();
    let hour = domain::berlin(app.now()).hour();
    let greeting = match hour {
        4..=10 => "account.morning",
        11..=17 => "account.day",
        _ => "account.evening",
    };
    let done = match req.param("ok").as_deref() {
        Some("name") => app.texts.text(req.lang, "account.renamed"),
        Some("amt") => app.texts.text(req.lang, "account.offered_done"),
        Some("verbunden") => app.texts.text(req.lang, "account.connected"),
        Some("verbunden-auch") => app.texts.text(req.lang, "account.connected_elsewhere"),
        Some("getrennt") => app.texts.text(req.lang, "account.disconnected"),
        _ => String::new(),
    };
    let (cases, drafts) = (
        list::cases(&app, &req, &account).await?,
        list::drafts(&app, &req, &account).await?,
    );
    let waits: Vec<&Value> = cases.iter().filter(|c| !c["asked"].is_null()).collect();
    let ctx = json!({
        "cases": cases, "drafts": drafts, "waits": waits,
        "name": acting.name.name, "club": account.is_club(), "chair": account.is(Role::Chair), "done": done,
        "greeting": app.texts.fill(req.lang, greeting, &[("name", &acting.member.name)]), "mail": logged_in_as(&app, req.lang, proof), "providers": provider::rows(&app, &req, &account),
        "roles": words.join(", "), "officers": officers, "others": others, "several": mine.len() > 1,
        "offered": acting.member.offered().map(|_| format!("/konto/antwort/{}", acting.tenant.id())),
    });
    app.ok("account/home.html", app.ui(&req), ctx)
}

fn form(app: &App, req: &Req, chair: &Chair, t: &Typed, f: &Faults) -> Result<Response> {
    let w = |key: &str| app.texts.text(req.lang, key);
    let label = if chair.0.is_club() {
        "account.club_name"
    } else {
        "account.your_name"
    };
    let (errors, _) = f.summary(app, &["name"]);
    let ctx = json!({
        "errors_title": errors_title(app, req, errors.len().max(1)), "errors": errors,
        "f": { "name": Field::text("name", &w(label), t, f) },
    });
    app.page(f.status(), "account/name.html", app.ui(req), ctx)
}

pub async fn name(State(app): State<App>, chair: Chair, req: Req) -> Result<Response> {
    let mut t = Typed::default();
    t.put("name", chair.0.acting.name.name.clone());
    form(&app, &req, &chair, &t, &Faults::default())
}

pub async fn rename(
    State(app): State<App>,
    chair: Chair,
    req: Req,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response> {
    let t = Typed(pairs);
    let mut f = Faults::default();
    let missing = if chair.0.is_club() {
        "account.club_name_missing"
    } else {
        "account.your_name_missing"
    };
    let Some(name) = f.take("name", read_name(&app, &req, t.get("name"), missing)) else {
        return form(&app, &req, &chair, &t, &f);
    };
    let acting = &chair.0.acting;
    let kind = acting.name.kind;
    app.store
        .rename_account(acting, AccountName { kind, name }, app.now())
        .await?;
    Ok(redirect("/konto?ok=name"))
}

/// Pages about the people of a club; a person's own account has none.
pub fn of_club(account: &Account) -> Result<()> {
    if account.is_club() { Ok(()) } else { Err(Failure::Page) }
}
