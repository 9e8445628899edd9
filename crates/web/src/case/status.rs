//! The status page: where the case stands, who is on turn and until when, history, messages.

use axum::extract::{Form, Path, State};
use axum::response::Response;
use domain::reference::parse_code;
use domain::{Action, Actor, Outcome, State as CaseState};
use jiff::civil::Date;
use schema::{DeadlineKind, Lang};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::apply::carry;
use crate::apply::late::late;
use crate::apply::view::sections;
use crate::case::access::{self, Seen};
use crate::case::dates;
use crate::failure::{Failure, Result};
use crate::format;
use crate::limits::Limit;
use crate::offer::service_text;
use crate::reach::office_ctx;
use crate::reply::redirect;
use crate::req::Req;
use crate::state::App;

pub async fn page(State(app): State<App>, Path(reference): Path<String>, req: Req) -> Result<Response> {
    match access::see_or_ask(&app, &req, &reference).await {
        Ok(seen) => render(&app, &req, &seen, "", "").await,
        Err(response) => Ok(response),
    }
}

async fn render(app: &App, req: &Req, seen: &Seen, message: &str, message_error: &str) -> Result<Response> {
    let lang = req.lang;
    let cx = seen.context(app, lang);
    let case = &seen.case;
    let t = |key: &str, with: &[(&str, &str)]| app.texts.fill(lang, key, with);
    let act = domain::letter::act_word(case, &seen.service, &cx);
    let id = case.id.clone();
    let (history, letters) = seen
        .tenant
        .read(move |t| Ok::<_, store::Error>((t.history(&id)?, t.letters(&id)?)))
        .await?;
    let public: Vec<&store::Event> = history.iter().filter(|e| e.public).collect();
    let has = |kind: &str| letters.iter().any(|l| l.kind == kind);
    let last = public.len().saturating_sub(1);
    let events: Vec<Value> = public
        .iter()
        .enumerate()
        .map(|(i, e)| {
            let (href, link) = match e.kind.as_str() {
                "received" => (format!("/v/{}/eingang.pdf", case.reference), t("receipt.pdf", &[])),
                "question" if has("question") => (format!("/v/{}/rueckfrage.pdf", case.reference), t("status.question_pdf", &[])),
                _ => (String::new(), String::new()),
            };
            let text = if matches!(e.kind.as_str(), "message" | "question" | "answered" | "withdrawn" | "called_off" | "transferred" | "handed_over" | "merged" | "consulted") { e.text.as_str() } else { "" };
            let title = match e.kind.as_str() {
                kind @ ("approved" | "confirmed" | "refused") => app.texts.of_act(lang, "state", act, kind),
                kind => t(&format!("event.{kind}"), &[]),
            };
            let at = match e.kind.as_str() {
                // It came before it was typed in.
                "received" if case.channel.by_hand() => format::received_in(case.channel, case.received_at, lang),
                _ => format::moment_in(e.at, lang),
            };
            json!({ "title": title, "at": at, "iso": format::iso(e.at), "text": text, "now": i == last && case.state.is_open(), "href": href, "link": link })
        })
        .collect();
    let later = (case.state.is_open() && case.due().is_some()).then(|| {
        let text = match (case.state, case.promised(app.today())) {
            // The office's period rests while the applicant is on turn.
            (CaseState::Question, _) => t("status.next_rests", &[]),
            (_, Some(day)) => t("status.next_by", &[("day", &format::long_date(day, lang))]),
            (_, None) => t("status.next_soon", &[]),
        };
        json!({ "title": t("status.next_decision", &[]), "text": text })
    });
    // It lies with another authority than the one it was sent to.
    let came = case.came.as_ref().map(|c| {
        let since = format::long_date(domain::date_of(c.since), lang);
        let key = if case.state.is_open() {
            "status.came"
        } else {
            "status.came_closed"
        };
        t(
            key,
            &[
                ("authority", &seen.tenant.authority().name),
                ("since", &since),
                ("from", &c.from),
            ],
        )
    });
    let notice = req.param("gesendet").map(|k| match k.as_str() {
        "antwort" => t("status.answered", &[]),
        "zurueckgezogen" => t("status.withdrawn", &[]),
        "abgesagt" => t("status.called_off", &[]),
        _ => t("status.message_sent", &[]),
    });
    // What lateness means stands there as long as nobody has decided.
    let mut deadlines = case.deadlines.iter().filter(|_| case.state.is_open());
    let too_late = deadlines.find(|d| d.kind == DeadlineKind::Notice);
    let too_late = too_late.map(|d| late(app, &seen.offer, &cx, &case.answers, d, true));
    // The same event may need more for as long as it is ahead.
    let goes_on = case.state.is_open() || case.can_call_off(app.today());
    let ctx = json!({
        "place": seen.offer.place.ctx(), "notice": notice, "came": came, "late": too_late, "message": message, "message_error": message_error,
        "office": office_ctx(app, lang, &seen.offer),
        "c": {
            "title": seen.title(&cx), "reference": case.reference, "state": app.texts.of_act(lang, "state", act, case.stand()), "badge": badge(case.state),
            "question": question(app, seen, lang), "letter": letter(app, seen, &cx),
            "onward": case.onward.as_ref().map(|o| json!({ "reference": o.reference, "code": parse_code(&o.code) })), "history": events, "later": later,
            "open": case.state.is_open(), "can_call_off": case.can_call_off(app.today()), "withdraw": app.texts.of_act(lang, "status", act, "withdraw"), "offers": if goes_on { carry::offers(app, seen, &cx) } else { Vec::new() }, "has_dates": !dates::of(app, seen, &cx).is_empty(), "facts": facts(app, seen, &cx),
        },
    });
    let ui = app.ui_for(
        req,
        &seen.offer.place,
        &seen.offer.route.authority.name,
        seen.offer.tenant.as_ref(),
        seen.offer.local.crest,
    );
    app.ok("case/status.html", ui, ctx)
}

pub fn badge(state: CaseState) -> &'static str {
    match state {
        CaseState::Question => "warning",
        CaseState::Approved | CaseState::Confirmed => "success",
        CaseState::Refused => "danger",
        _ => "info",
    }
}

/// Days until `day` in words.
pub fn left(app: &App, lang: Lang, day: Date) -> String {
    match (day - app.today()).get_days() {
        n if n < 0 => app.texts.text(lang, "status.left_over"),
        0 => app.texts.text(lang, "status.left_today"),
        1 => app.texts.text(lang, "status.left_one"),
        n => app.texts.fill(lang, "status.left", &[("n", &n.to_string())]),
    }
}

/// The open question as the templates show it.
pub fn question(app: &App, seen: &Seen, lang: Lang) -> Value {
    let Some(q) = &seen.case.question else {
        return Value::Null;
    };
    let from = format!(
        "{}, {}, {}",
        seen.offer.authority(),
        q.by,
        format::moment_in(q.asked_at, lang)
    );
    json!({ "from": from, "text": q.text, "own": q.own, "by": format::long_date(q.answer_by, lang), "left": left(app, lang, q.answer_by) })
}

fn letter(app: &App, seen: &Seen, cx: &schema::Context) -> Value {
    let (case, lang) = (&seen.case, cx.lang);
    let d = &case.delivery;
    if d.letter.is_none() {
        return Value::Null;
    }
    let t = |key: &str, with: &[(&str, &str)]| app.texts.fill(lang, key, with);
    let day = |at: jiff::Timestamp| format::date_in(domain::date_of(at), lang);
    let Some(decision) = &case.decision else {
        return Value::Null;
    };
    let refused = decision.outcome == Outcome::Refused;
    let conditions = !decision.conditions.is_empty();
    let is_act = domain::letter::is_act(case, &seen.service, cx, refused, conditions, &decision.fee);
    let act = domain::letter::act_word(case, &seen.service, cx);
    // By what was decided, whatever came afterwards.
    let letter = app
        .texts
        .of_act(lang, "letter_name", act, decision.outcome.state().as_str());
    let over = case.called_off.is_some();
    let ready = if over {
        "status.letter_before"
    } else if d.print_since.is_some() {
        "status.letter_print"
    } else {
        "status.letter_title"
    };
    let title = t(ready, &[("letter", &letter)]);
    let text = if let Some(at) = d.retrieved_at {
        t("status.letter_fetched", &[("day", &day(at))])
    } else if d.print_since.is_some() || over {
        t("status.letter_print_text", &[])
    } else {
        let until = d.fetch_until.map(|d| format::long_date(d, lang)).unwrap_or_default();
        let until = match case.refused_in_haste() {
            Some(day) => t("status.letter_urgent", &[("day", &format::long_date(day, lang))]),
            None => t("status.letter_until", &[("day", &until)]),
        };
        if is_act {
            [until, t("status.letter_text", &[])].join(lang.gap())
        } else {
            until
        }
    };
    let sum = case.fee.to_pay();
    let costs = match (case.fee.paid_at, case.fee.due) {
        (Some(paid), _) if case.refund() > 0 => refund(app, case, &day(paid), lang),
        (Some(paid), _) if case.called_off.is_some() && case.fee.holds_deposit() => {
            let amount = format::euro_in(case.fee.deposit_cents, lang);
            let back = t("call_off.deposit_back", &[("amount", &amount)]);
            [t("status.letter_paid", &[("day", &day(paid))]), back].join(lang.gap())
        }
        (Some(at), _) => t("status.letter_paid", &[("day", &day(at))]),
        (None, Some(due)) if sum > 0 && !refused => t(
            // What was called off may cost less than the letter says.
            if case.called_off.is_some() {
                "status.letter_costs_off"
            } else {
                "status.letter_costs"
            },
            &[
                ("amount", &format::euro_in(sum, lang)),
                ("day", &format::long_date(due, lang)),
            ],
        ),
        _ => String::new(),
    };
    json!({ "title": title, "text": text, "costs": costs, "over": over })
}

/// What was paid when, and what of it comes back or came.
fn refund(app: &App, case: &domain::Case, paid: &str, lang: Lang) -> String {
    let amount = format::euro_in(case.refund(), lang);
    let back = match case.fee.refunded_at {
        None => app.texts.fill(lang, "status.refund", &[("amount", &amount)]),
        Some(at) => {
            let day = format::date_in(domain::date_of(at), lang);
            app.texts
                .fill(lang, "status.refunded", &[("amount", &amount), ("day", &day)])
        }
    };
    let paid = app.texts.fill(lang, "status.letter_paid", &[("day", paid)]);
    [paid, back].join(lang.gap())
}

fn facts(app: &App, seen: &Seen, cx: &schema::Context) -> Vec<Value> {
    let lang = cx.lang;
    let case = &seen.case;
    let t = |key: &str| app.texts.text(lang, key);
    let mut facts = Vec::new();
    if let Some(day) = case.event_day {
        facts.push(json!({ "label": t("status.day"), "value": format::long_date(day, lang) }));
    }
    if let Some(path) = &seen.service.event.place
        && let (Some(question), Some(value)) = (schema::question(&seen.service, path), schema::at(&case.answers, path))
        && !value.is_null()
    {
        let place = schema::show(question, value, &seen.service, cx);
        facts.push(json!({ "label": t("status.place"), "value": place }));
    }
    let (sum, deposit) = (case.fee.total_cents, case.fee.deposit_cents);
    let mut cost = match sum {
        0 => t("service.free"),
        sum => format::euro_in(sum, lang),
    };
    if case.state.is_open() && sum > 0 {
        cost = app.texts.fill(lang, "status.cost_expected", &[("cost", &cost)]);
    }
    if case.refund() > 0 {
        cost = t("status.cost_waived");
    } else if deposit > 0 {
        let amount = format::euro_in(deposit, lang);
        cost = app
            .texts
            .fill(lang, "status.cost_deposit", &[("cost", &cost), ("deposit", &amount)]);
    }
    facts.push(json!({ "label": t("status.cost"), "value": cost }));
    if !case.applicant.is_empty() {
        facts.push(json!({ "label": t("status.applicant"), "value": case.applicant }));
    }
    facts
}

/// All answers, as sent and as changed since.
pub async fn answers(State(app): State<App>, Path(reference): Path<String>, req: Req) -> Result<Response> {
    let seen = match access::see_or_ask(&app, &req, &reference).await {
        Ok(seen) => seen,
        Err(response) => return Ok(response),
    };
    let cx = seen.context(&app, req.lang);
    let sections = sections(
        &seen.service,
        &cx,
        &seen.case.answers,
        |_| String::new(),
        |_| String::new(),
    );
    let ctx = json!({ "c": { "title": seen.title(&cx), "reference": seen.case.reference }, "sections": sections });
    let name = service_text(&seen.service, &cx, &seen.case.answers, "name");
    app.ok("case/answers.html", app.ui_form(&req, &seen.offer, &name), ctx)
}

#[derive(Debug, Deserialize)]
pub struct Message {
    #[serde(default)]
    text: String,
}

/// A message to the office.
pub async fn message(
    State(app): State<App>,
    Path(reference): Path<String>,
    req: Req,
    Form(input): Form<Message>,
) -> Result<Response> {
    let seen = access::see(&app, &req, &reference).await?;
    let text = input.text.trim().to_owned();
    let wrong = match text.as_str() {
        "" => Some(app.texts.text(req.lang, "status.message_missing")),
        text => too_long(&app, req.lang, text, MESSAGE),
    };
    if let Some(error) = wrong {
        return render(&app, &req, &seen, &text, &error).await;
    }
    app.limits
        .take(req.address, Limit::Message, app.now())
        .map_err(Failure::TooMany)?;
    act(&app, &seen, Action::Message { text }, req.lang).await?;
    Ok(redirect(&format!("/v/{}?gesendet=nachricht", seen.case.reference)))
}

/// Characters of a message at most.
pub const MESSAGE: usize = 2000;

/// Why a text is not taken: nothing is ever cut without a word.
pub fn too_long(app: &App, lang: Lang, text: &str, most: usize) -> Option<String> {
    // Lines come as CRLF and count as one character, as in the field.
    let n = text.replace("\r\n", "\n").chars().count();
    let (n, most) = ((n > most).then(|| n.to_string())?, most.to_string());
    Some(app.texts.fill(lang, "form.too_long", &[("n", &n), ("most", &most)]))
}

/// One action of the applicant.
pub async fn act(app: &App, seen: &Seen, action: Action, lang: Lang) -> Result<()> {
    let (id, now) = (seen.case.id.clone(), app.now());
    match seen
        .tenant
        .write(move |t| t.act(&id, action, &Actor::Applicant, now))
        .await
    {
        Ok(_) => Ok(()),
        Err(store::ActError::Refused(refusal)) => Err(access::refused(app, lang, refusal)),
        Err(store::ActError::NotFound) => Err(Failure::Case),
        Err(other) => Err(other.into()),
    }
}
