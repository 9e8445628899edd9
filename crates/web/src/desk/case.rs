//! The case page: checks, answers, papers, messages, costs, delivery, the letter in preparation, history.
//! Everything the clerk needs to decide, in the order in which it is read.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::letter::{RECEIPT, RECEIPT_COPY};
use domain::{Case, State as CaseState, date_of};
use schema::{Context, DeadlineKind, FeeKind, Lang};
use serde_json::{Value, json};
use store::{Clerk, Event, LetterInfo};

use crate::account::{keep, provider};
use crate::apply::view::sections;
use crate::desk::badges::{self, Badge, between, days};
use crate::desk::decision::Draft;
use crate::desk::file::{self, File};
use crate::desk::inbox::{noun, undo};
use crate::desk::query::ListQuery;
use crate::desk::session::Desk;
use crate::desk::{consult_steps, decide, letter, payments, point, rivals};
use crate::failure::Result;
use crate::format;
use crate::reply::redirect;
use crate::req::{Req, form_pairs};
use crate::state::App;

pub async fn page(State(app): State<App>, Path(id): Path<String>, desk: Desk, req: Req) -> Result<Response> {
    if !file::is_id(&id) {
        // A reference, as people copy it from a letter.
        let id = file::id_of(&app, &desk, &id).await?;
        let query = if req.query.is_empty() {
            String::new()
        } else {
            format!("?{}", req.query)
        };
        return Ok(redirect(&format!("/amt/v/{id}{query}")));
    }
    let file = file::open(&app, &desk, &id).await?;
    render(&app, &desk, &req, &file, StatusCode::OK, "").await
}

/// What stands over every page of a case.
pub fn head(app: &App, file: &File) -> Value {
    let case = &file.case;
    json!({
        "id": case.id.0, "reference": case.reference, "title": case.title, "applicant": case.applicant, "service": noun(app, &case.service),
        "act": act_beside(&noun(app, &case.service), file.act_word(app)), "received": format::received_in(case.channel, case.received_at, Lang::De), "place": case.place_name, "badges": head_badges(app, file, app.today()),
        "channel": badges::channel(case.channel), "identity": identity(app, file), "open": file.is_open(), "can_begin": file.is_open() && case.state == CaseState::Received, "can_ask": file.is_open() && case.state != CaseState::Question,
        "basis": file.basis(), "conditions": file.word(app, "conditions"), "more_conditions": file.word(app, "more_conditions"), "yes": file.word(app, "yes"), "no": file.word(app, "no"), "email": case.email,
    })
}

/// `Identität: BundID, substanziell`
fn identity(app: &App, file: &File) -> String {
    let Some(known) = &file.case.identity else {
        return String::new();
    };
    let level = provider::level_word(app, Lang::De, known.level);
    app.texts
        .fill(Lang::De, "assurance.desk", &[("name", &known.by), ("level", &level)])
}

/// What was sent, unless the service's name says it already: `Veranstaltungsanzeige, Anzeige` reads badly.
fn act_beside(noun: &str, act: String) -> String {
    if noun.to_lowercase().contains(&act.to_lowercase()) {
        String::new()
    } else {
        act
    }
}

/// State, and by when who is on turn.
fn head_badges(app: &App, file: &File, today: jiff::civil::Date) -> Vec<Badge> {
    let case = &file.case;
    let badge = |kind, text: String| Badge {
        kind,
        text,
        sub: String::new(),
    };
    if case.decision.as_ref().is_some_and(|d| !d.in_effect) {
        return vec![badge("info", "entschieden, Brief wird versandt".into())];
    }
    let word = file.state_word(app, case.stand());
    let mut out = vec![badge(badges::kind(case.state), badges::small(&word))];
    if let Some(q) = &case.question {
        let over = q.answer_by < today;
        let kind = if over { "warning" } else { "neutral" };
        out.push(badge(
            kind,
            format!("Antwort bis {}, Ihre Frist ruht", format::date(q.answer_by)),
        ));
    } else if let (true, Some(due)) = (case.state.is_open(), case.due()) {
        let left = between(today, due);
        let text = match left {
            0 => "heute".to_owned(),
            n if n < 0 => format!("{} überschritten", days(-n)),
            n => days(n),
        };
        out.push(badge(
            badges::urgency(left),
            format!("Entscheiden bis {}, {text}", format::date(due)),
        ));
    }
    out
}

/// What the page reads beside the case.
struct Around {
    history: Vec<Event>,
    letters: Vec<LetterInfo>,
    clerks: Vec<Clerk>,
    rivals: rivals::Others,
}

pub async fn render(app: &App, desk: &Desk, req: &Req, file: &File, status: StatusCode, why: &str) -> Result<Response> {
    show(app, desk, req, file, status, why, ("", "")).await
}

/// The case again with a note that is not taken, as it was typed.
pub async fn with_note(app: &App, desk: &Desk, req: &Req, file: &File, note: &str, error: &str) -> Result<Response> {
    file::seen(app, desk, &file.case.id, "case.read").await?;
    show(
        app,
        desk,
        req,
        file,
        StatusCode::UNPROCESSABLE_ENTITY,
        "",
        (note, error),
    )
    .await
}

/// `note`: what was typed, and what is wrong with it.
async fn show(
    app: &App,
    desk: &Desk,
    req: &Req,
    file: &File,
    status: StatusCode,
    why: &str,
    note: (&str, &str),
) -> Result<Response> {
    let cx = file.context(app);
    let (id, open) = (file.case.id.clone(), file.is_open());
    let around = desk
        .tenant
        .read(move |t| {
            Ok::<_, store::Error>(Around {
                history: t.history(&id)?,
                letters: t.letters(&id)?,
                clerks: t.clerks()?,
                rivals: if open {
                    rivals::read(t, &id)?
                } else {
                    rivals::Others::default()
                },
            })
        })
        .await?;
    let list = ListQuery::parse(&req.query);
    let near = file::neighbours(app, desk, &list, &file.case.id).await?;
    let to = |id: &Option<domain::CaseId>| id.as_ref().map(|id| list.at(&format!("/amt/v/{id}")));
    let priority = cx.params.get("priority").and_then(Value::as_str).unwrap_or_default();
    let mut checks = checks(file, &cx);
    checks.splice(0..0, consult_steps::objections(&file.asked, &file.case));
    checks.splice(0..0, rivals::check(&around.rivals, priority, &list));
    let looks = checks.iter().filter(|c| c["ok"] == false).count();
    let papers = papers(file, &cx);
    let brief = brief(app, desk, file, &cx).await?;
    let notes: Vec<Value> = file
        .blocks
        .iter()
        .filter(|b| b.kind == "note")
        .map(|b| json!({ "id": b.id, "text": b.text }))
        .collect();
    let mut undo = undo(app, desk, req).await?;
    if undo.is_null() && file.case.decision.as_ref().is_some_and(|d| !d.in_effect) {
        // Opened again within the ten seconds.
        undo = own_undo(app, file, &list);
    }
    // Why the last decision did not take effect, until the next one.
    let why = match &file.case.obstacle {
        Some(obstacle) if why.is_empty() && file.is_open() => obstacle.as_str(),
        _ => why,
    };
    let (version, withdrawn) = crate::office::versions::of_case(app, &file.service);
    let ctx = json!({
        "version": version, "withdrawn": withdrawn, "c": head(app, file), "kept": file::kept(req), "pairs": form_pairs(list.text().as_bytes()), "why": why, "done": done(req, &file.case, &around.letters),
        "undo": undo,
        "near": { "at": near.at, "of": near.of, "before": to(&near.before), "after": to(&near.after), "list": list.at("/amt/eingang") },
        "checks": checks, "checks_text": checks_text(looks, checks.len() - looks), "look": looks > 0 || papers.iter().any(|p| p["missing"] == true),
        "map": point::any(app, file, &cx), "sections": answers(app, file, &cx), "papers": papers, "papers_note": papers_note(&file.case.papers), "messages": messages(file, &around.history), "fee": fee(file, app.today()),
        "delivery": delivery(file), "letters": letters(app, file, &around.letters), "consultations": file.asked.iter().map(|c| consult_steps::shown(c, &file.case, app.now())).collect::<Vec<_>>(),
        "consult": file.is_open(), "can_call_off": file.case.can_call_off(app.today()),
        "held": held(file), "leaving": leaving(file),
        "history": history(app, file, &around.history), "people": people(&around.clerks, desk, file), "assignee": file.case.assignee_name,
        "note": note.0, "note_error": note.1, "note_blocks": notes, "mine": file.case.assignee.as_ref() == Some(&desk.clerk.id), "brief": brief,
    });
    app.desk_page(status, "desk/case.html", req, desk, "eingang", ctx)
}

/// "Notiz gespeichert.": what was just done.
fn done(req: &Req, case: &Case, letters: &[LetterInfo]) -> &'static str {
    // A letter that was just set off is being written: it is named where it stands once it does.
    let there = |kind: &str| letters.iter().any(|l| l.kind == kind);
    match req.param("ok").as_deref().unwrap_or_default() {
        // Nobody is reached by mail: what is to be done instead.
        "rueckfrage" if case.email.is_none() && !there("question") => {
            "Ihre Frist ruht bis zur Antwort. Es gibt keine E-Mail-Adresse: Drucken Sie die Rückfrage, die gleich auf dieser Seite steht, oder rufen Sie an."
        }
        "rueckfrage" if case.email.is_none() => {
            "Ihre Frist ruht bis zur Antwort. Es gibt keine E-Mail-Adresse: Drucken Sie die Rückfrage unter „Briefe und Zustellung“ oder rufen Sie an."
        }
        "erinnert" if case.email.is_none() => {
            "Die Erinnerung ist vermerkt. Es gibt keine E-Mail-Adresse: Schreiben Sie oder rufen Sie an."
        }
        "begonnen" => "Die Prüfung hat begonnen. Die antragstellende Seite sieht das.",
        "notiz" => "Die Notiz steht im Verlauf.",
        "zugewiesen" => "Der Vorgang ist zugewiesen.",
        "frei" => "Der Vorgang ist wieder frei.",
        "vertretung" => "Sie vertreten jetzt. Das steht im Verlauf.",
        "rueckfrage" => "Die Rückfrage ist unterwegs. Ihre Frist ruht bis zur Antwort.",
        "zurueckgeholt" => "Zurückgeholt. Es ging kein Brief hinaus.",
        "zurueckgezogen" => "Der Vorgang ist zurückgezogen.",
        "abgesagt" => "Der Termin ist abgesagt. Ein gebuchter Raum ist wieder frei.",
        "entfallen" => "Die Kosten entfallen.",
        "abgegeben" => "Der Vorgang ist abgegeben. Die antragstellende Seite sieht, an wen.",
        "bezahlt" => "Die Zahlung ist eingetragen.",
        "erinnert" => "Die Erinnerung ist unterwegs.",
        "kaution" => "Die Rückzahlung der Kaution ist eingetragen.",
        "erstattet" => "Die Rückzahlung ist eingetragen.",
        "doch-nicht" => "Der Eintrag ist zurückgenommen.",
        "gedruckt" => "Der Brief ist zur Post gegeben.",
        "erfasst" if !there(RECEIPT_COPY) => {
            "Der Vorgang ist angelegt. Die Eingangsbestätigung zum Ausdrucken wird gerade erstellt. Laden Sie die Seite gleich noch einmal, dann steht sie hier."
        }
        "erfasst" => {
            "Der Vorgang ist angelegt. Die Eingangsbestätigung zum Ausdrucken steht unter „Briefe und Zustellung“."
        }
        "gesperrt" => "Das Löschen ist gesperrt.",
        "entsperrt" => "Die Sperre ist aufgehoben.",
        "beteiligt" => "Die Anfrage ist unterwegs.",
        "stelle_erinnert" => "Die Stelle ist erinnert.",
        "anfrage_zurueck" => "Die Anfrage ist zurückgezogen.",
        _ => "",
    }
}

fn own_undo(app: &App, file: &File, list: &ListQuery) -> Value {
    let Some(decision) = &file.case.decision else {
        return Value::Null;
    };
    let left = decision.effective_at.as_second() - app.now().as_second();
    json!({
        "what": file.state_word(app, decision.outcome.state().as_str()), "title": file.case.title, "open": left > 0, "seconds": left.max(0), "id": file.case.id.0, "list": list.text(),
    })
}

/// That nothing of it is erased, and why.
fn held(file: &File) -> String {
    let hold = file.case.keeping.hold.as_ref();
    hold.map(|h| {
        format!(
            "Löschen gesperrt seit {} von {}: {}",
            format::moment(h.since),
            h.by,
            h.reason
        )
    })
    .unwrap_or_default()
}

/// Until when it is kept, or how far it is on its way out.
fn leaving(file: &File) -> String {
    let case = &file.case;
    match &case.keeping.stage {
        domain::Stage::Kept => case
            .kept_until(&file.service.retention, &file.service)
            .map(|day| format!("Aufgehoben bis {}.", format::date(day)))
            .unwrap_or_default(),
        domain::Stage::Due => "Die Zeit ist abgelaufen. Zum Löschen vorgesehen.".to_owned(),
        domain::Stage::Offered { archive, until, .. } => {
            format!("Angeboten: {archive}. Antwort bis {}.", format::date(*until))
        }
        domain::Stage::Released { .. } => "Freigegeben. Wird am nächsten Morgen gelöscht.".to_owned(),
    }
}

/// A line of the automatic checks.
pub fn check(ok: bool, text: &str, more: &str) -> Value {
    json!({ "ok": ok, "text": text, "more": more, "others": [], "rest": 0 })
}

/// Lateness first, then the service's own checks.
fn checks(file: &File, cx: &Context) -> Vec<Value> {
    let case = &file.case;
    let received = date_of(case.received_at);
    let mut out: Vec<Value> = case
        .deadlines
        .iter()
        .filter(|d| d.kind == DeadlineKind::Notice)
        .map(|d| {
            if d.late_by > 0 {
                let text = format!(
                    "{} zu spät eingegangen. Sie entscheiden, ob es noch geht.",
                    days(d.late_by)
                );
                check(false, &text, &d.reason)
            } else if d.borderline == Some(received) {
                check(
                    false,
                    "Am letzten möglichen Tag eingegangen. Ob er noch zählt, ist umstritten.",
                    &d.reason,
                )
            } else {
                let spare = between(received, d.last_day);
                let text = match spare {
                    0 => "Rechtzeitig: am letzten sicheren Tag eingegangen.".to_owned(),
                    n => format!(
                        "Rechtzeitig: {} vor dem letzten sicheren Tag, {}.",
                        days(n),
                        format::date(d.last_day)
                    ),
                };
                check(true, &text, "")
            }
        })
        .collect();
    for f in &case.findings {
        let more = match &f.field {
            Some(path) if !f.ok => {
                let label = schema::short_label(&file.service, path, cx);
                match shown(file, cx, path) {
                    value if value.is_empty() => format!("{label}: keine Angabe"),
                    value => format!("{label}: {value}"),
                }
            }
            _ => String::new(),
        };
        out.push(check(f.ok, &f.text, &more));
    }
    out.sort_by_key(|c| c["ok"] == true);
    out
}

fn checks_text(looks: usize, fine: usize) -> String {
    match (fine, looks) {
        (fine, 0) => format!("{fine} in Ordnung"),
        (0, looks) => format!("{looks} ansehen"),
        (fine, looks) => format!("{fine} in Ordnung, {looks} ansehen"),
    }
}

/// An answer as people read it.
pub fn shown(file: &File, cx: &Context, path: &str) -> String {
    match (
        schema::question(&file.service, path),
        schema::at(&file.case.answers, path),
    ) {
        (Some(question), Some(value)) if !value.is_null() => schema::show(question, value, &file.service, cx),
        _ => String::new(),
    }
}

/// `geändert am 25.11.2026, 10:12 Uhr, vorher: 2 m`
fn changed_text(file: &File, cx: &Context, path: &str, at: jiff::Timestamp) -> String {
    let text = format!("geändert am {}", format::moment(at));
    match (schema::question(&file.service, path), file.case.before.get(path)) {
        (Some(question), Some(old)) if !old.is_null() => {
            format!("{text}, vorher: {}", schema::show(question, old, &file.service, cx))
        }
        (Some(_), Some(_)) => format!("{text}, vorher: keine Angabe"),
        _ => text,
    }
}

/// Answers in sections; what was changed, asked back or looks odd is marked.
fn answers(app: &App, file: &File, cx: &Context) -> Vec<Value> {
    let case = &file.case;
    let within =
        |path: &str, of: &str| path == of || path.starts_with(&format!("{of}.")) || of.starts_with(&format!("{path}."));
    let mut out = sections(&file.service, cx, &case.answers, |_| String::new(), |_| String::new());
    for section in &mut out {
        let Some(rows) = section["answers"].as_array_mut() else {
            continue;
        };
        for row in rows {
            let path = row["path"].as_str().unwrap_or_default().to_owned();
            let changed = case.changed.iter().rfind(|(p, _)| within(&path, p));
            let asked = case
                .question
                .as_ref()
                .and_then(|q| q.fields.iter().find(|(p, _)| within(&path, p)));
            let odd = case
                .findings
                .iter()
                .any(|f| !f.ok && f.field.as_deref().is_some_and(|p| within(&path, p)));
            row["changed"] = changed
                .map(|(path, at)| changed_text(file, cx, path, *at))
                .unwrap_or_default()
                .into();
            let confirmed = case.identity.iter().find(|i| i.confirmed.contains(&path));
            row["confirmed"] = confirmed
                .map(|i| keep::confirmed_by(app, Lang::De, &i.by))
                .unwrap_or_default()
                .into();
            row["asked"] = asked
                .map(|(_, why)| format!("nachgefragt: {why}"))
                .unwrap_or_default()
                .into();
            row["mark"] = (changed.is_some() || asked.is_some() || odd).into();
        }
    }
    // Asked for and never answered: without a value there is no line yet.
    if let Some(q) = &case.question {
        let open: Vec<Value> = q
            .fields
            .iter()
            .filter(|(path, _)| shown(file, cx, path).is_empty())
            .map(|(path, why)| json!({ "label": schema::short_label(&file.service, path, cx), "value": "noch keine Angabe", "changed": "", "confirmed": "", "asked": format!("nachgefragt: {why}"), "mark": true, "path": path }))
            .collect();
        if !open.is_empty() {
            out.push(json!({ "title": app.texts.text(Lang::De, "event.question"), "href": "", "answers": open }));
        }
    }
    out
}

/// Papers that came, and required ones that did not.
fn papers(file: &File, cx: &Context) -> Vec<Value> {
    let case = &file.case;
    let mut out: Vec<Value> = case
        .papers
        .iter()
        .map(|p| {
            let label = match schema::question(&file.service, &p.question) {
                Some(_) => schema::short_label(&file.service, &p.question, cx),
                // Asked for in words.
                None => p.question.clone(),
            };
            json!({ "id": p.id.0, "name": p.name, "label": label, "size": format::size(p.size.unsigned_abs()), "missing": false })
        })
        .collect();
    for path in schema::required_papers(&file.service, &case.answers, cx) {
        let there = schema::at(&case.answers, &path).is_some_and(|v| v.get("sha256").is_some());
        if !there {
            out.push(json!({ "id": "", "name": "", "label": schema::short_label(&file.service, &path, cx), "size": "", "missing": true }));
        }
    }
    out
}

/// How the papers were checked, as the desk has to know before it opens one.
fn papers_note(papers: &[domain::PaperRef]) -> &'static str {
    let scanned = papers.iter().filter(|p| p.scanned).count();
    if scanned == papers.len() {
        "Beim Hochladen geprüft auf Aufbau, eingebettete Programme und bekannte Schadprogramme."
    } else if scanned == 0 {
        "Geprüft auf Aufbau und eingebettete Programme. Als die Dateien kamen, war kein Virenscanner angeschlossen: Öffnen Sie sie nur mit aktuellen Programmen."
    } else {
        "Geprüft auf Aufbau und eingebettete Programme. Nicht jede Datei hat ein Virenscanner gesehen: Öffnen Sie sie nur mit aktuellen Programmen."
    }
}

fn who(file: &File, event: &Event) -> String {
    match event.actor.as_str() {
        "applicant" if file.case.applicant.is_empty() => "antragstellende Seite".into(),
        "applicant" => file.case.applicant.clone(),
        "system" => "automatisch".into(),
        name => name.to_owned(),
    }
}

/// Questions, answers and messages in their order.
fn messages(file: &File, history: &[Event]) -> Vec<Value> {
    history
        .iter()
        .filter(|e| matches!(e.kind.as_str(), "message" | "question" | "answered") && !e.text.trim().is_empty())
        // What the machine writes to the applicant may hold an access code.
        .filter(|e| e.actor != "system")
        .map(|e| json!({ "from": who(file, e), "at": format::moment(e.at), "iso": format::iso(e.at), "text": e.text, "ours": e.kind == "question" }))
        .collect()
}

fn history(app: &App, file: &File, history: &[Event]) -> Vec<Value> {
    let last = history.len().saturating_sub(1);
    history
        .iter()
        .enumerate()
        .map(|(i, e)| {
            let title = match e.kind.as_str() {
                kind @ ("approved" | "confirmed" | "refused") => file.state_word(app, kind),
                kind => app.texts.text(Lang::De, &format!("event.{kind}")),
            };
            let (title, text) = match e.kind.as_str() {
                "assigned" => (format!("Zugewiesen an {}", e.text), ""),
                "decided" | "review_started" | "unassigned" | "taken_back" => (title, ""),
                "message" | "question" | "answered" => (title, ""),
                _ => (title, e.text.as_str()),
            };
            let text = match e.kind.as_str() {
                "received" if file.case.channel.by_hand() && text.is_empty() => typed_in(&file.case),
                _ => text.to_owned(),
            };
            json!({ "title": title, "at": format!("{}, {}", format::moment(e.at), who(file, e)), "iso": format::iso(e.at), "text": text, "now": i == last && file.case.state.is_open(), "inside": !e.public })
        })
        .collect()
}

/// `Auf Papier am 20.11.2026`: how and when it came, beside the moment at which it was typed in.
fn typed_in(case: &Case) -> String {
    let way = match case.channel {
        domain::Channel::Phone => "Am Telefon",
        _ => "Auf Papier",
    };
    format!("{way} am {}, hier eingegeben", format::date(date_of(case.received_at)))
}

/// Costs and what is left to do about them.
fn fee(file: &File, today: jiff::civil::Date) -> Value {
    let fee = file.case.fee_at_desk();
    let sum = fee.to_pay();
    if sum == 0 {
        return Value::Null;
    }
    let lines: Vec<Value> = fee
        .lines
        .iter()
        .map(|l| json!({ "label": l.label, "basis": l.basis, "cents": l.cents, "deposit": l.kind == FeeKind::Deposit }))
        .collect();
    let on = |at: Option<jiff::Timestamp>| at.map(|t| format::date(date_of(t)));
    let payable = file.case.granted();
    let over = payable && fee.paid_at.is_none() && fee.due.is_some_and(|d| d < today);
    json!({
        "lines": lines, "sum": sum, "due": fee.due.map(format::date), "paid": on(fee.paid_at), "reminded": on(fee.reminded_at),
        "returned": on(fee.deposit_returned_at), "over": over, "decided": payable, "can_pay": payable && fee.paid_at.is_none(),
        "can_remind": payable && fee.paid_at.is_none() && fee.due.is_some_and(|due| due < today),
        "can_drop": file.case.can_drop_fee(), "can_return": file.case.can_return_deposit() && payments::may_go_back(&file.case, today), "undo": payments::undo_label(&file.case),
        "refund": file.case.refund(), "refunded": on(fee.refunded_at), "can_refund": file.case.owes_refund(),
    })
}

/// How the letter reaches the applicant, in one sentence.
fn delivery(file: &File) -> Value {
    let d = &file.case.delivery;
    if d.letter.is_none() {
        return Value::Null;
    }
    let on = |t: jiff::Timestamp| format::moment(t);
    let text = if let Some(at) = d.printed_at {
        format!("Zur Post gegeben am {}.", on(at))
    } else if let Some(at) = d.retrieved_at {
        format!("Geladen am {}.", on(at))
    } else if let Some(at) = d.print_since {
        format!("Auf der Druckliste seit {}.", on(at))
    } else if let Some(at) = d.provided_at {
        let until = d.fetch_until.unwrap_or_else(|| date_of(at));
        format!(
            "Bereit auf der Statusseite seit {}. Wird er bis {} nicht geöffnet, kommt er auf die Druckliste.",
            on(at),
            format::date(until)
        )
    } else {
        String::new()
    };
    let call = match file.case.refused_in_haste().filter(|_| d.print_since.is_none()) {
        Some(day) => format!(
            " Der Termin ist schon am {}. Rufen Sie an, damit die Entscheidung rechtzeitig ankommt: {}.",
            format::date(day),
            schema::at(&file.case.answers, "contact.phone")
                .and_then(Value::as_str)
                .unwrap_or("Eine Nummer steht in den Angaben.")
                .trim_end_matches('.')
        ),
        None => String::new(),
    };
    let text = format!("{text}{call}");
    json!({ "text": text, "print": d.print_since.is_some() && d.printed_at.is_none(), "letter": d.letter.as_ref().map(|l| l.0.clone()) })
}

/// `Eingangsbestätigung`; the letter of a decision is called by the act: `Zusage`.
pub fn letter_name(app: &App, file: &File, kind: &str) -> String {
    match kind {
        RECEIPT | RECEIPT_COPY => app.texts.text(Lang::De, "desk_word.receipt"),
        "question" => app.texts.text(Lang::De, "event.question"),
        "refusal" => decide::letter_word(app, decide::Way::No, file),
        _ => decide::letter_word(app, decide::Way::Yes, file),
    }
}

/// What the desk may open: the applicant's own receipt holds the way in and stays with the applicant.
pub fn for_the_desk(kind: &str) -> bool {
    kind != RECEIPT
}

fn letters(app: &App, file: &File, list: &[LetterInfo]) -> Vec<Value> {
    list.iter()
        .filter(|l| for_the_desk(&l.kind))
        .map(|l| json!({ "id": l.id.0, "name": letter_name(app, file, &l.kind), "at": format::moment(l.created_at), "size": format::size(l.size.unsigned_abs()) }))
        .collect()
}

fn people(clerks: &[Clerk], desk: &Desk, file: &File) -> Vec<Value> {
    clerks
        .iter()
        .filter(|c| c.active && !store::only_audits(c))
        .map(|c| {
            let me = if c.id == desk.clerk.id { " (ich)" } else { "" };
            json!({ "id": c.id.0, "name": format!("{}{me}", c.name), "chosen": file.case.assignee.as_ref() == Some(&c.id) })
        })
        .collect()
}

/// The letter as it would go now, with the conditions to tick.
async fn brief(app: &App, desk: &Desk, file: &File, cx: &Context) -> Result<Value> {
    if !file.is_open() {
        return Ok(Value::Null);
    }
    let draft = Draft::proposed(file, cx, app.today());
    let ready = draft.shown(false, app.today());
    let job = letter::job(app, desk, file, cx, false, &ready).await?;
    let word = decide::letter_word(app, decide::Way::Yes, file);
    let word = if ready.conditions.is_empty() {
        word
    } else {
        file.word(app, "with_conditions").replace("{letter}", &word)
    };
    Ok(json!({ "word": word, "draft": draft.ctx(), "sheet": letter::sheet(app, &job) }))
}
