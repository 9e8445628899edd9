//! What a letter says: a case, its service's sentences and the office become the data of one letter
//! job (JSON for the press). Wording comes from `texts/letters.de.toml` and the service's `letter.*`;
//! layout is the template's. Law is not decided here: an act's notice on remedies follows its kind.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use jiff::Timestamp;
use schema::show::format::{date, long_date, money};
use schema::{Act, Context, FeeKind, Lang, Service};
use serde_json::{Value, json};

use crate::berlin;
use crate::case::{Case, Fee, Outcome, Question, date_of};
use crate::office::Office;
use crate::receipt::SignedReceipt;

/// Which letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LetterKind {
    Receipt,
    Approval,
    Refusal,
    Question,
}

impl LetterKind {
    /// Name of the template in the service's `letters/`, and the key of its texts.
    pub fn template(self) -> &'static str {
        match self {
            LetterKind::Receipt => "receipt",
            LetterKind::Approval => "approval",
            LetterKind::Refusal => "refusal",
            LetterKind::Question => "question",
        }
    }
}

/// Kind of the receipt as the store keeps it for the applicant: with the access code.
pub const RECEIPT: &str = "receipt";
/// The same for the desk, without the code.
pub const RECEIPT_COPY: &str = "receipt_copy";

/// Who writes, and what only this letter knows.
#[derive(Debug, Clone, Default)]
pub struct Extra {
    pub clerk: String,
    /// A receipt without it is the desk's copy: it says nothing of the status page.
    pub access_code: Option<String>,
    pub link: String,
    pub crest_svg: Option<String>,
    /// A decision that is only being prepared: outcome's sentences for the preview.
    pub preview: Option<Preview>,
    /// Names of offices that were heard.
    pub heard: Vec<String>,
    /// Of a receipt: the signed statement and the fingerprint of its key.
    pub signed: Option<(SignedReceipt, String)>,
}

/// A decision as the clerk has it on the screen.
#[derive(Debug, Clone, Default)]
pub struct Preview {
    pub conditions: Vec<String>,
    pub reason: String,
    /// The service's own reasons as the clerk has changed them.
    pub grounds: Option<String>,
    pub fee: Fee,
}

fn words() -> &'static BTreeMap<String, String> {
    static WORDS: OnceLock<BTreeMap<String, String>> = OnceLock::new();
    WORDS.get_or_init(|| toml::from_str(include_str!("../../../texts/letters.de.toml")).unwrap_or_default())
}

/// A shared sentence with its placeholders filled.
fn say(key: &str, with: &[(&str, &str)]) -> String {
    let mut text = words().get(key).cloned().unwrap_or_default();
    for (name, value) in with {
        text = text.replace(&format!("{{{name}}}"), value);
    }
    text
}

/// `7500` → `75,00 €`
fn euro(cents: i64) -> String {
    money(cents, Lang::De)
}

fn text_at<'a>(answers: &'a Value, path: &str) -> &'a str {
    schema::at(answers, path).and_then(Value::as_str).unwrap_or_default()
}

/// The service's sentence for this letter.
fn service_text(service: &Service, case: &Case, cx: &Context, key: &str) -> String {
    let received = berlin(case.received_at);
    let day = long_date(received.date(), Lang::De);
    let time = format!("{:02}:{:02}", received.hour(), received.minute());
    let of = if case.channel.by_hand() {
        "received_day"
    } else {
        "received"
    };
    let received = say(of, &[("day", &day), ("time", &time)]);
    service
        .texts
        .get(&Lang::De)
        .and_then(|t| t.get(key, case.regime))
        .map(|t| schema::fill(t, &case.answers, service, cx, &[("received", received)]))
        .unwrap_or_default()
}

/// Whether a fee statute holds for the room asked for: then it is let by administrative act, not by contract.
fn under_statute(service: &Service, answers: &Value, cx: &Context) -> bool {
    let Some(booking) = &service.booking else { return false };
    let wanted = text_at(answers, &booking.room);
    cx.rooms.iter().any(|room| room.id == wanted && room.statute)
}

/// How texts about a case's decision vary: `contract` by private law, `notice` for a notice, else `permit`.
pub fn act_word(case: &Case, service: &Service, cx: &Context) -> &'static str {
    match case.act {
        Act::Contract if !under_statute(service, &case.answers, cx) => "contract",
        Act::Notice => "notice",
        _ => "permit",
    }
}

/// Whether the decision's letter is an administrative act and so carries a notice on remedies: every refusal and
/// permit, a confirmation only with conditions or a fee, a private contract never.
pub fn is_act(case: &Case, service: &Service, cx: &Context, refused: bool, conditions: bool, fee: &Fee) -> bool {
    match act_word(case, service, cx) {
        "contract" => false,
        "notice" => refused || conditions || fee.lines.iter().any(|l| l.kind == FeeKind::Fee),
        _ => true,
    }
}

/// Name and address as they stand in the address field.
pub fn recipient(answers: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    let club = text_at(answers, "club.name");
    let name = text_at(answers, "contact.name");
    let title = match text_at(answers, "contact.salutation") {
        "ms" => "Frau ",
        "mr" => "Herrn ",
        _ => "",
    };
    if !club.is_empty() && club != name {
        lines.push(club.to_owned());
    }
    if !name.is_empty() {
        lines.push(format!("{title}{name}"));
    }
    let part = |key: &str| text_at(answers, &format!("contact.address.{key}"));
    let street = format!("{} {}", part("street"), part("house_number")).trim().to_owned();
    let town = format!("{} {}", part("postcode"), part("town")).trim().to_owned();
    lines.extend([street, town].into_iter().filter(|l| !l.is_empty()));
    lines
}

/// `Sehr geehrte Frau Sommer,` – the last word of the name is taken as the surname.
pub fn salutation(answers: &Value) -> String {
    let name = text_at(answers, "contact.name");
    let surname = name.split_whitespace().last().unwrap_or_default();
    match text_at(answers, "contact.salutation") {
        _ if name.is_empty() => say("greeting_none", &[]),
        "ms" => say("greeting_ms", &[("name", surname)]),
        "mr" => say("greeting_mr", &[("name", surname)]),
        _ => say("greeting_neutral", &[("name", name)]),
    }
}

/// Sections of what was asked and answered.
pub fn answer_sections(service: &Service, answers: &Value, cx: &Context) -> Vec<Value> {
    schema::visible_pages(service, answers, cx)
        .iter()
        .filter_map(|page| {
            let rows: Vec<Value> = page
                .questions
                .iter()
                .filter(|q| q.shown)
                .filter_map(|q| {
                    let value = schema::at(answers, &q.question.id).filter(|v| !v.is_null())?;
                    let text = shown(q.question, value, service, cx);
                    (!text.is_empty())
                        .then(|| json!({ "label": schema::short_label(service, &q.question.id, cx), "value": text }))
                })
                .collect();
            let regime = schema::regime(service, answers, cx);
            let title = service
                .texts
                .get(&cx.lang)
                .and_then(|t| t.get(&format!("page.{}.step", page.page.id), regime))
                .unwrap_or_default();
            (!rows.is_empty()).then(|| json!({ "title": title, "rows": rows }))
        })
        .collect()
}

/// One answer; the entries of a group each on a line.
fn shown(question: &schema::Question, value: &Value, service: &Service, cx: &Context) -> String {
    match (&question.kind, value) {
        (schema::Kind::Group { .. }, Value::Array(items)) => items
            .iter()
            .map(|item| schema::show(question, &json!([item]), service, cx))
            .filter(|line| !line.is_empty())
            .collect::<Vec<_>>()
            .join("\n"),
        _ => schema::show(question, value, service, cx),
    }
}

fn authority(office: &Office, name: &str, crest: Option<&String>) -> Value {
    let mut address = Vec::new();
    if !office.street.is_empty() {
        address.push(office.street.clone());
    }
    let town = format!("{} {}", office.postcode, office.town).trim().to_owned();
    if !town.is_empty() {
        address.push(town);
    }
    let some = |s: &str| (!s.is_empty()).then(|| s.to_owned());
    let bank = (!office.iban.is_empty()).then(|| json!({ "name": office.bank_holder, "iban": office.iban }));
    json!({
        "name": name, "office": some(&office.department), "address": address, "phone": some(&office.phone),
        "email": some(&office.email), "bank": bank, "crest_svg": crest,
    })
}

/// A part of this letter in the service's words. A hall under a fee statute is let by an administrative act: the
/// service has its own words for it.
fn own_text(kind: LetterKind, part: &str, case: &Case, service: &Service, cx: &Context) -> String {
    let key = format!("letter.{}.{part}", kind.template());
    if case.act == Act::Contract && act_word(case, service, cx) != "contract" {
        let own = service_text(service, case, cx, &format!("{key}_statute"));
        if !own.is_empty() {
            return own;
        }
    }
    service_text(service, case, cx, &key)
}

/// The reasons of a yes as the service proposes them from what was asked for. Which of them stand in the letter, the
/// clerk decides.
pub fn grounds(case: &Case, service: &Service, cx: &Context) -> String {
    own_text(LetterKind::Approval, "reason", case, service, cx)
}

/// The letter job for a case. `authority_name` is the deciding authority's.
#[expect(
    clippy::too_many_arguments,
    reason = "each is a thing of its own that the letter shows"
)]
pub fn letter_job(
    kind: LetterKind,
    case: &Case,
    service: &Service,
    cx: &Context,
    office: &Office,
    authority_name: &str,
    extra: &Extra,
    now: Timestamp,
) -> Value {
    let key = kind.template();
    let act = act_word(case, service, cx);
    let text = |part: &str| own_text(kind, part, case, service, cx);
    let deciding = matches!(kind, LetterKind::Approval | LetterKind::Refusal);
    let fee = match (&extra.preview, &case.decision) {
        (Some(preview), _) => preview.fee.clone(),
        (None, Some(decision)) if deciding => decision.fee.clone(),
        _ => case.fee.clone(),
    };
    let conditions = match (&extra.preview, &case.decision) {
        (Some(p), _) => p.conditions.clone(),
        (None, Some(d)) => d.conditions.clone(),
        _ => Vec::new(),
    };
    let reason = match (&extra.preview, &case.decision) {
        (Some(p), _) => p.reason.clone(),
        (None, Some(d)) => d.reason.clone(),
        _ => String::new(),
    };
    let changed = match (&extra.preview, &case.decision) {
        (Some(p), _) => p.grounds.clone(),
        (None, Some(d)) => d.grounds.clone(),
        _ => None,
    };
    let grounds = changed.filter(|_| kind == LetterKind::Approval);
    let contract = act == "contract";
    let refused = kind == LetterKind::Refusal;
    let is_act = deciding && is_act(case, service, cx, refused, !conditions.is_empty(), &fee);
    let letter = match kind {
        LetterKind::Receipt => "receipt",
        LetterKind::Question => "question",
        LetterKind::Refusal => "refusal",
        LetterKind::Approval if contract => "contract",
        LetterKind::Approval if case.act == Act::Notice => "confirmation",
        LetterKind::Approval => "approval",
    };
    let costs_shown = kind == LetterKind::Approval;
    let (costs, total, deposit) = if costs_shown { costs(&fee) } else { (Vec::new(), 0, 0) };
    let to_pay = total + deposit;
    let payment = (to_pay > 0 && !office.iban.is_empty()).then(|| {
        let payee = if office.bank_holder.is_empty() {
            authority_name
        } else {
            &office.bank_holder
        };
        json!({ "payee": payee, "iban": office.iban, "purpose": case.reference, "cents": to_pay })
    });
    let mut decision = Vec::new();
    if kind == LetterKind::Approval {
        // What is decided, in the service's own sentences; then its conditions.
        let own = ["decision", "decision_when", "decision_where"].map(text);
        decision.extend(
            own.iter()
                .filter(|t| !t.is_empty())
                .map(|t| json!({ "text": t, "conditions": [] })),
        );
        if !conditions.is_empty() {
            // "Dabei" points to a sentence before it.
            let key = match (decision.is_empty(), contract) {
                (false, _) => "conditions",
                (true, true) => "conditions_first_contract",
                (true, false) => "conditions_first",
            };
            decision.push(json!({ "text": say(key, &[]), "conditions": conditions }));
        }
        if total > 0 {
            let key = match letter {
                "contract" => "price",
                "confirmation" => "fee_confirmation",
                _ => "fee",
            };
            decision.push(json!({ "text": say(key, &[("amount", &euro(total))]), "conditions": [] }));
        } else {
            decision.push(json!({ "text": say("free", &[]), "conditions": [] }));
        }
        if deposit > 0 {
            decision.push(json!({ "text": say("deposit", &[("amount", &euro(deposit))]), "conditions": [] }));
        }
    }
    let mut reasons: Vec<String> = Vec::new();
    if refused {
        reasons.push(reason.clone());
    }
    let question = case.question.as_ref().filter(|_| kind == LetterKind::Question);
    // The clerk's own words stand in the letter whatever else was ticked; what was ticked stands in its list.
    reasons.extend(
        question
            .filter(|q| !q.fields.is_empty() || !q.papers.is_empty())
            .map(|q| q.own.clone()),
    );
    reasons.push(grounds.unwrap_or_else(|| text("reason")));
    // Why there are conditions, where there are some.
    if kind == LetterKind::Approval && !conditions.is_empty() {
        reasons.push(text("ground"));
    }
    if kind == LetterKind::Approval {
        reasons.push(reason);
    }
    if deciding && !extra.heard.is_empty() {
        reasons.push(say("consulted", &[("who", &extra.heard.join(", "))]));
    }
    let reasons: Vec<String> = reasons.into_iter().filter(|r| !r.trim().is_empty()).collect();
    // A house number stays with its street.
    let tight = |line: String| match line.rsplit_once(' ') {
        Some((street, number)) if number.starts_with(|c: char| c.is_ascii_digit()) => format!("{street}\u{a0}{number}"),
        _ => line,
    };
    let place = office.lines().into_iter().map(tight).collect::<Vec<_>>().join(", ");
    // What it is called: a confirmation with conditions is an act, but no "Bescheid".
    let act_name = match letter {
        "confirmation" => say("remedy_act_confirmation", &[]),
        _ => say("remedy_act", &[]),
    };
    let remedy = is_act.then(|| say("remedy", &[("act", &act_name), ("authority", &place)]));
    let mut help = Vec::new();
    if deciding {
        let note = text("note");
        if !note.is_empty() {
            help.push(note);
        } else if !refused {
            help.push(say("other_permits", &[]));
        }
    }
    if !office.phone.is_empty() {
        help.push(say("ask", &[("phone", &office.phone)]));
    }
    // Where it is stands on a line of its own.
    let result = [text("first"), text("place")]
        .into_iter()
        .filter(|t| !t.is_empty())
        .collect::<Vec<_>>()
        .join("\n");
    let receipt = kind == LetterKind::Receipt;
    let mut next = Vec::new();
    if receipt {
        match case.promised(date_of(now)) {
            Some(day) => next.push(say("next_decision", &[("day", &long_date(day, Lang::De))])),
            None if case.due().is_some() => next.push(say("next_soon", &[])),
            None => {}
        }
        if extra.access_code.is_some() {
            next.push(say("next_status", &[]));
        }
    }
    let (asked, answer_by) = asked(question, service, cx);
    let papers: Vec<Value> = case
        .papers
        .iter()
        .map(|p| json!({ "name": p.name, "note": format!("SHA-256 {}", p.sha256) }))
        .collect();
    json!({
        "template": service.letters.get(key).cloned().unwrap_or_default(),
        "data": {
            "kind": letter, "lang": "de", "authority": authority(office, authority_name, extra.crest_svg.as_ref()),
            "recipient": recipient(&case.answers), "reference": case.reference,
            "your_label": say(match case.act { Act::Notice => "your_notice", Act::Contract => "your_request", Act::Application => "your_application" }, &[]),
            "your_date": date_of(case.received_at).to_string(),
            "clerk": (!extra.clerk.is_empty()).then(|| json!({ "name": extra.clerk, "phone": (!office.phone.is_empty()).then(|| office.phone.clone()), "email": (!office.email.is_empty()).then(|| office.email.clone()) })),
            "date": date_of(now).to_string(), "subject": [text("subject")], "salutation": salutation(&case.answers),
            "result": result, "decision": decision, "costs": costs, "total_cents": total, "deposit_cents": deposit,
            "due": if to_pay > 0 && costs_shown { fee.due.map(|d| d.to_string()) } else { None }, "payment": payment,
            "reasons": reasons, "remedy": remedy, "help": if help.is_empty() { Vec::new() } else { vec![help.join(" ")] },
            "signature": { "closing": say("closing", &[]), "by": (!office.signature.is_empty() && !extra.clerk.is_empty()).then(|| office.signature.clone()), "name": (!extra.clerk.is_empty()).then(|| extra.clerk.clone()), "note": say("note", &[]) },
            "answers": if receipt { answer_sections(service, &case.answers, cx) } else { Vec::new() },
            "digest": receipt.then(|| case.digest.clone()), "proof": proof(extra.signed.as_ref()), "access_code": if receipt { extra.access_code.clone() } else { None },
            "link": (!extra.link.is_empty() && (extra.access_code.is_some() || kind == LetterKind::Question)).then(|| extra.link.clone()),
            "next": next, "asked": asked, "answer_by": answer_by,
            "papers": if receipt { papers } else { Vec::new() },
        },
    })
}

/// The signed statement as a file in the PDF.
fn proof(signed: Option<&(SignedReceipt, String)>) -> Option<Value> {
    let (receipt, fingerprint) = signed?;
    let text = serde_json::to_string_pretty(receipt).ok()?;
    Some(json!({ "name": crate::receipt::FILE_NAME, "text": text, "fingerprint": fingerprint }))
}

fn costs(fee: &Fee) -> (Vec<Value>, i64, i64) {
    let lines: Vec<Value> = fee
        .lines
        .iter()
        .filter(|l| l.kind != FeeKind::Deposit)
        .map(|l| json!({ "label": l.label, "basis": l.basis, "cents": l.cents }))
        .collect();
    (lines, fee.total_cents, fee.deposit_cents)
}

fn asked(question: Option<&Question>, service: &Service, cx: &Context) -> (Vec<Value>, Option<String>) {
    let Some(q) = question else { return (Vec::new(), None) };
    let mut rows: Vec<Value> = q
        .fields
        .iter()
        .map(|(path, why)| json!({ "label": schema::short_label(service, path, cx), "reason": why }))
        .collect();
    rows.extend(q.papers.iter().map(|p| json!({ "label": p, "reason": "" })));
    if rows.is_empty() {
        rows.push(json!({ "label": q.text, "reason": "" }));
    }
    (rows, Some(q.answer_by.to_string()))
}

/// The outcome's letter.
pub fn kind_of(outcome: Outcome) -> LetterKind {
    match outcome {
        Outcome::Approved | Outcome::Confirmed => LetterKind::Approval,
        Outcome::Refused => LetterKind::Refusal,
    }
}

/// The printable application for an authority that takes none online: the applicant writes.
/// `template` is `templates/letters/application.typ`.
pub fn application_job(
    template: &str,
    service: &Service,
    answers: &Value,
    cx: &Context,
    address: &[String],
    now: Timestamp,
) -> Value {
    let today = date_of(now);
    let regime = schema::regime(service, answers, cx);
    let text = |key: &str| {
        service
            .texts
            .get(&cx.lang)
            .and_then(|t| t.get(key, regime))
            .map(|t| schema::fill(t, answers, service, cx, &[]))
            .unwrap_or_default()
    };
    let declaration = Some(text("declaration_paper")).filter(|t| !t.is_empty());
    let declaration = declaration.unwrap_or_else(|| text("declaration"));
    // How an answer comes online is nothing to tell an office that works on paper; who writes stands in the head.
    let mut told = answers.clone();
    for (part, keys) in [
        ("delivery", &["electronic"][..]),
        ("club", &["name"]),
        ("contact", &["salutation", "name", "phone", "email", "address"]),
    ] {
        if let Some(part) = told.get_mut(part).and_then(Value::as_object_mut) {
            part.retain(|key, _| !keys.contains(&key.as_str()));
        }
    }
    // Without a street there is a line to write it on.
    let mut to = address.to_vec();
    if to.len() == 2 {
        to.insert(1, "_".repeat(28));
    }
    let lines = recipient(answers);
    let name = lines.first().cloned().unwrap_or_default();
    let street: Vec<String> = lines.iter().rev().take(2).rev().cloned().collect();
    let kind = match service.act {
        Act::Notice => "notice",
        Act::Contract => "contract",
        Act::Application => "permit",
    };
    let mut contact = vec![json!({ "label": say("responsible", &[]), "value": text_at(answers, "contact.name") })];
    for (label, path) in [("phone", "contact.phone"), ("email", "contact.email")] {
        if !text_at(answers, path).is_empty() {
            contact.push(json!({ "label": say(label, &[]), "value": text_at(answers, path) }));
        }
    }
    // Only what is known of the place: without its own rules, the state's.
    let notice = crate::assess::deadlines(service, answers, cx, today)
        .into_iter()
        .find(|d| d.kind == schema::DeadlineKind::Notice);
    if let Some(deadline) = notice {
        contact.push(json!({ "label": say("arrive_by", &[]), "value": date(deadline.last_day, Lang::De) }));
    }
    let papers: Vec<Value> = schema::required_papers(service, answers, cx)
        .into_iter()
        .map(|path| json!({ "name": schema::short_label(service, &path, cx) }))
        .collect();
    json!({
        "template": template,
        "data": {
            "kind": "application", "lang": "de",
            "authority": { "name": address.first().cloned().unwrap_or_default(), "address": address.get(1..).unwrap_or_default() },
            "sender": { "name": name, "address": street, "contact": contact, "footer": say("application_footer", &[("day", &date(today, Lang::De))]) },
            "recipient": to, "date": today.to_string(),
            "subject": [text("case_title"), say(&format!("application_subject_{kind}"), &[])],
            "salutation": say("application_first", &[]),
            "result": say(&format!("application_{kind}"), &[]),
            "answers": answer_sections(service, &told, cx), "papers": papers,
            "declaration": [declaration],
            "signatory": [say("application_signatory", &[]), text_at(answers, "contact.name")],
        },
    })
}
