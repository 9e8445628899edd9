//! Random tamperings of the audit log, directly in the tables: given the last head, each one is found. Short in
//! `make test`, 10,000 in `make tamper` (`TAMPERINGS=10000`). Prints its seed; `TAMPER_SEED` sets it.
//!
//! The chain is computed here a second time, from its description: a forger has the program's source.

use aws_lc_rs::digest::{Context, SHA256};
use domain::{Action, AuditHead, CaseId};
use store::*;

use crate::world::*;

/// A row as it stands in the table; the bytes as SQL.
#[derive(Clone, PartialEq)]
struct Line {
    n: i64,
    at: i64,
    actor: String,
    event: String,
    case: Option<String>,
    prev: Vec<u8>,
    hash: Vec<u8>,
}

fn sha(parts: &[&[u8]]) -> Vec<u8> {
    let mut context = Context::new(&SHA256);
    parts.iter().for_each(|p| context.update(p));
    context.finish().as_ref().to_vec()
}

impl Line {
    /// The hash that makes this row look right.
    fn sealed(mut self, prev: &[u8]) -> Line {
        let text = |s: &str| [&(s.len() as u32).to_be_bytes()[..], s.as_bytes()].concat();
        let case = self.case.as_deref().map_or_else(|| vec![0xff; 4], text);
        self.prev = prev.to_vec();
        self.hash = sha(&[
            prev,
            &text("nobitz"),
            &self.n.to_be_bytes(),
            &self.at.to_be_bytes(),
            &text(&self.actor),
            &text(&self.event),
            &case,
        ]);
        self
    }
}

/// Draws, and how bytes are written in this engine's SQL.
struct Forger {
    entropy: Entropy,
    postgres: bool,
    rows: Vec<Line>,
}

impl Forger {
    fn below(&self, n: usize) -> usize {
        usize::try_from(self.entropy.below(n as u64)).unwrap()
    }

    fn bytes(&self, bytes: &[u8]) -> String {
        let hex = domain::receipt::hex(bytes);
        if self.postgres {
            format!("'\\x{hex}'")
        } else {
            format!("x'{hex}'")
        }
    }

    fn insert(&self, line: &Line) -> String {
        let case = line.case.as_ref().map_or("null".into(), |c| format!("'{c}'"));
        format!(
            "insert into audit (tenant, n, at, actor, event, case_id, prev_hash, hash) values ('nobitz', {}, {}, '{}', '{}', {case}, {}, {});",
            line.n,
            line.at,
            line.actor,
            line.event,
            self.bytes(&line.prev),
            self.bytes(&line.hash)
        )
    }

    fn head(&self, line: Option<&Line>) -> String {
        let first = sha(&[b"kommunal-cloud audit log of ", b"nobitz"]);
        let (n, hash) = line.map_or((0, &first), |l| (l.n, &l.hash));
        format!("update audit_head set n = {n}, hash = {};", self.bytes(hash))
    }

    /// Another value in one of the columns.
    fn edit(&self, line: &Line) -> (String, Line) {
        let mut other = line.clone();
        let column = match self.below(7) {
            0 => {
                other.at += [1, -1, 86_400_000, 1 << 40][self.below(4)];
                format!("at = {}", other.at)
            }
            1 => {
                other.actor = ["applicant", "system", "clerk-2", "", "Clerk-1", "clerk-1 "]
                    .iter()
                    .map(|a| (*a).to_owned())
                    .find(|a| *a != line.actor && self.below(2) == 0)
                    .unwrap_or("x".into());
                format!("actor = '{}'", other.actor)
            }
            2 => {
                other.event += "s";
                format!("event = '{}'", other.event)
            }
            3 => {
                other.case = line.case.is_none().then(|| case(1).id.0);
                format!(
                    "case_id = {}",
                    other.case.as_ref().map_or("null".into(), |c| format!("'{c}'"))
                )
            }
            4 => {
                other.case = Some(format!("{}0", line.case.clone().unwrap_or_default()));
                format!("case_id = '{}'", other.case.clone().unwrap())
            }
            5 => {
                let (i, bit) = (self.below(32), 1 << self.below(8));
                other.prev[i] ^= bit;
                format!("prev_hash = {}", self.bytes(&other.prev))
            }
            _ => {
                let (i, bit) = (self.below(32), 1 << self.below(8));
                other.hash[i] ^= bit;
                format!("hash = {}", self.bytes(&other.hash))
            }
        };
        (format!("update audit set {column} where n = {};", line.n), other)
    }

    /// One tampering: its kind and its statements. Each changes the log, however well it hides.
    fn draw(&self) -> (&'static str, String) {
        let rows = &self.rows;
        let i = self.below(rows.len());
        let line = &rows[i];
        match self.below(10) {
            0 => ("edit", self.edit(line).0),
            // The forger also mends this row's own hash.
            1 => {
                let (text, other) = self.edit(line);
                let sealed = other.sealed(&line.prev);
                if sealed == *line {
                    return ("edit", text);
                }
                (
                    "edit, hash mended",
                    format!(
                        "{text} update audit set prev_hash = {}, hash = {} where n = {};",
                        self.bytes(&sealed.prev),
                        self.bytes(&sealed.hash),
                        line.n
                    ),
                )
            }
            2 => {
                let until = (i + 1 + self.below(3)).min(rows.len());
                (
                    "delete",
                    format!(
                        "delete from audit where n >= {} and n <= {};",
                        line.n,
                        rows[until - 1].n
                    ),
                )
            }
            // The numbers close up again.
            3 => {
                let mut text = format!("delete from audit where n = {};", line.n);
                for later in &rows[i + 1..] {
                    text += &format!("update audit set n = {} where n = {};", later.n - 1, later.n);
                }
                let last = rows.len() - 1;
                let mended = (self.below(2) == 0).then(|| format!("update audit_head set n = {last};"));
                ("delete, numbers closed", text + &mended.unwrap_or_default())
            }
            4 => {
                let mut new = line.clone();
                new.actor = "clerk-9".into();
                new.n = match self.below(3) {
                    0 => 0,
                    1 => -1 - i as i64,
                    _ => rows.len() as i64 + 1,
                };
                let new = new.sealed(&rows[rows.len() - 1].hash);
                let head = if self.below(2) == 0 {
                    self.head(Some(&new))
                } else {
                    String::new()
                };
                // At the very end with a mended head it would be an honest row: then an earlier row goes for it.
                if new.n > 0 && !head.is_empty() {
                    return (
                        "insert",
                        format!("delete from audit where n = {}; {}{head}", line.n, self.insert(&new)),
                    );
                }
                ("insert", self.insert(&new) + &head)
            }
            // Between two rows: the later ones move up.
            5 => {
                let mut text = String::new();
                for later in rows[i..].iter().rev() {
                    text += &format!("update audit set n = {} where n = {};", later.n + 1, later.n);
                }
                let mut new = line.clone();
                new.event = "case.forged".into();
                let new = new.sealed(&line.prev);
                (
                    "insert, numbers moved",
                    format!(
                        "{text}{}update audit_head set n = {};",
                        self.insert(&new),
                        rows.len() + 1
                    ),
                )
            }
            6 => {
                let j = (i + 1 + self.below(rows.len() - 1)) % rows.len();
                let (a, b) = (line.n, rows[j].n);
                (
                    "swap",
                    format!(
                        "update audit set n = -7 where n = {a}; update audit set n = {a} where n = {b}; update audit set n = {b} where n = -7;"
                    ),
                )
            }
            7 => ("cut tail", format!("delete from audit where n >= {};", line.n)),
            8 => {
                let before = i.checked_sub(1).map(|i| &rows[i]);
                (
                    "cut tail, head mended",
                    format!("delete from audit where n >= {}; {}", line.n, self.head(before)),
                )
            }
            // From here on everything anew, with right hashes and a right head; sometimes longer or shorter.
            _ => {
                let mut text = format!("delete from audit where n >= {};", line.n);
                let mut prev = line.prev.clone();
                let longest = rows.len() + self.below(3);
                let mut last = None;
                for n in i..longest.max(i + 1) {
                    let mut new = rows[n.min(rows.len() - 1)].clone();
                    new.n = n as i64 + 1;
                    if n == i {
                        new.actor += "x";
                    }
                    let new = new.sealed(&prev);
                    prev.clone_from(&new.hash);
                    text += &self.insert(&new);
                    last = Some(new);
                }
                ("tail rewritten", text + &self.head(last.as_ref()))
            }
        }
    }
}

/// The tables behind the store's back, over one connection.
enum Books {
    File(rusqlite::Connection),
    Server(tokio_postgres::Client),
}

impl Books {
    async fn open(w: &World) -> Books {
        match &w.database {
            Some(dsn) => {
                let (client, connection) = tokio_postgres::connect(dsn, tokio_postgres::NoTls).await.unwrap();
                tokio::spawn(connection);
                Books::Server(client)
            }
            None => {
                let file = rusqlite::Connection::open(w.folder.join("data/tenants/nobitz.db")).unwrap();
                file.busy_timeout(std::time::Duration::from_secs(5)).unwrap();
                file.execute_batch("pragma synchronous = off").unwrap();
                Books::File(file)
            }
        }
    }

    async fn run(&self, text: &str) {
        let text = format!("begin; {text} commit;");
        match self {
            Books::File(file) => file.execute_batch(&text).expect(&text),
            Books::Server(client) => client.batch_execute(&text).await.expect(&text),
        }
    }
}

/// A log of a few cases and reads.
async fn fill(w: &World, cases: u32) -> Vec<Line> {
    for n in 1..=cases {
        submit(&w.town, case(n)).await.unwrap();
        let write = move |t: &mut TenantTx<'_>| {
            t.audit("clerk-1", "case.read", Some(&case(n).id), now());
            t.audit("clerk-1", "clerk.log_in", None, now());
            t.act(&case(n).id, Action::Opened, &clerk(), now()).map(drop)
        };
        w.town.write(write).await.unwrap();
    }
    let rows = w.town.read(|t| t.audit_rows(0, 10_000)).await.unwrap();
    let mut prev = sha(&[b"kommunal-cloud audit log of ", b"nobitz"]);
    let mut out = Vec::new();
    for row in rows {
        let line = Line {
            n: row.n,
            at: row.at.as_millisecond(),
            actor: row.actor,
            event: row.event,
            case: row.case.map(|c: CaseId| c.0),
            prev: Vec::new(),
            hash: Vec::new(),
        };
        let line = line.sealed(&prev);
        assert_eq!(line.hash, row.hash, "the chain as it is described");
        prev.clone_from(&line.hash);
        out.push(line);
    }
    out
}

fn number(name: &str, unset: u64) -> u64 {
    std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(unset)
}

async fn tampered(w: World, times: u64) {
    let seed = number("TAMPER_SEED", 20_261_124);
    let rows = fill(&w, 8).await;
    let head = AuditHead {
        n: rows.len() as i64,
        hash: rows[rows.len() - 1].hash.clone().try_into().unwrap(),
    };
    let forger = Forger {
        entropy: Entropy::seeded(seed),
        postgres: w.database.is_some(),
        rows,
    };
    let books = Books::open(&w).await;
    books
        .run("create table copy_audit as select * from audit; create table copy_head as select * from audit_head;")
        .await;
    let check = async || w.town.read(move |t| t.check_audit(&[head])).await.unwrap();
    assert_eq!(check().await, Ok(head));
    let mut kinds = std::collections::BTreeMap::<_, u64>::new();
    for i in 0..times {
        let (kind, text) = forger.draw();
        books.run(&text).await;
        let verdict = check().await;
        assert!(verdict.is_err(), "seed {seed}, no. {i}: {kind} was not found: {text}");
        *kinds.entry(kind).or_default() += 1;
        books
            .run("delete from audit; insert into audit select * from copy_audit; delete from audit_head; insert into audit_head select * from copy_head;")
            .await;
        if i % 100 == 0 {
            assert_eq!(check().await, Ok(head), "restored");
        }
    }
    assert!(kinds.len() == 10, "each kind was drawn: {kinds:?}");
    println!("{times} tamperings, seed {seed}: all found. {kinds:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_tampering_is_found_given_the_last_head() {
    tampered(World::sqlite().await, number("TAMPERINGS", 500)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_tampering_is_found_on_postgres_too() {
    if let Some(w) = World::postgres().await {
        tampered(w, number("TAMPERINGS", 100)).await;
    }
}
