//! The handle through which the product gets its letters. It keeps warm child processes
//! (`kommunal letters`), gives each letter ten seconds and replaces a child that hangs, dies or
//! grows old, so that no template can stop or fatten the server.

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::Semaphore;

use crate::frame::{self, Request};
use crate::{LetterError, LetterJob, compile};

/// Letters at a time, each in its own child.
const CHILDREN: usize = 2;
/// Letters after which a child is replaced: bounds whatever the engine keeps for ever.
const LETTERS_PER_CHILD: u32 = 500;
/// Longest time for one letter. A usual one takes 6 ms, 45 ms in a debug build.
const TIME_LIMIT: Duration = Duration::from_secs(10);

/// Cheap to clone; all clones share the same children.
#[derive(Clone)]
pub struct Press(Arc<Kind>);

enum Kind {
    InProcess,
    Children(Pool),
}

struct Pool {
    exe: PathBuf,
    time_limit: Duration,
    turns: Semaphore,
    idle: Mutex<Vec<Worker>>,
}

struct Worker {
    // Killed when the worker is dropped, so a caller that goes away leaves nothing running.
    child: Child,
    input: ChildStdin,
    output: ChildStdout,
    letters: u32,
}

impl Press {
    /// Compiles in this process, without limits: for tests whose templates are our own.
    pub fn in_process() -> Press {
        Press(Arc::new(Kind::InProcess))
    }

    /// Runs `exe letters`, which must call [`crate::child_main`]. Children start with the first letters.
    pub fn child(exe: PathBuf) -> Press {
        Press::child_with(exe, TIME_LIMIT)
    }

    /// The same with another time limit.
    pub fn child_with(exe: PathBuf, time_limit: Duration) -> Press {
        let idle = Mutex::new(Vec::new());
        Press(Arc::new(Kind::Children(Pool {
            exe,
            time_limit,
            turns: Semaphore::new(CHILDREN),
            idle,
        })))
    }

    /// Sets one letter; `now_utc` in seconds since 1970 is the PDF's date. Waits for a free child.
    /// After any error the press works on.
    pub async fn print(&self, job: LetterJob, now_utc: i64) -> Result<Vec<u8>, LetterError> {
        match &*self.0 {
            Kind::InProcess => tokio::task::spawn_blocking(move || compile(&job, now_utc))
                .await
                .unwrap_or(Err(LetterError::Crashed)),
            Kind::Children(pool) => pool.print(&Request { job, now_utc }).await,
        }
    }
}

impl Pool {
    async fn print(&self, request: &Request) -> Result<Vec<u8>, LetterError> {
        let content = serde_json::to_vec(request).map_err(|e| LetterError::Data(e.to_string()))?;
        if content.len() > frame::MAX_FRAME {
            return Err(LetterError::Data("Der Brief ist zu groß.".to_owned()));
        }
        let _turn = self
            .turns
            .acquire()
            .await
            .map_err(|e| LetterError::Unreachable(e.to_string()))?;
        let mut worker = match self.idle().pop() {
            Some(worker) => worker,
            None => self.start()?,
        };
        // A child that died while idle (an operator's kill, memory pressure) is no fault of this letter.
        if worker.child.try_wait().is_ok_and(|status| status.is_some()) {
            worker = self.start()?;
        }
        match tokio::time::timeout(self.time_limit, worker.print(&content)).await {
            Ok(Ok(answer)) => {
                worker.letters += 1;
                if worker.letters < LETTERS_PER_CHILD {
                    self.idle().push(worker);
                }
                frame::unpack(answer)
            }
            Ok(Err(_)) => {
                end(worker).await;
                Err(LetterError::Crashed)
            }
            Err(_) => {
                end(worker).await;
                Err(LetterError::TooLong(self.time_limit.as_secs()))
            }
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Worker>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn start(&self) -> Result<Worker, LetterError> {
        let unreachable = |e: &str| LetterError::Unreachable(e.to_owned());
        let mut child = Command::new(&self.exe)
            .arg("letters")
            // The server's environment may hold keys; a template's process needs none of it.
            .env_clear()
            // One thread and one arena: memory limits then mean what they say.
            .envs([("RAYON_NUM_THREADS", "1"), ("MALLOC_ARENA_MAX", "1")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|e| unreachable(&e.to_string()))?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(unreachable("no pipe"));
        };
        Ok(Worker {
            child,
            input,
            output,
            letters: 0,
        })
    }
}

impl Worker {
    async fn print(&mut self, content: &[u8]) -> std::io::Result<Vec<u8>> {
        self.input.write_all(&frame::header(content.len())?).await?;
        self.input.write_all(content).await?;
        self.input.flush().await?;
        let mut head = [0; 4];
        self.output.read_exact(&mut head).await?;
        let mut answer = vec![0; frame::length(head)?];
        self.output.read_exact(&mut answer).await?;
        Ok(answer)
    }
}

/// Kills and waits, so that no zombie stays.
async fn end(mut worker: Worker) {
    let _ = worker.child.kill().await;
}
