//! What belongs to no tenant, and the opening of many tenants.

use std::sync::Arc;

use store::*;

use crate::world::*;

both! {
    async fn references_codes_and_packages(w: World) {
        let shared = w.store.shared();
        assert!(shared.reserve_reference("NOB-1", w.town.id(), &case(1).id).await.unwrap());
        assert!(!shared.reserve_reference("NOB-1", w.town.id(), &case(2).id).await.unwrap());
        assert_eq!(shared.find_reference("NOB-1").await.unwrap(), Some(("nobitz".into(), case(1).id)));
        assert!(shared.find_reference("NOB-2").await.unwrap().is_none());

        let found = shared.authority(&"nobitz".into()).await.unwrap();
        assert_eq!(found, Some(authority("nobitz", "Gemeinde Nobitz")));
        assert_eq!(shared.authorities().await.unwrap().len(), 1);
        assert!(matches!(w.store.tenant(&"nowhere".into()).await, Err(Error::Missing("tenant"))));
        for bad in ["", "../evil", "Nobitz", "a/b", "-x"] {
            assert!(matches!(w.store.create_tenant(authority(bad, "x")).await, Err(Error::Setup(_))), "{bad}");
        }

        let publish = |hash: &'static str| shared.publish_package("feuer", hash, hash.as_bytes().to_vec(), now());
        assert_eq!(publish("h1").await.unwrap(), 1);
        assert_eq!(publish("h1").await.unwrap(), 1);
        assert_eq!(publish("h2").await.unwrap(), 2);
        assert_eq!(shared.package("h1").await.unwrap().unwrap().bytes, b"h1");

        shared.tidy(now()).await.unwrap();
    }

    // Numbers by place, service and month; what was only begun is no demand.
    async fn demand_is_counted_by_month(w: World) {
        let (here, there) = ("16077036".into(), "16077048".into());
        for (place, day) in [(&here, "2026-11-24"), (&here, "2026-11-30"), (&here, "2026-12-01"), (&there, "2026-11-24")] {
            w.store.add_demand(place, "feuer", day.parse().unwrap()).await.unwrap();
        }
        w.store.shared().count_demand(&here, "feuer", "2026-11-24".parse().unwrap(), "begun").await.unwrap();
        let row = |place: &domain::Ags, month: &str, n| DemandRow { place: place.clone(), service: "feuer".into(), month: month.into(), n };
        let (from, to) = ("2026-11-24".parse().unwrap(), "2026-12-31".parse().unwrap());
        let of_here = vec![row(&here, "2026-11", 2), row(&here, "2026-12", 1)];
        assert_eq!(w.store.demand(std::slice::from_ref(&here), from, to).await.unwrap(), of_here);
        let mut all = of_here;
        all.push(row(&there, "2026-11", 1));
        assert_eq!(w.store.demand(&[], from, to).await.unwrap(), all);
        assert_eq!(w.store.demand(&[here, there], from, to).await.unwrap(), all);
        let later = "2026-12-02".parse().unwrap();
        assert!(w.store.demand(&[], later, to).await.unwrap().is_empty());
    }

    async fn many_tenants_are_opened_closed_and_opened_again(w: World) {
        for n in 0..220 {
            w.store.create_tenant(authority(&format!("t{n}"), "T")).await.unwrap();
        }
        let store = Arc::new(w.store.clone());
        let mut tasks = Vec::new();
        for n in 0..660usize {
            let store = store.clone();
            tasks.push(tokio::spawn(async move {
                let town = store.tenant(&format!("t{}", n % 220).as_str().into()).await.unwrap();
                town.write(|t| t.count(&"1".into(), "s", now(), "k", 1)).await.unwrap();
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }
        for n in [0, 100, 219] {
            let town = w.store.tenant(&format!("t{n}").as_str().into()).await.unwrap();
            let day = "2026-11-24".parse().unwrap();
            assert_eq!(town.read(move |t| t.counts(day, day)).await.unwrap()[0].n, 3, "t{n}");
        }
    }

    async fn everything_is_there_after_a_restart(w: World) {
        submit(&w.town, case(1)).await.unwrap();
        let again = w.again(w.root.clone()).await.unwrap();
        let town = again.tenant(&"nobitz".into()).await.unwrap();
        assert_eq!(town.read(|t| t.case(&case(1).id)).await.unwrap(), Some(case(1)));
        assert_eq!(town.authority(), w.town.authority());
    }

    async fn newer_data_is_refused(w: World) {
        let text = "insert into schema_version (set_name, version, file) values ('shared', 99, 'x')";
        match &w.database {
            Some(dsn) => { let dsn = dsn.clone(); std::thread::spawn(move || sql(&dsn, text)).join().unwrap() }
            None => rusqlite::Connection::open(w.folder.join("data/shared.db")).unwrap().execute_batch(text).unwrap(),
        }
        let Err(Error::Setup(sentence)) = w.again(w.root.clone()).await else { panic!("opened newer data") };
        assert!(sentence.contains("neuer"));
    }
}
