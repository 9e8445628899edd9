//! Free and busy for everybody: when the rooms of a place are taken, without names and reasons. A day that has
//! time left leads into the application with that room and day.

use axum::extract::{Form, Path, State};
use axum::response::Response;
use jiff::Timestamp;
use jiff::civil::Date;
use schema::{Lang, Room};
use serde::Deserialize;
use serde_json::{Value, json};
use store::{Busy, OnRequest, RoomRow, TenantStore};

use crate::apply::draft;
use crate::calendar::week::{self, DAY, Week};
use crate::failure::{Failure, Result};
use crate::format::euro_in;
use crate::limits::Limit;
use crate::offer::Offer;
use crate::office::rooms::has_tariff;
use crate::reply::redirect;
use crate::req::Req;
use crate::state::App;

/// Weeks ahead that the public sees.
const AHEAD: i64 = 78;
/// Weeks on the page of one room.
const WEEKS: i64 = 5;
/// How wide the bar of a whole day is drawn.
const WIDE: i32 = 160;

/// A place's rooms that the public may ask for.
pub struct Seen {
    pub offer: Offer,
    pub tenant: TenantStore,
    pub rooms: Vec<RoomRow>,
}

impl Seen {
    /// # Errors
    /// `Page` if there is no such room to ask for.
    pub fn room(&self, id: &str) -> Result<&RoomRow> {
        self.rooms.iter().find(|r| r.room.id == id).ok_or(Failure::Page)
    }
}

fn open_rooms(offer: &Offer) -> Vec<RoomRow> {
    if !offer.local.open {
        return Vec::new();
    }
    let open = |r: &&RoomRow| r.active && has_tariff(&r.room);
    offer.local.rooms.iter().filter(open).cloned().collect()
}

/// The address of free and busy, where the offer books rooms and the place lets some online.
pub fn href(offer: &Offer) -> String {
    if offer.service.booking.is_none() || open_rooms(offer).is_empty() {
        return String::new();
    }
    format!("/{}/raeume", offer.place.slug)
}

/// # Errors
/// `Page` where the place lets no rooms online: nobody keeps a calendar then.
pub async fn see(app: &App, slug: &str) -> Result<Seen> {
    let place = app.place(slug)?;
    for service in app.services.all().into_iter().filter(|s| s.booking.is_some()) {
        let offer = app.offer_of(place.clone(), service).await?;
        let rooms = open_rooms(&offer);
        if let Some(tenant) = offer.tenant.clone().filter(|_| !rooms.is_empty()) {
            return Ok(Seen { offer, tenant, rooms });
        }
    }
    Err(Failure::Page)
}

async fn busy(seen: &Seen, rooms: Vec<String>, (from, to): (Timestamp, Timestamp)) -> Result<Vec<Vec<Busy>>> {
    let found = seen
        .tenant
        .read(move |t| {
            rooms
                .iter()
                .map(|r| t.free_busy(r, from, to))
                .collect::<Result<Vec<_>, store::Error>>()
        })
        .await?;
    Ok(found)
}

/// The week asked for, between this one and the last that the public sees.
fn asked(app: &App, req: &Req) -> (Week, Week) {
    let now = Week::of(app.today());
    let week = Week::asked(req, app.today());
    let last = now.moved(AHEAD);
    (
        Week {
            monday: week.monday.clamp(now.monday, last.monday),
        },
        now,
    )
}

/// The day in the field, and why the page does not show its week.
fn week_typed(app: &App, req: &Req, shown: Week) -> (String, String) {
    let typed = req.param("woche").unwrap_or_default().trim().to_owned();
    let wrong = match schema::typed::date(&typed) {
        None if !typed.is_empty() => app.texts.text(req.lang, "rooms.week_unread"),
        Some(day) if Week::of(day) != shown => app.texts.text(req.lang, "rooms.week_far"),
        Some(_) | None => String::new(),
    };
    let typed = match schema::typed::date(&typed) {
        Some(day) if wrong.is_empty() => crate::format::date_in(day, req.lang),
        _ => typed,
    };
    (typed, wrong)
}

/// Ways to the weeks before and after; empty: none.
fn ways(path: &str, week: Week, now: Week, step: i64) -> Value {
    let at = |w: Week| format!("{path}?woche={}", w.monday);
    let previous = week.moved(-step).monday.max(now.monday);
    json!({
        "previous": if week.monday > now.monday { at(Week { monday: previous }) } else { String::new() },
        "next": if week.moved(step).monday <= now.moved(AHEAD).monday { at(week.moved(step)) } else { String::new() },
    })
}

fn weekdays(app: &App, lang: Lang) -> Vec<String> {
    app.texts
        .text(lang, "rooms.weekdays")
        .split_whitespace()
        .map(str::to_owned)
        .collect()
}

/// One day of one room: bar, words, and whether it can be asked for.
fn cell(app: &App, lang: Lang, room: &Room, day: Date, busy: &[Busy], names: &[String]) -> Value {
    let t = |key: &str, with: &[(&str, &str)]| app.texts.fill(lang, key, with);
    let parts = |firm: bool| {
        week::merged(
            busy.iter()
                .filter(|b| b.kind.excludes() == firm)
                .filter_map(|b| week::part(day, b.from, b.to))
                .map(|p| (p.from, p.to)),
        )
    };
    let bars = |parts: &[(i32, i32)]| -> Vec<Value> {
        let x = |m: i32| m.clamp(0, DAY) * WIDE / DAY;
        parts
            .iter()
            .map(|(from, to)| (x(*from), x(*to)))
            .filter(|(from, to)| to > from)
            .map(|(from, to)| json!({ "x": from, "width": to - from }))
            .collect()
    };
    let hours = |parts: &[(i32, i32)]| {
        parts
            .iter()
            .map(|(a, b)| week::hours(*a, *b, lang))
            .collect::<Vec<_>>()
            .join(", ")
    };
    // Of a day that is over nobody needs to know more.
    let past = day < app.today();
    let (taken, wished) = match past {
        true => Default::default(),
        false => (parts(true), parts(false)),
    };
    let all_day = taken.iter().any(|(from, to)| *from <= 0 && *to >= DAY);
    let mut words = Vec::new();
    if all_day {
        words.push(json!({ "text": t("rooms.taken", &[]), "hours": "" }));
    } else if !taken.is_empty() {
        words.push(json!({ "text": t("rooms.taken", &[]), "hours": t("rooms.hours", &[("hours", &hours(&taken))]) }));
    }
    if !wished.is_empty() && !all_day {
        words.push(json!({ "text": t("rooms.asked", &[]), "hours": t("rooms.hours", &[("hours", &hours(&wished))]) }));
    }
    let free = words.is_empty();
    // Beside what is taken there is time left, and what others only wished for can be wished for too.
    let ask = match (past || all_day, free, taken.is_empty()) {
        (true, ..) => "",
        (_, true, _) => "rooms.free",
        (_, _, true) => "rooms.ask_too",
        _ => "rooms.free_else",
    };
    let weekday = &names[day.weekday().to_monday_zero_offset() as usize % names.len().max(1)];
    let date = schema::show::format::day_month(day, lang);
    let full = crate::format::long_date(day, lang);
    json!({
        "weekday": weekday, "date": date, "free": free, "past": past, "taken": bars(&taken), "wished": bars(&wished),
        "words": words, "iso": day.to_string(),
        "ask": if ask.is_empty() { Value::Null } else { json!({ "word": t(ask, &[]), "label": t("rooms.ask_day", &[("room", &room.name), ("day", &full)]) }) },
    })
}

/// `120 Plätze, Küche, ab 60,00 € am Tag`
fn facts(app: &App, lang: Lang, row: &RoomRow, all: &[RoomRow]) -> String {
    let t = |key: &str, with: &[(&str, &str)]| app.texts.fill(lang, key, with);
    let room = &row.room;
    let mut out = Vec::new();
    match (room.seats, room.persons) {
        (0, 0) => {}
        (0, n) => out.push(t("rooms.persons", &[("n", &schema::show::format::number(n, lang))])),
        (n, _) => out.push(t("rooms.seats", &[("n", &schema::show::format::number(n, lang))])),
    }
    if room.kitchen {
        out.push(t("rooms.kitchen", &[]));
    }
    let classes = || room.tariff.iter().filter(|(class, _)| *class != "own").map(|(_, t)| t);
    let days: Vec<i64> = classes().map(|t| t.day).collect();
    let hours: Vec<i64> = classes().map(|t| t.hour).collect();
    let cheapest = |list: &[i64]| list.iter().copied().filter(|c| *c > 0).min();
    // „ab“ only where somebody pays more, or otherwise.
    let exact = |list: &[i64], cents: i64| list.iter().all(|c| *c == cents);
    if let Some(cents) = cheapest(&days) {
        let key = if exact(&days, cents) && exact(&hours, 0) {
            "rooms.per_day"
        } else {
            "rooms.from_day"
        };
        out.push(t(key, &[("amount", &euro_in(cents, lang))]));
    } else if let Some(cents) = cheapest(&hours) {
        let key = if exact(&hours, cents) {
            "rooms.per_hour"
        } else {
            "rooms.from_hour"
        };
        out.push(t(key, &[("amount", &euro_in(cents, lang))]));
    }
    if let Some(whole) = row.parent.as_deref().and_then(|p| all.iter().find(|r| r.room.id == p)) {
        out.push(t("rooms.part_of", &[("room", &whole.room.name)]));
    }
    out.join(", ")
}

/// What both pages say about the place. `shown`: the rooms on the page.
fn common(app: &App, req: &Req, seen: &Seen, shown: &[RoomRow], week: Week) -> Value {
    let cx = seen.offer.context(app, req.lang);
    let (typed, wrong) = week_typed(app, req, week);
    let wishes = shown.iter().any(|r| r.on_request == OnRequest::Wish);
    let order = seen
        .offer
        .local
        .params
        .get("priority")
        .and_then(Value::as_str)
        .filter(|_| wishes);
    json!({
        "service": { "name": seen.offer.text(&cx, &json!({}), "name"), "href": seen.offer.path(), "begin": format!("{}/beginnen", seen.offer.path()) },
        "overview": format!("/{}/raeume?woche={}", seen.offer.place.slug, week.monday),
        "here": req.path, "asked": typed, "asked_error": wrong,
        "place": seen.offer.place.ctx(), "order": order.unwrap_or_default().trim_end_matches('.'),
    })
}

fn respond(app: &App, req: &Req, seen: &Seen, (shown, week): (&[RoomRow], Week), more: Value) -> Result<Response> {
    let mut ctx = common(app, req, seen, shown, week);
    if let (Some(all), Value::Object(more)) = (ctx.as_object_mut(), more) {
        all.extend(more);
    }
    let offer = &seen.offer;
    let ui = app.ui_for(
        req,
        &offer.place,
        &offer.route.authority.name,
        offer.tenant.as_ref(),
        offer.local.crest,
    );
    app.ok("calendar/public.html", ui, ctx)
}

/// A week of all rooms.
pub async fn place(State(app): State<App>, Path(slug): Path<String>, req: Req) -> Result<Response> {
    let seen = see(&app, &slug).await?;
    let lang = req.lang;
    let (week, now) = asked(&app, &req);
    let names = weekdays(&app, lang);
    let ids = seen.rooms.iter().map(|r| r.room.id.clone()).collect();
    let busy = busy(&seen, ids, week.span()).await?;
    let path = format!("/{}/raeume", seen.offer.place.slug);
    let sections: Vec<Value> = seen
        .rooms
        .iter()
        .zip(&busy)
        .map(|(row, busy)| {
            let room = &row.room;
            let days: Vec<Value> = week.days().into_iter().map(|d| cell(&app, lang, room, d, busy, &names)).collect();
            json!({
                "id": room.id, "name": room.name, "href": format!("{path}/{}?woche={}", room.id, week.monday), "sub": facts(&app, lang, row, &seen.offer.local.rooms),
                "days": days, "room": room.id, "feed": format!("{path}/{}/belegung.ics", room.id),
            })
        })
        .collect();
    let range = week::in_words(week.monday, week.sunday(), lang);
    let ctx = json!({
        "title": app.texts.text(lang, "rooms.title"), "range": range, "ways": ways(&path, week, now, 1), "sections": sections, "one": Value::Null,
        "head": sections.first().map(|s| s["days"].clone()).unwrap_or_default(),
        "page_title": app.texts.fill(lang, "rooms.page_title", &[("place", &seen.offer.place.name), ("range", &range)]),
    });
    respond(&app, &req, &seen, (&seen.rooms, week), ctx)
}

/// Five weeks of one room.
pub async fn room(State(app): State<App>, Path((slug, room)): Path<(String, String)>, req: Req) -> Result<Response> {
    let seen = see(&app, &slug).await?;
    let row = seen.room(&room)?.clone();
    let lang = req.lang;
    let (week, now) = asked(&app, &req);
    let names = weekdays(&app, lang);
    let span = (week.span().0, week.moved(WEEKS - 1).span().1);
    let busy = busy(&seen, vec![row.room.id.clone()], span).await?.remove(0);
    let path = format!("/{}/raeume/{}", seen.offer.place.slug, row.room.id);
    let sections: Vec<Value> = (0..WEEKS)
        .map(|n| {
            let w = week.moved(n);
            let days: Vec<Value> = w.days().into_iter().map(|d| cell(&app, lang, &row.room, d, &busy, &names)).collect();
            json!({
                "id": format!("w{n}"), "name": week::in_words(w.monday, w.sunday(), lang), "href": "", "sub": "", "days": days,
                "room": row.room.id, "feed": "",
            })
        })
        .collect();
    let range = week::in_words(week.monday, week.moved(WEEKS - 1).sunday(), lang);
    let feed = format!("{path}/belegung.ics");
    let ctx = json!({
        "title": row.room.name, "range": range, "ways": ways(&path, week, now, WEEKS), "sections": sections,
        "head": names.iter().map(|n| json!({ "weekday": n, "date": "" })).collect::<Vec<_>>(),
        "one": {
            "facts": facts(&app, lang, &row, &seen.offer.local.rooms), "description": row.room.description,
            "equipment": row.room.equipment.join(", "), "room": row.room.id, "feed": feed,
            "feed_url": format!("{}{feed}", app.config.base_url),
        },
        "page_title": app.texts.fill(lang, "rooms.room_title", &[("room", &row.room.name), ("place", &seen.offer.place.name)]),
    });
    respond(&app, &req, &seen, (std::slice::from_ref(&row), week), ctx)
}

#[derive(Debug, Deserialize)]
pub struct Ask {
    /// Room, and the day where one was chosen: `saal-ehrenhain 2026-12-12`.
    #[serde(default)]
    wahl: String,
}

/// Begins the application with this room and day, or puts both into the one begun here.
pub async fn ask(
    State(app): State<App>,
    Path((slug, service)): Path<(String, String)>,
    req: Req,
    Form(input): Form<Ask>,
) -> Result<Response> {
    let (offer, found) = draft::load_with_offer(&app, &req, &slug, &service).await?;
    let Some(booking) = &offer.service.booking else {
        return Err(Failure::Page);
    };
    let (room, day) = input.wahl.split_once(' ').unwrap_or((&input.wahl, ""));
    if !open_rooms(&offer).iter().any(|r| r.room.id == room) {
        return Err(Failure::Page);
    }
    let mut known = vec![schema::nested(&booking.room, room.into())];
    let dated = offer
        .service
        .form
        .pages
        .iter()
        .flat_map(|p| &p.questions)
        .any(|q| q.id == "event.date");
    if let Some(day) = schema::typed::date(day).filter(|d| dated && *d >= app.today()) {
        known.push(schema::nested("event.date", day.to_string().into()));
    }
    let mut begun = match found.filter(|b| b.kept.sent.is_none()) {
        Some(begun) => begun,
        None => {
            app.limits
                .take(req.address, Limit::Draft, app.now())
                .map_err(Failure::TooMany)?;
            draft::create(&app, &req, &offer, json!({}), Vec::new()).await?
        }
    };
    let mut raw = begun.answers();
    for answer in &known {
        schema::merge(&mut raw, answer);
    }
    begun.kept.answers = raw.0;
    if !begun.save(&app).await? {
        return Err(Failure::Busy);
    }
    let mut response = redirect(&format!("{}/antrag", offer.path()));
    draft::remember(&mut response, &app, &req, &offer, &begun.kept.link);
    Ok(response)
}
