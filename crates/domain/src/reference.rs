//! References of cases (`NOB-FEUER-26-7K3M-Q`) and the codes that people type.
//! Drawn from random bytes that the caller hands in, never from a counter: a reference tells
//! nothing about how many cases there are.
//!
//! Check symbol: the pure system of ISO/IEC 7064 with one check character, here with modulus 29
//! and radix 2 (the construction of MOD 11-2 and MOD 37-2). 29 is prime and 2 generates its
//! multiplicative group, so within 28 places every single wrong symbol and every swap of two
//! neighbours is found. It runs over the whole reference, letters of place and service included.

use serde::{Deserialize, Serialize};

/// Digits and letters that nobody confuses: no 0 O, no 1 I L, no U (V), no Z (2). 29 symbols.
pub const ALPHABET: &[u8; 29] = b"23456789ABCDEFGHJKMNPQRSTVWXY";

const MODULUS: u32 = 29;
/// Random symbols of a reference.
const DRAWN: usize = 4;
/// Symbols of a code that is typed (access code, draft code): 58 bits.
pub const CODE_LENGTH: usize = 12;
/// Letters that the service's code may have, so that the check symbol keeps its promise.
pub const MAX_SERVICE_CODE: usize = 16;

/// A well-formed reference in canonical spelling.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Reference(String);

/// Why a text is not a reference. German, for the person who typed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    #[error("Das ist kein Aktenzeichen. Ein Aktenzeichen sieht so aus: NOB-FEUER-26-7K3M-Q.")]
    Form,
    #[error("Das Aktenzeichen enthält einen Tippfehler. Vergleichen Sie es mit Ihrer Eingangsbestätigung.")]
    Check,
}

impl Reference {
    /// Draws the reference of a new case. `random`: 8 random bytes; `place`: the place's name;
    /// `service`: the service's code (A–Z); `year`: of receipt.
    pub fn draw(random: [u8; 8], place: &str, service: &str, year: i16) -> Reference {
        let mut head = place_letters(place);
        head.push('-');
        head.extend(letters(service).chars().take(MAX_SERVICE_CODE));
        head.push_str(&format!("-{:02}", year.rem_euclid(100)));
        let code = symbols(u128::from(u64::from_be_bytes(random)), DRAWN);
        let check = check_symbol(head.chars().chain(code.chars()));
        Reference(format!("{head}-{code}-{check}"))
    }

    /// Reads a reference as people type it: lower case, blanks and missing hyphens are accepted.
    pub fn parse(typed: &str) -> Result<Reference, ReferenceError> {
        let plain: Vec<char> = typed
            .chars()
            .filter(|c| !is_filler(*c))
            .flat_map(char::to_uppercase)
            .collect();
        let start = plain
            .iter()
            .position(|c| !c.is_ascii_uppercase())
            .ok_or(ReferenceError::Form)?;
        // Behind place and service come two digits of the year, four symbols and the check symbol.
        if plain.len() != start + 2 + DRAWN + 1 || !(4..=3 + MAX_SERVICE_CODE).contains(&start) {
            return Err(ReferenceError::Form);
        }
        let (head, rest) = plain.split_at(start);
        let (year, code) = rest.split_at(2);
        if !year.iter().all(char::is_ascii_digit) {
            return Err(ReferenceError::Form);
        }
        let code: Vec<char> = code.iter().map(|c| likely(*c)).collect();
        if code.iter().any(|c| value(*c).is_none()) {
            return Err(ReferenceError::Check);
        }
        let all = head.iter().chain(year).chain(&code).copied();
        if remainder(all) != 1 {
            return Err(ReferenceError::Check);
        }
        let text = |part: &[char]| part.iter().collect::<String>();
        Ok(Reference(format!(
            "{}-{}-{}-{}-{}",
            text(&head[..3]),
            text(&head[3..]),
            text(year),
            text(&code[..DRAWN]),
            text(&code[DRAWN..])
        )))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Reference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::str::FromStr for Reference {
    type Err = ReferenceError;
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        Reference::parse(s)
    }
}

impl TryFrom<String> for Reference {
    type Error = ReferenceError;
    fn try_from(s: String) -> Result<Self, Self::Error> {
        Reference::parse(&s)
    }
}

impl From<Reference> for String {
    fn from(r: Reference) -> String {
        r.0
    }
}

/// Draws a code of 12 symbols in groups of four (`7K3M-QX4T-9BWP`) from 16 random bytes: the access
/// code of an application or the resume code of a draft.
pub fn draw_code(random: [u8; 16]) -> String {
    let plain = symbols(u128::from_be_bytes(random), CODE_LENGTH);
    [&plain[..4], &plain[4..8], &plain[8..]].join("-")
}

/// A typed code in canonical spelling: lower case, blanks and missing hyphens are accepted.
/// None if it cannot be a code at all.
pub fn parse_code(typed: &str) -> Option<String> {
    let plain: String = typed
        .chars()
        .filter(|c| !is_filler(*c))
        .flat_map(char::to_uppercase)
        .map(likely)
        .collect();
    if plain.chars().count() != CODE_LENGTH || plain.chars().any(|c| value(c).is_none()) {
        return None;
    }
    Some([&plain[..4], &plain[4..8], &plain[8..]].join("-"))
}

/// Three letters of a place's name: `Nobitz` → `NOB`, `Gößnitz` → `GOE`; short names are filled with X.
pub fn place_letters(name: &str) -> String {
    let mut three: String = letters(name).chars().take(3).collect();
    while three.len() < 3 {
        three.push('X');
    }
    three
}

/// The letters A–Z of a text, umlauts written out, accents dropped.
fn letters(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            'ä' | 'Ä' => out.push_str("AE"),
            'ö' | 'Ö' => out.push_str("OE"),
            'ü' | 'Ü' => out.push_str("UE"),
            'ß' => out.push_str("SS"),
            'é' | 'è' | 'É' | 'È' => out.push('E'),
            c if c.is_ascii_alphabetic() => out.push(c.to_ascii_uppercase()),
            _ => {}
        }
    }
    out
}

/// Blanks, hyphens and dots that people put in or leave out.
fn is_filler(c: char) -> bool {
    c.is_whitespace() || matches!(c, '-' | '–' | '—' | '‐' | '.' | '_')
}

/// A symbol that is not in the alphabet but can only mean one that is.
fn likely(c: char) -> char {
    if c == 'Z' { '2' } else { c }
}

/// Place of a symbol in the alphabet.
fn value(symbol: char) -> Option<u32> {
    ALPHABET.iter().position(|a| char::from(*a) == symbol).map(|i| i as u32)
}

/// The lowest `n` digits of a number to the base 29, as symbols.
fn symbols(mut number: u128, n: usize) -> String {
    let mut out = Vec::with_capacity(n);
    for _ in 0..n {
        out.push(char::from(ALPHABET[(number % u128::from(MODULUS)) as usize]));
        number /= u128::from(MODULUS);
    }
    out.into_iter().collect()
}

/// Sum of the values, the last weighted 1, each before it twice the next one, modulo 29. In place and
/// service a letter counts 0–25 and in the year a digit 0–9; hyphens do not count. The drawn symbols
/// follow the digits of the year, so the part they stand in tells how to read them.
fn remainder(text: impl Iterator<Item = char>) -> u32 {
    let mut sum = 0;
    let mut digits = 0;
    for c in text.filter(|c| *c != '-') {
        let v = if digits == 2 {
            value(c).unwrap_or(0)
        } else if let Some(d) = c.to_digit(10) {
            digits += 1;
            d
        } else {
            u32::from(c).wrapping_sub(u32::from('A')) % MODULUS
        };
        sum = (sum * 2 + v) % MODULUS;
    }
    sum
}

/// The symbol that brings the remainder to 1.
fn check_symbol(text: impl Iterator<Item = char>) -> char {
    let before = remainder(text) * 2 % MODULUS;
    char::from(ALPHABET[((MODULUS + 1 - before) % MODULUS) as usize])
}
