//! Every sealed column, given every other sealed value there is: of another row, another authority, another column.
//! None opens, and no column is left out: the migrations say which there are. (What opens is bound to its place: see `seal.rs`.)

use std::collections::BTreeMap;

use domain::TenantId;
use domain::account::{Role, Term};
use store::*;

use crate::sealing::busy_town;
use crate::world::*;

/// Bytes of a tenant's tables that are no sealed values: what everybody may see, and a name for an index.
const OPEN: [&str; 4] = ["crest", "signature", "idem_key", "public_key"];

/// The sealed columns of a tenant's tables, as the migrations name them: a new one is asked for here by itself.
fn sealed() -> Vec<(&'static str, &'static str)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations/tenant");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|f| f.unwrap().path()).collect();
    files.sort();
    let mut found = Vec::new();
    let mut table = "";
    for file in files {
        let text: &'static str = std::fs::read_to_string(file).unwrap().leak();
        for line in text.lines() {
            let mut words = line.split([' ', '(', ',']).filter(|w| !w.is_empty());
            match (words.next(), words.next(), words.next()) {
                (Some("create"), Some("table"), Some(name)) => table = name,
                (Some("alter"), ..) => assert!(
                    !line.contains("bytea"),
                    "a new column in an old table: read it here: {line}"
                ),
                (Some(column), Some("bytea"), _) if !column.ends_with("hash") && !OPEN.contains(&column) => {
                    found.push((table, column));
                }
                _ => {}
            }
        }
    }
    assert!(found.len() >= 21, "{found:?}");
    found
}

/// Whose rows they are: an account's, or an authority's.
fn of_accounts(table: &str) -> bool {
    ["member", "account_item"].contains(&table)
}

/// An account with two members, a begun and a sent application, and what it fills in.
async fn busy_club(w: &World, mail: &str) -> TenantStore {
    let session = AccountSession {
        proof: Proof::mail(mail),
        at: None,
        since: now(),
    };
    let name = AccountName {
        kind: AccountKind::Club,
        name: "Festverein".into(),
    };
    let club = w
        .store
        .create_account(&session, name, "E. Girlitz", now())
        .await
        .unwrap();
    let chair = club.read(|t| t.members()).await.unwrap().remove(0);
    let by = chair.id.clone();
    let acting = Acting {
        tenant: club.clone(),
        name: club.read(|t| t.account_name()).await.unwrap().unwrap(),
        roles: chair.roles_on(domain::date_of(now())),
        member: chair,
    };
    let term = Term {
        id: "term".into(),
        role: Role::Treasurer,
        from: domain::date_of(now()),
        to: None,
        relieves: None,
    };
    let second = format!("kasse-{mail}");
    w.store
        .invite(&acting, &second, "R. Goldammer", term, now())
        .await
        .unwrap();
    club.write(move |t| {
        let draft = AccountDraft {
            id: "d-1".into(),
            link: "Rotkehlchen".into(),
            by: by.clone(),
        };
        t.keep_account_draft(&draft, now())?;
        t.keep_account_case(&AccountCase {
            reference: case(1).reference,
            code: "Goldammer".into(),
            by: by.clone(),
            sent_at: now(),
        })?;
        let details = serde_json::json!({ "club.name": "Festverein" })
            .as_object()
            .cloned()
            .unwrap();
        t.change_account_details(&by, false, details, now())
    })
    .await
    .unwrap();
    club
}

/// Opens everything that an account has.
async fn open_club(club: &TenantStore) -> Result<()> {
    club.read(|t| {
        t.account_name()?;
        let chair = t.members()?.remove(0);
        t.account_drafts(9)?;
        t.account_cases(9)?;
        t.account_details(&chair.id).map(drop)
    })
    .await
}

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
        for clerk in t.clerks()? {
            t.second_factor(&clerk.id)?;
        }
        t.merged()?;
        t.open_dispatch("d-1")?;
        t.mails(100)?;
        t.feedback(100)?;
        t.sign_ups()?;
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

/// Two clerks who set an app up.
async fn second_factors(town: &TenantStore) {
    for clerk in town.read(|t| t.clerks()).await.unwrap() {
        crate::second_factor::set_up(town, &clerk).await;
    }
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
    async fn of(w: &World, tenant: &TenantId) -> Table {
        match &w.database {
            Some(dsn) => {
                let (client, connection) = tokio_postgres::connect(dsn, tokio_postgres::NoTls).await.unwrap();
                tokio::spawn(connection);
                Table::Server(client, tenant.as_str().to_owned())
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
            let asks = Asks { authority: "gera".into(), key: "16052000".into(), authority_name: "Stadt Gera".into(), place: "Stadt Gera".into(), name: "M. Muster".into(), mail: mail.into() };
            w.store.ask_to_join(town.id(), asks, "", now()).await.unwrap();
            second_factors(town).await;
            let params = [("notice_days".to_owned(), serde_json::json!(12))];
            town.write(move |t| t.set_params(&"16077036".into(), "x", BTreeMap::from(params.clone()), "clerk-1", now())).await.unwrap();
        }
        // Each took a neighbour in.
        for (id, into) in [("gera", &w.town), ("jena", &other)] {
            let neighbour = w.store.create_tenant(authority(id, id)).await.unwrap();
            crate::merge::merge(&w, &w.store, (neighbour.id(), into.id()), None).await.unwrap();
        }
        let clubs = (busy_club(&w, "a@b.example").await, busy_club(&w, "c@d.example").await);
        let towns = (Table::of(&w, w.town.id()).await, Table::of(&w, other.id()).await);
        let accounts = (Table::of(&w, clubs.0.id()).await, Table::of(&w, clubs.1.id()).await);
        let tables = |table: &str| if of_accounts(table) { (&accounts.0, &accounts.1) } else { (&towns.0, &towns.1) };
        let columns = sealed();
        let open = async |table: &str| match table {
            "job" => jobs_open(&w.town).await,
            table if of_accounts(table) => open_club(&clubs.0).await,
            _ => open_all(&w.town).await,
        };
        let mut all = BTreeMap::new();
        for &(table, column) in &columns {
            let (here, there) = tables(table);
            let (own, foreign) = (here.values(table, column, 3).await, there.values(table, column, 3).await);
            assert!(!own.is_empty() && !foreign.is_empty(), "{table}.{column} is empty");
            all.insert((table, column), (own, foreign));
        }
        for table in ["case_file", "job", "member"] {
            open(table).await.unwrap();
        }
        let mut tried = 0;
        for &(table, column) in &columns {
            let here = tables(table).0;
            let (own, foreign) = &all[&(table, column)];
            // Of other rows of the same column, here and elsewhere; and one of each other column.
            let mut values: Vec<&[u8]> = own[1..].iter().chain(foreign).map(|v| v.1.as_slice()).collect();
            values.extend(all.iter().filter(|(place, _)| **place != (table, column)).map(|(_, (own, _))| own[0].1.as_slice()));
            // Where each row is moves with every change on a server: asked anew.
            for value in values {
                towns.0.run(JOBS_ANEW).await;
                let (at, before) = here.values(table, column, 500).await.into_iter().find(|v| v.1 == own[0].1).expect("the row");
                let now_at = here.put(table, column, &at, value).await;
                let opened = open(table).await;
                assert!(matches!(opened, Err(Error::Sealed(_))), "{table}.{column} took another's value: {opened:?}");
                here.put(table, column, &now_at, &before).await;
                tried += 1;
            }
        }
        towns.0.run(JOBS_ANEW).await;
        for table in ["case_file", "job", "member"] {
            open(table).await.unwrap();
        }
        assert!(tried > 450, "{tried}");
        println!("{tried} moves of {} columns refused", columns.len());
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
            Some(_) => Table::of(&w, &"".into()).await,
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
