//! A real ClamAV daemon that knows one word as malware: what it finds is refused, and nothing is taken that it could not
//! look at. Without ClamAV on the machine this says that it is
//! skipped; `make test` demands it (`KOMMUNAL_TEST_ALL`).

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use papers::{Inspector, Kind, Refusal, Scanner};

use crate::pdf::Pdf;

/// What its only signature finds.
const WORD: &str = "Kommunal-Probe-Schadprogramm";

struct Clamd {
    child: Child,
    folder: PathBuf,
}

impl Clamd {
    /// `None`: not installed here.
    fn start(most: &str) -> Option<Clamd> {
        let program = ["/usr/sbin/clamd", "/usr/local/sbin/clamd", "/usr/bin/clamd"]
            .into_iter()
            .find(|p| Path::new(p).exists())?;
        let folder = std::env::temp_dir().join(format!("clamd-{}-{most}", std::process::id()));
        std::fs::create_dir_all(folder.join("db")).expect("a folder");
        let word: String = WORD.bytes().map(|b| format!("{b:02x}")).collect();
        std::fs::write(folder.join("db/test.ndb"), format!("Kommunal.Probe:0:*:{word}\n")).expect("a signature");
        let settings = format!(
            "Foreground yes\nDatabaseDirectory {0}/db\nLocalSocket {0}/socket\nStreamMaxLength {most}\n",
            folder.display()
        );
        std::fs::write(folder.join("clamd.conf"), settings).expect("settings");
        let child = Command::new(program)
            .arg(format!("--config-file={}/clamd.conf", folder.display()))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("clamd starts");
        let clamd = Clamd { child, folder };
        let since = Instant::now();
        while !clamd.socket().exists() {
            assert!(since.elapsed() < Duration::from_secs(60), "clamd does not listen");
            std::thread::sleep(Duration::from_millis(50));
        }
        Some(clamd)
    }

    fn socket(&self) -> PathBuf {
        self.folder.join("socket")
    }

    fn inspector(&self) -> Inspector {
        Inspector::in_process().with(Some(Scanner::Socket(self.socket())))
    }
}

impl Drop for Clamd {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

fn skipped() {
    assert!(
        std::env::var_os("KOMMUNAL_TEST_ALL").is_none(),
        "clamd is not installed"
    );
    println!("übersprungen: ClamAV (Debian: clamav-daemon) ist hier nicht installiert");
}

#[tokio::test]
async fn what_the_scanner_knows_is_refused() {
    let Some(clamd) = Clamd::start("30M") else {
        return skipped();
    };
    let inspector = clamd.inspector();
    assert!(inspector.scans());
    let evil = Pdf::new(WORD);
    for bytes in [evil.bytes(), evil.compressed()] {
        assert_eq!(papers::look(&bytes), Ok(Kind::Pdf), "whole and without programs");
        assert_eq!(inspector.look(bytes).await, Err(Refusal::Malware));
    }
    assert_eq!(inspector.look(Pdf::new("Lageplan").bytes()).await, Ok(Kind::Pdf));
    let broken = inspector.look(b"%PDF-1.7 nichts".to_vec()).await;
    assert_eq!(
        broken,
        Err(Refusal::Broken),
        "what is not whole is told so, scanner or not"
    );

    let socket = clamd.socket();
    drop(clamd);
    let down = Inspector::in_process().with(Some(Scanner::Socket(socket)));
    assert_eq!(down.look(Pdf::new("Lageplan").bytes()).await, Err(Refusal::NotNow));
}

#[tokio::test]
async fn what_the_scanner_did_not_read_is_not_taken() {
    let Some(clamd) = Clamd::start("100") else {
        return skipped();
    };
    assert_eq!(
        clamd.inspector().look(Pdf::new("Lageplan").bytes()).await,
        Err(Refusal::NotNow)
    );
}
