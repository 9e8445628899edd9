//! What savings are reckoned with: everybody of the competence centre reads it with its history, the lead changes it.

use std::collections::BTreeMap;

use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};
use store::{Change, Clerk};

use crate::cockpit::savings::{self, ITEM};
use crate::cockpit::session::{Centre, CentreLead};
use crate::desk::frame::errors_title;
use crate::desk::session::Desk;
use crate::failure::Result;
use crate::format;
use crate::office::history;
use crate::reply::redirect;
use crate::req::Req;
use crate::state::App;

const PATH: &str = "/cockpit/annahmen";
/// Changes of the competence centre that are looked through for these.
const LOOKED: u32 = 500;

/// One change in a sentence: only what differs.
fn told(app: &App, change: &Change, clerks: &[Clerk]) -> Value {
    let of = |v: &Value| -> BTreeMap<String, Value> { serde_json::from_value(v.clone()).unwrap_or_default() };
    let (before, after) = (
        app.savings.with(&of(&change.before)),
        app.savings.with(&of(&change.after)),
    );
    let differ = app.savings.all.iter().filter(|a| before.get(&a.id) != after.get(&a.id));
    let lines: Vec<String> = differ
        .map(|a| {
            format!(
                "{}: {} statt {}.",
                a.label,
                after.get(&a.id).unwrap_or(&0),
                before.get(&a.id).unwrap_or(&0)
            )
        })
        .collect();
    json!({ "at": format::moment(change.at), "who": history::actor(clerks, &change.actor), "lines": lines })
}

async fn render(
    app: &App,
    req: &Req,
    desk: &Desk,
    typed: &BTreeMap<String, String>,
    wrong: &BTreeMap<String, String>,
) -> Result<Response> {
    let now = app.now();
    let (set, changes, clerks) = desk
        .tenant
        .read(move |t| Ok::<_, store::Error>((savings::set(t, now)?, t.changes(None, LOOKED)?, t.clerks()?)))
        .await?;
    let in_force = app.savings.with(&set);
    let fields: Vec<Value> = app
        .savings
        .all
        .iter()
        .map(|a| {
            let value = typed.get(&a.id).cloned().unwrap_or_else(|| in_force.get(&a.id).unwrap_or(&a.value).to_string());
            json!({
                "id": a.id, "label": a.label, "hint": a.hint, "value": value, "proposed": a.value, "min": a.min, "max": a.max,
                "source": a.source, "error": wrong.get(&a.id).cloned().unwrap_or_default(),
                "own": in_force.get(&a.id) != Some(&a.value),
            })
        })
        .collect();
    let errors: Vec<Value> = app
        .savings
        .all
        .iter()
        .filter_map(|a| Some(json!({ "href": a.id, "text": wrong.get(&a.id)? })))
        .collect();
    let history: Vec<Value> = changes
        .iter()
        .filter(|c| c.item == ITEM)
        .map(|c| told(app, c, &clerks))
        .collect();
    let status = if errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let ctx = json!({
        "fields": fields, "history": history, "may": desk.is_lead(), "saved": req.param("ok").is_some(),
        "errors_title": errors_title(app, req, errors.len()), "errors": errors,
    });
    app.desk_page(status, "cockpit/assumptions.html", req, desk, "cockpit", ctx)
}

pub async fn page(State(app): State<App>, centre: Centre, req: Req) -> Result<Response> {
    render(&app, &req, &centre.0, &BTreeMap::new(), &BTreeMap::new()).await
}

pub async fn save(
    State(app): State<App>,
    centre: CentreLead,
    req: Req,
    Form(typed): Form<BTreeMap<String, String>>,
) -> Result<Response> {
    let (mut new, mut wrong) = (BTreeMap::new(), BTreeMap::new());
    for a in &app.savings.all {
        let text = typed.get(&a.id).map(|t| t.trim()).unwrap_or_default();
        match text.parse::<i64>() {
            Ok(n) if (a.min..=a.max).contains(&n) => {
                new.insert(a.id.clone(), Value::from(n));
            }
            Ok(n) => {
                wrong.insert(
                    a.id.clone(),
                    format!("{n} geht nicht. Erlaubt ist {} bis {}.", a.min, a.max),
                );
            }
            Err(_) => {
                wrong.insert(
                    a.id.clone(),
                    format!("Schreiben Sie eine ganze Zahl von {} bis {}.", a.min, a.max),
                );
            }
        }
    }
    if !wrong.is_empty() {
        return render(&app, &req, &centre.0, &typed, &wrong).await;
    }
    let (actor, now) = (centre.0.clerk.id.0.clone(), app.now());
    centre
        .0
        .tenant
        .write(move |t| {
            t.lock_settings()?;
            if savings::set(t, now)? != new {
                t.set_params(&"".into(), ITEM, new, &actor, now)?;
            }
            Ok::<_, store::Error>(())
        })
        .await?;
    Ok(redirect(&format!("{PATH}?ok=1")))
}
