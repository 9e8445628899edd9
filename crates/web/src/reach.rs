//! How an authority is reached: by what it says about itself, else by what the register of municipalities says. What
//! neither says is called unknown, with a way to find it; nothing is made up.

use schema::Lang;
use serde_json::{Value, json};

use crate::format;
use crate::offer::Offer;
use crate::state::App;

/// An address for a letter.
pub struct Address {
    /// Name, street, town; the street only if the authority named it.
    pub lines: Vec<String>,
    /// Named by the authority itself.
    pub own: bool,
}

/// Where a letter to the deciding authority goes.
pub fn address(app: &App, offer: &Offer) -> Address {
    let office = &offer.local.office;
    if !office.town.is_empty() {
        return Address {
            lines: office.lines(),
            own: true,
        };
    }
    let mut lines = vec![offer.route.authority.name.clone()];
    lines.extend(seat(app, offer));
    Address { lines, own: false }
}

/// `04617 Rositz` from the register.
fn seat(app: &App, offer: &Offer) -> Option<String> {
    let seat = app.register.seat(&offer.route.authority, &offer.place.municipality)?;
    Some(format!("{} {}", seat.postcode, seat.town).trim().to_owned())
}

/// What of an address or contact nobody told us, and how people find it.
pub fn missing(app: &App, offer: &Offer, lang: Lang) -> String {
    let office = &offer.local.office;
    let key = match (
        office.town.is_empty(),
        office.phone.is_empty() && office.email.is_empty(),
    ) {
        (true, _) => "office.from_register",
        (false, true) => "office.unknown",
        (false, false) => return String::new(),
    };
    let name = &offer.route.authority.name;
    app.texts.fill(lang, key, &[("name", name)])
}

/// The office panel's context.
pub fn office_ctx(app: &App, lang: Lang, offer: &Offer) -> Value {
    let t = |key: &str| app.texts.text(lang, key);
    let office = &offer.local.office;
    let now = domain::berlin(app.now());
    let today = now.weekday().to_monday_zero_offset() as usize;
    // Written by the office: marked, so that a screen reader reads it as German.
    let german = lang != Lang::De;
    let hours: Vec<Value> = if office.hours.iter().all(String::is_empty) {
        Vec::new()
    } else {
        // A weekend on which nobody is there needs no line.
        (0..7)
            .filter(|i| *i < 5 || !office.hours[*i].is_empty())
            .map(|i| {
                let own = !office.hours[i].is_empty();
                let text = if own { office.hours[i].clone() } else { t("office.closed") };
                json!({ "day": format::weekday(i, lang), "text": text, "german": own && german, "today": if i == today { t("office.today") } else { String::new() } })
            })
            .collect()
    };
    let sample = if office.sample {
        t("office.sample")
    } else {
        String::new()
    };
    // The name stands above: street and town, or what the register knows of the seat.
    let town = format!("{} {}", office.postcode, office.town);
    let mut lines: Vec<String> = [office.street.trim(), town.trim()]
        .into_iter()
        .filter(|l| !l.is_empty())
        .map(str::to_owned)
        .collect();
    if lines.is_empty() {
        lines.extend(seat(app, offer));
    }
    json!({
        "title": offer.authority(), "lines": lines, "phone": office.phone, "phone_href": office.phone_href(), "email": office.email,
        "note": office.note, "sample": sample, "german": german, "hours": hours, "missing": missing(app, offer, lang),
    })
}
