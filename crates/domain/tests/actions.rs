//! What may be done to a case and when: every action in every situation, and what money and bookings come of it.

use domain::*;
use jiff::Timestamp;
use jiff::civil::date;
use schema::{Act, FeeKind};
use serde_json::json;

fn at(text: &str) -> Timestamp {
    text.parse().expect("a moment")
}

fn now() -> Timestamp {
    at("2026-11-24T10:00:00Z")
}

fn krell() -> Actor {
    Actor::Clerk {
        id: "c1".into(),
        name: "S. Krell".into(),
    }
}

fn line(id: &str, cents: i64, kind: FeeKind) -> FeeLine {
    FeeLine {
        id: id.into(),
        label: id.into(),
        basis: String::new(),
        cents,
        kind,
    }
}

/// What the desk decided: other than the 25,00 € that were proposed.
fn decided_fee() -> Fee {
    Fee {
        lines: vec![
            line("rent", 6000, FeeKind::Price),
            line("deposit", 15_000, FeeKind::Deposit),
        ],
        total_cents: 6000,
        deposit_cents: 15_000,
        due: Some(date(2026, 11, 20)),
        ..Fee::default()
    }
}

/// A hall for 12.12.2026, as it came in.
fn received() -> Case {
    Case {
        id: "case-1".into(),
        tenant: "nobitz".into(),
        reference: "NOB-RAUM-26-0001-A".into(),
        service: "raumnutzung".into(),
        service_hash: "h".into(),
        place: Ags::from("16077036"),
        place_name: "Nobitz".into(),
        act: Act::Contract,
        regime: None,
        channel: Channel::Online,
        identity: None,
        lang: "de".into(),
        state: State::Received,
        title: "Saal Ehrenhain".into(),
        applicant: "Festverein".into(),
        received_at: now(),
        event_day: Some(date(2026, 12, 12)),
        cancel_until: None,
        room: None,
        params: Default::default(),
        answers: json!({}),
        unread: 0,
        changed: Vec::new(),
        before: Default::default(),
        papers: Vec::new(),
        deadlines: Vec::new(),
        fee: Fee {
            lines: vec![line("rent", 2500, FeeKind::Price)],
            total_cents: 2500,
            ..Fee::default()
        },
        findings: Vec::new(),
        assignee: None,
        assignee_name: None,
        question: None,
        resting_since: None,
        rested_days: 0,
        obstacle: None,
        electronic: true,
        decision: None,
        delivery: Delivery::default(),
        called_off: None,
        digest: String::new(),
        email: None,
        transferred_to: None,
        onward: None,
        came: None,
        closed_at: None,
        consults: Consults::default(),
        keeping: Keeping::default(),
    }
}

fn does(case: Case, action: Action) -> Case {
    case.apply(action, &krell(), now()).expect("it is possible").0
}

fn decides(outcome: Outcome) -> Action {
    let fee = match outcome {
        Outcome::Refused => Fee::default(),
        _ => decided_fee(),
    };
    Action::Decide {
        outcome,
        conditions: Vec::new(),
        reason: "Der Saal ist geschlossen.".into(),
        grounds: None,
        fee,
    }
}

fn takes_effect() -> Action {
    Action::TakeEffect {
        letter: "letter-1".into(),
        fetch_until: Some(date(2026, 12, 4)),
    }
}

fn in_effect(outcome: Outcome) -> Case {
    let later = now() + jiff::SignedDuration::from_secs(TAKE_BACK_SECONDS);
    let pending = does(received(), decides(outcome));
    pending
        .apply(takes_effect(), &Actor::System, later)
        .expect("in effect")
        .0
}

fn asks() -> Action {
    Action::Ask {
        question: Question {
            asked_at: now(),
            by: "S. Krell".into(),
            answer_by: date(2026, 12, 1),
            fields: Vec::new(),
            papers: Vec::new(),
            text: "Wie viele kommen?".into(),
            own: String::new(),
            reminded: false,
        },
    }
}

fn withdraws() -> Action {
    Action::Withdraw { reason: "Regen".into() }
}

fn transfers() -> Action {
    Action::Transfer {
        to: "lk".into(),
        to_name: "Landratsamt".into(),
        reason: "zuständig".into(),
    }
}

fn calls_off(fee_stays: bool) -> Action {
    Action::CallOff {
        reason: "Regen".into(),
        fee_stays,
    }
}

fn situations() -> Vec<(&'static str, Case)> {
    let granted = in_effect(Outcome::Approved);
    let paid = does(granted.clone(), Action::Paid);
    let past = Case {
        event_day: Some(date(2026, 11, 23)),
        ..granted.clone()
    };
    vec![
        ("received", received()),
        ("in review", does(received(), Action::Begin)),
        ("question", does(received(), asks())),
        ("pending", does(received(), decides(Outcome::Approved))),
        ("granted", granted.clone()),
        ("paid", paid.clone()),
        ("past", past),
        ("refused", in_effect(Outcome::Refused)),
        ("withdrawn", does(received(), withdraws())),
        ("transferred", does(received(), transfers())),
        ("called off", does(granted, calls_off(true))),
        ("owed back", does(paid, calls_off(false))),
    ]
}

#[test]
fn every_action_in_every_situation() {
    // In the order of `situations`.
    let table: [(&str, Action, &str); 15] = [
        ("begin", Action::Begin, "+++........."),
        ("ask", asks(), "++.........."),
        ("decide", decides(Outcome::Approved), "+++........."),
        ("take back", Action::TakeBack, "...+........"),
        ("undo", Action::Undo { why: "Brief".into() }, "...+........"),
        ("withdraw", withdraws(), "+++........."),
        ("transfer", transfers(), "+++........."),
        ("assign", Action::Assign { to: None }, "++++........"),
        ("retrieved", Action::Retrieved, "....++++..++"),
        ("paid", Action::Paid, "....+.+...+."),
        ("remind", Action::Remind, "....+.+...+."),
        ("return deposit", Action::ReturnDeposit, ".....+......"),
        ("call off", calls_off(true), "....++......"),
        ("refund", Action::Refund, "...........+"),
        ("drop the fee", Action::DropFee, "..........+."),
    ];
    for (name, action, wanted) in table {
        let got: String = situations()
            .into_iter()
            .map(|(_, case)| match case.apply(action.clone(), &krell(), now()) {
                Ok(_) => '+',
                Err(_) => '.',
            })
            .collect();
        let names: Vec<&str> = situations().iter().map(|s| s.0).collect();
        assert_eq!(got, wanted, "{name}, of {names:?}");
    }
}

#[test]
fn reading_begins_nothing_and_the_first_thing_done_begins_the_review() {
    let read = does(received(), Action::Opened);
    assert_eq!(read.state, State::Received, "nobody has done anything yet");
    let note = Action::Note {
        text: "Angerufen".into(),
    };
    let consulted = Action::Consulted {
        who: "Feuerwehr".into(),
    };
    let decide = decides(Outcome::Approved);
    for action in [
        Action::Begin,
        Action::Assign { to: None },
        note.clone(),
        consulted,
        asks(),
        decide,
    ] {
        let (case, effects) = read.clone().apply(action, &krell(), now()).expect("possible");
        assert_eq!(kinds(&effects, false)[0], "review_started");
        assert_ne!(case.state, State::Received);
        let (_, again) = case.apply(note.clone(), &krell(), now()).expect("a note");
        assert!(!kinds(&again, false).contains(&"review_started"), "once");
    }
    // The applicant's words and the system's work begin nothing.
    let told = Action::Message { text: "Hallo".into() };
    let (case, _) = read.apply(told, &Actor::Applicant, now()).expect("a message");
    assert_eq!(case.state, State::Received);
}

#[test]
fn an_objection_is_counted_and_an_opinion_without_one_is_not() {
    let answered = |case: Case, agrees| {
        let action = Action::ConsultAnswered {
            who: "Feuerwehr".into(),
            verdict: "Bedenken.".into(),
            agrees,
            asked: true,
        };
        case.apply(action, &Actor::System, now()).expect("answered").0
    };
    let asked = does(
        received(),
        Action::Consulted {
            who: "Feuerwehr".into(),
        },
    );
    assert_eq!(answered(asked.clone(), true).consults.objections, 0);
    let objected = does(answered(asked, false), Action::Opened);
    assert_eq!(
        (objected.consults.unread, objected.consults.objections),
        (0, 1),
        "read, and still to be weighed"
    );
}

#[test]
fn an_opinion_within_the_ten_seconds_is_in_time_once_the_decision_is_taken_back() {
    let asked = does(
        received(),
        Action::Consulted {
            who: "Feuerwehr".into(),
        },
    );
    let pending = does(asked, decides(Outcome::Approved));
    let action = Action::ConsultAnswered {
        who: "Feuerwehr".into(),
        verdict: "Bedenken.".into(),
        agrees: false,
        asked: true,
    };
    let answered = pending.apply(action, &Actor::System, now()).expect("answered").0;
    assert_eq!(answered.consults.late, 1);
    for back in [Action::TakeBack, Action::Undo { why: "Brief".into() }] {
        let case = does(answered.clone(), back);
        assert_eq!(
            (case.consults.late, case.consults.unread, case.consults.objections),
            (0, 1, 1)
        );
    }
}

#[test]
fn the_day_on_which_it_ended_stays_whatever_comes_after() {
    assert_eq!(received().closed_at, None);
    let withdrawn = does(received(), Action::Withdraw { reason: String::new() });
    assert_eq!(withdrawn.closed_at, Some(now()));
    let decided = in_effect(Outcome::Approved);
    let ended = decided.closed_at.expect("ended");
    let later = now() + jiff::SignedDuration::from_hours(24 * 30);
    let (opened, _) = decided.apply(Action::Opened, &krell(), later).expect("opened");
    assert_eq!(opened.closed_at, Some(ended));
}

#[test]
fn what_is_decided_costs_nothing_until_it_takes_effect() {
    for outcome in [Outcome::Approved, Outcome::Refused] {
        let pending = does(received(), decides(outcome));
        assert_eq!(pending.fee, received().fee, "the applicant sees no difference");
        assert_eq!(does(pending.clone(), Action::TakeBack).fee, received().fee);
        assert_eq!(does(pending, Action::Undo { why: "Brief".into() }).fee, received().fee);
    }
    assert_eq!(in_effect(Outcome::Approved).fee, decided_fee());
    assert_eq!(in_effect(Outcome::Refused).fee, Fee::default());
}

fn kinds(effects: &[Effect], public_only: bool) -> Vec<&'static str> {
    let line = |e: &Effect| match e {
        Effect::History { kind, public, .. } if *public || !public_only => Some(*kind),
        _ => None,
    };
    effects.iter().filter_map(line).collect()
}

fn told(effects: &[Effect]) -> Vec<String> {
    let to = |e: &Effect| match e {
        Effect::Job {
            kind: "mail_called_off",
            payload,
            ..
        } => payload["to"].as_str().map(str::to_owned),
        _ => None,
    };
    effects.iter().filter_map(to).collect()
}

#[test]
fn calling_off_frees_the_room_and_keeps_the_decision() {
    let granted = in_effect(Outcome::Approved);
    // The costs stay; the deposit is not asked for any more.
    let (off, effects) = granted
        .clone()
        .apply(calls_off(true), &Actor::Applicant, now())
        .expect("called off");
    assert_eq!((off.state, off.stand()), (State::Withdrawn, CALLED_OFF));
    assert!(effects.contains(&Effect::BookingRelease));
    assert_eq!(
        (kinds(&effects, true), told(&effects)),
        (vec!["called_off"], vec!["desk".to_owned()])
    );
    assert_eq!(
        (off.fee.total_cents, off.fee.deposit_cents, off.fee.lines.len()),
        (6000, 0, 1)
    );
    assert_eq!((&off.decision, &off.delivery), (&granted.decision, &granted.delivery));
    assert_eq!(
        off.decision.as_ref().map(|d| &d.fee),
        Some(&decided_fee()),
        "what was decided stays on record"
    );
    // Afterwards the desk may.
    assert!(off.clone().apply(Action::DropFee, &Actor::Applicant, now()).is_err());
    let (free, effects) = off.apply(Action::DropFee, &krell(), now()).expect("dropped");
    assert_eq!(
        (free.fee.clone(), kinds(&effects, true)),
        (Fee::default(), vec!["fee_dropped"])
    );
    assert!(
        free.clone().apply(Action::Remind, &krell(), now()).is_err()
            && free.apply(Action::DropFee, &krell(), now()).is_err()
    );

    // The desk decides at once; an open reminder goes with the costs.
    let reminded = does(granted, Action::Remind);
    let (off, effects) = reminded.apply(calls_off(false), &krell(), now()).expect("called off");
    assert_eq!(
        (off.fee.clone(), told(&effects)),
        (Fee::default(), vec!["applicant".to_owned()])
    );
    assert_eq!(kinds(&effects, true), ["called_off", "fee_dropped"]);
}

#[test]
fn what_was_paid_stays_in_the_books_and_the_deposit_goes_back() {
    let paid = does(in_effect(Outcome::Approved), Action::Paid);
    let (off, effects) = paid.clone().apply(calls_off(true), &krell(), now()).expect("off");
    assert_eq!((&off.fee, kinds(&effects, true)), (&paid.fee, vec!["called_off"]));
    assert_eq!((off.refund(), off.owes_refund()), (0, false));
    // The deposit goes back; later the rent does, and no more than that.
    let returned = does(off.clone(), Action::ReturnDeposit);
    assert_eq!(does(returned.clone(), Action::DropFee).refund(), 6000);
    assert_eq!(does(off, Action::DropFee).refund(), 21_000);
    let all_back = Case {
        fee: Fee {
            total_cents: 0,
            ..returned.fee.clone()
        },
        ..returned
    };
    assert!(
        all_back.apply(Action::DropFee, &krell(), now()).is_err(),
        "nothing lies here"
    );
}

#[test]
fn costs_that_fell_away_go_back_once_with_the_deposit() {
    let paid = does(in_effect(Outcome::Approved), Action::Paid);
    let (off, effects) = paid.clone().apply(calls_off(false), &krell(), now()).expect("off");
    assert_eq!(
        (&off.fee, kinds(&effects, true)),
        (&paid.fee, vec!["called_off", "fee_refunded"])
    );
    assert_eq!((off.refund(), off.owes_refund()), (21_000, true));
    let refused = off
        .clone()
        .apply(Action::ReturnDeposit, &krell(), now())
        .expect_err("part of it");
    assert!(refused.0.contains("Die Kaution gehört zu dem"), "{}", refused.0);
    let (back, effects) = off.apply(Action::Refund, &krell(), now()).expect("refunded");
    assert_eq!(kinds(&effects, true), ["refunded"]);
    assert_eq!(
        (back.refund(), back.owes_refund()),
        (21_000, false),
        "the sum stays on record"
    );
    for again in [Action::Refund, Action::ReturnDeposit, Action::DropFee] {
        assert!(back.clone().apply(again, &krell(), now()).is_err());
    }
    // A deposit that went back before the day is not owed twice.
    let returned = does(does(paid, Action::ReturnDeposit), calls_off(false));
    assert_eq!(returned.refund(), 6000);
    // Cases from before knew no refund.
    let mut old = serde_json::to_value(&returned).expect("JSON");
    old["fee"].as_object_mut().expect("a fee").remove("refunded_at");
    let old: Case = serde_json::from_value(old).expect("opens");
    assert!(old.owes_refund());
}

#[test]
fn who_was_shown_that_it_is_free_pays_nothing_silently() {
    let late = in_effect(Outcome::Approved);
    let refused = late
        .apply(calls_off(false), &Actor::Applicant, now())
        .expect_err("shown before");
    assert!(
        refused.0.contains("Kostenfrei absagen geht nicht mehr."),
        "{}",
        refused.0
    );
}

#[test]
fn it_can_be_called_off_until_the_evening_of_its_day() {
    let granted = in_effect(Outcome::Approved);
    let try_at = |moment: &str| granted.clone().apply(calls_off(true), &Actor::Applicant, at(moment));
    assert!(try_at("2026-12-12T22:59:59Z").is_ok(), "23:59 in Germany");
    assert!(try_at("2026-12-12T23:00:00Z").is_err());
    let undated = Case {
        event_day: None,
        cancel_until: None,
        ..granted
    };
    assert!(undated.can_call_off(date(2030, 1, 1)));
}

#[test]
fn a_reminder_waits_until_the_payment_is_late() {
    let mut granted = in_effect(Outcome::Approved);
    granted.fee.due = Some(domain::date_of(now()));
    let refused = granted.clone().apply(Action::Remind, &krell(), now());
    assert_eq!(refused.expect_err("too early").0, "Die Zahlung ist noch nicht fällig.");
    granted.fee.due = domain::date_of(now()).yesterday().ok();
    assert!(granted.apply(Action::Remind, &krell(), now()).is_ok());
}

#[test]
fn who_calls_off_in_time_owes_nothing() {
    let today = domain::date_of(now());
    let until = |cancel_until| Case {
        cancel_until,
        ..in_effect(Outcome::Approved)
    };
    let off = |case: Case| {
        case.apply(calls_off(true), &Actor::Applicant, now())
            .expect("called off")
    };
    let (late, _) = off(until(today.yesterday().ok()));
    assert!(late.fee.to_pay() > 0 && late.called_off.expect("off").fee_stays);
    let (free, effects) = off(until(Some(today)));
    assert_eq!((free.fee.to_pay(), free.called_off.expect("off").fee_stays), (0, false));
    assert_eq!(kinds(&effects, true), ["called_off", "fee_dropped"]);
    // The desk decides for itself: it may call off for a reason of its own.
    let (desk, _) = until(Some(today))
        .apply(calls_off(true), &krell(), now())
        .expect("called off");
    assert!(desk.fee.to_pay() > 0);
}
