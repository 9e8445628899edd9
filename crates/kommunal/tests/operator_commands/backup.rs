//! `kommunal backup`, `drill` and `restore`, as an operator runs them.

use crate::Folder;
use crate::carry::{ADD, ok, refused};

#[test]
fn a_backup_is_made_drilled_and_restored_whole_or_for_one_authority() {
    let folder = Folder::new("backup");
    refused(&folder, &["backup"], &[], "backup_dir");
    ok(&folder, &ADD, &[]);
    refused(&folder, &["drill", "sicherung"], &[], "liegt keine Sicherung");
    let out = ok(&folder, &["backup", "sicherung"], &[]);
    assert!(out.contains("nobitz") && out.contains("Hauptschlüssel"), "{out}");
    let env = [("KOMMUNAL_BACKUP_DIR", "sicherung")];
    let out = ok(&folder, &["drill"], &env);
    assert!(out.contains("Probe bestanden") && out.contains("1 Ämter"), "{out}");

    let restore = ["restore", "sicherung", "--authority", "nobitz"];
    refused(&folder, &restore, &[], "--yes nobitz");
    refused(&folder, &["restore", "sicherung"], &[], "nicht leer");
    refused(
        &folder,
        &["restore", "sicherung", "--authority", "gera", "--yes", "gera"],
        &[],
        "in dieser Sicherung nicht",
    );
    // A head that somebody kept after the backup is no false alarm after the restore: it is named.
    ok(&folder, &["authority", "reset", "a@b.example"], &[]);
    let later = ok(&folder, &["audit", "verify"], &[]);
    let later = later.trim().rsplit_once("Stand jetzt: ").expect("a head").1.to_owned();
    let out = ok(&folder, &[&restore[..], &["--yes", "nobitz"]].concat(), &[]);
    assert!(
        out.contains("db.vorher-") && out.contains("Rechte sind die von eben"),
        "{out}"
    );
    let out = ok(&folder, &["audit", "verify"], &[]);
    assert!(out.contains("zurückgespielt am"), "{out}");
    let verify = ["audit", "verify", "--authority", "nobitz", "--head"];
    refused(
        &folder,
        &[&verify[..], &[&later]].concat(),
        &[],
        "ein älterer Stand zurückgespielt",
    );
    let (_, lines) = later.rsplit_once(':').expect("a head");
    let other = format!("{}:{lines}", "0".repeat(64));
    refused(&folder, &[&verify[..], &[&other]].concat(), &[], "neu geschrieben");

    std::fs::rename(folder.0.join("data"), folder.0.join("verloren")).expect("lost");
    std::fs::rename(folder.0.join("data.schluessel"), folder.0.join("key")).expect("lost");
    refused(&folder, &["restore", "sicherung"], &[], "data.schluessel");
    assert!(!folder.0.join("data").exists(), "nothing half is left");
    std::fs::rename(folder.0.join("key"), folder.0.join("data.schluessel")).expect("found");
    let out = ok(&folder, &["restore", "sicherung"], &[]);
    assert!(
        out.contains("1 Ämter") && out.contains("Niemand ist angemeldet"),
        "{out}"
    );
    ok(&folder, &["doctor"], &[]);
    ok(&folder, &["audit", "verify"], &[]);

    let file = folder.0.join("falsch.toml");
    std::fs::write(&file, "backup_dir = \"x\"\nbackup_keep = 0\n").expect("a file");
    let config = std::process::Command::new(env!("CARGO_BIN_EXE_kommunal"))
        .args(["config", "check", "--config"])
        .arg(&file)
        .output()
        .expect("runs");
    let err = String::from_utf8_lossy(&config.stderr).into_owned();
    assert!(err.contains("falsch.toml:2") && err.contains("backup_keep"), "{err}");
}
