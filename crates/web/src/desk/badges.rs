//! What a clerk sees first of a case: badges in a fixed order of urgency. A badge goes when its cause does.

use domain::{Channel, State};
use jiff::civil::Date;
use serde::Serialize;
use store::CaseRow;

use crate::format;

/// A state or deadline in a word, with its icon: never colour alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Badge {
    /// `danger`, `warning`, `info`, `success` or `neutral`.
    pub kind: &'static str,
    pub text: String,
    /// The date that belongs to it.
    pub sub: String,
}

impl Badge {
    fn new(kind: &'static str, text: impl Into<String>, sub: impl Into<String>) -> Self {
        Badge {
            kind,
            text: text.into(),
            sub: sub.into(),
        }
    }
}

/// `1 Tag`, `9 Tage`
pub fn days(n: i64) -> String {
    if n == 1 {
        "1\u{a0}Tag".into()
    } else {
        format!("{n}\u{a0}Tage")
    }
}

/// Days from `from` to `to`.
pub fn between(from: Date, to: Date) -> i64 {
    i64::from((to - from).get_days())
}

/// How urgent a day is: overdue and today danger, up to five days warning, later neutral.
pub fn urgency(left: i64) -> &'static str {
    match left {
        i64::MIN..=0 => "danger",
        1..=5 => "warning",
        _ => "neutral",
    }
}

/// The decision deadline.
fn deadline(due: Date, today: Date) -> Badge {
    let left = between(today, due);
    let text = match left {
        0 => "heute".to_owned(),
        n if n < 0 => format!("{} drüber", days(-n)),
        n => days(n),
    };
    Badge::new(urgency(left), text, format::date(due))
}

/// Kind of a state's badge. Its word is `desk_state` of the texts, by the act of the service.
pub fn kind(state: State) -> &'static str {
    match state {
        State::Received | State::InReview | State::Question => "info",
        State::Approved | State::Confirmed => "success",
        State::Refused => "danger",
        State::Withdrawn | State::Transferred => "neutral",
    }
}

/// `Genehmigt` → `genehmigt`: as it stands in a badge.
pub fn small(word: &str) -> String {
    let mut chars = word.chars();
    let first = chars.next().map(|c| c.to_lowercase().to_string()).unwrap_or_default();
    first + chars.as_str()
}

pub fn channel(channel: Channel) -> &'static str {
    match channel {
        Channel::Online => "",
        Channel::Api => "Schnittstelle",
        Channel::Paper => "Papier",
        Channel::Phone => "Telefon",
        Channel::Trial => "Probe",
    }
}

/// Other offices that object, while it can still be weighed.
pub fn objections(row: &CaseRow) -> u32 {
    match row.state.is_open() && !row.pending {
        true => row.consults.objections,
        false => 0,
    }
}

/// Badges of a row: deadline, waiting, late, new; after a decision what is still to do. `word`: its state.
pub fn of(row: &CaseRow, word: &str, today: Date) -> Vec<Badge> {
    let mut out = Vec::new();
    if row.pending {
        out.push(Badge::new("info", "wird versandt", ""));
    } else if !row.state.is_open() {
        let on = format::date(domain::date_of(row.closed_at.unwrap_or(row.updated_at)));
        out.push(Badge::new(kind(row.state), small(word), on));
    } else if row.state == State::Question {
        // The period rests: whoever waits is not late.
        let sub = row.answer_by.map(|d| format!("Antwort bis {}", format::date(d)));
        let over = row.answer_by.is_some_and(|d| d < today);
        let (kind, text) = if over {
            ("warning", "ohne Antwort")
        } else {
            ("info", "wartet")
        };
        out.push(Badge::new(kind, text, sub.unwrap_or_default()));
    } else if let Some(due) = row.due {
        out.push(deadline(due, today));
    } else {
        out.push(Badge::new("neutral", "ohne Frist", ""));
    }
    if row.stuck && row.state.is_open() && !row.pending {
        out.push(Badge::new("danger", "Brief ging nicht hinaus", ""));
    }
    if row.late_by > 0 && row.state.is_open() {
        out.push(Badge::new("warning", format!("{} zu spät", days(row.late_by)), ""));
    }
    // Read or not: it goes with the decision.
    let objections = objections(row);
    if objections > 0 {
        let sub = match objections {
            1 => String::new(),
            n => format!("{n}\u{a0}Stellen"),
        };
        out.push(Badge::new("warning", "Einwand", sub));
    }
    if row.unread > 0 {
        let sub = if row.unread == 1 {
            String::new()
        } else {
            format!("{}\u{a0}neue", row.unread)
        };
        out.push(Badge::new("info", "Nachricht", sub));
    }
    // An answer that nobody has read; else others that owe one.
    if row.consults.late > 0 {
        // It came too late for the decision: somebody has to see whether it changes anything.
        out.push(Badge::new("warning", "Stellungnahme nach Entscheidung", ""));
    } else if row.consults.unread > 0 {
        out.push(Badge::new("info", "Stellungnahme da", ""));
    } else if row.consults.open > 0 && row.state.is_open() {
        let sub = match row.consults.open {
            1 => "1\u{a0}Stelle".to_owned(),
            n => format!("{n}\u{a0}Stellen"),
        };
        out.push(Badge::new("info", "beteiligt", sub));
    }
    if row.to_print {
        out.push(Badge::new("warning", "drucken", ""));
    }
    if row.fee_open {
        out.push(Badge::new("neutral", "Zahlung offen", ""));
    }
    if row.refund {
        out.push(Badge::new("warning", "zurückzahlen", ""));
    }
    out
}

/// Others want the same room at the same time.
pub fn rivals(n: usize) -> Option<Badge> {
    let sub = match n {
        0 => return None,
        1 => "noch 1\u{a0}Anfrage".to_owned(),
        n => format!("noch {}\u{a0}Anfragen", crate::desk::rivals::many(n)),
    };
    Some(Badge::new("warning", "gleiche Zeit", sub))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Ags, CaseId};
    use jiff::civil::date;

    fn row() -> CaseRow {
        let at = "2026-11-24T21:39:00Z".parse().expect("time");
        CaseRow {
            id: CaseId::from("1"),
            reference: "NOB-FEUER-26-0147-K".into(),
            title: "Feuer".into(),
            applicant: "Festverein".into(),
            place: Ags::from("16077036"),
            place_name: "Nobitz".into(),
            act: schema::Act::Application,
            service: "brauchtumsfeuer".into(),
            state: State::InReview,
            received_at: at,
            updated_at: at,
            event_day: None,
            due: Some(date(2026, 12, 29)),
            late_by: 0,
            assignee: None,
            assignee_name: None,
            fee_open: false,
            to_print: false,
            channel: Channel::Online,
            looks: 0,
            answer_by: None,
            pending: false,
            consults: domain::Consults::default(),
            stuck: false,
            called_off: false,
            unread: 0,
            refund: false,
            closed_at: None,
        }
    }

    fn said(row: &CaseRow, today: Date) -> Vec<(&'static str, String)> {
        of(row, "Genehmigt", today)
            .into_iter()
            .map(|b| (b.kind, b.text))
            .collect()
    }

    #[test]
    fn the_deadline_gets_louder_day_by_day() {
        let r = row();
        let at = |m, d| said(&r, date(2026, m, d)).remove(0);
        assert_eq!(at(11, 25), ("neutral", "34\u{a0}Tage".into()));
        assert_eq!(at(12, 23), ("neutral", "6\u{a0}Tage".into()));
        assert_eq!(at(12, 24), ("warning", "5\u{a0}Tage".into()));
        assert_eq!(at(12, 28), ("warning", "1\u{a0}Tag".into()));
        assert_eq!(at(12, 29), ("danger", "heute".into()));
        assert_eq!(at(12, 31), ("danger", "2\u{a0}Tage drüber".into()));
    }

    /// Paid, or a message read, weeks later: it was decided when it was.
    #[test]
    fn what_ended_is_dated_by_its_end() {
        let mut r = row();
        r.state = State::Approved;
        r.closed_at = Some("2026-12-01T09:00:00Z".parse().expect("time"));
        r.updated_at = "2027-01-05T09:00:00Z".parse().expect("time");
        assert_eq!(of(&r, "Genehmigt", date(2027, 1, 6))[0].sub, "01.12.2026");
    }

    #[test]
    fn who_waits_for_an_answer_is_not_overdue_and_lateness_stays_visible() {
        let mut r = row();
        r.state = State::Question;
        r.answer_by = Some(date(2026, 11, 27));
        r.late_by = 3;
        let got = said(&r, date(2027, 1, 5));
        assert_eq!(got[0], ("warning", "ohne Antwort".into()));
        assert_eq!(got[1], ("warning", "3\u{a0}Tage zu spät".into()));
        assert_eq!(said(&r, date(2026, 11, 25))[0], ("info", "wartet".into()));
    }

    #[test]
    fn other_offices_are_waited_for_until_one_has_answered() {
        let mut r = row();
        r.consults.open = 2;
        assert_eq!(said(&r, date(2026, 11, 25))[1], ("info", "beteiligt".into()));
        r.consults.unread = 1;
        assert_eq!(said(&r, date(2026, 11, 25))[1], ("info", "Stellungnahme da".into()));
        r.state = State::Approved;
        assert_eq!(said(&r, date(2026, 11, 25))[1], ("info", "Stellungnahme da".into()));
        r.consults.late = 1;
        let late = ("warning", "Stellungnahme nach Entscheidung".into());
        assert_eq!(said(&r, date(2026, 11, 25))[1], late);
        (r.consults.unread, r.consults.late) = (0, 0);
        assert_eq!(
            said(&r, date(2026, 11, 25)).len(),
            1,
            "after the decision nobody is waited for"
        );
    }

    #[test]
    fn an_objection_is_a_warning_until_the_decision_and_stands_before_other_news() {
        let mut r = row();
        (r.consults.unread, r.consults.objections, r.unread) = (1, 1, 1);
        let today = date(2026, 11, 25);
        assert_eq!(
            said(&r, today)[1..],
            [
                ("warning", "Einwand".into()),
                ("info", "Nachricht".into()),
                ("info", "Stellungnahme da".into())
            ]
        );
        // Read, and still to be weighed; another office agrees.
        (r.consults.unread, r.unread) = (0, 0);
        assert_eq!(said(&r, today)[1..], [("warning", "Einwand".into())]);
        r.consults.unread = 1;
        assert_eq!(
            said(&r, today)[1..],
            [("warning", "Einwand".into()), ("info", "Stellungnahme da".into())]
        );
        (r.consults.unread, r.state) = (0, State::Approved);
        assert_eq!(said(&r, today).len(), 1);
    }

    #[test]
    fn a_decision_that_did_not_take_effect_is_seen_until_the_next_one() {
        let mut r = row();
        r.stuck = true;
        assert_eq!(
            said(&r, date(2026, 11, 25))[1],
            ("danger", "Brief ging nicht hinaus".into())
        );
        r.pending = true;
        assert_eq!(said(&r, date(2026, 11, 25)), [("info", "wird versandt".into())]);
    }

    #[test]
    fn after_the_decision_only_what_is_left_to_do_is_shown() {
        let mut r = row();
        r.state = State::Approved;
        r.late_by = 3;
        r.to_print = true;
        r.fee_open = true;
        let got: Vec<String> = said(&r, date(2026, 11, 25)).into_iter().map(|b| b.1).collect();
        assert_eq!(got, ["genehmigt", "drucken", "Zahlung offen"]);
        (r.to_print, r.fee_open, r.refund) = (false, false, true);
        assert_eq!(said(&r, date(2026, 11, 25))[1], ("warning", "zurückzahlen".into()));
    }
}
