//! Closing a room for a time (cleaning, the municipality's own event) and opening it again. Who has the room
//! keeps it: then the page says who, and what the clerk can do.

use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Value, json};
use store::{BookError, BookingKind, RoomRow};

use crate::calendar::clashes::{self, Tree};
use crate::calendar::desk::choices;
use crate::calendar::week::{Week, midnight};
use crate::desk::session::Desk;
use crate::failure::{Failure, Result};
use crate::format;
use crate::office::fields::{Choice, Faults, Field, Typed, choice, read_needed};
use crate::office::scope;
use crate::reply::redirect;
use crate::req::Req;
use crate::state::App;

/// Letters of a reason at most.
const REASON: usize = 80;
/// A room is closed for a year at most: longer means it is no longer let.
const LONGEST_DAYS: i32 = 366;
/// Order of the fields on the page.
const ORDER: [&str; 6] = ["raum", "tag", "von", "bis_tag", "bis", "grund"];

/// What the form asks for, read.
#[derive(Debug, PartialEq, Eq)]
struct Wanted {
    room: String,
    from: Timestamp,
    to: Timestamp,
    reason: String,
    day: Date,
}

fn read(typed: &Typed, rooms: &[RoomRow], now: Timestamp) -> Result<Wanted, Faults> {
    let mut faults = Faults::default();
    let room = rooms
        .iter()
        .find(|r| r.active && r.room.id == typed.get("raum"))
        .map(|r| r.room.id.clone());
    if room.is_none() {
        faults.add("raum", "Wählen Sie einen Raum aus der Liste.");
    }
    let reason = faults.take(
        "grund",
        read_needed(
            typed.get("grund"),
            REASON,
            "Schreiben Sie kurz, warum. Zum Beispiel: Grundreinigung.",
        ),
    );
    let date = |field: &str| {
        schema::typed::date(typed.get(field)).ok_or_else(|| "Schreiben Sie den Tag so: 12.12.2026.".to_owned())
    };
    let day = faults.take("tag", date("tag"));
    let last = if typed.get("bis_tag").is_empty() {
        day
    } else {
        faults.take("bis_tag", date("bis_tag"))
    };
    let time = |field: &str| match typed.get(field) {
        "" => Ok(None),
        text => schema::typed::time(text)
            .as_deref()
            .and_then(schema::typed::minutes)
            .map(Some)
            .ok_or_else(|| "Schreiben Sie die Uhrzeit so: 18:00.".to_owned()),
    };
    let begins = faults.take("von", time("von"));
    let ends = faults.take("bis", time("bis"));
    let span = match (day, last, begins, ends) {
        (Some(day), Some(last), Some(begins), Some(ends)) => {
            Some((moment(day, begins.unwrap_or(0)), until(last, ends), day, last))
        }
        _ => None,
    };
    if let Some((from, to, day, last)) = span {
        if last < day {
            faults.add("bis_tag", "Der letzte Tag liegt vor dem ersten.");
        } else if to <= from {
            faults.add("bis", "Das Ende muss nach dem Beginn liegen.");
        } else if (last - day).get_days() > LONGEST_DAYS {
            faults.add(
                "bis_tag",
                "Länger als ein Jahr geht nicht. Schalten Sie den Raum in den Einstellungen ab.",
            );
        } else if to <= now {
            faults.add("tag", "Dieser Tag ist vorbei.");
        }
    }
    match (room, reason, span) {
        (Some(room), Some(reason), Some((from, to, day, _))) if faults.is_empty() => Ok(Wanted {
            room,
            from,
            to,
            reason,
            day,
        }),
        _ => Err(faults),
    }
}

fn moment(day: Date, minute: i64) -> Timestamp {
    let time = jiff::civil::Time::midnight().saturating_add(jiff::SignedDuration::from_mins(minute.min(1439)));
    domain::booking::moment(day, time).unwrap_or_else(|| midnight(day))
}

/// The end: at the given minute, or at the day's end when none or midnight was given.
fn until(day: Date, minute: Option<i64>) -> Timestamp {
    match minute {
        None | Some(0 | 1440) => midnight(day.tomorrow().unwrap_or(day)),
        Some(m) => moment(day, m),
    }
}

/// `27.02.2027` for one whole day, else both moments.
fn span_words(from: Timestamp, to: Timestamp) -> String {
    let day = domain::date_of(from);
    if from == midnight(day) && to == until(day, None) {
        return format::date(day);
    }
    format!("{} bis {}", format::moment(from), format::moment(to))
}

async fn rooms(desk: &Desk) -> Result<Vec<RoomRow>> {
    Ok(desk.tenant.read(|t| t.rooms(None)).await?)
}

/// The form; `?raum=` and `?tag=` fill it in.
pub async fn form(State(app): State<App>, desk: Desk, req: Req) -> Result<Response> {
    let rooms = rooms(&desk).await?;
    let mut typed = Typed::default();
    for field in ORDER {
        typed.put(field, req.param(field).unwrap_or_default());
    }
    render(&app, &desk, &req, &rooms, &typed, (&Faults::default(), &Value::Null))
}

fn render(
    app: &App,
    desk: &Desk,
    req: &Req,
    rooms: &[RoomRow],
    typed: &Typed,
    (faults, taken): (&Faults, &Value),
) -> Result<Response> {
    let places = scope::room_places(app, desk.tenant.id());
    let (errors, errors_title) = faults.summary(app, &ORDER);
    let active: Vec<RoomRow> = rooms.iter().filter(|r| r.active).cloned().collect();
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    let mut options: Vec<Choice> = vec![choice("", "Raum wählen", typed.get("raum").is_empty())];
    options.extend(
        choices(&active, &places, typed.get("raum"), places.len() > 1)
            .iter()
            .map(|c| choice(text(&c["value"]), text(&c["label"]), c["chosen"] == true)),
    );
    let field = |id: &str, label: &str| Field::text(id, label, typed, faults);
    let ctx = json!({
        "errors": errors, "errors_title": errors_title, "taken": taken,
        "room": Field::choose("select", "raum", "Raum", options, typed, faults).hint("Ein Teil sperrt das Ganze, das Ganze sperrt alle Teile."),
        "day": field("tag", "Erster Tag").hint("Zum Beispiel 12.12.2026"),
        "from": field("von", "Von").hint("Zum Beispiel 08:00. Leer: ab 0 Uhr").optional(),
        "last": field("bis_tag", "Letzter Tag").hint("Leer: derselbe Tag").optional(),
        "to": field("bis", "Bis").hint("Leer: bis 24 Uhr").optional(),
        "reason": field("grund", "Warum?").hint("Steht nur im Kalender des Amts, zum Beispiel: Grundreinigung. Nach außen heißt es: belegt."),
    });
    let status = if taken.is_null() {
        faults.status()
    } else {
        StatusCode::CONFLICT
    };
    app.desk_page(status, "calendar/block.html", req, desk, "kalender", ctx)
}

/// Closes the room, or says who has it.
pub async fn close(
    State(app): State<App>,
    desk: Desk,
    req: Req,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response> {
    let typed = Typed(pairs);
    let (rooms, now) = (rooms(&desk).await?, app.now());
    let wanted = match read(&typed, &rooms, now) {
        Ok(wanted) => wanted,
        Err(faults) => return render(&app, &desk, &req, &rooms, &typed, (&faults, &Value::Null)),
    };
    let (room, reason, actor) = (wanted.room.clone(), wanted.reason.clone(), desk.clerk.id.0.clone());
    let span = (wanted.from, wanted.to);
    let done = desk
        .tenant
        .write(move |t| t.block_room(&room, span, &reason, &actor, now))
        .await;
    match done {
        Ok(_) => {
            let monday = Week::of(wanted.day).monday;
            Ok(redirect(&format!("/amt/kalender?woche={monday}&stand=gesperrt")))
        }
        Err(BookError::Taken(taken)) => {
            let room = wanted.room.clone();
            let there = desk
                .tenant
                .read(move |t| t.bookings_around(&room, span.0, span.1))
                .await?;
            let tree = Tree::of(&rooms);
            let free: Vec<String> = taken.free.iter().map(|s| span_words(s.from, s.to)).collect();
            let taken = json!({
                "room": tree.name(&wanted.room), "list": clashes::in_the_way(&there, &tree, &wanted.room), "free": free,
            });
            render(&app, &desk, &req, &rooms, &typed, (&Faults::default(), &taken))
        }
        // Both were looked at above; the room may have been switched off since.
        Err(BookError::NoRoom | BookError::EmptySpan) => {
            let mut faults = Faults::default();
            faults.add("raum", "Dieser Raum ist abgeschaltet. Wählen Sie einen anderen.");
            render(&app, &desk, &req, &rooms, &typed, (&faults, &Value::Null))
        }
        Err(BookError::Store(e)) => Err(e.into()),
    }
}

/// One closed time, and the question whether to open it again.
pub async fn page(State(app): State<App>, desk: Desk, Path(id): Path<String>, req: Req) -> Result<Response> {
    let found = desk
        .tenant
        .read(move |t| {
            let booking = t.find_booking(&id)?.filter(|b| b.kind == BookingKind::Blocked);
            let room = match &booking {
                Some(b) => t.room(&b.room)?,
                None => None,
            };
            Ok::<_, store::Error>(booking.zip(room))
        })
        .await?;
    let (booking, room) = found.ok_or(Failure::Page)?;
    let ctx = json!({
        "room": room.room.name, "reason": booking.label, "from": format::moment(booking.from), "to": format::moment(booking.to),
        "open": format!("/amt/kalender/sperre/{}/aufheben", booking.id),
        "back": format!("/amt/kalender?woche={}", Week::of(domain::date_of(booking.from)).monday),
    });
    app.desk_page(StatusCode::OK, "calendar/blocked.html", &req, &desk, "kalender", ctx)
}

/// Opens the room again.
pub async fn open(State(app): State<App>, desk: Desk, Path(id): Path<String>) -> Result<Response> {
    let (actor, now) = (desk.clerk.id.0.clone(), app.now());
    let gone = desk.tenant.write(move |t| t.unblock_room(&id, &actor, now)).await?;
    let booking = gone.ok_or(Failure::Page)?;
    let monday = Week::of(domain::date_of(booking.from)).monday;
    Ok(redirect(&format!("/amt/kalender?woche={monday}&stand=aufgehoben")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rooms() -> Vec<RoomRow> {
        vec![RoomRow {
            place: "16077036".into(),
            parent: None,
            on_request: store::OnRequest::Hold,
            active: true,
            position: 1,
            room: schema::Room {
                id: "saal".into(),
                ..schema::Room::default()
            },
        }]
    }

    fn form(pairs: &[(&str, &str)]) -> Typed {
        Typed(pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect())
    }

    #[test]
    fn a_closed_time_is_read_with_and_without_hours() {
        let now: Timestamp = "2026-11-24T21:39:05Z".parse().expect("time");
        let with = |more: &[(&str, &str)]| {
            let base = [("raum", "saal"), ("tag", "12.12.2026"), ("grund", "Grundreinigung")];
            read(&form(&[&base[..], more].concat()), &rooms(), now)
        };
        let at = |t: &str| t.parse::<Timestamp>().expect("time");
        let day = with(&[]).expect("a whole day");
        assert_eq!(
            (day.from, day.to),
            (at("2026-12-11T23:00:00Z"), at("2026-12-12T23:00:00Z"))
        );
        let some = with(&[("von", "8"), ("bis", "12.30 Uhr")]).expect("hours");
        assert_eq!(
            (some.from, some.to),
            (at("2026-12-12T07:00:00Z"), at("2026-12-12T11:30:00Z"))
        );
        let late = with(&[("von", "18:00"), ("bis", "24:00"), ("bis_tag", "13.12.2026")]).expect("two days");
        assert_eq!(late.to, at("2026-12-13T23:00:00Z"));
        for (more, field) in [
            (&[("von", "18:00"), ("bis", "17:00")][..], "bis"),
            (&[("bis_tag", "11.12.2026")], "bis_tag"),
            (&[("bis_tag", "20.12.2027")], "bis_tag"),
            (&[("von", "spät")], "von"),
        ] {
            assert!(!with(more).expect_err("a fault").of(field).is_empty(), "{field}");
        }
        let nothing = read(&form(&[]), &rooms(), now).expect_err("faults");
        for field in ["raum", "tag", "grund"] {
            assert!(!nothing.of(field).is_empty(), "{field}");
        }
        let past = form(&[("raum", "saal"), ("tag", "12.12.2025"), ("grund", "x")]);
        assert!(!read(&past, &rooms(), now).expect_err("past").of("tag").is_empty());
    }
}
