//! Sealing: root key → tenant key → case key, AES-256-GCM. Keys never leave this crate.

use zeroize::Zeroize;

/// 32 secret bytes, wiped on drop.
#[derive(Clone)]
pub struct Key(pub(crate) [u8; 32]);
impl Drop for Key {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// The one key that everything hangs on. Kept beside the data, never in it.
#[derive(Clone)]
pub struct RootKey(pub(crate) Key);

impl std::fmt::Debug for RootKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RootKey")
    }
}
