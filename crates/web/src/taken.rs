//! A room that somebody else has: asked as soon as room and times are answered, again before sending, and said at the
//! field that has to change, with the times that are taken and the nearest that are free. Never who has it.

use domain::booking::{Span, event_span, span};
use jiff::Timestamp;
use jiff::civil::Time;
use schema::{Context, ErrorKind, FieldError, Lang, Page, Service};
use serde_json::Value;
use store::{Slot, Taken};

use crate::failure::Result;
use crate::format;
use crate::offer::Offer;
use crate::state::App;
use crate::submission::only_wished;

/// The error at a page of the form whose answers take a room. Before all times are known, what is surely needed (the
/// event itself) is looked at.
pub async fn on_page(
    app: &App,
    offer: &Offer,
    cx: &Context,
    answers: &Value,
    page: &Page,
) -> Result<Option<FieldError>> {
    let deciders = deciders(&offer.service);
    let asks = |path: &str| page.questions.iter().any(|q| q.id == path);
    if !deciders.iter().any(|path| asks(path)) {
        return Ok(None);
    }
    let Some(taken) = ask(app, offer, answers).await? else {
        return Ok(None);
    };
    let mut error = error(app, cx.lang, offer, answers, &taken);
    if !asks(&error.field) {
        // What somebody else took in the meantime may concern another page than this one.
        let here = deciders.into_iter().find(|path| asks(path));
        error.field = here.unwrap_or_default();
    }
    Ok(Some(error))
}

/// The same for the whole application, before it is sent.
pub async fn before_sending(app: &App, offer: &Offer, cx: &Context, answers: &Value) -> Result<Option<FieldError>> {
    let taken = ask(app, offer, answers).await?;
    Ok(taken.map(|taken| error(app, cx.lang, offer, answers, &taken)))
}

/// What only sending (or answering) found: somebody was faster.
pub fn meanwhile(app: &App, lang: Lang, offer: &Offer, answers: &Value, taken: &Taken) -> FieldError {
    let error = error(app, lang, offer, answers, taken);
    FieldError {
        message: format!("{} {}", app.texts.text(lang, "check.taken"), error.message),
        ..error
    }
}

async fn ask(app: &App, offer: &Offer, answers: &Value) -> Result<Option<Taken>> {
    let Some(tenant) = &offer.tenant else { return Ok(None) };
    let Some(wanted) = wanted(&offer.service, answers).filter(|w| !only_wished(offer, &w.room)) else {
        return Ok(None);
    };
    let now = app.now();
    let found = tenant
        .read(move |t| t.taken(&wanted.room, wanted.from, wanted.to, now))
        .await?;
    Ok(found)
}

/// What the answers take of a room, as far as they say.
fn wanted(service: &Service, answers: &Value) -> Option<Span> {
    let booking = service.booking.as_ref()?;
    span(service, answers)
        .or_else(|| {
            let room = schema::at(answers, &booking.room)?.as_str()?.to_owned();
            let (from, to) = event_span(service, answers, None)?;
            Some(Span { room, from, to })
        })
        .filter(|w| w.from < w.to)
}

/// Paths that decide what is taken, in the order in which people would rather change them.
fn deciders(service: &Service) -> Vec<String> {
    let Some(b) = &service.booking else { return Vec::new() };
    let event = &service.event;
    let day = [&event.date, &event.last_day, &event.start, &event.end];
    let mut out: Vec<String> = day.into_iter().flatten().cloned().collect();
    out.extend([&b.from.1, &b.to.1, &b.from.0, &b.to.0, &b.room].map(Clone::clone));
    out
}

/// At the setting-up, the clearing or the day, whichever meets the taken times.
fn field(service: &Service, answers: &Value, taken: &Taken) -> String {
    let Some(b) = &service.booking else {
        return String::new();
    };
    let event = event_span(service, answers, None);
    let all = |test: &dyn Fn(&Slot, (Timestamp, Timestamp)) -> bool| {
        event.is_some_and(|event| taken.busy.iter().all(|slot| test(slot, event)))
    };
    if all(&|slot, (start, _)| slot.to <= start) {
        b.from.1.clone()
    } else if all(&|slot, (_, end)| slot.from >= end) {
        b.to.1.clone()
    } else {
        service.event.date.clone().unwrap_or_else(|| b.room.clone())
    }
}

fn error(app: &App, lang: Lang, offer: &Offer, answers: &Value, taken: &Taken) -> FieldError {
    let t = |key: &str, with: &[(&str, &str)]| app.texts.fill(lang, key, with);
    let rooms = &offer.local.rooms;
    let room = rooms.iter().find(|r| r.room.id == taken.room);
    let room = room.map_or(taken.room.as_str(), |r| r.room.name.as_str());
    let mut parts: Vec<String> = taken.busy.iter().map(|slot| busy(app, lang, room, slot)).collect();
    parts.push(if taken.free.is_empty() {
        t("check.taken_nothing", &[])
    } else {
        let times: Vec<String> = taken.free.iter().map(|slot| times(app, lang, slot)).collect();
        t("check.taken_free", &[("times", &times.join("; "))])
    });
    FieldError {
        field: field(&offer.service, answers, taken),
        kind: ErrorKind::Option,
        message: parts.join(" "),
    }
}

/// `Am Samstag, 12.12.2026, ist der Saal von 14:00 bis 22:00 Uhr belegt.`
fn busy(app: &App, lang: Lang, room: &str, slot: &Slot) -> String {
    let t = |key: &str, with: &[(&str, &str)]| app.texts.fill(lang, key, with);
    match on_one_day(slot) {
        Some((day, from, to)) => {
            let day = format::long_date(day, lang);
            let (from, to) = (format::hour(from), hour_of_end(to));
            if from == "00:00" && to == "24:00" {
                t("check.busy_day", &[("day", &day), ("room", room)])
            } else {
                t(
                    "check.busy_hours",
                    &[("day", &day), ("room", room), ("from", &from), ("to", &to)],
                )
            }
        }
        None => {
            let at = |t: Timestamp| format::long_moment(t, lang);
            t(
                "check.busy_days",
                &[("from", &at(slot.from)), ("to", &at(slot.to)), ("room", room)],
            )
        }
    }
}

/// `Samstag, 19.12.2026, 14:00 bis 22:00 Uhr`
fn times(app: &App, lang: Lang, slot: &Slot) -> String {
    let t = |key: &str, with: &[(&str, &str)]| app.texts.fill(lang, key, with);
    match on_one_day(slot) {
        Some((day, from, to)) => t(
            "check.free_hours",
            &[
                ("day", &format::long_date(day, lang)),
                ("from", &format::hour(from)),
                ("to", &hour_of_end(to)),
            ],
        ),
        None => {
            let at = |t: Timestamp| format::long_moment(t, lang);
            t("check.free_days", &[("from", &at(slot.from)), ("to", &at(slot.to))])
        }
    }
}

/// Day and hours of what ends on the day it begins, midnight included.
fn on_one_day(slot: &Slot) -> Option<(jiff::civil::Date, Time, Time)> {
    let (from, to) = (domain::berlin(slot.from), domain::berlin(slot.to));
    let midnight = to.time() == Time::midnight() && from.date().tomorrow().ok() == Some(to.date());
    (from.date() == to.date() || midnight).then(|| (from.date(), from.time(), to.time()))
}

fn hour_of_end(time: Time) -> String {
    if time == Time::midnight() {
        "24:00".to_owned()
    } else {
        format::hour(time)
    }
}
