//! The log of acts: its signed heads, one for each day, to be printed and kept; and whether applicants are told who read
//! their case.

use axum::extract::{Form, State};
use axum::response::Response;
use domain::audit_head::groups;
use domain::receipt::fingerprint;
use serde_json::{Value, json};

use crate::desk::session::{Auditor, Desk, Lead};
use crate::failure::{Failure, Result};
use crate::format;
use crate::office::fields::{Faults, Field, Typed};
use crate::office::frame;
use crate::reply::redirect;
use crate::req::Req;
use crate::state::App;

/// Days shown; older ones stay in the store.
const SHOWN: u32 = 31;
/// Characters of a reason.
const REASON: (usize, usize) = (10, 300);

async fn render(app: &App, who: &impl AsRef<Desk>, req: &Req, t: &Typed, f: &Faults) -> Result<Response> {
    let tenant = &who.as_ref().tenant;
    let known = tenant.read(|t| Ok::<_, store::Error>((t.signed_heads(SHOWN)?, t.reads_hidden()?)));
    let (heads, hidden) = known.await?;
    let rows: Vec<Value> = heads
        .iter()
        .map(|s| {
            json!({
                "day": format::long_date(s.day, schema::Lang::De), "iso": s.day.to_string(), "n": s.head.n,
                "hash": groups(&s.head.hash), "signature": groups(&s.signature),
            })
        })
        .collect();
    let key = fingerprint(&tenant.public_key().map_err(Failure::internal)?);
    let hidden = hidden.map(|(reason, since)| json!({ "reason": reason, "since": format::moment(since) }));
    let notice = match req.param("stand").as_deref() {
        Some("aus") => "Abgeschaltet. Statt der Liste steht dort jetzt Ihr Grund.",
        Some("an") => "Eingeschaltet. Antragstellende sehen wieder, welches Amt gelesen hat.",
        _ => "",
    };
    let (errors, errors_title) = f.summary(app, &["grund"]);
    let grund = Field::area("grund", "Warum nicht?", t, f)
        .hint("Der Grund steht für alle Antragstellenden auf der Seite, und im Verlauf der Einstellungen.");
    let ctx = json!({
        "rows": rows, "key": key, "authority_id": tenant.id().as_str(), "hidden": hidden, "notice": notice,
        "errors": errors, "errors_title": errors_title, "f": { "grund": grund },
    });
    frame::page(app, f.status(), "office/protocol.html", req, who, "protokoll", ctx)
}

pub async fn page(State(app): State<App>, who: Auditor, req: Req) -> Result<Response> {
    render(&app, &who, &req, &Typed::default(), &Faults::default()).await
}

/// Switches the applicants' list off, with a reason, or on again.
pub async fn save(
    State(app): State<App>,
    lead: Lead,
    req: Req,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response> {
    let typed = Typed(pairs);
    let on = typed.get("zeigen") == "ja";
    let reason = schema::typed::lines(typed.get("grund"));
    let mut f = Faults::default();
    let n = reason.chars().count();
    if !on && n < REASON.0 {
        f.add(
            "grund",
            "Schreiben Sie in einem Satz, warum die Liste nicht gezeigt wird.",
        );
    } else if !on && n > REASON.1 {
        f.add(
            "grund",
            format!("Der Grund ist zu lang. Kürzen Sie ihn auf {} Zeichen.", REASON.1),
        );
    }
    if !f.is_empty() {
        return render(&app, &lead, &req, &typed, &f).await;
    }
    let (actor, now) = (lead.0.clerk.id.clone(), app.now());
    let write = lead.0.tenant.write(move |t| {
        let new = (!on).then_some(reason.as_str());
        // What holds already is not written again: the history shows changes only.
        if t.reads_hidden()?.map(|(reason, _)| reason).as_deref() != new {
            t.hide_reads(new, actor.as_str(), now)?;
        }
        Ok::<_, store::Error>(())
    });
    write.await?;
    let state = if on { "an" } else { "aus" };
    Ok(redirect(&format!("/amt/einstellungen/protokoll?stand={state}")))
}
