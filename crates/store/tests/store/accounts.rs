//! Log-in, sessions, clerks.

use domain::ClerkId;
use jiff::SignedDuration;
use store::*;

use crate::world::*;

async fn add(w: &World, email: &str) -> Result<Clerk> {
    w.store
        .add_clerk(
            w.town.id(),
            email,
            "S. Wiedehopf",
            "ein langes Passwort",
            &["clerk".into()],
            "lead",
            now(),
        )
        .await
}

/// The token of a new log-in of krell@nobitz.example.
async fn enter(w: &World, at: jiff::Timestamp) -> String {
    match w
        .store
        .log_in("krell@nobitz.example", "ein langes Passwort", false, at)
        .await
    {
        Ok(LogIn::In { token, .. }) => token,
        other => panic!("{other:?}"),
    }
}

both! {
    // Between log-in and account the power fails: nobody is left behind, and the second try succeeds.
    async fn an_account_that_broke_off_is_made_by_the_second_try(w: World) {
        const MAIL: &str = "krell@nobitz.example";
        let clerks = async || w.town.read(|t| t.clerks()).await.unwrap().len();
        crate::keys::raw_shared(&w, "alter table login rename to login_gone");
        assert!(add(&w, MAIL).await.is_err());
        crate::keys::raw_shared(&w, "alter table login_gone rename to login");
        assert_eq!(clerks().await, 0, "no account that nobody can use");

        crate::audit::raw(&w, "alter table clerk rename to clerk_gone");
        assert!(add(&w, MAIL).await.is_err());
        crate::audit::raw(&w, "alter table clerk_gone rename to clerk");
        assert!(matches!(w.store.log_in(MAIL, "ein langes Passwort", false, now()).await.unwrap(), LogIn::Wrong));
        let other = w.store.create_tenant(authority("altenburg", "Altenburg")).await.unwrap();
        let elsewhere = w.store.add_clerk(other.id(), MAIL, "X", "ein langes Passwort", &[], "lead", now()).await;
        assert!(matches!(elsewhere, Err(Error::Conflict(_))), "it is reserved here");
        let (one, two) = tokio::join!(add(&w, MAIL), add(&w, MAIL));
        assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
        assert_eq!(clerks().await, 1);
        assert!(matches!(w.store.log_in(MAIL, "ein langes Passwort", false, now()).await.unwrap(), LogIn::In { .. }));
    }

    async fn in_and_out(w: World) {
        let clerk = add(&w, "krell@nobitz.example").await.unwrap();
        assert!(matches!(add(&w, " KRELL@nobitz.example").await, Err(Error::Conflict(_))));
        // The account and its line in the history come together.
        let told = w.town.read(|t| t.changes(None, 10)).await.unwrap();
        assert!(matches!(&told[..], [one] if one.area == "clerk" && one.item == clerk.id.as_str()), "{told:?}");
        let LogIn::In { token, tenant, clerk: who } =
            w.store.log_in(" Krell@Nobitz.example ", "ein langes Passwort", false, now()).await.unwrap() else { panic!("in") };
        assert_eq!((tenant.as_str(), &who), ("nobitz", &clerk));
        let (session, town, again) = w.store.who(&token, "Test", now()).await.unwrap().unwrap();
        assert_eq!((session.clerk, town.id().as_str(), again.name), (clerk.id.clone(), "nobitz", clerk.name.clone()));
        assert!(w.store.who("guess", "Test", now()).await.unwrap().is_none());
        assert!(w.store.who(&token, "Test", now() + SignedDuration::from_hours(12)).await.unwrap().is_none());

        // Rights are read at each request: switched off counts at once.
        let id = clerk.id.clone();
        w.town.write(move |t| t.change_clerk(&id, "lead", now(), |c| (c.active, c.email) = (false, "x".into()))).await.unwrap();
        assert!(w.store.who(&token, "Test", now()).await.unwrap().is_none());
        assert!(matches!(w.store.log_in("krell@nobitz.example", "ein langes Passwort", false, now()).await.unwrap(), LogIn::Wrong));
        let id = clerk.id.clone();
        assert_eq!(w.town.read(move |t| t.clerk(&id)).await.unwrap().unwrap().email, "krell@nobitz.example");
        let id = clerk.id.clone();
        w.town.write(move |t| t.change_clerk(&id, "lead", now(), |c| c.active = true)).await.unwrap();
        assert!(w.store.who(&token, "Test", now()).await.unwrap().is_some());
        w.store.shared().end_session(&token).await.unwrap();
        assert!(w.store.who(&token, "Test", now()).await.unwrap().is_none());
    }

    async fn a_session_that_rests_ends(w: World) {
        add(&w, "krell@nobitz.example").await.unwrap();
        let token = enter(&w, now()).await;
        let at = |minutes: i64| now() + SignedDuration::from_mins(minutes);
        let who = |minutes: i64| w.store.who(&token, "Firefox unter Windows", at(minutes));
        // Each request counts from its own moment.
        for minutes in [0, 59, 100, 159] {
            assert!(who(minutes).await.unwrap().is_some(), "{minutes}");
        }
        // Written down every two minutes at most, so it may end a little early, never late.
        assert!(who(219).await.unwrap().is_none(), "an hour without a request");
    }

    async fn ones_own_sessions_are_seen_and_ended(w: World) {
        let clerk = add(&w, "krell@nobitz.example").await.unwrap();
        let (desk, phone) = (enter(&w, now()).await, enter(&w, now()).await);
        let later = now() + SignedDuration::from_mins(10);
        assert!(w.store.who(&desk, "Firefox unter Windows", now()).await.unwrap().is_some());
        assert!(w.store.who(&phone, "Safari unter iPhone", later).await.unwrap().is_some());
        let shared = w.store.shared();
        let list = shared.sessions_of(w.town.id(), &clerk.id, later).await.unwrap();
        let told: Vec<_> = list.iter().map(|s| (s.device.as_str(), s.seen)).collect();
        assert_eq!(told, [("Safari unter iPhone", later), ("Firefox unter Windows", now())]);
        assert_eq!(list[1].id, store::SharedStore::session_name(&desk));
        // By its name, and only one's own.
        let stranger = domain::ClerkId("stranger".into());
        assert!(!shared.end_one_of(w.town.id(), &stranger, &list[1].id, later).await.unwrap());
        assert!(shared.end_one_of(w.town.id(), &clerk.id, &list[1].id, later).await.unwrap());
        assert!(w.store.who(&desk, "Firefox unter Windows", later).await.unwrap().is_none());
        assert!(w.store.who(&phone, "Safari unter iPhone", later).await.unwrap().is_some());
    }

    async fn a_refused_log_in_is_in_the_log_of_acts(w: World) {
        let clerk = add(&w, "krell@nobitz.example").await.unwrap();
        let wrong = w.store.log_in("krell@nobitz.example", "geraten und falsch", false, now()).await.unwrap();
        assert!(matches!(wrong, LogIn::Wrong));
        // Nobody waits for it.
        let mut noted = false;
        for _ in 0..200 {
            let rows = w.town.read(|t| t.audit_rows(0, 50)).await.unwrap();
            noted = rows.iter().any(|r| r.event == "clerk.log_in_refused" && r.actor == clerk.id.as_str());
            if noted {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        assert!(noted);
    }

    // Two leads take each other's role in the same moment: one of them stays.
    async fn somebody_always_leads(w: World) {
        let (a, b) = (add(&w, "a@nobitz.example").await.unwrap(), add(&w, "b@nobitz.example").await.unwrap());
        for id in [&a.id, &b.id] {
            let id = id.clone();
            w.town.write(move |t| t.change_clerk(&id, "system", now(), |c| c.roles.push("lead".into()))).await.unwrap();
        }
        let demote = |id: ClerkId| {
            let town = w.town.clone();
            async move { town.write(move |t| t.change_clerk(&id, "system", now(), |c| c.roles.retain(|r| r != "lead"))).await }
        };
        let (first, second) = tokio::join!(demote(a.id.clone()), demote(b.id.clone()));
        assert_eq!([&first, &second].iter().filter(|r| r.is_ok()).count(), 1, "{first:?} {second:?}");
        assert!([first, second].into_iter().any(|r| matches!(r, Err(Error::Conflict(what)) if what == LAST_LEAD)));
        assert_eq!(w.town.read(|t| t.clerks()).await.unwrap().iter().filter(|c| leads(c)).count(), 1);
    }
}

both! {
    async fn ten_misses_lock_the_address_for_an_hour(w: World) {
        add(&w, "krell@nobitz.example").await.unwrap();
        for address in ["krell@nobitz.example", "nobody@nobitz.example"] {
            for n in 1..=10 {
                let answer = w.store.log_in(address, "falsch", false, now()).await.unwrap();
                assert_eq!(matches!(answer, LogIn::Locked { .. }), n == 10, "{address} {n}");
            }
        }
        let right = || w.store.log_in("krell@nobitz.example", "ein langes Passwort", false, now());
        let LogIn::Locked { until } = right().await.unwrap() else { panic!("not locked") };
        let later = w.store.log_in("krell@nobitz.example", "ein langes Passwort", false, until).await.unwrap();
        assert!(matches!(later, LogIn::In { .. }));
    }

    async fn a_new_password_ends_the_sessions(w: World) {
        let clerk = add(&w, "krell@nobitz.example").await.unwrap();
        let LogIn::In { token, .. } = w.store.log_in("krell@nobitz.example", "ein langes Passwort", false, now()).await.unwrap() else { panic!("in") };
        w.store.set_password(w.town.id(), &clerk.id, "ein neues Passwort", &clerk.id, now()).await.unwrap();
        let rows = w.town.read(|t| t.audit_rows(0, 100)).await.unwrap();
        let by = |event: &str| rows.iter().find(|r| r.event == event).map(|r| r.actor.clone());
        assert_eq!((by("clerk.added").as_deref(), by("clerk.password")), (Some("lead"), Some(clerk.id.0.clone())));
        assert!(w.store.who(&token, "Test", now()).await.unwrap().is_none());
        assert!(matches!(w.store.log_in("krell@nobitz.example", "ein langes Passwort", false, now()).await.unwrap(), LogIn::Wrong));
        assert!(matches!(w.store.log_in("krell@nobitz.example", "ein neues Passwort", false, now()).await.unwrap(), LogIn::In { .. }));
    }
}
