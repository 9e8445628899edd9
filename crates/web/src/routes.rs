//! The route table: the only way a route gets into the router. Each route declares the ids it takes,
//! who may call it, what it writes to the audit log, how much it takes and whether it may be cached. Isolation,
//! revocation and audit tests are generated from it.

use axum::Router;
use axum::handler::Handler;
use axum::routing::{MethodFilter, MethodRouter};

use crate::guard::{FILES, SMALL};
use crate::state::App;

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    /// Anybody.
    Public,
    /// Whoever holds the draft's cookie.
    Draft,
    /// Whoever holds the case's access code.
    Applicant,
    /// Whoever holds a consultation link.
    Link,
    /// A logged-in clerk, lead included.
    Clerk,
    /// The lead of an authority.
    Lead,
    /// The auditor of an authority, or its lead.
    Auditor,
    /// A clerk of the competence centre, its lead included.
    Centre,
    /// The lead of the competence centre.
    CentreLead,
    /// Whoever has proven an address, and may choose or answer an account.
    Proven,
    /// Somebody who acts for an account in any role.
    Member,
    /// The chair of an account.
    Chair,
}

/// What a route is, for tests and documents.
#[derive(Debug, Clone, Copy, serde::Serialize)]
pub struct RouteInfo {
    pub method: &'static str,
    pub path: &'static str,
    pub who: Who,
    /// Names of the path parameters that are ids of tenant data: `case`, `paper`, `letter` …
    pub ids: &'static [&'static str],
    /// The same for ids that travel in the body: the field, and what it names. Some fields may stay empty.
    pub body_ids: &'static [(&'static str, &'static str)],
    /// Audit event that a successful call writes; empty: none.
    pub audit: &'static str,
    /// May be kept by caches.
    pub cache: bool,
    /// Bytes of a request's body at most.
    pub body: usize,
}

/// Collects routes and builds the router from them.
pub struct Table {
    pub infos: Vec<RouteInfo>,
    router: Router<App>,
}

impl Default for Table {
    fn default() -> Self {
        Table {
            infos: Vec::new(),
            router: Router::new(),
        }
    }
}

impl Table {
    fn add<H, T>(mut self, method: &'static str, filter: MethodFilter, path: &'static str, who: Who, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.infos.push(RouteInfo {
            method,
            path,
            who,
            ids: &[],
            body_ids: &[],
            audit: "",
            cache: false,
            body: SMALL,
        });
        self.router = self.router.route(path, MethodRouter::new().on(filter, handler));
        self
    }

    pub fn get<H, T>(self, path: &'static str, who: Who, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.add("GET", MethodFilter::GET, path, who, handler)
    }

    pub fn post<H, T>(self, path: &'static str, who: Who, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.add("POST", MethodFilter::POST, path, who, handler)
    }

    /// For the route added last: ids of tenant data in its path.
    pub fn ids(mut self, ids: &'static [&'static str]) -> Self {
        if let Some(last) = self.infos.last_mut() {
            last.ids = ids;
        }
        self
    }

    /// For the route added last: fields of its form that are ids of tenant data, and what they name.
    pub fn body_ids(mut self, ids: &'static [(&'static str, &'static str)]) -> Self {
        if let Some(last) = self.infos.last_mut() {
            last.body_ids = ids;
        }
        self
    }

    /// For the route added last: the audit event it writes.
    pub fn audit(mut self, event: &'static str) -> Self {
        if let Some(last) = self.infos.last_mut() {
            last.audit = event;
        }
        self
    }

    /// For the route added last: may be cached.
    pub fn cached(mut self) -> Self {
        if let Some(last) = self.infos.last_mut() {
            last.cache = true;
        }
        self
    }

    /// For the route added last: takes files.
    pub fn files(mut self) -> Self {
        if let Some(last) = self.infos.last_mut() {
            last.body = FILES;
        }
        self
    }

    pub fn into_parts(self) -> (Router<App>, Vec<RouteInfo>) {
        (self.router, self.infos)
    }
}
