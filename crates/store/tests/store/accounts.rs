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
        let (session, town, again) = w.store.who(&token, now()).await.unwrap().unwrap();
        assert_eq!((session.clerk, town.id().as_str(), again.name), (clerk.id.clone(), "nobitz", clerk.name.clone()));
        assert!(w.store.who("guess", now()).await.unwrap().is_none());
        assert!(w.store.who(&token, now() + SignedDuration::from_hours(12)).await.unwrap().is_none());

        // Rights are read at each request: switched off counts at once.
        let id = clerk.id.clone();
        w.town.write(move |t| t.change_clerk(&id, "lead", now(), |c| (c.active, c.email) = (false, "x".into()))).await.unwrap();
        assert!(w.store.who(&token, now()).await.unwrap().is_none());
        assert!(matches!(w.store.log_in("krell@nobitz.example", "ein langes Passwort", false, now()).await.unwrap(), LogIn::Wrong));
        let id = clerk.id.clone();
        assert_eq!(w.town.read(move |t| t.clerk(&id)).await.unwrap().unwrap().email, "krell@nobitz.example");
        let id = clerk.id.clone();
        w.town.write(move |t| t.change_clerk(&id, "lead", now(), |c| c.active = true)).await.unwrap();
        assert!(w.store.who(&token, now()).await.unwrap().is_some());
        w.store.shared().end_session(&token).await.unwrap();
        assert!(w.store.who(&token, now()).await.unwrap().is_none());
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
        assert!(w.store.who(&token, now()).await.unwrap().is_none());
        assert!(matches!(w.store.log_in("krell@nobitz.example", "ein langes Passwort", false, now()).await.unwrap(), LogIn::Wrong));
        assert!(matches!(w.store.log_in("krell@nobitz.example", "ein neues Passwort", false, now()).await.unwrap(), LogIn::In { .. }));
    }
}
