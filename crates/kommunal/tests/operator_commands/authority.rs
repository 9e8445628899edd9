//! `kommunal authority add` and `reset` work on the installation that settings or options name, like every other command.

use std::fs;
use std::process::Command;

use crate::carry::{ADD, ok};
use crate::{Folder, database};

#[test]
fn they_take_the_data_and_the_key_that_the_settings_name() {
    let folder = Folder::new("authority");
    let settings = folder.0.join("amt.toml");
    fs::write(&settings, "data = \"anderswo\"\n").expect("settings");
    let run = |args: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_kommunal"))
            .args(args)
            .args(["--config", "amt.toml", "--root-key-file", "eigener.schluessel"])
            .current_dir(&folder.0)
            .output()
            .expect("runs");
        assert!(
            output.status.success(),
            "{args:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).expect("text")
    };
    assert!(run(&ADD).contains("ist aufgenommen"));
    assert!(folder.0.join("anderswo/tenants/nobitz.db").exists());
    assert!(folder.0.join("eigener.schluessel").exists() && !folder.0.join("anderswo.schluessel").exists());
    assert!(run(&["authority", "reset", "a@b.example"]).contains("abgeschaltet"));
}

/// The state's key stands for its competence centre, which serves no place.
#[test]
fn a_state_has_a_competence_centre() {
    let folder = Folder::new("centre");
    let add = |key: &str| {
        let account = ["--lead", "l@land.example", "--name", "L. Land", "--data", "data"];
        let mut command = Command::new(env!("CARGO_BIN_EXE_kommunal"));
        command
            .args(["authority", "add", key])
            .args(account)
            .current_dir(&folder.0);
        command.output().expect("runs")
    };
    let elsewhere = add("14");
    assert!(!elsewhere.status.success());
    assert!(String::from_utf8_lossy(&elsewhere.stderr).contains("Ein Land 14 gibt es"));
    let added = String::from_utf8(add("16").stdout).expect("text");
    assert!(added.contains("Kompetenzzentrum Thüringen ist aufgenommen"), "{added}");
    assert!(folder.0.join("data/tenants/land-thueringen.db").exists());
}

#[test]
fn they_take_the_server_that_an_option_names() {
    let Some((server, host, name)) = database("authority") else {
        return;
    };
    let folder = Folder::new("authority-server");
    let address = |role: &str| format!("postgres://{role}@{}/{name}", host.replace('/', "%2F"));
    let [app, owner] = ["kommunal_app", "kommunal_owner"].map(address);
    let there = ["--database", &app, "--database-migrate", &owner];
    ok(&folder, &[&ADD[..], &there].concat(), &[]);
    assert!(!folder.0.join("data/shared.db").exists(), "not into files");
    ok(
        &folder,
        &[&["authority", "reset", "a@b.example"][..], &there].concat(),
        &[],
    );
    crate::sql(&server, &[&format!("drop database {name} with (force)")]);
}
