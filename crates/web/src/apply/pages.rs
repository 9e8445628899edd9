//! Two who fill in the same page: a page remembers what it showed, and who posts over something newer is told. Different
//! pages never collide, for a post touches its own questions only.

use schema::{Context, ErrorKind, FieldError, Kind, Page, RawAnswers};
use serde_json::{Value, json};

use crate::offer::Offer;
use crate::state::App;
use crate::submission::request_hash;

/// Name of the field in which a page posts what it showed.
pub const SEEN: &str = "_stand";

/// Mark of what a page shows: of its own answers alone.
pub fn seen(page: &Page, answers: &Value) -> String {
    let shown: Vec<Value> = page
        .questions
        .iter()
        .filter(|q| !matches!(q.kind, Kind::Computed { .. }))
        .map(|q| schema::at(answers, &q.id).cloned().unwrap_or(Value::Null))
        .collect();
    domain::receipt::hex(&request_hash(&json!(shown))[..8])
}

/// The questions that somebody answered otherwise since the page was shown: each says what is kept now. Empty if
/// nobody did, or the same. Nothing is saved then; posting once more counts.
pub fn changed_elsewhere(
    app: &App,
    offer: &Offer,
    cx: &Context,
    page: &Page,
    shown: Option<&str>,
    kept: &RawAnswers,
    typed: &RawAnswers,
) -> Vec<FieldError> {
    if shown.is_none_or(|shown| shown == seen(page, &kept.0)) {
        return Vec::new();
    }
    let settled = [kept, typed].map(|raw| schema::settle(&offer.service, raw, cx));
    // As read, so that "24.12.2026" is what is kept as 2026-12-24; what cannot be read counts as typed.
    let read = |of: usize, id: &str| {
        let raw = [kept, typed][of];
        let value = schema::at(&settled[of], id).or_else(|| schema::at(&raw.0, id));
        value.cloned().unwrap_or(Value::Null)
    };
    page.questions
        .iter()
        .filter(|q| !matches!(q.kind, Kind::Computed { .. } | Kind::File { .. }))
        .filter_map(|q| {
            let (kept, typed) = (read(0, &q.id), read(1, &q.id));
            (kept != typed).then(|| {
                let value = schema::show(q, &kept, &offer.service, cx);
                let message = if value.is_empty() {
                    app.texts.text(cx.lang, "form.emptied_elsewhere")
                } else {
                    app.texts.fill(cx.lang, "form.changed_elsewhere", &[("value", &value)])
                };
                FieldError {
                    field: q.id.clone(),
                    kind: ErrorKind::Form,
                    message,
                }
            })
        })
        .collect()
}
