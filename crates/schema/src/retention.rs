//! How long something is kept: a period, from when it counts, and why. Of a service it counts from the end of the case;
//! a single answer may go earlier, counted from the event or from the day on which nothing is owed any more.
//! What nobody has confirmed is called so.

use std::str::FromStr;

use jiff::Span;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::words::{list, word};
use crate::{Lang, Question, Service, show};

/// The most years that a period may have.
const YEARS: i32 = 100;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeepUnit {
    #[serde(rename = "d")]
    Days,
    #[serde(rename = "m")]
    Months,
    #[serde(rename = "y")]
    Years,
}

/// `5y`, `6m`, `30d`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeepPeriod {
    pub n: i32,
    pub unit: KeepUnit,
}

impl Default for KeepPeriod {
    /// Where a mistake was reported: nothing goes too early.
    fn default() -> Self {
        KeepPeriod {
            n: YEARS,
            unit: KeepUnit::Years,
        }
    }
}

impl FromStr for KeepPeriod {
    type Err = ();
    fn from_str(s: &str) -> Result<Self, ()> {
        let (digits, unit) = s.split_at_checked(s.len().saturating_sub(1)).ok_or(())?;
        let unit = match unit {
            "d" => KeepUnit::Days,
            "m" => KeepUnit::Months,
            "y" => KeepUnit::Years,
            _ => return Err(()),
        };
        let whole = !digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit());
        let n = digits.parse().ok().filter(|_| whole).ok_or(())?;
        let period = KeepPeriod { n, unit };
        if period.days() <= i64::from(YEARS) * 366 {
            Ok(period)
        } else {
            Err(())
        }
    }
}

impl KeepPeriod {
    /// The last day on which it is kept, if it counts from `start`: a month has the days that it has.
    pub fn last_day(self, start: Date) -> Date {
        let span = match self.unit {
            KeepUnit::Days => Span::new().days(self.n),
            KeepUnit::Months => Span::new().months(self.n),
            KeepUnit::Years => Span::new().years(self.n),
        };
        start.saturating_add(span)
    }

    /// For comparing two: months and years in their longest form.
    fn days(self) -> i64 {
        i64::from(self.n)
            * match self.unit {
                KeepUnit::Days => 1,
                KeepUnit::Months => 31,
                KeepUnit::Years => 366,
            }
    }

    pub fn is_longer_than(self, other: KeepPeriod) -> bool {
        self.days() > other.days()
    }

    /// `5 Jahre`
    pub fn words(self, lang: Lang) -> String {
        let key = match self.unit {
            KeepUnit::Days => "unit.days",
            KeepUnit::Months => "unit.months",
            KeepUnit::Years => "unit.years",
        };
        let noun = list(lang, key).get(usize::from(self.n != 1)).map_or("", String::as_str);
        format!(
            "{}{}{noun}",
            show::format::number(i64::from(self.n), lang),
            show::format::NBSP
        )
    }
}

/// From when a period counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeepFrom {
    /// The end of the case.
    #[default]
    Closed,
    /// The (last) day of the event; without one, the end of the case.
    Event,
    /// The day on which nothing is owed any more, deposit and refund included.
    Money,
}

impl KeepFrom {
    fn key(self) -> &'static str {
        match self {
            KeepFrom::Closed => "keep.closed",
            KeepFrom::Event => "keep.event",
            KeepFrom::Money => "keep.money",
        }
    }
}

/// How long something is kept, and why.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retention {
    pub period: KeepPeriod,
    pub after: KeepFrom,
    /// Ids of legal bases. Without any: unconfirmed.
    pub legal_basis: Vec<String>,
    /// What is open about it. German, for the authority.
    pub note: Option<String>,
}

impl Retention {
    /// `5 Jahre nach dem Ende des Vorgangs`
    pub fn words(&self, lang: Lang) -> String {
        word(lang, self.after.key()).replace("{period}", &self.period.words(lang))
    }

    /// Nobody has found a rule for it, or the rule itself is unconfirmed.
    pub fn is_confirmed(&self, service: &Service) -> bool {
        let known = |id: &String| service.legal_basis.iter().any(|b| b.id == *id && b.confirmed);
        !self.legal_basis.is_empty() && self.legal_basis.iter().all(known)
    }
}

/// Answers of a service that go before the case does.
pub fn kept_shorter(service: &Service) -> impl Iterator<Item = (&Question, &Retention)> {
    let questions = service.form.pages.iter().flat_map(|p| &p.questions);
    questions.filter_map(|q| Some((q, q.retention.as_ref()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_ends_on_the_day_that_a_calendar_shows() {
        let period = |s: &str| s.parse::<KeepPeriod>();
        let end = |s: &str, y, m, d| period(s).expect(s).last_day(jiff::civil::date(y, m, d)).to_string();
        assert_eq!(end("5y", 2026, 11, 24), "2031-11-24");
        assert_eq!(end("1y", 2028, 2, 29), "2029-02-28");
        assert_eq!(end("2m", 2026, 12, 31), "2027-02-28");
        assert_eq!(end("1d", 2027, 1, 9), "2027-01-10");
        for wrong in ["", "y", "5", "0d", "05y", "5w", "101y", "-1d", "+1d", "1 d", "ü"] {
            assert!(period(wrong).is_err(), "{wrong}");
        }
        assert!(
            period("13m")
                .expect("a period")
                .is_longer_than(period("1y").expect("a period"))
        );
        assert!(
            !period("1y")
                .expect("a period")
                .is_longer_than(period("12m").expect("a period"))
        );
    }

    #[test]
    fn it_is_said_in_both_languages() {
        let after = |period: &str, after| Retention {
            period: period.parse().expect("a period"),
            after,
            ..Retention::default()
        };
        let five = after("5y", KeepFrom::Closed);
        assert_eq!(five.words(Lang::De), "5\u{a0}Jahre nach dem Ende des Vorgangs");
        assert_eq!(
            after("1d", KeepFrom::Event).words(Lang::De),
            "1\u{a0}Tag nach dem Termin"
        );
        assert_eq!(five.words(Lang::En), "5\u{a0}years after the case ends");
        assert!(
            after("2m", KeepFrom::Money)
                .words(Lang::En)
                .starts_with("2\u{a0}months after")
        );
    }
}
