//! One version with what it changes, what its examples come to, what became of it, and what can be done with it.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use jiff::Timestamp;
use schema::diff::{Change, Deed, Topic};
use schema::{Lang, Service};
use serde::Serialize;
use serde_json::{Value, json};
use store::{Origin, Version, VersionState};

use crate::cockpit::session::Centre;
use crate::cockpit::versions::{People, badge, href, is_live};
use crate::failure::{Failure, Result};
use crate::format;
use crate::office::fields::{Faults, Typed};
use crate::req::Req;
use crate::state::App;
use crate::version::{Ran, all_pass, run_examples};

/// Examples shown at once; the rest unfolds.
const EXAMPLES: usize = 7;

/// A version with all that is looked at before it is approved.
pub struct Looked {
    pub version: Version,
    pub service: Arc<Service>,
    /// What it takes the place of.
    pub before: Option<(Version, Arc<Service>)>,
    pub changes: Vec<Change>,
    pub ran: Vec<Ran>,
}

impl Looked {
    pub fn name(&self) -> String {
        self.service.noun().to_owned()
    }

    /// Nobody approves what does not come out as its examples say.
    pub fn may_be_approved(&self) -> bool {
        all_pass(&self.ran)
    }
}

/// Reads a version and runs its examples.
pub async fn look(app: &App, id: &str) -> Result<Looked> {
    app.services.look_now(app.now()).await?;
    let version = app.store.shared().version(id).await?.ok_or(Failure::Page)?;
    let service = app.services.with_examples(&version).await?;
    let service = service.ok_or_else(|| Failure::internal(format!("version {id} cannot be read")))?;
    let before = match before(app, &version) {
        Some(before) => app.services.version(&before.hash).await?.map(|s| (before, s)),
        None => None,
    };
    let changes = before
        .as_ref()
        .map(|(_, old)| schema::diff::diff(old, &service))
        .unwrap_or_default();
    let ran = run_examples(&service, &app.region, &app.register);
    Ok(Looked {
        version,
        service,
        before,
        changes,
        ran,
    })
}

/// A proposal is compared with what holds now, whatever day it wishes for.
fn before(app: &App, version: &Version) -> Option<Version> {
    if version.state != VersionState::Proposed {
        return app.services.before(version);
    }
    let live = app.services.latest(&version.service)?;
    app.services
        .record(&version.service, &live.hash)
        .filter(|v| v.hash != version.hash)
}

pub async fn page(State(app): State<App>, centre: Centre, Path(id): Path<String>, req: Req) -> Result<Response> {
    let looked = look(&app, &id).await?;
    let mut typed = Typed::default();
    typed.put("ab", format::date(looked.version.valid_from.max(app.today())));
    render(&app, &centre, &req, &looked, &typed, &Faults::default()).await
}

/// A step of what became of it.
#[derive(Serialize)]
struct Step {
    title: String,
    at: String,
    text: String,
    now: bool,
}

fn steps(v: &Version, people: &People, own: bool) -> Vec<Step> {
    let at = |at: Option<Timestamp>| at.map(format::moment).unwrap_or_default();
    let step = |title: String, at: String, text: &str| Step {
        title,
        at,
        text: text.to_owned(),
        now: false,
    };
    let proposer = people.name(&v.proposed_by);
    let title = match v.proposed_by.as_str() {
        "" => proposer,
        _ => format!("{proposer} hat eingereicht"),
    };
    let mut out = vec![step(title, at(Some(v.proposed_at)), &v.note)];
    let decided = v.decided_by.as_deref().map(|id| people.name(id));
    match (v.state, decided) {
        (VersionState::Proposed, _) => out.push(Step {
            title: if own {
                "Eine zweite Person prüft".into()
            } else {
                "Sie prüfen".into()
            },
            at: String::new(),
            text: "Wer einreicht, kann nicht selbst freigeben.".into(),
            now: true,
        }),
        (VersionState::Refused, Some(name)) => {
            out.push(step(format!("{name} hat zurückgegeben"), at(v.decided_at), &v.why))
        }
        (_, Some(name)) => {
            let text = format!("Gilt ab {}.", format::date(v.valid_from));
            out.push(step(format!("{name} hat freigegeben"), at(v.decided_at), &text));
        }
        _ => {}
    }
    if v.state == VersionState::Withdrawn {
        let name = people.name(v.withdrawn_by.as_deref().unwrap_or("system"));
        out.push(step(format!("{name} hat zurückgezogen"), at(v.withdrawn_at), &v.why));
    }
    out
}

/// Whom it concerns, by what changes.
fn concerned(looked: &Looked) -> Vec<Value> {
    let row = |name: &str, text: String| json!({ "name": name, "text": text });
    let before = looked.before.as_ref().map(|(v, _)| v.version);
    let form = looked
        .changes
        .iter()
        .any(|c| matches!(c.topic, Topic::Form | Topic::Rules | Topic::Law));
    let drafts = match form {
        true => "Begonnene Anträge wechseln an dem Tag. Die Seiten sagen, was neu ist, alle Antworten bleiben.",
        false => "Begonnene Anträge wechseln an dem Tag. Gefragt wird dasselbe.",
    };
    let narrower = looked
        .changes
        .iter()
        .any(|c| c.topic == Topic::Local && c.deed != Deed::New);
    let mut out = vec![row(
        "Gemeinden",
        "Alle, die die Leistung freigeschaltet haben. Keine muss etwas tun. Die Leitungen bekommen eine Mail.".into(),
    )];
    if narrower {
        out.push(row(
            "Eigene Werte",
            "Wo ein Wert außerhalb der neuen Grenzen liegt, gilt der nächste erlaubte. Die Mail nennt ihn.".into(),
        ));
    }
    if let Some(before) = before {
        out.push(row(
            "Laufende Vorgänge",
            format!("Sie behalten Version {before} bis zum Ende, mit ihren Worten, Zahlen und Briefen."),
        ));
    }
    out.push(row("Entwürfe", drafts.into()));
    let langs: Vec<&str> = looked
        .service
        .texts
        .keys()
        .map(|l| match l {
            Lang::De => "Deutsch",
            Lang::En => "Englisch",
            Lang::Leicht => "Leichte Sprache",
        })
        .collect();
    out.push(row("Sprachen", format!("{}.", langs.join(", "))));
    out
}

/// The bases of law that a second person looks up: those that the changes name.
fn law(looked: &Looked) -> String {
    let named = |title: &str| {
        looked
            .changes
            .iter()
            .any(|c| c.after.iter().chain(&c.before).any(|line| line.contains(title)))
    };
    let titles: Vec<&str> = looked
        .service
        .legal_basis
        .iter()
        .map(|b| b.title.as_str())
        .filter(|t| named(t))
        .collect();
    titles.join("; ")
}

fn examples_text(ran: &[Ran]) -> (String, &'static str) {
    let (bad, all) = (ran.iter().filter(|r| !r.ok).count(), ran.len());
    match (bad, all) {
        (_, 0) => ("Es gibt keine Beispiele".to_owned(), "danger"),
        (0, 1) => ("Das Beispiel besteht".to_owned(), "success"),
        (0, n) => (format!("{n} von {n} Beispielen bestehen"), "success"),
        (1, n) => (format!("1 von {n} Beispielen weicht ab"), "danger"),
        (bad, n) => (format!("{bad} von {n} Beispielen weichen ab"), "danger"),
    }
}

/// The page; `typed` and `faults` after something that was not taken.
pub async fn render(
    app: &App,
    centre: &Centre,
    req: &Req,
    looked: &Looked,
    typed: &Typed,
    faults: &Faults,
) -> Result<Response> {
    let (v, people) = (&looked.version, People::of(centre).await?);
    let own = !v.proposed_by.is_empty() && v.proposed_by == centre.0.clerk.id.as_str();
    let live = is_live(app, v);
    let (examples, kind) = examples_text(&looked.ran);
    let green = looked.may_be_approved();
    let open = v.state == VersionState::Proposed;
    let changes: Vec<Value> = looked.changes.iter().map(|c| {
        let kind = match c.deed {
            Deed::New => "info",
            Deed::Changed => "neutral",
            Deed::Gone => "warning",
        };
        json!({ "kind": kind, "deed": c.deed.word(), "what": c.what, "at": c.at, "before": c.before, "after": c.after })
    }).collect();
    let (errors, errors_title) = faults.summary(app, &["ab", "gelesen", "recht", "anmerkung", "grund"]);
    let title = if open {
        format!("{}: Version {} prüfen", looked.name(), v.version)
    } else {
        format!("{}: Version {}", looked.name(), v.version)
    };
    let lead = match (&v.origin, open, own) {
        (Origin::Shipped, true, _) => format!(
            "Mit einer neuen Fassung des Programms geliefert am {}.",
            format::moment(v.proposed_at)
        ),
        (_, true, true) => format!(
            "Von Ihnen eingereicht am {}. Freigeben muss eine andere Person.",
            format::moment(v.proposed_at)
        ),
        (_, true, false) => format!(
            "Eingereicht von {} am {}. Sie geben als zweite Person frei.",
            people.name(&v.proposed_by),
            format::moment(v.proposed_at)
        ),
        _ => format!("{} am {}.", people.name(&v.proposed_by), format::moment(v.proposed_at)),
    };
    let can_withdraw =
        v.state == VersionState::Approved && (v.valid_from > app.today() || app.services.before(v).is_some());
    // Those that come out otherwise stand first, and all of them are shown.
    let shown = looked.ran.iter().filter(|r| !r.ok).count().max(EXAMPLES);
    let ctx = json!({
        "errors": errors, "errors_title": errors_title, "done": done(req), "title": title, "lead": lead,
        "v": { "number": v.version, "href": href(&v.id), "badge": badge(v, live, app.today()), "from": format::date(v.valid_from), "why": v.why,
            "state": v.state, "proposer": people.name(&v.proposed_by) },
        "before": looked.before.as_ref().map(|(b, _)| b.version), "changes": changes, "changes_n": changes.len(),
        "examples": { "rows": looked.ran.iter().take(shown).collect::<Vec<_>>(), "rest": looked.ran.iter().skip(shown).collect::<Vec<_>>(), "text": examples, "kind": kind, "at": format::moment(app.now()) },
        "concerned": concerned(looked), "law": law(looked), "steps": steps(v, &people, own),
        "can_approve": open && !own && green, "can_refuse": open, "own": own, "green": green, "can_withdraw": can_withdraw,
        "live": live, "yesterday": v.valid_from.yesterday().map(format::date).unwrap_or_default(),
        "typed": { "ab": typed.get("ab"), "gelesen": typed.has("gelesen"), "recht": typed.has("recht"), "anmerkung": typed.get("anmerkung"), "grund": typed.get("grund") },
        "fault": { "ab": faults.of("ab"), "gelesen": faults.of("gelesen"), "recht": faults.of("recht"), "anmerkung": faults.of("anmerkung"), "grund": faults.of("grund") },
    });
    app.desk_page(
        faults.status(),
        "cockpit/version.html",
        req,
        centre.as_ref(),
        "versionen",
        ctx,
    )
}

fn done(req: &Req) -> &'static str {
    match req.param("ok").as_deref().unwrap_or_default() {
        "freigegeben" => "Freigegeben. Die Ämter, die die Leistung anbieten, bekommen die Version an ihrem Tag.",
        "zurueckgegeben" => "Zurückgegeben, mit Ihrer Anmerkung. Nichts hat sich geändert.",
        "zurueckgezogen" => {
            "Zurückgezogen. Für neue Anträge gilt wieder die Version davor, der Grund steht bei den Ämtern."
        }
        _ => "",
    }
}
