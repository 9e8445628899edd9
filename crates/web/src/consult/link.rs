//! One question to an office without a desk here, behind a link that ends. Whoever holds the link may read what
//! was sent and answer once. An unknown, expired and revoked link look the same; one whose case asks nobody any more
//! says so and why. Opening the page changes nothing but the audit log. German only: it is read by authorities.

use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::State as CaseState;
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

/// What a link opens.
struct Found {
    tenant: TenantStore,
    c: Consultation,
    /// The case asks nobody any more: why, in words.
    over: Option<&'static str>,
}

/// The consultation behind a link, with the authority that asks. Misses count per address. `typed`: given back where
/// the link opens nothing, to whoever wrote it; the question may have been taken back meanwhile.
async fn find(app: &App, req: &Req, token: &str, typed: &str) -> Result<Found> {
    let look = async {
        look_up(app, token)
            .await?
            .ok_or_else(|| Failure::Link(typed.to_owned()))
    };
    let missed = |found: &Result<_>| matches!(found, Err(Failure::Link(_)));
    app.limits.guess(req.address, app.now(), missed, look).await
}

async fn look_up(app: &App, token: &str) -> Result<Option<Found>> {
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
            let state = t.case(&id)?.map(|case| case.state);
            Ok::<_, store::Error>(state.map(|state| (c, state)))
        })
        .await?;
    Ok(found.map(|(c, state)| {
        // What was answered can still be read.
        let over = c.answer.is_none().then(|| over(state)).flatten();
        Found { tenant, c, over }
    }))
}

/// Why a case in this state asks nobody any more.
fn over(state: CaseState) -> Option<&'static str> {
    match state {
        state if state.is_open() => None,
        CaseState::Withdrawn => Some("Der Antrag wurde zurückgezogen."),
        CaseState::Transferred => Some("Eine andere Behörde entscheidet jetzt darüber."),
        _ => Some("Es ist schon entschieden."),
    }
}

/// Nothing of the case is shown any more but what the mail said. What was typed is given back: whoever wrote it may
/// still want to tell it.
async fn settled(app: &App, req: &Req, found: &Found, why: &str, typed: &str) -> Result<Response> {
    let crest = found.tenant.read(|t| t.crest("")).await?.is_some();
    let ctx = json!({
        "why": why, "typed": typed, "reference": answer::text(&found.c, "reference"), "for": found.c.who_name,
        "from": found.tenant.authority().name, "phone": answer::text(&found.c, "phone"),
    });
    let ui = ui(app, req, &found.tenant, crest);
    app.page(StatusCode::GONE, "consult/over.html", ui, ctx)
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
    let found = find(&app, &req, &token, "").await?;
    if let Some(why) = found.over {
        return settled(&app, &req, &found, why, "").await;
    }
    let Found { tenant, c, .. } = found;
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
    let t = Typed(pairs);
    let words = t.get("text").to_owned();
    let found = find(&app, &req, &token, &words).await?;
    if let Some(why) = found.over {
        return settled(&app, &req, &found, why, &words).await;
    }
    let Found { tenant, c, .. } = found;
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
    let found = find(&app, &req, &token, &words).await?;
    if let Some(why) = found.over {
        return settled(&app, &req, &found, why, &words).await;
    }
    let Found { tenant, c, .. } = found;
    let shown = Shown {
        tenant: &tenant,
        c: &c,
        notice: "Diese Anfrage ist schon beantwortet. Es gilt die erste Antwort.",
        status: StatusCode::CONFLICT,
    };
    render(&app, &req, shown, &t, &Faults::default()).await
}
