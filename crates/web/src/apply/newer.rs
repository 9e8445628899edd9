//! What was begun with an older version is finished with the one in force: every answer that is still asked stays, and
//! the pages say what has changed. Law holds on the day on which something is sent, not on the day it was begun. A case
//! that was sent keeps its version (`case`, `desk`).

use std::mem::discriminant;

use schema::diff::{Change, Deed, Topic};
use schema::{Kind, Question, RawAnswers, Service};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::apply::draft::Begun;
use crate::failure::Result;
use crate::offer::Offer;
use crate::req::Req;
use crate::state::App;

/// Most changes that a page names.
const MOST: usize = 6;

/// Kept with the draft: the version it came from.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Newer {
    pub from: String,
    pub to: String,
}

/// Takes the draft over into the version of the offer. Somebody else may save it at the same moment; then the next page
/// does it.
pub async fn take_over(app: &App, offer: &Offer, begun: &mut Begun) -> Result<()> {
    let from = std::mem::replace(&mut begun.kept.hash, offer.service.hash.clone());
    let old = app.services.version(&from).await?;
    begun.kept.answers = still_asked(old.as_deref(), &offer.service, &begun.kept.answers);
    let asked = |path: &String| schema::question(&offer.service, path).is_some();
    begun.kept.carried.retain(asked);
    begun.kept.known.retain(asked);
    // What somebody has not been told yet counts from where it began.
    let from = begun.kept.newer.take().map_or(from, |newer| newer.from);
    begun.kept.newer = Some(Newer {
        from,
        to: offer.service.hash.clone(),
    });
    begun.save(app).await?;
    Ok(())
}

/// The answers to questions that the new version asks in the same way.
fn still_asked(old: Option<&Service>, new: &Service, answers: &Value) -> Value {
    let mut out = RawAnswers::default();
    for question in new.form.pages.iter().flat_map(|p| &p.questions) {
        let before = old.and_then(|old| schema::question(old, &question.id));
        let same = before.is_none_or(|b| discriminant(&b.kind) == discriminant(&question.kind));
        let computed = matches!(question.kind, Kind::Computed { .. });
        if let Some(value) = schema::at(answers, &question.id).filter(|v| !v.is_null() && same && !computed) {
            schema::merge(&mut out, &schema::nested(&question.id, within(question, value)));
        }
    }
    out.0
}

/// Of a group only the parts that are still there.
fn within(question: &Question, value: &Value) -> Value {
    let (Kind::Group { parts, .. }, Value::Array(items)) = (&question.kind, value) else {
        return value.clone();
    };
    let keep = |item: &Value| match item {
        Value::Object(fields) => {
            let known = fields.iter().filter(|(name, _)| parts.iter().any(|p| p.id == **name));
            Value::Object(known.map(|(name, value)| (name.clone(), value.clone())).collect())
        }
        other => other.clone(),
    };
    Value::Array(items.iter().map(keep).collect())
}

/// What the form's pages say of it; null where nothing changed that somebody who applies would notice.
pub async fn notice(app: &App, req: &Req, offer: &Offer, begun: &Begun) -> Result<Value> {
    let Some(newer) = begun.kept.newer.as_ref().filter(|_| begun.kept.sent.is_none()) else {
        return Ok(Value::Null);
    };
    let withdrawn = app.services.withdrawn(&offer.service.id, &newer.from);
    let Some(old) = app.services.version(&newer.from).await? else {
        return Ok(Value::Null);
    };
    let changes = schema::diff::diff(&old, &offer.service);
    let lines = lines(app, req, offer, &old, &changes);
    if lines.is_empty() && withdrawn.is_none() {
        return Ok(Value::Null);
    }
    let t = |key: &str, with: &[(&str, &str)]| app.texts.fill(req.lang, key, with);
    let lead = match &withdrawn {
        Some(version) => t("newer.withdrawn", &[("why", &version.why)]),
        None => t("newer.lead", &[]),
    };
    Ok(json!({ "title": t("newer.title", &[]), "lead": lead, "kept": t("newer.kept", &[]), "lines": lines }))
}

/// The changes that an applicant meets, in the language of the page.
fn lines(app: &App, req: &Req, offer: &Offer, old: &Service, changes: &[Change]) -> Vec<String> {
    let cx = offer.context(app, req.lang);
    let t = |key: &str, with: &[(&str, &str)]| app.texts.fill(req.lang, key, with);
    let mut out: Vec<String> = Vec::new();
    let mut say = |line: String| {
        if !out.contains(&line) {
            out.push(line);
        }
    };
    for change in changes {
        let key = match (change.topic, change.deed) {
            (Topic::Form, Deed::New) => "newer.question_new",
            (Topic::Form, Deed::Changed) => "newer.question_changed",
            (Topic::Form, Deed::Gone) => "newer.question_gone",
            (Topic::Rules | Topic::Law, _) => "newer.rules",
            (Topic::Fees, _) => "newer.fees",
            (Topic::Deadlines, _) => "newer.deadlines",
            _ => continue,
        };
        match (&change.question, change.topic) {
            (Some(id), Topic::Form) => {
                // A facet of a question that is new stands for it as a whole only if the question is.
                let whole = !change.what.contains("“: ");
                let key = if whole { key } else { "newer.question_changed" };
                let of = if key == "newer.question_gone" {
                    old
                } else {
                    &offer.service
                };
                let label = schema::short_label(of, id, &cx);
                say(t(key, &[("what", &label)]));
            }
            (None, Topic::Form) => {}
            _ => say(t(key, &[])),
        }
    }
    let more = out.len().saturating_sub(MOST);
    out.truncate(MOST);
    if more > 0 {
        out.push(t("newer.more", &[("n", &more.to_string())]));
    }
    out
}
