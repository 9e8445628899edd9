//! Passwords: Argon2id (19 MiB, two passes), off the async threads and at most two at a time, so that a
//! flood of log-ins costs waiting and not memory.

use std::sync::Arc;

use argon2::{Argon2, PasswordHash, PasswordHasher as _, PasswordVerifier as _};
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use crate::{Entropy, Error, Result};

/// Hashes at the same time; each takes 19 MiB.
const AT_ONCE: usize = 2;
/// Log-ins that wait for their turn, the running ones included; more are told to come back.
const WAITING: usize = 40;

/// A hash of a password that nobody has: unknown addresses take the same time.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$3nYgJHMFEZ9LGFW1fO2D1xiNPDc1RIGOYu8Kw5YtSPI";

#[derive(Clone)]
pub(crate) struct Passwords {
    turns: Arc<Semaphore>,
    queue: Arc<Semaphore>,
}

impl Passwords {
    pub(crate) fn new() -> Passwords {
        Passwords {
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            queue: Arc::new(Semaphore::new(WAITING)),
        }
    }

    async fn run<T: Send + 'static>(&self, f: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let _place = self.queue.try_acquire().map_err(|_| Error::Busy)?;
        let _turn = self.turns.acquire().await.map_err(|_| Error::Stopped)?;
        tokio::task::spawn_blocking(f)
            .await
            .map_err(|_| Error::Database("Argon2 abgebrochen".into()))
    }

    /// PHC string.
    pub(crate) async fn hash(&self, password: &str, entropy: &Entropy) -> Result<String> {
        let (password, salt) = (Zeroizing::new(password.to_owned()), entropy.bytes::<16>());
        let hash = move || {
            let hash: Result<PasswordHash, _> = Argon2::default().hash_password_with_salt(password.as_bytes(), &salt);
            hash.map(|h| h.to_string())
        };
        self.run(hash).await?.map_err(|_| Error::Database("Argon2".into()))
    }

    /// `None`: there is no such account; takes the time anyway.
    pub(crate) async fn verify(&self, password: &str, hash: Option<String>) -> Result<bool> {
        let password = Zeroizing::new(password.to_owned());
        self.run(move || {
            let known = hash.is_some();
            let hash = hash.unwrap_or_else(|| NOBODY.to_owned());
            let right = PasswordHash::new(&hash)
                .is_ok_and(|h| Argon2::default().verify_password(password.as_bytes(), &h).is_ok());
            right && known
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_flood_of_passwords_is_told_to_come_back() {
        let passwords = Passwords::new();
        let tries: Vec<_> = (0..WAITING + 10)
            .map(|_| {
                let passwords = passwords.clone();
                tokio::spawn(async move { passwords.verify("falsch", None).await })
            })
            .collect();
        let mut busy = 0;
        for one in tries {
            match one.await.unwrap() {
                Ok(right) => assert!(!right),
                Err(Error::Busy) => busy += 1,
                Err(other) => panic!("{other}"),
            }
        }
        assert!((1..=10).contains(&busy), "{busy}");
        assert!(
            !passwords.verify("falsch", None).await.unwrap(),
            "open again afterwards"
        );
    }

    /// Nothing is cut off, folded or trimmed, however long it is.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_password_counts_letter_by_letter() {
        let passwords = Passwords::new();
        let mine = format!("Grüne Wiese am Bach {} ", "x".repeat(170));
        let hash = passwords.hash(&mine, &Entropy::seeded(1)).await.unwrap();
        assert!(passwords.verify(&mine, Some(hash.clone())).await.unwrap());
        for other in [mine.to_lowercase(), mine.trim().to_owned(), mine[..72].to_owned()] {
            assert!(!passwords.verify(&other, Some(hash.clone())).await.unwrap(), "{other}");
        }
    }

    /// If it did not parse, unknown addresses would be told apart by time.
    #[test]
    fn nobodys_hash_costs_as_much_as_anybodys() {
        let nobody = PasswordHash::new(NOBODY).unwrap();
        let mine = Argon2::default()
            .hash_password_with_salt(b"x", b"saltsaltsaltsalt")
            .unwrap();
        assert_eq!(
            (nobody.algorithm, nobody.version, &nobody.params),
            (mine.algorithm, mine.version, &mine.params)
        );
        assert_eq!(nobody.hash.unwrap().len(), mine.hash.unwrap().len());
    }
}
