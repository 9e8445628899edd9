//! What the competence centre's versions mean for the settings of a service: which one comes when and what it changes,
//! which values the bounds no longer allow, which version was withdrawn and why.

use std::collections::BTreeMap;

use schema::Service;
use serde::Serialize;
use serde_json::Value;
use store::{Version, VersionState};

use crate::failure::Result;
use crate::format;
use crate::state::App;

/// Changes named on the page.
const MOST: usize = 10;
/// Days for which a withdrawal is named.
const TOLD_DAYS: i64 = 90;

/// One thing to know.
#[derive(Debug, Default, Serialize)]
pub struct News {
    /// `warning` or `info`
    pub kind: &'static str,
    pub text: String,
    pub lines: Vec<String>,
}

/// What there is to know of a service with these values at a place.
pub async fn news(app: &App, service: &Service, set: &BTreeMap<String, Value>) -> Result<Vec<News>> {
    let mut out = Vec::new();
    let misfits = schema::parameter::misfits(service, set);
    if !misfits.is_empty() {
        out.push(News {
            kind: "warning",
            text: "Die geltende Version erlaubt nicht alle Werte, die Sie gesetzt haben.".into(),
            lines: misfits,
        });
    }
    let versions = app.services.versions(&service.id);
    let mut coming: Vec<&Version> = versions
        .iter()
        .filter(|v| v.state == VersionState::Approved && v.valid_from > app.today())
        .collect();
    coming.sort_by_key(|v| (v.valid_from, v.n));
    for version in coming {
        let Some(next) = app.services.version(&version.hash).await? else {
            continue;
        };
        let changes = schema::diff::diff(service, &next);
        let line = |c: &schema::diff::Change| format!("{}: {}", c.deed.word(), c.what);
        let mut lines: Vec<String> = changes.iter().take(MOST).map(line).collect();
        if changes.len() > MOST {
            lines.push(format!("und {} weitere Änderungen", changes.len() - MOST));
        }
        let misfits = schema::parameter::misfits(&next, set);
        out.push(News {
            kind: if misfits.is_empty() { "info" } else { "warning" },
            text: format!(
                "Ab {} gilt Version {} für neue Vorgänge. Laufende behalten ihre. Sie müssen nichts tun.",
                format::date(version.valid_from),
                version.version
            ),
            lines: lines.into_iter().chain(misfits).collect(),
        });
    }
    if let Some(withdrawn) = lately_withdrawn(app, &versions, service) {
        out.push(withdrawn);
    }
    Ok(out)
}

fn lately_withdrawn(app: &App, versions: &[Version], service: &Service) -> Option<News> {
    let since = app.now() - jiff::SignedDuration::from_hours(TOLD_DAYS * 24);
    let newest = versions.iter().filter(|v| v.withdrawn_at.is_some_and(|at| at >= since));
    let version = newest.max_by_key(|v| v.withdrawn_at)?;
    let holds = app
        .services
        .record(&service.id, &service.hash)
        .filter(|v| v.n < version.n)?;
    let day = version.withdrawn_at.map(|at| format::date(domain::date_of(at)))?;
    Some(News {
        kind: "warning",
        text: format!(
            "Version {} wurde am {day} zurückgezogen. Für neue Vorgänge gilt Version {}.",
            version.version, holds.version
        ),
        lines: vec![format!("Der Grund: {}", version.why)],
    })
}

/// What the desk says of a case's version: which it keeps, and why it was withdrawn if it was. Empty: it is the one in
/// force.
pub fn of_case(app: &App, service: &Service) -> (String, String) {
    let Some(latest) = app.services.latest(&service.id).filter(|s| s.hash != service.hash) else {
        return Default::default();
    };
    let number = |hash: &str| app.services.record(&service.id, hash).map(|v| v.version);
    let (Some(own), Some(now)) = (number(&service.hash), number(&latest.hash)) else {
        return ("nach einer früheren Version der Leistung".into(), String::new());
    };
    let withdrawn = app.services.withdrawn(&service.id, &service.hash).map(|v| {
        let day = v.withdrawn_at.map(|at| format::date(domain::date_of(at))).unwrap_or_default();
        let noun = service.noun();
        format!(
            "Dieser Vorgang läuft nach Version {own} von „{noun}“. Sie wurde am {day} zurückgezogen. Der Grund: {} Prüfen Sie, ob er diesen Vorgang betrifft.",
            v.why
        )
    });
    (
        format!("nach Version {own}, neue Anträge nach Version {now}"),
        withdrawn.unwrap_or_default(),
    )
}
