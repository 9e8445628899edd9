//! What a clerk ticked and typed to ask back: answers with reasons, papers, the day, own words. Reading it, and the
//! days that are proposed; the page and what is made of it: `ask`.

use domain::answer_day;
use domain::calendar::Holiday;
use jiff::civil::Date;

use crate::desk::typed::day;

/// The furthest day for an answer.
const DAYS_AT_MOST: i64 = 92;

/// What was ticked and typed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Asked {
    /// (path, reason)
    pub fields: Vec<(String, String)>,
    /// Paths of papers among the questions.
    pub files: Vec<String>,
    /// Another paper, in words.
    pub other: String,
    pub other_on: bool,
    /// `1`, `2` weeks or `tag`.
    pub until: String,
    pub until_day: String,
    pub text: String,
    /// Ids of ready sentences.
    pub blocks: Vec<String>,
}

impl Asked {
    pub fn parse(pairs: &[(String, String)]) -> Asked {
        let all = |name: &str| -> Vec<String> {
            pairs
                .iter()
                .filter(|(key, _)| key == name)
                .map(|(_, v)| v.clone())
                .collect()
        };
        let one = |name: &str| -> String {
            let found = pairs.iter().find(|(key, _)| key == name);
            found.map(|(_, v)| v.trim().to_owned()).unwrap_or_default()
        };
        Asked {
            fields: all("feld")
                .into_iter()
                .map(|path| {
                    let reason = one(&format!("grund.{path}"));
                    (path, reason)
                })
                .collect(),
            files: all("unterlage"),
            other: one("andere"),
            other_on: !all("andere_an").is_empty(),
            until: one("bis"),
            until_day: one("bis_tag"),
            text: one("text"),
            blocks: all("baustein"),
        }
    }

    /// The day for the answer; `weeks` are the days that were proposed.
    pub fn day(&self, today: Date, weeks: [Date; 2]) -> Option<Date> {
        match self.until.as_str() {
            "1" => Some(weeks[0]),
            "tag" => day(&self.until_day).filter(|d| *d > today && *d <= days_on(today, DAYS_AT_MOST)),
            _ => Some(weeks[1]),
        }
    }
}

/// The days that are proposed: about one week and about two weeks on, working days before the event.
pub fn working_days(today: Date, event: Option<Date>, holiday: &Holiday<'_>) -> [Date; 2] {
    [7, 14].map(|days| answer_day::proposed(today, days, event, holiday))
}

pub fn days_on(day: Date, days: i64) -> Date {
    day.saturating_add(jiff::Span::new().days(days))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn weeks(today: Date) -> [Date; 2] {
        working_days(today, None, &|_| None)
    }

    fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn ticks_keep_their_reasons_and_unticked_reasons_are_left_out() {
        let asked = Asked::parse(&pairs(&[
            ("feld", "helpers"),
            ("grund.helpers", " Bitte zwei Nummern. "),
            ("grund.event.date", "nicht angekreuzt"),
            ("unterlage", "place.plan"),
            ("bis", "1"),
        ]));
        assert_eq!(asked.fields, [("helpers".to_owned(), "Bitte zwei Nummern.".to_owned())]);
        assert_eq!(asked.files, ["place.plan"]);
        assert_eq!(
            asked.day(date(2026, 11, 25), weeks(date(2026, 11, 25))),
            Some(date(2026, 12, 2))
        );
    }

    #[test]
    fn the_day_for_the_answer_lies_ahead_and_not_too_far() {
        let today = date(2026, 11, 25);
        let at = |typed: &str| {
            Asked {
                until: "tag".into(),
                until_day: typed.into(),
                ..Asked::default()
            }
            .day(today, weeks(today))
        };
        assert_eq!(at("30.11.2026"), Some(date(2026, 11, 30)));
        assert_eq!(at("25.11.2026"), None);
        assert_eq!(at("25.11.2027"), None);
        assert_eq!(at(""), None);
        assert_eq!(Asked::default().day(today, weeks(today)), Some(date(2026, 12, 9)));
    }
}
