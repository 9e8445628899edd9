//! Finding places as people type them, by path, by point, and who serves them.

mod common;

use std::collections::BTreeSet;

use common::regions;
use exchange::boundaries::Boundaries;
use exchange::places::{RESERVED, slugify};
use exchange::{By, Register};
use proptest::prelude::*;

fn register() -> Register {
    Register::shipped(&regions()).expect("shipped register")
}

fn first(r: &Register, q: &str) -> Option<String> {
    r.search(q, 8).first().map(|h| h.place.name.clone())
}

#[test]
fn names_are_found_however_they_are_typed() {
    let r = register();
    let table = [
        ("Nobitz", "Nobitz"),
        ("nob", "Nobitz"),
        ("  NOBITZ ", "Nobitz"),
        ("noibtz", "Nobitz"),
        ("nobiz", "Nobitz"),
        ("Gößnitz", "Gößnitz"),
        ("goessnitz", "Gößnitz"),
        ("gossnitz", "Gößnitz"),
        ("gösnitz", "Gößnitz"),
        ("GÖSSNITZ", "Gößnitz"),
        ("go\u{308}ßnitz", "Gößnitz"),
        ("altenbrug", "Altenburg"),
        ("Altenburg, Stadt", "Altenburg"),
        ("Stadt Altenburg", "Altenburg"),
        ("poessneck", "Pößneck"),
        ("possneck", "Pößneck"),
        ("muehlhausen", "Mühlhausen/Thüringen"),
        ("mulhausen", "Mühlhausen/Thüringen"),
        ("Langensalza", "Bad Langensalza"),
        ("langensalsa", "Bad Langensalza"),
        ("bad sulza", "Bad Sulza"),
        ("st. gangloff", "St.Gangloff"),
        ("st gangloff", "St.Gangloff"),
        ("04603 Nobitz", "Nobitz"),
        ("schmoelln", "Schmölln"),
        ("heiligenstadt", "Heilbad Heiligenstadt"),
        ("neustadt orla", "Neustadt an der Orla"),
    ];
    for (q, want) in table {
        assert_eq!(first(&r, q).as_deref(), Some(want), "{q}");
    }
    assert_eq!(r.search("noibtz", 1)[0].by, By::Similar);
    assert_eq!(r.search("nob", 1)[0].by, By::Name);
    assert!(r.search("", 8).is_empty() && r.search("   ", 8).is_empty());
    assert!(r.search("xqzzyx", 8).is_empty());
    assert_eq!(r.search("a", 8).len(), 8, "the limit holds");
}

#[test]
fn every_place_is_found_by_its_own_name() {
    let r = register();
    for p in r.places() {
        let hits = r.search(&p.name, 3);
        assert!(
            hits.iter().any(|h| h.place.ags == p.ags),
            "{} is not among its first three",
            p.name
        );
    }
}

#[test]
fn places_of_one_name_are_told_apart() {
    let r = register();
    let both = r.search("Elxleben", 8);
    assert_eq!(both.len(), 2);
    let districts: BTreeSet<&str> = both.iter().map(|h| h.place.district.name.as_str()).collect();
    assert_eq!(districts, BTreeSet::from(["Ilm-Kreis", "Sömmerda"]));
    assert_eq!(r.search("elxleben ilm", 8)[0].place.slug, "elxleben-ilm-kreis");
    assert_eq!(
        r.by_slug("elxleben-ilm-kreis").map(|p| p.ags.as_str()),
        Some("16070013")
    );
    assert_eq!(
        r.by_slug("elxleben-soemmerda").map(|p| p.ags.as_str()),
        Some("16068009")
    );
    assert_eq!(r.by_slug("elxleben"), None);
    assert_eq!(r.same_name("elxleben").len(), 2);
    assert_eq!(r.same_name("nobitz").len(), 1);
}

#[test]
fn postcodes_never_end_in_nothing() {
    let r = register();
    let hits = r.search("04603", 8);
    assert_eq!(
        (hits[0].place.name.as_str(), hits[0].by),
        ("Nobitz", By::Postcode),
        "the largest first"
    );
    assert!(hits.iter().all(|h| h.place.postcode == "04603"));
    // Not a seat's postcode: those most like it, and the page can say so.
    let hits = r.search("04604", 5);
    assert_eq!((hits.len(), hits[0].by), (5, By::NearPostcode));
    assert!(hits[..2].iter().any(|h| h.place.name == "Nobitz"), "{hits:?}");
    // A city of its own has many postcodes; which, the register does not say.
    for (code, city) in [
        ("99099", "Erfurt"),
        ("98529", "Suhl"),
        ("99427", "Weimar"),
        ("07551", "Gera"),
        ("07749", "Jena"),
    ] {
        let hits = r.search(code, 5);
        assert_eq!((hits[0].place.name.as_str(), hits[0].by), (city, By::NearPostcode));
    }
    // Near no such city: the larger towns of that beginning.
    let hits = r.search("98704", 8);
    assert!(hits.iter().all(|h| h.place.postcode.starts_with("987")), "{hits:?}");
    assert_eq!(hits[0].place.name, "Großbreitenbach");
    for code in ["00000", "10115", "99999", "4", "046", "123456789"] {
        assert!(!r.search(code, 5).is_empty(), "{code}");
    }
    assert!(
        r.search("046", 50)
            .iter()
            .all(|h| h.by == By::Postcode && h.place.postcode.starts_with("046"))
    );
}

#[test]
fn districts_and_former_places_lead_to_places() {
    let r = register();
    let hits = r.search("Altenburger Land", 5);
    assert!(
        hits.iter()
            .all(|h| h.by == By::Member && h.place.district.name == "Altenburger Land"),
        "{hits:?}"
    );
    assert_eq!(hits[0].place.name, "Altenburg", "the largest first");
    assert_eq!(r.search("Landkreis Altenburger Land", 5), hits);
    assert!(
        r.search("pleissenaue", 9)
            .iter()
            .all(|h| h.place.association.name == "Pleißenaue")
    );
    let hits = r.search("Wünschendorf", 3);
    assert_eq!(hits[0].place.name, "Berga-Wünschendorf");
    let hits = r.search("Birkenfelde", 3);
    assert_eq!(
        (hits[0].place.name.as_str(), hits[0].by),
        ("Uder", By::Former("Birkenfelde"))
    );
    let (old, today) = r.former("16061007").expect("Birkenfelde");
    assert_eq!(
        (old.name.as_str(), today.title().as_str()),
        ("Birkenfelde", "Gemeinde Uder")
    );
    assert_eq!(r.former("birkenfelde").map(|(_, p)| p.slug.as_str()), Some("uder"));
    assert!(r.former("nobitz").is_none());
    assert_eq!(r.today("16061007").map(|p| p.slug.as_str()), Some("uder"));
    assert_eq!(r.today("16077036").map(|p| p.slug.as_str()), Some("nobitz"));
    assert!(r.today("16999999").is_none());
}

#[test]
fn paths_are_unique_and_leave_the_products_own_alone() {
    let r = register();
    let slugs: BTreeSet<&str> = r.places().iter().map(|p| p.slug.as_str()).collect();
    assert_eq!(slugs.len(), 605);
    for slug in &slugs {
        assert!(!RESERVED.contains(slug), "{slug}");
        assert!(
            slug.bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'),
            "{slug}"
        );
        assert!(
            !slug.starts_with('-') && !slug.ends_with('-') && !slug.contains("--"),
            "{slug}"
        );
    }
    for word in [
        "amt",
        "api",
        "cockpit",
        "konto",
        "studio",
        "veranstaltung",
        "health",
        "assets",
    ] {
        assert!(RESERVED.contains(&word));
    }
    assert_eq!(slugify("Mühlhausen/Thüringen"), "muehlhausen-thueringen");
    assert_eq!(slugify("St.Bernhard"), "st-bernhard");
    assert_eq!(slugify("Neundorf (bei Schleiz)"), "neundorf-bei-schleiz");
    for r#in in ["nobitz", "altenburg", "erfurt", "goessnitz"] {
        assert!(slugs.contains(r#in));
    }
}

#[test]
fn authorities_have_ids_of_their_own() {
    let r = register();
    let ids: BTreeSet<&str> = r.authorities().map(|a| a.id.as_str()).collect();
    // 42 Verwaltungsgemeinschaften, 38 erfüllende Gemeinden, 109 free-standing, 17 Landkreise
    assert_eq!(ids.len(), 42 + 38 + 109 + 17);
    assert_eq!(
        r.authority("vg-pleissenaue").map(|a| a.name.as_str()),
        Some("Verwaltungsgemeinschaft Pleißenaue")
    );
    assert_eq!(
        r.authority("lk-altenburger-land").map(|a| a.name.as_str()),
        Some("Landratsamt Altenburger Land")
    );
    let centre = r.centre().expect("a competence centre");
    assert_eq!((centre.id.as_str(), centre.key.as_str()), ("land-thueringen", "16"));
    assert!(!ids.contains(centre.id.as_str()) && r.places_of("land-thueringen").is_empty());
    let served: Vec<&str> = r.places_of("nobitz").iter().map(|p| p.name.as_str()).collect();
    assert_eq!(served, ["Göpfersdorf", "Langenleuba-Niederhain", "Nobitz"]);
    let whole: usize = ids
        .iter()
        .filter(|id| !id.starts_with("lk-"))
        .map(|id| r.places_of(id).len())
        .sum();
    assert_eq!(whole, 605, "every place is served by exactly one local authority");
}

#[test]
fn points_lead_to_places() {
    let r = register();
    assert_eq!(r.at_point(50.9773, 12.4855).map(|p| p.name.as_str()), Some("Nobitz"));
    assert_eq!(r.at_point(50.9787, 11.0328).map(|p| p.name.as_str()), Some("Erfurt"));
    assert_eq!(r.at_point(52.52, 13.40), None, "Berlin");
    assert_eq!(r.at_point(f64::NAN, 12.0), None);
    let inside = r.places().iter().filter(|p| {
        p.centre
            .and_then(|(lat, lon)| r.at_point(lat, lon))
            .is_some_and(|found| found.ags == p.ags)
    });
    let inside = inside.count();
    assert!(inside >= 560, "{inside} middles lie in their own outline");
    let near = r.places().iter().filter(|p| {
        p.centre
            .and_then(|(lat, lon)| r.distance(p.ags.as_str(), lat, lon))
            .is_some_and(|metres| metres < 1_500.0)
    });
    assert!(near.count() >= 600);
    assert_eq!(r.distance("16077036", 50.9773, 12.4855), Some(0.0));
    let east = r.distance("16077036", 50.93, 12.70).expect("outline");
    assert!((2_000.0..6_000.0).contains(&east), "{east}");
}

#[test]
fn neighbours_share_a_border_both_ways() {
    let r = register();
    let names: Vec<&str> = r.neighbours("16077036").iter().map(|p| p.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "Altenburg",
            "Göpfersdorf",
            "Gößnitz",
            "Langenleuba-Niederhain",
            "Schmölln",
            "Windischleuba"
        ]
    );
    for p in r.places() {
        let near = r.neighbours(p.ags.as_str());
        assert!(!near.is_empty(), "{} has no neighbour", p.name);
        for n in near {
            assert!(
                r.neighbours(n.ags.as_str()).iter().any(|back| back.ags == p.ags),
                "{} {}",
                p.name,
                n.name
            );
        }
    }
}

#[test]
fn a_place_for_rules_and_texts() {
    let r = register();
    let nobitz = r.by_ags("16077036").expect("Nobitz");
    let info = r.place_info(nobitz, "Landratsamt Altenburger Land");
    assert_eq!(
        (info.ags.as_str(), info.name.as_str(), info.kind.as_str()),
        ("16077036", "Nobitz", "Gemeinde")
    );
    assert_eq!(info.authority, "Landratsamt Altenburger Land");
    assert_eq!(info.outline.len(), 1);
    assert!(
        info.outline[0]
            .iter()
            .all(|(lon, lat)| (12.0..13.0).contains(lon) && (50.8..51.1).contains(lat))
    );
}

#[test]
fn outlines_are_checked_when_read() {
    let file = |properties: &str, geometry: &str| {
        let text = format!(
            r#"{{"type":"FeatureCollection","features":[{{"type":"Feature","properties":{properties},"geometry":{geometry}}}]}}"#
        );
        Boundaries::read("probe.geojson", text.as_bytes())
    };
    let square =
        r#"{"type":"Polygon","coordinates":[[[12.40001,51],[12.5,51],[12.5,51.1],[12.4,51.1],[12.40001,51]]]}"#;
    let good = file(r#"{"ags":"16077036"}"#, square).expect("square");
    let area = good.get("16077036").expect("area");
    assert_eq!(area.rings()[0][0], (12.4, 51.0), "rounded to four decimals");
    let again = Boundaries::read("again", good.write("x").as_bytes()).expect("own format");
    assert_eq!(again, good);
    let wrong = [
        (r#"{"name":"x"}"#, square, "nennt keinen Schlüssel"),
        (r#"{"ags":"1607703"}"#, square, "nennt keinen Schlüssel"),
        (
            r#"{"ags":"16077036"}"#,
            r#"{"type":"Point","coordinates":[12,51]}"#,
            "weder Polygon noch",
        ),
        (
            r#"{"ags":"16077036"}"#,
            r#"{"type":"Polygon","coordinates":[[[51,12],[51,12.1],[51.1,12],[51,12]]]}"#,
            "liegt nicht in Deutschland",
        ),
        (
            r#"{"ags":"16077036"}"#,
            r#"{"type":"Polygon","coordinates":[[[12,51],[12.00001,51],[12,51]]]}"#,
            "ist leer",
        ),
        (r#"{"ags":"16077036"}"#, "null", "weder Polygon noch"),
    ];
    for (properties, geometry, says) in wrong {
        let error = file(properties, geometry).expect_err(says).to_string();
        assert!(error.contains(says) && error.starts_with("probe.geojson"), "{error}");
    }
    assert!(
        Boundaries::read("probe.geojson", b"[1,2")
            .expect_err("no JSON")
            .line
            .is_some()
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]
    /// A swapped, doubled, missing or wrong letter in a name of seven letters or more still leads there.
    #[test]
    fn one_typing_error_is_forgiven(pick in 0usize..605, at in 1usize..40, how in 0u8..4) {
        thread_local!(static REGISTER: Register = register());
        REGISTER.with(|r| {
            let name = &r.places()[pick].name;
            let mut letters: Vec<char> = name.chars().collect();
            let at = 1 + at % (letters.len().max(3) - 2);
            if letters.len() < 7 || !letters.iter().all(|c| c.is_alphabetic()) {
                return Ok(());
            }
            match how {
                0 => letters.swap(at, at + 1),
                1 => letters.insert(at, letters[at]),
                2 => drop(letters.remove(at)),
                _ => letters[at] = 'x',
            }
            let typed: String = letters.into_iter().collect();
            let hits = r.search(&typed, 8);
            prop_assert!(hits.iter().any(|h| h.place.name == *name), "{} for {} gave {:?}", typed, name,
                hits.iter().map(|h| &h.place.name).collect::<Vec<_>>());
            Ok(())
        })?;
    }

    #[test]
    fn nothing_typed_brings_it_down(q in "\\PC{0,60}") {
        thread_local!(static REGISTER: Register = register());
        prop_assert!(REGISTER.with(|r| r.search(&q, 5).len()) <= 5);
    }
}

#[test]
fn seats_are_what_the_register_says() {
    let r = register();
    let seat = |slug: &str, district: bool| {
        let place = r.by_slug(slug).expect("a place");
        let authority = if district {
            &place.district.authority
        } else {
            &place.association.authority
        };
        let seat = r.seat(authority, place).expect("a seat");
        (seat.postcode, seat.town)
    };
    let table = [
        // A municipality of its own; members of a community and of a fulfilling municipality; a district.
        ("nobitz", false, "04603", "Nobitz"),
        ("treben", false, "04617", "Treben"),
        ("dobitschen", false, "04626", "Schmölln"),
        ("nobitz", true, "04600", "Altenburg"),
        // Printed as Gotha/Thür.
        ("friedrichroda", true, "99867", "Gotha"),
        // Several postcodes: which one the Landratsamt has, nobody says.
        ("unstruttal", true, "", "Mühlhausen"),
    ];
    for (slug, district, postcode, town) in table {
        assert_eq!(seat(slug, district), (postcode.to_owned(), town.to_owned()), "{slug}");
    }
    let (nobitz, gotha) = (r.by_slug("nobitz").unwrap(), r.by_slug("gotha").unwrap());
    assert_eq!(
        r.seat(&gotha.district.authority, nobitz),
        None,
        "no authority of this place"
    );
}
