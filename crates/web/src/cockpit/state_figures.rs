//! The figures of the whole state in big type, each with what it rests on.

use domain::counted;
use domain::discreet::{self, Shown};
use serde_json::{Value, json};

use crate::cockpit::figures::Year;
use crate::cockpit::savings::{self, InForce};
use crate::cockpit::{rows, words};
use crate::state::App;

fn figure(big: String, name: &str, more: String) -> Value {
    json!({ "big": big, "name": name, "more": more, "href": "" })
}

/// With a part that cannot be told while its base is fewer than five.
fn made(base: Shown, with: impl Fn(i64) -> String) -> String {
    base.count().map_or_else(|| words::shown(base), with)
}

/// How many places took part at the end of the month before.
fn before_this_month(app: &App, year: &Year) -> usize {
    let first = app.today().first_of_month();
    let early: Vec<_> = year
        .online
        .iter()
        .filter(|o| domain::date_of(o.since) < first)
        .cloned()
        .collect();
    rows::places_online(&early, None).len()
}

/// `before`: the middle a year ago.
pub fn figures(app: &App, year: &Year, before: Option<counted::Middle>, by: &InForce) -> Vec<Value> {
    let state = &year.state;
    let online = rows::places_online(&year.online, None).len();
    let new = online.saturating_sub(before_this_month(app, year));
    let whole = year.submitted.state(None);
    // What came online, unless the few others could be told from it.
    let base = match whole.count() {
        Some(all) => discreet::part(state.of(None, counted::ONLINE), all),
        None => whole,
    };
    let fetched = Shown::alone(state.of(None, counted::FETCHED));
    let answered = Shown::alone(state.of(None, counted::ANSWERED));
    let unfinished = Shown::alone(counted::unfinished(|kind| state.of(None, kind)));
    let saved = |n| savings::saved(n, by);
    let now = app.today();
    let month = usize::try_from(now.month()).unwrap_or(1);
    let this_month = (year.year == now.year()).then(|| year.months.last().copied()).flatten();
    let minutes = by.get("minutes_applicant").copied().unwrap_or(0) + by.get("minutes_office").copied().unwrap_or(0);
    let per = |id: &str| by.get(id).copied().unwrap_or(0);
    let mut out = vec![
        figure(
            format!(
                "{} von {}",
                words::number(online as i64),
                words::number(app.register.places().len() as i64)
            ),
            "Gemeinden sind dabei",
            match new {
                0 => String::new(),
                n => format!("{n} neu im {}", words::month(month)),
            },
        ),
        figure(
            words::shown(whole),
            &format!("Anträge {}", year.year),
            this_month
                .map(|n| format!("davon {} im {}", words::shown(n), words::month(month)))
                .unwrap_or_default(),
        ),
        figure(
            words::days_long(state.days(None)),
            "bis zur Entscheidung",
            match before {
                Some(b) => format!("Median, im Jahr davor {}", words::days_long(Some(b))),
                None => "Median aller Entscheidungen".to_owned(),
            },
        ),
        figure(
            made(base, |n| format!("{} Std.", words::number(saved(n).hours))),
            "gespart",
            format!("Annahme: {minutes} Minuten je Online-Antrag"),
        ),
        figure(
            made(base, |n| words::number(saved(n).trips)),
            "Wege zum Amt gespart",
            format!("Annahme: {} je 100 Online-Anträge", per("trips")),
        ),
        figure(
            made(base, |n| words::number(saved(n).calls)),
            "Anrufe vermieden",
            format!("Annahme: {} je 100 Online-Anträge", per("calls")),
        ),
        figure(
            words::shown(fetched),
            "Briefe vermieden",
            "gezählt: Bescheide, auf der Statusseite gelesen".to_owned(),
        ),
        figure(
            words::shown(unfinished),
            "angefangen, nicht abgeschickt",
            match answered.count() {
                Some(n) => format!("Rückfragen online beantwortet: {}", words::number(n)),
                None => String::new(),
            },
        ),
    ];
    for i in 3..6 {
        out[i]["href"] = "/cockpit/annahmen".into();
    }
    out
}
