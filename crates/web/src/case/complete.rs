//! Answering a question back: what is posted is laid over what was known, checked as a whole and sent; files are kept
//! until then. The page: `asks`.

use axum::extract::{Multipart, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::{Action, Actor, PaperRef, Question};
use schema::{ErrorKind, FieldError, Kind, Lang, RawAnswers};
use serde_json::json;

use crate::alarm;
use crate::apply::tools;
use crate::apply::upload::{self, Posted};
use crate::case::access::{self, Seen};
use crate::case::asks::{Shown, TEXT_FIELD, later_field, papers_wanted, render};
use crate::case::held::Held;
use crate::case::look::look;
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

pub async fn page(State(app): State<App>, Path(reference): Path<String>, req: Req) -> Result<Response> {
    let seen = match access::see_or_ask(&app, &req, &reference).await {
        Ok(seen) => seen,
        Err(response) => return Ok(response),
    };
    let Some(question) = &seen.case.question else {
        return Ok(redirect(&format!("/v/{}", seen.case.reference)));
    };
    let held = Held::load(&app, &req, &seen, question).await?;
    let answers = with_files(&seen, question, &held);
    render(&app, &req, &seen, &held, &answers, &Shown::default())
}

/// The answers of the case, with the files that were chosen since.
fn with_files(seen: &Seen, question: &Question, held: &Held) -> RawAnswers {
    let mut answers = RawAnswers(seen.case.answers.clone());
    for (field, info) in held.all() {
        if question.fields.iter().any(|(path, _)| path == field) {
            tools::remove(&mut answers.0, field);
            schema::merge(&mut answers, &schema::nested(field, info.answer()));
        }
    }
    answers
}

/// The page once more, with what was typed; files that were taken are kept for the next post.
async fn again(app: &App, req: &Req, seen: &Seen, held: Held, answers: &RawAnswers, shown: &Shown) -> Result<Response> {
    let mut response = render(app, req, seen, &held, answers, shown)?;
    let question = seen.case.question.as_ref().ok_or(Failure::Case)?;
    held.keep(app, seen, question, &mut response).await?;
    Ok(response)
}

/// Papers that neither came nor are said to come later.
fn missing(app: &App, lang: Lang, wanted: &[(String, String)], held: &Held, shown: &Shown) -> Vec<FieldError> {
    wanted
        .iter()
        .filter(|(field, _)| held.at(field).is_none() && !shown.later.contains(field))
        .filter(|(field, _)| shown.errors.iter().all(|known| known.field != *field))
        .map(|(field, name)| FieldError {
            field: field.clone(),
            kind: ErrorKind::Paper,
            message: app.texts.fill(lang, "complete.paper_missing", &[("name", name)]),
        })
        .collect()
}

/// A button other than "send" was pressed, known or not: nothing is sent.
fn tool_pressed(posted: &Posted) -> bool {
    let mut names = posted.pairs.iter().map(|(name, _)| name);
    names.any(|name| name.starts_with('_') && name != TEXT_FIELD || name.contains(".karte"))
}

pub async fn send(
    State(app): State<App>,
    Path(reference): Path<String>,
    req: Req,
    multipart: Multipart,
) -> Result<Response> {
    let seen = access::see(&app, &req, &reference).await?;
    let Some(question) = seen.case.question.clone() else {
        let posted = upload::read(multipart, FILES).await?;
        return over(&app, &req, &seen, &posted);
    };
    let wanted = question.papers.len() + question.fields.len();
    let posted = upload::read(multipart, (wanted * (upload::MAX_FILE + SMALL) + SMALL).min(FILES)).await?;
    if !posted.files.is_empty() {
        app.limits.upload(req.address, posted.weight(), app.now())?;
        upload::fits(&app, &seen.case.place, posted.weight()).await?;
    } else if !tool_pressed(&posted) {
        app.limits
            .take(req.address, Limit::Message, app.now())
            .map_err(Failure::TooMany)?;
    }
    // As it is now, not as it was before the files came: a second click or another device may have answered meanwhile.
    let seen = access::see(&app, &req, &reference).await?;
    if seen.case.question.as_ref().map(|q| q.asked_at) != Some(question.asked_at) {
        return over(&app, &req, &seen, &posted);
    }
    let lang = req.lang;
    let cx = seen.context_today(&app, lang);
    let mut held = Held::load(&app, &req, &seen, &question).await?;
    let text = posted.value(TEXT_FIELD).unwrap_or_default().trim().to_owned();
    let wanted = papers_wanted(&seen, &question, &cx);
    let fields = wanted.iter().map(|(field, _)| field.clone());
    let mut shown = Shown {
        errors: held.take(&app, &req, &seen, &question, &posted).await,
        message: text.clone(),
        later: fields.filter(|field| posted.has(&later_field(field))).collect(),
        ..Shown::default()
    };
    if let Some(field) = posted.value("_datei_entfernen") {
        held.remove(field);
    }
    let looked = look(&seen, &cx, &question, &posted, &with_files(&seen, &question, &held));
    let mut raw = looked.raw;
    shown.more = looked.more;
    if tool_pressed(&posted) {
        let open = question.fields.iter().map(|(path, _)| path).chain(&shown.more);
        let points: Vec<&str> = open
            .filter(|path| schema::question(&seen.service, path).is_some_and(|q| matches!(q.kind, Kind::MapPoint)))
            .map(String::as_str)
            .collect();
        // Files lie with `held`: what the office has of a field stays.
        if !posted.has("_datei_entfernen")
            && let Some(edited) = tools::edit_on_page(&points, &cx.place.outline, &mut raw, &posted)
        {
            (shown.items, shown.view) = (edited.items, edited.view);
        }
        return again(&app, &req, &seen, held, &raw, &shown).await;
    }
    shown.view = tools::posted_view(&posted);
    shown.errors.extend(looked.errors);
    shown.errors.extend(missing(&app, lang, &wanted, &held, &shown));
    if let Some(message) = status::too_long(&app, lang, &text, status::MESSAGE) {
        shown.errors.push(FieldError {
            field: TEXT_FIELD.to_owned(),
            kind: ErrorKind::Length,
            message,
        });
    }
    if !shown.errors.is_empty() {
        return again(&app, &req, &seen, held, &raw, &shown).await;
    }
    let papers = held.papers(&app).await?;
    // What is worked out from the answers holds as of the day of receipt: a notice that came in time does not become late
    // because a question was answered later.
    let then = seen.context(&app, lang);
    let answers = schema::settle(&seen.service, &raw, &then);
    let asked = question.fields.iter().map(|(path, _)| path).chain(&shown.more);
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
            kind: ErrorKind::Form,
            message,
        };
        shown.errors.push(error);
        return again(&app, &req, &seen, held, &raw, &shown).await;
    }
    let received = domain::date_of(seen.case.received_at);
    let derived = domain::derive::derive(&seen.service, &answers, &then, received);
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
    let answers_again = answers.clone();
    let action = Action::Answer {
        asked_at: question.asked_at,
        answers,
        changed,
        text: with_later(&app, &wanted, &held, &shown),
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
            let met = taken::meanwhile(&app, lang, &seen.offer, &answers_again, &taken);
            let mut error = met.error;
            if !met.days.is_empty() {
                error.message = [error.message, met.free].join(lang.gap());
            }
            // Only what was asked is on the page.
            if !question.fields.iter().any(|(path, _)| *path == error.field) && !shown.more.contains(&error.field) {
                error.field = question
                    .fields
                    .first()
                    .map(|(path, _)| path.clone())
                    .unwrap_or_default();
            }
            shown.errors.push(error);
            return again(&app, &req, &seen, held, &raw, &shown).await;
        }
        Err(Stop::Book(store::BookError::Store(e))) => return Err(e.into()),
        Err(Stop::Book(other)) => return Err(Failure::Bad(other.to_string())),
        Err(Stop::Act(e)) => Err(e),
        Ok(()) => Ok(()),
    };
    match outcome {
        Ok(()) => {
            let mut response = redirect(&format!("/v/{}?gesendet=antwort", seen.case.reference));
            held.sent(&app, &seen, &mut response).await?;
            Ok(response)
        }
        Err(store::ActError::Refused(refusal)) => {
            let now = access::see(&app, &req, &reference).await?;
            if now.case.question.as_ref().map(|q| q.asked_at) != Some(question.asked_at) {
                return match now.case.state.is_open() {
                    // The same answer, sent twice at once: the first one is at the office.
                    true => Ok(redirect(&format!("/v/{}?gesendet=antwort", seen.case.reference))),
                    false => over(&app, &req, &now, &posted),
                };
            }
            shown.errors.push(FieldError {
                field: TEXT_FIELD.to_owned(),
                kind: ErrorKind::Form,
                message: access::refusal(&app, lang, refusal),
            });
            again(&app, &req, &seen, held, &raw, &shown).await
        }
        Err(other) => Err(other.into()),
    }
}

/// What was written, and which papers are to come later: the office reads it.
fn with_later(app: &App, wanted: &[(String, String)], held: &Held, shown: &Shown) -> String {
    let names: Vec<&str> = wanted
        .iter()
        .filter(|(field, _)| held.at(field).is_none() && shown.later.contains(field))
        .map(|(_, name)| name.as_str())
        .collect();
    if names.is_empty() {
        return shown.message.clone();
    }
    let names = names.join(", ");
    let line = app.texts.fill(Lang::De, "complete.later_line", &[("names", &names)]);
    format!("{}\n\n{line}", shown.message).trim().to_owned()
}

/// The question is no longer there. Where it was answered, the status page says so; where the case went elsewhere or is
/// decided, what was written is given back: nobody has read it.
fn over(app: &App, req: &Req, seen: &Seen, posted: &Posted) -> Result<Response> {
    let typed: Vec<&str> = posted
        .pairs
        .iter()
        .filter(|(name, value)| (name == TEXT_FIELD || !name.starts_with('_')) && !value.trim().is_empty())
        .map(|(_, value)| value.trim())
        .collect();
    if seen.case.state.is_open() || (typed.is_empty() && posted.files.is_empty()) {
        return Ok(redirect(&format!("/v/{}", seen.case.reference)));
    }
    let cx = seen.context(app, req.lang);
    let name = service_text(&seen.service, &cx, &seen.case.answers, "name");
    let ctx = json!({
        "reference": seen.case.reference, "typed": typed.join("\n\n"), "files": !posted.files.is_empty(),
        "office": office_ctx(app, req.lang, &seen.offer),
    });
    let ui = app.ui_form(req, &seen.offer, &name);
    app.page(StatusCode::CONFLICT, "case/question_over.html", ui, ctx)
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
