//! What mails say: sentences from `texts/mails.de.toml`, filled from the case. A mail names the deed, the
//! date and one link; never an access code, never more about persons than the greeting.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value;
use store::{Mail, TenantStore};

use crate::case_data::CaseData;
use crate::{Worker, case_id};

type Words = BTreeMap<String, BTreeMap<String, String>>;

pub(crate) fn words() -> &'static Words {
    static WORDS: OnceLock<Words> = OnceLock::new();
    WORDS.get_or_init(|| toml::from_str(include_str!("../../../texts/mails.de.toml")).unwrap_or_default())
}

/// Subject and text with their placeholders filled.
pub(crate) fn filled(kind: &str, with: &[(&str, &str)]) -> Result<(String, String)> {
    let words = words().get(kind).with_context(|| format!("no mail text {kind}"))?;
    let fill = |text: &str| {
        with.iter().fold(text.to_owned(), |t, (name, value)| match *name {
            "authority" => schema::fill_authority(&t, value, schema::Lang::De),
            _ => t.replace(&format!("{{{name}}}"), value),
        })
    };
    // A line break in a subject would be a new header.
    Ok((fill(&words["subject"]).replace(['\r', '\n'], " "), fill(&words["text"])))
}

/// One mail with its placeholders filled, lines of at most 72 characters.
pub(crate) fn mail(kind: &str, to: &str, with: &[(&str, &str)]) -> Result<Mail> {
    let (subject, text) = filled(kind, with)?;
    let text = text.trim().lines().map(wrap).collect::<Vec<_>>().join("\n");
    Ok(Mail {
        to: to.to_owned(),
        subject,
        text: squeeze(&text) + "\n",
    })
}

/// Wraps at blanks; a link stays whole.
fn wrap(line: &str) -> String {
    let mut out = String::new();
    let mut width = 0;
    for word in line.split(' ') {
        let n = word.chars().count();
        if width > 0 && width + 1 + n > 72 {
            out.push('\n');
            width = 0;
        } else if width > 0 {
            out.push(' ');
            width += 1;
        }
        out.push_str(word);
        width += n;
    }
    out.trim_end().to_owned()
}

/// No more than one empty line in a row.
fn squeeze(text: &str) -> String {
    let mut out = text.to_owned();
    while out.contains("\n\n\n") {
        out = out.replace("\n\n\n", "\n\n");
    }
    out
}

/// `05.12.2026`: in lists.
pub(crate) fn short_day(d: Date) -> String {
    schema::show::format::date(d, schema::Lang::De)
}

/// `Samstag, 05.12.2026`: days in mails are days to plan with.
pub(crate) fn day(d: Date) -> String {
    schema::show::format::long_date(d, schema::Lang::De)
}

/// The mail about a decision as this act and outcome word it, else as all do.
fn variant(name: &str, act: &str, refused: bool) -> String {
    let outcome = if refused { "refused" } else { "approved" };
    let own = format!("{name}_{act}_{outcome}");
    if words().contains_key(&own) {
        own
    } else {
        name.to_owned()
    }
}

fn left(today: Date, d: Date) -> String {
    match (d - today).get_days() {
        n if n > 1 => format!("Das sind noch {n} Tage."),
        1 => "Das ist morgen.".into(),
        0 => "Das ist heute.".into(),
        _ => String::new(),
    }
}

impl Worker {
    /// A mail to whoever applied. Without an address there is nothing to send.
    pub(crate) async fn mail_applicant(&self, tenant: &TenantStore, kind: &str, payload: &Value) -> Result<()> {
        let id = case_id(payload)?;
        let Some(data) = self.load(tenant, &id).await? else {
            return Ok(());
        };
        let Some(to) = data.case.email.clone() else {
            return Ok(());
        };
        let name = kind.strip_prefix("mail_").unwrap_or(kind);
        let fee = &data.case.fee;
        // The moment of the deed makes the id: a job that runs twice queues one mail. None: what the mail would
        // ask for was done before it went.
        let deed = match name {
            "question" => data.case.question.as_ref().map(|q| q.asked_at),
            "reminder" => fee.reminded_at.filter(|_| fee.paid_at.is_none() && fee.due.is_some()),
            // Settled before the mail went: nobody needs to know who would decide.
            "merged" => data
                .case
                .came
                .as_ref()
                .map(|c| c.since)
                .filter(|_| data.case.state.is_open()),
            _ => Some(Timestamp::UNIX_EPOCH),
        };
        let Some(deed) = deed else {
            return Ok(());
        };
        let mail = self.about(&data, name, &to)?;
        self.queue(tenant, format!("{name}:{id}:{}", deed.as_millisecond()), mail)
            .await
    }

    pub(crate) fn about(&self, data: &CaseData, name: &str, to: &str) -> Result<Mail> {
        let case = &data.case;
        let today = domain::date_of((self.clock)());
        let salutation = domain::letter::salutation(&case.answers);
        let greeting = if salutation.starts_with("Sehr geehrte Damen") {
            "Guten Tag,".to_owned()
        } else {
            salutation
        };
        let authority = if data.office.department.is_empty() {
            data.authority.clone()
        } else {
            format!("{}, {}", data.authority, data.office.department)
        };
        let received = domain::berlin(case.received_at);
        let mut when = day(received.date());
        if !case.channel.by_hand() {
            when = format!("{when} um {:02}:{:02} Uhr", received.hour(), received.minute());
        }
        let decision = case
            .promised(today)
            .map(|d| words()["received"]["decision"].replace("{day}", &day(d)))
            .unwrap_or_default();
        let until = match name {
            "question" | "remind_question" => case.question.as_ref().map(|q| q.answer_by),
            "decision" => case.delivery.fetch_until,
            "reminder" => case.fee.due,
            _ => None,
        };
        let list: String = case.question.as_ref().map_or_else(String::new, |q| {
            let mut lines: Vec<String> = q
                .fields
                .iter()
                .map(|(path, why)| format!("- {}: {why}", schema::short_label(&data.service, path, &data.cx)))
                .collect();
            lines.extend(q.papers.iter().map(|p| format!("- Unterlage: {p}")));
            // The clerk's own words; `text` holds the list above once more.
            let words = if lines.is_empty() { &q.text } else { &q.own };
            if !words.trim().is_empty() {
                if !lines.is_empty() {
                    lines.push(String::new());
                }
                lines.push(words.clone());
            }
            lines.join("\n") + "\n"
        });
        let sum = case.fee.total_cents + case.fee.deposit_cents;
        let amount = schema::show::format::money(sum, schema::Lang::De);
        let refused = case
            .decision
            .as_ref()
            .is_some_and(|d| d.outcome == domain::Outcome::Refused);
        let conditions = case.decision.as_ref().is_some_and(|d| !d.conditions.is_empty());
        let act = domain::letter::act_word(case, &data.service, &data.cx);
        let urgent = case.refused_in_haste().filter(|_| name == "decision");
        let haste = urgent.map(|event| words()["decision"]["urgent"].replace("{event}", &day(event)));
        let said = |key: &str, holds: bool| if holds { words()["decision"][key].as_str() } else { "" };
        let is_act = domain::letter::is_act(case, &data.service, &data.cx, refused, conditions, &case.fee);
        let since = case.came.as_ref().map(|c| day(domain::date_of(c.since)));
        let mut mail = mail(
            &variant(name, act, refused),
            to,
            &[
                ("urgent", haste.as_deref().unwrap_or_default()),
                ("greeting", &greeting),
                ("since", since.as_deref().unwrap_or_default()),
                ("from", case.came.as_ref().map_or("", |c| c.from.as_str())),
                ("reference", &case.reference),
                ("title", &case.title),
                ("authority", &authority),
                ("phone", &data.office.phone),
                ("link", &format!("{}/v/{}", self.base_url, case.reference)),
                ("when", &when),
                ("decision", &decision),
                ("day", &until.map(day).unwrap_or_default()),
                ("left", &until.map(|d| left(today, d)).unwrap_or_default()),
                ("list", &list),
                ("amount", &amount),
                ("objection", said("objection", is_act)),
                ("costs", said("costs", sum > 0 && !refused)),
                ("desk", &format!("{}/amt/v/{}", self.base_url, case.id)),
            ],
        )?;
        if urgent.is_some() {
            mail.subject = words()["decision"]["urgent_subject"].replace("{subject}", &mail.subject);
        }
        Ok(mail)
    }

    /// Tells the clerk that an answer or a message came, if the clerk wants mails at once. `at`: when it came; each is
    /// told, also one that changes no field.
    pub(crate) async fn mail_clerk(
        &self,
        tenant: &TenantStore,
        kind: &str,
        payload: &Value,
        at: Timestamp,
    ) -> Result<()> {
        let id = case_id(payload)?;
        let Some(data) = self.load(tenant, &id).await? else {
            return Ok(());
        };
        let Some(to) = self.clerk_to_tell(tenant, &data).await? else {
            return Ok(());
        };
        let mail = self.about(&data, kind, &to)?;
        self.queue(tenant, format!("{kind}:{id}:{}", at.as_millisecond()), mail)
            .await
    }

    /// Tells the clerk that another office has answered.
    pub(crate) async fn mail_heard(&self, tenant: &TenantStore, payload: &Value) -> Result<()> {
        let id = case_id(payload)?;
        let Some(data) = self.load(tenant, &id).await? else {
            return Ok(());
        };
        let Some(to) = self.clerk_to_tell(tenant, &data).await? else {
            return Ok(());
        };
        let kind = match payload["kind"].as_str() {
            Some("consult_unasked") => "consult_unasked",
            Some("consult_late") => "consult_late",
            // Until the release before it was said in another way.
            None if payload["late"] == Value::Bool(true) => "consult_late",
            _ => "consult_answered",
        };
        let mail = mail(
            kind,
            &to,
            &[
                ("who", payload["who"].as_str().unwrap_or_default()),
                ("title", &data.case.title),
                ("reference", &data.case.reference),
                ("desk", &format!("{}/amt/v/{id}", self.base_url)),
            ],
        )?;
        self.queue(tenant, format!("{kind}:{id}:{}", payload["at"]), mail).await
    }

    /// Address of the clerk who has the case, or has decided it, if the clerk wants mails at once.
    pub(crate) async fn clerk_to_tell(&self, tenant: &TenantStore, data: &CaseData) -> Result<Option<String>> {
        let decided = data.case.decision.as_ref().map(|d| &d.by);
        let Some(who) = data.case.assignee.as_ref().or(decided).cloned() else {
            return Ok(None);
        };
        let clerk = tenant.read(move |t| t.clerk(&who)).await?;
        let works = |c: &store::Clerk| c.active && !store::only_audits(c);
        let told = clerk.filter(|c| works(c) && c.prefs["immediate"] == Value::Bool(true));
        Ok(told.map(|c| c.email))
    }

    /// Puts a mail into the outbox and has it sent.
    pub(crate) async fn queue(&self, tenant: &TenantStore, id: String, mail: Mail) -> Result<()> {
        let now = (self.clock)();
        tenant
            .write(move |t| -> Result<(), store::Error> {
                if t.queue_mail(&id, &mail, now)? {
                    t.add_job("send_mails", &serde_json::json!({}), now, Some("send_mails"))?;
                }
                Ok(())
            })
            .await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mail_is_filled_narrow_and_has_one_line_as_subject() {
        for kind in words().keys() {
            let m = mail(kind, "a@b.example", &[("title", "Fest\r\nBcc: x@y.example"), ("list", "- Aufsicht: Bitte nennen Sie für beide eine Telefonnummer, denn die Leitstelle braucht am Abend zwei.\n")]).expect("mail");
            assert!(!m.subject.contains(['\r', '\n']), "{kind}");
            assert!(
                m.text.lines().all(|l| l.chars().count() <= 72 || l.contains("http")),
                "{kind}: {}",
                m.text
            );
        }
    }

    #[test]
    fn a_decision_is_worded_by_act_and_outcome() {
        for act in ["contract", "notice", "permit"] {
            for refused in [false, true] {
                let name = variant("decision", act, refused);
                assert!(name.starts_with("decision_") && words().contains_key(&name), "{name}");
            }
        }
        assert_eq!(variant("reminder", "contract", false), "reminder");
        let objection = words()["decision"]["objection"].as_str();
        let with = [("objection", objection), ("authority", "Landratsamt Altenburger Land")];
        let mail = mail("decision_permit_approved", "a@b.example", &with).expect("mail");
        assert!(
            mail.text.contains("Widerspruch") && mail.text.contains("Landratsamt"),
            "{}",
            mail.text
        );
    }
}
