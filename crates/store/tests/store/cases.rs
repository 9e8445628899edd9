//! A case from submission to deletion.

use domain::*;
use serde_json::json;
use store::*;

use crate::world::*;

both! {
    async fn a_case_comes_back_as_it_was_written(w: World) {
        submit(&w.town, case(1)).await.unwrap();
        let id = case(1).id;
        let back = w.town.read(move |t| t.case(&id)).await.unwrap().unwrap();
        assert_eq!(back, case(1));
        assert!(w.town.read(|t| t.case(&"nothing".into())).await.unwrap().is_none());
        assert!(matches!(submit(&w.town, case(1)).await, Err(Error::Conflict(_))));
        let other = Case { tenant: "elsewhere".into(), ..case(2) };
        assert!(matches!(submit(&w.town, other).await, Err(Error::Missing(_))));
    }

    async fn the_access_code_opens_and_a_wrong_one_does_not(w: World) {
        submit(&w.town, case(1)).await.unwrap();
        for (code, opens) in [("7K3M-Q2XA", true), ("7k3m q2xa", true), ("7K3M-Q2XB", false), ("", false)] {
            let id = case(1).id;
            let got = w.town.read(move |t| t.case_by_code(&id, code)).await.unwrap();
            assert_eq!(got.is_some(), opens, "{code}");
        }
    }

    async fn acting_writes_case_history_jobs_and_counts_at_once(w: World) {
        submit(&w.town, case(1)).await.unwrap();
        let id = case(1).id;
        let decided = w.town.write(move |t| {
            let decide = Action::Decide {
                outcome: Outcome::Confirmed, conditions: vec!["Aufsicht".into()], reason: String::new(), grounds: None, fee: Fee::default(),
            };
            t.act(&id, decide, &clerk(), now())
        }).await.map_err(|e: ActError| e.to_string()).unwrap();
        assert!(decided.decision.is_some());
        let id = case(1).id;
        let later = now() + jiff::SignedDuration::from_secs(10);
        let effect = Action::TakeEffect { letter: "letter-1".into(), fetch_until: Some("2026-12-04".parse().unwrap()) };
        let done = w.town.write(move |t| t.act(&id, effect, &Actor::System, later)).await.unwrap();
        assert_eq!(done.state, State::Confirmed);

        let id = case(1).id;
        let (history, counts, mine) = w.town.read(move |t| {
            let day = date_of(now());
            Ok::<_, Error>((t.history(&id)?, t.counts(day, day)?, t.case(&id)?))
        }).await.unwrap();
        assert_eq!(mine.unwrap(), done);
        let kinds: Vec<_> = history.iter().map(|e| (e.n, e.kind.as_str(), e.actor.as_str(), e.public)).collect();
        assert_eq!(kinds, [
            (1, "received", "applicant", true),
            (2, "review_started", "S. Wiedehopf", true),
            (3, "decided", "S. Wiedehopf", false),
            (4, "confirmed", "system", true),
        ]);
        let counts: Vec<_> = counts.iter().map(|c| (c.kind.as_str(), c.n)).collect();
        assert_eq!(counts, [("decided", 1), ("in_time", 1), ("submitted", 1), ("took_000", 1)]);
        let mut kinds: Vec<_> = w.town.claim_jobs(later, 100).await.unwrap().into_iter().map(|j| j.kind).collect();
        assert_eq!(kinds.remove(0), "mail_receipt", "the earliest first");
        kinds.sort();
        assert_eq!(kinds, ["mail_decision", "take_effect"]);
    }

    async fn a_refused_action_changes_nothing_and_the_transaction_goes_on(w: World) {
        submit(&w.town, case(1)).await.unwrap();
        let id = case(1).id;
        let note = w.town.write(move |t| {
            let refused = t.act(&id, Action::TakeBack, &clerk(), now());
            assert!(matches!(refused, Err(ActError::Refused(_))));
            assert!(matches!(t.act(&"nobody".into(), Action::Opened, &clerk(), now()), Err(ActError::NotFound)));
            t.act(&id, Action::Note { text: "Angerufen".into() }, &clerk(), now())
        }).await.unwrap();
        assert_eq!(note.state, State::InReview);
        let id = case(1).id;
        assert_eq!(w.town.read(move |t| t.history(&id)).await.unwrap().len(), 3);
    }

    async fn two_clerks_at_once_lose_nothing(w: World) {
        submit(&w.town, case(1)).await.unwrap();
        let mut tasks = Vec::new();
        for i in 0..40 {
            let town = w.town.clone();
            tasks.push(tokio::spawn(async move {
                let id = case(1).id;
                town.write(move |t| t.act(&id, Action::Note { text: format!("{i}") }, &clerk(), now())).await.is_ok()
            }));
        }
        for task in tasks {
            assert!(task.await.unwrap());
        }
        let id = case(1).id;
        assert_eq!(w.town.read(move |t| t.history(&id)).await.unwrap().len(), 42);
        assert!(w.town.read(|t| t.check_audit(&[])).await.unwrap().is_ok());
    }

    async fn many_decide_at_once_and_one_decision_stands(w: World) {
        // Several rounds: in the first, the connections are still being made one after the other.
        for n in 1..=5u32 {
            submit(&w.town, case(n)).await.unwrap();
            let mut tasks = Vec::new();
            for i in 0..40 {
                let town = w.town.clone();
                tasks.push(tokio::spawn(async move {
                    let decide = Action::Decide {
                        outcome: Outcome::Refused,
                        conditions: Vec::new(),
                        reason: format!("Grund {i}"),
                        grounds: None, fee: Fee::default(),
                    };
                    let decided = town.write(move |t| t.act(&case(n).id, decide, &clerk(), now())).await;
                    assert!(matches!(decided, Ok(_) | Err(ActError::Refused(_))), "{decided:?}");
                    decided.ok().map(|_| i)
                }));
            }
            let mut won = Vec::new();
            for task in tasks {
                won.extend(task.await.unwrap());
            }
            assert_eq!(won.len(), 1);
            let stands = w.town.read(move |t| t.case(&case(n).id)).await.unwrap().unwrap();
            assert_eq!(stands.decision.unwrap().reason, format!("Grund {}", won[0]));
        }
    }

    async fn papers_and_letters_of_any_size(w: World) {
        submit(&w.town, case(1)).await.unwrap();
        for (i, size) in [0usize, 1, 262_144, 262_145, 1_000_000].into_iter().enumerate() {
            let bytes: Vec<u8> = (0..size).map(|n| (n % 251) as u8).collect();
            let paper = paper_ref(&format!("paper-{i}"), &bytes);
            let (id, letter) = (case(1).id, LetterId(format!("letter-{i}")));
            let (p, b, l) = (paper.clone(), bytes.clone(), letter.clone());
            w.town.write(move |t| {
                t.put_paper(&id, &p, &b, now())?;
                t.put_letter(&id, &l, "approval", &b, now())
            }).await.unwrap();
            let (id, p) = (case(1).id, paper.id.clone());
            let (got, pdf) = w.town.read(move |t| {
                assert!(t.paper(&"other".into(), &p)?.is_none());
                Ok::<_, Error>((t.paper(&id, &p)?.unwrap(), t.letter(&id, &letter)?.unwrap()))
            }).await.unwrap();
            assert_eq!((got.0.name.as_str(), &got.1), ("Wiedehopf.pdf", &bytes));
            assert_eq!((pdf.0.sha256, pdf.1), (paper.sha256, bytes));
        }
        let id = case(1).id;
        assert_eq!(w.town.read(move |t| t.letters(&id)).await.unwrap().len(), 5);
        let (id, wrong) = (case(1).id, PaperRef { size: 7, ..paper_ref("wrong", b"x") });
        assert!(w.town.write(move |t| t.put_paper(&id, &wrong, b"x", now())).await.is_err());
    }

    async fn a_deleted_case_is_gone(w: World) {
        submit(&w.town, case(1)).await.unwrap();
        let id = case(1).id;
        assert!(w.town.write(move |t| t.delete_case(&id, &Actor::System, now())).await.unwrap());
        let id = case(1).id;
        let (found, history, hits) = w.town.read(move |t| {
            let all = CaseFilter { tab: Tab::All, q: "Kanarienvogel".into(), size: 10, ..Default::default() };
            Ok::<_, Error>((t.case(&id)?, t.history(&id)?, t.cases(&all)?))
        }).await.unwrap();
        assert!(found.is_none() && history.is_empty() && hits.rows.is_empty());
        // The search index is empty too: the same number again finds nothing old.
        submit(&w.town, Case { title: "Anderes".into(), applicant: "Anderer".into(), answers: json!({}), ..case(1) }).await.unwrap();
        let all = CaseFilter { tab: Tab::All, q: "Kanarienvogel".into(), size: 10, ..Default::default() };
        assert!(w.town.read(move |t| t.cases(&all)).await.unwrap().rows.is_empty());
    }

    async fn one_key_makes_one_case(w: World) {
        let key = || IdemKey { place: "16077036".into(), service: "brauchtumsfeuer".into(), key: "abc".into() };
        let mut tasks = Vec::new();
        for i in 1..=50u32 {
            let town = w.town.clone();
            tasks.push(tokio::spawn(async move {
                town.write(move |t| {
                    match t.idempotency_claim(&key(), &[1; 32], now())? {
                        Claim::New => {
                            t.insert_case(&case(i), "CODE", &received(), &Actor::Applicant, now())?;
                            let answer = json!({"reference": case(i).reference});
                            t.idempotency_answer(&key(), &answer)?;
                            Ok::<_, Error>((true, answer))
                        }
                        Claim::Replay(answer) => Ok((false, answer)),
                        Claim::OtherAnswers => panic!("same answers"),
                    }
                }).await.unwrap()
            }));
        }
        let mut answers = Vec::new();
        for task in tasks {
            answers.push(task.await.unwrap());
        }
        assert_eq!(answers.iter().filter(|(new, _)| *new).count(), 1);
        assert!(answers.iter().all(|(_, a)| *a == answers[0].1));
        let all = CaseFilter { tab: Tab::All, size: 100, ..Default::default() };
        assert_eq!(w.town.read(move |t| t.cases(&all)).await.unwrap().total, 1);

        let (other, gone) = w.town.write(move |t| {
            let other = t.idempotency_claim(&key(), &[2; 32], now())?;
            let gone = t.idempotency_find(&key(), &[1; 32], now() + jiff::SignedDuration::from_hours(24))?;
            Ok::<_, Error>((other, gone))
        }).await.unwrap();
        assert_eq!((other, gone), (Claim::OtherAnswers, None));
    }

    async fn a_question_rests_the_period_and_no_answer_crosses_a_decision(w: World) {
        submit(&w.town, case(1)).await.unwrap();
        let act = async |action: Action, actor: Actor| w.town.write(move |t| t.act(&case(1).id, action, &actor, now())).await;
        let counts = async || {
            // Due on 08.12.2026, which is past.
            let filter = CaseFilter { today: "2026-12-20".parse().unwrap(), tab: Tab::Due, size: 10, ..CaseFilter::default() };
            let (listed, counted) = w.town.read(move |t| Ok::<_, Error>((t.cases(&filter)?.total, t.tab_counts(&filter)?.due))).await.unwrap();
            assert_eq!(listed, counted);
            counted
        };
        assert_eq!(counts().await, 1);
        let question = Question {
            asked_at: now(), by: "S. Wiedehopf".into(), answer_by: "2026-12-01".parse().unwrap(), fields: Vec::new(),
            papers: Vec::new(), text: "Wer hat Aufsicht?".into(), own: String::new(), reminded: false,
        };
        act(Action::Ask { question }, clerk()).await.unwrap();
        assert_eq!(counts().await, 0, "whose period rests is not due");
        let decide = Action::Decide { outcome: Outcome::Confirmed, conditions: Vec::new(), reason: String::new(), grounds: None, fee: Fee::default() };
        act(decide, clerk()).await.unwrap();
        let answer = || {
            let case = case(1);
            let derived = domain::derive::Derived {
                regime: case.regime, act: case.act, title: case.title, applicant: case.applicant, event_day: case.event_day, cancel_until: None,
                room: None, electronic: true, email: case.email, deadlines: Vec::new(), fee: Fee::default(),
                findings: Vec::new(), failures: Vec::new(),
            };
            let decide_by = Deadline { last_day: "2026-12-14".parse().unwrap(), ..case.deadlines[0].clone() };
            Action::Answer {
                asked_at: now(), answers: case.answers, changed: Vec::new(), text: "Herr Girlitz".into(), papers: Vec::new(),
                derived: Box::new(derived), decide_by: Some(decide_by),
            }
        };
        let refused = act(answer(), Actor::Applicant).await.unwrap_err().to_string();
        assert!(refused.contains("gerade entschieden"), "{refused}");
        let back = act(Action::TakeBack, clerk()).await.unwrap();
        assert!(back.state == State::Question && back.question.is_some(), "the question is open as before");
        let answered = act(answer(), Actor::Applicant).await.unwrap();
        assert!(answered.state == State::InReview && answered.question.is_none() && answered.resting_since.is_none());
        assert_eq!(answered.due(), Some("2026-12-14".parse().unwrap()));
        assert_eq!(counts().await, 1);
    }

    async fn a_failed_submission_frees_its_key(w: World) {
        let key = || IdemKey { place: "16077036".into(), service: "x".into(), key: "k".into() };
        let failed = w.town.write(move |t| {
            assert_eq!(t.idempotency_claim(&key(), &[1; 32], now())?, Claim::New);
            Err::<(), _>(Error::Missing("on purpose"))
        }).await;
        assert!(failed.is_err());
        let again = w.town.write(move |t| t.idempotency_claim(&key(), &[9; 32], now())).await.unwrap();
        assert_eq!(again, Claim::New);
    }
}

pub fn paper_ref(id: &str, bytes: &[u8]) -> PaperRef {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    PaperRef {
        id: id.into(),
        question: "plan".into(),
        name: "Wiedehopf.pdf".into(),
        media_type: "application/pdf".into(),
        size: bytes.len() as i64,
        sha256: digest.as_ref().iter().map(|b| format!("{b:02x}")).collect(),
        scanned: false,
    }
}
