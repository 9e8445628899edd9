//! The answer of an office that was asked, the same at its desk and behind a link: what was asked and sent,
//! the form, what was typed.

use serde_json::{Value, json};
use store::{ConsultAnswer, Consultation};

use crate::desk::point;
use crate::format;
use crate::office::contact::phone;
use crate::office::fields::{Faults, Field, Typed, choice, read_needed};
use crate::state::App;

/// Key, words, whether that is "no objection".
const VERDICTS: [(&str, &str, bool); 4] = [
    ("keine", "Keine Bedenken", true),
    ("auflagen", "Keine Bedenken, wenn Auflagen gelten", true),
    ("bedenken", "Bedenken", false),
    (NOT_OURS, "Wir sind nicht zuständig", true),
];
const NOT_OURS: &str = "fremd";
const LONGEST: usize = 3000;

/// The form's fields in their order, for the list of errors.
pub const ORDER: [&str; 4] = ["ergebnis", "text", "name", "telefon"];

pub fn text(c: &Consultation, key: &str) -> String {
    c.content[key].as_str().unwrap_or_default().to_owned()
}

/// Whether it can still be answered.
pub fn open(c: &Consultation, app: &App) -> bool {
    c.answer.is_none() && c.revoked_at.is_none() && c.expires_at > app.now()
}

/// State in words: kind of badge, text.
pub fn state(c: &Consultation, app: &App) -> Value {
    if let Some(a) = &c.answer {
        return json!({ "kind": "success", "text": format!("beantwortet am {}", format::date(domain::date_of(a.at))) });
    }
    if c.over.is_some() {
        return json!({ "kind": "neutral", "text": "erledigt" });
    }
    if c.revoked_at.is_some() {
        return json!({ "kind": "neutral", "text": "zurückgezogen" });
    }
    if c.expires_at <= app.now() {
        return json!({ "kind": "neutral", "text": "abgelaufen" });
    }
    let days = (c.answer_by - app.today()).get_days();
    let by = format::short_date(c.answer_by);
    let (kind, left) = match days {
        n if n < 0 => ("danger", "überfällig".to_owned()),
        0 => ("danger", "heute".to_owned()),
        1 => ("warning", "noch 1\u{a0}Tag".to_owned()),
        n if n <= 5 => ("warning", format!("noch {n}\u{a0}Tage")),
        n => ("neutral", format!("noch {n}\u{a0}Tage")),
    };
    json!({ "kind": kind, "text": format!("bis {by}, {left}") })
}

/// The last day on which an answer is taken. Expiry is the midnight after it.
pub fn last_day(c: &Consultation) -> String {
    format::date(domain::date_of(c.expires_at - jiff::SignedDuration::from_secs(1)))
}

/// What `consult/question.html` shows. `from`: who asks; `action`: where the form goes.
pub fn ctx(c: &Consultation, from: &str, action: &str, app: &App) -> Value {
    let ags = text(c, "ags");
    // What was sent serves the answer: when none is wanted any more, it is not read any more.
    let wanted = c.revoked_at.is_none();
    let facts: Vec<&Value> = c.content["facts"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|_| wanted)
        .collect();
    let points: Vec<Value> = facts
        .iter()
        .map(|fact| {
            let said = |key: &str| fact[key].as_str().unwrap_or_default();
            point::shown(app, &ags, said("label"), said("value"), &fact["point"])
        })
        .filter(|p| !p.is_null())
        .collect();
    json!({
        "points": points,
        "id": c.id, "title": text(c, "title"), "from": from, "reference": text(c, "reference"), "phone": text(c, "phone"),
        "question": text(c, "question"), "place": text(c, "place"), "facts": facts, "wanted": wanted, "asked": format::moment(c.asked_at),
        "over": c.over.is_some(), "why": c.over, "state": state(c, app), "open": open(c, app), "until": last_day(c), "action": action,
        "reminded": c.reminded_at.map(|t| format::date(domain::date_of(t))),
        "answer": c.answer.as_ref().map(|a| json!({ "text": a.text, "by": a.by, "at": format::moment(a.at) })),
    })
}

/// The form's fields.
pub fn fields(t: &Typed, f: &Faults) -> Value {
    let choices = VERDICTS
        .iter()
        .map(|(key, label, _)| choice(*key, *label, t.get("ergebnis") == *key))
        .collect();
    json!({
        "ergebnis": Field::choose("radio", "ergebnis", "Was ist Ihr Ergebnis?", choices, t, f),
        "text": Field::area("text", "Auflagen oder Gründe", t, f).hint("Wer Akteneinsicht nimmt, kann das lesen.").optional(),
        "name": Field::text("name", "Ihr Name", t, f).auto("name"),
        "telefon": Field::text("telefon", "Telefon für Rückfragen", t, f).input("tel").mode("tel").auto("tel"),
    })
}

/// What was typed → the answer, or what is wrong.
pub fn read(t: &Typed, at: jiff::Timestamp) -> Result<ConsultAnswer, Faults> {
    let mut f = Faults::default();
    let verdict = VERDICTS.iter().find(|v| v.0 == t.get("ergebnis"));
    if verdict.is_none() {
        f.add("ergebnis", "Wählen Sie Ihr Ergebnis.");
    }
    let more = schema::typed::lines(t.get("text"));
    if more.chars().count() > LONGEST {
        f.add(
            "text",
            format!("Der Text ist zu lang. Kürzen Sie ihn auf {LONGEST} Zeichen."),
        );
    } else if more.is_empty() {
        match t.get("ergebnis") {
            "auflagen" => f.add("text", "Schreiben Sie, welche Auflagen gelten sollen."),
            "bedenken" => f.add("text", "Schreiben Sie, welche Bedenken Sie haben."),
            _ => {}
        }
    }
    let name = f.take("name", read_needed(t.get("name"), 80, "Nennen Sie Ihren Namen."));
    let phone = f.take("telefon", phone(t.get("telefon")));
    let (Some((_, words, agrees)), Some(name), Some(phone), true) = (verdict, name, phone, f.is_empty()) else {
        return Err(f);
    };
    let text = if more.is_empty() {
        format!("{words}.")
    } else {
        format!("{words}.\n{more}")
    };
    Ok(ConsultAnswer {
        at,
        agrees: *agrees,
        text,
        by: format!("{name}, {phone}"),
        not_ours: t.get("ergebnis") == NOT_OURS,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(pairs: &[(&str, &str)]) -> Typed {
        Typed(pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect())
    }

    #[test]
    fn an_answer_says_its_result_first_and_doubts_need_reasons() {
        let at = jiff::Timestamp::UNIX_EPOCH;
        let who = [("name", "A. Roth"), ("telefon", "03447 1234-30")];
        let with = |more: &[(&str, &str)]| form(&[&who[..], more].concat());
        let yes = read(&with(&[("ergebnis", "keine")]), at).expect("answer");
        assert_eq!(
            (yes.agrees, yes.text.as_str(), yes.by.as_str()),
            (true, "Keine Bedenken.", "A. Roth, 03447 1234-30")
        );
        let no = read(&with(&[("ergebnis", "bedenken"), ("text", "Zu laut.")]), at).expect("answer");
        assert_eq!((no.agrees, no.text.as_str()), (false, "Bedenken.\nZu laut."));
        assert!(
            !read(&with(&[("ergebnis", "auflagen")]), at)
                .expect_err("faults")
                .of("text")
                .is_empty()
        );
        let faults = read(&form(&[]), at).expect_err("faults");
        for field in ["ergebnis", "name", "telefon"] {
            assert!(!faults.of(field).is_empty(), "{field}");
        }
    }
}
