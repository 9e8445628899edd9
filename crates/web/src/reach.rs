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

/// Opening hours as the office wrote them, in the language of the page where their few words are known; true: they
/// stay German.
fn hours_in(text: &str, lang: Lang) -> (String, bool) {
    if lang.is_german() {
        return (text.to_owned(), false);
    }
    // Longer ones first: "14–16 Uhr" is complete without its last word.
    const WORDS: [(&str, &str); 6] = [
        ("nach Vereinbarung", "by appointment"),
        ("geschlossen", "closed"),
        (" und ", " and "),
        (" bis ", " to "),
        ("von ", "from "),
        (" Uhr", ""),
    ];
    let known = WORDS
        .iter()
        .fold(text.trim().to_owned(), |t, (de, en)| t.replace(de, en));
    let word = |w: &str| {
        let letters = w.chars().any(char::is_alphabetic);
        !letters
            || WORDS
                .iter()
                .any(|(_, en)| en.split(' ').any(|e| e == w.trim_matches(',')))
    };
    match known.split_whitespace().all(word) {
        true => (known, false),
        false => (text.to_owned(), true),
    }
}

/// The office panel's context.
pub fn office_ctx(app: &App, lang: Lang, offer: &Offer) -> Value {
    let t = |key: &str| app.texts.text(lang, key);
    let office = &offer.local.office;
    let now = domain::berlin(app.now());
    let today = now.weekday().to_monday_zero_offset() as usize;
    // Written by the office: marked, so that a screen reader reads it as German.
    let german = !lang.is_german();
    let hours: Vec<Value> = if office.hours.iter().all(String::is_empty) {
        Vec::new()
    } else {
        // A weekend on which nobody is there needs no line.
        (0..7)
            .filter(|i| *i < 5 || !office.hours[*i].is_empty())
            .map(|i| {
                let own = !office.hours[i].is_empty();
                let (text, foreign) = match own {
                    true => hours_in(&office.hours[i], lang),
                    false => (t("office.closed"), false),
                };
                json!({ "day": format::weekday(i, lang), "text": text, "german": foreign, "today": if i == today { t("office.today") } else { String::new() } })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_speak_the_language_of_the_page_where_their_words_are_known() {
        let english = |text| hours_in(text, Lang::En);
        assert_eq!(english("9–12 und 13–18 Uhr"), ("9–12 and 13–18".to_owned(), false));
        assert_eq!(english("nach Vereinbarung"), ("by appointment".to_owned(), false));
        assert_eq!(
            english("8 bis 12 Uhr, 13 bis 16 Uhr"),
            ("8 to 12, 13 to 16".to_owned(), false)
        );
        let own = "9–12 Uhr, nur Einwohnermeldeamt";
        assert_eq!(english(own), (own.to_owned(), true));
        assert_eq!(hours_in(own, Lang::De), (own.to_owned(), false));
    }
}
