//! "Stimmt alles?": every answer with its change link, what is already checked, costs, declaration.

use aws_lc_rs::digest::{SHA256, digest};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::Deadline;
use jiff::civil::Date;
use schema::{Context, DeadlineKind, FieldError, Lang};
use serde_json::{Value, json};

use crate::account::provider;
use crate::apply::draft::{self, Begun};
use crate::apply::form::errors_title;
use crate::apply::view::{html_id, sections};
use crate::apply::{elsewhere, late, sent};
use crate::failure::Result;
use crate::format;
use crate::offer::{ByHand, Offer};
use crate::reach::office_ctx;
use crate::reply::redirect;
use crate::req::Req;
use crate::state::App;
use crate::submission::needed_here;
use crate::taken;

pub async fn page(State(app): State<App>, Path((slug, service)): Path<(String, String)>, req: Req) -> Result<Response> {
    let (offer, Some(begun)) = draft::load_with_offer(&app, &req, &slug, &service).await? else {
        return Ok(redirect(&format!("/{slug}/{service}/antrag")));
    };
    if let Some(page) = sent::instead(&app, &req, &offer, Some(&begun)) {
        return page;
    }
    let cx = offer.context(&app, req.lang);
    let settled = schema::settle(&offer.service, &begun.answers(), &cx);
    match taken::before_sending(&app, &offer, &cx, &settled).await? {
        Some(met) => render(&app, &req, &offer, &begun, vec![met.error], &met.days),
        None => render(&app, &req, &offer, &begun, Vec::new(), &[]),
    }
}

/// The page; `extra` are errors that only the calendar knows (a room that is taken), `days` those that are free instead.
pub fn render(
    app: &App,
    req: &Req,
    offer: &Offer,
    begun: &Begun,
    extra: Vec<FieldError>,
    days: &[Date],
) -> Result<Response> {
    let lang = req.lang;
    let cx = offer.context(app, lang);
    let t = |key: &str, with: &[(&str, &str)]| app.texts.fill(lang, key, with);
    let raw = begun.answers();
    let examined = schema::examine(&offer.service, &raw, &cx);
    let answers = &examined.answers;
    // An exit that holds comes before everything else: nobody checks answers for nothing.
    if let Some(exit) = schema::exit(&offer.service, answers, &cx, None) {
        return Ok(redirect(&format!("{}/antrag/ende/{}", offer.path(), exit.id)));
    }
    let mut errors = examined.errors;
    elsewhere::name_places(app, lang, offer, &raw.0, &mut errors);
    errors.extend(extra);
    let path = offer.path();
    let change = |page: &str| format!("{path}/antrag/{page}?aendern=1");
    let sections = sections(&offer.service, &cx, answers, change, |path| {
        begun.source(app, lang, path)
    });
    let deadlines = domain::assess::deadlines(&offer.service, answers, &cx, cx.today);
    let (fee, _) = domain::assess::fee(&offer.service, answers, &cx);
    let (findings, _) = domain::assess::findings(&offer.service, answers, &cx);
    let mut checks: Vec<Value> = Vec::new();
    let notice = deadlines.iter().find(|d| d.kind == DeadlineKind::Notice);
    if let Some(d) = notice.filter(|d| d.last_day >= cx.today) {
        checks.push(json!({ "ok": true, "text": in_time(app, &cx, d) }));
    }
    // The desk's own words stay at the desk.
    checks.extend(findings.iter().filter_map(|f| {
        let key = format!("check.{}.{}", f.id, if f.ok { "good" } else { "mind" });
        let text = offer.text(&cx, answers, &key);
        (!text.is_empty()).then(|| json!({ "ok": f.ok, "text": text }))
    }));
    if let Some(text) = known_well(app, lang, offer, begun) {
        checks.push(json!({ "ok": true, "text": text }));
    }
    let pages = schema::visible_pages(&offer.service, answers, &cx);
    let authority = offer.authority();
    let regime_free = fee.total_cents + fee.deposit_cents == 0;
    let cost = if !offer.local.open {
        String::new()
    } else if regime_free {
        t("check.free", &[])
    } else {
        t(
            "check.costs_text",
            &[("amount", &format::euro_in(fee.total_cents, lang))],
        )
    };
    // On paper the authority names the costs.
    let costs = (offer.local.open && !fee.lines.is_empty()).then(|| costs(&fee));
    let name = offer.text(&cx, answers, "name");
    let mut declaration = offer.text(&cx, answers, "declaration");
    if cx.place.on_paper {
        declaration = t("check.signed", &[("declaration", &declaration)]);
    }
    let send = match &offer.by_hand {
        Some(by_hand) => send_by_hand(app, &cx, by_hand, &cost),
        None => json!({
            "title": t(if cx.place.on_paper { "check.print" } else { "check.send" }, &[]),
            "to": if offer.local.open { t("check.send_to", &[("authority", &authority)]) } else { t("check.send_paper", &[]) },
            "cost": cost, "declaration": declaration,
            "button": if offer.local.open { offer.text(&cx, answers, "submit") } else { t("check.paper_button", &[]) },
            "later": t(if cx.place.on_paper { "form.later" } else { "check.later" }, &[]), "own": true,
            "surer": surer(app, lang, offer, begun),
        }),
    };
    let error_rows: Vec<Value> = errors
        .iter()
        .map(|e| {
            let page = offer.service.form.pages.iter().find(|p| {
                p.questions
                    .iter()
                    .any(|q| e.field == q.id || e.field.starts_with(&format!("{}.", q.id)))
            });
            let href = page.map_or_else(
                || "inhalt".to_owned(),
                |p| format!("{path}/antrag/{}?aendern=1#{}", p.id, html_id(&e.field)),
            );
            json!({ "href": href, "text": e.message, "page": page.is_some() })
        })
        .collect();
    let ctx = json!({
        "service_name": name, "newer": begun.newer, "paper": cx.place.on_paper, "errors": error_rows, "errors_title": errors_title(app, req, errors.len()), "free_days": taken::offered(app, lang, days),
        "page": {
            "n": pages.len() + 1, "of": pages.len() + 1, "step": t("check.step", &[]), "saved": format::clock(begun.updated_at),
            "back": pages.last().map_or_else(|| path.clone(), |p| format!("{path}/antrag/{}", p.page.id)),
            "day_action": day_action(offer),
            "action": format!("{path}/antrag/pruefen"), "later": format!("{path}/antrag/spaeter"),
        },
        "mark": mark(offer, answers, &fee, &deadlines), "sections": sections, "checks": checks, "costs": costs, "late": notice.map(|d| late::late(app, offer, &cx, answers, d, false)),
        "office": office_ctx(app, lang, offer),
        "send": send, "authority": offer.route.authority.name,
    });
    let status = if errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    app.page(status, "check.html", app.ui_form(req, offer, &name), ctx)
}

/// That it is known well enough who sends it, where that is needed.
fn known_well(app: &App, lang: Lang, offer: &Offer, begun: &Begun) -> Option<String> {
    let needed = needed_here(offer)?;
    let identity = begun.identity(&offer.service, &begun.kept.answers)?;
    let level = provider::level_word(app, lang, identity.level);
    let with = [("name", identity.by.as_str()), ("level", &level)];
    (identity.level >= needed).then(|| app.texts.fill(lang, "assurance.reached", &with))
}

/// That it is not: what comes before "Absenden". Empty: nothing does.
fn surer(app: &App, lang: Lang, offer: &Offer, begun: &Begun) -> String {
    match needed_here(offer).filter(|needed| begun.level() < *needed) {
        Some(needed) => provider::sentence(app, lang, "assurance.before", needed),
        None => String::new(),
    }
}

/// What is sent with "Absenden", as a short mark: another mark means that somebody with the same draft, the authority's
/// lead or midnight has changed something since the page was shown.
pub fn mark(offer: &Offer, answers: &Value, fee: &domain::Fee, deadlines: &[Deadline]) -> String {
    let days: Vec<_> = deadlines.iter().map(|d| (d.last_day.to_string(), d.late_by)).collect();
    let told = json!([offer.service.hash, offer.route.authority.id, answers, fee, days]).to_string();
    domain::receipt::hex(&digest(&SHA256, told.as_bytes()).as_ref()[..8])
}

/// The mark for the draft as it is now.
pub fn mark_now(offer: &Offer, answers: &Value, cx: &Context) -> String {
    let deadlines = domain::assess::deadlines(&offer.service, answers, cx, cx.today);
    let (fee, _) = domain::assess::fee(&offer.service, answers, cx);
    mark(offer, answers, &fee, &deadlines)
}

/// A clerk declares nothing for somebody else and sends nothing: the words are those of the desk.
fn send_by_hand(app: &App, cx: &Context, by_hand: &ByHand, cost: &str) -> Value {
    let t = |key: &str| app.texts.text(cx.lang, key);
    let confirm = match by_hand.channel {
        domain::Channel::Trial => "by_hand.confirm_trial",
        domain::Channel::Phone => "by_hand.confirm_phone",
        _ => "by_hand.confirm_paper",
    };
    json!({
        "title": t("by_hand.enter"), "button": t("by_hand.enter"), "to": t("by_hand.enters"), "cost": cost,
        "declaration": t(confirm), "later": t("form.later"), "own": false, "surer": "",
    })
}

/// Where a free day is posted: the page that asks for the day. Empty: none does.
fn day_action(offer: &Offer) -> String {
    let asks = |p: &&schema::Page| {
        p.questions
            .iter()
            .any(|q| Some(&q.id) == offer.service.event.date.as_ref())
    };
    let page = offer.service.form.pages.iter().find(asks);
    page.map_or_else(String::new, |p| format!("{}/antrag/{}?aendern=1", offer.path(), p.id))
}

/// What is paid for good and its sum, then what comes back.
fn costs(fee: &domain::Fee) -> Value {
    let lines = |deposit: bool| -> Vec<Value> {
        let lines = fee.lines.iter();
        let lines = lines.filter(|l| (l.kind == schema::FeeKind::Deposit) == deposit);
        lines.map(|l| json!({ "label": l.label, "cents": l.cents })).collect()
    };
    json!({
        "lines": lines(false), "total": fee.total_cents, "deposits": lines(true), "all": fee.total_cents + fee.deposit_cents,
    })
}

fn in_time(app: &App, cx: &Context, d: &Deadline) -> String {
    let days = (d.last_day - cx.today).get_days();
    let day = format::long_date(d.last_day, cx.lang);
    if days == 0 {
        app.texts.text(cx.lang, "check.in_time_today")
    } else if days == 1 {
        app.texts.fill(cx.lang, "check.in_time_one", &[("day", &day)])
    } else {
        app.texts
            .fill(cx.lang, "check.in_time", &[("n", &days.to_string()), ("day", &day)])
    }
}
