//! The decision: made, taken back within ten seconds, in effect; and the way of its letter.

use jiff::civil::Date;

use super::apply::{Done, Step, refuse};
use super::{Actor, Decision, Effect, Fee, Outcome, State, date_of};
use crate::counted;
use crate::ids::LetterId;

/// Seconds in which a decision can be taken back.
pub const TAKE_BACK_SECONDS: i64 = 10;

impl Step<'_> {
    pub(super) fn decide(
        &mut self,
        outcome: Outcome,
        conditions: Vec<String>,
        reason: String,
        grounds: Option<String>,
        fee: Fee,
    ) -> Done {
        if !self.undecided() {
            return refuse("Über diesen Vorgang ist schon entschieden.");
        }
        if outcome == Outcome::Refused && reason.trim().is_empty() {
            return refuse("Schreiben Sie, warum Sie ablehnen. Die Begründung steht im Bescheid.");
        }
        let Actor::Clerk { id, name } = self.actor else {
            return refuse("Nur die Sachbearbeitung kann entscheiden.");
        };
        let by = (id.clone(), name.clone());
        self.begun()?;
        let effective_at = self.now + jiff::SignedDuration::from_secs(TAKE_BACK_SECONDS);
        self.case.obstacle = None;
        self.case.decision = Some(Decision {
            outcome,
            at: self.now,
            effective_at,
            by: by.0,
            by_name: by.1,
            conditions,
            reason,
            grounds,
            fee,
            in_effect: false,
            before: self.case.state,
        });
        self.inside("decided", name.as_str())?;
        self.job("take_effect", effective_at)
    }

    pub(super) fn take_back(&mut self) -> Done {
        let Some(decision) = self.case.decision.take_if(|d| !d.in_effect) else {
            return refuse("Der Brief ist schon unterwegs. Zurückholen geht nur in den ersten zehn Sekunden.");
        };
        if self.now > decision.effective_at {
            return refuse("Die zehn Sekunden sind vorbei. Der Brief ist schon unterwegs.");
        }
        self.case.state = decision.before;
        self.in_time_again();
        self.inside("taken_back", self.actor.label())
    }

    /// There is no decision any more that an opinion could have come after.
    fn in_time_again(&mut self) {
        self.case.consults.late = 0;
    }

    pub(super) fn undo(&mut self, why: String) -> Done {
        let Some(decision) = self.case.decision.take_if(|d| !d.in_effect) else {
            return refuse("Es ist keine Entscheidung offen.");
        };
        self.case.state = decision.before;
        self.in_time_again();
        self.case.obstacle = Some(why.clone());
        self.inside("decision_undone", why)
    }

    pub(super) fn take_effect(&mut self, letter: LetterId, fetch_until: Option<Date>) -> Done {
        let now = self.now;
        let due = |d: &&mut Decision| !d.in_effect && now >= d.effective_at;
        let Some(decision) = self.case.decision.as_mut().filter(due) else {
            return refuse("Es ist keine Entscheidung offen.");
        };
        decision.in_effect = true;
        self.case.fee = decision.fee.clone();
        let state = decision.outcome.state();
        self.case.state = state;
        self.case.question = None;
        self.case.resting_since = None;
        self.seen(state.as_str(), "")?;
        self.count_decided();
        self.effect(match state {
            State::Refused => Effect::BookingRelease,
            _ => Effect::BookingFirm,
        });
        self.deliver(letter, fetch_until)
    }

    /// Numbers: decided, within how many days of its receipt, and whether in time.
    fn count_decided(&mut self) {
        let (received, today) = (date_of(self.case.received_at), date_of(self.now));
        let days = i64::from((today - received).get_days());
        let in_time = self.case.due().is_some_and(|due| today <= due);
        for kind in [counted::DECIDED, counted::took(days)] {
            self.effect(Effect::Count { kind });
        }
        if in_time {
            self.effect(Effect::Count { kind: counted::IN_TIME });
        }
    }

    /// On the status page until that day, or by post.
    fn deliver(&mut self, letter: LetterId, fetch_until: Option<Date>) -> Done {
        let delivery = &mut self.case.delivery;
        delivery.letter = Some(letter);
        let Some(until) = fetch_until.filter(|_| self.case.electronic) else {
            delivery.print_since = Some(self.now);
            return Ok(());
        };
        delivery.provided_at = Some(self.now);
        delivery.fetch_until = Some(until);
        self.job("mail_decision", self.now)?;
        self.job("print_unfetched", crate::deadline::begin_after(until))
    }

    pub(super) fn retrieved(&mut self) -> Done {
        if self.case.delivery.letter.is_none() {
            return refuse("Es liegt noch kein Bescheid bereit.");
        }
        if self.case.delivery.retrieved_at.is_none() {
            self.case.delivery.retrieved_at = Some(self.now);
            if self.case.delivery.print_since.is_none() {
                self.effect(Effect::Count { kind: counted::FETCHED });
            }
            self.seen("retrieved", "")?;
        }
        Ok(())
    }

    pub(super) fn print(&mut self) -> Done {
        let d = &mut self.case.delivery;
        if d.letter.is_some() && d.retrieved_at.is_none() && d.print_since.is_none() {
            d.print_since = Some(self.now);
            self.seen("to_be_printed", "")?;
        }
        Ok(())
    }

    pub(super) fn printed(&mut self) -> Done {
        let d = &mut self.case.delivery;
        if d.print_since.is_none() || d.printed_at.is_some() {
            return refuse("Dieser Brief steht nicht auf der Druckliste.");
        }
        d.printed_at = Some(self.now);
        self.effect(Effect::Count { kind: counted::POSTED });
        self.seen("posted", "")
    }
}
