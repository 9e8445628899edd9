//! Other cases that want the same room at the same time, as a line among the automatic checks: a clerk who grants
//! one should know of the rest.

use domain::{Case, CaseId};
use serde_json::{Value, json};
use store::{RIVALS_AT_MOST, Rival, TenantTx};

use crate::desk::query::ListQuery;
use crate::format;

/// Others that are named; more are counted.
const NAMED: usize = 5;

/// The rivals of one case: all as they are booked, the first few as cases.
#[derive(Default)]
pub struct Others {
    all: Vec<Rival>,
    named: Vec<(Rival, Case)>,
}

/// The rivals of one case with what the desk says of them.
pub fn read(t: &TenantTx<'_>, case: &CaseId) -> store::Result<Others> {
    let all = t.rivals(&[case])?.remove(case).unwrap_or_default();
    // Whoever has the room for good comes first.
    let (firm, others): (Vec<&Rival>, Vec<&Rival>) = all.iter().partition(|r| r.firm);
    let mut named = Vec::new();
    for rival in firm.into_iter().chain(others).take(NAMED) {
        if let Some(other) = t.case(&rival.case)? {
            named.push((rival.clone(), other));
        }
    }
    Ok(Others { all, named })
}

/// Number of others in words: beyond what is counted only that there are more.
pub fn many(n: usize) -> String {
    match n >= RIVALS_AT_MOST {
        true => format!("mindestens {RIVALS_AT_MOST}"),
        false => n.to_string(),
    }
}

/// The check: none if nobody else is there. `priority`: whom the authority lets go first, in words.
pub fn check(rivals: &Others, priority: &str, list: &ListQuery) -> Option<Value> {
    if rivals.all.is_empty() {
        return None;
    }
    let firm = rivals.all.iter().any(|r| r.firm);
    let text = match (firm, rivals.all.len()) {
        (true, _) => "Der Raum ist für diese Zeit schon vergeben.".to_owned(),
        (false, 1) => "Noch eine Anfrage für diesen Raum und diese Zeit.".to_owned(),
        (false, n) => format!("Noch {} Anfragen für diesen Raum und diese Zeit.", many(n)),
    };
    let others: Vec<Value> = rivals
        .named
        .iter()
        .map(|(rival, other)| {
            let state = if rival.firm { "zugesagt" } else { "eingegangen" };
            let by = if other.applicant.is_empty() { String::new() } else { format!(", {}", other.applicant) };
            json!({
                "href": list.at(&format!("/amt/v/{}", other.id)), "title": other.title,
                "more": format!("{by}, {state}{}", if rival.firm { String::new() } else { format!(" am {}", format::received_in(other.channel, other.received_at, schema::Lang::De)) }),
            })
        })
        .collect();
    let more = if firm || priority.is_empty() {
        String::new()
    } else {
        format!("Es gilt: {}.", priority.trim_end_matches('.'))
    };
    Some(
        json!({ "ok": false, "text": text, "more": more, "others": others, "rest": rivals.all.len().saturating_sub(rivals.named.len()) }),
    )
}
