//! One district, and one place in it.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::discreet::Shown;
use serde_json::{Value, json};

use crate::cockpit::asked::{Asked, years};
use crate::cockpit::session::Centre;
use crate::cockpit::{figures, map, overview, rows, words};
use crate::desk::inbox::noun;
use crate::failure::{Failure, Result};
use crate::format;
use crate::offer::district_title;
use crate::req::Req;
use crate::state::App;

fn figure(big: String, name: &str) -> Value {
    json!({ "big": big, "name": name, "more": "", "href": "" })
}

pub async fn page(State(app): State<App>, centre: Centre, Path(district): Path<String>, req: Req) -> Result<Response> {
    let first = app.register.places().iter().find(|p| p.district.key == district);
    let first = first.ok_or(Failure::Page)?;
    let asked = Asked::of(&app, &req);
    let year = figures::year(&app, asked.year).await?;
    let places = figures::places(&app, &year, &district).await?;
    let title = if first.is_district_free() {
        first.title()
    } else {
        district_title(first)
    };
    let lines = rows::places(&app, &year, &places, &district);
    let services = rows::services(&app, &year, &district);
    let taking_part = rows::places_online(&year.online, None);
    let online = lines.iter().filter(|r| taking_part.contains(&r.key)).count();
    let days = year.districts.get(&district).and_then(|c| c.days(None));
    let classes = overview::offer_classes(&app, &year, None, |p| p.starts_with(&district));
    let alt =
        format!("Karte: {title}, freigeschaltete Leistungen. Dieselben Zahlen stehen in der Tabelle der Gemeinden.");
    let to = |path: &str| {
        Asked {
            service: None,
            wishes: false,
            ..asked.clone()
        }
        .at(&app, path)
    };
    let ctx = json!({
        "title": format!("{title} {}", asked.year), "as_of": format::moment(app.now()), "back": to("/cockpit"),
        "figures": [
            figure(format!("{online} von {}", lines.len()), if lines.len() == 1 { "Gemeinde ist dabei" } else { "Gemeinden sind dabei" }),
            figure(words::shown(year.submitted.district(&district, None)), "Anträge"),
            figure(words::days_long(days), "bis zur Entscheidung, Median"),
            figure(words::shown(year.wishes.district(&district, None)), "Wünsche ohne Angebot"),
        ],
        "years": years(&app, asked.year), "here": format!("/cockpit/kreis/{district}"),
        "map": map::map(&app, &classes, Some(&district), &alt),
        "places": lines.iter().map(|r| { let mut l = r.ctx(); l["href"] = to(&r.href).into(); l }).collect::<Vec<_>>(),
        "services": services.iter().map(rows::Row::ctx).collect::<Vec<_>>(),
        "csv": to(&format!("/cockpit.csv?kreis={district}")),
    });
    app.desk_page(StatusCode::OK, "cockpit/district.html", &req, &centre.0, "cockpit", ctx)
}

pub async fn place(State(app): State<App>, centre: Centre, Path(ags): Path<String>, req: Req) -> Result<Response> {
    let place = app.register.by_ags(&ags).ok_or(Failure::Page)?;
    let asked = Asked::of(&app, &req);
    let year = figures::year(&app, asked.year).await?;
    let district = place.district.key.clone();
    let places = figures::places(&app, &year, &district).await?;
    let shown =
        |of: &std::collections::BTreeMap<String, Shown>| words::shown(of.get(&ags).copied().unwrap_or(Shown::Few));
    let days = places.counts.get(&ags).and_then(|c| c.days(None));
    let services: Vec<Value> = app
        .services
        .all()
        .iter()
        .map(|s| {
            let route = app.route(s, &app.place_of(place));
            let since = year
                .online
                .iter()
                .filter(|o| o.place == ags && o.service == s.id)
                .map(|o| o.since)
                .min();
            json!({
                "name": noun(&app, &s.id), "authority": route.map(|r| r.authority.name).unwrap_or_default(),
                "since": since.map(|t| format::date(domain::date_of(t))).unwrap_or_default(),
            })
        })
        .collect();
    let online = services.iter().filter(|s| s["since"] != "").count();
    let back = Asked {
        service: None,
        wishes: false,
        ..asked.clone()
    }
    .at(&app, &format!("/cockpit/kreis/{district}"));
    let ctx = json!({
        "title": format!("{} {}", place.title(), asked.year), "as_of": format::moment(app.now()), "back": back,
        "back_text": if place.is_district_free() { place.name.clone() } else { district_title(place) },
        "figures": [
            figure(format!("{online} von {}", services.len()), "Leistungen sind online"),
            figure(shown(&places.submitted), "Anträge"),
            figure(words::days_long(days), "bis zur Entscheidung, Median"),
            figure(shown(&places.wishes), "Wünsche ohne Angebot"),
        ],
        "years": years(&app, asked.year), "here": format!("/cockpit/ort/{ags}"), "services": services,
        "public": format!("/{}", place.slug),
    });
    app.desk_page(StatusCode::OK, "cockpit/place.html", &req, &centre.0, "cockpit", ctx)
}
