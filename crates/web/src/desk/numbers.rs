//! `/amt/zahlen`: what the authority itself received, decided and how long it took, by service. Its own figures, from its
//! own counters; no case is read.

use std::collections::BTreeSet;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::counted;
use domain::discreet::Shown;
use serde_json::{Value, json};
use store::MonthCount;

use crate::cockpit::asked::years;
use crate::cockpit::chart::{self, Bar};
use crate::cockpit::figures::Counts;
use crate::cockpit::{report, words};
use crate::desk::inbox::noun;
use crate::desk::session::Desk;
use crate::failure::Result;
use crate::format;
use crate::req::Req;
use crate::state::App;

/// What is asked for: a year, and one of the authority's places or all.
struct Own {
    year: i16,
    place: Option<String>,
    /// Places that were counted in, with their names.
    places: Vec<(String, String)>,
    counts: Vec<MonthCount>,
}

async fn own(app: &App, desk: &Desk, req: &Req) -> Result<Own> {
    let now = app.today().year();
    let year = req
        .param("jahr")
        .and_then(|y| y.parse().ok())
        .filter(|y| (2000..=now).contains(y))
        .unwrap_or(now);
    let period = year.to_string();
    let mut counts = desk.tenant.read(move |t| t.month_counts(&period)).await?;
    let keys: BTreeSet<&str> = counts.iter().map(|c| c.place.as_str()).collect();
    let name = |key: &str| {
        app.register
            .today(key)
            .map_or_else(|| key.to_owned(), |p| p.name.clone())
    };
    let places: Vec<(String, String)> = keys.iter().map(|k| ((*k).to_owned(), name(k))).collect();
    let place = req.param("ort").filter(|p| places.iter().any(|(k, _)| k == p));
    if let Some(place) = &place {
        counts.retain(|c| c.place.as_str() == place);
    }
    Ok(Own {
        year,
        place,
        places,
        counts,
    })
}

impl Own {
    fn sums(&self) -> Counts {
        let mut sums = Counts::default();
        for c in &self.counts {
            sums.add(&c.service, &c.kind, c.n);
        }
        sums
    }

    fn services(&self) -> Vec<String> {
        let ids: BTreeSet<String> = self.counts.iter().map(|c| c.service.clone()).collect();
        ids.into_iter().collect()
    }

    /// Received by month.
    fn months(&self, app: &App) -> Vec<Bar> {
        let today = app.today();
        let begun = if self.year < today.year() { 12 } else { today.month() };
        (1..=begun)
            .map(|m| {
                let month = format!("{}-{m:02}", self.year);
                let here = self.counts.iter().filter(|c| c.month == month && is_received(&c.kind));
                let m = usize::try_from(m).unwrap_or_default();
                Bar {
                    short: words::short_month(m),
                    long: format!("{} {}", words::month(m), self.year),
                    n: Shown::Count(here.map(|c| c.n).sum()),
                }
            })
            .collect()
    }
}

fn is_received(kind: &str) -> bool {
    [counted::SUBMITTED, counted::TAKEN_OVER].contains(&kind)
}

const HEADS: [&str; 9] = [
    "Leistung",
    "Eingegangen",
    "Entschieden",
    "Tage bis Entscheidung (Median)",
    "In der Frist",
    "Zurückgezogen",
    "Abgegeben",
    "Angefangen, nicht abgeschickt",
    "Bescheide online gelesen",
];

/// One service, or all: the cells after its name.
fn line(sums: &Counts, service: Option<&str>) -> Vec<String> {
    let of = |kind: &str| sums.of(service, kind);
    let decided = of(counted::DECIDED);
    let in_time = match decided {
        0 => "–".to_owned(),
        n => format!("{} von {}", words::number(of(counted::IN_TIME)), words::number(n)),
    };
    vec![
        words::number(of(counted::SUBMITTED) + of(counted::TAKEN_OVER)),
        words::number(decided),
        words::days(counted::middle(of)),
        in_time,
        words::number(of(counted::WITHDRAWN)),
        words::number(of(counted::HANDED_OVER)),
        words::number(counted::unfinished(of)),
        words::number(of(counted::FETCHED)),
    ]
}

pub async fn page(State(app): State<App>, desk: Desk, req: Req) -> Result<Response> {
    let own = own(&app, &desk, &req).await?;
    let sums = own.sums();
    let of = |kind: &str| sums.of(None, kind);
    let received = of(counted::SUBMITTED) + of(counted::TAKEN_OVER);
    let figure = |big: String, name: &str, more: String| json!({ "big": big, "name": name, "more": more, "href": "" });
    let rows: Vec<Value> = own
        .services()
        .iter()
        .map(|s| json!({ "name": noun(&app, s), "cells": line(&sums, Some(s)) }))
        .collect();
    let bars = own.months(&app);
    let place = own.place.clone().unwrap_or_default();
    let query = format!(
        "jahr={}{}",
        own.year,
        if place.is_empty() {
            String::new()
        } else {
            format!("&ort={place}")
        }
    );
    let option = |value: &str, label: &str| json!({ "value": value, "label": label, "chosen": value == place });
    let places: Vec<Value> = match own.places.len() {
        0 | 1 => Vec::new(),
        _ => std::iter::once(option("", "Alle Orte"))
            .chain(own.places.iter().map(|(key, name)| option(key, name)))
            .collect(),
    };
    let ctx = json!({
        "title": format!("Zahlen {}", own.year), "as_of": format::moment(app.now()), "years": years(&app, own.year), "places": places,
        "figures": [
            figure(words::number(received), "eingegangen", String::new()),
            figure(words::number(of(counted::DECIDED)), "entschieden", String::new()),
            figure(words::days_long(counted::middle(of)), "bis zur Entscheidung", "Median aller Entscheidungen".to_owned()),
            figure(words::number(counted::unfinished(of)), "angefangen, nicht abgeschickt", "Wir zählen nur, wir sehen keine Entwürfe.".to_owned()),
        ],
        "heads": &HEADS[1..], "rows": rows, "all": line(&sums, None),
        "chart": chart::bars(&bars, &format!("Eingänge je Monat {}. Alle Zahlen stehen in der Tabelle darunter.", own.year)),
        "csv": format!("/amt/zahlen.csv?{query}"),
    });
    app.desk_page(StatusCode::OK, "desk/numbers.html", &req, &desk, "zahlen", ctx)
}

pub async fn csv(State(app): State<App>, desk: Desk, req: Req) -> Result<Response> {
    let own = own(&app, &desk, &req).await?;
    let sums = own.sums();
    let named = |name: String, cells: Vec<String>| {
        std::iter::once(name)
            .chain(cells.into_iter().map(|c| c.replace('.', "")))
            .collect()
    };
    let services = own.services();
    let lines = services.iter().map(|s| named(noun(&app, s), line(&sums, Some(s))));
    let lines: Vec<Vec<String>> = lines
        .chain(std::iter::once(named("Alle Leistungen".to_owned(), line(&sums, None))))
        .collect();
    let bytes = report::write(&HEADS, lines.into_iter())?;
    Ok(report::file(&format!("zahlen-{}.csv", own.year), bytes))
}
