//! One question to an office without a desk here, behind a link that ends. Whoever holds the link may read what
//! was sent and answer once. An unknown, expired or revoked link and one to a decided case look the same.
//! Opening the page changes nothing but the audit log. German only: it is read by authorities.

use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use schema::Lang;
use serde_json::json;
use store::{Consultation, TenantStore};

use crate::consult::answer;
use crate::failure::{Failure, Result};
use crate::office::fields::{Faults, Typed};
use crate::page::Ui;
use crate::reply::redirect;
use crate::req::Req;
use crate::state::App;

/// Where the links lead; what lies below it is never told to anybody as a referrer.
pub const PATH: &str = "/stellungnahme/";

/// The consultation behind a link, with the authority that asks. Misses count per address.
async fn find(app: &App, req: &Req, token: &str) -> Result<(TenantStore, Consultation)> {
    let look = async { look_up(app, token).await?.ok_or(Failure::Link) };
    let missed = |found: &Result<_>| matches!(found, Err(Failure::Link));
    app.limits.guess(req.address, app.now(), missed, look).await
}

async fn look_up(app: &App, token: &str) -> Result<Option<(TenantStore, Consultation)>> {
    let Some(id) = store::link_tenant(token) else {
        return Ok(None);
    };
    let Some(tenant) = app.tenant(&id).await? else {
        return Ok(None);
    };
    let (token, now) = (token.to_owned(), app.now());
    let found = tenant
        .read(move |t| {
            let Some(c) = t.consultation_by_token(&token, now)? else {
                return Ok(None);
            };
            let Some(id) = c.case.clone() else { return Ok(None) };
            // Who has decided asks nothing any more; what was answered can still be read.
            let asks = t.case(&id)?.is_some_and(|case| case.state.is_open());
            Ok::<_, store::Error>((asks || c.answer.is_some()).then_some(c))
        })
        .await?;
    Ok(found.map(|c| (tenant, c)))
}

fn ui(app: &App, req: &Req, tenant: &TenantStore, crest: bool) -> Ui {
    let req = Req {
        lang: Lang::De,
        ..req.clone()
    };
    let authority = tenant.authority().name.clone();
    let mut ui = app.ui(&req);
    ui.host_label = app
        .texts
        .fill(Lang::De, "frame.official_place", &[("place", &authority)]);
    ui.brand_href.clone_from(&req.path);
    ui.brand_name = "Bitte um Stellungnahme".into();
    ui.brand_sub = authority;
    ui.crest = if crest {
        format!("/wappen/{}", tenant.id())
    } else {
        String::new()
    };
    ui.plain_footer = true;
    ui
}

struct Shown<'a> {
    tenant: &'a TenantStore,
    c: &'a Consultation,
    notice: &'a str,
    status: StatusCode,
}

async fn render(app: &App, req: &Req, shown: Shown<'_>, t: &Typed, f: &Faults) -> Result<Response> {
    let Shown {
        tenant,
        c,
        notice,
        status,
    } = shown;
    let crest = tenant.read(|t| t.crest("")).await?.is_some();
    let (errors, errors_title) = f.summary(app, &answer::ORDER);
    let phone = domain::office::Office {
        phone: answer::text(c, "phone"),
        ..Default::default()
    };
    let ctx = json!({
        "errors": errors, "errors_title": errors_title, "notice": notice, "f": answer::fields(t, f),
        "c": answer::ctx(c, &tenant.authority().name, &req.path, app), "for": c.who_name, "phone_href": phone.phone_href(),
    });
    app.page(status, "consult/link.html", ui(app, req, tenant, crest), ctx)
}

pub async fn page(State(app): State<App>, Path(token): Path<String>, req: Req) -> Result<Response> {
    let (tenant, c) = find(&app, &req, &token).await?;
    let (case, now) = (c.case.clone(), app.now());
    tenant
        .write(move |t| {
            t.audit("link", "consultation.read", case.as_ref(), now);
            Ok::<_, store::Error>(())
        })
        .await?;
    let notice = match (req.param("gesendet"), &c.answer) {
        (Some(_), Some(_)) => "Ihre Stellungnahme ist angekommen.",
        _ => "",
    };
    let shown = Shown {
        tenant: &tenant,
        c: &c,
        notice,
        status: StatusCode::OK,
    };
    render(&app, &req, shown, &Typed::default(), &Faults::default()).await
}

pub async fn send(
    State(app): State<App>,
    Path(token): Path<String>,
    req: Req,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response> {
    let (tenant, c) = find(&app, &req, &token).await?;
    let t = Typed(pairs);
    let now = app.now();
    let written = if c.answer.is_some() {
        false
    } else {
        match answer::read(&t, now) {
            Ok(answer) => {
                let c = c.clone();
                let wrote = tenant.write(move |t| t.office_answered(&c, &answer, now)).await;
                wrote?
            }
            Err(faults) => {
                let shown = Shown {
                    tenant: &tenant,
                    c: &c,
                    notice: "",
                    status: faults.status(),
                };
                return render(&app, &req, shown, &t, &faults).await;
            }
        }
    };
    if written {
        return Ok(redirect(&format!("{PATH}{token}?gesendet=1")));
    }
    // Somebody was faster, or the question ended meanwhile.
    let (tenant, c) = find(&app, &req, &token).await?;
    let shown = Shown {
        tenant: &tenant,
        c: &c,
        notice: "Diese Anfrage ist schon beantwortet. Es gilt die erste Antwort.",
        status: StatusCode::CONFLICT,
    };
    render(&app, &req, shown, &Typed::default(), &Faults::default()).await
}
