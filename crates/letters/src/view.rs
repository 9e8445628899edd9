//! `LetterData` → what a template reads as `sys.inputs.letter`: checked, formatted and cleaned.
//! Templates only place it. Sums and payments that contradict each other stop here, before a wrong
//! amount goes out.

use serde_json::{Value, json};

use crate::data::{Kind, LetterData, Payment};
use crate::{LetterError, format, qr, text};

/// The view and the drawings, which are SVG text and must stay as they are.
#[derive(Debug)]
pub(crate) struct View {
    pub(crate) letter: Value,
    pub(crate) crest: Option<String>,
    pub(crate) qr: Option<qr::Drawing>,
    /// Text of the file that lies in the PDF.
    pub(crate) attachment: Option<String>,
}

pub(crate) fn build(d: &LetterData) -> Result<View, LetterError> {
    check(d)?;
    let english = d.lang == "en";
    let money = |cents: i64| format::money(cents, english);
    let day = |day| format::date(day, english);
    let code = d
        .payment
        .as_ref()
        .map(|p| qr::epc_payload(p).and_then(|text| qr::draw(&text)))
        .transpose()?;
    let sender = d.sender.as_ref();
    let from = sender.map_or(&d.authority.name, |s| &s.name);
    let address = sender.map_or(&d.authority.address, |s| &s.address);
    let clerk = d.clerk.as_ref();
    let mut letter = json!({
        "kind": d.kind.as_str(),
        "lang": if english { "en" } else { "de" },
        "title": d.subject.join(", "),
        "from": from,
        "office": if sender.is_some() { Some(address.join(", ")) } else { d.authority.office.clone() },
        "back": std::iter::once(from.as_str()).chain(address.iter().map(String::as_str)).collect::<Vec<_>>().join(", "),
        "recipient": at_most(&d.recipient, 6),
        "reference": d.reference,
        "your_label": d.your_label,
        "your_date": d.your_date.map(day),
        "clerk": clerk.map(|c| &c.name),
        "phone": clerk.and_then(|c| c.phone.as_ref()).or(d.authority.phone.as_ref()),
        "email": clerk.and_then(|c| c.email.as_ref()).or(d.authority.email.as_ref()),
        "date": day(d.date),
        "contact": sender.map_or(&[][..], |s| &s.contact),
        "subject": d.subject,
        "salutation": d.salutation,
        "result": d.result,
        "decision": d.decision,
        "costs": d.costs.iter().map(|c| json!({
            "label": c.label, "basis": c.basis, "amount": money(c.cents),
        })).collect::<Vec<_>>(),
        "total": money(d.total_cents),
        "deposit": (d.deposit_cents != 0).then(|| money(d.deposit_cents)),
        "to_pay": money(d.total_cents + d.deposit_cents),
        "due": d.due.map(|day| format::date_with_weekday(day, english)),
        "payment": d.payment.as_ref().map(|p| payment(p, english)),
        "reasons": d.reasons,
        "legal_bases": d.legal_bases,
        "remedy": d.remedy,
        "help": d.help,
        "signature": d.signature,
        "answers": d.answers,
        "digest": d.digest.as_ref().map(|t| format::groups(t, 8, " ")),
        "access_code": d.access_code,
        "link": d.link,
        "next": d.next,
        "asked": d.asked,
        "answer_by": d.answer_by.map(|day| format::date_with_weekday(day, english)),
        "papers": d.papers,
        "declaration": d.declaration,
        "signatory": d.signatory,
        "foot": foot(d),
    });
    letter["proof"] = json!(
        d.proof
            .as_ref()
            .map(|p| json!({ "name": p.name, "fingerprint": p.fingerprint }))
    );
    prepare(&mut letter);
    Ok(View {
        letter,
        crest: d.authority.crest_svg.clone().filter(|_| sender.is_none()),
        qr: code,
        attachment: d.proof.as_ref().map(|p| p.text.clone()),
    })
}

/// What no letter may get wrong.
fn check(d: &LetterData) -> Result<(), LetterError> {
    let wrong = |why: String| Err(LetterError::Data(why));
    if d.subject.iter().all(|line| line.trim().is_empty()) {
        return wrong("Der Betreff fehlt.".to_owned());
    }
    if d.recipient.iter().all(|line| line.trim().is_empty()) {
        return wrong("Die Anschrift fehlt.".to_owned());
    }
    if d.kind == Kind::Application && d.sender.is_none() {
        return wrong("Ein Antrag auf Papier braucht einen Absender.".to_owned());
    }
    // A receipt or a question regulates nothing (§ 35 VwVfG), a contract is no act at all.
    let act = matches!(d.kind, Kind::Approval | Kind::Confirmation | Kind::Refusal);
    if d.remedy.is_some() && !act {
        return wrong(format!(
            "Ein Brief der Art {} trägt keine Rechtsbehelfsbelehrung.",
            d.kind.as_str()
        ));
    }
    let sum = d.costs.iter().try_fold(0_i64, |sum, c| sum.checked_add(c.cents));
    if sum != Some(d.total_cents) {
        return wrong("Die Summe der Kosten stimmt nicht.".to_owned());
    }
    let Some(to_pay) = d.total_cents.checked_add(d.deposit_cents) else {
        return wrong("Die Summe der Kosten stimmt nicht.".to_owned());
    };
    match &d.payment {
        Some(p) if p.cents != to_pay => wrong("Der Zahlbetrag ist nicht die Summe aus Kosten und Kaution.".to_owned()),
        _ => Ok(()),
    }
}

fn payment(p: &Payment, english: bool) -> Value {
    json!({
        "payee": p.payee,
        "iban": format::iban(&p.iban),
        "purpose": p.purpose,
        "amount": format::money(p.cents, english),
    })
}

/// Columns at the foot of each page. The application has its own small print instead.
fn foot(d: &LetterData) -> Vec<Vec<String>> {
    if let Some(sender) = &d.sender {
        return vec![vec![sender.footer.clone()]];
    }
    let a = &d.authority;
    let mut first = vec![a.name.clone()];
    first.push(a.address.join(", "));
    let phone = a
        .phone
        .as_ref()
        .map(|p| format!("{} {p}", if d.lang == "en" { "Phone" } else { "Telefon" }));
    let mut columns = vec![first, phone.iter().chain(&a.email).cloned().collect()];
    if let Some(bank) = &a.bank {
        columns.push(vec![bank.name.clone(), format::iban(&bank.iban)]);
    }
    if !a.footer.is_empty() {
        columns.push(a.footer.clone());
    }
    columns.retain(|column: &Vec<String>| !column.is_empty());
    columns
}

/// The address field holds six lines: what is too much moves up into the second.
fn at_most(lines: &[String], most: usize) -> Vec<String> {
    let mut lines: Vec<String> = lines.iter().filter(|line| !line.trim().is_empty()).cloned().collect();
    while lines.len() > most {
        let surplus = lines.remove(2);
        lines[1] = format!("{}, {surplus}", lines[1]);
    }
    lines
}

/// Cleans every text of the view in place.
fn prepare(value: &mut Value) {
    match value {
        Value::String(s) => *s = text::prepare(s),
        Value::Array(items) => items.iter_mut().for_each(prepare),
        Value::Object(fields) => fields.values_mut().for_each(prepare),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[test]
    fn sums_that_are_none_are_refused() {
        let good = samples::data(Kind::Approval, "sperrzeit");
        assert!(build(&good).is_ok());
        let mut d = good.clone();
        d.total_cents += 1;
        assert!(matches!(build(&d), Err(LetterError::Data(_))));
        let mut d = good.clone();
        d.payment.as_mut().unwrap().cents -= 1;
        assert!(matches!(build(&d), Err(LetterError::Data(_))));
        let mut d = good;
        d.deposit_cents = i64::MAX;
        assert!(matches!(build(&d), Err(LetterError::Data(_))));
    }

    #[test]
    fn only_acts_carry_a_notice_on_remedies() {
        for kind in [Kind::Receipt, Kind::Question, Kind::Contract] {
            let mut d = samples::data(kind, "raumnutzung");
            d.remedy = Some("Gegen diesen Bescheid …".into());
            assert!(matches!(build(&d), Err(LetterError::Data(_))), "{kind:?}");
        }
    }

    #[test]
    fn a_letter_needs_somebody_to_go_to() {
        let mut d = samples::data(Kind::Receipt, "sperrzeit");
        d.recipient = vec![" ".into()];
        assert!(build(&d).is_err());
        let mut d = samples::data(Kind::Application, "sperrzeit");
        d.sender = None;
        assert!(build(&d).is_err());
    }

    #[test]
    fn long_addresses_fit_six_lines() {
        let lines: Vec<String> = (1..=8).map(|n| format!("Zeile {n}")).collect();
        let six = at_most(&lines, 6);
        assert_eq!(six.len(), 6);
        assert_eq!(six[1], "Zeile 2, Zeile 3, Zeile 4");
        assert_eq!(six[5], "Zeile 8");
    }
}
