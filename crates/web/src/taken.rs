//! A room that somebody else has: asked as soon as room and times are answered, again before sending, and said at the
//! field that has to change, with the times that are taken and the nearest that are free. Never who has it.

use domain::assess::day_at;
use domain::booking::{Span, event_span, night, span};
use jiff::Timestamp;
use jiff::civil::{Date, Time};
use schema::{Context, ErrorKind, FieldError, Lang, Page, RawAnswers, Service};
use serde_json::{Value, json};
use store::{Slot, Taken};

use crate::failure::Result;
use crate::format;
use crate::offer::Offer;
use crate::state::App;
use crate::submission::only_wished;

/// Field by which a page posts the free day that was chosen.
pub const DAY: &str = "_tag";

/// The room is taken: what is said where, and the days on which the event could be at the same times.
pub struct Met {
    /// Only what is taken: the page offers the days as buttons.
    pub error: FieldError,
    pub days: Vec<Date>,
    /// The free times in a sentence, for where there are no buttons.
    pub free: String,
}

/// The error at a page of the form whose answers take a room. Before all times are known, what is surely needed (the
/// event itself) is looked at.
pub async fn on_page(app: &App, offer: &Offer, cx: &Context, answers: &Value, page: &Page) -> Result<Option<Met>> {
    let deciders = deciders(&offer.service);
    let asks = |path: &str| page.questions.iter().any(|q| q.id == path);
    if !deciders.iter().any(|path| asks(path)) {
        return Ok(None);
    }
    let Some(taken) = ask(app, offer, answers).await? else {
        return Ok(None);
    };
    let mut met = met(app, cx.lang, offer, answers, &taken);
    if !asks(&met.error.field) {
        // What somebody else took in the meantime may concern another page than this one.
        let here = deciders.into_iter().find(|path| asks(path));
        met.error.field = here.unwrap_or_default();
    }
    Ok(Some(met))
}

/// The same for the whole application, before it is sent.
pub async fn before_sending(app: &App, offer: &Offer, cx: &Context, answers: &Value) -> Result<Option<Met>> {
    let taken = ask(app, offer, answers).await?;
    Ok(taken.map(|taken| met(app, cx.lang, offer, answers, &taken)))
}

/// What only sending (or answering) found: somebody was faster.
pub fn meanwhile(app: &App, lang: Lang, offer: &Offer, answers: &Value, taken: &Taken) -> Met {
    let mut met = met(app, lang, offer, answers, taken);
    met.error.message = [app.texts.text(lang, "check.taken"), met.error.message].join(lang.gap());
    met
}

/// Another day for the event, with as many days as before.
pub fn move_to(service: &Service, raw: &mut RawAnswers, answers: &Value, day: Date) {
    let Some(path) = service.event.date.as_deref().filter(|_| service.booking.is_some()) else {
        return;
    };
    let last = service.event.last_day.as_deref();
    if let (Some(before), Some(path), Some(end)) = (day_at(answers, path), last, last.and_then(|l| day_at(answers, l)))
    {
        schema::merge(raw, &schema::nested(path, json!(end.saturating_add(day - before))));
    }
    schema::merge(raw, &schema::nested(path, json!(day)));
}

/// Days as buttons of a page: what they post and what stands on them.
pub fn offered(app: &App, lang: Lang, days: &[Date]) -> Vec<Value> {
    let label = |day: Date| {
        app.texts
            .fill(lang, "check.take_day", &[("day", &format::long_date(day, lang))])
    };
    days.iter()
        .map(|day| json!({ "value": day.to_string(), "label": label(*day) }))
        .collect()
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
            let (from, to) = event_span(service, answers, night(&service.region))?;
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
    let event = event_span(service, answers, night(&service.region));
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

fn met(app: &App, lang: Lang, offer: &Offer, answers: &Value, taken: &Taken) -> Met {
    let t = |key: &str, with: &[(&str, &str)]| app.texts.fill(lang, key, with);
    let rooms = &offer.local.rooms;
    let room = rooms.iter().find(|r| r.room.id == taken.room);
    let room = room.map_or(taken.room.as_str(), |r| r.room.name.as_str());
    let mut parts: Vec<String> = taken.busy.iter().map(|slot| busy(app, lang, room, slot)).collect();
    let days = days(&offer.service, answers, taken);
    let free = if taken.free.is_empty() {
        t("check.taken_nothing", &[])
    } else {
        let times: Vec<String> = taken.free.iter().map(|slot| times(app, lang, slot)).collect();
        t(
            "check.taken_free",
            &[(
                "times",
                &times.join(if lang == Lang::Leicht { lang.gap() } else { "; " }),
            )],
        )
    };
    if days.is_empty() {
        parts.push(t("check.taken_nothing", &[]));
    }
    let error = FieldError {
        field: field(&offer.service, answers, taken),
        kind: ErrorKind::Option,
        message: parts.join(lang.gap()),
    };
    Met { error, days, free }
}

/// First days of the event, moved as far as each free time lies from the one asked for.
fn days(service: &Service, answers: &Value, taken: &Taken) -> Vec<Date> {
    let path = service.event.date.as_deref();
    let (Some(day), Some(wanted)) = (path.and_then(|p| day_at(answers, p)), wanted(service, answers)) else {
        return Vec::new();
    };
    let local = |at: Timestamp| domain::berlin(at).date();
    let free = taken.free.iter();
    free.map(|slot| day.saturating_add(local(slot.from) - local(wanted.from)))
        .collect()
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
