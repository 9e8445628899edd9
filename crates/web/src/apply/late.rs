//! A notice that comes too late: what that means and whom to call. Said as soon as the day is answered, again before
//! sending and as long as nobody has decided; it never stops anybody.

use domain::Deadline;
use domain::assess::day_at;
use schema::{Context, DeadlineKind, Service};
use serde_json::{Value, json};

use crate::failure::Result;
use crate::format;
use crate::offer::Offer;
use crate::page::Ui;
use crate::reach::office_ctx;
use crate::state::App;

/// The question whose day the notice counts back from, for these answers.
pub fn day_path(service: &Service, answers: &Value, cx: &Context) -> Option<String> {
    let rules = schema::deadline_rules(service, answers, cx);
    let (rule, _) = rules.into_iter().find(|(rule, _)| rule.kind == DeadlineKind::Notice)?;
    rule.before.clone().or_else(|| service.event.date.clone())
}

/// Is the day answered, ahead, and too soon? Null: nothing is late.
pub fn already(app: &App, offer: &Offer, cx: &Context, answers: &Value) -> Value {
    let day = day_path(&offer.service, answers, cx).and_then(|path| day_at(answers, &path));
    if day.is_none_or(|day| day < cx.today) {
        return Value::Null;
    }
    let deadlines = domain::assess::deadlines(&offer.service, answers, cx, cx.today);
    let notice = deadlines.iter().find(|d| d.kind == DeadlineKind::Notice);
    notice.map_or(Value::Null, |d| late(app, offer, cx, answers, d, false))
}

/// The same as the page shows it: empty, or the box for scripts to put in.
pub fn already_drawn(app: &App, ui: Ui, offer: &Offer, cx: &Context, answers: &Value) -> Result<String> {
    let late = already(app, offer, cx, answers);
    let drawn = app.draw(
        "parts/late.html",
        ui,
        json!({ "late": late, "office": office_ctx(app, cx.lang, offer) }),
    )?;
    Ok(drawn.trim().to_owned())
}

/// What lateness means: never a block. Null: nothing is late.
pub fn late(app: &App, offer: &Offer, cx: &Context, answers: &Value, d: &Deadline, sent: bool) -> Value {
    let t = |key: &str| {
        app.texts
            .fill(cx.lang, key, &[("day", &format::long_date(d.last_day, cx.lang))])
    };
    let paper = cx.place.on_paper;
    if d.late_by > 0 {
        // The service's own words speak of sending; afterwards and on paper they do not fit.
        let own = if offer.by_hand.is_some() {
            t("by_hand.late")
        } else if sent {
            t("check.late_sent")
        } else if paper {
            t("check.late_paper")
        } else {
            offer.text(cx, answers, "late")
        };
        json!({ "title": t("check.late_title"), "text": if own.is_empty() { t("check.late_text") } else { own } })
    } else if d.last_day < cx.today {
        // Neither in time for certain nor late: told apart from what is late, with the day that was safe.
        let (title, text) = if offer.by_hand.is_some() {
            ("check.borderline_sent_title", "by_hand.borderline")
        } else if sent {
            ("check.borderline_sent_title", "check.borderline_sent")
        } else if paper {
            ("check.borderline_title", "check.borderline_paper")
        } else {
            ("check.borderline_title", "check.borderline_text")
        };
        json!({ "title": t(title), "text": t(text) })
    } else {
        Value::Null
    }
}
