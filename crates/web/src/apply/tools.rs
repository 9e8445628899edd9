//! Tools of a page with questions, of the form as of an answer: buttons that change the page without leaving it, and
//! what was posted apart from them.

use schema::RawAnswers;
use serde_json::{Value, json};

use crate::apply::map;
use crate::apply::upload::Posted;
use crate::apply::view::MapView;
use crate::offer::Offer;
use crate::state::App;

/// Pairs for the schema: "weiß ich noch nicht" becomes the answer, tools of the page are left out.
pub fn as_pairs(posted: &Posted) -> Vec<(String, String)> {
    let open: Vec<&str> = posted
        .pairs
        .iter()
        .filter_map(|(n, _)| n.strip_suffix(".offen"))
        .collect();
    posted
        .pairs
        .iter()
        .filter(|(n, _)| !n.starts_with('_') && n != "webseite" && !n.ends_with(".view") && !n.contains(".karte"))
        .filter_map(|(n, v)| match n.strip_suffix(".offen") {
            Some(path) => Some((path.to_owned(), "?".to_owned())),
            None if open.contains(&n.as_str()) => None,
            None => Some((n.clone(), v.clone())),
        })
        .collect()
}

/// What the map showed.
pub fn posted_view(posted: &Posted) -> Option<String> {
    posted
        .pairs
        .iter()
        .find(|(n, _)| n.ends_with(".view"))
        .map(|(_, v)| v.clone())
}

/// The map of this place as it was shown last.
pub fn map_view(app: &App, offer: &Offer, view: Option<&str>) -> MapView {
    let view = map::View::parse(view.unwrap_or_default());
    MapView {
        src: format!("/kartenbild/{}/{}.svg", offer.place.ags(), view.name()),
        names: map::names(app, offer.place.ags().as_str(), view),
        view,
    }
}

/// "Weiteren Eintrag hinzufügen" and "Entfernen": the entries that a repeated question shows next, if one was
/// pressed. What was typed is in `raw` already.
fn edit_list(raw: &mut RawAnswers, posted: &Posted) -> Option<Vec<(String, usize)>> {
    if let Some(group) = posted.value("_hinzufuegen") {
        // One empty entry after those with something in them, never a row of empty ones.
        let filled = schema::at(&raw.0, group).and_then(Value::as_array).map_or(0, Vec::len);
        return Some(vec![(group.to_owned(), (filled + 1).max(2))]);
    }
    let target = posted.value("_entfernen")?;
    if let Some((group, index)) = target.rsplit_once('.')
        && let (Some(list), Ok(i)) = (
            raw.0.get_mut(group).and_then(Value::as_array_mut),
            index.parse::<usize>(),
        )
        && i < list.len()
    {
        list.remove(i);
    }
    Some(Vec::new())
}

/// What a pressed tool of the page leaves to show.
#[derive(Debug, Default)]
pub struct Edited {
    pub items: Vec<(String, usize)>,
    pub view: Option<String>,
}

/// Buttons that change the page without leaving it: add or remove an entry, the map, a file. `points`: the questions
/// of the page that are answered on a map.
pub fn edit_on_page(
    points: &[&str],
    outline: &[Vec<(f64, f64)>],
    raw: &mut RawAnswers,
    posted: &Posted,
) -> Option<Edited> {
    let mut shown = Edited {
        view: posted_view(posted),
        ..Edited::default()
    };
    if let Some(items) = edit_list(raw, posted) {
        shown.items = items;
        return Some(shown);
    }
    if let Some(field) = posted.value("_datei_entfernen") {
        remove(&mut raw.0, field);
        return Some(shown);
    }
    let view = map::View::parse(shown.view.as_deref().unwrap_or_default());
    if let Some(tool) = posted.value("_karte") {
        let (field, deed) = tool.split_once(':')?;
        let point = point_at(&raw.0, field);
        shown.view = Some(match deed {
            "naeher" => view.closer(outline, point).name(),
            "weiter" => view.farther().name(),
            _ => {
                remove(&mut raw.0, field);
                view.name()
            }
        });
        return Some(shown);
    }
    // A tap on the picture posts where it was hit, in pixels of the width at which it was shown.
    let (question, x, y) = points
        .iter()
        .find_map(|id| tapped(posted, id).map(|(x, y)| (id, x, y)))?;
    let (lat, lon) = view.at_pixel(outline, x, y)?;
    // As exact as the page posts it again: a metre.
    let metre = |degrees: f64| (degrees * 1e5).round() / 1e5;
    let value = json!({ "lat": metre(lat), "lon": metre(lon) });
    remove(&mut raw.0, question);
    schema::merge(raw, &schema::nested(question, value));
    Some(shown)
}

/// Where the picture of this question was hit.
fn tapped(posted: &Posted, id: &str) -> Option<(f64, f64)> {
    map::WIDTHS.iter().find_map(|width| {
        let hit = |axis: &str| posted.value(&format!("{id}.karte{width}.{axis}"))?.parse::<f64>().ok();
        let scale = map::WIDTH / f64::from(*width);
        Some((hit("x")? * scale, hit("y")? * scale))
    })
}

/// Latitude and longitude of an answered point, as numbers or as they are typed.
pub fn point_at(answers: &Value, field: &str) -> Option<(f64, f64)> {
    let point = schema::at(answers, field)?;
    let number = |key: &str| {
        point
            .get(key)
            .and_then(|v| v.as_f64().or_else(|| v.as_str()?.trim().parse().ok()))
    };
    Some((number("lat")?, number("lon")?))
}

/// Takes an answer out.
pub fn remove(answers: &mut Value, path: &str) {
    let (parent, key) = path.rsplit_once('.').map_or((None, path), |(p, k)| (Some(p), k));
    let target = match parent {
        None => Some(answers),
        Some(p) => p.split('.').try_fold(answers, |v, k| v.get_mut(k)),
    };
    if let Some(map) = target.and_then(Value::as_object_mut) {
        map.remove(key);
    }
}
