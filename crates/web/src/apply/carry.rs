//! Another application for the same event: every answer with the same meaning is taken over, and only what is new is
//! asked.

use axum::extract::{Form, Path, State};
use axum::response::Response;
use schema::{Context, Kind, Question, RawAnswers, Service};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::apply::draft::{self, Begun};
use crate::case::access::{self, Seen};
use crate::failure::{Failure, Result};
use crate::limits::Limit;
use crate::offer::service_text;
use crate::reply::redirect;
use crate::req::Req;
use crate::state::App;

#[derive(Debug, Deserialize)]
pub struct CarryOver {
    von: String,
}

/// Begins the other application with what is known; one that this browser has begun already gets what it lacks.
pub async fn carry_over(
    State(app): State<App>,
    Path((slug, service)): Path<(String, String)>,
    req: Req,
    Form(input): Form<CarryOver>,
) -> Result<Response> {
    let seen = access::see(&app, &req, &input.von).await?;
    let (offer, found) = draft::load_with_offer(&app, &req, &slug, &service).await?;
    let found = found.filter(|b| b.kept.sent.is_none());
    let before = found.as_ref().map(Begun::answers).unwrap_or_default();
    let (mut answers, mut carried) = (before.clone(), Vec::new());
    for (path, value) in known(&seen, &offer.service, &seen.context(&app, req.lang)) {
        if schema::at(&before.0, &path).is_none_or(Value::is_null) {
            schema::merge(&mut answers, &schema::nested(&path, value));
            carried.push(path);
        }
    }
    let begun = match found {
        Some(mut begun) => {
            begun.kept.answers = answers.0;
            begun.kept.carried.extend(carried);
            if !begun.save(&app).await? {
                return Err(Failure::Busy);
            }
            begun
        }
        None => {
            app.limits
                .take(req.address, Limit::Draft, app.now())
                .map_err(Failure::TooMany)?;
            draft::create(&app, &req, &offer, answers.0, carried).await?
        }
    };
    let mut response = redirect(&format!("{}/antrag", offer.path()));
    draft::remember(&mut response, &app, &req, &offer, &begun.kept.link);
    Ok(response)
}

/// What the case answers of the other service's questions. Files stay where they are: they belong to the first
/// application. Where it is goes along in words, if one asks for a room and the other for a description.
fn known(seen: &Seen, to: &Service, cx: &Context) -> Vec<(String, Value)> {
    let answers = &seen.case.answers;
    let mut out: Vec<(String, Value)> = questions(to)
        .filter(|q| !matches!(q.kind, Kind::File { .. } | Kind::Computed { .. }))
        .filter_map(|q| Some((q.id.clone(), schema::at(answers, &q.id)?.clone())))
        .filter(|(_, value)| !value.is_null())
        .collect();
    if let (Some(from), Some(path)) = (&seen.service.event.place, &to.event.place)
        && from != path
        && let (Some(asked), Some(question)) = (schema::question(&seen.service, from), schema::question(to, path))
        && matches!(question.kind, Kind::Text { .. } | Kind::LongText { .. })
        && let Some(value) = schema::at(answers, from).filter(|v| !v.is_null())
    {
        let words = format!("{}, {}", schema::show(asked, value, &seen.service, cx), cx.place.name);
        out.push((path.clone(), words.into()));
    }
    out
}

fn questions(service: &Service) -> impl Iterator<Item = &Question> {
    service.form.pages.iter().flat_map(|p| &p.questions)
}

/// Was everything that the page asks taken over, and is it right? Then nobody has to look at it before the end.
pub fn knows_all(
    service: &Service,
    page: &schema::VisiblePage<'_>,
    carried: &[String],
    raw: &RawAnswers,
    cx: &Context,
) -> bool {
    let asked = page.questions.iter().filter(|q| q.shown);
    let mut asked = asked.filter(|q| !matches!(q.question.kind, Kind::Computed { .. }));
    let known = |id: &String| carried.contains(id);
    !carried.is_empty()
        && asked.all(|q| known(&q.question.id))
        && schema::check_page(service, &page.page.id, raw, cx).is_ok()
}

/// Other services of the bundle that the same event needs, by the bundle's rules.
pub fn offers(app: &App, seen: &Seen, cx: &Context) -> Vec<Value> {
    let offers = app.bundle.after(&seen.service, &seen.case.answers, cx);
    offers
        .into_iter()
        .filter_map(|offer| {
            let service = app.services.latest(&offer.service)?;
            let name = service_text(&service, cx, &json!({}), "name");
            let href = format!("/{}/{}/uebernehmen", seen.offer.place.slug, service.id);
            Some(json!({ "href": href, "name": name, "text": offer.why(cx.lang) }))
        })
        .collect()
}
