//! Who read the case: office and task, never a name; taken from the log of acts, where it can't be deleted. The office
//! may switch the list off and then says here why.

use axum::extract::{Path, State};
use axum::response::Response;
use domain::{CaseId, date_of};
use jiff::Timestamp;
use schema::Lang;
use serde_json::{Value, json};
use store::{AuditRow, Clerk, Consultation, OFFICE, Store, TenantStore};

use crate::case::access;
use crate::failure::Result;
use crate::format;
use crate::reach::office_ctx;
use crate::req::Req;
use crate::state::App;

/// Acts that show something of the case to whoever does them, and the key of what they saw.
const READS: [(&str, &str); 8] = [
    ("case.disclosed", "all"),
    ("case.archive_exported", "all"),
    ("case.read", "all"),
    ("list.exported", "list"),
    ("paper.read", "paper"),
    ("letter.read", "letter"),
    ("letter.previewed", "letter"),
    ("consultation.read", "shared"),
];

/// Acts of one reader that are no further apart are one visit.
const VISIT_MINUTES: i64 = 15;

/// One visit of one reader.
struct Visit {
    from: Timestamp,
    until: Timestamp,
    /// Key of `reads.…`: the reader's task.
    role: &'static str,
    actor: String,
    saw: Vec<&'static str>,
}

/// A reader's task: by the account as it is now.
fn role(actor: &str, clerks: &[Clerk]) -> &'static str {
    if actor == "link" || actor.starts_with(OFFICE) {
        return "asked";
    }
    let found = clerks.iter().find(|c| c.id.as_str() == actor);
    match found {
        Some(clerk) if !clerk.roles.iter().any(|r| r == "clerk") => "lead_role",
        _ => "clerk",
    }
}

/// The name of an office that was asked and has a desk here.
fn office<'a>(store: &Store, actor: &str, asked: &'a [Consultation]) -> Option<&'a str> {
    // Either may be from before it was merged into another one.
    let id = store.today(&actor.strip_prefix(OFFICE)?.into());
    let of = |c: &&Consultation| c.peer.as_ref().is_some_and(|peer| store.today(peer) == id);
    asked.iter().find(of).map(|c| c.who_name.as_str())
}

/// Visits, newest first.
fn visits(rows: &[AuditRow], clerks: &[Clerk]) -> Vec<Visit> {
    let mut out: Vec<Visit> = Vec::new();
    for row in rows {
        let Some((_, saw)) = READS.iter().find(|(event, _)| *event == row.event) else {
            continue;
        };
        let near = |v: &&mut Visit| {
            v.actor == row.actor
                && date_of(v.until) == date_of(row.at)
                && row.at.as_second() - v.until.as_second() <= VISIT_MINUTES * 60
        };
        match out.iter_mut().rev().find(near) {
            Some(visit) => {
                visit.until = visit.until.max(row.at);
                if !visit.saw.contains(saw) {
                    visit.saw.push(saw);
                }
            }
            None => out.push(Visit {
                from: row.at,
                until: row.at,
                role: role(&row.actor, clerks),
                actor: row.actor.clone(),
                saw: vec![saw],
            }),
        }
    }
    out.reverse();
    out
}

pub async fn page(State(app): State<App>, Path(reference): Path<String>, req: Req) -> Result<Response> {
    let seen = match access::see_or_ask(&app, &req, &reference).await {
        Ok(seen) => seen,
        Err(response) => return Ok(response),
    };
    let lang = req.lang;
    let read = read(&app, &seen.tenant, &seen.case.id, &seen.offer.authority(), lang).await?;
    let hidden = read
        .hidden
        .map(|(reason, since)| json!({ "reason": reason, "since": format::date_in(date_of(since), lang) }));
    let days = if hidden.is_some() { Vec::new() } else { read.days };
    let cx = seen.context(&app, lang);
    let ctx = json!({
        "place": seen.offer.place.ctx(), "office": office_ctx(&app, lang, &seen.offer), "days": days, "hidden": hidden,
        "c": { "title": seen.title(&cx), "reference": seen.case.reference },
    });
    let ui = app.ui_for(
        &req,
        &seen.offer.place,
        &seen.offer.route.authority.name,
        seen.offer.tenant.as_ref(),
        seen.offer.local.crest,
    );
    app.ok("case/reads.html", ui, ctx)
}

/// Who read a case, and whether its applicant is told.
pub struct Read {
    /// Days, newest first: `{title, rows: [{time, who, saw}]}`.
    pub days: Vec<Value>,
    pub hidden: Option<(String, Timestamp)>,
}

/// Of the log of acts, in words.
pub async fn read(app: &App, tenant: &TenantStore, case: &CaseId, authority: &str, lang: Lang) -> Result<Read> {
    let id = case.clone();
    let known = tenant.read(move |t| {
        let (rows, asked) = (t.case_audit(&id)?, t.consultations_of(&id)?);
        Ok::<_, store::Error>((t.reads_hidden()?, rows, t.clerks()?, asked))
    });
    let (hidden, rows, clerks, asked) = known.await?;
    let t = |key: &str, with: &[(&str, &str)]| app.texts.fill(lang, key, with);
    let mut days: Vec<Value> = Vec::new();
    for visit in visits(&rows, &clerks) {
        let day = date_of(visit.from);
        let role = t(&format!("reads.{}", visit.role), &[]);
        let who = match visit.role {
            "asked" => office(&app.store, &visit.actor, &asked).map_or(role, str::to_owned),
            _ => format!("{authority}, {role}"),
        };
        let saw: Vec<String> = visit
            .saw
            .iter()
            .map(|key| t(&format!("reads.saw_{key}"), &[]))
            .collect();
        let row = json!({ "time": times(app, lang, &visit), "who": who, "saw": saw.join(", ") });
        let title = format::long_date(day, lang);
        match days.last_mut().filter(|d| d["title"] == title.as_str()) {
            Some(last) => last["rows"]
                .as_array_mut()
                .into_iter()
                .for_each(|rows| rows.push(row.clone())),
            None => days.push(json!({ "title": title, "rows": [row] })),
        }
    }
    Ok(Read { days, hidden })
}

/// `10:02 bis 10:12 Uhr`, or one time.
fn times(app: &App, lang: Lang, visit: &Visit) -> String {
    let clock = |at: Timestamp| domain::berlin(at).strftime("%H:%M").to_string();
    let (from, until) = (clock(visit.from), clock(visit.until));
    if from == until {
        app.texts.fill(lang, "reads.at", &[("from", &from)])
    } else {
        app.texts
            .fill(lang, "reads.from_until", &[("from", &from), ("until", &until)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(at: &str, actor: &str, event: &str) -> AuditRow {
        AuditRow {
            n: 1,
            at: at.parse().expect("a moment"),
            actor: actor.into(),
            event: event.into(),
            case: None,
            hash: [0; 32],
        }
    }

    #[test]
    fn reads_close_together_are_one_visit_and_writing_is_none() {
        let rows = [
            row("2026-11-25T07:40:00Z", "a", "case.read"),
            row("2026-11-25T09:02:00Z", "a", "case.read"),
            row("2026-11-25T09:04:00Z", "b", "case.read"),
            row("2026-11-25T09:12:00Z", "a", "paper.read"),
            row("2026-11-25T09:13:00Z", "a", "case.note"),
            row("2026-11-25T09:14:00Z", "link", "consultation.read"),
        ];
        let found = visits(&rows, &[]);
        let told: Vec<_> = found
            .iter()
            .map(|v| (v.actor.as_str(), v.role, v.saw.clone()))
            .collect();
        assert_eq!(
            told,
            [
                ("link", "asked", vec!["shared"]),
                ("b", "clerk", vec!["all"]),
                ("a", "clerk", vec!["all", "paper"]),
                ("a", "clerk", vec!["all"]),
            ]
        );
        assert_eq!(found[2].until, rows[3].at);
    }
}
