//! Drafts: resumed by link or code, locked against guessing, gone after 90 days.

use jiff::SignedDuration;
use serde_json::json;
use store::*;

use crate::cases::paper_ref;
use crate::world::*;

async fn new(w: &World) -> NewDraft {
    w.store
        .drafts()
        .create(&"16077036".into(), "brauchtumsfeuer", json!({"a": 1}), now())
        .await
        .unwrap()
}

fn found(r: Resume) -> Draft {
    match r {
        Resume::Found(draft) => *draft,
        other => panic!("{other:?}"),
    }
}

both! {
    async fn a_draft_can_keep_its_own_link_and_code(w: World) {
        let data = |link: &str, code: &str| json!({ "link": link, "code": code });
        let drafts = w.store.drafts();
        let made = drafts.create_with(&"16077036".into(), "brauchtumsfeuer", data, now()).await.unwrap();
        let draft = found(drafts.by_link(&made.link, now()).await.unwrap());
        assert_eq!(draft.data, json!({ "link": made.link, "code": made.code }));
        assert_eq!(draft.data, made.draft.data);
    }
}

both! {
    async fn begun_here_finished_there(w: World) {
        let drafts = w.store.drafts();
        let made = new(&w).await;
        assert_eq!((made.link.len(), made.code.len()), (22, 14));
        let mut other = found(drafts.by_code(&made.code.to_lowercase().replace('-', " "), now()).await.unwrap());
        assert_eq!((other.data.clone(), other.service.as_str()), (json!({"a": 1}), "brauchtumsfeuer"));
        other.data = json!({"a": 2});
        let bytes = vec![3u8; 300_000];
        drafts.put_paper(&other, PaperInfo::from(&paper_ref("p1", &bytes)), bytes.clone()).await.unwrap();
        let later = now() + SignedDuration::from_hours(48);
        assert!(drafts.save(&mut other, &["p1".into()], later).await.unwrap());
        let mut back = found(drafts.by_link(&made.link, later).await.unwrap());
        assert_eq!((back.data.clone(), back.updated_at), (json!({"a": 2}), later));
        assert_eq!(drafts.paper(&back, &"p1".into()).await.unwrap().unwrap().1, bytes);
        drafts.delete(&back.id).await.unwrap();
        assert!(matches!(drafts.by_link(&made.link, later).await.unwrap(), Resume::NotFound));
        assert!(matches!(drafts.save(&mut back, &[], later).await, Err(Error::Missing(_))));
    }

    async fn a_save_from_an_older_state_is_refused_and_dropped_papers_go(w: World) {
        let drafts = w.store.drafts();
        let made = new(&w).await;
        let open = async || found(drafts.by_link(&made.link, now()).await.unwrap());
        let (mut here, mut there) = (open().await, open().await);
        for id in ["p1", "p2"] {
            let bytes = vec![7u8; 100];
            drafts.put_paper(&here, PaperInfo::from(&paper_ref(id, &bytes)), bytes).await.unwrap();
        }
        here.data = json!({"a": "here"});
        assert!(drafts.save(&mut here, &["p2".into()], now()).await.unwrap());
        assert!(drafts.paper(&here, &"p1".into()).await.unwrap().is_none(), "no longer named");
        assert!(drafts.paper(&here, &"p2".into()).await.unwrap().is_some());
        there.data = json!({"a": "there"});
        assert!(!drafts.save(&mut there, &[], now()).await.unwrap(), "opened before the other saved");
        assert_eq!(open().await.data, json!({"a": "here"}));
        assert!(drafts.paper(&here, &"p2".into()).await.unwrap().is_some());
        here.data = json!({"a": "again"});
        assert!(drafts.save(&mut here, &["p2".into()], now()).await.unwrap(), "one after the other is fine");
    }

    async fn what_is_left_of_a_sent_draft_stays_a_day(w: World) {
        let drafts = w.store.drafts();
        let made = new(&w).await;
        let mut late = found(drafts.by_link(&made.link, now()).await.unwrap());
        let mut sent = late.clone();
        let bytes = vec![7u8; 100];
        drafts.put_paper(&sent, PaperInfo::from(&paper_ref("p1", &bytes)), bytes).await.unwrap();
        sent.data = json!({"sent": true});
        let until = now() + SignedDuration::from_hours(24);
        drafts.finish(&sent, now(), until).await.unwrap();
        assert!(!drafts.save(&mut late, &[], now()).await.unwrap(), "a page saved meanwhile does not undo it");
        let left = found(drafts.by_link(&made.link, now() + SignedDuration::from_hours(23)).await.unwrap());
        assert_eq!(left.data, json!({"sent": true}));
        assert!(drafts.paper(&left, &"p1".into()).await.unwrap().is_none());
        assert!(matches!(drafts.by_link(&made.link, until).await.unwrap(), Resume::NotFound));
    }

    async fn ten_wrong_codes_lock_this_draft_for_the_hour(w: World) {
        let drafts = w.store.drafts();
        let (made, neighbour) = (new(&w).await, new(&w).await);
        let wrong = format!("{}-0000-0000", &made.code[..4]);
        for _ in 0..10 {
            assert!(matches!(drafts.by_code(&wrong, now()).await.unwrap(), Resume::NotFound));
        }
        let Resume::Locked { until } = drafts.by_code(&made.code, now()).await.unwrap() else { panic!("not locked") };
        assert_eq!(until, now() + SignedDuration::from_hours(1));
        // The link still works, and so do others' codes.
        found(drafts.by_link(&made.link, now()).await.unwrap());
        if neighbour.code[..4] != made.code[..4] {
            found(drafts.by_code(&neighbour.code, now()).await.unwrap());
        }
        found(drafts.by_code(&made.code, until).await.unwrap());
        assert!(matches!(drafts.by_code("short", now()).await.unwrap(), Resume::NotFound));
    }

    async fn ninety_days_after_the_last_change_it_is_gone(w: World) {
        let drafts = w.store.drafts();
        let (old, mut kept) = (new(&w).await, new(&w).await);
        let day = |n: i64| now() + SignedDuration::from_hours(24 * n);
        assert!(drafts.save(&mut kept.draft, &[], day(10)).await.unwrap());
        found(drafts.by_link(&old.link, day(89)).await.unwrap());
        assert!(matches!(drafts.by_link(&old.link, day(90)).await.unwrap(), Resume::NotFound));
        assert_eq!(drafts.tidy(day(90)).await.unwrap(), 1);
        found(drafts.by_link(&kept.link, day(90)).await.unwrap());
    }
}
