//! The list of rooms and tariffs, and words that every page about rooms shares.

use axum::extract::State;
use axum::response::Response;
use schema::Room;
use serde_json::{Value, json};
use store::RoomRow;

use crate::desk::session::Lead;
use crate::failure::{Failure, Result};
use crate::format::euro;
use crate::offering::rules;
use crate::office::room_form::CLASSES;
use crate::office::{frame, scope};
use crate::req::Req;
use crate::state::App;

/// Name of a month from 1 to 12.
pub fn month(n: i64) -> &'static str {
    schema::show::format::month(i8::try_from(n).unwrap_or_default(), schema::Lang::De)
}

/// Somebody outside the municipality can hire it.
pub fn has_tariff(room: &Room) -> bool {
    room.tariff.keys().any(|class| class != "own")
}

/// `120 Plätze, Küche, Bühne`
pub fn facts(room: &Room) -> String {
    let mut out = Vec::new();
    match (room.seats, room.persons) {
        (0, 0) => {}
        (0, persons) => out.push(format!(
            "bis {} Personen",
            crate::format::thousands(persons.unsigned_abs())
        )),
        (seats, _) => out.push(format!("{} Plätze", crate::format::thousands(seats.unsigned_abs()))),
    }
    if room.kitchen {
        out.push("Küche".to_owned());
    }
    // Each thing is said once, however often and however written the equipment names it.
    let mut more = 0;
    for item in room.equipment.iter().map(|e| e.trim()).filter(|e| !e.is_empty()) {
        let known = out.iter().any(|o| o.to_lowercase() == item.to_lowercase());
        if !known && more < 3 {
            more += 1;
            out.push(item.to_owned());
        }
    }
    out.join(", ")
}

/// Price of a class in one line: `60,00 €`, `15,00 € je Std.`
pub fn price(room: &Room, class: &str) -> Option<String> {
    let t = room.tariff.get(class)?;
    Some(match (t.day, t.hour) {
        (0, hour) if hour > 0 => format!("{} je Std.", euro(hour)),
        (day, _) => euro(day),
    })
}

/// First and last month of the heating season; the months follow each other, over the turn of the year too.
pub fn season(months: &[i64]) -> Option<(i64, i64)> {
    let in_season = |m: i64| months.contains(&m);
    let before = |m: i64| if m == 1 { 12 } else { m - 1 };
    let after = |m: i64| if m == 12 { 1 } else { m + 1 };
    if months.len() == 12 {
        return Some((1, 12));
    }
    let first = (1..=12).find(|m| in_season(*m) && !in_season(before(*m)))?;
    let mut last = first;
    while in_season(after(last)) {
        last = after(last);
    }
    Some((first, last))
}

fn deposit(room: &Room) -> String {
    let all: Vec<i64> = room
        .tariff
        .iter()
        .filter(|(class, _)| *class != "own")
        .map(|(_, t)| t.deposit)
        .collect();
    match (all.iter().min(), all.iter().max()) {
        (Some(low), Some(high)) if low == high => euro(*low),
        (Some(low), Some(high)) => format!("{} bis {}", crate::office::fields::typed_money(*low), euro(*high)),
        _ => String::new(),
    }
}

fn badge(row: &RoomRow) -> Value {
    let only_clubs = row.room.tariff.keys().all(|c| c == "own" || c == "local_club");
    let (kind, text) = match (row.active, has_tariff(&row.room)) {
        (false, _) => ("neutral", "abgeschaltet"),
        (true, false) => ("warning", "Tarif fehlt"),
        (true, true) if only_clubs => ("info", "nur Vereine"),
        (true, true) => ("success", "online"),
    };
    json!({ "kind": kind, "text": text })
}

fn line(row: &RoomRow, all: &[RoomRow]) -> Value {
    let room = &row.room;
    let prices: Vec<Value> = CLASSES
        .iter()
        .filter(|c| c.key != "own")
        .map(|c| json!({ "label": c.short, "text": price(room, c.key) }))
        .collect();
    let heating = match season(&room.heating_months) {
        Some((from, to)) if room.heating_day > 0 => {
            json!({ "text": format!("{} am Tag", euro(room.heating_day)), "sub": format!("{} bis {}", month(from), month(to)) })
        }
        _ => json!({ "text": "keine Pauschale", "sub": "" }),
    };
    let whole = row
        .parent
        .as_ref()
        .and_then(|p| all.iter().find(|r| r.room.id == *p))
        .map(|r| &r.room.name);
    json!({
        "id": room.id, "name": room.name, "facts": facts(room), "part_of": whole, "prices": prices,
        "deposit": deposit(room), "heating": heating, "badge": badge(row), "active": row.active,
        "wish": row.on_request == store::OnRequest::Wish,
    })
}

/// A room without a tariff, and one whose tariff could be taken over.
fn gap(rows: &[&RoomRow]) -> Value {
    let Some(missing) = rows.iter().find(|r| r.active && !has_tariff(&r.room)) else {
        return Value::Null;
    };
    let model = rows
        .iter()
        .filter(|r| r.active && has_tariff(&r.room))
        .min_by_key(|r| (r.room.seats - missing.room.seats).abs());
    json!({
        "name": missing.room.name, "href": format!("/amt/einstellungen/raeume/{}", missing.room.id),
        "model": model.map(|m| json!({ "name": m.room.name, "href": format!("/amt/einstellungen/raeume/{}?tarif_von={}", missing.room.id, m.room.id) })),
    })
}

pub async fn page(State(app): State<App>, lead: Lead, req: Req) -> Result<Response> {
    let tenant = &lead.0.tenant;
    let decided = scope::decided(&app, tenant.id());
    let booking = decided
        .iter()
        .find(|d| d.service.booking.is_some())
        .ok_or(Failure::Page)?;
    let place = scope::chosen(&booking.places, &req).ok_or(Failure::Page)?;
    let (ags, id, now) = (place.ags().clone(), booking.service.id.clone(), app.now());
    let (all, set) = tenant
        .read(move |t| Ok::<_, store::Error>((t.rooms(Some(&ags))?, t.params(&ags, &id, now)?)))
        .await?;
    // Switched-off rooms come last.
    let mut rows: Vec<&RoomRow> = all.iter().collect();
    rows.sort_by_key(|r| !r.active);
    let bookable = rows.iter().filter(|r| r.active && has_tariff(&r.room)).count();
    let params = crate::offer::params_with(&booking.service, set.map(|s| s.params));
    let rules: Vec<Value> = booking
        .service
        .parameters
        .iter()
        .map(|p| {
            let value = params.get(&p.id).unwrap_or(&p.default);
            json!({ "label": schema::parameter::label(&booking.service, &p.id), "text": rules::in_words(&booking.service, &p.id, value) })
        })
        .collect();
    let sub = match rows.len() {
        0 => format!("In {} ist noch kein Raum angelegt.", place.name),
        1 => format!(
            "Ein Raum{}",
            if bookable == 1 {
                ", buchbar"
            } else {
                ", noch nicht buchbar"
            }
        ),
        n => format!("{n} Räume, davon {bookable} buchbar. Beträge je Tag, wo nichts anderes steht."),
    };
    let ctx = json!({
        "sub": sub, "place": place.ctx(), "places": scope::switch(&booking.places, place.ags(), "/amt/einstellungen/raeume"),
        "rooms": rows.iter().map(|r| line(r, &all)).collect::<Vec<_>>(), "gap": gap(&rows),
        "heads": CLASSES.iter().filter(|c| c.key != "own").map(|c| c.short).collect::<Vec<_>>(),
        "rules": rules, "rules_href": format!("/amt/store/{}/regeln?ort={}", booking.service.id, place.ags()),
        "service": booking.text("noun"),
        "notice": match req.param("stand").as_deref() {
            Some("angelegt") => "Der Raum ist angelegt.",
            Some("abgeschaltet") => "Der Raum ist abgeschaltet. Neue Anfragen gehen nicht mehr, zugesagte Buchungen bleiben.",
            Some("angeschaltet") => "Der Raum ist wieder buchbar.",
            _ => "",
        },
    });
    frame::ok(&app, "office/rooms.html", &req, &lead, "raeume", ctx)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_names_each_thing_once() {
        let room = Room {
            seats: 120,
            kitchen: true,
            equipment: ["Küche", "Bühne", "bühne ", "Beamer", "Theke", "Klavier"]
                .map(str::to_owned)
                .to_vec(),
            ..Room::default()
        };
        assert_eq!(facts(&room), "120 Plätze, Küche, Bühne, Beamer, Theke");
    }

    #[test]
    fn a_heating_season_may_cross_the_turn_of_the_year() {
        assert_eq!(season(&[10, 11, 12, 1, 2, 3, 4]), Some((10, 4)));
        assert_eq!(season(&[4, 5]), Some((4, 5)));
        assert_eq!(season(&[12]), Some((12, 12)));
        assert_eq!(season(&[1, 2, 3]), Some((1, 3)));
        assert_eq!(season(&(1..=12).collect::<Vec<_>>()), Some((1, 12)));
        assert_eq!(season(&[]), None);
        assert_eq!(month(10), "Oktober");
        assert_eq!(month(0), "");
    }
}
