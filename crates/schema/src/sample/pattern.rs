//! Texts that match a pattern, for questions and rules that ask for one.

use regex_syntax::hir::{Class, Hir, HirKind};

/// Most texts that one pattern yields.
const MOST: usize = 8;

/// Some texts that match, each alternative of the pattern once; none if the pattern cannot be read.
pub(super) fn matching(pattern: &str) -> Vec<String> {
    let Ok(hir) = regex_syntax::parse(pattern) else {
        return Vec::new();
    };
    let mut texts: Vec<String> = (0..MOST).map(|variant| text(&hir, variant)).collect();
    texts.sort();
    texts.dedup();
    texts
}

fn text(hir: &Hir, variant: usize) -> String {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => String::new(),
        HirKind::Literal(literal) => String::from_utf8_lossy(&literal.0).into_owned(),
        HirKind::Class(class) => letter(class, variant).to_string(),
        HirKind::Repetition(repeat) => {
            // Once where it may be left out, in every second variant.
            let least = repeat.min.max(u32::from(repeat.max != Some(0) && variant % 2 == 1));
            (0..least.min(50)).map(|_| text(&repeat.sub, variant)).collect()
        }
        HirKind::Capture(capture) => text(&capture.sub, variant),
        HirKind::Concat(parts) => parts.iter().map(|part| text(part, variant)).collect(),
        HirKind::Alternation(parts) => text(&parts[variant % parts.len()], variant / parts.len()),
    }
}

/// A letter of the class: one that people write, if there is any.
fn letter(class: &Class, variant: usize) -> char {
    let ranges: Vec<(char, char)> = match class {
        Class::Unicode(class) => class.ranges().iter().map(|r| (r.start(), r.end())).collect(),
        Class::Bytes(class) => class
            .ranges()
            .iter()
            .map(|r| (char::from(r.start()), char::from(r.end())))
            .collect(),
    };
    let holds = |c: char| ranges.iter().any(|(low, high)| (*low..=*high).contains(&c));
    let mut common: Vec<char> = ('a'..='z')
        .chain('0'..='9')
        .chain('A'..='Z')
        .chain(" -.,".chars())
        .filter(|c| holds(*c))
        .collect();
    if common.is_empty() {
        common.extend(ranges.first().map(|(low, _)| *low));
    }
    common.get(variant % common.len().max(1)).copied().unwrap_or(' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_match_their_pattern() {
        for pattern in [
            "^VR [0-9]+$",
            "[A-Z]{1,3}-[A-Z]{1,2} [0-9]{1,4}",
            "(?i)(stroh|straw|(^|[^a-zäöüß])(heu|hay)([^a-zäöüß]|$))",
            "a?b*c+",
        ] {
            let regex = regex::Regex::new(pattern).expect("a pattern");
            let texts = matching(pattern);
            assert!(!texts.is_empty());
            for text in texts {
                assert!(regex.is_match(&text), "{pattern}: {text}");
            }
        }
        assert!(
            matching("(?i)(stroh|straw|heu)")
                .iter()
                .any(|t| t.to_lowercase() == "heu")
        );
        assert_eq!(matching("("), Vec::<String>::new());
    }
}
