//! Log-in of applicants through an identity provider (BundID, Mein Unternehmenskonto), the level of assurance that a
//! service asks for, and connecting an identity with one's membership. What the provider's answer proves: `identity.rs`.
//! An address for mail that a provider says opens no account: an identity opens only what it was connected with.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Form, Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::{MemberId, TenantId};
use schema::Assurance;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{Connected, Disconnected, Proof, Vouched};

use crate::account::passkey;
use crate::account::session::{self, Account, Proven, inside};
use crate::account::vouch::{self, Voucher};
use crate::failure::{Failure, Result};
use crate::format;
use crate::identity::{Answer, NoProof, Started};
use crate::limits::Limit;
use crate::reply::redirect;
use crate::req::{Req, set_cookie};
use crate::state::App;

/// Cookie of the way to the provider and back, and where it is sent.
const COOKIE: &str = "kontoweg";
const PATH: &str = "/konto/anmelden";
const SECONDS: i64 = 5 * 60;

/// What is kept for the way back.
#[derive(Serialize, Deserialize)]
struct Way {
    started: Started,
    provider: String,
    /// Where to go on.
    target: String,
    /// The level that is needed there.
    needed: Assurance,
    /// Who connects an identity; `None`: somebody logs in.
    connects: Option<(TenantId, MemberId)>,
}

fn voucher<'a>(app: &'a App, id: &str) -> Result<&'a Voucher> {
    vouch::by_id(app, id).ok_or(Failure::Page)
}

fn back(app: &App, voucher: &Voucher) -> String {
    format!("{}{PATH}/dienst/{}/zurueck", app.config.base_url, voucher.id)
}

fn carry(response: &mut Response, app: &App, token: &str, seconds: i64) {
    set_cookie(response, COOKIE, token, PATH, seconds, app.config.secure_cookies);
}

/// `substanziell`
pub fn level_word(app: &App, lang: schema::Lang, level: Assurance) -> String {
    app.texts.text(lang, &format!("assurance.{}", level.as_str()))
}

/// A sentence about the level that is needed, with the ways that reach it; another where none does.
pub fn sentence(app: &App, lang: schema::Lang, key: &str, needed: Assurance) -> String {
    let names: Vec<&str> = vouch::reaching(app, needed).map(Voucher::name).collect();
    let level = level_word(app, lang, needed);
    if names.is_empty() {
        return app.texts.fill(lang, "assurance.nowhere", &[("level", &level)]);
    }
    let or = app.texts.text(lang, "assurance.or");
    let names = names.join(&format!(" {or} "));
    app.texts.fill(lang, key, &[("level", &level), ("names", &names)])
}

/// To the provider, from a link: there and back for `target`, with at least the level `needed`.
pub fn href(voucher: &Voucher, target: &str, needed: Assurance) -> String {
    let target = crate::frame::urlencode(target);
    let level = match needed {
        Assurance::Basis => String::new(),
        level => format!("&niveau={}", level.as_str()),
    };
    format!("{PATH}/dienst/{}?ziel={target}{level}", voucher.id)
}

/// The log-in page for who needs a level to go on.
pub fn needed_href(target: &str, needed: Assurance) -> String {
    let target = crate::frame::urlencode(target);
    format!("{PATH}?niveau={}&ziel={target}", needed.as_str())
}

/// What a request says about the level that is needed.
pub fn needed(req: &Req) -> Assurance {
    let word = req.param("niveau").unwrap_or_default();
    Assurance::read(&word).unwrap_or_default()
}

/// Buttons of the log-in page.
pub fn buttons(app: &App, req: &Req, target: &str, needed: Assurance) -> Vec<Value> {
    let label = |v: &Voucher| {
        app.texts
            .fill(req.lang, "account.provider_button", &[("name", v.name())])
    };
    vouch::reaching(app, needed)
        .map(|v| json!({ "href": href(v, target, needed), "label": label(v) }))
        .collect()
}

/// Begins; the provider's address and the token for the cookie.
async fn begin(
    app: &App,
    voucher: &Voucher,
    (target, needed): (&str, Assurance),
    connects: Option<(TenantId, MemberId)>,
) -> Result<std::result::Result<(String, String), NoProof>> {
    let (back, acr) = (back(app, voucher), voucher.words_from(needed));
    let (url, started) = match voucher.provider.begin(&back, connects.is_some(), &acr).await {
        Ok(begun) => begun,
        Err(no) => return Ok(Err(no)),
    };
    let way = Way {
        started,
        provider: voucher.id.to_owned(),
        target: target.to_owned(),
        needed,
        connects,
    };
    let state = serde_json::to_value(&way).map_err(|_| Failure::Internal)?;
    let token = app.store.shared().begin_ceremony(&state, app.now()).await?;
    Ok(Ok((url, token)))
}

/// A page that says what went wrong and where to go on.
fn trouble(app: &App, req: &Req, status: StatusCode, text: &str, (href, word): (&str, &str)) -> Result<Response> {
    let mut ui = app.ui(req);
    // The way back carries the provider's code: it stands in no link of the page.
    ui.other_languages_at(PATH);
    let ctx = json!({ "url": null, "text": text, "back": href, "word": app.texts.text(req.lang, word) });
    app.page(status, "account/provider.html", ui, ctx)
}

/// The provider could not even be asked.
fn silent(app: &App, req: &Req, voucher: &Voucher, no: NoProof, to: (&str, &str)) -> Result<Response> {
    trouble(app, req, StatusCode::BAD_GATEWAY, &why(app, req, voucher, no), to)
}

fn why(app: &App, req: &Req, voucher: &Voucher, no: NoProof) -> String {
    let key = match no {
        NoProof::Unreachable => "account.provider_silent",
        NoProof::Stopped => "account.provider_stopped",
        NoProof::Invalid => "account.provider_invalid",
    };
    app.texts.fill(req.lang, key, &[("name", voucher.name())])
}

/// A link or a script of another site: nobody here has pressed anything.
fn is_from_elsewhere(req: &Req) -> bool {
    let site = req.headers.get("sec-fetch-site").and_then(|v| v.to_str().ok());
    site.is_some_and(|s| !["same-origin", "none"].contains(&s))
}

/// To the provider. From elsewhere first to the page with the button: a provider that remembers its user would come back
/// without a click, and change who is logged in here.
pub async fn go(State(app): State<App>, Path(id): Path<String>, req: Req) -> Result<Response> {
    app.limits
        .take(req.address, Limit::Provider, app.now())
        .map_err(Failure::TooMany)?;
    let (voucher, needed) = (voucher(&app, &id)?, needed(&req));
    let target = req.param("ziel").unwrap_or_default();
    if is_from_elsewhere(&req) {
        return Ok(redirect(&needed_href(inside(&target), needed)));
    }
    match begin(&app, voucher, (inside(&target), needed), None).await? {
        Ok((url, token)) => {
            let mut response = redirect(&url);
            carry(&mut response, &app, &token, SECONDS);
            Ok(response)
        }
        Err(no) => silent(&app, &req, voucher, no, (PATH, "account.provider_back")),
    }
}

/// Back from the provider.
pub async fn come_back(
    State(app): State<App>,
    Path(id): Path<String>,
    req: Req,
    answer: std::result::Result<Query<Answer>, QueryRejection>,
) -> Result<Response> {
    let voucher = voucher(&app, &id)?;
    let way = match req.cookie(COOKIE) {
        Some(token) => app.store.shared().take_ceremony(token, app.now()).await?,
        None => None,
    };
    let way = way
        .and_then(|w| serde_json::from_value::<Way>(w).ok())
        .filter(|w| w.provider == voucher.id);
    let (Some(way), Ok(Query(answer))) = (way, answer) else {
        let late = app.texts.text(req.lang, "account.provider_late");
        let to = (PATH, "account.provider_back");
        return trouble(&app, &req, StatusCode::UNPROCESSABLE_ENTITY, &late, to);
    };
    let Way {
        started,
        target,
        needed,
        connects,
        ..
    } = way;
    let mut response = match voucher.provider.finish(&back(&app, voucher), started, answer).await {
        Err(no) => {
            let text = why(&app, &req, voucher, no);
            refuse(&app, &req, &text, &target, needed, connects.is_some())?
        }
        Ok(proven) => {
            let vouched = voucher.vouched(&proven);
            match connects {
                Some(who) => connect(&app, &req, who, &vouched).await?,
                None => log_in(&app, &req, vouched, &target, needed).await?,
            }
        }
    };
    carry(&mut response, &app, "", 0);
    Ok(response)
}

/// A no, with the way on: to the account, or to the log-in for the same target and level.
fn refuse(app: &App, req: &Req, text: &str, target: &str, needed: Assurance, connects: bool) -> Result<Response> {
    let again = match needed {
        Assurance::Basis => format!("{PATH}?ziel={}", crate::frame::urlencode(target)),
        level => needed_href(target, level),
    };
    let to = match connects {
        true => ("/konto", "account.to_account"),
        false => (again.as_str(), "account.provider_back"),
    };
    trouble(app, req, StatusCode::UNPROCESSABLE_ENTITY, text, to)
}

async fn log_in(app: &App, req: &Req, vouched: Vouched, target: &str, needed: Assurance) -> Result<Response> {
    let now = app.now();
    if vouched.level < needed {
        let words = [needed, vouched.level].map(|level| level_word(app, req.lang, level));
        let with = [
            ("name", vouched.name.as_str()),
            ("needed", &words[0]),
            ("level", &words[1]),
        ];
        let text = app.texts.fill(req.lang, "account.provider_low", &with);
        return refuse(app, req, &text, target, needed, false);
    }
    let before = session::proven(app, req).await?;
    if let Some(known) = before.as_ref().filter(|_| needed > Assurance::Basis) {
        if is_another(known, &vouched) {
            let text = app
                .texts
                .fill(req.lang, "account.provider_other", &[("name", &vouched.name)]);
            return refuse(app, req, &text, target, needed, false);
        }
        // The log-in stays what it was, and is known better.
        let vouched = app.store.vouch(&known.token, &known.person.session, vouched, now);
        let Some(token) = vouched.await? else {
            return Err(Failure::Account(target.to_owned()));
        };
        let mut response = redirect(target);
        session::remember(&mut response, app, &token);
        return Ok(response);
    }
    let token = app.store.open_proof(&Proof::provider(vouched), now).await?;
    let (known, to) = super::log_in::arrive(app, req, token, target).await?;
    // A level is needed for one thing, an account for none.
    let mut response = redirect(if needed > Assurance::Basis { target } else { &to });
    session::remember(&mut response, app, &known.token);
    Ok(response)
}

/// Somebody else than who is logged in: at this provider they are known as another.
fn is_another(known: &Proven, vouched: &Vouched) -> bool {
    let came_by = known.person.session.proof.vouched.as_ref();
    let acting = known.person.acting.as_ref();
    came_by.is_some_and(|v| v.by == vouched.by && v.who != vouched.who)
        || acting.is_some_and(|a| vouched.is_another_than(&a.member))
}

// ---- one's own membership ----

/// What the account's first page shows: each provider, and whether it lets this member in.
pub fn rows(app: &App, req: &Req, account: &Account) -> Vec<Value> {
    let connections = &account.acting.member.connections;
    let since = |id: &str| {
        connections
            .iter()
            .find(|c| c.by == id)
            .map(|c| format::moment_in(c.since, req.lang))
    };
    let offered = app.vouchers.iter();
    let mut rows: Vec<Value> = offered
        .map(|v| json!({ "id": v.id, "name": v.name(), "since": since(v.id) }))
        .collect();
    // One that the operator no longer offers can still be taken away.
    let gone = connections.iter().filter(|c| vouch::by_id(app, &c.by).is_none());
    rows.extend(gone.map(|c| json!({ "id": c.by, "name": c.name, "since": since(&c.by) })));
    rows
}

#[derive(Debug, Deserialize, Default)]
pub struct Which {
    #[serde(default)]
    dienst: String,
}

/// Whoever finds a browser open is not to leave a way in of their own: who has an address has just read its mail.
fn is_fresh(app: &App, account: &Account) -> bool {
    match account.acting.member.email.as_str() {
        "" => app.now() <= account.person.session.since + passkey::FRESH,
        _ => passkey::is_fresh(app, account),
    }
}

/// The page that asks for a fresh log-in.
fn first(app: &App, req: &Req, account: &Account) -> Result<Response> {
    let member = &account.acting.member;
    let known = member.connections.iter().filter_map(|c| vouch::by_id(app, &c.by));
    let button = |v: &Voucher| {
        let label = app
            .texts
            .fill(req.lang, "account.provider_button", &[("name", v.name())]);
        json!({ "href": href(v, "/konto", Assurance::Basis), "label": label })
    };
    let ctx = json!({ "mail": member.email, "providers": known.map(button).collect::<Vec<_>>() });
    app.page(
        StatusCode::UNPROCESSABLE_ENTITY,
        "account/provider_first.html",
        app.ui(req),
        ctx,
    )
}

/// Shows a page with the way on: a form may not lead to another site, a link may.
pub async fn connect_question(
    State(app): State<App>,
    account: Account,
    req: Req,
    Form(which): Form<Which>,
) -> Result<Response> {
    app.limits
        .take(req.address, Limit::Provider, app.now())
        .map_err(Failure::TooMany)?;
    let Some(voucher) = vouch::by_id(&app, &which.dienst) else {
        return Ok(redirect("/konto"));
    };
    let acting = &account.acting;
    if !is_fresh(&app, &account) {
        return first(&app, &req, &account);
    }
    let who = (acting.tenant.id().clone(), acting.member.id.clone());
    match begin(&app, voucher, ("/konto", Assurance::Basis), Some(who)).await? {
        Ok((url, token)) => {
            let word = app.texts.text(req.lang, "account.to_account");
            let ctx = json!({ "url": url, "name": voucher.name(), "back": "/konto", "word": word });
            let mut response = app.page(StatusCode::OK, "account/provider.html", app.ui(&req), ctx)?;
            carry(&mut response, &app, &token, SECONDS);
            Ok(response)
        }
        Err(no) => silent(&app, &req, voucher, no, ("/konto", "account.to_account")),
    }
}

/// Only for whoever is still logged in as the one who began.
async fn connect(app: &App, req: &Req, (tenant, member): (TenantId, MemberId), vouched: &Vouched) -> Result<Response> {
    let is_same = |a: &Account| *a.acting.tenant.id() == tenant && a.acting.member.id == member;
    let Some(account) = session::current(app, req).await?.filter(is_same) else {
        return Err(Failure::Account("/konto".into()));
    };
    let here = req.cookie(session::COOKIE).unwrap_or_default();
    let connected = app.store.connect_identity(&account.acting, vouched, here, app.now());
    let key = match connected.await? {
        Connected::Yes { elsewhere: false } => return Ok(redirect("/konto?ok=verbunden")),
        Connected::Yes { elsewhere: true } => return Ok(redirect("/konto?ok=verbunden-auch")),
        Connected::Taken => "account.provider_taken",
        Connected::Other => "account.provider_second",
    };
    let text = app.texts.fill(req.lang, key, &[("name", &vouched.name)]);
    refuse(app, req, &text, "/konto", Assurance::Basis, true)
}

pub async fn disconnect(
    State(app): State<App>,
    account: Account,
    req: Req,
    Form(which): Form<Which>,
) -> Result<Response> {
    let here = req.cookie(session::COOKIE).unwrap_or_default();
    let done = app
        .store
        .disconnect_identity(&account.acting, &which.dienst, here, app.now())
        .await?;
    match done {
        Disconnected::Last => Err(Failure::Bad(app.texts.text(req.lang, "account.provider_last"))),
        Disconnected::No => Ok(redirect("/konto")),
        Disconnected::Yes => {
            if session::current(&app, &req).await?.is_some() {
                return Ok(redirect("/konto?ok=getrennt"));
            }
            // Whoever came in by it is out.
            if let Some(token) = req.cookie(session::COOKIE) {
                app.store.shared().end_account_session(token).await?;
            }
            let mut response = redirect("/konto/anmelden?ab=1");
            session::forget(&mut response, &app);
            Ok(response)
        }
    }
}
