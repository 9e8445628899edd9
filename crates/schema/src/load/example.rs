//! examples/*.toml → the model.

use jiff::civil::Date;

use super::scalar;
use super::view::{File, View, parse};
use crate::{DeadlineKind, Example, Expect, ExpectDeadline, Room, RoomTariff};

/// Reads one example; `name` is the file's name without `.toml`.
pub(crate) fn read(name: &str, file: &File) -> Example {
    let root = file.root();
    Example {
        file: name.to_owned(),
        title: root.word("title"),
        today: date(root, "today"),
        place: root.word("place"),
        params: root
            .get("params")
            .entries()
            .iter()
            .map(|e| (e.key.clone(), root.of(e).json()))
            .collect(),
        rooms: root.list("rooms").into_iter().map(room).collect(),
        answers: root.get("answers").json(),
        expect: expect(root.get("expect")),
    }
}

fn date(v: View<'_>, key: &str) -> Date {
    v.text(key).and_then(|s| scalar::date(&s)).unwrap_or(Date::ZERO)
}

fn expect(v: View<'_>) -> Expect {
    let checks = v.get("checks");
    Expect {
        outcome: v.word("outcome"),
        errors: v.texts("errors"),
        exit: v.text("exit"),
        regime: v.text("regime"),
        fee_cents: v.int("fee_cents"),
        checks: checks
            .entries()
            .iter()
            .filter_map(|e| Some((e.key.clone(), checks.of(e).as_text()?)))
            .collect(),
        deadlines: v.list("deadline").into_iter().map(deadline).collect(),
    }
}

fn deadline(v: View<'_>) -> ExpectDeadline {
    ExpectDeadline {
        kind: parse(&v.word("kind")).unwrap_or(DeadlineKind::Notice),
        last_day: date(v, "last_day"),
        late_by: v.int("late_by").unwrap_or(0),
    }
}

fn room(v: View<'_>) -> Room {
    let int = |key: &str| v.int(key).unwrap_or(0);
    let tariff = v.get("tariff");
    Room {
        id: v.word("id"),
        name: v.word("name"),
        persons: int("persons"),
        seats: int("seats"),
        kitchen: v.flag("kitchen"),
        statute: v.flag("statute"),
        tariff: tariff
            .entries()
            .iter()
            .map(|e| (e.key.clone(), prices(tariff.of(e))))
            .collect(),
        heating_day: int("heating_day"),
        heating_months: v.list("heating_months").into_iter().filter_map(View::as_int).collect(),
        cleaning: int("cleaning"),
        ..Room::default()
    }
}

fn prices(v: View<'_>) -> RoomTariff {
    let int = |key: &str| v.int(key).unwrap_or(0);
    RoomTariff {
        day: int("day"),
        hour: int("hour"),
        deposit: int("deposit"),
    }
}
