//! What the account's first page lists: what is begun, what was sent and where it stands, and the same once more.

use axum::extract::{Path, State};
use axum::response::Response;
use domain::{Case, State as CaseState};
use schema::{Kind, RawAnswers};
use serde_json::{Value, json};
use store::{AccountCase, Resume};

use crate::account::keep;
use crate::account::session::Account;
use crate::apply::{draft, resume};
use crate::case::access::{self, Seen};
use crate::case::status::badge;
use crate::failure::{Failure, Result};
use crate::format;
use crate::limits::Limit;
use crate::offer::service_text;
use crate::reply::redirect;
use crate::req::Req;
use crate::state::App;

/// Rows of each kind at most; the newest.
const SHOWN: u32 = 20;

/// Begun applications; those that are gone are forgotten.
pub async fn drafts(app: &App, req: &Req, account: &Account) -> Result<Vec<Value>> {
    let tenant = &account.acting.tenant;
    let (kept, members) = tenant
        .read(|t| Ok::<_, store::Error>((t.account_drafts(SHOWN)?, t.members()?)))
        .await?;
    let mut rows = Vec::new();
    for row in kept {
        let Resume::Found(found) = app.store.drafts().by_link(&row.link, app.now()).await? else {
            let id = row.id.clone();
            tenant.write(move |t| t.forget_account_draft(&id)).await?;
            continue;
        };
        let by = members.iter().find(|m| m.id == row.by).map_or("", |m| m.name.as_str());
        let place = app.place_by_ags(&found.place)?;
        let service = app.services.latest(&found.service);
        let name = service.map_or_else(String::new, |s| crate::apply::start::name_anywhere(&s, req.lang));
        let when = format::moment_in(found.updated_at, req.lang);
        let with = [("place", place.name.as_str()), ("name", by), ("when", &when)];
        rows.push(json!({
            "title": name, "href": format!("/konto/entwurf/{}", row.id), "text": app.texts.fill(req.lang, "account.draft_text", &with),
        }));
    }
    Ok(rows)
}

/// Sent applications with where they stand.
pub async fn cases(app: &App, req: &Req, account: &Account) -> Result<Vec<Value>> {
    let kept = account.acting.tenant.read(|t| t.account_cases(SHOWN)).await?;
    let mut rows = Vec::new();
    for row in kept {
        let opened = match access::of_account(app, req.lang, &row).await {
            Err(Failure::Erased(_)) => None,
            found => found?,
        };
        if let Some(opened) = opened {
            let seen = access::see_case(app, opened.case, opened.tenant, opened.code).await?;
            rows.push(show(app, req, &seen));
        }
    }
    Ok(rows)
}

fn show(app: &App, req: &Req, seen: &Seen) -> Value {
    let (lang, case) = (req.lang, &seen.case);
    let cx = seen.context(app, lang);
    let act = domain::letter::act_word(case, &seen.service, &cx);
    let day = case.event_day.map(|d| format::date_in(d, lang)).unwrap_or_default();
    let state = match &case.question {
        Some(_) if case.state == CaseState::Question => app.texts.text(lang, "account.your_turn"),
        _ => app.texts.of_act(lang, "state", act, case.stand()),
    };
    let asked = case.question.as_ref().filter(|_| case.state == CaseState::Question);
    json!({
        "title": seen.title(&cx), "office": seen.offer.route.authority.name, "href": format!("/v/{}", case.reference),
        "badge": badge(case.state), "state": state, "open": case.state.is_open(), "day": day, "next": next(app, req, case),
        "service": service_text(&seen.service, &cx, &json!({}), "name"),
        "asked": asked.map(|q| json!({ "text": q.text, "by": format::date_in(q.answer_by, lang), "href": format!("/v/{}/ergaenzen", case.reference) })),
        "again": (!case.state.is_open() || case.event_day.is_some_and(|d| d < app.today())).then(|| format!("/konto/wieder/{}", case.reference)),
    })
}

/// The next date of a case, in words; empty: there is none.
fn next(app: &App, req: &Req, case: &Case) -> String {
    let lang = req.lang;
    let fill = |key: &str, day| app.texts.fill(lang, key, &[("day", &format::date_in(day, lang))]);
    match (case.state, case.promised(app.today())) {
        (CaseState::Question, _) => case
            .question
            .as_ref()
            .map_or_else(String::new, |q| fill("account.answer_by", q.answer_by)),
        (state, Some(day)) if state.is_open() => fill("account.decision_by", day),
        _ => String::new(),
    }
}

/// Goes on with a begun application of the account.
pub async fn go_on(State(app): State<App>, Path(id): Path<String>, account: Account, req: Req) -> Result<Response> {
    let kept = account.acting.tenant.read(move |t| t.account_draft(&id)).await?;
    let kept = kept.ok_or(Failure::Page)?;
    match app.store.drafts().by_link(&kept.link, app.now()).await? {
        Resume::Found(found) => resume::open(&app, &req, &found).await,
        _ => Err(Failure::Gone(app.texts.text(req.lang, "resume.wrong"))),
    }
}

pub async fn of_account(app: &App, req: &Req, account: &Account, reference: &str) -> Result<Seen> {
    let reference = reference.to_owned();
    let kept: Option<AccountCase> = account.acting.tenant.read(move |t| t.account_case(&reference)).await?;
    let opened = match kept {
        Some(kept) => access::of_account(app, req.lang, &kept).await?,
        None => None,
    };
    let opened = opened.ok_or(Failure::Case)?;
    access::see_case(app, opened.case, opened.tenant, opened.code).await
}

/// The same once more: a new draft with every answer but days and files. What is the account's comes as it is today.
pub async fn again(
    State(app): State<App>,
    Path(reference): Path<String>,
    account: Account,
    req: Req,
) -> Result<Response> {
    let seen = of_account(&app, &req, &account, &reference).await?;
    app.limits
        .take(req.address, Limit::Draft, app.now())
        .map_err(Failure::TooMany)?;
    let (slug, service) = (seen.offer.place.slug.clone(), seen.service.id.clone());
    let offer = app.offer(&slug, &service).await?;
    let known = keep::known(&app, &req, &offer, None).await?;
    let (mut answers, mut carried) = (RawAnswers::default(), Vec::new());
    for question in offer.service.form.pages.iter().flat_map(|p| &p.questions) {
        let day = matches!(question.kind, Kind::Date { .. } | Kind::DateRange { .. });
        if day || matches!(question.kind, Kind::File { .. } | Kind::Computed { .. }) {
            continue;
        }
        let value = schema::at(&known.answers.0, &question.id).or_else(|| schema::at(&seen.case.answers, &question.id));
        if let Some(value) = value.filter(|v| !v.is_null()) {
            schema::merge(&mut answers, &schema::nested(&question.id, value.clone()));
            carried.push(question.id.clone());
        }
    }
    let mut begun = draft::create(&app, &req, &offer, answers.0, carried).await?;
    begun.kept.known = known.paths;
    if !begun.save(&app).await? {
        return Err(Failure::Busy);
    }
    let mut response = redirect(&format!("{}/antrag", offer.path()));
    draft::remember(&mut response, &app, &req, &offer, &begun.kept.link);
    Ok(response)
}

/// What the receipt offers an account to remember; nothing where it knows all of it.
pub async fn to_remember(app: &App, req: &Req, seen: &Seen) -> Result<Option<Value>> {
    let Some(account) = crate::account::session::current(app, req).await? else {
        return Ok(None);
    };
    let reference = seen.case.reference.clone();
    if account
        .acting
        .tenant
        .read(move |t| t.account_case(&reference))
        .await?
        .is_none()
    {
        return Ok(None);
    }
    let known = keep::details(&account).await?;
    let [all, own] = keep::worth_keeping(&account, &seen.service, &seen.case.answers);
    let new = all
        .iter()
        .chain(&own)
        .any(|(path, value)| known.get(path) != Some(value));
    let action = format!("/konto/merken/{}", seen.case.reference);
    Ok(new.then(|| json!({ "action": action, "club": account.is_club() })))
}

/// Keeps what the application says about club, person and bank account.
pub async fn remember(
    State(app): State<App>,
    Path(reference): Path<String>,
    account: Account,
    req: Req,
) -> Result<Response> {
    let seen = of_account(&app, &req, &account, &reference).await?;
    let [all, own] = keep::worth_keeping(&account, &seen.service, &seen.case.answers);
    let (id, now) = (account.acting.member.id.clone(), app.now());
    let write = account.acting.tenant.write(move |t| {
        t.change_account_details(&id, false, all, now)?;
        t.change_account_details(&id, true, own, now)
    });
    write.await?;
    Ok(redirect("/konto/angaben?ok=gemerkt"))
}
