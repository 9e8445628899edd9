//! Numbers, money, dates and times as people of a language read them. The one home of these words: pages, letters,
//! mails and commands call it.

use jiff::civil::Date;

use crate::Lang;
use crate::words::{list, word};

/// Between a number and what it counts: no line may break there.
pub const NBSP: char = '\u{a0}';

/// `1.000`, English `1,000`.
pub fn number(n: i64, lang: Lang) -> String {
    let digits = n.unsigned_abs().to_string();
    let mut out = String::from(if n < 0 { "−" } else { "" });
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(if lang.is_german() { '.' } else { ',' });
        }
        out.push(digit);
    }
    out
}

/// Cents as `75,00 €`, English `€75.00`.
pub fn money(cents: i64, lang: Lang) -> String {
    let sign = if cents < 0 { "−" } else { "" };
    let euros = number(i64::try_from(cents.unsigned_abs() / 100).unwrap_or(i64::MAX), lang);
    let rest = cents.unsigned_abs() % 100;
    match lang {
        Lang::De | Lang::Leicht => format!("{sign}{euros},{rest:02}{NBSP}€"),
        Lang::En => format!("{sign}€{euros}.{rest:02}"),
    }
}

/// `09.01.2027`, English `9 January 2027`.
pub fn date(day: Date, lang: Lang) -> String {
    match lang {
        Lang::De | Lang::Leicht => format!("{:02}.{:02}.{:04}", day.day(), day.month(), day.year()),
        Lang::En => {
            format!("{} {} {}", day.day(), month(day.month(), lang), day.year())
        }
    }
}

/// Name of a month, from 1; empty for what is none.
pub fn month(n: i8, lang: Lang) -> &'static str {
    let index = usize::try_from(n).ok().and_then(|n| n.checked_sub(1));
    let found = index.and_then(|m| list(lang, "calendar.months").get(m));
    found.map_or("", String::as_str)
}

/// Name of a weekday, Monday 0.
pub fn weekday(index: usize, lang: Lang) -> String {
    list(lang, "calendar.weekdays").get(index).cloned().unwrap_or_default()
}

/// `Samstag, 09.01.2027`: where people plan.
pub fn long_date(day: Date, lang: Lang) -> String {
    format!("{}, {}", weekday(index(day), lang), date(day, lang))
}

fn index(day: Date) -> usize {
    usize::from(day.weekday().to_monday_zero_offset().unsigned_abs())
}

/// `Sa 09.01.2027`: in lists. English `Sat 9 January 2027`.
pub fn short_date(day: Date, lang: Lang) -> String {
    format!("{} {}", short_weekday(day, lang), date(day, lang))
}

/// `Sa`, English `Sat`.
pub fn short_weekday(day: Date, lang: Lang) -> String {
    let letters = if lang.is_german() { 2 } else { 3 };
    weekday(index(day), lang).chars().take(letters).collect()
}

/// `09.01.`, English `09/01`: where the year is known.
pub fn day_month(day: Date, lang: Lang) -> String {
    match lang {
        Lang::De | Lang::Leicht => format!("{:02}.{:02}.", day.day(), day.month()),
        Lang::En => format!("{:02}/{:02}", day.day(), day.month()),
    }
}

/// `17:00 Uhr`.
pub fn clock(time: &str, lang: Lang) -> String {
    word(lang, "clock")
        .replace("{time}", time)
        .replace(' ', &NBSP.to_string())
}

/// `180 m`, `1 Tag`, `14 Tage`; a unit without a word of its own stands as it is.
pub fn with_unit(n: i64, unit: Option<&str>, lang: Lang) -> String {
    let Some(unit) = unit else { return number(n, lang) };
    let unit = match list(lang, &format!("unit.{unit}")) {
        [one, _] if n == 1 => one,
        [_, many] => many,
        _ => unit,
    };
    format!("{}{NBSP}{unit}", number(n, lang))
}

/// `DE02 1203 0000 0000 2020 51`, on one line.
pub fn iban(iban: &str) -> String {
    let chars: Vec<char> = iban.chars().filter(|c| !c.is_whitespace()).collect();
    let groups: Vec<String> = chars.chunks(4).map(|c| c.iter().collect()).collect();
    groups.join(&NBSP.to_string())
}

/// `a, b und c`.
pub fn join(items: &[String], lang: Lang) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [before @ .., last] => format!("{} {} {last}", before.join(", "), word(lang, "and")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_money() {
        assert_eq!(number(0, Lang::De), "0");
        assert_eq!(number(1000, Lang::De), "1.000");
        assert_eq!(number(-1_234_567, Lang::En), "−1,234,567");
        assert_eq!(number(i64::MIN, Lang::De), "−9.223.372.036.854.775.808");
        assert_eq!(money(7500, Lang::De), "75,00\u{a0}€");
        assert_eq!(money(125_050, Lang::De), "1.250,50\u{a0}€");
        assert_eq!(money(-5, Lang::De), "−0,05\u{a0}€");
        assert_eq!(money(125_050, Lang::En), "€1,250.50");
        assert_eq!(money(125_050, Lang::Leicht), "1.250,50\u{a0}€");
    }

    #[test]
    fn dates_and_units() {
        let day = Date::constant(2027, 1, 9);
        assert_eq!(long_date(day, Lang::De), "Samstag, 09.01.2027");
        assert_eq!(long_date(day, Lang::Leicht), "Samstag, 09.01.2027");
        assert_eq!(long_date(day, Lang::En), "Saturday, 9 January 2027");
        assert_eq!(short_date(day, Lang::De), "Sa 09.01.2027");
        assert_eq!(short_date(day, Lang::En), "Sat 9 January 2027");
        assert_eq!(day_month(day, Lang::De), "09.01.");
        assert_eq!(day_month(day, Lang::En), "09/01");
        assert_eq!(clock("17:00", Lang::De), "17:00\u{a0}Uhr");
        assert_eq!(with_unit(180, Some("m"), Lang::De), "180\u{a0}m");
        assert_eq!(with_unit(1, Some("days"), Lang::De), "1\u{a0}Tag");
        assert_eq!(with_unit(14, Some("days"), Lang::En), "14\u{a0}days");
        assert_eq!(with_unit(1500, None, Lang::De), "1.500");
    }

    #[test]
    fn lists_are_joined() {
        let items = |list: &[&str]| list.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
        assert_eq!(join(&items(&["a", "b", "c"]), Lang::De), "a, b und c");
        assert_eq!(join(&items(&["a"]), Lang::En), "a");
        assert_eq!(join(&[], Lang::De), "");
    }
}
