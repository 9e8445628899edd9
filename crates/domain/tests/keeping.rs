//! The way of a case after its end: no step early, none while it is held, none past the archive.

use domain::*;
use jiff::civil::{Date, date};
use jiff::{Timestamp, ToSpan};
use schema::{KeepFrom, Retention, Service};
use serde_json::json;

fn on(day: Date) -> Timestamp {
    day.at(10, 0, 0, 0)
        .in_tz("Europe/Berlin")
        .expect("a moment")
        .timestamp()
}

fn lead() -> Actor {
    Actor::Clerk {
        id: "l1".into(),
        name: "L. Leitung".into(),
    }
}

/// Kept five years, the phone a day after the event, the account two months after the money.
fn service() -> Service {
    let kept = |period: &str, after| Retention {
        period: period.parse().expect("a period"),
        after,
        ..Retention::default()
    };
    let question = |id: &str, kept| schema::Question {
        id: id.into(),
        kind: schema::Kind::Phone,
        optional: false,
        may_stay_open: false,
        personal: true,
        retention: Some(kept),
        when: None,
        reveal: false,
        legal_basis: Vec::new(),
        sample: Vec::new(),
    };
    let page = schema::Page {
        id: "contact".into(),
        when: None,
        questions: vec![
            question("contact.phone", kept("1d", KeepFrom::Event)),
            question("bank.iban", kept("2m", KeepFrom::Money)),
        ],
    };
    Service {
        retention: kept("5y", KeepFrom::Closed),
        form: schema::Form {
            pages: vec![page],
            ..schema::Form::default()
        },
        ..Service::default()
    }
}

/// A hall for 12.12.2026 with a deposit, promised on 24.11.2026.
fn promised() -> Case {
    let value = json!({
        "id": "c1", "tenant": "nobitz", "reference": "NOB-RAUM-26-0001-A", "service": "raumnutzung", "service_hash": "h",
        "place": "16077036", "place_name": "Nobitz", "act": "contract", "regime": null, "channel": "online", "lang": "de",
        "state": "received", "title": "Saal", "applicant": "Festverein", "received_at": on(date(2026, 11, 20)),
        "event_day": "2026-12-12", "params": {}, "answers": { "contact": { "phone": "0151 1", "name": "K. Sommer" }, "bank": { "iban": "DE02" } },
        "changed": [["contact.phone", on(date(2026, 11, 21))]], "before": { "contact.phone": "0151 0" }, "papers": [], "deadlines": [],
        "fee": Fee::default(), "findings": [], "assignee": null, "assignee_name": null, "question": null,
        "resting_since": null, "electronic": true, "decision": null, "delivery": Delivery::default(), "digest": "",
        "email": null, "transferred_to": null,
    });
    let case: Case = serde_json::from_value(value).expect("a case of before");
    let fee = Fee {
        total_cents: 6000,
        deposit_cents: 10_000,
        due: Some(date(2026, 12, 1)),
        ..Fee::default()
    };
    let decide = Action::Decide {
        outcome: Outcome::Approved,
        conditions: Vec::new(),
        reason: String::new(),
        grounds: None,
        fee,
    };
    let day = date(2026, 11, 24);
    let case = acts(case, decide, &lead(), day);
    let later = on(day) + jiff::SignedDuration::from_secs(20);
    let effect = Action::TakeEffect {
        letter: "l".into(),
        fetch_until: Some(date(2026, 12, 4)),
    };
    case.apply(effect, &Actor::System, later).expect("in effect").0
}

fn acts(case: Case, action: Action, actor: &Actor, day: Date) -> Case {
    case.apply(action, actor, on(day)).expect("possible").0
}

fn refused(case: &Case, action: Action, day: Date) -> String {
    case.clone()
        .apply(action, &lead(), on(day))
        .expect_err("refused")
        .to_string()
}

/// Over and paid, the deposit returned on 20.12.2026.
fn settled() -> Case {
    let case = acts(promised(), Action::Paid, &lead(), date(2026, 11, 30));
    acts(case, Action::ReturnDeposit, &lead(), date(2026, 12, 20))
}

#[test]
fn time_runs_from_the_last_thing_to_do() {
    let service = service();
    let case = promised();
    assert_eq!(case.ended_on(&service), None, "something is to be paid");
    let paid = acts(case, Action::Paid, &lead(), date(2026, 11, 30));
    assert_eq!(paid.ended_on(&service), None, "the deposit is here");
    let case = settled();
    assert_eq!(case.ended_on(&service), Some(date(2026, 12, 20)));
    // What is only read later moves nothing.
    let read = acts(case.clone(), Action::Retrieved, &Actor::Applicant, date(2027, 3, 1));
    assert_eq!(read.ended_on(&service), Some(date(2026, 12, 20)));
    let last = date(2031, 12, 20);
    assert_eq!(case.kept_until(&service.retention, &service), Some(last));
    let mut bare = case;
    bare.answers = json!({});
    assert_eq!(
        bare.next_of_keeping(&service, last),
        Next::Look(last.checked_add(1.day()).ok())
    );
    assert_eq!(
        bare.next_of_keeping(&service, last.checked_add(1.day()).expect("a day")),
        Next::Over
    );
}

#[test]
fn a_case_from_before_ends_when_it_was_last_touched() {
    let mut old = settled();
    old.keeping = Keeping::default();
    assert_eq!(old.ended_on(&service()), Some(date(2026, 12, 20)));
    let read = acts(old, Action::Opened, &lead(), date(2029, 1, 1));
    assert_eq!(
        read.ended_on(&service()),
        Some(date(2026, 12, 20)),
        "reading starts no period anew"
    );
}

#[test]
fn answers_go_when_their_own_time_is_over() {
    let service = service();
    let case = promised();
    let over = |case: &Case, day| case.next_of_keeping(&service, day);
    assert_eq!(over(&case, date(2026, 12, 13)), Next::Look(Some(date(2026, 12, 14))));
    let phone = vec!["contact.phone".to_owned()];
    assert_eq!(over(&case, date(2026, 12, 14)), Next::Answers(phone.clone()));
    let mut open = case.clone();
    open.state = State::InReview;
    assert_eq!(
        over(&open, date(2027, 6, 1)),
        Next::Look(None),
        "not while it is worked on"
    );
    let case = acts(
        case,
        Action::EraseAnswers { paths: phone },
        &Actor::System,
        date(2026, 12, 14),
    );
    assert_eq!(
        case.answers,
        json!({ "contact": { "name": "K. Sommer" }, "bank": { "iban": "DE02" } })
    );
    assert!(case.before.is_empty() && case.changed.is_empty());
    assert_eq!(case.keeping.erased, [("contact.phone".to_owned(), date(2026, 12, 14))]);
    assert_eq!(
        over(&case, date(2030, 1, 1)),
        Next::Look(None),
        "the deposit is still here"
    );
    let mut case = case;
    case.fee.paid_at = Some(on(date(2026, 11, 30)));
    case.fee.deposit_returned_at = Some(on(date(2026, 12, 20)));
    assert_eq!(over(&case, date(2027, 2, 20)), Next::Look(Some(date(2027, 2, 21))));
    assert_eq!(
        over(&case, date(2027, 2, 21)),
        Next::Answers(vec!["bank.iban".to_owned()])
    );
}

#[test]
fn nothing_goes_past_the_archive_or_a_hold() {
    let service = service();
    let late = date(2032, 1, 1);
    let mut kept = settled();
    kept.answers = json!({});
    assert!(refused(&kept, Action::Release, late).contains("vorgesehen"));
    assert!(refused(&promised(), Action::TimeOver, late).contains("nicht abgelaufen"));
    let due = acts(kept.clone(), Action::TimeOver, &Actor::System, late);
    assert_eq!(
        due.next_of_keeping(&service, late),
        Next::Look(None),
        "a person is on turn"
    );
    let until = date(2032, 7, 1);
    let offer = Action::Offer {
        archive: "Kreisarchiv".into(),
        until,
    };
    let offered = acts(due.clone(), offer.clone(), &lead(), late);
    assert!(
        refused(&offered, Action::Release, late).contains("vorgesehen"),
        "offered is not released"
    );
    assert_eq!(
        offered.next_of_keeping(&service, until),
        Next::Look(Some(date(2032, 7, 2)))
    );
    assert!(refused(&offered, Action::ArchiveSilent, until).contains("noch Zeit"));
    assert_eq!(offered.next_of_keeping(&service, date(2032, 7, 2)), Next::Silent);
    let takes = Action::ArchiveAnswered { takes: true };
    assert!(refused(&offered, takes.clone(), late).contains("Laden Sie zuerst"));
    let exported = acts(offered.clone(), Action::Exported, &lead(), late);
    let taken = acts(exported, takes, &lead(), late);
    let silent = acts(offered.clone(), Action::ArchiveSilent, &Actor::System, date(2032, 7, 2));
    let declined = acts(offered.clone(), Action::ArchiveAnswered { takes: false }, &lead(), late);
    let released = acts(due.clone(), Action::Release, &lead(), late);
    for (case, why) in [
        (&taken, Release::Taken),
        (&silent, Release::NoAnswer),
        (&declined, Release::Declined),
        (&released, Release::NoArchive),
    ] {
        assert!(
            matches!(case.keeping.stage, Stage::Released { why: w, .. } if w == why),
            "{why:?}"
        );
        assert_eq!(case.next_of_keeping(&service, late), Next::Erase);
        let back = acts(case.clone(), Action::Recall, &lead(), late);
        assert_eq!((back.keeping.stage, back.keeping.exported), (Stage::Due, None));
    }
    // Held: every step is refused and the daily run leaves it alone, wherever it stands.
    let hold = Action::Hold {
        reason: "Klage, Az. 3 K 12/32".into(),
    };
    for case in [kept, due, offered, taken, silent, declined, released] {
        assert!(refused(&case, Action::Hold { reason: " ".into() }, late).contains("warum"));
        let held = acts(case.clone(), hold.clone(), &lead(), late);
        assert_eq!(held.next_of_keeping(&service, date(2090, 1, 1)), Next::Look(None));
        for action in [
            Action::TimeOver,
            offer.clone(),
            Action::ArchiveAnswered { takes: false },
            Action::ArchiveSilent,
            Action::Release,
            Action::EraseAnswers {
                paths: vec!["a.b".into()],
            },
        ] {
            assert!(
                refused(&held, action.clone(), date(2090, 1, 1)).contains("gesperrt"),
                "{action:?}"
            );
        }
        let free = acts(
            held,
            Action::LiftHold {
                reason: "Urteil rechtskräftig".into(),
            },
            &lead(),
            late,
        );
        assert_eq!(free.keeping, case.keeping);
    }
}

#[test]
fn what_is_owed_again_is_kept_again() {
    let due = acts(settled(), Action::TimeOver, &Actor::System, date(2032, 1, 1));
    let mut case = due;
    case.fee.deposit_returned_at = None;
    let read = acts(case, Action::Opened, &lead(), date(2032, 1, 2));
    assert_eq!((read.keeping.stage, read.keeping.ended), (Stage::Kept, None));
}
