//! Jobs: in the transaction of their cause, each to one worker, again after a failure.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use serde_json::json;
use store::*;

use crate::world::*;

async fn add(w: &World, n: i64) {
    w.town
        .write(move |t| {
            for i in 0..n {
                assert!(t.add_job("letter", &json!({"n": i}), now() + SignedDuration::from_secs(i), None)?);
            }
            Ok::<_, Error>(())
        })
        .await
        .unwrap();
}

both! {
    async fn eight_workers_do_each_job_once(w: World) {
        add(&w, 200).await;
        let later = now() + SignedDuration::from_mins(10);
        let mut tasks = Vec::new();
        for _ in 0..8 {
            let town = w.town.clone();
            tasks.push(tokio::spawn(async move {
                let mut mine = Vec::new();
                loop {
                    let jobs = town.claim_jobs(later, 7).await.unwrap();
                    if jobs.is_empty() {
                        return mine;
                    }
                    mine.extend(jobs.into_iter().map(|j| j.payload["n"].as_i64().unwrap()));
                }
            }));
        }
        let mut all = Vec::new();
        for task in tasks {
            all.extend(task.await.unwrap());
        }
        assert_eq!(all.len(), 200);
        assert_eq!(all.into_iter().collect::<BTreeSet<_>>().len(), 200);
    }

    async fn no_claim_takes_more_than_it_may(w: World) {
        add(&w, 5).await;
        let later = now() + SignedDuration::from_mins(10);
        for _ in 0..5 {
            assert_eq!(w.town.claim_jobs(later, 1).await.unwrap().len(), 1);
        }
        assert!(w.town.claim_jobs(later, 1).await.unwrap().is_empty());
    }

    async fn a_failure_waits_longer_each_time_and_ends_in_the_open(w: World) {
        add(&w, 1).await;
        let mut time = now();
        let mut pauses = Vec::new();
        for attempt in 1..=10i64 {
            let job = w.town.claim_jobs(time, 5).await.unwrap().pop().unwrap();
            assert_eq!(job.attempts, attempt);
            let dead = w.town.write(move |t| t.job_failed(&job, "no answer", time)).await.unwrap();
            assert_eq!(dead, attempt == 10);
            if !dead {
                let due = w.town.read(|t| t.next_job_due()).await.unwrap().unwrap();
                assert!(w.town.claim_jobs(due - SignedDuration::from_secs(1), 5).await.unwrap().is_empty());
                pauses.push((due - time).as_mins());
                time = due;
            }
        }
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 64, 128, 256]);
        let dead = w.town.read(|t| t.dead_jobs()).await.unwrap().pop().unwrap();
        assert_eq!((dead.error.as_str(), dead.attempts), ("no answer", 10));
        assert!(w.town.claim_jobs(time + SignedDuration::from_hours(99), 5).await.unwrap().is_empty());
        assert!(w.town.write(move |t| t.revive_job(&dead.id, time)).await.unwrap());
        assert_eq!(w.town.claim_jobs(time, 5).await.unwrap().len(), 1);
    }

    async fn a_crashed_workers_job_comes_back(w: World) {
        add(&w, 1).await;
        let first = w.town.claim_jobs(now(), 5).await.unwrap().pop().unwrap();
        assert!(w.town.claim_jobs(now() + SignedDuration::from_mins(4), 5).await.unwrap().is_empty());
        let again = w.town.claim_jobs(now() + SignedDuration::from_mins(5), 5).await.unwrap().pop().unwrap();
        assert_eq!(again.id, first.id);
        w.town.write(move |t| t.job_done(&again.id)).await.unwrap();
        assert!(w.town.read(|t| t.next_job_due()).await.unwrap().is_none());
    }

    async fn a_job_that_ends_its_worker_is_worn_out_in_the_end(w: World) {
        add(&w, 1).await;
        let mut time = now();
        for attempt in 1..=10i64 {
            let job = w.town.claim_jobs(time, 5).await.unwrap().pop().unwrap();
            assert!(job.attempts == attempt && !job.is_worn_out());
            time += SignedDuration::from_mins(5);
        }
        let last = w.town.claim_jobs(time, 5).await.unwrap().pop().unwrap();
        assert!(last.is_worn_out());
        assert!(w.town.write(move |t| t.job_failed(&last, "ended each time", time)).await.unwrap(), "given up");
        assert_eq!(w.town.read(|t| t.dead_job_count()).await.unwrap(), 1);
    }

    async fn a_late_failure_leaves_the_next_workers_job_alone(w: World) {
        add(&w, 1).await;
        let late = w.town.claim_jobs(now(), 5).await.unwrap().pop().unwrap();
        let lapsed = now() + SignedDuration::from_mins(5);
        let next = w.town.claim_jobs(lapsed, 5).await.unwrap().pop().unwrap();
        assert!(!w.town.write(move |t| t.job_failed(&late, "too slow", lapsed)).await.unwrap());
        let soon = lapsed + SignedDuration::from_mins(2);
        assert!(w.town.claim_jobs(soon, 5).await.unwrap().is_empty(), "the other still works on it");
        w.town.write(move |t| t.job_failed(&next, "no answer", soon)).await.unwrap();
        let again = w.town.claim_jobs(soon + SignedDuration::from_mins(2), 5).await.unwrap().pop().unwrap();
        assert_eq!(again.attempts, 3);
    }

    async fn a_waiting_twin_is_not_added(w: World) {
        let added = w.town.write(|t| {
            Ok::<_, Error>([
                t.add_job("digest", &json!({}), now(), Some("digest-2026-11-24"))?,
                t.add_job("digest", &json!({}), now(), Some("digest-2026-11-24"))?,
                t.add_job("digest", &json!({}), now(), Some("digest-2026-11-25"))?,
            ])
        }).await.unwrap();
        assert_eq!(added, [true, false, true]);
    }

    async fn hints_lead_to_the_tenant_and_the_sweep_finds_lost_ones(w: World) {
        let other = w.store.create_tenant(authority("goepfersdorf", "Göpfersdorf")).await.unwrap();
        assert!(w.store.due_tenants(now(), 10).await.unwrap().is_empty());
        let waiting = { let store = w.store.clone(); tokio::spawn(async move { store.wait_for_job(std::time::Duration::from_secs(20)).await }) };
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        let start = std::time::Instant::now();
        add(&w, 1).await;
        waiting.await.unwrap();
        assert!(start.elapsed().as_secs() < 10, "the worker was not woken");
        other.write(|t| t.add_job("later", &json!({}), now() + SignedDuration::from_hours(1), None)).await.unwrap();
        assert_eq!(w.store.due_tenants(now(), 10).await.unwrap(), ["nobitz".into()]);
        assert_eq!(w.town.claim_jobs(now(), 10).await.unwrap().len(), 1);
        assert!(w.store.due_tenants(now(), 10).await.unwrap().is_empty());
        assert_eq!(w.store.due_tenants(now() + SignedDuration::from_hours(1), 10).await.unwrap().len(), 2);

        // After a restart, even if no hint was ever written down.
        let again = w.again(w.root.clone()).await.unwrap();
        assert!(again.sweep_hints().await.unwrap().is_empty());
        assert_eq!(again.due_tenants(now() + SignedDuration::from_hours(1), 10).await.unwrap().len(), 2);
        assert_eq!(again.next_due(&[]).await.unwrap(), Some(now() + SignedDuration::from_mins(5)));
        let later = again.next_due(&["nobitz".into()]).await.unwrap();
        assert_eq!(later, Some(now() + SignedDuration::from_hours(1)), "one that is left out does not wake");
    }

    async fn a_failed_job_gives_way_to_its_waiting_twin(w: World) {
        let add = async || w.town.write(|t| t.add_job("send_mails", &json!({}), now(), Some("send_mails"))).await.unwrap();
        assert!(add().await);
        let first = w.town.claim_jobs(now(), 5).await.unwrap().pop().unwrap();
        assert!(add().await, "while one runs, the next may wait");
        let id = first.id.clone();
        assert!(!w.town.write(move |t| t.job_failed(&first, "no answer", now())).await.unwrap());
        let left = w.town.claim_jobs(now() + SignedDuration::from_hours(1), 5).await.unwrap();
        assert_eq!(left.len(), 1);
        assert_ne!(left[0].id, id);

        // The same when one that was given up is started again.
        let (id, mut time) = (left[0].id.clone(), now());
        for _ in 0..9 {
            time += SignedDuration::from_hours(7);
            let job = w.town.claim_jobs(time, 5).await.unwrap().pop().unwrap();
            w.town.write(move |t| t.job_failed(&job, "no answer", time)).await.unwrap();
        }
        assert_eq!(w.town.read(|t| t.dead_job_count()).await.unwrap(), 1);
        assert!(add().await);
        assert!(w.town.write(move |t| t.revive_job(&id, time)).await.unwrap());
        assert_eq!(w.town.read(|t| t.dead_job_count()).await.unwrap(), 0);
        assert_eq!(w.town.claim_jobs(time, 5).await.unwrap().len(), 1);
    }

    async fn a_mail_is_tried_for_a_day_by_one_sender_at_a_time(w: World) {
        let mail = Mail { to: "goldammer@example.org".into(), subject: "Girlitz".into(), text: String::new() };
        w.town.write(move |t| t.queue_mail("m1", &mail, now())).await.unwrap();
        let claim = async |time| w.town.write(move |t| t.claim_mails(time, 5)).await.unwrap().len();
        assert_eq!(claim(now()).await, 1);
        assert_eq!(claim(now()).await, 0, "another sender has it");
        assert_eq!(claim(now() + SignedDuration::from_mins(10)).await, 1, "a dead sender's mail comes back");
        let mut time = now();
        for attempt in 1..=9 {
            let lost = w.town.write(move |t| t.mail_failed("m1", "Der Mailserver antwortet nicht.", false, time)).await.unwrap();
            assert_eq!(lost, attempt == 9);
            if let Some(due) = w.town.read(|t| t.next_mail_due()).await.unwrap() {
                assert!(due > time);
                time = due;
            }
        }
        assert!((time - now()).as_hours() == 23, "{:?}", time - now());
        assert_eq!(claim(time + SignedDuration::from_hours(99)).await, 0);
        let lost = w.town.read(|t| t.lost_mails(5)).await.unwrap();
        assert_eq!((lost.len(), lost[0].cause.as_str(), lost[0].attempts), (1, "Der Mailserver antwortet nicht.", 9));
        assert!(w.town.write(move |t| t.revive_mail("m1", time)).await.unwrap());
        assert_eq!(claim(time).await, 1);
        w.town.write(move |t| t.mail_sent("m1", time)).await.unwrap();
        assert_eq!(claim(time + SignedDuration::from_hours(1)).await, 0);
        assert_eq!(w.town.read(|t| t.lost_mail_count()).await.unwrap(), 0);
    }

    async fn a_job_dies_with_its_transaction(w: World) {
        let failed = w.town.write(|t| {
            t.add_job("letter", &json!({}), now(), None)?;
            Err::<(), _>(Error::Missing("on purpose"))
        }).await;
        assert!(failed.is_err());
        assert!(w.town.claim_jobs(now(), 10).await.unwrap().is_empty());
    }
}

/// SQLite: each authority has a file of its own, and one that is no database stops only itself.
#[tokio::test(flavor = "multi_thread")]
async fn the_sweep_passes_over_a_file_that_is_no_database() {
    let w = World::sqlite().await;
    add(&w, 1).await;
    w.store
        .create_tenant(authority("altenburg", "Altenburg"))
        .await
        .unwrap();
    std::fs::write(w.folder.join("data/tenants/altenburg.db"), vec![b'x'; 8192]).unwrap();
    drop(std::fs::remove_file(w.folder.join("data/tenants/altenburg.db-wal")));
    let again = w.again(w.root.clone()).await.unwrap();
    let broken = again.sweep_hints().await.unwrap();
    assert_eq!(
        broken.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(),
        ["altenburg"]
    );
    assert_eq!(again.due_tenants(now(), 10).await.unwrap(), ["nobitz".into()]);
}
