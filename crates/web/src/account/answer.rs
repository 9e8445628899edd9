//! An invitation into an account, or an office that is offered: what it means, yes or no.

use axum::extract::{Form, Path, State};
use axum::response::Response;
use domain::TenantId;
use domain::account::Term;
use serde::Deserialize;
use serde_json::{Value, json};
use store::Acting;

use crate::account::choose::is_asked;
use crate::account::session::{Proven, role_word};
use crate::failure::{Failure, Result};
use crate::format;
use crate::reply::redirect;
use crate::req::Req;
use crate::state::App;

/// The account of this id, if it asks whoever is logged in. Another's account looks as if it were not there.
async fn asked(app: &App, known: &Proven, id: &str) -> Result<Acting> {
    let mine = app.store.accounts_of(&known.person.session.proof, app.now()).await?;
    let found = mine.into_iter().find(|a| a.tenant.id().as_str() == id && is_asked(a));
    found.ok_or(Failure::Page)
}

/// `Kasse ab 01.01.2027 bis 31.12.2028`
pub fn term_text(app: &App, req: &Req, term: &Term) -> String {
    let lang = req.lang;
    let (role, from) = (role_word(app, lang, term.role), format::date_in(term.from, lang));
    match term.to {
        Some(to) => {
            let to = format::date_in(to, lang);
            let with = [("role", role.as_str()), ("from", &from), ("to", &to)];
            app.texts.fill(lang, "account.term_to", &with)
        }
        None => app
            .texts
            .fill(lang, "account.term_from", &[("role", &role), ("from", &from)]),
    }
}

pub async fn page(State(app): State<App>, Path(id): Path<String>, known: Proven, req: Req) -> Result<Response> {
    let acting = asked(&app, &known, &id).await?;
    let offered = acting.member.offered();
    let roles = acting.member.terms.iter().filter(|t| t.relieves.is_none());
    let roles: Vec<Value> = roles.map(|t| term_text(&app, &req, t).into()).collect();
    let ctx = json!({
        "id": id, "name": acting.name.name, "invited": acting.member.joined_at.is_none(), "roles": roles,
        "offered": offered.map(|t| format::long_date(t.from.max(app.today()), req.lang)),
    });
    app.ok("account/answer.html", app.ui(&req), ctx)
}

#[derive(Debug, Deserialize, Default)]
pub struct Said {
    #[serde(default)]
    antwort: String,
}

pub async fn send(
    State(app): State<App>,
    Path(id): Path<String>,
    known: Proven,
    req: Req,
    Form(said): Form<Said>,
) -> Result<Response> {
    let acting = asked(&app, &known, &id).await?;
    let yes = match said.antwort.as_str() {
        "ja" => true,
        "nein" => false,
        _ => return Ok(redirect(&format!("/konto/antwort/{id}"))),
    };
    let tenant: &TenantId = acting.tenant.id();
    let done = app
        .store
        .answer_account(&known.person.session.proof, tenant, yes, app.now())
        .await;
    match done {
        Ok(true) if yes => Ok(redirect("/konto/auswahl?ok=angenommen")),
        Ok(true) => Ok(redirect("/konto/auswahl?ok=abgelehnt")),
        // Taken back, or the one who offered it holds it no longer.
        Ok(false) | Err(store::Error::Conflict(_)) => {
            Err(Failure::Gone(app.texts.text(req.lang, "account.offer_gone")))
        }
        Err(other) => Err(other.into()),
    }
}
