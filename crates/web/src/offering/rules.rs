//! The rules of a service or a whole bundle on one page: set within their lawful bounds, for one place or many at once.

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::Ags;
use schema::{Service, parameter};
use serde_json::{Value, json};
use store::{CaseFilter, Tab};

use crate::desk::session::Lead;
use crate::failure::{Failure, Result};
use crate::offer::{Place, params_with};
use crate::offering::item::{self, Item};
use crate::offering::publish::changed;
use crate::offering::rules_form::{self as form, ORDINANCE, Params};
use crate::offering::uses::Uses;
use crate::offering::{preview, show};
use crate::office::fields::{Faults, Field, OVERTAKEN, SEEN, Typed, named, overtaken};
use crate::office::{scope, versions};
use crate::reply::redirect;
use crate::req::Req;
use crate::state::App;

/// What holds now.
struct Now {
    /// Service and AGS → values over the proposals, the ordinance with them.
    params: BTreeMap<(String, String), Params>,
    /// Open cases at the place shown, by none of which a change is felt.
    running: i64,
    /// What versions that came or come mean here.
    news: Vec<versions::News>,
}

impl Now {
    fn of(&self, s: &Service, ags: &Ags) -> Params {
        self.params
            .get(&(s.id.clone(), ags.0.clone()))
            .cloned()
            .unwrap_or_else(|| params_with(s, None))
    }
}

/// The rules of a service as the form shows them.
fn holds(s: &Service, set: Option<Params>) -> Params {
    let ordinance = set.as_ref().and_then(|s| s.get(ORDINANCE).cloned());
    let mut out = params_with(s, set);
    out.extend(ordinance.map(|o| (ORDINANCE.to_owned(), o)));
    out
}

async fn now(app: &App, lead: &Lead, item: &Item, place: &Place) -> Result<Now> {
    let at = app.now();
    let all: Vec<(Ags, Service)> = item.all().map(|(p, s)| (p.ags().clone(), s.clone())).collect();
    let filters: Vec<CaseFilter> = item
        .services
        .iter()
        .map(|d| CaseFilter {
            tab: Tab::Open,
            service: d.service.id.clone(),
            place: place.ags().0.clone(),
            today: app.today(),
            size: 1,
            ..CaseFilter::default()
        })
        .collect();
    let shown = place.ags().clone();
    let read = lead.0.tenant.read(move |t| {
        let (mut params, mut own) = (BTreeMap::new(), Vec::new());
        for (ags, service) in all {
            let set = t.params(&ags, &service.id, at)?.map(|s| s.params);
            params.insert((service.id.clone(), ags.0.clone()), holds(&service, set.clone()));
            if ags == shown {
                own.push((service, set.unwrap_or_default()));
            }
        }
        let mut running = 0;
        for filter in &filters {
            running += t.cases(filter)?.total;
        }
        let now = Now {
            params,
            running,
            news: Vec::new(),
        };
        Ok::<_, store::Error>((now, own))
    });
    let (mut now, own) = read.await?;
    for (service, set) in own {
        now.news.extend(versions::news(app, &service, &set).await?);
    }
    Ok(now)
}

fn here(item: &Item, lead: &Lead, req: &Req) -> Result<Place> {
    scope::chosen(&item.places(lead.0.tenant.id()), req)
        .cloned()
        .ok_or(Failure::Page)
}

pub async fn page(State(app): State<App>, lead: Lead, Path(id): Path<String>, req: Req) -> Result<Response> {
    let item = item::one(&app, lead.0.tenant.id(), &id)?;
    let place = here(&item, &lead, &req)?;
    let now = now(&app, &lead, &item, &place).await?;
    let mut typed = Typed::default();
    for d in &item.services {
        form::put_service(&mut typed, &item, &d.service, &now.of(&d.service, place.ags()));
    }
    // Places that have the same values are set together, unless somebody unticks them.
    for other in item.places(lead.0.tenant.id()) {
        let same = |s: &Service| now.of(s, other.ags()) == now.of(s, place.ags());
        if item
            .services
            .iter()
            .filter(|d| d.place(other.ags().as_str()).is_some())
            .all(|d| same(&d.service))
        {
            typed.put("fuer", &other.ags().0);
        }
    }
    render(&app, &lead, &req, &item, &place, &now, &typed, &Faults::default()).await
}

#[expect(clippy::too_many_arguments, reason = "one page, three callers")]
async fn render(
    app: &App,
    lead: &Lead,
    req: &Req,
    item: &Item,
    place: &Place,
    now: &Now,
    typed: &Typed,
    faults: &Faults,
) -> Result<Response> {
    let uses = Uses::read(app).await?;
    let places = item.places(lead.0.tenant.id());
    let models = uses.models(app, item, &places);
    let model = models.first();
    let here: Vec<_> = item
        .services
        .iter()
        .filter(|d| d.place(place.ags().as_str()).is_some())
        .collect();
    let groups: Vec<Value> = here
        .iter()
        .map(|d| form::group(item, d, typed, faults, &uses, model))
        .collect();
    let order = form::order(item);
    let order: Vec<&str> = order.iter().map(String::as_str).collect();
    let (errors, errors_title) = faults.summary(app, &order);
    let errors = named(errors, |field| form::label(item, field));
    let ticks = item::ticks(&places, typed, "fuer");
    let stand = || {
        let marks = item
            .all()
            .map(|(p, s)| form::mark(item, s, p.ags().as_str(), &now.of(s, p.ags())));
        marks.collect::<Vec<_>>().join(" ")
    };
    let phones: Vec<Value> = here
        .iter()
        .map(|d| preview::phone(app, &d.service, place, now.of(&d.service, place.ags())))
        .collect();
    let others: Vec<Value> = models
        .iter()
        .map(|m| json!({ "value": m.place.ags(), "label": m.place.name, "near": m.near }))
        .collect();
    let ctx = json!({
        "errors": errors, "errors_title": errors_title, "notice": saved(req), "news": now.news,
        "item": item.ctx(), "place": place.ctx(), "groups": groups, "stand": faults.stand(typed, stand),
        "overtaken": if faults.status() == StatusCode::CONFLICT { OVERTAKEN } else { "" },
        "places": Field::choose("ticks", "fuer", "Für wen?", if places.len() > 1 { ticks } else { Vec::new() }, typed, faults),
        "switch": scope::switch(&places, place.ags(), &format!("{}/regeln", item.href())),
        "like": model.map(|m| json!({ "ags": m.place.ags(), "name": m.place.name })), "models": others,
        "running": running(now.running), "phones": phones,
    });
    show(app, faults.status(), "store/rules.html", req, lead, ctx)
}

/// Which running cases a change does not touch.
fn running(n: i64) -> String {
    match n {
        0 => "Gilt für neue Vorgänge. Zurzeit läuft keiner.".to_owned(),
        1 => "Gilt für neue Vorgänge. Ein laufender behält seine Regeln.".to_owned(),
        n => format!("Gilt für neue Vorgänge. {n} laufende behalten ihre Regeln."),
    }
}

fn saved(req: &Req) -> String {
    match req.param("gespeichert").as_deref() {
        Some("0") => "Es war nichts zu ändern.".into(),
        Some("1") => "Gespeichert. Die Regeln gelten ab jetzt für neue Vorgänge.".into(),
        Some(n) if n.parse::<u32>().is_ok() => {
            "Gespeichert. Die Regeln gelten ab jetzt überall, wo Sie sie gesetzt haben.".into()
        }
        _ => String::new(),
    }
}

pub async fn save(
    State(app): State<App>,
    lead: Lead,
    Path(id): Path<String>,
    req: Req,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response> {
    let typed = Typed(pairs);
    let item = item::one(&app, lead.0.tenant.id(), &id)?;
    let place = here(&item, &lead, &req)?;
    let places = item.places(lead.0.tenant.id());
    let mut faults = Faults::default();
    let chosen: Vec<Ags> = match places.as_slice() {
        [only] => vec![only.ags().clone()],
        all => {
            let ticked = |a: &&Ags| typed.all("fuer").any(|f| f == a.as_str());
            all.iter().map(Place::ags).filter(ticked).cloned().collect()
        }
    };
    if chosen.is_empty() {
        faults.add("fuer", "Wählen Sie mindestens einen Ort.");
    }
    // The form holds the services of the place that it was made for.
    let mut new: Vec<(Ags, Service, Params)> = Vec::new();
    for d in item.services.iter().filter(|d| d.place(place.ags().as_str()).is_some()) {
        let params = form::read(&item, &d.service, &typed, &mut faults);
        for ags in chosen.iter().filter(|a| d.place(a.as_str()).is_some()) {
            new.push((ags.clone(), (*d.service).clone(), params.clone()));
        }
    }
    if !faults.is_empty() {
        let now = now(&app, &lead, &item, &place).await?;
        return render(&app, &lead, &req, &item, &place, &now, &typed, &faults).await;
    }
    let (actor, at) = (lead.0.clerk.id.0.clone(), app.now());
    let seen: BTreeSet<String> = typed.get(SEEN).split(' ').map(str::to_owned).collect();
    let sent = new.clone();
    let of = item.clone();
    let write = lead.0.tenant.write(move |t| {
        t.lock_settings()?;
        let mut writes = Vec::new();
        for (ags, s, params) in new {
            let before = t.params(&ags, &s.id, at)?.map(|s| s.params);
            let is = holds(&s, before.clone());
            if is != params && !seen.contains(&form::mark(&of, &s, ags.as_str(), &is)) {
                return Ok(None);
            }
            // Whoever leaves all as proposed has decided so, too.
            if is != params || before.is_none() {
                writes.push((ags, s, params));
            }
        }
        let n = writes.len();
        for (ags, s, params) in writes {
            t.set_params(&ags, &s.id, params, &actor, at)?;
        }
        if t.set_up(&of.id)?.begun.is_none() {
            t.change_set_up(&of.id, &actor, at, |_| {})?;
        }
        Ok::<_, store::Error>(Some(n))
    });
    let Some(n) = write.await? else {
        return again(&app, &lead, &req, &item, &place, &typed, &sent).await;
    };
    changed(&app, &lead).await?;
    if typed.get("aktion") == "weiter" {
        return Ok(redirect(&format!("{}?stand=gespeichert", item.href())));
    }
    Ok(redirect(&format!(
        "{}/regeln?ort={}&gespeichert={n}",
        item.href(),
        place.ags()
    )))
}

/// The page with what was typed, where somebody saved other values since it was made. `sent`: the same as values.
async fn again(
    app: &App,
    lead: &Lead,
    req: &Req,
    item: &Item,
    place: &Place,
    typed: &Typed,
    sent: &[(Ags, Service, Params)],
) -> Result<Response> {
    let now = now(app, lead, item, place).await?;
    let mut faults = Faults::default();
    let seen = typed.get(SEEN);
    let mut others: Vec<&str> = Vec::new();
    for (ags, s, params) in sent {
        let is = now.of(s, ags);
        if ags == place.ags() {
            let shown = |field: &str| form::shown(item, s, &is, field);
            let found = overtaken(&form::form_of(item, s, params), &form::form_of(item, s, &is), shown);
            faults.take_all(found);
        } else if is != *params && !seen.split(' ').any(|m| m == form::mark(item, s, ags.as_str(), &is)) {
            let name = item
                .services
                .iter()
                .find_map(|d| d.place(ags.as_str()))
                .map_or("", |p| &p.name);
            if !others.contains(&name) {
                others.push(name);
            }
        }
    }
    let joined = others.join(", ");
    if !others.is_empty() {
        faults.add(
            "fuer",
            format!("Inzwischen wurde anderes gespeichert für: {joined}. Speichern Sie noch einmal, wenn auch dort diese Werte gelten sollen."),
        );
    }
    faults.conflict();
    render(app, lead, req, item, place, &now, typed, &faults).await
}

/// For the history: `Frist vor dem Feuer` from `14 Tage` to `10 Tage`.
pub fn in_words(s: &Service, id: &str, value: &Value) -> String {
    s.parameters
        .iter()
        .find(|p| p.id == id)
        .map_or_else(|| value.to_string(), |p| parameter::shown(s, p, value))
}
