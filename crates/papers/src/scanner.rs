//! The way to a scanner for known malware: ClamAV's daemon, where the operator runs one. What it cannot look at is not
//! taken: a scanner that is down must not turn into a scanner that finds nothing. Not here: which files are whole
//! (`lib.rs`), and what a person is told (`web::apply::upload`).

use std::path::PathBuf;
use std::time::Duration;

use clamav_client::tokio::{Socket, Tcp, scan_buffer};

use crate::Refusal;

/// Longest time for one file.
const LONGEST: Duration = Duration::from_secs(60);

/// Where clamd listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scanner {
    Socket(PathBuf),
    /// Port on this machine: files travel unencrypted.
    Loopback(u16),
}

/// What clamd said.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Clean,
    Found,
    /// It did not scan: a limit of its own, no signatures, a broken answer.
    Failed,
}

fn verdict(answer: &[u8]) -> Verdict {
    let answer = answer.strip_suffix(b"\0").unwrap_or(answer);
    if answer == b"stream: OK" {
        Verdict::Clean
    } else if answer.ends_with(b" FOUND") {
        Verdict::Found
    } else {
        Verdict::Failed
    }
}

impl Scanner {
    /// `unix:/run/clamav/clamd.ctl` or `tcp:127.0.0.1:3310`, as the setting has it.
    pub fn read(text: &str) -> Option<Scanner> {
        if let Some(path) = text.strip_prefix("unix:") {
            return path.starts_with('/').then(|| Scanner::Socket(path.into()));
        }
        let port = text.strip_prefix("tcp:127.0.0.1:")?.parse().ok()?;
        Some(Scanner::Loopback(port))
    }

    /// Ok only if the scanner has read the whole file and found nothing.
    pub(crate) async fn scan(&self, bytes: &[u8]) -> Result<(), Refusal> {
        let asked = async {
            match self {
                Scanner::Socket(path) => scan_buffer(bytes, Socket { socket_path: path }, None).await,
                Scanner::Loopback(port) => {
                    let host_address = format!("127.0.0.1:{port}");
                    scan_buffer(bytes, Tcp { host_address }, None).await
                }
            }
        };
        let not_now = |why: &str| {
            tracing::error!(event = "papers.not_scanned", why, "files cannot be scanned for malware");
            Err(Refusal::NotNow)
        };
        match tokio::time::timeout(LONGEST, asked).await {
            Ok(Ok(answer)) => match verdict(&answer) {
                Verdict::Clean => Ok(()),
                Verdict::Found => {
                    tracing::warn!(event = "papers.malware", "a file with known malware was refused");
                    Err(Refusal::Malware)
                }
                Verdict::Failed => not_now("failed"),
            },
            Ok(Err(_)) => not_now("unreachable"),
            Err(_) => not_now("too_slow"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clear_word_lets_a_file_in() {
        assert_eq!(verdict(b"stream: OK\0"), Verdict::Clean);
        assert_eq!(verdict(b"stream: Win.Test.EICAR_HDB-1 FOUND\0"), Verdict::Found);
        for other in [
            &b""[..],
            b"\0",
            b"OK\0",
            b"INSTREAM size limit exceeded. ERROR\0",
            b"stream: Can't allocate memory ERROR\0",
            b"stream: OK\0stream: X FOUND",
        ] {
            assert_ne!(verdict(other), Verdict::Clean, "{other:?}");
        }
    }

    #[test]
    fn an_address_is_a_socket_or_this_machine() {
        assert_eq!(
            Scanner::read("unix:/run/clamav/clamd.ctl"),
            Some(Scanner::Socket("/run/clamav/clamd.ctl".into()))
        );
        assert_eq!(Scanner::read("tcp:127.0.0.1:3310"), Some(Scanner::Loopback(3310)));
        for wrong in [
            "",
            "unix:",
            "unix:clamd.ctl",
            "tcp:10.0.0.5:3310",
            "127.0.0.1:3310",
            "tcp:127.0.0.1:",
        ] {
            assert_eq!(Scanner::read(wrong), None, "{wrong}");
        }
    }
}
