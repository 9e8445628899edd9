//! Counters of authorities and what they come to together.

use store::*;

use crate::world::*;

const NOBITZ: &str = "16077036";

fn figure(area: &str, kind: &str, n: i64) -> Figure {
    Figure {
        area: area.into(),
        service: "feuer".into(),
        kind: kind.into(),
        n,
    }
}

async fn count(town: &TenantStore, place: &'static str, at: &'static str, kind: &'static str, n: i64) {
    let at = crate::world::at(at);
    town.write(move |t| t.count(&place.into(), "feuer", at, kind, n))
        .await
        .unwrap();
}

/// Carries what waits, as the worker does.
async fn carry(w: &World, town: &TenantStore) -> usize {
    let later = now() + jiff::SignedDuration::from_hours(24 * 7);
    let mut changed = 0;
    for job in town.claim_jobs(later, 50).await.unwrap() {
        assert_eq!(job.kind, "figures");
        changed += w
            .store
            .carry_figures(town, job.payload["month"].as_str().unwrap())
            .await
            .unwrap();
        town.write(move |t| t.job_done(&job.id)).await.unwrap();
    }
    changed
}

async fn seen(w: &World, period: &str, level: u8, within: &str) -> Vec<Figure> {
    let all = w.store.shared().figures(period, level, within).await.unwrap();
    all.into_iter().filter(|f| f.n != 0).collect()
}

async fn tamper(w: &World, text: &'static str) {
    match &w.database {
        Some(dsn) => {
            let dsn = dsn.clone();
            std::thread::spawn(move || sql(&dsn, text)).join().unwrap()
        }
        None => rusqlite::Connection::open(w.folder.join("data/shared.db"))
            .unwrap()
            .execute_batch(text)
            .unwrap(),
    }
}

both! {
    async fn what_was_counted_is_carried_once(w: World) {
        count(&w.town, NOBITZ, "2026-11-24T12:00:00Z", "submitted", 3).await;
        count(&w.town, NOBITZ, "2026-11-25T12:00:00Z", "submitted", 4).await;
        count(&w.town, "16077011", "2026-10-01T12:00:00Z", "submitted", 2).await;
        assert!(seen(&w, "2026", 2, "16").await.is_empty(), "a job carries it");
        assert_eq!(carry(&w, &w.town).await, 2);
        assert_eq!(seen(&w, "2026", 2, "16").await, [figure("16", "submitted", 9)]);
        assert_eq!(seen(&w, "2026-11", 5, "16").await, [figure("16077", "submitted", 7)]);
        assert_eq!(seen(&w, "2026", 8, "16077").await, [figure("16077011", "submitted", 2), figure(NOBITZ, "submitted", 7)]);
        assert!(seen(&w, "2026", 8, "16076").await.is_empty());
        // Again, for a month and for all: nothing changes.
        for month in ["2026-11", "2026", ""] {
            let month = if month == "2026" { "2026-10" } else { month };
            assert_eq!(w.store.carry_figures(&w.town, month).await.unwrap(), 0, "{month}");
        }
        // More of the same month, and of two authorities at one place.
        let district = w.store.create_tenant(authority("lk", "Landkreis")).await.unwrap();
        count(&w.town, NOBITZ, "2026-11-26T12:00:00Z", "submitted", 1).await;
        count(&district, NOBITZ, "2026-11-26T12:00:00Z", "submitted", 10).await;
        assert_eq!((carry(&w, &w.town).await, carry(&w, &district).await), (1, 1));
        assert_eq!(seen(&w, "2026", 8, NOBITZ).await, [figure(NOBITZ, "submitted", 18)]);
        let months = w.store.shared().figures_over(&["2026-10".to_owned(), "2026-11".to_owned()], 2, "16").await.unwrap();
        assert_eq!(months, [vec![figure("16", "submitted", 2)], vec![figure("16", "submitted", 18)]]);
        // One that is no more takes its figures along.
        let id = district.id().clone();
        drop(district);
        let owner = w.database.as_deref().map(|dsn| as_role(dsn, "kommunal_owner"));
        w.store.erase(&id, owner.as_deref(), None).await.unwrap();
        assert_eq!(seen(&w, "2026", 2, "16").await, [figure("16", "submitted", 10)]);
        assert!(!w.store.shared().mend_figures().await.unwrap(), "nothing to mend");
    }

    async fn many_that_carry_at_once_agree(w: World) {
        let mut tasks = Vec::new();
        for n in 0..8 {
            let (store, town) = (w.store.clone(), w.town.clone());
            tasks.push(tokio::spawn(async move {
                town.write(move |t| t.count(&NOBITZ.into(), "feuer", now(), "submitted", n)).await.unwrap();
                store.carry_figures(&town, "2026-11").await.unwrap();
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }
        w.store.carry_figures(&w.town, "").await.unwrap();
        assert_eq!(seen(&w, "2026", 8, NOBITZ).await, [figure(NOBITZ, "submitted", 28)]);
        assert!(!w.store.shared().mend_figures().await.unwrap());
    }

    async fn the_night_mends_what_is_wrong(w: World) {
        count(&w.town, NOBITZ, "2026-11-24T12:00:00Z", "submitted", 30).await;
        carry(&w, &w.town).await;
        let day = "2026-11-24".parse().unwrap();
        w.store.add_demand(&NOBITZ.into(), "feuer", day).await.unwrap();
        assert_eq!(w.store.shared().figures_of("2026", "printed", 8).await.unwrap(), [figure(NOBITZ, "printed", 1)]);
        assert!(!w.store.shared().mend_figures().await.unwrap());
        tamper(&w, "update figure set n = 7 where level = 2; delete from figure where level = 5;").await;
        assert!(w.store.shared().mend_figures().await.unwrap());
        assert_eq!(seen(&w, "2026", 5, "16").await, [figure("16077", "printed", 1), figure("16077", "submitted", 30)]);
        assert_eq!(seen(&w, "2026-11", 2, "16").await, [figure("16", "printed", 1), figure("16", "submitted", 30)]);
        // What an authority has carried wrongly, its own nightly job mends.
        tamper(&w, "update figure_month set n = 31 where kind = 'submitted';").await;
        assert_eq!(w.store.carry_figures(&w.town, "").await.unwrap(), 1);
        assert!(w.store.shared().mend_figures().await.unwrap(), "the sums follow the row that was changed by hand");
        assert_eq!(seen(&w, "2026", 2, "16").await, [figure("16", "printed", 1), figure("16", "submitted", 30)]);
        // Demand that was counted by day and not carried.
        tamper(&w, "delete from figure_month where kind = 'printed';").await;
        assert!(w.store.shared().mend_figures().await.unwrap());
        assert_eq!(w.store.shared().figures_of("2026", "printed", 8).await.unwrap(), [figure(NOBITZ, "printed", 1)]);
    }
}

#[tokio::test]
async fn a_record_names_the_statements_of_its_own_work() {
    let w = World::sqlite().await;
    let (_, names) = engine::trace::record(w.store.shared().figures("2026", 2, "16")).await;
    assert_eq!(names, ["figures.OF_AREAS"]);
    let (_, names) = engine::trace::record(async { w.town.read(|t| t.case(&"x".into())).await.unwrap() }).await;
    assert!(names.contains(&"cases.GET"), "{names:?}");
}
