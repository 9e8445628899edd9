//! Dates and times as people write them, in German and English.

use jiff::civil::Date;

/// Months as written, German and English, in full or short (three letters or more are enough).
const MONTHS: [&[&str]; 12] = [
    &["januar", "jänner", "january"],
    &["februar", "february"],
    &["märz", "maerz", "march", "mrz"],
    &["april"],
    &["mai", "may"],
    &["juni", "june"],
    &["juli", "july"],
    &["august"],
    &["september"],
    &["oktober", "october"],
    &["november"],
    &["dezember", "december"],
];

/// Minutes since midnight of `HH:MM`, from `00:00` to `24:00`.
pub fn minutes(text: &str) -> Option<i64> {
    let (h, m) = text.split_once(':')?;
    let digits = |s: &str| s.len() == 2 && s.bytes().all(|b| b.is_ascii_digit());
    if !digits(h) || !digits(m) {
        return None;
    }
    let (h, m): (i64, i64) = (h.parse().ok()?, m.parse().ok()?);
    (m < 60 && h * 60 + m <= 24 * 60).then_some(h * 60 + m)
}

/// A time as people write it → `HH:MM`: `17`, `17:00`, `17.00 Uhr`, `1730`, `5:30 pm`. Midnight is `00:00`.
pub fn read_time(text: &str) -> Option<String> {
    let mut s = text.trim().to_lowercase();
    let mut noon = None;
    for (ending, adds) in [
        ("uhr", None),
        ("h", None),
        ("a.m.", Some(0)),
        ("am", Some(0)),
        ("p.m.", Some(12)),
        ("pm", Some(12)),
    ] {
        if let Some(rest) = s.strip_suffix(ending) {
            noon = adds;
            s = rest.trim_end().to_owned();
            break;
        }
    }
    // "17 Uhr 30"
    let s = s.replace(" uhr ", ":");
    let number =
        |s: &str| (s.len() <= 2 && !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit())).then(|| s.parse().ok())?;
    let (h, m): (i64, i64) = match s.split_once([':', '.']) {
        Some((h, m)) if m.len() == 2 => (number(h)?, number(m)?),
        Some(_) => return None,
        None if s.len() == 4 && s.is_ascii() => (number(&s[..2])?, number(&s[2..])?),
        None => (number(&s)?, 0),
    };
    let h = match noon {
        None => h,
        Some(_) if !(1..=12).contains(&h) => return None,
        Some(adds) => h % 12 + adds,
    };
    if m > 59 || h * 60 + m > 24 * 60 {
        return None;
    }
    Some(format!("{:02}:{m:02}", h % 24))
}

/// A date as people write it: `2026-11-24`, `24.11.2026`, `24.11.26`, `24. November 2026`, `November 24, 2026`,
/// with or without the weekday before it. Only days that exist, from 1900 to 2199.
pub fn read_date(text: &str) -> Option<Date> {
    let s = text.trim().to_lowercase();
    // "Samstag, 09.01.2027"
    let s = match s.split_once(',') {
        Some((day, rest)) if !day.is_empty() && day.trim_end_matches('.').chars().all(char::is_alphabetic) => {
            rest.trim()
        }
        _ => s.as_str(),
    };
    let words: Vec<&str> = s
        .split([' ', '.', '/', '-', ',', '\u{a0}'])
        .filter(|w| !w.is_empty())
        .collect();
    let [a, b, c] = words.as_slice() else { return None };
    let (year, month, day) = if a.len() == 4 && is_number(a) && is_number(b) {
        // Year first is written with hyphens only.
        if s.matches('-').count() != 2 {
            return None;
        }
        (*a, b.parse().ok()?, *c)
    } else if is_number(a) && is_number(b) {
        (*c, b.parse().ok()?, *a)
    } else if let Some(month) = month(b) {
        (*c, month, *a)
    } else {
        (*c, month(a)?, *b)
    };
    if !is_number(day) || !is_number(year) || day.len() > 2 {
        return None;
    }
    let year: i16 = match year.len() {
        2 => 2000 + year.parse::<i16>().ok()?,
        4 => year.parse().ok()?,
        _ => return None,
    };
    if !(1900..2200).contains(&year) {
        return None;
    }
    Date::new(year, month, day.parse().ok()?).ok()
}

fn is_number(s: &str) -> bool {
    !s.is_empty() && s.len() <= 4 && s.bytes().all(|b| b.is_ascii_digit())
}

fn month(word: &str) -> Option<i8> {
    if word.chars().count() < 3 {
        return None;
    }
    let found = MONTHS
        .iter()
        .position(|names| names.iter().any(|name| name.starts_with(word)))?;
    i8::try_from(found + 1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_as_people_write_them() {
        for (typed, want) in [
            ("17", "17:00"),
            ("17:00", "17:00"),
            ("17.00 Uhr", "17:00"),
            ("17 Uhr", "17:00"),
            ("17 Uhr 30", "17:30"),
            ("9:05", "09:05"),
            ("1730", "17:30"),
            ("24:00", "00:00"),
            ("0", "00:00"),
            ("5:30 pm", "17:30"),
            ("12 am", "00:00"),
            ("12 p.m.", "12:00"),
            ("22h", "22:00"),
        ] {
            assert_eq!(read_time(typed).as_deref(), Some(want), "{typed}");
        }
        for typed in [
            "", "25", "24:01", "17:60", "abends", "17:5", "13 pm", "1:2:3", "-3", "17:000", "170", "١٧",
        ] {
            assert_eq!(read_time(typed), None, "{typed}");
        }
    }

    #[test]
    fn minutes_count_from_midnight() {
        assert_eq!(minutes("17:30"), Some(1050));
        assert_eq!(minutes("24:00"), Some(1440));
        for wrong in ["24:01", "7:30", "17:60", "", "17"] {
            assert_eq!(minutes(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn dates_as_people_write_them() {
        let want = Date::constant(2026, 11, 24);
        for typed in [
            "2026-11-24",
            "24.11.2026",
            "24.11.26",
            "24. 11. 2026",
            "24. November 2026",
            "24 Nov 2026",
            "24. Nov. 26",
            "Dienstag, 24.11.2026",
            "Di., 24.11.2026",
            "24/11/2026",
            "24-11-2026",
            "November 24, 2026",
            " 24 november 2026 ",
        ] {
            assert_eq!(read_date(typed), Some(want), "{typed}");
        }
        assert_eq!(read_date("1. März 2027"), Some(Date::constant(2027, 3, 1)));
        assert_eq!(read_date("29.02.2028"), Some(Date::constant(2028, 2, 29)));
        for typed in [
            "",
            "31.02.2027",
            "29.02.2027",
            "24.11.",
            "24.13.2026",
            "morgen",
            "0.1.2027",
            "24.11.202",
            "2026/11/24",
            "24.11.1026",
        ] {
            assert_eq!(read_date(typed), None, "{typed}");
        }
    }
}
