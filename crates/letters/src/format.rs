//! Amounts, days and bank numbers as people read them. Numbers never reach a template unformatted.

use jiff::civil::Date;
use schema::Lang;

/// `7500` → `75,00 €` (German) or `€75.00` (English).
pub(crate) fn money(cents: i64, english: bool) -> String {
    schema::show::format::money(cents, lang(english))
}

/// `24.11.2026` or `24 November 2026`, whose day and month stay on one line.
pub(crate) fn date(day: Date, english: bool) -> String {
    schema::show::format::date(day, lang(english)).replacen(' ', "\u{a0}", 1)
}

/// The same with its weekday, for days that people plan by.
pub(crate) fn date_with_weekday(day: Date, english: bool) -> String {
    let text = schema::show::format::long_date(day, lang(english));
    match text.split_once(", ") {
        Some((weekday, _)) => format!("{weekday}, {}", date(day, english)),
        None => text,
    }
}

fn lang(english: bool) -> Lang {
    if english { Lang::En } else { Lang::De }
}

/// `DE02120300000000202051` → `DE02 1203 0000 0000 2020 51`.
pub(crate) fn iban(iban: &str) -> String {
    schema::show::format::iban(iban)
}

/// Splits into groups of `size` characters, to be read aloud or compared by eye.
pub(crate) fn groups(text: &str, size: usize, between: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    chars
        .chunks(size)
        .map(|c| c.iter().collect::<String>())
        .collect::<Vec<_>>()
        .join(between)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date as day;

    #[test]
    fn amounts() {
        let cases = [
            (0, "0,00 €"),
            (5, "0,05 €"),
            (7500, "75,00 €"),
            (123_456_789, "1.234.567,89 €"),
            (-120, "−1,20 €"),
        ];
        for (cents, text) in cases {
            assert_eq!(money(cents, false).replace('\u{a0}', " "), text);
        }
        assert_eq!(money(100_000, true), "€1,000.00");
        assert_eq!(
            money(i64::MIN, false).replace('\u{a0}', " "),
            "−92.233.720.368.547.758,08 €"
        );
    }

    #[test]
    fn days() {
        assert_eq!(date(day(2026, 11, 4), false), "04.11.2026");
        assert_eq!(date_with_weekday(day(2026, 12, 9), false), "Mittwoch, 09.12.2026");
        assert_eq!(
            date_with_weekday(day(2026, 12, 13), true),
            "Sunday, 13\u{a0}December 2026"
        );
    }

    #[test]
    fn bank_numbers() {
        assert_eq!(
            iban("DE02120300000000202051").replace('\u{a0}', " "),
            "DE02 1203 0000 0000 2020 51"
        );
        assert_eq!(groups("äöüß", 3, " "), "äöü ß");
    }
}
