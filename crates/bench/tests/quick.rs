//! The measurement itself still works: a short run against the debug binary, so that the driver cannot rot.

use std::path::Path;
use std::process::Command;

#[test]
fn a_short_run_gives_every_figure() {
    let folder = std::env::temp_dir().join(format!("kommunal-bench-{}", std::process::id()));
    let run = Command::new(env!("CARGO_BIN_EXE_bench"))
        .args(["--quick", "--folder"])
        .arg(&folder)
        .output()
        .expect("a run");
    let (said, why) = (
        String::from_utf8_lossy(&run.stdout),
        String::from_utf8_lossy(&run.stderr),
    );
    let log = std::fs::read_to_string(folder.join("sqlite.log")).unwrap_or_default();
    drop(std::fs::remove_dir_all(&folder));
    assert!(run.status.success(), "{why}\n{said}\n{log}");
    for line in [
        "API, 1 Verbindung",
        "API, 64",
        "Formularseite",
        "Seite absenden",
        "ganzer Weg",
        "kürzester Weg",
        "Commit",
        "leere Antwort",
        "Typst",
        "Speicher in Ruhe",
        "Cockpit mit 3",
    ] {
        assert!(said.contains(line), "{line}: {said}");
    }
    assert!(
        !said.contains("NaN") && !said.contains("| 0,000 ("),
        "a figure that is none: {said}"
    );
    assert!(
        Path::new(env!("CARGO_BIN_EXE_bench"))
            .with_file_name("kommunal")
            .exists()
    );
}
