//! A point on the map that lies in another place: which place that is, and the way to the same service there, with
//! the answers given so far.

use axum::response::Response;
use domain::routing::Municipality;
use schema::{ErrorKind, FieldError, Kind, Lang, Options, Question, RawAnswers};
use serde_json::{Value, json};

use crate::apply::draft::{self, Begun};
use crate::apply::tools;
use crate::failure::{Failure, Result};
use crate::limits::Limit;
use crate::offer::Offer;
use crate::reply::redirect;
use crate::req::{Req, set_cookie};
use crate::state::App;

/// Button that goes on in the other place.
pub const GO: &str = "_anderswo";
/// Cookie with the answers on their way: only the other place's own path shows whether something is begun there.
const BROUGHT: &str = "mitgebracht";

/// Where an answered point lies, if not in the place of the form. The inner `None`: in no place that the register knows.
fn other<'a>(app: &'a App, offer: &Offer, answers: &Value, field: &str) -> Option<Option<&'a Municipality>> {
    let (lat, lon) = tools::point_at(answers, field)?;
    // Without an outline nothing is known, and nobody is stopped.
    app.register.outline(offer.place.ags().as_str())?;
    match app.register.at_point(lat, lon) {
        Some(place) if place.ags == *offer.place.ags() => None,
        found => Some(found),
    }
}

/// What stands beside the map as soon as the point is set: the sentence and the link. Null: the point is in the place.
pub fn beside_map(app: &App, lang: Lang, offer: &Offer, answers: &Value, field: &str) -> Value {
    let Some(found) = other(app, offer, answers, field) else {
        return Value::Null;
    };
    let link = found.map(|m| {
        json!({
            "href": format!("/{}/{}", m.slug, offer.service.id),
            "text": app.texts.fill(lang, "map.other_link", &[("other", &m.name)]),
            // A clerk who types in what came on paper begins anew: the other office is told by a clerk's own way.
            "carries": offer.by_hand.is_none(),
        })
    });
    json!({ "text": sentence(app, lang, offer, found), "link": link })
}

/// On to the same service in the place where the point lies, with every answer that holds there: rooms and files
/// belong to the place and the draft they were given in. `None`: the point lies in no other place.
pub async fn begin(app: &App, req: &Req, offer: &Offer, raw: &RawAnswers) -> Result<Option<Response>> {
    let questions = || offer.service.form.pages.iter().flat_map(|p| &p.questions);
    let mut points = questions().filter(|q| matches!(q.kind, Kind::MapPoint));
    let found = points.find_map(|q| other(app, offer, &raw.0, &q.id)).flatten();
    let Some(there) = found.filter(|_| offer.by_hand.is_none()) else {
        return Ok(None);
    };
    let there = app.offer(&there.slug, &offer.service.id).await?;
    let mut answers = RawAnswers::default();
    for question in questions().filter(|q| holds_anywhere(q)) {
        if let Some(value) = schema::at(&raw.0, &question.id).filter(|v| !v.is_null()) {
            schema::merge(&mut answers, &schema::nested(&question.id, value.clone()));
        }
    }
    app.limits
        .take(req.address, Limit::Draft, app.now())
        .map_err(Failure::TooMany)?;
    let brought = draft::make(app, req, &there, answers.0, Vec::new()).await?;
    let mut response = redirect(&format!("{}/antrag", there.path()));
    set_brought(&mut response, app, &there, &brought.kept.link, draft::KEPT_SECONDS);
    Ok(Some(response))
}

fn set_brought(response: &mut Response, app: &App, offer: &Offer, link: &str, seconds: i64) {
    set_cookie(
        response,
        BROUGHT,
        link,
        &offer.path(),
        seconds,
        app.config.secure_cookies,
    );
}

/// The answers have come to this place. What is begun here already goes on with them, and keeps what it has: only the
/// point, for which one came, is the new one. `None`: nothing was brought.
pub async fn arrive(app: &App, req: &Req, offer: &Offer, begun: Option<&Begun>) -> Result<Option<Response>> {
    let Some(link) = req.cookie(BROUGHT) else {
        return Ok(None);
    };
    let mut response = redirect(&format!("{}/antrag", offer.path()));
    set_brought(&mut response, app, offer, "", 0);
    let Some(brought) = draft::by_link(app, link, offer).await? else {
        return Ok(Some(response));
    };
    let Some(begun) = begun.filter(|b| b.kept.sent.is_none()) else {
        draft::count_begun(app, offer).await?;
        draft::remember(&mut response, app, req, offer, &brought.kept.link);
        return Ok(Some(response));
    };
    let mut begun = begun.clone();
    let mut answers = begun.answers();
    let questions = offer.service.form.pages.iter().flat_map(|p| &p.questions);
    for question in questions.filter(|q| holds_anywhere(q)) {
        let has = schema::at(&answers.0, &question.id).is_some_and(|v| !v.is_null());
        let point = matches!(question.kind, Kind::MapPoint);
        if let Some(value) = schema::at(&brought.kept.answers, &question.id).filter(|_| point || !has) {
            tools::remove(&mut answers.0, &question.id);
            schema::merge(&mut answers, &schema::nested(&question.id, value.clone()));
        }
    }
    begun.kept.answers = answers.0;
    if !begun.save(app).await? {
        return Err(Failure::Busy);
    }
    app.store.drafts().delete(&brought.draft.id).await?;
    Ok(Some(response))
}

fn holds_anywhere(question: &Question) -> bool {
    match &question.kind {
        Kind::File { .. } | Kind::Computed { .. } => false,
        Kind::OneOf { options } | Kind::ManyOf { options, .. } => !matches!(options, Options::Rooms),
        _ => true,
    }
}

/// Errors of points name the place that they lie in.
pub fn name_places(app: &App, lang: Lang, offer: &Offer, answers: &Value, errors: &mut [FieldError]) {
    for error in errors.iter_mut().filter(|e| e.kind == ErrorKind::Elsewhere) {
        if let Some(found) = other(app, offer, answers, &error.field) {
            error.message = sentence(app, lang, offer, found);
        }
    }
}

fn sentence(app: &App, lang: Lang, offer: &Offer, found: Option<&Municipality>) -> String {
    let place = offer.place.name.as_str();
    match found {
        Some(other) => app
            .texts
            .fill(lang, "map.other", &[("other", &other.name), ("place", place)]),
        None => app.texts.fill(lang, "map.nowhere", &[("place", place)]),
    }
}
