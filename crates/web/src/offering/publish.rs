//! Going online: for which places, now or on a day. What was only a test is gone from that moment.

use axum::extract::{Form, Path, State};
use axum::response::Response;
use domain::Ags;
use jiff::civil::{Date, Time};
use serde_json::{Value, json};
use store::Planned;

use crate::desk::session::Lead;
use crate::desk::typed::day;
use crate::failure::{Failure, Result};
use crate::format;
use crate::offer::Place;
use crate::offering::item::{self, Item};
use crate::offering::show;
use crate::offering::steps::{self, Known};
use crate::office::fields::{Faults, Field, Typed, choice};
use crate::reply::redirect;
use crate::req::Req;
use crate::state::App;

/// How far ahead somebody plans, in days.
const DAYS_AT_MOST: i64 = 366;

/// The list that other authorities see follows.
pub async fn changed(app: &App, lead: &Lead) -> Result<()> {
    Ok(app.store.list_offered(&lead.0.tenant, app.now()).await?)
}

pub async fn page(State(app): State<App>, lead: Lead, Path(id): Path<String>, req: Req) -> Result<Response> {
    let item = item::one(&app, lead.0.tenant.id(), &id)?;
    let known = steps::known(&app, &lead, &item).await?;
    let mut typed = Typed::default();
    typed.put("wann", "jetzt");
    // What was paused somewhere was paused on purpose: it opens again only where somebody says so.
    let paused = |p: &Place| item.services.iter().any(|d| known.is_paused(p.ags(), &d.service.id));
    for place in item.places(lead.0.tenant.id()).iter().filter(|p| !paused(p)) {
        typed.put("ort", &place.ags().0);
    }
    render(&app, &lead, &req, &item, &known, &typed, &Faults::default())
}

fn render(
    app: &App,
    lead: &Lead,
    req: &Req,
    item: &Item,
    known: &Known,
    typed: &Typed,
    faults: &Faults,
) -> Result<Response> {
    let places = item.places(lead.0.tenant.id());
    let ticks = item::ticks(&places, typed, "ort");
    let when = vec![
        choice("jetzt", "Jetzt", typed.get("wann") != "tag"),
        choice("tag", "An einem Tag", typed.get("wann") == "tag"),
    ];
    let (errors, errors_title) = faults.summary(app, &["ort", "wann", "tag"]);
    let steps = steps::steps(known, item);
    let missing: Vec<Value> = steps
        .iter()
        .filter(|s| s.needed && !s.done)
        .map(|s| json!({ "name": s.name, "text": s.text, "href": s.href }))
        .collect();
    let without: Vec<String> = match item.booking() {
        Some(d) => d
            .places
            .iter()
            .filter(|p| !known.has_room(p.ags()))
            .map(|p| p.name.clone())
            .collect(),
        None => Vec::new(),
    };
    let without = match (without.as_slice(), item.booking()) {
        ([], _) | (_, None) => String::new(),
        (names, Some(d)) => format!(
            "Ohne „{}“ geht es los in: {}. Dort gibt es noch keinen Raum mit Tarif.",
            d.service.noun(),
            schema::show::format::join(names, schema::Lang::De)
        ),
    };
    let ctx = json!({
        "errors": errors, "errors_title": errors_title, "item": item.ctx(), "missing": missing, "without": without,
        "only": places.first().filter(|_| places.len() == 1).map(|p| p.name.clone()),
        "places": Field::choose("ticks", "ort", "Für wen?", if places.len() > 1 { ticks } else { Vec::new() }, typed, faults),
        "when": Field::choose("radio", "wann", "Wann?", when, typed, faults),
        "day": Field::text("tag", "Tag", typed, faults).hint(&format!("Nur bei „An einem Tag“, zum Beispiel {}", format::date(app.today().saturating_add(jiff::Span::new().days(7))))),
        "planned": known.set_up.planned.as_ref().map(|p| format::date(p.on)),
        "trials": match known.trials { 0 => String::new(), 1 => "Ihr Antrag zur Probe wird dabei gelöscht.".to_owned(), n => format!("Ihre {n} Anträge zur Probe werden dabei gelöscht.") },
    });
    show(app, faults.status(), "store/publish.html", req, lead, ctx)
}

pub async fn publish(
    State(app): State<App>,
    lead: Lead,
    Path(id): Path<String>,
    req: Req,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response> {
    let (tenant, mut typed) = (lead.0.tenant.id(), Typed(pairs));
    let item = item::one(&app, tenant, &id)?;
    let known = steps::known(&app, &lead, &item).await?;
    if let Some(open) = steps::steps(&known, &item).into_iter().find(|s| s.needed && !s.done) {
        return Err(Failure::Bad(format!("Es fehlt noch: {}. {}", open.name, open.text)));
    }
    if let [only] = item.places(tenant).as_slice() {
        typed.set("ort", &only.ags().0);
    }
    let what: Vec<(Ags, String)> = known
        .ready(&item)
        .filter(|(p, _)| typed.all("ort").any(|o| o == p.ags().as_str()))
        .map(|(p, s)| (p.ags().clone(), s.id.clone()))
        .collect();
    let mut faults = Faults::default();
    if what.is_empty() {
        faults.add("ort", "Wählen Sie mindestens einen Ort.");
    }
    let on = match typed.get("wann") {
        "tag" => faults.take("tag", planned_day(typed.get("tag"), app.today())),
        _ => None,
    };
    if !faults.is_empty() {
        return render(&app, &lead, &req, &item, &known, &typed, &faults);
    }
    let (actor, now, key) = (lead.0.clerk.id.0.clone(), app.now(), item.id.clone());
    let state = match on {
        Some(on) => {
            let due = domain::booking::moment(on, Time::midnight()).unwrap_or(now);
            let plan = Planned { on, what, by: actor };
            lead.0.tenant.write(move |t| t.plan(&key, plan, due, now)).await?;
            "geplant"
        }
        None => {
            let write = lead.0.tenant.write(move |t| {
                t.publish(&what, &actor, now)?;
                t.change_set_up(&key, &actor, now, |s| s.planned = None)
            });
            write.await?;
            changed(&app, &lead).await?;
            "online"
        }
    };
    Ok(redirect(&format!("{}?stand={state}", item.href())))
}

fn planned_day(typed: &str, today: Date) -> Result<Date, String> {
    let last = today.saturating_add(jiff::Span::new().days(DAYS_AT_MOST));
    day(typed).filter(|d| *d > today && *d <= last).ok_or_else(|| {
        let example = format::date(today.saturating_add(jiff::Span::new().days(7)));
        format!("Nennen Sie einen Tag nach heute, höchstens ein Jahr voraus. Zum Beispiel: {example}.")
    })
}

/// Takes a plan back.
pub async fn cancel(State(app): State<App>, lead: Lead, Path(id): Path<String>) -> Result<Response> {
    let item = item::one(&app, lead.0.tenant.id(), &id)?;
    let (actor, now, key) = (lead.0.clerk.id.0.clone(), app.now(), item.id.clone());
    let write = lead
        .0
        .tenant
        .write(move |t| t.change_set_up(&key, &actor, now, |s| s.planned = None));
    write.await?;
    Ok(redirect(&format!("{}?stand=ungeplant", item.href())))
}
