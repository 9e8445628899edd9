//! `kommunal migrate` and `kommunal doctor`, run as an operator runs them, on files and, when `KOMMUNAL_TEST_PG` names
//! a server, on PostgreSQL with two roles.

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

#[test]
fn one_role_makes_the_tables_and_another_serves_them() {
    let Ok(server) = std::env::var("KOMMUNAL_TEST_PG") else {
        eprintln!("KOMMUNAL_TEST_PG is not set: PostgreSQL is not tested");
        return;
    };
    let host = server
        .split_whitespace()
        .find_map(|p| p.strip_prefix("host="))
        .expect("a host");
    let name = format!("operator_{}", std::process::id());
    sql(&server, &[&format!("create database {name} owner kommunal_owner")]);
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
