//! Every sealed column, given every other sealed value there is: of another row, another authority, another column.
//! None opens. (What opens is bound to its place: see `seal.rs`.)

use std::collections::BTreeMap;

use store::*;

use crate::sealing::busy_town;
use crate::world::*;

/// Sealed columns of a tenant's tables, and whether there may be nothing.
const SEALED: [(&str, &str); 18] = [
    ("case_file", "case_key"),
    ("case_file", "summary"),
    ("case_file", "body"),
    ("case_event", "body"),
    ("paper", "meta"),
    ("paper_chunk", "body"),
    ("letter", "meta"),
    ("letter_chunk", "body"),
    ("booking", "label"),
    ("change_log", "body"),
    ("clerk", "body"),
    ("consultation", "body"),
    ("consultation", "answer"),
    ("idempotency", "answer"),
    ("delivery_out", "payload"),
    ("outbox_mail", "body"),
    ("feedback", "body"),
    ("job", "payload"),
];

/// Opens everything that an authority has.
async fn open_all(town: &TenantStore) -> Result<()> {
    let far = at("2099-01-01T00:00:00Z");
    let read = move |t: &TenantTx<'_>| {
        let filter = CaseFilter {
            tab: Tab::All,
            size: 100,
            ..CaseFilter::default()
        };
        t.cases(&filter)?;
        for n in 1..=3 {
            let id = case(n).id;
            t.case(&id)?;
            t.history(&id)?;
            t.consultations_of(&id)?;
            for letter in t.letters(&id)? {
                t.letter(&id, &letter.id)?;
            }
        }
        t.paper(&case(1).id, &"paper-1".into())?;
        t.bookings(None, at("2020-01-01T00:00:00Z"), far)?;
        t.changes(None, 100)?;
        t.clerks()?;
        t.open_dispatch("d-1")?;
        t.mails(100)?;
        t.feedback(100)?;
        let key = IdemKey {
            place: "16077036".into(),
            service: "x".into(),
            key: "Kanarienvogel".into(),
        };
        t.idempotency_find(&key, &[1; 32], now())?;
        Ok::<_, Error>(())
    };
    town.read(read).await
}

/// As if no job had been begun.
const JOBS_ANEW: &str =
    "update job set state = 'waiting', due = planned_at, attempts = 0, error = null where tenant = 'nobitz'";

/// Does a job whose payload does not open get given up?
async fn jobs_open(town: &TenantStore) -> Result<()> {
    let far = at("2090-01-01T00:00:00Z");
    while !town.claim_jobs(far, 100).await?.is_empty() {}
    match town.read(|t| t.dead_job_count()).await? {
        0 => Ok(()),
        _ => Err(Error::Sealed("job".into())),
    }
}

/// Where a row is on a server: a job moves while it is tried, and has an id.
fn place(table: &str) -> &'static str {
    if table == "job" { "id" } else { "ctid::text" }
}

/// One authority's tables behind the store's back.
enum Table {
    File(rusqlite::Connection),
    Server(tokio_postgres::Client, String),
}

impl Table {
    async fn of(w: &World, tenant: &str) -> Table {
        match &w.database {
            Some(dsn) => {
                let (client, connection) = tokio_postgres::connect(dsn, tokio_postgres::NoTls).await.unwrap();
                tokio::spawn(connection);
                Table::Server(client, tenant.to_owned())
            }
            None => {
                let file = rusqlite::Connection::open(w.folder.join(format!("data/tenants/{tenant}.db"))).unwrap();
                file.busy_timeout(std::time::Duration::from_secs(5)).unwrap();
                file.execute_batch("pragma synchronous = off").unwrap();
                Table::File(file)
            }
        }
    }

    /// Values of a column by where their row is.
    async fn values(&self, table: &str, column: &str, limit: u32) -> Vec<(String, Vec<u8>)> {
        match self {
            Table::File(file) => {
                let text = format!(
                    "select cast(rowid as text), {column} from {table} where {column} is not null order by rowid limit {limit}"
                );
                let mut rows = file.prepare(&text).unwrap();
                let rows = rows.query_map([], |r| Ok((r.get(0)?, r.get(1)?))).unwrap();
                rows.map(std::result::Result::unwrap).collect()
            }
            Table::Server(client, tenant) => {
                let text = format!(
                    "select {}, {column} from {table} where {column} is not null and tenant = '{tenant}' order by ctid limit {limit}",
                    place(table)
                );
                client
                    .query(&text, &[])
                    .await
                    .unwrap()
                    .iter()
                    .map(|r| (r.get(0), r.get(1)))
                    .collect()
            }
        }
    }

    /// Puts a value there; returns where the row is now.
    async fn put(&self, table: &str, column: &str, at: &str, value: &[u8]) -> String {
        match self {
            Table::File(file) => {
                let text = format!("update {table} set {column} = ?1 where rowid = {at}");
                assert_eq!(file.execute(&text, [value]).unwrap(), 1);
                at.to_owned()
            }
            Table::Server(client, _) => {
                let place = place(table);
                let text = format!("update {table} set {column} = $1 where {place} = '{at}' returning {place}");
                client.query_one(&text, &[&value]).await.unwrap().get(0)
            }
        }
    }

    async fn run(&self, text: &str) {
        match self {
            Table::File(file) => file.execute_batch(text).unwrap(),
            Table::Server(client, _) => client.batch_execute(text).await.unwrap(),
        }
    }
}

both! {
    async fn no_sealed_value_opens_in_another_place(w: World) {
        let other = w.store.create_tenant(authority("altenburg", "Altenburg")).await.unwrap();
        for (town, mail) in [(&w.town, "a@b.example"), (&other, "c@d.example")] {
            busy_town(&w, town, mail).await;
            let params = [("notice_days".to_owned(), serde_json::json!(12))];
            town.write(move |t| t.set_params(&"16077036".into(), "x", BTreeMap::from(params.clone()), "clerk-1", now())).await.unwrap();
        }
        let (here, there) = (Table::of(&w, "nobitz").await, Table::of(&w, "altenburg").await);
        let mut all = BTreeMap::new();
        for (table, column) in SEALED {
            let (own, foreign) = (here.values(table, column, 3).await, there.values(table, column, 3).await);
            assert!(!own.is_empty() && !foreign.is_empty(), "{table}.{column} is empty");
            all.insert((table, column), (own, foreign));
        }
        open_all(&w.town).await.unwrap();
        jobs_open(&w.town).await.unwrap();
        let mut tried = 0;
        for (table, column) in SEALED {
            let (own, foreign) = &all[&(table, column)];
            // Of other rows of the same column, here and elsewhere; and one of each other column.
            let mut values: Vec<&[u8]> = own[1..].iter().chain(foreign).map(|v| v.1.as_slice()).collect();
            values.extend(all.iter().filter(|(place, _)| **place != (table, column)).map(|(_, (own, _))| own[0].1.as_slice()));
            // Where each row is moves with every change on a server: asked anew.
            for value in values {
                here.run(JOBS_ANEW).await;
                let (at, before) = here.values(table, column, 500).await.into_iter().find(|v| v.1 == own[0].1).expect("the row");
                let now_at = here.put(table, column, &at, value).await;
                let opened = if table == "job" { jobs_open(&w.town).await } else { open_all(&w.town).await };
                assert!(matches!(opened, Err(Error::Sealed(_))), "{table}.{column} took another's value: {opened:?}");
                here.put(table, column, &now_at, &before).await;
                tried += 1;
            }
        }
        here.run(JOBS_ANEW).await;
        open_all(&w.town).await.unwrap();
        jobs_open(&w.town).await.unwrap();
        assert!(tried > 350, "{tried}");
        println!("{tried} moves of {} columns refused", SEALED.len());
    }

    async fn no_value_of_a_draft_opens_in_another(w: World) {
        let drafts = w.store.drafts();
        let mut made = Vec::new();
        for n in 0..2 {
            let new = drafts.create(&"16077036".into(), "x", serde_json::json!({ "n": n }), now()).await.unwrap();
            let bytes = format!("paper {n}").into_bytes();
            drafts.put_paper(&new.draft, PaperInfo::from(&crate::cases::paper_ref("paper-1", &bytes)), bytes).await.unwrap();
            made.push(new);
        }
        let table = match &w.database {
            Some(_) => Table::of(&w, "").await,
            None => Table::File(rusqlite::Connection::open(w.folder.join("data/drafts.db")).unwrap()),
        };
        let read = async |n: usize| -> Result<()> {
            let new: &NewDraft = &made[n];
            for found in [drafts.by_link(&new.link, now()).await?, drafts.by_code(&new.code, now()).await?] {
                let Resume::Found(draft) = found else { panic!("the draft is there") };
                drafts.paper(&draft, &"paper-1".into()).await?;
            }
            Ok(())
        };
        read(0).await.unwrap();
        let columns = [("draft", "body"), ("draft", "key_by_link"), ("draft", "key_by_code"), ("draft_paper", "meta"), ("draft_chunk", "body")];
        for (to, of) in columns {
            for (from, column) in columns {
                let key = |t: &str| if t == "draft" { "id" } else { "draft" };
                let [a, b] = [0, 1].map(|n| made[n].draft.id.clone());
                table.run(&format!("create table kept as select * from {to}; update {to} set {of} = (select f.{column} from {from} as f where f.{} = '{b}') where {} = '{a}'", key(from), key(to))).await;
                let opened = read(0).await;
                assert!(matches!(opened, Err(Error::Sealed(_))), "{to}.{of} took {from}.{column}: {opened:?}");
                table.run(&format!("update {to} set {of} = (select k.{of} from kept as k where k.{0} = {to}.{0}); drop table kept", key(to))).await;
                read(0).await.unwrap();
            }
        }
    }
}
