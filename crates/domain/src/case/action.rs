//! What may be done to a case, and what has to be written with it.

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value;

use super::{Deadline, Fee, Onward, Outcome, PaperRef, Question};
use crate::derive::Derived;
use crate::ids::{ClerkId, LetterId, TenantId};

#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    Assign {
        to: Option<(ClerkId, String)>,
    },
    Note {
        text: String,
    },
    Ask {
        question: Question,
    },
    /// New answers after a question, already checked; `changed` are the paths that differ.
    Answer {
        /// When the question was asked that is answered.
        asked_at: Timestamp,
        answers: Value,
        changed: Vec<String>,
        text: String,
        papers: Vec<PaperRef>,
        /// What follows from the new answers.
        derived: Box<Derived>,
        /// The decision deadline after the rest (`assess::decide_by`), if the service has one.
        decide_by: Option<Deadline>,
    },
    /// Applicant asks for more time.
    Message {
        text: String,
    },
    Decide {
        outcome: Outcome,
        conditions: Vec<String>,
        reason: String,
        /// The service's own reasons, where the clerk has changed them.
        grounds: Option<String>,
        fee: Fee,
    },
    /// Within ten seconds.
    TakeBack,
    /// By the job, when the ten seconds are over.
    TakeEffect {
        letter: LetterId,
        /// Last day to fetch the letter from the status page; none: it goes by post.
        fetch_until: Option<Date>,
    },
    /// By the job, when the decision cannot take effect any more: the case is open again.
    Undo {
        why: String,
    },
    Retrieved,
    /// Not fetched in ten days, or no consent.
    Print,
    Printed,
    Withdraw {
        reason: String,
    },
    Transfer {
        to: TenantId,
        to_name: String,
        reason: String,
    },
    /// By the job that hands over: what the new case will be called.
    GoesOn {
        onward: Onward,
    },
    /// By the same job, when the new case stands.
    HandedOver {
        to_name: String,
    },
    Paid,
    Remind,
    ReturnDeposit,
    /// What was paid went back, after the costs fell away.
    Refund,
    /// The last of these three was entered by mistake.
    UndoPayment,
    /// What was granted does not take place. Only the desk can say that the costs fall away.
    CallOff {
        reason: String,
        fee_stays: bool,
    },
    /// The desk lets the costs of what was called off fall away afterwards.
    DropFee,
    Consulted {
        who: String,
    },
    ConsultAnswered {
        who: String,
        verdict: String,
        /// No objection.
        agrees: bool,
        /// The question still stands: it was not taken back while the answer was on its way.
        asked: bool,
    },
    /// By hand, or on the day on which the answer is due.
    ConsultReminded {
        who: String,
    },
    /// The question is taken back.
    ConsultRevoked {
        who: String,
    },
    /// The time of keeping is over. By the daily run.
    TimeOver,
    /// The case is offered to the archive, which has until that day.
    Offer {
        archive: String,
        until: Date,
    },
    /// The archive's copy was taken along.
    Exported,
    ArchiveAnswered {
        takes: bool,
    },
    /// The archive has let its time pass. By the daily run.
    ArchiveSilent,
    /// The lead has looked it through, where no archive is named.
    Release,
    /// Not to be erased after all.
    Recall,
    /// Nothing is erased, whatever time is over.
    Hold {
        reason: String,
    },
    LiftHold {
        reason: String,
    },
    /// Answers whose own time is over. By the daily run.
    EraseAnswers {
        paths: Vec<String>,
    },
    /// Somebody at the desk reads the case: what was new is not new any more. Reading alone begins no review.
    Opened,
    /// The desk says that it checks the case now. Whatever else it does begins the review, too.
    Begin,
}

/// What has to be written with the new case, in the same transaction.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// A line of history. `public`: the applicant sees it. `kind` is a key of texts/ui `event.<kind>`.
    History {
        kind: &'static str,
        public: bool,
        text: String,
    },
    /// A job: kind and payload (JSON).
    Job {
        kind: &'static str,
        payload: Value,
        due: Timestamp,
    },
    /// Hold → firm.
    BookingFirm,
    BookingRelease,
    /// `submitted`, `decided`, `withdrawn` …
    Count {
        kind: &'static str,
    },
}

impl Effect {
    /// What of it happens where a service is only tried out: letters are written, nobody is told and nothing counted.
    pub(crate) fn in_trial(&self) -> bool {
        match self {
            Effect::Count { .. } => false,
            Effect::Job { kind, .. } => !["mail_", "remind_", "consult_"].iter().any(|k| kind.starts_with(k)),
            _ => true,
        }
    }
}

/// Why an action is not possible. One German sentence for the person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refusal(pub String);
