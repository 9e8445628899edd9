//! A case and what may happen to it. `Case::apply` is the only way a case changes; it returns the
//! new case and the effects (history, jobs, booking) that the store writes in the same transaction.
//! `parts` is what a case is made of, `action` what may be done, `apply` the way there; the rules of each
//! action stand in `review`, `decide`, `money`, `consults` and `keep`.

mod action;
mod apply;
mod consults;
mod decide;
mod keep;
mod money;
mod parts;
mod review;

use jiff::Timestamp;
use jiff::civil::Date;
use schema::{Act, DeadlineKind, Regime};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ids::{Ags, CaseId, ClerkId, PaperId, TenantId};

pub use action::{Action, Effect, Refusal};
pub use decide::TAKE_BACK_SECONDS;
pub use money::Payment;
pub use parts::{CalledOff, Deadline, Decision, Delivery, Fee, FeeLine, Finding, Identity, Outcome, Question};

/// Where a case stands, as the applicant may see it. The HTTP contract's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Received,
    InReview,
    Question,
    Approved,
    Confirmed,
    Refused,
    Withdrawn,
    Transferred,
}

impl State {
    pub const ALL: [State; 8] = [
        State::Received,
        State::InReview,
        State::Question,
        State::Approved,
        State::Confirmed,
        State::Refused,
        State::Withdrawn,
        State::Transferred,
    ];
    pub fn as_str(self) -> &'static str {
        match self {
            State::Received => "received",
            State::InReview => "in_review",
            State::Question => "question",
            State::Approved => "approved",
            State::Confirmed => "confirmed",
            State::Refused => "refused",
            State::Withdrawn => "withdrawn",
            State::Transferred => "transferred",
        }
    }
    pub fn parse(s: &str) -> Option<State> {
        State::ALL.into_iter().find(|x| x.as_str() == s)
    }
    /// Still on somebody's desk.
    pub fn is_open(self) -> bool {
        matches!(self, State::Received | State::InReview | State::Question)
    }
}

/// How the application came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    Online,
    Api,
    Paper,
    Phone,
    /// By the authority itself, to try a service out before it is online. Marked wherever it is seen, counted nowhere, told
    /// nobody, and gone when the service goes online.
    Trial,
}

impl Channel {
    /// Typed in by a clerk: of its receipt only the day is known, never the hour.
    pub fn by_hand(self) -> bool {
        matches!(self, Channel::Paper | Channel::Phone)
    }
}

/// An application at the authority. Serialised whole and sealed; the store keeps clear columns
/// (due, event day, service, state, place) beside it for lists.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Case {
    pub id: CaseId,
    pub tenant: TenantId,
    pub reference: String,
    pub service: String,
    pub service_hash: String,
    pub place: Ags,
    pub place_name: String,
    pub act: Act,
    pub regime: Option<Regime>,
    pub channel: Channel,
    /// Who vouched for the sender; `None`: nobody.
    #[serde(default)]
    pub identity: Option<Identity>,
    pub lang: String,
    pub state: State,
    pub title: String,
    pub applicant: String,
    pub received_at: Timestamp,
    pub event_day: Option<Date>,
    /// The last day on which calling off costs nothing.
    #[serde(default)]
    pub cancel_until: Option<Date>,
    /// The room asked for, as it was offered: its price does not change under a case.
    #[serde(default)]
    pub room: Option<schema::Room>,
    /// Parameter set that the case was made under.
    pub params: std::collections::BTreeMap<String, Value>,
    pub answers: Value,
    /// Messages of the applicant that nobody at the desk has seen.
    #[serde(default)]
    pub unread: u32,
    /// Paths changed by the applicant after a question, with the time.
    pub changed: Vec<(String, Timestamp)>,
    /// What stood at a changed path before its last change; null: nothing.
    #[serde(default)]
    pub before: std::collections::BTreeMap<String, Value>,
    pub papers: Vec<PaperRef>,
    pub deadlines: Vec<Deadline>,
    pub fee: Fee,
    pub findings: Vec<Finding>,
    pub assignee: Option<ClerkId>,
    pub assignee_name: Option<String>,
    pub question: Option<Question>,
    /// Decision period rests since.
    pub resting_since: Option<Timestamp>,
    /// Days that it rested before.
    #[serde(default)]
    pub rested_days: i64,
    /// Why the last decision did not take effect, until the next one: one German sentence for the desk.
    #[serde(default)]
    pub obstacle: Option<String>,
    /// Applicant agreed to fetch the letter from the status page.
    pub electronic: bool,
    pub decision: Option<Decision>,
    pub delivery: Delivery,
    /// What was granted does not take place.
    #[serde(default)]
    pub called_off: Option<CalledOff>,
    pub digest: String,
    pub email: Option<String>,
    pub transferred_to: Option<TenantId>,
    /// Where a case that was handed over goes on. For the applicant only: never shown at the desk.
    #[serde(default)]
    pub onward: Option<Onward>,
    /// The authority that had it before it was merged into this one.
    #[serde(default)]
    pub came: Option<Came>,
    /// Other offices that were asked.
    #[serde(default)]
    pub consults: Consults,
    /// How it goes after its end.
    #[serde(default)]
    pub keeping: crate::keeping::Keeping,
    /// Since when it is on nobody's desk: decided, withdrawn or handed over.
    #[serde(default)]
    pub closed_at: Option<Timestamp>,
}

/// The new case of one that was handed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Onward {
    pub case: CaseId,
    pub reference: String,
    /// Its access code.
    pub code: String,
    /// It has arrived there, and the history says so.
    #[serde(default)]
    pub arrived: bool,
}

/// From which authority a case came, and since when it is here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Came {
    pub from: String,
    pub since: Timestamp,
}

/// How many other offices still owe an answer, and how many answers nobody at the desk has read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consults {
    pub open: u32,
    pub unread: u32,
    /// Of the unread: those that came after the decision.
    #[serde(default)]
    pub late: u32,
    /// Answers that object, read or not: whoever decides has to weigh them.
    #[serde(default)]
    pub objections: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaperRef {
    pub id: PaperId,
    pub question: String,
    pub name: String,
    pub media_type: String,
    pub size: i64,
    pub sha256: String,
    /// A scanner for known malware found nothing in it when it came.
    #[serde(default)]
    pub scanned: bool,
}

/// Key of the word for a case that was called off, among those of the states. To the outside it is withdrawn.
pub const CALLED_OFF: &str = "called_off";

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    Applicant,
    Clerk { id: ClerkId, name: String },
    System,
}

impl Actor {
    pub fn label(&self) -> &str {
        match self {
            Actor::Applicant => "applicant",
            Actor::Clerk { name, .. } => name,
            Actor::System => "system",
        }
    }
}

impl Case {
    /// Does calling off cost nothing on this day?
    pub fn free_to_cancel(&self, today: Date) -> bool {
        self.cancel_until.is_some_and(|last| today <= last)
    }

    /// What a decision rests on, as a short mark: another mark means that what was shown is no longer what is there.
    pub fn basis(&self) -> String {
        use sha2::{Digest as _, Sha256};
        let told = serde_json::json!([self.answers, self.papers, self.findings, self.fee, self.consults.open]);
        crate::receipt::hex(&Sha256::digest(told.to_string())[..8])
    }

    /// The decision deadline, if the service has one.
    pub fn due(&self) -> Option<Date> {
        self.deadlines
            .iter()
            .find(|d| d.kind == DeadlineKind::Decision)
            .map(|d| d.last_day)
    }

    /// The day by which an answer may be promised; none once it has passed.
    pub fn promised(&self, today: Date) -> Option<Date> {
        self.due().filter(|day| *day >= today)
    }

    /// Decided with yes, and the decision is in effect: whatever came afterwards.
    pub fn granted(&self) -> bool {
        let decided = |d: &Decision| d.in_effect && d.outcome != Outcome::Refused;
        self.decision.as_ref().is_some_and(decided)
    }

    /// Granted and still to come: it can be called off, on the day itself too.
    pub fn can_call_off(&self, today: Date) -> bool {
        self.granted() && self.called_off.is_none() && self.event_day.is_none_or(|day| today <= day)
    }

    /// The event's day, if it comes before a refusal has to be fetched: whoever waits for the letter learns it too late.
    pub fn refused_in_haste(&self) -> Option<Date> {
        let refused = self.decision.as_ref().is_some_and(|d| d.outcome == Outcome::Refused);
        let unread = refused && self.delivery.retrieved_at.is_none();
        let until = self.delivery.fetch_until.filter(|_| unread)?;
        self.event_day.filter(|day| *day <= until)
    }

    /// Something is still to be paid, or was and lies at the desk.
    pub fn costs(&self) -> bool {
        self.fee.is_open() || self.fee.kept() > 0
    }

    /// What goes back, or went: the costs fell away after they were paid. The deposit is part of it, unless it was
    /// returned before.
    pub fn refund(&self) -> i64 {
        let fell = self.called_off.as_ref().is_some_and(|off| !off.fee_stays);
        if fell { self.fee.kept() } else { 0 }
    }

    /// A refund that nobody has paid yet.
    pub fn owes_refund(&self) -> bool {
        self.refund() > 0 && self.fee.refunded_at.is_none()
    }

    /// The desk can say that the costs fall away: they stayed, and some are still to be paid or lie at the desk.
    pub fn can_drop_fee(&self) -> bool {
        let stayed = self.called_off.as_ref().is_some_and(|off| off.fee_stays);
        stayed && self.costs()
    }

    /// A deposit of its own lies at the desk, no part of a refund.
    pub fn can_return_deposit(&self) -> bool {
        self.granted() && self.fee.holds_deposit() && self.refund() == 0
    }

    /// The costs as the desk sees them: what was just decided, before it takes effect too.
    pub fn fee_at_desk(&self) -> &Fee {
        match &self.decision {
            Some(d) if !d.in_effect => &d.fee,
            _ => &self.fee,
        }
    }

    /// Key of the word for where it stands: the state, or that it was called off.
    pub fn stand(&self) -> &'static str {
        match self.called_off {
            Some(_) => CALLED_OFF,
            None => self.state.as_str(),
        }
    }

    /// Days that the decision period has rested until `now`, over all questions.
    pub fn rested_until(&self, now: Timestamp) -> i64 {
        let open = self
            .resting_since
            .map_or(0, |since| i64::from((date_of(now) - date_of(since)).get_days()));
        self.rested_days + open.max(0)
    }
}

/// The legal day of a moment: Europe/Berlin.
pub fn date_of(t: Timestamp) -> Date {
    berlin(t).date()
}

/// Local time in Germany.
pub fn berlin(t: Timestamp) -> jiff::ZonedDateTime {
    t.in_tz("Europe/Berlin")
        .unwrap_or_else(|_| t.to_zoned_datetime(jiff::tz::TimeZone::UTC))
}
