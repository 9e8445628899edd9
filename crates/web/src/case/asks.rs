//! The page that answers a question back: only what was asked for, the reason above each, old values filled in.

use axum::http::StatusCode;
use axum::response::Response;
use domain::Question;
use schema::{Context, FieldError, Kind, Lang, RawAnswers};
use serde_json::{Value, json};

use crate::apply::form::errors_title;
use crate::apply::tools;
use crate::apply::view::{FormView, html_id};
use crate::case::access::Seen;
use crate::case::held::{Held, paper_field};
use crate::case::status;
use crate::failure::{Failure, Result};
use crate::format;
use crate::offer::service_text;
use crate::reach::office_ctx;
use crate::req::Req;
use crate::state::App;

/// Field of what is written beside the answers.
pub const TEXT_FIELD: &str = "_text";

/// What the page shows after a post that did not send.
#[derive(Default)]
pub struct Shown {
    /// Questions beside those asked that have to be answered now.
    pub more: Vec<String>,
    pub items: Vec<(String, usize)>,
    pub view: Option<String>,
    pub errors: Vec<FieldError>,
    pub message: String,
    /// Fields of papers that are to come later.
    pub later: Vec<String>,
}

/// The tick that a paper is to come later; null where one was chosen.
fn later(held: &Held, shown: &Shown, field: &str) -> Value {
    if held.at(field).is_some() {
        return Value::Null;
    }
    let name = later_field(field);
    json!({ "name": name, "id": html_id(&name), "checked": shown.later.iter().any(|f| f == field) })
}

pub fn later_field(field: &str) -> String {
    format!("spaeter.{field}")
}

/// Papers that were asked for: field and name.
pub fn papers_wanted(seen: &Seen, question: &Question, cx: &Context) -> Vec<(String, String)> {
    let of_form = question.fields.iter().map(|(path, _)| path);
    let of_form = of_form.filter(|path| is_file(seen, path));
    let of_form = of_form.map(|path| (path.clone(), schema::short_label(&seen.service, path, cx)));
    let in_words = question.papers.iter().enumerate();
    of_form
        .chain(in_words.map(|(i, name)| (paper_field(i), name.clone())))
        .collect()
}

fn is_file(seen: &Seen, path: &str) -> bool {
    schema::question(&seen.service, path).is_some_and(|q| matches!(q.kind, Kind::File { .. }))
}

pub fn render(app: &App, req: &Req, seen: &Seen, held: &Held, answers: &RawAnswers, shown: &Shown) -> Result<Response> {
    let lang = req.lang;
    let cx = seen.context_today(app, lang);
    let q = seen.case.question.as_ref().ok_or(Failure::Case)?;
    let errors = &shown.errors;
    let view = FormView {
        service: &seen.service,
        cx: &cx,
        texts: &app.texts,
        answers: &answers.0,
        errors,
        items: &shown.items,
        map: tools::map_view(app, &seen.offer, shown.view.as_deref()),
        class: None,
    };
    let mut asks: Vec<Value> = Vec::new();
    let ask = |path: &str, why: &str| {
        let question = schema::question(&seen.service, path)?;
        let mut drawn = view.question(question, path, path);
        // What lies at the office already is replaced, not removed.
        if !drawn["file"].is_null() {
            drawn["file"]["removable"] = held.at(path).is_some().into();
        }
        let later = match is_file(seen, path) {
            true => later(held, shown, path),
            false => Value::Null,
        };
        // Voluntary in the form or not: the office has asked for this paper.
        if is_file(seen, path) {
            drawn["optional"] = false.into();
        }
        let title = schema::short_label(&seen.service, path, &cx);
        Some(json!({ "title": title, "why": why, "q": drawn, "later": later }))
    };
    asks.extend(q.fields.iter().filter_map(|(path, why)| ask(path, why)));
    // Questions that the new answers raise: they can be answered here and now.
    let follows = app.texts.text(lang, "complete.follows");
    asks.extend(shown.more.iter().filter_map(|path| ask(path, &follows)));
    for (i, name) in q.papers.iter().enumerate() {
        asks.push(paper(app, lang, held, shown, i, name));
    }
    let rows: Vec<Value> = errors
        .iter()
        .map(|e| json!({ "href": html_id(&e.field), "text": e.message }))
        .collect();
    let name = service_text(&seen.service, &cx, &seen.case.answers, "name");
    let ctx = json!({
        "errors": rows, "errors_title": errors_title(app, req, errors.len()), "asks": asks, "message": shown.message,
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

/// A paper that is asked for in words.
fn paper(app: &App, lang: Lang, held: &Held, shown: &Shown, i: usize, name: &str) -> Value {
    let id = paper_field(i);
    let error = shown.errors.iter().find(|e| e.field == id);
    let error = error.map(|e| e.message.as_str()).unwrap_or_default();
    let hint = app
        .texts
        .fill(lang, "form.file_hint", &[("types", "PDF, JPG, PNG"), ("mb", "10")]);
    let file = held.at(&id).map(|info| {
        let size = format::size_in(info.size.unsigned_abs(), lang);
        json!({ "name": info.name, "size": size, "removable": true })
    });
    json!({ "title": name, "why": "", "later": later(held, shown, &id), "q": {
        "kind": "file", "id": html_id(&id), "name": id, "label": app.texts.fill(lang, "complete.paper", &[("name", name)]), "hint": hint,
        "optional": false, "error": error, "value": "", "unit": "", "options": [], "open_offered": false, "open": false, "reveal": false,
        "parts": [], "items": [], "can_add": false, "add_label": "", "inputmode": "", "autocomplete": "", "input_type": "file",
        "accept": ".pdf,.jpg,.jpeg,.png", "file": file, "map": {}, "from": "",
    } })
}
