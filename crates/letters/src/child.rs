//! What `kommunal letters` runs: reads jobs from standard input, writes letters to standard output,
//! under limits that the operating system holds. It keeps nothing and has no secrets.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rlimit::Resource;

use crate::frame::{self, Request};
use crate::{LetterError, compile};

/// Memory of the child in bytes. A letter takes 75 MB, most of it fonts and cached layouts.
const MEMORY: u64 = 512 * 1024 * 1024;
/// Stack of the thread that compiles: Typst bounds its recursion at a depth that 2 MiB do not hold
/// in an unoptimised build.
const STACK: usize = 64 * 1024 * 1024;
/// A letter that takes longer ends the child, even when the parent is gone and cannot.
const LONGEST: Duration = Duration::from_secs(30);

/// Serves jobs until standard input ends. Errors: input or output broke, or limits cannot be set.
pub fn child_main() -> io::Result<()> {
    Resource::DATA.set(MEMORY, MEMORY)?;
    Resource::CORE.set(0, 0)?;
    Resource::FSIZE.set(0, 0)?;
    // A panic's message may quote a template or an answer: it goes nowhere.
    std::panic::set_hook(Box::new(|_| {}));
    let worker = thread::Builder::new().stack_size(STACK).spawn(serve)?;
    watch(&worker);
    worker
        .join()
        .unwrap_or_else(|_| Err(io::Error::other("the typesetting thread ended")))
}

/// Counts beginnings and ends of jobs: odd while one runs.
static STEPS: AtomicU64 = AtomicU64::new(0);

/// Ends the process when one job runs too long; returns when the worker has no more input.
fn watch(worker: &thread::JoinHandle<io::Result<()>>) {
    let mut seen = (0, Instant::now());
    while !worker.is_finished() {
        thread::sleep(Duration::from_millis(50));
        let step = STEPS.load(Ordering::Relaxed);
        if step != seen.0 {
            seen = (step, Instant::now());
        } else if step % 2 == 1 && seen.1.elapsed() > LONGEST {
            std::process::exit(3);
        }
    }
}

fn serve() -> io::Result<()> {
    let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
    while let Some(content) = frame::read(&mut input)? {
        STEPS.fetch_add(1, Ordering::Relaxed);
        let result = match serde_json::from_slice::<Request>(&content) {
            Ok(request) => {
                catch_unwind(AssertUnwindSafe(|| compile(&request.job, request.now_utc))).unwrap_or_else(|_| {
                    Err(LetterError::Template(
                        "Der Setzer ist an der Vorlage gescheitert.".into(),
                    ))
                })
            }
            Err(e) => Err(LetterError::Data(e.to_string())),
        };
        frame::write(&mut output, &frame::pack(&result))?;
        STEPS.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}
