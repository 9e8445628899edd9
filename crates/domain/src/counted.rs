//! What is counted, by place, service and day: numbers only. How long decisions take is counted in steps of days, so that
//! their middle can be told without looking at a case.

use crate::case::Channel;

/// A form was begun.
pub const BEGUN: &str = "begun";
pub const SUBMITTED: &str = "submitted";
/// How it came: by the form, by a program, or typed in by a clerk. Together: submitted.
pub const ONLINE: &str = "online";
pub const BY_PROGRAM: &str = "by_program";
pub const BY_HAND: &str = "by_hand";
/// From another authority, which counted it as submitted.
pub const TAKEN_OVER: &str = "taken_over";
pub const HANDED_OVER: &str = "handed_over";
pub const DECIDED: &str = "decided";
/// Decided by its last day, where the service has one.
pub const IN_TIME: &str = "in_time";
pub const WITHDRAWN: &str = "withdrawn";
/// A question of the authority was answered online.
pub const ANSWERED: &str = "answered";
/// A decision was read on the status page before it had to be posted.
pub const FETCHED: &str = "fetched";
pub const POSTED: &str = "posted";
/// An application was prepared on paper, where the place has not opted in.
pub const PRINTED: &str = "printed";

/// Days from receipt to decision: the last day of each step, and what is counted for it.
pub const TOOK: [(i64, &str); 37] = [
    (0, "took_000"),
    (1, "took_001"),
    (2, "took_002"),
    (3, "took_003"),
    (4, "took_004"),
    (5, "took_005"),
    (6, "took_006"),
    (7, "took_007"),
    (8, "took_008"),
    (9, "took_009"),
    (10, "took_010"),
    (11, "took_011"),
    (12, "took_012"),
    (13, "took_013"),
    (14, "took_014"),
    (15, "took_015"),
    (16, "took_016"),
    (17, "took_017"),
    (18, "took_018"),
    (19, "took_019"),
    (20, "took_020"),
    (21, "took_021"),
    (22, "took_022"),
    (23, "took_023"),
    (24, "took_024"),
    (25, "took_025"),
    (26, "took_026"),
    (27, "took_027"),
    (28, "took_028"),
    (29, "took_029"),
    (30, "took_030"),
    (45, "took_045"),
    (60, "took_060"),
    (90, "took_090"),
    (180, "took_180"),
    (365, "took_365"),
    (i64::MAX, "took_more"),
];

/// How an application came.
pub fn way(channel: Channel) -> &'static str {
    match channel {
        Channel::Online => ONLINE,
        Channel::Api => BY_PROGRAM,
        // What only tries a service out is counted nowhere.
        Channel::Paper | Channel::Phone | Channel::Trial => BY_HAND,
    }
}

/// What is counted for a decision after so many days.
pub fn took(days: i64) -> &'static str {
    TOOK.iter()
        .find(|(last, _)| days <= *last)
        .map_or("took_more", |(_, kind)| kind)
}

/// In the middle: half of the decisions took so long or less.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Middle {
    /// From the first to the last day of its step; the same up to thirty.
    pub from: i64,
    /// `None`: more than a year.
    pub to: Option<i64>,
}

/// The middle of counts by step; `None`: nothing was decided. `of`: how many of a kind.
pub fn middle(of: impl Fn(&str) -> i64) -> Option<Middle> {
    let all: i64 = TOOK.iter().map(|(_, kind)| of(kind).max(0)).sum();
    let (mut seen, mut from) = (0, 0);
    for (last, kind) in TOOK {
        seen += of(kind).max(0);
        if all > 0 && seen * 2 >= all {
            let to = (last != i64::MAX).then_some(last);
            return Some(Middle { from, to });
        }
        from = last.saturating_add(1);
    }
    None
}

/// Begun and not finished; never less than none. What a program sends was not begun as a form.
pub fn unfinished(of: impl Fn(&str) -> i64) -> i64 {
    (of(BEGUN) - (of(SUBMITTED) - of(BY_PROGRAM))).max(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_holds_its_days() {
        for (days, kind) in [
            (-1, "took_000"),
            (0, "took_000"),
            (30, "took_030"),
            (31, "took_045"),
            (45, "took_045"),
            (400, "took_more"),
        ] {
            assert_eq!(took(days), kind, "{days}");
        }
    }

    #[test]
    fn the_middle_is_where_half_is_done() {
        let of = |counts: &'static [(&'static str, i64)]| {
            move |kind: &str| counts.iter().find(|(k, _)| *k == kind).map_or(0, |(_, n)| *n)
        };
        let day = |n| Some(Middle { from: n, to: Some(n) });
        assert_eq!(middle(of(&[])), None);
        assert_eq!(middle(of(&[("took_003", 1)])), day(3));
        assert_eq!(middle(of(&[("took_001", 2), ("took_009", 2)])), day(1));
        assert_eq!(middle(of(&[("took_001", 2), ("took_009", 3)])), day(9));
        assert_eq!(middle(of(&[("took_045", 3)])), Some(Middle { from: 31, to: Some(45) }));
        assert_eq!(middle(of(&[("took_more", 3)])), Some(Middle { from: 366, to: None }));
    }

    #[test]
    fn what_a_program_sent_was_never_begun() {
        let of = |kind: &str| match kind {
            BEGUN => 10,
            SUBMITTED => 12,
            BY_PROGRAM => 6,
            _ => 0,
        };
        assert_eq!(unfinished(of), 4);
        assert_eq!(unfinished(|kind| i64::from(kind == SUBMITTED)), 0);
    }
}
