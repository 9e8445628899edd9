//! The form of the rules: each declared parameter with its help, bounds, law, proposal, and what others chose.

use std::collections::BTreeMap;

use schema::{ParamType, Parameter, Service, parameter};
use serde_json::{Value, json};

use crate::offering::item::Item;
use crate::offering::uses::{Model, Uses};
use crate::office::fields::{Faults, Field, Typed, choice};
use crate::office::scope::Decided;

pub type Params = BTreeMap<String, Value>;

/// Where the place's own ordinance or statute stands. A service may declare it among its parameters; of every other one
/// it is kept with the rules.
pub const ORDINANCE: &str = "ordinance_url";
/// The values of a service as they stand in the form.
pub fn put_service(typed: &mut Typed, item: &Item, s: &Service, params: &Params) {
    for p in &s.parameters {
        let value = parameter::typed(p, params.get(&p.id).unwrap_or(&p.default));
        typed.put(item.field(s, &p.id), value);
    }
    if !declares(s) {
        let ordinance = params.get(ORDINANCE).and_then(Value::as_str).unwrap_or_default();
        typed.put(item.field(s, ORDINANCE), ordinance);
    }
}

fn declares(s: &Service) -> bool {
    s.parameters.iter().any(|p| p.id == ORDINANCE)
}

pub fn form_of(item: &Item, s: &Service, params: &Params) -> Typed {
    let mut typed = Typed::default();
    put_service(&mut typed, item, s, params);
    typed
}

/// One mark for each place and service: whoever sets values for some is not stopped by a change in another.
pub fn mark(item: &Item, s: &Service, ags: &str, params: &Params) -> String {
    format!("{}.{ags}={}", s.id, form_of(item, s, params).mark())
}

/// What was typed for a service.
pub fn read(item: &Item, s: &Service, typed: &Typed, faults: &mut Faults) -> Params {
    let mut params = Params::new();
    for p in &s.parameters {
        let field = item.field(s, &p.id);
        if let Some(value) = faults.take(&field, parameter::read(p, typed.get(&field))) {
            params.insert(p.id.clone(), value);
        }
    }
    if !declares(s) {
        let field = item.field(s, ORDINANCE);
        let read = faults.take(&field, parameter::read(&address(), typed.get(&field)));
        let named = read.filter(|address| address.as_str().is_some_and(|a| !a.is_empty()));
        params.extend(named.map(|address| (ORDINANCE.to_owned(), address)));
    }
    params
}

/// The address of an ordinance, as a service declares it.
fn address() -> Parameter {
    Parameter {
        id: ORDINANCE.to_owned(),
        kind: ParamType::Text,
        unit: None,
        default: "".into(),
        min: None,
        max: None,
        options: Vec::new(),
        legal_basis: Vec::new(),
    }
}

/// Names of the form's fields, in their order.
pub fn order(item: &Item) -> Vec<String> {
    let mut out = vec!["fuer".to_owned()];
    for d in &item.services {
        out.extend(d.service.parameters.iter().map(|p| item.field(&d.service, &p.id)));
        if !declares(&d.service) {
            out.push(item.field(&d.service, ORDINANCE));
        }
    }
    out
}

/// A field's label, with the service's name before it where there are several.
pub fn label(item: &Item, field: &str) -> Option<String> {
    let of = |d: &Decided| {
        let p = d
            .service
            .parameters
            .iter()
            .find(|p| item.field(&d.service, &p.id) == field)?;
        let label = parameter::label(&d.service, &p.id);
        Some(match item.bundle {
            true => format!("{}, {label}", d.text("noun")),
            false => label.to_owned(),
        })
    };
    item.services.iter().find_map(of)
}

/// The value of a field in words.
pub fn shown(item: &Item, s: &Service, params: &Params, field: &str) -> Option<String> {
    let p = s.parameters.iter().find(|p| item.field(s, &p.id) == field)?;
    Some(parameter::shown(s, p, params.get(&p.id).unwrap_or(&p.default)))
}

/// A service's part of the form.
pub fn group(item: &Item, d: &Decided, typed: &Typed, faults: &Faults, uses: &Uses, model: Option<&Model>) -> Value {
    let s = &d.service;
    let usual = usual_basis(s);
    let near = model.and_then(|m| Some((m.place.name.clone(), uses.params(m.place.ags(), s)?)));
    let rows: Vec<Value> = s
        .parameters
        .iter()
        .map(|p| row(item, s, p, usual, typed, faults, uses, near.as_ref()))
        .collect();
    let ordinance = Field::text(
        &item.field(s, ORDINANCE),
        "Adresse Ihrer Satzung oder Verordnung im Netz",
        typed,
        faults,
    )
    .hint("Steht auf der Seite der Leistung unter „Rechtsgrundlagen“.")
    .optional();
    let ordinance = (!declares(s)).then_some(ordinance);
    json!({
        "id": s.id, "name": d.text("noun"), "icon": s.icon, "rows": rows, "usual": laws(s, usual), "sources": sources(s),
        "lead": lead_text(s.parameters.len()), "ordinance": ordinance, "booking": s.booking.is_some(),
    })
}

fn lead_text(n: usize) -> String {
    match n {
        0 => "Hier gibt es nichts einzustellen.".to_owned(),
        1 => "Eine Einstellung, sinnvoll vorbelegt.".to_owned(),
        n => format!("{n} Einstellungen, alle vorbelegt. Ändern Sie nur, was bei Ihnen anders ist."),
    }
}

/// One parameter: its field with help, bounds, law, proposal and what others chose.
#[expect(clippy::too_many_arguments, reason = "one row, one caller")]
fn row(
    item: &Item,
    s: &Service,
    p: &Parameter,
    usual: &[String],
    typed: &Typed,
    faults: &Faults,
    uses: &Uses,
    near: Option<&(String, Params)>,
) -> Value {
    let (label, id) = (parameter::label(s, &p.id), item.field(s, &p.id));
    let value = typed.get(&id);
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
        ParamType::OneOf | ParamType::YesNo => Field::choose("select", &id, label, choices, typed, faults),
        ParamType::Text => Field::text(&id, label, typed, faults),
        ParamType::Money => Field::text(&id, label, typed, faults).money(),
        ParamType::Number => Field::text(&id, label, typed, faults)
            .mode("numeric")
            .unit(parameter::unit(p)),
        ParamType::Time => Field::text(&id, label, typed, faults).unit("Uhr"),
    };
    let own: &[String] = if p.legal_basis == usual { &[] } else { &p.legal_basis };
    let others = match near {
        Some((place, params)) => {
            let value = params.get(&p.id).unwrap_or(&p.default);
            json!({ "who": format!("In {place}"), "value": parameter::shown(s, p, value) })
        }
        None => Value::Null,
    };
    // One place alone says nothing of what is usual.
    let most = uses
        .most(s, &p.id)
        .filter(|(_, _, all)| *all > 1 && p.kind != ParamType::Text);
    let most = most.map(|(value, n, all)| json!({ "value": parameter::shown(s, p, &value), "n": n, "all": all }));
    json!({
        "field": field, "wide": p.kind == ParamType::Text, "help": parameter::help(s, &p.id), "bounds": parameter::bounds(p),
        "law": laws(s, own), "default": parameter::shown(s, p, &p.default), "others": others, "most": most,
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
