//! Pages about the offer itself: help, accessibility with its feedback form, privacy, imprint, the
//! demo's overview, coats of arms. Per authority where the address names a place.

use axum::extract::{Form, Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::TenantId;
use domain::office::Office;
use domain::receipt::fingerprint;
use serde::Deserialize;
use serde_json::{Value, json};
use store::Feedback;

use crate::case::status::too_long;
use crate::failure::{Failure, Result};
use crate::limits::Limit;
use crate::offer::Offer;
use crate::page::Ui;
use crate::reply::redirect;
use crate::req::Req;
use crate::state::App;

/// The municipal offer of a place: its office answers for the pages about the offer.
async fn local(app: &App, slug: &str) -> Result<Offer> {
    let place = app.place(slug)?;
    let service = app
        .services
        .all()
        .into_iter()
        .find(|s| s.responsibility == "municipal")
        .ok_or(Failure::Page)?;
    app.offer_of(place, service).await
}

fn frame(app: &App, req: &Req, offer: &Offer) -> Ui {
    app.ui_for(
        req,
        &offer.place,
        &offer.route.authority.name,
        offer.tenant.as_ref(),
        offer.local.crest,
    )
}

fn last_part(req: &Req) -> &str {
    req.path.rsplit('/').next().unwrap_or_default()
}

/// `key`: fingerprint of the key that signs the authority's receipts; lines about it go where there is none.
fn show(app: &App, req: &Req, ui: Ui, authority: &str, office: &Office, key: &str) -> Result<Response> {
    let page = last_part(req);
    let base = ui.base.clone();
    let fill = |text: &str| {
        if key.is_empty() && text.contains("{key}") {
            return String::new();
        }
        let or_not_set = |value: &str| match value {
            "" => app.texts.text(req.lang, "info.not_set"),
            value => value.to_owned(),
        };
        schema::fill_authority(text, authority, req.lang)
            .replace("{key}", key)
            .replace("{officer}", &or_not_set(&office.data_officer))
            .replace("{keeping}", &or_not_set(&office.keeping))
            .replace(
                "{address}",
                &office.lines().into_iter().skip(1).collect::<Vec<_>>().join(", "),
            )
            .replace("{phone}", &office.phone)
            .replace("{email}", &office.email)
            .trim()
            .to_owned()
    };
    let sections: Vec<Value> = app
        .info
        .sections(req.lang, page)
        .iter()
        .map(|s| {
            let links: Vec<Value> = s
                .link
                .iter()
                .map(|l| json!({ "href": format!("{base}/{l}"), "text": s.link_text }))
                .collect();
            let mut text: Vec<String> = s.text.iter().map(|t| fill(t)).filter(|t| !t.is_empty()).collect();
            // Whoever answers for a page but has entered no contact: said, not left out.
            let contact = s.text.iter().any(|t| t == "{phone}");
            if contact && page != "hilfe" && office.phone.is_empty() && office.email.is_empty() {
                text.push(app.texts.text(req.lang, "info.no_contact"));
            }
            json!({ "title": s.title, "text": text, "links": links })
        })
        .filter(|s| {
            [&s["text"], &s["links"]]
                .iter()
                .any(|x| x.as_array().is_some_and(|x| !x.is_empty()))
        })
        .collect();
    let title = app.texts.text(req.lang, &format!("info.{page}"));
    app.ok(
        "info/page.html",
        ui,
        json!({ "info": { "title": title, "sections": sections } }),
    )
}

pub async fn state(State(app): State<App>, req: Req) -> Result<Response> {
    let ui = app.ui(&req);
    let (name, office) = operators_office(&app).await?;
    let authority = match name.is_empty() {
        true => app.texts.text(req.lang, "info.operator"),
        false => name,
    };
    show(&app, &req, ui, &authority, &office, "")
}

/// Who answers for the pages without a place: the state's own office, if it has a desk here and has said so there; else
/// whom the operator's configuration names.
pub(crate) async fn operators_office(app: &App) -> Result<(String, Office)> {
    if let Some(tenant) = operator(app).await? {
        let kept = tenant.read(|t| t.office("")).await?;
        if let Some(office) = kept.and_then(|o| serde_json::from_value(o).ok()) {
            return Ok((tenant.authority().name.clone(), office));
        }
    }
    let office = app.config.operator.clone();
    Ok((office.name.clone(), office))
}

pub async fn place(State(app): State<App>, Path(slug): Path<String>, req: Req) -> Result<Response> {
    let offer = local(&app, &slug).await?;
    let key = match &offer.tenant {
        Some(tenant) => Some(signs_with(&app, &req, tenant).await?),
        None => None,
    };
    show(
        &app,
        &req,
        frame(&app, &req, &offer),
        &offer.route.authority.name,
        &offer.local.office,
        &key.unwrap_or_default(),
    )
}

/// Fingerprint of the key that signs the authority's receipts; then those of authorities that were merged into it, whose
/// receipts are checked as before.
async fn signs_with(app: &App, req: &Req, tenant: &store::TenantStore) -> Result<String> {
    let mut keys = fingerprint(&tenant.public_key()?);
    for was in tenant.read(|t| t.merged()).await? {
        let with = [("authority", was.name.as_str()), ("key", &fingerprint(&was.public_key))];
        keys += &app.texts.fill(req.lang, "info.former_key", &with);
    }
    Ok(keys)
}

/// Characters of a report and of its contact at most.
const TEXT: usize = 4000;
const CONTACT: usize = 200;

#[derive(Debug, Deserialize, Default)]
pub struct Report {
    #[serde(default)]
    text: String,
    #[serde(default)]
    kontakt: String,
    #[serde(default)]
    webseite: String,
}

/// `taken`: whether somebody here reads reports. Where nobody does, the page says so before anything is typed.
fn report_page(app: &App, req: &Req, ui: Ui, taken: bool, input: &Report, error: &str) -> Result<Response> {
    let errors = if error.is_empty() {
        Vec::new()
    } else {
        vec![json!({ "href": "text", "text": error })]
    };
    let status = if error.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let ctx = json!({
        "errors": errors, "errors_title": app.texts.text(req.lang, "form.errors_one"), "error": error, "text": input.text,
        "contact": input.kontakt, "sent": req.param("gesendet").is_some(), "taken": taken,
    });
    app.page(status, "info/report.html", ui, ctx)
}

pub async fn report_state(State(app): State<App>, req: Req) -> Result<Response> {
    let taken = operator(&app).await?.is_some();
    report_page(&app, &req, app.ui(&req), taken, &Report::default(), "")
}

pub async fn report_place(State(app): State<App>, Path(slug): Path<String>, req: Req) -> Result<Response> {
    let offer = local(&app, &slug).await?;
    let ui = frame(&app, &req, &offer);
    report_page(&app, &req, ui, offer.tenant.is_some(), &Report::default(), "")
}

/// Feedback without a place goes to the state's own office, if it has a desk here.
async fn operator(app: &App) -> Result<Option<store::TenantStore>> {
    let all = app.store.shared().authorities().await?;
    match all.into_iter().find(|a| a.level == "state") {
        Some(a) => app.tenant(&a.id).await,
        None => Ok(None),
    }
}

pub async fn send_report_state(State(app): State<App>, req: Req, Form(input): Form<Report>) -> Result<Response> {
    let tenant = operator(&app).await?;
    keep(&app, &req, app.ui(&req), tenant, input).await
}

pub async fn send_report_place(
    State(app): State<App>,
    Path(slug): Path<String>,
    req: Req,
    Form(input): Form<Report>,
) -> Result<Response> {
    let offer = local(&app, &slug).await?;
    keep(&app, &req, frame(&app, &req, &offer), offer.tenant.clone(), input).await
}

async fn keep(app: &App, req: &Req, ui: Ui, tenant: Option<store::TenantStore>, input: Report) -> Result<Response> {
    app.limits
        .take(req.address, Limit::Submit, app.now())
        .map_err(Failure::TooMany)?;
    // Nobody to give it to: say so instead of swallowing it.
    let Some(tenant) = tenant else {
        return report_page(app, req, ui, false, &input, &app.texts.text(req.lang, "report.nobody"));
    };
    if input.text.trim().is_empty() {
        return report_page(app, req, ui, true, &input, &app.texts.text(req.lang, "report.missing"));
    }
    // A browser may have filled in what nobody sees: the person keeps what was typed and is told.
    if !input.webseite.trim().is_empty() {
        return report_page(
            app,
            req,
            ui,
            true,
            &input,
            &app.texts.text(req.lang, "report.trap_filled"),
        );
    }
    let long = [(&input.text, TEXT), (&input.kontakt, CONTACT)];
    if let Some(why) = long
        .iter()
        .find_map(|(text, most)| too_long(app, req.lang, text.trim(), *most))
    {
        return report_page(app, req, ui, true, &input, &why);
    }
    let thanks = redirect(&format!("{}?gesendet=1", req.path));
    let feedback = Feedback {
        id: app.store.entropy().id(),
        at: app.now(),
        kind: "accessibility".into(),
        page: req.path.clone(),
        text: input.text.trim().to_owned(),
        contact: input.kontakt.trim().to_owned(),
    };
    tenant.write(move |t| t.put_feedback(&feedback)).await?;
    Ok(thanks)
}

/// Who may log in, in the demo only.
pub async fn demo(State(app): State<App>, req: Req) -> Result<Response> {
    if !app.config.demo {
        return Err(Failure::Page);
    }
    app.ok(
        "info/demo.html",
        app.ui(&req),
        json!({ "logins": app.config.demo_logins }),
    )
}

/// Mails that the demo did not send: newest first, of every authority of the demo.
pub async fn outbox(State(app): State<App>, req: Req) -> Result<Response> {
    if !app.config.demo {
        return Err(Failure::Page);
    }
    let mut rows = Vec::new();
    for authority in app.store.shared().tenants().await? {
        let Some(tenant) = app.tenant(&authority.id).await? else {
            continue;
        };
        for row in tenant.read(|t| t.mails(50)).await? {
            rows.push((
                row.created_at,
                json!({
                    "from": authority.name, "to": row.mail.to, "subject": row.mail.subject, "text": row.mail.text,
                    "at": crate::format::moment_in(row.created_at, req.lang),
                }),
            ));
        }
    }
    rows.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    let mails: Vec<Value> = rows.into_iter().take(100).map(|(_, row)| row).collect();
    app.ok("info/outbox.html", app.ui(&req), json!({ "mails": mails }))
}

/// The coat of arms of the place that `?ort=` names, else the authority's.
pub async fn crest(State(app): State<App>, Path(tenant): Path<String>, req: Req) -> Result<Response> {
    let tenant = app.tenant(&TenantId(tenant)).await?.ok_or(Failure::Page)?;
    let place = req.param("ort").unwrap_or_default();
    let image = tenant.read(move |t| t.crest_for(&place)).await?.ok_or(Failure::Page)?;
    Ok((
        [
            (header::CONTENT_TYPE, image.media_type),
            (header::CACHE_CONTROL, "public, max-age=300".to_owned()),
        ],
        image.bytes,
    )
        .into_response())
}
