//! Answering a question back: only the fields asked for, the reason above each, old values filled in.

use std::collections::BTreeSet;

use axum::extract::{Multipart, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::{Action, Actor, PaperRef, Question};
use schema::{Context, FieldError, Kind, RawAnswers, Service};
use serde_json::{Value, json};

use crate::alarm;
use crate::apply::form::{edit_list, errors_title};
use crate::apply::upload::{self, Posted, Stored};
use crate::apply::view::{FormView, MapView, html_id};
use crate::case::access::{self, Seen};
use crate::case::status;
use crate::failure::{Failure, Result};
use crate::guard::{FILES, SMALL};
use crate::limits::Limit;
use crate::offer::service_text;
use crate::reach::office_ctx;
use crate::reply::redirect;
use crate::req::Req;
use crate::state::App;
use crate::submission;
use crate::taken;

/// Field of what is written beside the answers.
const TEXT_FIELD: &str = "_text";

pub async fn page(State(app): State<App>, Path(reference): Path<String>, req: Req) -> Result<Response> {
    let seen = match access::see_or_ask(&app, &req, &reference).await {
        Ok(seen) => seen,
        Err(response) => return Ok(response),
    };
    if seen.case.question.is_none() {
        return Ok(redirect(&format!("/v/{}", seen.case.reference)));
    }
    let answers = RawAnswers(seen.case.answers.clone());
    render(&app, &req, &seen, &answers, (&[], &[]), &[], "")
}

fn render(
    app: &App,
    req: &Req,
    seen: &Seen,
    answers: &RawAnswers,
    (more, items): (&[String], &[(String, usize)]),
    errors: &[FieldError],
    message: &str,
) -> Result<Response> {
    let lang = req.lang;
    let cx = seen.context_today(app, lang);
    let q = seen.case.question.as_ref().ok_or(Failure::Case)?;
    let view = FormView {
        service: &seen.service,
        cx: &cx,
        texts: &app.texts,
        answers: &answers.0,
        errors,
        items,
        map: MapView::default(),
        class: None,
    };
    let mut asks: Vec<Value> = Vec::new();
    for (path, why) in &q.fields {
        if let Some(question) = schema::question(&seen.service, path) {
            asks.push(json!({ "title": schema::short_label(&seen.service, path, &cx), "why": why, "q": view.question(question, path, path) }));
        }
    }
    // Questions that the new answers raise: they can be answered here and now.
    for path in more {
        if let Some(question) = schema::question(&seen.service, path) {
            asks.push(json!({ "title": schema::short_label(&seen.service, path, &cx), "why": app.texts.text(lang, "complete.follows"), "q": view.question(question, path, path) }));
        }
    }
    for (i, name) in q.papers.iter().enumerate() {
        let id = format!("unterlage.{i}");
        let error = errors
            .iter()
            .find(|e| e.field == id)
            .map(|e| e.message.clone())
            .unwrap_or_default();
        let hint = app
            .texts
            .fill(lang, "form.file_hint", &[("types", "PDF, JPG, PNG"), ("mb", "10")]);
        asks.push(json!({ "title": name, "why": "", "q": {
            "kind": "file", "id": html_id(&id), "name": id, "label": app.texts.fill(lang, "complete.paper", &[("name", name)]), "hint": hint,
            "optional": false, "error": error, "value": "", "unit": "", "options": [], "open_offered": false, "open": false, "reveal": false,
            "parts": [], "items": [], "can_add": false, "add_label": "", "inputmode": "", "autocomplete": "", "input_type": "file",
            "accept": ".pdf,.jpg,.jpeg,.png", "file": Value::Null, "map": {}, "from": "",
        } }));
    }
    let rows: Vec<Value> = errors
        .iter()
        .map(|e| json!({ "href": html_id(&e.field), "text": e.message }))
        .collect();
    let name = service_text(&seen.service, &cx, &seen.case.answers, "name");
    let ctx = json!({
        "errors": rows, "errors_title": errors_title(app, req, errors.len()), "asks": asks, "message": message,
        "message_error": errors.iter().find(|e| e.field == TEXT_FIELD).map(|e| e.message.as_str()).unwrap_or_default(),
        "c": { "reference": seen.case.reference, "question": status::question(app, seen, lang) },
        "office": office_ctx(app, lang, &seen.offer),
    });
    let status = if errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    app.page(status, "case/complete.html", app.ui_form(req, &seen.offer, &name), ctx)
}

pub async fn send(
    State(app): State<App>,
    Path(reference): Path<String>,
    req: Req,
    multipart: Multipart,
) -> Result<Response> {
    let seen = access::see(&app, &req, &reference).await?;
    let Some(question) = seen.case.question.clone() else {
        return Ok(redirect(&format!("/v/{}", seen.case.reference)));
    };
    let wanted = question.papers.len() + question.fields.len();
    let posted = upload::read(multipart, (wanted * (upload::MAX_FILE + SMALL) + SMALL).min(FILES)).await?;
    if posted.files.is_empty() {
        app.limits
            .take(req.address, Limit::Message, app.now())
            .map_err(Failure::TooMany)?;
    } else {
        app.limits.upload(req.address, posted.weight(), app.now())?;
    }
    // As it is now, not as it was before the files came: a second click or another device may have answered meanwhile.
    let seen = access::see(&app, &req, &reference).await?;
    if seen.case.question.as_ref().map(|q| q.asked_at) != Some(question.asked_at) {
        return Ok(redirect(&format!("/v/{}", seen.case.reference)));
    }
    let lang = req.lang;
    let cx = seen.context_today(&app, lang);
    let mut base = RawAnswers(seen.case.answers.clone());
    let mut errors = Vec::new();
    let papers = take_papers(&app, &req, &seen, &question, &posted, &mut base, &mut errors).await;
    let text = posted.value(TEXT_FIELD).unwrap_or_default().trim().to_owned();
    if let Some(message) = status::too_long(&app, lang, &text, status::MESSAGE) {
        errors.push(FieldError {
            field: TEXT_FIELD.to_owned(),
            kind: schema::ErrorKind::Length,
            message,
        });
    }
    let mut looked = look(&seen, &cx, &question, &posted, &base);
    // One more entry or one less: nothing is sent yet.
    if let Some(items) = edit_list(&mut looked.raw, &posted) {
        return render(&app, &req, &seen, &looked.raw, (&looked.more, &items), &[], &text);
    }
    errors.extend(looked.errors);
    let (raw, more) = (looked.raw, looked.more);
    if !errors.is_empty() {
        return render(&app, &req, &seen, &raw, (&more, &[]), &errors, &text);
    }
    let answers = looked.answers;
    let asked = question.fields.iter().map(|(path, _)| path).chain(&more);
    let changed: Vec<String> = asked
        .filter(|path| schema::at(&answers, path) != schema::at(&seen.case.answers, path))
        .cloned()
        .collect();
    if changed.is_empty() && papers.is_empty() && text.is_empty() {
        let message = app.texts.text(lang, "complete.missing_any");
        let field = question
            .fields
            .first()
            .map_or_else(|| TEXT_FIELD.to_owned(), |(path, _)| path.clone());
        let error = FieldError {
            field,
            kind: schema::ErrorKind::Form,
            message,
        };
        return render(&app, &req, &seen, &raw, (&more, &[]), &[error], &text);
    }
    let received = domain::date_of(seen.case.received_at);
    let derived = domain::derive::derive(&seen.service, &answers, &seen.context(&app, lang), received);
    alarm::failed(&seen.service.id, &looked.failures);
    alarm::failed(&seen.service.id, &derived.failures);
    // Another day or room: the case gives up its old time and takes the new one, or neither.
    let before = domain::booking::span(&seen.service, &seen.case.answers);
    let booking = (before != domain::booking::span(&seen.service, &answers))
        .then(|| submission::booking(&seen.offer, &answers, &seen.case.id, &derived.title))
        .flatten();
    let rested = seen.case.rested_until(app.now());
    let german = seen.context(&app, schema::Lang::De);
    let decide_by = domain::assess::decide_by(&seen.service, &answers, &german, received, rested);
    let refs: Vec<PaperRef> = papers.iter().map(|p| p.0.clone()).collect();
    let (text_again, answers_again) = (text.clone(), answers.clone());
    let action = Action::Answer {
        asked_at: question.asked_at,
        answers,
        changed,
        text,
        papers: refs,
        derived: Box::new(derived),
        decide_by,
    };
    let (id, now) = (seen.case.id.clone(), app.now());
    let outcome = seen
        .tenant
        .write(move |t| -> Result<(), Stop> {
            for (paper, bytes) in &papers {
                t.put_paper(&id, paper, bytes, now)?;
            }
            t.act(&id, action, &Actor::Applicant, now)?;
            match booking.map(|b| t.rebook(&b, now)) {
                Some(Err(e)) => Err(Stop::Book(e)),
                _ => Ok(()),
            }
        })
        .await;
    let outcome = match outcome {
        Err(Stop::Book(store::BookError::Taken(taken))) => {
            let mut error = taken::meanwhile(&app, lang, &seen.offer, &answers_again, &taken).error;
            // Only what was asked is on the page.
            if !question.fields.iter().any(|(path, _)| *path == error.field) && !more.contains(&error.field) {
                error.field = question
                    .fields
                    .first()
                    .map(|(path, _)| path.clone())
                    .unwrap_or_default();
            }
            return render(&app, &req, &seen, &raw, (&more, &[]), &[error], &text_again);
        }
        Err(Stop::Book(store::BookError::Store(e))) => return Err(e.into()),
        Err(Stop::Book(other)) => return Err(Failure::Bad(other.to_string())),
        Err(Stop::Act(e)) => Err(e),
        Ok(()) => Ok(()),
    };
    match outcome {
        Ok(()) => Ok(redirect(&format!("/v/{}?gesendet=antwort", seen.case.reference))),
        // The same answer, sent twice at once: the first one is at the office.
        Err(store::ActError::Refused(_)) if answered(&app, &req, &reference, &question).await? => {
            Ok(redirect(&format!("/v/{}?gesendet=antwort", seen.case.reference)))
        }
        Err(store::ActError::Refused(refusal)) => Err(access::refused(&app, lang, refusal)),
        Err(other) => Err(other.into()),
    }
}

/// Was this question answered meanwhile?
async fn answered(app: &App, req: &Req, reference: &str, question: &domain::Question) -> Result<bool> {
    let now = access::see(app, req, reference).await?;
    Ok(now.case.question.is_none_or(|q| q.asked_at != question.asked_at))
}

/// Why the answer was rolled back.
enum Stop {
    Act(store::ActError),
    Book(store::BookError),
}

impl From<store::ActError> for Stop {
    fn from(e: store::ActError) -> Self {
        Stop::Act(e)
    }
}

impl From<store::Error> for Stop {
    fn from(e: store::Error) -> Self {
        Stop::Act(e.into())
    }
}

/// What the posted answers come to.
struct Looked {
    raw: RawAnswers,
    answers: Value,
    errors: Vec<FieldError>,
    /// Questions beside those asked that have to be answered now.
    more: Vec<String>,
    /// Rules that failed and so let the answers through.
    failures: Vec<schema::RuleFailure>,
}

/// The whole form once more, as on submission. Only what was asked may change, and what follows from it: a question
/// that the new answers open, or whose rule they break. What was wrong before came with time (a date now past) and is
/// not this person's to mend.
fn look(seen: &Seen, cx: &Context, question: &Question, posted: &Posted, base: &RawAnswers) -> Looked {
    let service = &seen.service;
    let was = RawAnswers(seen.case.answers.clone());
    let before = schema::check(service, &was, cx).err().unwrap_or_default();
    let asked: Vec<String> = question.fields.iter().map(|(path, _)| path.clone()).collect();
    let mut more: Vec<String> = Vec::new();
    loop {
        let open: Vec<&String> = asked.iter().chain(&more).collect();
        let raw = laid(service, posted, &open, base);
        let examined = schema::examine(service, &raw, cx);
        let found = examined.errors;
        let inside = |e: &FieldError| open.iter().any(|path| is_at(&e.field, path));
        let known = |e: &FieldError| before.iter().any(|b| b.field == e.field && b.kind == e.kind);
        let errors: Vec<FieldError> = found.into_iter().filter(|e| inside(e) || !known(e)).collect();
        let new: Vec<String> = errors
            .iter()
            .filter(|e| !inside(e))
            .filter_map(|e| asked_by(service, &e.field))
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        if new.is_empty() {
            return Looked {
                raw,
                answers: examined.answers,
                errors,
                more,
                failures: examined.failures,
            };
        }
        // What has been posted for them is read in the next round; each question comes up once.
        more.extend(new);
    }
}

/// Whether a field is the question at `path` or inside of it.
fn is_at(field: &str, path: &str) -> bool {
    field
        .strip_prefix(path)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// The question that a person can answer at this field.
fn asked_by(service: &Service, field: &str) -> Option<String> {
    let mut questions = service.form.pages.iter().flat_map(|page| &page.questions);
    let question = questions.find(|q| is_at(field, &q.id))?;
    (!matches!(question.kind, Kind::Computed { .. } | Kind::File { .. })).then(|| question.id.clone())
}

/// The posted answers of these questions over the kept ones. A question that was not posted keeps its answer.
fn laid(service: &Service, posted: &Posted, open: &[&String], base: &RawAnswers) -> RawAnswers {
    let mut raw = base.clone();
    for page in &service.form.pages {
        for path in open {
            let own: Vec<(String, String)> = posted.pairs.iter().filter(|(n, _)| is_at(n, path)).cloned().collect();
            if own.is_empty() {
                continue;
            }
            if let Some(value) = schema::at(&schema::from_html(service, &page.id, &own), path) {
                schema::merge(&mut raw, &schema::nested(path, value.clone()));
            }
        }
    }
    raw
}

/// Files: of file questions that were asked, and papers asked for in words.
async fn take_papers(
    app: &App,
    req: &Req,
    seen: &Seen,
    question: &Question,
    posted: &Posted,
    raw: &mut RawAnswers,
    errors: &mut Vec<FieldError>,
) -> Vec<(PaperRef, Vec<u8>)> {
    let mut papers: Vec<(PaperRef, Vec<u8>)> = Vec::new();
    let mut seen_fields = BTreeSet::new();
    for file in &posted.files {
        // One file a field: what else comes under its name was not asked for.
        if !seen_fields.insert(file.field.as_str()) {
            continue;
        }
        let asked = question.fields.iter().any(|(path, _)| *path == file.field);
        let loose = schema::Question {
            id: file.field.clone(),
            kind: schema::Kind::File {
                accept: vec!["pdf".into(), "jpg".into(), "png".into()],
                max_mb: 10,
            },
            optional: false,
            may_stay_open: false,
            personal: true,
            when: None,
            reveal: false,
            legal_basis: Vec::new(),
            sample: Vec::new(),
        };
        let named = file
            .field
            .strip_prefix("unterlage.")
            .and_then(|i| i.parse::<usize>().ok())
            .and_then(|i| question.papers.get(i));
        let by = match (asked, schema::question(&seen.service, &file.field), named) {
            (true, Some(q), _) => q,
            (_, _, Some(_)) => &loose,
            _ => continue,
        };
        let checked = upload::check(app, by, &file.bytes, req.lang).await;
        let taken = checked.and_then(|media_type| {
            let others = papers.iter().map(|(paper, _)| Stored {
                id: paper.id.clone(),
                size: paper.size.unsigned_abs(),
            });
            match upload::room_for(others, file.bytes.len()) {
                true => Ok(media_type),
                false => Err(upload::no_room(&app.texts, req.lang)),
            }
        });
        match taken {
            Ok(media_type) => {
                let info = upload::info(app, named.unwrap_or(&file.field), &file.name, media_type, &file.bytes);
                if asked {
                    let value = info.answer();
                    schema::merge(raw, &schema::nested(&file.field, value));
                }
                let paper = info.named();
                papers.push((paper, file.bytes.clone()));
            }
            Err(message) => errors.push(FieldError {
                field: file.field.clone(),
                kind: schema::ErrorKind::Paper,
                message,
            }),
        }
    }
    papers
}
