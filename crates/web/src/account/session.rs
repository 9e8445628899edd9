//! Who acts for an account: the cookie and the three extractors that every route of accounts takes one of. Rights are
//! read at each request, with the roles of the day: a role that has ended opens nothing from the first second on.

use axum::extract::FromRequestParts;
use axum::http::Method;
use axum::http::request::Parts;
use axum::response::Response;
use domain::account::Role;
use schema::Lang;
use store::{Acting, Person, Proof};

use crate::desk::device;
use crate::failure::Failure;
use crate::req::{Req, set_cookie};
use crate::state::App;

/// Cookie of a log-in. Whole site: forms are filled in with what the account knows.
pub const COOKIE: &str = "kontositzung";
/// As long as the store keeps it.
const SECONDS: i64 = 12 * 3600;

/// Somebody has proven an address and may choose an account, answer an invitation, make an account or leave.
#[derive(Debug, Clone)]
pub struct Proven {
    pub person: Person,
    pub token: String,
}

/// Somebody acts for an account, in whatever role.
#[derive(Debug, Clone)]
pub struct Account {
    pub person: Person,
    pub acting: Acting,
}

/// Somebody acts as the chair of an account; a person's own account has its owner in that role.
#[derive(Debug, Clone)]
pub struct Chair(pub Account);

impl Proven {
    /// For whom it acts, if for anybody.
    pub fn account(self) -> Option<Account> {
        let acting = self.person.acting.clone()?;
        Some(Account {
            person: self.person,
            acting,
        })
    }
}

impl Account {
    pub fn is(&self, role: Role) -> bool {
        self.acting.is(role)
    }

    pub fn is_club(&self) -> bool {
        self.acting.name.is_club()
    }
}

/// The log-in of this browser, if there is one.
pub async fn proven(app: &App, req: &Req) -> Result<Option<Proven>, Failure> {
    let Some(token) = req.cookie(COOKIE) else {
        return Ok(None);
    };
    let person = app.store.who_acts(token, &device::of(req), app.now()).await?;
    Ok(person.map(|person| Proven {
        person,
        token: token.to_owned(),
    }))
}

/// For whom this browser acts, if for anybody.
pub async fn current(app: &App, req: &Req) -> Result<Option<Account>, Failure> {
    Ok(proven(app, req).await?.and_then(|p| p.account()))
}

impl FromRequestParts<App> for Proven {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let Ok(req) = Req::from_request_parts(parts, app).await;
        proven(app, &req)
            .await?
            .ok_or_else(|| Failure::Account(back_to(parts, &req)))
    }
}

impl FromRequestParts<App> for Account {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let Ok(req) = Req::from_request_parts(parts, app).await;
        current(app, &req)
            .await?
            .ok_or_else(|| Failure::Account(back_to(parts, &req)))
    }
}

impl FromRequestParts<App> for Chair {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let account = Account::from_request_parts(parts, app).await?;
        match account.is(Role::Chair) {
            true => Ok(Chair(account)),
            false => Err(Failure::Forbidden),
        }
    }
}

/// Where to go on after the log-in: the page asked for; from a form that was sent, the account's first page.
fn back_to(parts: &Parts, req: &Req) -> String {
    match parts.method {
        Method::GET => inside(&req.path).to_owned(),
        _ => "/konto".to_owned(),
    }
}

/// The target if it is a page of ours for applicants, else the account's first page. Keeps out what a browser would
/// read as another host (`//evil`, `/\evil`) or as a new header line.
pub fn inside(target: &str) -> &str {
    let path = target.split(['?', '#']).next().unwrap_or_default();
    // By whole segments: two municipalities are called Amt something.
    let below = |p: &&str| {
        path.strip_prefix(*p)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let ok = target.starts_with('/')
        && !target.starts_with("//")
        && !["/amt", "/api", "/konto/anmelden", "/konto/abmelden", "/konto/auswahl"]
            .iter()
            .any(below)
        && !target.contains(['\\', '%'])
        && !target.contains("/..")
        && !target.contains(char::is_control)
        && target.is_ascii()
        && target.len() <= 300;
    if ok { target } else { "/konto" }
}

pub fn remember(response: &mut Response, app: &App, token: &str) {
    set_cookie(response, COOKIE, token, "/", SECONDS, app.config.secure_cookies);
}

pub fn forget(response: &mut Response, app: &App) {
    set_cookie(response, COOKIE, "", "/", 0, app.config.secure_cookies);
}

/// As what somebody is logged in: an address, or `mit BundID`.
pub fn logged_in_as(app: &App, lang: Lang, proof: &Proof) -> String {
    match (proof.address(), &proof.vouched) {
        ("", Some(v)) => app.texts.fill(lang, "account.logged_in_with", &[("name", &v.name)]),
        (mail, _) => app.texts.fill(lang, "account.logged_in_as", &[("mail", mail)]),
    }
}

/// `Vorsitz`, `Kasse`, `Mitglied`.
pub fn role_word(app: &App, lang: Lang, role: Role) -> String {
    match role {
        Role::Chair => app.texts.text(lang, "account.chair"),
        Role::Treasurer => app.texts.text(lang, "account.treasurer"),
        Role::Member => app.texts.text(lang, "account.member"),
    }
}

#[cfg(test)]
mod tests {
    use super::inside;

    #[test]
    fn only_pages_for_applicants_are_targets_after_the_log_in() {
        for fine in [
            "/konto/personen",
            "/nobitz/brauchtumsfeuer/antrag",
            "/v/NOB-FEUER-26-XW2K9",
            "/amt-wachsenburg/brauchtumsfeuer/antrag/pruefen",
            "/amt-creuzburg",
        ] {
            assert_eq!(inside(fine), fine);
        }
        for elsewhere in [
            "",
            "https://evil.example/",
            "//evil.example/",
            "/\\evil.example",
            "/%5cevil.example",
            "/nobitz/../amt",
            "/amt/eingang",
            "/amt",
            "/amt?ok=1",
            "/api#x",
            "/konto/abmelden?",
            "/konto/anmelden?ziel=/konto/anmelden",
            "/a\r\nSet-Cookie: x=1",
        ] {
            assert_eq!(inside(elsewhere), "/konto", "{elsewhere:?}");
        }
    }
}
