//! What the stories stand on: a store in a folder of its own (or a database of its own), one authority, and
//! cases with planted words that must never be readable.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use domain::*;
use jiff::Timestamp;
use serde_json::json;
use store::*;

/// Personal words; the byte search looks for them.
pub const CANARIES: [&str; 6] = [
    "Kanarienvogel",
    "Zaunkoenigsweg",
    "Rotkehlchen",
    "Goldammer",
    "Girlitz",
    "Wiedehopf",
];

pub fn at(text: &str) -> Timestamp {
    text.parse().expect("a timestamp")
}

pub fn now() -> Timestamp {
    at("2026-11-24T21:39:05Z")
}

pub struct World {
    pub store: Store,
    pub town: TenantStore,
    pub folder: PathBuf,
    /// As the superuser, who sees every row.
    pub database: Option<String>,
    pub root: RootKey,
    drop_database: Option<(String, String)>,
}

impl Drop for World {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.folder));
        if let Some((server, name)) = self.drop_database.take() {
            // On a thread of its own: a test's runtime is around us.
            let gone = std::thread::spawn(move || sql(&server, &format!("drop database {name} with (force)")));
            drop(gone.join());
        }
    }
}

/// Runs one statement on the server, outside the store.
pub fn sql(dsn: &str, text: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(dsn, tokio_postgres::NoTls)
            .await
            .expect("a server");
        let connection = tokio::spawn(connection);
        client.batch_execute(text).await.expect("a statement");
        drop(client);
        drop(connection.await);
    });
}

/// Runs statements as they are; the rows as text, or PostgreSQL's message.
pub async fn ask(dsn: &str, text: &str) -> std::result::Result<Vec<Vec<String>>, String> {
    let (client, connection) = tokio_postgres::connect(dsn, tokio_postgres::NoTls)
        .await
        .expect("a server");
    tokio::spawn(connection);
    let answer = client.simple_query(text).await;
    let answer = answer.map_err(|e| {
        e.as_db_error()
            .map_or_else(|| e.to_string(), |d| d.message().to_owned())
    })?;
    let row = |m: &tokio_postgres::SimpleQueryMessage| match m {
        tokio_postgres::SimpleQueryMessage::Row(row) => Some(
            (0..row.len())
                .map(|i| row.get(i).unwrap_or_default().to_owned())
                .collect(),
        ),
        _ => None,
    };
    Ok(answer.iter().filter_map(row).collect())
}

/// The same database as another role.
pub fn as_role(dsn: &str, role: &str) -> String {
    dsn.replace("user=kommunal ", &format!("user={role} "))
}

pub fn authority(id: &str, name: &str) -> Authority {
    Authority {
        id: id.into(),
        name: name.into(),
        level: "municipality".into(),
        codes: vec![("ags".into(), format!("ags-{id}"))],
        created_at: now(),
    }
}

impl World {
    async fn open(database: Option<String>, drop_database: Option<(String, String)>) -> World {
        static N: AtomicUsize = AtomicUsize::new(0);
        let name = format!(
            "kommunal-store-{}-{}",
            std::process::id(),
            N.fetch_add(1, Ordering::Relaxed)
        );
        let folder = std::env::temp_dir().join(name);
        let root = RootKey::parse(&"4b".repeat(32)).unwrap();
        let config = StoreConfig {
            data: folder.join("data"),
            database: database.as_deref().map(|dsn| as_role(dsn, "kommunal_app")),
            database_migrate: database.as_deref().map(|dsn| as_role(dsn, "kommunal_owner")),
            root: root.clone().into(),
            entropy: Entropy::System,
        };
        let store = Store::open(config).await.unwrap();
        let town = store
            .create_tenant(authority("nobitz", "Gemeinde Nobitz"))
            .await
            .unwrap();
        World {
            store,
            town,
            folder,
            database,
            root,
            drop_database,
        }
    }

    pub async fn sqlite() -> World {
        World::open(None, None).await
    }

    /// A database of its own on the test server, if there is one.
    pub async fn postgres() -> Option<World> {
        let (dsn, drop_database) = World::database().await?;
        Some(World::open(Some(dsn), Some(drop_database)).await)
    }

    /// An empty database of the owner on the test server; the store of this world lies in files beside it.
    pub async fn empty_postgres() -> Option<World> {
        let (dsn, drop_database) = World::database().await?;
        let mut w = World::open(None, Some(drop_database)).await;
        w.database = Some(dsn);
        Some(w)
    }

    /// An empty database of the owner, as the superuser, and how it is dropped.
    async fn database() -> Option<(String, (String, String))> {
        let Ok(server) = std::env::var("KOMMUNAL_TEST_PG") else {
            eprintln!("KOMMUNAL_TEST_PG is not set: only SQLite is tested");
            return None;
        };
        static N: AtomicUsize = AtomicUsize::new(0);
        let name = format!("t{}_{}", std::process::id(), N.fetch_add(1, Ordering::Relaxed));
        let (dsn, text) = (server.clone(), format!("create database {name} owner kommunal_owner"));
        tokio::task::spawn_blocking(move || sql(&dsn, &text)).await.unwrap();
        let dsn = server.replace("dbname=postgres", &format!("dbname={name}"));
        Some((dsn, (server, name)))
    }

    /// Opens the same data a second time, as after a restart.
    pub async fn again(&self, root: RootKey) -> Result<Store> {
        let database = self.database.as_deref();
        Store::open(StoreConfig {
            data: self.folder.join("data"),
            database: database.map(|dsn| as_role(dsn, "kommunal_app")),
            database_migrate: database.map(|dsn| as_role(dsn, "kommunal_owner")),
            root: root.into(),
            entropy: Entropy::System,
        })
        .await
    }
}

/// `both! { async fn name(w: World) { … } }`: the same story on both engines.
macro_rules! both {
    ($(async fn $name:ident($w:ident: World) $body:block)+) => {
        $(mod $name {
            #[allow(unused_imports, reason = "not every story needs all")]
            use super::*;
            async fn story($w: World) $body
            #[tokio::test(flavor = "multi_thread")]
            async fn sqlite() {
                story(World::sqlite().await).await;
            }
            #[tokio::test(flavor = "multi_thread")]
            async fn postgres() {
                if let Some(w) = World::postgres().await {
                    story(w).await;
                }
            }
        })+
    };
}
pub(crate) use both;

pub fn clerk() -> Actor {
    Actor::Clerk {
        id: "clerk-1".into(),
        name: "S. Wiedehopf".into(),
    }
}

/// A case of Nobitz; `n` makes it unlike the others.
pub fn case(n: u32) -> Case {
    Case {
        id: CaseId(format!("{n:032x}")),
        tenant: "nobitz".into(),
        reference: format!("NOB-FEUER-26-{n:04}-K"),
        service: "brauchtumsfeuer".into(),
        service_hash: "00".repeat(32),
        place: "16077036".into(),
        place_name: "Nobitz".into(),
        act: schema::Act::Notice,
        regime: Some(schema::Regime::Notice),
        channel: Channel::Online,
        identity: None,
        lang: "de".into(),
        state: State::Received,
        title: "Weihnachtsbaumbrennen Kanarienvogel".into(),
        applicant: "Festverein Girlitz e. V.".into(),
        received_at: now(),
        event_day: Some("2027-01-09".parse().unwrap()),
        cancel_until: None,
        params: BTreeMap::from([("notice_days".to_owned(), json!(10))]),
        answers: json!({"contact": {"name": "Anna Rotkehlchen", "street": "Zaunkoenigsweg", "phone": "0123"}}),
        unread: 0,
        changed: Vec::new(),
        before: Default::default(),
        papers: Vec::new(),
        deadlines: vec![Deadline {
            kind: schema::DeadlineKind::Decision,
            last_day: "2026-12-08".parse().unwrap(),
            borderline: None,
            late_by: 0,
            reason: "Zwei Wochen nach Eingang.".into(),
        }],
        fee: Fee::default(),
        findings: Vec::new(),
        assignee: None,
        assignee_name: None,
        question: None,
        resting_since: None,
        rested_days: 0,
        obstacle: None,
        electronic: true,
        decision: None,
        delivery: Delivery::default(),
        called_off: None,
        digest: "ab".repeat(32),
        email: Some("goldammer@example.org".into()),
        transferred_to: None,
        onward: None,
        came: None,
        closed_at: None,
        room: None,
        consults: Default::default(),
        keeping: Default::default(),
    }
}

pub fn received() -> Vec<Effect> {
    vec![
        Effect::History {
            kind: "received",
            public: true,
            text: "Goldammer".into(),
        },
        Effect::Job {
            kind: "mail_receipt",
            payload: json!({"to": "Goldammer"}),
            due: now(),
        },
        Effect::Count { kind: "submitted" },
    ]
}

pub async fn submit(town: &TenantStore, case: Case) -> Result<()> {
    town.write(move |t| t.insert_case(&case, "7K3M-Q2XA", &received(), &Actor::Applicant, now()))
        .await
}

pub fn room(id: &str, parent: Option<&str>) -> RoomRow {
    RoomRow {
        place: "16077036".into(),
        parent: parent.map(str::to_owned),
        on_request: OnRequest::Hold,
        active: true,
        position: 1,
        room: schema::Room {
            id: id.into(),
            name: format!("Saal {id}"),
            ..Default::default()
        },
    }
}

pub fn booking(room: &str, from: &str, to: &str, kind: BookingKind) -> NewBooking {
    NewBooking {
        room: room.into(),
        case: None,
        from: at(from),
        to: at(to),
        kind,
        label: "Girlitz".into(),
    }
}
