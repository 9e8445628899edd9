//! Behind the mailed link: the password of the first account, and afterwards how the sign-up stands.

use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use store::{SignUp, SignUpState};

use crate::desk::account::{LEAST, new_password_error};
use crate::failure::{Failure, Result};
use crate::join::ask::{centre, shown};
use crate::limits::Limit;
use crate::req::Req;
use crate::state::App;

#[derive(Debug, Deserialize)]
pub struct Chosen {
    #[serde(default)]
    neu: String,
}

async fn find(app: &App, token: &str) -> Result<Option<SignUp>> {
    let Some(centre) = centre(app).await? else {
        return Ok(None);
    };
    let (token, now) = (token.to_owned(), app.now());
    let centre = app.store.tenant(&centre.id).await?;
    Ok(centre.read(move |t| t.sign_up_of(&token, now)).await?)
}

/// `found`: none where the link opens nothing (any more); unknown and expired look the same.
fn show(app: &App, req: &Req, found: Option<&SignUp>, wrong: &str) -> Result<Response> {
    let status = match (found, wrong) {
        (None, _) => StatusCode::NOT_FOUND,
        (_, "") => StatusCode::OK,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let errors: Vec<_> = (!wrong.is_empty())
        .then(|| json!({ "href": "neu", "text": wrong }))
        .into_iter()
        .collect();
    let ctx = json!({
        "s": found.map(shown), "errors": errors, "errors_title": "Bitte ändern Sie eine Angabe", "error_new": wrong, "least": LEAST,
    });
    app.page(status, "join/link.html", app.ui_desk(req), ctx)
}

pub async fn page(State(app): State<App>, Path(token): Path<String>, req: Req) -> Result<Response> {
    show(&app, &req, find(&app, &token).await?.as_ref(), "")
}

pub async fn choose(
    State(app): State<App>,
    Path(token): Path<String>,
    req: Req,
    Form(input): Form<Chosen>,
) -> Result<Response> {
    let now = app.now();
    app.limits
        .take(req.address, Limit::LogIn, now)
        .map_err(Failure::TooMany)?;
    let Some(s) = find(&app, &token).await? else {
        return show(&app, &req, None, "");
    };
    if s.state == SignUpState::Mailed {
        let words = [
            s.asks.mail.as_str(),
            &s.asks.name,
            &s.asks.authority_name,
            &s.asks.place,
        ];
        if let Some(wrong) = new_password_error(&input.neu, "", &words) {
            return show(&app, &req, Some(&s), &wrong);
        }
        let Some(centre) = centre(&app).await? else {
            return Err(Failure::Page);
        };
        // Not done: somebody was faster with this link. The page says how it stands either way.
        app.store.prove_sign_up(&centre.id, &token, &input.neu, now).await?;
    }
    Ok(crate::reply::redirect(&format!("{}{token}", crate::join::PATH)))
}
