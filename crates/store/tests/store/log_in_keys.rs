//! Passkeys of clerks: found by their number, one account each, and nothing opens after they are gone. Signatures are
//! checked above the store; the browser story `passkey` goes the whole way.

use jiff::SignedDuration;
use serde_json::json;
use store::*;

use crate::world::*;

const DEVICE: &[u8] = b"number of a device";

async fn add(w: &World, mail: &str) -> Clerk {
    let roles = ["clerk".into()];
    let new = w
        .store
        .add_clerk(w.town.id(), mail, "S. Wiedehopf", PASSWORD, &roles, "lead", now());
    new.await.unwrap()
}

const PASSWORD: &str = "ein langes Passwort";

async fn proven(w: &World, clerk: &Clerk, password: &str) -> Proven {
    w.store
        .is_password(&clerk.email, password, now())
        .await
        .unwrap()
        .expect("the password")
}

async fn set_up(w: &World, clerk: &Clerk, device: &[u8]) -> Result<Added> {
    set_up_with(w, clerk, device, proven(w, clerk, PASSWORD).await).await
}

async fn by_password(w: &World, clerk: &Clerk) -> String {
    match w.store.log_in(&clerk.email, PASSWORD, false, now()).await.unwrap() {
        LogIn::In { token, .. } => token,
        other => panic!("{other:?}"),
    }
}

async fn set_up_with(w: &World, clerk: &Clerk, device: &[u8], proven: Proven) -> Result<Added> {
    set_up_here(w, clerk, device, proven, "").await
}

async fn set_up_here(w: &World, clerk: &Clerk, device: &[u8], proven: Proven, here: &str) -> Result<Added> {
    let new = NewKey {
        kind: KeyKind::Passkey,
        what: device,
        name: "Rotkehlchen",
        credential: json!({ "key": "Goldammer" }),
        proven,
        here,
    };
    w.store.add_log_in_key(&w.town, &clerk.id, new, now()).await
}

async fn log_in(w: &World) -> Option<String> {
    let (tenant, clerk, key) = w.store.key_owner(KeyKind::Passkey, DEVICE).await.unwrap()?;
    w.store
        .log_in_by_key(&tenant, &clerk.id, &key, Stage::In, now())
        .await
        .unwrap()
}

async fn set_active(w: &World, clerk: &Clerk, active: bool) {
    let id = clerk.id.clone();
    let change = move |t: &mut TenantTx<'_>| t.change_clerk(&id, "lead", now(), |c| c.active = active);
    w.town.write(change).await.unwrap();
}

both! {
    async fn a_challenge_counts_once_and_five_minutes(w: World) {
        let shared = w.store.shared();
        let state = json!({ "challenge": "abc" });
        let token = shared.begin_ceremony(&state, now()).await.unwrap();
        assert_eq!(shared.take_ceremony("another", now()).await.unwrap(), None);
        assert_eq!(shared.take_ceremony(&token, now()).await.unwrap(), Some(state.clone()));
        assert_eq!(shared.take_ceremony(&token, now()).await.unwrap(), None);
        let old = shared.begin_ceremony(&state, now()).await.unwrap();
        let later = now() + SignedDuration::from_mins(5);
        assert_eq!(shared.take_ceremony(&old, later).await.unwrap(), None);
        shared.tidy(later).await.unwrap();
        assert_eq!(shared.take_ceremony(&old, now()).await.unwrap(), None, "tidied away");
    }

    async fn a_device_belongs_to_one_account(w: World) {
        let (krell, vogel) = (add(&w, "krell@nobitz.example").await, add(&w, "vogel@nobitz.example").await);
        set_up(&w, &krell, DEVICE).await.unwrap();
        assert_eq!(set_up(&w, &vogel, DEVICE).await.unwrap(), Added::Taken);
        assert_eq!(set_up(&w, &krell, DEVICE).await.unwrap(), Added::Taken);
        let (_, owner, key) = w.store.key_owner(KeyKind::Passkey, DEVICE).await.unwrap().expect("an owner");
        assert_eq!((owner.id, key.name.as_str(), key.used), (krell.id.clone(), "Rotkehlchen", None));
        let token = log_in(&w).await.expect("a session");
        assert!(w.store.who(&token, "Test", now()).await.unwrap().is_some_and(|(.., c)| c.id == krell.id));
        let (.., key) = w.store.key_owner(KeyKind::Passkey, DEVICE).await.unwrap().expect("an owner");
        assert_eq!(key.used, Some(now()));
        assert!(w.store.key_owner(KeyKind::Passkey, b"unknown").await.unwrap().is_none());
        for n in 1..LOG_IN_KEYS_AT_MOST {
            set_up(&w, &krell, &[u8::try_from(n).unwrap()]).await.unwrap();
        }
        assert_eq!(set_up(&w, &krell, b"one too many").await.unwrap(), Added::Full);
        assert!(w.store.key_owner(KeyKind::Passkey, b"one too many").await.unwrap().is_none());
    }

    // Whoever sets a way in up is in, and nobody else who came in before it.
    async fn a_new_key_ends_the_other_sessions(w: World) {
        let krell = add(&w, "krell@nobitz.example").await;
        let (here, elsewhere) = (by_password(&w, &krell).await, by_password(&w, &krell).await);
        let password = proven(&w, &krell, PASSWORD).await;
        let in_there = async |token: &str| w.store.who(token, "Test", now()).await.unwrap().is_some();
        assert!(in_there(&here).await && in_there(&elsewhere).await);
        set_up_here(&w, &krell, DEVICE, password, &here).await.unwrap();
        assert!(in_there(&here).await && !in_there(&elsewhere).await);
    }

    async fn a_passkey_that_is_taken_away_opens_nothing(w: World) {
        let krell = add(&w, "krell@nobitz.example").await;
        set_up(&w, &krell, DEVICE).await.unwrap();
        let (tenant, clerk, key) = w.store.key_owner(KeyKind::Passkey, DEVICE).await.unwrap().expect("an owner");
        // Between the question and the answer the owner takes it away.
        let inside = log_in(&w).await.expect("a session");
        let stays = w.store.remove_log_in_key(&w.town, &krell.id, &key.id, now()).await.unwrap();
        let stays = stays.expect("a session for the device at hand");
        assert!(w.store.who(&stays, "Test", now()).await.unwrap().is_some());
        assert!(w.store.who(&inside, "Test", now()).await.unwrap().is_none(), "who came in by it is out");
        assert_eq!(w.store.log_in_by_key(&tenant, &clerk.id, &key, Stage::In, now()).await.unwrap(), None);
        assert_eq!(log_in(&w).await, None);
        assert_eq!(w.store.remove_log_in_key(&w.town, &krell.id, &key.id, now()).await.unwrap(), None);

        // A lock of the account, and the lead's help for a lost telephone.
        set_up(&w, &krell, DEVICE).await.unwrap();
        set_active(&w, &krell, false).await;
        assert_eq!(w.store.log_in_by_key(&tenant, &clerk.id, &key, Stage::In, now()).await.unwrap(), None);
        assert_eq!(log_in(&w).await, None);
        set_active(&w, &krell, true).await;
        let token = log_in(&w).await.expect("open again");
        w.store.drop_second_factor(w.town.id(), &krell.id, "lead", now()).await.unwrap();
        assert!(w.store.who(&token, "Test", now()).await.unwrap().is_none(), "sessions end");
        assert_eq!(log_in(&w).await, None);
        set_up(&w, &krell, DEVICE).await.expect("the device can be set up anew");
    }

    // Somebody else's device, asked for with the old password and answered after the lead has set a new one: it opens
    // nothing. The same for an account that was locked meanwhile.
    async fn a_key_that_comes_after_the_new_password_does_not_count(w: World) {
        let krell = add(&w, "krell@nobitz.example").await;
        let old = proven(&w, &krell, PASSWORD).await;
        let lead = domain::ClerkId::from("lead");
        w.store.set_password(w.town.id(), &krell.id, "noch ein Passwort", &lead, now()).await.unwrap();
        assert_eq!(set_up_with(&w, &krell, DEVICE, old).await.unwrap(), Added::Late);
        assert_eq!(log_in(&w).await, None);
        let new = proven(&w, &krell, "noch ein Passwort").await;
        set_active(&w, &krell, false).await;
        assert_eq!(set_up_with(&w, &krell, DEVICE, new.clone()).await.unwrap(), Added::Late);
        set_active(&w, &krell, true).await;
        assert_eq!(set_up_with(&w, &krell, DEVICE, new).await.unwrap(), Added::Yes);
        assert!(log_in(&w).await.is_some());
    }

    // Both at the same moment, in whichever order: what is left opens nothing.
    async fn a_key_and_a_new_password_at_once_leave_no_key(w: World) {
        let krell = add(&w, "krell@nobitz.example").await;
        for n in 0..3u8 {
            let password = format!("{PASSWORD} {n}");
            w.store.set_own_password(w.town.id(), &krell.id, &password, now()).await.unwrap();
            let old = proven(&w, &krell, &password).await;
            let lead = domain::ClerkId::from("lead");
            let (set, device) = ("noch ein Passwort", [n]);
            let (added, changed) = tokio::join!(
                set_up_with(&w, &krell, &device, old),
                w.store.set_password(w.town.id(), &krell.id, set, &lead, now()),
            );
            added.unwrap(); changed.unwrap();
            assert!(w.store.key_owner(KeyKind::Passkey, &device).await.unwrap().is_none(), "round {n}");
        }
    }

    async fn a_new_password_of_the_leads_takes_passkeys_along(w: World) {
        let krell = add(&w, "krell@nobitz.example").await;
        set_up(&w, &krell, DEVICE).await.unwrap();
        let own = w.store.set_own_password(w.town.id(), &krell.id, "ein anderes Passwort", now());
        own.await.unwrap();
        assert!(log_in(&w).await.is_some(), "one's own change leaves them");
        let lead = domain::ClerkId::from("lead");
        w.store.set_password(w.town.id(), &krell.id, "noch ein Passwort", &lead, now()).await.unwrap();
        assert_eq!(log_in(&w).await, None);
    }

    async fn a_log_in_does_not_bring_a_key_back(w: World) {
        let krell = add(&w, "krell@nobitz.example").await;
        for round in 0..40 {
            set_up(&w, &krell, DEVICE).await.unwrap();
            let (tenant, clerk, key) = w.store.key_owner(KeyKind::Passkey, DEVICE).await.unwrap().expect("an owner");
            let (store, id) = (w.store.clone(), key.id.clone());
            let logs_in = tokio::spawn(async move { store.log_in_by_key(&tenant, &clerk.id, &key, Stage::In, now()).await });
            tokio::task::yield_now().await;
            w.store.remove_log_in_key(&w.town, &krell.id, &id, now()).await.unwrap();
            logs_in.await.unwrap().unwrap();
            let who = krell.id.clone();
            let left = w.town.read(move |t| t.log_in_keys(&who)).await.unwrap();
            assert!(left.is_empty(), "round {round}");
        }
    }

    async fn switching_the_code_off_leaves_passkeys(w: World) {
        let krell = add(&w, "krell@nobitz.example").await;
        set_up(&w, &krell, DEVICE).await.unwrap();
        let id = krell.id.clone();
        w.store.remove_app(&w.town, &id, "", now()).await.unwrap();
        assert!(log_in(&w).await.is_some());
    }
}
