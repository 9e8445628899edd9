//! Answering a question back: only the fields asked for, the reason above each, old values filled in.

use axum::extract::{Multipart, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::{Action, Actor, PaperRef, Question};
use schema::{FieldError, RawAnswers};
use serde_json::{Value, json};

use crate::apply::draft::{nested, redirect};
use crate::apply::form::errors_title;
use crate::apply::upload::{self, Posted};
use crate::apply::view::{FormView, MapView, html_id};
use crate::case::access::{self, Seen};
use crate::case::status;
use crate::failure::{Failure, Result};
use crate::offer::{office_ctx, service_text};
use crate::req::Req;
use crate::state::App;
use crate::submission;

pub async fn page(State(app): State<App>, Path(reference): Path<String>, req: Req) -> Result<Response> {
    let seen = match access::see_or_ask(&app, &req, &reference).await {
        Ok(seen) => seen,
        Err(response) => return Ok(response),
    };
    if seen.case.question.is_none() {
        return Ok(redirect(&format!("/v/{}", seen.case.reference)));
    }
    let answers = RawAnswers(seen.case.answers.clone());
    render(&app, &req, &seen, &answers, &[], "")
}

fn render(
    app: &App,
    req: &Req,
    seen: &Seen,
    answers: &RawAnswers,
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
        items: &[],
        map: MapView::default(),
    };
    let mut asks: Vec<Value> = Vec::new();
    for (path, why) in &q.fields {
        if let Some(question) = schema::question(&seen.service, path) {
            asks.push(json!({ "title": schema::short_label(&seen.service, path, &cx), "why": why, "q": view.question(question, path, path) }));
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
            "accept": ".pdf,.jpg,.jpeg,.png", "file": Value::Null, "map": {},
        } }));
    }
    let rows: Vec<Value> = errors
        .iter()
        .map(|e| json!({ "href": html_id(&e.field), "text": e.message }))
        .collect();
    let name = service_text(&seen.service, &cx, &seen.case.answers, "name");
    let ctx = json!({
        "errors": rows, "errors_title": errors_title(app, req, errors.len()), "asks": asks, "message": message,
        "c": { "reference": seen.case.reference, "question": status::question(app, seen, lang) },
        "office": office_ctx(app, lang, &seen.offer.local.office, &seen.offer.authority()),
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
    let posted = upload::read(multipart).await?;
    let lang = req.lang;
    let cx = seen.context_today(&app, lang);
    let mut raw = RawAnswers(seen.case.answers.clone());
    // Only what was asked may change, whatever else the post holds.
    let asked: Vec<(String, String)> = posted
        .pairs
        .iter()
        .filter(|(n, _)| {
            question
                .fields
                .iter()
                .any(|(path, _)| n == path || n.starts_with(&format!("{path}.")))
        })
        .cloned()
        .collect();
    for page in &seen.service.form.pages {
        let own: Vec<(String, String)> = asked
            .iter()
            .filter(|(n, _)| {
                page.questions
                    .iter()
                    .any(|q| *n == q.id || n.starts_with(&format!("{}.", q.id)))
            })
            .cloned()
            .collect();
        if !own.is_empty() {
            let patch = schema::from_html(&seen.service, &page.id, &own);
            for (path, _) in &question.fields {
                if let Some(value) = schema::at(&patch, path) {
                    schema::merge(&mut raw, &nested(path, value.clone()));
                }
            }
        }
    }
    let mut errors = Vec::new();
    let papers = take_papers(&app, &req, &seen, &question, &posted, &mut raw, &mut errors);
    let text: String = posted
        .value("_text")
        .unwrap_or_default()
        .trim()
        .chars()
        .take(2000)
        .collect();
    let checked = schema::check(&seen.service, &raw, &cx);
    let answers = match checked {
        Ok(checked) => checked.value().clone(),
        Err(found) => {
            // Errors elsewhere came with time (a date now past): they are not this person's to mend.
            errors.extend(found.into_iter().filter(|e| {
                question
                    .fields
                    .iter()
                    .any(|(path, _)| e.field == *path || e.field.starts_with(&format!("{path}.")))
            }));
            if errors.is_empty() {
                schema::settle(&seen.service, &raw, &cx)
            } else {
                Value::Null
            }
        }
    };
    if !errors.is_empty() {
        return render(&app, &req, &seen, &raw, &errors, &text);
    }
    let changed: Vec<String> = question
        .fields
        .iter()
        .map(|(path, _)| path.clone())
        .filter(|path| schema::at(&answers, path) != schema::at(&seen.case.answers, path))
        .collect();
    if changed.is_empty() && papers.is_empty() && text.is_empty() {
        let message = app.texts.text(lang, "complete.missing_any");
        let field = question
            .fields
            .first()
            .map_or_else(|| "_text".to_owned(), |(path, _)| path.clone());
        return render(
            &app,
            &req,
            &seen,
            &raw,
            &[FieldError {
                field,
                kind: schema::ErrorKind::Missing,
                message,
            }],
            &text,
        );
    }
    let received = domain::date_of(seen.case.received_at);
    let derived = domain::derive::derive(&seen.service, &answers, &seen.context(&app, lang), received);
    for failure in &derived.failures {
        tracing::error!(service = %seen.service.id, failure = %failure, "a rule failed at run time");
    }
    // Another day or room: the case gives up its old time and takes the new one, or neither.
    let before = domain::booking::span(&seen.service, &seen.case.answers);
    let booking = (before != domain::booking::span(&seen.service, &answers))
        .then(|| submission::booking(&seen.offer, &answers, &seen.case.id, &derived.title))
        .flatten();
    let rested = seen.case.rested_until(app.now());
    let german = seen.context(&app, schema::Lang::De);
    let decide_by = domain::assess::decide_by(&seen.service, &answers, &german, received, rested);
    let refs: Vec<PaperRef> = papers.iter().map(|p| p.0.clone()).collect();
    let text_again = text.clone();
    let action = Action::Answer {
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
            let mut error = submission::taken_error(&app, lang, &seen.service, &taken);
            // Only what was asked is on the page.
            if !question.fields.iter().any(|(path, _)| *path == error.field) {
                error.field = question
                    .fields
                    .first()
                    .map(|(path, _)| path.clone())
                    .unwrap_or_default();
            }
            return render(&app, &req, &seen, &raw, &[error], &text_again);
        }
        Err(Stop::Book(store::BookError::Store(e))) => return Err(e.into()),
        Err(Stop::Book(other)) => return Err(Failure::Bad(other.to_string())),
        Err(Stop::Act(e)) => Err(e),
        Ok(()) => Ok(()),
    };
    match outcome {
        Ok(()) => Ok(redirect(&format!("/v/{}?gesendet=antwort", seen.case.reference))),
        Err(store::ActError::Refused(refusal)) => Err(access::refused(&app, lang, refusal)),
        Err(other) => Err(Failure::internal(other)),
    }
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

/// Files: of file questions that were asked, and papers asked for in words.
fn take_papers(
    app: &App,
    req: &Req,
    seen: &Seen,
    question: &Question,
    posted: &Posted,
    raw: &mut RawAnswers,
    errors: &mut Vec<FieldError>,
) -> Vec<(PaperRef, Vec<u8>)> {
    let mut papers = Vec::new();
    for file in &posted.files {
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
        match upload::check(by, &file.bytes, &app.texts, req.lang) {
            Ok(media_type) => {
                let info = upload::info(app, named.unwrap_or(&file.field), &file.name, media_type, &file.bytes);
                if asked {
                    let value = json!({ "name": info.name, "media_type": info.media_type, "size": info.size, "sha256": info.sha256, "paper": info.id.0 });
                    schema::merge(raw, &nested(&file.field, value));
                }
                let paper = PaperRef {
                    id: info.id,
                    question: info.question,
                    name: info.name,
                    media_type: info.media_type,
                    size: info.size,
                    sha256: info.sha256,
                };
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
