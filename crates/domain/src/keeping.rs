//! What becomes of a case after its end. Its time runs from there; when it is over the case is offered to the archive,
//! or the lead looks it through where no archive is named; what is released then is erased by the next daily run. A hold
//! stops all of it. What a person may do is in `case::keep`; here is what days follow from a case and its service.

use jiff::Timestamp;
use jiff::civil::Date;
use schema::{KeepFrom, Retention, Service, kept_shorter};
use serde::{Deserialize, Serialize};

use crate::case::{Case, Outcome, State, date_of};

/// How far a case is on its way out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "stage")]
pub enum Stage {
    #[default]
    Kept,
    /// Its time is over.
    Due,
    /// The archive may take it until that day.
    Offered {
        at: Timestamp,
        archive: String,
        until: Date,
    },
    /// Nothing stands in the way any more.
    Released { at: Timestamp, why: Release },
}

impl Stage {
    pub fn as_str(&self) -> &'static str {
        match self {
            Stage::Kept => "kept",
            Stage::Due => "due",
            Stage::Offered { .. } => "offered",
            Stage::Released { .. } => "released",
        }
    }
}

/// Why a case may be erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Release {
    /// The authority has named no archive, and the lead has looked the case through.
    NoArchive,
    Declined,
    NoAnswer,
    Taken,
}

impl Release {
    pub fn as_str(self) -> &'static str {
        match self {
            Release::NoArchive => "no_archive",
            Release::Declined => "declined",
            Release::NoAnswer => "no_answer",
            Release::Taken => "taken",
        }
    }
}

/// Nothing is erased meanwhile, whatever time is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    pub since: Timestamp,
    pub by: String,
    pub reason: String,
}

/// What is kept with the case about its end.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Keeping {
    /// Since when nothing is left to do about it.
    pub ended: Option<Timestamp>,
    #[serde(flatten)]
    pub stage: Stage,
    pub hold: Option<Hold>,
    /// When the archive's copy was last taken along.
    pub exported: Option<Timestamp>,
    /// Answers that went before the case does, each with its day.
    pub erased: Vec<(String, Date)>,
}

/// What the daily run does to a case, or the day on which to look again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// These answers have had their time.
    Answers(Vec<String>),
    /// The case has.
    Over,
    /// The archive has let its time pass.
    Silent,
    Erase,
    /// Nothing before this day; `None`: only after somebody has done something.
    Look(Option<Date>),
}

impl Case {
    /// Nothing is left to do: decided, over, posted, and nobody owes anything.
    pub fn is_settled(&self) -> bool {
        let d = &self.delivery;
        let pending = self.decision.as_ref().is_some_and(|d| !d.in_effect);
        let on_its_way = self.state == State::Transferred && self.onward.as_ref().is_none_or(|o| !o.arrived);
        !self.state.is_open()
            && !pending
            && !on_its_way
            && !self.owes()
            && (d.print_since.is_none() || d.printed_at.is_some())
    }

    /// Money is still to come or to go back.
    fn owes(&self) -> bool {
        (self.granted() && self.fee.is_open()) || self.fee.holds_deposit() && self.refund() == 0 || self.owes_refund()
    }

    /// The last moment that the case itself knows of. For cases that ended before anybody wrote down when.
    pub(crate) fn last_known(&self) -> Timestamp {
        let fee = &self.fee;
        let d = &self.delivery;
        let known = [
            self.decision.as_ref().map(|d| d.effective_at),
            self.called_off.as_ref().map(|off| off.at),
            fee.paid_at,
            fee.deposit_returned_at,
            fee.refunded_at,
            d.retrieved_at,
            d.printed_at,
        ];
        known.into_iter().flatten().fold(self.received_at, Timestamp::max)
    }

    /// The last day of the event, where it was to be.
    fn last_event_day(&self, service: &Service) -> Option<Date> {
        let path = service.event.last_day.as_deref();
        let said = path.and_then(|path| schema::at(&self.answers, path));
        let last = said.and_then(|v| v.as_str()).and_then(|day| day.parse().ok());
        last.max(self.event_day)
    }

    /// The day from which its time runs: nothing is left to do and what was granted is over.
    pub fn ended_on(&self, service: &Service) -> Option<Date> {
        if !self.is_settled() {
            return None;
        }
        let ended = date_of(self.keeping.ended.unwrap_or_else(|| self.last_known()));
        let takes_place = self.granted() && self.called_off.is_none();
        let event = self.last_event_day(service).filter(|_| takes_place);
        Some(event.map_or(ended, |day| day.max(ended)))
    }

    fn money_over(&self) -> Option<Date> {
        let decided = !self.state.is_open() && self.decision.as_ref().is_none_or(|d| d.in_effect);
        let fee = &self.fee;
        let paid = [fee.paid_at, fee.deposit_returned_at, fee.refunded_at];
        let last = paid.into_iter().flatten().max();
        (decided && !self.owes()).then(|| date_of(last.or(self.keeping.ended).unwrap_or_else(|| self.last_known())))
    }

    /// The last day on which something is kept; `None`: its time does not run yet.
    pub fn kept_until(&self, kept: &Retention, service: &Service) -> Option<Date> {
        let start = match kept.after {
            KeepFrom::Closed => self.ended_on(service)?,
            KeepFrom::Event if !self.state.is_open() => match self.last_event_day(service) {
                Some(day) => day,
                None => self.ended_on(service)?,
            },
            KeepFrom::Event => return None,
            KeepFrom::Money => self.money_over()?,
        };
        Some(kept.period.last_day(start))
    }

    /// Where it went, for what is left of it.
    pub fn end_word(&self) -> &'static str {
        match &self.decision {
            Some(d) if d.in_effect => match d.outcome {
                Outcome::Approved => "approved",
                Outcome::Confirmed => "confirmed",
                Outcome::Refused => "refused",
            },
            _ => self.state.as_str(),
        }
    }

    /// What the daily run has to do.
    pub fn next_of_keeping(&self, service: &Service, today: Date) -> Next {
        let pending = self.decision.as_ref().is_some_and(|d| !d.in_effect);
        if self.state.is_open() || pending || self.keeping.hold.is_some() {
            return Next::Look(None);
        }
        let answers: Vec<(&str, Date)> = kept_shorter(service)
            .filter(|(q, _)| schema::at(&self.answers, &q.id).is_some_and(|v| !v.is_null()))
            .filter_map(|(q, kept)| Some((q.id.as_str(), self.kept_until(kept, service)?)))
            .collect();
        let over: Vec<String> = answers
            .iter()
            .filter(|(_, last)| *last < today)
            .map(|a| a.0.to_owned())
            .collect();
        if !over.is_empty() {
            return Next::Answers(over);
        }
        let step = match &self.keeping.stage {
            Stage::Kept => match self.kept_until(&service.retention, service) {
                Some(last) if last < today => return Next::Over,
                last => last,
            },
            Stage::Due => None,
            Stage::Offered { until, .. } if *until < today => return Next::Silent,
            Stage::Offered { until, .. } => Some(*until),
            Stage::Released { .. } if self.is_settled() => return Next::Erase,
            Stage::Released { .. } => None,
        };
        let soonest = answers.iter().map(|a| a.1).chain(step).min();
        Next::Look(soonest.map(|last| last.saturating_add(jiff::Span::new().days(1))))
    }
}
