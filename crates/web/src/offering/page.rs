//! One service or bundle: what it is and what it brings, and the list of steps to take it online.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use crate::desk::session::Lead;
use crate::failure::Result;
use crate::format;
use crate::offering::item::{self, Item};
use crate::offering::steps::{self, Known, Step};
use crate::offering::uses::Uses;
use crate::offering::{gain, show};
use crate::req::Req;
use crate::state::App;

/// Minutes that an open step takes somebody who sees it for the first time.
fn minutes(key: &str) -> i64 {
    match key {
        "raeume" => 2,
        _ => 1,
    }
}

pub async fn page(State(app): State<App>, lead: Lead, Path(id): Path<String>, req: Req) -> Result<Response> {
    let tenant = lead.0.tenant.id();
    let item = item::one(&app, tenant, &id)?;
    let places = item.places(tenant);
    let known = steps::known(&app, &lead, &item).await?;
    let uses = Uses::read(&app).await?;
    let steps = steps::steps(&known, &item);
    let models = uses.models(&app, &item, &places);
    let (online, _, all) = known.counted(&item);
    let rows: Vec<Value> = steps.iter().enumerate().map(|(i, s)| row(i + 1, s)).collect();
    let ctx = json!({
        "item": item.ctx(), "state": steps::standing(&known, &item),
        "sub": sub(&steps, online == all), "steps": rows, "publish": publish_row(&known, &item, &steps),
        "next": next(&item, &steps, online == all),
        "figures": gain::figures(&app, &uses, &item, &places).await?, "assumptions": gain::assumptions(&app).await?,
        "services": services(&item), "others": others(&app, &item, &lead),
        "like": (!steps[0].done).then(|| models.first()).flatten().map(|m| json!({ "ags": m.place.ags(), "name": m.place.name })),
        "online": online > 0, "paused": known.counted(&item).1 > 0,
        "planned": known.set_up.planned.as_ref().map(|p| format::date(p.on)),
        "trials": known.trials,
        "notice": notice(&req, &known),
    });
    show(&app, StatusCode::OK, "store/item.html", &req, &lead, ctx)
}

fn sub(steps: &[Step], online: bool) -> String {
    let done = steps.iter().filter(|s| s.done).count();
    let left: i64 = steps.iter().filter(|s| !s.done).map(|s| minutes(s.key)).sum::<i64>();
    match (online, left) {
        (true, _) => "Freigeschaltet. Ändern können Sie alles jederzeit.".to_owned(),
        (false, 0) => "Alles ist fertig. Sie können freischalten.".to_owned(),
        (false, 1) => format!(
            "{done} von {} Schritten sind fertig. Es fehlt noch etwa eine Minute.",
            steps.len() + 1
        ),
        (false, n) => format!(
            "{done} von {} Schritten sind fertig. Es fehlen noch etwa {n} Minuten.",
            steps.len() + 1
        ),
    }
}

fn row(n: usize, s: &Step) -> Value {
    let (kind, state) = match (s.done, s.needed) {
        (true, _) => ("success", "fertig"),
        (false, true) => ("neutral", "offen"),
        (false, false) => ("neutral", "freiwillig"),
    };
    json!({ "n": n, "name": s.name, "text": s.text, "href": s.href, "kind": kind, "state": state })
}

/// The last step: text while it is locked, a link once it can be done.
fn publish_row(known: &Known, item: &Item, steps: &[Step]) -> Value {
    let (online, _, all) = known.counted(item);
    let locked: Vec<String> = steps
        .iter()
        .enumerate()
        .filter(|(_, s)| s.needed && !s.done)
        .map(|(i, _)| (i + 1).to_string())
        .collect();
    let steps_done = match locked.as_slice() {
        [one] => format!("Erst, wenn Schritt {one} fertig ist"),
        many => format!(
            "Erst, wenn die Schritte {} fertig sind",
            schema::show::format::join(many, schema::Lang::De)
        ),
    };
    let (text, kind, state) = if let Some(plan) = &known.set_up.planned {
        (format!("Geht am {} online.", format::date(plan.on)), "info", "geplant")
    } else if online == all {
        ("Überall online.".to_owned(), "success", "fertig")
    } else if !locked.is_empty() {
        (steps_done, "neutral", "noch nicht")
    } else if online > 0 {
        (format!("{online} von {all} sind online."), "success", "zum Teil")
    } else {
        (
            "Jetzt oder an einem Tag, den Sie nennen.".to_owned(),
            "neutral",
            "offen",
        )
    };
    json!({
        "n": steps.len() + 1, "text": text, "kind": kind, "state": state,
        "href": if locked.is_empty() { format!("{}/freischalten", item.href()) } else { String::new() },
    })
}

/// The one button: the first step that is open.
fn next(item: &Item, steps: &[Step], online: bool) -> Value {
    if online {
        return Value::Null;
    }
    match steps.iter().find(|s| !s.done) {
        Some(s) => json!({ "href": s.href, "text": format!("Weiter: {}", s.name) }),
        None => json!({ "href": format!("{}/freischalten", item.href()), "text": "Weiter: Freischalten" }),
    }
}

/// What is in it, each with its law.
fn services(item: &Item) -> Vec<Value> {
    let one = |d: &crate::office::scope::Decided| {
        let laws: Vec<Value> = d
            .service
            .legal_basis
            .iter()
            .map(|l| json!({ "title": l.title, "url": l.url, "confirmed": l.confirmed }))
            .collect();
        json!({
            "name": d.service.noun(), "short": d.text("short"), "icon": d.service.icon, "laws": laws,
            "href": if item.bundle { format!("/amt/store/{}", d.service.id) } else { String::new() },
        })
    };
    item.services.iter().map(one).collect()
}

/// Services of a bundle that somebody else decides here.
fn others(app: &App, item: &Item, lead: &Lead) -> Vec<Value> {
    let places = item.places(lead.0.tenant.id());
    let one = |s: &std::sync::Arc<schema::Service>| {
        let place = places.first()?;
        let route = app.route(s, place).ok()?;
        Some(json!({ "name": s.noun(), "who": route.authority.name }))
    };
    item.others.iter().filter_map(one).collect()
}

fn notice(req: &Req, known: &Known) -> String {
    match req.param("stand").as_deref() {
        Some("gespeichert") => "Gespeichert.".into(),
        Some("wie") => match &known.set_up.like {
            Some(_) => "Übernommen. Die Regeln stehen jetzt bei Ihnen und lassen sich ändern.".into(),
            None => String::new(),
        },
        Some("online") => "Freigeschaltet. Ab jetzt kommen die Vorgänge in Ihren Eingang.".into(),
        Some("geplant") => "Geplant. Bis dahin können Sie alles noch ändern.".into(),
        Some("ungeplant") => "Der Plan ist zurückgenommen.".into(),
        Some("pausiert") => "Pausiert. Neue Anträge gehen auf Papier, laufende bleiben.".into(),
        Some("verlassen") => "Sie nehmen hier nicht mehr teil. Laufende Vorgänge bleiben in Ihrem Eingang.".into(),
        _ => String::new(),
    }
}
