//! One room: its form, a new one, taking over another's tariff, switching it off and on. A room is never
//! deleted: bookings and cases name it.

use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::Ags;
use schema::Room;
use serde_json::{Value, json};
use store::{Booking, BookingKind, OnRequest, RoomRow};

use crate::desk::session::Lead;
use crate::failure::{Failure, Result};
use crate::format;
use crate::offer::{Place, params_with};
use crate::offering;
use crate::office::fields::{Faults, Field, OVERTAKEN, SEEN, Typed, choice, overtaken};
use crate::office::room_form;
use crate::office::rooms::{facts, has_tariff, price};
use crate::office::scope::{self, Decided};
use crate::office::{example, frame};
use crate::reply::redirect;
use crate::req::Req;
use crate::state::App;

/// Bookings in each other's way that are named; more are counted.
const CLASHES_NAMED: usize = 3;

/// What belongs to the pages of one room.
struct Seen {
    row: RoomRow,
    /// All rooms of the place.
    rooms: Vec<RoomRow>,
    place: Place,
    booking: Decided,
    params: std::collections::BTreeMap<String, Value>,
    /// Bookings from now on that are granted.
    firm: usize,
    /// `24.11.2026 von A. Lindner`
    changed: String,
}

/// The service that books rooms.
fn booking(app: &App, lead: &Lead) -> Result<Decided> {
    scope::decided(app, lead.0.tenant.id())
        .into_iter()
        .find(|d| d.service.booking.is_some())
        .ok_or(Failure::Page)
}

async fn see(app: &App, lead: &Lead, id: &str) -> Result<Seen> {
    let booking = booking(app, lead)?;
    let (id, service, now) = (id.to_owned(), booking.service.id.clone(), app.now());
    let far = now
        .saturating_add(jiff::SignedDuration::from_hours(24 * 3 * 366))
        .map_err(Failure::internal)?;
    let (row, rooms, set, firm, changes, clerks) = lead
        .0
        .tenant
        .read(move |t| {
            let Some(row) = t.room(&id)? else {
                return Err(store::Error::Missing("room"));
            };
            let rooms = t.rooms(Some(&row.place))?;
            let set = t.params(&row.place, &service, now)?;
            let firm = t
                .bookings(Some(&id), now, far)?
                .iter()
                .filter(|b| b.kind == BookingKind::Firm)
                .count();
            let changes = t.changes(Some(row.place.as_str()), 300)?;
            Ok((row, rooms, set, firm, changes, t.clerks()?))
        })
        .await
        .map_err(|e| match e {
            store::Error::Missing("room") => Failure::Page,
            other => other.into(),
        })?;
    let place = booking.place(row.place.as_str()).cloned().ok_or(Failure::Page)?;
    let changed = changes
        .iter()
        .find(|c| c.area == "room" && c.item == row.room.id)
        .map(|c| {
            let who = crate::office::history::actor(&clerks, &c.actor);
            format!("{} von {who}", format::date(domain::date_of(c.at)))
        });
    Ok(Seen {
        params: params_with(&booking.service, set.map(|s| s.params)),
        changed: changed.unwrap_or_default(),
        row,
        rooms,
        place,
        booking,
        firm,
    })
}

pub async fn page(State(app): State<App>, lead: Lead, Path(room): Path<String>, req: Req) -> Result<Response> {
    let seen = see(&app, &lead, &room).await?;
    let mut typed = room_form::typed(&seen.row);
    let model = req
        .param("tarif_von")
        .and_then(|id| seen.rooms.iter().find(|r| r.room.id == id));
    if let Some(model) = model {
        room_form::put_tariff(&mut typed, &model.room);
    }
    render(&app, &lead, &req, &seen, &typed, &Faults::default(), model)
}

fn render(
    app: &App,
    lead: &Lead,
    req: &Req,
    seen: &Seen,
    typed: &Typed,
    faults: &Faults,
    model: Option<&RoomRow>,
) -> Result<Response> {
    let (row, room) = (&seen.row, &seen.row.room);
    let order = room_form::order();
    let order: Vec<&str> = order.iter().map(String::as_str).collect();
    let (errors, errors_title) = faults.summary(app, &order);
    let models: Vec<Value> = seen
        .rooms
        .iter()
        .filter(|r| r.room.id != room.id && has_tariff(&r.room))
        .map(|r| json!({ "id": r.room.id, "name": r.room.name, "here": model.is_some_and(|m| m.room.id == r.room.id) }))
        .collect();
    let state = match (row.active, has_tariff(room)) {
        (false, _) => ("neutral", "abgeschaltet"),
        (true, false) => ("warning", "Tarif fehlt"),
        (true, true) => ("success", "online buchbar"),
    };
    let n = req.param("beispiel").and_then(|n| n.parse::<usize>().ok()).unwrap_or(0);
    let ctx = json!({
        "errors": errors, "errors_title": errors_title,
        "notice": match req.param("stand").as_deref() { Some("gespeichert") => "Gespeichert. Die Beträge gelten ab jetzt für neue Anfragen.", _ => "" },
        "taken": model.map(|m| m.room.name.clone()),
        "r": {
            "id": room.id, "name": room.name, "active": row.active, "href": format!("/amt/einstellungen/raeume/{}", room.id),
            "changed": seen.changed, "kind": state.0, "state": state.1, "new": false,
            "back": format!("/amt/einstellungen/raeume?ort={}", row.place),
        },
        "f": room_form::fields(typed, faults, row, &seen.rooms), "ort": Value::Null, "models": models,
        "stand": faults.stand(typed, || room_form::typed(row).mark()),
        "overtaken": if faults.status() == StatusCode::CONFLICT { OVERTAKEN } else { "" },
        "rules_href": format!("/amt/store/{}/regeln?ort={}", seen.booking.service.id, row.place),
        "example": example::price(&seen.booking.service, &seen.place, &seen.params, room, n),
        "keeps": match seen.firm {
            0 => "Gilt für neue Anfragen.".to_owned(),
            1 => "Gilt für neue Anfragen. Eine zugesagte Buchung behält ihren Preis.".to_owned(),
            n => format!("Gilt für neue Anfragen. {n} zugesagte Buchungen behalten ihren Preis."),
        },
    });
    frame::page(app, faults.status(), "office/room.html", req, lead, "raeume", ctx)
}

pub async fn save(
    State(app): State<App>,
    lead: Lead,
    Path(room): Path<String>,
    req: Req,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response> {
    let typed = Typed(pairs);
    let seen = see(&app, &lead, &room).await?;
    match room_form::read(&typed, &seen.row, &seen.rooms) {
        Err(faults) => render(&app, &lead, &req, &seen, &typed, &faults, None),
        Ok(row) => {
            let (mark, sent) = (typed.get(SEEN).to_owned(), room_form::typed(&row));
            let put = change(&app, &lead, &room, move |holds| {
                let as_seen = mark == room_form::typed(holds).mark();
                // Switching off and on is no part of the form.
                let active = holds.active;
                let new = RoomRow { active, ..row };
                (as_seen || new == *holds).then_some(new)
            });
            match put.await? {
                Put::Yes => {
                    let page = format!("/amt/einstellungen/raeume/{room}?stand=gespeichert");
                    Ok(redirect(&offering::back(&app, &req, &page)))
                }
                Put::Clashes(clashes) => {
                    let mut faults = Faults::default();
                    faults.add("teil_von", in_the_way(&clashes, &seen.rooms));
                    render(&app, &lead, &req, &seen, &typed, &faults, None)
                }
                Put::Overtaken => {
                    let seen = see(&app, &lead, &room).await?;
                    let holds = room_form::typed(&seen.row);
                    let choices = [
                        "teil_von",
                        "anfrage",
                        "recht",
                        "ausstattung",
                        "heizung_von",
                        "heizung_bis",
                    ];
                    let shown = |name: &str| (!choices.contains(&name)).then(|| holds.get(name).to_owned());
                    let mut faults = overtaken(&sent, &holds, shown);
                    faults.conflict();
                    render(&app, &lead, &req, &seen, &typed, &faults, None)
                }
            }
        }
    }
}

/// What became of a change to a room.
enum Put {
    Yes,
    /// Bookings that would stand in each other's way.
    Clashes(Vec<(Booking, Booking)>),
    /// Somebody changed the room since the page was made.
    Overtaken,
}

/// Changes a room as it is now, never as somebody read it before; unchanged is not written.
async fn change(
    app: &App,
    lead: &Lead,
    id: &str,
    set: impl FnOnce(&RoomRow) -> Option<RoomRow> + Send + 'static,
) -> Result<Put> {
    let (id, actor, now) = (id.to_owned(), lead.0.clerk.id.0.clone(), app.now());
    let put = lead.0.tenant.write(move |t| {
        t.lock_settings()?;
        let before = t.room(&id)?.ok_or(store::Error::Missing("room"))?;
        let Some(row) = set(&before) else {
            return Ok(Put::Overtaken);
        };
        if before == row {
            return Ok(Put::Yes);
        }
        let clashes = t.part_clashes(&row, now)?;
        if !clashes.is_empty() {
            return Ok(Put::Clashes(clashes));
        }
        t.put_room(&row, &actor, now)?;
        Ok::<_, store::Error>(Put::Yes)
    });
    Ok(put.await?)
}

/// Which bookings, and what can be done.
fn in_the_way(clashes: &[(Booking, Booking)], rooms: &[RoomRow]) -> String {
    let room = |id: &str| {
        rooms
            .iter()
            .find(|r| r.room.id == id)
            .map_or_else(|| id.to_owned(), |r| r.room.name.clone())
    };
    let one = |b: &Booking| {
        let (from, to) = (domain::berlin(b.from), domain::berlin(b.to));
        let to = match from.date() == to.date() {
            true => format::clock(b.to),
            false => format::moment(b.to),
        };
        format!("„{}“ ({}, {} bis {to})", b.label, room(&b.room), format::moment(b.from))
    };
    let named: Vec<String> = clashes
        .iter()
        .take(CLASHES_NAMED)
        .map(|(a, b)| format!("{} und {}", one(a), one(b)))
        .collect();
    let rest = match clashes.len().saturating_sub(CLASHES_NAMED) {
        0 => String::new(),
        n => format!(" und {n} weitere"),
    };
    format!(
        "Diese Termine stünden sich dann im Weg: {}{rest}. Verlegen Sie sie zuerst.",
        named.join("; ")
    )
}

/// A room that does not exist yet, at a place.
fn blank(place: &Ags, rooms: &[RoomRow]) -> RoomRow {
    RoomRow {
        place: place.clone(),
        parent: None,
        on_request: OnRequest::Hold,
        active: true,
        position: rooms.iter().map(|r| r.position).max().unwrap_or(0) + 1,
        room: Room::default(),
    }
}

/// A new room's key: from its name, once in the authority.
fn key(name: &str, place: &str, taken: &[RoomRow]) -> String {
    let base = exchange::places::slugify(name);
    let base = if base.is_empty() { "raum".to_owned() } else { base };
    let free = |id: &String| id != "neu" && !taken.iter().any(|r| r.room.id == *id);
    let tries = [base.clone(), format!("{base}-{place}")].into_iter();
    let numbered = (2..).map(|n| format!("{base}-{place}-{n}"));
    tries.chain(numbered).find(free).unwrap_or(base)
}

async fn all_rooms(lead: &Lead) -> Result<Vec<RoomRow>> {
    Ok(lead.0.tenant.read(|t| t.rooms(None)).await?)
}

pub async fn new(State(app): State<App>, lead: Lead, req: Req) -> Result<Response> {
    let booking = booking(&app, &lead)?;
    let place = scope::chosen(&booking.places, &req).ok_or(Failure::Page)?;
    let (ags, id, now) = (place.ags().clone(), booking.service.id.clone(), app.now());
    let set = lead.0.tenant.read(move |t| t.params(&ags, &id, now)).await?;
    let params = params_with(&booking.service, set.map(|s| s.params));
    // The place's own rule for requests, where the service declares one.
    let rule = params.get("on_request").and_then(Value::as_str).unwrap_or("hold");
    let rooms = all_rooms(&lead).await?;
    render_new(
        &app,
        &lead,
        &req,
        &booking,
        place,
        &rooms,
        &room_form::empty(rule),
        &Faults::default(),
    )
}

#[expect(clippy::too_many_arguments, reason = "one page, two callers")]
fn render_new(
    app: &App,
    lead: &Lead,
    req: &Req,
    booking: &Decided,
    place: &Place,
    rooms: &[RoomRow],
    typed: &Typed,
    faults: &Faults,
) -> Result<Response> {
    let order = room_form::order();
    let order: Vec<&str> = order.iter().map(String::as_str).collect();
    let (errors, errors_title) = faults.summary(app, &order);
    let places = booking
        .places
        .iter()
        .map(|p| choice(p.ags().as_str(), &p.name, p.ags() == place.ags()))
        .collect();
    let ort = (booking.places.len() > 1).then(|| Field::choose("select", "ort", "Ort", places, typed, faults));
    let row = blank(place.ags(), rooms);
    let ctx = json!({
        "errors": errors, "errors_title": errors_title, "notice": "", "taken": Value::Null, "overtaken": "", "stand": "",
        "r": {
            "id": "", "name": "Raum anlegen", "active": true, "href": "/amt/einstellungen/raeume/neu", "changed": "",
            "kind": "", "state": "", "new": true, "back": format!("/amt/einstellungen/raeume?ort={}", place.ags()),
        },
        "f": room_form::fields(typed, faults, &row, rooms), "ort": ort, "models": [],
        "rules_href": format!("/amt/store/{}/regeln?ort={}", booking.service.id, place.ags()),
        "example": Value::Null, "keeps": "Der Raum ist nach dem Speichern sofort buchbar.",
    });
    frame::page(app, faults.status(), "office/room.html", req, lead, "raeume", ctx)
}

pub async fn create(
    State(app): State<App>,
    lead: Lead,
    req: Req,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response> {
    let typed = Typed(pairs);
    let booking = booking(&app, &lead)?;
    let rooms = all_rooms(&lead).await?;
    let place = match booking.places.as_slice() {
        [only] => only,
        _ => booking.place(typed.get("ort")).ok_or(Failure::Page)?,
    };
    let blank = blank(place.ags(), &rooms);
    let here: Vec<RoomRow> = rooms.iter().filter(|r| r.place == *place.ags()).cloned().collect();
    match room_form::read(&typed, &blank, &here) {
        Err(faults) => render_new(&app, &lead, &req, &booking, place, &rooms, &typed, &faults),
        Ok(mut row) => {
            let (actor, now, slug) = (lead.0.clerk.id.0.clone(), app.now(), place.slug.clone());
            let put = lead.0.tenant.write(move |t| {
                // The key as nobody else draws it at the same moment.
                t.lock_settings()?;
                row.room.id = key(&row.room.name, &slug, &t.rooms(None)?);
                t.put_room(&row, &actor, now)
            });
            put.await?;
            let list = format!("/amt/einstellungen/raeume?ort={}&stand=angelegt", place.ags());
            Ok(redirect(&offering::back(&app, &req, &list)))
        }
    }
}

pub async fn off_page(State(app): State<App>, lead: Lead, Path(room): Path<String>, req: Req) -> Result<Response> {
    let seen = see(&app, &lead, &room).await?;
    let parts: Vec<&str> = seen
        .rooms
        .iter()
        .filter(|r| r.parent.as_deref() == Some(room.as_str()) && r.active)
        .map(|r| r.room.name.as_str())
        .collect();
    let ctx = json!({
        "name": seen.row.room.name, "href": format!("/amt/einstellungen/raeume/{room}"), "firm": seen.firm, "parts": parts,
        "facts": facts(&seen.row.room), "price": price(&seen.row.room, "local_club"),
    });
    frame::ok(&app, "office/room_off.html", &req, &lead, "raeume", ctx)
}

pub async fn off(State(app): State<App>, lead: Lead, Path(room): Path<String>) -> Result<Response> {
    switch(&app, &lead, &room, false).await
}

pub async fn on(State(app): State<App>, lead: Lead, Path(room): Path<String>) -> Result<Response> {
    switch(&app, &lead, &room, true).await
}

async fn switch(app: &App, lead: &Lead, id: &str, active: bool) -> Result<Response> {
    let seen = see(app, lead, id).await?;
    let state = if active { "angeschaltet" } else { "abgeschaltet" };
    let to = format!("/amt/einstellungen/raeume?ort={}&stand={state}", seen.row.place);
    change(app, lead, id, move |holds| {
        let row = holds.clone();
        Some(RoomRow { active, ..row })
    })
    .await?;
    Ok(redirect(&to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_gets_a_key_from_its_name_that_nobody_has() {
        let place: Ags = "16077036".into();
        let with = |id: &str| RoomRow {
            room: Room {
                id: id.into(),
                ..Room::default()
            },
            ..blank(&place, &[])
        };
        assert_eq!(key("Saal Ehrenhain", "nobitz", &[]), "saal-ehrenhain");
        assert_eq!(key("Neu", "nobitz", &[]), "neu-nobitz");
        assert_eq!(key("!!!", "nobitz", &[]), "raum");
        let taken = [with("saal"), with("saal-nobitz")];
        assert_eq!(key("Saal", "nobitz", &taken), "saal-nobitz-2");
        assert_eq!(blank(&place, &taken).position, 2);
    }
}
