//! Everything about a case in one file: to read (HTML), for other programs (JSON), the papers and the letters. For its
//! applicant (Art. 15), for the desk that answers such a request, for the archive.

use domain::{Case, date_of};
use exchange::zip::Zip;
use schema::{Context, Lang, Service};
use serde_json::{Value, json};
use store::{Consultation, Event, LetterInfo, TenantStore};

use crate::account::provider;
use crate::apply::view::sections;
use crate::case::reads;
use crate::failure::{Failure, Result};
use crate::format;
use crate::page::Ui;
use crate::state::App;

/// Bytes of papers and letters in one file at most: it is put together in memory. What does not fit is named in it.
pub const MOST: i64 = 100 * 1024 * 1024;

/// Who gets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum For {
    /// Without notes of the desk and opinions of other offices: there others' rights are weighed first.
    Applicant,
    /// With them, without the way in.
    Desk,
}

/// What it is made from.
pub struct Source<'a> {
    pub tenant: &'a TenantStore,
    pub case: &'a Case,
    pub service: &'a Service,
    pub cx: &'a Context,
    pub authority: String,
    pub whom: For,
}

struct Kept {
    history: Vec<Event>,
    letters: Vec<LetterInfo>,
    asked: Vec<Consultation>,
}

/// A file's kind as its name ends.
fn ending(kind: &str) -> &'static str {
    match kind {
        "receipt" | domain::letter::RECEIPT_COPY => "eingang",
        "question" => "rueckfrage",
        "approval" => "genehmigung",
        "confirmation" => "bestaetigung",
        "refusal" => "ablehnung",
        _ => "brief",
    }
}

impl Source<'_> {
    async fn kept(&self) -> Result<Kept> {
        let (id, whom) = (self.case.id.clone(), self.whom);
        let kept = self.tenant.read(move |t| {
            Ok::<_, store::Error>(Kept {
                history: t.history(&id)?,
                letters: t.letters(&id)?,
                asked: t.consultations_of(&id)?,
            })
        });
        let mut kept = kept.await?;
        // The applicant's receipt holds the code, the desk's does not.
        let other = match whom {
            For::Applicant => domain::letter::RECEIPT_COPY,
            For::Desk => domain::letter::RECEIPT,
        };
        kept.letters.retain(|l| l.kind != other);
        kept.asked.retain(|c| !c.incoming);
        if whom == For::Applicant {
            kept.history.retain(|e| e.public);
        }
        Ok(kept)
    }

    /// Bytes of papers and letters, without the paper round them.
    pub async fn size(&self) -> Result<i64> {
        let papers: i64 = self.case.papers.iter().map(|p| p.size).sum();
        Ok(papers + self.kept().await?.letters.iter().map(|l| l.size).sum::<i64>())
    }

    /// Puts it into the archive below this folder (empty, or ending in `/`).
    pub async fn put(&self, app: &App, ui: Ui, zip: &mut Zip, folder: &str) -> Result<()> {
        let (case, lang) = (self.case, self.cx.lang);
        let kept = self.kept().await?;
        let mut room = MOST - i64::try_from(zip.size()).unwrap_or(MOST);
        let mut papers = Vec::new();
        for (n, paper) in case.papers.iter().enumerate() {
            let name = format!("unterlagen/{}-{}", n + 1, exchange::zip::safe_name(&paper.name));
            let fits = paper.size <= room;
            if fits {
                let (id, own) = (case.id.clone(), paper.id.clone());
                if let Some((_, bytes)) = self.tenant.read(move |t| t.paper(&id, &own)).await? {
                    room -= paper.size;
                    zip.add(&format!("{folder}{name}"), &bytes);
                }
            }
            papers.push(json!({
                "question": schema::short_label(self.service, &paper.question, self.cx), "name": paper.name, "media_type": paper.media_type,
                "size": paper.size, "sha256": paper.sha256, "file": if fits { name } else { String::new() },
            }));
        }
        let mut letters = Vec::new();
        for (n, letter) in kept.letters.iter().enumerate() {
            let name = format!("briefe/{}-{}.pdf", n + 1, ending(&letter.kind));
            let fits = letter.size <= room;
            if fits {
                let (id, own) = (case.id.clone(), letter.id.clone());
                if let Some((_, bytes)) = self.tenant.read(move |t| t.letter(&id, &own)).await? {
                    room -= letter.size;
                    zip.add(&format!("{folder}{name}"), &bytes);
                }
            }
            letters.push(json!({ "kind": letter.kind, "at": format::moment_in(letter.created_at, lang), "file": if fits { name } else { String::new() } }));
        }
        let read = reads::read(app, self.tenant, &case.id, &self.authority, lang).await?;
        let (days, hidden) = match (&read.hidden, self.whom) {
            (Some((reason, _)), For::Applicant) => (Vec::new(), reason.clone()),
            _ => (read.days, String::new()),
        };
        let data = json!({
            "made_at": app.now(), "authority": self.authority, "reference": case.reference, "service": case.service,
            "title": case.title, "applicant": case.applicant, "place": case.place_name, "received_at": case.received_at,
            "channel": case.channel, "identity": case.identity, "event_day": case.event_day, "state": case.stand(), "answers": case.answers,
            "answers_in_words": sections(self.service, self.cx, &case.answers, |_| String::new(), |_| String::new()),
            "changed": case.changed, "before": case.before, "erased": self.erased(), "email": case.email,
            "deadlines": case.deadlines, "fee": case.fee, "decision": self.decision(), "findings": case.findings,
            "papers": papers, "letters": letters, "history": self.history(app, &kept.history),
            "consultations": self.asked(&kept.asked, lang), "read": days, "read_hidden": hidden,
            "kept": self.service.retention.words(lang),
        });
        let text = serde_json::to_vec_pretty(&data).map_err(Failure::internal)?;
        zip.add(&format!("{folder}daten.json"), &text);
        let whole = self.whom == For::Desk;
        let page = app.draw("case/dossier.html", ui, json!({ "d": data, "whole": whole, "identity": self.identity(app), "at": format::moment_in(app.now(), lang),
            "received": format::received_in(case.channel, case.received_at, lang), "state": app.texts.of_act(lang, "state", domain::letter::act_word(case, self.service, self.cx), case.stand()) }))?;
        zip.add(&format!("{folder}lesen.html"), page.as_bytes());
        Ok(())
    }

    /// `BundID, substanziell`
    fn identity(&self, app: &App) -> String {
        let lang = self.cx.lang;
        let shown = self.case.identity.as_ref();
        shown.map_or_else(String::new, |i| {
            format!("{}, {}", i.by, provider::level_word(app, lang, i.level))
        })
    }

    fn erased(&self) -> Vec<Value> {
        let gone = self.case.keeping.erased.iter();
        gone.map(|(path, day)| json!({ "label": schema::short_label(self.service, path, self.cx), "day": format::date_in(*day, self.cx.lang) }))
            .collect()
    }

    /// Once it is in effect; who decided is no name here.
    fn decision(&self) -> Value {
        match self.case.decision.as_ref().filter(|d| d.in_effect) {
            Some(d) => json!({
                "outcome": d.outcome, "at": d.effective_at, "day": format::date_in(date_of(d.effective_at), self.cx.lang),
                "conditions": d.conditions, "reason": d.reason, "grounds": d.grounds,
            }),
            None => Value::Null,
        }
    }

    fn history(&self, app: &App, events: &[Event]) -> Vec<Value> {
        let lang = self.cx.lang;
        let act = domain::letter::act_word(self.case, self.service, self.cx);
        events
            .iter()
            .map(|e| {
                let title = match e.kind.as_str() {
                    kind @ ("approved" | "confirmed" | "refused") => app.texts.of_act(lang, "state", act, kind),
                    kind => app.texts.text(lang, &format!("event.{kind}")),
                };
                let by = match e.actor.as_str() {
                    "applicant" => "by_applicant",
                    "system" => "by_machine",
                    _ => "by_office",
                };
                // A clerk's name is no data of the applicant, and what the machine writes may hold a code.
                let names = matches!(e.kind.as_str(), "assigned" | "decided" | "review_started" | "taken_back" | "keeping_released" | "keeping_recalled");
                let coded = self.whom == For::Desk && e.actor == "system" && e.kind == "message";
                let text = if names || coded { "" } else { e.text.as_str() };
                json!({ "at": e.at, "when": format::moment_in(e.at, lang), "title": title, "by": app.texts.text(lang, &format!("dossier.{by}")), "text": text })
            })
            .collect()
    }

    /// Who else was told what; what they said only at the desk.
    fn asked(&self, asked: &[Consultation], lang: Lang) -> Vec<Value> {
        asked
            .iter()
            .map(|c| {
                let told: Vec<Value> = c.content["facts"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .map(|f| json!({ "label": f["label"], "value": f["value"] }))
                    .collect();
                let mut row =
                    json!({ "who": c.who_name, "at": format::moment_in(c.asked_at, lang), "told": told, "said": "" });
                if let (For::Desk, Some(answer)) = (self.whom, &c.answer) {
                    row["said"] = answer.text.clone().into();
                }
                row
            })
            .collect()
    }
}
