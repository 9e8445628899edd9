//! The sealed file that an authority moves in: lines, compressed, in the age format (age-encryption.org), so that the
//! file is opened by any program for it: `age -d FILE | gunzip`. Sealed to a passphrase or to somebody's public key.

use std::io::{BufReader, Read, Write};
use std::str::FromStr as _;

use age::secrecy::SecretString;
use age::{scrypt, x25519};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;

use super::lines::broken;
use crate::{Entropy, Error, Result, codes};

/// Work of the key from a passphrase that a person chose: 2^18 rounds, 256 MiB.
const SLOW: u8 = 18;
/// From a generated code of more than 128 bits, guessing is hopeless without any.
const QUICK: u8 = 10;
/// Fewer letters are guessed.
const SHORTEST: usize = 12;
/// Letters and digits of a generated code: 28 of 31 symbols, 138 bits.
const CODE: usize = 28;

/// What an export is sealed for.
#[derive(Clone)]
pub struct SealFor(Who);

#[derive(Clone)]
enum Who {
    Words(SecretString, u8),
    Key(x25519::Recipient),
}

impl std::fmt::Debug for SealFor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SealFor(…)")
    }
}

impl SealFor {
    /// A code made here, to be shown once: it is the only way into the file.
    pub fn code(entropy: &Entropy) -> (SealFor, String) {
        let code = codes::in_fours(entropy, CODE);
        (SealFor(Who::Words(code.clone().into(), QUICK)), code)
    }

    /// A code that `code` made and that comes back; `None`: it is none, and may be weak.
    pub fn made_code(code: &str) -> Option<SealFor> {
        let symbols: Vec<char> = code.chars().filter(|c| *c != '-').collect();
        let made = symbols.len() == CODE && symbols.iter().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        made.then(|| SealFor(Who::Words(code.to_owned().into(), QUICK)))
    }

    /// Words that somebody chose.
    ///
    /// # Errors
    /// `Setup` when they are too short.
    pub fn passphrase(words: &str) -> Result<SealFor> {
        let words = words.trim_end_matches(['\r', '\n']);
        if words.chars().count() < SHORTEST {
            return Err(Error::Setup(format!(
                "Das Kennwort hat weniger als {SHORTEST} Zeichen. Nehmen Sie ein längeres, oder lassen Sie einen Code erzeugen."
            )));
        }
        Ok(SealFor(Who::Words(words.to_owned().into(), SLOW)))
    }

    /// A public key: `age1…`.
    ///
    /// # Errors
    /// `Setup` when it is none.
    pub fn recipient(key: &str) -> Result<SealFor> {
        let key = x25519::Recipient::from_str(key.trim()).map_err(|_| {
            Error::Setup(
                "Das ist kein öffentlicher Schlüssel von age. Er beginnt mit age1; „age-keygen“ erzeugt einen.".into(),
            )
        })?;
        Ok(SealFor(Who::Key(key)))
    }
}

/// What opens it.
#[derive(Clone)]
pub struct OpenWith(With);

#[derive(Clone)]
enum With {
    Words(SecretString),
    Key(x25519::Identity),
}

impl std::fmt::Debug for OpenWith {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OpenWith(…)")
    }
}

impl OpenWith {
    /// The code that was shown, or the words that were chosen.
    pub fn words(words: &str) -> OpenWith {
        OpenWith(With::Words(words.trim_end_matches(['\r', '\n']).to_owned().into()))
    }

    /// The text of a key file of `age-keygen`.
    ///
    /// # Errors
    /// `Setup` when there is no key in it.
    pub fn identity(text: &str) -> Result<OpenWith> {
        let key = text.lines().find(|l| l.starts_with("AGE-SECRET-KEY-"));
        let key = key.and_then(|k| x25519::Identity::from_str(k.trim()).ok());
        key.map(|k| OpenWith(With::Key(k))).ok_or_else(|| {
            Error::Setup("In der Schlüsseldatei steht kein Schlüssel von age. Er beginnt mit AGE-SECRET-KEY-.".into())
        })
    }
}

/// The open file; `finish` closes it, without which it does not open again.
pub(super) struct Sealing<W: Write>(GzEncoder<age::stream::StreamWriter<W>>);

impl<W: Write> Sealing<W> {
    pub(super) fn begin(to: W, seal: &SealFor) -> Result<Sealing<W>> {
        let words = |words: &SecretString, work| {
            let mut words = scrypt::Recipient::new(words.clone());
            words.set_work_factor(work);
            words
        };
        let recipient: Box<dyn age::Recipient> = match &seal.0 {
            Who::Words(secret, work) => Box::new(words(secret, *work)),
            Who::Key(key) => Box::new(key.clone()),
        };
        let sealed = age::Encryptor::with_recipients(std::iter::once(&*recipient))
            .map_err(|_| Error::Sealed("age".into()))?
            .wrap_output(to)
            .map_err(|e| broken(&e))?;
        Ok(Sealing(GzEncoder::new(sealed, Compression::fast())))
    }

    pub(super) fn finish(self) -> Result<W> {
        let sealed = self.0.finish().map_err(|e| broken(&e))?;
        sealed.finish().map_err(|e| broken(&e))
    }
}

impl<W: Write> Write for Sealing<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.write(bytes)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}

/// The lines of a sealed file.
pub(super) fn open<R: Read>(from: R, with: &OpenWith) -> Result<impl std::io::BufRead + use<R>> {
    let no_export =
        || Error::Setup("Das ist keine Datei von „kommunal authority export“. Prüfen Sie den Namen.".into());
    let file = age::Decryptor::new(from).map_err(|_| no_export())?;
    let key: Box<dyn age::Identity> = match &with.0 {
        With::Words(words) => {
            let mut words = scrypt::Identity::new(words.clone());
            // No more than ours: a file from elsewhere must not fill the memory.
            words.set_max_work_factor(SLOW);
            Box::new(words)
        }
        With::Key(key) => Box::new(key.clone()),
    };
    let plain = file.decrypt(std::iter::once(&*key)).map_err(|_| {
        Error::Setup("Damit lässt sich die Datei nicht öffnen. Prüfen Sie den Code oder die Schlüsseldatei und ob die Datei ganz ist.".into())
    })?;
    Ok(BufReader::new(GzDecoder::new(plain)))
}
