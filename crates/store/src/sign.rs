//! Signatures of an authority (Ed25519, RFC 8032): what it attests can be checked by anyone who has its
//! public key. The secret hangs on the tenant's key, so it moves with the authority and outlives a new root
//! key.

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};

use domain::{AuditHead, SignedHead, TenantId, audit_head};
use jiff::civil::Date;

use crate::seal::Key;
use crate::{Error, Result, TenantStore};

/// Length of a public key in bytes.
pub const PUBLIC_KEY_LEN: usize = 32;
/// Length of a signature in bytes.
pub const SIGNATURE_LEN: usize = 64;

fn key_pair(seed: &Key) -> Result<Ed25519KeyPair> {
    Ed25519KeyPair::from_seed_unchecked(seed.bytes()).map_err(|_| Error::Sealed("Unterschrift".into()))
}

pub(crate) fn public_key_of(seed: &Key) -> Result<[u8; PUBLIC_KEY_LEN]> {
    let pair = key_pair(seed)?;
    let bytes = pair.public_key().as_ref();
    bytes.try_into().map_err(|_| Error::Sealed("Unterschrift".into()))
}

pub(crate) fn sign_with(seed: &Key, message: &[u8]) -> Result<[u8; SIGNATURE_LEN]> {
    let signature = key_pair(seed)?.sign(message);
    let bytes = signature.as_ref();
    bytes.try_into().map_err(|_| Error::Sealed("Unterschrift".into()))
}

/// Where a log stands on a day, signed.
pub(crate) fn head(seed: &Key, authority: &TenantId, day: Date, head: AuditHead) -> Result<SignedHead> {
    let text = audit_head::statement(authority.as_str(), day, &head);
    Ok(SignedHead {
        authority: authority.0.clone(),
        day,
        head,
        signature: sign_with(seed, text.as_bytes())?,
    })
}

impl TenantStore {
    /// The key with which others check what this authority signed.
    ///
    /// # Errors
    /// `Sealed` when the key can't be made.
    pub fn public_key(&self) -> Result<[u8; PUBLIC_KEY_LEN]> {
        public_key_of(&self.parts.context.keys.sign)
    }

    /// Signs as this authority.
    ///
    /// # Errors
    /// `Sealed` when the key can't be made.
    pub fn sign(&self, message: &[u8]) -> Result<[u8; SIGNATURE_LEN]> {
        sign_with(&self.parts.context.keys.sign, message)
    }
}

/// Whether `signature` of `message` was made with the secret of `public_key`.
pub fn verify(public_key: &[u8; PUBLIC_KEY_LEN], message: &[u8], signature: &[u8; SIGNATURE_LEN]) -> bool {
    UnparsedPublicKey::new(&ED25519, public_key)
        .verify(message, signature)
        .is_ok()
}
