//! Single values as people type them: numbers, money, yes and no, IBAN, e-mail, phone. Forgiving about spaces, dots and
//! words that mean no doubt; strict where two readings are possible.

use crate::Lang;

/// Removes every kind of space.
fn compact(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// Digits in groups of three, parted by `separator` (or not at all), with an optional minus.
fn grouped(text: &str, separator: char) -> Option<i64> {
    let (sign, digits) = match text.strip_prefix(['-', '−', '–']) {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let mut parts = digits.split(separator);
    let first = parts.next()?;
    let all_digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    let mut joined = first.to_owned();
    let mut groups = 0;
    for part in parts {
        if part.len() != 3 || first.len() > 3 {
            return None;
        }
        joined.push_str(part);
        groups += 1;
    }
    if !all_digits(&joined) || (groups > 0 && first.is_empty()) {
        return None;
    }
    joined.parse::<i64>().ok().map(|n| sign * n)
}

/// `1.000`, `1 000`, `180 m` (with the question's unit) → whole number. English takes `1,000`.
pub(crate) fn number(text: &str, unit: Option<&str>, unit_words: &[String], lang: Lang) -> Option<i64> {
    let mut text = text.trim();
    for unit in unit.into_iter().chain(unit_words.iter().map(String::as_str)) {
        if let Some(before) = text.strip_suffix(unit) {
            text = before.trim_end();
            break;
        }
    }
    grouped(&compact(text), if lang.is_german() { '.' } else { ',' })
}

/// `75`, `75,00 €`, `1.250,50`, `EUR 75.50` → cents.
pub fn money(text: &str, lang: Lang) -> Option<i64> {
    let lower = compact(text).to_lowercase();
    let text = ["€", "euro", "eur"].iter().fold(lower.as_str(), |t, sign| {
        let t = t.strip_suffix(sign).unwrap_or(t);
        t.strip_prefix(sign).unwrap_or(t)
    });
    let text = text
        .strip_suffix(",-")
        .or_else(|| text.strip_suffix(",--"))
        .unwrap_or(text);
    let (thousands, decimal) = if lang.is_german() { ('.', ',') } else { (',', '.') };
    // Two digits after the foreign separator can only be cents, three only thousands.
    let cents_after = |separator: char| {
        let (euros, cents) = text.rsplit_once(separator)?;
        let fits = (1..=2).contains(&cents.len()) && cents.bytes().all(|b| b.is_ascii_digit());
        let other = if separator == decimal { thousands } else { decimal };
        let euros = grouped(euros, other).filter(|_| fits)?;
        let cents: i64 = format!("{cents:0<2}").parse().ok()?;
        let negative = text.starts_with(['-', '−', '–']);
        euros
            .checked_mul(100)?
            .checked_add(if negative { -cents } else { cents })
    };
    cents_after(decimal)
        .or_else(|| cents_after(thousands))
        .or_else(|| grouped(text, thousands)?.checked_mul(100))
}

/// `ja`, `nein`, `yes`, `no`, `on`, …
pub(crate) fn yes_no(text: &str) -> Option<bool> {
    match text.trim().to_lowercase().as_str() {
        "ja" | "j" | "yes" | "y" | "true" | "on" | "1" => Some(true),
        "nein" | "n" | "no" | "false" | "off" | "0" => Some(false),
        _ => None,
    }
}

/// In capitals, without spaces, check digits right.
pub fn iban(text: &str) -> Option<String> {
    let text: String = text
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .collect::<String>()
        .to_uppercase();
    text.parse::<iban::Iban>().is_ok().then_some(text)
}

/// One address with a dot in its domain (the mail library also takes `a@b`).
pub fn email(text: &str) -> Option<String> {
    let text = text.trim();
    let text = text.strip_prefix("mailto:").unwrap_or(text);
    if text.len() > 254 || text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return None;
    }
    let address: lettre::Address = text.parse().ok()?;
    let domain = address.domain();
    let named = domain.split('.').all(|part| !part.is_empty()) && domain.contains('.');
    named.then(|| format!("{}@{}", address.user(), domain.to_lowercase()))
}

/// A number with area code or country code; spaces, slashes, hyphens and brackets as typed, tidied.
pub fn phone(text: &str) -> Option<String> {
    let spaced: String = text
        .replace("(0)", " ")
        .chars()
        .map(|c| {
            if matches!(c, '/' | '(' | ')' | '.') || c.is_whitespace() {
                ' '
            } else {
                c
            }
        })
        .map(|c| if matches!(c, '–' | '−') { '-' } else { c })
        .collect();
    let tidy = spaced
        .split(' ')
        .filter(|s| !s.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    let plus = tidy.strip_prefix('+');
    let rest = plus.unwrap_or(&tidy);
    if !rest.chars().all(|c| c.is_ascii_digit() || c == ' ' || c == '-')
        || rest.starts_with(['-', ' '])
        || rest.ends_with('-')
    {
        return None;
    }
    let digits: String = rest.chars().filter(char::is_ascii_digit).collect();
    let begins = if plus.is_some() {
        !digits.starts_with('0')
    } else {
        digits.starts_with('0')
    };
    let length = if plus.is_some() { 8..=15 } else { 6..=16 };
    (begins && length.contains(&digits.len()) && tidy.len() <= 30).then_some(tidy)
}

/// One line: no line breaks, no control characters, single spaces.
pub fn one_line(text: &str) -> String {
    let visible: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Several lines: line ends unified, other control characters gone, no space at line ends and around the whole.
pub fn lines(text: &str) -> String {
    let unified = text.replace("\r\n", "\n").replace('\r', "\n");
    let visible: String = unified
        .chars()
        .filter_map(|c| match c {
            '\n' => Some('\n'),
            '\t' => Some(' '),
            c if c.is_control() => None,
            c => Some(c),
        })
        .collect();
    visible
        .split('\n')
        .map(str::trim_end)
        .collect::<Vec<_>>()
        .join("\n")
        .trim()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_people_write_them() {
        let de = |t| number(t, Some("m"), &[], Lang::De);
        for (typed, want) in [
            ("180", 180),
            ("1.000", 1000),
            ("1 000", 1000),
            ("180 m", 180),
            ("180m", 180),
            (" 7 ", 7),
            ("-5", -5),
            ("1.234.567", 1_234_567),
            ("007", 7),
        ] {
            assert_eq!(de(typed), Some(want), "{typed}");
        }
        for typed in [
            "",
            "2,5",
            "1.5",
            "1.00",
            "12 km",
            "viele",
            "1e3",
            "1.0000",
            "1234.567",
            ".500",
            "--5",
            "99999999999999999999",
            "½",
        ] {
            assert_eq!(de(typed), None, "{typed}");
        }
        assert_eq!(number("1.000", None, &[], Lang::Leicht), Some(1000));
        assert_eq!(number("1,000", None, &[], Lang::En), Some(1000));
        assert_eq!(number("1.000", None, &[], Lang::En), None);
        let words = ["Tag".to_owned(), "Tage".to_owned()];
        assert_eq!(number("14 Tage", Some("days"), &words, Lang::De), Some(14));
    }

    #[test]
    fn money_as_people_write_it() {
        for (typed, want) in [
            ("75", 7500),
            ("75,00 €", 7500),
            ("75,5", 7550),
            ("1.250,50", 125_050),
            ("1.250", 125_000),
            ("EUR 75.50", 7550),
            ("€75", 7500),
            ("75,- €", 7500),
            ("0,05", 5),
            ("-0,50", -50),
            ("1,250.50", 125_050),
        ] {
            assert_eq!(money(typed, Lang::De), Some(want), "{typed}");
        }
        for typed in ["", "€", "75,000", "7,5,0", "1.25.00", "viel", "75 Dollar", ",50"] {
            assert_eq!(money(typed, Lang::De), None, "{typed}");
        }
        assert_eq!(money("1,250", Lang::En), Some(125_000));
        assert_eq!(money("1.250,50", Lang::Leicht), Some(125_050));
        assert_eq!(money("9223372036854775807", Lang::De), None);
    }

    #[test]
    fn iban_email_phone() {
        assert_eq!(
            iban("de02 1203 0000 0000 2020 51").as_deref(),
            Some("DE02120300000000202051")
        );
        assert_eq!(iban("DE02120300000000202052"), None);
        assert_eq!(iban(""), None);
        assert_eq!(
            email(" Vorstand@Lindenhof.Example ").as_deref(),
            Some("Vorstand@lindenhof.example")
        );
        for wrong in [
            "a@b",
            "vorstand",
            "a b@c.de",
            "a@b.de\r\nBcc: x@y.de",
            "a@.de",
            "a@b..de",
            "@b.de",
            "a@b.de,c@d.de",
        ] {
            assert_eq!(email(wrong), None, "{wrong}");
        }
        for (typed, want) in [
            ("0151 23456789", "0151 23456789"),
            ("03447/1234-56", "03447 1234-56"),
            ("+49 (0) 151 23456789", "+49 151 23456789"),
            ("(03447) 12345", "03447 12345"),
            ("0049 151 23456789", "0049 151 23456789"),
        ] {
            assert_eq!(phone(typed).as_deref(), Some(want), "{typed}");
        }
        for wrong in [
            "",
            "110",
            "12345",
            "0151",
            "0151 2345 abends",
            "+0151 23456789",
            "0151 23456789 0151 23456789",
            "-0151 234567",
        ] {
            assert_eq!(phone(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn texts_are_tidied() {
        assert_eq!(one_line("  Festverein\r\n Lindenhof\0 "), "Festverein Lindenhof");
        assert_eq!(lines(" a \r\nb\tc\u{7} \n\n d "), "a\nb c\n\n d");
    }
}
