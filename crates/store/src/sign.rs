//! Signatures of an authority (Ed25519, RFC 8032): what it attests can be checked by anyone who has its
//! public key. The secret hangs on the tenant's key, so it moves with the authority and outlives a new root
//! key.

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};

use crate::{Error, Result, TenantStore};

/// Length of a public key in bytes.
pub const PUBLIC_KEY_LEN: usize = 32;
/// Length of a signature in bytes.
pub const SIGNATURE_LEN: usize = 64;

impl TenantStore {
    fn key_pair(&self) -> Result<Ed25519KeyPair> {
        let seed = self.parts.context.keys.sign.bytes();
        Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| Error::Sealed("Unterschrift".into()))
    }

    /// The key with which others check what this authority signed.
    ///
    /// # Errors
    /// `Sealed` when the key can't be made.
    pub fn public_key(&self) -> Result<[u8; PUBLIC_KEY_LEN]> {
        let pair = self.key_pair()?;
        let bytes = pair.public_key().as_ref();
        bytes.try_into().map_err(|_| Error::Sealed("Unterschrift".into()))
    }

    /// Signs as this authority.
    ///
    /// # Errors
    /// `Sealed` when the key can't be made.
    pub fn sign(&self, message: &[u8]) -> Result<[u8; SIGNATURE_LEN]> {
        let signature = self.key_pair()?.sign(message);
        let bytes = signature.as_ref();
        bytes.try_into().map_err(|_| Error::Sealed("Unterschrift".into()))
    }
}

/// Whether `signature` of `message` was made with the secret of `public_key`.
pub fn verify(public_key: &[u8; PUBLIC_KEY_LEN], message: &[u8], signature: &[u8; SIGNATURE_LEN]) -> bool {
    UnparsedPublicKey::new(&ED25519, public_key)
        .verify(message, signature)
        .is_ok()
}
