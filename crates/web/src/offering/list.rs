//! The store's first page: what there is, who asked for it, who uses it, and how it stands here.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use crate::desk::session::Lead;
use crate::failure::Result;
use crate::format;
use crate::offer::Place;
use crate::offering::gain::{self, FEW};
use crate::offering::item::{self, Item};
use crate::offering::show;
use crate::offering::steps::{self, Known};
use crate::offering::uses::Uses;
use crate::req::Req;
use crate::state::App;

/// Views: key, label.
const VIEWS: [(&str, &str); 4] = [
    ("", "Alle"),
    ("frei", "Freigeschaltet"),
    ("offen", "Noch nicht"),
    ("andere", "Macht ein anderes Amt"),
];

struct Row {
    online: bool,
    wanted: i64,
    ctx: Value,
}

pub async fn page(State(app): State<App>, lead: Lead, req: Req) -> Result<Response> {
    let tenant = lead.0.tenant.id();
    let all = item::all(&app, tenant);
    let uses = Uses::read(&app).await?;
    let mine: Vec<Place> = app.places_of(tenant).into_iter().map(|m| app.place_of(m)).collect();
    let demand = gain::demand(&app, &mine).await?;
    let (mut bundles, mut rows) = (Vec::new(), Vec::new());
    for item in &all {
        let known = steps::known(&app, &lead, item).await?;
        let wanted = gain::sum(&demand, item);
        if item.bundle {
            bundles.push(bundle(item, &known, wanted));
        } else {
            rows.push(row(&app, &uses, item, &known, wanted));
        }
    }
    let elsewhere = elsewhere(&app, &all, &mine, &demand);
    let view = req.param("zeigen").unwrap_or_default();
    let counts = [
        rows.len() + elsewhere.len(),
        rows.iter().filter(|r| r.online).count(),
        rows.iter().filter(|r| !r.online).count(),
        elsewhere.len(),
    ];
    let views: Vec<Value> = VIEWS
        .iter()
        .zip(counts)
        .map(|((key, label), n)| {
            let href = if key.is_empty() {
                "/amt/store".to_owned()
            } else {
                format!("/amt/store?zeigen={key}")
            };
            json!({ "label": label, "n": n, "href": href, "here": view == *key })
        })
        .collect();
    let online = counts[1];
    rows.retain(|r| match view.as_str() {
        "frei" => r.online,
        "offen" => !r.online,
        "andere" => false,
        _ => true,
    });
    // What people asked for comes first.
    rows.sort_by_key(|r| -r.wanted);
    let (asked, more): (Vec<Row>, Vec<Row>) = rows.into_iter().partition(|r| r.wanted > 0);
    let ctx = json!({
        "sub": format!("{}, alle kostenfrei. Sie entscheiden, was Sie anbieten. {}", match all.iter().filter(|i| !i.bundle).count() {
            1 => "Eine Leistung".to_owned(),
            n => format!("{n} Leistungen"),
        }, match online { 0 => "Noch ist nichts freigeschaltet.".to_owned(), 1 => "Eine ist freigeschaltet.".to_owned(), n => format!("{n} sind freigeschaltet.") }),
        "bundles": bundles, "views": views,
        "asked": asked.into_iter().map(|r| r.ctx).collect::<Vec<_>>(), "more": more.into_iter().map(|r| r.ctx).collect::<Vec<_>>(),
        "elsewhere": if ["", "andere"].contains(&view.as_str()) { elsewhere } else { Vec::new() },
        "few": FEW,
    });
    show(&app, StatusCode::OK, "store/list.html", &req, &lead, ctx)
}

/// `11 Anträge auf Papier`
fn wish(n: i64) -> (String, String) {
    let what = if n == 1 {
        "Antrag auf Papier"
    } else {
        "Anträge auf Papier"
    };
    match n {
        0 => (String::new(), "noch keine Wünsche".to_owned()),
        n => (gain::count(n), what.to_owned()),
    }
}

fn row(app: &App, uses: &Uses, item: &Item, known: &Known, wanted: i64) -> Row {
    let near = gain::of(&gain::neighbours(app, uses, item));
    let (n, what) = wish(wanted);
    let mut ctx = item.ctx();
    ctx["wish_n"] = n.into();
    ctx["wish"] = what.into();
    ctx["near"] = if near.is_empty() {
        String::new()
    } else {
        format!("{near} Nachbarn")
    }
    .into();
    ctx["state"] = steps::standing(known, item);
    Row {
        online: known.counted(item).0 > 0,
        wanted,
        ctx,
    }
}

/// A bundle that is not online everywhere leads the page.
fn bundle(item: &Item, known: &Known, wanted: i64) -> Value {
    let steps = steps::steps(known, item);
    let (online, _, all) = known.counted(item);
    let done = steps.iter().filter(|s| s.done).count();
    let begun = known.begun(item);
    let title = match (online == all, begun) {
        (true, _) => format!("{}: freigeschaltet", item.name),
        (false, true) => format!("{}: {done} von {} Schritten fertig", item.name, steps.len() + 1),
        (false, false) => item.name.clone(),
    };
    let mut ctx = item.ctx();
    let names: Vec<String> = item.services.iter().map(|d| d.service.noun().to_owned()).collect();
    ctx["title"] = title.into();
    ctx["text"] = format!("{}.", schema::show::format::join(&names, schema::Lang::De)).into();
    ctx["since"] = known
        .set_up
        .begun
        .map(|at| format!("Angefangen am {}.", format::date(domain::date_of(at))))
        .unwrap_or_default()
        .into();
    ctx["wanted"] = match wanted {
        0 => String::new(),
        1 => "Ein Antrag daraus wurde auf Papier vorbereitet.".to_owned(),
        n => format!(
            "{} Anträge daraus wurden in 12 Monaten auf Papier vorbereitet.",
            gain::count(n)
        ),
    }
    .into();
    ctx["button"] = match (online == all, begun) {
        (true, _) => "Ansehen",
        (false, true) => "Weitermachen",
        (false, false) => "Einrichten",
    }
    .into();
    ctx["done"] = (online == all).into();
    ctx
}

/// What is there without this authority's doing: services of its places that another one decides.
fn elsewhere(app: &App, mine: &[Item], places: &[Place], demand: &[store::DemandRow]) -> Vec<Value> {
    let mut out = Vec::new();
    for service in app.services.all() {
        if mine.iter().any(|i| i.service(&service.id).is_some()) {
            continue;
        }
        let Some(route) = places.first().and_then(|p| app.route(&service, p).ok()) else {
            continue;
        };
        let n: i64 = demand.iter().filter(|r| r.service == service.id).map(|r| r.n).sum();
        let (wish_n, wish) = wish(n);
        let texts = service.texts.get(&schema::Lang::De);
        let short = texts.and_then(|t| t.get("short", None)).unwrap_or_default();
        out.push(json!({
            "name": service.noun(), "short": short, "icon": service.icon, "who": route.authority.name, "wish_n": wish_n, "wish": wish,
            "href": places.first().map(|p| format!("/{}/{}", p.slug, service.id)),
        }));
    }
    out
}
