//! After the log-in: into the one account, or the choice among several, or the first account.

use axum::extract::{Form, State};
use axum::response::Response;
use domain::TenantId;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use store::{AccountKind, AccountName, Acting, TenantStore};

use crate::account::keep::OWN;
use crate::account::log_in::network;
use crate::account::session::{self, Proven, inside, logged_in_as, role_word};
use crate::account::vouch;
use crate::apply::form::errors_title;
use crate::failure::{Failure, Result};
use crate::format;
use crate::office::fields::{Faults, Field, Typed, choice};
use crate::reply::redirect;
use crate::req::Req;
use crate::state::App;

/// Letters of a name at most.
pub const NAME: usize = 80;

fn encoded(target: &str) -> String {
    crate::frame::urlencode(inside(target))
}

/// Where somebody who has proven an address goes on: to the target if they act for an account already.
pub async fn onward(app: &App, known: &Proven, target: &str) -> Result<String> {
    if known.person.acting.is_some() {
        return Ok(inside(target).to_owned());
    }
    let mine = app.store.accounts_of(&known.person.session.proof, app.now()).await?;
    let page = if mine.is_empty() { "neu" } else { "auswahl" };
    Ok(format!("/konto/{page}?ziel={}", encoded(target)))
}

/// Straight into the account if there is but one and nothing to answer.
pub async fn arrive(app: &App, known: &mut Proven, target: &str) -> Result<String> {
    let now = app.now();
    let mine = app.store.accounts_of(&known.person.session.proof, now).await?;
    let asked = mine.iter().any(is_asked);
    if let ([only], false) = (mine.as_slice(), asked)
        && !only.roles.is_empty()
        && let Some(token) = app
            .store
            .enter_account(&known.token, &known.person.session, only.tenant.id(), now)
            .await?
    {
        known.token = token;
        return Ok(inside(target).to_owned());
    }
    onward(app, known, target).await
}

/// An invitation or an offered office waits for an answer.
pub fn is_asked(acting: &Acting) -> bool {
    acting.member.joined_at.is_none() || acting.member.offered().is_some()
}

/// What is to be said of an account in a list.
fn row(app: &App, req: &Req, acting: &Acting) -> Value {
    let (lang, today) = (req.lang, app.today());
    let t = |key: &str, with: &[(&str, &str)]| app.texts.fill(lang, key, with);
    let words: Vec<String> = acting.roles.iter().map(|r| role_word(app, lang, *r)).collect();
    let later = acting
        .member
        .terms
        .iter()
        .filter(|term| term.relieves.is_none() && term.from > today);
    let text = if acting.member.joined_at.is_none() {
        t("account.invited_here", &[])
    } else if !words.is_empty() {
        words.join(", ")
    } else if let Some(term) = later.min_by_key(|term| term.from) {
        let role = role_word(app, lang, term.role);
        t(
            "account.begins",
            &[("role", &role), ("day", &format::date_in(term.from, lang))],
        )
    } else {
        String::new()
    };
    json!({
        "id": acting.tenant.id().0, "name": acting.name.name, "text": text, "open": !acting.roles.is_empty(),
        "asked": is_asked(acting), "club": acting.name.is_club(),
    })
}

pub async fn page(State(app): State<App>, known: Proven, req: Req) -> Result<Response> {
    let proof = &known.person.session.proof;
    let mine = app.store.accounts_of(proof, app.now()).await?;
    let rows: Vec<Value> = mine.iter().map(|a| row(&app, &req, a)).collect();
    let target = req.param("ziel").unwrap_or_default();
    let ctx = json!({ "rows": rows, "lead": logged_in_as(&app, req.lang, proof), "target": inside(&target), "done": done(&app, &req) });
    app.ok("account/choose.html", app.ui(&req), ctx)
}

fn done(app: &App, req: &Req) -> String {
    match req.param("ok").as_deref() {
        Some("angenommen") => app.texts.text(req.lang, "account.answered_yes"),
        Some("abgelehnt") => app.texts.text(req.lang, "account.answered_no"),
        _ => String::new(),
    }
}

#[derive(Debug, Deserialize, Default)]
pub struct Chosen {
    #[serde(default)]
    konto: String,
    #[serde(default)]
    ziel: String,
}

pub async fn enter(State(app): State<App>, known: Proven, Form(input): Form<Chosen>) -> Result<Response> {
    let tenant = TenantId(input.konto);
    let entered = app
        .store
        .enter_account(&known.token, &known.person.session, &tenant, app.now())
        .await?;
    let Some(token) = entered else {
        return Ok(redirect("/konto/auswahl"));
    };
    let mut response = redirect(inside(&input.ziel));
    session::remember(&mut response, &app, &token);
    Ok(response)
}

fn form(app: &App, req: &Req, t: &Typed, f: &Faults) -> Result<Response> {
    let w = |key: &str| app.texts.text(req.lang, key);
    let kind = |value: &str, label: &str, text: &str| choice(value, w(label), t.get("art") == value).text(w(text));
    let kinds = vec![
        kind("verein", "account.kind_club", "account.kind_club_text"),
        kind("person", "account.kind_person", "account.kind_person_text"),
    ];
    let (errors, _) = f.summary(app, &["art", "verein", "name"]);
    let ctx = json!({
        "errors_title": errors_title(app, req, errors.len().max(1)), "errors": errors, "target": inside(t.get("ziel")),
        "f": {
            "art": Field::choose("radio", "art", &w("account.kind"), kinds, t, f),
            "verein": Field::text("verein", &w("account.club_name"), t, f).hint(w("account.club_name_hint")).auto("organization"),
            "name": Field::text("name", &w("account.your_name"), t, f).hint(w("account.your_name_hint")).auto("name"),
        },
    });
    app.page(f.status(), "account/new.html", app.ui(req), ctx)
}

/// What a provider has said of who came in by it stands there already, and can be changed.
pub async fn new(State(app): State<App>, known: Proven, req: Req) -> Result<Response> {
    let mut t = Typed::default();
    let vouched = known.person.session.proof.vouched.as_ref();
    let said = |path: &str| vouched.and_then(|v| v.said.get(path)?.as_str()).unwrap_or_default();
    let club = vouched.is_none_or(|v| vouch::by_id(&app, &v.by).is_some_and(|v| v.organisation));
    t.put("art", if club { "verein" } else { "person" });
    t.put("verein", said("club.name"));
    t.put("name", said("contact.name"));
    t.put("ziel", req.param("ziel").unwrap_or_default());
    form(&app, &req, &t, &Faults::default())
}

/// A name that people are called by: something, not too long, and no address that a mail program would make a link of.
pub fn read_name(app: &App, req: &Req, typed: &str, missing: &str) -> Result<String, String> {
    let name = schema::typed::one_line(typed);
    if name.chars().count() < 2 {
        return Err(app.texts.text(req.lang, missing));
    }
    let link = ["://", "www.", "@"]
        .iter()
        .any(|part| name.to_lowercase().contains(part));
    if name.chars().count() > NAME || link {
        let most = NAME.to_string();
        return Err(app.texts.fill(req.lang, "account.name_odd", &[("most", &most)]));
    }
    Ok(name)
}

/// A person's own that a provider has said of who came in by it is in the new account from its first day on.
async fn keep_said(made: &TenantStore, known: &Proven, now: Timestamp) -> Result<()> {
    let Some(vouched) = &known.person.session.proof.vouched else {
        return Ok(());
    };
    let mut said = vouched.said.clone();
    said.retain(|path, _| OWN.iter().any(|own| path.starts_with(own)) && path != "contact.name");
    made.write(move |t| match t.members()?.first() {
        Some(chair) => t.change_account_details(&chair.id.clone(), true, said, now),
        None => Ok(()),
    })
    .await?;
    Ok(())
}

pub async fn create(
    State(app): State<App>,
    known: Proven,
    req: Req,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response> {
    let t = Typed(pairs);
    let mut f = Faults::default();
    let kind = match t.get("art") {
        "verein" => Some(AccountKind::Club),
        "person" => Some(AccountKind::Person),
        _ => {
            f.add("art", app.texts.text(req.lang, "account.kind_missing"));
            None
        }
    };
    let person = f.take(
        "name",
        read_name(&app, &req, t.get("name"), "account.your_name_missing"),
    );
    let club = match kind {
        Some(AccountKind::Club) => f.take(
            "verein",
            read_name(&app, &req, t.get("verein"), "account.club_name_missing"),
        ),
        _ => person.clone(),
    };
    let (Some(kind), Some(name), Some(person)) = (kind, club, person) else {
        return form(&app, &req, &t, &f);
    };
    let now = app.now();
    let session = &known.person.session;
    if let Some(until) = app.store.may_create_account(&network(&app, &req), now).await? {
        let wait = (until.as_second() - now.as_second()).max(1);
        return Err(Failure::TooMany(u32::try_from(wait).unwrap_or(3600)));
    }
    let made = match app
        .store
        .create_account(session, AccountName { kind, name }, &person, now)
        .await
    {
        Ok(made) => made,
        Err(store::Error::Conflict(_)) => return Err(Failure::Bad(app.texts.text(req.lang, "account.too_many"))),
        Err(other) => return Err(other.into()),
    };
    keep_said(&made, &known, now).await?;
    let entered = app.store.enter_account(&known.token, session, made.id(), now).await?;
    let Some(token) = entered else {
        // Logged out meanwhile.
        return Ok(redirect("/konto/auswahl"));
    };
    let mut response = redirect(inside(t.get("ziel")));
    session::remember(&mut response, &app, &token);
    Ok(response)
}
