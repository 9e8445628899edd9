//! No-break spaces in texts for people: `§ 42`, `100 m`, `75,00 €`, `e. V.` never break over a line.
//! Applied once when texts are loaded, so that authors type plain blanks.

const NB: char = '\u{a0}';
/// Units that stay with the number before them.
const UNITS: [&str; 12] = [
    "m", "m²", "cm", "km", "€", "Uhr", "Tage", "Tagen", "MB", "KB", "%", "Meter",
];

/// The text with no-break spaces where a break would part what belongs together.
pub fn no_break(text: &str) -> String {
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

fn line(text: &str) -> String {
    let words: Vec<&str> = text.split(' ').collect();
    let mut out = String::with_capacity(text.len() + 8);
    for (i, word) in words.iter().enumerate() {
        out.push_str(word);
        let Some(next) = words.get(i + 1) else { break };
        out.push(if sticks(word, next) { NB } else { ' ' });
    }
    out
}

fn sticks(word: &str, next: &str) -> bool {
    let bare = next.trim_end_matches(['.', ',', ';', ':', ')', '?']);
    let ends_in_number = word.ends_with(|c: char| c.is_ascii_digit()) || word.ends_with('}');
    word.ends_with('§')
        || matches!(
            word.trim_start_matches('('),
            "Abs." | "Nr." | "Art." | "Satz" | "z." | "e."
        )
        || (ends_in_number && UNITS.contains(&bare))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_belongs_together_stays_together() {
        assert_eq!(no_break("§ 12 Abs. 2 ThürWaldG"), "§\u{a0}12 Abs.\u{a0}2 ThürWaldG");
        assert_eq!(
            no_break("mindestens 100 m. Und 75,00 €"),
            "mindestens 100\u{a0}m. Und 75,00\u{a0}€"
        );
        assert_eq!(
            no_break("{law.forest_distance} m Abstand"),
            "{law.forest_distance}\u{a0}m Abstand"
        );
        assert_eq!(no_break("Lindenhof e. V."), "Lindenhof e.\u{a0}V.");
        assert_eq!(no_break("um 5 alte Männer"), "um 5 alte Männer");
        assert_eq!(no_break("bis 24 Uhr.\nUm 5 Uhr"), "bis 24\u{a0}Uhr.\nUm 5\u{a0}Uhr");
    }
}
