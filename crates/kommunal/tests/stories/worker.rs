//! The worker under bad conditions: a broken authority, a job that panics, a mail server that is away, a letter
//! that cannot be made. What goes wrong in one place stays there, is seen, and can be tried again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use domain::{Action, Actor, CaseId, Effect, Fee, Outcome};
use jobs::{Condition, Mailer, SmtpConfig, Worker};
use serde_json::{Value, json};
use store::{Mail, TenantStore};

use crate::both;
use crate::decide::case_of;
use crate::smtp;
use crate::town::Town;

const LEAD: &str = "leitung@nobitz.example";
const CLERK: &str = "s.krell@nobitz.example";

/// A job that has nothing to do: its case is gone.
async fn idle_job(town: &Town, authority: &str) {
    let now = town.app.now();
    let payload = json!({ "case": "00000000000000000000000000000000" });
    let tenant = town.authority(authority).await;
    tenant
        .write(move |t| t.add_job("letter_receipt", &payload, now, None))
        .await
        .expect("a job");
}

async fn due(town: &Town, authority: &str) -> Option<jiff::Timestamp> {
    let tenant = town.authority(authority).await;
    tenant.read(|t| t.next_job_due()).await.expect("a moment")
}

/// Waits until something is so, at most ten seconds.
async fn until(what: &str, mut so: impl AsyncFnMut() -> bool) {
    let start = Instant::now();
    while !so().await {
        assert!(start.elapsed() < Duration::from_secs(20), "never: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

both! {
    /// The jobs of the others are done, the broken one is left alone and comes back when it is mended.
    async fn a_broken_authority_stops_no_other(town: Town) {
        town.work().await;
        idle_job(&town, "nobitz").await;
        idle_job(&town, "lk-altenburger-land").await;
        town.break_jobs("nobitz").await;
        town.work().await;
        assert!(due(&town, "lk-altenburger-land").await.is_none(), "the other's job is done");
        assert!(due(&town, "nobitz").await.is_some());
        assert_eq!(town.worker.condition.report().broken_authorities, 1);

        // It does not spin: the clock, read in every round, is read seldom.
        let reads = Arc::new(AtomicUsize::new(0));
        let (counted, clock) = (reads.clone(), town.worker.clock.clone());
        let worker = Worker {
            clock: Arc::new(move || {
                counted.fetch_add(1, Ordering::SeqCst);
                clock()
            }),
            condition: Condition::default(),
            ..town.worker.clone()
        };
        let condition = worker.condition.clone();
        let running = tokio::spawn(worker.run());
        until("the broken one is noticed", async || condition.report().broken_authorities == 1).await;
        until("the daily round of the others is done", async || due(&town, "lk-altenburger-land").await.is_some()).await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        let before = reads.load(Ordering::SeqCst);
        tokio::time::sleep(Duration::from_secs(1)).await;
        let rounds = reads.load(Ordering::SeqCst) - before;
        assert!(rounds < 50, "{rounds} looks at the clock in a second");
        running.abort();

        town.mend_jobs("nobitz").await;
        town.pass(301).await;
        assert!(due(&town, "nobitz").await.is_none(), "its job is done after the pause");
        assert_eq!(town.worker.condition.report().broken_authorities, 0);
    }
}

both! {
    /// A sum beyond all numbers panics while the mail is written (arithmetic is checked in this build).
    async fn a_panic_fails_its_job_and_nothing_else(town: Town) {
        let mut club = town.club();
        let example = club.example("brauchtumsfeuer", "");
        town.on(example.today);
        let receipt = club.applies("nobitz", "brauchtumsfeuer", &example.answers).await;
        town.work().await;
        let mut case = case_of(&town, "nobitz", &receipt).await;
        case.id = CaseId("0123456789abcdef0123456789abcdef".into());
        case.reference = domain::reference::Reference::draw([7; 8], "Nobitz", "FEUER", 2026).to_string();
        case.fee = Fee { total_cents: i64::MAX, deposit_cents: 1, ..Fee::default() };
        let (now, nobitz) = (town.app.now(), town.authority("nobitz").await);
        let job = Effect::Job { kind: "mail_received", payload: json!({ "case": case.id.0 }), due: now };
        nobitz.write(move |t| t.insert_case(&case, "7K3M-Q2XA", &[job], &Actor::Applicant, now)).await.expect("a case");
        idle_job(&town, "nobitz").await;
        town.work().await;
        let left = nobitz.claim_jobs(now + jiff::SignedDuration::from_hours(1), 50).await.expect("jobs");
        // What is counted is carried later.
        let left: Vec<_> = left.iter().filter(|j| j.kind != "figures").map(|j| (j.kind.as_str(), j.attempts)).collect();
        assert_eq!(left, [("mail_received", 2)], "one try failed, the other job is done");
    }
}

both! {
    /// Each job is claimed when it is begun, so that no claim lapses on one that waits for its turn.
    async fn jobs_are_claimed_one_at_a_time(town: Town) {
        town.work().await;
        for _ in 0..3 {
            idle_job(&town, "nobitz").await;
        }
        let now = town.now();
        town.authority("nobitz").await.write(move |t| t.add_job("letter_receipt", &json!({}), now, None)).await.expect("a job");
        let running = "(select count(*) from job where tenant = 'nobitz' and state = 'running') > 0";
        town.tamper(
            "nobitz",
            &format!("create trigger one before update on job when new.state = 'running' and {running} begin select raise(abort, 'two'); end;"),
            &format!(
                "create function one() returns trigger language plpgsql as $$ begin if {running} then raise exception 'two'; end if; return new; end $$; \
                 create trigger one before update on job for each row when (new.tenant = 'nobitz' and new.state = 'running') execute function one();"
            ),
        )
        .await;
        town.work().await;
        let left = town.authority("nobitz").await.claim_jobs(now + jiff::SignedDuration::from_mins(2), 1).await.expect("jobs");
        assert_eq!(left.iter().map(|j| j.attempts).collect::<Vec<_>>(), [2], "three are done, one failed");
        assert_eq!(town.worker.condition.report().broken_authorities, 0);
    }
}

both! {
    /// Whoever wrote a job may have died before its hint: the round of daily things finds it, not the morning.
    async fn a_job_without_a_hint_is_found_by_the_next_round(town: Town) {
        town.worker.housekeeping(town.now()).await;
        town.work().await;
        let later = town.now() + jiff::SignedDuration::from_hours(48);
        let payload = json!({ "case": "00000000000000000000000000000000" });
        let nobitz = town.authority("nobitz").await;
        nobitz.write(move |t| t.add_job("letter_receipt", &payload, later, None)).await.expect("a job");
        let due_now = format!("update job set due = {} where tenant = 'nobitz' and kind = 'letter_receipt'", town.now().as_millisecond());
        town.tamper("nobitz", &due_now, &due_now).await;
        town.work().await;
        assert!(due(&town, "nobitz").await.is_some_and(|at| at <= town.now()), "nobody knows of it");
        town.worker.housekeeping(town.now()).await;
        town.work().await;
        assert!(due(&town, "nobitz").await.is_some_and(|at| at > town.now()), "now it is done");
    }
}

both! {
    /// A decision whose letter ends the process each time is given up like any other: the case is open again.
    async fn a_job_that_ends_the_process_is_given_up(town: Town) {
        let id = decided_with_a_wrong_sum(&town).await;
        let worn = "update job set attempts = 10 where tenant = 'nobitz' and kind = 'take_effect'";
        town.tamper("nobitz", worn, worn).await;
        town.pass(11).await;
        let nobitz = town.authority("nobitz").await;
        let dead = nobitz.read(|t| t.dead_jobs()).await.expect("jobs");
        assert!(dead.len() == 1 && dead[0].error.contains("endete das Programm"), "{dead:?}");
        let case = read_case(&nobitz, &id).await;
        assert!(case.state.is_open() && case.decision.is_none() && case.obstacle.is_some());
    }
}

both! {
    /// Each part of the worker that breaks off is started again.
    async fn a_worker_that_breaks_off_is_started_again(town: Town) {
        town.work().await;
        idle_job(&town, "nobitz").await;
        let (reads, clock) = (AtomicUsize::new(0), town.worker.clock.clone());
        let worker = Worker {
            clock: Arc::new(move || {
                assert!(reads.fetch_add(1, Ordering::SeqCst) >= 3, "on purpose");
                clock()
            }),
            condition: Condition::default(),
            ..town.worker.clone()
        };
        let condition = worker.condition.clone();
        let running = tokio::spawn(worker.run());
        let now = town.app.now();
        until("the job is done", async || due(&town, "nobitz").await.is_none_or(|d| d > now)).await;
        until("all parts are alive", async || condition.report().worker == "running").await;
        running.abort();
    }
}

both! {
    async fn health_says_how_the_worker_fares(town: Town) {
        let page = town.browser().get("/health").await;
        assert_eq!((page.status, page.kind.as_str()), (200, "application/json"));
        let said: Value = serde_json::from_slice(&page.body).expect("JSON");
        assert_eq!((said["status"].as_str(), said["worker"].as_str(), said["dead_jobs"].as_i64()), (Some("ok"), Some("elsewhere"), Some(0)));
    }
}

both! {
    /// Two wishes for one time, both approved within ten seconds: one club gets the room, the other case is
    /// open again and says why. Deciding anew meets the taken room at once.
    async fn the_second_of_two_wishes_is_undone(town: Town) {
        let mut cases = Vec::new();
        for _ in 0..2 {
            let mut club = town.club();
            let example = club.example("raumnutzung", "");
            town.on(example.today);
            let mut answers = example.answers.clone();
            answers["hire"]["room"] = "vereinsraum-ehrenhain".into();
            answers["event"]["guests"] = 30.into();
            let receipt = club.applies("nobitz", "raumnutzung", &answers).await;
            cases.push(case_of(&town, "nobitz", &receipt).await.id);
        }
        town.work().await;
        let mut desk = town.clerk(CLERK).await;
        for id in &cases {
            let decided = desk.post(&format!("/amt/v/{id}/genehmigen"), &[]).await;
            assert_eq!(decided.status, 303, "{}", decided.text());
        }
        town.pass(11).await;
        let nobitz = town.authority("nobitz").await;
        let mut open = Vec::new();
        for id in cases {
            let case = read_case(&nobitz, &id).await;
            if case.state.is_open() {
                open.push(case);
            } else {
                assert!(case.delivery.letter.is_some());
            }
        }
        assert_eq!(open.len(), 1, "one is decided, one is open");
        let case = &open[0];
        assert!(case.decision.is_none() && case.delivery.letter.is_none());
        let id = case.id.clone();
        let history = nobitz.read(move |t| t.history(&id)).await.expect("a history");
        let undone: Vec<_> = history.iter().filter(|e| e.kind == "decision_undone").collect();
        assert!(undone.len() == 1 && !undone[0].public && undone[0].text.contains("schon vergeben"), "{undone:?}");
        let page = desk.get(&format!("/amt/v/{}", case.id)).await.text();
        assert!(page.contains("schon vergeben") && page.contains("Entscheidung nicht wirksam geworden"), "{page}");
        assert!(desk.get("/amt/eingang").await.text().contains("Brief ging nicht hinaus"));
        let again = desk.post(&format!("/amt/v/{}/genehmigen", case.id), &[]).await;
        assert_eq!(again.status, 422);
        assert!(again.text().contains("schon vergeben"));
    }
}

async fn read_case(tenant: &TenantStore, id: &CaseId) -> domain::Case {
    let id = id.clone();
    tenant
        .read(move |t| t.case(&id))
        .await
        .expect("a case")
        .expect("the case")
}

/// Applies and decides with a fee whose lines do not make up its sum: such a letter is refused by the press.
async fn decided_with_a_wrong_sum(town: &Town) -> CaseId {
    let mut club = town.club();
    let example = club.example("brauchtumsfeuer", "");
    town.on(example.today);
    let receipt = club.applies("nobitz", "brauchtumsfeuer", &example.answers).await;
    town.work().await;
    let id = case_of(town, "nobitz", &receipt).await.id;
    let (case, now) = (id.clone(), town.app.now());
    let decide = Action::Decide {
        outcome: Outcome::Confirmed,
        conditions: Vec::new(),
        reason: String::new(),
        grounds: None,
        fee: Fee {
            total_cents: 4200,
            ..Fee::default()
        },
    };
    let actor = Actor::Clerk {
        id: "someone".into(),
        name: "S. Krell".into(),
    };
    let nobitz = town.authority("nobitz").await;
    nobitz
        .write(move |t| t.act(&case, decide, &actor, now))
        .await
        .expect("a decision");
    id
}

both! {
    async fn a_letter_that_cannot_be_made_gives_the_case_back(town: Town) {
        let id = decided_with_a_wrong_sum(&town).await;
        town.pass(11).await;
        let nobitz = town.authority("nobitz").await;
        let case = read_case(&nobitz, &id).await;
        assert!(case.state.is_open() && case.decision.is_none() && case.delivery.letter.is_none());
        let why = case.obstacle.expect("why");
        assert!(why.contains("Summe der Kosten"), "{why}");
    }
}

both! {
    /// What was given up is counted, shown to the lead alone, and tried again on request.
    async fn a_dead_job_is_seen_and_tried_again(town: Town) {
        let (now, nobitz) = (town.app.now(), town.authority("nobitz").await);
        town.work().await;
        // The payload names no case: every try fails.
        nobitz.write(move |t| t.add_job("letter_receipt", &json!({}), now, None)).await.expect("a job");
        for _ in 0..10 {
            town.pass(6 * 3600).await;
        }
        assert_eq!(town.worker.condition.report().dead_jobs, 1);
        let said: Value = serde_json::from_slice(&town.browser().get("/health").await.body).expect("JSON");
        assert_eq!(said["dead_jobs"], 1);
        let mut lead = town.clerk(LEAD).await;
        assert!(lead.get("/amt/eingang").await.text().contains("Ein Brief oder eine Mail ging trotz vieler Versuche nicht hinaus."));
        let page = lead.get("/amt/einstellungen/stoerungen").await;
        assert_eq!(page.status, 200);
        let text = page.text();
        assert!(text.contains("Eingangsbestätigung erstellen") && text.contains("Noch einmal versuchen"), "{text}");
        let mut clerk = town.clerk(CLERK).await;
        assert_eq!(clerk.get("/amt/einstellungen/stoerungen").await.status, 403);
        assert!(!clerk.get("/amt/eingang").await.text().contains("trotz vieler Versuche"));
        let id = nobitz.read(|t| t.dead_jobs()).await.expect("jobs").remove(0).id;
        assert_eq!(lead.post("/amt/einstellungen/stoerungen", &[("auftrag", &id)]).await.status, 303);
        assert!(due(&town, "nobitz").await.is_some_and(|at| at <= town.app.now()), "it waits again");
    }
}

pub fn smtp_worker(town: &Town, port: u16, time: Duration) -> Worker {
    let mailer = Mailer::smtp(&SmtpConfig {
        host: "127.0.0.1".into(),
        port,
        user: None,
        password: None,
        from: "Kommunal-Cloud <post@kommunal.example>".into(),
        security: "none".into(),
        time,
    });
    Worker {
        mailer: mailer.expect("a mailer"),
        ..town.worker.clone()
    }
}

/// Queues mails as jobs do.
async fn queue(town: &Town, tenant: &TenantStore, mails: &[(&str, &str)]) {
    let now = town.app.now();
    let mails: Vec<(String, Mail)> = mails
        .iter()
        .map(|(id, to)| {
            let mail = Mail {
                to: (*to).to_owned(),
                subject: format!("Betreff {id}"),
                text: "Guten Tag\n".into(),
            };
            ((*id).to_owned(), mail)
        })
        .collect();
    tenant
        .write(move |t| {
            for (id, mail) in &mails {
                t.queue_mail(id, mail, now)?;
            }
            t.add_job("send_mails", &json!({}), now, Some("send_mails")).map(drop)
        })
        .await
        .expect("mails");
}

both! {
    /// The server takes the connection and says nothing: one try, in bounded time, and no letter waits for it.
    async fn a_silent_mail_server_delays_no_letter(town: Town) {
        town.work().await;
        let worker = smtp_worker(&town, smtp::silent().await, Duration::from_millis(300));
        let nobitz = town.authority("nobitz").await;
        queue(&town, &nobitz, &[("m1", "a@b.example"), ("m2", "c@b.example"), ("m3", "d@b.example")]).await;
        idle_job(&town, "nobitz").await;
        let start = Instant::now();
        town.work().await;
        assert!(due(&town, "nobitz").await.is_none(), "the jobs are done without the server");
        assert_eq!(worker.send_due().await, 0);
        assert!(start.elapsed() < Duration::from_secs(8), "{:?}", start.elapsed());
        let mails = nobitz.read(|t| t.mails(9)).await.expect("mails");
        assert!(mails.iter().all(|m| m.attempts == 0), "an outage is no mail's fault");
        let next = async || nobitz.read(|t| t.next_mail_due()).await.expect("a moment");
        let before = next().await;
        assert_eq!(worker.send_due().await, 0);
        assert_eq!(next().await, before, "for a while nothing is tried");
        // However long it lasts, no mail is lost.
        for _ in 0..12 {
            town.pass(8 * 3600).await;
            assert_eq!(worker.send_due().await, 0);
        }
        assert_eq!(nobitz.read(|t| t.lost_mail_count()).await.expect("a number"), 0);
        // When it is back, everything goes.
        let (port, taken) = smtp::server().await;
        let worker = smtp_worker(&town, port, Duration::from_secs(5));
        town.pass(301).await;
        assert_eq!(worker.send_due().await, 3);
        assert_eq!(taken.lock().expect("a list").len(), 3);
    }
}

both! {
    /// A refused address holds up nobody and is given up after a day; the lead sees the cause without it.
    async fn a_bad_address_is_given_up_and_shown(town: Town) {
        town.work().await;
        let (port, taken) = smtp::server().await;
        let worker = smtp_worker(&town, port, Duration::from_secs(5));
        let nobitz = town.authority("nobitz").await;
        queue(&town, &nobitz, &[("m1", "kaputt@b.example"), ("m2", "keine Anschrift"), ("m3", "gut@b.example")]).await;
        town.work().await;
        assert_eq!(worker.send_due().await, 1);
        assert_eq!(taken.lock().expect("a list")[0].0, "gut@b.example");
        let lost = nobitz.read(|t| t.lost_mails(9)).await.expect("mails");
        assert_eq!(lost.len(), 1, "no try can help what is no address");
        for _ in 0..12 {
            town.pass(8 * 3600).await;
            assert_eq!(worker.send_due().await, 0);
        }
        assert_eq!(taken.lock().expect("a list").len(), 1, "what went does not go again");
        let lost = nobitz.read(|t| t.lost_mails(9)).await.expect("mails");
        let refused = lost.iter().find(|m| m.id == "m1").expect("the refused one");
        assert_eq!((refused.cause.as_str(), refused.attempts), ("Der Mailserver nimmt die Mail nicht an (Antwort 550).", 9));
        assert_eq!(town.worker.condition.report().lost_mails, 2);
        let mut lead = town.clerk(LEAD).await;
        let page = lead.get("/amt/einstellungen/stoerungen").await.text();
        assert!(page.contains("Betreff m1") && page.contains("Antwort 550"), "{page}");
        assert_eq!(lead.post("/amt/einstellungen/stoerungen", &[("mail", "m1")]).await.status, 303);
        town.work().await;
        worker.send_due().await;
        let tried = nobitz.read(|t| t.mails(9)).await.expect("mails").into_iter().find(|m| m.id == "m1").expect("the mail");
        assert_eq!(tried.attempts, 1, "it was tried anew");
    }
}

/// Ids of the mails whose id begins so, with their moment in Berlin.
async fn mails_of(tenant: &TenantStore, start: &str) -> Vec<(String, String)> {
    let mails = tenant.read(|t| t.mails(200)).await.expect("mails");
    let mut out: Vec<_> = mails
        .into_iter()
        .filter(|m| m.id.starts_with(start))
        .map(|m| (m.id, domain::berlin(m.created_at).strftime("%d. %H:%M").to_string()))
        .collect();
    out.sort();
    out
}

both! {
    /// One digest a clerk and day, at seven; a reminder at seven, not at midnight; whatever happens to the jobs.
    async fn the_morning_comes_once(town: Town) {
        let mut club = town.club();
        let example = club.example("brauchtumsfeuer", "");
        town.on("2026-11-24".parse().expect("a day"));
        let receipt = club.applies("nobitz", "brauchtumsfeuer", &example.answers).await;
        let nobitz = town.authority("nobitz").await;
        let (id, now) = (case_of(&town, "nobitz", &receipt).await.id, town.app.now());
        let question = domain::Question {
            asked_at: now, by: "S. Krell".into(), answer_by: "2026-11-26".parse().expect("a day"), fields: Vec::new(),
            papers: Vec::new(), text: "Wer hat Aufsicht?".into(), own: String::new(), reminded: false,
        };
        let actor = Actor::Clerk { id: "someone".into(), name: "S. Krell".into() };
        let asked = id.clone();
        nobitz.write(move |t| t.act(&asked, Action::Ask { question }, &actor, now)).await.expect("a question");
        let round = async |moment: &str| {
            town.at(moment);
            town.worker.housekeeping(town.app.now()).await;
            town.work().await;
        };
        let forget = "delete from job where tenant = 'nobitz'";
        for moment in ["2026-11-24T22:59:00Z", "2026-11-24T23:01:00Z", "2026-11-25T05:59:00Z"] {
            round(moment).await;
            town.tamper("nobitz", forget, forget).await;
        }
        assert!(mails_of(&nobitz, "digest:").await.is_empty() && mails_of(&nobitz, "remind_question:").await.is_empty());
        // Housekeeping before seven has planned it; at seven it runs.
        town.at("2026-11-25T05:59:30Z");
        town.worker.housekeeping(town.app.now()).await;
        for moment in ["2026-11-25T06:00:00Z", "2026-11-25T06:01:00Z", "2026-11-25T08:00:00Z", "2026-11-25T22:30:00Z"] {
            round(moment).await;
            town.tamper("nobitz", forget, forget).await;
        }
        let digests = mails_of(&nobitz, "digest:").await;
        assert!(!digests.is_empty());
        assert!(digests.iter().all(|(_, at)| at == "25. 07:00"), "{digests:?}");
        let clerks: std::collections::BTreeSet<_> = digests.iter().map(|(id, _)| id.clone()).collect();
        assert_eq!(clerks.len(), digests.len());
        let reminders = mails_of(&nobitz, "remind_question:").await;
        assert_eq!(reminders.len(), 1);
        assert_eq!(reminders[0].1, "25. 07:00");
        // The next morning is another one; on Saturday there is none.
        for moment in ["2026-11-26T06:00:00Z", "2026-11-27T20:00:00Z", "2026-11-28T06:00:00Z", "2026-11-28T07:00:00Z"] {
            round(moment).await;
        }
        let later = mails_of(&nobitz, "digest:").await;
        assert!(later.iter().all(|(_, at)| !at.starts_with("28.")), "{later:?}");
    }
}

both! {
    /// The letter waits on the status page until the end of the law's last day, by the calendar in Germany.
    async fn an_unfetched_letter_is_printed_after_the_last_day(town: Town) {
        let mut club = town.club();
        let example = club.example("brauchtumsfeuer", "");
        town.on(example.today);
        let mut answers = example.answers.clone();
        answers["delivery"] = json!({ "electronic": true });
        let receipt = club.applies("nobitz", "brauchtumsfeuer", &answers).await;
        let id = case_of(&town, "nobitz", &receipt).await.id;
        let mut desk = town.clerk(CLERK).await;
        assert_eq!(desk.post(&format!("/amt/v/{id}/genehmigen"), &[]).await.status, 303);
        town.pass(11).await;
        let nobitz = town.authority("nobitz").await;
        let case = read_case(&nobitz, &id).await;
        let days = town.app.region.law["portal_fetch_days"].value.as_i64().expect("a figure of law");
        let last = town.app.today().saturating_add(jiff::Span::new().days(days));
        assert_eq!(case.delivery.fetch_until, Some(last));
        let at = |h, m, s| last.at(h, m, s, 0).in_tz("Europe/Berlin").expect("a moment").timestamp().to_string();
        town.at(&at(23, 59, 59));
        town.work().await;
        assert!(read_case(&nobitz, &id).await.delivery.print_since.is_none(), "the last day is not over");
        town.pass(1).await;
        assert!(read_case(&nobitz, &id).await.delivery.print_since.is_some(), "now it is");
    }
}
