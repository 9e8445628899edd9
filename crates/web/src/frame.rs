//! The frame around every page and answer: security headers, language cookie, failures as pages or
//! problem+json, the `ui` of public pages.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use schema::Lang;
use serde::Serialize;
use serde_json::json;

use crate::failure::Failure;
use crate::format;
use crate::page::{self, Ui};
use crate::req::{LANG_COOKIE, Req, set_cookie};
use crate::state::App;

const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; worker-src 'self'";

/// Seconds after which a busy server is asked again; the page says so.
const BUSY_SECONDS: u32 = 30;

const HEADERS: [(&str, &str); 7] = [
    ("content-security-policy", CSP),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    (
        "permissions-policy",
        "camera=(), microphone=(), geolocation=(self), payment=()",
    ),
    ("x-frame-options", "DENY"),
];

/// Layer: headers on every answer, the language cookie, failures turned into what people can read.
pub async fn frame(State(app): State<App>, req: Req, request: Request, next: Next) -> Response {
    let api = req.path.starts_with("/api/");
    let mut response = next.run(request).await;
    let failure = response
        .extensions_mut()
        .remove::<Failure>()
        .or_else(|| failure_of(&response));
    if let Some(failure) = failure {
        response = if api {
            problem(&failure)
        } else {
            failure_page(&app, &req, &failure)
        };
    }
    if let Some(lang) = req.param("sprache").as_deref().and_then(crate::req::lang_of) {
        set_cookie(
            &mut response,
            LANG_COOKIE,
            lang.code(),
            "/",
            31_536_000,
            app.config.secure_cookies,
        );
    }
    if req.lang == Lang::Leicht {
        response = crate::leicht::without_marks(response).await;
    }
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if [
        crate::consult::link::PATH,
        crate::account::log_in::PATH,
        crate::join::PATH,
    ]
    .iter()
    .any(|p| req.path.starts_with(p))
    {
        // The address itself is the key: it goes nowhere, not even to our own pages.
        headers.insert("referrer-policy", HeaderValue::from_static("no-referrer"));
    }
    if app.config.secure_cookies {
        headers.insert(
            "strict-transport-security",
            HeaderValue::from_static("max-age=31536000; includeSubDomains"),
        );
    }
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Layer: behind a proxy that is trusted, the visitor's address is the last one in `X-Forwarded-For` that
/// is not a trusted proxy itself. Anybody else's header is ignored.
pub async fn behind_proxy(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let trusted = &app.config.trusted_proxies;
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|c| c.0);
    let known = |ip: IpAddr| trusted.iter().any(|t| t.to_canonical() == ip.to_canonical());
    if let Some(peer) = peer.filter(|p| known(p.ip())) {
        let forwarded = request
            .headers()
            .get_all("x-forwarded-for")
            .iter()
            .filter_map(|v| v.to_str().ok())
            .collect::<Vec<_>>()
            .join(",");
        // From the right, as long as each word can be read: what stands before a word that no proxy of ours wrote may
        // be the visitor's own invention.
        let visitor = forwarded
            .rsplit(',')
            .map_while(|word| address_in(word.trim()))
            .find(|ip| !known(*ip));
        if let Some(visitor) = visitor {
            request
                .extensions_mut()
                .insert(ConnectInfo(SocketAddr::new(visitor, peer.port())));
        }
    }
    next.run(request).await
}

/// `192.0.2.1`, `192.0.2.1:443`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:443`
fn address_in(word: &str) -> Option<IpAddr> {
    let bare = word.strip_prefix('[').and_then(|w| w.strip_suffix(']'));
    let plain = word.parse::<IpAddr>().or_else(|_| bare.unwrap_or_default().parse());
    plain.ok().or_else(|| word.parse::<SocketAddr>().ok().map(|s| s.ip()))
}

/// Answers made by axum itself (no route, wrong method, body too large) have no body worth showing.
fn failure_of(response: &Response) -> Option<Failure> {
    let typed = response
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok())
        .unwrap_or_default();
    if typed.starts_with("text/html") || typed.contains("json") {
        return None;
    }
    match response.status() {
        StatusCode::NOT_FOUND => Some(Failure::Page),
        StatusCode::METHOD_NOT_ALLOWED => Some(Failure::Method),
        StatusCode::PAYLOAD_TOO_LARGE => Some(Failure::TooLarge(10)),
        StatusCode::BAD_REQUEST | StatusCode::UNSUPPORTED_MEDIA_TYPE | StatusCode::UNPROCESSABLE_ENTITY => {
            Some(Failure::Incomplete)
        }
        StatusCode::FORBIDDEN => Some(Failure::Foreign),
        StatusCode::INTERNAL_SERVER_ERROR => Some(Failure::Internal),
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::REQUEST_TIMEOUT => Some(Failure::Busy),
        _ => None,
    }
}

/// RFC 9457.
pub fn problem(failure: &Failure) -> Response {
    let (title, detail) = match failure {
        Failure::Place(_) => ("unknown-place", "Diesen Ort gibt es hier nicht.".to_owned()),
        Failure::Case
        | Failure::Link(_)
        | Failure::Page
        | Failure::Login(_)
        | Failure::Account(_)
        | Failure::Auditor
        | Failure::Moved { .. } => ("not-found", "Das gibt es hier nicht.".to_owned()),
        Failure::Forbidden => ("forbidden", "Dafür fehlt das Recht.".to_owned()),
        Failure::Bad(why) => ("bad-request", why.clone()),
        Failure::Incomplete => (
            "bad-request",
            "Die Anfrage ist unvollständig. Senden Sie sie noch einmal.".to_owned(),
        ),
        Failure::Foreign => ("foreign", "Die Anfrage kam von einer anderen Website.".to_owned()),
        Failure::Method => ("method-not-allowed", "Diese Methode gibt es hier nicht.".to_owned()),
        Failure::TooLarge(mb) => ("too-large", format!("Erlaubt sind höchstens {mb} MB.")),
        Failure::TooMany(s) => ("too-many-requests", format!("Versuchen Sie es in {s} Sekunden wieder.")),
        Failure::Crowded => (
            "full",
            "Bei diesem Amt kommt gerade mehr an, als es in einer Stunde annimmt. Versuchen Sie es in einer Stunde wieder."
                .to_owned(),
        ),
        Failure::Gone(why) | Failure::Erased(why) => ("gone", why.clone()),
        Failure::Internal => ("internal", "Das hat nicht geklappt, es liegt an uns.".to_owned()),
        Failure::Busy => (
            "busy",
            "Gerade ist viel los. Versuchen Sie es in 30 Sekunden wieder.".to_owned(),
        ),
    };
    // A program is never sent elsewhere: it is told what is wrong.
    let status = match failure {
        Failure::Login(_) | Failure::Account(_) => StatusCode::UNAUTHORIZED,
        Failure::Auditor => StatusCode::FORBIDDEN,
        Failure::Moved { .. } => StatusCode::NOT_FOUND,
        _ => failure.status(),
    };
    let mut response = problem_with(status, title, &detail, json!({}));
    retry_after(&mut response, failure);
    response
}

/// When to come back.
fn retry_after(response: &mut Response, failure: &Failure) {
    let seconds = match failure {
        Failure::Busy => BUSY_SECONDS,
        Failure::TooMany(s) => *s,
        Failure::Crowded => 3600,
        _ => return,
    };
    response
        .headers_mut()
        .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
}

/// A problem with members of its own.
pub fn problem_with(status: StatusCode, kind: &str, detail: &str, more: serde_json::Value) -> Response {
    let mut body = json!({ "type": format!("urn:kommunal:problem:{kind}"), "title": kind, "status": status.as_u16(), "detail": detail });
    if let (Some(body), Some(more)) = (body.as_object_mut(), more.as_object()) {
        body.extend(more.clone());
    }
    (
        status,
        [(header::CONTENT_TYPE, "application/problem+json")],
        body.to_string(),
    )
        .into_response()
}

fn failure_page(app: &App, req: &Req, failure: &Failure) -> Response {
    let lang = req.lang;
    let t = |key: &str, with: &[(&str, &str)]| app.texts.fill(lang, key, with);
    let now = app.now();
    let time = format::moment_in(now, lang);
    let status = failure.status();
    let number = t("error.number", &[("status", status.as_str()), ("time", &time)]);
    let home = json!({ "href": "/", "text": t("error.home", &[]) });
    let again = json!({ "href": req.path, "text": t("error.back", &[]) });
    let mut search = false;
    let mut q = String::new();
    let (title, lead, safe, actions, number) = match failure {
        Failure::Login(to) => {
            let target = format!("/amt/anmelden?ziel={}", urlencode(to));
            return (StatusCode::SEE_OTHER, [(header::LOCATION, target)]).into_response();
        }
        Failure::Account(to) => {
            let target = format!("/konto/anmelden?ziel={}", urlencode(to));
            return (StatusCode::SEE_OTHER, [(header::LOCATION, target)]).into_response();
        }
        Failure::Auditor => {
            return (StatusCode::SEE_OTHER, [(header::LOCATION, "/amt/protokoll")]).into_response();
        }
        Failure::Moved { from, to } => {
            let target = req.path.replacen(&format!("/{from}"), &format!("/{to}"), 1);
            return (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, target)]).into_response();
        }
        Failure::Place(asked) => {
            search = true;
            q.clone_from(asked);
            (
                t("error.place_title", &[]),
                t("error.place_lead", &[("q", asked)]),
                String::new(),
                vec![home],
                number,
            )
        }
        Failure::Case if req.path.starts_with("/amt/") => (
            "Diesen Vorgang gibt es hier nicht".to_owned(),
            "Er liegt bei keinem Ihrer Ämter, wurde gelöscht oder abgegeben. Suchen Sie im Eingang mit dem Aktenzeichen.".to_owned(),
            String::new(),
            vec![json!({ "href": "/amt/eingang?ansicht=alle", "text": "Alle Vorgänge" })],
            number,
        ),
        Failure::Case => (
            t("error.case_title", &[]),
            t("error.case_lead", &[]),
            String::new(),
            vec![json!({ "href": "/stand", "text": t("error.status", &[]) }), home],
            number,
        ),
        Failure::Link(_) => (
            t("error.link_title", &[]),
            t("error.link_lead", &[]),
            String::new(),
            vec![home],
            number,
        ),
        Failure::Page | Failure::Method => (
            t("error.page_title", &[]),
            t("error.page_lead", &[]),
            String::new(),
            vec![home],
            number,
        ),
        Failure::Forbidden if req.path.starts_with("/konto") => (
            t("error.forbidden_title", &[]),
            t("account.forbidden", &[]),
            String::new(),
            vec![json!({ "href": "/konto", "text": t("account.to_account", &[]) }), home],
            number,
        ),
        Failure::Forbidden => {
            let desk = json!({ "href": "/amt/eingang", "text": "Zum Eingang" });
            (
                t("error.forbidden_title", &[]),
                t("error.forbidden_lead", &[]),
                String::new(),
                vec![desk, home],
                number,
            )
        }
        Failure::Bad(why) => (
            t("error.bad_title", &[]),
            why.clone(),
            t("error.safe_draft", &[]),
            vec![again, home],
            number,
        ),
        Failure::Incomplete | Failure::Foreign => {
            let key = if matches!(failure, Failure::Foreign) {
                "error.foreign"
            } else {
                "error.incomplete"
            };
            (
                t("error.bad_title", &[]),
                t(key, &[]),
                t("error.safe_draft", &[]),
                vec![again, home],
                number,
            )
        }
        Failure::TooLarge(mb) => (
            t("error.large_title", &[]),
            t("error.large_lead", &[("mb", &mb.to_string())]),
            t("error.safe_draft", &[]),
            vec![again, home],
            number,
        ),
        Failure::TooMany(s) => (
            t("error.many_title", &[]),
            match s.div_ceil(60) {
                0 | 1 => t("error.many_lead_one", &[]),
                n => t("error.many_lead", &[("minutes", &n.to_string())]),
            },
            t("error.safe_draft", &[]),
            vec![again, home],
            number,
        ),
        Failure::Crowded => (
            t("error.crowded_title", &[]),
            t("error.crowded_lead", &[]),
            t("error.safe_draft", &[]),
            vec![again, home],
            number,
        ),
        Failure::Erased(what) => (
            t("error.erased_title", &[]),
            what.clone(),
            t("error.erased_safe", &[]),
            vec![home],
            number,
        ),
        Failure::Gone(why) => (
            t("error.gone_title", &[]),
            why.clone(),
            String::new(),
            vec![home],
            number,
        ),
        Failure::Internal => {
            let id = app.store.entropy().id().to_uppercase();
            let shown = format!("{}-{}", &id[..4], &id[4..8]);
            tracing::error!(number = %shown, "error page shown");
            let number = t("error.number_internal", &[("number", &shown), ("time", &time)]);
            (
                t("error.internal_title", &[]),
                t("error.internal_lead", &[]),
                t("error.safe_draft", &[]),
                vec![again, home],
                number,
            )
        }
        Failure::Busy => (
            t("error.busy_title", &[]),
            t("error.busy_lead", &[]),
            t("error.safe_draft", &[]),
            vec![again, home],
            number,
        ),
    };
    let typed = match failure {
        Failure::Link(typed) => typed.as_str(),
        _ => "",
    };
    let e = json!({ "title": title, "lead": lead, "safe": safe, "actions": actions, "number": number, "search": search, "typed": typed,
        "typed_title": t("error.typed_title", &[]), "typed_lead": t("error.typed_lead", &[]) });
    let found = if search {
        crate::apply::start::hits(app, lang, &q, 5)
    } else {
        Vec::new()
    };
    let ctx = json!({ "e": e, "q": q, "found": found, "note": "", "action": "/suche", "map_href": "/karte" });
    let mut ui = app.ui(req);
    if matches!(failure, Failure::Link(_)) {
        // The address is left out of the page: whatever was tried, the answer is the same to the letter.
        ui.other_languages_at("/");
    }
    let mut response = app
        .page(status, "error/page.html", ui, ctx)
        .unwrap_or_else(|_| static_500());
    retry_after(&mut response, failure);
    if matches!(failure, Failure::Busy) {
        response
            .headers_mut()
            .insert("refresh", HeaderValue::from(BUSY_SECONDS));
    }
    response
}

/// When even the error page fails.
fn static_500() -> Response {
    page::html(
        StatusCode::INTERNAL_SERVER_ERROR,
        "<!doctype html><html lang=\"de\"><meta charset=\"utf-8\"><title>Das hat nicht geklappt</title><main><h1>Das hat nicht geklappt</h1><p>Es liegt an uns. Ihre Angaben bis zur letzten Seite sind gespeichert. Versuchen Sie es in einigen Minuten wieder.</p></main></html>".to_owned(),
    )
}

/// Percent-encoding for a query value.
pub fn urlencode(text: &str) -> String {
    text.bytes()
        .map(|b| match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' => (b as char).to_string(),
            _ => format!("%{b:02X}"),
        })
        .collect()
}

/// Where a template failed, never with which values: those are what people wrote.
fn template_failure(error: &minijinja::Error) -> Failure {
    let (name, line) = (error.name().unwrap_or_default(), error.line().unwrap_or_default());
    Failure::internal(format!("{} in {name}, line {line}", error.kind()))
}

impl App {
    /// Frame of a page that belongs to no place.
    pub fn ui(&self, req: &Req) -> Ui {
        Ui {
            lang: req.lang.code(),
            tag: req.lang.tag(),
            easy: req.lang == Lang::Leicht,
            gap: req.lang.gap(),
            demo: self.config.demo,
            build: self.config.build,
            official: true,
            host_label: self.texts.text(req.lang, "frame.official_state"),
            brand_href: "/".into(),
            brand_name: "Kommunal-Cloud".into(),
            brand_sub: self.register.state_name().to_owned(),
            crest: "product".into(),
            base: String::new(),
            help_href: "/hilfe".into(),
            languages: page::languages(req.lang, |l| req.in_language(l)),
            plain_footer: false,
            by_hand: None,
        }
    }

    /// Renders a template with its frame. A template error is our fault.
    pub fn page(&self, status: StatusCode, template: &str, ui: Ui, ctx: impl Serialize) -> Result<Response, Failure> {
        Ok(page::html(status, self.draw(template, ui, ctx)?))
    }

    /// The same as text: a part of a page that scripts put in.
    pub fn draw(&self, template: &str, ui: Ui, ctx: impl Serialize) -> Result<String, Failure> {
        let easy = ui.easy;
        let mut all = serde_json::to_value(ctx).map_err(Failure::internal)?;
        if let Some(map) = all.as_object_mut() {
            map.insert("ui".into(), serde_json::to_value(ui).map_err(Failure::internal)?);
        }
        let template = self.pages.get_template(template).map_err(|e| template_failure(&e))?;
        let page = template
            .render(minijinja::value::Serde(&all))
            .map_err(|e| template_failure(&e))?;
        Ok(if easy { crate::leicht::lines(page) } else { page })
    }

    pub fn ok(&self, template: &str, ui: Ui, ctx: impl Serialize) -> Result<Response, Failure> {
        self.page(StatusCode::OK, template, ui, ctx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxys_word_is_read_with_port_and_brackets_and_nothing_else() {
        let read = |word: &str| address_in(word).map(|ip| ip.to_string());
        for (word, ip) in [
            ("192.0.2.1", "192.0.2.1"),
            ("192.0.2.1:51234", "192.0.2.1"),
            ("2001:db8::1", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("[2001:db8::1]:443", "2001:db8::1"),
        ] {
            assert_eq!(read(word).as_deref(), Some(ip), "{word}");
        }
        for word in ["", "unknown", "_hidden", "192.0.2.1, 192.0.2.2", "[]"] {
            assert_eq!(read(word), None, "{word}");
        }
    }
}
