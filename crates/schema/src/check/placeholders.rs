//! `{names in braces}` within texts.

use std::ops::Range;

use super::names::{Answer, Names};
use crate::diagnostic::nearest;
use crate::load::source::Report;
use crate::load::texts::{TextEntry, TextFile};

/// Names that every text knows, besides answers, params and law.
const FIXED: &[&str] = &[
    "place.name",
    "authority.name",
    "authority.subject",
    "authority.object",
    "authority.at",
    "room.name",
    "room.where",
];
/// What only letters know: the moment of receipt.
const LETTER: &[&str] = &["received"];
/// Names of error texts.
const ERROR: &[&str] = &["value", "min", "max"];

/// Reports unknown placeholders and braces that do not close.
pub(crate) fn check(
    names: &Names<'_>,
    file: &TextFile,
    (key, entry): (&str, &TextEntry),
    error: bool,
    report: &mut Report,
) {
    for (text, span) in &entry.parts {
        for (start, found) in placeholders(text) {
            let at = file.source.inside(span, start);
            match found {
                Err(what) => {
                    report.at(&file.source, at, what).like("{place.name}");
                }
                Ok(name) => {
                    if LETTER.contains(&name) && key.starts_with("letter.") {
                        continue;
                    }
                    if let Some((what, near)) = unknown(names, name, error) {
                        report.at(&file.source, at, what).near(near);
                    }
                }
            }
        }
    }
}

/// The names in braces with the position (in characters) of the brace.
fn placeholders(text: &str) -> Vec<(usize, Result<&str, &'static str>)> {
    let chars: Vec<(usize, char)> = text.char_indices().collect();
    let mut found = Vec::new();
    let mut open: Option<(usize, Range<usize>)> = None;
    for (count, (byte, c)) in chars.into_iter().enumerate() {
        match (c, open.take()) {
            ('{', Some((start, _))) => {
                found.push((start, Err("Die Klammer { schließt nicht")));
                open = Some((count, byte + 1..byte + 1));
            }
            ('{', None) => open = Some((count, byte + 1..byte + 1)),
            ('}', Some((start, range))) => found.push((start, Ok(&text[range.start..byte]))),
            ('}', None) => found.push((count, Err("Die Klammer } beginnt nicht"))),
            (_, before) => open = before,
        }
    }
    if let Some((start, _)) = open {
        found.push((start, Err("Die Klammer { schließt nicht")));
    }
    found
}

/// What is wrong with the placeholder `name`, and the name probably meant.
fn unknown(names: &Names<'_>, name: &str, error: bool) -> Option<(String, Option<String>)> {
    let braces = |near: Option<String>| near.map(|n| format!("{{{n}}}"));
    if FIXED.contains(&name) || (error && ERROR.contains(&name)) {
        return None;
    }
    if ERROR.contains(&name) {
        return Some((format!("{{{name}}} gibt es nur in Fehlertexten"), None));
    }
    let in_fields = names.draft.is_none();
    if in_fields
        && ["answers.", "full.", "params."]
            .iter()
            .any(|root| name.starts_with(root))
    {
        return Some((
            format!("{{{name}}} kennt nicht jede Leistung, die das Feld verwendet"),
            None,
        ));
    }
    if let Some((root @ ("answers" | "full"), path)) = name.split_once('.') {
        return match names.answer(path) {
            Answer::Unknown(near) => {
                let what = format!("{{{name}}} ist keine Frage des Formulars");
                Some((what, braces(near.map(|n| format!("{root}.{n}")))))
            }
            _ => None,
        };
    }
    if let Some(id) = name.strip_prefix("params.") {
        if names.has_nameless("parameter") || names.param(id).is_some() {
            return None;
        }
        let near = nearest(id, names.params().iter().map(|p| p.id.as_str()));
        return Some((
            format!("{{{name}}} ist kein Parameter aus service.toml"),
            braces(near.map(|n| format!("params.{n}"))),
        ));
    }
    if let Some(id) = name.strip_prefix("law.") {
        let law = &names.region().law;
        if !names.world.region.law_known || law.contains_key(id) {
            return None;
        }
        let near = nearest(id, law.keys().map(String::as_str));
        return Some((
            format!("{{{name}}} ist keine Zahl aus law.toml"),
            braces(near.map(|n| format!("law.{n}"))),
        ));
    }
    let words = FIXED.iter().chain(ERROR.iter().filter(|_| error)).copied();
    let mended = name.split_once('.').and_then(|(root, rest)| {
        let root = nearest(root, ["answers", "params", "law"])?;
        Some(format!("{root}.{rest}")).filter(|n| unknown(names, n, error).is_none())
    });
    let near = mended.or_else(|| nearest(name, words));
    Some((format!("Den Platzhalter {{{name}}} gibt es nicht"), braces(near)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_are_found_by_character() {
        assert_eq!(placeholders("Grüße {place.name}"), [(6, Ok("place.name"))]);
        assert_eq!(
            placeholders("a {b {c}"),
            [(2, Err("Die Klammer { schließt nicht")), (5, Ok("c"))]
        );
        assert_eq!(placeholders("ä}"), [(1, Err("Die Klammer } beginnt nicht"))]);
        assert_eq!(placeholders("{"), [(0, Err("Die Klammer { schließt nicht"))]);
    }
}
