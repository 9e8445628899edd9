//! The lists of the desk: which part is asked for, what a row says of a case, how many there are.

use domain::{Ags, CaseId, Channel, ClerkId, State};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The tabs of the desk's inbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tab {
    /// All open ones.
    #[default]
    Open,
    /// Received, and nobody at the desk has done anything with it yet.
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
    /// Since when it is on nobody's desk; unknown of what ended before this was kept.
    pub closed_at: Option<Timestamp>,
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
