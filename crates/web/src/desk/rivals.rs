//! Other cases that want the same room at the same time, as a line among the automatic checks: a clerk who grants
//! one should know of the rest.

use domain::{Case, CaseId};
use serde_json::{Value, json};
use store::{Rival, TenantTx};

use crate::desk::query::ListQuery;
use crate::format;

/// Others that are named; more are counted.
const NAMED: usize = 5;

/// The rivals of one case with what the desk says of them.
pub fn read(t: &TenantTx<'_>, case: &CaseId) -> store::Result<Vec<(Rival, Case)>> {
    let mut out = Vec::new();
    for rival in t.rivals(&[case])?.remove(case).unwrap_or_default() {
        if let Some(other) = t.case(&rival.case)? {
            out.push((rival, other));
        }
    }
    Ok(out)
}

/// The check: none if nobody else is there. `priority`: whom the authority lets go first, in words.
pub fn check(rivals: &[(Rival, Case)], priority: &str, list: &ListQuery) -> Option<Value> {
    if rivals.is_empty() {
        return None;
    }
    let firm = rivals.iter().any(|(r, _)| r.firm);
    let text = match (firm, rivals.len()) {
        (true, _) => "Der Raum ist für diese Zeit schon vergeben.".to_owned(),
        (false, 1) => "Noch eine Anfrage für diesen Raum und diese Zeit.".to_owned(),
        (false, n) => format!("Noch {n} Anfragen für diesen Raum und diese Zeit."),
    };
    let others: Vec<Value> = rivals
        .iter()
        .take(NAMED)
        .map(|(rival, other)| {
            let state = if rival.firm { "zugesagt" } else { "eingegangen" };
            let by = if other.applicant.is_empty() { String::new() } else { format!(", {}", other.applicant) };
            json!({
                "href": list.at(&format!("/amt/v/{}", other.id)), "title": other.title,
                "more": format!("{by}, {state}{}", if rival.firm { String::new() } else { format!(" am {}", format::moment(other.received_at)) }),
            })
        })
        .collect();
    let more = if firm || priority.is_empty() {
        String::new()
    } else {
        format!("Es gilt: {}.", priority.trim_end_matches('.'))
    };
    Some(
        json!({ "ok": false, "text": text, "more": more, "others": others, "rest": rivals.len().saturating_sub(NAMED) }),
    )
}
