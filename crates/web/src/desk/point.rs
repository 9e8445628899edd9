//! A point of a case on the map of its municipality: the product's own outlines, the whole place and close by. The
//! pictures' addresses hold a cell of the map, never the point: that is drawn by the page.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use schema::{Context, Kind};
use serde_json::{Value, json};

use crate::apply::map::{self, View};
use crate::desk::case;
use crate::desk::file::{self, File};
use crate::desk::session::Desk;
use crate::failure::Result;
use crate::offer::outline;
use crate::req::Req;
use crate::state::App;

/// How close the second picture is.
const CLOSE: usize = 3;

/// One point as `parts/point.html` shows it: each picture with the pin in it. Null: it lies in none.
pub fn shown(app: &App, ags: &str, label: &str, text: &str, point: &Value) -> Value {
    let (Some(lat), Some(lon)) = (point["lat"].as_f64(), point["lon"].as_f64()) else {
        return Value::Null;
    };
    let Some(place) = app.register.today(ags) else {
        return Value::Null;
    };
    let outline = outline(app, ags);
    let whole = View::default();
    let close = (0..CLOSE).fold(whole, |view, _| view.closer(&outline, Some((lat, lon))));
    let pictures: Vec<Value> = [(whole, format!("{} im Ganzen", place.name)), (close, "Umgebung des Punktes".to_owned())]
        .into_iter()
        .filter_map(|(view, name)| {
            let (x, y) = view.pixel_of(&outline, lat, lon)?;
            Some(json!({ "name": name, "src": format!("/kartenbild/{ags}/{}.svg", view.name()), "x": x.round(), "y": y.round(), "names": map::names(app, ags, view) }))
        })
        .collect();
    match pictures.is_empty() {
        true => Value::Null,
        false => json!({ "label": label, "text": text, "place": place.name, "pictures": pictures }),
    }
}

/// The points that a case names.
fn points(app: &App, file: &File, cx: &Context) -> Vec<Value> {
    let questions = schema::visible_pages(&file.service, &file.case.answers, cx);
    let questions = questions.iter().flat_map(|page| &page.questions).map(|q| q.question);
    questions
        .filter(|q| matches!(q.kind, Kind::MapPoint))
        .filter_map(|q| {
            let value = schema::at(&file.case.answers, &q.id)?;
            let label = schema::short_label(&file.service, &q.id, cx);
            let text = schema::show(q, value, &file.service, cx);
            Some(shown(app, file.case.place.as_str(), &label, &text, value)).filter(|p| !p.is_null())
        })
        .collect()
}

/// Whether the case has something on the map.
pub fn any(app: &App, file: &File, cx: &Context) -> bool {
    !points(app, file, cx).is_empty()
}

pub async fn page(State(app): State<App>, Path(id): Path<String>, desk: Desk, req: Req) -> Result<Response> {
    let file = file::load(&app, &desk, &id).await?;
    let points = points(&app, &file, &file.context(&app));
    file::seen(&app, &desk, &file.case.id, "case.read").await?;
    let ctx = json!({ "c": case::head(&app, &file), "kept": file::kept(&req), "points": points });
    app.desk_page(StatusCode::OK, "desk/point.html", &req, &desk, "eingang", ctx)
}
