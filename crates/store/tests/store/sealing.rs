//! What is at rest says nothing, and what was moved does not open.

use std::path::Path;

use domain::*;
use serde_json::json;
use store::*;

use crate::audit::raw;
use crate::cases::paper_ref;
use crate::world::*;

/// The same, of one authority.
pub async fn busy_town(w: &World, town: &TenantStore, email: &str) {
    for n in 1..=3 {
        let tenant = town.id().clone();
        submit(town, Case { tenant, ..case(n) }).await.unwrap();
    }
    w.store
        .add_clerk(
            town.id(),
            email,
            "S. Wiedehopf",
            "Goldammer-Passwort",
            &["clerk".into()],
            "lead",
            now(),
        )
        .await
        .unwrap();
    let LogIn::In { .. } = w.store.log_in(email, "Goldammer-Passwort", false, now()).await.unwrap() else {
        panic!("log in")
    };
    w.store
        .log_in("rotkehlchen@example.org", "Goldammer", false, now())
        .await
        .unwrap();
    town.write(|t| {
        let id = case(1).id;
        let bytes = "Rotkehlchen Girlitz Wiedehopf".repeat(20_000).into_bytes();
        t.put_paper(&id, &paper_ref("paper-1", &bytes), &bytes, now())?;
        t.put_letter(&id, &"letter-1".into(), "approval", &bytes, now())?;
        t.act(
            &id,
            Action::Note {
                text: "Kanarienvogel war da".into(),
            },
            &clerk(),
            now(),
        )
        .map_err(|e| panic!("{e}"))
        .ok();
        t.put_room(&room("hall", None), "clerk-1", now())?;
        let b = booking(
            "hall",
            "2027-01-09T16:00:00Z",
            "2027-01-09T22:00:00Z",
            BookingKind::Hold,
        );
        t.book(
            &NewBooking {
                case: Some(id.clone()),
                ..b
            },
            now(),
        )
        .map_err(|e| panic!("{e}"))
        .ok();
        let consult = Consultation {
            id: "consult-1".into(),
            incoming: false,
            case: Some(id),
            who: "police".into(),
            who_name: "Wiedehopf".into(),
            peer: None,
            peer_id: None,
            address: "girlitz@example.org".into(),
            content: json!({"name": "Rotkehlchen"}),
            asked_at: now(),
            answer_by: "2026-12-01".parse().unwrap(),
            expires_at: at("2026-12-10T00:00:00Z"),
            reminded_at: None,
            answer: None,
            revoked_at: None,
            over: None,
        };
        t.create_consultation(&consult)?;
        let answer = ConsultAnswer {
            at: now(),
            agrees: true,
            text: "Goldammer".into(),
            by: "Girlitz".into(),
            not_ours: false,
        };
        assert!(t.answer_consultation("consult-1", &answer)?);
        let key = IdemKey {
            place: "16077036".into(),
            service: "x".into(),
            key: "Kanarienvogel".into(),
        };
        t.idempotency_claim(&key, &[1; 32], now())?;
        t.idempotency_answer(&key, &json!({"code": "Goldammer"}))?;
        t.send(&Dispatch {
            id: "d-1".into(),
            to: "lk".into(),
            kind: "copy".into(),
            payload: json!("Wiedehopf"),
            created_at: now(),
        })?;
        let mail = Mail {
            to: "goldammer@example.org".into(),
            subject: "Girlitz".into(),
            text: "Rotkehlchen".into(),
        };
        t.queue_mail("m-1", &mail, now())?;
        t.add_job("mail", &json!({"to": "Goldammer"}), now(), None)?;
        t.put_feedback(&Feedback {
            id: "f-1".into(),
            at: now(),
            kind: "accessibility".into(),
            page: "/".into(),
            text: "Kanarienvogel".into(),
            contact: "Girlitz".into(),
        })
    })
    .await
    .unwrap();
}

/// A day at the office that leaves personal words in every table.
async fn busy_day(w: &World) -> (Draft, String) {
    busy_town(w, &w.town, "wiedehopf@example.org").await;

    let data = json!({"answers": {"contact": {"name": "Anna Rotkehlchen", "street": "Zaunkoenigsweg"}}});
    let mut new = w
        .store
        .drafts()
        .create(&"16077036".into(), "brauchtumsfeuer", data, now())
        .await
        .unwrap();
    let bytes = b"Wiedehopf Goldammer".repeat(1000);
    let info = PaperInfo::from(&paper_ref("paper-9", &bytes));
    w.store.drafts().put_paper(&new.draft, info, bytes).await.unwrap();
    let kept = w.store.drafts().save(&mut new.draft, &["paper-9".into()], now()).await;
    assert!(kept.unwrap());
    (new.draft, new.code)
}

fn files(folder: &Path, out: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, out);
        } else {
            out.push((path.display().to_string(), std::fs::read(&path).unwrap()));
        }
    }
}

/// Every table of the database as text, bytes as PostgreSQL's escape format, which shows ASCII.
async fn dump(dsn: &str) -> Vec<(String, Vec<u8>)> {
    let (client, connection) = tokio_postgres::connect(dsn, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute("set bytea_output = 'escape'").await.unwrap();
    let tables = client
        .query("select tablename::text from pg_tables where schemaname = 'public'", &[])
        .await
        .unwrap();
    let mut out = Vec::new();
    for table in tables {
        let table: String = table.get(0);
        let rows = client
            .simple_query(&format!("select t.*::text from {table} as t"))
            .await
            .unwrap();
        let mut text = Vec::new();
        for row in rows {
            if let tokio_postgres::SimpleQueryMessage::Row(row) = row {
                for i in 0..row.len() {
                    text.extend(row.get(i).unwrap_or_default().as_bytes());
                    text.push(b'\n');
                }
            }
        }
        out.push((table, text));
    }
    out
}

fn contains(hay: &[u8], needle: &str) -> bool {
    let (hay, needle) = (hay.to_ascii_lowercase(), needle.to_ascii_lowercase());
    hay.windows(needle.len()).any(|w| w == needle.as_bytes())
}

both! {
    async fn no_personal_word_is_readable_at_rest(w: World) {
        let (_, code) = busy_day(&w).await;
        let places = match &w.database {
            Some(dsn) => dump(dsn).await,
            None => {
                let mut out = Vec::new();
                files(&w.folder, &mut out);
                out
            }
        };
        assert!(places.iter().map(|(_, b)| b.len()).sum::<usize>() > 100_000);
        // The search itself works: clear words are found.
        assert!(places.iter().any(|(_, b)| contains(b, "brauchtumsfeuer")));
        assert!(places.iter().any(|(_, b)| contains(b, "nobitz")));
        let plain_code = code.replace('-', "");
        for word in CANARIES.iter().copied().chain(["7K3M-Q2XA", "7K3MQ2XA", code.as_str(), plain_code.as_str()]) {
            for (name, bytes) in &places {
                assert!(!contains(bytes, word), "{word} is readable in {name}");
            }
        }
    }

    async fn moved_ciphertext_is_refused(w: World) {
        busy_day(&w).await;
        let swap = |column: &str, from: u32, to: u32| format!(
            "update case_file set {column} = (select {column} from case_file where id = '{}') where id = '{}'",
            case(from).id, case(to).id);
        let open = async |n: u32| w.town.read(move |t| t.case(&case(n).id)).await;
        assert!(open(2).await.is_ok());
        for column in ["body", "case_key"] {
            raw(&w, "create table copy_case as select * from case_file");
            raw(&w, &swap(column, 1, 2));
            assert!(matches!(open(2).await, Err(Error::Sealed(_))), "{column} of another case opened");
            raw(&w, &format!("update case_file set {column} = (select c.{column} from copy_case as c where c.id = case_file.id)"));
            assert!(open(2).await.is_ok());
            raw(&w, "drop table copy_case");
        }
        // Another column of the same row, and an older version of the same column.
        raw(&w, "create table copy_case as select * from case_file");
        raw(&w, "update case_file set body = summary");
        assert!(matches!(open(3).await, Err(Error::Sealed(_))));
        raw(&w, "update case_file set body = (select c.body from copy_case as c where c.id = case_file.id)");
        w.town.write(|t| t.act(&case(3).id, Action::Opened, &clerk(), now())).await.unwrap();
        raw(&w, &format!("update case_file set body = (select c.body from copy_case as c where c.id = case_file.id) where id = '{}'", case(3).id));
        assert!(matches!(open(3).await, Err(Error::Sealed(_))), "an old version came back unnoticed");
        // One altered bit, a chunk moved within a paper, a mail under another id.
        flip_a_bit(&w);
        assert!(matches!(w.town.read(|t| t.letter(&case(1).id, &"letter-1".into())).await, Err(Error::Sealed(_))));
        raw(&w, "update paper_chunk set n = n + 10");
        raw(&w, "update paper_chunk set n = 11 - n");
        assert!(matches!(w.town.read(|t| t.paper(&case(1).id, &"paper-1".into())).await, Err(Error::Sealed(_))));
        raw(&w, "update outbox_mail set id = 'm-2'");
        assert!(matches!(w.town.read(|t| t.mails(10)).await, Err(Error::Sealed(_))));
    }

    async fn another_tenants_ciphertext_is_refused(w: World) {
        let other = w.store.create_tenant(authority("altenburg", "Altenburg")).await.unwrap();
        submit(&w.town, case(1)).await.unwrap();
        assert!(other.read(|t| t.case(&case(1).id)).await.unwrap().is_none());
        if w.database.is_some() {
            raw(&w, "update case_file set tenant = 'altenburg' where 1 = 0");
            raw(&w, "alter table case_event drop constraint case_event_tenant_case_id_fkey");
            raw(&w, "update case_file set tenant = 'altenburg'");
        } else {
            // The whole row, copied into the other authority's file.
            let path = w.folder.join("data/tenants");
            let file = rusqlite::Connection::open(path.join("altenburg.db")).unwrap();
            file.execute_batch(&format!(
                "attach '{}' as n; insert into case_file select * from n.case_file; update case_file set tenant = 'altenburg'",
                path.join("nobitz.db").display())).unwrap();
        }
        assert!(matches!(other.read(|t| t.case(&case(1).id)).await, Err(Error::Sealed(_))));
    }

    async fn a_lost_root_key_is_a_refusal_and_not_a_new_start(w: World) {
        submit(&w.town, case(1)).await.unwrap();
        let wrong = RootKey::parse(&"4c".repeat(32)).unwrap();
        let refused = w.again(wrong).await;
        let Err(Error::Setup(sentence)) = refused else { panic!("opened with a wrong root key") };
        assert!(sentence.contains("Hauptschlüssel"));
        w.again(w.root.clone()).await.unwrap();
    }
}

/// One bit of each letter's chunks.
fn flip_a_bit(w: &World) {
    if w.database.is_some() {
        return raw(
            w,
            "update letter_chunk set body = set_bit(body, 400, 1 - get_bit(body, 400))",
        );
    }
    let file = rusqlite::Connection::open(w.folder.join("data/tenants/nobitz.db")).unwrap();
    let mut body: Vec<u8> = file
        .query_row("select body from letter_chunk where n = 0", [], |r| r.get(0))
        .unwrap();
    body[50] ^= 1;
    assert_eq!(
        file.execute("update letter_chunk set body = ?1 where n = 0", [body])
            .unwrap(),
        1
    );
}

#[test]
fn the_key_file_is_made_once_and_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = std::env::temp_dir().join(format!("kommunal-root-{}", std::process::id()));
    let path = folder.join("root.key");
    let refused = |path: &Path| match RootKey::load(path) {
        Err(Error::Setup(sentence)) => sentence,
        other => panic!("{other:?}"),
    };
    assert!(refused(&path).contains("fehlt"));
    let key = RootKey::create(&path, &Entropy::System).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(RootKey::load(&path).unwrap() == [key.clone()]);
    assert!(RootKey::create(&path, &Entropy::System).is_err(), "there is one");
    let new = RootKey::random(&Entropy::System);
    RootKey::replace(&path, &[new.clone(), key.clone()]).unwrap();
    assert!(
        RootKey::load(&path).unwrap() == [new, key],
        "both, and the second create changed nothing"
    );
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(
        std::fs::read_dir(&folder).unwrap().count(),
        1,
        "nothing is left beside it"
    );
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    assert!(refused(&path).contains("chmod 600"));
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::write(&path, " \n").unwrap();
    assert!(refused(&path).contains("leer"));
    std::fs::write(&path, "not a key").unwrap();
    let sentence = refused(&path);
    assert!(sentence.contains("root.key") && !sentence.contains("not a key"));
    std::fs::remove_dir_all(folder).unwrap();
}
