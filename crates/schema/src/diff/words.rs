//! Words: each text goes to the part it belongs to, the others stand for themselves.

use super::Topic;
use super::items::Item;
use crate::{Lang, Service};

/// Words of questions and answers; those of fields that the service does not ask are nobody's.
const ASKED: [&str; 2] = ["question", "option"];

/// Every text of a service by its key, lists as lines.
pub(super) struct Words(Vec<(Lang, String, String)>);

impl Words {
    pub fn of(service: &Service) -> Words {
        let mut all = Vec::new();
        for (lang, texts) in &service.texts {
            all.extend(
                texts
                    .strings
                    .iter()
                    .map(|(key, text)| (*lang, key.clone(), text.clone())),
            );
            all.extend(
                texts
                    .lists
                    .iter()
                    .map(|(key, list)| (*lang, key.clone(), list.join("\n"))),
            );
        }
        Words(all)
    }

    /// Each text becomes a facet of the part whose key is the longest beginning of its own, or a part of its own.
    pub fn hand_out(self, items: &mut Vec<Item>) {
        let mut others: Vec<Item> = Vec::new();
        for (lang, key, text) in self.0 {
            let owner = items.iter().enumerate().filter_map(|(n, item)| {
                let begins = |own: &&String| {
                    key == **own || key.strip_prefix(own.as_str()).is_some_and(|rest| rest.starts_with('.'))
                };
                let longest = item.texts.iter().filter(begins).map(String::len).max()?;
                Some((longest, n))
            });
            let owner = owner.max();
            let family = key.split('.').next().unwrap_or_default();
            match owner {
                Some((length, n)) => {
                    let rest = key[length..].trim_start_matches('.');
                    let (name, main) = name(family, rest);
                    items[n].add(name + of_lang(lang), text, main && lang == Lang::De);
                }
                None if ASKED.contains(&family) => {}
                None => {
                    let (name, _) = name("", &key);
                    let mut item = Item::new("text", &key, Topic::Words, "Text").at("");
                    item.add(name + of_lang(lang), text, true);
                    match others.iter_mut().find(|o| o.is(&item)) {
                        Some(other) => other.facets.append(&mut item.facets),
                        None => others.push(item),
                    }
                }
            }
        }
        items.append(&mut others);
    }
}

/// A text with its placeholders in words.
pub fn said(service: &Service, text: &str) -> String {
    let mut out = text.to_owned();
    for (name, _) in crate::show::placeholders(text) {
        let word = match name.split_once('.') {
            Some(("params", id)) => crate::parameter::label(service, id).to_owned(),
            Some(("answers" | "full", path)) => super::form::label(service, path).to_owned(),
            Some(("place", "name")) => "Name des Orts".to_owned(),
            Some(("authority", _)) => "Name des Amts".to_owned(),
            _ => continue,
        };
        out = out.replace(&format!("{{{name}}}"), &format!("[{word}]"));
    }
    out
}

fn of_lang(lang: Lang) -> &'static str {
    match lang {
        Lang::De => "",
        Lang::En => " (Englisch)",
        Lang::Leicht => " (Leichte Sprache)",
    }
}

/// What a text is of its part, and whether it is told with a new part.
fn name(family: &str, rest: &str) -> (String, bool) {
    let (rest, regime) = match rest.rsplit_once('.') {
        Some((before, "permit")) => (before, ", bei Erlaubnis"),
        Some((before, "notice")) => (before, ", bei Anzeige"),
        Some((before, "none")) if family != "option" && family != "parameter_option" => {
            (before, ", wenn nichts nötig ist")
        }
        _ => match rest {
            "permit" if family != "option" && family != "parameter_option" => ("", "bei Erlaubnis"),
            "notice" if family != "option" && family != "parameter_option" => ("", "bei Anzeige"),
            "none" if family != "option" && family != "parameter_option" => ("", "wenn nichts nötig ist"),
            _ => (rest, ""),
        },
    };
    let (inner, last) = rest.rsplit_once('.').unwrap_or(("", rest));
    let known = match (family, last) {
        ("question", "label") => ("Wortlaut", true),
        ("question", "hint") => ("Hinweis", true),
        ("question", "hint_paper") => ("Hinweis auf Papier", false),
        ("question", "short") => ("Kurzform", false),
        ("question", "missing") => ("Meldung, wenn die Antwort fehlt", false),
        ("question", "min") => ("Meldung, wenn es zu wenig ist", false),
        ("question", "max") => ("Meldung, wenn es zu viel ist", false),
        ("question", "invalid") => ("Meldung, wenn die Antwort nicht passt", false),
        ("question", "item") => ("Name eines Eintrags", false),
        ("question", "add") => ("Knopf für einen weiteren Eintrag", false),
        ("page" | "exit", "title") => ("Überschrift", true),
        ("page", "step") => ("Kurzform", false),
        ("page", "lead") => ("Einleitung", true),
        ("check", "ok") => ("Satz für das Amt, wenn es passt", true),
        ("check", "look") => ("Satz für das Amt, wenn etwas auffällt", true),
        ("check", "good") => ("Satz für den Antragsteller, wenn es passt", true),
        ("check", "mind") => ("Satz für den Antragsteller, wenn etwas auffällt", true),
        ("parameter", "label") => ("Bezeichnung", true),
        ("parameter", "help") => ("Hilfe", true),
        ("shown_rule", "label") => ("Bezeichnung", true),
        ("shown_rule" | "exit", "text") => ("Wortlaut", true),
        ("shown_rule", "unknown") => ("Wortlaut, solange die Gemeinde nichts gesagt hat", true),
        ("letter", "subject") => ("Betreff", true),
        ("letter", "first") => ("erster Satz", true),
        ("letter", "reason") => ("Begründung", true),
        ("", "name") => ("Name der Leistung", true),
        ("", "noun") => ("Name als Hauptwort", true),
        ("", "short") => ("kurze Beschreibung", true),
        ("", "lead") => ("Einleitung der Startseite", true),
        ("", "intro") => ("Erklärung auf der Startseite", true),
        ("", "who") => ("wer die Leistung nutzt", true),
        ("", "at_hand") => ("was man bereithält", true),
        ("", "not_needed") => ("wofür man sie nicht braucht", true),
        ("", "what_next") => ("wie es weitergeht", true),
        ("", "start" | "submit") => ("Beschriftung eines Knopfs", true),
        ("", "received") => ("Überschrift der Eingangsseite", true),
        ("", "declaration") => ("Erklärung beim Absenden", true),
        ("", "declaration_paper") => ("Erklärung auf Papier", true),
        ("", "case_title") => ("Name des Vorgangs", true),
        ("", "fee_note") => ("Hinweis zu den Kosten", true),
        ("", "late") => ("Satz, wenn es zu spät ist", true),
        _ => ("", true),
    };
    let own = match known {
        ("", _) if last.is_empty() => String::new(),
        ("", _) if family == "option" => format!("Antwort „{rest}“"),
        ("", _) if family == "parameter_option" => format!("Möglichkeit „{last}“"),
        ("", _) => format!("„{rest}“"),
        (word, _) if inner.is_empty() || family.is_empty() => word.to_owned(),
        (word, _) => format!("Teil „{inner}“, {word}"),
    };
    let name = match (own.is_empty(), regime.is_empty()) {
        (true, true) => "Wortlaut".to_owned(),
        (true, false) => format!("Wortlaut {}", regime.trim_start_matches(", ")),
        (false, true) => own,
        (false, false) => format!("{own}{regime}"),
    };
    (name, known.1)
}
