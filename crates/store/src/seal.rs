//! Sealing: root key → tenant key → case key, AES-256-GCM through aws-lc-rs. A sealed value is bound to
//! its place (tenant, table, row, column, version): moved elsewhere it does not open. Keys never leave
//! this crate and are wiped when dropped.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::{digest, hkdf, hmac};
use zeroize::{Zeroize, Zeroizing};

use crate::{Entropy, Error, Result};

/// First byte of every sealed value.
const FORMAT: u8 = 1;

/// 32 secret bytes, wiped on drop.
#[derive(Clone)]
pub struct Key([u8; 32]);

impl Drop for Key {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// Where a sealed value stands: what it is bound to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    /// Empty for what belongs to no tenant.
    pub tenant: &'a str,
    pub table: &'static str,
    pub row: &'a str,
    pub column: &'static str,
    /// Of the row, where it is counted; else 1.
    pub version: i64,
}

impl Place<'_> {
    /// Length before each part, so that no two places read the same.
    fn bytes(&self) -> Vec<u8> {
        let mut out = vec![FORMAT];
        for part in [self.tenant, self.table, self.row, self.column] {
            out.extend((part.len() as u32).to_be_bytes());
            out.extend(part.as_bytes());
        }
        out.extend(self.version.to_be_bytes());
        out
    }
}

impl Key {
    pub(crate) fn random(entropy: &Entropy) -> Key {
        Key(entropy.bytes())
    }

    /// HKDF-SHA-256: a key for one purpose. `secret` may be a key or a code that a person types.
    pub(crate) fn derive(salt: &[u8], secret: &[u8], purpose: &str) -> Result<Key> {
        let mut out = Key([0; 32]);
        hkdf::Salt::new(hkdf::HKDF_SHA256, salt)
            .extract(secret)
            .expand(&[purpose.as_bytes()], hkdf::HKDF_SHA256)
            .and_then(|okm| okm.fill(&mut out.0))
            .map_err(|_| Error::Sealed("Schlüsselableitung".into()))?;
        Ok(out)
    }

    /// A key for one purpose below this one.
    pub(crate) fn sub(&self, purpose: &str) -> Result<Key> {
        Key::derive(b"kommunal-cloud", &self.0, purpose)
    }

    /// From its 32 bytes.
    pub(crate) fn from_bytes(bytes: [u8; 32]) -> Key {
        Key(bytes)
    }

    /// The secret itself, as a seed for another algorithm.
    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    fn cipher(&self) -> Result<LessSafeKey> {
        let key = UnboundKey::new(&AES_256_GCM, &self.0).map_err(|_| Error::Sealed("Schlüssel".into()))?;
        Ok(LessSafeKey::new(key))
    }

    /// Format byte, nonce, ciphertext, tag.
    pub(crate) fn seal(&self, place: Place<'_>, plain: &[u8], entropy: &Entropy) -> Result<Vec<u8>> {
        let nonce: [u8; NONCE_LEN] = entropy.bytes();
        let mut out = Vec::with_capacity(1 + NONCE_LEN + plain.len() + 16);
        out.push(FORMAT);
        out.extend(nonce);
        out.extend(plain);
        let tag = self
            .cipher()?
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(place.bytes()),
                &mut out[1 + NONCE_LEN..],
            )
            .map_err(|_| Error::Sealed(format!("{}.{}", place.table, place.column)))?;
        out.extend(tag.as_ref());
        Ok(out)
    }

    /// Refuses what was sealed for another place or altered.
    pub(crate) fn open(&self, place: Place<'_>, sealed: &[u8]) -> Result<Vec<u8>> {
        let bad = || Error::Sealed(format!("{}.{}", place.table, place.column));
        let (format, rest) = sealed.split_first().ok_or_else(bad)?;
        if *format != FORMAT || rest.len() < NONCE_LEN {
            return Err(bad());
        }
        let (nonce, body) = rest.split_at(NONCE_LEN);
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| bad())?;
        let mut body = body.to_vec();
        let len = self
            .cipher()?
            .open_in_place(nonce, Aad::from(place.bytes()), &mut body)
            .map_err(|_| bad())?
            .len();
        body.truncate(len);
        Ok(body)
    }

    /// This key, sealed by `above`.
    pub(crate) fn wrap(&self, above: &Key, place: Place<'_>, entropy: &Entropy) -> Result<Vec<u8>> {
        above.seal(place, &self.0, entropy)
    }

    pub(crate) fn unwrap(above: &Key, place: Place<'_>, sealed: &[u8]) -> Result<Key> {
        let plain = Zeroizing::new(above.open(place, sealed)?);
        let bytes = plain
            .as_slice()
            .try_into()
            .map_err(|_| Error::Sealed(place.table.into()))?;
        Ok(Key(bytes))
    }

    /// HMAC-SHA-256: a keyed hash for look-ups.
    pub(crate) fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, &self.0));
        for part in parts {
            context.update(&(part.len() as u32).to_be_bytes());
            context.update(part);
        }
        let mut out = [0; 32];
        out.copy_from_slice(context.sign().as_ref());
        out
    }
}

/// SHA-256.
pub(crate) fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut context = digest::Context::new(&digest::SHA256);
    parts.iter().for_each(|p| context.update(p));
    let mut out = [0; 32];
    out.copy_from_slice(context.finish().as_ref());
    out
}

/// Lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Place<'static> = Place {
        tenant: "nobitz",
        table: "case_file",
        row: "1",
        column: "body",
        version: 3,
    };

    #[test]
    fn a_sealed_value_opens_at_its_place_only() {
        let entropy = Entropy::seeded(1);
        let key = Key::random(&entropy);
        let sealed = key.seal(HERE, b"secret", &entropy).unwrap();
        assert_eq!(key.open(HERE, &sealed).unwrap(), b"secret");
        for elsewhere in [
            Place {
                tenant: "altenburg",
                ..HERE
            },
            Place { table: "paper", ..HERE },
            Place { row: "2", ..HERE },
            Place {
                column: "summary",
                ..HERE
            },
            Place { version: 2, ..HERE },
            // The same letters, cut elsewhere.
            Place {
                tenant: "nobit",
                table: "zcase_file",
                ..HERE
            },
        ] {
            assert!(
                matches!(key.open(elsewhere, &sealed), Err(Error::Sealed(_))),
                "{elsewhere:?}"
            );
        }
        assert!(Key::random(&entropy).open(HERE, &sealed).is_err());
        for i in 0..sealed.len() {
            let mut bad = sealed.clone();
            bad[i] ^= 1;
            assert!(key.open(HERE, &bad).is_err(), "byte {i}");
            assert!(key.open(HERE, &sealed[..i]).is_err(), "cut at {i}");
        }
    }

    #[test]
    fn the_same_words_never_look_the_same() {
        let key = Key::random(&Entropy::System);
        let seal = || key.seal(HERE, b"secret", &Entropy::System).unwrap();
        assert_ne!(seal(), seal());
    }

    #[test]
    fn keys_of_different_purpose_differ() {
        let key = Key::random(&Entropy::seeded(2));
        assert_ne!(key.sub("wrap").unwrap().0, key.sub("lookup").unwrap().0);
        assert_ne!(key.mac(&[b"ab", b"c"]), key.mac(&[b"a", b"bc"]));
    }
}
