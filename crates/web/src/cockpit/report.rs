//! The same figures to print, and as a file for a spreadsheet.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::cockpit::asked::Asked;
use crate::cockpit::rows::Row;
use crate::cockpit::session::Centre;
use crate::cockpit::{figures, map, overview, rows, savings, state_figures, words};
use crate::desk::export::guarded;
use crate::desk::inbox::noun;
use crate::failure::{Failure, Result};
use crate::format;
use crate::req::Req;
use crate::state::App;

pub async fn page(State(app): State<App>, centre: Centre, req: Req) -> Result<Response> {
    let asked = Asked::of(&app, &req);
    let year = figures::year(&app, asked.year).await?;
    let before = figures::middle_of(&app, asked.year - 1).await?;
    let by = savings::in_force(&app, &centre.0.tenant).await?;
    let service = asked.service();
    let mut lines = rows::districts(&app, &year, service);
    lines.sort_by(|a, b| a.name.cmp(&b.name));
    let classes = overview::offer_classes(&app, &year, service, |_| true);
    let alt = "Karte: freigeschaltete Leistungen. Dieselben Zahlen stehen in der Tabelle der Landkreise.";
    let assumptions: Vec<Value> = app
        .savings
        .all
        .iter()
        .map(|a| json!({ "label": a.label, "value": by.get(&a.id), "source": a.source }))
        .collect();
    let monthly: Vec<Value> = year
        .months
        .iter()
        .enumerate()
        .map(|(i, n)| json!({ "month": words::month(i + 1), "n": words::shown(*n) }))
        .collect();
    let ctx = json!({
        "title": format!("Bericht {} {}", app.register.state_name(), asked.year), "as_of": format::moment(app.now()),
        "service": service.map(|s| noun(&app, s)).unwrap_or_default(), "back": asked.at(&app, "/cockpit"),
        "figures": state_figures::figures(&app, &year, before, &by), "map": map::map(&app, &classes, None, alt),
        "rows": lines.iter().map(Row::ctx).collect::<Vec<_>>(), "months": monthly, "assumptions": assumptions,
    });
    app.desk_page(StatusCode::OK, "cockpit/report.html", &req, &centre.0, "cockpit", ctx)
}

const HEADS: [&str; 7] = [
    "Schlüssel",
    "Name",
    "dabei",
    "von",
    "Anträge",
    "Tage bis Entscheidung (Median)",
    "Wünsche ohne Angebot",
];

/// Lines as `;`-separated text that Excel reads; the cells are those of the page.
pub fn write(heads: &[&str], lines: impl Iterator<Item = Vec<String>>) -> Result<Vec<u8>> {
    let mut out = csv::WriterBuilder::new()
        .delimiter(b';')
        .terminator(csv::Terminator::CRLF)
        .from_writer("\u{feff}".as_bytes().to_vec());
    let all = || -> std::result::Result<(), csv::Error> {
        out.write_record(heads)?;
        for line in lines {
            out.write_record(line.iter().map(|cell| guarded(&cell.replace('\u{a0}', " "))))?;
        }
        Ok(())
    };
    all().map_err(Failure::internal)?;
    out.into_inner().map_err(|e| Failure::internal(e.into_error()))
}

pub fn file(name: &str, bytes: Vec<u8>) -> Response {
    (
        [
            (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
            (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        ],
        bytes,
    )
        .into_response()
}

fn cells(r: &Row) -> Vec<String> {
    let plain = |n| words::shown(n).replace('.', "");
    vec![
        r.key.clone(),
        r.name.clone(),
        r.online.to_string(),
        r.of.to_string(),
        plain(r.submitted),
        r.days.clone(),
        plain(r.wishes),
    ]
}

/// The districts of the state, or the places of a district.
pub async fn csv(State(app): State<App>, _centre: Centre, req: Req) -> Result<Response> {
    let asked = Asked::of(&app, &req);
    let year = figures::year(&app, asked.year).await?;
    let known = figures::districts(&app);
    let (lines, what) = match req.param("kreis").filter(|key| known.contains(key)) {
        Some(district) => {
            let places = figures::places(&app, &year, &district).await?;
            (rows::places(&app, &year, &places, &district), district)
        }
        None => (
            rows::districts(&app, &year, asked.service()),
            asked.service.clone().unwrap_or_else(|| "land".to_owned()),
        ),
    };
    let bytes = write(&HEADS, lines.iter().map(cells))?;
    Ok(file(&format!("cockpit-{what}-{}.csv", asked.year), bytes))
}
