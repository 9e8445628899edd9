//! Leichte Sprache in the making of texts: each sentence has a line of its own, and `nicht` and `kein` stand out. A text
//! goes through many hands before it is a page, with what people typed in its gaps, so the texts themselves carry two
//! marks: a page makes lines and bold words of them, everything else takes them away. Also here: German texts stand in
//! where easy ones lack.

use crate::{Regime, Texts};

/// A new line begins here (LINE SEPARATOR).
pub const LINE: char = '\u{2028}';
/// The same as text: what stands between two sentences.
pub const GAP: &str = "\u{2028}";
/// The next word is to stand out (INVISIBLE SEPARATOR: shows nothing where it is forgotten).
pub const BOLD: char = '\u{2063}';

/// The text with its marks.
pub fn mark(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut before = ' ';
    let mut rest = text.trim_end();
    while let Some(c) = rest.chars().next() {
        let word = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
        let end = if word == 0 { c.len_utf8() } else { word };
        let (part, after) = rest.split_at(end);
        match part {
            "\n" => out.push(LINE),
            // A name in braces is no word; neither is a part of a compound.
            _ if is_negation(part)
                && !['{', '.', '_', '-'].contains(&before)
                && !after.starts_with(['_', '-', '}']) =>
            {
                out.push(BOLD);
                out.push_str(part);
            }
            _ => out.push_str(part),
        }
        before = part.chars().next_back().unwrap_or(' ');
        rest = after;
    }
    out
}

/// `nicht`, `nichts`, `kein`, `keine`, `keinen` …
fn is_negation(word: &str) -> bool {
    let word = word.to_lowercase();
    word == "nicht"
        || word == "nichts"
        || word
            .strip_prefix("kein")
            .is_some_and(|end| ["", "e", "en", "em", "er", "es"].contains(&end))
}

/// The text without its marks, for whoever is no page.
pub fn plain(text: &str) -> String {
    text.replace(BOLD, "").replace(LINE, "\n")
}

/// All texts with their marks.
pub(crate) fn marked(mut texts: Texts) -> Texts {
    for text in texts.strings.values_mut().chain(texts.lists.values_mut().flatten()) {
        *text = mark(text);
    }
    texts
}

/// `own` over `base`, key by key. A text that does not vary takes the place of all variants.
pub(crate) fn over(mut base: Texts, own: Texts) -> Texts {
    let variants = |key: &str| [Regime::Permit, Regime::Notice, Regime::None].map(|r| format!("{key}.{}", r.as_str()));
    for key in own.strings.keys().chain(own.lists.keys()).flat_map(|key| variants(key)) {
        base.strings.remove(&key);
        base.lists.remove(&key);
    }
    base.strings.extend(own.strings);
    base.lists.extend(own.lists);
    base
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_denials_are_marked_and_nothing_else() {
        assert_eq!(
            mark("Das geht nicht.\nKeine Angst: Es kostet nichts."),
            "Das geht \u{2063}nicht.\u{2028}\u{2063}Keine Angst: Es kostet \u{2063}nichts."
        );
        for same in [
            "Nichte",
            "keinesfalls",
            "Nicht-Schwimmer",
            "{answers.nicht}",
            "{kein}",
            "Vernichten",
        ] {
            assert_eq!(mark(same), same);
        }
        assert_eq!(mark("Ja.\n"), "Ja.");
        assert_eq!(plain(&mark("Das geht nicht.\nJa.")), "Das geht nicht.\nJa.");
    }

    #[test]
    fn what_lacks_is_german_key_by_key() {
        let texts = |pairs: &[(&str, &str)]| Texts {
            strings: pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
            ..Texts::default()
        };
        let german = texts(&[
            ("a", "lang"),
            ("b.permit", "Antrag"),
            ("b.notice", "Anzeige"),
            ("c", "c"),
        ]);
        let easy = texts(&[("a", "kurz"), ("b", "Bescheid sagen")]);
        let both = over(german, easy);
        assert_eq!(both.get("a", None), Some("kurz"));
        assert_eq!(both.get("b", Some(Regime::Permit)), Some("Bescheid sagen"));
        assert_eq!(both.get("c", None), Some("c"));
    }
}
