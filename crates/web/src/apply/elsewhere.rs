//! A point on the map that lies in another place: which place that is, and the way to the same service there.

use domain::routing::Municipality;
use schema::{ErrorKind, FieldError, Lang};
use serde_json::{Value, json};

use crate::offer::Offer;
use crate::state::App;

/// Where an answered point lies, if not in the place of the form. The inner `None`: in no place that the register knows.
fn other<'a>(app: &'a App, offer: &Offer, answers: &Value, field: &str) -> Option<Option<&'a Municipality>> {
    let point = schema::at(answers, field)?;
    let number = |key: &str| {
        let value = point.get(key)?;
        value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())
    };
    let (lat, lon) = (number("lat")?, number("lon")?);
    // Without an outline nothing is known, and nobody is stopped.
    app.register.outline(offer.place.ags().as_str())?;
    match app.register.at_point(lat, lon) {
        Some(place) if place.ags == *offer.place.ags() => None,
        found => Some(found),
    }
}

/// What stands beside the map as soon as the point is set: the sentence and the link. Null: the point is in the place.
pub fn beside_map(app: &App, lang: Lang, offer: &Offer, answers: &Value, field: &str) -> Value {
    let Some(found) = other(app, offer, answers, field) else {
        return Value::Null;
    };
    let link = found.map(|m| {
        json!({
            "href": format!("/{}/{}", m.slug, offer.service.id),
            "text": app.texts.fill(lang, "map.other_link", &[("other", &m.name)]),
        })
    });
    json!({ "text": sentence(app, lang, offer, found), "link": link })
}

/// Errors of points name the place that they lie in.
pub fn name_places(app: &App, lang: Lang, offer: &Offer, answers: &Value, errors: &mut [FieldError]) {
    for error in errors.iter_mut().filter(|e| e.kind == ErrorKind::Elsewhere) {
        if let Some(found) = other(app, offer, answers, &error.field) {
            error.message = sentence(app, lang, offer, found);
        }
    }
}

fn sentence(app: &App, lang: Lang, offer: &Offer, found: Option<&Municipality>) -> String {
    let place = offer.place.name.as_str();
    match found {
        Some(other) => app
            .texts
            .fill(lang, "map.other", &[("other", &other.name), ("place", place)]),
        None => app.texts.fill(lang, "map.nowhere", &[("place", place)]),
    }
}
