//! The service's start page at a place: who may apply, what to have at hand, fee, law, deadline, minutes.

use axum::extract::{Path, State};
use axum::response::Response;
use domain::deadline::backward;
use schema::{Context, DeadlineKind, Kind, Period, PeriodUnit, Question, Service};
use serde_json::{Value, json};
use store::OnRequest;

use crate::account::provider;
use crate::apply::anywhere::lines_anywhere;
use crate::apply::draft;
use crate::apply::place::cost_hint;
use crate::failure::{Failure, Result};
use crate::format;
use crate::offer::{Offer, service_list};
use crate::reach::office_ctx;
use crate::req::Req;
use crate::state::App;
use crate::submission::needed_here;

pub async fn page(State(app): State<App>, Path((slug, service)): Path<(String, String)>, req: Req) -> Result<Response> {
    let offer = app.offer(&slug, &service).await?;
    let lang = req.lang;
    let cx = offer.context(&app, lang);
    let none = json!({});
    let t = |key: &str, with: &[(&str, &str)]| app.texts.fill(lang, key, with);
    let s = &offer.service;
    let name = offer.text(&cx, &none, "name");
    let list = |key: &str| service_list(s, &cx, &none, key);
    let not_needed = [schema::free(s, &cx), list("not_needed")].concat();
    let begun = match draft::load(&app, &req, &offer).await {
        // An account's, and nobody is logged in: the page is there for everybody.
        Err(Failure::Account(_)) => None,
        found => found?,
    };
    let mut law: Vec<Value> = s
        .legal_basis
        .iter()
        // What nobody has confirmed is for the settings, where it is marked and has its note.
        .filter(|l| l.confirmed)
        .map(|l| json!({ "title": l.title, "url": l.url }))
        .collect();
    if !offer.local.ordinance.is_empty() && !offer.local.unknown {
        let title = t("service.ordinance", &[("place", &offer.place.name)]);
        law.push(json!({ "title": title, "url": offer.local.ordinance }));
    }
    let rules = rules(&app, &offer, &cx);
    let consulted: Vec<String> = offer.route.consulted.iter().map(|a| a.name.clone()).collect();
    let (paper, unknown) = (!offer.local.open, offer.local.unknown);
    let authority = offer.authority();
    // On paper nothing is sent; where nobody told us the local rules, nothing that rests on them is said.
    let intro = if unknown {
        let mut lines = vec![t("service.unknown", &[("place", &offer.place.name)])];
        lines.extend(lines_anywhere(s, &cx, "intro"));
        lines
    } else {
        list("intro")
    };
    let what_next = if paper {
        ["service.paper_next_send", "service.paper_next_answer"]
            .map(|key| t(key, &[("authority", &authority)]))
            .to_vec()
    } else {
        list("what_next")
    };
    let cost = match cost_hint(&app, &offer, lang) {
        _ if unknown => t("paper.cost", &[]),
        c if c == app.texts.text(lang, "place.free") => t("service.free", &[]),
        c => c,
    };
    let ctx = json!({
        "place": offer.place.ctx(),
        "office": office_ctx(&app, lang, &offer),
        "s": {
            "name": name, "icon": s.icon, "href": offer.path(), "lead": offer.text(&cx, &none, "lead"), "intro": intro,
            "start": if unknown { t("service.paper_start", &[]) } else { offer.text(&cx, &none, "start") }, "minutes": minutes(s), "who": offer.text(&cx, &none, "who"),
            "cost": cost, "fee_note": if unknown { String::new() } else { offer.text(&cx, &none, "fee_note") },
            "authority": authority,
            "consulted": if consulted.is_empty() { String::new() } else { t("service.consulted", &[("who", &consulted.join(", "))]) },
            "at_hand": list("at_hand"), "rules": rules, "not_needed": not_needed, "law": law,
            "what_next": what_next, "paper": paper,
            "assurance": needed_here(&offer).map(|level| provider::sentence(&app, lang, "assurance.service", level)),
            "deadline": deadline(&app, &offer, &cx), "free": crate::calendar::public::href(&offer),
            "draft": begun.filter(|d| d.kept.sent.is_none()).map(|d| json!({ "saved": format::moment_in(d.updated_at, lang) })),
        },
    });
    let ui = app.ui_for(
        &req,
        &offer.place,
        &offer.route.authority.name,
        offer.tenant.as_ref(),
        offer.local.crest,
    );
    app.ok("service.html", ui, ctx)
}

/// The rules that hold here. What becomes of a request is set for each room: where rooms differ, both rules stand
/// there, each with its rooms.
fn rules(app: &App, offer: &Offer, cx: &Context) -> Vec<Value> {
    let of = |mode: OnRequest| -> Vec<&str> {
        let rooms = offer.local.rooms.iter();
        let rooms = rooms.filter(|r| r.active && r.on_request == mode);
        rooms.map(|r| r.room.name.as_str()).collect()
    };
    let under = |mode: &str| {
        let mut cx = cx.clone();
        if let Some(set) = cx
            .params
            .get_mut("on_request")
            .filter(|_| offer.service.booking.is_some())
        {
            *set = mode.into();
        }
        schema::shown_rules(&offer.service, &cx)
    };
    let (held, wished) = (of(OnRequest::Hold), of(OnRequest::Wish));
    let found: Vec<(String, String, bool)> = match (held.is_empty(), wished.is_empty()) {
        (true, true) => schema::shown_rules(&offer.service, cx),
        (false, true) => under("hold"),
        (true, false) => under("wish"),
        (false, false) => {
            let named = |(label, text, law): (String, String, bool), rooms: &[&str]| {
                let rooms = app
                    .texts
                    .fill(cx.lang, "service.rule_rooms", &[("rooms", &rooms.join("; "))]);
                (label, [text, rooms].join(cx.lang.gap()), law)
            };
            let (hold, wish) = (under("hold"), under("wish"));
            let only = |rules: &[(String, String, bool)], others: &[(String, String, bool)], rooms: &[&str]| {
                let own = rules.iter().filter(|r| !others.contains(r)).cloned();
                own.map(|r| named(r, rooms)).collect::<Vec<_>>()
            };
            let mut both = only(&hold, &wish, &held);
            both.extend(only(&wish, &hold, &wished));
            both.extend(hold.iter().filter(|r| wish.contains(r)).cloned());
            both
        }
    };
    found
        .into_iter()
        .map(|(label, text, law)| json!({ "label": label, "text": text, "law": law }))
        .collect()
}

/// The notice period in words and one example, from the declared rule.
fn deadline(app: &App, offer: &Offer, cx: &Context) -> Value {
    let none = json!({});
    let rules = schema::deadline_rules(&offer.service, &none, cx);
    let Some((_, period)) = rules.iter().find(|(rule, _)| rule.kind == DeadlineKind::Notice) else {
        return Value::Null;
    };
    let holiday = domain::calendar::holidays(&cx.region, &cx.place.ags);
    // Example: the first Saturday for which there is still time.
    let mut event = cx.today;
    for _ in 0..400 {
        event = event.tomorrow().unwrap_or(event);
        if event.weekday() == jiff::civil::Weekday::Saturday && backward(event, *period, &holiday).last_day > cx.today {
            break;
        }
    }
    let until = backward(event, *period, &holiday).last_day;
    json!({
        "text": app.texts.fill(cx.lang, "service.deadline_text", &[("period", &period_text(app, cx.lang, *period))]),
        "example": app.texts.fill(cx.lang, "service.deadline_example", &[("day", &format::long_date(event, cx.lang)), ("until", &format::long_date(until, cx.lang))]),
    })
}

/// `14 Tage`, `1 Woche`.
pub fn period_text(app: &App, lang: schema::Lang, period: Period) -> String {
    let (one, many) = match period.unit {
        PeriodUnit::Days => ("service.day", "service.days"),
        PeriodUnit::Weeks => ("service.week", "service.weeks"),
        PeriodUnit::Months => ("service.month", "service.months"),
        PeriodUnit::WorkingDays => ("service.working_day", "service.working_days"),
    };
    app.texts.fill(
        lang,
        if period.n == 1 { one } else { many },
        &[("n", &period.n.to_string())],
    )
}

/// Estimated minutes: a text 5 s plus reading, a file 180 s, a group × 2.5, optional ÷ 2.
pub fn minutes(service: &Service) -> i64 {
    let seconds: f64 = service
        .form
        .pages
        .iter()
        .map(|p| 10.0 + p.questions.iter().map(seconds_of).sum::<f64>())
        .sum();
    ((seconds + 60.0) / 60.0).ceil() as i64
}

fn seconds_of(q: &Question) -> f64 {
    let base = match &q.kind {
        Kind::LongText { .. } => 45.0,
        Kind::File { .. } => 180.0,
        Kind::Address | Kind::MapPoint => 30.0,
        Kind::Group { parts, .. } => 2.5 * parts.iter().map(seconds_of).sum::<f64>(),
        Kind::Computed { .. } => 0.0,
        _ => 12.0,
    };
    let sometimes = q.optional || q.when.is_some() || q.may_stay_open;
    if sometimes { base / 2.0 } else { base }
}
