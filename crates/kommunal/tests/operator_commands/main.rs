//! `kommunal migrate` and `kommunal doctor`, run as an operator runs them, on files and, when `KOMMUNAL_TEST_PG` names
//! a server, on PostgreSQL with two roles.

mod authority;
mod backup;
mod carry;
mod merge;
mod service;

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("kommunal-operator-{name}-{}", std::process::id()));
        drop(std::fs::remove_dir_all(&path));
        std::fs::create_dir_all(&path).expect("a folder");
        Folder(path)
    }

    /// Exit code, stdout and stderr of a command on this folder's data.
    fn run(&self, args: &[&str], env: &[(&str, &str)]) -> (i32, String, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_kommunal"))
            .args(args)
            .arg("--data")
            .arg(self.0.join("data"))
            .current_dir(&self.0)
            .envs(env.iter().copied())
            .output()
            .expect("runs");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
        (
            output.status.code().unwrap_or(-1),
            text(output.stdout),
            text(output.stderr),
        )
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

fn mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("mode");
}

#[test]
fn files_are_made_and_found_well_until_somebody_else_may_read_the_key() {
    let folder = Folder::new("files");
    let (code, _, err) = folder.run(&["doctor"], &[]);
    assert!(
        code == 1 && err.contains("data.schluessel") && err.contains("keine Daten"),
        "{err}"
    );
    assert!(!folder.0.join("data").exists(), "the doctor makes nothing");
    let (code, out, err) = folder.run(&["migrate"], &[]);
    assert!(code == 0 && out.contains("auf dem Stand"), "{out}{err}");
    let (code, out, err) = folder.run(&["doctor"], &[]);
    assert!((code, err.as_str()) == (0, ""), "{out}{err}");
    assert!(
        out.lines().count() >= 5 && out.lines().all(|l| l.starts_with("in Ordnung")),
        "{out}"
    );
    mode(&folder.0.join("data.schluessel"), 0o644);
    let (code, out, err) = folder.run(&["doctor"], &[]);
    assert!(
        code == 1 && err.lines().count() == 1 && err.contains("chmod 600"),
        "{out}{err}"
    );
}

/// Whoever mistypes the folder is told, and no command says that all is well in an empty place.
#[test]
fn a_mistyped_folder_is_told_and_not_made() {
    let folder = Folder::new("mistyped");
    for command in [
        &["backup", "sicherung"][..],
        &["audit", "verify"],
        &["worker"],
        &["authority", "export", "nobitz", "amt.age"],
        &["authority", "erase", "nobitz", "--yes", "nobitz"],
        &["authority", "reset", "a@b.example"],
        &["authority", "merge", "nobitz", "altenburg", "--dry-run"],
        &["restore", "sicherung", "--authority", "nobitz"],
    ] {
        let (code, out, err) = folder.run(command, &[]);
        assert!(
            code == 1 && err.lines().count() == 1 && err.contains("Einrichtung") || err.contains("Sicherung"),
            "{command:?}: {out}{err}"
        );
        let left: Vec<_> = std::fs::read_dir(&folder.0).expect("the folder").collect();
        assert!(left.is_empty(), "{command:?}: {left:?}");
    }
}

/// The demo's passwords are known to everybody.
#[test]
fn the_demo_is_not_put_into_an_installation_where_others_work() {
    let folder = Folder::new("no-demo");
    let (code, _, err) = folder.run(&[&carry::ADD[..], &[]].concat(), &[]);
    assert_eq!(code, 0, "{err}");
    let (code, _, err) = folder.run(&["serve", "--demo", "--listen", "127.0.0.1:0"], &[]);
    assert!(code == 1 && err.contains("Vorführung"), "{err}");
}

/// Runs statements as the superuser.
fn sql(dsn: &str, statements: &[&str]) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(dsn, tokio_postgres::NoTls)
            .await
            .expect("a server");
        tokio::spawn(connection);
        for statement in statements {
            client.batch_execute(statement).await.expect(statement);
        }
    });
}

/// A new database of the test server: how to reach the server, its host, the database's name. None without a server.
fn database(kind: &str) -> Option<(String, String, String)> {
    let Ok(server) = std::env::var("KOMMUNAL_TEST_PG") else {
        eprintln!("KOMMUNAL_TEST_PG is not set: PostgreSQL is not tested");
        return None;
    };
    let host = server.split_whitespace().find_map(|p| p.strip_prefix("host="));
    let host = host.expect("a host").to_owned();
    let name = format!("{kind}_{}", std::process::id());
    sql(&server, &[&format!("create database {name} owner kommunal_owner")]);
    Some((server, host, name))
}

#[test]
fn one_role_makes_the_tables_and_another_serves_them() {
    let Some((server, host, name)) = database("operator") else {
        return;
    };
    let address = |role: &str| format!("postgres://{role}@{}/{name}", host.replace('/', "%2F"));
    let [app, owner, admin] = ["kommunal_app", "kommunal_owner", "kommunal"].map(address);
    let folder = Folder::new("server");

    // Whoever serves makes no table, and says who does.
    let serve = ["worker", "--database", &app];
    let (code, _, err) = folder.run(&serve, &[]);
    assert!(
        code == 1 && err.contains("kommunal migrate") && err.lines().count() == 1,
        "{err}"
    );
    let (code, _, err) = folder.run(&["doctor", "--database", &app], &[]);
    assert!(code == 1 && err.contains("nicht auf dem Stand"), "{err}");
    let (code, _, err) = folder.run(&["migrate", "--database", &app], &[]);
    assert!(code == 1 && err.contains("database_migrate"), "{err}");

    let roles = [
        ("KOMMUNAL_DATABASE", app.as_str()),
        ("KOMMUNAL_DATABASE_MIGRATE", &owner),
    ];
    for _ in 0..2 {
        let (code, out, err) = folder.run(&["migrate"], &roles);
        assert!(code == 0 && out.contains("auf dem Stand"), "{out}{err}");
    }
    // The proof of the root key is written by whoever serves first.
    let (code, _, err) = folder.run(
        &["authority", "add", "16077036", "--lead", "a@b.example", "--name", "A B"],
        &roles[..1],
    );
    assert_eq!(code, 0, "{err}");
    let (code, out, err) = folder.run(&["doctor", "--database", &app], &[]);
    assert!(
        (code, err.as_str()) == (0, "") && out.contains("Probe: ohne genanntes Amt"),
        "{out}{err}"
    );

    let (code, _, err) = folder.run(&["doctor", "--database", &owner], &[]);
    assert!(
        code == 1 && err.lines().count() == 1 && err.contains("besitzt"),
        "{err}"
    );
    let (code, _, err) = folder.run(&["doctor", "--database", &admin], &[]);
    assert!(code == 1 && err.contains("ist Superuser"), "{err}");
    sql(&server, &[&format!("drop database {name} with (force)")]);
}

const ADD: [&str; 6] = ["authority", "add", "16077036", "--lead", "a@b.example", "--name"];

impl Folder {
    fn key(&self) -> PathBuf {
        self.0.join("data.schluessel")
    }

    /// With one authority in it.
    fn with_data(name: &str) -> Folder {
        let folder = Folder::new(name);
        let (code, _, err) = folder.run(&[&ADD[..], &["A B"]].concat(), &[]);
        assert_eq!(code, 0, "{err}");
        folder
    }
}

#[test]
fn the_root_key_is_made_shown_by_its_mark_and_changed() {
    let folder = Folder::new("keys");
    let (code, _, err) = folder.run(&["keys", "status"], &[]);
    assert!(
        code == 1 && err.contains("noch keine Daten") && !folder.key().exists(),
        "{err}"
    );
    let (code, out, err) = folder.run(&["keys", "init"], &[]);
    assert!(code == 0 && out.contains("Kennung: "), "{out}{err}");
    let first = std::fs::read_to_string(folder.key()).expect("a key");
    assert!(!out.contains(first.trim()), "the key itself is shown by no command");
    assert_eq!(
        folder.key().metadata().expect("a file").permissions().mode() & 0o777,
        0o600
    );
    let (code, _, err) = folder.run(&["keys", "init"], &[]);
    assert!(code == 1 && err.contains("gibt es schon"), "{err}");
    let (code, _, err) = folder.run(&[&ADD[..], &["A B"]].concat(), &[]);
    assert_eq!(code, 0, "{err}");
    let (code, out, err) = folder.run(&["keys", "status"], &[]);
    assert!(
        code == 0 && out.contains("1 unter diesem Hauptschlüssel") && out.lines().count() == 4,
        "{out}{err}"
    );

    // Prepared: both lie in the file, the old one holds; then done.
    let (code, out, err) = folder.run(&["keys", "rotate", "--prepare"], &[]);
    assert!(code == 0 && out.contains("Noch gilt der alte"), "{out}{err}");
    let both = std::fs::read_to_string(folder.key()).expect("keys");
    assert!(both.lines().count() == 2 && both.ends_with(&first));
    let (_, out, _) = folder.run(&["keys", "status"], &[]);
    assert!(out.contains("nicht zu Ende"), "{out}");
    let (code, _, err) = folder.run(&["doctor"], &[]);
    assert!(code == 1 && err.contains("nicht zu Ende"), "{err}");
    let (code, out, err) = folder.run(&["keys", "rotate"], &[]);
    assert!(code == 0 && out.contains("1 Amt neu verpackt"), "{out}{err}");
    let new = std::fs::read_to_string(folder.key()).expect("a key");
    assert!(new != first && both.starts_with(&new));
    assert!(!out.contains(new.trim()) && !out.contains(first.trim()));
    // Nobody may have a copy of the old one, and backups of before open with it alone.
    let old = out
        .split("Der alte liegt in ")
        .nth(1)
        .and_then(|rest| rest.split_once(". "));
    let old = std::path::PathBuf::from(old.expect("where the old one lies").0);
    assert_eq!(std::fs::read_to_string(&old).expect("the old key"), first);
    assert_eq!(std::fs::metadata(&old).expect("it").permissions().mode() & 0o777, 0o600);
    let (code, out, err) = folder.run(&["doctor"], &[]);
    assert!((code, err.as_str()) == (0, ""), "{out}{err}");

    // Killed between the tables and the file: the next call ends it.
    std::fs::write(folder.key(), &both).expect("write");
    let (code, _, err) = folder.run(&["keys", "rotate"], &[]);
    assert_eq!(code, 0, "{err}");
    assert_eq!(std::fs::read_to_string(folder.key()).expect("a key"), new);
    // The old one opens nothing any more, and the refusal says which one does.
    std::fs::write(folder.key(), &first).expect("write");
    let (code, _, err) = folder.run(&["keys", "status"], &[]);
    assert!(
        code == 1 && err.contains("passt nicht zu diesen Daten") && err.contains("Kennung"),
        "{err}"
    );
}

#[test]
fn a_kill_at_any_moment_of_the_change_leaves_data_that_open() {
    let folder = Folder::with_data("kills");
    let (mut killed, mut done) = (0, 0);
    for step in 0..40u64 {
        let mut child = Command::new(env!("CARGO_BIN_EXE_kommunal"))
            .args(["keys", "rotate", "--data"])
            .arg(folder.0.join("data"))
            .current_dir(&folder.0)
            .stdout(std::process::Stdio::null())
            .spawn()
            .expect("runs");
        std::thread::sleep(std::time::Duration::from_millis(step * 5));
        drop(child.kill());
        if child.wait().expect("ends").success() {
            done += 1
        } else {
            killed += 1
        }
        let (code, out, err) = folder.run(&["keys", "status"], &[]);
        assert!(
            code == 0 && out.contains("1 unter diesem Hauptschlüssel"),
            "after {step}: {out}{err}"
        );
    }
    assert!(killed > 5, "{killed} killed, {done} done");
    let (code, _, err) = folder.run(&["keys", "rotate"], &[]);
    assert_eq!(code, 0, "{err}");
    let (code, out, err) = folder.run(&["doctor"], &[]);
    assert!((code, err.as_str()) == (0, ""), "{out}{err}");
}

#[test]
fn a_lost_emptied_or_wrong_root_key_is_refused_and_never_replaced() {
    let folder = Folder::with_data("lost");
    let kept = std::fs::read_to_string(folder.key()).expect("a key");
    let refused = |what: &str| {
        for command in [
            &["worker"][..],
            &["migrate"],
            &["keys", "status"],
            &["keys", "rotate"],
            &["audit", "verify"],
        ] {
            let (code, _, err) = folder.run(command, &[]);
            assert!(code == 1 && err.contains(what), "{command:?}: {err}");
        }
        let (code, _, err) = folder.run(&["keys", "init"], &[]);
        assert!(code == 1 && err.contains("schon"), "{err}");
    };
    std::fs::remove_file(folder.key()).expect("removed");
    refused("fehlt");
    assert!(!folder.key().exists(), "no misleading new one");
    // Nor when the shared file went with it.
    std::fs::rename(folder.0.join("data/shared.db"), folder.0.join("shared.db")).expect("moved");
    refused("fehlt");
    std::fs::rename(folder.0.join("shared.db"), folder.0.join("data/shared.db")).expect("moved");
    std::fs::write(folder.key(), "").expect("write");
    mode(&folder.key(), 0o600);
    refused("ist leer");
    std::fs::write(folder.key(), "4c".repeat(32)).expect("write");
    refused("passt nicht zu diesen Daten");
    std::fs::write(folder.key(), &kept).expect("write");
    mode(&folder.key(), 0o644);
    refused("chmod 600");
    mode(&folder.key(), 0o600);
    assert_eq!(folder.run(&["keys", "status"], &[]).0, 0);
}

#[test]
fn the_root_key_comes_from_the_environment_or_a_command_too() {
    let folder = Folder::with_data("sources");
    let key = std::fs::read_to_string(folder.key()).expect("a key").trim().to_owned();
    let elsewhere = folder.0.join("tresor");
    std::fs::rename(folder.key(), &elsewhere).expect("moved");
    let command = format!("cat {}", elsewhere.display());
    let from_env = [("KOMMUNAL_ROOT_KEY", key.as_str())];
    let from_command = [("KOMMUNAL_ROOT_KEY_COMMAND", command.as_str())];
    for (env, source) in [(&from_env, "Umgebung"), (&from_command, "Befehl")] {
        let (code, out, err) = folder.run(&["keys", "status"], env);
        assert!(code == 0 && out.contains(source) && !out.contains(&key), "{out}{err}");
        let (code, out, err) = folder.run(&["doctor"], env);
        assert!((code, err.as_str()) == (0, "") && out.contains(source), "{out}{err}");
        let (code, _, err) = folder.run(&["keys", "init"], env);
        assert!(
            code == 1 && err.contains("Dort legt ihn dieser Befehl nicht an"),
            "{err}"
        );
        let (code, _, err) = folder.run(&["keys", "rotate"], env);
        assert!(
            code == 1 && err.contains("den neuen zuerst") && !err.contains(&key),
            "{err}"
        );
    }
    // The vault gives both: changed, then the old one alone opens nothing.
    let new = "5d".repeat(32);
    std::fs::write(&elsewhere, format!("{new} {key}")).expect("write");
    let (code, out, err) = folder.run(&["keys", "rotate"], &from_command);
    assert!(
        code == 0 && out.contains("1 Amt neu verpackt") && !out.contains(&new),
        "{out}{err}"
    );
    let (code, _, err) = folder.run(&["keys", "status"], &from_env);
    assert!(code == 1 && err.contains("passt nicht zu diesen Daten"), "{err}");
    let (code, _, err) = folder.run(&["keys", "status"], &[("KOMMUNAL_ROOT_KEY", &new)]);
    assert_eq!(code, 0, "{err}");
    assert!(!folder.key().exists(), "nothing was made beside the data");
}

#[test]
fn the_log_is_verified_by_command_also_against_a_head_that_was_kept() {
    let folder = Folder::with_data("audit");
    let (code, out, err) = folder.run(&["audit", "verify"], &[]);
    assert!(code == 0 && out.starts_with("in Ordnung"), "{out}{err}");
    let head = out.trim().rsplit(' ').next().expect("a head").to_owned();
    let (code, out, err) = folder.run(&["audit", "verify", "--head", &head], &[]);
    assert!(code == 0 && out.contains("gegen Ihren Prüfwert"), "{out}{err}");
    let (code, _, err) = folder.run(&["audit", "verify", "--authority", "gibt-es-nicht"], &[]);
    assert!(code == 1 && err.contains("gibt es hier nicht"), "{err}");
    let (code, _, err) = folder.run(&["audit", "verify", "--head", "3f:x"], &[]);
    assert!(
        code == 1 && err.contains("weder eine lesbare Datei noch ein Prüfwert"),
        "{err}"
    );
    let tenants = std::fs::read_dir(folder.0.join("data/tenants")).expect("a folder");
    let file = tenants
        .flatten()
        .map(|e| e.path())
        .find(|p| p.extension().is_some_and(|e| e == "db"))
        .expect("a file");
    let db = rusqlite::Connection::open(file).expect("opens");
    db.execute_batch("update audit set actor = 'niemand' where n = 1")
        .expect("tampered");
    let (code, out, err) = folder.run(&["audit", "verify"], &[]);
    assert!(code == 1 && err.contains("ab Zeile 1") && out.is_empty(), "{out}{err}");
    db.execute_batch("delete from audit; delete from audit_head")
        .expect("tampered");
    assert_eq!(
        folder.run(&["audit", "verify"], &[]).0,
        0,
        "an empty log is sound in itself"
    );
    let (code, _, err) = folder.run(&["audit", "verify", "--head", &head], &[]);
    assert!(code == 1 && err.contains("fehl"), "{err}");
}

/// A server's data with the key of this machine gone: nothing is made in its place.
#[test]
fn a_lost_key_of_a_server_is_refused_too() {
    let Some((server, host, name)) = database("lostkey") else {
        return;
    };
    let owner = format!("postgres://kommunal_owner@{}/{name}", host.replace('/', "%2F"));
    let env = [("KOMMUNAL_DATABASE", owner.as_str())];
    let folder = Folder::new("lost-server");
    let (code, _, err) = folder.run(&[&ADD[..], &["A B"]].concat(), &env);
    assert!(code == 0 && folder.key().exists(), "{err}");
    let (code, out, err) = folder.run(&["keys", "status"], &env);
    assert!(code == 0 && out.contains("1 unter diesem"), "{out}{err}");
    let (code, out, err) = folder.run(&["keys", "rotate"], &env);
    assert!(code == 0 && out.contains("1 Amt neu verpackt"), "{out}{err}");
    std::fs::remove_file(folder.key()).expect("removed");
    for command in [&["worker"][..], &["keys", "status"], &["keys", "rotate"]] {
        let (code, _, err) = folder.run(command, &env);
        assert!(
            code == 1 && err.contains("fehlt") && !folder.key().exists(),
            "{command:?}: {err}"
        );
    }
    let (code, _, err) = folder.run(&["keys", "init"], &env);
    assert!(code == 1 && err.contains("gibt schon Daten"), "{err}");
    sql(&server, &[&format!("drop database {name} with (force)")]);
}
