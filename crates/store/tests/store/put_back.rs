//! An older state is put back: what was taken away since stays away, and the log says what was done.

use std::path::PathBuf;

use domain::{AuditHead, ClerkId};
use jiff::{SignedDuration, Timestamp};
use store::backup::restore_all;
use store::*;

use crate::world::*;

const WORD: &str = "ein langes Passwort";
const LATER: &str = "ein anderes Passwort";

async fn made(w: &World, now: Timestamp) -> PathBuf {
    w.store.backup(&w.folder.join("backups"), now).await.unwrap().folder
}

async fn add(w: &World, email: &str, roles: &[&str]) -> ClerkId {
    let roles: Vec<String> = roles.iter().map(|r| (*r).to_owned()).collect();
    let made = w
        .store
        .add_clerk(w.town.id(), email, "Wiedehopf", WORD, &roles, "system", now());
    made.await.unwrap().id
}

/// The token of a new log-in; `None`: it is refused.
async fn enter(store: &Store, email: &str, password: &str) -> Option<String> {
    match store.log_in(email, password, false, now()).await.unwrap() {
        LogIn::In { token, .. } => Some(token),
        _ => None,
    }
}

/// To an office without a desk here, about the first case.
fn question() -> Consultation {
    Consultation {
        id: "frage".into(),
        incoming: false,
        case: Some(case(1).id),
        who: "police".into(),
        who_name: "Polizei".into(),
        peer: None,
        peer_id: None,
        address: "p@example.org".into(),
        content: serde_json::json!({}),
        asked_at: now(),
        answer_by: "2026-12-01".parse().unwrap(),
        expires_at: at("2026-12-08T00:00:00Z"),
        reminded_at: None,
        answer: None,
        revoked_at: None,
        over: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_away_since_stays_away() {
    let w = World::sqlite().await;
    let lead = add(&w, "lead@nobitz.example", &["lead"]).await;
    let locked = add(&w, "locked@nobitz.example", &["clerk"]).await;
    let lower = add(&w, "lower@nobitz.example", &["clerk", "lead"]).await;
    submit(&w.town, case(1)).await.unwrap();
    let (who, of) = (lower.clone(), lower.clone());
    let feed = w.town.write(move |t| t.open_feed(&who, now())).await.unwrap();
    let asked = question();
    let link = w
        .town
        .write(move |t| t.create_consultation(&asked))
        .await
        .unwrap()
        .unwrap();
    let backup = made(&w, now()).await;

    let (one, other) = (locked.clone(), lower.clone());
    w.town
        .write(move |t| {
            t.change_clerk(&one, "lead", now(), |c| c.active = false)?;
            t.change_clerk(&other, "lead", now(), |c| c.roles = vec!["clerk".into()])?;
            t.close_feed(&other, now())?;
            t.revoke_consultation("frage", now())
        })
        .await
        .unwrap();
    w.store
        .set_password(w.town.id(), &lead, LATER, &lead, now())
        .await
        .unwrap();
    add(&w, "new@nobitz.example", &["clerk"]).await;

    w.store.restore_one(&backup, w.town.id(), now()).await.unwrap();
    let town = w.store.tenant(w.town.id()).await.unwrap();
    assert!(
        enter(&w.store, "locked@nobitz.example", WORD).await.is_none(),
        "locked since"
    );
    assert!(
        enter(&w.store, "lead@nobitz.example", WORD).await.is_none(),
        "changed since"
    );
    assert!(enter(&w.store, "lead@nobitz.example", LATER).await.is_some());
    assert!(
        enter(&w.store, "new@nobitz.example", WORD).await.is_some(),
        "nobody is lost"
    );
    let read = move |t: &TenantTx<'_>| {
        let question = t.consultation_by_token(&link, now())?;
        Ok::<_, Error>((t.clerk(&of)?, t.clerk_of_feed(&feed)?, question, t.case(&case(1).id)?))
    };
    let (clerk, feed, question, there) = town.read(read).await.unwrap();
    assert_eq!(clerk.unwrap().roles, ["clerk"]);
    assert!(feed.is_none(), "a calendar's link that was taken back");
    assert!(question.is_none(), "a question's link that was taken back");
    assert!(there.is_some());
}

/// A role that was ended in an account stays so.
#[tokio::test(flavor = "multi_thread")]
async fn an_ended_role_of_an_account_stays_ended() {
    let w = World::sqlite().await;
    let session = AccountSession {
        proof: Proof::mail("club@example.org"),
        at: None,
        since: now(),
    };
    let name = AccountName {
        kind: AccountKind::Club,
        name: "Festverein Girlitz e. V.".into(),
    };
    let club = w
        .store
        .create_account(&session, name, "Anna Rotkehlchen", now())
        .await
        .unwrap();
    let today = domain::date_of(now());
    let term = domain::account::Term {
        id: "kasse".into(),
        role: domain::account::Role::Treasurer,
        from: today.yesterday().unwrap(),
        to: None,
        relieves: None,
    };
    let chair = club.read(|t| t.members()).await.unwrap().remove(0).id;
    let of = chair.clone();
    club.write(move |t| t.give_term(&of, term, &of, now())).await.unwrap();
    let backup = made(&w, now()).await;
    let of = chair.clone();
    club.write(move |t| t.end_term(&of, "kasse", today.yesterday().unwrap(), &of, now()))
        .await
        .unwrap();
    w.store.restore_one(&backup, club.id(), now()).await.unwrap();
    let club = w.store.tenant(club.id()).await.unwrap();
    let member = club.read(move |t| t.member(&chair)).await.unwrap().unwrap();
    assert_eq!(member.roles_on(today), [domain::account::Role::Chair]);
}

/// What is left of a case that was erased.
fn left_of(case: &domain::Case) -> String {
    format!(
        "insert into erased_case values ('nobitz', '{}', '{}', '16077036', 'brauchtumsfeuer', 0, '2026-11-20', 'withdrawn', 'no_archive', 0, x'00')",
        case.id.0, case.reference
    )
}

/// Own cases, and what others asked and had erased: gone before anybody can open them.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_erased_since_never_comes_back() {
    let w = World::sqlite().await;
    submit(&w.town, case(1)).await.unwrap();
    submit(&w.town, case(2)).await.unwrap();
    let peer: domain::TenantId = "altenburg".into();
    for id in ["in-one", "in-two"] {
        let asked = Consultation {
            id: id.into(),
            incoming: true,
            case: None,
            peer: Some(peer.clone()),
            peer_id: id.strip_prefix("in-").map(str::to_owned),
            address: String::new(),
            ..question()
        };
        w.town.write(move |t| t.create_consultation(&asked)).await.unwrap();
    }
    let backup = made(&w, now()).await;
    let (id, from) = (case(1).id, peer.clone());
    w.town
        .write(move |t| {
            t.delete_case(&id, &domain::Actor::System, now())?;
            assert!(t.receive("one-erased", &from, "consult_erased", now())?);
            t.erase_question("in-one", &from, now())
        })
        .await
        .unwrap();
    crate::audit::raw(&w, &left_of(&case(1)));
    w.store.restore_one(&backup, w.town.id(), now()).await.unwrap();
    // As the file lies there, before anybody writes to it.
    let file = rusqlite::Connection::open(w.folder.join("data/tenants/nobitz.db")).unwrap();
    let ids = |sql: &str| -> Vec<String> {
        let mut rows = file.prepare(sql).unwrap();
        rows.query_map([], |r| r.get(0)).unwrap().map(Result::unwrap).collect()
    };
    assert_eq!(ids("select id from case_file"), [case(2).id.0]);
    assert_eq!(ids("select id from consultation"), ["in-two"]);
    let again = w.store.tenant(w.town.id()).await.unwrap();
    let twice = again.write(move |t| t.receive("one-erased", &peer, "consult_erased", now()));
    assert!(!twice.await.unwrap(), "and the message is known");
}

/// The log names the restore: a head that was kept before it raises no false alarm, one that was kept after it does.
#[tokio::test(flavor = "multi_thread")]
async fn the_log_says_that_an_older_state_was_put_back() {
    let w = World::sqlite().await;
    submit(&w.town, case(1)).await.unwrap();
    let backup = made(&w, now()).await;
    for n in 2..5 {
        submit(&w.town, case(n)).await.unwrap();
    }
    let day = |text: &str| text.parse().unwrap();
    let kept = w.town.write(move |t| t.keep_head(day("2026-11-24"))).await.unwrap();
    let (mailed, _) = kept.unwrap();
    submit(&w.town, case(5)).await.unwrap();
    let last = w.town.read(|t| t.check_audit(&[])).await.unwrap().unwrap();

    w.store.restore_one(&backup, w.town.id(), now()).await.unwrap();
    let town = w.store.tenant(w.town.id()).await.unwrap();
    let read = |t: &TenantTx<'_>| {
        Ok::<_, Error>((
            t.check_audit(&[])?,
            t.restores()?,
            t.signed_heads(9)?,
            t.audit_rows(0, 9)?,
        ))
    };
    let (whole, restores, heads, rows) = town.read(read).await.unwrap();
    let whole = whole.expect("a whole log");
    assert_eq!(heads, std::slice::from_ref(&mailed), "what was signed is still here");
    let put_back = restores.first().expect("it is named");
    assert_eq!((put_back.row, put_back.at, put_back.before), (2, now(), Some(last)));
    assert_eq!((rows[1].event.as_str(), rows[1].n), ("authority.restored", 2));
    let of = |head: AuditHead, on: Option<&str>| put_back.explains(&head, on.map(day));
    assert!(of(mailed.head, Some("2026-11-24")) && of(mailed.head, None) && of(last, None));
    assert!(!of(mailed.head, Some("2026-11-25")), "of a later day it is this log's");
    assert!(!of(AuditHead { hash: [7; 32], ..last }, None), "the last one is known");
    assert!(!of(AuditHead { n: last.n + 1, ..last }, None), "there were no more");
    assert!(!of(AuditHead { n: 1, ..last }, None), "both logs hold this row");

    // The next day's head is news again, the drill finds nothing, and a cut is one.
    submit(&town, case(6)).await.unwrap();
    let kept = town.write(move |t| t.keep_head(day("2026-11-25"))).await.unwrap();
    let (next, news) = kept.unwrap();
    assert!(news && next.head.n < mailed.head.n, "{next:?}");
    let later = now() + SignedDuration::from_hours(72);
    made(&w, later).await;
    let drilled = w.store.drill(&w.folder.join("backups"), later).await.unwrap();
    assert!(drilled.findings.is_empty(), "{drilled:?}");
    crate::audit::raw(
        &w,
        &format!(
            "delete from audit where n > {0}; update audit_head set n = {0}, hash = (select hash from audit where n = {0})",
            whole.n
        ),
    );
    let cut = town.read(|t| t.check_audit(&[])).await.unwrap();
    assert!(matches!(cut, Err(AuditBreak::Cut { .. })), "{cut:?}");
}

/// A row like it that the authority's key has not marked explains nothing.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_explains_a_cut() {
    let w = World::sqlite().await;
    submit(&w.town, case(1)).await.unwrap();
    let by = format!("restore:{}:99:{}", "ab".repeat(32), "0".repeat(32));
    w.town
        .write(move |t| {
            t.audit(&by, "authority.restored", None, now());
            Ok::<_, Error>(())
        })
        .await
        .unwrap();
    assert_eq!(w.town.read(|t| t.restores()).await.unwrap(), []);
}

/// All of it comes back: nobody is logged in, and what was on its way from one file to another while they were copied
/// goes once more.
#[tokio::test(flavor = "multi_thread")]
async fn a_whole_restore_ends_sessions_and_says_again_what_was_delivered() {
    let w = World::sqlite().await;
    add(&w, "lead@nobitz.example", &["lead"]).await;
    submit(&w.town, case(1)).await.unwrap();
    let token = enter(&w.store, "lead@nobitz.example", WORD).await.unwrap();
    let asked = Consultation {
        peer: Some("altenburg".into()),
        peer_id: Some("frage".into()),
        address: String::new(),
        ..question()
    };
    w.town
        .write(move |t| -> std::result::Result<(), ActError> {
            t.ask_office(&asked, &clerk(), now())?;
            Ok(t.delivered("frage", now())?)
        })
        .await
        .unwrap();
    let backup = made(&w, now()).await;
    let data = w.folder.join("again");
    restore_all(&backup, &data, &w.root.clone().into(), now()).unwrap();
    let there = Store::open(StoreConfig {
        data,
        database: None,
        database_migrate: None,
        root: w.root.clone().into(),
        entropy: Entropy::System,
    });
    let there = there.await.unwrap();
    assert!(w.store.who(&token, "", now()).await.unwrap().is_some());
    assert!(
        there.who(&token, "", now()).await.unwrap().is_none(),
        "a log-out would be undone"
    );
    let town = there.tenant(w.town.id()).await.unwrap();
    let read = |t: &TenantTx<'_>| Ok::<_, Error>((t.open_dispatch("frage")?, t.restores()?, t.check_audit(&[])?));
    let (again, restores, whole) = town.read(read).await.unwrap();
    let again = again.expect("it goes once more");
    assert_eq!(again.payload["id"], "frage");
    assert!(
        restores.len() == 1 && restores[0].before.is_none() && whole.is_ok(),
        "{restores:?}"
    );
}
