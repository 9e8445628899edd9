//! The demo's first start, made once in a run for each engine and copied for every story: making thirty authorities
//! took most of a story's time.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use web::limits::Limits;

use crate::town::{as_role, host, sql, standing_clock};

/// Name of the database that others are copied from.
const PATTERN: &str = "first_start";

/// Folders of runs that have ended.
fn tidy() {
    const NAME: &str = "kommunal-first-start-";
    for entry in std::fs::read_dir(std::env::temp_dir()).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let run = name
            .to_str()
            .and_then(|n| n.strip_prefix(NAME))
            .map(|n| n.trim_start_matches("server-"));
        if run.is_some_and(|run| !Path::new("/proc").join(run).exists()) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

/// Starts the demo in `data` (and `database`) and shuts everything down again.
fn start(data: PathBuf, database: Option<String>) {
    tidy();
    let work = move || {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(async {
            let owner = database.as_deref().map(|dsn| as_role(dsn, "kommunal_owner"));
            let clock = standing_clock();
            let parts = host(data, database.as_deref(), owner, clock, Limits::off(), None).await;
            kommunal::demo::seed(&parts.app).await.expect("the demo");
        });
        // Whatever still holds a file or a connection ends with the runtime.
        drop(runtime);
    };
    std::thread::spawn(work).join().expect("a first start");
}

/// Puts the data of a town after its first start into `data`.
pub fn on_files(data: &Path) {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let pattern = FOLDER.get_or_init(|| {
        let folder = std::env::temp_dir().join(format!("kommunal-first-start-{}", std::process::id()));
        start(folder.clone(), None);
        // The last writer takes its log away when it closes. Where a reader was in its way, the log stays for good: then
        // it is copied along, and nobody writes to it any more.
        for _ in 0..150 {
            if !has_log(&folder) {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        folder
    });
    copy(pattern, data);
}

/// Makes the database `name` on the server with the town's data in it, and returns how to get in.
pub fn on_server(server: &str, name: &str) -> String {
    static MADE: OnceLock<()> = OnceLock::new();
    let database = |name: &str| server.replace("dbname=postgres", &format!("dbname={name}"));
    MADE.get_or_init(|| {
        sql(server, &format!("drop database if exists {PATTERN}"));
        sql(server, &format!("create database {PATTERN} owner kommunal_owner"));
        let folder = std::env::temp_dir().join(format!("kommunal-first-start-server-{}", std::process::id()));
        start(folder.clone(), Some(database(PATTERN)));
        let _ = std::fs::remove_dir_all(&folder);
        sql(server, &format!("do $$ begin while exists (select from pg_stat_activity where datname = '{PATTERN}') loop perform pg_sleep(0.02), pg_stat_clear_snapshot(); end loop; end $$"));
    });
    sql(
        server,
        &format!("create database {name} template {PATTERN} owner kommunal_owner"),
    );
    database(name)
}

/// Is a file of SQLite still open below this folder?
fn has_log(folder: &Path) -> bool {
    let entries = std::fs::read_dir(folder).expect("a folder").flatten();
    entries.map(|e| e.path()).any(|p| {
        if p.is_dir() {
            has_log(&p)
        } else {
            p.to_string_lossy().ends_with("-wal")
        }
    })
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a kind").is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), &target).expect("a copy");
        }
    }
}
