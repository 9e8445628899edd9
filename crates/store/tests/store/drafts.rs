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
        drafts.save(&other, later).await.unwrap();
        let back = found(drafts.by_link(&made.link, later).await.unwrap());
        assert_eq!((back.data.clone(), back.updated_at), (json!({"a": 2}), later));
        assert_eq!(drafts.paper(&back, &"p1".into()).await.unwrap().unwrap().1, bytes);
        drafts.remove_paper(&back, &"p1".into()).await.unwrap();
        assert!(drafts.paper(&back, &"p1".into()).await.unwrap().is_none());
        drafts.delete(&back.id).await.unwrap();
        assert!(matches!(drafts.by_link(&made.link, later).await.unwrap(), Resume::NotFound));
        assert!(matches!(drafts.save(&back, later).await, Err(Error::Missing(_))));
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
        let (old, kept) = (new(&w).await, new(&w).await);
        let day = |n: i64| now() + SignedDuration::from_hours(24 * n);
        drafts.save(&kept.draft, day(10)).await.unwrap();
        found(drafts.by_link(&old.link, day(89)).await.unwrap());
        assert!(matches!(drafts.by_link(&old.link, day(90)).await.unwrap(), Resume::NotFound));
        assert_eq!(drafts.tidy(day(90)).await.unwrap(), 1);
        found(drafts.by_link(&kept.link, day(90)).await.unwrap());
    }
}
