//! An authority moves: from files to PostgreSQL and back it stays the same, and what is wrong is refused whole.

use std::io::Cursor;

use crate::world::*;
use store::*;

/// A town with something in most tables.
async fn lived_in(w: &World) {
    for n in 1..=5 {
        submit(&w.town, case(n)).await.unwrap();
    }
    let (add, hall) = (room("a-hall", Some("hall")), room("hall", None));
    w.town
        .write(move |t| {
            t.put_room(&hall, "system", now())?;
            t.put_room(&add, "system", now())?;
            t.audit("system", "case.read", None, now());
            t.keep_head("2026-11-24".parse().unwrap())?;
            Ok::<_, Error>(())
        })
        .await
        .unwrap();
    let (shared, one) = (w.store.shared(), case(1));
    let reserved = shared.reserve_reference(&one.reference, w.town.id(), &one.id);
    assert!(reserved.await.unwrap());
    let roles = ["lead".to_owned()];
    w.store
        .add_clerk(
            w.town.id(),
            "girlitz@nobitz.example",
            "S. Wiedehopf",
            "ein langes Passwort",
            &roles,
            "system",
            now(),
        )
        .await
        .unwrap();
}

async fn export(store: &Store, seal: &SealFor) -> (Carried, Vec<u8>) {
    store.export(&"nobitz".into(), Vec::new(), seal, now()).await.unwrap()
}

async fn import(store: &Store, file: &[u8], with: &OpenWith) -> Result<Carried> {
    store.import(Cursor::new(file.to_vec()), with, now()).await
}

/// The other installation, with a root key of its own.
async fn elsewhere(w: &World) -> Store {
    let database = w.database.as_deref();
    Store::open(StoreConfig {
        data: w.folder.join("elsewhere"),
        database: database.map(|dsn| as_role(dsn, "kommunal_app")),
        database_migrate: database.map(|dsn| as_role(dsn, "kommunal_owner")),
        root: RootKey::parse(&"5c".repeat(32)).unwrap().into(),
        entropy: Entropy::System,
    })
    .await
    .unwrap()
}

async fn moves(from: &World, there: &Store) {
    lived_in(from).await;
    let (seal, code) = SealFor::code(&Entropy::System);
    let with = OpenWith::words(&code);
    let (sent, file) = export(&from.store, &seal).await;
    assert!(
        sent.cases == 5 && sent.head.n > 5 && sent.waiting.jobs == [("mail_receipt".to_owned(), 5)],
        "{sent:?}"
    );
    for word in CANARIES.into_iter().chain(["nobitz", "brauchtumsfeuer"]) {
        assert!(
            !file.windows(word.len()).any(|w| w == word.as_bytes()),
            "{word} is readable"
        );
    }

    // Nothing of a file that is cut, altered or opened with another code stays behind.
    let mut altered = file.clone();
    let at = altered.len() - 40;
    altered[at] ^= 1;
    for (bad, with) in [
        (&file[..file.len() - 1], &with),
        (&file[..file.len() / 2], &with),
        (&altered[..], &with),
        (&file[..], &OpenWith::words("anderes Kennwort")),
    ] {
        let error = import(there, bad, with).await.unwrap_err();
        assert!(
            matches!(&error, Error::Setup(s) if s.contains("Nehmen Sie") || s.contains("Prüfen Sie")),
            "{error:?}"
        );
        assert!(there.shared().authorities().await.unwrap().is_empty());
    }

    let came = import(there, &file, &with).await.unwrap();
    assert_eq!(
        (&came.digest, came.rows, came.cases, &came.head, &came.public_key),
        (&sent.digest, sent.rows, 5, &sent.head, &sent.public_key)
    );
    let (again, _) = export(there, &seal).await;
    assert_eq!(again.digest, sent.digest, "the same digest");
    assert_eq!(there.carry_digest(&"nobitz".into()).await.unwrap().digest, sent.digest);

    // It lives: cases open, references lead here, the clerk logs in, jobs are due, the log goes on.
    let town = there.tenant(&"nobitz".into()).await.unwrap();
    let opened = town.read(|t| t.case(&case(3).id)).await.unwrap().expect("the case");
    assert_eq!(opened.answers["contact"]["name"], "Anna Rotkehlchen");
    let found = there.shared().find_reference("NOB-FEUER-26-0001-K").await.unwrap();
    assert_eq!(found, Some(("nobitz".into(), case(1).id)));
    let log_in = there
        .log_in("Girlitz@nobitz.example", "ein langes Passwort", false, now())
        .await
        .unwrap();
    assert!(matches!(log_in, LogIn::In { .. }), "{log_in:?}");
    assert_eq!(there.due_tenants(now(), 9).await.unwrap(), ["nobitz".into()]);
    submit(&town, case(6)).await.unwrap();
    town.read(|t| t.check_audit(&[])).await.unwrap().expect("a whole log");

    let error = import(there, &file, &with).await.unwrap_err().to_string();
    assert!(error.contains("gibt es hier schon"), "{error}");
    assert_ne!(
        there.carry_digest(&"nobitz".into()).await.unwrap().digest,
        sent.digest,
        "any change shows"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn from_files_to_files() {
    let w = World::sqlite().await;
    let there = elsewhere(&w).await;
    moves(&w, &there).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn from_files_to_postgres() {
    if let Some(w) = World::empty_postgres().await {
        let there = elsewhere(&w).await;
        moves(&w, &there).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn from_postgres_to_files() {
    if let Some(w) = World::postgres().await {
        let files = World::sqlite().await;
        let there = elsewhere(&files).await;
        moves(&w, &there).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_file_brings_other_rules_under_the_name_of_a_version() {
    let files = |law: &str| -> schema::FileMap {
        let files = [("regions/t/law.toml", law), ("services/feuer/form.toml", "x = 1\n")];
        files
            .map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()))
            .into()
    };
    let name = schema::package::hash(&files("fee = 75\n"));
    let (seal, code) = SealFor::code(&Entropy::System);
    let with = OpenWith::words(&code);
    let mut digests = Vec::new();
    for (law, service) in [
        ("fee = 75\n", "feuer"),
        ("fee = 0\n", "feuer"),
        ("fee = 75\n", "a-feuer"),
    ] {
        let (w, right) = (World::sqlite().await, (law, service) == ("fee = 75\n", "feuer"));
        let made = domain::Case {
            service_hash: name.clone(),
            ..case(1)
        };
        submit(&w.town, made).await.unwrap();
        let bytes = schema::package::pack(&files(law)).unwrap();
        let shared = w.store.shared();
        let kept = shared.publish_package(service, &name, bytes, now());
        kept.await.unwrap();
        let (sent, file) = export(&w.store, &seal).await;
        digests.push(sent.digest.clone());
        let there = elsewhere(&w).await;
        let came = import(&there, &file, &with).await;
        let kept = there.shared().package(&name).await.unwrap();
        assert_eq!(
            (came.is_ok(), kept.is_some()),
            (right, right),
            "{law} {service}: {came:?}"
        );
        match came {
            Ok(came) => assert_eq!(came.digest, sent.digest),
            Err(error) => assert!(error.to_string().contains("sind nicht die"), "{error}"),
        }
    }
    digests.dedup();
    assert_eq!(digests.len(), 3);
}

both! {
    async fn nothing_is_erased_that_came_after_the_look(w: World) {
        lived_in(&w).await;
        let nobitz = w.town.id().clone();
        let owner = w.database.as_deref().map(|dsn| as_role(dsn, "kommunal_owner"));
        let digest = w.store.carry_digest(&nobitz).await.unwrap().digest;
        // Somebody is just writing.
        let (begun, has_begun) = std::sync::mpsc::channel();
        let (go_on, goes_on) = std::sync::mpsc::channel::<()>();
        let served = w.again(w.root.clone()).await.unwrap().tenant(&nobitz).await.unwrap();
        let writes = tokio::spawn(async move {
            let work = served.write(move |t| {
                t.audit("system", "case.read", None, now());
                begun.send(()).unwrap();
                goes_on.recv().unwrap_err();
                Ok::<_, Error>(())
            });
            work.await
        });
        tokio::task::spawn_blocking(move || has_begun.recv()).await.unwrap().unwrap();
        let (store, id, by) = (w.store.clone(), nobitz.clone(), owner.clone());
        let erased = tokio::spawn(async move { store.erase(&id, by.as_deref(), Some(&digest)).await });
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        drop(go_on);
        writes.await.unwrap().expect("acknowledged");
        let error = erased.await.unwrap().unwrap_err().to_string();
        assert!(error.contains("kam etwas hinzu"), "{error}");
        submit(&w.town, case(8)).await.unwrap();
        let digest = w.store.carry_digest(&nobitz).await.unwrap().digest;
        let erased = w.store.erase(&nobitz, owner.as_deref(), Some(&digest)).await.unwrap();
        assert!(erased.rows > 40 && erased.proofs.iter().all(|p| !p.starts_with("OFFEN")), "{erased:?}");
        assert!(submit(&w.town, case(9)).await.is_err(), "nothing is acknowledged that is lost");
    }

    async fn erased_means_gone(w: World) {
        lived_in(&w).await;
        let nobitz = w.town.id().clone();
        let other = w.store.create_tenant(authority("altenburg", "Stadt Altenburg")).await.unwrap();
        submit(&other, domain::Case { tenant: "altenburg".into(), ..case(9) }).await.unwrap();
        let LogIn::In { token, .. } = w.store.log_in("girlitz@nobitz.example", "ein langes Passwort", false, now()).await.unwrap() else {
            panic!("no log-in");
        };
        // Another process that knows the key and goes on.
        let served = w.again(w.root.clone()).await.unwrap();
        let stale = served.tenant(&nobitz).await.unwrap();
        submit(&stale, case(7)).await.unwrap();

        let owner = w.database.as_deref().map(|dsn| as_role(dsn, "kommunal_owner"));
        let erased = w.store.erase(&nobitz, owner.as_deref(), None).await.unwrap();
        assert!(erased.rows > 40 && erased.proofs.iter().all(|p| !p.starts_with("OFFEN")), "{erased:?}");
        assert!(submit(&stale, case(8)).await.is_err(), "nothing is acknowledged that is lost");
        assert!(stale.read(|t| t.case(&case(1).id)).await.is_err());
        assert!(matches!(served.tenant(&nobitz).await, Err(Error::Missing("tenant"))));
        assert!(served.who(&token, "Test", now()).await.unwrap().is_none());
        assert!(matches!(served.log_in("girlitz@nobitz.example", "ein langes Passwort", false, now()).await.unwrap(), LogIn::Wrong));
        assert_eq!(w.store.shared().find_reference("NOB-FEUER-26-0001-K").await.unwrap(), None);
        assert!(!w.folder.join("data/tenants/nobitz.db").exists());
        let error = w.store.erase(&nobitz, owner.as_deref(), None).await.unwrap_err().to_string();
        assert!(error.contains("gibt es hier nicht"), "{error}");
        assert!(other.read(|t| t.case(&case(9).id)).await.unwrap().is_some(), "the neighbour is as before");

        // Made anew under the old id it has another key, in every process.
        let mut anew = authority("nobitz", "Gemeinde Nobitz");
        anew.created_at = at("2026-11-25T08:00:00Z");
        let town = w.store.create_tenant(anew).await.unwrap();
        assert!(submit(&stale, case(1)).await.is_err());
        let here = served.tenant(&nobitz).await.unwrap();
        assert_eq!(here.public_key().unwrap(), town.public_key().unwrap());
        submit(&here, case(1)).await.unwrap();
        assert!(town.read(|t| t.case(&case(1).id)).await.unwrap().is_some());
    }
}
