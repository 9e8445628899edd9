//! Reads the register file GV100AD of the Federal Statistical Office: fixed width, UTF-8, one
//! record a line (10 state, 20 region, 30 region, 40 district, 50 association, 60 municipality).
//! All or nothing: the first thing that is wrong is an error with its line.
//!
//! Why not the crate `gv100ad`: it panics on a cut line or an impossible date and names no line.
//! It serves as the oracle in the tests.

use std::collections::{BTreeMap, HashMap};

use domain::routing::{AssociationKind, MunicipalityKind};
use jiff::civil::Date;

use crate::register::{AssociationRow, DISTRICT_KINDS, DistrictRow, MunicipalityRow, RegisterError, Tables};

/// Reads a whole register file. `file`: its name, for messages.
pub fn read_gv100ad(file: &str, bytes: &[u8]) -> Result<Tables, RegisterError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reading = Reading {
        file,
        ..Reading::default()
    };
    for (index, line) in bytes.split(|b| *b == b'\n').enumerate() {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            continue;
        }
        reading.line = index + 1;
        let text = std::str::from_utf8(line).map_err(|_| reading.wrong("Die Zeile ist kein UTF-8-Text"))?;
        reading.record(text)?;
    }
    reading.finish()
}

#[derive(Default)]
struct Reading<'a> {
    file: &'a str,
    line: usize,
    date: Option<Date>,
    states: BTreeMap<String, String>,
    districts: BTreeMap<String, DistrictRow>,
    associations: BTreeMap<String, AssociationRow>,
    municipalities: BTreeMap<String, MunicipalityRow>,
    /// Key → line, for messages about the whole.
    lines: HashMap<String, usize>,
}

impl Reading<'_> {
    fn wrong(&self, reason: impl Into<String>) -> RegisterError {
        RegisterError::new(self.file, self.line, reason)
    }

    fn record(&mut self, text: &str) -> Result<(), RegisterError> {
        let record = Record {
            chars: text.chars().collect(),
        };
        let kind = record.text(0..2);
        let needed = match kind.as_str() {
            "10" | "20" | "30" => 72,
            "40" | "50" => 124,
            "60" => 170,
            _ => {
                return Err(self.wrong(format!(
                    "Die Satzart „{kind}“ gibt es nicht, nur 10, 20, 30, 40, 50 und 60"
                )));
            }
        };
        if record.chars.len() < needed {
            let has = record.chars.len();
            return Err(self.wrong(format!(
                "Die Zeile ist abgeschnitten: {has} von mindestens {needed} Zeichen"
            )));
        }
        self.same_date(&record.text(2..10))?;
        match kind.as_str() {
            "10" => {
                let key = self.digits(&record, 10..12, "Landesschlüssel")?;
                let name = self.name(&record)?;
                self.once(&key)?;
                self.states.insert(key, name);
            }
            "40" => {
                let district = self.digits(&record, 10..15, "Kreisschlüssel")?;
                let code = record.text(122..124);
                let kind = DISTRICT_KINDS
                    .iter()
                    .find(|(c, _)| *c == code)
                    .map(|(_, word)| (*word).to_owned());
                let kind = kind.ok_or_else(|| self.wrong(format!("Das Kreis-Kennzeichen „{code}“ gibt es nicht")))?;
                let name = self.name(&record)?;
                self.once(&district)?;
                let row = DistrictRow {
                    district: district.clone(),
                    name,
                    kind,
                    seat: record.text(72..122),
                };
                self.districts.insert(district, row);
            }
            "50" => {
                let district = self.digits(&record, 10..15, "Kreisschlüssel")?;
                let association = district + &self.digits(&record, 18..22, "Verbandsschlüssel")?;
                let kind = self.kind(&record, AssociationKind::from_code, "Verbands-Kennzeichen")?;
                let name = self.name(&record)?;
                self.once(&association)?;
                let row = AssociationRow {
                    association: association.clone(),
                    name,
                    kind,
                    seat: record.text(72..122),
                };
                self.associations.insert(association, row);
            }
            "60" => self.municipality(&record)?,
            // Regierungsbezirke and regions decide nothing here.
            _ => {}
        }
        Ok(())
    }

    fn municipality(&mut self, record: &Record) -> Result<(), RegisterError> {
        let ags = self.digits(record, 10..18, "Gemeindeschlüssel")?;
        let ars = format!(
            "{}{}{}",
            &ags[..5],
            self.digits(record, 18..22, "Verbandsschlüssel")?,
            &ags[5..]
        );
        let kind = self.kind(record, MunicipalityKind::from_code, "Gemeinde-Kennzeichen")?;
        let name = self.name(record)?;
        let postcode = record.text(165..170);
        if !postcode.is_empty() && (postcode.len() != 5 || !is_digits(&postcode)) {
            return Err(self.wrong(format!("„{postcode}“ ist keine Postleitzahl")));
        }
        if postcode.is_empty() && kind.is_municipality() {
            return Err(self.wrong(format!("Zu {name} fehlt die Postleitzahl")));
        }
        let row = MunicipalityRow {
            ags: ags.clone(),
            ars,
            name,
            kind,
            area_ha: self.number(record, 128..139, "Fläche")?,
            population: self.number(record, 139..150, "Einwohnerzahl")?,
            postcode,
            several_postcodes: !record.text(170..175).is_empty(),
            tax_office: record.text(177..181),
        };
        self.once(&ags)?;
        self.municipalities.insert(ags, row);
        Ok(())
    }

    fn same_date(&mut self, text: &str) -> Result<(), RegisterError> {
        let parts = is_digits(text).then(|| (text.get(..4), text.get(4..6), text.get(6..8)));
        let date = match parts {
            Some((Some(y), Some(m), Some(d))) => match (y.parse(), m.parse(), d.parse()) {
                (Ok(y), Ok(m), Ok(d)) => Date::new(y, m, d).ok(),
                _ => None,
            },
            _ => None,
        };
        let date = date.ok_or_else(|| self.wrong(format!("„{text}“ ist kein Gebietsstand (Jahr, Monat, Tag)")))?;
        match self.date.replace(date) {
            Some(first) if first != date => {
                Err(self.wrong(format!("Der Gebietsstand {date} weicht vom ersten Satz ab ({first})")))
            }
            _ => Ok(()),
        }
    }

    fn digits(&self, record: &Record, at: std::ops::Range<usize>, what: &str) -> Result<String, RegisterError> {
        let text: String = record.chars[at].iter().collect();
        if is_digits(&text) {
            Ok(text)
        } else {
            Err(self.wrong(format!("Der {what} „{text}“ hat nicht nur Ziffern")))
        }
    }

    fn number(&self, record: &Record, at: std::ops::Range<usize>, what: &str) -> Result<u64, RegisterError> {
        let text: String = record.chars[at].iter().collect();
        text.parse()
            .map_err(|_| self.wrong(format!("{what}: „{text}“ ist keine ganze Zahl")))
    }

    fn kind<T>(&self, record: &Record, from: fn(u8) -> Option<T>, what: &str) -> Result<T, RegisterError> {
        let code = record.text(122..124);
        code.parse()
            .ok()
            .and_then(from)
            .ok_or_else(|| self.wrong(format!("Das {what} „{code}“ gibt es nicht")))
    }

    fn name(&self, record: &Record) -> Result<String, RegisterError> {
        let name = record.text(22..72);
        if name.is_empty() {
            Err(self.wrong("Der Name fehlt"))
        } else {
            Ok(name)
        }
    }

    fn once(&mut self, key: &str) -> Result<(), RegisterError> {
        match self.lines.insert(key.to_owned(), self.line) {
            Some(first) => Err(self.wrong(format!("Der Schlüssel {key} steht schon in Zeile {first}"))),
            None => Ok(()),
        }
    }

    fn finish(self) -> Result<Tables, RegisterError> {
        let Some(date) = self.date else {
            return Err(RegisterError::new(self.file, None, "Die Datei ist leer"));
        };
        let Reading {
            file,
            states,
            districts,
            associations,
            municipalities,
            lines,
            ..
        } = self;
        let tables = Tables {
            date,
            states,
            districts,
            associations,
            municipalities,
        };
        tables.check(file, &|key| lines.get(key).copied())?;
        Ok(tables)
    }
}

/// One line, addressed by characters (the register counts characters, not bytes).
struct Record {
    chars: Vec<char>,
}

impl Record {
    /// A field without the blanks around it; empty if the line is shorter.
    fn text(&self, at: std::ops::Range<usize>) -> String {
        let end = at.end.min(self.chars.len());
        let field: String = self.chars.get(at.start..end).unwrap_or(&[]).iter().collect();
        field.trim().to_owned()
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}
