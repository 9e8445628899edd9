//! What a room costs the person who asks, as soon as it can be said: at each room once it is known who hires, and
//! beside the questions once the room is chosen; the sum when the times are known.

use schema::{Booking, Context, Lang, Room, Service};
use serde_json::Value;

use crate::format::euro_in;
use crate::offer::Offer;
use crate::page::UiTexts;
use crate::state::App;

/// The class of tariff that the answers come to.
pub fn class<'a>(service: &Service, settled: &'a Value) -> Option<&'a str> {
    let path = service.booking.as_ref()?.tariff.as_deref()?;
    schema::at(settled, path)?.as_str()
}

/// `60,00 € am Tag oder 12,00 € je Stunde`; what is not open to this class says so.
pub fn of_room(texts: &UiTexts, lang: Lang, room: &Room, class: &str) -> String {
    let t = |key: &str, cents: i64| texts.fill(lang, key, &[("amount", &euro_in(cents, lang))]);
    let Some(tariff) = room.tariff.get(class) else {
        return texts.text(lang, "price.closed");
    };
    match (tariff.day, tariff.hour) {
        (0, 0) => texts.text(lang, "price.free"),
        (0, hour) => t("price.hour", hour),
        (day, 0) => t("price.day", day),
        (day, hour) => {
            let (day, hour) = (t("price.day", day), t("price.hour", hour));
            texts.fill(lang, "price.either", &[("day", &day), ("hour", &hour)])
        }
    }
}

/// Whether this form speaks of prices: rooms are hired here, online.
pub fn spoken_of(offer: &Offer) -> bool {
    offer.local.open && offer.service.booking.is_some()
}

/// The sentence beside the questions; empty as long as room or hirer are not known.
pub fn so_far(app: &App, offer: &Offer, cx: &Context, settled: &Value) -> String {
    let known = || -> Option<String> {
        let booking = offer.service.booking.as_ref().filter(|_| offer.local.open)?;
        let id = schema::at(settled, &booking.room)?.as_str()?;
        let room = cx.rooms.iter().find(|r| r.id == id)?;
        let class = class(&offer.service, settled)?;
        let tariff = room.tariff.get(class)?;
        let t = |key: &str, with: &[(&str, &str)]| app.texts.fill(cx.lang, key, with);
        let sum = if times_known(booking, settled) {
            let (fee, _) = domain::assess::fee(&offer.service, settled, cx);
            match fee.total_cents {
                0 => t("check.free", &[]),
                cents => t("check.costs_text", &[("amount", &euro_in(cents, cx.lang))]),
            }
        } else {
            let price = of_room(&app.texts, cx.lang, room, class);
            t("price.room", &[("room", &room.name), ("price", &price)])
        };
        let deposit = match tariff.deposit {
            0 => String::new(),
            cents => t("price.deposit", &[("amount", &euro_in(cents, cx.lang))]),
        };
        Some([sum, deposit].join(cx.lang.gap()).trim_end().to_owned())
    };
    known().unwrap_or_default()
}

fn times_known(booking: &Booking, settled: &Value) -> bool {
    let paths = [&booking.from.0, &booking.from.1, &booking.to.0, &booking.to.1];
    paths
        .iter()
        .all(|p| schema::at(settled, p).is_some_and(|v| !v.is_null()))
}

/// The lowest daily price that somebody pays here for any room; none if some of them pay nothing.
pub fn lowest(offer: &Offer) -> Option<i64> {
    let rooms = offer.rooms();
    let tariffs = rooms
        .iter()
        .flat_map(|r| &r.tariff)
        .filter(|(class, _)| *class != "own");
    let days: Vec<i64> = tariffs.map(|(_, t)| t.day).collect();
    days.iter().min().copied().filter(|cents| *cents > 0)
}
