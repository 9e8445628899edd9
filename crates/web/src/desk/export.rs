//! The list as a file for a spreadsheet: German heads, `;`, a BOM so that Excel reads umlauts, and no cell
//! that a spreadsheet would run as a formula.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use domain::{CaseId, Channel};
use jiff::Timestamp;
use store::{CaseRow, Error};

use crate::desk::acts::{self, Acts};
use crate::desk::badges;
use crate::desk::inbox::noun;
use crate::desk::query::ListQuery;
use crate::desk::session::Desk;
use crate::failure::{Failure, Result};
use crate::format;
use crate::req::Req;
use crate::state::App;

const HEADS: [&str; 14] = [
    "Aktenzeichen",
    "Leistung",
    "Vorgang",
    "Von",
    "Ort",
    "Stand",
    "Eingegangen",
    "Weg",
    "Termin",
    "Entscheiden bis",
    "Tage zu spät",
    "Prüfung ansehen",
    "Bearbeitung",
    "Zahlung offen",
];

/// Rows read at once, and pages at most: 50,000 cases.
const SIZE: u32 = 500;
const PAGES: u32 = 100;

/// The shown list, all pages of it.
pub async fn csv(State(app): State<App>, desk: Desk, req: Req) -> Result<Response> {
    let list = ListQuery::parse(&req.query).opened(&desk.tenant);
    let mut filter = list.filter(&desk.clerk.id, app.today());
    filter.size = SIZE;
    let (actor, now) = (desk.clerk.id.clone(), app.now());
    desk.tenant
        .write(move |t| {
            t.audit(actor.as_str(), "list.exported", None, now);
            Ok::<_, Error>(())
        })
        .await?;
    // Read apart from the writing above: a long list holds up nobody who sends something in.
    let rows = desk
        .tenant
        .read(move |t| {
            let acts = Acts::read(t)?;
            let mut rows: Vec<(CaseRow, &'static str)> = Vec::new();
            for page in 0..PAGES {
                filter.page = page;
                let found = t.cases(&filter)?;
                let last = found.rows.len() < SIZE as usize;
                let words = acts.of_rows(t, &found.rows)?;
                rows.extend(found.rows.into_iter().zip(words));
                if last {
                    break;
                }
            }
            Ok::<_, Error>(rows)
        })
        .await?;
    for part in rows.chunks(SIZE as usize) {
        let cases: Vec<CaseId> = part.iter().map(|(r, _)| r.id.clone()).collect();
        let actor = desk.clerk.id.clone();
        let write = move |t: &mut store::TenantTx<'_>| {
            // What the file says of a case is read there.
            for case in &cases {
                t.audit(actor.as_str(), "list.exported", Some(case), now);
            }
            Ok::<_, Error>(())
        };
        desk.tenant.write(write).await?;
    }
    let text = write(rows.iter().map(|(r, act)| cells(&app, r, act))).map_err(Failure::internal)?;
    let name = format!("vorgaenge-{}.csv", app.today());
    Ok((
        [
            (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
            (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        ],
        text,
    )
        .into_response())
}

fn cells(app: &App, r: &CaseRow, act: &str) -> [String; 14] {
    let yes = |b: bool| if b { "ja".to_owned() } else { String::new() };
    let some = |n: i64| if n > 0 { n.to_string() } else { String::new() };
    let way = match badges::channel(r.channel) {
        "" => "online",
        other => other,
    };
    [
        r.reference.clone(),
        noun(app, &r.service),
        r.title.clone(),
        r.applicant.clone(),
        r.place_name.clone(),
        acts::state(app, act, r),
        received(r.channel, r.received_at),
        way.to_owned(),
        r.event_day.map(format::date).unwrap_or_default(),
        r.due.map(format::date).unwrap_or_default(),
        some(r.late_by),
        some(r.looks),
        r.assignee_name.clone().unwrap_or_default(),
        yes(r.fee_open),
    ]
}

/// Of what a clerk typed in only the day is known.
fn received(channel: Channel, at: Timestamp) -> String {
    let day = format::date(domain::date_of(at));
    match channel.by_hand() {
        true => day,
        false => format!("{day} {}", format::clock(at)),
    }
}

fn write(rows: impl Iterator<Item = [String; 14]>) -> Result<Vec<u8>, csv::Error> {
    let mut out = csv::WriterBuilder::new()
        .delimiter(b';')
        .terminator(csv::Terminator::CRLF)
        .from_writer("\u{feff}".as_bytes().to_vec());
    out.write_record(HEADS)?;
    for row in rows {
        out.write_record(row.iter().map(|cell| guarded(cell)))?;
    }
    out.into_inner().map_err(|e| e.into_error().into())
}

/// A cell that starts like a formula gets `'` before it; spreadsheets then read it as text (OWASP, CSV injection).
pub fn guarded(cell: &str) -> String {
    match cell.chars().next() {
        Some('=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠') => format!("'{cell}"),
        _ => cell.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_on_paper_came_at_no_hour() {
        let at = "2026-11-24T11:00:00Z".parse().expect("time");
        assert_eq!(received(Channel::Paper, at), "24.11.2026");
        assert_eq!(received(Channel::Phone, at), "24.11.2026");
        assert_eq!(received(Channel::Online, at), "24.11.2026 12:00");
    }

    #[test]
    fn a_file_that_excel_reads_and_no_formula_gets_through() {
        let mut row: [String; 14] = std::array::from_fn(|_| String::new());
        row[0] = "NOB-FEUER-26-0147-K".into();
        row[2] = "=HYPERLINK(\"http://evil.example\";\"Klick\")".into();
        row[3] = "+49 Verein; „Äpfel“".into();
        let bytes = write([row].into_iter()).expect("csv");
        let text = String::from_utf8(bytes).expect("text");
        assert!(text.starts_with("\u{feff}Aktenzeichen;Leistung;"));
        assert!(text.contains("\r\nNOB-FEUER-26-0147-K;;\"'=HYPERLINK(\"\"http://evil.example\"\";\"\"Klick\"\")\";\"'+49 Verein; „Äpfel“\";"));
        for start in ["=1", "+1", "-1", "@a", "\t=1"] {
            assert_eq!(guarded(start), format!("'{start}"));
        }
        assert_eq!(guarded("Verein"), "Verein");
    }
}
