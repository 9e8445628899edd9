//! Who works at the desk: the session's cookie and the two extractors that every desk route takes one of.
//! Rights are read at each request, so that a withdrawn right ends at once.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{Method, header};
use axum::response::Response;
use domain::Actor;
use store::{Clerk, TenantStore};

use crate::desk::device;
use crate::failure::Failure;
use crate::req::{Req, set_cookie};
use crate::state::App;

/// Cookie of a log-in. Whole site: a clerk also fills in the public form for somebody.
pub const COOKIE: &str = "sitzung";
/// The store keeps a session for twelve hours. The browser keeps its cookie for a week, so that a form sent after the
/// end is known to come from somebody who was at the desk (`unsent.rs`); it opens nothing then.
const SECONDS: i64 = 7 * 24 * 3600;

/// A logged-in clerk and the data of the authority. Every desk handler takes this or [`Lead`].
#[derive(Debug, Clone)]
pub struct Desk {
    pub tenant: TenantStore,
    pub clerk: Clerk,
}

/// A logged-in clerk who leads the authority's desk.
#[derive(Debug, Clone)]
pub struct Lead(pub Desk);

/// Somebody who looks over what was done at the authority: its auditor, or its lead. Reads, and opens no case.
#[derive(Debug, Clone)]
pub struct Auditor(pub Desk);

impl AsRef<Desk> for Lead {
    fn as_ref(&self) -> &Desk {
        &self.0
    }
}

impl AsRef<Desk> for Auditor {
    fn as_ref(&self) -> &Desk {
        &self.0
    }
}

/// Where the competence centre works; below it are its pages.
pub const COCKPIT: &str = "/cockpit";

/// Below these everybody has pages of their own, whatever they may do at the desk.
const OWN: [&str; 3] = ["/amt/konto", "/amt/zweiter-faktor", "/amt/angemeldet"];

fn is_own(path: &str) -> bool {
    OWN.iter().any(|own| {
        path.strip_prefix(own)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

impl Desk {
    pub fn actor(&self) -> Actor {
        Actor::Clerk {
            id: self.clerk.id.clone(),
            name: self.clerk.name.clone(),
        }
    }

    pub fn is_lead(&self) -> bool {
        self.clerk.roles.iter().any(|r| r == "lead")
    }

    /// Reads what was done, and works on nothing.
    pub fn only_audits(&self) -> bool {
        store::only_audits(&self.clerk)
    }

    /// Works at the competence centre of the state?
    pub fn is_centre(&self, app: &App) -> bool {
        app.register.centre().is_some_and(|c| c.id == *self.tenant.id())
    }

    /// `Gemeinde Nobitz`
    pub fn authority(&self) -> &str {
        &self.tenant.authority().name
    }

    /// A yes-or-no preference; `default` where the clerk never chose.
    pub fn prefers(&self, name: &str, default: bool) -> bool {
        self.clerk
            .prefs
            .get(name)
            .and_then(serde_json::Value::as_bool)
            .unwrap_or(default)
    }
}

/// The clerk of this browser, if there is one.
pub async fn current(app: &App, req: &Req) -> Result<Option<Desk>, Failure> {
    let Some(token) = req.cookie(COOKIE) else {
        return Ok(None);
    };
    let who = app.store.who(token, &device::of(req), app.now()).await?;
    Ok(who.map(|(_, tenant, clerk)| Desk { tenant, clerk }))
}

/// The cookie that `current` knows this browser by.
pub(super) fn token(req: &Req) -> &str {
    req.cookie(COOKIE).unwrap_or_default()
}

impl FromRequestParts<App> for Desk {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let Ok(req) = Req::from_request_parts(parts, app).await;
        match current(app, &req).await? {
            Some(desk) if desk.only_audits() && !is_own(&req.path) => {
                let home = parts.method == Method::GET && ["/amt", "/amt/eingang"].contains(&req.path.as_str());
                Err(if home { Failure::Auditor } else { Failure::Forbidden })
            }
            Some(desk) => Ok(desk),
            None => Err(Failure::Login(back_to(parts, &req))),
        }
    }
}

impl FromRequestParts<App> for Lead {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let desk = Desk::from_request_parts(parts, app).await?;
        if desk.is_lead() {
            Ok(Lead(desk))
        } else {
            Err(Failure::Forbidden)
        }
    }
}

impl FromRequestParts<App> for Auditor {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let Ok(req) = Req::from_request_parts(parts, app).await;
        match current(app, &req).await? {
            Some(desk) if desk.is_lead() || desk.only_audits() => Ok(Auditor(desk)),
            Some(_) => Err(Failure::Forbidden),
            None => Err(Failure::Login(back_to(parts, &req))),
        }
    }
}

/// Where to go on after the log-in: the page asked for, or the page that a form was sent from.
fn back_to(parts: &Parts, req: &Req) -> String {
    if parts.method == Method::GET {
        let query = if req.query.is_empty() {
            String::new()
        } else {
            format!("?{}", req.query)
        };
        return format!("{}{query}", req.path);
    }
    let referer = parts
        .headers
        .get(header::REFERER)
        .and_then(|v| v.to_str().ok())
        .and_then(|r| r.split_once("://"))
        .and_then(|(_, rest)| rest.find('/').map(|at| &rest[at..]));
    inside(referer.unwrap_or_default()).to_owned()
}

/// The target if it lies inside the desk, else the inbox. Keeps out what a browser would read as another
/// host (`//evil`, `/\evil`) or as a new header line.
pub fn inside(target: &str) -> &str {
    let desk = ["/amt", COCKPIT].iter().any(|area| {
        let below = target.strip_prefix(area);
        below.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
    });
    let ok = desk
        && !target.starts_with("/amt/anmelden")
        && !target.starts_with("/amt/abmelden")
        && !target.contains('\\')
        && !target.contains("/..")
        && !target.contains(char::is_control)
        && target.is_ascii();
    if ok { target } else { "/amt/eingang" }
}

pub fn remember(response: &mut Response, app: &App, token: &str) {
    set_cookie(response, COOKIE, token, "/", SECONDS, app.config.secure_cookies);
}

/// The log-in's cookie while the second factor is awaited; a quarter of an hour, like the store's.
pub const WAITING: &str = "anmeldung";
const WAITING_SECONDS: i64 = 15 * 60;

pub fn wait(response: &mut Response, app: &App, token: &str) {
    set_cookie(
        response,
        WAITING,
        token,
        "/amt",
        WAITING_SECONDS,
        app.config.secure_cookies,
    );
}

/// In: the cookie of the desk instead of the one that waited.
pub fn arrive(response: &mut Response, app: &App, token: &str) {
    set_cookie(response, WAITING, "", "/amt", 0, app.config.secure_cookies);
    remember(response, app, token);
}

pub fn forget(response: &mut Response, app: &App) {
    set_cookie(response, COOKIE, "", "/", 0, app.config.secure_cookies);
}

#[cfg(test)]
mod tests {
    use super::{inside, is_own};

    #[test]
    fn pages_of_ones_own_are_those_and_no_longer_word() {
        for own in ["/amt/konto", "/amt/konto/passwort", "/amt/zweiter-faktor"] {
            assert!(is_own(own), "{own}");
        }
        for other in ["/amt", "/amt/kontoauszug", "/amt/v/konto", "/amt/einstellungen/konten"] {
            assert!(!is_own(other), "{other}");
        }
    }

    #[test]
    fn only_pages_of_the_desk_are_targets_after_the_log_in() {
        assert_eq!(inside("/amt/v/abc?ansicht=neu"), "/amt/v/abc?ansicht=neu");
        for ours in ["/cockpit", "/cockpit?leistung=sperrzeit", "/cockpit/kreis/16077"] {
            assert_eq!(inside(ours), ours);
        }
        for elsewhere in [
            "",
            "https://evil.example/amt/",
            "//evil.example/amt/",
            "/\\evil.example",
            "/amt/../nobitz",
            "/amtlich",
            "/nobitz",
            "/amt/a\r\nSet-Cookie: x=1",
            "/cockpits",
            "/cockpit/../nobitz",
            "/amt/anmelden?ziel=/amt/anmelden",
        ] {
            assert_eq!(inside(elsewhere), "/amt/eingang", "{elsewhere:?}");
        }
    }
}
