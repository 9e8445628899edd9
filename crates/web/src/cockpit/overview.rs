//! The cockpit's first page: how many take part, what they have, where it is wished for; by year, service and district.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::discreet::Shown;
use serde_json::{Value, json};

use crate::cockpit::asked::Asked;
use crate::cockpit::chart::{self, Bar};
use crate::cockpit::figures::{self, Year};
use crate::cockpit::map::{self, Class};
use crate::cockpit::session::Centre;
use crate::cockpit::{advice, rows, savings, state_figures, words};
use crate::desk::inbox::noun;
use crate::failure::Result;
use crate::format;
use crate::req::Req;
use crate::state::App;

/// Bars of the trend: months.
const TREND: usize = 12;

/// Places by how many services are online, or by this one.
pub fn offer_classes(app: &App, year: &Year, service: Option<&str>, only: impl Fn(&str) -> bool) -> Vec<Class> {
    let all = app
        .register
        .places()
        .iter()
        .map(|p| p.ags.0.clone())
        .filter(|p| only(p));
    let names: Vec<String> = match service {
        Some(_) => vec!["nicht online".to_owned(), "online".to_owned()],
        None => match app.services.all().len() {
            0..=2 => vec!["keine".to_owned(), "mindestens eine".to_owned()],
            3 => vec!["keine".to_owned(), "1 bis 2".to_owned(), "alle 3".to_owned()],
            n => vec![
                "keine".to_owned(),
                "1".to_owned(),
                format!("2 bis {}", n - 1),
                format!("alle {n}"),
            ],
        },
    };
    let online = rows::services_online(&year.online);
    let one = service.map(|s| rows::places_online(&year.online, Some(s)));
    let services = app.services.all().len();
    let class = |place: &str| match &one {
        Some(online) => usize::from(online.contains(place)),
        None => match (online.get(place).copied().unwrap_or(0), names.len()) {
            (0, _) => 0,
            (n, len) if n >= services => len - 1,
            (1, 4) => 1,
            (_, len) => len - 2,
        },
    };
    let mut classes: Vec<Class> = names
        .iter()
        .map(|label| Class {
            label: label.clone(),
            places: Vec::new(),
        })
        .collect();
    for place in all {
        let class = class(&place).min(classes.len() - 1);
        classes[class].places.push(place);
    }
    classes
}

/// Places by how often somebody wished for what is not online there.
pub fn wish_classes(wishes: &BTreeMap<String, Shown>) -> Vec<Class> {
    let names = ["unter 5 oder verdeckt", "5 bis 9", "10 bis 24", "25 und mehr"];
    let mut classes = names.map(|label| Class {
        label: label.to_owned(),
        places: Vec::new(),
    });
    for (place, n) in wishes {
        let class = match n.count() {
            None => 0,
            Some(..10) => 1,
            Some(..25) => 2,
            Some(_) => 3,
        };
        classes[class].places.push(place.clone());
    }
    classes.into()
}

/// The last months: those of this year, and before them of the last. Each year's months hide among themselves.
async fn trend(app: &App, year: &Year) -> Result<Value> {
    let bar = |of: i16, (i, n): (usize, &Shown)| Bar {
        short: words::short_month(i + 1),
        long: format!("{} {of}", words::month(i + 1)),
        n: *n,
    };
    let mut all: Vec<Bar> = year.months.iter().enumerate().map(|m| bar(year.year, m)).collect();
    if all.len() < TREND {
        let before = figures::year(app, year.year - 1).await?;
        let missing = TREND - all.len();
        let earlier: Vec<Bar> = before.months.iter().enumerate().map(|m| bar(before.year, m)).collect();
        let from = earlier.len().saturating_sub(missing);
        all = earlier.into_iter().skip(from).chain(all).collect();
    }
    let alt = match (all.first(), all.last()) {
        (Some(a), Some(b)) => format!(
            "Anträge je Monat von {} ({}) bis {} ({}). Alle Zahlen stehen in der Tabelle darunter.",
            a.long,
            words::shown(a.n),
            b.long,
            words::shown(b.n)
        ),
        _ => String::new(),
    };
    Ok(chart::bars(&all, &alt))
}

pub async fn page(State(app): State<App>, centre: Centre, req: Req) -> Result<Response> {
    let asked = Asked::of(&app, &req);
    let year = figures::year(&app, asked.year).await?;
    let before = figures::middle_of(&app, asked.year - 1).await?;
    let by = savings::in_force(&app, &centre.0.tenant).await?;
    let service = asked.service();
    let wishes = figures::wishes_of_places(&app, &year);
    let (classes, heading) = if asked.wishes {
        (wish_classes(&wishes), "Wünsche, wo nichts angeboten wird".to_owned())
    } else {
        let what = service.map_or_else(
            || "Freigeschaltete Leistungen".to_owned(),
            |s| format!("{}: wo es online ist", noun(&app, s)),
        );
        (offer_classes(&app, &year, service, |_| true), what)
    };
    let alt = format!(
        "Karte von {}: {heading}. Dieselben Zahlen stehen in der Tabelle der Landkreise.",
        app.register.state_name()
    );
    let lines: Vec<Value> = rows::districts(&app, &year, service)
        .iter()
        .map(|r| {
            let mut line = r.ctx();
            line["href"] = Asked {
                service: None,
                wishes: false,
                ..asked.clone()
            }
            .at(&app, &r.href)
            .into();
            line
        })
        .collect();
    let ctx = json!({
        "title": format!("{} {}", app.register.state_name(), asked.year), "as_of": format::moment(app.now()),
        "figures": state_figures::figures(&app, &year, before, &by),
        "form": asked.form(&app, &year), "map": map::map(&app, &classes, None, &alt), "map_heading": heading,
        "chart": trend(&app, &year).await?, "advice": advice::sentences(&app, &year, &wishes), "rows": lines,
        "service": service.map(|s| noun(&app, s)).unwrap_or_default(), "csv": asked.at(&app, "/cockpit.csv"), "report": asked.at(&app, "/cockpit/bericht"),
    });
    app.desk_page(StatusCode::OK, "cockpit/overview.html", &req, &centre.0, "cockpit", ctx)
}
