//! The history of the settings: every change in sentences, with who and when.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::response::Response;
use schema::Service;
use serde_json::{Value, json};
use store::{Change, Clerk};

use crate::desk::session::Auditor;
use crate::failure::Result;
use crate::format::{self, euro};
use crate::offering::rules;
use crate::office::room_form::{CLASSES, COLUMNS};
use crate::office::rooms::{month, season};
use crate::office::{frame, revert};
use crate::req::Req;
use crate::state::App;

/// Changes shown; older ones stay in the store.
const SHOWN: u32 = 300;
/// Characters of a value in a sentence.
const LONG: usize = 60;

/// Name of who changed something.
pub fn actor(clerks: &[Clerk], id: &str) -> String {
    match clerks.iter().find(|c| c.id.as_str() == id) {
        Some(clerk) => clerk.name.clone(),
        None if id == "system" => "Einrichtung".to_owned(),
        // Made by a command, which names itself.
        None if id.len() != 32 => id.to_owned(),
        None => "unbekannt".to_owned(),
    }
}

/// Words that sentences need: names of services, places, clerks.
pub struct Names<'a> {
    pub services: BTreeMap<String, std::sync::Arc<Service>>,
    pub places: BTreeMap<String, String>,
    pub clerks: &'a [Clerk],
    /// Bundles.
    pub items: BTreeMap<String, String>,
}

/// One change: what it is about, and sentences of what changed.
pub fn sentences(change: &Change, names: &Names<'_>) -> (String, Vec<String>) {
    let place = names
        .places
        .get(&change.place)
        .map(|p| format!(" in {p}"))
        .unwrap_or_default();
    let service = names.services.get(&change.item);
    let noun = service.map_or(change.item.as_str(), |s| s.noun());
    match change.area.as_str() {
        "opt_in" => {
            let what = match (change.before == json!(true), change.after == json!(true)) {
                (_, true) => "Die Leistung ist jetzt online.",
                _ if change.after == json!("left") => "Der Ort nimmt nicht mehr teil.",
                (true, false) => "Die Leistung pausiert.",
                (false, false) => "Die Leistung bleibt auf Papier.",
            };
            (format!("{noun}{place}"), vec![what.to_owned()])
        }
        "params" => (
            format!("{noun}{place}"),
            service.map_or_else(Vec::new, |s| params(s, change)),
        ),
        "room" => {
            let named = |v: &Value| v["room"]["name"].as_str().map(str::to_owned);
            let name = named(&change.after)
                .or_else(|| named(&change.before))
                .unwrap_or_else(|| change.item.clone());
            (format!("Raum {name}{place}"), room(&change.before, &change.after))
        }
        "office" if change.item == "crest" => {
            let text = if change.after == json!(true) {
                "Ein neues Wappen ist da."
            } else {
                "Das Wappen ist entfernt."
            };
            (format!("Wappen{place}"), vec![text.to_owned()])
        }
        "office" => (
            format!("Kontakt und Bank{place}"),
            office(&change.before, &change.after),
        ),
        "text_block" => block(&change.before, &change.after),
        "clerk" => clerk(change),
        "reads" => {
            let what = match change.after.as_str() {
                Some(reason) => format!("Die Liste für Antragstellende ist abgeschaltet: {}", short(reason)),
                None => "Antragstellende sehen wieder, wer gelesen hat.".to_owned(),
            };
            ("Protokoll".to_owned(), vec![what])
        }
        "archive" => {
            let what = match change.after["name"].as_str() {
                Some(name) => format!(
                    "Vor dem Löschen wird gefragt: {} (Antwort in {} Tagen).",
                    short(name),
                    change.after["days"]
                ),
                None => "Es ist kein Archiv genannt; die Leitung gibt zum Löschen frei.".to_owned(),
            };
            ("Löschen".to_owned(), vec![what])
        }
        "second_factor" => {
            let what = if change.after == json!(true) {
                "Alle brauchen zum Anmelden auch einen Code."
            } else {
                "Wer keinen Code eingerichtet hat, meldet sich nur mit dem Passwort an."
            };
            ("Konten".to_owned(), vec![what.to_owned()])
        }
        "planned" => {
            let what = match change.after.as_str().and_then(|d| d.parse().ok()) {
                Some(day) => format!("Geht am {} online.", format::date(day)),
                None => "Der Tag zum Freischalten ist zurückgenommen oder vorbei.".to_owned(),
            };
            (
                names
                    .items
                    .get(&change.item)
                    .cloned()
                    .unwrap_or_else(|| noun.to_owned()),
                vec![what],
            )
        }
        "calendar" => calendar(&place, &change.before, &change.after),
        "calendar_feed" => {
            let what = match (change.before == json!(true), change.after == json!(true)) {
                (true, true) => "Der Link ist neu, der alte gilt nicht mehr.",
                (_, true) => "Ein Link zum Abonnieren gilt jetzt.",
                _ => "Der Link zum Abonnieren ist widerrufen.",
            };
            ("Kalender abonnieren".to_owned(), vec![what.to_owned()])
        }
        _ => (change.area.clone(), vec!["Geändert.".to_owned()]),
    }
}

/// A time that was closed or opened again.
fn calendar(place: &str, before: &Value, after: &Value) -> (String, Vec<String>) {
    let (what, word) = if after.is_null() {
        (before, "Sperre aufgehoben")
    } else {
        (after, "Gesperrt")
    };
    let text = |key: &str| what[key].as_str().unwrap_or_default();
    let when = |key: &str| text(key).parse().map(format::moment).unwrap_or_default();
    let line = format!("{word}: {} bis {}, {}", when("from"), when("to"), short(text("reason")));
    (format!("Kalender, {}{place}", text("room")), vec![line])
}

fn short(text: &str) -> String {
    if text.is_empty() {
        return "leer".to_owned();
    }
    if text.chars().count() <= LONG {
        return text.to_owned();
    }
    let cut: String = text.chars().take(LONG).collect();
    format!("{} …", cut.trim_end())
}

fn from_to(label: &str, before: &str, after: &str) -> String {
    match (before.is_empty(), after.is_empty()) {
        (true, _) => format!("{label}: {}", short(after)),
        (_, true) => format!("{label}: {} entfernt", short(before)),
        _ => format!("{label}: von {} auf {}", short(before), short(after)),
    }
}

fn params(service: &Service, change: &Change) -> Vec<String> {
    let mut out = Vec::new();
    for p in &service.parameters {
        let old = change.before.get(&p.id).unwrap_or(&p.default);
        let new = change.after.get(&p.id).unwrap_or(&p.default);
        if old != new {
            let label = schema::parameter::label(service, &p.id);
            out.push(match p.kind {
                schema::ParamType::Text => {
                    let words = |v| rules::in_words(service, &p.id, v);
                    from_to(label, &words(old), &words(new))
                }
                _ => format!("{label}: {}", schema::parameter::changed(service, p, old, new)),
            });
        }
    }
    if out.is_empty() {
        out.push("Die Vorgaben sind übernommen.".to_owned());
    }
    out
}

fn room(before: &Value, after: &Value) -> Vec<String> {
    if before.is_null() {
        return vec!["Der Raum ist angelegt.".to_owned()];
    }
    let mut out = Vec::new();
    if before["active"] != after["active"] {
        let on = after["active"] == json!(true);
        out.push(if on { "Wieder buchbar" } else { "Abgeschaltet" }.to_owned());
    }
    if before["on_request"] != after["on_request"] {
        let wish = after["on_request"] == json!("wish");
        out.push(format!(
            "Bei Anfragen: {}",
            if wish { "Wünsche sammeln" } else { "Termin vormerken" }
        ));
    }
    let (b, a) = (&before["room"], &after["room"]);
    let text = |v: &Value, key: &str| match &v[key] {
        Value::String(s) => s.clone(),
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
        Value::Number(n) if n.as_i64() == Some(0) => String::new(),
        Value::Number(n) => n.to_string(),
        _ => String::new(),
    };
    let fields = [
        ("name", "Name"),
        ("description", "Adresse und Lage"),
        ("seats", "Plätze"),
        ("persons", "Personen"),
        ("equipment", "Ausstattung"),
    ];
    for (key, label) in fields {
        if b[key] != a[key] {
            out.push(from_to(label, &text(b, key), &text(a, key)));
        }
    }
    if b["kitchen"] != a["kitchen"] {
        out.push(
            if a["kitchen"] == json!(true) {
                "Mit Küche"
            } else {
                "Ohne Küche"
            }
            .to_owned(),
        );
    }
    if before["parent"] != after["parent"] {
        out.push(
            if after["parent"].is_null() {
                "Kein Teil mehr"
            } else {
                "Teil eines anderen Raums"
            }
            .to_owned(),
        );
    }
    if b["statute"] != a["statute"] {
        let statute = a["statute"] == json!(true);
        out.push(format!(
            "Grundlage der Beträge: {}",
            if statute { "Satzung" } else { "Mietvertrag" }
        ));
    }
    out.extend(tariff(&b["tariff"], &a["tariff"]));
    let cents = |v: &Value| v.as_i64().filter(|n| *n != 0).map(euro).unwrap_or_default();
    for (key, label) in [("heating_day", "Heizung am Tag"), ("cleaning", "Reinigung")] {
        if b[key] != a[key] {
            out.push(from_to(label, &cents(&b[key]), &cents(&a[key])));
        }
    }
    if b["heating_months"] != a["heating_months"] {
        let months: Vec<i64> = a["heating_months"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_i64)
            .collect();
        out.push(match season(&months) {
            Some((from, to)) => format!("Heizzeit: {} bis {}", month(from), month(to)),
            None => "Heizzeit: keine".to_owned(),
        });
    }
    if out.is_empty() {
        out.push("Geändert.".to_owned());
    }
    out
}

fn tariff(before: &Value, after: &Value) -> Vec<String> {
    let mut out = Vec::new();
    for class in &CLASSES {
        let (b, a) = (&before[class.key], &after[class.key]);
        match (b.is_null(), a.is_null()) {
            (true, true) => {}
            (false, true) => out.push(format!("{}: nicht mehr buchbar", class.label)),
            _ => {
                for ((_, head), key) in COLUMNS.iter().zip(["day", "hour", "deposit"]) {
                    let (old, new) = (b[key].as_i64(), a[key].as_i64().unwrap_or(0));
                    match old {
                        Some(old) if old != new => {
                            out.push(format!("{}, {head}: von {} auf {}", class.label, euro(old), euro(new)));
                        }
                        None if new != 0 => out.push(format!("{}, {head}: {}", class.label, euro(new))),
                        _ => {}
                    }
                }
                if b.is_null()
                    && ["day", "hour", "deposit"]
                        .iter()
                        .all(|k| a[*k].as_i64().unwrap_or(0) == 0)
                {
                    out.push(format!("{}: ohne Entgelt", class.label));
                }
            }
        }
    }
    out
}

fn office(before: &Value, after: &Value) -> Vec<String> {
    const FIELDS: [(&str, &str); 14] = [
        ("name", "Name"),
        ("department", "Abteilung"),
        ("street", "Straße"),
        ("postcode", "Postleitzahl"),
        ("town", "Ort"),
        ("phone", "Telefon"),
        ("email", "E-Mail"),
        ("note", "Hinweis"),
        ("bank_holder", "Kontoinhaber"),
        ("iban", "IBAN"),
        ("signature", "Unterschrift"),
        ("data_officer", "Datenschutz"),
        ("keeping", "Aufbewahrung"),
        ("hours", "Öffnungszeiten"),
    ];
    let text = |v: &Value| match v {
        Value::String(s) => s.clone(),
        _ => String::new(),
    };
    let mut out = Vec::new();
    for (key, label) in FIELDS {
        let (b, a) = (&before[key], &after[key]);
        if key == "hours" {
            if b != a {
                out.push("Öffnungszeiten geändert".to_owned());
            }
        } else if text(b) != text(a) {
            out.push(from_to(label, &text(b), &text(a)));
        }
    }
    if before["sample"] == json!(true) && after["sample"] != json!(true) {
        out.push("Die Beispielwerte sind ersetzt.".to_owned());
    }
    if out.is_empty() {
        out.push("Gespeichert, ohne etwas zu ändern.".to_owned());
    }
    out
}

fn block(before: &Value, after: &Value) -> (String, Vec<String>) {
    let title = after["title"].as_str().or(before["title"].as_str()).unwrap_or_default();
    let what = match (before.is_null(), after.is_null()) {
        (true, _) => vec!["Angelegt".to_owned()],
        (_, true) => vec!["Gelöscht".to_owned()],
        _ => {
            let fields = [("title", "Titel"), ("text", "Text")];
            let text = |v: &Value, key: &str| v[key].as_str().unwrap_or_default().to_owned();
            let mut out: Vec<String> = fields
                .iter()
                .filter(|(key, _)| before[*key] != after[*key])
                .map(|(key, label)| from_to(label, &text(before, key), &text(after, key)))
                .collect();
            if out.is_empty() {
                out.push("Geändert.".to_owned());
            }
            out
        }
    };
    (format!("Textbaustein „{title}“"), what)
}

fn clerk(change: &Change) -> (String, Vec<String>) {
    let (b, a) = (&change.before, &change.after);
    let name = a["name"].as_str().unwrap_or_default();
    let leads = |v: &Value| v["roles"].as_array().is_some_and(|r| r.iter().any(|x| x == "lead"));
    let mut out = Vec::new();
    if b["name"] != a["name"] {
        out.push(from_to("Name", b["name"].as_str().unwrap_or_default(), name));
    }
    let audits = |v: &Value| {
        v["roles"]
            .as_array()
            .is_some_and(|r| r.iter().any(|x| x == store::AUDITOR))
    };
    let new = b["prefs"]["first_password"].is_null() && !a["prefs"]["first_password"].is_null();
    if !new && audits(b) != audits(a) {
        out.push(
            if audits(a) {
                "Liest jetzt nur noch das Protokoll"
            } else {
                "Bearbeitet jetzt Vorgänge"
            }
            .to_owned(),
        );
    }
    if leads(b) != leads(a) {
        out.push(
            if leads(a) {
                "Darf jetzt auch einstellen"
            } else {
                "Darf nicht mehr einstellen"
            }
            .to_owned(),
        );
    }
    if b["active"] != a["active"] {
        let on = a["active"] == json!(true);
        out.push(
            if on {
                "Wieder freigegeben"
            } else {
                "Gesperrt, alle Sitzungen beendet"
            }
            .to_owned(),
        );
    }
    match (
        b["prefs"]["first_password"].as_i64(),
        a["prefs"]["first_password"].as_i64(),
    ) {
        (None, Some(_)) => out.push(
            if leads(a) {
                "Konto angelegt, mit Leitung"
            } else if audits(a) {
                "Konto angelegt, liest nur das Protokoll"
            } else {
                "Konto angelegt"
            }
            .to_owned(),
        ),
        (Some(old), Some(new)) if old != new => out.push("Neues Passwort, alle Sitzungen beendet".to_owned()),
        _ => {}
    }
    if out.is_empty() {
        out.push("Eigene Einstellungen geändert.".to_owned());
    }
    (format!("Konto {name}"), out)
}

/// Groups of the history for the filter.
const AREAS: [(&str, &str); 10] = [
    ("opt_in", "Freischalten"),
    ("params", "Regeln"),
    ("room", "Räume und Tarife"),
    ("calendar", "Kalender"),
    ("office", "Kontakt, Bank, Wappen"),
    ("text_block", "Textbausteine"),
    ("clerk", "Konten"),
    ("second_factor", "Anmelden mit Code"),
    ("archive", "Löschen"),
    ("reads", "Protokoll"),
];

pub async fn page(State(app): State<App>, who: Auditor, req: Req) -> Result<Response> {
    let (changes, clerks) = who
        .0
        .tenant
        .read(|t| Ok::<_, store::Error>((t.changes(None, SHOWN)?, t.clerks()?)))
        .await?;
    let places = app.places_of(who.0.tenant.id());
    let names = Names {
        services: app.services.all().into_iter().map(|s| (s.id.clone(), s)).collect(),
        places: if places.len() > 1 {
            places.iter().map(|p| (p.ags.0.clone(), p.name.clone())).collect()
        } else {
            BTreeMap::new()
        },
        clerks: &clerks,
        items: app
            .bundles
            .iter()
            .map(|b| (b.id.clone(), b.name(schema::Lang::De).to_owned()))
            .collect(),
    };
    let area = req.param("bereich").unwrap_or_default();
    let rows: Vec<Value> = changes
        .iter()
        .filter(|c| area.is_empty() || c.area == area || (area == "calendar" && c.area == "calendar_feed") || (area == "opt_in" && c.area == "planned"))
        // A clerk's own choices (mail, shortcuts) are nobody else's business.
        .filter(|c| !(c.area == "clerk" && c.actor == c.item))
        .map(|c| {
            let (about, what) = sentences(c, &names);
            let back = who.0.is_lead() && revert::is_reversible(c);
            json!({ "id": if back { c.id.as_str() } else { "" }, "at": format::moment(c.at), "iso": format::iso(c.at), "who": actor(names.clerks, &c.actor), "about": about, "what": what })
        })
        .collect();
    let mut views = vec![json!({ "label": "Alles", "href": "/amt/einstellungen/verlauf", "here": area.is_empty() })];
    views.extend(AREAS.iter().map(|(key, label)| {
        json!({ "label": label, "href": format!("/amt/einstellungen/verlauf?bereich={key}"), "here": area == *key })
    }));
    let notice = match req.param("stand").as_deref() {
        Some("zurueck") => {
            "Zurückgeholt. Die früheren Regeln gelten ab jetzt für neue Vorgänge, laufende behalten ihre."
        }
        _ => "",
    };
    let ctx = json!({ "notice": notice, "rows": rows, "views": views, "shown": SHOWN, "cut": changes.len() == SHOWN as usize });
    frame::ok(&app, "office/history.html", &req, &who, "verlauf", ctx)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(area: &str, item: &str, before: Value, after: Value) -> Change {
        Change {
            id: "1".into(),
            at: jiff::Timestamp::UNIX_EPOCH,
            place: "16077036".into(),
            area: area.into(),
            item: item.into(),
            actor: "c1".into(),
            before,
            after,
        }
    }

    fn told(c: &Change) -> (String, Vec<String>) {
        let names = Names {
            services: BTreeMap::new(),
            places: BTreeMap::from([("16077036".into(), "Nobitz".into())]),
            clerks: &[],
            items: BTreeMap::new(),
        };
        sentences(c, &names)
    }

    #[test]
    fn a_changed_tariff_is_told_in_words() {
        let room = |day: i64| {
            json!({ "active": true, "on_request": "hold", "parent": null, "room": { "name": "Saal", "seats": 120,
                "tariff": { "local_club": { "day": day, "hour": 0, "deposit": 15_000 } } } })
        };
        let (about, what) = told(&change("room", "saal", room(6000), room(7000)));
        assert_eq!(about, "Raum Saal in Nobitz");
        assert_eq!(what, ["Verein aus dem Ort, je Tag: von 60,00\u{a0}€ auf 70,00\u{a0}€"]);
        let (_, what) = told(&change("room", "saal", Value::Null, room(6000)));
        assert_eq!(what, ["Der Raum ist angelegt."]);
        let mut off = room(6000);
        off["active"] = json!(false);
        off["room"]["tariff"] = json!({});
        let (_, what) = told(&change("room", "saal", room(6000), off));
        assert_eq!(what, ["Abgeschaltet", "Verein aus dem Ort: nicht mehr buchbar"]);
    }

    #[test]
    fn contact_accounts_and_sentences() {
        let (_, what) = told(&change(
            "office",
            "",
            json!({ "phone": "03447 1" }),
            json!({ "phone": "03447 2", "iban": "DE02" }),
        ));
        assert_eq!(what, ["Telefon: von 03447 1 auf 03447 2", "IBAN: DE02"]);
        let clerk = |active: bool, roles: Value, prefs: Value| json!({ "name": "S. Krell", "active": active, "roles": roles, "prefs": prefs });
        let (about, what) = told(&change(
            "clerk",
            "c2",
            clerk(true, json!(["clerk"]), json!({})),
            clerk(false, json!(["clerk", "lead"]), json!({})),
        ));
        assert_eq!(about, "Konto S. Krell");
        assert_eq!(what, ["Darf jetzt auch einstellen", "Gesperrt, alle Sitzungen beendet"]);
        let (_, what) = told(&change(
            "clerk",
            "c2",
            clerk(true, json!(["clerk"]), json!({})),
            clerk(true, json!(["clerk"]), json!({ "first_password": 1 })),
        ));
        assert_eq!(what, ["Konto angelegt"]);
        let (about, what) = told(&change(
            "text_block",
            "b",
            json!({ "title": "Wind", "text": "a" }),
            Value::Null,
        ));
        assert_eq!((about.as_str(), what[0].as_str()), ("Textbaustein „Wind“", "Gelöscht"));
    }

    #[test]
    fn a_long_value_is_cut() {
        let line = from_to("Hinweis", "", &"x".repeat(100));
        assert_eq!(line.chars().count(), "Hinweis: ".chars().count() + LONG + 2);
    }
}
