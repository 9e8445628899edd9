//! Asking another office about a case: which one, what it is told, the question, the day. An office with a desk
//! here gets a message, any other a mail with a link. Reminding and taking back: `consult_steps`.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::Response;
use domain::consult::{Fact, answer_by, facts, latest};
use jiff::civil::Date;
use serde_json::{Value, json};
use store::{ActError, Authority, Consultation, Store};

use crate::desk::file::{self, File};
use crate::desk::query::ListQuery;
use crate::desk::session::Desk;
use crate::desk::typed::day;
use crate::desk::{case, transfer};
use crate::failure::{Failure, Result};
use crate::format;
use crate::office::contact;
use crate::office::fields::{Faults, Typed, read_needed};
use crate::req::{Req, form_pairs};
use crate::state::App;

/// The choice "another office, by a link".
const BY_LINK: &str = "-";
/// Letters of the question at most.
const LONGEST: usize = 1000;
/// The page's fields in their order, for the list of errors.
const ORDER: [&str; 6] = ["an", "name", "mail", "frage", "bis", "angaben"];

/// An office that the service declares and that has no desk here: key, name in words.
fn declared(app: &App, file: &File, cx: &schema::Context) -> Vec<(String, String)> {
    schema::consults(&file.service, &file.case.answers, cx)
        .into_iter()
        .filter_map(|c| {
            let name = app.texts.get("de", &format!("consult.{}", c.who))?;
            Some((c.who.clone(), name.to_owned()))
        })
        .collect()
}

/// Paths that the service declares, for one office or for all.
fn paths(file: &File, cx: &schema::Context, who: &str) -> Vec<String> {
    let declared = schema::consults(&file.service, &file.case.answers, cx);
    let of = declared.iter().filter(|c| who.is_empty() || c.who == who);
    of.flat_map(|c| c.fields.iter().cloned()).collect()
}

/// What any office needs to know where the service declares nothing: what takes place, when and where.
fn usual(path: &str, service: &schema::Service) -> bool {
    let room = service.booking.as_ref().is_some_and(|b| b.room == path);
    room || path.starts_with("event.") || path.starts_with("place.")
}

/// What stands in the form before anything was typed.
fn proposed(app: &App, file: &File, cx: &schema::Context, req: &Req) -> Typed {
    let mut t = Typed::default();
    let who = req.param("fuer").unwrap_or_default();
    if let Some((key, name)) = declared(app, file, cx).into_iter().find(|(key, _)| *key == who) {
        t.put("fuer", key);
        t.put("an", BY_LINK);
        t.put("name", name);
    }
    let wanted = paths(file, cx, t.get("fuer"));
    for fact in facts(&file.case, &file.service, cx) {
        let sent = match wanted.is_empty() {
            true => usual(&fact.path, &file.service),
            false => wanted.contains(&fact.path),
        };
        if !fact.personal && sent {
            t.put("feld", fact.path);
        }
    }
    t.put("frage", domain::consult::QUESTION);
    let holiday = domain::calendar::holidays(&cx.region, &cx.place.ags);
    t.put("bis", format::date(answer_by(&file.case, app.today(), &holiday)));
    t
}

/// The day for the answer: after today, unless the case is due today itself.
fn read_day(typed: &str, last: Date, today: Date) -> Result<Date, String> {
    let example = format::date(last);
    match day(typed) {
        None => Err(format!("Schreiben Sie den Tag so: {example}.")),
        Some(d) if d > last => Err(format!("Der letzte mögliche Tag ist der {example}.")),
        Some(d) if d < today || (d == today && last > today) => Err("Nennen Sie einen Tag nach heute.".to_owned()),
        Some(d) => Ok(d),
    }
}

/// Whom to ask.
enum Office {
    Desk(Authority),
    Link { name: String, address: String },
}

struct Asked {
    office: Office,
    fields: Vec<String>,
    question: String,
    until: Date,
}

/// What was typed → what is asked, or what is wrong.
fn read(t: &Typed, offices: &[Authority], facts: &[Fact], last: Date, today: Date) -> Result<Asked, Faults> {
    let mut f = Faults::default();
    let office = match t.get("an") {
        BY_LINK => {
            let name = f.take("name", read_needed(t.get("name"), 120, "Nennen Sie die Stelle."));
            let address = f.take("mail", contact::email(t.get("mail")));
            name.zip(address).map(|(name, address)| Office::Link { name, address })
        }
        id => {
            let found = offices.iter().find(|a| a.id.as_str() == id).cloned().map(Office::Desk);
            if found.is_none() {
                f.add("an", "Wählen Sie die Stelle, die Sie fragen.");
            }
            found
        }
    };
    let question = schema::typed::lines(t.get("frage"));
    if question.is_empty() {
        f.add("frage", "Schreiben Sie Ihre Frage.");
    } else if question.chars().count() > LONGEST {
        f.add(
            "frage",
            format!("Die Frage ist zu lang. Kürzen Sie sie auf {LONGEST} Zeichen."),
        );
    }
    let until = f.take("bis", read_day(t.get("bis"), last, today));
    // Only what the form offered, in its order.
    let ticked: Vec<&str> = t.all("feld").collect();
    let fields: Vec<String> = facts
        .iter()
        .filter(|fact| ticked.contains(&fact.path.as_str()))
        .map(|fact| fact.path.clone())
        .collect();
    if fields.is_empty() {
        f.add("angaben", "Wählen Sie mindestens eine Angabe.");
    }
    match (office, until) {
        (Some(office), Some(until)) if f.is_empty() => Ok(Asked {
            office,
            fields,
            question,
            until,
        }),
        _ => Err(f),
    }
}

pub async fn page(State(app): State<App>, Path(id): Path<String>, desk: Desk, req: Req) -> Result<Response> {
    let file = file::load(&app, &desk, &id).await?;
    if !file.is_open() {
        let why = "Beteiligen geht nur, solange noch nicht entschieden ist.";
        return file::refused(&app, &desk, &req, &file.case.id, why).await;
    }
    let t = proposed(&app, &file, &file.context(&app), &req);
    render(&app, &desk, &req, &file, &t, &Faults::default()).await
}

async fn render(app: &App, desk: &Desk, req: &Req, file: &File, t: &Typed, f: &Faults) -> Result<Response> {
    file::seen(app, desk, &file.case.id, "case.read").await?;
    let cx = file.context(app);
    let all = transfer::others(app, desk).await?;
    let rows = transfer::choices(&all, &transfer::likely(app, file), t.get("q"), t.get("an"));
    let facts = facts(&file.case, &file.service, &cx);
    let wanted = paths(file, &cx, t.get("fuer"));
    let ticked: Vec<&str> = t.all("feld").collect();
    let row = |fact: &Fact| {
        json!({
            "id": fact.path.replace('.', "-"), "path": fact.path, "label": fact.label, "value": fact.value,
            "personal": fact.personal, "on": ticked.contains(&fact.path.as_str()),
        })
    };
    // What the service declares comes first; the rest folds away, unless one of it is ticked.
    let first_of = |fact: &&Fact| !fact.personal && (wanted.is_empty() || wanted.contains(&fact.path));
    let first: Vec<Value> = facts.iter().filter(first_of).map(row).collect();
    let rest: Vec<Value> = facts.iter().filter(|fact| !first_of(fact)).map(row).collect();
    let (errors, errors_title) = f.summary(app, &ORDER);
    let until = match day(t.get("bis")) {
        Some(day) => format::date(day),
        None => t.get("bis").to_owned(),
    };
    let ctx = json!({
        "c": case::head(app, file), "kept": file::kept(req), "errors": errors, "errors_title": errors_title,
        "rows": rows, "q": t.get("q"), "link": t.get("an") == BY_LINK, "name": t.get("name"), "mail": t.get("mail"), "who": t.get("fuer"),
        "declared": declared(app, file, &cx).into_iter().map(|(key, name)| json!({ "key": key, "name": name, "here": key == t.get("fuer") })).collect::<Vec<_>>(),
        "first": first, "rest": rest, "rest_open": rest.iter().any(|r| r["on"] == true), "n": ticked.len(),
        "question": t.get("frage"), "until": t.get("bis"), "preview_until": until, "last": format::date(latest(&file.case, app.today())), "phone": file.offer.local.office.phone,
        "facts": facts.iter().map(row).collect::<Vec<_>>(),
        "e": { "an": f.of("an"), "name": f.of("name"), "mail": f.of("mail"), "frage": f.of("frage"), "bis": f.of("bis"), "angaben": f.of("angaben") },
    });
    app.desk_page(f.status(), "desk/consult.html", req, desk, "eingang", ctx)
}

/// Is this office asked already, and has not answered?
fn waits(store: &Store, c: &Consultation, asked: &Consultation, now: jiff::Timestamp) -> bool {
    let open = !c.incoming && c.answer.is_none() && c.revoked_at.is_none() && c.expires_at > now;
    let same = match &asked.peer {
        Some(peer) => c.peer.as_ref().is_some_and(|c| store.today(c) == store.today(peer)),
        None => c.address.eq_ignore_ascii_case(&asked.address),
    };
    open && same
}

pub async fn send(
    State(app): State<App>,
    Path(id): Path<String>,
    desk: Desk,
    req: Req,
    body: Bytes,
) -> Result<Response> {
    let file = file::load(&app, &desk, &id).await?;
    let t = Typed(form_pairs(&body));
    if t.has("_suchen") || t.has("_vorschau") {
        return render(&app, &desk, &req, &file, &t, &Faults::default()).await;
    }
    let cx = file.context(&app);
    let offices = transfer::others(&app, &desk).await?;
    let facts = facts(&file.case, &file.service, &cx);
    let (today, now) = (app.today(), app.now());
    let asked = match read(&t, &offices, &facts, latest(&file.case, today), today) {
        Ok(asked) => asked,
        Err(faults) => return render(&app, &desk, &req, &file, &t, &faults).await,
    };
    let content = domain::consult::content(
        &file.case,
        &file.service,
        &cx,
        &asked.fields,
        &asked.question,
        desk.authority(),
        &file.offer.local.office.phone,
    );
    let (who_name, peer, address) = match asked.office {
        Office::Desk(a) => (a.name, Some(a.id), String::new()),
        Office::Link { name, address } => (name, None, address),
    };
    let id = app.store.entropy().id();
    let known = declared(&app, &file, &cx)
        .into_iter()
        .any(|(key, _)| key == t.get("fuer"));
    let consultation = Consultation {
        id: id.clone(),
        incoming: false,
        case: Some(file.case.id.clone()),
        who: if known {
            t.get("fuer").to_owned()
        } else {
            "other".into()
        },
        who_name,
        peer_id: peer.is_some().then_some(id),
        peer,
        address,
        content,
        asked_at: now,
        answer_by: asked.until,
        expires_at: store::consult_expiry(asked.until),
        reminded_at: None,
        answer: None,
        revoked_at: None,
        over: None,
    };
    let (case, actor, store) = (file.case.id.clone(), desk.actor(), app.store.clone());
    let done = desk
        .tenant
        .write(move |t| -> Result<bool, ActError> {
            let before = t.consultations_of(&case)?;
            if before.iter().any(|c| waits(&store, c, &consultation, now)) {
                return Ok(false);
            }
            t.ask_office(&consultation, &actor, now)?;
            Ok(true)
        })
        .await;
    match done {
        Ok(true) => {
            let to = ListQuery::parse(&req.query).at(&format!("/amt/v/{}", file.case.id));
            Ok(crate::reply::redirect(&crate::reply::with(&to, "ok=beteiligt")))
        }
        Ok(false) => {
            let mut f = Faults::default();
            let field = if t.get("an") == BY_LINK { "mail" } else { "an" };
            f.add(field, "Diese Stelle ist schon gefragt. Erinnern Sie sie im Vorgang.");
            render(&app, &desk, &req, &file, &t, &f).await
        }
        Err(ActError::Refused(why)) => file::refused(&app, &desk, &req, &file.case.id, &why.0).await,
        Err(ActError::NotFound) => Err(Failure::Case),
        Err(other) => Err(Failure::internal(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn typed(pairs: &[(&str, &str)]) -> Typed {
        Typed(pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect())
    }

    #[test]
    fn the_answer_is_due_after_today_and_before_the_case_is() {
        let (today, last) = (date(2026, 11, 25), date(2026, 12, 1));
        let at = |typed: &str| read_day(typed, last, today);
        assert_eq!(at("01.12.2026"), Ok(last));
        assert!(at("02.12.2026").is_err_and(|e| e.contains("01.12.2026")));
        assert!(at("25.11.2026").is_err());
        assert!(at("bald").is_err());
        assert_eq!(
            read_day("25.11.2026", today, today),
            Ok(today),
            "due today: today is left"
        );
    }

    #[test]
    fn only_offered_fields_are_sent_and_a_link_needs_name_and_address() {
        let facts = [Fact {
            path: "event.guests".into(),
            label: "Gäste".into(),
            value: "120".into(),
            personal: false,
        }];
        let (today, last) = (date(2026, 11, 25), date(2026, 12, 1));
        let all = [
            ("an", BY_LINK),
            ("name", "Polizei"),
            ("mail", "pi@polizei.example"),
            ("frage", "Bedenken?"),
            ("bis", "01.12.2026"),
            ("feld", "event.guests"),
            ("feld", "contact.name"),
        ];
        let asked = read(&typed(&all), &[], &facts, last, today).map_err(|f| format!("{f:?}"));
        assert_eq!(asked.map(|a| a.fields), Ok(vec!["event.guests".to_owned()]));
        let faults = read(&typed(&[("an", BY_LINK)]), &[], &facts, last, today)
            .err()
            .expect("faults");
        for field in ["name", "mail", "frage", "bis", "angaben"] {
            assert!(!faults.of(field).is_empty(), "{field}");
        }
        let unknown = read(&typed(&[("an", "hamburg")]), &[], &facts, last, today)
            .err()
            .expect("faults");
        assert!(!unknown.of("an").is_empty());
    }
}
