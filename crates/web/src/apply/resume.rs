//! Stopping and going on: code and link of a draft, on this or another device.

use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::ToSpan;
use serde::Deserialize;
use serde_json::json;
use store::{Draft, Resume};

use crate::account::keep;
use crate::apply::draft;
use crate::apply::sent;
use crate::failure::{Failure, Result};
use crate::format;
use crate::offer::Offer;
use crate::reply::redirect;
use crate::req::Req;
use crate::state::App;

/// "Später weitermachen": code, link and how long the draft is kept.
pub async fn later(
    State(app): State<App>,
    Path((slug, service)): Path<(String, String)>,
    req: Req,
) -> Result<Response> {
    let (offer, Some(begun)) = draft::load_with_offer(&app, &req, &slug, &service).await? else {
        return Ok(redirect(&format!("/{slug}/{service}/antrag")));
    };
    if let Some(page) = sent::instead(&app, &req, &offer, Some(&begun)) {
        return page;
    }
    let cx = offer.context(&app, req.lang);
    let name = offer.text(&cx, &begun.kept.answers, "name");
    let until = domain::date_of(begun.draft.updated_at).saturating_add(store::DRAFT_DAYS.days());
    let ctx = json!({
        "service_name": name, "place": offer.place.ctx(), "until": format::long_date(until, req.lang), "code": begun.kept.code,
        "link": format!("{}/weiter/{}", app.config.base_url, begun.kept.link), "go_on": format!("{}/antrag", offer.path()),
    });
    app.ok("later.html", app.ui_form(&req, &offer, &name), ctx)
}

pub async fn page(State(app): State<App>, req: Req) -> Result<Response> {
    form(&app, &req, "", "")
}

fn form(app: &App, req: &Req, code: &str, error: &str) -> Result<Response> {
    let errors = if error.is_empty() {
        Vec::new()
    } else {
        vec![json!({ "href": "code", "text": error })]
    };
    let status = if error.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let ctx = json!({ "errors": errors, "errors_title": app.texts.text(req.lang, "form.errors_one"), "error": error, "code": code });
    app.page(status, "resume.html", app.ui(req), ctx)
}

#[derive(Debug, Deserialize)]
pub struct Entered {
    #[serde(default)]
    code: String,
}

pub async fn enter(State(app): State<App>, req: Req, Form(input): Form<Entered>) -> Result<Response> {
    let t = |key: &str| app.texts.text(req.lang, key);
    if input.code.trim().is_empty() {
        return form(&app, &req, "", &t("resume.missing"));
    }
    let look = async { Ok(app.store.drafts().by_code(&input.code, app.now()).await?) };
    match guess(&app, &req, look).await? {
        Resume::Found(draft) => open(&app, &req, &draft).await,
        Resume::NotFound => form(&app, &req, &input.code, &t("resume.wrong")),
        Resume::Locked { .. } => form(&app, &req, &input.code, &t("resume.locked")),
    }
}

/// A link names no place: on to where the browser says which draft it holds itself.
pub async fn link(State(app): State<App>, Path(link): Path<String>, req: Req) -> Result<Response> {
    let draft = behind(&app, &req, &link).await?;
    let place = app.place_by_ags(&draft.place)?;
    Ok(redirect(&format!("/{}/{}/weiter/{link}", place.slug, draft.service)))
}

async fn behind(app: &App, req: &Req, link: &str) -> Result<Box<Draft>> {
    let look = async { Ok(app.store.drafts().by_link(link, app.now()).await?) };
    match guess(app, req, look).await? {
        Resume::Found(draft) => Ok(draft),
        _ => Err(Failure::Gone(app.texts.text(req.lang, "resume.wrong"))),
    }
}

type Linked = Path<(String, String, String)>;

/// A link may come from somebody else: it takes the place of one's own draft only with a click.
pub async fn offered(State(app): State<App>, Path((slug, service, link)): Linked, req: Req) -> Result<Response> {
    let draft = behind(&app, &req, &link).await?;
    let (offer, own) = match draft::load_with_offer(&app, &req, &slug, &service).await {
        // Of an account that nobody is logged in to: it stands in its list, and nothing is lost.
        Err(Failure::Account(_)) => (app.offer(&slug, &service).await?, None),
        found => found?,
    };
    let own = own.filter(|own| own.kept.sent.is_none() && own.draft.id != draft.id);
    let Some(own) = own else {
        return begin(&app, &req, &offer, &draft, &link).await;
    };
    let cx = offer.context(&app, req.lang);
    let name = offer.text(&cx, &own.kept.answers, "name");
    let at = |t| format::moment_in(t, req.lang);
    let ctx = json!({
        "service_name": name, "place": offer.place.ctx(), "action": req.path, "own": at(own.updated_at),
        "begun": at(draft.created_at), "code": own.kept.code, "go_on": format!("{}/antrag", offer.path()),
    });
    app.ok("resume_other.html", app.ui_form(&req, &offer, &name), ctx)
}

/// The click.
pub async fn take(State(app): State<App>, Path((slug, service, link)): Linked, req: Req) -> Result<Response> {
    let draft = behind(&app, &req, &link).await?;
    let offer = app.offer(&slug, &service).await?;
    begin(&app, &req, &offer, &draft, &link).await
}

/// Puts the draft into this browser. Whose link it is not, its cookie opens nothing there.
async fn begin(app: &App, req: &Req, offer: &Offer, draft: &Draft, link: &str) -> Result<Response> {
    let mut response = redirect(&where_to(app, req, draft, &offer.path()).await?);
    draft::remember(&mut response, app, req, offer, link);
    Ok(response)
}

/// To the form; an account's opens for its members only.
async fn where_to(app: &App, req: &Req, draft: &Draft, path: &str) -> Result<String> {
    let form = format!("{path}/antrag");
    Ok(match draft.data["account"]["id"].as_str() {
        Some(id) if !keep::acts_for(app, req, id).await? => {
            format!("/konto/anmelden?ziel={}", crate::frame::urlencode(&form))
        }
        _ => form,
    })
}

async fn guess(app: &App, req: &Req, look: impl Future<Output = Result<Resume>>) -> Result<Resume> {
    let missed = |found: &Result<Resume>| matches!(found, Ok(Resume::NotFound | Resume::Locked { .. }));
    app.limits.guess(req.address, app.now(), missed, look).await
}

/// Puts the draft whose code somebody typed into this browser and goes to where it stopped.
pub async fn open(app: &App, req: &Req, draft: &Draft) -> Result<Response> {
    let place = app.place_by_ags(&draft.place)?;
    let link = draft.data["link"].as_str().unwrap_or_default();
    let path = format!("/{}/{}", place.slug, draft.service);
    let mut response = redirect(&where_to(app, req, draft, &path).await?);
    draft::remember_at(&mut response, app, &path, link);
    Ok(response)
}
