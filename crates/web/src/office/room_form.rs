//! One room as a form: typed text ↔ room with tariffs. Pure: no store, no page.

use std::collections::BTreeMap;

use schema::{Room, RoomTariff};
use serde_json::{Value, json};
use store::{OnRequest, RoomRow};

use crate::office::fields::{
    Choice, Faults, Field, Typed, choice, read_line, read_money, read_needed, read_number, typed_money,
};
use crate::office::rooms::{month, season};

/// A group of people with a tariff of its own. The keys are those of `Room::tariff`.
pub struct Class {
    pub key: &'static str,
    pub label: &'static str,
    /// Head of a narrow column.
    pub short: &'static str,
    pub text: &'static str,
}

/// In the order of rank: who comes first when several want the same room. The last two rank alike.
pub const CLASSES: [Class; 5] = [
    Class {
        key: "own",
        label: "Gemeinde selbst",
        short: "Gemeinde",
        text: "Auch Feuerwehr und Ortschaftsrat",
    },
    Class {
        key: "local_club",
        label: "Verein aus dem Ort",
        short: "Verein aus dem Ort",
        text: "",
    },
    Class {
        key: "resident",
        label: "Einwohnerinnen und Einwohner",
        short: "Einwohnerschaft",
        text: "",
    },
    Class {
        key: "outsider",
        label: "Auswärtige",
        short: "Auswärtige",
        text: "",
    },
    Class {
        key: "commercial",
        label: "Gewerblich",
        short: "gewerblich",
        text: "Wer Gewinn erzielen will, auch mit Sitz im Ort",
    },
];

/// What people most often ask for. Anything else is free text.
const EQUIPMENT: [&str; 8] = [
    "Theke",
    "Bühne",
    "Beamer",
    "Lautsprecher",
    "Tische und Stühle",
    "Geschirr",
    "barrierefrei",
    "Stellplätze",
];
const KITCHEN: &str = "Küche";

/// Amounts of a class: name before the key, column head.
pub const COLUMNS: [(&str, &str); 3] = [("tag", "je Tag"), ("stunde", "je Stunde"), ("kaution", "Kaution")];

/// A room as it would be typed.
pub fn typed(row: &RoomRow) -> Typed {
    let room = &row.room;
    let mut t = Typed::default();
    t.put("name", &room.name);
    t.put("beschreibung", &room.description);
    let number = |n: i64| if n == 0 { String::new() } else { n.to_string() };
    t.put("plaetze", number(room.seats));
    t.put("personen", number(room.persons));
    if room.kitchen {
        t.put("ausstattung", KITCHEN);
    }
    let (known, more): (Vec<&String>, Vec<&String>) =
        room.equipment.iter().partition(|e| EQUIPMENT.contains(&e.as_str()));
    for item in known {
        t.put("ausstattung", item);
    }
    let more: Vec<&str> = more.iter().map(|s| s.as_str()).collect();
    t.put("weitere", more.join(", "));
    t.put("teil_von", row.parent.clone().unwrap_or_default());
    t.put(
        "anfrage",
        if row.on_request == OnRequest::Wish {
            "wish"
        } else {
            "hold"
        },
    );
    put_tariff(&mut t, room);
    t.put("recht", if room.statute { "satzung" } else { "vertrag" });
    let money = |cents: i64| if cents == 0 { String::new() } else { typed_money(cents) };
    t.put("heizung", money(room.heating_day));
    let (from, to) = season(&room.heating_months).unwrap_or((0, 0));
    t.put("heizung_von", number(from));
    t.put("heizung_bis", number(to));
    t.put("reinigung", money(room.cleaning));
    t
}

/// Puts the tariffs of a room into the form in place of those that stand there.
pub fn put_tariff(t: &mut Typed, room: &Room) {
    for class in &CLASSES {
        let tariff = room.tariff.get(class.key);
        let amount = |f: fn(&RoomTariff) -> i64| tariff.map(|x| typed_money(f(x))).unwrap_or_default();
        t.set(&format!("tag_{}", class.key), amount(|x| x.day));
        t.set(&format!("stunde_{}", class.key), amount(|x| x.hour));
        t.set(&format!("kaution_{}", class.key), amount(|x| x.deposit));
    }
}

/// A form for a new room: the municipality itself pays nothing.
pub fn empty(on_request: &str) -> Typed {
    let mut t = Typed::default();
    for (column, _) in COLUMNS {
        t.put(format!("{column}_own"), typed_money(0));
    }
    t.put("anfrage", if on_request == "wish" { "wish" } else { "hold" });
    t.put("recht", "vertrag");
    t
}

/// Reads the form over an existing room (its id, place, position and state stay). `others`: rooms of the place.
pub fn read(t: &Typed, before: &RoomRow, others: &[RoomRow]) -> Result<RoomRow, Faults> {
    let mut faults = Faults::default();
    let name = faults.take(
        "name",
        read_needed(
            t.get("name"),
            80,
            "Geben Sie dem Raum einen Namen, zum Beispiel: Saal Ehrenhain.",
        ),
    );
    if let Some(name) = &name
        && others
            .iter()
            .any(|r| r.room.id != before.room.id && r.room.name.eq_ignore_ascii_case(name))
    {
        faults.add(
            "name",
            format!("„{name}“ gibt es hier schon. Wählen Sie einen anderen Namen."),
        );
    }
    let description = faults.take("beschreibung", read_line(t.get("beschreibung"), 300));
    let seats = faults
        .take("plaetze", of("Plätze", read_number(t.get("plaetze"), 0, 100_000)))
        .flatten()
        .unwrap_or(0);
    let persons = faults
        .take("personen", of("Personen", read_number(t.get("personen"), 0, 100_000)))
        .flatten()
        .unwrap_or(0);
    if persons > 0 && seats > persons {
        faults.add(
            "plaetze",
            format!("{seats} Plätze sind mehr als die {persons} erlaubten Personen. Prüfen Sie beides."),
        );
    }
    let mut equipment: Vec<String> = EQUIPMENT
        .iter()
        .filter(|e| t.all("ausstattung").any(|a| a == **e))
        .map(|e| (*e).to_owned())
        .collect();
    if let Some(more) = faults.take("weitere", read_line(t.get("weitere"), 200)) {
        equipment.extend(
            more.split(',')
                .map(str::trim)
                .filter(|s| !s.is_empty())
                .map(str::to_owned),
        );
    }
    let parent = Some(t.get("teil_von")).filter(|p| !p.is_empty()).map(str::to_owned);
    if let Some(whole) = &parent
        && !parents(before, others).iter().any(|r| r.room.id == *whole)
    {
        faults.add(
            "teil_von",
            "Dieser Raum kann nicht der ganze sein. Wählen Sie einen anderen oder „kein Teil“.",
        );
    }
    let tariff = tariffs(t, &mut faults);
    let heating_day = faults
        .take("heizung", of("Heizung am Tag", read_money(t.get("heizung"))))
        .flatten()
        .unwrap_or(0);
    let months = heating_months(t.get("heizung_von"), t.get("heizung_bis"));
    if heating_day > 0 && months.is_empty() {
        faults.add(
            "heizung_von",
            "Nennen Sie die Heizzeit. Nur dann kommt die Pauschale dazu.",
        );
    }
    let cleaning = faults
        .take("reinigung", of("Reinigung", read_money(t.get("reinigung"))))
        .flatten()
        .unwrap_or(0);
    if !matches!(t.get("recht"), "vertrag" | "satzung") {
        faults.add("recht", "Wählen Sie, worauf Sie die Beträge stützen.");
    }
    let (Some(name), Some(description), true) = (name, description, faults.is_empty()) else {
        return Err(faults);
    };
    Ok(RoomRow {
        parent,
        on_request: if t.get("anfrage") == "wish" {
            OnRequest::Wish
        } else {
            OnRequest::Hold
        },
        room: Room {
            id: before.room.id.clone(),
            name,
            persons,
            seats,
            kitchen: t.all("ausstattung").any(|a| a == KITCHEN),
            statute: t.get("recht") == "satzung",
            tariff,
            heating_day,
            heating_months: months,
            cleaning,
            description,
            equipment,
        },
        ..before.clone()
    })
}

/// What is wrong, with the name of the field: several ask for the same kind of value.
fn of<T>(field: &str, read: Result<T, String>) -> Result<T, String> {
    read.map_err(|e| format!("{field}: {e}"))
}

/// A class whose row is empty does not hire the room; an empty amount beside others is nought.
fn tariffs(t: &Typed, faults: &mut Faults) -> BTreeMap<String, RoomTariff> {
    let mut out = BTreeMap::new();
    for class in &CLASSES {
        let [day, hour, deposit] = COLUMNS.map(|(column, head)| {
            let field = format!("{column}_{}", class.key);
            faults
                .take(
                    &field,
                    read_money(t.get(&field)).map_err(|e| format!("{}, {head}: {e}", class.label)),
                )
                .flatten()
        });
        if day.is_some() || hour.is_some() || deposit.is_some() {
            let or_nought = |n: Option<i64>| n.unwrap_or(0);
            out.insert(
                class.key.to_owned(),
                RoomTariff {
                    day: or_nought(day),
                    hour: or_nought(hour),
                    deposit: or_nought(deposit),
                },
            );
        }
    }
    out
}

fn heating_months(from: &str, to: &str) -> Vec<i64> {
    let month = |s: &str| s.parse::<i64>().ok().filter(|m| (1..=12).contains(m));
    let (Some(from), Some(to)) = (month(from), month(to)) else {
        return Vec::new();
    };
    let mut out = vec![from];
    let mut at = from;
    while at != to {
        at = if at == 12 { 1 } else { at + 1 };
        out.push(at);
    }
    out
}

/// Rooms that may be the whole of this one: neither itself nor a part of it.
pub fn parents<'a>(room: &RoomRow, others: &'a [RoomRow]) -> Vec<&'a RoomRow> {
    let id = &room.room.id;
    let below = |mut at: &'a RoomRow| {
        for _ in 0..others.len() {
            match &at.parent {
                Some(p) if p == id => return true,
                Some(p) => match others.iter().find(|r| r.room.id == *p) {
                    Some(up) => at = up,
                    None => return false,
                },
                None => return false,
            }
        }
        true
    };
    others
        .iter()
        .filter(|r| r.room.id != *id && r.place == room.place && !below(r))
        .collect()
}

/// The form's fields, by name, for the template.
pub fn fields(t: &Typed, faults: &Faults, row: &RoomRow, others: &[RoomRow]) -> Value {
    let ticks = std::iter::once(KITCHEN)
        .chain(EQUIPMENT)
        .map(|e| choice(e, e, t.all("ausstattung").any(|a| a == e)))
        .collect();
    let mut wholes = vec![choice("", "kein Teil eines anderen", t.get("teil_von").is_empty())];
    wholes.extend(
        parents(row, others)
            .into_iter()
            .map(|r| choice(&r.room.id, &r.room.name, t.get("teil_von") == r.room.id)),
    );
    let radio =
        |name: &str, value: &str, label: &str, text: &str| choice(value, label, t.get(name) == value).text(text);
    let months = |name: &str| -> Vec<Choice> {
        let none = std::iter::once(choice("", "keine", t.get(name).is_empty()));
        none.chain((1..=12).map(|m| choice(m.to_string(), month(m), t.get(name) == m.to_string())))
            .collect()
    };
    let rows: Vec<Value> = CLASSES
        .iter()
        .map(|c| {
            let cells: Vec<Value> = COLUMNS
                .iter()
                .map(|(column, head)| {
                    let id = format!("{column}_{}", c.key);
                    json!({ "id": id, "label": head, "value": t.get(&id), "error": faults.of(&id) })
                })
                .collect();
            json!({ "label": c.label, "text": c.text, "cells": cells })
        })
        .collect();
    json!({
        "name": Field::text("name", "Name", t, faults),
        "beschreibung": Field::text("beschreibung", "Adresse und Lage", t, faults).hint("Zum Beispiel: Dorfstraße 12, 04603 Nobitz, 1. Stock").optional(),
        "plaetze": Field::text("plaetze", "Plätze, bestuhlt", t, faults).mode("numeric"),
        "personen": Field::text("personen", "Personen laut Genehmigung", t, faults).mode("numeric"),
        "ausstattung": Field::choose("ticks", "ausstattung", "Ausstattung", ticks, t, faults),
        "weitere": Field::text("weitere", "Weitere Ausstattung", t, faults).hint("Mit Komma getrennt").optional(),
        "teil_von": Field::choose("select", "teil_von", "Teil von", wholes, t, faults).hint("Ein Teil sperrt das Ganze, das Ganze sperrt alle Teile."),
        "anfrage": Field::choose("radio", "anfrage", "Wenn eine Anfrage kommt", vec![
            radio("anfrage", "hold", "Termin vormerken", "Wer zuerst anfragt, hält den Termin."),
            radio("anfrage", "wish", "Wünsche sammeln", "Mehrere dürfen anfragen. Sie wählen nach Ihrer Rangfolge aus."),
        ], t, faults),
        "recht": Field::choose("radio", "recht", "Worauf stützen Sie die Beträge?", vec![
            radio("recht", "vertrag", "Mietvertrag", "Privates Entgelt: Wir schreiben eine Zusage mit Rechnung."),
            radio("recht", "satzung", "Satzung", "Gebühr nach Ihrer Satzung: Wir schreiben einen Bescheid mit Rechtsbehelfsbelehrung."),
        ], t, faults),
        "heizung": Field::text("heizung", "Heizung, Pauschale", t, faults).mode("decimal").unit("€ am Tag"),
        "heizung_von": Field::choose("select", "heizung_von", "Heizzeit von", months("heizung_von"), t, faults),
        "heizung_bis": Field::choose("select", "heizung_bis", "bis einschließlich", months("heizung_bis"), t, faults),
        "reinigung": Field::text("reinigung", "Reinigung, Pauschale", t, faults).money(),
        "tarife": rows,
        "spalten": COLUMNS.iter().map(|(_, head)| *head).collect::<Vec<_>>(),
    })
}

/// Fields in the order of the page, for the error summary.
pub fn order() -> Vec<String> {
    let tariffs = CLASSES
        .iter()
        .flat_map(|c| COLUMNS.iter().map(move |(column, _)| format!("{column}_{}", c.key)));
    let before = [
        "ort",
        "name",
        "beschreibung",
        "plaetze",
        "personen",
        "weitere",
        "teil_von",
        "anfrage",
    ];
    let after = ["recht", "heizung", "heizung_von", "heizung_bis", "reinigung"];
    before
        .into_iter()
        .map(str::to_owned)
        .chain(tariffs)
        .chain(after.into_iter().map(str::to_owned))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: &str, parent: Option<&str>) -> RoomRow {
        RoomRow {
            place: "16077036".into(),
            parent: parent.map(str::to_owned),
            on_request: OnRequest::Hold,
            active: true,
            position: 1,
            room: Room {
                id: id.into(),
                name: id.into(),
                ..Room::default()
            },
        }
    }

    fn filled() -> Typed {
        let mut t = empty("hold");
        t.set("name", "Saal Ehrenhain");
        t.set("plaetze", "120");
        t.set("personen", "199");
        t.put("ausstattung", "Küche");
        t.put("ausstattung", "Bühne");
        t.set("weitere", "Klavier,  WLAN");
        t.set("tag_local_club", "60");
        t.set("kaution_local_club", "150,00 €");
        t.set("heizung", "25");
        t.set("heizung_von", "10");
        t.set("heizung_bis", "4");
        t
    }

    #[test]
    fn a_room_reads_and_shows_the_same() {
        let read_row = read(&filled(), &row("saal", None), &[]).expect("room");
        let room = &read_row.room;
        assert_eq!(
            (room.seats, room.persons, room.kitchen, room.statute),
            (120, 199, true, false)
        );
        assert_eq!(room.equipment, ["Bühne", "Klavier", "WLAN"]);
        assert_eq!(room.tariff.keys().collect::<Vec<_>>(), ["local_club", "own"]);
        assert_eq!(
            (room.tariff["local_club"].day, room.tariff["local_club"].deposit),
            (6000, 15_000)
        );
        assert_eq!(room.heating_months, [10, 11, 12, 1, 2, 3, 4]);
        let again = read(&typed(&read_row), &read_row, &[]).expect("room");
        assert_eq!(
            serde_json::to_value(&again).expect("json"),
            serde_json::to_value(&read_row).expect("json")
        );
    }

    #[test]
    fn what_does_not_fit_is_named_at_its_field() {
        let mut t = filled();
        t.set("name", "");
        t.set("plaetze", "300");
        t.set("tag_resident", "viel");
        t.set("heizung_von", "");
        t.set("recht", "");
        let faults = read(&t, &row("saal", None), &[]).expect_err("faults");
        for field in ["name", "plaetze", "tag_resident", "heizung_von", "recht"] {
            assert!(!faults.of(field).is_empty(), "{field}");
        }
        assert!(
            faults
                .of("tag_resident")
                .starts_with("Einwohnerinnen und Einwohner, je Tag: „viel“")
        );
        assert!(faults.of("personen").is_empty());
    }

    #[test]
    fn a_name_is_taken_once_and_a_part_cannot_hold_its_whole() {
        let others = [
            row("saal", None),
            row("haelfte", Some("saal")),
            row("viertel", Some("haelfte")),
            row("hof", None),
        ];
        let mut t = filled();
        t.set("name", "Hof");
        t.set("teil_von", "viertel");
        let faults = read(&t, &others[0], &others).expect_err("faults");
        assert!(faults.of("name").contains("„Hof“ gibt es hier schon"));
        assert!(!faults.of("teil_von").is_empty());
        let ids: Vec<&str> = parents(&others[0], &others)
            .iter()
            .map(|r| r.room.id.as_str())
            .collect();
        assert_eq!(ids, ["hof"]);
    }
}
