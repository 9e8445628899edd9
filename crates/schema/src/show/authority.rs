//! Names of authorities with the article that their kind asks for: `die Gemeinde Nobitz`, `beim Landratsamt …`. The
//! articles are data (`texts/schema.<lang>.toml`, table `article`); a kind that is not listed goes without.

use crate::Lang;
use crate::words::list;

/// `name` as it stands, `subject` (die Gemeinde Nobitz), `object` (das Landratsamt …), `at` (bei der Gemeinde Nobitz).
/// Nothing for any other form. Within a sentence a department after the name (`…, Ordnungsamt`) is left out: it would
/// need a comma on both sides.
pub fn form(name: &str, form: &str, lang: Lang) -> Option<String> {
    let index = match form {
        "name" => return Some(name.to_owned()),
        "subject" => 0,
        "object" => 1,
        "at" => 2,
        _ => return None,
    };
    let kind = name.split([' ', ',']).next().unwrap_or_default().to_lowercase();
    let articles = match list(lang, &format!("article.{kind}")) {
        [] => list(lang, "article.other"),
        known => known,
    };
    let article = articles.get(index).map_or("", String::as_str);
    let name = name.split_once(", ").map_or(name, |(body, _)| body);
    Some(if article.is_empty() {
        name.to_owned()
    } else {
        format!("{article} {name}")
    })
}

/// `text` with `{authority}`, `{authority.subject}`, `{authority.object}` and `{authority.at}` filled.
pub fn fill(text: &str, name: &str, lang: Lang) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, placeholder, after)) = super::next_placeholder(rest) {
        out.push_str(before);
        let named = match placeholder.strip_prefix("authority") {
            Some("") => Some(name.to_owned()),
            Some(wanted) => wanted.strip_prefix('.').and_then(|wanted| form(name, wanted, lang)),
            None => None,
        };
        match named {
            Some(named) => push(&mut out, &named),
            None => out.extend(["{", placeholder, "}"]),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Appends a name; at the beginning of a sentence its article is written large.
pub(super) fn push(out: &mut String, name: &str) {
    let before = out.trim_end();
    if before.is_empty() || before.ends_with(['.', '?', '!']) {
        let mut chars = name.chars();
        out.extend(chars.next().into_iter().flat_map(char::to_uppercase));
        out.push_str(chars.as_str());
    } else {
        out.push_str(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn articles_follow_the_kind() {
        let say = |text, name| fill(text, name, Lang::De);
        assert_eq!(
            say("Rufen Sie {authority.object} an.", "Landratsamt Altenburger Land"),
            "Rufen Sie das Landratsamt Altenburger Land an."
        );
        assert_eq!(
            say(
                "{authority.subject} prüft. Fragen Sie {authority.at}.",
                "Gemeinde Nobitz"
            ),
            "Die Gemeinde Nobitz prüft. Fragen Sie bei der Gemeinde Nobitz."
        );
        assert_eq!(
            say(
                "{authority}: Eingang {authority.at} am Montag",
                "Gemeinde Nobitz, Ordnungsamt"
            ),
            "Gemeinde Nobitz, Ordnungsamt: Eingang bei der Gemeinde Nobitz am Montag"
        );
        assert_eq!(
            say("Los. {authority.subject} prüft.", "Markt Bibra"),
            "Los. Der Markt Bibra prüft."
        );
        assert_eq!(
            say("{authority}: {other} {authority.of}", "Stadt X"),
            "Stadt X: {other} {authority.of}"
        );
        assert_eq!(
            say("Fragen Sie {authority.object}.", "Kultur GmbH"),
            "Fragen Sie Kultur GmbH."
        );
        assert_eq!(
            fill("{authority.subject} checks.", "Gemeinde Nobitz", Lang::En),
            "Gemeinde Nobitz checks."
        );
    }
}
