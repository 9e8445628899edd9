//! Accounts of people and clubs: who may act for one, in which role, on which day. Pure: the day is an argument, and
//! whoever asks takes it in Europe/Berlin.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use serde::{Deserialize, Serialize};

use crate::MemberId;

/// What somebody may do in an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything, and who else may act.
    Chair,
    /// Applications, and the account's details with its bank account.
    Treasurer,
    /// Applications.
    Member,
}

impl Role {
    pub const ALL: [Role; 3] = [Role::Chair, Role::Treasurer, Role::Member];

    pub fn as_str(self) -> &'static str {
        match self {
            Role::Chair => "chair",
            Role::Treasurer => "treasurer",
            Role::Member => "member",
        }
    }

    pub fn read(word: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|r| r.as_str() == word)
    }
}

/// A role from one day to another, both included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Term {
    pub id: String,
    pub role: Role,
    pub from: Date,
    /// `None`: until it is ended.
    pub to: Option<Date>,
    /// Offered by whoever holds it: gives nothing before it is taken over, and ends that one's term then.
    pub relieves: Option<Relieved>,
}

/// Whose term ends when an office is taken over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relieved {
    pub member: MemberId,
    pub term: String,
}

impl Term {
    /// Does it give its role on this day?
    pub fn counts_on(&self, day: Date) -> bool {
        self.relieves.is_none() && self.from <= day && self.to.is_none_or(|to| day <= to)
    }

    /// On this day, or on one that is to come.
    pub fn counts_from(&self, day: Date) -> bool {
        self.relieves.is_none() && self.to.is_none_or(|to| day <= to && self.from <= to)
    }
}

/// Somebody who acts for an account, did, or is asked to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    pub id: MemberId,
    /// Empty: logs in by an identity provider alone.
    pub email: String,
    pub name: String,
    pub invited_at: Timestamp,
    /// `None`: the invitation is open.
    pub joined_at: Option<Timestamp>,
    pub terms: Vec<Term>,
    /// Identities at a provider by which this member comes in.
    #[serde(default)]
    pub connections: Vec<Connection>,
}

/// A member's identity at a provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// Which of the operator's providers: `person`, `organisation`.
    pub by: String,
    /// Its name when it was connected.
    pub name: String,
    /// Issuer and subject.
    pub who: String,
    pub since: Timestamp,
}

impl Member {
    /// Roles of this day, each once; none of an invitation that is still open.
    pub fn roles_on(&self, day: Date) -> Vec<Role> {
        if self.joined_at.is_none() {
            return Vec::new();
        }
        let mut roles: Vec<Role> = self.terms.iter().filter(|t| t.counts_on(day)).map(|t| t.role).collect();
        roles.sort_unstable();
        roles.dedup();
        roles
    }

    pub fn is_on(&self, role: Role, day: Date) -> bool {
        self.roles_on(day).contains(&role)
    }

    /// The last day of the last role, if they all have one and no office is on offer; `None`: still in.
    pub fn last_day(&self) -> Option<Date> {
        let joined = self.joined_at.map(crate::date_of);
        let ends = self.terms.iter().map(|t| t.to.filter(|_| t.relieves.is_none()));
        ends.chain(Some(joined))
            .try_fold(Date::MIN, |last, end| Some(last.max(end?)))
    }

    /// The office that is offered to this member.
    pub fn offered(&self) -> Option<&Term> {
        self.terms.iter().find(|t| t.relieves.is_some())
    }
}

/// Is there a chair on this day and on every later one? Who has not joined yet does not count.
pub fn always_led(members: &[Member], today: Date) -> bool {
    let joined = members.iter().filter(|m| m.joined_at.is_some());
    let mut terms: Vec<&Term> = joined
        .flat_map(|m| &m.terms)
        .filter(|t| t.role == Role::Chair && t.counts_from(today))
        .collect();
    terms.sort_by_key(|t| t.from);
    let mut led_to = today.saturating_sub(1.day());
    for term in terms {
        if term.from > led_to.saturating_add(1.day()) {
            return false;
        }
        match term.to {
            None => return true,
            Some(to) => led_to = led_to.max(to),
        }
    }
    false
}

/// An office is taken over: it begins on the day that was named, at the earliest today, and the other one's term ends
/// the day before. `false`: nothing is offered here, or the one who offered holds it no longer.
pub fn take_over(members: &mut [Member], successor: &MemberId, today: Date) -> bool {
    let offered = members
        .iter()
        .find(|m| m.id == *successor)
        .and_then(Member::offered)
        .cloned();
    let Some(Term {
        id,
        from,
        relieves: Some(relieved),
        role,
        ..
    }) = offered
    else {
        return false;
    };
    let from = from.max(today);
    let old = members
        .iter_mut()
        .filter(|m| m.id == relieved.member && m.joined_at.is_some())
        .flat_map(|m| &mut m.terms)
        .find(|t| t.id == relieved.term && t.role == role && t.counts_from(today));
    let Some(old) = old else { return false };
    let last = from.saturating_sub(1.day());
    old.to = Some(old.to.map_or(last, |to| to.min(last)));
    let new = members
        .iter_mut()
        .filter(|m| m.id == *successor)
        .flat_map(|m| &mut m.terms)
        .find(|t| t.id == id);
    if let Some(new) = new {
        (new.from, new.relieves) = (from, None);
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn member(id: &str, terms: &[(&str, Role, &str, &str)]) -> Member {
        let terms = terms.iter().map(|(id, role, from, to)| Term {
            id: (*id).into(),
            role: *role,
            from: day(from),
            to: (!to.is_empty()).then(|| day(to)),
            relieves: None,
        });
        Member {
            id: id.into(),
            email: format!("{id}@verein.example"),
            name: id.into(),
            invited_at: Timestamp::UNIX_EPOCH,
            joined_at: Some(Timestamp::UNIX_EPOCH),
            terms: terms.collect(),
            connections: Vec::new(),
        }
    }

    #[test]
    fn a_role_counts_on_its_days_only() {
        let mut m = member("a", &[("1", Role::Treasurer, "2026-12-01", "2026-12-31")]);
        for (on, there) in [
            ("2026-11-30", false),
            ("2026-12-01", true),
            ("2026-12-31", true),
            ("2027-01-01", false),
        ] {
            assert_eq!(m.is_on(Role::Treasurer, day(on)), there, "{on}");
        }
        m.joined_at = None;
        assert_eq!(m.roles_on(day("2026-12-24")), [], "an open invitation gives nothing");
    }

    #[test]
    fn an_account_is_led_on_every_day_to_come() {
        let today = day("2026-11-24");
        let led = |terms: &[(&str, Role, &str, &str)]| always_led(&[member("a", terms)], today);
        assert!(led(&[("1", Role::Chair, "2020-01-01", "")]));
        assert!(!led(&[("1", Role::Chair, "2020-01-01", "2027-12-31")]), "then nobody");
        assert!(!led(&[("1", Role::Chair, "2026-11-25", "")]), "nobody today");
        assert!(!led(&[("1", Role::Treasurer, "2020-01-01", "")]));
        let next = [
            ("1", Role::Chair, "2020-01-01", "2027-12-31"),
            ("2", Role::Chair, "2028-01-01", ""),
        ];
        assert!(led(&next));
        let gap = [
            ("1", Role::Chair, "2020-01-01", "2027-12-31"),
            ("2", Role::Chair, "2028-01-02", ""),
        ];
        assert!(!led(&gap), "a day without a chair");
    }

    #[test]
    fn an_office_changes_hands_between_two_days() {
        let today = day("2026-11-24");
        let mut both = vec![member("a", &[("1", Role::Chair, "2020-01-01", "")]), member("b", &[])];
        both[1].terms.push(Term {
            id: "2".into(),
            role: Role::Chair,
            from: day("2027-01-01"),
            to: None,
            relieves: Some(Relieved {
                member: "a".into(),
                term: "1".into(),
            }),
        });
        let chairs = |all: &[Member], on: &str| -> Vec<String> {
            let on = day(on);
            all.iter()
                .filter(|m| m.is_on(Role::Chair, on))
                .map(|m| m.id.0.clone())
                .collect()
        };
        assert_eq!(chairs(&both, "2027-01-01"), ["a"], "offered is not taken over");
        let mut late = both.clone();
        assert!(take_over(&mut both, &"b".into(), today));
        assert_eq!(
            (chairs(&both, "2026-12-31"), chairs(&both, "2027-01-01")),
            (vec!["a".into()], vec!["b".into()])
        );
        assert!(always_led(&both, today));
        assert!(!take_over(&mut both, &"b".into(), today), "once");
        // Taken over after its day: from that moment on.
        assert!(take_over(&mut late, &"b".into(), day("2027-02-03")));
        assert_eq!(
            (chairs(&late, "2027-02-02"), chairs(&late, "2027-02-03")),
            (vec!["a".into()], vec!["b".into()])
        );
    }
}
