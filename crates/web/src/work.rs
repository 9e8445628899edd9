//! Heavy work has its turns, so that pages keep coming whatever is asked: what computes for a while (checking what a
//! program sent, drawing examples) runs off the async threads, files that hold a whole case or authority are put
//! together a few at a time. The turns belong to one program, not to the process: tests run several side by side.
//! Argon2 has its own turns in `store`, letters theirs.

use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

use crate::failure::{Failure, Result};

/// Computations at a time.
const AT_ONCE: usize = 2;
/// Files put together at a time: each holds all that a case or an account has.
const FILES: usize = 2;
/// Authorities taken home at a time: each reads all that it has.
const CARRIES: usize = 1;
/// How long one waits for its turn.
const WAIT: Duration = Duration::from_secs(20);

#[derive(Debug)]
pub struct Work {
    computing: Semaphore,
    files: Semaphore,
    carries: Semaphore,
}

impl Default for Work {
    fn default() -> Self {
        Work {
            computing: Semaphore::new(AT_ONCE),
            files: Semaphore::new(FILES),
            carries: Semaphore::new(CARRIES),
        }
    }
}

/// # Errors
/// `Busy` if there is no turn for too long.
async fn turn(of: &Semaphore) -> Result<SemaphorePermit<'_>> {
    match timeout(WAIT, of.acquire()).await {
        Ok(Ok(turn)) => Ok(turn),
        _ => Err(Failure::Busy),
    }
}

impl Work {
    /// Does it when there is a turn.
    ///
    /// # Errors
    /// `Busy` if there is none for too long.
    pub async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let _turn = turn(&self.computing).await?;
        tokio::task::spawn_blocking(work).await.map_err(Failure::internal)
    }

    /// The turn to put a case's or an account's file together; it ends with the value.
    ///
    /// # Errors
    /// `Busy` if there is none for too long.
    pub async fn file(&self) -> Result<SemaphorePermit<'_>> {
        turn(&self.files).await
    }

    /// The turn to take an authority home; it ends with the value.
    ///
    /// # Errors
    /// `Busy` if there is none for too long.
    pub async fn carry(&self) -> Result<SemaphorePermit<'_>> {
        turn(&self.carries).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[tokio::test]
    async fn no_more_than_two_at_a_time_and_the_thread_stays_free() {
        let work = Arc::new(Work::default());
        let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let all: Vec<_> = (0..8)
            .map(|_| {
                let (work, running, most) = (work.clone(), running.clone(), most.clone());
                tokio::spawn(async move {
                    work.run(move || {
                        most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        std::thread::sleep(Duration::from_millis(20));
                        running.fetch_sub(1, Ordering::SeqCst);
                    })
                    .await
                })
            })
            .collect();
        // This test has one thread: it would not get here while the work held it.
        assert!(all.iter().any(|one| !one.is_finished()));
        for one in all {
            one.await.expect("a task").expect("done");
        }
        assert_eq!(most.load(Ordering::SeqCst), AT_ONCE);
    }

    #[tokio::test]
    async fn whoever_finds_the_turn_taken_waits_and_another_program_has_its_own() {
        let (here, there) = (Arc::new(Work::default()), Work::default());
        let first = here.carry().await.expect("the turn");
        drop(there.carry().await.expect("another program's turn"));
        drop(here.file().await.expect("another kind's turn"));
        let second = tokio::spawn({
            let here = here.clone();
            async move { here.carry().await.is_ok() }
        });
        tokio::task::yield_now().await;
        assert!(!second.is_finished());
        drop(first);
        assert!(second.await.expect("a task"));
    }
}
