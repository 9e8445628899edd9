//! What goes in and comes out of the store beside the domain's own types. Data only: no SQL, no keys.
//! Times are UTC; days are civil days in Europe/Berlin.

use domain::{Ags, CaseId, Channel, ClerkId, LetterId, PaperId, State, TenantId};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Stage;

/// An authority that owns data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authority {
    /// A slug: `nobitz`, `vg-pleissenaue`.
    pub id: TenantId,
    pub name: String,
    /// `municipality`, `association`, `district`, `state`, `account`.
    pub level: String,
    /// Keys by which it is found: (`ags`, `16077036`), (`district`, `16077`), (`association`, `5007`).
    pub codes: Vec<(String, String)>,
    pub created_at: Timestamp,
}

/// The tabs of the desk's inbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tab {
    /// All open ones.
    #[default]
    Open,
    /// Received, opened by nobody yet.
    New,
    /// Open and assigned to me.
    Mine,
    /// Open, decision due within seven days or overdue; not while the period rests (a question is open).
    Due,
    /// An open question to the applicant.
    Waiting,
    /// Letters to print and post.
    Print,
    /// Fees not paid.
    Fees,
    /// Decided, withdrawn, transferred.
    Closed,
    /// Everything.
    All,
}

/// Order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// Decision deadline, earliest first; those without one last.
    #[default]
    Due,
    /// Newest receipt first.
    Received,
    /// Day of the event, earliest first.
    Event,
    /// Last changed first.
    Updated,
}

/// Which cases a list shows. Empty text and `None` mean "any".
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CaseFilter {
    pub tab: Tab,
    pub service: String,
    pub place: String,
    /// A clerk's id, or `-` for "nobody".
    pub assignee: String,
    /// For `Tab::Mine` and its count.
    pub me: Option<ClerkId>,
    /// Day of the request: for `Tab::Due`.
    pub today: Date,
    pub due_before: Option<Date>,
    /// Search words: name, title, reference; typing errors are found.
    pub q: String,
    pub sort: Sort,
    /// From 0.
    pub page: u32,
    /// Rows a page, at most 500.
    pub size: u32,
}

/// One line of a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CaseRow {
    pub id: CaseId,
    pub reference: String,
    pub title: String,
    pub applicant: String,
    pub place: Ags,
    pub place_name: String,
    pub service: String,
    /// Permit, notice or contract.
    pub act: schema::Act,
    pub state: State,
    pub received_at: Timestamp,
    pub updated_at: Timestamp,
    pub event_day: Option<Date>,
    pub due: Option<Date>,
    /// Days the application came too late; 0 = in time.
    pub late_by: i64,
    pub assignee: Option<ClerkId>,
    pub assignee_name: Option<String>,
    pub fee_open: bool,
    pub to_print: bool,
    pub channel: Channel,
    /// Automatic checks that say "look".
    pub looks: i64,
    /// Day by which the applicant answers, while a question is open.
    pub answer_by: Option<Date>,
    /// Decided, still within the ten seconds.
    pub pending: bool,
    /// Other offices that were asked.
    pub consults: domain::Consults,
    /// The last decision did not take effect; it is to be decided anew.
    pub stuck: bool,
    /// Granted, and it does not take place.
    pub called_off: bool,
    /// Messages of the applicant that nobody at the desk has seen.
    pub unread: u32,
    /// What was paid has to go back.
    pub refund: bool,
}

/// Which payments are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PaymentTab {
    /// Decided and not paid.
    #[default]
    Open,
    /// Open, and the day of payment is over.
    Overdue,
    /// Paid, and the deposit is not returned yet.
    Deposits,
    /// Paid, then the costs fell away: to be paid back, the deposit with it.
    Refunds,
    /// Whatever was paid, latest change first.
    Paid,
}

impl PaymentTab {
    /// What counts of a case here.
    pub fn cents(self, case: &domain::Case) -> i64 {
        match self {
            PaymentTab::Deposits => case.fee.deposit_cents,
            PaymentTab::Refunds => case.refund(),
            _ => case.fee.to_pay(),
        }
    }
}

/// A page of payments.
#[derive(Debug, Clone)]
pub struct PaymentPage {
    pub cases: Vec<domain::Case>,
    /// Of all pages; 0 for what is paid.
    pub cents: i64,
}

/// How many payments stand where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PaymentCounts {
    pub open: i64,
    pub overdue: i64,
    pub deposits: i64,
    pub refunds: i64,
    pub paid: i64,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct CasePage {
    pub rows: Vec<CaseRow>,
    /// Matching cases on all pages.
    pub total: i64,
    /// Nothing matched as typed: these match with typing errors.
    pub fuzzy: bool,
}

/// Numbers beside the tabs, for the same filter without its tab.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct TabCounts {
    pub open: i64,
    pub new: i64,
    pub mine: i64,
    pub due: i64,
    pub waiting: i64,
    pub print: i64,
    pub fees: i64,
    pub closed: i64,
}

/// A line of a case's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub n: i64,
    pub at: Timestamp,
    /// Key of texts/ui `event.<kind>`.
    pub kind: String,
    /// `applicant`, `system` or a clerk's name.
    pub actor: String,
    /// The applicant sees it.
    pub public: bool,
    pub text: String,
}

/// A line of the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    pub n: i64,
    pub at: Timestamp,
    /// `applicant`, `system`, a clerk's id.
    pub actor: String,
    pub event: String,
    pub case: Option<CaseId>,
    pub hash: [u8; 32],
}

/// A letter that was made for a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LetterInfo {
    pub id: LetterId,
    pub case: CaseId,
    /// `receipt`, `approval`, `refusal`, `question`.
    pub kind: String,
    pub created_at: Timestamp,
    pub size: i64,
    pub sha256: String,
}

/// What a paper is; also the shape of a draft's paper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaperInfo {
    pub id: PaperId,
    pub question: String,
    pub name: String,
    pub media_type: String,
    pub size: i64,
    /// Hex.
    pub sha256: String,
}

impl From<&domain::PaperRef> for PaperInfo {
    fn from(p: &domain::PaperRef) -> Self {
        PaperInfo {
            id: p.id.clone(),
            question: p.question.clone(),
            name: p.name.clone(),
            media_type: p.media_type.clone(),
            size: p.size,
            sha256: p.sha256.clone(),
        }
    }
}

impl PaperInfo {
    /// As a case names it.
    pub fn named(self) -> domain::PaperRef {
        domain::PaperRef {
            id: self.id,
            question: self.question,
            name: self.name,
            media_type: self.media_type,
            size: self.size,
            sha256: self.sha256,
        }
    }

    /// As it stands among the answers.
    pub fn answer(&self) -> serde_json::Value {
        serde_json::json!({
            "name": self.name, "media_type": self.media_type, "size": self.size, "sha256": self.sha256, "paper": self.id.0,
        })
    }
}

/// A job to be done. `payload` was sealed in the row.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    pub id: String,
    pub kind: String,
    pub payload: Value,
    /// When it was planned for; stays the same at each try. Of a deed's job: the moment of the deed.
    pub due: Timestamp,
    /// Which try this is, from one on.
    pub attempts: i64,
}

/// A job that was given up.
#[derive(Debug, Clone, PartialEq)]
pub struct DeadJob {
    pub id: String,
    pub kind: String,
    pub attempts: i64,
    pub error: String,
    pub since: Timestamp,
    /// What it was about.
    pub case: Option<CaseId>,
}

/// How a room is taken by an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnRequest {
    /// First come blocks.
    #[default]
    Hold,
    /// Overlap allowed, the clerk decides.
    Wish,
}

/// A room, or a part of one.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RoomRow {
    pub place: Ags,
    /// The room that it is a part of: the hall of a half.
    pub parent: Option<String>,
    pub on_request: OnRequest,
    pub active: bool,
    pub position: i64,
    /// Name, persons, tariff …; `room.id` is the key.
    pub room: schema::Room,
}

/// Kind of a booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BookingKind {
    /// Requested, blocks.
    Hold,
    /// Requested, blocks nobody.
    Wish,
    /// Granted.
    Firm,
    /// Closed by the municipality.
    Blocked,
}

impl BookingKind {
    pub fn as_str(self) -> &'static str {
        match self {
            BookingKind::Hold => "hold",
            BookingKind::Wish => "wish",
            BookingKind::Firm => "firm",
            BookingKind::Blocked => "blocked",
        }
    }
    pub fn parse(s: &str) -> Option<BookingKind> {
        [
            BookingKind::Hold,
            BookingKind::Wish,
            BookingKind::Firm,
            BookingKind::Blocked,
        ]
        .into_iter()
        .find(|k| k.as_str() == s)
    }
    /// Shuts others out.
    pub fn excludes(self) -> bool {
        self != BookingKind::Wish
    }
}

/// Wish for a room from `from` (inclusive) to `to` (exclusive).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewBooking {
    pub room: String,
    pub case: Option<CaseId>,
    pub from: Timestamp,
    pub to: Timestamp,
    pub kind: BookingKind,
    /// For the desk's calendar; sealed.
    pub label: String,
}

/// A booking as the desk sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booking {
    pub id: String,
    pub room: String,
    pub case: Option<CaseId>,
    pub from: Timestamp,
    pub to: Timestamp,
    pub kind: BookingKind,
    pub label: String,
}

/// A span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Slot {
    pub from: Timestamp,
    pub to: Timestamp,
}

/// A span in which a room (or what contains it, or a part of it) is taken. No names: public.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Busy {
    pub from: Timestamp,
    pub to: Timestamp,
    pub kind: BookingKind,
}

/// The room is taken: when in the span asked for, and up to three free spans of the same length nearby. No names.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Der Raum ist in dieser Zeit schon vergeben.")]
pub struct Taken {
    pub room: String,
    /// In the order of time, apart from each other.
    pub busy: Vec<Slot>,
    pub free: Vec<Slot>,
}

/// Why a booking did not come about.
#[derive(Debug, thiserror::Error)]
pub enum BookError {
    #[error(transparent)]
    Taken(#[from] Taken),
    #[error("Diesen Raum gibt es nicht.")]
    NoRoom,
    #[error("Das Ende muss nach dem Anfang liegen.")]
    EmptySpan,
    #[error(transparent)]
    Store(#[from] crate::Error),
}

/// Why an action on a case did not come about.
#[derive(Debug, thiserror::Error)]
pub enum ActError {
    #[error("Diesen Vorgang gibt es nicht.")]
    NotFound,
    #[error(transparent)]
    Refused(#[from] domain::Refusal),
    /// A wish became firm and the room is taken.
    #[error(transparent)]
    Taken(#[from] Taken),
    #[error(transparent)]
    Store(#[from] crate::Error),
}

/// Whether a place takes part in a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OptIn {
    pub place: Ags,
    pub service: String,
    /// false: paused or never opted in.
    pub active: bool,
    pub from: Timestamp,
    /// Clerk's id.
    pub actor: String,
}

/// A parameter set of a place and service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Setting {
    pub place: Ags,
    pub service: String,
    pub n: i64,
    pub params: std::collections::BTreeMap<String, Value>,
    pub from: Timestamp,
    pub actor: String,
}

/// A line of the settings' history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub at: Timestamp,
    pub place: String,
    /// `opt_in`, `params`, `room`, `office`, `text_block`, `clerk`, `calendar`, `calendar_feed`.
    pub area: String,
    /// Service, room … that changed.
    pub item: String,
    pub actor: String,
    /// JSON before and after.
    pub before: Value,
    pub after: Value,
}

/// A picture, e.g. a coat of arms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    pub media_type: String,
    pub bytes: Vec<u8>,
}

/// A ready sentence of the desk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextBlock {
    pub id: String,
    /// Empty: for every service.
    pub service: String,
    /// `condition`, `refusal`, `question`, `note`.
    pub kind: String,
    pub title: String,
    pub text: String,
    pub position: i64,
}

/// Somebody who works at the desk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clerk {
    pub id: ClerkId,
    pub email: String,
    pub name: String,
    /// `clerk`, `lead`, …
    pub roles: Vec<String>,
    /// Digest mail, shortcuts …: free JSON.
    pub prefs: Value,
    pub active: bool,
    pub created_at: Timestamp,
}

/// Result of a log-in.
#[expect(
    clippy::large_enum_variant,
    reason = "made once for each log-in and taken apart at once"
)]
#[derive(Debug, Clone)]
pub enum LogIn {
    /// `token` goes into the cookie; the store keeps its hash only.
    In {
        token: String,
        tenant: TenantId,
        clerk: Clerk,
    },
    /// The password was right; the second factor, or its setting up, goes by this token for a quarter of an hour.
    Waits { token: String, stage: Stage },
    /// Unknown address or wrong password: the same answer and the same time.
    Wrong,
    /// Too many misses; open again at `until`.
    Locked { until: Timestamp },
}

/// A running session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    pub tenant: TenantId,
    pub clerk: ClerkId,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

/// Another office is asked about a case, or asks us.
#[derive(Debug, Clone, PartialEq)]
pub struct Consultation {
    pub id: String,
    /// We asked (`false`) or were asked by `peer` (`true`).
    pub incoming: bool,
    /// Our case; `None` for an incoming one.
    pub case: Option<CaseId>,
    /// `local_authority`, `police`, …
    pub who: String,
    pub who_name: String,
    /// The other tenant, when it has a desk here.
    pub peer: Option<TenantId>,
    /// The id at the peer, to which an answer is delivered.
    pub peer_id: Option<String>,
    /// Where its link goes when we ask an office without a desk here; else empty. Kept for reminders.
    pub address: String,
    /// What was sent out, by field, nothing else.
    pub content: Value,
    pub asked_at: Timestamp,
    pub answer_by: Date,
    pub expires_at: Timestamp,
    pub reminded_at: Option<Timestamp>,
    pub answer: Option<ConsultAnswer>,
    pub revoked_at: Option<Timestamp>,
    /// What we were asked has settled itself: the case was withdrawn there.
    pub over: bool,
}

/// What the other office said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsultAnswer {
    pub at: Timestamp,
    /// No objection.
    pub agrees: bool,
    pub text: String,
    pub by: String,
}

/// Scope of an idempotency key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdemKey {
    pub place: Ags,
    pub service: String,
    pub key: String,
}

/// What a key stands for.
#[derive(Debug, Clone, PartialEq)]
pub enum Claim {
    /// Ours: do the work and call `idempotency_answer` in the same transaction.
    New,
    /// Done before with the same answers: give this again.
    Replay(Value),
    /// Used before with other answers (409 `key-reused`).
    OtherAnswers,
}

/// A message from one tenant to another.
#[derive(Debug, Clone, PartialEq)]
pub struct Dispatch {
    pub id: String,
    pub to: TenantId,
    /// `consult`, `consult_answer`, `transfer`, `copy`.
    pub kind: String,
    pub payload: Value,
    pub created_at: Timestamp,
}

/// A mail in the outbox. Sealed as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    pub to: String,
    pub subject: String,
    pub text: String,
}

/// A mail with its fate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailRow {
    pub id: String,
    pub created_at: Timestamp,
    pub sent_at: Option<Timestamp>,
    pub attempts: i64,
    pub mail: Mail,
}

/// A mail that could not be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LostMail {
    pub id: String,
    pub to: String,
    pub subject: String,
    pub attempts: i64,
    /// One German sentence without an address.
    pub cause: String,
    /// Given up at.
    pub since: Timestamp,
}

/// A word from a visitor, e.g. on accessibility.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feedback {
    pub id: String,
    pub at: Timestamp,
    /// `accessibility`, `general`.
    pub kind: String,
    /// Page that it is about.
    pub page: String,
    pub text: String,
    /// Empty: none given.
    pub contact: String,
}

/// A published version of a service: original bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    pub service: String,
    /// From 1.
    pub version: i64,
    /// SHA-256, hex.
    pub hash: String,
    pub bytes: Vec<u8>,
    pub published_at: Timestamp,
}

/// A sum of counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CountRow {
    pub place: String,
    pub service: String,
    pub day: String,
    /// `begun`, `submitted`, `decided`, `withdrawn`, `printed` …
    pub kind: String,
    pub n: i64,
}

/// A new draft: the only time that link and code are known here.
#[derive(Debug, Clone)]
pub struct NewDraft {
    pub draft: Draft,
    /// 128 bits for the link, base64url.
    pub link: String,
    /// 12 symbols in threes of four: `7K3M-Q2XA-9FTR`.
    pub code: String,
}

/// An opened draft. Holds its key: never store or log it.
#[derive(Clone)]
pub struct Draft {
    pub id: String,
    pub place: Ags,
    pub service: String,
    pub data: Value,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub expires_at: Timestamp,
    /// Counts the writes; a save from an older state is refused.
    pub(crate) seq: i64,
    pub(crate) key: crate::seal::Key,
}

impl std::fmt::Debug for Draft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Draft")
            .field("id", &self.id)
            .field("service", &self.service)
            .finish_non_exhaustive()
    }
}

/// Result of coming back to a draft.
#[derive(Debug, Clone)]
pub enum Resume {
    Found(Box<Draft>),
    /// No such draft, or expired.
    NotFound,
    /// More than ten misses in an hour; open again at `until`.
    Locked {
        until: Timestamp,
    },
}
