//! What people typed, made fit for paper: no control characters, no letters without a picture, no
//! line break inside "75,00 €" or "§ 42", and a place to break in words longer than a line.

use crate::fonts;

/// Longest run without a place to break: shorter than the narrowest column of a letter.
const LONGEST_RUN: usize = 32;
/// Addresses that fit on a line or break at their strokes.
const LONGEST_ADDRESS: usize = 80;
/// Stands for a letter that no font has, such as an emoji: seen, never silently lost.
const UNKNOWN: char = '□';

/// Prepares one text. Line breaks stay, other white space becomes a blank.
pub(crate) fn prepare(text: &str) -> String {
    let text = glued(&cleaned(text));
    // An address is copied: it breaks at its own strokes, and nothing invisible stands in it.
    if text.starts_with("https://") && text.len() <= LONGEST_ADDRESS {
        return text;
    }
    breakable(&text)
}

fn cleaned(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\u{a0}' | '\u{ad}' | '\u{200b}' => out.push(c),
            '\t' | '\u{2028}' | '\u{2029}' => out.push(' '),
            '\u{2007}' | '\u{202f}' => out.push('\u{a0}'),
            '\u{2010}' | '\u{2011}' => out.push('-'),
            // Invisible helpers: joiners, marks of direction, variation selectors, byte order mark.
            '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => {}
            '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}' => {}
            c if c.is_control() => {}
            // PDF/A forbids private letters even where a font draws them.
            '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}' => out.push(UNKNOWN),
            c if fonts::covers(c) => out.push(c),
            _ => out.push(UNKNOWN),
        }
    }
    out
}

/// Words after which the next one must stand on the same line.
const BEFORE: [&str; 11] = [
    "§", "§§", "Abs.", "Nr.", "Art.", "Satz", "S.", "Frau", "Herr", "Herrn", "Stufe",
];
/// Units that stay with their number.
const UNITS: [&str; 14] = [
    "€", "m", "m²", "cm", "km", "Uhr", "kWh", "%", "Uhr.", "Uhr,", "m.", "m,", "Liter", "Litern",
];

/// Endings of street names, which keep their house number.
const STREETS: [&str; 7] = ["straße", "Straße", "str.", "gasse", "weg", "platz", "allee"];

/// Puts no-break spaces where the guide asks for them.
fn glued(text: &str) -> String {
    let words: Vec<&str> = text.split(' ').collect();
    let mut out = String::with_capacity(text.len());
    for (i, word) in words.iter().enumerate() {
        out.push_str(word);
        let Some(next) = words.get(i + 1) else { break };
        let bare = word.trim_start_matches(['(', '„', '\n']);
        let number = word.ends_with(|c: char| c.is_ascii_digit());
        let abbreviation = matches!(
            (bare, next.trim_end_matches([',', '.', ')', '“'])),
            ("e.", "V") | ("z.", "B")
        );
        let house = next.starts_with(|c: char| c.is_ascii_digit()) && STREETS.iter().any(|s| bare.ends_with(s));
        let part_of_law = matches!(*next, "Abs." | "Satz") && word.starts_with(|c: char| c.is_ascii_digit());
        let postcode =
            bare.len() == 5 && bare.bytes().all(|b| b.is_ascii_digit()) && next.starts_with(|c: char| c.is_uppercase());
        let tight = BEFORE.contains(&bare)
            || (number && UNITS.contains(next))
            || abbreviation
            || house
            || part_of_law
            || postcode;
        out.push(if tight && !word.is_empty() { '\u{a0}' } else { ' ' });
    }
    out
}

/// A zero-width space in every run that no line could hold.
fn breakable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut run = 0;
    for c in text.chars() {
        if c.is_whitespace() && c != '\u{a0}' || c == '\u{200b}' || c == '\u{ad}' {
            run = 0;
        } else if run == LONGEST_RUN {
            out.push('\u{200b}');
            run = 1;
        } else {
            run += 1;
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_font_draws_is_shown_as_a_box() {
        assert_eq!(
            prepare("Feuer 🔥\u{fe0f} am\u{7} Łukasz\r\nĐorđe \u{e123}"),
            "Feuer □ am Łukasz\nĐorđe □"
        );
    }

    #[test]
    fn numbers_keep_their_units() {
        let text = prepare("Nach § 42 Abs. 1 zahlt der Festverein e. V. bis 22:00 Uhr 75,00 € für 100 m Abstand.");
        assert_eq!(
            text.replace('\u{a0}', "~"),
            "Nach §~42~Abs.~1 zahlt der Festverein e.~V. bis 22:00~Uhr 75,00~€ für 100~m Abstand."
        );
        assert_eq!(
            prepare("Bachstraße 1, 04603 Nobitz").replace('\u{a0}', "~"),
            "Bachstraße~1, 04603~Nobitz"
        );
        assert_eq!(prepare("kein  Doppel"), "kein  Doppel");
    }

    #[test]
    fn long_runs_may_break() {
        let text = prepare(&"a".repeat(100));
        assert!(text.split('\u{200b}').all(|part| part.chars().count() <= LONGEST_RUN));
        assert_eq!(text.replace('\u{200b}', ""), "a".repeat(100));
        assert_eq!(prepare("Brauchtumsfeuerverordnung"), "Brauchtumsfeuerverordnung");
    }
}
