//! The list of municipalities for spreadsheets: one row each, German columns, by AGS.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::register::{RegisterError, Tables, from_csv};

/// The middle of a place; text as the source prints it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coordinate {
    pub ags: String,
    /// Degrees east, WGS84.
    pub lon: String,
    /// Degrees north, WGS84.
    pub lat: String,
    pub source: String,
}

/// A municipality that was merged into another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Successor {
    /// The key that no longer exists.
    pub ags: String,
    pub name: String,
    /// The municipality that most of it belongs to today.
    pub successor: String,
}

/// What the register file does not say and the region ships beside it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Supplement {
    /// By AGS.
    pub coordinates: BTreeMap<String, Coordinate>,
    /// By the old AGS.
    pub successors: BTreeMap<String, Successor>,
}

impl Supplement {
    /// Adds the two tables of a region (`coordinates.csv`, `successors.csv`).
    pub fn add(&mut self, file: &str, bytes: &[u8]) -> Result<(), RegisterError> {
        if file.ends_with("successors.csv") {
            let rows: Vec<Successor> = from_csv(file, bytes)?;
            self.successors
                .extend(rows.into_iter().map(|row| (row.ags.clone(), row)));
        } else {
            let rows: Vec<Coordinate> = from_csv(file, bytes)?;
            for (index, row) in rows.into_iter().enumerate() {
                if row.lon.parse::<f64>().is_err() || row.lat.parse::<f64>().is_err() {
                    return Err(RegisterError::new(
                        file,
                        index + 2,
                        "Länge und Breite müssen Zahlen sein",
                    ));
                }
                self.coordinates.insert(row.ags.clone(), row);
            }
        }
        Ok(())
    }

    /// Old keys that lie in `ags` today, ascending.
    pub fn predecessors<'a>(&'a self, ags: &'a str) -> impl Iterator<Item = &'a Successor> {
        self.successors.values().filter(move |s| s.successor == ags)
    }
}

const COLUMNS: [&str; 26] = [
    "ags",
    "ars",
    "name",
    "typ_code",
    "typ",
    "land",
    "land_name",
    "kreis",
    "kreis_name",
    "kreis_typ",
    "kreis_sitz",
    "verband_code",
    "verband_name",
    "verband_typ_code",
    "verband_typ",
    "verband_sitz",
    "flaeche_ha",
    "einwohner",
    "plz_sitz",
    "mehrere_plz",
    "finanzamt",
    "stand",
    "lon",
    "lat",
    "koord_quelle",
    "vorgaenger_seit_2021",
];

/// All municipalities of a state as CSV (RFC 4180, lines end with CR LF).
pub fn list_csv(tables: &Tables, supplement: &Supplement, state: &str) -> Result<Vec<u8>, csv::Error> {
    let mut w = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    w.write_record(COLUMNS)?;
    let stand = compact(tables.date);
    for m in tables
        .municipalities
        .values()
        .filter(|m| m.state() == state && m.kind.is_municipality())
    {
        let district = tables.districts.get(m.district());
        let association = tables.associations.get(m.association());
        let middle = supplement.coordinates.get(&m.ags);
        let old: Vec<&str> = supplement.predecessors(&m.ags).map(|s| s.ags.as_str()).collect();
        let of_district = |f: fn(&crate::register::DistrictRow) -> &String| district.map_or("", |d| f(d).as_str());
        let of_middle = |f: fn(&Coordinate) -> &String| middle.map_or("", |c| f(c).as_str());
        let kind = m.kind.code().to_string();
        let association_kind = association.map_or(String::new(), |a| a.kind.code().to_string());
        let (area, population) = (m.area_ha.to_string(), m.population.to_string());
        let old = old.join(" ");
        let row: [&str; COLUMNS.len()] = [
            &m.ags,
            &m.ars,
            &m.name,
            &kind,
            m.kind.label(),
            m.state(),
            tables.states.get(m.state()).map_or("", String::as_str),
            m.district(),
            of_district(|d| &d.name),
            of_district(|d| &d.kind),
            of_district(|d| &d.seat),
            m.association(),
            association.map_or("", |a| &a.name),
            &association_kind,
            association.map_or("", |a| a.kind.label()),
            association.map_or("", |a| &a.seat),
            &area,
            &population,
            &m.postcode,
            if m.several_postcodes { "ja" } else { "nein" },
            &m.tax_office,
            &stand,
            of_middle(|c| &c.lon),
            of_middle(|c| &c.lat),
            of_middle(|c| &c.source),
            &old,
        ];
        w.write_record(row)?;
    }
    w.into_inner().map_err(|e| csv::Error::from(e.into_error()))
}

/// `20251130`, as the register writes it.
fn compact(date: Date) -> String {
    format!("{:04}{:02}{:02}", date.year(), date.month(), date.day())
}
