//! Log-in of people and clubs with a passkey instead of a link by mail, and setting one up. The ceremony: `passkey.rs` of
//! this crate; where passkeys are kept: the store's `shared/account_passkeys.rs`; the page: `access.rs`.

use axum::body::Bytes;
use axum::extract::{Form, State};
use axum::response::Response;
use jiff::SignedDuration;
use serde::Deserialize;
use store::{Added, LOG_IN_KEYS_AT_MOST, NewPasskey, Proof, ProofKind};
use webauthn_rs::prelude::Uuid;

use crate::account::session::{self, Account, inside};
use crate::account::{access, log_in};
use crate::failure::{Failure, Result};
use crate::limits::Limit;
use crate::passkey::{self, Owner, Side, Wrong, go_on, no};
use crate::reply::redirect;
use crate::req::Req;
use crate::state::App;

const SIDE: Side = Side {
    path: "/konto",
    log_in: "account_log_in",
};
/// So long after a log-in by mail a passkey may be set up: whoever finds a browser open is not to leave a key there.
pub(super) const FRESH: SignedDuration = SignedDuration::from_mins(30);

/// `odd`: key of what to say to an answer that is none.
fn refuse(app: &App, req: &Req, wrong: Wrong, odd: &str) -> Response {
    say(
        app,
        req,
        match wrong {
            Wrong::NotHere => "account.pk_not_here",
            Wrong::TooLate => "account.pk_late",
            Wrong::Odd => odd,
        },
    )
}

fn say(app: &App, req: &Req, key: &str) -> Response {
    no(&app.texts.text(req.lang, key))
}

fn handle(app: &App, proof: &Proof) -> Uuid {
    Uuid::from_bytes(app.store.shared().account_handle(proof))
}

/// Nobody's passkey gets to another: what its setting up is kept as.
fn kind(app: &App, proof: &Proof) -> String {
    format!("konto/{}", handle(app, proof))
}

/// Has this browser just read the mail of the address?
pub(super) fn is_fresh(app: &App, account: &Account) -> bool {
    let session = &account.person.session;
    session.proof.kind == ProofKind::Mail && app.now() <= session.since + FRESH
}

// ---- log-in ----

pub async fn log_in_question(State(app): State<App>, req: Req) -> Result<Response> {
    app.limits
        .take(req.address, Limit::LogIn, app.now())
        .map_err(Failure::TooMany)?;
    let question = passkey::log_in_question(&app, SIDE).await?;
    Ok(question.unwrap_or_else(|wrong| refuse(&app, &req, wrong, "account.pk_unknown")))
}

pub async fn log_in(State(app): State<App>, req: Req, body: Bytes) -> Result<Response> {
    let unknown = || Ok(say(&app, &req, "account.pk_unknown"));
    let answer = match passkey::answer(&app, &req, SIDE, &body).await? {
        Ok(answer) => answer,
        Err(wrong) => return Ok(refuse(&app, &req, wrong, "account.pk_unknown")),
    };
    let what = answer.credential.clone();
    let Some((proof, mut key)) = app.store.shared().account_passkey(&what).await? else {
        return unknown();
    };
    let Some(credential) = answer.proves(&app, &key.credential, handle(&app, &proof))? else {
        return unknown();
    };
    key.credential = credential;
    let Some(token) = app.store.log_in_by_passkey(&proof, &what, &key, app.now()).await? else {
        return unknown();
    };
    let target = req.param("ziel").unwrap_or_default();
    let (known, to) = log_in::arrive(&app, &req, token, inside(&target)).await?;
    let mut response = go_on(&to);
    session::remember(&mut response, &app, &known.token);
    Ok(response)
}

// ---- one's own passkeys ----

pub async fn add_question(State(app): State<App>, account: Account, req: Req) -> Result<Response> {
    app.limits
        .take(req.address, Limit::LogIn, app.now())
        .map_err(Failure::TooMany)?;
    if !is_fresh(&app, &account) {
        return Ok(say(&app, &req, "account.pk_stale"));
    }
    let proof = &account.person.session.proof;
    let keys = app.store.shared().account_passkeys(proof).await?;
    if keys.len() >= LOG_IN_KEYS_AT_MOST {
        return Ok(say(&app, &req, "account.pk_full"));
    }
    let owner = Owner {
        kind: kind(&app, proof),
        handle: handle(&app, proof),
        address: proof.address(),
        name: &account.acting.member.name,
    };
    let known = keys.into_iter().map(|k| k.credential).collect();
    let question = passkey::make_question(&app, SIDE, owner, known, ()).await?;
    Ok(question.unwrap_or_else(|wrong| refuse(&app, &req, wrong, "account.pk_odd")))
}

pub async fn add(State(app): State<App>, account: Account, req: Req, body: Bytes) -> Result<Response> {
    let proof = &account.person.session.proof;
    let made = match passkey::made::<()>(&app, &req, &kind(&app, proof), &body).await? {
        Ok(made) => made,
        Err(wrong) => return Ok(refuse(&app, &req, wrong, "account.pk_odd")),
    };
    let new = NewPasskey {
        what: &made.what,
        name: &made.name,
        credential: made.credential,
        here: req.cookie(session::COOKIE).unwrap_or_default(),
    };
    let added = app
        .store
        .add_account_passkey(proof, &account.acting, new, app.now())
        .await?;
    Ok(match added {
        Added::Yes => go_on(&format!("{}?ok=passkey", access::PATH)),
        Added::Taken => say(&app, &req, "account.pk_there"),
        Added::Full => say(&app, &req, "account.pk_full"),
        Added::Late => say(&app, &req, "account.pk_stale"),
    })
}

#[derive(Debug, Deserialize, Default)]
pub struct Which {
    #[serde(default)]
    id: String,
}

/// Ends the sessions that it opened; this one, too, if it is one of them.
pub async fn remove(State(app): State<App>, account: Account, req: Req, Form(which): Form<Which>) -> Result<Response> {
    let proof = &account.person.session.proof;
    app.store
        .remove_account_passkey(proof, &account.acting, &which.id, app.now())
        .await?;
    if session::proven(&app, &req).await?.is_some() {
        return Ok(redirect(&format!("{}?ok=ohne-passkey", access::PATH)));
    }
    let mut response = redirect("/konto/anmelden?ab=1");
    session::forget(&mut response, &app);
    Ok(response)
}
