//! Amounts and days as people type them.

use jiff::civil::Date;

/// `7500` → `75,00`: as it stands in a field.
pub fn plain_euro(cents: i64) -> String {
    format!("{},{:02}", cents / 100, cents.abs() % 100)
}

/// `75`, `75,5`, `1.234,50 €` → cents.
pub fn cents(typed: &str) -> Option<i64> {
    let text: String = typed
        .trim()
        .trim_end_matches('€')
        .chars()
        .filter(|c| !c.is_whitespace())
        .collect();
    let (euro, rest) = text.split_once(',').unwrap_or((&text, ""));
    if euro.is_empty() || rest.len() > 2 || !rest.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    // A dot parts thousands and nothing else.
    let parts: Vec<&str> = euro.split('.').collect();
    let grouped = parts.iter().enumerate().all(|(i, p)| {
        let size = if i == 0 {
            (1..=9).contains(&p.len())
        } else {
            p.len() == 3
        };
        size && p.bytes().all(|b| b.is_ascii_digit())
    });
    if !grouped {
        return None;
    }
    let euro: i64 = parts.concat().parse().ok()?;
    let rest: i64 = format!("{rest:0<2}").parse().ok()?;
    euro.checked_mul(100)?.checked_add(rest)
}

/// `24.11.2026`, `24.11.26`, `2026-11-24`.
pub fn day(typed: &str) -> Option<Date> {
    let text = typed.trim();
    if let Ok(day) = text.parse::<Date>() {
        return Some(day);
    }
    let parts: Vec<&str> = text.split('.').map(str::trim).collect();
    let [d, m, y] = parts.as_slice() else { return None };
    if !parts.iter().all(|p| p.bytes().all(|b| b.is_ascii_digit())) {
        return None;
    }
    let year: i16 = match y.len() {
        4 => y.parse().ok()?,
        2 => 2000 + y.parse::<i16>().ok()?,
        _ => return None,
    };
    Date::new(year, m.parse().ok()?, d.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn money_and_days_as_people_write_them() {
        for (typed, want) in [
            ("75", 7500),
            ("75,5", 7550),
            ("1.234,50\u{a0}€", 123_450),
            (" 0,00 ", 0),
        ] {
            assert_eq!(cents(typed), Some(want), "{typed}");
        }
        for typed in [
            "",
            "viel",
            "75,123",
            "7.5",
            "-5",
            "1.23,00",
            ",50",
            "99999999999999999999",
        ] {
            assert_eq!(cents(typed), None, "{typed}");
        }
        assert_eq!(day("5. 1. 2027"), Some(date(2027, 1, 5)));
        assert_eq!(day("05.01.27"), Some(date(2027, 1, 5)));
        assert_eq!(day("31.02.2027"), None);
        assert_eq!(day("5.1."), None);
    }
}
