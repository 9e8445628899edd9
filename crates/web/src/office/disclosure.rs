//! Access on request (Art. 15): the lead looks a person up in the sealed cases, chooses those that are theirs, and gets
//! one file. That it was made is noted in each case, where its applicant sees it.

use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::reference::Reference;
use domain::{CaseId, date_of};
use exchange::zip::Zip;
use serde_json::{Value, json};
use store::{CaseFilter, Sort, Tab};

use crate::case::data::zip;
use crate::case::dossier::{For, MOST, Source};
use crate::desk::file;
use crate::desk::inbox::noun;
use crate::desk::session::Lead;
use crate::failure::Result;
use crate::format;
use crate::office::fields::{Faults, Field, Typed, read_line};
use crate::office::frame;
use crate::req::Req;
use crate::state::App;

/// Cases that one search shows, and that one file holds.
const CASES: usize = 50;
/// Erased cases looked through for a reference.
const ERASED: u32 = 10_000;

/// What a search has found.
#[derive(Default)]
struct Found {
    rows: Vec<Value>,
    total: i64,
    fuzzy: bool,
    /// A reference that was erased, and when.
    erased: String,
}

async fn find(app: &App, lead: &Lead, words: &str) -> Result<Found> {
    let filter = CaseFilter {
        tab: Tab::All,
        q: words.to_owned(),
        sort: Sort::Received,
        today: app.today(),
        size: u32::try_from(CASES).unwrap_or(u32::MAX),
        ..CaseFilter::default()
    };
    let reference = Reference::parse(words).ok().map(|r| r.to_string());
    // That somebody was looked up is a row of the log; whom is not.
    let (actor, now) = (lead.0.clerk.id.clone(), app.now());
    let read = lead.0.tenant.write(move |t| {
        t.audit(actor.as_str(), "list.searched", None, now);
        let page = t.cases(&filter)?;
        let erased = match &reference {
            Some(reference) => t.erased_cases(ERASED)?.into_iter().find(|e| e.reference == *reference),
            None => None,
        };
        Ok::<_, store::Error>((page, erased))
    });
    let (page, erased) = read.await?;
    let rows = page.rows.iter().map(|r| {
        json!({
            "id": r.id.as_str(), "reference": r.reference, "title": r.title, "applicant": r.applicant, "service": noun(app, &r.service),
            "received": format::date(date_of(r.received_at)),
        })
    });
    Ok(Found {
        rows: rows.collect(),
        total: page.total,
        fuzzy: page.fuzzy,
        erased: erased
            .map(|e| {
                format!(
                    "{} wurde am {} gelöscht. Dazu gibt es keine Angaben mehr.",
                    e.reference,
                    format::date(date_of(e.erased_at))
                )
            })
            .unwrap_or_default(),
    })
}

fn render(
    app: &App,
    lead: &Lead,
    req: &Req,
    t: &Typed,
    f: &Faults,
    found: Option<Found>,
    why: &str,
) -> Result<Response> {
    let (errors, errors_title) = f.summary(app, &["wer"]);
    let searched = found.is_some();
    let found = found.unwrap_or_default();
    let ctx = json!({
        "errors": errors, "errors_title": errors_title, "why": why, "searched": searched, "rows": found.rows, "fuzzy": found.fuzzy,
        "erased": found.erased, "more": found.total > CASES as i64, "most": CASES,
        "f": { "wer": Field::text("wer", "Wer fragt?", t, f).hint("Name der Person oder des Vereins, oder ein Aktenzeichen.") },
    });
    let status = if why.is_empty() {
        f.status()
    } else {
        StatusCode::CONFLICT
    };
    frame::page(app, status, "office/disclosure.html", req, lead, "auskunft", ctx)
}

pub async fn page(State(app): State<App>, lead: Lead, req: Req) -> Result<Response> {
    render(&app, &lead, &req, &Typed::default(), &Faults::default(), None, "")
}

/// The words come in the body: a name is no part of an address.
pub async fn search(
    State(app): State<App>,
    lead: Lead,
    req: Req,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response> {
    let typed = Typed(pairs);
    let mut f = Faults::default();
    let words = f.take("wer", read_line(typed.get("wer"), 120)).unwrap_or_default();
    if f.is_empty() && words.is_empty() {
        f.add("wer", "Schreiben Sie einen Namen oder ein Aktenzeichen.");
    }
    if !f.is_empty() {
        return render(&app, &lead, &req, &typed, &f, None, "");
    }
    let found = find(&app, &lead, &words).await?;
    render(&app, &lead, &req, &typed, &f, Some(found), "")
}

/// The chosen cases in one file.
pub async fn file(
    State(app): State<App>,
    lead: Lead,
    req: Req,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response> {
    let typed = Typed(pairs);
    let ids: Vec<CaseId> = typed.all("v").take(CASES).map(CaseId::from).collect();
    if ids.is_empty() {
        let why = "Wählen Sie aus, welche Vorgänge zu dieser Person gehören.";
        let words = typed.get("wer").to_owned();
        let found = if words.is_empty() {
            None
        } else {
            Some(find(&app, &lead, &words).await?)
        };
        return render(&app, &lead, &req, &typed, &Faults::default(), found, why);
    }
    let _turn = app.work.file().await?;
    let desk = &lead.0;
    let mut out = Zip::new(domain::berlin(app.now()).datetime());
    let (mut rows, mut given) = (Vec::new(), Vec::new());
    for id in &ids {
        let opened = file::load(&app, desk, id.as_str()).await?;
        let cx = opened.context(&app);
        let source = Source {
            tenant: &desk.tenant,
            case: &opened.case,
            service: &opened.service,
            cx: &cx,
            authority: opened.offer.authority(),
            whom: For::Desk,
        };
        let folder = format!("{}/", opened.case.reference);
        source.put(&app, app.ui(&req), &mut out, &folder).await?;
        rows.push(json!({ "reference": opened.case.reference, "title": opened.case.title, "href": format!("{folder}lesen.html") }));
        given.push(opened.case.id.clone());
    }
    let whole = i64::try_from(out.size()).is_ok_and(|size| size <= MOST);
    let index = json!({ "rows": rows, "authority": desk.tenant.authority().name, "at": format::moment(app.now()), "whole": whole });
    out.add(
        "uebersicht.html",
        app.draw("office/disclosure_index.html", app.ui(&req), index)?
            .as_bytes(),
    );
    // What the file says is read there: noted before it leaves the house.
    let (actor, now) = (desk.clerk.id.clone(), app.now());
    let noted = desk.tenant.write(move |t| {
        for id in &given {
            t.audit(actor.as_str(), "case.disclosed", Some(id), now);
        }
        Ok::<_, store::Error>(())
    });
    noted.await?;
    Ok(zip(out.finish(), &format!("auskunft-{}.zip", app.today())))
}
