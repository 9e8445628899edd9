//! The second factor: asked for, taken once, locked after ten misses, and never passed by.

use jiff::{SignedDuration, Timestamp};
use store::*;

use crate::world::*;

const MAIL: &str = "krell@nobitz.example";
const PASSWORD: &str = "ein langes Passwort";

async fn add(w: &World) -> Clerk {
    let roles = ["clerk".into()];
    let clerk = w
        .store
        .add_clerk(w.town.id(), MAIL, "S. Wiedehopf", PASSWORD, &roles, "lead", now());
    clerk.await.unwrap()
}

/// What the app on the telephone shows.
fn shown(secret: &AppSecret, at: Timestamp) -> String {
    let secret = totp_rs::Secret::try_from_base32(&secret.text).unwrap();
    let totp = totp_rs::Builder::new()
        .with_secret(secret)
        .with_account_name("x")
        .build()
        .unwrap();
    totp.generate(u64::try_from(at.as_second()).unwrap()).to_string()
}

async fn secret(w: &World, clerk: &Clerk) -> AppSecret {
    secret_at(w, clerk, now()).await
}

async fn secret_at(w: &World, clerk: &Clerk, at: Timestamp) -> AppSecret {
    let (clerk, entropy) = (clerk.clone(), w.store.entropy().clone());
    w.town
        .write(move |t| t.app_secret(&clerk, "here", "Amt: eins", &entropy, at))
        .await
        .unwrap()
}

async fn confirm(w: &World, clerk: &Clerk, code: &str, at: Timestamp) -> Option<Vec<String>> {
    match confirm_by(w, clerk, ("here", Stage::In), code, at).await {
        AppSetUp::Done(codes) => Some(codes),
        AppSetUp::Wrong => None,
        AppSetUp::Exists => panic!("a session at the desk may replace an app"),
    }
}

async fn confirm_by(w: &World, clerk: &Clerk, by: (&'static str, Stage), code: &str, at: Timestamp) -> AppSetUp {
    let (id, code, entropy) = (clerk.id.clone(), code.to_owned(), w.store.entropy().clone());
    w.town
        .write(move |t| t.confirm_app(&id, by, &code, &entropy, at))
        .await
        .unwrap()
}

/// Sets an app up for somebody.
pub async fn set_up(town: &TenantStore, clerk: &Clerk) {
    let (clerk, entropy) = (clerk.clone(), Entropy::System);
    let done = town.write(move |t| {
        let secret = t.app_secret(&clerk, "here", "Amt", &entropy, now())?;
        t.confirm_app(&clerk.id, ("here", Stage::In), &shown(&secret, now()), &entropy, now())
    });
    assert!(matches!(done.await.unwrap(), AppSetUp::Done(_)));
}

/// What the page shows to this log-in.
async fn secret_for(w: &World, clerk: &Clerk, token: &str) -> AppSecret {
    let (clerk, token, entropy) = (clerk.clone(), token.to_owned(), w.store.entropy().clone());
    w.town
        .write(move |t| t.app_secret(&clerk, &token, "Amt", &entropy, now()))
        .await
        .unwrap()
}

/// The first step of a log-in that has to set an app up.
async fn must_set_up(w: &World) -> String {
    match w.store.log_in(MAIL, PASSWORD, true, now()).await.unwrap() {
        LogIn::Waits {
            token,
            stage: Stage::SetUp,
        } => token,
        other => panic!("{other:?}"),
    }
}

async fn first_step(w: &World, at: Timestamp) -> String {
    match w.store.log_in(MAIL, PASSWORD, false, at).await.unwrap() {
        LogIn::Waits {
            token,
            stage: Stage::Code,
        } => token,
        other => panic!("{other:?}"),
    }
}

fn later(seconds: i64) -> Timestamp {
    now() + SignedDuration::from_secs(seconds)
}

both! {
    async fn a_code_is_asked_for_and_counts_once(w: World) {
        let clerk = add(&w).await;
        let app = secret(&w, &clerk).await;
        assert!(app.url.starts_with("otpauth://totp/") && app.url.contains(&app.text), "{}", app.url);
        assert_eq!(secret(&w, &clerk).await, app, "a page loaded again fits the app that read it already");
        // Not confirmed yet: nothing is asked.
        assert!(matches!(w.store.log_in(MAIL, PASSWORD, false, now()).await.unwrap(), LogIn::In { .. }));
        assert_eq!(confirm(&w, &clerk, "000000", now()).await, None);
        let codes = confirm(&w, &clerk, &shown(&app, now()), now()).await.unwrap();
        assert_eq!(codes.len(), 8);

        // A log-in that waits opens nothing, not even by the wrong door.
        let waits = first_step(&w, later(60)).await;
        assert!(w.store.who(&waits, "Test", later(60)).await.unwrap().is_none());
        assert_eq!(w.store.set_up_app(&waits, &shown(&app, later(60)), later(60)).await.unwrap(), (AppSetUp::Exists, None));
        assert!(matches!(w.store.log_in_second(&waits, "123 456", later(60)).await.unwrap(), LogIn::Wrong));
        let code = shown(&app, later(60));
        let LogIn::In { token, .. } = w.store.log_in_second(&waits, &format!(" {} {} ", &code[..3], &code[3..]), later(60)).await.unwrap() else { panic!("in") };
        assert!(w.store.who(&token, "Test", later(60)).await.unwrap().is_some());
        assert!(w.store.waiting(&waits, later(60)).await.unwrap().is_none(), "the first step is used up");

        // Whoever looked over the shoulder has nothing of it.
        let waits = first_step(&w, later(62)).await;
        assert!(matches!(w.store.log_in_second(&waits, &code, later(62)).await.unwrap(), LogIn::Wrong));

        // An emergency code, sloppily typed, once.
        let sloppy = codes[0].to_lowercase().replace('-', " ");
        assert!(matches!(w.store.log_in_second(&waits, &sloppy, later(62)).await.unwrap(), LogIn::In { .. }));
        let waits = first_step(&w, later(63)).await;
        assert!(matches!(w.store.log_in_second(&waits, &codes[0], later(63)).await.unwrap(), LogIn::Wrong));
        let id = clerk.id.clone();
        assert_eq!(w.town.read(move |t| t.second_factor(&id)).await.unwrap().unwrap().codes_left, 7);
        // The first step ends after a quarter of an hour.
        assert!(w.store.waiting(&waits, later(63 + 15 * 60)).await.unwrap().is_none());
    }

    async fn guesses_lock_and_a_lock_of_the_account_ends_what_waits(w: World) {
        let clerk = add(&w).await;
        let app = secret(&w, &clerk).await;
        confirm(&w, &clerk, &shown(&app, now()), now()).await.unwrap();
        let waits = first_step(&w, later(60)).await;
        for n in 1..=10 {
            let answer = w.store.log_in_second(&waits, "000000", later(60)).await.unwrap();
            assert_eq!(matches!(answer, LogIn::Locked { .. }), n == 10, "{n}");
        }
        let rows = w.town.read(|t| t.audit_rows(0, 100)).await.unwrap();
        let refused = rows.iter().filter(|r| r.event == "clerk.code_refused" && r.actor == clerk.id.as_str());
        assert_eq!(refused.count(), 10, "who guesses stands in the log of acts");
        // The right one too, and through a new first step.
        let waits = first_step(&w, later(90)).await;
        assert!(matches!(w.store.log_in_second(&waits, &shown(&app, later(90)), later(90)).await.unwrap(), LogIn::Locked { .. }));
        let open = later(60 + 3600);
        let waits = first_step(&w, open).await;
        w.store.set_password(w.town.id(), &clerk.id, PASSWORD, &clerk.id, open).await.unwrap();
        assert!(matches!(w.store.log_in_second(&waits, &shown(&app, open), open).await.unwrap(), LogIn::Wrong), "ended with all sessions");
        let waits = first_step(&w, open).await;
        let id = clerk.id.clone();
        w.town.write(move |t| t.change_clerk(&id, "lead", open, |c| c.active = false)).await.unwrap();
        assert!(matches!(w.store.log_in_second(&waits, &shown(&app, open), open).await.unwrap(), LogIn::Wrong), "locked");
    }

    // Seen at a desk that stood open, or by a thief of the password: worth nothing to whoever sets up later.
    async fn a_secret_that_was_not_confirmed_is_not_shown_again(w: World) {
        let clerk = add(&w).await;
        let seen = secret(&w, &clerk).await;
        assert_eq!(secret_at(&w, &clerk, later(14 * 60)).await, seen, "a page loaded again");
        let new = secret_at(&w, &clerk, later(15 * 60)).await;
        assert_ne!(new.text, seen.text, "a quarter of an hour later");
        assert_eq!(confirm(&w, &clerk, &shown(&seen, later(15 * 60)), later(15 * 60)).await, None);

        w.store.set_password(w.town.id(), &clerk.id, PASSWORD, &"lead".into(), later(16 * 60)).await.unwrap();
        assert_eq!(confirm(&w, &clerk, &shown(&new, later(16 * 60)), later(16 * 60)).await, None, "it is gone");
        assert_ne!(secret_at(&w, &clerk, later(16 * 60)).await.text, new.text, "after a new password");
    }

    // Two log-ins with the right password wait for the setting up, and one is a thief's: each is shown a secret of its
    // own, the first to end it is in, and the other one is worth nothing, whichever way it goes on.
    async fn a_log_in_that_waits_replaces_nothing(w: World) {
        let clerk = add(&w).await;
        let (own, thief) = (must_set_up(&w).await, must_set_up(&w).await);
        let (app, other) = (secret_for(&w, &clerk, &own).await, secret_for(&w, &clerk, &thief).await);
        assert_ne!(app.text, other.text);
        assert_eq!(secret_for(&w, &clerk, &own).await, app, "the page of one does not void the other's");
        let (done, token) = w.store.set_up_app(&own, &shown(&app, now()), now()).await.unwrap();
        assert!(matches!(done, AppSetUp::Done(_)));
        assert!(w.store.who(&token.expect("in"), "Test", now()).await.unwrap().is_some());
        assert!(w.store.waiting(&thief, now()).await.unwrap().is_none(), "ended");
        assert_eq!(w.store.set_up_app(&thief, &shown(&other, now()), now()).await.unwrap(), (AppSetUp::Wrong, None));
        // Even a request that was on its way already, with a secret that is shown still.
        let late = secret_for(&w, &clerk, "thief").await;
        assert_eq!(confirm_by(&w, &clerk, ("thief", Stage::SetUp), &shown(&late, now()), now()).await, AppSetUp::Exists);
        let waits = first_step(&w, later(60)).await;
        assert!(matches!(w.store.log_in_second(&waits, &shown(&app, later(60)), later(60)).await.unwrap(), LogIn::In { .. }));
    }

    // Both end their setting up at the same instant.
    async fn of_two_that_set_up_one_is_in(w: World) {
        let clerk = add(&w).await;
        let (a, b) = (must_set_up(&w).await, must_set_up(&w).await);
        let (one, two) = (shown(&secret_for(&w, &clerk, &a).await, now()), shown(&secret_for(&w, &clerk, &b).await, now()));
        let (one, two) = tokio::join!(w.store.set_up_app(&a, &one, now()), w.store.set_up_app(&b, &two, now()));
        let done = [one.unwrap(), two.unwrap()].iter().filter(|(done, _)| matches!(done, AppSetUp::Done(_))).count();
        assert_eq!(done, 1);
    }

    // Two requests with one code at the same instant.
    async fn one_code_opens_one_session(w: World) {
        let clerk = add(&w).await;
        let app = secret(&w, &clerk).await;
        confirm(&w, &clerk, &shown(&app, now()), now()).await.unwrap();
        let (a, b) = (first_step(&w, later(60)).await, first_step(&w, later(60)).await);
        let code = shown(&app, later(60));
        let (a, b) = tokio::join!(w.store.log_in_second(&a, &code, later(60)), w.store.log_in_second(&b, &code, later(60)));
        let open = [a.unwrap(), b.unwrap()].iter().filter(|l| matches!(l, LogIn::In { .. })).count();
        assert_eq!(open, 1);
    }

    async fn where_it_is_required_it_is_set_up_first(w: World) {
        let clerk = add(&w).await;
        w.town.write(|t| t.require_second_factor(true, "lead", now())).await.unwrap();
        let LogIn::Waits { token, stage: Stage::SetUp } = w.store.log_in(MAIL, PASSWORD, false, now()).await.unwrap() else { panic!("waits") };
        assert!(w.store.who(&token, "Test", now()).await.unwrap().is_none());
        // Neither a code that nobody asked for nor impatience opens the desk.
        assert!(matches!(w.store.log_in_second(&token, "000000", now()).await.unwrap(), LogIn::Wrong));
        assert_eq!(w.store.set_up_app(&token, "000000", now()).await.unwrap(), (AppSetUp::Wrong, None));
        let app = secret_for(&w, &clerk, &token).await;
        let (AppSetUp::Done(_), Some(token)) = w.store.set_up_app(&token, &shown(&app, now()), now()).await.unwrap() else { panic!("in") };
        assert!(w.store.who(&token, "Test", now()).await.unwrap().is_some());
        // Lost telephone: the lead switches it off; whoever is in is out.
        w.store.drop_second_factor(w.town.id(), &clerk.id, "lead", now()).await.unwrap();
        assert!(w.store.who(&token, "Test", now()).await.unwrap().is_none());
        assert!(matches!(w.store.log_in(MAIL, PASSWORD, false, now()).await.unwrap(), LogIn::Waits { stage: Stage::SetUp, .. }));
        // What else the authority sets for itself stays.
        w.town.write(|t| t.hide_reads(Some("Gründe"), "lead", now())).await.unwrap();
        assert!(w.town.read(|t| t.second_factor_required()).await.unwrap());
        assert!(w.store.reset_account(MAIL, "ein neues Passwort", now()).await.unwrap());
        assert!(!w.store.reset_account("wer@nobitz.example", "x", now()).await.unwrap());
        assert!(matches!(w.store.log_in(MAIL, PASSWORD, false, now()).await.unwrap(), LogIn::Wrong));
    }
}
