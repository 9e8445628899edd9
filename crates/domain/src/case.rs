//! A case and what may happen to it. `Case::apply` is the only way a case changes; it returns the
//! new case and the effects (history, jobs, booking) that the store writes in the same transaction.

use jiff::Timestamp;
use jiff::civil::Date;
use schema::{Act, DeadlineKind, FeeKind, Regime};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::derive::Derived;
use crate::ids::{Ags, CaseId, ClerkId, LetterId, PaperId, TenantId};

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
}

/// A deadline worked out for this case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deadline {
    pub kind: DeadlineKind,
    /// Notice: safe last day of receipt. Decision: day by which the desk decides.
    pub last_day: Date,
    /// Notice only: received on this day is borderline, not late.
    pub borderline: Option<Date>,
    /// Whole days after the borderline day (notice) or `last_day` (decision); 0 = in time.
    pub late_by: i64,
    /// One German sentence.
    pub reason: String,
}

/// One line of a fee, price or deposit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeeLine {
    pub id: String,
    pub label: String,
    pub basis: String,
    pub cents: i64,
    pub kind: FeeKind,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fee {
    pub lines: Vec<FeeLine>,
    /// Without deposits.
    pub total_cents: i64,
    pub deposit_cents: i64,
    pub due: Option<Date>,
    pub paid_at: Option<Timestamp>,
    pub reminded_at: Option<Timestamp>,
    pub deposit_returned_at: Option<Timestamp>,
}

/// What an automatic check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    pub id: String,
    pub ok: bool,
    /// Sentence in German.
    pub text: String,
    pub field: Option<String>,
}

/// An open question back to the applicant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    pub asked_at: Timestamp,
    pub by: String,
    pub answer_by: Date,
    /// (question path, reason)
    pub fields: Vec<(String, String)>,
    /// Papers asked for, in words.
    pub papers: Vec<String>,
    /// All that is asked, a line each, then the clerk's own words.
    pub text: String,
    /// Only the clerk's own words.
    #[serde(default)]
    pub own: String,
    pub reminded: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Permit or contract granted.
    Approved,
    /// Notice confirmed.
    Confirmed,
    Refused,
}

/// A decision: pending for ten seconds, then in effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    pub outcome: Outcome,
    pub at: Timestamp,
    pub effective_at: Timestamp,
    pub by: ClerkId,
    pub by_name: String,
    /// Ready sentences, in order.
    pub conditions: Vec<String>,
    pub reason: String,
    pub in_effect: bool,
    /// State before, for taking back.
    pub before: State,
}

/// How the letter reaches the applicant (§ 41 VwVfG).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    pub letter: Option<LetterId>,
    /// On the status page since.
    pub provided_at: Option<Timestamp>,
    /// Last day to fetch it there; on the next one it is printed.
    #[serde(default)]
    pub fetch_until: Option<Date>,
    pub retrieved_at: Option<Timestamp>,
    /// To be printed and posted, and since when.
    pub print_since: Option<Timestamp>,
    pub printed_at: Option<Timestamp>,
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
    pub lang: String,
    pub state: State,
    pub title: String,
    pub applicant: String,
    pub received_at: Timestamp,
    pub event_day: Option<Date>,
    /// The room asked for, as it was offered: its price does not change under a case.
    #[serde(default)]
    pub room: Option<schema::Room>,
    /// Parameter set that the case was made under.
    pub params: std::collections::BTreeMap<String, Value>,
    pub answers: Value,
    /// Paths changed by the applicant after a question, with the time.
    pub changed: Vec<(String, Timestamp)>,
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
    pub digest: String,
    pub email: Option<String>,
    pub transferred_to: Option<TenantId>,
    /// Where a case that was handed over goes on. For the applicant only: never shown at the desk.
    #[serde(default)]
    pub onward: Option<Onward>,
    /// Other offices that were asked.
    #[serde(default)]
    pub consults: Consults,
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

/// How many other offices still owe an answer, and how many answers nobody at the desk has read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consults {
    pub open: u32,
    pub unread: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaperRef {
    pub id: PaperId,
    pub question: String,
    pub name: String,
    pub media_type: String,
    pub size: i64,
    pub sha256: String,
}

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
    Consulted {
        who: String,
    },
    ConsultAnswered {
        who: String,
        verdict: String,
    },
    /// By hand, or on the day on which the answer is due.
    ConsultReminded {
        who: String,
    },
    /// The question is taken back.
    ConsultRevoked {
        who: String,
    },
    /// Somebody at the desk reads the case.
    Opened,
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

/// Why an action is not possible. One German sentence for the person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refusal(pub String);

/// Seconds in which a decision can be taken back.
pub const TAKE_BACK_SECONDS: i64 = 10;

fn refuse<T>(why: &str) -> Result<T, Refusal> {
    Err(Refusal(why.to_owned()))
}

impl Case {
    /// The decision deadline, if the service has one.
    pub fn due(&self) -> Option<Date> {
        self.deadlines
            .iter()
            .find(|d| d.kind == DeadlineKind::Decision)
            .map(|d| d.last_day)
    }

    /// Days that the decision period has rested until `now`, over all questions.
    pub fn rested_until(&self, now: Timestamp) -> i64 {
        let open = self
            .resting_since
            .map_or(0, |since| i64::from((date_of(now) - date_of(since)).get_days()));
        self.rested_days + open.max(0)
    }

    /// Applies one action. Pure: the same input gives the same case and effects.
    pub fn apply(mut self, action: Action, actor: &Actor, now: Timestamp) -> Result<(Case, Vec<Effect>), Refusal> {
        let mut fx = Vec::new();
        let case = serde_json::json!({ "case": self.id.0 });
        let job = |kind: &'static str, payload: Value, due: Timestamp| Effect::Job { kind, payload, due };
        let seen = |kind: &'static str, text: String| Effect::History {
            kind,
            public: true,
            text,
        };
        let inside = |kind: &'static str, text: String| Effect::History {
            kind,
            public: false,
            text,
        };
        let pending = self.decision.as_ref().is_some_and(|d| !d.in_effect);
        match action {
            Action::Opened => {
                if self.state == State::Received && self.decision.is_none() {
                    self.state = State::InReview;
                    fx.push(seen("review_started", actor.label().to_owned()));
                }
                self.consults.unread = 0;
            }
            Action::Assign { to } => {
                if !self.state.is_open() {
                    return refuse("Der Vorgang ist abgeschlossen und kann nicht mehr zugewiesen werden.");
                }
                let name = to.as_ref().map(|(_, n)| n.clone()).unwrap_or_default();
                self.assignee_name = to.as_ref().map(|(_, n)| n.clone());
                self.assignee = to.map(|(id, _)| id);
                fx.push(inside(
                    if self.assignee.is_some() {
                        "assigned"
                    } else {
                        "unassigned"
                    },
                    name,
                ));
            }
            Action::Note { text } => fx.push(inside("note", text)),
            Action::Message { text } => fx.push(seen("message", text)),
            Action::Ask { question } => {
                if !matches!(self.state, State::Received | State::InReview) || pending {
                    return refuse("Eine Rückfrage ist nur möglich, solange der Vorgang in Prüfung ist.");
                }
                if question.fields.is_empty() && question.papers.is_empty() && question.text.trim().is_empty() {
                    return refuse("Wählen Sie mindestens eine Angabe oder schreiben Sie eine Frage.");
                }
                if question.answer_by <= date_of(now) {
                    return refuse("Die Antwort muss nach heute fällig sein.");
                }
                fx.push(seen("question", question.text.clone()));
                self.question = Some(question);
                self.resting_since = Some(now);
                self.state = State::Question;
                fx.push(job("mail_question", case.clone(), now));
                fx.push(job("letter_question", case, now));
            }
            Action::Answer {
                answers,
                changed,
                text,
                papers,
                derived,
                decide_by,
            } => {
                if self.state != State::Question {
                    return refuse("Es ist keine Rückfrage offen.");
                }
                if pending {
                    return refuse(
                        "Das Amt hat gerade entschieden. Rufen Sie an, wenn Sie noch etwas ergänzen wollen.",
                    );
                }
                self.answers = answers;
                self.changed.retain(|(path, _)| !changed.contains(path));
                self.changed.extend(changed.into_iter().map(|path| (path, now)));
                self.papers.extend(papers);
                self.take(*derived);
                self.question = None;
                self.state = State::InReview;
                self.rested_days = self.rested_until(now);
                self.resting_since = None;
                if let Some(new) = decide_by
                    && let Some(old) = self.deadlines.iter_mut().find(|d| d.kind == DeadlineKind::Decision)
                {
                    *old = new;
                }
                fx.push(seen("answered", text));
                fx.push(job("mail_answered", case, now));
            }
            Action::Decide {
                outcome,
                conditions,
                reason,
                fee,
            } => {
                if !self.state.is_open() || pending {
                    return refuse("Über diesen Vorgang ist schon entschieden.");
                }
                if outcome == Outcome::Refused && reason.trim().is_empty() {
                    return refuse("Schreiben Sie, warum Sie ablehnen. Die Begründung steht im Bescheid.");
                }
                let Actor::Clerk { id, name } = actor else {
                    return refuse("Nur die Sachbearbeitung kann entscheiden.");
                };
                let effective_at = now + jiff::SignedDuration::from_secs(TAKE_BACK_SECONDS);
                self.fee = fee;
                self.obstacle = None;
                self.decision = Some(Decision {
                    outcome,
                    at: now,
                    effective_at,
                    by: id.clone(),
                    by_name: name.clone(),
                    conditions,
                    reason,
                    in_effect: false,
                    before: self.state,
                });
                fx.push(inside("decided", name.clone()));
                fx.push(job("take_effect", case, effective_at));
            }
            Action::TakeBack => {
                let Some(decision) = self.decision.take_if(|d| !d.in_effect) else {
                    return refuse("Der Brief ist schon unterwegs. Zurückholen geht nur in den ersten zehn Sekunden.");
                };
                if now > decision.effective_at {
                    return refuse("Die zehn Sekunden sind vorbei. Der Brief ist schon unterwegs.");
                }
                self.state = decision.before;
                fx.push(inside("taken_back", actor.label().to_owned()));
            }
            Action::Undo { why } => {
                let Some(decision) = self.decision.take_if(|d| !d.in_effect) else {
                    return refuse("Es ist keine Entscheidung offen.");
                };
                self.state = decision.before;
                self.obstacle = Some(why.clone());
                fx.push(inside("decision_undone", why));
            }
            Action::TakeEffect { letter, fetch_until } => {
                let Some(decision) = self.decision.as_mut().filter(|d| !d.in_effect && now >= d.effective_at) else {
                    return refuse("Es ist keine Entscheidung offen.");
                };
                decision.in_effect = true;
                let (state, kind) = match decision.outcome {
                    Outcome::Approved => (State::Approved, "approved"),
                    Outcome::Confirmed => (State::Confirmed, "confirmed"),
                    Outcome::Refused => (State::Refused, "refused"),
                };
                self.state = state;
                self.question = None;
                self.resting_since = None;
                self.delivery.letter = Some(letter);
                fx.push(seen(kind, String::new()));
                fx.push(Effect::Count { kind: "decided" });
                fx.push(if state == State::Refused {
                    Effect::BookingRelease
                } else {
                    Effect::BookingFirm
                });
                if let (true, Some(until)) = (self.electronic, fetch_until) {
                    self.delivery.provided_at = Some(now);
                    self.delivery.fetch_until = Some(until);
                    fx.push(job("mail_decision", case.clone(), now));
                    fx.push(job("print_unfetched", case, crate::deadline::begin_after(until)));
                } else {
                    self.delivery.print_since = Some(now);
                }
            }
            Action::Retrieved => {
                if self.delivery.letter.is_none() {
                    return refuse("Es liegt noch kein Bescheid bereit.");
                }
                if self.delivery.retrieved_at.is_none() {
                    self.delivery.retrieved_at = Some(now);
                    fx.push(seen("retrieved", String::new()));
                }
            }
            Action::Print => {
                if self.delivery.letter.is_some()
                    && self.delivery.retrieved_at.is_none()
                    && self.delivery.print_since.is_none()
                {
                    self.delivery.print_since = Some(now);
                    fx.push(seen("to_be_printed", String::new()));
                }
            }
            Action::Printed => {
                if self.delivery.print_since.is_none() || self.delivery.printed_at.is_some() {
                    return refuse("Dieser Brief steht nicht auf der Druckliste.");
                }
                self.delivery.printed_at = Some(now);
                fx.push(seen("posted", String::new()));
            }
            Action::Withdraw { reason } => {
                if !self.state.is_open() || pending {
                    return refuse("Zurückziehen geht nur, solange noch nicht entschieden ist. Rufen Sie das Amt an.");
                }
                self.state = State::Withdrawn;
                self.question = None;
                fx.push(seen("withdrawn", reason));
                fx.push(Effect::BookingRelease);
                fx.push(Effect::Count { kind: "withdrawn" });
                fx.push(job("mail_withdrawn", case, now));
            }
            Action::Transfer { to, to_name, reason } => {
                if !self.state.is_open() || pending {
                    return refuse("Abgeben geht nur, solange noch nicht entschieden ist.");
                }
                if to == self.tenant {
                    return refuse("Der Vorgang liegt schon bei diesem Amt.");
                }
                self.state = State::Transferred;
                self.transferred_to = Some(to.clone());
                fx.push(seen("transferred", format!("{to_name}\n{reason}")));
                fx.push(Effect::BookingRelease);
                fx.push(job(
                    "transfer",
                    serde_json::json!({ "case": self.id.0, "to": to.0 }),
                    now,
                ));
            }
            Action::GoesOn { onward } => {
                if self.state != State::Transferred {
                    return refuse("Dieser Vorgang wurde nicht abgegeben.");
                }
                self.onward.get_or_insert(onward);
            }
            Action::HandedOver { to_name } => match self.onward.as_mut().filter(|o| !o.arrived) {
                Some(onward) => {
                    onward.arrived = true;
                    fx.push(seen("handed_over", format!("{to_name}, {}", onward.reference)));
                }
                None => return refuse("Dieser Vorgang wurde nicht abgegeben oder ist schon angekommen."),
            },
            Action::Paid => {
                if self.fee.total_cents + self.fee.deposit_cents == 0 || self.fee.paid_at.is_some() {
                    return refuse("Für diesen Vorgang ist nichts zu zahlen oder schon bezahlt.");
                }
                self.fee.paid_at = Some(now);
                fx.push(seen("paid", String::new()));
            }
            Action::Remind => {
                if self.fee.paid_at.is_some() || self.fee.due.is_none() {
                    return refuse("Es ist nichts offen, woran Sie erinnern könnten.");
                }
                self.fee.reminded_at = Some(now);
                fx.push(seen("reminded", String::new()));
                fx.push(job("mail_reminder", case, now));
            }
            Action::ReturnDeposit => {
                if self.fee.deposit_cents == 0 || self.fee.paid_at.is_none() || self.fee.deposit_returned_at.is_some() {
                    return refuse("Es gibt keine Kaution, die zurückgezahlt werden kann.");
                }
                self.fee.deposit_returned_at = Some(now);
                fx.push(seen("deposit_returned", String::new()));
            }
            Action::Consulted { who } => {
                if !self.state.is_open() || self.decision.is_some() {
                    return refuse("Beteiligen geht nur, solange noch nicht entschieden ist.");
                }
                self.consults.open += 1;
                fx.push(seen("consulted", who));
            }
            Action::ConsultAnswered { who, verdict } => {
                self.consults.open = self.consults.open.saturating_sub(1);
                self.consults.unread += 1;
                fx.push(inside("consult_answered", format!("{who}\n{verdict}")));
                let payload = serde_json::json!({ "case": self.id.0, "who": who, "at": now.as_millisecond() });
                fx.push(job("mail_consult_answered", payload, now));
            }
            Action::ConsultReminded { who } => fx.push(inside("consult_reminded", who)),
            Action::ConsultRevoked { who } => {
                self.consults.open = self.consults.open.saturating_sub(1);
                fx.push(inside("consult_revoked", who));
            }
        }
        Ok((self, fx))
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

/// The legal day of a moment: Europe/Berlin.
pub fn date_of(t: Timestamp) -> Date {
    berlin(t).date()
}

/// Local time in Germany.
pub fn berlin(t: Timestamp) -> jiff::ZonedDateTime {
    t.in_tz("Europe/Berlin")
        .unwrap_or_else(|_| t.to_zoned_datetime(jiff::tz::TimeZone::UTC))
}
