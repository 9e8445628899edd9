//! Where several want the same room at the same time, or a wish meets what is settled: seen, said, and what to
//! do. Settled bookings never clash with each other: the store does not let them.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde_json::{Value, json};
use store::{Booking, BookingKind, RoomRow};

use crate::format;

/// Which rooms shut each other out: the same, or one contains the other over any number of steps.
pub struct Tree<'a>(BTreeMap<&'a str, &'a RoomRow>);

impl<'a> Tree<'a> {
    pub fn of(rooms: &'a [RoomRow]) -> Tree<'a> {
        Tree(rooms.iter().map(|r| (r.room.id.as_str(), r)).collect())
    }

    pub fn name(&self, room: &str) -> &'a str {
        self.0.get(room).map_or("", |r| r.room.name.as_str())
    }

    fn above(&self, upper: &str, lower: &str) -> bool {
        let mut at = self.0.get(lower).and_then(|r| r.parent.as_deref());
        // A tree has no more steps than rooms.
        for _ in 0..self.0.len() {
            match at {
                Some(parent) if parent == upper => return true,
                Some(parent) => at = self.0.get(parent).and_then(|r| r.parent.as_deref()),
                None => return false,
            }
        }
        false
    }

    pub fn related(&self, a: &str, b: &str) -> bool {
        a == b || self.above(a, b) || self.above(b, a)
    }
}

/// `Zwei`, `Drei` … at the beginning of a sentence.
fn count(n: usize) -> String {
    const WORDS: [&str; 5] = ["Zwei", "Drei", "Vier", "Fünf", "Sechs"];
    n.checked_sub(2)
        .and_then(|i| WORDS.get(i))
        .map_or_else(|| n.to_string(), |w| (*w).to_owned())
}

/// `12.12.`
pub fn day(date: Date) -> String {
    schema::show::format::day_month(date, schema::Lang::De)
}

/// Address of what a booking belongs to, and its words there.
pub fn link(b: &Booking) -> Value {
    let href = match (&b.case, b.kind) {
        (Some(case), _) => format!("/amt/v/{case}"),
        (None, BookingKind::Blocked) => format!("/amt/kalender/sperre/{}", b.id),
        _ => String::new(),
    };
    json!({ "href": href, "text": b.label })
}

/// One notice for each clash: `title`, `text`, `links`. `order`: who goes first, in the municipality's words.
pub fn notices(bookings: &[Booking], tree: &Tree<'_>, order: impl Fn(&str) -> String) -> Vec<Value> {
    let meets =
        |a: &Booking, b: &Booking| a.id != b.id && a.from < b.to && b.from < a.to && tree.related(&a.room, &b.room);
    let wishes: Vec<&Booking> = bookings.iter().filter(|b| b.kind == BookingKind::Wish).collect();
    let mut out = Vec::new();
    for wish in &wishes {
        let Some(settled) = bookings.iter().find(|b| b.kind.excludes() && meets(wish, b)) else {
            continue;
        };
        let when = day(domain::date_of(wish.from));
        out.push(json!({
            "title": format!("Die Anfrage „{}“ am {when} trifft auf „{}“.", wish.label, settled.label),
            "text": format!("{} ist dann schon vergeben. Lehnen Sie die Anfrage ab oder bieten Sie einen anderen Tag an.", tree.name(&wish.room)),
            "links": [link(wish), link(settled)],
        }));
    }
    // Wishes that meet, directly or over others, are one decision.
    let mut seen: Vec<&str> = Vec::new();
    for wish in &wishes {
        if seen.contains(&wish.id.as_str()) {
            continue;
        }
        let mut group: Vec<&Booking> = vec![wish];
        let mut at = 0;
        while at < group.len() {
            let here = group[at];
            for other in &wishes {
                if meets(here, other) && !group.iter().any(|g| g.id == other.id) {
                    group.push(other);
                }
            }
            at += 1;
        }
        seen.extend(group.iter().map(|g| g.id.as_str()));
        if group.len() > 1 {
            let rule = order(&wish.room);
            let rule = if rule.is_empty() {
                String::new()
            } else {
                format!("Es gilt: {rule}. ")
            };
            out.push(json!({
                "title": format!("{} Anfragen für {} am {}", count(group.len()), tree.name(&wish.room), day(domain::date_of(wish.from))),
                "text": format!("{rule}Sagen Sie einer zu. Lehnen Sie die andere ab oder bieten Sie einen anderen Tag an."),
                "links": group.iter().map(|g| link(g)).collect::<Vec<_>>(),
            }));
        }
    }
    out
}

/// What is in the way of closing a room, in the order of time: with a link to each.
pub fn in_the_way(bookings: &[Booking], tree: &Tree<'_>, room: &str) -> Vec<Value> {
    bookings
        .iter()
        .filter(|b| b.kind.excludes())
        .map(|b| {
            let part = if b.room == room {
                String::new()
            } else {
                format!(", {}", tree.name(&b.room))
            };
            let what = match b.kind {
                BookingKind::Firm => "fest gebucht",
                BookingKind::Blocked => "schon gesperrt",
                _ => "vorgemerkt",
            };
            let when = format!("{} bis {}", format::moment(b.from), format::moment(b.to));
            json!({ "link": link(b), "text": format!("{when}, {what}{part}") })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use store::OnRequest;

    fn room(id: &str, parent: Option<&str>) -> RoomRow {
        RoomRow {
            place: "16077036".into(),
            parent: parent.map(str::to_owned),
            on_request: OnRequest::Wish,
            active: true,
            position: 1,
            room: schema::Room {
                id: id.into(),
                name: id.to_uppercase(),
                ..schema::Room::default()
            },
        }
    }

    fn booking(id: &str, room: &str, hours: (i8, i8), kind: BookingKind) -> Booking {
        let at = |h: i8| {
            let day = jiff::civil::date(2026, 12, 12);
            domain::booking::moment(day, jiff::civil::time(h, 0, 0, 0)).expect("a moment")
        };
        Booking {
            id: id.into(),
            room: room.into(),
            case: Some(id.into()),
            from: at(hours.0),
            to: at(hours.1),
            kind,
            label: format!("Fest {id}"),
        }
    }

    #[test]
    fn wishes_that_meet_are_one_decision_and_halves_do_not_meet() {
        let rooms = [
            room("saal", None),
            room("nord", Some("saal")),
            room("sued", Some("saal")),
        ];
        let tree = Tree::of(&rooms);
        assert!(tree.related("saal", "nord") && tree.related("nord", "saal") && !tree.related("nord", "sued"));
        let wish = |id: &str, room: &str, from, to| booking(id, room, (from, to), BookingKind::Wish);
        let rule = |_: &str| "erst Vereine".to_owned();
        let apart = [
            wish("a", "nord", 14, 20),
            wish("b", "sued", 14, 20),
            wish("c", "saal", 20, 22),
        ];
        assert!(notices(&apart, &tree, rule).is_empty());
        let chain = [
            wish("a", "nord", 14, 18),
            wish("b", "saal", 17, 20),
            wish("c", "sued", 19, 22),
        ];
        let found = notices(&chain, &tree, rule);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0]["title"], "Drei Anfragen für NORD am 12.12.");
        assert!(
            found[0]["text"]
                .as_str()
                .is_some_and(|t| t.starts_with("Es gilt: erst Vereine."))
        );
        assert_eq!(found[0]["links"].as_array().map(Vec::len), Some(3));
    }

    #[test]
    fn a_wish_that_meets_what_is_settled_is_said_with_what_to_do() {
        let rooms = [room("saal", None), room("nord", Some("saal"))];
        let tree = Tree::of(&rooms);
        let all = [
            booking("a", "nord", (14, 18), BookingKind::Wish),
            booking("b", "saal", (8, 15), BookingKind::Firm),
        ];
        let found = notices(&all, &tree, |_| String::new());
        assert_eq!(found.len(), 1);
        assert_eq!(found[0]["title"], "Die Anfrage „Fest a“ am 12.12. trifft auf „Fest b“.");
        assert_eq!(in_the_way(&all, &tree, "nord").len(), 1);
    }
}
