//! Reading the register file, keeping its versions, and what is shipped.

mod common;

use std::collections::BTreeSet;

use common::{TempDir, outside, record, regions, small_register};
use exchange::boundaries::Boundaries;
use exchange::current;
use exchange::register_list::{Supplement, list_csv};
use exchange::{RegisterError, Version, Versions, read_gv100ad};

fn read(lines: &[String]) -> Result<exchange::Tables, RegisterError> {
    read_gv100ad("probe.txt", lines.join("\r\n").as_bytes())
}

#[test]
fn a_small_register_is_read_field_by_field() {
    let mut lines = small_register();
    lines[0].insert(0, '\u{feff}');
    let t = read(&lines).expect("readable");
    assert_eq!(t.date.to_string(), "2025-11-30");
    assert_eq!(t.states["16"], "Thüringen");
    assert_eq!(t.districts["16077"].kind, "Landkreis");
    assert_eq!(t.associations["160775004"].seat, "Treben");
    let m = &t.municipalities["16077048"];
    assert_eq!(
        (m.ars.as_str(), m.name.as_str(), m.population),
        ("160775004048", "Treben", 1114)
    );
    assert_eq!(
        (m.area_ha, m.postcode.as_str(), m.several_postcodes),
        (1000, "04617", false)
    );
    assert_eq!(
        (m.tax_office.as_str(), m.kind.label()),
        ("4166", "kreisangehörige Gemeinde")
    );
}

/// What is wrong, in which line, and what the message says.
#[test]
fn everything_wrong_is_named_with_its_line() {
    type Change = fn(&mut Vec<String>);
    let cases: Vec<(Option<usize>, &str, Change)> = vec![
        (Some(5), "abgeschnitten: 100 von mindestens 170", |l| {
            l[4] = l[4].chars().take(100).collect()
        }),
        (Some(3), "Satzart „70“", |l| l[2].replace_range(0..2, "70")),
        (Some(1), "„20251131“ ist kein Gebietsstand", |l| {
            l[0].replace_range(2..10, "20251131")
        }),
        (Some(4), "weicht vom ersten Satz ab", |l| {
            l[3].replace_range(2..10, "20241130")
        }),
        (Some(5), "Gemeindeschlüssel „1607700x“", |l| {
            l[4].replace_range(10..18, "1607700x")
        }),
        (Some(6), "Verbands-Kennzeichen „99“", |l| {
            l[5] = patch(&l[5], 122, "99")
        }),
        (Some(5), "Gemeinde-Kennzeichen „6“", |l| {
            l[4] = patch(&l[4], 122, "6 ")
        }),
        (Some(3), "Kreis-Kennzeichen „4x“", |l| {
            l[2] = patch(&l[2], 122, "4x")
        }),
        (Some(7), "Einwohnerzahl: „0000000o800“", |l| {
            l[6] = patch(&l[6], 139, "0000000o800")
        }),
        (Some(7), "„4617“ ist keine Postleitzahl", |l| {
            l[6] = patch(&l[6], 165, " 4617")
        }),
        (Some(7), "fehlt die Postleitzahl", |l| l[6] = patch(&l[6], 165, "     ")),
        (Some(7), "Der Name fehlt", |l| l[6] = patch(&l[6], 22, "         ")),
        (Some(9), "steht schon in Zeile 8", |l| l.push(l[7].clone())),
        (Some(7), "fehlt der Gemeindeverband 160775004", |l| {
            l[5] = patch(&l[5], 18, "5005")
        }),
        (Some(4), "fehlt der Kreis 16077", |l| drop(l.remove(2))),
        (Some(4), "fehlt das Land 16", |l| drop(l.remove(0))),
        (Some(6), "hat keine Gemeinde", |l| l.truncate(6)),
        (None, "Die Datei ist leer", Vec::clear),
        (None, "keine Gemeinde", |l| l.truncate(2)),
    ];
    for (line, says, change) in cases {
        let mut lines = small_register();
        change(&mut lines);
        let error = read(&lines).expect_err(says);
        assert!(error.reason.contains(says), "{error} statt „{says}“");
        assert_eq!(error.line, line, "{error}");
        let shown = error.to_string();
        assert!(shown.starts_with("probe.txt") && shown.ends_with('.'), "{shown}");
    }
    let mut bytes = small_register().join("\n").into_bytes();
    let at = bytes.len() - 250;
    bytes[at] = 0xff;
    let error = read_gv100ad("probe.txt", &bytes).expect_err("no UTF-8");
    assert_eq!(
        (error.line, error.reason.as_str()),
        (Some(7), "Die Zeile ist kein UTF-8-Text")
    );
}

fn patch(line: &str, at: usize, text: &str) -> String {
    let mut chars: Vec<char> = line.chars().collect();
    chars.splice(at..at + text.chars().count(), text.chars());
    chars.into_iter().collect()
}

/// A file cut off anywhere is refused or, cut between records, is at least whole; never a panic.
#[test]
fn a_file_cut_off_anywhere_is_refused() {
    let whole = small_register().join("\n");
    let mut accepted = 0;
    for end in (0..whole.len()).filter(|at| whole.is_char_boundary(*at)) {
        if let Ok(t) = read_gv100ad("probe.txt", &whole.as_bytes()[..end]) {
            accepted += 1;
            // Only blanks of the last record, or its last members, are missing.
            assert!(!t.municipalities.is_empty(), "cut at {end}");
        }
    }
    assert!(accepted < 160, "{accepted}");
}

/// Cut between two records a file looks whole; the version before tells.
#[test]
fn a_file_that_lost_a_fifth_of_a_state_is_suspect() {
    let (shipped, _) = current(None, &regions()).expect("shipped");
    let small = read(&small_register()).expect("readable");
    let reason = small.incomplete_after(&shipped.tables).expect("suspect");
    assert!(
        reason.contains("Für Thüringen stehen nur 3 Gemeinden darin, bisher sind es 605"),
        "{reason}"
    );
    assert_eq!(shipped.tables.incomplete_after(&shipped.tables), None);
    assert_eq!(shipped.tables.incomplete_after(&small), None);
    let mut merged = shipped.tables.clone();
    for _ in 0..100 {
        merged.municipalities.pop_last();
    }
    assert_eq!(merged.incomplete_after(&shipped.tables), None, "mergers are no damage");
}

#[test]
fn a_record_of_an_unincorporated_area_needs_neither_district_nor_postcode() {
    let mut lines = small_register();
    lines.push(record(&[
        (0, "50"),
        (2, "20251130"),
        (10, "16999"),
        (18, "9999"),
        (22, "Forst"),
        (122, "50"),
    ]));
    let area = [
        (0, "60"),
        (2, "20251130"),
        (10, "16999999"),
        (18, "9999"),
        (22, "Forst"),
        (122, "66"),
        (128, "00000000100"),
        (139, "00000000000"),
    ];
    lines.push(record(&area));
    let t = read(&lines).expect("readable");
    assert_eq!((t.municipality_count(), t.municipalities.len()), (3, 4));
}

#[test]
fn versions_are_kept_by_date_and_survive_a_broken_replacement() {
    let dir = TempDir::new("versions");
    let versions = Versions::of(&dir.0);
    assert_eq!(versions.latest(), Ok(None));
    let tables = read(&small_register()).expect("readable");
    let old = Version {
        tables: exchange::Tables {
            date: "2024-12-31".parse().unwrap(),
            ..tables.clone()
        },
        boundaries: Boundaries::default(),
    };
    let new = Version {
        tables,
        boundaries: square("16077048"),
    };
    versions.import(&old).expect("old");
    versions.import(&new).expect("new");
    versions.import(&new).expect("again");
    assert_eq!(versions.dates().map(|d| d.len()), Ok(2));
    assert_eq!(versions.latest(), Ok(Some(new.clone())));
    assert_eq!(versions.at(old.tables.date), Ok(Some(old.clone())));

    // Killed between the two renames: the old one still counts, and the next import tidies up.
    let (place, aside) = (
        dir.0.join("register/2025-11-30"),
        dir.0.join("register/.old-2025-11-30"),
    );
    std::fs::rename(&place, &aside).unwrap();
    assert_eq!(versions.latest(), Ok(Some(new.clone())));
    // Killed while writing: the half-written folder counts for nothing.
    let half = dir.0.join("register/.new-2026-01-31");
    std::fs::create_dir(&half).unwrap();
    std::fs::write(half.join("register.json"), "{").unwrap();
    assert_eq!(versions.latest(), Ok(Some(new.clone())));
    versions.import(&new).expect("after the kill");
    assert!(place.exists() && !aside.exists());

    // A table that lost lines is noticed.
    let file = place.join("municipalities.csv");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.lines().take(3).collect::<Vec<_>>().join("\n")).unwrap();
    let error = versions.latest().expect_err("cut");
    assert!(error.reason.contains("3 Zeilen sind angekündigt, 2 sind da"), "{error}");
}

fn square(key: &str) -> Boundaries {
    let text = format!(
        r#"{{"type":"FeatureCollection","credit":"Probe","features":[{{"type":"Feature","properties":{{"ags":"{key}"}},
        "geometry":{{"type":"Polygon","coordinates":[[[12.4,51.0],[12.5,51.0],[12.5,51.1],[12.4,51.1],[12.4,51.0]]]}}}}]}}"#
    );
    Boundaries::read("probe.geojson", text.as_bytes()).expect("outline")
}

#[test]
fn the_shipped_tables_are_thuringia() {
    let (version, supplement) = current(None, &regions()).expect("shipped");
    let t = &version.tables;
    assert_eq!(
        (t.date.to_string().as_str(), t.municipality_count()),
        ("2025-11-30", 605)
    );
    let kinds = |code: u8| t.municipalities.values().filter(|m| m.kind.code() == code).count();
    assert_eq!((kinds(61), kinds(63), kinds(64)), (5, 115, 485));
    assert_eq!(t.districts.len(), 22);
    assert_eq!(t.municipalities.values().map(|m| m.population).sum::<u64>(), 2_100_277);
    let by = |code: u8| {
        let members = t
            .municipalities
            .values()
            .filter(|m| t.associations[m.association()].kind.code() == code);
        let names: BTreeSet<&str> = members.clone().map(|m| m.association()).collect();
        (members.count(), names.len())
    };
    assert_eq!((by(54), by(58), by(50).0), ((368, 42), (128, 38), 109));
    assert_eq!(version.boundaries.keys().count(), 605 + 22);
    assert_eq!(supplement.coordinates.len(), 605);
    assert_eq!(supplement.successors.len(), 29);
    let known: BTreeSet<&str> = t.municipalities.keys().map(String::as_str).collect();
    for old in supplement.successors.values() {
        assert!(
            known.contains(old.successor.as_str()) && !known.contains(old.ags.as_str()),
            "{old:?}"
        );
    }
}

#[test]
fn an_export_gives_the_shipped_files_again() {
    let files = regions();
    let (version, supplement) = current(None, &files).expect("shipped");
    let dir = TempDir::new("export");
    let written = version.export(&supplement, &dir.0).expect("written");
    assert_eq!(written.len(), 9);
    for path in written {
        let name = path.file_name().unwrap().to_str().unwrap();
        let shipped = &files[&format!("regions/thueringen/{name}")];
        assert!(
            std::fs::read(&path).unwrap() == *shipped,
            "{name} differs from what is shipped"
        );
    }
    for file in [
        "register.json",
        "municipalities.csv",
        "municipalities.geojson",
        "CREDITS",
    ] {
        let text = String::from_utf8_lossy(&files[&format!("regions/thueringen/{file}")]).into_owned();
        let credit = if file.ends_with("geojson") {
            "GeoBasis-DE / BKG 2021 (Daten verändert)"
        } else {
            "Destatis"
        };
        assert!(file.ends_with("csv") || text.contains(credit), "{file} has no credit");
    }
}

#[test]
fn the_list_has_its_columns() {
    let (version, supplement) = current(None, &regions()).expect("shipped");
    let text = String::from_utf8(list_csv(&version.tables, &supplement, "16").expect("list")).expect("utf-8");
    assert_eq!(text.lines().count(), 606);
    let row = text.lines().find(|l| l.starts_with("16061119,")).expect("Uder");
    let old = "16061007 16061028 16061065 16061067 16061068 16061077 16061084 16061091 16061096 16061097 16061111";
    let wanted = "16061119,160615051119,Uder,64,kreisangehörige Gemeinde,16,Thüringen,16061,Eichsfeld,Landkreis,Heilbad Heiligenstadt,\
         160615051,EG Uder,58,erfüllende Gemeinde,Uder,".to_string();
    assert!(row.starts_with(&wanted), "{row}");
    assert!(row.ends_with(old), "{row}");
}

#[test]
fn the_list_equals_the_one_derived_elsewhere() {
    let Some(path) = outside("gemeinden_th_20251130.csv") else {
        return;
    };
    let (version, supplement) = current(None, &regions()).expect("shipped");
    let ours = list_csv(&version.tables, &supplement, "16").expect("list");
    let theirs = std::fs::read(path).expect("list");
    let lines = |b: &[u8]| {
        String::from_utf8_lossy(b)
            .lines()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    for (a, b) in lines(&ours).iter().zip(&lines(&theirs)) {
        assert_eq!(a, b);
    }
    assert!(ours == theirs);
}

#[test]
fn the_whole_register_reads_as_the_crate_reads_it() {
    let Some(path) = outside("GV100AD_30112025.txt") else {
        return;
    };
    let bytes = std::fs::read(&path).expect("register");
    let begun = std::time::Instant::now();
    let ours = read_gv100ad("GV100AD_30112025.txt", &bytes).expect("readable");
    assert!(begun.elapsed() < std::time::Duration::from_secs(10));
    assert_eq!((ours.municipality_count(), ours.municipalities.len()), (10_751, 10_953));

    let bare = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let mut compared = 0;
    for record in gv100ad::Parser::new(bare) {
        use gv100ad::model::datensatz::Datensatz;
        match record.expect("crate reads it") {
            Datensatz::Gemeinde(g) => {
                let k = g.schluessel.gemeindeverband.kreis;
                let land = k.regierungsbezirk.land.land;
                let district = format!("{land:02}{}{:02}", k.regierungsbezirk.regierungsbezirk, k.kreis);
                let m = &ours.municipalities[&format!("{district}{:03}", g.schluessel.gemeinde)];
                let association = format!("{district}{:04}", g.schluessel.gemeindeverband.gemeindeverband);
                assert_eq!(m.association(), association);
                assert_eq!(
                    (&m.name, m.area_ha, m.population),
                    (&g.name, g.area, g.population_total)
                );
                assert_eq!(
                    (m.postcode.as_str(), m.several_postcodes),
                    (g.plz.trim(), !g.plz_unambiguous)
                );
                let office = g.finanzamtbezirk.map(|f| format!("{f:04}")).unwrap_or_default();
                assert_eq!(m.tax_office, office, "{}", m.name);
                compared += 1;
            }
            Datensatz::Gemeindeverband(v) => {
                let k = v.schluessel.kreis;
                let land = k.regierungsbezirk.land.land;
                let code = format!(
                    "{land:02}{}{:02}{:04}",
                    k.regierungsbezirk.regierungsbezirk, k.kreis, v.schluessel.gemeindeverband
                );
                let a = &ours.associations[&code];
                assert_eq!((&a.name, &a.seat), (&v.name, &v.sitz_verwaltung.unwrap_or_default()));
                compared += 1;
            }
            _ => {}
        }
    }
    assert_eq!(compared, 10_953 + 4_590);
}

#[test]
fn tables_beside_the_register_are_checked() {
    let mut s = Supplement::default();
    let error = s
        .add("coordinates.csv", b"ags,lon,lat,source\n16077036,zwei,drei,x\n")
        .expect_err("not numbers");
    assert_eq!(error.line, Some(2));
    let error = s.add("successors.csv", b"ags,name\n1,2\n").expect_err("column missing");
    assert!(error.to_string().contains("nicht lesbar"), "{error}");
}
