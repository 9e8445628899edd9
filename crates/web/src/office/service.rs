//! One service at a place: the declared parameters within their lawful bounds, whether it is online, and how
//! clubs see it.

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::Ags;
use schema::{Lang, ParamType, Parameter, Service, parameter};
use serde_json::{Value, json};
use store::{CaseFilter, OptIn, Tab};

use crate::apply::service::period_text;
use crate::desk::session::Lead;
use crate::failure::{Failure, Result};
use crate::offer::{Place, params_with};
use crate::office::fields::{Choice, Faults, Field, OVERTAKEN, SEEN, Typed, choice, named, overtaken};
use crate::office::frame;
use crate::office::overview::standing;
use crate::office::scope::{self, Decided};
use crate::office::versions;
use crate::reply::redirect;
use crate::req::Req;
use crate::state::App;

type Params = BTreeMap<String, Value>;

/// What holds for the service in each of its places now.
struct Now {
    /// Ags → values over the defaults.
    params: BTreeMap<String, Params>,
    opt_ins: Vec<OptIn>,
    /// Open cases at the place shown.
    running: i64,
    /// What versions that came or come mean here.
    news: Vec<versions::News>,
}

async fn now(app: &App, lead: &Lead, d: &Decided, place: &Place) -> Result<Now> {
    let (service, at) = (d.service.clone(), app.now());
    let places: Vec<Ags> = d.places.iter().map(|p| p.ags().clone()).collect();
    let filter = CaseFilter {
        tab: Tab::Open,
        service: service.id.clone(),
        place: place.ags().0.clone(),
        today: app.today(),
        size: 1,
        ..CaseFilter::default()
    };
    let shown = place.ags().clone();
    let (mut now, set) = lead
        .0
        .tenant
        .read(move |t| {
            let (mut params, mut own) = (BTreeMap::new(), Params::default());
            for ags in &places {
                let set = t.params(ags, &service.id, at)?.map(|s| s.params);
                if *ags == shown {
                    own = set.clone().unwrap_or_default();
                }
                params.insert(ags.0.clone(), params_with(&service, set));
            }
            let now = Now {
                params,
                opt_ins: t.opt_ins(None)?,
                running: t.cases(&filter)?.total,
                news: Vec::new(),
            };
            Ok::<_, store::Error>((now, own))
        })
        .await?;
    now.news = versions::news(app, &d.service, &set).await?;
    Ok(now)
}

/// The values as they stand in the form.
fn form_of(s: &Service, params: &Params) -> Typed {
    let mut typed = Typed::default();
    for p in &s.parameters {
        typed.put(&p.id, parameter::typed(p, params.get(&p.id).unwrap_or(&p.default)));
    }
    typed
}

/// One mark for each place: whoever sets values for some is not stopped by a change in another.
fn mark(s: &Service, ags: &str, params: &Params) -> String {
    format!("{ags}={}", form_of(s, params).mark())
}

pub async fn page(State(app): State<App>, lead: Lead, Path(service): Path<String>, req: Req) -> Result<Response> {
    let d = scope::one(&app, lead.0.tenant.id(), &service)?;
    let place = scope::chosen(&d.places, &req).cloned().ok_or(Failure::Page)?;
    let now = now(&app, &lead, &d, &place).await?;
    let own = now.params.get(place.ags().as_str()).cloned().unwrap_or_default();
    let mut typed = form_of(&d.service, &own);
    // Places that have the same values are set together, unless somebody unticks them.
    for (ags, params) in &now.params {
        if *params == own {
            typed.put("fuer", ags);
        }
    }
    render(&app, &lead, &req, &d, &place, &now, &typed, &Faults::default())
}

#[expect(clippy::too_many_arguments, reason = "one page, two callers")]
fn render(
    app: &App,
    lead: &Lead,
    req: &Req,
    d: &Decided,
    place: &Place,
    now: &Now,
    typed: &Typed,
    faults: &Faults,
) -> Result<Response> {
    let s = &d.service;
    let usual = usual_basis(s);
    let rows: Vec<Value> = s.parameters.iter().map(|p| row(s, p, usual, typed, faults)).collect();
    let order: Vec<&str> = std::iter::once("fuer")
        .chain(s.parameters.iter().map(|p| p.id.as_str()))
        .collect();
    let (errors, errors_title) = faults.summary(app, &order);
    let known = |id: &str| s.parameters.iter().any(|p| p.id == id);
    let errors = named(errors, |id| known(id).then(|| parameter::label(s, id).to_owned()));
    let places: Vec<Choice> = d
        .places
        .iter()
        .map(|p| {
            choice(
                p.ags().as_str(),
                &p.name,
                typed.all("fuer").any(|a| a == p.ags().as_str()),
            )
        })
        .collect();
    let state = standing(&now.opt_ins, place.ags().as_str(), &s.id);
    let ctx = json!({
        "errors": errors, "errors_title": errors_title,
        "notice": saved(req), "news": now.news,
        "s": {
            "id": s.id, "name": d.text("noun"), "short": d.text("short"), "icon": s.icon,
            "href": format!("/amt/einstellungen/leistungen/{}", s.id),
            "public": format!("/{}/{}", place.slug, s.id), "booking": s.booking.is_some(),
        },
        "place": place.ctx(), "state": state, "rows": rows, "usual": laws(s, usual),
        "sources": sources(s), "lead_text": lead_text(s.parameters.len()),
        "stand": faults.stand(typed, || {
            now.params.iter().map(|(ags, params)| mark(s, ags, params)).collect::<Vec<_>>().join(" ")
        }),
        "overtaken": if faults.status() == StatusCode::CONFLICT { OVERTAKEN } else { "" },
        "places": Field::choose("ticks", "fuer", "Für wen?", if d.places.len() > 1 { places } else { Vec::new() }, typed, faults),
        "switch": scope::switch(&d.places, place.ags(), &format!("/amt/einstellungen/leistungen/{}", s.id)),
        "running": running(now.running),
        "preview": preview(app, d, place, now),
    });
    frame::page(
        app,
        faults.status(),
        "office/service.html",
        req,
        lead,
        "leistungen",
        ctx,
    )
}

fn lead_text(n: usize) -> String {
    match n {
        0 => "Hier gibt es nichts einzustellen.".to_owned(),
        1 => "Eine Einstellung, sinnvoll vorbelegt.".to_owned(),
        n => format!("{n} Einstellungen, alle vorbelegt. Ändern Sie nur, was bei Ihnen anders ist."),
    }
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
        Some(n) if n.parse::<u32>().is_ok() => format!("Gespeichert in {n} Orten. Die Regeln gelten ab jetzt."),
        _ => match req.param("stand").as_deref() {
            Some("online") => "Freigeschaltet. Ab jetzt kommen die Vorgänge in Ihren Eingang.".into(),
            Some("pausiert") => "Pausiert. Neue Anträge gehen auf Papier, laufende bleiben.".into(),
            _ => String::new(),
        },
    }
}

/// One parameter: its field with help, bounds, law and default.
fn row(s: &Service, p: &Parameter, usual: &[String], typed: &Typed, faults: &Faults) -> Value {
    let label = parameter::label(s, &p.id);
    let value = typed.get(&p.id);
    let choices = match p.kind {
        ParamType::OneOf => p
            .options
            .iter()
            .map(|o| choice(o, parameter::shown(s, p, &o.clone().into()), value == o))
            .collect(),
        ParamType::YesNo => vec![
            choice("ja", "ja", value == "ja"),
            choice("nein", "nein", value == "nein"),
        ],
        _ => Vec::new(),
    };
    let field = match p.kind {
        ParamType::OneOf | ParamType::YesNo => Field::choose("select", &p.id, label, choices, typed, faults),
        ParamType::Text => Field::text(&p.id, label, typed, faults),
        ParamType::Money => Field::text(&p.id, label, typed, faults).money(),
        ParamType::Number => Field::text(&p.id, label, typed, faults)
            .mode("numeric")
            .unit(parameter::unit(p)),
        ParamType::Time => Field::text(&p.id, label, typed, faults).unit("Uhr"),
    };
    let own: &[String] = if p.legal_basis == usual { &[] } else { &p.legal_basis };
    let basis = laws(s, own);
    json!({
        "field": field, "wide": p.kind == ParamType::Text, "help": parameter::help(s, &p.id), "bounds": parameter::bounds(p),
        "law": basis, "default": parameter::shown(s, p, &p.default),
    })
}

fn laws(s: &Service, ids: &[String]) -> Vec<Value> {
    ids.iter()
        .filter_map(|id| s.legal_basis.iter().find(|l| l.id == *id))
        .map(|l| json!({ "title": l.title, "confirmed": l.confirmed }))
        .collect()
}

/// The bases that most settings rest on together: said once instead of at each of them. Empty where few share any.
fn usual_basis(s: &Service) -> &[String] {
    const FEW: usize = 3;
    let bases = || s.parameters.iter().map(|p| p.legal_basis.as_slice());
    let shared = |basis: &[String]| bases().filter(|b| *b == basis).count();
    let most = bases().filter(|b| !b.is_empty()).max_by_key(|b| shared(b));
    most.filter(|b| shared(b) > FEW).unwrap_or_default()
}

/// What is not confirmed about the bases of the settings: said once each, however many settings rest on it.
fn sources(s: &Service) -> Vec<Value> {
    s.legal_basis
        .iter()
        .filter(|l| !l.confirmed && l.note.is_some())
        .filter(|l| s.parameters.iter().any(|p| p.legal_basis.contains(&l.id)))
        .map(|l| json!({ "title": l.title, "note": l.note }))
        .collect()
}

/// What clubs see with the values in force.
fn preview(app: &App, d: &Decided, place: &Place, now: &Now) -> Value {
    let s = &d.service;
    let authority = app.route(s, place).map(|r| r.authority.name).unwrap_or_default();
    let params = now.params.get(place.ags().as_str()).cloned().unwrap_or_default();
    let cx = schema::Context {
        today: app.today(),
        lang: Lang::De,
        params,
        place: schema::PlaceInfo {
            on_paper: false,
            ags: place.ags().0.clone(),
            name: place.name.clone(),
            kind: place.municipality.kind.title().to_owned(),
            authority: authority.clone(),
            outline: Vec::new(),
        },
        region: s.region.clone(),
        ..schema::Context::default()
    };
    let none = json!({});
    let text = |key: &str| crate::offer::service_text(s, &cx, &none, key);
    let mut facts: Vec<Value> = schema::deadline_rules(s, &none, &cx)
        .iter()
        .filter(|(rule, _)| rule.kind == schema::DeadlineKind::Notice)
        .map(|(_, period)| json!({ "label": "Frist", "text": format!("{} vorher", period_text(app, Lang::De, *period)) }))
        .collect();
    facts.extend(
        schema::shown_rules(s, &cx)
            .into_iter()
            .map(|(label, text, law)| json!({ "label": label, "text": text, "law": law })),
    );
    json!({ "authority": authority, "name": text("name"), "lead": text("lead"), "start": text("start"), "facts": facts })
}

pub async fn save(
    State(app): State<App>,
    lead: Lead,
    Path(service): Path<String>,
    req: Req,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response> {
    let typed = Typed(pairs);
    let d = scope::one(&app, lead.0.tenant.id(), &service)?;
    let place = scope::chosen(&d.places, &req).cloned().ok_or(Failure::Page)?;
    let mut faults = Faults::default();
    let mut params = Params::new();
    for p in &d.service.parameters {
        if let Some(value) = faults.take(&p.id, parameter::read(p, typed.get(&p.id))) {
            params.insert(p.id.clone(), value);
        }
    }
    let chosen: Vec<Ags> = if d.places.len() == 1 {
        vec![place.ags().clone()]
    } else {
        d.places
            .iter()
            .map(|p| p.ags().clone())
            .filter(|a| typed.all("fuer").any(|f| f == a.as_str()))
            .collect()
    };
    if chosen.is_empty() {
        faults.add("fuer", "Wählen Sie mindestens einen Ort.");
    }
    if !faults.is_empty() {
        let now = now(&app, &lead, &d, &place).await?;
        return render(&app, &lead, &req, &d, &place, &now, &typed, &faults);
    }
    let (id, s, actor, at) = (
        d.service.id.clone(),
        d.service.clone(),
        lead.0.clerk.id.0.clone(),
        app.now(),
    );
    let to = chosen.clone();
    let sent = form_of(&d.service, &params);
    let seen: BTreeSet<String> = typed.get(SEEN).split(' ').map(str::to_owned).collect();
    let changed = lead
        .0
        .tenant
        .write(move |t| {
            t.lock_settings()?;
            let mut holds = Vec::new();
            for ags in &to {
                holds.push((ags, params_with(&s, t.params(ags, &s.id, at)?.map(|s| s.params))));
            }
            if holds
                .iter()
                .any(|(ags, before)| *before != params && !seen.contains(&mark(&s, ags.as_str(), before)))
            {
                return Ok(None);
            }
            let mut changed = 0;
            for (ags, before) in holds {
                if before != params {
                    t.set_params(ags, &s.id, params.clone(), &actor, at)?;
                    changed += 1;
                }
            }
            Ok::<_, store::Error>(Some(changed))
        })
        .await?;
    let Some(changed) = changed else {
        return again(&app, &lead, &req, &d, &place, &chosen, &typed, &sent).await;
    };
    let base = format!("/amt/einstellungen/leistungen/{id}");
    if typed.get("aktion") == "freischalten" {
        let opt_ins = lead.0.tenant.read(|t| t.opt_ins(None)).await?;
        let to = to_open(&opt_ins, &d.service.id, place.ags(), &chosen);
        let to: Vec<String> = to.iter().map(|a| format!("ort={a}")).collect();
        return Ok(redirect(&format!("{base}/freischalten?{}", to.join("&"))));
    }
    Ok(redirect(&format!("{base}?ort={}&gespeichert={changed}", place.ags())))
}

/// The page with what was typed, where somebody saved other values since it was made. `sent`: the same as values.
#[expect(clippy::too_many_arguments, reason = "what `save` has read")]
async fn again(
    app: &App,
    lead: &Lead,
    req: &Req,
    d: &Decided,
    place: &Place,
    chosen: &[Ags],
    typed: &Typed,
    sent: &Typed,
) -> Result<Response> {
    let now = now(app, lead, d, place).await?;
    let (s, seen) = (&d.service, typed.get(SEEN));
    let own = now.params.get(place.ags().as_str()).cloned().unwrap_or_default();
    let shown = |id: &str| {
        let p = s.parameters.iter().find(|p| p.id == id)?;
        Some(parameter::shown(s, p, own.get(id).unwrap_or(&p.default)))
    };
    let mut faults = overtaken(sent, &form_of(s, &own), shown);
    let other = |p: &&Place| {
        let params = now.params.get(p.ags().as_str()).cloned().unwrap_or_default();
        let known = seen.split(' ').any(|m| m == mark(s, p.ags().as_str(), &params));
        p.ags() != place.ags() && chosen.contains(p.ags()) && !known
    };
    let others: Vec<&str> = d.places.iter().filter(other).map(|p| p.name.as_str()).collect();
    if !others.is_empty() {
        faults.add(
            "fuer",
            format!(
                "Inzwischen wurde anderes gespeichert für: {}. Speichern Sie noch einmal, wenn auch dort diese Werte gelten sollen.",
                others.join(", ")
            ),
        );
    }
    faults.conflict();
    render(app, lead, req, d, place, &now, typed, &faults)
}

/// Which places "Freischalten" asks about. Values are set for many at once, but what was paused somewhere was paused
/// on purpose: it opens again only where somebody says so.
fn to_open<'a>(opt_ins: &[OptIn], service: &str, here: &'a Ags, chosen: &'a [Ags]) -> Vec<&'a Ags> {
    let decided = |ags: &Ags| opt_ins.iter().any(|o| o.place == *ags && o.service == service);
    if decided(here) {
        return vec![here];
    }
    let others = chosen.iter().filter(|a| *a != here && !decided(a));
    std::iter::once(here).chain(others).collect()
}

/// For the history: `Frist vor dem Feuer` from `14 Tage` to `10 Tage`.
pub fn in_words(s: &Service, id: &str, value: &Value) -> String {
    s.parameters
        .iter()
        .find(|p| p.id == id)
        .map_or_else(|| value.to_string(), |p| parameter::shown(s, p, value))
}
