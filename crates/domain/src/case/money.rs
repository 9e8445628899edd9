//! After the decision: what is paid, reminded and returned, and calling off what was granted. Money is owed only
//! by a decision that is in effect.

use serde_json::json;

use super::apply::{Done, Step, refuse};
use super::{Actor, CalledOff, Case, Effect, Fee, State, date_of};

/// What the desk enters about money that came or went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Payment {
    Paid,
    DepositReturned,
    Refunded,
}

impl Case {
    /// The last entry that can be taken back. What was paid before a calling off is part of what it settled.
    pub fn last_payment(&self) -> Option<Payment> {
        let fee = &self.fee;
        if fee.refunded_at.is_some() {
            Some(Payment::Refunded)
        } else if self.called_off.is_some() {
            None
        } else if fee.deposit_returned_at.is_some() {
            Some(Payment::DepositReturned)
        } else {
            fee.paid_at.map(|_| Payment::Paid)
        }
    }
}

impl Step<'_> {
    pub(super) fn paid(&mut self) -> Done {
        if !self.case.granted() {
            return refuse("Zu zahlen ist erst nach der Entscheidung.");
        }
        if !self.case.fee.is_open() {
            return refuse("Für diesen Vorgang ist nichts zu zahlen oder schon bezahlt.");
        }
        self.case.fee.paid_at = Some(self.now);
        self.seen("paid", "")
    }

    pub(super) fn remind(&mut self) -> Done {
        let fee = &self.case.fee;
        let Some(due) = fee.due.filter(|_| self.case.granted() && fee.is_open()) else {
            return refuse("Es ist nichts offen, woran Sie erinnern könnten.");
        };
        if due >= date_of(self.now) {
            return refuse("Die Zahlung ist noch nicht fällig.");
        }
        self.case.fee.reminded_at = Some(self.now);
        self.seen("reminded", "")?;
        self.job("mail_reminder", self.now)
    }

    pub(super) fn return_deposit(&mut self) -> Done {
        if self.case.owes_refund() {
            return refuse("Die Kosten sind entfallen. Die Kaution gehört zu dem, was Sie im Ganzen zurückzahlen.");
        }
        if !self.case.can_return_deposit() {
            return refuse("Es gibt keine Kaution, die zurückgezahlt werden kann.");
        }
        self.case.fee.deposit_returned_at = Some(self.now);
        self.seen("deposit_returned", "")
    }

    /// All that was paid and not returned yet went back.
    pub(super) fn refund(&mut self) -> Done {
        if !self.case.owes_refund() {
            return refuse("Für diesen Vorgang ist nichts zurückzuzahlen.");
        }
        self.case.fee.refunded_at = Some(self.now);
        self.seen("refunded", "")
    }

    /// It was entered by mistake.
    pub(super) fn undo_payment(&mut self) -> Done {
        let Some(entry) = self.case.last_payment() else {
            return refuse("Es ist keine Zahlung eingetragen, die Sie zurücknehmen könnten.");
        };
        let fee = &mut self.case.fee;
        match entry {
            Payment::Refunded => fee.refunded_at = None,
            Payment::DepositReturned => fee.deposit_returned_at = None,
            Payment::Paid => fee.paid_at = None,
        }
        self.seen("payment_undone", "")
    }

    /// The decision and its letter stay: they were right. The room is free again, the other side is told.
    pub(super) fn call_off(&mut self, reason: String, fee_stays: bool) -> Done {
        if !self.case.granted() {
            return refuse("Absagen geht nur, was genehmigt, bestätigt oder zugesagt ist.");
        }
        if self.case.called_off.is_some() {
            return refuse("Dieser Termin ist schon abgesagt.");
        }
        if !self.case.can_call_off(date_of(self.now)) {
            return refuse("Der Termin ist vorbei. Absagen geht nur bis zu diesem Tag.");
        }
        let by_applicant = !matches!(self.actor, Actor::Clerk { .. });
        // Who calls off in time owes nothing: the letter said until when.
        let late = !self.case.free_to_cancel(date_of(self.now));
        if by_applicant && late && !fee_stays && self.case.costs() {
            return refuse("Kostenfrei absagen geht nicht mehr. Bitte sehen Sie sich die Seite noch einmal an.");
        }
        let fee_stays = if by_applicant { late } else { fee_stays };
        self.case.state = State::Withdrawn;
        self.case.called_off = Some(CalledOff {
            at: self.now,
            by_applicant,
            fee_stays,
        });
        self.seen("called_off", reason)?;
        self.effect(Effect::BookingRelease);
        if !fee_stays && self.case.costs() {
            self.let_fall()?;
        } else if self.case.fee.is_open() {
            self.case.fee = std::mem::take(&mut self.case.fee).without_deposit();
        }
        let to = if by_applicant { "desk" } else { "applicant" };
        let payload = json!({ "case": self.case.id.0, "to": to });
        self.job_with("mail_called_off", payload, self.now)
    }

    pub(super) fn drop_fee(&mut self) -> Done {
        if !matches!(self.actor, Actor::Clerk { .. }) {
            return refuse("Nur das Amt kann auf die Kosten verzichten.");
        }
        let can = self.case.can_drop_fee();
        match &mut self.case.called_off {
            Some(off) if can => off.fee_stays = false,
            _ => return refuse("Die Kosten können nur entfallen, wenn ein Termin mit Kosten abgesagt ist."),
        }
        self.let_fall()
    }

    /// Nothing is asked for any more, nor reminded of. What was paid is a refund: it stays in the books, and
    /// somebody has to say that it went back.
    fn let_fall(&mut self) -> Done {
        if self.case.fee.paid_at.is_some() {
            return self.seen("fee_refunded", "");
        }
        self.case.fee = Fee::default();
        self.seen("fee_dropped", "")
    }
}
