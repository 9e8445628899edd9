//! What is wrong in a file of the service language, and where: `file:line:column: what; nearest; example`.
//! Belongs here: the type, its words for people, the search for the nearest known word. Finding mistakes does not.

use std::fmt;

/// One mistake in one file. Lines and columns count from 1, columns in characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Diagnostic {
    /// Path from the repository root.
    pub file: String,
    pub line: usize,
    pub column: usize,
    /// One German sentence without a full stop.
    pub what: String,
    /// The known word that was probably meant.
    pub nearest: Option<String>,
    /// A right line to copy.
    pub example: Option<String>,
}

impl Diagnostic {
    /// Names the word that was probably meant.
    pub(crate) fn near(&mut self, word: Option<String>) -> &mut Self {
        self.nearest = word;
        self
    }

    /// Shows a right line.
    pub(crate) fn like(&mut self, example: impl Into<String>) -> &mut Self {
        self.example = Some(example.into());
        self
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.what)?;
        if let Some(word) = &self.nearest {
            write!(f, "; gemeint ist vielleicht: „{word}“")?;
        }
        if let Some(example) = &self.example {
            write!(f, "; Beispiel: {example}")?;
        }
        Ok(())
    }
}

/// The known word nearest to `word`, if one is near enough to be meant. Of two equally near the first wins.
///
/// A dotted path is also near when only its last part is: `height` finds `fire.height`.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let word = word.to_lowercase();
    let mut best: Option<(usize, &str)> = None;
    for candidate in known {
        let lower = candidate.to_lowercase();
        let mut changed = distance(&word, &lower);
        if let (None, Some((_, last))) = (changed, lower.rsplit_once('.')) {
            let own_last = word.rsplit_once('.').map_or(word.as_str(), |(_, last)| last);
            changed = distance(own_last, last).map(|d| d + 3);
        }
        if let Some(d) = changed
            && best.is_none_or(|(least, _)| d < least)
        {
            best = Some((d, candidate));
        }
    }
    best.map(|(_, candidate)| candidate.to_owned())
}

/// The option nearest to `word`. A closed list is short, so half of the letters are enough: `halt` finds `hold`.
pub(crate) fn nearest_option<'a>(word: &str, options: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let lower = word.to_lowercase();
    let changed = |option: &str| strsim::damerau_levenshtein(&lower, &option.to_lowercase());
    let mut best: Option<(usize, &str)> = None;
    for option in options {
        let changed = changed(option);
        let half = lower.chars().count().max(option.chars().count()) / 2;
        if changed <= half && best.is_none_or(|(least, _)| changed < least) {
            best = Some((changed, option));
        }
    }
    best.map(|(_, option)| option.to_owned())
}

/// Number of changed letters, if it is a slip: a third of the word at most and no more than three letters.
pub(crate) fn distance(word: &str, known: &str) -> Option<usize> {
    let length = word.chars().count().max(known.chars().count());
    let changed = strsim::damerau_levenshtein(word, known);
    (changed <= (length / 3).clamp(1, 3)).then_some(changed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_the_word_and_a_stranger_finds_none() {
        assert_eq!(nearest("optinal", ["options", "optional"]).as_deref(), Some("optional"));
        assert_eq!(
            nearest("height", ["fire.height", "fire.width"]).as_deref(),
            Some("fire.height")
        );
        assert_eq!(
            nearest("fire.heigth", ["fire.width", "fire.height"]).as_deref(),
            Some("fire.height")
        );
        assert_eq!(nearest("zebra", ["fire.height", "club.name"]), None);
        assert_eq!(nearest("halt", ["hold", "wish"]), None);
        assert_eq!(nearest_option("halt", ["hold", "wish"]).as_deref(), Some("hold"));
        assert_eq!(nearest_option("later", ["hold", "wish"]), None);
    }

    #[test]
    fn it_speaks_in_one_line() {
        let mut d = Diagnostic {
            file: "services/x/form.toml".into(),
            line: 3,
            column: 7,
            what: "unbekannter Schlüssel „wenn“".into(),
            nearest: None,
            example: None,
        };
        d.near(Some("when".into())).like("when = \"true\"");
        assert_eq!(
            d.to_string(),
            "services/x/form.toml:3:7: unbekannter Schlüssel „wenn“; gemeint ist vielleicht: „when“; Beispiel: when = \"true\""
        );
    }
}
