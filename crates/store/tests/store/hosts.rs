//! Several hosts on one PostgreSQL: they start together, and none needs to know of another.

use store::*;

use crate::world::*;

fn config(w: &World, root: &RootKey, role: &str) -> StoreConfig {
    let dsn = |role: &str| Some(as_role(w.database.as_deref().unwrap(), role));
    StoreConfig {
        data: w.folder.join("data"),
        database: dsn(role),
        database_migrate: dsn("kommunal_owner"),
        root: root.clone().into(),
        entropy: Entropy::System,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hosts_start_together_on_an_empty_database() {
    let Some(w) = World::empty_postgres().await else { return };
    let together = std::sync::Arc::new(tokio::sync::Barrier::new(6));
    let starts: Vec<_> = (0..6)
        .map(|_| {
            let config = config(&w, &w.root, "kommunal_app");
            let together = together.clone();
            tokio::spawn(async move {
                let store = Store::open(config).await?;
                together.wait().await;
                for n in 0..10 {
                    let (name, hash) = (format!("s{n}"), format!("h{n}"));
                    let shared = store.shared();
                    let version = shared.publish_package(&name, &hash, vec![7; 1000], now());
                    assert_eq!(version.await?, 1);
                }
                store.create_tenant(authority("nobitz", "Nobitz")).await?;
                Ok::<_, Error>(store)
            })
        })
        .collect();
    let mut hosts = Vec::new();
    for start in starts {
        hosts.push(start.await.unwrap().unwrap());
    }
    let [one, other] = [&hosts[0], &hosts[5]];
    let town = |store: &Store| {
        let store = store.clone();
        async move { store.tenant(&"nobitz".into()).await.unwrap() }
    };
    submit(&town(one).await, case(1)).await.unwrap();
    let seen = town(other).await.read(|t| t.case(&case(1).id)).await.unwrap();
    assert_eq!(seen, Some(case(1)), "one key of the authority, whoever made it");

    // Sessions, log-ins and wrong tries are everybody's.
    let roles = ["clerk".to_owned()];
    one.add_clerk(
        &"nobitz".into(),
        "a@b.example",
        "A. B.",
        "Geheim-2026",
        &roles,
        "system",
        now(),
    )
    .await
    .unwrap();
    let LogIn::In { token, clerk, .. } = one.log_in("a@b.example", "Geheim-2026", false, now()).await.unwrap() else {
        panic!("not in")
    };
    let (_, _, who) = other
        .who(&token, "Test", now())
        .await
        .unwrap()
        .expect("known on the other host");
    assert_eq!(who.id, clerk.id);
    for n in 0..10 {
        let host = if n % 2 == 0 { one } else { other };
        assert!(!matches!(
            host.log_in("a@b.example", "falsch", false, now()).await.unwrap(),
            LogIn::In { .. }
        ));
    }
    for host in [one, other] {
        let tried = host.log_in("a@b.example", "Geheim-2026", false, now()).await.unwrap();
        assert!(matches!(tried, LogIn::Locked { .. }), "ten misses, five on each host");
    }
    other
        .shared()
        .end_sessions_of(&"nobitz".into(), &clerk.id)
        .await
        .unwrap();
    assert!(
        one.who(&token, "Test", now()).await.unwrap().is_none(),
        "ended on all hosts at once"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_hosts_with_two_root_keys_one_is_refused() {
    for _ in 0..3 {
        let Some(w) = World::empty_postgres().await else { return };
        let wrong = RootKey::parse(&"4c".repeat(32)).unwrap();
        let (one, other) = tokio::join!(
            Store::open(config(&w, &w.root, "kommunal_app")),
            Store::open(config(&w, &wrong, "kommunal_app")),
        );
        assert_ne!(one.is_ok(), other.is_ok());
        let Some(Error::Setup(sentence)) = one.err().or(other.err()) else {
            panic!("another error")
        };
        assert!(sentence.contains("Hauptschlüssel"), "{sentence}");
    }
}

/// Eight workers of four hosts, each with its own pool and its own memory of what is due.
#[tokio::test(flavor = "multi_thread")]
async fn workers_of_several_hosts_do_each_job_and_mail_once() {
    let Some(w) = World::postgres().await else { return };
    w.town
        .write(|t| {
            for n in 0..60 {
                t.add_job("letter_receipt", &serde_json::json!({ "n": n }), now(), None)?;
                let mail = Mail {
                    to: "a@b.example".into(),
                    subject: String::new(),
                    text: String::new(),
                };
                t.queue_mail(&format!("m{n}"), &mail, now())?;
            }
            Ok::<_, Error>(())
        })
        .await
        .unwrap();
    let together = std::sync::Arc::new(tokio::sync::Barrier::new(8));
    let mut workers = Vec::new();
    for n in 0..8 {
        let store = Store::open(config(&w, &w.root, "kommunal_app")).await.unwrap();
        let together = together.clone();
        workers.push(tokio::spawn(async move {
            together.wait().await;
            let town = store.tenant(&"nobitz".into()).await.unwrap();
            let (mut jobs, mut mails) = (Vec::new(), Vec::new());
            loop {
                let claimed = town.claim_jobs(now(), 1 + n % 3).await.unwrap();
                let post = town.write(move |t| t.claim_mails(now(), 1 + n % 4)).await.unwrap();
                if claimed.is_empty() && post.is_empty() {
                    return (jobs, mails);
                }
                for job in claimed {
                    jobs.push(job.payload["n"].as_i64().unwrap());
                    town.write(move |t| t.job_done(&job.id)).await.unwrap();
                }
                mails.extend(post.into_iter().map(|m| m.id));
            }
        }));
    }
    let (mut jobs, mut mails, mut busy) = (Vec::new(), Vec::new(), 0);
    for worker in workers {
        let (j, m) = worker.await.unwrap();
        busy += usize::from(!j.is_empty());
        jobs.extend(j);
        mails.extend(m);
    }
    jobs.sort_unstable();
    assert_eq!(jobs, (0..60).collect::<Vec<_>>());
    mails.sort_unstable();
    mails.dedup();
    assert_eq!(mails.len(), 60);
    assert!(busy > 1, "only one of eight worked");
}
