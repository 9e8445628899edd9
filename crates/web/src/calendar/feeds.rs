//! The calendar for other programs (iCalendar, to subscribe to): for everybody the taken times of a room without
//! names; for a clerk all rooms with names, by a secret link that can be taken back.

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::TenantId;
use exchange::calendar::{Entry, subscribed};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use store::{BookingKind, Busy};

use crate::calendar::clashes::Tree;
use crate::calendar::public;
use crate::calendar::week::Week;
use crate::desk::session::Desk;
use crate::failure::{Failure, Result};
use crate::format;
use crate::reply::redirect;
use crate::req::Req;
use crate::state::App;

/// Days ahead that a feed shows.
const AHEAD: i64 = 400;
/// Days back that the desk's feed shows.
const BACK: i64 = 28;

fn days(n: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * n)
}

fn later(t: Timestamp, n: i64) -> Timestamp {
    t.saturating_add(days(n)).unwrap_or(t)
}

fn file(text: String) -> Response {
    ([(header::CONTENT_TYPE, "text/calendar; charset=utf-8")], text).into_response()
}

/// Times that touch or overlap become one: how many bookings there are is nobody's business.
pub fn merged(busy: &[Busy], of: impl Fn(BookingKind) -> bool) -> Vec<(Timestamp, Timestamp)> {
    let mut all: Vec<(Timestamp, Timestamp)> = busy.iter().filter(|b| of(b.kind)).map(|b| (b.from, b.to)).collect();
    all.sort();
    let mut out: Vec<(Timestamp, Timestamp)> = Vec::new();
    for (from, to) in all {
        match out.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => out.push((from, to)),
        }
    }
    out
}

/// Taken times of a room, no names, no reasons. The mark of an entry is its room and time.
pub async fn room(State(app): State<App>, Path((slug, room)): Path<(String, String)>, req: Req) -> Result<Response> {
    let seen = public::see(&app, &slug).await?;
    let row = seen.room(&room)?;
    let from = Week::of(app.today()).span().0;
    let (id, to) = (row.room.id.clone(), later(from, AHEAD));
    let busy = seen.tenant.read(move |t| t.free_busy(&id, from, to)).await?;
    let t = |key: &str| app.texts.text(req.lang, key);
    let one = |(from, to): (Timestamp, Timestamp), firm: bool| Entry {
        uid: format!(
            "{}-{}-{}{}",
            row.room.id,
            from.as_second(),
            to.as_second(),
            if firm { "" } else { "-w" }
        ),
        from,
        to,
        title: t(if firm { "rooms.taken" } else { "rooms.asked" }),
        place: row.room.name.clone(),
        link: String::new(),
        firm,
    };
    let taken = merged(&busy, BookingKind::excludes).into_iter().map(|s| one(s, true));
    let asked = merged(&busy, |k| !k.excludes()).into_iter().map(|s| one(s, false));
    let entries: Vec<Entry> = taken.chain(asked).collect();
    let name = app.texts.fill(
        req.lang,
        "rooms.feed_name",
        &[("room", &row.room.name), ("place", &seen.offer.place.name)],
    );
    Ok(file(subscribed(&name, &entries, app.now())))
}

/// The whole calendar of an authority, for whoever holds a clerk's secret link.
pub async fn desk(State(app): State<App>, Path((tenant, feed)): Path<(String, String)>) -> Result<Response> {
    let tenant = app
        .tenant(&TenantId::from(tenant.as_str()))
        .await?
        .ok_or(Failure::Page)?;
    let now = app.now();
    let (from, to) = (later(now, -BACK), later(now, AHEAD));
    let found = tenant
        .read(move |t| {
            if t.clerk_of_feed(&feed)?.is_none() {
                return Ok::<_, store::Error>(None);
            }
            Ok(Some((t.rooms(None)?, t.bookings(None, from, to)?)))
        })
        .await?;
    let (rooms, bookings) = found.ok_or(Failure::Page)?;
    let tree = Tree::of(&rooms);
    let entries: Vec<Entry> = bookings
        .iter()
        .map(|b| {
            let note = match b.kind {
                BookingKind::Firm => "",
                BookingKind::Hold => " (vorgemerkt)",
                BookingKind::Wish => " (gewünscht)",
                BookingKind::Blocked => " (gesperrt)",
            };
            let room = tree.name(&b.room);
            Entry {
                uid: b.id.clone(),
                from: b.from,
                to: b.to,
                title: format!("{room}: {}{note}", b.label),
                place: room.to_owned(),
                link: b
                    .case
                    .as_ref()
                    .map_or_else(String::new, |c| format!("{}/amt/v/{c}", app.config.base_url)),
                firm: b.kind.excludes(),
            }
        })
        .collect();
    let name = format!("Räume, {}", tenant.authority().name);
    Ok(file(subscribed(&name, &entries, now)))
}

/// The page about the clerk's own link.
pub async fn page(State(app): State<App>, desk: Desk, req: Req) -> Result<Response> {
    let done = match req.param("stand").as_deref() {
        Some("widerrufen") => "Der Link ist widerrufen. Wer ihn hat, sieht nichts mehr.",
        _ => "",
    };
    show(&app, &desk, &req, "", done).await
}

async fn show(app: &App, desk: &Desk, req: &Req, link: &str, done: &str) -> Result<Response> {
    let id = desk.clerk.id.clone();
    let since = desk.tenant.read(move |t| t.feed(&id)).await?;
    let ctx = json!({
        "since": since.map(format::moment), "link": link, "notice": done,
        "webcal": link.split_once("://").map_or_else(String::new, |(_, rest)| format!("webcal://{rest}")),
    });
    app.desk_page(StatusCode::OK, "calendar/feed.html", req, desk, "kalender", ctx)
}

/// A new link, shown this once. An earlier one is dead.
pub async fn create(State(app): State<App>, desk: Desk, req: Req) -> Result<Response> {
    let (id, now) = (desk.clerk.id.clone(), app.now());
    let token = desk.tenant.write(move |t| t.open_feed(&id, now)).await?;
    let link = format!(
        "{}/kalender/{}/{token}/raeume.ics",
        app.config.base_url,
        desk.tenant.id()
    );
    show(&app, &desk, &req, &link, "").await
}

pub async fn revoke(State(app): State<App>, desk: Desk) -> Result<Response> {
    let (id, now) = (desk.clerk.id.clone(), app.now());
    desk.tenant.write(move |t| t.close_feed(&id, now)).await?;
    Ok(redirect("/amt/kalender/abo?stand=widerrufen"))
}
