//! The begun application: loading by cookie, saving, starting anew. The
//! cookie holds the draft's 128-bit link token and is sent only below `/{place}/{service}`. Behind it stands a mark of
//! the browser: several may hold one draft, and only the one that sends it gets its access code (`sent.rs`).

use crate::reply::redirect;
use axum::extract::{Path, State};
use axum::response::Response;
use domain::{Identity, PaperId, TenantId};
use schema::{Assurance, RawAnswers, Service};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{Draft, Proof, Resume, Vouched};

use crate::account::keep;
use crate::alarm;
use crate::apply::newer::{self, Newer};
use crate::apply::sent::Done;
use crate::apply::upload;
use crate::desk::{entry, session};
use crate::failure::{Failure, Result};
use crate::offer::Offer;
use crate::req::{Req, set_cookie};
use crate::state::App;

pub const COOKIE: &str = "entwurf";
/// 90 days, as the page says.
pub const KEPT_SECONDS: i64 = store::DRAFT_DAYS * 24 * 3600;

/// What a draft keeps. Sealed as a whole by the store.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Kept {
    pub answers: Value,
    /// Version of the service that the draft was begun with.
    pub hash: String,
    pub lang: String,
    /// Idempotency key of its submission.
    pub key: String,
    /// Shown again on "later".
    pub code: String,
    pub link: String,
    /// Answers taken over from an earlier application: paths.
    #[serde(default)]
    pub carried: Vec<String>,
    /// Of these, those that the account knew: paths.
    #[serde(default)]
    pub known: Vec<String>,
    /// The account that it belongs to: opens for nobody who does not act for that.
    #[serde(default)]
    pub account: Option<Owner>,
    /// Printed for a municipality on paper: counted once.
    #[serde(default)]
    pub printed: bool,
    /// The version it was begun with, where that is no longer the one in force.
    #[serde(default)]
    pub newer: Option<Newer>,
    /// Sent: nothing else is kept any more.
    #[serde(default)]
    pub sent: Option<Done>,
}

/// Whose draft it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    pub id: TenantId,
    pub club: bool,
}

/// A draft with its content.
#[derive(Debug, Clone)]
pub struct Begun {
    pub draft: Draft,
    pub kept: Kept,
    pub updated_at: jiff::Timestamp,
    /// What the browser that has opened it has proven.
    pub proof: Option<Proof>,
    /// What the pages say of a version that came in between; null: nothing.
    pub newer: Value,
}

impl Begun {
    /// Where an answer came from, in words; empty: it was typed here.
    pub fn source(&self, app: &App, lang: schema::Lang, path: &str) -> String {
        let has = |paths: &[String]| paths.iter().any(|p| p == path);
        let answer = schema::at(&self.kept.answers, path);
        if let Some(vouched) = self.vouched().filter(|v| keep::is_said(v, path, answer)) {
            return keep::confirmed_by(app, lang, &vouched.name);
        }
        match &self.kept.account {
            Some(owner) if has(&self.kept.known) => keep::source(app, lang, owner.club),
            _ if has(&self.kept.carried) => app.texts.text(lang, "check.from_earlier"),
            _ => String::new(),
        }
    }

    fn vouched(&self) -> Option<&Vouched> {
        self.proof.as_ref()?.voucher()
    }

    /// How surely it is known who has opened it.
    pub fn level(&self) -> Assurance {
        self.proof.as_ref().map(Proof::level).unwrap_or_default()
    }

    /// Who vouches for whoever sends these answers, and which of them.
    pub fn identity(&self, service: &Service, answers: &Value) -> Option<Identity> {
        let vouched = self.vouched()?;
        let questions = service.form.pages.iter().flat_map(|p| &p.questions);
        let confirmed = questions.filter(|q| keep::is_said(vouched, &q.id, schema::at(answers, &q.id)));
        Some(Identity {
            by: vouched.name.clone(),
            level: self.level(),
            confirmed: confirmed.map(|q| q.id.clone()).collect(),
        })
    }

    pub fn answers(&self) -> RawAnswers {
        RawAnswers(self.kept.answers.clone())
    }

    /// Keeps everything; files that the answers no longer name are deleted. `false`: somebody saved since this was
    /// loaded, and nothing was changed.
    pub async fn save(&mut self, app: &App) -> Result<bool> {
        self.draft.data = serde_json::to_value(&self.kept).map_err(Failure::internal)?;
        let now = app.now();
        let files: Vec<PaperId> = upload::stored(&self.kept.answers).into_iter().map(|f| f.id).collect();
        let saved = app.store.drafts().save(&mut self.draft, &files, now).await?;
        if saved {
            self.updated_at = now;
        }
        Ok(saved)
    }
}

fn begun(draft: Draft) -> Option<Begun> {
    let kept = serde_json::from_value(draft.data.clone()).ok()?;
    Some(Begun {
        updated_at: draft.updated_at,
        draft,
        kept,
        proof: None,
        newer: Value::Null,
    })
}

/// What the cookie holds: the link's token, and the browser's mark.
fn held(req: &Req) -> Option<(&str, &str)> {
    let cookie = req.cookie(COOKIE)?;
    Some(cookie.split_once('.').unwrap_or((cookie, "")))
}

/// The mark of this browser with its draft; empty if it has none.
pub fn mark(req: &Req) -> &str {
    held(req).map_or("", |(_, mark)| mark)
}

/// The draft of this browser for this place and service.
///
/// # Errors
/// `Account` if it belongs to an account that nobody is logged in to.
pub async fn load(app: &App, req: &Req, offer: &Offer) -> Result<Option<Begun>> {
    let Some((link, _)) = held(req) else {
        return Ok(None);
    };
    let found = match by_link(app, link, offer).await? {
        Some(begun) => keep::may_open(app, req, begun).await?,
        None => None,
    };
    let Some(mut begun) = found else { return Ok(None) };
    begun.proof = keep::proof(app, req).await?;
    Ok(Some(begun))
}

/// The draft behind a link, if it is of this place and service.
pub async fn by_link(app: &App, link: &str, offer: &Offer) -> Result<Option<Begun>> {
    match app.store.drafts().by_link(link, app.now()).await? {
        Resume::Found(draft) if draft.service == offer.service.id && draft.place == *offer.place.ags() => {
            Ok(begun(*draft))
        }
        _ => Ok(None),
    }
}

/// The draft, taken over into the version in force; one that was sent keeps the version that it was sent in.
pub async fn load_with_offer(app: &App, req: &Req, slug: &str, service: &str) -> Result<(Offer, Option<Begun>)> {
    let mut offer = app.offer(slug, service).await?;
    let mut found = load(app, req, &offer).await?;
    if let Some(b) = &mut found
        && b.kept.hash != offer.service.hash
    {
        match &b.kept.sent {
            Some(_) => {
                if let Some(version) = app.services.version(&b.kept.hash).await? {
                    offer = app.offer_of(offer.place, version).await?;
                }
            }
            None => newer::take_over(app, &offer, b).await?,
        }
    }
    if let Some(b) = &mut found {
        b.newer = newer::notice(app, req, &offer, b).await?;
    }
    let answers = found.as_ref().map_or(&Value::Null, |b| &b.kept.answers);
    Ok((entry::by_hand(req, offer, answers), found))
}

/// A new draft with these answers, counted as begun.
pub async fn create(app: &App, req: &Req, offer: &Offer, answers: Value, carried: Vec<String>) -> Result<Begun> {
    let mut begun = make(app, req, offer, answers, carried).await?;
    begun.proof = keep::proof(app, req).await?;
    if keep::adopt(app, req, offer, &mut begun).await? {
        begun.save(app).await?;
    }
    count_begun(app, offer).await?;
    Ok(begun)
}

/// A new draft with these answers.
pub async fn make(app: &App, req: &Req, offer: &Offer, answers: Value, carried: Vec<String>) -> Result<Begun> {
    let now = app.now();
    let mut kept = Kept {
        answers,
        hash: offer.service.hash.clone(),
        lang: req.lang.code().to_owned(),
        key: app.store.entropy().id(),
        code: String::new(),
        link: String::new(),
        carried,
        known: Vec::new(),
        account: None,
        printed: false,
        newer: None,
        sent: None,
    };
    // Written with its own link and code, at once: a draft without content is never seen.
    let data = |link: &str, code: &str| {
        kept.code = code.to_owned();
        kept.link = link.to_owned();
        json!(kept)
    };
    let drafts = app.store.drafts();
    // A clerk who fills in a form for somebody is not held back by what comes in from everywhere.
    if !app.limits.are_off()
        && let Some(full) = drafts.full(offer.place.ags(), 0, now).await?
        && session::current(app, req).await?.is_none()
    {
        return Err(alarm::crowded(app, offer.place.ags().as_str(), full));
    }
    let new = drafts
        .create_with(offer.place.ags(), &offer.service.id, data, now)
        .await?;
    Ok(Begun {
        draft: new.draft,
        kept,
        updated_at: now,
        proof: None,
        newer: Value::Null,
    })
}

/// Counts that an application was begun: numbers only.
pub async fn count_begun(app: &App, offer: &Offer) -> Result<()> {
    let (place, service, now) = (offer.place.ags().clone(), offer.service.id.clone(), app.now());
    match &offer.tenant {
        Some(tenant) if offer.local.open => {
            tenant
                .write(move |t| t.count(&place, &service, now, "begun", 1))
                .await?;
        }
        _ => {
            app.store
                .shared()
                .count_demand(&place, &service, app.today(), "begun")
                .await?
        }
    }
    Ok(())
}

/// Puts the draft's cookie on an answer. A browser that holds this draft already keeps its mark.
pub fn remember(response: &mut Response, app: &App, req: &Req, offer: &Offer, link: &str) {
    match held(req) {
        Some((holds, mark)) if holds == link && !mark.is_empty() => put(response, app, &offer.path(), link, mark),
        _ => remember_at(response, app, &offer.path(), link),
    }
}

/// The same for a browser whose cookie does not come along, or that holds none.
pub fn remember_at(response: &mut Response, app: &App, path: &str, link: &str) {
    put(response, app, path, link, &app.store.entropy().id());
}

fn put(response: &mut Response, app: &App, path: &str, link: &str, mark: &str) {
    let held = format!("{link}.{mark}");
    set_cookie(response, COOKIE, &held, path, KEPT_SECONDS, app.config.secure_cookies);
}

pub fn forget(response: &mut Response, app: &App, offer: &Offer) {
    forget_at(response, app, &offer.path());
}

pub fn forget_at(response: &mut Response, app: &App, path: &str) {
    set_cookie(response, COOKIE, "", path, 0, app.config.secure_cookies);
}

/// "Neu anfangen": the old draft stays reachable by its code; this browser begins a new one.
pub async fn restart(State(app): State<App>, Path((slug, service)): Path<(String, String)>) -> Result<Response> {
    let offer = app.offer(&slug, &service).await?;
    let mut response = redirect(&format!("{}/antrag", offer.path()));
    forget(&mut response, &app, &offer);
    Ok(response)
}
