//! Log-in by a link that comes by mail, log-out, and the page that offers every way in. The answer is the same for every address. Opening the link uses
//! nothing up and only shows a button: mail servers open links, too. The button uses it.

use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use schema::Assurance;
use serde::Deserialize;
use serde_json::json;
use store::{AccountLink, LINK_FOR, Proof};

use crate::account::session::{self, Account, Proven, inside};
use crate::account::{choose, provider};
use crate::apply::form::errors_title;
use crate::desk::device;
use crate::failure::{Failure, Result};
use crate::format;
use crate::limits::{Limit, Network};
use crate::reply::redirect;
use crate::req::Req;
use crate::state::App;

/// Where the links lead; what lies below is never told to anybody as a referrer.
pub const PATH: &str = "/konto/anmelden/";
/// Letters of an address at most.
const ADDRESS: usize = 200;

#[derive(Debug, Deserialize, Default)]
pub struct Entered {
    #[serde(default)]
    mail: String,
    #[serde(default)]
    ziel: String,
}

pub async fn page(State(app): State<App>, req: Req) -> Result<Response> {
    let (target, needed) = (req.param("ziel").unwrap_or_default(), provider::needed(&req));
    let known = session::proven(&app, &req).await?;
    let level = known.as_ref().map(|k| k.person.session.proof.level());
    if needed > Assurance::Basis && level.unwrap_or_default() < needed {
        return surer(&app, &req, inside(&target), needed);
    }
    if let Some(known) = known {
        return Ok(redirect(&choose::onward(&app, &known, inside(&target)).await?));
    }
    let input = Entered {
        ziel: target,
        ..Entered::default()
    };
    render(&app, &req, &input, "")
}

/// The ways in that reach a level: for who is logged in already, but not known well enough.
fn surer(app: &App, req: &Req, target: &str, needed: Assurance) -> Result<Response> {
    let level = provider::level_word(app, req.lang, needed);
    let ctx = json!({
        "level": level, "target": target, "providers": provider::buttons(app, req, target, needed),
    });
    app.ok("account/surer.html", app.ui(req), ctx)
}

fn render(app: &App, req: &Req, input: &Entered, wrong: &str) -> Result<Response> {
    let (errors, status) = match wrong {
        "" => (Vec::new(), StatusCode::OK),
        text => (
            vec![json!({ "href": "mail", "text": text })],
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
    };
    let ctx = json!({
        "errors_title": errors_title(app, req, errors.len().max(1)), "errors": errors, "error_mail": wrong,
        "mail": input.mail, "target": input.ziel, "returning": !input.ziel.is_empty() && inside(&input.ziel) == input.ziel,
        "left": req.param("ab").is_some() && wrong.is_empty(), "deleted": req.param("geloescht").is_some() && wrong.is_empty(),
        "passkeys": app.passkeys.is_some(),
        "providers": provider::buttons(app, req, inside(&input.ziel), Assurance::Basis),
    });
    app.page(status, "account/log_in.html", app.ui(req), ctx)
}

/// Whom limits over all hosts count; empty: nobody.
pub fn network(app: &App, req: &Req) -> String {
    match Network::of(req.address) {
        _ if app.limits.are_off() => String::new(),
        // Behind a proxy that nobody named everybody comes from here.
        Network::Own => String::new(),
        other => format!("{other:?}"),
    }
}

/// Sends the link. Whether an account knows the address is not even looked up.
pub async fn send(State(app): State<App>, req: Req, Form(input): Form<Entered>) -> Result<Response> {
    let t = |key: &str| app.texts.text(req.lang, key);
    let typed = input.mail.trim();
    let address = schema::typed::email(typed).filter(|a| a.len() <= ADDRESS);
    let Some(address) = address else {
        let wrong = match typed {
            "" => t("account.mail_missing"),
            _ => app.texts.fill(req.lang, "account.mail_invalid", &[("value", typed)]),
        };
        return render(&app, &req, &input, &wrong);
    };
    let now = app.now();
    app.limits
        .take(req.address, Limit::LogIn, now)
        .map_err(Failure::TooMany)?;
    let network = network(&app, &req);
    let link = AccountLink {
        address: address.clone(),
        target: inside(&input.ziel).to_owned(),
    };
    if let Some(until) = app.store.mail_account_link(&link, &network, now).await? {
        let until = format::clock(until);
        let wrong = app.texts.fill(req.lang, "account.mail_too_often", &[("time", &until)]);
        return render(&app, &req, &input, &wrong);
    }
    let ctx = json!({ "mail": address, "minutes": LINK_FOR.as_mins(), "demo": app.config.demo });
    app.ok("account/sent.html", app.ui(&req), ctx)
}

/// The page of a link: who logs in, and the button that does it.
pub async fn link(State(app): State<App>, Path(token): Path<String>, req: Req) -> Result<Response> {
    match app.store.shared().look_at_account_link(&token, app.now()).await? {
        Some(link) => show(&app, &req, StatusCode::OK, &link.address),
        None => show(&app, &req, StatusCode::NOT_FOUND, ""),
    }
}

/// `mail`: empty where the link opens nothing (any more): unknown, used and expired look the same.
fn show(app: &App, req: &Req, status: StatusCode, mail: &str) -> Result<Response> {
    let mut ui = app.ui(req);
    // The address is the key: it stands in no link of the page.
    ui.other_languages_at("/konto/anmelden");
    app.page(status, "account/link.html", ui, json!({ "mail": mail }))
}

pub async fn enter(State(app): State<App>, Path(token): Path<String>, req: Req) -> Result<Response> {
    let now = app.now();
    app.limits
        .take(req.address, Limit::LogIn, now)
        .map_err(Failure::TooMany)?;
    let Some(link) = app.store.shared().take_account_link(&token, now).await? else {
        return show(&app, &req, StatusCode::NOT_FOUND, "");
    };
    let token = app.store.open_proof(&Proof::mail(&link.address), now).await?;
    let (known, to) = arrive(&app, &req, token, inside(&link.target)).await?;
    let mut response = redirect(&to);
    session::remember(&mut response, &app, &known.token);
    Ok(response)
}

/// After the proof, whatever it was: who is logged in by this token, and where to go on.
pub(super) async fn arrive(app: &App, req: &Req, token: String, target: &str) -> Result<(Proven, String)> {
    // Whoever was logged in here before is not any more.
    if let Some(before) = req.cookie(session::COOKIE) {
        app.store.shared().end_account_session(before).await?;
    }
    let Some(person) = app.store.who_acts(&token, &device::of(req), app.now()).await? else {
        return Err(Failure::internal("a log-in that was just opened is gone"));
    };
    let mut known = Proven { person, token };
    let to = choose::arrive(app, &mut known, target).await?;
    Ok((known, to))
}

pub async fn leave(State(app): State<App>, known: Proven) -> Result<Response> {
    app.store.log_out(&known.person, &known.token, app.now()).await?;
    let mut response = redirect("/konto/anmelden?ab=1");
    session::forget(&mut response, &app);
    Ok(response)
}

pub async fn everywhere_question(State(app): State<App>, _account: Account, req: Req) -> Result<Response> {
    app.ok("account/everywhere.html", app.ui(&req), json!({}))
}

/// On every device and in all accounts of this address.
pub async fn leave_everywhere(State(app): State<App>, account: Account) -> Result<Response> {
    app.store.log_out_everywhere(&account.person, app.now()).await?;
    let mut response = redirect("/konto/anmelden");
    session::forget(&mut response, &app);
    Ok(response)
}
