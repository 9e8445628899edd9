//! What the register of processing (Art. 30) says of a service, worked out from what the service declares: nobody keeps
//! a second list that grows old.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::words::{list, word, words};
use crate::{Context, Kind, Lang, LegalBasis, Question, Region, Retention, Service, kept_shorter, short_label};

/// One activity.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Processing {
    pub service: String,
    /// Version of the service that this was read from.
    pub hash: String,
    pub name: String,
    pub purpose: String,
    pub legal_basis: Vec<Basis>,
    /// Whom the data are about, with what is asked of them.
    pub persons: Vec<Persons>,
    pub recipients: Vec<String>,
    pub retention: Kept,
    pub shorter: Vec<Kept>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Basis {
    pub title: String,
    pub confirmed: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Persons {
    pub who: String,
    pub data: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Kept {
    /// The case, or the answer.
    pub what: String,
    pub how_long: String,
    pub confirmed: bool,
    /// Why, or what is open. German.
    pub why: String,
}

/// Is the answer about a person, or a part of it?
fn is_personal(question: &Question) -> bool {
    let parts = match &question.kind {
        Kind::Group { parts, .. } => parts.iter().any(is_personal),
        Kind::Address | Kind::Email | Kind::Phone | Kind::Iban => true,
        _ => false,
    };
    question.personal || parts
}

fn kept(service: &Service, what: String, kept: &Retention, lang: Lang) -> Kept {
    let titles: Vec<&str> = bases(service, &kept.legal_basis).map(|b| b.title.as_str()).collect();
    let why = match titles.is_empty() {
        true => kept.note.clone().unwrap_or_default(),
        false => titles.join("; "),
    };
    Kept {
        what,
        how_long: kept.words(lang),
        confirmed: kept.is_confirmed(service),
        why,
    }
}

fn bases<'a>(service: &'a Service, ids: &'a [String]) -> impl Iterator<Item = &'a LegalBasis> {
    ids.iter()
        .filter_map(|id| service.legal_basis.iter().find(|b| b.id == *id))
}

/// The name of a group of persons: by the field file, else by the question itself.
fn who(service: &Service, question: &Question, cx: &Context) -> String {
    let file = question.id.split('.').next().unwrap_or_default();
    match words(cx.lang).strings.get(&format!("processing.person.{file}")) {
        Some(known) => known.clone(),
        None if matches!(question.kind, Kind::Group { .. }) => short_label(service, &question.id, cx),
        None => word(cx.lang, "processing.person.other").to_owned(),
    }
}

/// What the service does with whose data.
pub fn processing(service: &Service, lang: Lang) -> Processing {
    let cx = Context {
        lang,
        ..Context::default()
    };
    let texts = service.texts.get(&lang);
    let name = texts.and_then(|t| t.get("noun", None).or_else(|| t.get("name", None)));
    let name = name.unwrap_or(&service.id).to_owned();
    let mut order = Vec::new();
    let mut persons: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for question in service
        .form
        .pages
        .iter()
        .flat_map(|p| &p.questions)
        .filter(|q| is_personal(q))
    {
        let who = who(service, question, &cx);
        if !persons.contains_key(&who) {
            order.push(who.clone());
        }
        let label = match &question.kind {
            Kind::Group { parts, .. } => {
                let parts = parts.iter().filter(|p| is_personal(p));
                let parts: Vec<String> = parts
                    .map(|p| short_label(service, &format!("{}.{}", question.id, p.id), &cx))
                    .collect();
                format!("{} ({})", short_label(service, &question.id, &cx), parts.join(", "))
            }
            _ => short_label(service, &question.id, &cx),
        };
        persons.entry(who).or_default().push(label);
    }
    // The machine that the form runs on, and whoever reads at the desk.
    let mut recipients: Vec<String> = vec![word(lang, "processing.desk").to_owned()];
    let asked: BTreeSet<&str> = service.consults.iter().map(|c| c.who.as_str()).collect();
    for who in asked {
        let known = words(lang).strings.get(&format!("processing.office.{who}"));
        recipients.push(known.cloned().unwrap_or_else(|| who.to_owned()));
    }
    recipients.extend(list(lang, "processing.others").iter().cloned());
    let shorter = kept_shorter(service).map(|(q, r)| kept(service, short_label(service, &q.id, &cx), r, lang));
    Processing {
        service: service.id.clone(),
        hash: service.hash.clone(),
        purpose: word(lang, "processing.purpose").replace("{service}", &name),
        name,
        legal_basis: service
            .legal_basis
            .iter()
            .map(|b| Basis {
                title: b.title.clone(),
                confirmed: b.confirmed,
            })
            .collect(),
        persons: order
            .into_iter()
            .map(|who| Persons {
                data: persons.remove(&who).unwrap_or_default(),
                who,
            })
            .collect(),
        recipients,
        retention: kept(
            service,
            word(lang, "processing.case").to_owned(),
            &service.retention,
            lang,
        ),
        shorter: shorter.collect(),
    }
}

/// What is kept besides cases, and how long: mails, messages, accounts.
pub fn besides(region: &Region, lang: Lang) -> Vec<Kept> {
    let name = |id: &str| format!("processing.besides.{id}");
    let named = region
        .periods
        .iter()
        .filter(|(id, _)| words(lang).strings.contains_key(&name(id)));
    let days = list(lang, "processing.days");
    named
        .map(|(id, figure)| {
            let n = figure.value.as_i64().unwrap_or_default();
            let unit = days.get(usize::from(n != 1)).map_or("", String::as_str);
            Kept {
                what: word(lang, &name(id)).to_owned(),
                how_long: format!("{n}\u{a0}{unit}"),
                confirmed: figure.confirmed,
                why: figure.legal_basis.clone(),
            }
        })
        .collect()
}

/// Technical and organisational measures, a sentence each.
pub fn measures(lang: Lang) -> &'static [String] {
    list(lang, "processing.measures")
}

/// What holds for all services: the legal basis of processing itself.
pub fn general_basis(lang: Lang) -> &'static str {
    word(lang, "processing.general")
}
