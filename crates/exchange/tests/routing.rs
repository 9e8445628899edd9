//! Which authority decides, for every place: compared with a table written by other means
//! (tests/routing/derive.py), and proof that a planted change does not go unnoticed.

mod common;

use std::sync::Arc;

use common::{regions, root};
use domain::routing::route;
use exchange::Register;
use schema::{OwnOffice, Region};

struct Row {
    ags: String,
    responsibility: String,
    expected: [String; 4],
}

fn table() -> Vec<Row> {
    let path = root().join("tests/routing/thueringen.csv");
    let mut reader = csv::Reader::from_path(path).expect("table");
    let rows = reader.records().map(|r| {
        let r = r.expect("row");
        let text = |i: usize| r[i].to_owned();
        Row {
            ags: text(0),
            responsibility: text(2),
            expected: [text(3), text(4), text(5), text(6)],
        }
    });
    rows.collect()
}

fn region() -> Arc<Region> {
    let loaded = schema::load(&regions());
    let wrong: Vec<String> = loaded
        .diagnostics
        .iter()
        .filter(|d| d.file.starts_with("regions/"))
        .map(ToString::to_string)
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    loaded.catalog.region
}

/// Rows in which the router differs from the table.
fn differences(register: &Register, region: &Region) -> Vec<String> {
    let today = "2026-11-24".parse().expect("date");
    let differs = |row: &Row| {
        let place = register.by_ags(&row.ags).expect("place");
        let r = route(&row.responsibility, place, region, today).expect("route");
        let consulted: Vec<&str> = r.consulted.iter().map(|a| a.id.as_str()).collect();
        let got = [
            r.authority.id.0,
            r.authority.name,
            r.authority.level.as_str().to_owned(),
            consulted.join(" "),
        ];
        (got != row.expected).then(|| format!("{} {}", row.ags, row.responsibility))
    };
    table().iter().filter_map(differs).collect()
}

#[test]
fn every_place_is_routed_as_the_table_says() {
    assert_eq!(table().len(), 2 * 605);
    let register = Register::shipped(&regions()).expect("register");
    assert_eq!(differences(&register, &region()), Vec::<String>::new());
}

#[test]
fn a_planted_change_of_one_exception_is_noticed() {
    let register = Register::shipped(&regions()).expect("register");
    for index in 0..region().responsibilities["trade"].own_office.len() {
        let mut region = (*region()).clone();
        let trade = region.responsibilities.get_mut("trade").expect("trade");
        let gone = trade.own_office.remove(index);
        assert_eq!(differences(&register, &region), [format!("{} trade", gone.ags)]);
    }
    let mut region = (*region()).clone();
    let trade = region.responsibilities.get_mut("trade").expect("trade");
    trade.own_office.push(OwnOffice {
        ags: "16077036".into(),
        name: "Nobitz".into(),
        since: None,
        source: "planted".into(),
        confirmed: false,
    });
    assert_eq!(differences(&register, &region), ["16077036 trade"]);
}

#[test]
fn an_office_counts_from_its_first_day() {
    let register = Register::shipped(&regions()).expect("register");
    let mut region = (*region()).clone();
    let office = &mut region.responsibilities.get_mut("trade").expect("trade").own_office[0];
    office.since = Some("2027-01-01".parse().expect("date"));
    let place = register.by_ags(&office.ags.clone()).expect("place");
    let on = |day: &str| route("trade", place, &region, day.parse().expect("date")).expect("route");
    assert_eq!(on("2026-12-31").authority, place.district.authority);
    assert_eq!(
        on("2026-12-31").consulted,
        std::slice::from_ref(&place.association.authority)
    );
    assert_eq!(on("2027-01-01").authority, place.association.authority);
    assert!(on("2027-01-01").consulted.is_empty());
}

#[test]
fn the_exceptions_name_real_towns_and_sources() {
    let register = Register::shipped(&regions()).expect("register");
    for rule in region().responsibilities.values() {
        assert!(!rule.legal_basis.is_empty());
        for office in &rule.own_office {
            let place = register
                .by_ags(&office.ags)
                .unwrap_or_else(|| panic!("{} is no place", office.ags));
            assert_eq!(place.name, office.name);
            assert!(office.source.len() > 5 && !place.is_district_free(), "{}", office.name);
        }
    }
}

#[test]
fn an_unknown_responsibility_is_refused() {
    let register = Register::shipped(&regions()).expect("register");
    let place = register.by_ags("16077036").expect("Nobitz");
    let error = route("fishing", place, &region(), "2026-11-24".parse().expect("date")).expect_err("unknown");
    assert!(
        error.0.contains("fishing") && error.0.contains("municipal, trade"),
        "{error}"
    );
}

/// Statutory holidays of Thuringia by the Python package `holidays` 0.109 (MIT licence),
/// `Germany(subdiv="TH")`, written down once.
const HOLIDAYS: [(i16, &str); 8] = [
    (2018, "01-01 03-30 04-02 05-01 05-10 05-21 10-03 10-31 12-25 12-26"),
    (
        2024,
        "01-01 03-29 04-01 05-01 05-09 05-20 09-20 10-03 10-31 12-25 12-26",
    ),
    (
        2025,
        "01-01 04-18 04-21 05-01 05-29 06-09 09-20 10-03 10-31 12-25 12-26",
    ),
    (
        2026,
        "01-01 04-03 04-06 05-01 05-14 05-25 09-20 10-03 10-31 12-25 12-26",
    ),
    (
        2027,
        "01-01 03-26 03-29 05-01 05-06 05-17 09-20 10-03 10-31 12-25 12-26",
    ),
    (
        2028,
        "01-01 04-14 04-17 05-01 05-25 06-05 09-20 10-03 10-31 12-25 12-26",
    ),
    (
        2029,
        "01-01 03-30 04-02 05-01 05-10 05-21 09-20 10-03 10-31 12-25 12-26",
    ),
    (
        2030,
        "01-01 04-19 04-22 05-01 05-30 06-10 09-20 10-03 10-31 12-25 12-26",
    ),
];

#[test]
fn holidays_are_those_of_the_lists() {
    let region = region();
    let days = |ags: &str, year: i16| -> Vec<String> {
        let holiday = domain::calendar::holidays(&region, ags);
        let first = jiff::civil::Date::new(year, 1, 1).expect("date");
        let all = first.series(jiff::Span::new().days(1)).take_while(|d| d.year() == year);
        let found: Vec<String> = all
            .filter(|d| holiday(*d).is_some())
            .map(|d| format!("{:02}-{:02}", d.month(), d.day()))
            .collect();
        found
    };
    for (year, listed) in HOLIDAYS {
        assert_eq!(days("16077036", year).join(" "), listed, "{year}");
        assert_eq!(days("", year).join(" "), listed, "{year}");
    }
    // Fronleichnam: only in the Eichsfeld, 60 days after Easter.
    let eichsfeld = days("16061045", 2026);
    assert_eq!(eichsfeld.len(), 12);
    assert!(eichsfeld.contains(&"06-04".to_owned()));
}

#[test]
fn quiet_days_are_those_of_the_lists() {
    let region = region();
    let on = |date: &str, ags: &str| {
        schema::days::on(&region.quiet_days, date.parse().expect("date"), ags).map(|d| (d.id.clone(), d.hours))
    };
    let quiet = |id: &str, from: u8| Some((id.to_owned(), Some((from, 24))));
    assert_eq!(on("2027-03-26", "16077036"), quiet("good_friday", 0));
    assert_eq!(on("2027-11-14", "16077036"), quiet("national_mourning", 3));
    assert_eq!(on("2027-11-21", "16077036"), quiet("sunday_of_the_dead", 3));
    assert_eq!(on("2026-11-15", "16077036"), quiet("national_mourning", 3));
    assert_eq!(on("2027-12-24", "16077036"), quiet("christmas_eve", 15));
    assert_eq!(on("2027-11-01", "16061045"), quiet("all_saints", 3));
    for ordinary in ["2027-11-01", "2027-10-31", "2027-03-25", "2027-03-27", "2027-11-17"] {
        assert_eq!(on(ordinary, "16077036"), None, "{ordinary}");
    }
}
