//! "Zum Löschen vorgesehen": cases whose time is over, what the archive has been offered, what is released, what is
//! held, what is gone. The lead says what becomes of each; the daily run does it. Nothing that can't be undone happens
//! without being asked once more.

use axum::extract::{Form, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use domain::{Action, Case, CaseId, Stage, date_of};
use jiff::ToSpan as _;
use serde_json::{Value, json};
use store::{ActError, Archive, ErasedCase};

use crate::desk::inbox::noun;
use crate::desk::session::Lead;
use crate::failure::{Failure, Result};
use crate::format;
use crate::office::archive;
use crate::office::fields::{Faults, Typed};
use crate::office::frame;
use crate::reply::redirect;
use crate::req::Req;
use crate::state::App;

/// Cases shown at once; the rest comes when these are done.
const SHOWN: u32 = 200;
/// Erased ones shown.
const GONE: u32 = 50;

/// What may be done to the chosen ones: word of the button, question, is it asked once more.
const STEPS: [(&str, &str, bool); 5] = [
    ("anbieten", "", false),
    ("freigeben", "löschen", true),
    ("abgelehnt", "löschen, weil das Archiv sie ablehnt", true),
    ("uebernommen", "löschen, weil das Archiv sie übernommen hat", true),
    ("zurueck", "", false),
];

fn row(app: &App, case: &Case) -> Value {
    let day = |at| format::date(date_of(at));
    let keeping = &case.keeping;
    let more = match (&keeping.hold, &keeping.stage) {
        (Some(hold), _) => format!("gesperrt am {} von {}: {}", day(hold.since), hold.by, hold.reason),
        (None, Stage::Offered { at, archive, until }) => {
            let copy = match keeping.exported {
                Some(at) => format!(", Datei geladen am {}", day(at)),
                None => String::new(),
            };
            format!(
                "{archive}, angeboten am {}, Antwort bis {}{copy}",
                day(*at),
                format::date(*until)
            )
        }
        (None, Stage::Released { at, why }) => format!("{} am {}", why_words(why.as_str()), day(*at)),
        (None, _) => String::new(),
    };
    json!({
        "id": case.id.as_str(), "reference": case.reference, "title": case.title, "service": noun(app, &case.service), "place": case.place_name,
        "ended": keeping.ended.map(day).unwrap_or_default(), "more": more,
        "file": matches!(keeping.stage, Stage::Offered { .. }) && keeping.hold.is_none(),
    })
}

/// Why a case may go, or went.
fn why_words(why: &str) -> &'static str {
    match why {
        "taken" => "vom Archiv übernommen",
        "declined" => "vom Archiv abgelehnt",
        "no_answer" => "ohne Antwort des Archivs",
        _ => "von der Leitung freigegeben",
    }
}

fn gone(app: &App, e: &ErasedCase) -> Value {
    json!({
        "reference": e.reference, "service": noun(app, &e.service), "at": format::date(date_of(e.erased_at)), "why": why_words(&e.why),
        "outcome": app.texts.text(schema::Lang::De, &format!("state.{}", e.outcome)),
    })
}

/// The page; `why`: something was not possible. `t`, `f`: the archive's form.
pub async fn render(app: &App, lead: &Lead, req: &Req, t: Option<Typed>, f: &Faults, why: &str) -> Result<Response> {
    let read = lead
        .0
        .tenant
        .read(|t| Ok::<_, store::Error>((t.cases_leaving("", SHOWN)?, t.erased_cases(GONE)?, t.archive()?)));
    let (cases, erased, named) = read.await?;
    let of = |stage: &str| -> Vec<Value> {
        let here = |c: &&Case| c.keeping.hold.is_none() && c.keeping.stage.as_str() == stage;
        cases.iter().filter(here).map(|c| row(app, c)).collect()
    };
    let held: Vec<Value> = cases
        .iter()
        .filter(|c| c.keeping.hold.is_some())
        .map(|c| row(app, c))
        .collect();
    let notice = match req.param("stand").as_deref() {
        Some("angeboten") => "Als angeboten vermerkt. Geben Sie dem Archiv jetzt die Liste.",
        Some("freigegeben") => {
            "Freigegeben. Gelöscht wird am nächsten Morgen um 7 Uhr; bis dahin können Sie es zurückholen."
        }
        Some("zurueck") => "Zurückgeholt.",
        Some("archiv") => "Gespeichert.",
        _ => "",
    };
    let (form, errors, errors_title) = archive::form(app, named.as_ref(), t, f);
    let ctx = json!({
        "due": of("due"), "offered": of("offered"), "released": of("released"), "held": held,
        "gone": erased.iter().map(|e| gone(app, e)).collect::<Vec<_>>(), "more": cases.len() >= SHOWN as usize,
        "archive": named.map(|a| a.name).unwrap_or_default(), "notice": notice, "why": why,
        "errors": errors, "errors_title": errors_title, "f": form,
    });
    let status = if why.is_empty() {
        f.status()
    } else {
        StatusCode::CONFLICT
    };
    frame::page(app, status, "office/leaving.html", req, lead, "loeschen", ctx)
}

pub async fn page(State(app): State<App>, lead: Lead, req: Req) -> Result<Response> {
    render(&app, &lead, &req, None, &Faults::default(), "").await
}

/// One step for the chosen cases.
pub async fn act(
    State(app): State<App>,
    lead: Lead,
    req: Req,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response> {
    let typed = Typed(pairs);
    let Some((step, question, ask)) = STEPS.into_iter().find(|(word, ..)| *word == typed.get("was")) else {
        return page(State(app), lead, req).await;
    };
    let ids: Vec<CaseId> = typed.all("v").take(SHOWN as usize).map(CaseId::from).collect();
    if ids.is_empty() {
        return render(
            &app,
            &lead,
            &req,
            None,
            &Faults::default(),
            "Wählen Sie zuerst aus, welche Vorgänge.",
        )
        .await;
    }
    if ask && typed.get("sicher") != "ja" {
        return sure(&app, &lead, &req, step, question, ids).await;
    }
    let (actor, now, today) = (lead.0.actor(), app.now(), app.today());
    let mut refused = Vec::new();
    for id in ids {
        let actor = actor.clone();
        // Each on its own: one that is not possible stops no other.
        let done = lead.0.tenant.write(move |t| -> Result<(), ActError> {
            let named = t.archive()?;
            let action = match (step, named) {
                ("anbieten", Some(a)) => Action::Offer {
                    archive: a.name,
                    until: today.saturating_add(a.days.days()),
                },
                ("anbieten", None) => return Err(refusal("Nennen Sie zuerst das Archiv.")),
                ("freigeben", Some(_)) => {
                    return Err(refusal(
                        "Für Ihr Amt ist ein Archiv genannt. Bieten Sie ihm die Vorgänge zuerst an.",
                    ));
                }
                ("freigeben", None) => Action::Release,
                ("abgelehnt", _) => Action::ArchiveAnswered { takes: false },
                ("uebernommen", _) => Action::ArchiveAnswered { takes: true },
                _ => Action::Recall,
            };
            t.act(&id, action, &actor, now).map(drop)
        });
        match done.await {
            Ok(()) => {}
            Err(ActError::Refused(why)) => refused.push(why.0),
            Err(ActError::NotFound) => refused.push("Einen Vorgang gibt es nicht mehr.".to_owned()),
            Err(other) => return Err(other.into()),
        }
    }
    if let Some(why) = refused.first() {
        let why = match refused.len() {
            1 => why.clone(),
            n => format!("Bei {n} Vorgängen ging es nicht. {why}"),
        };
        return render(&app, &lead, &req, None, &Faults::default(), &why).await;
    }
    let done = match step {
        "anbieten" => "angeboten",
        "zurueck" => "zurueck",
        _ => "freigegeben",
    };
    Ok(redirect(&format!("/amt/loeschen?stand={done}")))
}

fn refusal(why: &str) -> ActError {
    ActError::Refused(domain::Refusal(why.to_owned()))
}

/// Asks once more, with the names of what goes.
async fn sure(app: &App, lead: &Lead, req: &Req, step: &str, question: &str, ids: Vec<CaseId>) -> Result<Response> {
    let read = lead.0.tenant.read(move |t| {
        ids.iter()
            .map(|id| t.case(id))
            .collect::<Result<Vec<_>, store::Error>>()
    });
    let cases: Vec<Value> = read.await?.iter().flatten().map(|c| row(app, c)).collect();
    if cases.is_empty() {
        return Err(Failure::Case);
    }
    let ctx = json!({ "cases": cases, "step": step, "question": question });
    frame::ok(app, "office/leaving_sure.html", req, lead, "loeschen", ctx)
}

/// The list for the archive: what is due or offered, without what stands in the cases.
pub async fn list(State(app): State<App>, lead: Lead) -> Result<Response> {
    let (actor, now) = (lead.0.clerk.id.clone(), app.now());
    let cases = lead.0.tenant.write(move |t| {
        let mut cases = t.cases_leaving("due", SHOWN)?;
        cases.extend(t.cases_leaving("offered", SHOWN)?);
        cases.retain(|c| c.keeping.hold.is_none());
        t.audit(actor.as_str(), "list.exported", None, now);
        for case in &cases {
            t.audit(actor.as_str(), "list.exported", Some(&case.id), now);
        }
        Ok::<_, store::Error>(cases)
    });
    let cases = cases.await?;
    let mut out = csv::WriterBuilder::new()
        .delimiter(b';')
        .terminator(csv::Terminator::CRLF)
        .from_writer("\u{feff}".as_bytes().to_vec());
    let mut write = |record: [String; 8]| out.write_record(record.map(|cell| crate::desk::export::guarded(&cell)));
    let heads = [
        "Aktenzeichen",
        "Leistung",
        "Vorgang",
        "Ort",
        "Eingegangen",
        "Beendet",
        "Ausgang",
        "Antwort bis",
    ];
    write(heads.map(str::to_owned)).map_err(Failure::internal)?;
    for c in &cases {
        let until = match &c.keeping.stage {
            Stage::Offered { until, .. } => format::date(*until),
            _ => String::new(),
        };
        write([
            c.reference.clone(),
            noun(&app, &c.service),
            c.title.clone(),
            c.place_name.clone(),
            format::date(date_of(c.received_at)),
            c.keeping.ended.map(|at| format::date(date_of(at))).unwrap_or_default(),
            app.texts.text(schema::Lang::De, &format!("state.{}", c.end_word())),
            until,
        ])
        .map_err(Failure::internal)?;
    }
    let text = out.into_inner().map_err(Failure::internal)?;
    let name = format!("anbietung-{}.csv", app.today());
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    Ok((headers, text).into_response())
}

/// Names the archive, or says that there is none.
pub async fn save(
    State(app): State<App>,
    lead: Lead,
    req: Req,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response> {
    let typed = Typed(pairs);
    let named: Option<Archive> = match archive::read(&app, &typed) {
        Ok(named) => named,
        Err(faults) => return render(&app, &lead, &req, Some(typed), &faults, "").await,
    };
    let (actor, now) = (lead.0.clerk.id.clone(), app.now());
    lead.0
        .tenant
        .write(move |t| t.set_archive(named, actor.as_str(), now))
        .await?;
    Ok(redirect("/amt/loeschen?stand=archiv"))
}
