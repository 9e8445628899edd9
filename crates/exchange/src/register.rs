//! The official municipality register as tables: what the register file says, nothing more.
//! Reading the register file is in `register_import`, versions on disk in `register_files`, the
//! list for spreadsheets in `register_list`; finding places is in `places`.

use std::collections::BTreeMap;

use domain::routing::{AssociationKind, MunicipalityKind};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// What is wrong with register data. Nothing was taken over.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct RegisterError {
    /// Name or path of the file.
    pub file: String,
    /// From 1; none if the whole file is meant.
    pub line: Option<usize>,
    /// German, without a full stop.
    pub reason: String,
}

impl RegisterError {
    pub fn new(file: impl Into<String>, line: impl Into<Option<usize>>, reason: impl Into<String>) -> Self {
        RegisterError {
            file: file.into(),
            line: line.into(),
            reason: reason.into(),
        }
    }
}

impl std::fmt::Display for RegisterError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}, Zeile {line}: {}.", self.file, self.reason),
            None => write!(f, "{}: {}.", self.file, self.reason),
        }
    }
}

/// One version of the register. Keys are the register's own: state 2 digits, district 5,
/// association 9, municipality (AGS) 8.
#[derive(Debug, Clone, PartialEq)]
pub struct Tables {
    /// Gebietsstand: the day whose borders the tables show.
    pub date: Date,
    pub states: BTreeMap<String, String>,
    pub districts: BTreeMap<String, DistrictRow>,
    pub associations: BTreeMap<String, AssociationRow>,
    pub municipalities: BTreeMap<String, MunicipalityRow>,
}

/// Landkreis or kreisfreie Stadt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DistrictRow {
    pub district: String,
    pub name: String,
    /// The register's word: `Landkreis`.
    pub kind: String,
    pub seat: String,
}

/// Gemeindeverband; free-standing municipalities have one of their own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssociationRow {
    pub association: String,
    pub name: String,
    #[serde(with = "association_kind")]
    pub kind: AssociationKind,
    /// Empty for free-standing municipalities.
    pub seat: String,
}

/// Gemeinde or gemeindefreies Gebiet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MunicipalityRow {
    pub ags: String,
    /// Regionalschlüssel: district 5, association 4, municipality 3 digits.
    pub ars: String,
    /// With its title: `Altenburg, Stadt`.
    pub name: String,
    #[serde(with = "municipality_kind")]
    pub kind: MunicipalityKind,
    pub area_ha: u64,
    pub population: u64,
    /// Of the seat of the administration; empty for most unincorporated areas.
    pub postcode: String,
    pub several_postcodes: bool,
    /// Number of the Finanzamt; may be empty.
    pub tax_office: String,
}

impl MunicipalityRow {
    pub fn state(&self) -> &str {
        &self.ags[..2]
    }
    pub fn district(&self) -> &str {
        &self.ags[..5]
    }
    pub fn association(&self) -> &str {
        &self.ars[..9]
    }
}

/// The register's words for the kinds of districts.
pub(crate) const DISTRICT_KINDS: [(&str, &str); 5] = [
    ("41", "Kreisfreie Stadt"),
    ("42", "Stadtkreis"),
    ("43", "Kreis"),
    ("44", "Landkreis"),
    ("45", "Regionalverband"),
];

impl Tables {
    /// Only the parts that lie in one state (`16`).
    pub fn of_state(&self, state: &str) -> Tables {
        fn keep<T: Clone>(map: &BTreeMap<String, T>, state: &str) -> BTreeMap<String, T> {
            map.iter()
                .filter(|(k, _)| k.starts_with(state))
                .map(|(k, v)| (k.clone(), v.clone()))
                .collect()
        }
        Tables {
            date: self.date,
            states: keep(&self.states, state),
            districts: keep(&self.districts, state),
            associations: keep(&self.associations, state),
            municipalities: keep(&self.municipalities, state),
        }
    }

    /// Municipalities, without unincorporated areas.
    pub fn municipality_count(&self) -> usize {
        self.municipalities
            .values()
            .filter(|m| m.kind.is_municipality())
            .count()
    }

    /// What speaks against taking this version after `before`: a Land that is gone or lost more than a
    /// fifth of its municipalities. A file cut off between two records shows in nothing else.
    pub fn incomplete_after(&self, before: &Tables) -> Option<String> {
        let count = |t: &Tables, state: &str| t.of_state(state).municipality_count();
        before.states.iter().find_map(|(state, name)| {
            let (old, new) = (count(before, state), count(self, state));
            (5 * new < 4 * old).then(|| {
                format!("Für {name} stehen nur {new} Gemeinden darin, bisher sind es {old}. Die Datei ist wohl unvollständig")
            })
        })
    }

    /// Whether every key that a row names exists, and every district and association has members: a
    /// file cut off in the middle does not pass. `line_of` finds the line of a key for the message.
    pub(crate) fn check(&self, file: &str, line_of: &dyn Fn(&str) -> Option<usize>) -> Result<(), RegisterError> {
        let wrong = |key: &str, reason: String| Err(RegisterError::new(file, line_of(key), reason));
        if self.municipalities.is_empty() {
            return Err(RegisterError::new(file, None, "Die Datei enthält keine Gemeinde"));
        }
        for m in self.municipalities.values() {
            if !self.states.contains_key(m.state()) {
                return wrong(
                    &m.ags,
                    format!("Zu {} ({}) fehlt das Land {}", m.name, m.ags, m.state()),
                );
            }
            // Some unincorporated areas belong to no district.
            if !self.districts.contains_key(m.district()) && m.kind.is_municipality() {
                return wrong(
                    &m.ags,
                    format!("Zu {} ({}) fehlt der Kreis {}", m.name, m.ags, m.district()),
                );
            }
            if !self.associations.contains_key(m.association()) {
                let code = m.association();
                return wrong(
                    &m.ags,
                    format!("Zu {} ({}) fehlt der Gemeindeverband {code}", m.name, m.ags),
                );
            }
        }
        let peopled = |prefix: &str| self.municipalities.range(prefix.to_owned()..).next();
        for d in self.districts.values() {
            if peopled(&d.district).is_none_or(|(ags, _)| !ags.starts_with(d.district.as_str())) {
                return wrong(
                    &d.district,
                    format!("Der Kreis {} ({}) hat keine Gemeinde", d.name, d.district),
                );
            }
        }
        let used: std::collections::BTreeSet<&str> = self.municipalities.values().map(|m| m.association()).collect();
        for a in self.associations.values() {
            if !used.contains(a.association.as_str()) {
                let (name, code) = (&a.name, &a.association);
                return wrong(code, format!("Der Gemeindeverband {name} ({code}) hat keine Gemeinde"));
            }
        }
        Ok(())
    }
}

/// Writes rows as CSV with a header.
pub(crate) fn to_csv<'a, T: Serialize + 'a>(rows: impl IntoIterator<Item = &'a T>) -> Result<Vec<u8>, csv::Error> {
    let mut w = csv::Writer::from_writer(Vec::new());
    for row in rows {
        w.serialize(row)?;
    }
    w.into_inner().map_err(|e| csv::Error::from(e.into_error()))
}

/// Reads rows from CSV; the error names file, line and cause.
pub(crate) fn from_csv<T: serde::de::DeserializeOwned>(file: &str, bytes: &[u8]) -> Result<Vec<T>, RegisterError> {
    let mut rows = Vec::new();
    for row in csv::Reader::from_reader(bytes).deserialize() {
        rows.push(row.map_err(|e| {
            let line = e.position().map(|p| p.line() as usize);
            RegisterError::new(file, line, format!("Die Zeile ist nicht lesbar ({e})"))
        })?);
    }
    Ok(rows)
}

mod municipality_kind {
    use super::MunicipalityKind;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(kind: &MunicipalityKind, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(kind.label())
    }
    pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<MunicipalityKind, D::Error> {
        let text = String::deserialize(d)?;
        (60..=67)
            .filter_map(MunicipalityKind::from_code)
            .find(|k| k.label() == text)
            .ok_or_else(|| D::Error::custom(format!("unbekannte Gemeindeart „{text}“")))
    }
}

mod association_kind {
    use super::AssociationKind;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(kind: &AssociationKind, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(kind.label())
    }
    pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<AssociationKind, D::Error> {
        let text = String::deserialize(d)?;
        (50..=58)
            .filter_map(AssociationKind::from_code)
            .find(|k| k.label() == text)
            .ok_or_else(|| D::Error::custom(format!("unbekannte Verbandsart „{text}“")))
    }
}
