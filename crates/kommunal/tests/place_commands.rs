//! The commands about places and periods, run as people run them: output, exit code, and one German
//! sentence when something is wrong.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn kommunal(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_kommunal"))
        .args(args)
        .output()
        .expect("runs")
}

fn json(args: &[&str]) -> Value {
    let out = kommunal(args);
    assert!(
        out.status.success(),
        "{args:?}: {}",
        String::from_utf8_lossy(&out.stderr)
    );
    serde_json::from_slice(&out.stdout).expect("JSON")
}

/// Exit code and the sentence on stderr.
fn refused(args: &[&str]) -> (Option<i32>, String) {
    let out = kommunal(args);
    assert!(out.stdout.is_empty(), "{args:?} wrote to stdout");
    (out.status.code(), String::from_utf8(out.stderr).expect("UTF-8"))
}

struct TempDir(PathBuf);

impl TempDir {
    fn new(name: &str) -> TempDir {
        let path = std::env::temp_dir().join(format!("kommunal-cli-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("temp dir");
        TempDir(path)
    }
    fn path(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Data beside a checkout for development.
fn outside(name: &str) -> Option<String> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data")
        .join(name);
    let named = std::env::var_os("KOMMUNAL_SHARED").map(|dir| PathBuf::from(dir).join("data").join(name));
    let found = [Some(beside), named]
        .into_iter()
        .flatten()
        .find(|p| p.exists())
        .map(|p| p.display().to_string());
    if found.is_none() {
        use std::io::Write as _;
        let _ = writeln!(
            std::io::stderr(),
            "übersprungen: ../shared/data/{name} liegt nicht neben dieser Arbeitskopie"
        );
    }
    found
}

#[test]
fn deadlines_forward_and_backward() {
    let d = json(&["deadline", "--from", "2026-11-28", "--period", "1w"]);
    assert_eq!(d["last_day"], "2026-12-07");
    assert_eq!(d.get("borderline"), None);
    assert_eq!(
        d["reason"],
        "Der 05.12.2026 ist ein Samstag, deshalb endet die Frist am Montag, 07.12.2026 (§ 31 Abs. 3 VwVfG)."
    );
    let d = json(&["deadline", "--from", "09.01.2027", "--period", "10d", "--backward"]);
    assert_eq!(
        (&d["last_day"], &d["borderline"]),
        (&"2026-12-29".into(), &"2026-12-30".into())
    );
    let d = json(&[
        "deadline",
        "--from",
        "2026-11-24",
        "--period",
        "3wd",
        "--place",
        "16077036",
    ]);
    assert_eq!(d["last_day"], "2026-11-27");
    let d = json(&["deadline", "--from", "2027-03-31", "--period", "1m", "--backward"]);
    assert_eq!(
        (&d["last_day"], &d["borderline"]),
        (&"2027-02-27".into(), &"2027-02-28".into())
    );
    // Fronleichnam 2026 is a holiday in Heiligenstadt, not in Nobitz.
    let corpus_christi = |place| json(&["deadline", "--from", "2026-05-28", "--period", "1w", "--place", place]);
    assert_eq!(corpus_christi("16061045")["last_day"], "2026-06-05");
    assert_eq!(corpus_christi("16077036")["last_day"], "2026-06-04");
}

#[test]
fn municipalities_are_shown() {
    let m = json(&["register", "show", "16077036"]);
    assert_eq!((&m["name"], &m["ags"]), (&"Nobitz".into(), &"16077036".into()));
    assert_eq!(m["kind"], "kreisangehörige Gemeinde");
    assert_eq!(
        (&m["district"]["ags"], &m["district"]["name"]),
        (&"16077".into(), &"Altenburger Land".into())
    );
    let a = &m["association"];
    assert_eq!((&a["code"], &a["name"]), (&"160775051".into(), &"Nobitz".into()));
    assert_eq!(
        (&a["kind"], &a["seat"]),
        (&"erfüllende Gemeinde".into(), &"Nobitz".into())
    );
    assert_eq!(m["population"], 6962);
    assert_eq!(
        json(&["register", "show", "16067029"])["association"]["seat"],
        Value::Null
    );
    let list = json(&["register", "list", "--state", "16", "--format", "json"]);
    assert_eq!(list.as_array().map(Vec::len), Some(605));
}

/// The table of tests/routing (by other means) and the command, for every service and some places of each
/// kind; all 605 are compared in the router's own test. Which kind of responsibility a service has stands in a
/// table of its own, never taken from the service.
#[test]
fn routes_are_those_of_the_table() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let read = |name: &str| std::fs::read_to_string(root.join("tests/routing").join(name)).expect("table");
    let (table, services) = (read("thueringen.csv"), read("services.csv"));
    let services: BTreeMap<&str, &str> = services.lines().skip(1).filter_map(|l| l.split_once(',')).collect();
    let shipped = std::fs::read_dir(root.join("services")).expect("services");
    let shipped = shipped.map(|s| s.expect("entry").path()).filter(|s| s.is_dir());
    let mut shipped: Vec<String> = shipped
        .map(|s| s.file_name().expect("name").display().to_string())
        .collect();
    shipped.sort();
    assert_eq!(
        shipped,
        services.keys().copied().collect::<Vec<_>>(),
        "every service stands in tests/routing/services.csv"
    );
    for (id, responsibility) in services {
        for ags in ["16051000", "16067029", "16075051", "16077036", "16077048", "16068009"] {
            let got = json(&["route", id, ags]);
            let row = table
                .lines()
                .find(|l| l.starts_with(ags) && l.contains(&format!(",{responsibility},")));
            let row: Vec<&str> = row.expect("row").rsplit(',').collect();
            let consulted = got["consulted"]
                .as_array()
                .expect("list")
                .iter()
                .map(|a| a["id"].as_str().expect("id"));
            assert_eq!(consulted.collect::<Vec<_>>().join(" "), row[0], "{id} {ags}");
            assert_eq!(got["authority"]["level"], row[1], "{id} {ags}");
            assert_eq!(got["authority"]["name"], row[2], "{id} {ags}");
            assert_eq!(got["authority"]["id"], row[3], "{id} {ags}");
            assert!(got["legal_basis"].as_str().is_some_and(|l| l.contains('§')), "{got}");
        }
    }
}

#[test]
fn mistakes_are_one_german_sentence() {
    let cases: [(&[&str], i32, &str); 13] = [
        (
            &["register", "show", "16056000"],
            1,
            "gehört heute zu: Stadt Eisenach (16063105).",
        ),
        (
            &["register", "show", "16077999"],
            1,
            "steht nicht im Verzeichnis vom 30.11.2025.",
        ),
        (
            &["register", "show", "Nobitz"],
            1,
            "ist kein Gemeindeschlüssel. Er hat acht Ziffern",
        ),
        (
            &["register", "list", "--state", "99"],
            1,
            "Das Land 99 ist nicht eingelesen. Vorhanden: 16 Thüringen.",
        ),
        (
            &["register", "list", "--state", "16", "--format", "xml"],
            2,
            "möglich sind: csv, json",
        ),
        (
            &["register", "import", "/nirgends.txt", "--data", "/tmp/x"],
            1,
            "Die Datei /nirgends.txt gibt es nicht.",
        ),
        (&["register", "import", "x"], 2, "Es fehlt --data"),
        (
            &["deadline", "--from", "2026-02-30", "--period", "1w"],
            2,
            "„2026-02-30“ ist kein Datum",
        ),
        (
            &["deadline", "--from", "2026-02-03", "--period", "1y"],
            2,
            "„1y“ ist keine Frist",
        ),
        (
            &["deadline", "--form", "2026-02-03"],
            2,
            "gemeint ist vielleicht „--from“",
        ),
        (
            &["deadline", "--from", "2026-02-03", "--period", "1w", "--place", "16"],
            1,
            "kein Gemeindeschlüssel",
        ),
        (
            &["route", "angeln", "16077036"],
            1,
            "Den Dienst „angeln“ gibt es nicht.",
        ),
        (
            &["regster"],
            2,
            "Den Befehl „regster“ gibt es nicht, gemeint ist vielleicht „register“",
        ),
    ];
    for (args, code, says) in cases {
        let (got, sentence) = refused(args);
        assert_eq!(got, Some(code), "{args:?}: {sentence}");
        assert!(sentence.contains(says), "{args:?}: {sentence}");
        assert_eq!(sentence.lines().count(), 1, "{sentence}");
    }
}

#[test]
fn help_is_german() {
    let commands: [&[&str]; 8] = [
        &["--help"],
        &["deadline", "--help"],
        &["route", "-h"],
        &["register", "--help"],
        &["register", "import", "--help"],
        &["register", "export", "--help"],
        &["register", "show", "--help"],
        &["register", "list", "--help"],
    ];
    for args in commands {
        let out = kommunal(args);
        let text = String::from_utf8(out.stdout).expect("UTF-8");
        assert!(out.status.success() && text.contains("Aufruf: "), "{text}");
        for english in [
            "Usage",
            "Options:",
            "Commands:",
            "Arguments:",
            "Print",
            "possible values",
            "default:",
        ] {
            assert!(!text.contains(english), "{args:?} says „{english}“:\n{text}");
        }
    }
}

#[test]
fn a_broken_register_file_leaves_the_old_version() {
    let dir = TempDir::new("broken");
    std::fs::write(dir.path("cut.txt"), "6020251130160770485004Treben").expect("file");
    let (code, sentence) = refused(&["register", "import", &dir.path("cut.txt"), "--data", &dir.path("data")]);
    assert_eq!(code, Some(1));
    assert!(
        sentence.contains("cut.txt, Zeile 1: Die Zeile ist abgeschnitten: 28 von mindestens 170 Zeichen."),
        "{sentence}"
    );
    assert!(!dir.0.join("data/register").exists());
}

#[test]
fn the_shipped_tables_can_be_written_again() {
    let dir = TempDir::new("export");
    let out = kommunal(&["register", "export", "--state", "16", "--to", &dir.path("out")]);
    assert!(out.status.success());
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../regions/thueringen");
    for entry in std::fs::read_dir(dir.path("out")).expect("written") {
        let path = entry.expect("entry").path();
        let name = path.file_name().expect("name");
        assert!(
            std::fs::read(&path).ok() == std::fs::read(shipped.join(name)).ok(),
            "{name:?} differs"
        );
    }
}

#[test]
fn the_official_register_comes_in_whole_and_goes_out_as_listed() {
    let (Some(file), Some(list)) = (outside("GV100AD_30112025.txt"), outside("gemeinden_th_20251130.csv")) else {
        return;
    };
    let dir = TempDir::new("whole");
    let data = dir.path("data");
    let begun = std::time::Instant::now();
    let out = kommunal(&["register", "import", &file, "--data", &data]);
    let said = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(
        out.status.success() && said.contains("10751 Gemeinden, 202 gemeindefreie Gebiete"),
        "{said}"
    );
    assert!(begun.elapsed() < std::time::Duration::from_secs(10));
    let listed = kommunal(&["register", "list", "--state", "16", "--format", "csv", "--data", &data]);
    assert!(listed.stdout == std::fs::read(list).expect("list"));
    let hamburg = json(&["register", "show", "02000000", "--data", &data]);
    assert_eq!(hamburg["name"], "Hamburg, Freie und Hansestadt");
    // The last third of the file is gone, cut between two records: refused, the good version stays.
    let bytes = std::fs::read(&file).expect("register");
    let text = String::from_utf8(bytes).expect("UTF-8");
    let lines: Vec<&str> = text.lines().take(15_600).collect();
    std::fs::write(dir.path("cut.txt"), lines.join("\n")).expect("file");
    let (code, sentence) = refused(&["register", "import", &dir.path("cut.txt"), "--data", &data]);
    assert_eq!(code, Some(1));
    assert!(sentence.contains("cut.txt"), "{sentence}");
    assert_eq!(
        json(&["register", "show", "16077036", "--data", &data])["population"],
        6962
    );
}

/// An installation begins without the demo: the register's authority, and a lead who can log in.
#[test]
fn an_authority_is_taken_in_with_its_first_account() {
    let dir = TempDir::new("authority");
    let data = dir.0.join("data");
    let data = data.to_str().expect("UTF-8");
    let add = |key: &str, mail: &str| {
        let args = [
            "authority",
            "add",
            key,
            "--lead",
            mail,
            "--name",
            "H. Läbe",
            "--data",
            data,
        ];
        kommunal(&args)
    };
    let first = add("16077036", "leitung@nobitz.example");
    let text = String::from_utf8(first.stdout).expect("UTF-8");
    assert!(
        first.status.success() && text.starts_with("Gemeinde Nobitz ist aufgenommen."),
        "{text}"
    );
    let password = text
        .lines()
        .find_map(|l| l.strip_prefix("Passwort: "))
        .expect("a password");
    assert_eq!(password.len(), 19, "{password}");
    let again = add("16077036", "leitung@nobitz.example");
    assert_eq!(again.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&again.stderr).contains("gibt es schon ein Konto"));
    // A lead who is alone and lost everything gets in again; nobody else does.
    let reset = |mail: &str| kommunal(&["authority", "reset", mail, "--data", data]);
    let text = String::from_utf8(reset("leitung@nobitz.example").stdout).expect("UTF-8");
    let fresh = text
        .lines()
        .find_map(|l| l.strip_prefix("Passwort: "))
        .expect("a password");
    assert_ne!(fresh, password);
    let unknown = reset("niemand@nobitz.example");
    assert_eq!(unknown.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("gibt es kein Konto"));
    let second = add("16077011", "zweite@nobitz.example");
    assert!(
        String::from_utf8_lossy(&second.stdout).contains("macht schon mit"),
        "the same authority serves Göpfersdorf"
    );
    assert!(add("16077", "amt@altenburgerland.example").status.success());
    for (key, mail, why) in [
        ("99999999", "a@b.example", "steht nicht im Verzeichnis"),
        ("16077036", "leitung", "keine E-Mail-Adresse"),
    ] {
        let out = add(key, mail);
        assert_eq!(out.status.code(), Some(1));
        assert!(
            String::from_utf8_lossy(&out.stderr).contains(why),
            "{}",
            String::from_utf8_lossy(&out.stderr)
        );
    }
}
