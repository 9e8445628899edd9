//! What forms are filled in with: seen and changed by who may. The same fields as in the forms, by the paths of their
//! questions.

use axum::extract::{Form, State};
use axum::response::Response;
use serde_json::{Map, Value, json};

use crate::account::keep::{self, BANK, OWN};
use crate::account::session::Account;
use crate::apply::form::errors_title;
use crate::failure::Result;
use crate::office::fields::{Faults, Field, Typed};
use crate::reply::redirect;
use crate::req::Req;
use crate::state::App;

/// Letters of a field at most.
const LETTERS: usize = 120;

/// Path of the question, key of its label, how a browser fills it in.
const FIELDS: [(&str, &str, &str); 11] = [
    ("club.name", "account.d_club", "organization"),
    ("club.register_number", "account.d_register", "off"),
    ("contact.name", "account.d_name", "name"),
    ("contact.phone", "account.d_phone", "tel"),
    ("contact.email", "account.d_mail", "email"),
    ("contact.address.street", "account.d_street", "address-line1"),
    ("contact.address.house_number", "account.d_number", "off"),
    ("contact.address.postcode", "account.d_postcode", "postal-code"),
    ("contact.address.town", "account.d_town", "address-level2"),
    ("bank.holder", "account.d_holder", "off"),
    ("bank.iban", "account.d_iban", "off"),
];

const ADDRESS: &str = "contact.address";

fn may(account: &Account, path: &str) -> bool {
    OWN.iter().any(|p| path.starts_with(p)) || keep::keeps_the_club(account)
}

/// Fields that are shown to this member.
fn fields(account: &Account) -> impl Iterator<Item = &'static (&'static str, &'static str, &'static str)> {
    let (club, bank) = (account.is_club(), keep::keeps_the_club(account));
    FIELDS.iter().filter(move |(path, _, _)| {
        let of_club = path.starts_with("club.");
        (club || !of_club) && (bank || !path.starts_with(BANK))
    })
}

fn render(app: &App, req: &Req, account: &Account, t: &Typed, f: &Faults) -> Result<Response> {
    let order: Vec<&str> = FIELDS.iter().map(|(path, _, _)| *path).collect();
    let (errors, _) = f.summary(app, &order);
    let field = |(path, label, auto): &(&'static str, &'static str, &'static str)| {
        let field = Field::text(path, &app.texts.text(req.lang, label), t, f).auto(auto);
        json!({ "field": field, "may": may(account, path), "path": path })
    };
    let done = match req.param("ok").as_deref() {
        Some("gemerkt") => app.texts.text(req.lang, "account.details_kept"),
        Some("gespeichert") => app.texts.text(req.lang, "account.details_saved"),
        _ => String::new(),
    };
    let ctx = json!({
        "errors_title": errors_title(app, req, errors.len().max(1)), "errors": errors, "club": account.is_club(), "done": done,
        "own": fields(account).filter(|(p, _, _)| OWN.iter().any(|o| p.starts_with(o))).map(field).collect::<Vec<_>>(),
        "all": fields(account).filter(|(p, _, _)| !OWN.iter().any(|o| p.starts_with(o))).map(field).collect::<Vec<_>>(),
    });
    app.page(f.status(), "account/details.html", app.ui(req), ctx)
}

pub async fn page(State(app): State<App>, account: Account, req: Req) -> Result<Response> {
    let known = keep::details(&account).await?;
    let mut t = Typed::default();
    for (path, _, _) in fields(&account) {
        let value = match path.strip_prefix(ADDRESS) {
            Some(part) => known.get(ADDRESS).and_then(|a| a.get(part.trim_start_matches('.'))),
            None => known.get(*path),
        };
        t.put(*path, value.and_then(Value::as_str).unwrap_or_default());
    }
    render(&app, &req, &account, &t, &Faults::default())
}

/// As forms read it; empty takes the detail away.
fn read(app: &App, req: &Req, path: &str, typed: &str) -> std::result::Result<Value, String> {
    let odd = |key: &str| app.texts.fill(req.lang, key, &[("value", typed)]);
    let line = schema::typed::one_line(typed);
    if line.is_empty() {
        return Ok(Value::Null);
    }
    if line.chars().count() > LETTERS {
        return Err(app
            .texts
            .fill(req.lang, "account.name_odd", &[("most", &LETTERS.to_string())]));
    }
    match path {
        "contact.email" => schema::typed::email(&line)
            .map(Value::from)
            .ok_or_else(|| odd("account.mail_invalid")),
        "contact.phone" => schema::typed::phone(&line)
            .map(Value::from)
            .ok_or_else(|| odd("account.phone_invalid")),
        "bank.iban" => schema::typed::iban(&line)
            .map(Value::from)
            .ok_or_else(|| odd("account.iban_invalid")),
        _ => Ok(line.into()),
    }
}

pub async fn save(
    State(app): State<App>,
    account: Account,
    req: Req,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response> {
    let t = Typed(pairs);
    let mut f = Faults::default();
    let (mut all, mut own, mut address) = (Map::new(), Map::new(), Map::new());
    for (path, _, _) in fields(&account).filter(|(path, _, _)| may(&account, path)) {
        let Some(value) = f.take(path, read(&app, &req, path, t.get(path))) else {
            continue;
        };
        if let Some(part) = path.strip_prefix(ADDRESS) {
            if !value.is_null() {
                address.insert(part.trim_start_matches('.').to_owned(), value);
            }
        } else if OWN.iter().any(|o| path.starts_with(o)) {
            own.insert((*path).to_owned(), value);
        } else {
            all.insert((*path).to_owned(), value);
        }
    }
    if !f.is_empty() {
        return render(&app, &req, &account, &t, &f);
    }
    let address = if address.is_empty() {
        Value::Null
    } else {
        address.into()
    };
    own.insert(ADDRESS.to_owned(), address);
    let (id, now) = (account.acting.member.id.clone(), app.now());
    let write = account.acting.tenant.write(move |t| {
        t.change_account_details(&id, false, all, now)?;
        t.change_account_details(&id, true, own, now)
    });
    write.await?;
    Ok(redirect("/konto/angaben?ok=gespeichert"))
}
