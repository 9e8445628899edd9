//! The desk's calendar: a week, a section for each room with a list of days. Halves show what shuts them from
//! outside, so that one look at a room is enough.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::Ags;
use jiff::civil::Date;
use serde_json::{Value, json};
use store::{Booking, BookingKind, RoomRow, TenantTx};

use crate::calendar::clashes::{self, Tree};
use crate::calendar::week::{self, Week};
use crate::desk::session::Desk;
use crate::failure::Result;
use crate::format;
use crate::offer::{Place, params_with};
use crate::office::rooms::facts;
use crate::office::scope;
use crate::req::Req;
use crate::state::App;

/// `Mo 07.12.`
fn short(day: Date) -> String {
    format!("{} {}", weekday(day), clashes::day(day))
}

fn weekday(day: Date) -> String {
    schema::show::format::short_weekday(day, schema::Lang::De)
}

/// Address of a week, keeping the room that is looked at.
fn at(week: Week, room: &str) -> String {
    let room = if room.is_empty() {
        String::new()
    } else {
        format!("&raum={room}")
    };
    format!("/amt/kalender?woche={}{room}", week.monday)
}

/// Who goes first at a place, as its service's `priority` says.
fn order(
    t: &TenantTx<'_>,
    places: &[Place],
    app: &App,
    desk_services: &[scope::Decided],
) -> Result<Vec<(Ags, String)>, store::Error> {
    let mut out = Vec::new();
    for d in desk_services.iter().filter(|d| d.service.booking.is_some()) {
        for place in d.places.iter().filter(|p| places.iter().any(|q| q.ags() == p.ags())) {
            let set = t.params(place.ags(), &d.service.id, app.now())?.map(|s| s.params);
            let params = params_with(&d.service, set);
            if let Some(text) = params.get("priority").and_then(Value::as_str) {
                out.push((place.ags().clone(), text.trim_end_matches('.').to_owned()));
            }
        }
    }
    Ok(out)
}

pub async fn page(State(app): State<App>, desk: Desk, req: Req) -> Result<Response> {
    let today = app.today();
    let week = Week::asked(&req, today);
    let (from, to) = week.span();
    let decided = scope::decided(&app, desk.tenant.id());
    let places = scope::room_places(&app, desk.tenant.id());
    let (inner, of) = (app.clone(), places.clone());
    let (rooms, bookings, order) = desk
        .tenant
        .read(move |t| {
            let rooms = t.rooms(None)?;
            let bookings = t.bookings(None, from, to)?;
            Ok::<_, store::Error>((rooms, bookings, order(t, &of, &inner, &decided)?))
        })
        .await?;
    let tree = Tree::of(&rooms);
    let asked = req.param("raum").unwrap_or_default();
    let asked = rooms
        .iter()
        .find(|r| r.room.id == asked)
        .map_or("", |r| r.room.id.as_str());
    let shown = in_order(&rooms)
        .into_iter()
        // A room that is switched off shows as long as somebody has it.
        .filter(|r| r.active || bookings.iter().any(|b| b.room == r.room.id))
        .filter(|r| asked.is_empty() || r.room.id == asked);
    let wide = places.len() > 1;
    let sections: Vec<Value> = shown
        .map(|r| section(r, &bookings, &tree, week, &places, wide))
        .collect();
    let rule = |room: &str| {
        let place = rooms.iter().find(|r| r.room.id == room).map(|r| &r.place);
        order
            .iter()
            .find(|(ags, _)| Some(ags) == place)
            .map(|(_, text)| text.clone())
            .unwrap_or_default()
    };
    let seen: Vec<Booking> = bookings
        .iter()
        .filter(|b| asked.is_empty() || tree.related(&b.room, asked))
        .cloned()
        .collect();
    let head: Vec<Value> = week
        .days()
        .into_iter()
        .map(|d| json!({ "weekday": weekday(d), "date": clashes::day(d), "today": d == today }))
        .collect();
    let ctx = json!({
        "range": week::numbers(week.monday, week.sunday()), "previous": at(week.moved(-1), asked), "next": at(week.moved(1), asked),
        "now": at(Week::of(today), asked), "here": week == Week::of(today), "head": head, "rooms": sections, "any": !rooms.is_empty(),
        "choices": choices(&rooms, &places, asked, wide), "asked": asked, "day": format::date(if week == Week::of(today) { today } else { week.monday }),
        "notices": clashes::notices(&seen, &tree, rule), "monday": week.monday.to_string(),
        "block": format!("/amt/kalender/sperren?tag={}{}", format::date(week.monday.max(today)), if asked.is_empty() { String::new() } else { format!("&raum={asked}") }),
        "notice": match req.param("stand").as_deref() {
            Some("gesperrt") => "Die Zeit ist gesperrt. Niemand kann den Raum dann anfragen.",
            Some("aufgehoben") => "Die Sperre ist aufgehoben. Der Raum ist wieder frei.",
            _ => "",
        },
    });
    app.desk_page(StatusCode::OK, "calendar/desk.html", &req, &desk, "kalender", ctx)
}

/// As the settings order them, parts right after what contains them.
pub fn in_order(rooms: &[RoomRow]) -> Vec<&RoomRow> {
    fn push<'a>(rooms: &'a [RoomRow], parent: Option<&str>, out: &mut Vec<&'a RoomRow>) {
        for room in rooms.iter().filter(|r| r.parent.as_deref() == parent) {
            if !out.iter().any(|o| o.room.id == room.room.id) {
                out.push(room);
                push(rooms, Some(&room.room.id), out);
            }
        }
    }
    let mut out = Vec::new();
    push(rooms, None, &mut out);
    out
}

/// Rooms for a select, with their place where there are several.
pub fn choices(rooms: &[RoomRow], places: &[Place], chosen: &str, wide: bool) -> Vec<Value> {
    in_order(rooms)
        .into_iter()
        .map(|r| {
            let place = places.iter().find(|p| *p.ags() == r.place).filter(|_| wide);
            let label = place.map_or_else(|| r.room.name.clone(), |p| format!("{}: {}", p.name, r.room.name));
            json!({ "value": r.room.id, "label": label, "chosen": r.room.id == chosen })
        })
        .collect()
}

fn section(row: &RoomRow, bookings: &[Booking], tree: &Tree<'_>, week: Week, places: &[Place], wide: bool) -> Value {
    let id = row.room.id.as_str();
    let days: Vec<Value> = week
        .days()
        .into_iter()
        .map(|day| cell(id, day, bookings, tree))
        .collect();
    let mut sub = Vec::new();
    if wide && let Some(place) = places.iter().find(|p| *p.ags() == row.place) {
        sub.push(place.name.clone());
    }
    sub.extend(Some(facts(&row.room)).filter(|f| !f.is_empty()));
    sub.extend(row.parent.as_deref().map(|p| format!("Teil von: {}", tree.name(p))));
    if !row.active {
        sub.push("abgeschaltet".to_owned());
    }
    let busy = days.iter().any(|d| d["list"].as_array().is_some_and(|l| !l.is_empty()));
    json!({ "id": id, "name": row.room.name, "sub": sub.join(", "), "days": days, "busy": busy })
}

fn cell(room: &str, day: Date, bookings: &[Booking], tree: &Tree<'_>) -> Value {
    let mut list: Vec<(i32, Value)> = bookings
        .iter()
        .filter(|b| b.room == room || (b.kind.excludes() && tree.related(&b.room, room)))
        .filter_map(|b| Some((b, week::part(day, b.from, b.to)?)))
        .map(|(b, part)| {
            let own = b.room == room;
            let (class, note) = match b.kind {
                _ if !own => ("series", format!("(belegt: {})", tree.name(&b.room))),
                BookingKind::Firm => ("", String::new()),
                BookingKind::Hold => ("ask", "(vorgemerkt)".to_owned()),
                BookingKind::Wish => ("ask", "(gewünscht)".to_owned()),
                BookingKind::Blocked => ("off", "(gesperrt)".to_owned()),
            };
            let link = clashes::link(b);
            (
                part.from,
                json!({ "time": part.words(), "label": b.label, "class": class, "note": note, "href": link["href"] }),
            )
        })
        .collect();
    list.sort_by_key(|(from, _)| *from);
    let list: Vec<Value> = list.into_iter().map(|(_, v)| v).collect();
    json!({ "date": short(day), "day": format::date(day), "list": list })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_stand_after_what_contains_them() {
        let room = |id: &str, parent: Option<&str>| RoomRow {
            place: "16077036".into(),
            parent: parent.map(str::to_owned),
            on_request: store::OnRequest::Hold,
            active: true,
            position: 1,
            room: schema::Room {
                id: id.into(),
                ..schema::Room::default()
            },
        };
        let rooms = [room("nord", Some("saal")), room("platz", None), room("saal", None)];
        let ids: Vec<&str> = in_order(&rooms).iter().map(|r| r.room.id.as_str()).collect();
        assert_eq!(ids, ["platz", "saal", "nord"]);
    }
}
