//! Amounts, days and bank numbers as people read them. Numbers never reach a template unformatted.

use jiff::civil::Date;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const WEEKDAYS: [(&str, &str); 7] = [
    ("Montag", "Monday"),
    ("Dienstag", "Tuesday"),
    ("Mittwoch", "Wednesday"),
    ("Donnerstag", "Thursday"),
    ("Freitag", "Friday"),
    ("Samstag", "Saturday"),
    ("Sonntag", "Sunday"),
];

/// `7500` → `75,00 €` (German) or `€75.00` (English).
pub(crate) fn money(cents: i64, english: bool) -> String {
    let (thousands, decimal) = if english { (',', '.') } else { ('.', ',') };
    let whole = (cents.unsigned_abs() / 100).to_string();
    let mut grouped = String::new();
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i) % 3 == 0 {
            grouped.push(thousands);
        }
        grouped.push(digit);
    }
    let sign = if cents < 0 { "−" } else { "" };
    let rest = cents.unsigned_abs() % 100;
    if english {
        format!("{sign}€{grouped}{decimal}{rest:02}")
    } else {
        format!("{sign}{grouped}{decimal}{rest:02}\u{a0}€")
    }
}

/// `24.11.2026` or `24 November 2026`.
pub(crate) fn date(day: Date, english: bool) -> String {
    if english {
        let month = MONTHS[usize::from(day.month().unsigned_abs()) - 1];
        format!("{}\u{a0}{month} {}", day.day(), day.year())
    } else {
        format!("{:02}.{:02}.{}", day.day(), day.month(), day.year())
    }
}

/// The same with its weekday, for days that people plan by.
pub(crate) fn date_with_weekday(day: Date, english: bool) -> String {
    let index = usize::from(day.weekday().to_monday_zero_offset().unsigned_abs());
    let (german, in_english) = WEEKDAYS[index];
    format!("{}, {}", if english { in_english } else { german }, date(day, english))
}

/// `DE02120300000000202051` → `DE02 1203 0000 0000 2020 51`.
pub(crate) fn iban(iban: &str) -> String {
    groups(
        &iban.chars().filter(|c| !c.is_whitespace()).collect::<String>(),
        4,
        "\u{a0}",
    )
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
