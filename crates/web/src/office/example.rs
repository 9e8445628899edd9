//! What a room would cost, worked out by the service's own rules from one of its own examples: the lead sees
//! what the typed amounts come to. No rule of price stands here.

use std::collections::BTreeMap;

use schema::{Context, Example, FeeKind, Lang, PlaceInfo, RawAnswers, Room, Service};
use serde_json::{Value, json};

use crate::format::euro;
use crate::offer::Place;
use crate::office::room_form::CLASSES;

/// The `n`th example, priced for this room with the place's parameters; null if none fits.
pub fn price(service: &Service, place: &Place, params: &BTreeMap<String, Value>, room: &Room, n: usize) -> Value {
    let priced: Vec<Value> = service
        .examples
        .iter()
        .filter(|e| e.expect.outcome == "accepted")
        .filter_map(|e| one(service, place, params, room, e))
        .collect();
    match priced.len() {
        0 => Value::Null,
        all => {
            let mut shown = priced[n % all].clone();
            shown["next"] = if all > 1 { json!((n + 1) % all) } else { Value::Null };
            shown
        }
    }
}

fn one(
    service: &Service,
    place: &Place,
    params: &BTreeMap<String, Value>,
    room: &Room,
    example: &Example,
) -> Option<Value> {
    let booking = service.booking.as_ref()?;
    let booked = schema::at(&example.answers, &booking.room)?.as_str()?;
    let cx = Context {
        today: example.today,
        now: "12:00".into(),
        lang: Lang::De,
        params: params.clone(),
        local_unknown: false,
        place: PlaceInfo {
            on_paper: false,
            ags: place.ags().0.clone(),
            name: place.name.clone(),
            kind: place.municipality.kind.title().to_owned(),
            authority: String::new(),
            outline: Vec::new(),
        },
        rooms: vec![Room {
            id: booked.to_owned(),
            ..room.clone()
        }],
        region: service.region.clone(),
    };
    let answers = schema::settle(service, &RawAnswers(example.answers.clone()), &cx);
    let class = schema::at(&answers, booking.tariff.as_deref()?)?.as_str()?;
    // A class that cannot hire this room has no price; the municipality itself pays nothing.
    if class == "own" || !room.tariff.contains_key(class) {
        return None;
    }
    let lines = schema::fee_lines(service, &answers, &cx);
    if lines.iter().any(|l| l.failure.is_some()) {
        return None;
    }
    let line = |l: &schema::FeeOut| json!({ "label": l.label, "amount": euro(l.cents) });
    let (deposits, costs): (Vec<_>, Vec<_>) = lines.iter().partition(|l| l.kind == FeeKind::Deposit);
    let sum: i64 = costs.iter().map(|l| l.cents).sum();
    let date = service
        .event
        .date
        .as_deref()
        .and_then(|path| domain::assess::day_at(&answers, path));
    let who = CLASSES.iter().find(|c| c.key == class).map_or("", |c| c.label);
    Some(json!({
        "title": example.title, "date": date.map(crate::format::date), "who": who,
        "lines": costs.iter().filter(|l| l.cents != 0).map(|l| line(l)).collect::<Vec<_>>(), "sum": euro(sum),
        "deposits": deposits.iter().filter(|l| l.cents != 0).map(|l| line(l)).collect::<Vec<_>>(),
    }))
}
