//! What an office tells the public about itself: address, contact, hours, bank. Kept as JSON per place.

use serde::{Deserialize, Serialize};

/// Hours of one weekday, Monday first: `9–12 und 13–18 Uhr`, or empty for closed.
pub type Hours = [String; 7];

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Office {
    /// `Gemeinde Nobitz`
    pub name: String,
    /// `Ordnungsamt`
    pub department: String,
    pub street: String,
    pub postcode: String,
    pub town: String,
    pub phone: String,
    pub email: String,
    pub note: String,
    pub hours: Hours,
    pub bank_holder: String,
    pub iban: String,
    /// Signs letters: `Im Auftrag`.
    pub signature: String,
    /// Who answers for data protection, with a way to reach them; one line.
    pub data_officer: String,
    /// How long cases are kept, as the authority says it; empty: not set, and the page says so.
    pub keeping: String,
    /// Values are made up for the demo.
    pub sample: bool,
}

impl Office {
    /// Lines of the postal address.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![self.name.clone()];
        if !self.department.is_empty() {
            lines.push(self.department.clone());
        }
        if !self.street.is_empty() {
            lines.push(self.street.clone());
        }
        let town = format!("{} {}", self.postcode, self.town).trim().to_owned();
        if !town.is_empty() {
            lines.push(town);
        }
        lines
    }

    /// `03447 1234-20` → `+493447123420`.
    pub fn phone_href(&self) -> String {
        let digits: String = self.phone.chars().filter(char::is_ascii_digit).collect();
        match digits.strip_prefix('0') {
            Some(rest) if !self.phone.starts_with('+') => format!("+49{rest}"),
            _ => format!("+{digits}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_number_becomes_a_link_that_works_from_abroad() {
        let office = Office {
            phone: "03447 1234-20".into(),
            ..Office::default()
        };
        assert_eq!(office.phone_href(), "+493447123420");
        let office = Office {
            phone: "+49 361 1234".into(),
            ..Office::default()
        };
        assert_eq!(office.phone_href(), "+493611234");
    }
}
