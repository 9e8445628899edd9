//! A restore that breaks off at each step, and what a loss of power leaves of one that did not.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rusqlite::Connection;

use super::*;

fn row(path: &Path) -> String {
    let c = Connection::open(path).expect("open");
    c.query_row("select v from t order by rowid desc limit 1", [], |r| r.get(0))
        .expect("a row")
}

fn made(path: &Path, v: &str) {
    let c = Connection::open(path).expect("open");
    c.execute_batch(&format!(
        "pragma journal_mode = wal; create table if not exists t (v text); insert into t values ('{v}')"
    ))
    .expect("made");
}

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("kommunal-place-{name}-{}", std::process::id()));
    drop(fs::remove_dir_all(&folder));
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

fn left(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .expect("the folder")
        .flatten()
        .map(|e| e.file_name().display().to_string())
        .filter(|n| !n.ends_with("-wal") && !n.ends_with("-shm"))
        .collect();
    names.sort();
    names
}

/// A restore that breaks off by `fault` after its file is ready; then somebody writes, and it is opened again.
fn breaks_off(name: &str, fault: impl FnOnce(&mut Connection) -> Result<()>) {
    let folder = folder(name);
    let (place, new) = (folder.join("a.db"), folder.join("new"));
    made(&place, "live");
    made(&new, "backup");
    let claim = Claim::of(&place).expect("a claim");
    let ready = claim.ready();
    let last = |c: &mut Connection, _: &Path| {
        fs::rename(&new, &ready).map_err(io(&ready))?;
        fault(c)
    };
    let done = catch_unwind(AssertUnwindSafe(|| claim.replace(Timestamp::UNIX_EPOCH, last)));
    let killed = done.is_err();
    assert!(killed || done.is_ok_and(|d| d.is_err()), "{name}: it says so");
    assert_eq!(row(&place), "live", "{name}");
    assert!(
        killed || left(&folder) == ["a.db", "a.db.sperre"],
        "{:?}",
        left(&folder)
    );
    made(&place, "acknowledged");
    assert!(!claim.settle().expect("settled"), "{name}");
    assert_eq!(row(&place), "acknowledged", "{name}: what was written since stays");
    assert!(!ready.exists(), "{name}: and the next start is not led astray");
    fs::remove_dir_all(&folder).expect("removed");
}

#[test]
fn a_restore_that_breaks_off_before_its_commit_changes_nothing() {
    breaks_off("error", |_| Err(Error::Full));
    breaks_off("commit", |c| {
        c.commit_hook(Some(|| true)).map_err(|e| Error::Database(e.to_string()))
    });
    breaks_off("killed", |_| panic!("killed"));
}

/// Puts one file where none is, then one over it. Run by the test below, under strace.
#[test]
#[ignore = "started under strace by the next test"]
fn put_twice() {
    let place = PathBuf::from(std::env::var("KOMMUNAL_PUT_AT").expect("a place"));
    let new = place.with_file_name("new");
    for v in ["first", "second"] {
        made(&new, v);
        let claim = Claim::of(&place).expect("a claim");
        println!("put {v}");
        claim.put(&new, Timestamp::UNIX_EPOCH, |_| Ok(())).expect("put");
        assert_eq!(row(&place), v);
    }
}

#[test]
fn the_name_of_what_was_put_there_outlives_a_loss_of_power() {
    let strace = std::process::Command::new("strace").arg("-V").output();
    if !strace.is_ok_and(|o| o.status.success()) {
        assert!(
            std::env::var_os("KOMMUNAL_TEST_ALL").is_none(),
            "strace is not installed"
        );
        eprintln!("strace is not installed: not tested");
        return;
    }
    let folder = folder("synced").canonicalize().expect("a folder");
    let out = std::process::Command::new("strace")
        .args(["-f", "-qq", "-y", "-e", "trace=fsync,rename"])
        .arg(std::env::current_exe().expect("this test"))
        .args(["--exact", "backup::place::tests::put_twice", "--ignored", "--nocapture"])
        .env("KOMMUNAL_PUT_AT", folder.join("a.db"))
        .output()
        .expect("strace runs");
    let text = String::from_utf8_lossy(&out.stderr).into_owned();
    if text.contains("ptrace") && text.contains("not permitted") {
        eprintln!("strace may not trace here: not tested");
        return;
    }
    assert!(out.status.success(), "{text}");
    // After each name that a file is given its folder is synced, before the next step.
    let of_folder = format!("<{}>)", folder.display());
    let steps: Vec<&str> = text
        .lines()
        .filter(|l| l.contains("rename(\"") || (l.contains("fsync(") && l.contains(&of_folder)))
        .collect();
    let mut names = 0;
    for (n, step) in steps.iter().enumerate().filter(|(_, s)| s.contains("rename(")) {
        names += 1;
        assert!(steps.get(n + 1).is_some_and(|s| s.contains("fsync(")), "{step}\n{text}");
    }
    assert!(names >= 3, "{names}\n{text}");
    fs::remove_dir_all(&folder).expect("removed");
}

#[test]
fn one_that_breaks_off_after_it_is_brought_to_its_end_by_one_alone() {
    let folder = folder("after");
    let (place, new) = (folder.join("a.db"), folder.join("new"));
    made(&place, "live");
    made(&new, "backup");
    let claim = Claim::of(&place).expect("a claim");
    let ready = claim.ready();
    sqlite::set_aside(&place, &folder.join("aside"), |_| {
        fs::rename(&new, &ready).map_err(io(&ready))
    })
    .expect("emptied");
    assert!(matches!(Claim::of(&place), Err(Error::Busy)), "one at a time");
    drop(claim);
    let claim = Claim::of(&place).expect("free again");
    assert!(claim.settle().expect("settled") && !claim.settle().expect("once"));
    assert_eq!(
        (row(&place), row(&folder.join("aside"))),
        ("backup".into(), "live".into())
    );
    fs::remove_dir_all(&folder).expect("removed");
}
