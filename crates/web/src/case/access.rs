//! Opening a case with reference and access code. A wrong code, a foreign and an unknown case look the
//! same; ten misses an hour lock the reference.

use std::sync::Arc;

use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::Case;
use domain::reference::{Reference, ReferenceError, parse_code};
use schema::{Context, Lang, Service};
use serde::Deserialize;
use serde_json::json;
use store::{AccountCase, TenantStore};

use crate::account::keep;
use crate::apply::sent;
use crate::failure::{Failure, Result};
use crate::offer::Offer;
use crate::reply::redirect;
use crate::req::{Req, set_cookie};
use crate::state::App;

/// Cookie of an opened case; its path is the case's own.
const COOKIE: &str = "vorgang";
/// Twelve hours.
const OPEN_SECONDS: i64 = 12 * 3600;

/// A case opened by its applicant.
pub struct Opened {
    pub case: Case,
    pub tenant: TenantStore,
    pub code: String,
}

/// The case with the service version it was made under and the office that decides.
pub struct Seen {
    pub case: Case,
    pub tenant: TenantStore,
    pub service: Arc<Service>,
    pub offer: Offer,
    pub code: String,
}

impl Seen {
    /// Context of the case.
    pub fn context(&self, app: &App, lang: Lang) -> Context {
        domain::derive::context_of(&self.case, self.offer.context(app, lang))
    }

    /// The same on the present day, for answers that are typed now.
    pub fn context_today(&self, app: &App, lang: Lang) -> Context {
        domain::derive::context_today(&self.case, self.offer.context(app, lang))
    }
}

impl Seen {
    /// What the case is called in the language of the page. The case itself keeps its German name.
    pub fn title(&self, cx: &Context) -> String {
        if cx.lang == Lang::De {
            return self.case.title.clone();
        }
        let title = crate::offer::service_text(&self.service, cx, &self.case.answers, "case_title");
        if title.is_empty() {
            self.case.title.clone()
        } else {
            title
        }
    }
}

/// A refusal says why in German; other languages get the general sentence.
pub fn refused(app: &App, lang: Lang, refusal: domain::Refusal) -> Failure {
    Failure::Bad(self::refusal(app, lang, refusal))
}

/// Why something is not possible now, as the applicant reads it.
pub fn refusal(app: &App, lang: Lang, refusal: domain::Refusal) -> String {
    match lang {
        Lang::De => refusal.0,
        Lang::En | Lang::Leicht => app.texts.text(lang, "error.refused"),
    }
}

/// Puts the right to see the case into this browser.
pub fn grant(response: &mut Response, app: &App, reference: &str, code: &str) {
    set_cookie(
        response,
        COOKIE,
        code,
        &format!("/v/{reference}"),
        OPEN_SECONDS,
        app.config.secure_cookies,
    );
    // The offer of further services lies outside that path and needs the code once.
    set_cookie(
        response,
        &carry_cookie(reference),
        code,
        "/",
        3600,
        app.config.secure_cookies,
    );
}

fn carry_cookie(reference: &str) -> String {
    format!("von-{}", reference.to_lowercase())
}

/// Looks a case up by reference and code. Whoever holds the right one gets in however many wrong ones others have
/// tried; those slow down the network that they come from, and after ten in an hour everybody who guesses at this case.
pub async fn by_code(app: &App, req: &Req, reference: &str, code: &str) -> Result<Opened> {
    let look = find(app, req.lang, reference, code);
    let missed = |found: &Result<Opened>| matches!(found, Err(Failure::Case | Failure::TooMany(_)));
    app.limits.guess(req.address, app.now(), missed, look).await
}

async fn find(app: &App, lang: Lang, reference: &str, code: &str) -> Result<Opened> {
    let reference = Reference::parse(reference).map_err(|_| Failure::Case)?;
    let code = parse_code(code).ok_or(Failure::Case)?;
    if let Some(opened) = look_up(app, lang, &reference, &code).await? {
        return Ok(opened);
    }
    let lock = format!("code:{reference}");
    let now = app.now();
    let _turn = app.limits.turn(&lock).await;
    if app.store.shared().locked(&lock, now).await?.is_some() {
        return Err(Failure::TooMany(3600));
    }
    app.store.shared().miss(&lock, now).await?;
    Err(Failure::Case)
}

async fn look_up(app: &App, lang: Lang, reference: &Reference, code: &str) -> Result<Option<Opened>> {
    let Some((tenant, id)) = app.store.shared().find_reference(reference.as_str()).await? else {
        return Ok(None);
    };
    let tenant = app.tenant(&tenant).await?.ok_or(Failure::Case)?;
    let (asked, code) = (code.to_owned(), code.to_owned());
    let found = tenant.read(move |t| {
        Ok::<_, store::Error>(match t.case_by_code(&id, &asked)? {
            Some(case) => Ok(Some(case)),
            None => t.erased_by_code(&id, &asked)?.map_or(Ok(None), Err),
        })
    });
    match found.await? {
        Ok(found) => Ok(found.map(|case| Opened { case, tenant, code })),
        Err(erased) => Err(Failure::Erased(left(app, lang, &erased))),
    }
}

/// A case by what an account keeps of it; nobody guesses here. `None`: there is none.
///
/// # Errors
/// `Erased` if it had its time.
pub async fn of_account(app: &App, lang: Lang, kept: &AccountCase) -> Result<Option<Opened>> {
    match (Reference::parse(&kept.reference), parse_code(&kept.code)) {
        (Ok(reference), Some(code)) => look_up(app, lang, &reference, &code).await,
        _ => Ok(None),
    }
}

/// What is left of an erased case.
fn left(app: &App, lang: Lang, e: &store::ErasedCase) -> String {
    let day = |at| crate::format::date_in(domain::date_of(at), lang);
    let with = [
        ("reference", e.reference.as_str()),
        ("received", &day(e.received_at)),
        ("outcome", &app.texts.text(lang, &format!("state.{}", e.outcome))),
        ("day", &day(e.erased_at)),
    ];
    let said = app.texts.fill(lang, "error.erased_lead", &with);
    match e.why.as_str() {
        "taken" => [said, app.texts.text(lang, "error.erased_taken")].join(lang.gap()),
        _ => said,
    }
}

/// The case that this browser may see: by its code, or because it acts for the account that sent it.
pub async fn open(app: &App, req: &Req, reference: &str) -> Result<Opened> {
    let code = req.cookie(COOKIE).or_else(|| req.cookie(&carry_cookie(reference)));
    if let Some(code) = code {
        return by_code(app, req, reference, code).await;
    }
    let reference = Reference::parse(reference).map_err(|_| Failure::Case)?;
    let kept = keep::case(app, req, reference.as_str()).await?.ok_or(Failure::Case)?;
    of_account(app, req.lang, &kept).await?.ok_or(Failure::Case)
}

/// The same with service and office.
pub async fn see(app: &App, req: &Req, reference: &str) -> Result<Seen> {
    let Opened { case, tenant, code } = open(app, req, reference).await?;
    see_case(app, case, tenant, code).await
}

pub async fn see_case(app: &App, case: Case, tenant: TenantStore, code: String) -> Result<Seen> {
    let service = app
        .services
        .version(&case.service_hash)
        .await?
        .ok_or_else(|| Failure::internal(format!("version of {} is missing", case.service)))?;
    let place = app.place_by_ags(&case.place)?;
    // Of the authority that has the case, whoever would be responsible now.
    let offer = app.offer_at(place, service.clone(), tenant.clone()).await?;
    Ok(Seen {
        case,
        tenant,
        service,
        offer,
        code,
    })
}

/// A page of a case that this browser may not see (yet): ask for the code.
pub fn ask(reference: &str, to: &str) -> Response {
    redirect(&format!(
        "/stand?aktenzeichen={}&ziel={}",
        crate::frame::urlencode(reference),
        crate::frame::urlencode(to)
    ))
}

/// For GET pages: without a cookie the code is asked for first.
pub async fn see_or_ask(app: &App, req: &Req, reference: &str) -> Result<Seen, Response> {
    use axum::response::IntoResponse;
    match see(app, req, reference).await {
        Ok(seen) => Ok(seen),
        Err(Failure::Case) => Err(ask(reference, &req.path)),
        Err(other) => Err(other.into_response()),
    }
}

#[derive(Debug, Deserialize, Default)]
pub struct Entered {
    #[serde(default)]
    aktenzeichen: String,
    #[serde(default)]
    zugang: String,
    #[serde(default)]
    ziel: String,
}

pub async fn page(State(app): State<App>, req: Req) -> Result<Response> {
    let input = Entered {
        aktenzeichen: req.param("aktenzeichen").unwrap_or_default(),
        zugang: String::new(),
        ziel: req.param("ziel").unwrap_or_default(),
    };
    form(&app, &req, &input, "", "")
}

fn form(app: &App, req: &Req, input: &Entered, error_reference: &str, error_code: &str) -> Result<Response> {
    let mut errors = Vec::new();
    if !error_reference.is_empty() {
        errors.push(json!({ "href": "aktenzeichen", "text": error_reference }));
    }
    if !error_code.is_empty() {
        errors.push(json!({ "href": "zugang", "text": error_code }));
    }
    let status = if errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let title = crate::apply::form::errors_title(app, req, errors.len());
    let ctx = json!({
        "errors": errors, "errors_title": title, "error_reference": error_reference, "error_code": error_code,
        "reference": input.aktenzeichen, "target": input.ziel,
    });
    app.page(status, "case/lookup.html", app.ui(req), ctx)
}

pub async fn enter(State(app): State<App>, req: Req, Form(input): Form<Entered>) -> Result<Response> {
    let t = |key: &str| app.texts.text(req.lang, key);
    let reference = Reference::parse(&input.aktenzeichen);
    let error_reference = match &reference {
        _ if input.aktenzeichen.trim().is_empty() => t("lookup.reference_missing"),
        Err(ReferenceError::Check) => t("lookup.reference_check"),
        Err(ReferenceError::Form) => t("lookup.reference_hint"),
        Ok(_) => String::new(),
    };
    let error_code = if input.zugang.trim().is_empty() {
        t("lookup.code_missing")
    } else {
        String::new()
    };
    let Ok(reference) = reference else {
        return form(&app, &req, &input, &error_reference, &error_code);
    };
    if !error_code.is_empty() {
        return form(&app, &req, &input, "", &error_code);
    }
    match by_code(&app, &req, reference.as_str(), &input.zugang).await {
        Ok(opened) => {
            let own = format!("/v/{reference}");
            // Only pages of this case: never an address that somebody put into the link.
            let to = if input.ziel.starts_with(&format!("{own}/")) {
                input.ziel.clone()
            } else {
                own
            };
            let mut response = redirect(&to);
            grant(&mut response, &app, reference.as_str(), &opened.code);
            Ok(response)
        }
        Err(Failure::Case) => form(&app, &req, &input, "", &t("lookup.wrong")),
        Err(Failure::TooMany(_)) => form(&app, &req, &input, "", &t("lookup.locked")),
        Err(other) => Err(other),
    }
}

/// From a case that was handed over to the one that it became.
pub async fn onward(State(app): State<App>, Path(reference): Path<String>, req: Req) -> Result<Response> {
    let opened = match open(&app, &req, &reference).await {
        Ok(opened) => opened,
        Err(Failure::Case) => return Ok(ask(&reference, &req.path)),
        Err(other) => return Err(other),
    };
    let onward = opened.case.onward.ok_or(Failure::Page)?;
    let mut response = redirect(&format!("/v/{}", onward.reference));
    grant(&mut response, &app, &onward.reference, &onward.code);
    Ok(response)
}

/// "Vorgang schließen": this browser forgets the code.
pub async fn close(State(app): State<App>, Path(reference): Path<String>, req: Req) -> Response {
    let mut response = redirect("/stand");
    if let Ok(opened) = open(&app, &req, &reference).await
        && let Ok(place) = app.place_by_ags(&opened.case.place)
    {
        sent::forget(&mut response, &app, &place.slug, &opened.case.service);
    }
    set_cookie(
        &mut response,
        COOKIE,
        "",
        &format!("/v/{reference}"),
        0,
        app.config.secure_cookies,
    );
    set_cookie(
        &mut response,
        &carry_cookie(&reference),
        "",
        "/",
        0,
        app.config.secure_cookies,
    );
    response
}
