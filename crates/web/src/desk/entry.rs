//! An application that came on paper or by phone: the clerk chooses place and service, then fills in the
//! same form as everybody. A cookie on the form's path says how and when it came; sending it makes the
//! clerk the actor. The cookie alone gives no right: a session of the deciding authority has to be there.

use std::sync::Arc;

use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::{Ags, Channel};
use jiff::Timestamp;
use jiff::civil::{Date, time};
use schema::{Kind, Lang};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::apply::draft;
use crate::desk::inbox::{noun, places};
use crate::desk::session::{self, Desk};
use crate::desk::typed::day;
use crate::failure::{Failure, Result};
use crate::format;
use crate::frame::urlencode;
use crate::offer::{ByHand, Offer};
use crate::reply::redirect;
use crate::req::{Req, set_cookie};
use crate::state::App;

const COOKIE: &str = "erfassung";
/// A working day.
const SECONDS: i64 = 12 * 3600;
/// The longest time between receipt and entry, in days.
const DAYS_AT_MOST: i64 = 366;

#[derive(Debug, Deserialize, Default)]
pub struct Entered {
    #[serde(default)]
    ort: String,
    #[serde(default)]
    leistung: String,
    #[serde(default)]
    weg: String,
    #[serde(default)]
    eingang: String,
}

pub async fn page(State(app): State<App>, desk: Desk, req: Req) -> Result<Response> {
    let input = Entered {
        ort: req.param("ort").unwrap_or_default(),
        leistung: req.param("leistung").unwrap_or_default(),
        weg: "paper".into(),
        eingang: format::date(app.today()),
    };
    render(&app, &desk, &req, &input, &[])
}

/// Ids of the services that this authority decides on for at least one of its places.
fn decides(app: &App, desk: &Desk) -> Vec<String> {
    let here = app.places_of(desk.tenant.id());
    let for_any = |s: &schema::Service| {
        here.iter().any(|m| {
            app.route(s, &app.place_of(m))
                .is_ok_and(|r| r.authority.id == *desk.tenant.id())
        })
    };
    app.services
        .all()
        .iter()
        .filter(|s| for_any(s))
        .map(|s| s.id.clone())
        .collect()
}

fn render(app: &App, desk: &Desk, req: &Req, input: &Entered, errors: &[(&str, String)]) -> Result<Response> {
    let option = |value: &str, label: &str, chosen: bool| json!({ "value": value, "label": label, "on": chosen });
    let places = places(app, desk);
    let place_rows: Vec<Value> = places
        .iter()
        .map(|(ags, name)| option(ags, name, *ags == input.ort))
        .collect();
    let services: Vec<Value> = decides(app, desk)
        .iter()
        .map(|id| option(id, &noun(app, id), *id == input.leistung))
        .collect();
    let ways = [("paper", "auf Papier"), ("phone", "am Telefon")];
    let ways: Vec<Value> = ways
        .iter()
        .map(|(k, label)| option(k, label, input.weg == *k))
        .collect();
    let at = |id: &str| {
        errors
            .iter()
            .find(|(i, _)| *i == id)
            .map_or("", |(_, text)| text.as_str())
    };
    let list: Vec<Value> = errors
        .iter()
        .map(|(id, text)| json!({ "href": id, "text": text }))
        .collect();
    let title = crate::desk::frame::errors_title(app, req, list.len());
    let status = if list.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let ctx = json!({
        "places": place_rows, "single": if places.len() == 1 { places[0].0.clone() } else { String::new() }, "services": services, "ways": ways,
        "day": input.eingang, "errors": list, "errors_title": title, "error_place": at("ort"), "error_service": at("leistung"), "error_day": at("eingang"),
    });
    app.desk_page(status, "desk/entry.html", req, desk, "eingang", ctx)
}

pub async fn start(State(app): State<App>, desk: Desk, req: Req, Form(input): Form<Entered>) -> Result<Response> {
    let mut errors = Vec::new();
    let today = app.today();
    let place = places(&app, &desk)
        .into_iter()
        .find(|(ags, _)| *ags == input.ort)
        .map(|(ags, _)| Ags(ags));
    if place.is_none() {
        errors.push(("ort", "Wählen Sie den Ort, um den es geht.".to_owned()));
    }
    let service = app.services.latest(&input.leistung);
    if service.is_none() {
        errors.push(("leistung", "Wählen Sie die Leistung.".to_owned()));
    }
    let oldest = today.saturating_add(jiff::Span::new().days(-DAYS_AT_MOST));
    let received = day(&input.eingang).filter(|d| *d <= today && *d >= oldest);
    if received.is_none() {
        let text = format!(
            "Schreiben Sie den Tag des Eingangs so: {}. Er liegt nicht nach heute.",
            format::date(today)
        );
        errors.push(("eingang", text));
    }
    let channel = if input.weg == "phone" { "phone" } else { "paper" };
    if let (Some(ags), Some(service), Some(received)) = (place, service, received) {
        let offer = app.offer_of(app.place_by_ags(&ags)?, service).await?;
        if offer.route.authority.id == *desk.tenant.id() {
            let new = draft::create(&app, &german(&req), &offer, json!({}), Vec::new()).await?;
            let mut response = redirect(&format!("{}/antrag", offer.path()));
            draft::remember(&mut response, &app, &req, &offer, &new.kept.link);
            let value = format!("{channel}.{received}");
            set_cookie(
                &mut response,
                COOKIE,
                &value,
                &offer.path(),
                SECONDS,
                app.config.secure_cookies,
            );
            return Ok(response);
        }
        let text = format!(
            "Darüber entscheidet in {} nicht Ihr Amt, sondern: {}.",
            offer.place.name, offer.route.authority.name
        );
        errors.push(("leistung", text));
    }
    render(&app, &desk, &req, &input, &errors)
}

fn german(req: &Req) -> Req {
    Req {
        lang: Lang::De,
        ..req.clone()
    }
}

/// Back to the form, after the session had to be opened again.
pub async fn resume(State(app): State<App>, _desk: Desk, req: Req) -> Result<Response> {
    let place = app.place(&req.param("ort").unwrap_or_default())?;
    let service = app
        .services
        .latest(&req.param("leistung").unwrap_or_default())
        .ok_or(Failure::Page)?;
    Ok(redirect(&format!("/{}/{}/antrag/pruefen", place.slug, service.id)))
}

/// How an application is being entered: by whom, over which channel, received when.
pub struct Entry {
    pub desk: Desk,
    pub channel: Channel,
    pub received_at: Timestamp,
}

/// Whether this browser is entering an application at this place and service.
///
/// # Errors
/// `Login` if the cookie says so, but nobody of the deciding authority is logged in (any more).
pub async fn entering(app: &App, req: &Req, offer: &Offer) -> Result<Option<Entry>> {
    let Some((channel, received)) = req.cookie(COOKIE).and_then(parse) else {
        return Ok(None);
    };
    let desk = session::current(app, req).await?.filter(|d| !d.only_audits());
    match desk {
        Some(desk) if desk.tenant.id() == &offer.route.authority.id => Ok(Some(Entry {
            received_at: moment(received, app.now()),
            desk,
            channel,
        })),
        _ => Err(Failure::Login(format!(
            "/amt/neu/weiter?ort={}&leistung={}",
            urlencode(&offer.place.slug),
            urlencode(&offer.service.id)
        ))),
    }
}

/// The offer as a clerk fills it in for somebody else: whoever has no e-mail is answered by post. Only the cookie is
/// looked at, for it is no more than a frame: sending asks for the clerk's session.
pub fn by_hand(req: &Req, mut offer: Offer, answers: &Value) -> Offer {
    let Some((channel, received)) = req.cookie(COOKIE).and_then(parse) else {
        return offer;
    };
    if channel == Channel::Trial {
        // As it will be for everybody: nothing is left out, and it ends online.
        offer.local.open = true;
        offer.by_hand = Some(ByHand {
            channel,
            received,
            applicant: String::new(),
        });
        return offer;
    }
    let mut service = (*offer.service).clone();
    let questions = service.form.pages.iter_mut().flat_map(|page| &mut page.questions);
    for question in questions.filter(|q| matches!(q.kind, Kind::Email)) {
        question.optional = true;
        // Nor may a rule ask for it, whatever was ticked on the paper.
        service.form.rules.retain(|rule| rule.field != question.id);
    }
    let applicant = domain::submit::text_at(answers, service.event.applicant.as_deref());
    offer.service = Arc::new(service);
    offer.by_hand = Some(ByHand {
        channel,
        received,
        applicant,
    });
    offer
}

/// Begins an application that only tries the service out. It is no more than that wherever it is seen.
pub async fn begin_trial(app: &App, req: &Req, offer: &Offer) -> Result<Response> {
    let new = draft::make(app, &german(req), offer, json!({}), Vec::new()).await?;
    let mut response = redirect(&format!("{}/antrag", offer.path()));
    draft::remember(&mut response, app, req, offer, &new.kept.link);
    let value = format!("trial.{}", app.today());
    let secure = app.config.secure_cookies;
    set_cookie(&mut response, COOKIE, &value, &offer.path(), SECONDS, secure);
    Ok(response)
}

pub fn done(response: &mut Response, app: &App, offer: &Offer) {
    set_cookie(response, COOKIE, "", &offer.path(), 0, app.config.secure_cookies);
}

/// `paper.2026-11-24`
fn parse(value: &str) -> Option<(Channel, Date)> {
    let (channel, day) = value.split_once('.')?;
    let channel = match channel {
        "paper" => Channel::Paper,
        "phone" => Channel::Phone,
        "trial" => Channel::Trial,
        _ => return None,
    };
    Some((channel, day.parse().ok()?))
}

/// Today counts from now; for an earlier day only the day is known: its noon.
fn moment(day: Date, now: Timestamp) -> Timestamp {
    if day >= domain::date_of(now) {
        return now;
    }
    domain::booking::moment(day, time(12, 0, 0, 0)).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn only_channels_of_the_desk_are_taken_from_the_cookie() {
        assert_eq!(parse("paper.2026-11-24"), Some((Channel::Paper, date(2026, 11, 24))));
        assert_eq!(parse("phone.2026-11-24"), Some((Channel::Phone, date(2026, 11, 24))));
        assert_eq!(parse("trial.2026-11-24"), Some((Channel::Trial, date(2026, 11, 24))));
        for odd in ["api.2026-11-24", "paper", "paper.gestern", ""] {
            assert_eq!(parse(odd), None, "{odd}");
        }
    }

    #[test]
    fn an_earlier_day_keeps_its_day_and_the_future_is_now() {
        let now: Timestamp = "2026-11-25T09:00:00Z".parse().expect("time");
        assert_eq!(domain::date_of(moment(date(2026, 11, 20), now)), date(2026, 11, 20));
        assert_eq!(moment(date(2026, 11, 25), now), now);
        assert_eq!(moment(date(2026, 12, 1), now), now);
    }
}
