//! What is left of a draft that was sent: reference and access code, for a day, sealed like the draft itself. Whoever
//! clicks twice, reloads or goes back finds the receipt, and nobody sends the same thing twice. Whoever else has the
//! draft's link or code reads that it was sent, and gets no access code.

use aws_lc_rs::digest::{SHA256, digest};
use axum::response::Response;
use domain::receipt::hex;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::apply::draft::{self, Begun};
use crate::case::access;
use crate::failure::{Failure, Result};
use crate::format;
use crate::frame::urlencode;
use crate::offer::Offer;
use crate::reply::redirect;
use crate::req::Req;
use crate::state::App;
use crate::submission::{self, Sent, request_hash};

/// How long the result stays with the draft; as long as an idempotency key stands.
const KEPT: SignedDuration = SignedDuration::from_hours(store::IDEM_HOURS);

/// What came of the draft.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Done {
    pub reference: String,
    /// Empty if a clerk entered it: the code is the applicant's alone.
    pub code: String,
    pub at: Timestamp,
    /// It opens for who acts for the account; no browser gets a code.
    #[serde(default)]
    pub account: bool,
    /// Which browser sent it: hash of its mark.
    #[serde(default)]
    pub by: String,
}

/// Name of the browser that holds this draft; empty where it has no mark.
fn browser(req: &Req) -> String {
    match draft::mark(req) {
        "" => String::new(),
        mark => hex(digest(&SHA256, mark.as_bytes()).as_ref()),
    }
}

impl Done {
    /// This browser may go on to the receipt: it sent it, or it opened the draft for the account that has it.
    fn is_by(&self, req: &Req) -> bool {
        self.account || !self.by.is_empty() && self.by == browser(req)
    }

    fn href(&self) -> String {
        if self.code.is_empty() {
            format!("/amt/v/{}", self.reference)
        } else {
            format!("/v/{}/eingang", self.reference)
        }
    }
}

/// Key and hash under which a draft is sent: of the draft alone, so that neither the day nor a tariff nor a late page
/// makes another application of it.
pub fn key(begun: &Begun) -> (String, [u8; 32]) {
    let key = format!("entwurf:{}", begun.kept.key);
    let hash = request_hash(&Value::from(key.as_str()));
    (key, hash)
}

/// The result, if this draft was sent: known to the draft, or to the authority when the answer got lost on the way.
pub async fn earlier(app: &App, offer: &Offer, begun: &Begun) -> Result<Option<Value>> {
    let (key, hash) = key(begun);
    Ok(match submission::earlier(app, offer, &key, hash).await? {
        Some(Sent::Done(body)) => Some(body),
        _ => None,
    })
}

/// Keeps the result with the draft and drops the rest of it.
pub async fn keep(app: &App, req: &Req, mut begun: Begun, body: &Value, by_clerk: bool) -> Result<Done> {
    let text = |key: &str| body[key].as_str().unwrap_or_default().to_owned();
    let now = app.now();
    let done = Done {
        reference: text("reference"),
        code: if by_clerk { String::new() } else { text("access_code") },
        at: now,
        account: begun.kept.account.is_some(),
        by: browser(req),
    };
    begun.kept.answers = json!({});
    begun.kept.carried.clear();
    begun.kept.known.clear();
    begun.kept.sent = Some(done.clone());
    begun.draft.data = serde_json::to_value(&begun.kept).map_err(Failure::internal)?;
    app.store.drafts().finish(&begun.draft, now, now + KEPT).await?;
    Ok(done)
}

/// To the receipt (or the case at the desk), with the right to see it.
pub fn receipt(app: &App, done: &Done) -> Response {
    let mut response = redirect(&done.href());
    grant(&mut response, app, done);
    response
}

/// To a second click on "Absenden": the receipt again, but only for the browser whose first click it was.
pub fn again(app: &App, req: &Req, offer: &Offer, done: &Done) -> Result<Response> {
    match done.code.is_empty() || done.is_by(req) {
        true => Ok(receipt(app, done)),
        false => page(app, req, offer, done),
    }
}

fn grant(response: &mut Response, app: &App, done: &Done) {
    if !done.code.is_empty() && !done.account {
        access::grant(response, app, &done.reference, &done.code);
    }
}

/// "Sie haben das schon gesendet", instead of a page of the form.
pub fn page(app: &App, req: &Req, offer: &Offer, done: &Done) -> Result<Response> {
    let cx = offer.context(app, req.lang);
    let name = offer.text(&cx, &json!({}), "name");
    let desk = done.code.is_empty();
    let own = desk || done.is_by(req);
    let href = match own {
        true => done.href(),
        false => format!("/stand?aktenzeichen={}", urlencode(&done.reference)),
    };
    let ctx = json!({
        "service_name": name, "place": offer.place.ctx(), "reference": done.reference,
        "when": format::moment_in(done.at, req.lang), "href": href, "desk": desk, "own": own,
        "anew": format!("{}/neu", offer.path()),
    });
    let mut response = app.ok("sent.html", app.ui_form(req, offer, &name), ctx)?;
    if own {
        grant(&mut response, app, done);
    }
    Ok(response)
}

/// The page for a draft that was sent; none for one that was not.
pub fn instead(app: &App, req: &Req, offer: &Offer, begun: Option<&Begun>) -> Option<Result<Response>> {
    let done = begun?.kept.sent.as_ref()?;
    Some(page(app, req, offer, done))
}

/// Closing a case in this browser closes what is left of its draft, too: it would lead back to the code.
pub fn forget(response: &mut Response, app: &App, slug: &str, service: &str) {
    draft::forget_at(response, app, &format!("/{slug}/{service}"));
}
