//! Not a test: rates on this machine. `cargo test -p store -- --ignored rates --nocapture`.

use std::time::Instant;

use store::*;

use crate::cases::paper_ref;
use crate::world::*;

async fn story(w: World, engine: &str) {
    let start = Instant::now();
    let mut tasks = Vec::new();
    for worker in 0..64u32 {
        let (town, shared) = (w.town.clone(), w.store.shared());
        tasks.push(tokio::spawn(async move {
            for i in 0..30 {
                let c = case(1 + worker * 1000 + i);
                assert!(shared.reserve_reference(&c.reference, town.id(), &c.id).await.unwrap());
                submit(&town, c).await.unwrap();
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    println!(
        "{engine}: {:.0} submissions/s",
        64.0 * 30.0 / start.elapsed().as_secs_f64()
    );

    let start = Instant::now();
    for _ in 0..20 {
        let f = CaseFilter {
            tab: Tab::All,
            size: 50,
            ..Default::default()
        };
        w.town
            .read(move |t| Ok::<_, Error>((t.cases(&f)?, t.tab_counts(&f)?)))
            .await
            .unwrap();
    }
    println!("{engine}: list of 50 of 1,920 with counts {:?}", start.elapsed() / 20);
    let start = Instant::now();
    for _ in 0..20 {
        let f = CaseFilter {
            tab: Tab::All,
            size: 50,
            q: "Kanarienvogl".into(),
            ..Default::default()
        };
        w.town.read(move |t| t.cases(&f)).await.unwrap();
    }
    println!(
        "{engine}: search with a typing error, all match {:?}",
        start.elapsed() / 20
    );
    let bytes = vec![7u8; 1_000_000];
    let start = Instant::now();
    for i in 0..50 {
        let (paper, bytes) = (paper_ref(&format!("p{i}"), &bytes), bytes.clone());
        w.town
            .write(move |t| t.put_paper(&case(1).id, &paper, &bytes, now()))
            .await
            .unwrap();
    }
    println!("{engine}: papers of 1 MB {:.0}/s", 50.0 / start.elapsed().as_secs_f64());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "measures"]
async fn rates() {
    story(World::sqlite().await, "SQLite").await;
    if let Some(w) = World::postgres().await {
        story(w, "PostgreSQL").await;
    }
}
