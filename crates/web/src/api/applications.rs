//! Submitting an application: the same checks and the same durable transaction as the pages.

use axum::extract::{Path, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::{Actor, Ags, Channel, PaperRef};
use schema::{CheckedAnswers, Context, Exit, FieldError, Kind, Lang, RawAnswers, Service};
use serde_json::{Value, json};

use crate::apply::upload;
use crate::failure::{Failure, Result};
use crate::format;
use crate::frame::problem_with;
use crate::guard::FILES;
use crate::limits::Limit;
use crate::offer::Offer;
use crate::req::Req;
use crate::state::App;
use crate::submission::{Incoming, Sent, earlier, request_hash, send};

/// Characters of an idempotency key at most.
const KEY: usize = 200;
const MB: usize = 1024 * 1024;
/// Bytes of a request without files at most.
const TEXT: usize = MB / 2;

pub async fn submit(
    State(app): State<App>,
    Path((ags, service)): Path<(String, String)>,
    req: Req,
    request: Request,
) -> Result<Response> {
    app.limits
        .take(req.address, Limit::Submit, app.now())
        .map_err(Failure::TooMany)?;
    let service = app.services.latest(&service).ok_or(Failure::Page)?;
    let place = app.place_by_ags(&Ags(ags))?;
    let headers = &req.headers;
    let Some(key) = headers
        .get("idempotency-key")
        .and_then(|v| v.to_str().ok())
        .map(str::trim)
        .filter(|k| !k.is_empty() && k.len() <= KEY)
    else {
        return Err(Failure::Bad(
            "Der Kopf Idempotency-Key fehlt. Senden Sie für jeden Antrag einen eigenen, höchstens 200 Zeichen.".into(),
        ));
    };
    let typed = headers
        .get(header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok())
        .unwrap_or_default();
    if !typed.starts_with("application/json") {
        return Ok(problem_with(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported-media-type",
            "Senden Sie JSON mit Content-Type: application/json.",
            json!({}),
        ));
    }
    let body = axum::body::to_bytes(request.into_body(), most(&service))
        .await
        .map_err(|e| too_large(&e, most(&service)))?;
    let given = app
        .work
        .run(move || read(&body).map(|answers| (request_hash(&answers), answers)))
        .await?;
    let (hash, answers) = given.map_err(Failure::Bad)?;
    let offer = app.offer_of(place, service).await?;
    // What was sent once is answered as it was, whatever day it is, whoever is responsible and whatever has been set
    // since: nothing is checked before.
    if let Some(sent) = earlier(&app, &offer, key, hash).await? {
        return Ok(respond(&offer, sent));
    }
    let cx = offer.context(&app, req.lang);
    let (mut raw, mut errors) = (RawAnswers(answers), Vec::new());
    let papers = take_files(&app, &req, cx.lang, &offer.service, &mut raw, &mut errors).await?;
    let seen = {
        let (service, cx) = (offer.service.clone(), cx.clone());
        app.work.run(move || look(&service, &cx, &raw)).await?
    };
    if !offer.local.open {
        let detail = schema::fill_authority(
            "{authority.subject} nimmt diesen Antrag noch nicht online an. Füllen Sie ihn auf der Website aus und drucken Sie ihn.",
            &offer.route.authority.name,
            Lang::De,
        );
        let more = json!({ "authority": { "id": offer.route.authority.id.0, "name": offer.route.authority.name }, "form": offer.path() });
        return Ok(problem_with(StatusCode::CONFLICT, "not-online", &detail, more));
    }
    if let Some((exit, settled)) = seen.exit {
        let text = offer.text(&cx, &settled, &format!("exit.{}.text", exit.id));
        return Ok(problem_with(
            StatusCode::UNPROCESSABLE_ENTITY,
            "not-applicable",
            &text,
            json!({ "exit": exit.id, "kind": exit.kind, "errors": [] }),
        ));
    }
    let checked = match seen.checked {
        Ok(checked) if errors.is_empty() => checked,
        other => {
            let mut all = other.err().unwrap_or_default();
            all.retain(|e| !errors.iter().any(|f: &FieldError| f.field == e.field));
            all.extend(errors);
            return Ok(problem_with(
                StatusCode::UNPROCESSABLE_ENTITY,
                "invalid-answers",
                "Bitte ändern Sie die genannten Angaben.",
                json!({ "errors": all }),
            ));
        }
    };
    let incoming = Incoming {
        answers: checked,
        papers,
        key: key.to_owned(),
        request: hash,
        id: None,
        channel: Channel::Api,
        actor: Actor::Applicant,
        // No program vouches for a person.
        identity: None,
        lang: req.lang,
    };
    Ok(respond(&offer, send(&app, &offer, incoming).await?))
}

/// Bytes of a request at most: its files as base64, and the rest.
fn most(service: &Service) -> usize {
    let questions = service.form.pages.iter().flat_map(|page| &page.questions);
    let files: usize = questions
        .map(|q| match q.kind {
            Kind::File { max_mb, .. } => max_mb as usize * MB / 3 * 4,
            _ => 0,
        })
        .sum();
    (TEXT + files).min(FILES)
}

fn too_large(error: &axum::Error, most: usize) -> Failure {
    use std::error::Error as _;
    let mut cause = error.source();
    while let Some(error) = cause {
        if error.is::<http_body_util::LengthLimitError>() {
            return Failure::TooLarge(u32::try_from(most.div_ceil(MB)).unwrap_or(u32::MAX));
        }
        cause = error.source();
    }
    Failure::Incomplete
}

/// Everything that answers yield.
struct Looked {
    checked: Result<CheckedAnswers, Vec<FieldError>>,
    exit: Option<(Exit, Value)>,
}

/// Reads answers: computes for a while.
fn look(service: &Service, cx: &Context, raw: &RawAnswers) -> Looked {
    let settled = schema::settle(service, raw, cx);
    let exit = schema::exit(service, &settled, cx, None).cloned();
    Looked {
        checked: schema::check(service, raw, cx),
        exit: exit.map(|exit| (exit, settled)),
    }
}

/// The answer to what came of a submission.
fn respond(offer: &Offer, sent: Sent) -> Response {
    match sent {
        Sent::Done(body) => (
            StatusCode::CREATED,
            [(header::CONTENT_TYPE, "application/json")],
            body.to_string(),
        )
            .into_response(),
        Sent::KeyReused => problem_with(
            StatusCode::CONFLICT,
            "key-reused",
            "Dieser Idempotency-Key gehört schon zu anderen Angaben. Senden Sie einen neuen.",
            json!({}),
        ),
        Sent::Unsure(needed) => problem_with(
            StatusCode::FORBIDDEN,
            "assurance-needed",
            "Für diesen Antrag muss feststehen, wer ihn sendet. Das geht nur auf der Website, nach dem Anmelden über einen Dienst.",
            json!({ "needed": needed, "form": offer.path() }),
        ),
        Sent::Taken(taken) => {
            let free: Vec<Value> = taken
                .free
                .iter()
                .map(|s| json!({ "from": format::iso(s.from), "to": format::iso(s.to) }))
                .collect();
            problem_with(
                StatusCode::CONFLICT,
                "room-taken",
                "Der Raum ist in dieser Zeit schon vergeben.",
                json!({ "room": taken.room, "free": free }),
            )
        }
    }
}

/// `{"answers":{…}}` and nothing else.
fn read(body: &[u8]) -> Result<Value, String> {
    let value: Value = serde_json::from_slice(body)
        .map_err(|e| format!("Das ist kein JSON: Zeile {}, Spalte {}.", e.line(), e.column()))?;
    let Value::Object(mut map) = value else {
        return Err("Senden Sie ein Objekt mit answers.".into());
    };
    let answers = map
        .remove("answers")
        .filter(Value::is_object)
        .ok_or("Das Objekt answers fehlt.")?;
    match map.keys().next() {
        Some(other) => Err(format!("„{other}“ gehört nicht hierher. Erlaubt ist nur answers.")),
        None => Ok(answers),
    }
}

/// Files come as base64; they are weighed as those of the pages are, checked by content, and leave the answers as facts.
async fn take_files(
    app: &App,
    req: &Req,
    lang: Lang,
    service: &Service,
    raw: &mut RawAnswers,
    errors: &mut Vec<FieldError>,
) -> Result<Vec<(PaperRef, Vec<u8>)>> {
    let mut files = Vec::new();
    for question in service
        .form
        .pages
        .iter()
        .flat_map(|p| &p.questions)
        .filter(|q| matches!(q.kind, Kind::File { .. }))
    {
        let Some(value) = at_mut(&mut raw.0, &question.id) else {
            continue;
        };
        if value.is_null() || value.as_str() == Some("?") {
            continue;
        }
        let mut refuse = |message: String| {
            errors.push(FieldError {
                field: question.id.clone(),
                kind: schema::ErrorKind::Paper,
                message,
            })
        };
        let (Some(name), Some(content)) = (value["name"].as_str(), value["content_base64"].as_str()) else {
            refuse("Eine Datei braucht name, media_type und content_base64.".into());
            continue;
        };
        let name = upload::clean_name(name);
        match STANDARD.decode(content) {
            Ok(bytes) => files.push((question, name, bytes)),
            Err(_) => refuse("content_base64 ist kein gültiges Base64.".into()),
        }
    }
    if files.is_empty() {
        return Ok(Vec::new());
    }
    // Before any of them is looked through: that costs a process each, and what is kept fills the disk of all.
    let weight = files.iter().map(|(.., bytes)| bytes.len()).sum();
    app.limits.upload(req.address, weight, app.now())?;
    let mut papers: Vec<(PaperRef, Vec<u8>)> = Vec::new();
    for (question, name, bytes) in files {
        let checked = upload::check(app, question, &name, &bytes, lang).await;
        let taken = checked.and_then(|media_type| {
            let others = upload::stored(&raw.0);
            match upload::room_for(others.into_iter(), bytes.len()) {
                true => Ok(media_type),
                false => Err(upload::no_room(&app.texts, &name, lang)),
            }
        });
        match taken {
            Ok(media_type) => {
                let info = upload::info(app, &question.id, &name, media_type, &bytes);
                if let Some(value) = at_mut(&mut raw.0, &question.id) {
                    *value = info.answer();
                }
                papers.push((info.named(), bytes));
            }
            Err(message) => errors.push(FieldError {
                field: question.id.clone(),
                kind: schema::ErrorKind::Paper,
                message,
            }),
        }
    }
    Ok(papers)
}

fn at_mut<'a>(value: &'a mut Value, path: &str) -> Option<&'a mut Value> {
    path.split('.').try_fold(value, |v, key| v.get_mut(key))
}
