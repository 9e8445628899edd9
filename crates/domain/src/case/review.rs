//! From the receipt to the decision: reading, assigning, asking back, answers; and the ways out of it,
//! withdrawing and handing over to another authority.

use schema::DeadlineKind;
use serde_json::{Value, json};

use super::apply::{Done, Step, refuse};
use super::{Actor, Case, Deadline, Effect, Onward, PaperRef, Question, State, date_of};
use crate::counted;
use crate::derive::Derived;
use crate::ids::{ClerkId, TenantId};

impl Step<'_> {
    /// A word of the applicant, also after the decision.
    pub(super) fn message(&mut self, text: String) -> Done {
        if self.case.state == State::Transferred {
            return refuse("Der Vorgang liegt jetzt bei einem anderen Amt. Schreiben Sie dorthin.");
        }
        self.case.unread += 1;
        self.seen("message", text)?;
        self.job("mail_message", self.now)
    }

    pub(super) fn opened(&mut self) -> Done {
        self.case.unread = 0;
        self.case.consults.unread = 0;
        self.case.consults.late = 0;
        Ok(())
    }

    pub(super) fn begin(&mut self) -> Done {
        if !self.undecided() {
            return refuse("Der Vorgang ist schon entschieden oder abgeschlossen.");
        }
        self.begun()
    }

    /// The first thing that a clerk does with a case begins its review; the applicant sees that.
    pub(super) fn begun(&mut self) -> Done {
        let clerk = matches!(self.actor, Actor::Clerk { .. });
        if clerk && self.case.state == State::Received && self.case.decision.is_none() {
            self.case.state = State::InReview;
            self.seen("review_started", self.actor.label())?;
        }
        Ok(())
    }

    pub(super) fn note(&mut self, text: String) -> Done {
        self.begun()?;
        self.inside("note", text)
    }

    pub(super) fn assign(&mut self, to: Option<(ClerkId, String)>) -> Done {
        if !self.case.state.is_open() {
            return refuse("Der Vorgang ist abgeschlossen und kann nicht mehr zugewiesen werden.");
        }
        self.begun()?;
        let (id, name) = to.unzip();
        let kind = if id.is_some() { "assigned" } else { "unassigned" };
        self.case.assignee = id;
        self.case.assignee_name.clone_from(&name);
        self.inside(kind, name.unwrap_or_default())
    }

    pub(super) fn ask(&mut self, question: Question) -> Done {
        if !matches!(self.case.state, State::Received | State::InReview) || self.pending() {
            return refuse("Eine Rückfrage ist nur möglich, solange der Vorgang in Prüfung ist.");
        }
        if question.fields.is_empty() && question.papers.is_empty() && question.text.trim().is_empty() {
            return refuse("Wählen Sie mindestens eine Angabe oder schreiben Sie eine Frage.");
        }
        if question.answer_by <= date_of(self.now) {
            return refuse("Die Antwort muss nach heute fällig sein.");
        }
        self.begun()?;
        self.seen("question", question.text.clone())?;
        self.case.question = Some(question);
        self.case.resting_since = Some(self.now);
        self.case.state = State::Question;
        self.job("mail_question", self.now)?;
        self.job("letter_question", self.now)
    }

    pub(super) fn may_answer(&self, asked_at: jiff::Timestamp) -> Done {
        if self.case.state != State::Question {
            return refuse("Es ist keine Rückfrage offen.");
        }
        if self.case.question.as_ref().is_none_or(|q| q.asked_at != asked_at) {
            return refuse("Diese Rückfrage ist schon beantwortet. Das Amt hat noch einmal nachgefragt.");
        }
        if self.pending() {
            return refuse("Das Amt hat gerade entschieden. Rufen Sie an, wenn Sie noch etwas ergänzen wollen.");
        }
        Ok(())
    }

    pub(super) fn answered(&mut self, answers: Value, changed: Vec<String>, papers: Vec<PaperRef>) {
        let (case, now) = (&mut self.case, self.now);
        for path in &changed {
            let old = schema::at(&case.answers, path).cloned().unwrap_or_default();
            case.before.insert(path.clone(), old);
        }
        case.answers = answers;
        if let Some(identity) = &mut case.identity {
            identity.no_longer(&changed);
        }
        case.changed.retain(|(path, _)| !changed.contains(path));
        case.changed.extend(changed.into_iter().map(|path| (path, now)));
        case.papers.extend(papers);
        case.state = State::InReview;
        self.question_ends();
    }

    /// Nobody waits for its answer any more, and the period runs on.
    fn question_ends(&mut self) {
        self.case.question = None;
        self.case.rested_days = self.case.rested_until(self.now);
        self.case.resting_since = None;
    }

    pub(super) fn worked_out(&mut self, derived: Derived, decide_by: Option<Deadline>) {
        self.case.take(derived);
        let mut deadlines = self.case.deadlines.iter_mut();
        if let Some(new) = decide_by
            && let Some(old) = deadlines.find(|d| d.kind == DeadlineKind::Decision)
        {
            *old = new;
        }
    }

    pub(super) fn withdraw(&mut self, reason: String) -> Done {
        if !self.undecided() {
            return refuse("Zurückziehen geht nur, solange noch nicht entschieden ist. Rufen Sie das Amt an.");
        }
        self.case.state = State::Withdrawn;
        self.question_ends();
        self.seen("withdrawn", reason)?;
        self.effect(Effect::BookingRelease);
        self.effect(Effect::Count {
            kind: counted::WITHDRAWN,
        });
        // Whoever was asked about it need not answer any more.
        self.job("consult_over", self.now)?;
        self.job("mail_withdrawn", self.now)
    }

    pub(super) fn transfer(&mut self, to: TenantId, to_name: &str, reason: &str) -> Done {
        if !self.undecided() {
            return refuse("Abgeben geht nur, solange noch nicht entschieden ist.");
        }
        if to == self.case.tenant {
            return refuse("Der Vorgang liegt schon bei diesem Amt.");
        }
        self.case.state = State::Transferred;
        // The authority that decides now asks anew, if it needs to.
        self.question_ends();
        self.seen("transferred", format!("{to_name}\n{reason}"))?;
        self.effect(Effect::Count {
            kind: counted::HANDED_OVER,
        });
        self.effect(Effect::BookingRelease);
        // Whoever was asked about it is asked anew by the authority that decides now.
        self.job("consult_over", self.now)?;
        let payload = json!({ "case": self.case.id.0, "to": to.0 });
        self.case.transferred_to = Some(to);
        self.job_with("transfer", payload, self.now)
    }

    pub(super) fn goes_on(&mut self, onward: Onward) -> Done {
        if self.case.state != State::Transferred {
            return refuse("Dieser Vorgang wurde nicht abgegeben.");
        }
        self.case.onward.get_or_insert(onward);
        Ok(())
    }

    pub(super) fn handed_over(&mut self, to_name: &str) -> Done {
        let Some(onward) = self.case.onward.as_mut().filter(|o| !o.arrived) else {
            return refuse("Dieser Vorgang wurde nicht abgegeben oder ist schon angekommen.");
        };
        onward.arrived = true;
        let text = format!("{to_name}, {}", onward.reference);
        self.seen("handed_over", text)
    }
}

impl Case {
    /// Takes over what follows from changed answers. The decision period began with the receipt and only rests.
    fn take(&mut self, d: Derived) {
        self.regime = d.regime;
        self.act = d.act;
        self.title = d.title;
        self.applicant = d.applicant;
        self.event_day = d.event_day;
        self.cancel_until = d.cancel_until;
        self.room = d.room;
        self.electronic = d.electronic;
        self.email = d.email;
        self.fee = d.fee;
        self.findings = d.findings;
        self.deadlines.retain(|old| old.kind == DeadlineKind::Decision);
        let notice = d.deadlines.into_iter().filter(|new| new.kind == DeadlineKind::Notice);
        self.deadlines.splice(0..0, notice);
    }
}
