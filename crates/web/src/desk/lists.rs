//! Letters to print and post, and letters that went: a work list.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::{Case, date_of};
use serde_json::{Value, json};
use store::{CaseFilter, Sort, Tab};

use crate::desk::badges::{Badge, between, days};
use crate::desk::inbox::noun;
use crate::desk::session::Desk;
use crate::failure::Result;
use crate::format;
use crate::req::Req;
use crate::state::App;

/// Rows of a list; more are in the inbox under the same view.
const ROWS: u32 = 50;
/// Letters that went lately.
const RECENT: u32 = 15;

/// Cases of a view, whole, and how many there are in all.
async fn cases(app: &App, desk: &Desk, tab: Tab, sort: Sort, size: u32) -> Result<(Vec<Case>, i64)> {
    let filter = CaseFilter {
        tab,
        sort,
        size,
        today: app.today(),
        me: Some(desk.clerk.id.clone()),
        ..CaseFilter::default()
    };
    let found = desk
        .tenant
        .read(move |t| {
            let page = t.cases(&filter)?;
            let mut cases = Vec::with_capacity(page.rows.len());
            for row in &page.rows {
                cases.extend(t.case(&row.id)?);
            }
            Ok::<_, store::Error>((cases, page.total))
        })
        .await?;
    Ok(found)
}

pub(super) fn basics(app: &App, case: &Case) -> Value {
    json!({
        "id": case.id.0, "reference": case.reference, "title": case.title, "applicant": case.applicant, "service": noun(app, &case.service),
        "letter": case.delivery.letter.as_ref().map(|l| l.0.clone()),
    })
}

/// "Der Brief ist zur Post gegeben.": what was just done.
pub(super) fn done(req: &Req) -> &'static str {
    match req.param("ok").as_deref().unwrap_or_default() {
        "gedruckt" => "Der Brief ist zur Post gegeben.",
        "bezahlt" => "Die Zahlung ist eingetragen.",
        "erinnert" => "Die Erinnerung ist unterwegs.",
        "kaution" => "Die Rückzahlung der Kaution ist eingetragen.",
        "erstattet" => "Die Rückzahlung ist eingetragen.",
        "doch-nicht" => "Der Eintrag ist zurückgenommen.",
        _ => "",
    }
}

/// The print queue and the letters that went lately.
pub async fn letters(State(app): State<App>, desk: Desk, req: Req) -> Result<Response> {
    let (queue, total) = cases(&app, &desk, Tab::Print, Sort::Updated, ROWS).await?;
    let (closed, _) = cases(&app, &desk, Tab::Closed, Sort::Updated, RECENT).await?;
    let today = app.today();
    let queue: Vec<Value> = queue
        .iter()
        .map(|case| {
            let mut row = basics(&app, case);
            let since = case.delivery.print_since.map(date_of);
            let age = since.map_or(0, |d| between(d, today));
            row["since"] = since.map(format::date).unwrap_or_default().into();
            row["address"] = domain::letter::recipient(&case.answers).join(", ").into();
            row["why"] = match (case.electronic, &case.email) {
                (true, _) => "nicht abgerufen",
                (false, None) => "keine E-Mail-Adresse",
                (false, Some(_)) => "Abruf nicht vereinbart",
            }
            .into();
            row["badge"] = json!(Badge {
                kind: if age > 1 { "warning" } else { "neutral" },
                text: if age == 0 {
                    "heute".into()
                } else {
                    format!("seit {}", days(age))
                },
                sub: String::new(),
            });
            row
        })
        .collect();
    let sent: Vec<Value> = closed
        .iter()
        .filter(|c| {
            c.delivery.letter.is_some() && (c.delivery.print_since.is_none() || c.delivery.printed_at.is_some())
        })
        .map(|case| {
            let mut row = basics(&app, case);
            let d = &case.delivery;
            let on = |t: jiff::Timestamp| format::date(date_of(t));
            row["state"] = match (d.printed_at, d.retrieved_at, d.provided_at) {
                (Some(at), _, _) => format!("zur Post am {}", on(at)),
                (None, Some(at), _) => format!("geöffnet am {}", on(at)),
                (None, None, Some(at)) => format!("bereit seit {}", on(at)),
                _ => String::new(),
            }
            .into();
            row
        })
        .collect();
    let shown = queue.len() as i64;
    let ctx = json!({ "queue": queue, "more": total - shown, "total": total, "sent": sent, "done": done(&req) });
    app.desk_page(StatusCode::OK, "desk/letters.html", &req, &desk, "briefe", ctx)
}
