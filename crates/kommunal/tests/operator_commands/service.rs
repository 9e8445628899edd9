//! `kommunal service`: what is not right is said and hands nothing in; what is waits for a second person, and can be
//! compared and withdrawn by its number. With a running service: `tests/browser/versionen.story.mjs`.

use std::path::Path;
use std::process::{Command, Output};

use crate::Folder;

const FIRE: &str = "services/brauchtumsfeuer";

fn run(folder: &Folder, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kommunal"));
    command.args(args).args(["--data", "data"]).current_dir(&folder.0);
    command.output().expect("runs")
}

/// What it says on failing.
fn fails(folder: &Folder, args: &[&str]) -> String {
    let output = run(folder, args);
    assert_eq!(
        output.status.code(),
        Some(1),
        "{args:?}: {}",
        String::from_utf8_lossy(&output.stdout)
    );
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder").flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

#[test]
fn a_version_is_handed_in_only_if_everything_is_right() {
    let folder = Folder::new("service");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    copy(&root.join(FIRE), &folder.0.join(FIRE));
    let account = |key: &str, mail: &str| {
        let added = run(&folder, &["authority", "add", key, "--lead", mail, "--name", "L. Land"]);
        assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
    };
    account("16", "l@land.example");
    account("16077036", "l@gemeinde.example");
    let publish = |from: &'static str, by: &'static str| ["service", "publish", FIRE, "--from", from, "--by", by];
    assert!(fails(&folder, &publish("2026-01-01", "l@land.example")).contains("Der 01.01.2026 ist schon vorbei"));
    assert!(fails(&folder, &publish("2999-01-04", "x@land.example")).contains("gibt es kein Konto"));
    assert!(fails(&folder, &publish("2999-01-04", "l@gemeinde.example")).contains("kein Konto des Kompetenzzentrums"));

    // A fee that no example expects: the examples are named, and nothing is handed in.
    let rules = folder.0.join(FIRE).join("service.toml");
    let text = std::fs::read_to_string(&rules).expect("rules");
    std::fs::write(
        &rules,
        text.replace("cents = \"params.notice_fee\"", "cents = \"params.notice_fee + 500\""),
    )
    .expect("written");
    let said = fails(&folder, &publish("2999-01-04", "l@land.example"));
    assert!(
        said.contains("01_weihnachtsbaeume_anzeige.toml:") && said.contains("Heraus kam 500"),
        "{said}"
    );
    assert!(said.contains("Nichts ist eingereicht"), "{said}");
    assert!(fails(&folder, &["service", "diff", "brauchtumsfeuer"]).contains("noch keine Leistung veröffentlicht"));

    std::fs::write(&rules, text).expect("written");
    let handed = run(&folder, &publish("04.01.2999", "l@land.example"));
    let said = String::from_utf8_lossy(&handed.stdout).into_owned();
    assert!(handed.status.success(), "{}", String::from_utf8_lossy(&handed.stderr));
    assert!(
        said.contains("Brauchtumsfeuer, Version 1: eine neue Leistung"),
        "{said}"
    );
    assert!(
        said.contains(
            "soll ab 04.01.2999 gelten und wartet auf die Freigabe durch eine zweite Person:\n/cockpit/versionen/"
        ),
        "{said}"
    );
    assert!(fails(&folder, &publish("2999-01-04", "l@land.example")).contains("wartet schon auf die Freigabe"));
    assert!(fails(&folder, &["service", "diff", "brauchtumsfeuer"]).contains("Es gibt nur eine Version 1"));
    let withdraw = ["service", "withdraw", "brauchtumsfeuer", "1", "--why", "weg"];
    assert!(fails(&folder, &withdraw).contains("ist nicht freigegeben"));
}
