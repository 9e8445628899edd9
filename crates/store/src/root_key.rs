//! The one key that everything hangs on: its forms, and the file that it lies in. Kept beside the data, never in it,
//! and in a second place. Not here: what hangs on it (`roots.rs`).

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

use crate::seal::{Key, hex, sha256};
use crate::{Entropy, Error, Result};

/// A root key.
#[derive(Clone)]
pub struct RootKey(pub(crate) Key);

impl std::fmt::Debug for RootKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RootKey(…)")
    }
}

impl PartialEq for RootKey {
    fn eq(&self, other: &RootKey) -> bool {
        subtle::ConstantTimeEq::ct_eq(&self.0.bytes()[..], &other.0.bytes()[..]).into()
    }
}

/// Larger files hold no keys.
const LARGEST: u64 = 4096;

impl RootKey {
    pub fn random(entropy: &Entropy) -> RootKey {
        RootKey(Key::random(entropy))
    }

    /// From 64 hex digits or 32 bytes in base64.
    ///
    /// # Errors
    /// `Setup` when it is anything else. Does not repeat it.
    pub fn parse(text: &str) -> Result<RootKey> {
        let text = text.trim();
        let bytes = domain::receipt::unhex(&text.to_ascii_lowercase()).or_else(|| base64(text));
        bytes
            .map(|b| RootKey(Key::from_bytes(b)))
            .ok_or_else(|| Error::Setup("Der Hauptschlüssel hat weder 64 Hexziffern noch 32 Bytes in Base64.".into()))
    }

    /// One key, or while keys are changed two: the new one before the old one.
    ///
    /// # Errors
    /// `Setup` when there is none, when there are more, or when one is no key.
    pub fn parse_all(text: &str) -> Result<Vec<RootKey>> {
        let words = text
            .split(|c: char| c.is_whitespace() || c == ',')
            .filter(|w| !w.is_empty());
        let keys = words.map(RootKey::parse).collect::<Result<Vec<_>>>()?;
        match keys.len() {
            1 | 2 => Ok(keys),
            0 => Err(Error::Setup("Der Hauptschlüssel ist leer.".into())),
            n => Err(Error::Setup(format!(
                "Hier stehen {n} Hauptschlüssel, es dürfen höchstens zwei sein: der neue vor dem alten."
            ))),
        }
    }

    /// What may be shown of it: 16 hex digits in groups of four that say nothing of the key.
    ///
    /// # Errors
    /// `Sealed` when it can't be made.
    pub fn fingerprint(&self) -> Result<String> {
        let digits = hex(&sha256(&[self.0.sub("fingerprint")?.bytes()])[..8]);
        Ok([0, 4, 8, 12].map(|i| &digits[i..i + 4]).join(" "))
    }

    /// Reads the key file.
    ///
    /// # Errors
    /// `Setup` when it is not there, empty, not a key, or readable for others.
    pub fn load(path: &Path) -> Result<Vec<RootKey>> {
        let shown = path.display();
        let mut text = Zeroizing::new(String::new());
        let read = File::open(path).and_then(|file| {
            let mode = file.metadata()?.permissions().mode();
            file.take(LARGEST).read_to_string(&mut text)?;
            Ok(mode)
        });
        let mode = read.map_err(|e| match e.kind() {
            ErrorKind::NotFound => Error::Setup(format!(
                "Der Hauptschlüssel {shown} fehlt. Ohne ihn sind die Daten nicht zu öffnen; ein neuer öffnet sie nicht. \
                 Spielen Sie ihn aus seiner Sicherung zurück."
            )),
            _ => Error::Setup(format!(
                "Der Hauptschlüssel {shown} lässt sich nicht lesen: {e}. Ohne ihn sind die Daten nicht zu öffnen."
            )),
        })?;
        if mode & 0o077 != 0 {
            return Err(Error::Setup(format!(
                "Den Hauptschlüssel {shown} können andere Benutzer dieses Rechners lesen. Ändern Sie das: chmod 600 {shown}"
            )));
        }
        if text.trim().is_empty() {
            return Err(Error::Setup(format!(
                "Die Datei {shown} ist leer, dort stand der Hauptschlüssel. Ohne ihn sind die Daten nicht zu öffnen. \
                 Spielen Sie ihn aus seiner Sicherung zurück."
            )));
        }
        RootKey::parse_all(&text).map_err(|e| {
            Error::Setup(format!(
                "{shown} ist kein Hauptschlüssel. {e} Spielen Sie ihn aus seiner Sicherung zurück."
            ))
        })
    }

    /// Makes the key file, whole or not at all, for its owner only.
    ///
    /// # Errors
    /// `Setup` when it cannot be made, or when there is one.
    pub fn create(path: &Path, entropy: &Entropy) -> Result<RootKey> {
        let key = RootKey::random(entropy);
        let write = || -> io::Result<()> {
            let folder = folder_of(path);
            fs::create_dir_all(&folder)?;
            let own = format!("{}.neu", std::process::id());
            let beside = write_beside(path, &own, std::slice::from_ref(&key), None)?;
            // A link takes no other file's place, as a rename would.
            let linked = fs::hard_link(&beside, path);
            fs::remove_file(&beside)?;
            linked?;
            File::open(folder)?.sync_all()
        };
        write().map_err(|e| {
            Error::Setup(format!(
                "Der Hauptschlüssel {} lässt sich nicht anlegen: {e}.",
                path.display()
            ))
        })?;
        Ok(key)
    }

    /// Puts this key, which is given up, beside the file at `path`, under a name that says which one it was.
    ///
    /// # Errors
    /// `Setup` when it cannot be written.
    pub fn put_beside(&self, path: &Path) -> Result<PathBuf> {
        let name = format!("alt-{}", self.fingerprint()?.replace(' ', ""));
        let write = || -> io::Result<PathBuf> {
            let path = path.canonicalize()?;
            let old = path.metadata()?;
            let beside = write_beside(&path, &name, std::slice::from_ref(self), Some((old.uid(), old.gid())))?;
            File::open(folder_of(&path))?.sync_all()?;
            Ok(beside)
        };
        write().map_err(|e| {
            Error::Setup(format!(
                "Der alte Hauptschlüssel lässt sich nicht neben {} aufheben: {e}. Es gilt weiter der bisherige.",
                path.display()
            ))
        })
    }

    /// Puts other keys into the key file: at each moment there are the old ones or these. Owner and mode stay.
    ///
    /// # Errors
    /// `Setup` when it cannot be written; then the old ones are there.
    pub fn replace(path: &Path, keys: &[RootKey]) -> Result<()> {
        let write = || -> io::Result<()> {
            let path = path.canonicalize()?;
            let old = path.metadata()?;
            // One name: what a killed process left there is overwritten by the next.
            let beside = write_beside(&path, "neu", keys, Some((old.uid(), old.gid())))?;
            fs::rename(beside, &path)?;
            File::open(folder_of(&path))?.sync_all()
        };
        write().map_err(|e| {
            Error::Setup(format!(
                "Der Hauptschlüssel {} lässt sich nicht ersetzen: {e}. Es gilt weiter der bisherige.",
                path.display()
            ))
        })
    }
}

fn folder_of(path: &Path) -> PathBuf {
    let folder = path.parent().filter(|f| !f.as_os_str().is_empty());
    folder.unwrap_or(Path::new(".")).to_owned()
}

/// A file in the same folder, safely on the disk.
fn write_beside(path: &Path, suffix: &str, keys: &[RootKey], owner: Option<(u32, u32)>) -> io::Result<PathBuf> {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{suffix}"));
    let beside = path.with_file_name(name);
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&beside)?;
    file.set_permissions(fs::Permissions::from_mode(0o600))?;
    let mut text = Zeroizing::new(String::new());
    for key in keys {
        text.push_str(&Zeroizing::new(hex(key.0.bytes())));
        text.push('\n');
    }
    file.write_all(text.as_bytes())?;
    if let Some((uid, gid)) = owner {
        let new = file.metadata()?;
        if (new.uid(), new.gid()) != (uid, gid) {
            chown(&beside, Some(uid), Some(gid))?;
        }
    }
    file.sync_all()?;
    Ok(beside)
}

fn base64(text: &str) -> Option<[u8; 32]> {
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    [&STANDARD, &URL_SAFE].into_iter().find_map(|alphabet| {
        let bytes = Zeroizing::new(GeneralPurpose::new(alphabet, config).decode(text).ok()?);
        bytes.as_slice().try_into().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_from_hex_and_base64_and_shows_nothing_of_itself() {
        let hex = RootKey::parse(&"0f".repeat(32)).unwrap();
        for same in [
            "0F".repeat(32),
            "Dw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8=".into(),
            "Dw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8\n".into(),
        ] {
            assert!(RootKey::parse(&same).unwrap() == hex, "{same}");
        }
        let shown = format!("{hex:?} {}", hex.fingerprint().unwrap());
        assert!(
            !shown.contains("0f0f") && !shown.contains("Dw8P") && shown.len() < 40,
            "{shown}"
        );
        for bad in ["", "0f", &"zz".repeat(32), &"ä".repeat(32), "Dw8P"] {
            let Err(Error::Setup(sentence)) = RootKey::parse(bad) else {
                panic!("{bad}")
            };
            assert!(bad.is_empty() || !sentence.contains(bad));
        }
        let two = format!("{},\n{}\n", "0e".repeat(32), "0f".repeat(32));
        assert!(RootKey::parse_all(&two).unwrap()[1] == hex);
        assert!(RootKey::parse_all(&two.repeat(2)).is_err() && RootKey::parse_all(" \n").is_err());
    }
}
