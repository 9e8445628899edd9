//! The one way in which a case changes: an action's rules, the new case and what is to be written with it.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Action, Actor, Case, Channel, Effect, Refusal};
use crate::counted;

/// An action under way: the case as it becomes, and the effects so far.
pub(super) struct Step<'a> {
    pub(super) case: Case,
    pub(super) actor: &'a Actor,
    pub(super) now: Timestamp,
    effects: Vec<Effect>,
}

pub(super) type Done = Result<(), Refusal>;

pub(super) fn refuse<T>(why: &str) -> Result<T, Refusal> {
    Err(Refusal(why.to_owned()))
}

impl Case {
    /// Applies one action. Pure: the same input gives the same case and effects.
    pub fn apply(self, action: Action, actor: &Actor, now: Timestamp) -> Result<(Case, Vec<Effect>), Refusal> {
        let mut step = Step {
            case: self,
            actor,
            now,
            effects: Vec::new(),
        };
        let (was_settled, known) = (step.case.is_settled(), step.case.last_known());
        let was_open = step.case.state.is_open();
        let trial = step.case.channel == Channel::Trial;
        if trial && matches!(action, Action::Transfer { .. } | Action::Consulted { .. }) {
            return refuse("Das ist ein Probe-Vorgang. Er bleibt in Ihrem Amt.");
        }
        step.act(action)?;
        if trial {
            step.effects.retain(Effect::in_trial);
        }
        step.mind_the_end(was_settled, known);
        if was_open && !step.case.state.is_open() {
            step.case.closed_at = Some(now);
        }
        Ok((step.case, step.effects))
    }
}

impl Step<'_> {
    fn act(&mut self, action: Action) -> Done {
        match action {
            Action::Opened => self.opened(),
            Action::Begin => self.begin(),
            Action::Assign { to } => self.assign(to),
            Action::Note { text } => self.note(text),
            Action::Message { text } => self.message(text),
            Action::Ask { question } => self.ask(question),
            Action::Answer {
                asked_at,
                answers,
                changed,
                text,
                papers,
                derived,
                decide_by,
            } => {
                self.may_answer(asked_at)?;
                self.answered(answers, changed, papers);
                self.worked_out(*derived, decide_by);
                if *self.actor == Actor::Applicant {
                    self.effect(Effect::Count {
                        kind: counted::ANSWERED,
                    });
                }
                self.seen("answered", text)?;
                self.job("mail_answered", self.now)
            }
            Action::Withdraw { reason } => self.withdraw(reason),
            Action::Transfer { to, to_name, reason } => self.transfer(to, &to_name, &reason),
            Action::GoesOn { onward } => self.goes_on(onward),
            Action::HandedOver { to_name } => self.handed_over(&to_name),
            Action::Decide {
                outcome,
                conditions,
                reason,
                grounds,
                fee,
            } => self.decide(outcome, conditions, reason, grounds, fee),
            Action::TakeBack => self.take_back(),
            Action::Undo { why } => self.undo(why),
            Action::TakeEffect { letter, fetch_until } => self.take_effect(letter, fetch_until),
            Action::Retrieved => self.retrieved(),
            Action::Print => self.print(),
            Action::Printed => self.printed(),
            Action::Paid => self.paid(),
            Action::Remind => self.remind(),
            Action::ReturnDeposit => self.return_deposit(),
            Action::Refund => self.refund(),
            Action::UndoPayment => self.undo_payment(),
            Action::CallOff { reason, fee_stays } => self.call_off(reason, fee_stays),
            Action::DropFee => self.drop_fee(),
            Action::Consulted { who } => self.consulted(who),
            Action::ConsultAnswered {
                who,
                verdict,
                agrees,
                asked,
            } => self.consult_answered(&who, &verdict, agrees, asked),
            Action::ConsultReminded { who } => self.inside("consult_reminded", who),
            Action::ConsultRevoked { who } => self.consult_revoked(who),
            Action::TimeOver => self.time_over(),
            Action::Offer { archive, until } => self.offer(archive, until),
            Action::Exported => self.exported(),
            Action::ArchiveAnswered { takes } => self.archive_answered(takes),
            Action::ArchiveSilent => self.archive_silent(),
            Action::Release => self.release(),
            Action::Recall => self.recall(),
            Action::Hold { reason } => self.hold(reason),
            Action::LiftHold { reason } => self.lift_hold(reason),
            Action::EraseAnswers { paths } => self.erase_answers(paths),
        }
    }

    /// Decided, and it can still be taken back.
    pub(super) fn pending(&self) -> bool {
        self.case.decision.as_ref().is_some_and(|d| !d.in_effect)
    }

    /// On somebody's desk, and nobody has decided.
    pub(super) fn undecided(&self) -> bool {
        self.case.state.is_open() && !self.pending()
    }

    pub(super) fn effect(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    /// A line of history that the applicant sees.
    pub(super) fn seen(&mut self, kind: &'static str, text: impl Into<String>) -> Done {
        self.line(kind, true, text.into())
    }

    /// A line of history for the desk only.
    pub(super) fn inside(&mut self, kind: &'static str, text: impl Into<String>) -> Done {
        self.line(kind, false, text.into())
    }

    fn line(&mut self, kind: &'static str, public: bool, text: String) -> Done {
        self.effect(Effect::History { kind, public, text });
        Ok(())
    }

    /// A job about this case and nothing else.
    pub(super) fn job(&mut self, kind: &'static str, due: Timestamp) -> Done {
        let payload = json!({ "case": self.case.id.0 });
        self.job_with(kind, payload, due)
    }

    pub(super) fn job_with(&mut self, kind: &'static str, payload: Value, due: Timestamp) -> Done {
        self.effect(Effect::Job { kind, payload, due });
        Ok(())
    }
}
