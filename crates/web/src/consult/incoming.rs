//! Consultations that came to our desk: list, question with the facts that were sent, answer.

use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};
use store::{ConsultAnswer, Consultation, Dispatch};

use crate::apply::draft::redirect;
use crate::desk::session::Desk;
use crate::failure::{Failure, Result};
use crate::format;
use crate::office::contact::phone;
use crate::office::fields::{Faults, Field, Typed, choice, read_needed};
use crate::req::Req;
use crate::state::App;

/// Key, words, whether that is "no objection".
const VERDICTS: [(&str, &str, bool); 4] = [
    ("keine", "Keine Bedenken", true),
    ("auflagen", "Keine Bedenken, wenn Auflagen gelten", true),
    ("bedenken", "Bedenken", false),
    ("fremd", "Wir sind nicht zuständig", true),
];
const LONGEST: usize = 3000;

fn text(c: &Consultation, key: &str) -> String {
    c.content[key].as_str().unwrap_or_default().to_owned()
}

/// State in words: kind of badge, text.
fn state(c: &Consultation, app: &App) -> Value {
    if c.revoked_at.is_some() {
        return json!({ "kind": "neutral", "text": "zurückgezogen" });
    }
    if let Some(a) = &c.answer {
        return json!({ "kind": "success", "text": format!("beantwortet am {}", format::date(domain::date_of(a.at))) });
    }
    if c.expires_at <= app.now() {
        return json!({ "kind": "neutral", "text": "abgelaufen" });
    }
    let days = (c.answer_by - app.today()).get_days();
    let by = format::short_date(c.answer_by);
    let (kind, left) = match days {
        n if n < 0 => ("danger", "überfällig".to_owned()),
        0 => ("danger", "heute".to_owned()),
        1 => ("warning", "noch 1 Tag".to_owned()),
        n if n <= 5 => ("warning", format!("noch {n} Tage")),
        n => ("neutral", format!("noch {n} Tage")),
    };
    json!({ "kind": kind, "text": format!("bis {by}, {left}") })
}

pub async fn list(State(app): State<App>, desk: Desk, req: Req) -> Result<Response> {
    let all = desk.tenant.read(|t| t.incoming_consultations()).await?;
    let rows: Vec<Value> = all
        .iter()
        .map(|c| {
            json!({
                "href": format!("/amt/stellungnahmen/{}", c.id), "title": text(c, "title"), "from": c.who_name,
                "reference": text(c, "reference"), "state": state(c, &app),
            })
        })
        .collect();
    let notice = if req.param("gesendet").is_some() {
        "Ihre Stellungnahme ist unterwegs."
    } else {
        ""
    };
    let ctx = json!({ "rows": rows, "notice": notice });
    app.desk_page(StatusCode::OK, "consult/list.html", &req, &desk, "beteiligung", ctx)
}

async fn find(desk: &Desk, id: &str) -> Result<Consultation> {
    let id = id.to_owned();
    let found = desk.tenant.read(move |t| t.consultation(&id)).await?;
    found.filter(|c| c.incoming).ok_or(Failure::Case)
}

/// Whether it can still be answered.
fn open(c: &Consultation, app: &App) -> bool {
    c.answer.is_none() && c.revoked_at.is_none() && c.expires_at > app.now()
}

pub async fn page(State(app): State<App>, desk: Desk, Path(id): Path<String>, req: Req) -> Result<Response> {
    let found = find(&desk, &id).await?;
    let (actor, now) = (desk.clerk.id.0.clone(), app.now());
    desk.tenant
        .write(move |t| {
            t.audit(&actor, "consultation.read", None, now);
            Ok::<_, store::Error>(())
        })
        .await?;
    let mut t = Typed::default();
    t.put("name", &desk.clerk.name);
    render(&app, &desk, &req, &found, &t, &Faults::default())
}

fn render(app: &App, desk: &Desk, req: &Req, c: &Consultation, t: &Typed, f: &Faults) -> Result<Response> {
    let (errors, errors_title) = f.summary(app, &["ergebnis", "text", "name", "telefon"]);
    let choices = VERDICTS
        .iter()
        .map(|(key, label, _)| choice(*key, *label, t.get("ergebnis") == *key))
        .collect();
    let ctx = json!({
        "errors": errors, "errors_title": errors_title,
        "c": {
            "id": c.id, "title": text(c, "title"), "from": c.who_name, "reference": text(c, "reference"), "phone": text(c, "phone"),
            "question": text(c, "question"), "place": text(c, "place"), "facts": c.content["facts"], "asked": format::moment(c.asked_at),
            "state": state(c, app), "open": open(c, app), "until": format::date(domain::date_of(c.expires_at)),
            "answer": c.answer.as_ref().map(|a| json!({ "text": a.text, "by": a.by, "at": format::moment(a.at) })),
        },
        "f": {
            "ergebnis": Field::choose("radio", "ergebnis", "Was ist Ihr Ergebnis?", choices, t, f),
            "text": Field::area("text", "Auflagen oder Gründe", t, f).hint("Wer Akteneinsicht nimmt, kann das lesen.").optional(),
            "name": Field::text("name", "Ihr Name", t, f).auto("name"),
            "telefon": Field::text("telefon", "Telefon für Rückfragen", t, f).input("tel").mode("tel").auto("tel"),
        },
    });
    app.desk_page(f.status(), "consult/answer.html", req, desk, "beteiligung", ctx)
}

/// What was typed → the answer, or what is wrong.
fn read(t: &Typed, at: jiff::Timestamp) -> Result<ConsultAnswer, Faults> {
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
    })
}

pub async fn answer(
    State(app): State<App>,
    desk: Desk,
    Path(id): Path<String>,
    req: Req,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response> {
    let t = Typed(pairs);
    let found = find(&desk, &id).await?;
    let now = app.now();
    let answer = match read(&t, now) {
        Ok(answer) => answer,
        Err(faults) => return render(&app, &desk, &req, &found, &t, &faults),
    };
    let (Some(peer), Some(original)) = (found.peer.clone(), found.peer_id.clone()) else {
        return Err(Failure::internal("an incoming consultation without its asker"));
    };
    let dispatch = Dispatch {
        id: format!("{}-answer", found.id),
        to: peer,
        kind: "consult_answer".into(),
        payload: json!({ "consultation": original, "answer": answer }),
        created_at: now,
    };
    let actor = desk.clerk.id.0.clone();
    let written = desk
        .tenant
        .write(move |t| {
            if !t.answer_consultation(&id, &answer)? {
                return Ok(false);
            }
            t.send(&dispatch)?;
            t.add_job("deliver", &json!({}), now, Some("deliver"))?;
            t.audit(&actor, "consultation.answered", None, now);
            Ok::<_, store::Error>(true)
        })
        .await?;
    if !written {
        return Err(Failure::Bad(
            "Diese Anfrage ist schon beantwortet, zurückgezogen oder abgelaufen.".into(),
        ));
    }
    Ok(redirect("/amt/stellungnahmen?gesendet=1"))
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
