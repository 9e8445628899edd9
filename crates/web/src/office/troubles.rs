//! What did not go out: jobs and mails that the worker gave up. The lead sees them with the cause and has them
//! tried once more. When the worker gives up is `store`'s.

use axum::extract::{Form, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::desk::session::Lead;
use crate::failure::Result;
use crate::format;
use crate::office::frame;
use crate::reply::redirect;
use crate::req::Req;
use crate::state::App;

/// Mails shown; when these are settled, the next ones come up.
const SHOWN: u32 = 100;

/// What a job was to do, as the desk says it.
fn work(kind: &str) -> &'static str {
    match kind {
        "letter_receipt" => "Eingangsbestätigung erstellen",
        "letter_question" => "Brief mit der Rückfrage erstellen",
        "take_effect" => "Bescheid erstellen und bereitstellen",
        "print_unfetched" => "Nicht geöffneten Bescheid auf die Druckliste setzen",
        "consult_open" => "Andere Stelle beteiligen",
        "deliver" => "Nachricht an ein anderes Amt zustellen",
        "transfer" => "Vorgang an ein anderes Amt abgeben",
        "morning" => "Mails am Morgen vorbereiten",
        k if k.starts_with("mail_") || k.starts_with("remind_") => "Mail vorbereiten",
        _ => "Auftrag ausführen",
    }
}

pub async fn page(State(app): State<App>, lead: Lead, req: Req) -> Result<Response> {
    let (jobs, mails) = lead
        .0
        .tenant
        .read(|t| {
            let mut jobs = Vec::new();
            for job in t.dead_jobs()? {
                let case = job.case.as_ref().map(|id| t.case(id)).transpose()?.flatten();
                jobs.push((job, case.map(|c| c.reference)));
            }
            Ok::<_, store::Error>((jobs, t.lost_mails(SHOWN)?))
        })
        .await?;
    let jobs: Vec<Value> = jobs
        .iter()
        .map(|(job, reference)| {
            json!({
                "id": job.id, "what": work(&job.kind), "reference": reference, "case": job.case.as_ref().map(|c| c.0.clone()),
                "at": format::moment(job.since), "iso": format::iso(job.since), "cause": job.error, "tries": job.attempts,
            })
        })
        .collect();
    let mails: Vec<Value> = mails
        .iter()
        .map(|mail| {
            json!({
                "id": mail.id, "subject": mail.subject, "to": mail.to, "cause": mail.cause, "tries": mail.attempts,
                "at": format::moment(mail.since), "iso": format::iso(mail.since),
            })
        })
        .collect();
    let done = if req.param("ok").is_some() {
        "Wir versuchen es gerade noch einmal."
    } else {
        ""
    };
    let ctx = json!({ "jobs": jobs, "mails": mails, "done": done });
    frame::ok(&app, "office/troubles.html", &req, &lead, "stoerungen", ctx)
}

#[derive(Debug, Deserialize)]
pub struct Again {
    #[serde(default)]
    auftrag: String,
    #[serde(default)]
    mail: String,
}

/// Once more. What is no longer given up stays as it is.
pub async fn again(State(app): State<App>, lead: Lead, Form(input): Form<Again>) -> Result<Response> {
    let (now, me) = (app.now(), lead.0.clerk.id.clone());
    lead.0
        .tenant
        .write(move |t| {
            let job = !input.auftrag.is_empty() && t.revive_job(&input.auftrag, now)?;
            let mail = !input.mail.is_empty() && t.revive_mail(&input.mail, now)?;
            if mail {
                t.add_job("send_mails", &json!({}), now, Some("send_mails"))?;
            }
            if job || mail {
                t.audit(me.as_str(), "trouble.retried", None, now);
            }
            Ok::<_, store::Error>(())
        })
        .await?;
    Ok(redirect("/amt/einstellungen/stoerungen?ok=1"))
}
