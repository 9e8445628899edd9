//! Deleting an account. What it has sent is the offices' and stays there. As long as others act for a club its chair
//! hands the office over instead.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::account::Member;
use serde_json::json;

use crate::account::session::{self, Chair};
use crate::failure::{Failure, Result};
use crate::reply::redirect;
use crate::req::Req;
use crate::state::App;

/// Somebody else has a role, now or later, or is asked to have one.
async fn others(app: &App, chair: &Chair) -> Result<bool> {
    let (me, today) = (chair.0.acting.member.id.clone(), app.today());
    let acts = |m: &Member| m.id != me && m.terms.iter().any(|t| t.relieves.is_some() || t.counts_from(today));
    let members = chair.0.acting.tenant.read(|t| t.members()).await?;
    Ok(members.iter().any(acts))
}

fn render(app: &App, chair: &Chair, req: &Req, others: bool, status: StatusCode) -> Result<Response> {
    let ctx = json!({ "name": chair.0.acting.name.name, "club": chair.0.is_club(), "others": others });
    app.page(status, "account/delete.html", app.ui(req), ctx)
}

pub async fn page(State(app): State<App>, chair: Chair, req: Req) -> Result<Response> {
    let others = others(&app, &chair).await?;
    render(&app, &chair, &req, others, StatusCode::OK)
}

pub async fn delete(State(app): State<App>, chair: Chair, req: Req) -> Result<Response> {
    if others(&app, &chair).await? {
        return render(&app, &chair, &req, true, StatusCode::CONFLICT);
    }
    let (id, actor, now) = (
        chair.0.acting.tenant.id().clone(),
        chair.0.acting.member.id.clone(),
        app.now(),
    );
    let noted = chair.0.acting.tenant.write(move |t| {
        t.audit(actor.as_str(), "account.deleted", None, now);
        Ok::<_, store::Error>(())
    });
    noted.await?;
    app.store.drop_account(&id).await.map_err(|e| match e {
        store::Error::Missing(_) => Failure::Page,
        other => other.into(),
    })?;
    tracing::info!(event = "account.dropped", "an account was deleted by its owner");
    let mut response = redirect("/konto/anmelden?geloescht=1");
    session::forget(&mut response, &app);
    Ok(response)
}
