//! The handle through which the product looks at files. Each file gets a process of its own (`kommunal inspect`) with
//! bounded time and memory, so that no file can stop or fatten the server.

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Command;
use tokio::sync::Semaphore;

use crate::{Kind, Refusal, Scanner, look};

/// Files looked at at a time.
const AT_ONCE: usize = 4;
/// Longest time for one file, on a machine that is busy. What one may compute is bounded by the process itself.
const LONGEST: Duration = Duration::from_secs(60);

/// Cheap to clone; all clones share the turns.
#[derive(Debug, Clone)]
pub struct Inspector {
    how: Arc<How>,
    scanner: Option<Scanner>,
}

#[derive(Debug)]
enum How {
    InProcess,
    Child { exe: PathBuf, turns: Semaphore },
}

impl Inspector {
    /// Looks in this process, without limits: for tests whose files are our own.
    pub fn in_process() -> Inspector {
        Inspector {
            how: Arc::new(How::InProcess),
            scanner: None,
        }
    }

    /// Runs `exe inspect`, which must call [`crate::child_main`].
    pub fn child(exe: PathBuf) -> Inspector {
        let turns = Semaphore::new(AT_ONCE);
        Inspector {
            how: Arc::new(How::Child { exe, turns }),
            scanner: None,
        }
    }

    /// The same, and each file that is whole goes to the scanner too.
    #[must_use]
    pub fn with(self, scanner: Option<Scanner>) -> Inspector {
        Inspector { scanner, ..self }
    }

    /// Whether every file that is taken was scanned for known malware.
    pub fn scans(&self) -> bool {
        self.scanner.is_some()
    }

    /// What the file is.
    ///
    /// # Errors
    /// Why it is not taken.
    pub async fn look(&self, bytes: Vec<u8>) -> Result<Kind, Refusal> {
        // Most of what is wrong shows in the first bytes: that costs no process.
        crate::kind(&bytes).ok_or(Refusal::Unknown)?;
        let bytes = Arc::new(bytes);
        let kind = self.how.look(&bytes).await?;
        if let Some(scanner) = &self.scanner {
            scanner.scan(&bytes).await?;
        }
        Ok(kind)
    }
}

impl How {
    async fn look(&self, bytes: &Arc<Vec<u8>>) -> Result<Kind, Refusal> {
        match self {
            How::InProcess => {
                let bytes = Arc::clone(bytes);
                tokio::task::spawn_blocking(move || look(&bytes))
                    .await
                    .unwrap_or(Err(Refusal::Broken))
            }
            How::Child { exe, turns } => {
                let Ok(_turn) = turns.acquire().await else {
                    return Err(Refusal::NotNow);
                };
                match tokio::time::timeout(LONGEST, ask(exe, bytes)).await {
                    Ok(Ok(Some(found))) => found,
                    // It died of its limits.
                    Ok(Ok(None)) => Err(Refusal::TooMuch),
                    Ok(Err(error)) => {
                        tracing::error!(event = "papers.not_started", kind = ?error.kind(), "files cannot be looked at");
                        Err(Refusal::NotNow)
                    }
                    Err(_) => {
                        tracing::warn!(event = "papers.too_slow", "a file was not looked at in time");
                        Err(Refusal::NotNow)
                    }
                }
            }
        }
    }
}

/// `None`: the process ended without an answer. An error: it did not start.
async fn ask(exe: &PathBuf, bytes: &[u8]) -> std::io::Result<Option<Result<Kind, Refusal>>> {
    let mut child = Command::new(exe)
        .arg("inspect")
        // The server's environment may hold keys; this process needs none of it.
        .env_clear()
        .env("MALLOC_ARENA_MAX", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    let (mut input, output) = match (child.stdin.take(), child.stdout.take()) {
        (Some(input), Some(output)) => (input, output),
        _ => return Err(std::io::Error::other("no pipe")),
    };
    // A process that has died already takes nothing more: its end says why.
    drop(input.write_all(bytes).await);
    drop(input);
    let mut answer = Vec::new();
    output.take(1024).read_to_end(&mut answer).await?;
    child.wait().await?;
    Ok(serde_json::from_slice(&answer).ok())
}
