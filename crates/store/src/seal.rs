//! Sealing: root key → tenant key → case key, AES-256-GCM through aws-lc-rs. A sealed value is bound to
//! its place (tenant, table, row, column, version): moved elsewhere it does not open. Keys never leave
//! this crate and are wiped when dropped.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

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

/// The one key that everything hangs on. Kept beside the data, never in it, and in a second place.
#[derive(Clone)]
pub struct RootKey(pub(crate) Key);

impl std::fmt::Debug for RootKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RootKey(…)")
    }
}

impl RootKey {
    /// From 64 hex digits, e.g. of the environment.
    ///
    /// # Errors
    /// `Setup` when it is anything else.
    pub fn from_hex(text: &str) -> Result<RootKey> {
        let text = text.trim();
        let mut key = Key([0; 32]);
        if text.len() != 64 || !text.is_ascii() {
            return Err(Error::Setup("Der Hauptschlüssel hat nicht 64 Hexziffern.".into()));
        }
        for (i, byte) in key.0.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * i..2 * i + 2], 16)
                .map_err(|_| Error::Setup("Der Hauptschlüssel hat nicht 64 Hexziffern.".into()))?;
        }
        Ok(RootKey(key))
    }

    /// Reads the key file.
    ///
    /// # Errors
    /// `Setup` when it is not there or not a key.
    pub fn load(path: &Path) -> Result<RootKey> {
        let text = std::fs::read_to_string(path).map(Zeroizing::new).map_err(|e| {
            Error::Setup(format!(
                "Der Hauptschlüssel {} lässt sich nicht lesen: {e}. Ohne ihn sind die Daten nicht zu öffnen.",
                path.display()
            ))
        })?;
        RootKey::from_hex(&text).map_err(|_| {
            Error::Setup(format!(
                "{} ist kein Hauptschlüssel: Er hat nicht 64 Hexziffern.",
                path.display()
            ))
        })
    }

    /// Reads the key file, or makes one that only its owner can read. Data made under another key is
    /// refused when the store opens, so a lost file is never replaced silently.
    ///
    /// # Errors
    /// `Setup` when it can be neither read nor made.
    pub fn load_or_create(path: &Path, entropy: &Entropy) -> Result<RootKey> {
        if path.exists() {
            return RootKey::load(path);
        }
        let key = Key::random(entropy);
        let write = || -> std::io::Result<()> {
            if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty()) {
                std::fs::create_dir_all(folder)?;
            }
            let mut file = std::fs::OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(path)?;
            file.write_all(Zeroizing::new(hex(&key.0) + "\n").as_bytes())?;
            file.sync_all()
        };
        write().map_err(|e| {
            Error::Setup(format!(
                "Der Hauptschlüssel {} lässt sich nicht anlegen: {e}.",
                path.display()
            ))
        })?;
        Ok(RootKey(key))
    }
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
    fn keys_of_different_purpose_differ_and_show_nothing() {
        let root = RootKey::from_hex(&"0f".repeat(32)).unwrap();
        assert_ne!(root.0.sub("wrap").unwrap().0, root.0.sub("lookup").unwrap().0);
        assert_ne!(root.0.mac(&[b"ab", b"c"]), root.0.mac(&[b"a", b"bc"]));
        assert!(!format!("{root:?}").contains("0f0f"));
        for bad in ["", "0f", &"zz".repeat(32), &"ä".repeat(32)] {
            assert!(RootKey::from_hex(bad).is_err());
        }
    }
}
