//! The crate's own general words, from `texts/schema.<lang>.toml`: errors where a service says nothing special,
//! units, months. What belongs to one service stands in its own texts.

use std::sync::LazyLock;

use crate::{Lang, Texts, leicht};

static WORDS: LazyLock<[Texts; 3]> = LazyLock::new(|| {
    let german = flatten(include_str!("../../../texts/schema.de.toml"));
    let easy = flatten(include_str!("../../../texts/schema.de-leicht.toml"));
    [
        german.clone(),
        flatten(include_str!("../../../texts/schema.en.toml")),
        leicht::over(german, leicht::marked(easy)),
    ]
});

/// All words of a language.
pub(crate) fn words(lang: Lang) -> &'static Texts {
    match lang {
        Lang::De => &WORDS[0],
        Lang::En => &WORDS[1],
        Lang::Leicht => &WORDS[2],
    }
}

/// The word for `key`; empty if there is none (a test names every key that the code uses).
pub(crate) fn word(lang: Lang, key: &str) -> &'static str {
    words(lang).strings.get(key).map_or("", String::as_str)
}

/// The list for `key`: months, weekdays, singular and plural.
pub(crate) fn list(lang: Lang, key: &str) -> &'static [String] {
    words(lang).lists.get(key).map_or(&[], Vec::as_slice)
}

/// Signs that stand for a unit in every language.
const SIGNS: &[&str] = &["m", "m²", "m³", "cm", "km", "kg", "l", "W", "kW", "dB", "%", "°C"];

/// The units that a number may have: those with words, then the signs.
pub(crate) fn units() -> Vec<&'static str> {
    let words = words(Lang::De).lists.keys();
    words
        .filter_map(|key| key.strip_prefix("unit."))
        .chain(SIGNS.iter().copied())
        .collect()
}

fn flatten(source: &str) -> Texts {
    let mut texts = Texts::default();
    // The files are part of the program: a test reads them, so a broken one does not get here.
    let table: toml::Table = source.parse().unwrap_or_default();
    put(&mut texts, "", &table);
    texts
}

fn put(texts: &mut Texts, before: &str, table: &toml::Table) {
    for (key, value) in table {
        let key = format!("{before}{key}");
        match value {
            toml::Value::String(text) => {
                texts.strings.insert(key, text.clone());
            }
            toml::Value::Array(items) => {
                let items = items.iter().filter_map(|i| i.as_str().map(str::to_owned)).collect();
                texts.lists.insert(key, items);
            }
            toml::Value::Table(inner) => put(texts, &format!("{key}."), inner),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_say_the_same_things() {
        let [de, en] = [words(Lang::De), words(Lang::En)];
        assert!(de.strings.len() > 50, "{}", de.strings.len());
        assert_eq!(
            de.strings.keys().collect::<Vec<_>>(),
            en.strings.keys().collect::<Vec<_>>()
        );
        let sizes = |t: &Texts| t.lists.iter().map(|(k, v)| (k.clone(), v.len())).collect::<Vec<_>>();
        assert_eq!(sizes(de), sizes(en));
        // The same placeholders too.
        for (key, text) in &de.strings {
            let names = |t: &str| {
                let mut names: Vec<_> = crate::show::placeholders(t).into_iter().map(|(name, _)| name).collect();
                names.sort();
                names.dedup();
                names
            };
            assert_eq!(names(text), names(&en.strings[key]), "{key}");
        }
    }

    #[test]
    fn easy_words_are_some_of_the_german_ones() {
        let own = flatten(include_str!("../../../texts/schema.de-leicht.toml"));
        let [de, all] = [words(Lang::De), words(Lang::Leicht)];
        assert!(own.strings.keys().all(|key| de.strings.contains_key(key)));
        assert!(all.strings.keys().eq(de.strings.keys()) && all.lists.keys().eq(de.lists.keys()));
        assert_eq!(
            word(Lang::Leicht, "form.number"),
            leicht::mark(&own.strings["form.number"])
        );
        // Of months there are none of its own.
        assert_eq!(list(Lang::Leicht, "calendar.months"), list(Lang::De, "calendar.months"));
    }

    #[test]
    fn german_words_follow_the_rules_of_the_house() {
        for (key, text) in &words(Lang::De).strings {
            for never in [
                "Pflichtfeld",
                "bitte beachten",
                "Bitte beachten",
                "erfolgreich",
                "!",
                "ungültig",
                "Ungültig",
            ] {
                assert!(!text.contains(never), "{key}: {text}");
            }
            for sentence in text.split(['.', '?', ':']) {
                assert!(sentence.split_whitespace().count() <= 15, "{key}: {sentence}");
            }
        }
    }
}
