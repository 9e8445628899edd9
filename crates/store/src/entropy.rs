//! Where random bytes come from: the system, or a seed in tests. Handed in at open, so that nothing in
//! this crate draws its own.

use std::sync::{Arc, Mutex};

use aws_lc_rs::{digest, rand};

/// A source of random bytes. Clones of a seeded source share its position.
#[derive(Clone)]
pub enum Entropy {
    /// The operating system, through the crypto library.
    System,
    /// SHA-256 over (seed, counter). For tests only: predictable.
    Seeded(Arc<Mutex<(u64, u64)>>),
}

impl std::fmt::Debug for Entropy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Entropy::System => "System",
            Entropy::Seeded(_) => "Seeded",
        })
    }
}

impl Entropy {
    /// A reproducible source.
    pub fn seeded(seed: u64) -> Entropy {
        Entropy::Seeded(Arc::new(Mutex::new((seed, 0))))
    }

    /// Fills `out`.
    ///
    /// # Panics
    /// When the system gives no random bytes: going on would mean predictable keys.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that asks the system for random bytes"
    )]
    pub fn fill(&self, out: &mut [u8]) {
        match self {
            Entropy::System => assert!(rand::fill(out).is_ok(), "the system gives no random bytes"),
            Entropy::Seeded(state) => {
                let mut state = state.lock().unwrap_or_else(|e| e.into_inner());
                for part in out.chunks_mut(32) {
                    state.1 += 1;
                    let mut block = [0u8; 16];
                    block[..8].copy_from_slice(&state.0.to_be_bytes());
                    block[8..].copy_from_slice(&state.1.to_be_bytes());
                    let hash = digest::digest(&digest::SHA256, &block);
                    part.copy_from_slice(&hash.as_ref()[..part.len()]);
                }
            }
        }
    }

    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut out = [0; N];
        self.fill(&mut out);
        out
    }

    /// 32 hex digits: an id of any kind.
    pub fn id(&self) -> String {
        domain::hex_id(self.bytes())
    }

    /// A whole number in 0..n without bias worth naming (64 bits over small n).
    pub fn below(&self, n: u64) -> u64 {
        u64::from_be_bytes(self.bytes()) % n.max(1)
    }
}
