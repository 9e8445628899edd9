//! Work that computes for a while (checking what a program sent, drawing examples): off the async threads, a few at
//! a time, so that pages keep coming whatever is sent. Argon2 has its own turns in `store`, letters theirs.

use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::failure::{Failure, Result};

/// Pieces of work at a time.
const AT_ONCE: usize = 2;
/// How long one waits for its turn.
const WAIT: Duration = Duration::from_secs(20);

#[derive(Debug)]
pub struct Work(Semaphore);

impl Default for Work {
    fn default() -> Self {
        Work(Semaphore::new(AT_ONCE))
    }
}

impl Work {
    /// Does it when there is a turn.
    ///
    /// # Errors
    /// `Busy` if there is none for too long.
    pub async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let Ok(Ok(_turn)) = timeout(WAIT, self.0.acquire()).await else {
            return Err(Failure::Busy);
        };
        tokio::task::spawn_blocking(work).await.map_err(Failure::internal)
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
}
